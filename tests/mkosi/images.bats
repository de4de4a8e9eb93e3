#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The images of `make mkosi`: what is configured gives no warning, what is in them is
# what `make install-services` installs, the one attaches and the other boots in a
# container, and they answer as the small images do. `make check-mkosi` builds them
# and runs this; vm.bats boots the second one as a machine.
# Needs: make mkosi

bats_require_minimum_version 1.5.0
load ../lab

load services

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_needs_root
	image=$(echo build/mkosi/services_*.raw)
	os=$(echo build/mkosi/services-os_*.raw)
	if [ ! -f "$image" ] || [ ! -f "$os" ]; then
		echo "run make mkosi first" >&2
		return 1
	fi
	export image os
	make_zone "$BATS_FILE_TMPDIR/key" "$BATS_FILE_TMPDIR/zone"
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push build/bin/dyndns-update "$BATS_FILE_TMPDIR/key" build/mkosi/services "$image" "$os" /root/
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	# read by services.bash
	# shellcheck disable=SC2034
	asker=(lab) updater=/root/dyndns-update key=/root/key
}

# Attaches units of the image under our profile, and starts their sockets.
attach() { # PREFIX...
	lab portablectl --quiet attach --profile=sealed "/root/${image##*/}" "$@"
	for prefix; do
		lab systemctl start "$prefix.socket"
	done
}

detach() { # PREFIX...
	for prefix; do
		lab systemctl stop "$prefix.socket" "$prefix.service"
	done
	lab portablectl --quiet detach "/root/${image##*/}" "$@"
}

@test "mkosi summary has no warning, for either profile" {
	# the tree that it may run in is there, after the build
	for profile in portable os; do
		run -0 --separate-stderr tools/mkosi --profile=$profile summary
		[ "$stderr" = "" ]
		[[ $output == *"Profiles: $profile"* ]]
	done
}

@test "id, version, time and seed are those of the repository" {
	version=$(make -s -f - print-version <<<'include Makefile
print-version: ; @echo $(VERSION)')
	epoch=$(env -u SOURCE_DATE_EPOCH make -s -f - print-epoch <<<'include Makefile
print-epoch: ; @echo $(SOURCE_DATE_EPOCH)')
	run -0 env -u VERSION -u SOURCE_DATE_EPOCH tools/mkosi --profile=portable --json summary
	python3 -c '
import json, sys
config = json.loads(sys.argv[1].strip("\x1e \n"))["Images"][-1]
assert config["ImageId"] == "services", config["ImageId"]
assert config["ImageVersion"] == sys.argv[2], config["ImageVersion"]
assert config["SourceDateEpoch"] == int(sys.argv[3]), config["SourceDateEpoch"]
' "$output" "$version" "$epoch"
	[ -f "build/mkosi/services_$version.raw" ]
	[ -f "build/mkosi/services-os_$version.manifest" ]
	# repart makes the ids of partitions from the seed and their type
	[ "$(lab systemd-dissect --json=short "/root/${os##*/}" | root_uuid)" = \
		"$(lab systemd-dissect --json=short "/root/${image##*/}" | root_uuid)" ]
}

root_uuid() {
	python3 -c 'import json, sys
print(*(m["partition_uuid"] for m in json.load(sys.stdin)["mounts"] if m["designator"] == "root"))'
}

@test "what is in both images is what make install-services installs" {
	for file in "$image" "$os"; do
		# shellcheck disable=SC2016 # the shell inside expands these
		lab systemd-dissect --image-policy=root=unprotected:=ignore --with "/root/${file##*/}" sh -c '
			root=$PWD
			cd /root/services && find . ! -type d | while IFS= read -r file; do
				cmp "$file" "$root/$file" || exit
			done'
	done
}

@test "os-release says what a portable image says of itself" {
	# shellcheck disable=SC2012 # directories, one word each
	prefixes=$(ls images | paste -sd ' ')
	run -0 lab systemd-dissect "/root/${image##*/}"
	for line in "PORTABLE_PREFIXES=$prefixes" ID=debian IMAGE_ID=services ARCHITECTURE=; do
		[[ $output == *" $line"* ]]
	done
	[[ $output == *'✓ portable service'* ]]
	run -0 lab portablectl inspect "/root/${image##*/}" "${some_services[@]}"
	for service in "${some_services[@]}"; do
		[[ $output == *"$service.socket"* ]]
	done
}

@test "mkportable lint has no error for the portable image, whichever units are taken" {
	for directory in images/*/; do
		prefix=$(basename "$directory")
		build/mkportable lint --prefix="$prefix" "$image"
	done
}

@test "the portable image attaches, and its services answer" {
	print_zone_credential "$BATS_FILE_TMPDIR/zone" | lab systemd-tmpfiles --create -
	attach "${some_services[@]}"
	everything_answers
	detach "${some_services[@]}"
	[ -z "$(lab portablectl list --no-legend)" ]
}

@test "the newest systemd, which pins an image policy, starts what it attached" {
	LAB_STATE=$BATS_TEST_TMPDIR/newest
	"$lab_tool" up "$LAB_STATE" forky
	lab mkdir -p /etc/systemd/portable/profile
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push "$image" /root/
	attach "$a_service"
	lab cat "/etc/systemd/system.attached/$a_service.service.d/20-portable.conf"
	lab grep -q 'RootImagePolicy=.*read-only-on+growfs-off' "/etc/systemd/system.attached/$a_service.service.d/20-portable.conf"
	within 60 answers "$a_service"
	detach "$a_service"
	lab_teardown_file
}

@test "the other image boots as a container, its sockets enabled, and answers on them and on no other port" {
	# nspawn wants an udev to answer before it opens an image, and the lab has none.
	lab mkdir -p /run/udev
	lab systemd-run --quiet --unit=no-udev systemd-socket-activate --seqpacket -l /run/udev/control sleep infinity
	lab mount -o remount,rw /sys
	print_zone_credential "$BATS_FILE_TMPDIR/zone" | lab tee /root/credential >/dev/null
	# Without the ESP: a container has no use for it, and this kernel perhaps no vfat.
	lab systemd-run --quiet --unit=container --property=Delegate=yes --property=KillMode=mixed \
		systemd-nspawn --quiet --register=no --keep-unit --machine=os --image="/root/${os##*/}" \
		--image-policy=root=unprotected:=ignore --load-credential=tmpfiles.extra:/root/credential \
		--set-credential=passwd.plaintext-password.root:secret --console=pipe --boot
	within 120 answers "$a_service"
	everything_answers

	leader=$(lab pgrep --parent "$(lab systemctl show --property=MainPID --value container.service)")
	inside=(lab nsenter --target="$leader" --all)
	[ "$("${inside[@]}" systemctl is-system-running --wait)" = running ]
	# what is reached from outside: our three, by TCP and UDP
	run -0 lab ss --no-header --tcp --udp --listening --numeric
	listed=$(awk '$5 !~ /^127\./ { n = split($5, a, ":"); print $1, a[n] }' <<<"$output" | sort -u | paste -sd,)
	[ "$listed" = "$all_ports" ]
	# the sockets are enabled; a second kind of one, and a timer, are there and are not
	for unit in images/*/*.{socket,timer}; do
		prefix=$(basename "${unit%/*}") name=${unit##*/}
		wanted=disabled
		[ "$name" != "$prefix.socket" ] || wanted=enabled
		run "${inside[@]}" systemctl is-enabled "$name"
		[ "$output" = "$wanted" ]
	done
	# the password came as a credential, and a distribution is underneath
	"${inside[@]}" grep -q '^root:\$' /etc/shadow
	"${inside[@]}" dpkg --status systemd >/dev/null
	lab systemctl stop container.service
}

@test "the bench of the examples sets an image of mkosi beside one of ours" {
	for example in $(tools/examples names); do
		[ -z "$(tools/examples packages "$example")" ] || break
	done
	EXAMPLES=$example run -0 --separate-stderr tests/bench/examples
	echo "$output
$stderr"
	[[ ${lines[2]} =~ ^\|\ $example\ \|\ [1-9][0-9]*\ \|\ ([0-9]+)\.[0-9]\ MB\ \|\ [1-9][0-9]{3}\ \|\ ([0-9]+)\.[0-9]\ MB ]]
	((BASH_REMATCH[2] > BASH_REMATCH[1]))
}
