#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is promised of an example, $EACH or the first of `tools/examples in-turn`: the lines of
# its README.md, copied, make an image that attaches, starts and answers, also after a restart,
# and detaches without a trace, under the profile that the README names and under systemd's
# default one. The clients are programs of this machine; tests/examples/NAME has the questions.
#
# For each of: tools/examples in-turn

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_needs_root
	export example=${EACH:-$(tools/examples in-turn | head -n 1)}
	tools/examples build "$example"
	image=$(tools/examples image "$example")
	export image
	lab_setup_file
	lab ip link set lo up
	lab mkdir -p /etc/systemd/portable/profile
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push "$image" /root/
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	echo "# $example, packages of ${SUITE:-the suite of this machine}, systemd of ${LAB_SUITE:-trixie}"
	units=("$example" "$example-*" "$example@*")
}

teardown() {
	[ -n "${BATS_TEST_COMPLETED-}" ] || lab_log | tail -n 30
	stop_and_detach 2>/dev/null || true
	# Each profile finds the state of a first start.
	lab find /var/{lib,cache,log}/private -mindepth 1 -delete
}

client() { # COMMAND...
	timeout 60 "$lab_tool" net "$LAB_STATE" "$@"
}

invocations() {
	lab systemctl show --property=InvocationID "${units[@]/%/.*}"
}

stop_and_detach() {
	[ -n "${attach-}" ] || return 0
	local detach=${attach%% && *}
	lab systemctl stop "${units[@]/%/.*}"
	detach=${detach/ attach / detach }
	attach=
	lab sh -euc "cd /root; ${detach/ --profile=* .\// ./}"
}

# What a reader of the README does, with another profile maybe, and more questions.
use() { # PROFILE
	local own before
	own=$(tools/examples profile "$example")
	attach=$(tools/examples attach "$example")
	attach=${attach/--profile=$own /--profile=$1 }
	lab sh -euc "cd /root; $attach"
	# A profile that systemd does not find is no error.
	lab sh -euc "cd /etc/systemd/system.attached; for unit in *.service; do test -e \$unit.d/10-profile.conf; done"

	run -0 client bash -euc "$(tools/examples ask "$example")"
	[ -n "$output" ]
	client "tests/examples/$example"
	before=$(invocations)
	# Not a socket together with its service: with systemd 262, three times of fifteen, the old
	# socket is still open when the new one is made (Address already in use).
	lab systemctl try-restart "${units[@]/%/.servic[e]}" "${units[@]/%/.time[r]}" # what is no pattern has to exist
	[ "$(invocations)" != "$before" ] || lab systemctl try-restart "${units[@]/%/.socke[t]}"
	[ "$(invocations)" != "$before" ]
	client "tests/examples/$example" again

	stop_and_detach
	run -0 lab portablectl is-attached "/root/${image##*/}"
	[ "$output" = detached ]
	run lab systemctl list-unit-files --no-legend "${units[@]/%/.*}" # its status depends on the version
	[ -z "$output" ]
	run -0 lab systemctl list-units --no-legend --state=failed
	[ -z "$output" ]
}

@test "under systemd's default profile it starts, answers, answers after a restart, and detaches" {
	use default
}

@test "under the profile of its README it starts, answers, answers after a restart, and detaches" {
	use "$(tools/examples profile "$example")"
}

@test "lint finds no error in its image, under the profile of its README either" {
	profile=$(tools/examples profile "$example")
	[ ! -d "profiles/$profile" ] || profile=./profiles/$profile
	build/mkportable lint --profile="$profile" "$image"
}

@test "no shell is in its image that no unit and no script of it runs" {
	run -0 build/mkportable show --json --files "$image"
	run -0 jq -r '.files[] | select(.target == null and .asked_by == null)
		| select(.path | test("/((ba|da|z)?sh|busybox)$")).path' <<<"$output"
	[ -z "$output" ]
}

@test "made again of a new tree, its image has the same bytes" {
	EXAMPLES_DIRECTORY=$BATS_TEST_TMPDIR/again tools/examples build "$example"
	cmp "$image" "$BATS_TEST_TMPDIR/again/${image##*/}"
}

@test "its row in the table is what was built, but for sizes, which vary with the packages" {
	# Exposures are those of Debian 12's systemd.
	numbers='sed -E s/[0-9]+.\|.[0-9.]+.MB/N/'
	grep -q '^VERSION_ID="12"' /etc/os-release || numbers='sed s/[0-9][0-9.]*/N/g'
	row() { grep -F "| [$example](" | $numbers; }
	diff <(tools/image-table examples "$example" | row) <(row <examples/README.md)
}
