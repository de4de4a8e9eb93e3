#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What "mkportable build" promises: an image has exactly what its units ask for, and
# the same bytes wherever it is made; what systemd would refuse, ignore or fail at is
# an error with its place and remedy, and status 1; and an output is replaced by a
# whole new one or not at all.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	export PROGRAMS=$BATS_FILE_TMPDIR/programs
	mkdir "$PROGRAMS" "$PROGRAMS/directory"
	cd "$PROGRAMS" || return
	echo 'int main(void) { return 0; }' >demo.c
	musl-gcc -Os -s -static demo.c -o demo
	gcc -c demo.c -o object
	gcc -s demo.c -o dynamic
	echo 'int f(void) { return 0; }' >f.c
	echo 'int f(void); int main(void) { return f(); }' >g.c
	gcc -shared -nostdlib f.c -o libf.so
	gcc -nostdlib -shared -Wl,--no-as-needed f.c -L. -lf -Wl,-soname,libg.so -o libg.so
	echo 'int f(void); void _start(void) { f(); __builtin_trap(); }' >h.c
	gcc -nostdlib -nostartfiles h.c -L. -lf -o needs-f
	gcc -nostdlib -nostartfiles h.c -L. -lf -Wl,--disable-new-dtags,-rpath,/opt/own -o rpath
	gcc -nostdlib -nostartfiles h.c -L. -lf -Wl,--enable-new-dtags,-rpath,"\$ORIGIN/../own" -o runpath
	gcc -nostdlib -nostartfiles h.c -L. -Wl,-rpath-link,. -lg -o needs-g
	musl-gcc -Os -s demo.c -o musl-dynamic
	cp demo arm64
	printf '\xb7\0' | dd of=arm64 bs=1 seek=18 conv=notrunc status=none # e_machine
	head -c 40 demo >truncated
	chmod +x truncated
	echo 'no program' >text
}

setup() {
	in_scratch
	fixtures=$BATS_TEST_DIRNAME/fixtures/build
	build_options+=(--program-path="$PROGRAMS")
}

# The entries of an image, as "mode owner size time path [-> target]"; directories without
# their size, which is no promise.
list() { # IMAGE
	TZ=UTC unsquashfs -lln "$1" | sed -E 's/^(d[^ ]* +[^ ]+ +)[0-9]+/\1-/; s/ +/ /g; s/squashfs-root$/\//; s/squashfs-root//'
}

content() { # IMAGE PATH
	unsquashfs -cat "$1" "$2"
}

# What a failing build prints, and that it leaves no file.
fails_with() { # LINE COMMAND...
	run -1 --separate-stderr "${@:2}"
	echo "is:     $stderr"
	echo "wanted: mkportable: $1"
	[ "$stderr" = "mkportable: $1" ]
	[ -z "$output" ]
	[ -z "$(find . -name '*.raw' -o -name '*.tar' -o -name '.*.new')" ]
}

# What a build prints when a rule finds an error in a line of ID/ID.service.
refused() { # ID LINE RULE MESSAGE REMEDY
	run -1 --separate-stderr build "$1"
	echo "is: $stderr"
	[ "$stderr" = "$1/$1.service:$2: error: $3: $4
  remedy: $5" ]
	[ -z "$output" ]
	[ -z "$(find . -name '*.raw')" ]
}

@test "a service becomes an image of its program, its unit, os-release and the places that every image needs" {
	service demo ExecStart=/usr/bin/demo
	run -0 --separate-stderr build demo
	[ -z "$output$stderr" ]

	program=$(stat -c %s "$PROGRAMS/demo") release=$(content demo_0.raw usr/lib/os-release | wc -c)
	list demo_0.raw >is
	cat >wanted <<-END
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /dev
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /etc
		-rw-r--r-- 0/0 0 1970-01-01 00:00 /etc/machine-id
		lrwxrwxrwx 0/0 21 1970-01-01 00:00 /etc/os-release -> ../usr/lib/os-release
		-rw-r--r-- 0/0 0 1970-01-01 00:00 /etc/resolv.conf
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /proc
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /run
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /sys
		drwxrwxrwt 0/0 - 1970-01-01 00:00 /tmp
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /usr
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /usr/bin
		-rwxr-xr-x 0/0 $program 1970-01-01 00:00 /usr/bin/demo
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /usr/lib
		-rw-r--r-- 0/0 $release 1970-01-01 00:00 /usr/lib/os-release
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /usr/lib/systemd
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /usr/lib/systemd/system
		-rw-r--r-- 0/0 34 1970-01-01 00:00 /usr/lib/systemd/system/demo.service
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /var
		drwxrwxrwt 0/0 - 1970-01-01 00:00 /var/tmp
	END
	diff wanted is
	content demo_0.raw usr/bin/demo | cmp - "$PROGRAMS/demo"
	content demo_0.raw usr/lib/systemd/system/demo.service | cmp - demo/demo.service
}

@test "every setting that mounts over a place gets that place, and no other does" {
	build "$fixtures/places"
	list places_0.raw | sed 's/.* 00:00 //' | grep -Ev '^(/(usr|dev|proc|sys|tmp).*|/etc|/run|/var(/tmp)?|/)$' >is
	cat >wanted <<-'END'
		/boot
		/bound
		/bound/b
		/bound/colon
		/etc/conf
		/etc/hosts
		/etc/localtime
		/etc/machine-id
		/etc/nsswitch.conf
		/etc/os-release -> ../usr/lib/os-release
		/etc/resolv.conf
		/kept
		/kept/file
		/linked -> ../run
		/mounted
		/mounted/image
		/opt
		/root
		/scratch
		/srv
		/srv/a
		/srv/with space
		/srv/work
		/srv/writable
		/var/cache
		/var/cache/places
		/var/lib
		/var/lib/a
		/var/lib/a/b
		/var/lib/bound
		/var/lib/c
		/var/lib/c/d
		/var/lib/c/d/e -> ../../a/b
		/var/lib/from
		/var/lib/nested
		/var/lib/nested/state
		/var/lib/state
		/var/lib/to -> from
		/var/log
		/var/log/places-log
		/var/tmp/x
	END
	diff wanted is
}

@test "bound well-known files are empty files, everything else bound is a directory" {
	build "$fixtures/places"
	list places_0.raw >is
	for path in hosts localtime nsswitch.conf; do
		grep -qx -- "-rw-r--r-- 0/0 0 1970-01-01 00:00 /etc/$path" is
	done
	for path in /srv/a /bound/b /var/lib/bound /boot; do
		grep -qx -- "drwxr-xr-x 0/0 - 1970-01-01 00:00 $path" is
	done
}

@test "os-release says what the image is, quoted as a shell reads it" {
	build --version=1.2~rc1 "$fixtures/places"
	content places_1.2~rc1.raw usr/lib/os-release >is
	cat >wanted <<-'END'
		ID=places
		NAME=places
		PRETTY_NAME="places 1.2~rc1"
		VERSION_ID="1.2~rc1"
		IMAGE_ID=places
		IMAGE_VERSION="1.2~rc1"
		ARCHITECTURE=x86-64
		PORTABLE_PREFIXES=places
		PORTABLE_PRETTY_NAME="Places that    stand \"ready\", for 3 \$"
	END
	diff wanted is
	# shellcheck disable=SC1091 # the image's, not ours
	[ "$(. ./is && echo "$PORTABLE_PRETTY_NAME")" = 'Places that    stand "ready", for 3 $' ]
}

@test "the description is that of the unit named after the image, else of the first with one" {
	service two ExecStart=/usr/bin/demo
	printf '[Unit]\nDescription=first\n' >two/two-a.target
	build two
	content two_0.raw usr/lib/os-release | grep -x 'PORTABLE_PRETTY_NAME=first'
	printf '[Unit]\nDescription=main of %%p\n' >>two/two.service
	build two
	content two_0.raw usr/lib/os-release | grep -x 'PORTABLE_PRETTY_NAME="main of two"'
}

@test "a line of the template whose variable has no value is left out" {
	mkdir empty
	printf '[Unit]\n' >empty/empty.target
	build empty
	content empty_0.raw usr/lib/os-release >is
	run -1 grep -E 'ARCHITECTURE|PRETTY_NAME=""|PORTABLE_PRETTY' is
}

@test "each directory that should fail fails with exactly what is written in it" {
	cd "$fixtures"
	failed=0
	for directory in should-fail*; do
		run -1 --separate-stderr build --format=tar --output="$BATS_TEST_TMPDIR/x.tar" "$directory"
		if [ "$stderr" != "$(cat "$directory/.error")" ] || [ -n "$output" ] ||
			[ -e "$BATS_TEST_TMPDIR/x.tar" ]; then
			echo "$directory says: $stderr"
			failed=1
		fi
	done
	[ "$failed" = 0 ]
}

@test "a program is an executable ELF file or a script, or refused" {
	service demo ExecStart=/usr/bin/text
	fails_with "demo/demo.service:2: '$PROGRAMS/text' is not executable" build demo
	service demo ExecStart=/opt/x/directory
	fails_with "demo/demo.service:2: '$PROGRAMS/directory' is a directory, not a program" build demo
	chmod +x "$PROGRAMS/text" "$PROGRAMS/object"
	service demo ExecStart=/usr/bin/text
	refused demo 2 program-not-executable "cannot run '/usr/bin/text': neither an ELF program nor a script with '#!'" "put an executable program there"
	service demo ExecStart=/usr/bin/object
	refused demo 2 program-not-executable "cannot run '/usr/bin/object': an object file, not a linked program" "put an executable program there"
	service demo ExecStart=/usr/bin/truncated
	refused demo 2 program-not-executable "cannot run '/usr/bin/truncated': a damaged ELF file" "put an executable program there"
}

@test "programs for different machines are refused" {
	service demo ExecStartPre=/usr/bin/demo ExecStart=/usr/bin/arm64
	refused demo 3 program-for-other-machine "'/usr/bin/arm64' is a program for arm64 (64 bit), but '/usr/bin/demo' is one for x86-64 (64 bit)" "build both for one machine"
	service demo ExecStart=/usr/bin/arm64
	build demo
	content demo_0.raw usr/lib/os-release | grep -x ARCHITECTURE=arm64
}

# What this system does not have either.
from_a_tree='; --root= takes it from a tree that has it, such as mkportable-debian-tree(1) makes'

incomplete() { # ID PROGRAM WHAT [WITH-ROOT]
	refused "$1" 2 program-dynamic-incomplete "'$2' cannot be loaded: $3" \
		"link the program statically, or add what is missing$from_a_tree${4:+; with --root=/: '$2' cannot be loaded: $4}"
}

@test "a dynamic program needs its loader in the image" {
	service demo ExecStart=/usr/bin/dynamic
	run -1 --separate-stderr build demo
	[[ "$stderr" == "demo/demo.service:2: error: program-dynamic-incomplete: '/usr/bin/dynamic' cannot be loaded: its loader '/lib64/ld-linux-x86-64.so.2' is not in the image
  remedy: --root=/ adds what is missing: "* ]]
	[ -z "$(find . -name '*.raw')" ]
}

# The same with glibc's loader in tree/.
service_with_loader() { # NAME LINE...
	service "$@"
	mkdir -p "$1/tree/lib64"
	cp -L /lib64/ld-linux-x86-64.so.2 "$1/tree/lib64/"
}

@test "a dynamic program needs every library in the image, and the libraries of those" {
	service_with_loader demo ExecStart=/usr/bin/needs-f
	incomplete demo /usr/bin/needs-f "it needs the library 'libf.so', which is not in the image"
	mkdir -p demo/tree/usr/lib
	cp "$PROGRAMS/libf.so" demo/tree/usr/lib
	build demo

	rm demo_0.raw
	service_with_loader deep ExecStart=/usr/bin/needs-g
	mkdir -p deep/tree/usr/lib/x86_64-linux-gnu
	cp "$PROGRAMS/libg.so" deep/tree/usr/lib/x86_64-linux-gnu
	# With the link /lib of this system, the loader finds it in another directory first.
	by_link=
	[ ! -L /lib ] || by_link="it needs the library 'libf.so' of '/lib/x86_64-linux-gnu/libg.so', which is not in the image"
	incomplete deep /usr/bin/needs-g "it needs the library 'libf.so' of '/usr/lib/x86_64-linux-gnu/libg.so', which is not in the image" \
		"$by_link"
	# The loader of Debian does not search there.
	cp "$PROGRAMS/libf.so" deep/tree/lib64
	incomplete deep /usr/bin/needs-g "it needs the library 'libf.so' of '/usr/lib/x86_64-linux-gnu/libg.so', which is not in the image" \
		"$by_link"
	mv deep/tree/lib64/libf.so deep/tree/usr/lib/
	build deep
}

@test "of many libraries that are missing the first are named" {
	mkdir path libraries
	: >empty.c
	for n in {101..150}; do
		gcc -shared -nostdlib "-Wl,-soname,lib$n.so" -o "libraries/lib$n.so" empty.c
	done
	gcc -nostdlib -nostartfiles -Wl,--no-as-needed,-e,0 -o path/many empty.c libraries/*.so
	service_with_loader demo ExecStart=/usr/bin/many
	build_options+=(--program-path=path)
	names=$(printf "'lib%s.so', " {101..116})
	incomplete demo /usr/bin/many "it needs the libraries ${names%, } and 34 more, which are not in the image"
	# also in a search path that grows where it is expanded
	rpath=$(printf ':%.0s' {1..10} | sed "s/:/:$(printf '$ORIGIN%.0s' {1..400})/g")
	gcc -nostdlib -nostartfiles -Wl,--no-as-needed,-e,0,-rpath,"$rpath" -o path/many empty.c libraries/*.so
	(
		ulimit -v 300000
		incomplete demo /usr/bin/many "it needs the libraries ${names%, } and 34 more, which are not in the image"
	)
}

@test "libraries are found by RPATH, by RUNPATH with \$ORIGIN, and through links" {
	service_with_loader rpath ExecStart=/usr/bin/rpath
	mkdir -p rpath/tree/opt/real
	ln -s real rpath/tree/opt/own
	cp "$PROGRAMS/libf.so" rpath/tree/opt/real
	build rpath

	service_with_loader runpath ExecStart=/usr/bin/runpath
	mkdir -p runpath/tree/usr/own
	cp "$PROGRAMS/libf.so" runpath/tree/usr/own
	build runpath
}

@test "a library for another machine is passed over" {
	service_with_loader demo ExecStart=/usr/bin/needs-f
	mkdir -p demo/tree/usr/lib
	cp "$PROGRAMS/libf.so" demo/tree/usr/lib
	printf '\xb7\0' | dd of=demo/tree/usr/lib/libf.so bs=1 seek=18 conv=notrunc status=none
	incomplete demo /usr/bin/needs-f "it needs the library 'libf.so', which is not in the image"
}

@test "with musl the loader is the C library" {
	loader=$(readelf -l "$PROGRAMS/musl-dynamic" | sed -n 's/.*interpreter: \(.*\)]/\1/p')
	service demo ExecStart=/usr/bin/musl-dynamic
	mkdir -p "demo/tree/${loader%/*}"
	cp -L "$loader" "demo/tree/$loader"
	build demo
}

@test "a script runs with its interpreter from tree/" {
	service demo ExecStart=/usr/bin/script
	mkdir -p demo/tree/usr/bin demo/tree/opt
	ln -s usr/bin demo/tree/bin
	cp "$PROGRAMS/demo" demo/tree/usr/bin/sh
	printf '#! /bin/sh -e\n' >demo/tree/usr/bin/script
	chmod +x demo/tree/usr/bin/script
	build demo
	content demo_0.raw usr/lib/os-release | grep -x ARCHITECTURE=x86-64

	printf '#!bin/sh\n' >demo/tree/usr/bin/script
	rm demo_0.raw
	build demo
	rm demo_0.raw
	printf '#!sh\n' >demo/tree/usr/bin/script
	refused demo 2 program-needs-interpreter "cannot run the script '/usr/bin/script' with the interpreter 'sh': not in the image" "add the interpreter to the image, or use a program$from_a_tree"
	printf '#!/usr/bin/script\n' >demo/tree/usr/bin/script
	refused demo 2 program-needs-interpreter "cannot run the script '/usr/bin/script' with the interpreter '/usr/bin/script': interpreter chain too long" "add the interpreter to the image, or use a program"
}

@test "the programs of all commands of a service go in, whatever their prefixes" {
	for name in condition pre start post reload stop; do
		cp "$PROGRAMS/demo" "$name"
	done
	service demo Type=oneshot ExecStart=/usr/bin/nowhere ExecStart= ExecCondition=-/usr/bin/condition \
		'ExecStartPre=@-+/usr/libexec//pre argv0' \
		'ExecStart=:!!start one ; "/opt/a b/start" two' ExecStartPost=/usr/bin/post \
		'ExecReload=%S/%p/reload %i' ExecStop=/usr/bin/stop 'ExecStopPost=-afterwards \; /no/program'
	mkdir -p demo/tree/usr/sbin demo/tree/bin
	cp demo/demo.service demo/demo@.service
	sed -i '/ExecReload/d' demo/demo@.service
	cp "$PROGRAMS/demo" demo/tree/usr/sbin/afterwards
	printf '[Socket]\nListenStream=1\nExecStartPre=/usr/bin/on-the-host\n' >demo/demo.socket
	mkportable build --program-path=. --os-release="$repository/os-release.in" demo
	list demo_0.raw | sed -n 's/^-rwx.* 00:00 //p' >is
	printf '%s\n' '/opt/a b/start' /usr/bin/condition /usr/bin/post /usr/bin/start /usr/bin/stop \
		/usr/libexec/pre /usr/sbin/afterwards /var/lib/demo/reload >wanted
	diff wanted is
}

@test "a program that the unit binds from the host is not looked for; one that is bound by itself is an empty file" {
	service demo ExecStart=/usr/bin/bound 'ExecStartPost=/opt/tools/bin/other x' \
		BindReadOnlyPaths=/srv/bound:/usr/bin/bound BindReadOnlyPaths=/srv/tools:/opt/tools
	build demo
	list demo_0.raw >is
	grep -qx -- '-rw-r--r-- 0/0 0 1970-01-01 00:00 /usr/bin/bound' is
	grep -qx -- 'drwxr-xr-x 0/0 - 1970-01-01 00:00 /opt/tools' is
	run ! grep -q /opt/tools/bin is
}

@test "instances of a template that units name get their places, and others those that tree/ has" {
	service demo ExecStart=/usr/bin/demo StateDirectory=%p/%i
	mv demo/demo.service demo/demo@.service
	printf '[Install]\nDefaultInstance=first\n' >>demo/demo@.service
	printf '[Timer]\nOnBootSec=1\nUnit=demo@second.service\n[Install]\nWantedBy=timers.target\n' >demo/demo.timer
	cp demo/demo@.service demo/demo@third.service
	sed -i '/Install/,$d' demo/demo@third.service
	build demo 2>said
	grep -q 'note: specifier-undecided' said
	list demo_0.raw | sed -n 's|.* /var/lib/demo/||p' >is
	printf '%s\n' first second third | diff - is
}

@test "a command for a shell needs /bin/sh, and no program by itself" {
	service demo 'ExecStart=-|nowhere | tail'
	fails_with "demo/demo.service:2: cannot find the program '/bin/sh' of ExecStart=, neither in tree/ nor in the program path" build demo
	mkdir -p demo/tree/bin
	cp "$PROGRAMS/demo" demo/tree/bin/sh
	build demo
}

@test "--extension makes an image to attach on top of another one" {
	build_options=(--program-path="$PROGRAMS")
	mkdir -p more/tree/usr/share
	echo data >more/tree/usr/share/data
	printf '[Service]\nExecStart=/usr/bin/demo\nStateDirectory=other\n[Install]\nWantedBy=multi-user.target\n' >more/other-more.service
	run -0 --separate-stderr build --extension --version=2 more
	[ -z "$stderr" ]
	list more_2.raw | sed 's/^[^ ]* .* //' >entries
	diff - entries <<-'END'
		/
		/usr
		/usr/bin
		/usr/bin/demo
		/usr/lib
		/usr/lib/extension-release.d
		/usr/lib/extension-release.d/extension-release.more_2
		/usr/lib/systemd
		/usr/lib/systemd/system
		/usr/lib/systemd/system/other-more.service
		/usr/share
		/usr/share/data
	END
	diff <(content more_2.raw usr/lib/extension-release.d/extension-release.more_2) - <<-END
		ID=_any
		ARCHITECTURE=$(content more_2.raw usr/lib/extension-release.d/extension-release.more_2 | sed -n 's/^ARCH.*=//p')
		SYSEXT_ID=more
		SYSEXT_VERSION_ID=2
	END
	run -0 mkportable lint more_2.raw
	run ! grep -E ': (error|warning|security): ' <<<"$output"

	# Of data alone, under any name, for one image only.
	rm more/other-more.service
	printf 'ID=base\nSYSEXT_LEVEL=1\nPORTABLE_PREFIXES=@ID@\n' >template
	run -0 build --extension --os-release=template --format=directory --output=out more
	diff - out/usr/lib/extension-release.d/extension-release.out <<-'END'
		ID=base
		SYSEXT_LEVEL=1
		PORTABLE_PREFIXES=more
	END
	run -0 mkportable lint out
	usage_error "--extension goes with neither --init= nor --format=tar or --format=oci" build --extension --init=demo more
	usage_error "--extension goes with neither --init= nor --format=tar or --format=oci" build --extension --format=tar more
	usage_error "--extension goes with neither --init= nor --format=tar or --format=oci" build --extension --format=oci more
	echo SYSEXT_SCOPE=system >>template
	run -1 build --extension --os-release=template more
	[[ $output == *"more: error: extension-release-invalid: "* ]]
}

@test "--init= puts a program in to boot with, by path or by name; none, and nothing, put none in" {
	mkdir one
	cp "$PROGRAMS/demo" one/starter
	service demo ExecStart=/usr/bin/demo
	build=(mkportable build "--program-path=$PROGRAMS" --program-path=one "--os-release=$repository/os-release.in")
	for init in starter one/starter; do
		"${build[@]}" "--init=$init" demo
		content demo_0.raw usr/sbin/init | cmp - one/starter
		unsquashfs -ll demo_0.raw | grep -F '/sbin -> usr/sbin'
		run -0 mkportable lint demo_0.raw
	done
	for init in '' --init=none; do
		"${build[@]}" ${init:+"$init"} demo
		run ! grep -F usr/sbin <(unsquashfs -l demo_0.raw)
		rm demo_0.raw
	done
	fails_with "--init: cannot find 'missing' in the program path" "${build[@]}" --init=missing demo
	fails_with "--init: cannot read './missing': No such file or directory" "${build[@]}" --init=./missing demo
	chmod a-x one/starter
	fails_with "--init: 'one/starter' is not executable" "${build[@]}" --init=one/starter demo
	mkdir -p demo/tree/sbin
	run -1 "${build[@]}" --init=starter demo
}

@test "the first directory of the program path that has a program gives it, unless tree/ does" {
	mkdir one two
	cp "$PROGRAMS/demo" two/demo
	cp "$PROGRAMS/arm64" one/demo
	service demo ExecStart=/usr/bin/demo
	mkportable build --program-path=one --program-path=two --os-release="$repository/os-release.in" demo
	content demo_0.raw usr/bin/demo | cmp - one/demo
	mkdir -p demo/tree/usr/bin
	cp two/demo demo/tree/usr/bin/
	mkportable build --program-path=one --program-path=two --os-release="$repository/os-release.in" demo
	content demo_0.raw usr/bin/demo | cmp - two/demo
}

@test "a README.md beside the units is no part of the image" {
	service demo ExecStart=/usr/bin/demo
	mkdir -p demo/tree/usr/share/demo
	echo text | tee demo/README.md >demo/tree/usr/share/demo/README.md
	build demo
	[ "$(list demo_0.raw | grep -o '[^ ]*README.*')" = /usr/share/demo/README.md ]
	# of that name only a file
	rm demo/README.md
	mkdir demo/README.md
	run -1 mkportable build --program-path="$PROGRAMS" demo
	[[ $output == *"demo/README.md: neither 'tree' nor a unit"* ]]
}

@test "tree/ is copied as it is, with two modes only" {
	service demo ExecStart=/usr/bin/demo
	mkdir -p demo/tree/usr/share/demo demo/tree/opt/.hidden
	chmod 700 demo/tree/usr demo/tree/opt/.hidden
	echo text >demo/tree/usr/share/demo/a
	chmod 600 demo/tree/usr/share/demo/a
	install -m 510 "$PROGRAMS/demo" demo/tree/usr/share/demo/x
	ln demo/tree/usr/share/demo/a demo/tree/usr/share/demo/hard
	ln -s ../../../nowhere demo/tree/usr/share/demo/link
	echo ü >'demo/tree/usr/share/demo/ü b'
	build demo
	list demo_0.raw | grep -E '/opt|/usr/share' >is
	size=$(stat -c %s "$PROGRAMS/demo")
	cat >wanted <<-END
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /opt
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /opt/.hidden
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /usr/share
		drwxr-xr-x 0/0 - 1970-01-01 00:00 /usr/share/demo
		-rw-r--r-- 0/0 5 1970-01-01 00:00 /usr/share/demo/a
		-rw-r--r-- 0/0 5 1970-01-01 00:00 /usr/share/demo/hard
		lrwxrwxrwx 0/0 16 1970-01-01 00:00 /usr/share/demo/link -> ../../../nowhere
		-rwxr-xr-x 0/0 $size 1970-01-01 00:00 /usr/share/demo/x
		-rw-r--r-- 0/0 3 1970-01-01 00:00 /usr/share/demo/ü b
	END
	diff wanted is
}

@test "what is added to the image goes where the links of tree/ lead" {
	service demo ExecStart=/bin/demo StateDirectory=demo
	mkdir -p demo/tree/usr/bin demo/tree/data
	ln -s usr/bin demo/tree/bin
	ln -s /data demo/tree/var
	mkdir -p demo/tree/usr/etc
	ln -s usr/etc demo/tree/etc
	echo 0123 >demo/tree/usr/etc/machine-id
	build demo
	[ "$(content demo_0.raw usr/etc/machine-id)" = 0123 ]
	list demo_0.raw | sed 's/.* 00:00 //' >is
	grep -qx /usr/bin/demo is
	grep -qx /data/lib/demo is
	grep -qx /data/tmp is
	grep -qx '/var -> /data' is
}

@test "bits and kinds of files that no image should have are refused by their path" {
	service demo ExecStart=/usr/bin/demo
	mkdir -p demo/tree/opt
	mkfifo demo/tree/opt/x
	fails_with "demo/tree/opt/x: a FIFO cannot be part of an image" build demo
	rm demo/tree/opt/x
	for bits in 4755:set-user-ID 2755:set-group-ID 1644:sticky; do
		install -m 755 /dev/null demo/tree/opt/x
		chmod "${bits%:*}" demo/tree/opt/x
		fails_with "demo/tree/opt/x: has the ${bits#*:} bit" build demo
	done
	rm demo/tree/opt/x
	: >demo/tree/opt/$'a\tb'
	fails_with "demo/tree/opt/a\\x09b: the path '/opt/a\\x09b' contains a control character" build demo
	rm demo/tree/opt/*
	: >demo/tree/opt/$'\xff'
	fails_with "demo/tree/opt/\\xff: the path '/opt/\\xff' is not valid UTF-8" build demo
}

@test "a device in tree/ is refused" {
	service demo ExecStart=/usr/bin/demo
	mkdir demo/tree
	mknod demo/tree/null c 1 3 2>/dev/null || skip "mknod: not permitted"
	fails_with "demo/tree/null: a device cannot be part of an image" build demo
}

@test "a line of a unit larger than a mebibyte is refused, and a unit of four" {
	service demo ExecStart=/usr/bin/demo
	head -c 1048577 /dev/zero | tr '\0' '#' >>demo/demo.service
	run -1 --separate-stderr build demo
	[[ $stderr == "demo/demo.service: error: unit-unreadable: "*": it has a line of more than 1 MiB"* ]]
	yes '# a comment' | head -c 4194305 >demo/demo.service
	fails_with "demo/demo.service: cannot read the unit: File too large" build demo
}

@test "every problem of a unit file is printed with its line" {
	printf 'stray\n[Service]\nExecStart=/usr/bin/demo\nbroken\n' >unit
	mkdir demo
	mv unit demo/demo.service
	run -1 --separate-stderr build demo
	diff - <(grep -v '^  remedy: ' <<<"$stderr") <<-'END'
		demo/demo.service:1: error: setting-invalid: neither a section header nor an assignment: missing '='
		demo/demo.service:4: error: setting-invalid: neither a section header nor an assignment: missing '='
	END
}

@test "a broken template is reported with its line, and no image is made" {
	service demo ExecStart=/usr/bin/demo
	template() { # LINE MESSAGE
		printf 'ID=@ID@\n# comment\n%s\n' "$1" >template
		fails_with "template:3: $2" mkportable build --program-path="$PROGRAMS" --os-release=template demo
	}
	template 'NAME=@NAME@' "there is no '@NAME@'"
	template 'NAME' "neither KEY=value nor a comment"
	template 'name=x' "neither KEY=value nor a comment"
	template 'NAME="@ID@' "a quote is not closed"
	template "NAME='x" "a quote is not closed"
	template 'NAME=two words' "a value with a space or a special character needs quotes"
	printf 'NAME=x\n' >template
	fails_with "template:1: the template ends without a line for ID=" \
		mkportable build --program-path="$PROGRAMS" --os-release=template demo
	head -c 65537 /dev/zero >template
	fails_with "cannot read the os-release template 'template' (--os-release= names another): File too large" \
		mkportable build --program-path="$PROGRAMS" --os-release=template demo
	fails_with "cannot read the os-release template 'nowhere' (--os-release= names another): No such file or directory" \
		mkportable build --program-path="$PROGRAMS" --os-release=nowhere demo
}

@test "an id that portablectl reads differently is refused" {
	service de_mo ExecStart=/usr/bin/demo
	fails_with "de_mo: the directory's name is the image's id, and 'de_mo' contains '_', where portablectl cuts the image's name; use '-'" build de_mo
	mkdir demo.v
	fails_with "demo.v: the directory's name is the image's id, and 'demo.v' ends with '.raw' or '.v', which portablectl removes" build demo.v
	fails_with "cannot open the directory 'nowhere': No such file or directory" build nowhere
}

@test "the id is the last component of the directory's path, however it is written" {
	service demo ExecStart=/usr/bin/demo
	build ./demo///
	[ -f demo_0.raw ]
	(cd demo && build --output=../demo_1.raw .)
	mkdir -p demo/tree/usr
	(cd demo/tree && build --output=../../demo_2.raw ..)
	(cd demo && build --output=../demo_3.raw ../demo/.)
	cmp demo_2.raw demo_3.raw
	cmp demo_0.raw demo_1.raw
	cmp demo_0.raw demo_2.raw # an empty /usr is there anyway
}

@test "an output that portablectl would take for another image is a usage error" {
	service demo ExecStart=/usr/bin/demo
	usage_error "--output: portablectl would take 'demo-1.raw' for the image 'demo-1', not 'demo'" build --output=demo-1.raw demo
	usage_error "--output: portablectl would take 'x_1.raw' for the image 'x', not 'demo'" build --output=/tmp/x_1.raw demo
	usage_error "--output: portablectl takes only files that end in '.raw': 'demo_1'" build --output=demo_1 demo
	usage_error "--output: portablectl would take 'other' for the image 'other', not 'demo'" build --format=directory --output=other demo
	build --output=demo.raw demo
	build --output=demo_5_x86-64.raw demo
}

@test "calling it wrongly is one line and status 2" {
	usage_error "no verb given" mkportable
	usage_error "unknown verb: 'brew'" mkportable brew
	usage_error "unknown option: '--brew'" mkportable --brew
	usage_error "unexpected argument: 'build'" mkportable -- build
	usage_error "no verb given" mkportable --
	usage_error "build: no image directory given" mkportable build
	usage_error "unexpected argument: 'b'" mkportable build a b
	usage_error "unknown option: '--brew'" mkportable build --brew a
	usage_error "unknown option: '-x'" mkportable build -x a
	usage_error "option needs a value: '--output'" mkportable build a --output
	usage_error "option needs a value: '--output='" mkportable build --output= a
	usage_error "--format: not one of squashfs, ddi, directory, tar and oci: 'zip'" mkportable build --format=zip a
	usage_error "--version: '1_2' contains '_', which separates the parts of an image's file name" mkportable build --version=1_2 a
	usage_error "--version: '1+2' contains '+', which begins systemd's count of tries; use '.' or '^'" mkportable build --version=1+2 a
	usage_error "--version: '1/2' may contain only letters, digits, '.', '-', '~' and '^'" mkportable build --version=1/2 a
	usage_error "--output=-: only --format=tar and --format=oci can be written to standard output" mkportable build --output=- a
}

@test "--help and --version go to standard output" {
	run -0 --separate-stderr mkportable --version
	[[ $output =~ ^mkportable\ [0-9.]+$ && -z $stderr ]]
	run -0 --separate-stderr mkportable --help
	[[ $output == *"build [OPTION]... IMAGE-DIRECTORY"* && -z $stderr ]]
	run -0 --separate-stderr mkportable build --help
	[ -z "$stderr" ]
	grep -oE '^  --[a-z-]+' <<<"$output" | while read -r option; do
		grep -q "^\.It Fl ${option#-}\b" "$repository/mkportable/mkportable.1"
	done
	for option in --help --version; do
		run -1 bash -c "mkportable $option >/dev/full"
		[ "$output" = "mkportable: cannot write to standard output" ]
	done
}

@test "text of which only the end reaches standard output is a failure" {
	# A pipe of one page with something in it: what fills a page does not fit, what is left does.
	run -0 --separate-stderr python3 - <<-'END'
		import fcntl, os, subprocess
		reader, writer = os.pipe()
		fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
		os.write(writer, b"x" * 64)
		os.set_blocking(writer, False)
		said = subprocess.run(["mkportable", "lint", "--rules"], stdout=writer, stderr=subprocess.PIPE)
		print(said.returncode, said.stderr.decode(), end="")
		os.close(writer)
		assert os.read(reader, 8192)[64:], "the end did not fit either: this proves nothing"
	END
	[ "$output" = "1 mkportable: cannot write to standard output" ]
}

@test "a tar archive has the same entries, owners, modes and times, and goes to standard output too" {
	build "$fixtures/places"
	build --format=tar "$fixtures/places"
	build --format=tar --output=- "$fixtures/places" >out
	cmp out places_0.tar
	mkdir from-tar from-squashfs
	tar -C from-tar -xpf places_0.tar
	unsquashfs -q -n -f -d from-squashfs places_0.raw >/dev/null
	tree() {
		(cd "$1" && find . -mindepth 1 -printf '%M %s %T@ %p %l\n' | sed -E 's/^(d[^ ]* )[0-9]+/\1/' | sort)
	}
	diff <(tree from-squashfs) <(tree from-tar)
	run -0 tar --numeric-owner -tvf places_0.tar
	run -1 grep -v ' 0/0 ' <<<"$output"
	run -1 --separate-stderr bash -c 'mkportable build "$@" >/dev/full' - "${build_options[@]}" --format=tar --output=- "$fixtures/places"
	[ "$stderr" = "mkportable: cannot write 'standard output': No space left on device" ]
}

@test "a directory image has the same entries, modes and times, whatever the umask" {
	(umask 077 && build --format=directory "$fixtures/places")
	build "$fixtures/places"
	unsquashfs -q -n -f -d from-squashfs places_0.raw >/dev/null
	tree() {
		(cd "$1" && find . -printf '%M %s %T@ %p %l\n' | sed -E 's/^(d[^ ]* )[0-9]+/\1/' | sort)
	}
	diff <(tree from-squashfs) <(tree places_0)
}

@test "a build needs no root, and no rights but to the output's directory" {
	[ "$(id -u)" = 0 ] || skip "id: not root, so every other test shows it"
	build "$fixtures/places"
	mv places_0.raw by-root.raw
	mkdir -m 777 theirs
	cp -r "$fixtures/places" "$PROGRAMS/demo" "$repository/os-release.in" "$(command -v mkportable)" theirs/
	chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	cd theirs
	setpriv --reuid=65534 --regid=65534 --clear-groups ./mkportable build --program-path=. --os-release=os-release.in places
	cmp places_0.raw ../by-root.raw
	setpriv --reuid=65534 --regid=65534 --clear-groups ./mkportable build --program-path=. --os-release=os-release.in --format=directory places
	[ "$(stat -c %u places_0/usr/bin/demo)" = 65534 ]
}

@test "a directory image is replaced as a whole, and only one that a build made" {
	service demo ExecStart=/usr/bin/demo
	build --format=directory demo
	inode=$(stat -c %i demo_0)
	touch demo_0/stranger
	mkdir .demo_0.new # as an interrupted build leaves it
	touch .demo_0.new/half
	build --format=directory demo
	[ "$(stat -c %i demo_0)" != "$inode" ]
	[ ! -e demo_0/stranger ]
	[ ! -e .demo_0.new ]

	mkdir demo_1
	touch demo_1/precious
	run -1 --separate-stderr build --format=directory --version=1 demo
	[ "$stderr" = "mkportable: cannot write 'demo_1': it exists and is not an image; remove it first" ]
	[ -e demo_1/precious ]
	touch demo_2
	run -1 --separate-stderr build --format=directory --version=2 demo
	[ "$stderr" = "mkportable: cannot write 'demo_2': it exists and is not an image; remove it first" ]
}

@test "the same bytes come out of another directory, user's umask, locale, time zone and time" {
	service demo ExecStart=/usr/bin/demo StateDirectory=demo
	mkdir -p demo/tree/usr/share/{b,a}
	echo 1 | tee demo/tree/usr/share/{b,a}/{z,B,a,_} >/dev/null
	build demo
	build --format=tar demo
	mkdir -p elsewhere/x
	(
		umask 077
		cp -r demo elsewhere/x/
		cp "$PROGRAMS/demo" elsewhere/
		find elsewhere -exec touch -d 2001-01-01 {} +
		[ "$(id -u)" != 0 ] || chown -R 1234:4321 elsewhere
		cd elsewhere
		export LC_ALL=C.UTF-8 TZ=Asia/Tokyo
		mkportable build --program-path=. --os-release="$repository/os-release.in" x/demo
		mkportable build --program-path=. --os-release="$repository/os-release.in" --format=tar x/demo
	)
	cmp demo_0.raw elsewhere/demo_0.raw
	cmp demo_0.tar elsewhere/demo_0.tar
	(($(stat -c %s demo_0.raw) % 1024 == 0))
	[ "$(stat -c %a elsewhere/demo_0.raw)" = 644 ]
}

@test "every time in the image is SOURCE_DATE_EPOCH, be it past or future" {
	service demo ExecStart=/usr/bin/demo
	SOURCE_DATE_EPOCH=86400 build demo
	run -1 bash -c "TZ=UTC unsquashfs -lln demo_0.raw | grep -v '1970-01-02 00:00'"
	SOURCE_DATE_EPOCH=4000000000 build demo
	run -1 bash -c "TZ=UTC unsquashfs -lln demo_0.raw | grep -v '2096-10-02 07:06'"
	rm demo_0.raw
	for wrong in -1 now 4294967296 ''; do
		SOURCE_DATE_EPOCH=$wrong fails_with "\$SOURCE_DATE_EPOCH: not a number of seconds up to 4294967295: '$wrong'" build demo
	done
}

@test "blocks are of 1 MiB in an image of large files, of 256 KiB in a small one and in one of many files" {
	block_size() { # IMAGE
		unsquashfs -s "$1" | sed -n 's/^Block size //p'
	}
	service demo ExecStart=/usr/bin/demo
	mkdir -p demo/tree/usr/share
	head -c 4000000 /dev/zero >demo/tree/usr/share/large
	build --output=demo_small.raw demo
	[ "$(block_size demo_small.raw)" = 262144 ]
	head -c 200000 /dev/zero >demo/tree/usr/share/second
	build --output=demo_large.raw demo
	[ "$(block_size demo_large.raw)" = 1048576 ]
	for i in {1..20}; do
		touch demo/tree/usr/share/"$i"
	done
	build --output=demo_many.raw demo
	[ "$(block_size demo_many.raw)" = 262144 ]
	mkportable lint demo_large.raw
}

@test "without mksquashfs in PATH it says what to install" {
	service demo ExecStart=/usr/bin/demo
	mkportable=$(command -v mkportable)
	run -1 --separate-stderr env PATH=/nowhere "$mkportable" build "${build_options[@]}" demo
	[ "$stderr" = "mkportable: cannot find mksquashfs in \$PATH; install squashfs-tools" ]
	[ ! -e demo_0.raw ]
	[ ! -e .demo_0.raw.new ]
}

@test "when mksquashfs fails, what it said is shown, and an older output stays" {
	service demo ExecStart=/usr/bin/demo
	echo older >demo_0.raw
	mkdir bin
	printf '#!/bin/sh\n{ echo first; echo FATAL second; } >&2; cat >/dev/null; exit 1\n' >bin/mksquashfs
	chmod +x bin/mksquashfs
	PATH=$PWD/bin:$PATH run -1 --separate-stderr build demo
	[ "$stderr" = "mkportable: mksquashfs: first
mkportable: mksquashfs: FATAL second
mkportable: cannot write 'demo_0.raw': mksquashfs failed" ]
	printf '#!/bin/sh\nexit 1\n' >bin/mksquashfs # without reading anything
	mkdir -p demo/tree
	head -c 1000000 /dev/zero >demo/tree/large
	PATH=$PWD/bin:$PATH run -1 --separate-stderr build demo
	[ "$stderr" = "mkportable: cannot write 'demo_0.raw': mksquashfs failed" ]
	[ "$(cat demo_0.raw)" = older ]
	[ ! -e .demo_0.raw.new ]
}

@test "an output that cannot be written is one line" {
	service demo ExecStart=/usr/bin/demo
	fails_with "cannot write 'nowhere/demo_0.raw': No such file or directory" build --output=nowhere/demo_0.raw demo
	for format in squashfs:.raw directory: tar:.tar; do
		run -1 --separate-stderr build --format="${format%:*}" --output="/proc/demo${format#*:}" demo
		[[ $stderr == "mkportable: cannot write '/proc/demo${format#*:}': "* ]]
		[ "$(wc -l <<<"$stderr")" = 1 ]
	done
	mkdir demo_9.raw
	run -1 --separate-stderr build --output=demo_9.raw demo
	[ "$stderr" = "mkportable: cannot write 'demo_9.raw': Is a directory" ]
	[ -d demo_9.raw ]
}

@test "an image is not written into its own directory, where it would be in the way of the next build" {
	service own ExecStart=/usr/bin/demo
	cd own
	run -1 --separate-stderr mkportable build "${build_options[@]}" .
	[ "$stderr" = "mkportable: cannot write 'own_0.raw' into the directory that it is made from; --output names another place" ]
	[ ! -e own_0.raw ]
	mkportable build "${build_options[@]}" --output=../own_0.raw .
}

@test "a full disk leaves the older output as it was" {
	mkdir small
	mount -t tmpfs -o size=64k tmpfs small 2>/dev/null || skip "mount: not permitted"
	service demo ExecStart=/usr/bin/demo
	mkdir demo/tree
	head -c 300000 /dev/urandom >demo/tree/large
	echo older >small/demo_0.raw
	for format in squashfs:demo_0.raw tar:demo_0.tar directory:demo_0; do
		run -1 --separate-stderr build --format="${format%:*}" --output="small/${format#*:}" demo
	done
	content=$(cat small/demo_0.raw)
	entries=$(ls -A small)
	umount small
	[ "$content" = older ]
	[ "$entries" = demo_0.raw ]
}

@test "an interrupted build leaves the older output and nothing else" {
	service demo ExecStart=/usr/bin/demo
	echo older >demo_0.raw
	mkdir bin
	printf '#!/bin/sh\ntouch started\nexec sleep 60\n' >bin/mksquashfs
	chmod +x bin/mksquashfs
	for signal in INT TERM HUP; do
		rm -f started
		# a shell without job control lets its children ignore SIGINT
		PATH=$PWD/bin:$PATH env --default-signal="$signal" mkportable build "${build_options[@]}" demo 2>said 3>&- &
		pid=$!
		eventually [ -e started ]
		kill -s "$signal" "$pid"
		status=0
		wait "$pid" || status=$?
		[ "$status" = $((128 + $(kill -l "$signal"))) ]
		[ "$(cat said)" = "mkportable: interrupted" ]
		[ "$(cat demo_0.raw)" = older ]
		[ ! -e .demo_0.raw.new ]
	done
}

@test "a build under nohup goes on when the terminal goes away" {
	service demo ExecStart=/usr/bin/demo
	mkdir bin
	printf '#!/bin/sh\ntouch started\nuntil [ -e go ]; do sleep 0.05; done\nexec %s "$@"\n' "$(command -v mksquashfs)" >bin/mksquashfs
	chmod +x bin/mksquashfs
	cd "$BATS_TEST_TMPDIR"
	PATH=$PWD/bin:$PATH env --ignore-signal=HUP mkportable build "${build_options[@]}" demo 3>&- &
	pid=$!
	eventually [ -e started ]
	kill -s HUP "$pid"
	touch go
	wait "$pid"
	list demo_0.raw >/dev/null
}

@test "two builds of one image at once both succeed" {
	service demo ExecStart=/usr/bin/demo
	pids=()
	for _ in 1 2 3 4; do
		build demo 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	list demo_0.raw >/dev/null
}
