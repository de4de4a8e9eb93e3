/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of settings; what systemd makes of each was seen with systemd-analyze verify. */
#include "check.h"
#include "elements.h"
#include "units/value-check.h"
#include "units/verify-read.h"

#include <string.h>

static enum value_verdict verdict_of(const char *unit_name, const char *setting,
				     struct value_problem *ret)
{
	struct unit unit = { .name = unit_name, .suffix = strrchr(unit_name, '.') };
	struct pool pool = POOL_EMPTY;
	char text[400], *dot, *value;
	const struct known_key *key;
	int r;

	(void)snprintf(text, sizeof text, "%s", setting);
	dot = strchr(text, '.');
	value = strchr(text, '=');
	*dot = *value = '\0';
	key = known_key_find(text, dot + 1);
	CHECK(key != NULL);
	r = key ? value_check(&unit, key, value + 1, &pool, ret) : VALUE_RIGHT;
	CHECK(r >= 0);
	pool_release(&pool);
	return (enum value_verdict)r;
}

/* Every second one is wrong. */
static void values_are_judged_as_systemd_judges_them(void)
{
	static const char *const settings[] = {
		"Service.Environment=A=b\\n",
		"Service.Environment=A=b\\q",
		"Service.Personality=x86-64",
		"Service.Personality=bogus",
		"Service.DelegateSubgroup=a",
		"Service.DelegateSubgroup=a/b",
		"Unit.Description=100 % %n",
		"Unit.Description=%z",
		"Unit.Documentation=http://x/%%20y",
		"Unit.Documentation=http://x/%20y",
		"Service.ExecStart=-@/bin/x y %n ; z",
		"Service.ExecStart=/bin/x ; bin/y",
		"Service.ExecStart=!!/bin/x",
		"Service.ExecStart=!!!/bin/x",
		"Service.ExecStart=:+|/bin/x",
		"Service.ExecStart=+!/bin/x",
		"Socket.ExecStartPre=x",
		"Socket.ExecStartPre=/bin/",
		"Service.PIDFile=x/pid",
		"Service.PIDFile=/run/../run/x",
		"Service.PrivateTmp=True",
		"Service.PrivateTmp=yes # really",
		"Service.Nice=-20",
		"Service.Nice=99",
		"Service.OOMScoreAdjust=-1000",
		"Service.OOMScoreAdjust=5000",
		"Service.TimeoutStartSec=1h 30min",
		"Service.TimeoutStartSec=5x",
		"Service.TimeoutStartSec=infinity",
		"Service.TimeoutStartSec=bogus",
		"Service.TimeoutStartSec=1.5",
		"Service.TimeoutStartSec=1.5.5",
		"Service.MemoryMax=1G 500M",
		"Service.MemoryMax=500M 1G",
		"Service.MemoryMax=50%",
		"Service.MemoryMax=110%",
		"Service.MemoryMin=0",
		"Service.MemoryMax=0",
		"Service.TasksMax=10%",
		"Service.TasksMax=0",
		"Service.CPUQuota=250%",
		"Service.CPUQuota=0%",
		"Service.LimitNOFILE=infinity",
		"Service.LimitNOFILE=unlimited",
		"Service.LimitNOFILE=1024:4096",
		"Service.LimitNOFILE=4096:1024",
		"Service.LimitNICE=+5",
		"Service.LimitNICE=infinity",
		"Service.LimitCPU=5min",
		"Service.LimitCPU=5x",
		"Service.UMask=0077",
		"Service.UMask=999",
		"Service.KillSignal=SIGRTMIN+3",
		"Service.KillSignal=SIGBOGUS",
		"Service.Type=notify",
		"Service.Type=bogus",
		"Service.Restart=on-abort",
		"Service.Restart=maybe",
		"Service.ProtectSystem=strict",
		"Service.ProtectSystem=very",
		"Service.CPUAffinity=0-3,5",
		"Service.CPUAffinity=9999",
		"Service.SystemCallFilter=~@clock read:EPERM",
		"Service.SystemCallFilter=@bogus",
		"Service.SystemCallFilter=@system-service",
		"Service.SystemCallFilter=read:EBOGUS",
		"Service.SystemCallArchitectures=native x32",
		"Service.SystemCallArchitectures=bogus",
		"Service.RestrictAddressFamilies=AF_INET AF_UNIX",
		"Service.RestrictAddressFamilies=~AF_BOGUS",
		"Service.RestrictNamespaces=~net ipc",
		"Service.RestrictNamespaces=network",
		"Service.IPAddressAllow=10.0.0.0/8 localhost",
		"Service.IPAddressAllow=10.0.0.0/33",
		"Service.SocketBindAllow=ipv4:tcp:80-90",
		"Service.SocketBindAllow=sctp:80",
		"Service.DeviceAllow=/dev/null rwm",
		"Service.DeviceAllow=null rw",
		"Service.DeviceAllow=char-input",
		"Service.DeviceAllow=/dev/null rwx",
		"Service.Environment=\"A=\\t\\x41\\\\\"",
		"Service.Environment=\"A=\\q\"",
		"Service.StandardInputText=a\\n",
		"Service.StandardInputText=a\\qb",
		"Service.Personality=x86-64",
		"Service.Personality=bogus",
		"Service.DelegateSubgroup=supervisor",
		"Service.DelegateSubgroup=a/b",
		"Service.Environment=A=b \"C=d e\"",
		"Service.Environment=1X=3",
		"Service.Environment=A=",
		"Service.Environment=A",
		"Service.Environment='A=b c'",
		"Service.Environment=\"A=b",
		"Service.EnvironmentFile=-/etc/x",
		"Service.EnvironmentFile=etc/x",
		"Service.PassEnvironment=A B",
		"Service.PassEnvironment=A-B",
		"Service.LogExtraFields=A=b",
		"Service.LogExtraFields=a=b",
		"Service.User=%i",
		"Service.User=a:b",
		"Service.User=some-one",
		"Service.Group=65535",
		"Service.WorkingDirectory=~",
		"Service.WorkingDirectory=srv",
		"Service.ReadWritePaths=-+/srv",
		"Service.ReadWritePaths=+-/srv",
		"Service.BindPaths=/usr:/srv:norbind",
		"Service.BindPaths=/usr:/srv:bogus",
		"Service.TemporaryFileSystem=/srv:size=1M,ro",
		"Service.TemporaryFileSystem=/srv:bogus=1",
		"Service.StateDirectory=peer:other a",
		"Service.StateDirectory=private/x",
		"Service.StateDirectory=%p",
		"Service.StateDirectory=/x",
		"Service.StandardOutput=append:/var/log/x",
		"Service.StandardOutput=file:x.log",
		"Service.LoadCredential=foo:/etc/x",
		"Service.LoadCredential=f/oo:/etc/x",
		"Service.SetCredentialEncrypted=foo:YWJj",
		"Service.SetCredentialEncrypted=foo:garbage",
		"Service.ImportCredential=foo*",
		"Service.ImportCredential=*foo",
		"Service.LogNamespace=name",
		"Service.LogNamespace=bad/name",
		"Service.BusName=org.x",
		"Service.BusName=org",
		"Service.Slice=x-y.slice",
		"Service.Slice=x",
		"Service.SuccessExitStatus=1 TEMPFAIL SIGTERM",
		"Service.SuccessExitStatus=256",
		"Service.RootHash=00112233445566778899aabbccddeeff",
		"Service.RootHash=zzzz",
		"Unit.After=network.target %n",
		"Unit.After=network",
		"Unit.Wants=x@.service x@1.service",
		"Unit.Wants=bogus!name.service",
		"Unit.Documentation=man:x(1) https://x",
		"Unit.Documentation=x",
		"Unit.ConditionPathExists=|!/etc",
		"Unit.ConditionPathExists=etc",
		"Unit.RequiresMountsFor=/var /srv",
		"Unit.RequiresMountsFor=srv",
		"Socket.ListenStream=[::1]:80",
		"Socket.ListenStream=99999",
		"Socket.ListenStream=/run/x.sock",
		"Socket.ListenStream=x.sock",
		"Socket.ListenStream=vsock::7777",
		"Socket.ListenStream=localhost:80",
		"Socket.ListenDatagram=0.0.0.0:53",
		"Socket.ListenDatagram=256.0.0.1:53",
		"Socket.ListenNetlink=route 1361",
		"Socket.ListenNetlink=bogus 1",
		"Socket.ListenMessageQueue=/x",
		"Socket.ListenMessageQueue=x",
		"Socket.FileDescriptorName=x",
		"Socket.FileDescriptorName=bad:name",
		"Socket.BindToDevice=eth0",
		"Socket.BindToDevice=name-that-is-too-long",
		"Socket.SocketMode=0660",
		"Socket.SocketMode=0888",
		"Timer.OnCalendar=Mon..Fri *-*-* 10:00",
		"Timer.OnCalendar=someday",
		"Timer.OnCalendar=*:0/15",
		"Timer.OnCalendar=5 minutes",
		"Timer.OnCalendar=*-02-29 00:00:00 UTC",
		"Timer.OnCalendar=25:00",
		"Timer.OnCalendar=5..10:00",
		"Timer.OnCalendar=10..5:00",
		"Timer.OnCalendar=*:0/59",
		"Timer.OnCalendar=*:0/60",
		"Timer.OnCalendar=*:50..55/20",
		"Timer.OnCalendar=*:50/20",
		"Timer.OnCalendar=*:*:0.5/0.5",
		"Timer.OnCalendar=*:*:*/61",
		"Timer.OnCalendar=*-2/10-1",
		"Timer.OnCalendar=*-2/11-1",
		"Service.TimeoutStopSec=.5s",
		"Service.TimeoutStopSec=1.s",
		"Service.RestrictAddressFamilies=af_inet AF_unix",
		"Service.RestrictAddressFamilies=af_bogus",
		"Service.RootImagePolicy=root=verity+signed:=absent",
		"Service.RootImagePolicy=root=verity:root=absent",
		"Service.RootImagePolicy=root = -",
		"Service.MountImagePolicy=root=verity:",
		"Service.ExtensionImagePolicy=~",
		"Service.ExtensionImagePolicy=bogus",
		"Service.RootImageOptions=ro,noexec root:nosuid bogus:",
		"Service.RootImageOptions=bogus:x",
		"Service.RootImageOptions=:x",
		"Service.RootImageOptions=root:ro:x",
		"Service.RestrictFileSystems=@network ext4",
		"Service.RestrictFileSystems=~@bogus",
		"Service.SystemCallFilter=~@mount:0 chroot:kill",
		"Service.SystemCallFilter=@system-service mount:kill",
		"Service.Environment=A=\\x41\\101\\u00e4",
		"Service.Environment=\"A=\\xZZ\"",
		"Service.Environment=A=\\377",
		"Service.Environment=A=\\000",
		"Service.ExecStart=/bin/x \\; \\n \\x41",
		"Service.ExecStart=/bin/x \\$A",
		"Unit.After=a.service b.service",
		"Unit.After=\"a.service\"",
		"Unit.ConditionPathExists=!/etc",
		"Unit.ConditionPathExists=! /etc",
		"Unit.ConditionPathExists=|/etc",
		"Unit.ConditionPathExists=| /etc",
		"Timer.OnBootSec=5min",
		"Timer.OnBootSec=soon",
		"Timer.OnBootSec=5 min 3s",
		"Timer.Unit=nosuch",
		"Path.PathExists=%t/x",
		"Path.PathExists=run/x",
	};
	struct value_problem problem;

	for (size_t i = 0; i < ELEMENTS(settings); i++) {
		enum value_verdict verdict =
			verdict_of(i % 2 ? "x.service" : "x@.service", settings[i], &problem);
		bool is_right = verdict == VALUE_RIGHT || verdict == VALUE_NEWER;

		if (is_right != (i % 2 == 0))
			(void)fprintf(stderr, "%s\n", settings[i]);
		CHECK(is_right == (i % 2 == 0));
	}
}

static void what_follows_is_told_apart(void)
{
	struct value_problem problem;

	CHECK(verdict_of("x.service", "Service.DynamicUser=maybe", &problem) == VALUE_REFUSED);
	CHECK(verdict_of("x.service", "Service.User=%i", &problem) == VALUE_REFUSED);
	CHECK(verdict_of("x.service", "Service.Nice=99", &problem) == VALUE_WRONG);
	CHECK(verdict_of("x.service", "Service.CapabilityBoundingSet=CAP_BOGUS", &problem) ==
	      VALUE_SILENT);
	CHECK(verdict_of("x.service", "Service.PrivateTmp=", &problem) == VALUE_WRONG);
	CHECK(verdict_of("x.service", "Service.StateDirectory=", &problem) == VALUE_RIGHT);
	CHECK(verdict_of("x.service", "Service.ExecStart=/bin/x %z", &problem) == VALUE_REFUSED);
	CHECK(verdict_of("x.service", "Service.ExecStart=-!!/bin/x", &problem) == VALUE_NEWER &&
	      problem.ages.since == 252 && problem.ages.until == 257);
	CHECK(verdict_of("x.service", "Service.StateDirectory=%D", &problem) == VALUE_NEWER &&
	      problem.ages.since == 257);
	CHECK(verdict_of("x.service", "Service.RootImagePolicy=bogus=x", &problem) == VALUE_NEWER &&
	      problem.ages.since == 262);
	CHECK(verdict_of("x.service", "Service.PrivateTmp=disconnected", &problem) == VALUE_NEWER &&
	      problem.ages.since == 257 && problem.ages.until == 0);
}

static void words_of_systemd_are_read_by_unit_and_line(void)
{
	struct pool pool = POOL_EMPTY;
	struct remark *r = NULL;

	CHECK(verify_read(&pool,
			  "/t/usr/lib/systemd/system/x.service:5: Nice out of range, ignoring: 99\n"
			  "/t/x.service:6: MemoryLimit= is old; please use MemoryMax=\n"
			  "/t/x.service:7: Failed to parse boolean value: maybe\n"
			  "Unit x.service has a bad unit file setting.\n"
			  "y.service: Service has no ExecStart=. Refusing.\n"
			  "y.service: Command /usr/bin/y is not executable: No such file\n"
			  "garbage\n:1: x\n/x:0: ignored\nx y:5: ignored",
			  &r) == 0);
	CHECK(r && strcmp(r->unit, "x.service") == 0 && r->line == 5 && !r->refuses);
	r = r ? r->next : NULL;
	CHECK(r && r->line == 7 && r->refuses);
	r = r ? r->next : NULL;
	CHECK(r && strcmp(r->unit, "y.service") == 0 && r->line == 0 && r->refuses && !r->next);
	pool_release(&pool);
}

int main(void)
{
	RUN(values_are_judged_as_systemd_judges_them);
	RUN(what_follows_is_told_apart);
	RUN(words_of_systemd_are_read_by_unit_and_line);
	return CHECK_STATUS();
}
