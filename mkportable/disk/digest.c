/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 and SHA-1. */
#include "disk/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>

struct digest {
	EVP_MD_CTX *context;
	EVP_MD *algorithm;
	bool begun, failed;
};

static struct digest *open_named(const char *name)
{
	struct digest *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->context = EVP_MD_CTX_new();
	d->algorithm = EVP_MD_fetch(NULL, name, NULL);
	if (!d->context || !d->algorithm) {
		digest_close(d);
		return NULL;
	}
	return d;
}

struct digest *digest_open(void)
{
	return open_named("SHA256");
}

struct digest *digest_open_sha1(void)
{
	return open_named("SHA1");
}

void digest_close(struct digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->context);
	EVP_MD_free(digest->algorithm);
	free(digest);
}

static void begin(struct digest *d)
{
	if (!d->begun && EVP_DigestInit_ex2(d->context, d->algorithm, NULL) != 1)
		d->failed = true;
	d->begun = true;
}

void digest_add(struct digest *digest, const void *bytes, size_t size)
{
	begin(digest);
	if (EVP_DigestUpdate(digest->context, bytes, size) != 1)
		digest->failed = true;
}

int digest_end(struct digest *digest, unsigned char ret[static DIGEST_SIZE])
{
	begin(digest);
	digest->begun = false;
	if (EVP_DigestFinal_ex(digest->context, ret, NULL) != 1)
		digest->failed = true;
	return digest->failed ? -EIO : 0;
}
