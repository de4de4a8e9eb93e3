/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What PID 1 finds when it starts, and brings along where it is missing: a container
 * has its file systems and its network, a machine has neither.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>

/* How the system ends, once all of its services have. */
enum ending {
	ENDING_POWER_OFF,
	ENDING_REBOOT,
	ENDING_HALT,
	ENDING_BY_KEYS /* Ctrl+Alt+Del reboots a machine; in a container SIGINT is like SIGTERM */
};

struct machine {
	bool is_machine; /* no container: our end is the machine's */
	char *words;     /* the kernel's command line, of a machine; else NULL */
};

/*
 * Mounts /proc, /sys, /dev, /run and /tmp where they are missing or cannot be
 * written, opens standard descriptors that are closed, and reads the command line.
 */
void machine_open(struct machine *ret);

/* The loopback interface, and what ip= says (NULL: nothing). Failures are logged. */
void machine_open_network(const char *ip);

/*
 * The fields of "ip=CLIENT:SERVER:GATEWAY:NETMASK:HOST:DEVICE:…", as far as we use
 * them; empty ones are "". Pure. Returns 0, or -EINVAL without a client.
 */
#define IP_FIELD_SIZE 64
struct ip_parameter {
	char client[IP_FIELD_SIZE], gateway[IP_FIELD_SIZE], netmask[IP_FIELD_SIZE];
	char host[IP_FIELD_SIZE], device[IP_FIELD_SIZE];
};
int ip_parameter_parse(const char *text, struct ip_parameter *ret);

/* Kills what is left of the processes, and waits for their end. */
void machine_kill_all(void);

/* Ends the system. Returns the exit status where that is for the caller to do. */
int machine_end(const struct machine *machine, enum ending ending, int status);

#endif
