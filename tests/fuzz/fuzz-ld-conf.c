/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as /etc/ld.so.conf: words within it, and an end. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/ld-conf.c" /* so that the fuzzer sees its branches */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *own = strndup((const char *)bytes, size);
	const char *text = own, *word, *before = own;
	size_t length;
	bool is_include;

	while (own && (word = ld_conf_next(&text, &length, &is_include))) {
		assert(word >= before && length > 0 && text >= word + length);
		assert(!memchr(word, '\n', length));
		before = text;
	}
	free(own);
	return 0;
}
