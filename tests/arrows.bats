#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Arrows between rooms run downward, in no circle, and from no program into another
# (docs/architecture.md). An arrow is an #include, or a function that one object file
# takes from another.

bats_require_minimum_version 1.5.0

# The rooms of the programs that have several, and how high each lies.
levels() {
	cat <<-'EOT'
		1 mkportable/base
		2 mkportable/disk
		2 mkportable/units
		3 mkportable/plan
		4 mkportable/read
		4 mkportable/write
		5 mkportable/rules
		6 mkportable/verbs
		1 init/units
		2 init/walls
		3 init/run
		4 init
	EOT
}

# Prints "arrow FROM TO" for each #include of a header of ours, and a sentence for each
# that finds none beside it, in its own program, or in lib.
includes() { # ROOT
	(
		cd "$1"
		find host init lib mkportable services -name '*.[ch]' 2>/dev/null | sort | while IFS= read -r file; do
			case $file in
			services/*/*) program=${file%/*} ;;
			*) program=${file%%/*} ;;
			esac
			sed -n 's/^#include "\(.*\)".*/\1/p' "$file" | while IFS= read -r header; do
				for to in "${file%/*}/$header" "$program/$header" "lib/$header"; do
					[ ! -f "$to" ] || {
						echo "arrow $file $to"
						continue 2
					}
				done
				echo "$file includes '$header', which is neither of $program nor of lib"
			done
		done
	)
}

# The same of object files: which file defines what another one takes.
calls() { # BUILD
	(
		cd "$1"
		find static/lib static/init static/services host/host host/mkportable -name '*.o' | while IFS= read -r object; do
			source=${object#*/} # it may be gone, and the object still there
			[ ! -f "$BATS_TEST_DIRNAME/../${source%o}c" ] || nm -A --format=posix "$object"
		done |
			awk '
				{ object = $1; sub(/^[a-z]*\//, "", object); sub(/o:$/, "c", object) }
				{ program = object; sub(/^services\//, "", program); sub(/\/.*/, "", program) }
				$3 ~ /^[TDBR]$/ { defined[program " " $2] = object }
				$3 == "U" { taken[object " " program " " $2] = 1 }
				END {
					for (t in taken) {
						split(t, word, " ")
						to = defined[word[2] " " word[3]]
						if (to != "" && to != word[1])
							print "arrow", word[1], to
					}
				}' | sort -u
	)
}

# Passes sentences on, and makes one of each arrow that does not run downward, and of each circle.
faults() {
	levels >"$BATS_TEST_TMPDIR/levels"
	awk -v circles="$BATS_TEST_TMPDIR/circles" '
		function room(file) { sub(/\/[^\/]*$/, "", file); return file }
		FILENAME != "-" { level[$2] = $1; next }
		$1 != "arrow" { print; next }
		{
			from = room($2); to = room($3)
			if (from ~ /^(init|mkportable)/ && !(from in level))
				print $2 ": " from " is no room that this test knows"
			# A part of lib is for services: it brings a library along.
			if (from != to && to != "lib" && (to ~ /^lib\// ? from !~ /^services\// : level[from] <= level[to]))
				print $2 " -> " $3 ": not downward"
			# A header and the file of its name are one.
			sub(/\.[ch]$/, "", $2); sub(/\.[ch]$/, "", $3)
			print $2, $3 >circles
		}' "$BATS_TEST_TMPDIR/levels" -
	tsort "$BATS_TEST_TMPDIR/circles" 2>&1 >/dev/null | sed 's/^tsort: //; s/^.*: input contains a loop:/a circle of files:/'
}

@test "includes run downward, in no circle, and stay in their program or go to lib" {
	run -0 includes "$BATS_TEST_DIRNAME/.."
	[[ $output == *'arrow mkportable/verbs/'*' mkportable/rules/'* ]]
	run -0 faults <<<"$output"
	echo "$output"
	[ -z "$output" ]
}

@test "calls between files run downward, in no circle" {
	run -0 calls "$BATS_TEST_DIRNAME/../build"
	[[ $output == *'arrow mkportable/verbs/'*' mkportable/rules/'* ]]
	run -0 faults <<<"$output"
	echo "$output"
	[ -z "$output" ]
}

@test "what is forbidden is found" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p lib/{p,q} init/walls init/run mkportable/units mkportable/read mkportable/write services/x services/y
	touch lib/{l,m}.h lib/p/p.h init/run/r.h mkportable/units/u.h mkportable/write/w.h services/y/y.h
	echo '#include "run/r.h"' >init/walls/upward.c
	echo '#include "write/w.h"' >mkportable/read/across.c
	echo '#include "units/u.h"' >services/x/other-program.c
	echo '#include "y.h"' >services/x/other-service.c
	echo '#include "u.h"' >lib/out-of-lib.c
	echo '#include "p/p.h"' | tee lib/upward.c lib/q/other-part.c init/walls/no-service.c >services/x/a-part.c
	echo '#include "m.h"' >lib/l.h
	echo '#include "l.h"' >lib/m.c
	run -0 faults < <(includes .)
	diff <(echo "$output") - <<-'EOT'
		init/walls/no-service.c -> lib/p/p.h: not downward
		init/walls/upward.c -> init/run/r.h: not downward
		lib/out-of-lib.c includes 'u.h', which is neither of lib nor of lib
		lib/q/other-part.c -> lib/p/p.h: not downward
		lib/upward.c -> lib/p/p.h: not downward
		mkportable/read/across.c -> mkportable/write/w.h: not downward
		services/x/other-program.c includes 'units/u.h', which is neither of services/x nor of lib
		services/x/other-service.c includes 'y.h', which is neither of services/x nor of lib
		a circle of files:
		lib/l
		lib/m
	EOT
}

@test "no two programs with rooms have a header of one path, for tests see both" {
	run -0 uniq -d < <({
		cd "$BATS_TEST_DIRNAME/.."
		for program in host init mkportable; do
			[ ! -d $program ] || (cd $program && find . -name '*.h')
		done
		find lib -name '*.h' -printf './%P\n'
	} | sort)
	[ -z "$output" ]
}
