/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dynamic DNS by one signed datagram: the packets, versions 1 and 2. */
#include "dyndns.h"

#include "address.h"
#include "base64.h"
#include "format.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Offsets. */
enum {
	V1_KEY_ID = 0,
	V1_TIMESTAMP = V1_KEY_ID + DYNDNS_KEY_ID_SIZE,
	V1_SIGNATURE = V1_TIMESTAMP + 8,

	V2_TYPE = 4,
	V2_FLAGS = 5,
	V2_PREFIX_LENGTHS = 6,
	V2_KEY_ID = 8,
	V2_TIMESTAMP = V2_KEY_ID + DYNDNS_KEY_ID_SIZE,
	V2_ADDRESSES = V2_TIMESTAMP + 8,
	V2_NONCE = V2_ADDRESSES + 2 * DYNDNS_ADDRESS_SIZE,
	V2_COOKIE = V2_NONCE + DYNDNS_NONCE_SIZE,
	V2_SIGNATURE = V2_COOKIE + DYNDNS_COOKIE_SIZE,

	ANSWER_NONCE = 8,
	ANSWER_REST = ANSWER_NONCE + DYNDNS_NONCE_SIZE,
	CHALLENGE_COOKIE = ANSWER_REST,
	CHALLENGE_TIME = CHALLENGE_COOKIE + DYNDNS_COOKIE_SIZE,
	CHALLENGE_OBSERVED = CHALLENGE_TIME + 8,
	ACKNOWLEDGEMENT_ADDRESSES = ANSWER_REST + 8 /* reserved, zero */
};

_Static_assert(V1_SIGNATURE + DYNDNS_SIGNATURE_SIZE == DYNDNS_V1_SIZE, "version 1");
_Static_assert(V2_SIGNATURE + DYNDNS_SIGNATURE_SIZE == DYNDNS_V2_SIZE, "version 2");
_Static_assert(CHALLENGE_OBSERVED + DYNDNS_ADDRESS_SIZE == DYNDNS_ANSWER_SIZE, "challenge");
_Static_assert(ACKNOWLEDGEMENT_ADDRESSES + 2 * DYNDNS_ADDRESS_SIZE == DYNDNS_ANSWER_SIZE,
	       "acknowledgement");

static const uint8_t magic[4] = { 't', 'd', 'd', '2' };
static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

/* A request; answers are numbered in the header. */
#define TYPE_UPDATE 1

bool dyndns_is_mapped(const uint8_t address[static DYNDNS_ADDRESS_SIZE])
{
	return memcmp(address, mapped_prefix, sizeof mapped_prefix) == 0;
}

void dyndns_map(const uint8_t ipv4[static 4], uint8_t ret[static DYNDNS_ADDRESS_SIZE])
{
	memcpy(ret, mapped_prefix, sizeof mapped_prefix);
	memcpy(ret + sizeof mapped_prefix, ipv4, 4);
}

const char *dyndns_address_text(const uint8_t address[static DYNDNS_ADDRESS_SIZE],
				char buffer[static DYNDNS_ADDRESS_TEXT])
{
	bool mapped = dyndns_is_mapped(address);

	return address_text(mapped ? AF_INET : AF_INET6,
			    address + (mapped ? sizeof mapped_prefix : 0), buffer);
}

bool dyndns_is_zero(const void *bytes, size_t size)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i++) {
		if (b[i] != 0)
			return false;
	}
	return true;
}

double dyndns_timestamp_read(const uint8_t bytes[static 8])
{
	uint64_t bits = 0;
	double timestamp;

	for (size_t i = 0; i < 8; i++)
		bits = bits << 8 | bytes[i];
	memcpy(&timestamp, &bits, sizeof timestamp);
	return timestamp;
}

void dyndns_timestamp_write(double timestamp, uint8_t bytes[static 8])
{
	uint64_t bits;

	memcpy(&bits, &timestamp, sizeof bits);
	for (size_t i = 8; i-- > 0; bits >>= 8)
		bytes[i] = (uint8_t)bits;
}

bool dyndns_timestamp_is_sane(double timestamp)
{
	/* Written so that NaN fails: it compares false with everything. */
	return timestamp > 0.005 && timestamp <= DYNDNS_TIMESTAMP_MAX;
}

uint64_t dyndns_timestamp_hundredths(double timestamp)
{
	const unsigned bias = 1023 + 52;
	uint64_t bits, hundredths, rest, half;
	unsigned shift;

	memcpy(&bits, &timestamp, sizeof bits);
	/* A whole number of 53 bits over a power of two: 15 to 60, for what is sane. */
	shift = bias - (unsigned)(bits >> 52);
	bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
	bits *= 100;
	hundredths = bits >> shift;
	rest = bits & ((UINT64_C(1) << shift) - 1);
	half = UINT64_C(1) << (shift - 1);
	if (rest > half || (rest == half && (hundredths & 1)))
		hundredths++;
	return hundredths;
}

const char *dyndns_timestamp_text(uint64_t hundredths, char buffer[static DYNDNS_TIMESTAMP_TEXT])
{
	(void)format_text(buffer, DYNDNS_TIMESTAMP_TEXT, "%ju.%02ju", (uintmax_t)hundredths / 100,
			  (uintmax_t)hundredths % 100);
	return buffer;
}

const char *dyndns_request_key_id(const uint8_t *bytes, size_t size)
{
	if (size == DYNDNS_V1_SIZE)
		return (const char *)bytes + V1_KEY_ID;
	if (size == DYNDNS_V2_SIZE)
		return (const char *)bytes + V2_KEY_ID;
	return NULL;
}

static int read_v2(const uint8_t *bytes, struct dyndns_request *ret)
{
	static const uint8_t longest[DYNDNS_FAMILIES] = { 32, 128 };
	struct dyndns_request request = { .version = 2 };

	if (memcmp(bytes, magic, sizeof magic) != 0 || bytes[V2_TYPE] != TYPE_UPDATE ||
	    bytes[V2_FLAGS] != 0)
		return -EINVAL;
	for (size_t i = 0; i < DYNDNS_FAMILIES; i++) {
		request.prefix_length[i] = bytes[V2_PREFIX_LENGTHS + i];
		if (request.prefix_length[i] == 0 || request.prefix_length[i] > longest[i])
			return -EINVAL;
		memcpy(request.address[i], bytes + V2_ADDRESSES + i * DYNDNS_ADDRESS_SIZE,
		       DYNDNS_ADDRESS_SIZE);
	}
	if (!dyndns_is_zero(request.address[DYNDNS_IPV4], DYNDNS_ADDRESS_SIZE) &&
	    !dyndns_is_mapped(request.address[DYNDNS_IPV4]))
		return -EINVAL;
	if (dyndns_is_mapped(request.address[DYNDNS_IPV6]))
		return -EINVAL; /* one address must not have two forms */
	memcpy(request.key_id, bytes + V2_KEY_ID, sizeof request.key_id);
	request.timestamp = dyndns_timestamp_read(bytes + V2_TIMESTAMP);
	memcpy(request.nonce, bytes + V2_NONCE, sizeof request.nonce);
	memcpy(request.cookie, bytes + V2_COOKIE, sizeof request.cookie);
	memcpy(request.signature, bytes + V2_SIGNATURE, sizeof request.signature);
	*ret = request;
	return 0;
}

int dyndns_request_read(const uint8_t *bytes, size_t size, struct dyndns_request *ret)
{
	struct dyndns_request request = { .version = 1 };

	if (size == DYNDNS_V2_SIZE)
		return read_v2(bytes, ret);
	if (size != DYNDNS_V1_SIZE)
		return -EINVAL;
	memcpy(request.key_id, bytes + V1_KEY_ID, sizeof request.key_id);
	request.timestamp = dyndns_timestamp_read(bytes + V1_TIMESTAMP);
	memcpy(request.signature, bytes + V1_SIGNATURE, sizeof request.signature);
	*ret = request;
	return 0;
}

size_t dyndns_request_write(const struct dyndns_request *request,
			    uint8_t bytes[static DYNDNS_V2_SIZE])
{
	if (request->version == 1) {
		memcpy(bytes + V1_KEY_ID, request->key_id, sizeof request->key_id);
		dyndns_timestamp_write(request->timestamp, bytes + V1_TIMESTAMP);
		memcpy(bytes + V1_SIGNATURE, request->signature, sizeof request->signature);
		return DYNDNS_V1_SIZE;
	}
	memcpy(bytes, magic, sizeof magic);
	bytes[V2_TYPE] = TYPE_UPDATE;
	bytes[V2_FLAGS] = 0;
	for (size_t i = 0; i < DYNDNS_FAMILIES; i++) {
		bytes[V2_PREFIX_LENGTHS + i] = request->prefix_length[i];
		memcpy(bytes + V2_ADDRESSES + i * DYNDNS_ADDRESS_SIZE, request->address[i],
		       DYNDNS_ADDRESS_SIZE);
	}
	memcpy(bytes + V2_KEY_ID, request->key_id, sizeof request->key_id);
	dyndns_timestamp_write(request->timestamp, bytes + V2_TIMESTAMP);
	memcpy(bytes + V2_NONCE, request->nonce, sizeof request->nonce);
	memcpy(bytes + V2_COOKIE, request->cookie, sizeof request->cookie);
	memcpy(bytes + V2_SIGNATURE, request->signature, sizeof request->signature);
	return DYNDNS_V2_SIZE;
}

size_t dyndns_signed_text(const uint8_t *bytes, size_t size, uint8_t text[static DYNDNS_SIGNED_MAX])
{
	size_t context = size == DYNDNS_V2_SIZE ? sizeof DYNDNS_V2_CONTEXT : 0;

	memcpy(text, DYNDNS_V2_CONTEXT, context);
	memcpy(text + context, bytes, size - DYNDNS_SIGNATURE_SIZE);
	return context + size - DYNDNS_SIGNATURE_SIZE;
}

void dyndns_key_id(const uint8_t hash[static DYNDNS_HASH_SIZE], char ret[static DYNDNS_KEY_ID_SIZE])
{
	char text[BASE64_SIZE(DYNDNS_HASH_SIZE)];

	base64_encode_url(hash, DYNDNS_HASH_SIZE, text);
	memcpy(ret, text, DYNDNS_KEY_ID_SIZE);
}

int dyndns_answer_read(const uint8_t *bytes, size_t size, struct dyndns_answer *ret)
{
	struct dyndns_answer answer = { 0 };

	if (size != DYNDNS_ANSWER_SIZE || memcmp(bytes, magic, sizeof magic) != 0)
		return -EINVAL;
	memcpy(answer.nonce, bytes + ANSWER_NONCE, sizeof answer.nonce);
	switch (bytes[V2_TYPE]) {
	case DYNDNS_CHALLENGE:
		answer.type = DYNDNS_CHALLENGE;
		memcpy(answer.cookie, bytes + CHALLENGE_COOKIE, sizeof answer.cookie);
		answer.server_time = dyndns_timestamp_read(bytes + CHALLENGE_TIME);
		memcpy(answer.observed, bytes + CHALLENGE_OBSERVED, sizeof answer.observed);
		break;
	case DYNDNS_ACKNOWLEDGEMENT:
		answer.type = DYNDNS_ACKNOWLEDGEMENT;
		if (bytes[V2_FLAGS] > DYNDNS_WITHOUT_EFFECT)
			return -EINVAL;
		answer.status = (enum dyndns_status)bytes[V2_FLAGS];
		for (size_t i = 0; i < DYNDNS_FAMILIES; i++)
			memcpy(answer.address[i],
			       bytes + ACKNOWLEDGEMENT_ADDRESSES + i * DYNDNS_ADDRESS_SIZE,
			       DYNDNS_ADDRESS_SIZE);
		break;
	default:
		return -EINVAL;
	}
	*ret = answer;
	return 0;
}

void dyndns_answer_write(const struct dyndns_answer *answer,
			 uint8_t bytes[static DYNDNS_ANSWER_SIZE])
{
	memset(bytes, 0, DYNDNS_ANSWER_SIZE);
	memcpy(bytes, magic, sizeof magic);
	bytes[V2_TYPE] = (uint8_t)answer->type;
	memcpy(bytes + ANSWER_NONCE, answer->nonce, sizeof answer->nonce);
	if (answer->type == DYNDNS_CHALLENGE) {
		memcpy(bytes + CHALLENGE_COOKIE, answer->cookie, sizeof answer->cookie);
		dyndns_timestamp_write(answer->server_time, bytes + CHALLENGE_TIME);
		memcpy(bytes + CHALLENGE_OBSERVED, answer->observed, sizeof answer->observed);
		return;
	}
	bytes[V2_FLAGS] = (uint8_t)answer->status;
	for (size_t i = 0; i < DYNDNS_FAMILIES; i++)
		memcpy(bytes + ACKNOWLEDGEMENT_ADDRESSES + i * DYNDNS_ADDRESS_SIZE,
		       answer->address[i], DYNDNS_ADDRESS_SIZE);
}
