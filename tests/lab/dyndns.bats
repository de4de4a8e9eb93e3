#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The dynamic DNS receiver and its client as attached portable services: packets
# from another network namespace start it, over IPv4 and IPv6, no packet counts
# twice over its many lives, and a host unit sees each new zone file. Asked of a
# real systemd.

bats_require_minimum_version 1.5.0
load ../lab

state=/var/lib/private/dyndnsd
zone=$state/data

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	lab_setup_file
	lab mkdir -p /etc/systemd/portable/profile /etc/credstore /root/bin
	lab_push build/images/dyndnsd_*.raw build/images/dyndns-update_*.raw /root/
	lab_push profiles/* /etc/systemd/portable/profile/
	lab_push build/bin/dyndns-update build/tools/datagrams /root/bin/
	image=$(echo build/images/dyndnsd_*.raw)
	client=$(echo build/images/dyndns-update_*.raw)
	export image=/root/${image##*/} client=/root/${client##*/}

	lab /root/bin/dyndns-update --generate-key=/etc/credstore/dyndns.key >"$BATS_FILE_TMPDIR/made"
	key=$(sed -n '2s/ *//p' "$BATS_FILE_TMPDIR/made")
	export key
	# The client's side of the world, with some addresses to be at.
	lab ip netns add client
	lab ip link add server0 type veth peer name client0 netns client
	lab ip link set server0 up
	lab ip address add 198.51.100.1/24 dev server0
	lab ip address add 2001:db8::1/64 dev server0 nodad
	client_net ip link set lo up
	client_net ip link set client0 up
	for n in 7 8 66; do
		client_net ip address add 198.51.100.$n/24 dev client0
		client_net ip address add 2001:db8::$n/64 dev client0 nodad
	done
}

teardown_file() {
	lab_teardown_file
}

setup() {
	lab mkdir -p /var/lib/private
	lab mkdir -m 700 $state
	printf '%s\n' "# dynamic: 0 $key" '+a.example:192.0.2.1:300' \
		'6a.example:20010db8000000000000000000000099' | lab tee $zone >/dev/null
}

teardown() {
	# 262 stops none of them when one is not loaded.
	lab systemctl stop dyndnsd.socket dyndnsd.service 2>/dev/null || true
	lab systemctl stop dyndns-update.timer dyndns-update.service 2>/dev/null || true
	lab portablectl detach "$image" dyndnsd 2>/dev/null || true
	lab portablectl detach "$client" dyndns-update 2>/dev/null || true
	lab rm -rf /var/lib/dyndnsd $state /etc/systemd/system/dyndns{d,-update}.service.d
	lab systemctl reset-failed 2>/dev/null || true
	lab systemctl daemon-reload
}

client_net() {
	lab ip netns exec client "$@"
}

# nft of this machine, in the client's network: the lab has none.
client_nft() {
	local init _
	read -r init _ <"$LAB_STATE/init"
	nsenter --net="/proc/$init/root/run/netns/client" nft -f -
}

attach() { # ARGUMENTS...
	lab portablectl --quiet attach "$@" "$image" dyndnsd
	lab systemctl start dyndnsd.socket
}

drop_in() { # SERVICE LINES...
	lab mkdir -p "/etc/systemd/system/$1.service.d"
	printf '%s\n' '[Service]' "${@:2}" | lab tee "/etc/systemd/system/$1.service.d/test.conf" >/dev/null
	lab systemctl daemon-reload
}

update() { # FROM [OPTIONS...]
	local from=$1 to=198.51.100.1
	[[ $from != *:* ]] || to='[2001:db8::1]'
	client_net /root/bin/dyndns-update --bind="[$from]" --key=/etc/credstore/dyndns.key "${@:2}" "$to"
}

has() { # LINE
	lab grep -qxF -- "$1" $zone
}

is() { # STATE UNIT
	[ "$(lab systemctl is-active "$2")" = "$1" ]
}

@test "the first packet starts it, under each of our profiles, from IPv4 and IPv6" {
	for profile in sealed sealed-outbound; do
		attach --profile=$profile
		is inactive dyndnsd.service
		update 198.51.100.7
		eventually has '+a.example:198.51.100.7:300'
		update 2001:db8::7
		eventually has '6a.example:20010db8000000000000000000000007'
		run -0 update 198.51.100.8 --v2 --wait=5
		[[ $output == *': published 198.51.100.8' ]]
		is active dyndnsd.service
		teardown
		setup
	done
}

@test "it ends between packets, and a packet of an earlier life is refused in each later one" {
	attach --profile=sealed
	drop_in dyndnsd ExecStart= 'ExecStart=/usr/bin/dyndnsd --idle=1'
	client_net sh -c '
		/root/bin/datagrams catch 198.51.100.66 7777 /root/packet >/root/caught &
		until grep -q ready /root/caught; do sleep 0.05; done
		/root/bin/dyndns-update --key=/etc/credstore/dyndns.key 198.51.100.66:7777
		wait'
	client_net /root/bin/datagrams send 198.51.100.7 198.51.100.1 5533 /root/packet
	eventually has '+a.example:198.51.100.7:300'
	for n in 1 2 3; do
		eventually is inactive dyndnsd.service
		[ "$(lab systemctl show --property=Result --value dyndnsd.service)" = success ]
		client_net /root/bin/datagrams send 198.51.100.66 198.51.100.1 5533 /root/packet
		run -0 update 198.51.100.7 --v2 --address=198.51.100.7 --wait=5
		[[ $output == *': published before 198.51.100.7' ]]
	done
	is active dyndnsd.socket
}

@test "with a damaged state a packet starts it once, and after the repair it goes on" {
	lab sh -c "echo damaged >$state/state"
	attach --profile=sealed
	started() { lab journalctl --boot --quiet --no-pager --output=cat --unit=dyndnsd.service --grep='is damaged at line 1'; }
	for n in 1 2 3; do
		update 198.51.100.7
		eventually is failed dyndnsd.service
		[ "$(started | wc -l)" -eq "$n" ]
		lab systemctl reset-failed dyndnsd.service
	done
	is active dyndnsd.socket
	lab rm $state/state
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
}

@test "datagrams of other lengths do not start it once it has run" {
	attach --profile=sealed
	drop_in dyndnsd ExecStart= 'ExecStart=/usr/bin/dyndnsd --idle=1'
	update 198.51.100.7
	eventually has '+a.example:198.51.100.7:300'
	eventually is inactive dyndnsd.service
	client_net /root/bin/datagrams sizes 198.51.100.66 198.51.100.1 5533 5000
	is inactive dyndnsd.service
	update 198.51.100.8
	eventually has '+a.example:198.51.100.8:300'
}

@test "behind a NAT the address of the NAT is published, and the answer comes back" {
	attach --profile=sealed
	lab ip netns add inside
	lab ip link add nat0 netns client type veth peer name inside0 netns inside
	client_net ip link set nat0 up
	client_net ip address add 10.0.0.1/24 dev nat0
	lab ip netns exec inside ip link set inside0 up
	lab ip netns exec inside ip address add 10.0.0.2/24 dev inside0
	lab ip netns exec inside ip route add default via 10.0.0.1
	client_net sysctl -qw net.ipv4.ip_forward=1
	client_nft <<-'EOF'
		table ip nat {
			chain post {
				type nat hook postrouting priority 100;
				oifname "client0" snat to 198.51.100.8
			}
		}
	EOF
	run -0 lab ip netns exec inside /root/bin/dyndns-update --key=/etc/credstore/dyndns.key \
		--v2 --wait=5 198.51.100.1
	[[ $output == *': published 198.51.100.8' ]]
	echo 'delete table ip nat' | client_nft
	lab ip netns delete inside
}

@test "a zone of the host, bound as a directory, is updated, and a path unit sees it" {
	lab mkdir -p /srv/zone
	lab cp $zone /srv/zone/data
	lab chmod 0777 /srv/zone
	lab chmod 0666 /srv/zone/data
	printf '%s\n' '[Path]' 'PathChanged=/srv/zone/data' | lab tee /run/systemd/system/compile.path >/dev/null
	printf '%s\n' '[Service]' 'Type=oneshot' 'ExecStart=cp /srv/zone/data /srv/zone/compiled' |
		lab tee /run/systemd/system/compile.service >/dev/null
	attach --profile=sealed
	drop_in dyndnsd 'BindPaths=/srv/zone:/run/zone' ExecStart= 'ExecStart=/usr/bin/dyndnsd --zone=/run/zone/data'
	lab systemctl start compile.path
	update 198.51.100.7
	eventually lab grep -qxF '+a.example:198.51.100.7:300' /srv/zone/data
	eventually lab grep -qxF '+a.example:198.51.100.7:300' /srv/zone/compiled
	update 198.51.100.8
	eventually lab grep -qxF '+a.example:198.51.100.8:300' /srv/zone/compiled
	lab systemctl stop compile.path
	lab rm -rf /srv/zone
}

@test "the client's image updates by its timer, with the key as a credential" {
	attach --profile=sealed
	lab portablectl --quiet attach --profile=sealed-outbound "$client" dyndns-update
	drop_in dyndns-update Environment=DYNDNS_DESTINATION=198.51.100.1 ExecStart= \
		'ExecStart=/usr/bin/dyndns-update --v2 --address=198.51.100.66 --wait=5'
	run -0 lab systemctl start dyndns-update.service
	has '+a.example:198.51.100.66:300'
	run -0 lab systemctl start dyndns-update.timer
	is active dyndns-update.timer
	run -0 lab systemctl show --property=NextElapseUSecMonotonic --value dyndns-update.timer
	[ -n "$output" ]
}

@test "its exposure is at most 0.3 alone, with our profile, and with a name that is no profile" {
	for profile in sealed sealed-typo trusted; do
		attach --profile="$profile"
		e=$(lab systemd-analyze security --no-pager dyndnsd.service |
			sed -n 's/.*Overall exposure level for dyndnsd.service: \([0-9.]*\) .*/\1/p')
		echo "$profile: $e"
		awk -v e="$e" 'BEGIN { exit !(e != "" && e <= 0.3) }'
		teardown
		setup
	done
}
