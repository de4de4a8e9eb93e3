#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# qotd as its readers meet it: a quote over TCP, UDP and inetd-style, from the
# right files, on the right day, for everybody in turn and never as a weapon.
# shellcheck disable=SC2154 # bats sets stderr

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	PATH=$PWD/build/bin:$PWD/build/tools:$PATH
	collection=images/qotd/tree/usr/share/qotd
	log=$BATS_TEST_TMPDIR/log
	pids=()
}

teardown() {
	local pid

	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}

# Starts a program in the background, its output in $log: start COMMAND...
start() {
	"$@" >"$log" 2>&1 3>&- &
	pids+=($!)
}

# Starts qotd, and sets tcp and udp to its ports: serve OPTION...
serve() {
	start qotd --listen="${host-127.0.0.1}:0" --quotes="${quotes-$collection}" "$@"
	eventually grep -q 'udp' "$log"
	tcp=$(sed -n 's/.* tcp .*:\([0-9]*\)$/\1/p' "$log")
	udp=$(sed -n 's/.* udp .*:\([0-9]*\)$/\1/p' "$log")
}

descriptors() {
	local all=("/proc/${pids[0]}/fd"/*)

	echo ${#all[@]}
}

# The collection as its quotes, each ended by NUL.
quotes_of() { # FILE...
	awk 'FNR == 1 && NR > 1 { printf "%c", 0 } $0 == "%" { printf "%c", 0; next } { print } END { printf "%c", 0 }' "$@"
}

@test "the collection: at least 366 quotes, each with its attribution, none twice, all can be sent" {
	run -0 --separate-stderr qotd --check --quotes="$collection"
	[ -z "$stderr" ]
	n=${output%% *}
	((n >= 366))
	[ "$(quotes_of "$collection"/*.quotes | tr -cd '\0' | wc -c)" -eq "$n" ]
	# the last line of each, and only that, is "		-- Somebody"
	[ "$(quotes_of "$collection"/*.quotes | grep -zcP '^[^\t]+\n\t\t-- [A-Z][^\t\n]+\n$')" -eq "$n" ]
	# without case, blanks, marks and attributions
	run -0 bash -c "cat $collection/*.quotes | awk '/^%/ { print q; q = \"\"; next } /^\t/ { next } { q = q \$0 } END { print q }' |
		tr -cd 'A-Za-z\n' | tr A-Z a-z | sort | uniq -d"
	[ -z "$output" ]
	run -1 grep -P '[^\x20-\x7e\t]| $' "$collection"/*.quotes
}

@test "over TCP each client gets a quote and the end, whatever it sends" {
	serve
	run -0 ask-quotes --print 127.0.0.1:"$tcp"
	[[ $output == *$'\r\n                -- '*$'\r\nasked=1 answered=1 bad=0'* ]]
	run -0 ask-quotes --times=500 127.0.0.1:"$tcp"
	[[ $output == "asked=500 answered=500 bad=0 "* ]]
	# a client that talks: no reset takes its quote away
	for _ in {1..20}; do
		exec {client}<>"/dev/tcp/127.0.0.1/$tcp"
		head -c 60000 /dev/zero >&"$client"
		[[ $(timeout 5 cat <&"$client") == *' -- '* ]]
		exec {client}>&-
	done
}

@test "over UDP any datagram gets a quote, from the address that was asked" {
	host=0.0.0.0 serve
	for address in 127.0.0.1 127.0.0.5; do # another source each
		run -0 ask-quotes --udp --times=2 "$address:$udp"
		[[ $output == "asked=2 answered=2 bad=0 "* ]]
	done
	[[ $(grep -c ' tcp \| udp ' "$log") -eq 2 ]]
}

@test "over IPv6, and IPv4 on the same socket" {
	[ -e /proc/net/if_inet6 ] && grep -q lo /proc/net/if_inet6 || skip "no IPv6 here"
	host='[::]' serve
	grep -Eq '^qotd: serving [0-9]+ quotes on tcp \[::\]:[0-9]+$' "$log"
	run -0 ask-quotes --udp --times=2 "[::1]:$udp"
	[[ $output == "asked=2 answered=2 bad=0 "* ]]
	run -0 ask-quotes --udp --times=2 "127.0.0.3:$udp"
	[[ $output == "asked=2 answered=2 bad=0 "* ]]
	run -0 ask-quotes --times=2 "[::1]:$tcp"
	[[ $output == "asked=2 answered=2 bad=0 "* ]]
}

@test "a quote goes out with one send, whole" {
	command -v strace >/dev/null || skip "no strace"
	awk 'BEGIN { for (i = 0; i < 505; i++) printf "x"; print "" }' >"$BATS_TEST_TMPDIR/long.quotes"
	# -D: the tracer is the child, so that signals are for qotd
	start strace -D -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=accept4,sendto,write,writev,sendmsg \
		qotd --listen=127.0.0.1:0 --udp=off --quotes="$BATS_TEST_TMPDIR/long.quotes"
	eventually grep -q tcp "$log"
	tcp=$(sed -n 's/.* tcp .*:\([0-9]*\)$/\1/p' "$log")
	run -0 ask-quotes --times=50 127.0.0.1:"$tcp"
	[[ $output == "asked=50 answered=50 bad=0 "* ]]
	[ "$(grep -c '^accept4(.*) = [0-9]' "$BATS_TEST_TMPDIR/trace")" -eq 50 ]
	[ "$(grep -c '^sendto(.*) = 507$' "$BATS_TEST_TMPDIR/trace")" -eq 50 ]
	[ "$(grep -c '^sendto(' "$BATS_TEST_TMPDIR/trace")" -eq 50 ]
}

@test "the quote is the day's for everybody, or with --pick=random any" {
	serve
	day=$(ask-quotes --print 127.0.0.1:"$tcp" | grep -v asked)
	[ "$(ask-quotes --print --udp 127.0.0.1:"$udp" | grep -v asked)" = "$day" ] ||
		[ "$(date -u +%H%M)" = 0000 ]
	kill "${pids[0]}"
	serve --pick=random
	for _ in {1..40}; do
		ask-quotes --print 127.0.0.1:"$tcp" | grep -v asked | cksum
	done >"$BATS_TEST_TMPDIR/sums"
	[ "$(sort -u "$BATS_TEST_TMPDIR/sums" | wc -l)" -gt 20 ]
}

@test "quotes in \$CONFIGURATION_DIRECTORY replace the image's, but only if there are any" {
	mkdir "$BATS_TEST_TMPDIR/conf"
	cd "$BATS_TEST_TMPDIR/conf"
	printf 'b\n' >b.quotes
	printf 'a1\n%%\na2\n' >a.quotes
	printf 'no\n' >c.txt
	CONFIGURATION_DIRECTORY=$PWD:/elsewhere run -0 qotd --check
	[ "$output" = "3 quotes in 2 files" ]
	# given by hand they count alone
	printf 'x\n' >x
	CONFIGURATION_DIRECTORY=$PWD run -0 qotd --check --quotes=x --quotes=b.quotes
	[ "$output" = "2 quotes in 2 files" ]
	# none there: the image's, and this is not one
	rm -f -- *.quotes
	CONFIGURATION_DIRECTORY=$PWD run -1 --separate-stderr qotd --check
	[[ $stderr == *"'/usr/share/qotd'"*"No such file"* || $output == "0 "* ]] || [ -d /usr/share/qotd ]
}

@test "a quote that cannot be sent is skipped and named once, a file that cannot be read is an error" {
	printf 'good\n%%\nbell \a\n%%\n%0600d\n' 0 >"$BATS_TEST_TMPDIR/x.quotes"
	run -1 --separate-stderr qotd --check --quotes="$BATS_TEST_TMPDIR"
	[ "$output" = "1 quotes in 1 files" ]
	[ "$stderr" = "qotd: skipping the quote at '$BATS_TEST_TMPDIR/x.quotes:3': control characters, or not UTF-8
qotd: skipping the quote at '$BATS_TEST_TMPDIR/x.quotes:5': longer than 511 bytes" ]

	quotes=$BATS_TEST_TMPDIR serve # all the same
	[ "$(grep -c 'skipping the quote' "$log")" -eq 2 ]
	for i in {1..30}; do printf '\a\n%%\n'; done >>"$BATS_TEST_TMPDIR/x.quotes"
	kill "${pids[0]}"
	quotes=$BATS_TEST_TMPDIR serve
	[ "$(grep -c 'skipping the quote' "$log")" -eq 10 ]
	grep -q 'skipping 31 quotes in all' "$log" || grep -q 'skipping 32 quotes in all' "$log"

	mkdir "$BATS_TEST_TMPDIR/y.quotes"
	run -1 qotd --listen=127.0.0.1:0 --quotes="$BATS_TEST_TMPDIR"
	[[ $output == *"cannot read the quotes in '$BATS_TEST_TMPDIR/y.quotes': Is a directory"* ]]
	printf '%%\n' >"$BATS_TEST_TMPDIR/empty"
	run -1 qotd --listen=127.0.0.1:0 --quotes="$BATS_TEST_TMPDIR/empty"
	[ "$output" = "qotd: no quotes in 1 files" ]
}

@test "Debian's fortunes load as they are" {
	[ -e /usr/share/games/fortunes/fortunes ] || skip "no fortunes-min"
	for name in fortunes literature riddles; do
		file=/usr/share/games/fortunes/$name
		run --separate-stderr qotd --check --quotes="$file"
		skipped=$(grep -c 'skipping the quote' <<<"$stderr") || true
		[ "$((${output%% *} + skipped))" -eq "$(quotes_of "$file" | tr '\0\n' '\n\0' | grep -ac '[^[:space:][:cntrl:]]')" ]
		((${output%% *} > 100))
	done
}

@test "100,000 quotes load at once and take no more memory than their text" {
	awk 'BEGIN { for (i = 0; i < 100000; i++) printf "Quote number %d is as long as most others are, and says as little as they do.\n\t\t-- Nobody\n%%\n", i }' \
		>"$BATS_TEST_TMPDIR/many.quotes"
	size=$(stat -c %s "$BATS_TEST_TMPDIR/many.quotes")
	begin=${EPOCHREALTIME//./}
	run -0 qotd --check --quotes="$BATS_TEST_TMPDIR/many.quotes"
	us=$((${EPOCHREALTIME//./} - begin))
	[ "$output" = "100000 quotes in 1 files" ]
	echo "$us microseconds"
	((us < 500000)) # 40,000 on a machine of our own; tests/bench/qotd.sh measures
	quotes=$BATS_TEST_TMPDIR/many.quotes serve
	peak=$(awk '/^VmHWM/ { print $2 * 1024 }' "/proc/${pids[0]}/status")
	echo "$peak bytes at most for $size bytes of text"
	((peak < size + 250000))
}

@test "who asks too often over UDP gets five answers and then one a second" {
	serve
	run -0 ask-quotes --udp --times=100 --window=100 --wait=200 127.0.0.1:"$udp"
	[[ $output == "asked=100 answered=5 bad=0 "* ]]
	run -0 ask-quotes --udp --times=60 --gap=50000 --wait=1 127.0.0.1:"$udp" # three seconds
	[[ $output =~ answered=[234]\  ]]
	kill "${pids[0]}"
	serve --rate=0
	run -0 ask-quotes --udp --times=100 --window=100 --wait=200 127.0.0.1:"$udp"
	[[ $output == "asked=100 answered=100 bad=0 "* ]]
}

@test "a flood from one source denies no other" {
	serve
	flood=$BATS_TEST_TMPDIR/flood
	ask-quotes --udp --times=1000000000 --window=100 --wait=0 --seconds=4 127.0.0.1:"$udp" >"$flood" 3>&- &
	flooding=$!
	# Ten others, each on its own address, five times: in the middle of it.
	others=()
	for i in {11..20}; do
		ask-quotes --udp --from="127.0.0.$i:0" --times=5 --gap=600000 --wait=300 127.0.0.1:"$udp" \
			>"$BATS_TEST_TMPDIR/other.$i" 3>&- &
		others+=($!)
	done
	wait "${others[@]}"
	kill -0 $flooding # still at it
	wait $flooding
	cat "$flood" "$BATS_TEST_TMPDIR"/other.*
	[ "$(sed -n 's/asked=\([0-9]*\) .*/\1/p' "$flood")" -gt 50000 ]
	[ "$(sed -n 's/.*answered=\([0-9]*\) .*/\1/p' "$flood")" -le 10 ]
	# Datagrams may get lost on the way into a queue that the flood fills while we wait
	# for the processor. The limiter would refuse all, so it is told from that.
	[ "$(cat "$BATS_TEST_TMPDIR"/other.* | grep -c 'answered=0 ')" -eq 0 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/other.* | awk -F'[= ]' '{ n += $4 } END { print n }')" -ge 25 ]
	run -0 ask-quotes --times=20 127.0.0.1:"$tcp"
	[[ $output == "asked=20 answered=20 bad=0 "* ]]
}

@test "with --udp=off datagrams are read and never answered, and passed ones wake nobody twice" {
	start activator udp:127.0.0.1:0 -- "$PWD/build/bin/qotd" --udp=off --idle=1 --quotes="$collection"
	eventually grep -q listening "$log"
	udp=$(sed -n 's/^listening .*:\([0-9]*\)$/\1/p' "$log")
	run -0 ask-quotes --udp --times=3 --wait=50 127.0.0.1:"$udp"
	[[ $output == "asked=3 answered=0 bad=0 "* ]]
	eventually fails pgrep -P "${pids[0]}"
	kill "${pids[0]}"
	wait "${pids[0]}"
	[ "$(tail -n 1 "$log")" = "starts=1 signals=0 failures=0" ]
}

# Runs the rest of a test in a network of its own, where all ports are free and
# packets can be counted and forged: in_own_network FUNCTION.
in_own_network() {
	local unshare=(unshare --net)

	((EUID == 0)) || unshare=(unshare --user --map-root-user --net)
	"${unshare[@]}" true || skip "no network namespaces here"
	# shellcheck disable=SC2163 # the function that it names
	export -f "$1" eventually fails
	export collection BATS_TEST_TMPDIR
	"${unshare[@]}" bash -e -o pipefail -c "
		ip link set lo up
		pids=()
		trap 'kill \"\${pids[@]}\"; wait' EXIT
		$1" 3>&-
}

ports_in_own_network() {
	qotd --listen=127.0.0.1:17 --quotes="$collection" --rate=0 &
	pids+=($!)
	eventually ask-quotes 127.0.0.1:17
	for port in 7 13 17 19 37 53 69 123; do
		ask-quotes --udp --from=127.0.0.2:$port --wait=50 127.0.0.1:17
	done | tee "$BATS_TEST_TMPDIR/refused"
	[ "$(grep -c '^asked=1 answered=0 ' "$BATS_TEST_TMPDIR/refused")" -eq 8 ]
	# one's neighbours and one's own address with another port are clients
	for from in 127.0.0.2:8 127.0.0.2:18 127.0.0.1:124 127.0.0.1:0; do
		ask-quotes --udp --from=$from 127.0.0.1:17 | grep '^asked=1 answered=1 '
	done
	# what was sent to everybody is answered by nobody
	qotd --listen=0.0.0.0:4217 --quotes="$collection" --rate=0 &
	pids+=($!)
	eventually ask-quotes 127.0.0.1:4217
	ask-quotes --udp --any --wait=200 127.255.255.255:4217 | grep '^asked=1 answered=0 '
	ask-quotes --udp --any 127.0.0.1:4217 | grep '^asked=1 answered=1 '
}

@test "well-known ports that talk back are never answered, nor what was broadcast" {
	in_own_network ports_in_own_network
}

sent_datagrams() {
	awk '/^Udp: [0-9]/ { print $5 }' /proc/net/snmp
}

pair_in_own_network() {
	local before

	for address in 127.0.0.1:17 127.0.0.2:17 127.0.0.1:4217 127.0.0.2:4217; do
		qotd --listen=$address --quotes="$collection" --rate=0 &
		pids+=($!)
		eventually ask-quotes $address
	done
	before=$(sent_datagrams)
	for port in 17 4217; do
		ask-quotes --forge=127.0.0.1:$port --times=5 127.0.0.2:$port
		ask-quotes --forge=127.0.0.2:$port --times=5 127.0.0.1:$port
		ask-quotes --forge=127.0.0.1:$port --times=5 127.0.0.1:$port
	done
	# They have been read, all before this client's, and sent nobody anything but its answers.
	for address in 127.0.0.1:17 127.0.0.2:17 127.0.0.1:4217 127.0.0.2:4217; do
		ask-quotes --udp $address | grep '^asked=1 answered=1 '
	done
	[ $(($(sent_datagrams) - before)) -eq 8 ] # a question and an answer each
	# The forgery works: from another port it is answered.
	ask-quotes --forge=127.0.0.1:4218 --times=5 127.0.0.1:4217
	ask-quotes --udp 127.0.0.1:4217
	[ $(($(sent_datagrams) - before)) -eq 15 ]
}

@test "two of them pointed at each other stay silent, and one at itself" {
	export -f sent_datagrams
	in_own_network pair_in_own_network
}

@test "--inetd: one process for each connection, on standard input" {
	port=$((20000 + RANDOM % 10000))
	start systemd-socket-activate --accept --inetd -l 127.0.0.1:$port \
		"$PWD/build/bin/qotd" --inetd --quotes="$collection"
	eventually grep -q Listening "$log"
	run -0 ask-quotes --times=20 127.0.0.1:$port
	[[ $output == "asked=20 answered=20 bad=0 "* ]]
	exec {client}<>"/dev/tcp/127.0.0.1/$port"
	head -c 60000 /dev/zero >&"$client"
	[[ $(timeout 5 cat <&"$client") == *' -- '* ]]
	exec {client}>&-
	eventually fails pgrep -P "${pids[0]}"
	run -2 qotd --inetd --quotes="$collection" </dev/null
	[ "$output" = "qotd: --inetd: standard input is not a connection; see 'qotd --help'" ]
}

@test "clients that never close, and crowds of them, cost descriptors for five seconds at most" {
	serve
	before=$(descriptors)
	run -0 ask-quotes --crowd --times=700 --wait=8000 127.0.0.1:"$tcp" 3>&-
	[[ $output == "asked=700 answered=700 bad=0 "* ]]
	has_gone() { [ "$(descriptors)" -le "$before" ]; }
	eventually has_gone
	exec {client}<>"/dev/tcp/127.0.0.1/$tcp"
	begin=$SECONDS
	has_come() { [ "$(descriptors)" -gt "$before" ]; }
	eventually has_come
	while has_come && ((SECONDS - begin < 8)); do sleep 0.1; done
	[ "$(descriptors)" -eq "$before" ]
	((SECONDS - begin >= 4))
	exec {client}>&-
	run -1 grep 'cannot' "$log"
}

@test "ended by idleness and started again by PID 1's rules, nobody is lost, over TCP or UDP" {
	for i in {1..8}; do
		"$PWD/build/tools/activator" 127.0.0.1:0 udp:127.0.0.1:0 -- "$PWD/build/bin/qotd" --idle=1 \
			--quotes="$collection" >"$log.$i" 2>&1 3>&- &
		pids+=($!)
	done
	# Clients come again just when it is about to end, or has, or is ending.
	clients=()
	for i in {1..8}; do
		eventually has_two_listeners "$log.$i"
		mapfile -t ports < <(sed -n 's/^listening .*:\([0-9]*\)$/\1/p' "$log.$i")
		how=127.0.0.1:${ports[0]}
		((i % 2 == 0)) || how="--udp 127.0.0.1:${ports[1]}"
		# shellcheck disable=SC2086 # two words
		ask-quotes --times=12 --gap=1000000 $how >"$log.client.$i" 3>&- &
		clients+=($!)
	done
	wait "${clients[@]}"
	cat "$log".client.*
	[ "$(cat "$log".client.* | grep -c '^asked=12 answered=12 bad=0 ')" -eq 8 ]
	for pid in "${pids[@]}"; do
		kill "$pid"
		wait "$pid"
	done
	cat "$log".?
	[ "$(tail -qn 1 "$log".? | grep -c 'failures=0$')" -eq 8 ]
	# it did end in between
	[ "$(tail -qn 1 "$log".? | awk -F'[= ]' '{ n += $2 } END { print n }')" -gt 16 ]
}

has_two_listeners() { # LOG
	[ "$(grep -c ^listening "$1")" -eq 2 ]
}

@test "told to stop it ends at once and successfully, with clients connected" {
	serve
	exec {client}<>"/dev/tcp/127.0.0.1/$tcp"
	begin=$SECONDS
	kill -TERM "${pids[0]}"
	wait "${pids[0]}"
	((SECONDS - begin <= 2))
	[[ $(cat <&"$client") == *' -- '* ]]
	exec {client}>&-
}

@test "what cannot be meant is one line and status 2" {
	while IFS='|' read -r arguments message; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr qotd $arguments
		[ -z "$output" ]
		[ "$stderr" = "qotd: $message; see 'qotd --help'" ]
	done <<-'END'
		--idle=soon|--idle: not a number of seconds: 'soon'
		--rate=-1|--rate: not a number from 0 to 1000: '-1'
		--pick=best|--pick: neither day nor random: 'best'
		--udp=maybe|--udp: neither on nor off: 'maybe'
		--listen=nowhere --quotes=/dev/null|--listen: not an address: 'nowhere'
		--listen|option needs a value: '--listen'
		--inetd=yes|unknown option: '--inetd=yes'
		--foo|unknown option: '--foo'
		-l|unknown option: '-l'
		17|unexpected argument: '17'
		--udp=on|no socket was passed, and no --listen= given
	END
}
