/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a server of TLS 1.2 and 1.3 shows and allows: a certificate with its key, ciphers, groups.
 *
 * An identity is counted: connections keep the one that they began with, so that another one
 * takes its place without a connection being lost.
 */
#ifndef TLS_IDENTITY_H
#define TLS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Random numbers, and the keys of session tickets, which stay when the identity changes. */
struct tls_secrets;

struct tls_identity;

/* Returns 0 and sets *ret (the caller's), -ENOMEM, or -EIO without random numbers. */
int tls_secrets_open(struct tls_secrets **ret);
/* After the last identity. NULL is allowed. */
void tls_secrets_close(struct tls_secrets *secrets);

/* Why a certificate and a key cannot be used: outcomes of tls_identity_new(). */
enum tls_fault {
	TLS_FAULT_CERTIFICATE = 1, /* not certificates in PEM, or of an unknown kind */
	TLS_FAULT_KEY,             /* not a key in PEM without a password, or of an unknown kind */
	TLS_FAULT_WEAK,            /* an RSA key below 2048 bits */
	TLS_FAULT_PAIR,            /* the key is not that of the first certificate */
	TLS_FAULT_CHAIN,           /* longer than TLS_CHAIN_MAX */
};

/* Bytes of all certificates together, which a handshake sends in one record. */
#define TLS_CHAIN_MAX 8000

/* The reason and the remedy, for a log: "the key … ". */
const char *tls_fault_text(enum tls_fault fault);

/*
 * Makes an identity of texts in PEM, each followed by a NUL that its size does not count. The
 * server's certificate comes first, those that signed it after it; the key is RSA, P-256 or P-384.
 *
 * protocol: for ALPN, or NULL; borrowed. Returns 0 and sets *ret, with one reference that is the
 * caller's; an enum tls_fault; or -ENOMEM. secrets stay the caller's.
 */
int tls_identity_new(struct tls_secrets *secrets, const char *certificates,
		     size_t certificates_size, const char *key, size_t key_size,
		     const char *protocol, struct tls_identity **ret);

struct tls_identity *tls_identity_hold(struct tls_identity *identity);
/* NULL is allowed. */
void tls_identity_release(struct tls_identity *identity);

/* Whether the certificate has expired, or is not valid yet, by the clock of this machine. */
bool tls_identity_is_outdated(const struct tls_identity *identity);

struct mbedtls_ssl_config;
const struct mbedtls_ssl_config *tls_identity_config(const struct tls_identity *identity);

#endif
