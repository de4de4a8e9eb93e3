#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The second image of `make mkosi` boots as a machine, by UEFI, systemd-boot, its own
# kernel and initrd, and its services answer over the network that it configured
# itself. `make check-vm-os` builds the image and runs this.
# Needs: make mkosi

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

@test "the image boots as a machine, and all services answer" {
	((EUID == 0)) || skip "needs root, for a network of its own"
	command -v qemu-system-x86_64 || skip "needs qemu-system-x86_64"
	[ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "needs OVMF"
	run tests/mkosi/ask-machine build/mkosi/services-os_*.raw "$BATS_TEST_TMPDIR/machine"
	# for the reader of a failure
	echo "$output"
	tail -n 40 "$BATS_TEST_TMPDIR/machine/serial"
	[ "$status" -eq 0 ]
	[ "$(grep -c ' answered, ' <<<"$output")" -eq 3 ]
	# systemd-boot, and not a kernel that the firmware found by another way
	grep -aq 'Reached target .*multi-user.target' "$BATS_TEST_TMPDIR/machine/serial"
}
