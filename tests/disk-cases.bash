# SPDX-License-Identifier: LGPL-2.1-or-later
# Disk images with one defect each: tests/ddi.bats asks lint about them, tests/lab/disk-images.bats
# asks systemd. Load it, then make_disk_images in a directory with plain.raw, verity.raw, signed.raw and
# bare.raw, and their sidecars.

# Name, what is changed in it, the rule that finds it ("-" none, "?" unreadable), its severity, and
# what systemd 252, 257 and 262 do: a attach fails, s start fails, w it works, v it needs dm-verity.
disk_cases() {
	cat <<'EOT'
plain         true                                                   -                          -       www
verity        from verity                                            verity-not-used            note    wwv
verity-hash   from verity; cp ../verity.roothash x.roothash          -                          -       vvv
signed        from signed                                            signature-needs-certificate note   vvv
bare          from bare; cp ../bare.verity x.verity; cp ../bare.roothash x.roothash verity-unsigned-newer warning vvs
bare-signed   from bare; cp ../bare.verity x.verity; cp ../bare.roothash x.roothash; cp ../bare.roothash.p7s x.roothash.p7s signature-needs-certificate note vvv
first-table   damage 600                                             partition-table-damaged    warning www
last-table    damage -500                                            partition-table-damaged    warning www
no-mbr        damage 510                                             ?                          -       aaa
both-tables   damage 600; damage -500                                ?                          -       aaa
no-root       from verity; edit 1:gone=                              ?                          -       aaa
overlap       from verity; edit 2:first=$(($(first 2) - 8))          partitions-overlap         error   ssa
outside       from verity; edit 2:last=100000                        partition-outside          warning www
other-machine edit 1:type=$other                                     partition-machine-differs  warning www
beside        cp ../bare.verity x.verity                             verity-beside-table        error   ssa
hash-only     cp ../bare.roothash x.roothash                         root-hash-of-no-partition  error   ssa
other-hash    from verity; tr 0-9a-f 1-9a-f0 <../verity.roothash >x.roothash root-hash-of-no-partition error ssa
no-hash       echo no-hash >x.roothash                               root-hash-damaged          error   ssa
bare-tree     from bare; cp ../bare.verity x.verity                  verity-ignored             warning www
bare-hash     from bare; cp ../bare.roothash x.roothash              verity-ignored             warning wws
bare-p7s      from bare; echo >x.roothash.p7s                        -                          -       www
flags-verity  from verity; edit 2:attributes=0                       partition-flags-newer      warning wws
flags-sign    from signed; edit 3:attributes=0                       partition-flags-newer      warning vvs
no-verity     from signed; edit 2:gone=                              signature-without-verity   error   ssa
no-json       from signed; damage "$(($(first 3) * 512))"            signature-damaged          error   ssa
uuids         from verity; edit 1:uuid=01234567-89ab-cdef-0123-456789abcdef partition-uuids-differ-newer warning wwv
changed       from verity; damage "$((40 * 512 + 5000))"             verity-differs             error   -
tree          from verity; damage "$(($(first 2) * 512 + 4100))"     verity-differs             error   -
superblock    from verity; damage "$(($(first 2) * 512))"            verity-damaged             error   -
short-tree    from bare; veritysetup format --data-blocks=1 x.raw x.verity >/dev/null; cp ../bare.roothash x.roothash; cp ../bare.roothash.p7s x.roothash.p7s verity-damaged error -
EOT
}

from() { # IMAGE
	cp "../$1.raw" x.raw
}

# Another byte at this place, counted from the end if it is negative.
damage() { # PLACE
	python3 - x.raw "$1" <<-'EOT'
		import os, sys
		with open(sys.argv[1], "r+b") as file:
		    place = int(sys.argv[2])
		    file.seek(place, os.SEEK_END if place < 0 else os.SEEK_SET)
		    byte = file.read(1)[0]
		    file.seek(-1, os.SEEK_CUR)
		    file.write(bytes([byte ^ 0x55]))
	EOT
}

edit() { # NUMBER:FIELD=VALUE...
	"${BASH_SOURCE[0]%/*}/edit-gpt.py" x.raw "$@"
}

# The first sector of a partition of x.raw.
first() { # NUMBER
	sfdisk --json x.raw | jq ".partitiontable.partitions[$1 - 1].start"
}

# Makes CASE/NAME.raw and what is beside it.
make_disk_images() { # NAME
	local case rest file other

	case $(uname -m) in
	x86_64) other=b921b045-1df0-41c3-af44-4c6f280d3fae ;;
	*) other=4f68bce3-e8cd-4db1-96e7-fbcaf984b709 ;;
	esac
	export other
	while read -r case rest; do
		# What is to be done may have spaces; what follows it has none.
		rest=$(sed -E 's/ +[^ ]+ +[^ ]+ +[^ ]+$//' <<<"$rest")
		mkdir "$case"
		(
			cd "$case"
			from plain
			eval "$rest"
			for file in x.*; do
				mv "$file" "$1${file#x}"
			done
		)
	done < <(disk_cases)
}
