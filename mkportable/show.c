/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb show: what is in an image. Everything is a row of named texts in a list;
 * they are collected first, and printed as text or as JSON.
 */
#include "show.h"

#include "elf-file.h"
#include "exposure.h"
#include "image-reader.h"
#include "json.h"
#include "judge.h"
#include "log.h"
#include "number.h"
#include "programs.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of --json: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

#define PROFILES_MAX 32
#define COLUMNS_MAX  3

static const char *arg_profiles[PROFILES_MAX];
static size_t arg_profiles_n;
static const char *arg_image;
static bool arg_json;

/* The lists, in the order of the output; NULL: single values. */
static const char *const lists[] = {
	"units", "programs", "sockets", "directories", "users", "exposure",
};

struct row {
	struct row *next;
	const char *list; /* of lists; NULL: a value of the image itself */
	const char *keys[COLUMNS_MAX];
	const char *values[COLUMNS_MAX];
};

struct show {
	struct judge *judge;
	struct row *first, **end;
};

static void help(void)
{
	printf("Usage: mkportable show [OPTION]... IMAGE\n"
	       "Show what is in a portable service image.\n"
	       "\n"
	       "  --profile=NAME|PATH    count the exposure under this profile as well;\n"
	       "                         may be given more than once\n"
	       "  --json                 print JSON\n"
	       "  --help                 show this text\n");
}

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

static void add_value(struct show *show, const char *key, const char *value)
{
	add(show, (struct row){ .keys = { key }, .values = { value } });
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
	add_value(show, "size",
		  file->size ? judge_format(show->judge, "%" PRIu64, file->size) : NULL);
}

static const char *linkage(struct show *show, const struct plan_entry *entry)
{
	struct elf_facts facts;
	const char *words;
	char *bytes;
	size_t size;
	int r;

	if (plan_read(show->judge->plan, entry, PROGRAM_SIZE_MAX, &bytes, &size) < 0)
		return "unreadable";
	if (size >= 2 && memcmp(bytes, "#!", 2) == 0) {
		words = "script";
	} else {
		r = elf_read(show->judge->plan->pool, bytes, size, &facts);
		words = r < 0 ? "unknown" : facts.interpreter ? "dynamic" : "static";
	}
	free(bytes);
	return words;
}

static bool has_row(const struct show *show, const char *list, const char *value)
{
	for (const struct row *row = show->first; row; row = row->next)
		if (row->list && strcmp(row->list, list) == 0 && strcmp(row->values[0], value) == 0)
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
			if (!entry || entry->type != PLAN_FILE || has_row(show, "programs", path))
				continue;
			add(show,
			    (struct row){ .list = "programs",
					  .keys = { "path", "size", "linkage" },
					  .values = { path,
						      judge_format(show->judge, "%zu", entry->size),
						      linkage(show, entry) } });
		} else if (strstr(need->key, "Directory") == need->key + strlen(need->key) - 9 &&
			   strcmp(need->key, "WorkingDirectory") != 0) {
			add(show,
			    (struct row){ .list = "directories",
					  .keys = { "path", "setting", "unit" },
					  .values = { need->path, need->key, need->unit->name } });
		}
	}
}

static void add_sockets(struct show *show, const struct unit *unit)
{
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];

		if (strcmp(s->section, "Socket") == 0 && strncmp(s->key, "Listen", 6) == 0)
			add(show, (struct row){ .list = "sockets",
						.keys = { "address", "kind", "unit" },
						.values = { s->value, s->key + 6, unit->name } });
	}
}

static void add_units(struct show *show)
{
	for (const struct unit *unit = show->judge->units; unit; unit = unit->next) {
		const char *user = judge_value(unit, "Service", "User");

		add(show, (struct row){ .list = "units",
					.keys = { "name", "description" },
					.values = { unit->name,
						    judge_value(unit, "Unit", "Description") } });
		if (strcmp(unit->suffix, ".socket") == 0)
			add_sockets(show, unit);
		if (!unit_is_service(unit))
			continue;
		if (is_yes(judge_value(unit, "Service", "DynamicUser")))
			user = user[0] ? user : "dynamic";
		add(show, (struct row){ .list = "users",
					.keys = { "unit", "user" },
					.values = { unit->name, user[0] ? user : "root" } });
	}
}

static int add_exposure(struct show *show, struct exposure *x, const struct unit *unit,
			const struct profile *profile)
{
	unsigned tenths;
	int r = exposure_measure(x, unit, profile, &tenths);

	if (r >= 0)
		add(show, (struct row){ .list = "exposure",
					.keys = { "unit", "level", "profile" },
					.values = { unit->name,
						    judge_format(show->judge, "%u.%u", tenths / 10,
								 tenths % 10),
						    profile ? profile->name : NULL } });
	/* Where it cannot be measured, it is left out. */
	return r == -ENOENT || r == -EOPNOTSUPP ? 1 : r;
}

static void add_exposures(struct show *show, const struct profile *profiles)
{
	struct exposure x;
	int r = exposure_open(&x, show->judge);

	for (const struct unit *unit = show->judge->units; unit && r == 0; unit = unit->next) {
		if (!unit_is_service(unit))
			continue;
		r = add_exposure(show, &x, unit, NULL);
		for (size_t i = 0; i < arg_profiles_n && r == 0; i++)
			r = add_exposure(show, &x, unit, &profiles[i]);
	}
	exposure_close(&x);
	if (r < 0)
		show->judge->failed = r;
}

static void print_text(const struct show *show)
{
	char shown[LOG_ESCAPED_SIZE];

	for (const struct row *row = show->first; row; row = row->next)
		if (!row->list && row->values[0])
			printf("%s: %s\n", row->keys[0], log_escape(row->values[0], shown));
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		for (const struct row *row = show->first; row; row = row->next) {
			if (!row->list || strcmp(row->list, lists[i]) != 0)
				continue;
			printf("%s:", lists[i]);
			for (size_t j = 0; j < COLUMNS_MAX && row->keys[j]; j++)
				if (row->values[j])
					printf("  %s", log_escape(row->values[j], shown));
			(void)putchar('\n');
		}
	}
}

/* Sizes are numbers, everything else is text. */
static void print_member(struct json *json, const char *key, const char *value)
{
	uint64_t number;

	if (value && strcmp(key, "size") == 0 && parse_uint(value, 0, UINT64_MAX, &number) == 0)
		json_number(json, key, number);
	else
		json_text(json, key, value);
}

static void print_json(const struct show *show)
{
	struct json json = { .out = stdout };

	json_open(&json, NULL, '{');
	json_number(&json, "version", JSON_VERSION);
	json_text(&json, "image", arg_image);
	for (const struct row *row = show->first; row; row = row->next)
		if (!row->list)
			print_member(&json, row->keys[0], row->values[0]);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		json_open(&json, lists[i], '[');
		for (const struct row *row = show->first; row; row = row->next) {
			if (!row->list || strcmp(row->list, lists[i]) != 0)
				continue;
			json_open(&json, NULL, '{');
			for (size_t j = 0; j < COLUMNS_MAX && row->keys[j]; j++)
				print_member(&json, row->keys[j], row->values[j]);
			json_close(&json, '}');
		}
		json_close(&json, ']');
	}
	json_number(&json, "errors", show->judge->errors);
	json_close(&json, '}');
	(void)putchar('\n');
}

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	enum {
		PROFILE = 256,
		JSON,
		HELP
	};
	static const struct option options[] = {
		{ "profile", required_argument, NULL, PROFILE },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	char shown[LOG_ESCAPED_SIZE];
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
		switch (c) {
		case PROFILE:
			if (arg_profiles_n == PROFILES_MAX) {
				log_error("--profile: more than %d profiles", PROFILES_MAX);
				return 2;
			}
			arg_profiles[arg_profiles_n++] = optarg;
			break;
		case JSON:
			arg_json = true;
			break;
		case HELP:
			help();
			return 0;
		case ':':
			log_error("'%s' needs a value", log_escape(argv[optind - 1], shown));
			return 2;
		default:
			log_error("unknown option '%s'", log_escape(argv[optind - 1], shown));
			return 2;
		}
	}
	if (argc - optind != 1) {
		log_error(argc == optind ? "show: no image given"
					 : "show: more than one image given");
		return 2;
	}
	arg_image = argv[optind];
	return -1;
}

/* Returns the exit status. */
static int show_image(struct judge *judge, const struct image_file *file,
		      const struct profile *profiles)
{
	struct show show = { .judge = judge };
	char shown[LOG_ESCAPED_SIZE];

	show.end = &show.first;
	judge_all(judge);
	add_identity(&show, file);
	add_units(&show);
	add_needs(&show);
	add_exposures(&show, profiles);
	if (judge->failed < 0) {
		log_failure(judge->failed, "cannot read the image '%s'",
			    log_escape(arg_image, shown));
		return 3;
	}
	if (arg_json)
		print_json(&show);
	else
		print_text(&show);
	return EXIT_SUCCESS;
}

int show_main(int argc, char *argv[])
{
	struct profile profiles[PROFILES_MAX] = { 0 };
	struct pool pool = POOL_EMPTY;
	struct image_file file = IMAGE_FILE_NONE;
	struct judge judge = { 0 };
	struct plan plan;
	const char *name;
	int status = parse_arguments(argc, argv);

	if (status >= 0)
		return status;
	plan_open(&plan, &pool);
	if (profiles_read(&pool, arg_profiles, arg_profiles_n, profiles) < 0) {
		status = 2;
	} else if (image_file_read(&plan, arg_image, &file) < 0) {
		status = 3;
	} else if (!(name = image_file_name(&pool, arg_image))) {
		(void)pool_exhausted();
		status = 3;
	} else {
		judge_open(&judge, &plan, name);
		status = show_image(&judge, &file, profiles);
		judge_close(&judge);
	}
	plan_close(&plan);
	image_file_release(&file);
	for (size_t i = 0; i < arg_profiles_n; i++)
		profile_release(&profiles[i]);
	pool_release(&pool);
	return status;
}
