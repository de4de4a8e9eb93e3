#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mkportable build derives every place that systemd mounts over: a service that needs each
# kind of place starts, under each of systemd's profiles and of ours.

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	# Creates a file in each directory that is given; status 0 if all could be created.
	cat >"$BATS_FILE_TMPDIR/places.c" <<-'END'
		#include <fcntl.h>
		#include <stdio.h>
		#include <unistd.h>

		int main(int argc, char *argv[])
		{
			int failed = 0;

			for (int i = 1; i < argc; i++) {
				int directory = open(argv[i], O_RDONLY | O_DIRECTORY);

				if (directory < 0 || openat(directory, "made", O_WRONLY | O_CREAT, 0600) < 0) {
					perror(argv[i]);
					failed = 1;
				}
			}
			return failed;
		}
	END
	mkdir "$BATS_FILE_TMPDIR/bin"
	cc -specs=build/musl.specs -static-pie -o "$BATS_FILE_TMPDIR/bin/places" "$BATS_FILE_TMPDIR/places.c"
	build/mkportable build --program-path="$BATS_FILE_TMPDIR/bin" --os-release=os-release.in \
		--output="$BATS_FILE_TMPDIR/places_0.raw" tests/fixtures/lab/places
	lab mkdir -p /etc/systemd/portable/profile
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push "$BATS_FILE_TMPDIR/places_0.raw" /root/
}

teardown_file() {
	lab_teardown_file
}

@test "a service that needs every kind of place starts, and finds them, under every profile" {
	for profile in trusted default nonetwork strict sealed sealed-outbound; do
		lab portablectl --quiet attach --profile=$profile /root/places_0.raw places
		lab systemctl start places.service || {
			lab journalctl --unit=places.service --no-pager --lines=15
			false
		}
		lab portablectl --quiet detach /root/places_0.raw places
	done
	# the files are in the directories of the host
	for directory in lib/private/plain lib/private/deep/er lib/private/from lib/private/x/y lib/private/writable cache/private/cache log/private/log; do
		lab test -f /var/$directory/made
	done
}
