#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Bills of materials: "mkportable show --sbom=" names everything that an image consists of, with
# each of its files once; the strict validator of CycloneDX has nothing against it.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	# These versions are for node 14 and later.
	NODE_PATH=$("$BATS_TEST_DIRNAME/../tools/npm-packages" @cyclonedx/cyclonedx-library@7.1.0 ajv@8.17.1 ajv-formats@3.0.1 \
		ajv-formats-draft2019@1.6.1)/node_modules
	export NODE_PATH
	cd "$BATS_FILE_TMPDIR" || return
	cat >validate.js <<-'EOT'
		const { Validation, Spec } = require('@cyclonedx/cyclonedx-library');
		const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
		Promise.all(process.argv.slice(2).map(async (file) => {
		  const error = await validator.validate(require('fs').readFileSync(file, 'utf8'));
		  if (error !== null) {
		    console.log(file + ': ' + JSON.stringify(error, null, 1));
		    process.exitCode = 1;
		  }
		}));
	EOT
	export PROGRAMS=$BATS_FILE_TMPDIR/programs
	mkdir "$PROGRAMS" made
	echo 'int main(void) { return 0; }' >demo.c
	musl-gcc -Os -g -static -Wl,--build-id demo.c -o "$PROGRAMS/demo"
}

setup() {
	in_scratch
	build_options+=(--program-path="$PROGRAMS" --version=1.2)
}

# Both forms of an image's bill, and what they must be: complete, with each file of the image
# once and its sums; and about the same things. The last test asks the validator.
bills() { # IMAGE [OPTION...]
	mkportable show --sbom=cyclonedx "$@" >cyclonedx.json
	mkportable show --sbom=spdx "$@" >spdx.json
	cp cyclonedx.json "$(mktemp "$BATS_FILE_TMPDIR/made/XXXXXX")"
	rm -rf files
	if [ -d "$1" ]; then
		cp -R "$1" files
	else
		unsquashfs -q -n -d files "$1" >/dev/null
	fi
	python3 - <<-'EOT'
		import hashlib, json, os, re, stat

		there = {}
		for directory, _, names in os.walk('files'):
		    for name in names:
		        path = os.path.join(directory, name)
		        if stat.S_ISREG(os.lstat(path).st_mode):
		            there[path.removeprefix('files')] = open(path, 'rb').read()
		sums = {path: hashlib.sha256(data).hexdigest() for path, data in there.items()}

		bom = json.load(open('cyclonedx.json'))
		components = [bom['metadata']['component'], *bom['components']]
		listed = [f for c in components for f in c.get('components', [])]
		assert len(listed) == len(there), (len(listed), len(there))
		for f in listed:
		    assert f['type'] == 'file' and f['hashes'] == [{'alg': 'SHA-256', 'content': sums.pop(f['name'])}]
		assert not sums
		refs = [c['bom-ref'] for c in components]
		assert len(set(refs)) == len(refs)
		assert [d['ref'] for d in bom['dependencies']] == refs
		assert all(set(d['dependsOn']) <= set(refs) for d in bom['dependencies'])
		# Nothing is without a way to it from the image.
		reached, todo = set(), ['image']
		while todo:
		    reached.add(one := todo.pop())
		    todo += [r for d in bom['dependencies'] if d['ref'] == one for r in d['dependsOn'] if r not in reached]
		assert reached == set(refs), set(refs) - reached

		spdx = json.load(open('spdx.json'))
		assert spdx['spdxVersion'] == 'SPDX-2.3' and spdx['dataLicense'] == 'CC0-1.0'
		assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', spdx['creationInfo']['created'])
		ids = ['SPDXRef-DOCUMENT'] + [x['SPDXID'] for x in spdx['packages'] + spdx['files']]
		assert len(set(ids)) == len(ids) and all(re.fullmatch(r'SPDXRef-[A-Za-z0-9.-]+', i) for i in ids)
		assert all({r['spdxElementId'], r['relatedSpdxElement']} <= set(ids) for r in spdx['relationships'])
		files = {f['SPDXID']: f for f in spdx['files']}
		assert sorted(f['fileName'] for f in files.values()) == sorted('.' + p for p in there)
		for f in files.values():
		    data = there[f['fileName'][1:]]
		    assert {c['algorithm']: c['checksumValue'] for c in f['checksums']} == {
		        'SHA1': hashlib.sha1(data).hexdigest(), 'SHA256': hashlib.sha256(data).hexdigest()}
		contained = {}
		for r in spdx['relationships']:
		    if r['relationshipType'] == 'CONTAINS' and r['relatedSpdxElement'] in files:
		        contained.setdefault(r['spdxElementId'], []).append(files[r['relatedSpdxElement']])
		assert sorted(f['SPDXID'] for fs in contained.values() for f in fs) == sorted(files)
		for p in spdx['packages']:
		    inside = contained.get(p['SPDXID'], [])
		    assert p['filesAnalyzed'] == bool(inside)
		    if inside:
		        sha1 = ''.join(sorted(f['checksums'][0]['checksumValue'] for f in inside))
		        assert p['packageVerificationCode']['packageVerificationCodeValue'] == hashlib.sha1(sha1.encode()).hexdigest()
		assert [(p['name'], p.get('versionInfo')) for p in spdx['packages']] == [(c['name'], c.get('version')) for c in components]
		assert [p['externalRefs'][0]['referenceLocator'] for p in spdx['packages'][1:]] == [c['purl'] for c in components[1:]]
	EOT
}

# "NAME VERSION: FILE...", the image first.
content() {
	jq -r '[.metadata.component, .components[]][] | "\(.name) \(.version):\([.components[]? | " " + .name] | add // "")"' cyclonedx.json
}

# A tree as dpkg has it: NAME VERSION [FILE...], each file with its path as content.
installed() {
	local file

	mkdir -p tree/var/lib/dpkg/info
	printf '%s\n' "Package: $1" 'Status: install ok installed' "Version: $2" 'Architecture: amd64' '' >>tree/var/lib/dpkg/status
	for file in "${@:3}"; do
		mkdir -p "tree/${file%/*}"
		[ -e "tree$file" ] || echo "$file" >"tree$file"
	done
	printf '%s\n' /. "${@:3}" >"tree/var/lib/dpkg/info/$1.list"
}

@test "the bills of all images add up, and name the pinned libraries by their sources" {
	for image in "$repository"/build/images/*.raw; do
		bills "$image"
		id=${image##*/}
		id=${id%%_*}
		[ "$(jq -r '.metadata.component | .name, .type' cyclonedx.json)" = "$id"$'\ncontainer' ]
		content
		content | grep -E "^$id [0-9.]+: /usr/bin/$id\$"
		content | grep -E '^portable-init [0-9.]+: /usr/sbin/init$'
		content | grep -E '^musl [0-9].*:$'
		[ "$(jq '[.components[] | select(.licenses | length != 1)] | length' cyclonedx.json)" = 0 ]
		libraries=$(cat "$repository"/services/*/module.mk | sed -n "s/^${id}_libs :=//p")
		for library in $libraries; do
			sha256=$(sed -n 's/^sha256=//p' "$repository/tools/libraries/$library")
			version=$(sed -n 's/^version=//p' "$repository/tools/libraries/$library")
			purl="pkg:generic/$library@$version?checksum=sha256:$sha256"
			jq -e --arg purl "$purl" --arg sha256 "$sha256" '.components[] | select(.purl == $purl)
				| .externalReferences[0].hashes[0].content == $sha256' cyclonedx.json
			jq -e --arg id "$id" --arg purl "$purl" '.dependencies[]
				| select(.ref | startswith("pkg:generic/\($id)@")) | .dependsOn | index($purl)' cyclonedx.json
			jq -e --arg sha256 "$sha256" '.packages[] | select(.checksums[0].checksumValue == $sha256)' spdx.json
		done
		jq -e '.relationships[] | select(.relationshipType == "STATIC_LINK")' spdx.json
	done
}

@test "files of a tree are of its packages, unless they are others there" {
	service demo ExecStart=/usr/bin/demo ExecStartPost=/bin/tool
	printf '[X-Portable]\nFiles=/etc/a.conf /etc/b.conf /usr/share/x+y~z\n' >>demo/demo.service
	mkdir -p tree/usr/{bin,lib,share/doc/{data,tools}} tree/etc
	ln -s usr/bin tree/bin
	gcc -Os -g -Wl,--build-id -static-pie -nostdlib -nostartfiles -xc - -o tree/usr/bin/tool <<<'void _start(void) { __builtin_trap(); }'
	echo 'ID=devuan' >tree/usr/lib/os-release
	printf '%s\n' 'Format: https://x' 'Upstream-Name: x' '' 'Files: *' 'License: GPL-2+' ' text' '' 'Files: y' \
		'License: Expat' '' 'License: GPL-2+' ' License: none' >tree/usr/share/doc/tools/copyright
	echo 'This is free.' >tree/usr/share/doc/data/copyright
	installed tools 1:2.0~rc1+b1 /bin/tool
	installed data 3 /etc/a.conf /etc/b.conf /usr/share/x+y~z
	printf '%s\n' 'Package: gone' 'Status: deinstall ok config-files' 'Version: 1' 'Architecture: amd64' '' >>tree/var/lib/dpkg/status
	echo /etc/a.conf >tree/var/lib/dpkg/info/gone.list
	mkdir -p demo/tree/etc
	echo 'ours' >demo/tree/etc/b.conf

	for strip in '' --strip; do
		# shellcheck disable=SC2086 # none or one
		build $strip --root=tree --output=demo_1.2.raw demo
		bills demo_1.2.raw --root=tree
		content
		[ "$(content | sed 1d | sort)" = 'data 3: /etc/a.conf /usr/share/x+y~z
tools 1:2.0~rc1+b1: /usr/bin/tool' ]
		content | grep '^demo 1.2: .*/etc/b.conf .*/usr/bin/demo'
		jq -e '.components[] | select(.name == "tools") | .purl == "pkg:deb/devuan/tools@1:2.0~rc1%2Bb1?arch=amd64"
			and [.licenses[].license.name] == ["GPL-2+", "Expat"]' cyclonedx.json
		jq -e '.components[] | select(.name == "data") | has("licenses") | not' cyclonedx.json
		jq -e '.packages[] | select(.name == "tools") | .licenseDeclared == "NOASSERTION"
			and .licenseComments == "named in the package'\''s copyright file: GPL-2+, Expat"' spdx.json
		rm demo_1.2.raw
	done

	# Without the tree all is of the image, and a file that changed since is as well.
	build --root=tree --output=demo_1.2.raw demo
	bills demo_1.2.raw
	[ "$(content | wc -l)" = 1 ]
	echo changed >tree/etc/a.conf
	bills demo_1.2.raw --root=tree
	content | grep '^demo 1.2: /etc/a.conf '
}

@test "where a file of the image may be in a tree and nobody may look, there is no bill" {
	local as=()

	[ "$(id -u)" -ne 0 ] || as=(setpriv '--bounding-set=-dac_override,-dac_read_search')
	service demo ExecStart=/usr/bin/demo
	printf '[X-Portable]\nFiles=/etc/secret/a.conf\n' >>demo/demo.service
	installed data 3 /etc/secret/a.conf /etc/other/b.conf
	build --root=tree --output=demo_1.2.raw demo
	chmod 0 tree/etc/secret
	run -1 --separate-stderr "${as[@]}" mkportable show --sbom=spdx --root=tree demo_1.2.raw
	chmod 755 tree/etc/secret
	[ "$stderr" = "mkportable: --root: cannot look at 'tree/etc/secret/a.conf': Permission denied" ]
	[ -z "$output" ]

	# What the image does not have is nobody's business.
	chmod 0 tree/etc/other
	run -0 --separate-stderr "${as[@]}" mkportable show --sbom=cyclonedx --root=tree demo_1.2.raw
	chmod 755 tree/etc/other
	[ -z "$stderr" ]
	jq -e '.components[] | select(.name == "data")' <<<"$output"
}

@test "an example of packages of Debian adds up, and each of its packages has a license or none by DEP 5" {
	export EXAMPLES_DIRECTORY=$BATS_TEST_TMPDIR/examples
	"$repository/tools/examples" build dice
	bills "$EXAMPLES_DIRECTORY/dice_0.raw" --root="$EXAMPLES_DIRECTORY/trees/dice/tree"
	content
	content | grep -E '^busybox [^ ]+: /usr/bin/busybox$'
	content | grep -E '^libc6 '
	# What the tool wrote down beside the tree says the same.
	while read -r name version _; do
		! content | grep "^$name " || content | grep "^$name $version:"
	done <"$EXAMPLES_DIRECTORY/trees/dice/tree.packages"
}

@test "the same image has the same bill, and the time that it is given" {
	service demo ExecStart=/usr/bin/demo
	build demo
	build --format=directory --output=demo_1.2 demo
	bills demo_1.2.raw
	bills demo_1.2
	for format in cyclonedx spdx; do
		mkportable show --sbom=$format demo_1.2.raw | cmp - $format.json
		SOURCE_DATE_EPOCH=86400 mkportable show --sbom=$format demo_1.2.raw | grep -F '"1970-01-02T00:00:00Z"'
	done
	serial=$(jq -r .serialNumber cyclonedx.json)
	echo >>demo/demo.service
	build demo
	mkportable show --sbom=cyclonedx demo_1.2.raw >changed
	[ "$(jq -r .serialNumber changed)" != "$serial" ]
}

@test "what a stranger's note says stays text" {
	mkdir path
	for note in '{"name":"a\" ,x/../@?#b","type":"../x","os":"D e","version":"1%&","license":"<b>","sha256":"zz","appCpe":"cpe:/a"}' \
		'{"name":"é","version":"","static":[{"name":"é"},{"name":"é"},{"name":"y","license":"MIT OR (ISC)"}]}'; do
		musl-gcc -Os -static "$BATS_FILE_TMPDIR/demo.c" -Xlinker --package-metadata="$note" -o path/demo
		service demo ExecStart=/usr/bin/demo
		mkportable build --os-release="$repository/os-release.in" --program-path=path --output=demo_1.raw demo
		bills demo_1.raw
		jq -c '.components[] | [.purl, .licenses]' cyclonedx.json >>said
	done
	[ "$(cat said)" = '["pkg:generic/D%20e/a%22%20%2Cx%2F..%2F%40%3F%23b@1%25%26",[{"license":{"name":"<b>"}}]]
["pkg:generic/%C3%A9",null]
["pkg:generic/y",[{"expression":"MIT OR (ISC)"}]]' ]
	# One that is no note at all leaves the file to the image.
	musl-gcc -Os -static "$BATS_FILE_TMPDIR/demo.c" -o path/demo
	mkportable build --os-release="$repository/os-release.in" --program-path=path --output=demo_1.raw demo
	bills demo_1.raw
	[ "$(content | wc -l)" = 1 ]
}

@test "what cannot be done is said in one line" {
	service demo ExecStart=/usr/bin/demo
	build demo
	mkdir empty
	run -1 --separate-stderr mkportable show --sbom=spdx --root=empty demo_1.2.raw
	[ "$stderr" = "mkportable: there is no '/var/lib/dpkg/status' below --root=" ]
	[ -z "$output" ]
	run -1 --separate-stderr mkportable show --sbom=spdx --root=nowhere demo_1.2.raw
	[[ $stderr == "mkportable: "*nowhere*": No such file or directory" && -z $output ]]
	run -3 --separate-stderr mkportable show --sbom=spdx nowhere
	usage_error "--sbom: not one of cyclonedx and spdx: 'html'" mkportable show --sbom=html demo_1.2.raw
	usage_error "--sbom= goes with no other option but --root=" mkportable show --sbom=spdx --json demo_1.2.raw
	usage_error "--root= goes with --sbom= only" mkportable show --root=/ demo_1.2.raw
	run -1 bash -c 'mkportable show --sbom=spdx demo_1.2.raw >/dev/full'
	[ "$output" = "mkportable: cannot write to standard output" ]

	mkdir own other
	build --format=ddi --output=own/demo_1.2.raw demo
	mkdir path
	cp "$PROGRAMS/demo" path/
	printf '\xb7\0' | dd of=path/demo bs=1 seek=18 conv=notrunc status=none # e_machine
	mkportable build --os-release="$repository/os-release.in" --version=1.2 --program-path=path --format=ddi --output=other/demo_1.2.raw demo
	mkportable merge --output=demo_2.raw own/demo_1.2.raw other/demo_1.2.raw
	run -1 --separate-stderr mkportable show --sbom=spdx demo_2.raw
	[ "$stderr" = "mkportable: 'demo_2.raw' is for several machines; --sbom= takes the images that it was merged of, one by one" ]
}

@test "the strict validator of CycloneDX 1.6 accepts each bill of the tests above" {
	made=("$BATS_FILE_TMPDIR"/made/*)
	[ ${#made[@]} -ge 10 ]
	node "$BATS_FILE_TMPDIR/validate.js" "${made[@]}"
	# It does look.
	jq '.components += [{type: "file"}]' "${made[0]}" >broken.json
	run ! node "$BATS_FILE_TMPDIR/validate.js" broken.json
}
