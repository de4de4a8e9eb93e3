#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# portable-admin upgrade: a newer version that works stays, any other ends on the old one, which
# serves; whenever it is killed, the next call finishes or undoes. Nobody who connects meanwhile
# is refused, where the socket's unit did not change.
# shellcheck disable=SC2154 # bats sets output, stderr and stderr_lines

bats_require_minimum_version 1.5.0
load ../lab

versions=/var/lib/portables/visitord.raw.v

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	make_versions
	lab mkdir -p /etc/systemd/portable/profile
	lab_push build/portable-admin build/tools/kill-at /usr/local/bin/
	lab_push host/portable-admin@.{service,path} /etc/systemd/system/
	lab systemctl daemon-reload
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push "$BATS_FILE_TMPDIR"/images/* /root/
}

# visitord_1.raw and visitord_2.raw work, all others are changed by a script of sed, as a name says.
make_versions() {
	mkdir "$BATS_FILE_TMPDIR"/{images,bin}
	cp build/bin/visitord "$BATS_FILE_TMPDIR/bin/"
	cc -specs=build/musl.specs -static-pie -s -x c -o "$BATS_FILE_TMPDIR/bin/silent" - <<-'EOT'
		#include <poll.h>
		int main(void)
		{
			for (;;)
				(void)poll(0, 0, -1);
		}
	EOT
	cc -specs=build/musl.specs -static-pie -s -x c -o "$BATS_FILE_TMPDIR/bin/wait-first" - <<-'EOT'
		#include <unistd.h>
		int main(void)
		{
			(void)sleep(3);
			return 0;
		}
	EOT
	version 1 ''
	version 2 ''
	version 2.starts-slowly '/^ExecStart=/i ExecStartPre=/usr/bin/wait-first'
	version 3.fails-at-start 's#^ExecStart=.*#& --no-such-option#'
	version 3.crashes-later '/^ExecStart=/a RuntimeMaxSec=3'
	version 3.hangs-at-start 's#^Type=.*#Type=forking#'
	version 3.answers-nothing 's#^ExecStart=.*#ExecStart=/usr/bin/silent#'
	version 3.wants-another-profile '/^ExecStart=/a BindReadOnlyPaths=/run/of-another-profile'
	head -c 20000 "$BATS_FILE_TMPDIR/images/visitord_2.raw" >"$BATS_FILE_TMPDIR/images/visitord_3.is-truncated.raw"
	cp "$BATS_FILE_TMPDIR/images/visitord_2.raw" "$BATS_FILE_TMPDIR/images/visitord_3.does-not-verify.raw"
	printf '%064d' 1 >"$BATS_FILE_TMPDIR/images/visitord_3.does-not-verify.roothash"
	head -c 8192 /dev/zero >"$BATS_FILE_TMPDIR/images/visitord_3.does-not-verify.verity"
	version 4.other-units '' other-units
	version 4.other-units-bad 's#^ExecStart=.*#& --no-such-option#' other-units
}

# The units of this one: the socket changed, one is new, and one of a timer that 1 has not.
other_units() { # DIRECTORY
	sed -i 's/^ListenStream=.*/&\nListenStream=8081/' "$1/visitord.socket"
	cp "$1/visitord.socket" "$1/visitord-more.socket"
	sed -i '/^ListenStream=8081/d; s/8080/8082/' "$1/visitord-more.socket"
	sed 's/visitord\.socket/visitord-more.socket/; s#^StateDirectory=.*#StateDirectory=visitord-more#' \
		"$1/visitord.service" >"$1/visitord-more.service"
}

version() { # VERSION SCRIPT [other-units]
	local directory=$BATS_FILE_TMPDIR/source-$1/visitord

	mkdir -p "$directory"
	cp -R images/visitord/. "$directory"
	sed -i "$2" "$directory/visitord.service"
	[ -z "${3-}" ] || other_units "$directory"
	build/mkportable build --version="$1" --program-path="$BATS_FILE_TMPDIR/bin" --os-release=os-release.in \
		--init=none --output="$BATS_FILE_TMPDIR/images/visitord_$1.raw" "$directory"
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab mkdir -p "$versions"
	lab cp /root/visitord_1.raw "$versions/"
	lab portablectl --quiet attach --profile=sealed "$versions/visitord_1.raw" visitord
	lab systemctl enable --quiet --now visitord.socket
}

teardown() {
	[ -z "${visitors-}" ] || kill "$visitors" 2>/dev/null || true
	lab sh -c '
		systemctl disable --quiet --now portable-admin@visitord.service portable-admin@visitord.path 2>/dev/null
		systemctl disable --quiet visitord.socket visitord-more.socket 2>/dev/null
		systemctl stop "visitord*"
		rm -rf /etc/systemd/system.attached /etc/portables /var/lib/portables /var/lib/portable-admin /etc/portable-admin
		systemctl daemon-reload
		systemctl reset-failed'
}

teardown_file() {
	lab_teardown_file
}

# Another version beside the attached one, with a count of tries: arrives VERSION [COUNT].
arrives() {
	lab sh -c "
		cp /root/visitord_$1.raw $versions/visitord_$1${2-}.raw
		for sidecar in roothash verity; do
			[ ! -e /root/visitord_$1.\$sidecar ] ||
				cp /root/visitord_$1.\$sidecar $versions/visitord_$1${2-}.\$sidecar
		done"
}

upgrade() { # STATUS OPTION...
	run --separate-stderr lab portable-admin upgrade "${@:2}" visitord
	echo "$output$stderr"
	[ "$status" -eq "$1" ]
}

answers() {
	lab curl --silent --fail --max-time 5 "http://127.0.0.1:${1:-8080}/" | grep -q '^Hello'
}

# Succeeds if this file is attached, wholly, runs, and nothing is half done.
serves() { # FILE
	answers
	lab portable-admin status >"$BATS_TEST_TMPDIR/status"
	cat "$BATS_TEST_TMPDIR/status"
	[ "$(grep '^visitord' "$BATS_TEST_TMPDIR/status")" = "visitord: $1" ]
	grep -q '^  visitord.service: active (running), .*, runs this file$' "$BATS_TEST_TMPDIR/status"
	grep -q '^  visitord.socket: active (.*), enabled, profile sealed$' "$BATS_TEST_TMPDIR/status"
	fails grep -q '^left over' "$BATS_TEST_TMPDIR/status"
	fails lab test -e /var/lib/portable-admin/visitord.upgrade
}

# All that an upgrade may change of unit files, in one line.
units() {
	lab sh -c 'cd /etc/systemd && tar -c --sort=name --mtime=@0 system.attached system/*.wants | sha256sum'
}

@test "a newer version that works stays, and the journal tells each step" {
	upgrade 0
	[ "$output" = "visitord: '$versions/visitord_1.raw' is the newest" ]
	arrives 2 +3-0
	upgrade 0 --dry-run
	[ "$output" = "visitord: '$versions/visitord_2+3-0.raw' in place of '$versions/visitord_1.raw'" ]
	upgrade 0 --settle=1 --check='curl --silent --fail http://127.0.0.1:8080/'
	serves "$versions/visitord_2.raw"
	[ "$(lab ls "$versions")" = $'visitord_1.raw\nvisitord_2.raw' ]
	run -0 lab journalctl --quiet --output=json --output-fields=PORTABLE_STEP,PORTABLE_NEW PORTABLE=visitord
	[ "$(jq -r .PORTABLE_STEP <<<"$output" | xargs)" = 'attach settle done' ]
	[ "$(jq -r .PORTABLE_NEW <<<"$output" | head -n 1)" = "$versions/visitord_2+2-1.raw" ]
	upgrade 0
}

@test "a version that does not work ends on the old one, in time" {
	before=$(units)
	answers
	build_visitors
	for kind in fails-at-start crashes-later hangs-at-start answers-nothing wants-another-profile does-not-verify; do
		settle=1
		[ "$kind" != crashes-later ] || settle=4
		arrives "3.$kind" +3-0
		begin=$EPOCHREALTIME
		upgrade 3 "--settle=$settle"
		took=$((${EPOCHREALTIME/[.,]/} - ${begin/[.,]/}))
		echo "$kind: $took us"
		((took < (settle + 5) * 1000000))
		serves "$versions/visitord_1.raw"
		[ "$(units)" = "$before" ]
		# Files beside it are found by its name, which stays then.
		count=0-1
		[ "$kind" != does-not-verify ] || count=3-0
		lab test -e "$versions/visitord_3.$kind+$count.raw"
		upgrade 0
		lab sh -c "rm $versions/visitord_3*"
	done
	# What was refused or cut off meanwhile was not answered wrongly.
	kill -TERM "$visitors"
	wait "$visitors"
}

# Asks in the background until SIGTERM; its status says whether a number came twice.
build_visitors() {
	local lab_pid

	lab_pid=$(cut -d ' ' -f 1 "$LAB_STATE/init")
	nsenter --target "$lab_pid" --net -- build/tools/visitors --clients=4 --requests=0 --gap=5-20 --lenient 8080 3>&- &
	visitors=$!
}

@test "a version that cannot be attached is refused before anything changes" {
	before=$(units)
	answers
	arrives 3.is-truncated
	# Where the old one cannot be read either, it is not the version that is bad.
	lab cp /root/visitord_3.is-truncated.raw "$versions/other.raw"
	lab mount --bind "$versions/other.raw" "$versions/visitord_1.raw"
	upgrade 1
	lab umount "$versions/visitord_1.raw"
	lab rm "$versions/other.raw"
	lab test -e "$versions/visitord_3.is-truncated.raw"
	pid=$(lab systemctl show --property=MainPID visitord.service)
	upgrade 1
	[[ $stderr == *"visitord_3.is-truncated.raw' cannot be attached"* ]]
	lab test -e "$versions/visitord_3.is-truncated+0-1.raw"
	[ "$(lab systemctl show --property=MainPID visitord.service)" = "$pid" ]
	serves "$versions/visitord_1.raw"
	[ "$(units)" = "$before" ]
	upgrade 0
}

@test "an old version that takes its time to start is left alone" {
	upgrade 0 --settle=4 --image=/root/visitord_2.starts-slowly.raw
	begin=$(lab date '+%s.%N')
	upgrade 3 --settle=1 --image=/root/visitord_3.fails-at-start.raw
	serves /root/visitord_2.starts-slowly.raw
	run -0 lab journalctl --quiet --output=cat --since="@${begin%???}" _PID=1 UNIT=visitord.service
	[[ $output == *"status=2/"* ]] # the new one
	fails grep 'status=9/KILL' <<<"$output"
}

@test "a version that is still being copied is waited for" {
	size=$(stat -c %s "$BATS_FILE_TMPDIR/images/visitord_2.raw")
	mkfifo "$BATS_TEST_TMPDIR/rest"
	lab sh -c "cat >$versions/visitord_2+1-0.raw" <"$BATS_TEST_TMPDIR/rest" 3>&- &
	writer=$!
	exec 4>"$BATS_TEST_TMPDIR/rest"
	head -c 4096 "$BATS_FILE_TMPDIR/images/visitord_2.raw" >&4
	eventually lab test -s "$versions/visitord_2+1-0.raw"
	lab portable-admin upgrade --settle=1 visitord 3>&- 4>&- &
	upgrade=$!
	eventually lab sh -c 'journalctl --quiet PORTABLE=visitord PORTABLE_STEP=wait | grep -q "visitord_2+1-0.raw. is still being written"'
	serves "$versions/visitord_1.raw"
	tail -c $((size - 4096)) "$BATS_FILE_TMPDIR/images/visitord_2.raw" >&4
	exec 4>&-
	wait "$writer"
	wait "$upgrade"
	serves "$versions/visitord_2.raw"
}

@test "units that are new, gone or changed follow the version, there and back" {
	before=$(units)
	arrives 4.other-units-bad +1-0
	upgrade 3 --settle=1
	serves "$versions/visitord_1.raw"
	[ "$(units)" = "$before" ]
	arrives 4.other-units
	upgrade 0 --settle=1
	serves "$versions/visitord_4.other-units.raw" # its socket was opened anew
	answers 8081
	answers 8082
	lab systemctl --quiet is-enabled visitord-more.socket
	lab portable-admin rollback --settle=1 visitord
	serves "$versions/visitord_1.raw"
	fails answers 8081
	fails answers 8082
	[ "$(units)" = "$before" ]
	fails lab systemctl --quiet is-active visitord-more.socket
	lab test -e "$versions/visitord_4.other-units+0-1.raw"
	upgrade 0
	[ "$output" = "visitord: '$versions/visitord_1.raw' is the newest" ]
}

@test "rollback finds the old version again, after it was removed" {
	run -1 --separate-stderr lab portable-admin rollback visitord
	[[ $stderr == *"no upgrade of 'visitord' is known"* ]]
	arrives 2
	upgrade 0 --settle=1
	lab rm "$versions/visitord_1.raw"
	lab portable-admin rollback --settle=1 visitord
	serves "$versions/visitord_1.raw"
	# Forward once more, if that is wanted.
	upgrade 0
	upgrade 0 --again --settle=1 "--image=$versions/visitord_2+0-1.raw"
	serves "$versions/visitord_2.raw"
}

# systemd deletes an image from there when it is detached.
@test "in /etc/portables both versions are there after an upgrade, and after a rollback" {
	lab systemctl disable --quiet --now visitord.socket
	lab systemctl stop visitord.service
	lab portablectl --quiet detach "$versions/visitord_1.raw" visitord
	lab rm -r "$versions"
	lab mkdir -p /etc/portables
	lab cp /root/visitord_1.raw /root/visitord_2.raw /etc/portables/
	lab portablectl --quiet attach --profile=sealed /etc/portables/visitord_1.raw visitord
	lab systemctl enable --quiet --now visitord.socket
	upgrade 0 --settle=1
	serves /etc/portables/visitord_2.raw
	lab cmp /root/visitord_1.raw /etc/portables/visitord_1.raw
	lab portable-admin rollback --settle=1 visitord
	serves /etc/portables/visitord_1.raw
	[ "$(lab sh -c 'cat /etc/portables/visitord_2*.raw | cmp - /root/visitord_2.raw && echo there')" = there ]
}

@test "hooks save the state before a version that writes another format, and bring it back" {
	answers
	lab mkdir -p /etc/portable-admin/visitord
	lab sh -c 'cat >/etc/portable-admin/visitord/before; chmod +x /etc/portable-admin/visitord/before' <<-'EOT'
		#!/bin/sh
		# Nothing runs, and nothing can be started.
		! systemctl --quiet is-active visitord.service && ! systemctl --quiet is-active visitord.socket || exit 1
		rm -rf /var/lib/saved
		cp -a /var/lib/private/visitord /var/lib/saved
		for file in /var/lib/private/visitord/*; do echo "another format" >"$file"; done
	EOT
	lab sh -c 'cat >/etc/portable-admin/visitord/undo; chmod +x /etc/portable-admin/visitord/undo' <<-'EOT'
		#!/bin/sh
		[ -n "$PORTABLE_OLD" ] && [ -n "$PORTABLE_NEW" ] && [ "$PORTABLE_NAME" = visitord ] || exit 1
		cp -a /var/lib/saved/. /var/lib/private/visitord/
	EOT
	arrives 3.fails-at-start
	upgrade 3 --settle=1
	serves "$versions/visitord_1.raw"
	[ "$(($(lab curl --silent http://127.0.0.1:8080/ | tr -dc 0-9)))" -gt 2 ]
	# What was kept for the way back is gone, where it is not needed.
	[ -z "$(lab find "$versions" -name '.*')" ]
	lab sh -c 'echo "exit 7" >>/etc/portable-admin/visitord/before'
	arrives 2
	upgrade 3 --settle=1
	[[ $stderr == *"the hook 'before' ended with status 7"* ]]
	serves "$versions/visitord_1.raw"
}

@test "a hook ends with the upgrade that runs it, and reads nothing" {
	arrives 2
	lab mkdir -p /etc/portable-admin/visitord
	lab sh -c 'cat >/etc/portable-admin/visitord/before; chmod +x /etc/portable-admin/visitord/before' <<-'EOT'
		#!/bin/sh
		! read -r line || exit 1
		exec sleep 1001
	EOT
	lab portable-admin upgrade --settle=1 visitord 3>&- < <(yes) &
	upgrade=$!
	eventually lab pgrep --full 'sleep 1001'
	lab pkill -KILL -x portable-admin
	wait "$upgrade" || [ $? -eq 137 ]
	eventually hook_has_ended
	lab rm /etc/portable-admin/visitord/before
	upgrade 0 --settle=1
	serves "$versions/visitord_2.raw"
}

hook_has_ended() {
	! lab pgrep --full 'sleep 1001'
}

upgraded_to() { # VERSION
	lab portable-admin status | grep -qx "visitord: $versions/visitord_$1.raw" &&
		[ "$(lab systemctl is-active portable-admin@visitord.service)" = "${2-inactive}" ]
}

@test "a version that arrives is attached by itself, once that is enabled, and so is one at boot" {
	lab mkdir -p /etc/systemd/system/portable-admin@.service.d
	lab sh -c 'printf "[Service]\nEnvironment=\"OPTIONS=--settle=1 --check=\047touch /run/checked\047\"\n" >/etc/systemd/system/portable-admin@.service.d/settle.conf'
	lab systemctl enable --quiet --now portable-admin@visitord.service
	arrives 2
	eventually upgraded_to 2
	serves "$versions/visitord_2.raw"
	lab test -e /run/checked
	arrives 3.fails-at-start
	eventually upgraded_to 2 failed
	serves "$versions/visitord_2.raw"
	# As at boot: what was cut off is undone, and the version is tried once more.
	lab systemctl stop portable-admin@visitord.path
	arrives 4.other-units
	run -137 lab kill-at 40 portable-admin upgrade --settle=1 visitord
	lab systemctl start portable-admin@visitord.service
	serves "$versions/visitord_4.other-units.raw"
}

@test "after a loss of power that left files empty, the next call undoes and tries again" {
	for file in visitord.service visitord.service.d/20-portable.conf; do
		arrives 2
		# While it settles: the new version is attached, and nothing else is written.
		kill_when_attached
		lab sh -c ": >/etc/systemd/system.attached/$file; : >/etc/systemd/system.attached/visitord.service; systemctl daemon-reload"
		upgrade 0 --settle=1
		serves "$versions/visitord_2.raw"
		upgrade 0 --again --settle=1 "--image=$versions/visitord_1.raw"
		lab rm -rf /var/lib/portable-admin "$versions/visitord_2.raw"
	done
}

kill_when_attached() {
	lab portable-admin upgrade --settle=1000 visitord 3>&- &
	eventually lab grep -q visitord_2 /etc/systemd/system.attached/visitord.service.d/20-portable.conf
	eventually lab pkill -KILL -x portable-admin
	wait $! || [ $? -eq 137 ]
}

@test "a check that never says 0 ends on the old version, one that hangs as well" {
	lab sh -c 'cat >/root/check; chmod +x /root/check' <<-'EOT'
		#!/bin/sh
		curl --silent --fail http://127.0.0.1:8080/ >/dev/null || exit 1
		! grep -q visitord_2 /etc/systemd/system.attached/visitord.service.d/20-portable.conf || eval "$1"
	EOT
	for does in 'exit 5' 'sleep 1000'; do
		arrives 2
		upgrade 3 --settle=1 "--check=/root/check '$does'"
		serves "$versions/visitord_1.raw"
		lab sh -c "rm $versions/visitord_2*; rm /var/lib/portable-admin/visitord.marks"
	done
	fails lab pgrep --full 'sleep 1000'
}

@test "without room for its notes, without the profile, or as another user, nothing changes" {
	before=$(units)
	arrives 2 +3-0
	lab sh -c 'mkdir -p /var/lib/portable-admin && mount -t tmpfs -o size=4k tmpfs /var/lib/portable-admin && head -c 4096 /dev/zero >/var/lib/portable-admin/full'
	upgrade 1
	lab umount /var/lib/portable-admin
	serves "$versions/visitord_1.raw"
	[ "$(units)" = "$before" ]
	upgrade 1 --profile=seal
	[[ $stderr == *"there is no profile 'seal', and systemd would attach without one"* ]]
	serves "$versions/visitord_1.raw"
	run -1 --separate-stderr lab setpriv --reuid=65534 --clear-groups portable-admin upgrade visitord
	[ "$stderr" = 'portable-admin: only root attaches images; run it as root' ]
}

@test "nobody who connects during upgrades is refused or left without an answer" {
	lab_pid=$(cut -d ' ' -f 1 "$LAB_STATE/init")
	nsenter --target "$lab_pid" --net -- build/tools/visitors --clients=8 --requests=2000 --gap=1-5 8080 >"$BATS_TEST_TMPDIR/load" 2>&1 3>&- &
	visitors=$!
	n=0
	while [ -e "/proc/$visitors" ]; do
		upgrade 0 --again --settle=1 "--image=/root/visitord_$((2 - n % 2)).raw"
		n=$((n + 1))
	done
	wait "$visitors" || { cat "$BATS_TEST_TMPDIR/load"; false; }
	echo "$n upgrades: $(<"$BATS_TEST_TMPDIR/load")"
	((n > 2))
	grep -q '^answered=16000 broken=0 refused=0 twice=0 ' "$BATS_TEST_TMPDIR/load"
}

# Other calls with each commit; all of them with KILL_PART=0/1.
@test "killed at any system call, it leaves a version that serves, or the next call makes one serve" {
	part=${KILL_PART:-$(($(git rev-list --count HEAD 2>/dev/null || echo 0) % 40))/40}
	lab cp /root/visitord_2.raw "$versions/"
	for ((n = ${part%/*} + 1; ; n += ${part#*/})); do
		run lab kill-at "$n" portable-admin upgrade --again --settle=1 "--image=$versions/visitord_2.raw" visitord
		[ "$status" -eq 137 ] || break
		echo "killed at $n"
		answers || echo 'nothing serves: it was stopped'
		upgrade 0 --settle=1 "--image=$versions/visitord_2.raw"
		serves "$versions/visitord_2.raw"
		upgrade 0 --again --settle=1 "--image=$versions/visitord_1.raw"
		lab rm -rf /var/lib/portable-admin
	done
	[ "$status" -eq 0 ]
	((n > 50))
}
