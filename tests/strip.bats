#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What "mkportable build --strip" promises: programs and libraries that it takes from a tree or
# from the program path lose debug information and symbol tables, and run as before; debuggers
# find what was removed in --debug-files=. Nothing else changes, and nothing without --strip.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	export PARTS=$BATS_FILE_TMPDIR/parts
	mkdir "$PARTS"
	cd "$PARTS" || return
	echo '__attribute__((noinline)) static int secret(int x) { return x + 41; } int main(int n, char **v) { (void)v; return secret(n) != 42; }' >program.c
	echo 'static int inner(void) { return 7; } int f(void) { return inner(); }' >f.c
	echo 'int f(void); int main(void) { return f() != 7; }' >user.c
	musl-gcc -g -static -Wl,--build-id program.c -o program
	musl-gcc -g -static -Wl,--build-id=none program.c -o anonymous
	musl-gcc -s -static program.c -o bare
	gcc -g -shared -fPIC -Wl,--build-id f.c -o libf.so
	gcc -g -Wl,--build-id user.c -o user -L. -lf
}

setup() {
	in_scratch
	mkdir private
	export TMPDIR=$PWD/private
	build_options+=(--program-path="$PARTS")
}

teardown() {
	[ -z "$(ls private)" ]
}

unpack() { # IMAGE DIRECTORY
	unsquashfs -q -n -d "$2" "$1"
}

has_symbols() { # FILE
	readelf --wide --section-headers "$1" | grep -qE '\.(symtab|debug_info) '
}

# Where debuggers look for the removed part of a file.
by_build_id() { # FILE
	readelf --notes "$1" | sed -nE 's/.*Build ID: (..)(.*)/.build-id\/\1\/\2.debug/p'
}

@test "a stripped program runs, and is smaller; without --strip it stays as it is" {
	service demo ExecStart=/usr/bin/program
	build --output=demo_plain.raw demo
	unpack demo_plain.raw plain
	cmp plain/usr/bin/program "$PARTS/program"
	run -0 --separate-stderr build --strip demo
	[ -z "$output$stderr" ]
	unpack demo_0.raw image
	has_symbols plain/usr/bin/program
	run -1 has_symbols image/usr/bin/program
	[ "$(stat -c %s image/usr/bin/program)" -lt "$(stat -c %s plain/usr/bin/program)" ]
	[ "$(stat -c %a image/usr/bin/program)" = 755 ]
	image/usr/bin/program
	mkportable lint demo_0.raw
}

@test "programs and libraries of a tree are stripped, and run" {
	mkdir -p tree/usr/bin tree/usr/lib
	cp "$PARTS/user" tree/usr/bin
	cp "$PARTS/libf.so" tree/usr/lib
	chmod 0700 tree/usr/bin/user
	cp -a tree before
	service demo ExecStart=/usr/bin/user
	build --root=tree --root=/ --strip --debug-files=debug demo
	unpack demo_0.raw image
	run -1 has_symbols image/usr/bin/user
	run -1 has_symbols image/usr/lib/libf.so
	[ -f "debug/$(by_build_id "$PARTS/user")" ]
	[ -f "debug/$(by_build_id "$PARTS/libf.so")" ]
	if [ "$EUID" -eq 0 ]; then
		chroot image /usr/bin/user
	fi
	diff -r before tree
}

@test "debuggers find what was removed, by build ID or by path" {
	service demo ExecStart=/usr/bin/program ExecStartPre=/usr/bin/anonymous
	build --strip --debug-files=new/debug demo
	unpack demo_0.raw image
	id=$(by_build_id image/usr/bin/program)
	[ "$(cd new/debug && find . -type f | sort)" = "./$id
./usr/bin/anonymous.debug" ]
	[ "$(by_build_id "new/debug/$id")" = "$id" ]
	readelf --string-dump=.gnu_debuglink image/usr/bin/program | grep -F "${id##*/}"
	readelf --string-dump=.gnu_debuglink image/usr/bin/anonymous | grep -F anonymous.debug
	eu-unstrip image/usr/bin/program "new/debug/$id" -o whole
	readelf --symbols whole | grep -w secret
	readelf --debug-dump=decodedline whole | grep -F program.c
	eu-unstrip image/usr/bin/anonymous new/debug/usr/bin/anonymous.debug -o whole
	readelf --symbols whole | grep -w secret
	chmod +x whole
	./whole
}

@test "the same bytes come out again, and older files of the same build ID are replaced" {
	service demo ExecStart=/usr/bin/program ExecStartPre=/usr/bin/anonymous
	build --strip --debug-files=debug --output=demo_0.raw demo
	cp -a debug first
	find debug -type f -exec cp /dev/null {} \;
	mkdir elsewhere
	(umask 077 && TMPDIR=$PWD/elsewhere build --strip --debug-files=debug --output=demo_1.raw demo)
	cmp demo_0.raw demo_1.raw
	diff -r first debug
	[ -z "$(find debug -type f ! -perm 0644)" ]
	[ -z "$(ls elsewhere)" ]
}

@test "files of tree/, and what has no symbols, stay as they are" {
	service demo ExecStart=/usr/bin/program ExecStartPre=/usr/bin/bare ExecStartPost=/usr/bin/script
	mkdir -p demo/tree/usr/bin
	cp "$PARTS/program" demo/tree/usr/bin
	printf '#!/usr/bin/program\n' >demo/tree/usr/bin/script
	chmod +x demo/tree/usr/bin/script
	build --strip --debug-files=debug demo
	unpack demo_0.raw image
	cmp image/usr/bin/program "$PARTS/program"
	cmp image/usr/bin/bare "$PARTS/bare"
	[ ! -e debug ]
}

@test "a program with data behind it keeps the data" {
	mkdir path
	{
		cat "$PARTS/program"
		echo payload
	} >path/packed
	chmod +x path/packed
	service demo ExecStart=/usr/bin/packed
	build --program-path=path --strip demo
	unpack demo_0.raw image
	cmp image/usr/bin/packed path/packed
}

@test "programs for another machine are stripped as well" {
	mkdir path
	cp "$PARTS/program" path/other
	machine=$(od -An -tu1 -j18 -N1 path/other)
	if ((machine == 183)); then
		printf '\x3e\0' # EM_X86_64
	else
		printf '\xb7\0' # EM_AARCH64
	fi | dd of=path/other bs=1 seek=18 conv=notrunc status=none
	service demo ExecStart=/usr/bin/other
	build --program-path=path --strip --debug-files=debug demo
	unpack demo_0.raw image
	run -1 has_symbols image/usr/bin/other
	[ -f "debug/$(by_build_id path/other)" ]
}

@test "without eu-strip in PATH it says what to install; what it says when it fails is shown" {
	service demo ExecStart=/usr/bin/program
	mkportable=$(command -v mkportable)
	run -1 --separate-stderr env PATH=/nowhere "$mkportable" build "${build_options[@]}" --strip demo
	[ "$stderr" = "mkportable: --strip: cannot find eu-strip in \$PATH; install elfutils" ]
	mkdir bin
	printf '#!/bin/sh\necho "no such luck" >&2\nexit 1\n' >bin/eu-strip
	chmod +x bin/eu-strip
	PATH=$PWD/bin:$PATH run -1 --separate-stderr build --strip demo
	[ "$stderr" = "mkportable: demo/demo.service:2: cannot strip the file: no such luck; in tree/ it would be left as it is" ]
	[ ! -e demo_0.raw ]
}

@test "without space for the stripped program that is what it says" {
	mkdir small
	mount -t tmpfs -o size=64k tmpfs small 2>/dev/null || skip "mount: not permitted"
	mkdir path
	head -c 1000000 /dev/zero >zeros
	objcopy --add-section .data.zeros=zeros --set-section-flags .data.zeros=alloc,load,data "$PARTS/program" path/large
	service demo ExecStart=/usr/bin/large
	TMPDIR=$PWD/small run --separate-stderr build --program-path=path --strip demo
	entries=$(ls small)
	umount small
	[ "$status" -eq 1 ]
	[ "$stderr" = "mkportable: demo/demo.service:2: cannot write the stripped file below \$TMPDIR: No space left on device" ]
	[ -z "$entries" ]
	[ ! -e demo_0.raw ]
}

@test "an interrupted eu-strip leaves the older output and nothing else" {
	service demo ExecStart=/usr/bin/program
	echo older >demo_0.raw
	mkdir bin
	printf '#!/bin/sh\ntouch %s/started\nexec sleep 60\n' "$PWD" >bin/eu-strip
	chmod +x bin/eu-strip
	# a shell without job control lets its children ignore SIGINT
	PATH=$PWD/bin:$PATH env --default-signal=INT mkportable build "${build_options[@]}" --strip --debug-files=debug demo 2>said 3>&- &
	pid=$!
	eventually [ -e started ]
	kill -s INT "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" = 130 ]
	[ "$(cat said)" = "mkportable: interrupted" ]
	[ "$(cat demo_0.raw)" = older ]
	[ ! -e debug ]
}

@test "a directory for debug files that cannot be written is one line, and --debug-files= without --strip a usage error" {
	service demo ExecStart=/usr/bin/program
	touch debug
	run -1 --separate-stderr build --strip --debug-files=debug demo
	[ "$stderr" = "mkportable: cannot write 'debug/$(by_build_id "$PARTS/program")': Not a directory" ]
	[ ! -e demo_0.raw ]
	run -2 --separate-stderr build --debug-files=debug demo
	[ "$stderr" = "mkportable: --debug-files= goes only with --strip; see 'mkportable --help'" ]
}
