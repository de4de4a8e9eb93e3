#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The same sources give the same bytes, independent of user, directory, time, umask and
# language.

setup() {
	bats_require_minimum_version 1.5.0
	unset MAKEFLAGS MAKELEVEL MFLAGS
}

# Copies the sources as they lie in this directory, without what was built.
copy_sources() {
	mkdir -p "$1"
	(cd "$BATS_TEST_DIRNAME/.." && git ls-files -z -co --exclude-standard |
		while IFS= read -r -d '' file; do [ -e "$file" ] && printf '%s\0' "$file"; done |
		tar -c --null -T - -f -) | tar -x -C "$1" -f -
}

sums() {
	(cd "$1/build" && sha256sum bin/* images/*.raw)
}

@test "two builds in other directories, by other users, at other times, give the same bytes" {
	[ "$(id -u)" -eq 0 ] || skip "setpriv needs root to become another user"
	cache=${MKPORTABLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mkportable}
	one=$BATS_TEST_TMPDIR/one two=$BATS_TEST_TMPDIR/a/second/directory
	copy_sources "$one"
	copy_sources "$two"
	mkdir "$BATS_TEST_TMPDIR/cache"
	cp -r "$cache/sources" "$BATS_TEST_TMPDIR/cache/"
	find "$two" -exec touch -h -d '2001-02-03 04:05:06' {} +
	chmod -R go-w "$BATS_TEST_TMPDIR"
	chmod -R g-rx,o-rx "$two"
	chown -R nobody:nogroup "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/cache"
	# bats' directories above are root's alone
	chmod a+x "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_RUN_TMPDIR"

	(umask 022 && cd "$one" && make >"$one.log" 2>&1 3>&-) || {
		cat "$one.log"
		false
	}
	(umask 077 && cd "$two" &&
		setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH="$PATH" \
			HOME=/nonexistent MKPORTABLE_CACHE="$BATS_TEST_TMPDIR/cache" \
			LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 TZ=Asia/Kathmandu \
			make -j2 >"$BATS_TEST_TMPDIR/two.log" 2>&1 3>&-) || {
		cat "$BATS_TEST_TMPDIR/two.log"
		false
	}
	diff <(sums "$one") <(sums "$two")
	# and build/, which the other tests look at, is the same
	diff <(sums "$one") <(sums "$BATS_TEST_DIRNAME/..")
}
