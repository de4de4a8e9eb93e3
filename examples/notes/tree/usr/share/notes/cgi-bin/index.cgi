#!/usr/bin/busybox sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keeps the line that is sent, if one is, and answers with all lines.
set -eu
notes=$STATE_DIRECTORY/notes
if [ "$REQUEST_METHOD" = POST ]; then
	line=$(busybox head -c 200 | busybox tr -d '\000-\037\177')
	printf '%s\n' "$line" >>"$notes"
fi
printf 'Content-Type: text/plain; charset=utf-8\r\n\r\n'
[ ! -e "$notes" ] || busybox cat "$notes"
