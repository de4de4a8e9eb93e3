#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What an image file is called, which links and directories of versions lead to it, and
# what its partition table says: portablectl and services do what the linter said.

bats_require_minimum_version 1.5.0
load ../lab
load ../image-tree

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	PATH=$PWD/build:$PATH
	make_good_image "$BATS_FILE_TMPDIR/lint_1"
	cp -a "$BATS_FILE_TMPDIR/lint_1" "$BATS_FILE_TMPDIR/broken"
	rm "$BATS_FILE_TMPDIR/broken/usr/bin/lint"
	for tree in lint_1 broken; do
		mksquashfs "$BATS_FILE_TMPDIR/$tree" "$BATS_FILE_TMPDIR/$tree.raw" -quiet -no-progress >/dev/null 2>&1
	done
	lab_push "$BATS_TEST_DIRNAME/try-image" /root/try
	version=$(lab systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
	export version
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	PATH=$PWD/build:$PATH
	good=$BATS_FILE_TMPDIR/lint_1.raw broken=$BATS_FILE_TMPDIR/broken.raw tree=$BATS_FILE_TMPDIR/lint_1
	mkdir "$BATS_TEST_TMPDIR/images"
	cd "$BATS_TEST_TMPDIR/images"
}

# Lint has an error, or cannot read the image, when systemd does anything but work.
agree() { # WORKS-SINCE-OR-"never" IMAGE
	local status=0 did found=no wanted=works

	mkportable lint --systemd-version="$version" "$2" >../said 2>&1 || status=$?
	lab rm -rf /root/images
	lab mkdir /root/images
	tar -c . | lab tar -C /root/images -x
	did=$(lab bash /root/try "/root/images/$2" '' 2>../details </dev/null)
	echo "$2: lint: $status; systemd: $did"
	cat ../said
	[ "$status" != 0 ] || found=works
	[ "$1" != never ] && ((version >= $1)) || wanted=no
	[ "$did" = works ] || did=no
	[ "$found $did" = "$wanted $wanted" ] || {
		cat ../details
		return 1
	}
	rm -rf ./* .[!.]*
	# 262 does not detach an image whose name has a specifier.
	lab rm -rf /etc/systemd/system.attached /etc/portables
	lab systemctl daemon-reload
}

@test "a file is an image if its name ends in .raw, and has nothing that unit files take for something else" {
	for name in lint_1.raw lint.raw lint_1.raw.raw lint_ü.raw 'lint_1$x;2#3=4&5.raw' 'lint_\x41.raw'; do
		cp "$good" "$name"
		agree 0 "$name"
	done
	for name in lint_1.img lint_1.RAW lint_1 lint_1.raw.zst 'lint_1 2.raw' 'lint_1"2.raw' "lint_1'2.raw" 'lint_1%n.raw' \
		'lint_1%%.raw' 'lint_1\x.raw' $'lint_\0011.raw' $'lint_\374.raw' '.#lint_1.raw'; do
		cp "$good" "$name"
		agree never "$name"
	done
	for name in lint_1.img lint_1.raw; do
		cp -a "$tree" "$name"
		agree 0 "$name"
	done
	for name in 'lint_1 2' 'lint_1%n' $'lint_1\\'; do
		cp -a "$tree" "$name"
		agree never "$name"
	done
}

@test "the name of a link says the prefix, the name of the file whether it is an image" {
	cp "$good" x.raw
	ln -s x.raw lint_1.raw
	agree 0 lint_1.raw
	cp "$good" lint_1.raw
	ln -s lint_1.raw x.raw
	agree never x.raw
	cp "$good" x.img
	ln -s x.img lint_1.raw
	agree never lint_1.raw
	cp "$good" 'x y.raw'
	ln -s 'x y.raw' lint_1.raw
	agree never lint_1.raw
}

# Images in a directory of versions, the good one first.
versions() { # WORKS-SINCE DIRECTORY GOOD [BROKEN]...
	local since=$1 directory=$2

	mkdir "$directory"
	cp "$good" "$directory/$3"
	shift 3
	for name; do
		cp "$broken" "$directory/$name"
	done
	agree "$since" "$directory"
}

@test "of a directory of versions systemd takes the image that the linter judges" {
	versions 256 lint.raw.v lint_1.raw
	versions 256 lint.v lint_1.raw
	versions 256 lint.raw.v lint_1.10.raw lint_1.9.raw
	versions 256 lint.raw.v lint_2.raw lint_1_x86-64.raw
	versions 256 lint.raw.v lint_1_x86-64.raw lint_1.raw lint_1_arm64.raw lint_9_s390x.raw
	versions 256 lint.raw.v lint_1.raw lint_2+0-3.raw
	versions 256 lint.raw.v lint_2+3-0.raw lint_1.raw lint_2+2-0.raw
	versions 256 lint.raw.v lint_1.raw 'lint_2 b.raw' lint_3@.raw lint.raw other_5.raw .lint_6.raw
	versions 262 lint.raw.v lint_1^2.raw lint_1.raw
	versions 262 lint.raw.v lint_1~2.raw
	versions never lint.raw.v other_1.raw
	versions never lint.raw.v lint.raw
	versions never lint.raw.v lint_1_arm64.raw
	versions never lint.raw.v lint_1.img
	versions never lint.v lint_1.raw lint_1.1.raw
	mkdir lint.v
	cp -a "$tree" lint.v/lint_1
	agree 256 lint.v
}

@test "a squashfs is compressed so that the kernel reads it" {
	for compression in gzip lzo lz4 xz zstd; do
		mksquashfs "$tree" lint_1.raw -comp $compression -quiet -no-progress >/dev/null 2>&1
		agree 0 lint_1.raw
	done
	mksquashfs "$tree" lint_1.raw -comp lzma -quiet -no-progress >/dev/null 2>&1
	agree never lint_1.raw
	cp "$good" lint_1.raw
	head -c 100000 /dev/urandom >>lint_1.raw
	agree 0 lint_1.raw
	: >lint_1.raw
	agree never lint_1.raw
	tar -C "$tree" -cf lint_1.raw .
	agree never lint_1.raw
}
