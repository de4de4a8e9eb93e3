/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choices of which each is as likely as any other. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Turns 32 random bits into a number below n.
 *
 * n: 1 … UINT32_MAX. Returns 0, or -EAGAIN for bits that would favour some
 * numbers: the caller tries others. That happens in less than half of the cases.
 */
int random_from_bits(uint32_t bits, size_t n, size_t *ret);

/* The same with bits of the kernel. Returns 0 or the negative errno of getrandom(2). */
int random_below(size_t n, size_t *ret);

#endif
