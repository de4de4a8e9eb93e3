/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses as text. It replaces inet_ntop(3), which brings printf(3) along in musl. */
#ifndef ADDRESS_H
#define ADDRESS_H

/* The longest, with a NUL: "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255". */
#define ADDRESS_TEXT_SIZE 46

/*
 * Writes an address in the form of RFC 5952: lower case, the first of the longest
 * runs of zeros as "::", mapped IPv4 with dots.
 *
 * family: AF_INET or AF_INET6; bytes: 4 or 16, as in a sockaddr.
 * Returns buffer.
 */
const char *address_text(int family, const void *bytes, char buffer[static ADDRESS_TEXT_SIZE]);

#endif
