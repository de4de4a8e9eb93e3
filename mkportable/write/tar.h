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

/* The same for struct pack_format. */
int pack_tar_stream(int fd, const struct plan *plan, const struct pack_output *output,
		    uint32_t seconds);

/* Takes the bytes of an archive. Returns 0, or a negative errno for what was logged. */
typedef int tar_sink_fn(void *userdata, const void *bytes, size_t size);

/* Gives the archive to a function. Returns as the function and as pack_tar(). */
int pack_tar_through(tar_sink_fn *sink, void *userdata, const struct plan *plan, const char *shown,
		     uint32_t seconds);

#endif
