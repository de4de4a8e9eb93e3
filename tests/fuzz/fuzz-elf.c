/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are a program: the reader of ELF headers must neither crash nor read
 * astray.
 */
#include "base/elf.c" /* so that the fuzzer sees its branches */

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct elf_facts facts;

	if (elf_read(&pool, (const char *)bytes, size, &facts) == 0) {
		assert(facts.needed_n <= ELF_NEEDED_MAX);
		for (size_t i = 0; i < facts.needed_n; i++)
			assert(strlen(facts.needed[i]) < size);
		assert(!facts.interpreter || strlen(facts.interpreter) < size);
	}
	pool_release(&pool);
	return 0;
}
