#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What "mkportable new" writes runs as it says: by socket, by timer, by instance and by
# connection, with its state where the manual page says.

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	# One line is added to a file for each start; the answer is how many there are.
	cat >demo.c <<-'EOT'
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/socket.h>
		#include <unistd.h>

		int main(int argc, char *argv[])
		{
			const char *directory = getenv("STATE_DIRECTORY");
			int fd = getenv("LISTEN_FDS") && argc < 2 ? accept(3, NULL, NULL) : 1, n = 0;
			FILE *file;

			if (fd < 0 || !directory || chdir(directory) < 0)
				return 1;
			file = fopen("starts", "a+");
			if (!file || fputs("x\n", file) < 0 || fflush(file) != 0)
				return 2;
			rewind(file);
			for (int c; (c = getc(file)) != EOF;)
				n += c == '\n';
			dprintf(fd, "start %d%s\n", n, argc > 1 ? argv[1] : "");
			if (argc > 1 && strcmp(argv[1], " stay") == 0)
				pause();
			return 0;
		}
	EOT
	musl-gcc -Os -s -static demo.c -o demo
	cd "$BATS_TEST_DIRNAME/../.." || return
	PATH=$PWD/build:$PATH
	lab_setup_file
	lab ip link set lo up
}

teardown_file() {
	lab_teardown_file
}

setup() {
	PATH=$BATS_TEST_DIRNAME/../../build:$PATH
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	lab sh -c 'systemctl stop "demo*"; portablectl detach --quiet /root/demo_0.raw demo
		systemctl reset-failed; rm -rf /var/lib/private/demo /var/lib/demo' 2>/dev/null || true
}

# Makes, builds and attaches an image: image ARGUMENT OF NEW...
image() {
	cp "$BATS_FILE_TMPDIR/demo" program
	mkportable new demo --exec=./program "$@" >/dev/null
	mkportable build --os-release="$BATS_TEST_DIRNAME/../../os-release.in" demo
	lab_push demo_0.raw /root
	lab portablectl --quiet attach --profile=default /root/demo_0.raw demo
}

# What the state of the service is: state PATH
state() {
	lab cat "/var/lib/private/demo/$1"
}

# Whether an instance was started so often: started INSTANCE TIMES
started() {
	[ "$(state "$1/starts" | wc -l)" -eq "$2" ]
}

ask() { # PORT
	lab timeout 20 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1; cat <&3"
}

@test "with --socket= the service is started by each client, however often" {
	local i

	image --socket=8080 --user-state
	lab systemctl start demo.socket
	for i in 1 2 3 4 5 6 7 8; do
		[ "$(ask 8080)" = "start $i" ]
	done
	[ "$(lab stat -c %a /var/lib/private/demo)" = 700 ]
}

@test "with --timer= the timer is enabled, and starts the service" {
	image --timer='*-*-* *:*:0/2' --user-state
	lab systemctl enable --now demo.timer
	eventually state starts
	lab systemctl stop demo.timer
	[ "$(lab systemctl show --property=Result --value demo.service)" = success ]
}

@test "with --template each instance has a state of its own, which stays" {
	image --template --user-state -- ' stay'
	lab systemctl start demo@a.service demo@b.service
	lab systemctl restart demo@a.service
	eventually started a 2
	eventually started b 1
	[ "$(lab systemctl is-active demo@a.service demo@b.service)" = 'active
active' ]
}

@test "with --template and --timer= the timer starts its instance" {
	image --template --timer='*-*-* *:*:0/2' --user-state
	lab systemctl enable --now demo@a.timer
	eventually state a/starts
	lab systemctl stop demo@a.timer
}

@test "with --template and --socket= each connection has an instance, and all share the state" {
	local i

	image --template --socket=8080 --user-state -- ''
	lab systemctl start demo.socket
	for i in 1 2 3 4 5 6 7 8; do
		[ "$(ask 8080)" = "start $i" ]
	done
}

@test "with --socket=PATH the service is started by a client of the path, blanks and all" {
	image '--socket=/run/a %n b.sock' --user-state
	lab systemctl start demo.socket
	[ "$(lab timeout 20 curl -s --http0.9 --unix-socket '/run/a %n b.sock' http://x/)" = 'start 1' ]
}
