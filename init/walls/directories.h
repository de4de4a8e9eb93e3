/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RuntimeDirectory=, StateDirectory= and their kin: made, owned, and removed. */
#ifndef DIRECTORIES_H
#define DIRECTORIES_H

#include "units/service-unit.h"

#include <limits.h>

/* Where those of a kind lie ("/var/lib"), and the word that stands for it ("STATE"). */
const char *directory_base(enum directory_kind kind);
const char *directory_word(enum directory_kind kind);

/* Writes the path of one entry of a list, the link behind ':' left out. Returns ret. */
const char *directory_path(enum directory_kind kind, const char *entry, char ret[static PATH_MAX]);

/*
 * At boot: where state cannot be written, a tmpfs takes its place, and a warning
 * says that it is lost at the end.
 *
 * Returns 0, or a negative errno after having logged it: no start could succeed.
 */
int directories_open(const struct service *service);

/*
 * Before each start: makes what is missing, with its owner and mode. What belongs
 * to another user is handed over, with all that is in it.
 *
 * Returns 0, or a negative errno after having logged it.
 */
int directories_make(const struct service *service, uid_t uid, gid_t gid);

/* After the last process: removes RuntimeDirectory=. */
void directories_clean(const struct service *service);

/* Makes a folder and its parents, with mode 0755 each. Returns 0 or a negative errno. */
int make_folders(const char *path, mode_t mode);

#endif
