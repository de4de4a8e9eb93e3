#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The quote of the day as an attached portable service: both sockets and the
# inetd-style one, under every profile, with the administrator's quotes.

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile
	lab_push build/images/qotd_*.raw build/tools/ask-quotes /root/
	lab_push profiles/* /etc/systemd/portable/profile/
	lab ip link set lo up
	image=$(echo build/images/qotd_*.raw)
	export image=/root/${image##*/}
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab systemctl stop qotd.socket qotd.service qotd-inetd.socket 2>/dev/null || true
	lab systemctl stop 'qotd-inetd@*.service' 2>/dev/null || true
	# By path: systemd 252 does not find it by name.
	lab portablectl detach "$image" qotd 2>/dev/null || true
	lab systemctl reset-failed 2>/dev/null || true
	lab rm -rf /etc/qotd /etc/systemd/system/qotd.service.d
	lab systemctl daemon-reload
}

attach() { # ARGUMENTS...
	lab portablectl --quiet attach "$@" "$image" qotd
}

# Asks N times and expects N answers: answers N OPTION... ADDRESS:PORT
answers() {
	local told

	told=$(lab /root/ask-quotes --times="$1" "${@:2}")
	echo "${*:2}: $told"
	[[ $told == "asked=$1 answered=$1 bad=0 "* ]]
}

is() { # STATE UNIT
	[ "$(lab systemctl is-active "$2")" = "$1" ]
}

@test "one process serves TCP and UDP, IPv4 and IPv6, under every profile, ours and systemd's own" {
	for profile in sealed sealed-outbound observer dense trace default strict nonetwork trusted; do
		echo "profile $profile"
		attach --profile="$profile"
		lab systemctl start qotd.socket
		is inactive qotd.service
		answers 1 --udp 127.0.0.1:17 # the datagram that starts it, too
		is active qotd.service
		answers 3 127.0.0.1:17
		answers 3 --udp '[::1]:17'
		answers 3 '[::1]:17'
		lab systemctl stop qotd.socket qotd.service
		is inactive qotd.service
		answers 0 127.0.0.1:17
		lab portablectl --quiet detach "$image" qotd
	done
}

@test "bash alone can be the client" {
	attach --profile=sealed
	lab systemctl start qotd.socket
	run -0 lab bash -c 'cat </dev/tcp/127.0.0.1/17'
	[[ $output == *$'\r\n                -- '*$'\r' ]]
}

@test "inetd-style: one process for each connection, and no socket for datagrams" {
	for profile in sealed sealed-outbound observer dense trace default strict nonetwork trusted; do
		echo "profile $profile"
		attach --profile="$profile"
		lab systemctl start qotd-inetd.socket
		answers 5 127.0.0.1:17
		answers 2 '[::1]:17'
		[ "$(lab systemctl show --property=NAccepted --value qotd-inetd.socket)" -eq 7 ]
		eventually no_instance
		run -0 lab /root/ask-quotes --udp --wait=100 127.0.0.1:17
		[[ $output == "asked=1 answered=0 "* ]]
		lab systemctl stop qotd-inetd.socket
		lab portablectl --quiet detach "$image" qotd
	done
}

no_instance() {
	[ -z "$(lab systemctl list-units --all --no-legend --plain 'qotd-inetd@*')" ]
}

@test "starting one kind of socket stops the other" {
	attach --profile=sealed
	lab systemctl start qotd.socket
	answers 1 127.0.0.1:17
	lab systemctl start qotd-inetd.socket
	is inactive qotd.socket
	answers 1 127.0.0.1:17
	lab systemctl start qotd.socket
	is inactive qotd-inetd.socket
	answers 1 --udp 127.0.0.1:17
}

@test "the administrator's quotes in /etc/qotd replace those of the image" {
	lab mkdir -p /etc/qotd
	printf 'Mine\n%%\nMine\n' | lab tee /etc/qotd/mine.quotes >/dev/null
	attach --profile=sealed
	lab systemctl start qotd.socket
	[ "$(lab bash -c 'cat </dev/tcp/127.0.0.1/17')" = $'Mine\r' ]
	lab systemctl stop qotd.socket
	lab systemctl start qotd-inetd.socket
	[ "$(lab bash -c 'cat </dev/tcp/127.0.0.1/17')" = $'Mine\r' ]
	lab rm /etc/qotd/mine.quotes
	[[ $(lab bash -c 'cat </dev/tcp/127.0.0.1/17') == *' -- '* ]]
}

@test "without clients nothing runs, and the next client is served" {
	attach --profile=sealed
	lab mkdir -p /etc/systemd/system/qotd.service.d
	printf '[Service]\nExecStart=\nExecStart=/usr/bin/qotd --idle=1\n' |
		lab tee /etc/systemd/system/qotd.service.d/idle.conf >/dev/null
	lab systemctl daemon-reload
	lab systemctl start qotd.socket
	for how in --udp --both --udp; do
		answers 1 $how 127.0.0.1:17
		eventually is inactive qotd.service
		[ "$(lab systemctl show --property=Result --value qotd.service)" = success ]
	done
	# datagrams without an answer do not start it again and again
	lab /root/ask-quotes --udp --from=127.0.0.2:19 --times=3 --wait=1 127.0.0.1:17
	eventually is inactive qotd.service
	[ -z "$(lab pgrep -x qotd)" ]
	is active qotd.socket
}

@test "two of them pointed at each other, and one at itself, stay silent" {
	attach --profile=sealed
	lab systemctl start qotd.socket
	answers 1 --udp 127.0.0.1:17
	before=$(sent_datagrams)
	lab /root/ask-quotes --forge=127.0.0.1:17 --times=20 127.0.0.1:17
	lab /root/ask-quotes --forge=127.0.0.9:19 --times=20 127.0.0.1:17
	answers 1 --udp 127.0.0.1:17
	# the last question and its answer, which leaves through an IPv6 socket
	[ $(($(sent_datagrams) - before)) -eq 2 ]
}

sent_datagrams() {
	lab awk '/^Udp: [0-9]/ { n += $5 } /^Udp6OutDatagrams/ { n += $2 } END { print n }' \
		/proc/net/snmp /proc/net/snmp6
}

@test "systemd reads the units without a warning" {
	build/mkportable build --format=directory --program-path=build/bin --os-release=os-release.in \
		--output="$BATS_TEST_TMPDIR/qotd" images/qotd
	lab_push "$BATS_TEST_TMPDIR/qotd" /root/
	# An unknown key is only text on stderr, with status 0.
	run lab systemd-analyze verify --man=no --recursive-errors=no --root=/root/qotd \
		qotd.service qotd.socket qotd-inetd.socket qotd-inetd@1.service
	echo "$output"
	[ -z "$output" ]
}

@test "their exposure is at most 0.3 alone, with our profiles, and with a name that is no profile" {
	for profile in sealed sealed-typo trusted; do
		attach --profile="$profile"
		lab systemctl start qotd.socket
		for unit in qotd.service qotd-inetd@1.service; do
			e=$(lab systemd-analyze security --no-pager $unit |
				sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
			echo "$profile $unit: $e"
			[ -n "$e" ]
			awk -v e="$e" 'BEGIN { exit !(e <= 0.3) }'
		done
		teardown
	done
}

@test "the journal has one line for each socket at a start, none for a client, and no warning" {
	attach --profile=sealed
	lab systemctl start qotd.socket
	answers 5 127.0.0.1:17
	answers 3 --udp 127.0.0.1:17
	lab systemctl stop qotd.socket
	lab systemctl start qotd-inetd.socket
	answers 5 127.0.0.1:17
	lab journalctl --sync
	run -0 lab journalctl --boot --no-pager --quiet --output=cat -u qotd.service \
		--since=-3s _COMM=qotd
	[ "$(grep -c 'serving [0-9]* quotes on' <<<"$output")" -ge 2 ]
	run lab journalctl --boot --no-pager --quiet --output=cat -u 'qotd-inetd@*' _COMM=qotd
	[ -z "$output" ]
	run lab journalctl --boot --no-pager --quiet --priority=warning _COMM=qotd
	[ -z "$output" ]
}
