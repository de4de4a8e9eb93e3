#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Pages in a real browser, from 320 to 1,920 pixels, in light and in dark. The visitor counter's
# fit with 1 to 20 digits, and what it has for programs is shown as well; lunch fits over HTTPS.

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	cd "$BATS_TEST_DIRNAME/.."
	PATH=$PWD/build/bin:$PWD/tests:$PATH
	export PATH
	command -v visitord >/dev/null
}

setup() {
	command -v chromium-headless-shell >/dev/null || skip "no chromium-headless-shell"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	local pid

	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || true
	done
	wait
}

# Starts a counter that was at this number.
serve() { # NUMBER
	mkdir "$1"
	echo "$1" >"$1/counter"
	visitord --listen=127.0.0.1:0 --state="$1" 2>"$1/log" 3>&- &
	eventually grep -q 'serving http on' "$1/log"
	url=http://$(sed -n 's/.*serving http on \(127.*\)$/\1/p' "$1/log")
}

# Fails with the measurements for which the expression of jq is not true.
all() { # EXPRESSION
	jq --compact-output "select(($1) | not)" seen >wrong
	cat wrong
	[ ! -s wrong ]
}

@test "the page fits with 1 to 20 digits, from 320 to 1,920 pixels, in light and dark" {
	local digits number

	for ((digits = 1; digits <= 20; digits++)); do
		# 8 is as wide as any; the twentieth is the last number that there is.
		printf -v number '%*s' $((digits - 1)) ''
		number=${number// /8}7
		[ "$digits" -lt 20 ] || number=18446744073709551614
		serve "$number"
		echo "$url/"
	done >urls
	browser.py <urls >seen
	[ "$(wc -l <seen)" = $((20 * 8 * 2)) ]
	[ "$(jq '.text | length' seen | sort -nu | wc -l)" = 20 ]
	all '.status == 200 and .errors == []'
	all '.overflow == 0 and .lines == 1'
	all '.size >= 16 and .contrast >= 4.5'
	[ "$(jq .contrast seen | sort -u | wc -l)" = 2 ]
	# A number of seven digits is larger than the text around it by far.
	[ "$(jq 'select((.text | length) == 31 and .size < 45)' seen)" = '' ]
}

@test "a browser shows why it has no number, and that there is no such page" {
	serve 18446744073709551615
	printf '%s\n' "$url/" "$url/other" >urls
	browser.py <urls >seen
	[ "$(wc -l <seen)" = $((2 * 8 * 2)) ]
	all '.overflow == 0 and .lines == 1 and .contrast >= 4.5'
	all 'if .status == 503 then (.text | test("you were not counted")) else .status == 404 and (.text | test("no such page")) end'
	# The answer's status is all that the browser complains about.
	all '.errors | length == 1'
}

@test "a browser shows the metrics and the badge, also when there is no number" {
	serve 18446744073709551614
	# A page of another server embeds the badge.
	echo "<!DOCTYPE html><link rel=icon href=data:,><img src=$url/badge.svg>" >page.html
	python3 -u -m http.server --bind 127.0.0.1 0 >embedding 2>&1 3>&- &
	eventually grep -q 'Serving HTTP' embedding
	printf '%s\n' "$url/metrics" "$url/badge.svg" \
		"http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\) .*/\1/p' embedding)/page.html" >urls
	browser.py <urls >seen
	[ "$(wc -l <seen)" = $((3 * 8 * 2)) ]
	all 'if .url | endswith("/metrics") then .status == 200 and (.text | test("visits_total 18446744073709551614")) else true end'
	# The words are in their halves of the badge, and the number within the whole.
	all 'if .url | endswith("badge.svg") then .texts[0][0] > 0 and .texts[0][1] < 57 and .texts[1][0] > 54 and .texts[1][1] < 209 else true end'
	all 'if .url | endswith("/page.html") then .images == [146] else true end'
}

@test "lunch fits over HTTPS, the longest name as well as the shortest" {
	openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=x -keyout lunchd.key \
		-out lunchd.crt 2>/dev/null
	printf '%080d|%0240d' 0 0 >long
	echo 'Pho|' >short
	echo 'Königsberger Klopse & <Kapern> in weißer Soße | With potatoes, of course' >usual
	for menu in long short usual; do
		CREDENTIALS_DIRECTORY=$PWD lunchd --listen=127.0.0.1:0 --menu=$menu 2>log.$menu 3>&- &
		eventually grep -q 'serving https on' log.$menu
		echo "https://$(sed -n 's/.*serving https on \(127.*\)$/\1/p' log.$menu)/"
	done >urls
	browser.py <urls >seen
	[ "$(wc -l <seen)" = $((3 * 8 * 2)) ]
	all '.status == 200 and .errors == [] and (.title | startswith("Lunch: "))'
	all '.overflow == 0 and .size >= 28 and .contrast >= 4.5'
	[ "$(jq .contrast seen | sort -u | wc -l)" = 2 ]
	[ "$(jq -r 'select(.title == "Lunch: Pho") | .lines' seen | sort -u)" = 1 ]
	grep -qF '& <Kapern>' seen
}
