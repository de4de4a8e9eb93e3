/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes are an os-release; its values are whole strings. */
#include "units/os-release-read.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct os_release file;

	int r = os_release_read(&pool, (const char *)bytes, size, NULL, NULL, &file);

	if (r < 0)
		abort();
	for (const struct os_release_line *line = file.first; line; line = line->next) {
		assert(r == 1 || (utf8_is_valid(line->key) && utf8_is_valid(line->value)));
		assert(line->line >= 1 && line->line <= file.lines);
		(void)os_release_value(&file, line->key);
	}
	pool_release(&pool);
	return 0;
}
