/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the visitor counter answers: requests to pages, pages to bytes.
 *
 * Pure: no connection, no clock, no file.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum page_name {
	PAGE_TEXT,        /* the greeting, for curl */
	PAGE_HTML,        /* the greeting, for a browser */
	PAGE_COUNT,       /* the number alone, without counting */
	PAGE_BADGE,       /* a picture to embed; counts */
	PAGE_METRICS,     /* Prometheus' text format 0.0.4, which browsers show */
	PAGE_OPENMETRICS, /* OpenMetrics 1.0, which they save */
	PAGE_NO_ICON,     /* browsers request /favicon.ico by themselves: no visit */
	PAGE_BAD_REQUEST, /* it could be read in two ways */
	PAGE_NOT_FOUND,   /* any other path */
	PAGE_NOT_FOUND_HTML,
	PAGE_BAD_METHOD, /* anything but GET and HEAD */
	PAGE_TOO_LARGE,  /* the body is larger than what is read and discarded */
	PAGE_NO_NUMBER,  /* the number could not be written: nobody was counted */
	PAGE_NO_NUMBER_HTML,
	PAGE_NO_NUMBER_BADGE, /* a picture in a picture's place */
	PAGES
};

struct page {
	unsigned status;
	bool counts;                /* GET raises the number; HEAD never does */
	const char *type;           /* Content-Type; NULL for an answer without a body */
	const char *header, *value; /* one header of its own, or NULL */
	const char *policy;         /* Content-Security-Policy, or NULL */
};

extern const struct page pages[PAGES];

/*
 * Chooses the page for a request.
 *
 * target: path, without query; or the absolute form of RFC 9112 3.2.2.
 * accept: the Accept header, or NULL.
 */
enum page_name page_choose(const char *method, const char *target, const char *accept);

/* What is answered instead of a page that counts when nobody could be counted. */
enum page_name page_without_number(enum page_name name);

/* The status codes that our pages have, for counting them. */
#define PAGE_STATUSES 7

/* Where to count an answer: an index < PAGE_STATUSES. */
size_t page_status_index(unsigned status);

/* The values of the metrics. */
struct page_metrics {
	uint64_t visits;
	uint64_t requests[PAGE_STATUSES];
	unsigned connections;
};

/* Larger than the largest page with the largest numbers; a test measures them all. */
#define PAGE_SIZE 2048

/*
 * Writes the body of a page.
 *
 * number: the visitor's, or the current one for pages that do not count.
 * metrics: read for PAGE_METRICS only.
 * Returns its size in bytes, less than PAGE_SIZE.
 */
size_t page_render(enum page_name name, uint64_t number, const struct page_metrics *metrics,
		   char buffer[static PAGE_SIZE]);

#endif
