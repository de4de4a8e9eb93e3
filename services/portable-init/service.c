/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a .service unit says. */
#include "service.h"

#include "number.h"
#include "values.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* systemd's defaults: systemd-system.conf(5). */
#define RESTART_DELAY  (SECOND / 10)
#define TIMEOUT        (90 * SECOND)
#define LIMIT_INTERVAL (10 * SECOND)
#define LIMIT_BURST    5

int list_take(struct list *list, char *text)
{
	char **larger = text ? reallocarray(list->at, list->n + 2, sizeof *larger) : NULL;

	if (!larger) {
		free(text);
		return -ENOMEM;
	}
	larger[list->n++] = text;
	larger[list->n] = NULL;
	list->at = larger;
	return 0;
}

void list_release(struct list *list)
{
	while (list->n > 0)
		free(list->at[--list->n]);
	free(list->at);
	*list = LIST_EMPTY;
}

int list_add_words(struct list *list, const struct unit *unit, const char *instance,
		   const char *value)
{
	struct unit_words words;
	char *expanded;
	int r;

	if (*value == '\0')
		list_release(list);
	r = unit_words_split(value, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i < words.n && r == 0; i++) {
		r = unit_expand(unit, instance, words.at[i], &expanded);
		if (r == 0)
			r = list_take(list, expanded);
	}
	unit_words_release(&words);
	return r;
}

/*
 * The settings, by the way they are read. One list feeds the names and the
 * numbers of the switch below, so that neither can fall behind.
 */
#define SETTINGS(X)                                                                        \
	X(ExecStartPre)                                                                    \
	X(ExecStart)                                                                       \
	X(ExecStartPost)                                                                   \
	X(ExecStop)                                                                        \
	X(ExecStopPost)                                                                    \
	X(RuntimeDirectory)                                                                \
	X(StateDirectory)                                                                  \
	X(CacheDirectory)                                                                  \
	X(LogsDirectory)                                                                   \
	X(ConfigurationDirectory)                                                          \
	X(RuntimeDirectoryMode)                                                            \
	X(StateDirectoryMode)                                                              \
	X(CacheDirectoryMode)                                                              \
	X(LogsDirectoryMode)                                                               \
	X(ConfigurationDirectoryMode)                                                      \
	X(PrivateNetwork)                                                                  \
	X(PrivateTmp)                                                                      \
	X(PrivateDevices)                                                                  \
	X(PrivateIPC)                                                                      \
	X(ProtectHostname)                                                                 \
	X(ProtectHome)                                                                     \
	X(ProtectProc)                                                                     \
	X(ProcSubset)                                                                      \
	X(RestrictAddressFamilies)                                                         \
	X(RestrictNamespaces)                                                              \
	X(MemoryDenyWriteExecute)                                                          \
	X(LockPersonality)                                                                 \
	X(RestrictRealtime)                                                                \
	X(RestrictSUIDSGID)                                                                \
	X(StandardInput)                                                                   \
	X(StandardOutput)                                                                  \
	X(StandardError)                                                                   \
	X(Type)                                                                            \
	X(Restart)                                                                         \
	X(KillMode)                                                                        \
	X(KillSignal)                                                                      \
	X(RemainAfterExit)                                                                 \
	X(NonBlocking)                                                                     \
	X(RestartSec)                                                                      \
	X(TimeoutStartSec)                                                                 \
	X(TimeoutStopSec)                                                                  \
	X(TimeoutSec)                                                                      \
	X(StartLimitIntervalSec)                                                           \
	X(StartLimitBurst)                                                                 \
	X(User)                                                                            \
	X(Group)                                                                           \
	X(DynamicUser)                                                                     \
	X(SupplementaryGroups)                                                             \
	X(WorkingDirectory)                                                                \
	X(UMask)                                                                           \
	X(Environment)                                                                     \
	X(LoadCredential)                                                                  \
	X(SetCredential)                                                                   \
	X(CapabilityBoundingSet)                                                           \
	X(AmbientCapabilities)                                                             \
	X(ReadWritePaths)                                                                  \
	X(InaccessiblePaths)                                                               \
	X(TemporaryFileSystem)                                                             \
	X(BindPaths)                                                                       \
	X(BindReadOnlyPaths)                                                               \
	X(Nice)                                                                            \
	X(OOMScoreAdjust)                                                                  \
	X(Sockets)                                                                         \
	/* Without these the service would not be what its author meant: it is refused. */ \
	X(EnvironmentFile)                                                                 \
	X(RootDirectory)                                                                   \
	X(RootImage)                                                                       \
	X(PAMName)                                                                         \
	X(LoadCredentialEncrypted)                                                         \
	X(SetCredentialEncrypted)                                                          \
	X(NetworkNamespacePath)                                                            \
	X(BusName)

#define NUMBER(key) KEY_##key,
enum key {
	SETTINGS(NUMBER)
};
#define NAME(key) #key "\0"
static const char key_names[] = SETTINGS(NAME);

bool service_knows(const char *key)
{
	return word_index(key_names, key) >= 0 ||
	       (strncmp(key, "Limit", 5) == 0 && limit_index(key + 5) >= 0);
}

static int add_command(struct service *s, enum phase phase, char *const *words, size_t n)
{
	static const char prefixes[] = "-@:+!";
	struct command command = { 0 }, *larger;
	const char *program = words[0], *prefix;
	char *expanded;
	int r = 0;

	for (; *program && (prefix = strchr(prefixes, *program)); program++)
		command.flags |= 1U << (prefix - prefixes);
	if (*program == '\0' || *program == '|' || ((command.flags & COMMAND_OWN_ARGV0) && n < 2))
		return -EINVAL;
	for (size_t i = 0; i < n && r == 0; i++) {
		r = unit_expand(s->unit, s->instance, i == 0 ? program : words[i], &expanded);
		if (r == 0)
			r = list_take(&command.words, expanded);
	}
	larger = r < 0 ? NULL
		       : reallocarray(s->commands[phase], s->n_commands[phase] + 1, sizeof *larger);
	if (!larger) {
		list_release(&command.words);
		return r < 0 ? r : -ENOMEM;
	}
	s->commands[phase] = larger;
	larger[s->n_commands[phase]++] = command;
	return 0;
}

static void release_commands(struct service *s, enum phase phase)
{
	while (s->n_commands[phase] > 0)
		list_release(&s->commands[phase][--s->n_commands[phase]].words);
	free(s->commands[phase]);
	s->commands[phase] = NULL;
}

static int read_commands(struct service *s, enum phase phase, const char *value)
{
	struct unit_words words;
	size_t begin = 0;
	int r;

	if (*value == '\0') {
		release_commands(s, phase);
		return 0;
	}
	r = unit_words_split(value, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i <= words.n && r == 0; i++) {
		if (i < words.n && words.at[i] != unit_separator)
			continue;
		if (i > begin)
			r = add_command(s, phase, words.at + begin, i - begin);
		begin = i + 1;
	}
	unit_words_release(&words);
	return r;
}

static int read_word(const char *words, const char *value, unsigned *ret)
{
	int index = word_index(words, value);

	if (index < 0)
		return -EINVAL;
	*ret = (unsigned)index;
	return 0;
}

static int read_flag(struct service *s, unsigned flag, const char *value)
{
	bool on;
	int r = parse_boolean(value, &on);

	if (r == 0)
		s->sandbox = on ? s->sandbox | flag : s->sandbox & ~flag;
	return r;
}

static int read_families(struct service *s, const char *value)
{
	/* Those that a service may ask for; the others stay closed. */
	static const char names[] = "AF_UNIX\0"
				    "AF_INET\0"
				    "AF_INET6\0"
				    "AF_NETLINK\0"
				    "AF_PACKET\0"
				    "AF_VSOCK\0"
				    "AF_ALG\0"
				    "AF_CAN\0"
				    "AF_BLUETOOTH\0"
				    "AF_XDP\0";
	static const uint8_t numbers[] = { AF_UNIX,  AF_INET, AF_INET6, AF_NETLINK,   AF_PACKET,
					   AF_VSOCK, AF_ALG,  AF_CAN,   AF_BLUETOOTH, AF_XDP };
	struct unit_words words;
	bool off = *value == '~';
	uint64_t named = 0;
	int r, index = 0;

	if (*value == '\0') {
		s->families = 0;
		s->sandbox &= ~(unsigned)(SANDBOX_FAMILIES | SANDBOX_NOT_FAMILIES);
		return 0;
	}
	if (strcmp(value, "none") == 0) {
		s->families = 0;
		s->sandbox &= ~(unsigned)SANDBOX_NOT_FAMILIES;
		s->sandbox |= SANDBOX_FAMILIES;
		return 0;
	}
	r = unit_words_split(value + off, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i < words.n && index >= 0; i++) {
		index = word_index(names, words.at[i]);
		if (index >= 0)
			named |= UINT64_C(1) << numbers[index];
	}
	unit_words_release(&words);
	if (index < 0)
		return -EINVAL;
	/* The first line decides what kind of list it is; others add to it, or take from it. */
	if (!(s->sandbox & (SANDBOX_FAMILIES | SANDBOX_NOT_FAMILIES)))
		s->sandbox |= off ? SANDBOX_NOT_FAMILIES : SANDBOX_FAMILIES;
	if (off == !!(s->sandbox & SANDBOX_NOT_FAMILIES))
		s->families |= named;
	else
		s->families &= ~named;
	return 0;
}

static int read_namespaces(struct service *s, const char *value)
{
	/* A list of kinds is read as all of them: it takes more than was asked for. */
	if (read_flag(s, SANDBOX_NAMESPACES, value) < 0)
		s->sandbox |= SANDBOX_NAMESPACES;
	return 0;
}

static int read_sandbox(struct service *s, enum key key, const char *value)
{
	bool on;

	switch (key) {
	case KEY_ProtectHome:
		/* "read-only" is what every service has; "tmpfs" is as empty. */
		if (strcmp(value, "read-only") == 0)
			return 0;
		return read_flag(s, SANDBOX_HOME, strcmp(value, "tmpfs") == 0 ? "yes" : value);
	case KEY_ProtectProc:
		on = strcmp(value, "default") != 0;
		return read_flag(s, SANDBOX_PROC, on ? "yes" : "no");
	case KEY_ProcSubset:
		return read_flag(s, SANDBOX_PROC_PID, strcmp(value, "pid") == 0 ? "yes" : "no");
	case KEY_PrivateTmp: /* newer: "disconnected" */
		return read_flag(s, SANDBOX_TMP,
				 strcmp(value, "disconnected") == 0 ? "yes" : value);
	case KEY_ProtectHostname: /* newer: "private", and a name behind ':' */
		return read_flag(s, SANDBOX_HOSTNAME,
				 strncmp(value, "private", 7) == 0 ? "yes" : value);
	case KEY_RestrictAddressFamilies:
		return read_families(s, value);
	case KEY_RestrictNamespaces:
		return read_namespaces(s, value);
	case KEY_PrivateNetwork:
		return read_flag(s, SANDBOX_NETWORK, value);
	case KEY_PrivateDevices:
		return read_flag(s, SANDBOX_DEVICES, value);
	case KEY_PrivateIPC:
		return read_flag(s, SANDBOX_IPC, value);
	case KEY_MemoryDenyWriteExecute:
		return read_flag(s, SANDBOX_WRITE_EXECUTE, value);
	case KEY_LockPersonality:
		return read_flag(s, SANDBOX_PERSONALITY, value);
	case KEY_RestrictRealtime:
		return read_flag(s, SANDBOX_REALTIME, value);
	default:
		return read_flag(s, SANDBOX_SUID_SGID, value);
	}
}

static int read_stream(const char *value, enum stream *ret)
{
	static const char words[] = "inherit\0"
				    "null\0"
				    "socket\0"
				    "journal\0"
				    "kmsg\0"
				    "tty\0"
				    "journal+console\0"
				    "kmsg+console\0";
	unsigned index = 0;
	int r;

	if (*value == '\0') {
		*ret = STREAM_DEFAULT;
		return 0;
	}
	r = read_word(words, value, &index);
	if (r == 0)
		*ret = (enum stream)(index + 1);
	return r;
}

static int read_text(struct service *s, const char *value, char **text)
{
	char *expanded;
	int r = unit_expand(s->unit, s->instance, value, &expanded);

	if (r < 0)
		return r;
	free(*text);
	*text = NULL;
	if (*expanded)
		*text = expanded;
	else
		free(expanded);
	return 0;
}

static int read_capabilities(const char *value, bool *stated, uint64_t *set)
{
	int r;

	if (*value == '\0')
		*set = 0;
	r = parse_capabilities(value, *stated, set);
	*stated = true;
	return r;
}

/* 0 means no limit for these, as "infinity" does. */
static int read_timeout(const char *value, uint64_t *ret)
{
	int r = parse_time_span(value, ret);

	if (r == 0 && *ret == 0)
		*ret = FOR_EVER;
	return r;
}

static int read_signed(const char *value, int min, int max, int *ret)
{
	bool negative = *value == '-';
	uint64_t number;
	int r = parse_uint(value + negative, 0, (uint64_t)(negative ? -(int64_t)min : max),
			   &number);

	if (r == 0)
		*ret = negative ? -(int)number : (int)number;
	return r;
}

static int read_limit(struct service *s, int index, const char *value)
{
	int r = parse_limit(value, &s->limits[index].soft, &s->limits[index].hard);

	if (r == 0)
		s->limits_set |= 1U << index;
	return r;
}

static int read_manner(struct service *s, enum key key, const char *value)
{
	static const char types[] = "simple\0"
				    "exec\0"
				    "idle\0"
				    "oneshot\0";
	static const char restarts[] = "no\0"
				       "always\0"
				       "on-success\0"
				       "on-failure\0"
				       "on-abnormal\0"
				       "on-abort\0"
				       "on-watchdog\0";
	static const char kill_modes[] = "control-group\0"
					 "mixed\0"
					 "process\0"
					 "none\0";
	uint64_t number;
	unsigned word = 0;
	int r;

	switch (key) {
	case KEY_Type:
		r = read_word(types, value, &word);
		s->type = (enum service_type)word;
		return r;
	case KEY_Restart:
		r = read_word(restarts, value, &word);
		s->restart = (enum restart)word;
		return r;
	case KEY_KillMode:
		r = read_word(kill_modes, value, &word);
		s->kill_mode = (enum kill_mode)word;
		return r;
	case KEY_KillSignal:
		return parse_signal(value, &s->kill_signal);
	case KEY_RemainAfterExit:
		return parse_boolean(value, &s->remain_after_exit);
	case KEY_NonBlocking:
		return parse_boolean(value, &s->non_blocking);
	case KEY_RestartSec:
		return parse_time_span(value, &s->restart_delay);
	case KEY_TimeoutStartSec:
		return read_timeout(value, &s->start_timeout);
	case KEY_TimeoutStopSec:
		return read_timeout(value, &s->stop_timeout);
	case KEY_TimeoutSec:
		r = read_timeout(value, &s->start_timeout);
		s->stop_timeout = s->start_timeout;
		return r;
	case KEY_StartLimitIntervalSec:
		return parse_time_span(value, &s->limit_interval);
	default: /* KEY_StartLimitBurst */
		r = parse_uint(value, 0, 1000000, &number);
		if (r == 0)
			s->limit_burst = (unsigned)number;
		return r;
	}
}

static int read_process(struct service *s, enum key key, const char *value)
{
	int r;

	switch (key) {
	case KEY_User:
		return read_text(s, value, &s->user);
	case KEY_Group:
		return read_text(s, value, &s->group);
	case KEY_DynamicUser:
		return parse_boolean(value, &s->dynamic_user);
	case KEY_SupplementaryGroups:
		return list_add_words(&s->more_groups, s->unit, s->instance, value);
	case KEY_WorkingDirectory:
		s->working_directory_optional = *value == '-';
		return read_text(s, value + s->working_directory_optional, &s->working_directory);
	case KEY_UMask:
		return parse_mode(value, &s->umask);
	case KEY_Environment:
		return list_add_words(&s->environment, s->unit, s->instance, value);
	case KEY_LoadCredential:
		return list_add_words(&s->credentials, s->unit, s->instance, value);
	case KEY_SetCredential:
		return list_add_words(&s->set_credentials, s->unit, s->instance, value);
	case KEY_CapabilityBoundingSet:
		return read_capabilities(value, &s->bounding_stated, &s->bounding);
	case KEY_AmbientCapabilities:
		return read_capabilities(value, &s->ambient_stated, &s->ambient);
	case KEY_ReadWritePaths:
		return list_add_words(&s->writable, s->unit, s->instance, value);
	case KEY_InaccessiblePaths:
		return list_add_words(&s->inaccessible, s->unit, s->instance, value);
	case KEY_TemporaryFileSystem:
		return list_add_words(&s->temporary, s->unit, s->instance, value);
	case KEY_BindPaths:
		return list_add_words(&s->binds, s->unit, s->instance, value);
	case KEY_BindReadOnlyPaths:
		return list_add_words(&s->read_only_binds, s->unit, s->instance, value);
	case KEY_Nice:
		s->nice_set = true;
		return read_signed(value, -20, 19, &s->nice);
	case KEY_OOMScoreAdjust:
		s->oom_score_adjust_set = true;
		return read_signed(value, -1000, 1000, &s->oom_score_adjust);
	case KEY_Sockets:
		return list_add_words(&s->sockets, s->unit, s->instance, value);
	case KEY_StandardInput:
		return read_stream(value, &s->input);
	case KEY_StandardOutput:
		return read_stream(value, &s->output);
	case KEY_StandardError:
		return read_stream(value, &s->error);
	default: /* those that are not to be left out: an empty value, or "-", states nothing */
		r = *value == '\0' || *value == '-' ? 0 : -EINVAL;
		return r;
	}
}

/* Absolute paths and ".." have no place below /var/lib and its like. */
static bool is_relative_path(const char *path)
{
	if (*path == '/' || *path == '\0')
		return false;
	for (; *path; path += strcspn(path, "/") + (path[strcspn(path, "/")] == '/'))
		if (strncmp(path, "..", 2) == 0 && (path[2] == '/' || path[2] == '\0'))
			return false;
	return true;
}

static int read_directories(struct service *s, enum directory_kind kind, const char *value)
{
	struct list *list = &s->directories[kind];
	int r = list_add_words(list, s->unit, s->instance, value);

	for (size_t i = 0; i < list->n && r == 0; i++)
		if (!is_relative_path(list->at[i]))
			r = -EINVAL;
	return r;
}

static int read_setting(struct service *s, const struct unit_setting *setting)
{
	const char *value = setting->value;
	enum key key = (enum key)word_index(key_names, setting->key);

	if ((int)key < 0) {
		int index =
			strncmp(setting->key, "Limit", 5) == 0 ? limit_index(setting->key + 5) : -1;

		return index < 0 ? 0 : read_limit(s, index, value);
	}
	if (key <= KEY_ExecStopPost)
		return read_commands(s, (enum phase)key, value);
	if (key <= KEY_ConfigurationDirectory)
		return read_directories(s, (enum directory_kind)(key - KEY_RuntimeDirectory),
					value);
	if (key <= KEY_ConfigurationDirectoryMode)
		return parse_mode(value, &s->directory_mode[key - KEY_RuntimeDirectoryMode]);
	if (key <= KEY_RestrictSUIDSGID)
		return read_sandbox(s, key, value);
	if (key >= KEY_Type && key <= KEY_StartLimitBurst)
		return read_manner(s, key, value);
	return read_process(s, key, value);
}

int service_read(const struct unit *unit, const char *instance, struct service *ret,
		 const struct unit_setting **ret_problem)
{
	struct service *s = ret;
	bool start_timeout_stated = unit_file_last(&unit->file, "Service", "TimeoutStartSec") ||
				    unit_file_last(&unit->file, "Service", "TimeoutSec");
	int r;

	*s = (struct service){
		.unit = unit,
		.instance = instance,
		.kill_signal = SIGTERM,
		.restart_delay = RESTART_DELAY,
		.start_timeout = TIMEOUT,
		.stop_timeout = TIMEOUT,
		.limit_interval = LIMIT_INTERVAL,
		.limit_burst = LIMIT_BURST,
		.umask = 0022,
	};
	for (size_t i = 0; i < DIRECTORY_KINDS; i++)
		s->directory_mode[i] = 0755;
	*ret_problem = NULL;

	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *setting = &unit->file.settings[i];

		/* The limits on starts belong to [Unit], and stood in [Service] before. */
		if (strcmp(setting->section, "Service") != 0 &&
		    (strcmp(setting->section, "Unit") != 0 ||
		     strncmp(setting->key, "StartLimit", 10) != 0))
			continue;
		r = read_setting(s, setting);
		if (r < 0) {
			*ret_problem = setting;
			return r == -ENOMEM ? r : -EINVAL;
		}
	}
	if (s->type == TYPE_ONESHOT && !start_timeout_stated)
		s->start_timeout = FOR_EVER;
	if (s->dynamic_user)
		s->sandbox |= SANDBOX_TMP;
	/* Only what is in the bounding set can be in the ambient one. */
	if (!s->bounding_stated)
		s->bounding = s->ambient;
	if (s->n_commands[PHASE_START] == 0 ||
	    (s->type != TYPE_ONESHOT && s->n_commands[PHASE_START] > 1))
		return -EINVAL;
	return 0;
}

void service_release(struct service *s)
{
	struct list *const lists[] = { &s->more_groups,     &s->environment, &s->credentials,
				       &s->set_credentials, &s->writable,    &s->inaccessible,
				       &s->temporary,       &s->binds,       &s->read_only_binds,
				       &s->sockets };

	for (size_t i = 0; i < PHASES; i++)
		release_commands(s, (enum phase)i);
	for (size_t i = 0; i < DIRECTORY_KINDS; i++)
		list_release(&s->directories[i]);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		list_release(lists[i]);
	free(s->user);
	free(s->group);
	free(s->working_directory);
	*s = (struct service){ 0 };
}
