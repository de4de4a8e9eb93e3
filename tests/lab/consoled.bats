#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A server that knows only its console, as an attached portable service: whatever
# stops it, it gets its stop command first, and what it had is on disk.

bats_require_minimum_version 1.5.0
load ../lab

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile
	lab_push build/images/consoled_*.raw /root/
	lab_push profiles/* /etc/systemd/portable/profile/
	image=$(echo build/images/consoled_*.raw)
	export image=/root/${image##*/}
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab systemctl kill --signal=KILL consoled.service 2>/dev/null || true
	lab systemctl stop consoled.socket consoled.service 2>/dev/null || true
	lab portablectl detach "$image" consoled 2>/dev/null || true
	lab systemctl reset-failed 2>/dev/null || true
	lab rm -rf /var/lib/consoled /var/lib/private/consoled /etc/systemd/system/consoled.service.d
	lab systemctl stop game.socket game.service 2>/dev/null || true
	lab rm -f /etc/systemd/system/game.socket /etc/systemd/system/game.service
	lab systemctl daemon-reload
	! [ -d "$BATS_TEST_TMPDIR/lab" ] || "$lab_tool" down "$BATS_TEST_TMPDIR/lab"
}

attach() { # PROFILE
	since=$(lab date +@%s.%6N)
	lab portablectl --quiet attach --profile="$1" "$image" consoled
	lab systemctl start consoled.service
}

settings() { # LINE...
	lab mkdir -p /etc/systemd/system/consoled.service.d
	printf '%s\n' '[Service]' "$@" | lab tee /etc/systemd/system/consoled.service.d/test.conf >/dev/null
	lab systemctl daemon-reload
}

# Gives lines to the console, all of them with one write(2).
type_in() { # LINE...
	printf '%s\n' "$@" | lab dd of=/run/consoled.stdin bs=4096 iflag=fullblock oflag=append conv=notrunc,nocreat status=none
}

said() { # TEXT [UNIT]
	lab journalctl --quiet --no-pager --output=cat --since="$since" --unit="${2-consoled.service}" | grep -qF -- "$1"
}

is() { # STATE UNIT
	[ "$(lab systemctl is-active "$2")" = "$1" ]
}

property() { # NAME
	lab systemctl show --property="$1" --value consoled.service
}

saved() { # LINE
	lab grep -qxF -- "$1" /var/lib/private/consoled/data
}

# By its process id: the option of "systemctl kill" for it has changed its name.
signal_server() { # NAME
	lab kill -s "$1" "$(property MainPID)"
}

@test "it answers on the journal and saves when it is stopped, under every profile, ours and systemd's own" {
	n=0
	for profile in sealed sealed-outbound observer dense trace default strict nonetwork trusted; do
		echo "profile $profile"
		attach $profile
		n=$((n + 1))
		type_in "set key$n $profile" "get key$n"
		eventually said "key$n = $profile"
		lab systemctl stop consoled.service
		saved "key$n $profile"
		[ "$(property Result)" = success ]
		lab systemctl stop consoled.socket
		lab portablectl --quiet detach "$image" consoled
	done
}

@test "SIGTERM alone loses what was not saved: the test can tell" {
	attach sealed
	type_in 'set a 1' save 'set b 2'
	eventually said 'saved 1 keys'
	lab systemctl kill --signal=TERM consoled.service
	eventually fails is active consoled.service
	saved 'a 1'
	run ! saved 'b 2'
}

@test "stop, restart and reload save, and the next start has it" {
	attach sealed
	type_in 'set a 1'
	lab systemctl restart consoled.service
	saved 'a 1'
	eventually said 'ready with 1 keys'
	type_in 'set b 2'
	before=$(property MainPID)
	lab systemctl reload consoled.service
	eventually saved 'b 2'
	[ "$(property MainPID)" = "$before" ]
	type_in 'set c 3'
	lab systemctl stop consoled.service
	saved 'c 3'
	is inactive consoled.service
	is active consoled.socket
	[ "$(property Result)" = success ]
}

@test "a command that comes while it does not run starts it, and is not lost" {
	attach sealed
	lab systemctl stop consoled.service
	for n in 1 2 3 4 5 6; do # more often than the limit of starts
		type_in "set started $n" stop
		eventually saved "started $n"
		eventually is inactive consoled.service
	done
}

@test "stopping or restarting the FIFO stops the server in order, and leaves no FIFO behind" {
	attach sealed
	type_in 'set a 1'
	lab systemctl restart consoled.socket
	saved 'a 1'
	eventually is active consoled.service
	type_in 'set b 2' 'get b'
	eventually said 'b = 2'
	lab systemctl stop consoled.socket
	saved 'b 2'
	eventually is inactive consoled.service
	lab test ! -e /run/consoled.stdin
}

@test "portablectl detach --now stops it in order and leaves nothing behind" {
	attach sealed
	type_in 'set a 1'
	lab portablectl --quiet detach --now "$image" consoled
	saved 'a 1'
	lab test ! -e /run/consoled.stdin
	[ -z "$(lab systemctl list-unit-files --no-legend 'consoled*')" ]
}

@test "a shutdown stops it in order" {
	LAB_STATE=$BATS_TEST_TMPDIR/lab
	"$lab_tool" up "$LAB_STATE"
	lab_push build/images/consoled_*.raw /root/
	lab portablectl --quiet attach "$image" consoled
	lab systemctl start consoled.service
	type_in 'set a 1'
	# All that a shutdown does, without the end of the machine, to look at it.
	lab mkdir /etc/systemd/system/systemd-poweroff.service.d
	printf '[Unit]\nSuccessAction=none\n[Service]\nExecStart=/bin/true\n' |
		lab tee /etc/systemd/system/systemd-poweroff.service.d/stay.conf >/dev/null
	lab systemctl daemon-reload
	lab systemctl start --no-block --job-mode=replace-irreversibly poweroff.target
	eventually saved 'a 1'
	eventually lab test ! -e /run/consoled.stdin
	eventually is inactive basic.target
}

@test "a server that ends by itself is not told to stop, and nothing waits" {
	attach sealed
	settings 'TimeoutStopSec=50'
	type_in 'set a 1' stop
	eventually is inactive consoled.service
	[ "$(property Result)" = success ]
	saved 'a 1'
	run ! said 'nobody had read'
}

@test "a console that is stuck: the time limit, then SIGTERM, and the log says so" {
	attach sealed
	settings TimeoutStopSec=2
	type_in 'set a 1'
	eventually said 'set, and'
	signal_server STOP
	SECONDS=0
	lab systemctl stop consoled.service
	echo "$SECONDS seconds"
	((SECONDS >= 2 && SECONDS < 30))
	eventually said 'Stopping timed out'
	eventually said 'discarded 5 bytes that nobody had read'
	[ "$(property Result)" = timeout ]
	# and the next start does not find the stop that it did not read
	lab systemctl start consoled.service
	type_in 'set b 2' 'get b'
	eventually said 'b = 2'
	is active consoled.service
}

# A server that is no image's, with the units of console-stop(8): game PROGRAM-TEXT.
game() {
	lab tee /root/game >/dev/null <<<"$1"
	lab chmod +x /root/game
	lab tee /etc/systemd/system/game.socket >/dev/null <<-END
		[Socket]
		ListenFIFO=/run/game.stdin
		SocketMode=0600
		RemoveOnStop=yes
	END
	lab tee /etc/systemd/system/game.service >/dev/null <<-END
		[Unit]
		Requires=game.socket
		After=game.socket
		[Service]
		Type=exec
		ExecStart=/root/game
		ExecStop=/root/console-stop save-all stop
		ExecStopPost=/root/console-stop --discard
		StandardInput=socket
		StandardOutput=journal
		TimeoutStopSec=1
		KillMode=mixed
	END
	lab_push build/bin/console-stop /root/
	lab systemctl daemon-reload
	since=$(lab date +@%s.%6N)
	lab systemctl start game.service
}

game_said() { # TEXT
	said "$1" game.service
}

@test "any program: a script on the host is stopped by its commands" {
	# shellcheck disable=SC2016 # for the script
	game '#!/bin/sh
while read -r line; do echo "did $line"; [ "$line" != stop ] || exit 0; done'
	lab systemctl stop game.service
	[ "$(lab systemctl show --property=Result --value game.service)" = success ]
	eventually game_said 'did save-all'
	eventually game_said 'did stop'
}

@test "a server that ignores its console and SIGTERM is killed, and the log says so" {
	game '#!/bin/sh
trap "" TERM
echo deaf
exec sleep 1000'
	eventually game_said deaf
	lab systemctl stop game.service
	eventually game_said 'did not end in time, and did not read its console'
	eventually game_said "Stopping timed out"
	eventually game_said "Killing process"
	eventually game_said 'discarded 14 bytes that nobody had read'
	[ "$(lab systemctl show --property=Result --value game.service)" = timeout ]
}

@test "a server that reads the commands and does not end is told apart from one that does not read" {
	# shellcheck disable=SC2016 # for the script
	game '#!/bin/sh
trap "" TERM
while read -r line; do echo "did $line"; done'
	lab systemctl stop game.service
	eventually game_said 'did stop'
	eventually game_said 'did not end in time, although it read the commands'
	run ! game_said 'nobody had read'
}

@test "a full FIFO keeps the stop from nothing but its time limit, and another end of the server ends it at once" {
	attach sealed
	signal_server STOP
	# 64 KiB are what a FIFO takes; dd stops there.
	lab dd if=/dev/zero of=/run/consoled.stdin bs=4096 count=1000 oflag=nonblock conv=notrunc,nocreat 2>/dev/null || true
	lab systemctl stop --no-block consoled.service
	eventually has_control_process
	# asleep for it: neither spinning nor done
	control=$(property ControlPID)
	[ "$(lab awk '/^State/ { print $2 }' "/proc/$control/status")" = S ]
	signal_server KILL
	SECONDS=0
	eventually fails is deactivating consoled.service
	((SECONDS < 20))
	eventually said 'discarded 65536 bytes'
}

has_control_process() {
	[ "$(property ControlPID)" != 0 ]
}

@test "console-stop sleeps until the process ends, without a timer or a signal" {
	attach sealed
	signal_server STOP
	type_in 'set a 1'
	lab systemctl stop --no-block consoled.service
	eventually has_control_process
	control=$(property ControlPID)
	sleeps() { [ "$(lab awk '/^State/ { print $2 }' "/proc/$control/status")" = S ]; }
	switches() { lab awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$control/status"; }
	eventually sleeps
	before=$(switches)
	# What would be a poll in any program: two seconds of another one.
	lab sleep 2
	[ "$(switches)" = "$before" ]
	signal_server CONT
	eventually is inactive consoled.service
	saved 'a 1'
}

@test "lines of two writers, and of the stop, do not mix" {
	attach sealed
	writer='for n in $(seq 200); do echo "set $0.$((n % 100)) $(printf "%0150d" $n)"; done >/run/consoled.stdin'
	lab bash -c "$writer" one &
	first=$!
	lab bash -c "$writer" two &
	second=$!
	wait $first
	wait $second
	lab systemctl stop consoled.service
	[ "$(lab sh -c 'wc -l </var/lib/private/consoled/data')" -eq 200 ]
	run ! said 'not a key'
	run ! said 'unknown command'
}

@test "a crash restarts it, and of what was on the console nothing runs twice" {
	attach sealed
	settings RestartSec=100ms
	type_in 'set a 1' save
	eventually saved 'a 1'
	before=$(property MainPID)
	signal_server SEGV
	started_again() { [ "$(property MainPID)" != "$before" ] && is active consoled.service; }
	eventually started_again
	type_in 'get a'
	eventually said 'a = 1'
}

@test "others than root can neither read nor write the console" {
	attach sealed
	[ "$(lab stat --format='%U %a %F' /run/consoled.stdin)" = 'root 600 fifo' ]
}

@test "exposure is 0.3 at most under sealed, and systemd reads the units without a warning" {
	attach sealed
	level=$(lab systemd-analyze security --no-pager consoled.service | sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\) .*/\1/p')
	echo "exposure: $level"
	[[ $level == 0.[0-3] ]]
	build/mkportable build --format=directory --program-path=build/bin --os-release=os-release.in \
		--output="$BATS_TEST_TMPDIR/consoled" images/consoled
	lab_push "$BATS_TEST_TMPDIR/consoled" /root/
	run lab systemd-analyze verify --man=no --recursive-errors=no --root=/root/consoled \
		consoled.service consoled.socket
	echo "$output"
	[ -z "$output" ]
}
