/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reports the state of the service to its manager: the protocol of sd_notify(3). */
#include "notify.h"

#include "fd.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP_FD int fd = -1;
	socklen_t size;
	size_t length;

	if (!path)
		return 0;
	if (path[0] != '/' && path[0] != '@')
		return -EINVAL;
	length = strlen(path);
	if (length >= sizeof address.sun_path)
		return -ENAMETOOLONG;

	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/'));

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0)
		return -errno;
	return 1;
}
