#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What "mkportable new" promises: a directory of hardened unit files, each setting with its
# reason, that "build" and "lint" take without a word; whatever names, paths and descriptions
# are, they stand in the units as they were given, or are refused; and nothing that exists is
# overwritten.
#
# Needs root: trees whose files belong to root
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	export PROGRAMS=$BATS_FILE_TMPDIR/programs
	mkdir "$PROGRAMS"
	echo 'int main(void) { return 0; }' >"$PROGRAMS/demo.c"
	musl-gcc -Os -s -static "$PROGRAMS/demo.c" -o "$PROGRAMS/demo"
	for name in daemon echod job each sh other; do
		ln "$PROGRAMS/demo" "$PROGRAMS/$name"
	done
}

setup() {
	in_scratch
	fixtures=$BATS_TEST_DIRNAME/fixtures/new
	build_options+=(--program-path="$PROGRAMS" --format=directory)
}

# Builds the directory, and lints the image: neither finds more than a note.
is_right() { # DIRECTORY
	local name=${1##*/}

	rm -rf "${name}_0"
	run -0 --separate-stderr build "$1"
	fails grep -v '^$\| note: specifier-undecided: \|^  remedy: ' <<<"$stderr"
	run -0 mkportable lint "${name}_0"
	fails grep -E '^[^ ]+: (warning|error|security): ' <<<"$output"
}

# Succeeds when new was called wrongly: this message, status 2, and no directory.
refused() { # MESSAGE ARGUMENT...
	mkdir empty
	cd empty || return
	usage_error "new: $1" mkportable new "${@:2}"
	cd .. || return
	rmdir empty
}

@test "every combination of options gives what build and lint take" {
	local socket timer template state description options n=0

	for socket in '' 8080 /run/demo.sock '[::1]:80'; do
		for timer in '' daily; do
			for template in '' 1; do
				for state in '' 1; do
					for description in '' 'A demo of 100% "quotes"'; do
						[ -z "$socket" ] || [ -z "$timer" ] || [ -z "$template" ] || continue
						options=(${socket:+"--socket=$socket"} ${timer:+"--timer=$timer"} ${template:+--template}
							${state:+--user-state} ${description:+"--description=$description"})
						echo "${options[@]}"
						rm -rf demo
						mkportable new demo --exec=demo "${options[@]}" >listed
						diff <(sort listed) <(find demo -type f | sort)
						is_right demo
						n=$((n + 1))
					done
				done
			done
		done
	done
	[ "$n" -eq 52 ]
}

@test "a service with a socket or a timer has an exposure of 0.3 at most, and 1.2 with a network of its own" {
	mkportable new demo --exec=demo --socket=80
	build demo
	mkportable lint --exposure-max=0.3 demo_0
	mkportable new other --exec=demo
	build other
	mkportable lint --exposure-max=1.2 other_0
}

@test "each setting that is no name or address has its reason above it, or that of the line before" {
	local unit

	mkportable new demo --exec=demo --socket=80 --user-state
	mkportable new other --exec=demo --timer=daily --template
	for unit in demo/* other/*; do
		echo "$unit"
		awk '/^#/ { reason = 1; if (length($0) > 100) exit 1; next }
			/^\[/ || /^$/ { reason = 0; next }
			/^(Description|ExecStart|ListenStream|OnCalendar)=/ { next }
			!reason { print "no reason: " $0; exit 1 }' "$unit"
	done
}

@test "what is hardened is what our own images harden" {
	local keys='PrivateNetwork|IPAddress|Capability|NoNew|Private|Device|RemoveIPC|Protect|ProcSubset|Restrict|Lock|MemoryDeny|UMask|DynamicUser'
	keys="^($keys)|^SystemCall(Arch|Error)"

	mkportable new qotd --exec=/usr/bin/qotd --socket=17
	diff <(grep -E "$keys" "$repository/images/qotd/qotd.service" | sort) <(grep -E "$keys" qotd/qotd.service | sort)
}

@test "a program here is copied into tree, and the image has it" {
	cp "$PROGRAMS/demo" 'a b'
	chmod 700 'a b'
	mkportable new demo --exec='./a b'
	cmp 'a b' 'demo/tree/usr/bin/a b'
	[ -x 'demo/tree/usr/bin/a b' ]
	mkportable build --os-release="$repository/os-release.in" --format=directory demo
	cmp 'a b' 'demo_0/usr/bin/a b'
	grep -Fx 'ExecStart="/usr/bin/a b"' demo/demo.service
}

@test "a directory that exists is left as it is, empty or not" {
	mkdir demo
	run -1 --separate-stderr mkportable new demo --exec=demo
	[ "$stderr" = "mkportable: cannot make the directory 'demo': File exists" ]
	[ -z "$(ls demo)" ]
	ln -s nowhere other
	run -1 --separate-stderr mkportable new other --exec=demo
	[ "$stderr" = "mkportable: cannot make the directory 'other': File exists" ]
	[ ! -e nowhere ]
	run -1 --separate-stderr mkportable new no/where --exec=demo
	[ "$stderr" = "mkportable: cannot make the directory 'no/where': No such file or directory" ]
}

@test "what cannot be written leaves no directory" {
	local wanted="mkportable: cannot write into 'demo': File too large"

	head -c 100000 /dev/zero >here
	chmod +x here
	# Not even the units fit, and then all but the program.
	for blocks in 1 50; do
		run -1 --separate-stderr bash -c "trap '' XFSZ; ulimit -f $blocks; mkportable new demo --exec=./here --socket=1"
		[ "$stderr" = "$wanted" ]
		[ ! -e demo ]
	done
}

@test "names that portablectl would read differently are refused" {
	local what="the directory's name is the image's id, and"

	refused "no name given"
	refused "no program given: --exec= or --from=" demo
	refused "$what: 'a_1' contains '_', where portablectl cuts the image's name; use '-'" a_1 --exec=x
	refused "$what: '..' must begin with a letter or a digit" .. --exec=x
	refused "$what: 'x y' may contain only letters, digits, '-' and '.'" 'x y/' --exec=x
	refused "$what: '/' may contain only letters, digits, '-' and '.'" / --exec=x
	refused "$what: 'a.raw' ends with '.raw' or '.v', which portablectl removes" a.raw --exec=x
}

@test "what a unit file cannot say is refused" {
	refused "--description: 'a\\x0ab' contains a control character" demo --exec=x --description=$'a\nb'
	refused "--description: '\\xff' is not UTF-8" demo --exec=x --description=$'\xff'
	refused "--description: 'a ' begins or ends with white space" demo --exec=x --description='a '
	refused "--description: 'a\\x5c' ends with a backslash" demo --exec=x --description=a\\
	refused "--exec: 'x\\x0dy' contains a control character" demo --exec=$'x\ry'
	refused "argument: 'x\\x0ay' contains a control character" demo --exec=x $'x\ny'
	refused "--socket: '0' is neither a port, nor an absolute path, nor ADDRESS:PORT" demo --exec=x --socket=0
	refused "--socket: '65536' is neither a port, nor an absolute path, nor ADDRESS:PORT" demo --exec=x --socket=65536
	refused "--socket: 'web' is neither a port, nor an absolute path, nor ADDRESS:PORT" demo --exec=x --socket=web
	refused "--timer: 'soon' is not a calendar event as in systemd.time(7)" demo --exec=x --timer=soon
	refused "--exec: '/a\"b' has a quote or a backslash, which systemd refuses in the path of a program" demo --exec='/a"b'
	refused "--exec: './\x5c' has a quote or a backslash, which systemd refuses in the path of a program" demo --exec=./\\
	refused "--exec: '/usr/bin/' is a directory, not a program" demo --exec=/usr/bin/
	refused "--exec: './none' is not a program that is there" demo --exec=./none
	refused "--exec: '/home/me/x' is a path that a service cannot see in its image; a file here that is to be copied is called ./PATH" \
		demo --exec=/home/me/x
	refused "--exec: '/tmp/x' is a path that a service cannot see in its image; a file here that is to be copied is called ./PATH" \
		demo --exec=/tmp/x
	refused "no timer can start what has an instance for each connection: --template --socket= --timer=" \
		demo --exec=x --template --socket=1 --timer=daily
	refused "--user-state: '1a' cannot be the name of the user that all instances have" \
		1a --exec=x --template --socket=1 --user-state
}

@test "blanks, quotes, per cent signs and dollars arrive as they were given" {
	local name='a b %n $HOME;'

	cp "$PROGRAMS/demo" "$name"
	mkportable new demo --exec="./$name" --description='100% of $it "quoted" \x41 #1' --socket='/run/a %n $b.sock' \
		-- '%i' '$HOME' '${HOME}' '' ';' 'a b' '"' "'" c\\ ' d ' '\;' '-x=%%'
	mkportable build --os-release="$repository/os-release.in" --format=directory demo
	[ -f "demo_0/usr/bin/$name" ]
	run -0 --separate-stderr mkportable lint demo_0
	[ -z "$output" ]
	grep -Fx 'Description=100%% of $it "quoted" \x41 #1' demo/demo.service
	grep -Fx 'ListenStream=/run/a %%n $b.sock' demo/demo.socket
	grep -Fx 'ExecStart="/usr/bin/a b %%n $HOME;" %%i $$HOME $${HOME} "" ";" "a b" "\"" "'\''" "c\\" " d " "\\;" -x=%%%%' \
		demo/demo.service
	grep -Fx 'PORTABLE_PRETTY_NAME="100% of \$it \"quoted\" \\x41 #1"' demo_0/usr/lib/os-release
}

# Writes the units of fixtures, and says what became of them: from NAME UNIT...
from() {
	local name=$1 unit options=()

	shift
	for unit; do
		options+=(--from="$unit")
	done
	(cd "$fixtures" && mkportable new "${options[@]}" "$BATS_TEST_TMPDIR/$name") >remarks
}

# Whether a unit has a line.
has() { # UNIT LINE
	grep -Fxq -- "$2" "$1" || {
		echo "no '$2' in $1"
		return 1
	}
}

@test "--from= says of each line of a daemon what becomes of it, and why" {
	from daemon daemon.service
	sed "s|^$BATS_TEST_TMPDIR/||" remarks | diff "$fixtures/daemon.remarks" -
	diff "$fixtures/daemon.expected" daemon/daemon.service
}

@test "what --from= writes of the fixtures, build and lint take" {
	from daemon daemon.service
	is_right daemon
	from web echo.service echo.socket
	is_right web
	from task job.service job.timer
	is_right task
	from each each@.service
	is_right each
	from root root.service
	is_right root
}

@test "--from= renames units and what names them, and orders the service after its socket" {
	from web echo.service echo.socket
	[ "$(ls web)" = 'web.service
web.socket' ]
	has web/web.service 'Requires=web.socket'
	has web/web.service 'After=web.socket'
	has web/web.service 'Sockets=web.socket'
	has web/web.service 'Also=web.socket'
	has web/web.service 'StartLimitIntervalSec=0'
	has web/web.socket 'Service=web.service'
	grep -F "echo.socket:9: 'Service=echo.service' becomes 'Service=web.service': the unit is called so in the image" remarks
	from task job.service job.timer
	has task/task.timer 'Unit=task.service'
	fails grep '^WantedBy' task/task.service # the timer starts it
}

@test "--from= says where a specifier gives the new name of a unit" {
	printf '[Service]\nExecStart=/usr/bin/other --config=/etc/%%p.conf\nSyslogIdentifier=%%%%p %%i\n' >other.service
	mkportable new --from=other.service web >remarks
	[ "$(grep -c 'its specifiers give' remarks)" -eq 1 ]
	grep -F "other.service:2: 'ExecStart=/usr/bin/other --config=/etc/%p.conf' stays: its specifiers give the name that the unit has in the image" remarks
	mkportable new --from=other.service other >remarks
	fails grep 'its specifiers give' remarks
}

@test "--from= of units with other names than the image gives each a name of its own" {
	printf '[Service]\nExecStart=/usr/bin/other\n' | tee a.service b.service >web-x.service
	mkportable new --from=a.service --from=b.service --from=web-x.service web >remarks
	[ "$(ls web)" = 'web-b.service
web-x.service
web.service' ]
	is_right web
}

@test "--from= never lets a socket or a timer start another service than before" {
	printf '[Service]\nExecStart=/usr/bin/other\n' | tee a.service b.service >web.service
	printf '[Socket]\nListenStream=1\n' >b.socket
	printf '[Timer]\nOnCalendar=daily\n' >c.timer
	printf '[Service]\nExecStart=/usr/bin/other\n' >c@.service
	mkportable new --from=a.service --from=b.service --from=b.socket --from=c@.service --from=c.timer print >remarks
	[ "$(ls print)" = 'print-b.service
print-b.socket
print-c.timer
print-c@.service
print.service' ]
	has print/print-b.service 'Requires=print-b.socket'
	mkportable new --from=b.socket --from=b.service --from=web.service web >remarks
	[ "$(ls web)" = 'web-b.service
web-b.socket
web.service' ]
	# web-b.socket would start what was web-b.service before.
	cp web.service web-b.service
	refused "--from=: two units would have the same name" web --from=../web-b.service --from=../a.service --from=../b.socket
}

@test "--from= gives a service that was root no more rights than it may use" {
	from root root.service
	has root/root.service 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE'
	has root/root.service 'AmbientCapabilities=CAP_NET_BIND_SERVICE'
	fails grep ^PrivateUsers= root/root.service # which would make it useless
	# Ports were not among its rights.
	printf '[Service]\nExecStart=/usr/bin/other\nCapabilityBoundingSet=CAP_SETUID CAP_CHOWN\n' >other.service
	mkportable new --from=other.service other >remarks
	[ "$(grep Capabilit other/other.service)" = CapabilityBoundingSet= ]
	from web echo.service echo.socket
	has web/web.service 'CapabilityBoundingSet=CAP_NET_RAW'
	has web/web.service 'AmbientCapabilities=CAP_NET_RAW'
	# Which system calls that one is for is not known.
	fails grep ^SystemCallFilter= web/web.service
	from task job.service job.timer
	has task/task.service 'CapabilityBoundingSet=CAP_SYS_NICE'
	fails grep ^RestrictRealtime= task/task.service
}

@test "--from= gives each instance a mount point for its directory" {
	printf '[Service]\nExecStart=/usr/bin/other\nStateDirectory=a/b/%%i/c %%p\nLogsDirectory=%%I\n' >each@.service
	mkportable new --from=each@.service each >remarks
	has each/each@.service 'TemporaryFileSystem=/var/lib/a/b:ro'
	has each/each@.service 'TemporaryFileSystem=/var/log:ro'
	[ "$(grep -c ^TemporaryFileSystem each/each@.service)" -eq 2 ]
	is_right each
}

@test "--from= of our own units, and of what new wrote, changes nothing" {
	local image unit options

	mkportable new demo --exec=demo --socket=80 --user-state
	mkportable new other --exec=demo --template --timer=daily --user-state
	for image in "$repository"/images/* demo other; do
		echo "$image"
		options=()
		for unit in "$image"/*.*; do
			options+=(--from="$unit")
		done
		mkdir here
		mkportable new "${options[@]}" "here/${image##*/}" >remarks
		fails grep -vE "^here/|'ConfigurationDirectory=.*' stays: |' stays: it came with systemd " remarks
		for unit in "$image"/*.*; do
			diff <(grep -v '^#' "$unit" | grep . | sort) <(grep -v '^#' "here/${image##*/}/${unit##*/}" | grep . | sort)
		done
		rm -r here
	done
}

# A tree of a distribution, with what belongs to a service; the program is there as well.
make_tree() {
	mkdir -p tree/usr/lib/systemd/system tree/usr/sbin tree/etc/{x,default} tree/usr/share/{x,tools} tree/var/{lib,log}/x-user \
		tree/var/cache/x/deep
	cp "$PROGRAMS/demo" tree/usr/sbin/x
	echo 1 | tee tree/etc/x/x.conf tree/etc/x.ini tree/usr/share/tools/table >tree/usr/share/x/data
	ln -s ../../../../../../../../etc tree/etc/link
	ln -s /etc/x.ini tree/etc/inside
	printf 'OPTIONS="-a \\"b c\\" 100%%"\n# no\nTABLE=/usr/share/tools/table\nexport Y=1\nEMPTY=\n' >tree/etc/default/x
	cat >tree/usr/lib/systemd/system/x.service <<-'EOT'
		[Service]
		User=x-user
		EnvironmentFile=/etc/default/x
		Environment=OPTIONS=none
		ExecStart=/usr/sbin/x -c /etc/x/x.conf --ini=/etc/inside /etc/link/passwd /etc/none /etc/* $OPTIONS ${EMPTY}
	EOT
}

@test "--from= of a tree takes what the tree has for the service, and build finds it there" {
	make_tree
	mkportable new --from=tree/usr/lib/systemd/system/x.service x >remarks
	cat remarks
	[ "$(sed -n 's/^Files=//p' x/x.service | sort)" = '/etc/inside
/etc/x
/usr/share/tools/table
/usr/share/x' ]
	has x/x.service 'Environment="OPTIONS=-a \"b c\" 100%%"'
	has x/x.service 'Environment=EMPTY='
	# It is read after what the unit sets itself, as systemd does.
	[ "$(grep -n ^Environment=OPTIONS=none x/x.service | cut -d: -f1)" -lt \
		"$(grep -n '^Environment="OPTIONS=-a' x/x.service | cut -d: -f1)" ]
	has x/x.service 'StateDirectory=x-user'
	has x/x.service 'LogsDirectory=x-user'
	has x/x.service 'CacheDirectory=x'
	mkportable build --root=tree --os-release="$repository/os-release.in" --format=directory x
	[ -f x_0/etc/x/x.conf ]
	[ -f x_0/usr/share/tools/table ]
	[ -d x_0/var/lib/x-user ]
	run -0 mkportable lint x_0
	fails grep -E '^[^ ]+: (warning|error|security): ' <<<"$output"
}

@test "--from= gives what an image lacks: a home, a locale, the host's names, directories of tmpfiles.d" {
	make_tree
	mkdir -p tree/usr/lib/{tmpfiles.d,locale/C.utf8}
	printf '# d /run/no\nD! /run/x-run 0750 x x -\nf /run/y-file\nd /var/spool/x\nd /run/x.d\n' >tree/usr/lib/tmpfiles.d/x.conf
	printf '[Service]\nUser=%%i\nExecStart=/usr/sbin/x --data=/var/lib/y/z --pid /run/z/x.pid\nEnvironment=LOG=/var/log/v/w\n' \
		>tree/usr/lib/systemd/system/x@.service
	mkportable new --from=tree/usr/lib/systemd/system/x@.service x >remarks
	[ "$(grep -E '^(Environment|[A-Z][a-z]+Directory|BindRead|Temporary)' x/x@.service | sort)" = "$(
		sort <<-'EOT'
			BindReadOnlyPaths=-/etc/hosts -/etc/nsswitch.conf -/etc/resolv.conf
			CacheDirectory=x
			Environment=HOME=/var/lib/y
			Environment=LC_ALL=C.UTF-8
			Environment=LOG=/var/log/v/w
			LogsDirectory=v
			RuntimeDirectory=x-run
			RuntimeDirectory=x.d
			RuntimeDirectory=z
			StateDirectory=y
		EOT
	)" ]
	has x/x@.service Files=/usr/lib/locale/C.utf8
	printf '[Service]\nUser=%%i\nExecStart=/usr/bin/other\n' >other@.service
	mkportable new --from=other@.service other >remarks
	has other/other@.service StateDirectory=other/%i
	has other/other@.service Environment=HOME=/var/lib/other/%i
	has other/other@.service TemporaryFileSystem=/var/lib/other:ro
	is_right other
}

@test "--from= gives each directory that a command or a variable names, once, and says why" {
	printf '[Service]\nEnvironment=A=/run/x.d/a B=/run/x/b C=/run/x/c\nExecStart=/usr/bin/other --log /var/log/y/z\nLogsDirectory=y\n' \
		>other.service
	mkportable new --from=other.service other >remarks
	[ "$(grep -E '^(Runtime|Logs)Directory' other/other.service | sort)" = 'LogsDirectory=y
RuntimeDirectory=x
RuntimeDirectory=x.d' ]
	why='a command or a variable names something in it; delete it if another service makes it'
	diff - <(grep 'Directory=' remarks) <<-EOT
		other.service: 'RuntimeDirectory=x' is added: $why
		other.service: 'RuntimeDirectory=x.d' is added: $why
	EOT
	# A file that is removed before the start is no directory.
	printf '[Service]\nExecStartPre=-/bin/rm -f /run/x/x.pid /run/y.pid\nExecStart=/usr/bin/other\n' >other.service
	mkportable new --from=other.service next >remarks
	[ "$(grep '^RuntimeDirectory=' next/next.service)" = RuntimeDirectory=x ]
}

@test "--from= gives no service a directory of the host's own" {
	cat >other.service <<-'EOT'
		[Service]
		ExecStartPre=/bin/mkdir -p /run/lock/x
		ExecStart=/usr/bin/other --bus=/run/dbus/system_bus_socket --journal=/var/log/journal/x /var/lib/dpkg/status
		ReadWritePaths=/run/systemd /run/systemd-x
		WorkingDirectory=/var/lib/private/x
	EOT
	mkportable new --from=other.service other >remarks
	[ "$(grep -E '^[A-Z][a-z]+Directory=.' other/other.service)" = 'WorkingDirectory=/var/lib/private/x
RuntimeDirectory=systemd-x' ]
	grep -Fx "other.service:4: 'ReadWritePaths=/run/systemd' is left out: the image is read-only, and the user may not write there" remarks
}

@test "--from= finds the tree from within it" {
	make_tree
	(cd tree && mkportable new --from=usr/lib/systemd/system/x.service ../x >../remarks)
	has x/x.service Files=/etc/x
}

@test "--from= of a tree says which commands are scripts" {
	make_tree
	printf '#!/bin/sh\nexec x\n' >tree/usr/sbin/script
	printf '[Service]\nExecStartPre=-/usr/sbin/script a\nExecStart=/usr/sbin/x\n' >tree/usr/lib/systemd/system/x.service
	mkportable new --from=tree/usr/lib/systemd/system/x.service x >remarks
	[ "$(grep -c 'it is a script' remarks)" -eq 1 ]
	grep -F "x.service:2: 'ExecStartPre=-/usr/sbin/script a' stays: it is a script, and what it runs has to be in the image too" remarks
}

@test "no link of a tree makes --from= look at the host" {
	make_tree
	ln -sf /etc/hostname tree/etc/default/x
	mkportable new --from=tree/usr/lib/systemd/system/x.service x >remarks
	fails grep '^Files=.*link' x/x.service
	diff - <(grep ^Environment= x/x.service) <<-'EOT'
		Environment=OPTIONS=none
		Environment=LC_ALL=C
		Environment=HOME=/var/lib/x-user
	EOT
}

@test "--from= goes with a name and other --from= only, and takes what portablectl takes" {
	refused "--from= goes with no other option or argument" demo --from=x.service --exec=x
	refused "--from= goes with no other option or argument" demo --from=x.service --template
	refused "--from= goes with no other option or argument" demo --from=x.service -- y
	local what='is not called like a unit that portablectl takes from an image: a service, socket, target, timer or path'
	refused "--from: 'x.mount' $what" demo --from=x.mount
	refused "--from: 'x' $what" demo --from=x
	refused "--from: 'a b.service' $what" demo --from='a b.service'
	refused "--from=: two units would have the same name" demo --from="$fixtures/root.service" --from="$fixtures/root.service" \
		--from="$fixtures/root.service"
	run -1 --separate-stderr mkportable new demo --from=none.service
	[ "$stderr" = "mkportable: cannot read the unit 'none.service': No such file or directory" ]
	ln -s /dev/null masked.service
	run -1 --separate-stderr mkportable new demo --from=masked.service
	[ "$stderr" = "mkportable: cannot read the unit 'masked.service': not a regular file (a link to /dev/null masks a unit)" ]
	mkdir demo
	run -1 --separate-stderr mkportable new demo --from="$fixtures/root.service"
	[ "$stderr" = "mkportable: cannot make the directory 'demo': File exists" ]
	[ -z "$output$(ls demo)" ]
}

@test "a hostile unit is no trouble for --from=, and its control characters stay out of the terminal" {
	printf '[Service]\nExecStart=/usr/bin/other \033[2J\nUser=\033]0;x\007\nAlias\nX=\001\n[Install]\nAlias=\033.service\n\0\n\xff=1\n' >other.service
	mkportable new --from=other.service other >remarks
	fails env LC_ALL=C grep -a '[^ -~]' remarks
	grep -F "'User=\\x1b]0;x\\x07' becomes 'DynamicUser=yes'" remarks
	head -c 300000 /dev/urandom >random.service
	mkportable new --from=random.service random >remarks
	# What C escapes say makes no line of its own.
	cat >lines.service <<-'EOT'
		[Unit]
		Requires="a\n[Service]\nUser=root" b.service
		[Service]
		ExecStart=/usr/bin/other "/var/lib/b\nUser=root/c"
		ReadWritePaths="/var/lib/a\nUser=root\n#"
		StateDirectory="d\nUser=root\n/e"
		CapabilityBoundingSet="a\nUser=root" CAP_CHOWN
		[Install]
		WantedBy="%i\nUser=root"
	EOT
	mkportable new --from=lines.service lines >remarks
	fails grep ^User= lines/lines.service
	fails grep 'is left out, since systemd ignores it: neither' remarks
	mkportable new --from=lines/lines.service lines/lines >remarks
	fails grep 'since systemd ignores it' remarks
	# No memory of the stack for each file.
	make_tree
	{
		printf '[Service]\nExecStart=/usr/sbin/x\nEnvironmentFile=/etc/default/y\nEnvironmentFile=\n'
		printf 'EnvironmentFile=/etc/default/none\n%.0s' {1..60000}
		echo EnvironmentFile=/etc/default/x
	} >tree/usr/lib/systemd/system/many.service
	echo Y=1 >tree/etc/default/y
	mkportable new --from=tree/usr/lib/systemd/system/many.service many >remarks
	has many/many.service 'Environment=EMPTY='
	fails grep ^Environment=Y= many/many.service # the empty line resets the list
	: >empty.service
	mkportable new --from=empty.service empty >remarks
	has empty/empty.service 'DynamicUser=yes'
}
