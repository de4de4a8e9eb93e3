#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A server that knows only its console, and the program that stops it by commands there,
# without a service manager.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	PATH=$BATS_TEST_DIRNAME/../build/bin:$PATH
	cd "$BATS_TEST_TMPDIR"
	mkdir state
	mkfifo fifo
	exec 5<>fifo
	server=
}

teardown() {
	[ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
}

# Starts it as systemd does: the FIFO is open for reading and writing.
start() {
	consoled --state=state <&5 >out 2>log 3>&- &
	server=$!
	eventually grep -q ready out
}

stop_by() { # COMMAND...
	MAINPID=$server console-stop "$@" <&5
}

suspend() { # [PID]
	kill -STOP "${1-$server}"
	eventually is_suspended "${1-$server}"
}

is_suspended() { # PID
	[ "$(ps -o state= -p "$1")" = T ]
}

# The status that the server, or another process, ended with.
ended() { # STATUS [PID]
	local status=0

	wait "${2-$server}" || status=$?
	[ $# -gt 1 ] || server=
	echo "ended with $status"
	[ "$status" = "$1" ]
}

# Whether the console-stop in the background waits.
asleep() {
	[[ $(ps -o comm=,state= -p "$stopper") =~ ^console-stop\ +S$ ]]
}

@test "what was set is there again after a stop, and lost by a signal" {
	start
	echo 'set a 1' >fifo
	stop_by stop
	ended 0
	[ "$(cat state/data)" = 'a 1' ]
	start
	grep -qx 'ready with 1 keys' out
	echo 'set b 2' >fifo
	eventually grep -q set out
	kill -TERM "$server"
	ended 143
	[ "$(cat state/data)" = 'a 1' ]
}

@test "the end of standard input is a stop" {
	run -0 consoled --state=state <<<$'set a 1\nlist'
	[ "$output" = 'ready with 0 keys
set, and not yet saved
a = 1
1 keys
saved 1 keys' ]
	[ "$(cat state/data)" = 'a 1' ]
}

@test "a file that somebody broke is not replaced, and the line is named" {
	printf 'a 1\nb\n' >state/data
	run -1 --separate-stderr consoled --state=state <<<stop
	[ "$stderr" = "consoled: line 2 of 'data' is not a key and a value: correct it, or remove the file" ]
	[ "$(cat state/data)" = $'a 1\nb' ]
}

@test "without a state directory it is called wrongly" {
	STATE_DIRECTORY='' run -2 --separate-stderr consoled
	[ "$stderr" = "consoled: no \$STATE_DIRECTORY is set, and no --state= given; see 'consoled --help'" ]
	run -1 --separate-stderr consoled --state=nowhere
	[ "$stderr" = "consoled: cannot open 'nowhere': No such file or directory" ]
}

@test "what cannot be saved is said, and a stop without saving fails" {
	((EUID != 0)) || mount --bind state state || skip "no mount"
	start
	if ((EUID == 0)); then
		mount -o remount,bind,ro state
	else
		chmod a-w state
	fi
	echo 'set a 1' >fifo
	echo save >fifo
	eventually grep -q 'cannot save' log
	kill -0 "$server"
	stop_by stop
	((EUID != 0)) || umount state
	ended 1
}

@test "it waits until the process has ended, and no longer" {
	start
	suspend
	MAINPID=$server console-stop 'set a 1' stop <&5 3>&- &
	stopper=$!
	eventually asleep
	kill -0 "$stopper"
	kill -CONT "$server"
	wait "$stopper"
	ended 0
	[ "$(cat state/data)" = 'a 1' ]
}

@test "it sleeps in one system call: no timer, no signal, no look at /proc" {
	command -v strace >/dev/null || skip "no strace"
	start
	suspend
	MAINPID=$server strace -qq -o trace console-stop stop <&5 3>&- &
	stopper=$!
	eventually grep -q splice trace
	kill -CONT "$server"
	wait "$stopper"
	ended 0
	[ "$(grep -c '^poll(' trace)" -eq 2 ] # before the commands are written, and until the end
	grep -q '^poll(.*, -1)' trace
	run ! grep -E 'sleep|timer|setitimer|alarm|/proc/' trace
}

@test "the commands leave the server's standard input as it is: blocking" {
	start
	suspend
	stop_by --no-wait save
	flags=$(sed -n 's/^flags:[[:space:]]*//p' "/proc/$server/fdinfo/0")
	(((0$flags & 04000) == 0))
	kill -CONT "$server"
	stop_by stop
	ended 0
}

@test "a full FIFO: it waits for room, and for the end of the process at the same time" {
	start
	suspend
	# Nothing but blocks, so that the pipe has no room at all.
	dd if=/dev/zero of=fifo bs=4096 count=1000 oflag=nonblock conv=notrunc 2>/dev/null || true
	MAINPID=$server console-stop stop <&5 3>&- &
	stopper=$!
	eventually asleep
	kill -KILL "$server"
	wait "$stopper"
	ended 137

	# and room, when the server reads again
	run -0 console-stop --discard <&5
	[ "$output" = "console-stop: discarded 65536 bytes that nobody had read" ]
	start
	suspend
	dd if=/dev/zero of=fifo bs=4096 count=1000 oflag=nonblock conv=notrunc 2>/dev/null || true
	MAINPID=$server console-stop '' stop <&5 3>&- &
	stopper=$!
	eventually asleep
	kill -CONT "$server"
	wait "$stopper"
	ended 0
	grep -q 'saved' out
}

@test "told to end, it says whether the server has read its console" {
	start
	suspend
	for signal in TERM INT; do
		MAINPID=$server console-stop stop <&5 2>said 3>&- &
		stopper=$!
		eventually asleep
		kill -s $signal "$stopper"
		ended 1 "$stopper"
		[ "$(cat said)" = "console-stop: process $server did not end in time, and did not read its console" ]
	done
	run -0 console-stop --discard <&5
	kill -CONT "$server"
	# The manager tells both, and the server may be the first to end.
	MAINPID=$server console-stop 'set a 1' <&5 2>said 3>&- &
	stopper=$!
	eventually grep -q 'set, and' out
	suspend "$stopper"
	kill "$server"
	kill "$stopper"
	kill -CONT "$stopper"
	ended 1 "$stopper"
	[ "$(cat said)" = "console-stop: process $server did not end in time, although it read the commands" ]
	ended 143
}

@test "a process that has ended is no failure, and nothing is written for it" {
	true &
	gone=$!
	wait "$gone"
	MAINPID=$gone run -0 console-stop stop <&5
	[ -z "$output" ]
	run -0 env -u MAINPID console-stop stop <&5
	[ -z "$output" ]
	run -0 console-stop --discard <&5
	[ -z "$output" ]
}

@test "--pid= comes before \$MAINPID" {
	start
	MAINPID=1 console-stop --pid="$server" stop <&5
	ended 0
}

@test "commands are whole lines, 4096 bytes together, and they come in one piece" {
	start
	suspend
	long=$(printf '%04095d' 0)
	stop_by --no-wait "$long"
	MAINPID=$server run -2 --separate-stderr console-stop "${long}0" <&5
	[ "$stderr" = "console-stop: the commands are too long together; see 'console-stop --help'" ]
	MAINPID=$server run -2 --separate-stderr console-stop $'a\nstop' <&5
	[ "$stderr" = "console-stop: a command is one line: 'a\\x0astop'; see 'console-stop --help'" ]
	kill -CONT "$server"
	eventually grep -q 'longer than 512' out
	stop_by stop
	ended 0
}

@test "what it cannot use is a failure with the remedy, and a mistake is a usage error" {
	for file in /dev/null fifo; do # the FIFO for reading only
		MAINPID=1 run -1 --separate-stderr console-stop stop <"$file"
		[ "$stderr" = "console-stop: standard input is not a FIFO that is open for reading and writing: the unit needs StandardInput=socket, its socket unit ListenFIFO=" ]
		run -1 console-stop --discard <"$file"
	done
	run -2 --separate-stderr console-stop <&5
	[ "$stderr" = "console-stop: no command given; see 'console-stop --help'" ]
	run -2 --separate-stderr console-stop --discard stop <&5
	[ "$stderr" = "console-stop: --discard writes no commands: 'stop'; see 'console-stop --help'" ]
	for pid in 0 -1 x 99999999999; do
		run -2 --separate-stderr console-stop --pid=$pid stop <&5
		[ "$stderr" = "console-stop: not a process id: '$pid'; see 'console-stop --help'" ]
	done
}
