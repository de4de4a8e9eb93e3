#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Name servers of Debian behind the dynamic DNS receiver, which is attached as an
# image and writes into a directory of the host: each answers with the new address
# after an update. The units and drop-ins are those that the manual page shows.

bats_require_minimum_version 1.5.0
load ../lab

name=home.dyn.example.org

setup_file() {
	export LAB_PACKAGES='bind9 bind9-dnsutils dnsmasq-base knot pdns-server pdns-backend-tinydns tinydns'
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile /root/bin
	lab_push build/images/dyndnsd_*.raw /root/
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push build/bin/dyndns-update /root/bin/
	image=$(echo build/images/dyndnsd_*.raw)
	export image=/root/${image##*/} manual=$PWD/services/dyndnsd/dyndnsd.8

	lab /root/bin/dyndns-update --generate-key=/root/key >"$BATS_FILE_TMPDIR/made"
	key=$(sed -n '2s/ *//p' "$BATS_FILE_TMPDIR/made")
	export key
	# Loopback addresses are never published, those for documentation are.
	for n in 1 7 8; do
		lab ip address add 198.51.100.$n/32 dev lo
		lab ip address add 2001:db8::$n/128 dev lo nodad
	done
}

teardown_file() {
	lab_teardown_file
}

setup() {
	lab portablectl --quiet attach --profile=sealed "$image" dyndnsd
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || lab_log | tail -n 40
	lab systemctl stop dyndnsd.socket dyndnsd.service
	lab portablectl --quiet detach "$image" dyndnsd
	lab rm -rf /etc/systemd/system/dyndnsd.service.d /var/lib/dyndnsd /var/lib/private/dyndnsd
	lab systemctl daemon-reload
}

# Installs what the manual page shows for a file, with a change if one is given.
install_example() { # FILE [SED-COMMAND]
	awk -v file="$1" '
		$1 == ".Pa" { named = $2 }
		$1 == ".Ed" { wanted = 0 }
		wanted
		$1 == ".Bd" && named == file { wanted = 1 }' "$manual" |
		sed -e 's/\\e/\\/g' -e "${2-}" >"$BATS_TEST_TMPDIR/example"
	[ -s "$BATS_TEST_TMPDIR/example" ]
	lab mkdir -p "${1%/*}"
	write "$1" <"$BATS_TEST_TMPDIR/example"
}

write() { # FILE
	lab tee "$1" >/dev/null
}

# The directory that name servers read and the image writes to.
publish_names() {
	echo 'g dyndns -' | lab systemd-sysusers -
	lab mkdir -p /srv/dyndns/hosts /var/lib/private
	lab chown -R root:dyndns /srv/dyndns
	lab chmod -R g+w /srv/dyndns
	lab mkdir -p -m 700 /var/lib/private/dyndnsd
	printf '%s\n' "# dynamic: 0 $key" "+$name:192.0.2.1:300" \
		"6$name:20010db8000000000000000000000099:300" | write /var/lib/private/dyndnsd/data
	install_example /etc/systemd/system/dyndnsd.service.d/names.conf
	lab systemctl daemon-reload
	lab systemctl start dyndnsd.socket
}

update() { # FROM
	local to=198.51.100.1
	[[ $1 != *:* ]] || to='[2001:db8::1]'
	lab /root/bin/dyndns-update --bind="[$1]" --key=/root/key "$to"
}

dig() { # PORT NAME TYPE
	lab dig +short +tries=1 +time=1 @127.0.0.1 -p "$1" "$2" "$3"
}

answers() { # PORT TYPE ADDRESS
	[ "$(dig "$1" $name "$2")" = "$3" ]
}

# A path unit does not notice a change while its service runs, as the manual page says.
watches() { # UNIT
	[ "$(lab systemctl show --property=SubState --value "$1.path")" = waiting ]
}

serial() { # PORT
	dig "$1" dyn.example.org SOA | awk '{ print $3 }'
}

# Starts a name server; a path unit makes it reload each new zone.
start_told() { # SERVICE [SED-COMMAND FOR WHAT TELLS IT]
	publish_names
	install_example /etc/systemd/system/dyndns-reload.path
	install_example /etc/systemd/system/dyndns-reload.service "${2-}"
	lab systemctl daemon-reload
	lab systemctl start dyndns-reload.path "$1"
}

# Updates one address after the other: the server soon answers with each, and then a command succeeds.
follows() { # PORT COMMAND...
	local n

	for n in 7 8; do
		update 198.51.100.$n
		eventually answers "$1" A 198.51.100.$n
		"${@:2}"
		update 2001:db8::$n
		eventually answers "$1" AAAA 2001:db8::$n
		"${@:2}"
	done
	answers "$1" A 198.51.100.8
}

# The path unit is ready for the next zone, and this one has a higher serial than $serial.
has_grown() { # PORT
	local new

	eventually watches dyndns-reload
	new=$(serial "$1")
	[ "$new" -gt "$serial" ]
	serial=$new
}

@test "daemons of further packages run in a lab only when a test starts them" {
	for unit in knot.service named.service pdns.service tinydns.service; do
		run -0 lab systemctl show --property=LoadState,ActiveState --value $unit
		[ "$output" = $'loaded\ninactive' ]
	done
}

@test "PowerDNS answers with the new addresses after a path unit has run tinydns-data" {
	lab mkdir -p /etc/tinydns/root
	printf '%s\n' '.dyn.example.org:192.0.2.53:ns.dyn.example.org:300' '' "# dynamic: 0 $key" \
		"+$name:192.0.2.1:300" \
		":$name:28:"'\040\001\015\270\000\000\000\000\000\000\000\000\000\000\000\231:300' |
		write /etc/tinydns/root/data
	lab chown -R tinydns: /etc/tinydns/root
	install_example /etc/systemd/system/dyndnsd.service.d/zone.conf 's/^ExecStart=.*data$/& --record-types=+:/'
	install_example /etc/systemd/system/tinydns-data.path
	install_example /etc/systemd/system/tinydns-data.service
	printf '%s\n' launch=tinydns tinydns-dbfile=/etc/tinydns/root/data.cdb local-address=127.0.0.1 \
		local-port=5352 cache-ttl=0 query-cache-ttl=0 negquery-cache-ttl=0 |
		write /etc/powerdns/pdns.d/tinydns.conf
	lab systemctl daemon-reload
	lab systemctl start tinydns-data.service tinydns-data.path dyndnsd.socket pdns.service
	eventually answers 5352 A 192.0.2.1
	eventually watches tinydns-data
	eventually answers 5352 AAAA 2001:db8::99
	eventually watches tinydns-data
	before=$(serial 5352)
	follows 5352 eventually watches tinydns-data
	[ "$(serial 5352)" -gt "$before" ]
	lab systemctl stop tinydns-data.path pdns.service
}

@test "dnsmasq answers with the new addresses by itself" {
	publish_names
	lab systemd-run --quiet --unit=dnsmasq dnsmasq --keep-in-foreground --conf-file=/dev/null --port=5353 \
		--no-resolv --no-hosts --listen-address=127.0.0.1 --bind-interfaces --pid-file= \
		--hostsdir=/srv/dyndns/hosts
	follows 5353 true
	lab systemctl stop dnsmasq.service
}

@test "Knot answers with the new addresses and a higher serial after a path unit has told it" {
	write /etc/knot/knot.conf <<-'CONF'
		server:
		    rundir: "/run/knot"
		    user: knot:knot
		    listen: 127.0.0.1@5354
		database:
		    storage: "/var/lib/knot"
		zone:
		  - domain: dyn.example.org
		    file: "/srv/dyndns/dyn.example.org.zone"
		    zonefile-sync: -1
		    zonefile-load: whole
	CONF
	start_told knot.service
	serial=0
	follows 5354 has_grown 5354
	lab systemctl stop dyndns-reload.path knot.service
}

@test "BIND answers with the new addresses and a higher serial after a path unit has told it" {
	write /etc/bind/named.conf <<-'CONF'
		options {
			directory "/var/cache/bind";
			listen-on port 5355 { 127.0.0.1; };
			listen-on-v6 { none; };
			recursion no;
		};
		zone "dyn.example.org" {
			type primary;
			file "/srv/dyndns/dyn.example.org.zone";
		};
	CONF
	start_told named.service 's/knotc zone-reload/rndc reload/'
	# until it has a first zone
	update 198.51.100.8
	eventually answers 5355 A 198.51.100.8
	eventually watches dyndns-reload
	serial=$(serial 5355)
	follows 5355 has_grown 5355
	lab systemctl stop dyndns-reload.path named.service
}
