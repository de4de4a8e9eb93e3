#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tree of an image as a podman container: portable-init is process 1, with the
# capabilities that the engine leaves it, with none, or without root.

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	# netavark publishes ports with nftables.
	export LAB_PACKAGES='podman crun nftables squashfs-tools'
	lab_setup_file
	# The lab's root is an overlay already, and no other can lie on it; nor may cgroups be
	# made in a lab whose kernel has no controllers.
	lab tee /etc/containers/storage.conf >/dev/null <<-'EOT'
		[storage]
		driver = "vfs"
		runroot = "/run/containers/storage"
		graphroot = "/var/lib/containers/storage"
	EOT
	lab tee /etc/containers/containers.conf >/dev/null <<-'EOT'
		[containers]
		cgroups = "disabled"
		log_driver = "k8s-file"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
	EOT
	lab_push build/images/*.raw /root/
	for image in visitord qotd dyndnsd; do
		lab sh -euc "unsquashfs -q -n -d /root/$image /root/${image}_*.raw
			tar -C /root/$image -c . | podman import --change 'ENTRYPOINT [\"/usr/sbin/init\"]' - $image"
	done
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab podman logs machine || true
	lab podman rm --force --ignore --time 0 machine || true
}

boot() { # PODMAN-OPTION... IMAGE [ARGUMENT...]
	lab podman run --detach --name machine --network=host "$@"
}

said() { # TEXT
	lab podman logs machine 2>&1 | grep -qF -- "$1"
}

# The log continues where that of the first run ended.
listens_again() {
	[ "$(lab podman logs machine 2>&1 | grep -c 'listening on 8080')" -eq 2 ]
}

ask() {
	lab curl --silent --show-error --fail --max-time 20 http://127.0.0.1:8080/
}

exit_status() {
	lab podman wait machine
}

@test "imported, it answers; stopped, it ends at once with 0; started again, it goes on counting" {
	boot visitord
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #1!' ]
	[ "$(ask)" = 'Hello! You are visitor #2!' ]

	# Engines send SIGTERM, and SIGKILL after this time.
	lab podman stop --time 50 machine
	[ "$(exit_status)" = 0 ]
	said 'stopping'

	lab podman start machine
	eventually listens_again
	[ "$(ask)" = 'Hello! You are visitor #3!' ]
}

@test "the service runs as its own user, without the capabilities that the engine left" {
	boot visitord
	eventually said 'listening on 8080'
	ask
	run -0 lab sh -c "grep -E '^(Uid|NoNewPrivs|Cap(Prm|Eff|Bnd|Amb)):' /proc/\$(pgrep -x visitord)/status"
	[[ ${lines[0]} =~ ^Uid:$'\t'(6[1-5][0-9]{3})$'\t' ]]
	for line in "${lines[@]:1:4}"; do
		[[ $line == Cap*$'\t'0000000000000000 ]]
	done
	[ "${lines[5]}" = NoNewPrivs:$'\t'1 ]
}

@test "a published port reaches the service" {
	lab podman run --detach --name machine --publish 8081:8080 visitord
	eventually said 'listening on 8080'
	[ "$(lab curl --silent --max-time 20 http://127.0.0.1:8081/)" = 'Hello! You are visitor #1!' ]
}

@test "quotes over TCP, and a receiver of datagrams" {
	boot qotd
	eventually said 'listening on 17'
	run -0 lab curl --silent --max-time 20 telnet://127.0.0.1:17
	[ -n "$output" ]
	lab podman rm --force --time 0 machine

	boot dyndnsd
	eventually said 'listening on 5533'
	lab podman stop --time 50 machine
	[ "$(exit_status)" = 0 ]
}

@test "without any capability, the service is root only in its container, and answers" {
	boot --cap-drop=all visitord
	eventually said 'cannot change users; services run as user 0'
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #1!' ]
}

@test "read-only, it needs a volume for its state, and ends at once without one" {
	boot --read-only visitord
	[ "$(exit_status)" = 1 ]
	said "visitord.service: cannot write to '/var/lib/visitord', nor mount a tmpfs: Operation not permitted"
	said 'visitord.socket: its service is ignored; not opened'
	lab podman rm --force --time 0 machine

	boot --read-only --volume=visitors:/var/lib/visitord visitord
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #1!' ]
	lab podman rm --force --time 50 machine
	boot --read-only --volume=visitors:/var/lib/visitord visitord
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #2!' ]
	lab podman rm --force --time 50 machine
	lab podman volume rm visitors
}

@test "as a user other than root, it needs a state directory that this user may write to" {
	boot --user=1000 visitord
	[ "$(exit_status)" = 1 ]
	said "visitord.service: cannot write to '/var/lib/visitord', nor mount a tmpfs: Operation not permitted"
	lab podman rm --force --time 0 machine

	boot --user=1000 --tmpfs=/var/lib/visitord:mode=1777 visitord
	eventually said 'cannot change users; services run as user 1000'
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #1!' ]
}

@test "with all privileges, the whole sandbox is in effect" {
	boot --privileged visitord
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #1!' ]
	run ! said 'init: cannot '
	# An own, empty network.
	run -0 lab sh -c "nsenter --target \$(pgrep -x visitord) --net cat /proc/net/dev | grep -c :"
	[ "$output" = 1 ]
}
