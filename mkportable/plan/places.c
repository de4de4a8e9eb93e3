/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds mount points to the plan. */
#include "plan/places.h"

#include "elements.h"
#include "plan/view.h"
#include "units/facts.h"

#include <errno.h>
#include <string.h>

/* Profiles bind the host's file over it. What is there already is judged by the rules. */
static int add_empty_file(struct plan *plan, const char *path, const char *image)
{
	char resolved[PATH_MAX];

	if (plan_resolve(plan, path, false, resolved) == 0 && plan_find(plan, resolved))
		return 0;
	return plan_add_bytes(plan, path, "", 0, image);
}

static int add_api(struct plan *plan, const char *image)
{
	int r = 0;

	for (const struct api_directory *d = api_directories; d->path && r >= 0; d++)
		r = plan_add_directory(plan, d->path, d->mode, image);
	if (r >= 0)
		r = add_empty_file(plan, MACHINE_ID, image);
	return r < 0 ? r : add_empty_file(plan, RESOLV_CONF, image);
}

struct adding {
	struct plan *plan;
	const struct unit *unit;
	int result;
};

/* Puts what is missing there. What is of the wrong kind is reported by the rules. */
static void add_place(void *userdata, const struct view_fault *fault)
{
	struct adding *a = userdata;
	const char *origin, *path = pool_copy(a->plan->pool, fault->path);

	if (a->result < 0 || fault->wanted == PLAN_OTHER ||
	    strstr(fault->path, MOUNTS_ANY_INSTANCE))
		return;
	origin = unit_origin(a->unit, fault->line, a->plan->pool);
	if (!origin || !path)
		a->result = pool_exhausted();
	else if (fault->wanted == PLAN_SYMLINK)
		a->result = plan_add_symlink(a->plan, path, fault->target, origin);
	else if (fault->wanted == PLAN_FILE)
		a->result = plan_add_bytes(a->plan, path, "", 0, origin);
	else
		a->result = plan_add_directory(a->plan, path, 0755, origin);
}

/* What the service needs under a profile; NULL: alone. */
static int add_places(struct plan *plan, const struct mounts_request *request)
{
	struct adding adding = { .plan = plan, .unit = request->unit };
	struct mounts mounts;
	struct view view;
	int r = mounts_read(plan->pool, request, &mounts);

	if (r == 0 || r == -EINVAL) /* which was reported */
		r = view_make(&view, plan, &mounts, false, add_place, &adding);
	return r < 0 ? r : adding.result;
}

int places_add(struct plan *plan, const struct unit *units, const char *image)
{
	int r = add_api(plan, image);

	for (const struct unit *unit = units; unit && r >= 0; unit = unit->next) {
		struct mounts_request request = { .unit = unit, .quiet = true };
		size_t state = 0;

		if (!unit_is_service(unit))
			continue;
		do {
			request.instance = mounts_next_instance(plan->pool, unit, units, &state);
			request.profile = NULL;
			r = add_places(plan, &request);
			request.profile = &mounts_default_profile;
			r = r < 0 ? r : add_places(plan, &request);
		} while (request.instance && r >= 0);
	}
	return r;
}
