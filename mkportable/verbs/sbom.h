/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bill of materials as others read it. */
#ifndef SBOM_H
#define SBOM_H

#include "plan/bill.h"

#include <stdint.h>

struct sbom_format {
	const char *name; /* of --sbom= */
	/* Returns 0, or a negative errno for what was logged. seconds: when it was made. */
	int (*print)(struct pool *pool, const struct bill *bill, uint32_t seconds);
};

/* The last name is NULL. */
extern const struct sbom_format sbom_formats[];
#define SBOM_FORMATS "cyclonedx and spdx"

#endif
