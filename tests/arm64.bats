#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs and images for arm64, made by `make ARCH=arm64` on a machine of another kind: the
# programs run in an emulator, as they run here; the images have no fault, and one file
# serves both machines.
#
# Needs root: it installs a compiler
# Needs: make arm64

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	repository=$PWD
	bin=$PWD/build/arm64/bin
	emulator=qemu-aarch64
	[ -x "$bin/visitord" ]
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	local pid

	for pid in $(jobs -p); do
		kill "$pid" || true
	done
	wait
}

@test "the programs are static, hardened and for arm64, and tell what they can" {
	for program in "$bin"/*; do
		readelf --file-header "$program" | grep -q 'Machine: *AArch64'
		readelf --wide --program-headers "$program" | awk '$1 == "LOAD" && $NF != "0x10000" { exit 1 }' # any size of pages
	done
	[ "$(cd "$bin" && echo ./*)" = "$(cd "$repository/build/bin" && echo ./*)" ]
	run env -u BATS_TEST_NAME_PREFIX PROGRAMS=build/arm64/bin EMULATOR="$emulator" bats --tap "$repository/tests/programs.bats"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c '^ok' <<<"$output")" -ge 11 ]
}

@test "visitord counts visitors, and remembers them" {
	mkdir state
	for number in 1 2; do
		$emulator "$bin/visitord" --listen=127.0.0.1:0 --state=state 2>log 3>&- &
		pid=$!
		eventually grep -q 'serving http on 127' log
		url=http://127.0.0.1:$(sed -n 's/.*serving http on 127.0.0.1:\([0-9]*\)$/\1/p' log)/
		[ "$(curl --silent --show-error --max-time 20 "$url")" = "Hello! You are visitor #$number!" ]
		kill "$pid"
		wait "$pid"
	done
}

@test "qotd answers with a quote" {
	$emulator "$bin/qotd" --listen=127.0.0.1:0 --quotes="$repository/images/qotd/tree/usr/share/qotd/proverbs.quotes" 2>log 3>&- &
	eventually grep -q '127.0.0.1:' log
	port=$(sed -n 's/.*tcp.*127.0.0.1:\([0-9]*\).*/\1/p' log | head -n 1)
	run -0 timeout 20 bash -c "cat </dev/tcp/127.0.0.1/$port"
	[ ${#output} -gt 10 ]
}

@test "a packet that this machine signs is verified on arm64, and the other way round" {
	((EUID == 0)) || skip "a network namespace needs root"
	export -f eventually
	for pair in "$repository/build/bin/dyndns-update|$emulator $bin/dyndnsd" \
		"$emulator $bin/dyndns-update|$repository/build/bin/dyndnsd"; do
		rm -rf state zone key
		mkdir state zone
		${pair%|*} --generate-key=key >made
		printf '%s\n' "# dynamic: 0 $(sed -n '2s/ *//p' made)" '+a.example:192.0.2.1:300' >zone/data
		touch -d '-1 hour' zone/data
		# shellcheck disable=SC2016 # for the shell in the namespace
		unshare --net bash -euc '
			ip link set lo up
			ip address add 198.51.100.1/32 dev lo
			ip address add 198.51.100.7/32 dev lo
			$2 --listen=5533 --zone=zone/data --state=state 2>log &
			eventually grep -q receiving log
			$1 --bind=198.51.100.7 --key=key 198.51.100.1:5533
			kill $!
			wait $!' namespace "${pair%|*}" "${pair#*|}" 3>&-
		grep -qE '^\+a\.example:198\.51\.100\.7:300' zone/data
	done
}

@test "the images are for arm64, and lint finds no error and no warning in them" {
	for image in "$repository"/build/arm64/images/*.raw; do
		run -0 "$repository/build/mkportable" lint "$image"
		run ! grep -E ': (error|warning|security): ' <<<"$output"
		run -0 "$repository/build/mkportable" show --json "$image"
		[ "$(jq -r .architecture <<<"$output")" = arm64 ]
	done
	[ "$(cd "$repository/build/arm64/images" && echo ./*)" = "$(cd "$repository/build/images" && echo ./*)" ]
}

@test "one signed disk image with init serves amd64 and arm64, in 300 KiB, and one alone in 140" {
	[ "$(uname -m)" != aarch64 ] || skip "a machine of another kind"
	openssl req -x509 -newkey rsa:2048 -noenc -keyout key -out certificate -days 30 -subj /CN=both 2>/dev/null
	build() { # PROGRAMS OUTPUT
		"$repository/build/mkportable" build --program-path="$1" --os-release="$repository/os-release.in" --version=1 \
			--init=portable-init --format=ddi --verity --key=key --certificate=certificate --output="$2" "$repository/images/visitord"
	}
	mkdir own arm64
	build "$repository/build/bin" own/visitord_1.raw
	build "$bin" arm64/visitord_1.raw
	"$repository/build/mkportable" merge --output=visitord_1.raw own/visitord_1.raw arm64/visitord_1.raw
	[ "$(stat -c %s own/visitord_1.raw)" -le $((140 * 1024)) ]
	[ "$(stat -c %s visitord_1.raw)" -le $((300 * 1024)) ]
	run -0 "$repository/build/mkportable" lint --certificate=certificate visitord_1.raw
	run ! grep -E ': (error|warning): ' <<<"$output"
	# Twice the same.
	mv visitord_1.raw first.raw
	build "$repository/build/bin" own/visitord_1.raw
	build "$bin" arm64/visitord_1.raw
	"$repository/build/mkportable" merge --output=visitord_1.raw arm64/visitord_1.raw own/visitord_1.raw
	cmp visitord_1.raw first.raw
}

@test "mkportable itself runs on arm64, and makes the same bytes" {
	cd "$repository"
	for mkportable in build/mkportable "$emulator -L build/arm64/sysroot build/arm64/mkportable"; do
		$mkportable build --program-path="$bin" --os-release=os-release.in --version=1 --init=portable-init \
			--format=ddi --verity --output="$BATS_TEST_TMPDIR/visitord_1.raw" images/visitord
		sha256sum <"$BATS_TEST_TMPDIR/visitord_1.raw" >>"$BATS_TEST_TMPDIR/sums"
		# The emulator has no seccomp, without which no image is read; a directory is.
		$mkportable build --program-path="$bin" --os-release=os-release.in --version=1 --format=directory \
			--output="$BATS_TEST_TMPDIR/visitord" images/visitord
		# shellcheck disable=SC2086 # words
		run -0 $mkportable lint "$BATS_TEST_TMPDIR/visitord"
		run ! grep -E ': (error|warning): ' <<<"$output"
		rm -r "$BATS_TEST_TMPDIR/visitord"
	done
	[ "$(sort -u "$BATS_TEST_TMPDIR/sums" | wc -l)" = 1 ]
}

@test "what the README says of signed images for two machines works as printed" {
	[ "$(uname -m)" = x86_64 ] || skip "a machine that is not for amd64"
	cd "$repository"
	steps=$(block_with 'mkportable merge' | sed 's/^\$ //')
	[ -n "$steps" ]
	[[ $steps == 'make arm64'$'\n'* ]]
	mkdir -p "$BATS_TEST_TMPDIR/build"
	ln -s "$PWD/images" "$BATS_TEST_TMPDIR/"
	ln -s "$PWD/build/bin" "$BATS_TEST_TMPDIR/build/"
	mkdir "$BATS_TEST_TMPDIR/build/arm64"
	ln -s "$PWD/build/arm64/bin" "$BATS_TEST_TMPDIR/build/arm64/"
	PATH=$PWD/build:$PATH
	template=$PWD/os-release.in
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey rsa:2048 -noenc -keyout my.key -out my.crt -days 30 -subj /CN=me 2>/dev/null
	sed -e '/^make /d' -e "s#mkportable build#& --os-release=$template#" >steps.bash <<<"$steps"
	bash -eu steps.bash >said
	[ "$(grep -c '^[^ ]' said)" = 2 ]
	[ "$(grep -c ': note: signature-needs-certificate: ' said)" = 2 ]
}
