# SPDX-License-Identifier: LGPL-2.1-or-later
# What more than one bats file needs: load it with "load helpers".

# Waits until a command succeeds, instead of sleeping for a guessed time. It is
# run again and again: give it a condition, not an action.
eventually() {
	local deadline=$((SECONDS + 60)) # most take a blink; whole systems on a machine with other work do not

	until "$@"; do
		((SECONDS < deadline)) || {
			echo "never became true: $*" >&2
			return 1
		}
		sleep 0.05
	done
}

# Succeeds when a command fails. "!" would do, but bats ignores its outcome
# anywhere but in the last line of a test, and eventually cannot run it.
fails() {
	! "$@"
}

# For a test of mkportable: the one under test is first in PATH, and the test works in a
# directory of its own. build and service are for such a test; build_options holds what each build needs.
in_scratch() {
	repository=$BATS_TEST_DIRNAME/..
	PATH=$(cd "${BUILD:-$repository/build}" && pwd):$PATH
	unset SOURCE_DATE_EPOCH
	cd "$BATS_TEST_TMPDIR" || return
	build_options=(--os-release="$repository/os-release.in")
}

build() { # [OPTION...] DIRECTORY
	mkportable build "${build_options[@]}" "$@"
}

# An image directory with one service, whose [Service] is the lines given.
service() { # NAME LINE...
	mkdir -p "$1"
	printf '%s\n' '[Service]' "${@:2}" >"$1/$1.service"
}

# Succeeds when mkportable was called wrongly: this line, status 2 and no output.
usage_error() { # LINE COMMAND...
	# shellcheck disable=SC2154 # bats sets stderr and output
	run -2 --separate-stderr "${@:2}"
	echo "is: $stderr"
	[ "$stderr" = "mkportable: $1; see 'mkportable --help'" ]
	[ -z "$output" ]
}

# The lines of the README's console block that holds a pattern.
block_with() {
	awk -v pattern="$1" '
		/^```console/ { inside = 1; text = ""; next }
		/^```/ && inside { inside = 0; if (text ~ pattern) printf "%s", text }
		inside { text = text $0 "\n" }' README.md
}
