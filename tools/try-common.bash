# SPDX-License-Identifier: LGPL-2.1-or-later
# For the scripts of mkportable-try(1).

# What services and COMMAND print may be of any bytes: a terminal would obey some of them, and
# JSON is UTF-8.
printable() {
	# Terminals obey U+0080 to U+009F as well: U+009B is "ESC [".
	{ iconv -c -f UTF-8 -t UTF-8 || true; } | LC_ALL=C tr '\000-\010\013-\037\177' '[?*]' |
		LC_ALL=C sed 's/\xc2[\x80-\x9f]/?/g'
}

json_string() { # TEXT
	local text=$1

	text=${text//\\/\\\\}
	text=${text//\"/\\\"}
	text=${text//$'\t'/\\t}
	printf '"%s"' "${text//[$'\x01'-$'\x1f']/ }"
}

version_of() { # STATE
	"$tools/lab" run "$1" systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p'
}
