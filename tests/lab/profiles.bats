#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our profiles only remove rights, and refuse what they should refuse: shown by what systemd
# makes of each of our units under each profile, and by a program that attacks.
# docs/security.md reports these tests.

bats_require_minimum_version 1.5.0
load ../lab

ours="sealed sealed-outbound observer dense trace"
stock="strict nonetwork default trusted"

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	mkdir "$BATS_FILE_TMPDIR/bin"
	cc -std=gnu17 -D_GNU_SOURCE -specs=build/musl.specs -static-pie \
		-o "$BATS_FILE_TMPDIR/bin/attack" tests/fixtures/lab/attack.c
	build/mkportable build --version=0 --program-path="$BATS_FILE_TMPDIR/bin" --os-release=os-release.in \
		--output="$BATS_FILE_TMPDIR/attack_0.raw" tests/fixtures/lab/attack
	# The units as shipped, without the drop-in of the labs.
	lab sh -c 'rm -r /usr/lib/systemd/system/*.d/90-kill.conf'
	lab mkdir -p /etc/systemd/portable/profile /root/bare/usr/lib/systemd/system /root/bare/etc
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push "$BATS_FILE_TMPDIR/attack_0.raw" build/images/*.raw /root/
	lab_push tests/fixtures/lab/attack/attack-bare.service /root/bare/usr/lib/systemd/system/

	# targets outside the image
	lab ip link set lo up
	lab tee /run/probe /root/probe /home/probe <<<secret >/dev/null
	lab systemd-run --quiet systemd-socket-activate -l 127.0.0.1:9 -l @probe sleep infinity
	eventually lab grep -q @probe /proc/net/unix
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab_detach || true
}

at_most() { # NUMBER LIMIT
	awk -v n="$1" -v limit="$2" 'BEGIN { exit !(n != "" && n <= limit) }'
}

@test "each list that a profile states is reset before, or only taken from" {
	lists='AmbientCapabilities|CapabilityBoundingSet|DeviceAllow|IPAddressAllow|IPAddressDeny|RestrictAddressFamilies'
	lists+='|RestrictFileSystems|RestrictNamespaces|RestrictNetworkInterfaces|SupplementaryGroups|SystemCallArchitectures'
	lists+='|SystemCallFilter|SystemCallLog|ReadWritePaths|ExecPaths|BindPaths|BindReadOnlyPaths|TemporaryFileSystem'
	for file in profiles/*/*.conf; do
		run -0 awk -F= -v lists="^($lists)\$" '
			$1 !~ lists { next }
			$2 == "" { reset[$1] = 1; next }
			reset[$1] || $2 ~ /^~/ { next }
			# These two add a read-only mount; a reset would remove the mounts of the unit.
			FILENAME ~ /sealed-outbound/ && $0 == "BindReadOnlyPaths=-/etc/resolv.conf" { next }
			FILENAME ~ /observer/ && $0 == "BindReadOnlyPaths=/run" { next }
			{ print FILENAME ": " $0 }' "$file"
		[ -z "$output" ] || { echo "$output" && false; }
	done
}

@test "each profile begins with its purpose and ends with what it leaves open" {
	for file in profiles/*/*.conf; do
		echo "$file"
		[[ $(sed -n 2p "$file") == "# For "* ]]
		# the last block of lines
		[[ $(awk -v RS= 'END { print }' "$file") == "# Left open: "* ]]
	done
}

@test "systemd reads each profile without a warning" {
	lab cp -R /etc/systemd/portable/profile/sealed /etc/systemd/portable/profile/misspelled
	lab sh -c 'sed -i s/^RestrictRealtime/RestrictsRealtime/ /etc/systemd/portable/profile/misspelled/service.conf'
	lab sh -c 'echo MaxConnectionPerSource=4 >>/etc/systemd/portable/profile/misspelled/socket.conf'
	for profile in $ours misspelled; do
		for image in build/images/qotd_*.raw build/images/dyndns-update_*.raw; do
			lab_attach "$profile" "$image"
			# systemd does not complain about a profile that it did not load, either
			case $image in
			*qotd*) set -- qotd.socket qotd.service qotd-inetd.socket qotd-inetd@1.service ;;
			*) set -- dyndns-update.timer dyndns-update.service ;;
			esac
			lab systemctl show --property=DropInPaths "$@" | grep -q 10-profile.conf
			lab_detach
		done
		lab journalctl --sync
		run lab journalctl --boot --quiet --no-pager --output=cat --cursor-file=/root/said --grep='10-profile'
		echo "$profile: $output"
		case $profile in
		misspelled) [[ $output == *RestrictsRealtime* && $output == *MaxConnectionPerSource* ]] ;;
		*) [ -z "$output" ] ;;
		esac
	done
}

lists="SystemCallFilter RestrictAddressFamilies CapabilityBoundingSet AmbientCapabilities RestrictNamespaces SupplementaryGroups"
walls="PrivateNetwork PrivateDevices PrivateUsers PrivateIPC PrivateTmp PrivateMounts ProtectSystem ProtectHome ProtectClock
	ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectControlGroups ProtectProc ProcSubset
	NoNewPrivileges MemoryDenyWriteExecute RestrictRealtime RestrictSUIDSGID LockPersonality DynamicUser RemoveIPC DevicePolicy UMask"

# Notes what systemd makes of a unit.
note() { # UNIT FILE
	# shellcheck disable=SC2046,SC2086 # lists of words
	lab systemctl show $(printf -- '--property=%s ' Id $lists $walls) "$1" >"$2"
	printf 'Exposure=%s\n' "$(lab systemd-analyze security --no-pager "$1" |
		sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\) .*/\1/p')" >>"$2"
}

noted() { # KEY FILE
	sed -n "s/^$1=//p" "$2"
}

@test "every unit of ours: a profile takes away only, and exposure is within its limit" {
	local bad=0 limit
	for image in build/images/*.raw; do
		name=${image##*/} name=${name%%_*}
		for profile in none $ours; do
			lab_attach "$profile" "$image"
			for file in images/"$name"/*.service; do
				unit=${file##*/} unit=${unit/@./@1.}
				note "$unit" "$BATS_TEST_TMPDIR/$unit.$profile"
				alone=$BATS_TEST_TMPDIR/$unit.none with=$BATS_TEST_TMPDIR/$unit.$profile
				exposure=$(noted Exposure "$with")
				echo "$unit $profile: $exposure"
				case $profile in
				sealed | dense) limit=0.3 ;;
				sealed-outbound | observer) limit=1.5 ;;
				trace) continue ;; # claims nothing: it takes the filter out of force
				*) limit=10 ;;
				esac
				at_most "$exposure" "$limit" || bad=1
				weaker=$(tests/lab/weakened.py "$alone" "$with")
				[ -z "$weaker" ] || { echo "$weaker" && bad=1; }
			done
			lab_detach
		done
	done
	{
		echo "unit alone $ours"
		for file in "$BATS_TEST_TMPDIR"/*.none; do
			unit=${file##*/} unit=${unit%.none}
			printf '%s' "${unit/@1./@.}"
			for profile in none $ours; do
				printf ' %s' "$(noted Exposure "$BATS_TEST_TMPDIR/$unit.$profile")"
			done
			echo
		done
	} | column -t >"$BATS_TEST_TMPDIR/table"
	sed 's/^/# /' "$BATS_TEST_TMPDIR/table" >&3
	diff "$BATS_TEST_TMPDIR/table" <(sed -n '/^unit  *alone/,/^```/{/^```/d;p}' docs/security.md)
	[ $bad = 0 ]
}

@test "a unit that is narrower than any profile gets nothing back, as it would under those of systemd" {
	for profile in none $ours $stock; do
		lab_attach "$profile" attack_0.raw
		note attack-narrow.service "$BATS_TEST_TMPDIR/$profile"
		lab_detach
		weaker=$(tests/lab/weakened.py "$BATS_TEST_TMPDIR/none" "$BATS_TEST_TMPDIR/$profile")
		echo "$profile: $weaker"
		case $profile in
		strict | nonetwork | default | trace) [ -n "$weaker" ] ;; # shows that the comparison can fail
		trusted) ;;                                               # adds nothing to any list
		*) [ -z "$weaker" ] ;;
		esac
	done
}

# Prints a service with settings drawn from $RANDOM, each setting in one of two units.
random_unit() {
	local key value values

	printf '[Service]\nExecStart=/bin/true\n'
	while IFS='|' read -r key values; do
		((RANDOM % 2)) || continue
		IFS='|' read -ra values <<<"$values"
		value=${values[RANDOM % ${#values[@]}]} # in a pipe it would not depend on the seed
		# ";" between statements of the same setting
		printf '%s\n' "$key=${value//;/$'\n'$key=}"
	done <<-'END'
		RestrictAddressFamilies|AF_INET|AF_INET AF_INET6 AF_NETLINK|AF_UNIX AF_VSOCK|~AF_INET|~AF_NETLINK AF_PACKET|AF_UNIX;~AF_UNIX
		CapabilityBoundingSet||CAP_CHOWN CAP_KILL|~CAP_SYS_ADMIN CAP_NET_ADMIN
		AmbientCapabilities|CAP_CHOWN|CAP_NET_BIND_SERVICE
		RestrictNamespaces|yes|no|user net|~user
		SupplementaryGroups|adm|adm disk
		SystemCallArchitectures|native|native x86
		SystemCallFilter|@system-service|@system-service;~@privileged @resources|@basic-io @file-system|~@mount|~@clock kexec_load|@default|@keyring bpf
		IPAddressDeny|any|192.0.2.0/24
		IPAddressAllow|localhost|192.0.2.0/24
		PrivateNetwork|yes|no
		PrivateDevices|yes|no
		PrivateUsers|yes|no
		PrivateIPC|yes|no
		PrivateTmp|yes|no
		PrivateMounts|yes|no
		ProtectSystem|no|yes|full|strict
		ProtectHome|no|read-only|yes
		ProtectClock|yes|no
		ProtectHostname|yes|no
		ProtectKernelLogs|yes|no
		ProtectKernelModules|yes|no
		ProtectKernelTunables|yes|no
		ProtectControlGroups|yes|no
		ProtectProc|default|noaccess|invisible
		ProcSubset|all|pid
		NoNewPrivileges|yes|no
		MemoryDenyWriteExecute|yes|no
		RestrictRealtime|yes|no
		RestrictSUIDSGID|yes|no
		LockPersonality|yes|no
		DynamicUser|yes|no
		RemoveIPC|yes|no
		DevicePolicy|auto|closed|strict
		KeyringMode|inherit|shared|private
		UMask|0000|0022|0077
	END
}

@test "of a hundred units with settings by chance no profile of ours widens one, as those of systemd do" {
	local n profile seed=${PROFILES_SEED:-1} units=$BATS_TEST_TMPDIR/units
	RANDOM=$seed
	echo "PROFILES_SEED=$seed"
	mkdir "$units"
	for n in {1..100}; do
		random_unit >"$units/random-$n.service"
		for profile in sealed sealed-outbound observer dense strict; do
			cp "$units/random-$n.service" "$units/$profile-random-$n.service"
			mkdir "$units/$profile-random-$n.service.d"
			case $profile in
			strict) ln -s /usr/lib/systemd/portable/profile/$profile/service.conf "$units/$profile-random-$n.service.d/" ;;
			*) ln -s /etc/systemd/portable/profile/$profile/service.conf "$units/$profile-random-$n.service.d/" ;;
			esac
		done
	done
	lab_push "$units"/* /etc/systemd/system/
	lab systemctl daemon-reload
	(cd "$units" && printf '%s\n' *.service) >"$BATS_TEST_TMPDIR/names"
	# shellcheck disable=SC2046,SC2086 # lists of words
	{
		xargs "$lab_tool" run "$LAB_STATE" systemctl show --property=Id \
			$(printf -- '--property=%s ' $lists $walls SystemCallArchitectures IPAddressAllow IPAddressDeny KeyringMode) \
			<"$BATS_TEST_TMPDIR/names"
		echo
		xargs "$lab_tool" run "$LAB_STATE" systemd-analyze security --no-pager <"$BATS_TEST_TMPDIR/names" |
			sed -n 's/.*Overall exposure level for \([^:]*\): \([0-9.]*\) .*/Id=\1\nExposure=\2\n/p'
	} >"$BATS_TEST_TMPDIR/shown"
	lab sh -c 'rm -r /etc/systemd/system/*random-*'
	lab systemctl daemon-reload
	((600 == $(grep -c ^Exposure= "$BATS_TEST_TMPDIR/shown")))
	shown() { # PROFILE-: what was shown of the units whose names begin so, without it
		awk -v RS= -v ORS='\n\n' -v id="(^|\n)Id=$1random-" '$0 ~ id' "$BATS_TEST_TMPDIR/shown" | sed "s/^Id=$1/Id=/"
	}
	for profile in sealed sealed-outbound observer dense strict; do
		tests/lab/weakened.py <(shown '') <(shown "$profile-") >"$BATS_TEST_TMPDIR/$profile"
	done
	echo "# seed $seed: systemd's strict widens $(grep -c '' "$BATS_TEST_TMPDIR/strict") settings" >&3
	# shows that the comparison can fail
	grep -q ': SystemCallFilter=' "$BATS_TEST_TMPDIR/strict"
	grep -q ': RestrictAddressFamilies=' "$BATS_TEST_TMPDIR/strict"
	run grep '' "$BATS_TEST_TMPDIR"/{sealed,sealed-outbound,observer,dense}
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "a unit with only ExecStart= falls from 9.6 to at most 1.0" {
	offline() {
		lab systemd-analyze security --no-pager --offline=yes --root=/root/bare "$@" attack-bare.service 2>/dev/null |
			sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\) .*/\1/p'
	}
	alone=$(offline)
	echo "alone: $alone"
	at_most 9.4 "$alone" # 9.6 on systemd 252
	row=''
	for profile in sealed sealed-outbound observer dense; do
		exposure=$(offline --profile="/etc/systemd/portable/profile/$profile/service.conf")
		echo "# nothing but ExecStart= under $profile: $exposure (alone $alone)" >&3
		row+=" | $exposure"
		case $profile in
		sealed | dense | observer) at_most "$exposure" 1.0 ;;
		*) at_most "$exposure" 1.5 ;;
		esac
	done
	grep -qF "$row |" docs/security.md
}

@test "systemd implies the settings that a profile leaves to it" {
	lab_attach sealed attack_0.raw
	# by PrivateDevices= and DynamicUser=, for a unit that says nothing
	[ "$(lab systemctl show --property=DevicePolicy --value attack-bare.service)" = closed ]
	[ "$(lab systemctl show --property=PrivateTmp --value attack-bare.service)" != no ]
}

# A service of the lab's own system, alone or with a profile.
hog() { # COMMAND [PROFILE]
	lab rm -rf /run/systemd/system/hog.service.d
	printf '[Service]\nType=oneshot\nTimeoutStartSec=60\nExecStart=/bin/sh -ec "%s"\n' "$1" |
		lab tee /run/systemd/system/hog.service >/dev/null
	[ $# = 1 ] || {
		lab mkdir -p /run/systemd/system/hog.service.d
		lab ln -s "/etc/systemd/portable/profile/$2/service.conf" /run/systemd/system/hog.service.d/10-profile.conf
	}
	lab systemctl daemon-reload
	lab systemctl start hog.service
}

@test "dense: its limits apply to a unit, also to one with larger limits" {
	hog true dense
	lab sh -c 'printf "[Service]\nMemoryMax=1G\nTasksMax=500\nLimitCORE=infinity\n" >>/run/systemd/system/hog.service'
	lab systemctl daemon-reload
	run -0 lab systemctl show --property=MemoryHigh --property=MemoryMax --property=MemorySwapMax --property=TasksMax \
		--property=CPUQuotaPerSecUSec --property=CPUWeight --property=IOWeight --property=LimitCORE \
		--property=OOMScoreAdjust hog.service
	diff <(sort <<<"$output") - <<-'END'
		CPUQuotaPerSecUSec=200ms
		CPUWeight=20
		IOWeight=20
		LimitCORE=0
		MemoryHigh=33554432
		MemoryMax=50331648
		MemorySwapMax=0
		OOMScoreAdjust=500
		TasksMax=16
	END
	# what needs no controller is seen by the program itself
	run -0 hog 'test $(ulimit -c) = 0 && test $(cat /proc/self/oom_score_adj) = 500' dense
	run hog 'test $(ulimit -c) = 0 && test $(cat /proc/self/oom_score_adj) = 500'
	[ "$status" -ne 0 ]
}

has_controller() {
	lab grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
}

@test "dense: a service with too many tasks gets no more" {
	forty='for i in $(seq 40); do sleep 2 & done; wait'
	run -0 hog "$forty"
	has_controller pids || skip "no pids controller for cgroup2 on this machine"
	run hog "$forty" dense
	[ "$status" -ne 0 ]
}

@test "dense: a service with too much memory is killed" {
	much='head -c 100M /dev/zero | tail -c 100M | wc -c | grep -qx 104857600'
	run -0 hog "$much"
	has_controller memory || skip "no memory controller for cgroup2 on this machine"
	run hog "$much" dense
	[ "$status" -ne 0 ]
}

# What the attack is to meet in each profile: + allowed, . refused. Of the columns of
# systemd's own profiles and of none, which compare, a "+" is taken back where the kernel
# itself refuses it to everyone. "o": allowed on systemd 252, where /run is a tmpfs of the
# service's own that everyone may write; refused after.
expected() {
	cat <<-'END'
		attempt          sealed sealed-outbound observer dense trace strict nonetwork default trusted none
		socket-unix      .      +               .        .     .     +      +         +       +       +
		socket-inet      .      +               .        .     .     .      .         +       +       +
		socket-inet6     .      +               .        .     .     .      .         +       +       +
		socket-netlink   .      .               .        .     .     .      +         +       +       +
		socket-packet    .      .               .        .     .     .      .         .       +       +
		socket-alg       .      .               .        .     .     .      .         .       +       +
		connect-tcp      .      +               .        .     .     .      .         +       +       +
		connect-abstract .      +               .        .     .     .      .         +       +       +
		read-home        .      .               .        .     .     .      .         .       .       .
		read-root        .      .               .        .     .     .      .         .       .       .
		read-host-run    .      .               +        .     .     .      .         .       +       .
		see-processes    .      .               +        .     .     +      +         +       +       +
		read-meminfo     .      .               +        .     .     +      +         +       +       +
		signal-others    .      .               .        .     .     .      .         .       +       +
		write-state      +      +               +        +     +     +      +         +       +       +
		write-etc        .      .               .        .     .     .      .         .       .       .
		write-run        o      o               .        o     o     o      o         o       +       +
		write-dev        .      .               .        .     .     .      .         .       +       +
		write-cgroup     .      .               .        .     .     .      .         .       +       +
		write-sysctl     .      .               .        .     .     .      .         .       +       +
		load-module      .      .               .        .     .     .      .         .       +       +
		mount            .      .               .        .     .     .      .         .       +       +
		chroot           .      .               .        .     .     .      .         .       +       +
		ptrace           .      .               .        .     +     .      .         .       +       +
		process-vm-readv .      .               .        .     +     +      +         +       +       +
		setuid           .      .               .        .     .     .      .         .       +       +
		make-setuid      .      .               .        .     .     .      .         .       +       +
		user-namespace   .      .               .        .     .     .      .         .       +       +
		net-namespace    .      .               .        .     .     .      .         .       +       +
		map-wx           .      .               .        .     .     .      .         .       +       +
		set-clock        .      .               .        .     .     .      .         .       +       +
		set-hostname     .      .               .        .     .     .      .         .       +       +
		realtime         .      .               .        .     .     .      .         .       +       +
		personality      .      .               .        .     .     .      .         .       +       +
		kernel-log       .      .               .        .     .     .      .         .       +       +
		open-kmsg        .      .               .        .     .     .      .         .       +       +
		open-device      .      .               .        .     .     .      .         .       +       +
		make-device      .      .               .        .     .     .      .         .       +       +
		io-uring         .      .               .        .     +     +      +         +       +       +
		bpf              .      .               .        .     .     .      .         .       +       +
		keyctl           .      .               .        .     +     +      +         +       +       +
		userfaultfd      .      .               .        .     +     +      +         +       +       +
		perf-event       .      .               .        .     .     .      .         .       +       +
	END
}

@test "the table of docs/security.md is the one expected here" {
	diff <(expected | column -t) <(sed -n '/^attempt /,/^perf-event/p' docs/security.md)
}

# Prints what happened, as rows of the same table.
matrix() { # PROFILE...
	for profile; do
		lab_attach "$profile" attack_0.raw
		lab systemctl start attack.service
		lab journalctl --sync
		lab journalctl --boot --quiet --output=cat --identifier=attack --cursor-file=/root/attacked \
			>"$BATS_TEST_TMPDIR/$profile"
		lab systemctl stop attack.service
		lab_detach
	done
	(cd "$BATS_TEST_TMPDIR" && awk '
		FNR == 1 { header = header " " FILENAME }
		FILENAME == ARGV[1] { order[++n] = $1 }
		{ row[$1] = row[$1] " " ($2 == "allowed" ? "+" : $2 == "refused" ? "." : "?") }
		END { print "attempt" header; for (i = 1; i <= n; i++) print order[i] row[order[i]] }' "$@")
}

@test "by attack: what a profile is to refuse is refused, and what it is to leave open is open" {
	read -r _ profiles < <(expected)
	# shellcheck disable=SC2086 # a list of words
	matrix $profiles >"$BATS_TEST_TMPDIR/matrix"
	echo "+ allowed, . refused:"
	column -t "$BATS_TEST_TMPDIR/matrix"
	column -t "$BATS_TEST_TMPDIR/matrix" | sed 's/^/# /' >&3
	version=$(lab systemctl --version | awk 'NR == 1 { print $2 }')
	expected | awk -v version="$version" '
		NR == FNR { seen[$1] = $0; next }
		FNR == 1 { split($0, profile); next }
		{
			n = split(seen[$1], was)
			for (i = 2; i <= NF; i++) {
				want = $i == "o" ? (version == 252 ? "+" : ".") : $i
				if (was[i] != want && !(i > 6 && want == "+" && was[NF] == ".")) {
					print $1 " under " profile[i] ": " was[i] " instead of " want
					bad = 1
				}
			}
			rows++
		}
		END { exit bad || rows < 40 }' "$BATS_TEST_TMPDIR/matrix" -
}

@test "trace: the kernel logs the calls that another profile would refuse" {
	lab dmesg --syslog >/dev/null || skip "no kernel log"
	lab dmesg --syslog | grep -c audit: >/dev/null || skip "no kernel with audit"
	lab_attach trace attack_0.raw
	lab systemctl start attack.service
	# io_uring_setup or add_key or userfaultfd or another; the kernel prints a few per second only
	logged() {
		lab dmesg --syslog | tail -n 200 | grep -q 'type=1326.*comm="attack".*syscall=[0-9]'
	}
	eventually logged
}
