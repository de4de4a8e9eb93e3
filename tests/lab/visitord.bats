#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The visitor counter as an attached portable service: it answers under every
# profile, loses no visitor over crashes and new versions, and leaves nothing
# behind.

bats_require_minimum_version 1.5.0
load ../lab

url=http://127.0.0.1:8080

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile /root/newer
	lab_push build/images/visitord_*.raw /root/
	lab_push profiles/* /etc/systemd/portable/profile/
	build/mkportable build --version=99.1 --program-path=build/bin --os-release=os-release.in \
		--output="$BATS_FILE_TMPDIR/visitord_99.1.raw" images/visitord
	lab_push "$BATS_FILE_TMPDIR/visitord_99.1.raw" /root/newer/
	image=$(echo build/images/visitord_*.raw)
	export image=/root/${image##*/}
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab systemctl stop visitord.socket visitord.service 2>/dev/null || true
	# By path: before 256, detach finds it by nothing else when there are several versions.
	lab portablectl detach "$image" 2>/dev/null || lab portablectl detach /root/newer/visitord_99.1.raw 2>/dev/null || true
	lab systemctl reset-failed 2>/dev/null || true
	lab rm -rf /var/lib/visitord /var/lib/private/visitord /etc/systemd/system/visitord.service.d
	lab systemctl daemon-reload
}

attach() { # ARGUMENTS...
	lab portablectl --quiet attach "$@" "$image" visitord
	lab systemctl start visitord.socket
}

ask() {
	lab curl --silent --show-error --fail --max-time 10 "$url/$1"
}

greets() { # NUMBER
	[ "$(ask '')" = "Hello! You are visitor #$1!" ]
}

is() { # STATE UNIT
	[ "$(lab systemctl is-active "$2")" = "$1" ]
}

# Prints the loop devices of the image. They belong to no lab, and others attach the same
# file name, so its inode tells.
loops() {
	lab losetup --list --raw --noheadings --output BACK-INO,BACK-FILE |
		grep "^$(lab stat --format=%i "$image") .*visitord" || true
}

@test "the walkthrough: inspect, attach, start, two visitors, stop, detach, nothing left behind" {
	run -0 lab portablectl inspect "$image" visitord
	[[ $output == *visitord.service* && $output == *visitord.socket* ]]

	run -0 lab portablectl attach --profile=sealed "$image" visitord
	run -0 lab systemctl start visitord.socket
	is inactive visitord.service
	greets 1
	greets 2
	is active visitord.service
	[ -n "$(loops)" ]
	run -0 lab systemctl stop visitord.socket visitord.service
	run -0 lab portablectl detach "$image"

	[ -z "$(lab systemctl list-unit-files --no-legend 'visitord*')" ] # status 1 says the same since 257
	run -0 lab sh -c 'find /etc/systemd /run/systemd/system* -name "*visitord*"'
	[ -z "$output" ]
	[ -z "$(loops)" ]
	run -1 lab grep visitord /proc/mounts
	# the visitors are meant to stay
	[ "$(lab cat /var/lib/private/visitord/counter)" -eq 2 ]
}

@test "it answers and counts under every profile, ours and systemd's own" {
	n=0
	for profile in sealed sealed-outbound observer dense trace default strict nonetwork trusted; do
		echo "profile $profile"
		attach --profile="$profile"
		greets $((n += 1))
		lab systemctl kill --signal=KILL visitord.service
		eventually fails is active visitord.service
		greets $((n += 1))
		lab systemctl stop visitord.socket visitord.service
		lab portablectl --quiet detach "$image"
	done
}

@test "killed at any moment, the next visitor starts it again and none is lost" {
	attach --profile=sealed
	for ((n = 1; n <= 12; n++)); do
		greets $n
		lab systemctl kill --signal=KILL visitord.service
	done
	is active visitord.socket
	eventually fails is active visitord.service
	greets 13
}

@test "a newer version goes on counting where the older one stopped" {
	attach --profile=sealed
	greets 1
	run -0 lab portablectl reattach --profile=sealed --now /root/newer/visitord_99.1.raw visitord
	eventually is active visitord.socket
	greets 2
	run -0 lab systemctl show --property=RootImage visitord.service
	[ "$output" = RootImage=/root/newer/visitord_99.1.raw ]
	is active visitord.service
}

@test "without visitors nothing runs, and the next visitor is served" {
	attach --profile=sealed
	lab mkdir -p /etc/systemd/system/visitord.service.d
	printf '[Service]\nExecStart=\nExecStart=/usr/bin/visitord --idle=1\n' |
		lab tee /etc/systemd/system/visitord.service.d/idle.conf >/dev/null
	lab systemctl daemon-reload
	for n in 1 2 3; do
		greets $n
		eventually is inactive visitord.service
		[ "$(lab systemctl show --property=Result --value visitord.service)" = success ]
	done
	[ -z "$(lab pgrep -x visitord)" ]
	is active visitord.socket
}

@test "systemd reads the units without a warning" {
	attach --profile=sealed
	build/mkportable build --format=directory --program-path=build/bin --os-release=os-release.in \
		--output="$BATS_TEST_TMPDIR/visitord" images/visitord
	lab_push "$BATS_TEST_TMPDIR/visitord" /root/
	# An unknown key is only text on stderr, with status 0.
	run lab systemd-analyze verify --man=no --recursive-errors=no --root=/root/visitord \
		visitord.service visitord.socket
	echo "$output"
	[ -z "$output" ]
	# nor while it runs them, with the profile
	lab journalctl --sync
	run lab journalctl --boot --no-pager --quiet --case-sensitive=no \
		--grep='(visitord|10-profile|20-portable).*(unknown|ignoring|invalid)'
	echo "$output"
	# The newest systemd looks for a controller that the lab's cgroups do not have.
	run -1 grep -v 'pids\.max' < <(printf '%s' "$output")
}

exposure() {
	lab systemd-analyze security --no-pager visitord.service |
		sed -n 's/.*Overall exposure level for visitord.service: \([0-9.]*\) .*/\1/p'
}

@test "its exposure is at most 0.3 alone, with our profiles, and with a name that is no profile" {
	for profile in sealed sealed-typo trusted; do
		attach --profile="$profile"
		greets 1
		e=$(exposure)
		echo "$profile: $e"
		[ -n "$e" ]
		awk -v e="$e" 'BEGIN { exit !(e <= 0.3) }'
		teardown
	done
}

@test "the journal has the name, the priority and readable lines" {
	attach --profile=sealed
	greets 1
	lab journalctl --sync
	run -0 lab journalctl --boot --no-pager --unit=visitord.service --output=json \
		--output-fields=MESSAGE,PRIORITY,PORTABLE,SYSLOG_IDENTIFIER _COMM=visitord
	[ -n "$output" ]
	while read -r line; do
		[[ $line == *'"PORTABLE":"visitord'* ]]
		[[ $line == *'"SYSLOG_IDENTIFIER":"visitord"'* ]]
		[[ $line =~ \"PRIORITY\":\"[3-6]\" ]]
		[[ $line =~ \"MESSAGE\":\"[a-z] ]] # lower case, no "<6>", no bytes as numbers
	done <<<"$output"
	# no line of a program that did its work is an error or a warning
	run -0 lab journalctl --boot --no-pager --quiet --unit=visitord.service --priority=warning _COMM=visitord
	[ -z "$output" ]
}
