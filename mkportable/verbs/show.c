/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb show: what is in an image. Everything is a row of named texts in a list;
 * they are collected first, and printed as text or as JSON.
 */
#include "verbs/show.h"

#include "arguments.h"
#include "base/elf.h"
#include "base/json.h"
#include "log.h"
#include "number.h"
#include "plan/programs.h"
#include "read/image.h"
#include "rules/exposure.h"
#include "rules/judge.h"
#include "units/facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of --json: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

#define COLUMNS_MAX 8

static struct texts arg_profiles; /* none: those that are installed here */
static const char *arg_image;
static bool arg_all_profiles, arg_json;

/* The lists, in the order of the output; NULL: single values. */
static const char *const lists[] = {
	"units", "programs", "sockets", "directories", "users", "profiles", "exposure",
};

enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER,
	CELL_YES,
	CELL_NO,
};

struct cell {
	const char *key;
	const char *text; /* NULL: JSON has null, or yes or no; text leaves it out */
	enum cell_kind kind;
};

struct row {
	struct row *next;
	const char *list; /* of lists; NULL: a value of the image itself */
	struct cell cells[COLUMNS_MAX];
};

struct show {
	struct judge *judge;
	struct row *first, **end;
	size_t errors;        /* of the image, without any profile */
	bool counts_exposure; /* systemd-analyze did */
};

static void help(void)
{
	printf("Usage: mkportable show [OPTION]... IMAGE\n"
	       "Show what is in a portable service image.\n"
	       "\n"
	       "  --profile=NAME|PATH    count the exposure under this profile, instead of under\n"
	       "                         each that is installed; may be given more than once\n"
	       "  --json                 print JSON\n"
	       "  --help                 show this text\n");
}

static const struct option options[] = {
	{ .name = "profile", .texts = &arg_profiles, .nonempty = true },
	{ .name = "json", .flag = &arg_json },
	{ .name = "help", .print = help },
	{ 0 },
};

static void add(struct show *show, struct row row)
{
	struct row *kept = pool_take(show->judge->plan->pool, sizeof *kept);

	if (!kept) {
		show->judge->failed = -ENOMEM;
		return;
	}
	*kept = row;
	*show->end = kept;
	show->end = &kept->next;
}

static struct cell text_cell(const char *key, const char *text)
{
	return (struct cell){ .key = key, .text = text };
}

static struct cell number_cell(struct show *show, const char *key, uint64_t number)
{
	return (struct cell){ key, judge_format(show->judge, "%" PRIu64, number), CELL_NUMBER };
}

/* yes, no: what the text says then; NULL: nothing. */
static struct cell yes_no_cell(const char *key, bool value, const char *yes, const char *no)
{
	return value ? (struct cell){ key, yes, CELL_YES } : (struct cell){ key, no, CELL_NO };
}

static void add_value(struct show *show, const char *key, const char *value)
{
	add(show, (struct row){ .cells = { text_cell(key, value) } });
}

static void add_identity(struct show *show, const struct image_file *file)
{
	const struct os_release *release = &show->judge->os_release;
	const char *version = os_release_value(release, "IMAGE_VERSION");

	add_value(show, "id", show->judge->prefix);
	add_value(show, "image_version",
		  version ? version : os_release_value(release, "VERSION_ID"));
	add_value(show, "architecture", os_release_value(release, "ARCHITECTURE"));
	add_value(show, "description", os_release_value(release, "PORTABLE_PRETTY_NAME"));
	add_value(show, "format", file->format);
	add_value(show, "compression", file->compression);
	if (file->size)
		add(show, (struct row){ .cells = { number_cell(show, "size", file->size) } });
	else
		add_value(show, "size", NULL);
}

/* How a program was linked, and what it was hardened with. facts: NULL for what is none. */
static void add_program(struct show *show, const char *path, const struct plan_entry *entry,
			const char *linkage, const struct elf_facts *facts)
{
	struct row row = {
		.list = "programs",
		.cells = { text_cell("path", path), number_cell(show, "size", entry->size),
			   text_cell("linkage", linkage), text_cell("pie", NULL),
			   text_cell("relro", NULL), text_cell("bind_now", NULL),
			   text_cell("nx_stack", NULL), text_cell("stack_protector", NULL) }
	};

	if (facts) {
		row.cells[3] = yes_no_cell("pie", facts->position_independent, "PIE", "no PIE");
		row.cells[4] = yes_no_cell("relro", facts->relro, "RELRO", "no RELRO");
		row.cells[6] = yes_no_cell("nx_stack", facts->stack_not_executable, "NX stack",
					   "executable stack");
	}
	/* At a fixed address and static there is nothing left to bind. */
	if (facts && facts->has_dynamic)
		row.cells[5] = yes_no_cell("bind_now", facts->binds_now, "BIND_NOW", "no BIND_NOW");
	/* A static program has its libc's own checks in it: whether others too, no byte tells. */
	if (facts && facts->interpreter)
		row.cells[7] = yes_no_cell("stack_protector", facts->imports_stack_check,
					   "stack protector", "no stack protector");
	add(show, row);
}

static void read_program(struct show *show, const char *path, const struct plan_entry *entry)
{
	struct elf_facts facts;
	char *bytes;
	size_t size;
	int r;

	r = plan_read(show->judge->plan, entry, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r < 0) {
		add_program(show, path, entry, "unreadable", NULL);
		return;
	}
	if (size >= 2 && memcmp(bytes, "#!", 2) == 0)
		add_program(show, path, entry, "script", NULL);
	else if (elf_read(show->judge->plan->pool, bytes, size, &facts) < 0)
		add_program(show, path, entry, "unknown", NULL);
	else
		add_program(show, path, entry, facts.interpreter ? "dynamic" : "static", &facts);
	free(bytes);
}

static bool has_row(const struct show *show, const char *list, const char *value)
{
	for (const struct row *row = show->first; row; row = row->next)
		if (row->list && strcmp(row->list, list) == 0 &&
		    strcmp(row->cells[0].text, value) == 0)
			return true;
	return false;
}

static void add_needs(struct show *show)
{
	for (const struct need *need = show->judge->needs.first; need; need = need->next) {
		const char *path = programs_path(show->judge->plan, need);
		const struct plan_entry *entry;

		if (need->kind == NEED_PROGRAM) {
			entry = path ? plan_follow(show->judge->plan, path) : NULL;
			if (entry && entry->type == PLAN_FILE && !has_row(show, "programs", path))
				read_program(show, path, entry);
		} else if (need->owned) {
			add(show, (struct row){ .list = "directories",
						.cells = { text_cell("path", need->path),
							   text_cell("setting", need->key),
							   text_cell("unit", need->unit->name) } });
		}
	}
}

/* What the image is booted with, and no unit names. */
static void add_init(struct show *show)
{
	static const char *const paths[] = { INIT_PROGRAM, INIT_LINK };

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const struct plan_entry *entry = plan_follow(show->judge->plan, paths[i]);

		if (!entry || entry->type != PLAN_FILE)
			continue;
		if (!has_row(show, "programs", paths[i]))
			read_program(show, paths[i], entry);
		return;
	}
}

static void add_sockets(struct show *show, const struct unit *unit)
{
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];

		if (strcmp(s->section, "Socket") == 0 && strncmp(s->key, "Listen", 6) == 0)
			add(show, (struct row){ .list = "sockets",
						.cells = { text_cell("address", s->value),
							   text_cell("kind", s->key + 6),
							   text_cell("unit", unit->name) } });
	}
}

static void add_units(struct show *show)
{
	for (const struct unit *unit = show->judge->units; unit; unit = unit->next) {
		const char *user = judge_value(unit, "Service", "User");

		add(show, (struct row){ .list = "units",
					.cells = { text_cell("name", unit->name),
						   text_cell("description",
							     judge_value(unit, "Unit",
									 "Description")) } });
		if (strcmp(unit->suffix, ".socket") == 0)
			add_sockets(show, unit);
		if (!unit_is_service(unit))
			continue;
		if (is_yes(judge_value(unit, "Service", "DynamicUser")))
			user = user[0] ? user : "dynamic";
		add(show, (struct row){ .list = "users",
					.cells = { text_cell("unit", unit->name),
						   text_cell("user", user[0] ? user : "root") } });
	}
}

/* The profiles that are counted with, and those of systemd that are not here. */
static void add_profiles(struct show *show, const struct profile *profiles)
{
	static const char *const stock[] = { "default", "nonetwork", "strict", "trusted" };

	for (size_t i = 0; i < arg_profiles.n; i++)
		add(show, (struct row){ .list = "profiles",
					.cells = { text_cell("name", profiles[i].name),
						   text_cell("path", profiles[i].path) } });
	for (size_t i = 0; i < sizeof stock / sizeof *stock && arg_all_profiles; i++)
		if (!has_row(show, "profiles", stock[i]))
			add(show, (struct row){ .list = "profiles",
						.cells = { text_cell("name", stock[i]),
							   text_cell("path", NULL) } });
}

/* What the rules have against the profile for this unit: unknown when they found too much. */
static void judge_profile(struct show *show, const struct unit *unit, const struct profile *profile,
			  struct row *row)
{
	struct finding **from = show->judge->end;
	bool weakens = false, is_sufficient = true;

	rules_security(show->judge, unit, profile);
	for (const struct finding *f = *from; f; f = f->next) {
		weakens |= f->rule == RULE_PROFILE_WEAKENS_UNIT || f->rule == RULE_DENY_LIST_TURNED;
		is_sufficient &= f->rule != RULE_PROFILE_NOT_SUFFICIENT;
	}
	if (show->judge->n > FINDINGS_MAX)
		return;
	row->cells[3] = yes_no_cell("weakens", weakens, "weakens the unit", NULL);
	row->cells[4] = yes_no_cell("sufficient", is_sufficient, NULL, "not sufficient");
}

static int add_exposure(struct show *show, struct exposure *x, const struct unit *unit,
			const struct profile *profile)
{
	struct row row = { .list = "exposure",
			   .cells = { text_cell("unit", unit->name), text_cell("level", NULL),
				      text_cell("profile", profile ? profile->name : NULL),
				      text_cell("weakens", NULL), text_cell("sufficient", NULL) } };
	unsigned tenths;
	int r = exposure_measure(x, unit, profile, &tenths);

	if (r < 0)
		return r;
	row.cells[1].text = judge_format(show->judge, "%u.%u", tenths / 10, tenths % 10);
	if (profile)
		judge_profile(show, unit, profile, &row);
	add(show, row);
	return 0;
}

static void add_exposures(struct show *show, const struct profile *profiles)
{
	struct exposure x;
	int r = exposure_open(&x, show->judge);

	for (const struct unit *unit = show->judge->units; unit && r == 0; unit = unit->next) {
		if (!unit_is_service(unit))
			continue;
		r = add_exposure(show, &x, unit, NULL);
		for (size_t i = 0; i < arg_profiles.n && r == 0; i++)
			r = add_exposure(show, &x, unit, &profiles[i]);
	}
	exposure_close(&x);
	show->counts_exposure = r == 0;
	if (r < 0 && r != -EOPNOTSUPP)
		show->judge->failed = r;
}

static void print_text(const struct show *show)
{
	char shown[LOG_ESCAPED_SIZE];

	for (const struct row *row = show->first; row; row = row->next)
		if (!row->list && row->cells[0].text)
			printf("%s: %s\n", row->cells[0].key,
			       log_escape(row->cells[0].text, shown));
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		for (const struct row *row = show->first; row; row = row->next) {
			if (!row->list || strcmp(row->list, lists[i]) != 0)
				continue;
			printf("%s:", lists[i]);
			for (size_t j = 0; j < COLUMNS_MAX && row->cells[j].key; j++)
				if (row->cells[j].text)
					printf("  %s", log_escape(row->cells[j].text, shown));
			if (strcmp(lists[i], "profiles") == 0 && !row->cells[1].text)
				printf("  (not on this host)");
			(void)putchar('\n');
		}
	}
	if (!show->counts_exposure)
		puts("exposure:  (cannot be counted here: that takes systemd-analyze, 250 or later)");
}

static void print_cell(struct json *json, const struct cell *cell)
{
	uint64_t number;

	switch (cell->kind) {
	case CELL_NUMBER:
		if (parse_uint(cell->text, 0, UINT64_MAX, &number) == 0)
			json_number(json, cell->key, number);
		break;
	case CELL_YES:
	case CELL_NO:
		json_bool(json, cell->key, cell->kind == CELL_YES);
		break;
	case CELL_TEXT:
		json_text(json, cell->key, cell->text);
		break;
	}
}

static void print_json(const struct show *show)
{
	struct json json = { .out = stdout };

	json_open(&json, NULL, '{');
	json_number(&json, "version", JSON_VERSION);
	json_text(&json, "image", arg_image);
	for (const struct row *row = show->first; row; row = row->next)
		if (!row->list)
			print_cell(&json, &row->cells[0]);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		json_open(&json, lists[i], '[');
		for (const struct row *row = show->first; row; row = row->next) {
			if (!row->list || strcmp(row->list, lists[i]) != 0)
				continue;
			json_open(&json, NULL, '{');
			for (size_t j = 0; j < COLUMNS_MAX && row->cells[j].key; j++)
				print_cell(&json, &row->cells[j]);
			json_close(&json, '}');
		}
		json_close(&json, ']');
	}
	json_bool(&json, "exposure_known", show->counts_exposure);
	json_number(&json, "errors", show->errors);
	json_close(&json, '}');
	(void)putchar('\n');
}

/*
 * Reads those that are installed here. One that cannot be read is left out with a
 * warning: nobody asked for it. Returns 0 or a negative errno, logged.
 */
static int read_installed(struct pool *pool, struct profile *profiles)
{
	char shown[LOG_ESCAPED_SIZE];
	struct profile_file *file;
	int r = profile_files_find(pool, "", &file);

	arg_all_profiles = true;
	for (; r >= 0 && file && arg_profiles.n < TEXTS_MAX; file = file->next) {
		if (strcmp(file->type, "service") != 0 || file->shadowed_by)
			continue;
		r = profile_read(pool, "", file->profile, &profiles[arg_profiles.n]);
		if (r >= 0)
			arg_profiles.at[arg_profiles.n++] = file->profile;
		else if (r != -ENOMEM)
			log_warning("cannot read the profile '%s', ignoring",
				    log_escape(file->profile, shown));
		if (r != -ENOMEM)
			r = 0;
	}
	if (r < 0)
		log_failure(r, "cannot read the profiles of this host");
	return r;
}

/* Returns the exit status. */
static int show_image(struct judge *judge, const struct image_file *file,
		      const struct profile *profiles)
{
	struct show show = { .judge = judge };

	show.end = &show.first;
	judge_all(judge);
	show.errors = judge->errors;
	add_identity(&show, file);
	add_units(&show);
	add_needs(&show);
	add_init(&show);
	add_profiles(&show, profiles);
	add_exposures(&show, profiles);
	if (judge->failed < 0) {
		image_file_failure(arg_image, judge->failed);
		return EXIT_UNREADABLE;
	}
	if (arg_json)
		print_json(&show);
	else
		print_text(&show);
	return EXIT_SUCCESS;
}

int show_main(int argc, char *argv[])
{
	struct profile profiles[TEXTS_MAX] = { 0 };
	struct pool pool = POOL_EMPTY;
	struct image_file file = IMAGE_FILE_NONE;
	struct judge judge = { 0 };
	struct plan plan;
	const char *name;
	int r, status;

	status = arguments_parse(argc, argv, options, 1);
	if (status >= 0)
		return status;
	arg_image = argv[1];
	if (!arg_image)
		return usage_error("show: no image given", NULL);
	plan_open(&plan, &pool);
	r = arg_profiles.n == 0 ? read_installed(&pool, profiles)
				: profiles_read(&pool, &arg_profiles, profiles);
	if (r < 0) {
		status = EXIT_USAGE;
	} else if (image_file_read(&plan, arg_image, &file) < 0) {
		status = EXIT_UNREADABLE;
	} else if (!(name = image_file_name(&pool, arg_image))) {
		(void)pool_exhausted();
		status = EXIT_UNREADABLE;
	} else {
		judge_open(&judge, &plan, name);
		status = show_image(&judge, &file, profiles);
		judge_close(&judge);
	}
	plan_close(&plan);
	image_file_release(&file);
	for (size_t i = 0; i < arg_profiles.n; i++)
		profile_release(&profiles[i]);
	pool_release(&pool);
	return status;
}
