/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signatures of root hashes: PKCS #7 (RFC 2315) in DER, detached, without certificates and
 * attributes, over the hexadecimal digits of the root hash. That is what the kernel and
 * systemd verify: UAPI.3, dm-verity of Linux. By libcrypto.
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include "disk/digest.h"
#include "pool.h"

#include <stdbool.h>
#include <stddef.h>

/* A key or certificate is 3 KiB at most. */
#define KEY_FILE_MAX ((size_t)64 * 1024)

/*
 * Certificates and private keys, of the bytes of a file in PEM. NULL for anything else;
 * of a key *ret_encrypted says whether it asked for a passphrase.
 */
struct certificate;
struct private_key;
struct certificate *certificate_parse(const char *bytes, size_t size);
struct private_key *private_key_parse(const char *bytes, size_t size, bool *ret_encrypted);
void certificate_free(struct certificate *certificate);
void private_key_free(struct private_key *key);

/* Reads a file with a certificate. NULL for what was logged, with the option's name. */
struct certificate *certificate_read(const char *path);

/* SHA-256 of the certificate in DER. Returns 0 or -EIO. */
int certificate_fingerprint(const struct certificate *certificate,
			    unsigned char ret[static DIGEST_SIZE]);

/* Why it is not valid now, such as "expired on 2026-01-31". In the pool; NULL: it is. */
const char *certificate_invalid(const struct certificate *certificate, struct pool *pool);

bool private_key_fits(const struct private_key *key, const struct certificate *certificate);

/* A signature. Bytes in the pool. */
struct signature {
	const unsigned char *der;
	size_t size;
};

/* Whether there is such a structure. Says nothing of who made it. */
bool signature_is_one(const struct signature *signature);

/*
 * Loads what libcrypto needs to verify with this certificate: afterwards a process without
 * files can do so.
 */
void signature_prepare(const struct certificate *certificate);

/*
 * Signs. Keys of RSA give the same bytes each time; EC does not. Returns 0, -ENOMEM, or
 * -EOPNOTSUPP if such keys cannot sign PKCS #7.
 */
int signature_make(const struct private_key *key, const struct certificate *certificate,
		   const unsigned char root_hash[static DIGEST_SIZE], struct pool *pool,
		   struct signature *ret);

/* Whether the key of this certificate signed this root hash, whatever the certificate's dates. */
bool signature_verify(const struct signature *signature, const struct certificate *certificate,
		      const unsigned char root_hash[static DIGEST_SIZE]);

#endif
