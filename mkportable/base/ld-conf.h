/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/ld.so.conf of ldconfig(8), as its parse_conf() does. Pure; any text is accepted. */
#ifndef LD_CONF_H
#define LD_CONF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The next directory, or the next pattern of files to include. text: moves on behind it.
 * Returns its first byte, within the text, and sets *ret_length; NULL at the end.
 */
const char *ld_conf_next(const char **text, size_t *ret_length, bool *ret_is_include);

#endif
