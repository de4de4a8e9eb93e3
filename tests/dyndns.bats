#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# dyndnsd and dyndns-update together: an accepted packet changes the right fields of
# the zone file and nothing else, no packet counts twice, no crash, full disk or
# person at an editor costs anything, and what others read comes after the zone.
#
# In a network of its own, with addresses of the documentation on its loopback:
# those of a real loopback are never published.
#
# Needs root: a network of its own

bats_require_minimum_version 1.5.0
load helpers

server=198.51.100.1
port=5533

setup_file() {
	((EUID == 0)) || skip "a network namespace needs root"
	cd "$BATS_TEST_DIRNAME/.." || return
	export bin=$PWD/build/bin tools=$PWD/build/tools
	unshare --net sleep infinity 3>&- &
	export HOLDER=$!
	# until the child has left our namespace
	eventually differs /proc/self/ns/net "/proc/$HOLDER/ns/net"
	net ip link set lo up
	for n in 1 7 8 66; do
		net ip address add 198.51.100.$n/32 dev lo
		net ip address add 2001:db8::$n/128 dev lo nodad
	done
}

teardown_file() {
	[ -z "${HOLDER-}" ] || kill "$HOLDER"
}

differs() {
	[ "$(readlink "$1")" != "$(readlink "$2")" ]
}

net() {
	nsenter --net="/proc/$HOLDER/ns/net" -- "$@"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir state zone
	"$bin/dyndns-update" --generate-key=key >made
	key=$(sed -n '2s/ *//p' made)
	id=$(sed -n '5s/ *//p' made)
	put_zone 0 192.0.2.1
}

put_zone() { # TIMESTAMP ADDRESS
	printf '%s\n' '+static.example:192.0.2.9' '' "# dynamic: $1 $key" "+a.example:$2:300" \
		'6a.example:20010db8000000000000000000000099' '' '+other.example:192.0.2.1' >zone/data
	touch -d '-1 hour' zone/data # nobody is editing it any more
}

teardown() {
	[ -z "${daemon-}" ] || { kill "$daemon" && wait "$daemon"; } || true
	[ -z "${tracer-}" ] || { pkill -KILL -P "$tracer" && wait "$tracer"; } || true
}

start() { # OPTIONS...
	: >log
	nsenter --net="/proc/$HOLDER/ns/net" -- "$bin/dyndnsd" --listen="$port" --zone=zone/data \
		--state=state "$@" 2>>log 3>&- &
	daemon=$!
	eventually grep -q receiving log
}

stop() {
	kill "$daemon"
	wait "$daemon"
	daemon=
}

update() { # FROM [OPTIONS...]
	local from=$1 to=$server
	shift
	[[ $from != *:* ]] || to='[2001:db8::1]'
	net "$bin/dyndns-update" --bind="[$from]" --key=key "$@" "$to:$port"
}

# All that was sent before is done with; changes nothing itself.
settled() {
	run -0 update 198.51.100.7 --v2 --address=2001:db8::99 --wait=5
	[ "$output" = "$id: published before 2001:db8::99" ]
}

has() { # LINE
	grep -qxF -- "$1" zone/data
}

catch() { # FILE: the packet that an update would be
	net "$tools/datagrams" catch 198.51.100.66 7777 "$1" >caught 3>&- &
	eventually grep -q ready caught
	net "$bin/dyndns-update" --key=key 198.51.100.66:7777
	wait $!
}

replay() { # FROM FILE [COUNT]
	net "$tools/datagrams" send "$1" "$server" "$port" "${@:2}"
}

@test "an update of version 1 changes the address and the time, and nothing else" {
	start
	before=$(cat zone/data)
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
	stamp=$(sed -n 's/^# dynamic: \([0-9]*\.[0-9][0-9]\) .*/\1/p' zone/data)
	[ "$(sed "s/$stamp/0/; s/198\.51\.100\.7/192.0.2.1/" zone/data)" = "$before" ]
	[ "$(cat zone/data.prev)" = "$before" ]
	update 2001:db8::7
	eventually has '6a.example:20010db8000000000000000000000007'
	has '+a.example:198.51.100.7:300'
}

@test "two and more updates in one life leave a file that the next life reads" {
	start
	for n in 7 8 7; do
		update 198.51.100.$n
		eventually has "+a.example:198.51.100.$n:300"
	done
	stop
	run -0 "$bin/dyndnsd" --check --zone=zone/data
	[[ $output == *'1 blocks, 1 keys, 2 addresses, 0 warnings' ]]
	start
	update 198.51.100.8
	eventually has '+a.example:198.51.100.8:300'
}

@test "one packet counts once: not twice in a life, not after a restart, not after a crash" {
	catch packet
	start
	replay 198.51.100.7 packet
	eventually has '+a.example:198.51.100.7:300'
	replay 198.51.100.66 packet
	# nor for the other family
	net "$tools/datagrams" send 2001:db8::66 2001:db8::1 "$port" packet
	settled
	has '+a.example:198.51.100.7:300'
	stop
	start
	replay 198.51.100.66 packet
	settled
	has '+a.example:198.51.100.7:300'
	kill -KILL "$daemon"
	wait "$daemon" || true
	start
	replay 198.51.100.66 packet
	settled
	has '+a.example:198.51.100.7:300'
}

@test "a packet that changes nothing is remembered, too, before it can be replayed" {
	put_zone 0 198.51.100.7
	catch packet
	start
	replay 198.51.100.7 packet
	eventually grep -q "^$id 4 " state/state
	kill -KILL "$daemon"
	wait "$daemon" || true
	start
	replay 198.51.100.66 packet
	settled
	has '+a.example:198.51.100.7:300'
	has "# dynamic: 0 $key"
}

@test "what it remembers and what others read is as described, and a restart goes on from there" {
	mkdir hosts
	put_zone 0 198.51.100.7
	catch packet
	start --hosts=hosts --zone-file=child.zone --origin=example --status=status.json
	replay 198.51.100.7 packet
	settled
	[ "$(cat hosts/dyndns)" = '# made by dyndnsd, which writes it anew
198.51.100.7 a.example
2001:db8::99 a.example' ]
	[ "$(sed 's/^\t[0-9]* ; serial$/\tSERIAL/' child.zone)" = '; made by dyndnsd, which writes it anew
$ORIGIN example.
$TTL 60
@ IN SOA localhost. hostmaster (
	SERIAL
	3600 600 604800 60 )
@ IN NS localhost.
a 300 IN A 198.51.100.7
a IN AAAA 2001:db8::99' ]
	serial=$(sed -n 's/^\t\([0-9]*\) ; serial/\1/p' child.zone)
	stop
	[ "$(sed 's/ [0-9a-f]\{16\} / SEEN /; s/^end [0-9a-f]\{16\}$/end HASH/' state/state)" = "dyndnsd-state 2
$id 4 SEEN 0000000000000000 00000000000000000000ffffc6336407/128 1 1 done
$id 6 SEEN 0000000000000000 20010db8000000000000000000000099/128 2 1 done
end HASH" ]
	remembered=$(cat state/state)
	python3 -c '
import json, struct, sys
id, packet = sys.argv[1], open("packet", "rb").read()
sent = struct.unpack(">d", packet[28:36])[0]
lines = dict((l.split()[1], l.split()) for l in open("state/state").readlines()[1:-1])
assert bytes.fromhex(lines["4"][2]) == packet[28:36], lines
status = json.load(open("status.json"))
assert list(status) == ["time", "names"]
assert sent - 1 < status["time"] < sent + 600
a, six = status["names"]
(key,), (key6,) = a.pop("keys"), six.pop("keys")
assert a == {"name": "a.example", "type": "A", "address": "198.51.100.7", "line": 4}, a
assert six == {"name": "a.example", "type": "AAAA", "address": "2001:db8::99", "line": 5}, six
assert list(key) == list(key6) == ["id", "last", "age"]
assert key["id"] == key6["id"] == id
assert abs(key["last"] - sent) <= 0.006, key
assert abs(status["time"] - key["last"] - key["age"]) < 0.02, (key, status)
' "$id"

	start --hosts=hosts --zone-file=child.zone --origin=example --status=status.json
	# The zone has no time that would refuse it: only the state does.
	has "# dynamic: 0 $key"
	replay 198.51.100.66 packet
	settled
	has '+a.example:198.51.100.7:300'
	stop
	fails grep -q ' is at ' log
	[ "$(grep " 4 " state/state)" = "$(grep " 4 " <<<"$remembered")" ]
	[ "$(sed -n 's/^\t\([0-9]*\) ; serial/\1/p' child.zone)" -eq "$serial" ]
}

@test "a state that is empty or damaged is refused, and left as it is" {
	start
	grep -q "no state in 'state', starting with none" log
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
	stop
	cp state/state whole
	sed -n 1,2p whole >lines # whole lines, and not all of them
	sed 's/198/199/; s/1 1 done/1 2 done/' whole >edited
	head -c -1 whole >short
	for damaged in lines edited short /dev/null; do
		cat "$damaged" >state/state
		run -1 --separate-stderr timeout 10 "$bin/dyndnsd" --listen=127.0.0.1:0 --zone=zone/data --state=state
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "dyndnsd: 'state/state' is "*": remove it to begin anew; "* ]]
		cmp "$damaged" state/state || [ ! -s state/state ]
	done
	cp whole state/state
	start
	[ "$(grep -c state log)" -eq 0 ]
}

@test "mode, owner and links stay, the time of change rises by whole seconds, nothing else is left" {
	mv zone/data zone/real
	ln -s real zone/data
	chmod 0640 zone/real
	chown 1234:4321 zone/real
	touch -d '+1 hour' zone/real
	was=$(stat -c %Y zone/real)
	start
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
	stop
	[ -L zone/data ]
	[ "$(stat -c %a:%u:%g zone/real)" = 640:1234:4321 ]
	[ "$(stat -c %Y zone/real)" -ge $((was + 1)) ]
	[ "$(ls -A zone)" = $'data\nreal\nreal.prev' ]
}

@test "a zone with everything in it that killed the original is served all the same" {
	{
		printf '%s\n' "# dynamic: 0 $key $key my laptop" '+name' '+name:' '6a.example:2001:db8::1' \
			'6a.example:20010db8' '+five.example:1.2.3.4.5' '# dynamic: 1e3 x' \
			"# dynamic: 99999999999999999999 $key"
		printf '\377\000\n# dynamic: 0 %s\n+last.example:192.0.2.1' "$key"
	} >zone/data
	start
	[ "$(grep -c ', ignoring' log)" -ge 5 ]
	update 198.51.100.7
	eventually grep -qaF '+last.example:198.51.100.7' zone/data
	# a key that is taken out by hand, and its client
	printf '+a.example:192.0.2.1\n' >zone/data
	update 198.51.100.8
	update 198.51.100.8 --packets=2 --send-delay=1
	kill -0 "$daemon"
	[ "$(cat zone/data)" = '+a.example:192.0.2.1' ]
}

@test "nothing a stranger sends is logged, and nothing of it ends the receiver" {
	start
	before=$(wc -l <log)
	head -c 100 /dev/urandom >random
	head -c 172 /dev/urandom >random2
	printf 'tdd2\001' | dd of=random2 conv=notrunc status=none
	catch packet
	cp packet forged
	printf '\377' | dd of=forged bs=1 seek=99 conv=notrunc status=none
	for file in random random2 forged; do
		replay 198.51.100.66 $file 2000
	done
	net "$tools/datagrams" sizes 198.51.100.66 "$server" "$port" 3000
	update 198.51.100.7 --v2 --address=198.51.100.7 --wait=5
	[ "$(wc -l <log)" -le $((before + 1)) ]
	has '+a.example:198.51.100.7:300'
}

@test "datagrams of other lengths do not wake it" {
	start
	switches() { awk '/^voluntary/ { print $2 }' "/proc/$1/status"; }
	pid=$daemon
	before=$(switches "$pid")
	net "$tools/datagrams" sizes 198.51.100.66 "$server" "$port" 20000
	[ "$(switches "$pid")" -eq "$before" ]
	replay 198.51.100.66 made
	[ "$(switches "$pid")" -eq "$before" ]
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
	[ "$(switches "$pid")" -gt "$before" ]
}

@test "version 2 publishes what is signed, and says so" {
	start
	run -0 update 198.51.100.66 --v2 --address=198.51.100.7 --address=2001:db8::7 --wait=5
	[ "$output" = "$id: published 198.51.100.7 2001:db8::7" ]
	has '+a.example:198.51.100.7:300'
	has '6a.example:20010db8000000000000000000000007'
	run -0 update 198.51.100.66 --v2 --address=198.51.100.7 --wait=5
	[ "$output" = "$id: published before 198.51.100.7" ]
}

@test "version 2 without an address publishes the source, after a challenge" {
	start
	run -0 update 198.51.100.8 --v2 --wait=5
	[ "$output" = "$id: published 198.51.100.8" ]
	has '+a.example:198.51.100.8:300'
	run -0 update 2001:db8::8 --v2 --wait=5
	[ "$output" = "$id: published 2001:db8::8" ]
}

@test "version 2 renews a prefix and keeps the hosts" {
	start
	run -0 update 198.51.100.7 --prefix=2001:db8:77::/48 --wait=5
	has '6a.example:20010db8007700000000000000000099'
}

@test "without a server the client waits no longer than it was told, and says 3" {
	run -3 --separate-stderr update 198.51.100.7 --v2 --address=198.51.100.7 --wait=1
	[[ $stderr == "dyndns-update: no answer from the server for key $id"* ]]
}

@test "options in front of a block hold for it" {
	sed -i 's/^# dynamic:/# dynamic-options: require=v2 allow=198.51.100.0\/29\n&/' zone/data
	start
	update 198.51.100.7
	run -0 update 198.51.100.66 --v2 --address=198.51.100.6 --wait=5
	has '+a.example:198.51.100.6:300'
	run -3 update 198.51.100.66 --v2 --address=198.51.100.66 --wait=1
	has '+a.example:198.51.100.6:300'
}

@test "what others read comes after the zone, and the serial only rises" {
	mkdir hosts
	start --hosts=hosts --zone-file=child.zone --origin=example --status=status.json
	eventually [ -s status.json ]
	serial=$(sed -n 's/^\t\([0-9]*\) ; serial/\1/p' child.zone)
	update 198.51.100.7
	eventually grep -qx '198.51.100.7 a.example' hosts/dyndns
	grep -qx '2001:db8::99 a.example' hosts/dyndns
	eventually grep -qx 'a 300 IN A 198.51.100.7' child.zone
	grep -qx 'a IN AAAA 2001:db8::99' child.zone
	[ "$(sed -n 's/^\t\([0-9]*\) ; serial/\1/p' child.zone)" -gt "$serial" ]
	eventually grep -qF '"name":"a.example","type":"A","address":"198.51.100.7"' status.json
	grep -qF "\"id\":\"$id\",\"last\":" status.json
	fails grep -q other.example hosts/dyndns child.zone status.json
}

@test "--check says what the zone means, with the line of each warning" {
	run -0 "$bin/dyndnsd" --check --zone=zone/data
	[ "${lines[0]}" = 'zone/data:3: block, timestamp 0' ]
	[ "${lines[1]}" = "zone/data:3:   key $id" ]
	[ "${lines[2]}" = 'zone/data:4:   +a.example 192.0.2.1' ]
	echo "# dynamic: 0 nonsense" >>zone/data
	run -1 "$bin/dyndnsd" --check --zone=zone/data
	[[ $output == *'zone/data:8: warning: not a key'* ]]
	run -1 --separate-stderr "$bin/dyndnsd" --check --zone=nowhere
	[ "$stderr" = "dyndnsd: cannot read the zone 'nowhere': No such file or directory" ]
	run -1 bash -c '"$1" --check --zone=zone/data >/dev/full' bash "$bin/dyndnsd"
	[ "$output" = 'dyndnsd: cannot print: No space left on device' ]
}

@test "--dry-run says what would change and writes nothing" {
	before=$(cat zone/data)
	start --dry-run
	update 198.51.100.7
	eventually grep -q "key $id would be at 198.51.100.7" log
	stop
	[ "$(cat zone/data)" = "$before" ]
	[ -z "$(ls state)" ]
}

@test "a zone that somebody has locked is updated when the lock is gone" {
	start
	"$tools/datagrams" lock zone/data >held 3>&- &
	holder=$!
	eventually grep -q ready held
	update 198.51.100.7
	eventually grep -q 'trying again' log
	kill -0 "$daemon"
	has '+a.example:192.0.2.1:300'
	kill "$holder"
	eventually has '+a.example:198.51.100.7:300'
}

@test "a zone that is not there yet is waited for" {
	mv zone/data later
	start
	grep -q 'waiting for it' log
	mv later zone/data
	update 198.51.100.7
	sent_again() {
		update 198.51.100.7
		has '+a.example:198.51.100.7:300'
	}
	eventually sent_again
}

@test "a zone that is taken away after an update does not keep it from ending when idle" {
	start --idle=3
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
	rm zone/data
	within_minutes fails kill -0 "$daemon"
	wait "$daemon"
	daemon=
	[ "$(grep -c 'cannot' log)" -eq 1 ]
}

within_minutes() { # COMMAND...
	local deadline=$((SECONDS + 120))

	until "$@"; do
		((SECONDS < deadline)) || {
			echo "never became true: $*"
			cat log zone/data state/state
			return 1
		}
		sleep 0.2
	done
}

# Starts it under strace, which kills or fails a system call: the N-th of a set.
start_injected() { # INJECTION
	: >log
	nsenter --net="/proc/$HOLDER/ns/net" -- strace -f -qq -o trace -e inject="$1" \
		"$bin/dyndnsd" --listen="$port" --zone=zone/data --state=state 2>>log 3>&- &
	tracer=$!
	eventually ended_or_receiving
}

ended_or_receiving() {
	grep -q receiving log || ! kill -0 "$tracer" 2>/dev/null
}

# One life that is killed at the N-th of a system call, and what is left then. Sets
# survived when it was not, because there is no N-th.
kill_once() { # SYSTEM-CALL N
	local pid touched='' old
	rm -rf state zone
	mkdir state zone
	put_zone 0 192.0.2.1
	old=$(cat zone/data)
	start_injected "$1:signal=KILL:when=$2"
	replay 198.51.100.7 packet
	eventually ended_or_has '+a.example:198.51.100.7:300' || return
	# the clean end counts as well
	pid=$(pgrep -P "$tracer" -x dyndnsd || true)
	[ -z "$pid" ] || kill "$pid" || true
	survived=1
	wait "$tracer" || survived=
	tracer=
	# the old one or the new one, whole
	if [ "$(cat zone/data)" != "$old" ]; then
		has '+a.example:198.51.100.7:300'
		[ "$(sed 's/^# dynamic: [0-9.]* /# dynamic: 0 /; s/198.51.100.7/192.0.2.1/' zone/data)" = "$old" ]
		touched=1
	fi
	[ ! -e state/state ] || touched=1
	start
	# what was remembered is refused from elsewhere, and done now, if it was not before
	replay 198.51.100.66 packet
	update 198.51.100.66 --v2 --address=2001:db8::7 --wait=5 >/dev/null
	[ -z "$touched" ] || eventually has '+a.example:198.51.100.7:300'
	kill -KILL "$daemon"
	wait "$daemon" || true
	daemon=
}

# All lives of one system call, in a directory and on a port of its own.
kill_at_each() { # SYSTEM-CALL PORT
	local call=$1 n
	port=$2
	mkdir "$call"
	cp key packet "$call"
	cd "$call" || return
	trap teardown EXIT
	for ((n = 1; n < 100; n++)); do
		kill_once "$call" "$n" || {
			echo "after a kill at $call number $n"
			cat state/state zone/data
			return 1
		}
		[ -z "$survived" ] || break
		echo life >>lives
	done
	[ -n "$survived" ]
}

# The system calls of a life with an update.
system_calls() {
	start_injected none:error=EIO # as with an injection, but without one
	replay 198.51.100.7 packet
	eventually has '+a.example:198.51.100.7:300'
	pkill -P "$tracer" -x dyndnsd
	wait "$tracer"
	tracer=
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' trace | sort -u
}

# bats test_tags=repeats
@test "killed at any system call of an update, the zone is whole and the packet counts once" {
	local next=5600 workers=() calls
	catch packet
	calls=$(system_calls)
	grep -qx renameat2 <<<"$calls"
	for call in $calls; do
		next=$((next + 1))
		(kill_at_each "$call" "$next") >"$call.out" 2>&1 3>&- &
		workers+=($!)
	done
	failed=
	for worker in "${workers[@]}"; do
		wait "$worker" || failed=1
	done
	[ -z "$failed" ] || {
		tail -n 20 ./*.out
		return 1
	}
	[ "$(cat ./*/lives | wc -l)" -gt 40 ]
}

ended_or_has() {
	has "$1" || ! kill -0 "$tracer" 2>/dev/null
}

@test "a disk that is full or broken loses nothing: the update is pending until it is done" {
	for injection in write:error=ENOSPC:when=3 fsync:error=EIO:when=1..2 renameat2:error=EIO:when=1..2 \
		renameat:error=ENOSPC:when=1 utimensat:error=EIO:when=1 fchmod:error=EIO:when=2; do
		echo "$injection"
		rm -rf state zone
		mkdir state zone
		put_zone 0 192.0.2.1
		start_injected "$injection"
		update 198.51.100.7
		eventually grep -q 'trying again' log
		eventually has '+a.example:198.51.100.7:300'
		eventually grep -q 'working again' log
		pkill -P "$tracer" -x dyndnsd
		wait "$tracer"
		tracer=
	done
}

# Rounds of an update and an edit, with a receiver, a directory and a port of their own.
edit_rounds() { # KIND DIRECTORY PORT ROUNDS
	port=$3
	mkdir "$2"
	cp key "$2"
	cp -R state zone "$2"
	cd "$2" || return
	trap teardown EXIT
	start || return
	net "$BATS_TEST_DIRNAME/edit-zone.py" "$1" "$port" "$4" "$bin/dyndns-update" >rounds || return
	fails grep -q 'not merged' log
}

# A round takes seconds, because a zone that has just changed is left alone: so many at once.
many_edit_rounds() { # KIND
	local rounds=${DYNDNS_ROUNDS-1000} each=10 workers=() failed=''
	local directories=$(((rounds + each - 1) / each))
	for ((n = 1; n <= directories; n++)); do
		edit_rounds "$1" "edits$n" $((5700 + n)) $each >"edits$n.out" 2>&1 3>&- &
		workers+=($!)
	done
	for worker in "${workers[@]}"; do
		wait "$worker" || failed=1
	done
	[ -z "$failed" ] || {
		grep -h -B 1 -A 40 'never became' ./edits*.out
		return 1
	}
	[ "$(cat ./edits*/rounds | wc -l)" -eq $((directories * each)) ]
}

# bats test_tags=repeats
@test "an editor takes the lock at the moment of an update: no edit and no update is lost" {
	many_edit_rounds lock
}

# bats test_tags=repeats
@test "an editor renames at the moment of an update: no edit is lost, and an update only to the next packet" {
	many_edit_rounds rename
}

@test "an edit to the file that was replaced is in data.prev, and the log says so once" {
	start
	exec 4>>zone/data
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
	echo '+edit.example:192.0.2.3' >&4
	exec 4>&-
	grep -qx '+edit.example:192.0.2.3' zone/data.prev
	stop
	[ "$(grep -c 'an edit to the replaced zone file was not merged' log)" -eq 1 ]
}

@test "a zone that an editor has emptied, and not written yet, loses no update" {
	start
	cp zone/data before
	: >zone/data
	touch -d '-3 seconds' zone/data # it takes its time
	run -3 update 198.51.100.8 --v2 --address=198.51.100.8 --wait=1
	update 198.51.100.7
	eventually grep -q "^$id 4 .* pending" state/state
	cat before >zone/data
	within_minutes has '+a.example:198.51.100.7:300'
}

@test "what a person sets or takes out after an update stays so" {
	start
	update 198.51.100.7
	update 2001:db8::7
	eventually has '+a.example:198.51.100.7:300'
	eventually has '6a.example:20010db8000000000000000000000007'
	sed -i 's/198\.51\.100\.7/192.0.2.77/' zone/data
	touch -d '-5 seconds' zone/data # done with it
	after=$(cat zone/data)
	stop # with a last look
	[ "$(cat zone/data)" = "$after" ]
	start
	stop
	[ "$(cat zone/data)" = "$after" ]
	start
	printf '+other.example:192.0.2.1\n' >zone/data
	touch -d '-5 seconds' zone/data
	stop
	[ "$(cat zone/data)" = '+other.example:192.0.2.1' ]
}

@test "of two clients with keys of their own for one name the last one counts, and stays" {
	"$bin/dyndns-update" --generate-key=key2 >made2
	sed -i "s/^# dynamic: .*/& $(sed -n '2s/ *//p' made2)/" zone/data
	touch -d '-1 hour' zone/data
	start
	for _ in 1 2; do
		update 198.51.100.7
		eventually has '+a.example:198.51.100.7:300'
		net "$bin/dyndns-update" --bind=198.51.100.8 --key=key2 "$server:$port"
		eventually has '+a.example:198.51.100.8:300'
	done
	stop # with a last look
	has '+a.example:198.51.100.8:300'
	[ "$(grep -c ' is at ' log)" -eq 4 ]
}

@test "the receiver's image is at most 64 KiB, without init" {
	"${bin%/bin}/mkportable" build --version=1 --init=none --program-path="$bin" \
		--os-release="$BATS_TEST_DIRNAME/../os-release.in" --output=dyndnsd_1.raw \
		"$BATS_TEST_DIRNAME/../images/dyndnsd"
	[ "$(stat -c %s dyndnsd_1.raw)" -le 65536 ]
}

@test "mistakes on the command line are one line and status 2" {
	for arguments in "--idle=soon" "--max-age=-1" "--record-types=+C" "--v2=maybe" "--zone-file=x" \
		"--origin=x" "--nonsense" "--listen=/x" "extra" "--verify-rate=0" "--zone"; do
		run -2 --separate-stderr "$bin/dyndnsd" --state=state "$arguments"
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "dyndnsd: "* ]]
	done
	for arguments in "" "host/" "[::1" "host:99999 --key=key" "host --packets=0" "host --send-delay=1:pow:2" \
		"host --ip-af=5" "host --address=::ffff:1.2.3.4" "host --prefix=1.2.3.4" "host --wait=0" "host"; do
		# shellcheck disable=SC2086 # a list of words
		run -2 --separate-stderr env -u CREDENTIALS_DIRECTORY "$bin/dyndns-update" $arguments
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
	done
}

@test "a new key has mode 0600, is never written over, and its public part is the zone's" {
	[ "$(stat -c %a key)" = 600 ]
	[ "${#key}" -eq 44 ]
	[ "${#id}" -eq 28 ]
	before=$(cat key)
	run -1 --separate-stderr "$bin/dyndns-update" --generate-key=key
	[ "$stderr" = "dyndns-update: cannot write the key to 'key': File exists" ]
	[ "$(cat key)" = "$before" ]
	run -0 "$bin/dyndnsd" --check --zone=zone/data
	[[ $output == *"key $id"* ]]
}

@test "a key that cannot be written, or that nobody sees, is a failure and leaves no file" {
	run -1 strace -qq -o trace -e inject=write:error=ENOSPC:when=1 "$bin/dyndns-update" \
		--generate-key=key2
	[ "$output" = "dyndns-update: cannot write the key to 'key2': No space left on device" ]
	[ ! -e key2 ]
	for how in --generate-key=key2 --genkey; do
		"$bin/dyndns-update" "$how" >/dev/full 2>err && return 1
		[ "$(cat err)" = 'dyndns-update: cannot print the key: No space left on device' ]
		[ ! -e key2 ]
	done
}

@test "no new key looks like an option, wherever it stands" {
	# One in 64 would, by chance.
	for ((i = 0; i < 500; i++)); do
		[[ $("$bin/dyndns-update" -g) != *$'\n   -'*$'\n\nVerify'* ]]
	done
}

@test "the crontabs of the original's users go on working" {
	start
	secret=$(cat key)
	net "$bin/dyndns-update" -v 4 -b 198.51.100.7 -n 2 --send-delay 0.1:mul:2 -d "$server/127.0.0.1" "$PWD/key" 2>err
	eventually has '+a.example:198.51.100.7:300'
	grep -q 'sending to 198.51.100.1 port 5533' err
	net "$bin/dyndns-update" -b '[2001:db8::8]/198.51.100.8' "[2001:db8::1]:5533/$server" ./key || true
	eventually has '+a.example:198.51.100.8:300'
	net "$bin/dyndns-update" -r -b 2001:db8::7 '[2001:db8::1]' "$secret" 2>err
	grep -q 'command line' err
	eventually has '6a.example:20010db8000000000000000000000007'
	run -0 "$bin/dyndns-update" -g
	[[ $output == *'Signing key'* && $output == *'Verify key'* ]]
}

@test "one run for IPv4 and IPv6 publishes both addresses, with a time for each" {
	start
	net "$bin/dyndns-update" "$server/[2001:db8::1]" ./key
	eventually has '+a.example:198.51.100.1:300'
	eventually has '6a.example:20010db8000000000000000000000001'
	# each destination of a family gets the same packet
	for to in 198.51.100.66 198.51.100.7; do
		net "$tools/datagrams" catch $to 7777 packet.$to >caught.$to 3>&- &
	done
	net "$tools/datagrams" catch 2001:db8::66 7777 packet6 >caught6 3>&- &
	eventually grep -q ready caught6
	eventually grep -q ready caught.198.51.100.66
	eventually grep -q ready caught.198.51.100.7
	net "$bin/dyndns-update" '198.51.100.66:7777/[2001:db8::66]:7777/198.51.100.7:7777' ./key
	eventually [ -s packet.198.51.100.7 ]
	cmp packet.198.51.100.66 packet.198.51.100.7
	run -1 cmp packet6 packet.198.51.100.7
}

@test "the image's unit, to which nobody has told a destination, says just that" {
	run -2 --separate-stderr env DYNDNS_DESTINATION= "$bin/dyndns-update"
	[ "$stderr" = "dyndns-update: no destination given; see 'dyndns-update --help'" ]
}

@test "the key may come as a credential" {
	start
	mkdir credentials
	cp key credentials/dyndns.key
	CREDENTIALS_DIRECTORY=$PWD/credentials net "$bin/dyndns-update" -b 198.51.100.7 "$server"
	eventually has '+a.example:198.51.100.7:300'
}
