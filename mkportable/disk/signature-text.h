/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a signature partition says: a JSON object, filled up with NUL (UAPI.2). */
#ifndef SIGNATURE_TEXT_H
#define SIGNATURE_TEXT_H

#include "disk/signature.h"

/* systemd reads no larger partition; what is needed is 1 KiB. */
#define SIGNATURE_TEXT_MAX ((size_t)4 * 1024 * 1024)

struct signature_text {
	unsigned char root_hash[DIGEST_SIZE];
	struct signature signature;
};

/* In the pool; NULL without memory. fingerprint: of the certificate. */
const char *signature_text_format(const struct signature_text *text,
				  const unsigned char fingerprint[static DIGEST_SIZE],
				  struct pool *pool);

/*
 * Accepts any object that has a root hash of SHA-256 and a signature in base64, as
 * acquire_sig_for_roothash() of systemd does; but in these two no backslash.
 *
 * Returns 0, -ENOMEM, or -EBADMSG. On failure *ret is undefined.
 */
int signature_text_parse(const char *bytes, size_t size, struct pool *pool,
			 struct signature_text *ret);

#endif
