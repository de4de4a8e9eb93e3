/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image as the rules see it, and all rules applied in their order. */
#ifndef ALL_H
#define ALL_H

#include "plan/plan.h"
#include "read/image.h"
#include "rules/report.h"
#include "rules/topics.h"
#include "units/needs.h"
#include "units/os-release-read.h"
#include "units/requests.h"
#include "units/unit.h"

/* An image that is attached on top of another one. */
struct extension {
	struct extension *next;
	const struct plan *plan;
	const char *name; /* of its file */
	bool is_directory;
	struct os_release release;
	bool has_release;
};

struct image {
	struct plan *plan;             /* borrowed; everything is in its pool */
	const char *name;              /* the file name that portablectl sees */
	const char *prefix;            /* of its units */
	unsigned systemd_version;      /* 0: any that we know */
	const struct image_file *file; /* borrowed; NULL: it is being built */
	struct extension *extensions;  /* on top of it; borrowed */
	bool is_extension;             /* it is one itself */
	const struct host_facts *host; /* it is judged for; borrowed; NULL: for any */
	struct findings findings;

	/* Found by the rules. */
	struct os_release os_release;
	struct unit *units; /* those that systemd extracts */
	struct needs needs;
	struct requests requests;

	/* writable and is_directory are set by who reads the image. */
	struct sights sights;
};

/* plan and its pool outlive the image. name is kept; the prefix is that of the name. */
void image_open(struct image *image, struct plan *plan, const char *name);
void image_close(struct image *image);

/* Finds the units and what they need; comes first. */
void image_find_units(struct image *image);

/*
 * Takes what the programs load from what is offered to the plan, whose findings are not
 * those of the image yet. Returns 0 or a negative errno.
 */
int image_fetch(struct image *image);

/* Applies the rules of every topic but profiles and exposure. */
void image_judge(struct image *image);

/*
 * Adds what systemd-analyze(1) says of the units, if it is there and not older than
 * systemd_version. Runs a program; comes last.
 */
void image_verify(struct image *image);

#endif
