#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is promised of tools/: a pinned source is what its hash says or nothing at
# all; a library's bytes depend on its source and compiler only; a machine that
# lacks something is told so in one line. No test here uses the network.
# shellcheck disable=SC2154 # bats sets stderr_lines

bats_require_minimum_version 1.5.0

setup() {
	tools=$BATS_TEST_DIRNAME/../tools
	export MKPORTABLE_CACHE=$BATS_TEST_TMPDIR/cache
	export CC=gcc
	unset MAKEFLAGS OS_RELEASE
	mkdir "$BATS_TEST_TMPDIR/libraries"
	# An apt with sources, lists and packages of its own.
	apt=$BATS_TEST_TMPDIR/apt
	export APT_CONFIG=$apt/apt.conf
	mkdir -p "$apt"/{sources.list.d,apt.conf.d,preferences.d,trusted.gpg.d,lists/partial,cache/archives/partial}
	printf '%s "%s";\n' Dir::Etc "$apt" Dir::State::lists "$apt/lists" Dir::Cache "$apt/cache" APT::Sandbox::User root >"$APT_CONFIG"
	# shellcheck source=/dev/null # a file of the machine
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	library=$BATS_TEST_TMPDIR/libraries/libtiny
	cached=$MKPORTABLE_CACHE/sources/libtiny-1.0.tar.gz
	pool=pool/main/libt/libtiny/libtiny_1.0.orig.tar.gz
}

# A library whose only function tells the flags that it was made with.
make_tarball() {
	local source=$BATS_TEST_TMPDIR/source/libtiny-1.0

	mkdir -p "$source"
	echo 'const char *tiny(void);' >"$source/tiny.h"
	printf '#include "tiny.h"\nconst char *tiny(void) { return __FILE__ VERSION; }\n' >"$source/tiny.c"
	cat >"$source/configure" <<-'END'
		#!/bin/sh
		printf 'CC = %s\nCFLAGS = %s -DVERSION=\\"1.0\\"\nAR = %s\nARFLAGS = %s\n' \
			"$CC" "$CFLAGS" "$AR" "$ARFLAGS" >Makefile
		printf 'all: libtiny.a\nlibtiny.a: libtiny.a(tiny.o)\n%%.o: %%.c\n\t$(CC) $(CFLAGS) -c -o $@ $(CURDIR)/$<\n' >>Makefile
	END
	chmod +x "$source/configure"
	tar -C "$BATS_TEST_TMPDIR/source" -czf "$BATS_TEST_TMPDIR/tarball" libtiny-1.0
	sum=$(sha256sum <"$BATS_TEST_TMPDIR/tarball")
	sum=${sum%% *}
}

# With the tarball at upstream's address, unless told otherwise.
make_library() { # [VARIABLE=VALUE…]
	make_tarball
	cat >"$library" <<-END
		version=1.0
		sha256=$sum
		debian=$pool
		upstream=file://$BATS_TEST_TMPDIR/tarball
		configure=
		make=all
		archive=libtiny.a
		include=.
		headers=tiny.h
	END
	printf '%s\n' "$@" >>"$library"
}

make_mirror() { # FOLDER
	mkdir -p "$1/${pool%/*}"
	mv "$BATS_TEST_TMPDIR/tarball" "$1/$pool"
}

# A PATH with only what bootstrap uses, a Debian with the packages named, and
# an apt-get that tells what it was called with.
pretend_debian() { # UID PACKAGE…
	local command uid=$1

	shift
	stubs=$BATS_TEST_TMPDIR/stubs
	mkdir "$stubs"
	for command in awk cat env; do
		ln -s "$(command -v "$command")" "$stubs/$command"
	done
	printf '#!/bin/sh\necho amd64\n' >"$stubs/dpkg"
	printf '#!/bin/sh\necho "apt-get was called: $*"\n' >"$stubs/apt-get"
	printf '#!/bin/sh\necho %s\n' "$uid" >"$stubs/id"
	{
		printf '#!/bin/sh\ncat <<END\n'
		[ $# -eq 0 ] || printf 'installed %s amd64\n' "$@"
		printf 'END\n'
	} >"$stubs/dpkg-query"
	chmod +x "$stubs"/dpkg "$stubs"/apt-get "$stubs"/id "$stubs"/dpkg-query
	printf 'ID=debian\nVERSION_ID="13"\n' >"$BATS_TEST_TMPDIR/os-release"
	export OS_RELEASE=$BATS_TEST_TMPDIR/os-release
}

bootstrap() {
	PATH=$stubs "$tools/bootstrap" "$@"
}

@test "a source comes from upstream when nothing nearer has it, and is cached" {
	make_library
	run -0 --separate-stderr "$tools/fetch-source" "$library"
	[ "$output" = "$cached" ]
	cmp "$cached" "$BATS_TEST_TMPDIR/tarball"
}

@test "a cached source is used, and nobody is asked for it" {
	make_library
	"$tools/fetch-source" "$library"
	rm "$BATS_TEST_TMPDIR/tarball"
	run -0 --separate-stderr "$tools/fetch-source" "$library"
	[ "$output" = "$cached" ]
}

@test "a source with a wrong hash is an error that names both, and nothing is kept" {
	wrong=$(printf %064d 0)
	make_library "sha256=$wrong"
	run -1 --separate-stderr "$tools/fetch-source" "$library"
	[ -z "$output" ]
	[[ $stderr = *"libtiny-1.0.tar.gz"*"$sum"*"$wrong"* ]]
	[ -z "$(ls "$MKPORTABLE_CACHE/sources")" ]
}

@test "a corrupt file in the cache is an error once, and fetched anew after that" {
	make_library
	"$tools/fetch-source" "$library"
	echo rot >>"$cached"
	rotten=$(sha256sum <"$cached")
	run -1 --separate-stderr "$tools/fetch-source" "$library"
	[[ $stderr = *"$cached"*"${rotten%% *}"*"$sum"* ]]
	[ ! -e "$cached" ]
	run -0 "$tools/fetch-source" "$library"
	cmp "$cached" "$BATS_TEST_TMPDIR/tarball"
}

@test "a source that nobody has is one line with every place tried, and leaves nothing" {
	make_library upstream="'file:///nowhere/a.tar.gz file:///nowhere/b.tar.gz'"
	echo "deb file:/nowhere/debian $codename main" >"$apt/sources.list"
	run -1 --separate-stderr "$tools/fetch-source" "$library"
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr = *"$cached, file:/nowhere/debian/$pool, file:///nowhere/a.tar.gz, file:///nowhere/b.tar.gz"* ]]
	[ -z "$(ls "$MKPORTABLE_CACHE/sources")" ]
}

@test "an address that refuses connections is passed over" {
	make_library upstream="'http://127.0.0.1:9/libtiny.tar.gz file://$BATS_TEST_TMPDIR/tarball'"
	run -0 --separate-stderr "$tools/fetch-source" "$library"
	[ "$output" = "$cached" ]
}

@test "the mirror of this machine's apt is asked before upstream" {
	make_library upstream=file:///nowhere/a.tar.gz
	make_mirror "$BATS_TEST_TMPDIR/mirror/debian"
	echo "deb [arch=$(dpkg --print-architecture)] file://$BATS_TEST_TMPDIR/mirror/debian/ $codename contrib main # near" >"$apt/sources.list"
	run -0 --separate-stderr "$tools/fetch-source" "$library"
	[ "$output" = "$cached" ]
}

mirror() { # ADDRESS [KIND]
	run -0 --separate-stderr "$tools/debian-mirror" "${@:2}"
	echo "$output"
	[ "$output" = "$1" ]
}

@test "before apt-get update a mirror is known by its address and suite, in sources of either form" {
	echo "deb [ trusted=yes ]	file:/a/debian $codename main" >"$apt/sources.list"
	mirror file:/a/debian/
	mirror '' security
	rm "$apt/sources.list"
	cat >"$apt/sources.list.d/a.sources" <<-END
		# a comment
		Types: deb
		URIs: file:///b/debian-security
		Suites: $codename-security
		Components: main

		types: deb deb-src
		URIs: file:///b/else
		  file:/b/else-too
		Suites: $codename $codename-updates
		Components: main contrib
	END
	mirror file:/b/else/
	mirror file:/b/debian-security/ security
}

@test "after apt-get update it is known by who publishes it, whatever its name" {
	index=main/binary-$(dpkg --print-architecture)/Packages
	for name in Other Debian; do
		archive=$apt/archive-of-$name/dists/$codename
		mkdir -p "$archive/${index%/*}"
		printf 'Package: tiny\nVersion: 1\nArchitecture: all\nFilename: tiny.deb\nSize: 1\nSHA256: %064d\n' 0 >"$archive/$index"
		printf '%s: %s\n' Origin $name Label $name Codename "$codename" Components main \
			Date "$(LC_ALL=C date --utc --rfc-email)" >"$archive/Release"
		printf 'SHA256:\n %s %s %s\n' "$(sha256sum <"$archive/$index" | cut -d ' ' -f 1)" \
			"$(stat --format=%s "$archive/$index")" "$index" >>"$archive/Release"
		echo "deb [trusted=yes] file:${archive%/dists/*} $codename main" >>"$apt/sources.list"
	done
	mirror ''
	apt-get -q update
	mirror "file:$apt/archive-of-Debian/"
}

@test "a mirror list, as in Debian's cloud images, is followed" {
	echo "file:/c/debian priority:1" >"$BATS_TEST_TMPDIR/mirrors.list"
	printf 'Types: deb\nURIs: mirror+file://%s\nSuites: %s\nComponents: main\n' \
		"$BATS_TEST_TMPDIR/mirrors.list" "$codename" >"$apt/sources.list.d/debian.sources"
	mirror file:/c/debian
}

@test "third-party, security, disabled and commented sources are not asked" {
	make_library upstream=file:///nowhere/a.tar.gz
	cat >"$apt/sources.list" <<-END
		deb [signed-by=/usr/share/keyrings/other.gpg] file:///other/apt $codename main
		deb file:///other/debian $codename stable
		deb cdrom:[Debian]/ $codename main
		deb file:///other/debian $codename-security main
		# deb file:///other/debian $codename main
	END
	cat >"$apt/sources.list.d/off.sources" <<-END
		Enabled: no
		Types: deb
		URIs: file:///other/debian
		Suites: $codename
		Components: main
	END
	run -1 --separate-stderr "$tools/fetch-source" "$library"
	[[ $stderr = *"tried $cached, file:///nowhere/a.tar.gz;"* ]]
}

@test "a name that is none is a usage error, and an unknown library an error" {
	for name in '' .. ../x/Y a_b A -v 'a b' 'a;b' 'x/'; do
		run -2 --separate-stderr "$tools/fetch-source" "$name"
		[ -z "$output" ]
		[[ $stderr = "fetch-source: not a library's name: "* ]]
	done
	run -2 --separate-stderr "$tools/fetch-source"
	[[ $stderr = "usage: "* ]]
	run -2 --separate-stderr "$tools/build-library" libtiny
	[[ $stderr = "usage: "* ]]
	run -1 --separate-stderr "$tools/fetch-source" libnone
	[[ $stderr = "fetch-source: no library 'libnone': "* ]]
	run -1 --separate-stderr "$tools/build-library" libnone "$BATS_TEST_TMPDIR/out"
	[[ $stderr = "fetch-source: no library 'libnone': "* ]]
	[ ! -e "$BATS_TEST_TMPDIR/out" ]
}

@test "a library is built silently: its header, its archive, and no work directory" {
	make_library
	run -0 --separate-stderr "$tools/build-library" "$library" "$BATS_TEST_TMPDIR/build/out"
	[ -z "$output$stderr" ]
	[ -e "$BATS_TEST_TMPDIR/build/out/include/tiny.h" ]
	[ -e "$BATS_TEST_TMPDIR/build/out/lib/libtiny.a" ]
	[ ! -e "$BATS_TEST_TMPDIR/build/out.work/libtiny" ]
}

@test "a library without a configure script is made by its Makefile, with the same flags" {
	make_library "prepare='mv configure make-it'" "make='-f make-it.mk all'"
	mkdir -p "$library.patches"
	printf -- '--- a/make-it.mk\n+++ b/make-it.mk\n@@ -0,0 +1,3 @@\n+all: libtiny.a\n+libtiny.a: libtiny.a(tiny.o)\n+CFLAGS += -DVERSION=\\"1.0\\"\n' \
		>"$library.patches/makefile.patch"
	"$tools/build-library" "$library" "$BATS_TEST_TMPDIR/out"
	[ -e "$BATS_TEST_TMPDIR/out/lib/libtiny.a" ]
	[ -e "$BATS_TEST_TMPDIR/out/include/tiny.h" ]
}

@test "a patch beside a library is applied, and one that does not fit is an error" {
	make_library
	mkdir "$library.patches"
	(cd "$BATS_TEST_TMPDIR/source" && diff -u libtiny-1.0/tiny.h - <<<'const char *tiny(void); /* patched */' |
		sed 's/^+++ -/+++ libtiny-1.0\/tiny.h/') >"$library.patches/tiny.patch" || true
	"$tools/build-library" "$library" "$BATS_TEST_TMPDIR/out"
	grep -q patched "$BATS_TEST_TMPDIR/out/include/tiny.h"
	sed -i s/const/constant/ "$library.patches/tiny.patch"
	run -1 --separate-stderr "$tools/build-library" "$library" "$BATS_TEST_TMPDIR/other"
	[ ! -e "$BATS_TEST_TMPDIR/other/lib/libtiny.a" ]
}

@test "a library's bytes do not depend on directory, umask, locale, flags or make's variables" {
	make_library
	"$tools/build-library" "$library" "$BATS_TEST_TMPDIR/a/out"
	printf 'all:\n\t+%s %s %s\n' "$tools/build-library" "$library" "$BATS_TEST_TMPDIR/another-directory/b" >"$BATS_TEST_TMPDIR/Makefile"
	(
		umask 077
		export LC_ALL=C.UTF-8 TZ=Asia/Tokyo CFLAGS=-O3 CPPFLAGS=-DX SOURCE_DATE_EPOCH=86400
		make -s -j2 -f "$BATS_TEST_TMPDIR/Makefile" CFLAGS=-DVERSION=2 VERSION=2
	)
	diff -r "$BATS_TEST_TMPDIR/a/out" "$BATS_TEST_TMPDIR/another-directory/b"
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/another-directory/b/lib/libtiny.a")" = 644 ]
	run ! grep -q "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/a/out/lib/libtiny.a"
}

@test "a library is built once for all that its bytes depend on" {
	make_library
	"$tools/library" "$library" "$BATS_TEST_TMPDIR/one"
	cmp "$BATS_TEST_TMPDIR/one/include/tiny.h" "$BATS_TEST_TMPDIR/source/libtiny-1.0/tiny.h"
	stubs=$BATS_TEST_TMPDIR/stubs
	mkdir "$stubs"
	printf '#!/bin/sh\nexit 1\n' >"$stubs/tar"
	chmod +x "$stubs/tar"
	PATH=$stubs:$PATH "$tools/library" "$library" "$BATS_TEST_TMPDIR/two"
	diff -r "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
	# and anew for another compiler, source or recipe
	for change in CC='gcc -O1' X=other; do
		[ "$change" != X=other ] || echo '# another' >>"$library"
		run ! env "$change" PATH="$stubs:$PATH" "$tools/library" "$library" "$BATS_TEST_TMPDIR/three"
	done
	[ ! -e "$BATS_TEST_TMPDIR/three/lib" ]
}

@test "a specs file may lie in a path with a space" {
	make_library
	mkdir "$BATS_TEST_TMPDIR/a b"
	gcc -dumpspecs >"$BATS_TEST_TMPDIR/a b/specs"
	cd "$BATS_TEST_TMPDIR/a b"
	CC='gcc -specs=specs' "$tools/library" "$library" out
	[ -e out/lib/libtiny.a ]
}

@test "make -n builds no library" {
	make_library
	printf 'all:\n\t+%s %s %s\n' "$tools/library" "$library" "$BATS_TEST_TMPDIR/build/out" >"$BATS_TEST_TMPDIR/Makefile"
	make -n -f "$BATS_TEST_TMPDIR/Makefile"
	[ ! -e "$BATS_TEST_TMPDIR/build" ]
}

@test "a library that cannot be built shows the end of its log and installs nothing" {
	make_library make=no-such-target
	run -1 --separate-stderr "$tools/build-library" "$library" "$BATS_TEST_TMPDIR/build/out"
	[ -z "$output" ]
	[[ $stderr = *"No rule to make target 'no-such-target'"*"build-library: cannot build libtiny 1.0; the whole story is in "* ]]
	[ -e "$BATS_TEST_TMPDIR/build/out.work/libtiny.log" ]
	[ ! -e "$BATS_TEST_TMPDIR/build/out/lib/libtiny.a" ]
}

@test "with the musl specs, -static-pie makes a program that needs no interpreter" {
	[ -e "/usr/lib/$(gcc -print-multiarch | sed s/-gnu/-musl/)/musl-gcc.specs" ] || skip musl-tools
	cd "$BATS_TEST_TMPDIR"
	"$tools/musl-specs" >musl.specs
	printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >hello.c
	gcc -specs=musl.specs -static-pie -fPIE hello.c -o hello
	run -0 ./hello
	[ "$output" = hello ]
	run -0 readelf -hldW hello
	[[ $output = *"Type:"*"DYN"* ]]
	[[ $output != *INTERP* ]]
	[[ $output != *NEEDED* ]]
}

@test "a compiler of an unknown kind gets no specs" {
	printf '#!/bin/sh\necho pdp11-unix\n' >"$BATS_TEST_TMPDIR/cc"
	chmod +x "$BATS_TEST_TMPDIR/cc"
	CC=$BATS_TEST_TMPDIR/cc run -1 --separate-stderr "$tools/musl-specs"
	[ -z "$output" ]
	[[ $stderr = "musl-specs: no musl architecture is known for 'pdp11-unix' of "* ]]
}

@test "specs are for a musl that is not installed as well, in a directory that they can name" {
	musl=/usr/lib/$(gcc -print-multiarch | sed 's/-gnu/-musl/')
	mkdir -p "$BATS_TEST_TMPDIR/root/usr/lib" "$BATS_TEST_TMPDIR/root/usr/include"
	cp -r "$musl" "$BATS_TEST_TMPDIR/root/usr/lib/"
	cp -r "/usr/include/${musl##*/}" "$BATS_TEST_TMPDIR/root/usr/include/"
	cd "$BATS_TEST_TMPDIR"
	"$tools/musl-specs" "$PWD/root" >musl.specs
	run ! grep -E "[^/a-zA-Z0-9._-]/usr/(lib|include)/${musl##*/}" musl.specs
	printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >hello.c
	gcc -specs=musl.specs -static-pie -fPIE -Wl,-t -o hello hello.c >files
	[ "$(./hello)" = hello ]
	grep -q "^$PWD/root/usr/lib/${musl##*/}/rcrt1.o" files
	run ! grep -q "^$musl" files
	run -1 --separate-stderr "$tools/musl-specs" "/a directory"
	[[ $stderr == "musl-specs: a directory without white space"*", not '/a directory'" ]]
	run -2 --separate-stderr "$tools/musl-specs" a b
	run -2 --separate-stderr "$tools/foreign-tree" arm64
	[ "$stderr" = 'usage: tools/foreign-tree ARCHITECTURE [--no-depends] PACKAGE[=VERSION]...' ]
}

@test "where all is there, bootstrap says nothing and calls nobody" {
	pretend_debian 0 openssl wrk
	run -0 --separate-stderr bootstrap bench
	[ -z "$output$stderr" ]
}

@test "as root, bootstrap prints one line with what is missing, and runs it" {
	pretend_debian 0 clang mandoc shellcheck
	run -0 --separate-stderr bootstrap lint bench
	[ "${lines[0]}" = "apt-get -q update && env DEBIAN_FRONTEND=noninteractive apt-get -q install --yes --no-install-recommends clang-format clang-tidy cppcheck npm openssl wrk" ]
	[ "${lines[1]}" = "apt-get was called: -q update" ]
	[ "${lines[2]}" = "apt-get was called: -q install --yes --no-install-recommends clang-format clang-tidy cppcheck npm openssl wrk" ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "a package of another architecture is missing here" {
	pretend_debian 0
	printf '#!/bin/sh\necho installed wrk arm64\n' >"$stubs/dpkg-query"
	run -0 --separate-stderr bootstrap bench
	[[ ${lines[0]} = *" wrk" ]]
}

@test "a package that another one provides is not missing" {
	pretend_debian 0
	printf '#!/bin/sh\necho "installed asker amd64 a, wrk (= 4.1), openssl, b"\n' >"$stubs/dpkg-query"
	run -0 --separate-stderr bootstrap bench
	[ -z "$output$stderr" ]
}

@test "bootstrap goes through sudo, and without it leaves the line to root" {
	pretend_debian 1000
	run -1 --separate-stderr bootstrap bench
	[[ $output = "apt-get -q update && env DEBIAN_FRONTEND=noninteractive apt-get "*" wrk" ]]
	[ "$stderr" = "bootstrap: there is no sudo here: root has to run that line" ]
	printf '#!/bin/sh\necho "by sudo: $*"\n' >"$stubs/sudo"
	chmod +x "$stubs/sudo"
	run -0 --separate-stderr bootstrap bench
	[[ ${lines[0]} = "sudo apt-get -q update && sudo env "* ]]
	[ "${lines[1]}" = "by sudo: apt-get -q update" ]
}

@test "an apt-get that fails makes bootstrap fail" {
	pretend_debian 0
	printf '#!/bin/sh\nexit 100\n' >"$stubs/apt-get"
	run -1 --separate-stderr bootstrap bench
	[ "$stderr" = "bootstrap: cannot install what is missing" ]
}

@test "on another distribution, and on an old Debian, bootstrap lists and stops" {
	pretend_debian 0
	for os in 'ID=fedora VERSION_ID=43 PRETTY_NAME="Fedora Linux 43"' \
		'ID=ubuntu VERSION_ID="24.04" PRETTY_NAME=Ubuntu' \
		'ID=debian VERSION_ID="11" PRETTY_NAME="Debian 11"' ''; do
		echo "$os" >"$OS_RELEASE"
		run -1 --separate-stderr bootstrap bench
		[ -z "$output" ]
		[[ ${stderr_lines[0]} = "bootstrap: this is "*", not Debian 12 or later; "* ]]
		[ "${stderr_lines[1]} ${stderr_lines[2]}" = 'openssl wrk' ]
		[ "${#stderr_lines[@]}" -eq 3 ]
	done
}

@test "Debian testing, which has no version, is later than any" {
	pretend_debian 0 wrk
	echo ID=debian >"$OS_RELEASE"
	run -0 bootstrap bench
}

@test "a group that is none is a usage error" {
	for group in '' nix 'build check' --help; do
		run -2 --separate-stderr "$tools/bootstrap" "$group"
		[ -z "$output" ]
		[ "$stderr" = "bootstrap: no such group: '$group'; groups: build demo check lint bench mkosi examples vm arm64 vm-arm64 release" ]
	done
	run -2 --separate-stderr "$tools/bootstrap"
	[ "$stderr" = "bootstrap: which group?; groups: build demo check lint bench mkosi examples vm arm64 vm-arm64 release" ]
}

@test "a directory is made once, by one of all who ask for it at the same time, and kept" {
	printf '#!/bin/sh\necho said; sleep 0.2; mkdir "$2" && echo "$1" >>"$2/made"\n' >"$BATS_TEST_TMPDIR/make"
	chmod +x "$BATS_TEST_TMPDIR/make"
	for asker in 1 2 3; do
		"$tools/cached" kind/of-1 "$BATS_TEST_TMPDIR/make" here >"$BATS_TEST_TMPDIR/path.$asker" 2>>"$BATS_TEST_TMPDIR/said" &
	done
	wait
	for asker in 1 2 3; do
		[ "$(<"$BATS_TEST_TMPDIR/path.$asker")" = "$MKPORTABLE_CACHE/kind/of-1" ]
	done
	[ "$(<"$MKPORTABLE_CACHE/kind/of-1/made")" = here ]
	[ "$(<"$BATS_TEST_TMPDIR/said")" = said ]
}

@test "a directory that cannot be made is not there, and is tried again" {
	printf '#!/bin/sh\nmkdir "$1" && : >"$1/half" && exit 3\n' >"$BATS_TEST_TMPDIR/make"
	chmod +x "$BATS_TEST_TMPDIR/make"
	run -1 --separate-stderr "$tools/cached" kind/of-1 "$BATS_TEST_TMPDIR/make"
	[ -z "$output" ]
	run -0 find "$MKPORTABLE_CACHE/kind" -type d -name 'of-1*'
	[ -z "$output" ]
	printf '#!/bin/sh\nmkdir "$1"\n' >"$BATS_TEST_TMPDIR/make"
	run -0 "$tools/cached" kind/of-1 "$BATS_TEST_TMPDIR/make"
	[ -d "$output" ]
}

@test "a Debian tree is made of an index that has expired only after the check of it, and it is said" {
	stubs=$BATS_TEST_TMPDIR/stubs
	mkdir "$stubs"
	cat >"$stubs/mmdebstrap" <<-'END'
		#!/bin/sh
		echo "$*" >>"$STUB_LOG"
		case $* in
		*'Acquire::Check-Valid-Until "false"'*) exit 0 ;;
		esac
		echo 'E: Release file for http://mirror/dists/forky/InRelease is expired (invalid since 21d 15h).'
		exit 1
	END
	chmod +x "$stubs/mmdebstrap"
	export STUB_LOG=$BATS_TEST_TMPDIR/log LAB_MIRROR=http://127.0.0.1:9/debian
	PATH=$stubs:$PATH run -0 --separate-stderr "$tools/debian-system" forky apt mount "$BATS_TEST_TMPDIR/tree"
	[ "${stderr_lines[-1]}" = "debian-system: the index of forky has expired, using it all the same" ]
	[ "$(wc -l <"$STUB_LOG")" -eq 2 ]
	sed -n 1p "$STUB_LOG" | grep -qF 'Acquire::Check-Valid-Until "true"'
}

@test "a Debian tree is made also by who has many descriptors open" {
	stubs=$BATS_TEST_TMPDIR/stubs
	mkdir "$stubs"
	printf '#!/bin/sh\nls /proc/self/fd >"$STUB_LOG"\n' >"$stubs/mmdebstrap"
	chmod +x "$stubs/mmdebstrap"
	export STUB_LOG=$BATS_TEST_TMPDIR/log
	LAB_MIRROR=http://127.0.0.1:9/debian PATH=$stubs:$PATH \
		"$tools/debian-system" trixie apt mount "$BATS_TEST_TMPDIR/tree" 5</dev/null 12</dev/null
	# ls has the directory open as well.
	[ "$(tr '\n' ' ' <"$STUB_LOG")" = '0 1 2 3 ' ]
}

@test "a Debian tree that no mirror has is tried three times, and apt's words are told" {
	stubs=$BATS_TEST_TMPDIR/stubs
	mkdir "$stubs"
	printf '#!/bin/sh\necho "E: $*: no such mirror"; exit 1\n' >"$stubs/mmdebstrap"
	printf '#!/bin/sh\n' >"$stubs/sleep"
	chmod +x "$stubs"/*
	LAB_MIRROR=http://127.0.0.1:9/debian PATH=$stubs:$PATH run -1 --separate-stderr \
		"$tools/debian-system" trixie apt mount,curl "$BATS_TEST_TMPDIR/tree"
	[ "$(grep -c '^E: .*--include=mount,curl .*no such mirror$' <<<"$stderr")" = 3 ]
	[ "${stderr_lines[-1]}" = "debian-system: cannot make a tree of trixie with mount,curl from http://127.0.0.1:9/debian" ]
	[ ! -e "$BATS_TEST_TMPDIR/tree" ]
}

# A checkout with tools/examples, an example of this README, and programs that write down how
# they were called; mkportable makes the image unless the example has a file "bad".
make_example() { # NAME LINE...
	checkout=$BATS_TEST_TMPDIR/checkout
	mkdir -p "$checkout"/{tools,build,examples/programs,"examples/$1"}
	cp "$tools/examples" "$checkout/tools/"
	printf 'export SOURCE_DATE_EPOCH ?= 7\n' >"$checkout/Makefile"
	: >"$checkout/os-release.in"
	{
		printf '# %s\n\nWords, and `portablectl attach` among them:\n\n' "$1"
		printf '    %s\n' "${@:2}"
	} >"$checkout/examples/$1/README.md"
	cat >"$checkout/build/mkportable" <<-'END'
		#!/bin/sh
		echo "mkportable $* at $SOURCE_DATE_EPOCH" >>"$CALLS"
		for last; do :; done
		[ ! -e "$last/bad" ] || exit 1
		echo image >"${last##*/}_0.raw"
	END
	cat >"$checkout/tools/mkportable-debian-tree" <<-'END'
		#!/bin/sh
		echo "debian-tree $*" >>"$CALLS"
		for last; do :; done
		mkdir "$last"
	END
	chmod +x "$checkout/build/mkportable" "$checkout/tools/mkportable-debian-tree"
	export CALLS=$BATS_TEST_TMPDIR/calls
	: >"$CALLS"
	unset SUITE EXAMPLES EXAMPLES_DIRECTORY SOURCE_DATE_EPOCH
}

@test "an example is made by the lines of its README, once, and again when it or its packages change" {
	make_example thing 'mkportable-debian-tree one two tree && mkportable build --root=tree examples/thing' \
		'portablectl attach --now --profile=dense ./thing_0.raw thing && ask it'
	examples=$checkout/tools/examples

	"$examples" build
	[ "$(<"$checkout/build/examples/thing_0.raw")" = image ]
	diff "$CALLS" - <<-END
		debian-tree one two tree
		mkportable build --os-release=$checkout/os-release.in --root=tree examples/thing at 7
	END
	"$examples" build thing
	[ "$(wc -l <"$CALLS")" -eq 2 ]
	touch -d '+1 minute' "$checkout/examples/thing/thing.service"
	"$examples" build thing
	[ "$(wc -l <"$CALLS")" -eq 3 ]
	sed -i s/two/three/ "$checkout/examples/thing/README.md"
	"$examples" build thing
	[ "$(tail -n 2 "$CALLS" | head -n 1)" = 'debian-tree one three tree' ]
	SUITE=sid "$examples" build thing
	[ "$(tail -n 2 "$CALLS" | head -n 1)" = 'debian-tree --suite=sid one three tree' ]
	[ -f "$checkout/build/examples/sid/thing_0.raw" ]

	[ "$("$examples" packages thing)" = 'one three' ]
	[ "$("$examples" attach thing)" = 'portablectl attach --now --profile=dense ./thing_0.raw thing' ]
	[ "$("$examples" profile thing)" = dense ]
	[ "$("$examples" ask thing)" = 'ask it' ]
}

@test "an example whose lines fail, or are not there, is an error that names its README" {
	make_example thing 'mkportable build examples/thing' 'portablectl attach --profile=dense ./thing_0.raw thing && ask'
	: >"$checkout/examples/thing/bad"
	run -1 --separate-stderr "$checkout/tools/examples" build thing
	[[ $stderr == *"examples/thing/README.md: that failed: mkportable build examples/thing"* ]]
	[ ! -e "$checkout/build/examples/thing_0.raw" ]

	make_example thing 'mkportable build examples/thing'
	run -1 --separate-stderr "$checkout/tools/examples" profile thing
	[[ $stderr == "examples: examples/thing/README.md has not exactly one line 'portablectl attach "* ]]
	make_example thing 'portablectl attach ./thing_0.raw thing && ask'
	run -1 --separate-stderr "$checkout/tools/examples" profile thing
	[ "$stderr" = "examples: examples/thing/README.md attaches without a profile" ]

	run -2 --separate-stderr "$checkout/tools/examples" build other
	[ "$stderr" = "examples: no such example: 'other'" ]
	EXAMPLES=../thing run -2 --separate-stderr "$checkout/tools/examples" names
}

@test "two examples have their turn, others with each commit, until each had one" {
	for name in a b c d e; do
		make_example $name 'portablectl attach --profile=dense ./a_0.raw a && ask'
	done
	git -C "$checkout" init -q
	seen=
	for _ in 1 2 3; do
		git -C "$checkout" -c user.name=x -c user.email=x commit -q --allow-empty -m x
		turn=$("$checkout/tools/examples" in-turn)
		[ "$(wc -l <<<"$turn")" -eq 2 ]
		seen+=$turn$'\n'
	done
	[ "$(sort -u <<<"$seen" | tr -d '\n')" = abcde ]
	[ "$(EXAMPLES='e a c' "$checkout/tools/examples" in-turn | tr -d '\n')" = eac ]
}

@test "tables are filled by what a command prints, and nothing changes when it fails" {
	mark() { printf '<!-- table of %s by `make %s`; do not edit from here to its end -->\n' "$@"; }
	end='<!-- end of table -->'
	printf '%s\n' before "$(mark a readme)" old "$end" between "$(mark b other)" kept "$end" after >"$BATS_TEST_TMPDIR/file"
	"$tools/fill-tables" "$BATS_TEST_TMPDIR/file" readme printf 'new %s\n'
	diff "$BATS_TEST_TMPDIR/file" - <<-END
		before
		$(mark a readme)
		new a
		$end
		between
		$(mark b other)
		kept
		$end
		after
	END
	cp "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/same"
	run -1 "$tools/fill-tables" "$BATS_TEST_TMPDIR/file" readme false
	cmp "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/same"
}
