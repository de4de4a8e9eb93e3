/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as /etc/ld.so.cache: no read outside of them, and an end. */
#include <stdint.h>
#include <string.h>

#include "base/ld-cache.c" /* so that the fuzzer sees its branches */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		uint32_t position = 0;
		const char *path;

		while ((path = ld_cache_next((const char *)bytes, size, big_endian, "", &position)))
			if (path + strlen(path) >= (const char *)bytes + size)
				__builtin_trap();
	}
	return 0;
}
