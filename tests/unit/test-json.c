/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "json.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

static struct pool pool;

static const char *written(const char *text)
{
	char *bytes = NULL;
	size_t size;
	struct json json = { .out = open_memstream(&bytes, &size) };

	CHECK(json.out != NULL);
	json_text(&json, NULL, text);
	(void)fclose(json.out);
	return pool_adopt(&pool, bytes);
}

static void texts_are_strings_of_json(void)
{
	CHECK_TEXT(written(NULL), "null");
	CHECK_TEXT(written("a\"\\\n\x7f'\xc3\xa9"), "\"a\\\"\\\\\\u000a\\u007f'\xc3\xa9\"");
	/* In what is not UTF-8, all that messages escape. */
	CHECK_TEXT(written("a\"\\\n'\xc3"), "\"a\\\"\\\\x5c\\\\x0a\\\\x27\\\\xc3\"");
}

static void no_text_is_cut(void)
{
	char text[4096];

	memset(text, 'a', sizeof text);
	text[0] = '\xff';
	text[sizeof text - 1] = '\0';
	CHECK(strlen(written(text)) == sizeof text - 2 + strlen("\"\\\\xff\""));
}

int main(void)
{
	RUN(texts_are_strings_of_json);
	RUN(no_text_is_cut);
	pool_release(&pool);
	return CHECK_STATUS();
}
