# SPDX-License-Identifier: LGPL-2.1-or-later
# try-trace.awk -v programs="PATH UNIT|..." TRACE TRACE - what services did, by what `strace -f -y` says of PID 1
#
# Prints a line for each thing, with tabs between UNIT, KIND, KEY and TEXT. The kinds:
#	call NAME        it calls this, and is not refused
#	family NAME      it opens a socket of this family
#	done CALL        that went well; a CALL is its name and its path, if it has one, without numbers
#	refused CALL     that failed for want of a right
#	missing CALL     nothing is there
#	absent PATH      the same, of a file that was opened
#	bound, asked SOCKET  it listens there; it takes a connection there
#	run PATH         it executes this
#
# A process is of a service from the moment on when it executes a program of a unit, and so are those
# that it starts later. The trace is read twice: a child may be seen before its parent knows of it.

BEGIN {
	n = split(programs, list, "|")
	for (i = 1; i <= n; i++)
		if (split(list[i], pair, " ") == 2)
			unit_of[pair[1]] = unit_of[pair[1]] " " pair[2]
	split("EPERM EACCES EROFS EAFNOSUPPORT EADDRNOTAVAIL ENETUNREACH", list, " ")
	for (i in list)
		is_refusal[list[i]] = 1
	split("open openat openat2 creat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat " \
		"mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat chmod fchmodat " \
		"chown lchown fchownat truncate utimensat mknod mknodat execve execveat chdir chroot mount umount2 statfs " \
		"connect bind setxattr getxattr inotify_add_watch name_to_handle_at", list, " ")
	for (i in list)
		has_path[list[i]] = 1
}

# A call may be cut in two by those of others: joins them in "call", or returns 0.
function joined(    pid, rest) {
	pid = $1
	rest = substr($0, index($0, " ") + 1)
	sub(/^ +/, "", rest)
	if (rest ~ / <unfinished \.\.\.>$/) {
		sub(/ <unfinished \.\.\.>$/, "", rest)
		pending[pid] = rest
		return 0
	}
	if (rest ~ /^<\.\.\. [a-z0-9_]+ resumed>/) {
		sub(/^<\.\.\. [a-z0-9_]+ resumed>/, "", rest)
		rest = pending[pid] rest
	}
	call = rest
	return call ~ /^[a-z0-9_]+\(/
}

# The ")" before " = " and what is returned. Strings and what -y says of descriptors are skipped:
# a program may write what it likes there.
function end_of_call(text,    at) {
	at = 1
	while (match(substr(text, at), /"([^"\\]|\\.)*"|[0-9D]<[^<>]*>|\) += /)) {
		at += RSTART - 1
		if (substr(text, at, 1) == ")")
			return at
		at += RLENGTH
	}
	return 0
}

# The first string in it, as strace writes it.
function first_string(text) {
	while (match(text, /"([^"\\]|\\.)*"|[0-9D]<[^<>]*>/)) {
		if (substr(text, RSTART, 1) == "\"")
			return substr(text, RSTART + 1, RLENGTH - 2)
		text = substr(text, RSTART + RLENGTH)
	}
	return ""
}

# "6<socket:[123]>": a number that others may have, and a name that no other has.
function descriptor(arguments) {
	sub(/>.*/, "", arguments)
	sub(/^[^<]*/, "", arguments)
	return arguments
}

# "127.0.0.1:80" or "[::1]:80" of a structure of strace.
function address_in(arguments,    port) {
	port = arguments
	sub(/.*htons\(/, "", port)
	sub(/\).*/, "", port)
	return arguments ~ /AF_INET6/ ? "[" first_string(arguments) "]:" port : first_string(arguments) ":" port
}

# The unit of a process at this line; "" if it is of none.
function unit_at(pid, line,    parent_unit) {
	if (!(pid in root)) {
		root[pid] = "" # whatever a trace says of parents, this comes to an end
		if (pid in executed)
			root[pid] = executed[pid]
		else if (pid in parent && (parent_unit = unit_at(parent[pid], born[pid])) != "")
			root[pid] = "0 " parent_unit
	}
	if (root[pid] == "" || root[pid] + 0 > line)
		return ""
	return substr(root[pid], index(root[pid], " ") + 1)
}

# Numbers of sockets and the like and addresses of memory differ each time.
function shorten(text) {
	gsub(/\t/, " ", text)
	gsub(/0x[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]+/, "...", text)
	gsub(/<(socket|pipe|anon_inode|TCP|UDP|UNIX|NETLINK):[^>]*>/, "", text)
	return length(text) > 160 ? substr(text, 1, 157) "..." : text
}

# A program may be that of several units.
function tell(kind, key, text,    i, n, names) {
	n = split(unit, names, " ")
	for (i = 1; i <= n; i++)
		if (!told[names[i], kind, key]++)
			printf "%s\t%s\t%s\t%s\n", names[i], kind, key, text
}

NR == FNR && joined() {
	# In a namespace of processes: "= 2 /* 1234 in strace's PID NS */".
	if (call ~ /^(clone|clone3|fork|vfork)\(/ && match(call, /\) += [0-9]+( \/\* [0-9]+ in strace.s PID NS \*\/)?$/)) {
		child = substr(call, RSTART)
		sub(/^\) += ([0-9]+ \/\* )?/, "", child)
		sub(/ .*/, "", child)
		parent[child] = $1
		born[child] = FNR
	}
	if (call ~ /^execve(at)?\(/ && call ~ /\) += 0$/ && !($1 in executed)) {
		path = first_string(call)
		if (path == "") {
			path = call
			sub(/^[^<]*</, "", path)
			sub(/>.*/, "", path)
		}
		if (path in unit_of)
			executed[$1] = FNR unit_of[path]
	}
	next
}
NR == FNR { next }
FNR == 1 { split("", pending) }

/^[0-9]+ +--- SIGSYS / && (unit = unit_at($1, FNR)) != "" && match($0, /si_syscall=__NR_[a-z0-9_]+/) {
	name = substr($0, RSTART + 16, RLENGTH - 16)
	tell("refused", name, name "(...): killed by SIGSYS")
	next
}

joined() && (unit = unit_at($1, FNR)) != "" {
	name = call
	sub(/\(.*/, "", name)
	if (!(at = end_of_call(call)))
		next
	arguments = substr(call, length(name) + 2, at - length(name) - 2)
	result = substr(call, at)
	sub(/^\) += /, "", result)
	errno = ""
	if (result ~ /^-1 E/) {
		errno = result
		sub(/^-1 /, "", errno)
		sub(/ .*/, "", errno)
	}
	path = name in has_path ? first_string(arguments) : ""
	key = name
	if (path != "")
		key = key " " path
	else if (name == "socket")
		key = key " " arguments
	gsub(/[0-9]+/, "N", key)
	text = shorten(call)
	sub(/\) +=/, ") =", text)

	if (errno in is_refusal) {
		tell("refused", key, text)
		next
	}
	tell("call", name, text)
	if (errno == "ENOENT") {
		tell("missing", key, text)
		if (name ~ /^open/ && path ~ /^\//)
			tell("absent", path, text)
		next
	}
	if (errno != "" || result ~ /^\?/)
		next
	tell("done", key, text)
	if (name ~ /^execve/ && path != "")
		tell("run", path, text)
	if (name == "socket") {
		family = arguments
		sub(/,.*/, "", family)
		if (family ~ /^AF_[A-Z0-9_]+$/)
			tell("family", family, "socket(" arguments ")")
	}
	if (name == "bind" && arguments ~ /sa_family=AF_INET/)
		address[descriptor(arguments)] = address_in(arguments)
	if (name == "listen" && descriptor(arguments) in address)
		tell("bound", address[descriptor(arguments)], text)
	if (name ~ /^accept/ && descriptor(arguments) in address)
		tell("asked", address[descriptor(arguments)], text)
}
