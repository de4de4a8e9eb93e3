/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bill of materials. */
#include "plan/bill.h"

#include "base/elf-sections.h"
#include "base/elf.h"
#include "disk/hex.h"
#include "elements.h"
#include "log.h"
#include "plan/programs.h"
#include "plan/trees.h"
#include "units/facts.h"
#include "units/os-release-read.h"

#include <ctype.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS "/var/lib/dpkg/status"
#define LISTS  "/var/lib/dpkg/info"

/* The list of a package with a hundred thousand files. */
#define LIST_SIZE_MAX ((size_t)16 * 1024 * 1024)

#define PARTS_MAX 256

/* Which package has a file of the image, by path. */
struct owner {
	const char *path;
	struct dpkg_package *package;
	struct component *component; /* NULL before the first file */
};

struct maker {
	const struct plan *plan;
	struct pool *pool;
	struct bill *bill;
	struct component **end;
	void *index; /* of tsearch(3): components by purl */
	struct digest *sha256, *sha1;

	/* The trees, as a plan that has nothing of them yet. */
	struct plan system;
	struct trees trees;
	const char *distribution; /* ID= of their os-release */
	void *owners;             /* of tsearch(3) */
	void *names;              /* of tsearch(3): files of the image, by their last part */
};

/* --- names --- */

/* A text as it stands in a purl; in the pool. NULL without memory. */
static const char *escape(struct pool *pool, const char *text)
{
	static const char plain[] = ".-_~:";
	char *escaped = pool_take(pool, 3 * strlen(text) + 1), *out = escaped;

	for (; escaped && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr(plain, c))
			*out++ = (char)c;
		else
			out += snprintf(out, sizeof "%00", "%%%02X", c);
	}
	return escaped;
}

/* A type of a purl: letters in lower case, digits, "." and "-", and a letter first. */
static const char *purl_type(const char *type)
{
	if (!type || !islower((unsigned char)type[0]) ||
	    type[strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789.-")])
		return "generic";
	return type;
}

/*
 * https://github.com/package-url/purl-spec: "pkg:deb/debian/musl@1.2.3-1?arch=amd64". What is
 * NULL is left out; the qualifiers are sorted.
 */
static const char *make_purl(struct pool *pool, const char *type, const char *os, const char *name,
			     const char *version, const char *architecture, const char *sha256)
{
	const char *const parts[][2] = {
		{ "/", os },
		{ "/", name },
		{ "@", version },
		{ "?arch=", architecture },
		{ architecture ? "&checksum=sha256:" : "?checksum=sha256:", sha256 },
	};
	const char *text = pool_format(pool, "pkg:%s", purl_type(type)), *part;

	for (size_t i = 0; i < ELEMENTS(parts) && text; i++) {
		if (!parts[i][1])
			continue;
		part = escape(pool, parts[i][1]);
		text = part ? pool_format(pool, "%s%s%s", text, parts[i][0], part) : NULL;
	}
	return text;
}

static int by_purl(const void *a, const void *b)
{
	return strcmp(((const struct component *)a)->purl, ((const struct component *)b)->purl);
}

/* The component of this purl; added unless it is there. NULL without memory. */
static struct component *add_component(struct maker *m, struct component component)
{
	void *node = tfind(&component, &m->index, by_purl);
	struct component *c = node ? *(struct component **)node : NULL;

	if (c)
		return c;
	c = pool_take(m->pool, sizeof *c);
	if (!c)
		return NULL;
	*c = component;
	if (!tsearch(c, &m->index, by_purl))
		return NULL;
	c->number = m->bill->components_n++;
	c->files_end = &c->files;
	*m->end = c;
	m->end = &c->next;
	return c;
}

/* By a note. NULL without memory. */
static struct component *add_noted(struct maker *m, const struct package *p,
				   enum component_kind kind)
{
	unsigned char bytes[DIGEST_SIZE];
	bool is_digest =
		p->sha256 && hex_decode(p->sha256, strlen(p->sha256), bytes, sizeof bytes) == 0;
	struct component component = { .kind = kind,
				       .name = p->name,
				       .version = p->version,
				       .cpe = p->cpe,
				       .license = p->license,
				       .sha256 = is_digest ? p->sha256 : NULL };
	component.purl = make_purl(m->pool, p->type, p->os, p->name, p->version, p->architecture,
				   component.sha256);
	return component.purl ? add_component(m, component) : NULL;
}

/* What is linked into a program, each once. Returns 0 or -ENOMEM. */
static int add_parts(struct maker *m, const struct package *package, struct component *program)
{
	const struct component *component;
	struct component_part **end;

	/* Of hostile programs that all say that they are the same, further parts are left out. */
	for (const struct package *p = package->parts; p && program->parts_n < PARTS_MAX;
	     p = p->next) {
		component = add_noted(m, p, COMPONENT_LINKED);
		end = &program->parts;
		if (!component)
			return -ENOMEM;
		while (*end && (*end)->component != component)
			end = &(*end)->next;
		if (*end || component == program)
			continue;
		*end = pool_take(m->pool, sizeof **end);
		if (!*end)
			return -ENOMEM;
		(*end)->component = component;
		program->parts_n++;
	}
	return 0;
}

/* --- the packages of the trees --- */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct owner *)a)->path, ((const struct owner *)b)->path);
}

static const char *last_part(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int by_last_part(const void *a, const void *b)
{
	return strcmp(last_part(((const struct plan_entry *)a)->path),
		      last_part(((const struct plan_entry *)b)->path));
}

static void leave_alone(void *node)
{
	(void)node; /* in the pool */
}

/* A file of the trees, whole and in the pool; *ret: NULL if there is none. */
static int read_text(struct maker *m, const char *path, size_t max, char **ret)
{
	const struct plan_entry *entry = plan_follow(&m->system, path);
	char *bytes, shown[LOG_ESCAPED_SIZE];
	size_t size;
	int r;

	*ret = NULL;
	if (!entry || entry->type != PLAN_FILE)
		return 0;
	r = plan_read(&m->system, entry, max, &bytes, &size);
	if (r < 0) {
		log_failure(r, "cannot read '%s' below --root=", log_escape(path, shown));
		return r;
	}
	*ret = pool_adopt(m->pool, bytes);
	return *ret ? 0 : pool_exhausted();
}

/* The image may have it there, or where /bin is a link into /usr. Returns 0 or -ENOMEM. */
static int add_owner(struct maker *m, const char *path, struct dpkg_package *package)
{
	const struct plan_entry key = { .path = path };
	char resolved[PATH_MAX];
	struct owner *owner;
	void *node;

	/* Where most files of a tree are, nobody needs to look; a user may not look everywhere. */
	if (path[0] != '/' || !tfind(&key, &m->names, by_last_part) || strlen(path) >= PATH_MAX ||
	    plan_resolve(&m->system, path, false, resolved) < 0)
		return 0;
	if (!plan_find(m->plan, resolved))
		return 0;
	owner = pool_take(m->pool, sizeof *owner);
	if (!owner)
		return -ENOMEM;
	*owner = (struct owner){ .path = pool_copy(m->pool, resolved), .package = package };
	if (!owner->path)
		return -ENOMEM;
	node = tsearch(owner, &m->owners, by_path);
	return node ? 0 : -ENOMEM;
}

static int read_list(struct maker *m, struct dpkg_package *package)
{
	const char *path = pool_format(m->pool, LISTS "/%s.list", package->name);
	char *text = NULL, *line;
	int r = path ? read_text(m, path, LIST_SIZE_MAX, &text) : pool_exhausted();

	if (r == 0 && !text) {
		path = pool_format(m->pool, LISTS "/%s:%s.list", package->name,
				   package->architecture);
		r = path ? read_text(m, path, LIST_SIZE_MAX, &text) : pool_exhausted();
	}
	while (r == 0 && (line = strsep(&text, "\n")))
		if (add_owner(m, line, package) < 0)
			r = pool_exhausted();
	return r;
}

static int read_distribution(struct maker *m)
{
	struct os_release release = { 0 };
	char *text;
	int r = read_text(m, USR_OS_RELEASE, OS_RELEASE_SIZE_MAX, &text);

	if (r == 0 && text &&
	    os_release_read(m->pool, text, strlen(text), NULL, NULL, &release) < 0)
		return pool_exhausted();
	m->distribution = os_release_value(&release, "ID");
	if (!m->distribution)
		m->distribution = "debian";
	return r;
}

static int read_packages(struct maker *m)
{
	struct dpkg_package *packages = NULL;
	char *text = NULL;
	int r = read_distribution(m);

	if (r == 0)
		r = read_text(m, STATUS, DPKG_STATUS_SIZE_MAX, &text);
	if (r < 0)
		return r;
	if (!text && m->trees.failed < 0)
		return m->trees.failed;
	if (!text) {
		log_error("there is no '%s' below --root=", STATUS);
		return -ENOENT;
	}
	if (dpkg_read_status(m->pool, text, &packages) < 0)
		return pool_exhausted();
	for (; packages && r == 0; packages = packages->next)
		r = read_list(m, packages);
	return r;
}

/* NULL without memory, or if the copyright file cannot be read, logged; *ret_r says so. */
static struct component *add_package(struct maker *m, struct dpkg_package *p, int *ret_r)
{
	const char *path = pool_format(m->pool, "/usr/share/doc/%s/copyright", p->name);
	struct component component = { .kind = COMPONENT_PACKAGE,
				       .name = p->name,
				       .version = p->version };
	struct component *c;
	char *text = NULL;

	component.purl = make_purl(m->pool, "deb", m->distribution, p->name, p->version,
				   p->architecture, NULL);
	*ret_r = path && component.purl ? 0 : pool_exhausted();
	if (*ret_r == 0 && !p->licenses)
		*ret_r = read_text(m, path, DPKG_COPYRIGHT_SIZE_MAX, &text);
	if (*ret_r == 0 && text && dpkg_read_licenses(m->pool, text, &p->licenses) < 0)
		*ret_r = pool_exhausted();
	if (*ret_r < 0)
		return NULL;
	component.licenses = p->licenses;
	c = add_component(m, component);
	if (!c)
		*ret_r = pool_exhausted();
	return c;
}

static const char *build_id_of(struct pool *pool, char *bytes, size_t size)
{
	struct elf_sections sections;

	return elf_sections_read(pool, bytes, size, &sections) == 0 ? sections.build_id : NULL;
}

/*
 * Whether the file of the tree at the same path is the one of the image, which may have lost its
 * symbols. Returns a negative errno, logged.
 */
static int is_of_tree(struct maker *m, const char *path, char *bytes, size_t size)
{
	const struct plan_entry *entry = plan_find(&m->system, path);
	const char *ours, *theirs;
	char *other, shown[LOG_ESCAPED_SIZE];
	size_t other_size;
	int r;

	if (!entry || entry->type != PLAN_FILE)
		return false;
	r = plan_read(&m->system, entry, PROGRAM_SIZE_MAX, &other, &other_size);
	if (r < 0) {
		log_failure(r, "cannot read '%s' below --root=", log_escape(path, shown));
		return r;
	}
	r = size == other_size && memcmp(bytes, other, size) == 0;
	if (!r) {
		ours = build_id_of(m->pool, bytes, size);
		theirs = ours ? build_id_of(m->pool, other, other_size) : NULL;
		r = theirs && strcmp(ours, theirs) == 0;
	}
	free(other);
	return r;
}

/* --- the files --- */

/* Of which component a file is. *ret: NULL if a failure was logged. */
static int find_component(struct maker *m, const char *path, char *bytes, size_t size,
			  struct component **ret)
{
	const struct owner key = { .path = path };
	void *node = tfind(&key, &m->owners, by_path);
	struct owner *owner = node ? *(struct owner **)node : NULL;
	struct elf_facts facts;
	int r = owner ? is_of_tree(m, path, bytes, size) : 0;

	if (r < 0)
		return r;
	if (r > 0) {
		if (!owner->component)
			owner->component = add_package(m, owner->package, &r);
		*ret = owner->component;
		return *ret ? 0 : r;
	}
	*ret = m->bill->components;
	r = elf_read(m->pool, bytes, size, &facts);
	if (r == -ENOMEM)
		return pool_exhausted();
	if (r < 0 || !facts.package)
		return 0;
	*ret = add_noted(m, facts.package, COMPONENT_PROGRAM);
	return *ret && add_parts(m, facts.package, *ret) == 0 ? 0 : pool_exhausted();
}

static int end_digest(struct digest *digest, size_t size, char *ret)
{
	unsigned char bytes[DIGEST_SIZE];
	int r = digest_end(digest, bytes);

	if (r < 0)
		log_failure(r, "cannot compute a digest");
	else
		hex_encode(bytes, size, ret);
	return r;
}

static int add_file(struct maker *m, const struct plan_entry *entry)
{
	struct component_file *file = pool_take(m->pool, sizeof *file);
	char *bytes, shown[LOG_ESCAPED_SIZE];
	struct component *component;
	size_t size;
	int r;

	if (!file)
		return pool_exhausted();
	r = plan_read(m->plan, entry, PROGRAM_SIZE_MAX, &bytes, &size);
	if (r < 0) {
		log_failure(r, "cannot read '%s' of the image", log_escape(entry->path, shown));
		return r;
	}
	file->path = entry->path;
	digest_add(m->sha256, bytes, size);
	digest_add(m->sha1, bytes, size);
	r = end_digest(m->sha256, DIGEST_SIZE, file->sha256);
	if (r >= 0)
		r = end_digest(m->sha1, SHA1_SIZE, file->sha1);
	/* Last: libelf may change the bytes. */
	if (r >= 0)
		r = find_component(m, entry->path, bytes, size, &component);
	free(bytes);
	if (r < 0)
		return r;
	*component->files_end = file;
	component->files_end = &file->next;
	m->bill->files_n++;
	return 0;
}

static int add_names(struct maker *m, struct plan_entry *const *entries)
{
	for (size_t i = 0; i < m->plan->n; i++)
		if (entries[i]->type == PLAN_FILE && !tsearch(entries[i], &m->names, by_last_part))
			return pool_exhausted();
	return 0;
}

static int add_files(struct maker *m, struct plan_entry *const *entries)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < m->plan->n; i++)
		if (entries[i]->type == PLAN_FILE)
			r = add_file(m, entries[i]);
	return r;
}

static int make(struct maker *m, const char *id, const char *version, const struct texts *roots)
{
	struct component *image = pool_take(m->pool, sizeof *image);
	struct plan_entry **entries = plan_sorted(m->plan);
	int r = 0;

	m->sha256 = digest_open();
	m->sha1 = digest_open_sha1();
	if (!image || !entries || !m->sha256 || !m->sha1)
		return pool_exhausted();
	*image = (struct component){ .kind = COMPONENT_IMAGE, .name = id, .version = version };
	image->files_end = &image->files;
	m->bill->components = image;
	m->bill->components_n = 1;
	m->end = &image->next;
	if (roots->n > 0) {
		r = trees_open(&m->trees, &m->system, roots);
		if (r >= 0)
			r = add_names(m, entries);
		if (r >= 0)
			r = read_packages(m);
	}
	if (r >= 0)
		r = add_files(m, entries);
	/* What could not be looked at may be the package of a file. */
	return r < 0 ? r : m->trees.failed;
}

int bill_make(const struct plan *plan, const char *id, const char *version,
	      const struct texts *roots, struct bill *ret)
{
	struct maker m = { .plan = plan, .pool = plan->pool, .bill = ret };
	int r;

	*ret = (struct bill){ 0 };
	plan_open(&m.system, plan->pool);
	r = make(&m, id, version, roots);
	tdestroy(m.names, leave_alone);
	tdestroy(m.owners, leave_alone);
	tdestroy(m.index, leave_alone);
	plan_close(&m.system);
	trees_close(&m.trees);
	digest_close(m.sha256);
	digest_close(m.sha1);
	return r;
}
