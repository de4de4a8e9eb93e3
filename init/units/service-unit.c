/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/service-unit.h"

#include "clock.h"
#include "unit-file.h"
#include "units/values.h"
#include "units/words.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

/* systemd's defaults: systemd-system.conf(5). */
#define RESTART_DELAY  (USEC_PER_SEC / 10)
#define TIMEOUT        (90 * USEC_PER_SEC)
#define LIMIT_INTERVAL (10 * USEC_PER_SEC)
#define LIMIT_BURST    5

enum {
	KIND_COMMANDS = SETTING_CUSTOM, /* more: the phase */
	KIND_DIRECTORIES,               /* more: the kind */
	KIND_FLAG_WORD,                 /* like SETTING_FLAG; other words than booleans mean yes */
	KIND_FAMILIES,
	KIND_CALLS,
	KIND_CALL_ERROR,
	KIND_CAPABILITIES,
	KIND_TIMEOUT, /* a span; 0 is for ever */
	KIND_WRITABLE,
	KIND_BINDS /* more: 1 when they are to be written to */
};

#define SETTINGS(X)                                                                             \
	X(ExecStartPre, KIND_COMMANDS, PHASE_START_PRE, commands)                               \
	X(ExecStart, KIND_COMMANDS, PHASE_START, commands)                                      \
	X(RuntimeDirectory, KIND_DIRECTORIES, DIRECTORY_RUNTIME, directories)                   \
	X(StateDirectory, KIND_DIRECTORIES, DIRECTORY_STATE, directories)                       \
	X(CacheDirectory, KIND_DIRECTORIES, DIRECTORY_CACHE, directories)                       \
	X(LogsDirectory, KIND_DIRECTORIES, DIRECTORY_LOGS, directories)                         \
	X(ConfigurationDirectory, KIND_DIRECTORIES, DIRECTORY_CONFIGURATION, directories)       \
	X(RuntimeDirectoryMode, SETTING_MODE, 0, directory_mode[DIRECTORY_RUNTIME])             \
	X(StateDirectoryMode, SETTING_MODE, 0, directory_mode[DIRECTORY_STATE])                 \
	X(CacheDirectoryMode, SETTING_MODE, 0, directory_mode[DIRECTORY_CACHE])                 \
	X(LogsDirectoryMode, SETTING_MODE, 0, directory_mode[DIRECTORY_LOGS])                   \
	X(ConfigurationDirectoryMode, SETTING_MODE, 0, directory_mode[DIRECTORY_CONFIGURATION]) \
	X(PrivateNetwork, SETTING_FLAG, BIT_NETWORK, sandbox)                                   \
	X(PrivateTmp, KIND_FLAG_WORD, BIT_TMP, sandbox)                                         \
	X(PrivateDevices, SETTING_FLAG, BIT_DEVICES, sandbox)                                   \
	X(PrivateIPC, SETTING_FLAG, BIT_IPC, sandbox)                                           \
	X(ProtectHostname, KIND_FLAG_WORD, BIT_HOSTNAME, sandbox)                               \
	X(ProtectHome, KIND_FLAG_WORD, BIT_HOME, sandbox)                                       \
	X(ProtectProc, KIND_FLAG_WORD, BIT_PROC, sandbox)                                       \
	X(ProcSubset, KIND_FLAG_WORD, BIT_PROC_PID, sandbox)                                    \
	X(RestrictAddressFamilies, KIND_FAMILIES, 0, families)                                  \
	X(SystemCallFilter, KIND_CALLS, 0, calls)                                               \
	X(SystemCallErrorNumber, KIND_CALL_ERROR, 0, call_error)                                \
	X(RestrictNamespaces, KIND_FLAG_WORD, BIT_NAMESPACES, sandbox)                          \
	X(MemoryDenyWriteExecute, SETTING_FLAG, BIT_WRITE_EXECUTE, sandbox)                     \
	X(LockPersonality, SETTING_FLAG, BIT_PERSONALITY, sandbox)                              \
	X(RestrictRealtime, SETTING_FLAG, BIT_REALTIME, sandbox)                                \
	X(RestrictSUIDSGID, SETTING_FLAG, BIT_SUID_SGID, sandbox)                               \
	X(StandardInput, SETTING_WORD, 2, input)                                                \
	X(StandardOutput, SETTING_WORD, 2, output)                                              \
	X(StandardError, SETTING_WORD, 2, error)                                                \
	X(Type, SETTING_WORD, 0, type)                                                          \
	X(Restart, SETTING_WORD, 1, restart)                                                    \
	X(KillSignal, SETTING_SIGNAL, 0, kill_signal)                                           \
	X(RemainAfterExit, SETTING_BOOLEAN, 0, remain_after_exit)                               \
	X(NonBlocking, SETTING_BOOLEAN, 0, non_blocking)                                        \
	X(RestartSec, SETTING_SPAN, 0, restart_delay)                                           \
	X(TimeoutStartSec, KIND_TIMEOUT, 0, start_timeout)                                      \
	X(TimeoutStopSec, KIND_TIMEOUT, 0, stop_timeout)                                        \
	X(TimeoutSec, KIND_TIMEOUT, 1, start_timeout)                                           \
	X(User, SETTING_TEXT, 0, user)                                                          \
	X(Group, SETTING_TEXT, 0, group)                                                        \
	X(DynamicUser, SETTING_BOOLEAN, 0, dynamic_user)                                        \
	X(WorkingDirectory, SETTING_TEXT, 0, working_directory)                                 \
	X(UMask, SETTING_MODE, 0, umask)                                                        \
	X(Environment, SETTING_WORDS, 0, environment)                                           \
	X(LoadCredential, SETTING_WORDS, 0, credentials)                                        \
	X(CapabilityBoundingSet, KIND_CAPABILITIES, 0, bounding)                                \
	X(AmbientCapabilities, KIND_CAPABILITIES, 1, ambient)                                   \
	X(ReadWritePaths, KIND_WRITABLE, 0, writable)                                           \
	X(BindPaths, KIND_BINDS, 1, writable)                                                   \
	X(BindReadOnlyPaths, KIND_BINDS, 0, writable)                                           \
	X(Sockets, SETTING_WORDS, 0, sockets)                                                   \
	/* Without these it would be another service than its author meant. */                  \
	X(EnvironmentFile, SETTING_REFUSED, 0, unit)                                            \
	X(RootDirectory, SETTING_REFUSED, 0, unit)                                              \
	X(RootImage, SETTING_REFUSED, 0, unit)                                                  \
	X(PAMName, SETTING_REFUSED, 0, unit)                                                    \
	X(SetCredential, SETTING_REFUSED, 0, unit)                                              \
	X(LoadCredentialEncrypted, SETTING_REFUSED, 0, unit)                                    \
	X(SetCredentialEncrypted, SETTING_REFUSED, 0, unit)                                     \
	X(NetworkNamespacePath, SETTING_REFUSED, 0, unit)                                       \
	X(BusName, SETTING_REFUSED, 0, unit)

#define RULE(name, kind, more, field) { kind, more, offsetof(struct service, field) },
static const struct setting_rule rules[] = { SETTINGS(RULE) };
static const char names[] = SETTINGS(SETTING_NAME);

/* Of [Unit]. */
#define LIMITS(X)                                                 \
	X(StartLimitIntervalSec, SETTING_SPAN, 0, limit_interval) \
	X(StartLimitBurst, SETTING_NUMBER, 0, limit_burst)
static const struct setting_rule limit_rules[] = { LIMITS(RULE) };
static const char limit_names[] = LIMITS(SETTING_NAME);

bool service_knows(const char *key)
{
	return word_index(names, key) >= 0 ||
	       (strncmp(key, "Limit", 5) == 0 && limit_index(key + 5) >= 0);
}

/*
 * Reads the names in a value as a set: a bit for each. Unknown ones are left out, as systemd
 * does it; a line says so. Returns 0 or a negative errno.
 */
static int read_set(struct service *s, const char *value, int (*number_of)(const char *name),
		    uint64_t *ret)
{
	struct list words = LIST_EMPTY;
	int r = list_add_words(&words, s->unit, s->instance, value), number;

	*ret = 0;
	for (size_t i = 0; i < words.n && r == 0; i++) {
		number = number_of(words.at[i]);
		if (number >= 0)
			*ret |= UINT64_C(1) << number;
		else
			r = list_take(&s->unknown, strdup(words.at[i]));
	}
	list_release(&words);
	return r;
}

static int read_call(struct service *s, char *word, bool denied)
{
	char *colon = strchr(word, ':');
	uint8_t verdict = denied ? CALL_REFUSED : CALL_ALLOWED;

	if (colon)
		*colon = '\0';
	/* Only what is refused has an error. */
	if ((!colon || (denied && parse_call_error(colon + 1, &verdict) == 0)) &&
	    system_calls_set(word, verdict, s->calls))
		return 0;
	return list_take(&s->unknown, strdup(word));
}

/*
 * The first line says whether the list is of calls that are allowed, and to which others
 * add; or of those that are denied.
 */
static int read_calls(struct service *s, const char *value)
{
	bool denied = *value == '~';
	struct list words = LIST_EMPTY;
	int r = list_add_words(&words, s->unit, s->instance, value + denied);

	if (*value == '\0') {
		s->filters_calls = false;
	} else if (!s->filters_calls) {
		s->filters_calls = true;
		s->allows_calls = !denied;
		memset(s->calls, denied ? CALL_ALLOWED : CALL_REFUSED, sizeof s->calls);
		if (!denied)
			(void)system_calls_set("@default", CALL_ALLOWED, s->calls);
	}
	for (size_t i = 0; i < words.n && r == 0; i++)
		r = read_call(s, words.at[i], denied);
	list_release(&words);
	return r;
}

static int read_families(struct service *s, const char *value)
{
	bool deny = *value == '~';
	uint64_t named = 0;
	size_t unknown;
	int r = 0;

	if (*value == '\0' || strcmp(value, "none") == 0) {
		s->families = 0;
		s->sandbox &= ~(1U << BIT_FAMILIES | 1U << BIT_NOT_FAMILIES);
		s->sandbox |= *value ? 1U << BIT_FAMILIES : 0;
		return 0;
	}
	unknown = s->unknown.n;
	r = read_set(s, value + deny, family_number, &named);
	/* Without one that we do not know, a list of what is denied would deny less. */
	if (r == 0 && deny && s->unknown.n > unknown)
		r = -EINVAL;
	if (r < 0)
		return r;
	/* The first line says what kind of list it is; others add to it or take from it. */
	if (!service_has(s, BIT_FAMILIES) && !service_has(s, BIT_NOT_FAMILIES))
		s->sandbox |= 1U << (deny ? BIT_NOT_FAMILIES : BIT_FAMILIES);
	if (deny == service_has(s, BIT_NOT_FAMILIES))
		s->families |= named;
	else
		s->families &= ~named;
	return 0;
}

/* A line adds to the set; with "~" it takes from it, or from all when it is the first. */
static int read_capabilities(struct service *s, const char *value, bool *stated, uint64_t *set)
{
	bool inverted = *value == '~';
	uint64_t named = 0;
	int r = read_set(s, value + inverted, capability_number, &named);

	if (r < 0)
		return r;
	if (*value == '\0')
		*set = 0;
	else if (!inverted)
		*set |= named;
	else
		*set = (*stated ? *set : CAPABILITIES_ALL) & ~named;
	*stated = true;
	return 0;
}

/* Whether a path, or the link after ':', names something below /var/lib and its like. */
static bool is_inside(const char *path)
{
	bool begins = true;

	do {
		size_t length = strcspn(path, "/:");

		if (length == 0 ? begins : length <= 2 && strncmp(path, "..", length) == 0)
			return false;
		path += length;
		begins = *path == ':';
	} while (*path++);
	return true;
}

static int read_directories(struct service *s, enum directory_kind kind, const char *value)
{
	struct list *list = &s->directories[kind];
	size_t before = *value ? list->n : 0;
	int r = list_add_words(list, s->unit, s->instance, value);

	for (size_t i = before; i < list->n && r == 0; i++)
		if (!is_inside(list->at[i]))
			r = -EINVAL;
	return r;
}

static int read_writable(struct service *s, const char *value)
{
	size_t before = *value ? s->writable.n : 0;
	int r = list_add_words(&s->writable, s->unit, s->instance, value);

	for (size_t i = before; i < s->writable.n; i++)
		replace_var_run(s->writable.at[i] + strspn(s->writable.at[i], "-+"));
	return r;
}

/* Nothing has to be bound to its own path: an image has no host. */
static int read_binds(struct service *s, bool writable, const char *value)
{
	if (strchr(value, ':'))
		return -EINVAL;
	return writable ? read_writable(s, value) : 0;
}

static int read_flag_word(struct service *s, unsigned bit, const char *value)
{
	/* They ask for no more than every service gets. */
	static const char without_meaning[] = "default\0all\0read-only\0";
	bool on = true;

	if (parse_boolean(value, &on) < 0)
		on = word_index(without_meaning, value) < 0;
	s->sandbox = on ? s->sandbox | 1U << bit : s->sandbox & ~(1U << bit);
	return 0;
}

static int read_limit(struct service *s, int index, const char *value)
{
	int r = parse_limit(value, &s->limits[index].soft, &s->limits[index].hard);

	if (r == 0)
		s->limits_set |= 1U << index;
	return r;
}

static int read_custom(void *base, const struct setting_rule *rule, const struct unit_setting *set);

static const struct setting_table table = { "Service", names, rules, read_custom };

static int read_custom(void *base, const struct setting_rule *rule, const struct unit_setting *set)
{
	const char *value = set->value;
	struct service *s = base;
	uint64_t *span;
	int index, r;

	switch (rule ? (int)rule->kind : -1) {
	case KIND_COMMANDS:
		return commands_add(&s->commands[rule->more], s->unit, s->instance, value);
	case KIND_DIRECTORIES:
		return read_directories(s, rule->more, value);
	case KIND_FLAG_WORD:
		return read_flag_word(s, rule->more, value);
	case KIND_FAMILIES:
		return read_families(s, value);
	case KIND_CALLS:
		return read_calls(s, value);
	case KIND_CALL_ERROR:
		s->call_error = 0;
		return *value ? parse_call_error(value, &s->call_error) : 0;
	case KIND_CAPABILITIES:
		return rule->more ? read_capabilities(s, value, &s->ambient_stated, &s->ambient)
				  : read_capabilities(s, value, &s->bounding_stated, &s->bounding);
	case KIND_TIMEOUT:
		span = (uint64_t *)(void *)((char *)base + rule->offset);
		r = parse_time_span(value, span);
		if (*span == 0)
			*span = FOR_EVER;
		if (rule->more)
			s->stop_timeout = *span;
		return r;
	case KIND_WRITABLE:
		return read_writable(s, value);
	case KIND_BINDS:
		return read_binds(s, rule->more, value);
	default:
		index = strncmp(set->key, "Limit", 5) == 0 ? limit_index(set->key + 5) : -1;
		return index < 0 ? 0 : read_limit(s, index, value);
	}
}

static int ignore(void *base, const struct setting_rule *rule, const struct unit_setting *s)
{
	(void)base;
	(void)rule;
	(void)s;
	return 0;
}

int service_read(const struct boot_unit *unit, const char *instance, struct service *s,
		 const struct unit_setting **ret_problem)
{
	static const struct setting_table limits = { "Unit", limit_names, limit_rules, ignore };
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

	r = settings_read(&limits, unit, instance, s, ret_problem);
	if (r == 0)
		r = settings_read(&table, unit, instance, s, ret_problem);
	if (r < 0)
		return r;
	if (s->type == TYPE_ONESHOT && s->start_timeout == TIMEOUT &&
	    !unit_file_last(&unit->file, "Service", "TimeoutStartSec"))
		s->start_timeout = FOR_EVER;
	if (s->dynamic_user)
		s->sandbox |= 1U << BIT_TMP;
	/* Only what is in the bounding set can be in the ambient one. */
	if (!s->bounding_stated)
		s->bounding = s->ambient;
	if (s->commands[PHASE_START].n == 0 ||
	    (s->type != TYPE_ONESHOT && s->commands[PHASE_START].n > 1))
		return -EINVAL;
	return 0;
}

void service_release(struct service *s)
{
	for (size_t i = 0; i < PHASES; i++)
		commands_release(&s->commands[i]);
	for (size_t i = 0; i < DIRECTORY_KINDS; i++)
		list_release(&s->directories[i]);
	list_release(&s->writable);
	list_release(&s->unknown);
	settings_release(&table, s);
}
