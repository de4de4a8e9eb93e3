/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls that a service is refused: RestrictAddressFamilies= and its kin, as a
 * seccomp(2) filter, with what systemd answers for each.
 */
#include "walls/sandbox.h"

#include "elements.h"
#include "log.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* linux/filter.h, linux/seccomp.h and linux/audit.h, which musl's headers do not bring along. */
struct instruction {
	uint16_t code;
	uint8_t if_true, if_false; /* instructions to skip */
	uint32_t k;
};

struct program {
	unsigned short length;
	const struct instruction *code;
};

struct call {
	int number;
	uint32_t architecture;
	uint64_t instruction_pointer;
	uint64_t arguments[6];
};

enum {
	LOAD = 0x20, /* 32 bits at an offset */
	AND = 0x54,
	JUMP_IF_EQUAL = 0x15,
	JUMP_IF_AT_LEAST = 0x35,
	RETURN = 0x06
};

#define SECCOMP_MODE_FILTER 2
#define ALLOW               0x7fff0000u
#define REFUSE(error)       (0x00050000u | (error))

#if defined(__x86_64__)
#define ARCHITECTURE (EM_X86_64 | 0xc0000000u)
#elif defined(__aarch64__)
#define ARCHITECTURE (EM_AARCH64 | 0xc0000000u)
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE (EM_RISCV | 0xc0000000u)
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "which AUDIT_ARCH_ is this?"
#endif

/* x86-64 with pointers of 32 bits: the same calls under other numbers. */
#define X32_BIT 0x40000000u

/* Since Linux 6.6; the same number everywhere. */
#define FCHMODAT2 452

#define NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET | 0x80 /* CLONE_NEWTIME */)

#define SET_ID (S_ISUID | S_ISGID)

/* Refuses a call whose argument, of these bits, has just the value: or any of them. */
struct refusal {
	uint16_t call;
	uint8_t bit; /* of the sandbox */
	uint8_t argument;
	uint32_t mask;
	uint32_t value; /* ANY: when any bit of the mask is set */
	uint16_t error;
};

#define ANY  UINT32_MAX
#define EVER 0, 0, 0 /* whatever its arguments are */

/*
 * Flags behind a pointer cannot be seen, so such calls are refused as unknown: libraries
 * then make the older ones. A file's mode at open(2) is not looked at: what is
 * writable is mounted without set-id bits.
 */
static const struct refusal refusals[] = {
	{ SYS_clone, BIT_NAMESPACES, 0, NAMESPACES, ANY, EPERM },
	{ SYS_unshare, BIT_NAMESPACES, EVER, EPERM },
	{ SYS_setns, BIT_NAMESPACES, EVER, EPERM },
	{ SYS_clone3, BIT_NAMESPACES, EVER, ENOSYS },
	{ SYS_mmap, BIT_WRITE_EXECUTE, 2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC, EPERM },
	{ SYS_mprotect, BIT_WRITE_EXECUTE, 2, PROT_EXEC, ANY, EPERM },
	{ SYS_pkey_mprotect, BIT_WRITE_EXECUTE, 2, PROT_EXEC, ANY, EPERM },
	{ SYS_shmat, BIT_WRITE_EXECUTE, 2, SHM_EXEC, ANY, EPERM },
	{ SYS_personality, BIT_PERSONALITY, 0, UINT32_MAX, ANY, EPERM }, /* PER_LINUX is 0 */
	{ SYS_sched_setscheduler, BIT_REALTIME, 1, UINT32_MAX, SCHED_FIFO, EPERM },
	{ SYS_sched_setscheduler, BIT_REALTIME, 1, UINT32_MAX, SCHED_RR, EPERM },
	{ SYS_sched_setattr, BIT_REALTIME, EVER, EPERM },
#ifdef SYS_chmod
	{ SYS_chmod, BIT_SUID_SGID, 1, SET_ID, ANY, EPERM },
#endif
	{ SYS_fchmod, BIT_SUID_SGID, 1, SET_ID, ANY, EPERM },
	{ SYS_fchmodat, BIT_SUID_SGID, 2, SET_ID, ANY, EPERM },
	{ FCHMODAT2, BIT_SUID_SGID, 2, SET_ID, ANY, EPERM },
};

/* All of them need six each, and an address family one. */
#define INSTRUCTIONS_MAX (8 + 6 * ELEMENTS(refusals) + 64 + 8)

struct filter {
	struct instruction code[INSTRUCTIONS_MAX];
	unsigned short n;
};

static void add(struct filter *f, uint16_t code, unsigned if_true, unsigned if_false, uint32_t k)
{
	f->code[f->n++] = (struct instruction){ code, (uint8_t)if_true, (uint8_t)if_false, k };
}

static void load_number(struct filter *f)
{
	add(f, LOAD, 0, 0, offsetof(struct call, number));
}

/* The lower half: none of the flags here lies above it. */
static void load_argument(struct filter *f, unsigned i)
{
	add(f, LOAD, 0, 0,
	    (uint32_t)(offsetof(struct call, arguments) + i * sizeof(uint64_t) +
		       (BYTE_ORDER == BIG_ENDIAN ? 4 : 0)));
}

/* Begins with the number of the call in the accumulator, and leaves it there. */
static void refuse(struct filter *f, const struct refusal *r)
{
	bool any = r->value == ANY;

	add(f, JUMP_IF_EQUAL, 0, 5, r->call);
	load_argument(f, r->argument);
	add(f, AND, 0, 0, r->mask);
	add(f, JUMP_IF_EQUAL, any, !any, any ? 0 : r->value);
	add(f, RETURN, 0, 0, REFUSE(r->error));
	load_number(f);
}

static void restrict_families(struct filter *f, const struct service *s)
{
	bool allowed = service_has(s, BIT_FAMILIES);
	unsigned left = (unsigned)__builtin_popcountll(s->families);

	/* Each family jumps over the rest of them, to the word on those that are listed. */
	add(f, JUMP_IF_EQUAL, 0, left + 4, SYS_socket);
	load_argument(f, 0);
	for (unsigned family = 0; family < 64; family++)
		if (s->families >> family & 1)
			add(f, JUMP_IF_EQUAL, left--, 0, family);
	add(f, RETURN, 0, 0, allowed ? REFUSE(EAFNOSUPPORT) : ALLOW);
	add(f, RETURN, 0, 0, allowed ? ALLOW : REFUSE(EAFNOSUPPORT));
	load_number(f);
}

int sandbox_calls(const struct service *s)
{
	struct filter f = { .n = 0 };
	struct program program = { .code = f.code };
	int r;

	/* Calls of another architecture have other numbers: none of them is let through. */
	add(&f, LOAD, 0, 0, offsetof(struct call, architecture));
	add(&f, JUMP_IF_EQUAL, 1, 0, ARCHITECTURE);
	add(&f, RETURN, 0, 0, REFUSE(EPERM));
	load_number(&f);
#ifdef __x86_64__
	add(&f, JUMP_IF_AT_LEAST, 0, 1, X32_BIT);
	add(&f, RETURN, 0, 0, REFUSE(EPERM));
#endif
	if (service_has(s, BIT_FAMILIES) || service_has(s, BIT_NOT_FAMILIES))
		restrict_families(&f, s);
	for (size_t i = 0; i < ELEMENTS(refusals); i++)
		if (service_has(s, refusals[i].bit))
			refuse(&f, &refusals[i]);
	add(&f, RETURN, 0, 0, ALLOW);

	program.length = f.n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot set the filter of system calls", s->unit->name);
		return r;
	}
	return 0;
}
