/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units that others wrote for a whole system, changed for an image. */
#include "units/adopt.h"

#include "elements.h"
#include "names.h"
#include "units/adopt-paths.h"
#include "units/adopt-service.h"
#include "units/adopt-settings.h"

#include <errno.h>
#include <string.h>

/* What starts units of a type; NULL: nothing by itself. */
static const char *target_of(const char *suffix)
{
	static const struct {
		const char *suffix, *target;
	} targets[] = {
		{ ".service", "multi-user.target" },
		{ ".socket", "sockets.target" },
		{ ".timer", "timers.target" },
		{ ".path", "paths.target" },
	};

	for (size_t i = 0; i < ELEMENTS(targets); i++)
		if (strcmp(suffix, targets[i].suffix) == 0)
			return targets[i].target;
	return NULL;
}

static void add_install(struct adopting *a)
{
	const char *target = target_of(a->as_named.suffix);
	bool was_started = unit_file_last(&a->adopted->unit->file, "Install", "WantedBy") != NULL;

	if (!target || draft_has(&a->adopted->draft, "Install", "WantedBy") ||
	    (!was_started && (unit_is_template(&a->as_named) || adopt_trigger(a, NULL))))
		return;
	adopt_add(a, "Install", "WantedBy", target,
		  "without it, portablectl attach --enable has no effect");
}

static int adopt_unit(struct adopting *a)
{
	const struct unit *unit = a->adopted->unit;
	const char *user = unit_value(unit, "Service", "User");

	a->as_named = (struct unit){ .name = a->adopted->draft.name,
				     .suffix = unit_suffix(a->adopted->draft.name) };
	a->was_root = unit_is_service(unit) &&
		      !unit_file_is_yes(&unit->file, "Service", "DynamicUser") &&
		      (!user[0] || strcmp(user, "root") == 0 || strcmp(user, "0") == 0);
	a->adopted->draft.head =
		adopt_format(a, "%s, changed for an image by mkportable new --from=", unit->name);
	/* Before single files of the same directories. */
	if (unit_is_service(unit))
		adopt_files(a);
	for (size_t i = 0; i < unit->file.n && !a->failed; i++) {
		a->setting = &unit->file.settings[i];
		adopt_setting(a);
	}
	a->setting = NULL;
	if (unit_is_service(unit))
		adopt_finish(a);
	add_install(a);
	return a->failed || a->adopted->draft.failed ? -ENOMEM : 0;
}

static bool have_one_stem(const char *a, const char *b)
{
	size_t length = adopt_stem_length(a);

	return length == adopt_stem_length(b) && strncmp(a, b, length) == 0;
}

/*
 * Whether units that had another stem got the one of this name. A socket, timer or path that
 * names no unit starts the one with its stem: that must stay the same.
 */
static bool is_taken(const struct adopted *all, const struct adopted *adopted, const char *name)
{
	for (; all; all = all->next)
		if (all->draft.name && have_one_stem(all->draft.name, name) &&
		    !have_one_stem(all->unit->name, adopted->unit->name))
			return true;
	return false;
}

static bool is_in_use(const struct adopted *all, const char *name)
{
	for (; all; all = all->next)
		if (all->draft.name && strcmp(all->draft.name, name) == 0)
			return true;
	return false;
}

/* A name that belongs to the image: "nginx.service" is "web.service" in the image web. */
static int name_unit(struct pool *pool, const char *id, struct adopted *all,
		     struct adopted *adopted)
{
	const char *old = adopted->unit->name, *name = old;
	size_t stem = adopt_stem_length(old);

	if (!unit_belongs(old, id))
		name = pool_format(pool, "%s%s", id, old + stem);
	if (name && name != old && is_taken(all, adopted, name))
		name = pool_format(pool, "%s-%s", id, old);
	if (!name)
		return -ENOMEM;
	if (is_taken(all, adopted, name) || is_in_use(all, name))
		return -EEXIST;
	draft_open(&adopted->draft, pool, name);
	return 0;
}

int adopt(struct pool *pool, const char *id, const struct unit *units,
	  const struct adopt_tree *tree, struct adopted **ret)
{
	struct adopted *all = NULL, **end = &all;
	int r = 0;

	for (const struct unit *unit = units; unit; unit = unit->next) {
		struct adopted *adopted = pool_take(pool, sizeof *adopted);

		if (!adopted)
			return -ENOMEM;
		*adopted = (struct adopted){ .unit = unit };
		adopted->end = &adopted->first;
		*end = adopted;
		end = &adopted->next;
	}
	/* Names that need no change come first. */
	for (int changed = 0; changed < 2; changed++)
		for (struct adopted *adopted = all; adopted && r >= 0; adopted = adopted->next)
			if (unit_belongs(adopted->unit->name, id) == !changed)
				r = name_unit(pool, id, all, adopted);
	for (struct adopted *adopted = all; adopted && r >= 0; adopted = adopted->next)
		r = adopt_unit(&(struct adopting){
			.pool = pool, .id = id, .all = all, .adopted = adopted, .tree = tree });
	if (r >= 0)
		*ret = all;
	return r;
}
