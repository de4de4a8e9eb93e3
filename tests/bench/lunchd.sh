#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/bench/lunchd.sh [--short]
#
# What do small static TLS and a pair of sockets for each client cost lunchd? Compares it with
# nginx of this machine's suite, which has OpenSSL: by turns, with the same key (P-256) and
# certificate and an answer of the same kind, the server on one core and the client on the other.
# Handshakes are complete ones. All is counted by the second of the server's processor time, since the client
# may be the slower one, and others may use the machine. Only the ratios mean anything. Also prints the memory (PSS) of lunchd,
# idle and with 64 connections.
#
# --short measures once, for a second: it shows that the script works, and does not judge the numbers.
#
# Exit status: 0 as it is to be, 1 not so, 2 called wrongly.
set -eu

rounds=3 seconds=3 short=
[ "${1-}" != --short ] || {
	rounds=1 seconds=1 short=yes
	shift
}
[ $# -eq 0 ] || {
	printf 'usage: tests/bench/lunchd.sh [--short]\n' >&2
	exit 2
}
cd "$(dirname "$0")/../.."
. tests/helpers.bash
build=$PWD/build

parent=$build/bench

mkdir -p "$parent"
work=$(mktemp -d "$parent/lunchd.XXXXXX")
server=
leave() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

# Unpacked, and not installed: the package would start it.
tools/mkportable-debian-tree --no-depends nginx "$work/tree" >/dev/null
openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 30 -subj /CN=localhost \
	-keyout "$work/lunchd.key" -out "$work/lunchd.crt" 2>/dev/null
port=$((20000 + RANDOM % 10000))
cat >"$work/nginx.conf" <<-EOT
	daemon off;
	master_process off;
	pid $work/pid;
	error_log stderr emerg;
	events { worker_connections 1024; }
	http {
		access_log off;
		client_body_temp_path $work/body;
		proxy_temp_path $work/proxy;
		fastcgi_temp_path $work/fastcgi;
		uwsgi_temp_path $work/uwsgi;
		scgi_temp_path $work/scgi;
		keepalive_requests 100000000;
		ssl_certificate $work/lunchd.crt;
		ssl_certificate_key $work/lunchd.key;
		ssl_protocols TLSv1.2 TLSv1.3;
		server {
			listen 127.0.0.1:$port ssl;
			add_header Strict-Transport-Security max-age=63072000;
			return 200 "Pho\nRice noodles in a clear broth with herbs, lime and chili\n";
		}
	}
EOT

listens() {
	[ -n "$(ss --no-header --listening --tcp --numeric "sport = :$port")" ]
}

start() { # lunchd|nginx; sets server
	case $1 in
	lunchd)
		CREDENTIALS_DIRECTORY=$work taskset -c 0 "$build/bin/lunchd" --listen=127.0.0.1:$port \
			--menu=images/lunchd/tree/usr/share/lunchd/menu 2>"$work/log" &
		;;
	nginx) taskset -c 0 "$work/tree/usr/sbin/nginx" -e stderr -p "$work" -c "$work/nginx.conf" 2>"$work/log" & ;;
	esac
	server=$!
	eventually listens || {
		cat "$work/log" >&2
		exit 1
	}
}

stop() {
	kill "$server"
	timeout 20 tail --pid="$server" -f /dev/null # `wait` waits for ever
	wait "$server" || exit 1
	server=
}

# Of the server, in hundredths of a second.
processor_time() {
	awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$server/stat"
}

handshakes() { # SERVER VERSION
	local before

	start "$1"
	before=$(processor_time)
	timeout $((seconds + 30)) taskset -c 1 openssl s_time -connect 127.0.0.1:$port -new -time $seconds "-$2" -www / >"$work/said" 2>/dev/null
	awk -v ticks=$(($(processor_time) - before)) '/ connections in .*real seconds/ { n = $1 } END { print n * 100 / (ticks + 0.5) }' \
		"$work/said" >>"$work/$1.$2"
	stop
}

requests() { # SERVER
	local before

	start "$1"
	before=$(processor_time)
	timeout $((seconds + 30)) taskset -c 1 wrk --threads 1 --connections 64 --duration $seconds "https://127.0.0.1:$port/" >"$work/wrk" &
	local client=$!
	[ "$1" != lunchd ] || {
		sleep 0.5
		awk '/^Pss:/ { print $2 }' "/proc/$server/smaps_rollup" >"$work/busy"
	}
	wait $client
	awk -v ticks=$(($(processor_time) - before)) '/ requests in / { print $1 * 100 / (ticks + 0.5) }' "$work/wrk" >>"$work/$1.requests"
	stop
	! grep -q 'Socket errors\|Non-2xx' "$work/wrk" || {
		cat "$work/wrk" >&2
		exit 1
	}
}

median() {
	sort -n "$1" | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

compare() { # NAME WORDS
	awk -v name="$2" -v ours="$(median "$work/lunchd.$1")" -v theirs="$(median "$work/nginx.$1")" 'BEGIN {
		printf "%s: lunchd %.0f, nginx %.0f, ratio %.2f\n", name, ours, theirs, ours / theirs }'
}

start lunchd
curl --silent --show-error --insecure --max-time 10 "https://127.0.0.1:$port/" >/dev/null
idle=$(awk '/^Pss:/ { print $2 }' "/proc/$server/smaps_rollup")
stop
for ((round = 0; round < rounds; round++)); do
	for peer in lunchd nginx; do
		handshakes $peer tls1_2
		handshakes $peer tls1_3
		requests $peer
	done
done
compare tls1_2 'handshakes by the processor second, TLS 1.2'
compare tls1_3 'handshakes by the processor second, TLS 1.3'
compare requests 'requests by the processor second, 64 connections, TLS 1.3'
printf 'lunchd: %d KB PSS idle, %d KB with 64 connections; program %d KB, nginx with its libraries %d KB\n' "$idle" "$(<"$work/busy")" \
	$(($(stat -c %s "$build/bin/lunchd") / 1024)) \
	$(($({ echo "$work/tree/usr/sbin/nginx" && ldd "$work/tree/usr/sbin/nginx" | grep -o '/[^ ]*'; } |
		xargs stat -L -c %s | awk '{ s += $1 } END { print s }') / 1024))
# As measured; less would be a mistake of ours.
[ -n "$short" ] || awk -v ours="$(median "$work/lunchd.tls1_3")" -v idle="$idle" 'BEGIN { exit !(ours >= 200 && idle <= 600) }'
