/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who signs root hashes. Nothing of a private key is logged, and its bytes are wiped. */
#include "write/signer.h"

#include "file.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static int read_file(const char *option, const char *path, char **ret, size_t *ret_size)
{
	char shown[LOG_ESCAPED_SIZE];
	int r = file_read(AT_FDCWD, path, KEY_FILE_MAX, ret, ret_size);

	if (r < 0)
		log_failure(r, "%s: cannot read '%s'", option, log_escape(path, shown));
	return r;
}

/* A key signs only while its certificate is valid; a signature made then stays one. */
static int check_key(const struct signer *s)
{
	char shown[LOG_ESCAPED_SIZE], shown_key[LOG_ESCAPED_SIZE];
	const char *problem;

	log_escape(s->certificate_path, shown);
	log_escape(s->key_path, shown_key);
	if (!private_key_fits(s->key, s->certificate)) {
		log_error("--key: '%s' is not the key of the certificate '%s'", shown_key, shown);
		return -EINVAL;
	}
	problem = certificate_invalid(s->certificate, s->pool);
	if (!problem)
		return 0;
	log_error("--certificate: '%s' %s", shown, problem);
	return -EINVAL;
}

static int open_key(struct signer *s)
{
	char shown[LOG_ESCAPED_SIZE], *bytes;
	bool encrypted;
	size_t size;
	int r = read_file("--key", s->key_path, &bytes, &size);

	if (r < 0)
		return r;
	s->key = private_key_parse(bytes, size, &encrypted);
	explicit_bzero(bytes, size);
	free(bytes);
	if (s->key)
		return check_key(s);
	log_escape(s->key_path, shown);
	if (encrypted)
		log_error("--key: '%s' needs a passphrase, and nobody is asked for one; "
			  "sign the output of --print-root-hash, and use --signature=",
			  shown);
	else
		log_error("--key: '%s' is no private key in PEM format", shown);
	return -EINVAL;
}

static int open_signature(struct signer *s)
{
	char shown[LOG_ESCAPED_SIZE], *bytes;
	size_t size;
	int r = read_file("--signature", s->signature_path, &bytes, &size);

	if (r < 0)
		return r;
	if (!pool_adopt(s->pool, bytes))
		return pool_exhausted();
	s->given = (struct signature){ .der = (unsigned char *)bytes, .size = size };
	if (signature_is_one(&s->given))
		return 0;
	log_error("--signature: '%s' is no PKCS #7 signature in DER format",
		  log_escape(s->signature_path, shown));
	return -EINVAL;
}

int signer_open(struct signer *signer)
{
	char shown[LOG_ESCAPED_SIZE];
	int r;

	signer->certificate = certificate_read(signer->certificate_path);
	if (!signer->certificate)
		return -EINVAL;
	r = certificate_fingerprint(signer->certificate, signer->fingerprint);
	if (r < 0) {
		log_failure(r, "--certificate: cannot hash '%s'",
			    log_escape(signer->certificate_path, shown));
		return r;
	}
	return signer->key_path ? open_key(signer) : open_signature(signer);
}

void signer_release(struct signer *signer)
{
	certificate_free(signer->certificate);
	private_key_free(signer->key);
	*signer = (struct signer){ 0 };
}

int signer_sign(const struct signer *signer, const unsigned char root_hash[static DIGEST_SIZE],
		struct signature *ret)
{
	char shown[LOG_ESCAPED_SIZE], shown_certificate[LOG_ESCAPED_SIZE];
	int r;

	log_escape(signer->certificate_path, shown_certificate);
	if (!signer->key) {
		*ret = signer->given;
		if (signature_verify(ret, signer->certificate, root_hash))
			return 0;
		log_error("--signature: '%s' does not sign this image by the certificate '%s'",
			  log_escape(signer->signature_path, shown), shown_certificate);
		return -EINVAL;
	}
	r = signature_make(signer->key, signer->certificate, root_hash, signer->pool, ret);
	if (r == -ENOMEM)
		return pool_exhausted();
	if (r >= 0 && signature_verify(ret, signer->certificate, root_hash))
		return 0;
	log_error("--key: '%s' cannot sign; RSA keys can, and those of an elliptic curve",
		  log_escape(signer->key_path, shown));
	return r < 0 ? r : -EINVAL;
}
