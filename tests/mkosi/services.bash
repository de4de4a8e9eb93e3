# SPDX-License-Identifier: LGPL-2.1-or-later
# The services that listen, and how to see that one works. Called in the repository's
# root. They are reached at 127.0.0.1 of wherever the command "${asker[@]}" runs others.
# shellcheck disable=SC2034 # read by the files that load this

some_services=(dyndnsd qotd visitord)
a_service=visitord
all_ports='tcp 17,tcp 8080,udp 17,udp 5533'

# An address for documentation: it is published, and nobody has it.
published=198.51.100.7

# Like eventually, for what takes longer: a boot.
within() { # SECONDS COMMAND...
	local deadline=$((SECONDS + $1))

	until "${@:2}" 2>/dev/null; do
		((SECONDS < deadline)) || {
			echo "not in $1 seconds: ${*:2}" >&2
			return 1
		}
		sleep 0.2
	done
}

# Makes the key of a client, and a zone that lets it publish its address.
make_zone() { # KEY-FILE ZONE-FILE
	local key
	key=$(build/bin/dyndns-update --generate-key="$1" | sed -n '2s/ *//p')
	printf '%s\n' "# dynamic: 0 $key" '+a.example:192.0.2.1:300' >"$2"
}

# Prints what systemd-tmpfiles, given it as the credential tmpfiles.extra, makes the
# state of the receiver from.
print_zone_credential() { # ZONE-FILE
	printf 'd /var/lib/private 0700\nd /var/lib/private/dyndnsd 0700\n'
	printf 'f~ /var/lib/private/dyndnsd/data 0600 - - - %s\n' "$(base64 --wrap=0 "$1")"
}

is_a_quote() { # TEXT
	[ -n "$1" ] && grep -rqF -- "${1%%[[:cntrl:]]*}" images/qotd/tree
}

# Succeeds when the service says what it is there for. $updater is the path of
# dyndns-update, and $key that of the key, where they are run.
answers() { # SERVICE
	local said
	case $1 in
	visitord)
		said=$("${asker[@]}" curl --silent --show-error --fail --max-time 20 http://127.0.0.1:8080/) &&
			[[ $said =~ ^'Hello! You are visitor #'[1-9][0-9]*'!'$ ]]
		;;
	qotd)
		said=$("${asker[@]}" timeout 20 bash -c 'cat </dev/tcp/127.0.0.1/17') && is_a_quote "$said" &&
			said=$("${asker[@]}" timeout 20 bash -c 'exec 3<>/dev/udp/127.0.0.1/17; echo >&3; head -c 1 <&3') &&
			[ -n "$said" ]
		;;
	dyndnsd)
		said=$("${asker[@]}" "$updater" --key="$key" --v2 --wait=20 --address="$published" 127.0.0.1) &&
			[[ $said == *": published $published" ]]
		;;
	*) return 1 ;;
	esac
}

everything_answers() {
	local service
	for service in "${some_services[@]}"; do
		within 60 answers "$service" || {
			echo "no answer from $service" >&2
			return 1
		}
	done
}
