/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image file itself: what it is called, and whether systemd can mount it. */
#include "rules/topics.h"
#include "units/known-keys.h"
#include "units/value-check.h"
#include "utf8.h"

#include <string.h>

/* Whether the name can stand in the drop-in: "\x41" is an A there, and "\x" is refused. */
static bool has_wrong_escape(const char *name, struct findings *findings)
{
	static const struct unit drop_in = { .name = "x.service" };
	const struct known_key *key = known_key_find("Service", "Environment");
	const char *value = report_format(findings, "PORTABLE=%s", name);
	struct value_problem problem;
	int r = key ? value_check(&drop_in, key, value, findings->pool, &problem) : 0;

	if (r < 0)
		findings->failed = r;
	return r > VALUE_RIGHT;
}

/*
 * Why systemd does not take an image of that name; NULL: it does. It writes the name into
 * drop-ins without quotes: Environment=PORTABLE=NAME, RootImage=PATH.
 */
static const char *name_problem(const char *name, bool is_directory)
{
	size_t length = strlen(name);

	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "control characters are not allowed";
	if (!utf8_is_valid(name))
		return "it is not UTF-8";
	if (strncmp(name, ".#", 2) == 0)
		return "'.#' begins the names of temporary files";
	if (strchr(name, '%'))
		return "'%' begins a specifier in RootImage=";
	if (strpbrk(name, " \"'"))
		return "in Environment=PORTABLE=, a space or a quote ends it";
	if (length > 0 && name[length - 1] == '\\')
		return "a backslash at its end continues the line of RootDirectory=";
	if (!is_directory && (length <= 4 || strcmp(name + length - 4, ".raw") != 0))
		return "a file that does not end in '.raw' is no image";
	return NULL;
}

static void check_file_system(const struct image_file *file, unsigned systemd_version,
			      struct findings *findings)
{
	const char *kind = file->file_system;

	if (!kind || (strcmp(kind, "ext2") != 0 && strcmp(kind, "ext3") != 0))
		return;
	if (systemd_version >= 257)
		report(findings, RULE_FILE_SYSTEM_REFUSED, WHOLE_IMAGE, kind);
	else if (systemd_version == 0)
		report(findings, RULE_FILE_SYSTEM_REFUSED_NEWER, WHOLE_IMAGE, kind);
}

void rules_file(const struct image_file *file, unsigned systemd_version, struct findings *findings)
{
	const char *name = strrchr(file->real_path, '/') + 1;
	const char *problem = name_problem(name, file->is_directory);

	if (!problem && strchr(name, '\\') && has_wrong_escape(name, findings))
		problem = "in Environment=PORTABLE=, a backslash begins an escape";
	if (problem)
		report(findings, RULE_IMAGE_NAME_REFUSED, WHOLE_FILE, name, problem);
	if (file->compression && strcmp(file->compression, "lzma") == 0)
		report(findings, RULE_COMPRESSION_UNKNOWN, WHOLE_IMAGE, file->compression);
	if (file->versions && systemd_version > 0 && systemd_version < 256)
		report(findings, RULE_VERSIONS_TOO_NEW, WHOLE_FILE);
	else if (file->versions)
		report(findings, RULE_VERSION_PICKED, WHOLE_FILE,
		       report_format(findings, "%u", file->versions), strrchr(file->path, '/') + 1);
	check_file_system(file, systemd_version, findings);
}
