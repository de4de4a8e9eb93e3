#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What lint says of files that programs look for while they run is what becomes of programs of
# a distribution. Each rule is held against a small program in image-tree.bash as well.
# shellcheck disable=SC2154 # bats sets output

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab ip link set lo up
	# It accepts, and does not speak TLS: 35 is the status of curl then.
	lab systemd-run --quiet --unit=deaf systemd-socket-activate --accept --inetd \
		--listen=127.0.0.1:7443 /bin/echo hello
	eventually lab bash -c '{ : >/dev/tcp/127.0.0.1/7443; } 2>/dev/null'
}

teardown_file() {
	lab_teardown_file
}

setup() {
	PATH=$BATS_TEST_DIRNAME/../../build:$PATH
	template=$BATS_TEST_DIRNAME/../../os-release.in
	cd "$BATS_TEST_TMPDIR"
}

# Prints what becomes of a program that is started as root and becomes another user.
change_user() { # PROFILE
	lab portablectl --quiet attach --profile="$1" /root/client_1.raw client
	lab systemctl start client.service 2>/dev/null && echo changed || echo refused
	lab portablectl --quiet detach /root/client_1.raw
	lab systemctl reset-failed
}

@test "root changes its user under no stock profile but trusted, nor there without the capability" {
	mkdir client bin
	echo 'int main(void) { return setgid(1) || setuid(1); }' |
		cc -include unistd.h -x c -o bin/client -
	printf '%s\n' '[Service]' Type=oneshot ExecStart=/usr/bin/client User=root >client/client.service
	mkportable build --root=/ --program-path="$PWD/bin" --os-release="$template" --version=1 client 2>said
	mkportable lint client_1.raw >findings
	grep -q "note: user-change-refused: .* stock profiles but 'trusted'" findings
	lab_push client_1.raw /root/
	[ "$(change_user default)" = refused ]
	[ "$(change_user trusted)" = changed ]
	rm client_1.raw
	echo CapabilityBoundingSet=CAP_CHOWN >>client/client.service
	mkportable build --root=/ --program-path="$PWD/bin" --os-release="$template" --version=1 client 2>said
	mkportable lint client_1.raw >findings
	grep -q 'note: user-change-refused: .* CapabilityBoundingSet= of the unit' findings
	lab_push client_1.raw /root/
	[ "$(change_user trusted)" = refused ]
	rm client_1.raw
}

teardown() {
	[ ! -e client_1.raw ] || lab portablectl --quiet detach /root/client_1.raw || true
}

# Builds an image with curl, and prints the status with which it ends.
ask_with_curl() { # LINE...
	mkdir -p client
	printf '%s\n' '[Service]' Type=oneshot DynamicUser=yes \
		'ExecStart=/usr/bin/curl --silent --show-error https://127.0.0.1:7443/' "$@" \
		'[Install]' WantedBy=multi-user.target >client/client.service
	mkportable build --root="$("$lab_tool" tree)" --os-release="$template" --version=1 client 2>said
	lab_push client_1.raw /root/
	lab portablectl --quiet attach /root/client_1.raw client
	lab systemctl start client.service 2>/dev/null && return 1
	lab systemctl show --property=ExecMainStatus --value client.service
	lab systemctl reset-failed client.service
}

certificates() { # FILE
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout key.pem -out "$1" 2>/dev/null
}

@test "curl ends before it asks in an image without certificates, as lint says" {
	[ "$(ask_with_curl)" = 77 ]
	mkportable lint client_1.raw | grep -q 'note: certificates-missing: .*libcurl'
}

@test "with certificates in the image curl asks, and lint says nothing of them" {
	mkdir -p client/tree/etc/ssl/certs
	certificates client/tree/etc/ssl/certs/ca-certificates.crt
	[ "$(ask_with_curl)" = 35 ]
	run -0 mkportable lint client_1.raw
	[[ $output != *certificates-missing* ]]
}

@test "with the certificates of the host curl asks, and lint says nothing of them" {
	certificates ca-certificates.crt
	lab mkdir -p /etc/ssl/certs
	lab_push ca-certificates.crt /etc/ssl/certs/
	[ "$(ask_with_curl BindReadOnlyPaths=/etc/ssl/certs)" = 35 ]
	run -0 mkportable lint client_1.raw
	[[ $output != *certificates-missing* ]]
}
