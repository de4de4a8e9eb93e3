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

/* What stands in a file, to tell later whether it still does. */
struct store_print {
	struct stat st;
	uint8_t hash[64]; /* SHA-512 of st.st_size bytes */
};

/* A file that was replaced. Who had opened it before may still write into it. */
struct store_replaced {
	int fd;                  /* owned */
	struct store_print has;  /* as far as it went into the zone */
	struct store_print more; /* as far as it goes there with the next text */
	bool by_us;              /* nobody else's words are in it alone */
};

/* One write a second, and so long does nobody take between open(2) and write(2). */
#define STORE_REPLACED_MAX 8

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
	struct stat written; /* identity of the file that we wrote last */
	struct store_replaced replaced[STORE_REPLACED_MAX]; /* the oldest first */
	size_t n_replaced;
	bool hurry;         /* set by the caller: takes a file that is just being written, too */
	bool owner_differs; /* the owner could not be kept; for the caller to say so once */
	bool left_behind;   /* an edit is in a replaced file only; so, too */
};

/* Returns 0 or -ENAMETOOLONG. Nothing is opened yet. */
int store_open(struct store *store, const char *path, const char *types);
void store_close(struct store *store);

/*
 * Reads the file if it is not the one that was read last.
 *
 * Returns 1 when there is something new, 0 when not, -EAGAIN when somebody is writing
 * it right now, or the negative errno of file_read() and zone_parse(): what was read
 * before stays, and counts.
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
 * What somebody wrote into a file after it had been replaced is in the new one as
 * well: call it again a while after a replacement, if need be without an update.
 *
 * Returns 1 when the file was replaced, 0 when there was nothing to change, -EAGAIN
 * when somebody edits it at this moment, -EBUSY when somebody has it locked, -EBADMSG
 * when the new text failed its check, else the errno of what failed; the file is the
 * old one then. The snapshot is what stands in the file.
 */
int store_update(struct store *store, struct store_plan *plan);

/* Looks at replaced files no more. */
void store_forget_replaced(struct store *store);

#endif
