/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of lunches, from a text. */
#include "menu.h"

#include "utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"

/* Without the blanks around it, in place. */
static char *strip(char *text)
{
	size_t length;

	text += strspn(text, BLANKS);
	length = strlen(text);
	while (length > 0 && strchr(BLANKS, text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

static const char *problem_of(const struct lunch *lunch)
{
	if (lunch->name[0] == '\0')
		return "has no name before its '|'";
	if (strlen(lunch->name) > LUNCH_NAME_MAX)
		return "has a name of more than 80 bytes";
	if (strlen(lunch->about) > LUNCH_ABOUT_MAX)
		return "has more than 240 bytes after its '|'";
	return NULL;
}

static const char *problem_of_line(const char *line)
{
	if (!utf8_is_valid(line))
		return "is not UTF-8";
	for (; *line; line++)
		if (((unsigned char)*line < ' ' && *line != '\t') || *line == 0x7f)
			return "has a control character";
	return NULL;
}

/* One line. Returns whether it is a lunch, or sets *ret_problem. */
static int parse_line(char *line, struct lunch *ret, const char **ret_problem)
{
	char *about;

	line = strip(line);
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	*ret_problem = problem_of_line(line);
	if (*ret_problem)
		return -EBADMSG;
	about = strchr(line, '|');
	if (about)
		*about++ = '\0';
	*ret = (struct lunch){ strip(line), about ? strip(about) : "" };
	*ret_problem = problem_of(ret);
	return *ret_problem ? -EBADMSG : 1;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t n = 1;

	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	return n;
}

static int parse(char *text, size_t size, struct menu *menu, unsigned *ret_line,
		 const char **ret_problem)
{
	char *end = text + size, *line = text, *next;

	for (unsigned number = 1; line <= end; number++, line = next) {
		struct lunch lunch;
		int r;

		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next : end;
		*next++ = '\0';
		*ret_line = number;
		if (strlen(line) + 1 != (size_t)(next - line)) {
			*ret_problem = "has a NUL";
			return -EBADMSG;
		}
		r = parse_line(line, &lunch, ret_problem);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (menu->n == MENU_LUNCHES_MAX)
			return -E2BIG;
		menu->lunches[menu->n++] = lunch;
	}
	return menu->n > 0 ? 0 : -ENODATA;
}

int menu_parse(char *text, size_t size, struct menu *ret, unsigned *ret_line,
	       const char **ret_problem)
{
	const size_t lines = count_lines(text, size);
	struct menu menu = { .text = text };
	int r;

	menu.lunches =
		calloc(lines < MENU_LUNCHES_MAX ? lines : MENU_LUNCHES_MAX, sizeof *menu.lunches);
	r = menu.lunches ? parse(text, size, &menu, ret_line, ret_problem) : -ENOMEM;
	if (r < 0) {
		menu_free(&menu);
		return r;
	}
	*ret = menu;
	return 0;
}

void menu_free(struct menu *menu)
{
	free(menu->lunches);
	free(menu->text);
	*menu = MENU_NONE;
}
