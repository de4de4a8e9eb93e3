#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lunchd as an attached portable service: two sockets start one service, key and certificate
# are credentials, a reload takes new ones where systemd hands them on, and a restart everywhere,
# without a client being refused.
# shellcheck disable=SC2154 # bats sets output

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile
	lab_push build/images/lunchd_*.raw build/tools/tls-clients /root/
	lab_push profiles/* /etc/systemd/portable/profile/
	lab ip link set lo up
	image=$(echo build/images/lunchd_*.raw)
	version=$(lab systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
	export image version
	cd "$BATS_FILE_TMPDIR"
	for name in first second; do
		openssl req -x509 -nodes -days 30 -subj /CN=$name -addext subjectAltName=DNS:localhost \
			-newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout $name.key -out $name.crt 2>/dev/null
		lab_push $name.key $name.crt /root/
	done
}

teardown_file() {
	lab_teardown_file
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	use first
}

teardown() {
	lab systemctl stop lunchd-http.socket lunchd-https.socket lunchd.service 2>/dev/null || true
	lab_detach || true
	lab rm -rf /etc/systemd/system/lunchd.service.d
	lab systemctl reset-failed 2>/dev/null || true
}

# The credentials of the host from now on.
use() { # NAME
	lab install -D -m 600 /root/"$1".key /etc/credstore/lunchd.key
	lab install -D -m 600 /root/"$1".crt /etc/credstore/lunchd.crt
	lab cp /root/"$1".crt /root/trusted.crt
}

attach() { # PROFILE
	lab_attach "$1" "$image"
	lab systemctl start lunchd-http.socket lunchd-https.socket
}

ask() { # URL OPTION...
	lab curl --silent --show-error --max-time 20 --cacert /root/trusted.crt "$@"
}

is() { # STATE UNIT
	[ "$(lab systemctl is-active "$2")" = "$1" ]
}

@test "HTTP leads to HTTPS, which serves lunch, under each profile that leaves it a Unix socket" {
	for profile in sealed-outbound observer dense trace default strict nonetwork trusted; do
		echo "profile $profile"
		# Ours that leave none: the service could not say that it is ready, and lint says so.
		if build/mkportable lint --profile="profiles/$profile" "$image" 2>&1 | grep -q profile-not-sufficient; then
			continue
		fi
		attach "$profile"
		is inactive lunchd.service
		run -0 ask http://localhost/a?b --output /dev/null --write-out '%{http_code} %{redirect_url}'
		[ "$output" = '308 https://localhost/a?b' ]
		run -0 ask --location http://localhost/
		[ -n "$output" ]
		is active lunchd.service
		lab systemctl stop lunchd-http.socket lunchd-https.socket lunchd.service
		lab_detach
		asked+=" $profile"
	done
	[[ $asked == *sealed-outbound*strict*trusted* ]]
}

@test "without its credentials it does not start, and the log names the file" {
	lab rm /etc/credstore/lunchd.key
	attach sealed-outbound
	lab systemctl --no-block start lunchd.service
	failed() { lab journalctl --boot --unit=lunchd.service --output=cat | grep 'Failed to set up credentials\|lunchd.key'; }
	eventually failed || {
		lab_log
		return 1
	}
}

@test "a reload takes new credentials where systemd refreshes them, and no connection ends for it" {
	attach sealed-outbound
	ask https://localhost/ >/dev/null
	shown() {
		lab curl --silent --insecure --verbose --max-time 10 https://localhost/ 2>&1 | sed -n 's/^\* *subject: CN=//p'
	}
	[ "$(shown)" = first ]
	use second
	if ((version < 253)); then
		run ! lab systemctl reload lunchd.service
	else
		lab /root/tls-clients --times=100 443 >"$BATS_TEST_TMPDIR/told" 3>&- &
		local clients=$!

		for _ in {1..3}; do
			lab systemctl reload lunchd.service
		done
		wait $clients
		grep -q 'answered=100' "$BATS_TEST_TMPDIR/told"
		is active lunchd.service
	fi
	if ((version >= 260)); then
		[ "$(shown)" = second ]
	else
		[ "$(shown)" = first ]
		lab systemctl restart lunchd.service
		[ "$(shown)" = second ]
	fi
}

@test "over restarts no client is refused" {
	attach sealed-outbound
	ask https://localhost/ >/dev/null
	lab /root/tls-clients --times=200 --tls=13 443 >"$BATS_TEST_TMPDIR/told" 3>&- &
	local clients=$!

	for _ in {1..5}; do
		lab systemctl restart lunchd.service
	done
	wait $clients
	grep -q 'answered=200' "$BATS_TEST_TMPDIR/told"
}

@test "it ends when nobody comes, and the next client starts it again" {
	lab mkdir -p /etc/systemd/system/lunchd.service.d
	printf '[Service]\nExecStart=\nExecStart=/usr/bin/lunchd --idle=1\n' |
		lab tee /etc/systemd/system/lunchd.service.d/idle.conf >/dev/null
	attach sealed-outbound
	ask https://localhost/ >/dev/null
	eventually is inactive lunchd.service
	ask --location http://localhost/ >/dev/null
}

@test "exposure is 0.3 at most under its profile" {
	attach sealed-outbound
	run -0 lab systemd-analyze security --no-pager --threshold=3 lunchd.service
	[[ $output == *"exposure level"* ]]
}
