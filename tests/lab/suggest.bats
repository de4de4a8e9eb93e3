#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mkportable try --suggest: what is suggested works, what is needed stays and is named with the
# call that needs it, and a service that does not work as it is is told so.

bats_require_minimum_version 1.5.0
load ../lab

setup_file() {
	lab_needs_root
	cd "$BATS_TEST_DIRNAME/../.." || return
	mkdir "$BATS_FILE_TMPDIR/bin"
	# Answers to a connection on the port that is its argument: with "mmap", it ends if no memory can
	# be written and executed.
	cc -specs=build/musl.specs -static-pie -x c -o "$BATS_FILE_TMPDIR/bin/answerer" - <<-'EOT'
		#include <fcntl.h>
		#include <netinet/in.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/mman.h>
		#include <sys/socket.h>
		#include <unistd.h>

		int main(int argc, char *argv[])
		{
			struct sockaddr_in address = { .sin_family = AF_INET };
			int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0), client;

			address.sin_port = htons((unsigned short)atoi(argv[1]));
			if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
			    bind(fd, (void *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
				return 3;
			(void)close(open("/usr/share/answers", O_RDONLY));
			/* Nobody notices if that is refused. */
			(void)close(open("/proc/sys/kernel/ostype", O_RDONLY));
			while ((client = accept(fd, NULL, NULL)) >= 0) {
				if (argc > 2 && mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
						     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
					return 5;
				(void)write(client, "here\n", 5);
				close(client);
			}
			return 4;
		}
	EOT
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

teardown() {
	[ -z "${TMPDIR-}" ] || [ -z "$(ls -A "$TMPDIR")" ]
}

# Builds an image whose service runs that program: service_image NAME LINE...
service_image() {
	local directory=$BATS_TEST_TMPDIR/$1
	mkdir "$directory"
	printf '%s\n' '[Service]' Type=exec "${@:2}" '[Install]' WantedBy=multi-user.target >"$directory/$1.service"
	build/mkportable build --os-release=os-release.in --program-path="$BATS_FILE_TMPDIR/bin" \
		--output="$BATS_TEST_TMPDIR/$1_1.raw" "$directory"
}

# Asks for a suggestion in JSON: suggest STATUS IMAGE OPTION... -- COMMAND...
suggest() {
	local status=$1 image=$2
	shift 2
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	run "-$status" --separate-stderr build/mkportable try --suggest --format=json ${options[@]+"${options[@]}"} "$image" "$@"
	echo "$output"
	echo "$stderr"
}

ask='[ "$(cat </dev/tcp/127.0.0.1/$0)" = here ]'

@test "what cannot be taken away is named with the call that needs it, all else is suggested" {
	mkdir -p "$BATS_TEST_TMPDIR/tree/usr/share" "$BATS_TEST_TMPDIR/answerer"
	echo yes >"$BATS_TEST_TMPDIR/tree/usr/share/answers"
	printf '%s\n' '[Service]' Type=exec DynamicUser=yes AmbientCapabilities=CAP_NET_BIND_SERVICE 'UMask=0177' \
		'ExecStart=/usr/bin/answerer 80 mmap' '[Install]' WantedBy=multi-user.target >"$BATS_TEST_TMPDIR/answerer/answerer.service"
	run -0 --separate-stderr build/mkportable try --suggest --profile=none --format=json --output="$BATS_TEST_TMPDIR/out" \
		--program-path="$BATS_FILE_TMPDIR/bin" --root="$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/answerer" -- bash -c "$ask" 80
	echo "$output"
	echo "$stderr"
	jq -e '.works and (.units | length) == 1 and .units[0].unit == "answerer.service"' <<<"$output"
	jq -e '.units[0].exposure | keys == ["257"] and all(.[]; .before > 7 and .after <= 1.6)' <<<"$output"

	# What it needs, and the call.
	needed() {
		jq -r --arg setting "$1" '.units[0].needed[] | select(.setting == $setting).reason' <<<"$output"
	}
	[[ $(needed PrivateNetwork=yes) == 'socket(AF_INET, '* ]]
	[[ $(needed IPAddressDeny=any) == 'socket(AF_INET, '* ]]
	[[ $(needed PrivateUsers=yes) == 'bind('*'htons(80)'*EACCES* ]]
	[[ $(needed CapabilityBoundingSet=~CAP_NET_BIND_SERVICE) == bind\(* ]]
	[[ $(needed MemoryDenyWriteExecute=yes) == 'mmap('*PROT_EXEC* ]]
	[[ $(needed ProcSubset=pid) == 'open("/proc/sys/kernel/ostype"'*ENOENT* ]]
	[ "$(jq '.units[0].needed | length' <<<"$output")" -eq 6 ]

	# What it does not, and nothing that is there already.
	settings=$(jq -r '.units[0].settings[]' <<<"$output")
	for setting in CapabilityBoundingSet=CAP_NET_BIND_SERVICE 'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX' \
		SystemCallFilter=@system-service RestrictNamespaces=yes NoExecPaths=/ ProtectHome=yes; do
		grep -Fx "$setting" <<<"$settings"
	done
	run -1 grep -E '^(UMask|DynamicUser|ProtectSystem|PrivateTmp|MemoryDeny|PrivateNetwork)' <<<"$settings"

	# The tree has a file that it looked for.
	jq -e '.units[0].files == ["/usr/share/answers"]' <<<"$output"
	jq -e '.notExercised == ["answerer.service: the network but for the loopback"]' <<<"$output"
	# The drop-in has the same.
	diff <(grep -v '^#' "$BATS_TEST_TMPDIR/out/answerer.service.d/50-suggested.conf") <(echo '[Service]' && echo "$settings")
	[ -z "$(find "$BATS_TEST_TMPDIR/out" -name '*.new')" ]
}

@test "what is suggested works with 257 and 252; with it there is nothing more to tighten, and the same is needed" {
	service_image closed DynamicUser=yes 'ExecStart=/usr/bin/answerer 8099'
	suggest 0 "$BATS_TEST_TMPDIR/closed_1.raw" --systemd=257,252 --profile=none -- bash -c "$ask" 8099
	first=$output
	jq -e '.units[0].exposure | keys == ["252", "257"] and all(.[]; .before > 7 and .after <= 1.3)' <<<"$first"

	mapfile -t settings < <(jq -r '.units[0].settings[]' <<<"$first")
	rm -r "$BATS_TEST_TMPDIR"/closed*
	service_image closed DynamicUser=yes 'ExecStart=/usr/bin/answerer 8099' "${settings[@]}"
	suggest 0 "$BATS_TEST_TMPDIR/closed_1.raw" --profile=none -- bash -c "$ask" 8099
	jq -e '.units[0].settings == []' <<<"$output"
	diff <(jq '.units[0].needed, .notExercised' <<<"$output") <(jq '.units[0].needed, .notExercised' <<<"$first")
}

@test "with tight a setting stays whose refusals the command does not notice, and they are listed" {
	service_image tight DynamicUser=yes 'ExecStart=/usr/bin/answerer 8099'
	run -0 --separate-stderr build/mkportable try --suggest=tight --profile=none --format=json "$BATS_TEST_TMPDIR/tight_1.raw" -- bash -c "$ask" 8099
	echo "$output"
	jq -e '.units[0].settings | index("ProcSubset=pid")' <<<"$output"
	[[ $(jq -r '.unnoticed[]' <<<"$output") == 'open("/proc/sys/kernel/ostype"'*ENOENT* ]]
}

@test "a service that does not work as it is is told so, with the step" {
	service_image mute DynamicUser=yes 'ExecStart=/usr/bin/answerer 8099'
	suggest 1 "$BATS_TEST_TMPDIR/mute_1.raw" -- false
	[ "$output" = '{"works": false, "reason": "fails at command: it ended with status 1"}' ]
	run -1 --separate-stderr build/mkportable try --suggest "$BATS_TEST_TMPDIR/mute_1.raw" -- sh -c 'printf "no\000\n"; false'
	[[ $output == 'fails at command: it ended with status 1'*$'\n''     > no?' ]]
	[[ $stderr == "mkportable-try: nothing is tried before the service works as it is; "* ]]

	service_image gone DynamicUser=yes 'ExecStart=/usr/bin/answerer 80'
	# A command that asks again: one that succeeds at once may do so before the service has failed.
	suggest 1 "$BATS_TEST_TMPDIR/gone_1.raw" -- false
	[[ $output == '{"works": false, "reason": "fails at run: gone.service: '*'status=3'* ]]
}

@test "our own images have nothing to tighten, but for what portable-init does not know" {
	suggest 0 "$(echo build/images/visitord_*.raw)" --profile=sealed -- curl -sSf http://localhost:8080/
	jq -e '.units[0].settings == ["NoExecPaths=/", "ExecPaths=-/usr -/bin -/sbin -/lib -/lib32 -/lib64"]' <<<"$output"
	jq -e '.units[0].exposure["257"] == {"before": 0.1, "after": 0.1} and .units[0].needed == []' <<<"$output"
}

@test "the lines of the README lead from a program to a drop-in" {
	steps=$(block_with 'try --suggest' | sed -n 's/^\$ \(sudo \)\{0,1\}mkportable /mkportable /p')
	[ "$(wc -l <<<"$steps")" -eq 4 ]
	PATH=$PWD/build:$PATH
	cp build/bin/visitord "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR"
	steps=${steps/ build / build --os-release=$BATS_TEST_DIRNAME/../../os-release.in }
	run -0 --separate-stderr bash -euc "${steps//\/etc\/systemd\/system/out}"
	echo "$output"
	[ -z "$stderr" ]
	[[ $output == *'257  default '*works*'web.service: exposure 2.'*', then 0.1 (systemd 257)'* ]]
	grep -Fx CapabilityBoundingSet= out/web.service.d/50-suggested.conf
}

@test "a drop-in that cannot be written is told" {
	run -3 --separate-stderr build/mkportable try --suggest --output=/proc/none "$(echo build/images/visitord_*.raw)" -- curl -sSf http://localhost:8080/
	[[ $stderr == *"mkportable-try: cannot write into '/proc/none'" ]]
	[ -z "$output" ]
}

@test "wrong calls are told" {
	image=$(echo build/images/visitord_*.raw)
	for arguments in "--suggest $image" "--suggest --keep $image -- true" "--suggest --format=markdown $image -- true" \
		"--output=x $image -- true" "--suggest --output= $image -- true" "--suggest --profile=all $image -- true"; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr build/mkportable try $arguments
		[[ $stderr == 'mkportable-try: '*"; see 'mkportable-try --help'" ]]
		[ -z "$output" ]
	done
}

@test "killed while it tries, it leaves nothing behind" {
	image=$(echo build/images/visitord_*.raw)
	# While it begins, and while it tries.
	for moment in strace calls.of.lab-trixie; do
		build/mkportable try --suggest --profile=none "$image" -- curl -sSf http://localhost:8080/ >/dev/null 2>&1 3>&- &
		eventually compgen -G "$TMPDIR/*/$moment" >/dev/null
		kill -KILL $!
		wait $! || true
		eventually nothing_left
	done
}
