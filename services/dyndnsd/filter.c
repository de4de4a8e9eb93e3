/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A filter in the kernel, for datagrams that need not wake anybody. */
#include "filter.h"

#include "dyndns.h"

#include <errno.h>
#include <sys/socket.h>

/* linux/filter.h, which musl's headers do not bring along. */
struct instruction {
	uint16_t code;
	uint8_t if_true, if_false; /* instructions to skip */
	uint32_t k;
};

struct program {
	unsigned short length;
	const struct instruction *code;
};

enum {
	LOAD_LENGTH = 0x80,
	JUMP_IF_EQUAL = 0x15,
	RETURN = 0x06
};

/* The filter of a UDP socket sees the datagram with its header, RFC 768. */
#define UDP_HEADER 8

int filter_attach(int fd, bool v2)
{
	const struct instruction code[] = {
		{ LOAD_LENGTH, 0, 0, 0 },
		{ JUMP_IF_EQUAL, 1, 0, UDP_HEADER + DYNDNS_V1_SIZE },
		{ JUMP_IF_EQUAL, 0, 1, UDP_HEADER + (v2 ? DYNDNS_V2_SIZE : DYNDNS_V1_SIZE) },
		{ RETURN, 0, 0, UINT32_MAX }, /* so many bytes of it are let in */
		{ RETURN, 0, 0, 0 },
	};
	const struct program program = { sizeof code / sizeof code[0], code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
		return -errno;
	return 0;
}
