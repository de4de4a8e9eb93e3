/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extension images, for portablectl attach --extension=: extension-util.c and os-util.c of systemd. */
#include "elements.h"
#include "names.h"
#include "rules/topics.h"
#include "units/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RELEASE "/extension-release."

/* A system extension and a configuration extension; an image may be both. */
static const struct kind {
	const char *directory; /* of the release files */
	const char *merged[3]; /* directories that a service sees of it */
	const char *scope;     /* the key that says what it is for; NULL: not looked at */
} kinds[] = {
	{ "/usr/lib/extension-release.d", { "/usr", "/opt", NULL }, "SYSEXT_SCOPE" },
	{ "/etc/extension-release.d", { "/etc", NULL }, NULL },
};

/* The release file of that name; "" as the name: any. */
static const struct plan_entry *find_release(const struct plan *plan, const struct kind *kind,
					     const char *name)
{
	size_t length = strlen(kind->directory);
	struct plan_entry **entries = name[0] ? NULL : plan_sorted(plan);

	if (name[0]) {
		const char *path =
			pool_format(plan->pool, "%s" RELEASE "%s", kind->directory, name);

		return path ? plan_follow(plan, path) : NULL;
	}
	for (size_t i = 0; entries && i < plan->n; i++)
		if (strncmp(entries[i]->path, kind->directory, length) == 0 &&
		    strncmp(entries[i]->path + length, RELEASE, strlen(RELEASE)) == 0)
			return entries[i];
	return NULL;
}

bool extension_is(const struct plan *plan)
{
	return !plan_follow(plan, ETC_OS_RELEASE) && !plan_follow(plan, USR_OS_RELEASE) &&
	       (find_release(plan, &kinds[0], "") || find_release(plan, &kinds[1], ""));
}

/*
 * The name that the release file has. file_name: of the image. newer: as systemd 256 and
 * newer take it, without a version and ".sysext".
 */
static const char *release_name(struct findings *findings, const char *file_name, bool is_directory,
				bool newer)
{
	static const char *const suffixes[] = { ".raw", ".sysext", ".confext" };
	size_t length = strlen(file_name);

	for (size_t i = 0; i < (newer ? ELEMENTS(suffixes) : !is_directory); i++) {
		size_t n = strlen(suffixes[i]);

		if (length > n && strncmp(file_name + length - n, suffixes[i], n) == 0)
			length -= n;
	}
	if (newer && memchr(file_name, '_', length))
		length = strcspn(file_name, "_");
	return report_format(findings, "%.*s", (int)length, file_name);
}

static void report_line(void *userdata, unsigned line, const char *what, bool refused)
{
	(void)line;
	if (refused)
		report((struct findings *)userdata, RULE_EXTENSION_RELEASE_INVALID, WHOLE_IMAGE,
		       what);
}

static bool read_release(const struct plan *plan, const struct kind *kind,
			 const struct plan_entry *entry, struct os_release *ret,
			 struct findings *findings)
{
	char *bytes;
	size_t size;
	int r = plan_read(plan, entry, OS_RELEASE_SIZE_MAX, &bytes, &size);

	if (r == 0) {
		r = os_release_read(plan->pool, bytes, size, report_line, findings, ret);
		free(bytes);
	}
	if (r < 0)
		findings->failed = r;
	if (r != 0)
		return false;
	if (!os_release_value(ret, "ID"))
		report(findings, RULE_EXTENSION_RELEASE_INVALID, WHOLE_IMAGE, "it has no ID=");
	for (const struct os_release_line *line = ret->first; line; line = line->next)
		if (kind->scope && strcmp(line->key, kind->scope) == 0 &&
		    !os_release_has_word(line->value, "portable"))
			report(findings, RULE_EXTENSION_RELEASE_INVALID, WHOLE_IMAGE,
			       "SYSEXT_SCOPE= does not name 'portable'");
	return true;
}

/* What is in none of the directories that are merged. */
static void check_content(const struct plan *plan, struct findings *findings)
{
	struct plan_entry **entries = plan_sorted(plan);
	const struct plan_entry *first = NULL;
	size_t n = 0;

	for (size_t i = 0; entries && i < plan->n; i++) {
		bool merged = entries[i]->type == PLAN_DIRECTORY;

		for (size_t k = 0; k < ELEMENTS(kinds); k++)
			for (const char *const *d = kinds[k].merged; *d; d++)
				merged |= strncmp(entries[i]->path, *d, strlen(*d)) == 0 &&
					  entries[i]->path[strlen(*d)] == '/' &&
					  find_release(plan, &kinds[k], "");
		if (!merged && n++ == 0)
			first = entries[i];
	}
	if (first)
		report(findings, RULE_EXTENSION_CONTENT,
		       AT(report_escape(findings, first->path), 0), report_more(findings, n));
}

bool rules_extension(const struct plan *plan, const char *file_name, bool is_directory,
		     unsigned systemd_version, struct os_release *ret, struct findings *findings)
{
	const char *name = release_name(findings, file_name, is_directory, false);
	const char *newer_name = release_name(findings, file_name, is_directory, true);
	const struct plan_entry *entry = NULL;
	const struct kind *kind = kinds;
	bool newer = false;

	check_content(plan, findings);
	if (plan_follow(plan, USR_OS_RELEASE) && (systemd_version == 0 || systemd_version >= 256))
		report(findings, RULE_EXTENSION_RELEASE_INVALID, AT(USR_OS_RELEASE, 0),
		       "an os-release makes it an image of its own");
	for (size_t i = 0; i < 2 * ELEMENTS(kinds) && !entry; i++) {
		newer = i >= ELEMENTS(kinds);
		kind = &kinds[i % ELEMENTS(kinds)];
		entry = find_release(plan, kind, newer ? newer_name : name);
	}
	if (!entry || entry->type != PLAN_FILE ||
	    ((newer || kind != kinds) && systemd_version > 0 && systemd_version < 256)) {
		report(findings, RULE_EXTENSION_NAME_MISMATCH, WHOLE_IMAGE, file_name, name);
		return false;
	}
	if ((newer || kind != kinds) && systemd_version == 0)
		report(findings, RULE_EXTENSION_NEWER, WHOLE_IMAGE, name);
	return read_release(plan, kind, entry, ret, findings);
}

/* Whether two values differ; NULL is one, too. */
static bool differs(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") != 0;
}

static void mismatch(const char *name, const char *key, const char *value, const char *wanted,
		     struct findings *findings)
{
	report(findings, RULE_EXTENSION_MISMATCH, WHOLE_IMAGE, name, key, value ? value : "",
	       wanted ? wanted : "");
}

void rules_extension_pair(const struct os_release *base, const char *name,
			  const struct os_release *release, unsigned systemd_version,
			  struct findings *findings)
{
	static const char *const keys[] = { "ID", "VERSION_ID", "SYSEXT_LEVEL", "ARCHITECTURE" };
	const char *ours[ELEMENTS(keys)], *theirs[ELEMENTS(keys)], *like;

	for (size_t i = 0; i < ELEMENTS(keys); i++) {
		ours[i] = os_release_value(base, keys[i]);
		theirs[i] = os_release_value(release, keys[i]);
	}
	if (theirs[3] && ours[3] && strcmp(theirs[3], "_any") != 0 && differs(ours[3], theirs[3]))
		mismatch(name, keys[3], theirs[3], ours[3], findings);
	if (!theirs[0] || strcmp(theirs[0], "_any") == 0)
		return;
	like = systemd_version == 0 || systemd_version >= 256 ? os_release_value(base, "ID_LIKE")
							      : NULL;
	if (differs(ours[0], theirs[0]) && !(like && os_release_has_word(like, theirs[0])))
		mismatch(name, keys[0], theirs[0], ours[0], findings);
	else if (ours[2] && theirs[2] && differs(ours[2], theirs[2]))
		mismatch(name, keys[2], theirs[2], ours[2], findings);
	else if (!(ours[2] && theirs[2]) && ours[1] && differs(ours[1], theirs[1]))
		mismatch(name, keys[1], theirs[1], ours[1], findings);
}

int extension_merge(struct plan *plan, const struct plan *extension)
{
	int r = 0;

	for (size_t k = 0; k < ELEMENTS(kinds) && r >= 0; k++)
		for (const char *const *d = kinds[k].merged; *d && r >= 0; d++)
			if (find_release(extension, &kinds[k], "") && plan_find(plan, *d))
				r = plan_merge(plan, extension, *d);
	return r;
}
