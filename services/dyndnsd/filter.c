/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A filter in the kernel, so that datagrams of other lengths wake nobody. */
#include "filter.h"

#include "dyndns.h"
#include "elements.h"
#include "kernel.h"

#include <errno.h>
#include <sys/socket.h>

/* The filter of a UDP socket sees the datagram with its header, RFC 768. */
#define UDP_HEADER 8

int filter_attach(int fd, bool v2)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UDP_HEADER + DYNDNS_V1_SIZE, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 UDP_HEADER + (v2 ? DYNDNS_V2_SIZE : DYNDNS_V1_SIZE), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* how many bytes of it are let in */
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { ELEMENTS(code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
		return -errno;
	return 0;
}
