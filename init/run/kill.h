/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kills what a service has started, wherever it went. */
#ifndef KILL_H
#define KILL_H

#include <sys/types.h>

/*
 * Kills all processes of a user, without a new process: the table of processes may be full.
 * They are dead when it returns, and none of them has started another one meanwhile.
 *
 * unused: a user that no process has.
 * Returns 0, also when there was none, or the negative errno of setresuid(2).
 */
int kill_user(uid_t uid, uid_t unused);

#endif
