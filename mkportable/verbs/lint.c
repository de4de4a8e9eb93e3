/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb lint: its options, and the order of the work. */
#include "verbs/verbs.h"

#include "arguments.h"
#include "number.h"
#include "rules/exposure.h"
#include "rules/topics.h"
#include "verbs/findings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_EXPOSURE_MAX (-1)

static const char *arg_prefix, *arg_certificate;
static struct texts arg_extensions, arg_profiles, arg_hosts;
static unsigned arg_systemd_version;
static int arg_exposure_max = NO_EXPOSURE_MAX; /* in tenths */

static const struct findings_format *arg_format = findings_formats;

struct machines {
	unsigned n;
	const char *at[GPT_ENTRIES];
};

static void help(void)
{
	printf("Usage: mkportable lint [OPTION]... IMAGE...\n"
	       "Say what systemd would refuse, ignore or fail at, before an image is attached.\n"
	       "\n"
	       "  --prefix=PREFIX        as attached with this prefix, not that of the file name\n"
	       "  --extension=IMAGE      with this extension image on top, as by portablectl attach;\n"
	       "                         may be given more than once\n"
	       "  --profile=NAME|PATH    judge the units under this profile as well;\n"
	       "                         may be given more than once\n"
	       "  --exposure-max=N.N     no service may have a higher exposure, by\n"
	       "                         'systemd-analyze security', alone or under a profile\n"
	       "  --certificate=FILE     verify the signature of a disk image by this certificate\n"
	       "  --systemd-version=N    for the systemd of that version\n"
	       "  --host=FILE            for the host whose facts these are, which 'portable-admin\n"
	       "                         doctor --export' printed; may be given more than once\n"
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
	arg_exposure_max = (int)(whole * 10 + tenth);
	return 0;
}

static int parse_format(const char *name)
{
	for (const struct findings_format *format = findings_formats; format->name; format++) {
		if (strcmp(name, format->name) == 0) {
			arg_format = format;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_json(const char *value)
{
	return value ? -EINVAL : parse_format("json");
}

static const struct option options[] = {
	{ .name = "prefix", .text = &arg_prefix, .nonempty = true },
	{ .name = "extension", .texts = &arg_extensions, .nonempty = true },
	{ .name = "profile", .texts = &arg_profiles, .nonempty = true },
	{ .name = "exposure-max",
	  .parse = parse_exposure,
	  .mistake = "not a number from 0 to 10 with one decimal" },
	{ .name = "certificate", .text = &arg_certificate, .nonempty = true },
	{ .name = "systemd-version",
	  .number = &arg_systemd_version,
	  .min = 239, /* brought portable services */
	  .max = 9999,
	  .mistake = "not a version of systemd since 239" },
	{ .name = "host", .texts = &arg_hosts, .nonempty = true },
	{ .name = "format", .parse = parse_format, .mistake = "not one of " FINDINGS_FORMATS },
	{ .name = "json", .parse = parse_json, .bare = true, .mistake = "takes no value" },
	{ .name = "rules", .print = rules_print },
	{ .name = "help", .print = help },
	{ 0 },
};

static void check_profiles(struct image *image, const struct profile *profiles)
{
	for (size_t i = 0; i < arg_profiles.n; i++)
		for (const struct unit *unit = image->units; unit; unit = unit->next)
			if (unit_is_service(unit))
				rules_security(image, unit, &profiles[i], &image->findings);
	for (size_t i = 0; i < arg_profiles.n; i++)
		rules_mounts(&image->sights, &profiles[i], &image->findings);
}

static void check_exposure(struct image *image, const struct profile *profiles)
{
	struct exposure *exposures = NULL;
	int r = exposure_measure(image->plan->pool, image->units, profiles, arg_profiles.n,
				 &exposures);

	if (r < 0)
		image->findings.failed = r;
	else
		rules_exposure(exposures, arg_exposure_max, &image->findings);
}

/* Returns the exit status; *ret_others: the further machines that the image is for, or NULL. */
static int lint_for(const struct image_host *host, const char *path, const struct profile *profiles,
		    struct json *json, struct machines *ret_others)
{
	struct opened_image opened;
	int r = opened_image_read(&opened, path, &arg_extensions, arg_prefix, host);
	int status = EXIT_UNREADABLE;

	if (r >= 0) {
		for (size_t i = 0; host->facts && i < arg_profiles.n; i++)
			rules_facts_profile(arg_profiles.at[i], host->facts,
					    &opened.image.findings);
		image_verify(&opened.image);
		check_profiles(&opened.image, profiles);
		if (arg_exposure_max != NO_EXPOSURE_MAX && !opened.image.findings.failed)
			check_exposure(&opened.image, profiles);
		r = opened_image_check(&opened);
	}
	if (r >= 0) {
		arg_format->image(json, &opened);
		status = opened.image.findings.errors ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	if (r >= 0 && ret_others)
		ret_others->n = opened_image_others(&opened, ret_others->at);
	opened_image_release(&opened);
	return status;
}

/* For each machine that it is for. Returns the worst exit status. */
static int lint(struct image_host host, const char *path, const struct profile *profiles,
		struct json *json)
{
	struct machines others = { 0 };
	int worst = lint_for(&host, path, profiles, json, &others), status;

	for (unsigned i = 0; i < others.n; i++) {
		host.machine = others.at[i];
		status = lint_for(&host, path, profiles, json, NULL);
		worst = status > worst ? status : worst;
	}
	return worst;
}

/* For each host, or for any. Returns the worst exit status. */
static int lint_on_hosts(struct image_host host, const struct host_facts *facts, const char *path,
			 const struct profile *profiles, struct json *json)
{
	int worst = EXIT_SUCCESS, status;

	if (arg_hosts.n == 0)
		return lint(host, path, profiles, json);
	for (size_t i = 0; i < arg_hosts.n; i++) {
		host.facts = &facts[i];
		host.machine = facts[i].architecture;
		host.systemd_version = facts[i].systemd_version;
		status = lint_for(&host, path, profiles, json, NULL);
		worst = status > worst ? status : worst;
	}
	return worst;
}

/* Returns 0, or a negative errno for what was logged. */
static int read_hosts(struct host_facts *facts)
{
	int r = 0;

	for (size_t i = 0; i < arg_hosts.n && r >= 0; i++)
		r = host_facts_read(arg_hosts.at[i], &facts[i]);
	return r;
}

int lint_main(int argc, char *argv[])
{
	struct profile profiles[TEXTS_MAX] = { 0 };
	struct host_facts facts[TEXTS_MAX] = { 0 };
	struct pool pool = POOL_EMPTY;
	struct certificate *certificate = NULL;
	struct image_host host = { 0 };
	struct json json = { .out = stdout };
	int status, worst = EXIT_SUCCESS;

	status = arguments_parse(argc, argv, options, argc);
	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("lint: no image given", NULL);
	if (arg_hosts.n > 0 && arg_systemd_version)
		return usage_error("lint: --systemd-version= goes with no --host=", NULL);
	if (arg_certificate)
		certificate = certificate_read(arg_certificate);
	host.systemd_version = arg_systemd_version;
	host.certificate = certificate;
	if ((arg_certificate && !certificate) || read_hosts(facts) < 0 ||
	    profiles_read(&pool, &arg_profiles, profiles) < 0) {
		worst = EXIT_USAGE;
	} else {
		if (arg_format->begin)
			arg_format->begin(&json);
		for (char **image = argv + 1; *image; image++) {
			status = lint_on_hosts(host, facts, *image, profiles, &json);
			worst = status > worst ? status : worst;
		}
		if (arg_format->end)
			arg_format->end(&json, worst != EXIT_UNREADABLE);
	}
	for (size_t i = 0; i < arg_profiles.n; i++)
		profile_release(&profiles[i]);
	for (size_t i = 0; i < arg_hosts.n; i++)
		host_facts_release(&facts[i]);
	certificate_free(certificate);
	pool_release(&pool);
	return worst;
}
