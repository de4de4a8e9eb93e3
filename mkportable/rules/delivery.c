/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a service needs of the host, since an image cannot provide it: users, files, the bus. */
#include "elements.h"
#include "number.h"
#include "rules/topics.h"

#include <stdlib.h>
#include <string.h>

static void check_user(const struct unit *unit, const char *key, struct findings *findings)
{
	const char *value = unit_value(unit, "Service", key);
	uint64_t number;

	if (!value[0] || strcmp(value, "root") == 0 || strchr(value, '%') ||
	    parse_uint(value, 0, UINT32_MAX, &number) == 0 ||
	    unit_file_is_yes(&unit->file, "Service", "DynamicUser"))
		return;
	report(findings, RULE_USER_NOT_RESOLVABLE, AT_UNIT(unit, 0), key, value);
}

static void check_environment(const struct plan *plan, const struct unit *unit,
			      struct findings *findings)
{
	const struct unit_setting *s = NULL;

	while ((s = unit_file_next(&unit->file, "Service", "EnvironmentFile", s))) {
		struct location where = AT_UNIT(unit, s->line);

		if (s->value[0] != '/')
			continue; /* optional with "-"; the rest is invalid or has a specifier */
		if (plan_follow(plan, s->value))
			report(findings, RULE_ENVIRONMENT_FILE_MISSING, where, s->key, s->value);
		else
			report(findings, RULE_HOST_FILE_NEEDED, where, s->key, s->value);
	}
}

/* "ID:PATH" */
static void check_credentials(const struct plan *plan, const struct unit *unit, const char *key,
			      struct findings *findings)
{
	const struct unit_setting *s = NULL;

	while ((s = unit_file_next(&unit->file, "Service", key, s))) {
		struct location where = AT_UNIT(unit, s->line);
		const char *path = strchr(s->value, ':');

		if (!path || path[1] != '/')
			continue;
		path++;
		if (plan_follow(plan, path))
			report(findings, RULE_CREDENTIAL_SOURCE_IN_IMAGE, where, key, path);
		else
			report(findings, RULE_HOST_FILE_NEEDED, where, key, path);
	}
}

/* Files that services of a host read, named after the image: the host does not see them. */
static void check_undelivered(const struct plan *plan, const char *prefix,
			      struct findings *findings)
{
	static const char *const directories[] = {
		"/usr/lib/sysusers.d",         "/etc/sysusers.d",
		"/usr/lib/tmpfiles.d",         "/etc/tmpfiles.d",
		"/usr/share/dbus-1/system.d",  "/etc/dbus-1/system.d",
		"/usr/lib/udev/rules.d",       "/usr/share/dbus-1/system-services",
		"/usr/share/polkit-1/actions", "/usr/share/polkit-1/rules.d",
		"/usr/lib/sysctl.d",           "/usr/lib/modules-load.d",
	};
	struct plan_entry **entries = plan_sorted(plan);

	for (size_t i = 0; entries && prefix[0] && i < plan->n; i++) {
		const char *path = entries[i]->path, *name = strrchr(path, '/') + 1;
		size_t length = (size_t)(name - path) - 1;
		bool named = strstr(name, prefix) != NULL;

		for (size_t j = 0; named && j < ELEMENTS(directories); j++)
			if (strlen(directories[j]) == length &&
			    strncmp(path, directories[j], length) == 0)
				report(findings, RULE_BUS_OR_SYSUSERS_NOT_DELIVERED,
				       AT(report_escape(findings, path), 0));
	}
}

void rules_delivery(const struct plan *plan, const struct unit *units, const char *prefix,
		    struct findings *findings)
{
	for (const struct unit *unit = units; unit; unit = unit->next) {
		const char *bus;

		if (!unit_is_service(unit))
			continue;
		check_user(unit, "User", findings);
		check_user(unit, "Group", findings);
		check_environment(plan, unit, findings);
		check_credentials(plan, unit, "LoadCredential", findings);
		check_credentials(plan, unit, "LoadCredentialEncrypted", findings);
		bus = unit_value(unit, "Service", "BusName");
		if (bus[0])
			report(findings, RULE_HOST_FILE_NEEDED, AT_UNIT(unit, 0), "BusName",
			       report_format(findings, "/usr/share/dbus-1/system.d/%s.conf", bus));
	}
	check_undelivered(plan, prefix, findings);
}
