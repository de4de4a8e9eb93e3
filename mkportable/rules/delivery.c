/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a service gets from the host, and the image cannot give: users, files, the bus. */
#include "number.h"
#include "rules/judge.h"

#include <stdlib.h>
#include <string.h>

static void check_user(struct judge *judge, const struct unit *unit, const char *key)
{
	const char *value = judge_value(unit, "Service", key);
	uint64_t number;

	if (!value[0] || strcmp(value, "root") == 0 || strchr(value, '%') ||
	    parse_uint(value, 0, UINT32_MAX, &number) == 0 ||
	    is_yes(judge_value(unit, "Service", "DynamicUser")))
		return;
	judge_report(judge, RULE_USER_NOT_RESOLVABLE, unit->shown, key,
		     judge_format(judge, "%s", value));
}

static void check_environment(struct judge *judge, const struct unit *unit)
{
	const struct unit_setting *s = NULL;

	while ((s = unit_file_next(&unit->file, "Service", "EnvironmentFile", s))) {
		const char *where = judge_at(judge, unit, s->line);

		if (s->value[0] != '/')
			continue; /* "-" forgives, and the rest is invalid or has a specifier */
		if (plan_follow(judge->plan, s->value))
			judge_report(judge, RULE_ENVIRONMENT_FILE_MISSING, where, s->key, s->value);
		else
			judge_report(judge, RULE_HOST_FILE_NEEDED, where, s->key, s->value);
	}
}

/* "ID:PATH" */
static void check_credentials(struct judge *judge, const struct unit *unit, const char *key)
{
	const struct unit_setting *s = NULL;

	while ((s = unit_file_next(&unit->file, "Service", key, s))) {
		const char *where = judge_at(judge, unit, s->line);
		const char *path = strchr(s->value, ':');

		if (!path || path[1] != '/')
			continue;
		path++;
		if (plan_follow(judge->plan, path))
			judge_report(judge, RULE_CREDENTIAL_SOURCE_IN_IMAGE, where, key, path);
		else
			judge_report(judge, RULE_HOST_FILE_NEEDED, where, key, path);
	}
}

/* Files that services of a host read, named after the image: no one will see them. */
static void check_undelivered(struct judge *judge)
{
	static const char *const folders[] = {
		"/usr/lib/sysusers.d",         "/etc/sysusers.d",
		"/usr/lib/tmpfiles.d",         "/etc/tmpfiles.d",
		"/usr/share/dbus-1/system.d",  "/etc/dbus-1/system.d",
		"/usr/lib/udev/rules.d",       "/usr/share/dbus-1/system-services",
		"/usr/share/polkit-1/actions", "/usr/share/polkit-1/rules.d",
		"/usr/lib/sysctl.d",           "/usr/lib/modules-load.d",
	};
	struct plan_entry **entries = plan_sorted(judge->plan);
	size_t prefix = strlen(judge->prefix);

	for (size_t i = 0; entries && prefix && i < judge->plan->n; i++) {
		const char *path = entries[i]->path, *name = strrchr(path, '/') + 1;
		size_t length = (size_t)(name - path) - 1;
		bool named = strstr(name, judge->prefix) != NULL;

		for (size_t j = 0; named && j < sizeof folders / sizeof *folders; j++)
			if (strlen(folders[j]) == length && strncmp(path, folders[j], length) == 0)
				judge_report(judge, RULE_BUS_OR_SYSUSERS_NOT_DELIVERED, NULL, path);
	}
}

void rules_delivery(struct judge *judge)
{
	for (const struct unit *unit = judge->units; unit; unit = unit->next) {
		const char *bus;

		if (!unit_is_service(unit))
			continue;
		check_user(judge, unit, "User");
		check_user(judge, unit, "Group");
		check_environment(judge, unit);
		check_credentials(judge, unit, "LoadCredential");
		check_credentials(judge, unit, "LoadCredentialEncrypted");
		bus = judge_value(unit, "Service", "BusName");
		if (bus[0])
			judge_report(
				judge, RULE_HOST_FILE_NEEDED, unit->shown, "BusName",
				judge_format(judge, "/usr/share/dbus-1/system.d/%s.conf", bus));
	}
	check_undelivered(judge);
}
