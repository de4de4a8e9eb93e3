#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mkportable release: what is published is listed and signed, stays what it was, and is there as a
# whole or not at all; nothing unsigned, damaged or foreign is signed along with it.

bats_require_minimum_version 1.5.0
load helpers
load release

setup_file() {
	release_keys
	release_image visitord 1 >/dev/null
	release_image visitord 2 >/dev/null
	release_image qotd 1 >/dev/null
	cd "$BATS_FILE_TMPDIR"
	openssl req -x509 -newkey rsa:2048 -noenc -keyout rsa.key -out rsa.crt -days 30 -subj /CN=rsa 2>/dev/null
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout ec.key -out ec.crt -days 30 -subj /CN=ec 2>/dev/null
}

teardown_file() {
	release_keys_end
}

setup() {
	in_scratch
	export GNUPGHOME=$KEYS
	one=$IMAGES/1/visitord_1.raw two=$IMAGES/2/visitord_2.raw quotes=$IMAGES/1/qotd_1.raw
	machine=$(mkportable show --json "$one" | jq -r .architecture)
	source=git+https://example.org/visitord@0123456789012345678901234567890123456789
}

# Succeeds if the directory is whole: signed by the key, and every file as the list says.
is_whole() { # DIRECTORY
	gpgv --quiet --keyring "$PWD/$1/import-pubring.gpg" "$1/SHA256SUMS.gpg" "$1/SHA256SUMS" 2>/dev/null &&
		gpgv --quiet --keyring "$PWD/$1/import-pubring.pgp" "$1/SHA256SUMS.asc" "$1/SHA256SUMS" 2>/dev/null &&
		(cd "$1" && grep -v BEST-BEFORE SHA256SUMS | sha256sum --check --quiet)
}

refused() { # STATUS LINE COMMAND...
	run -"$1" --separate-stderr "${@:3}"
	echo "is: $stderr"
	[ "$stderr" = "mkportable-release: $2" ]
	[ -z "$output" ]
}

@test "every file of a release is listed and signed, and the list is what sysupdate reads" {
	release --url=https://images.example.org/a/ "$one" "$quotes"
	is_whole release
	[ "$(find release -type f ! -name 'SHA256SUMS*' -printf '%P\n' | sort)" = "$(cut -c 67- release/SHA256SUMS | grep -v BEST | sort)" ]
	[ -z "$(find release -name '.*')" ]
	cmp "$one" "release/visitord_1_$machine.raw"
	run ! grep -vE '^[0-9a-f]{64}  [A-Za-z0-9_.@-]+$' release/SHA256SUMS
	tail -n 1 release/SHA256SUMS | grep -x "$(sha256sum </dev/null | cut -c 1-64)  BEST-BEFORE-$(date --utc --date='366 days' +%Y-%m-%d)"
	grep -x Path=https://images.example.org/a release/visitord.transfer
	grep -x Verify=yes release/visitord.transfer
	# All may read it, whatever the mask was.
	[ -z "$(find release ! -perm -a+r)" ]
	# What a host unpacks is what is listed, root's, and has no directories of the host.
	mkdir host
	tar -tvf release/visitord.host.tar >listing
	run ! grep -vE '^-rw[x-]r-[x-]r-[x-] 0/0 ' listing
	tar -xf release/visitord.host.tar -C host
	for file in etc/sysupdate.visitord.d/visitord.transfer etc/systemd/system/portable-update@.{service,timer} usr/local/sbin/portable-update; do
		cmp "host/$file" "release/${file##*/}"
	done
	[ "$(wc -l <listing)" -eq 4 ]
	systemd-analyze verify --man=no --recursive-errors=no --root="$PWD/host" portable-update@visitord.timer 2>said || true
	cat said
	[ ! -s said ]
}

@test "a second release keeps the earlier versions, and the same again only renews the list" {
	release --best-before=none --url=https://x.example "$one"
	run ! grep BEST release/SHA256SUMS
	release --best-before=2099-12-31 --url=https://x.example "$two" "$quotes"
	is_whole release
	[ "$(grep -c '\.raw$' release/SHA256SUMS)" -eq 3 ]
	[ "$(grep -c BEST-BEFORE-2099-12-31 release/SHA256SUMS)" -eq 1 ]
	cp -R release before
	release --best-before=2099-12-30 --url=https://x.example "$one" "$two" "$quotes"
	is_whole release
	[ "$(diff --recursive --brief before release | sort)" = "$(for name in SHA256SUMS SHA256SUMS.asc SHA256SUMS.gpg; do
		echo "Files before/$name and release/$name differ"
	done)" ]
	# With a new key, while the old one is there as well.
	gpg --batch --quiet --passphrase '' --quick-gen-key new@example.org ed25519 sign never 2>/dev/null
	mkportable release --output=release --gpg-key=new@example.org --url=https://x.example "$one"
	is_whole release
	# Withdrawn, and a file of somebody else's that no list names.
	rm release/visitord_2*
	echo example.org >release/CNAME
	release --url=https://x.example "$quotes"
	is_whole release
	run ! grep -E 'visitord_2|CNAME' release/SHA256SUMS
	[ "$(<release/CNAME)" = example.org ]
	run ! grep visitord_2 release/index.html
}

@test "an unsigned feed has to be asked for, says so, and does not replace a signed one" {
	refused 2 "hosts would have nothing to verify: --gpg-key= is missing, or --unsigned if that is meant; see 'mkportable-release --help'" \
		mkportable release --output=release "$one"
	[ ! -e release ]
	mkportable release --output=release --unsigned --url=https://x.example "$one"
	grep -x Verify=no release/visitord.transfer
	[ ! -e release/SHA256SUMS.gpg ] && [ ! -e release/import-pubring.gpg ]
	grep 'is not signed' release/index.html
	refused 1 "'release/SHA256SUMS' is not signed, and would be now, whatever it lists; release into an empty directory" \
		release --url=https://x.example "$two"
	rm -r release
	release --url=https://x.example "$one"
	refused 1 "'release/SHA256SUMS' is signed: --gpg-key= is missing" \
		mkportable release --output=release --unsigned --url=https://x.example "$two"
	is_whole release
}

@test "what was changed since it was released is not signed again" {
	release --url=https://x.example "$one"
	cp -R release good
	printf x | dd of="release/visitord_1_$machine.raw" bs=1 seek=5000 conv=notrunc status=none
	refused 1 "'release/visitord_1_$machine.raw' is not what was released; restore it, or remove it to withdraw it" \
		release --url=https://x.example "$two"
	(cd release && sha256sum "visitord_1_$machine.raw") >>release/SHA256SUMS
	bad="'release/SHA256SUMS' does not have a good signature of a key of yours; restore both files as they were released"
	refused 1 "$bad" release --url=https://x.example "$two"
	# Nor by another's key, even one that is in the keyring.
	GNUPGHOME=$STRANGER gpg --batch --quiet --yes --output release/SHA256SUMS.gpg --detach-sign release/SHA256SUMS
	mkdir -m 700 "$BATS_TEST_TMPDIR/g"
	GNUPGHOME=$STRANGER gpg --batch --quiet --export >stranger.gpg
	gpg --batch --quiet --import stranger.gpg
	refused 1 "$bad" release --url=https://x.example "$two"
	rm release/SHA256SUMS.gpg
	refused 1 "'release/SHA256SUMS' is not signed, and would be now, whatever it lists; release into an empty directory" \
		release --url=https://x.example "$two"
	rm -r release
	cp -R good release
	# The same version with other content.
	mkdir other
	cp -R "$repository/images/visitord" other/
	echo 'Nice=5' >>other/visitord/visitord.service
	build --program-path="${PATH%%:*}/bin" --version=1 --output=other/visitord_1.raw other/visitord
	refused 1 "'release/visitord_1_$machine.raw' was released with other content; 'other/visitord_1.raw' needs a new version" \
		release --url=https://x.example other/visitord_1.raw
	diff --recursive good release
}

@test "an image that hosts could not choose, or that lint finds an error in, is not released" {
	mkdir plain
	mksquashfs plain visitord_3.raw -quiet -no-progress >/dev/null
	run -1 --separate-stderr release "$one" visitord_3.raw
	[ "$stderr" = "mkportable-release: 'visitord_3.raw' has errors, which mkportable lint names" ]
	refused 1 "two images are 'visitord' 1 for $machine; '$one' is the second" release "$one" "$one"
	mkportable sign --key="$BATS_FILE_TMPDIR/rsa.key" --certificate="$BATS_FILE_TMPDIR/rsa.crt" --output=visitord_4.raw "$one"
	refused 1 "'visitord_4.raw' has a hash tree already; give the plain image, and --key= makes a signed one of it" release visitord_4.raw
	# What it says of itself becomes no path.
	for architecture in ../../x 'x86-64 arm64' ''; do
		rm -rf visitord_6
		build --program-path="${PATH%%:*}/bin" --version=6 --format=directory --output=visitord_6 "$repository/images/visitord"
		chmod u+w visitord_6/usr/lib/os-release
		sed -i "s,^ARCHITECTURE=.*,ARCHITECTURE=\"$architecture\"," visitord_6/usr/lib/os-release
		mksquashfs visitord_6 visitord_6.raw -noappend -all-root -quiet -no-progress >/dev/null
		refused 1 "'visitord_6.raw': its os-release has no ARCHITECTURE= that systemd knows, by which hosts choose" release visitord_6.raw
	done
	run -1 --separate-stderr release gone.raw
	[ "${stderr_lines[-1]}" = "mkportable-release: cannot read 'gone.raw'" ]
	[ -z "$(ls -A release)" ]
	# Text of an image is text on the page.
	mkdir -p hostile/visitord
	cp "$repository"/images/visitord/* hostile/visitord/
	sed -i 's,^Description=.*,Description=<script>"x"\&amp;</script>,' hostile/visitord/visitord.service
	build --program-path="${PATH%%:*}/bin" --version=5 --output=hostile/visitord_5.raw hostile/visitord
	release hostile/visitord_5.raw 2>/dev/null
	run ! grep -i '<script' release/index.html
	grep -F '&lt;script&gt;&quot;x&quot;&amp;amp;&lt;/script&gt;' release/index.html
}

@test "the lines of the page unpack and attach nothing that the signed list does not vouch for" {
	mkdir stubs
	cat >stubs/curl <<-'EOT'
		#!/bin/bash
		for url in "${@:3}"; do cp "../release/${url##*/}" . || exit; done
	EOT
	for tool in tar tee portablectl; do
		printf '#!/bin/sh\necho "%s $*" >>../ran\n' $tool >stubs/$tool
	done
	chmod +x stubs/*
	lines() { # PATTERN
		python3 - "$1" <<-'EOT'
			import html, re, sys
			for block in re.findall(r"<pre>(.*?)</pre>", open("release/index.html").read(), re.S):
			    if sys.argv[1] in block:
			        print(re.sub(r"^importctl.*|^curl.*podman.*", "", html.unescape(block), flags=re.M))
		EOT
	}
	run_lines() {
		local block

		rm -f ran
		for block in install once; do
			rm -rf host
			mkdir host
			(cd host && PATH=$OLDPWD/stubs:$PATH bash <"../$block") || true
		done
	}
	for signing in --gpg-key=release@example.org --unsigned; do
		rm -rf release
		mkportable release --output=release "$signing" --url=https://x.example "$one"
		lines visitord.host.tar >install
		lines "/visitord_1_$machine.raw" >once
		run_lines
		grep -qx 'tar -xf visitord.host.tar -C /' ran
		grep -qx "portablectl attach --now --enable ./visitord_1_$machine.raw visitord" ran
		echo >>release/visitord.host.tar
		echo >>"release/visitord_1_$machine.raw"
		run_lines
		[ ! -e ran ]
		# The list of another day, from before the image was released.
		sed -i '/visitord/d' release/SHA256SUMS
		gpg --batch --yes --quiet --output release/SHA256SUMS.gpg --detach-sign release/SHA256SUMS
		run_lines
		[ ! -e ran ]
	done
}

@test "portable-update with curl takes nothing of a revoked key, and no list without end" {
	((EUID == 0)) || skip "the directories of a host need root"
	mkdir bin
	cat >bin/curl <<-'EOT'
		#!/bin/bash
		while [ "$1" != --output ]; do shift; done
		cat "release/${3##*/}" >"$2"
	EOT
	chmod +x bin/curl
	# Its directories of the host, for as long as it runs.
	cat >host <<-'EOT'
		set -eu
		mount -t tmpfs tmpfs "$1"
		for directory in /etc /var/lib; do
			layer=$1$directory
			mkdir -p "$layer/upper" "$layer/work"
			mount -t overlay -o "lowerdir=$directory,upperdir=$layer/upper,workdir=$layer/work" overlay "$directory"
		done
		sysupdate=/usr/lib/systemd/systemd-sysupdate
		[ ! -e $sysupdate ] || mount --bind /dev/null $sysupdate
		mkdir -p /etc/sysupdate.visitord.d
		cp release/visitord.transfer /etc/sysupdate.visitord.d/
		cp "$2" /etc/systemd/import-pubring.gpg
		"$3" visitord || status=$?
		find /var/lib/portables -mindepth 1 -name '*visitord*' -printf '%P\n'
		exit "${status-0}"
	EOT
	mkdir layers
	update() { # KEYRING
		run --separate-stderr env PATH="$PWD/bin:$PATH" unshare --mount bash host layers "$1" "$repository/tools/portable-update"
		echo "$output$stderr"
	}
	release --url=https://x.example "$one"
	cp release/import-pubring.gpg keyring
	update keyring
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = visitord_1.raw ]

	# Other tests have made other keys.
	fingerprint=$(gpg --batch --show-keys --with-colons keyring | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p')
	sed 's/^:---/---/' "$KEYS/openpgp-revocs.d/$fingerprint.rev" >revocation
	mkdir -m 700 home
	GNUPGHOME=$PWD/home gpg --batch --quiet --no-autostart --import keyring
	GNUPGHOME=$PWD/home gpg --batch --quiet --no-autostart --import revocation
	GNUPGHOME=$PWD/home gpg --batch --no-autostart --export >revoked
	update revoked
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ ${stderr_lines[-1]} == "portable-update: the signature of 'https://x.example/SHA256SUMS' is not by a key of "* ]]

	truncate --size=2M release/SHA256SUMS
	update keyring
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "${stderr_lines[-1]}" = "portable-update: cannot fetch 'https://x.example/SHA256SUMS'" ]
}

@test "wrong usage is one line" {
	usage() { # LINE ARGUMENT...
		refused 2 "$1; see 'mkportable-release --help'" mkportable release "${@:2}"
	}
	usage 'wants IMAGE' --output=x --unsigned
	usage '--output= is missing' --unsigned "$one"
	usage "option needs a value: '--url='" --url= "$one"
	usage "unknown option: '--sign'" --sign
	usage '--gpg-key= and --unsigned exclude each other' --output=x --gpg-key=a --unsigned "$one"
	usage '--key= and --certificate= go together' --output=x --unsigned --key=a "$one"
	for url in ftp://x.example 'https://x.example/a b' 'https://x.example/$(id)' 'https://x.example/%h' "https://x.example/'"; do
		usage "--url=: wants http:// or https://, and only letters, digits and ._~:/@+,=-: '$url'" --output=x --unsigned --url="$url" "$one"
	done
	usage "--source=: wants URI@COMMIT, with the whole commit: 'git+https://x.example@0123'" --output=x --unsigned --source=git+https://x.example@0123 "$one"
	usage "--best-before=: is not in the future: '2020-01-01'" --output=x --unsigned --best-before=2020-01-01 "$one"
	usage "--best-before=: no such day: '2099-13-01'" --output=x --unsigned --best-before=2099-13-01 "$one"
	for day in soon '2099-12-3 ' 2099-12-+1; do
		usage "--best-before=: wants YYYY-MM-DD or none: '$day'" --output=x --unsigned --best-before="$day" "$one"
	done
	refused 1 "gpg has no secret key 'nobody@example.org', or more than one; gpg --list-secret-keys lists them" \
		mkportable release --output=x --gpg-key=nobody@example.org "$one"
	[ ! -e x ]
	run -0 mkportable release --help
	[[ $output == 'Usage: mkportable-release '* ]]
	# Each option is in the manual page, and no other.
	[ "$(grep -oE '^  --[a-z-]+| --certificate' <<<"$output" | tr -d ' ' | sort)" = "$(
		sed -n '/The options are/,/^\.El/s/^\.It/ /p' "$repository/tools/mkportable-release.1" | grep -oE 'Fl -[a-z-]+' | sed 's/Fl -/--/' | sort
	)" ]
	mkdir bin
	for tool in bash readlink date dirname; do
		ln -s "$(command -v $tool)" bin/
	done
	run -1 --separate-stderr env PATH="$PWD/bin" "$repository/build/mkportable" release --output=x --unsigned "$one"
	[ "$stderr" = 'mkportable-release: needs jq' ]
}

@test "provenance names the image, its sources and who built it; with a key it is signed" {
	SOURCE_DATE_EPOCH=1700000000 release --url=https://x.example --source="$source" --command='make all' --builder=https://ci.example.org \
		--dependency=pkg:deb/debian/gcc-12@12.2.0 "$one"
	jq -e --arg sum "$(sha256sum <"$one" | cut -c 1-64)" --arg name "visitord_1_$machine.raw" '
		._type == "https://in-toto.io/Statement/v1" and .predicateType == "https://slsa.dev/provenance/v1"
		and .subject == [{name: $name, digest: {sha256: $sum}}]
		and (.predicate.buildDefinition | .externalParameters == {source: "git+https://example.org/visitord", command: "make all"}
			and .internalParameters == {SOURCE_DATE_EPOCH: "1700000000"}
			and .resolvedDependencies == [{uri: "git+https://example.org/visitord", digest: {gitCommit: "0123456789012345678901234567890123456789"}},
				{uri: "pkg:deb/debian/gcc-12@12.2.0"}])
		and .predicate.runDetails.builder.id == "https://ci.example.org"' "release/visitord_1_$machine.intoto.json"
	for key in rsa ec; do
		rm -r release
		release --url=https://x.example --source="$source" --key="$BATS_FILE_TMPDIR/$key.key" --certificate="$BATS_FILE_TMPDIR/$key.crt" "$one"
		[ "$(wc -l <"release/visitord_1_$machine.intoto.jsonl")" -eq 1 ]
		# The envelope is read by another implementation of its specification.
		python3 - "release/visitord_1_$machine.intoto.jsonl" >signed <<-'EOT'
			import base64, json, sys
			envelope = json.load(open(sys.argv[1]))
			body, kind = base64.b64decode(envelope["payload"], validate=True), envelope["payloadType"].encode()
			assert kind == b"application/vnd.in-toto+json" and json.loads(body)["subject"]
			open("signature", "wb").write(base64.b64decode(envelope["signatures"][0]["sig"], validate=True))
			sys.stdout.buffer.write(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body))
		EOT
		openssl x509 -in release/signed/release.crt -noout -pubkey >public
		openssl dgst -sha256 -verify public -signature signature signed
	done
}

@test "with a key there is a channel of signed disk images, which stay as they are" {
	key=(--key="$BATS_FILE_TMPDIR/ec.key" --certificate="$BATS_FILE_TMPDIR/ec.crt")
	release --url=https://x.example "${key[@]}" "$one"
	is_whole release/signed
	mkportable lint --certificate=release/signed/release.crt "release/signed/visitord_1_$machine.raw"
	grep -x Path=https://x.example/signed release/signed/visitord.transfer
	cp "release/signed/visitord_1_$machine.raw" before
	release --url=https://x.example "${key[@]}" "$one" "$two"
	is_whole release
	is_whole release/signed
	cmp before "release/signed/visitord_1_$machine.raw"
	[ "$(grep -c '\.raw$' release/signed/SHA256SUMS)" -eq 2 ]
	run ! grep private -r release
	# They would not be those of another certificate.
	cp -R release good
	run -1 --separate-stderr release --url=https://x.example --key="$BATS_FILE_TMPDIR/rsa.key" --certificate="$BATS_FILE_TMPDIR/rsa.crt" "$one"
	[ "${stderr_lines[-1]}" = "mkportable-release: 'release/signed' has images that are signed by another certificate than '$BATS_FILE_TMPDIR/rsa.crt'; release into an empty directory" ]
	diff --recursive good release
	# Without the key that channel stays as it is, which is said.
	release --url=https://x.example "$quotes" 2>said
	[ "$(<said)" = "mkportable-release: hosts that follow 'release/signed' see nothing of it, nor a new date: --key= is missing" ]
	is_whole release
	diff --recursive good/signed release/signed
}

@test "killed while it renames, it leaves whole images, and the next call finishes what it did" {
	key=(--key="$BATS_FILE_TMPDIR/rsa.key" --certificate="$BATS_FILE_TMPDIR/rsa.crt")
	release --url=https://x.example "${key[@]}" "$one"
	cp -R release before
	# Renames one by one, and at the N-th kills the script.
	mkdir bin
	cat >bin/mv <<-'EOT'
		#!/bin/bash
		[ "$1" = -f ] || {
			/bin/mv "$@" || exit
			[ "$1" != -T ] || [ "$FATAL" -ne 0 ] || kill -KILL "$PPID"
			exit 0
		}
		for file in "${@:2:$#-2}"; do
			echo >>"$COUNT"
			[ "$(wc -l <"$COUNT")" -ne "$FATAL" ] || { kill -KILL "$PPID"; exit 1; }
			/bin/mv -f "$file" "${!#}" || exit
		done
	EOT
	chmod +x bin/mv
	export COUNT=$PWD/count FATAL
	# Before the first, among other files, and between the list and the signatures of each channel.
	for FATAL in 0 6 11 26; do
		rm -rf release count
		cp -R before release
		run -137 env PATH="$PWD/bin:$PATH" mkportable release --output=release --gpg-key=release@example.org --url=https://x.example "${key[@]}" "$two"
		case $FATAL in
		11) fails is_whole release/signed ;;
		26) fails is_whole release ;;
		esac
		for channel in release release/signed; do
			(cd $channel && grep '\.raw$' SHA256SUMS | sha256sum --check --quiet)
		done
		# The next call may be about something else.
		release --url=https://x.example "${key[@]}" "$quotes"
		is_whole release
		is_whole release/signed
		[ "$(grep -c '\.raw$' release/SHA256SUMS)" -eq 3 ]
		[ "$(grep -c '\.raw$' release/signed/SHA256SUMS)" -eq 3 ]
		[ -z "$(find release -name '.*')" ]
	done
}

@test "a full disk or a directory that cannot be written to leaves the release as it was" {
	((EUID == 0)) || skip "a file system of its own needs root"
	release --url=https://x.example "$one"
	size=$(du --bytes --summarize release | cut -f 1)
	mkdir small
	mount -t tmpfs -o "size=$((size / 1024 + 100))k" tmpfs small
	cp -R release small/
	run -1 --separate-stderr mkportable release --output=small/release --gpg-key=release@example.org --url=https://x.example "$two" "$quotes"
	echo "$stderr"
	diff --recursive release small/release || result=$?
	[ -z "$(find small -name '.release*')" ] || result=1
	umount small
	[ "${result-0}" -eq 0 ]
	[ "${stderr_lines[-1]}" != "${stderr_lines[-1]#mkportable-release: cannot }" ]
}

@test "two releases at once come one after the other" {
	release --url=https://x.example "$one" 2>first 3>&- &
	release --url=https://x.example "$quotes"
	wait $!
	is_whole release
	[ "$(grep -c '\.raw$' release/SHA256SUMS)" -eq 2 ]
}

@test "each version is there for container engines, and each image has its bills of materials" {
	release --url=https://x.example "$one" "$quotes"
	is_whole release
	jq -e '.bomFormat == "CycloneDX" and .metadata.component.version == "1"' "release/visitord_1_$machine.cdx.json"
	jq -e '.spdxVersion == "SPDX-2.3"' "release/visitord_1_$machine.spdx.json"
	mkportable show --sbom=cyclonedx "$one" | cmp - "release/visitord_1_$machine.cdx.json"
	[ "$(skopeo inspect oci-archive:release/visitord_1.oci.tar | jq -r '.Labels["org.opencontainers.image.version"]')" = 1 ]
	[ -e release/qotd_1.oci.tar ]
	# Without an init, no container.
	cp -R "$repository/images/qotd" .
	build --program-path="${PATH%%:*}/bin" --version=3 --output=qotd_3.raw qotd
	release --url=https://x.example qotd_3.raw
	[ -e "release/qotd_3_$machine.raw" ] && [ ! -e release/qotd_3.oci.tar ]
	rm -r release
	release --url=https://x.example "$one" "$quotes"
	# They stay what they were.
	cp -R release before
	release --url=https://x.example "$one" "$two"
	is_whole release
	cmp before/visitord_1.oci.tar release/visitord_1.oci.tar
	[ -e release/visitord_2.oci.tar ]
}

@test "make release names the sources, without the password in their address, and what built them" {
	mkdir -p repository/build
	printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >repository/build/mkportable
	chmod +x repository/build/mkportable
	cd repository
	git init --quiet
	echo build >.gitignore
	git add .gitignore
	git -c user.name=x -c user.email=x@example.org commit --quiet --message=x
	commit=$(git rev-parse HEAD)
	run -0 --separate-stderr "$repository/tools/release" out 'all arm64' build/images/visitord_1.raw
	[ "$stderr" = "release: without a remote 'origin' or SOURCE= there is no provenance" ]
	git remote add origin https://user:secret@example.org/x.git
	while read -r address uri; do
		git remote set-url origin "$address"
		GPG_KEY='A B <c@example.org>' SOURCE_DATE_EPOCH=7 run -0 --separate-stderr "$repository/tools/release" out 'all arm64' build/images/visitord_1.raw
		grep -qxF -- "--source=$uri@$commit" <<<"$output"
	done <<-'EOT'
		https://user:secret@example.org/x.git git+https://example.org/x.git
		https://user:s@cret@example.org/x.git git+https://example.org/x.git
		https://example.org/x@1.git git+https://example.org/x@1.git
		git@example.org:team/x.git git+ssh://example.org/team/x.git
	EOT
	grep -qxF -- "--gpg-key=A B <c@example.org>" <<<"$output"
	grep -qxF -- "--command=make VERSION=1 SOURCE_DATE_EPOCH=7 all arm64" <<<"$output"
	grep -qE -- '^--dependency=pkg:deb/debian/gcc-[0-9]+@[A-Za-z0-9.~%-]+\?arch=' <<<"$output"
	grep -qE -- '^--dependency=pkg:deb/debian/musl-dev@' <<<"$output"
	# What no commit has cannot be built again.
	echo >new
	run -1 --separate-stderr "$repository/tools/release" out all build/images/visitord_1.raw
	[ "$stderr" = 'release: there are changes that no commit has; commit or stash them' ]
}

@test "make release fills a directory with the images of this repository" {
	run -0 make -C "$repository" release RELEASE="$PWD/release" RELEASE_FOR="$(dpkg --print-architecture)" \
		GPG_KEY=release@example.org URL=https://x.example SOURCE="$source"
	is_whole release
	for image in "$repository"/images/*/; do
		name=$(basename "$image")
		cmp "release/${name}"_*_"$machine.raw" "$repository"/build/images/"${name}"_*.raw
		jq -e '.predicate.buildDefinition.externalParameters.command | test("^make VERSION=.* SOURCE_DATE_EPOCH=[0-9]+ all$")' \
			"release/${name}"_*_"$machine.intoto.json"
		[ "$(grep -c "<section id=\"$name\">" release/index.html)" -eq 1 ]
	done
}

@test "a version has a file for each machine, and a disk image for two machines has two names" {
	case $machine in x86-64) other=arm64 number='\267' ;; *) other=x86-64 number='\076' ;; esac
	mkdir programs other own both
	cp "${PATH%%:*}/bin/visitord" programs/
	# e_machine of the ELF header
	printf '%b\0' "$number" | dd of=programs/visitord bs=1 seek=18 conv=notrunc status=none
	build --program-path=programs --version=1 --output=other/visitord_1.raw "$repository/images/visitord"
	release --url=https://x.example "$one" other/visitord_1.raw
	is_whole release
	cmp "$one" "release/visitord_1_$machine.raw"
	cmp other/visitord_1.raw "release/visitord_1_$other.raw"
	[ "$(grep -c '<tr><th scope="row">' release/index.html)" -eq 1 ]
	grep -E '<td>(x86-64 arm64|arm64 x86-64)</td>' release/index.html
	build --program-path="${PATH%%:*}/bin" --version=2 --format=ddi --output=own/visitord_2.raw "$repository/images/visitord"
	build --program-path=programs --version=2 --format=ddi --output=other/visitord_2.raw "$repository/images/visitord"
	mkportable merge --output=both/visitord_2.raw own/visitord_2.raw other/visitord_2.raw
	release --url=https://x.example both/visitord_2.raw
	is_whole release
	cmp both/visitord_2.raw release/visitord_2_arm64.raw
	cmp both/visitord_2.raw release/visitord_2_x86-64.raw
}
