#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Process 1 of an image that is booted opens the sockets of the units, starts services on
# the first connection in a sandbox, restarts them, reaps every child, and stops
# everything in order. In plain namespaces, without systemd-nspawn (tests/boot-tree).
#
# Needs root: namespaces with other users

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	((EUID == 0)) || skip "namespaces with other users need root"
}

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	units=$BATS_TEST_TMPDIR/units
	var=$BATS_TEST_TMPDIR/var
	log=$BATS_TEST_TMPDIR/log
	arguments='' wrapper=() read_only=() booted=''
	mkdir -p "$units" "$var/lib" "$var/tmp" "$var/cache" "$var/log"
	# The users of services must be able to reach their state.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -z "$booted" ] || ! kill -0 "$booted" 2>/dev/null || {
		kill -KILL "$(init_pid)" 2>/dev/null || true
		wait "$booted" || true
	}
	[ ! -f "$log" ] || cat "$log"
}

unit() { # NAME, its text from standard input
	cat >"$units/$1"
}

boot() {
	: >"$log" # without the lines of an earlier boot
	INIT_ARGUMENTS=$arguments tests/boot-tree "${read_only[@]}" "$units" "$var" "${wrapper[@]}" \
		>"$log" 2>&1 3>&- &
	booted=$!
}

# The PID of process 1 on this machine: boot-tree starts unshare, which starts it.
init_pid() {
	local unshare
	unshare=$(pgrep -P "$booted" -x unshare) && pgrep -P "$unshare" -x init
}

inside() {
	nsenter --target "$(init_pid)" --net --pid --uts --mount --root --wd -- "$@"
}

ask() { # PATH
	nsenter --target "$(init_pid)" --net -- curl -sS --fail --max-time 20 "http://localhost:8080/$1"
}

says() { # TEXT
	grep -qF -- "$1" "$log"
}

signal() { # NAME-OR-NUMBER
	kill "-$1" "$(init_pid)"
}

# Waits until it ends, and sets $status to the exit status.
ended() {
	local patience=$((SECONDS + 60))

	while kill -0 "$booted" 2>/dev/null; do
		((SECONDS < patience)) || return 1
		sleep 0.05
	done
	status=0
	wait "$booted" || status=$?
	booted=''
}

visitord() {
	cp images/visitord/visitord.s* "$units"
	sed -i "s#/usr/bin/visitord#$PWD/build/bin/visitord#" "$units/visitord.service"
	# The tree has nothing of this machine but /usr.
	install -D build/bin/visitord "$var/bin/visitord"
	sed -i "s#^ExecStart=.*#ExecStart=/var/bin/visitord#" "$units/visitord.service"
}

@test "the first client starts the service, as a user of its own; the state stays that user's" {
	visitord
	boot
	eventually says 'listening on 8080'
	run ! inside pgrep -x visitord
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
	[ "$(ask '')" = 'Hello! You are visitor #2!' ]
	owner=$(stat -c %u "$var/lib/visitord/counter")
	((owner >= 61184 && owner <= 65519))
	[ "$(stat -c '%u %a' "$var/lib/visitord")" = "$owner 700" ]
	signal TERM
	ended
	[ "$status" -eq 0 ]

	# Files of another user are handed over.
	chown -R 12345:12345 "$var/lib/visitord"
	boot
	eventually says 'listening on 8080'
	[ "$(ask '')" = 'Hello! You are visitor #3!' ]
	[ "$(stat -c %u "$var/lib/visitord/counter")" = "$owner" ]
}

@test "each signal that asks for the end stops everything in order, with status 0" {
	visitord
	# SIGRTMIN+3 and +4, as glibc and systemd count.
	for name in TERM INT PWR 37 38; do
		boot
		eventually says 'listening on 8080'
		[ -n "$(ask '')" ]
		signal "$name"
		ended
		[ "$status" -eq 0 ]
		says stopping
	done
}

@test "it does not end on HUP, USR1, CONT, ALRM" {
	visitord
	boot
	eventually says 'listening on 8080'
	for name in HUP USR1 USR2 CONT ALRM PIPE; do
		signal "$name"
	done
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
}

# A service that writes down what it sees, in its state directory.
look() { # SETTINGS
	unit look.service <<-EOT
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		StateDirectory=look
		$1
		ExecStart=:/bin/sh -c 'cd /var/lib/look; env | sort >env; cat /proc/self/status >status; ls -ld / /etc /tmp >ls; cat /proc/self/mountinfo >mounts; ip link >links 2>&1; for p in / /etc /usr /run /var /var/lib /proc /dev; do echo x 2>/dev/null >\$\$p/new && echo \$\$p; done >writable; echo x >/tmp/new && echo /tmp >>writable; touch done'
		[Install]
		WantedBy=multi-user.target
	EOT
}

@test "a service has no privileges, sees everything read-only, and has a /tmp of its own" {
	look $'DynamicUser=yes\nPrivateNetwork=yes'
	boot
	eventually test -f "$var/lib/look/done"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		grep -qE "^$set:\s0000000000000000$" "$var/lib/look/status"
	done
	grep -qE '^NoNewPrivs:\s1$' "$var/lib/look/status"
	grep -qE '^Seccomp:\s2$' "$var/lib/look/status"
	grep -qE '^Groups:\s*$' "$var/lib/look/status"
	uid=$(stat -c %u "$var/lib/look/done")
	grep -qE "^Uid:\s$uid\s$uid\s$uid\s$uid$" "$var/lib/look/status"
	[ "$(cat "$var/lib/look/writable")" = /tmp ]
	# Everything is mounted read-only but its state and what is private.
	[ -z "$(awk '$6 !~ /^ro/ && $5 !~ "^/(var/lib/look|tmp|var/tmp|dev/shm)$"' "$var/lib/look/mounts")" ]
	[ "$(grep -c '^[0-9]' "$var/lib/look/links")" -eq 1 ]
}

@test "a service without User= and DynamicUser= has a user of its own as well" {
	look ''
	boot
	eventually test -f "$var/lib/look/done"
	uid=$(stat -c %u "$var/lib/look/done")
	((uid >= 61184 && uid <= 65519))
}

# A service that tries what a filter of system calls may refuse, and prints what it may do.
try_calls() { # NAME SETTINGS
	cat >"$var/bin/try-calls" <<-'EOF'
		import ctypes, errno, mmap, os, signal, socket

		libc = ctypes.CDLL(None, use_errno=True)

		def call(name, *arguments):
		    ctypes.set_errno(0)
		    if getattr(libc, name)(*arguments) in (-1, 2**64 - 1):
		        raise OSError(ctypes.get_errno(), "")

		libc.mmap.restype = ctypes.c_size_t
		attempts = {
		    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
		    "inet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
		    "setns": lambda: call("setns", -1, 0),
		    "mmap": lambda: call("mmap", None, 4096, 7, 0x22, -1, 0),
		    "personality": lambda: call("personality", 0x0040000),
		    "chmod": lambda: os.chmod("/tmp/file", 0o4755),
		    "mode": lambda: os.chmod("/tmp/file", 0o755),
		}
		open("/tmp/file", "w").close()
		for name, attempt in attempts.items():
		    try:
		        attempt()
		        print(name, "works")
		    except OSError as error:
		        print(name, errno.errorcode[error.errno])
		print("tried")
	EOF
	unit "$1.service" <<-EOT
		[Service]
		Type=oneshot
		PrivateTmp=yes
		$2
		ExecStart=/usr/bin/python3 /var/bin/try-calls
		[Install]
		WantedBy=multi-user.target
	EOT
}

@test "filters of system calls refuse what the unit forbids, and nothing else" {
	mkdir "$var/bin"
	try_calls free ''
	try_calls bound $'RestrictAddressFamilies=AF_UNIX AF_INET\nRestrictNamespaces=yes\nMemoryDenyWriteExecute=yes\nLockPersonality=yes\nRestrictSUIDSGID=yes'
	try_calls denied 'RestrictAddressFamilies=~AF_NETLINK'
	# The stricter of two settings holds.
	try_calls both $'RestrictAddressFamilies=AF_NETLINK AF_INET\nSystemCallFilter=~socket:ENOSYS'
	try_calls either $'RestrictAddressFamilies=~AF_NETLINK\nSystemCallFilter=~socket:ENOSYS'
	boot
	for name in free bound denied both either; do
		eventually says "$name.service: tried"
	done
	said() { # NAME
		sed -n "s/^$1.service: //p" "$log" | tr '\n' ','
	}
	[ "$(said free)" = 'netlink works,inet works,setns EBADF,mmap works,personality works,chmod works,mode works,tried,' ]
	[ "$(said bound)" = 'netlink EAFNOSUPPORT,inet works,setns EPERM,mmap EPERM,personality EPERM,chmod EPERM,mode works,tried,' ]
	[ "$(said denied)" = 'netlink EAFNOSUPPORT,inet works,setns EBADF,mmap works,personality works,chmod works,mode works,tried,' ]
	[[ $(said both) == 'netlink ENOSYS,inet ENOSYS,'* ]]
	[[ $(said either) == 'netlink EAFNOSUPPORT,inet ENOSYS,'* ]]
}

# A service that renames the host, which needs a system call of its own, and says what came of it.
rename_host() { # NAME SETTINGS
	unit "$1.service" <<-EOT
		[Service]
		Type=oneshot
		User=root
		CapabilityBoundingSet=CAP_SYS_ADMIN
		$2
		ExecStart=/usr/bin/python3 -c 'import os, socket;\
			open("/proc/self/status").read();\
			print("begins", flush=True);\
			socket.sethostname("other");\
			print("renamed")'
		[Install]
		WantedBy=multi-user.target
	EOT
}

@test "SystemCallFilter= refuses system calls with its error, or kills" {
	rename_host free ''
	rename_host denied $'SystemCallFilter=~sethostname\nSystemCallErrorNumber=EPERM'
	rename_host group $'SystemCallFilter=~@privileged:ENOSYS @no-such'
	rename_host allowed $'SystemCallFilter=@system-service sethostname'
	rename_host killed $'SystemCallFilter=@system-service\nSystemCallErrorNumber=kill'
	rename_host other $'SystemCallFilter=@system-service\nSystemCallErrorNumber=EACCES\nSystemCallFilter='
	unit missing.service <<-'EOT'
		[Service]
		Type=oneshot
		SystemCallFilter=@default
		ExecStart=/usr/bin/nothing
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	ended
	for name in free allowed other; do
		says "$name.service: renamed"
	done
	says 'denied.service: PermissionError: [Errno 1] Operation not permitted'
	says 'group.service: OSError: [Errno 38] Function not implemented'
	says "group.service: ignoring unknown name '@no-such'"
	for name in denied group killed; do
		says "$name.service: begins"
		run ! says "$name.service: renamed"
	done
	says 'killed.service: process ended by signal 31' # SIGSYS
	# What fails behind the filter is told of before it.
	says "missing.service: cannot run '/usr/bin/nothing': No such file or directory"
	run ! grep 'unsupported settings' "$log"
}

@test "capabilities are those that the unit states, no others" {
	look $'CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_CHOWN\nAmbientCapabilities=CAP_NET_BIND_SERVICE'
	boot
	eventually test -f "$var/lib/look/done"
	grep -qE '^CapBnd:\s0000000000000401$' "$var/lib/look/status"
	grep -qE '^CapAmb:\s0000000000000400$' "$var/lib/look/status"
}

@test "environment, umask, working directory and limits are the unit's" {
	unit look.service <<-'EOT'
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		Environment=ONE=1 "TWO=2 and more"
		Environment=THREE=%p
		StateDirectory=look look/inner
		CacheDirectory=look
		LogsDirectory=look
		RuntimeDirectory=look
		RuntimeDirectoryMode=0750
		UMask=0027
		WorkingDirectory=/usr
		LimitNOFILE=123
		ExecStart=/bin/sh -c 'pwd >/var/lib/look/pwd; umask >/var/lib/look/umask; ulimit -n >/var/lib/look/files; stat -c "%%a" /run/look >/var/lib/look/runtime; env >/var/lib/look/env; touch /run/look/x /var/cache/look/x /var/log/look/x /var/lib/look/inner/x /var/lib/look/done'
		[Install]
		WantedBy=default.target
	EOT
	boot
	eventually test -f "$var/lib/look/done"
	[ "$(cat "$var/lib/look/pwd")" = /usr ]
	[ "$(cat "$var/lib/look/umask")" = 0027 ]
	[ "$(cat "$var/lib/look/files")" = 123 ]
	[ "$(cat "$var/lib/look/runtime")" = 750 ]
	for line in ONE=1 'TWO=2 and more' THREE=look STATE_DIRECTORY=/var/lib/look:/var/lib/look/inner \
		CACHE_DIRECTORY=/var/cache/look LOGS_DIRECTORY=/var/log/look RUNTIME_DIRECTORY=/run/look; do
		grep -qxF "$line" "$var/lib/look/env"
	done
	run ! grep -q LISTEN "$var/lib/look/env"
}

@test "a runtime directory is gone when its service is" {
	unit brief.service <<-'EOT'
		[Service]
		RuntimeDirectory=brief
		StateDirectory=brief
		ExecStart=/bin/sh -c 'mkdir -p /run/brief/a/b; ln -s /var/lib /run/brief/a/link; touch /run/brief/a/b/c /var/lib/brief/done'
		[Install]
		WantedBy=multi-user.target
	EOT
	visitord # keeps the system up
	boot
	eventually test -f "$var/lib/brief/done"
	eventually inside test ! -e /run/brief
	[ -d "$var/lib/brief" ]
}

@test "a link in the path of a directory, in any position, is not followed" {
	mkdir -p "$var/victim/x/y" "$var/lib/middle" "$var/lib/last/x"
	touch "$var/victim/x/y/file"
	ln -s ../victim "$var/lib/first"
	ln -s /var/victim/x "$var/lib/middle/x"
	ln -s ../../../victim/x/y "$var/lib/last/x/y"
	for name in first middle last; do
		unit $name.service <<-EOT
			[Service]
			Type=oneshot
			StateDirectory=$name/x/y
			ExecStart=/bin/echo never
			[Install]
			WantedBy=multi-user.target
		EOT
	done
	boot
	ended
	[ "$status" -eq 1 ]
	for name in first middle last; do
		grep -q "^init: $name.service: cannot .* '/var/lib/$name/x/y'" "$log"
	done
	run ! says never
	[ "$(find "$var/victim" -printf '%U %y\n' | sort | uniq -c | xargs)" = '3 0 d 1 0 f' ]
}

# A service that swaps a directory of its own for a link to /var/victim, and back, all the time.
swap() { # NAME SETTING DIRECTORY
	mkdir -p "$var/bin"
	cat >"$var/bin/swap" <<-'EOF'
		import ctypes, os, sys

		libc = ctypes.CDLL(None)
		os.chdir(sys.argv[1])
		os.makedirs("x/y", exist_ok=True)
		os.symlink("/var/victim", "link")
		print("swaps", flush=True)
		while True:
		    if libc.renameat2(-100, b"x", -100, b"link", 2) != 0: # RENAME_EXCHANGE
		        sys.exit("cannot swap")
	EOF
	unit "$1.service" <<-EOT
		[Service]
		$2
		ExecStart=/usr/bin/python3 /var/bin/swap $3
		[Install]
		WantedBy=multi-user.target
	EOT
}

@test "directories that are swapped for links meanwhile: what is outside stays as it is" {
	mkdir -p "$var/victim/y/deep"
	echo root >"$var/victim/y/file"
	swap state StateDirectory=state /var/lib/state
	swap runtime RuntimeDirectory=runtime /run/runtime
	unit nested.service <<-'EOT'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Restart=always
		RestartSec=1ms
		StateDirectory=state/x/y
		RuntimeDirectory=runtime/x/y
		ReadWritePaths=-/var/lib/state/x
		ExecStart=/bin/bash -c 'echo started; echo z 2>/dev/null >/var/victim/y/new && echo escaped'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	often() {
		(($(grep -c 'nested.service: started' "$log") >= 20))
	}
	eventually says 'state.service: swaps'
	eventually says 'runtime.service: swaps'
	eventually often
	signal TERM
	ended
	run ! says 'cannot swap'
	run ! says escaped
	[ "$(find "$var/victim" -printf '%P %U\n' | sort | xargs)" = '0 y 0 y/deep 0 y/file 0' ]
	[ "$(cat "$var/victim/y/file")" = root ]
}

@test "what is removed with a runtime directory is never behind a link" {
	mkdir -p "$var/victim/b/deep"
	unit a.service <<-'EOT'
		[Service]
		RuntimeDirectory=app
		ExecStart=/bin/sh -c 'until [ -d /run/app/sub/b ]; do sleep 0.01; done; mv /run/app/sub /run/app/old; ln -s /var/victim /run/app/sub; touch /run/app/swapped; exec sleep 1000'
		[Install]
		WantedBy=multi-user.target
	EOT
	unit b.service <<-'EOT'
		[Service]
		Type=oneshot
		RuntimeDirectory=app/sub/b
		ExecStart=/bin/sh -c 'until [ -e /run/app/swapped ]; do sleep 0.01; done; echo swapped'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'b.service: swapped'
	signal TERM
	ended
	[ -d "$var/victim/b/deep" ]
	[ "$(stat -c %u "$var/victim/b")" = 0 ]
}

@test "LoadCredential= follows links of root, and none that a service can have made" {
	echo secret >"$var/secret"
	chmod 600 "$var/secret"
	ln -s secret "$var/to-secret"
	unit own.service <<-'EOT'
		[Service]
		Type=oneshot
		StateDirectory=own
		ExecStart=/bin/ln -sf /var/secret /var/lib/own/key
		[Install]
		WantedBy=multi-user.target
	EOT
	for pair in good:/var/to-secret bad:/var/lib/own/key; do
		unit ${pair%%:*}.service <<-EOT
			[Unit]
			After=own.service
			[Service]
			Type=oneshot
			LoadCredential=key:${pair#*:}
			ExecStart=:/bin/sh -c 'cat "\$CREDENTIALS_DIRECTORY/key"'
			[Install]
			WantedBy=multi-user.target
		EOT
	done
	boot
	ended
	says 'good.service: secret'
	says "bad.service: cannot load the credential 'key:/var/lib/own/key': Symbolic link loop"
	run ! says 'bad.service: secret'
}

@test "an empty /var is enough: what is missing above the directories of services is created" {
	visitord
	rmdir "$var/lib" "$var/cache" "$var/log"
	boot
	eventually says 'listening on 8080'
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
	[ "$(stat -c '%u %a' "$var/lib")" = '0 755' ]
}

@test "read-only state is kept in memory, and a line says so" {
	visitord
	read_only=(-r)
	mkdir "$var/lib/visitord"
	boot
	eventually says "visitord.service: '/var/lib/visitord' is read-only; mounting a tmpfs, whose files will be lost"
	eventually says 'listening on 8080'
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
	[ -z "$(ls "$var/lib/visitord")" ]
}

@test "when all units have to be ignored, it ends with status 1" {
	unit who.socket <<-'EOT'
		[Socket]
		ListenStream=8080
		[Install]
		WantedBy=sockets.target
	EOT
	unit who.service <<-'EOT'
		[Service]
		User=nobody-knows
		ExecStart=/bin/echo never
	EOT
	boot
	ended
	[ "$status" -eq 1 ]
	says 'who.service: unknown user in User=; ignoring unit'
	says 'who.socket: its service is ignored; not opened'
}

@test "sockets of every kind are handed over with their names, in the order of their lines" {
	unit kinds.socket <<-'EOT'
		[Socket]
		ListenStream=127.0.0.1:4001
		ListenDatagram=[::1]:4002
		ListenSequentialPacket=/run/kinds/packets
		ListenFIFO=/run/kinds/fifo
		ListenStream=@kinds
		SocketMode=0620
		FileDescriptorName=kind
		BindIPv6Only=ipv6-only
		[Install]
		WantedBy=sockets.target
	EOT
	unit kinds.service <<-'EOT'
		[Service]
		StateDirectory=kinds
		ExecStart=:/bin/sh -c 'env >/var/lib/kinds/env; for i in 3 4 5 6 7 8; do readlink /proc/self/fd/$i; done >/var/lib/kinds/fds; echo $$ >/var/lib/kinds/pid; read line <&6; echo "$line" >/var/lib/kinds/done; exec sleep 1000'
	EOT
	boot
	eventually says 'listening on @kinds'
	inside stat -c '%a %F' /run/kinds/packets /run/kinds/fifo >"$BATS_TEST_TMPDIR/stat"
	[ "$(sort "$BATS_TEST_TMPDIR/stat")" = $'620 fifo\n620 socket' ]
	[ ! -e "$var/lib/kinds/env" ]
	inside sh -c 'echo hello >/run/kinds/fifo'
	eventually test -s "$var/lib/kinds/done"
	[ "$(cat "$var/lib/kinds/done")" = hello ]
	grep -qx LISTEN_FDS=5 "$var/lib/kinds/env"
	grep -qx LISTEN_FDNAMES=kind:kind:kind:kind:kind "$var/lib/kinds/env"
	grep -qx "LISTEN_PID=$(cat "$var/lib/kinds/pid")" "$var/lib/kinds/env"
	[ "$(grep -c socket "$var/lib/kinds/fds")" -eq 4 ]
	[[ $(sed -n 4p "$var/lib/kinds/fds") == */kinds/fifo ]]
	[ "$(wc -l <"$var/lib/kinds/fds")" -eq 5 ]
}

@test "Accept=yes: a process for each connection, on its standard input and output, up to a limit" {
	unit each.socket <<-'EOT'
		[Socket]
		ListenStream=4001
		Accept=yes
		MaxConnections=2
		[Install]
		WantedBy=sockets.target
	EOT
	unit each@.service <<-'EOT'
		[Service]
		ExecStart=:/bin/sh -c 'echo "instance %i"; read line; echo "you said $line"'
		StandardInput=socket
		StandardError=journal
	EOT
	boot
	eventually says 'listening on 4001'
	# Two connections stay open, and a third one waits until one of them is closed.
	inside timeout 30 bash -c '
		exec 4<>/dev/tcp/127.0.0.1/4001 5<>/dev/tcp/127.0.0.1/4001 6<>/dev/tcp/127.0.0.1/4001
		read -r a <&4; read -r b <&5
		if read -t 1 -r c <&6; then echo "third was let in: $c"; exit 1; fi
		echo one >&4; read -r said <&4; echo "$said"
		read -r c <&6
		echo two >&5; echo three >&6; read -r said <&6; echo "$said"
		printf "%s\n" "$a" "$b" "$c"' >"$BATS_TEST_TMPDIR/said"
	[ "$(sort "$BATS_TEST_TMPDIR/said")" = $'instance 0\ninstance 1\ninstance 2\nyou said one\nyou said three' ]
}

@test "a connection as standard input: its peer is in the environment, and no socket is passed" {
	for pair in 4:127.0.0.1:4004 '6:[::1]:4006' u:/run/u.sock; do
		unit "who${pair%%:*}.socket" <<-EOT
			[Socket]
			ListenStream=${pair#*:}
			Accept=yes
			[Install]
			WantedBy=sockets.target
		EOT
		unit "who${pair%%:*}@.service" <<-'EOT'
			[Service]
			StandardInput=socket
			ExecStart=:/bin/sh -c 'env; ls /proc/self/fd | xargs echo open:'
		EOT
	done
	unit one.socket <<-'EOT'
		[Socket]
		ListenDatagram=127.0.0.1:4001
		[Install]
		WantedBy=sockets.target
	EOT
	unit one.service <<-'EOT'
		[Service]
		StandardInput=socket
		StandardOutput=journal
		ExecStart=:/bin/sh -c 'head -c 5; env | grep -c LISTEN; ls /proc/self/fd | xargs echo open:; exec sleep 1000'
	EOT
	boot
	eventually says 'whou.socket: listening on /run/u.sock'
	inside timeout 20 bash -c 'cat </dev/tcp/127.0.0.1/4004' >"$BATS_TEST_TMPDIR/4"
	inside timeout 20 bash -c 'cat </dev/tcp/::1/4006' >"$BATS_TEST_TMPDIR/6"
	inside timeout 20 python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect("/run/u.sock"); sys.stdout.write(s.makefile().read())' >"$BATS_TEST_TMPDIR/u"
	grep -qx REMOTE_ADDR=127.0.0.1 "$BATS_TEST_TMPDIR/4"
	grep -qx REMOTE_ADDR=::1 "$BATS_TEST_TMPDIR/6"
	grep -qE '^REMOTE_PORT=[0-9]+$' "$BATS_TEST_TMPDIR/4"
	run ! grep REMOTE "$BATS_TEST_TMPDIR/u"
	for name in 4 6 u; do
		run ! grep LISTEN "$BATS_TEST_TMPDIR/$name"
		grep -qx 'open: 0 1 2 3' "$BATS_TEST_TMPDIR/$name" # 3 is the directory that is listed
	done
	inside bash -c 'printf hello >/dev/udp/127.0.0.1/4001'
	eventually says 'one.service: open: 0 1 2 3'
	says 'one.service: hello0'
}

@test "a listener that its service has shut down is opened again" {
	unit shut.socket <<-'EOT'
		[Socket]
		ListenStream=127.0.0.1:4001
		ListenStream=/var/run/shut/sock
		ListenDatagram=127.0.0.1:4002
		[Install]
		WantedBy=sockets.target
	EOT
	unit shut.service <<-'EOT'
		[Service]
		ExecStart=/usr/bin/python3 -c 'import socket, time;\
			s = [socket.socket(fileno=i) for i in (3, 4, 5)];\
			c = [s[0].accept()[0] for i in range(1)];\
			[c[0].send(b"served"), c[0].close()];\
			[s[i].shutdown(2) for i in (0, 1)]'
	EOT
	boot
	eventually says 'shut.socket: listening on 127.0.0.1:4002'
	says 'shut.socket: listening on /run/shut/sock'
	for i in 1 2; do
		[ "$(inside timeout 20 bash -c 'until cat </dev/tcp/127.0.0.1/4001; do sleep 0.1; done' 2>/dev/null)" = served ]
		again() {
			(($(grep -c 'shut.socket: its service has shut it down; opened again' "$log") >= 1))
		}
		eventually again
	done
	inside python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("/run/shut/sock")'
}

@test "a timer whose service was started too often goes on when that is over" {
	unit tick.service <<-'EOT'
		[Unit]
		StartLimitIntervalSec=2
		StartLimitBurst=3
		[Service]
		Type=oneshot
		ExecStart=/bin/echo tick
	EOT
	unit tick.timer <<-'EOT'
		[Timer]
		OnActiveSec=0.1
		OnUnitActiveSec=0.1
		[Install]
		WantedBy=timers.target
	EOT
	boot
	ticks() {
		[ "$(grep -c '^tick.service: tick' "$log")" -ge "$1" ]
	}
	eventually ticks 7
	says 'tick.service: started too often'
}

@test "Restart=: a service that fails comes back, and no client is refused meanwhile" {
	visitord
	sed -i 's/^\[Service\]/[Service]\nRestart=on-failure\nRestartSec=50ms/' "$units/visitord.service"
	boot
	eventually says 'listening on 8080'
	[ -n "$(ask '')" ]
	(
		exec 3>&-
		until [ -e "$BATS_TEST_TMPDIR/enough" ]; do
			pkill -KILL -P "$(init_pid)" || true
			sleep 0.1
		done
	) &
	killer=$!
	# A connection may break when its server is killed; none is refused (status 7).
	refused=0 answered=0 patience=$((SECONDS + 60))
	while ((answered < 25 && SECONDS < patience)); do
		code=0
		ask '' >/dev/null 2>&1 || code=$?
		case $code in 0) ((++answered)) ;; 7) ((++refused)) ;; esac
	done
	touch "$BATS_TEST_TMPDIR/enough"
	wait "$killer"
	echo "$answered answered, $refused refused"
	[ "$refused" -eq 0 ]
	[ "$answered" -eq 25 ]
	says 'visitord.service: process ended by signal 9'
}

@test "a service that fails at each start is paused, and its clients wait; others go on" {
	visitord
	unit bad.socket <<-'EOT'
		[Socket]
		ListenStream=4001
		[Install]
		WantedBy=sockets.target
	EOT
	unit bad.service <<-'EOT'
		[Service]
		ExecStart=/bin/false
	EOT
	boot
	eventually says 'listening on 8080'
	# A client that waits for an answer until the end.
	inside bash -c 'exec 4<>/dev/tcp/127.0.0.1/4001; read -r -t 100 <&4' 3>&- &
	eventually says 'bad.service: started too often'
	eventually says 'bad.socket: its service was started too often; pausing for '
	[ "$(grep -c 'bad.service: process ended with status 1' "$log")" -le 3 ]
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
	signal TERM
	ended
	wait || true
}

@test "a service that cannot be started, again and again, does not flood the console" {
	unit fails.service <<-'EOT'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Restart=always
		RestartSec=0
		ExecStart=/usr/bin/nothing
		[Install]
		WantedBy=multi-user.target
	EOT
	SECONDS=0
	boot
	eventually says "fails.service: cannot run '/usr/bin/nothing': No such file or directory"
	sleep 2 # for more of them
	signal TERM
	ended
	(($(grep -c fails.service "$log") <= 2 * (SECONDS + 1)))
}

@test "the status of the only service is the system's, when it failed" {
	unit one.service <<-'EOT'
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'exit 7'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	ended
	[ "$status" -eq 7 ]
	sed -i 's/exit 7/exit 0/' "$units/one.service"
	boot
	ended
	[ "$status" -eq 0 ]
}

@test "ExecStart=: several commands; '-' ignores a failure, any other ends the row" {
	unit row.service <<-'EOT'
		[Service]
		Type=oneshot
		StateDirectory=row
		ExecStartPre=/bin/sh -c 'echo pre >>/var/lib/row/said'
		ExecStart=-/bin/false
		ExecStart=/bin/sh -c 'echo one >>/var/lib/row/said' ; /bin/sh -c 'echo two >>/var/lib/row/said'
		ExecStart=@/bin/sh called -c 'exit 3'
		ExecStart=/bin/sh -c 'echo never >>/var/lib/row/said'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	ended
	[ "$status" -eq 3 ]
	[ "$(cat "$var/lib/row/said")" = $'pre\none\ntwo' ]
}

@test "services start after those they come after, and stop before them" {
	for name in first second third; do
		unit $name.service <<-EOT
			[Service]
			Type=oneshot
			RemainAfterExit=yes
			StateDirectory=order
			User=web
			ExecStart=/bin/sh -c 'sleep 0.2; echo $name >>/var/lib/order/said'
			[Install]
			WantedBy=multi-user.target
		EOT
	done
	printf '[Unit]\nAfter=second.service\n' >>"$units/first.service"
	printf '[Unit]\nAfter=third.service\n' >>"$units/second.service"
	unit last.service <<-'EOT'
		[Unit]
		After=first.service
		[Service]
		ExecStart=:/bin/sh -c 'trap "echo last stops; exit" TERM; echo last runs; sleep 1000 & wait'
		[Install]
		WantedBy=multi-user.target
	EOT
	unit before.service <<-'EOT'
		[Unit]
		Before=last.service
		[Service]
		ExecStart=:/bin/sh -c 'trap "echo before stops; exit" TERM; echo before runs; sleep 1000 & wait'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'last.service: last runs'
	[ "$(cat "$var/lib/order/said")" = $'third\nsecond\nfirst' ]
	eventually says 'before.service: before runs'
	signal TERM
	ended
	[ "$status" -eq 0 ]
	[ "$(grep -o '[a-z]* stops$' "$log")" = $'last stops\nbefore stops' ]
}

@test "Requires=: without the service that it requires, a service is not started" {
	unit broken.service <<-'EOT'
		[Service]
		Type=oneshot
		ExecStart=/bin/false
	EOT
	for name in requires wants; do
		unit $name.service <<-EOT
			[Unit]
			${name^}=broken.service
			After=broken.service
			[Service]
			Type=oneshot
			ExecStart=/bin/echo runs
			[Install]
			WantedBy=multi-user.target
		EOT
	done
	boot
	ended
	[ "$status" -eq 1 ]
	says 'wants.service: runs'
	run ! says 'requires.service: runs'
	says 'requires.service: a service that it requires has failed; not started'
}

@test "services in an ordering cycle start all the same, and stop" {
	for pair in one:two two:three three:one; do
		unit ${pair%:*}.service <<-EOT
			[Unit]
			After=${pair#*:}.service
			[Service]
			ExecStart=/bin/sh -c 'echo runs; exec sleep 1000'
			[Install]
			WantedBy=multi-user.target
		EOT
	done
	boot
	for name in one two three; do
		eventually says "$name.service: runs"
	done
	[ "$(grep -c 'ordering cycle; starting anyway$' "$log")" -eq 1 ]
	signal TERM
	ended
	[ "$status" -eq 0 ]
}

@test "thousands of units are ordered in seconds, and process 1 hears signals meanwhile" {
	local i
	for ((i = 0; i < 2000; i++)); do
		printf '[Unit]\nAfter=s%d.service\nRequires=s%d.service\n[Service]\nType=oneshot\nExecStart=/bin/sleep 1\n[Install]\nWantedBy=multi-user.target\n' \
			$(((i + 1) % 2000)) $(((i + 7) % 2000)) >"$units/s$i.service"
	done
	boot
	eventually says 'ordering cycle; starting anyway'
	signal TERM
	# Of processor time: others may use this machine.
	used=$(ps -o cputimes= -p "$(init_pid)" || echo 0)
	ended
	((used <= 5))
	says 'init: stopping'

	# A chain of 10,000.
	for ((i = 0; i < 10000; i++)); do
		printf '[Unit]\nAfter=s%d.service\n[Service]\nExecStart=/bin/true\nUser=root\n[Install]\nWantedBy=multi-user.target\n' $((i + 1)) >"$units/s$i.service"
	done
	(ulimit -t 10 && build/tools/portable-init-plan "$units" | grep -c 'user 0, at boot$' >"$BATS_TEST_TMPDIR/n")
	[ "$(cat "$BATS_TEST_TMPDIR/n")" -eq 10000 ]
}

oneshot() { # NAME [INSTALL-LINES]; further lines of [Unit] from standard input
	unit "$1.service" <<-EOT
		[Unit]
		$(cat)
		[Service]
		Type=oneshot
		ExecStart=/bin/echo %n runs
		[Install]
		${2-}
	EOT
}

@test "all that the image's units want is started: through targets, services, templates, specifiers" {
	oneshot by-graphical WantedBy=graphical.target </dev/null
	oneshot by-default RequiredBy=default.target </dev/null
	oneshot by-service WantedBy=main.service </dev/null
	oneshot by-upholding UpheldBy=main.service </dev/null
	oneshot main WantedBy=multi-user.target <<<$'Requires=%p-setup.service\nAfter=%p-setup.service\nWants=app.target'
	oneshot main-setup </dev/null
	oneshot part WantedBy=app.target </dev/null
	oneshot other <<<'Before=part.service'
	oneshot late WantedBy=multi-user.target <<<'After=app.target'
	oneshot box@ $'WantedBy=multi-user.target\nDefaultInstance=main' <<<'Wants=deep@%i.service'
	oneshot deep@ </dev/null
	oneshot nobody </dev/null
	printf '[Unit]\nWants=other.service\n' >"$units/app.target"
	boot
	ended
	[ "$status" -eq 0 ]
	for name in by-graphical by-default by-service by-upholding main main-setup part other late box@main deep@main; do
		says "$name.service: $name.service runs"
	done
	run ! says nobody
	# In order: the target is there when all that it wants is.
	[ "$(grep -oE '^(main-setup|main|other|part|late).service:' "$log" | grep -E 'main' | xargs)" = 'main-setup.service: main.service:' ]
	[ "$(grep -oE '^(other|part|late).service:' "$log" | xargs)" = 'other.service: part.service: late.service:' ]
}

@test "what is wanted and cannot be started is named" {
	oneshot asks WantedBy=multi-user.target <<<'Wants=missing.service no\x1bunit'
	oneshot never WantedBy=odd.target </dev/null
	oneshot box@ WantedBy=multi-user.target </dev/null
	arguments='systemd.mask=nosuch.socket systemd.wants=nothing.service systemd.wants=box@x.service'
	boot
	ended
	[ "$status" -eq 1 ]
	says 'asks.service: asks.service runs'
	says 'box@x.service: box@x.service runs'
	says "'missing.service': wanted, but there is no such unit"
	says "'no\\x1bunit': wanted, but there is no such unit"
	says "never.service: wanted by 'odd.target', which this boot does not reach; not started"
	says 'box@.service: a template without DefaultInstance=; not started'
	says "systemd.mask='nosuch.socket': there is no such unit"
	says "systemd.wants='nothing.service': there is no such unit"
}

@test "a service that ignores SIGTERM is killed when its time is over, with all that it started" {
	unit deaf.service <<-'EOT'
		[Service]
		TimeoutStopSec=500ms
		ExecStart=:/bin/sh -c 'trap "" TERM; setsid sleep 12345 & echo deaf; while :; do sleep 100; done'
		[Install]
		WantedBy=multi-user.target
	EOT
	# It stops after the other one, and looks what is left of that.
	unit keeper.service <<-'EOT'
		[Unit]
		Before=deaf.service
		[Service]
		ExecStart=:/bin/bash -c 'trap "while pgrep -x sleep && ((SECONDS < 20)); do :; done >/dev/null; pgrep -x sleep; echo looked; exit" TERM; tail -f /dev/null & wait'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'deaf.service: deaf'
	eventually inside pgrep -x -f 'sleep 12345'
	signal TERM
	ended
	[ "$status" -eq 0 ]
	says 'deaf.service: stop timed out; killing it'
	[ "$(grep '^keeper.service: ' "$log")" = 'keeper.service: looked' ]
}

@test "two signals at once are one request; a second one later kills" {
	unit slow.service <<-'EOT'
		[Service]
		TimeoutStopSec=1h
		ExecStart=:/bin/sh -c 'trap "sleep 2; echo in order; trap \"\" TERM; exit 0" TERM; echo here; while :; do sleep 0.1; done'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'slow.service: here'
	signal TERM
	signal RTMIN+3
	ended
	[ "$status" -eq 0 ]
	says 'slow.service: in order'

	sed -i 's/trap ".*" TERM;/trap "" TERM;/' "$units/slow.service"
	boot
	eventually says 'slow.service: here'
	signal TERM
	eventually says 'init: stopping'
	sleep 1.1 # then it is a second request
	signal TERM
	ended
	run ! says 'in order'
}

@test "what a service leaves behind when it ends is killed, wherever it went" {
	visitord
	unit litter.service <<-'EOT'
		[Service]
		ExecStart=:/bin/sh -c 'setsid sh -c "setsid sleep 12399 & exec sleep 12399" & until [ "$(pgrep -c -x -f "sleep 12399")" -eq 2 ]; do :; done; echo littered'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'litter.service: littered'
	eventually fails inside pgrep -x -f 'sleep 12399'
	[ "$(ask '')" = 'Hello! You are visitor #1!' ] # it was killed alone
}

@test "what ExecStartPre= leaves behind is killed before the next command, and when it fails" {
	for name in well ill; do
		unit $name.service <<-EOT
			[Service]
			Type=oneshot
			ExecStartPre=/bin/sh -c 'setsid sleep 12396 & until pgrep -u \$\$(id -u) -x -f "sleep 12396" >/dev/null; do :; done; [ $name = well ]'
			ExecStart=/bin/sh -c 'pgrep -u \$\$(id -u) -x -f "sleep 12396" || echo none is left'
			[Install]
			WantedBy=multi-user.target
		EOT
	done
	visitord # keeps the system up
	boot
	eventually says 'well.service: none is left'
	eventually says 'ill.service: process ended with status 1'
	eventually fails inside pgrep -x -f 'sleep 12396'
}

# Traces process 1 in the background, as $tracer.
traced() { # FILE STRACE-OPTION...
	strace -qq -o "$1" "${@:2}" -p "$(init_pid)" 3>&- &
	tracer=$!
	eventually grep -q "^TracerPid:.$tracer$" "/proc/$(init_pid)/status"
}

@test "what cannot be killed at once is tried again, before the service starts again" {
	command -v strace >/dev/null || skip 'strace is missing'
	unit litter.service <<-'EOT'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Restart=always
		RestartSec=0
		ExecStart=:/bin/sh -c 'pgrep -x -f "sleep 12397" && echo still there; setsid sleep 12397 & echo littered; until [ -e /var/go ]; do sleep 0.05; done; rm /var/go'
		ReadWritePaths=/var
		[Install]
		WantedBy=multi-user.target
	EOT
	chmod 777 "$var"
	boot
	eventually says 'litter.service: littered'
	eventually inside pgrep -x -f 'sleep 12397'
	# It fails for lack of memory: twice.
	traced "$BATS_TEST_TMPDIR/calls" -e trace=setresuid -e inject=setresuid:error=EAGAIN:when=1..2
	touch "$var/go"
	eventually says 'litter.service: cannot kill what it left behind; trying again: Resource temporarily unavailable'
	twice() {
		[ "$(grep -c littered "$log")" -ge 2 ]
	}
	eventually twice
	kill "$tracer"
	wait "$tracer" || true
	run ! says 'still there'
	[ "$(inside pgrep -c -x -f 'sleep 12397')" -eq 1 ]
}

@test "what a service leaves behind can do nothing to process 1, which takes its user to kill it" {
	command -v strace >/dev/null || skip 'strace is missing'
	mkdir "$var/bin"
	cat >"$var/bin/attack" <<-'EOF'
		import ctypes, os, resource, time

		libc = ctypes.CDLL(None, use_errno=True)

		def call(name, *arguments):
		    if getattr(libc, name)(*arguments) < 0:
		        raise OSError(ctypes.get_errno(), "")

		attempts = {
		    "nice": lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19),
		    "policy": lambda pid: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)),
		    "affinity": lambda pid: os.sched_setaffinity(pid, {max(os.sched_getaffinity(0))}),
		    "ioprio": lambda pid: call("syscall", 251 if os.uname().machine == "x86_64" else 30, 1, pid, 3 << 13),
		    "limit": lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (8, 8)),
		    "trace": lambda pid: call("ptrace", 0x4206, pid, None, None),
		    "signal": lambda pid: os.kill(pid, 15),
		}

		# All of them work on a process of its own.
		child = os.fork()
		if child == 0:
		    time.sleep(1000)
		for name, attempt in attempts.items():
		    attempt(child)
		os.setsid()
		print("attacks", flush=True)
		while True:
		    for name, attempt in attempts.items():
		        try:
		            attempt(1)
		            print("could change", name, flush=True)
		        except OSError:
		            pass
	EOF
	unit attack.service <<-'EOT'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Restart=always
		RestartSec=50ms
		ExecStart=:/bin/bash -c '(exec python3 /var/bin/attack) & until [ -e /var/go ]; do sleep 0.05; done'
		[Install]
		WantedBy=multi-user.target
	EOT
	attacks() { # at least NUMBER
		(($(grep -c 'attack.service: attacks' "$log") >= $1))
	}
	boot
	eventually attacks 1
	# It has that user for a third of a second.
	traced "$BATS_TEST_TMPDIR/calls" -e trace=kill -e inject=kill:delay_enter=300000
	touch "$var/go"
	eventually attacks 4
	rm "$var/go"
	kill "$tracer"
	wait "$tracer" || true
	(($(grep -c 'kill(-1, SIGKILL)' "$BATS_TEST_TMPDIR/calls") >= 2))
	run ! says 'could change'
	run ! says stopping
}

@test "many files in a runtime directory: process 1 does not remove them itself" {
	command -v strace >/dev/null || skip 'strace is missing'
	unit many.service <<-'EOT'
		[Service]
		Type=oneshot
		RuntimeDirectory=many
		ExecStart=/bin/bash -c 'ls /run/many | wc -l; mkdir /run/many/in; for i in {1..500}; do echo >/run/many/in/$$i; done; echo made; until [ -e /var/go ]; do sleep 0.05; done'
	EOT
	unit many.timer <<-'EOT'
		[Timer]
		OnActiveSec=1ms
		OnUnitInactiveSec=1ms
		[Install]
		WantedBy=timers.target
	EOT
	boot
	eventually says 'many.service: made'
	traced "$BATS_TEST_TMPDIR/calls" -e trace=unlinkat
	touch "$var/go"
	four_times() {
		(($(grep -c 'many.service: made' "$log") >= 4))
	}
	eventually four_times
	rm "$var/go"
	# Each run begins with an empty directory.
	run ! grep 'many.service: [1-9]' "$log"
	eventually fails inside bash -c 'ls -d /run/.removed-* 2>/dev/null'
	kill "$tracer"
	wait "$tracer" || true
	(($(wc -l <"$BATS_TEST_TMPDIR/calls") <= 10))
}

@test "what instances leave behind is killed when the last of them ends" {
	unit litter.socket <<-'EOT'
		[Socket]
		ListenStream=4001
		Accept=yes
		[Install]
		WantedBy=sockets.target
	EOT
	unit litter@.service <<-'EOT'
		[Service]
		ExecStart=:/bin/sh -c 'setsid sh -c "echo ready; exec sleep 12398 >/dev/null 2>&1 3>&-" & read line'
		StandardInput=socket
	EOT
	boot
	eventually says 'listening on 4001'
	# The first instance ends; what it left may be the second one's, and lives on.
	inside timeout 60 bash -c '
		exec 4<>/dev/tcp/127.0.0.1/4001 5<>/dev/tcp/127.0.0.1/4001
		read -r a <&4; read -r b <&5
		echo >&4
		while read -r more <&4; do :; done
		exec 4<&-
		[ "$(pgrep -c -x sleep)" -eq 2 ]
		echo >&5'
	eventually fails inside pgrep -x sleep
}

@test "ten thousand orphans are reaped, and the system goes on" {
	visitord
	unit storm.service <<-'EOT'
		[Service]
		ExecStart=:/bin/bash -c 'for i in {1..100}; do (for j in {1..100}; do (/bin/true &) & done; wait); done; echo the storm is over; exec sleep 1000'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'the storm is over'
	no_zombies() {
		run ! pgrep --runstates Z --parent "$(init_pid)"
	}
	eventually no_zombies
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
}

@test "what a service leaves behind is killed with the table of processes full as well" {
	# Before Linux 6.14 it is the limit of the whole machine.
	[ "$(printf '6.14\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.14 ] || skip 'a limit of processes for a namespace needs Linux 6.14'
	# shellcheck disable=SC2016 # for the shell in there
	wrapper=(sh -c 'echo 400 >/proc/sys/kernel/pid_max; exec "$@"' sh)
	mkdir "$var/bin"
	# Its main process lives until the test has seen what it came for. The others wait
	# between their attempts: each has a session of its own, for which Linux gives it as
	# much time as all other processes of the test together.
	cat >"$var/bin/bomb" <<-'EOF'
		import os, time

		if os.fork() == 0:
		    os.setsid()
		    while True:
		        try:
		            if os.fork() == 0:
		                os.setsid()
		        except OSError:
		            time.sleep(0.1)
		while not os.path.exists("/var/seen"):
		    time.sleep(0.1)
	EOF
	unit bomb.service <<-'EOT'
		[Service]
		ExecStart=/usr/bin/python3 /var/bin/bomb
		[Install]
		WantedBy=multi-user.target
	EOT
	unit good.service <<-'EOT'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Restart=always
		RestartSec=100ms
		ExecStart=/bin/echo good
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'good.service: cannot start a process: Resource temporarily unavailable'
	# It says so once a second.
	since=$SECONDS
	not_started() {
		grep -c 'cannot start a process' "$log"
	}
	two_lines() {
		(($(not_started) >= 2))
	}
	eventually two_lines
	(($(not_started) <= SECONDS - since + 2))
	touch "$var/seen"
	all_killed() {
		[ "$(inside sh -c 'pgrep python3 || echo none')" = none ]
	}
	eventually all_killed
	before=$(wc -l <"$log")
	goes_on() {
		tail -n "+$((before + 1))" "$log" | grep -q 'good.service: good'
	}
	eventually goes_on
	signal TERM
	ended
}

@test "what is killed is of one user: a service with User=65535 lives on when another one ends" {
	unit last.service <<-'EOT'
		[Service]
		User=65535
		ExecStart=:/bin/sh -c 'echo "last runs"; exec sleep 1000'
		[Install]
		WantedBy=multi-user.target
	EOT
	unit ends.service <<-'EOT'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Restart=always
		RestartSec=10ms
		ExecStart=/bin/sh -c 'setsid sleep 1000 & echo ends'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	ends() {
		(($(grep -c 'ends.service: ends' "$log") >= 10))
	}
	eventually ends
	[ "$(grep -c 'last runs' "$log")" -eq 1 ]
	[ "$(inside pgrep -c -u 65535 sleep)" -eq 1 ]
	run ! says 'last.service: process ended'
}

@test "timers: after boot, and after each run" {
	for name in boot again; do
		unit $name.service <<-EOT
			[Unit]
			StartLimitIntervalSec=0
			[Service]
			Type=oneshot
			ExecStart=/bin/echo $name ran
		EOT
	done
	unit boot.timer <<-'EOT'
		[Timer]
		OnBootSec=200ms
		[Install]
		WantedBy=timers.target
	EOT
	unit again.timer <<-'EOT'
		[Timer]
		OnActiveSec=100ms
		OnUnitActiveSec=200ms
		[Install]
		WantedBy=timers.target
	EOT
	boot
	ran() { # NAME TIMES
		(($(grep -c "$1 ran" "$log") >= $2))
	}
	eventually ran again 5
	ran boot 1
	run ! ran boot 2
}

@test "OnCalendar= has no effect; a timer without another trigger is not started, and a line says so" {
	for name in only both; do
		unit $name.service <<-EOT
			[Service]
			Type=oneshot
			ExecStart=/bin/echo $name ran
		EOT
		unit $name.timer <<-'EOT'
			[Timer]
			OnCalendar=*:*:*
			[Install]
			WantedBy=timers.target
		EOT
	done
	printf '[Timer]\nOnBootSec=1500ms\n' >>"$units/both.timer"
	boot
	eventually says 'both.service: both ran'
	run ! says 'only ran'
	says 'only.timer: OnCalendar= is not supported, and there is no other trigger; timer not started'
	says 'both.timer: ignoring unsupported settings: OnCalendar='
	[ "$(grep -c OnCalendar "$log")" -eq 2 ]
	signal TERM
	ended
	[ "$status" -eq 1 ] # one timer was ignored
}

@test "unsupported settings are named once; a unit that is unsafe without one is ignored, and the rest runs" {
	visitord
	unit some.service <<-'EOT'
		[Service]
		CPUWeight=10
		Slice=some.slice
		MemoryMax=1G
		Slice=other.slice
		PrivateMounts=no
		ExecStart=/bin/sleep 1000
		[Install]
		WantedBy=multi-user.target
	EOT
	unit who.service <<-'EOT'
		[Service]
		User=nobody-knows
		ExecStart=/bin/echo never
		[Install]
		WantedBy=multi-user.target
	EOT
	unit file.service <<-'EOT'
		[Service]
		EnvironmentFile=/etc/default/x
		ExecStart=/bin/echo never
		[Install]
		WantedBy=multi-user.target
	EOT
	unit secret.service <<-'EOT'
		[Service]
		LoadCredential=key:/etc/there-is-none
		ExecStart=/bin/echo never
		[Install]
		WantedBy=multi-user.target
	EOT
	unit x.path <<-'EOT'
		[Path]
		PathExists=/x
		[Install]
		WantedBy=paths.target
	EOT
	boot
	eventually says 'listening on 8080'
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
	[ "$(grep -c 'some.service: ignoring unsupported settings: CPUWeight=, Slice=, MemoryMax=$' "$log")" -eq 1 ]
	# Of our own units all that they ask for holds.
	run ! says 'visitord.service: ignoring unsupported settings: '
	says 'who.service: unknown user in User=; ignoring unit'
	says "file.service:2: unsupported setting 'EnvironmentFile=/etc/default/x'; ignoring unit"
	eventually says "secret.service: cannot load the credential 'key:/etc/there-is-none': No such file or directory"
	says 'x.path: unsupported unit type, ignoring'
	run ! grep -q never "$log"
}

@test "a user of /etc/passwd is that user; credentials are for that user only" {
	unit named.service <<-'EOT'
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		User=web
		LoadCredential=key:/etc/passwd
		ExecStart=:/bin/sh -c 'id -u; stat -c "%%u %%a" "$CREDENTIALS_DIRECTORY"; head -c 3 "$CREDENTIALS_DIRECTORY/key"; echo; echo x 2>/dev/null >"$CREDENTIALS_DIRECTORY/key" || echo read-only'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	eventually says 'named.service: read-only'
	[ "$(sed -n 's/^named.service: //p' "$log")" = $'500\n500 500\nweb\nread-only' ]
}

@test "lines of a service have its name in front; control characters are replaced" {
	unit loud.service <<-'EOT'
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'printf "<3>an error\n\033[2Jcleared\n\302\2332J\nno newline"; echo to stderr >&2; head -c 3000 /dev/zero | tr "\\\\0" y'
		[Install]
		WantedBy=multi-user.target
	EOT
	boot
	ended
	grep -qx 'loud.service: an error' "$log"
	grep -qxF 'loud.service: ?[2Jcleared' "$log"
	grep -q '^loud.service: no newline' "$log"
	[ "$(grep -o y "$log" | wc -l)" -ge 3000 ]
	run ! grep -q $'\033' "$log"
	run ! env LC_ALL=C grep -q $'\302\233' "$log" # for a terminal, U+009B is ESC [

	# What turns text around, breaks lines or is no UTF-8; other characters stay.
	unit loud.service <<-'EOT'
		[Service]
		Type=oneshot
		ExecStart=/usr/bin/printf 'a\342\200\256b\342\201\246c\342\200\250d\233e\300\233f\355\240\200g\303\274\342\202\254\360\237\230\200\n'
		[Install]
		WantedBy=multi-user.target
	EOT
	# The same in names: of files, and of settings.
	printf '[Service]\n\033[2J=1\nExecStart=/bin/true\nStateDirectory=\342\200\256\n[Install]\nWantedBy=multi-user.target\n' >"$units/keys.service"
	: >"$units/"$'x\033[2J\nloud.service: fake.service'
	boot
	ended
	grep -qxF 'loud.service: a???b???c???d?e??f???gü€😀' "$log"
	says 'keys.service: ignoring unsupported settings: \x1b[2J='
	says "'x\\x1b[2J\\x0aloud.service: fake.service': not a name of a unit, ignoring"
	run ! env LC_ALL=C grep -q $'\033\|\342\200\256' "$log"
}

@test "of two sockets that conflict the alternative stays closed, unless the other one is masked" {
	cp images/qotd/qotd* "$units"
	install -D build/bin/qotd "$var/bin/qotd"
	sed -i 's#^ExecStart=/usr/bin/qotd#ExecStart=/var/bin/qotd --quotes=/var/bin/quotes#' "$units"/qotd*.service
	cp images/qotd/tree/usr/share/qotd/proverbs.quotes "$var/bin/quotes"
	boot
	eventually says 'qotd.socket: listening on 17'
	says 'qotd-inetd.socket: conflicts with qotd.socket; not opened'
	[ -n "$(inside timeout 20 bash -c 'cat </dev/tcp/127.0.0.1/17')" ]
	signal TERM
	ended
	arguments=systemd.mask=qotd.socket
	boot
	eventually says 'qotd-inetd.socket: listening on 17'
	[ -n "$(inside timeout 20 bash -c 'cat </dev/tcp/127.0.0.1/17')" ]
}

@test "systemd.wants= starts a unit without [Install]; ip= sets an address" {
	unit extra.service <<-'EOT'
		[Service]
		ExecStart=/bin/sleep 1000
	EOT
	visitord
	arguments='systemd.wants=extra.service ip=127.0.0.9::::box:lo'
	boot
	eventually inside pgrep -x -f '/bin/sleep 1000'
	eventually says 'listening on 8080'
	[ "$(inside hostname)" = box ]
	inside ip -4 address show lo | grep -q 127.0.0.9
	signal TERM
	ended

	# The kernel and newer versions of nspawn put words without a dot there.
	arguments='' wrapper=(env ip=127.0.0.8::::crate:lo)
	boot
	eventually says 'listening on 8080'
	[ "$(inside hostname)" = crate ]
	inside ip -4 address show lo | grep -q 127.0.0.8
}

@test "without CAP_SYS_ADMIN, as in a container engine, it says what it cannot do, and serves" {
	visitord
	# The engine has brought the loopback interface up.
	# shellcheck disable=SC2016 # for the shell in there
	wrapper=(sh -c 'ip link set lo up && exec "$@"' sh
		setpriv '--bounding-set=-sys_admin,-sys_boot,-net_admin' '--inh-caps=-sys_admin,-sys_boot,-net_admin')
	boot
	eventually says 'listening on 8080'
	says 'cannot create mount namespaces; services share our file system'
	says 'cannot create network namespaces; PrivateNetwork= has no effect'
	[ "$(ask '')" = 'Hello! You are visitor #1!' ]
	owner=$(stat -c %u "$var/lib/visitord/counter")
	((owner >= 61184 && owner <= 65519))
	signal TERM
	ended
	[ "$status" -eq 0 ]
}

@test "it notifies NOTIFY_SOCKET when it is ready" {
	visitord
	unit slow.service <<-'EOT'
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'sleep 0.5; echo slow is done'
		[Install]
		WantedBy=multi-user.target
	EOT
	# A path below /var: abstract sockets belong to a network namespace.
	python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(60)
print(s.recv(100).decode())' "$var/notify" >"$BATS_TEST_TMPDIR/ready" 3>&- &
	eventually test -S "$var/notify"
	wrapper=(env NOTIFY_SOCKET=/var/notify)
	boot
	eventually grep -qx READY=1 "$BATS_TEST_TMPDIR/ready"
	says 'slow is done'
}

@test "without anything to do it ends; a socket that cannot be opened is an error" {
	unit taken.socket <<-'EOT'
		[Socket]
		ListenStream=192.0.2.1:80
		[Install]
		WantedBy=sockets.target
	EOT
	unit taken.service <<-'EOT'
		[Service]
		ExecStart=/bin/true
	EOT
	boot
	ended
	[ "$status" -eq 1 ]
	says "taken.socket: cannot listen on '192.0.2.1:80'"
}

@test "started as another process than process 1, it says so" {
	run -2 --separate-stderr build/bin/portable-init
	[ -z "$output" ]
	[ "$stderr" = 'portable-init: must run as process 1; see --help' ]
	run -2 --separate-stderr build/bin/portable-init --frobnicate
	[ "$stderr" = "portable-init: unknown option: '--frobnicate'; see --help" ]
}

@test "it has at most 88 KiB, and adds at most 34 KiB to an image, or 37 KiB to that of a client" {
	[ "$(stat -c %s build/bin/portable-init)" -le 90112 ]
	# An image has it in one block with the program, which pays for what both contain. A client
	# has no sockets to listen on and no loop: 17 KB in common, the others 22 KB.
	for pair in visitord:34 qotd:34 dyndnsd:34 dyndns-update:37; do
		name=${pair%:*}
		for init in none portable-init; do
			mkdir -p "$BATS_TEST_TMPDIR/$init"
			build/mkportable build --version=1 --init=$init --program-path=build/bin --os-release=os-release.in \
				--output="$BATS_TEST_TMPDIR/$init/${name}_1.raw" "images/$name"
		done
		with=$(stat -c %s "$BATS_TEST_TMPDIR/portable-init/${name}_1.raw")
		without=$(stat -c %s "$BATS_TEST_TMPDIR/none/${name}_1.raw")
		echo "$name: $((with - without)) bytes"
		((with - without <= ${pair#*:} * 1024))
	done
}
