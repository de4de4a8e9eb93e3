/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Collections of quotes in fortune format: text, with a line "%" between one
 * quote and the next.
 *
 * A collection takes no more memory than the text it was read from: the quotes stay
 * where they were read, and the index, one number for sixteen of them, fits in what
 * their "%" lines leave free. It is a copy, not a mapping: a file that is being
 * edited must not change what we serve, nor end us (SIGBUS).
 */
#ifndef QUOTES_H
#define QUOTES_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 865: "should be limited to less than 512 characters"; we count bytes, CR LFs included. */
#define QUOTE_SIZE_MAX 511

/* A million quotes; a limit, so that a wrong path cannot use up the memory. */
#define QUOTES_FILE_SIZE_MAX ((size_t)128 * 1024 * 1024)

/* The index has the position of one quote in so many. */
#define QUOTES_PER_MARK 16

struct quote_file {
	char *text;   /* the quotes one after another, each ended by a NUL; then the index */
	size_t n;     /* quotes */
	size_t marks; /* where in text the index is: uint32_t, where quotes 16, 32 … begin */
	size_t size;  /* of all that */
};

struct quotes {
	size_t n; /* in all files together */
	size_t n_files;
	struct quote_file *files;
};

#define QUOTES_NONE ((struct quotes){ 0 })

/*
 * Called for each quote that is skipped. what: "longer than 511 bytes".
 */
typedef void quote_problem_fn(void *userdata, unsigned line, const char *what);

/*
 * Parses a text in place. Pure, and cannot fail; there may be no quote.
 *
 * Skips quotes that cannot be sent: longer than QUOTE_SIZE_MAX as sent,
 * with control characters, not UTF-8. White space at the ends of lines, and blank
 * lines around a quote, do not count; a quote of nothing else is no quote.
 *
 * text: aligned as by malloc(3), with one byte of room after size; it becomes ret->text,
 * and its owner stays the same. size: at most QUOTES_FILE_SIZE_MAX.
 * problem may be NULL.
 */
void quotes_parse(char *text, size_t size, quote_problem_fn *problem, void *userdata,
		  struct quote_file *ret);

/*
 * Adds the quotes of a file after the others.
 *
 * Returns 0 (also when no quote was found), -EFBIG above QUOTES_FILE_SIZE_MAX, or
 * another error of file_read().
 */
int quotes_add_file(struct quotes *quotes, const char *path, quote_problem_fn *problem,
		    void *userdata);

void quotes_release(struct quotes *quotes);

/*
 * Writes a quote as RFC 865 wants it: lines ended by CR LF, tabs turned into
 * spaces up to the next column that is a multiple of 8.
 *
 * index: below quotes->n. Returns the size, 1 … QUOTE_SIZE_MAX. No NUL is added.
 */
size_t quotes_render(const struct quotes *quotes, size_t index, char ret[static QUOTE_SIZE_MAX]);

/*
 * Goes through the names in a directory that end in ".quotes" and do not begin with a
 * dot, sorted by bytes: the order decides which quote is today's. It reads the
 * directory each time, so it is for few files.
 *
 * name: the previous one, "" for the first; the next one replaces it. Returns 1, 0 when
 * there is none, -ENOTDIR when path is not a directory, or the errno of opendir(3) and
 * readdir(3).
 */
int quotes_next_name(const char *path, char name[static NAME_MAX + 1]);

#endif
