#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the README shows is what happens: its sessions are run, its table is what is built.

bats_require_minimum_version 1.5.0
load helpers
load lab

setup() {
	cd "$BATS_TEST_DIRNAME/.."
}

@test "make demo shows the session of the README, in that order" {
	lab_needs_root
	session=$(block_with '[.]raw visitord')
	[[ $session == *'#2!'* ]]
	run -0 --separate-stderr env -u MAKEFLAGS -u MAKELEVEL make demo
	echo "$output"
	shown=$(grep -Fx -f <(printf '%s\n' "$session") <<<"$output")
	diff <(printf '%s\n' "$session") <(printf '%s\n' "$shown")
}

@test "make demo-boot shows the session of the README" {
	lab_needs_root
	session=$(block_with systemd-nspawn)
	[[ $session == *'#2!'* ]]
	run -0 --separate-stderr env -u MAKEFLAGS -u MAKELEVEL make demo-boot
	echo "$output"
	shown=$(grep -Fx -f <(printf '%s\n' "$session") <<<"$output")
	diff <(printf '%s\n' "$session") <(printf '%s\n' "$shown")
}

# Files below these directories of the lab.
installed_files() {
	lab sh -c 'find /etc /usr/local /run/systemd/system* ! -type d'
}

@test "what the README says for your own machine works as printed, and its way back leaves nothing" {
	lab_needs_root
	there=$(block_with 'sudo make install')
	back=$(block_with 'detach --enable')
	[[ $there == '$ tools/bootstrap build'$'\n''$ make'$'\n''$ sudo make install'$'\n'* ]]
	[[ $back == *$'\n''$ sudo make uninstall' ]]
	root=$BATS_TEST_TMPDIR/root

	export LAB_STATE=$BATS_TEST_TMPDIR/lab
	"$lab_tool" up "$LAB_STATE"
	printf '#!/bin/sh\nexec "$@"\n' >"$BATS_TEST_TMPDIR/sudo"
	chmod +x "$BATS_TEST_TMPDIR/sudo"
	lab_push "$BATS_TEST_TMPDIR/sudo" /usr/bin/
	before=$(installed_files)

	# The lab has no compiler: what make installs is carried there.
	make --silent install DESTDIR="$root"
	lab_push "$root"/usr/local/* /usr/local/
	steps=$(sed '1,/make install/d' <<<"$there")
	run -0 --separate-stderr lab sh -euc "$(sed -n 's/^\$ //p' <<<"$steps")"
	[ "$output" = "$(sed '/^\$ /d' <<<"$steps")" ]
	lab test -L /etc/systemd/system.attached/sockets.target.wants/visitord.socket
	run -0 lab systemd-analyze security --no-pager visitord.service
	level=$(sed -n 's/.*Overall exposure level for visitord.service: \([0-9.]*\) .*/\1/p' <<<"$output")
	grep -qF "visitord has $level then" README.md

	lab sh -euc "$(sed -n 's/^\$ //p' <<<"$back" | sed '$d')"
	lab_has_no_units() { [ -z "$(lab systemctl list-units --all --no-legend 'visitord*')" ]; }
	eventually lab_has_no_units
	run ! lab curl -sSf --max-time 5 http://localhost:8080/
	diff <(installed_files | sort) <({
		printf '%s\n' "$before"
		cd "$root" && find usr ! -type d -printf '/%p\n'
	} | sort)
	make --silent uninstall DESTDIR="$root"
	[ -z "$(find "$root" ! -type d)" ]
}

@test "the service that the README adds is built and can be attached" {
	lab_needs_root
	steps=$(block_with 'hello.service' | sed -n '/portablectl/!p')
	[ -n "$steps" ]
	mkdir "$BATS_TEST_TMPDIR/programs"
	printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >"$BATS_TEST_TMPDIR/hello.c"
	cc -specs=build/musl.specs -static-pie -o "$BATS_TEST_TMPDIR/programs/hello" "$BATS_TEST_TMPDIR/hello.c"
	PATH=$PWD/build:$PATH
	template=$PWD/os-release.in
	cd "$BATS_TEST_TMPDIR"
	# The prompt goes, and the two paths that stand for the reader's.
	sed -e 's/^\$ //' -e 's/^> //' -e "s#/path/of/programs#$PWD/programs#" \
		-e "s#mkportable build#& --os-release=$template#" >steps.bash <<<"$steps"
	bash -eu steps.bash
	[ -f hello_1.raw ]

	export LAB_STATE=$BATS_TEST_TMPDIR/lab
	"$lab_tool" up "$LAB_STATE"
	lab_push hello_1.raw /root/
	lab portablectl --quiet attach --profile=strict /root/hello_1.raw hello
	lab systemctl start hello.service
	lab journalctl --sync
	[ "$(lab journalctl --unit=hello.service --output=cat _COMM=hello)" = hello ]
	lab_teardown_file
}

teardown() {
	[ -z "${LAB_STATE-}" ] || lab_teardown_file
}

@test "the tables are what was built, but for sizes, which are the last release's" {
	mapfile -t ids < <(cd images && printf '%s\n' */ | tr -d /)
	# Sizes are those of the last release. Exposures are those of Debian 12's systemd;
	# elsewhere everything but the numbers is the same.
	numbers='sed -e s/[0-9]*.KiB/N/g -e s/version.[0-9.]*/version/'
	grep -q '^VERSION_ID="12"' /etc/os-release || numbers='sed s/[0-9][0-9.]*/N/g'
	for table in images exposure; do
		tools/image-table "$table" "${ids[@]}" >"$BATS_TEST_TMPDIR/$table"
		sed -n "/^<!-- table of $table by/,/^<!-- end of table/{/^<!--/d;p;}" README.md >"$BATS_TEST_TMPDIR/readme"
		[ -s "$BATS_TEST_TMPDIR/readme" ]
		diff <($numbers <"$BATS_TEST_TMPDIR/$table") <($numbers <"$BATS_TEST_TMPDIR/readme")
	done
}

@test "each example has a README that says how to make, attach and ask it, questions, and a row in the table" {
	for name in $(tools/examples names); do
		profile=$(tools/examples profile "$name")
		[ -n "$(tools/examples ask "$name")" ]
		grep -q "^    .*mkportable build .*examples/$name\$" "examples/$name/README.md"
		[ -x "tests/examples/$name" ]
		grep -qF "| [$name]($name/README.md) | $(tools/examples packages "$name") | $profile |" examples/README.md
	done
	for questions in tests/examples/*; do
		[ -d "examples/$(basename "$questions")" ]
	done
}

@test "every profile is in the README" {
	for profile in profiles/*/; do
		grep -q "^| \`$(basename "$profile")\` |" README.md
	done
}

@test "every file that the README names is there" {
	for path in $(grep -oE '`(tools|services|images|profiles|tests|docs|lib)/[a-z/.0-9-]*`' README.md | tr -d '`'); do
		[[ $path == *NAME* ]] || [ -e "$path" ]
	done
}
