#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Disk images: "mkportable build" makes a partition table, hash trees and signatures that the
# tools of others accept, the same bytes each time, without root; and "mkportable lint" and
# "show" read them, also those of others.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers
load disk-cases

setup_file() {
	export PROGRAMS=$BATS_FILE_TMPDIR/programs
	mkdir "$PROGRAMS"
	echo 'int main(void) { return 0; }' | musl-gcc -Os -s -static -x c -o "$PROGRAMS/demo" -
	cd "$BATS_FILE_TMPDIR" || return
	# Some blocks that do not compress: a tree of two levels.
	mkdir -p demo/tree/usr/share/demo
	python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(20000))' >demo/tree/usr/share/demo/data
	printf '%s\n' '[Unit]' 'Description=Demo' '[Service]' 'ExecStart=/usr/bin/demo' 'DynamicUser=yes' \
		'[Install]' 'WantedBy=multi-user.target' >demo/demo.service
	export KEYS=$BATS_FILE_TMPDIR/keys
	mkdir "$KEYS"
	cd "$KEYS" || return
	certificate rsa rsa:2048
	certificate ec ec -pkeyopt ec_paramgen_curve:prime256v1
	certificate ed ed25519
	certificate encrypted rsa:2048 -passout pass:word
	dated old 200101000000Z 210101000000Z
	dated young 20700101000000Z 20710101000000Z
}

# Makes NAME.key and NAME.crt.
certificate() { # NAME ALGORITHM OPTION...
	local plain=-noenc

	[[ $* != *-passout* ]] || plain=
	# shellcheck disable=SC2086 # none or one
	openssl req -x509 -newkey "$2" $plain "${@:3}" -keyout "$1.key" -out "$1.crt" -days 30 -subj "/CN=$1" 2>/dev/null
}

# The same for the key of "rsa", with other dates.
dated() { # NAME FROM UNTIL
	local database=$BATS_FILE_TMPDIR/database-$1

	mkdir "$database"
	: >"$database/index"
	printf '%s\n' '[ca]' 'default_ca=x' '[x]' "database=$database/index" "new_certs_dir=$database" \
		'default_md=sha256' 'policy=p' 'rand_serial=yes' '[p]' 'commonName=supplied' >"$database/config"
	openssl req -new -key rsa.key -subj "/CN=$1" -out "$database/request"
	openssl ca -batch -selfsign -config "$database/config" -keyfile rsa.key -in "$database/request" \
		-startdate "$2" -enddate "$3" -notext -out "$1.crt" 2>/dev/null
}

setup() {
	in_scratch
	PATH=${PATH%%:*}/tools:$PATH:/usr/sbin:/sbin
	build_options+=(--program-path="$PROGRAMS")
	image=$BATS_FILE_TMPDIR/demo
}

build() { # OPTION...
	mkportable build "${build_options[@]}" "$@" "$image"
}

# Writes the partition with this number to a file.
partition() { # IMAGE NUMBER FILE
	local place

	place=$(sfdisk --json "$1" | jq -r ".partitiontable.partitions[$2 - 1] | \"skip=\(.start) count=\(.size)\"")
	# shellcheck disable=SC2086 # two words
	dd if="$1" of="$3" bs=512 $place status=none
}

@test "a disk image is a partition table without faults, and no bigger than it must be" {
	build --format=ddi
	build --format=squashfs --output=demo.raw
	sfdisk --verify demo_0.raw
	run -0 sgdisk -v demo_0.raw
	[[ $output == *"No problems found."* ]]
	run -0 sfdisk --dump demo_0.raw
	grep -qE '^demo_0.raw1 : start= *40, size= *[0-9]+, type=[0-9A-F-]*, uuid=[0-9A-F-]*, name="root-[a-z0-9-]*", attrs="GUID:60"$' <<<"$output"
	[ "$(grep -c ' : start=' <<<"$output")" = 1 ]
	partition demo_0.raw 1 root
	cmp -n "$(stat -c %s demo.raw)" demo.raw root
	[ $(($(stat -c %s demo_0.raw) - $(stat -c %s root))) = $((40 * 1024)) ]
	[ "$(ls)" = "$(printf '%s\n' demo.raw demo_0.raw root)" ]
	[ "$(stat -c %a demo_0.raw)" = 644 ]
}

@test "the hash tree is that of veritysetup, and the UUIDs are the halves of the root hash" {
	run -0 build --format=ddi --verity --print-root-hash
	hash=$output
	[[ $hash =~ ^[0-9a-f]{64}$ ]]
	[ "$hash" = "$(cat demo_0.roothash)" ]
	sfdisk --verify demo_0.raw
	run -0 sgdisk -v demo_0.raw
	[[ $output == *"No problems found."* ]]
	partition demo_0.raw 1 root
	partition demo_0.raw 2 verity
	veritysetup verify root verity "$hash"
	run -0 veritysetup dump verity
	salt=$(awk '/^Salt:/ { print $2 }' <<<"$output")
	uuid=$(awk '/^UUID:/ { print $2 }' <<<"$output")
	[ ${#salt} = 64 ]
	veritysetup format root other --salt="$salt" --uuid="$uuid"
	cmp verity other
	uuids=$(sfdisk --json demo_0.raw | jq -r '.partitiontable.partitions[].uuid' | tr -d '\n-' | tr A-F a-f)
	[ "$uuids" = "$hash" ]
	printf x | dd of=root bs=1 seek=100 conv=notrunc status=none
	run ! veritysetup verify root verity "$hash"
}

@test "a squashfs has the same tree and root hash beside it" {
	run -0 build --verity=sidecar --print-root-hash
	[ "$output" = "$(cat demo_0.roothash)" ]
	veritysetup verify demo_0.raw demo_0.verity "$output"
	[ "$(ls)" = "$(printf '%s\n' demo_0.raw demo_0.roothash demo_0.verity)" ]
	unsquashfs -l demo_0.raw >/dev/null
	build --format=ddi --verity --output=demo_1.raw
	cmp demo_0.roothash demo_1.roothash
	partition demo_1.raw 1 root
	cmp demo_0.raw root
	partition demo_1.raw 2 verity
	cmp demo_0.verity verity
}

@test "the same input gives the same bytes, with other ones other UUIDs" {
	build --format=ddi --verity
	mv demo_0.raw first.raw
	(umask 077 && TZ=Asia/Kathmandu LC_ALL=C.UTF-8 build --format=ddi --verity)
	cmp demo_0.raw first.raw
	[ "$(stat -c %a demo_0.raw)" = 644 ]
	SOURCE_DATE_EPOCH=1 build --format=ddi --verity
	for what in .partitiontable.id '.partitiontable.partitions[0].uuid' '.partitiontable.partitions[1].uuid'; do
		[ "$(sfdisk --json demo_0.raw | jq "$what")" != "$(sfdisk --json first.raw | jq "$what")" ]
	done
}

# Asks openssl whether the bytes of a root hash were signed.
verified() { # SIGNATURE ROOT-HASH CERTIFICATE
	printf %s "$2" >text
	openssl smime -verify -inform der -in "$1" -content text -certfile "$3" -nointern -noverify -binary >/dev/null
}

@test "a signature is that of openssl, in a partition or beside a squashfs" {
	run -0 build --format=ddi --verity --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --print-root-hash
	hash=$output
	build --format=ddi --verity --print-root-hash --output=demo_1.raw >plain
	[ "$hash" = "$(cat plain)" ]
	sfdisk --verify demo_0.raw
	run -0 sgdisk -v demo_0.raw
	[[ $output == *"No problems found."* ]]
	[ "$(stat -c %s demo_0.raw)" = "$(stat -c %s demo_1.raw)" ]
	[ "$(sfdisk --json demo_0.raw | jq -r '.partitiontable.partitions[2] | .name, .attrs')" = "root-$(machine)-verity-sig"$'\n'GUID:60 ]
	partition demo_0.raw 3 signature
	tr -d '\0' <signature >signature.json
	[ "$(jq -c keys_unsorted signature.json)" = '["rootHash","certificateFingerprint","signature"]' ]
	[ "$(jq -r .rootHash signature.json)" = "$hash" ]
	openssl x509 -in "$KEYS/rsa.crt" -outform der -out der
	[ "$(jq -r .certificateFingerprint signature.json)" = "$(sha256sum <der | cut -d ' ' -f 1)" ]
	jq -r .signature signature.json | base64 -d >signature.der
	verified signature.der "$hash" "$KEYS/rsa.crt"
	run ! verified signature.der "${hash%?}x" "$KEYS/rsa.crt"
	run ! verified signature.der "$hash" "$KEYS/ec.crt"
	printf %s "$hash" | openssl smime -sign -nocerts -noattr -binary -outform der -inkey "$KEYS/rsa.key" -signer "$KEYS/rsa.crt" >theirs.der
	cmp signature.der theirs.der

	build --verity=sidecar --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_2.raw
	cmp demo_2.roothash.p7s theirs.der
	[ "$(echo demo_2.*)" = "demo_2.raw demo_2.roothash demo_2.roothash.p7s demo_2.verity" ]
}

machine() {
	uname -m | sed 's/x86_64/x86-64/; s/aarch64/arm64/'
}

@test "keys of an elliptic curve sign too, with other bytes each time" {
	build --verity=sidecar --key="$KEYS/ec.key" --certificate="$KEYS/ec.crt"
	mv demo_0.roothash.p7s first.p7s
	verified first.p7s "$(cat demo_0.roothash)" "$KEYS/ec.crt"
	build --verity=sidecar --key="$KEYS/ec.key" --certificate="$KEYS/ec.crt"
	verified demo_0.roothash.p7s "$(cat demo_0.roothash)" "$KEYS/ec.crt"
	run ! cmp first.p7s demo_0.roothash.p7s
}

@test "a signature that was made elsewhere gives the same image" {
	build --format=ddi --verity --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt"
	mv demo_0.raw with-key.raw
	build --format=ddi --verity --print-root-hash >root-hash
	tr -d '\n' <root-hash |
		openssl smime -sign -nocerts -noattr -binary -outform der -inkey "$KEYS/rsa.key" -signer "$KEYS/rsa.crt" >demo_0.roothash.p7s
	build --format=ddi --verity --signature=demo_0.roothash.p7s --certificate="$KEYS/rsa.crt"
	cmp demo_0.raw with-key.raw
	# It stays good when the certificate has expired: hosts do not ask.
	printf %s "$(cat demo_0.roothash)" |
		openssl smime -sign -nocerts -noattr -binary -outform der -inkey "$KEYS/rsa.key" -signer "$KEYS/old.crt" >old.p7s
	build --format=ddi --verity --signature=old.p7s --certificate="$KEYS/old.crt" --output=demo_1.raw
}

# One line on standard error, and the files that were there.
refused() { # LINE OPTION...
	local before

	before=$(ls -l --time-style=full-iso -- demo_*)
	run -1 --separate-stderr build --format=ddi --verity "${@:2}"
	echo "is: $stderr"
	[ "$stderr" = "mkportable: $1" ]
	[ -z "$output" ]
	[ "$(ls -l --time-style=full-iso -- demo_*)" = "$before" ]
}

@test "a key or certificate that will not do is one line, and no file is written" {
	build --format=ddi --verity
	refused "--key: '$KEYS/ec.key' is not the key of the certificate '$KEYS/rsa.crt'" --key="$KEYS/ec.key" --certificate="$KEYS/rsa.crt"
	refused "--certificate: '$KEYS/old.crt' expired on 2021-01-01" --key="$KEYS/rsa.key" --certificate="$KEYS/old.crt"
	refused "--certificate: '$KEYS/young.crt' is not valid before 2070-01-01" --key="$KEYS/rsa.key" --certificate="$KEYS/young.crt"
	refused "--key: '$KEYS/ed.key' cannot sign; RSA keys can, and those of an elliptic curve" --key="$KEYS/ed.key" --certificate="$KEYS/ed.crt"
	refused "--key: '$KEYS/encrypted.key' needs a passphrase, and nobody is asked for one; sign the output of --print-root-hash, and use --signature=" \
		--key="$KEYS/encrypted.key" --certificate="$KEYS/encrypted.crt"
	refused "--key: '$KEYS/rsa.crt' is no private key in PEM format" --key="$KEYS/rsa.crt" --certificate="$KEYS/rsa.crt"
	refused "--certificate: '$KEYS/rsa.key' is no certificate in PEM format" --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.key"
	refused "--key: cannot read 'none': No such file or directory" --key=none --certificate="$KEYS/rsa.crt"
	refused "--certificate: cannot read '/': Is a directory" --key="$KEYS/rsa.key" --certificate=/
	refused "--key: cannot read '/dev/zero': Invalid argument" --key=/dev/zero --certificate="$KEYS/rsa.crt"
	refused "--signature: '$KEYS/rsa.crt' is no PKCS #7 signature in DER format" --signature="$KEYS/rsa.crt" --certificate="$KEYS/rsa.crt"
	printf %s "$(cat demo_0.roothash)" |
		openssl smime -sign -nocerts -noattr -binary -outform der -inkey "$KEYS/ec.key" -signer "$KEYS/ec.crt" >"$BATS_FILE_TMPDIR/p7s"
	refused "--signature: '$BATS_FILE_TMPDIR/p7s' does not sign this image by the certificate '$KEYS/rsa.crt'" \
		--signature="$BATS_FILE_TMPDIR/p7s" --certificate="$KEYS/rsa.crt"
	printf %s "$(tr 0-9a-f 1-9a-f0 <demo_0.roothash)" |
		openssl smime -sign -nocerts -noattr -binary -outform der -inkey "$KEYS/rsa.key" -signer "$KEYS/rsa.crt" >"$BATS_FILE_TMPDIR/p7s"
	refused "--signature: '$BATS_FILE_TMPDIR/p7s' does not sign this image by the certificate '$KEYS/rsa.crt'" \
		--signature="$BATS_FILE_TMPDIR/p7s" --certificate="$KEYS/rsa.crt"
}

@test "a file beside the output that systemd would take for a part of it is refused" {
	build --verity=sidecar
	for options in '' '--format=ddi'; do
		for sidecar in verity roothash; do
			touch demo_1.$sidecar
			# shellcheck disable=SC2086 # none or one
			run -1 --separate-stderr build $options --output=demo_1.raw
			[ "$stderr" = "mkportable: cannot write 'demo_1.raw': systemd would take 'demo_1.$sidecar' beside it for a part of it; remove that first" ]
			rm demo_1.$sidecar
		done
	done
	touch demo_1.roothash.p7s
	run -1 build --verity=sidecar --output=demo_1.raw
	[ "$(echo demo_1*)" = demo_1.roothash.p7s ]
	rm demo_1.roothash.p7s
	build --output=demo_1.raw
}

@test "it needs no root, no device and no tool but mksquashfs" {
	[ "$(id -u)" -eq 0 ] || skip "setpriv needs root to become another user"
	mkdir bin programs out
	ln -s "$(command -v mksquashfs)" bin/
	cp "$(command -v mkportable)" "$repository/os-release.in" .
	cp "$PROGRAMS/demo" programs/
	cp -r "$image" demo
	chown nobody out
	chmod a+x "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_RUN_TMPDIR"
	setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH="$PWD/bin" "$PWD/mkportable" build \
		--program-path=programs --os-release=os-release.in --format=ddi --verity --output=out/demo_0.raw demo
	build --format=ddi --verity
	cmp demo_0.raw out/demo_0.raw
}

@test "trees of one, two and three levels, with every number of blocks at their edges, are those of veritysetup" {
	for blocks in 1 2 127 128 129 255 256 257 16384 16385; do
		head -c $((blocks * 4096)) /dev/urandom >data
		hash=$(veritysetup format data verity --salt=- | awk '/^Root hash:/ { print $3 }')
		[ "$(verity-hash data verity)" = "$hash" ] || {
			echo "$blocks blocks"
			false
		}
	done
	for sizes in '512 512' '1024 4096' '4096 512' '4096 1024'; do
		read -r data_size hash_size <<<"$sizes"
		head -c $((1237 * 4096)) /dev/urandom >data
		hash=$(veritysetup format data verity --data-block-size="$data_size" --hash-block-size="$hash_size" | awk '/^Root hash:/ { print $3 }')
		[ "$(verity-hash data verity)" = "$hash" ]
	done
}

@test "the types of partitions are those of systemd" {
	systemd-id128 show --uuid >/dev/null 2>&1 || skip "systemd-id128"
	systemd-id128 show --uuid | awk '$1 ~ /^root-/ && $1 !~ /^root-(secondary|verity)/ { print $2 }' | sort >theirs
	grep -o '"[0-9a-f]\{8\}-[0-9a-f-]*"' "$repository/mkportable/disk/types.c" | tr -d '"' | grep -v 0fc63daf | sort >ours
	diff theirs ours
	[ "$(wc -l <ours)" -gt 60 ]
}

@test "options that do not go together are usage errors" {
	usage_error "--verity goes with --format=ddi only" build --verity
	usage_error "--verity=sidecar goes with --format=squashfs only" build --format=ddi --verity=sidecar
	usage_error "--verity=sidecar goes with --format=squashfs only" build --format=tar --verity=sidecar
	usage_error "--verity: neither empty nor 'sidecar': 'both'" build --verity=both
	usage_error "--print-root-hash needs --verity" build --format=ddi --print-root-hash
	usage_error "what is signed is a root hash: --verity is missing" build --format=ddi --key=a --certificate=b
	usage_error "--certificate is missing, by which hosts verify" build --format=ddi --verity --key=a
	usage_error "--certificate goes with --key or --signature only" build --format=ddi --verity --certificate=a
	usage_error "--key and --signature: only one of them can sign" build --format=ddi --verity --key=a --signature=b --certificate=c
	usage_error "--output=-: only --format=tar and --format=oci can be written to standard output" build --format=ddi --output=-
	run ! ls ./*.raw
}

@test "an image without a program has no machine, and so no type of partition" {
	mkdir -p data/tree/usr/share
	echo >data/tree/usr/share/file
	run -1 --separate-stderr mkportable build --extension --format=ddi data
	[ "$stderr" = "mkportable: data: no program says for which machine the root partition is; use --format=squashfs" ]
	run ! ls ./data_0*
}

@test "on a disk of any size there are the whole image and its files, or the older image alone" {
	mkdir small
	mount -t tmpfs -o size=64k tmpfs small 2>/dev/null || skip "mount: not permitted"
	umount small
	whole=0 older=0
	for kilobytes in $(seq 16 4 96); do
		mount -t tmpfs -o size="${kilobytes}k" tmpfs small
		echo older >small/demo_0.raw
		# Whatever fails, unmounted it must be.
		status=0
		build --format=ddi --verity --output=small/demo_0.raw 2>err || status=$?
		ls -A small >entries
		cp small/* .
		umount small
		if [ $status = 0 ]; then
			sfdisk --verify demo_0.raw
			[ "$(tr '\n' ' ' <entries)" = "demo_0.raw demo_0.roothash " ]
			whole=$((whole + 1))
		else
			[ "$(cat demo_0.raw)" = older ]
			[ "$(cat entries)" = demo_0.raw ]
			older=$((older + 1))
		fi
	done
	[ $whole -gt 1 ] && [ $older -gt 5 ]
}

# The four images that the cases are made of, and their sidecars.
make_bases() {
	local sign=(--key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt")

	build --format=ddi --output=demo_0.raw && mv demo_0.raw plain.raw
	build --verity=sidecar "${sign[@]}" --output=demo_0.raw && mv demo_0.raw bare.raw
	mv demo_0.verity bare.verity && mv demo_0.roothash bare.roothash && mv demo_0.roothash.p7s bare.roothash.p7s
	build --format=ddi --verity --output=demo_0.raw && mv demo_0.raw verity.raw
	mv demo_0.roothash verity.roothash
	build --format=ddi --verity "${sign[@]}" --output=demo_0.raw && mv demo_0.raw signed.raw
	rm demo_0.roothash
}

@test "lint finds each defect of a disk image and of the files beside it, and nothing else" {
	make_bases
	make_disk_images demo_0
	n=0
	while read -r line; do
		# shellcheck disable=SC2206 # words
		words=($line)
		case=${words[0]} rule=${words[-3]} severity=${words[-2]}
		run --separate-stderr mkportable lint "$case/demo_0.raw"
		echo "$case: $status $output $stderr"
		expected="$case/demo_0.raw: $severity: $rule: "
		case $rule in
		-) [ "$status" = 0 ] && [ -z "$output" ] ;;
		\?) [ "$status" = 3 ] && [[ $stderr == "mkportable: cannot read the image '$case/demo_0.raw': it"* ]] ;;
		*)
			[[ $output == *"$expected"* ]]
			[ "$status" = "$([ "$severity" = error ] && echo 1 || echo 0)" ]
			# Besides it, only what depends on the host.
			run ! grep -E ': (error|warning): ' <(grep -vF "$expected" <<<"$output")
			;;
		esac
		n=$((n + 1))
	done < <(disk_cases)
	[ $n -ge 28 ]
}

@test "lint verifies a signature by the certificate that it is given" {
	make_bases
	note='note: signature-needs-certificate: services start only on hosts that have the certificate of the signature in /etc/verity.d'
	mv signed.raw demo_0.raw
	run -0 mkportable lint --certificate="$KEYS/rsa.crt" demo_0.raw
	[ "${lines[0]}" = "demo_0.raw: $note" ]
	run -1 mkportable lint --certificate="$KEYS/ec.crt" demo_0.raw
	[ "${lines[0]}" = "demo_0.raw: error: signature-invalid: the root hash was not signed by the certificate that was given" ]
	for key in rsa ec; do
		rm -f demo_1*
		build --version=1 --verity=sidecar --key="$KEYS/$key.key" --certificate="$KEYS/$key.crt"
		run -0 mkportable lint --certificate="$KEYS/$key.crt" demo_1.raw
		[ "${lines[0]}" = "demo_1.raw: $note" ]
		run -1 mkportable lint --certificate="$KEYS/encrypted.crt" demo_1.raw
		[[ $output == *": error: signature-invalid: "* ]]
	done
	# An expired certificate is one to systemd.
	printf %s "$(cat demo_1.roothash)" |
		openssl smime -sign -nocerts -noattr -binary -outform der -inkey "$KEYS/rsa.key" -signer "$KEYS/old.crt" >demo_1.roothash.p7s
	run -0 mkportable lint --certificate="$KEYS/old.crt" demo_1.raw
	# Any bytes but a signature; half of one.
	head -c 100 demo_1.roothash.p7s >half
	for bytes in half demo_1.raw "$KEYS/rsa.crt"; do
		cp "$bytes" demo_1.roothash.p7s
		run -1 mkportable lint --certificate="$KEYS/rsa.crt" demo_1.raw
		[ "${lines[0]}" = "demo_1.raw: error: signature-damaged: the signature of the root hash cannot be read" ]
	done
	# No signature at all.
	build --version=2 --verity=sidecar
	build --version=2 --format=directory --output=demo_2
	mkdir other
	build --version=2 --format=ddi --output=other/demo_2.raw
	rm demo_1.roothash.p7s
	for unsigned in demo_1.raw demo_2.raw demo_2 other/demo_2.raw; do
		run -1 mkportable lint --certificate="$KEYS/rsa.crt" $unsigned
		grep -qFx "$unsigned: error: signature-missing: a certificate was given, and the image has no signature" <<<"$output"
	done
	# What was given is the certificate, or nothing is judged.
	run -2 --separate-stderr mkportable lint --certificate="$KEYS/rsa.key" demo_1.raw
	[ "$stderr" = "mkportable: --certificate: '$KEYS/rsa.key' is no certificate in PEM format" ]
	[ -z "$output" ]
}

@test "show says what protects a disk image, and names its partitions" {
	make_bases
	run -0 mkportable show signed.raw
	grep -qx 'format: gpt' <<<"$output"
	grep -qx 'verity: fits' <<<"$output"
	grep -qx "root_hash: $(cat bare.roothash)" <<<"$output"
	grep -qx 'signature: unchecked' <<<"$output"
	uuid=$(sfdisk --json signed.raw | jq -r '.partitiontable.partitions[1].uuid' | tr A-F a-f)
	grep -qE "^partitions:  verity  $(machine)  8192  $uuid  root-$(machine)-verity\$" <<<"$output"
	[ "$(grep -c ^partitions: <<<"$output")" = 3 ]
	mkportable show --json signed.raw >json
	[ "$(jq -r '.root_hash, .verity, .signature, (.partitions | map(.role) | join(" "))' json)" = \
		"$(cat bare.roothash)"$'\n'fits$'\n'unchecked$'\n''root verity signature' ]
	run -0 mkportable show --json plain.raw
	[ "$(jq -c '[.root_hash, .verity, .signature, (.partitions | length)]' <<<"$output")" = '[null,null,null,1]' ]
	mv bare.raw demo_1.raw
	run -0 mkportable show demo_1.raw
	run ! grep -E '^(verity|root_hash|signature|partitions):' <<<"$output"
}

# What lint says in its first line, for a version of systemd; 0 for any.
lint_says() { # IMAGE VERSION LINE
	local option=()

	[ "$2" = 0 ] || option=(--systemd-version="$2")
	run mkportable lint "${option[@]}" "$1"
	echo "$2: $output"
	[ "${lines[0]-}" = "${3:+$1: $3}" ]
}

@test "what depends on the version of systemd is an error for those that refuse it only" {
	make_bases
	make_disk_images demo_0
	uuids='the UUIDs of the root and verity partitions are not the halves of the root hash, and services do not start'
	unused="note: verity-not-used: systemd before 258 does not use the hash tree for dm-verity: there is neither a signature nor a file '.roothash' beside the image"
	lint_says uuids/demo_0.raw 257 "$unused"
	lint_says uuids/demo_0.raw 258 "error: partition-uuids-differ: $uuids"
	lint_says verity/demo_0.raw 257 "$unused"
	lint_says verity/demo_0.raw 258 ''
	alone="beside the image is the file '.roothash' and no hash tree '.verity'; services do not start"
	ignored='warning: verity-ignored: beside the image is a root hash for dm-verity and no hash tree, and the image is mounted without dm-verity'
	lint_says bare-hash/demo_0.raw 257 "$ignored"
	lint_says bare-hash/demo_0.raw 260 "error: root-hash-alone: $alone"
	lint_says bare/demo_0.raw 257 ''
	lint_says bare/demo_0.raw 262 'error: verity-unsigned: the hash tree beside the image has no signature beside it, and services do not start'
	lint_says flags-sign/demo_0.raw 262 'error: partition-flags: the signature partition is not marked read-only, and services do not start'
	lint_says flags-verity/demo_0.raw 262 'error: partition-flags: the verity partition is not marked read-only, and services do not start'
	lint_says signed/demo_0.raw 259 ''
}

@test "a root hash of another image is found, in a file and in a partition" {
	make_bases
	hash=$(cat bare.roothash)
	SOURCE_DATE_EPOCH=1 build --format=ddi --verity --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_0.raw
	other=$(cat demo_0.roothash)
	# The signature partition of the one for the other.
	cp demo_0.raw x.raw
	partition signed.raw 3 signature
	dd if=signature of=demo_0.raw bs=512 seek="$(first 3)" conv=notrunc status=none
	mv demo_0.roothash other
	# A signature beside it without a root hash there is not looked for.
	for i in 1 2; do
		run -1 mkportable lint demo_0.raw
		[ "${lines[0]}" = "demo_0.raw: error: root-hash-differs: the signature partition says the root hash is $hash, and that of the file system is $other" ]
		touch demo_0.roothash.p7s
	done
	mv bare.raw demo_0.raw
	mv bare.verity demo_0.verity
	mv other demo_0.roothash
	mv bare.roothash.p7s demo_0.roothash.p7s
	run -1 mkportable lint demo_0.raw
	[ "${lines[0]}" = "demo_0.raw: error: root-hash-differs: the file '.roothash' beside the image says the root hash is $other, and that of the file system is $hash" ]
}

@test "a partition table with sectors of 4096 bytes is not read, and the reason is said" {
	build --format=ddi
	# Its header is in the second sector.
	dd if=demo_0.raw of=demo_1.raw bs=512 skip=1 seek=8 status=none
	run -3 --separate-stderr mkportable lint demo_1.raw
	[ "$stderr" = "mkportable: cannot read the image 'demo_1.raw': the sectors of its partition table are not of 512 bytes" ]
}

@test "a file beside the image that cannot be read is named, with what it is" {
	build --verity=sidecar --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt"
	for suffix in verity roothash roothash.p7s; do
		mv demo_0.$suffix good
		for make in mkfifo mkdir 'ln -s /dev/zero'; do
			$make demo_0.$suffix
			run -3 --separate-stderr timeout 10 mkportable lint demo_0.raw
			[ "$stderr" = "mkportable: cannot read the image 'demo_0.raw': the file '.$suffix' beside it: it is not a regular file" ]
			rm -r demo_0.$suffix
		done
		ln -s demo_0.$suffix demo_0.$suffix
		run -3 --separate-stderr mkportable lint demo_0.raw
		[ "$stderr" = "mkportable: cannot read the image 'demo_0.raw': the file '.$suffix' beside it: Too many levels of symbolic links" ]
		rm demo_0.$suffix
		mv good demo_0.$suffix
	done
}

@test "a tree of another algorithm is not checked, and a note says so" {
	build --verity=sidecar --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt"
	veritysetup format --hash=sha512 demo_0.raw demo_0.verity
	run -0 mkportable lint demo_0.raw
	[ "${lines[0]}" = "demo_0.raw: note: verity-unchecked: the hash tree for dm-verity was not checked: it is not of SHA-256, or too large" ]
}

@test "hash trees of too much data, and those that need too much memory, are not checked" {
	build --verity=sidecar --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt"
	truncate -s 64G demo_0.raw
	for blocks in 512:33554432 4096:16777216; do
		# Block size of the data and their number, in the superblock.
		python3 -c 'import struct, sys
size, n = map(int, sys.argv[1].split(":"))
with open("demo_0.verity", "r+b") as file:
    file.seek(64)
    file.write(struct.pack("<IIQ", size, 4096, n))
    file.truncate(2 << 30)' "$blocks"
		run -0 timeout 30 mkportable lint demo_0.raw
		[[ ${lines[0]} == "demo_0.raw: note: verity-unchecked: "* ]]
	done
}

@test "a hash tree beside a file system of another kind is compared as well" {
	command -v mkfs.erofs >/dev/null || skip "mkfs.erofs"
	[ "$(id -u)" -eq 0 ] || skip "systemd-dissect needs root"
	build --format=directory
	mkfs.erofs --quiet demo_0.raw demo_0 >/dev/null
	veritysetup format demo_0.raw demo_0.verity | awk '/^Root hash:/ { print $3 }' >demo_0.roothash
	run mkportable show demo_0.raw
	[ "$status" = 0 ] || skip "a kernel that mounts erofs"
	grep -qx 'verity: fits' <<<"$output"
}

@test "a root with a compression that libsquashfs does not know is read through systemd-dissect, or refused with what it needs" {
	build --format=directory
	mksquashfs demo_0 root -comp lzo -quiet -no-progress
	build --format=ddi
	sfdisk --dump demo_0.raw | sed 's/size= *[0-9]*/size=1000/; /^last-lba/d' >table
	truncate -s 1M demo_0.raw
	sfdisk --quiet demo_0.raw <table
	dd if=root of=demo_0.raw bs=512 seek=40 conv=notrunc status=none
	status=0
	mkportable lint demo_0.raw >out 2>err || status=$?
	cat out err
	[ ! -s out ]
	[ "$status" = 0 ] || { [ "$status" = 3 ] && grep -qF "systemd-dissect" err; }
	run -3 --separate-stderr env TMPDIR=/gone mkportable lint demo_0.raw
	[[ $stderr == "mkportable: cannot make '/gone/mkportable."*"': No such file or directory" ]]
	[ ${#stderr_lines[@]} = 1 ]
}

@test "a signal ends lint while it hashes a large disk image, and no copy of its files is left" {
	[ "$(id -u)" -eq 0 ] || skip "systemd-dissect needs root"
	build --format=directory
	truncate -s 31G demo_0.raw
	mkfs.ext4 -q -d demo_0 demo_0.raw
	run mkportable show demo_0.raw
	[ "$status" = 0 ] || skip "a kernel that mounts ext4 on loop devices"
	# A superblock for all of it; the tree is zeros.
	truncate -s 1M small
	veritysetup format small demo_0.verity | awk '/^Root hash:/ { print $3 }' >demo_0.roothash
	python3 -c 'import struct
with open("demo_0.verity", "r+b") as file:
    file.seek(72)
    file.write(struct.pack("<Q", (31 << 30) // 4096))
    file.truncate(300 << 20)'
	mkdir scratch
	run -124 --separate-stderr env TMPDIR="$PWD/scratch" timeout --kill-after=15 3 mkportable lint demo_0.raw
	[ "$stderr" = "mkportable: interrupted" ]
	[ -z "$(ls -A scratch)" ]
}

# Sets $other, and makes a program in programs/ that seems to be for that machine.
make_other_program() {
	local number

	case $(machine) in
	x86-64) other=arm64 number='\xb7' ;;
	*) other=x86-64 number='\x3e' ;;
	esac
	mkdir -p programs
	cp "$PROGRAMS/demo" programs/
	# e_machine of the ELF header
	printf '%b\0' "$number" | dd of=programs/demo bs=1 seek=18 conv=notrunc status=none
}

build_other() { # OPTION...
	mkportable build --program-path=programs --os-release="$repository/os-release.in" --format=ddi "$@" "$image"
}

@test "an image for another machine only is a note" {
	make_other_program
	build_other
	[ "$(sfdisk --json demo_0.raw | jq -r '.partitiontable.partitions[0].name')" = "root-$other" ]
	run -0 mkportable lint demo_0.raw
	[ "${lines[0]}" = "demo_0.raw: note: root-of-other-machine: the only root partition is for '$other'; a host for '$(machine)' attaches it, and its programs do not start" ]
}

# Makes own/demo_0.raw and other/demo_0.raw, signed, and both.raw of them.
make_both() {
	make_other_program
	mkdir own other
	build --format=ddi --verity --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=own/demo_0.raw
	build_other --verity --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=other/demo_0.raw
	mkportable merge --output=demo_0.raw own/demo_0.raw other/demo_0.raw
}

@test "merge makes one disk image for two machines, with the hash trees and signatures of each" {
	make_both
	sfdisk --verify demo_0.raw
	run -0 sgdisk -v demo_0.raw
	[[ $output == *"No problems found."* ]]
	[ ! -e demo_0.roothash ]
	[ "$(stat -c %a demo_0.raw)" = 644 ]
	# In the order of the machines' names.
	first=own second=other
	[ "$other" != arm64 ] || first=other second=own
	run -0 sfdisk --json demo_0.raw
	names=$(jq -r '.partitiontable.partitions[].name' <<<"$output")
	[ "$names" = "$(for m in arm64 x86-64; do printf '%s\n' "root-$m" "root-$m-verity" "root-$m-verity-sig"; done)" ]
	for i in 1 2 3; do
		partition $first/demo_0.raw $i alone
		partition demo_0.raw $i merged
		cmp alone merged
		partition $second/demo_0.raw $i alone
		partition demo_0.raw $((i + 3)) merged
		cmp alone merged
	done
	partition demo_0.raw 4 root
	partition demo_0.raw 5 verity
	veritysetup verify root verity "$(cat $second/demo_0.roothash)"
	fields='.partitiontable.partitions | map([.type, .uuid, .attrs])'
	[ "$(jq -c "$fields" <<<"$output")" = \
		"$(jq -sc 'map('"$fields"') | add' <(sfdisk --json $first/demo_0.raw) <(sfdisk --json $second/demo_0.raw))" ]
	# Any order, the same bytes; and again, of what was merged.
	mkportable merge --output=demo_1.raw other/demo_0.raw own/demo_0.raw
	cmp demo_0.raw demo_1.raw
	run -1 --separate-stderr mkportable merge --output=demo_2.raw demo_0.raw own/demo_0.raw
	[ "$stderr" = "mkportable: 'demo_0.raw' and 'own/demo_0.raw' are both for '$(machine)'" ]
	[ ! -e demo_2.raw ]
}

@test "lint and show judge and show an image for two machines on each of them" {
	make_both
	note='note: signature-needs-certificate: '
	run -0 mkportable lint --certificate="$KEYS/rsa.crt" demo_0.raw
	[[ ${lines[0]} == "demo_0.raw ($(machine)): $note"* && ${lines[2]} == "demo_0.raw ($other): $note"* ]]
	[ ${#lines[@]} = 4 ]
	run -1 mkportable lint --certificate="$KEYS/ec.crt" demo_0.raw
	[ "$(grep -c ': error: signature-invalid: ' <<<"$output")" = 2 ]
	run -0 mkportable show demo_0.raw
	[ "$(grep ^architecture: <<<"$output")" = "architecture: $(machine)"$'\n'"architecture: $other" ]
	grep -qx "root_hash: $(cat own/demo_0.roothash)" <<<"$output"
	grep -qx "root_hash: $(cat other/demo_0.roothash)" <<<"$output"
	run -0 mkportable show --json demo_0.raw
	[ "$(jq -r '.architecture, .root_hash, (.other_machines[] | .architecture, .root_hash)' <<<"$output")" = \
		"$(printf '%s\n' "$(machine)" "$(cat own/demo_0.roothash)" "$other" "$(cat other/demo_0.roothash)")" ]
	[ "$(jq -c '.other_machines' <(mkportable show --json own/demo_0.raw))" = '[]' ]

	# One byte of the other machine's file system; what is said of the table is said once.
	case $other in arm64) number=1 ;; *) number=4 ;; esac
	ln -f demo_0.raw x.raw
	damage $(($(first $number) * 512 + 5000))
	damage -500
	run -1 mkportable lint demo_0.raw
	[ "$(grep 'error: ' <<<"$output")" = \
		"demo_0.raw ($other): error: verity-differs: the hash tree for dm-verity does not fit the file system from its block 1 on" ]
	[ "$(grep 'warning: ' <<<"$output")" = \
		"demo_0.raw: warning: partition-table-damaged: the partition table at the end is missing or damaged" ]
	run -1 mkportable lint --json demo_0.raw
	[ "$(jq -c '.images | map([.machine, .errors])' <<<"$output")" = "[[\"$(machine)\",0],[\"$other\",1]]" ]
	run -1 mkportable lint --format=sarif demo_0.raw
	[ "$(jq -r '.runs[0].results[] | select(.level == "error") | .message.text' <<<"$output" | cut -d' ' -f1)" = "$other:" ]
	run -1 --separate-stderr mkportable merge --output=demo_3.raw demo_0.raw own/demo_0.raw
	[[ ${stderr_lines[0]} == "demo_0.raw ($other): error: verity-differs: "* ]]
	[ ! -e demo_3.raw ]
}

@test "the machines of an image share what is hashed of a large one" {
	make_both
	partition own/demo_0.raw 1 root
	partition own/demo_0.raw 2 verity
	# 20 GiB; for one machine it would be hashed.
	python3 -c 'import struct
with open("verity", "r+b") as file:
    file.seek(72)
    file.write(struct.pack("<Q", (20 << 30) // 4096))'
	mapfile -t types < <(sfdisk --json own/demo_0.raw | jq -r '.partitiontable.partitions[].type')
	truncate -s 21G demo_1.raw
	printf '%s\n' 'label: gpt' 'first-lba: 34' "start=40, size=$((20 << 21)), type=${types[0]}" "size=409600, type=${types[1]}" \
		"size=2048, type=$(sfdisk --json other/demo_0.raw | jq -r '.partitiontable.partitions[0].type')" |
		sfdisk --quiet demo_1.raw
	ln demo_1.raw x.raw
	dd if=root of=x.raw bs=512 seek=40 conv=notrunc status=none
	dd if=verity of=x.raw bs=512 seek="$(first 2)" conv=notrunc status=none
	dd if=root of=x.raw bs=512 seek="$(first 3)" conv=notrunc status=none
	run timeout 30 mkportable lint demo_1.raw
	grep -q "^demo_1.raw ($(machine)): note: verity-unchecked: " <<<"$output"
	run ! grep 'verity-differs' <<<"$output"
}

@test "the root hash of one machine beside an image for two is an error on the other" {
	make_both
	cp own/demo_0.roothash .
	run -1 mkportable lint demo_0.raw
	[ "$(grep -c ': error: ' <<<"$output")" = 1 ]
	[[ $output == *"demo_0.raw ($other): error: root-hash-differs: the file '.roothash' beside the image says "* ]]
	# And merge leaves none beside what it makes.
	run -1 --separate-stderr mkportable merge --output=demo_0.raw own/demo_0.raw other/demo_0.raw
	[ "$stderr" = "mkportable: cannot write 'demo_0.raw': systemd would take 'demo_0.roothash' beside it for a part of it; remove that first" ]
}

@test "a machine without a hash tree does not get that of another one" {
	make_other_program
	mkdir own
	build --format=ddi --output=own/demo_0.raw
	build_other --verity
	mkportable merge --output=demo_1.raw own/demo_0.raw demo_0.raw
	run -0 mkportable show --json demo_1.raw
	[ "$(jq -c '[.verity, (.other_machines[] | .verity)]' <<<"$output")" = '[null,"fits"]' ]
}

@test "merge leaves the holes of a sparse image, and copies what is between them" {
	make_other_program
	mkdir own
	build --format=ddi --output=own/demo_0.raw
	build_other
	# A root partition of 64 GiB, with its file system and one byte behind it.
	sfdisk --dump own/demo_0.raw | sed 's/size= *[0-9]*/size=134217728/; /^last-lba/d' >table
	truncate -s 65G own/demo_0.raw
	sfdisk --quiet own/demo_0.raw <table
	echo x | dd of=own/demo_0.raw bs=1 seek=40G conv=notrunc status=none
	timeout 60 mkportable merge --output=demo_1.raw own/demo_0.raw demo_0.raw
	sfdisk --verify demo_1.raw
	[ "$(stat -c %s demo_1.raw)" -gt $((64 << 30)) ]
	[ "$(stat -c '%b * %B' demo_1.raw | xargs expr)" -lt $((4 << 20)) ]
	# Partitions are compared at their ends and around that byte.
	case $other in arm64) number=2 ;; *) number=1 ;; esac
	place=$(sfdisk --json demo_1.raw | jq ".partitiontable.partitions[$number - 1].start * 512")
	for at in 0 $(((40 << 30) - 65536)) $(((64 << 30) - 65536)); do
		cmp -n 65536 own/demo_0.raw demo_1.raw $((40 * 512 + at)) $((place + at))
	done
	partition demo_0.raw 1 alone
	partition demo_1.raw $((3 - number)) merged
	cmp alone merged
}

@test "merge refuses what would not serve on each machine, in one line, and writes nothing" {
	refused() { # STATUS LINE ARGUMENT...
		run -"$1" --separate-stderr mkportable merge "${@:3}"
		[ "$stderr" = "mkportable: $2" ]
		[ -z "$output" ]
		[ ! -e demo_9.raw ]
	}
	make_both
	build --version=1 --format=ddi --output=own/demo_1.raw
	refused 1 "'other/demo_0.raw' is version '0' and 'own/demo_1.raw' is version '1'" --output=demo_9.raw other/demo_0.raw own/demo_1.raw
	refused 1 "--output: portablectl would not take 'damo_9.raw' for the image 'demo'" --output=damo_9.raw own/demo_0.raw other/demo_0.raw
	build --output=demo_5.raw
	refused 1 "'demo_5.raw' is no disk image; mkportable build --format=ddi makes one" --output=demo_9.raw own/demo_0.raw demo_5.raw
	refused 3 "cannot read the image 'gone.raw': No such file or directory" --output=demo_9.raw own/demo_0.raw gone.raw
	refused 1 "cannot write 'nowhere/demo_9.raw': No such file or directory" --output=nowhere/demo_9.raw own/demo_0.raw other/demo_0.raw
	usage="; see 'mkportable --help'"
	refused 2 "merge: two or more images are needed$usage" --output=demo_9.raw own/demo_0.raw
	refused 2 "merge: --output= is missing$usage" own/demo_0.raw other/demo_0.raw
	refused 2 "--output: portablectl takes only files that end in '.raw': 'demo_9'$usage" --output=demo_9 own/demo_0.raw other/demo_0.raw
	cp own/demo_0.raw x.raw
	edit "3:type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	mv x.raw demo_6.raw
	refused 1 "'demo_6.raw': partition 3 belongs to the root file system of no machine" --output=demo_9.raw demo_6.raw other/demo_0.raw
	# A host would take the other root, of whatever machine it is.
	cp own/demo_0.raw x.raw
	edit "1:type=0fc63daf-8483-4772-8e79-3d69d8477de4" 2:gone= 3:gone=
	mv x.raw demo_8.raw
	refused 1 "'demo_8.raw': the root partition is of a type that is not for one machine" --output=demo_9.raw demo_8.raw other/demo_0.raw
	cp own/demo_0.raw x.raw
	damage $((40 * 512 + 5000))
	mv x.raw demo_7.raw
	run -1 --separate-stderr mkportable merge --output=demo_9.raw other/demo_0.raw demo_7.raw
	[[ ${stderr_lines[0]} == "demo_7.raw: error: verity-differs: "* ]]
	[ ! -e demo_9.raw ]
}

@test "sign makes of an image the bytes that build makes of its sources, and leaves it as it was" {
	mkdir signed
	build --output=demo_0.raw
	cp demo_0.raw before
	mkportable sign --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=signed/demo_0.raw demo_0.raw
	cmp demo_0.raw before
	build --format=ddi --verity --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_1.raw
	cmp signed/demo_0.raw demo_1.raw
	[ "$(ls signed)" = demo_0.raw ] # no root hash beside it
	mkportable lint --certificate="$KEYS/rsa.crt" signed/demo_0.raw
	# Of a disk image too, with a hash tree or without, and in its own place with another key.
	build --format=ddi --output=demo_2.raw
	mkportable sign --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_2.raw demo_2.raw
	cmp signed/demo_0.raw demo_2.raw
	mkportable sign --key="$KEYS/ec.key" --certificate="$KEYS/ec.crt" --output=demo_2.raw demo_2.raw
	mkportable lint --certificate="$KEYS/ec.crt" demo_2.raw
	mkportable sign --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_2.raw demo_2.raw
	cmp signed/demo_0.raw demo_2.raw
}

@test "sign refuses what it cannot sign, in one line, and writes nothing" {
	refused() { # STATUS LINE ARGUMENT...
		run -"$1" --separate-stderr mkportable sign --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" "${@:3}"
		echo "is: $stderr"
		[ "$stderr" = "mkportable: $2" ]
		[ ! -e demo_9.raw ]
	}
	usage="; see 'mkportable --help'"
	build --output=demo_0.raw
	usage_error 'sign: --key= and --certificate= are needed' mkportable sign --key="$KEYS/rsa.key" --output=demo_9.raw demo_0.raw
	refused 2 "sign: no image given$usage" --output=demo_9.raw
	refused 2 "sign: --output= is missing$usage" demo_0.raw
	refused 2 "--output: portablectl takes only files that end in '.raw': 'demo'$usage" --output=demo demo_0.raw
	refused 1 "--output: portablectl would not take 'other.raw' for the image 'demo'" --output=other.raw demo_0.raw
	refused 3 "cannot read the image 'demo_8.raw': No such file or directory" --output=demo_9.raw demo_8.raw
	refused 1 "cannot write 'nowhere/demo_9.raw': No such file or directory" --output=nowhere/demo_9.raw demo_0.raw
	build --format=directory --output=demo_1
	refused 1 "'demo_1' has no squashfs, which is what can be signed" --output=demo_9.raw demo_1
	run -1 --separate-stderr mkportable sign --key="$KEYS/ec.key" --certificate="$KEYS/rsa.crt" --output=demo_9.raw demo_0.raw
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	# One that lint finds an error in, with what that is.
	mksquashfs demo_1 demo_2.raw -quiet -no-progress -e usr/lib/os-release >/dev/null
	run -1 --separate-stderr mkportable sign --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_9.raw demo_2.raw
	[[ $stderr == *os-release* ]]
	[ "$(find . -maxdepth 1 -name '*demo*' | sort | tr '\n' ' ')" = './demo_0.raw ./demo_1 ./demo_2.raw ' ]
	# The end of the squashfs is not in the file, or there is no room.
	truncate --size=-4096 demo_0.raw
	run -3 --separate-stderr mkportable sign --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_9.raw demo_0.raw
	build --output=demo_0.raw
	run -1 --separate-stderr bash -c 'ulimit -f 30; trap "" XFSZ; mkportable sign --key="$KEYS/rsa.key" --certificate="$KEYS/rsa.crt" --output=demo_9.raw demo_0.raw'
	[ "$stderr" = "mkportable: cannot write 'demo_9.raw': File too large" ]
	[ "$(find . -maxdepth 1 -name '*demo*' | sort | tr '\n' ' ')" = './demo_0.raw ./demo_1 ./demo_2.raw ' ]
}
