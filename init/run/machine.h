/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What process 1 of a machine has to do, and a container manager does for its containers. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>

/* How the system ends after its services. */
enum ending {
	ENDING_POWER_OFF,
	ENDING_REBOOT,
	ENDING_HALT,
	ENDING_BY_KEYS /* Ctrl+Alt+Del reboots a machine; in a container SIGINT is like SIGTERM */
};

struct machine {
	bool is_machine; /* not a container */
	char *words;     /* the kernel's command line; NULL in a container */
};

/*
 * Mounts /proc, /sys, /dev, /run and /tmp where they are missing or read-only, opens
 * standard descriptors that are closed, and reads the command line.
 */
void machine_open(struct machine *ret);

/* Kills all other processes, and waits until they have ended. */
void machine_kill_all(void);

/* Ends a machine. In a container it returns the exit status. */
int machine_end(const struct machine *machine, enum ending ending, int status);

#endif
