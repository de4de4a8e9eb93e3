/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "units/host-needs.h"

static struct pool pool;

/* What the lines of a unit need of its host, one after another: "KIND:NAME", "!" if absent. */
static const char *needs_of(const char *name, const char *lines)
{
	static const char *const kinds[] = {
		[HOST_FILE] = "file",
		[HOST_DIRECTORY] = "directory",
		[HOST_PROGRAM] = "program",
		[HOST_DEVICE] = "device",
		[HOST_USER] = "user",
		[HOST_GROUP] = "group",
		[HOST_UNIT] = "unit",
		[HOST_INTERFACE] = "interface",
		[HOST_ADDRESS] = "address",
		[HOST_CREDENTIAL] = "credential",
		[HOST_CONDITION] = "condition",
		[HOST_REGULAR_FILE] = "regular",
		[HOST_CERTAIN_FILE] = "certain",
		[HOST_PROTOCOL] = "protocol",
		[HOST_PAM_SERVICE] = "pam",
		[HOST_TIME_ZONE] = "zone",
		[HOST_FEATURE] = "feature",
		[HOST_DESCRIPTOR] = "descriptor",
	};
	struct unit unit = { .name = name, .suffix = strrchr(name, '.'), .shown = name };
	struct host_need *first;
	char *all = pool_copy(&pool, "");

	CHECK(unit_file_parse(lines, strlen(lines), NULL, NULL, &unit.file) == 0);
	CHECK(host_needs(&unit, &pool, &first) == 0);
	for (const struct host_need *need = first; need; need = need->next)
		all = pool_format(&pool, "%s%s%s%s:%s", all, all[0] ? " " : "",
				  need->absent ? "!" : "", kinds[need->kind], need->name);
	unit_list_release(&unit);
	return all;
}

#define SERVICE(lines) "x.service", "[Service]\n" lines
#define UNIT(lines)    "x.service", "[Unit]\n" lines
#define SOCKET(lines)  "x.socket", "[Socket]\n" lines

static void what_is_needed(void)
{
	static const struct {
		const char *name, *lines, *wanted;
	} table[] = {
		{ UNIT("ConditionPathExists=/a\nAssertFileNotEmpty=|!/b"), "file:/a !certain:/b" },
		{ UNIT("ConditionPathExists=/a\nConditionUser=\nConditionHost=b"), "condition:b" },
		{ UNIT("AssertPathExists=/a\nConditionPathExists="), "file:/a" },
		{ UNIT("ConditionPathExists=a"), "" },
		{ UNIT("ConditionPathExists=/etc\nAssertPathIsDirectory=/usr"), "" },
		{ UNIT("ConditionPathExists=!/etc\nConditionPathIsSymbolicLink=/usr"),
		  "!file:/etc certain:/usr" },
		{ UNIT("Requires=a.service network.target\nBindsTo=%n"),
		  "unit:a.service unit:x.service" },
		{ SERVICE("User=a\nGroup=b"), "user:a group:b" },
		{ SERVICE("User=a\nUser=root\nGroup=7"), "" },
		{ SERVICE("DynamicUser=yes\nUser=a\nSupplementaryGroups=a 7"), "group:a group:7" },
		{ SERVICE("EnvironmentFile=/a\nEnvironmentFile=-/b\nEnvironmentFile=%h/c"),
		  "regular:/a regular:%h/c" },
		{ SERVICE("EnvironmentFile=/etc\nEnvironmentFile=/etc/os-release"),
		  "regular:/etc" },
		{ SERVICE("PAMName=a\nRootHash=/b\nRootVerity=/c\nRootHash=00"), "pam:a file:/c" },
		{ SERVICE("StateDirectoryQuota=5%\nCacheDirectoryQuota=off\nLogsDirectoryAccounting=no"),
		  "feature:project quotas" },
		{ SERVICE("EnvironmentFile=/a\nEnvironmentFile="), "" },
		{ SERVICE("LoadCredential=a:/b\nLoadCredential=c\nLoadCredentialEncrypted=d:e"),
		  "file:/b credential:c credential:e" },
		{ SERVICE("BindPaths=/a -/b /c:/d:rbind\nBindReadOnlyPaths=/usr /e\\\\:f:/g"),
		  "file:/a file:/c file:/e\\:f" },
		{ SERVICE("MountImages=/a:/b\nExtensionImages=-/c /d\nExtensionDirectories=/e"),
		  "file:/a file:/d directory:/e" },
		{ SERVICE("OpenFile=/a:b:read-only\nOpenFile=/c:d:graceful"), "file:/a" },
		{ SERVICE("StandardInput=file:/a/b\nStandardOutput=append:/c/d\nStandardError=file:/e"),
		  "file:/a/b directory:/c" },
		{ SERVICE("StandardInput=socket\nStandardOutput=fd:a\nStandardError=fd"),
		  "descriptor:x.socket descriptor:a" },
		{ SERVICE("TTYPath=/dev/tty9"), "" },
		{ SERVICE("TTYPath=/dev/tty9\nStandardInput=tty-force"), "device:/dev/tty9" },
		{ SERVICE("DeviceAllow=/dev/a rw\nDeviceAllow=char-b\nDeviceAllow=/dev/null r"),
		  "device:/dev/a" },
		{ SERVICE("NetworkNamespacePath=/a\nSlice=b.slice"), "unit:b.slice file:/a" },
		{ SOCKET("ListenStream=80\nListenStream=192.0.2.1:80\nListenDatagram=[2001:db8::1%a]:5"),
		  "address:192.0.2.1 address:2001:db8::1" },
		{ SOCKET("ListenStream=127.0.0.2:80\nListenStream=[::]:80\nListenStream=/a:b"),
		  "" },
		{ SOCKET("ListenStream=192.0.2.1:80\nFreeBind=yes"), "" },
		{ SOCKET("BindToDevice=a\nSocketUser=b\nSocketGroup=root"), "interface:a user:b" },
		{ SOCKET("BindToDevice=lo\nListenSpecial=/dev/null"), "certain:/dev/null" },
		{ SOCKET("ListenStream=vsock:2:5\nSocketProtocol=sctp"),
		  "address:vsock:2:5 protocol:sctp" },
		{ SOCKET("SocketProtocol=udplite"), "" },
		{ "x.timer",
		  "[Timer]\nOnCalendar=daily Europe/Berlin\nOnCalendar=Mon\nOnCalendar=Mon 3:00 UTC",
		  "zone:Europe/Berlin" },
		{ SOCKET("ExecStartPre=/a b ; -/c\nExecStopPost=+/d"), "program:/a program:/d" },
		{ SERVICE("BindPaths=\"/a\nLoadCredential=\nEnvironmentFile=a"), "" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++)
		CHECK_TEXT(needs_of(table[i].name, table[i].lines), table[i].wanted);
	pool_release(&pool);
}

int main(void)
{
	RUN(what_is_needed);
	return CHECK_STATUS();
}
