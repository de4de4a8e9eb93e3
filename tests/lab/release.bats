#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A host follows a release over HTTP, as the page of the release says: systemd 257 and the newest by
# systemd-sysupdate, 252 by curl and gpgv. It takes a new version by its timer and nothing that is
# not what was signed, never the same bad version twice, and keeps four.

bats_require_minimum_version 1.5.0
load ../lab
load ../release

setup_file() {
	lab_needs_root
	release_keys
	for version in 1 2 3 4 5; do
		release_image visitord "$version" >/dev/null
	done
}

teardown_file() {
	release_keys_end
}

setup() {
	BATS_TEST_DIRNAME=${BATS_TEST_DIRNAME%/lab} in_scratch
	export GNUPGHOME=$KEYS
	state=$BATS_TEST_TMPDIR/lab
	server=''
}

teardown() {
	[ -z "${server-}" ] || kill "$server"
	[ ! -e "$BATS_TEST_TMPDIR/lab" ] || "$lab_tool" down "$BATS_TEST_TMPDIR/lab"
}

host() { # COMMAND...
	"$lab_tool" run "$state" "$@"
}

publish() { # VERSION
	release --url=http://127.0.0.1:8000 "$IMAGES/$1/visitord_$1.raw"
}

# The lines of the page, as an administrator copies them: install_lines PATTERN.
lines_of_page() {
	python3 - "$1" <<-'EOT'
		import html, re, sys
		page = open("release/index.html").read()
		for block in re.findall(r"<pre>(.*?)</pre>", page, re.S):
		    if sys.argv[1] in block:
		        print(html.unescape(block))
	EOT
}

attached() {
	host sed -n 's/^RootImage=//p' /etc/systemd/system.attached/visitord.service.d/20-portable.conf
}

follows() { # VERSION
	[[ $(attached) == */visitord_"$1"[+.]* ]]
}

update() {
	host systemctl start portable-update@visitord.service
}

# The newest systemd keeps a file with a dot, of which nothing is taken.
images_there() {
	host find /var/lib/portables -name 'visitord*.raw' ! -name '.*' | sort
}

# Nothing of what was published since is taken.
refuses() { # LINE-OF-THE-JOURNAL
	local before

	before=$(images_there)
	host journalctl --sync
	cursor=$(host journalctl --lines=0 --show-cursor --quiet | sed 's/^-- cursor: //')
	run ! update
	host journalctl --sync
	host journalctl --after-cursor="$cursor" --unit=portable-update@visitord --no-pager --output=cat >said
	cat said
	grep -q "$1" said
	[ "$(images_there)" = "$before" ]
	follows 2
}

# A host with systemd of this suite, from the first installation to the fifth version.
follow() { # SUITE, and the reason for refusing: SIGNATURE SUM MISSING OLD
	"$lab_tool" up "$state" "$1"
	host ip link set lo up
	"$lab_tool" push "$state" "$repository/profiles/sealed" /usr/lib/systemd/portable/profile/
	publish 1
	(cd release && exec "$lab_tool" net "$state" python3 -m http.server 8000 --bind 127.0.0.1) >http.log 2>&1 3>&- &
	server=$!
	eventually host curl -fsS -o /dev/null http://127.0.0.1:8000/SHA256SUMS 2>/dev/null

	lines_of_page visitord.host.tar >install
	host bash -euo pipefail -c "cd /root; $(<install)"
	host cmp /etc/systemd/import-pubring.gpg /etc/systemd/import-pubring.pgp
	update
	case $1 in
	bookworm) host portablectl attach --quiet --now --enable --profile=sealed /var/lib/portables/visitord_1.raw visitord ;;
	*) host portablectl attach --quiet --now --enable --profile=sealed visitord visitord ;;
	esac
	follows 1
	[[ $(host curl -fsS http://127.0.0.1:8080/) == *'#1!' ]]

	# By its timer, with the profile that it had and the state that it kept.
	publish 2
	host mkdir -p /etc/systemd/system/portable-update@.timer.d
	host sh -c 'printf "[Timer]\nOnCalendar=*:*:*\nRandomizedDelaySec=0\nAccuracySec=100ms\n" >/etc/systemd/system/portable-update@.timer.d/often.conf'
	host systemctl daemon-reload
	host systemctl enable --quiet --now portable-update@visitord.timer
	eventually follows 2
	host systemctl disable --quiet --now portable-update@visitord.timer
	eventually fails host systemctl --quiet is-active portable-update@visitord.service
	[ "$(host readlink /etc/systemd/system.attached/visitord.service.d/10-profile.conf)" = /usr/lib/systemd/portable/profile/sealed/service.conf ]
	eventually host curl -fsS http://127.0.0.1:8080/ >answer
	[[ $(<answer) == *'#2!' ]]

	# Another's signature, other bytes, or none.
	publish 3
	cp -R release whole
	GNUPGHOME=$STRANGER gpg --batch --yes --quiet --output release/SHA256SUMS.gpg --detach-sign release/SHA256SUMS
	refuses "$2"
	cp whole/SHA256SUMS.gpg release/
	sed -i 's/visitord_3_/visitord_9_/' release/SHA256SUMS
	refuses "$2"
	cp whole/SHA256SUMS release/
	printf 'x' | dd of=release/visitord_3_x86-64.raw bs=1 seek=5000 conv=notrunc status=none
	refuses "$3"
	rm release/visitord_3_x86-64.raw
	refuses "$4"

	# Whole again. It turns out to be bad, and is marked so: back to the one before, for good.
	cp whole/visitord_3_x86-64.raw release/
	update
	follows 3
	host sh -c 'cd /var/lib/portables; for file in visitord_3*.raw visitord.raw.v/visitord_3*.raw; do
		[ ! -e $file ] || mv $file ${file%_3*.raw}_3+0-3.raw; done'
	update
	follows 2
	update
	follows 2
	for version in 4 5; do
		publish "$version"
		update
		follows "$version"
	done
	# The bad one takes no place of a good one.
	[[ "$(images_there)" != *+0-3* ]]
	[ "$(images_there | wc -l)" -eq 4 ]

	# A list that is old: 257 does not know what that is.
	sed -i 's/BEST-BEFORE-.*/BEST-BEFORE-2020-01-01/' release/SHA256SUMS
	gpg --batch --yes --quiet --output release/SHA256SUMS.gpg --detach-sign release/SHA256SUMS
	case $1 in
	trixie) update ;;
	*) run ! update ;;
	esac
	host journalctl --sync
	host journalctl --unit=portable-update@visitord --no-pager --output=cat --lines=20 >said
	cat said
	[ "$1" = trixie ] || grep -qi "$5" said
}

@test "a host with systemd 252 follows a release, with curl and gpgv" {
	follow bookworm 'signature of .* is not by a key' 'is not what SHA256SUMS says' 'cannot fetch .*visitord_3' 'best before 2020-01-01'
}

@test "a host with systemd 257 follows a release, with systemd-sysupdate" {
	follow trixie 'Signature verification failed' '[Cc]hecksum of' 'failed with code 404'
	# Once, by importctl.
	lines_of_page importctl | sed -n '/^importctl/s/ visitord$/ once/p' >import
	[ -s import ]
	host sh -euc "$(<import)" >said 2>&1 || {
		cat said
		false
	}
	host cmp /var/lib/portables/once.raw "$(attached)"
}

@test "a host with the newest systemd follows a release, with systemd-sysupdate" {
	follow forky 'Signature verification failed' '[Cc]hecksum of' 'failed with code 404' 'out-of-date'
}
