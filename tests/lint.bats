#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What "mkportable lint" promises: each rule finds an image that breaks it, and nothing
# in a good one; an image that cannot be read is one line and status 3, whatever is in
# it; and the output for machines keeps its form. lab/lint.bats tests that systemd
# agrees.
#
# Needs root: trees whose files belong to root
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers
load disk-cases
load image-tree

setup_file() {
	local repository=$BATS_TEST_DIRNAME/..

	PATH=$(cd "${BUILD:-$repository/build}" && pwd):$PATH
	export GOOD=$BATS_FILE_TMPDIR/lint_1
	make_good_image "$GOOD"
}

setup() {
	repository=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH=$(cd "${BUILD:-$repository/build}" && pwd):$PATH
	units=usr/lib/systemd/system
	cd "$BATS_TEST_TMPDIR" || return
}

squash() { # TREE IMAGE [OPTION...]
	mksquashfs "$@" -noappend -quiet -no-progress >/dev/null 2>&1
}

# Whether the finding is in the output, with a remedy; for "-", whether there is no error, and
# for "no RULE", whether it is not there either.
found() { # "SEVERITY RULE"
	if [ "$1" = - ] || [ "${1%% *}" = no ]; then
		fails grep -Eq "^$name: (error: |[a-z]*: ${1#* }: )" said
	else
		grep -A 1 "^$name: ${1/ /: }: " said | grep -q '^  remedy: .'
	fi
}

@test "each rule finds an image that breaks it, with its severity and a remedy" {
	[ "$(id -u)" = 0 ] || skip "chown: only root may"
	printf '#include <netdb.h>\nint main(void) { struct addrinfo *a; return getaddrinfo("x", "y", 0, &a); }\n' >nss.c
	gcc -static -o nss nss.c 2>/dev/null
	failed=0
	while next_case; do
		rm -rf work
		mkdir -p work/open
		cp -a "$GOOD" "work/$name"
		printf '[Service]\nCapabilityBoundingSet=CAP_CHOWN\nSystemCallFilter=@system-service\nTasksMax=4\n' >work/open/service.conf
		(cd "work/$name" && eval "$how")
		mv "work/$name" work/tree
		squash work/tree "work/$name.raw" # systemd makes places in a directory
		name=$name.raw
		status=0
		# shellcheck disable=SC2086 # none or one
		(cd work && mkportable lint $options "$name") >said 2>err || status=$?
		case $finding in
		error* | *too-many-findings) [ "$status" = 1 ] ;;
		*) [ "$status" = 0 ] ;;
		esac && [ ! -s err ] && found "$finding" || {
			echo "$finding: $how: status $status"
			cat said err
			failed=1
		}
	done < <(image_cases)
	[ "$failed" = 0 ]
}

@test "what a profile mounts is judged with --profile=, and what it makes impossible" {
	squash "$GOOD" lint_1.raw
	mkdir profile
	printf '[Service]\nBindReadOnlyPaths=/usr:/from-profile\nInaccessiblePaths=/usr/bin\n' >profile/service.conf
	run -0 mkportable lint lint_1.raw
	run -1 mkportable lint --profile=./profile lint_1.raw
	grep -q "error: bind-target-missing: .* mounts over '/from-profile'" <<<"$output"
	grep -q "error: program-hidden: .* InaccessiblePaths mounts over '/usr/bin'" <<<"$output"
}

@test "a place in what is mounted over the image is there for every instance of a template" {
	cp -a "$GOOD" template
	cd template
	cp "$units/lint-once.service" "$units/lint@.service"
	add lint@.service Service StateDirectory=lint/%i WorkingDirectory=%S/lint/%i
	mkdir var/lib/lint/a
	squash . ../lint_1.raw
	run -0 mkportable lint ../lint_1.raw
	grep -q 'note: specifier-undecided: .*lint@.service' <<<"$output"

	rmdir var/lib/lint/a
	add lint@.service Service TemporaryFileSystem=/var/lib/lint:ro
	squash . ../lint_1.raw
	run -0 mkportable lint ../lint_1.raw
	[ -z "$output" ]
	run -0 mkportable show ../lint_1.raw
	grep -qxF 'directories:  /var/lib/lint/%i  StateDirectory  lint@.service' <<<"$output"

	change lint@.service WorkingDirectory WorkingDirectory=/srv/%i
	mkdir -p srv/a
	squash . ../lint_1.raw
	run -0 mkportable lint ../lint_1.raw
	grep -q 'note: specifier-undecided: .*lint@.service' <<<"$output"
}

@test "no rule is without a test" {
	{
		image_cases | sed -n 's/^[a-z]* \([a-z-]*\)|.*/\1/p'
		printf '%s\n' exposure-unknown                                          # without systemd-analyze
		printf '%s\n' compression-unknown file-system-refused{,-newer} version{-picked,s-too-new} # tests of their own
		disk_cases | awk '$(NF - 2) ~ /^[a-z]/ { print $(NF - 2) }'             # tests/ddi.bats
		grep -oE '(error|warning|note): [a-z-]+: ' "$BATS_TEST_DIRNAME/ddi.bats" | cut -d ' ' -f 2 | tr -d :
		echo partition-flags
		grep -oE '(error|warning|security): host-[a-z-]+: ' "$BATS_TEST_DIRNAME/lint-host.bats" | cut -d ' ' -f 2 | tr -d :
		printf 'extension-%s\n' name-mismatch newer release-invalid mismatch content
	} | sort -u >tested
	mkportable lint --rules | sed -n 's/^| `\([a-z-]*\)` .*/\1/p' | sort >rules
	diff rules tested
}

@test "docs/lint-rules.md is what the table in the code says" {
	mkportable lint --rules | diff "$repository/docs/lint-rules.md" -
}

@test "a good image has no finding, as a directory and as a squashfs of each compression" {
	[ "$(id -u)" = 0 ] || skip "chown: only root may"
	run -0 mkportable lint "$GOOD"
	[ -z "$output" ]
	(cd "$GOOD" && run -0 mkportable lint . && [ -z "$output" ])
	for compression in gzip xz lz4 zstd; do
		squash "$GOOD" "lint_1.raw" -comp $compression
		run -0 mkportable lint lint_1.raw
		[ -z "$output" ]
	done
}

@test "dependencies may be named by specifiers, and an empty value does not reset them" {
	for change in 's/^\(Requires\|After\)=lint[.]socket$/\1=%N.socket/' 's/^After=lint[.]socket$/&\nAfter=/' \
		's/^After=lint[.]socket$/After=network.target %N.socket/'; do
		rm -rf lint_1
		cp -a "$GOOD" lint_1
		sed -i "$change" lint_1/usr/lib/systemd/system/lint.service
		run -0 --separate-stderr mkportable lint lint_1
		[ -z "$output$stderr" ]
	done
	# What another unit wants by a specifier needs no [Install].
	sed -i '/Install/,$d' lint_1/usr/lib/systemd/system/lint-once.service
	run -0 mkportable lint lint_1
	[[ $output == *install-missing* ]]
	sed -i 's/^\[Unit\]$/&\nWants=%N-once.service/' lint_1/usr/lib/systemd/system/lint.service
	run -0 --separate-stderr mkportable lint lint_1
	[ -z "$output$stderr" ]
}

@test "the compression lzma, which no kernel reads, is an error" {
	squash "$GOOD" lint_1.raw -comp lzma || skip "mksquashfs without lzma"
	run -1 mkportable lint lint_1.raw
	[[ ${lines[0]} == "lint_1.raw: error: compression-unknown: "* ]]
	[ "$(grep -c ': [a-z]*: ' <<<"$output")" = 1 ]
}

@test "a file that does not end in .raw is no image, whatever link leads to it" {
	squash "$GOOD" lint_1.img
	run -1 mkportable lint lint_1.img
	[[ ${lines[0]} == "lint_1.img: error: image-name-refused: systemd does not take an image called 'lint_1.img': "* ]]
	ln -s lint_1.img lint_1.raw
	run -1 mkportable lint lint_1.raw
	[[ ${lines[0]} == "lint_1.raw: error: image-name-refused: systemd does not take an image called 'lint_1.img': "* ]]
	mkdir store
	mv lint_1.img store/x.raw
	ln -sf store/x.raw lint_1.raw
	run -0 mkportable lint lint_1.raw
	[ -z "$output" ]
}

@test "ext2 and ext3 are told from ext4 by their features, which 257 does not mount" {
	command -v systemd-dissect >/dev/null || skip "disk images are read through systemd-dissect"
	local options ours
	ours=$(systemd-dissect --version | awk 'NR == 1 { print $2 }')
	for options in "ext2" "ext3" "ext4 -O ^has_journal" "ext2 -O extent"; do
		rm -f lint_1.raw
		# shellcheck disable=SC2086 # the options are words
		mkfs.$options -q -d "$GOOD" lint_1.raw 16M
		case $options in
		ext[23])
			if ((ours >= 257)); then
				run -3 mkportable lint lint_1.raw
				continue
			fi
			run -0 mkportable lint --systemd-version=252 lint_1.raw
			[[ $output != *file-system-refused* ]]
			run -1 mkportable lint --systemd-version=257 lint_1.raw
			[[ $output == *"error: file-system-refused: it is an $options by its features, "* ]]
			run -0 mkportable lint lint_1.raw
			[[ $output == *"warning: file-system-refused-newer: "* ]]
			;;
		*)
			run -0 mkportable lint --systemd-version=257 lint_1.raw
			[[ $output != *file-system-refused* ]]
			;;
		esac
	done
}

@test "of a directory of versions the image is judged that systemd would take" {
	mkdir lint.raw.v
	run -3 --separate-stderr mkportable lint lint.raw.v
	[[ $stderr == "mkportable: cannot read the image 'lint.raw.v': no image in this directory of versions "* ]]
	squash "$GOOD" lint.raw.v/lint_1.raw
	cp -a "$GOOD" broken
	rm broken/usr/bin/lint
	squash broken lint.raw.v/lint_2+0-3.raw
	squash broken lint.raw.v/lint_3_sparc.raw
	run -0 mkportable lint lint.raw.v/
	[ "${lines[0]}" = "lint.raw.v/: note: version-picked: of the 2 images in this directory systemd takes 'lint_1.raw'; before 256 it takes none" ]
	[ "$(grep -c ': [a-z]*: ' <<<"$output")" = 1 ]
	run -1 mkportable lint --systemd-version=252 lint.raw.v
	[[ ${lines[0]} == "lint.raw.v: error: versions-too-new: "* ]]
	squash broken lint.raw.v/lint_1.1.raw
	run -1 mkportable lint lint.raw.v
	grep -q "^lint.raw.v: error: program-missing: " <<<"$output"
	run -0 mkportable show lint.raw.v
	grep -qx 'format: squashfs' <<<"$output"
	# The name behind a link counts.
	ln -s lint.raw.v lint.raw
	run -1 mkportable lint lint.raw
	grep -q ": error: program-missing: " <<<"$output"
}

# A GPT with the squashfs as its partition, of the type and with the attributes.
gpt() { # TYPE ATTRIBUTES IMAGE
	local sectors

	squash "$GOOD" part
	sectors=$((($(stat -c %s part) + 511) / 512))
	rm -f "$3"
	truncate -s $(((40 + sectors + 40) * 512)) "$3"
	printf 'label: gpt\nfirst-lba: 34\nstart=40, size=%s, type=%s, attrs="%s"\n' "$sectors" "$1" "$2" | sfdisk --quiet "$3"
	dd if=part of="$3" bs=512 seek=40 conv=notrunc status=none
}

@test "a GPT with a squashfs is read without systemd-dissect, and its partition judged" {
	PATH+=:/usr/sbin:/sbin
	case $(uname -m) in
	x86_64) root=4f68bce3-e8cd-4db1-96e7-fbcaf984b709 ;;
	aarch64) root=b921b045-1df0-41c3-af44-4c6f280d3fae ;;
	*) skip "no type of partition for this machine" ;;
	esac
	linux=0fc63daf-8483-4772-8e79-3d69d8477de4 other=01234567-89ab-cdef-0123-456789abcdef
	read_only=GUID:60 grow=GUID:59 no_auto=GUID:63
	mkdir bin
	printf '#!/bin/sh\nexit 9\n' >bin/systemd-dissect
	chmod 755 bin/systemd-dissect
	PATH=$PWD/bin:$PATH

	gpt "$root" "$read_only" lint_1.raw
	run -0 mkportable lint lint_1.raw
	[ -z "$output" ]
	run -0 mkportable show lint_1.raw
	grep -qx 'format: gpt' <<<"$output"
	for attributes in "" $grow $read_only,$grow; do
		gpt "$root" "$attributes" lint_1.raw
		run -0 mkportable lint --systemd-version=257 lint_1.raw
		[ -z "$output" ]
		run -1 mkportable lint --systemd-version=262 lint_1.raw
		[[ ${lines[0]} == "lint_1.raw: error: partition-flags: the root partition is "*", and services do not start" ]]
		run -0 mkportable lint lint_1.raw
		[[ ${lines[0]} == "lint_1.raw: warning: partition-flags-newer: the root partition is "* ]]
	done
	gpt "$linux" "$read_only" lint_1.raw
	run -1 mkportable lint --systemd-version=262 lint_1.raw
	[[ ${lines[0]} == "lint_1.raw: error: partition-flags: the partition is not of a type "* ]]
	for type in "$root" $other; do
		gpt "$type" "$no_auto" lint_1.raw
		run -3 --separate-stderr mkportable lint lint_1.raw
		[ "$stderr" = "mkportable: cannot read the image 'lint_1.raw': it has no root partition, or more than one that might be it" ]
	done
}

# An extension image: extension_1, with a file of data.
extension() {
	rm -rf extension_1
	mkdir -p extension_1/usr/lib/extension-release.d extension_1/usr/share
	release=extension_1/usr/lib/extension-release.d/extension-release.extension_1
	printf 'ID=%s\n' "${1-_any}" >$release
	echo data >extension_1/usr/share/data
}

# Nothing is said but that it goes on top of another image.
alone() {
	[[ ${lines[0]} == *": note: extension-alone: it is an extension, "* ]]
	[ "$(grep -c ': [a-z]*: ' <<<"$output")" = 1 ]
}

@test "an extension image is judged as one: by its release file, and by what is merged of it" {
	extension
	run -0 mkportable lint extension_1
	alone
	squash extension_1 extension_1.raw
	run -0 mkportable lint extension_1.raw
	alone
	mv extension_1.raw other.raw
	run -1 mkportable lint other.raw
	[ "${lines[2]}" = "other.raw: error: extension-name-mismatch: 'other.raw' has no release file 'extension-release.other', by which systemd knows an extension of that name" ]
	mv $release ${release%_1}
	run -0 mkportable lint extension_1
	grep -q '^extension_1: warning: extension-newer: ' <<<"$output"
	run -0 mkportable lint --systemd-version=257 extension_1
	alone
	run -1 mkportable lint --systemd-version=252 extension_1
	for line in 'NAME=x' $'ID=_any\nSYSEXT_SCOPE=system' $'ID=_any\nX=\374'; do
		extension
		printf '%s\n' "$line" >$release
		run -1 mkportable lint extension_1
		[[ ${lines[2]} == "extension_1: error: extension-release-invalid: systemd refuses the release file of the extension: "* ]]
	done
	extension
	mkdir -p extension_1/var/lib extension_1/etc
	: >extension_1/etc/conf
	run -0 mkportable lint extension_1
	[[ ${lines[2]} == "extension_1: warning: extension-content: /etc/conf: no service sees it: "* ]]
	mkdir extension_1/etc/extension-release.d
	cp $release extension_1/etc/extension-release.d/
	run -0 mkportable lint extension_1
	alone
}

@test "an image and its extensions are judged as they are attached: one on top of the other" {
	cp -a "$GOOD" lint_1
	extension
	run -0 mkportable lint --extension=extension_1 lint_1
	[ -z "$output" ]
	extension other
	run -1 mkportable lint --extension=extension_1 lint_1
	[ "${lines[0]}" = "lint_1: error: extension-mismatch: the extension 'extension_1' is for ID='other', but the image says 'lint'" ]
	extension lint
	run -1 mkportable lint --extension=extension_1 lint_1
	[[ ${lines[0]} == *" is for VERSION_ID='', but the image says '1'" ]]
	echo SYSEXT_LEVEL=3 >>$release
	echo SYSEXT_LEVEL=3 >>lint_1/usr/lib/os-release
	run -0 mkportable lint --extension=extension_1 lint_1
	[ -z "$output" ]

	# Its programs and units count, and in a squashfs as well; the image's own unit comes first.
	extension
	mkdir extension_1/usr/bin
	mv lint_1/usr/bin/lint extension_1/usr/bin/
	run -1 mkportable lint lint_1
	grep -q ': error: program-missing: ' <<<"$output"
	mkdir -p extension_1/"$units"
	sed 's|^ExecStart=.*|ExecStart=/nowhere|' lint_1/"$units"/lint-once.service >extension_1/"$units"/lint-once.service
	squash extension_1 extension_1.raw
	for image in extension_1 extension_1.raw; do
		run -0 mkportable lint --extension=$image lint_1
		[ -z "$output" ]
	done
	cp extension_1/"$units"/lint-once.service extension_1/"$units"/lint-more.service
	run -1 mkportable lint --extension=extension_1 lint_1
	grep -q ': error: program-missing: /usr/lib/systemd/system/lint-more.service:' <<<"$output"
	run -3 --separate-stderr mkportable lint --extension=nowhere lint_1
	[ "$stderr" = "mkportable: cannot read the image 'nowhere': No such file or directory" ]
}

@test "a squashfs is judged as the directory that it was made from" {
	cp -a "$GOOD" lint_2
	(
		cd lint_2
		rmdir proc srv/bound
		touch proc srv/bound # what is missing, systemd makes in a directory
		chmod 777 opt srv 2>/dev/null || chmod 777 srv
		printf '#!/bin/sh\n' >usr/bin/lint
		ln usr/bin/lint usr/bin/hard
		add lint-once.service Service "ExecStartPre=/usr/bin/hard" "ExecStopPost=/a b" "Foo=1"
		touch 'srv/a b"c\d*[e]' srv/$'line\nproc D 0 755 0 0'
		chmod 666 srv/*
		ln -s ../../../x 'srv/l i'
		ln -s $'x\nzzz D 0 755 0 0' link
	)
	squash lint_2 lint_2.raw
	run -1 mkportable lint lint_2
	echo "${output//lint_2/I}" >directory
	run -1 mkportable lint lint_2.raw
	echo "${output//lint_2.raw/I}" | diff directory -
}

@test "findings are printed in lines, foreign text escaped" {
	cp -a "$GOOD" lint_1
	printf '[Service]\nExecStart=/usr/bin/a\033[31mb\nK\303\274=1\n' >"lint_1/$units/lint-once.service"
	run -1 mkportable lint ./lint_1/
	[ "$(grep -c '' <<<"$output")" -ge 4 ]
	[ "$(LC_ALL=C grep -c '[^ -~]' <<<"$output")" = 0 ]
	grep -qF "./lint_1/: error: program-missing: /$units/lint-once.service:2: the program '/usr/bin/a\\x1b[31mb' of ExecStart= is not in the image" <<<"$output"
}

@test "--json has the form that is documented, and text that is no UTF-8 does not break it" {
	cp -a "$GOOD" lint_1
	rmdir lint_1/proc
	: >lint_1/proc
	touch lint_1/srv/$'\xff"\n'
	chmod 777 lint_1/srv/$'\xff"\n'
	run -1 mkportable lint --json lint_1
	python3 -c '
import json, sys
whole = json.loads(sys.argv[1])
assert list(whole) == ["version", "images"] and whole["version"] == 1
image = whole["images"][0]
assert list(image) == ["image", "machine", "host", "prefix", "errors", "findings"]
assert image["image"] == "lint_1" and image["prefix"] == "lint" and image["errors"] == 1
for finding in image["findings"]:
    assert list(finding) == ["rule", "severity", "where", "message", "remedy"]
rules = [f["rule"] for f in image["findings"] if f["rule"] != "not-owned-by-root"] # without root
assert rules == ["api-directory-missing", "world-writable"]
' "$output"
}

# SARIF 2.1.0 as the standard has it, of the objects that we write: the properties of
# each, and the words and numbers that some may have.
is_sarif() { # FILE
	jq -e '
		def keys_of($required; $optional):
			type == "object" and ($required - keys == []) and (keys - $required - $optional == []);
		def text: keys_of(["text"]; []) and (.text | type == "string" and . != "");
		def level: IN("none", "note", "warning", "error");
		def place:
			keys_of([]; ["physicalLocation", "logicalLocations"])
			and (.physicalLocation | keys_of(["artifactLocation"]; ["region"])
				and (.artifactLocation | keys_of(["uri"]; []) and (.uri | test("^([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$")))
				and (.region == null or (.region | keys_of(["startLine"]; []) and .startLine >= 1)))
			and all(.logicalLocations // [] | .[]; keys_of(["fullyQualifiedName", "kind"]; []) and .kind == "resource");
		def rule:
			keys_of(["id", "shortDescription"]; ["fullDescription", "help", "defaultConfiguration", "properties"])
			and (.shortDescription, .fullDescription, .help | . == null or text)
			and (.defaultConfiguration | keys_of(["level"]; []) and (.level | level))
			and (.properties == null or (.properties.tags | type == "array" and unique == .));
		def result:
			keys_of(["ruleId", "ruleIndex", "level", "message", "locations"]; ["fixes", "properties"])
			and (.ruleIndex | . == floor and . >= 0) and (.level | level) and (.message | text) and all(.locations[]; place);
		keys_of(["version", "runs"]; ["$schema"]) and .version == "2.1.0"
		and all(.runs[];
			keys_of(["tool"]; ["invocations", "results", "columnKind"])
			and (.tool | keys_of(["driver"]; []))
			and (.tool.driver | keys_of(["name"]; ["version", "rules", "informationUri"]) and all(.rules[]; rule)
				and ([.rules[].id] | unique | length) == (.rules | length))
			and all(.invocations[]; keys_of(["executionSuccessful"]; []) and (.executionSuccessful | type == "boolean"))
			and all(.results[]; result))' "$1"
}

@test "--format=sarif is what the standard asks for, with places in directories and in images" {
	cp -a "$GOOD" 'lint_1 ä:%'
	printf '[Service]\nExecStart=/nowhere\n' >"lint_1 ä:%/$units/lint-once.service"
	chmod 777 'lint_1 ä:%/srv'
	touch 'lint_1 ä:%/srv/'$'\xff"\n'
	chmod 666 'lint_1 ä:%/srv/'$'\xff"\n'
	(cd 'lint_1 ä:%' && add lint.service Service CapabilityBoundingSet=)
	cp -a 'lint_1 ä:%' lint_1
	rm lint_1/srv/*'"'*
	squash lint_1 lint_1.raw
	mkdir open
	printf '[Service]\nCapabilityBoundingSet=CAP_CHOWN\n' >open/service.conf
	run -3 --separate-stderr mkportable lint --format=sarif --profile=./open 'lint_1 ä:%/' lint_1.raw nowhere.raw
	printf '%s\n' "$output" >said.sarif
	is_sarif said.sarif
	[ "$(jq '.runs[0].invocations[0].executionSuccessful' said.sarif)" = false ]
	[ "$(jq '.runs | length' said.sarif)" = 1 ]
	# Each result names its rule twice, by id and by place in the table.
	jq -e '.runs[0] | .tool.driver.rules as $rules | all(.results[]; $rules[.ruleIndex].id == .ruleId)' said.sarif
	program_missing() { # INDEX
		jq -c '[.runs[0].results[] | select(.ruleId == "program-missing")]['"$1"'] | .level, .locations[0]' said.sarif
	}
	[ "$(program_missing 0)" = '"error"
{"physicalLocation":{"artifactLocation":{"uri":"lint_1%20%C3%A4%3A%25/'"$units"'/lint-once.service"},"region":{"startLine":2}}}' ]
	[ "$(program_missing 1)" = '"error"
{"physicalLocation":{"artifactLocation":{"uri":"lint_1.raw"}},"logicalLocations":[{"fullyQualifiedName":"/'"$units"'/lint-once.service:2","kind":"resource"}]}' ]
	jq -e '.runs[0] | any(.results[]; .ruleId == "profile-weakens-unit" and .level == "warning")' said.sarif
	jq -e '.runs[0].tool.driver.rules[] | select(.id == "profile-weakens-unit").properties.tags == ["security"]' said.sarif

	run -0 mkportable lint --format=sarif "$GOOD"
	printf '%s\n' "$output" >clean.sarif
	is_sarif clean.sarif
	# The check works: what is not in the standard fails.
	for mistake in '.runs[0].invocations[0].success = true' 'del(.version)' '.runs[0].results[0].level = "fatal"' \
		'.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0' \
		'.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = "a b"' \
		'.runs[0].tool.driver.rules[0].shortDescription = "text"' 'del(.runs[0].results[0].message)' \
		'.runs[0].tool.driver.rules[1].id = .runs[0].tool.driver.rules[0].id'; do
		jq "$mistake" said.sarif >should-fail.sarif
		run ! is_sarif should-fail.sarif
	done
}

@test "--format=json is --json" {
	cmp <(mkportable lint --json "$GOOD") <(mkportable lint --format=json "$GOOD")
}

@test "the capability of a file is seen in a directory and in a squashfs" {
	command -v setcap >/dev/null || skip "setcap"
	cp -a "$GOOD" lint_1
	setcap cap_chown+ep lint_1/usr/bin/lint || skip "setcap: not permitted"
	run -0 mkportable lint lint_1
	grep -q 'security: setuid-or-capability' <<<"$output"
	squash lint_1 lint_1.raw
	run -0 mkportable lint lint_1.raw
	grep -q 'security: setuid-or-capability' <<<"$output"
}

# One line on standard error, nothing on standard output, status 3, no core.
unreadable() { # IMAGE
	run -3 --separate-stderr timeout 20 mkportable lint "$1"
	[ -z "$output" ]
	[ "$(grep -c '' <<<"$stderr")" = 1 ]
	[[ $stderr == "mkportable: cannot read the image '"* ]]
}

@test "what is no image is one line and status 3" {
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	mkdir "$TMPDIR"
	: >empty.raw
	head -c 5000 /dev/zero >zero.raw
	printf 'hsqs' >magic.raw
	head -c 4096 /dev/zero >gpt.raw
	printf 'EFI PART' | dd of=gpt.raw bs=512 seek=1 conv=notrunc status=none
	mkfifo fifo.raw
	for image in empty.raw zero.raw magic.raw gpt.raw fifo.raw nowhere.raw; do
		unreadable $image
	done
	mkdir lint.raw.v
	unreadable lint.raw.v/
	[[ $stderr == *": no image in this directory of versions is called "* ]]
	[ -z "$(ls "$TMPDIR")" ]
}

@test "a disk image is judged through systemd-dissect, or refused with what it needs; no copy remains" {
	PATH+=:/usr/sbin:/sbin
	command -v mke2fs >/dev/null || skip "mke2fs"
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	mkdir "$TMPDIR"
	mke2fs -q -t ext4 -d "$GOOD" lint_1.raw 8M
	status=0
	mkportable lint lint_1.raw >out 2>err || status=$?
	cat out err
	case $status in
	0) run -1 grep -E ': (error|warning): ' out ;;
	3) grep -qF "systemd-dissect" err ;;
	*) false ;;
	esac
	[ -z "$(ls "$TMPDIR")" ]
}

@test "a directory for temporary files that is missing is named, and nothing else blamed" {
	for verb in show 'lint --exposure-max=1'; do
		# shellcheck disable=SC2086 # a verb and its options
		run -3 --separate-stderr env TMPDIR=/nowhere "$repository/build/mkportable" $verb "$GOOD"
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "mkportable: cannot make '/nowhere/mkportable."??????"': No such file or directory" ]]
	done
}

@test "hostile units are survived: specifiers, links, marks, listeners and names without end" {
	cp -a "$GOOD" lint_1
	cd lint_1/usr/lib/systemd/system
	repeated() { # TEXT TIMES
		yes "$1" | head -n "$2" | tr -d '\n'
	}
	name=lint-$(repeated x 240).service
	for line in "ReadOnlyPaths=/$(repeated %N 9000)" "StateDirectory=x:$(repeated a/ 50000)" \
		"InaccessiblePaths=/$(repeated '\x02' 100000)" "Environment=A=$(repeated %N 100000)" \
		"$(yes 'NoExecPaths=/usr/lib' | head -n 1000)" \
		"Environment=$(repeated 'A=b ' 25000)"$'\n'"$(yes ExecStartPre=lint | head -n 1500)"; do
		printf '[Service]\nType=oneshot\nExecStart=/usr/bin/lint\n%s\n' "$line" >"$name"
		run bash -c 'ulimit -v 2000000; ulimit -t 20; exec mkportable lint "$1"' - ../../../..
		echo "$status: $output" | cut -c 1-200
		[ "$status" -le 1 ]
		[[ $output == *": install-missing: "* ]] # the last word on this unit
	done
	rm "$name"
	{ printf '[Socket]\n' && yes ListenStream=1 | head -n 20000; } >lint-many.socket
	{ printf '[Unit]\nWants=' && seq -f lint-none%g.service -s ' ' 4000; } >lint-z.service
	run -1 bash -c 'ulimit -v 2000000; ulimit -t 30; exec mkportable lint "$1"' - ../../../..
	[[ $output == *"error: unit-refused: "*"two ListenStream= are the same"* ]]
}

@test "hostile images are survived: too many entries, directories too deep" {
	mkdir many
	(cd many && seq 100001 | xargs touch)
	squash many many.raw
	unreadable many.raw
	unreadable many
	mkdir deep
	(cd deep && for ((i = 0; i < 200; i++)); do mkdir d && cd d; done)
	unreadable deep
}

@test "a compression that libsquashfs does not know is read through systemd-dissect, or refused with what it needs" {
	squash "$GOOD" lint_1.raw -comp lzo
	status=0
	mkportable lint lint_1.raw >out 2>err || status=$?
	cat out err
	[ ! -s out ]
	[ "$status" = 0 ] || { [ "$status" = 3 ] && grep -qF "systemd-dissect" err; }
}

@test "a file of a terabyte is not read" {
	cp -a "$GOOD" lint_1
	truncate -s 1T lint_1/usr/bin/lint
	truncate -s 1T lint_1/usr/lib/os-release
	run -1 timeout 10 mkportable lint lint_1
	grep -q 'program-not-executable.*larger than 1 GiB' <<<"$output"
	grep -q 'os-release-invalid' <<<"$output"
}

@test "a squashfs that ends within a sector is not read, for systemd cannot mount it" {
	squash "$GOOD" lint_1.raw -nopad
	(($(stat -c %s lint_1.raw) % 512 > 0)) || { # by chance: with more bytes it is not
		cp -a "$GOOD" more
		printf '%0101d' 0 >more/srv/more
		squash more lint_1.raw -nopad -no-fragments -noD
	}
	run -3 mkportable lint lint_1.raw
	[ "$output" = "mkportable: cannot read the image 'lint_1.raw': it ends within a sector of 512 bytes, which a loop device leaves out" ]
}

@test "truncated and bit-flipped images end in time, with a status that was promised" {
	squash "$GOOD" good.raw
	size=$(stat -c %s good.raw)
	RANDOM=5
	for ((i = 0; i < 60; i++)); do
		cp good.raw x.raw
		if ((i % 3 == 0)); then
			truncate -s $((RANDOM * size / 32768)) x.raw
		else
			for ((j = 0; j < 4; j++)); do
				printf '%b' "\\x$(printf %x $((RANDOM % 256)))" |
					dd of=x.raw bs=1 seek=$((RANDOM % 2 ? RANDOM % 96 : size - 1 - RANDOM % 3000)) conv=notrunc status=none
			done
		fi
		status=0
		timeout 15 mkportable lint x.raw >out 2>err || status=$?
		case $status in
		0 | 1) [ ! -s err ] ;;
		3) [ "$(grep -c '' err)" = 1 ] && [ ! -s out ] ;;
		*) false ;;
		esac || {
			echo "status $status"
			cat err
			false
		}
	done
}

@test "an image with a damaged program is said to be damaged" {
	squash "$GOOD" x.raw
	# Behind the superblock come the bytes of files.
	head -c 512 /dev/urandom | dd of=x.raw bs=1 seek=96 conv=notrunc status=none
	for verb in lint show profiles; do
		run -3 --separate-stderr mkportable "$verb" x.raw
		[ "$stderr" = "mkportable: cannot read the image 'x.raw': it is damaged" ]
		[ -z "$output" ]
	done
}

@test "ended by a signal, it removes its directory and ends the tool that it waits for" {
	squash "$GOOD" lint_1.raw
	mkdir tmp tools
	cat >tools/systemd-analyze <<-END
		#!/bin/sh
		echo \$\$ >$PWD/started.new && mv $PWD/started.new $PWD/started
		exec sleep infinity
	END
	chmod +x tools/systemd-analyze
	# A host with a profile, whatever this one has.
	mkdir -p host/usr/lib/systemd/portable/profile/open
	printf '[Service]\n' >host/usr/lib/systemd/portable/profile/open/service.conf
	for verb in show 'profiles --root=host' 'lint --exposure-max=1'; do
		rm -f started
		# shellcheck disable=SC2086 # a verb and its options
		TMPDIR=$PWD/tmp PATH=$PWD/tools:$PATH mkportable $verb lint_1.raw >out 2>err 3>&- &
		eventually [ -e started ]
		[ -n "$(ls tmp)" ]
		kill -s TERM $!
		status=0
		wait $! || status=$?
		[ "$status" = 143 ]
		[ -z "$(ls tmp)" ]
		[ ! -e "/proc/$(<started)" ]
	done
}

@test "a directory in an image that cannot be read is named" {
	((EUID == 0)) || skip "becoming somebody else needs root"
	cp -a "$GOOD" lint_1
	cp "$(command -v mkportable)" .
	chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	mkdir -m 0700 lint_1/srv/own
	run -3 --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups ./mkportable lint lint_1
	[ "$stderr" = "mkportable: cannot read the image 'lint_1': '/srv/own' in it: Permission denied" ]
}

@test "show lists the program that an image is booted with, after those of its units" {
	cp -a "$GOOD" lint_1
	mkdir -p lint_1/usr/sbin
	cp lint_1/usr/bin/lint lint_1/usr/sbin/init
	run -0 mkportable show lint_1
	[ "$(grep '^programs:' <<<"$output" | cut -d ' ' -f 3)" = $'/usr/bin/lint\n/usr/sbin/init' ]
	rm lint_1/usr/sbin/init
	# As in a distribution.
	ln -s ../bin/lint lint_1/usr/sbin/init
	ln -s usr/sbin lint_1/sbin
	run -0 mkportable show --json lint_1
	jq -e '.programs | map(.path) == ["/usr/bin/lint", "/usr/sbin/init"]' <<<"$output"
}

@test "show prints in text and in JSON what is in an image" {
	squash "$GOOD" lint_1.raw
	relro='no RELRO'
	! readelf -lW "$GOOD/usr/bin/lint" | grep -q GNU_RELRO || relro=RELRO
	run -0 mkportable show lint_1.raw
	for line in 'id: lint' 'image_version: 1' 'architecture: x86-64' 'format: squashfs' 'compression: gzip' \
		'sockets:  7777  Stream  lint.socket' 'users:  lint.service  dynamic' \
		'directories:  /var/lib/lint  StateDirectory  lint.service' \
		"programs:  /usr/bin/lint  $(stat -c %s "$GOOD/usr/bin/lint")  static  no PIE  $relro  NX stack"; do
		grep -qxF "$line" <<<"$output" || { echo "not shown: $line" && false; }
	done
	# Of systemd's own profiles it says where they are, or that they are not here.
	for profile in default nonetwork strict trusted; do
		grep -qE "^profiles:  $profile  (/.*/service.conf|\(not on this host\))$" <<<"$output"
	done
	run -0 mkportable show --json --profile="$repository/profiles/sealed" lint_1.raw
	python3 -c '
import json, sys
image = json.loads(sys.argv[1])
assert list(image) == ["version", "image", "id", "image_version", "architecture", "description", "format",
    "compression", "size", "verity", "root_hash", "signature", "partitions", "units", "programs", "sockets", "directories", "users", "profiles", "exposure",
    "exposure_known", "errors", "other_machines"]
assert image["version"] == 1 and image["errors"] == 0 and image["size"] % 1024 == 0
assert [u["name"] for u in image["units"]] == ["lint-once.service", "lint.service", "lint.socket"]
[program] = image["programs"]
assert list(program) == ["path", "size", "linkage", "pie", "relro", "bind_now", "nx_stack", "stack_protector"]
assert program["size"] > 0 and program["pie"] is False and program["nx_stack"] is True
assert program["bind_now"] is None and program["stack_protector"] is None
[profile] = image["profiles"]
assert list(profile) == ["name", "path"] and profile["path"].endswith("/sealed/service.conf")
assert image["exposure_known"] is True
for e in image["exposure"]:
    assert list(e) == ["unit", "level", "profile", "weakens", "sufficient"]
    assert e["unit"].startswith("lint") and 0 <= float(e["level"]) <= 10
    alone = e["profile"] is None
    assert alone == (e["weakens"] is None) == (e["sufficient"] is None)
assert len(image["exposure"]) == 4
' "$output"
	run -3 --separate-stderr mkportable show nowhere.raw
	[ "$stderr" = "mkportable: cannot read the image 'nowhere.raw': No such file or directory" ]
	usage_error "show: no image given" mkportable show
	usage_error "unexpected argument: 'b'" mkportable show a b
}

@test "show prints how programs were hardened" {
	printf '#include <stdio.h>\nint main(int c, char **v) { char b[64]; return sprintf(b, "%%s%%d", v[0], c) > 60; }\n' >x.c
	hardening() { # COMPILER-OPTION...
		cp -a "$GOOD" lint_1
		gcc -o lint_1/usr/bin/lint x.c "$@"
		mkportable show --json lint_1 | jq -r '.programs[0] | "\(.linkage) \(.pie) \(.relro) \(.bind_now) \(.nx_stack) \(.stack_protector)"'
		rm -r lint_1
	}
	[ "$(hardening -fPIE -pie -Wl,-z,relro,-z,now -fstack-protector-all)" = "dynamic true true true true true" ]
	[ "$(hardening -fPIE -pie -Wl,-z,relro,-z,lazy -fno-stack-protector)" = "dynamic true true false true false" ]
	[ "$(hardening -fno-pie -no-pie -Wl,-z,norelro,-z,lazy -Wl,-z,execstack -fno-stack-protector)" = "dynamic false false false false false" ]
	[ "$(hardening -fPIE -static-pie -Wl,-z,now)" = "static true true true true null" ]
	[ "$(hardening -fno-pie -no-pie -static | cut -d' ' -f1,2,4,5,6)" = "static false null true null" ]
}

@test "without systemd-analyze, show says that it cannot count the exposure" {
	mkdir bin
	ln -s "$(command -v mkportable)" bin/
	run -0 env PATH="$PWD/bin" mkportable show --json "$GOOD"
	[[ $output != *'"exposure_known":true'* ]] || skip "systemd-analyze is found elsewhere than in \$PATH"
	[[ $output == *'"exposure":[],"exposure_known":false'* ]]
	run -0 env PATH="$PWD/bin" mkportable show "$GOOD"
	[[ $output == *'exposure:  (cannot be counted here'* ]]
}

@test "an image of several services is judged by the prefix that it is attached with" {
	cp -a "$GOOD" all_1
	sed -i 's/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES="other lint"/; s/^IMAGE_ID=.*/IMAGE_ID=all/' all_1/usr/lib/os-release
	run -1 --separate-stderr mkportable lint all_1
	grep -q '^all_1: error: no-matching-unit: ' <<<"$output"
	run -0 --separate-stderr mkportable lint --prefix=lint all_1
	[ "$output$stderr" = "" ]
	run -1 --separate-stderr mkportable lint --prefix=lin all_1
	grep -q "^all_1: error: prefixes-mismatch: .*'lin'" <<<"$output"
	rm all_1/var/lib/lint -r
	: >all_1/var/lib/lint
	run -1 --separate-stderr mkportable lint --prefix=lint all_1
	grep -q '^all_1: error: state-directory-stub-missing: ' <<<"$output"
}

@test "there may be any number of images, and of --format= and --json the last counts" {
	mapfile -t many < <(printf '%s.raw\n' {1..200})
	run -3 --separate-stderr mkportable lint "${many[@]}"
	[ "$(grep -c "^mkportable: cannot read the image '[0-9]*.raw': No such file" <<<"$stderr")" = 200 ]
	run -0 mkportable lint --format=sarif "$GOOD" --json
	[[ $output == '{"version":'* && $output != *sarif* ]]
	run -0 mkportable lint --json --format=text "$GOOD"
	[ -z "$output" ]
}

@test "calling it wrongly is one line and status 2" {
	usage_error "lint: no image given" mkportable lint
	usage_error "unknown option: '--brew'" mkportable lint --brew x
	usage_error "option needs a value: '--profile'" mkportable lint x --profile
	usage_error "option needs a value: '--prefix='" mkportable lint --prefix= x
	usage_error "option needs a value: '--profile='" mkportable lint --profile= x
	usage_error "--json: takes no value: 'x'" mkportable lint --json=x x
	usage_error "--format: not one of text, json and sarif: 'xml'" mkportable lint --format=xml x
	mapfile -t many < <(printf -- '--profile=%s\n' {1..65})
	usage_error "--profile: too many" mkportable lint "${many[@]}" x
	usage_error "--systemd-version: not a version of systemd since 239: 'new'" mkportable lint --systemd-version=new x
	usage_error "--exposure-max: not a number from 0 to 10 with one decimal: '0.25'" mkportable lint --exposure-max=0.25 x
	for verb in lint show; do
		run -2 --separate-stderr mkportable $verb --profile=nowhere "$GOOD"
		[[ $stderr == "mkportable: there is no profile 'nowhere': portablectl would attach without one"* ]]
		[ "$(grep -c '' <<<"$stderr")" = 1 ]
	done
}

@test "our profiles weaken none of the units that they are for" {
	for image in "$repository"/images/*/; do
		id=$(basename "$image")
		file=("${BUILD:-$repository/build}/images/${id}_"*.raw)
		[ -e "${file[0]}" ] || continue
		run -0 mkportable lint --profile="$repository/profiles/sealed" "${file[0]}"
		run -1 grep profile-weakens-unit <<<"$output"
	done
}
