#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The same sources give the same bytes, independent of user, directory, time, umask and
# language: `make reproducible`.

setup() {
	bats_require_minimum_version 1.5.0
	cd "$BATS_TEST_DIRNAME/.."
}

sums() {
	(cd build && sha256sum mkportable bin/* images/*.raw)
}

@test "two builds in other directories, by other users, at other times, give the same bytes" {
	[ "$(id -u)" -eq 0 ] || skip "setpriv needs root to become another user"
	# bats' directories above are root's alone
	chmod a+x "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_RUN_TMPDIR"
	TMPDIR=$BATS_TEST_TMPDIR run -0 --separate-stderr tools/reproducible
	[ "${#lines[@]}" -ge 10 ]
	# and build/, which the other tests look at, is the same
	diff <(echo "$output") <(sums)
	[ -z "$(find "$BATS_TEST_TMPDIR" -name 'reproducible.*')" ]
}

@test "a build that gives other bytes each time is found, and what differs is named" {
	# Sources of which nothing but a script is left to be made.
	mkdir -p "$BATS_TEST_TMPDIR/sources/tools"
	cp tools/reproducible "$BATS_TEST_TMPDIR/sources/tools/"
	cd "$BATS_TEST_TMPDIR/sources"
	git init -q
	printf 'all:\n\tmkdir -p build/bin build/images && echo $$PWD >build/bin/there && echo one >build/images/a.raw && echo >build/mkportable\n' >Makefile
	TMPDIR=/var/tmp run -1 --separate-stderr tools/reproducible
	[ -z "$output" ]
	[[ ${stderr_lines[-1]} == 'reproducible: two builds of the same sources are not the same, as above' ]]
	grep -q 'bin/there' <<<"$stderr"
	run ! grep -E 'a\.raw|mkportable' <<<"$stderr"
	printf 'all:\n\techo no compiler; false\n' >Makefile
	TMPDIR=/var/tmp run -1 --separate-stderr tools/reproducible
	[[ $stderr == *'no compiler'*'reproducible: the first build failed, as above' ]]
}
