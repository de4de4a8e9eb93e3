/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls that a service is refused: RestrictAddressFamilies= and its kin, as a
 * seccomp(2) filter, with what systemd answers for each.
 */
#include "walls/sandbox.h"

#include "elements.h"
#include "kernel.h"
#include "log.h"

#include <endian.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>
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
 * Flags behind a pointer cannot be seen, so such calls are refused as unknown: libraries
 * then make the older ones. A file's mode at open(2) is not looked at: what is
 * writable is mounted without set-id bits.
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
	{ SYS_sched_setscheduler, EPERM, BIT_REALTIME, 1, UINT32_MAX, SCHED_FIFO },
	{ SYS_sched_setscheduler, EPERM, BIT_REALTIME, 1, UINT32_MAX, SCHED_RR },
	{ SYS_sched_setattr, EPERM, .bit = BIT_REALTIME },
#ifdef SYS_chmod
	{ SYS_chmod, EPERM, BIT_SUID_SGID, 1, SET_ID, ANY },
#endif
	{ SYS_fchmod, EPERM, BIT_SUID_SGID, 1, SET_ID, ANY },
	{ SYS_fchmodat, EPERM, BIT_SUID_SGID, 2, SET_ID, ANY },
	{ SYS_fchmodat2, EPERM, BIT_SUID_SGID, 2, SET_ID, ANY },
};

/* All of them need six each, and an address family one. */
#define INSTRUCTIONS_MAX (8 + 6 * ELEMENTS(refusals) + 64 + 8)

struct filter {
	struct sock_filter code[INSTRUCTIONS_MAX];
	unsigned short n;
};

static void add(struct filter *f, struct sock_filter instruction)
{
	f->code[f->n++] = instruction;
}

static void load(struct filter *f, size_t offset)
{
	add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void load_number(struct filter *f)
{
	load(f, offsetof(struct seccomp_data, nr));
}

/* The lower half: none of the flags here lies above it. */
static void load_argument(struct filter *f, unsigned i)
{
	load(f, offsetof(struct seccomp_data, args[i]) + (BYTE_ORDER == BIG_ENDIAN ? 4 : 0));
}

/* condition: BPF_JEQ, BPF_JGE; jt, jf: how many instructions to skip. */
static void jump(struct filter *f, unsigned condition, uint32_t k, unsigned jt, unsigned jf)
{
	add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | condition | BPF_K, k, jt, jf));
}

static void answer(struct filter *f, uint32_t value)
{
	add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

/* Begins with the number of the call in the accumulator, and leaves it there. */
static void refuse(struct filter *f, const struct refusal *r)
{
	bool any = r->value == ANY;

	jump(f, BPF_JEQ, r->call, 0, 5);
	load_argument(f, r->argument);
	add(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, r->mask));
	jump(f, BPF_JEQ, any ? 0 : r->value, any, !any);
	answer(f, SECCOMP_RET_ERRNO | r->error);
	load_number(f);
}

static void restrict_families(struct filter *f, const struct service *s)
{
	const uint32_t refused = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	bool allowed = service_has(s, BIT_FAMILIES);
	unsigned left = (unsigned)__builtin_popcountll(s->families);

	/* Each family jumps over the rest of them, to the word on those that are listed. */
	jump(f, BPF_JEQ, SYS_socket, 0, left + 4);
	load_argument(f, 0);
	for (unsigned family = 0; family < 64; family++)
		if (s->families >> family & 1)
			jump(f, BPF_JEQ, family, left--, 0);
	answer(f, allowed ? refused : SECCOMP_RET_ALLOW);
	answer(f, allowed ? SECCOMP_RET_ALLOW : refused);
	load_number(f);
}

int sandbox_calls(const struct service *s)
{
	struct filter f = { .n = 0 };
	struct sock_fprog program = { .filter = f.code };
	int r;

	/* Calls of another architecture have other numbers: none of them is let through. */
	load(&f, offsetof(struct seccomp_data, arch));
	jump(&f, BPF_JEQ, NATIVE_ARCH, 1, 0);
	answer(&f, SECCOMP_RET_ERRNO | EPERM);
	load_number(&f);
#ifdef __x86_64__
	jump(&f, BPF_JGE, __X32_SYSCALL_BIT, 0, 1);
	answer(&f, SECCOMP_RET_ERRNO | EPERM);
#endif
	if (service_has(s, BIT_FAMILIES) || service_has(s, BIT_NOT_FAMILIES))
		restrict_families(&f, s);
	for (size_t i = 0; i < ELEMENTS(refusals); i++)
		if (service_has(s, refusals[i].bit))
			refuse(&f, &refusals[i]);
	answer(&f, SECCOMP_RET_ALLOW);

	program.len = f.n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot set the filter of system calls", s->unit->name);
		return r;
	}
	return 0;
}
