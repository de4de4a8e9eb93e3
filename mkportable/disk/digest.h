/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256, and SHA-1, which SPDX asks for (FIPS 180-4), by libcrypto. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

#define DIGEST_SIZE      32
#define DIGEST_TEXT_SIZE (2 * DIGEST_SIZE + 1)

#define SHA1_SIZE      20
#define SHA1_TEXT_SIZE (2 * SHA1_SIZE + 1)

/* A computation, which may be used again and again. NULL without memory. */
struct digest;
struct digest *digest_open(void);
struct digest *digest_open_sha1(void); /* of SHA1_SIZE bytes: not safe from forgery */
void digest_close(struct digest *digest);

void digest_add(struct digest *digest, const void *bytes, size_t size);

/* Finishes it; digest_add() begins another one. Returns 0, or -EIO if libcrypto failed. */
int digest_end(struct digest *digest, unsigned char ret[static DIGEST_SIZE]);

#endif
