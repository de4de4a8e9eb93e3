#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is promised of mkportable-debian-tree: packages and what they depend on, unpacked
# without root and without their scripts, with dpkg's lists, of any architecture; the same
# tree without a network, once it was made; never half a tree. Only the last test uses the
# network; the others have a repository of their own.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	# Others cannot read a checkout below /root.
	cp "$BATS_TEST_DIRNAME"/../tools/mkportable-debian-tree{,.1} "$BATS_FILE_TMPDIR/"
	tool=$BATS_FILE_TMPDIR/mkportable-debian-tree
	export MKPORTABLE_CACHE="$BATS_TEST_TMPDIR/the cache"
	repository="$BATS_TEST_TMPDIR/the repository"
	mkdir "$repository"
	cd "$BATS_TEST_TMPDIR"
}

# Adds a package to the repository, with what lies in ./files; removes ./files.
package() { # NAME VERSION ARCHITECTURE [FIELD...]
	local deb=$1_${2#*:}_$3.deb

	mkdir -p files/DEBIAN
	printf '%s\n' "Package: $1" "Version: $2" "Architecture: $3" 'Maintainer: a test <test@example.org>' \
		"${@:4}" 'Description: of a test' >files/DEBIAN/control
	dpkg-deb --root-owner-group -Znone --build files "$repository/$deb" >/dev/null
	rm -r files
	{
		dpkg-deb --field "$repository/$deb"
		printf '%s\n' "Filename: ./$deb" "Size: $(stat -c %s "$repository/$deb")" \
			"SHA256: $(sha256sum <"$repository/$deb" | cut -d ' ' -f 1)" ''
	} >>"$repository/Packages"
	printf 'deb [trusted=yes] copy:%s ./\n' "${repository// /%20}" >sources.list
}

# Puts another file in the place of the package that was added last.
replace() { # NAME FILE
	cp "$2" "$repository/$1_1_all.deb"
	sed -i "/^Package: $1/,\$ { s/^Size: .*/Size: $(stat -c %s "$2")/; s/^SHA256: .*/SHA256: $(sha256sum <"$2" | cut -d ' ' -f 1)/ }" "$repository/Packages"
}

put() { # FILE [TEXT]
	mkdir -p "files/${1%/*}"
	printf '%s\n' "${2-}" >"files/$1"
}

# A daemon with a library that lies where it did before /usr was merged, and a script.
fill() { # ARCHITECTURE
	put usr/sbin/daemon "daemon of $1"
	put usr/share/doc/daemon/copyright
	put etc/daemon.conf
	put DEBIAN/conffiles /etc/daemon.conf
	put DEBIAN/postinst $'#!/bin/sh\ntouch "$DPKG_ROOT/ran" '"$BATS_TEST_TMPDIR/ran"
	cp files/DEBIAN/postinst files/DEBIAN/preinst
	chmod 0755 files/DEBIAN/p*inst
	ln -s ../../etc/daemon.conf files/usr/share/daemon.conf
	package daemon 1:2.0-1 "$1" 'Depends: libdaemon (>= 1)' 'Pre-Depends: loader' 'Recommends: other' 'Conffiles:
 /etc/daemon.conf 0'
	put "lib/triplet/libdaemon.so.1.2"
	ln -s libdaemon.so.1.2 files/lib/triplet/libdaemon.so.1
	package libdaemon 1.2 "$1" 'Multi-Arch: same'
	put lib/triplet/ld.so.2
	put bin/loader
	mkdir files/lib64
	ln -s /lib/triplet/ld.so.2 files/lib64/ld.so.2
	package loader 3 "$1"
	put usr/bin/other
	package other 1 "$1" 'Essential: yes'
}

unprivileged() { # COMMAND...
	chmod 0711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/{file,test,suite}/ "$BATS_RUN_TMPDIR"/{file,test}/* 2>/dev/null || true
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

@test "packages come with what they depend on, and no script is run" {
	fill amd64
	run -0 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list daemon tree
	[[ $output == "tree: 3 packages for amd64, from lists of $(date -u +%Y)-"??-?? ]]
	[ -z "$stderr" ]
	[ "$(<tree/usr/sbin/daemon)" = "daemon of amd64" ]
	[ "$(readlink tree/usr/share/daemon.conf)" = ../../etc/daemon.conf ]
	[ ! -e tree/usr/bin/other ]
	run -0 find . -name 'ran*'
	[ -z "$output" ]
	run -0 find . -maxdepth 1 -name 'tree?*'
	[ "$output" = ./tree.packages ]
}

@test "with --no-depends packages come alone, also from the cache" {
	fill amd64
	for repository in "$repository" gone; do
		[ "$repository" != gone ] || mv "$BATS_TEST_TMPDIR/the repository" gone
		run -0 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list --no-depends daemon=1:2.0-1 libdaemon tree
		[[ $output == "tree: 2 packages for amd64, from lists of "* ]]
		[ -z "$stderr" ]
		[ "$(<tree/usr/sbin/daemon)" = "daemon of amd64" ]
		[ -e tree/usr/lib/triplet/libdaemon.so.1.2 ]
		[ ! -e tree/usr/bin/loader ]
		rm -r tree
	done
	[ "$(cut -d' ' -f1 tree.packages)" = daemon$'\n'libdaemon ]
	run -1 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list --no-depends doemon tree
	[ ! -e tree ]
}

@test "a tree may be called like an option" {
	fill amd64
	"$tool" --architecture=amd64 --sources=sources.list -- daemon -tree
	[ -e ./-tree/usr/sbin/daemon ]
	[ -e ./-tree.packages ]
}

@test "files of /bin, /lib and /lib64 lie in /usr, behind links" {
	fill amd64
	"$tool" --architecture=amd64 --sources=sources.list daemon tree
	[ "$(find tree -maxdepth 1 -type l -printf '%f %l\n' | sort)" = 'bin usr/bin
lib usr/lib
lib64 usr/lib64
sbin usr/sbin' ]
	[ -f tree/usr/lib/triplet/libdaemon.so.1.2 ]
	[ "$(readlink tree/lib/triplet/libdaemon.so.1)" = libdaemon.so.1.2 ]
	[ "$(readlink tree/usr/lib64/ld.so.2)" = /lib/triplet/ld.so.2 ]

	# and if a package has these links itself, as base-files of Debian 13
	mkdir files
	ln -s usr/lib files/lib
	ln -s usr/sbin files/sbin
	package base-files 13 amd64
	"$tool" --update --architecture=amd64 --sources=sources.list daemon base-files tree2
	[ "$(readlink tree2/lib)" = usr/lib ]
	[ "$(readlink tree2/sbin)" = usr/sbin ]
	[ -f tree2/lib/triplet/ld.so.2 ]
	[ -f tree2/sbin/daemon ]
}

@test "alternatives are links as update-alternatives makes them, read from the scripts" {
	for name in one two three; do
		put usr/bin/tool.$name
		put usr/share/tool.$name
		put DEBIAN/postinst "#!/bin/sh
			touch '$BATS_TEST_TMPDIR/ran'
			# update-alternatives --install /usr/bin/comment comment /usr/bin/tool.$name 1
			if [ \"\$1\" = configure ]; then
				update-alternatives --quiet --install /usr/bin/tool tool \\
					\"/usr/bin/tool.$name\" $((${#name} * 10)) \\
					--slave /usr/share/tool tool.data /usr/share/tool.$name \\
					--slave /usr/bin/gone gone /usr/bin/gone.$name || true
			fi
			update-alternatives --install /usr/bin/computed computed \$path 1
			update-alternatives --install /out/outside outside /usr/bin/tool.$name 1
			update-alternatives --install /usr/bin/../../up up /usr/bin/tool.$name 1
			update-alternatives --install /usr/bin/name ../../name /usr/bin/tool.$name 1
			update-alternatives --install /usr/bin/tool.$name itself /usr/bin/tool.one 1
			update-alternatives --remove-all old"
		chmod 0755 files/DEBIAN/postinst
		ln -s "$BATS_TEST_TMPDIR/host" files/out
		package tool-$name 1 all "Depends: link"
	done
	mkdir host
	mkdir files
	ln -s "$BATS_TEST_TMPDIR/host" files/out
	package link 1 all
	"$tool" --sources=sources.list tool-one tool-two tool-three tree
	run -0 find tree -type l -printf '%P %l\n'
	sort <<<"$output" >is
	# One and two have the same priority, and three has the highest.
	diff - is <<-END
		bin usr/bin
		etc/alternatives/tool /usr/bin/tool.three
		etc/alternatives/tool.data /usr/share/tool.three
		out $BATS_TEST_TMPDIR/host
		usr/bin/tool /etc/alternatives/tool
		usr/share/tool /etc/alternatives/tool.data
	END
	[ -z "$(ls host)" ]
	[ ! -e ran ]
	"$tool" --sources=sources.list tool-two tool-one tree2
	[ "$(readlink tree2/etc/alternatives/tool)" = /usr/bin/tool.one ]
}

@test "no link of a package leads out of the tree, whatever another package has behind it" {
	mkdir host
	for name in list status; do
		echo mine >host/$name
	done
	mkdir -p files/var/lib/dpkg/info files/usr/share
	ln -s "$BATS_TEST_TMPDIR/host/list" files/var/lib/dpkg/info/one.list
	ln -s "$BATS_TEST_TMPDIR/host/status" files/var/lib/dpkg/status
	ln -s ../../../../../../../../../../../../.."$BATS_TEST_TMPDIR"/host files/usr/share/data
	package one 1 all
	"$tool" --sources=sources.list one tree
	[ -f tree/var/lib/dpkg/status ] && [ ! -L tree/var/lib/dpkg/status ]
	[ "$(readlink tree/usr/share/data)" = "../../../../../../../../../../../../..$BATS_TEST_TMPDIR/host" ]

	# A file alone, without the directories that it is in.
	put usr/share/data/file hostile
	printf '%s\n' 'Package: two' 'Version: 1' 'Architecture: all' 'Maintainer: a' 'Description: b' >control
	tar -c -f control.tar ./control
	tar -c -f data.tar -C files ./usr/share/data/file
	echo 2.0 >debian-binary
	ar rc two.deb debian-binary control.tar data.tar
	package two 1 all 'Depends: one'
	replace two two.deb
	run -1 --separate-stderr "$tool" --update --sources=sources.list two tree2
	[ "${stderr_lines[-1]}" = "mkportable-debian-tree: cannot unpack the packages" ]
	[ ! -e tree2 ]
	[ "$(ls host)" = list$'\n'status ]
	[ "$(cat host/*)" = mine$'\n'mine ]
}

@test "dpkg finds its lists in the tree" {
	fill amd64
	"$tool" --architecture=amd64 --sources=sources.list daemon tree
	query() {
		dpkg-query --admindir=tree/var/lib/dpkg "$@"
	}
	[ "$(query --show --showformat='${Package}:${Architecture} ${Version} ${db:Status-Abbrev}\n')" = 'daemon:amd64 1:2.0-1 iU 
libdaemon:amd64 1.2 iU 
loader:amd64 3 iU ' ]
	[ "$(query --listfiles daemon | sort | tr '\n' ' ')" = \
		'/. /etc /etc/daemon.conf /usr /usr/sbin /usr/sbin/daemon /usr/share /usr/share/daemon.conf /usr/share/doc /usr/share/doc/daemon /usr/share/doc/daemon/copyright ' ]
	[ "$(query --search /lib/triplet/libdaemon.so.1)" = 'libdaemon:amd64: /lib/triplet/libdaemon.so.1' ]
	[ -f tree/var/lib/dpkg/info/libdaemon:amd64.list ]
	[ -f tree/var/lib/dpkg/info/daemon.list ]
	[ "$(<tree/var/lib/dpkg/info/daemon.conffiles)" = /etc/daemon.conf ]
}

@test "the packages of a tree are listed beside it, and these versions can be asked for" {
	fill amd64
	put usr/bin/loader old
	package loader 2 amd64
	"$tool" --architecture=amd64 --sources=sources.list loader=2 tree
	[ "$(<tree.packages)" = "loader 2 amd64 $(sha256sum <"$repository/loader_2_amd64.deb" | cut -d ' ' -f 1)" ]
	mapfile -t packages < <(awk '{ print $1 "=" $2 }' tree.packages)
	"$tool" --architecture=amd64 --sources=sources.list "${packages[@]}" tree2
	diff -r --no-dereference tree tree2
	run -1 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list loader=1 tree3
	[ "${stderr_lines[0]}" = "E: Version '1' for 'loader' was not found" ]
}

@test "packages may be of another architecture" {
	fill amd64
	fill arm64
	"$tool" --architecture=arm64 --sources=sources.list daemon tree
	[ "$(<tree/usr/sbin/daemon)" = "daemon of arm64" ]
	[ "$(cut -d ' ' -f 3 tree.packages | sort -u)" = arm64 ]
	# the machine's own is the default
	case $(dpkg --print-architecture) in
	amd64 | arm64) ;;
	*) fill "$(dpkg --print-architecture)" ;;
	esac
	"$tool" --update --sources=sources.list daemon tree2
	[ "$(<tree2/usr/sbin/daemon)" = "daemon of $(dpkg --print-architecture)" ]
}

@test "a second run has the same result without the repository, until --update" {
	fill amd64
	"$tool" --architecture=amd64 --sources=sources.list daemon tree
	mv "$repository" away
	"$tool" --architecture=amd64 --sources=sources.list daemon tree2
	diff -r --no-dereference tree tree2
	cmp tree.packages tree2.packages
	run -1 --separate-stderr "$tool" --update --architecture=amd64 --sources=sources.list daemon tree3
	[ "${stderr_lines[-1]}" = "mkportable-debian-tree: cannot fetch the package lists" ]
	# what failed leaves what was there
	"$tool" --architecture=amd64 --sources=sources.list daemon tree3

	mv away "$repository"
	put usr/sbin/daemon new
	package daemon 1:2.0-2 amd64
	"$tool" --architecture=amd64 --sources=sources.list daemon tree4
	[ "$(<tree4/usr/sbin/daemon)" = "daemon of amd64" ]
	"$tool" --update --architecture=amd64 --sources=sources.list daemon tree5
	[ "$(<tree5/usr/sbin/daemon)" = new ]
}

@test "several at a time share the cache" {
	fill amd64
	for n in 1 2 3; do
		"$tool" --architecture=amd64 --sources=sources.list daemon tree$n 3>&- &
	done
	wait
	for n in 1 2 3; do
		diff -r --no-dereference tree1 tree$n
		cmp tree1.packages tree$n.packages
	done
}

@test "sources may be in either format, with a path that apt does not copy from" {
	fill amd64
	printf '%s\n' 'Types: deb' "URIs: file:${repository// /%20}" 'Suites: ./' 'Trusted: yes' >any-name
	"$tool" --architecture=amd64 --sources=any-name daemon tree
	[ "$(<tree/usr/sbin/daemon)" = "daemon of amd64" ]
}

@test "it needs no root, and root gets the same tree" {
	[ "$EUID" -eq 0 ] || skip "needs root to become somebody else"
	fill amd64
	mkdir -m 0777 nobody
	unprivileged env MKPORTABLE_CACHE=nobody/cache "$tool" --architecture=amd64 --sources=sources.list daemon nobody/tree
	"$tool" --architecture=amd64 --sources=sources.list daemon tree
	diff -r --no-dereference tree nobody/tree
	[ "$(cd tree && find . -printf '%p %M %l\n' | sort)" = "$(cd nobody/tree && find . -printf '%p %M %l\n' | sort)" ]
	[ "$(find tree -user 0 | wc -l)" = "$(find tree | wc -l)" ]
}

@test "hooks, pins and architectures of the machine's apt change nothing" {
	fill amd64
	printf 'Package: libdaemon\nPin: version *\nPin-Priority: -1\n' >pins
	cat >apt.conf <<-END
		APT::Update::Pre-Invoke { "touch $BATS_TEST_TMPDIR/ran-pre"; };
		APT::Update::Post-Invoke { "touch $BATS_TEST_TMPDIR/ran-post"; };
		APT::Architectures { "i386"; };
		APT::Install-Recommends "true";
		APT::Default-Release "none";
		Dir::Etc::preferences "$BATS_TEST_TMPDIR/pins";
	END
	APT_CONFIG=$PWD/apt.conf "$tool" --architecture=amd64 --sources=sources.list daemon tree
	[ "$(wc -l <tree.packages)" -eq 3 ]
	run -0 find . -name 'ran*'
	[ -z "$output" ]
}

@test "a package that is not what the list says is refused" {
	fill amd64
	MKPORTABLE_CACHE=$PWD/other-cache "$tool" --architecture=amd64 --sources=sources.list daemon good
	# of the same length
	sed -i 's/daemon of amd64/demons of amd64/' "$repository/daemon_2.0-1_amd64.deb"
	run -1 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list daemon tree
	[[ ${stderr_lines[0]} == "E: Failed to fetch copy:"*"/daemon_2.0-1_amd64.deb "* ]]
	[ "${stderr_lines[-1]}" = "mkportable-debian-tree: cannot fetch the packages; if a mirror no longer has them, use --update" ]
	[ ! -e tree ]
	[ ! -e tree.packages ]
}

@test "a package that is damaged is named, and leaves nothing behind" {
	put usr/bin/good
	package good 1 all
	put usr/bin/bad
	package bad 1 all
	echo damaged >bad.deb
	replace bad bad.deb
	run -1 --separate-stderr "$tool" --sources=sources.list good bad tree
	grep -qx "mkportable-debian-tree: cannot read the package bad_1_all.deb" <<<"$stderr"
	run -1 grep "cannot unpack" <<<"$stderr"
	run -0 find . -maxdepth 1 -name 'tree*'
	[ -z "$output" ]
}

@test "a repository that nobody signed is refused, unless it is trusted" {
	fill amd64
	sed -i 's/\[trusted=yes\] //' sources.list
	run -1 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list daemon tree
	[ "${stderr_lines[-1]}" = "mkportable-debian-tree: cannot fetch the package lists" ]
	[ ! -e tree ]
}

@test "what is not there is named, and leaves nothing behind" {
	fill amd64
	run -1 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list demon tree
	[ "$stderr" = "E: Unable to locate package demon
mkportable-debian-tree: cannot choose the packages" ]
	# no pattern either
	run -1 --separate-stderr "$tool" --architecture=amd64 --sources=sources.list libdaemo. tree
	[ "${stderr_lines[0]}" = "E: Unable to locate package libdaemo." ]
	run -1 --separate-stderr "$tool" --sources=none daemon tree
	[ "$stderr" = "mkportable-debian-tree: cannot read 'none'" ]
	mkdir there
	run -1 --separate-stderr "$tool" --sources=sources.list daemon there/
	[ "$stderr" = "mkportable-debian-tree: 'there' exists; remove it first" ]
	run -0 find . -maxdepth 1 -name 'tree*'
	[ -z "$output" ]
}

@test "another suite is looked for where the machine has its own" {
	mkdir -p machine/{lists/partial,parts}
	cat >machine/sources.list <<-END
		deb http://127.0.0.1:9/debian $(. /etc/os-release && echo "$VERSION_CODENAME") main contrib
		deb http://127.0.0.1:9/security $(. /etc/os-release && echo "$VERSION_CODENAME")-security main
		deb http://127.0.0.1:9/others elsewhere main
	END
	printf '%s "%s";\n' Dir::Etc::sourcelist "$PWD/machine/sources.list" Dir::Etc::sourceparts "$PWD/machine/parts" \
		Dir::State::lists "$PWD/machine/lists" Acquire::Retries 0 >apt.conf
	export APT_CONFIG=$PWD/apt.conf
	run -1 --separate-stderr "$tool" --suite=trixie daemon tree
	[ "$(grep -o 'http://127.0.0.1:9/[^ ]*' <<<"$stderr" | sort -u)" = 'http://127.0.0.1:9/debian/dists/trixie/InRelease
http://127.0.0.1:9/security/dists/trixie-security/InRelease' ]
	# unstable has neither updates nor security updates
	run -1 --separate-stderr "$tool" --suite=sid daemon tree
	[ "$(grep -o 'http://127.0.0.1:9/[^ ]*' <<<"$stderr" | sort -u)" = http://127.0.0.1:9/debian/dists/sid/InRelease ]

	echo 'deb http://127.0.0.1:9/others elsewhere main' >machine/sources.list
	run -1 --separate-stderr "$tool" --suite=trixie daemon tree
	[ "$stderr" = "mkportable-debian-tree: no apt source of this machine has suites of its own distribution; use --sources=" ]
}

@test "wrong calls are told" {
	wrong() { # LINE ARGUMENT...
		run -2 --separate-stderr "$tool" "${@:2}"
		[ "$stderr" = "mkportable-debian-tree: $1; see 'mkportable-debian-tree --help'" ]
		[ -z "$output" ]
	}
	wrong "wants PACKAGE... TREE"
	wrong "wants PACKAGE... TREE" tree
	wrong "unknown option: '--suit=trixie'" --suit=trixie daemon tree
	wrong "option needs a value: '--suite'" --suite trixie daemon tree
	wrong "option needs a value: '--architecture='" --architecture= daemon tree
	wrong "--suite: may contain only a-z, 0-9, '.' and '-': 'a b'" '--suite=a b' daemon tree
	wrong "--suite= and --sources= exclude each other" --suite=trixie --sources=x daemon tree
	wrong "not the name of a package: 'Daemon'" Daemon tree
	wrong "not the name of a package: 'daemon-'" daemon- tree
	wrong "not the name of a package: 'daemon/sid'" daemon/sid tree
	wrong "not the name of a package: '-y'" daemon -y tree
	wrong "not a directory that can be made: '/'" daemon /
}

@test "every option in --help is in the manual page" {
	run -0 --separate-stderr "$tool" --help
	[ -z "$stderr" ]
	[ "$(grep -o '^  --[a-z]*' <<<"$output" | tr -d ' ' | sort)" = \
		"$(sed -n 's/^\.It Fl -\([a-z]*\).*/--\1/p' "$tool.1" | sort)" ]
}

@test "the repositories of this machine give a program for another architecture, and an image in which it runs there" {
	# A mirror that stands still has indexes that have expired; they are signed all the same.
	echo 'Acquire::Check-Valid-Until "false";' >apt.conf
	export APT_CONFIG=$PWD/apt.conf
	if [ "$EUID" -eq 0 ]; then
		mkdir -m 0777 open
		cd open
		unprivileged env MKPORTABLE_CACHE="$PWD/cache" "$tool" --architecture=arm64 redis-server tree
	else
		"$tool" --architecture=arm64 redis-server tree
	fi
	readelf --file-header tree/usr/bin/redis-server | grep -q 'Machine: *AArch64'
	loader=$(readelf --program-headers --wide tree/usr/bin/redis-server | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	[ "$loader" = /lib/ld-linux-aarch64.so.1 ]
	[ -f "tree$loader" ]
	[ -f tree/lib/aarch64-linux-gnu/libc.so.6 ]
	grep -q '^redis-server [^ ]* arm64 [0-9a-f]*$' tree.packages
	grep -qx /usr/bin/redis-server tree/var/lib/dpkg/info/redis-server.list

	mkdir demo
	printf '[Service]\nExecStart=/usr/bin/redis-server\nDynamicUser=yes\n' >demo/demo.service
	PATH=$(cd "${BUILD:-$BATS_TEST_DIRNAME/../build}" && pwd):$PATH
	mkportable build --os-release="$BATS_TEST_DIRNAME/../os-release.in" --root=tree --output=demo_0.raw demo
	run -0 mkportable lint demo_0.raw
	[[ "$output" == *"ExecStart= needs a processor of the kind 'arm64' on the host"* ]]
	unsquashfs -q -n -d image demo_0.raw
	grep -qx ARCHITECTURE=arm64 image/usr/lib/os-release
	run -0 qemu-aarch64 -L image image/usr/bin/redis-server --version
	[[ "$output" == 'Redis server v='* ]]
}
