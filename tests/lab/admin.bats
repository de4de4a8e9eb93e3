#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# portable-admin on a host: it tells what is attached and what runs, also where portablectl
# does not.
# shellcheck disable=SC2154 # bats sets output, stderr and stderr_lines

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile
	lab_push build/portable-admin /usr/local/bin/
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push build/images/{visitord,qotd}_*.raw /root/
	image=$(echo build/images/visitord_*.raw)
	export image=/root/${image##*/}
	other=$(echo build/images/qotd_*.raw)
	export other=/root/${other##*/}
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

teardown() {
	lab sh -c '
		systemctl stop "visitord*" "qotd*"
		for unit in /etc/systemd/system.attached /run/systemd/system.attached; do rm -rf $unit; done
		rm -rf /etc/portables /run/portables /var/lib/portables /etc/systemd/system/*.wants/visitord.* /etc/systemd/portable/profile/mine
		systemctl daemon-reload
		systemctl reset-failed'
}

teardown_file() {
	lab_teardown_file
}

# A value of status --json: an expression of jq, of what all attached images say.
says() { # VALUE EXPRESSION
	local said

	said=$(lab portable-admin status --json | jq -r "$2")
	[ "$said" = "$1" ] || {
		echo "$2 is '$said', not '$1'" >&2
		return 1
	}
}

@test "status shows each unit, its profile, its socket, the file that runs and the state" {
	lab portablectl --quiet attach --profile=sealed "$image" visitord
	lab systemctl enable --quiet --now visitord.socket
	lab curl --silent --fail http://127.0.0.1:8080/
	run -0 --separate-stderr lab portable-admin status
	echo "$output"
	[ -z "$stderr" ]
	[ "${lines[0]}" = "visitord: $image" ]
	[[ ${lines[1]} =~ ^'  visitord.service: active (running), static, profile sealed, pid '[0-9]+', runs this file'$ ]]
	[[ ${lines[2]} =~ ^'    state in /var/lib/private/visitord, of user '[0-9]+$ ]]
	[[ ${lines[3]} =~ ^'  visitord.socket: active ('(listening|running)'), enabled, profile sealed'$ ]]
	[ "${lines[4]}" = '    listens on Stream [::]:8080' ]
	[ "${#lines[@]}" -eq 5 ]
	lab systemctl disable --quiet visitord.socket
}
