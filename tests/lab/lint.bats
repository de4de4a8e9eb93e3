#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The linter against systemd itself: a good image is broken in one way after the
# other, and what portablectl, systemctl and the first request do must be what the
# linter said. An error means that attach or start fails or a setting is ignored;
# no error means that it works. The table of it is build/lint-against-systemd.md.

bats_require_minimum_version 1.5.0
load ../lab
load ../image-tree

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	mkdir "$BATS_FILE_TMPDIR/bin"
	cc -specs=build/musl.specs -static-pie -s -o "$BATS_FILE_TMPDIR/bin/lint" tests/fixtures/lab/lint.c
	build/mkportable build --program-path="$BATS_FILE_TMPDIR/bin" --os-release=os-release.in --version=1 \
		--format=directory --output="$BATS_FILE_TMPDIR/lint_1" tests/fixtures/lab/lint
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

# --- what is done to the tree; the current directory is its root ---------------------

# In the unit, the line that begins so becomes another, or more.
change() { # UNIT BEGINNING LINE
	sed -i "s|^$2.*|$3|" "$units/$1"
}

# Makes the socket one of Accept=yes, as it should be.
inetd() {
	add lint.socket Socket Accept=yes
	mv "$units/lint.service" "$units/lint@.service"
	add lint@.service Service StandardInput=socket StandardError=journal
	sed -i '/^Requires=/d;/^After=/d' "$units/lint@.service"
}

# NAME OF THE FILE | RULE OR - | WHAT SYSTEMD DOES | HOW
#
# works, attach (fails), start (fails), ignored; with "silently COMMAND" ignored means
# that the command fails in the lab. The first columns of "-" are the good images.
cases() {
	cat <<'END'
lint_1.raw|-|works|true
lint_1_x86-64.raw|-|works|true
lint.raw|-|works|true
lint_1.raw|-|works|inetd
lint_1.raw|-|works|rm etc/os-release
lint_1.raw|-|works|rm -r usr/lib/os-release etc/os-release; printf 'ID=lint\nPORTABLE_PREFIXES=lint\n' >etc/os-release
lint_1.raw|-|works|release 's/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES="other lint"/'
lint_1.raw|-|works|mkdir -p data; mv var/lib data/; ln -s ../data/lib var/lib
lint_1.raw|-|works|mkdir -p lib; mv usr/lib/systemd lib/
lint_1.raw|-|works|add lint.service X-Other; add lint.service Service 'X-Note=for people'
lint_1.raw|-|works|printf '\n[X-Mine]\nAnything=goes\n' >>$units/lint.service
lint_1.raw|-|works|change lint.service StateDirectory 'StateDirectory=gone\nStateDirectory=\nStateDirectory=lint'
lint_1.raw|-|works|change lint.service WorkingDirectory 'WorkingDirectory=-/nowhere'
lint_1.raw|-|works|change lint.service ReadOnlyPaths 'ReadOnlyPaths=-/nowhere'
lint_1.raw|-|works|add lint.service Service RuntimeDirectory=lint
lint_1.raw|-|works|add lint.service Service BindReadOnlyPaths=/usr:/run/anything
lint_1.raw|-|works|change lint.service ExecStart ExecStart=lint
lint_1.raw|-|works|chmod 0777 srv
lint_1.raw|-|works|chown 7:7 usr/bin/lint
lint_1.raw|-|works|ln -s ../../../../../../etc/passwd srv/link
lint_1.raw|-|works|printf 'more' >$units/other.service
lint_1.raw|-|works|printf '[Service]\nExecStart=/nowhere\n' >$units/other.service
lint_1.raw|-|works|release /PORTABLE_PREFIXES/d
lint_1.raw|-|works|printf 'PORTABLE_ID=x\n' >>usr/lib/os-release
lint_1.raw|-|works|release s/^ARCHITECTURE=.*/ARCHITECTURE=arm64/
lint_2.raw|-|works|true
lint_1.raw|-|works|release 's/^NAME=.*/NAME=two words/'
lint_1.raw|-|works|sed -i '/Install/,$d' $units/lint.socket
lint_1.raw|-|works|add lint-once.service Service EnvironmentFile=-/nowhere
lint_1.raw|-|works|change lint-once.service ExecStart ExecStart=-/usr/bin/nowhere
lint_1.raw|-|works|rm -r etc/resolv.conf; ln -s machine-id etc/resolv.conf
lint_1.raw|api-directory-missing|start|rmdir proc
lint_1.raw|api-directory-missing|start|rmdir sys
lint_1.raw|api-directory-missing|start|rmdir dev
lint_1.raw|api-directory-missing|start|rmdir run
lint_1.raw|api-directory-missing|start|rmdir tmp
lint_1.raw|api-directory-missing|start|rmdir var/tmp
lint_1.raw|api-directory-missing|start|rmdir proc; : >proc
lint_1.raw|machine-id-missing|start|rm etc/machine-id
lint_1.raw|machine-id-missing|start|rm etc/machine-id; mkdir etc/machine-id
lint_1.raw|resolv-conf-not-file|start|rm etc/resolv.conf
lint_1.raw|resolv-conf-not-file|start|rm etc/resolv.conf; mkdir etc/resolv.conf
lint_1.raw|state-directory-stub-missing|start|rmdir var/lib/lint
lint_1.raw|state-directory-stub-missing|start|rmdir var/cache/lint/deep
lint_1.raw|state-directory-stub-missing|start|rmdir etc/lint
lint_1.raw|state-directory-stub-missing|start|rmdir var/lib/lint; : >var/lib/lint
lint_1.raw|state-directory-link-wrong|start|rm var/log/lint-link
lint_1.raw|state-directory-link-wrong|start|rm var/log/lint-link; mkdir var/log/lint-link
lint_1.raw|bind-target-missing|start|rmdir srv/bound
lint_1.raw|bind-target-missing|start|rmdir scratch
lint_1.raw|bind-target-missing|start|rmdir srv/kept; change lint.service ReadOnlyPaths ReadWritePaths=/srv/kept
lint_1.raw|bind-target-missing|start|rmdir srv/kept; change lint.service ReadOnlyPaths InaccessiblePaths=/srv/kept
lint_1.raw|bind-target-missing|start|change lint.service ReadOnlyPaths NoExecPaths=/nowhere
lint_1.raw|-|works|rmdir srv/kept
lint_1.raw|bind-target-missing|start|add lint.service Service MountImages=/root/images/nothing:/mounted
lint_1.raw|working-directory-missing|start|change lint.service WorkingDirectory WorkingDirectory=/nowhere
lint_1.raw|os-release-missing|attach|rm usr/lib/os-release etc/os-release
lint_1.raw|os-release-id-missing|attach|release /^ID=/d
lint_1.raw|prefixes-mismatch|attach|release s/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES=other/
other_1.raw|prefixes-mismatch|attach|true
other_1.raw|no-matching-unit|attach|release s/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES=other/
lint-1.2.raw|image-name-prefix-trap|attach|true
lint-1.2.raw|image-name-prefix-trap|attach|release /PORTABLE_PREFIXES/d
lin_1.raw|no-matching-unit|attach|release /PORTABLE_PREFIXES/d
lint_1.raw|no-matching-unit|attach|rm $units/lint*
lint_1.raw|unit-empty|start|: >$units/lint-once.service
lint_1.raw|unit-unreadable|start|rm $units/lint-once.service; ln -s /nowhere $units/lint-once.service
lint_1.raw|settings-not-extracted|silently systemctl show --property=Environment lint-once.service : grep -q ADDED=1|mkdir $units/lint-once.service.d; printf '[Service]\nEnvironment=ADDED=1\n' >$units/lint-once.service.d/10.conf
lint_1.raw|settings-not-extracted|silently systemctl cat lint-x.mount|printf '[Mount]\nWhat=tmpfs\nWhere=/lint/x\n' >$units/lint-x.mount
lint_1.raw|settings-not-extracted|silently systemctl show --property=Wants lint.target : grep -q once|printf '[Unit]\nDescription=x\n[Install]\nWantedBy=multi-user.target\n' >$units/lint.target; mkdir $units/lint.target.wants; ln -s ../lint-once.service $units/lint.target.wants/
lint_1.raw|unknown-section-or-key|ignored|add lint-once.service Service DynamicUsers=yes
lint_1.raw|unknown-section-or-key|ignored|add lint-once.service Service StartLimitIntervalSecs=0
lint_1.raw|unknown-section-or-key|ignored|add lint.socket Socket ListenStreams=1
lint_1.raw|unknown-section-or-key|ignored|printf '[Servce]\nDynamicUser=yes\n' >>$units/lint-once.service
lint_1.raw|unknown-section-or-key|ignored|printf '[Socket]\nListenStream=1\n' >>$units/lint-once.service
lint_1.raw|setting-invalid|ignored|add lint-once.service Service 'no assignment'
lint_1.raw|setting-invalid|ignored|add lint-once.service Service StateDirectory=/var/lib/lint
lint_1.raw|setting-invalid|ignored|add lint-once.service Service ConfigurationDirectory=a:b
lint_1.raw|setting-invalid|ignored|add lint-once.service Service BindPaths=relative
lint_1.raw|unit-without-program|start|sed -i /^ExecStart/d $units/lint-once.service
lint_1.raw|accept-template-mismatch|start|add lint.socket Socket Accept=yes
lint_1.raw|accept-template-mismatch|start|inetd; sed -i /^Accept/d $units/lint.socket
lint_1.raw|socket-service-missing|start|rm $units/lint.service
lint_1.raw|socket-service-missing|start|add lint.socket Socket Service=lint-other.service
lint_1.raw|program-missing|start|change lint-once.service ExecStart ExecStart=/usr/bin/nowhere
lint_1.raw|program-missing|start|add lint-once.service Service ExecStartPre=nowhere
lint_1.raw|program-missing|start|rm usr/bin/lint
lint_1.raw|program-not-executable|start|chmod 0644 usr/bin/lint
lint_1.raw|program-not-executable|start|printf 'text' >usr/bin/lint
lint_1.raw|program-not-executable|start|rm usr/bin/lint; mkdir usr/bin/lint
lint_1.raw|program-not-executable|start|truncate -s 60 usr/bin/lint
lint_1.raw|program-needs-interpreter|start|printf '#!/bin/sh\n' >usr/bin/lint
lint_1.raw|program-dynamic-incomplete|start|cp -L /bin/true usr/bin/lint
lint_1.raw|program-dynamic-incomplete|start|cp -L /bin/true usr/bin/lint; mkdir -p lib64; cp -L /lib64/ld-linux-x86-64.so.2 lib64/
lint_1.raw|program-for-other-machine|start|cp usr/bin/lint usr/bin/arm; printf '\267\0' \| dd of=usr/bin/arm bs=1 seek=18 conv=notrunc status=none; change lint-once.service ExecStart ExecStart=/usr/bin/arm
END
}

# --- the comparison -------------------------------------------------------------

@test "what the linter says of an image is what systemd does with it" {
	cd "$BATS_TEST_TMPDIR"
	n=0 disagreements=0
	while IFS= read -r line; do
		line=${line//\\|/$'\1'}
		IFS='|' read -r name rule wanted how <<<"$line"
		how=${how//$'\1'/|}
		n=$((n + 1))
		rm -rf tree ./*.raw
		cp -a "$BATS_FILE_TMPDIR/lint_1" tree
		(cd tree && eval "$how")
		mksquashfs tree "$name" -noappend -quiet -no-progress >/dev/null 2>&1
		"$mkportable" lint "$name" >said || [ $? = 1 ]
		lab rm -rf /root/images/
		lab mkdir /root/images
		lab_push "$name" /root/images/
		check=
		case $wanted in silently*)
			check=${wanted#silently }
			check=${check// : / | }
			wanted=ignored
			;;
		esac
		did=$(lab bash /root/try "/root/images/$name" "$check" 2>details </dev/null) || did="no answer, $?"
		says=$(sed -n 's/^[^ ]*: error: \([a-z-]*\): .*/\1/p' said | sort -u | tr '\n' ' ')
		agree=yes
		# The rule that was meant is among the errors; none means that it works.
		case " $says" in
		*" $rule "*) [ "$did" != works ] || agree=NO ;;
		' ') [ "$rule" = - ] && [ "$did" = works ] || agree=NO ;;
		*) agree=NO ;;
		esac
		[ "$did" = "$wanted" ] || agree="NO ($wanted)"
		printf '| %s | `%s` | %s | %s | %s |\n' "$name" "${how//|/\\|}" "${says:-- }" "$did" "$agree"
		if [ "$agree" != yes ]; then
			disagreements=$((disagreements + 1))
			cat said details
		fi
	done < <(cases) >rows
	{
		printf '| image | change | errors of the linter | systemd | agree |\n|---|---|---|---|---|\n'
		cat rows
	} >table
	cat table
	cp table "$repository/build/lint-against-systemd.md"
	echo "$n images, $disagreements disagreements"
	((n >= 70))
	[ "$disagreements" = 0 ]
}

# Attaches what the linter found no error in, and asks it.
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

@test "no unit of a whole Debian has a section or key that the linter does not know" {
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
	run -1 grep -E 'unknown-section-or-key|setting-invalid' <<<"$output"
}
