#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mkportable try: what works is told from what does not, with the step and the reason, and
# nothing is left behind.

bats_require_minimum_version 1.5.0
load ../lab

setup() {
	lab_needs_root
	cd "$BATS_TEST_DIRNAME/../.." || return
	image=$(echo build/images/visitord_*.raw)
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/lab" ] || "$lab_tool" down "$BATS_TEST_TMPDIR/lab"
	[ -z "${TMPDIR-}" ] || [ -z "$(ls -A "$TMPDIR")" ]
}

# Builds an image whose service runs a small static program: service_image NAME SETTING...
service_image() {
	local name=$1 id=${1%@} directory=$BATS_TEST_TMPDIR/${1%@}
	shift
	mkdir -p "$directory" "$BATS_FILE_TMPDIR/bin"
	[ -e "$BATS_FILE_TMPDIR/bin/sleeper" ] ||
		cc -specs=build/musl.specs -static-pie -x c -o "$BATS_FILE_TMPDIR/bin/sleeper" - <<-'EOT'
			#include <stdlib.h>
			#include <time.h>
			#include <unistd.h>
			int main(int argc, char *argv[])
			{
				sleep(argc > 1 ? (unsigned)atoi(argv[1]) : 0);
				while (argc > 3 && clock() < CLOCKS_PER_SEC / 2)
					;
				return argc > 2 ? atoi(argv[2]) : 0;
			}
		EOT
	{
		printf '[Service]\nDynamicUser=yes\n'
		printf '%s\n' "$@"
		printf '[Install]\nWantedBy=multi-user.target\n'
	} >"$directory/$name.service"
	build/mkportable build --os-release=os-release.in --program-path="$BATS_FILE_TMPDIR/bin" \
		--output="$BATS_TEST_TMPDIR/${id}_1.raw" "$directory"
}

try_service() { # STATUS NAME
	run "-$1" --separate-stderr build/mkportable try "$BATS_TEST_TMPDIR/${2}_1.raw" "${@:3}"
	echo "$output"
	echo "$stderr"
}

@test "an image that works is said to work, in text, JSON and Markdown" {
	run -0 --separate-stderr build/mkportable try --profile=sealed "$image" -- curl -sSf http://localhost:8080/
	[[ $output =~ ^'257  sealed '\ +[0-9.]+' s  works'$ ]]
	[ -z "$stderr" ]
	run -0 --separate-stderr build/mkportable try --profile=none --profile=sealed --format=json "$image"
	jq -e '[.[] | select(.works and .systemd == 257 and .suite == "trixie" and .reason == null and .seconds > 0)] | length == 2' <<<"$output"
	[ "$(jq -r '.[].profile' <<<"$output")" = $'none\nsealed' ]
	run -0 --separate-stderr build/mkportable try --profile=strict --format=markdown "$image"
	[ "$output" = '| visitord under | systemd 257 |
|---|---|
| `strict` | works |' ]
}

@test "several versions side by side, with all profiles" {
	run -0 --separate-stderr build/mkportable try --systemd=252,257,262 --profile=all --format=json "$image" -- \
		curl -sSf http://localhost:8080/
	jq -e 'all(.works)' <<<"$output"
	profiles=$(printf '%s\n' default nonetwork strict trusted profiles/*/ | sed 's,^profiles/,,; s,/$,,' | sort)
	for version in 252 257; do
		[ "$(jq -r ".[] | select(.systemd == $version).profile" <<<"$output" | sort)" = "$profiles" ]
	done
	[ "$(jq '[.[] | select(.suite == "forky")] | length' <<<"$output")" = "$(wc -l <<<"$profiles")" ]
}

@test "what does not work is said with the step, the reason and what the journal says" {
	service_image gone 'ExecStart=/usr/bin/sleeper 0 7'
	try_service 1 gone
	[[ $output == *'fails at run: gone.service: exit-code, status=7'* ]]
	[[ $output == *"gone.service: Main process exited, code=exited, status=7"* ]]

	# One that has not come so far yet, as on a busy machine.
	service_image late 'ExecStart=/usr/bin/sleeper 0 7 busy'
	try_service 1 late
	[[ $output == *'fails at run: late.service: exit-code, status=7'* ]]

	service_image brief 'ExecStart=/usr/bin/sleeper'
	try_service 1 brief
	[[ $output == *'fails at run: brief.service has ended: success'* ]]

	service_image again 'ExecStart=/usr/bin/sleeper 0 1' Restart=always RestartSec=200ms
	try_service 1 again
	[[ $output == *'fails at run: again.service was started again '*' times'* ]]

	service_image silent 'ExecStart=/usr/bin/sleeper 9' Type=notify TimeoutStartSec=1
	try_service 1 silent
	[[ $output == *'fails at start: silent.service: timeout'* ]]

	service_image fine 'ExecStart=/usr/bin/sleeper 60'
	try_service 0 fine -- true
	try_service 1 fine -- sh -c 'echo the answer is wrong; exit 3'
	[[ $output == *'fails at command: it ended with status 3'*'> the answer is wrong' ]]

	service_image once 'ExecStart=/usr/bin/sleeper' Type=oneshot
	try_service 0 once

	mkdir "$BATS_TEST_TMPDIR/empty"
	mksquashfs "$BATS_TEST_TMPDIR/empty" "$BATS_TEST_TMPDIR/empty_1.raw" -quiet -no-progress >/dev/null
	try_service 1 empty
	[[ $output == *'fails at attach: '*'os-release'* ]]
}

@test "a directory of units is built first, and a program of the user's comes along" {
	source="$BATS_TEST_TMPDIR/sources [1]/hello" root=$BATS_TEST_TMPDIR/root
	mkdir -p "$source/tree/usr/share/hello" "$root"/{bin,libexec}
	printf '[Service]\nExecStart=/usr/bin/busybox httpd -f -p 8099 -h /usr/share/hello\nDynamicUser=yes\n[Install]\nWantedBy=multi-user.target\n' \
		>"$source/hello.service"
	echo hello >"$source/tree/usr/share/hello/index.html"
	tools/mkportable-debian-tree busybox "$BATS_TEST_TMPDIR/tree"
	printf '#!/bin/sh\n[ "$(curl -sS http://localhost:$1/)" = hello ]\n' >"$BATS_TEST_TMPDIR/question"
	chmod +x "$BATS_TEST_TMPDIR/question"
	run -0 --separate-stderr build/mkportable try --root="$BATS_TEST_TMPDIR/tree" "$source" -- \
		"$BATS_TEST_TMPDIR/question" 8099
	[[ $output == '257  default '*works ]]
	run -3 --separate-stderr build/mkportable try "$source"
	[[ $stderr == *"cannot build '$source'" ]]
	# Installed, with the mkportable beside it.
	cp tools/mkportable-try "$root/bin/"
	ln -s "$PWD/tools" "$root/libexec/mkportable"
	printf '#!/bin/sh\nshift\nexec "%s" build --os-release="%s" "$@"\n' "$PWD/build/mkportable" "$PWD/os-release.in" >"$root/bin/mkportable"
	chmod +x "$root/bin/mkportable"
	run -0 --separate-stderr "$root/bin/mkportable-try" --root="$BATS_TEST_TMPDIR/tree" "$source"
}

@test "an image of templates alone is started by the command, and its instances are looked at" {
	service_image each@ Type=exec 'ExecStart=/usr/bin/sleeper 1000' >/dev/null
	try_service 1 each
	[[ $output == *'fails at start: there are only templates, and nothing says which instance' ]]
	try_service 0 each -- systemctl start each@one
	[[ $output == *works ]]
	try_service 1 each -- sh -c 'systemctl start each@one && systemctl kill --signal=SEGV each@one && while systemctl --quiet is-active each@one; do :; done'
	[[ $output == *'fails at run: each@one.service: '*SEGV* ]]
}

@test "a command may leave a daemon behind: the round does not wait for it" {
	service_image lasting Type=exec 'ExecStart=/usr/bin/sleeper 1000' >/dev/null
	SECONDS=0
	try_service 0 lasting -- sh -c 'sleep 100 & exit 0'
	((SECONDS < 60))
}

@test "a service that does not stop is told, and is not in the way of the next round" {
	mkdir -p "$BATS_FILE_TMPDIR/bin"
	cc -specs=build/musl.specs -static-pie -x c -o "$BATS_FILE_TMPDIR/bin/stuck" - <<-'EOT'
		#include <signal.h>
		#include <unistd.h>
		int main(void)
		{
			signal(SIGTERM, SIG_IGN);
			for (;;)
				pause();
		}
	EOT
	service_image stuck Type=exec 'ExecStart=/usr/bin/stuck' >/dev/null
	run -1 --separate-stderr build/mkportable try --profile=default --profile=none "$BATS_TEST_TMPDIR/stuck_1.raw"
	echo "$output"
	[[ ${lines[0]} == *' fails at stop: stuck.service has not stopped after 30 s' ]]
	[ "$(grep -c ' fails at ' <<<"$output")" -eq 2 ]
	[ "$(grep -c ' fails at stop: stuck.service has not stopped after 30 s' <<<"$output")" -eq 2 ]
}

@test "a round stops units of its image, and no others" {
	state=$BATS_TEST_TMPDIR/lab
	mkdir "$BATS_TEST_TMPDIR/empty"
	mksquashfs "$BATS_TEST_TMPDIR/empty" "$BATS_TEST_TMPDIR/empty_1.raw" -quiet -no-progress >/dev/null
	service_image lasting Type=exec 'ExecStart=/usr/bin/sleeper 1000' >/dev/null
	# shellcheck disable=SC2016 # for the shell in the lab
	printf '#!/bin/sh\necho "$*" >>/run/calls\nexec /usr/bin/systemctl "$@"\n' >"$BATS_TEST_TMPDIR/systemctl"
	chmod +x "$BATS_TEST_TMPDIR/systemctl"
	"$lab_tool" up "$state"
	"$lab_tool" push "$state" "$BATS_TEST_TMPDIR"/*_1.raw /root/
	"$lab_tool" push "$state" "$BATS_TEST_TMPDIR/systemctl" /usr/local/bin/
	"$lab_tool" push "$state" tools/try-round /run/
	for name in empty_1.raw lasting_1.raw; do
		run -0 --separate-stderr "$lab_tool" run "$state" /run/try-round "/root/$name" "${name%%_*}" default ''
		echo "$output"
	done
	run -0 --separate-stderr "$lab_tool" run "$state" grep '^stop' /run/calls
	[ "$output" = 'stop lasting.service' ]
}

@test "of what a command prints, no byte gets to the terminal or into JSON that is no text" {
	run -1 --separate-stderr build/mkportable try --format=json "$image" -- \
		sh -c 'printf "a\377b\033[31m\000\r\303\266\302\23331m\302\240\n"; exit 3'
	[ "$(jq -r '.[0].log[-1]' <<<"$output")" = $'> ab?[31m??ö?31m\302\240' ]
	run -1 --separate-stderr build/mkportable try "$image" -- sh -c 'printf "a\377b\033[31m\000\r\n"; exit 3'
	[[ ${lines[-1]} == *'> ab?[31m??' ]]
}

@test "a profile may be a directory, and one that is not there is refused" {
	mkdir "$BATS_TEST_TMPDIR/closed"
	printf '[Service]\nExecStartPre=/nowhere\n' >"$BATS_TEST_TMPDIR/closed/service.conf"
	run -1 --separate-stderr build/mkportable try --profile="$BATS_TEST_TMPDIR/closed" "$image"
	[[ $output == '257  closed '*'fails at start: visitord.service: exit-code, status=203/EXEC'* ]]
	# What is between the fields of a result.
	cp -R "$BATS_TEST_TMPDIR/closed" "$BATS_TEST_TMPDIR/clo|sed"
	run -3 --separate-stderr build/mkportable try --profile="$BATS_TEST_TMPDIR/clo|sed" "$image"
	[ "$stderr" = "mkportable-try: a profile cannot be called so: 'clo|sed'" ]
	cp -R "$BATS_TEST_TMPDIR/closed" "$BATS_TEST_TMPDIR/clo"$'\377'sed
	run -3 --separate-stderr build/mkportable try --profile="$BATS_TEST_TMPDIR/clo"$'\377'sed "$image"
	[ "$stderr" = "mkportable-try: a profile cannot be called so: 'clo"$'\377'"sed'" ]
	run -3 --separate-stderr build/mkportable try --profile=seeled "$image"
	[[ $stderr == "mkportable-try: there is no profile 'seeled'; there are: none default "*" sealed"* ]]
}

@test "a profile's directory is taken as it is, whatever another one of its name has" {
	mkdir -p "$BATS_TEST_TMPDIR"/{,other/}sealed
	printf '[Service]\nExecStartPre=/nowhere\n' >"$BATS_TEST_TMPDIR/sealed/service.conf"
	printf '[Service]\n' >"$BATS_TEST_TMPDIR/other/sealed/service.conf"
	run -1 --separate-stderr build/mkportable try --profile="$BATS_TEST_TMPDIR/sealed" "$image"
	[[ $output == '257  sealed '*'fails at start: visitord.service: exit-code, status=203/EXEC'* ]]
	run -0 --separate-stderr build/mkportable try --profile="$BATS_TEST_TMPDIR/other/sealed" "$image" -- \
		test ! -e /etc/systemd/portable/profile/sealed/socket.conf
	run -3 --separate-stderr build/mkportable try --profile="$BATS_TEST_TMPDIR/sealed" --profile="$BATS_TEST_TMPDIR/other/sealed" "$image"
	[ "$stderr" = "mkportable-try: two profiles are called 'sealed': '$BATS_TEST_TMPDIR/sealed' and '$BATS_TEST_TMPDIR/other/sealed'" ]
}

@test "a version or a profile that is named twice is tried once" {
	run -0 --separate-stderr build/mkportable try --systemd=257,trixie --systemd=257 \
		--profile=sealed --profile=./profiles/sealed/ --profile=sealed --format=markdown "$image"
	[ "$output" = '| visitord under | systemd 257 |
|---|---|
| `sealed` | works |' ]
}

@test "wrong calls are told" {
	for arguments in '' '--what image' '--systemd= image' '--systemd=12 image' '--format=xml image' 'image what' 'image --' \
		'--keep --systemd=252,257 image' "--root=/ $image"; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr build/mkportable try $arguments
		[[ $stderr == 'mkportable-try: '*"; see 'mkportable-try --help'" || $arguments == *--keep* ]]
		[ -z "$output" ]
	done
	run -3 --separate-stderr build/mkportable try /nowhere.raw
	[ "$stderr" = "mkportable-try: there is no '/nowhere.raw'" ]
	# Others cannot get at a checkout below /root, but at a file that is open.
	run -3 --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups bash /dev/fd/9 /bin/sh 9<tools/mkportable-try
	[[ $stderr == 'mkportable-try: needs root, '* ]]
	for format in text json markdown; do
		error=$(build/mkportable try --format=$format "$image" 2>&1 >/dev/full) && return 1
		[ "$error" = "mkportable-try: cannot write to standard output" ]
	done
}

@test "every option in --help is in the manual page" {
	run -0 build/mkportable try --help
	page=$(mandoc -T utf8 tools/mkportable-try.1 | col -b)
	grep -oE '^  --[a-z-]+' <<<"$output" | while read -r option; do
		[[ $page == *"$option"* ]] || {
			echo "$option" >&2
			return 1
		}
	done
}

@test "--keep leaves the systemd there, and says how to enter and end it" {
	run -0 --separate-stderr build/mkportable try --keep "$image"
	lab_command=${stderr%% run *}
	state=${stderr#* run }
	state=${state%% COMMAND*}
	run -0 "$lab_command" run "$state" systemctl is-active visitord.socket
	[[ $stderr == *" COMMAND... enters it, "*' ends it' ]]
	end=${stderr#* enters it, }
	eval "${end% ends it}"
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "it says at once that it makes a tree, and is silent when it is stopped meanwhile" {
	local signal status
	for signal in TERM INT; do
		# From a mirror that is not there, which is tried three times. A shell has its jobs ignore SIGINT.
		MKPORTABLE_CACHE=$BATS_TEST_TMPDIR/cache LAB_MIRROR=http://127.0.0.1:9/debian \
			env --default-signal=INT build/mkportable try "$image" 2>"$BATS_TEST_TMPDIR/said.$signal" 3>&- &
		eventually grep 'try 1 of 3' "$BATS_TEST_TMPDIR/said.$signal"
		kill "-$signal" $!
		status=0
		wait $! || status=$?
		[ "$status" -eq $((128 + $(kill -l "$signal"))) ]
		[ "$(head -n 1 "$BATS_TEST_TMPDIR/said.$signal")" = 'lab: making a tree of trixie, once (about half a minute)' ]
		[ "$(tail -n 1 "$BATS_TEST_TMPDIR/said.$signal")" = 'debian-system: try 1 of 3 to make a tree of trixie failed' ]
		nothing_left
	done
}

@test "killed at any moment, it leaves nothing behind" {
	for i in {1..20}; do
		build/mkportable try --profile=default --profile=sealed "$image" >/dev/null 2>&1 3>&- &
		# Half of them while it begins.
		if ((i % 2)); then sleep "0.0$i"; else sleep "$((i / 10)).$((i % 10))"; fi
		kill -KILL $!
		wait $! || true
		eventually nothing_left
	done
}
