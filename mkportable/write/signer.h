/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who signs root hashes: a private key, or a signature that was made elsewhere. */
#ifndef WRITE_SIGNER_H
#define WRITE_SIGNER_H

#include "disk/signature.h"

struct signer {
	struct pool *pool; /* borrowed */
	const char *certificate_path, *key_path,
		*signature_path; /* borrowed; the last two: one is NULL */
	struct certificate *certificate;
	struct private_key *key;
	struct signature given;                 /* of signature_path */
	unsigned char fingerprint[DIGEST_SIZE]; /* of the certificate */
};

/*
 * Reads the files whose paths are set. A key must fit the certificate, which must be valid
 * now. To be released in either case. Returns 0, or a negative errno for what was logged.
 */
int signer_open(struct signer *signer);
void signer_release(struct signer *signer);

/* Signs, or checks the given signature. Bytes in the pool. Returns as above. */
int signer_sign(const struct signer *signer, const unsigned char root_hash[static DIGEST_SIZE],
		struct signature *ret);

#endif
