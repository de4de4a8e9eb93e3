/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of an image. */
#include "plan/plan.h"

#include "base/root.h"
#include "elements.h"
#include "fd.h"
#include "file.h"
#include "log.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's own limit, MAXSYMLINKS. */
#define LINKS_MAX 40

void plan_open(struct plan *plan, struct pool *pool)
{
	*plan = (struct plan){ .pool = pool, .root_mode = 0755 };
}

static void leave_alone(void *entry)
{
	(void)entry; /* in the pool */
}

void plan_close(struct plan *plan)
{
	tdestroy(plan->index, leave_alone);
	*plan = (struct plan){ 0 };
}

static int by_path(const void *a, const void *b)
{
	const struct plan_entry *one = a, *other = b;

	return strcmp(one->path, other->path);
}

/* The entry that the plan itself has there; or NULL. */
static struct plan_entry *find_own(const struct plan *plan, const char *path)
{
	struct plan_entry key = { .path = path };
	void *node = tfind(&key, &plan->index, by_path);

	return node ? *(struct plan_entry **)node : NULL;
}

struct plan_entry *plan_find(const struct plan *plan, const char *path)
{
	struct plan_entry *own = find_own(plan, path);

	return own || !plan->offer ? own : plan->offer->find(plan->offer->userdata, path);
}

/* Removes the last part of a resolved path ("" is the root here). */
static void drop_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/* Puts a link's target in front of the rest of the path. */
static int prepend(char rest[static PATH_MAX], const char *target)
{
	char joined[PATH_MAX];

	if (snprintf(joined, sizeof joined, "%s/%s", target, rest) >= (int)sizeof joined)
		return -ENAMETOOLONG;
	memcpy(rest, joined, sizeof joined);
	return 0;
}

/* Moves the first part of rest into part. Returns false at the end. */
static bool next_part(char rest[static PATH_MAX], char part[static PATH_MAX])
{
	const char *start = rest + strspn(rest, "/");
	size_t length = strcspn(start, "/");

	if (length == 0)
		return false;
	memcpy(part, start, length);
	part[length] = '\0';
	start += length;
	start += strspn(start, "/");
	memmove(rest, start, strlen(start) + 1);
	return true;
}

int plan_resolve_by(plan_find_fn *find, const void *userdata, const char *path, bool follow_last,
		    char ret[static PATH_MAX])
{
	char rest[PATH_MAX], part[PATH_MAX], done[PATH_MAX] = "";
	const struct plan_entry *entry;
	unsigned links = 0;
	size_t length = 0;
	int r;

	if (snprintf(rest, sizeof rest, "%s", path) >= (int)sizeof rest)
		return -ENAMETOOLONG;
	while (next_part(rest, part)) {
		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			drop_last(done);
			continue;
		}
		length = strlen(done);
		if (length + 1 + strlen(part) >= sizeof done)
			return -ENAMETOOLONG;
		done[length] = '/';
		memcpy(done + length + 1, part, strlen(part) + 1);

		entry = find(userdata, done);
		if (!entry || entry->type == PLAN_DIRECTORY)
			continue;
		if (entry->type != PLAN_SYMLINK) {
			if (rest[0] != '\0')
				return -ENOTDIR;
			continue;
		}
		if (rest[0] == '\0' && !follow_last)
			continue;
		if (++links > LINKS_MAX)
			return -ELOOP;
		done[entry->target[0] == '/' ? 0 : length] = '\0';
		r = prepend(rest, entry->target);
		if (r < 0)
			return r;
	}
	(void)snprintf(ret, PATH_MAX, "%s", done[0] ? done : "/");
	return 0;
}

static struct plan_entry *find_in_plan(const void *userdata, const char *path)
{
	return plan_find(userdata, path);
}

int plan_resolve(const struct plan *plan, const char *path, bool follow_last,
		 char ret[static PATH_MAX])
{
	return plan_resolve_by(find_in_plan, plan, path, follow_last, ret);
}

struct use {
	const struct plan *plan;
	const char *by;
	int *result;
};

static struct plan_entry *find_and_take(const void *userdata, const char *path)
{
	const struct use *use = userdata;
	struct plan_entry *entry = plan_find(use->plan, path);

	if (!entry || *use->result < 0)
		return entry;
	if (!entry->asked_by)
		entry->asked_by = use->by;
	if (entry->offered)
		*use->result = use->plan->offer->take(use->plan->offer->userdata, entry);
	return entry;
}

int plan_use(const struct plan *plan, const char *path, const char *by)
{
	int result = 0;
	const struct use use = { .plan = plan, .by = by, .result = &result };
	char resolved[PATH_MAX];
	int r = plan_resolve_by(find_and_take, &use, path, true, resolved);

	return r < 0 ? r : result;
}

struct plan_entry *plan_follow(const struct plan *plan, const char *path)
{
	char resolved[PATH_MAX];

	return plan_resolve(plan, path, true, resolved) < 0 ? NULL : plan_find(plan, resolved);
}

const char *plan_type_words(enum plan_type type)
{
	static const char *const words[] = {
		[PLAN_DIRECTORY] = "a directory",
		[PLAN_FILE] = "a file",
		[PLAN_SYMLINK] = "a symbolic link",
		[PLAN_OTHER] = "a special file",
	};

	return words[type];
}

static int conflict(const struct plan_entry *there, const char *wanted, const char *origin)
{
	char path[LOG_ESCAPED_SIZE];

	log_error("%s: '%s' cannot be %s: it is %s already, from %s", origin,
		  log_escape(there->path, path), wanted, plan_type_words(there->type),
		  there->origin);
	return -EEXIST;
}

int plan_check_path(const char *path, const char *origin)
{
	char shown[LOG_ESCAPED_SIZE];
	const char *why = NULL;

	for (const char *p = path; *p; p += strspn(p, "/")) {
		size_t length = strcspn(p, "/");

		if (length > NAME_MAX)
			why = "has a part of more than 255 bytes";
		p += length;
	}
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			why = "contains a control character";
	if (!utf8_is_valid(path))
		why = "is not valid UTF-8";
	if (!why)
		return 0;
	log_error("%s: the path '%s' %s", origin, log_escape(path, shown), why);
	return -EINVAL;
}

int plan_adopt(struct plan *plan, struct plan_entry *entry)
{
	struct plan_entry **node;

	if (plan->n >= PLAN_ENTRIES_MAX)
		return -E2BIG;
	node = tsearch(entry, &plan->index, by_path);
	if (!node)
		return -ENOMEM;
	if (*node != entry)
		return -EEXIST;
	plan->n++;
	return 0;
}

int plan_put(struct plan *plan, struct plan_entry entry)
{
	struct plan_entry *kept = pool_take(plan->pool, sizeof *kept);

	if (!kept)
		return -ENOMEM;
	*kept = entry;
	kept->path = pool_copy(plan->pool, entry.path);
	return kept->path ? plan_adopt(plan, kept) : -ENOMEM;
}

/* Adds an entry that is new; its path is resolved. */
static int insert(struct plan *plan, struct plan_entry entry)
{
	int r = plan_put(plan, entry);

	if (r == -E2BIG)
		log_error("%s: more than %d entries in the image", entry.origin, PLAN_ENTRIES_MAX);
	return r == -ENOMEM ? pool_exhausted() : r;
}

int plan_merge(struct plan *plan, const struct plan *upper, const char *directory)
{
	struct plan_entry **entries = plan_sorted(upper);
	size_t length = strlen(directory);
	int r = entries ? 0 : -ENOMEM;

	for (size_t i = 0; i < upper->n && r == 0; i++) {
		struct plan_entry entry = *entries[i], *there;

		if (strncmp(entry.path, directory, length) != 0 || entry.path[length] != '/')
			continue;
		entry.from = upper;
		there = plan_find(plan, entry.path);
		if (!there) {
			r = plan_put(plan, entry);
		} else if (there->type != PLAN_DIRECTORY || entry.type != PLAN_DIRECTORY) {
			entry.path = there->path;
			*there = entry;
		}
	}
	return r;
}

/* How many bytes have to be changed, added or removed (Levenshtein); at least "limit": limit. */
static size_t distance(const char *a, const char *b, size_t limit)
{
	size_t row[NAME_MAX + 1], length = strlen(b), before;

	if (length > NAME_MAX)
		return limit;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		before = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t least = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			least = least < row[j] + 1 ? least : row[j] + 1;
			row[j] = least < row[j - 1] + 1 ? least : row[j - 1] + 1;
		}
	}
	return row[length] < limit ? row[length] : limit;
}

/* The name in a directory that is most like this one; or NULL. */
static const char *nearest_name(const struct plan *plan, const char *directory, const char *name)
{
	size_t least = strlen(name) / 3 + 2, d;
	const char *const *names, *found = NULL;

	if (plan->offer->list(plan->offer->userdata, directory, &names) < 0)
		return NULL;
	for (; *names; names++) {
		d = distance(name, *names, least);
		if (d < least) {
			least = d;
			found = *names;
		}
	}
	return found;
}

const char *plan_nearest(const struct plan *plan, const char *path)
{
	static const char *const directories[] = { "/usr/bin",       "/usr/sbin", "/usr/libexec",
						   "/usr/local/bin", "/usr/lib",  "/opt" };
	const char *last = strrchr(path, '/') + 1, *found = NULL, *name;
	char at[PATH_MAX], resolved[PATH_MAX], part[NAME_MAX + 1];
	char shown[LOG_ESCAPED_SIZE], shown_target[LOG_ESCAPED_SIZE];
	const struct plan_entry *link;
	size_t length = 0, next;

	for (size_t i = 0; plan->offer && *last && i < ELEMENTS(directories) && !found; i++)
		if (snprintf(at, sizeof at, "%s/%s", directories[i], last) < (int)sizeof at &&
		    plan_follow(plan, at))
			found = at;
	/* The first part of it that is not there. */
	for (; plan->offer && !found && path[length]; length = next) {
		next = length + 1 + strcspn(path + length + 1, "/");
		(void)snprintf(at, sizeof at, "%.*s", (int)next, path);
		if (plan_follow(plan, at))
			continue;
		if (plan_resolve(plan, at, false, resolved) == 0 &&
		    (link = plan_find(plan, resolved)) && link->type == PLAN_SYMLINK) {
			found = pool_format(
				plan->pool, "; '%s' is a link to '%s', which is not there",
				log_escape(at, shown), log_escape(link->target, shown_target));
			return found ? found : "";
		}
		(void)snprintf(part, sizeof part, "%.*s", (int)(next - length - 1),
			       path + length + 1);
		(void)snprintf(at, sizeof at, "%.*s", (int)length, path);
		name = nearest_name(plan, at[0] ? at : "/", part);
		if (name)
			found = pool_format(plan->pool, "%s/%s", at, name);
		break;
	}
	found = found ? pool_format(plan->pool, "; '%s' is there", log_escape(found, shown)) : NULL;
	return found ? found : "";
}

int plan_open_source(const struct plan_entry *entry)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd;

	if (entry->root)
		return root_open(entry->root->fd, entry->source, flags);
	fd = open(entry->source, flags);
	return fd < 0 ? -errno : fd;
}

int plan_read(const struct plan *plan, const struct plan_entry *entry, size_t max, char **ret_bytes,
	      size_t *ret_size)
{
	char *bytes;
	int r;

	if (entry->type != PLAN_FILE)
		return -EINVAL;
	if (entry->source) {
		CLEANUP_FD int fd = plan_open_source(entry);

		return fd < 0 ? fd : file_read_open(fd, max, ret_bytes, ret_size);
	}
	if (entry->size > max)
		return -EFBIG;
	bytes = malloc(entry->size + 1);
	if (!bytes)
		return -ENOMEM;
	if (entry->bytes && entry->size > 0) {
		memcpy(bytes, entry->bytes, entry->size);
	} else if (entry->size > 0) {
		if (entry->from)
			plan = entry->from;
		r = plan->fetch ? plan->fetch(plan->fetch_userdata, entry, bytes) : -EINVAL;
		if (r < 0) {
			free(bytes);
			return r;
		}
	}
	bytes[entry->size] = '\0';
	*ret_bytes = bytes;
	*ret_size = entry->size;
	return 0;
}

/* path is resolved, except for its last part. */
static int add_parents(struct plan *plan, const char *path, const char *origin)
{
	struct plan_entry parent = { .type = PLAN_DIRECTORY, .mode = 0755, .origin = origin };
	char part[PATH_MAX];
	int r;

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		if (find_own(plan, part))
			continue;
		parent.path = part;
		r = insert(plan, parent);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Links that are offered are taken, with the directories that they are in. */
static struct plan_entry *find_and_take_link(const void *userdata, const char *path)
{
	const struct use *use = userdata;
	struct plan_entry *entry = plan_find(use->plan, path);
	char directory[PATH_MAX];

	if (!entry || !entry->offered || entry->type != PLAN_SYMLINK || *use->result < 0)
		return entry;
	(void)snprintf(directory, sizeof directory, "%s", path);
	drop_last(directory);
	*use->result = plan_use(use->plan, directory, use->by);
	if (*use->result == 0)
		(void)find_and_take(use, path);
	return entry;
}

/*
 * Where a new entry goes. With the links of what is offered, /bin/x goes to /usr/bin/x,
 * where the rest of a tree expects it.
 */
static int resolve_place(struct plan *plan, const char *path, bool follow_last, const char *origin,
			 char ret[static PATH_MAX])
{
	int result = 0;
	const struct use use = { .plan = plan, .by = origin, .result = &result };
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	char directory[PATH_MAX];
	int r;

	/* An entry may take the place of a link that is offered. */
	if (!plan->offer || follow_last || last[strspn(last, ".")] == '\0')
		r = plan_resolve_by(find_and_take_link, &use, path, follow_last, ret);
	else if (snprintf(directory, sizeof directory, "%.*s", (int)(last - path), path) >=
		 (int)sizeof directory)
		r = -ENAMETOOLONG;
	else
		r = plan_resolve_by(find_and_take_link, &use, directory, true, ret);
	if (r == 0 && plan->offer && !follow_last && last[strspn(last, ".")]) {
		(void)snprintf(directory, sizeof directory, "%s", strcmp(ret, "/") == 0 ? "" : ret);
		if (snprintf(ret, PATH_MAX, "%s/%s", directory, last) >= PATH_MAX)
			r = -ENAMETOOLONG;
	}
	return r < 0 ? r : result;
}

/* Resolves entry.path. Adds the entry, or sets *ret_there to the one that is there already. */
static int add(struct plan *plan, struct plan_entry entry, struct plan_entry **ret_there)
{
	bool directory = entry.type == PLAN_DIRECTORY;
	char resolved[PATH_MAX], shown[LOG_ESCAPED_SIZE];
	int r;

	*ret_there = NULL;
	r = plan_check_path(entry.path, entry.origin);
	if (r < 0)
		return r;
	r = resolve_place(plan, entry.path, directory, entry.origin, resolved);
	if (r < 0) {
		log_failure(r, "%s: cannot add '%s' to the image", entry.origin,
			    log_escape(entry.path, shown));
		return r;
	}
	if (strcmp(resolved, "/") == 0) {
		if (directory)
			return 0;
		log_error("%s: '%s' is the root directory of the image", entry.origin,
			  log_escape(entry.path, shown));
		return -EINVAL;
	}
	*ret_there = find_own(plan, resolved);
	if (*ret_there)
		return 0;
	entry.path = resolved;
	r = add_parents(plan, resolved, entry.origin);
	return r < 0 ? r : insert(plan, entry);
}

int plan_add_directory(struct plan *plan, const char *path, mode_t mode, const char *origin)
{
	struct plan_entry entry = {
		.path = path, .type = PLAN_DIRECTORY, .mode = mode, .origin = origin
	};
	struct plan_entry *there;
	int r;

	r = add(plan, entry, &there);
	if (r < 0 || !there)
		return r;
	if (there->type != PLAN_DIRECTORY)
		return conflict(there, plan_type_words(PLAN_DIRECTORY), origin);
	if (mode != 0755)
		there->mode = mode;
	return 0;
}

static int add_file(struct plan *plan, struct plan_entry entry)
{
	struct plan_entry *there;
	int r;

	entry.type = PLAN_FILE;
	r = add(plan, entry, &there);
	return r < 0 || !there ? r : conflict(there, "a new file", entry.origin);
}

int plan_add_file(struct plan *plan, const char *path, mode_t mode, const char *source,
		  const char *origin)
{
	return add_file(plan,
			(struct plan_entry){
				.path = path, .mode = mode, .source = source, .origin = origin });
}

int plan_add_bytes(struct plan *plan, const char *path, const char *bytes, size_t size,
		   const char *origin)
{
	return add_file(plan, (struct plan_entry){ .path = path,
						   .mode = 0644,
						   .bytes = bytes,
						   .size = size,
						   .origin = origin });
}

int plan_add_symlink(struct plan *plan, const char *path, const char *target, const char *origin)
{
	struct plan_entry entry = {
		.path = path, .type = PLAN_SYMLINK, .mode = 0777, .target = target, .origin = origin
	};
	struct plan_entry *there;
	int r;

	r = add(plan, entry, &there);
	if (r < 0 || !there)
		return r;
	if (there->type == PLAN_SYMLINK && strcmp(there->target, target) == 0)
		return 0;
	return conflict(there, "a symbolic link", origin);
}

struct walk {
	struct plan_entry **next;
};

static void collect(const void *node, VISIT visit, void *closure)
{
	struct walk *walk = closure;

	if (visit == postorder || visit == leaf)
		*walk->next++ = *(struct plan_entry *const *)node;
}

struct plan_entry **plan_sorted(const struct plan *plan)
{
	struct plan_entry **sorted = pool_take(plan->pool, (plan->n + 1) * sizeof(void *));
	struct walk walk = { .next = sorted };

	if (sorted)
		twalk_r(plan->index, collect, &walk);
	return sorted;
}
