/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names that <linux/…> has and the headers of musl have not, as the kernel spells
 * them; and system calls without the wrappers of musl.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h: Linux 5.2, mount_setattr(2) Linux 5.12; glibc has them in sys/mount.h. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE         1
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#define MOUNT_ATTR_RDONLY       0x00000001
#define MOUNT_ATTR_NOSUID       0x00000002

struct mount_attr {
	uint64_t attr_set, attr_clr;
	uint64_t propagation;
	uint64_t userns_fd;
};
#endif

/* linux/capability.h */
#define _LINUX_CAPABILITY_VERSION_3 0x20080522

struct __user_cap_header_struct {
	uint32_t version;
	int pid;
};

/* Two of them for 64 capabilities. */
struct __user_cap_data_struct {
	uint32_t effective, permitted, inheritable;
};

/* linux/filter.h, linux/bpf_common.h */
struct sock_filter {
	uint16_t code;
	uint8_t jt, jf; /* how many instructions to skip when it is true, and when it is false */
	uint32_t k;
};

struct sock_fprog {
	unsigned short len;
	struct sock_filter *filter;
};

#define BPF_LD  0x00
#define BPF_ALU 0x04
#define BPF_JMP 0x05
#define BPF_JA  0x00
#define BPF_RET 0x06
#define BPF_W   0x00 /* 32 bits */
#define BPF_ABS 0x20
#define BPF_LEN 0x80
#define BPF_AND 0x50
#define BPF_JEQ 0x10
#define BPF_JGE 0x30
#define BPF_K   0x00

#define BPF_JUMP(code, k, jt, jf)                                             \
	{                                                                     \
		(uint16_t)(code), (uint8_t)(jt), (uint8_t)(jf), (uint32_t)(k) \
	}
#define BPF_STMT(code, k) BPF_JUMP(code, k, 0, 0)

/* linux/seccomp.h */
#define SECCOMP_MODE_FILTER      2
#define SECCOMP_RET_ALLOW        0x7fff0000U
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#define SECCOMP_RET_ERRNO        0x00050000U /* with the errno in its lower half */

struct seccomp_data {
	int nr;
	uint32_t arch; /* AUDIT_ARCH_ */
	uint64_t instruction_pointer;
	uint64_t args[6];
};

/* linux/audit.h, of the machines that there are images for */
#define __AUDIT_ARCH_64BIT 0x80000000U
#define __AUDIT_ARCH_LE    0x40000000U
#define AUDIT_ARCH_X86_64  (EM_X86_64 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#define AUDIT_ARCH_AARCH64 (EM_AARCH64 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#define AUDIT_ARCH_RISCV64 (EM_RISCV | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)

/* linux/fs.h */
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif

/* asm/unistd.h: a bit of the numbers of system calls for x86-64 with pointers of 32 bits. */
#ifndef __X32_SYSCALL_BIT
#define __X32_SYSCALL_BIT 0x40000000
#endif

/* Linux 6.6; the same number on all machines. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* The kernel's include/linux/proc_ns.h: the inode of the first PID namespace. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU

/*
 * The wrappers of musl change the user, the groups and the limits of all threads. A
 * program with one thread is smaller without them. All return -1 and errno.
 */
static inline int sys_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return (int)syscall(SYS_setresuid, real, effective, saved);
}

static inline int sys_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return (int)syscall(SYS_setresgid, real, effective, saved);
}

static inline int sys_setgroups(size_t n, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, n, groups);
}

static inline int sys_setrlimit(int resource, const struct rlimit *limit)
{
	return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

static inline int sys_getrlimit(int resource, struct rlimit *ret)
{
	return (int)syscall(SYS_prlimit64, 0, resource, NULL, ret);
}

#endif
