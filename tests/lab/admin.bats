#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# portable-admin on a host: it tells what is attached and what runs, also where portablectl
# does not.
# shellcheck disable=SC2154 # bats sets output, stderr and stderr_lines

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile
	lab_push build/portable-admin /usr/local/bin/
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push build/images/{visitord,qotd}_*.raw /root/
	image=$(echo build/images/visitord_*.raw)
	export image=/root/${image##*/}
	other=$(echo build/images/qotd_*.raw)
	export other=/root/${other##*/}
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

teardown() {
	lab bash -c '
		systemctl stop "visitord*" "qotd*"
		for unit in /etc/systemd/system.attached /run/systemd/system.attached; do rm -rf $unit; done
		rm -rf /etc/portables /run/portables /var/lib/portables /{etc,run}/systemd/system/*.wants/visitord.* /etc/systemd/portable/profile/mine /var/lib/visitord /var/lib/private/visitord
		systemctl daemon-reload
		systemctl reset-failed'
}

teardown_file() {
	lab_teardown_file
}

# Compares JSON with its schema.
fits() { # VERB JSON
	python3 -c 'import json, jsonschema, sys
schema, said = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(said, schema)' "docs/schemas/portable-admin-$1.json" "$2"
}

# A value of status --json: an expression of jq, of what all attached images say.
says() { # VALUE EXPRESSION
	local said

	said=$(lab portable-admin status --json | jq -r "$2")
	[ "$said" = "$1" ] || {
		echo "$2 is '$said', not '$1'" >&2
		return 1
	}
}

@test "status shows each unit, its profile, its socket, the file that runs and the state" {
	lab portablectl --quiet attach --profile=sealed "$image" visitord
	lab systemctl enable --quiet --now visitord.socket
	lab curl --silent --fail http://127.0.0.1:8080/
	run -0 --separate-stderr lab portable-admin status
	echo "$output"
	[ -z "$stderr" ]
	[ "${lines[0]}" = "visitord: $image" ]
	[[ ${lines[1]} =~ ^'  visitord.service: active (running), static, profile sealed, pid '[0-9]+', runs this file'$ ]]
	[[ ${lines[2]} =~ ^'    state in /var/lib/private/visitord, of user '[0-9]+$ ]]
	[[ ${lines[3]} =~ ^'  visitord.socket: active ('(listening|running)'), enabled, profile sealed'$ ]]
	[ "${lines[4]}" = '    listens on Stream [::]:8080' ]
	[ "${#lines[@]}" -eq 5 ]
	measured=$(lab systemd-analyze security --no-pager visitord.service | sed -n 's/.*exposure level for visitord.service: \([0-9.]*\) .*/\1/p')
	[ -n "$measured" ]
	run -0 --separate-stderr lab portable-admin status --exposure
	[[ ${lines[1]} == *", runs this file, exposure $measured" ]]
	lab portable-admin status --exposure --json >"$BATS_TEST_TMPDIR/said"
	fits status "$BATS_TEST_TMPDIR/said"
	[ "$(jq -r '.images[].units[0].instances[].exposure' "$BATS_TEST_TMPDIR/said")" = "$measured" ]
	lab systemctl disable --quiet visitord.socket
}

@test "status tells which of several versions is attached, where portablectl says all are" {
	lab mkdir -p /var/lib/portables
	lab sh -c "for version in 1 2 10; do cp $image /var/lib/portables/visitord_\$version.raw; done"
	lab portablectl --quiet attach --profile=sealed visitord_2
	[ "$(lab portablectl list --no-legend | grep -c attached)" -eq 3 ]
	run -0 lab portablectl is-attached visitord_1
	says /var/lib/portables/visitord_2.raw '.images[].path'
	says /var/lib/portables/visitord_10.raw '.images[].newer'
	run -0 lab portable-admin status visitord_2.raw
	run -1 --separate-stderr lab portable-admin status visitord_1
	[ "$stderr" = "portable-admin: 'visitord_1' is not attached; 'portable-admin status' shows what is" ]
	# a directory of versions: what has no tries left is not newer
	[ "${LAB_SUITE-}" = bookworm ] || {
		lab portablectl --quiet detach visitord_2
		lab sh -c "mkdir /var/lib/portables/visitord.raw.v && mv /var/lib/portables/visitord_*.raw /var/lib/portables/visitord.raw.v/ &&
			cd /var/lib/portables/visitord.raw.v && mv visitord_10.raw visitord_10+0-3.raw"
		lab portablectl --quiet attach --profile=sealed visitord
		says /var/lib/portables/visitord.raw.v/visitord_2.raw '.images[].path'
		says null '.images[].newer'
		lab mv /var/lib/portables/visitord.raw.v/visitord_10+0-3.raw /var/lib/portables/visitord.raw.v/visitord_10+1-2.raw
		says /var/lib/portables/visitord.raw.v/visitord_10+1-2.raw '.images[].newer'
	}
}

@test "status tells that a service runs another file than the attached one, or one that was replaced" {
	lab mkdir -p /root/newer
	lab cp "$image" /root/newer/visitord_99.raw
	lab portablectl --quiet attach --profile=sealed "$image" visitord
	lab systemctl start visitord.service
	says this '.images[].units[0].instances[].runs'
	lab portablectl --quiet reattach --profile=sealed /root/newer/visitord_99.raw visitord
	says "/root/newer/visitord_99.raw other $image" '.images[] | "\(.path) \(.units[0].instances[] | .runs + " " + .runs_path)"'
	run -0 lab portable-admin status
	[[ ${lines[1]} == *", runs '$image'; restart it" ]]
	lab systemctl restart visitord.service
	says this '.images[].units[0].instances[].runs'
	# another file of its name, and none
	lab sh -c "cp $image /root/newer/other && mv /root/newer/other /root/newer/visitord_99.raw"
	says replaced '.images[].units[0].instances[].runs'
	lab rm -r /root/newer
	says 'replaced false' '.images[] | .units[0].instances[].runs + " " + (.path_exists | tostring)'
	run -0 lab portable-admin status
	[ "${lines[0]}" = 'visitord: /root/newer/visitord_99.raw is gone' ]
	lab portable-admin status --json >"$BATS_TEST_TMPDIR/said"
	fits status "$BATS_TEST_TMPDIR/said"
}

@test "status tells of missing profiles, of files that changed and of what is left over; ordinary users may ask" {
	lab sh -c 'mkdir -p /etc/systemd/portable/profile/mine && cp /etc/systemd/portable/profile/sealed/service.conf /etc/systemd/portable/profile/mine/'
	lab portablectl --quiet attach --profile=mine --runtime "$image" visitord
	lab portablectl --quiet attach --profile=nosuch "$other" qotd
	lab rm -r /etc/systemd/portable/profile/mine
	lab sh -c 'echo "# more" >>/run/systemd/system.attached/visitord.service; touch /etc/systemd/system.attached/qotd-old.service
		mkdir /etc/systemd/system.attached/gone.service.d'
	run -0 --separate-stderr lab setpriv --reuid=65534 --regid=65534 --clear-groups portable-admin status
	echo "$output"
	[ -z "$stderr" ]
	[[ $output == *'qotd.service: inactive (dead), static, no profile: no sandbox but its own'* ]]
	[[ $output == *"visitord.service: inactive (dead), static, NO SANDBOX: the profile '/etc/systemd/portable/profile/mine/service.conf' is gone, changed since systemd read it: systemctl daemon-reload"* ]]
	[[ $output == *"visitord: $image"$'\n  until reboot'* ]]
	[[ $output == *$'left over: /etc/systemd/system.attached/qotd-old.service: a unit of no image'* ]]
	[[ $output == *$'left over: /etc/systemd/system.attached/gone.service.d: drop-ins without their unit'* ]]
	says 2 '.leftovers | length'
	lab portable-admin status --json >"$BATS_TEST_TMPDIR/said"
	fits status "$BATS_TEST_TMPDIR/said"
}

@test "status of 200 attached images takes at most half a second" {
	lab portablectl --quiet attach --profile=sealed "$image" visitord
	# what attaching writes, 200 times
	lab bash -c '
		cd /etc/systemd/system.attached || exit
		for i in {1..200}; do
			for type in service socket; do
				mkdir v$i.$type.d
				cp -P visitord.$type.d/10-profile.conf v$i.$type.d/
				sed "s/visitord_[0-9.]*\.raw/v${i}_1.raw/g" visitord.$type.d/20-portable.conf >v$i.$type.d/20-portable.conf
				sed "s/visitord/v$i/g; s/^ListenStream=.*/ListenStream=$((10000 + i))/" visitord.$type >v$i.$type
			done
		done
		systemctl daemon-reload
		systemctl start $(printf "v%s.socket " {1..200})'
	in_time() {
		local began=${EPOCHREALTIME/./} took

		lab portable-admin status >"$BATS_TEST_TMPDIR/said"
		took=$((${EPOCHREALTIME/./} - began))
		echo "$took microseconds"
		((took <= 500000))
	}
	eventually in_time # others use the processor as well
	[ "$(grep -c 'socket: active (listening), disabled, profile sealed$' "$BATS_TEST_TMPDIR/said")" -eq 200 ]
	[ "$(grep -c 'listens on' "$BATS_TEST_TMPDIR/said")" -eq 201 ]
	lab bash -c 'systemctl stop $(printf "v%s.socket " {1..200})'
}

@test "attach says what it will do, does it, and keeps profile, scope and what is enabled for a new version" {
	lab mkdir -p /root/newer
	lab cp "$image" /root/newer/visitord_99.raw
	run -1 --separate-stderr lab portable-admin attach --profile=nosuch "$image"
	[[ $stderr == "portable-admin: there is no profile 'nosuch', and systemd would attach without one; there are "*"'sealed'"* ]]
	plan="profile sealed, until reboot
unit visitord.service
unit visitord.socket
attach $image
enable until reboot visitord.socket
start visitord.socket"
	run -0 --separate-stderr lab portable-admin attach --dry-run --runtime --profile=sealed --enable --now "$image"
	diff <(echo "$output") <(echo "$plan")
	says 0 '.images | length'
	run -0 --separate-stderr lab portable-admin attach --runtime --profile=sealed --enable --now "$image"
	[ "$output" = "$plan" ]
	says "$image true sealed enabled-runtime active false" '.images[] | "\(.path) \(.runtime) \(.units[1] |
		"\(.profile) \(.enabled) \(.instances[] | "\(.active) \(.needs_reload)")")"'
	lab curl --silent --fail http://127.0.0.1:8080/
	# the new version as the old one was; what runs goes on until it is told otherwise
	run -0 --separate-stderr lab portable-admin attach /root/newer/visitord_99.raw
	diff <(echo "$output") - <<-END
		profile sealed, until reboot
		replace $image
		unit visitord.service
		unit visitord.socket
		attach again /root/newer/visitord_99.raw
	END
	says "/root/newer/visitord_99.raw true sealed enabled-runtime active other" '.images[] | "\(.path) \(.runtime) \(.units[1] |
		"\(.profile) \(.enabled)") \(.units[0].instances[] | "\(.active) \(.runs)")"'
	run -0 --separate-stderr lab portable-admin attach --now /root/newer/visitord_99.raw
	[ "$(tail -n 5 <<<"$output")" = 'stop visitord.socket
stop visitord.service
attach again /root/newer/visitord_99.raw
start visitord.socket
start visitord.service' ]
	says 'active this' '.images[].units[0].instances[] | "\(.active) \(.runs)"'
	[ "$(lab curl --silent --fail http://127.0.0.1:8080/)" = 'Hello! You are visitor #2!' ]
	# the journal has the story
	run -0 lab journalctl --quiet --output=cat PORTABLE=visitord PORTABLE_STEP='attach again'
	[ "${lines[0]}" = 'visitord: attach again /root/newer/visitord_99.raw' ]
}

@test "a new version is attached with the extensions of the old one, and detached with them" {
	mkdir "$BATS_TEST_TMPDIR/more"
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/visitord --version\n' >"$BATS_TEST_TMPDIR/more/visitord-more.service"
	build/mkportable build --extension --format=directory --version=1 --program-path=build/bin --output="$BATS_TEST_TMPDIR/more_1" "$BATS_TEST_TMPDIR/more" 2>"$BATS_TEST_TMPDIR/err"
	sed -i 's/^ID=.*/ID=_any/; /^VERSION_ID=/d; s/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES=visitord/' "$BATS_TEST_TMPDIR"/more_1/usr/lib/extension-release.d/*
	mksquashfs "$BATS_TEST_TMPDIR/more_1" "$BATS_TEST_TMPDIR/more_1.raw" -quiet -no-progress -all-root >/dev/null
	lab_push "$BATS_TEST_TMPDIR/more_1.raw" /root/
	lab portable-admin attach --profile=trusted --extension=/root/more_1.raw --enable --now "$image"
	lab systemctl start visitord-more.service
	lab sh -c "mkdir -p /root/newer && cp $image /root/newer/visitord_99.raw"
	run -0 --separate-stderr lab portable-admin attach --now /root/newer/visitord_99.raw
	diff <(echo "$output") - <<-END
		profile trusted
		extension /root/more_1.raw
		replace $image
		unit visitord-more.service
		unit visitord.service
		unit visitord.socket
		stop visitord.socket
		attach again /root/newer/visitord_99.raw
		start visitord.socket
		start visitord-more.service
	END
	says '/root/newer/visitord_99.raw /root/more_1.raw visitord-more.service,visitord.service,visitord.socket enabled' \
		'.images[] | "\(.path) \(.extensions) \([.units[].name] | join(",")) \(.units[2].enabled)"'
	lab portable-admin detach --now visitord
	says '0 0' '"\(.images | length) \(.leftovers | length)"'
	# systemd attaches nothing again with others, or in the other scope; that is known before anything stops
	lab portable-admin attach --profile=trusted --now "$image"
	run -1 --separate-stderr lab portable-admin attach --now --extension=/root/more_1.raw /root/newer/visitord_99.raw
	[ "$stderr" = "portable-admin: '$image' is attached with other extensions; detach it first" ]
	run -1 --separate-stderr lab portable-admin attach --now --runtime /root/newer/visitord_99.raw
	[ "$stderr" = "portable-admin: '$image' is attached, and not only until reboot; detach it first" ]
	says active '.images[].units[1].instances[].active'
}

@test "a template has its instances, which are stopped and started with it" {
	mkdir "$BATS_TEST_TMPDIR/t"
	printf '[Service]\nStateDirectory=visitord\nExecStart=/usr/bin/visitord --listen=127.0.0.1:90%%i\n[Install]\nWantedBy=multi-user.target graphical.target\n' >"$BATS_TEST_TMPDIR/t/t@.service"
	for version in 1 2; do
		build/mkportable build --version=$version --program-path=build/bin --os-release=os-release.in --output="$BATS_TEST_TMPDIR/t_$version.raw" "$BATS_TEST_TMPDIR/t"
	done
	lab_push "$BATS_TEST_TMPDIR"/t_[12].raw /root/
	lab portable-admin attach --profile=trusted /root/t_1.raw
	run -0 lab portable-admin status t
	[ "${lines[1]}" = '  newer: /root/t_2.raw' ]
	[ "${lines[2]}" = '  t@.service: no instance' ]
	lab systemctl --quiet enable --now t@01.service
	eventually says this '.images[].units[].instances[].runs' # not "starting" any more
	run -0 lab portable-admin status t
	[[ ${lines[2]} =~ ^'  t@01.service: active (running), enabled, profile trusted, pid '[0-9]+', runs this file'$ ]]
	run -0 lab portable-admin attach --now /root/t_2.raw
	[ "$(tail -n 3 <<<"$output")" = 'stop t@01.service
attach again /root/t_2.raw
start t@01.service' ]
	eventually says '/root/t_2.raw active this' '.images[] | "\(.path) \(.units[].instances[] | "\(.active) \(.runs)")"'
	run -0 lab portable-admin detach --now t
	[ "$output" = 'stop t@01.service
disable t@01.service
detach /root/t_2.raw' ]
	says '0 0' '"\(.images | length) \(.leftovers | length)"'
}

@test "what only root may do is refused for others, with a remedy" {
	as_nobody() {
		lab setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	}
	lab sh -c 'mkdir -p /var/lib/portables; cp /root/visitord_*.raw /var/lib/portables/visitord_5.raw'
	run -1 --separate-stderr as_nobody portable-admin attach visitord_5
	[[ $stderr == "portable-admin: cannot "*" 'visitord_5': "*'; run it as root' ]]
	lab portable-admin attach --profile=sealed --now visitord_5
	run -1 --separate-stderr as_nobody portable-admin detach --now visitord
	[[ $stderr == "portable-admin: cannot stop 'visitord.socket': "*'; run it as root' ]]
	says active '.images[].units[1].instances[].active'
	run -0 --separate-stderr as_nobody portable-admin doctor
	run -0 --separate-stderr as_nobody portable-admin doctor --export
	grep -qx Profile=sealed <<<"$output"
}

@test "attach refuses a unit that the host has" {
	lab sh -c 'printf "[Service]\nExecStart=true\n" >/etc/systemd/system/visitord.service && systemctl daemon-reload'
	run -1 --separate-stderr lab portable-admin attach --dry-run "$image"
	[ "$stderr" = "portable-admin: the host has a unit 'visitord.service' already; see 'systemctl cat', and rename one" ]
	lab rm /etc/systemd/system/visitord.service
}

@test "detach disables, stops if it is told so, and never deletes the image by itself" {
	lab mkdir -p /etc/portables
	lab cp "$image" /etc/portables/visitord_5.raw
	lab portable-admin attach --profile=sealed --enable --now visitord_5
	run -1 --separate-stderr lab portable-admin detach visitord
	[ "$stderr" = "portable-admin: 'visitord.socket' is active; stop it first, or detach with --now" ]
	plan='stop visitord.socket
disable visitord.socket
detach /etc/portables/visitord_5.raw
keep /etc/portables/visitord_5.raw'
	run -0 lab portable-admin detach --dry-run --now visitord
	diff <(echo "$output") <(echo "$plan")
	says 1 '.images | length'
	run -0 lab portable-admin detach --now visitord
	[ "$output" = "$plan" ]
	says '0 0' '"\(.images | length) \(.leftovers | length)"'
	run -0 lab ls /etc/portables
	[ "$output" = visitord_5.raw ]
	run ! lab test -L /etc/systemd/system/sockets.target.wants/visitord.socket
	# a link of a run that was killed, and one of another file
	lab portable-admin attach --profile=sealed visitord_5
	lab sh -c 'echo other >/etc/portables/visitord_5.raw.kept'
	run -1 --separate-stderr lab portable-admin detach visitord
	[ "$stderr" = "portable-admin: systemd would delete '/etc/portables/visitord_5.raw', and it cannot be kept by a link '.kept' beside it; move it out of that directory, or detach with --delete: File exists" ]
	lab ln -f /etc/portables/visitord_5.raw /etc/portables/visitord_5.raw.kept
	lab portable-admin detach visitord
	run -0 lab ls /etc/portables
	[ "$output" = visitord_5.raw ]
	# when its file is gone as well
	lab portable-admin attach --profile=sealed visitord_5
	lab rm /etc/portables/visitord_5.raw
	lab portable-admin detach visitord
	says '0 0' '"\(.images | length) \(.leftovers | length)"'
	run -1 --separate-stderr lab portable-admin detach visitord
	[ "$stderr" = "portable-admin: 'visitord' is not attached; 'portable-admin status' shows what is" ]
}

@test "attach keeps the image that it replaces where systemd would delete it" {
	lab sh -c "mkdir -p /etc/portables && cp $image /etc/portables/visitord_5.raw && cp $image /etc/portables/visitord_6.raw"
	lab portable-admin attach --profile=sealed visitord_5
	run -0 lab portable-admin attach visitord_6
	[ "${lines[-1]}" = 'keep /etc/portables/visitord_5.raw' ]
	run -0 lab portable-admin attach "$image"
	[ "${lines[-1]}" = 'keep /etc/portables/visitord_6.raw' ]
	lab portable-admin detach visitord
	run -0 lab ls /etc/portables
	[ "$output" = $'visitord_5.raw\nvisitord_6.raw' ]
	lab portable-admin attach --profile=sealed visitord_5
	run -1 --separate-stderr lab portable-admin attach visitord_5
	[ "$stderr" = "portable-admin: '/etc/portables/visitord_5.raw' would be deleted by systemd before it is attached again; move it to /var/lib/portables" ]
	[ -z "$output" ]
}

# Succeeds when doctor has a finding that begins so, and a remedy for it.
finds() { # BEGINNING
	lab portable-admin doctor >"$BATS_TEST_TMPDIR/found" 2>&1 || true
	grep -qF -A 1 -- "$1" "$BATS_TEST_TMPDIR/found" || {
		echo "not found: $1"
		cat "$BATS_TEST_TMPDIR/found"
		return 1
	} >&2
	grep -F -A 1 -- "$1" "$BATS_TEST_TMPDIR/found" | grep -q '^  remedy: [a-z/]'
}

@test "doctor has nothing to say of a host that is well" {
	lab portable-admin attach --profile=sealed --now "$image"
	lab curl --silent --fail http://127.0.0.1:8080/
	run -0 --separate-stderr lab portable-admin doctor
	[ -z "$stderr" ]
	# a lab is one
	[ "${lines[0]}" = 'host: note: in-container: this is a container (container-other): loop devices are those of its host' ]
	[ "${#lines[@]}" -eq 2 ]
	run -0 lab portable-admin doctor visitord
	[ -z "$output" ]
	run -0 lab portable-admin doctor --json visitord
	[ "$output" = '{"version":1,"errors":0,"findings":[]}' ]
}

@test "doctor finds what is wrong, by the rule's name, with a remedy" {
	lab sh -c 'mkdir -p /root/newer /etc/systemd/portable/profile/mine &&
		cp /etc/systemd/portable/profile/sealed/service.conf /etc/systemd/portable/profile/mine/'
	lab cp "$image" /root/newer/visitord_99.raw
	lab portablectl --quiet attach --profile=mine "$image" visitord
	lab portablectl --quiet attach --profile=nosuch "$other" qotd
	lab rm -r /etc/systemd/portable/profile/mine
	finds "visitord.service: security: profile-gone: its profile '/etc/systemd/portable/profile/mine/service.conf' is gone"
	finds 'qotd.service: security: no-profile: '
	lab systemctl start visitord.service
	lab portablectl --quiet reattach --profile=sealed /root/newer/visitord_99.raw visitord
	finds "visitord.service: warning: runs-other: it runs '$image', not the attached image"
	lab systemctl restart visitord.service
	lab sh -c "cp $image /root/newer/other && mv /root/newer/other /root/newer/visitord_99.raw"
	finds 'visitord.service: warning: runs-replaced: '
	lab cp "$image" /root/newer/visitord_100.raw
	finds "/root/newer/visitord_99.raw: note: newer-version: '/root/newer/visitord_100.raw' is newer and not attached"
	lab rm -r /root/newer
	finds '/root/newer/visitord_99.raw: error: image-gone: '
	lab sh -c 'systemctl stop visitord.socket visitord.service; ! systemctl restart visitord.service'
	finds 'visitord.service: error: unit-failed: it failed: exit-code'
	run -1 lab portable-admin doctor visitord
	lab portable-admin doctor --json >"$BATS_TEST_TMPDIR/said" || true
	fits doctor "$BATS_TEST_TMPDIR/said"
	run ! fits status "$BATS_TEST_TMPDIR/said"
	lab portablectl --quiet reattach --profile=sealed "$image" visitord
	# what systemd reads instead
	lab sh -c 'systemctl reset-failed; mkdir /etc/systemd/system/visitord.service.d
		printf "[Service]\nRootImage=\nExecStart=\nExecStart=sleep 1000\nType=simple\nRestart=always\nRestartSec=0\n" >/etc/systemd/system/visitord.service.d/x.conf'
	finds 'visitord.service: warning: reload-pending: '
	lab sh -c 'systemctl daemon-reload; systemctl start visitord.service'
	eventually finds 'visitord.service: security: runs-host: '
	lab sh -c 'kill $(systemctl show --value --property=MainPID visitord.service)'
	eventually lab sh -c 'test "$(systemctl show --value --property=NRestarts visitord.service)" = 1'
	finds 'visitord.service: warning: unit-restarted: systemd restarted it 1 times since it was started'
	lab sh -c 'systemctl stop visitord.socket visitord.service; rm -r /etc/systemd/system/visitord.service.d
		cp /etc/systemd/system.attached/visitord.service /etc/systemd/system/; ln -s /dev/null /etc/systemd/system/visitord.socket'
	finds "visitord.service: error: unit-shadowed: systemd reads '/etc/systemd/system/visitord.service' instead of the attached unit"
	finds 'visitord.socket: warning: unit-masked: '
	lab sh -c 'rm /etc/systemd/system/visitord.*; systemctl daemon-reload'
	# the host
	lab systemd-run --quiet --unit=taker systemd-socket-activate --listen=8080 true
	eventually finds 'visitord.socket: warning: port-taken: it is not active, and another socket is bound to TCP port 8080'
	lab systemctl stop taker.service
	lab sh -c 'rm -f /var/lib/visitord; mkdir -p /var/lib/visitord /var/lib/private/visitord'
	finds "visitord.service: warning: state-twice: there is a state in '/var/lib/visitord' and in '/var/lib/private/visitord'"
	lab sh -c 'mkdir /etc/systemd/system.attached/gone.service.d; mkdir -p /etc/systemd/system/sockets.target.wants
		ln -s /etc/systemd/system.attached/visitord-old.socket /etc/systemd/system/sockets.target.wants/visitord.old.socket'
	finds '/etc/systemd/system.attached/gone.service.d: warning: left-over: drop-ins without their unit'
	finds '/etc/systemd/system/sockets.target.wants/visitord.old.socket: warning: link-left-over: '
	lab sh -c 'portable-admin detach visitord; mkdir -p /etc/portables; cp /root/visitord_*.raw /etc/portables/visitord_3.raw; portablectl --quiet attach visitord_3'
	finds '/etc/portables/visitord_3.raw: warning: detach-deletes: '
	lab sh -c 'cd /etc/portables && touch visitord_3.verity visitord_3.roothash.p7s'
	finds '/etc/portables/visitord_3.raw: error: certificate-missing: '
	lab sh -c 'mkdir -p /etc/verity.d && touch /etc/verity.d/x.crt'
	run ! finds '/etc/portables/visitord_3.raw: error: certificate-missing: '
	lab rm -r /etc/verity.d
	# only where the kernel has none
	[ -e /sys/module/dm_verity ] || finds '/etc/portables/visitord_3.raw: error: verity-missing: '
	lab mv /dev/loop-control /dev/loop-control.away
	finds "host: error: loop-missing: there is no '/dev/loop-control'"
	lab mv /dev/loop-control.away /dev/loop-control
	lab sh -c 'systemctl mask --runtime --now systemd-portabled.service'
	finds 'host: error: portabled-missing: systemd-portabled does not answer: '
	lab systemctl unmask --runtime systemd-portabled.service
}

@test "doctor --export tells what mkportable lint wants to know of a host" {
	lab portable-admin attach --profile=sealed --now "$image"
	run -0 --separate-stderr lab portable-admin doctor --export
	[ -z "$stderr" ]
	for line in '[Host]' Format=1 Name=lab Architecture=x86-64 Portabled=yes Loop=yes FileSystem=squashfs Profile=sealed Profile=default \
		User=root Group=root Unit=dbus.service Unit=multi-user.target; do
		grep -qxF -- "$line" <<<"$output"
	done
	grep -qE '^Systemd=2[0-9]{2}' <<<"$output"
	# what is attached makes room for a new version
	run ! grep -E '^(Unit=visitord|TCP=8080)' <<<"$output"
}

@test "what lint says of an image for this host by its facts is what the host does" {
	for image in visitord qotd; do
		lab portable-admin doctor --export >"$BATS_TEST_TMPDIR/facts"
		build/mkportable lint --host="$BATS_TEST_TMPDIR/facts" --profile=./profiles/sealed build/images/${image}_*.raw >"$BATS_TEST_TMPDIR/said"
		run ! grep -qE 'host-must-have|user-not' "$BATS_TEST_TMPDIR/said"
	done
	mkdir "$BATS_TEST_TMPDIR/x"
	printf '[Unit]\nRequires=nosuch.service\nAfter=nosuch.service\n[Service]\nType=oneshot\nUser=nosuch\nExecStart=/usr/bin/qotd --version\n' >"$BATS_TEST_TMPDIR/x/x.service"
	printf '[Socket]\nListenStream=8081\nAccept=no\n' >"$BATS_TEST_TMPDIR/x/x.socket"
	build/mkportable build --version=1 --program-path=build/bin --os-release=os-release.in --output="$BATS_TEST_TMPDIR/x_1.raw" "$BATS_TEST_TMPDIR/x"
	lab_push "$BATS_TEST_TMPDIR/x_1.raw" /root/
	says_of_x() { # FINDING
		lab portable-admin doctor --export >"$BATS_TEST_TMPDIR/facts"
		run build/mkportable lint --host="$BATS_TEST_TMPDIR/facts" "$BATS_TEST_TMPDIR/x_1.raw"
		echo "$output"
		grep -qF -- "$1" <<<"$output"
	}
	# a unit of its name: attach is refused
	lab sh -c 'printf "[Service]\nExecStart=true\n" >/etc/systemd/system/x.service'
	says_of_x 'error: host-unit-taken: '
	run -1 lab portablectl --quiet attach /root/x_1.raw
	lab rm /etc/systemd/system/x.service
	# a unit and a user that are missing: start fails, until they are there
	lab portablectl --quiet attach --profile=trusted /root/x_1.raw
	says_of_x "error: host-lacks: /usr/lib/systemd/system/x.service:2: Requires= needs the unit 'nosuch.service'"
	says_of_x "error: host-lacks: /usr/lib/systemd/system/x.service:6: User= needs the user 'nosuch'"
	run ! lab systemctl start x.service
	lab sh -c 'printf "[Service]\nType=oneshot\nExecStart=true\n" >/etc/systemd/system/nosuch.service; systemctl daemon-reload'
	run ! lab systemctl start x.service
	lab systemctl reset-failed
	lab sh -c 'echo nosuch:x:777:777::/:/usr/sbin/nologin >>/etc/passwd; echo nosuch:x:777: >>/etc/group'
	run ! says_of_x 'error: '
	lab systemctl start x.service
	# a port that another one is bound to
	lab systemd-run --quiet --unit=taker systemd-socket-activate --listen=8081 true
	eventually says_of_x 'warning: host-port-taken: /usr/lib/systemd/system/x.socket:2: ListenStream=8081: another socket of the host lab'
	run ! lab systemctl start x.socket
	lab systemctl stop taker.service
	lab portablectl --quiet detach /root/x_1.raw
	lab sh -c 'sed -i /^nosuch:/d /etc/passwd /etc/group; rm /etc/systemd/system/nosuch.service; systemctl daemon-reload; systemctl reset-failed'
	# doctor asks lint itself, where that is installed
	run -1 --separate-stderr lab portable-admin doctor /root/x_1.raw
	[ "$stderr" = 'portable-admin: cannot run mkportable, which judges images: No such file or directory' ]
	lab sh -c 'printf "%s\n" "#!/bin/sh" "echo \$1 \$3 \$4 \$5" "cat \"\${2#--host=}\"" >/usr/local/bin/mkportable; chmod +x /usr/local/bin/mkportable'
	run -0 --separate-stderr lab portable-admin doctor /root/x_1.raw
	[ "${lines[0]}" = 'lint --format=text -- /root/x_1.raw' ]
	diff <(sed 1d <<<"$output") <(lab portable-admin doctor --export)
	# beside something that is attached, whose errors count as well
	lab portable-admin attach --profile=sealed "$other"
	lab cp "$other" "$other.away"
	lab rm "$other"
	run -1 --separate-stderr lab portable-admin doctor qotd /root/x_1.raw
	[[ ${lines[0]} == *': error: image-gone: '* ]]
	[[ $output == *$'\nlint --format=text -- /root/x_1.raw\n'* ]]
	lab mv "$other.away" "$other"
	run -1 --separate-stderr lab portable-admin doctor --json qotd /root/x_1.raw
	[ "$stderr" = 'portable-admin: with --json, name either what is attached or images' ]
	lab sh -c 'echo "exit 3" >>/usr/local/bin/mkportable'
	run -3 lab portable-admin doctor /root/x_1.raw
	lab rm /usr/local/bin/mkportable
}
