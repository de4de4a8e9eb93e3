/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/package-note.h"
#include "check.h"

#include <errno.h>
#include <string.h>

static struct pool pool;

/* "deb/debian NAME VERSION ARCH LICENSE SHA256 [PART …]", with "-" for what is not said; "?". */
static const char *show(const struct package *p)
{
	const char *text;

	text = pool_format(&pool, "%s/%s %s %s %s %s %s %s", p->type ? p->type : "-",
			   p->os ? p->os : "-", p->name, p->version ? p->version : "-",
			   p->architecture ? p->architecture : "-", p->license ? p->license : "-",
			   p->sha256 ? p->sha256 : "-", p->cpe ? p->cpe : "-");
	for (const struct package *part = p->parts; part; part = part->next)
		text = pool_format(&pool, "%s [%s]", text, show(part));
	return text;
}

static const char *read(const char *text)
{
	struct package *package = NULL;
	int r = package_note_read(&pool, text, strlen(text) + 1, &package);

	if (package)
		return r == 0 ? show(package) : "both";
	return r == -EBADMSG ? "?" : "another error";
}

static void notes_of_others_and_of_ours_are_read(void)
{
	/* The example of the specification. */
	CHECK_TEXT(
		read("{\"type\":\"rpm\",\"os\":\"fedora\",\"osVersion\":\"33\",\"name\":\"coreutils\","
		     "\"version\":\"4711.0815.fc13\",\"architecture\":\"arm32\","
		     "\"osCpe\":\"cpe:/o:fedoraproject:fedora:33\","
		     "\"appCpe\":\"cpe:2.3:a:gnu:coreutils:5.0:*:*:*:*:*:*:*\","
		     "\"debugInfoUrl\":\"https://debuginfod.fedoraproject.org/\"}"),
		"rpm/fedora coreutils 4711.0815.fc13 arm32 - - "
		"cpe:2.3:a:gnu:coreutils:5.0:*:*:*:*:*:*:*");
	CHECK_TEXT(read("{\"name\":\"a\",\"static\":[{\"name\":\"b\",\"version\":\"1\"},{\"type\":"
			"\"deb\",\"name\":\"c\"}],\"license\":\"MIT\"}"),
		   "-/- a - - MIT - - [-/- b 1 - - - -] [deb/- c - - - - -]");
	/* Empty says nothing; of two, the last counts; a list in a part is passed over. */
	CHECK_TEXT(read(" {\"version\":\"\",\"name\":\"a\",\"name\":\"b\",\"x\":[{}],\"static\":[{"
			"\"name\":\"c\",\"static\":[1]}]} "),
		   "-/- b - - - - - [-/- c - - - - -]");
}

static void anything_else_is_refused(void)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"name\":1}",
		"{\"name\":\"\"}",
		"{\"version\":\"1\"}",
		"{\"name\":\"a\"",
		"{\"name\":\"a\"}}",
		"{\"name\":\"a\",}",
		"{\"name\":\"a\",\"static\":{}}",
		"{\"name\":\"a\",\"static\":[]}",
		"{\"name\":\"a\",\"static\":[{}]}",
		"{\"name\":\"a\",\"static\":[{\"name\":\"b\"}",
		"{\"name\":\"\\n\"}",
		"{\"name\":\"\n\"}",
	};
	char many[8192] = "{\"name\":\"a\",\"static\":[{\"name\":\"b\"}";
	size_t length = strlen(many);

	for (size_t i = 0; i < ELEMENTS(texts); i++)
		CHECK_TEXT(read(texts[i]), "?");
	for (unsigned i = 0; i < PACKAGE_PARTS_MAX; i++)
		length +=
			(size_t)snprintf(many + length, sizeof many - length, ",{\"name\":\"b\"}");
	(void)snprintf(many + length, sizeof many - length, "]}");
	CHECK_TEXT(read(many), "?");
}

int main(void)
{
	RUN(notes_of_others_and_of_ours_are_read);
	RUN(anything_else_is_refused);
	pool_release(&pool);
	return CHECK_STATUS();
}
