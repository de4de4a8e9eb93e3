#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mkportable lint --host=: an image is judged for a host that is not this one, by its facts.
# tests/lab/admin.bats asks a host whether that is right.
# shellcheck disable=SC2154 # bats sets output, stderr and stderr_lines

bats_require_minimum_version 1.5.0
load helpers

setup() {
	in_scratch
	build_options+=(--program-path="$repository/build/bin" --version=1)
}

# Facts of a host, with further lines, or others than these.
facts() { # FILE [LINE...]
	printf '%s\n' '# of a host' '[Host]' Format=1 Name=far Systemd=257.13-1~deb13u1 Architecture=x86-64 Loop=yes Verity=yes \
		FileSystem=squashfs Compression=zstd Compression=xz Profile=default User=root Group=root Unit=dbus.service Unit=getty@.service \
		"${@:2}" >"$1"
}

# An image x_1.raw with a socket and a service.
image() { # SERVICE-LINE...
	mkdir x
	printf '%s\n' '[Unit]' Requires=x.socket After=x.socket StartLimitIntervalSec=0 '[Service]' ExecStart=/usr/bin/qotd "$@" >x/x.service
	printf '%s\n' '[Socket]' 'ListenStream=[::]:17' ListenDatagram=17 '[Install]' WantedBy=sockets.target >x/x.socket
	build --output=x_1.raw x
}

judged() { # STATUS OPTION...
	run "-$1" --separate-stderr mkportable lint "${@:2}" x_1.raw
	[ -z "$stderr" ]
	output=$(grep -vE '^  remedy: [a-z]' <<<"$output" || true)
}

@test "an image that fits a host has no finding for it" {
	image
	facts far
	judged 0 --host=far --profile=default
	[ -z "$output" ]
}

@test "users, groups and units are looked for among those of the host, and are no note then" {
	image User=svc Group=grp
	printf '[Unit]\nRequires=more.service dbus.service getty@tty1.service\n' >>x/x.service
	build --output=x_1.raw x
	judged 0
	[[ $output == *'warning: user-not-resolvable: '* && $output == *"note: host-must-have: "* ]]
	facts far
	judged 1 --host=far
	diff <(sort <<<"$output") - <<-'END'
		x_1.raw on far: error: host-lacks: /usr/lib/systemd/system/x.service:10: Requires= needs the unit 'more.service', which the host far lacks
		x_1.raw on far: error: host-lacks: /usr/lib/systemd/system/x.service:7: User= needs the user 'svc', which the host far lacks
		x_1.raw on far: error: host-lacks: /usr/lib/systemd/system/x.service:8: Group= needs the group 'grp', which the host far lacks
	END
	facts far User=svc Group=grp Unit=more.service
	judged 0 --host=far
	[ -z "$output" ]
}

@test "each host is judged by itself, for its own systemd and machine" {
	image
	sed -i 's/^\[Service\]/&\nPrivateTmp=disconnected/' x/x.service
	build --output=x_1.raw x
	facts new
	facts old Systemd=252 Name=old
	facts arm Architecture=arm64 Name=arm
	judged 1 --host=new --host=old --host=arm
	grep -q '^x_1.raw on old: error: .*PrivateTmp' <<<"$output"
	grep -qx "x_1.raw on arm: error: host-machine-differs: the image is for x86-64, and the host arm is of the machine arm64" <<<"$output"
	run ! grep -q '^x_1.raw on far: error' <<<"$output"
	run -1 mkportable lint --json --host=new --host=arm x_1.raw
	[ "$(jq -r '.images[] | "\(.host) \(.errors > 0)"' <<<"$output")" = $'far false\narm true' ]
	run -1 mkportable lint --format=sarif --host=arm x_1.raw
	jq -e '.runs[0].results | length > 0 and all(.[]; .message.text | startswith("arm: "))' <<<"$output"
}

@test "what the host has or lacks is named, by the rule" {
	image
	judge() { # FINDING FACT...
		facts far "${@:2}"
		run mkportable lint --host=far --profile=default x_1.raw
		echo "$output"
		grep -qF -- "$1" <<<"$output"
	}
	judge 'error: host-unit-taken: /usr/lib/systemd/system/x.socket: the host far has a unit of this name already' Unit=x.socket
	judge "warning: host-port-taken: /usr/lib/systemd/system/x.socket:2: ListenStream=[::]:17: another socket of the host far" TCP=17
	judge "warning: host-port-taken: /usr/lib/systemd/system/x.socket:3: ListenDatagram=17: another" UDP=17
	judge 'error: host-loop-missing: the host far has no loop devices' Loop=no
	judge 'error: host-file-system-missing: the kernel of the host far has no squashfs' FileSystem= FileSystem=ext4
	judge "error: host-compression-missing: the kernel of the host far cannot read a squashfs that is compressed by" Compression= Compression=lz4
	judge "security: host-profile-missing: the host far has no profile 'default'" Profile= Profile=strict
	# and is a host that does not tell
	facts far FileSystem= Compression= Profile=
	judged 0 --host=far --profile=default
	[ -z "$output" ]
	build --format=ddi --verity --output=x_1.raw x
	judge "warning: host-verity-missing: the image has a hash tree, and the host far has no dm-verity" Verity=no
	build --verity=sidecar --output=x_1.raw x
	judge "warning: host-verity-missing: the image has a hash tree, and the host far has no dm-verity" Verity=no
	build --format=directory --output=x_1 x
	facts far Loop=no FileSystem=ext4
	run -0 mkportable lint --host=far x_1
	[[ $output != *loop* ]]
}

@test "a file that is no such export is refused in one line" {
	image
	refused() { # LINE [FACT...]
		facts far "${@:2}"
		run -2 --separate-stderr mkportable lint --host=far x_1.raw
		[ "$stderr" = "mkportable: 'far' is not what 'portable-admin doctor --export' writes: $1" ]
		[ -z "$output" ]
	}
	refused 'it has no line Format=1 in [Host]' Format=2
	refused 'it has no Name=' Name=
	refused 'its Systemd= is no version since 239' Systemd=x
	refused 'its Systemd= is no version since 239' Systemd=238
	refused "its Architecture= is none of systemd's" Architecture=i386
	run -2 --separate-stderr mkportable lint --host=/nonexistent x_1.raw
	[ "$stderr" = "mkportable: cannot read the facts of a host in '/nonexistent': No such file or directory" ]
	run -2 --separate-stderr mkportable lint --host=/dev/zero x_1.raw
	[ "${#stderr_lines[@]}" -eq 1 ]
	facts far
	usage_error 'lint: --systemd-version= goes with no --host=' mkportable lint --host=far --systemd-version=257 x_1.raw
}
