/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/links.h"

#include "elements.h"
#include "format.h"
#include "log.h"
#include "units/words.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* systemd.special(7): what a boot reaches without a unit that asks for it. */
static const char boot_targets[] =
	"default.target\0graphical.target\0multi-user.target\0basic.target\0sysinit.target\0"
	"sockets.target\0timers.target\0paths.target\0slices.target\0local-fs.target\0"
	"remote-fs.target\0swap.target\0getty.target\0network.target\0network-online.target\0";

static const char unit_keys[] = "Wants\0Requires\0BindsTo\0Upholds\0Conflicts\0Before\0After\0";
static const uint8_t unit_kinds[] = {
	LINK_WANTS,     LINK_REQUIRES, LINK_REQUIRES, LINK_UPHOLDS,
	LINK_CONFLICTS, LINK_BEFORE,   LINK_AFTER,
};

static const char install_keys[] = "WantedBy\0RequiredBy\0UpheldBy\0";
static const uint8_t install_kinds[] = { LINK_WANTS, LINK_REQUIRES, LINK_UPHOLDS };

static int add_one(struct boot_unit *from, enum link_kind kind, struct boot_unit *to)
{
	struct unit_link *link = malloc(sizeof *link);

	if (!link)
		return -ENOMEM;
	*link = (struct unit_link){ from->links, to, kind };
	from->links = link;
	return 0;
}

static int add_link(struct boot_unit *from, enum link_kind kind, struct boot_unit *to)
{
	int r;

	if (from == to)
		return 0;
	r = add_one(from, kind, to);
	if (r == 0 && kind == LINK_BEFORE)
		r = add_one(to, LINK_AFTER, from);
	else if (r == 0 && kind == LINK_AFTER)
		r = add_one(to, LINK_BEFORE, from);
	return r;
}

/* Links a unit with all that one of its settings names; reverse: these with the unit. */
static int add_named(struct units *units, struct boot_unit *unit,
		     const struct unit_setting *setting, enum link_kind kind, bool reverse)
{
	char escaped[LOG_ESCAPED_SIZE];
	struct list names = LIST_EMPTY;
	int r = list_add_words(&names, unit, NULL, setting->value);

	if (r == -EINVAL) {
		log_warning("%s:%u: unsupported value in %s=, ignoring: '%s'", unit->name,
			    setting->line, setting->key, log_escape(setting->value, escaped));
		r = 0;
	}
	for (size_t i = 0; i < names.n && r == 0; i++) {
		struct boot_unit *other = unit_get(units, names.at[i]);

		r = !other    ? -ENOMEM
		    : reverse ? add_link(other, kind, unit)
			      : add_link(unit, kind, other);
	}
	list_release(&names);
	return r;
}

/* The unit that is installed: of a template its default instance, or NULL. */
static int find_installed(struct units *units, struct boot_unit *unit, struct boot_unit **ret)
{
	const char *instance = unit_file_last(&unit->file, "Install", "DefaultInstance");
	char name[NAME_MAX + 1];

	*ret = unit->origin == UNIT_OF_FILE ? unit : NULL;
	if (!*ret || !is_template(unit))
		return 0;
	*ret = NULL;
	if (!instance || !*instance)
		return 0;
	if (format_text(name, sizeof name, "%.*s%s%s", (int)(unit->suffix - unit->name), unit->name,
			instance, unit->suffix) >= sizeof name)
		return 0;
	*ret = unit_get(units, name);
	return *ret ? 0 : -ENOMEM;
}

static int link_unit(struct units *units, struct boot_unit *unit)
{
	struct boot_unit *installed;
	int r = find_installed(units, unit, &installed);

	for (size_t i = 0; i < unit->file.n && r == 0; i++) {
		const struct unit_setting *setting = &unit->file.settings[i];
		bool in_unit = strcmp(setting->section, "Unit") == 0;
		int index = word_index(in_unit ? unit_keys : install_keys, setting->key);

		/* A template runs as its instances. */
		if (in_unit && index >= 0 && !is_template(unit))
			r = add_named(units, unit, setting, unit_kinds[index], false);
		else if (!in_unit && index >= 0 && installed &&
			 strcmp(setting->section, "Install") == 0)
			r = add_named(units, installed, setting, install_kinds[index], true);
	}
	return r;
}

/*
 * A target comes after what it starts, unless that is ordered after the target:
 * systemd.target(5). Before a boot the field waits is free for a mark.
 */
static int order_target(struct boot_unit *target)
{
	int r = 0;

	for (struct unit_link *link = target->links; link; link = link->next)
		link->to->waits = 0;
	for (struct unit_link *link = target->links; link; link = link->next)
		if (link->kind == LINK_BEFORE)
			link->to->waits = 1;
	for (struct unit_link *link = target->links; link && r == 0; link = link->next)
		if (link->kind & LINK_STARTS && link->to->waits == 0)
			r = add_link(link->to, LINK_BEFORE, target);
	return r;
}

/* Marks a unit, and all that it starts. */
static void reach(struct boot_unit *unit)
{
	struct boot_unit *queue = unit, **end = &unit->next;

	if (unit->reached || unit->masked)
		return;
	unit->reached = true;
	unit->next = NULL;
	for (; queue; queue = queue->next)
		for (struct unit_link *link = queue->links; link; link = link->next) {
			struct boot_unit *to = link->to;

			if (!(link->kind & LINK_STARTS) || to->masked)
				continue;
			to->upheld |= link->kind == LINK_UPHOLDS;
			if (to->reached)
				continue;
			to->reached = true;
			to->next = NULL;
			*end = to;
			end = &to->next;
		}
}

/* systemd opens the sockets and sets the timers of all targets that images know. */
static bool is_opened(const struct boot_unit *unit)
{
	return unit->origin == UNIT_OF_FILE && unit_is_there(unit) && !is_template(unit) &&
	       has_install(unit) && (unit_is(unit, ".socket") || unit_is(unit, ".timer"));
}

static const char *wanted_by(const struct boot_unit *unit)
{
	for (size_t i = 0; i < unit->file.n; i++)
		if (strcmp(unit->file.settings[i].section, "Install") == 0 &&
		    word_index(install_keys, unit->file.settings[i].key) >= 0 &&
		    *unit->file.settings[i].value)
			return unit->file.settings[i].value;
	return NULL;
}

/* Returns 1 for a template that cannot be started as an image asks. */
static int report(const struct boot_unit *unit)
{
	const char *by = wanted_by(unit);
	char escaped[LOG_ESCAPED_SIZE];

	if (unit->origin == UNIT_MISSING && unit->reached && !unit_is(unit, ".target") &&
	    !unit_is(unit, ".slice"))
		log_warning("'%s': wanted, but there is no such unit",
			    log_escape(unit->name, escaped));
	if (unit->origin != UNIT_OF_FILE || !unit_is_there(unit) || unit->reached || !by ||
	    !unit_is(unit, ".service"))
		return 0;
	if (!is_template(unit)) {
		log_warning("%s: wanted by '%s', which this boot does not reach; not started",
			    unit->name, log_escape(by, escaped));
		return 0;
	}
	if (unit_file_last(&unit->file, "Install", "DefaultInstance"))
		return 0;
	log_error("%s: a template without DefaultInstance=; not started", unit->name);
	return 1;
}

/* Returns 1 for a name that names nothing. */
static int choose(struct units *units, const struct choice *choice)
{
	char escaped[LOG_ESCAPED_SIZE];
	struct boot_unit *unit;
	int r = 0;

	for (size_t i = 0; i < choice->masked.n; i++) {
		unit = unit_get(units, choice->masked.at[i]);
		if (!unit)
			return -ENOMEM;
		unit->masked = true;
		if (unit->origin != UNIT_MISSING)
			continue;
		log_error("systemd.mask='%s': there is no such unit",
			  log_escape(unit->name, escaped));
		r = 1;
	}
	for (size_t i = 0; i < choice->wanted.n; i++) {
		unit = unit_get(units, choice->wanted.at[i]);
		if (!unit)
			return -ENOMEM;
		if (unit->origin != UNIT_MISSING && !is_template(unit))
			continue;
		log_error("systemd.wants='%s': there is no such unit",
			  log_escape(unit->name, escaped));
		r = 1;
	}
	return r;
}

int links_make(struct units *units, const struct choice *choice)
{
	struct boot_unit *unit;
	int incomplete = choose(units, choice), r = incomplete < 0 ? incomplete : 0;

	/* Units that others name are made meanwhile, and come last. */
	for (unit = units->first; unit && r == 0; unit = unit->next)
		if (unit_is_there(unit))
			r = link_unit(units, unit);
	for (size_t i = 0; i < units->n && r == 0; i++)
		if (unit_is(units->at[i], ".target"))
			r = order_target(units->at[i]);
	if (r < 0)
		return r;
	for (size_t i = 0; i < units->n; i++)
		if (is_opened(units->at[i]))
			reach(units->at[i]);
	for (const char *name = boot_targets; *name; name += strlen(name) + 1)
		if ((unit = unit_find(units, name)))
			reach(unit);
	for (size_t i = 0; i < choice->wanted.n; i++)
		if ((unit = unit_find(units, choice->wanted.at[i])) && unit->origin != UNIT_MISSING)
			reach(unit);
	for (size_t i = 0; i < units->n; i++)
		incomplete |= report(units->at[i]);
	return incomplete;
}
