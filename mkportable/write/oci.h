/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans as an image for container engines: an OCI image layout, as a directory or, if the
 * output's name ends in ".tar", as an archive. https://github.com/opencontainers/image-spec
 *
 * Each plan is an image of one layer. Of several, for different machines, an index is made.
 */
#ifndef WRITE_OCI_H
#define WRITE_OCI_H

#include "plan/container.h"
#include "pool.h"
#include "write/common.h"

/* The image on one machine. */
struct oci_image {
	struct oci_image *next;
	const struct plan *plan;
	const struct container *container;
	const char *architecture; /* architecture_oci_name() knows it */
};

struct oci {
	struct pool *pool;        /* borrowed */
	const char *id, *version; /* version: "" if there is none */
	const char *description;  /* NULL: none */
	const struct oci_image *images;
};

/*
 * By what name engines know an image that is in no registry, "localhost/ID:VERSION". Any text is
 * accepted: capital letters of the id become small ones, and what a registry does not allow
 * becomes "-" or is left out; no version is "0". NULL without memory.
 */
const char *oci_reference(struct pool *pool, const char *id, const char *version);

/* Whether the output is an archive. */
bool oci_is_archive(const char *name);

/* For pack(): output->oci is written. Returns 0, or a negative errno for what was logged. */
int pack_oci(const struct plan *plan, const struct pack_output *output, uint32_t seconds);

/* The archive, to a descriptor; -EPIPE is not logged. */
int pack_oci_stream(int fd, const struct plan *plan, const struct pack_output *output,
		    uint32_t seconds);

#endif
