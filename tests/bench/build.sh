#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/bench/build.sh [--short]
#
# What does it cost that mkportable looks for what an image needs and judges it? Builds
# examples/redis out of a tree that is there already, and packs the same files with the same
# options by mksquashfs alone, by turns. The build is to take at most 1.25 times as long.
# --short measures once: it shows that the script works, and does not judge the numbers.
#
# Fetches the packages from the apt sources of this machine, unless they are in the cache.
# Exit status: 0 as it is to be, 1 not so, 2 called wrongly.
set -eu

limit=1.25 rounds=5 short=
[ "${1-}" != --short ] || {
	rounds=1 short=yes
	shift
}
[ $# -eq 0 ] || {
	printf 'usage: tests/bench/build.sh [--short]\n' >&2
	exit 2
}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
unset SOURCE_DATE_EPOCH # mksquashfs takes either it or options

build() { # FORMAT OUTPUT
	build/mkportable build --os-release=os-release.in --root="$work/tree" --format="$1" --output="$2" examples/redis
}

tools/mkportable-debian-tree redis-server "$work/tree"
build directory "$work/redis_files"

# The options of mkportable, for one archive that is read from standard input.
mkdir "$work/bin"
cat >"$work/bin/mksquashfs" <<-EOF
	#!/bin/sh
	printf '%s\n' "\$@" >'$work/options'
	exec $(command -v mksquashfs) "\$@"
EOF
chmod +x "$work/bin/mksquashfs"
PATH=$work/bin:$PATH build squashfs "$work/redis_0.raw"
[ "$(sed -n '1p;3p' "$work/options" | tr '\n' ' ')" = '- -tar ' ] # and the output between them
mapfile -s 3 -t options <"$work/options"

# Adds to the results: milliseconds, and how many of them on a processor.
measure() { # RESULTS COMMAND...
	local TIMEFORMAT='%R %U %S'

	{ time "${@:2}" >"$work/log" 2>&1; } 2>"$work/time" || {
		cat "$work/log" >&2
		exit 1
	}
	awk '{ print $1 * 1000, ($2 + $3) * 1000 }' "$work/time" >>"$1"
}

median() { # RESULTS COLUMN
	cut -d ' ' -f "$2" "$1" | sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

ratio() { # RESULTS RESULTS COLUMN
	awk -v a="$(median "$1" "$3")" -v b="$(median "$2" "$3")" 'BEGIN { printf "%.2f", a / b }'
}

for ((round = 0; round < rounds; round++)); do
	measure "$work/building" build squashfs "$work/redis_0.raw"
	rm -f "$work/peer"
	measure "$work/packing" mksquashfs "$work/redis_files" "$work/peer" "${options[@]}"
	measure "$work/planning" build tar - # the part that is not mksquashfs
done
printf 'redis out of a tree: %d ms, mksquashfs of its files: %d ms, ratio %s, of the time on a processor %s\n' \
	"$(median "$work/building" 1)" "$(median "$work/packing" 1)" "$(ratio "$work/building" "$work/packing" 1)" \
	"$(ratio "$work/building" "$work/packing" 2)"
printf 'finding and reading them: %d ms\n' "$(median "$work/planning" 1)"
printf 'image: %d bytes, by mksquashfs: %d bytes\n' "$(stat -c %s "$work/redis_0.raw")" "$(stat -c %s "$work/peer")"
[ -n "$short" ] || awk -v ratio="$(ratio "$work/building" "$work/packing" 1)" -v limit=$limit 'BEGIN { exit !(ratio <= limit) }'
