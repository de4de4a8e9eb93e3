/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What units ask for in their section [X-Portable], which systemd skips: Files=, Packages=
 * and Libraries= of the trees that an image is made from.
 *
 * Pure except for messages: settings in, requests out.
 */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "pool.h"
#include "units/unit.h"

#include <stdbool.h>

#define REQUESTS_SECTION "X-Portable"

enum request_kind {
	REQUEST_FILE,    /* an absolute path, simplified, which may have * ? and [] */
	REQUEST_PACKAGE, /* of dpkg: "NAME" or "NAME:ARCHITECTURE" */
	REQUEST_LIBRARY, /* that a program of the unit loads by this name: "libz.so.1" */
};

struct request {
	struct request *next;
	enum request_kind kind;
	const char *text;
	const char *key; /* the setting */
	const struct unit *unit;
	unsigned line;
};

/* A file that was taken for a request. */
struct requested {
	struct requested *next;
	const char *path;
	const struct request *request;
	bool by_name; /* Files= has its whole path, and not a directory, a pattern or a package */
};

struct requests {
	struct pool *pool; /* borrowed */
	struct request *first, **end;
	struct requested *requested; /* by requested_take() */
};

/* Whether [X-Portable] has this key. */
bool requests_know(const char *key);

void requests_open(struct requests *requests, struct pool *pool);

/*
 * Adds the requests of a unit. Returns 0, or -EINVAL or -ENOMEM, reported; after -EINVAL,
 * a mistake in the unit, all other requests were added.
 */
int requests_read(struct requests *requests, const struct unit *unit);

#endif
