#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What "mkportable build --root=" promises: programs come from a tree of a distribution with
# all that they load and nothing else, at the places where the tree has it; no link leads out
# of the tree, and nothing in it is run.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

# Trees with a program, its libraries and a loader: the loader of this machine, because a
# loader knows by itself where it searches.
setup_file() {
	export PARTS=$BATS_FILE_TMPDIR/parts
	mkdir "$PARTS"
	cd "$PARTS" || return
	echo 'int b(void) { return 0; }' >b.c
	echo 'int b(void); int a(void) { return b(); }' >a.c
	echo 'int a(void); void _start(void) { a(); __builtin_trap(); }' >p.c
	gcc -shared -nostdlib b.c -o libb.so.1 -Wl,-soname,libb.so.1
	gcc -shared -nostdlib a.c -o liba.so.1 -Wl,-soname,liba.so.1 libb.so.1
	gcc -nostdlib -nostartfiles p.c -o program liba.so.1 -Wl,-rpath-link,.
	gcc -nostdlib -nostartfiles p.c -o runpath liba.so.1 -Wl,-rpath-link,. \
		-Wl,--enable-new-dtags,-rpath,"\$ORIGIN/../own"
	loader=$(patchelf --print-interpreter program 2>/dev/null || readelf -l program | sed -n 's/.*interpreter: \(.*\)]/\1/p')
	printf '%s\n' "$loader" >loader
	cp -L "$loader" loader.so
}

setup() {
	in_scratch
}

# A usr-merged tree.
tree() { # TREE
	local loader

	loader=$(cat "$PARTS/loader")
	mkdir -p "$1/usr/bin" "$1/usr/lib64" "$1/usr/lib"
	ln -s usr/bin "$1/bin"
	ln -s usr/lib "$1/lib"
	ln -s usr/lib64 "$1/lib64"
	mkdir -p "$1/$(dirname "$loader")"
	cp "$PARTS/loader.so" "$1$loader"
	cp "$PARTS/program" "$1/usr/bin/"
	cp "$PARTS/liba.so.1" "$1/usr/lib/liba.so.1.2"
	ln -s liba.so.1.2 "$1/usr/lib/liba.so.1"
	cp "$PARTS/libb.so.1" "$1/usr/lib/"
	touch "$1/usr/lib/libunused.so" "$1/usr/bin/unused"
}

# What an image has beside what every image has.
list() { # IMAGE
	unsquashfs -lls "$1" | sed -E 's/.* 00:00 squashfs-root//' |
		grep -Ev '^(|/(dev|etc|proc|run|sys|tmp|usr|var|var/tmp|usr/bin|usr/lib|usr/lib64)|/etc/(machine-id|os-release.*|resolv.conf)|/usr/lib/(os-release|systemd.*))$'
}

fails_with() { # LINE COMMAND...
	run -1 --separate-stderr "${@:2}"
	echo "is:     $stderr"
	echo "wanted: mkportable: $1"
	[ "$stderr" = "mkportable: $1" ]
	[ -z "$(find . -name '*.raw')" ]
}

refused() { # ID LINE RULE MESSAGE REMEDY OPTION...
	run -1 --separate-stderr build "${@:6}" "$1"
	echo "is: $stderr"
	[ "$stderr" = "$1/$1.service:$2: error: $3: $4
  remedy: $5" ]
	[ -z "$(find . -name '*.raw')" ]
}

@test "a program of a tree comes with its loader, its libraries, the links to them, and nothing else" {
	tree tree
	service demo ExecStart=/usr/bin/program
	run -0 --separate-stderr build --root=tree demo
	[ -z "$output$stderr" ]
	list demo_0.raw >is
	sort >wanted <<-END
		/lib -> usr/lib
		/lib64 -> usr/lib64
		/usr/bin/program
		/usr/lib/liba.so.1 -> liba.so.1.2
		/usr/lib/liba.so.1.2
		/usr/lib/libb.so.1
		/usr$(cat "$PARTS/loader")
	END
	diff wanted <(LC_ALL=C sort is)
	unsquashfs -cat demo_0.raw usr/lib/liba.so.1.2 | cmp - "$PARTS/liba.so.1"
	mkportable lint demo_0.raw
}

@test "two builds give the same bytes" {
	tree tree
	service demo ExecStart=/usr/bin/program
	build --root=tree --output=demo_0.raw demo
	cp -a tree moved
	touch moved/usr/bin/program
	build --root=moved --output=demo_1.raw demo
	cmp demo_0.raw demo_1.raw
}

@test "a tree with directories in the place of links keeps them" {
	tree tree
	rm tree/bin tree/lib tree/lib64
	mv tree/usr/bin tree/usr/lib tree/usr/lib64 tree
	service demo ExecStart=/bin/program
	build --root=tree demo
	list demo_0.raw >is
	sort >wanted <<-END
		/bin
		/bin/program
		/lib
		/lib/liba.so.1 -> liba.so.1.2
		/lib/liba.so.1.2
		/lib/libb.so.1
		/lib64
		$(cat "$PARTS/loader")
	END
	diff wanted <(LC_ALL=C sort is)
}

@test "a name without slashes is found in the directories where systemd searches" {
	tree tree
	service demo ExecStart=program
	build --root=tree demo
	list demo_0.raw | grep -x /usr/bin/program
}

@test "libraries are found by RUNPATH with \$ORIGIN" {
	tree tree
	mkdir tree/usr/own
	mv tree/usr/lib/lib[ab]* tree/usr/own
	cp "$PARTS/runpath" tree/usr/bin/program
	service demo ExecStart=/usr/bin/program
	refused demo 2 program-dynamic-incomplete \
		"'/usr/bin/program' cannot be loaded: it needs the library 'libb.so.1' of '/usr/bin//../own/liba.so.1', which is not in the image" \
		"link the program statically, or add what is missing" --root=tree
	cp tree/usr/own/libb.so.1 tree/usr/lib
	build --root=tree demo
	list demo_0.raw | grep -x /usr/own/liba.so.1.2
}

@test "a library that the tree lacks is named, and what needs it" {
	tree tree
	rm tree/usr/lib/libb.so.1
	service demo ExecStart=/usr/bin/program
	refused demo 2 program-dynamic-incomplete \
		"'/usr/bin/program' cannot be loaded: it needs the library 'libb.so.1' of '/lib/liba.so.1', which is not in the image" \
		"link the program statically, or add what is missing" --root=tree
}

@test "scripts come with their interpreters, over several steps and by way of env" {
	tree tree
	printf '#!/usr/bin/env step\n' >tree/usr/bin/script
	printf '#!/bin/program -x\n' >tree/usr/bin/step
	cp tree/usr/bin/program tree/usr/bin/env
	chmod +x tree/usr/bin/script tree/usr/bin/step
	service demo ExecStart=/usr/bin/script
	build --root=tree demo
	list demo_0.raw >is
	for path in /usr/bin/script /usr/bin/env /usr/bin/step '/bin -> usr/bin' /usr/bin/program /usr/lib/libb.so.1; do
		grep -Fx -- "$path" is
	done
	run -1 grep unused is
	service lost ExecStart=/usr/bin/script
	rm tree/usr/bin/step
	run -1 --separate-stderr build --root=tree lost
	[[ "$stderr" == *"program-needs-interpreter"*"'step'"* ]]
}

@test "an optional program comes with its libraries as well" {
	tree tree
	cp "$PARTS/program" tree/usr/bin/other
	service demo ExecStart=-/usr/bin/other
	build --root=tree demo
	list demo_0.raw | grep -x /usr/lib/libb.so.1
}

@test "tree/ and the program path come before a tree, and one tree before the next" {
	tree tree
	service demo ExecStart=/usr/bin/program ExecStartPre=/usr/bin/of-path ExecStartPre=/usr/bin/of-second
	mkdir -p demo/tree/bin path
	echo one >demo/tree/bin/one
	for name in of-path of-second; do
		printf '#!/bin/program\n' >tree/usr/bin/$name
		chmod +x tree/usr/bin/$name
	done
	cp -a tree second
	printf '#!/bin/program path\n' >path/of-path
	printf '#!/bin/program second\n' >second/usr/bin/of-second
	rm tree/usr/bin/of-second
	chmod +x path/of-path
	build --program-path=path --root=tree --root=second demo
	unsquashfs -cat demo_0.raw usr/bin/of-path | cmp - path/of-path
	unsquashfs -cat demo_0.raw usr/bin/of-second | cmp - second/usr/bin/of-second
	# Through the link of the tree.
	list demo_0.raw | grep -x '/bin -> usr/bin'
	[ "$(unsquashfs -cat demo_0.raw usr/bin/one)" = one ]
}

@test "a cache of the loader comes only with a library that is found by nothing else" {
	tree tree
	mkdir -p tree/opt/lib tree/etc
	ldconfig -r tree -C /etc/ld.so.cache 2>/dev/null || skip "ldconfig cannot read a tree here"
	service demo ExecStart=/usr/bin/program
	build --root=tree demo
	list demo_0.raw >is
	run -1 grep cache is
	mv tree/usr/lib/libb.so.1 tree/opt/lib
	echo /opt/lib >tree/etc/ld.so.conf
	ldconfig -r tree -C /etc/ld.so.cache
	build --root=tree demo
	list demo_0.raw >is
	grep -x /etc/ld.so.cache is
	grep -x /opt/lib/libb.so.1 is
}

@test "in a tree without a cache, ld.so.conf says where libraries are, and the image gets a link" {
	tree tree
	mkdir -p tree/opt/lib tree/etc/ld.so.conf.d
	mv tree/usr/lib/libb.so.1 tree/opt/lib
	service demo ExecStart=/usr/bin/program
	run -1 build --root=tree demo
	echo 'include /etc/ld.so.conf.d/*.conf # and no other' >tree/etc/ld.so.conf
	printf '# local\n/usr/none\n/opt/none:/opt/lib\n' >tree/etc/ld.so.conf.d/x.conf
	build --root=tree demo
	list demo_0.raw >is
	grep -E '/libb.so.1 -> /opt/lib/libb.so.1$' is
	grep -x /opt/lib/libb.so.1 is
	run -1 grep ld.so.c is
	mkportable lint demo_0.raw
	# As Fedora has it: from the directory of the file.
	echo 'include ld.so.conf.d/*.conf' >tree/etc/ld.so.conf
	build --root=tree --output=demo_1.raw demo
	list demo_1.raw | cmp - is
}

@test "links of a tree never lead out of it" {
	tree tree
	mkdir -p outside
	mv tree/usr/lib/libb.so.1 outside/
	ln -s "$PWD/outside/libb.so.1" tree/usr/lib/libb.so.1
	service demo ExecStart=/usr/bin/program
	run -1 --separate-stderr build --root=tree demo
	[[ "$stderr" == *"'libb.so.1' of '/lib/liba.so.1', which is not in the image"* ]]
	# As many steps up as one likes end at the tree's root.
	ln -sf ../../../../../../../../../../../usr/own/libb.so.1 tree/usr/lib/libb.so.1
	mkdir tree/usr/own
	cp outside/libb.so.1 tree/usr/own
	build --root=tree demo
	list demo_0.raw | grep -x /usr/own/libb.so.1
	ln -sfn loop tree/usr/loop
	ln -sfn /usr/loop/x tree/usr/lib/libb.so.1
	run -1 --separate-stderr build --root=tree --output=demo_1.raw demo
	[[ "$stderr" == *"'libb.so.1' of '/lib/liba.so.1'"* ]]
}

@test "a name of a tree that no image should have is refused" {
	tree tree
	mkdir -p tree/etc/thing
	touch tree/etc/thing/$'a\nb'
	service demo ExecStart=/usr/bin/program '[X-Portable]' Files=/etc/thing
	run -1 --separate-stderr build --root=tree demo
	[[ "$stderr" == *"tree/etc/thing/a\\x0ab: the path '/etc/thing/a\\x0ab' contains a control character"* ]]
}

@test "links that lead into each other end" {
	tree tree
	mkdir -p tree/etc/thing
	ln -s ../thing tree/etc/thing/self
	ln -s b tree/etc/thing/a
	ln -s a tree/etc/thing/b
	service demo ExecStart=/usr/bin/program '[X-Portable]' 'Files=/etc/thing/self/*/*/self'
	build --root=tree demo
	list demo_0.raw | grep -x '/etc/thing/self -> ../thing'
	service demo ExecStart=/usr/bin/program '[X-Portable]' Files=/etc/thing/a
	run -1 --separate-stderr build --root=tree demo
	[[ "$stderr" == *"Files=: '/etc/thing/a' is neither in tree/ nor below --root="* ]]
}

@test "what is no file in a tree is not waited for" {
	tree tree
	rm tree/usr/lib/libb.so.1
	mkfifo tree/usr/lib/libb.so.1
	service demo ExecStart=/usr/bin/program
	run -1 --separate-stderr build --root=tree demo
	[[ "$stderr" == *"it needs the library 'libb.so.1' of '/lib/liba.so.1', which is not in the image"* ]]
}

@test "a program that no tree has is told with the nearest name" {
	tree tree
	service demo ExecStart=/usr/bin/progam
	fails_with "demo/demo.service:2: cannot find the program '/usr/bin/progam' of ExecStart=, neither in tree/ nor in the program path nor below --root=; '/usr/bin/program' is there" \
		build --root=tree demo
	service demo ExecStart=/usr/sbin/program
	fails_with "demo/demo.service:2: cannot find the program '/usr/sbin/program' of ExecStart=, neither in tree/ nor in the program path nor below --root=; '/usr/bin/program' is there" \
		build --root=tree demo
	fails_with "--root: cannot open the tree 'none': No such file or directory" build --root=none demo
}

@test "files lose set-user-ID bits and permission to write for others, and keep those to read" {
	tree tree
	chmod 6777 tree/usr/bin/program
	chmod 0664 tree/usr/lib/libb.so.1
	service demo ExecStart=/usr/bin/program
	build --root=tree demo
	[ "$(unsquashfs -lln demo_0.raw | grep -E 'bin/program|libb' | cut -c1-10 | tr '\n' ' ')" = "-rwxr-xr-x -rw-r--r-- " ]
}

@test "with / as a tree, an image has what the loader of this machine loads" {
	program=$(command -v curl || command -v tar)
	program=$(realpath "$program")
	service demo "ExecStart=$program"
	build --root=/ demo
	unsquashfs -q -n -d image demo_0.raw
	ldd "$program" | sed -nE 's/.* (\/[^ ]+) .*/\1/p; s/^\t(\/[^ ]+) .*/\1/p' | while read -r library; do
		cmp "$library" "$(chroot_path image "$library")"
	done
	[ "$(find image -name '*.so*' -type f | wc -l)" = "$(ldd "$program" | grep -c / )" ]
}

@test "without a tree, one message tells all that a dynamic program lacks, and the tree that has it" {
	program=$(realpath "$(command -v tar)")
	service demo ExecStart=/usr/bin/demo
	mkdir path
	cp "$program" path/demo
	run -1 --separate-stderr build --program-path=path demo
	[ "$(wc -l <<<"$stderr")" = 2 ]
	[[ "$stderr" == *"program-dynamic-incomplete: '/usr/bin/demo' cannot be loaded"*"remedy: --root=/ adds what is missing: "* ]]
	for library in $(ldd "$program" | sed -nE 's/.* (\/[^ ]+) .*/\1/p'); do
		[[ "$stderr" == *"$(basename "$(realpath "$library")")"* ]]
	done
	[ -z "$(find . -name '*.raw')" ]
	build --program-path=path --root=/ demo
	service script ExecStart=/usr/bin/script
	printf '#!/bin/sh\n' >path/script
	chmod +x path/script
	run -1 --separate-stderr build --program-path=path script
	[[ "$stderr" == *"'/bin/sh': not in the image"*"remedy: --root=/ adds what is missing: "*"/ld-"*"libc.so"* ]]
}

@test "of what this system does not have either, the message says what that is" {
	service demo ExecStart=/usr/bin/program ExecStartPre=/usr/bin/whole ExecStartPost=/usr/bin/script ExecStopPost=/usr/bin/own
	mkdir path
	cp "$PARTS/program" path
	cp "$(realpath "$(command -v tar)")" path/whole
	printf '#!/usr/bin/env no-such-interpreter\n' >path/script
	printf '#!/usr/bin/own\n' >path/own
	chmod +x path/script path/own
	run -1 --separate-stderr build --program-path=path demo
	echo "$stderr"
	[ "$(wc -l <<<"$stderr")" = 8 ]
	tree='; --root= takes it from a tree that has it, such as mkportable-debian-tree(1) makes; with --root=/: '
	[[ "$stderr" == *":2: error: "*"its loader '$(cat "$PARTS/loader")' is not in the image
  remedy: link the program statically, or add what is missing$tree'/usr/bin/program' cannot be loaded: it needs the library 'liba.so.1', which is not in the image
"* ]]
	[[ "$stderr" == *":3: error: "*"'/usr/bin/whole' cannot be loaded: its loader "*"
  remedy: --root=/ adds what is missing: "*"libc.so"* ]]
	[[ "$stderr" == *":4: error: "*"'/usr/bin/env': not in the image
  remedy: add the interpreter to the image, or use a program${tree}cannot run the script '/usr/bin/script' with the interpreter 'no-such-interpreter': not in the image, where env searches it"* ]]
	# Another tree would not help.
	[[ "$stderr" == *":5: error: "*"interpreter chain too long
  remedy: add the interpreter to the image, or use a program" ]]
}

# A service of the program, with lines in [X-Portable].
asking() { # NAME LINE...
	service "$1" ExecStart=/usr/bin/program '[X-Portable]' "${@:2}"
}

@test "Files= takes files, directories with all in them, patterns, and what links lead to" {
	tree tree
	mkdir -p tree/usr/share/data/deep/empty tree/etc/conf.d tree/etc/other
	echo 1 >tree/usr/share/data/deep/file
	ln -s ../../real tree/usr/share/data/link
	echo 2 >tree/usr/real
	echo 3 | tee tree/etc/conf.d/a.conf tree/etc/conf.d/b.conf tree/etc/conf.d/c.txt tree/etc/other/a.conf >/dev/null
	touch tree/etc/conf.d/.hidden.conf
	asking demo 'Files=/usr/share/data "/etc/conf.d/*.conf"' 'Files=/etc/o?her/[a-c].conf'
	build --root=tree demo
	list demo_0.raw >is
	for path in /usr/share/data/deep/empty /usr/share/data/deep/file '/usr/share/data/link -> ../../real' /usr/real \
		/etc/conf.d/a.conf /etc/conf.d/b.conf /etc/other/a.conf; do
		grep -Fx -- "$path" is
	done
	run -1 grep -E 'c.txt|hidden|unused' is
	mkportable lint demo_0.raw
}

@test "programs, scripts and libraries among Files= come with what they load" {
	tree tree
	mkdir -p tree/usr/own tree/usr/libexec
	mv tree/usr/lib/libb.so.1 tree/usr/own
	cd "$PARTS"
	[ -e plugin.so ] || gcc -shared -nostdlib a.c -o plugin.so libb.so.1 -Wl,-rpath,"\$ORIGIN/../own"
	gcc -nostdlib -nostartfiles -o plain -xc - <<<'void _start(void) { __builtin_trap(); }'
	cd "$OLDPWD"
	cp "$PARTS/plain" tree/usr/bin/program
	cp "$PARTS/plugin.so" tree/usr/libexec
	cp "$PARTS/plain" tree/usr/bin/shell
	printf '#!/usr/bin/shell\n' >tree/usr/libexec/helper
	chmod +x tree/usr/libexec/helper
	asking demo Files=/usr/libexec/plugin.so Files=/usr/libexec/helper
	build --root=tree demo
	list demo_0.raw >is
	grep -x /usr/own/libb.so.1 is
	grep -x /usr/bin/shell is
	rm tree/usr/own/libb.so.1
	rm demo_0.raw
	run -1 --separate-stderr build --root=tree demo
	[[ "$stderr" == *"it needs the library 'libb.so.1' of '/usr/libexec/plugin.so', which is not in the image"* ]]
	# What nobody named may be there for something else.
	printf '#!/usr/local/bin/none\n' >tree/usr/libexec/helper
	asking demo Files=/usr/libexec
	build --root=tree demo
}

@test "Libraries= are found as the program's loader finds them, with what they need" {
	tree tree
	cd "$PARTS"
	gcc -nostdlib -nostartfiles -o plain -xc - <<<'void _start(void) { __builtin_trap(); }'
	cd "$OLDPWD"
	cp "$PARTS/plain" tree/usr/bin/program
	asking demo Libraries=liba.so.1
	build --root=tree demo
	list demo_0.raw >is
	grep -x '/usr/lib/liba.so.1 -> liba.so.1.2' is
	grep -x /usr/lib/libb.so.1 is
	mkportable lint demo_0.raw
	rm demo_0.raw
	asking demo Libraries=libc.so.0
	refused demo 4 requested-library-missing "no program of the service finds the library 'libc.so.0' of Libraries=" \
		"build the image with a --root= that has it, or correct the name" --root=tree
}

# A program with a note of what it loads.
noted() { # FILE JSON [OPTION...]
	cat >note.s <<-END
		.section .note.dlopen, "a", %note
		.balign 4
		.long 4, 2f - 1f, 0x407c0c0a
		.asciz "FDO"
		1: .asciz "${2//\"/\\\"}"
		2: .balign 4
		.text
		.globl _start
		_start: ud2
	END
	gcc -nostdlib -nostartfiles -no-pie -Wl,--dynamic-linker="$(cat "$PARTS/loader")" -Wl,--no-as-needed \
		-o "$1" note.s "$PARTS/libb.so.1" "${@:3}"
}

@test "a note of dlopen brings what is required and recommended, and not what is only suggested" {
	tree tree
	for name in one two three; do
		cp "$PARTS/libb.so.1" tree/usr/lib/lib$name.so.1
	done
	noted tree/usr/bin/program '[{"soname":["libone.so.2","libone.so.1"],"feature":"a","priority":"required"},{"soname":["liba.so.1"],"priority":"recommended"},{"soname":["libtwo.so.1"],"priority":"suggested"},{"soname":["libnone.so.1"],"priority":"recommended"}]'
	service demo ExecStart=/usr/bin/program
	build --root=tree demo
	list demo_0.raw >is
	grep -x /usr/lib/libone.so.1 is
	grep -x '/usr/lib/liba.so.1 -> liba.so.1.2' is
	run -1 grep -E 'two|three|none' is
	mkportable lint demo_0.raw
	rm demo_0.raw tree/usr/lib/libone.so.1
	refused demo 2 program-dynamic-incomplete \
		"'/usr/bin/program' cannot be loaded: it needs the library 'libone.so.2' of '/usr/bin/program', which is not in the image" \
		"link the program statically, or add what is missing" --root=tree
}

@test "Packages= takes what the list of dpkg says, without documentation, units and the like" {
	tree tree
	mkdir -p tree/var/lib/dpkg/info tree/usr/share/doc/thing tree/usr/share/locale/de tree/usr/lib/systemd/system \
		tree/etc/thing tree/var/lib/thing tree/usr/lib/thing
	touch tree/usr/share/doc/thing/copyright tree/usr/share/locale/de/x tree/usr/lib/systemd/system/thing.service
	echo conf >tree/etc/thing/thing.conf
	echo data >tree/usr/lib/thing/data
	printf '%s\n' /. /bin /bin/program /etc /etc/thing /etc/thing/thing.conf /lib/thing /lib/thing/data /usr \
		/usr/share/doc/thing /usr/share/doc/thing/copyright /usr/share/locale/de/x \
		/lib/systemd/system/thing.service /var/lib/thing >tree/var/lib/dpkg/info/thing:amd64.list
	asking demo Packages=thing
	build --root=tree demo
	list demo_0.raw >is
	for path in /usr/lib/thing/data /etc/thing/thing.conf /var/lib/thing /usr/lib/libb.so.1; do
		grep -Fx -- "$path" is
	done
	run -1 grep -E 'copyright|locale|thing.service|dpkg' is

	cp tree/var/lib/dpkg/info/thing:amd64.list tree/var/lib/dpkg/info/thing:i386.list
	rm demo_0.raw
	fails_with "demo/demo.service:4: Packages=: 'thing' is there for more than one machine; name one, as NAME:amd64" build --root=tree demo
	asking demo Packages=thing:i386
	build --root=tree demo
	rm demo_0.raw
	echo /usr/gone >>tree/var/lib/dpkg/info/thing:i386.list
	fails_with "demo/demo.service:4: Packages=: '/usr/gone' is in the list of the package, and not in the tree" build --root=tree demo
}

@test "lists of dpkg that are none, or have a path very often, are told or read in time" {
	tree tree
	mkdir -p tree/var/lib/dpkg/info tree/etc/thing
	touch tree/etc/thing/one tree/etc/thing/two
	asking demo Packages=thing
	printf '/etc/thing/one\n\0\n/etc/thing/two\n' >tree/var/lib/dpkg/info/thing.list
	fails_with "demo/demo.service:4: Packages=: '/var/lib/dpkg/info/thing.list' is not a list of paths: it has a NUL byte" \
		build --root=tree demo
	echo /etc/thing/one >tree/var/lib/dpkg/info/thing.list
	printf 'a\0b\n' >tree/var/lib/dpkg/diversions
	fails_with "demo/demo.service:4: Packages=: '/var/lib/dpkg/diversions' is not a list of paths: it has a NUL byte" \
		build --root=tree demo
	rm tree/var/lib/dpkg/diversions
	yes /etc/thing | head -n 1000000 >tree/var/lib/dpkg/info/thing.list
	timeout 20 "$(command -v mkportable)" build "${build_options[@]}" --root=tree demo
}

@test "Packages= takes what dpkg has put elsewhere from there, and nothing of the package that is in its place" {
	tree tree
	mkdir -p tree/var/lib/dpkg/info tree/etc/thing
	for name in own diverted other; do
		echo $name >tree/etc/thing/$name
	done
	printf '%s\n' /etc /etc/thing /etc/thing/own /etc/thing/other >tree/var/lib/dpkg/info/thing.list
	printf '%s\n' /etc/thing/own /etc/thing/none thing /etc/thing/other /etc/thing/diverted things \
		>tree/var/lib/dpkg/diversions
	asking demo Packages=thing
	build --root=tree demo
	[ "$(list demo_0.raw | grep -E '^/etc/thing/')" = "$(printf '/etc/thing/%s\n' diverted own)" ]
	# also of many
	seq -f /etc/thing/%.0f 200000 >>tree/var/lib/dpkg/info/thing.list
	seq 200000 | awk '{ print "/etc/thing/" $1 "\n/etc/thing/diverted\n:" }' >>tree/var/lib/dpkg/diversions
	timeout 20 "$(command -v mkportable)" build "${build_options[@]}" --root=tree demo
	[ "$(list demo_0.raw | grep -E '^/etc/thing/')" = "$(printf '/etc/thing/%s\n' diverted own)" ]
}

@test "a program of musl comes with what musl's loader finds by its own path file, and runs" {
	loader=$(basename /lib/ld-musl-*)
	[ -e "/lib/$loader" ] || skip "no musl"
	machine=${loader#ld-musl-} machine=${machine%%.*}
	echo 'int f(void) { return 0; }' >f.c
	echo 'int f(void); int main(void) { return f(); }' >program.c
	musl-gcc -shared -fPIC f.c -o libf.so
	musl-gcc program.c -o program -L. -lf
	mkdir -p tree/usr/bin tree/usr/lib/own tree/opt/musl tree/etc
	ln -s usr/lib tree/lib
	cp "/lib/$loader" tree/usr/lib/own/libc.so
	ln -s own/libc.so "tree/lib/$loader"
	cp program tree/usr/bin
	cp libf.so tree/opt/musl
	printf '/lib\n/opt/musl\n' >"tree/etc/ld-musl-$machine.path"
	service demo ExecStart=/usr/bin/program
	build --root=tree demo
	list demo_0.raw >is
	sort >wanted <<-END
		/etc/ld-musl-$machine.path
		/lib -> usr/lib
		/opt
		/opt/musl
		/opt/musl/libf.so
		/usr/bin/program
		/usr/lib/$loader -> own/libc.so
		/usr/lib/own
		/usr/lib/own/libc.so
	END
	diff wanted <(LC_ALL=C sort is)
	if [ "$EUID" -eq 0 ]; then
		unsquashfs -q -n -d image demo_0.raw
		chroot image /usr/bin/program
	fi
	# Without the file musl has a list of its own.
	rm demo_0.raw "tree/etc/ld-musl-$machine.path"
	refused demo 2 program-dynamic-incomplete \
		"'/usr/bin/program' cannot be loaded: it needs the library 'libf.so', which is not in the image" \
		"link the program statically, or add what is missing" --root=tree
	mkdir -p tree/usr/local/lib
	mv tree/opt/musl/libf.so tree/usr/local/lib
	build --root=tree demo
	list demo_0.raw | grep -x /usr/local/lib/libf.so
}

@test "an image of a tree for another machine is for that; libraries of this machine are passed over" {
	[ "$(uname -m)" = x86_64 ] || skip "x86-64"
	tree tree
	# The directories of the loader are /lib/x86_64-linux-gnu, the same in /usr, /lib and /usr/lib.
	mkdir -p tree/usr/lib/x86_64-linux-gnu
	cp tree/usr/lib/libb.so.1 tree/usr/lib/x86_64-linux-gnu
	for file in usr/bin/program usr/lib/liba.so.1.2 usr/lib/libb.so.1 "$(cat "$PARTS/loader")"; do
		printf '\xb7\0' | dd of="tree/$file" bs=1 seek=18 conv=notrunc status=none # e_machine
	done
	service demo ExecStart=/usr/bin/program
	build --root=tree demo
	list demo_0.raw >is
	grep -x /usr/lib/libb.so.1 is
	run -1 grep x86_64-linux-gnu/libb is
	unsquashfs -cat demo_0.raw usr/lib/os-release | grep -x ARCHITECTURE=arm64
	run -0 mkportable lint demo_0.raw
	[[ "$output" == *"ExecStart= needs a processor of the kind 'arm64' on the host"* ]]
	# The loader of the program decides, and not the tree that is first.
	rm tree/usr/lib/libb.so.1 demo_0.raw
	refused demo 2 program-dynamic-incomplete \
		"'/usr/bin/program' cannot be loaded: it needs the library 'libb.so.1' of '/lib/liba.so.1', which is not in the image" \
		"link the program statically, or add what is missing" --root=tree
}

@test "nothing of /proc, /sys, /dev, /run and /tmp is looked into below --root=/" {
	program=$(realpath /usr/bin/python3)
	service demo "ExecStart=$program"
	strace -f -e trace=openat2,open,openat -o trace mkportable build "${build_options[@]}" --root=/ --format=tar --output=demo_0.tar demo
	tar -tf demo_0.tar | grep -qx "${program#/}"
	# What is looked up there is opened with O_PATH only, and never read.
	grep openat2 trace >looked
	grep -q "${program#/}" looked
	run -1 grep -E '"/(proc|sys|dev|run|tmp)[/"]' <(grep -v O_PATH looked)
	# In the image they are empty.
	run -1 grep -E '^(proc|sys|dev|run|tmp)/.' <(tar -tf demo_0.tar)
}

@test "what of a tree may not be looked at is told as that, and not as missing" {
	local as=()

	[ "$(id -u)" -ne 0 ] || as=(setpriv '--bounding-set=-dac_override,-dac_read_search')
	tree tree
	service demo ExecStart=/usr/bin/program
	chmod 0 tree/usr/lib
	fails_with "--root: cannot look at 'tree/usr/lib/systemd': Permission denied" \
		"${as[@]}" mkportable build "${build_options[@]}" --root=tree demo
	chmod 755 tree/usr/lib
}

@test "what is asked for and not there is an error with the nearest name" {
	tree tree
	mkdir -p tree/etc/thing tree/var/lib/dpkg/info
	touch tree/etc/thing/thing.conf tree/var/lib/dpkg/info/thing.list
	asking demo Files=/etc/thing/think.conf
	fails_with "demo/demo.service:4: Files=: '/etc/thing/think.conf' is neither in tree/ nor below --root=; '/etc/thing/thing.conf' is there" build --root=tree demo
	asking demo 'Files=/etc/thing/*.cfg'
	fails_with "demo/demo.service:4: Files=: '/etc/thing/*.cfg' is neither in tree/ nor below --root=" build --root=tree demo
	asking demo Packages=thin
	fails_with "demo/demo.service:4: Packages=: the package 'thin' is not below --root=; '/var/lib/dpkg/info/thing.list' is there" build --root=tree demo
	asking demo Files=/proc/self
	fails_with "demo/demo.service:4: Files=: '/proc/self' is mounted over when the service starts" build --root=tree demo
	mkdir -p path tree/usr/lib/systemd/system
	touch tree/usr/lib/systemd/system/x.service
	asking demo Files=/usr/lib/systemd/system/x.service
	fails_with "demo/demo.service:4: Files=: '/usr/lib/systemd/system/x.service' is a place for units, which belong beside tree/" build --root=tree demo
	cp "$PARTS/program" path
	asking demo Files=/etc/own
	fails_with "demo/demo.service:4: Files=: '/etc/own' is not in tree/, and there is no --root=" build --program-path=path demo
	mkdir -p demo/tree/etc
	touch demo/tree/etc/own
	build --root=tree demo
}

@test "of a link to nothing it is told that it leads there" {
	tree tree
	mkdir -p tree/etc/thing
	ln -s gone tree/etc/thing/thing.conf
	asking demo Files=/etc/thing/thing.conf
	fails_with "demo/demo.service:4: Files=: '/etc/thing/thing.conf' is neither in tree/ nor below --root=; '/etc/thing/thing.conf' is a link to 'gone', which is not there" build --root=tree demo
	rm tree/usr/bin/program
	ln -s /usr/bin/gone tree/usr/bin/program
	service demo ExecStart=/usr/bin/program
	fails_with "demo/demo.service:2: cannot find the program '/usr/bin/program' of ExecStart=, neither in tree/ nor in the program path nor below --root=; '/usr/bin/program' is a link to '/usr/bin/gone', which is not there" build --root=tree demo
}

@test "mistakes in [X-Portable] are errors, also in an image that is there" {
	tree tree
	asking demo Files=etc 'Packages=Thing' Libraries=/lib/x.so Files=/a/../b File=/etc
	run -1 --separate-stderr build --root=tree demo
	echo "$stderr"
	for text in "4: error: setting-invalid: Files='etc' is not an absolute path" \
		"5: error: setting-invalid: Packages='Thing' is not the name of a package" \
		"6: error: setting-invalid: Libraries='/lib/x.so' is not the name of a library, such as 'libz.so.1'" \
		"7: error: setting-invalid: Files='/a/../b' contains '..'"; do
		[[ "$stderr" == *"$text"* ]]
	done
	asking demo File=/etc
	refused demo 4 portable-key-unknown "mkportable does not know File= in [X-Portable], and ignores it" "use Files=, Packages= or Libraries=" --root=tree
	asking demo
	build --root=tree demo
	unsquashfs -q -n -d image_0 demo_0.raw
	printf 'Package=x\n' >>image_0/usr/lib/systemd/system/demo.service
	run -1 mkportable lint --prefix=demo image_0
	[[ "$output" == *portable-key-unknown* ]]
}

@test "show says for each file what asks for it" {
	tree tree
	mkdir -p tree/etc/thing
	echo x >tree/etc/thing/conf
	cp "$PARTS/program" tree/usr/bin/other
	printf '#!/bin/other\n' >tree/usr/bin/script
	chmod +x tree/usr/bin/script
	service demo ExecStart=-/usr/bin/script '[X-Portable]' 'Files=/etc/thing/*'
	mkdir -p demo/tree/opt
	touch demo/tree/opt/own
	build --root=tree demo
	run -0 mkportable show --files demo_0.raw
	unit=/usr/lib/systemd/system/demo.service
	for line in "  /usr/bin/script  13  $unit:2" "  /usr/bin/other  $(stat -c %s "$PARTS/program")  /usr/bin/script" \
		"  /usr/lib/liba.so.1  0  liba.so.1.2  /usr/bin/other" "  /usr/lib/libb.so.1  $(stat -c %s "$PARTS/libb.so.1")  /lib/liba.so.1" \
		"  /etc/thing/conf  2  $unit:4" "  /etc/machine-id  0  systemd" "  /opt/own  0"; do
		grep -qxF "files:$line" <<<"$output" || { echo "not shown: $line; $output" && false; }
	done
	[ "$(mkportable show --files --json demo_0.raw | jq -r '.files[] | select(.path == "/usr/lib/liba.so.1.2").asked_by')" = /usr/bin/other ]
	[ "$(mkportable show --json demo_0.raw | jq 'has("files")')" = false ]
}

@test "show tells what asks for files soon, whatever a hostile image asks for" {
	tree tree
	mkdir -p demo/tree/many demo/tree/d
	(cd demo/tree/many && seq 3000 | xargs touch)
	asking demo "Files=$(printf "/d %.0s" {1..130})" Files=/many
	build --root=tree --format=directory --output=demo_0 demo
	mkdir -p "demo_0/$(printf 'd/%.0s' {1..200})"
	pack_image() {
		mksquashfs demo_0 demo_0.raw -quiet -no-progress -noappend -all-root
	}
	pack_image
	# A directory that is too deep says nothing of the next one.
	unit=/usr/lib/systemd/system/demo.service
	mkportable show --files demo_0.raw >shown
	grep -qxF "files:  /many/3000  0  $unit:5" shown
	{
		printf 'Files='
		yes /many | head -n 100000 | tr '\n' ' '
	} >>demo_0$unit
	pack_image
	(
		ulimit -v 2000000
		timeout 20 "$(command -v mkportable)" show --files demo_0.raw >shown
	)
	grep -qxF "files:  /many/3000  0  $unit:5" shown
}

# Where a path with links leads in a directory.
chroot_path() { # DIRECTORY PATH
	python3 - "$@" <<-'END'
		import os, sys
		root, path, done = sys.argv[1], sys.argv[2], "/"
		parts = path.split("/")
		while parts:
		    part = parts.pop(0)
		    at = os.path.normpath(os.path.join(done, part))
		    if os.path.islink(root + at):
		        target = os.readlink(root + at)
		        parts = target.split("/") + parts
		        done = "/" if target.startswith("/") else done
		    else:
		        done = at
		print(root + done)
	END
}
