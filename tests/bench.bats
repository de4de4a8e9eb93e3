#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What `make bench` promises: each of its scripts works with what make built, and ends.
# Their shortest form is run, whose numbers prove nothing.
#
# Needs root: it looks into what the services have in memory

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.."
}

# Runs a script, and expects nothing but the lines that it prints when all goes well.
bench() { # NAME PATTERN...
	local pattern

	run -0 --separate-stderr timeout 120 "tests/bench/$1.sh" --short
	echo "$output
$stderr"
	[ -z "$stderr" ]
	for pattern in "${@:2}"; do
		grep -qE "$pattern" <<<"$output"
	done
}

@test "each bench script has a test here" {
	for script in tests/bench/*.sh; do
		name=${script##*/}
		grep -q "^	bench ${name%.sh} " "$BATS_TEST_FILENAME"
	done
}

@test "make bench builds all that its scripts need" {
	run -0 env -u MAKEFLAGS -u MAKELEVEL make --dry-run --always-make bench-programs
	while IFS= read -r program; do
		grep -qE -- "-o $program( |\$)" <<<"$output"
	done < <(grep -ohE 'build/(bench|tools)/[a-z-]+' tests/bench/*.sh | sort -u)
}

@test "the bench of build runs" {
	bench build '^redis out of a tree: [1-9][0-9]* ms, mksquashfs of its files: [1-9][0-9]* ms, ratio [0-9.]+, of the time on a processor [0-9.]+$' \
		'^finding and reading them: [1-9][0-9]* ms$' \
		'^image: [1-9][0-9]{6} bytes, by mksquashfs: [1-9][0-9]{6} bytes$'
}

@test "visitord's bench runs" {
	bench visitord '^visitord, 64 connections: durable [1-9][0-9]*, in memory only [1-9]' '^visitord, idle: [1-9][0-9]* KB PSS$'
}

@test "lunchd's bench runs" {
	bench lunchd '^handshakes by the processor second, TLS 1.3: lunchd [1-9][0-9]*, nginx [1-9]' \
		'^requests by the processor second, 64 connections, TLS 1.3: lunchd [1-9][0-9]*, nginx [1-9]' \
		'^lunchd: [1-9][0-9]* KB PSS idle'
}

@test "qotd's bench runs" {
	((EUID == 0)) || skip "a network of its own needs root"
	tools/lab tree # or the bench speaks of making it
	bench qotd '^tcp, one process: +[1-9][0-9]* answers/s' '^udp, no limit, 32 at a time: [1-9][0-9]* answers/s' \
		'^1000 quotes, [0-9]+ bytes: start, read and end in [0-9]+ ms$'
}

@test "dyndnsd's bench runs" {
	((EUID == 0)) || skip "a network of its own needs root"
	bench dyndns 'medians: bare recvfrom loop [1-9]' '^  5000 datagrams: [0-9]+ wake-ups' \
		'^  library [0-9]+/s, dyndnsd [0-9]+/s, share [0-9.]+, 400 of 400 refused$' \
		'^  from packet to acknowledgement, on disk: [0-9]+ ms$'
}
