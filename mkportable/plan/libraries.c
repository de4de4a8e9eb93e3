/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a dynamic program finds its loader and its libraries in the image. */
#include "plan/libraries.h"

#include "architecture.h"
#include "base/ld-cache.h"
#include "base/ld-conf.h"
#include "elements.h"
#include "log.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger than any; that of a desktop has 200 KB. */
#define CACHE_SIZE_MAX ((size_t)1024 * 1024)

/* Files that include others, their size, which is a line or two, and all their words. */
#define CONFIGURATION_DEPTH_MAX 8
#define CONFIGURATION_SIZE_MAX  ((size_t)64 * 1024)
#define CONFIGURATION_WORDS_MAX 1024

#define CACHE_PATH "/etc/ld.so.cache"

/* How often any program's objects name a library; limits hostile ones as well. */
#define NAMES_MAX ((size_t)16 * LIBRARIES_MAX)

/* Paths that are looked up for one program. */
#define TRIES_MAX 100000

/* Libraries that are missing, and others that are told; of more a message has no room. */
#define LIBRARIES_SHOWN 16

/* musl, ldso/dynlink.c: the search path without a file of its own, and that file's limit. */
#define MUSL_PATH          "/lib:/usr/local/lib:/usr/lib"
#define MUSL_PATH_SIZE_MAX ((size_t)64 * 1024)

struct object {
	const char *name;               /* by which it was needed */
	const char *path;               /* by which it was opened; of the program: resolved */
	const struct plan_entry *entry; /* NULL: the program */
	const struct elf_facts *facts;
	const struct object *needed_by; /* NULL: the program, and the loader */
	bool optional;                  /* the program works if it cannot be loaded */
};

struct search {
	const struct plan *plan;
	const struct surroundings *surroundings;
	struct library_cache *cache;
	const struct elf_facts *program;
	bool is_musl;
	const char *directories; /* that the loader searches at last */
	const char *missing;     /* "'liba.so', 'libb.so' of '/lib/libx.so'"; NULL: none */
	size_t missing_n;
	const char *broken; /* further problems; NULL: none */
	unsigned broken_n, tries;
	size_t names, searches;
	bool requested;     /* what the unit asks for was loaded */
	bool optional;      /* what is loaded now is: nothing is reported of it */
	const char *by;     /* what asks for the library, if it is not the object; NULL */
	const char *closed; /* what the user of the service may not open; NULL: nothing */
	size_t n;
	struct object *objects[LIBRARIES_MAX]; /* the program, the loader, the libraries */
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Adds a text behind others. Returns 0 or -ENOMEM. */
static int __attribute__((format(printf, 4, 5)))
append(struct search *s, const char **place, const char *between, const char *format, ...)
{
	char text[2 * LOG_ESCAPED_SIZE + 128];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	*place = *place ? pool_format(s->plan->pool, "%s%s%s", *place, between, text)
			: pool_copy(s->plan->pool, text);
	return *place ? 0 : -ENOMEM;
}

static int add_object(struct search *s, struct object object, struct object **ret)
{
	struct object *kept = pool_take(s->plan->pool, sizeof *kept);

	if (!kept || s->n == LIBRARIES_MAX)
		return kept ? -E2BIG : -ENOMEM;
	*kept = object;
	s->objects[s->n++] = kept;
	if (ret)
		*ret = kept;
	return 0;
}

/* Ends the search: what is there can be opened, but not loaded. */
static int report_broken(struct search *s, const char *path, const char *what)
{
	char shown[LOG_ESCAPED_SIZE];
	int r = 0;

	if (!s->optional && s->broken_n++ < LIBRARIES_SHOWN)
		r = append(s, &s->broken, "; ", "'%s' is %s", log_escape(path, shown), what);
	return r < 0 ? r : 1;
}

/* Whether the user of the service may open a file. */
static bool is_readable(const struct search *s, const struct plan_entry *entry)
{
	int length = (int)(base_name(entry->path) - entry->path);
	char directory[PATH_MAX], closed[PATH_MAX];
	mode_t mode;

	if (s->surroundings->as_root)
		return true;
	(void)snprintf(directory, sizeof directory, "%.*s", length > 1 ? length - 1 : 1,
		       entry->path);
	return (entry->mode & 0004) &&
	       view_is_open(s->surroundings->view, directory, closed, &mode);
}

/* Copies the path if something is there. Returns 1 if the search ends here, else 0. */
static int open_library(struct search *s, const char *path, const char *name,
			const struct object *needed_by)
{
	const struct elf_facts *facts;
	const struct program_file *file;
	struct plan_entry *entry;
	bool is_foreign;
	int r;

	if (++s->tries > TRIES_MAX)
		return -E2BIG;
	entry = programs_find(s->surroundings, path, &is_foreign);
	if (!entry)
		return is_foreign;
	path = pool_copy(s->plan->pool, path);
	if (!path)
		return -ENOMEM;
	/* To the loaders it is not there then. */
	if (!is_readable(s, entry)) {
		s->closed = path;
		return 0;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->objects[i]->entry == entry)
			return 1;
	if (entry->type != PLAN_FILE)
		return report_broken(s, path, "not a file");
	r = programs_read(s->plan, entry, &file);
	if (r < 0)
		return r;
	facts = file->elf;
	if (!facts)
		return report_broken(s, path, "not a valid ELF file");
	/* open_verify() of glibc passes over these. */
	if (!s->is_musl &&
	    (facts->bits != s->program->bits || (facts->big_endian == s->program->big_endian &&
						 facts->machine != s->program->machine)))
		return 0;
	if (facts->bits != s->program->bits || facts->big_endian != s->program->big_endian ||
	    facts->machine != s->program->machine)
		return report_broken(s, path, "for another machine");
	if (file->problem || facts->pie || !facts->position_independent)
		return report_broken(s, path, "not a library");
	if (view_is_noexec(s->surroundings->view, entry->path))
		return report_broken(s, path, "mounted without permission to execute");
	r = programs_use(s->surroundings, path, entry, s->by ? s->by : needed_by->path);
	if (r == 0)
		r = add_object(s,
			       (struct object){ .name = name,
						.path = path,
						.entry = entry,
						.facts = facts,
						.needed_by = needed_by,
						.optional = s->optional },
			       NULL);
	return r < 0 ? r : 1;
}

/* Whether text begins with this name, or with it in braces; *ret_length: of that. */
static bool is_token(const char *text, const char *name, size_t *ret_length)
{
	size_t length = strlen(name);
	bool braces = text[0] == '{';

	if (strncmp(text + braces, name, length) != 0 || (braces && text[length + 1] != '}'))
		return false;
	*ret_length = length + (braces ? strlen("{}") : 0);
	return true;
}

/* Replaces $ORIGIN, $LIB and $PLATFORM of a path in the object. Returns false if it is too long. */
static bool expand(const struct search *s, const struct object *object, const char *text,
		   char ret[static PATH_MAX])
{
	const struct architecture *a =
		architecture_of(s->program->machine, s->program->bits, s->program->big_endian);
	const char *multiarch = a && a->multiarch ? a->multiarch : "";
	/* The first directory of the loader is that of $LIB: "/lib64". */
	const char *lib = s->directories + (s->directories[0] == '/');
	const struct {
		const char *name, *value;
		size_t length;
	} tokens[] = {
		{ "ORIGIN", object->path, (size_t)(base_name(object->path) - object->path) },
		{ "LIB", lib, strcspn(lib, ":") },
		{ "PLATFORM", multiarch, strcspn(multiarch, "-") },
	};
	size_t n = 0;

	while (*text) {
		size_t length = text[0] == '$' ? 1 : strcspn(text, "$"), value_length = length;
		const char *value = text;

		for (size_t i = 0; text[0] == '$' && i < ELEMENTS(tokens); i++) {
			if (!is_token(text + 1, tokens[i].name, &length))
				continue;
			length++;
			value = tokens[i].value;
			value_length = tokens[i].length;
			break;
		}
		if (value_length >= PATH_MAX - n)
			return false;
		memcpy(ret + n, value, value_length);
		n += value_length;
		text += length;
	}
	ret[n] = '\0';
	return true;
}

/* list: directories, or NULL; of: whose list it is. Returns as open_library(). */
static int try_list(struct search *s, const char *list, const struct object *of, const char *name,
		    const struct object *needed_by)
{
	/* A library may be there in several kinds; which one is taken depends on the processor. */
	static const char *const kinds[] = { "", "glibc-hwcaps/x86-64-v2/",
					     "glibc-hwcaps/x86-64-v3/" };
	char text[PATH_MAX], directory[PATH_MAX], path[PATH_MAX];
	int r = 0;

	while (list && r == 0) {
		size_t length = strcspn(list, s->is_musl ? ":\n" : ":;");
		bool fits =
			snprintf(text, sizeof text, "%.*s", (int)length, list) < (int)sizeof text &&
			expand(s, of, text, directory);

		if (++s->tries > TRIES_MAX)
			return -E2BIG;
		for (size_t i = 0; i < ELEMENTS(kinds) && fits && r == 0; i++) {
			fits = snprintf(path, sizeof path, "%s%s%s%s", directory,
					directory[0] ? "/" : "", kinds[i], name) < (int)sizeof path;
			if (fits)
				r = open_library(s, path, name, needed_by);
		}
		list = list[length] ? list + length + 1 : NULL;
	}
	return r;
}

static int read_cache(struct search *s)
{
	struct library_cache *cache = s->cache;
	struct plan_entry *entry;
	char *bytes;
	int r;

	if (cache->is_read)
		return 0;
	cache->is_read = true;
	entry = plan_follow(s->plan, CACHE_PATH);
	if (!entry || entry->type != PLAN_FILE)
		return 0;
	cache->is_offered = entry->offered;
	r = plan_read(s->plan, entry, CACHE_SIZE_MAX, &bytes, &cache->size);
	if (r < 0)
		return r == -EFBIG ? 0 : r;
	cache->bytes = pool_copy_bytes(s->plan->pool, bytes, cache->size);
	free(bytes);
	return cache->bytes ? 0 : -ENOMEM;
}

static int try_cache(struct search *s, const char *name, const struct object *needed_by)
{
	uint32_t position = 0;
	int r = s->is_musl ? 0 : read_cache(s);

	while (r == 0 && s->cache->bytes && !s->is_musl) {
		const char *path = ld_cache_next(s->cache->bytes, s->cache->size,
						 s->program->big_endian, name, &position);

		if (!path)
			break;
		r = open_library(s, path, name, needed_by);
	}
	if (r > 0 && s->cache->is_offered) {
		s->cache->is_offered = false;
		r = plan_use(s->plan, CACHE_PATH, needed_by->path);
		r = r < 0 ? r : 1;
	}
	return r;
}

/* Adds what a file of ldconfig names to the directories. Returns 0 or -ENOMEM. */
static int read_configuration(struct search *s, const char *path, unsigned depth)
{
	struct plan_entry *entry = plan_follow(s->plan, path);
	const char *text, *word, *directory;
	const char *const *names;
	bool is_include;
	size_t size, length;
	char *bytes;
	int r;

	if (!entry || entry->type != PLAN_FILE || depth == CONFIGURATION_DEPTH_MAX ||
	    ++s->tries > TRIES_MAX ||
	    plan_read(s->plan, entry, CONFIGURATION_SIZE_MAX, &bytes, &size) < 0)
		return 0;
	text = pool_adopt(s->plan->pool, bytes);
	if (!text)
		return -ENOMEM;
	while ((word = ld_conf_next(&text, &length, &is_include))) {
		word = pool_copy_bytes(s->plan->pool, word, length);
		if (!word)
			return -ENOMEM;
		/* Hostile ones are endless. */
		if (++s->cache->configured_n > CONFIGURATION_WORDS_MAX)
			return 0;
		if (!is_include) {
			s->cache->configured =
				pool_format(s->plan->pool, "%s%s%s", s->cache->configured,
					    s->cache->configured[0] ? ":" : "", word);
			if (!s->cache->configured)
				return -ENOMEM;
			continue;
		}
		/* ldconfig takes any pattern; all distributions have this one: DIRECTORY/PATTERN. */
		directory = pool_format(s->plan->pool, "%s%.*s", word[0] == '/' ? "" : "/etc/",
					(int)(base_name(word) - word), word);
		r = directory ? s->plan->offer->list(s->plan->offer->userdata, directory, &names)
			      : -ENOMEM;
		for (; r == 0 && *names; names++) {
			const char *file;

			if (fnmatch(base_name(word), *names, FNM_PERIOD) != 0)
				continue;
			file = pool_format(s->plan->pool, "%s%s", directory, *names);
			r = file ? read_configuration(s, file, depth + 1) : -ENOMEM;
		}
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

/*
 * A tree in which ldconfig(8) was not run yet has no cache, which would tell where a library
 * is. The image gets a link to it, in a directory that the loader searches.
 */
static int try_configuration(struct search *s, const char *name, const struct object *needed_by)
{
	const char *list, *directories = s->directories, *target, *path;
	struct plan_entry *entry;
	bool is_foreign;
	int r = 0;

	if (!s->plan->offer || s->is_musl || s->cache->bytes)
		return 0;
	if (!s->cache->configured) {
		s->cache->configured = "";
		r = read_configuration(s, "/etc/ld.so.conf", 0);
	}
	path = pool_copy_bytes(s->plan->pool, directories, strcspn(directories, ":"));
	while (path && !((entry = plan_follow(s->plan, path)) && entry->type == PLAN_DIRECTORY)) {
		directories += strcspn(directories, ":");
		if (!*directories)
			return 0;
		directories++;
		path = pool_copy_bytes(s->plan->pool, directories, strcspn(directories, ":"));
	}
	path = path ? pool_format(s->plan->pool, "%s/%s", entry->path, name) : NULL;
	for (list = s->cache->configured; r == 0 && path && *list;) {
		size_t length = strcspn(list, ":");

		target = pool_format(s->plan->pool, "%.*s/%s", (int)length, list, name);
		if (!target)
			return -ENOMEM;
		list += length + (list[length] == ':');
		if (++s->tries > TRIES_MAX)
			return -E2BIG;
		entry = programs_find(s->surroundings, target, &is_foreign);
		if (!entry || entry->type != PLAN_FILE)
			continue;
		r = s->plan->offer->link(s->plan->offer->userdata, path, target);
		return r < 0 ? r : open_library(s, path, name, needed_by);
	}
	return path ? r : -ENOMEM;
}

/* Finds a library that an object needs, and adds it. Returns as open_library(). */
static int find_library(struct search *s, const struct object *of, const char *name)
{
	const struct object *program = s->objects[0];
	char path[PATH_MAX];
	int r = 0;

	if (strchr(name, '/')) {
		if (!expand(s, of, name, path))
			return 0;
		name = pool_copy(s->plan->pool, path);
		return name ? open_library(s, name, name, of) : -ENOMEM;
	}
	if (s->is_musl) {
		r = try_list(s, s->surroundings->environment.library_path, program, name, of);
		for (const struct object *o = of; o && r == 0; o = o->needed_by)
			r = try_list(s, o->facts->runpath ? o->facts->runpath : o->facts->rpath, o,
				     name, of);
	} else {
		for (const struct object *o = of; !of->facts->runpath && o && r == 0;
		     o = o->needed_by)
			r = try_list(s, o->facts->rpath, o, name, of);
		if (r == 0)
			r = try_list(s, s->surroundings->environment.library_path, program, name,
				     of);
		if (r == 0)
			r = try_list(s, of->facts->runpath, of, name, of);
	}
	/* Not taking the cache of a tree into the image is better, if it is not needed. */
	if (r == 0 && s->cache->is_offered)
		r = try_list(s, s->directories, program, name, of);
	if (r == 0)
		r = try_cache(s, name, of);
	if (r == 0)
		r = try_list(s, s->directories, program, name, of);
	return r == 0 ? try_configuration(s, name, of) : r;
}

/* musl's loader is its libc, which has these names as well. */
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

/* The object that has this name; or NULL. */
static const struct object *loaded(const struct search *s, const char *name)
{
	for (size_t i = 1; i < s->n; i++) {
		const struct object *o = s->objects[i];

		if (strcmp(o->name, name) == 0 ||
		    (o->facts->soname && strcmp(o->facts->soname, name) == 0))
			return o;
	}
	return s->is_musl && is_musl_itself(name) && s->n > 1 ? s->objects[1] : NULL;
}

/* Returns 1 if the library is loaded, or was found and reported, else 0. */
static int load(struct search *s, const struct object *of, const char *name)
{
	int r;

	if (++s->names > NAMES_MAX)
		return -E2BIG;
	if (loaded(s, name))
		return 1;
	if (++s->searches > (size_t)2 * LIBRARIES_MAX)
		return -E2BIG;
	s->closed = NULL;
	r = find_library(s, of, name);
	if (r == 0 && s->closed)
		r = report_broken(s, s->closed, "not readable for the user of the service");
	return r;
}

/* by: what needs it; NULL: the program. Returns 0 or -ENOMEM. */
static int report_missing(struct search *s, const char *name, const char *by)
{
	char shown[LOG_ESCAPED_SIZE], shown_by[LOG_ESCAPED_SIZE];

	if (s->optional || s->missing_n++ >= LIBRARIES_SHOWN)
		return 0;
	return append(s, &s->missing, ", ", by ? "'%s' of '%s'" : "'%s'", log_escape(name, shown),
		      by ? log_escape(by, shown_by) : "");
}

/* What the program loads by itself: its unit says so. */
static int load_requested(struct search *s)
{
	int r = 0;

	for (struct load *l = s->surroundings->loads; l && r >= 0; l = l->next) {
		s->by = l->by;
		s->optional = l->optional;
		r = load(s, s->objects[0], l->name);
		l->found |= r > 0;
	}
	s->by = NULL;
	return r < 0 ? r : 0;
}

/* What an object loads by itself: it says so in a note. */
static int load_noted(struct search *s, const struct object *of)
{
	bool optional = of->optional;
	int r = 0;

	for (const struct dlopen_entry *l = of->facts->loads; l && r >= 0; l = l->next) {
		s->optional = optional || !l->required;
		r = 0;
		for (size_t i = 0; i < l->n && r == 0; i++)
			r = load(s, of, l->names[i]);
		if (r == 0)
			r = report_missing(s, l->names[0], of->path);
	}
	return r < 0 ? r : 0;
}

static int load_needed(struct search *s, const struct object *of)
{
	int r = 0;

	s->optional = of->optional;
	for (size_t i = 0; i < of->facts->needed_n && r >= 0; i++) {
		r = load(s, of, of->facts->needed[i]);
		if (r == 0)
			r = report_missing(s, of->facts->needed[i],
					   of == s->objects[0] ? NULL : of->path);
	}
	return r < 0 ? r : 0;
}

/*
 * Loads what each object needs, breadth first, as both loaders do; then what is loaded later,
 * so that nothing that is needed at the start is taken for optional.
 */
static int load_libraries(struct search *s)
{
	size_t done = 0, noted = 0;
	bool requested = false;
	int r = 0;

	while (r == 0) {
		if (done < s->n) {
			r = load_needed(s, s->objects[done++]);
		} else if (!requested) {
			requested = true;
			r = load_requested(s);
		} else if (noted < s->n) {
			r = load_noted(s, s->objects[noted++]);
		} else {
			break;
		}
	}
	return r;
}

static bool has_version(const struct elf_facts *facts, const char *name)
{
	/* Without any, the loader prints a warning, and goes on. */
	bool found = facts->versions == NULL;

	for (const struct elf_version *v = facts->versions; v && !found; v = v->next)
		found = strcmp(v->name, name) == 0;
	return found;
}

/* Whether each library has the versions of symbols that others need of it. */
static int check_versions(struct search *s)
{
	char shown[LOG_ESCAPED_SIZE], shown_object[LOG_ESCAPED_SIZE];
	int r = 0;

	for (size_t i = 0; i < s->n && r == 0; i++) {
		const struct elf_version *v = s->objects[i]->facts->versions_needed;

		for (; v && r == 0 && !s->objects[i]->optional; v = v->next) {
			const struct object *library = loaded(s, v->library);

			if (library && !has_version(library->facts, v->name) &&
			    s->broken_n++ < LIBRARIES_SHOWN)
				r = append(s, &s->broken, "; ", "'%s' is without %s",
					   log_escape(library->path, shown),
					   log_escape(v->name, shown_object));
		}
	}
	return r;
}

/* Where musl's loader searches: its file is beside the directory that it is in. */
static int read_musl_path(struct search *s, const char *interpreter)
{
	const char *name = base_name(interpreter), *end = name - (name > interpreter);
	struct plan_entry *entry;
	const char *path;
	char *bytes;
	size_t size, arch = strlen("ld-musl-");
	int r;

	while (end > interpreter && end[-1] != '/')
		end--;
	if (strncmp(name, "ld-musl-", arch) != 0)
		return 0;
	name += arch;
	path = pool_format(s->plan->pool, "%.*s/etc/ld-musl-%.*s.path",
			   (int)(end > interpreter ? end - interpreter - 1 : 0), interpreter,
			   (int)strcspn(name, "."), name);
	if (!path)
		return -ENOMEM;
	entry = plan_follow(s->plan, path);
	if (!entry || entry->type != PLAN_FILE)
		return 0;
	r = plan_read(s->plan, entry, MUSL_PATH_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r == -EFBIG ? 0 : r;
	s->directories = pool_copy_bytes(s->plan->pool, bytes, size);
	free(bytes);
	return s->directories ? plan_use(s->plan, path, interpreter) : -ENOMEM;
}

/* The kernel loads it. Returns 1 if it can, 0 if not, or if it is not known. */
static int load_loader(struct search *s, const char *path)
{
	const struct program_file *file;
	struct plan_entry *entry;
	char shown[LOG_ESCAPED_SIZE];
	char closed[PATH_MAX];
	mode_t mode;
	const char *problem = NULL;
	bool is_foreign;
	int r;

	entry = programs_find(s->surroundings, path, &is_foreign);
	if (is_foreign)
		return 0;
	if (!entry)
		problem = "not in the image";
	else if (entry->type != PLAN_FILE || !(entry->mode & 0111))
		problem = "not an executable file";
	else if (!s->surroundings->as_root &&
		 !view_is_open(s->surroundings->view, entry->path, closed, &mode))
		problem = "not executable for the user of the service";
	r = problem ? 0 : programs_read(s->plan, entry, &file);
	if (r < 0)
		return r;
	if (!problem && (!file->elf || file->problem || file->elf->machine != s->program->machine ||
			 file->elf->bits != s->program->bits))
		problem = "not a loader for this machine";
	if (problem) {
		r = append(s, &s->broken, "; ", "its loader '%s' is %s", log_escape(path, shown),
			   problem);
		return r;
	}
	r = programs_use(s->surroundings, path, entry, s->objects[0]->path);
	if (r < 0)
		return r;
	s->is_musl = file->elf->versions == NULL;
	s->directories = s->is_musl ? MUSL_PATH : file->elf->directories;
	r = s->is_musl ? read_musl_path(s, path) : 0;
	if (!s->directories)
		s->directories = "/lib64:/usr/lib64:/lib:/usr/lib";
	if (r == 0)
		r = add_object(s,
			       (struct object){ .name = base_name(path),
						.path = path,
						.entry = entry,
						.facts = file->elf },
			       NULL);
	return r < 0 ? r : 1;
}

static int list_loaded(const struct search *s, struct loaded *ret)
{
	struct loaded_object *objects = pool_take(s->plan->pool, s->n * sizeof *objects);

	if (!objects)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		objects[i] = (struct loaded_object){ .path = s->objects[i]->path,
						     .facts = s->objects[i]->facts };
	*ret = (struct loaded){ .is_musl = s->is_musl, .n = s->n, .objects = objects };
	return 0;
}

int libraries_check(const struct plan *plan, const char *path, const struct elf_facts *facts,
		    const struct surroundings *surroundings, struct library_cache *cache,
		    struct loaded *ret_loaded, const char **ret_problems)
{
	struct search s = {
		.plan = plan, .surroundings = surroundings, .cache = cache, .program = facts
	};
	int r;

	*ret_problems = NULL;
	*ret_loaded = (struct loaded){ 0 };
	/* What has no loader is started as it is. */
	if (!facts->interpreter)
		return 0;
	r = add_object(&s, (struct object){ .name = path, .path = path, .facts = facts }, NULL);
	if (r == 0)
		r = load_loader(&s, facts->interpreter);
	if (r > 0 && !s.is_musl && read_cache(&s) < 0)
		r = -ENOMEM;
	if (r > 0)
		r = load_libraries(&s);
	if (r == -E2BIG)
		r = append(&s, &s.broken, "; ", "it needs more than %d libraries", LIBRARIES_MAX);
	if (r == 0 && !s.is_musl)
		r = check_versions(&s);
	if (r >= 0 && s.missing_n > LIBRARIES_SHOWN)
		r = append(&s, &s.missing, " and ", "%zu more", s.missing_n - LIBRARIES_SHOWN);
	if (r < 0)
		return r;
	if (s.missing) {
		const char *text =
			pool_format(plan->pool, "it needs the %s %s, which %s not in the image%s%s",
				    s.missing_n == 1 ? "library" : "libraries", s.missing,
				    s.missing_n == 1 ? "is" : "are", s.broken ? "; " : "",
				    s.broken ? s.broken : "");

		if (!text)
			return -ENOMEM;
		s.broken = text;
	}
	*ret_problems = s.broken;
	return s.broken ? 0 : list_loaded(&s, ret_loaded);
}
