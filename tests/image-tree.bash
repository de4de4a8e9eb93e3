# SPDX-License-Identifier: LGPL-2.1-or-later
# For bats files that change a good image, to see what is said of it then: the current
# directory is the image's root, and $units the directory of its units in there.
# shellcheck disable=SC2154 # who loads this sets $units

add() { # UNIT SECTION LINE...
	local unit=$1 section=$2 line
	shift 2
	for line; do
		sed -i "s|^\[$section\]|&\n$line|" "$units/$unit"
	done
}

release() { # SED-EXPRESSION
	sed -i "$1" usr/lib/os-release
}
