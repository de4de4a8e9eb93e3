/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an upgrade notes before it changes anything, so that the next call can finish or undo
 * it, whenever it was killed. The file has the syntax of a unit file. Pure: bytes in, values
 * out.
 */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "pool.h"
#include "text-list.h"

#include <stdbool.h>
#include <stddef.h>

/* Thousands of units. */
#define TRANSACTION_SIZE_MAX ((size_t)1024 * 1024)

enum phase {
	PHASE_TRYING, /* the new version may be attached, wholly or in part: to be undone */
	PHASE_GOOD,   /* it is healthy: to be finished */
};

/* A unit as it was before. An instance of a template is one of its own. */
struct noted_unit {
	struct noted_unit *next;
	const char *name;
	bool was_active;
	bool was_enabled, was_enabled_runtime;
	bool was_disabled; /* could be enabled, and was not */
	bool answered;     /* a socket whose service answered the probe */
};

struct transaction {
	enum phase phase;
	bool is_rollback;
	const char *old, *new; /* paths */
	const char *kept;      /* a hard link to the old one; NULL: none */
	const char *profile;   /* its name; "": none */
	bool is_runtime;
	struct text_list *extensions; /* paths */
	struct text_list *matches;    /* what its units begin with */
	struct noted_unit *units;
};

/* Returns 0 and the bytes, in the pool; -EINVAL if a path cannot be written down; -ENOMEM. */
int transaction_write(struct pool *pool, const struct transaction *transaction, const char **ret);

/* Returns 0; -EBADMSG if transaction_write() did not write it; -EFBIG; -ENOMEM. */
int transaction_read(struct pool *pool, const char *bytes, size_t size, struct transaction *ret);

/* NULL if it is not there. */
struct noted_unit *transaction_unit(const struct transaction *transaction, const char *name);

#endif
