#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# dyndns.sh [--short] - what dyndnsd costs: refusals, verifications, updates of a large zone
#
# Each number stands beside that of a bare loop or of the library alone, measured in
# the same run. --short takes seconds: it shows that the script works, its numbers
# say nothing. As root: packets travel in a network namespace of their own.
set -eu

cd "$(dirname "$0")/../.."
. tests/helpers.bash
[ "$(id -u)" = 0 ] || {
	echo "dyndns.sh: skipped, a network namespace needs root"
	exit 0
}
if [ "${1-}" != --inside ]; then
	exec unshare --net "$0" --inside "$@"
fi

packets=300000 rounds=7 verifications=20000 sizes=500000 blocks=10000
[ "${2-}" != --short ] || packets=3000 rounds=1 verifications=200 sizes=5000 blocks=100
dir=$(mktemp -d)
daemon=
cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
bin=$PWD/build/bin

ip link set lo up
for n in 1 7 8; do ip address add 198.51.100.$n/32 dev lo; done

start() {
	: >"$dir/log"
	"$bin/dyndnsd" --listen=5533 --state="$dir" --zone="$dir/data" 2>>"$dir/log" &
	daemon=$!
	eventually grep -qs receiving "$dir/log"
}

stop() {
	kill "$daemon"
	timeout 10 tail --pid="$daemon" -f /dev/null # `wait` waits for ever
	daemon=
}

cpu_ns() { # PID
	awk '{ print $1 }' "/proc/$1/schedstat"
}

dropped() { # the queue was full
	awk '$2 ~ /:159D$/ { sum += $NF } END { print sum + 0 }' /proc/net/udp /proc/net/udp6
}

# What a packet costs a receiver on the port, in nanoseconds of CPU time.
flood() { # PID
	local before lost
	before=$(cpu_ns "$1") lost=$(dropped)
	build/tools/datagrams send 198.51.100.7 198.51.100.1 5533 "$dir/random" "$packets"
	sleep 0.2 # for what is still in the queue
	echo $((($(cpu_ns "$1") - before) / (packets - $(dropped) + lost)))
}

median() {
	sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

"$bin/dyndns-update" --generate-key="$dir/key" >"$dir/made"
key=$(sed -n '2s/ *//p' "$dir/made")
printf '# dynamic: 0 %s\n+a.example:192.0.2.1\n' "$key" >"$dir/data"
head -c 100 /dev/urandom >"$dir/random"

echo "refused by key id, CPU time of a packet, in turns:"
for ((round = 1; round <= rounds; round++)); do
	build/tools/datagrams drain 5533 1000000000 >"$dir/bare" &
	daemon=$!
	eventually grep -qs ready "$dir/bare"
	bare=$(flood $daemon)
	stop
	start
	ours=$(flood $daemon)
	stop
	echo "$bare" >>"$dir/bare.ns"
	echo "$ours" >>"$dir/ours.ns"
	awk -v bare="$bare" -v ours="$ours" 'BEGIN { printf "%.2f\n", bare / ours }' >>"$dir/shares"
	echo "  $round: bare recvfrom loop $bare ns, dyndnsd $ours ns, share $(tail -n 1 "$dir/shares")"
done
awk -v bare="$(median <"$dir/bare.ns")" -v ours="$(median <"$dir/ours.ns")" -v share="$(median <"$dir/shares")" 'BEGIN {
	printf "  medians: bare recvfrom loop %d ns (%.2f M/s), dyndnsd %d ns (%.2f M/s), share %.2f\n",
		bare, 1e3 / bare, ours, 1e3 / ours, share }'

echo "refused by length:"
start
switches=$(awk '/^voluntary/ { print $2 }' "/proc/$daemon/status")
before=$(cpu_ns "$daemon")
build/tools/datagrams sizes 198.51.100.7 198.51.100.1 5533 $sizes
echo "  $sizes datagrams: $(($(awk '/^voluntary/ { print $2 }' "/proc/$daemon/status") - switches)) wake-ups," \
	"$((($(cpu_ns "$daemon") - before) / 1000)) us of CPU time"
stop

echo "refused by signature:"
echo "  $(build/bench/dyndns-verify $verifications)"

echo "zone of $blocks blocks with a key and two addresses each:"
for ((i = 0; i < blocks; i++)); do
	printf -v other '%043d=' "$i"
	printf '# dynamic: 0 %s\n+h%d.example:192.0.2.1:300\n6h%d.example:20010db8000000000000000000000001\n' "${other//0/B}" "$i" "$i"
done >"$dir/data"
printf '# dynamic: 0 %s\n+a.example:192.0.2.1\n' "$key" >>"$dir/data"
start
for n in 7 8 7 8; do
	sleep 1.2 # at most one write a second
	began=${EPOCHREALTIME/./}
	"$bin/dyndns-update" --key="$dir/key" --address=198.51.100.$n --wait=9 198.51.100.1 >/dev/null
	echo "  from packet to acknowledgement, on disk: $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
done
echo "  $(stat -c %s "$dir/data") bytes of zone, $(awk '/^VmHWM/ { print $2 }' "/proc/$daemon/status") KiB of memory at most"
stop
