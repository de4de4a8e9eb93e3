#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tree of an image as a podman container: portable-init is process 1, with the
# capabilities that the engine leaves it, with none, or without root. And images for container
# engines, loaded, run and by manifests for Kubernetes.

bats_require_minimum_version 1.5.0
load ../lab
load ../release

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	# netavark publishes ports with nftables; catatonit holds a pod.
	export LAB_PACKAGES='podman crun nftables squashfs-tools catatonit'
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
	# The cgroups of pods can be made only where the kernel has controllers: what is written to
	# these files goes nowhere, and crun makes none.
	lab sh -eu <<-'EOT'
		mkdir -p /sys/fs/cgroup/libpod_parent
		for directory in /sys/fs/cgroup /sys/fs/cgroup/libpod_parent; do
			mount --bind /dev/null "$directory/cgroup.subtree_control"
		done
		printf '#!/bin/sh\nexec /usr/bin/crun --cgroup-manager=disabled "$@"\n' >/usr/local/bin/crun
		chmod +x /usr/local/bin/crun
		sed -e '/^cgroups/d' -e '$a[engine.runtimes]\ncrun = ["/usr/local/bin/crun"]' \
			/etc/containers/containers.conf >/root/pods.conf
	EOT
}

pods() { # play|down MANIFEST
	lab env CONTAINERS_CONF=/root/pods.conf podman kube "$@"
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab podman logs machine || true
	lab podman rm --force --ignore --time 0 machine || true
	lab env CONTAINERS_CONF=/root/pods.conf podman pod rm --all --force --time 0 || true
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

@test "an archive for two machines is loaded; it answers, keeps its state in a volume, and stops at once" {
	local other=$BATS_TEST_TMPDIR/visitord started

	# The same, as if for another machine, which podman is not to take.
	unsquashfs -q -n -d "$other" build/images/visitord_*.raw >/dev/null
	sed -i 's/^ARCHITECTURE=.*/ARCHITECTURE=riscv64/' "$other/usr/lib/os-release"
	for program in "$other/usr/bin/visitord" "$other/usr/sbin/init"; do
		printf '\xf3\0' | dd of="$program" bs=1 seek=18 conv=notrunc status=none # e_machine
	done
	build/mkportable merge --format=oci --output="$BATS_TEST_TMPDIR/visitord.tar" "$other" build/images/visitord_*.raw
	lab_push "$BATS_TEST_TMPDIR/visitord.tar" /root/
	run -0 lab podman load --input /root/visitord.tar
	[[ $output == *"Loaded image: localhost/visitord:"* ]]
	name=${output##*Loaded image: }
	[ "$(lab podman image inspect --format '{{.Architecture}}' "$name")" = "$(dpkg --print-architecture)" ]

	lab podman run --detach --name machine --read-only --publish 8080:8080 "$name"
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #1!' ]
	started=$SECONDS
	lab podman stop --time 50 machine
	((SECONDS - started < 10))
	[ "$(exit_status)" = 0 ]
	lab podman start machine
	eventually listens_again
	[ "$(ask)" = 'Hello! You are visitor #2!' ]
}

@test "a release serves podman, by the line of its page" {
	local directory=$BATS_TEST_TMPDIR/release line

	release_keys
	run -0 release_image visitord 7
	(cd "$BATS_TEST_TMPDIR" && PATH=$OLDPWD/build:$PATH GNUPGHOME=$KEYS release --url=http://images.example.org "$output")
	release_keys_end
	lab_push "$directory" /root/
	line=$(sed -n '/podman load/{s/&amp;/\&/g; s|http://images.example.org|file:///root/release|; p}' "$directory/index.html")
	echo "$line"
	run -0 lab sh -euc "cd /tmp; ${line%%</pre>*}"
	lab podman run --detach --name machine --network=host localhost/visitord:7
	eventually said 'listening on 8080'
	[ "$(ask)" = 'Hello! You are visitor #1!' ]
}

# Plays a manifest of visitord, and finds the container and its address: podman 4.3 has other
# names for pods, and publishes ports that 5.4 does not.
play() { # MANIFEST
	pods play "/root/$1"
	name=$(lab podman ps --format '{{.Names}}' --filter ancestor="$image")
	infra=$(lab podman pod inspect --format '{{.InfraContainerID}}' "$(lab podman pod ps --quiet)")
	address=$(lab podman inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$infra")
	eventually answers_pod
}

answers_pod() {
	lab curl --silent --fail --max-time 20 "http://$address:8080/" >"$BATS_TEST_TMPDIR/answer"
}

@test "podman plays the manifest for Kubernetes: users of their own, no capabilities, state that stays" {
	local round

	build/mkportable merge --format=oci --output="$BATS_TEST_TMPDIR/visitord.tar" build/images/visitord_*.raw
	build/mkportable show --kubernetes build/images/visitord_*.raw >"$BATS_TEST_TMPDIR/1.yaml"
	# podman 4.3 refuses a claim whose volume is there already.
	sed '1,/^---$/d' "$BATS_TEST_TMPDIR/1.yaml" >"$BATS_TEST_TMPDIR/2.yaml"
	lab_push "$BATS_TEST_TMPDIR/"*.yaml "$BATS_TEST_TMPDIR/visitord.tar" /root/
	lab podman load --quiet --input /root/visitord.tar
	image=$(sed -n 's/^ *image: "\(.*\)"$/\1/p' "$BATS_TEST_TMPDIR/1.yaml")

	for round in 1 2; do
		play $round.yaml
		[ "$(cat "$BATS_TEST_TMPDIR/answer")" = "Hello! You are visitor #$round!" ]
		run -0 lab sh -c "grep -E '^(Uid|NoNewPrivs|Cap(Prm|Eff|Bnd|Amb)):' /proc/\$(pgrep -x visitord)/status"
		[[ ${lines[0]} =~ ^Uid:$'\t'(6[1-5][0-9]{3})$'\t' ]]
		for line in "${lines[@]:1:4}"; do
			[[ $line == Cap*$'\t'0000000000000000 ]]
		done
		[ "${lines[5]}" = NoNewPrivs:$'\t'1 ]
		[ "$(lab podman inspect --format '{{.HostConfig.ReadonlyRootfs}}' "$name")" = true ]
		lab podman stop --time 50 "$name"
		[ "$(lab podman wait "$name")" = 0 ]
		pods down "/root/$round.yaml"
	done
	lab podman volume rm visitord-var-lib-visitord
}

@test "an example of programs of Debian, and an image of one program without process 1, run as well" {
	# Beside those of another file, which may make the same example at the same time.
	EXAMPLES_DIRECTORY=$BATS_FILE_TMPDIR/examples tools/examples build dice
	build/mkportable build --format=oci --os-release=os-release.in --init=build/bin/portable-init \
		--root="$BATS_FILE_TMPDIR/examples/trees/dice/tree" --output="$BATS_TEST_TMPDIR/dice.tar" examples/dice
	lab_push "$BATS_TEST_TMPDIR/dice.tar" /root/
	lab podman load --quiet --input /root/dice.tar
	boot localhost/dice:0
	eventually said 'listening on 8083'
	run -0 lab timeout 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8083; echo 3d1 >&3; IFS= read -r line <&3; echo "$line"'
	[ "$output" = '1 1 1 ' ]
	lab podman stop --time 50 machine
	[ "$(exit_status)" = 0 ]
	lab podman rm machine

	mkdir "$BATS_TEST_TMPDIR/say"
	printf '[Service]\nExecStart=/usr/bin/say "a b" %%p\n' >"$BATS_TEST_TMPDIR/say/say.service"
	printf '#include <stdio.h>\nint main(int n, char *of[]) { return n == 3 && puts(of[1]) >= 0 && puts(of[2]) >= 0 ? 7 : 1; }\n' |
		musl-gcc -static -Os -x c -o "$BATS_TEST_TMPDIR/program" -
	mkdir "$BATS_TEST_TMPDIR/bin"
	mv "$BATS_TEST_TMPDIR/program" "$BATS_TEST_TMPDIR/bin/say"
	build/mkportable build --format=oci --os-release=os-release.in --program-path="$BATS_TEST_TMPDIR/bin" \
		--output="$BATS_TEST_TMPDIR/say.tar" "$BATS_TEST_TMPDIR/say"
	lab_push "$BATS_TEST_TMPDIR/say.tar" /root/
	lab podman load --quiet --input /root/say.tar
	run -7 lab podman run --rm localhost/say:0
	[ "$output" = $'a b\nsay' ]
}
