/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * os-release(5) of an image, from a template: lines of KEY=value, where @NAME@
 * stands for a value. Comments and empty lines are left out, and so is a line
 * with a name that has no value.
 *
 * Pure: bytes in, bytes out.
 */
#ifndef OS_RELEASE_H
#define OS_RELEASE_H

#include "pool.h"

#include <stddef.h>

/* A template has some ten lines. */
#define OS_RELEASE_TEMPLATE_MAX ((size_t)64 * 1024)

struct os_release_value {
	const char *name;  /* "VERSION", without the @ */
	const char *value; /* NULL or "": none */
};

/*
 * Fills in a template. The output is quoted and escaped as os-release(5) asks for,
 * whatever quotes the template has; control characters in values become spaces.
 *
 * values: the last one has the name NULL.
 * Returns 0 and sets *ret (in the pool, NUL-terminated), -ENOMEM, or -EINVAL for a
 * broken template: then *ret_line is the line and *ret_what says what is wrong, in
 * the pool. A template without ID= is broken; systemd refuses such an image.
 */
int os_release_fill(struct pool *pool, const char *bytes, size_t size,
		    const struct os_release_value *values, const char **ret, unsigned *ret_line,
		    const char **ret_what);

#endif
