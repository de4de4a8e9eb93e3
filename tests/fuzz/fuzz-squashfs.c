/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any text may be what unsquashfs lists: it becomes a plan without paths that lead
 * anywhere else and with as many entries as the superblock promised, or an error.
 */
#include "read/squashfs.c" /* so that the fuzzer sees its branches */

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_path(const char *path)
{
	assert(path[0] == '/' && path[1] != '\0' && path[strlen(path) - 1] != '/');
	assert(!strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
	path = strrchr(path, '/');
	assert(strcmp(path, "/.") != 0 && strcmp(path, "/..") != 0);
}

/* The first byte is the number of inodes, as the superblock has it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct listing l = { .inodes = size ? bytes[0] : 0 };
	struct plan_entry **entries;
	struct plan plan;
	char *text;
	int r;

	/* As take_list() leaves it: a string. */
	text = pool_copy_bytes(&pool, (const char *)bytes + (size > 0), size ? size - 1 : 0);
	if (!text)
		abort();
	plan_open(&plan, &pool);
	l.plan = &plan;
	r = read_list(&l, text);
	assert(r == 0 || r == -EBADMSG || r == -EEXIST || r == -E2BIG);
	assert((r == 0) == !l.why);
	entries = plan_sorted(&plan);
	if (!entries)
		abort();
	for (size_t i = 0; i < plan.n; i++) {
		check_path(entries[i]->path);
		assert(entries[i]->type != PLAN_SYMLINK || entries[i]->target);
		assert(!(entries[i]->mode & ~(mode_t)(S_IFMT | 07777)));
	}
	assert(r < 0 || l.inodes == 0);
	plan_close(&plan);
	pool_release(&pool);
	return 0;
}
