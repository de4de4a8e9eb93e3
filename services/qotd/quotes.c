/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collections of quotes in fortune format. */
#include "quotes.h"

#include "file.h"
#include "utf8.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)

/* As terminals and fortune(6) have it. */
#define TAB_COLUMNS 8

#define SUFFIX ".quotes"

struct parser {
	size_t n;
	char *start; /* of the current quote, as it is kept */
	char *out;   /* its end */
	unsigned line, first_line;
	quote_problem_fn *problem;
	void *userdata;
};

static bool is_control(unsigned char c, unsigned char next)
{
	/* U+0080 … U+009F as well: terminals interpret them. */
	return c < ' ' || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0);
}

/*
 * Decides what can be sent. A NUL follows the text.
 *
 * Returns the size, -EMSGSIZE if it is above QUOTE_SIZE_MAX, -EILSEQ for control
 * characters; then ret is undefined.
 */
static int render(const char *text, size_t length, char ret[static QUOTE_SIZE_MAX])
{
	size_t size = 0, column = 0, wanted;
	bool beyond_ascii = false;

	for (size_t i = 0; i <= length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i == length || c == '\n') {
			if (QUOTE_SIZE_MAX - size < 2)
				return -EMSGSIZE;
			ret[size++] = '\r';
			ret[size++] = '\n';
			column = 0;
			continue;
		}
		if (c == '\t') {
			wanted = TAB_COLUMNS - column % TAB_COLUMNS;
			if (QUOTE_SIZE_MAX - size < wanted)
				return -EMSGSIZE;
			memset(ret + size, ' ', wanted);
			size += wanted;
			column += wanted;
			continue;
		}
		if (is_control(c, (unsigned char)text[i + 1]))
			return -EILSEQ;
		if (size == QUOTE_SIZE_MAX)
			return -EMSGSIZE;
		ret[size++] = (char)c;
		beyond_ascii |= c >= 0x80;
		column += c >> 6 != 2; /* a character begins */
	}
	if (beyond_ascii && !utf8_is_valid(text))
		return -EILSEQ;
	return (int)size;
}

static void end_quote(struct parser *p)
{
	char rendered[QUOTE_SIZE_MAX];
	int r;

	while (p->out > p->start && p->out[-1] == '\n')
		p->out--;
	if (p->out == p->start)
		return;
	*p->out = '\0';

	r = render(p->start, (size_t)(p->out - p->start), rendered);
	if (r >= 0) {
		p->n++;
		p->start = ++p->out;
		return;
	}
	if (p->problem)
		p->problem(p->userdata, p->first_line,
			   r == -EMSGSIZE ? "longer than " STRINGIFY(QUOTE_SIZE_MAX) " bytes"
					  : "control characters, or not UTF-8");
	p->out = p->start;
}

static size_t without_trailing_blanks(const char *line, size_t length)
{
	while (length > 0 &&
	       (line[length - 1] == ' ' || line[length - 1] == '\t' || line[length - 1] == '\r'))
		length--;
	return length;
}

static void add_line(struct parser *p, const char *line, size_t length)
{
	if (p->out == p->start) {
		if (length == 0)
			return;
		p->first_line = p->line;
	}
	memmove(p->out, line, length);
	p->out += length;
	*p->out++ = '\n';
}

/*
 * The write position never overtakes the read one: a line replaces itself and its
 * newline, a NUL the last newline. Only the last line of a file may lack a newline;
 * there the NUL takes the byte after the text.
 */
static void parse_lines(struct parser *p, const char *in, const char *end)
{
	if (end - in >= 3 && memcmp(in, "\xef\xbb\xbf", 3) == 0)
		in += 3; /* a byte order mark */

	while (in < end) {
		const char *newline = memchr(in, '\n', (size_t)(end - in));
		const char *next = newline ? newline + 1 : end;
		size_t length =
			without_trailing_blanks(in, (size_t)((newline ? newline : end) - in));

		p->line++;
		if (length == 1 && *in == '%')
			end_quote(p);
		else
			add_line(p, in, length);
		in = next;
	}
	end_quote(p);
}

static const char *next_quote(const char *text)
{
	return text + strlen(text) + 1;
}

/*
 * After the quotes. Each but the last left the two bytes of its "%" line free: sixteen
 * of them leave 32, for a mark of four and the alignment of the first.
 */
static void make_index(struct quote_file *file, size_t kept, size_t room)
{
	const char *quote = file->text;
	uint32_t *marks;

	file->marks = (kept + alignof(uint32_t) - 1) / alignof(uint32_t) * alignof(uint32_t);
	file->size = file->marks + (file->n - 1) / QUOTES_PER_MARK * sizeof *marks;
	if (file->n <= QUOTES_PER_MARK) {
		file->size = kept;
		return;
	}
	assert(file->size <= room);
	marks = (uint32_t *)(void *)(file->text + file->marks);
	for (size_t i = 1; i < file->n; i++) {
		quote = next_quote(quote);
		if (i % QUOTES_PER_MARK == 0)
			*marks++ = (uint32_t)(quote - file->text);
	}
}

void quotes_parse(char *text, size_t size, quote_problem_fn *problem, void *userdata,
		  struct quote_file *ret)
{
	struct parser p = { .start = text, .out = text, .problem = problem, .userdata = userdata };

	assert(size <= QUOTES_FILE_SIZE_MAX);
	parse_lines(&p, text, text + size);
	*ret = (struct quote_file){ .text = text, .n = p.n };
	if (p.n > 0)
		make_index(ret, (size_t)(p.start - text), size + 1);
}

int quotes_add_file(struct quotes *quotes, const char *path, quote_problem_fn *problem,
		    void *userdata)
{
	struct quote_file file, *files;
	char *text;
	size_t size;
	int r;

	r = file_read(AT_FDCWD, path, QUOTES_FILE_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	quotes_parse(text, size, problem, userdata, &file);
	files = reallocarray(quotes->files, quotes->n_files + 1, sizeof *files);
	if (files)
		quotes->files = files;
	if (!files || file.n == 0) {
		free(text);
		return files ? 0 : -ENOMEM;
	}
	/* Frees what is not needed; if that fails, the memory just stays. */
	text = realloc(file.text, file.size);
	if (text)
		file.text = text;
	files[quotes->n_files++] = file;
	quotes->n += file.n;
	return 0;
}

void quotes_release(struct quotes *quotes)
{
	for (size_t i = 0; i < quotes->n_files; i++)
		free(quotes->files[i].text);
	free(quotes->files);
	*quotes = QUOTES_NONE;
}

size_t quotes_render(const struct quotes *quotes, size_t index, char ret[static QUOTE_SIZE_MAX])
{
	const struct quote_file *file = quotes->files;
	const char *text;
	int size;

	assert(index < quotes->n);
	for (; index >= file->n; file++)
		index -= file->n;
	text = file->text;
	if (index >= QUOTES_PER_MARK)
		text += ((
			const uint32_t *)(const void *)(text +
							file->marks))[index / QUOTES_PER_MARK - 1];
	for (index %= QUOTES_PER_MARK; index > 0; index--)
		text = next_quote(text);
	size = render(text, strlen(text), ret);
	assert(size > 0); /* else it had been left out */
	return (size_t)size;
}

static bool is_collection(const char *name)
{
	const size_t suffix = sizeof SUFFIX - 1;
	size_t length = strlen(name);

	return name[0] != '.' && length > suffix && length <= NAME_MAX &&
	       strcmp(name + length - suffix, SUFFIX) == 0;
}

int quotes_next_name(const char *path, char name[static NAME_MAX + 1])
{
	char next[NAME_MAX + 1] = "";
	struct dirent *entry;
	DIR *directory;
	int r;

	directory = opendir(path);
	if (!directory)
		return -errno;
	while (errno = 0, (entry = readdir(directory)))
		if (is_collection(entry->d_name) && strcmp(entry->d_name, name) > 0 &&
		    (next[0] == '\0' || strcmp(entry->d_name, next) < 0))
			memcpy(next, entry->d_name, strlen(entry->d_name) + 1);
	r = -errno;
	(void)closedir(directory);
	if (r < 0)
		return r;
	if (next[0] == '\0')
		return 0;
	memcpy(name, next, sizeof next);
	return 1;
}
