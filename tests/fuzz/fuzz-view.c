/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any settings of a service: what is mounted for it, and what it sees of an image then. */
#include "plan/view.h"

#include <stdint.h>
#include <stdlib.h>

static void touch(void *userdata, const struct view_fault *fault)
{
	(void)userdata;
	if (!fault->path || (!fault->problem && !fault->host_path))
		abort();
}

static void say_nothing(void *userdata, const struct unit *unit, unsigned line, bool undecided,
			const char *message)
{
	(void)userdata;
	(void)unit;
	(void)line;
	(void)undecided;
	(void)message;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct unit unit = { .name = "x@.service", .shown = "x", .report = say_nothing };
	struct pool pool = POOL_EMPTY;
	struct view_place place;
	struct mounts mounts;
	struct plan plan;
	struct view view;

	unit.suffix = unit.name + 2;
	plan_open(&plan, &pool);
	(void)plan_add_symlink(&plan, "/l", "run/x", "fuzz");
	(void)plan_add_symlink(&plan, "/m", "/m/n", "fuzz");
	(void)plan_add_bytes(&plan, "/usr/bin/x", "", 0, "fuzz");
	(void)plan_add_directory(&plan, "/var/lib/x", 0755, "fuzz");
	if (unit_file_parse((const char *)bytes, size, NULL, NULL, &unit.file) == 0) {
		for (unsigned i = 0; i < 4; i++) {
			(void)mounts_read(&pool,
					  &(struct mounts_request){
						  .unit = &unit,
						  .instance = i == 3 ? "y" : NULL,
						  .profile = i % 2 ? &mounts_default_profile : NULL,
						  .privileged = i == 2 },
					  &mounts);
			if (view_make(&view, &plan, &mounts, i == 3, touch, NULL) < 0)
				abort();
			view_find(&view, "/usr/bin/x", &place);
			(void)view_is_noexec(&view, place.path);
		}
		unit_file_release(&unit.file);
	}
	plan_close(&plan);
	pool_release(&pool);
	return 0;
}
