#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/bench/visitord.sh [--short] [DIRECTORY]
#
# What does it cost visitord that every number is on disk before it is told?
# Compares it with the same program whose number is in memory only: by turns, in
# the same minute, on the same machine, the server on one core and wrk on the
# other. Only the ratio means anything. One write serves all who wait, so it grows
# with the crowd: it is to be at least 0.7 with the larger one. Also prints the
# memory of an idle instance, which is to be at most 200 KB (PSS).
#
# DIRECTORY is where the number is kept, on the disk that is meant; build/bench
# without one. A tmpfs would prove nothing, and is refused. --short measures once, for
# a second: it shows that the script works, and does not judge the numbers.
#
# Exit status: 0 as it is to be, 1 not so, 2 called wrongly.
set -eu

rounds=5 seconds=2 crowds='64 256' short=
[ "${1-}" != --short ] || {
	rounds=1 seconds=1 crowds=64 short=yes
	shift
}
[ $# -le 1 ] || {
	printf 'usage: tests/bench/visitord.sh [--short] [DIRECTORY]\n' >&2
	exit 2
}
cd "$(dirname "$0")/../.."
. tests/helpers.bash
build=$PWD/build
parent=${1:-$build/bench}

mkdir -p "$parent"
work=$(mktemp -d "$parent/visitord.XXXXXX")
server=
leave() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM
case $(stat -f -c %T "$work") in
tmpfs | ramfs)
	printf 'bench: %s is in memory, name a DIRECTORY on a disk\n' "$parent" >&2
	exit 2
	;;
esac

start() { # PROGRAM; sets server and url
	mkdir -p "$work/state"
	: >"$work/log" # or the last one's address would be read
	taskset -c 0 "$1" --listen=127.0.0.1:0 --state="$work/state" 2>"$work/log" &
	server=$!
	eventually grep -qs 'serving http on' "$work/log" || {
		cat "$work/log" >&2
		exit 1
	}
	url=$(sed -n 's/.*serving http on /http:\/\//p' "$work/log")
}

stop() {
	kill "$server"
	timeout 10 tail --pid="$server" -f /dev/null # `wait` waits for ever
	wait "$server" || exit 1
	server=
}

measure() { # PROGRAM CONNECTIONS RESULTS
	start "$1"
	timeout $((seconds + 30)) taskset -c 1 wrk --threads 1 --connections "$2" --duration "$seconds" "$url/" >"$work/wrk"
	stop
	! grep -q 'Socket errors\|Non-2xx' "$work/wrk" || {
		cat "$work/wrk" >&2
		exit 1
	}
	awk '/^Requests\/sec:/ { print $2 }' "$work/wrk" >>"$3"
}

median() {
	sort -n "$1" | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

start "$build/bin/visitord"
curl --silent --show-error --max-time 10 "$url/" >/dev/null
pss=$(awk '/^Pss:/ { print $2 }' "/proc/$server/smaps_rollup")
stop

for crowd in $crowds; do
	round=0
	while [ $((round += 1)) -le $rounds ]; do
		measure "$build/bench/visitord-memory" "$crowd" "$work/memory.$crowd"
		measure "$build/bin/visitord" "$crowd" "$work/durable.$crowd"
	done
	ratio=$(awk -v durable="$(median "$work/durable.$crowd")" -v memory="$(median "$work/memory.$crowd")" \
		'BEGIN { printf "%.2f", durable / memory }')
	printf 'visitord, %d connections: durable %.0f, in memory only %.0f requests/s, ratio %s\n' \
		"$crowd" "$(median "$work/durable.$crowd")" "$(median "$work/memory.$crowd")" "$ratio"
done
printf 'visitord, idle: %d KB PSS\n' "$pss"
[ -n "$short" ] || awk -v ratio="$ratio" -v pss="$pss" 'BEGIN { exit !(ratio >= 0.7 && pss <= 200) }'
