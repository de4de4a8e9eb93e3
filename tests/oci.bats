#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Images for container engines: "mkportable build --format=oci" and "merge --format=oci" make
# layouts that the tools of others accept, whose digests are right and whose bytes are the same
# each time; "mkportable show --kubernetes" prints a manifest that fits. tests/lab/podman.bats
# runs them.
# shellcheck disable=SC2154 # bats sets stderr and output

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	export PROGRAMS=$BATS_FILE_TMPDIR/programs
	mkdir "$PROGRAMS" "$PROGRAMS/arm64"
	cd "$PROGRAMS" || return
	echo 'int main(void) { return 0; }' >demo.c
	musl-gcc -Os -s -static demo.c -o demo
	for name in demo init; do
		cp demo "arm64/$name"
		printf '\xb7\0' | dd of="arm64/$name" bs=1 seek=18 conv=notrunc status=none # e_machine
	done
	cp demo init
}

setup() {
	in_scratch
	build_options+=(--version=1.2)
	amd64=(--program-path="$PROGRAMS")
	service web ExecStart=/usr/bin/demo StateDirectory=web CacheDirectory='web web/pages'
	printf '%s\n' '[Socket]' ListenStream=8080 ListenStream=127.0.0.1:1 'ListenStream=[::]:80' \
		ListenStream=/run/x ListenDatagram=0.0.0.0:53 '[Install]' \
		'WantedBy=sockets.target' >web/web.socket
	sed -i '1i[Unit]\nDescription=A "web"' web/web.service
	sed -i '/CacheDirectory/aDynamicUser=yes' web/web.service
}

oci() { # [OPTION...] DIRECTORY
	build "${amd64[@]}" --format=oci --init=init "$@"
}

# For two machines, web_1.2.raw of each.
both() {
	local machine

	mkdir -p amd64 arm64
	for machine in amd64 arm64; do
		build --program-path="$PROGRAMS/${machine/amd64/}" --init="$PROGRAMS/${machine/amd64/}/init" \
			--output="$machine/web_1.2.raw" web
	done
}

# Every blob has the name of its bytes, and no other blob is there; each descriptor has the
# size; and each diff_id is that of the archive in the layer. Prints the configurations.
check_layout() { # DIRECTORY
	python3 - "$1" <<-'EOT'
		import gzip, hashlib, json, os, sys

		root, seen = sys.argv[1], set()
		def blob(d):
		    kind, name = d['digest'].split(':')
		    assert kind == 'sha256'
		    data = open(f'{root}/blobs/sha256/{name}', 'rb').read()
		    assert hashlib.sha256(data).hexdigest() == name and len(data) == d['size']
		    seen.add(name)
		    return data
		def read(d):
		    value = json.loads(blob(d))
		    if 'manifests' in value:
		        assert value['mediaType'] == d['mediaType'] == 'application/vnd.oci.image.index.v1+json'
		        for one in value['manifests']:
		            read(one)
		        return
		    assert value['mediaType'] == d['mediaType'] == 'application/vnd.oci.image.manifest.v1+json'
		    config = json.loads(blob(value['config']))
		    assert config['architecture'] == d['platform']['architecture']
		    layers = [hashlib.sha256(gzip.decompress(blob(l))).hexdigest() for l in value['layers']]
		    assert config['rootfs']['diff_ids'] == ['sha256:' + l for l in layers]
		    print(json.dumps(config, sort_keys=True))
		assert json.load(open(root + '/oci-layout')) == {'imageLayoutVersion': '1.0.0'}
		entries = json.load(open(root + '/index.json'))['manifests']
		assert len(entries) == 1
		read(entries[0])
		assert seen == set(os.listdir(root + '/blobs/sha256')), 'a blob that nothing names'
	EOT
}

fails_with() { # LINE COMMAND...
	run -1 --separate-stderr "${@:2}"
	echo "is:     $stderr"
	echo "wanted: mkportable: $1"
	[ "$stderr" = "mkportable: $1" ]
	[ -z "$output" ]
	[ -z "$(find . -name '*.oci*' -o -name '.*.new')" ]
}

@test "a layout says how the image starts, which ports it has and where it keeps its state" {
	oci --output=layout web
	check_layout layout >config
	jq . config
	[ "$(jq -c '.config | .Entrypoint, .ExposedPorts, .Volumes, .StopSignal, .WorkingDir' config)" = '["/usr/sbin/init"]
{"53/udp":{},"80/tcp":{},"8080/tcp":{}}
{"/var/cache/web":{},"/var/cache/web/pages":{},"/var/lib/web":{}}
"SIGTERM"
"/"' ]
	[ "$(jq -r '.config.Labels["org.opencontainers.image.description"]' config)" = 'A "web"' ]
	[ "$(jq -r '.architecture, .os, .created' config)" = $'amd64\nlinux\n1970-01-01T00:00:00Z' ]
	[ "$(jq -r '.manifests[].annotations["io.containerd.image.name"]' layout/index.json)" = localhost/web:1.2 ]

	# The files are those of every other format.
	build "${amd64[@]}" --format=tar --init=init --output=web.tar web
	layer=$(jq -r '.layers[0].digest' layout/blobs/sha256/"$(jq -r '.manifests[0].digest' layout/index.json | cut -d: -f2)")
	gzip -dc "layout/blobs/sha256/${layer#sha256:}" | cmp - web.tar
}

@test "skopeo, umoci and oci-image-tool accept a layout, as a directory and as an archive" {
	oci --output=layout web
	oci web
	skopeo inspect oci:layout:1.2 >said
	[ "$(jq -r .Architecture said)" = amd64 ]
	skopeo inspect oci-archive:web_1.2.oci.tar | cmp - said
	skopeo --insecure-policy copy -q oci:layout:1.2 docker-archive:docker.tar:web:1
	[ "$(tar -xOf docker.tar manifest.json | jq -r '.[0].Layers | length')" = 1 ]

	oci-image-tool validate --type image --ref name=1.2 layout

	umoci unpack --rootless --image layout:1.2 unpacked
	build "${amd64[@]}" --format=directory --init=init --output=web_1.2 web
	diff -r --no-dereference web_1.2 unpacked/rootfs

	# They do look.
	digest=$(jq -r '.manifests[0].digest' layout/index.json)
	printf x >>"layout/blobs/sha256/${digest#sha256:}"
	run ! oci-image-tool validate --type image --ref name=1.2 layout
	run ! umoci stat --image layout:1.2
}

@test "the same bytes each time, from units and from an image, and on standard output" {
	oci web
	mkdir elsewhere
	cp -R web elsewhere/
	find elsewhere -exec touch -d 2001-02-03 {} +
	(cd elsewhere && umask 077 && TMPDIR=$PWD oci web)
	cmp web_1.2.oci.tar elsewhere/web_1.2.oci.tar
	oci --output=- web | cmp - web_1.2.oci.tar
	oci --output=layout web
	mkdir unpacked
	tar -xf web_1.2.oci.tar -C unpacked
	diff -r layout unpacked

	for format in squashfs directory; do
		build "${amd64[@]}" --format=$format --init=init --output=web_1.2.raw web
		mkportable merge --format=oci --output=merged.tar web_1.2.raw
		cmp web_1.2.oci.tar merged.tar
		rm -r web_1.2.raw
	done
	SOURCE_DATE_EPOCH=5 oci --output=later.tar web
	tar -xf later.tar
	[ "$(check_layout . | jq -r .created)" = 1970-01-01T00:00:05Z ]
}

@test "of images for two machines an index is made, in any order" {
	both
	mkportable merge --format=oci --output=layout arm64/web_1.2.raw amd64/web_1.2.raw
	[ "$(check_layout layout | jq -r .architecture)" = $'arm64\namd64' ]
	oci-image-tool validate --type image --ref name=1.2 layout
	for machine in amd64 arm64; do
		[ "$(skopeo inspect --override-arch $machine oci:layout:1.2 | jq -r .Architecture)" = $machine ]
	done
	skopeo --insecure-policy copy -q --all oci:layout:1.2 dir:copied
	[ "$(find copied -name '*.manifest.json' | wc -l)" = 2 ]

	mkportable merge --format=oci --output=one.tar amd64/web_1.2.raw arm64/web_1.2.raw
	mkdir one
	tar -xf one.tar -C one
	diff -r layout one

	# A disk image for both is as good as two.
	for machine in amd64 arm64; do
		build --program-path="$PROGRAMS/${machine/amd64/}" --init="$PROGRAMS/${machine/amd64/}/init" \
			--format=ddi --output="$machine/web_1.2.raw" web
	done
	mkportable merge --output=web_1.2.raw {amd64,arm64}/web_1.2.raw
	mkportable merge --format=oci --output=disk.tar web_1.2.raw
	cmp one.tar disk.tar

	run -1 --separate-stderr mkportable merge --format=oci --output=x.tar amd64/web_1.2.raw web_1.2.raw
	[ "$stderr" = "mkportable: 'amd64/web_1.2.raw' and 'web_1.2.raw' are both for 'x86-64'" ]
	[ ! -e x.tar ]
}

@test "without a program that boots it, an image is its only program, with its arguments" {
	service tool 'ExecStart=/usr/bin/demo --name=%p "a b" \x41'
	build "${amd64[@]}" --format=oci --output=layout tool
	[ "$(check_layout layout | jq -c .config.Entrypoint)" = '["/usr/bin/demo","--name=tool","a b","A"]' ]
	build "${amd64[@]}" --output=tool_1.2.raw tool
	run -0 mkportable show --kubernetes tool_1.2.raw
	[[ $output != *'add:'* && $output != *Probe* && $output != *'kind: Service'* ]]
}

@test "what no container could start or name is refused, with a remedy" {
	fails_with "web: a container needs a program that opens the sockets; add one with --init=" \
		build "${amd64[@]}" --format=oci web
	service two ExecStartPre=/usr/bin/demo ExecStart=/usr/bin/demo
	fails_with "two: a container needs a program that starts the services; add one with --init=" \
		build "${amd64[@]}" --format=oci two
	service variable 'ExecStart=/usr/bin/demo $HOME'
	fails_with "variable: no container can resolve what ExecStart= of 'variable.service' names; boot the image with --init=" \
		build "${amd64[@]}" --format=oci variable
	service host 'ExecStart=/usr/bin/demo %H'
	fails_with "host: no container can resolve what ExecStart= of 'host.service' names; boot the image with --init=" \
		build "${amd64[@]}" --format=oci host
	mkdir empty
	printf '[Unit]\nDescription=x\n' >empty/empty.target
	fails_with "empty: no program says for which machine the image is; use --format=squashfs" build --format=oci empty
	mkdir path
	cp "$PROGRAMS/demo" path/
	printf '\x26\x90' | dd of=path/demo bs=1 seek=18 conv=notrunc status=none # EM_ALPHA
	service demo ExecStart=/usr/bin/demo
	fails_with "demo: container engines have no name for the machine 'alpha'; use --format=squashfs" \
		build --program-path=path --format=oci demo
}

@test "what is merged is whole, and for a machine that engines know" {
	service demo ExecStart=/usr/bin/demo
	build "${amd64[@]}" --output=demo_1.raw demo
	sed '/^ARCHITECTURE=/d' "$BATS_TEST_DIRNAME/../os-release.in" >release
	build "${amd64[@]}" --os-release=release --output=demo_2.raw demo
	fails_with "'demo_2.raw': container engines have no name for the machine '' (ARCHITECTURE= in os-release)" \
		mkportable merge --format=oci --output=x.oci demo_2.raw
	build "${amd64[@]}" --extension --output=more_1.raw demo
	fails_with "'more_1.raw' is an extension, which no container engine can run alone" \
		mkportable merge --format=oci --output=x.oci more_1.raw
	build "${amd64[@]}" --format=directory --output=demo_3 demo
	mkfifo demo_3/usr/fifo
	fails_with "'demo_3': '/usr/fifo' is a special file, which --format=oci leaves no place for" \
		mkportable merge --format=oci --output=x.oci demo_3
	rm demo_3/usr/fifo demo_3/usr/bin/demo
	run -1 --separate-stderr mkportable merge --format=oci --output=x.oci demo_3
	[[ $output$stderr == *error:* ]]
	[ ! -e x.oci ]
	usage_error "--format: not one of ddi and oci: 'tar'" mkportable merge --format=tar --output=x demo_1.raw
	usage_error "merge: no image given" mkportable merge --format=oci --output=x
	usage_error "merge: two or more images are needed" mkportable merge --output=x.raw demo_1.raw
}

@test "only a layout is replaced, and only by a whole one" {
	mkdir layout
	fails_with "cannot write 'layout': it exists and is not an image; remove it first" oci --output=layout web
	rmdir layout
	oci --output=layout web
	find layout -type f -exec sha256sum {} + | sort >before
	mkdir -p web/tree/opt
	head -c 100000 /dev/urandom >web/tree/opt/data
	run -1 --separate-stderr bash -c 'ulimit -f 8; trap "" XFSZ; exec "$@"' - \
		mkportable build "${build_options[@]}" "${amd64[@]}" --format=oci --init=init --output=layout web
	[[ $stderr == "mkportable: cannot write '"*"/mkportable."*"': File too large" ]]
	find layout -type f -exec sha256sum {} + | sort | cmp - before
	[ -z "$(find . -name '.*.new')" ]
	run -1 --separate-stderr bash -c '"$@" >/dev/full' - \
		mkportable build "${build_options[@]}" "${amd64[@]}" --format=oci --init=init --output=- web
	[ "$stderr" = "mkportable: cannot write 'standard output': No space left on device" ]

	# Nor does anything stay where the reader ends first.
	mkdir tmp
	for options in --format=oci '--format=tar --strip'; do
		# shellcheck disable=SC2086 # words
		run -0 bash -c 'TMPDIR=$PWD/tmp "$@" | head -c 1 | wc -c; ((PIPESTATUS[0] != 0))' - \
			mkportable build "${build_options[@]}" "${amd64[@]}" $options --init=init --output=- web
		[ -z "$(ls tmp)" ]
	done
}

@test "names and versions become names and tags that registries allow" {
	mv web We.B
	mv We.B/web.service We.B/We.B.service
	mv We.B/web.socket We.B/We.B.socket
	sed -i 's/=web/=We.B/' We.B/We.B.service
	oci --version='1~rc^2' --output=layout We.B
	[ "$(jq -r '.manifests[].annotations[]' layout/index.json)" = $'localhost/we.b:1-rc-2\n1-rc-2' ]
	skopeo inspect oci:layout:1-rc-2 >said
	build "${amd64[@]}" --init=init --version=1 --output=We.B_1.raw We.B
	mkportable show --kubernetes We.B_1.raw >manifest
	grep -F 'name: "we-b"' manifest
	grep -F 'image: "localhost/we.b:1"' manifest

	# Images of others: of any version, or with one of the distribution only.
	service demo ExecStart=/usr/bin/demo
	build "${amd64[@]}" --format=directory --output=demo_1 demo
	sed -i 's/^IMAGE_VERSION=.*/IMAGE_VERSION=1:2+b/' demo_1/usr/lib/os-release
	for name in demo:1-2-b demo:1.2 demo:0; do
		rm -r layout
		mkportable merge --format=oci --output=layout demo_1
		[ "$(jq -r '.manifests[].annotations[]' layout/index.json)" = "localhost/$name"$'\n'"${name#*:}" ]
		skopeo inspect "oci:layout:${name#*:}" >said
		mkportable show --kubernetes demo_1 | grep -F "image: \"localhost/$name\""
		case $name in
		demo:1-2-b) sed -i '/^IMAGE_VERSION=/d' demo_1/usr/lib/os-release ;;
		*) sed -i '/^VERSION_ID=/d' demo_1/usr/lib/os-release ;;
		esac
	done
}

@test "a Kubernetes manifest has the ports, a claim for the state, and as few rights as the image needs" {
	build "${amd64[@]}" --init=init --output=web_1.2.raw web
	run -0 mkportable show --kubernetes=registry.example/web:2 web_1.2.raw
	echo "$output"
	for line in '  name: "web-var-lib-web"' '          image: "registry.example/web:2"' \
		'            - containerPort: 8080' '              protocol: UDP' \
		'            readOnlyRootFilesystem: true' '              drop: [ALL]' \
		'                - NET_BIND_SERVICE' '    - name: "udp-53"'; do
		grep -qxF -- "$line" <<<"$output"
	done
	[ "$(grep -c '^kind: PersistentVolumeClaim' <<<"$output")" = 1 ]
	[ "$(grep -c 'mountPath: "/var/' <<<"$output")" = 4 ]
	[[ $output != *'containerPort: 1'$'\n'* ]]

	sed -i '/^Listen.*:\(80\|53\)$/d' web/web.socket
	sed -i '/DynamicUser/aAmbientCapabilities=CAP_NET_RAW cap_sys_time' web/web.service
	build "${amd64[@]}" --init=init --output=web_1.3.raw web
	run -0 mkportable show --kubernetes web_1.3.raw
	[[ $output != *NET_BIND_SERVICE* && $output == *'- "NET_RAW"'* && $output == *'- "SYS_TIME"'* ]]
	# The name of a Service begins with a letter.
	service 0ad ExecStart=/usr/bin/demo StateDirectory=0ad
	printf '%s\n' '[Socket]' ListenStream=20595 >0ad/0ad.socket
	build "${amd64[@]}" --init=init --output=0ad_1.raw 0ad
	mkportable show --kubernetes 0ad_1.raw >manifest
	[ "$(grep -c '^  name: "image-0ad"$' manifest)" = 2 ]
	grep -qxF '            claimName: "image-0ad-var-lib-0ad"' manifest
	usage_error "--kubernetes goes with no other option" mkportable show --kubernetes --json web_1.3.raw
	usage_error "--kubernetes: not the name of an image: ''" mkportable show --kubernetes= web_1.3.raw
	service two ExecStart=/usr/bin/demo 'StateDirectory=two/a.b two/a-b'
	build "${amd64[@]}" --init=init --output=two_1.raw two
	run -1 --separate-stderr mkportable show --kubernetes two_1.raw
	[ "$stderr" = "mkportable: a volume for '/var/lib/two/a.b' would be called 'two-var-lib-two-a-b', as another one is" ]
	[ -z "$output" ]
}

@test "an interrupted build leaves the older layout and nothing else" {
	oci --output=layout web
	find layout -type f -exec sha256sum {} + | sort >before
	mkdir -p web/tree/opt tmp
	head -c 40000000 /dev/urandom | split -a 3 -b 100000 - web/tree/opt/data
	layer_is_written() {
		[ -s "$(echo tmp/mkportable.*/0)" ]
	}
	TMPDIR=$PWD/tmp mkportable build "${build_options[@]}" "${amd64[@]}" --format=oci --init=init --output=layout web 2>said 3>&- &
	pid=$!
	eventually layer_is_written
	kill -s TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ $status = 143 ]
	[ "$(cat said)" = 'mkportable: interrupted' ]
	find layout -type f -exec sha256sum {} + | sort | cmp - before
	[ -z "$(find tmp . -name '.*.new' -o -name 'mkportable.*')" ]
}
