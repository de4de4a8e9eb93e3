/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a dynamic program finds its loader and its libraries in the image. */
#include "plan/libraries.h"

#include "base/architecture.h"
#include "elements.h"
#include "plan/programs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct object {
	const char *path; /* resolved */
	struct elf_facts facts;
};

struct search {
	const struct plan *plan;
	const struct elf_facts *program;
	const char *loader; /* base name; it is loaded already */
	bool musl;
	size_t n;
	struct object *objects[LIBRARIES_MAX]; /* the program first */
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* musl's loader is its libc, which has these names as well (ldso/dynlink.c). */
static bool is_musl_itself(const char *name)
{
	static const char *const names[] = {
		"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."
	};

	if (strncmp(name, "lib", 3) != 0)
		return false;
	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strncmp(name + 3, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Returns 1 and *ret if the plan has a library for this machine there, else 0. */
static int open_library(struct search *s, const char *path, struct object **ret)
{
	const struct plan_entry *entry = plan_follow(s->plan, path);
	struct object *object;
	char *bytes;
	size_t size;
	int r;

	if (!entry || entry->type != PLAN_FILE)
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->objects[i]->path, entry->path) == 0) {
			*ret = NULL;
			return 1;
		}
	}
	r = plan_read(s->plan, entry, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r;
	object = pool_take(s->plan->pool, sizeof *object);
	r = object ? elf_read(s->plan->pool, bytes, size, &object->facts) : -ENOMEM;
	free(bytes);
	if (r == -ENOMEM)
		return r;
	/* The loader ignores files that are damaged or for another machine. */
	if (r < 0 || object->facts.machine != s->program->machine ||
	    object->facts.bits != s->program->bits ||
	    object->facts.big_endian != s->program->big_endian)
		return 0;
	object->path = entry->path;
	*ret = object;
	return 1;
}

/* Replaces $ORIGIN at the start. NULL: the directory cannot be used, or there is no memory. */
static const char *expand_directory(struct search *s, const char *directory,
				    const char *object_path)
{
	static const char *const names[] = { "$ORIGIN", "${ORIGIN}" };
	size_t length = (size_t)(base_name(object_path) - object_path);

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strncmp(directory, names[i], strlen(names[i])) == 0)
			directory = pool_format(s->plan->pool, "%.*s/%s", (int)length, object_path,
						directory + strlen(names[i]));
	return directory && directory[0] == '/' && !strchr(directory, '$') ? directory : NULL;
}

/* Returns as open_library(). */
static int try_directory(struct search *s, const char *directory, const char *name,
			 struct object **ret)
{
	const char *path = pool_format(s->plan->pool, "%s/%s", directory, name);

	return path ? open_library(s, path, ret) : -ENOMEM;
}

/* list: an RPATH or RUNPATH, or NULL. Returns as open_library(). */
static int try_list(struct search *s, const char *list, const struct object *of, const char *name,
		    struct object **ret)
{
	int r = 0;

	while (list && r == 0) {
		size_t length = strcspn(list, ":");
		const char *directory = pool_copy_bytes(s->plan->pool, list, length);

		if (!directory)
			return -ENOMEM;
		directory = expand_directory(s, directory, of->path);
		if (directory)
			r = try_directory(s, directory, name, ret);
		list = list[length] ? list + length + 1 : NULL;
	}
	return r;
}

static int try_standard_directories(struct search *s, const char *name, struct object **ret)
{
	static const char *const directories[] = { "/lib64", "/usr/lib64", "/lib", "/usr/lib" };
	const struct architecture *a =
		architecture_of(s->program->machine, s->program->bits, s->program->big_endian);
	int r = 0;

	for (int i = 0; i < 2 && a && a->multiarch && r == 0; i++) {
		const char *directory =
			pool_format(s->plan->pool, "%s/lib/%s", i ? "/usr" : "", a->multiarch);

		r = directory ? try_directory(s, directory, name, ret) : -ENOMEM;
	}
	for (size_t i = 0; i < ELEMENTS(directories) && r == 0; i++)
		r = try_directory(s, directories[i], name, ret);
	if (r == 0 && s->musl)
		r = try_directory(s, "/usr/local/lib", name, ret);
	return r;
}

/* Finds a library that an object needs. Returns as open_library(). */
static int find_library(struct search *s, const struct object *of, const char *name,
			struct object **ret)
{
	const struct object *program = s->objects[0];
	int r = 0;

	*ret = NULL;
	if (strcmp(name, s->loader) == 0 || (s->musl && is_musl_itself(name)))
		return 1;
	if (strchr(name, '/'))
		return name[0] == '/' ? open_library(s, name, ret) : 0;
	if (!of->facts.runpath) {
		r = try_list(s, of->facts.rpath, of, name, ret);
		if (r == 0 && of != program && !program->facts.runpath)
			r = try_list(s, program->facts.rpath, program, name, ret);
	}
	if (r == 0)
		r = try_list(s, of->facts.runpath, of, name, ret);
	return r == 0 ? try_standard_directories(s, name, ret) : r;
}

static bool has_loader(const struct plan *plan, const struct elf_facts *facts)
{
	const struct plan_entry *loader = NULL;

	if (!facts->interpreter)
		return true;
	if (facts->interpreter[0] == '/')
		loader = plan_follow(plan, facts->interpreter);
	return loader && loader->type == PLAN_FILE && (loader->mode & 0111);
}

int libraries_check(const struct plan *plan, const char *path, const struct elf_facts *facts,
		    struct library_gap *ret)
{
	struct object program = { .path = path, .facts = *facts }, *found;
	struct search s = { .plan = plan, .program = facts };
	int r;

	if (!has_loader(plan, facts)) {
		*ret = (struct library_gap){ path, "its loader", facts->interpreter };
		return 1;
	}
	s.loader = facts->interpreter ? base_name(facts->interpreter) : "";
	s.musl = strncmp(s.loader, "ld-musl-", strlen("ld-musl-")) == 0;
	s.objects[s.n++] = &program;
	for (size_t i = 0; i < s.n; i++) {
		const struct object *of = s.objects[i];

		for (size_t j = 0; j < of->facts.needed_n; j++) {
			r = find_library(&s, of, of->facts.needed[j], &found);
			if (r < 0)
				return r;
			if (r == 0) {
				*ret = (struct library_gap){ of->path, "the library",
							     of->facts.needed[j] };
				return 1;
			}
			if (!found)
				continue;
			if (s.n == LIBRARIES_MAX)
				return -E2BIG;
			s.objects[s.n++] = found;
		}
	}
	return 0;
}
