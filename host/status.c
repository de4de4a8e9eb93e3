/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb status: what is attached, and what of it runs. */
#include "arguments.h"
#include "attached.h"
#include "enabled.h"
#include "exposure.h"
#include "json.h"
#include "log.h"
#include "running.h"
#include "units.h"
#include "verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of JSON: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

static bool arg_json, arg_exposure;

static void help(void)
{
	printf("Usage: portable-admin status [OPTION]... [NAME]...\n"
	       "Show each attached image: which file runs, under which profile, its units, sockets and\n"
	       "state, and what is newer or left over. NAME: a prefix, the name of an image, or its path.\n"
	       "\n"
	       "  --exposure    with the exposure of each service, by 'systemd-analyze security'\n"
	       "  --json        print JSON\n"
	       "  --help        show this text\n");
}

static const struct option options[] = {
	{ .name = "exposure", .flag = &arg_exposure },
	{ .name = "json", .flag = &arg_json },
	{ .name = "help", .print = help },
	{ 0 },
};

/* For a terminal: what must not be overlooked is red. */
static bool in_color;

static const char *red(bool begin)
{
	return !in_color ? "" : begin ? "\033[31;1m" : "\033[0m";
}

/* What is known of all images. */
struct known {
	struct attached attached;
	struct unit_states *states;
	struct enabling_link *links;
	const char *exposures; /* the table; NULL: not asked for, or not known */
};

/* What is said of a unit, beside its state. */
struct told {
	enum running running;
	const char *other; /* the path of another file that runs */
};

/* Both are empty for an image that is not attached. */
struct shown {
	struct pool *pool;
	const struct attached_image *image;
	const struct unit_states *states; /* from its first unit on */
	const struct known *known;
	const char *newer; /* NULL: none */
	bool file_is_gone;
};

static int look_at_process(struct pool *pool, const struct attached_image *image,
			   const struct unit_state *state, struct told *ret)
{
	*ret = (struct told){ RUNNING_UNKNOWN, NULL };
	if (state->main_pid == 0)
		return 0;
	return running_image(pool, (pid_t)state->main_pid, image->path, &ret->running, &ret->other);
}

static const char *running_word(enum running running)
{
	static const char *const words[] = {
		[RUNNING_UNKNOWN] = "unknown",   [RUNNING_SAME] = "this",
		[RUNNING_REPLACED] = "replaced", [RUNNING_OTHER] = "other",
		[RUNNING_HOST] = "no-image",     [RUNNING_STARTING] = "starting",
	};

	return words[running];
}

/* The directory of a service's state, and who owns it: -1 if that cannot be seen. */
static const char *state_path(struct pool *pool, const struct unit_state *state, const char *name,
			      long *ret_owner)
{
	const char *path = unit_state_path(pool, state, name);
	struct stat st;

	*ret_owner = path && stat(path, &st) == 0 ? (long)st.st_uid : -1;
	return path;
}

/* --- text ---------------------------------------------------------------------- */

/* Valid until the next call. */
static const char *printable(const char *text)
{
	static char shown[LOG_ESCAPED_SIZE];

	return log_escape(text, shown);
}

static void print_profile(const struct attached_unit *unit)
{
	if (unit->profile && !unit->profile_is_gone)
		printf(", profile %s", printable(unit->profile));
	else if (unit->profile)
		printf(", %sNO SANDBOX: the profile '%s' is gone%s", red(true),
		       printable(unit->profile_path), red(false));
	else if (strcmp(strrchr(unit->name, '.'), ".service") == 0)
		printf(", %sno profile: no sandbox but its own%s", red(true), red(false));
}

static void print_running(const struct told *told)
{
	switch (told->running) {
	case RUNNING_UNKNOWN:
		printf(", only root sees which file runs");
		break;
	case RUNNING_SAME:
		printf(", runs this file");
		break;
	case RUNNING_REPLACED:
		printf(", %sruns a file that was replaced; restart it%s", red(true), red(false));
		break;
	case RUNNING_OTHER:
		printf(", %sruns '%s'; restart it%s", red(true), printable(told->other),
		       red(false));
		break;
	case RUNNING_STARTING:
		printf(", is starting");
		break;
	case RUNNING_HOST:
		printf(", %sruns without an image%s", red(true), red(false));
		break;
	}
}

static const char *exposure_in(const struct shown *shown, const char *service)
{
	const char *table = shown->known->exposures;

	return table ? exposure_of(shown->pool, table, service) : NULL;
}

static int print_state(const struct shown *shown, const struct attached_unit *unit,
		       const struct unit_state *state)
{
	struct told told;
	int r = look_at_process(shown->pool, shown->image, state, &told);
	bool failed = strcmp(state->active, "failed") == 0;
	const char *enabled, *exposure;

	if (r < 0)
		return pool_exhausted();
	printf("  %s: %s%s (%s)%s", printable(state->name), red(failed), state->active, state->sub,
	       failed ? red(false) : "");
	enabled = enabled_state(shown->known->links, unit->directory, unit->name);
	if (enabled)
		printf(", %s", enabled);
	if (unit->is_runtime != shown->image->is_runtime)
		printf(", %s", unit->is_runtime ? "until reboot" : "persistent");
	print_profile(unit);
	if (state->main_pid) {
		printf(", pid %u", state->main_pid);
		print_running(&told);
	}
	exposure = exposure_in(shown, state->name);
	if (exposure)
		printf(", exposure %s", exposure);
	if (state->restarts)
		printf(", restarted %u times", state->restarts);
	if (state->needs_reload)
		printf(", %schanged since systemd read it: systemctl daemon-reload%s", red(true),
		       red(false));
	(void)putchar('\n');
	for (const struct text_list *listen = state->listens; listen; listen = listen->next)
		printf("    listens on %s\n", printable(listen->text));
	for (const struct text_list *name = state->state_directories; name; name = name->next) {
		long owner;
		const char *path = state_path(shown->pool, state, name->text, &owner);

		if (!path)
			return pool_exhausted();
		printf("    state in %s", printable(path));
		if (owner >= 0)
			printf(", of user %ld", owner);
		(void)putchar('\n');
	}
	return 0;
}

static int print_image(const struct shown *shown)
{
	const struct attached_image *image = shown->image;
	const struct unit_states *states = shown->states;
	int r = 0;

	printf("%s: ", printable(image->name));
	if (shown->file_is_gone)
		printf("%s%s is gone%s\n", red(true), printable(image->path), red(false));
	else
		printf("%s\n", printable(image->path));
	if (image->extensions[0])
		printf("  with %s\n", printable(image->extensions));
	if (image->is_runtime)
		printf("  until reboot\n");
	if (shown->newer)
		printf("  newer: %s\n", printable(shown->newer));
	for (const struct attached_unit *unit = image->units; unit && r == 0; unit = unit->next) {
		if (!states->first)
			printf("  %s: no instance\n", printable(unit->name));
		for (const struct unit_state *state = states->first; state && r == 0;
		     state = state->next)
			r = print_state(shown, unit, state);
		states = states->next;
	}
	return r;
}

/* --- JSON ---------------------------------------------------------------------- */

static int write_state(struct json *json, const struct shown *shown, const struct unit_state *state)
{
	struct told told;
	int r = look_at_process(shown->pool, shown->image, state, &told);

	if (r < 0)
		return pool_exhausted();
	json_open(json, NULL, '{');
	json_text(json, "name", state->name);
	json_text(json, "load", state->load);
	json_text(json, "active", state->active);
	json_text(json, "sub", state->sub);
	json_bool(json, "needs_reload", state->needs_reload);
	if (strcmp(strrchr(state->name, '.'), ".service") == 0) {
		json_text(json, "result", state->result[0] ? state->result : NULL);
		json_number(json, "restarts", state->restarts);
		json_number(json, "pid", state->main_pid);
		json_text(json, "root", state->root[0] ? state->root : NULL);
		json_text(json, "runs", state->main_pid ? running_word(told.running) : NULL);
		json_text(json, "runs_path", told.other);
		json_bool(json, "dynamic_user", state->is_dynamic_user);
		json_text(json, "exposure", exposure_in(shown, state->name));
	}
	json_open(json, "listens", '[');
	for (const struct text_list *listen = state->listens; listen; listen = listen->next)
		json_text(json, NULL, listen->text);
	json_close(json, ']');
	json_open(json, "state", '[');
	for (const struct text_list *name = state->state_directories; name; name = name->next) {
		long owner;
		const char *path = state_path(shown->pool, state, name->text, &owner);

		json_open(json, NULL, '{');
		json_text(json, "path", path);
		if (owner >= 0)
			json_number(json, "owner", (uint64_t)owner);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
	return 0;
}

static int write_image(struct json *json, const struct shown *shown)
{
	const struct attached_image *image = shown->image;
	const struct unit_states *states = shown->states;
	int r = 0;

	json_open(json, NULL, '{');
	json_text(json, "name", image->name);
	json_text(json, "path", image->path);
	json_bool(json, "path_exists", !shown->file_is_gone);
	json_text(json, "extensions", image->extensions[0] ? image->extensions : NULL);
	json_bool(json, "runtime", image->is_runtime);
	json_text(json, "newer", shown->newer);
	json_open(json, "units", '[');
	for (const struct attached_unit *unit = image->units; unit; unit = unit->next) {
		json_open(json, NULL, '{');
		json_text(json, "name", unit->name);
		json_bool(json, "runtime", unit->is_runtime);
		json_text(json, "enabled",
			  enabled_state(shown->known->links, unit->directory, unit->name));
		json_text(json, "profile", unit->profile);
		json_text(json, "profile_path", unit->profile_path);
		json_bool(json, "profile_exists", unit->profile && !unit->profile_is_gone);
		json_open(json, "instances", '[');
		for (const struct unit_state *state = states->first; state && r == 0;
		     state = state->next)
			r = write_state(json, shown, state);
		json_close(json, ']');
		json_close(json, '}');
		states = states->next;
	}
	json_close(json, ']');
	json_close(json, '}');
	return r;
}

static void write_leftovers(struct json *json, const struct attached_leftover *leftovers)
{
	json_open(json, "leftovers", '[');
	for (; leftovers; leftovers = leftovers->next) {
		json_open(json, NULL, '{');
		json_text(json, "path", leftovers->path);
		json_text(json, "what", leftovers->what);
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* --- both ---------------------------------------------------------------------- */

static bool is_wanted(const struct attached_image *image, char *const *names)
{
	for (char *const *name = names; *name; name++)
		if (attached_is(image, *name))
			return true;
	return !*names;
}

static int show_image(struct pool *pool, const struct attached_image *image,
		      const struct unit_states *states, const struct known *known,
		      struct json *json)
{
	struct shown shown = { pool, image, states, known, NULL, false };
	int r = attached_newer(pool, image, &shown.newer);

	if (r == -ENOMEM)
		return pool_exhausted();
	/* Only -ENOENT and the like: nothing newer can be seen. */
	shown.file_is_gone = access(image->path, F_OK) < 0 && errno == ENOENT;
	return json->out ? write_image(json, &shown) : print_image(&shown);
}

static int show(struct pool *pool, const struct known *known, char *const *names)
{
	const struct attached *attached = &known->attached;
	const struct unit_states *states = known->states;
	struct json json = { .out = arg_json ? stdout : NULL };
	int r = 0;

	if (arg_json) {
		json_open(&json, NULL, '{');
		json_number(&json, "version", JSON_VERSION);
		json_open(&json, "images", '[');
	}
	for (const struct attached_image *image = attached->images; image && r >= 0;
	     image = image->next) {
		if (is_wanted(image, names))
			r = show_image(pool, image, states, known, &json);
		states = units_after(states, image);
	}
	if (arg_json) {
		json_close(&json, ']');
		write_leftovers(&json, attached->leftovers);
		json_close(&json, '}');
		(void)putchar('\n');
		return r;
	}
	for (const struct attached_leftover *leftover = attached->leftovers; leftover && !*names;
	     leftover = leftover->next)
		printf("left over: %s: %s\n", printable(leftover->path), leftover->what);
	return r;
}

/* Whether each name is that of an attached image. */
static bool all_attached(const struct attached *attached, char *const *names)
{
	bool all = true;

	for (; *names; names++) {
		const struct attached_image *image = attached->images;
		char shown[LOG_ESCAPED_SIZE];

		while (image && !attached_is(image, *names))
			image = image->next;
		if (!image)
			log_error("'%s' is not attached; 'portable-admin status' shows what is",
				  log_escape(*names, shown));
		all &= image != NULL;
	}
	return all;
}

static int find_out(struct pool *pool, struct known *known)
{
	CLEANUP_BUS sd_bus *bus = NULL;
	int r = attached_find(pool, "", &known->attached);

	if (r >= 0)
		r = enabling_links(pool, "", &known->links);
	if (r >= 0)
		r = bus_open_systemd(&bus);
	if (r >= 0)
		r = units_ask(bus, pool, known->attached.images, &known->states);
	if (r >= 0 && arg_exposure)
		r = exposure_table(pool, &known->exposures);
	return r;
}

int status_main(int argc, char *argv[])
{
	struct pool pool = POOL_EMPTY;
	struct known known = { 0 };
	int status, r;

	status = arguments_parse(argc, argv, options, argc);
	if (status >= 0)
		return status;
	in_color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	status = EXIT_FAILURE;
	r = find_out(&pool, &known);
	if (r >= 0 && arg_exposure && !known.exposures)
		log_warning("cannot measure the exposure: systemd-analyze is missing or failed");
	if (r >= 0)
		r = show(&pool, &known, argv + 1);
	if (r >= 0 && all_attached(&known.attached, argv + 1))
		status = EXIT_SUCCESS;
	pool_release(&pool);
	return status;
}
