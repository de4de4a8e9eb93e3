/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of systemd that more than one file needs. */
#include "units/facts.h"

#include "elements.h"
#include "names.h"

#include <stddef.h>
#include <string.h>

const char *const unit_directories[] = {
	"/etc/systemd/system.control",
	"/run/systemd/system.control",
	"/run/systemd/transient",
	"/run/systemd/generator.early",
	"/etc/systemd/system",
	"/etc/systemd/system.attached",
	"/run/systemd/system",
	"/run/systemd/system.attached",
	"/run/systemd/generator",
	"/usr/local/lib/systemd/system",
	UNIT_DIRECTORY,
	"/lib/systemd/system",
	"/run/systemd/generator.late",
	NULL,
};

const struct api_directory api_directories[] = {
	{ "/proc", 0755 }, { "/sys", 0755 },      { "/dev", 0755 }, { "/run", 0755 },
	{ "/tmp", 01777 }, { "/var/tmp", 01777 }, { NULL, 0 },
};

bool path_is_volatile(const char *path)
{
	for (const struct api_directory *d = api_directories; d->path; d++) {
		size_t length = strlen(d->path);

		if (strncmp(path, d->path, length) == 0 && (!path[length] || path[length] == '/'))
			return true;
	}
	return strcmp(path, "/") == 0;
}

/* is_extracted: those of unit_match() in systemd's portable.c. */
const struct unit_type unit_types[] = {
	{ ".service", "Service", NULL, true },
	{ ".socket", "Socket", "Service", true },
	{ ".target", NULL, NULL, true },
	{ ".timer", "Timer", "Unit", true },
	{ ".path", "Path", "Unit", true },
	{ ".mount", "Mount", NULL, false },
	{ ".automount", "Automount", NULL, false },
	{ ".swap", "Swap", NULL, false },
	{ ".slice", "Slice", NULL, false },
	{ ".scope", "Scope", NULL, false },
	{ ".device", NULL, NULL, false },
	{ NULL, NULL, NULL, false },
};

const struct unit_type *unit_type_of(const char *name)
{
	const char *suffix = unit_suffix(name);

	for (const struct unit_type *type = unit_types; suffix && type->suffix; type++)
		if (strcmp(suffix, type->suffix) == 0)
			return type;
	return NULL;
}

bool is_drop_in_name(const char *name)
{
	static const char *const suffixes[] = { ".d", ".wants", ".requires", ".upholds" };
	const char *suffix = unit_suffix(name);

	for (size_t i = 0; i < ELEMENTS(suffixes); i++)
		if (suffix && strcmp(suffix, suffixes[i]) == 0)
			return true;
	return false;
}
