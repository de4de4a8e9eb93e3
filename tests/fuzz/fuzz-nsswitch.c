/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as /etc/nsswitch.conf: services within one line of it, and an end. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/nsswitch.c" /* so that the fuzzer sees its branches */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size);
	const char *services = text ? nsswitch_find(text, "hosts") : NULL, *before = services;
	struct nsswitch_service s;

	while (services && nsswitch_next(&services, &s)) {
		assert(s.name >= before && s.length > 0 && services >= s.name + s.length);
		assert(!memchr(before, '\n', (size_t)(services - before)));
		before = services;
	}
	assert(!before || services <= text + strlen(text));
	free(text);
	return 0;
}
