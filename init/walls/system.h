/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of the kernel as they are. Those of musl see to all threads at once, to
 * $TZ, or to a clock without a system call: this program has one thread and no hurry,
 * and is four kilobytes smaller without.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int set_user(uid_t uid)
{
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

static inline int set_group(gid_t gid)
{
	return (int)syscall(SYS_setresgid, gid, gid, gid);
}

static inline int set_groups(size_t n, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, n, groups);
}

static inline int set_limit(int resource, const struct rlimit *limit)
{
	return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

static inline int get_limit(int resource, struct rlimit *ret)
{
	return (int)syscall(SYS_prlimit64, 0, resource, NULL, ret);
}

#endif
