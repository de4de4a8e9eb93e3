#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# qotd.sh [--short] - the quote of the day against the classic ways to serve it, in one run
#
# One client at a time asks over TCP, connection after connection, for some seconds:
# qotd as one process; qotd --inetd, a process for each connection, by
# systemd-socket-activate; the two kinds of units in the lab; openbsd-inetd running
# fortune. Then UDP with the
# limiter off, the loading of 100,000 quotes, memory and sizes. What is missing on
# this machine is left out and said so. Client and server share the machine.
#
# --short asks for one second each, and reads 1,000 quotes: it shows that the script
# works, its numbers say little. In a network namespace of its own.
set -eu

cd "$(dirname "$0")/../.."
. tests/helpers.bash
[ "${1-}" = --inside ] || {
	((EUID == 0)) || {
		echo 'qotd.sh: needs root, for a network of its own'
		exit 0
	}
	exec unshare --net --mount "$BASH" "$0" --inside "$@"
}
ip link set lo up
seconds=3 quotes=100000
[ "${2-}" != --short ] || seconds=1 quotes=1000
qotd=$PWD/build/bin/qotd
collection=$PWD/images/qotd/tree/usr/share/qotd
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

answers_per_second() { # OPTION... ADDRESS
	timeout $((seconds + 30)) build/tools/ask-quotes --times=1000000000 --seconds="$seconds" "$@" |
		awk -F'[= ]' '{ if ($6 > 0 || $4 < $2 * 0.99) print "bad answers" > "/dev/stderr"; printf "%d\n", $4 * 1000000 / $8 }'
}

listens() { # PORT
	timeout 10 "$BASH" -c ": </dev/tcp/127.0.0.1/$1" 2>/dev/null
}

"$qotd" --listen=127.0.0.1:17 --quotes="$collection" --rate=0 2>"$work/log" &
pids+=($!)
eventually listens 17
awk '/^Pss:/ { print "memory (PSS), after the first client:", $2, "kB, its quotes included" }' "/proc/$!/smaps_rollup"
one=$(answers_per_second 127.0.0.1:17)
echo "tcp, one process:            $one answers/s"
echo "udp, no limit, one by one:   $(answers_per_second --udp 127.0.0.1:17) answers/s"
echo "udp, no limit, 32 at a time: $(answers_per_second --udp --window=32 127.0.0.1:17) answers/s"

if command -v systemd-socket-activate >/dev/null; then
	systemd-socket-activate --accept --inetd -l 127.0.0.1:18 "$qotd" --inetd --quotes="$collection" 2>/dev/null &
	pids+=($!)
	eventually listens 18
	each=$(answers_per_second 127.0.0.1:18)
	echo "tcp, qotd --inetd:           $each answers/s; one process serves $((one / (each + 1))) times as many"
else
	echo "tcp, qotd --inetd:           no systemd-socket-activate here"
fi

# The units themselves: what a service manager and a sandbox for each connection cost.
if image=$(compgen -G 'build/images/qotd_*.raw') && command -v mmdebstrap >/dev/null; then
	lab() {
		tools/lab run "$work/lab" "$@"
	}
	tools/lab up "$work/lab"
	trap 'tools/lab down "$work/lab"; kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
	lab mkdir -p /etc/systemd/portable/profile
	tools/lab push "$work/lab" profiles/* /etc/systemd/portable/profile/
	tools/lab push "$work/lab" "$image" build/tools/ask-quotes /root/
	lab ip link set lo up
	lab portablectl --quiet attach --profile=sealed "/root/${image##*/}" qotd
	for unit in qotd qotd-inetd; do
		lab systemctl start $unit.socket
		lab timeout 30 /root/ask-quotes 127.0.0.1:17 >/dev/null # the start is not what is measured
		lab timeout $((seconds + 30)) /root/ask-quotes --times=1000000000 --seconds="$seconds" 127.0.0.1:17 |
			awk -F'[= ]' '{ printf "%d\n", $4 * 1000000 / $8 }' >"$work/$unit"
	done
	service=$(<"$work/qotd") inetd=$(<"$work/qotd-inetd")
	echo "tcp, qotd.service:           $service answers/s, attached and sealed"
	echo "tcp, qotd-inetd@.service:    $inetd answers/s; one process serves $((service / (inetd + 1))) times as many"
else
	echo "tcp, qotd-inetd@.service:    no image, or no mmdebstrap, here"
fi

fortune=/usr/games/fortune
if [ -x $fortune ] && [ -x /usr/sbin/inetd ]; then
	# fortune ends its lines with LF: the sed would be one more process, so its answers are not checked
	echo "127.0.0.1:qotd stream tcp nowait.100000000 root $fortune fortune" >"$work/inetd.conf"
	sed 's/^qotd.*/qotd 20\/tcp/' /etc/services >"$work/services"
	mount --bind "$work/services" /etc/services
	/usr/sbin/inetd -i -R 1000000 "$work/inetd.conf" 2>/dev/null >&2 &
	pids+=($!)
	eventually listens 20
	classic=$(timeout $((seconds + 30)) build/tools/ask-quotes --times=1000000000 --seconds="$seconds" 127.0.0.1:20 |
		awk -F'[= ]' '{ printf "%d\n", ($4 + $6) * 1000000 / $8 }')
	echo "tcp, inetd and fortune:      $classic answers/s; one process serves $((one / (classic + 1))) times as many"
else
	echo "tcp, inetd and fortune:      no openbsd-inetd, or no fortune-mod, here"
fi

awk -v quotes=$quotes 'BEGIN { for (i = 0; i < quotes; i++) printf "Quote number %d is as long as most others are, and says as little as they do.\n\t\t-- Nobody\n%%\n", i }' >"$work/many"
for _ in 1 2 3 4 5; do
	begin=${EPOCHREALTIME//./}
	"$qotd" --check --quotes="$work/many" >/dev/null
	echo $(((${EPOCHREALTIME//./} - begin) / 1000))
done | sort -n | awk -v quotes=$quotes -v bytes="$(stat -c %s "$work/many")" 'NR == 3 { print quotes " quotes, " bytes " bytes: start, read and end in " $1 " ms" }'
echo "program: $(stat -c %s "$qotd") bytes"
for image in build/images/qotd_*.raw; do
	[ ! -e "$image" ] || echo "image: $(stat -c %s "$image") bytes"
done
