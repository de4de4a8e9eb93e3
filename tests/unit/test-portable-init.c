/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "clock.h"
#include "elements.h"
#include "units/effects.h"
#include "units/service-unit.h"
#include "units/socket-unit.h"
#include "units/system-call-groups.h"
#include "units/timer-unit.h"
#include "units/users.h"
#include "units/values.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static void time_spans_are_those_of_systemd_time(void)
{
	static const struct {
		const char *text;
		uint64_t microseconds;
	} spans[] = {
		{ "0", 0 },
		{ "90", 90 * USEC_PER_SEC },
		{ "1.5s", USEC_PER_SEC * 3 / 2 },
		{ "1h 30min", 5400 * USEC_PER_SEC },
		{ "1h30min", 5400 * USEC_PER_SEC },
		{ "2min 3 s", 123 * USEC_PER_SEC },
		{ "100ms", 100000 },
		{ "7us", 7 },
		{ "3days", 259200 * USEC_PER_SEC },
		{ "1w", 604800 * USEC_PER_SEC },
		{ "1month", 2629800 * USEC_PER_SEC },
		{ "1M", 2629800 * USEC_PER_SEC },
		{ "1m", 60 * USEC_PER_SEC },
		{ "2y", UINT64_C(2) * 31557600 * USEC_PER_SEC },
		{ "infinity", FOR_EVER },
	};
	static const char *const bad[] = {
		"", " ", "s", "5x", "1.", "-1", "1h -2min", "5 minutos"
	};
	uint64_t microseconds = 42;

	for (size_t i = 0; i < ELEMENTS(spans); i++) {
		CHECK(parse_time_span(spans[i].text, &microseconds) == 0);
		CHECK(microseconds == spans[i].microseconds);
	}
	microseconds = 42;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		CHECK(parse_time_span(bad[i], &microseconds) == -EINVAL);
	CHECK(parse_time_span("9999999999999y", &microseconds) == -ERANGE);
	CHECK(microseconds == 42);
}

static void modes_signals_and_limits(void)
{
	uint64_t soft, hard;
	mode_t mode = 1;
	int signal;

	CHECK(parse_mode("0750", &mode) == 0 && mode == 0750);
	CHECK(parse_mode("1777", &mode) == 0 && mode == 01777);
	CHECK(parse_mode("8", &mode) == -EINVAL && parse_mode("", &mode) == -EINVAL);
	CHECK(parse_mode("77777", &mode) == -EINVAL);
	CHECK(parse_signal("SIGTERM", &signal) == 0 && signal == SIGTERM);
	CHECK(parse_signal("KILL", &signal) == 0 && signal == SIGKILL);
	CHECK(parse_signal("SYS", &signal) == 0 && signal == SIGSYS);
	CHECK(parse_signal("SIGRTMIN+3", &signal) == 0 && signal == 37);
	CHECK(parse_signal("9", &signal) == 0 && signal == 9);
	CHECK(parse_signal("SIGNOTHING", &signal) == -EINVAL && parse_signal("65", &signal) < 0);
	CHECK(parse_limit("1K:2K", &soft, &hard) == 0 && soft == 1024 && hard == 2048);
	CHECK(parse_limit("infinity", &soft, &hard) == 0 && soft == RLIM_INFINITY);
	CHECK(parse_limit("2:1", &soft, &hard) == -EINVAL && parse_limit("", &soft, &hard) < 0);
	CHECK(limit_index("NOFILE") == RLIMIT_NOFILE && limit_index("RTTIME") == RLIMIT_RTTIME);
}

static struct boot_unit unit_of(const char *name, const char *text)
{
	struct boot_unit unit;

	if (unit_parse(name, text, strlen(text), &unit) < 0)
		abort();
	return unit;
}

static void specifiers_become_what_they_stand_for(void)
{
	struct boot_unit unit = unit_of("some@.service", "");
	char *text;

	CHECK(expand_specifiers(&unit, "7", "%p-%i %S/%p 100%%", &text) == 0);
	CHECK_TEXT(text, "some-7 /var/lib/some 100%");
	free(text);
	CHECK(expand_specifiers(&unit, "7", "%n %N %h %u %U %s %d", &text) == 0);
	CHECK_TEXT(text,
		   "some@7.service some@7 /root root 0 /bin/sh /run/credentials/some@.service");
	free(text);
	/* What is no specifier stays: specifier_printf() of systemd. */
	CHECK(expand_specifiers(&unit, "7", "50% off %", &text) == 0);
	CHECK_TEXT(text, "50% off %");
	free(text);
	CHECK(expand_specifiers(&unit, "7", "%y", &text) == -EINVAL);
	unit_release(&unit);
	unit = unit_of("a-b\\x2dc@x-y\\x2d.service", "");
	CHECK(expand_specifiers(&unit, NULL, "%p %P %j %J %i %I", &text) == 0);
	CHECK_TEXT(text, "a-b\\x2dc a/b-c b\\x2dc b-c x-y\\x2d x/y-");
	free(text);
	CHECK(expand_specifiers(&unit, NULL, "%H%b%m%v%a", &text) == 0);
	CHECK(strlen(text) > 64 && !strchr(text, '%'));
	free(text);
	unit_release(&unit);
	unit = unit_of("x.service", "");
	CHECK(expand_specifiers(&unit, NULL, "%n %N %p [%i]", &text) == 0);
	CHECK_TEXT(text, "x.service x x []");
	free(text);
	unit_release(&unit);
}

static void a_service_is_read(void)
{
	struct boot_unit unit = unit_of(
		"x.service", "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\n"
			     "ExecStart=-@/bin/a b \"c d\" ; :+/bin/e $x\nExecStart=!/bin/f\n"
			     "StateDirectory=a b/c\nStateDirectoryMode=0700\nRestart=on-failure\n"
			     "RestartSec=2\nKillSignal=SIGINT\nTimeoutStopSec=0\n"
			     "RestrictAddressFamilies=AF_UNIX AF_INET\n"
			     "RestrictAddressFamilies=~AF_UNIX\nPrivateNetwork=yes\n"
			     "LimitNOFILE=5\nEnvironment=A=1 B=2\nEnvironment=\nEnvironment=C=3\n");
	const struct unit_setting *problem;
	struct service s;

	CHECK(service_read(&unit, NULL, &s, &problem) == 0);
	CHECK(s.type == TYPE_ONESHOT && s.commands[PHASE_START].n == 3);
	CHECK(s.commands[PHASE_START].at[0].flags == (COMMAND_MAY_FAIL | COMMAND_OWN_ARGV0));
	CHECK_TEXT(s.commands[PHASE_START].at[0].words.at[2], "c d");
	CHECK(s.commands[PHASE_START].at[1].flags == (COMMAND_NO_VARIABLES | COMMAND_PRIVILEGED));
	CHECK_TEXT(s.commands[PHASE_START].at[1].words.at[1], "$x");
	CHECK(s.commands[PHASE_START].at[2].flags == COMMAND_KEEP_USER);
	CHECK(s.directories[DIRECTORY_STATE].n == 2 && s.directory_mode[DIRECTORY_STATE] == 0700);
	CHECK(s.restart == RESTART_ON_FAILURE && s.restart_delay == 2 * USEC_PER_SEC);
	CHECK(s.kill_signal == SIGINT && s.stop_timeout == FOR_EVER && s.start_timeout == FOR_EVER);
	CHECK(s.families == 1 << 2 && service_has(&s, BIT_FAMILIES));
	CHECK(s.limits_set == 1 << RLIMIT_NOFILE && s.limit_interval == 0);
	CHECK(s.environment.n == 1);
	CHECK_TEXT(s.environment.at[0], "C=3");
	service_release(&s);
	unit_release(&unit);
}

static void capabilities_add_up_and_are_taken_off(void)
{
	static const struct {
		const char *lines;
		uint64_t set;
	} cases[] = {
		{ "", 0 },
		{ "CAP_CHOWN CAP_KILL", 0x21 },
		{ "CAP_CHOWN\nCapabilityBoundingSet=NET_BIND_SERVICE", 0x401 },
		{ "CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=~CAP_KILL", 0x1 },
		{ "~CAP_CHOWN", CAPABILITIES_ALL - 1 },
		{ "CAP_CHECKPOINT_RESTORE", UINT64_C(1) << 40 },
		{ "CAP_CHOWN\nCapabilityBoundingSet=", 0 },
	};
	const struct unit_setting *problem;
	struct service s;
	char text[256];

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		(void)snprintf(text, sizeof text,
			       "[Service]\nExecStart=/bin/x\nCapabilityBoundingSet=%s\n",
			       cases[i].lines);
		struct boot_unit unit = unit_of("x.service", text);

		CHECK(service_read(&unit, NULL, &s, &problem) == 0);
		CHECK(s.bounding == cases[i].set && s.bounding_stated);
		service_release(&s);
		unit_release(&unit);
	}
}

static void what_cannot_be_done_is_refused_with_its_line(void)
{
	static const char *const lines[] = {
		"ExecStart=/bin/a $x",
		"ExecStart=|/bin/a",
		"User=%f",
		"StateDirectory=/abs",
		"StateDirectory=a/../b",
		"Type=forking",
		"EnvironmentFile=/x",
		"RootImage=/x",
		"Restart=perhaps",
		"StateDirectory=a/./b",
		"BindPaths=/a:/b",
		"UMask=9",
		"ExecStart=\"/bin/a",
		"ExecStart=@/bin/a",
		"LimitNOFILE=many",
		"StateDirectory=.",
		"StateDirectory=a:../b",
		"ExecStart=/bin/a ${x}",
		"RestrictAddressFamilies=~AF_INET AF_NEW",
	};
	const struct unit_setting *problem;
	char text[256];
	struct service s;

	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		(void)snprintf(text, sizeof text, "[Service]\nExecStart=/bin/x\n%s\n", lines[i]);
		struct boot_unit unit = unit_of("x.service", text);

		CHECK(service_read(&unit, NULL, &s, &problem) == -EINVAL);
		CHECK(problem && problem->line == 3);
		service_release(&s);
		unit_release(&unit);
	}
}

static void forms_that_systemd_takes_are_taken(void)
{
	struct boot_unit unit = unit_of(
		"x.service", "[Service]\nType=oneshot\nExecStart=/bin/a $$ 5$$ a$b $$$$x\n"
			     "ExecStart=:/bin/a $$\nStandardOutput=syslog\n"
			     "StandardError=syslog+console\n"
			     "CapabilityBoundingSet=cap_net_bind_service CAP_TO_COME Kill\n"
			     "RestrictAddressFamilies=AF_INET AF_BLUETOOTH AF_LOCAL AF_NEW\n"
			     "ReadWritePaths=/var/run/x -/var/run /var/runs\n"
			     "EnvironmentFile=-/etc/x\n");
	const struct unit_setting *problem;
	char text[SETTINGS_TEXT_SIZE];
	struct service s;

	CHECK(service_read(&unit, NULL, &s, &problem) == 0);
	CHECK_TEXT(s.commands[PHASE_START].at[0].words.at[1], "$");
	CHECK_TEXT(s.commands[PHASE_START].at[0].words.at[2], "5$");
	CHECK_TEXT(s.commands[PHASE_START].at[0].words.at[3], "a$b");
	CHECK_TEXT(s.commands[PHASE_START].at[0].words.at[4], "$$x");
	CHECK_TEXT(s.commands[PHASE_START].at[1].words.at[1], "$$");
	CHECK(s.output >= STREAM_JOURNAL && s.error >= STREAM_JOURNAL);
	CHECK(s.bounding == 0x420 && s.families == (1U << 1 | 1U << 2 | 1U << 31));
	CHECK(s.unknown.n == 2);
	CHECK_TEXT(s.unknown.at[0], "CAP_TO_COME");
	CHECK_TEXT(s.unknown.at[1], "AF_NEW");
	CHECK_TEXT(s.writable.at[0], "/run/x");
	CHECK_TEXT(s.writable.at[1], "-/run");
	CHECK_TEXT(s.writable.at[2], "/var/runs");
	settings_without_effect(&unit, &s, text);
	CHECK_TEXT(text, "EnvironmentFile=");
	service_release(&s);
	unit_release(&unit);

	struct socket_unit socket;

	unit = unit_of("x.socket", "[Socket]\nListenStream=/var/run/x\nListenFIFO=/var/run/y\n");
	CHECK(socket_unit_read(&unit, &socket, &problem) == 0);
	CHECK_TEXT(socket.ports[0].address, "/run/x");
	CHECK_TEXT(socket.ports[1].address, "/run/y");
	socket_unit_release(&socket);
	unit_release(&unit);
}

/* All calls of a group in the table of mkportable, groups within it included. */
static size_t expect_members(const char *group, const uint8_t verdicts[static SYSTEM_CALLS_MAX])
{
	const char *members = system_call_group_members(group);
	uint8_t alone[SYSTEM_CALLS_MAX];
	size_t n = 0;
	char name[64];

	CHECK(members);
	for (const char *p = members; p && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		(void)snprintf(name, sizeof name, "%.*s", (int)strcspn(p, " "), p);
		if (*name == '@') {
			n += expect_members(name, verdicts);
			continue;
		}
		memset(alone, 0, sizeof alone);
		if (!system_calls_set(name, 1, alone))
			continue; /* of another machine */
		for (size_t i = 0; i < SYSTEM_CALLS_MAX; i++)
			CHECK(!alone[i] || verdicts[i]);
		n++;
	}
	return n;
}

static size_t count(const uint8_t verdicts[static SYSTEM_CALLS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < SYSTEM_CALLS_MAX; i++)
		n += verdicts[i] != 0;
	return n;
}

static void groups_of_system_calls_are_those_that_the_linter_has(void)
{
	static const char *const names[] = {
		"@aio",      "@basic-io",  "@chown",          "@clock",    "@cpu-emulation",
		"@debug",    "@default",   "@file-system",    "@io-event", "@ipc",
		"@keyring",  "@memlock",   "@module",         "@mount",    "@network-io",
		"@obsolete", "@pkey",      "@privileged",     "@process",  "@raw-io",
		"@reboot",   "@resources", "@sandbox",        "@setuid",   "@signal",
		"@swap",     "@sync",      "@system-service", "@timer",
	};
	uint8_t verdicts[SYSTEM_CALLS_MAX], other[SYSTEM_CALLS_MAX];

	for (size_t i = 0; i < ELEMENTS(names); i++) {
		memset(verdicts, 0, sizeof verdicts);
		CHECK(system_calls_set(names[i], 1, verdicts));
		/* None is missing; with the same number, none is too many. */
		CHECK(expect_members(names[i], verdicts) >= count(verdicts));
	}
	memset(other, 0, sizeof other);
	CHECK(system_calls_set("mount", 1, other) && other[SYS_mount] == 1 && count(other) == 1);
	CHECK(system_calls_set("openat2", 9, other) && other[SYS_openat2] == 9);
	CHECK(!system_calls_set("@no-such", 1, other) && !system_calls_set("moun", 1, other));
}

static void a_filter_of_system_calls_is_read(void)
{
	static const struct {
		const char *lines;
		uint8_t read, mount, execve, fchown;
		size_t unknown;
	} cases[] = {
		/* @default is always allowed. */
		{ "@basic-io", 0, 255, 0, 255, 0 },
		{ "@basic-io\nSystemCallFilter=mount", 0, 0, 0, 255, 0 },
		{ "@system-service\nSystemCallFilter=~@chown read", 255, 255, 0, 255, 0 },
		{ "@system-service\nSystemCallFilter=~fchown:EPERM", 0, 255, 0, 1, 0 },
		{ "~@mount", 0, 255, 0, 0, 0 },
		{ "~@mount fchown:38 read:kill", 254, 255, 0, 38, 0 },
		{ "~@mount\nSystemCallFilter=mount", 0, 0, 0, 0, 0 },
		{ "~mount nosuch @nosuch read:ENOSUCH", 0, 255, 0, 0, 3 },
		{ "read:EPERM", 255, 255, 0, 255, 1 },
		{ "~", 0, 0, 0, 0, 0 },
	};
	const struct unit_setting *problem;
	struct service s;
	char text[256];

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		(void)snprintf(text, sizeof text,
			       "[Service]\nExecStart=/bin/x\nSystemCallErrorNumber=EACCES\n"
			       "SystemCallFilter=%s\n",
			       cases[i].lines);
		struct boot_unit unit = unit_of("x.service", text);

		CHECK(service_read(&unit, NULL, &s, &problem) == 0);
		CHECK(s.filters_calls && s.call_error == EACCES);
		CHECK(s.calls[SYS_read] == cases[i].read && s.calls[SYS_mount] == cases[i].mount);
		CHECK(s.calls[SYS_execve] == cases[i].execve);
		CHECK(s.calls[SYS_fchown] == cases[i].fchown);
		CHECK(s.unknown.n == cases[i].unknown);
		service_release(&s);
		unit_release(&unit);
	}
}

static void sockets_and_timers_are_read(void)
{
	struct boot_unit unit =
		unit_of("x.socket", "[Socket]\nListenStream=80\nListenStream=\n"
				    "ListenStream=[::1]:81\nListenFIFO=/run/%p\n"
				    "Accept=yes\nMaxConnections=5\nBindIPv6Only=ipv6-only\n");
	const struct unit_setting *problem;
	struct socket_unit socket;
	struct timer_unit timer;

	CHECK(socket_unit_read(&unit, &socket, &problem) == 0);
	CHECK(socket.n_ports == 2 && socket.ports[1].kind == PORT_FIFO);
	CHECK_TEXT(socket.ports[1].address, "/run/x");
	CHECK(socket.accept && socket.max_connections == 5 && socket.bind_ipv6_only == 2);
	socket_unit_release(&socket);
	unit_release(&unit);

	unit = unit_of("x.socket", "[Socket]\nListenStream=no address\n");
	CHECK(socket_unit_read(&unit, &socket, &problem) == -EINVAL && problem->line == 2);
	socket_unit_release(&socket);
	unit_release(&unit);

	unit = unit_of("x.timer", "[Timer]\nOnBootSec=5min\nOnBootSec=\nOnUnitActiveSec=1h\n"
				  "OnCalendar=daily\nRandomizedDelaySec=1h\n");
	CHECK(timer_unit_read(&unit, &timer, &problem) == 0);
	CHECK(timer.n_triggers == 1 && timer.triggers[0].kind == TRIGGER_UNIT_ACTIVE);
	CHECK(timer.triggers[0].span == 3600 * USEC_PER_SEC &&
	      timer.random_delay == 3600 * USEC_PER_SEC);
	timer_unit_release(&timer);
	unit_release(&unit);

	/* An empty line resets all triggers, also one of a setting without effect. */
	unit = unit_of("x.timer", "[Timer]\nOnBootSec=5min\nOnCalendar=\nOnCalendar=daily\n");
	CHECK(timer_unit_read(&unit, &timer, &problem) == -EINVAL && !problem);
	timer_unit_release(&timer);
	unit_release(&unit);
}

static void settings_without_effect_are_named_once(void)
{
	struct boot_unit unit = unit_of(
		"x.service", "[Unit]\nConditionPathExists=/x\n[Service]\nExecStart=/bin/x\n"
			     "Slice=a\nSlice=b\nCPUWeight=\nMemoryMax=1G\nPrivateUsers=yes\n"
			     "IPAddressDeny=any\nPrivateMounts=no\nNoNewPrivileges=yes\nFoo=no\n"
			     "[X-Other]\nKey=1\n");
	const struct unit_setting *problem;
	char text[SETTINGS_TEXT_SIZE];
	struct service s;

	CHECK(service_read(&unit, NULL, &s, &problem) == 0);
	settings_without_effect(&unit, &s, text);
	CHECK_TEXT(text, "ConditionPathExists=, Slice=, MemoryMax=, IPAddressDeny=");
	s.bounding = 1;
	s.sandbox |= 1 << BIT_NETWORK;
	settings_without_effect(&unit, &s, text);
	CHECK_TEXT(text, "ConditionPathExists=, Slice=, MemoryMax=, PrivateUsers=");
	service_release(&s);
	unit_release(&unit);
}

static void users_of_their_own_are_the_same_at_each_boot(void)
{
	struct boot_unit unit = unit_of("visitord.service", "[Service]\nExecStart=/bin/x\n");
	const struct unit_setting *problem;
	struct service s;
	uid_t uid;

	CHECK(service_read(&unit, NULL, &s, &problem) == 0);
	CHECK(user_find(&s, &uid) == 0 && user_is_dynamic(uid));
	CHECK(uid == 64559); /* state on disks has this owner */
	CHECK(user_next(USER_DYNAMIC_MAX) == USER_DYNAMIC_MIN);
	service_release(&s);
	unit_release(&unit);
}

int main(void)
{
	RUN(time_spans_are_those_of_systemd_time);
	RUN(modes_signals_and_limits);
	RUN(specifiers_become_what_they_stand_for);
	RUN(a_service_is_read);
	RUN(capabilities_add_up_and_are_taken_off);
	RUN(what_cannot_be_done_is_refused_with_its_line);
	RUN(forms_that_systemd_takes_are_taken);
	RUN(groups_of_system_calls_are_those_that_the_linter_has);
	RUN(a_filter_of_system_calls_is_read);
	RUN(sockets_and_timers_are_read);
	RUN(settings_without_effect_are_named_once);
	RUN(users_of_their_own_are_the_same_at_each_boot);
	return CHECK_STATUS();
}
