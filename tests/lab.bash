# SPDX-License-Identifier: LGPL-2.1-or-later
# For bats files that ask a real systemd: one lab per file, under
# $BATS_FILE_TMPDIR, its suite chosen by $LAB_SUITE.
#
#   load lab
#   setup_file() { lab_setup_file; }
#   teardown_file() { lab_teardown_file; }

load "${BASH_SOURCE[0]%/*}/helpers"

lab_tool=${BASH_SOURCE[0]%/*}/lab/lab

# Skips without root, and for nothing else: with root, a lab that does not come up
# is a failure. Call it first in setup_file.
lab_needs_root() {
	((EUID == 0)) || skip "a lab needs root"
}

lab_setup_file() {
	lab_needs_root
	export LAB_STATE=$BATS_FILE_TMPDIR/lab
	"$lab_tool" up "$LAB_STATE"
}

lab_teardown_file() {
	[ -z "${LAB_STATE-}" ] || "$lab_tool" down "$LAB_STATE"
}

# Runs a command in the lab; stdin, stdout, stderr and status pass through.
lab() {
	"$lab_tool" run "$LAB_STATE" "$@"
}

# Copies files and folders into the lab: lab_push FILE... DEST.
lab_push() {
	"$lab_tool" push "$LAB_STATE" "$@"
}

# Prints the journal of the lab, for the output of a test that fails.
lab_log() {
	"$lab_tool" log "$LAB_STATE"
}
