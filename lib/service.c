/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a socket-activated service does before it serves. */
#include "service.h"

#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Descriptors beside connections: listeners, epoll, timers, files, with room to spare. */
#define OTHER_DESCRIPTORS (SOCKETS_MAX + 32)

static unsigned kind_of(const struct service_socket *s)
{
	if (s->type == SOCK_STREAM && s->listening)
		return SERVICE_STREAMS;
	if (s->type == SOCK_DGRAM && (s->family == AF_INET || s->family == AF_INET6))
		return SERVICE_DATAGRAMS;
	return 0;
}

static const char *refusal(unsigned kinds)
{
	if (kinds == SERVICE_STREAMS)
		return "not a listening stream socket";
	if (kinds == SERVICE_DATAGRAMS)
		return "not a datagram socket";
	return "neither a listening stream nor a datagram socket of IPv4 or IPv6";
}

static int open_address(struct sockets *sockets, unsigned kinds, const char *address)
{
	int r = 0;

	if (address[0] == '/' || address[0] == '@')
		kinds &= ~SERVICE_DATAGRAMS;
	if (kinds == 0)
		return -EINVAL;
	if (kinds & SERVICE_STREAMS)
		r = sockets_listen(sockets, address, SOCK_STREAM);
	if (r == 0 && (kinds & SERVICE_DATAGRAMS))
		r = sockets_listen(sockets, address, SOCK_DGRAM);
	return r;
}

int service_open_sockets(struct sockets *sockets, unsigned passed, unsigned opened,
			 const struct texts *addresses, unsigned *idle_seconds)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	r = sockets_take_passed(sockets);
	if (r < 0) {
		log_failure(r, "cannot take the sockets that were passed");
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sockets->n; i++) {
		if (kind_of(&sockets->at[i]) & passed)
			continue;
		log_error("cannot serve descriptor %d: %s", sockets->at[i].fd, refusal(passed));
		return EXIT_FAILURE;
	}
	if (*idle_seconds == SERVICE_IDLE_UNSET)
		*idle_seconds = sockets->n > 0 ? SERVICE_IDLE_SECONDS : 0;

	for (size_t i = 0; i < addresses->n; i++) {
		r = open_address(sockets, opened, addresses->at[i]);
		if (r == -EINVAL)
			return usage_error("--listen: not an address", addresses->at[i]);
		if (r == -E2BIG)
			return usage_error("--listen: too many", NULL);
		if (r < 0) {
			log_failure(r, "cannot listen on '%s'",
				    log_escape(addresses->at[i], escaped));
			return EXIT_FAILURE;
		}
	}
	if (sockets->n == 0)
		return usage_error("no socket was passed, and no --listen= given", NULL);
	return 0;
}

void service_raise_descriptor_limit(unsigned *max_connections, unsigned for_each)
{
	const rlim_t needed = (rlim_t)*max_connections * for_each + OTHER_DESCRIPTORS;
	struct rlimit limit, raised;

	/* musl's setrlimit(3) brings thread code along. */
	if (prlimit(0, RLIMIT_NOFILE, NULL, &limit) < 0 || limit.rlim_cur >= needed)
		return;
	raised = limit;
	raised.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
	if (prlimit(0, RLIMIT_NOFILE, &raised, NULL) == 0)
		limit = raised;
	if (limit.rlim_cur >= needed)
		return;
	*max_connections = limit.rlim_cur >= OTHER_DESCRIPTORS + for_each
				   ? (unsigned)((limit.rlim_cur - OTHER_DESCRIPTORS) / for_each)
				   : 1;
	log_warning("only %llu descriptors are allowed; accepting %u connections at a time",
		    (unsigned long long)limit.rlim_cur, *max_connections);
}
