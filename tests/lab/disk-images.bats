#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Images made by mksquashfs, systemd-repart, mkfs.erofs and mke2fs: mkportable reads them
# through libsquashfs and systemd-dissect of the lab, reports the same findings as for the
# directory that they were made from, and leaves no copy and no loop device behind.

bats_require_minimum_version 1.5.0
load ../lab
load ../image-tree
load ../disk-cases

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	# mkportable runs in the lab, with the libraries of its suite.
	case ${LAB_SUITE-} in
	bookworm) libraries='libarchive13 libelf1 libsquashfs1 libssl3' ;;
	*) libraries='libarchive13t64 libelf1t64 libsquashfs1 libssl3t64 libcryptsetup12 systemd-repart' ;;
	esac
	export LAB_PACKAGES="erofs-utils e2fsprogs squashfs-tools $libraries"
	lab_setup_file
	PATH=$PWD/build:$PATH make_good_image "$BATS_FILE_TMPDIR/lint_1"
	lab_push build/mkportable /usr/bin/
	# All labs share the machine's loop devices: the file's name must be unique.
	export IMAGES=/root/${BATS_RUN_TMPDIR##*/}
	lab mkdir -p "$IMAGES" /root/scratch
	lab_push "$BATS_FILE_TMPDIR/lint_1" "$IMAGES/"
}

teardown_file() {
	lab_teardown_file
}

lint() { # ARGUMENT...
	lab env --chdir="$IMAGES" TMPDIR=/root/scratch mkportable lint "$@"
}

# The findings for a directory with a defect and for the image that was made from it.
judged_alike() { # IMAGE-NAME FORMAT COMMAND-THAT-MAKES-IT-OF-DIRECTORY-"tree"...
	lab bash -euc 'cd '"$IMAGES"'; rm -rf tree '"$1"'; cp -a lint_1 tree; "$@" >made 2>&1 || { cat made; exit 1; }' make "${@:3}"
	run -0 lint "$1"
	[ -z "$output" ]
	run -0 lab mkportable show "$IMAGES/$1"
	grep -qx "format: $2" <<<"$output"

	lab bash -euc 'cd '"$IMAGES"'; rm -rf '"$1"'; rmdir tree/var/lib/lint; chmod 777 tree/srv; "$@" >made 2>&1' make "${@:3}"
	# shellcheck disable=SC2086 # none or one
	run -1 lint ${options-} "$1"
	grep -q "^$1: error: state-directory-stub-missing: " <<<"$output"
	grep -qF "$1: warning: world-writable: /srv: everyone may write to it" <<<"$output"
	[ "$(grep -c '^[^ ]' <<<"$output")" = 2 ]
	leaves_nothing
}

leaves_nothing() {
	[ -z "$(lab ls /root/scratch)" ]
	run ! lab bash -c 'losetup --list --noheadings --output BACK-FILE | grep -F '"$IMAGES"
}

@test "a squashfs image has the findings of the directory that it was made from" {
	judged_alike lint_1.raw squashfs mksquashfs tree lint_1.raw -quiet -no-progress
}

@test "an erofs image has the findings of the directory that it was made from" {
	judged_alike lint_1.raw erofs mkfs.erofs lint_1.raw tree
}

@test "an ext4 image has the findings of the directory that it was made from" {
	# Newer systemds make the directory in an ext4, which is writable.
	options=--systemd-version=252
	# mke2fs adds lost+found, an empty directory of root's.
	judged_alike lint_1.raw ext4 bash -c 'mke2fs -q -t ext4 -d tree lint_1.raw 8M && debugfs -w -R "rmdir lost+found" lint_1.raw'
}

@test "files of every owner, kind and mode are copied with the capabilities that are left" {
	lab bash -euc 'cd '"$IMAGES"'; rm -rf all; mkdir all; cp -a lint_1 all; cd all
		touch lint_1/srv/secret lint_1/srv/setuid lint_1/srv/able
		chown 1234:4321 lint_1/srv/secret; chmod 000 lint_1/srv/secret; chmod 4755 lint_1/srv/setuid
		mknod lint_1/srv/null c 1 3; mkfifo lint_1/srv/fifo
		mke2fs -q -t ext4 -d lint_1 lint_1.raw 8M; debugfs -w -R "rmdir lost+found" lint_1.raw'
	run lint all/lint_1
	expected=${output//'all/lint_1: '/}
	grep -qF 'warning: not-owned-by-root: /srv/secret' <<<"$expected"
	run lint all/lint_1.raw
	diff <(echo "$expected") <(echo "${output//'all/lint_1.raw: '/}")
	leaves_nothing
}

@test "a GPT image of systemd-repart has the findings of the directory that it was made from" {
	lab systemd-repart --help | grep -q -- --offline= || skip "systemd-repart that needs no devices: 254"
	lab mkdir -p /root/definitions
	printf '[Partition]\nType=root\nFormat=%s\nCopyFiles=%s/tree:/\nMinimize=best\nReadOnly=yes\nGrowFileSystem=no\n' squashfs "$IMAGES" |
		lab tee /root/definitions/10-root.conf
	judged_alike lint_1.raw gpt systemd-repart --definitions=/root/definitions --empty=create --size=auto \
		--offline=yes --dry-run=no lint_1.raw
}

@test "signed disk images of systemd-repart are read and verified, and a changed byte is found" {
	lab systemd-repart --help | grep -q -- --offline= || skip "systemd-repart that needs no devices: 254"
	openssl req -x509 -newkey rsa:2048 -noenc -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/certificate" \
		-days 30 -subj /CN=repart 2>/dev/null
	lab_push "$BATS_TEST_TMPDIR/key" "$BATS_TEST_TMPDIR/certificate" /root/
	lab bash -euc 'rm -rf /root/signed '"$IMAGES"'/lint_1.raw; mkdir /root/signed; cd /root/signed
		cp -a '"$IMAGES"'/lint_1 tree; head -c 200000 /dev/urandom >tree/srv/data
		common="Verity=%s\nVerityMatchKey=root\nReadOnly=yes\n"
		printf "[Partition]\nType=root\nFormat=squashfs\nCopyFiles=/root/signed/tree:/\nMinimize=best\nGrowFileSystem=no\n$common" data >10.conf
		printf "[Partition]\nType=root-verity\nMinimize=best\n$common" hash >20.conf
		printf "[Partition]\nType=root-verity-sig\n$common" signature >30.conf
		systemd-repart --definitions=. --empty=create --size=auto --offline=yes --dry-run=no \
			--private-key=/root/key --certificate=/root/certificate '"$IMAGES"'/lint_1.raw >made 2>&1 || { cat made; exit 1; }'
	run lint --certificate=/root/certificate lint_1.raw
	echo "$output"
	[ "$status" = 0 ]
	# Only what depends on the host, and the flags as repart leaves them.
	run ! grep -vE '^  remedy: |: note: signature-needs-certificate: |: warning: partition-flags-newer: ' <<<"$output"
	run -0 lab mkportable show "$IMAGES/lint_1.raw"
	grep -qx 'verity: fits' <<<"$output"
	[ "$(grep -c '^partitions:' <<<"$output")" = 3 ]
	lab bash -euc 'cd '"$IMAGES"'; printf x | dd of=lint_1.raw bs=1 seek=$((40 * 512 + 4096 * 4)) conv=notrunc status=none'
	run -1 lint lint_1.raw
	grep -q ': error: verity-differs: .* from its block 4 on$' <<<"$output"
	lab rm "$IMAGES/lint_1.raw"
}

@test "a disk image of mkportable is dissected, attached and detached, with and without verity" {
	version=$(lab systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
	for verity in '' --verity; do
		# shellcheck disable=SC2086 # none or one
		build/mkportable build --program-path="$BATS_FILE_TMPDIR/bin" --os-release=os-release.in --version=2 \
			--format=ddi $verity --output="$BATS_TEST_TMPDIR/lint_2.raw" tests/fixtures/lab/lint
		lab_push "$BATS_TEST_TMPDIR/lint_2.raw" "$IMAGES/"
		run -0 lint lint_2.raw
		run ! grep -E ': (error|warning): ' <<<"$output"
		run -0 lab systemd-dissect "$IMAGES/lint_2.raw"
		[[ $output == *"✓ portable service"* ]]
		[ -z "$verity" ] || grep -q '^ro root-verity ' <<<"$output"
		grep -q '^ro root ' <<<"$output"
		lab portablectl --quiet attach "$IMAGES/lint_2.raw" lint
		# With a hash tree, systemd 258 and later need device-mapper, which a lab has not.
		[ -n "$verity" ] && ((version >= 258)) || lab systemctl start lint-once.service
		lab portablectl --quiet detach "$IMAGES/lint_2.raw" lint
		leaves_nothing
	done
}

@test "of a disk image for two machines a host takes the root of its own" {
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey rsa:2048 -noenc -keyout key -out certificate -days 30 -subj /CN=lint 2>/dev/null
	mkdir own other programs
	case $(uname -m) in
	x86_64) other=arm64 number='\xb7' ;;
	*) other=x86-64 number='\x3e' ;;
	esac
	cp "$BATS_FILE_TMPDIR"/bin/* programs/
	for program in programs/*; do
		printf '%b\0' "$number" | dd of="$program" bs=1 seek=18 conv=notrunc status=none
	done
	for signed in '' "--verity --key=key --certificate=certificate"; do
		for programs in "$BATS_FILE_TMPDIR/bin" programs; do
			directory=own
			[ "$programs" != programs ] || directory=other
			# shellcheck disable=SC2086 # words
			"$BATS_TEST_DIRNAME/../../build/mkportable" build --program-path=$programs --version=4 \
				--os-release="$BATS_TEST_DIRNAME/../../os-release.in" --format=ddi $signed \
				--output=$directory/lint_4.raw "$BATS_TEST_DIRNAME/../fixtures/lab/lint"
		done
		"$BATS_TEST_DIRNAME/../../build/mkportable" merge --output=lint_4.raw own/lint_4.raw other/lint_4.raw
		lab_push lint_4.raw "$IMAGES/"
		run lint lint_4.raw
		echo "$output"
		[ "$status" = 0 ]
		run ! grep -E ': (error|warning): ' <<<"$output"
		lab portablectl --quiet attach "$IMAGES/lint_4.raw" lint
		# With a signature it takes device-mapper, which a lab has not.
		if [ -z "$signed" ]; then
			run -0 lab systemd-dissect "$IMAGES/lint_4.raw"
			grep -qE "^ro root +[^ ]+ root-$(uname -m | sed 's/x86_64/x86-64/; s/aarch64/arm64/') " <<<"$output"
			run ! grep -q "root-$other" <<<"$output"
			lab systemctl start lint-once.service
		fi
		lab portablectl --quiet detach "$IMAGES/lint_4.raw" lint
		leaves_nothing
	done
}

@test "what lint says of partition tables, hash trees and files beside an image, systemd does" {
	PATH+=:/usr/sbin:/sbin
	version=$(lab systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey rsa:2048 -noenc -keyout key -out certificate -days 30 -subj /CN=lint 2>/dev/null
	build() { # OPTION...
		"$BATS_TEST_DIRNAME/../../build/mkportable" build --program-path="$BATS_FILE_TMPDIR/bin" --version=3 \
			--os-release="$BATS_TEST_DIRNAME/../../os-release.in" "$@" "$BATS_TEST_DIRNAME/../fixtures/lab/lint"
	}
	build --format=ddi --output=lint.raw && mv lint.raw plain.raw
	build --verity=sidecar --key=key --certificate=certificate --output=lint.raw && mv lint.raw bare.raw
	mv lint.verity bare.verity && mv lint.roothash bare.roothash && mv lint.roothash.p7s bare.roothash.p7s
	build --format=ddi --verity --output=lint.raw && mv lint.raw verity.raw
	mv lint.roothash verity.roothash
	build --format=ddi --verity --key=key --certificate=certificate --output=lint.raw && mv lint.raw signed.raw
	rm lint.roothash
	make_disk_images lint_3
	lab mkdir -p "$IMAGES/cases"
	case $version in 252) column=0 ;; 257) column=1 ;; *) column=2 ;; esac
	wrong=
	while read -r line; do
		# shellcheck disable=SC2206 # words
		words=($line)
		case=${words[0]} expected=${words[-1]:column:1}
		[ "${words[-1]}" != - ] || continue
		lab_push "$case" "$IMAGES/cases/"
		image=$IMAGES/cases/$case/lint_3.raw
		is=w
		if ! lab portablectl --quiet attach "$image" lint >said 2>&1; then
			is=a
		else
			lab systemctl start lint-once.service >said 2>&1 || is=s
			lab journalctl --sync
			# Of the whole system: journald may find the process gone, and not know its unit.
			lab journalctl --quiet --output=cat --cursor-file=/root/cursor >>said
			# Only what got as far as device-mapper says this.
			! grep -q 'NAMESPACE.*Operation not supported' said || is=v
			lab portablectl --quiet detach "$image" lint
		fi
		lab systemctl reset-failed
		[ "$is" = "$expected" ] || wrong+="$case: $is instead of $expected: $(cat said)"$'\n'
	done < <(disk_cases)
	echo "$wrong"
	[ -z "$wrong" ]
	leaves_nothing
}

@test "a damaged disk image gives one line and status 3, in time, and leaves nothing behind" {
	lab bash -euc 'cd '"$IMAGES"'; rm -rf x; mkfs.erofs --quiet x.raw lint_1
		head -c 2000 x.raw >short.raw
		{ head -c 1100 x.raw; head -c 20000 /dev/zero; } >empty.raw
		head -c 40000 /dev/zero >gpt.raw; printf "EFI PART" | dd of=gpt.raw bs=512 seek=1 conv=notrunc status=none'
	for image in short empty gpt; do
		run -3 --separate-stderr lab timeout 60 env TMPDIR=/root/scratch mkportable lint "$IMAGES/$image.raw"
		[ -z "$output" ]
		# shellcheck disable=SC2154 # bats sets it
		[ "$(grep -c '' <<<"$stderr")" = 1 ]
		[[ $stderr == "mkportable: cannot read the image '$IMAGES/$image.raw': "* ]]
	done
	leaves_nothing
}
