/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of a host. */
#include "units/host-facts.h"

#include "architecture.h"
#include "file.h"
#include "log.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "Host"

/* FORMAT_VERSION of the exporter; a later one may mean something else. */
#define FORMAT "1"

#define VERSION_MIN 239 /* brought portable services */
#define VERSION_MAX 9999

static const char *text(const struct unit_file *file, const char *key)
{
	const char *value = unit_file_last(file, SECTION, key);

	return value ? value : "";
}

/* "257.13-1~deb13u1" or "v257" */
static bool parse_version(const char *value, unsigned *ret)
{
	uint64_t number;

	value += *value == 'v';
	if (parse_uint_bytes(value, strspn(value, "0123456789"), VERSION_MIN, VERSION_MAX,
			     &number) < 0)
		return false;
	*ret = (unsigned)number;
	return true;
}

static const char *read_facts(struct host_facts *facts)
{
	if (strcmp(text(&facts->file, "Format"), FORMAT) != 0)
		return "it has no line Format=" FORMAT " in [Host]";
	facts->name = text(&facts->file, "Name");
	if (!facts->name[0])
		return "it has no Name=";
	if (!parse_version(text(&facts->file, "Systemd"), &facts->systemd_version))
		return "its Systemd= is no version since 239";
	facts->architecture = text(&facts->file, "Architecture");
	if (!architecture_is_name(facts->architecture))
		return "its Architecture= is none of systemd's";
	facts->has_loop = unit_file_is_yes(&facts->file, SECTION, "Loop");
	facts->has_verity = unit_file_is_yes(&facts->file, SECTION, "Verity");
	return NULL;
}

int host_facts_parse(const char *bytes, size_t size, struct host_facts *ret,
		     const char **ret_problem)
{
	struct host_facts facts = { 0 };
	int r = unit_file_parse(bytes, size, NULL, NULL, &facts.file);

	if (r < 0)
		return r;
	*ret_problem = read_facts(&facts);
	if (*ret_problem) {
		unit_file_release(&facts.file);
		return -EINVAL;
	}
	*ret = facts;
	return 0;
}

void host_facts_release(struct host_facts *facts)
{
	unit_file_release(&facts->file);
}

int host_facts_read(const char *path, struct host_facts *ret)
{
	char shown[LOG_ESCAPED_SIZE];
	const char *problem = NULL;
	char *bytes;
	size_t size;
	int r = file_read(AT_FDCWD, path, UNIT_FILE_SIZE_MAX, &bytes, &size);

	if (r >= 0) {
		r = host_facts_parse(bytes, size, ret, &problem);
		free(bytes);
	}
	(void)log_escape(path, shown);
	if (problem)
		log_error("'%s' is not what 'portable-admin doctor --export' writes: %s", shown,
			  problem);
	else if (r < 0)
		log_failure(r, "cannot read the facts of a host in '%s'", shown);
	return r;
}

bool host_facts_have(const struct host_facts *facts, const char *key, const char *name)
{
	const struct unit_setting *setting = NULL;

	while ((setting = unit_file_next(&facts->file, SECTION, key, setting)))
		if (strcmp(setting->value, name) == 0)
			return true;
	return false;
}

bool host_facts_tell(const struct host_facts *facts, const char *key)
{
	return unit_file_next(&facts->file, SECTION, key, NULL) != NULL;
}
