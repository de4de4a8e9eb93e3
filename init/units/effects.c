/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which settings of a unit are without effect here. */
#include "units/effects.h"

#include "unit-file.h"
#include "units/socket-unit.h"
#include "units/timer-unit.h"
#include "units/values.h"

#include <string.h>

/* Read by the plan, or of no consequence: words for people, and the order of what starts anyway. */
static const char of_units[] = "Description\0"
			       "Documentation\0"
			       "After\0"
			       "Before\0"
			       "Requires\0"
			       "Wants\0"
			       "BindsTo\0"
			       "PartOf\0"
			       "Conflicts\0"
			       "DefaultDependencies\0"
			       "StartLimitIntervalSec\0"
			       "StartLimitBurst\0"
			       "CollectMode\0"
			       "IgnoreOnIsolate\0"
			       "SourcePath\0";

/* Nobody asks for a reload; and this is what every service gets, whatever its unit says. */
static const char of_all_services[] = "ExecReload\0"
				      "NoNewPrivileges\0"
				      "PrivateMounts\0"
				      "MountFlags\0"
				      "ProtectSystem\0"
				      "ReadOnlyPaths\0"
				      "SystemCallArchitectures\0"
				      "SendSIGKILL\0"
				      "GuessMainPID\0"
				      "SyslogIdentifier\0"
				      "SyslogLevelPrefix\0"
				      "KeyringMode\0";

/* Nothing that these forbid can be done without capabilities. */
static const char without_capabilities[] = "ProtectClock\0"
					   "ProtectControlGroups\0"
					   "ProtectKernelLogs\0"
					   "ProtectKernelModules\0"
					   "ProtectKernelTunables\0"
					   "PrivateUsers\0";

static bool has_effect(const struct unit_setting *setting, const struct service *s)
{
	const char *key = setting->key;

	if (strcmp(setting->section, "Unit") == 0)
		return word_index(of_units, key) >= 0;
	if (strcmp(setting->section, "Socket") == 0)
		return socket_unit_knows(key);
	if (strcmp(setting->section, "Timer") == 0)
		/* An event is never late by more than the kernel's clock. */
		return timer_unit_knows(key) || strcmp(key, "AccuracySec") == 0;
	if (!s || strcmp(setting->section, "Service") != 0)
		/* [Install] says that a unit is wanted; others are for other programs. */
		return strcmp(setting->section, "Install") == 0 ||
		       strncmp(setting->section, "X-", 2) == 0;
	if (service_knows(key) || word_index(of_all_services, key) >= 0)
		return true;
	if (word_index(without_capabilities, key) >= 0)
		return s->bounding == 0;
	/* An address list is of no use to who sees no network, and so on. */
	if (strcmp(key, "IPAddressDeny") == 0)
		return service_has(s, BIT_NETWORK);
	if (strcmp(key, "DevicePolicy") == 0)
		return service_has(s, BIT_DEVICES);
	if (strcmp(key, "RemoveIPC") == 0)
		return service_has(s, BIT_IPC);
	return false;
}

/* "no" asks for nothing, and neither does an empty list. */
static bool asks_for_nothing(const char *value)
{
	bool on = true;

	return *value == '\0' || (parse_boolean(value, &on) == 0 && !on);
}

static bool was_named(const struct boot_unit *unit, size_t before)
{
	const struct unit_setting *settings = unit->file.settings;

	for (size_t i = 0; i < before; i++)
		if (strcmp(settings[i].key, settings[before].key) == 0 &&
		    strcmp(settings[i].section, settings[before].section) == 0 &&
		    !asks_for_nothing(settings[i].value))
			return true;
	return false;
}

void settings_without_effect(const struct boot_unit *unit, const struct service *service,
			     char ret[static SETTINGS_TEXT_SIZE])
{
	const size_t room = SETTINGS_TEXT_SIZE - sizeof ", ...";
	size_t used = 0, length;

	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *setting = &unit->file.settings[i];

		if (asks_for_nothing(setting->value) || has_effect(setting, service) ||
		    was_named(unit, i))
			continue;
		length = strlen(setting->key);
		if (used + length + sizeof ", =" > room) {
			memcpy(ret + used, ", ...", strlen(", ..."));
			used += strlen(", ...");
			break;
		}
		if (used > 0) {
			memcpy(ret + used, ", ", 2);
			used += 2;
		}
		memcpy(ret + used, setting->key, length);
		used += length;
		ret[used++] = '=';
	}
	ret[used] = '\0';
}
