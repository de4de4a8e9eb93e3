/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings of a .service unit: systemd.service(5), systemd.exec(5),
 * systemd.kill(5). Pure: nothing is opened or looked up.
 */
#ifndef SERVICE_UNIT_H
#define SERVICE_UNIT_H

#include "units/commands.h"
#include "units/system-calls.h"

#include <sys/resource.h>
#include <sys/types.h>

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

/* The values of these are words, listed in settings.c in the same order. */
enum service_type {
	TYPE_SIMPLE,
	TYPE_EXEC,
	TYPE_IDLE,
	TYPE_ONESHOT,
	TYPE_NOTIFY, /* counts as started at once, like the first three */
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

enum stream { /* from STREAM_JOURNAL on, all words in settings.c are the console */
	STREAM_INHERIT,
	STREAM_NULL,
	STREAM_SOCKET,
	STREAM_JOURNAL
};

/* What a service is denied: the numbers of bits in the sandbox of struct service. */
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
	bool remain_after_exit, non_blocking, dynamic_user;
	/* In microseconds; FOR_EVER: no limit. */
	uint64_t restart_delay, start_timeout, stop_timeout;
	uint64_t limit_interval; /* 0: no limit on starts */
	unsigned limit_burst;
	mode_t umask;

	struct commands commands[PHASES];

	char *user, *group;            /* NULL: not stated */
	char *working_directory;       /* NULL: the root; "-" in front: it may be missing */
	struct list environment;       /* "NAME=value" */
	unsigned input, output, error; /* enum stream */

	struct list directories[DIRECTORY_KINDS]; /* "a/b", or "a:b" */
	mode_t directory_mode[DIRECTORY_KINDS];
	struct list credentials; /* LoadCredential=: "ID:path", or "ID" */

	uint64_t bounding, ambient; /* sets of capabilities */
	bool bounding_stated, ambient_stated;
	bool filters_calls, allows_calls; /* SystemCallFilter=: stated; says what is allowed */
	uint8_t call_error;               /* of CALL_REFUSED; 0: CALL_KILLS */
	uint8_t calls[SYSTEM_CALLS_MAX];  /* what becomes of each */
	unsigned sandbox;
	uint64_t families; /* RestrictAddressFamilies=: a bit for each AF_ */
	struct list writable;
	unsigned limits_set; /* a bit for each RLIMIT_ */
	struct {
		uint64_t soft, hard;
	} limits[RLIM_NLIMITS];

	struct list sockets; /* Sockets= */
	struct list unknown; /* names in sets that are not known, and left out */
};

/* Whether the sandbox has that bit. */
static inline bool service_has(const struct service *s, enum sandbox_bit bit)
{
	return s->sandbox >> bit & 1;
}

/*
 * Reads a unit. instance replaces %i, and is borrowed.
 *
 * Returns 0; -EINVAL for a setting that makes no sense, or that is not supported and
 * cannot be ignored safely: *ret_problem, or NULL for the wrong number of ExecStart=;
 * -ENOMEM. service_release() in all cases.
 */
int service_read(const struct boot_unit *unit, const char *instance, struct service *ret,
		 const struct unit_setting **ret_problem);
void service_release(struct service *service);

/* Whether service_read() reads this setting of [Service]. */
bool service_knows(const char *key);

#endif
