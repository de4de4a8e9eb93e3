# SPDX-License-Identifier: LGPL-2.1-or-later
# The lab itself: a real systemd comes up, commands reach it as if they ran
# there, portable images attach, and nothing stays behind.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines, lab.bash sets lab_tool
bats_require_minimum_version 1.5.0

load ../lab

setup_file() {
	lab_setup_file
}

teardown_file() {
	lab_teardown_file
}

# A test that failed half way must not leave its second lab behind.
teardown() {
	"$lab_tool" down "$BATS_TEST_TMPDIR/other"
}

# Makes a portable image of one unit, as small as it can be: make_image FOLDER NAME.
make_image() {
	local tree=$1/tree

	mkdir -p "$tree"/{proc,sys,dev,run,tmp,var/tmp,var/lib/"$2",etc} "$tree"/usr/{bin,lib/systemd/system}
	: >"$tree/etc/machine-id"
	: >"$tree/etc/resolv.conf"
	printf 'ID=%s\nPORTABLE_PREFIXES=%s\n' "$2" "$2" >"$tree/usr/lib/os-release"
	cat >"$tree/usr/lib/systemd/system/$2.service" <<-END
		[Service]
		Type=exec
		DynamicUser=yes
		StateDirectory=$2
		ExecStart=/usr/bin/wait
	END
	musl-gcc -static -Os -x c -o "$tree/usr/bin/wait" - <<-'END'
		#include <unistd.h>
		int main(void)
		{
			pause();
		}
	END
	mksquashfs "$tree" "$1/$2_1.raw" -all-root -quiet -no-progress >&2
}

# The processes in a cgroup, but not those that have ended: in a container whose PID 1
# waits for nobody they stay in /proc for ever, and their cgroup's name with them.
members() { # CGROUP
	local file stat

	grep -lF "/$1" /proc/[0-9]*/cgroup 2>/dev/null | while read -r file; do
		stat=$(cat "${file%/*}/stat" 2>/dev/null) || continue
		[[ ${stat##*) } == Z* ]] || echo "$stat"
	done
}

no_members() { # CGROUP
	[ -z "$(members "$1")" ]
}

# What a lab in FOLDER could leave on the host: leftovers FOLDER CGROUP.
leftovers() {
	grep -F "$1" /proc/self/mounts || :
	pgrep -af "$1" || :
	losetup --list --noheadings --output NAME,BACK-FILE | grep -F "$(basename "$1")" || :
	members "$2"
	find /sys/fs/cgroup -type d -name "$2" 2>/dev/null || :
}

nothing_left() {
	[ -z "$(leftovers "$@")" ] || {
		leftovers "$@"
		return 1
	}
}

@test "systemd is PID 1 and has started everything it wanted to" {
	run -0 lab systemctl is-system-running
	[ "$output" = running ]
	run -0 lab cat /proc/1/comm
	[ "$output" = systemd ]
}

@test "run passes on stdin, stdout, stderr and the exit status" {
	run -7 --separate-stderr lab sh -c 'cat; echo complaint >&2; exit 7' <<<"a question"
	[ "$output" = "a question" ]
	[ "$stderr" = complaint ]
}

@test "run passes on arguments as they are" {
	run -0 lab printf '[%s]' 'a  b' '' '*' "\$HOME"
	[ "$output" = "[a  b][][*][\$HOME]" ]
}

@test "net runs a program of this machine in the network of the lab, with its status" {
	lab ip link set lo up
	lab systemd-run --quiet systemd-socket-activate --accept --inetd -l 127.0.0.1:99 echo "from inside"
	asked() { [ "$("$lab_tool" net "$LAB_STATE" curl -sS telnet://127.0.0.1:99 </dev/null)" = "from inside" ]; }
	eventually asked
	touch "$BATS_TEST_TMPDIR/ours"
	run -7 "$lab_tool" net "$LAB_STATE" sh -c "test -e '$BATS_TEST_TMPDIR/ours' && exit 7"
}

@test "push copies files and directories, owned by root, and follows links inside only" {
	local from=$BATS_TEST_TMPDIR/from
	mkdir -p "$from/directory"
	echo one >"$from/one"
	echo two >"$from/directory/two"
	chown 1234 "$from/one"
	lab mkdir /root/target
	lab ln -s /root/target /root/link # an absolute link: on the host it leads elsewhere

	lab_push "$from/one" "$from/directory" /root/link

	run -0 lab cat /root/target/one /root/target/directory/two
	[ "$output" = $'one\ntwo' ]
	run -0 lab stat -c %u /root/target/one
	[ "$output" = 0 ]
}

@test "a service sees its credentials, as it would on a machine" {
	run -0 lab systemd-run --quiet --wait --pipe -p DynamicUser=yes -p PrivateMounts=yes \
		-p SetCredential=token:secret sh -c "cat \$CREDENTIALS_DIRECTORY/token"
	[ "$output" = secret ]
}

@test "log shows what the units wrote" {
	lab systemd-run --quiet --wait -p StandardOutput=journal echo "a line for the journal"
	lab journalctl --sync
	run -0 lab_log
	[[ $output == *"a line for the journal"* ]]
}

@test "a raw image attaches, its service runs, and detaches" {
	make_image "$BATS_TEST_TMPDIR" tiny
	lab_push "$BATS_TEST_TMPDIR/tiny_1.raw" /root

	lab portablectl attach --profile=strict /root/tiny_1.raw tiny
	lab systemctl start tiny.service
	run -0 lab systemctl show -P ActiveState tiny.service
	[ "$output" = active ]
	lab test -d /var/lib/private/tiny
	lab systemctl stop tiny.service
	lab portablectl detach /root/tiny_1.raw tiny

	run -0 lab portablectl is-attached /root/tiny_1.raw # 0 whatever it prints
	[ "$output" = detached ]
}

@test "the tree is never written to" {
	local tree
	tree=$("$lab_tool" tree)
	lab touch /etc/written
	[ ! -e "$tree/etc/written" ]
}

@test "two labs at once know nothing of each other" {
	local other=$BATS_TEST_TMPDIR/other
	"$lab_tool" up "$other"
	lab touch /root/ours
	run -1 "$lab_tool" run "$other" test -e /root/ours
	run -0 "$lab_tool" run "$other" systemctl is-system-running
	[ "$output" = running ]
	"$lab_tool" down "$other"
	run -0 lab systemctl is-system-running
}

@test "down leaves nothing: no process, mount, cgroup, loop device, file" {
	local other=$BATS_TEST_TMPDIR/other cgroup
	"$lab_tool" up "$other"
	cgroup=$(<"$other/cgroup")
	make_image "$BATS_TEST_TMPDIR" leaver-$$
	"$lab_tool" push "$other" "$BATS_TEST_TMPDIR/leaver-$$_1.raw" /root
	"$lab_tool" run "$other" portablectl attach --now --enable "/root/leaver-$$_1.raw"
	"$lab_tool" run "$other" systemctl is-active "leaver-$$.service"
	# The worst case: a loop device without a user, which the kernel keeps until told otherwise.
	"$lab_tool" run "$other" sh -c "truncate -s 1M /root/leaver-$$_bare && losetup --find /root/leaver-$$_bare"
	losetup --list | grep "leaver-$$_bare"

	"$lab_tool" down "$other"

	nothing_left "$other" "$cgroup"
	run losetup --list
	[[ $output != *leaver-$$* ]]
	[ -z "$(ls -A "$other")" ]
}

@test "up that is told to stop leaves nothing" {
	local other=$BATS_TEST_TMPDIR/other pid cgroup status=0
	"$lab_tool" up "$other" 3>&- &
	pid=$!
	eventually test -s "$other/launcher"
	cgroup=$(<"$other/cgroup")
	kill "$pid"
	wait "$pid" || status=$?

	[ "$status" -eq 143 ]
	[ ! -e "$other/cgroup" ]
	eventually nothing_left "$other" "$cgroup"
}

@test "a script that is told to stop takes its lab down in a trap" {
	local other=$BATS_TEST_TMPDIR/other pid cgroup
	bash -c '
		trap "\"$1\" down \"$2\"; exit 143" TERM
		"$1" up "$2" && : >"$2.ready"
		"$1" run "$2" sleep 1000 & wait' script "$lab_tool" "$other" 3>&- &
	pid=$!
	eventually test -e "$other.ready"
	cgroup=$(<"$other/cgroup")
	kill "$pid"

	eventually test ! -e "$other/cgroup"
	eventually nothing_left "$other" "$cgroup"
}

# A process that has ended, reaped or not.
has_ended() { # PID
	local stat
	# Not $(<FILE): under "set -e" bash 5.2 ends when the file is missing, even before "||".
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	[[ ${stat##*) } == Z* ]]
}

@test "a lab that was killed is cleared away by the next up, or by down" {
	local other=$BATS_TEST_TMPDIR/other cgroup pid step
	for step in up down; do
		"$lab_tool" up "$other"
		cgroup=$(<"$other/cgroup")
		read -r pid _ <"$other/launcher"
		kill -KILL "$pid"
		eventually has_ended "$pid"

		"$lab_tool" "$step" "$other"

		# Of the first lab, since with "up" there is another in the same directory.
		[ "$cgroup" != "$(cat "$other/cgroup" 2>&1)" ]
		eventually no_members "$cgroup"
		[ -z "$(find /sys/fs/cgroup -type d -name "$cgroup")" ]
		"$lab_tool" down "$other"
		nothing_left "$other" "$cgroup"
	done
}

# Runs a script in a chroot that is no mount point: in_chroot PROPAGATION SCRIPT. The
# script's lab is of the tree /srv.
in_chroot() {
	mkdir -p "$BATS_TEST_TMPDIR/chroot"
	unshare --mount --propagation "$1" "$BASH" -eu -c '
		root=$1/${2##*/}
		mount --bind "${2%/*}" "$1"
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/tmp"
		mount --bind "$2" "$root/srv"
		mount --bind "$3" "$root/mnt"
		PATH+=:/usr/sbin:/sbin
		exec chroot "$root" /bin/bash -eu -c "
			lab() { command=\$1; shift; /mnt/tools/lab \"\$command\" /tmp/lab \"\$@\"; }
			$4"
	' in_chroot "$BATS_TEST_TMPDIR/chroot" "$("$lab_tool" tree)" "$BATS_TEST_DIRNAME/../.." "$2"
}

@test "in a chroot a lab comes up, its services have user namespaces, and nothing is left" {
	run -0 in_chroot private '
		lab up /srv
		trap "lab down" EXIT
		cat /tmp/lab/cgroup
		lab run systemctl is-system-running
		lab run systemd-run --quiet --wait --pipe -p PrivateUsers=yes readlink /proc/self/ns/user'
	[ "${lines[1]}" = running ]
	[[ ${lines[2]} == user:* && ${lines[2]} != "$(readlink /proc/self/ns/user)" ]]
	nothing_left "$BATS_TEST_TMPDIR/chroot" "${lines[0]}"
}

@test "in a chroot on a shared mount no lab is made, since its mounts would be seen outside" {
	run -1 --separate-stderr in_chroot shared 'lab up /srv'
	[[ $stderr == "lab: this chroot lies on a shared mount; bind it onto itself"* ]]
}

@test "down without a lab is no error" {
	"$lab_tool" down "$BATS_TEST_TMPDIR"
	"$lab_tool" down "$BATS_TEST_TMPDIR/missing"
}

@test "without root it says so and ends with 2" {
	# A copy, where others may come: the checkout may lie in root's home.
	copy=$(mktemp -d)
	chmod 755 "$copy"
	cp "$lab_tool" "$copy/"
	run -2 --separate-stderr setpriv --reuid=65534 --clear-groups "$copy/lab" up "$BATS_TEST_TMPDIR/other"
	rm -r "$copy"
	[[ $stderr == "lab: needs root"* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "a word in LAB_PACKAGES that cannot be a package is refused, and no tree is made" {
	for word in Knot 'knot=3' knot,curl -oDir knot- '*' '~i' ../x "knot'"; do
		LAB_PACKAGES="curl $word" MKPORTABLE_CACHE=$BATS_TEST_TMPDIR/cache \
			run -2 --separate-stderr "$lab_tool" tree
		[ "$stderr" = "lab: LAB_PACKAGES: not the name of a package: '$word'; \"lab --help\" says more" ]
	done
	[ ! -e "$BATS_TEST_TMPDIR/cache" ]
}

@test "called wrongly, it says so and ends with 2" {
	run -2 --separate-stderr "$lab_tool"
	run -2 --separate-stderr "$lab_tool" fly
	[ "$stderr" = "lab: unknown command 'fly'; \"lab --help\" says more" ]
	run -2 --separate-stderr "$lab_tool" run "$LAB_STATE"
	[ -z "$output" ]
}
