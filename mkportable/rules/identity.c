/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the image calls itself: its file name against os-release(5). */
#include "elements.h"
#include "names.h"
#include "rules/topics.h"
#include "units/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void report_line(void *userdata, unsigned line, const char *what, bool refused)
{
	struct findings *findings = userdata;

	report(findings, refused ? RULE_OS_RELEASE_UNREADABLE : RULE_OS_RELEASE_INVALID,
	       AT(USR_OS_RELEASE, line), what);
}

/* Finds it as open_os_release() of systemd does. *ret: NULL if there is none. Returns false if it gives up. */
static bool find_os_release(const struct plan *plan, const struct plan_entry **ret,
			    struct findings *findings)
{
	static const char *const paths[] = { ETC_OS_RELEASE, USR_OS_RELEASE };
	char resolved[PATH_MAX];

	*ret = NULL;
	for (size_t i = 0; i < ELEMENTS(paths) && !*ret; i++) {
		int r = plan_resolve(plan, paths[i], true, resolved);

		if (r == 0)
			*ret = plan_find(plan, resolved);
		if (r < 0 || (*ret && (*ret)->type != PLAN_FILE)) {
			report(findings, RULE_OS_RELEASE_UNREADABLE, AT(paths[i], 0),
			       r == -ELOOP ? "it is a link in a circle"
			       : r < 0     ? "a directory in its path is a file"
					   : report_format(findings, "it is %s",
							   plan_type_words((*ret)->type)));
			return false;
		}
	}
	return true;
}

/* Returns false when there is none that systemd can read, which was reported. */
static bool read_os_release(const struct plan *plan, struct os_release *ret,
			    struct findings *findings)
{
	const struct plan_entry *entry;
	char *bytes;
	size_t size;
	int r;

	if (!find_os_release(plan, &entry, findings))
		return false;
	if (!entry) {
		report(findings, RULE_OS_RELEASE_MISSING, WHOLE_IMAGE);
		return false;
	}
	r = plan_read(plan, entry, OS_RELEASE_SIZE_MAX, &bytes, &size);
	if (r == -EFBIG) {
		report_line(findings, 0, "it is larger than 4 MiB", false);
		return false;
	}
	if (r >= 0) {
		r = os_release_read(plan->pool, bytes, size, report_line, findings, ret);
		free(bytes);
	}
	if (r < 0)
		findings->failed = r;
	return r == 0;
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

/* What the journal calls the image. systemd writes it into LogExtraFields= without quotes. */
static void check_log_field(const struct os_release *release, const char *const *keys,
			    struct findings *findings)
{
	const char *value = NULL;

	while (*keys && !(value = os_release_value(release, *keys)))
		keys++;
	if (value && strpbrk(value, " \t\"'"))
		report(findings, RULE_LOG_FIELD_BROKEN, WHOLE_IMAGE, *keys, value);
}

/* Since 260 an image says for which service managers it is. */
static void check_scope(const struct os_release *release, unsigned systemd_version,
			struct findings *findings)
{
	const char *scope = os_release_value(release, "PORTABLE_SCOPE");

	if (!scope || strcmp(scope, "system") == 0 || strcmp(scope, "any") == 0)
		return;
	if (systemd_version >= 260)
		report(findings, RULE_PORTABLE_SCOPE_REFUSED, WHOLE_IMAGE, scope);
	else if (systemd_version == 0)
		report(findings, RULE_PORTABLE_SCOPE_OTHER, WHOLE_IMAGE, scope);
}

void rules_identity(const struct plan *plan, const char *name, const char *prefix,
		    const char *extension_prefixes, unsigned systemd_version,
		    struct os_release *ret, struct findings *findings)
{
	static const char *const names[] = { "IMAGE_ID", "ID", NULL };
	static const char *const versions[] = { "IMAGE_VERSION", "VERSION_ID", "BUILD_ID", NULL };
	const char *prefixes;

	if (!read_os_release(plan, ret, findings))
		return;
	if (!os_release_value(ret, "ID"))
		report(findings, RULE_OS_RELEASE_ID_MISSING, WHOLE_IMAGE);
	prefixes = os_release_value(ret, "PORTABLE_PREFIXES");
	if (!prefixes)
		report(findings, RULE_PREFIXES_MISSING, WHOLE_IMAGE, prefix);
	else if (!os_release_has_word(prefixes, prefix) &&
		 !os_release_has_word(extension_prefixes, prefix))
		report(findings, RULE_PREFIXES_MISMATCH, WHOLE_IMAGE, prefix);
	check_scope(ret, systemd_version, findings);
	if (os_release_value(ret, "PORTABLE_ID"))
		report(findings, RULE_PORTABLE_ID_USELESS, WHOLE_IMAGE);
	check_version(ret, "IMAGE_VERSION", findings);
	check_version(ret, "VERSION_ID", findings);
	if (systemd_version == 0 || systemd_version > 252) {
		check_log_field(ret, names, findings);
		check_log_field(ret, versions, findings);
	}
	check_name(name, ret, findings);
}
