/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a service gets that is changed for an image, beside what becomes of its settings. */
#include "units/adopt-service.h"

#include "units/adopt-commands.h"
#include "units/adopt-paths.h"
#include "units/hardening.h"
#include "units/merged-list.h"

#include <string.h>

static void add_socket(struct adopting *a)
{
	const struct adopted *socket = adopt_trigger(a, ".socket");
	const char *name = socket ? socket->draft.name : NULL;
	struct draft *draft = &a->adopted->draft;

	if (!socket || unit_is_template(a->adopted->unit))
		return;
	if (!draft_has_word(draft, "Unit", "Requires", name))
		adopt_add(a, "Unit", "Requires", name,
			  "when both are restarted, it may start without its socket");
	if (!draft_has_word(draft, "Unit", "After", name))
		adopt_add(a, "Unit", "After", name,
			  "when both are restarted, it may start without its socket");
	if (!draft_has(draft, "Unit", "StartLimitIntervalSec") &&
	    !draft_has(draft, "Unit", "StartLimitInterval"))
		adopt_add(a, "Unit", "StartLimitIntervalSec", "0",
			  "it may end when idle; the next client starts it, however often");
}

/* What a service needs that was root's, and what Type=notify does. */
static void add_rights(struct adopting *a)
{
	static const char port[] = "CAP_NET_BIND_SERVICE";
	struct draft *draft = &a->adopted->draft;
	struct merged_list families = MERGED_LIST_UNSET;
	struct unit_file file;
	const char *type, *ambient;

	if (draft_parse(draft, &file) < 0) {
		a->failed = true;
		return;
	}
	type = unit_file_last(&file, "Service", "Type");
	ambient = unit_file_last(&file, "Service", "AmbientCapabilities");
	if (!unit_file_is_yes(&file, "Service", "DynamicUser"))
		adopt_add(
			a, "Service", "DynamicUser", "yes",
			"it was root, but every stock profile except trusted gives it a user; its own files may name no other");
	/* The set of the old unit: where all of that was left out, no right is to be added. */
	if (a->was_root && !ambient &&
	    !unit_file_last(&a->adopted->unit->file, "Service", "CapabilityBoundingSet") &&
	    !adopt_trigger(a, ".socket") && (!type || strcmp(type, "oneshot") != 0)) {
		adopt_add(a, "Service", "AmbientCapabilities", port,
			  "it was root, and may open a port below 1024; else delete it");
		adopt_add(a, "Service", "CapabilityBoundingSet", port, "no other rights of root");
	} else if (ambient && ambient[0] &&
		   !unit_file_last(&file, "Service", "CapabilityBoundingSet")) {
		adopt_add(a, "Service", "CapabilityBoundingSet", ambient,
			  "no other rights of root");
	}
	a->failed |= merged_list_read(&families, a->pool, &file, "RestrictAddressFamilies") < 0;
	if (type && strncmp(type, "notify", strlen("notify")) == 0 &&
	    families.mode != MERGED_UNSET && !merged_list_allows(&families, "AF_UNIX"))
		adopt_add(a, "Service", "RestrictAddressFamilies", "AF_UNIX",
			  "it says that it is ready through a local socket");
	unit_file_release(&file);
}

/* Whether Environment= sets a variable. */
static bool sets(const struct draft *draft, const char *variable)
{
	size_t length = strlen(variable);
	struct unit_words words;
	bool found = false;

	for (const struct draft_line *line = draft->first; line && !found; line = line->next) {
		if (strcmp(line->key, "Environment") != 0 ||
		    unit_words_split(line->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n && !found; i++)
			found = strncmp(words.at[i], variable, length) == 0 &&
				words.at[i][length] == '=';
		unit_words_release(&words);
	}
	return found;
}

/* The first StateDirectory=; NULL: none. */
static const char *state_of(struct adopting *a)
{
	const char *state = NULL;
	struct unit_words words;

	for (const struct draft_line *line = a->adopted->draft.first; line && !state;
	     line = line->next) {
		if (strcmp(line->key, "StateDirectory") != 0 ||
		    unit_words_split(line->value, &words) < 0)
			continue;
		if (words.n > 0)
			state = adopt_format(a, "%.*s", (int)strcspn(words.at[0], ":"),
					     words.at[0]);
		unit_words_release(&words);
	}
	return state;
}

/* A user of a distribution has a home, which the service may write to. */
static void add_home(struct adopting *a)
{
	const char *name = a->adopted->unit->name;
	size_t stem = adopt_stem_length(name);

	if (a->was_root || state_of(a) ||
	    unit_file_is_yes(&a->adopted->unit->file, "Service", "DynamicUser"))
		return;
	adopt_add(a, "Service", "StateDirectory",
		  adopt_format(a, "%.*s%s", (int)stem, name,
			       unit_is_template(a->adopted->unit) ? "/%i" : ""),
		  "its user had a home");
}

/* What programs expect of a whole system, and an image does not have. */
static void add_surroundings(struct adopting *a)
{
	static const char utf8[] = "/usr/lib/locale/C.utf8";
	struct draft *draft = &a->adopted->draft;
	const char *state;

	/* A unit that is for an image already, and from no distribution, knows. */
	if (!a->tree && unit_file_is_yes(&a->adopted->unit->file, "Service", "DynamicUser"))
		return;
	if (!sets(draft, "LC_ALL") && !sets(draft, "LANG")) {
		bool has_utf8 = adopt_tree_has(a, utf8);

		if (has_utf8)
			adopt_file(a, utf8);
		adopt_add(a, "Service", "Environment", has_utf8 ? "LC_ALL=C.UTF-8" : "LC_ALL=C",
			  "the image does not have the locale of the host");
	}
	state = a->was_root ? NULL : state_of(a);
	if (state && !sets(draft, "HOME"))
		adopt_add(a, "Service", "Environment",
			  adopt_append(a, "", adopt_format(a, "HOME=/var/lib/%s", state)),
			  "systemd sets it for users of the host only");
	if (!draft_has(draft, "Service", "PrivateNetwork") &&
	    !draft_has(draft, "Service", "BindReadOnlyPaths"))
		adopt_add(a, "Service", "BindReadOnlyPaths",
			  "-/etc/hosts -/etc/nsswitch.conf -/etc/resolv.conf",
			  "names are looked up with what the host has");
}

static size_t count(const struct draft *draft)
{
	size_t n = 0;

	for (const struct draft_line *line = draft->first; line; line = line->next)
		n++;
	return n;
}

void adopt_finish(struct adopting *a)
{
	struct draft *draft = &a->adopted->draft;
	size_t n;

	adopt_variables(a);
	adopt_directories(a);
	add_home(a);
	adopt_instances(a);
	add_surroundings(a);
	add_socket(a);
	add_rights(a);
	n = count(draft);
	a->failed |= harden(draft, HARDENING_FOREIGN) < 0;
	a->adopted->hardened = count(draft) - n;
}
