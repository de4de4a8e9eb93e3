/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kills what a service has started, wherever it went. */
#ifndef KILL_H
#define KILL_H

#include <sys/types.h>

/* Kills all processes of a user. Returns when it is done: later ones are not hit. */
void kill_user(uid_t uid);

#endif
