/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb lint: its options, and what it prints. */
#include "verbs/lint.h"

#include "arguments.h"
#include "base/json.h"
#include "log.h"
#include "number.h"
#include "read/image.h"
#include "rules/exposure.h"
#include "rules/judge.h"
#include "rules/sarif.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of --json: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

static const char *arg_prefix;
static struct texts arg_profiles;
static unsigned arg_systemd_version;
static unsigned arg_exposure_tenths;
static bool arg_exposure;

static enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_SARIF,
} arg_format;

static void help(void)
{
	printf("Usage: mkportable lint [OPTION]... IMAGE...\n"
	       "Say what systemd would refuse, ignore or fail at, before an image is attached.\n"
	       "\n"
	       "  --prefix=PREFIX        as attached with this prefix, not that of the file name\n"
	       "  --profile=NAME|PATH    judge the units under this profile as well;\n"
	       "                         may be given more than once\n"
	       "  --exposure-max=N.N     no service may have a higher exposure, by\n"
	       "                         'systemd-analyze security', alone or under a profile\n"
	       "  --systemd-version=N    for the systemd of that version\n"
	       "  --format=FORMAT        text (default), json, or sarif for code-review tools\n"
	       "  --json                 --format=json\n"
	       "  --rules                print the table of all rules, in Markdown\n"
	       "  --help                 show this text\n");
}

/* "0.3" or "3". */
static int parse_exposure(const char *text)
{
	const char *dot = strchrnul(text, '.');
	uint64_t whole, tenth = 0;

	if (parse_uint_bytes(text, (size_t)(dot - text), 0, 10, &whole) < 0 ||
	    (*dot && parse_uint(dot + 1, 0, 9, &tenth) < 0))
		return -EINVAL;
	arg_exposure = true;
	arg_exposure_tenths = (unsigned)(whole * 10 + tenth);
	return 0;
}

static int parse_format(const char *name)
{
	static const char *const names[] = {
		[FORMAT_TEXT] = "text",
		[FORMAT_JSON] = "json",
		[FORMAT_SARIF] = "sarif",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(name, names[i]) == 0) {
			arg_format = (enum format)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_json(const char *value)
{
	arg_format = FORMAT_JSON;
	return value ? -EINVAL : 0;
}

static const struct option options[] = {
	{ .name = "prefix", .text = &arg_prefix, .nonempty = true },
	{ .name = "profile", .texts = &arg_profiles, .nonempty = true },
	{ .name = "exposure-max",
	  .parse = parse_exposure,
	  .mistake = "not a number from 0 to 10 with one decimal" },
	{ .name = "systemd-version",
	  .number = &arg_systemd_version,
	  .min = 239, /* brought portable services */
	  .max = 9999,
	  .mistake = "not a version of systemd since 239" },
	{ .name = "format", .parse = parse_format, .mistake = "not one of text, json and sarif" },
	{ .name = "json", .parse = parse_json, .bare = true, .mistake = "takes no value" },
	{ .name = "rules", .print = rules_print },
	{ .name = "help", .print = help },
	{ 0 },
};

static void print_text(const struct judge *judge, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];

	(void)log_escape(path, shown);
	for (const struct finding *f = judge->first; f; f = f->next) {
		printf("%s: %s: %s: ", shown, severity_name(f->severity), rule_info(f->rule)->name);
		if (f->where)
			printf("%s: ", f->where);
		printf("%s\n", f->message);
		if (f->remedy[0])
			printf("  remedy: %s\n", f->remedy);
	}
}

static void print_json(struct json *json, const struct judge *judge, const char *path)
{
	json_open(json, NULL, '{');
	json_text(json, "image", path);
	json_text(json, "prefix", judge->prefix);
	json_number(json, "errors", judge->errors);
	json_open(json, "findings", '[');
	for (const struct finding *f = judge->first; f; f = f->next) {
		json_open(json, NULL, '{');
		json_text(json, "rule", rule_info(f->rule)->name);
		json_text(json, "severity", severity_name(f->severity));
		json_text(json, "where", f->where);
		json_text(json, "message", f->message);
		json_text(json, "remedy", f->remedy);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void print(struct json *json, const struct judge *judge, const char *path,
		  const struct image_file *file)
{
	switch (arg_format) {
	case FORMAT_TEXT:
		print_text(judge, path);
		break;
	case FORMAT_JSON:
		print_json(json, judge, path);
		break;
	case FORMAT_SARIF:
		sarif_image(json, judge, path, file->is_folder);
		break;
	}
}

static void print_begin(struct json *json)
{
	if (arg_format == FORMAT_JSON) {
		json_open(json, NULL, '{');
		json_number(json, "version", JSON_VERSION);
		json_open(json, "images", '[');
	} else if (arg_format == FORMAT_SARIF) {
		sarif_begin(json);
	}
}

static void print_end(struct json *json, int worst)
{
	if (arg_format == FORMAT_JSON) {
		json_close(json, ']');
		json_close(json, '}');
	} else if (arg_format == FORMAT_SARIF) {
		sarif_end(json, worst != EXIT_UNREADABLE);
	}
	if (arg_format != FORMAT_TEXT)
		(void)putchar('\n');
}

static void check_profiles(struct judge *judge, const struct profile *profiles)
{
	for (size_t i = 0; i < arg_profiles.n; i++)
		for (const struct unit *unit = judge->units; unit; unit = unit->next)
			if (unit_is_service(unit))
				rules_security(judge, unit, &profiles[i]);
}

/* Of one service, alone or under a profile. Returns 0 or a negative errno. */
static int check_exposure(struct exposure *x, const struct unit *unit,
			  const struct profile *profile)
{
	struct judge *judge = x->judge;
	unsigned tenths;
	int r;

	r = exposure_measure(x, unit, profile, &tenths);
	if (r < 0 || tenths <= arg_exposure_tenths)
		return r;
	judge_report(
		judge, RULE_EXPOSURE_TOO_HIGH, NULL, unit->name,
		judge_format(judge, "%u.%u", tenths / 10, tenths % 10),
		profile ? judge_format(judge, " under the profile '%s'", profile->name) : "",
		judge_format(judge, "%u.%u", arg_exposure_tenths / 10, arg_exposure_tenths % 10));
	return 0;
}

static void check_exposures(struct judge *judge, const struct profile *profiles)
{
	struct exposure x;
	int r = exposure_open(&x, judge);

	for (const struct unit *unit = judge->units; unit && r >= 0; unit = unit->next) {
		if (!unit_is_service(unit))
			continue;
		r = check_exposure(&x, unit, NULL);
		for (size_t i = 0; i < arg_profiles.n && r >= 0; i++)
			r = check_exposure(&x, unit, &profiles[i]);
	}
	exposure_close(&x);
	if (r == -EOPNOTSUPP)
		judge_report(judge, RULE_EXPOSURE_UNKNOWN, NULL);
	else if (r < 0)
		judge->failed = r;
}

/* Returns the exit status. */
static int lint(const char *path, const struct profile *profiles, struct json *json)
{
	struct pool pool = POOL_EMPTY;
	struct image_file file;
	struct plan plan;
	struct judge judge = { 0 };
	const char *name = image_file_name(&pool, path);
	int r, status = EXIT_UNREADABLE;

	plan_open(&plan, &pool);
	r = image_file_read(&plan, path, &file);
	if (r >= 0 && !name)
		(void)pool_exhausted();
	if (r >= 0 && name) {
		judge_open(&judge, &plan, name);
		if (arg_prefix)
			judge.prefix = arg_prefix;
		judge.systemd_version = arg_systemd_version;
		if (file.hides_xattrs)
			judge_report(&judge, RULE_CAPABILITY_UNSEEN, NULL);
		judge_all(&judge);
		check_profiles(&judge, profiles);
		if (arg_exposure)
			check_exposures(&judge, profiles);
		if (judge.failed < 0) {
			image_file_failure(path, judge.failed);
		} else {
			print(json, &judge, path, &file);
			status = judge.errors ? EXIT_FAILURE : EXIT_SUCCESS;
		}
		judge_close(&judge);
	}
	plan_close(&plan);
	image_file_release(&file);
	pool_release(&pool);
	return status;
}

int lint_main(int argc, char *argv[])
{
	struct profile profiles[TEXTS_MAX] = { 0 };
	struct pool pool = POOL_EMPTY;
	struct json json = { .out = stdout };
	int status, worst = EXIT_SUCCESS;

	status = arguments_parse(argc, argv, options, argc);
	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("lint: no image given", NULL);
	if (profiles_read(&pool, &arg_profiles, profiles) < 0) {
		worst = EXIT_USAGE;
	} else {
		print_begin(&json);
		for (char **image = argv + 1; *image; image++) {
			status = lint(*image, profiles, &json);
			worst = status > worst ? status : worst;
		}
		print_end(&json, worst);
	}
	for (size_t i = 0; i < arg_profiles.n; i++)
		profile_release(&profiles[i]);
	pool_release(&pool);
	return worst;
}
