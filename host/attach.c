/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb attach. */
#include "arguments.h"
#include "attached.h"
#include "enabled.h"
#include "keep.h"
#include "log.h"
#include "names.h"
#include "order.h"
#include "steps.h"
#include "unit-file.h"
#include "units.h"
#include "verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of portablectl. */
#define PROFILE_DEFAULT "default"

static const char *arg_profile;
static struct texts arg_extensions;
static bool arg_runtime, arg_enable, arg_now, arg_dry_run;

static void help(void)
{
	printf("Usage: portable-admin attach [OPTION]... IMAGE [PREFIX]...\n"
	       "Attach an image. If another one of its name is attached, replace that, with its scope,\n"
	       "extensions and, unless told otherwise, profile; its units stay enabled.\n"
	       "\n"
	       "  --profile=NAME       the profile (default); one that does not exist is an error\n"
	       "  --extension=IMAGE    with this extension image; may be given more than once\n"
	       "  --runtime            until the next reboot only\n"
	       "  --enable             enable its units\n"
	       "  --now                start its sockets, timers and paths, and services without one;\n"
	       "                       start again what ran from the image that it replaces\n"
	       "  --dry-run            print what would be done\n"
	       "  --help               show this text\n");
}

static const struct option options[] = {
	{ .name = "profile", .text = &arg_profile, .nonempty = true },
	{ .name = "extension", .texts = &arg_extensions, .nonempty = true },
	{ .name = "runtime", .flag = &arg_runtime },
	{ .name = "enable", .flag = &arg_enable },
	{ .name = "now", .flag = &arg_now },
	{ .name = "dry-run", .flag = &arg_dry_run },
	{ .name = "help", .print = help },
	{ 0 },
};

/* All that the steps are made of. */
struct request {
	struct pool *pool;
	struct portabled_image image;
	const char *path; /* of the image, in a directory of versions of the one that is taken */
	const char *name; /* its file's, without version and suffix */
	struct portabled_unit *units;
	const struct attached_image *old; /* of the same name; NULL: none */
	struct unit_states *old_states;
	struct enabling_link *links;
};

/* D-Bus has a working directory of its own. */
static const char *absolute(struct pool *pool, const char *path)
{
	char real[PATH_MAX];

	if (!strchr(path, '/') || path[0] == '/')
		return path;
	return realpath(path, real) ? pool_copy(pool, real) : path;
}

/* Without one systemd would take all units of the image; portablectl takes that of its name. */
static int read_prefixes(struct request *request, char *const *prefixes)
{
	const char *file = strrchr(request->image.path, '/');
	const char **own = pool_take(request->pool, 2 * sizeof *own);

	file = file ? file + 1 : request->image.path;
	request->name = pool_copy_bytes(request->pool, file, image_prefix_length(file));
	if (!own || !request->name)
		return pool_exhausted();
	own[0] = request->name;
	request->image.prefixes = prefixes[0] ? (const char *const *)prefixes : own;
	return 0;
}

static int read_request(struct request *request, char *const *arguments)
{
	struct pool *pool = request->pool;
	const char **extensions = pool_take(pool, (arg_extensions.n + 1) * sizeof *extensions);

	if (!extensions)
		return pool_exhausted();
	for (size_t i = 0; i < arg_extensions.n; i++) {
		extensions[i] = absolute(pool, arg_extensions.at[i]);
		if (!extensions[i])
			return pool_exhausted();
	}
	request->image.path = absolute(pool, arguments[0]);
	request->image.extensions = extensions;
	request->image.is_runtime = arg_runtime;
	return request->image.path ? read_prefixes(request, arguments + 1) : pool_exhausted();
}

/* What the image that it replaces has, unless it was told. */
static int find_old(struct request *request, const struct attached *attached)
{
	for (const struct attached_image *image = attached->images; image; image = image->next)
		if (strcmp(image->name, request->name) == 0)
			request->old = image;
	request->image.profile = arg_profile;
	if (request->old) {
		request->image.is_runtime |= request->old->is_runtime;
		for (const struct attached_unit *unit = request->old->units; unit;
		     unit = unit->next)
			if (!request->image.profile && unit->profile)
				request->image.profile = unit->profile;
		if (arg_extensions.n == 0)
			request->image.extensions =
				attached_extensions(request->pool, request->old);
		if (!request->image.extensions)
			return pool_exhausted();
	}
	if (!request->image.profile)
		request->image.profile = PROFILE_DEFAULT;
	return 0;
}

static bool belongs_to_old(const struct request *request, const char *name)
{
	if (request->old)
		for (const struct attached_unit *unit = request->old->units; unit;
		     unit = unit->next)
			if (strcmp(unit->name, name) == 0)
				return true;
	return false;
}

/* The name of an image without directory, version and suffix. */
static bool same_name(const char *a, const char *b)
{
	size_t length;

	a = strrchr(a, '/') ? strrchr(a, '/') + 1 : a;
	b = strrchr(b, '/') ? strrchr(b, '/') + 1 : b;
	length = image_prefix_length(a);
	return image_prefix_length(b) == length && strncmp(a, b, length) == 0;
}

/* Whether these are the same extensions, or other versions of them. */
static bool same_extensions(const char *const *a, const char *const *b)
{
	size_t a_n = 0, b_n = 0;

	while (b[b_n])
		b_n++;
	for (; a[a_n]; a_n++) {
		size_t i = 0;

		while (b[i] && !same_name(a[a_n], b[i]))
			i++;
		if (!b[i])
			return false;
	}
	return a_n == b_n;
}

/* systemd would tell only when it attaches again, after what runs was stopped. */
static int check_replacement(const struct request *request)
{
	const struct attached_image *old = request->old;
	const char *const *extensions;
	const char *problem = NULL;
	char shown[LOG_ESCAPED_SIZE];

	if (!old)
		return 0;
	extensions = attached_extensions(request->pool, old);
	if (!extensions)
		return pool_exhausted();
	if (old->is_runtime != request->image.is_runtime)
		problem = "is attached, and not only until reboot; detach it first";
	else if (!same_extensions(request->image.extensions, extensions))
		problem = "is attached with other extensions; detach it first";
	else if (strcmp(old->path, request->path) == 0 && attached_is_deleted(old))
		problem = "would be deleted by systemd before it is attached again; move it to "
			  "/var/lib/portables";
	if (!problem)
		return 0;
	log_error("'%s' %s", log_escape(old->path, shown), problem);
	return -EEXIST;
}

/* A unit of the host, or of another image; systemd tells so only when it attaches. */
static int check_collisions(sd_bus *bus, const struct request *request)
{
	char shown[LOG_ESCAPED_SIZE];

	for (const struct portabled_unit *unit = request->units; unit; unit = unit->next) {
		CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
		CLEANUP_MESSAGE sd_bus_message *answer = NULL;
		int r;

		if (belongs_to_old(request, unit->name))
			continue;
		r = sd_bus_call_method(bus, bus_systemd.destination, bus_systemd.path,
				       bus_systemd.interface, "GetUnitFileState", &error, &answer,
				       "s", unit->name);
		if (r < 0)
			continue; /* there is none */
		log_error("the host has a unit '%s' already; see 'systemctl cat', and rename one",
			  log_escape(unit->name, shown));
		return -EEXIST;
	}
	return 0;
}

static int has_install(const struct portabled_unit *unit, bool *ret)
{
	struct unit_file file;
	int r = unit_file_parse(unit->bytes, unit->size, NULL, NULL, &file);

	if (r < 0) {
		char shown[LOG_ESCAPED_SIZE];

		log_failure(r, "cannot read the unit '%s'", log_escape(unit->name, shown));
		return r;
	}
	*ret = unit_file_has_section(&file, "Install") != 0;
	unit_file_release(&file);
	return 0;
}

static const struct portabled_unit *find_unit(const struct portabled_unit *units, const char *name)
{
	while (units && strcmp(units->name, name) != 0)
		units = units->next;
	return units;
}

/* Whether a socket, timer or path of the image has the name of this service. */
static bool is_started_by_other(const struct portabled_unit *units, const char *service)
{
	const size_t length = (size_t)(strrchr(service, '.') - service);

	for (; units && order_of(service) != ORDER_STARTERS; units = units->next)
		if (order_of(units->name) == ORDER_STARTERS &&
		    strncmp(units->name, service, length) == 0 && units->name[length] == '.')
			return true;
	return false;
}

/* Of the image that it replaces: with --now what is active, else what will be gone. */
static int plan_stops(struct steps *steps, const struct request *request)
{
	int r = 0;

	for (enum order turn = ORDER_FIRST; turn <= ORDER_LAST; turn++)
		for (const struct unit_states *s = request->old_states; s; s = s->next)
			for (const struct unit_state *state = s->first; state && r >= 0;
			     state = state->next)
				if (order_of(state->name) == turn && unit_is_active(state) &&
				    (arg_now || !find_unit(request->units, s->unit->name)))
					r = steps_add(steps, STEP_STOP, state->name, NULL);
	return r;
}

/* What the new image lacks would stay enabled for ever. */
static int plan_disables(struct steps *steps, const struct request *request)
{
	int r = 0;

	if (!request->old)
		return 0;
	for (const struct attached_unit *unit = request->old->units; unit && r >= 0;
	     unit = unit->next)
		if (!find_unit(request->units, unit->name))
			r = steps_add_disables(steps, unit->name, request->links);
	return r;
}

static int plan_enables(struct steps *steps, const struct request *request)
{
	int r = 0;

	for (const struct portabled_unit *unit = request->units; unit && r >= 0;
	     unit = unit->next) {
		bool installs = false;

		r = has_install(unit, &installs);
		if (r >= 0 && arg_enable && installs)
			r = steps_add(steps,
				      request->image.is_runtime ? STEP_ENABLE_RUNTIME : STEP_ENABLE,
				      unit->name, NULL);
	}
	return r;
}

static bool was_active(const struct request *request, const char *name)
{
	for (const struct unit_states *s = request->old_states; s; s = s->next)
		for (const struct unit_state *state = s->first; state; state = state->next)
			if (strcmp(state->name, name) == 0)
				return unit_is_active(state);
	return false;
}

/* Those of the image, then the instances that were active. */
static int plan_starts(struct steps *steps, const struct request *request)
{
	int r = 0;

	for (enum order turn = ORDER_FIRST; turn <= ORDER_LAST; turn++) {
		for (const struct portabled_unit *unit = request->units; unit && r >= 0;
		     unit = unit->next)
			if (order_of(unit->name) == turn && !unit_is_template(unit->name) &&
			    (was_active(request, unit->name) ||
			     !is_started_by_other(request->units, unit->name)))
				r = steps_add(steps, STEP_START, unit->name, NULL);
		for (const struct unit_states *s = request->old_states; s; s = s->next)
			for (const struct unit_state *state = s->first; state && r >= 0;
			     state = state->next)
				if (order_of(state->name) == turn && unit_is_active(state) &&
				    unit_is_template(s->unit->name) &&
				    find_unit(request->units, s->unit->name))
					r = steps_add(steps, STEP_START, state->name, NULL);
	}
	return r;
}

static int plan(struct steps *steps, const struct request *request)
{
	int r = plan_stops(steps, request);

	if (r >= 0)
		r = plan_disables(steps, request);
	if (r >= 0)
		r = steps_add(steps, request->old ? STEP_REATTACH : STEP_ATTACH, request->path,
			      &request->image);
	if (r >= 0)
		r = plan_enables(steps, request);
	if (r >= 0)
		r = steps_add(steps, STEP_RELOAD, "", NULL);
	if (r >= 0 && arg_now)
		r = plan_starts(steps, request);
	return r;
}

static void print_how(const struct request *request)
{
	char shown[LOG_ESCAPED_SIZE];

	printf("profile %s%s\n", log_escape(request->image.profile, shown),
	       request->image.is_runtime ? ", until reboot" : "");
	for (const char *const *extension = request->image.extensions; *extension; extension++)
		printf("extension %s\n", log_escape(*extension, shown));
	if (request->old)
		printf("replace %s\n", log_escape(request->old->path, shown));
	for (const struct portabled_unit *unit = request->units; unit; unit = unit->next)
		printf("unit %s\n", log_escape(unit->name, shown));
}

static int ask_about_old(sd_bus *bus, struct request *request)
{
	struct attached_image alone;

	if (!request->old)
		return 0;
	alone = *request->old;
	alone.next = NULL;
	return units_ask(bus, request->pool, &alone, &request->old_states);
}

static int attach(const struct steps *steps, sd_bus *bus, const struct attached_image *old)
{
	const char *kept = NULL;
	int r = old ? keep_image(steps->pool, old, &kept) : 0, restored;

	if (r < 0)
		return r;
	r = steps_take(steps, bus);
	restored = old ? keep_restore(kept, old->path) : 0;
	return r < 0 ? r : restored;
}

static int run(struct request *request, char *const *arguments)
{
	CLEANUP_BUS sd_bus *bus = NULL;
	struct attached attached;
	struct steps steps;
	char shown[LOG_ESCAPED_SIZE];
	int r = read_request(request, arguments);

	if (r >= 0)
		r = attached_find(request->pool, "", &attached);
	if (r >= 0)
		r = enabling_links(request->pool, "", &request->links);
	if (r >= 0)
		r = bus_open(&bus);
	if (r >= 0)
		r = find_old(request, &attached);
	if (r >= 0)
		r = portabled_inspect(bus, request->pool, &request->image, &request->path,
				      &request->units);
	if (r >= 0)
		r = portabled_check_profile(bus, request->image.profile);
	if (r >= 0)
		r = check_replacement(request);
	if (r >= 0)
		r = check_collisions(bus, request);
	if (r >= 0)
		r = ask_about_old(bus, request);
	if (r < 0)
		return r;
	steps_open(&steps, request->pool, request->name);
	r = plan(&steps, request);
	if (r < 0)
		return r;
	print_how(request);
	steps_print(&steps);
	if (request->old && attached_is_deleted(request->old))
		printf("keep %s\n", log_escape(request->old->path, shown));
	return arg_dry_run ? 0 : attach(&steps, bus, request->old);
}

int attach_main(int argc, char *argv[])
{
	struct pool pool = POOL_EMPTY;
	struct request request = { .pool = &pool };
	int status = arguments_parse(argc, argv, options, argc);

	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("attach: no image given", NULL);
	status = run(&request, argv + 1) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	pool_release(&pool);
	return status;
}
