/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders to systemd's manager. */
#include "jobs.h"

#include "log.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"

int manager_reload(sd_bus *bus)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL;
	int r = bus_message(bus, &bus_systemd, "Reload", &call);

	if (r >= 0)
		r = bus_call(bus, call, &error, NULL);
	return r < 0 ? bus_failure(r, &error, "let systemd read its units again") : 0;
}

int manager_reset_failed(sd_bus *bus, const char *unit)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL;
	char shown[LOG_ESCAPED_SIZE];
	int r = bus_message(bus, &bus_systemd, "ResetFailedUnit", &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "s", unit);
	if (r >= 0)
		r = bus_call(bus, call, &error, NULL);
	if (r < 0 && sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return 0;
	return r < 0 ? bus_failure(r, &error, "reset the failed state of '%s'",
				   log_escape(unit, shown))
		     : 0;
}

/* A job that is waited for. */
struct awaited {
	const char *path; /* NULL: its call has no answer yet, and signals are kept */
	char *result;
};

static int job_removed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error)
{
	struct awaited *awaited = userdata;
	const char *path, *result;
	int r = sd_bus_message_read(signal, "uoss", NULL, &path, NULL, &result);

	(void)ret_error;
	if (r >= 0 && awaited->path && strcmp(path, awaited->path) == 0 && !awaited->result)
		awaited->result = strdup(result);
	return 0;
}

/* Signals that came before the answer are in the queue of the bus, and come out only here. */
static int wait_for(sd_bus *bus, struct awaited *awaited)
{
	int r;

	while (!awaited->result) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return 0;
}

static int subscribe(sd_bus *bus, struct awaited *awaited, sd_bus_slot **ret)
{
	CLEANUP_MESSAGE sd_bus_message *call = NULL;
	int r = sd_bus_match_signal(bus, ret, bus_systemd.destination, bus_systemd.path,
				    bus_systemd.interface, "JobRemoved", job_removed, awaited);

	if (r >= 0)
		r = bus_message(bus, &bus_systemd, "Subscribe", &call);
	/* It fails only if this connection subscribed before. */
	if (r >= 0)
		(void)bus_call(bus, call, NULL, NULL);
	return r;
}

int manager_run(sd_bus *bus, enum manager_job job, const char *unit)
{
	static const struct {
		const char *method, *word;
	} words[] = {
		[MANAGER_START] = { "StartUnit", "start" },
		[MANAGER_STOP] = { "StopUnit", "stop" },
		[MANAGER_RESTART] = { "RestartUnit", "restart" },
	};
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL, *answer = NULL;
	char shown[LOG_ESCAPED_SIZE];
	struct awaited awaited = { 0 };
	sd_bus_slot *slot = NULL;
	int r = subscribe(bus, &awaited, &slot);

	if (r >= 0)
		r = bus_message(bus, &bus_systemd, words[job].method, &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "ss", unit, "replace");
	if (r >= 0)
		r = bus_call(bus, call, &error, &answer);
	if (r >= 0)
		r = sd_bus_message_read(answer, "o", &awaited.path);
	if (r >= 0)
		r = wait_for(bus, &awaited);
	(void)sd_bus_slot_unref(slot);
	if (r < 0 && job == MANAGER_STOP && sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return 0;
	(void)log_escape(unit, shown);
	if (r < 0)
		return bus_failure(r, &error, "%s '%s'", words[job].word, shown);
	/* "skipped": a condition of the unit is not met. */
	if (strcmp(awaited.result, "done") != 0 && strcmp(awaited.result, "skipped") != 0) {
		log_error("cannot %s '%s': its job ended with '%s'; see 'systemctl status %s'",
			  words[job].word, shown, awaited.result, shown);
		r = -EIO;
	}
	free(awaited.result);
	return r < 0 ? r : 0;
}

static int change_files(sd_bus *bus, const char *method, const char *what, const char *const *units,
			bool is_runtime)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL;
	char shown[LOG_ESCAPED_SIZE];
	int r = bus_message(bus, &bus_systemd, method, &call);

	if (!units[0])
		return 0;
	if (r >= 0)
		r = bus_append_texts(call, units);
	if (r >= 0)
		r = sd_bus_message_append(call, "t", is_runtime ? UINT64_C(1) : UINT64_C(0));
	if (r >= 0)
		r = bus_call(bus, call, &error, NULL);
	return r < 0 ? bus_failure(r, &error, "%s '%s'%s", what, log_escape(units[0], shown),
				   units[1] ? " and others" : "")
		     : 0;
}

int manager_enable(sd_bus *bus, const char *const *units, bool is_runtime)
{
	return change_files(bus, "EnableUnitFilesWithFlags", "enable", units, is_runtime);
}

int manager_disable(sd_bus *bus, const char *const *units, bool is_runtime)
{
	return change_files(bus, "DisableUnitFilesWithFlags", "disable", units, is_runtime);
}
