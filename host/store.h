/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What portable-admin keeps of each image, below /var/lib/portable-admin. */
#ifndef STORE_H
#define STORE_H

#include "pool.h"
#include "transaction.h"

#include <stdbool.h>

enum store_file {
	STORE_UPGRADE,  /* the transaction that runs, or was interrupted */
	STORE_PREVIOUS, /* the last one that succeeded: its old version is the way back */
};

struct store {
	int directory_fd;
	int lock_fd;
	const char *name; /* of the image; borrowed */
};

#define STORE_NONE ((struct store){ .directory_fd = -1, .lock_fd = -1 })

/* Only root has one. Takes the lock of this image. Returns 0, or a negative errno for what was
 * logged. */
int store_open(struct store *store, const char *name);
void store_close(struct store *store);

/* Returns 0; -ENOENT; or another negative errno for what was logged. */
int store_read(const struct store *store, struct pool *pool, enum store_file file,
	       struct transaction *ret);

/* On the disk when it returns. Returns 0, or a negative errno for what was logged. */
int store_write(const struct store *store, struct pool *pool, enum store_file file,
		const struct transaction *transaction);

/* The transaction is over: it becomes the previous one, or is forgotten. The same errors. */
int store_finish(const struct store *store, bool succeeded);

/* A version whose upgrade was cut off once is tried again, and then no more. */
enum store_mark {
	STORE_NOT_MARKED,
	STORE_INTERRUPTED,
	STORE_BAD
};

/* Versions are known by the name of their file, without the count of tries. The same errors. */
int store_mark_of(const struct store *store, struct pool *pool, const char *path,
		  enum store_mark *ret);
int store_mark(const struct store *store, struct pool *pool, const char *path,
	       enum store_mark mark);

#endif
