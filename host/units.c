/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of units. */
#include "units.h"

#include "changed.h"
#include "elements.h"
#include "log.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define UNIT    "org.freedesktop.systemd1.Unit"
#define SERVICE "org.freedesktop.systemd1.Service"
#define SOCKET  "org.freedesktop.systemd1.Socket"

/* What is asked of each unit, and where the answer goes. */
static const struct property {
	const char *suffix; /* of units that have it; NULL: all have */
	bool of_inactive;   /* those too: each question costs time */
	bool of_changed;    /* only if files of any unit changed: it costs much time */
	const char *interface, *name;
	const char *type; /* "root": a path, that of the other setting is kept */
	size_t offset;
} properties[] = {
	{ NULL, true, true, UNIT, "NeedDaemonReload", "b",
	  offsetof(struct unit_state, needs_reload) },
	{ ".service", true, false, SERVICE, "DynamicUser", "b",
	  offsetof(struct unit_state, is_dynamic_user) },
	{ ".service", true, false, SERVICE, "StateDirectory", "as",
	  offsetof(struct unit_state, state_directories) },
	{ ".service", false, false, SERVICE, "MainPID", "u",
	  offsetof(struct unit_state, main_pid) },
	{ ".service", false, false, SERVICE, "NRestarts", "u",
	  offsetof(struct unit_state, restarts) },
	{ ".service", false, false, SERVICE, "Result", "s", offsetof(struct unit_state, result) },
	{ ".service", false, false, SERVICE, "RootImage", "root",
	  offsetof(struct unit_state, root) },
	{ ".service", false, false, SERVICE, "RootDirectory", "root",
	  offsetof(struct unit_state, root) },
	{ ".socket", true, false, SOCKET, "Listen", "a(ss)", offsetof(struct unit_state, listens) },
};

/* One property of one unit. */
struct question {
	struct bus_question bus;
	struct pool *pool;
	struct unit_state *state;
	const struct property *property;
};

static struct text_list **add_text(struct pool *pool, struct text_list **end, const char *text)
{
	struct text_list *added = pool_take(pool, sizeof *added);

	if (!added || !text)
		return NULL;
	added->text = text;
	*end = added;
	return &added->next;
}

static int read_texts(struct pool *pool, sd_bus_message *answer, bool pairs, struct text_list **ret)
{
	const char *first, *second = "";
	int r = sd_bus_message_enter_container(answer, 'a', pairs ? "(ss)" : "s");

	while (r >= 0) {
		r = pairs ? sd_bus_message_read(answer, "(ss)", &first, &second)
			  : sd_bus_message_read(answer, "s", &first);
		if (r <= 0)
			break;
		ret = add_text(pool, ret,
			       pairs ? pool_format(pool, "%s %s", first, second)
				     : pool_copy(pool, first));
		if (!ret)
			return -ENOMEM;
	}
	return r < 0 ? r : 0;
}

static int read_string(struct pool *pool, sd_bus_message *answer, bool keep, const char **ret)
{
	const char *text;
	int r = sd_bus_message_read(answer, "s", &text);

	if (r < 0 || (keep && !text[0]))
		return r < 0 ? r : 0;
	*ret = pool_copy(pool, text);
	return *ret ? 0 : -ENOMEM;
}

static int read_value(const struct question *question, sd_bus_message *answer)
{
	const char *type = question->property->type;
	void *value = (char *)question->state + question->property->offset;
	uint32_t number;
	int r, flag;

	if (strcmp(type, "s") == 0 || strcmp(type, "root") == 0)
		return read_string(question->pool, answer, type[0] == 'r', value);
	if (type[0] == 'a')
		return read_texts(question->pool, answer, type[1] == '(', value);
	if (type[0] == 'b') {
		r = sd_bus_message_read(answer, "b", &flag);
		if (r >= 0)
			*(bool *)value = flag != 0;
		return r < 0 ? r : 0;
	}
	r = sd_bus_message_read(answer, "u", &number);
	if (r >= 0)
		*(uint32_t *)value = number;
	return r < 0 ? r : 0;
}

static int take_answer(struct bus_question *bus, sd_bus_message *answer)
{
	const struct question *question = CONTAINER_OF(bus, struct question, bus);
	const char *type = question->property->type;
	int r;

	/* It came too late, or the connection is gone: nothing is known. */
	if (sd_bus_message_is_method_error(answer, SD_BUS_ERROR_NO_REPLY))
		return -sd_bus_message_get_errno(answer);
	/* A property that this systemd lacks, or a unit that went away: as if it were empty. */
	if (sd_bus_message_is_method_error(answer, NULL))
		return 0;
	r = sd_bus_message_enter_container(answer, 'v', strcmp(type, "root") == 0 ? "s" : type);
	return r < 0 ? r : read_value(question, answer);
}

static bool has_suffix(const char *name, const char *suffix)
{
	const char *dot = strrchr(name, '.');

	return !suffix || (dot && strcmp(dot, suffix) == 0);
}

bool unit_is_active(const struct unit_state *state)
{
	return strcmp(state->active, "inactive") != 0 && strcmp(state->active, "failed") != 0;
}

const char *unit_state_path(struct pool *pool, const struct unit_state *state, const char *name)
{
	return pool_format(pool, "/var/lib/%s%s", state->is_dynamic_user ? "private/" : "", name);
}

static int ask_unit(struct bus_batch *batch, struct pool *pool, bool changed,
		    struct unit_state *state)
{
	char *path = NULL;
	int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", state->name, &path);

	for (size_t i = 0; i < ELEMENTS(properties) && r >= 0; i++) {
		struct question *question;

		if (!has_suffix(state->name, properties[i].suffix) ||
		    (!changed && properties[i].of_changed) ||
		    (!properties[i].of_inactive && strcmp(state->active, "inactive") == 0))
			continue;
		question = pool_take(pool, sizeof *question);
		if (!question)
			r = -ENOMEM;
		else
			*question = (struct question){
				{ .answered = take_answer }, pool, state, &properties[i]
			};
		if (r >= 0)
			r = bus_ask_property(batch, &question->bus, path, properties[i].interface,
					     properties[i].name);
	}
	free(path);
	return r;
}

bool unit_is_template(const char *name)
{
	const char *at = strchr(name, '@');

	return at && at[1] == '.';
}

/* Whether a loaded unit is the attached one, or an instance of it. */
static bool is_of(const char *name, const char *attached)
{
	size_t length = strcspn(attached, "@");

	if (!unit_is_template(attached))
		return strcmp(name, attached) == 0;
	return strncmp(name, attached, length + 1) == 0 && name[length + 1] != '.' &&
	       has_suffix(name, strrchr(attached, '.'));
}

static struct unit_state *add_state(struct pool *pool, struct unit_states *states, const char *name)
{
	struct unit_state *state = pool_take(pool, sizeof *state), **end = &states->first;

	if (!state)
		return NULL;
	*state = (struct unit_state){
		.name = pool_copy(pool, name),
		.load = "loaded",
		.active = "inactive",
		.sub = "dead",
		.result = "",
		.root = "",
	};
	if (!state->name)
		return NULL;
	while (*end)
		end = &(*end)->next;
	*end = state;
	return state;
}

struct loaded {
	const char *name, *load, *active, *sub;
};

static int take_loaded(struct pool *pool, const struct loaded *loaded, struct unit_states *all)
{
	for (struct unit_states *states = all; states; states = states->next) {
		struct unit_state *state;

		if (!is_of(loaded->name, states->unit->name))
			continue;
		/* One that is attached twice is one unit; systemd takes the first. */
		state = states->first && !unit_is_template(states->unit->name)
				? states->first
				: add_state(pool, states, loaded->name);
		if (!state)
			return -ENOMEM;
		state->load = pool_copy(pool, loaded->load);
		state->active = pool_copy(pool, loaded->active);
		state->sub = pool_copy(pool, loaded->sub);
		if (!state->load || !state->active || !state->sub)
			return -ENOMEM;
	}
	return 0;
}

/* One call for all: it does not load what is not loaded. */
static int list_units(sd_bus *bus, struct pool *pool, struct unit_states *all)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL, *answer = NULL;
	struct loaded loaded;
	int r = bus_message(bus, &bus_systemd, "ListUnits", &call);

	if (r >= 0)
		r = bus_call(bus, call, &error, &answer);
	if (r >= 0)
		r = sd_bus_message_enter_container(answer, 'a', "(ssssssouso)");
	while (r >= 0) {
		r = sd_bus_message_read(answer, "(ssssssouso)", &loaded.name, NULL, &loaded.load,
					&loaded.active, &loaded.sub, NULL, NULL, NULL, NULL, NULL);
		if (r == 0)
			return 0;
		if (r > 0)
			r = take_loaded(pool, &loaded, all);
	}
	return bus_failure(r, &error, "ask systemd for its units");
}

/* If systemd does not say when it read the units, it is asked for each. */
static bool any_changed(sd_bus *bus)
{
	char **directories = NULL;
	uint64_t since_us;
	bool changed = true;

	if (sd_bus_get_property_trivial(bus, bus_systemd.destination, bus_systemd.path,
					bus_systemd.interface, "UnitsLoadTimestamp", NULL, 't',
					&since_us) >= 0 &&
	    sd_bus_get_property_strv(bus, bus_systemd.destination, bus_systemd.path,
				     bus_systemd.interface, "UnitPath", NULL, &directories) >= 0 &&
	    directories)
		changed = units_changed(directories, since_us);
	for (char **directory = directories; directory && *directory; directory++)
		free(*directory);
	free(directories);
	return changed;
}

static int prepare(struct pool *pool, const struct attached_image *images, struct unit_states **ret)
{
	struct unit_states **end = ret;

	for (const struct attached_image *image = images; image; image = image->next) {
		for (const struct attached_unit *unit = image->units; unit; unit = unit->next) {
			struct unit_states *states = pool_take(pool, sizeof *states);

			if (!states)
				return pool_exhausted();
			states->unit = unit;
			if (!unit_is_template(unit->name) && !add_state(pool, states, unit->name))
				return pool_exhausted();
			*end = states;
			end = &states->next;
		}
	}
	return 0;
}

int units_ask(sd_bus *bus, struct pool *pool, const struct attached_image *images,
	      struct unit_states **ret)
{
	struct bus_batch batch = { .bus = bus };
	struct unit_states *all = NULL;
	bool changed;
	int r = prepare(pool, images, &all);

	if (r < 0)
		return r;
	changed = any_changed(bus);
	r = list_units(bus, pool, all);
	if (r < 0)
		return r;
	for (struct unit_states *states = all; states && r >= 0; states = states->next)
		for (struct unit_state *state = states->first; state && r >= 0; state = state->next)
			r = ask_unit(&batch, pool, changed, state);
	if (r >= 0)
		r = bus_wait(&batch);
	if (r < 0)
		return bus_failure(r, NULL, "ask systemd about units");
	*ret = all;
	return 0;
}

const struct unit_states *units_after(const struct unit_states *states,
				      const struct attached_image *image)
{
	for (const struct attached_unit *unit = image->units; unit; unit = unit->next)
		states = states->next;
	return states;
}
