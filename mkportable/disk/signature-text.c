/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a signature partition says. */
#include "disk/signature-text.h"

#include "disk/hex.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

/* Deeper objects are none of ours. */
#define DEPTH_MAX 16

const char *signature_text_format(const struct signature_text *text,
				  const unsigned char fingerprint[static DIGEST_SIZE],
				  struct pool *pool)
{
	char root_hash[DIGEST_TEXT_SIZE], print[DIGEST_TEXT_SIZE];
	unsigned char *base64 = pool_take(pool, text->signature.size / 3 * 4 + 5);

	if (!base64)
		return NULL;
	(void)EVP_EncodeBlock(base64, text->signature.der, (int)text->signature.size);
	hex_encode(text->root_hash, DIGEST_SIZE, root_hash);
	hex_encode(fingerprint, DIGEST_SIZE, print);
	return pool_format(
		pool,
		"{\"rootHash\":\"%s\",\"certificateFingerprint\":\"%s\",\"signature\":\"%s\"}\n",
		root_hash, print, (const char *)base64);
}

/* --- reading: each function steps over what it accepts --- */

struct text {
	const char *p, *end;
};

/* A string without its quotes, as it is written. */
struct span {
	const char *at;
	size_t length;
};

static void skip_space(struct text *t)
{
	while (t->p < t->end && *t->p && strchr(" \t\n\r", *t->p))
		t->p++;
}

static bool take(struct text *t, char c)
{
	skip_space(t);
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool take_string(struct text *t, struct span *ret)
{
	if (!take(t, '"'))
		return false;
	ret->at = t->p;
	for (; t->p < t->end && *t->p != '"'; t->p++)
		if ((unsigned char)*t->p < ' ' || (*t->p == '\\' && ++t->p == t->end))
			return false;
	ret->length = (size_t)(t->p - ret->at);
	return take(t, '"');
}

/* A number or a word. */
static bool take_word(struct text *t)
{
	const char *start;

	skip_space(t);
	start = t->p;
	while (t->p < t->end && *t->p && strchr("+-.0123456789Eaeflnrstu", *t->p))
		t->p++;
	return t->p > start;
}

static bool take_value(struct text *t, unsigned depth);

static bool take_list(struct text *t, unsigned depth)
{
	if (take(t, ']'))
		return true;
	do
		if (!take_value(t, depth))
			return false;
	while (take(t, ','));
	return take(t, ']');
}

static bool take_object(struct text *t, unsigned depth)
{
	struct span name;

	if (take(t, '}'))
		return true;
	do
		if (!take_string(t, &name) || !take(t, ':') || !take_value(t, depth))
			return false;
	while (take(t, ','));
	return take(t, '}');
}

static bool take_value(struct text *t, unsigned depth)
{
	struct span string;

	if (depth == DEPTH_MAX)
		return false;
	if (take(t, '{'))
		return take_object(t, depth + 1);
	if (take(t, '['))
		return take_list(t, depth + 1);
	skip_space(t);
	return t->p < t->end && *t->p == '"' ? take_string(t, &string) : take_word(t);
}

static bool is(const struct span *span, const char *text)
{
	return span->length == strlen(text) && memcmp(span->at, text, span->length) == 0;
}

/* Finds the two in the outermost object. */
static bool find(struct text *t, struct span *ret_hash, struct span *ret_signature)
{
	struct span name;

	if (!take(t, '{'))
		return false;
	do {
		if (!take_string(t, &name) || !take(t, ':'))
			return false;
		if (!(is(&name, "rootHash")    ? take_string(t, ret_hash)
		      : is(&name, "signature") ? take_string(t, ret_signature)
					       : take_value(t, 1)))
			return false;
	} while (take(t, ','));
	if (!take(t, '}'))
		return false;
	skip_space(t);
	return t->p == t->end;
}

static int decode(const struct span *base64, struct pool *pool, struct signature *ret)
{
	size_t padding = 0;
	unsigned char *der;
	int n;

	/* libcrypto would step over spaces. */
	for (size_t i = 0; i < base64->length; i++)
		if ((unsigned char)base64->at[i] <= ' ')
			return -EBADMSG;
	while (padding < base64->length && base64->at[base64->length - 1 - padding] == '=')
		padding++;
	if (base64->length == 0 || base64->length % 4 != 0 || padding > 2)
		return -EBADMSG;
	der = pool_take(pool, base64->length / 4 * 3);
	if (!der)
		return -ENOMEM;
	n = EVP_DecodeBlock(der, (const unsigned char *)base64->at, (int)base64->length);
	if (n < 0)
		return -EBADMSG;
	*ret = (struct signature){ .der = der, .size = (size_t)n - padding };
	return 0;
}

int signature_text_parse(const char *bytes, size_t size, struct pool *pool,
			 struct signature_text *ret)
{
	const char *nul = memchr(bytes, '\0', size);
	struct text text = { .p = bytes, .end = nul ? nul : bytes + size };
	struct span hash = { 0 }, signature = { 0 };

	for (const char *p = text.end; p < bytes + size; p++)
		if (*p != '\0')
			return -EBADMSG;
	if (size > SIGNATURE_TEXT_MAX || !find(&text, &hash, &signature) || !hash.at ||
	    !signature.at || hex_decode(hash.at, hash.length, ret->root_hash, DIGEST_SIZE) < 0)
		return -EBADMSG;
	return decode(&signature, pool, &ret->signature);
}
