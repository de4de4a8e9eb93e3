/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb profiles: which ones a host has, and what each makes of an image. */
#include "verbs/profiles.h"

#include "arguments.h"
#include "base/json.h"
#include "log.h"
#include "read/image.h"
#include "rules/exposure.h"
#include "rules/judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of --json: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

static const char *arg_root = "";
static const char *arg_image; /* NULL: none */
static bool arg_json;

/* What is printed of one profile; either is NULL without an image. */
struct effect {
	struct judge *judge;
	struct exposure *exposure;
	struct profile profile;
	const char *problem; /* why there is no profile to judge; NULL: there is one */
};

static void help(void)
{
	printf("Usage: mkportable profiles [OPTION]... [IMAGE]\n"
	       "List the profiles that portablectl finds, and what each makes of an image.\n"
	       "\n"
	       "  --root=FOLDER    of the system that is installed there, not of this host\n"
	       "  --json           print JSON\n"
	       "  --help           show this text\n");
}

static const struct option options[] = {
	{ .name = "root", .text = &arg_root },
	{ .name = "json", .flag = &arg_json },
	{ .name = "help", .print = help },
	{ 0 },
};

/* "0.2", or NULL for what cannot be counted here. */
static const char *level(struct effect *e, const struct unit *unit, const struct profile *profile)
{
	unsigned tenths;
	int r = exposure_measure(e->exposure, unit, profile, &tenths);

	if (r < 0 && r != -EOPNOTSUPP)
		e->judge->failed = r;
	return r < 0 ? NULL : judge_format(e->judge, "%u.%u", tenths / 10, tenths % 10);
}

static void print_exposure(struct effect *e, const struct unit *unit, struct json *json)
{
	const char *alone = level(e, unit, NULL), *with = level(e, unit, &e->profile);

	if (arg_json) {
		json_open(json, NULL, '{');
		json_text(json, "unit", unit->name);
		json_text(json, "level", with);
		json_text(json, "alone", alone);
		json_close(json, '}');
	} else {
		printf("  %s: exposure %s, alone %s\n", unit->name, with ? with : "unknown",
		       alone ? alone : "unknown");
	}
}

static void print_finding(const struct finding *f, struct json *json)
{
	if (!arg_json) {
		printf("  %s: %s: %s\n", severity_name(f->severity), rule_info(f->rule)->name,
		       f->message);
		return;
	}
	json_open(json, NULL, '{');
	json_text(json, "rule", rule_info(f->rule)->name);
	json_text(json, "severity", severity_name(f->severity));
	json_text(json, "message", f->message);
	json_text(json, "remedy", f->remedy);
	json_close(json, '}');
}

/* What the profile makes of the services of the image. */
static void print_effect(struct effect *e, struct json *json)
{
	struct finding **from = e->judge ? e->judge->end : NULL;
	bool is_judged = e->judge && !e->problem;

	if (arg_json)
		json_open(json, "exposure", '[');
	for (const struct unit *unit = is_judged ? e->judge->units : NULL; unit; unit = unit->next)
		if (unit_is_service(unit)) {
			print_exposure(e, unit, json);
			rules_security(e->judge, unit, &e->profile);
		}
	if (arg_json) {
		json_close(json, ']');
		json_open(json, "findings", '[');
	}
	for (const struct finding *f = is_judged ? *from : NULL; f; f = f->next)
		print_finding(f, json);
	if (arg_json)
		json_close(json, ']');
}

static void print_file(const struct profile_file *file, struct json *json)
{
	char shown[LOG_ESCAPED_SIZE], other[LOG_ESCAPED_SIZE];

	if (arg_json) {
		json_open(json, NULL, '{');
		json_text(json, "type", file->type);
		json_text(json, "path", file->path);
		json_text(json, "shadowed_by", file->shadowed_by);
		json_close(json, '}');
		return;
	}
	printf("  %s: %s", file->type, log_escape(file->path, shown));
	if (file->shadowed_by)
		printf(" (not used: %s comes first)", log_escape(file->shadowed_by, other));
	(void)putchar('\n');
}

/* One profile, whose files are those from first on. Returns the first file of the next. */
static const struct profile_file *print_profile(struct effect *e, const struct profile_file *first,
						struct json *json)
{
	const struct profile_file *file;
	char shown[LOG_ESCAPED_SIZE];

	if (arg_json) {
		json_open(json, NULL, '{');
		json_text(json, "name", first->profile);
		json_text(json, "problem", e->problem);
		json_open(json, "files", '[');
	} else {
		printf("%s\n", log_escape(first->profile, shown));
	}
	for (file = first; file && strcmp(file->profile, first->profile) == 0; file = file->next)
		print_file(file, json);
	if (arg_json)
		json_close(json, ']');
	else if (e->problem)
		printf("  problem: %s\n", e->problem);
	print_effect(e, json);
	if (arg_json)
		json_close(json, '}');
	return file;
}

static const char *read_problem(struct pool *pool, const char *name, struct profile *ret)
{
	int r = profile_read(pool, arg_root, name, ret);

	switch (r) {
	case 0:
		return NULL;
	case -ENOENT:
		return "no service.conf: portablectl would attach services without a profile";
	case -EINVAL:
		return "service.conf has lines that systemd would skip";
	default:
		return "service.conf cannot be read";
	}
}

/* judge, exposure: NULL without an image. */
static void print_all(struct pool *pool, const struct profile_file *files, struct judge *judge,
		      struct exposure *exposure)
{
	struct json json = { .out = stdout };

	if (arg_json) {
		json_open(&json, NULL, '{');
		json_number(&json, "version", JSON_VERSION);
		json_text(&json, "image", arg_image);
		json_open(&json, "profiles", '[');
	} else if (!files) {
		puts("no profile is installed: whatever its name, portablectl would attach without one");
	}
	while (files) {
		struct effect e = { .judge = judge, .exposure = exposure };

		e.problem = read_problem(pool, files->profile, &e.profile);
		files = print_profile(&e, files, &json);
		if (!e.problem)
			profile_release(&e.profile);
	}
	if (arg_json) {
		json_close(&json, ']');
		json_close(&json, '}');
		(void)putchar('\n');
	}
}

/* Returns the exit status. */
static int print_for_image(struct pool *pool, const struct profile_file *files, struct plan *plan)
{
	const char *name = image_file_name(pool, arg_image);
	struct judge judge = { 0 };
	struct exposure exposure = { 0 };
	int r;

	if (!name) {
		(void)pool_exhausted();
		return EXIT_UNREADABLE;
	}
	judge_open(&judge, plan, name);
	judge_all(&judge);
	r = judge.failed < 0 ? judge.failed : exposure_open(&exposure, &judge);
	if (r >= 0)
		print_all(pool, files, &judge, &exposure);
	exposure_close(&exposure);
	if (r >= 0)
		r = judge.failed;
	if (r < 0)
		image_file_failure(arg_image, r);
	judge_close(&judge);
	return r < 0 ? EXIT_UNREADABLE : EXIT_SUCCESS;
}

int profiles_main(int argc, char *argv[])
{
	struct image_file file = IMAGE_FILE_NONE;
	struct profile_file *files = NULL;
	struct pool pool = POOL_EMPTY;
	struct plan plan;
	int r, status;

	status = arguments_parse(argc, argv, options, 1);
	if (status >= 0)
		return status;
	arg_image = argv[1];
	plan_open(&plan, &pool);
	r = profile_files_find(&pool, arg_root, &files);
	if (r < 0) {
		log_failure(r, "cannot read the folders of profiles");
		status = EXIT_FAILURE;
	} else if (!arg_image) {
		print_all(&pool, files, NULL, NULL);
		status = EXIT_SUCCESS;
	} else if (image_file_read(&plan, arg_image, &file) < 0) {
		status = EXIT_UNREADABLE;
	} else {
		status = print_for_image(&pool, files, &plan);
	}
	plan_close(&plan);
	image_file_release(&file);
	pool_release(&pool);
	return status;
}
