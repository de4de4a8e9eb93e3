/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Base64 as in RFC 4648, for keys: short, of known size. */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* What base64_encode_url() writes for so many bytes, the NUL included. */
#define BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* Writes the text in the alphabet for URLs and file names ('-', '_'), padded, with a NUL. */
void base64_encode_url(const void *bytes, size_t size, char *ret);

/*
 * Reads text that encodes exactly size bytes. The standard alphabet, the one for URLs
 * and a mixture of both are accepted; the padding is required. Spare bits at the end
 * are ignored, as other readers do.
 *
 * Returns 0, or -EINVAL; *ret is untouched then, for sizes up to BASE64_BYTES_MAX.
 */
#define BASE64_BYTES_MAX 64
int base64_decode(const char *text, size_t length, void *ret, size_t size);

#endif
