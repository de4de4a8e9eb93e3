#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the linter says of a unit under a profile, and of what a unit needs of its host,
# against systemd itself: each variant of a unit is attached under each profile, and
# what systemd makes of its settings, and whether it starts, must be what the linter
# said. The table of it is build/lint-profiles-against-systemd.md.

bats_require_minimum_version 1.5.0
load ../lab

# NAME | ARGUMENT OF THE PROGRAM | SETTINGS, separated by ';'
variants() {
	cat <<'END'
bare|once|
dynamic|once|DynamicUser=yes
no-capabilities|once|CapabilityBoundingSet=
one-capability|once|CapabilityBoundingSet=CAP_CHOWN
other-capability|once|CapabilityBoundingSet=CAP_SYS_TIME
all-but-one-capability|once|CapabilityBoundingSet=~CAP_SYS_ADMIN
all-but-another-capability|once|CapabilityBoundingSet=~CAP_SYS_TIME
no-families|once|RestrictAddressFamilies=none
unix-only|once|RestrictAddressFamilies=AF_UNIX
all-but-packet|once|RestrictAddressFamilies=~AF_PACKET
all-but-netlink|once|RestrictAddressFamilies=~AF_NETLINK
same-calls|once|SystemCallFilter=@system-service
fewer-calls|once|SystemCallFilter=@system-service;SystemCallFilter=~@privileged
narrow-calls|once|SystemCallFilter=@basic-io @file-system @process @signal @io-event mmap mprotect munmap brk
fewer-but-none-of-these|once|SystemCallFilter=@system-service;SystemCallFilter=~@mount @clock
denied-calls|once|SystemCallFilter=~@mount
denied-more|once|SystemCallFilter=~@clock @setuid
walls|once|ProtectSystem=strict;ProtectHome=yes;NoNewPrivileges=yes;PrivateTmp=yes;ProtectClock=yes
more-walls|once|ProtectHome=tmpfs;PrivateNetwork=yes;PrivateIPC=yes;ProtectProc=invisible;RestrictNamespaces=yes
network|connect|RestrictAddressFamilies=AF_INET AF_INET6
bus|bus|BusName=org.example.Lint
many-tasks|once|TasksMax=100
few-tasks|once|TasksMax=2
capitals|once|DynamicUser=True;PrivateNetwork=On;NoNewPrivileges=YES;PrivateIPC=T;ProtectClock=ON
implied|once|DynamicUser=yes;ProtectHome=no
addresses|once|IPAddressDeny=any;IPAddressAllow=127.0.0.1
some-addresses|once|IPAddressDeny=192.0.2.0/24
devices|once|DevicePolicy=strict;DeviceAllow=/dev/null rw
mask|once|UMask=0077
server|listen|
notify|notify|Type=notify;TimeoutStartSec=2
ambient|once|AmbientCapabilities=cap_chown;CapabilityBoundingSet=CAP_CHOWN
sealed|once|DynamicUser=yes;CapabilityBoundingSet=;PrivateNetwork=yes;RestrictAddressFamilies=none;SystemCallFilter=@system-service;SystemCallFilter=~@privileged @resources
END
}

# What does not depend on a profile. NAME | RULE | SETTINGS | WHAT THE HOST LACKS, AS A COMMAND
needs() {
	cat <<'END'
user|user-not-resolvable|User=lint-user|echo lint-user:x:900:900::/: >>/etc/passwd
group|user-not-resolvable|Group=lint-group|echo lint-group:x:901: >>/etc/group
environment|host-must-have|EnvironmentFile=/etc/lint.env|touch /etc/lint.env
credential|host-must-have|LoadCredential=key:/etc/lint.key|touch /etc/lint.key
further-group|host-must-have|SupplementaryGroups=lint-further|echo lint-further:x:902: >>/etc/group
bound|host-must-have|BindReadOnlyPaths=/etc/lint.bound:/srv/bound|mkdir /etc/lint.bound
input|host-must-have|StandardInput=file:/etc/lint.input|touch /etc/lint.input
output|host-must-have|StandardOutput=append:/var/lint.output/log|mkdir /var/lint.output
network|host-must-have|NetworkNamespacePath=/run/netns/lint|ip netns add lint
asserted|host-must-have|[Unit];AssertPathExists=/etc/lint.asserted|touch /etc/lint.asserted
required|host-must-have|[Unit];Requires=lint-other.service;After=lint-other.service|printf '[Service]\nExecStart=/bin/sleep infinity\n' >/etc/systemd/system/lint-other.service; systemctl daemon-reload
END
}

profiles="default nonetwork strict trusted sealed sealed-outbound open"

unit() { # NAME ARGUMENT SETTINGS
	# Of a program that may open sockets, lint would say so in each variant.
	local program=lint
	[[ $2 != once && $2 != notify ]] || program=notify
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/%s %s\n' "$program" "$2"
	tr ';' '\n' <<<"$3"
}

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	mkdir "$BATS_FILE_TMPDIR/bin" "$BATS_FILE_TMPDIR/lint" "$BATS_FILE_TMPDIR/needs" "$BATS_FILE_TMPDIR/open"
	cc -specs=build/musl.specs -static-pie -s -o "$BATS_FILE_TMPDIR/bin/lint" tests/fixtures/lab/lint.c
	cc -specs=build/musl.specs -static-pie -s -o "$BATS_FILE_TMPDIR/bin/notify" tests/fixtures/lab/notify.c
	while IFS='|' read -r name argument settings; do
		unit "$name" "$argument" "$settings" >"$BATS_FILE_TMPDIR/lint/lint-$name.service"
	done < <(variants)
	while IFS='|' read -r name _ settings _; do
		unit "$name" once "$settings" >"$BATS_FILE_TMPDIR/needs/needs-$name.service"
	done < <(needs)
	cat >"$BATS_FILE_TMPDIR/open/service.conf" <<-'END'
		[Service]
		ProtectSystem=full
		ProtectHome=read-only
		NoNewPrivileges=no
		ProtectClock=no
		PrivateNetwork=Off
		PrivateIPC=F
		ProtectProc=default
		RestrictNamespaces=no
		CapabilityBoundingSet=CAP_SYS_TIME
		SystemCallFilter=@system-service mount
		TasksMax=50
		UMask=0022
		DevicePolicy=closed
		IPAddressDeny=
		IPAddressDeny=198.51.100.0/24
	END
	for image in lint needs; do
		build/mkportable build --program-path="$BATS_FILE_TMPDIR/bin" --os-release=os-release.in --version=1 \
			--output="$BATS_FILE_TMPDIR/${image}_1.raw" "$BATS_FILE_TMPDIR/$image"
		lab_push "$BATS_FILE_TMPDIR/${image}_1.raw" /root/
	done
	lab mkdir -p /etc/systemd/portable/profile
	lab_push profiles/sealed profiles/sealed-outbound "$BATS_FILE_TMPDIR/open" /etc/systemd/portable/profile/
	# What there is to be reached, and what lint is to read: the profiles of that systemd.
	lab ip link set lo up
	lab systemd-run --quiet --unit=reached systemd-socket-activate --listen=127.0.0.1:7777 sleep infinity
	eventually lab bash -c 'exec 3<>/dev/tcp/127.0.0.1/7777' 2>/dev/null
	mkdir "$BATS_FILE_TMPDIR/profiles"
	for profile in $profiles; do
		mkdir "$BATS_FILE_TMPDIR/profiles/$profile"
		lab bash -c "cat /{etc,usr/lib}/systemd/portable/profile/$profile/service.conf 2>/dev/null" \
			>"$BATS_FILE_TMPDIR/profiles/$profile/service.conf" || true
		[ -s "$BATS_FILE_TMPDIR/profiles/$profile/service.conf" ]
	done
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	mkportable=$PWD/build/mkportable
}

lists="CapabilityBoundingSet AmbientCapabilities RestrictAddressFamilies SystemCallFilter RestrictNamespaces IPAddressAllow IPAddressDeny"
walls="ProtectSystem ProtectHome NoNewPrivileges PrivateTmp ProtectClock PrivateNetwork PrivateIPC ProtectProc DynamicUser
	ProtectKernelTunables ProtectKernelModules ProtectControlGroups PrivateDevices PrivateUsers DevicePolicy UMask"

# Attaches the image under a profile and notes what systemd makes of each variant:
# its settings, and whether it starts.
note() { # PROFILE
	local property=() key

	for key in $lists $walls TasksMax; do
		property+=("--property=$key")
	done
	mkdir "$BATS_TEST_TMPDIR/$1"
	lab portablectl --quiet attach --profile="$1" /root/lint_1.raw
	# One command in the lab for all of them.
	# shellcheck disable=SC2016 # it is that shell's to expand
	lab bash -c 'for name in $1; do
			echo "=$name"
			systemctl show "${@:2}" "lint-$name.service"
			started=no
			! systemctl start "lint-$name.service" 2>/dev/null || started=yes
			systemctl stop "lint-$name.service"
			echo "Started=$started"
		done
		systemctl reset-failed' note "$(variants | cut -d'|' -f1 | tr '\n' ' ')" "${property[@]}" </dev/null |
		awk -v directory="$BATS_TEST_TMPDIR/$1/" '/^=/ { file = directory substr($0, 2); next } { print >file }'
	lab portablectl --quiet detach /root/lint_1.raw
}

# The table: what the linter said against what systemd noted, for each pair.
compare() {
	PYTHONPATH=$PWD/tests/lab python3 -B - "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "$lists $walls" "$profiles" "$(variants | cut -d'|' -f1)" <<-'END'
		import re, sys, weakened
		files, noted, keys, profiles, names = sys.argv[1], sys.argv[2], *[a.split() for a in sys.argv[3:]]

		def read(path):
		    return dict(line.rstrip("\n").split("=", 1) for line in open(path) if "=" in line)

		for profile in profiles:
		    text = open(f"{files}/profiles/{profile}/service.conf").read()
		    said = open(f"{noted}/{profile}/said").read()
		    for name in names:
		        unit = read(f"{files}/lint/lint-{name}.service")
		        alone, under = read(f"{noted}/none/{name}"), read(f"{noted}/{profile}/{name}")
		        # What is not in the unit is no list to systemd, though it shows one.
		        compared = {key: alone[key] for key in keys if key in unit or key not in weakened.LISTS}
		        weaker = weakened.weakened(compared, under)
		        # Refused by the unit, allowed by the profile, and in the end refused.
		        turned = under["SystemCallFilter"].startswith("~") and re.search("^SystemCallFilter=[^~]", text, re.M)
		        # Not every lab has the controller, so the number counts.
		        tasks = "TasksMax" in unit and int(under["TasksMax"]) < int(unit["TasksMax"])
		        # What it asks for, and these programs do not use.
		        asked, has = (set(s["AmbientCapabilities"].split()) for s in (alone, under))
		        lost = "AmbientCapabilities" in unit and asked - (has & set(under["CapabilityBoundingSet"].split()))
		        did = [word for word, is_so in (("weaker", weaker), ("turned", turned),
		            ("not-sufficient", tasks or lost or under["Started"] != "yes")) if is_so]
		        says = [word for word, rule in (("weaker", "profile-weakens-unit"), ("turned", "deny-list-turned"),
		            ("not-sufficient", "profile-not-sufficient")) if f"{rule} lint-{name}.service:" in said]
		        agree = "yes" if says == did else f"NO {weaker} {under['Started']}"
		        print(f"| {name} | {profile} | {' '.join(says) or '-'} | {' '.join(did) or '-'} | {agree} |")
	END
}

@test "what the linter says of a unit under a profile is what systemd makes of it" {
	for profile in none $profiles; do
		note "$profile"
	done
	# Else that it does not start under a profile would say nothing of the profile. Without
	# one there is no D-Bus.
	[ "$(grep -L Started=yes "$BATS_TEST_TMPDIR"/none/*)" = "$BATS_TEST_TMPDIR/none/bus" ]
	for profile in $profiles; do
		"$mkportable" lint --json --profile="$BATS_FILE_TMPDIR/profiles/$profile" "$BATS_FILE_TMPDIR/lint_1.raw" |
			jq -r '.images[].findings[] | "\(.rule) \(.message)"' >"$BATS_TEST_TMPDIR/$profile/said"
	done
	compare >"$BATS_TEST_TMPDIR/table"
	cat "$BATS_TEST_TMPDIR/table"
	{
		printf '| variant | profile | linter | systemd | agree |\n|---|---|---|---|---|\n'
		cat "$BATS_TEST_TMPDIR/table"
	} >"$BATS_TEST_DIRNAME/../../build/lint-profiles-against-systemd.md"
	(($(grep -c '^|' "$BATS_TEST_TMPDIR/table") >= 150))
	(($(grep -c '| [a-z].* | yes |$' "$BATS_TEST_TMPDIR/table") >= 40))
	run -1 grep -v '| yes |$' "$BATS_TEST_TMPDIR/table"
}

@test "what the linter says a unit needs of its host keeps it from starting until it is there" {
	said=$("$mkportable" lint "$BATS_FILE_TMPDIR/needs_1.raw")
	echo "$said"
	# The one of systemd's profiles that leaves User= as it is.
	lab portablectl --quiet attach --profile=trusted /root/needs_1.raw
	while IFS='|' read -r name rule _ remedy; do
		echo "$name: $rule"
		grep -qE "(warning|note): $rule: /usr/lib/systemd/system/needs-$name.service:" <<<"$said"
		run ! lab systemctl start "needs-$name.service" </dev/null
		lab bash -c "$remedy" </dev/null
		lab systemctl start "needs-$name.service" </dev/null
	done < <(needs)
	lab portablectl --quiet detach /root/needs_1.raw
}
