/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any packets may come from the child that reads a squashfs: they become a plan without
 * paths that lead anywhere else, or an error.
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

/* Each packet has its length before it, in one byte. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pool pool = POOL_EMPTY;
	struct plan_entry **entries;
	struct record record;
	struct plan plan;
	size_t n;
	int r = 0;

	plan_open(&plan, &pool);
	for (; size > 0 && r == 0; bytes += 1 + n, size -= 1 + n) {
		n = bytes[0] < size ? bytes[0] : size - 1;
		memset(&record, 'x', sizeof record);
		memcpy(&record, bytes + 1, n);
		r = add_record(&plan, &record, n);
		assert(r == 0 || r == -EBADMSG || r == -EEXIST);
	}
	entries = plan_sorted(&plan);
	if (!entries)
		abort();
	for (size_t i = 0; i < plan.n; i++) {
		check_path(entries[i]->path);
		assert(entries[i]->type != PLAN_SYMLINK || entries[i]->target);
		assert(!(entries[i]->mode & ~(mode_t)(S_IFMT | 07777)));
	}
	plan_close(&plan);
	pool_release(&pool);
	return 0;
}
