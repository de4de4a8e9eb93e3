/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as /etc/passwd; its first line is what is looked for. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/passwd.c" /* so that the fuzzer sees its branches */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size), *rest;

	if (!text)
		return 0;
	rest = text + strcspn(text, "\n");
	if (*rest) {
		*rest++ = '\0';
		assert(!passwd_has(rest, text) || (strstr(rest, text) && !strchr(text, ':')));
	}
	free(text);
	return 0;
}
