/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command lines of a service: ExecStart= as systemd.service(5) has it. Pure. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "units/settings.h"

enum command_flag {               /* in the order of their characters in commands.c */
	COMMAND_MAY_FAIL = 1,     /* "-" */
	COMMAND_OWN_ARGV0 = 2,    /* "@": the second word is argv[0] */
	COMMAND_NO_VARIABLES = 4, /* ":"; without it variables are refused, as none is replaced */
	COMMAND_PRIVILEGED = 8,   /* "+": as root, without the sandbox */
	COMMAND_KEEP_USER = 16    /* "!": in the sandbox, but as root */
};

struct command {
	unsigned flags;
	struct list words; /* the program first */
};

struct commands {
	size_t n;
	struct command *at;
};

/*
 * Adds the commands of a value, with ";" between them; an empty value resets the list.
 * instance: see expand_specifiers().
 *
 * Returns 0, -EINVAL for a value that makes no sense or is not supported, -ENOMEM.
 */
int commands_add(struct commands *commands, const struct boot_unit *unit, const char *instance,
		 const char *value);
void commands_release(struct commands *commands);

#endif
