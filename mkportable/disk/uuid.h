/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs, RFC 9562. */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>

#define UUID_SIZE      16
#define UUID_TEXT_SIZE 37 /* with a NUL */

/* In the order of the text, which is also that of a verity superblock. */
struct uuid {
	unsigned char bytes[UUID_SIZE];
};

bool uuid_equal(const struct uuid *a, const struct uuid *b);
bool uuid_is_null(const struct uuid *uuid);

/* text: one of this program, in lower case and well formed. */
struct uuid uuid_of(const char *text);
const char *uuid_format(const struct uuid *uuid, char buffer[static UUID_TEXT_SIZE]);

/* From and to the bytes of a GPT, whose first three fields are little-endian: UEFI, appendix A. */
struct uuid uuid_from_gpt(const unsigned char bytes[static UUID_SIZE]);
void uuid_to_gpt(const struct uuid *uuid, unsigned char ret[static UUID_SIZE]);

#endif
