#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bash, zsh and fish complete what --help says: each verb, each option, and what it takes.
# Real shells are asked, at a terminal (tests/complete.py).
#
# Needs: make completion

load helpers

setup() {
	bats_require_minimum_version 1.5.0
	in_scratch
	export HOME=$PWD # where fish makes directories
	completion=$(readlink -f "$repository/build/completion")
	mkdir images work
	touch visitord.raw 'some other.raw' work/one.service
}

# What SHELL makes of each line.
ask() { # SHELL KEYS LINE...
	local program=${3%% *} script

	case $1 in
	bash) script=$completion/bash/$program ;;
	zsh) script=$completion/zsh/_$program ;;
	fish) script=$completion/fish/$program.fish ;;
	esac
	python3 "$repository/tests/complete.py" "$1" "$script" "$program" "${@:2}"
}

# Each line of the standard input is "LINE -> WORD": what its last word becomes, without the
# "/" and "=" after which one goes on.
are_completed() { # SHELL
	local lines=() words=() became i=0

	while IFS= read -r line; do
		lines+=("${line%% -> *}")
		words+=("${line#* -> }")
	done
	ask "$1" tab "${lines[@]}" >became.txt
	while IFS= read -r became; do
		became=${became##*$'\t'}
		echo "$1: '${lines[i]}': '$became'"
		[ "${became%[/=]}" = "${words[i]}" ] || return
		i=$((i + 1))
	done <became.txt
	[ "$i" -eq "${#lines[@]}" ]
}

# Everything that SHELL offers for a line.
offered() { # SHELL LINE
	ask "$1" all "$2" | tr '\t' '\n' | sed 's/=$//' | grep -e "${3--}" | sort -u
}

# --help in another way than tools/completion reads it.
options_of() { # PROGRAM [VERB]
	"$@" --help | grep -E '^ +-' | grep -oE -- '(^| |\[)--[a-z][a-z0-9-]*' | grep -oE -- '--.*' | sort -u
}

verbs() {
	mkportable --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p'
}

@test "bash, zsh and fish complete words of the command line" {
	for shell in bash zsh fish; do
		are_completed $shell <<'EOT'
mkportable bui -> build
mkportable --vers -> --version
mkportable build --program-p -> --program-path
mkportable build --format=sq -> --format=squashfs
mkportable build --format dir -> directory
mkportable build --verity=si -> --verity=sidecar
mkportable lint --format=sa -> --format=sarif
mkportable try --format=ma -> --format=markdown
mkportable try --suggest=ti -> --suggest=tight
mkportable try --suggest vis -> visitord.raw
mkportable build --verity im -> images
mkportable lint --profile=no -> --profile=nonetwork
mkportable lint vis -> visitord.raw
mkportable lint so -> some other.raw
mkportable lint --certificate=vis -> --certificate=visitord.raw
mkportable lint --json vis -> visitord.raw
mkportable new --from=work/o -> --from=work/one.service
mkportable build --root=im -> --root=images
mkportable build im -> images
EOT
		are_completed $shell <<'EOT'
dyndns-update --genk -> --genkey
dyndns-update --key=vis -> --key=visitord.raw
dyndns-update --ip-af=4 -> --ip-af=4
EOT
	done
}

@test "nothing is offered where a file or a word would be wrong" {
	lines=('mkportable build vis' 'mkportable new vis' 'mkportable build --version=vis' 'mkportable build --root=vis'
		'mkportable build --rules' 'mkportable nothing --fo')
	for shell in bash zsh; do
		diff <(ask $shell tab "${lines[@]}") <(printf '%s\n' "${lines[@]#mkportable }" | tr ' ' '\t')
	done
	[ -z "$(ask fish tab "${lines[@]}" | tr -d '\n')" ]
}

@test "each verb and each option that --help lists is offered, and no other" {
	mapfile -t lines < <(verbs | sed 's/.*/mkportable & --/')
	for shell in bash zsh fish; do
		diff <(offered $shell 'mkportable ' '^[a-z]') <(verbs | sort)
		ask $shell all "${lines[@]}" >offers.txt
		for verb in $(verbs); do
			IFS= read -r offers
			diff <(tr '\t' '\n' <<<"$offers" | sed 's/=$//' | grep -e -- | sort -u) <(options_of mkportable "$verb")
		done <offers.txt
		diff <(offered $shell 'dyndns-update --') <(options_of "$repository/build/bin/dyndns-update")
	done
	[ "$(verbs | wc -l)" -ge 7 ]
	[ "$(options_of mkportable build | wc -l)" -ge 15 ]
}

@test "each option that is offered is one that the program knows" {
	for verb in $(verbs); do
		for option in $(offered bash "mkportable $verb --"); do
			run mkportable "$verb" "$option" </dev/null
			[[ $output != *'unknown option'* ]]
		done
	done
}

@test "the program lacks no option in --help that its table has" {
	for verb in $(verbs); do
		[ -e "$repository/mkportable/verbs/$verb.c" ] || continue # a script
		diff <(sed -n '/^static const struct option options/,/^}/s/.*{ \.name = "\([a-z-]*\)".*/--\1/p' \
			"$repository/mkportable/verbs/$verb.c" | sort) <(options_of mkportable "$verb")
	done
}

@test "a name in --help cannot leave its quotes in the completion of a shell" {
	cat >evil <<'EOT'
#!/bin/sh
cat <<'EOF'
Usage: evil [OPTION]... IMAGE

  $(touch ran) WORD
      a verb that is none
  ve;touch ran WORD
      another one

  --one=FILE    it's $(touch ran) `touch ran` "quoted" [in] brackets: \ and 'ticks'
  --two=a|b     %s %d \n $HOME
EOF
EOT
	chmod +x evil
	for shell in bash zsh fish; do
		"$repository/tools/completion" $shell ./evil >evil.$shell
		$shell -n evil.$shell
	done
	mv evil.zsh _evil
	for line in 'evil --o' 'evil --two=b'; do
		for script in evil.bash _evil evil.fish; do
			shell=${script#evil.}
			python3 "$repository/tests/complete.py" "${shell/_evil/zsh}" "$PWD/$script" evil tab "$line" >out
			grep -qE '^--(one|two=b)' out
		done
	done
	[ ! -e ran ]
}

@test "a program that cannot be asked makes no completion" {
	printf '#!/bin/sh\nexit 3\n' >fails
	chmod +x fails
	run -1 --separate-stderr "$repository/tools/completion" bash ./fails
	[ -z "$output" ]
	[ "$stderr" = 'completion: cannot ask: ./fails --help' ]
	printf '#!/bin/sh\n[ "$1" != --help ] || printf "Usage: vague\\n\\n  --format=FORMAT  one of several\\n"\n' >vague
	chmod +x vague
	run -1 --separate-stderr "$repository/tools/completion" fish ./vague
	[ -z "$output" ]
	[ "$stderr" = "completion: './vague --format=?' does not say what is right" ]
	for arguments in '' bash 'tcsh mkportable' 'bash a b'; do
		# shellcheck disable=SC2086 # a list of words
		run -2 "$repository/tools/completion" $arguments
	done
}
