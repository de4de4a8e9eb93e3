/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are units that others wrote, two of them, separated by a NUL: what is made of them
 * is a unit without a line that systemd would skip, in which every key is known, and each remark
 * has its reason. It can be taken once more, and keeps its name.
 */
#include "units/adopt.h"
#include "units/known-keys.h"
#include "units/requests.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void no_problem(void *userdata, unsigned line, const char *what)
{
	(void)userdata;
	(void)line;
	(void)what;
	abort();
}

static mode_t type(void *userdata, const char *path)
{
	(void)userdata;
	return path[0] != '/' ? 0 : strlen(path) % 3 == 0 ? S_IFREG : S_IFDIR;
}

static const char *read_file(void *userdata, const char *path)
{
	(void)path;
	return userdata;
}

static void check(struct pool *pool, const struct adopted *adopted)
{
	const char *text = draft_text(&adopted->draft);
	struct unit_file file;
	struct unit again = { .name = adopted->draft.name, .shown = "x" };
	struct adopted *twice = NULL;
	size_t lines = 0;

	assert(text);
	assert(unit_file_parse(text, strlen(text), no_problem, NULL, &file) == 0);
	for (const struct draft_line *line = adopted->draft.first; line; line = line->next)
		lines++;
	assert(file.n == lines);
	again.suffix = strrchr(again.name, '.');
	for (size_t i = 0; i < file.n; i++)
		if (strcmp(file.settings[i].section, REQUESTS_SECTION) != 0) {
			assert(known_section(again.suffix, file.settings[i].section));
			assert(known_key_find(file.settings[i].section, file.settings[i].key));
		}
	for (const struct adopt_remark *r = adopted->first; r; r = r->next)
		assert((r->before || r->after) && r->why[0]);
	again.file = file;
	assert(adopt(pool, "web", &again, NULL, &twice) == 0);
	assert(strcmp(twice->draft.name, again.name) == 0);
	unit_file_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct unit second = { .name = "x.socket",
			       .suffix = strrchr("x.socket", '.'),
			       .shown = "y" };
	struct unit first = { .next = &second, .name = "x@.service", .shown = "x" };
	size_t length = size > 1 ? strnlen((const char *)bytes + 1, size - 1) : 0;
	struct adopt_tree tree = { type, read_file, "A=/etc/x\nB='1\n2'\nC=\"%i $x\"\n" };
	struct adopted *adopted = NULL;

	if (size < 1)
		return 0;
	if (bytes[0] & 1)
		first.name = bytes[0] & 2 ? "web.service" : "x.service";
	first.suffix = strrchr(first.name, '.');
	second.name = "x.socket";
	second.suffix = strrchr(second.name, '.');
	if (unit_file_parse((const char *)bytes + 1, length, NULL, NULL, &first.file) < 0)
		return 0;
	if (unit_file_parse((const char *)bytes + 1 + length, size - 1 - length, NULL, NULL,
			    &second.file) == 0) {
		assert(adopt(&pool, "web", &first, bytes[0] & 4 ? &tree : NULL, &adopted) == 0);
		for (; adopted; adopted = adopted->next)
			check(&pool, adopted);
	}
	unit_list_release(&first);
	pool_release(&pool);
	return 0;
}
