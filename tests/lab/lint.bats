#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The linter against systemd itself: a good image is broken in one way after the
# other, and what portablectl, systemctl and the first request do must be what the
# linter said. An error means that attach or start fails or a setting is ignored;
# no error means that it works. A fifth of the changes is tried, another with each commit;
# AGREEMENT_PART=0/1 tries all. The table of it is build/lint-against-systemd.md.

bats_require_minimum_version 1.5.0
load ../lab
load ../image-tree

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	PATH=$PWD/build:$PATH
	make_good_image "$BATS_FILE_TMPDIR/lint_1"
	lab_push "$BATS_TEST_DIRNAME/try-image" /root/try
	lab mkdir -p /root/images
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	repository=$PWD
	mkportable=$PWD/build/mkportable
	units=usr/lib/systemd/system
}

@test "what the linter says of an image is what systemd does with it" {
	part=$(table_part)
	echo "AGREEMENT_PART=$part"
	cd "$BATS_TEST_TMPDIR"
	row=0 n=0 disagreements=0
	while next_case; do
		[ "$systemd" != '' ] && ((row++ % ${part#*/} == ${part%/*})) || continue
		n=$((n + 1)) name=$name.raw
		rm -rf tree ./*.raw
		cp -a "$BATS_FILE_TMPDIR/lint_1" tree
		(cd tree && eval "$how")
		mksquashfs tree "$name" -noappend -quiet -no-progress >/dev/null 2>&1
		"$mkportable" lint "$name" >said || [ $? = 1 ]
		lab rm -rf /root/images/
		lab mkdir /root/images
		lab_push "$name" /root/images/
		check=
		case $systemd in silently*)
			check=${systemd#silently }
			check=${check// : / | }
			systemd=ignored
			;;
		esac
		did=$(lab bash /root/try "/root/images/$name" "$check" 2>details </dev/null) || did="no answer, $?"
		says=$(sed -n 's/^[^ ]*: error: \([a-z-]*\): .*/\1/p' said | sort -u | tr '\n' ' ')
		agree=yes
		# The rule that was meant is among the errors; none means that it works.
		case $finding in
		error*) [[ " $says" == *" ${finding#error } "* && $did != works ]] || agree=NO ;;
		*) [[ -z $says && $did == works ]] || agree=NO ;;
		esac
		[ "$did" = "$systemd" ] || agree="NO ($systemd)"
		printf '| %s | `%s` | %s | %s | %s |\n' "$name" "${how//|/\\|}" "${says:-- }" "$did" "$agree"
		if [ "$agree" != yes ]; then
			disagreements=$((disagreements + 1))
			cat said details
		fi
	done < <(image_cases) >rows
	{
		printf '| image | change | errors of the linter | systemd | agree |\n|---|---|---|---|---|\n'
		cat rows
	} >table
	cat table
	cp table "$repository/build/lint-against-systemd.md"
	echo "$n images, $disagreements disagreements"
	((n >= row / ${part#*/} && row > 200))
	[ "$disagreements" = 0 ]
}

# Attaches an image without errors of the linter, and sends it a request.
is_good() { # IMAGE
	run -0 "$mkportable" lint "$1"
	echo "$output"
	lab rm -rf /root/images/
	lab mkdir /root/images
	lab_push "$1" /root/images/
	[ "$(lab bash /root/try "/root/images/${1##*/}" '' </dev/null)" = works ]
}

@test "a directory without an error works as an image" {
	is_good "$BATS_FILE_TMPDIR/lint_1"
}

@test "a whole Debian with a dynamic program, as people make them, has no error and works" {
	cd "$BATS_TEST_TMPDIR"
	cp -a "$("$lab_tool" tree)" debian
	rm -rf debian/var/cache/apt debian/var/lib/apt debian/var/lib/dpkg
	cp -an "$BATS_FILE_TMPDIR/lint_1/." debian/ || true # 13 counts what it skipped as a failure
	echo PORTABLE_PREFIXES=lint >>debian/usr/lib/os-release
	rm debian/usr/bin/lint
	cc -o debian/usr/bin/lint "$BATS_TEST_DIRNAME/../fixtures/lab/lint.c"
	mksquashfs debian lint_13.raw -comp lz4 -quiet -no-progress >/dev/null 2>&1
	rm -rf debian
	is_good "$BATS_TEST_TMPDIR/lint_13.raw"
}

@test "our images have no finding of the linter but notes, and their sockets and services start" {
	for image in build/images/*.raw; do
		run -0 "$mkportable" lint "$image"
		echo "$output"
		run ! grep -E ': (error|warning|security): ' <<<"$output"
		lab_push "$image" /root/
		path=/root/${image##*/}
		lab portablectl --quiet attach "$path"
		while read -r socket; do
			lab systemctl start "$socket"
			! lab systemctl cat "${socket%.socket}.service" >/dev/null 2>&1 ||
				lab systemctl start "${socket%.socket}.service"
			lab systemctl stop "$socket"
		done < <("$mkportable" show "$image" | sed -n 's/^units:  \([^ ]*\.socket\) .*/\1/p')
		id=$("$mkportable" show "$image" | sed -n 's/^id: //p')
		lab systemctl stop "$id*.service" "$id*.socket"
		lab portablectl --quiet detach "$path"
	done
}

@test "the file of a profile that is not shadowed is the one that systemd takes" {
	cd "$BATS_TEST_TMPDIR"
	put() { # DIRECTORY FILE
		mkdir -p "root/$1/systemd/portable/profile/layered"
		printf '[Unit]\nDocumentation=file:/%s\n' "$1" >"root/$1/systemd/portable/profile/layered/$2"
	}
	put usr/lib service.conf
	put usr/lib socket.conf
	put usr/local/lib service.conf
	put usr/local/lib socket.conf
	put run service.conf
	put etc socket.conf
	tar -C root -c . | lab tar -C / --no-overwrite-dir -x
	mksquashfs "$BATS_FILE_TMPDIR/lint_1" lint_1.raw -quiet -no-progress >/dev/null 2>&1
	lab mkdir -p /root/images
	lab_push lint_1.raw /root/images/
	lab portablectl --quiet attach --profile=layered /root/images/lint_1.raw
	for type in service socket; do
		lab readlink "/etc/systemd/system.attached/lint.$type.d/10-profile.conf"
	done >took
	lab portablectl --quiet detach /root/images/lint_1.raw
	lab rm -r /usr/lib/systemd/portable/profile/layered /usr/local/lib/systemd /etc/systemd/portable /run/systemd/portable/profile
	"$mkportable" profiles --root=root | sed -n '/not used/!s|^  [a-z]*: root||p' | diff - took
}

@test "no unit of a whole Debian has a section, key or value that the linter does not know" {
	tree=$("$lab_tool" tree)
	version=$(lab systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
	cp -a "$BATS_FILE_TMPDIR/lint_1" "$BATS_TEST_TMPDIR/all_1"
	cd "$BATS_TEST_TMPDIR"
	n=0
	for unit in "$tree/$units"/*.{service,socket,target,timer,path}; do
		[ -f "$unit" ] && [ ! -L "$unit" ] || continue
		cp "$unit" "all_1/$units/all-${unit##*/}"
		n=$((n + 1))
	done
	echo "$n units"
	((n > 100))
	run "$mkportable" lint --systemd-version="$version" all_1
	run -1 grep -E 'unknown-section-or-key|(setting|value)-invalid|verify-failed|value-without-effect|(unit|type)-refused' <<<"$output"
}

@test "every program of a whole Debian can be started from it" {
	tree=$("$lab_tool" tree)
	cp -a "$tree" "$BATS_TEST_TMPDIR/all_1"
	cd "$BATS_TEST_TMPDIR/all_1"
	rm -r "${units:?}" usr/lib/os-release
	mkdir "$units"
	printf 'ID=all\nVERSION_ID=1\nPORTABLE_PREFIXES=all\n' >usr/lib/os-release
	{
		printf '[Service]\nType=oneshot\n'
		# routel needs Python, which is not in the tree.
		find usr/bin usr/sbin -type f -perm -111 ! -name routel -printf 'ExecStart="/%p"\n'
	} >"$units/all.service"
	(($(grep -c ^ExecStart= "$units/all.service") > 250))
	run "$mkportable" lint ../all_1
	run -1 grep ': error: ' <<<"$output"
}
