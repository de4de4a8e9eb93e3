/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as a directory. */
#ifndef WRITE_DIRECTORY_H
#define WRITE_DIRECTORY_H

#include "write/common.h"

/* For pack(). Returns 0, or a negative errno for what was logged. */
int pack_directory(const struct plan *plan, const struct pack_output *output, uint32_t seconds);

/* The same for a directory of another kind, which has this file: only such a one is replaced. */
int pack_directory_with(const char *mark, const struct plan *plan, const struct pack_output *output,
			uint32_t seconds);

#endif
