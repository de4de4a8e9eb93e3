#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every program that goes into an image runs alone: no loader, no library, at an
# address of the kernel's choice, with nothing writable that is executable.
#
# Environment: PROGRAMS, another directory with them; EMULATOR, a command that runs them.

setup() {
	bats_require_minimum_version 1.5.0
	cd "$BATS_TEST_DIRNAME/../${PROGRAMS:-build/bin}"
	programs=(*)
	[ -x "${programs[0]}" ]
}

# Runs a check over all programs, and names the one that fails it.
each() {
	local program

	for program in "${programs[@]}"; do
		"$@" "$program" || {
			echo "fails for: $program" >&2
			return 1
		}
	done
}

header_says() {
	readelf --wide --file-header "$2" | grep -qE "$1"
}

has_segment() {
	readelf --wide --program-headers "$2" | grep -qE "^ +$1 "
}

lacks_segment() {
	! has_segment "$@"
}

stack_is_not_executable() {
	readelf --wide --program-headers "$1" | grep -qE '^ +GNU_STACK .* RW +0x'
}

nothing_is_writable_and_executable() {
	! readelf --wide --program-headers "$1" | grep -qE '^ +LOAD .* RWE '
}

dynamic_says() {
	readelf --wide --dynamic "$2" | grep -qE "$1"
}

dynamic_lacks() {
	! dynamic_says "$@"
}

@test "programs are position-independent (type DYN)" {
	each header_says '^ *Type: +DYN '
}

@test "programs ask for no loader (no INTERP) and no library (no NEEDED)" {
	each lacks_segment INTERP
	each dynamic_lacks '\(NEEDED\)'
}

@test "programs are relocated before they run, and read-only after (RELRO, BIND_NOW)" {
	each has_segment GNU_RELRO
	each dynamic_says 'BIND_NOW|FLAGS.*NOW'
}

@test "programs have no executable stack, and nothing that is writable and executable" {
	each stack_is_not_executable
	each nothing_is_writable_and_executable
}

@test "programs have no text relocations" {
	each dynamic_lacks '\(TEXTREL\)|FLAGS.*TEXTREL'
}

@test "programs are stripped and hold no path of the machine that built them" {
	each lacks_section symtab
	each lacks_text "$(cd "$BATS_TEST_DIRNAME/.." && pwd)/"
}

lacks_section() {
	! readelf --wide --section-headers "$2" | grep -qE "\.$1 "
}

lacks_text() {
	! grep -qaF "$1" "$2"
}

# --help and --version are the first thing that anybody asks of a program.
help_and_version_work() {
	local help version

	help=$(${EMULATOR-} "./$1" --help) && [[ $help == "Usage: $1 "* ]] || return
	version=$(${EMULATOR-} "./$1" --version) && [[ $version =~ ^$1\ [0-9] ]] || return
}

@test "programs answer --help and --version on standard output, with status 0" {
	each help_and_version_work
}

option_names() {
	grep -oE -- '--[a-z][a-z0-9-]*' | sort -u
}

# By UAPI.8; what is linked into it is what its module.mk names, and musl.
note_says_what_is_in_it() {
	local repository=${BATS_TEST_DIRNAME%/*} said wanted=musl
	local makefile=$repository/services/$1/module.mk

	said=$(readelf --wide --notes "$1" | sed -n 's/^ *Packaging Metadata: //p')
	echo "$said"
	[ ! -f "$makefile" ] || wanted+=$(sed -n "s/^$1_libs :=//p" "$makefile")
	[ "$(jq -r '[.static[].name] | join(" ")' <<<"$said")" = "$wanted" ]
	jq -e --arg name "$1" '.name == $name and .type == "generic" and .license == "LGPL-2.1-or-later"
		and (.version | test("^[0-9.]+$"))
		and all(.static[]; (.license | length > 0) and (.version | length > 0))
		and all(.static[] | select(.name != "musl"); .sha256 | test("^[0-9a-f]{64}$"))' <<<"$said"
}

@test "programs say of which package they are, and what is linked into them" {
	each note_says_what_is_in_it
	[ "$("${BATS_TEST_DIRNAME%/*}/tools/package-note" a 1)" = \
		'{"type":"generic","name":"a","version":"1","license":"LGPL-2.1-or-later"}' ]
	# Where nobody knows the version of musl, none is said.
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/dpkg-query"
	chmod +x "$BATS_TEST_TMPDIR/bin/dpkg-query"
	[ "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH "${BATS_TEST_DIRNAME%/*}/tools/package-note" a 1 musl | jq -c '.static')" = \
		'[{"type":"generic","name":"musl","license":"MIT"}]' ]
	# It is one, also where it is installed for two machines.
	printf '#!/bin/sh\nprintf "1.2-3 1.2-3 "\n' >"$BATS_TEST_TMPDIR/bin/dpkg-query"
	[ "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH "${BATS_TEST_DIRNAME%/*}/tools/package-note" a 1 musl | jq -r '.static[].version')" = 1.2-3 ]
}

# The manual page lies beside the program's source.
pages() { # PROGRAM
	compgen -G "$BATS_TEST_DIRNAME/../services/$1/$1.[1-9]" || compgen -G "$BATS_TEST_DIRNAME/../init/$1.[1-9]"
}

page_matches_help() {
	local page told documented

	mapfile -t page < <(pages "$1")
	told=$(${EMULATOR-} "./$1" --help | option_names)
	documented=$(mandoc -T ascii "${page[0]}" | sed 's/.\x08//g' | option_names)
	diff <(printf '%s\n' "$told") <(printf '%s\n' "$documented" | grep -Fx -f <(printf '%s\n' "$told")) || return
}

@test "every option in --help is in the manual page" {
	each page_matches_help
}

@test "every service has a manual page, and mkportable too" {
	each has_page
	[ -f "$BATS_TEST_DIRNAME/../mkportable/mkportable.1" ]
}

has_page() {
	pages "$1" >/dev/null
}

# What a compiler takes for printf(3) and lib/format.h does not know would be seen at run time only.
unknown_formats() { # FILE... (- for standard input)
	grep -noE '"([^"\\]|\\.)*"( PRI[a-zA-Z0-9]+)?' "$@" |
		sed -E 's/%" PRI[udx]64$/"/; s/%%|%(0[1-9][0-9]?)?(l|ll|j|z)?[duxo]|%(\.\*)?s|%c//g' | grep -E '%[-+ #0-9.*]*[a-zA-Z]'
}

@test "every format in lib, init and the services is one that lib/format.h knows" {
	local bad

	for bad in '"%5d"' '"a %i"' '"%.2f"' '"%-3s"' '"%lc %s"'; do
		unknown_formats - <<<"$bad"
	done
	run -1 unknown_formats "$BATS_TEST_DIRNAME"/../{lib,init,init/*,services/*}/*.c
	[ -z "$output" ]
}

# A text of musl's that stands in its printf(3) only.
has_no_printf() {
	! grep -qF -e '-+   0X0x' "$1"
}

@test "no program carries the printf of libc along" {
	grep -qF -e '-+   0X0x' /usr/lib/*-linux-musl/libc.a
	each has_no_printf
}
