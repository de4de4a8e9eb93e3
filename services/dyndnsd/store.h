/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone file: reading it when it has changed, and replacing it so that neither
 * a crash nor a person who edits it at the same moment costs anything.
 */
#ifndef STORE_H
#define STORE_H

#include "keys.h"
#include "zone.h"

#include <limits.h>
#include <sys/stat.h>

struct store {
	char path[PATH_MAX]; /* as it was given; symbolic links are resolved each time */
	char types[sizeof ZONE_TYPES_ALL];
	bool loaded;
	struct stat identity; /* of the file that was read last */
	char *bytes;
	size_t size;
	struct zone zone; /* empty, and valid, while nothing is loaded */
	struct keys keys;
	struct zone_problem_list {
		size_t n;      /* all of them */
		uint64_t hash; /* of lines and words, to tell only what is new */
	} problems;
	bool owner_differs; /* the owner could not be kept; for the caller to say so once */
};

/* Returns 0 or -ENAMETOOLONG. Nothing is opened yet. */
int store_open(struct store *store, const char *path, const char *types);
void store_close(struct store *store);

/*
 * Reads the file if it is not the one that was read last.
 *
 * Returns 1 when there is something new, 0 when not, or the negative errno of
 * file_read() and zone_parse(): what was read before stays, and counts.
 */
int store_refresh(struct store *store);

struct store_plan {
	struct zone_update *updates;
	size_t n_updates;
	struct zone_policy policy;
	bool dry_run; /* says what would be, and writes nothing */
	/*
	 * Called when something is going to change, before it does, while the file is
	 * locked. What it returns below 0 ends the attempt and is returned.
	 */
	int (*before)(void *userdata, const struct store *store, const struct zone_edits *edits);
	void *userdata;
};

/*
 * Reads the file anew, applies the updates, and puts the new file in its place;
 * the old one is kept as NAME.prev. The mode stays, the owner where that is
 * allowed, and the time of change is at least a second later than the old one's,
 * because tinydns makes serial numbers of it.
 *
 * Returns 1 when the file was replaced, 0 when there was nothing to change, -EBUSY
 * when somebody else has it locked or changed it too often meanwhile, -EBADMSG when
 * the new text failed its check, else the errno of what failed; the file is the old
 * one then. The snapshot is what stands in the file.
 */
int store_update(struct store *store, struct store_plan *plan);

#endif
