/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds the programs that units run to the plan, and finds them in it. */
#include "plan/programs.h"

#include "architecture.h"
#include "log.h"
#include "plan/view.h"
#include "units/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The kernel reads this much of the first line (BINPRM_BUF_SIZE). */
#define SCRIPT_LINE_MAX 256

struct placing {
	struct plan *plan;
	const struct texts *path;
	const struct unit
		*unit; /* of the last program that was looked for, and what is around it */
	struct surroundings surroundings;
};

static void ignore_fault(void *userdata, const struct view_fault *fault)
{
	(void)userdata;
	(void)fault;
}

int programs_surroundings(const struct plan *plan, const struct unit *service,
			  struct surroundings *ret)
{
	const struct mounts_request request = { .unit = service, .quiet = true };
	struct mounts *mounts = pool_take(plan->pool, sizeof *mounts);
	struct view *view = pool_take(plan->pool, sizeof *view);
	int r = mounts && view ? mounts_read(plan->pool, &request, mounts) : -ENOMEM;

	if (r == 0 || r == -EINVAL)
		r = view_make(view, plan, mounts, true, ignore_fault, NULL);
	if (r == 0)
		r = environment_read(plan->pool, service, &ret->environment);
	if (r < 0)
		return r;
	ret->view = view;
	ret->directory = mounts->directory ? mounts->directory : "/";
	ret->as_root = mounts->user_is_root;
	return 0;
}

/*
 * What the unit mounts that may bring a needed program which is not in the image: a
 * directory of the host, or another image. NULL: nothing.
 */
static const struct mount *find_mount(struct placing *p, const struct need *need, const char *path)
{
	struct view_place place = { .kind = VIEW_MISSING };

	if (p->unit != need->unit) {
		p->unit = NULL;
		if (programs_surroundings(p->plan, need->unit, &p->surroundings) < 0)
			return NULL;
		p->unit = need->unit;
	}
	view_find(p->surroundings.view, path, &place);
	if (!place.mount || !place.mount->key)
		return NULL;
	return place.kind == VIEW_UNKNOWN || (place.kind == VIEW_MOUNTED && place.mount->source)
		       ? place.mount
		       : NULL;
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
	r = plan_add_file(plan, path, 0755, source, origin);
	if (r == 0)
		plan_follow(plan, path)->is_placed = true;
	return r;
}

/* Adds a program from the program path. What is offered is taken when it is examined. */
static int place_from_host(struct placing *p, const struct need *need, const char *path,
			   const char *origin)
{
	char shown[LOG_ESCAPED_SIZE];
	const struct mount *mount = find_mount(p, need, path);
	const char *slash = strrchr(path, '/'), *source;
	int r;

	if (mount && mount->mode != MOUNT_OVERLAY) /* it would be hidden */
		return 0;
	r = find_on_host(p, slash + 1, &source);
	if (r < 0)
		return r;
	if (!source && (mount || plan_follow(p->plan, path)))
		return 0;
	if (!source) {
		log_error("%s: cannot find the program '%s' of %s=, neither in tree/ nor in the "
			  "program path%s%s",
			  origin, log_escape(need->path, shown), need->key,
			  p->plan->offer ? " nor below --root=" : "", plan_nearest(p->plan, path));
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

struct plan_entry *programs_find(const struct surroundings *surroundings, const char *path,
				 bool *ret_is_foreign)
{
	char absolute[PATH_MAX];
	struct view_place place = { .kind = VIEW_MISSING };

	if (snprintf(absolute, sizeof absolute, "%s/%s",
		     path[0] == '/' ? "" : surroundings->directory, path) < (int)sizeof absolute)
		view_find(surroundings->view, absolute, &place);
	/* No program is in /dev or /proc, which systemd mounts unasked. */
	*ret_is_foreign = place.kind == VIEW_UNKNOWN && place.mount && place.mount->key;
	return place.kind == VIEW_IMAGE ? place.entry : NULL;
}

int programs_use(const struct surroundings *surroundings, const char *path,
		 const struct plan_entry *entry, const char *by)
{
	const struct plan *plan = surroundings->view->plan;
	int r = path[0] == '/' && plan_follow(plan, path) ? plan_use(plan, path, by) : 0;

	/* What the unit binds may lead to it by another way. */
	return r < 0 ? r : plan_use(plan, entry->path, by);
}

struct plan_entry *programs_search(const struct surroundings *surroundings, const char *directories,
				   const char *name, const char **ret, bool *ret_is_foreign)
{
	struct pool *pool = surroundings->view->plan->pool;
	bool is_foreign = false;

	*ret = NULL;
	*ret_is_foreign = false;
	while (directories) {
		size_t length = strcspn(directories, ":");
		const char *path = pool_format(pool, "%.*s%s%s", (int)length, directories,
					       length ? "/" : "", name);
		struct plan_entry *entry =
			path ? programs_find(surroundings, path, &is_foreign) : NULL;

		if (entry && entry->type == PLAN_FILE && (entry->mode & 0111)) {
			*ret = path;
			return entry;
		}
		*ret_is_foreign |= is_foreign;
		directories = directories[length] ? directories + length + 1 : NULL;
	}
	return NULL;
}

const char *programs_path(const struct plan *plan, const struct need *need)
{
	const char *directories, *path;

	if (need->path[0] == '/')
		return need->path;
	if (environment_search_path(plan->pool, need->unit, &directories) < 0)
		return NULL;
	while (directories) {
		size_t length = strcspn(directories, ":");
		const struct plan_entry *entry;

		path = pool_format(plan->pool, "%.*s/%s", (int)length, directories, need->path);
		entry = path ? plan_follow(plan, path) : NULL;
		if (!path || (entry && entry->type == PLAN_FILE && (entry->mode & 0111)))
			return path;
		directories = directories[length] ? directories + length + 1 : NULL;
	}
	return pool_format(plan->pool, "/usr/bin/%s", need->path);
}

/* The first line of a script, as load_script() of the kernel reads it. */
static int read_script(struct pool *pool, const char *bytes, size_t size, struct program_file *file)
{
	size_t line = size < SCRIPT_LINE_MAX ? size : SCRIPT_LINE_MAX, length;
	const char *newline = memchr(bytes, '\n', line);
	char *text = pool_copy_bytes(pool, bytes, newline ? (size_t)(newline - bytes) : line);

	if (!text)
		return -ENOMEM;
	text += strlen("#!");
	text += strspn(text, " \t");
	length = strcspn(text, " \t");
	if (length == 0) {
		file->problem = "its first line names no interpreter";
	} else if (!newline && !text[length] && size >= SCRIPT_LINE_MAX) {
		file->problem = "its first line is longer than 255 bytes";
	} else {
		file->interpreter = text;
		file->argument = text + length + strspn(text + length, " \t");
		text += length;
		length = strlen(file->argument);
		while (length > 0 && strchr(" \t", file->argument[length - 1]))
			length--;
		file->argument = length ? pool_copy_bytes(pool, file->argument, length) : NULL;
		*text = '\0';
	}
	return 0;
}

static int read_elf(struct pool *pool, const char *bytes, size_t size, struct program_file *file)
{
	struct elf_facts *facts = pool_take(pool, sizeof *facts);
	int r = facts ? elf_read(pool, bytes, size, facts) : -ENOMEM;

	if (r == 0)
		file->elf = facts;
	if (r == -ENOEXEC)
		file->problem = "neither an ELF program nor a script with '#!'";
	else if (r == -E2BIG)
		file->problem = "needs too many libraries";
	else if (r < 0)
		file->problem = "a damaged ELF file";
	else if (!facts->executable)
		file->problem = "an object file, not a linked program";
	return r == -ENOMEM ? r : 0;
}

int programs_read(const struct plan *plan, struct plan_entry *entry,
		  const struct program_file **ret)
{
	struct program_file *file;
	char *bytes = NULL;
	size_t size;
	int r;

	*ret = entry->program;
	if (*ret)
		return 0;
	file = pool_take(plan->pool, sizeof *file);
	if (!file)
		return -ENOMEM;
	*file = (struct program_file){ 0 };
	r = plan_read(plan, entry, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r == -EFBIG) {
		file->problem = "larger than 1 GiB";
		r = 0;
	} else if (r == 0) {
		r = size >= 2 && memcmp(bytes, "#!", 2) == 0
			    ? read_script(plan->pool, bytes, size, file)
			    : read_elf(plan->pool, bytes, size, file);
		free(bytes);
	}
	if (r == 0)
		*ret = entry->program = file;
	return r;
}

/* The machine of an ELF program, or of a script's interpreter; NULL for anything else. */
static int find_architecture(struct plan *plan, struct plan_entry *entry, const char **ret)
{
	const struct architecture *architecture;
	const struct program_file *file;
	int r;

	for (unsigned depth = 0; entry && entry->type == PLAN_FILE && depth <= SCRIPT_DEPTH_MAX;
	     depth++) {
		r = programs_read(plan, entry, &file);
		if (r == -ENOMEM)
			return pool_exhausted();
		if (r < 0) {
			log_failure(r, "%s: cannot read the program", entry->origin);
			return r;
		}
		architecture = file->elf ? architecture_of(file->elf->machine, file->elf->bits,
							   file->elf->big_endian)
					 : NULL;
		*ret = architecture ? architecture->name : NULL;
		entry = file->interpreter ? plan_follow(plan, file->interpreter) : NULL;
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
		entry = plan_follow(plan, in_image);
		if (!entry || entry->offered) {
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
