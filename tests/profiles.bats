#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What "mkportable profiles" promises: it lists every profile that portablectl would
# find, with the file that is used, and what each makes of an image; a name that does
# not exist is not in the list, and an error as an option. lab/lint.bats tests that
# systemd takes the same files.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

setup() {
	repository=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH=$(cd "${BUILD:-$repository/build}" && pwd):$PATH
	cd "$BATS_TEST_TMPDIR" || return
}

profile() { # DIRECTORY NAME/TYPE.conf LINE...
	local file=$1/systemd/portable/profile/$2
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "${@:3}" >"$file"
}

@test "what make install installs is what profiles lists" {
	mkdir root
	(cd "$repository" && tools/install "$BATS_TEST_TMPDIR/root/usr" profiles/*)
	run -0 mkportable profiles --root=root
	[ "$(grep -v '^ ' <<<"$output")" = "$(cd "$repository/profiles" && printf '%s\n' *)" ]
	for file in "$repository"/profiles/*/*.conf; do
		type=${file##*/}
		name=$(basename "$(dirname "$file")")
		grep -qxF "  ${type%.conf}: root/usr/lib/systemd/portable/profile/$name/$type" <<<"$output"
	done
}

@test "the first directory that has a file of the profile gives it, file by file" {
	profile root/usr/lib one/service.conf '[Service]'
	profile root/usr/lib one/socket.conf '[Socket]'
	profile root/usr/local/lib one/service.conf '[Service]'
	profile root/run one/socket.conf '[Socket]'
	profile root/etc one/service.conf '[Service]'
	profile root/etc one/service.conf~ 'no profile'
	profile root/etc .hidden/service.conf 'no profile'
	: >root/etc/systemd/portable/profile/file
	run -0 mkportable profiles --root=root
	diff - <(echo "$output") <<'END'
one
  service: root/etc/systemd/portable/profile/one/service.conf
  service: root/usr/local/lib/systemd/portable/profile/one/service.conf (not used: root/etc/systemd/portable/profile/one/service.conf comes first)
  service: root/usr/lib/systemd/portable/profile/one/service.conf (not used: root/etc/systemd/portable/profile/one/service.conf comes first)
  socket: root/run/systemd/portable/profile/one/socket.conf
  socket: root/usr/lib/systemd/portable/profile/one/socket.conf (not used: root/run/systemd/portable/profile/one/socket.conf comes first)
END
}

@test "what is no profile for services is said to be none" {
	profile root/etc broken/service.conf '[Service]' 'PrivateNetwork yes'
	profile root/etc dangling/socket.conf '[Socket]'
	ln -s /nowhere root/etc/systemd/portable/profile/dangling/service.conf
	profile root/etc sockets/socket.conf '[Socket]'
	run -0 mkportable profiles --root=root --json
	jq -e '[.profiles[] | {(.name): .problem}] | add == {
		broken: "service.conf has lines that systemd would ignore",
		dangling: "no service.conf: portablectl would attach services without a profile",
		sockets: "no service.conf: portablectl would attach services without a profile"
	}' <<<"$output"
	run -0 mkportable profiles --root=root
	[ "$(grep -c '^  problem: ' <<<"$output")" = 3 ]
}

@test "without profiles it says that any name means none" {
	mkdir root
	run -0 mkportable profiles --root=root
	[ "$output" = "no profile is installed: whatever its name, portablectl would attach without one" ]
	run -0 mkportable profiles --root=root --json
	[ "$output" = '{"version":1,"image":null,"profiles":[]}' ]
}

@test "of an image it says what each profile makes of its exposure, and what rules say" {
	mkdir -p hello bin
	printf '[Service]\nExecStart=/usr/bin/hello\nCapabilityBoundingSet=\nRestrictAddressFamilies=AF_INET\n' >hello/hello.service
	printf 'int main(void) { return 0; }\n' >hello.c
	cc -static -o bin/hello hello.c
	mkportable build --program-path=bin --os-release="$repository/os-release.in" hello
	profile root/etc open/service.conf '[Service]' CapabilityBoundingSet=CAP_CHOWN
	profile root/etc tight/service.conf '[Service]' PrivateNetwork=yes NoNewPrivileges=yes PrivateTmp=yes
	run -0 mkportable profiles --root=root --json hello_0.raw
	jq -e '.image == "hello_0.raw" and [.profiles[].name] == ["open", "tight"]' <<<"$output"
	jq -e '.profiles[0] | [.findings[].rule] == ["profile-weakens-unit"]' <<<"$output"
	jq -e '.profiles[1] | [.findings[].rule] == ["profile-not-sufficient"]' <<<"$output"
	jq -e 'all(.profiles[].findings[]; keys == ["message", "remedy", "rule", "severity", "where"])' <<<"$output"
	jq -e 'all(.profiles[].exposure; length == 1 and .[0].unit == "hello.service")' <<<"$output"
	# Less is better: one opens, the other closes.
	jq -e '.profiles[0].exposure[0] | (.level | tonumber) > (.alone | tonumber)' <<<"$output"
	jq -e '.profiles[1].exposure[0] | (.level | tonumber) < (.alone | tonumber)' <<<"$output"
	run -0 mkportable profiles --root=root hello_0.raw
	grep -qE '^  hello.service: exposure [0-9.]+, alone [0-9.]+$' <<<"$output"
	grep -qF "  security: profile-weakens-unit: hello.service: the profile 'open' makes it weaker: CapabilityBoundingSet= gains 'CAP_CHOWN'" <<<"$output"
}

@test "a profile that does not exist is an error, which names those that do" {
	run -2 --separate-stderr mkportable lint --profile=seald .
	[ -z "$output" ]
	known=$(mkportable profiles --json | jq -r '[.profiles[] | select(any(.files[]; .type == "service")).name | "'\''\(.)'\''"]
		| if . == [] then "" else " (there are \(join(", ")))" end')
	[ "$stderr" = "mkportable: there is no profile 'seald': portablectl would attach without one$known" ]
}

@test "calling it wrongly is one line and status 2, an unreadable image is one and 3" {
	usage_error "unexpected argument: 'two'" mkportable profiles one two
	usage_error "unknown option: '--brew'" mkportable profiles --brew
	run -3 --separate-stderr mkportable profiles nowhere.raw
	[ "$stderr" = "mkportable: cannot read the image 'nowhere.raw': No such file or directory" ]
	[ -z "$output" ]
}
