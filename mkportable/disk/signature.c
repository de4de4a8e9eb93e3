/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signatures of root hashes. */
#include "disk/signature.h"

#include "disk/hex.h"
#include "file.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* The structs of the header are those of libcrypto. */
static X509 *x509(const struct certificate *certificate)
{
	return (X509 *)(uintptr_t)certificate;
}

static EVP_PKEY *pkey(const struct private_key *key)
{
	return (EVP_PKEY *)(uintptr_t)key;
}

struct certificate *certificate_parse(const char *bytes, size_t size)
{
	BIO *bio = BIO_new_mem_buf(bytes, (int)size);
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return (struct certificate *)certificate;
}

struct certificate *certificate_read(const char *path)
{
	struct certificate *certificate;
	char shown[LOG_ESCAPED_SIZE], *bytes;
	size_t size;
	int r = file_read(AT_FDCWD, path, KEY_FILE_MAX, &bytes, &size);

	if (r < 0) {
		log_failure(r, "--certificate: cannot read '%s'", log_escape(path, shown));
		return NULL;
	}
	certificate = certificate_parse(bytes, size);
	free(bytes);
	if (!certificate)
		log_error("--certificate: '%s' is no certificate in PEM format",
			  log_escape(path, shown));
	return certificate;
}

/* Nobody is asked: a build may have no terminal. */
static int refuse_passphrase(char *buffer, int size, int is_written, void *userdata)
{
	bool *encrypted = userdata;

	(void)buffer;
	(void)size;
	(void)is_written;
	*encrypted = true;
	return -1;
}

struct private_key *private_key_parse(const char *bytes, size_t size, bool *ret_encrypted)
{
	BIO *bio = BIO_new_mem_buf(bytes, (int)size);
	EVP_PKEY *key;

	*ret_encrypted = false;
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, ret_encrypted) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	return (struct private_key *)key;
}

void certificate_free(struct certificate *certificate)
{
	X509_free(x509(certificate));
}

void private_key_free(struct private_key *key)
{
	EVP_PKEY_free(pkey(key));
}

int certificate_fingerprint(const struct certificate *certificate,
			    unsigned char ret[static DIGEST_SIZE])
{
	return X509_digest(x509(certificate), EVP_sha256(), ret, NULL) == 1 ? 0 : -EIO;
}

static const char *date(const char *what, const ASN1_TIME *time, struct pool *pool)
{
	struct tm tm = { 0 };

	(void)ASN1_TIME_to_tm(time, &tm);
	return pool_format(pool, "%s %04d-%02d-%02d", what, tm.tm_year + 1900, tm.tm_mon + 1,
			   tm.tm_mday);
}

const char *certificate_invalid(const struct certificate *certificate, struct pool *pool)
{
	const ASN1_TIME *from = X509_get0_notBefore(x509(certificate));
	const ASN1_TIME *until = X509_get0_notAfter(x509(certificate));

	/* 0 is an error, of a time that cannot be read. */
	if (X509_cmp_current_time(until) <= 0)
		return date("expired on", until, pool);
	if (X509_cmp_current_time(from) >= 0)
		return date("is not valid before", from, pool);
	return NULL;
}

bool private_key_fits(const struct private_key *key, const struct certificate *certificate)
{
	bool fits = X509_check_private_key(x509(certificate), pkey(key)) == 1;

	ERR_clear_error();
	return fits;
}

void signature_prepare(const struct certificate *certificate)
{
	static const unsigned char hash[DIGEST_SIZE];
	const struct signature none = { .der = hash, .size = sizeof hash };

	(void)X509_get0_pubkey(x509(certificate));
	EVP_MD_free(EVP_MD_fetch(NULL, "SHA256", NULL));
	(void)signature_verify(&none, certificate, hash);
}

static PKCS7 *parse(const struct signature *signature)
{
	const unsigned char *p = signature->der;
	PKCS7 *p7 = signature->size > LONG_MAX ? NULL : d2i_PKCS7(NULL, &p, (long)signature->size);

	if (p7 && (p != signature->der + signature->size || !PKCS7_type_is_signed(p7))) {
		PKCS7_free(p7);
		return NULL;
	}
	return p7;
}

bool signature_is_one(const struct signature *signature)
{
	PKCS7 *p7 = parse(signature);

	PKCS7_free(p7);
	ERR_clear_error();
	return p7 != NULL;
}

/* A BIO of the text that is signed. */
static BIO *open_text(const unsigned char *root_hash, char text[static DIGEST_TEXT_SIZE])
{
	hex_encode(root_hash, DIGEST_SIZE, text);
	return BIO_new_mem_buf(text, DIGEST_TEXT_SIZE - 1);
}

int signature_make(const struct private_key *key, const struct certificate *certificate,
		   const unsigned char root_hash[static DIGEST_SIZE], struct pool *pool,
		   struct signature *ret)
{
	char text[DIGEST_TEXT_SIZE];
	BIO *bio = open_text(root_hash, text);
	unsigned char *der, *end;
	PKCS7 *p7 = NULL;
	int size, r = 0;

	if (bio)
		p7 = PKCS7_sign(x509(certificate), pkey(key), NULL, bio,
				PKCS7_DETACHED | PKCS7_NOCERTS | PKCS7_NOATTR | PKCS7_BINARY);
	size = p7 ? i2d_PKCS7(p7, NULL) : -1;
	der = end = size > 0 ? pool_take(pool, (size_t)size) : NULL;
	if (!p7 || size <= 0)
		r = -EOPNOTSUPP;
	else if (!der)
		r = -ENOMEM;
	else {
		(void)i2d_PKCS7(p7, &end);
		*ret = (struct signature){ .der = der, .size = (size_t)size };
	}
	PKCS7_free(p7);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}

bool signature_verify(const struct signature *signature, const struct certificate *certificate,
		      const unsigned char root_hash[static DIGEST_SIZE])
{
	char text[DIGEST_TEXT_SIZE];
	BIO *bio = open_text(root_hash, text);
	STACK_OF(X509) *certificates = sk_X509_new_null();
	PKCS7 *p7 = parse(signature);
	/* As validate_signature_userspace() of systemd. */
	bool is_valid =
		bio && certificates && p7 && sk_X509_push(certificates, x509(certificate)) > 0 &&
		PKCS7_verify(p7, certificates, NULL, bio, NULL, PKCS7_NOINTERN | PKCS7_NOVERIFY) ==
			1;

	PKCS7_free(p7);
	sk_X509_free(certificates);
	BIO_free(bio);
	ERR_clear_error();
	return is_valid;
}
