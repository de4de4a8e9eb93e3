/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds the programs that units run to the plan, and finds them in it. */
#include "plan/programs.h"

#include "base/architecture.h"
#include "base/elf.h"
#include "elements.h"
#include "log.h"
#include "plan/view.h"
#include "units/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The kernel reads this much of the first line (BINPRM_BUF_SIZE). */
#define SCRIPT_LINE_MAX 256

struct placing {
	struct plan *plan;
	const struct texts *path;
};

/* Where systemd looks for a plain name (DEFAULT_PATH). */
static const char *const search_path[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					   "/usr/bin",        "/sbin",          "/bin" };

static void ignore_fault(void *userdata, const struct view_fault *fault)
{
	(void)userdata;
	(void)fault;
}

const struct mount *programs_mount(const struct plan *plan, const struct need *need)
{
	const struct mounts_request request = { .unit = need->unit, .quiet = true };
	const char *path = programs_path(plan, need);
	struct view_place place = { .kind = VIEW_MISSING };
	struct mounts mounts;
	struct view view;
	int r = mounts_read(plan->pool, &request, &mounts);

	if ((r == 0 || r == -EINVAL) && path &&
	    view_make(&view, plan, &mounts, true, ignore_fault, NULL) == 0)
		view_find(&view, path, &place);
	return place.kind == VIEW_UNKNOWN ? place.mount : NULL;
}

/* Finds a program in the program path. Returns 0 and *ret (NULL: not found), or a negative errno. */
static int find_on_host(struct placing *p, const char *name, const char **ret)
{
	struct stat st;

	*ret = NULL;
	for (size_t i = 0; i < p->path->n && !*ret; i++) {
		const char *file = pool_format(p->plan->pool, "%s/%s", p->path->at[i], name);

		if (!file)
			return pool_exhausted();
		if (stat(file, &st) == 0)
			*ret = file;
	}
	return 0;
}

static int add_program(struct plan *plan, const char *path, const char *source, const char *origin)
{
	char shown[LOG_ESCAPED_SIZE];
	struct stat st;
	int r;

	if (stat(source, &st) < 0) {
		r = -errno;
		log_failure(r, "%s: cannot read '%s'", origin, log_escape(source, shown));
		return r;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		log_error("%s: '%s' is %s", origin, log_escape(source, shown),
			  S_ISDIR(st.st_mode)   ? "a directory, not a program"
			  : S_ISREG(st.st_mode) ? "not executable"
						: "not a regular file");
		return -EACCES;
	}
	return plan_add_file(plan, path, 0755, source, origin);
}

/* Adds a program from the program path. */
static int place_from_host(struct placing *p, const struct need *need, const char *path,
			   const char *origin)
{
	char shown[LOG_ESCAPED_SIZE];
	const struct mount *mount = programs_mount(p->plan, need);
	const char *slash = strrchr(path, '/'), *source;
	int r;

	if (mount && mount->mode != MOUNT_OVERLAY) /* it would be hidden */
		return 0;
	r = find_on_host(p, slash + 1, &source);
	if (r < 0)
		return r;
	if (!source && mount)
		return 0;
	if (!source) {
		log_error("%s: cannot find the program '%s' of %s=, neither in tree/ nor in the "
			  "program path",
			  origin, log_escape(need->path, shown), need->key);
		return -ENOENT;
	}
	return add_program(p->plan, path, source, origin);
}

int programs_place_init(struct plan *plan, const char *program, const struct texts *path)
{
	static const char origin[] = "--init";
	struct placing p = { .plan = plan, .path = path };
	char shown[LOG_ESCAPED_SIZE];
	const char *source = program;
	int r;

	if (!strchr(program, '/')) {
		r = find_on_host(&p, program, &source);
		if (r < 0)
			return r;
		if (!source) {
			log_error("%s: cannot find '%s' in the program path", origin,
				  log_escape(program, shown));
			return -ENOENT;
		}
	}
	r = add_program(plan, INIT_PROGRAM, source, origin);
	/* Where systemd-nspawn looks for it. */
	return r < 0 ? r : plan_add_symlink(plan, "/sbin", "usr/sbin", origin);
}

const char *programs_path(const struct plan *plan, const struct need *need)
{
	const char *path;

	if (need->path[0] == '/')
		return need->path;
	for (size_t i = 0; i < ELEMENTS(search_path); i++) {
		path = pool_format(plan->pool, "%s/%s", search_path[i], need->path);
		if (!path || plan_follow(plan, path))
			return path;
	}
	return pool_format(plan->pool, "/usr/bin/%s", need->path);
}

int programs_interpreter(struct pool *pool, const char *bytes, size_t size, const char **ret)
{
	size_t line = size < SCRIPT_LINE_MAX ? size : SCRIPT_LINE_MAX;
	const char *newline = memchr(bytes, '\n', line);
	char *text;

	text = pool_copy_bytes(pool, bytes, newline ? (size_t)(newline - bytes) : line);
	if (!text)
		return -ENOMEM;
	text += strnlen(text, strlen("#!"));
	text += strspn(text, " \t");
	text[strcspn(text, " \t")] = '\0';
	*ret = text[0] ? text : NULL;
	return 0;
}

/* The machine of an ELF program, or of a script's interpreter; NULL for anything else. */
static int find_architecture(struct plan *plan, const struct plan_entry *entry, const char **ret)
{
	const struct architecture *architecture;
	const char *interpreter;
	struct elf_facts facts;
	char *bytes;
	size_t size;
	int r = 0;

	for (unsigned depth = 0; entry && entry->type == PLAN_FILE && depth <= SCRIPT_DEPTH_MAX;
	     depth++) {
		r = plan_read(plan, entry, PROGRAM_SIZE_MAX, &bytes, &size);
		if (r < 0) {
			log_failure(r, "%s: cannot read the program", entry->origin);
			return r;
		}
		entry = NULL;
		if (size >= 2 && memcmp(bytes, "#!", 2) == 0) {
			r = programs_interpreter(plan->pool, bytes, size, &interpreter);
			entry = r < 0 || !interpreter ? NULL : plan_follow(plan, interpreter);
		} else {
			r = elf_read(plan->pool, bytes, size, &facts);
			architecture = r < 0 ? NULL
					     : architecture_of(facts.machine, facts.bits,
							       facts.big_endian);
			*ret = architecture ? architecture->name : NULL;
		}
		free(bytes);
		if (r == -ENOMEM)
			return pool_exhausted();
	}
	return 0;
}

int programs_place(struct plan *plan, const struct needs *needs, const struct texts *path,
		   const char **ret_architecture)
{
	struct placing p = { .plan = plan, .path = path };
	int r;

	*ret_architecture = NULL;
	for (const struct need *need = needs->first; need; need = need->next) {
		const char *origin, *in_image;
		struct plan_entry *entry;

		origin = unit_origin(need->unit, need->line, plan->pool);
		in_image = programs_path(plan, need);
		if (!origin || !in_image)
			return pool_exhausted();
		if (!plan_follow(plan, in_image)) {
			r = place_from_host(&p, need, in_image, origin);
			if (r < 0)
				return r;
		}
		entry = plan_follow(plan, in_image);
		if (entry && !*ret_architecture) {
			r = find_architecture(plan, entry, ret_architecture);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
