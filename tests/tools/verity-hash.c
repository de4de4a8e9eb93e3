/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verity-hash DATA VERITY - hashes a file as the superblock in VERITY says, prints the root hash,
 * and fails if the tree in VERITY is another one.
 */
#include "disk/hex.h"
#include "disk/verity.h"
#include "fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[])
{
	unsigned char superblock[VERITY_SUPERBLOCK_SIZE], root[DIGEST_SIZE], *tree, *stored;
	char text[DIGEST_TEXT_SIZE];
	struct verity v;
	size_t size;
	int data, verity, r;

	data = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	verity = argc == 3 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
	if (data < 0 || verity < 0 || fd_read_at(verity, superblock, sizeof superblock, 0) < 0 ||
	    verity_parse(superblock, &v) < 0)
		return EXIT_FAILURE;
	r = verity_hash(&v, data, 0, &tree, root);
	if (r < 0)
		return EXIT_FAILURE;
	size = (size_t)verity_size(&v) - v.hash_block_size;
	stored = malloc(size + 1);
	if (!stored || fd_read_at(verity, stored, size, v.hash_block_size) < 0 ||
	    (size > 0 && memcmp(tree, stored, size) != 0))
		return EXIT_FAILURE;
	free(tree);
	free(stored);
	hex_encode(root, sizeof root, text);
	puts(text);
	return EXIT_SUCCESS;
}
