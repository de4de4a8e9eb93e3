#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is promised of tests/fresh: a command runs on a Debian that has nothing but git and
# make, as on a machine, and nothing stays of it, however it ends. `make check-fresh` runs
# the whole of the tests there.
#
# Needs root: it mounts, and makes a system

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	((EUID == 0)) || skip "a system needs root"
	"$BATS_TEST_DIRNAME/fresh" bookworm true # makes the tree, once
}

setup() {
	fresh=$BATS_TEST_DIRNAME/fresh
	export TMPDIR=$BATS_TEST_TMPDIR
}

# Succeeds when a run that worked in $TMPDIR has left no directory, mount, cgroup or process.
nothing_left() {
	[ -z "$(compgen -G "$TMPDIR/fresh.*")" ]
	cat /proc/[0-9]*/mounts 2>/dev/null | fails grep -F "$TMPDIR/fresh"
	[ -z "$(find /sys/fs/cgroup -type d -name 'fresh.??????' -newer "$TMPDIR" 2>/dev/null)" ]
	run ! pgrep -f "$TMPDIR/fresh"
}

@test "there are git and make and no compiler, the command is not alone as process 1, and its status is passed on" {
	run -7 --separate-stderr "$fresh" bookworm sh -c '
		for program in git make cc gcc python3 systemctl curl; do command -v $program; done
		cat; git log --format=%H -1; . /etc/os-release; echo $VERSION_CODENAME; id -u; echo $$ >/tmp/pid
		[ $$ != 1 ] && readlink /proc/1/exe; exit 7' <<<"a question"
	[ "${lines[0]}" = /usr/bin/git ]
	[ "${lines[1]}" = /usr/bin/make ]
	[ "${lines[2]}" = "a question" ]
	[ "${lines[3]}" = "$(git -C "$BATS_TEST_DIRNAME" log --format=%H -1)" ]
	[ "${lines[4]}" = bookworm ]
	[ "${lines[5]}" = 0 ]
	[ "${lines[6]}" = /usr/bin/bash ]
	[ -z "$stderr" ]
	nothing_left
}

@test "it has the root of a mount namespace, cgroups, devices, and user namespaces" {
	"$fresh" bookworm sh -euc '
		unshare --user --map-root-user true
		mkdir /sys/fs/cgroup/below && rmdir /sys/fs/cgroup/below
		[ "$(cat /proc/self/cgroup | grep ^0:)" = 0::/fresh ]
		[ -c /dev/null ] && [ -b /dev/loop0 ]
		umount /var/cache/apt/archives 2>/dev/null || true
		apt-get -q update && [ -n "$(apt-cache policy bats | grep http)" ]'
}

@test "told to end, or killed, it leaves nothing: no process, mount, cgroup, loop device or file" {
	for signal in TERM INT KILL; do
		# A shell would let the interrupt pass by what it has put into the background.
		env --default-signal=INT "$fresh" bookworm sh -c '
			truncate -s 1M /root/image && losetup --find --show /root/image >/tmp/loop
			losetup --noheadings --output BACK-INO,BACK-MAJ:MIN "$(cat /tmp/loop)" >/tmp/backing
			setsid sleep 99 & mkdir /sys/fs/cgroup/left; : >/tmp/ready; sleep 98' 3>&- &
		pid=$!
		eventually compgen -G "$TMPDIR/fresh.??????/tmp/ready" >/dev/null
		work=$(echo "$TMPDIR"/fresh.??????)
		loop=$(<"$work/tmp/loop") backing=$(<"$work/tmp/backing")
		[ -n "$backing" ]
		kill -s $signal $pid
		status=0
		wait $pid || status=$?
		if [ $signal = KILL ]; then
			eventually fails pgrep -x -f 'sleep 9[89]'
			# A killed process clears nothing away; the next one does.
			"$fresh" bookworm true
		else
			[ $status = 143 ]
		fi
		# Others of this machine may have the device by now.
		[ "$(losetup --noheadings --output BACK-INO,BACK-MAJ:MIN "$loop" 2>/dev/null)" != "$backing" ]
		nothing_left
	done
}

@test "a suite that is none, or no command, is one line and status 2" {
	for suite in '' sid bookworm-security 'bookworm trixie' ../x --help; do
		run -2 --separate-stderr "$fresh" "$suite" true
		[ "$stderr" = "fresh: not a suite: '$suite'; there are bookworm and trixie" ]
		[ -z "$output" ]
	done
	run -2 --separate-stderr "$fresh" bookworm
	[ "$stderr" = "fresh: which command?" ]
	run -2 --separate-stderr env -u MAKEFLAGS -u MAKELEVEL make -C "$BATS_TEST_DIRNAME/.." --no-print-directory check-fresh SUITE=sid
	[[ ${stderr_lines[0]} == "fresh: not a suite: 'sid'; there are bookworm and trixie" ]]
}
