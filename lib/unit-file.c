/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads unit files as systemd does. */
#include "unit-file.h"

#include "elements.h"
#include "utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WHITE_SPACE " \t\n\r"

char unit_separator[] = ";";

struct parser {
	struct unit_file file;
	size_t room; /* in file.settings */
	const char *section;
	bool section_valid;
	unit_problem_fn *problem;
	void *userdata;
};

static void tell(struct parser *p, unsigned line, const char *what)
{
	if (p->problem)
		p->problem(p->userdata, line, what);
}

/* Removes white space at both ends, in place. */
static char *strip(char *text)
{
	size_t length;

	text += strspn(text, WHITE_SPACE);
	length = strlen(text);
	while (length > 0 && strchr(WHITE_SPACE, text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

int parse_boolean(const char *text, bool *ret)
{
	/* Those that mean yes have even numbers. */
	static const char words[][sizeof "false"] = { "1",    "0",     "yes", "no", "y",  "n",
						      "true", "false", "t",   "f",  "on", "off" };

	for (size_t i = 0; i < ELEMENTS(words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*ret = i % 2 == 0;
			return 0;
		}
	}
	return -EINVAL;
}

static int add_setting(struct parser *p, struct unit_setting setting)
{
	struct unit_setting *larger;
	size_t room;

	if (p->file.n == p->room) {
		room = p->room ? p->room * 2 : 64;
		larger = reallocarray(p->file.settings, room, sizeof *larger);
		if (!larger)
			return -ENOMEM;
		p->file.settings = larger;
		p->room = room;
	}
	p->file.settings[p->file.n++] = setting;
	return 0;
}

/* One line as systemd sees it: continuation lines joined, comments removed. */
static int parse_line(struct parser *p, char *text, unsigned line)
{
	struct unit_setting setting = { .line = line };
	char *equals;
	size_t length;

	text = strip(text);
	if (text[0] == '\0')
		return 0;
	if (!utf8_is_valid(text)) {
		tell(p, line, "not UTF-8");
		return 0;
	}

	if (text[0] == '[') {
		length = strlen(text);
		p->section_valid = length > 2 && text[length - 1] == ']';
		if (!p->section_valid) {
			tell(p, line, "not a section header: '[' without ']' at the end");
			return 0;
		}
		text[length - 1] = '\0';
		p->section = text + 1;
		return 0;
	}

	equals = strchr(text, '=');
	if (!equals) {
		tell(p, line, "neither a section header nor an assignment: missing '='");
		return 0;
	}
	if (!p->section_valid) {
		tell(p, line, "assignment outside of a section");
		return 0;
	}
	*equals = '\0';
	setting.section = p->section;
	setting.key = strip(text);
	setting.value = strip(equals + 1);
	if (setting.key[0] == '\0') {
		tell(p, line, "missing key before '='");
		return 0;
	}
	return add_setting(p, setting);
}

/* An odd number of backslashes at the end: the last one is not escaped itself. */
static bool is_continued(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && text[length - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

static bool is_comment(const char *text, size_t length)
{
	while (length > 0 && strchr(WHITE_SPACE, *text)) {
		text++;
		length--;
	}
	return length > 0 && (*text == '#' || *text == ';');
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

/* Where a line ends, and where the next one begins: "\n", "\r", or one of each is one end. */
static const char *find_end(const char *line, const char *end, const char **ret_next)
{
	const char *next;

	while (line < end && !ends_line(*line))
		line++;
	next = line + (line < end);
	*ret_next = next + (next < end && ends_line(*next) && *next != *line);
	return line;
}

/*
 * Splits the text into lines and joins continued ones, in place: what is joined
 * only ever gets shorter, so the write position never overtakes the read one.
 */
static int parse_text(struct parser *p, size_t size)
{
	char *text = p->file.text, *start = text, *out = text;
	const char *in = text, *end = text + size;
	unsigned line = 0, first_line = 0;
	bool continuing = false;
	int r;

	if (size >= 3 && memcmp(in, "\xef\xbb\xbf", 3) == 0)
		in += 3; /* a byte order mark */

	while (in < end) {
		const char *next;
		size_t length = (size_t)(find_end(in, end, &next) - in);

		line++;
		/* systemd takes a NUL for the end of a line; in a unit file it is always damage. */
		if (memchr(in, '\0', length)) {
			tell(p, line, "contains a NUL byte");
			in = next;
			continue;
		}
		if (length > UNIT_LINE_SIZE_MAX)
			return -EFBIG;
		/* A comment between continued lines does not end them. */
		if (is_comment(in, length)) {
			in = next;
			continue;
		}
		if (!continuing) {
			start = out;
			first_line = line;
		}
		memmove(out, in, length);
		in = next;
		out += length;
		if ((size_t)(out - start) > UNIT_LINE_SIZE_MAX)
			return -EFBIG;
		continuing = is_continued(start, (size_t)(out - start));
		if (continuing) {
			out[-1] = ' ';
			continue;
		}
		*out++ = '\0';
		r = parse_line(p, start, first_line);
		if (r < 0)
			return r;
	}
	if (continuing) {
		*out = '\0';
		return parse_line(p, start, first_line);
	}
	return 0;
}

int unit_file_parse(const char *bytes, size_t size, unit_problem_fn *problem, void *userdata,
		    struct unit_file *ret)
{
	struct parser p = { .problem = problem, .userdata = userdata };
	int r;

	if (size > UNIT_FILE_SIZE_MAX)
		return -EFBIG;
	p.file.text =
		malloc(size + 1); /* the last line may lack the newline that becomes its NUL */
	if (!p.file.text)
		return -ENOMEM;
	if (size > 0)
		memcpy(p.file.text, bytes, size);

	r = parse_text(&p, size);
	if (r < 0) {
		unit_file_release(&p.file);
		return r;
	}
	*ret = p.file;
	return 0;
}

void unit_file_release(struct unit_file *file)
{
	free(file->settings);
	free(file->text);
	*file = UNIT_FILE_NONE;
}

static bool is_setting(const struct unit_setting *s, const char *section, const char *key)
{
	return strcmp(s->section, section) == 0 && strcmp(s->key, key) == 0;
}

const char *unit_file_last(const struct unit_file *file, const char *section, const char *key)
{
	for (size_t i = file->n; i > 0; i--)
		if (is_setting(&file->settings[i - 1], section, key))
			return file->settings[i - 1].value;
	return NULL;
}

bool unit_file_is_yes(const struct unit_file *file, const char *section, const char *key)
{
	const char *value = unit_file_last(file, section, key);
	bool yes;

	return value && parse_boolean(value, &yes) == 0 && yes;
}

const struct unit_setting *unit_file_next(const struct unit_file *file, const char *section,
					  const char *key, const struct unit_setting *previous)
{
	const struct unit_setting *s = file->settings, *end = s ? s + file->n : NULL;

	if (previous) {
		s = previous + 1;
	} else {
		/* After the last reset, so that none follows. */
		for (const struct unit_setting *t = s; t < end; t++)
			if (t->value[0] == '\0' && is_setting(t, section, key))
				s = t + 1;
	}
	for (; s < end; s++)
		if (is_setting(s, section, key))
			return s;
	return NULL;
}

int unit_file_has_section(const struct unit_file *file, const char *section)
{
	for (size_t i = 0; i < file->n; i++)
		if (strcmp(file->settings[i].section, section) == 0)
			return 1;
	return 0;
}

/* Reads exactly so many digits of that base; returns -1 if there are fewer. */
static int64_t read_digits(const char *text, unsigned n, unsigned base)
{
	int64_t value = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned digit = c >= '0' && c <= '9'   ? c - '0'
				 : c >= 'a' && c <= 'f' ? c - 'a' + 10
				 : c >= 'A' && c <= 'F' ? c - 'A' + 10
							: 16;

		if (digit >= base)
			return -1;
		value = value * base + digit;
	}
	return value;
}

/*
 * Resolves what follows a backslash. Writes at most as many bytes as it reads,
 * including the backslash, and advances both. An unknown escape stays unchanged.
 */
static void unescape(const char **in, char **out)
{
	static const char letters[] = "abfnrtvs\\\"'";
	static const char meanings[] = "\a\b\f\n\r\t\v \\\"'";
	const char *p = *in, *letter = strchr(letters, *p);
	int64_t value;

	if (letter) {
		*(*out)++ = meanings[letter - letters];
		*in = p + 1;
		return;
	}
	switch (*p) {
	case 'x':
		value = read_digits(p + 1, 2, 16);
		if (value > 0) { /* \x00 would end the word */
			*(*out)++ = (char)value;
			*in = p + 3;
			return;
		}
		break;
	case 'u':
	case 'U':
		value = read_digits(p + 1, *p == 'u' ? 4 : 8, 16);
		if (value > 0 && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff)) {
			*out += utf8_write((uint32_t)value, *out);
			*in = p + (*p == 'u' ? 5 : 9);
			return;
		}
		break;
	default:
		value = read_digits(p, 3, 8);
		if (value > 0 && value <= 0xff) {
			*(*out)++ = (char)value;
			*in = p + 3;
			return;
		}
	}
	*(*out)++ = '\\';
	*(*out)++ = *p;
	*in = p + 1;
}

/*
 * Copies the next word and its NUL to *out. Returns 1, 0 when there is none, or
 * -EINVAL. Never writes more than it reads, so that a value's words fit in its
 * own length: a word and its NUL against a word and the white space behind it.
 */
static int next_word(const char **in, char **out)
{
	const char *p = *in + strspn(*in, WHITE_SPACE);
	char quote = '\0';

	if (*p == '\0')
		return 0;
	while (*p != '\0' && (quote || !strchr(WHITE_SPACE, *p))) {
		if (*p == '\\') {
			p++;
			if (*p == '\0')
				return -EINVAL;
			unescape(&p, out);
		} else if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? '\0' : *p;
			p++;
		} else {
			*(*out)++ = *p++;
		}
	}
	if (quote)
		return -EINVAL;
	*(*out)++ = '\0';
	*in = p;
	return 1;
}

/* Whether the first word of the value is this text. */
static bool stands_alone(const char *value, const char *text)
{
	size_t length = strlen(text);

	value += strspn(value, WHITE_SPACE);
	return strncmp(value, text, length) == 0 &&
	       (value[length] == '\0' || strchr(WHITE_SPACE, value[length]));
}

int unit_words_split(const char *value, struct unit_words *ret)
{
	/* Every second byte at most begins a word. */
	size_t length = strlen(value), most = length / 2 + 1;
	struct unit_words words = UNIT_WORDS_NONE;
	char *out;
	int r;

	words.at = malloc((most + 1) * sizeof(char *) + length + 1);
	if (!words.at)
		return -ENOMEM;
	out = (char *)(words.at + most + 1);
	for (;;) {
		bool separator = stands_alone(value, ";"), semicolon = stands_alone(value, "\\;");
		char *word = out;

		r = next_word(&value, &out);
		if (r <= 0)
			break;
		words.at[words.n++] = separator ? unit_separator : semicolon ? word + 1 : word;
	}
	if (r < 0) {
		free(words.at);
		return r;
	}
	words.at[words.n] = NULL;
	*ret = words;
	return 0;
}

void unit_words_release(struct unit_words *words)
{
	free(words->at);
	*words = UNIT_WORDS_NONE;
}
