#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our profiles can only tighten, and what they are to refuse is refused: shown by what
# systemd makes of every unit of ours under each, and by a program that tries. What
# docs/security.md says is said by these tests.

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
	lab mkdir -p /etc/systemd/portable/profile /root/bare/usr/lib/systemd/system /root/bare/etc
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push "$BATS_FILE_TMPDIR/attack_0.raw" build/images/*.raw /root/
	lab_push tests/fixtures/lab/attack/attack-bare.service /root/bare/usr/lib/systemd/system/

	# what there is to be reached outside of the image
	lab ip link set lo up
	lab tee /run/probe /root/probe /home/probe <<<secret >/dev/null
	lab systemd-run --quiet systemd-socket-activate -l 127.0.0.1:9 -l @probe sleep infinity
	eventually lab grep -q @probe /proc/net/unix
}

teardown_file() {
	lab_teardown_file
}

attach() { # PROFILE IMAGE
	local file=${2##*/}

	attached=/root/$file
	lab portablectl --quiet attach --profile="$1" "$attached" "${file%%_*}"
}

detach() {
	[ -z "${attached-}" ] || lab portablectl --quiet detach "$attached"
	attached=
}

teardown() {
	detach || true
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
			# The two that add a mount, read-only: a reset would take those of the unit away.
			FILENAME ~ /sealed-outbound/ && $0 == "BindReadOnlyPaths=-/etc/resolv.conf" { next }
			FILENAME ~ /observer/ && $0 == "BindReadOnlyPaths=/run" { next }
			{ print FILENAME ": " $0 }' "$file"
		[ -z "$output" ] || { echo "$output" && false; }
	done
}

@test "each profile says first for whom it is, and last what it leaves open" {
	for file in profiles/*/*.conf; do
		echo "$file"
		[[ $(sed -n 2p "$file") == "# For "* ]]
		# the last block of lines
		[[ $(awk -v RS= 'END { print }' "$file") == "# Left open: "* ]]
	done
}

@test "systemd has nothing to say against a profile" {
	lab cp -R /etc/systemd/portable/profile/sealed /etc/systemd/portable/profile/misspelled
	lab sh -c 'sed -i s/^RestrictRealtime/RestrictsRealtime/ /etc/systemd/portable/profile/misspelled/service.conf'
	lab sh -c 'echo MaxConnectionPerSource=4 >>/etc/systemd/portable/profile/misspelled/socket.conf'
	for profile in $ours misspelled; do
		for image in build/images/qotd_*.raw build/images/dyndns-update_*.raw; do
			attach "$profile" "$image"
			# a profile that is not loaded is not complained about either
			case $image in
			*qotd*) set -- qotd.socket qotd.service qotd-inetd.socket qotd-inetd@1.service ;;
			*) set -- dyndns-update.timer dyndns-update.service ;;
			esac
			lab systemctl show --property=DropInPaths "$@" | grep -q 10-profile.conf
			detach
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

# One list of systemd as another allows no more: "a b" are allowed, "~a b" refused.
no_wider() { # ALONE WITH-PROFILE
	local refused

	case ${1:0:1}/${2:0:1} in
	\~/\~) refused=$(comm -23 <(words "${1#\~}") <(words "${2#\~}")) ;;
	\~/*) refused=$(comm -12 <(words "${1#\~}") <(words "$2")) ;;
	*/\~) refused="everything but ${2:0:60}" ;;
	*) refused=$(comm -13 <(words "$1") <(words "$2")) ;;
	esac
	[ -z "$refused" ] || {
		tr '\n' ' ' <<<"comes back: $refused"
		return 1
	}
}

words() {
	tr -s ' ' '\n' <<<"$1" | sed '/^$/d' | sort -u
}

lists="SystemCallFilter RestrictAddressFamilies CapabilityBoundingSet AmbientCapabilities RestrictNamespaces SupplementaryGroups"
walls="PrivateNetwork PrivateDevices PrivateUsers PrivateIPC PrivateTmp PrivateMounts ProtectSystem ProtectHome ProtectClock
	ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectControlGroups ProtectProc ProcSubset
	NoNewPrivileges MemoryDenyWriteExecute RestrictRealtime RestrictSUIDSGID LockPersonality DynamicUser RemoveIPC DevicePolicy UMask"

# Notes what systemd makes of a unit.
note() { # UNIT FILE
	# shellcheck disable=SC2046,SC2086 # lists of words
	lab systemctl show $(printf -- '--property=%s ' $lists $walls) "$1" >"$2"
	printf 'Exposure=%s\n' "$(lab systemd-analyze security --no-pager "$1" |
		sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\) .*/\1/p')" >>"$2"
}

noted() { # KEY FILE
	sed -n "s/^$1=//p" "$2"
}

# Every list no wider, every wall as high, the exposure no more: [but LIST...]
tightens() { # ALONE-FILE WITH-FILE LISTS-TO-LEAVE-OUT
	local key bad=0 alone

	for key in $lists; do
		[[ " $3 " == *" $key "* ]] || no_wider "$(noted "$key" "$1")" "$(noted "$key" "$2")" || {
			echo "  in $key"
			bad=1
		}
	done
	for key in $walls; do
		alone=$(noted "$key" "$1")
		case $alone in
		no | default | all | auto) ;;
		"$(noted "$key" "$2")") ;;
		*) [ "$key" = UMask ] || {
			echo "$key: $alone becomes $(noted "$key" "$2")"
			bad=1
		} ;;
		esac
	done
	at_most "$(noted Exposure "$2")" "$(noted Exposure "$1")" || [ -n "$3" ] || {
		echo "exposure: $(noted Exposure "$1") becomes $(noted Exposure "$2")"
		bad=1
	}
	return $bad
}

@test "every unit of ours: a profile takes away only, and exposure is within its limit" {
	local bad=0 left_out limit
	for image in build/images/*.raw; do
		name=${image##*/} name=${name%%_*}
		for profile in none $ours; do
			attach "$profile" "$image"
			for file in images/"$name"/*.service; do
				unit=${file##*/} unit=${unit/@./@1.}
				note "$unit" "$BATS_TEST_TMPDIR/$unit.$profile"
				alone=$BATS_TEST_TMPDIR/$unit.none with=$BATS_TEST_TMPDIR/$unit.$profile
				exposure=$(noted Exposure "$with")
				echo "$unit $profile: $exposure"
				left_out=''
				case $profile in
				sealed | dense) limit=0.3 ;;
				sealed-outbound)
					limit=1.5
					# "none" is opened, see the profile. Nothing else may be.
					[ -n "$(noted RestrictAddressFamilies "$alone")" ] || left_out=RestrictAddressFamilies
					;;
				observer) limit=1.5 ;;
				trace) continue ;; # claims nothing: it takes the filter out of force
				*) limit=10 ;;
				esac
				at_most "$exposure" "$limit" || bad=1
				tightens "$alone" "$with" "$left_out" || bad=1
			done
			detach
		done
	done
	echo "# exposure: none $ours" >&3
	for file in "$BATS_TEST_TMPDIR"/*.none; do
		unit=${file##*/} unit=${unit%.none}
		printf '# %-24s' "$unit" >&3
		for profile in none $ours; do
			printf ' %s' "$(noted Exposure "$BATS_TEST_TMPDIR/$unit.$profile")" >&3
		done
		echo >&3
	done
	[ $bad = 0 ]
}

@test "a unit that is narrower than any profile gets nothing back, as it would under those of systemd" {
	for profile in none $ours $stock; do
		attach "$profile" attack_0.raw
		note attack-narrow.service "$BATS_TEST_TMPDIR/$profile"
		detach
		echo "$profile"
		case " $stock trace " in
		*" $profile "*)
			# so the comparison can fail; trusted adds nothing to any list
			[ "$profile" = trusted ] || fails tightens "$BATS_TEST_TMPDIR/none" "$BATS_TEST_TMPDIR/$profile" ''
			;;
		*) tightens "$BATS_TEST_TMPDIR/none" "$BATS_TEST_TMPDIR/$profile" '' ;;
		esac
	done
}

@test "a unit that says nothing but ExecStart= comes down from 9.6 to 1.0 at most" {
	offline() {
		lab systemd-analyze security --no-pager --offline=yes --root=/root/bare "$@" attack-bare.service 2>/dev/null |
			sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\) .*/\1/p'
	}
	alone=$(offline)
	echo "alone: $alone"
	at_most 9.4 "$alone" # 9.6 on systemd 252
	for profile in sealed dense observer sealed-outbound; do
		exposure=$(offline --profile="/etc/systemd/portable/profile/$profile/service.conf")
		echo "# nothing but ExecStart= under $profile: $exposure (alone $alone)" >&3
		case $profile in
		sealed | dense | observer) at_most "$exposure" 1.0 ;;
		*) at_most "$exposure" 1.5 ;;
		esac
	done
}

@test "what a profile leaves to systemd to imply is implied" {
	attach sealed attack_0.raw
	# by PrivateDevices= and DynamicUser=, for a unit that says nothing
	[ "$(lab systemctl show --property=DevicePolicy --value attack-bare.service)" = closed ]
	[ "$(lab systemctl show --property=PrivateTmp --value attack-bare.service)" != no ]
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

@test "the table of docs/security.md is what is expected here" {
	diff <(expected | column -t) <(sed -n '/^attempt /,/^perf-event/p' docs/security.md)
}

# Prints what happened, as rows of the same table.
matrix() { # PROFILE...
	for profile; do
		attach "$profile" attack_0.raw
		lab systemctl start attack.service
		lab journalctl --sync
		lab journalctl --boot --quiet --output=cat --identifier=attack --cursor-file=/root/attacked \
			>"$BATS_TEST_TMPDIR/$profile"
		lab systemctl stop attack.service
		detach
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

@test "trace: what would be refused is in the kernel's log instead" {
	lab dmesg --syslog >/dev/null || skip "no kernel log"
	lab dmesg --syslog | grep -c audit: >/dev/null || skip "no kernel with audit"
	attach trace attack_0.raw
	lab systemctl start attack.service
	# io_uring_setup or add_key or userfaultfd or another; the kernel prints a few per second only
	logged() {
		lab dmesg --syslog | tail -n 200 | grep -q 'type=1326.*comm="attack".*syscall=[0-9]'
	}
	eventually logged
}

# --- system calls ---------------------------------------------------------------

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
	local group bad=0

	calls "$BATS_TEST_TMPDIR/$1".trace* >"$BATS_TEST_TMPDIR/$1.calls"
	(($(wc -l <"$BATS_TEST_TMPDIR/$1.calls") > 10))
	attach none build/images/"$2"_*.raw
	no_wider "$(lab systemctl show --property=SystemCallFilter --value "$3")" "$(<"$BATS_TEST_TMPDIR/$1.calls")" || bad=1
	# shellcheck disable=SC2013 # words, not lines
	for group in $(grep -v '=~' "images/$2/${3/@1./@.}" | grep ^SystemCallFilter= | grep -oE '@[a-z-]+'); do
		lab systemd-analyze syscall-filter "$group" | sed -n 's/^ *\([a-z0-9_]*\)$/\1/p' | sort -u |
			comm -12 - "$BATS_TEST_TMPDIR/$1.calls" | grep -q . || {
			[ "$group" = @system-service ] || echo "$3: nothing of $group is called"
			[ "$group" = @system-service ] || bad=1
		}
	done
	detach
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
		end_traced
		mv "$BATS_TEST_TMPDIR/visitord.trace" "$BATS_TEST_TMPDIR/visitord.trace.$life"
	done
	within_filter visitord visitord visitord.service
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

@test "dyndnsd and dyndns-update call nothing outside of their units' filters" {
	command -v strace >/dev/null || skip "no strace"
	cd "$BATS_TEST_TMPDIR"
	root=$OLDPWD
	mkdir state zone
	"$root/build/bin/dyndns-update" --generate-key=key >made
	printf '# dynamic: 0 %s\n+a.example:192.0.2.1:300\n' "$(sed -n '2s/ *//p' made)" >zone/data
	# shellcheck disable=SC2016 # for the shell in the network of its own
	timeout 20 unshare --net sh -c '
		ip link set lo up
		ip address add 198.51.100.1/32 dev lo
		ip address add 198.51.100.7/32 dev lo
		strace -f -qq -o dyndnsd.trace "$0/dyndnsd" --listen=5533 --zone=zone/data --state=state 2>log &
		until grep -q receiving log; do sleep 0.05; done
		for n in 1 2; do
			strace -f -qq -o dyndns-update.trace.$n "$0/dyndns-update" --bind=198.51.100.7 --key=key 198.51.100.1:5533
			echo nonsense >/dev/udp/198.51.100.1/5533 2>/dev/null
			sleep 0.3
		done
		pkill -TERM -P $!
		wait' "$root/build/bin" 3>&-
	grep -q 198.51.100.7 zone/data
	cd "$root"
	within_filter dyndnsd dyndnsd dyndnsd.service
	within_filter dyndns-update dyndns-update dyndns-update.service
}
