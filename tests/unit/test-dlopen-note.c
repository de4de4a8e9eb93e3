/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/dlopen-note.h"
#include "check.h"

#include <errno.h>
#include <string.h>

static struct pool pool;

/* "a.so.1|a.so.2 b.so!", with "!" for what is required; "" for nothing, "?" for a failure. */
static const char *read(const char *text, size_t size)
{
	struct dlopen_entry *list = NULL;
	int r = dlopen_note_read(&pool, text, size, &list);
	const char *shown = "";

	if (r < 0)
		return r == -EBADMSG && !list ? "?" : "another error";
	for (const struct dlopen_entry *e = list; e && shown; e = e->next)
		for (size_t i = 0; i < e->n && shown; i++)
			shown = pool_format(&pool, "%s%s%s%s", shown,
					    i > 0      ? "|"
					    : shown[0] ? " "
						       : "",
					    e->names[i], i + 1 == e->n && e->required ? "!" : "");
	return shown;
}

static const char *all(const char *text)
{
	return read(text, strlen(text) + 1);
}

static void notes_in_both_forms_are_read(void)
{
	CHECK_TEXT(
		all("[{\"feature\":\"x\",\"description\":\"a, \\\"b\\\" {\",\"priority\":\"required\","
		    "\"soname\":[\"liba.so.2\",\"liba.so.1\"]}]"),
		"liba.so.2|liba.so.1!");
	CHECK_TEXT(all(" { \"soname\" : \"libfoo.so.1\" } "), "libfoo.so.1");
	CHECK_TEXT(all("[{\"soname\":[\"a\"],\"priority\":\"recommended\"},{\"soname\":[\"b\"],"
		       "\"priority\":\"suggested\"},{\"soname\":[\"c\"]}]"),
		   "c a");
	CHECK_TEXT(all("[{\"own\":{\"x\":[1,true,null,{}],\"y\":[]},\"soname\":[\"a\"]}]"), "a");
	/* Without the NUL, and with padding behind it. */
	CHECK_TEXT(read("{\"soname\":\"a\"}", 14), "a");
	CHECK_TEXT(read("{\"soname\":\"a\"}\0\0{", 17), "a");
}

static void anything_else_is_refused_as_a_whole(void)
{
	static const char *const texts[] = {
		"",
		"[",
		"[]",
		"{}",
		"{\"soname\":\"a\"",
		"{\"soname\":\"a}",
		"{\"soname\":\"a\\",
		"{\"soname\":\"a\\u0041\"}",
		"{\"soname\":\"a\nb\"}",
		"{\"soname\":\"/lib/a\"}",
		"{\"soname\":\"\"}",
		"{\"soname\":[]}",
		"{\"soname\":[\"a\",]}",
		"{\"soname\":[\"a\"],}",
		"{\"soname\":1}",
		"{\"feature\":\"a\"}",
		"{\"soname\":\"a\"} x",
		"[{\"soname\":\"a\"}{\"soname\":\"b\"}]",
		"[{\"soname\":\"a\"},{\"soname\":1}]",
		"{\"soname\":\"a\",\"x\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}",
	};

	for (size_t i = 0; i < ELEMENTS(texts); i++)
		CHECK_TEXT(all(texts[i]), "?");
}

int main(void)
{
	RUN(notes_in_both_forms_are_read);
	RUN(anything_else_is_refused_as_a_whole);
	pool_release(&pool);
	return CHECK_STATUS();
}
