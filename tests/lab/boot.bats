#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One file, three ways: systemd-nspawn runs and boots the image that portablectl attaches,
# in each of its modes.

bats_require_minimum_version 1.5.0
load ../lab

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	# nspawn refuses -i without udev; a listener on its socket is enough.
	lab mkdir -p /run/udev /srv/state /etc/systemd/portable/profile /etc/credstore
	lab systemd-run --quiet --unit=udev-listener systemd-socket-activate --seqpacket \
		--listen=/run/udev/control sleep infinity
	eventually lab test -S /run/udev/control
	lab mount -o remount,rw /sys
	lab_push build/images/*.raw /root/
	lab_push profiles/* /etc/systemd/portable/profile/
}

teardown_file() {
	lab_teardown_file
}

teardown() {
	lab systemctl stop machine.service 2>/dev/null || true
	lab systemctl reset-failed 2>/dev/null || true
	lab journalctl --no-pager --boot --unit=machine.service --lines=40 || true
	lab rm -rf /srv/state/visitord
}

image() { # ID
	local file
	file=$(echo build/images/"$1"_*.raw)
	echo "/root/${file##*/}"
}

# Boots an image in a unit of the lab, which stops it and keeps its output.
boot() { # ID NSPAWN-OPTION...
	local image
	image=$(image "$1")
	shift
	lab systemd-run --quiet --unit=machine --property=KillMode=mixed --property=Type=notify \
		--property=NotifyAccess=all --property=TimeoutStopSec=30 \
		systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --notify-ready=yes \
		--machine=booted --image="$image" "$@"
}

said() { # TEXT
	lab journalctl --no-pager --boot --output=cat --unit=machine.service | grep -qF -- "$1"
}

# The PID in the lab of process 1 of the machine.
leader() {
	lab pgrep -x -n init
}

# From inside its network namespace.
ask() { # URL
	lab nsenter --target "$(leader)" --net curl --silent --show-error --fail --max-time 20 "$1"
}

stopped_well() {
	lab systemctl stop machine.service
	[ "$(lab systemctl show --property=ExecMainStatus --value machine.service)" = 0 ]
}

greets() { # NUMBER
	[ "$(ask http://127.0.0.1:8080/)" = "Hello! You are visitor #$1!" ]
}

@test "one file: attached, run and booted, and each answers" {
	image=$(image visitord)

	lab portablectl --quiet attach --profile=sealed "$image" visitord
	lab systemctl start visitord.socket
	[ "$(lab curl -sSf http://127.0.0.1:8080/)" = 'Hello! You are visitor #1!' ]
	lab systemctl stop visitord.socket visitord.service
	lab portablectl --quiet detach "$image" visitord

	lab systemd-run --quiet --unit=machine systemd-nspawn --quiet --register=no --keep-unit \
		--link-journal=no --machine=run --image="$image" --bind=/srv/state:/var/lib/visitord \
		/usr/bin/visitord --listen=8080 --state=/var/lib/visitord
	eventually lab curl -sSf -o /dev/null http://127.0.0.1:8080/count
	[ "$(lab curl -sSf http://127.0.0.1:8080/)" = 'Hello! You are visitor #1!' ]
	lab systemctl stop machine.service
	lab systemctl reset-failed
	[ "$(lab cat /srv/state/counter)" -eq 1 ]
	lab rm /srv/state/counter

	boot visitord --boot
	greets 1
	greets 2
	stopped_well
}

@test "a disk image boots like a squashfs, also one for two machines" {
	mkdir -p "$BATS_TEST_TMPDIR"/{programs,own,other}
	cp build/bin/visitord build/bin/portable-init "$BATS_TEST_TMPDIR/programs/"
	case $(uname -m) in x86_64) number='\xb7' ;; *) number='\x3e' ;; esac
	for program in "$BATS_TEST_TMPDIR"/programs/*; do
		# e_machine of the ELF header
		printf '%b\0' "$number" | dd of="$program" bs=1 seek=18 conv=notrunc status=none
	done
	for place in build/bin:own "$BATS_TEST_TMPDIR/programs:other"; do
		build/mkportable build --program-path="${place%:*}" --os-release=os-release.in --version=7 --init=portable-init \
			--format=ddi --output="$BATS_TEST_TMPDIR/${place##*:}/visitord_7.raw" images/visitord
	done
	build/mkportable merge --output="$BATS_TEST_TMPDIR/visitord_7.raw" "$BATS_TEST_TMPDIR"/{own,other}/visitord_7.raw
	image() {
		echo /root/visitord_7.raw
	}
	for file in own/visitord_7.raw visitord_7.raw; do
		lab_push "$BATS_TEST_TMPDIR/$file" /root/
		boot visitord --boot
		greets 1
		greets 2
		stopped_well
		boot visitord --volatile=overlay --boot
		greets 1
		stopped_well
	done
	lab rm /root/visitord_7.raw
}

@test "it boots read-only and with each kind of volatile state" {
	for option in --read-only --volatile=overlay --volatile=yes --volatile=state; do
		boot visitord "$option" --boot
		greets 1
		greets 2
		stopped_well
		said 'init: stopping'
	done
}

@test "it boots in a network of its own" {
	boot visitord --private-network --boot
	greets 1
	fails lab curl -sS --max-time 2 http://127.0.0.1:8080/
	stopped_well
}

@test "it boots with users of its own, and in a network of its own besides" {
	# 252 cannot mount a /proc for other users where a part of /proc is covered, as in a lab.
	run lab systemd-nspawn --quiet --register=no --keep-unit --private-users=pick \
		--image="$(image visitord)" /usr/bin/visitord --version
	version=$(lab systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
	[[ $output != *'Failed to mount proc'* ]] || ((version > 252)) ||
		skip "a systemd-nspawn that can do this in a container"
	boot visitord --private-users=pick --boot
	greets 1
	# The user of the service is one of the machine, not of the lab.
	uid=$(lab ps -o uid= -C visitord | tail -n 1)
	((uid > 65536))
	stopped_well
	boot visitord --private-users=pick --private-network --boot
	greets 1
	stopped_well
}

@test "with --network-veth and ip=, the host reaches the port" {
	boot visitord --network-veth --boot ip=192.0.2.2::192.0.2.1:255.255.255.0::host0
	lab ip address add 192.0.2.1/24 dev ve-booted
	lab ip link set ve-booted up
	answered() {
		[ "$(lab curl -sS --max-time 5 http://192.0.2.2:8080/)" = 'Hello! You are visitor #1!' ]
	}
	eventually answered
	stopped_well
}

@test "state that is bound in lasts, and keeps its owner" {
	boot visitord --bind=/srv/state:/var/lib/visitord --boot
	greets 1
	stopped_well
	owner=$(lab stat -c %u /srv/state/counter)
	((owner >= 61184 && owner <= 65519))
	boot visitord --bind=/srv/state:/var/lib/visitord --boot
	greets 2
	[ "$(lab stat -c %u /srv/state/counter)" = "$owner" ]
	stopped_well
	lab rm -f /srv/state/counter
}

@test "qotd boots: TCP and UDP" {
	boot qotd --private-network --boot
	lab_shell() {
		lab nsenter --target "$(leader)" --net timeout 20 bash -c "$1"
	}
	[ -n "$(lab_shell 'cat </dev/tcp/127.0.0.1/17')" ]
	[ -n "$(lab_shell 'exec 3<>/dev/udp/127.0.0.1/17; echo >&3; head -n 1 <&3')" ]
	stopped_well
}

@test "dyndnsd boots, and takes datagrams" {
	boot dyndnsd --private-network --boot
	lab nsenter --target "$(leader)" --net bash -c 'head -c 100 /dev/zero >/dev/udp/127.0.0.1/5533'
	running() {
		lab pgrep -x dyndnsd
	}
	eventually running
	stopped_well
}

@test "dyndns-update runs with its credential, and not without it" {
	boot dyndns-update --private-network --boot systemd.wants=dyndns-update.service
	eventually said "dyndns-update.service: cannot load the credential 'dyndns.key:/etc/credstore/dyndns.key': No such file or directory"
	lab systemctl stop machine.service
	# 243/CREDENTIALS of systemd.exec(5), as it is the only service.
	[ "$(lab systemctl show --property=ExecMainStatus --value machine.service)" = 243 ]
	lab systemctl reset-failed

	build/bin/dyndns-update --generate-key="$BATS_TEST_TMPDIR/dyndns.key"
	lab_push "$BATS_TEST_TMPDIR/dyndns.key" /etc/credstore/
	boot dyndns-update --private-network --volatile=overlay --bind-ro=/etc/credstore --boot \
		systemd.wants=dyndns-update.service
	# It has its key, and no server to send to.
	eventually said 'dyndns-update.service: dyndns-update: '
	lab systemctl stop machine.service
}

@test "the status of nspawn is that of the only service" {
	mkdir "$BATS_TEST_TMPDIR/one"
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/visitord --frobnicate\n[Install]\nWantedBy=multi-user.target\n' \
		>"$BATS_TEST_TMPDIR/one/one.service"
	build/mkportable build --version=1 --init=portable-init --program-path=build/bin \
		--os-release=os-release.in --output="$BATS_TEST_TMPDIR/one_1.raw" "$BATS_TEST_TMPDIR/one"
	lab_push "$BATS_TEST_TMPDIR/one_1.raw" /root/
	run -2 lab systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --machine=one \
		--image=/root/one_1.raw --boot
	[[ $output == *"one.service: process ended with status 2"* ]]
}

@test "all units of a Debian tree are read, or a line says why not" {
	directory=$("$lab_tool" tree)/usr/lib/systemd/system
	run -0 --separate-stderr build/tools/portable-init-plan "$directory"
	files=$(find "$directory" -maxdepth 1 -type f -name '*.*' | wc -l)
	((files > 100))
	# Links to /dev/null count as units, which they mask.
	read -r units _ <<<"$output"
	((units >= files))
	for service in "$directory"/*.service; do
		name=${service##*/}
		[ -f "$service" ] && [ ! -L "$service" ] || continue
		# It is in the plan, or a line says why not.
		[[ $output == *$'\n'"$name: user "* || $stderr == *"$name:"*"; ignoring unit"* ]] || {
			echo "no line about $name"
			false
		}
	done
}

@test "a boot costs at most 0.3 s more than nspawn's own start of a static program" {
	# The best of five each: this machine does other work as well.
	lab_push tests/lab/boot-time /root/
	times=$(lab sh /root/boot-time "$(image visitord)")
	echo "# nspawn alone, and booted to the first answer (ms): $times"
	read -r alone booted <<<"$times"
	((booted - alone <= 300))
}
