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

# A checkout of its own, where nothing is built.
copy_to() { # DIRECTORY
	mkdir "$1"
	git ls-files -z -co --exclude-standard | while IFS= read -r -d '' file; do
		[ ! -e "$file" ] && [ ! -L "$file" ] || printf '%s\0' "$file"
	done | xargs -0 cp --no-dereference --parents --target-directory="$1"
}

@test "a second make does nothing" {
	make
	run -0 make --question
	run -0 make
	[[ $output == "make: Nothing to be done for 'all'." ]]
}

@test "other flags in a module.mk make its program anew" {
	for module in init/module.mk services/*/module.mk; do
		run -0 make --dry-run --what-if="$module" all
		[[ $output == *" -c -o build/static/${module%/*}/"* ]]
	done
}

@test "make help names every target that people run" {
	run -0 make help
	for target in all demo demo-boot check check-user check-fresh check-all reproducible check-vm check-vm-init check-vm-arm64 check-vm-verity arm64 lint lint-images bench examples check-examples bench-examples install uninstall install-services completion mkosi check-mkosi check-vm-os clean help; do
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

@test "make -n runs nothing and writes nothing, in a new checkout and for every target" {
	copy_to "$BATS_TEST_TMPDIR/copy"
	cd "$BATS_TEST_TMPDIR/copy"
	printf '#!/bin/sh\necho "$0 $*" >>"%s"\n' "$BATS_TEST_TMPDIR/ran" >script
	find tools tests -type f -perm /100 -exec cp script '{}' ';'
	mkdir -p build/mkosi
	touch "$BATS_TEST_TMPDIR/before" build/mkosi/kept
	for target in all arm64 demo demo-boot check check-user check-all check-fresh reproducible check-vm check-vm-arm64 lint lint-images bench examples \
		check-examples bench-examples install uninstall \
		install-services completion mkosi check-mkosi check-vm-os readme clean check-programs; do
		make -n "$target" DESTDIR=/nowhere >"$BATS_TEST_TMPDIR/out"
		[ -s "$BATS_TEST_TMPDIR/out" ]
	done
	# a library's script ends at once by itself
	run ! grep -v '^tools/library ' "$BATS_TEST_TMPDIR/ran"
	[ "$(find build ! -type d)" = build/mkosi/kept ]
	[ -z "$(find . -newer "$BATS_TEST_TMPDIR/before" ! -path './build*')" ]
	run -1 make --question
	[ "$(find build ! -type d)" = build/mkosi/kept ]
}

@test "a compiler that would make programs with glibc is refused in one line" {
	for goal in all bin/mkportable check-programs; do
		run -2 --separate-stderr make CC=clang "$goal"
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == *'CC=clang has no specs files, which choose musl for the programs in images; use CC=gcc'* ]]
	done
	make CC=clang help
	# one that is not there yet, as before tools/bootstrap
	make --dry-run CC=no-such-compiler demo
}

@test "for another architecture only its programs and images are made, and others than two are refused" {
	run -2 --separate-stderr make ARCH=sparc64
	[[ $stderr == *'ARCH=sparc64: programs can be made for amd64 arm64 only.  Stop.' ]]
	for target in check install demo; do
		run -2 --separate-stderr make ARCH=arm64 $target
		[[ $stderr == *"ARCH=arm64 goes with the targets all, clean and files below build/arm64, not with $target.  Stop." ]]
	done
	run -0 make --dry-run ARCH=arm64 clean
	[ "$output" = 'rm -rf build/arm64' ]
}

@test "make install puts images, profiles, manual pages and mkportable where they are looked for" {
	# Another PREFIX makes all anew: not where other tests look at it. And the path has a space.
	copy_to "$BATS_TEST_TMPDIR/a copy"
	make -C "$BATS_TEST_TMPDIR/a copy" -j2 install DESTDIR="$BATS_TEST_TMPDIR/the root" PREFIX=/usr
	run -0 make -C "$BATS_TEST_TMPDIR/a copy" PREFIX=/usr
	[[ $output == *"Nothing to be done for 'all'."* ]]
	cd "$BATS_TEST_TMPDIR/the root/usr"
	bin/mkportable --version
	for program in bin/*; do
		[ "$(stat --format=%a "$program")" = 755 ]
	done
	[ -f share/mkportable/os-release.in ]
	[ -f share/man/man1/mkportable.1 ]
	run -0 bin/mkportable-debian-tree --help
	[ -f share/man/man1/mkportable-debian-tree.1 ]
	run -0 bin/mkportable try --help
	[[ $output == "Usage: mkportable-try "* ]]
	run -0 bin/portable-admin --help
	[ -f share/man/man8/portable-admin.8 ]
	[ -f share/bash-completion/completions/portable-admin ]
	cmp "$BATS_TEST_DIRNAME/../docs/schemas/portable-admin-status.json" share/mkportable/schemas/portable-admin-status.json
	run -0 bin/mkportable release --help
	[[ $output == "Usage: mkportable-release "* ]]
	for script in lab cached debian-system portable-update; do
		[ -x "libexec/mkportable/$script" ]
	done
	for directory in "$BATS_TEST_DIRNAME"/../images/*/; do
		compgen -G "lib/portables/$(basename "$directory")_*.raw"
	done
	for file in "$BATS_TEST_DIRNAME"/../profiles/*/*.conf; do
		cmp "$file" "lib/systemd/portable/profile/$(basename "$(dirname "$file")")/$(basename "$file")"
	done
	for unit in "$BATS_TEST_DIRNAME"/../host/*.{service,path}; do
		cmp "$unit" "lib/systemd/system/${unit##*/}"
	done
	for page in "$BATS_TEST_DIRNAME"/../{services/*,init}/*.8; do
		[ -f "share/man/man8/$(basename "$page")" ]
	done
	for program in mkportable portable-admin mkportable-debian-tree mkportable-try dyndns-update; do
		[ -f "share/bash-completion/completions/$program" ]
		[ "$(head -n 1 "share/zsh/site-functions/_$program")" = "#compdef $program" ]
		[ -f "share/fish/vendor_completions.d/$program.fish" ]
	done
	# nothing else, and nothing that others may write to
	run -0 find . -type f ! -path './share/bash-completion/completions/*' ! -path './share/zsh/site-functions/_*' \
		! -path './share/fish/vendor_completions.d/*.fish' ! -path './bin/[a-z]*' ! -path './libexec/mkportable/[a-z]*' ! -path './lib/portables/*.raw' ! -path './share/man/*' \
		! -path './lib/systemd/portable/profile/*/*.conf' ! -path './share/mkportable/os-release.in' ! -path './share/mkportable/schemas/*.json' \
		! -path './lib/systemd/system/portable-admin@.*'
	[ -z "$output" ]
	run -0 find . -perm /022
	[ -z "$output" ]

	# and make uninstall takes it away, but nothing else
	touch share/man/man1/other.1 lib/systemd/portable/profile/other.conf
	make -C "$BATS_TEST_TMPDIR/a copy" uninstall DESTDIR="$BATS_TEST_TMPDIR/the root" PREFIX=/usr
	[ "$(find . ! -type d | sort)" = './lib/systemd/portable/profile/other.conf
./share/man/man1/other.1' ]
	[ "$(find lib libexec/mkportable share/mkportable -type d 2>/dev/null)" = 'lib
lib/systemd
lib/systemd/portable
lib/systemd/portable/profile' ]
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
