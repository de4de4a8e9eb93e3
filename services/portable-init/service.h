/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a .service unit says, as systemd.service(5), systemd.exec(5) and
 * systemd.kill(5) have it. Pure: nothing is opened, nothing is looked up.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include "units.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Grows as it is filled; at is NULL or ends in NULL. */
struct list {
	size_t n;
	char **at; /* each malloc'd */
};

#define LIST_EMPTY ((struct list){ 0 })

/* Takes the text, also when it fails. Returns 0 or -ENOMEM. */
int list_take(struct list *list, char *text);
void list_release(struct list *list);

/*
 * Adds the words of a value, specifiers expanded; an empty value resets the list.
 * Returns 0, -EINVAL, -ENOMEM.
 */
int list_add_words(struct list *list, const struct unit *unit, const char *instance,
		   const char *value);

enum command_flag {
	COMMAND_MAY_FAIL = 1,     /* "-" */
	COMMAND_OWN_ARGV0 = 2,    /* "@": the second word is what the program is called */
	COMMAND_NO_VARIABLES = 4, /* ":" */
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
	PHASE_START_POST,
	PHASE_STOP,
	PHASE_STOP_POST,
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

enum service_type { /* the words of Type=, in this order */
	TYPE_SIMPLE,
	TYPE_EXEC,
	TYPE_IDLE,
	TYPE_ONESHOT
};

enum restart { /* the words of Restart= */
	RESTART_NO,
	RESTART_ALWAYS,
	RESTART_ON_SUCCESS,
	RESTART_ON_FAILURE,
	RESTART_ON_ABNORMAL,
	RESTART_ON_ABORT,
	RESTART_ON_WATCHDOG
};

enum kill_mode { /* the words of KillMode= */
	KILL_CONTROL_GROUP,
	KILL_MIXED,
	KILL_PROCESS,
	KILL_NONE
};

enum stream {           /* the words of Standard*= */
	STREAM_DEFAULT, /* "": input null, output console, error as output */
	STREAM_INHERIT,
	STREAM_NULL,
	STREAM_SOCKET,
	STREAM_JOURNAL,
	STREAM_KMSG,
	STREAM_TTY,
	STREAM_JOURNAL_CONSOLE,
	STREAM_KMSG_CONSOLE
};

/* What each takes from a service, where it is "yes". */
enum sandbox_flag {
	SANDBOX_NETWORK = 1 << 0,        /* PrivateNetwork= */
	SANDBOX_TMP = 1 << 1,            /* PrivateTmp=, DynamicUser= */
	SANDBOX_DEVICES = 1 << 2,        /* PrivateDevices= */
	SANDBOX_IPC = 1 << 3,            /* PrivateIPC= */
	SANDBOX_HOSTNAME = 1 << 4,       /* ProtectHostname= */
	SANDBOX_HOME = 1 << 5,           /* ProtectHome= */
	SANDBOX_PROC = 1 << 6,           /* ProtectProc=invisible */
	SANDBOX_PROC_PID = 1 << 7,       /* ProcSubset=pid */
	SANDBOX_FAMILIES = 1 << 8,       /* RestrictAddressFamilies=, an allow list */
	SANDBOX_NOT_FAMILIES = 1 << 9,   /* a deny list */
	SANDBOX_NAMESPACES = 1 << 10,    /* RestrictNamespaces= */
	SANDBOX_WRITE_EXECUTE = 1 << 11, /* MemoryDenyWriteExecute= */
	SANDBOX_PERSONALITY = 1 << 12,   /* LockPersonality= */
	SANDBOX_REALTIME = 1 << 13,      /* RestrictRealtime= */
	SANDBOX_SUID_SGID = 1 << 14,     /* RestrictSUIDSGID= */
};

struct service {
	const struct unit *unit; /* borrowed */
	const char *instance;    /* borrowed; NULL: not of a template */

	enum service_type type;
	enum restart restart;
	enum kill_mode kill_mode;
	int kill_signal;
	bool remain_after_exit;
	bool non_blocking;
	/* In microseconds; FOR_EVER: no limit. */
	uint64_t restart_delay, start_timeout, stop_timeout;
	uint64_t limit_interval; /* 0: no limit on starts */
	unsigned limit_burst;

	struct command *commands[PHASES];
	size_t n_commands[PHASES];

	char *user, *group; /* NULL: not stated */
	bool dynamic_user;
	struct list more_groups;
	char *working_directory; /* NULL: the root; "~" is the user's home, which is the root too */
	bool working_directory_optional;
	mode_t umask;
	struct list environment; /* "NAME=value" */
	enum stream input, output, error;

	struct list directories[DIRECTORY_KINDS]; /* "a/b", or "a:b" */
	mode_t directory_mode[DIRECTORY_KINDS];
	struct list credentials;     /* LoadCredential=: "ID:path", or "ID" */
	struct list set_credentials; /* SetCredential=: "ID:text" */

	uint64_t bounding, ambient; /* sets of capabilities */
	bool bounding_stated, ambient_stated;
	unsigned sandbox;
	uint64_t families; /* RestrictAddressFamilies=: a bit for each AF_ */
	struct list writable, inaccessible, temporary, binds, read_only_binds;
	unsigned limits_set; /* a bit for each RLIMIT_ */
	struct {
		uint64_t soft, hard;
	} limits[RLIM_NLIMITS];
	int nice, oom_score_adjust;
	bool nice_set, oom_score_adjust_set;

	struct list sockets; /* Sockets= */
};

/*
 * Reads a unit; instance stands for %i, and stays borrowed.
 *
 * Returns 0; -EINVAL for a setting that makes no sense, or none that could be left
 * out safely: it is in *ret_problem, or that is NULL when there is no ExecStart=;
 * -ENOMEM. service_release() in all cases.
 */
int service_read(const struct unit *unit, const char *instance, struct service *ret,
		 const struct unit_setting **ret_problem);
void service_release(struct service *service);

/* Whether a setting of [Service] is one that service_read() reads. */
bool service_knows(const char *key);

#endif
