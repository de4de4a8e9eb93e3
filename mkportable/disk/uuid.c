/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs. */
#include "disk/uuid.h"

#include "disk/hex.h"

#include "elements.h"

#include <assert.h>
#include <string.h>

/* The bytes of a GPT in the order of the text, and the other way round. */
static const unsigned char order[UUID_SIZE] = {
	3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15
};

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, UUID_SIZE) == 0;
}

bool uuid_is_null(const struct uuid *uuid)
{
	static const struct uuid null;

	return uuid_equal(uuid, &null);
}

struct uuid uuid_of(const char *text)
{
	char digits[2 * UUID_SIZE + 1];
	struct uuid uuid = { 0 };
	size_t n = 0;
	int r;

	for (; *text && n < sizeof digits - 1; text++)
		if (*text != '-')
			digits[n++] = *text;
	r = hex_decode(digits, n, uuid.bytes, UUID_SIZE);
	assert(r == 0);
	return uuid;
}

const char *uuid_format(const struct uuid *uuid, char buffer[static UUID_TEXT_SIZE])
{
	static const size_t fields[] = { 4, 2, 2, 2, 6 }; /* in bytes */
	const unsigned char *bytes = uuid->bytes;
	char *end = buffer;

	for (size_t i = 0; i < ELEMENTS(fields); i++) {
		hex_encode(bytes, fields[i], end);
		bytes += fields[i];
		end += 2 * fields[i];
		*end++ = '-';
	}
	end[-1] = '\0';
	return buffer;
}

struct uuid uuid_from_gpt(const unsigned char bytes[static UUID_SIZE])
{
	struct uuid uuid;

	for (size_t i = 0; i < UUID_SIZE; i++)
		uuid.bytes[i] = bytes[order[i]];
	return uuid;
}

void uuid_to_gpt(const struct uuid *uuid, unsigned char ret[static UUID_SIZE])
{
	for (size_t i = 0; i < UUID_SIZE; i++)
		ret[order[i]] = uuid->bytes[i];
}
