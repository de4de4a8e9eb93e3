#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mkportable verify: a directory that mkportable release made is accepted, and each file that was
# changed, added or taken away is named: by a stranger, and by somebody who has the key.

bats_require_minimum_version 1.5.0
load helpers
load release

# A release with all there is, once; each test changes a copy of it.
setup_file() {
	release_keys
	in_scratch
	export GNUPGHOME=$KEYS
	cd "$BATS_FILE_TMPDIR"
	openssl req -x509 -newkey rsa:2048 -noenc -keyout key -out certificate -days 30 -subj /CN=release 2>/dev/null
	openssl req -x509 -newkey rsa:2048 -noenc -keyout other.key -out other.certificate -days 30 -subj /CN=other 2>/dev/null
	# What the images are built from, with a Makefile.
	mkdir -p sources/images
	cp -r "$repository/images/visitord" "$repository/images/qotd" sources/images/
	cat >sources/Makefile <<-EOT
		all: ; mkdir -p build && for i in visitord qotd; do $(command -v mkportable) build --os-release=$(readlink -f "$repository/os-release.in") --program-path=$(readlink -f "$repository/build/bin") --version=\$(VERSION) --output=build/\$\${i}_\$(VERSION).raw images/\$\$i || exit 1; done
	EOT
	git -C sources init --quiet
	commit 'first'
	make -C sources VERSION=1 >/dev/null
	mv sources/build/*.raw .
	SOURCE=git+file://$PWD/sources@$(git -C sources rev-parse HEAD)
	release --key=key --certificate=certificate --source="$SOURCE" --command="make VERSION=1" visitord_1.raw qotd_1.raw 2>log
	gpg --export release@example.org >keyring
	gpg --armor --export release@example.org >keyring.asc
	GNUPGHOME=$STRANGER gpg --export >stranger
	machine=$(mkportable show --json visitord_1.raw | jq -r .architecture)
	export SOURCE NAME=visitord_1_$machine FILES=$BATS_FILE_TMPDIR
}

commit() { # MESSAGE
	git -C sources add Makefile images
	git -C sources -c user.name=a -c user.email=a@example.org commit --quiet --message="$1"
}

teardown_file() {
	release_keys_end
}

setup() {
	in_scratch
	export GNUPGHOME=$KEYS
	cp -r "$FILES/release" .
}

# shellcheck disable=SC2120 # options may be given
verify() { # [OPTION]...
	mkportable verify --keyring="$FILES/keyring" "$@" release
}

# Succeeds if exactly this file is refused, for a reason with these words.
refused() { # FILE WORDS [OPTION]...
	run -1 --separate-stderr verify "${@:3}"
	echo "is: $stderr"
	[[ $output != *'are as released'* ]]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} == "mkportable-verify: $1: "*"$2"* ]]
	[ "${stderr_lines[1]}" = 'mkportable-verify: 1 of it is not as released' ]
}

# What somebody who has the key can do: the list is made and signed again.
list_again() { # DIRECTORY
	(cd "$1" && rm SHA256SUMS* && find . -maxdepth 1 -type f -printf '%P\0' | sort -z | xargs -0 sha256sum >"$BATS_TEST_TMPDIR/SHA256SUMS" &&
		mv "$BATS_TEST_TMPDIR/SHA256SUMS" . && gpg --batch --detach-sign --output SHA256SUMS.gpg SHA256SUMS)
}

# Another byte, in the middle.
tamper() { # FILE
	local at=$(($(stat --format=%s "$1") / 2))

	if [ "$(tail -c +$((at + 1)) "$1" | head -c 1)" = x ]; then printf y; else printf x; fi |
		dd of="$1" bs=1 seek=$at conv=notrunc status=none
}

@test "a release is accepted, with a keyring of either form and with gpg's own" {
	run -0 --separate-stderr verify
	echo "$output$stderr"
	[ -z "$stderr" ]
	[[ ${lines[-1]} =~ ^[0-9]+\ files\ and\ 4\ images\ are\ as\ released$ ]]
	[[ ${lines[0]} =~ ^release/SHA256SUMS:\ signed\ by\ [0-9A-F]{40}$ ]]
	mkportable verify --keyring="$FILES/keyring.asc" release
	mkportable verify --certificate="$FILES/certificate" release/
}

@test "each file with a changed byte is refused by name" {
	local file

	# Of the whole release, but for the two lists and what signs them.
	while IFS= read -r file; do
		tamper "$file"
		echo "$file"
	done < <(find release -type f ! -name 'SHA256SUMS*') >tampered
	run -1 --separate-stderr verify
	echo "$stderr"
	while IFS= read -r file; do
		grep -qF "mkportable-verify: $file: not what was released: " <<<"$stderr"
	done <tampered
	[ "$(wc -l <tampered)" -ge 20 ]

	for file in release/SHA256SUMS{,.gpg,.asc} release/signed/SHA256SUMS; do
		rm -r release
		cp -r "$FILES/release" .
		tamper "$file"
		run -1 --separate-stderr verify
		grep -qF "mkportable-verify: $file" <<<"$stderr"
	done
}

@test "an image, its provenance and its bill of materials are refused also when the list was signed again" {
	cp "release/$NAME.raw" kept.raw
	cp "$(release_image visitord 2)" "release/$NAME.raw"
	list_again release
	run -1 --separate-stderr verify
	echo "$stderr"
	[[ $stderr == *"mkportable-verify: release/$NAME.raw: it is another image than its name says: visitord 2 for "* ]]
	[[ $stderr == *"mkportable-verify: release/$NAME.intoto.jsonl: not the provenance of $NAME.raw"* ]]

	cp release/qotd_1_*.raw "release/$NAME.raw"
	list_again release
	run -1 --separate-stderr verify
	[[ $stderr == *"mkportable-verify: release/$NAME.raw: it has errors, which mkportable lint names"* ]]

	cp kept.raw "release/$NAME.raw"
	printf '{}\n' >"release/$NAME.cdx.json"
	list_again release
	refused "release/$NAME.cdx.json" 'bill of materials'
	cp "$FILES/release/$NAME.cdx.json" release/
	printf 'x' >"release/$NAME.raw"
	list_again release
	run -1 --separate-stderr verify
	[[ $stderr == *"mkportable-verify: release/$NAME.raw: cannot be read as an image"* ]]
}

@test "provenance is refused when it is not signed by the certificate, or of something else" {
	run -1 --separate-stderr verify --certificate="$FILES/other.certificate"
	[[ $stderr == *"release/$NAME.intoto.jsonl: its signature is not by the key of $FILES/other.certificate"* ]]
	jq -c '.payload |= (@base64d | sub("make VERSION=1"; "make VERSION=2") | @base64)' "release/$NAME.intoto.jsonl" >changed
	cp changed "release/$NAME.intoto.jsonl"
	list_again release
	refused "release/$NAME.intoto.jsonl" 'its signature is not by the key of'
	for wrong in '{}' '[]' '"' '{"payload":"x","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"%"}]}'; do
		printf '%s\n' "$wrong" >"release/$NAME.intoto.jsonl"
		list_again release
		refused "release/$NAME.intoto.jsonl" ''
	done
}

@test "a signed disk image that was signed by another is refused by name" {
	mkportable sign --key="$FILES/other.key" --certificate="$FILES/other.certificate" --output=visitord_1.raw "$FILES/visitord_1.raw"
	cp visitord_1.raw "release/signed/$NAME.raw"
	list_again release/signed
	refused "release/signed/$NAME.raw" ''
}

@test "files that are missing, not listed, links or listed twice are named, and a list of no release" {
	rm "release/$NAME.raw"
	run -1 --separate-stderr verify
	[[ ${stderr_lines[0]} == "mkportable-verify: release/$NAME.raw: missing, although it is on the list"* ]]
	ln -s "$FILES/release/$NAME.raw" "release/$NAME.raw"
	refused "release/$NAME.raw" 'not a regular file'
	cp --remove-destination "$FILES/release/$NAME.raw" release/
	echo >release/$'new\e[31m.raw'
	refused 'release/new?[31m.raw' 'not on the list of sums'
	rm release/new*
	# Nobody writes into it, so whoever opens it waits.
	rm release/SHA256SUMS.asc
	mkfifo release/SHA256SUMS.asc
	run -1 --separate-stderr timeout 30 mkportable verify --keyring="$FILES/keyring" release
	[ "${stderr_lines[0]}" = 'mkportable-verify: release/SHA256SUMS.asc: not a regular file' ]
	rm release/SHA256SUMS.asc
	run -0 verify
	{
		head -n 1 "$FILES/release/SHA256SUMS"
		echo "$(sha256sum </dev/null | cut -c 1-64)  ../outside"
		echo "$(sha256sum </dev/null | cut -c 1-64)  BEST-BEFORE-2020-02-02"
	} >>release/SHA256SUMS
	gpg --batch --yes --detach-sign --output release/SHA256SUMS.gpg release/SHA256SUMS
	run -1 --separate-stderr verify
	[[ $stderr == *"' is on it twice"*"'$(sha256sum </dev/null | cut -c 1-64)  ../outside'"*'too old: it was good until 2020-02-02'* ]]
}

@test "without a signature, or with one of a stranger, nothing is accepted but by --unsigned" {
	run -1 --separate-stderr mkportable verify --keyring="$FILES/stranger" release
	[[ ${stderr_lines[0]} == "mkportable-verify: release/SHA256SUMS.gpg: not a good signature of SHA256SUMS by a key of $FILES/stranger"* ]]
	GNUPGHOME=$STRANGER run -1 --separate-stderr mkportable verify release
	run -1 --separate-stderr mkportable verify --unsigned release
	rm release/SHA256SUMS.{gpg,asc} release/signed/SHA256SUMS.{gpg,asc}
	run -1 --separate-stderr verify
	[[ ${stderr_lines[0]} == 'mkportable-verify: release/SHA256SUMS.gpg: missing: nobody has signed'* ]]
	mkportable verify --unsigned release
}

@test "a signature by a key that was revoked is refused, with a keyring and with gpg's own" {
	# A socket of gpg's agent has a short path.
	GNUPGHOME=$(mktemp -d)
	cp -r "$KEYS"/{private-keys-v1.d,openpgp-revocs.d,pubring.kbx,trustdb.gpg} "$GNUPGHOME"
	sed 's/^:---/---/' "$GNUPGHOME"/openpgp-revocs.d/*.rev | gpg --batch --quiet --import
	gpg --export >revoked
	run --separate-stderr mkportable verify release
	own=$status:${stderr_lines[0]}
	run --separate-stderr mkportable verify --keyring=revoked release
	other=$status:${stderr_lines[0]}
	run --separate-stderr mkportable release --output=release --gpg-key=release@example.org "$FILES/visitord_1.raw"
	gpgconf --kill all
	rm -r "$GNUPGHOME"
	echo "$own, $other, $status:$stderr"
	[ "$status" -eq 1 ] && [[ $stderr == "mkportable-release: 'release/SHA256SUMS' does not have a good signature of a key of yours; "* ]]
	[[ $own == '1:mkportable-verify: release/SHA256SUMS.gpg: not a good signature of SHA256SUMS by a key of gpg(1); '* ]]
	[[ $other == '1:mkportable-verify: release/SHA256SUMS.gpg: not a good signature of SHA256SUMS by a key of revoked; '* ]]
}

@test "--rebuild makes the same bytes of the sources, and names an image that they do not give" {
	run -0 --separate-stderr verify --rebuild
	echo "$output$stderr"
	[[ ${lines[-1]} == *' 4 images are as released, 2 built again to the same bytes' ]]

	# released from other sources than it says
	pushd "$FILES" >/dev/null
	sed -i 's/^Description=.*/&, changed/' sources/images/visitord/visitord.service
	commit 'second'
	popd >/dev/null
	mkportable release --output=lie --gpg-key=release@example.org --source="${SOURCE%@*}@$(git -C "$FILES/sources" rev-parse HEAD)" \
		--command='make VERSION=1' "$FILES/visitord_1.raw" 2>log
	run -1 --separate-stderr mkportable verify --rebuild --source="$FILES/sources" lie
	[[ ${stderr_lines[0]} == "mkportable-verify: lie/$NAME.raw: other bytes than 'make VERSION=1' makes of commit "* ]]
	mkportable verify lie
}

@test "--rebuild runs no command but make, and nothing of a list that is not verified" {
	for command in "touch $PWD/ran" "make all;touch $PWD/ran" 'make $(touch ran)' 'make -C /; touch ran' 'cmake'; do
		rm -rf other
		mkportable release --output=other --gpg-key=release@example.org --source="$SOURCE" --command="$command" "$FILES/visitord_1.raw" 2>log
		run -1 --separate-stderr mkportable verify --rebuild other
		[[ ${stderr_lines[0]} == "mkportable-verify: other/$NAME.raw: cannot be built again: its provenance names no commit and command of make" ]]
		[ ! -e ran ]
	done
	GNUPGHOME=$STRANGER run -1 --separate-stderr mkportable verify --rebuild --source=/nonexistent release
	[[ $stderr != *'cannot get commit'* ]]
}

@test "ci/release releases the version of the tag with a key that nothing else sees, and verifies it" {
	mkdir -p stubs sources/ci sources/build
	cp "$repository/ci/release" sources/ci/
	ln -s "$(command -v mkportable)" sources/build/mkportable
	cat >stubs/make <<-'EOT'
		#!/bin/sh
		set -eu
		[ -z "${GPG_SECRET_KEY-}" ]
		echo "$GNUPGHOME $*" >"$FILES/make"
		for variable; do
			case $variable in
			RELEASE=* | GPG_KEY=*) export "$variable" ;;
			esac
		done
		mkportable release --output="$RELEASE" --gpg-key="$GPG_KEY" "$FILES/visitord_1.raw"
		[ -z "${TAMPER-}" ] || echo >>"$RELEASE/index.html"
	EOT
	chmod +x stubs/make
	GPG_SECRET_KEY=$(gpg --batch --armor --export-secret-keys)
	PATH=$PWD/stubs:$PATH
	export GPG_SECRET_KEY GITHUB_REF_NAME=v1.5 URL=https://example.org/a
	GNUPGHOME=/nonexistent sources/ci/release out
	grep -q " --no-print-directory release RELEASE=out GPG_KEY=[0-9A-F]\{40\} VERSION=1.5 URL=$URL\$" "$FILES/make"
	[ ! -e "$(cut -d ' ' -f 1 "$FILES/make")" ]
	mkportable verify --keyring="$FILES/keyring" sources/out
	TAMPER=1 run -1 --separate-stderr sources/ci/release bad
	[[ $stderr == *'mkportable-verify: bad/index.html: not what was released'* ]]
	GPG_SECRET_KEY='' run -2 --separate-stderr sources/ci/release out
	[ "$stderr" = 'ci/release: $GPG_SECRET_KEY is missing: the secret key that signs' ]
	run -2 sources/ci/release
}

@test "calling it wrongly is one line and status 2, and what is not there has status 3" {
	wrong() { # LINE ARGUMENT...
		run -2 --separate-stderr mkportable verify "${@:2}"
		[ "$stderr" = "mkportable-verify: $1; see 'mkportable-verify --help'" ]
	}
	wrong 'wants one DIRECTORY'
	wrong 'wants one DIRECTORY' a b
	wrong "unknown option: '--nothing'" --nothing a
	wrong "option needs a value: '--keyring='" --keyring= a
	wrong '--keyring= and --unsigned exclude each other' --keyring=a --unsigned a
	wrong '--source= goes with --rebuild only' --source=a a
	run -3 --separate-stderr mkportable verify nowhere
	[ "$stderr" = "mkportable-verify: there is no directory 'nowhere'" ]
	run -3 --separate-stderr mkportable verify --keyring=nowhere release
	mkdir empty
	run -1 --separate-stderr mkportable verify empty
	[[ ${stderr_lines[0]} == 'mkportable-verify: empty/SHA256SUMS: missing: this is no directory that mkportable release made' ]]
}

@test "every option in --help is in the manual page" {
	options() { grep -oE -- '--[a-z][a-z-]*' | sort -u; }
	[ -z "$(comm -23 <(mkportable verify --help | options) <(mandoc -T ascii "$repository/tools/mkportable-verify.1" | sed 's/.\x08//g' | options))" ]
}
