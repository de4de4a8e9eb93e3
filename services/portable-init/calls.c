/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls that a service is refused: RestrictAddressFamilies= and its kin, as a
 * seccomp(2) filter, with what systemd answers for each.
 */
#include "sandbox.h"

#include "log.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
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
	JUMP_IF_BITS = 0x45,
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
#error "which AUDIT_ARCH_ is this?"
#endif

/* x86-64 with pointers of 32 bits: the same calls under other numbers. */
#define X32_BIT 0x40000000u

/* Since Linux 6.6; the same number everywhere. */
#define FCHMODAT2 452

#define NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET | 0x80 /* CLONE_NEWTIME */)

/* All of them together need about 130. */
#define INSTRUCTIONS_MAX 256

struct filter {
	struct instruction code[INSTRUCTIONS_MAX];
	unsigned short n;
};

static void add(struct filter *f, uint16_t code, uint8_t if_true, uint8_t if_false, uint32_t k)
{
	if (f->n < INSTRUCTIONS_MAX)
		f->code[f->n++] = (struct instruction){ code, if_true, if_false, k };
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

/*
 * Each of the following is a block that begins with the number of the call in the
 * accumulator, and leaves it there for the next one.
 */
static void refuse_call(struct filter *f, long number, uint32_t error)
{
	add(f, JUMP_IF_EQUAL, 0, 1, (uint32_t)number);
	add(f, RETURN, 0, 0, REFUSE(error));
}

/* If any of these bits is set in the argument. */
static void refuse_bits(struct filter *f, long number, unsigned argument, uint32_t bits)
{
	add(f, JUMP_IF_EQUAL, 0, 4, (uint32_t)number);
	load_argument(f, argument);
	add(f, JUMP_IF_BITS, 0, 1, bits);
	add(f, RETURN, 0, 0, REFUSE(EPERM));
	load_number(f);
}

/* If all of these bits are set. */
static void refuse_all_bits(struct filter *f, long number, unsigned argument, uint32_t bits)
{
	add(f, JUMP_IF_EQUAL, 0, 5, (uint32_t)number);
	load_argument(f, argument);
	add(f, AND, 0, 0, bits);
	add(f, JUMP_IF_EQUAL, 0, 1, bits);
	add(f, RETURN, 0, 0, REFUSE(EPERM));
	load_number(f);
}

/* A file made with one of these bits in its mode. */
static void refuse_mode(struct filter *f, long number, unsigned flags, unsigned mode)
{
	add(f, JUMP_IF_EQUAL, 0, 6, (uint32_t)number);
	load_argument(f, flags);
	add(f, JUMP_IF_BITS, 0, 3, O_CREAT | (O_TMPFILE & ~O_DIRECTORY));
	load_argument(f, mode);
	add(f, JUMP_IF_BITS, 0, 1, S_ISUID | S_ISGID);
	add(f, RETURN, 0, 0, REFUSE(EPERM));
	load_number(f);
}

static void restrict_families(struct filter *f, const struct service *s)
{
	bool allowed = s->sandbox & SANDBOX_FAMILIES;
	unsigned n = (unsigned)__builtin_popcountll(s->families), left = n;

	/* Each family jumps over the rest of them, to the word on those that are listed. */
	add(f, JUMP_IF_EQUAL, 0, (uint8_t)(n + 4), SYS_socket);
	load_argument(f, 0);
	for (unsigned family = 0; family < 64; family++)
		if (s->families >> family & 1) {
			left--;
			add(f, JUMP_IF_EQUAL, (uint8_t)(left + 1), 0, family);
		}
	add(f, RETURN, 0, 0, allowed ? REFUSE(EAFNOSUPPORT) : ALLOW);
	add(f, RETURN, 0, 0, allowed ? ALLOW : REFUSE(EAFNOSUPPORT));
	load_number(f);
}

static void restrict_modes(struct filter *f)
{
	const uint32_t bits = S_ISUID | S_ISGID;

#ifdef SYS_chmod
	refuse_bits(f, SYS_chmod, 1, bits);
	refuse_bits(f, SYS_mknod, 1, bits);
	refuse_bits(f, SYS_creat, 1, bits);
	refuse_mode(f, SYS_open, 1, 2);
#endif
	refuse_bits(f, SYS_fchmod, 1, bits);
	refuse_bits(f, SYS_fchmodat, 2, bits);
	refuse_bits(f, FCHMODAT2, 2, bits);
	refuse_bits(f, SYS_mknodat, 2, bits);
	refuse_mode(f, SYS_openat, 2, 3);
	/* Its flags are behind a pointer, where a filter cannot look. */
	refuse_call(f, SYS_openat2, ENOSYS);
}

static void restrict_memory(struct filter *f)
{
	refuse_all_bits(f, SYS_mmap, 2, PROT_WRITE | PROT_EXEC);
	refuse_bits(f, SYS_mprotect, 2, PROT_EXEC);
	refuse_bits(f, SYS_pkey_mprotect, 2, PROT_EXEC);
	refuse_bits(f, SYS_shmat, 2, SHM_EXEC);
}

static void restrict_namespaces(struct filter *f)
{
	refuse_bits(f, SYS_clone, 0, NAMESPACES);
	refuse_call(f, SYS_unshare, EPERM);
	refuse_call(f, SYS_setns, EPERM);
	refuse_call(f, SYS_clone3, ENOSYS); /* as openat2; libraries fall back to clone */
}

/* SCHED_OTHER, SCHED_BATCH and SCHED_IDLE stay. */
static void restrict_realtime(struct filter *f)
{
	static const uint8_t allowed[] = { SCHED_OTHER, SCHED_BATCH, SCHED_IDLE };

	add(f, JUMP_IF_EQUAL, 0, 6, SYS_sched_setscheduler);
	load_argument(f, 1);
	for (unsigned i = 0; i < 3; i++)
		add(f, JUMP_IF_EQUAL, (uint8_t)(3 - i), 0, allowed[i]);
	add(f, RETURN, 0, 0, REFUSE(EPERM));
	load_number(f);
	refuse_call(f, SYS_sched_setattr, EPERM);
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
	if (s->sandbox & (SANDBOX_FAMILIES | SANDBOX_NOT_FAMILIES))
		restrict_families(&f, s);
	if (s->sandbox & SANDBOX_NAMESPACES)
		restrict_namespaces(&f);
	if (s->sandbox & SANDBOX_WRITE_EXECUTE)
		restrict_memory(&f);
	if (s->sandbox & SANDBOX_PERSONALITY)
		/* PER_LINUX is 0, and all that stays. */
		refuse_bits(&f, SYS_personality, 0, UINT32_MAX);
	if (s->sandbox & SANDBOX_REALTIME)
		restrict_realtime(&f);
	if (s->sandbox & SANDBOX_SUID_SGID)
		restrict_modes(&f);
	add(&f, RETURN, 0, 0, ALLOW);

	program.length = f.n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot set the filter of system calls", s->unit->name);
		return r;
	}
	return 0;
}
