/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the image calls itself: its file name against os-release(5). */
#include "elements.h"
#include "rules/topics.h"
#include "units/facts.h"
#include "units/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void report_line(void *userdata, unsigned line, const char *what)
{
	struct findings *findings = userdata;

	report(findings, RULE_OS_RELEASE_INVALID, AT(USR_OS_RELEASE, line), what);
}

/* Reads it where open_os_release() of systemd finds it. Returns false when there is none. */
static bool read_os_release(const struct plan *plan, struct os_release *ret,
			    struct findings *findings)
{
	static const char *const paths[] = { ETC_OS_RELEASE, USR_OS_RELEASE };
	const struct plan_entry *entry = NULL;
	char *bytes;
	size_t size;
	int r;

	for (size_t i = 0; i < ELEMENTS(paths) && !entry; i++)
		entry = plan_follow(plan, paths[i]);
	if (!entry || entry->type != PLAN_FILE)
		return false;
	r = plan_read(plan, entry, OS_RELEASE_SIZE_MAX, &bytes, &size);
	if (r == -EFBIG) {
		report_line(findings, 0, "it is larger than 64 KiB");
		return true;
	}
	if (r >= 0) {
		r = os_release_read(plan->pool, bytes, size, report_line, findings, ret);
		free(bytes);
	}
	if (r < 0)
		findings->failed = r;
	return true;
}

/* Whether the words of the list have this one. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = list; *p; p += strspn(p, " \t")) {
		size_t n = strcspn(p, " \t");

		if (n == length && strncmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static void check_version(const struct os_release *release, const char *key,
			  struct findings *findings)
{
	const char *value = os_release_value(release, key), *problem_words;

	problem_words = value ? image_version_problem(value) : NULL;
	if (problem_words)
		report(findings, RULE_VERSION_INVALID, WHOLE_IMAGE, key, value, problem_words);
}

/* "ID_VERSION[_ARCHITECTURE].raw": what follows the first '_'. */
static void check_name(const char *name, const struct os_release *release,
		       struct findings *findings)
{
	const char *id = os_release_value(release, "IMAGE_ID");
	const char *version = os_release_value(release, "IMAGE_VERSION");
	const char *rest = strchr(name, '_');
	size_t length = image_prefix_length(name);

	if (id && length > 0 && (strlen(id) != length || strncmp(id, name, length) != 0))
		report(findings, RULE_IMAGE_NAME_MISMATCH, WHOLE_IMAGE, name, "IMAGE_ID",
		       report_format(findings, "%.*s", (int)length, name), id);
	if (!rest || !version)
		return;
	rest++;
	length = strcspn(rest, "_");
	if (rest[length] == '\0' && length > 4 && strcmp(rest + length - 4, ".raw") == 0)
		length -= 4;
	if (strlen(version) != length || strncmp(version, rest, length) != 0)
		report(findings, RULE_IMAGE_NAME_MISMATCH, WHOLE_IMAGE, name, "IMAGE_VERSION",
		       report_format(findings, "%.*s", (int)length, rest), version);
}

void rules_identity(const struct plan *plan, const char *name, const char *prefix,
		    struct os_release *ret, struct findings *findings)
{
	const char *prefixes;

	if (!read_os_release(plan, ret, findings)) {
		report(findings, RULE_OS_RELEASE_MISSING, WHOLE_IMAGE);
		return;
	}
	if (!os_release_value(ret, "ID"))
		report(findings, RULE_OS_RELEASE_ID_MISSING, WHOLE_IMAGE);
	prefixes = os_release_value(ret, "PORTABLE_PREFIXES");
	if (!prefixes)
		report(findings, RULE_PREFIXES_MISSING, WHOLE_IMAGE, prefix);
	else if (!has_word(prefixes, prefix))
		report(findings, RULE_PREFIXES_MISMATCH, WHOLE_IMAGE, prefix);
	if (os_release_value(ret, "PORTABLE_ID"))
		report(findings, RULE_PORTABLE_ID_USELESS, WHOLE_IMAGE);
	check_version(ret, "IMAGE_VERSION", findings);
	check_version(ret, "VERSION_ID", findings);
	check_name(name, ret, findings);
}
