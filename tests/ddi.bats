#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Disk images: "mkportable build" makes a partition table, hash trees and signatures that the
# tools of others accept, the same bytes each time, without root; and "mkportable lint" and
# "show" read them, also those of others.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	export PROGRAMS=$BATS_FILE_TMPDIR/programs
	mkdir "$PROGRAMS"
	echo 'int main(void) { return 0; }' | musl-gcc -Os -s -static -x c -o "$PROGRAMS/demo" -
	cd "$BATS_FILE_TMPDIR" || return
	mkdir demo
	printf '%s\n' '[Unit]' 'Description=Demo' '[Service]' 'ExecStart=/usr/bin/demo' 'DynamicUser=yes' \
		'[Install]' 'WantedBy=multi-user.target' >demo/demo.service
}

setup() {
	repository=$BATS_TEST_DIRNAME/..
	PATH=$(cd "${BUILD:-$repository/build}" && pwd):$PATH:/usr/sbin:/sbin
	PATH=${PATH%%:*}/tools:$PATH
	unset SOURCE_DATE_EPOCH
	cd "$BATS_TEST_TMPDIR" || return
	image=$BATS_FILE_TMPDIR/demo
}

build() { # OPTION...
	mkportable build --program-path="$PROGRAMS" --os-release="$repository/os-release.in" "$@" "$image"
}

# Writes the partition with this number to a file.
partition() { # IMAGE NUMBER FILE
	local place

	place=$(sfdisk --json "$1" | jq -r ".partitiontable.partitions[$2 - 1] | \"skip=\(.start) count=\(.size)\"")
	# shellcheck disable=SC2086 # two words
	dd if="$1" of="$3" bs=512 $place status=none
}

@test "a disk image is a partition table without faults, and no bigger than it must be" {
	build --format=ddi
	build --format=squashfs --output=demo.raw
	sfdisk --verify demo_0.raw
	run -0 sgdisk -v demo_0.raw
	[[ $output == *"No problems found."* ]]
	run -0 sfdisk --dump demo_0.raw
	grep -qE '^demo_0.raw1 : start= *40, size= *[0-9]+, type=[0-9A-F-]*, uuid=[0-9A-F-]*, name="root-[a-z0-9-]*", attrs="GUID:60"$' <<<"$output"
	[ "$(grep -c ' : start=' <<<"$output")" = 1 ]
	partition demo_0.raw 1 root
	cmp -n "$(stat -c %s demo.raw)" demo.raw root
	[ $(($(stat -c %s demo_0.raw) - $(stat -c %s root))) = $((40 * 1024)) ]
	[ "$(ls)" = "$(printf '%s\n' demo.raw demo_0.raw root)" ]
	[ "$(stat -c %a demo_0.raw)" = 644 ]
}

@test "the hash tree is that of veritysetup, and the UUIDs are the halves of the root hash" {
	run -0 build --format=ddi --verity --print-root-hash
	hash=$output
	[[ $hash =~ ^[0-9a-f]{64}$ ]]
	[ "$hash" = "$(cat demo_0.roothash)" ]
	sfdisk --verify demo_0.raw
	run -0 sgdisk -v demo_0.raw
	[[ $output == *"No problems found."* ]]
	partition demo_0.raw 1 root
	partition demo_0.raw 2 verity
	veritysetup verify root verity "$hash"
	run -0 veritysetup dump verity
	salt=$(awk '/^Salt:/ { print $2 }' <<<"$output")
	uuid=$(awk '/^UUID:/ { print $2 }' <<<"$output")
	[ ${#salt} = 64 ]
	veritysetup format root other --salt="$salt" --uuid="$uuid"
	cmp verity other
	uuids=$(sfdisk --json demo_0.raw | jq -r '.partitiontable.partitions[].uuid' | tr -d '\n-' | tr A-F a-f)
	[ "$uuids" = "$hash" ]
	printf x | dd of=root bs=1 seek=100 conv=notrunc status=none
	run ! veritysetup verify root verity "$hash"
}

@test "a squashfs has the same tree and root hash beside it" {
	run -0 build --verity=sidecar --print-root-hash
	[ "$output" = "$(cat demo_0.roothash)" ]
	veritysetup verify demo_0.raw demo_0.verity "$output"
	[ "$(ls)" = "$(printf '%s\n' demo_0.raw demo_0.roothash demo_0.verity)" ]
	unsquashfs -l demo_0.raw >/dev/null
	build --format=ddi --verity --output=demo_1.raw
	cmp demo_0.roothash demo_1.roothash
	partition demo_1.raw 1 root
	cmp demo_0.raw root
	partition demo_1.raw 2 verity
	cmp demo_0.verity verity
}

@test "the same input gives the same bytes, with other ones other UUIDs" {
	build --format=ddi --verity
	mv demo_0.raw first.raw
	(umask 077 && TZ=Asia/Kathmandu LC_ALL=C.UTF-8 build --format=ddi --verity)
	cmp demo_0.raw first.raw
	[ "$(stat -c %a demo_0.raw)" = 644 ]
	SOURCE_DATE_EPOCH=1 build --format=ddi --verity
	for what in .partitiontable.id '.partitiontable.partitions[0].uuid' '.partitiontable.partitions[1].uuid'; do
		[ "$(sfdisk --json demo_0.raw | jq "$what")" != "$(sfdisk --json first.raw | jq "$what")" ]
	done
}

@test "it needs no root, no device and no tool but mksquashfs" {
	[ "$(id -u)" -eq 0 ] || skip "setpriv needs root to become another user"
	mkdir bin programs out
	ln -s "$(command -v mksquashfs)" bin/
	cp "$(command -v mkportable)" "$repository/os-release.in" .
	cp "$PROGRAMS/demo" programs/
	cp -r "$image" demo
	chown nobody out
	chmod a+x "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_RUN_TMPDIR"
	setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH="$PWD/bin" "$PWD/mkportable" build \
		--program-path=programs --os-release=os-release.in --format=ddi --verity --output=out/demo_0.raw demo
	build --format=ddi --verity
	cmp demo_0.raw out/demo_0.raw
}

@test "trees of one, two and three levels, with every number of blocks at their edges, are those of veritysetup" {
	for blocks in 1 2 127 128 129 255 256 257 16384 16385; do
		head -c $((blocks * 4096)) /dev/urandom >data
		hash=$(veritysetup format data verity --salt=- | awk '/^Root hash:/ { print $3 }')
		[ "$(verity-hash data verity)" = "$hash" ] || {
			echo "$blocks blocks"
			false
		}
	done
	for sizes in '512 512' '1024 4096' '4096 512' '4096 1024'; do
		read -r data_size hash_size <<<"$sizes"
		head -c $((1237 * 4096)) /dev/urandom >data
		hash=$(veritysetup format data verity --data-block-size="$data_size" --hash-block-size="$hash_size" | awk '/^Root hash:/ { print $3 }')
		[ "$(verity-hash data verity)" = "$hash" ]
	done
}

@test "the types of partitions are those of systemd" {
	systemd-id128 show --uuid >/dev/null 2>&1 || skip "systemd-id128"
	systemd-id128 show --uuid | awk '$1 ~ /^root-/ && $1 !~ /^root-(secondary|verity)/ { print $2 }' | sort >theirs
	grep -o '"[0-9a-f]\{8\}-[0-9a-f-]*"' "$repository/mkportable/disk/types.c" | tr -d '"' | grep -v 0fc63daf | sort >ours
	diff theirs ours
	[ "$(wc -l <ours)" -gt 60 ]
}

@test "options that do not go together are usage errors" {
	usage_error "--verity goes with --format=ddi only" build --verity
	usage_error "--verity=sidecar goes with --format=squashfs only" build --format=ddi --verity=sidecar
	usage_error "--verity=sidecar goes with --format=squashfs only" build --format=tar --verity=sidecar
	usage_error "--verity: neither empty nor 'sidecar': 'both'" build --verity=both
	usage_error "--print-root-hash needs --verity" build --format=ddi --print-root-hash
	usage_error "--output=-: only --format=tar can be written to standard output" build --format=ddi --output=-
	run ! ls ./*.raw
}

@test "an image without a program has no machine, and so no type of partition" {
	mkdir -p data/tree/usr/share
	echo >data/tree/usr/share/file
	run -1 --separate-stderr mkportable build --extension --format=ddi data
	[ "$stderr" = "mkportable: data: no program says for which machine the root partition is; use --format=squashfs" ]
	run ! ls ./data_0*
}
