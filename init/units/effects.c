/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/effects.h"

#include "format.h"
#include "log.h"
#include "unit-file.h"
#include "units/socket-unit.h"
#include "units/timer-unit.h"
#include "units/words.h"

#include <string.h>

/* The plan reads them, or nothing depends on them. */
static const char of_units[] = "Description\0Documentation\0After\0Before\0Requires\0Wants\0"
			       "BindsTo\0Upholds\0PartOf\0Conflicts\0DefaultDependencies\0"
			       "StartLimitIntervalSec\0StartLimitBurst\0CollectMode\0"
			       "IgnoreOnIsolate\0SourcePath\0";

/* There is no reload. The others are what every service gets, whatever its unit says. */
static const char of_all_services[] = "ExecReload\0NoNewPrivileges\0PrivateMounts\0MountFlags\0"
				      "ProtectSystem\0ReadOnlyPaths\0SystemCallArchitectures\0"
				      "SendSIGKILL\0GuessMainPID\0SyslogIdentifier\0"
				      "SyslogLevelPrefix\0KeyringMode\0";

/* A service without capabilities cannot do what these forbid. */
static const char without_capabilities[] = "ProtectClock\0ProtectControlGroups\0"
					   "ProtectKernelLogs\0ProtectKernelModules\0"
					   "ProtectKernelTunables\0PrivateUsers\0";

static bool has_effect(const struct unit_setting *setting, const struct service *s)
{
	const char *key = setting->key;

	if (strcmp(setting->section, "Unit") == 0)
		return word_index(of_units, key) >= 0;
	if (strcmp(setting->section, "Socket") == 0)
		return socket_unit_knows(key);
	if (strcmp(setting->section, "Timer") == 0)
		/* All timers are accurate. */
		return timer_unit_knows(key) || strcmp(key, "AccuracySec") == 0;
	if (!s || strcmp(setting->section, "Service") != 0)
		/* The plan reads [Install]; X- is for other programs. */
		return strcmp(setting->section, "Install") == 0 ||
		       strncmp(setting->section, "X-", 2) == 0;
	if (strcmp(key, "EnvironmentFile") == 0)
		return false; /* an optional one; with others the unit is ignored */
	if (service_knows(key) || word_index(of_all_services, key) >= 0)
		return true;
	if (word_index(without_capabilities, key) >= 0)
		return s->bounding == 0;
	/* Without a network there are no addresses to deny, and so on. */
	if (strcmp(key, "IPAddressDeny") == 0)
		return service_has(s, BIT_NETWORK);
	if (strcmp(key, "DevicePolicy") == 0)
		return service_has(s, BIT_DEVICES);
	if (strcmp(key, "RemoveIPC") == 0)
		return service_has(s, BIT_IPC);
	return false;
}

/* "no", or an empty list. */
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
	size_t used = 0;

	*ret = '\0';
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *setting = &unit->file.settings[i];
		char key[LOG_ESCAPED_SIZE];
		bool fits;

		if (asks_for_nothing(setting->value) || has_effect(setting, service) ||
		    was_named(unit, i))
			continue;
		fits = used + strlen(log_escape(setting->key, key)) + strlen(", =") <= room;
		used += format_text(ret + used, SETTINGS_TEXT_SIZE - used, fits ? "%s%s=" : "%s...",
				    used ? ", " : "", key);
		if (!fits)
			break;
	}
}
