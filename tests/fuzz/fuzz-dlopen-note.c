/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the text of a note about dlopen(3): names that end, and no read astray. */
#include <assert.h>
#include <stdint.h>

#include "base/dlopen-note.c" /* so that the fuzzer sees its branches */
#include "base/json-read.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct dlopen_entry *list = NULL;
	int r = dlopen_note_read(&pool, (const char *)bytes, size, &list);

	assert(r == 0 || (r == -EBADMSG && !list));
	for (const struct dlopen_entry *e = list; e; e = e->next) {
		assert(e->n > 0 && e->n <= DLOPEN_NAMES_MAX);
		for (size_t i = 0; i < e->n; i++)
			assert(e->names[i][0] && strlen(e->names[i]) < size);
	}
	pool_release(&pool);
	return 0;
}
