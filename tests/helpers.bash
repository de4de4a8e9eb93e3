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
