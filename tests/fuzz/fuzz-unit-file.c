/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are a unit file: the reader must neither crash nor read astray, and
 * what it gives out must keep its promises.
 */
#include "unit-file.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect_stripped(const char *text)
{
	size_t length = strlen(text);

	assert(length == 0 ||
	       (!strchr(" \t\n\r", text[0]) && !strchr(" \t\n\r", text[length - 1])));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct unit_file file = UNIT_FILE_NONE;
	unsigned line = 0;

	if (unit_file_parse((const char *)bytes, size, NULL, NULL, &file) < 0)
		return 0;
	for (size_t i = 0; i < file.n; i++) {
		const struct unit_setting *s = &file.settings[i];
		struct unit_words words = UNIT_WORDS_NONE;

		assert(s->line > line || (s->line == line && i == 0));
		line = s->line;
		assert(s->key[0] != '\0');
		expect_stripped(s->key);
		expect_stripped(s->value);
		assert(unit_file_last(&file, s->section, s->key) != NULL);
		assert(unit_file_has_section(&file, s->section));
		(void)unit_file_next(&file, s->section, s->key, NULL);

		if (unit_words_split(s->value, &words) == 0) {
			size_t total = 0;

			for (size_t k = 0; k < words.n; k++)
				total += strlen(words.at[k]) + 1;
			assert(total <= strlen(s->value) + 1);
			unit_words_release(&words);
		}
	}
	unit_file_release(&file);
	return 0;
}
