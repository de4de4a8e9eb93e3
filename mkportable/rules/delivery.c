/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people put into an image for programs of the host: it does not leave the image. */
#include "elements.h"
#include "rules/topics.h"

#include <string.h>

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
		bus = unit_value(unit, "Service", "BusName");
		if (bus[0])
			report(findings, RULE_HOST_MUST_HAVE, AT_UNIT(unit, 0), "BusName",
			       "the file",
			       report_format(findings, "/usr/share/dbus-1/system.d/%s.conf", bus));
	}
	check_undelivered(plan, prefix, findings);
}
