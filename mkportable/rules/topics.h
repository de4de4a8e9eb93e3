/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules by topic: each function applies the rules in the file of its name. A rule
 * gets what it looks at and the list to report to; it never asks the host.
 */
#ifndef TOPICS_H
#define TOPICS_H

#include "plan/plan.h"
#include "read/image.h"
#include "rules/exposure.h"
#include "rules/report.h"
#include "units/host-facts.h"
#include "units/needs.h"
#include "units/os-release-read.h"
#include "units/profile.h"
#include "units/requests.h"
#include "units/verify-read.h"

struct image;

/*
 * Which units systemd takes from an image with this file name and prefix, and what
 * it ignores. name: NULL if there may be none; prefix: NULL for all. systemd_version: 0 for any that we know. *ret: these units, by directory and name, in the pool;
 * unit_list_release().
 */
void rules_extraction(const struct plan *plan, const char *name, const char *prefix,
		      unsigned systemd_version, struct unit **ret, struct findings *findings);

/*
 * What the image calls itself. extension_prefixes: PORTABLE_PREFIXES= of its extensions, or
 * "". systemd_version: 0 for any that we know. *ret: its
 * os-release; empty when there is none.
 */
void rules_identity(const struct plan *plan, const char *name, const char *prefix,
		    const char *extension_prefixes, unsigned systemd_version,
		    struct os_release *ret, struct findings *findings);

/*
 * Extension images. A plan with a release file of an extension and no os-release is one.
 * rules_extension(): what it says of itself; returns whether it has a release file that
 * systemd reads. rules_extension_pair(): whether it fits an image, as portablectl attach
 * --extension= asks. extension_merge(): puts what a service sees of it over the plan of
 * the image; returns 0 or a negative errno. systemd_version: 0 for any that we know.
 */
bool extension_is(const struct plan *plan);
bool rules_extension(const struct plan *plan, const char *file_name, bool is_directory,
		     unsigned systemd_version, struct os_release *ret, struct findings *findings);
void rules_extension_pair(const struct os_release *base, const char *name,
			  const struct os_release *release, unsigned systemd_version,
			  struct findings *findings);
int extension_merge(struct plan *plan, const struct plan *extension);

/* What has no place in an image. */
void rules_structure(const struct plan *plan, struct findings *findings);

/* Faults that were reported, so that each is reported once. */
struct seen;

/* What the services of an image see. */
struct sights {
	const struct plan *plan;
	const struct unit *units;
	const struct needs *needs;
	bool writable;            /* systemd can write to the file system of the image */
	bool is_directory;        /* the image is a directory */
	unsigned systemd_version; /* 0: the newest */
	struct seen *seen;        /* NULL at first */
};

/*
 * Whether each service finds what it needs: places to mount over, its working directory,
 * its programs. profile: NULL for the services alone and under the stock profile "default".
 */
void rules_mounts(struct sights *sights, const struct profile *profile, struct findings *findings);

/* The image file itself: what it is called, and whether systemd can mount it. */
void rules_file(const struct image_file *file, unsigned systemd_version, struct findings *findings);

/*
 * Its partition table, and what protects it by dm-verity. architecture: of os-release; NULL:
 * it has none.
 */
void rules_disk(const struct image_file *file, const char *architecture, unsigned systemd_version,
		struct findings *findings);

/* Units by themselves and among each other. systemd_version: 0 for any that we know. */
void rules_units(const struct unit *units, unsigned systemd_version, struct findings *findings);

/* Units that are refused as a whole, and those that name a unit of the image that is missing. */
void rules_whole_units(const struct unit *units, const char *prefix, struct findings *findings);
void rules_ordering(const struct unit *units, struct findings *findings);

/* What `systemd-analyze verify` of that version says, unless it was found already. */
void rules_verified(const struct unit *units, const struct remark *remarks, unsigned version,
		    struct findings *findings);

/*
 * Whether each program can be started, those among the requested files included, and the
 * requested libraries be loaded. architecture: of os-release; NULL: it has none. native: the
 * machine of the host; "": any.
 */
void rules_programs(const struct plan *plan, const struct needs *needs,
		    const struct requests *requests, const char *architecture, const char *native,
		    struct findings *findings);

/*
 * What units need of the host, since an image cannot provide it. host: whose facts are known; NULL:
 * none.
 */
void rules_host(const struct plan *plan, const struct unit *units, const char *prefix,
		const struct host_facts *host, struct findings *findings);

/*
 * Whether a host whose facts are known can mount and run the image, and has room for its units.
 * architecture: of os-release; NULL: it has none.
 */
void rules_facts(const struct image_file *file, const char *architecture, const struct unit *units,
		 const struct host_facts *host, struct findings *findings);
void rules_facts_profile(const char *profile, const struct host_facts *host,
			 struct findings *findings);

/* What services of the host would read, and do not find, since it is in the image. */
void rules_delivery(const struct plan *plan, const struct unit *units, const char *prefix,
		    struct findings *findings);

/* What a profile makes of a service's own sandbox. */
void rules_security(const struct image *image, const struct unit *service,
		    const struct profile *profile, struct findings *findings);

/* Whether a service is exposed more than it may be, alone or under a profile; in tenths. */
void rules_exposure(const struct exposure *exposures, int max, struct findings *findings);

#endif
