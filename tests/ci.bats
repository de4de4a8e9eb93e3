#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the files for GitHub and GitLab run, works: each step is a target of make or a script,
# ci/image makes and lints an image in a repository of somebody else, and actionlint finds
# nothing. These files themselves run on machines of others only.

load helpers

setup() {
	bats_require_minimum_version 1.5.0
	in_scratch
	repository=$(readlink -f "$repository")
	unset MAKEFLAGS MAKELEVEL MFLAGS "${!GITHUB_@}" "${!CI_@}"
	service 'my hello' ExecStart=/usr/bin/hello DynamicUser=yes
	mv 'my hello/my hello.service' 'my hello/hello.service'
	mv 'my hello' hello
	printf '[Install]\nWantedBy=multi-user.target\n' >>hello/hello.service
	mkdir bin
	cp "$repository/build/bin/qotd" bin/hello
}

# A value of a YAML file, as JSON: "runs.steps.0.run".
yaml() { # FILE PATH
	/usr/bin/python3 -c '
import json, sys, yaml
value = yaml.safe_load(open(sys.argv[1]))
for key in filter(None, sys.argv[2].split(".")):
    value = value[int(key) if isinstance(value, list) else key]
print(value if isinstance(value, str) else json.dumps(value))' "$@"
}

# action.yml as GitHub runs it: NAME=VALUE for an input, the defaults for others.
action() { # [NAME=VALUE]...
	local environment=() variable expression name value given

	while IFS=$'\t' read -r variable expression; do
		name=${expression#'${{ inputs.'}
		name=${name%' }}'}
		value=$(yaml "$repository/action.yml" "inputs.$name" | jq -r '.default // ""')
		for given; do
			[[ $given != "$name="* ]] || value=${given#*=}
		done
		environment+=("$variable=$value")
	done < <(yaml "$repository/action.yml" runs.steps.0.env | jq -r 'to_entries[] | "\(.key)\t\(.value)"')
	[ "${#environment[@]}" -ge 5 ]
	env "${environment[@]}" GITHUB_ACTIONS=true GITHUB_ACTION_PATH="$repository" GITHUB_OUTPUT="$PWD/outputs" \
		sh -e -c "$(yaml "$repository/action.yml" runs.steps.0.run)"
}

@test "the action makes an image and lints it, and says where both are" {
	make -C "$repository" --question build/mkportable
	run -0 action directory=hello version=1.2 options=$'--program-path=bin\n\n--format=squashfs' output='my output'
	echo "$output"
	make -C "$repository" --question build/mkportable # nothing of it was made anew
	mkportable show 'my output/hello_1.2.raw' | grep -q hello.service
	[ "$(<outputs)" = $'image=my output/hello_1.2.raw\nsarif=my output/lint.sarif' ]
	[ "$(jq '.runs | length' 'my output/lint.sarif')" = 1 ]
	[[ $output == *"::add-matcher::$repository/ci/matcher.json"* ]]
	for output in image sarif; do
		[ "$(yaml "$repository/action.yml" "outputs.$output.value")" = "\${{ steps.$(yaml "$repository/action.yml" runs.steps.0.id).outputs.$output }}" ]
	done
}

@test "the version is that of the tag, on GitHub and on GitLab, or else 0" {
	export DIRECTORY=hello OPTIONS=--program-path=bin
	GITHUB_REF_TYPE=tag GITHUB_REF_NAME=v2.5 "$repository/ci/image"
	GITHUB_REF_TYPE=branch GITHUB_REF_NAME=v2.6 "$repository/ci/image"
	CI_COMMIT_TAG=v3 "$repository/ci/image"
	VERSION=4 CI_COMMIT_TAG=v3 "$repository/ci/image"
	[ "$(printf '%s\n' portable/*.raw)" = 'portable/hello_0.raw
portable/hello_2.5.raw
portable/hello_3.raw
portable/hello_4.raw' ]
}

@test "what is wrong with the image fails the step, and is in SARIF when there is an image" {
	run -1 action directory=hello options=--program-path=bin lint-options=--exposure-max=0.1
	[[ $output == *': error: exposure-too-high: '* ]]
	jq -e '[.runs[].results[] | select(.ruleId == "exposure-too-high")] | length == 1' portable/lint.sarif
	[ -s outputs ]

	run -1 action directory=hello version=9
	[[ $output == *"cannot find the program '/usr/bin/hello' of ExecStart="* ]]
	[ ! -e portable/hello_9.raw ]
}

@test "inputs are not commands, and mistakes are one line" {
	run -2 --separate-stderr action directory='$(touch ran)'
	[ "$stderr" = "ci/image: \$DIRECTORY: there is no directory '\$(touch ran)'" ]
	run ! action directory=hello version='`touch ran`'
	run ! action directory=hello options=$'--program-path=bin\n$(touch ran); touch ran'
	mkdir -- --help
	cp hello/hello.service -- --help/
	run ! action directory=--help options=--program-path=bin
	[[ $output != *Usage* ]]
	[ ! -e ran ]
	run -2 --separate-stderr action directory=hello output=$'a\nimage=b'
	[ "$stderr" = 'ci/image: $OUTPUT and $VERSION are one line each' ]
	run -2 --separate-stderr "$repository/ci/image"
	[ "$stderr" = 'ci/image: $DIRECTORY is missing: the directory of unit files' ]
	run -2 --separate-stderr "$repository/ci/image" hello
	[ ! -e outputs ] || [ ! -s outputs ]
}

@test "GitHub finds file, line and severity in what build says" {
	sed -i 's/^DynamicUser=.*/&\nRootDirectory=\/nowhere\nNoSuchSetting=1/' hello/hello.service
	run -1 mkportable build "${build_options[@]}" --program-path=bin hello
	python3 - "$repository/ci/matcher.json" 3<<<"$output" <<'EOT'
import json, os, re, sys
pattern = json.load(open(sys.argv[1]))["problemMatcher"][0]["pattern"][0]
found = []
for line in os.fdopen(3):
    if match := re.match(pattern["regexp"], line):
        found.append([match.group(pattern[key]) for key in ("file", "line", "severity")])
print(found)
assert found and all(file == "hello/hello.service" and int(line) > 1 for file, line, _ in found)
assert any(severity == "error" for *_, severity in found)
EOT
}

@test "the job for GitLab makes an image" {
	mkdir stubs
	printf '#!/bin/sh\necho "$*" >>ran\n' >stubs/apt-get
	chmod +x stubs/apt-get
	# what is there to be cloned, as it lies here, with what is built
	printf '#!/bin/sh\n[ "$1 $2 $3 $4" = "clone --quiet --depth=1 --branch=v1" ] && [ "$5" = here ] && [ ! -e "$6" ] && ln -s "%s" "$6"\n' "$repository" >stubs/git
	chmod +x stubs/git
	/usr/bin/python3 - "$repository/ci/gitlab.yml" >job <<'EOT'
import shlex, sys, yaml
job = yaml.safe_load(open(sys.argv[1]))[".portable-image"]
given = {"MKPORTABLE_REPOSITORY": "here", "MKPORTABLE_REF": "v1", "DIRECTORY": "hello", "OPTIONS": "--program-path=bin"}
assert set(given) < set(job["variables"])
for name, value in {**job["variables"], **given}.items():
    print(f"export {name}={shlex.quote(value)}")
print("\n".join(job["script"]))
assert job["artifacts"]["paths"] == ["$OUTPUT/"]
EOT
	PATH=$PWD/stubs:$PATH CI_PROJECT_DIR=$PWD CI_COMMIT_TAG=v5 sh -e job
	[ -s portable/hello_5.raw ]
	[ -s portable/lint.sarif ]
	[ "$(sed -n 's/ .*//p' ran)" = "$(printf '%s\n' -q -q)" ]
	# The next job of the same runner finds what this one left.
	PATH=$PWD/stubs:$PATH CI_PROJECT_DIR=$PWD CI_COMMIT_TAG=v6 sh -e job
	[ -s portable/hello_6.raw ]
	rm "$PWD.mkportable"
}

@test "each step of the workflows is a command of Debian, a target of make or a script that is here" {
	cd "$repository"
	make help >"$BATS_TEST_TMPDIR/targets"
	for file in .github/workflows/*.yml; do
		yaml "$file" jobs | jq -r '.[].steps[].run // empty' | while IFS= read -r command; do
			echo "$file: $command"
			case $command in
			'apt-get -q update && apt-get -q install '* | 'gh release create '* | 'git config '*) continue ;;
			esac
			[[ $command != ci/as-user\ * ]] || command=${command#* }
			# shellcheck disable=SC2086 # its words
			set -- $command
			case $1 in
			make) [ -z "${2-}" ] || grep -q "^  make $2 " "$BATS_TEST_TMPDIR/targets" ;;
			*) [ -x "$1" ] ;;
			esac || return
		done
	done
}

@test "actionlint finds nothing in the workflows, and something in a wrong one" {
	cd "$repository"
	run -0 tools/actionlint .github/workflows/*.yml
	[ -z "$output" ]
	sed 's/matrix\.debian/matrix.suite/' .github/workflows/ci.yml >"$BATS_TEST_TMPDIR/wrong.yml"
	run -1 tools/actionlint "$BATS_TEST_TMPDIR/wrong.yml"
	[[ $output == *'wrong.yml:'*': property "suite" is not defined'* ]]
}

@test "the steps without root run as an ordinary user, whose files are taken away" {
	[ "$(id -u)" -eq 0 ] || skip "setpriv needs root to become another user"
	mkdir -p checkout/ci
	cp "$repository/ci/as-user" checkout/ci/
	chmod a+x "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_RUN_TMPDIR"
	run -0 checkout/ci/as-user sh -c 'id -un; touch "$HOME/mine" here; echo "$HOME"; pwd'
	[ "${lines[0]}" = nobody ]
	[ ! -e "${lines[1]}" ]
	[ "$(stat --format=%U checkout/here)" = nobody ]
	run -7 checkout/ci/as-user sh -c 'exit 7'
	run -2 checkout/ci/as-user
}

@test "make check-user runs the tests that do not say that they need root" {
	cd "$repository"
	run -0 make --dry-run check-user
	[[ $output == *'tests/run user'* ]]
	grep -qL '^# Needs root: ' tests/*.bats
	grep -q '^# Needs root: ' tests/lint.bats
}
