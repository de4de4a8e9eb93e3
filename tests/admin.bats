#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What portable-admin promises without a systemd to ask: its options, their manual page, and what
# it says where there is no systemd. tests/lab/admin.bats asks one.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	in_scratch
}

@test "each option in --help is in the manual page, and each verb" {
	run -0 --separate-stderr portable-admin --help
	verbs=$(sed -n 's/^  \([a-z]*\) .*/\1/p' <<<"$output")
	[ -n "$verbs" ]
	for verb in '' $verbs; do
		run -0 --separate-stderr portable-admin ${verb:+"$verb"} --help
		[ -z "$stderr" ]
		[ -z "$verb" ] || grep -q "^\.Ss portable-admin $verb$" "$repository/host/portable-admin.8"
		grep -oE '^  --[a-z-]+' <<<"$output" | while read -r option; do
			grep -q "^\.It Fl ${option#-}\b" "$repository/host/portable-admin.8"
		done
	done
}

@test "each rule of doctor is in the manual page, and has a test" {
	run -0 --separate-stderr portable-admin doctor --rules
	[ "${#lines[@]}" -gt 20 ]
	rules=$(cut -d : -f 1 <<<"$output" | sort)
	diff <(echo "$rules") <(sed -n 's/^\.It Li \([a-z]*-[a-z].*\)/\1/p' "$repository/host/portable-admin.8" | sed 's/ , /\n/g' | sort)
	# what a lab cannot have: a kernel without squashfs, and one with SELinux; those of mkportable lint begin with "host-"
	diff <(grep -vxE 'squashfs-missing|selinux-label' <<<"$rules") \
		<(grep -oE '(error|warning|security|note): [a-z]+-[a-z-]+: ' "$BATS_TEST_DIRNAME/lab/admin.bats" | cut -d ' ' -f 2 | tr -d : | grep -v ^host- | sort -u)
}

@test "calls that are wrong are told in one line, with status 2" {
	usage_error_of() { # LINE ARGUMENT...
		run -2 --separate-stderr portable-admin "${@:2}"
		[ "$stderr" = "portable-admin: $1; see 'portable-admin --help'" ]
		[ -z "$output" ]
	}
	usage_error_of 'no verb given'
	usage_error_of 'doctor: --export goes with no other option and no name' doctor --export --json
	usage_error_of 'attach: no image given' attach
	usage_error_of 'detach: no image given' detach --now
	usage_error_of 'upgrade: no image given' upgrade --again
	usage_error_of 'rollback: no image given' rollback
	usage_error_of "--settle: not a number of seconds: '0'" upgrade --settle=0 x
	usage_error_of "unknown verb: 'stat'" stat
	usage_error_of "unknown option: '--json=1'" status --json=1
}

@test "without a system bus that is said in one line" {
	run -1 --separate-stderr env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent portable-admin status
	[ "$stderr" = 'portable-admin: cannot connect to the system bus; is dbus running?: No such file or directory' ]
	[ -z "$output" ]
}
