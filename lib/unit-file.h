/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads unit files as systemd does: systemd.syntax(7), and in what it leaves open, as
 * systemd's parser was seen to do.
 *
 * Pure: bytes in, settings out. It opens no file, logs nothing and accepts any bytes.
 * Specifiers (%i) are not resolved.
 */
#ifndef UNIT_FILE_H
#define UNIT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Larger than any unit file that people write; systemd has no limit. */
#define UNIT_FILE_SIZE_MAX ((size_t)4 * 1024 * 1024)

/* systemd's LONG_LINE_MAX, for a line and for all that continue it. */
#define UNIT_LINE_SIZE_MAX ((size_t)1024 * 1024)

struct unit_setting {
	const char *section; /* "Service", without the brackets */
	const char *key;
	const char *value; /* white space stripped, continuation lines joined; may be empty */
	unsigned line;     /* its first line, from 1 */
};

struct unit_file {
	size_t n;
	struct unit_setting *settings; /* in the order of the file */
	char *text;                    /* what they point into */
};

#define UNIT_FILE_NONE ((struct unit_file){ 0 })

/*
 * Called for each line that systemd would warn about and skip. what: the reason, without
 * the line's text: "missing '='".
 */
typedef void unit_problem_fn(void *userdata, unsigned line, const char *what);

/*
 * Parses a unit file. problem may be NULL.
 *
 * Returns 0 (problems or not), -EFBIG above UNIT_FILE_SIZE_MAX or UNIT_LINE_SIZE_MAX, -ENOMEM. On
 * failure *ret is untouched; else it is the caller's to release.
 */
int unit_file_parse(const char *bytes, size_t size, unit_problem_fn *problem, void *userdata,
		    struct unit_file *ret);
void unit_file_release(struct unit_file *file);

/* The value of a setting that takes one: the last; NULL if there is none. */
const char *unit_file_last(const struct unit_file *file, const char *section, const char *key);

/* Whether that value is a yes, as in parse_boolean(). */
bool unit_file_is_yes(const struct unit_file *file, const char *section, const char *key);

/*
 * Goes through the assignments of a setting that takes a list: those after the last
 * empty one, which resets it.
 *
 * previous: NULL for the first. Returns NULL at the end.
 */
const struct unit_setting *unit_file_next(const struct unit_file *file, const char *section,
					  const char *key, const struct unit_setting *previous);

/* Whether the file has this section, with a setting in it. */
int unit_file_has_section(const struct unit_file *file, const char *section);

/* The words of a value. */
struct unit_words {
	size_t n;
	char **at; /* one block of memory with the words; at[n] is NULL */
};

#define UNIT_WORDS_NONE ((struct unit_words){ 0 })

/* Between the commands of one ExecStart= line; never written to. */
extern char unit_separator[];

/*
 * Splits a value at white space, removes quotes ('…', "…") and resolves the C escapes of
 * systemd.syntax(7). An unknown escape stays unchanged, as in systemd. A semicolon that
 * is a word of its own becomes unit_separator (compare the pointer); as "\;" or in
 * quotes it is a plain ";".
 *
 * Returns 0, -EINVAL for a quote that is not closed or a value that ends within an
 * escape, -ENOMEM. On failure *ret is untouched; else the caller
 * releases it.
 */
int unit_words_split(const char *value, struct unit_words *ret);
void unit_words_release(struct unit_words *words);

/*
 * The value of a boolean setting: 1, yes, y, true, t, on; 0, no, n, false, f, off; in
 * any case of letters. Returns 0, or -EINVAL with *ret untouched.
 */
int parse_boolean(const char *text, bool *ret);

#endif
