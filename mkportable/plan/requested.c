/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes what units ask for in [X-Portable]. */
#include "plan/requested.h"

#include "elements.h"
#include "log.h"
#include "units/facts.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper ones are mistakes, as in read/walk.h. */
#define DEPTH_MAX 128

#define PATTERN "*?["

#define PACKAGES   "/var/lib/dpkg/info"
#define DIVERSIONS "/var/lib/dpkg/diversions"

/* The list of a package with a hundred thousand files. */
#define PACKAGE_LIST_SIZE_MAX ((size_t)16 * 1024 * 1024)

/*
 * Paths that are looked at in an image that is there: each of its entries, for ten requests. A
 * hostile one has a million requests for all that it has. A path in a list has some 64 bytes.
 */
#define STEPS_MAX      ((size_t)10 * PLAN_ENTRIES_MAX)
#define LIST_STEP_SIZE 64

struct taking {
	struct plan *plan;
	struct requests *requests;
	const struct request *request;
	const char *origin;      /* of the request */
	struct plan_entry **own; /* what is in the plan before the request, sorted */
	size_t own_n;
	bool is_asking; /* only what is there is of interest, and no mistake */
	size_t matches, steps;
	unsigned depth;
};

/* A path of a package, and where dpkg has put it. */
struct diversion {
	const char *from;
	char *to;
};

/* What of a package no service needs, or nothing in an image reads. */
static const char *const left_out[] = {
	"/usr/share/bash-completion",
	"/usr/share/bug",
	"/usr/share/doc",
	"/usr/share/doc-base",
	"/usr/share/fish",
	"/usr/share/gtk-doc",
	"/usr/share/help",
	"/usr/share/info",
	"/usr/share/lintian",
	"/usr/share/locale",
	"/usr/share/man",
	"/usr/share/menu",
	"/usr/share/zsh",
	"/etc/cron.d",
	"/etc/cron.daily",
	"/etc/cron.hourly",
	"/etc/cron.monthly",
	"/etc/cron.weekly",
	"/etc/init.d",
	"/etc/logrotate.d",
	"/lib/udev",
	"/usr/lib/udev",
	"/usr/lib/sysusers.d",
	"/usr/lib/systemd/user",
	"/usr/lib/tmpfiles.d",
	ETC_OS_RELEASE,
	USR_OS_RELEASE,
};

static bool is_in(const char *directory, const char *path)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && (!path[length] || path[length] == '/');
}

static bool is_in_unit_directory(const char *path)
{
	for (size_t i = 0; unit_directories[i]; i++)
		if (is_in(unit_directories[i], path))
			return true;
	return false;
}

static bool is_left_out(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(left_out); i++)
		if (is_in(left_out[i], path))
			return true;
	return is_in_unit_directory(path);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Returns 0, or -E2BIG if that was too much. */
static int count_steps(struct taking *t, size_t n)
{
	t->steps += n;
	return t->is_asking && t->steps > STEPS_MAX ? -E2BIG : 0;
}

/* The first entry of its own whose path does not sort before "PATH" and this character. */
static size_t find_first(const struct taking *t, const char *path, size_t length, char character)
{
	size_t first = 0, end = t->own_n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		const char *other = t->own[middle]->path;
		int order = strncmp(other, path, length);

		if (order < 0 || (order == 0 && (unsigned char)other[length] < character))
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* What is behind "PATH/", of this length, in the path of an entry; NULL: it is further below. */
static const char *child_name(const struct taking *t, size_t i, size_t length)
{
	const char *name = t->own[i]->path + length;

	return strchr(name, '/') ? NULL : name;
}

/* The next one in the same directory: what is below this one is passed over at once. */
static size_t next_child(const struct taking *t, size_t i, size_t length)
{
	const char *path = t->own[i]->path, *slash = strchr(path + length, '/');

	return slash ? find_first(t, path, (size_t)(slash - path), '/' + 1) : i + 1;
}

/*
 * The names in a directory, in the plan and offered; sorted, some of them twice. What the
 * request took is offered as well.
 */
static int list_names(const struct taking *t, const char *path, const char ***ret, size_t *ret_n)
{
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path), n = 0, own_n = 0, first, end;
	const struct plan *plan = t->plan;
	static const char *const none[] = { NULL };
	const char *const *offered = none;
	const char **names, *name;
	int r;

	r = plan->offer ? plan->offer->list(plan->offer->userdata, path, &offered) : 0;
	if (r < 0)
		return r;
	while (offered[n])
		n++;
	first = find_first(t, path, length, '/');
	end = find_first(t, path, length, '/' + 1);
	length++;
	for (size_t i = first; i < end; i = next_child(t, i, length))
		own_n += child_name(t, i, length) != NULL;
	names = pool_take(plan->pool, (n + own_n + 1) * sizeof *names);
	if (!names)
		return -ENOMEM;
	if (n > 0)
		memcpy(names, offered, n * sizeof *names);
	for (size_t i = first; i < end; i = next_child(t, i, length)) {
		name = child_name(t, i, length);
		if (name)
			names[n++] = name;
	}
	if (n > 0)
		qsort(names, n, sizeof *names, by_bytes);
	*ret = names;
	*ret_n = n;
	return 0;
}

static const char *join(const struct taking *t, const char *directory, const char *name)
{
	return pool_format(t->plan->pool, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory,
			   name);
}

static int fail(const struct taking *t, const char *path, const char *why)
{
	char shown[LOG_ESCAPED_SIZE];

	if (t->is_asking)
		return 0;
	log_error("%s: %s=: '%s' %s", t->origin, t->request->key, log_escape(path, shown), why);
	return -EINVAL;
}

static int remember(struct taking *t, const char *path)
{
	struct requested *requested;

	if (t->is_asking)
		return 0;
	requested = pool_take(t->plan->pool, sizeof *requested);
	if (!requested)
		return pool_exhausted();
	*requested =
		(struct requested){ .path = path,
				    .request = t->request,
				    .by_name = t->request->kind == REQUEST_FILE && t->depth == 0 &&
					       !strpbrk(t->request->text, PATTERN),
				    .next = t->requests->requested };
	t->requests->requested = requested;
	return 0;
}

/* Takes what is at a path and, of a directory that Files= names, all that is in it. */
static int take(struct taking *t, const char *path, bool through_links)
{
	char resolved[PATH_MAX], shown[LOG_ESCAPED_SIZE];
	const char **names, *child;
	struct plan_entry *entry;
	size_t n;
	int r;

	r = count_steps(t, 1);
	if (r < 0)
		return r;
	if (path_is_volatile(path))
		return fail(t, path, "is mounted over when the service starts");
	r = plan_resolve(t->plan, path, through_links, resolved);
	entry = r == 0 ? plan_find(t->plan, resolved) : NULL;
	if (!entry)
		return 0;
	if (is_in_unit_directory(resolved) && entry->offered)
		return fail(t, path, "is a place for units, which belong beside tree/");
	if (entry->type == PLAN_OTHER)
		return fail(t, path, "is a special file");
	t->matches++;
	r = plan_use(t->plan, path, t->origin);
	/* A link is taken as it is, wherever it leads. */
	if (r == -ELOOP && !through_links)
		r = 0;
	if (r == -E2BIG) {
		log_error("%s: more than %d entries in the image", t->origin, PLAN_ENTRIES_MAX);
		return r;
	}
	if (r < 0) {
		log_failure(r, "%s: cannot take '%s'", t->origin, log_escape(path, shown));
		return r;
	}
	if (entry->type == PLAN_FILE)
		return remember(t, entry->path);
	if (entry->type != PLAN_DIRECTORY || t->request->kind != REQUEST_FILE)
		return 0;
	if (t->depth == DEPTH_MAX)
		return fail(t, path, "is nested too deep");
	r = list_names(t, resolved, &names, &n);
	if (r < 0) {
		log_failure(r, "%s: cannot read '%s'", t->origin, log_escape(path, shown));
		return r;
	}
	t->depth++;
	for (size_t i = 0; i < n && r == 0; i++) {
		if (i > 0 && strcmp(names[i], names[i - 1]) == 0)
			continue;
		child = join(t, resolved, names[i]);
		r = child ? take(t, child, false) : pool_exhausted();
	}
	t->depth--;
	return r;
}

/* done: a path without patterns; rest: what follows it, "" at the end. */
static int expand(struct taking *t, const char *done, const char *rest)
{
	size_t length, n;
	const char **names, *part, *path;
	int r;

	r = count_steps(t, 1);
	if (r < 0)
		return r;
	rest += strspn(rest, "/");
	if (!*rest)
		return take(t, done, true);
	length = strcspn(rest, "/");
	part = pool_copy_bytes(t->plan->pool, rest, length);
	if (!part)
		return pool_exhausted();
	rest += length;
	if (!strpbrk(part, PATTERN)) {
		path = join(t, done, part);
		return path ? expand(t, path, rest) : pool_exhausted();
	}
	r = list_names(t, done, &names, &n);
	/* In a directory that cannot be read, nothing matches. */
	if (r < 0)
		return r == -ENOMEM ? pool_exhausted() : 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		if ((i > 0 && strcmp(names[i], names[i - 1]) == 0) ||
		    fnmatch(part, names[i], FNM_PERIOD) != 0)
			continue;
		path = join(t, done, names[i]);
		r = path ? expand(t, path, rest) : pool_exhausted();
	}
	return r;
}

static int not_found(const struct taking *t, const char *what, const char *path)
{
	char shown[LOG_ESCAPED_SIZE];

	if (t->is_asking)
		return 0;
	log_error("%s: %s=: %s'%s' is %s%s", t->origin, t->request->key, what,
		  log_escape(t->request->text, shown),
		  !t->plan->offer                    ? "not in tree/, and there is no --root="
		  : t->request->kind == REQUEST_FILE ? "neither in tree/ nor below --root="
						     : "not below --root=",
		  plan_nearest(t->plan, path));
	return -ENOENT;
}

/* The list of a package: NAME.list or, of one that may be there for several machines, NAME:….list. */
static int find_list(struct taking *t, struct plan_entry **ret)
{
	const char *name = t->request->text, **names, *path;
	size_t length = strlen(name), n;
	int r;

	*ret = NULL;
	path = pool_format(t->plan->pool, PACKAGES "/%s.list", name);
	if (!path)
		return pool_exhausted();
	*ret = plan_follow(t->plan, path);
	if (*ret || !t->plan->offer)
		return *ret ? 0 : not_found(t, "the package ", path);
	r = list_names(t, PACKAGES, &names, &n);
	if (r < 0) {
		log_failure(r, "%s: cannot read '%s'", t->origin, PACKAGES);
		return r;
	}
	for (size_t i = 0; i < n; i++) {
		const char *end = strrchr(names[i], '.');

		if (strncmp(names[i], name, length) != 0 || names[i][length] != ':' || !end ||
		    strcmp(end, ".list") != 0 || (i > 0 && strcmp(names[i], names[i - 1]) == 0))
			continue;
		if (*ret)
			return fail(t, name,
				    "is there for more than one machine; name one, as NAME:amd64");
		path = join(t, PACKAGES, names[i]);
		if (!path)
			return pool_exhausted();
		*ret = plan_follow(t->plan, path);
	}
	return *ret ? 0 : not_found(t, "the package ", path);
}

/*
 * A file of dpkg with three lines for each diversion: a path, where a file of that path is
 * instead, and the package whose files are not diverted (":": none). In the pool; NULL: there
 * are none.
 */
static int read_diversions(struct taking *t, char **ret)
{
	struct plan_entry *entry = plan_follow(t->plan, DIVERSIONS);
	char *bytes;
	size_t size;
	int r;

	*ret = NULL;
	if (!entry)
		return 0;
	r = plan_read(t->plan, entry, PACKAGE_LIST_SIZE_MAX, &bytes, &size);
	if (r < 0) {
		log_failure(r, "%s: cannot read '%s'", t->origin, DIVERSIONS);
		return r;
	}
	*ret = pool_adopt(t->plan->pool, bytes);
	if (*ret && strlen(bytes) != size)
		return fail(t, DIVERSIONS, "is not a list of paths: it has a NUL byte");
	return *ret ? count_steps(t, size / LIST_STEP_SIZE) : pool_exhausted();
}

/* Replaces the paths of files that dpkg has put elsewhere. Changes the text. */
static int divert(const struct taking *t, char *text, char **paths, size_t n)
{
	const char *name = t->request->text;
	size_t length = strcspn(name, ":"), lines = 1, known = 0;
	struct diversion *diversions;

	for (const char *p = text; p && (p = strchr(p, '\n')); p++)
		lines++;
	diversions = pool_take(t->plan->pool, (lines / 3 + 1) * sizeof *diversions);
	if (!diversions)
		return pool_exhausted();
	while (text) {
		const char *from = strsep(&text, "\n");
		char *to = strsep(&text, "\n");
		const char *by = strsep(&text, "\n");

		if (by && to[0] == '/' && (strncmp(by, name, length) != 0 || by[length]))
			diversions[known++] = (struct diversion){ .from = from, .to = to };
	}
	/* By their first members. */
	qsort(diversions, known, sizeof *diversions, by_bytes);
	for (size_t i = 0; i < n && known > 0; i++) {
		const struct diversion *diversion =
			bsearch(&paths[i], diversions, known, sizeof *diversions, by_bytes);

		if (diversion)
			paths[i] = diversion->to;
	}
	return 0;
}

/* Whether something in a directory follows it in the sorted paths. */
static bool has_more(char *const *paths, size_t n, size_t i)
{
	size_t length = strlen(paths[i]);

	for (size_t j = i + 1; j < n && strncmp(paths[j], paths[i], length) == 0; j++)
		if (paths[j][length] == '/')
			return true;
	return false;
}

static int take_paths(struct taking *t, char **paths, size_t n)
{
	const struct plan_entry *entry;
	char resolved[PATH_MAX];
	int r = 0;

	if (n > 0)
		qsort(paths, n, sizeof *paths, by_bytes);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (i > 0 && strcmp(paths[i], paths[i - 1]) == 0)
			continue;
		if (is_left_out(paths[i]) || path_is_volatile(paths[i]) ||
		    plan_resolve(t->plan, paths[i], false, resolved) < 0 || is_left_out(resolved))
			continue;
		entry = plan_find(t->plan, resolved);
		if (!entry)
			return fail(t, paths[i],
				    "is in the list of the package, and not in the tree");
		if (entry->type != PLAN_DIRECTORY || !has_more(paths, n, i))
			r = take(t, paths[i], true);
	}
	return r;
}

/* Takes what is in a list of dpkg: a path a line. */
static int take_package(struct taking *t)
{
	struct plan_entry *entry;
	char *bytes, *line, *rest, **paths, *diversions, shown[LOG_ESCAPED_SIZE];
	size_t size, n = 0;
	int r = find_list(t, &entry);

	if (r < 0 || !entry)
		return r;
	r = plan_read(t->plan, entry, PACKAGE_LIST_SIZE_MAX, &bytes, &size);
	if (r < 0) {
		log_failure(r, "%s: cannot read '%s'", t->origin, log_escape(entry->path, shown));
		return r;
	}
	paths = pool_take(t->plan->pool, (size / 2 + 1) * sizeof *paths);
	if (!pool_adopt(t->plan->pool, bytes) || !paths)
		return pool_exhausted();
	r = count_steps(t, size / LIST_STEP_SIZE);
	if (r < 0)
		return r;
	if (strlen(bytes) != size)
		return fail(t, entry->path, "is not a list of paths: it has a NUL byte");
	for (rest = bytes; (line = strsep(&rest, "\n"));)
		if (line[0] == '/' && line[1] && strcmp(line, "/.") != 0 && strlen(line) < PATH_MAX)
			paths[n++] = line;
	r = read_diversions(t, &diversions);
	if (r < 0)
		return r;
	r = divert(t, diversions, paths, n);
	return r < 0 ? r : take_paths(t, paths, n);
}

int requested_take(struct plan *plan, struct requests *requests, bool is_asking)
{
	struct taking t = { .plan = plan, .requests = requests, .is_asking = is_asking };
	int r = 0;

	for (const struct request *q = requests->first; q && r == 0; q = q->next) {
		t.request = q;
		t.matches = 0;
		t.origin = unit_origin(q->unit, q->line, plan->pool);
		if (!t.own || t.own_n != plan->n)
			t.own = plan_sorted(plan);
		t.own_n = plan->n;
		if (!t.origin || !t.own)
			return pool_exhausted();
		if (q->kind == REQUEST_FILE) {
			r = expand(&t, "/", q->text);
			if (r == 0 && t.matches == 0)
				r = not_found(&t, "", q->text);
		} else if (q->kind == REQUEST_PACKAGE) {
			r = take_package(&t);
		}
	}
	return is_asking && r == -E2BIG ? 0 : r;
}
