#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each path of docs/your-service.md works as it is printed: its files are written, its commands
# are run, and the image answers from a real systemd.
#
# Needs root: the lab

bats_require_minimum_version 1.5.0
load lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || return
	lab_setup_file
	lab ip link set lo up
	lab mkdir -p /etc/systemd/portable/profile
	lab_push profiles/* /etc/systemd/portable/profile/
	cat >"$BATS_FILE_TMPDIR/hello.c" <<'EOT'
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char *argv[])
{
	static const char answer[] = "HTTP/1.0 200 OK\r\n\r\nhello\n";
	char request[4096];
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (argc != 2 || sscanf(argv[1], "--port=%hu", &address.sin_port) != 1)
		return 2;
	address.sin_port = htons(address.sin_port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
		return 1;
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (read(client, request, sizeof request) > 0)
			(void)!write(client, answer, strlen(answer));
		close(client);
	}
}
EOT
}

teardown_file() {
	lab_teardown_file
}

setup() {
	page=$BATS_TEST_DIRNAME/../docs/your-service.md
	PATH=$BATS_TEST_DIRNAME/../build:$BATS_TEST_DIRNAME/../tools:$PATH
	template=$BATS_TEST_DIRNAME/../os-release.in
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -n "${attached-}" ] || return 0
	local unit=${attached%%_*}.service

	lab test -e "/etc/systemd/system.attached/$unit" || unit=${unit%service}socket
	lab systemctl --quiet disable --now "$unit"
	lab portablectl --quiet detach "/root/$attached" "${attached%%_*}"
}

section() { # TITLE
	awk -v title="## $1" '/^## / { inside = $0 == title } inside' "$page"
	# What another section has is used here as well.
	[ "$1" != "A dynamic program" ] || section "A static program" | sed -n '/^```ini/,/^```/p'
}

# Writes the files of a section.
write_files() { # TITLE
	section "$1" | awk '
		/^```[a-z]+ ./ { file = $2; directory = file; sub("/[^/]*$", "", directory); system("mkdir -p " directory); next }
		/^```/ { file = "" }
		file { print > file }'
}

# The commands of its console blocks: those that need root, or the others before them.
commands() { # here|host TITLE
	section "$2" | awk -v where="$1" '
		/^```console/ { console = 1; next }
		/^```/ { console = 0 }
		console && /portablectl attach/ { attaching = 1 }
		console && (where == "host") == !!attaching { sub(/^\$ (sudo )?/, ""); print }' |
		sed "s#^mkportable build#& --os-release=$template#"
}

# Follows a section to its end; what the last command says is in $output.
follow() { # TITLE
	local image

	write_files "$1"
	commands here "$1" >here.bash
	commands host "$1" >host.bash
	# "The unit is the same", and what is done with it.
	[ -s host.bash ] || commands host "A static program" >host.bash
	cat here.bash host.bash
	bash -eu here.bash
	image=$(echo *_0.raw)
	run -0 mkportable lint "$image"
	[ -z "$output" ]
	lab_push "$image" /root/
	attached=$image
	run -0 --separate-stderr lab bash -eu -c "cd /root; PATH+=:/usr/local/bin; $(sed -e 's/^curl /curl -sS --retry 9 --retry-connrefused /' host.bash)"
	lab_log | tail -20
}

@test "a static program" {
	mkdir bin
	(cd "$BATS_TEST_DIRNAME/.." && cc -specs=build/musl.specs -static-pie -o "$BATS_TEST_TMPDIR/bin/hello" "$BATS_FILE_TMPDIR/hello.c")
	follow "A static program"
	[ "$output" = hello ]
}

@test "a dynamic program" {
	mkdir bin
	cc -o bin/hello "$BATS_FILE_TMPDIR/hello.c"
	follow "A dynamic program"
	[ "$output" = hello ]
}

@test "a shell script" {
	follow "A shell script"
	[ "$output" = "Hello, you, it is $(date -u +%F)." ]
}

@test "a Python program" {
	follow "A Python program"
	[ "$output" = "<p>Hello" ]
}

@test "a service from packages" {
	follow "A service from packages"
	ping() { [ "$(lab bash -c 'exec 3<>/dev/tcp/127.0.0.1/6380; echo PING >&3; head -n 1 <&3')" = $'+PONG\r' ]; }
	eventually ping
}
