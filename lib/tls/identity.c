/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server of TLS 1.2 and 1.3 shows and allows. */
#include "identity.h"

#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <stdlib.h>

/* How long a session can be resumed; a program that ends when idle forgets the keys anyway. */
#define TICKET_SECONDS 7200

/* Of RSA keys, as CAs require them. */
#define RSA_BITS_MIN 2048

/* Bytes of a certificate's length in the handshake's message. */
#define CERTIFICATE_HEADER 5

struct tls_secrets {
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	mbedtls_ssl_ticket_context tickets;
};

struct tls_identity {
	unsigned references;
	mbedtls_x509_crt certificates;
	mbedtls_pk_context key;
	mbedtls_ssl_config config;
	const char *protocols[2];
};

/* Forward secret, with authenticated encryption: what RFC 9325 recommends. */
static const int cipher_suites[] = {
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
	MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	0,
};

static const uint16_t groups[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

int tls_secrets_open(struct tls_secrets **ret)
{
	struct tls_secrets *secrets = calloc(1, sizeof *secrets);

	if (!secrets)
		return -ENOMEM;
	mbedtls_entropy_init(&secrets->entropy);
	mbedtls_ctr_drbg_init(&secrets->random);
	mbedtls_ssl_ticket_init(&secrets->tickets);
	if (psa_crypto_init() != PSA_SUCCESS ||
	    mbedtls_ctr_drbg_seed(&secrets->random, mbedtls_entropy_func, &secrets->entropy, NULL,
				  0) != 0 ||
	    mbedtls_ssl_ticket_setup(&secrets->tickets, mbedtls_ctr_drbg_random, &secrets->random,
				     MBEDTLS_CIPHER_AES_256_GCM, TICKET_SECONDS) != 0) {
		tls_secrets_close(secrets);
		return -EIO;
	}
	*ret = secrets;
	return 0;
}

void tls_secrets_close(struct tls_secrets *secrets)
{
	if (!secrets)
		return;
	mbedtls_ssl_ticket_free(&secrets->tickets);
	mbedtls_ctr_drbg_free(&secrets->random);
	mbedtls_entropy_free(&secrets->entropy);
	mbedtls_psa_crypto_free();
	free(secrets);
}

const char *tls_fault_text(enum tls_fault fault)
{
	switch (fault) {
	case TLS_FAULT_CERTIFICATE:
		return "it does not hold certificates in PEM ('-----BEGIN CERTIFICATE-----') "
		       "for a key of RSA, P-256 or P-384";
	case TLS_FAULT_KEY:
		return "it does not hold a key in PEM of RSA, P-256 or P-384, without a password";
	case TLS_FAULT_WEAK:
		return "an RSA key has 2048 bits at least";
	case TLS_FAULT_PAIR:
		return "it is not the key of the certificate that comes first";
	case TLS_FAULT_CHAIN:
		return "the certificates are larger than 8000 bytes together; leave out the root's";
	}
	return "it cannot be used";
}

static size_t chain_size(const mbedtls_x509_crt *certificate)
{
	size_t size = 0;

	for (; certificate; certificate = certificate->next)
		size += certificate->raw.len + CERTIFICATE_HEADER;
	return size;
}

/* Sizes count the NUL: that is how the library tells PEM. */
static int parse(struct tls_secrets *secrets, const char *certificates, size_t certificates_size,
		 const char *key, size_t key_size, struct tls_identity *identity)
{
	int r;

	r = mbedtls_x509_crt_parse(&identity->certificates, (const unsigned char *)certificates,
				   certificates_size + 1);
	if (r != 0)
		return r == MBEDTLS_ERR_X509_ALLOC_FAILED ? -ENOMEM : TLS_FAULT_CERTIFICATE;
	if (chain_size(&identity->certificates) > TLS_CHAIN_MAX)
		return TLS_FAULT_CHAIN;
	r = mbedtls_pk_parse_key(&identity->key, (const unsigned char *)key, key_size + 1, NULL, 0,
				 mbedtls_ctr_drbg_random, &secrets->random);
	if (r != 0)
		return r == MBEDTLS_ERR_PK_ALLOC_FAILED ? -ENOMEM : TLS_FAULT_KEY;
	if (mbedtls_pk_get_type(&identity->key) == MBEDTLS_PK_RSA &&
	    mbedtls_pk_get_bitlen(&identity->key) < RSA_BITS_MIN)
		return TLS_FAULT_WEAK;
	if (mbedtls_pk_check_pair(&identity->certificates.pk, &identity->key,
				  mbedtls_ctr_drbg_random, &secrets->random) != 0)
		return TLS_FAULT_PAIR;
	return 0;
}

static int configure(struct tls_secrets *secrets, const char *protocol,
		     struct tls_identity *identity)
{
	mbedtls_ssl_config *config = &identity->config;

	if (mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
					MBEDTLS_SSL_PRESET_DEFAULT) != 0)
		return -ENOMEM;
	mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &secrets->random);
	mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_ciphersuites(config, cipher_suites);
	mbedtls_ssl_conf_groups(config, groups);
	mbedtls_ssl_conf_session_tickets_cb(config, mbedtls_ssl_ticket_write,
					    mbedtls_ssl_ticket_parse, &secrets->tickets);
	identity->protocols[0] = protocol;
	if (protocol && mbedtls_ssl_conf_alpn_protocols(config, identity->protocols) != 0)
		return -ENOMEM;
	if (mbedtls_ssl_conf_own_cert(config, &identity->certificates, &identity->key) != 0)
		return -ENOMEM;
	return 0;
}

int tls_identity_new(struct tls_secrets *secrets, const char *certificates,
		     size_t certificates_size, const char *key, size_t key_size,
		     const char *protocol, struct tls_identity **ret)
{
	struct tls_identity *identity = calloc(1, sizeof *identity);
	int r;

	if (!identity)
		return -ENOMEM;
	identity->references = 1;
	mbedtls_x509_crt_init(&identity->certificates);
	mbedtls_pk_init(&identity->key);
	mbedtls_ssl_config_init(&identity->config);
	r = parse(secrets, certificates, certificates_size, key, key_size, identity);
	if (r == 0)
		r = configure(secrets, protocol, identity);
	if (r != 0) {
		tls_identity_release(identity);
		return r;
	}
	*ret = identity;
	return 0;
}

struct tls_identity *tls_identity_hold(struct tls_identity *identity)
{
	identity->references++;
	return identity;
}

void tls_identity_release(struct tls_identity *identity)
{
	if (!identity || --identity->references > 0)
		return;
	mbedtls_ssl_config_free(&identity->config);
	mbedtls_pk_free(&identity->key);
	mbedtls_x509_crt_free(&identity->certificates);
	free(identity);
}

bool tls_identity_is_outdated(const struct tls_identity *identity)
{
	return mbedtls_x509_time_is_past(&identity->certificates.valid_to) != 0 ||
	       mbedtls_x509_time_is_future(&identity->certificates.valid_from) != 0;
}

const struct mbedtls_ssl_config *tls_identity_config(const struct tls_identity *identity)
{
	return &identity->config;
}
