/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A seccomp(2) filter for SystemCallFilter=, RestrictAddressFamilies=, RestrictNamespaces= and so on, with
 * the errors that systemd has for them.
 */
#include "walls/sandbox.h"

#include "elements.h"
#include "kernel.h"
#include "log.h"

#include <endian.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "which AUDIT_ARCH_ is this?"
#endif

#define NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

#define SET_ID (S_ISUID | S_ISGID)

/* Refuses a call when an argument, of which the mask takes some bits, has that value. */
struct refusal {
	uint16_t call;
	uint16_t error;
	uint8_t bit; /* of the sandbox */
	uint8_t argument;
	uint32_t mask;  /* 0: whatever the arguments are */
	uint32_t value; /* ANY: when any bit of the mask is set */
};

#define ANY UINT32_MAX

/*
 * A filter cannot see flags behind a pointer: clone3(2) does not exist, so that libraries
 * call clone(2). Modes of open(2) may pass: what is writable is mounted without set-id
 * bits.
 */
static const struct refusal refusals[] = {
	{ SYS_clone, EPERM, BIT_NAMESPACES, 0, NAMESPACES, ANY },
	{ SYS_unshare, EPERM, .bit = BIT_NAMESPACES },
	{ SYS_setns, EPERM, .bit = BIT_NAMESPACES },
	{ SYS_clone3, ENOSYS, .bit = BIT_NAMESPACES },
	{ SYS_mmap, EPERM, BIT_WRITE_EXECUTE, 2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC },
	{ SYS_mprotect, EPERM, BIT_WRITE_EXECUTE, 2, PROT_EXEC, ANY },
	{ SYS_pkey_mprotect, EPERM, BIT_WRITE_EXECUTE, 2, PROT_EXEC, ANY },
	{ SYS_shmat, EPERM, BIT_WRITE_EXECUTE, 2, SHM_EXEC, ANY },
	{ SYS_personality, EPERM, BIT_PERSONALITY, 0, UINT32_MAX, ANY }, /* PER_LINUX is 0 */
	{ SYS_sched_setscheduler, EPERM, BIT_REALTIME, 1, ~(uint32_t)SCHED_RESET_ON_FORK,
	  SCHED_FIFO },
	{ SYS_sched_setscheduler, EPERM, BIT_REALTIME, 1, ~(uint32_t)SCHED_RESET_ON_FORK,
	  SCHED_RR },
	{ SYS_sched_setattr, EPERM, .bit = BIT_REALTIME },
#ifdef SYS_chmod
	{ SYS_chmod, EPERM, BIT_SUID_SGID, 1, SET_ID, ANY },
#endif
	{ SYS_fchmod, EPERM, BIT_SUID_SGID, 1, SET_ID, ANY },
	{ SYS_fchmodat, EPERM, BIT_SUID_SGID, 2, SET_ID, ANY },
	{ SYS_fchmodat2, EPERM, BIT_SUID_SGID, 2, SET_ID, ANY },
};

/* All of them need six each, an address family one, and a call two. */
#define INSTRUCTIONS_MAX (8 + 6 * ELEMENTS(refusals) + 64 + (size_t)2 * SYSTEM_CALLS_MAX + 8)

struct filter {
	struct sock_filter code[INSTRUCTIONS_MAX];
	unsigned short n;
};

static void add(struct filter *f, const struct sock_filter *code, unsigned short n)
{
	memcpy(f->code + f->n, code, n * sizeof *code);
	f->n += n;
}

/* The offset of the lower half of an argument, which has all flags of the table. */
#define ARGUMENT(i) (offsetof(struct seccomp_data, args[i]) + (BYTE_ORDER == BIG_ENDIAN ? 4 : 0))

/* Expects the number of the call in the accumulator, and leaves it there. */
static void refuse(struct filter *f, const struct refusal *r)
{
	bool any = r->value == ANY;
	const struct sock_filter code[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->call, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(r->argument)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, r->mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, any ? 0 : r->value, any, !any),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | r->error),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};

	add(f, code, ELEMENTS(code));
}

/* Like refuse(). */
static void restrict_families(struct filter *f, const struct service *s)
{
	const uint32_t refused = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	bool allowed = service_has(s, BIT_FAMILIES);
	unsigned left = (unsigned)__builtin_popcountll(s->families);
	const struct sock_filter begin[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, left + 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0)),
	};
	/* For those not listed, and for those listed; the others are left to further rules. */
	const struct sock_filter end[] = {
		BPF_STMT(allowed ? BPF_RET | BPF_K : BPF_JMP | BPF_JA, allowed ? refused : 1),
		BPF_STMT(allowed ? BPF_JMP | BPF_JA : BPF_RET | BPF_K, allowed ? 0 : refused),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};

	add(f, begin, ELEMENTS(begin));
	/* A listed family jumps over the rest to the last answer, the others fall to the first. */
	for (unsigned family = 0; family < 64; family++)
		if (s->families >> family & 1)
			f->code[f->n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								       family, left--, 0);
	add(f, end, ELEMENTS(end));
}

static uint32_t answer(const struct service *s, uint8_t verdict)
{
	if (verdict == CALL_REFUSED)
		verdict = s->call_error ? s->call_error : CALL_KILLS;
	return verdict == CALL_ALLOWED ? SECCOMP_RET_ALLOW
	       : verdict == CALL_KILLS ? SECCOMP_RET_KILL_PROCESS
				       : SECCOMP_RET_ERRNO | verdict;
}

/* From the highest number down, with one answer for a row of calls. */
static void filter_calls(struct filter *f, const struct service *s)
{
	for (unsigned i = SYSTEM_CALLS_MAX; i-- > 0;) {
		const struct sock_filter code[] = {
			BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, i, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, answer(s, s->calls[i])),
		};

		if (i == 0 || s->calls[i] != s->calls[i - 1])
			add(f, code, ELEMENTS(code));
	}
}

int sandbox_calls(const struct service *s)
{
	static const struct sock_filter begin[] = {
		/* On another architecture the numbers mean other calls: all are refused. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, __X32_SYSCALL_BIT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
#endif
	};
	static const struct sock_filter end = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct filter f = { .n = 0 };
	struct sock_fprog program = { .filter = f.code };
	int r;

	add(&f, begin, ELEMENTS(begin));
	if (service_has(s, BIT_FAMILIES) || service_has(s, BIT_NOT_FAMILIES))
		restrict_families(&f, s);
	for (size_t i = 0; i < ELEMENTS(refusals); i++)
		if (service_has(s, refusals[i].bit))
			refuse(&f, &refusals[i]);
	if (s->filters_calls)
		filter_calls(&f, s);
	add(&f, &end, 1);

	program.len = f.n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot install the filter of system calls", s->unit->name);
		return r;
	}
	return 0;
}
