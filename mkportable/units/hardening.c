/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings that confine a service of an image. */
#include "units/hardening.h"

#include "elements.h"
#include "units/merged-list.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define IF(network) (1U << HARDENING_##network)
#define ALWAYS      (IF(SOCKETS) | IF(NETWORK) | IF(FOREIGN) | IF(TRIED))

/* NULL for a key is an empty line; NULL for a reason is that of the row before. */
static const struct hardening_row {
	const char *key, *value;
	unsigned networks; /* for which it is */
	const char *reason;
} rows[] = {
	{ "DynamicUser", "yes", ALWAYS, "A user that exists only while the service runs." },
	{ "UMask", "0077", ALWAYS, "What it writes is for that user only." },
	{ NULL, NULL, ALWAYS, NULL },
	{ "PrivateNetwork", "yes", IF(SOCKETS) | IF(TRIED),
	  "systemd opens the socket: it needs no network of its own, nor a way to one." },
	{ "RestrictAddressFamilies", "AF_UNIX", IF(SOCKETS),
	  "None; after \"none\", a profile that takes families away would allow all others." },
	{ "RestrictAddressFamilies", "~AF_UNIX", IF(SOCKETS), NULL },
	{ "IPAddressDeny", "any", IF(SOCKETS) | IF(TRIED), "Nor may it send to any address." },
	{ "RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX", IF(NETWORK),
	  "The network, and local sockets such as that of the journal." },
	{ "RestrictAddressFamilies", "AF_INET AF_INET6 AF_NETLINK AF_UNIX", IF(FOREIGN),
	  "The network, its interfaces and routes, and local sockets." },
	{ NULL, NULL, ALWAYS, NULL },
	{ "CapabilityBoundingSet", "", ALWAYS, "No rights of root, and no way to get them." },
	{ "NoNewPrivileges", "yes", ALWAYS, NULL },
	{ "PrivateUsers", "yes", ALWAYS, NULL },
	{ "PrivateDevices", "yes", ALWAYS, "No devices but /dev/null and its like." },
	{ "DevicePolicy", "closed", ALWAYS, NULL },
	{ "PrivateTmp", "yes", ALWAYS,
	  "Nothing is shared with other services, and nothing stays behind." },
	{ "PrivateIPC", "yes", ALWAYS, NULL },
	{ "PrivateMounts", "yes", ALWAYS, NULL },
	{ "RemoveIPC", "yes", ALWAYS, NULL },
	{ "ProtectSystem", "strict", ALWAYS,
	  "It writes to the directories that are named here, and nowhere else." },
	{ "ProtectHome", "yes", ALWAYS, NULL },
	{ "ProtectSystem", "full", IF(TRIED), "It does not write to /usr, /boot, /efi and /etc." },
	{ "ProtectHome", "read-only", IF(TRIED), "Home directories stay as they are." },
	{ "NoExecPaths", "/", IF(TRIED), "What it writes cannot be run." },
	{ "ExecPaths", "-/usr -/bin -/sbin -/lib -/lib32 -/lib64", IF(TRIED), NULL },
	{ "ProtectClock", "yes", ALWAYS,
	  "Clock, control groups, host name and kernel stay as they are." },
	{ "ProtectControlGroups", "yes", ALWAYS, NULL },
	{ "ProtectHostname", "yes", ALWAYS, NULL },
	{ "ProtectKernelLogs", "yes", ALWAYS, NULL },
	{ "ProtectKernelModules", "yes", ALWAYS, NULL },
	{ "ProtectKernelTunables", "yes", ALWAYS, NULL },
	{ "ProtectProc", "invisible", ALWAYS, "Of /proc it sees its own processes." },
	{ "ProcSubset", "pid", ALWAYS & ~IF(FOREIGN),
	  NULL }, /* many read /proc/stat and its like */
	{ "RestrictNamespaces", "yes", ALWAYS, "What exploits use, and services do not." },
	{ "RestrictRealtime", "yes", ALWAYS, NULL },
	{ "RestrictSUIDSGID", "yes", ALWAYS, NULL },
	{ "LockPersonality", "yes", ALWAYS, NULL },
	{ "MemoryDenyWriteExecute", "yes", ALWAYS,
	  "Delete it for a program that makes code as it runs." },
	{ "SystemCallArchitectures", "native", ALWAYS,
	  "The system calls of an ordinary service; others fail with EPERM." },
	{ "SystemCallFilter", "@system-service", ALWAYS, NULL },
	{ "SystemCallFilter", "~@privileged @resources @aio @keyring", ALWAYS, NULL },
	{ "SystemCallErrorNumber", "EPERM", ALWAYS, NULL },
};

/* What takes capabilities away, or makes them useless: systemd.exec(5). */
static const struct {
	const char *key;
	const char *capabilities; /* NULL: all */
	bool spares_ports;        /* all but CAP_NET_BIND_SERVICE */
} takers[] = {
	{ "PrivateUsers", NULL, false },
	{ "PrivateDevices", "CAP_MKNOD CAP_SYS_RAWIO", false },
	{ "ProtectClock", "CAP_SYS_TIME CAP_WAKE_ALARM", false },
	{ "ProtectKernelLogs", "CAP_SYSLOG", false },
	{ "ProtectKernelModules", "CAP_SYS_MODULE", false },
	{ "ProtectKernelTunables", "CAP_NET_ADMIN", false },
	{ "RestrictRealtime", "CAP_SYS_NICE", false },
	/* Which system calls capabilities are for is not known. */
	{ "SystemCallFilter", NULL, true },
};

/* Whether it would take a capability that the service has, as its unit states. */
static bool takes(const char *key, const struct merged_list *set)
{
	struct unit_words words;
	bool found = false;
	size_t i = 0;

	while (i < ELEMENTS(takers) && strcmp(takers[i].key, key) != 0)
		i++;
	if (i == ELEMENTS(takers) || set->mode == MERGED_UNSET)
		return false;
	if (!takers[i].capabilities) {
		found = set->mode == MERGED_REFUSES;
		for (size_t j = 0; j < set->n && !found; j++)
			found = !takers[i].spares_ports ||
				strcasecmp(set->words[j], "CAP_NET_BIND_SERVICE") != 0;
		return found;
	}
	if (unit_words_split(takers[i].capabilities, &words) < 0)
		return false;
	for (size_t j = 0; j < words.n && !found; j++)
		found = merged_list_allows(set, words.at[j]);
	unit_words_release(&words);
	return found;
}

bool hardening_to_try(size_t i, const char **ret_key, const char **ret_value,
		      const char **ret_reason)
{
	const char *reason = NULL;

	for (size_t j = 0; j < ELEMENTS(rows); j++) {
		reason = rows[j].reason ? rows[j].reason : reason;
		if (!rows[j].key || !(rows[j].networks & IF(TRIED)) || i-- > 0)
			continue;
		*ret_key = rows[j].key;
		*ret_value = rows[j].value;
		*ret_reason = reason;
		return true;
	}
	return false;
}

int harden(struct draft *draft, enum hardening_network network)
{
	struct merged_list capabilities = MERGED_LIST_UNSET;
	const char *reason = NULL;
	struct unit_file stated;
	bool apart = false;
	int r = draft_parse(draft, &stated);

	if (r < 0)
		return r;
	r = merged_list_read(&capabilities, draft->pool, &stated, "CapabilityBoundingSet");
	for (size_t i = 0; i < ELEMENTS(rows) && r >= 0; i++) {
		struct draft_line **end = draft->end;

		apart |= !rows[i].key;
		if (!rows[i].key || !(rows[i].networks & 1U << network))
			continue;
		reason = rows[i].reason ? rows[i].reason : reason;
		if (unit_file_last(&stated, "Service", rows[i].key) ||
		    takes(rows[i].key, &capabilities))
			continue;
		draft_add(draft, "Service", rows[i].key, rows[i].value, reason);
		if (*end)
			(*end)->apart = apart;
		apart = false;
		reason = NULL;
	}
	unit_file_release(&stated);
	return draft->failed ? -ENOMEM : r;
}
