# SPDX-License-Identifier: LGPL-2.1-or-later
# For bats files that release images: keys and images once for each file, under
# $BATS_FILE_TMPDIR. Load it with "load release", behind helpers or lab.

# $KEYS and $STRANGER: a home of gpg each, with one key that signs.
release_keys() {
	local home

	# A socket of gpg's agent has a short path.
	KEYS=$(mktemp -d) STRANGER=$(mktemp -d)
	export KEYS STRANGER
	for home in "$KEYS" "$STRANGER"; do
		GNUPGHOME=$home gpg --batch --quiet --passphrase '' --quick-gen-key "release <release@example.org>" ed25519 sign never 2>/dev/null
	done
	export IMAGES=$BATS_FILE_TMPDIR/images
}

release_keys_end() {
	local home

	for home in ${KEYS:+"$KEYS"} ${STRANGER:+"$STRANGER"}; do
		GNUPGHOME=$home gpgconf --kill all
		rm -rf "$home"
	done
}

# Builds an image of images/, and prints its path.
release_image() { # ID VERSION
	local sources=${BASH_SOURCE[0]%/*}/..
	local build=${BUILD:-$sources/build}

	mkdir -p "$IMAGES/$2"
	"$build/mkportable" build --os-release="$sources/os-release.in" --program-path="$build/bin" \
		--init=portable-init --version="$2" --output="$IMAGES/$2/$1_$2.raw" "$sources/images/$1"
	echo "$IMAGES/$2/$1_$2.raw"
}

# Into the directory "release".
release() { # ARGUMENT...
	mkportable release --output=release --gpg-key=release@example.org "$@"
}
