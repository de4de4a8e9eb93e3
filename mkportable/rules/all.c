/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All rules, in their order. */
#include "rules/all.h"

#include "architecture.h"
#include "names.h"
#include "rules/analyze.h"
#include "rules/topics.h"
#include "units/mounts.h"

#include <errno.h>
#include <string.h>

void image_open(struct image *image, struct plan *plan, const char *name)
{
	*image = (struct image){ .plan = plan, .name = name };
	findings_open(&image->findings, plan->pool);
	needs_open(&image->needs, plan->pool);
	requests_open(&image->requests, plan->pool);
	image->prefix =
		report_format(&image->findings, "%.*s", (int)image_prefix_length(name), name);
}

void image_close(struct image *image)
{
	unit_list_release(image->units);
}

/* A unit of the image comes before one of an extension; a list that has it ends with NULL. */
static void find_units_of_extensions(struct image *image)
{
	struct unit *others = NULL, **end = &others, *next;

	for (const struct extension *e = image->extensions; e; e = e->next) {
		rules_extraction(e->plan, NULL, image->prefix, image->systemd_version, end,
				 &image->findings);
		while (*end)
			end = &(*end)->next;
	}
	rules_extraction(image->plan, others || image->is_extension ? NULL : image->name,
			 image->prefix, image->systemd_version, &image->units, &image->findings);
	for (struct unit *unit = others; unit; unit = next) {
		next = unit->next;
		unit->next = NULL;
		for (end = &image->units; *end && strcmp((*end)->name, unit->name) != 0;)
			end = &(*end)->next;
		if (*end)
			unit_list_release(unit);
		else
			*end = unit;
	}
}

static const char *judge_extensions(struct image *image)
{
	const char *prefixes = "", *more;

	for (struct extension *e = image->extensions; e; e = e->next) {
		e->has_release =
			rules_extension(e->plan, e->name, e->is_directory, image->systemd_version,
					&e->release, &image->findings);
		more = e->has_release ? os_release_value(&e->release, "PORTABLE_PREFIXES") : NULL;
		if (more)
			prefixes = report_format(&image->findings, "%s %s", prefixes, more);
	}
	return prefixes;
}

static void merge_extensions(struct image *image)
{
	int r = 0;

	for (struct extension *e = image->extensions; e && r == 0; e = e->next) {
		if (e->has_release)
			rules_extension_pair(&image->os_release, e->name, &e->release,
					     image->systemd_version, &image->findings);
		r = extension_merge(image->plan, e->plan);
	}
	if (r < 0)
		image->findings.failed = r;
}

void image_find_units(struct image *image)
{
	int r;

	if (image->is_extension)
		image->prefix = NULL;
	find_units_of_extensions(image);
	for (const struct unit *unit = image->units; unit; unit = unit->next) {
		struct mounts mounts; /* for the mistakes in their settings */

		r = requests_read(&image->requests, unit);
		if (r == 0 || r == -EINVAL)
			r = needs_programs(&image->needs, unit);
		if ((r == 0 || r == -EINVAL) && unit_is_service(unit))
			r = mounts_read(image->plan->pool,
					&(struct mounts_request){ .unit = unit,
								  .systemd_version =
									  image->systemd_version },
					&mounts);
		if (r < 0 && r != -EINVAL) /* which was reported */
			image->findings.failed = r;
	}
}

int image_fetch(struct image *image)
{
	struct findings findings;

	findings_open(&findings, image->plan->pool);
	rules_programs(image->plan, &image->needs, &image->requests, NULL, "", &findings);
	return findings.failed;
}

static void judge_disk(struct image *image)
{
	if (image->file)
		rules_disk(image->file, os_release_value(&image->os_release, "ARCHITECTURE"),
			   image->systemd_version, &image->findings);
}

void image_judge(struct image *image)
{
	if (image->file)
		rules_file(image->file, image->systemd_version, &image->findings);
	if (image->is_extension) {
		if (image->file)
			report(&image->findings, RULE_EXTENSION_ALONE, WHOLE_IMAGE);
		(void)rules_extension(image->plan, image->name, image->sights.is_directory,
				      image->systemd_version, &image->os_release, &image->findings);
		judge_disk(image);
		return;
	}
	rules_identity(image->plan, image->name, image->prefix, judge_extensions(image),
		       image->systemd_version, &image->os_release, &image->findings);
	judge_disk(image);
	merge_extensions(image);
	image->sights.plan = image->plan;
	image->sights.units = image->units;
	image->sights.needs = &image->needs;
	image->sights.systemd_version = image->systemd_version;
	rules_mounts(&image->sights, NULL, &image->findings);
	rules_structure(image->plan, &image->findings);
	rules_units(image->units, image->systemd_version, &image->findings);
	rules_whole_units(image->units, image->prefix, &image->findings);
	rules_ordering(image->units, &image->findings);
	rules_programs(image->plan, &image->needs, &image->requests,
		       os_release_value(&image->os_release, "ARCHITECTURE"),
		       image->file ? image->file->machine : architecture_native(),
		       &image->findings);
	rules_host(image->plan, image->units, image->prefix, image->host, &image->findings);
	if (image->host && image->file)
		rules_facts(image->file, os_release_value(&image->os_release, "ARCHITECTURE"),
			    image->units, image->host, &image->findings);
	rules_delivery(image->plan, image->units, image->prefix, &image->findings);
}

void image_verify(struct image *image)
{
	struct remark *remarks = NULL;
	unsigned version = 0;
	int r = analyze_verify(image->plan->pool, image->units, &remarks, &version);

	if (r < 0)
		image->findings.failed = r;
	else if (version >= image->systemd_version)
		rules_verified(image->units, remarks, version, &image->findings);
}
