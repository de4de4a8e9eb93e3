/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes may be in a signature partition: they are a root hash and a signature, or an
 * error; and what is found is what the writer would write.
 */
#include "disk/signature-text.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* What the fuzzer would not guess; it continues it, or not. */
	static const char begin[] = "{\"rootHash\":\"0123456789abcdef0123456789abcdef"
				    "0123456789abcdef0123456789abcdef\",\"signature\":\"";
	const unsigned char fingerprint[DIGEST_SIZE] = { 0 };
	size_t known = size > 0 && bytes[0] < sizeof begin ? bytes[0] : 0;
	char *given = malloc(known + size + 1);
	struct signature_text text, again;
	struct pool pool = POOL_EMPTY;
	const char *written;
	int r;

	if (!given)
		abort();
	memcpy(given, begin, known);
	memcpy(given + known, bytes, size);
	if (known > 0 && size > 1)
		memmove(given + known, given + known + 1, --size);
	r = signature_text_parse(given, known + size, &pool, &text);
	assert(r == 0 || r == -EBADMSG);
	if (r == 0) {
		written = signature_text_format(&text, fingerprint, &pool);
		if (!written || signature_text_parse(written, strlen(written), &pool, &again) < 0)
			abort();
		assert(again.signature.size == text.signature.size);
		assert(memcmp(again.signature.der, text.signature.der, text.signature.size) == 0);
		assert(memcmp(again.root_hash, text.root_hash, DIGEST_SIZE) == 0);
	}
	free(given);
	pool_release(&pool);
	return 0;
}
