/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a .service unit says, as systemd.service(5), systemd.exec(5) and
 * systemd.kill(5) have it. Pure: nothing is opened, nothing is looked up.
 */
#ifndef SERVICE_UNIT_H
#define SERVICE_UNIT_H

#include "units/settings.h"

#include <sys/resource.h>
#include <sys/types.h>

enum command_flag {               /* in the order of their characters in the source */
	COMMAND_MAY_FAIL = 1,     /* "-" */
	COMMAND_OWN_ARGV0 = 2,    /* "@": the second word is what the program is called */
	COMMAND_NO_VARIABLES = 4, /* ":", and without it none is allowed: they are not replaced */
	COMMAND_PRIVILEGED = 8,   /* "+": as root, without the sandbox */
	COMMAND_KEEP_USER = 16    /* "!": in the sandbox, but as root */
};

struct command {
	unsigned flags;
	struct list words; /* the program first */
};

/* In the order in which they run. */
enum phase {
	PHASE_START_PRE,
	PHASE_START,
	PHASES
};

enum directory_kind {
	DIRECTORY_RUNTIME,
	DIRECTORY_STATE,
	DIRECTORY_CACHE,
	DIRECTORY_LOGS,
	DIRECTORY_CONFIGURATION,
	DIRECTORY_KINDS
};

/* The words of settings, in the order of those in settings.c. */
enum service_type {
	TYPE_SIMPLE,
	TYPE_EXEC,
	TYPE_IDLE,
	TYPE_ONESHOT,
	TYPE_NOTIFY, /* counts as started at once, as the first three do */
	TYPE_NOTIFY_RELOAD
};

enum restart {
	RESTART_NO,
	RESTART_ALWAYS,
	RESTART_ON_SUCCESS,
	RESTART_ON_FAILURE,
	RESTART_ON_ABNORMAL,
	RESTART_ON_ABORT,
	RESTART_ON_WATCHDOG
};

enum stream { /* those that follow all are the console */
	STREAM_INHERIT,
	STREAM_NULL,
	STREAM_SOCKET,
	STREAM_JOURNAL
};

/* What is taken from a service; the numbers of bits in struct service's sandbox. */
enum sandbox_bit {
	BIT_NETWORK,       /* PrivateNetwork= */
	BIT_TMP,           /* PrivateTmp=, DynamicUser= */
	BIT_DEVICES,       /* PrivateDevices= */
	BIT_IPC,           /* PrivateIPC= */
	BIT_HOSTNAME,      /* ProtectHostname= */
	BIT_HOME,          /* ProtectHome= */
	BIT_PROC,          /* ProtectProc=invisible */
	BIT_PROC_PID,      /* ProcSubset=pid */
	BIT_FAMILIES,      /* RestrictAddressFamilies=, an allow list */
	BIT_NOT_FAMILIES,  /* a deny list */
	BIT_NAMESPACES,    /* RestrictNamespaces= */
	BIT_WRITE_EXECUTE, /* MemoryDenyWriteExecute= */
	BIT_PERSONALITY,   /* LockPersonality= */
	BIT_REALTIME,      /* RestrictRealtime= */
	BIT_SUID_SGID      /* RestrictSUIDSGID= */
};

struct service {
	const struct boot_unit *unit; /* borrowed */
	const char *instance;         /* borrowed; NULL: not of a template */

	unsigned type, restart; /* of the enums above */
	int kill_signal;
	bool remain_after_exit, non_blocking;
	/* In microseconds; FOR_EVER: no limit. */
	uint64_t restart_delay, start_timeout, stop_timeout;
	uint64_t limit_interval; /* 0: no limit on starts */
	unsigned limit_burst;

	struct command *commands[PHASES];
	size_t n_commands[PHASES];

	char *user, *group; /* NULL: not stated */
	bool dynamic_user;
	char *working_directory; /* NULL: the root; "-" in front: or not at all */
	mode_t umask;
	struct list environment;       /* "NAME=value" */
	unsigned input, output, error; /* enum stream */

	struct list directories[DIRECTORY_KINDS]; /* "a/b", or "a:b" */
	mode_t directory_mode[DIRECTORY_KINDS];
	struct list credentials; /* LoadCredential=: "ID:path", or "ID" */

	uint64_t bounding, ambient; /* sets of capabilities */
	bool bounding_stated, ambient_stated;
	unsigned sandbox;
	uint64_t families; /* RestrictAddressFamilies=: a bit for each AF_ */
	struct list writable;
	unsigned limits_set; /* a bit for each RLIMIT_ */
	struct {
		uint64_t soft, hard;
	} limits[RLIM_NLIMITS];

	struct list sockets; /* Sockets= */
};

/* Whether the sandbox has that bit. */
static inline bool service_has(const struct service *s, enum sandbox_bit bit)
{
	return s->sandbox >> bit & 1;
}

/*
 * Reads a unit; instance stands for %i, and stays borrowed.
 *
 * Returns 0; -EINVAL for a setting that makes no sense, or none that could be left
 * out safely: it is in *ret_problem, or that is NULL when there is no ExecStart=;
 * -ENOMEM. service_release() in all cases.
 */
int service_read(const struct boot_unit *unit, const char *instance, struct service *ret,
		 const struct unit_setting **ret_problem);
void service_release(struct service *service);

/* Whether a setting of [Service] is one that service_read() reads. */
bool service_knows(const char *key);

#endif
