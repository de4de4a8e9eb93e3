/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What units need of the host: named, since nobody but the host can say whether it is there. */
#include "elements.h"
#include "names.h"
#include "rules/topics.h"
#include "units/host-needs.h"

#include <string.h>

/* Kinds in words, for "needs … on the host", by enum host_need_kind. */
static const char *const kind_words[][2] = {
	[HOST_FILE] = { "the file", "no file" },
	[HOST_REGULAR_FILE] = { "the regular file", "" },
	[HOST_CERTAIN_FILE] = { "a fitting file at", "no such file at" },
	[HOST_DIRECTORY] = { "the directory", "no directory" },
	[HOST_PROGRAM] = { "the program", "" },
	[HOST_DEVICE] = { "the device", "" },
	[HOST_USER] = { "the user", "" },
	[HOST_GROUP] = { "the group", "" },
	[HOST_UNIT] = { "the unit", "" },
	[HOST_INTERFACE] = { "the network interface", "" },
	[HOST_ADDRESS] = { "the address", "" },
	[HOST_DESCRIPTOR] = { "a socket that passes the descriptor", "" },
	[HOST_PROTOCOL] = { "the protocol", "" },
	[HOST_PAM_SERVICE] = { "the PAM service", "" },
	[HOST_TIME_ZONE] = { "the time zone", "" },
	[HOST_FEATURE] = { "a file system with", "" },
	[HOST_CREDENTIAL] = { "the credential", "" },
	[HOST_CONDITION] = { "to match", "not to match" },
};

/* A file, not only the place that something is mounted over. */
static bool is_in_image(const struct plan *plan, const char *path)
{
	const struct plan_entry *entry = path[0] == '/' ? plan_follow(plan, path) : NULL;

	return entry && entry->type == PLAN_FILE;
}

static void check_user_names(const struct unit *service, struct findings *findings)
{
	static const char *const keys[] = { "User", "Group" };
	bool is_dynamic = unit_file_is_yes(&service->file, "Service", "DynamicUser");
	const char *name;
	char letter;

	for (size_t i = 0; i < ELEMENTS(keys); i++) {
		const char *value = unit_value(service, "Service", keys[i]);

		if (value[0] && unit_expand(service, value, findings->pool, &name, &letter) == 0 &&
		    name[strspn(name, "0123456789")] != '\0' &&
		    !user_name_is_valid(name, is_dynamic))
			report(findings, RULE_USER_NAME_INVALID, AT_UNIT(service, 0), keys[i],
			       name);
	}
}

/* "x@1.service" is made of "x@.service". */
static bool has_unit(const struct host_facts *host, const char *name, struct findings *findings)
{
	size_t length = strcspn(name, "@");
	const char *suffix = strrchr(name, '.');

	return host_facts_have(host, "Unit", name) ||
	       (name[length] == '@' && suffix &&
		host_facts_have(host, "Unit",
				report_format(findings, "%.*s%s", (int)length + 1, name, suffix)));
}

/* Whether the facts of the host decide it, and then whether it is there. */
static bool is_decided(const struct host_facts *host, const struct host_need *need,
		       struct findings *findings, bool *ret_there)
{
	static const char *const of_files[] = { ".service", ".socket", ".target", ".timer",
						".path" };
	const char *suffix = unit_suffix(need->name);

	if (!host || strchr(need->name, '%') || need->absent)
		return false;
	if (need->kind == HOST_USER || need->kind == HOST_GROUP) {
		*ret_there = host_facts_have(host, need->kind == HOST_USER ? "User" : "Group",
					     need->name);
		return need->name[strspn(need->name, "0123456789")] != '\0';
	}
	if (need->kind != HOST_UNIT)
		return false;
	*ret_there = has_unit(host, need->name, findings);
	/* Units of other types come without a file: devices, mounts, slices. */
	for (size_t i = 0; i < ELEMENTS(of_files); i++)
		if (suffix && strcmp(suffix, of_files[i]) == 0)
			return true;
	return *ret_there;
}

static void report_need(const struct plan *plan, const struct unit *unit,
			const struct host_need *need, const struct host_facts *host,
			struct findings *findings)
{
	struct location where = AT_UNIT(unit, need->line);
	bool there;

	if (is_decided(host, need, findings, &there)) {
		if (!there)
			report(findings, RULE_HOST_LACKS, where, need->key,
			       kind_words[need->kind][0], need->name, host->name);
		return;
	}
	if (strcmp(need->key, "User") == 0 || strcmp(need->key, "Group") == 0)
		report(findings, RULE_USER_NOT_RESOLVABLE, where, need->key, need->name);
	else if (need->kind <= HOST_DEVICE && !need->is_own && is_in_image(plan, need->name))
		report(findings, RULE_HOST_NOT_IMAGE, where, need->key, need->name);
	else
		report(findings, RULE_HOST_MUST_HAVE, where, need->key,
		       kind_words[need->kind][need->absent], need->name);
}

static bool passes(const struct unit *socket, const char *descriptor)
{
	const char *name = unit_value(socket, "Socket", "FileDescriptorName");

	return strcmp(socket->suffix, ".socket") == 0 &&
	       strcmp(name[0] ? name : socket->name, descriptor) == 0;
}

static bool starts(const struct unit *socket, const struct unit *service)
{
	size_t length = strcspn(service->name, "@.");
	const char *named = unit_value(socket, "Socket", "Service");

	if (strcmp(socket->suffix, ".socket") != 0)
		return false;
	return named[0] ? strcmp(named, service->name) == 0
			: strncmp(socket->name, service->name, length) == 0 &&
				  strchr("@.", socket->name[length]);
}

/* A socket of the image, for fd:NAME, or StandardInput=socket. */
static bool has_socket(const struct unit *units, const struct unit *service,
		       const struct host_need *need)
{
	bool is_any = unit_value(service, "Service", "Sockets")[0] != '\0';

	for (const struct unit *unit = units; unit && !is_any; unit = unit->next)
		is_any = passes(unit, need->name) ||
			 (strcmp(unit_value(service, "Service", need->key), "socket") == 0 &&
			  starts(unit, service));
	return is_any;
}

/* Another rule judges the units of the image, and those that only the image could have. */
static bool is_own(const struct unit *units, const char *prefix, const struct unit *unit,
		   const struct host_need *need)
{
	if (need->kind == HOST_DESCRIPTOR)
		return has_socket(units, unit, need);
	return need->kind == HOST_UNIT &&
	       (unit_find(units, need->name) || unit_belongs(need->name, prefix));
}

void rules_host(const struct plan *plan, const struct unit *units, const char *prefix,
		const struct host_facts *host, struct findings *findings)
{
	for (const struct unit *unit = units; unit; unit = unit->next) {
		struct host_need *needs;
		int r = host_needs(unit, findings->pool, &needs);

		if (unit_is_service(unit))
			check_user_names(unit, findings);
		if (r < 0) {
			findings->failed = r;
			return;
		}
		for (const struct host_need *need = needs; need; need = need->next)
			if (!is_own(units, prefix, unit, need))
				report_need(plan, unit, need, host, findings);
	}
}
