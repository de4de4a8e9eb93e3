/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types of partitions for root file systems: Discoverable Partitions Specification, UAPI.2. */
#ifndef PARTITION_TYPES_H
#define PARTITION_TYPES_H

#include "disk/uuid.h"

/* What a partition is for. */
enum partition_role {
	PARTITION_OTHER,
	PARTITION_ROOT,
	PARTITION_VERITY,    /* the hash tree of a root */
	PARTITION_SIGNATURE, /* of the root hash */
};
#define PARTITION_ROLES 4

struct partition_type {
	const char *architecture;           /* a name of systemd; "": of any */
	const char *uuids[PARTITION_ROLES]; /* by role; NULL: it has none */
};

/*
 * The row of a type, and its role. The architecture "" is Linux in general, which serves as
 * a root if there is no other. NULL for another type.
 */
const struct partition_type *partition_type_of(const struct uuid *uuid, enum partition_role *ret);

/* The row of an architecture. NULL if it has no types. */
const struct partition_type *partition_types_for(const char *architecture);

#endif
