/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the text of a note about a package: values that end, and no read astray. */
#include <assert.h>
#include <stdint.h>

#include "base/json-read.c" /* so that the fuzzer sees its branches */
#include "base/package-note.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct package *package = NULL;
	unsigned n = 0;
	int r = package_note_read(&pool, (const char *)bytes, size, &package);

	assert(package ? r == 0 : r == -EBADMSG);
	if (package) {
		assert(package->name[0] && strlen(package->name) < size);
		for (const struct package *p = package->parts; p; p = p->next) {
			assert(p->name[0] && !p->parts);
			n++;
		}
		assert(n <= PACKAGE_PARTS_MAX);
	}
	pool_release(&pool);
	return 0;
}
