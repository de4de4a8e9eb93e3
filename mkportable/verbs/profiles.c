/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb profiles: which ones a host has, and what each makes of an image. */
#include "verbs/verbs.h"

#include "arguments.h"
#include "json.h"
#include "log.h"
#include "rules/exposure.h"
#include "rules/topics.h"
#include "verbs/findings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of --json: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

static const char *arg_root = "";
static bool arg_json;

/* A profile, and what it makes of the image. */
struct listed {
	struct listed *next;
	const struct profile_file *file; /* its first */
	const struct profile *profile;   /* NULL: there is none to judge */
	const char *problem;             /* why not */
};

struct profiles {
	struct pool *pool;
	struct listed *first;
	struct profile *at; /* those that can be judged */
	size_t n;
	struct opened_image opened;
	bool has_image;
	const struct exposure *exposures;
	int failed; /* a negative errno of judging; 0: none */
	struct json json;
};

static void help(void)
{
	printf("Usage: mkportable profiles [OPTION]... [IMAGE]\n"
	       "List the profiles that portablectl finds, and what each makes of an image.\n"
	       "\n"
	       "  --root=DIRECTORY  of the system that is installed there, not of this host\n"
	       "  --json            print JSON\n"
	       "  --help            show this text\n");
}

static const struct option options[] = {
	{ .name = "root", .text = &arg_root },
	{ .name = "json", .flag = &arg_json },
	{ .name = "help", .print = help },
	{ 0 },
};

/* "0.2", or NULL for what cannot be counted here. */
static const char *level(const struct profiles *p, const struct unit *unit,
			 const struct profile *profile)
{
	const struct exposure *e = p->exposures;

	while (e && (e->unit != unit || e->profile != profile))
		e = e->next;
	if (!e || e->tenths == EXPOSURE_UNKNOWN)
		return NULL;
	return pool_format(p->pool, "%d.%d", e->tenths / 10, e->tenths % 10);
}

static void print_exposure(struct profiles *p, const struct unit *unit,
			   const struct profile *profile)
{
	const char *alone = level(p, unit, NULL), *with = level(p, unit, profile);

	if (arg_json) {
		json_open(&p->json, NULL, '{');
		json_text(&p->json, "unit", unit->name);
		json_text(&p->json, "level", with);
		json_text(&p->json, "alone", alone);
		json_close(&p->json, '}');
	} else {
		printf("  %s: exposure %s, alone %s\n", unit->name, with ? with : "unknown",
		       alone ? alone : "unknown");
	}
}

static void print_finding(struct profiles *p, const struct finding *f)
{
	if (arg_json)
		finding_write_json(&p->json, p->pool, f);
	else
		printf("  %s: %s: %s\n", severity_name(f->severity), rule_info(f->rule)->name,
		       f->message);
}

/* What the profile makes of the services of the image. */
static void print_effect(struct profiles *p, const struct profile *profile)
{
	bool is_judged = p->has_image && profile;
	struct findings findings;

	findings_open(&findings, p->pool);
	if (arg_json)
		json_open(&p->json, "exposure", '[');
	for (const struct unit *unit = is_judged ? p->opened.image.units : NULL; unit;
	     unit = unit->next)
		if (unit_is_service(unit)) {
			print_exposure(p, unit, profile);
			rules_security(&p->opened.image, unit, profile, &findings);
		}
	if (arg_json) {
		json_close(&p->json, ']');
		json_open(&p->json, "findings", '[');
	}
	for (const struct finding *f = findings.first; f; f = f->next)
		print_finding(p, f);
	if (findings.failed < 0)
		p->failed = findings.failed;
	if (arg_json)
		json_close(&p->json, ']');
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

static void print_profile(struct profiles *p, const struct listed *listed)
{
	const char *name = listed->file->profile;
	char shown[LOG_ESCAPED_SIZE];

	if (arg_json) {
		json_open(&p->json, NULL, '{');
		json_text(&p->json, "name", name);
		json_text(&p->json, "problem", listed->problem);
		json_open(&p->json, "files", '[');
	} else {
		printf("%s\n", log_escape(name, shown));
	}
	for (const struct profile_file *file = listed->file;
	     file && strcmp(file->profile, name) == 0; file = file->next)
		print_file(file, &p->json);
	if (arg_json)
		json_close(&p->json, ']');
	else if (listed->problem)
		printf("  problem: %s\n", listed->problem);
	print_effect(p, listed->profile);
	if (arg_json)
		json_close(&p->json, '}');
}

static void print(struct profiles *p)
{
	if (arg_json) {
		json_open(&p->json, NULL, '{');
		json_number(&p->json, "version", JSON_VERSION);
		json_text(&p->json, "image", p->has_image ? p->opened.path : NULL);
		json_open(&p->json, "profiles", '[');
	} else if (!p->first) {
		puts("no profile is installed: whatever its name, portablectl would attach without one");
	}
	for (const struct listed *listed = p->first; listed; listed = listed->next)
		print_profile(p, listed);
	if (arg_json) {
		json_close(&p->json, ']');
		json_close(&p->json, '}');
		(void)putchar('\n');
	}
}

static const char *read_problem(struct pool *pool, const char *name, struct profile *ret)
{
	switch (profile_read(pool, arg_root, name, ret)) {
	case 0:
		return NULL;
	case -ENOENT:
		return "no service.conf: portablectl would attach services without a profile";
	case -EINVAL:
		return "service.conf has lines that systemd would ignore";
	default:
		return "service.conf cannot be read";
	}
}

/* Lists and reads the profiles of these files. Returns 0 or -ENOMEM, logged. */
static int read_profiles(struct profiles *p, const struct profile_file *files)
{
	struct listed *listed, **end = &p->first;
	const char *name = NULL;
	size_t n = 0;

	for (const struct profile_file *file = files; file; file = file->next)
		n++;
	p->at = pool_take(p->pool, (n + 1) * sizeof *p->at);
	if (!p->at)
		return pool_exhausted();
	for (; files; files = files->next) {
		if (name && strcmp(files->profile, name) == 0)
			continue;
		name = files->profile;
		listed = pool_take(p->pool, sizeof *listed);
		if (!listed)
			return pool_exhausted();
		listed->file = files;
		listed->problem = read_problem(p->pool, name, &p->at[p->n]);
		if (!listed->problem)
			listed->profile = &p->at[p->n++];
		*end = listed;
		end = &listed->next;
	}
	return 0;
}

/* Returns the exit status. */
static int print_for_image(struct profiles *p, const char *path)
{
	struct exposure *exposures = NULL;
	int r = 0;

	p->has_image =
		opened_image_read(&p->opened, path, NULL, NULL, &(struct image_host){ 0 }) >= 0;
	if (p->has_image) {
		r = exposure_measure(p->pool, p->opened.image.units, p->at, p->n, &exposures);
		p->exposures = exposures;
		if (r >= 0)
			print(p);
		if (r < 0 || p->failed < 0)
			image_file_failure(path, r < 0 ? r : p->failed);
	}
	opened_image_release(&p->opened);
	return p->has_image && r >= 0 && p->failed >= 0 ? EXIT_SUCCESS : EXIT_UNREADABLE;
}

int profiles_main(int argc, char *argv[])
{
	struct profile_file *files = NULL;
	struct pool pool = POOL_EMPTY;
	struct profiles p = { .pool = &pool, .json = { .out = stdout } };
	int r, status;

	status = arguments_parse(argc, argv, options, 1);
	if (status >= 0)
		return status;
	r = profile_files_find(&pool, arg_root, &files);
	if (r < 0)
		log_failure(r, "cannot read the directories of profiles");
	else
		r = read_profiles(&p, files);
	if (r < 0) {
		status = EXIT_FAILURE;
	} else if (argv[1]) {
		status = print_for_image(&p, argv[1]);
	} else {
		print(&p);
		status = EXIT_SUCCESS;
	}
	for (size_t i = 0; i < p.n; i++)
		profile_release(&p.at[i]);
	pool_release(&pool);
	return status;
}
