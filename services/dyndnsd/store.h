/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone file: reads it when it has changed, and replaces it so that no crash
 * leaves half of it and no edit is overwritten that is there when it is read.
 */
#ifndef STORE_H
#define STORE_H

#include "keys.h"
#include "zone.h"

#include <limits.h>
#include <sys/stat.h>

struct store {
	char path[PATH_MAX]; /* as given; symbolic links are resolved each time */
	char types[sizeof ZONE_TYPES_ALL];
	bool loaded;
	struct stat identity; /* of the file that was read last */
	char *bytes;
	size_t size;
	struct zone zone; /* empty, and valid, while nothing is loaded */
	struct keys keys;
	uint64_t problems;    /* a hash of the parser's problems, to report only new ones */
	struct stat written;  /* identity of the file that we wrote last */
	int replaced_fd;      /* owned; the file that this one replaced; -1: none */
	struct stat replaced; /* its identity */
	bool owner_differs;   /* the owner could not be kept; the caller reports it once */
	bool unmerged;        /* see store_has_unmerged_edit() */
};

#define STORE_CLOSED ((struct store){ .replaced_fd = -1 })

/* Returns 0 or -ENAMETOOLONG. Nothing is opened yet. */
int store_open(struct store *store, const char *path, const char *types);
void store_close(struct store *store);

/*
 * Reads the file if it is not the one that was read last.
 *
 * Returns 1 when there is something new, 0 when not, -EAGAIN when somebody may still be
 * writing it, or the negative errno of file_read() and zone_parse(): the last snapshot
 * stays then.
 */
int store_refresh(struct store *store);

struct store_plan {
	struct zone_update *updates;
	size_t n_updates;
	struct zone_policy policy;
	bool dry_run; /* plans, and writes nothing */
	/*
	 * Called before something changes, while the file is locked. A negative value
	 * ends the attempt and is returned.
	 */
	int (*before)(void *userdata, const struct store *store, const struct zone_edits *edits);
	void *userdata;
};

/*
 * Locks and reads the file, applies the updates, and replaces it; the old one is kept
 * as NAME.prev. The mode stays, the owner where that is permitted, and the modification
 * time rises by at least a second, because tinydns makes serial numbers of it.
 *
 * Returns 1 when the file was replaced, 0 when there was nothing to change, -EAGAIN
 * when somebody is editing it (call again a second later: then the edit is read),
 * -EBUSY when somebody has it locked, -EBADMSG when the new text failed its check, else
 * a negative errno; the file is the old one then. The snapshot is the file's content.
 */
int store_update(struct store *store, struct store_plan *plan);

/*
 * Whether somebody has written into the file that was replaced last, which a program
 * can do that opened it earlier and takes no lock. Reports each edit once.
 */
bool store_has_unmerged_edit(struct store *store);

#endif
