#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lint says what systemd does, for a table of changes to a good image: one after the other
# is asked of both, and a difference that is not listed with its reason fails. A fifth of
# the table is asked, another with each commit; AGREEMENT_PART=0/1 asks all of it.

bats_require_minimum_version 1.5.0
load ../lab

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_needs_root
}

@test "lint says what systemd does with each change to a good image" {
	part=$(table_part)
	echo "AGREEMENT_PART=$part LAB_SUITE=${LAB_SUITE:-trixie}"
	tests/lab/agreement --part="$part" "${LAB_SUITE:-trixie}"
}

# What comes of three changes if lint says the same of all.
outcome() { # STATUS WORDS LISTED [OPTION]
	printf '%s' "$3" >listed
	printf '#!/bin/sh\n[ "$1" = lint ] || exec %s "$@"\necho "%s"\nexit %s\n' \
		"$BATS_TEST_DIRNAME/../../build/mkportable" "$2" "$1" >same
	chmod +x same
	MKPORTABLE=$PWD/same run -1 "$BATS_TEST_DIRNAME/agreement" "${@:4}" --table=table --listed=listed \
		--output=out "${LAB_SUITE:-trixie}"
	echo "$output"
}

@test "what lint misses is a failure, and a false alarm, a crash, and a reason without a difference" {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' 'good peer true' 'bad peer rmdir var/lib/peer' 'host root root LoadCredential=x:/nowhere' >table
	outcome 0 '' ''
	[[ $output == *": missed: bad; systemd: start:peer.service; lint: -; "* ]]
	[[ $output == *": 3 changes, 1 agree, 0 of the host, 2 differ: 2 missed, 0 false alarms" ]]
	outcome 1 'x: error: a-rule: x' '' --again
	[[ $output == *": alarm: good; systemd: works; lint: error a-rule; "* ]]
	# Nothing is left to say: it fails for what is listed only.
	outcome 0 'x: note: host-must-have: x' $'252,257,262 good why\n' --again
	[[ $output == *", 2 of the host, 0 differ: "* ]]
	outcome 2 '' '' --again
	[[ $output == *": crash: good; "* ]]
	outcome 0 '' $'252,257,262 bad why\n252,257,262 host why\n252,257,262 good why\n' --again
	[[ $output != *": missed: "* ]]
	[[ $output == *": listed as a difference, and is none: good"* ]]
	[[ $output == *": more than one in a hundred is listed"* ]]
}
