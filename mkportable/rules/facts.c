/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image on a host whose facts are known. */
#include "architecture.h"
#include "number.h"
#include "rules/topics.h"

#include <string.h>

static void check_file(const struct image_file *file, const struct host_facts *host,
		       struct findings *findings)
{
	const char *kind = file->file_system ? file->file_system : file->format;

	if (file->is_directory)
		return;
	if (!host->has_loop)
		report(findings, RULE_HOST_LOOP_MISSING, WHOLE_IMAGE, host->name);
	/* A GPT whose file system is not known. */
	if (strcmp(kind, "gpt") == 0)
		kind = "squashfs";
	if (host_facts_tell(host, "FileSystem") && !host_facts_have(host, "FileSystem", kind))
		report(findings, RULE_HOST_FILE_SYSTEM_MISSING, WHOLE_IMAGE, host->name, kind);
	if (file->compression && host_facts_tell(host, "Compression") &&
	    !host_facts_have(host, "Compression", file->compression))
		report(findings, RULE_HOST_COMPRESSION_MISSING, WHOLE_IMAGE, host->name,
		       file->compression);
	if ((file->verity || file->protection.tree != TREE_NONE) && !host->has_verity)
		report(findings, RULE_HOST_VERITY_MISSING, WHOLE_IMAGE, host->name);
}

/* The port of "80", "[::]:80" or "1.2.3.4:80"; NULL for another kind of address. */
static const char *port_of(const char *address)
{
	const char *colon = strrchr(address, ':'), *port = colon ? colon + 1 : address;
	uint64_t number;

	return strpbrk(address, "/@%") || parse_uint(port, 1, UINT16_MAX, &number) < 0 ? NULL
										       : port;
}

static void check_listens(const struct unit *socket, const char *key, const char *kind,
			  const struct host_facts *host, struct findings *findings)
{
	const struct unit_setting *setting = NULL;

	while ((setting = unit_file_next(&socket->file, "Socket", key, setting))) {
		const char *port = port_of(setting->value);

		if (port && host_facts_have(host, kind, port))
			report(findings, RULE_HOST_PORT_TAKEN, AT_UNIT(socket, setting->line), key,
			       setting->value, host->name);
	}
}

void rules_facts(const struct image_file *file, const char *architecture, const struct unit *units,
		 const struct host_facts *host, struct findings *findings)
{
	if (architecture && !architecture_is_kin(architecture, host->architecture))
		report(findings, RULE_HOST_MACHINE_DIFFERS, WHOLE_IMAGE, architecture, host->name,
		       host->architecture);
	check_file(file, host, findings);
	for (const struct unit *unit = units; unit; unit = unit->next) {
		if (host_facts_have(host, "Unit", unit->name))
			report(findings, RULE_HOST_UNIT_TAKEN, AT_UNIT(unit, 0), host->name);
		if (strcmp(unit->suffix, ".socket") == 0) {
			check_listens(unit, "ListenStream", "TCP", host, findings);
			check_listens(unit, "ListenDatagram", "UDP", host, findings);
		}
	}
}

void rules_facts_profile(const char *profile, const struct host_facts *host,
			 struct findings *findings)
{
	if (!strchr(profile, '/') && host_facts_tell(host, "Profile") &&
	    !host_facts_have(host, "Profile", profile))
		report(findings, RULE_HOST_PROFILE_MISSING, WHOLE_IMAGE, host->name, profile);
}
