/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as what dpkg and a package say of themselves: lists that end, of what is there. */
#include <assert.h>
#include <stdint.h>

#include "plan/dpkg.c" /* so that the fuzzer sees its branches */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct dpkg_package *packages = NULL;
	struct dpkg_license *licenses = NULL;
	unsigned n = 0;
	int r;

	r = dpkg_read_status(&pool, pool_copy_bytes(&pool, (const char *)bytes, size), &packages);
	assert(r == 0);
	for (; packages; packages = packages->next)
		assert(packages->name[0] && strlen(packages->version) < size);
	r = dpkg_read_licenses(&pool, pool_copy_bytes(&pool, (const char *)bytes, size), &licenses);
	assert(r == 0);
	for (; licenses; licenses = licenses->next, n++)
		assert(licenses->name[0] && n < DPKG_LICENSES_MAX);
	pool_release(&pool);
	return 0;
}
