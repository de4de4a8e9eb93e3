# SPDX-License-Identifier: LGPL-2.1-or-later
# For bats files that ask a real systemd: one lab per file, under
# $BATS_FILE_TMPDIR, its suite chosen by $LAB_SUITE.
#
#   load lab
#   setup_file() { lab_setup_file; }
#   teardown_file() { lab_teardown_file; }

load "${BASH_SOURCE[0]%/*}/helpers"

lab_tool=${BASH_SOURCE[0]%/*}/../tools/lab

# Skips without root, and for nothing else: with root, a lab that does not come up
# is a failure. Call it first in setup_file.
lab_needs_root() {
	((EUID == 0)) || skip "a lab needs root"
}

lab_setup_file() {
	lab_needs_root
	export LAB_STATE=$BATS_FILE_TMPDIR/lab
	"$lab_tool" up "$LAB_STATE"
	lab_kill_for_calls
}

lab_teardown_file() {
	local killed=''

	[ -n "${LAB_STATE-}" ] || return 0
	lab journalctl --sync
	killed=$(lab_killed_for_calls)
	"$lab_tool" down "$LAB_STATE"
	[ -z "$killed" ] || {
		echo "system calls outside of the unit's filter:
$killed" >&2
		return 1
	}
}

# In every lab a system call outside of the filter kills a service of ours, instead of
# being refused: refused, it might go unnoticed.
lab_kill_for_calls() {
	local unit dropins

	for unit in "${BASH_SOURCE[0]%/*}"/../images/*/*.service; do
		dropins=/usr/lib/systemd/system/${unit##*/}.d
		lab mkdir -p "$dropins"
		{
			printf '[Service]\nSystemCallErrorNumber=\n'
			# The calls that have an answer of their own, which a profile may have taken away.
			grep '^SystemCallFilter=~.*:' "$unit" || true
		} | lab tee "$dropins/90-kill.conf" >/dev/null # after 10-profile.conf
	done
}

# Prints what systemd said of services that were killed for it.
lab_killed_for_calls() {
	lab journalctl --boot --quiet --no-pager --output=cat --grep='status=31/SYS' || true
}

# Runs a command in the lab; stdin, stdout, stderr and status pass through.
lab() {
	"$lab_tool" run "$LAB_STATE" "$@"
}

# Copies files and directories into the lab: lab_push FILE... DEST.
lab_push() {
	"$lab_tool" push "$LAB_STATE" "$@"
}

# Attaches an image that was pushed to /root, by the prefix in its name, until
# lab_detach, which may be called without one too: lab_attach PROFILE IMAGE.
lab_attach() {
	local file=${2##*/}

	lab_attached=/root/$file
	lab portablectl --quiet attach --profile="$1" "$lab_attached" "${file%%_*}"
}

lab_detach() {
	[ -z "${lab_attached-}" ] || lab portablectl --quiet detach "$lab_attached"
	lab_attached=
}

# Prints the journal of the lab, for the output of a test that fails.
lab_log() {
	"$lab_tool" log "$LAB_STATE"
}

# Prints which part of a long table is asked, "K/N": a fifth, another one with each commit,
# or $AGREEMENT_PART.
table_part() {
	echo "${AGREEMENT_PART:-$(($(git rev-list --count HEAD 2>/dev/null || echo 0) % 5))/5}"
}

# Files, mounts and processes of one that was killed, which had $TMPDIR for itself.
nothing_left() {
	[ -z "$(ls -A "$TMPDIR")" ] && ! grep -qF "$TMPDIR" /proc/mounts && ! pgrep -f "$TMPDIR/" >/dev/null
}
