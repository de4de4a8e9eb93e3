#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The visitor counter as its users see it, without a service manager: it answers,
# every number is given once and is on disk before, whatever is killed or
# breaks; nothing that a client does ends, stalls or grows it; and when nobody
# comes it leaves without losing anybody. All traffic stays on the loopback.

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	cd "$BATS_TEST_DIRNAME/.."
	PATH=$PWD/build/bin:$PWD/build/tools:$PATH
	ASK=$PWD/tests/ask-http.py
	export PATH ASK
	command -v visitord activator visitors bad-clients >/dev/null # by `make all check-programs`
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir state
}

teardown() {
	local pid

	for pid in $(jobs -p); do
		pkill -P "$pid" || true # what strace runs: strace itself does not end by a signal
		kill "$pid" 2>/dev/null || true
	done
	wait
	! mountpoint -q "$BATS_TEST_TMPDIR/state" || umount "$BATS_TEST_TMPDIR/state"
}

# Starts the program by hand, on a port of the kernel's choice.
serve() { # ARGUMENTS...
	: >log # nobody reads what a life before said
	visitord --listen=127.0.0.1:0 --state=state "$@" 2>log 3>&- &
	pid=$!
	eventually grep -q 'serving http on 127' log
	port=$(sed -n 's/.*serving http on 127.0.0.1:\([0-9]*\)$/\1/p' log)
	url=http://127.0.0.1:$port
}

stop() {
	kill "$pid"
	wait "$pid"
}

get() { # PATH CURL-ARGUMENTS...
	curl --silent --show-error --max-time 5 "${@:2}" "$url$1"
}

status_of() { # PATH CURL-ARGUMENTS...
	get "$1" --output /dev/null --write-out '%{http_code}' "${@:2}"
}

header_of() { # NAME PATH CURL-ARGUMENTS...
	get "$2" --output /dev/null --dump-header - "${@:3}" | tr -d '\r' | sed -n "s/^$1: //Ip"
}

# Sends a format of printf as it is. Prints status codes, and how the connection ended.
ask() { # FORMAT ARGUMENTS...
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$@" | "$ASK" "$port"
}

# A text so many times.
times() { # NUMBER TEXT
	local all

	printf -v all "%*s" "$1" ''
	printf '%s' "${all// /"$2"}"
}

number_on_disk() {
	tr -d ' \n' <state/counter
}

# For what takes longer than eventually waits.
within() { # SECONDS COMMAND...
	local deadline=$((SECONDS + $1))

	until "${@:2}"; do
		((SECONDS < deadline)) || return 1
		sleep 0.1
	done
}

field() { # NAME FILE
	sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" "$2" | tail -n 1
}

# Adds up a field over all lines of standard input.
sum_of() { # NAME
	awk -v name="$1=" '{ for (i = 1; i <= NF; i++) if (index($i, name) == 1) n += substr($i, length(name) + 1) }
		END { print n + 0 }'
}

connections() {
	get /metrics | sed -n 's/^visitord_connections //p'
}

connections_are() {
	[ "$(connections)" = "$1" ]
}

alive() {
	kill -0 "$pid"
}

cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$pid/stat"
}

resident_kb() {
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
}

# --- being called ---------------------------------------------------------------

@test "--help and the manual page list the same options" {
	local page=$BATS_TEST_DIRNAME/../services/visitord/visitord.8

	run -0 --separate-stderr visitord --help
	[ -z "$stderr" ]
	visitord --help | grep -oE -- '--[a-z-]+' | sort -u >in-help
	sed -n '/^The options are:/,/^\.El/s/^\.It Fl Fl \([a-z-]*\).*/--\1/p' "$page" | sort -u >in-page
	diff in-help in-page
	[ -s in-help ]
}

@test "--version prints name and version" {
	run -0 --separate-stderr visitord --version
	[[ $output =~ ^visitord\ [0-9] ]]
	[ -z "$stderr" ]
}

@test "being called wrongly is one line and status 2" {
	local arguments

	while read -r arguments; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr visitord $arguments
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "visitord: "* ]]
	done <<-'END'
		--idle=soon
		--idle=-1
		--max-connections=0
		--listen
		--listen=nowhere
		--unknown
		argument
		--state=state
		--listen=127.0.0.1:0
	END
	run -2 --separate-stderr visitord --idle=soon
	[ "$stderr" = "visitord: --idle: not a number of seconds: 'soon'; see 'visitord --help'" ]
}

@test "an address that is taken is an error" {
	serve
	mkdir other
	run -1 --separate-stderr visitord "--listen=127.0.0.1:$port" --state=other
	[[ $stderr == "visitord: cannot listen on '127.0.0.1:$port': Address "*"in use" ]]
}

# --- answering ------------------------------------------------------------------

@test "each visitor gets the next number, in plain words for curl" {
	serve
	[ "$(get /)" = "Hello! You are visitor #1!" ]
	[ "$(get /)" = "Hello! You are visitor #2!" ]
	[ "$(get '/?query')" = "Hello! You are visitor #3!" ]
	[ "$(header_of Content-Type /)" = "text/plain; charset=utf-8" ]
	[ "$(header_of Vary /)" = Accept ]
	[ "$(number_on_disk)" = 5 ]
}

@test "a browser gets a page that loads and runs nothing" {
	local accept='Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' policy

	serve
	[ "$(header_of Content-Type / -H "$accept")" = "text/html; charset=utf-8" ]
	[ "$(header_of Vary / -H "$accept")" = Accept ]
	get / -H "$accept" >page
	grep -q 'You are visitor <strong>#3</strong>' page
	grep -q 'prefers-color-scheme:dark' page
	grep -q '<link rel="icon" href="data:,">' page
	run ! grep -iE '<script|https?:|url\(|@import|src=' page
	policy=$(header_of Content-Security-Policy / -H "$accept")
	[[ $policy == "default-src 'none'; "* ]]
	sed -n 's/.*<style>\(.*\)<\/style>.*/\1/p' page | tr -d '\n' >style
	[[ $policy == *"'sha256-$(openssl dgst -sha256 -binary style | base64)'"* ]]
}

@test "the number, the metrics, the icon and other paths do not count" {
	serve
	get / >answer
	[ "$(get /count)" = 1 ]
	[ "$(status_of /metrics)" = 200 ]
	[ "$(status_of /favicon.ico)" = 204 ]
	[ "$(status_of /other)" = 404 ]
	[ "$(status_of /count/)" = 404 ]
	[ "$(get /count)" = 1 ]
}

@test "a browser that finds nothing is told so by a page" {
	serve
	[ "$(get /other)" = "Not found." ]
	[ "$(header_of Content-Type /other -H 'Accept: text/html')" = "text/html; charset=utf-8" ]
	[ "$(header_of Vary /other)" = Accept ]
	[ "$(status_of /other -H 'Accept: text/html')" = 404 ]
	get /other -H 'Accept: text/html' | grep -q '<strong>404</strong>'
}

@test "HEAD never counts and has the same headers" {
	local path

	serve
	get / >answer
	for path in / /badge.svg /count /metrics /other; do
		get "$path" --head | grep -v '^Date' | tr -d '\r' >brief
		get "$path" --output /dev/null --dump-header - | grep -v '^Date' | tr -d '\r' >full
		diff <(grep -v '^Content-Length' brief) <(grep -v '^Content-Length' full)
	done
	[ "$(get /count)" = 3 ]
}

@test "the badge is an image that counts" {
	serve
	get / >answer
	[ "$(header_of Content-Type /badge.svg)" = image/svg+xml ]
	get /badge.svg >badge
	grep -q '^<svg xmlns="http://www.w3.org/2000/svg"' badge
	grep -q '<title>visitors: 3</title>' badge
	[ "$(get /count)" = 3 ]
}

@test "other methods are told which ones there are" {
	serve
	for method in POST PUT DELETE OPTIONS PATCH X-OTHER; do
		[ "$(status_of / -X "$method")" = 405 ]
		[ "$(header_of Allow / -X "$method")" = "GET, HEAD" ]
	done
	[ "$(status_of / --data body)" = 405 ]
	[ "$(get /count)" = 0 ]
}

@test "nothing may be cached, and nobody guesses types" {
	serve
	for path in / /count /badge.svg /metrics /favicon.ico /other; do
		[ "$(header_of Cache-Control "$path")" = no-store ]
	done
	for path in / /count /badge.svg /metrics /other; do
		[ "$(header_of X-Content-Type-Options "$path")" = nosniff ]
	done
}

@test "the metrics are OpenMetrics for those who name it, and Prometheus' text for others" {
	local prometheus='Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1'
	local browser='Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

	serve
	get / >answer
	status_of /other >answer
	for accept in 'Accept: */*' "$browser" 'Accept: application/openmetrics-text;q=0.1, text/plain'; do
		[ "$(header_of Content-Type /metrics -H "$accept")" = "text/plain; version=0.0.4; charset=utf-8" ]
	done
	[ "$(header_of Vary /metrics)" = Accept ]
	get /metrics >metrics
	grep -qx 'visitord_visits_total 1' metrics
	grep -qx 'visitord_requests_total{code="404"} 1' metrics
	# Each sample belongs to the family declared last.
	awk '
		/^# TYPE [a-z_]+ (counter|gauge)$/ { family = $3; next }
		/^# HELP / { if ($3 != family) exit 1; next }
		/^[a-z_]+(\{[a-z]+="[^"\\]*"\})? [0-9]+$/ { sub(/[{ ].*/, ""); if ($0 != family) exit 1; next }
		{ exit 1 }' metrics

	[ "$(header_of Content-Type /metrics -H "$prometheus")" = "application/openmetrics-text; version=1.0.0; charset=utf-8" ]
	[ "$(header_of Vary /metrics -H "$prometheus")" = Accept ]
	get /metrics -H "$prometheus" >metrics
	grep -qx 'visitord_visits_total 1' metrics
	grep -qx 'visitord_requests_total{code="404"} 1' metrics
	grep -qx 'visitord_connections 1' metrics
	[ "$(tail -n 1 metrics)" = "# EOF" ]
	# Each sample belongs to the family declared last, and a counter's ends in _total.
	awk '
		/^# EOF$/ { ended = 1; next }
		ended { exit 1 }
		/^# TYPE [a-z_]+ (counter|gauge)$/ { family = $3; suffix = $4 == "counter" ? "_total" : ""; next }
		/^# HELP / { if ($3 != family) exit 1; next }
		/^[a-z_]+(\{[a-z]+="[^"\\]*"\})? [0-9]+$/ { sub(/[{ ].*/, ""); if ($0 != family suffix) exit 1; next }
		{ exit 1 }' metrics
}

@test "a body is thrown away, and a large one not even read" {
	serve
	head -c 60000 /dev/zero >body
	[ "$(status_of / --data-binary @body)" = 405 ]
	[ "$(get / -X GET --data-binary @body)" = "Hello! You are visitor #1!" ]
	head -c 70000 /dev/zero >body
	[ "$(status_of / --data-binary @body)" = 413 ]
	[ "$(status_of / --data-binary @body -H 'Transfer-Encoding: chunked')" = 413 ]
	[ "$(get /count)" = 1 ]
}

@test "a client that is refused while it sends a megabyte gets its answer" {
	local megabyte post='POST / HTTP/1.1\r\nHost: x\r\n'

	serve
	megabyte=$(head -c 1048576 /dev/zero | tr '\0' v)
	[ "$(ask "$post"'Content-Length: 1048576\r\n\r\n%s' "$megabyte")" = "413 closed" ]
	[ "$(ask "$post"'Transfer-Encoding: chunked\r\n\r\n100000\r\n%s' "$megabyte")" = "413 closed" ]
	[ "$(ask "$post"'Content-Length: 1\r\nContent-Length: 2\r\n\r\n%s' "$megabyte")" = "400 closed" ]
	[ "$(ask 'GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n' "$megabyte")" = "431 closed" ]
	[ "$(ask 'GET /%s HTTP/1.1\r\n' "$megabyte")" = "414 closed" ]
	[ "$(get /count)" = 0 ]
}

@test "a body in chunks may have extensions and trailers" {
	local post='POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n' next='GET /count HTTP/1.1\r\nHost: x\r\n\r\n'

	serve
	[ "$(ask "$post"'5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n'"$next")" = "405 200 open" ]
	[ "$(ask "$post"'5\r\nhello\r\n0\r\nX: y\r\n\r\n'"$next")" = "405 200 open" ]
	[ "$(ask "$post"'1;%s\r\nv\r\n0\r\n\r\n' "$(times 20000 x)")" = "413 closed" ]
	[ "$(ask "$post"'5;a\r\nhello!\r\n0\r\n\r\n'"$next")" = "400 closed" ]
}

@test "a request that could be read in two ways is refused, and the connection closed" {
	local get='GET /count HTTP/1.1\r\n' inner='GET / HTTP/1.1\r\nHost: x\r\n\r\n' lines

	serve
	while read -r lines; do
		[ "$(ask "$get$lines"'\r\n\r\n'"$inner")" = "400 closed" ] || {
			echo "$lines"
			return 1
		}
	done <<-'END'
		Host: x\r\nContent-Length: 0\r\nContent-Length: 27
		Host: x\r\nContent-Length: 27\r\nContent-Length: 0
		Host: x\r\nContent-Length: 27\r\nX: y\r\ncontent-length: 27
		Host: x\r\nContent-Length: 0, 27
		Host: x\r\nContent-Length: +27
		Host: x\r\nContent-Length : 27
		Host: x\r\nContent-Length: 27\r\nTransfer-Encoding: chunked
		Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity
		Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked
		Host: x\r\nTransfer-Encoding: chunked, identity
		Host: x\r\nTransfer-Encoding: xchunked
		Host: x\r\nHost: x
		Host: x\r\nX: y\r\nHost: y
		Host: x y
		Host: x/y
		X: y
		Host: x\r\nX: y\r\n z
		Host: x\nX: y
	END
	[ "$(ask 'GET /count HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'"$inner")" = "400 closed" ]
	[ "$(get /count)" = 0 ]
	[ "$(ask "$get"'Host:\r\n\r\n'"$get"'Host: [::1]:80\r\n\r\n')" = "200 200 open" ]
}

@test "HTTP/1.2 is 1.1, and 1.0 needs no host" {
	serve
	[ "$(ask 'GET / HTTP/1.2\r\nHost: x\r\n\r\nGET /count HTTP/1.1\r\nHost: x\r\n\r\n')" = "200 200 open" ]
	[ "$(ask 'GET / HTTP/1.2\r\n\r\n')" = "400 closed" ]
	[ "$(ask 'GET / HTTP/1.0\r\n\r\n')" = "200 closed" ]
	[ "$(ask 'GET / HTTP/2.0\r\nHost: x\r\n\r\n')" = "505 closed" ]
	[ "$(get /count)" = 2 ]
}

@test "a path ends where it ends, not at a NUL in it" {
	serve
	for path in /%%00 /%%00x /count%%00 /badge.svg%%00.png; do
		[ "$(ask "GET $path"' HTTP/1.1\r\nHost: x\r\n\r\n')" = "404 open" ]
	done
	[ "$(ask 'GET /%%63ount?x=%%00 HTTP/1.1\r\nHost: x\r\n\r\n')" = "200 open" ]
	[ "$(get /count)" = 0 ]
}

# What costs the connection's memory is text, lines and arguments.
@test "a visit is counted if and only if it is answered, however large its head is" {
	local n=0 kind size answer

	serve
	for kind in 'one line' 'short lines' arguments 'sent ahead'; do
		for size in 1 40 80 100 110 120 200 1000; do
			case $kind in
			'one line') set -- "$(times $((size * 60)) v)" '' '' ;;
			'short lines') set -- v "$(times "$size" '\r\nX:y')" '' ;;
			arguments) set -- v '' "$(times "$size" '&a=b')" ;;
			'sent ahead') set -- "$(times $((size * 60)) v)" '' '' ;;
			esac
			answer=$(
				{
					printf 'GET /?%s HTTP/1.1\r\nHost: x\r\nX: %s%b\r\n\r\n' "$3" "$1" "$2"
					[ "$kind" != 'sent ahead' ] || times 100 $'GET /count HTTP/1.1\r\nHost: x\r\n\r\n'
				} | "$ASK" "$port"
			)
			case $answer in
			"200 "*) n=$((n + 1)) ;;
			"431 closed" | "414 closed") ((size > 80)) ;; # 4 KiB fit, and 80 lines
			*)
				echo "$size of $kind: $answer"
				return 1
				;;
			esac
			[ "$(number_on_disk)" = "$n" ]
		done
	done
	((n > 16 && n < 32))
}

@test "the head of the largest answer fits the room that is kept for it" {
	serve
	for path in / /badge.svg /metrics /other; do
		get "$path" -H 'Accept: text/html' --output /dev/null --dump-header - >full
		(($(wc -c <full) < 1024 - 100))
	done
}

@test "one connection serves many requests, also sent ahead" {
	serve
	exec {connection}<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\nGET /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&"$connection"
	timeout 5 cat <&"$connection" | tr -d '\r' >answers
	exec {connection}>&-
	grep -c '^HTTP/1.1 200' answers | grep -qx 3
	grep -q 'visitor #1!' answers
	grep -q 'visitor #2!' answers
	[ "$(tail -n 1 answers)" = 2 ]
}

@test "no request is logged" {
	serve
	wc -l <log >before
	get / >answer
	status_of /other >answer
	status_of / -X POST >answer
	stop
	wc -l <log | diff before -
}

# --- sockets and the manager ----------------------------------------------------------

@test "it serves all sockets that were passed, and says so" {
	activator 127.0.0.1:0 '[::1]:0' "$PWD/unix" -- "$(command -v visitord)" --state=state >out 2>log 3>&- &
	eventually grep -q unix out
	[ ! -s log ] # nobody came yet
	url=http://$(sed -n 's/^listening \(127.*\)/\1/p' out)
	get / >answer
	url="http://$(sed -n 's/^listening \(\[.*\)/\1/p' out)"
	[ "$(get /)" = "Hello! You are visitor #2!" ]
	[ "$(get / --unix-socket unix)" = "Hello! You are visitor #3!" ]
	grep -c 'serving http on' log | grep -qx 3
	grep -q "serving http on $PWD/unix" log
}

@test "with nobody to serve, it ends by itself, successfully" {
	visitord --listen=127.0.0.1:0 --state=state --idle=1 2>log 3>&-
}

@test "a client that is connected keeps it from ending" {
	serve --idle=1
	exec 4<>"/dev/tcp/127.0.0.1/$port"
	# Ten seconds are this silent client's, then the second begins that it may be idle.
	SECONDS=0
	within 15 fails alive 2>/dev/null
	((SECONDS >= 10))
	exec 4>&-
	wait "$pid"
}

# bats test_tags=repeats
@test "ending when idle loses nobody: 5,120 requests at gaps around the idle time" {
	local i starts failures

	for ((i = 0; i < 256; i++)); do
		mkdir "$i"
		activator "$PWD/$i/s" -- "$(command -v visitord)" --idle=1 --state="$i" >"$i/out" 2>"$i/log" 3>&- &
		echo $! >>activators
	done
	for ((i = 0; i < 256; i++)); do
		eventually test -S "$i/s"
	done
	visitors --clients=256 --requests=20 --gap=985-1010 "$PWD"/*/s | tee told
	[ "$(field answered told)" = 5120 ]
	[ "$(field twice told)" = 0 ]
	xargs kill <activators
	wait
	starts=$(cat ./*/out | sum_of starts)
	failures=$(cat ./*/out | sum_of failures)
	echo "starts: $starts"
	# Otherwise the gaps were not around the idle time, and nothing was tried.
	((starts > 500 && starts < 5000))
	[ "$failures" = 0 ]
	for ((i = 0; i < 256; i++)); do
		[ "$(tr -d ' \n' <"$i/counter")" = 20 ]
	done
}

# --- the number is durable ------------------------------------------------------------

@test "the number outlives the program, as text" {
	serve
	get / >answer
	get / >answer
	stop
	[ "$(number_on_disk)" = 2 ]
	serve
	[ "$(get /)" = "Hello! You are visitor #3!" ]
}

@test "the file of another counter is taken over" {
	for text in '41\n' '41'; do
		# shellcheck disable=SC2059 # escapes are wanted
		printf -- "$text" >state/counter
		serve
		[ "$(get /)" = "Hello! You are visitor #42!" ]
		stop
	done
}

@test "a counter that is no number is an error, never a new beginning" {
	for text in '' '\n' 'forty-two\n' '-1\n' '18446744073709551616\n' '42\n43\n' '\0\0\0\0'; do
		# shellcheck disable=SC2059 # escapes are wanted
		printf -- "$text" >state/counter
		cp state/counter before
		run -1 --separate-stderr visitord --listen=127.0.0.1:0 --state=state
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "visitord: 'state/counter' is "*": write the last number into it, or remove it to begin with 1" ]]
		cmp before state/counter
	done
}

@test "a second instance on the same directory is refused" {
	serve
	run -1 --separate-stderr visitord --listen=127.0.0.1:0 --state=state
	[ "$stderr" = "visitord: another instance uses 'state'" ]
	get / >answer
}

@test "of several state directories the first is taken" {
	mkdir other
	STATE_DIRECTORY=$PWD/state:$PWD/other visitord --listen="$PWD/s" 2>log 3>&- &
	eventually test -S s
	curl -s --max-time 5 --unix-socket s http://x/
	[ "$(number_on_disk)" = 1 ]
	[ ! -e other/counter ]
}

# bats test_tags=repeats
@test "after 500 kills at random moments no number was given twice or lost" {
	activator --signal=KILL --times=500 --within=50 "$PWD/s" -- "$(command -v visitord)" --state=state >out 2>log 3>&- &
	local manager=$! load

	eventually test -S s
	visitors --lenient --requests=0 --clients=16 --keep-alive "$PWD/s" >told 3>&- &
	load=$!
	within 80 grep -qx 'done' out
	kill "$load"
	wait "$load" # fails if a number was given twice
	kill "$manager"
	wait "$manager" || true
	cat told out
	[ "$(field failures out)" = 0 ]
	[ "$(field signals out)" = 500 ]
	[ "$(field twice told)" = 0 ]
	(($(field answered told) > 1000))
	(($(field broken told) > 0))
	(($(field highest told) <= $(number_on_disk)))
	(($(field answered told) <= $(number_on_disk)))
}

@test "being told to stop under load loses nobody who was let in" {
	activator --signal=TERM --times=100 --within=50 "$PWD/s" 127.0.0.1:0 -- "$(command -v visitord)" --state=state >out 2>log 3>&- &
	local manager=$! load

	eventually grep -qs 127 out
	visitors --requests=0 --clients=16 "$PWD/s" "$(sed -n 's/^listening 127.*://p' out)" >told 3>&- &
	load=$!
	within 60 grep -qx 'done' out
	kill "$load"
	wait "$load" # fails if one request was not answered
	kill "$manager"
	wait "$manager" || true
	cat told out
	[ "$(field failures out)" = 0 ]
	[ "$(field signals out)" = 100 ]
	[ "$(field answered told)" = "$(number_on_disk)" ]
	run ! grep 'connections open' log
}

@test "a full disk means 503, said once, until there is room" {
	[ "$(id -u)" = 0 ] || skip "mount(8) as root"
	mount -t tmpfs -o size=64k tmpfs state
	dd if=/dev/zero of=state/filler bs=1k 2>/dev/null || true
	serve
	[ "$(status_of /)" = 503 ]
	[ "$(header_of Retry-After /)" = 10 ]
	[ "$(get / -H 'Accept: text/html' | grep -c '<strong>503</strong>')" = 1 ]
	# A picture in a picture's place.
	[ "$(header_of Content-Type /badge.svg)" = image/svg+xml ]
	get /badge.svg | grep -q '<title>visitors: not counted</title>'
	[ "$(status_of /badge.svg)" = 503 ]
	[ "$(get /count)" = 0 ]
	[ "$(grep -c 'cannot write the counter; answering 503 until it works: No space left on device' log)" = 1 ]
	rm state/filler
	[ "$(get /)" = "Hello! You are visitor #1!" ]
	[ "$(grep -c 'counting again' log)" = 1 ]

	# A number that is there can be counted on, however full the disk is.
	dd if=/dev/zero of=state/filler bs=1k 2>/dev/null || true
	[ "$(get /)" = "Hello! You are visitor #2!" ]
	[ "$(number_on_disk)" = 2 ]
}

@test "a read-only directory means 503 until it is writable" {
	[ "$(id -u)" = 0 ] || skip "mount(8) as root"
	mount -t tmpfs -o size=64k tmpfs state
	echo 42 >state/counter
	mount -o remount,ro state
	serve
	[ "$(status_of /)" = 503 ]
	[ "$(get /count)" = 42 ]
	grep -q 'answering 503 until it works: Read-only file system' log
	mount -o remount,rw state
	[ "$(get /)" = "Hello! You are visitor #43!" ]
}

@test "a disk that fails to write gives no number, and none twice" {
	printf '10                  \n' >state/counter
	strace -f -o trace -e trace=fdatasync -e inject=fdatasync:error=EIO:when=3 \
		"$(command -v visitord)" --listen="$PWD/s" --state=state 2>log 3>&- &
	eventually grep -q 'serving http on' log
	pid=$(pgrep -P $! visitord)
	url=http://x
	[ "$(get / --unix-socket s)" = "Hello! You are visitor #11!" ]
	[ "$(get / --unix-socket s)" = "Hello! You are visitor #12!" ]
	[ "$(status_of / --unix-socket s)" = 503 ]
	grep -q 'answering 503 until it works: .*I/O error\|answering 503 until it works: .*output error' log
	stat -c %i state/counter >before
	[ "$(get / --unix-socket s)" = "Hello! You are visitor #13!" ]
	# The file whose write was lost is not trusted again.
	run ! cmp before <(stat -c %i state/counter)
	[ "$(get / --unix-socket s)" = "Hello! You are visitor #14!" ]
	[ "$(number_on_disk)" = 14 ]
	kill "$pid"
}

@test "a file that is removed under it comes back with the right number" {
	serve
	get / >answer
	rm state/counter
	[ "$(get /)" = "Hello! You are visitor #2!" ]
	[ "$(number_on_disk)" = 2 ]
}

@test "after the last number nobody gets one" {
	echo 18446744073709551614 >state/counter
	serve
	[ "$(get /)" = "Hello! You are visitor #18446744073709551615!" ]
	[ "$(status_of /)" = 503 ]
	[ "$(get /count)" = 18446744073709551615 ]
	[ "$(number_on_disk)" = 18446744073709551615 ]
}

# --- hostile clients ------------------------------------------------------------------

@test "silent, slow and deaf clients have ten seconds, and disturb nobody" {
	local kind

	serve
	for kind in silent drip deaf; do
		bad-clients "$kind" 50 "$port" >opened 3>&- &
		eventually grep -q open opened
	done
	SECONDS=0
	eventually connections_are 151
	resident_kb >before
	# Each of these has a second at most, and gets its answer.
	served() {
		[ "$(curl --silent --max-time 1 "$url/other" --output /dev/null --write-out '%{http_code}')" = 404 ] || failed=yes
		connections_are 1
	}
	failed=''
	# The deaf are served until the buffers are full, and that takes as long as it takes.
	within 60 served
	[ -z "$failed" ]
	((SECONDS >= 8))
	(($(resident_kb) < $(cat before) + 2048))
	alive
}

@test "garbage ends nothing and leaves nothing behind" {
	serve
	get / >answer
	bad-clients garbage 200 "$port"
	resident_kb >before
	bad-clients garbage 1200 "$port"
	within 15 connections_are 1
	alive
	[ "$(status_of /)" = 200 ]
	(($(resident_kb) < $(cat before) + 256))
}

@test "above the connection limit clients wait for those who are being answered" {
	serve --max-connections=4
	bad-clients deaf 4 "$port" >opened 3>&- &
	eventually grep -q open opened
	within 5 deaf_to_answers 4
	cpu_ticks >before
	SECONDS=0
	# Two hundred wait for the four to be shown the door.
	visitors --clients=200 "$port" | tee told
	((SECONDS >= 5))
	[ "$(field answered told)" = 200 ]
	# It slept meanwhile.
	(($(cpu_ticks) < $(cat before) + 50))
}

# So many connections have answers in our kernel that nobody takes.
deaf_to_answers() { # NUMBER
	[ "$(ss --tcp --no-header "sport = :$port" | awk '$3 > 0' | wc -l)" -ge "$1" ]
}

# Those who send nothing come back at once when they are shown the door. The median: one of
# twenty may wait for a processor on a busy machine.
@test "at ten times the limit of silent clients, others are answered, and within a second" {
	local i median

	serve --max-connections=64
	bad-clients return 640 "$port" >opened 3>&- &
	eventually grep -q open opened
	for ((i = 0; i < 20; i++)); do
		[ "$(curl --silent --max-time 10 --write-out '%{stderr}%{time_total}\n' "$url/" 2>>waited)" = "Hello! You are visitor #$((i + 1))!" ]
	done
	median=$(LC_ALL=C sort -n waited | sed -n 10p)
	echo "$median seconds"
	[[ $median == 0.* ]]
	alive
}

@test "at the limit slow clients and idle connections go after a second, the silent first" {
	serve --max-connections=4
	exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port" 6<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET /count HT' >&4
	printf 'GET /count HTTP/1.1\r\nHost: x\r\n\r\n' >&5
	read -r -t 5 _ <&5
	# 6 is silent and leaves, 4 and 5 stay.
	visitors --clients=20 --requests=1 "$port" | tee told
	[ "$(field answered told)" = 20 ]
	printf 'TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&4
	timeout 5 grep -q '^HTTP/1.1 200' <&4
	[ -z "$(timeout 5 cat <&6)" ]
	exec 4>&- 5>&- 6>&-

	bad-clients drip 4 "$port" >opened 3>&- &
	eventually grep -q open opened
	[ "$(get /count)" = 20 ] # which waits five seconds at most, and not ten
}

@test "without descriptors clients wait and are then served" {
	serve
	get / >answer # the file is there: writing needs no descriptor any more
	prlimit --pid "$pid" --nofile=20:20
	bad-clients silent 40 "$port" >opened 3>&- &
	local bad=$!

	eventually grep -q open opened
	cpu_ticks >before
	visitors --clients=10 "$port" >told 3>&- &
	local good=$!

	kill "$bad"
	wait "$good"
	[ "$(field answered told)" = 10 ]
	(($(cpu_ticks) < $(cat before) + 50))
}

@test "with few descriptors allowed it lets in fewer, and says so" {
	# shellcheck disable=SC2016 # expanded in there
	bash -c 'ulimit -n 100; exec visitord --listen="$PWD/s" --state=state' 2>log 3>&- &
	eventually grep -q 'serving http' log
	grep -q 'only 100 descriptors are allowed; accepting 36 connections at a time' log
	visitors --clients=300 --requests=5 "$PWD/s" | tee told
	[ "$(field answered told)" = 1500 ]
}

# --- the unit ---------------------------------------------------------------------------

@test "the units are clean, and the service alone is as good as sealed" {
	mkdir -p root/usr/lib/systemd/system root/usr/bin
	cp "$BATS_TEST_DIRNAME"/../images/visitord/visitord.* root/usr/lib/systemd/system/
	cp "$(command -v visitord)" root/usr/bin/
	run -0 --separate-stderr systemd-analyze verify --man=no --recursive-errors=no --root=root visitord.service visitord.socket
	[ -z "$output$stderr" ]
	systemd-analyze security --offline=yes --root=root --threshold=3 visitord.service >report
}

# --- being small ----------------------------------------------------------------

@test "the image is at most 64 KiB, with init 92 KiB, and an idle program at most 200 KB of memory (PSS)" {
	repository=$BATS_TEST_DIRNAME/..
	"$repository/build/mkportable" build --version=1 --init=none --program-path="$repository/build/bin" \
		--os-release="$repository/os-release.in" --output=visitord_1.raw "$repository/images/visitord"
	[ "$(stat --format=%s visitord_1.raw)" -le 65536 ]
	for image in "$repository"/build/images/visitord_*.raw; do
		[ "$(stat --format=%s "$image")" -le 94208 ]
	done
	serve
	[ "$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")" -le 200 ]
}
