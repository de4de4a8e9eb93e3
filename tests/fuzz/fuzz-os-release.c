/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes are a template; what comes out of a good one is a template that gives the same. */
#include "plan/os-release.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct os_release_value values[] = {
		{ "ID", "x" }, { "A", "b \"c\" $`\\'" }, { "NONE", NULL }, { NULL, NULL }
	};
	struct pool pool = POOL_EMPTY;
	const char *once, *twice, *what;
	unsigned line;

	if (os_release_fill(&pool, (const char *)bytes, size, values, &once, &line, &what) == 0 &&
	    !strchr(once, '@')) {
		assert(os_release_fill(&pool, once, strlen(once), values, &twice, &line, &what) ==
		       0);
		assert(strcmp(once, twice) == 0);
	}
	pool_release(&pool);
	return 0;
}
