#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The system calls of our services: each unit allows what its program calls and no
# group of calls that it does not. Measured three ways: under strace; in every lab,
# where a call outside of the filter kills (see ../lab.bash); and under the profile
# "trace", by the kernel's log (see kernel-log.bats).

bats_require_minimum_version 1.5.0
load ../lab

# Calls that the programs make only when run by hand: making a key.
by_hand=fsync

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push build/images/*.raw /root/
	lab ip link set lo up
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab systemctl stop '*.socket' --state=listening --quiet 2>/dev/null || true
	lab_detach || true
}

# Prints the calls that a unit answers, one in a line: those it allows, and those that
# it foresees and answers with an error of their own ("~fchown:EPERM"), which systemd
# does not show.
foreseen() { # UNIT
	local all

	all=$(lab systemctl show --property=SystemCallFilter --value "$1")
	[[ $all == [!~]* ]] || return # none, or a list of what is refused
	{
		tr ' ' '\n' <<<"$all"
		lab systemctl cat "$1" | sed -n 's/^SystemCallFilter=~\([a-z0-9_]*\):[A-Z]*$/\1/p'
	} | sort -u
}

# --- the calls of the programs while clients use them -----------------------------

# Runs a program under strace while clients ask it, and prints what it called.
calls() { # TRACE
	sed -nE 's/^([0-9]+ +)?([a-z0-9_]+)\(.*/\2/p' "$@" | sort -u
}

traced() { # NAME COMMAND...
	: >"$BATS_TEST_TMPDIR/$1.log" # nobody reads what a life before said
	strace -f -qq -o "$BATS_TEST_TMPDIR/$1.trace" "${@:2}" 2>"$BATS_TEST_TMPDIR/$1.log" 3>&- &
	tracer=$!
}

# strace passes the signals that its program gets, not those that it gets itself.
end_traced() {
	pkill -TERM -P "$tracer" || true
	wait "$tracer" || true
}

log_has() { # NAME TEXT
	grep -q "$2" "$BATS_TEST_TMPDIR/$1.log"
}

port_of() { # NAME PATTERN
	sed -n "s/.*$2.*:\([0-9]*\)\$/\1/p" "$BATS_TEST_TMPDIR/$1.log" | head -n 1
}

# Compares with what systemd lets the unit call, and each group with what is used of it.
within_filter() { # NAME IMAGE UNIT
	local group bad=0 outside

	calls "$BATS_TEST_TMPDIR/$1".trace* >"$BATS_TEST_TMPDIR/$1.calls"
	(($(wc -l <"$BATS_TEST_TMPDIR/$1.calls") > 10))
	lab_attach none build/images/"$2"_*.raw
	foreseen "$3" >"$BATS_TEST_TMPDIR/$1.foreseen"
	lab_detach
	outside=$(comm -23 "$BATS_TEST_TMPDIR/$1.calls" "$BATS_TEST_TMPDIR/$1.foreseen")
	[ -z "$outside" ] || {
		echo "$3 calls, and does not allow: ${outside//$'\n'/ }"
		bad=1
	}
	# shellcheck disable=SC2013 # words, not lines
	for group in $(sed -n 's/^SystemCallFilter=\([^~]*\)$/\1/p' "images/$2/${3/@1./@.}"); do
		[[ $group == @* ]] || continue
		lab systemd-analyze syscall-filter "$group" | sed -n 's/^ *\([a-z0-9_]*\)$/\1/p' | sort -u |
			comm -12 - "$BATS_TEST_TMPDIR/$1.calls" | grep -q . || {
			echo "$3 allows, and calls nothing of: $group"
			bad=1
		}
	done
	echo "$3 calls: $(tr '\n' ' ' <"$BATS_TEST_TMPDIR/$1.calls")"
	return $bad
}

@test "visitord calls nothing outside of its unit's filter, and something of each group in it" {
	command -v strace >/dev/null || skip "no strace"
	mkdir "$BATS_TEST_TMPDIR/state"
	for life in 1 2; do # the second reads what the first wrote
		traced visitord build/bin/visitord --listen=127.0.0.1:0 --state="$BATS_TEST_TMPDIR/state"
		eventually log_has visitord 'serving http'
		url=http://127.0.0.1:$(port_of visitord 'serving http')
		for _ in 1 2 3; do
			curl --silent --fail --max-time 5 "$url/" "$url/metrics" >/dev/null
		done
		curl --silent --max-time 5 "$url/nowhere" --data x >/dev/null
		# It goes on sending when it is refused.
		head -c 500000 /dev/zero | curl --silent --max-time 5 "$url/" --data-binary @- >/dev/null || true
		end_traced
		mv "$BATS_TEST_TMPDIR/visitord.trace" "$BATS_TEST_TMPDIR/visitord.trace.$life"
	done
	within_filter visitord visitord visitord.service
}

@test "lunchd calls nothing outside of its unit's filter, and something of each group in it" {
	command -v strace >/dev/null || skip "no strace"
	openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=x \
		-keyout "$BATS_TEST_TMPDIR/lunchd.key" -out "$BATS_TEST_TMPDIR/lunchd.crt" 2>/dev/null
	# As it runs in the unit: it says that it is ready, and reads its files again.
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
time.sleep(60)' "$BATS_TEST_TMPDIR/manager" 3>&- &
	manager=$!
	eventually test -S "$BATS_TEST_TMPDIR/manager"
	NOTIFY_SOCKET=$BATS_TEST_TMPDIR/manager CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR traced lunchd \
		build/bin/lunchd --listen=127.0.0.1:0 --menu=images/lunchd/tree/usr/share/lunchd/menu
	eventually log_has lunchd 'serving https'
	port=$(port_of lunchd 'serving https')
	url=https://127.0.0.1:$port
	curl --silent --fail --insecure --max-time 5 "$url/" "$url/" >/dev/null
	build/tools/tls-clients --times=5 --resume --tls=12 "$port"
	build/tools/tls-clients --times=5 --broken "$port"
	build/tools/tls-clients --times=5 --reset "$port"
	head -c 500000 /dev/zero | curl --silent --insecure --max-time 5 "$url/" --data-binary @- >/dev/null || true
	pkill -HUP -P "$tracer"
	eventually log_has lunchd 'are read again'
	end_traced
	kill $manager
	within_filter lunchd lunchd lunchd.service
}

@test "qotd calls nothing outside of its units' filters, and something of each group in them" {
	command -v strace >/dev/null || skip "no strace"
	quotes=--quotes=$PWD/images/qotd/tree/usr/share/qotd
	traced qotd build/bin/qotd --listen=127.0.0.1:0 --idle=1 "$quotes"
	eventually log_has qotd ' udp '
	build/tools/ask-quotes --times=20 127.0.0.1:"$(port_of qotd ' tcp ')"
	build/tools/ask-quotes --udp --times=20 127.0.0.1:"$(port_of qotd ' udp ')"
	wait "$tracer" # leaves by itself
	within_filter qotd qotd qotd.service

	port=$((20000 + RANDOM % 10000))
	systemd-socket-activate --accept --inetd -l 127.0.0.1:$port \
		strace -qq -o "$BATS_TEST_TMPDIR/qotd-inetd.trace" "$PWD/build/bin/qotd" --inetd "$quotes" \
		>"$BATS_TEST_TMPDIR/inetd.log" 2>&1 3>&- &
	listener=$!
	answered() {
		build/tools/ask-quotes 127.0.0.1:$port | grep answered=1
	}
	eventually answered
	eventually grep -q exit_group "$BATS_TEST_TMPDIR/qotd-inetd.trace"
	kill "$listener"
	wait "$listener" || true
	within_filter qotd-inetd qotd qotd-inetd@1.service
}

@test "dyndnsd and dyndns-update call nothing outside of their units' filters, and something of each group in them" {
	command -v strace >/dev/null || skip "no strace"
	cd "$BATS_TEST_TMPDIR"
	root=$OLDPWD
	mkdir state zone
	"$root/build/bin/dyndns-update" --generate-key=key >made
	printf '# dynamic: 0 %s\n+a.example:192.0.2.1:300\n' "$(sed -n '2s/ *//p' made)" >zone/data
	chown nobody zone/data # for the call that gives the new file to the owner of the old
	# shellcheck disable=SC2016 # for the shell in the network of its own
	timeout 20 unshare --net sh -c '
		ip link set lo up
		ip address add 198.51.100.1/32 dev lo
		ip address add 198.51.100.7/32 dev lo
		strace -f -qq -o dyndnsd.trace "$0/dyndnsd" --listen=5533 --zone=zone/data --state=state 2>log &
		until grep -q receiving log; do sleep 0.05; done
		for options in --packets=1 "--v2 --wait=5"; do
			strace -f -qq -o "dyndns-update.trace.$options" "$0/dyndns-update" $options \
				--bind=198.51.100.7 --key=key 198.51.100.1:5533
			until grep -q 198.51.100.7 zone/data; do sleep 0.05; done # a packet may have no answer
		done
		pkill -TERM -P $!
		wait' "$root/build/bin" 3>&-
	grep -q 198.51.100.7 zone/data
	cd "$root"
	within_filter dyndnsd dyndnsd dyndnsd.service
	within_filter dyndns-update dyndns-update dyndns-update.service
}

# --- their calls in the suites that need no lab ------------

# Makes a second root of the project, in which the programs run under strace. It stops
# them at the calls that their units do not foresee and at no other, so that the tests
# see no difference; and it leaves them their process id (-D). The file of a program
# that made none stays empty. What a test traces itself is left to it.
watched_root() { # DIRECTORY [CALL-NOT-FORESEEN]
	local entry program calls unit

	mkdir -p "$1/build/bin" "$1/calls"
	for entry in * build/*; do
		case $entry in
		build | build/bin | tests) ;;
		*) ln -s "$PWD/$entry" "$1/$entry" ;;
		esac
	done
	cp -R tests "$1/tests" # bats follows links
	for program in "${!unit_of[@]}"; do
		unit=${unit_of[$program]}
		lab_attach none build/images/"${unit%.service}"_*.raw
		calls=$(foreseen "$unit" | grep -vx "${2-}")
		lab_detach
		[ -n "$calls" ]
		# shellcheck disable=SC2086 # lists of words
		calls=$(printf ',?%s' $calls $by_hand) # "?": if this strace knows it
		cat >"$1/build/bin/$program" <<-END
			#!/bin/sh
			program='$PWD/build/bin/$program'
			grep -q '^TracerPid:	0\$' /proc/\$\$/status || exec "\$program" "\$@"
			exec strace -D -f -qq --seccomp-bpf -e signal=none -e trace='!${calls#,}' \\
				-o '$1/calls/$program.'\$\$ "\$program" "\$@"
		END
		chmod +x "$1/build/bin/$program"
	done
}

declare -gA unit_of=([visitord]=visitord.service [qotd]=qotd.service
	[dyndnsd]=dyndnsd.service [dyndns-update]=dyndns-update.service)

# Without what bats tells its children. What is repeated for the numbers, a hundred
# kills and the like, calls nothing new.
suite() { # ROOT NAME
	env -i PATH="$PATH" HOME="$HOME" TMPDIR="$BATS_TEST_TMPDIR" \
		"$BATS_ROOT/bin/bats" --tap --filter-tags '!repeats' "$1/tests/$2.bats" >"$BATS_TEST_TMPDIR/$2.tap" 2>&1
}

@test "in the suites of visitord, qotd and dyndns no program makes a call that its unit does not foresee" {
	command -v strace >/dev/null || skip "no strace"
	root=$BATS_TEST_TMPDIR/root
	watched_root "$root"
	suites=()
	for name in visitord qotd dyndns; do # they wait more than they work
		suite "$root" "$name" 3>&- &
		suites+=($!)
	done
	# Whether each of their tests succeeds is said elsewhere, where they have the machine
	# for themselves; here they must have happened.
	wait "${suites[@]}" || true
	# A tracer whose program was killed with all that it had started may stay, stopped.
	pkill -KILL -f -- "-o $root/calls/" || true
	for name in visitord qotd dyndns; do
		grep '^not ok' "$BATS_TEST_TMPDIR/$name.tap" || true
		planned=$(sed -n 's/^1\.\.//p' "$BATS_TEST_TMPDIR/$name.tap")
		echo "$name: $planned tests"
		(($(grep -c '^ok' "$BATS_TEST_TMPDIR/$name.tap") * 10 >= planned * 9))
	done
	for program in "${!unit_of[@]}"; do
		runs=$(find "$root/calls" -name "$program.[0-9]*" | wc -l)
		echo "# $program: $runs runs" >&3
		((runs > 20))
		run -1 grep -h . "$root/calls/$program".[0-9]*
	done

	# and it would have been seen
	watched_root "$root/strict" write
	"$root/strict/build/bin/visitord" --help >"$BATS_TEST_TMPDIR/help"
	eventually grep -q 'write(1,' "$root"/strict/calls/visitord.*
}

# --- what happens outside a filter --------------------------------------------

@test "in a lab a call outside the filter kills our services, and the test fails" {
	lab mkdir -p /usr/lib/systemd/system/visitord.service.d
	printf '[Service]\nSystemCallErrorNumber=\nSystemCallFilter=~@timer\n' |
		lab tee /usr/lib/systemd/system/visitord.service.d/95-log.conf >/dev/null
	lab_attach sealed build/images/visitord_*.raw
	lab systemctl start visitord.socket
	run lab curl --silent --max-time 2 http://127.0.0.1:8080/
	lab systemctl stop visitord.socket visitord.service
	lab journalctl --sync
	run -0 lab_killed_for_calls
	[[ $output == *visitord.service*status=31/SYS* ]]
	lab rm /usr/lib/systemd/system/visitord.service.d/95-log.conf
	lab journalctl --rotate --vacuum-time=1s >/dev/null 2>&1 # meant, and no finding
	lab journalctl --sync
}
