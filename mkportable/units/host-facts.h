/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts of a host that an image is going to meet: what `portable-admin doctor --export` writes
 * there, in the syntax of unit files.
 */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include "unit-file.h"

#include <stdbool.h>

struct host_facts {
	const char *name;         /* for messages */
	const char *architecture; /* as systemd spells it */
	struct unit_file file;    /* released by host_facts_release() */
	unsigned systemd_version;
	bool has_loop, has_verity;
};

/*
 * Pure: bytes in, facts out; its texts lie in its file. Returns 0, -EINVAL with
 * *ret_problem for what no exporter writes, -EFBIG or -ENOMEM. On failure *ret is untouched.
 */
int host_facts_parse(const char *bytes, size_t size, struct host_facts *ret,
		     const char **ret_problem);
void host_facts_release(struct host_facts *facts);

/* Returns 0, or a negative errno for what was logged. */
int host_facts_read(const char *path, struct host_facts *ret);

/* Whether the host has a "User", "Group", "Unit", "Profile", "FileSystem", "TCP"… of this name. */
bool host_facts_have(const struct host_facts *facts, const char *key, const char *name);

/* Whether it tells anything of that kind: an older exporter, or one that may not know, does not. */
bool host_facts_tell(const struct host_facts *facts, const char *key);

#endif
