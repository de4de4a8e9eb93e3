#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What make promises: a second run does nothing, everything lies where people are
# told it lies, `make install` puts it where systemd and man look.

setup() {
	bats_require_minimum_version 1.5.0
	cd "$BATS_TEST_DIRNAME/.."
	# `make check` runs these tests: they must not talk to its job server.
	unset MAKEFLAGS MAKELEVEL MFLAGS
}

@test "a second make does nothing" {
	make
	run -0 make --question
	run -0 make
	[[ $output == "make: Nothing to be done for 'all'." ]]
}

@test "make help names every target that people run" {
	run -0 make help
	for target in all demo demo-boot check check-fresh check-all check-vm check-vm-init lint bench install install-services mkosi check-mkosi check-vm-os clean help; do
		[[ $output == *"make $target "* ]]
	done
}

@test "what is built lies where the README says" {
	[ -x build/mkportable ]
	for directory in services/*/; do
		[ -x "build/bin/$(basename "$directory")" ]
	done
	[ -x build/bin/portable-init ]
	for directory in images/*/; do
		compgen -G "build/images/$(basename "$directory")_*.raw"
	done
}

@test "make install puts images, profiles, manual pages and mkportable where they are looked for" {
	# Another PREFIX makes all anew: not where other tests look at it.
	mkdir "$BATS_TEST_TMPDIR/copy"
	git ls-files -z -co --exclude-standard | while IFS= read -r -d '' file; do
		[ ! -e "$file" ] && [ ! -L "$file" ] || printf '%s\0' "$file"
	done | xargs -0 cp --no-dereference --parents --target-directory="$BATS_TEST_TMPDIR/copy"
	make -C "$BATS_TEST_TMPDIR/copy" -j2 install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	cd "$BATS_TEST_TMPDIR/root/usr"
	bin/mkportable --version
	for program in bin/*; do
		[ "$(stat --format=%a "$program")" = 755 ]
	done
	[ -f share/mkportable/os-release.in ]
	[ -f share/man/man1/mkportable.1 ]
	for directory in "$BATS_TEST_DIRNAME"/../images/*/; do
		compgen -G "lib/portables/$(basename "$directory")_*.raw"
	done
	for file in "$BATS_TEST_DIRNAME"/../profiles/*/*.conf; do
		cmp "$file" "lib/systemd/portable/profile/$(basename "$(dirname "$file")")/$(basename "$file")"
	done
	for page in "$BATS_TEST_DIRNAME"/../{services/*,init}/*.8; do
		[ -f "share/man/man8/$(basename "$page")" ]
	done
	# nothing else, and nothing that others may write to
	run -0 find . -type f ! -path './bin/[a-z]*' ! -path './lib/portables/*.raw' ! -path './share/man/*' \
		! -path './lib/systemd/portable/profile/*/*.conf' ! -path './share/mkportable/os-release.in'
	[ -z "$output" ]
	run -0 find . -perm /022
	[ -z "$output" ]
}

@test "make install-services puts programs, units, their files and manual pages where a distribution has them" {
	make install-services DESTDIR="$BATS_TEST_TMPDIR/root"
	cd "$BATS_TEST_TMPDIR/root"
	repository=$BATS_TEST_DIRNAME/..
	for directory in "$repository"/services/*/; do
		cmp "$repository/build/bin/$(basename "$directory")" "usr/bin/$(basename "$directory")"
	done
	cmp "$repository/build/bin/portable-init" usr/bin/portable-init
	for unit in "$repository"/images/*/*.*; do
		cmp "$unit" "usr/lib/systemd/system/$(basename "$unit")"
	done
	for tree in "$repository"/images/*/tree; do
		(cd "$tree" && find . -type f) | while IFS= read -r file; do
			cmp "$tree/$file" "$file"
		done
	done
	# each program that a unit starts is there, and each page that one points to
	grep -ohE '^Exec[A-Za-z]*=[^ ]*' -r usr/lib/systemd/system | cut -d= -f2 | while IFS= read -r program; do
		[ "$(stat --format=%a ".$program")" = 755 ]
	done
	grep -ohE 'man:[a-z-]+\([1-9]\)' -r usr/lib/systemd/system | tr -d ')' | tr ':(' '  ' | while read -r _ page section; do
		[ -f "usr/share/man/man$section/$page.$section" ]
	done
	run -0 find . -type f ! -path './usr/bin/[a-z]*' ! -path './usr/lib/systemd/system/*' ! -path './usr/share/man/*' ! -path './usr/share/[a-z]*/*'
	[ -z "$output" ]
	run -0 find . -perm /022
	[ -z "$output" ]
}

@test "neither lib nor mkportable nor tools nor the Makefile nor mkosi's files name a service" {
	for directory in services/*/; do
		name=$(basename "$directory")
		run -1 grep -rnwE "$name" lib mkportable tools Makefile mkosi.conf mkosi.conf.d mkosi.profiles mkosi.postinst mkosi.version
	done
}
