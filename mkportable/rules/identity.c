/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the image calls itself: its file name against os-release(5). */
#include "rules/judge.h"
#include "units/facts.h"
#include "units/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void problem(void *userdata, unsigned line, const char *what)
{
	struct judge *judge = userdata;

	judge_report(judge, RULE_OS_RELEASE_INVALID, USR_OS_RELEASE,
		     judge_format(judge, "%u", line), what);
}

/* Reads it as open_os_release() of systemd finds it. Returns false when there is none. */
static bool read_os_release(struct judge *judge)
{
	static const char *const paths[] = { ETC_OS_RELEASE, USR_OS_RELEASE };
	const struct plan_entry *entry = NULL;
	char *bytes;
	size_t size;
	int r;

	for (size_t i = 0; i < sizeof paths / sizeof *paths && !entry; i++)
		entry = plan_follow(judge->plan, paths[i]);
	if (!entry || entry->type != PLAN_FILE)
		return false;
	r = plan_read(judge->plan, entry, OS_RELEASE_SIZE_MAX, &bytes, &size);
	if (r == -EFBIG) {
		judge_report(judge, RULE_OS_RELEASE_INVALID, NULL, "1",
			     "the file is larger than 64 KiB");
		return true;
	}
	if (r >= 0) {
		r = os_release_read(judge->plan->pool, bytes, size, problem, judge,
				    &judge->os_release);
		free(bytes);
	}
	if (r < 0)
		judge->failed = r;
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

static void check_version(struct judge *judge, const char *key)
{
	const char *value = os_release_value(&judge->os_release, key), *problem_words;

	problem_words = value ? image_version_problem(value) : NULL;
	if (problem_words)
		judge_report(judge, RULE_VERSION_INVALID, NULL, key, value, problem_words);
}

/* "ID_VERSION[_ARCHITECTURE].raw": what comes behind the first '_'. */
static void check_name(struct judge *judge)
{
	const char *id = os_release_value(&judge->os_release, "IMAGE_ID");
	const char *version = os_release_value(&judge->os_release, "IMAGE_VERSION");
	const char *name = judge->name, *rest = strchr(name, '_');
	size_t length = image_prefix_length(name);

	if (id && length > 0 && (strlen(id) != length || strncmp(id, name, length) != 0))
		judge_report(judge, RULE_IMAGE_NAME_MISMATCH, NULL, name, "IMAGE_ID",
			     judge_format(judge, "%.*s", (int)length, name), id);
	if (!rest || !version)
		return;
	rest++;
	length = strcspn(rest, "_");
	if (rest[length] == '\0' && length > 4 && strcmp(rest + length - 4, ".raw") == 0)
		length -= 4;
	if (strlen(version) != length || strncmp(version, rest, length) != 0)
		judge_report(judge, RULE_IMAGE_NAME_MISMATCH, NULL, name, "IMAGE_VERSION",
			     judge_format(judge, "%.*s", (int)length, rest), version);
}

void rules_identity(struct judge *judge)
{
	const char *prefixes;

	if (!read_os_release(judge)) {
		judge_report(judge, RULE_OS_RELEASE_MISSING, NULL);
		return;
	}
	if (!os_release_value(&judge->os_release, "ID"))
		judge_report(judge, RULE_OS_RELEASE_ID_MISSING, NULL);
	prefixes = os_release_value(&judge->os_release, "PORTABLE_PREFIXES");
	if (!prefixes)
		judge_report(judge, RULE_PREFIXES_MISSING, NULL, judge->prefix);
	else if (!has_word(prefixes, judge->prefix))
		judge_report(judge, RULE_PREFIXES_MISMATCH, NULL, judge->prefix);
	if (os_release_value(&judge->os_release, "PORTABLE_ID"))
		judge_report(judge, RULE_PORTABLE_ID_USELESS, NULL);
	check_version(judge, "IMAGE_VERSION");
	check_version(judge, "VERSION_ID");
	check_name(judge);
}
