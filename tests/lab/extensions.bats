#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Extension images: one of "mkportable build --extension" is attached on top of an image
# and its service starts; one that the linter calls wrong is refused by portablectl.

bats_require_minimum_version 1.5.0
load ../lab
load ../image-tree

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	PATH=$PWD/build:$PATH
	make_good_image "$BATS_FILE_TMPDIR/lint_1"
	printf 'int main(void) { return 0; }\n' | musl-gcc -static -x c - -o "$BATS_FILE_TMPDIR/bin/extra"
	mkdir -p "$BATS_FILE_TMPDIR/more/tree/usr/share/more"
	echo data >"$BATS_FILE_TMPDIR/more/tree/usr/share/more/file"
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/extra\n[Install]\nWantedBy=multi-user.target\n' >"$BATS_FILE_TMPDIR/more/lint-extra.service"
	mkportable build --extension --format=directory --version=1 --program-path="$BATS_FILE_TMPDIR/bin" \
		--output="$BATS_FILE_TMPDIR/more_1" "$BATS_FILE_TMPDIR/more"
	version=$(lab systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
	export version
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	PATH=$PWD/build:$PATH
	cd "$BATS_TEST_TMPDIR"
}

squash() { # TREE IMAGE
	mksquashfs "$1" "$2" -noappend -quiet -no-progress >/dev/null 2>&1
}

# Both are changed as told, and attached as the linter was asked about them.
agree() { # works|refused NAME-OF-THE-EXTENSION CHANGE-OF-IT [CHANGE-OF-THE-IMAGE]
	local status=0 did=works found=works
	# shellcheck disable=SC2034 # the changes use it
	local release=usr/lib/extension-release.d/extension-release.more_1

	rm -rf images base extension
	mkdir images
	cp -a "$BATS_FILE_TMPDIR/lint_1" base
	cp -a "$BATS_FILE_TMPDIR/more_1" extension
	(cd extension && eval "$3")
	(cd base && eval "${4-}")
	squash base images/lint_1.raw
	case $2 in
	*.raw) squash extension "images/$2" ;;
	*) cp -a extension "images/$2" ;;
	esac
	mkportable lint --systemd-version="$version" --extension="images/$2" images/lint_1.raw >said || status=$?
	[ "$status" = 0 ] || found=refused
	lab rm -rf /root/images
	lab mkdir /root/images
	tar -C images -c . | lab tar -C /root/images -x
	if lab portablectl --quiet attach --extension="/root/images/$2" /root/images/lint_1.raw lint 2>details; then
		lab systemctl start lint-extra.service || did=broken
		lab portablectl --quiet detach --extension="/root/images/$2" /root/images/lint_1.raw lint
	else
		did=refused
	fi
	echo "$3 / ${4-}: lint: $status, systemd: $did"
	cat said details
	[ "$did $found" = "$1 $1" ]
}

@test "an extension of mkportable build is attached, and its service starts" {
	agree works more_1.raw true
	agree works more_1 true
}

@test "a release file that does not fit the image is an error, and refused" {
	local own='s/^ID=.*/ID=lint\nVERSION_ID=1/'

	agree works more_1.raw "sed -i '$own' \$release"
	agree refused more_1.raw "sed -i 's/^ID=.*/ID=other/' \$release"
	agree refused more_1.raw "sed -i 's/^ID=.*/ID=lint/' \$release"
	agree refused more_1.raw "sed -i 's/^ID=.*/ID=lint\nVERSION_ID=2/' \$release"
	agree works more_1.raw "sed -i 's/^ID=.*/ID=lint\nSYSEXT_LEVEL=7/' \$release" 'echo SYSEXT_LEVEL=7 >>usr/lib/os-release'
	agree refused more_1.raw "sed -i '${own%/}\nSYSEXT_LEVEL=8/' \$release" 'echo SYSEXT_LEVEL=7 >>usr/lib/os-release'
	agree refused more_1.raw "sed -i /^ID/d \$release"
	agree refused more_1.raw "sed -i 's/^ARCHITECTURE=.*/ARCHITECTURE=sparc/' \$release"
	agree refused more_1.raw "echo SYSEXT_SCOPE=system >>\$release"
	agree works more_1.raw "echo 'SYSEXT_SCOPE=\"system portable\"' >>\$release"
	agree refused more_1.raw "printf 'X=\374\n' >>\$release"
	agree refused more_1.raw 'rm $release'
}

@test "an extension is known by its name" {
	agree refused other.raw true
	agree refused more_2_1.raw 'mv $release usr/lib/extension-release.d/extension-release.more_2'
	((version < 256)) || agree works more_1.raw 'mv $release usr/lib/extension-release.d/extension-release.more'
	((version >= 256)) || agree refused more_1.raw 'mv $release usr/lib/extension-release.d/extension-release.more'
}
