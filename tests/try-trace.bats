#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tools/try-trace.awk says what services did, and believes strace, not what a program writes into
# the lines of strace.

bats_require_minimum_version 1.5.0
setup() {
	repository=$BATS_TEST_DIRNAME/..
	cd "$BATS_TEST_TMPDIR" || return
}

# What it says of the lines of the standard input: "UNIT KIND KEY" of each, and all of it in "told".
tell() {
	cat >trace
	LC_ALL=C awk -v programs='/usr/bin/a a.service|/usr/bin/b b.service|/usr/bin/b c.service' \
		-f "$repository/tools/try-trace.awk" trace trace >told || return
	cut -f 1-3 told | tr '\t' ' '
}

# One line of a.service; what is told besides its start.
tell_line() { # LINE
	{
		echo '7     execve("/usr/bin/a", ["a"], 0x7ffc /* 1 var */) = 0'
		printf '%s\n' "$1"
	} | tell | sed -e '/execve/d' -e '/ run \/usr\/bin\/a$/d'
}

@test "what a service does is told from its program on, of its children as well" {
	diff - <(tell <<'EOT'
1     socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, 0) = 3<socket:[1]>
1     clone3({flags=CLONE_PIDFD, exit_signal=SIGCHLD} => {parent_tid=[0]}, 88 <unfinished ...>
7     chmod("/before", 0600)            = 0
1     <... clone3 resumed>)             = 7
7     execve("/usr/bin/a", ["a"], 0x7ffc /* 1 var */ <unfinished ...>
8     getpid()                          = 8
7     <... execve resumed>)             = 0
7     vfork( <unfinished ...>
9     chmod("/of/child", 0600)          = 0
7     <... vfork resumed>)              = 9
8     getpid()                          = 8
9     +++ exited with 0 +++
7     --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=9, si_uid=0, si_status=0} ---
7     exit_group(0)                     = ?
EOT
) <<'EOT'
a.service call execve
a.service done execve /usr/bin/a
a.service run /usr/bin/a
a.service call chmod
a.service done chmod /of/child
a.service call vfork
a.service done vfork
a.service call exit_group
EOT
}

@test "a program of two units tells of both; a descriptor is executed as well" {
	diff - <(tell <<'EOT'
7     execveat(5</usr/bin/b>, "", ["b"], 0x7ffc /* 1 var */, AT_EMPTY_PATH) = 0
7     sync()                            = 0
EOT
) <<'EOT'
b.service call execveat
c.service call execveat
b.service done execveat
c.service done execveat
b.service call sync
c.service call sync
b.service done sync
c.service done sync
EOT
}

@test "in a namespace of processes a child is known by its number outside" {
	run -0 tell <<'EOT'
7     execve("/usr/bin/a", ["a"], 0x7ffc /* 1 var */) = 0
7     clone(child_stack=NULL, flags=SIGCHLD) = 2 /* 31 in strace's PID NS */
2     unlink("/of/another")             = 0
31    rmdir("/of/child")                = 0
EOT
	grep -Fx 'a.service done rmdir /of/child' <<<"$output"
	[[ $output != *unlink* ]]
}

@test "parents that go round in circles come to an end" {
	run -0 tell <<'EOT'
7     clone(child_stack=NULL, flags=SIGCHLD) = 8
8     clone(child_stack=NULL, flags=SIGCHLD) = 7
8     getpid()                          = 8
EOT
	[ -z "$output" ]
}

@test "refusals, missing files and sockets are told apart" {
	diff - <(tell_line '7     openat(AT_FDCWD</>, "/etc/x1", O_RDONLY) = -1 EACCES (Permission denied)') \
		<<<'a.service refused openat /etc/xN'
	diff - <(tell_line '7     socket(AF_INET6, SOCK_STREAM, 0) = -1 EAFNOSUPPORT (Address family not supported by protocol)') \
		<<<'a.service refused socket AF_INETN, SOCK_STREAM, N'
	diff - <(tell_line '7     --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f, si_syscall=__NR_ptrace, si_arch=AUDIT_ARCH_X86_64} ---') \
		<<<'a.service refused ptrace'
	diff - <(tell_line '7     openat(AT_FDCWD</>, "/etc/x", O_RDONLY) = -1 ENOENT (No such file or directory)') <<'EOT'
a.service call openat
a.service missing openat /etc/x
a.service absent /etc/x
EOT
	diff - <(tell_line $'7     bind(3<socket:[5]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0
7     listen(3<socket:[5]>, 5) = 0
7     accept(3<socket:[5]>, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
7     accept(3<socket:[6]>, NULL, NULL) = 4<socket:[7]>' | grep -E ' (bound|asked) ') <<<'a.service bound [::1]:80'
	diff - <(tell_line $'7     bind(3<socket:[5]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = 0
7     listen(3<socket:[5]>, 5) = 0
7     accept(3<socket:[5]>, NULL, NULL) = 4<socket:[7]>' | grep -E ' (bound|asked) ') <<'EOT'
a.service bound 0.0.0.0:80
a.service asked 0.0.0.0:80
EOT
}

@test "what a program writes is not taken for a signal, a result or a call" {
	written=$'a.service call write\na.service done write'
	for text in ' --- SIGSYS {si_syscall=__NR_ptrace} ---' 'x) = -1 EPERM (Operation not permitted)' \
		'\") = -1 EPERM (Operation not permitted)' ' <unfinished ...>' '<... chmod resumed>) = 0' '3</x>, \"' "\\\\"; do
		diff - <(tell_line "7     write(1</dev/null>, \"$text\", 9) = 9") <<<"$written"
	done
}

@test "a name of a file is not taken for a result, and ends where it ends" {
	opened() { # NAME NAME-OF-DESCRIPTOR
		tell_line "7     openat(AT_FDCWD</>, \"$1\", O_RDONLY) = 3<$2>"
	}
	for name in '/x = -1 EPERM (y' '/x) = -1 EPERM (y' '/x\" = -1 EPERM (y' "/x\\\\"; do
		diff - <(opened "$name" "$name") <<EOT
a.service call openat
a.service done openat ${name/1/N}
EOT
	done
	# strace writes "<" and ">" of such a name as numbers.
	diff - <(opened '/<1>) = 0' '/\741\76) = 0') <<'EOT'
a.service call openat
a.service done openat /<N>) = N
EOT
	diff - <(tell_line '7     openat(5</a \"b>, "c", O_RDONLY) = -1 EACCES (Permission denied)') <<<'a.service refused openat c'
}

@test "a call that was interrupted is not done, a family without a name is none" {
	diff - <(tell_line '7     accept(3<socket:[5]>, NULL, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)') \
		<<<'a.service call accept'
	diff - <(tell_line '7     socket(0x63 /* AF_??? */, SOCK_STREAM, 0) = 3<socket:[5]>' | grep -v 'socket') </dev/null
}

@test "the text of a line is short, and the same each time" {
	tell_line "7     mmap(0x7f0011223344, 4096, PROT_READ, MAP_PRIVATE, 3<socket:[123]>, 0) = 0x7f5566778899" >/dev/null
	[ "$(grep -c -F 'mmap(..., 4096, PROT_READ, MAP_PRIVATE, 3, 0) = ...' told)" -eq 2 ]
	tell_line "7     write(1</dev/null>, \"$(printf '%200s' x)\"..., 200) = 200" >/dev/null
	[ -z "$(awk -F '\t' 'length($4) > 160' told)" ]
}
