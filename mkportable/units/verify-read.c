/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `systemd-analyze verify` says of units. */
#include "units/verify-read.h"

#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As many as there are findings. */
#define REMARKS_MAX 1000

/* "/…/x.service:12: MESSAGE" or "x.service: MESSAGE". Returns 1, 0 for other lines, or -ENOMEM. */
static int read_line(struct pool *pool, const char *text, struct remark *ret)
{
	const char *colon = strchr(text, ':'), *name = text, *end;
	struct remark remark = { 0 };

	if (!colon)
		return 0;
	for (const char *p = text; p < colon; p++)
		if (*p == '/')
			name = p + 1;
	if (colon[1] >= '0' && colon[1] <= '9') {
		char *digits;
		unsigned long line = strtoul(colon + 1, &digits, 10);

		if (*digits != ':' || line == 0 || line > 100000000)
			return 0;
		remark.line = (unsigned)line;
		end = digits;
	} else {
		end = colon;
	}
	if (end[1] != ' ' || end[2] == '\0')
		return 0;
	remark.unit = pool_copy_bytes(pool, name, (size_t)(colon - name));
	remark.message = pool_copy(pool, end + 2);
	if (!remark.unit || !remark.message)
		return -ENOMEM;
	if (!unit_name_is_valid(remark.unit))
		return 0;
	*ret = remark;
	return 1;
}

/* "Unit x.service has a bad unit file setting.", or since systemd 257 "… failed to load properly, …" */
static bool is_failure(const char *text, const char *unit)
{
	size_t length = strlen(unit);

	return strncmp(text, "Unit ", 5) == 0 && strncmp(text + 5, unit, length) == 0 &&
	       (strstr(text + 5 + length, "has a bad unit file setting") == text + 6 + length ||
		strstr(text + 5 + length, "failed to load properly") == text + 6 + length);
}

/* A unit that failed, for what was said last of one of its lines. */
static void mark_refused(struct remark *first, const char *text)
{
	struct remark *last = NULL;

	if (strncmp(text, "Unit ", 5) != 0)
		return;
	for (struct remark *r = first; r; r = r->next)
		if (is_failure(text, r->unit))
			last = r;
	if (last && !strcasestr(last->message, "ignor"))
		last->refuses = true;
}

int verify_read(struct pool *pool, const char *text, struct remark **ret)
{
	struct remark *first = NULL, **end = &first, remark;
	unsigned n = 0;
	int r;

	while (*text && n < REMARKS_MAX) {
		size_t length = strcspn(text, "\n");
		const char *line = pool_copy_bytes(pool, text, length);

		if (!line)
			return -ENOMEM;
		text += length + (text[length] == '\n');
		r = read_line(pool, line, &remark);
		if (r < 0)
			return r;
		if (r == 0) {
			mark_refused(first, line);
			continue;
		}
		*end = pool_take(pool, sizeof **end);
		if (!*end)
			return -ENOMEM;
		**end = remark;
		end = &(*end)->next;
		n++;
	}
	/* Without a consequence it is a hint, as for an old name of a key. */
	for (end = &first; *end;) {
		(*end)->refuses |= (*end)->line == 0 && strstr((*end)->message, "efusing");
		if ((*end)->refuses || ((*end)->line && strcasestr((*end)->message, "ignor")))
			end = &(*end)->next;
		else
			*end = (*end)->next;
	}
	*ret = first;
	return 0;
}
