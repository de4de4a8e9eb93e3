/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes are a program: the reader of ELF sections must neither crash nor read astray. */
#include "base/elf-sections.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct elf_sections sections;
	char *copy = malloc(size ? size : 1); /* it may be changed */

	if (copy && size)
		memcpy(copy, bytes, size);
	if (copy && elf_sections_read(&pool, copy, size, &sections) == 0)
		assert(!sections.build_id || strlen(sections.build_id) <= (size_t)2 * BUILD_ID_MAX);
	free(copy);
	pool_release(&pool);
	return 0;
}
