/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb detach. */
#include "arguments.h"
#include "attached.h"
#include "enabled.h"
#include "keep.h"
#include "log.h"
#include "order.h"
#include "steps.h"
#include "units.h"
#include "verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool arg_now, arg_dry_run, arg_delete;

static void help(void)
{
	printf("Usage: portable-admin detach [OPTION]... NAME\n"
	       "Detach an image: disable its units, and remove their files and drop-ins. Its file and its\n"
	       "state stay. NAME: a prefix, the name of an image, or its path.\n"
	       "\n"
	       "  --now        stop its units first; else one that is active is an error\n"
	       "  --delete     let systemd delete the image as well, as it does below /etc/portables\n"
	       "               and /run/portables\n"
	       "  --dry-run    print what would be done\n"
	       "  --help       show this text\n");
}

static const struct option options[] = {
	{ .name = "now", .flag = &arg_now },
	{ .name = "delete", .flag = &arg_delete },
	{ .name = "dry-run", .flag = &arg_dry_run },
	{ .name = "help", .print = help },
	{ 0 },
};

static const struct attached_image *find(const struct attached *attached, const char *name)
{
	const struct attached_image *found = NULL;
	char shown[LOG_ESCAPED_SIZE];

	for (const struct attached_image *image = attached->images; image; image = image->next) {
		if (!attached_is(image, name))
			continue;
		if (found) {
			log_error(
				"more than one attached image is called '%s'; name one by its path",
				log_escape(name, shown));
			return NULL;
		}
		found = image;
	}
	if (!found)
		log_error("'%s' is not attached; 'portable-admin status' shows what is",
			  log_escape(name, shown));
	return found;
}

/* Returns 0; -EBUSY, logged; or -ENOMEM, logged. */
static int plan_stops(struct steps *steps, const struct unit_states *states)
{
	char shown[LOG_ESCAPED_SIZE];
	int r = 0;

	for (enum order turn = ORDER_FIRST; turn <= ORDER_LAST && r >= 0; turn++)
		for (const struct unit_states *s = states; s && r >= 0; s = s->next)
			for (const struct unit_state *state = s->first; state && r >= 0;
			     state = state->next) {
				if (order_of(state->name) != turn || !unit_is_active(state))
					continue;
				if (!arg_now) {
					log_error(
						"'%s' is active; stop it first, or detach with --now",
						log_escape(state->name, shown));
					return -EBUSY;
				}
				r = steps_add(steps, STEP_STOP, state->name, NULL);
			}
	return r;
}

static int detach(const struct steps *steps, sd_bus *bus, const struct attached_image *image)
{
	const char *kept = NULL;
	int r = arg_delete ? 0 : keep_image(steps->pool, image, &kept), restored;

	if (r < 0)
		return r;
	r = steps_take(steps, bus);
	restored = keep_restore(kept, image->path);
	return r < 0 ? r : restored;
}

static int plan(struct steps *steps, const struct attached_image *image,
		const struct unit_states *states, const struct enabling_link *links,
		const struct portabled_image *named)
{
	int r = plan_stops(steps, states);

	for (const struct attached_unit *unit = image->units; unit && r >= 0; unit = unit->next)
		r = steps_add_disables(steps, unit->name, links);
	if (r >= 0)
		r = steps_add(steps, STEP_DETACH, image->path, named);
	return r < 0 ? r : steps_add(steps, STEP_RELOAD, "", NULL);
}

static int run(struct pool *pool, const char *name)
{
	CLEANUP_BUS sd_bus *bus = NULL;
	struct unit_states *states = NULL;
	struct enabling_link *links = NULL;
	struct portabled_image named = { 0 };
	const struct attached_image *image;
	struct attached_image alone;
	struct attached attached;
	struct steps steps;
	char shown[LOG_ESCAPED_SIZE];
	int r = attached_find(pool, "", &attached);

	image = r >= 0 ? find(&attached, name) : NULL;
	if (!image)
		return r < 0 ? r : -ENOENT;
	alone = *image;
	alone.next = NULL;
	named.path = image->path;
	named.is_runtime = image->is_runtime;
	named.extensions = attached_extensions(pool, image);
	if (!named.extensions)
		return pool_exhausted();
	r = enabling_links(pool, "", &links);
	if (r >= 0)
		r = bus_open(&bus);
	if (r >= 0)
		r = units_ask(bus, pool, &alone, &states);
	steps_open(&steps, pool, image->name);
	if (r >= 0)
		r = plan(&steps, image, states, links, &named);
	if (r < 0)
		return r;
	steps_print(&steps);
	if (attached_is_deleted(image))
		printf("%s %s\n", arg_delete ? "delete" : "keep", log_escape(image->path, shown));
	return arg_dry_run ? 0 : detach(&steps, bus, image);
}

int detach_main(int argc, char *argv[])
{
	struct pool pool = POOL_EMPTY;
	int status = arguments_parse(argc, argv, options, 1);

	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("detach: no image given", NULL);
	status = run(&pool, argv[1]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	pool_release(&pool);
	return status;
}
