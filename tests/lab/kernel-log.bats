#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Under the profile "trace" the kernel logs each system call of a service outside of the
# filter of its unit, and there is none.
# Runs alone: the kernel has one log, and prints a few such lines in five seconds only.

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile /etc/credstore
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push build/images/*.raw build/tools/ask-quotes build/bin/dyndns-update /root/
	lab ip link set lo up
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

teardown() {
	lab systemctl stop '*.socket' --state=listening --quiet 2>/dev/null || true
	lab_detach || true
}

# Asks a service of ours in the lab, so that it starts, answers and is told to stop.
visit() { # UNIT
	case $1 in
	visitord.service)
		lab systemctl start visitord.socket
		lab curl --silent --show-error --fail --max-time 10 http://127.0.0.1:8080/ http://127.0.0.1:8080/metrics >/dev/null
		lab systemctl stop visitord.socket visitord.service
		;;
	qotd.service)
		lab systemctl start qotd.socket
		lab /root/ask-quotes --times=3 127.0.0.1:17
		lab /root/ask-quotes --udp --times=3 127.0.0.1:17
		lab systemctl stop qotd.socket qotd.service
		;;
	qotd-inetd@.service)
		lab systemctl start qotd-inetd.socket
		lab /root/ask-quotes --times=3 127.0.0.1:17
		lab systemctl stop qotd-inetd.socket
		;;
	consoled.service)
		lab systemctl start consoled.service
		lab sh -c 'echo "set a 1" >/run/consoled.stdin'
		lab systemctl stop consoled.service
		lab systemctl stop consoled.socket
		;;
	lunchd.service)
		[ -f "$BATS_FILE_TMPDIR/lunchd.key" ] || openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
			-subj /CN=x -keyout "$BATS_FILE_TMPDIR/lunchd.key" -out "$BATS_FILE_TMPDIR/lunchd.crt" 2>/dev/null
		lab_push "$BATS_FILE_TMPDIR"/lunchd.{key,crt} /etc/credstore/
		lab mkdir -p /run/systemd/system/lunchd.service.d
		# trace leaves it no socket for saying that it is ready
		printf '%s\n' '[Service]' RestrictAddressFamilies= RestrictAddressFamilies=AF_UNIX |
			lab tee /run/systemd/system/lunchd.service.d/notify.conf >/dev/null
		lab systemctl daemon-reload
		lab systemctl start lunchd-http.socket lunchd-https.socket
		lab curl --silent --show-error --fail --insecure --location --max-time 10 http://127.0.0.1/ >/dev/null
		lab systemctl stop lunchd-http.socket lunchd-https.socket lunchd.service
		;;
	dyndnsd.service)
		lab mkdir -p -m 700 /var/lib/private
		lab mkdir -p -m 700 /var/lib/private/dyndnsd
		lab tee /var/lib/private/dyndnsd/data <<<"$zone" >/dev/null
		lab systemctl start dyndnsd.socket
		lab /root/dyndns-update --key=/etc/credstore/dyndns.key --v2 --address=198.51.100.7 --wait=30 127.0.0.1:5533
		lab systemctl stop dyndnsd.socket dyndnsd.service
		;;
	dyndns-update.service)
		lab mkdir -p /run/systemd/system/dyndns-update.service.d
		# trace leaves it no network
		printf '%s\n' '[Service]' Environment=DYNDNS_DESTINATION=127.0.0.1:5533 PrivateNetwork=no IPAddressDeny= \
			RestrictAddressFamilies= 'RestrictAddressFamilies=AF_INET AF_INET6' |
			lab tee /run/systemd/system/dyndns-update.service.d/destination.conf >/dev/null
		lab systemctl daemon-reload
		lab systemctl start dyndns-update.service
		;;
	esac
}

# Attaches under trace, with a log of what is outside of a filter instead of what
# "sealed" would refuse.
attach_traced() { # IMAGE UNIT FILTER
	lab mkdir -p "/usr/lib/systemd/system/$2.d"
	printf '[Service]\nSystemCallLog=\nSystemCallLog=~%s\n' "$3" |
		lab tee "/usr/lib/systemd/system/$2.d/95-log.conf" >/dev/null
	lab rm -f "/usr/lib/systemd/system/$2.d/90-kill.conf" # states a filter
	lab_attach trace build/images/"$1"_*.raw
}

# Sets image, unit, program, a group that the program needs, and filter, the last with what
# systemd itself calls on the way to the program, and would use the kernel's lines up with.
read_unit() { # FILE
	image=${1%/*} image=${image##*/} unit=${1##*/}
	program=$(sed -n 's|^ExecStart=/usr/bin/\([a-z-]*\).*|\1|p' "$1")
	group=@network-io
	grep -q '^SystemCallFilter=.*@network-io' "$1" || group=@sync
	filter="@default prctl capget capset "
	filter+=$(sed -n 's/^SystemCallFilter=\([^~]*\)$/\1/p; s/^SystemCallFilter=~\([a-z]*\):.*/\1/p' "$1" | tr '\n' ' ')
}

# Prints what the kernel logged of a program since a time: "syscall=N".
logged() { # PROGRAM SECONDS
	lab dmesg | awk -v exe="exe=\"/usr/bin/$1\"" -v since="$2" '
		/type=1326/ && index($0, exe) {
			match($0, /audit\([0-9.]*/)
			if (substr($0, RSTART + 6, RLENGTH - 6) + 0 >= since && match($0, /syscall=[0-9]*/))
				print substr($0, RSTART, RLENGTH)
		}'
}

@test "under trace the kernel logs no call of a service that its unit does not foresee" {
	lab dmesg >/dev/null || skip "no kernel log"
	lab dmesg | grep -c audit: >/dev/null || skip "no kernel with audit"
	lab /root/dyndns-update --generate-key=/etc/credstore/dyndns.key >"$BATS_TEST_TMPDIR/made"
	zone=$(printf '# dynamic: 0 %s\n+a.example:192.0.2.1:300' "$(sed -n '2s/ *//p' "$BATS_TEST_TMPDIR/made")")
	for file in images/*/*.service; do
		read_unit "$file"
		echo "$unit: $filter"
		[[ $filter == *"$group"* ]]
		since=$(date +%s)
		attach_traced "$image" "$unit" "$filter"
		visit "$unit"
		lab_detach
		run logged "$program" "$since"
		echo "$output"
		[ -z "$output" ]
	done

	# And it would have been: the same, without one of the groups. The kernel says some
	# lines in five seconds only, whoever they are about, and not all at once.
	for file in images/*/*.service; do
		read_unit "$file"
		since=$(($(date +%s) + 1))
		for ((tries = 0; ; tries++)); do
			((tries < 30)) || { echo "nothing logged of $unit" && false; }
			attach_traced "$image" "$unit" "${filter/"$group"/}"
			visit "$unit"
			lab_detach
			run -0 logged "$program" "$since"
			[ -z "$output" ] || break
		done
		echo "without $group: ${output//$'\n'/ }"
	done
}
