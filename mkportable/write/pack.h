/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes a plan out: as one squashfs file, a tar archive or a folder.
 *
 * The bytes depend on nothing but the plan, the files that it names, and the
 * packer: all owners are 0:0, all times are the same. What stood at the output
 * stays there until the new one is whole and on disk.
 */
#ifndef PACK_H
#define PACK_H

#include "file.h"
#include "plan/plan.h"

#include <signal.h>
#include <stdint.h>

enum pack_format {
	PACK_SQUASHFS,
	PACK_DIRECTORY,
	PACK_TAR,
};

/* Where the output goes. */
struct pack_output {
	const char *shown; /* as messages name it */
	const char *name;  /* one component, in the folder */
	int folder_fd;     /* open for reading; borrowed */
};

/*
 * Writes the plan to the output. While it works, SIGINT, SIGTERM and SIGHUP are
 * held back; when it returns they are delivered, and nothing half is left.
 *
 * seconds: every entry's time, since 1970, no more than 32 bits (squashfs).
 * Returns 0, or a negative errno for what was logged.
 */
int pack(const struct plan *plan, enum pack_format format, const struct pack_output *output,
	 uint32_t seconds);

/*
 * The archive to a descriptor, such as standard output. Returns as above, but
 * -EPIPE is not logged: the caller knows why the reader may have left.
 */
int pack_tar(const struct plan *plan, int fd, const char *shown, uint32_t seconds);

/* For pack() alone. */
int pack_squashfs(const struct plan *plan, const struct pack_output *output, uint32_t seconds);
int pack_directory(const struct plan *plan, const struct pack_output *output, uint32_t seconds);

/* Writes to the new file; what fails is logged. */
typedef int pack_write_fn(const struct plan *plan, const struct replacement *new, const char *shown,
			  uint32_t seconds);

/* Replaces the output by a new file, if it was written whole and nobody interrupted. */
int pack_file(const struct plan *plan, const struct pack_output *output, uint32_t seconds,
	      pack_write_fn *write);

/*
 * Opens an entry's source to be read, and says how long it is. Returns the
 * descriptor, or a negative errno for what was logged.
 */
int pack_open_source(const struct plan_entry *entry, size_t *ret_size);

/* The signals that pack() holds back, SIGCHLD among them, for those who wait. */
void pack_signals(sigset_t *set);

/* Returns -EINTR, logged, when a signal that ends the program is waiting, else 0. */
int pack_interrupted(void);

#endif
