/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets of a service: passed by the service manager, or opened for --listen=. */
#include "sockets.h"

#include "address.h"
#include "fd.h"
#include "format.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* sd_listen_fds(3): the first passed descriptor. */
#define LISTEN_FDS_START 3

/* The kernel cuts it at net.core.somaxconn, as systemd's Backlog= default does. */
#define BACKLOG 4096

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

/* Asks the kernel what the descriptor is; on failure *ret is untouched. */
static int examine(int fd, struct service_socket *ret)
{
	struct service_socket s = { .fd = fd };
	int listening = 0;
	socklen_t size = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &s.type, &size) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &s.family, &size) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0)
		return -errno;
	s.listening = listening != 0;
	*ret = s;
	return 0;
}

static int set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	/*
	 * Another process may take the connection between epoll_wait() and
	 * accept(). PID 1 sets this too, other managers do not.
	 */
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/*
 * Takes the next name of a colon-separated list; one that is too long is cut.
 */
static void next_name(const char **names, char ret[static SOCKET_NAME_SIZE])
{
	size_t length = strcspn(*names, ":");
	size_t kept = length < SOCKET_NAME_SIZE ? length : SOCKET_NAME_SIZE - 1;

	memcpy(ret, *names, kept);
	ret[kept] = '\0';
	*names += length;
	if (**names == ':')
		(*names)++;
}

static int take_passed(struct sockets *sockets)
{
	const char *pid_text = getenv("LISTEN_PID"), *fds_text = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	struct service_socket passed;
	uint64_t pid, n;
	int r;

	if (!pid_text || !fds_text)
		return 0;
	if (parse_uint(pid_text, 1, INT32_MAX, &pid) < 0)
		return -EINVAL;
	if (pid != (uint64_t)getpid())
		return 0; /* meant for a parent of ours, which did not remove it */
	r = parse_uint(fds_text, 0, SOCKETS_MAX - sockets->n, &n);
	if (r < 0)
		return r == -ERANGE ? -E2BIG : r;

	for (size_t i = 0; i < n; i++) {
		int fd = LISTEN_FDS_START + (int)i;

		r = examine(fd, &passed);
		if (r == 0)
			r = set_flags(fd);
		if (r < 0)
			return r;
		passed.passed = true;
		if (names)
			next_name(&names, passed.name);
		sockets->at[sockets->n + i] = passed;
	}
	sockets->n += n;
	return 0;
}

int sockets_take_passed(struct sockets *sockets)
{
	int r = take_passed(sockets);

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_PIDFDID"); /* since systemd 259 */
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return r;
}

/* Parses an address as sockets_listen() documents it; pure. */
static int parse_address(const char *text, union address *ret, socklen_t *ret_size)
{
	union address a = { 0 };
	char host[INET6_ADDRSTRLEN];
	const char *colon;
	uint64_t port;
	size_t length = strlen(text);

	if (text[0] == '/' || text[0] == '@') {
		if (length < 2)
			return -EINVAL;
		if (length >= sizeof a.un.sun_path)
			return -ENAMETOOLONG;
		a.un.sun_family = AF_UNIX;
		memcpy(a.un.sun_path, text, length);
		if (text[0] == '@')
			a.un.sun_path[0] = '\0';
		*ret = a;
		*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
					(text[0] == '/'));
		return 0;
	}

	colon = strrchr(text, ':');
	if (parse_uint(colon ? colon + 1 : text, 0, UINT16_MAX, &port) < 0)
		return -EINVAL;

	if (colon && text[0] != '[') {
		length = (size_t)(colon - text);
		if (length >= sizeof host)
			return -EINVAL;
		memcpy(host, text, length);
		host[length] = '\0';
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons((uint16_t)port);
		if (inet_pton(AF_INET, host, &a.in.sin_addr) != 1)
			return -EINVAL;
		*ret = a;
		*ret_size = sizeof a.in;
		return 0;
	}

	a.in6.sin6_family = AF_INET6; /* a port alone: in6addr_any is all zeros */
	a.in6.sin6_port = htons((uint16_t)port);
	if (colon) {
		if (colon[-1] != ']' || colon - text < 2)
			return -EINVAL;
		length = (size_t)(colon - text) - 2;
		if (length >= sizeof host)
			return -EINVAL;
		memcpy(host, text + 1, length);
		host[length] = '\0';
		if (inet_pton(AF_INET6, host, &a.in6.sin6_addr) != 1)
			return -EINVAL;
	}
	*ret = a;
	*ret_size = sizeof a.in6;
	return 0;
}

/* Removes a socket file without a listener; with one it stays, and bind(2) fails. */
static void remove_dead_socket(const union address *address, socklen_t size, int type)
{
	CLEANUP_FD int fd = -1;
	struct stat st;

	if (lstat(address->un.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, &address->any, size) < 0 && errno == ECONNREFUSED)
		(void)unlink(address->un.sun_path);
}

/* Whether an option applies: one list is for sockets of several kinds. */
static bool option_fits(const struct socket_option *option, int family, int type)
{
	switch (option->level) {
	case IPPROTO_IPV6:
		return family == AF_INET6;
	case IPPROTO_IP: /* applies to IPv6 sockets that accept IPv4 as well */
		return family != AF_UNIX;
	case IPPROTO_TCP:
		return family != AF_UNIX && type == SOCK_STREAM;
	default:
		return true;
	}
}

static int open_bound(const union address *address, socklen_t size, int type, int backlog,
		      const struct socket_option *options, size_t n_options, int *ret_fd)
{
	CLEANUP_FD int fd = -1;
	int family = address->any.sa_family, on = 1, off = 0;

	fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (family == AF_UNIX && address->un.sun_path[0] != '\0')
		remove_dead_socket(address, size, type);
	/* Without this a port stays in use for a minute after a restart (TIME_WAIT). */
	if (family != AF_UNIX && type == SOCK_STREAM &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return -errno;
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0)
		return -errno;
	for (size_t i = 0; i < n_options; i++)
		if (option_fits(&options[i], family, type) &&
		    setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof options[i].value) < 0)
			return -errno;
	if (bind(fd, &address->any, size) < 0)
		return -errno;
	if (type != SOCK_DGRAM && listen(fd, backlog) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int socket_address_check(const char *text)
{
	union address address;
	socklen_t size;

	return parse_address(text, &address, &size);
}

int socket_open(const char *text, int type, int backlog, const struct socket_option *options,
		size_t n_options, int *ret_fd)
{
	union address address = { 0 };
	socklen_t size = 0;
	int r;

	r = parse_address(text, &address, &size);
	if (r < 0)
		return r;
	r = open_bound(&address, size, type, backlog, options, n_options, ret_fd);
	if (r == -EAFNOSUPPORT && !strchr(text, ':') && address.any.sa_family == AF_INET6) {
		/* A port alone means all addresses, and this kernel has no IPv6. */
		struct sockaddr_in in = { .sin_family = AF_INET,
					  .sin_port = address.in6.sin6_port };

		address.in = in;
		r = open_bound(&address, sizeof in, type, backlog, options, n_options, ret_fd);
	}
	return r;
}

int sockets_listen(struct sockets *sockets, const char *text, int type)
{
	CLEANUP_FD int fd = -1;
	int r;

	if (sockets->n == SOCKETS_MAX)
		return -E2BIG;
	r = socket_open(text, type, BACKLOG, NULL, 0, &fd);
	if (r < 0)
		return r;
	r = examine(fd, &sockets->at[sockets->n]);
	if (r < 0)
		return r;
	sockets->n++;
	(void)TAKE_FD(fd); /* owned by the set */
	return 0;
}

void sockets_close(struct sockets *sockets)
{
	while (sockets->n > 0)
		close_fd(&sockets->at[--sockets->n].fd);
}

const char *socket_describe(int fd, char buffer[static SOCKET_TEXT_SIZE])
{
	union address a = { 0 };
	socklen_t size = sizeof a;
	char host[ADDRESS_TEXT_SIZE];
	size_t length;

	if (getsockname(fd, &a.any, &size) < 0)
		a.any.sa_family = AF_UNSPEC;

	switch (a.any.sa_family) {
	case AF_INET:
		(void)format_text(buffer, SOCKET_TEXT_SIZE, "%s:%u",
				  address_text(AF_INET, &a.in.sin_addr, host),
				  ntohs(a.in.sin_port));
		break;
	case AF_INET6:
		(void)format_text(buffer, SOCKET_TEXT_SIZE, "[%s]:%u",
				  address_text(AF_INET6, &a.in6.sin6_addr, host),
				  ntohs(a.in6.sin6_port));
		break;
	case AF_UNIX:
		/* The kernel gives the length; a path that fills the array has no NUL. */
		length = size > offsetof(struct sockaddr_un, sun_path)
				 ? size - offsetof(struct sockaddr_un, sun_path)
				 : 0;
		if (length > 0 && a.un.sun_path[0] != '\0')
			length = strnlen(a.un.sun_path, length);
		for (size_t i = 0; i < length; i++)
			buffer[i] = a.un.sun_path[i] >= ' ' && a.un.sun_path[i] < 0x7f
					    ? a.un.sun_path[i]
					    : '?';
		if (length > 0 && a.un.sun_path[0] == '\0')
			buffer[0] = '@';
		buffer[length] = '\0';
		if (length > 0)
			break;
		__attribute__((fallthrough)); /* an unnamed one */
	default:
		memcpy(buffer, "?", sizeof "?");
	}
	return buffer;
}
