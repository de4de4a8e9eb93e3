/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts and stops several units at a time. */
#include "unit-jobs.h"

#include "clock.h"
#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How often a unit that stops is looked at. */
#define LOOK_USEC (USEC_PER_SEC / 10)

int jobs_open(sd_bus *bus)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL;
	int r = bus_message(bus, &bus_systemd, "Subscribe", &call);

	/* systemd tells of jobs only those who ask. */
	if (r >= 0)
		r = bus_call(bus, call, &error, NULL);
	return r < 0 ? bus_failure(r, &error, "ask systemd for its signals") : 0;
}

struct job {
	struct job *next;
	const char *unit, *path;
	const char *result; /* NULL: it runs */
};

struct jobs {
	struct pool *pool;
	struct job *first;
	bool failed;
};

static int removed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error)
{
	struct jobs *jobs = userdata;
	const char *path, *result;
	int r = sd_bus_message_read(signal, "uoss", NULL, &path, NULL, &result);

	(void)ret_error;
	for (struct job *job = jobs->first; job && r >= 0; job = job->next)
		if (!job->result && strcmp(job->path, path) == 0) {
			job->result = pool_copy(jobs->pool, result);
			jobs->failed |= !job->result;
		}
	return 0;
}

static bool is_unknown_unit(const sd_bus_error *error)
{
	return sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit");
}

static int add_job(sd_bus *bus, struct jobs *jobs, const char *method, const char *unit)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL, *answer = NULL;
	struct job *job = pool_take(jobs->pool, sizeof *job);
	char shown[LOG_ESCAPED_SIZE];
	const char *path;
	int r = job ? bus_message(bus, &bus_systemd, method, &call) : -ENOMEM;

	if (r >= 0)
		r = sd_bus_message_append(call, "ss", unit, "replace");
	if (r >= 0)
		r = bus_call(bus, call, &error, &answer);
	if (r < 0 && strcmp(method, "StopUnit") == 0 && is_unknown_unit(&error))
		return 0;
	if (r < 0) {
		if (job && error.message) { /* it cannot be started: masked, not found */
			job->unit = unit;
			job->path = "";
			job->result = pool_copy(jobs->pool, log_escape(error.message, shown));
			job->next = jobs->first;
			jobs->first = job;
			return job->result ? 0 : -ENOMEM;
		}
		return r;
	}
	r = sd_bus_message_read(answer, "o", &path);
	if (r < 0)
		return r;
	job->unit = unit;
	job->path = pool_copy(jobs->pool, path);
	if (!job->path)
		return -ENOMEM;
	job->next = jobs->first;
	jobs->first = job;
	return 0;
}

static struct job *running_job(const struct jobs *jobs)
{
	struct job *job = jobs->first;

	while (job && job->result)
		job = job->next;
	return job;
}

static bool is_stopping(sd_bus *bus, const char *unit)
{
	char *path = NULL, *active = NULL;
	bool stopping = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path) >= 0 &&
			sd_bus_get_property_string(bus, bus_systemd.destination, path,
						   "org.freedesktop.systemd1.Unit", "ActiveState",
						   NULL, &active) >= 0 &&
			strcmp(active, "deactivating") == 0;

	free(active);
	free(path);
	return stopping;
}

/* Whether a unit whose job runs is still on its way down. */
static bool any_is_stopping(sd_bus *bus, const struct jobs *jobs)
{
	const struct job *job = jobs->first;

	while (job && (job->result || !is_stopping(bus, job->unit)))
		job = job->next;
	return job != NULL;
}

static int wait_for_jobs(sd_bus *bus, const struct jobs *jobs, uint64_t stop_us,
			 uint64_t *deadline_us)
{
	uint64_t looked = now_us(CLOCK_MONOTONIC), stop_end = looked + stop_us;

	while (running_job(jobs) && !jobs->failed) {
		uint64_t now = now_us(CLOCK_MONOTONIC);
		int r = sd_bus_process(bus, NULL);

		if (r == 0 && now < stop_end && any_is_stopping(bus, jobs))
			*deadline_us += now - looked;
		looked = now;
		if (r == 0 && now >= *deadline_us)
			return -ETIMEDOUT;
		if (r == 0)
			r = sd_bus_wait(bus, *deadline_us - now < LOOK_USEC ? *deadline_us - now
									    : LOOK_USEC);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return jobs->failed ? -ENOMEM : 0;
}

static int run_jobs(sd_bus *bus, struct pool *pool, const char *method,
		    const struct text_list *units, uint64_t stop_us, uint64_t *deadline_us,
		    const char **ret_failed, const char **ret_why)
{
	struct jobs jobs = { .pool = pool };
	sd_bus_slot *slot = NULL;
	int r;

	if (!units)
		return 0;
	/* Asked for first, or a job might be over unheard. */
	r = sd_bus_match_signal(bus, &slot, bus_systemd.destination, bus_systemd.path,
				bus_systemd.interface, "JobRemoved", removed, &jobs);
	for (; units && r >= 0; units = units->next)
		r = add_job(bus, &jobs, method, units->text);
	if (r >= 0)
		r = wait_for_jobs(bus, &jobs, stop_us, deadline_us);
	sd_bus_slot_unref(slot);
	if (r == -ETIMEDOUT) {
		*ret_failed = running_job(&jobs)->unit;
		*ret_why = "it is not ready in time";
	}
	for (struct job *job = jobs.first; job && r >= 0; job = job->next)
		if (strcmp(job->result, "done") != 0 && strcmp(job->result, "skipped") != 0) {
			*ret_failed = job->unit;
			*ret_why = job->result;
			r = -EIO;
		}
	return r;
}

int jobs_run(sd_bus *bus, struct pool *pool, const char *method, const struct text_list *units,
	     uint64_t deadline_us, const char **ret_failed, const char **ret_why)
{
	return run_jobs(bus, pool, method, units, 0, &deadline_us, ret_failed, ret_why);
}

int jobs_restart(sd_bus *bus, struct pool *pool, const struct text_list *units, uint64_t stop_us,
		 uint64_t *deadline_us, const char **ret_failed, const char **ret_why)
{
	return run_jobs(bus, pool, "RestartUnit", units, stop_us, deadline_us, ret_failed, ret_why);
}

void jobs_kill(sd_bus *bus, const char *unit, int signal)
{
	(void)sd_bus_call_method(bus, bus_systemd.destination, bus_systemd.path,
				 bus_systemd.interface, "KillUnit", NULL, NULL, "ssi", unit, "all",
				 (int32_t)signal);
}

void jobs_kill_stopping(sd_bus *bus, const struct text_list *units)
{
	for (; units; units = units->next)
		if (is_stopping(bus, units->text))
			jobs_kill(bus, units->text, SIGKILL);
}
