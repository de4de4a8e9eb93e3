#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A lab on a machine that has many loop devices in use.
#
# Runs alone: labs that were up before know no devices with such numbers.

bats_require_minimum_version 1.5.0
load ../lab

loops() {
	find /sys/block -name 'loop*' -printf '%f\n' | sort
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_needs_root
	export LAB_STATE=$BATS_TEST_TMPDIR/lab
	loops >"$BATS_TEST_TMPDIR/before"
	devices=()
}

teardown() {
	"$lab_tool" down "$LAB_STATE"
	[ ${#devices[@]} -eq 0 ] || losetup --detach "${devices[@]}"
	# The kernel keeps those that it added until told otherwise. Others of this machine may
	# have taken one meanwhile.
	loops | comm -13 "$BATS_TEST_TMPDIR/before" - | python3 -c '
import contextlib, fcntl, sys
LOOP_CTL_REMOVE = 0x4C81
with open("/dev/loop-control") as control:
    for line in sys.stdin:
        with contextlib.suppress(OSError):
            fcntl.ioctl(control, LOOP_CTL_REMOVE, int(line[4:]))'
}

@test "images attach on a machine whose first 128 loop devices are taken" {
	truncate --size=4096 "$BATS_TEST_TMPDIR/taken"
	while [ ! -e /sys/block/loop128 ]; do
		devices+=("$(losetup --find --show "$BATS_TEST_TMPDIR/taken")")
	done
	"$lab_tool" up "$LAB_STATE"
	lab_push build/images/qotd_*.raw /root/
	lab sh -c 'portablectl attach --runtime /root/qotd_*.raw qotd'
	lab systemctl start qotd.service
	lab systemctl is-active qotd.socket qotd.service
}
