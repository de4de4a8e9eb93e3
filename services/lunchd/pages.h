/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lunchd answers over HTTPS. Pure: no connection, no clock, no file. */
#ifndef PAGES_H
#define PAGES_H

#include "menu.h"

#include <stddef.h>

enum page_name {
	PAGE_TEXT, /* a lunch, for curl */
	PAGE_HTML, /* the same, for a browser */
	PAGE_BAD_REQUEST,
	PAGE_NOT_FOUND,
	PAGE_BAD_METHOD, /* anything but GET and HEAD */
	PAGE_TOO_LARGE,
	PAGE_NO_LUNCH, /* the kernel has no random numbers */
	PAGES
};

struct page {
	unsigned status;
	const char *type;           /* Content-Type */
	const char *header, *value; /* one header of its own, or NULL */
	const char *policy;         /* Content-Security-Policy, or NULL */
};

extern const struct page pages[PAGES];

/* accept: the header, or NULL. target: a path, or the absolute form. */
enum page_name page_choose(const char *method, const char *target, const char *accept);

/* Larger than the page of the longest lunch, all of it escaped; a test measures it. */
#define PAGE_SIZE 4608

/*
 * Writes the body of a page. lunch: read for PAGE_TEXT and PAGE_HTML only. Returns its size in
 * bytes, less than PAGE_SIZE.
 */
size_t page_render(enum page_name name, const struct lunch *lunch, char buffer[static PAGE_SIZE]);

#endif
