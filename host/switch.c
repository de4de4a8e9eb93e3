/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts one version of an image in the place of another. */
#include "switch.h"

#include "clock.h"
#include "elements.h"
#include "file.h"
#include "hooks.h"
#include "jobs.h"
#include "log.h"
#include "names.h"
#include "portabled.h"
#include "unit-file.h"
#include "unit-jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A version that is given up is killed when it does not stop so soon. */
#define PATIENCE_USEC (2 * USEC_PER_SEC)
/* The old version has worked: it may take as long as systemd gives a unit (DefaultTimeoutStartSec=). */
#define START_USEC (90 * USEC_PER_SEC)
/* Of a hook: state is copied and converted in there. */
#define HOOK_USEC (600 * USEC_PER_SEC)
/* Of the check of a version that has settled, and of the old one: part of settle + 5 s. */
#define LAST_CHECK_USEC (2 * USEC_PER_SEC)
#define POLL_USEC       (USEC_PER_SEC / 10)

static bool has_suffix(const char *name, const char *suffix)
{
	const char *dot = strrchr(name, '.');

	return dot && strcmp(dot, suffix) == 0;
}

/* "x@.service" of "x@1.service"; any other name is its own. */
static const char *file_of(struct pool *pool, const char *unit)
{
	const char *at = strchr(unit, '@'), *dot = strrchr(unit, '.');

	if (!at || !dot || dot < at)
		return unit;
	return pool_format(pool, "%.*s%s", (int)(at + 1 - unit), unit, dot);
}

static bool is_template(const char *unit)
{
	const char *at = strchr(unit, '@');

	return at && at[1] == '.';
}

/* Returns 0 or -ENOMEM. */
static int describe(const struct switching *s, const char *path, struct portabled_image *ret)
{
	const struct transaction *t = s->transaction;

	*ret = (struct portabled_image){
		.path = path,
		.extensions = text_list_array(s->pool, t->extensions),
		.prefixes = text_list_array(s->pool, t->matches),
		.profile = t->profile,
		.is_runtime = t->is_runtime,
	};
	return ret->extensions && ret->prefixes ? 0 : -ENOMEM;
}

static int out_of_memory(const char **ret_why)
{
	*ret_why = "out of memory";
	return -ENOMEM;
}

int switch_look(struct switching *s, struct now *ret)
{
	struct attached_image **end;
	struct attached attached;
	int r = attached_find(s->pool, "", &attached);

	*ret = (struct now){ 0 };
	if (r < 0)
		return r;
	for (end = &attached.images; *end;)
		if (strcmp((*end)->name, s->name) == 0)
			end = &(*end)->next;
		else
			*end = (*end)->next;
	ret->images = attached.images;
	return ret->images ? units_ask(s->bus, s->pool, ret->images, &ret->states) : 0;
}

/* --- before ------------------------------------------------------------------------ */

static int note_unit(struct switching *s, const char *name, bool is_active)
{
	struct noted_unit **end = &s->transaction->units, *unit;
	CLEANUP_MESSAGE sd_bus_message *answer = NULL;
	const char *state = "";

	if (transaction_unit(s->transaction, name))
		return 0;
	unit = pool_take(s->pool, sizeof *unit);
	if (!unit)
		return pool_exhausted();
	/* An instance has no state of its own where nothing enables it. */
	if (sd_bus_call_method(s->bus, bus_systemd.destination, bus_systemd.path,
			       bus_systemd.interface, "GetUnitFileState", NULL, &answer, "s",
			       name) >= 0)
		(void)sd_bus_message_read(answer, "s", &state);
	*unit = (struct noted_unit){
		.name = pool_copy(s->pool, name),
		.was_active = is_active,
		.was_enabled = strcmp(state, "enabled") == 0,
		.was_enabled_runtime = strcmp(state, "enabled-runtime") == 0,
		.was_disabled = strcmp(state, "disabled") == 0,
	};
	if (!unit->name)
		return pool_exhausted();
	while (*end)
		end = &(*end)->next;
	*end = unit;
	return 0;
}

/* Whether the service behind each socket answers: what did not before need not do so after. */
static int note_answers(struct switching *s)
{
	uint64_t deadline = now_us(CLOCK_MONOTONIC) + PATIENCE_USEC;

	for (struct noted_unit *unit = s->transaction->units; unit; unit = unit->next) {
		struct listen *listens;
		int r;

		if (!unit->was_active || !has_suffix(unit->name, ".socket"))
			continue;
		r = health_listens(s->bus, s->pool, unit->name, &listens);
		if (r < 0)
			return bus_failure(r, NULL, "ask what '%s' listens on", unit->name);
		unit->answered = health_answers(listens, deadline);
	}
	return 0;
}

static bool was_running(const struct unit_state *state)
{
	return strcmp(state->active, "active") == 0 || strcmp(state->active, "activating") == 0 ||
	       strcmp(state->active, "reloading") == 0;
}

int switch_note(struct switching *s, const struct now *now)
{
	int r = 0;

	for (const struct unit_states *states = now->states; states && r >= 0;
	     states = states->next) {
		if (is_template(states->unit->name))
			r = note_unit(s, states->unit->name, false);
		for (const struct unit_state *state = states->first; state && r >= 0;
		     state = state->next)
			r = note_unit(s, state->name, was_running(state));
	}
	return r < 0 ? r : note_answers(s);
}

int switch_coming(struct switching *s, const char *image, struct text_list **ret)
{
	struct portabled_unit *units = NULL;
	struct portabled_image described;
	const char *path;
	int r = describe(s, image, &described);

	if (r < 0)
		return pool_exhausted();
	r = portabled_inspect(s->bus, s->pool, &described, &path, &units);
	for (const struct portabled_unit *unit = units; unit && r >= 0; unit = unit->next)
		if (text_list_add(s->pool, ret, unit->name) < 0)
			return pool_exhausted();
	return r;
}

/* --- enabled ----------------------------------------------------------------------- */

/* Failures do not matter to what runs, and are logged. */
static void enable(struct switching *s, const struct text_list *units, bool is_runtime)
{
	const char *const *array = text_list_array(s->pool, units);

	if (array && units)
		(void)manager_enable(s->bus, array, is_runtime);
}

static void disable(struct switching *s, const struct text_list *units)
{
	const char *const *array = text_list_array(s->pool, units);

	if (array && units) {
		(void)manager_disable(s->bus, array, false);
		(void)manager_disable(s->bus, array, true);
	}
}

/* Units that come with the new version are enabled if all of the old one were that could be. */
static bool enables_new_units(const struct transaction *transaction)
{
	bool any = false;

	for (const struct noted_unit *unit = transaction->units; unit; unit = unit->next) {
		if (unit->was_disabled && !is_template(unit->name))
			return false;
		any |= unit->was_enabled || unit->was_enabled_runtime;
	}
	return any;
}

/* --- switching ---------------------------------------------------------------------- */

/* The text of a unit that a socket, timer or path was started with: its file and its profile. */
static const char *unit_text(struct pool *pool, const struct attached_unit *unit)
{
	const char *path = pool_format(pool, "%s/%s", unit->directory, unit->name), *text;
	char *bytes;
	size_t size;

	if (!path || file_read(AT_FDCWD, path, UNIT_FILE_SIZE_MAX, &bytes, &size) < 0)
		return NULL;
	bytes = pool_adopt(pool, bytes);
	text = bytes ? pool_format(pool, "%s\n%s", bytes,
				   unit->profile_path ? unit->profile_path : "")
		     : NULL;
	return text;
}

struct seen {
	struct seen *next;
	const char *unit, *text;
};

static struct seen *see(struct pool *pool, const struct now *now)
{
	struct seen *all = NULL;

	for (const struct unit_states *states = now->states; states; states = states->next) {
		struct seen *seen = pool_take(pool, sizeof *seen);

		if (!seen)
			return all;
		*seen = (struct seen){ all, states->unit->name, unit_text(pool, states->unit) };
		all = seen;
	}
	return all;
}

/* Whether this unit's file is as it was before; what cannot be read has changed. */
static bool is_unchanged(struct pool *pool, const struct seen *before,
			 const struct attached_unit *unit)
{
	const char *text = unit_text(pool, unit);

	for (; before; before = before->next)
		if (strcmp(before->unit, unit->name) == 0)
			return text && before->text && strcmp(text, before->text) == 0;
	return false;
}

/* The way from one version to another. */
struct passage {
	const char *image;
	const struct text_list *coming;
	bool is_back;
	struct now before, after;
	struct seen *seen;
	struct text_list *gone;     /* units that the other version lacks, and instances */
	struct text_list *replaced; /* sockets and the like that run, and whose files changed */
	struct text_list *first;    /* to be started: all but services */
	struct text_list *services; /* to be restarted */
	struct text_list *all;      /* of the attached version: all services that may run */
	uint64_t deadline_us;
};

static int find_gone(struct switching *s, struct passage *passage)
{
	int r = 0;

	for (const struct unit_states *states = passage->before.states; states && r >= 0;
	     states = states->next) {
		if (text_list_has(passage->coming, states->unit->name))
			continue;
		if (!is_template(states->unit->name))
			r = text_list_add(s->pool, &passage->gone, states->unit->name);
		for (const struct unit_state *state = states->first; state && r >= 0;
		     state = state->next)
			r = text_list_add(s->pool, &passage->gone, state->name);
	}
	for (const struct noted_unit *unit = s->transaction->units; unit && r >= 0;
	     unit = unit->next) {
		const char *file = file_of(s->pool, unit->name);

		if (!file)
			r = -ENOMEM;
		else if (!is_template(unit->name) && !text_list_has(passage->coming, file))
			r = text_list_add(s->pool, &passage->gone, unit->name);
	}
	return r;
}

/* Stops units, with SIGKILL if they do not stop by themselves. */
static void stop(struct switching *s, const struct text_list *units)
{
	const char *failed, *why;
	uint64_t now = now_us(CLOCK_MONOTONIC);

	if (jobs_run(s->bus, s->pool, "StopUnit", units, now + PATIENCE_USEC, &failed, &why) !=
	    -ETIMEDOUT)
		return;
	for (const struct text_list *unit = units; unit; unit = unit->next)
		jobs_kill(s->bus, unit->text, SIGKILL);
	now = now_us(CLOCK_MONOTONIC);
	(void)jobs_run(s->bus, s->pool, "StopUnit", units, now + 5 * PATIENCE_USEC, &failed, &why);
}

/* All of an image, sockets first: nothing starts a service again then. */
static int stop_all(struct switching *s, const struct now *now)
{
	struct text_list *sockets = NULL, *services = NULL;
	int r = 0;

	for (const struct unit_states *states = now->states; states; states = states->next)
		for (const struct unit_state *state = states->first; state && r >= 0;
		     state = state->next)
			r = text_list_add(
				s->pool, has_suffix(state->name, ".service") ? &services : &sockets,
				state->name);
	if (r < 0)
		return r;
	stop(s, sockets);
	stop(s, services);
	return 0;
}

static int run_hook(struct switching *s, struct passage *passage, const char **ret_why)
{
	const char *name = passage->is_back ? "undo" : "before";
	const char *command = hooks_find(s->pool, s->name, name);
	const struct hook hook = { s->name, s->transaction->old, s->transaction->new };
	int r;

	if (!command)
		return 0;
	story_tell(s->story, STORY_INFO, name, "stopping its units to run the hook '%s'", name);
	r = stop_all(s, &passage->before);
	if (r >= 0)
		r = hooks_run(&hook, command, now_us(CLOCK_MONOTONIC) + HOOK_USEC);
	if (r == 0)
		return 0;
	*ret_why = r > 0 ? pool_format(s->pool, "the hook '%s' ended with status %d", name, r)
			 : pool_format(s->pool, "cannot run the hook '%s': %s", name, strerror(-r));
	return *ret_why ? -ECANCELED : -ENOMEM;
}

static int restore_enabled(struct switching *s, struct passage *passage)
{
	struct text_list *persistent = NULL, *runtime = NULL;
	int r = 0;

	if (passage->is_back) {
		for (const struct noted_unit *unit = s->transaction->units; unit && r >= 0;
		     unit = unit->next)
			if (unit->was_enabled || unit->was_enabled_runtime)
				r = text_list_add(s->pool,
						  unit->was_enabled ? &persistent : &runtime,
						  unit->name);
	} else if (enables_new_units(s->transaction)) {
		for (const struct text_list *unit = passage->coming; unit && r >= 0;
		     unit = unit->next)
			if (!transaction_unit(s->transaction, unit->text) &&
			    !is_template(unit->text))
				r = text_list_add(s->pool, &persistent, unit->text);
	}
	if (r < 0)
		return r;
	enable(s, persistent, s->transaction->is_runtime);
	enable(s, runtime, true);
	/* systemd looks at the times of directories, and calls all units changed. */
	return persistent || runtime ? manager_reload(s->bus) : 0;
}

static bool is_enabled(struct switching *s, const char *unit)
{
	CLEANUP_MESSAGE sd_bus_message *answer = NULL;
	const char *state = "";

	if (sd_bus_call_method(s->bus, bus_systemd.destination, bus_systemd.path,
			       bus_systemd.interface, "GetUnitFileState", NULL, &answer, "s",
			       unit) >= 0)
		(void)sd_bus_message_read(answer, "s", &state);
	return strncmp(state, "enabled", strlen("enabled")) == 0;
}

/* Which units shall run, of those that are attached now. */
static int choose(struct switching *s, struct passage *passage)
{
	int r = 0;

	for (const struct noted_unit *unit = s->transaction->units; unit && r >= 0;
	     unit = unit->next) {
		const char *file = file_of(s->pool, unit->name);

		if (!file)
			r = -ENOMEM;
		else if (unit->was_active && text_list_has(passage->coming, file))
			r = text_list_add(s->pool,
					  has_suffix(unit->name, ".service") ? &passage->services
									     : &passage->first,
					  unit->name);
	}
	for (const struct text_list *unit = passage->coming; unit && r >= 0 && !passage->is_back;
	     unit = unit->next)
		if (!transaction_unit(s->transaction, unit->text) && !is_template(unit->text) &&
		    is_enabled(s, unit->text))
			r = text_list_add(s->pool,
					  has_suffix(unit->text, ".service") ? &passage->services
									     : &passage->first,
					  unit->text);
	return r;
}

static int find_replaced(struct switching *s, struct passage *passage)
{
	int r = 0;

	for (const struct unit_states *states = passage->after.states; states && r >= 0;
	     states = states->next) {
		bool is_service = has_suffix(states->unit->name, ".service");

		if (!is_service && is_unchanged(s->pool, passage->seen, states->unit))
			continue;
		for (const struct unit_state *state = states->first; state && r >= 0;
		     state = state->next)
			if (is_service)
				r = text_list_add(s->pool, &passage->all, state->name);
			else if (strcmp(state->active, "inactive") != 0)
				r = text_list_add(s->pool, &passage->replaced, state->name);
	}
	return r;
}

/* A service that a socket starts is tried as well, where nobody asked for it just now. */
static int add_triggered(struct switching *s, struct passage *passage)
{
	int r = 0;

	for (const struct text_list *unit = passage->coming; unit && r >= 0; unit = unit->next) {
		bool has_socket;

		if (!has_suffix(unit->text, ".service") || is_template(unit->text))
			continue;
		r = health_has_socket(s->bus, unit->text, &has_socket);
		if (r >= 0 && has_socket)
			r = text_list_add(s->pool, &passage->services, unit->text);
	}
	return r;
}

/*
 * The old version may take as long to stop as systemd allows. A new one that is given up is
 * killed if it does not stop.
 */
static int restart(struct switching *s, struct passage *passage, const char **ret_failed,
		   const char **ret_why)
{
	uint64_t deadline =
		passage->is_back ? now_us(CLOCK_MONOTONIC) + PATIENCE_USEC : passage->deadline_us;
	int r = jobs_restart(s->bus, s->pool, passage->services, passage->is_back ? 0 : START_USEC,
			     &deadline, ret_failed, ret_why);

	s->restarted_us = now_us(CLOCK_REALTIME);
	if (!passage->is_back) {
		s->begun_us += deadline - passage->deadline_us;
		return r;
	}
	if (r != -ETIMEDOUT)
		return r;
	/* The jobs go on; a version that is starting is left to it. */
	jobs_kill_stopping(s->bus, passage->services);
	return jobs_run(s->bus, s->pool, "StartUnit", passage->services, passage->deadline_us,
			ret_failed, ret_why);
}

static int start(struct switching *s, struct passage *passage, const char **ret_why)
{
	const char *failed = NULL, *why = NULL;
	int r;

	*ret_why = "an error before";
	for (const struct unit_states *states = passage->after.states; states;
	     states = states->next)
		for (const struct unit_state *state = states->first; state; state = state->next)
			(void)manager_reset_failed(s->bus, state->name);
	if (passage->replaced) {
		/* Both at once is a race: the socket would find its service active. */
		story_tell(s->story, STORY_INFO, "stop", "'%s' changed: its socket is opened anew",
			   passage->replaced->text);
		stop(s, passage->replaced);
		stop(s, passage->all);
	}
	s->begun_us = now_us(CLOCK_MONOTONIC);
	passage->deadline_us = s->begun_us + (passage->is_back ? START_USEC : s->settle_us);
	r = jobs_run(s->bus, s->pool, "StartUnit", passage->first, passage->deadline_us, &failed,
		     &why);
	if (r >= 0) {
		r = add_triggered(s, passage);
		if (r >= 0)
			r = restart(s, passage, &failed, &why);
	}
	if (r < 0 && failed) {
		*ret_why = pool_format(s->pool, "'%s' does not start: %s", failed, why);
		return *ret_why ? r : -ENOMEM;
	}
	return r;
}

/* Failures are logged. */
static int attach(struct switching *s, const char *path, bool again, const char **ret_why)
{
	struct portabled_change *removed, *added;
	struct portabled_image image;
	int r = describe(s, path, &image);

	if (r < 0)
		return out_of_memory(ret_why);
	*ret_why = "it cannot be attached";
	r = again ? portabled_reattach(s->bus, s->pool, &image, &removed, &added)
		  : portabled_attach(s->bus, s->pool, &image, &added);
	return r < 0 ? r : manager_reload(s->bus);
}

/* The unit or its drop-ins; those of others in the same directory stay. */
static void remove_unit(struct switching *s, const char *path)
{
	static const char *const names[] = { "", ".d/10-profile.conf", ".d/20-portable.conf" };
	const char *directory = pool_format(s->pool, "%s.d", path);

	for (size_t i = 0; i < ELEMENTS(names); i++) {
		const char *file = pool_format(s->pool, "%s%s", path, names[i]);

		if (file)
			(void)unlink(file);
	}
	if (directory)
		(void)rmdir(directory);
}

/*
 * A loss of power may leave files of our units empty. systemd-portabled does not know them as its
 * own then: it neither removes nor replaces them.
 */
static int remove_leftovers(struct switching *s)
{
	struct attached attached;
	int r = attached_find(s->pool, "", &attached);

	if (r < 0)
		return r;
	for (const struct attached_leftover *l = attached.leftovers; l; l = l->next) {
		size_t length = strlen(l->path);
		const char *path =
			has_suffix(l->path, ".d")
				? pool_copy_bytes(s->pool, l->path, length - strlen(".d"))
				: l->path;
		const char *name = path ? strrchr(path, '/') + 1 : NULL;

		if (!name)
			return pool_exhausted();
		if (!unit_belongs(name, s->name) && !transaction_unit(s->transaction, name))
			continue;
		story_tell(s->story, STORY_WARNING, "restore",
			   "'%s' was left over from an interrupted upgrade; removing it", name);
		remove_unit(s, path);
	}
	return 0;
}

static int pass(struct switching *s, struct passage *passage, struct text_list **ret_tried,
		const char **ret_why)
{
	int r = passage->is_back ? remove_leftovers(s) : 0;

	*ret_why = "an error before";
	if (r >= 0)
		r = switch_look(s, &passage->before);
	if (r < 0)
		return r;
	passage->seen = see(s->pool, &passage->before);
	r = find_gone(s, passage);
	if (r < 0)
		return out_of_memory(ret_why);
	r = run_hook(s, passage, ret_why);
	if (r < 0 && !passage->is_back)
		return r;
	if (r < 0)
		story_tell(s->story, STORY_ERROR, "undo", "%s; going on", *ret_why);
	/* While their files are there. */
	disable(s, passage->gone);
	r = attach(s, passage->image, passage->before.images != NULL, ret_why);
	if (r < 0)
		return r;
	*ret_why = "an error before";
	stop(s, passage->gone);
	r = switch_look(s, &passage->after);
	if (r >= 0)
		r = restore_enabled(s, passage);
	if (r >= 0)
		r = choose(s, passage);
	if (r >= 0)
		r = find_replaced(s, passage);
	if (r >= 0)
		r = start(s, passage, ret_why);
	for (struct text_list *unit = passage->first; unit && r >= 0; unit = unit->next)
		r = text_list_add(s->pool, &passage->services, unit->text);
	*ret_tried = passage->services;
	return r;
}

int switch_forward(struct switching *s, const struct text_list *coming,
		   struct text_list **ret_tried, const char **ret_why)
{
	struct passage passage = { .image = s->transaction->new, .coming = coming };

	return pass(s, &passage, ret_tried, ret_why);
}

int switch_back(struct switching *s, struct text_list **ret_tried, const char **ret_why)
{
	struct passage passage = { .image = s->transaction->old, .is_back = true };
	struct text_list *coming = NULL;

	for (const struct noted_unit *unit = s->transaction->units; unit; unit = unit->next) {
		const char *file = file_of(s->pool, unit->name);

		if (!file || text_list_add(s->pool, &coming, file) < 0)
			return out_of_memory(ret_why);
	}
	passage.coming = coming;
	return pass(s, &passage, ret_tried, ret_why);
}

int switch_path(struct switching *s, const char *image, const char **ret_why)
{
	return attach(s, image, true, ret_why);
}

/* --- after -------------------------------------------------------------------------- */

static int check_units(struct switching *s, const struct text_list *tried, bool *ret_starting,
		       const char **ret_why)
{
	*ret_starting = false;
	for (; tried; tried = tried->next) {
		enum health health;
		const char *why;
		int r = health_of(s->bus, tried->text, &health, &why);

		if (r < 0)
			why = strerror(-r);
		if (r < 0 || health == HEALTH_ILL ||
		    (health == HEALTH_STARTING && !*ret_starting)) {
			*ret_why = pool_format(s->pool, "'%s': %s", tried->text, why);
			if (!*ret_why)
				return out_of_memory(ret_why);
		}
		if (r < 0 || health == HEALTH_ILL)
			return r < 0 ? r : -EIO;
		*ret_starting |= health == HEALTH_STARTING;
	}
	return 0;
}

/* Those of sockets whose service answered before. */
static int check_answers(struct switching *s, const struct text_list *tried, uint64_t deadline_us,
			 const char **ret_why)
{
	for (; tried; tried = tried->next) {
		const struct noted_unit *noted = transaction_unit(s->transaction, tried->text);
		struct listen *listens;
		int r;

		if (!noted || !noted->answered)
			continue;
		r = health_listens(s->bus, s->pool, tried->text, &listens);
		if (r >= 0 && (!listens || health_answers(listens, deadline_us)))
			continue;
		*ret_why = pool_format(s->pool, "nothing answers on '%s'", tried->text);
		return *ret_why ? -EIO : out_of_memory(ret_why);
	}
	return 0;
}

static int check_command(struct switching *s, uint64_t deadline_us, const char **ret_why)
{
	const struct hook hook = { s->name, s->transaction->old, s->transaction->new };
	int r = s->check ? hooks_run(&hook, s->check, deadline_us) : 0;

	if (r == 0)
		return 0;
	*ret_why = r > 0 ? pool_format(s->pool, "the check ended with status %d", r)
		   : r == -ETIMEDOUT
			   ? "the check did not end in time"
			   : pool_format(s->pool, "cannot run the check: %s", strerror(-r));
	return *ret_why ? -EIO : out_of_memory(ret_why);
}

/* Until all units run and the command says 0 for the first time. */
static int check_once(struct switching *s, const struct text_list *tried, uint64_t deadline_us,
		      const char **ret_why)
{
	bool starting = true;
	int r;

	for (;;) {
		r = check_units(s, tried, &starting, ret_why);
		if (r < 0)
			return r;
		if (!starting) {
			r = check_answers(s, tried, deadline_us, ret_why);
			if (r < 0)
				return r;
			r = check_command(s, deadline_us, ret_why);
			if (r >= 0)
				return 0;
		}
		if (now_us(CLOCK_MONOTONIC) >= deadline_us)
			return -EIO;
		r = health_listen(s->bus, POLL_USEC);
		if (r < 0)
			return r;
	}
}

int switch_settle(struct switching *s, const struct text_list *tried, const char **ret_why)
{
	const uint64_t end = s->begun_us + s->settle_us;
	bool starting = false;
	int r = check_once(s, tried, end, ret_why);

	while (r >= 0 && now_us(CLOCK_MONOTONIC) < end) {
		r = health_listen(s->bus, POLL_USEC);
		if (r >= 0)
			r = check_units(s, tried, &starting, ret_why);
	}
	if (r >= 0 && starting)
		r = -EIO;
	if (r >= 0) {
		const char *failed = health_failed_since(tried, s->restarted_us);

		if (failed) {
			*ret_why = pool_format(
				s->pool, "'%s': it failed, and something started it again", failed);
			r = *ret_why ? -EIO : out_of_memory(ret_why);
		}
	}
	if (r >= 0)
		r = check_answers(s, tried, now_us(CLOCK_MONOTONIC) + LAST_CHECK_USEC, ret_why);
	if (r >= 0)
		r = check_command(s, now_us(CLOCK_MONOTONIC) + LAST_CHECK_USEC, ret_why);
	return r;
}

int switch_check_old(struct switching *s, const struct text_list *tried, const char **ret_why)
{
	return check_once(s, tried, now_us(CLOCK_MONOTONIC) + LAST_CHECK_USEC, ret_why);
}
