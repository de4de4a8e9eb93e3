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

	if (os_release_read(&pool, (const char *)bytes, size, NULL, NULL, &file) < 0)
		abort();
	assert(file.n <= OS_RELEASE_KEYS_MAX);
	for (size_t i = 0; i < file.n; i++) {
		assert(utf8_is_valid(file.at[i].value) && file.at[i].key[0]);
		(void)os_release_value(&file, file.at[i].key);
	}
	pool_release(&pool);
	return 0;
}
