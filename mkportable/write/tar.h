/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as a tar archive. */
#ifndef WRITE_TAR_H
#define WRITE_TAR_H

#include "write/common.h"

/* For pack(). Returns 0, or a negative errno for what was logged. */
int pack_tar(const struct plan *plan, const struct pack_output *output, uint32_t seconds);

/*
 * Writes the archive to a descriptor, such as standard output. Returns as above, but
 * -EPIPE is not logged: the caller knows why the reader may have ended.
 */
int pack_tar_to(int fd, const struct plan *plan, const char *shown, uint32_t seconds);

#endif
