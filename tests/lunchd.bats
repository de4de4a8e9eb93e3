#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lunchd as its users see it, without a service manager: HTTP is redirected, HTTPS serves lunch, which is
# which comes from the names of the sockets; TLS is as RFC 9325 wants it; certificates change without
# a connection being lost; and nothing that a stranger sends ends, stalls or grows it.
# All traffic stays on the loopback.
# shellcheck disable=SC2154 # bats sets output and stderr

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	cd "$BATS_TEST_DIRNAME/.."
	PATH=$PWD/build/bin:$PWD/build/tools:$PATH
	ASK=$PWD/tests/ask-http.py MENU=$PWD/images/lunchd/tree/usr/share/lunchd/menu
	# With ASan and UBSan, for what strangers do.
	SANITIZED=$PWD/build/sanitized/bin/lunchd
	export PATH ASK MENU SANITIZED
	command -v lunchd tls-clients bad-clients "$SANITIZED" >/dev/null # by `make all check-programs`
	cd "$BATS_FILE_TMPDIR"
	certificate first ec -pkeyopt ec_paramgen_curve:P-256
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	export CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR
	use "$BATS_FILE_TMPDIR/first"
}

teardown() {
	local pid

	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || true
	done
	wait
}

# Makes NAME.crt and NAME.key, for localhost.
certificate() { # NAME OPTION-OF-newkey...
	openssl req -x509 -nodes -days 30 -subj "/CN=$1" -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		-keyout "$1.key" -out "$1.crt" -newkey "${@:2}" 2>/dev/null
}

# The credentials from now on.
use() { # NAME
	cp "$1.crt" lunchd.crt
	cp "$1.key" lunchd.key
}

# Starts the program by hand, on a port of the kernel's choice.
serve() { # ARGUMENTS...
	: >log
	"${PROGRAM:-lunchd}" --listen=127.0.0.1:0 --menu="$MENU" "$@" 2>log 3>&- &
	pid=$!
	eventually grep -q 'serving https on 127' log
	port=$(sed -n 's/.*serving https on 127.0.0.1:\([0-9]*\)$/\1/p' log)
	url=https://localhost:$port
}

stop() {
	kill "$pid"
	wait "$pid"
}

get() { # PATH CURL-ARGUMENTS...
	curl --silent --show-error --max-time 10 --cacert lunchd.crt "${@:2}" "$url$1"
}

status_of() { # PATH CURL-ARGUMENTS...
	get "$1" --output /dev/null --write-out '%{http_code}' "${@:2}"
}

header_of() { # NAME PATH CURL-ARGUMENTS...
	get "$2" --output /dev/null --dump-header - "${@:3}" | tr -d '\r' | sed -n "s/^$1: //Ip"
}

# Both sockets, held by a manager that gives them these names.
activated() { # NAME:NAME
	# Ports below those that the kernel gives away by itself.
	first=$((20000 + RANDOM % 6000)) second=$((26000 + RANDOM % 6000))
	systemd-socket-activate --fdname="$1" --listen=127.0.0.1:$first --listen=127.0.0.1:$second \
		-E CREDENTIALS_DIRECTORY="$CREDENTIALS_DIRECTORY" "$(command -v lunchd)" --menu="$MENU" "${@:2}" 2>log 3>&- &
	pid=$!
	eventually listens $second
}

listens() { # PORT
	[ -n "$(ss --no-header --listening --tcp --numeric "sport = :$1")" ]
}

s_client() { # OPTION...
	openssl s_client -connect "127.0.0.1:$port" -CAfile lunchd.crt "$@" </dev/null 2>&1
}

field() { # NAME FILE
	tr ' ' '\n' <"$2" | sed -n "s/^$1=//p"
}

has_no_client() {
	[ -z "$(ss --no-header --tcp --numeric "sport = :$port")" ]
}

has_descriptors() { # NUMBER
	[ "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" = "$1" ]
}

# --- lunch ---------------------------------------------------------------------------

@test "curl gets a lunch of the menu as text, and each one in the end" {
	printf 'Soup | hot\nBread\n' >menu
	serve --menu=menu
	for _ in {1..40}; do
		get / >answer
		cat answer
	done | sort -u >seen
	diff seen - <<<$'Bread\nSoup\nhot'
	[ "$(header_of Content-Type /)" = 'text/plain; charset=utf-8' ]
	[ "$(status_of /)" = 200 ]
	[ "$(status_of / --head)" = 200 ]
	[ "$(status_of /other)" = 404 ]
	[ "$(status_of / --data x)" = 405 ]
	# Refused while it sends, and told so.
	head -c 3000000 /dev/zero >large
	[ "$(status_of / --data-binary @large -H 'Expect:')" = 413 ]
	stop
}

@test "a browser gets a page, with nothing from elsewhere, and asks over HTTPS only from then on" {
	serve
	get / -H 'Accept: text/html' --dump-header headers >page
	tr -d '\r' <headers >h
	grep -qx 'Strict-Transport-Security: max-age=63072000' h
	grep -qx 'Content-Type: text/html; charset=utf-8' h
	grep -qx 'Vary: Accept' h
	grep -qx 'X-Content-Type-Options: nosniff' h
	grep -q '<h1>[^<]' page
	run ! grep -iE '<script|https?:|url\(|@import|src=' page
	policy=$(sed -n 's/^Content-Security-Policy: //p' h)
	[[ $policy == "default-src 'none'; "* ]]
	sed -n 's/.*<style>\(.*\)<\/style>.*/\1/p' page | tr -d '\n' >style
	[[ $policy == *"'sha256-$(openssl dgst -sha256 -binary style | base64)'"* ]]
	[ "$(header_of Strict-Transport-Security /other)" = max-age=63072000 ]
}

@test "the menu of the image can be served, and what is wrong with one is named" {
	serve
	stop
	serve_fails() {
		run -1 --separate-stderr lunchd --listen=127.0.0.1:0 --menu=menu
		echo "$stderr"
		[ "$stderr" = "lunchd: $1" ]
	}
	serve_fails "cannot read the menu 'menu': No such file or directory"
	: >menu
	serve_fails "'menu' has no lunch: write one into each line"
	printf 'Soup\n| nothing\n' >menu
	serve_fails "'menu': line 2 has no name before its '|'"
}

# --- names of sockets ---------------------------------------------------------------

@test "the names of the sockets say which is which, in either order" {
	for names in http:https https:http; do
		activated $names --idle=1
		case $names in
		http:*) http=$first https=$second ;;
		*) http=$second https=$first ;;
		esac
		run -0 curl --silent --max-time 10 --output /dev/null --write-out '%{http_code} %{redirect_url}' \
			"http://localhost:$http/a/b?c=d%20e&f"
		[ "$output" = "308 https://localhost:$https/a/b?c=d%20e&f" ]
		run -0 curl --silent --max-time 10 --location --cacert lunchd.crt --write-out '%{http_code}' "http://localhost:$http/"
		[[ $output == *200 ]]
		grep -q "serving http on 127.0.0.1:$http$" log
		grep -q "serving https on 127.0.0.1:$https$" log
		# POST stays POST.
		run -0 curl --silent --max-time 10 --location --cacert lunchd.crt --output /dev/null --write-out '%{http_code}' \
			--data x "http://localhost:$http/"
		[ "$output" = 405 ]
		# With nobody to serve, it ends by itself.
		wait $pid
	done
}

@test "a socket of another name is refused, and a path or by hand it is HTTPS, 8443 without an address" {
	local status=0

	activated http:lunch
	curl --silent --max-time 5 "http://127.0.0.1:$first/" || true
	# Not by run, whose shell is not its parent.
	wait $pid || status=$?
	[ "$status" -eq 1 ]
	grep -q "descriptor 4 has the name 'lunch': FileDescriptorName= is http or https$" log

	# In a network of its own nobody has the port.
	# shellcheck disable=SC2016 # expanded in there
	unshare --net sh -c 'ip link set lo up; lunchd --menu="$MENU" 2>log & p=$!
		until grep -q serving log || ! kill -0 $p; do sleep 0.05; done
		curl --silent --show-error --cacert lunchd.crt https://localhost:8443/ >answer; s=$?
		kill $p; wait $p; exit $s' 3>&-
	[ -s answer ]
	grep -qF 'serving https on [::]:8443' log
}

@test "requests over HTTP that are hostile, or could be read in two ways, are not redirected" {
	activated http:https
	ask() { # FORMAT
		# shellcheck disable=SC2059 # escapes are wanted
		printf "$1" | "$ASK" "$first"
	}
	[ "$(ask 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n')" = '400 closed' ]
	[ "$(ask 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')" = '400 closed' ]
	[ "$(ask 'GET / HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n')" = '400 closed' ]
	[ "$(ask 'GET / HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n')" = '400 closed' ]
	[ "$(ask 'GET / HTTP/1.1\r\nHost: a:b\r\nConnection: close\r\n\r\n')" = '400 closed' ]
	[ "$(ask 'GET / HTTP/1.0\r\n\r\n')" = '400 closed' ]
	[ "$(ask 'GET /'"$(printf '%01500d' 0)"' HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')" = '414 closed' ]
	[ "$(ask 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')" = '308 closed' ]
	[ "$(ask 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')" = '400 closed' ]
	[ "$(ask 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n')" = '308 308 open' ]
	# However long the rest is, there is an answer.
	local host path pad
	host=$(printf '%s.' {1..50})
	for path in 511 1000; do
		for pad in {5000..6500..150}; do
			printf 'GET /%0*d HTTP/1.1\r\nHost: %s%s%s%s\r\nConnection: close\r\nX: %0*d\r\n\r\n' \
				$((path - 1)) 0 "$host" xxxxx xxxxx xxxxx "$pad" 0 | "$ASK" "$first" >said
			grep -qxE '(308|414|431) closed' said || {
				echo "path $path, other header $pad: $(cat said)"
				return 1
			}
		done
	done
	run -0 curl --silent --path-as-is --output /dev/null --write-out '%{redirect_url}' --max-time 5 \
		-H 'Host: lunch.example:8080' "http://127.0.0.1:$first//evil.example/%0d%0aX:y"
	[ "$output" = "https://lunch.example:$second//evil.example/%0d%0aX:y" ]
}

# --- TLS ---------------------------------------------------------------------------

@test "TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers, and nothing older" {
	serve
	sslscan --no-colour --xml=- "127.0.0.1:$port" >scan
	sed -n 's/.*<protocol type="\([a-z]*\)" version="\([0-9.]*\)" enabled="1".*/\1 \2/p' scan | sort >protocols
	diff protocols - <<<$'tls 1.2\ntls 1.3'
	sed -n 's/.*<cipher status=.* cipher="\([^"]*\)".*/\1/p' scan | sort -u >ciphers
	diff ciphers - <<-'EOT'
		ECDHE-ECDSA-AES128-GCM-SHA256
		ECDHE-ECDSA-AES256-GCM-SHA384
		ECDHE-ECDSA-CHACHA20-POLY1305
		TLS_AES_128_GCM_SHA256
		TLS_AES_256_GCM_SHA384
		TLS_CHACHA20_POLY1305_SHA256
	EOT
	grep -q '<renegotiation supported="0"' scan
	run ! grep -q 'vulnerable="1"' scan
	nmap -Pn -p "$port" --script ssl-enum-ciphers 127.0.0.1 >map
	grep -q 'least strength: A' map
	for version in -tls1 -tls1_1; do
		run s_client $version -cipher ALL:@SECLEVEL=0
		[[ $output == *'Cipher is (NONE)'* ]]
	done
}

@test "keys of P-256, P-384 and RSA serve curl over both versions" {
	certificate p384 ec -pkeyopt ec_paramgen_curve:P-384
	certificate rsa rsa:2048
	for name in "$BATS_FILE_TMPDIR/first" p384 rsa; do
		use "$name"
		serve
		for version in '--tlsv1.2 --tls-max 1.2' --tlsv1.3; do
			# shellcheck disable=SC2086 # a list of words
			[ "$(status_of / $version)" = 200 ]
		done
		stop
	done
}

@test "the protocol is http/1.1, and who knows only another one is told so" {
	serve
	for version in -tls1_2 -tls1_3; do
		run s_client $version -alpn h2,http/1.1
		[[ $output == *'ALPN protocol: http/1.1'* ]]
		run s_client $version -alpn h2
		[[ $output == *'no application protocol'* ]]
	done
}

@test "a session is resumed by its ticket, also with another certificate, and nobody renegotiates" {
	serve
	for version in 12 13; do
		tls-clients --times=20 --tls=$version --resume "$port" | tee told
		[ "$(field resumed told)" = 19 ]
	done
	s_client -tls1_2 -sess_out session >/dev/null
	certificate second ec -pkeyopt ec_paramgen_curve:P-256
	use second
	kill -HUP "$pid"
	eventually grep -q 'certificate and key are read again' log
	run s_client -tls1_2 -sess_in session
	[[ $output == *'Reused, TLSv1.2'* ]]
	# "R" on a line of its own asks for it.
	mkfifo keys
	sleep infinity >keys 3>&- &
	echo R >keys &
	run -1 timeout 20 openssl s_client -connect "127.0.0.1:$port" -tls1_2 <keys
	[[ $output == *RENEGOTIATING*'no renegotiation'* ]]
}

@test "text that is no TLS is refused, and the service goes on" {
	serve
	run bash -c "printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' | '$ASK' $port"
	[[ $output == *closed || $output == *reset ]]
	[ "$(status_of /)" = 200 ]
}

# --- credentials ----------------------------------------------------------------------

@test "credentials that are missing or wrong are named, with the remedy" {
	serve_fails() { # STATUS MESSAGE
		run "-$1" --separate-stderr lunchd --listen=127.0.0.1:0 --menu="$MENU"
		echo "$stderr"
		[ "$stderr" = "lunchd: $2" ]
	}
	local credstore='put it into /etc/credstore, or see LoadCredential= in lunchd(8)'

	openssl genpkey -algorithm ed25519 -out ed25519.key
	openssl req -x509 -nodes -newkey rsa:1024 -subj /CN=x -keyout weak.key -out weak.crt 2>/dev/null
	certificate other ec -pkeyopt ec_paramgen_curve:P-256

	rm lunchd.key
	serve_fails 1 "there is no credential 'lunchd.key': $credstore"
	rm lunchd.crt
	serve_fails 1 "there is no credential 'lunchd.crt': $credstore"
	use other
	cp "$BATS_FILE_TMPDIR/first.key" lunchd.key
	serve_fails 1 "cannot use the credential 'lunchd.key': it is not the key of the certificate that comes first"
	cp ed25519.key lunchd.key
	serve_fails 1 "cannot use the credential 'lunchd.key': it does not hold a key in PEM of RSA, P-256 or P-384, without a password"
	openssl ec -in other.key -aes128 -passout pass:x -out lunchd.key 2>/dev/null
	serve_fails 1 "cannot use the credential 'lunchd.key': it does not hold a key in PEM of RSA, P-256 or P-384, without a password"
	use weak
	serve_fails 1 "cannot use the credential 'lunchd.key': an RSA key has 2048 bits at least"
	for _ in {1..30}; do cat other.crt; done >lunchd.crt
	cp other.key lunchd.key
	serve_fails 1 "cannot use the credential 'lunchd.crt': the certificates are larger than 8000 bytes together; leave out the root's"
	head -c 300 /dev/urandom >lunchd.crt
	serve_fails 1 "cannot use the credential 'lunchd.crt': it does not hold certificates in PEM ('-----BEGIN CERTIFICATE-----') for a key of RSA, P-256 or P-384"
	unset CREDENTIALS_DIRECTORY
	serve_fails 2 "no \$CREDENTIALS_DIRECTORY is set: the unit needs LoadCredential=; see 'lunchd --help'"
}

@test "a chain is sent whole, as long as it may be" {
	openssl req -x509 -key lunchd.key -days 30 -subj /CN=root -out root.crt \
		-addext "nsComment=$(printf '%01100d' 0)"
	openssl req -new -key lunchd.key -subj /CN=localhost -out leaf.csr
	openssl x509 -req -in leaf.csr -CA root.crt -CAkey lunchd.key -CAcreateserial -days 30 -out leaf.crt \
		-extfile <(printf 'subjectAltName=DNS:localhost\nnsComment=%01100d' 0) 2>/dev/null
	cat leaf.crt root.crt root.crt root.crt root.crt >lunchd.crt
	serve
	run s_client -showcerts
	[ "$(grep -c 'BEGIN CERTIFICATE' <<<"$output")" = 5 ]
	[ "$(curl --silent --max-time 5 --cacert root.crt --output /dev/null --write-out '%{http_code}' "$url/")" = 200 ]
}

@test "an expired certificate is served, and the log says so" {
	openssl req -new -key lunchd.key -subj /CN=old -out old.csr
	openssl x509 -req -in old.csr -signkey lunchd.key -days -1 -out lunchd.crt 2>/dev/null
	serve
	grep -q "the certificate in 'lunchd.crt' is not valid today: browsers will refuse it" log
}

# Asks the second time over the connection of the first, around a command.
around() { # COMMAND...
	python3 - "$port" "$@" <<-'EOT'
		import http.client, ssl, subprocess, sys
		context = ssl.create_default_context()
		context.check_hostname = False
		context.verify_mode = ssl.CERT_NONE
		client = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context)
		client.auto_open = False
		client.connect()
		for commands in [sys.argv[2:], []]:
		    client.request("GET", "/")
		    answer = client.getresponse()
		    assert answer.status == 200 and answer.read()
		    if commands:
		        subprocess.run(commands, check=True)
	EOT
}

# So many clients that have their answer, and keep the connection.
idle_clients() { # NUMBER
	python3 - "$port" "$1" >idle 3>&- <<-'EOT' &
		import http.client, ssl, sys, time
		context = ssl.create_default_context()
		context.check_hostname = False
		context.verify_mode = ssl.CERT_NONE
		clients = [http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context)
		           for _ in range(int(sys.argv[2]))]
		for client in clients:
		    client.request("GET", "/")
		    assert client.getresponse().read()
		print("answered", flush=True)
		time.sleep(60)
	EOT
	eventually grep -q answered idle
}

name_shown() {
	s_client -tls1_3 | sed -n 's/^subject=CN *= *//p' # newer ones have no blanks
}

@test "SIGHUP reads certificate, key and menu again, tells the manager, and connections stay" {
	python3 - manager <<-'EOT' >messages 3>&- &
		import socket, sys
		manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		manager.bind(sys.argv[1])
		while True:
		    print(manager.recv(4096).decode().replace("\n", " "), flush=True)
	EOT
	eventually test -S manager
	printf 'Soup\n' >menu
	NOTIFY_SOCKET=$PWD/manager serve --menu=menu
	eventually grep -qx READY=1 messages
	[ "$(name_shown)" = first ]

	certificate second ec -pkeyopt ec_paramgen_curve:P-384
	use second
	printf 'Bread\n' >menu
	cat >reload <<-EOT
		kill -HUP $pid
		until [ "\$(grep -cx READY=1 messages)" = 2 ]; do sleep 0.05; done
	EOT
	around sh reload
	grep -qx "RELOADING=1 MONOTONIC_USEC=[1-9][0-9]*" messages
	[ "$(sed 's/ .*//' messages | tr '\n' ' ')" = 'READY=1 RELOADING=1 READY=1 ' ]
	[ "$(name_shown)" = second ]
	[ "$(get /)" = Bread ]

	# What cannot be read leaves what there was.
	rm lunchd.crt
	echo '|' >menu
	kill -HUP "$pid"
	eventually grep -q 'going on with the menu from before' log
	grep -q 'going on with the certificate and key from before' log
	cp second.crt lunchd.crt
	[ "$(name_shown)" = second ]
	[ "$(get /)" = Bread ]
	stop
	grep -qx STOPPING=1 messages
}

@test "over reloads under load nobody is lost, and nothing leaks" {
	PROGRAM=$SANITIZED serve
	use "$BATS_FILE_TMPDIR/first"
	tls-clients --times=60 --tls=13 --resume "$port" >told 3>&- &
	local clients=$!
	for _ in {1..20}; do
		kill -HUP "$pid"
		get / >/dev/null
	done
	wait $clients
	[ "$(field answered told)" = 60 ]
	stop # ASan looks for leaks
	run ! grep -q Sanitizer log
}

# --- what strangers do ------------------------------------------------------------------

@test "ten thousand handshakes under ASan and UBSan, whole, resumed, in pieces and reset" {
	PROGRAM=$SANITIZED serve
	tls-clients --times=1 "$port"
	eventually has_no_client
	find "/proc/$pid/fd" -mindepth 1 | wc -l >before
	for options in '--times=9750 --tls=12 --resume' '--times=60 --tls=13 --resume' '--times=60 --tls=12' \
		'--times=60 --tls=13' '--times=5 --tls=12 --pieces' '--times=5 --tls=13 --pieces'; do
		# shellcheck disable=SC2086 # a list of words
		tls-clients $options "$port"
	done
	tls-clients --times=60 --reset "$port"
	eventually has_descriptors "$(cat before)"
	stop
	run ! grep -q Sanitizer log
}

@test "what is changed or cut in a handshake or after it ends that connection, and nothing else" {
	PROGRAM=$SANITIZED serve
	tls-clients --times=100 --broken --tls=12 "$port" >told
	tls-clients --times=100 --broken --tls=13 "$port"
	[ "$(field answered told)" -lt 100 ]
	[ "$(status_of /)" = 200 ]
	stop
	run ! grep -q Sanitizer log
}

@test "at the limit silent clients, slow handshakes and idle connections make room" {
	serve --max-connections=4
	bad-clients silent 20 "$port" >opened 3>&- &
	local silent=$!
	eventually grep -q open opened
	[ "$(status_of /)" = 200 ]
	around sh -c 'true'
	kill $silent
	wait $silent || true
	eventually has_no_client
	# Half a hello.
	exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port" 6<>"/dev/tcp/127.0.0.1/$port" 7<>"/dev/tcp/127.0.0.1/$port"
	for fd in 4 5 6 7; do
		printf '\x16\x03\x01\x01\x00\x01' >&$fd
	done
	[ "$(status_of /)" = 200 ]
	exec 4>&- 5>&- 6>&- 7>&-
	idle_clients 4
	for _ in {1..8}; do
		[ "$(status_of /)" = 200 ]
	done
}

@test "who sends no hello, half of one, or nothing after it, is shown out after ten seconds" {
	serve
	SECONDS=0
	exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port"
	printf '\x16\x03\x01\x01\x00\x01' >&5
	timeout 20 openssl s_client -connect "127.0.0.1:$port" -quiet </dev/null >/dev/null 2>&1 3>&- &
	local idle=$!
	timeout 20 cat <&4 >/dev/null
	timeout 20 cat <&5 >/dev/null
	((SECONDS >= 9))
	wait $idle || true
	((SECONDS >= 9 && SECONDS < 15))
	exec 4>&- 5>&-
	stop
}

@test "a client that never reads is given no memory, and no processor's time" {
	serve
	# Asks again and again in one connection, and reads nothing.
	python3 - "$port" >told 3>&- <<-'EOT' &
		import socket, ssl, sys, time
		context = ssl.create_default_context()
		context.check_hostname = False
		context.verify_mode = ssl.CERT_NONE
		plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		client = context.wrap_socket(plain)
		client.settimeout(1)
		try:
		    for _ in range(100000):
		        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n" * 20)
		except OSError:
		    print("full", flush=True)
		time.sleep(60)
	EOT
	local client=$!
	is_stuck() { # the same processor's time twice
		local ticks

		ticks=$(cut -d' ' -f14,15 "/proc/$pid/stat")
		sleep 0.5
		[ "$ticks" = "$(cut -d' ' -f14,15 "/proc/$pid/stat")" ]
	}
	eventually grep -q full told
	eventually is_stuck
	[ "$(awk '/^Rss:/ { print $2 }' "/proc/$pid/smaps_rollup")" -le 2500 ]
	# The kernel's, for the pair of sockets behind TLS.
	ss --no-header --unix --processes >sockets
	[ "$(awk -v of="pid=$pid," 'index($0, of) { n += $4 } END { print n + 0 }' sockets)" -le 98304 ]
	[ "$(status_of /)" = 200 ]
	kill $client
	stop
}

# --- ends ------------------------------------------------------------------------------

@test "a stop lets connections end: what was asked is answered, who is idle gets the end of the stream" {
	serve
	openssl s_client -connect "127.0.0.1:$port" -quiet -ign_eof >answer 2>/dev/null 3>&- < <(printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n') &
	local client=$!
	eventually grep -q '^HTTP/1.1 200' answer
	idle_clients 1 # which keeps its end open
	SECONDS=0
	stop
	((SECONDS < 4))
	run ! grep 'connections open' log
	wait $client
}

@test "the units are clean, and the service alone is at most 0.3" {
	mkdir -p root/usr/lib/systemd/system root/usr/bin
	cp "$BATS_TEST_DIRNAME"/../images/lunchd/lunchd*.s* root/usr/lib/systemd/system/
	cp "$(command -v lunchd)" root/usr/bin/
	# 252 does not know the second Type=, says so, and keeps the first; 257 does not know the other.
	run --separate-stderr systemd-analyze verify --man=no --recursive-errors=no --root=root \
		lunchd.service lunchd-http.socket lunchd-https.socket
	[ -z "$output" ]
	[ -z "$(sed '/: Failed to parse service type, ignoring: notify-reload$/d; /: Unknown key .*RefreshOnReload.* ignoring[.]$/d' <<<"$stderr")" ]
	systemd-analyze security --offline=yes --root=root --threshold=3 lunchd.service >report
}

@test "the image is at most 208 KiB, and an idle program at most 400 KB of memory (PSS)" {
	for image in "$BATS_TEST_DIRNAME"/../build/images/lunchd_*.raw; do
		[ "$(stat --format=%s "$image")" -le $((208 * 1024)) ]
	done
	serve
	[ "$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")" -le 400 ]
}
