/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quotes over UDP. */
#include "udp.h"

#include "clock.h"
#include "source.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

/* Datagrams read with one call, before other sources have their turn. */
#define DATAGRAM_BURST 32

/* To which of our addresses a datagram came. Room for the larger kind of message. */
union destination {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static_assert(sizeof(struct in_pktinfo) <= sizeof(struct in6_pktinfo), "room for both");

/*
 * Turns "it came to this address" into "send from this address": clients ignore an
 * answer from another one. Datagrams to a multicast or broadcast address are not
 * answered, or a whole network would answer one client.
 *
 * Returns whether to answer.
 */
static bool turn_round(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	struct in_pktinfo in;
	struct in6_pktinfo in6;

	if (!header)
		return true;
	if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
		memcpy(&in, CMSG_DATA(header), sizeof in);
		/* Unknown for datagrams that came before the option was set, as the first one. */
		if (in.ipi_spec_dst.s_addr != 0 && in.ipi_spec_dst.s_addr != in.ipi_addr.s_addr)
			return false;
		/* If it is not ours after all, the kernel refuses to send from it. */
		in.ipi_spec_dst = in.ipi_addr;
		in.ipi_ifindex = 0; /* the routing table chooses the way back */
		memcpy(CMSG_DATA(header), &in, sizeof in);
		message->msg_controllen = CMSG_SPACE(sizeof in);
	} else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
		memcpy(&in6, CMSG_DATA(header), sizeof in6);
		if (IN6_IS_ADDR_MULTICAST(&in6.ipi6_addr))
			return false;
		/* An IPv4 broadcast address may be in here; see above. */
		if (!IN6_IS_ADDR_LINKLOCAL(&in6.ipi6_addr))
			in6.ipi6_ifindex = 0;
		memcpy(CMSG_DATA(header), &in6, sizeof in6);
		message->msg_controllen = CMSG_SPACE(sizeof in6);
	} else {
		message->msg_control = NULL;
		message->msg_controllen = 0;
	}
	return true;
}

static int answer(struct udp_socket *s, struct msghdr *message, uint64_t now)
{
	struct udp *udp = s->udp;
	char quote[QUOTE_SIZE_MAX];
	struct iovec whole = { .iov_base = quote };
	struct msghdr reply;
	uint64_t source;
	int size;

	if (udp->silent ||
	    !source_identify(message->msg_name, message->msg_namelen, s->port, &source) ||
	    !turn_round(message) || !limiter_allows(udp->limiter, source, now))
		return 0;
	size = pick_quote(udp->quotes, udp->pick, quote);
	if (size < 0)
		return size;
	whole.iov_len = (size_t)size;
	reply = *message; /* the same addresses, swapped */
	reply.msg_iov = &whole;
	reply.msg_iovlen = 1;
	reply.msg_flags = 0;
	/* An answer that cannot be sent now is lost, as datagrams are. */
	(void)sendmsg(s->source.fd, &reply, MSG_DONTWAIT | MSG_NOSIGNAL);
	return 0;
}

/* Reads at most one burst. The content is never needed, so it is not copied. */
static int read_and_answer(struct udp_socket *s)
{
	struct mmsghdr messages[DATAGRAM_BURST];
	struct sockaddr_in6 sources[DATAGRAM_BURST]; /* the larger of the two kinds */
	union destination destinations[DATAGRAM_BURST];
	uint64_t now;
	int n, r;

	for (unsigned i = 0; i < DATAGRAM_BURST; i++)
		messages[i] = (struct mmsghdr){
			.msg_hdr = { .msg_name = &sources[i],
				     .msg_namelen = sizeof sources[i],
				     .msg_control = &destinations[i],
				     .msg_controllen = sizeof destinations[i] },
		};
	n = recvmmsg(s->source.fd, messages, DATAGRAM_BURST, MSG_DONTWAIT, NULL);
	if (n < 0) {
		/* No datagram, or an error about an earlier answer: go on. */
		return errno == EBADF || errno == ENOTSOCK || errno == EINVAL ? -errno : 0;
	}
	now = now_us(CLOCK_MONOTONIC);
	for (int i = 0; i < n; i++) {
		r = answer(s, &messages[i].msg_hdr, now);
		if (r < 0)
			return r;
	}
	return 0;
}

static int socket_ready(struct loop *loop, struct loop_source *source)
{
	int r;

	loop_hold(loop);
	r = read_and_answer((struct udp_socket *)source);
	loop_release(loop);
	return r;
}

static int add_socket(struct udp *udp, const struct service_socket *socket)
{
	struct udp_socket *s = &udp->sockets[udp->n_sockets];
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof address;
	const int on = 1;
	int r;

	if (getsockname(socket->fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	if (socket->family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, &address, sizeof in6);
		s->port = ntohs(in6.sin6_port);
		r = setsockopt(socket->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	} else {
		struct sockaddr_in in;

		memcpy(&in, &address, sizeof in);
		s->port = ntohs(in.sin_port);
		r = setsockopt(socket->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	}
	if (r < 0)
		return -errno;
	s->udp = udp;
	s->source.fd = socket->fd;
	s->source.ready = socket_ready;
	r = loop_add(udp->loop, &s->source, EPOLLIN);
	if (r < 0)
		return r;
	udp->n_sockets++;
	return 0;
}

int udp_open(struct udp *udp, struct loop *loop, const struct quotes *quotes, enum pick pick,
	     unsigned rate, bool silent, const struct sockets *sockets)
{
	uint64_t key[2];
	int r;

	*udp = UDP_CLOSED;
	udp->loop = loop;
	udp->quotes = quotes;
	udp->pick = pick;
	udp->silent = silent;
	/* calloc: pages that no source needs stay untouched. */
	udp->limiter = calloc(1, sizeof *udp->limiter);
	if (!udp->limiter)
		return -ENOMEM;
	if (getrandom(key, sizeof key, 0) < 0)
		return -errno;
	limiter_open(udp->limiter, rate, key);

	for (size_t i = 0; i < sockets->n; i++) {
		if (sockets->at[i].type != SOCK_DGRAM)
			continue;
		r = add_socket(udp, &sockets->at[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

void udp_stop(struct udp *udp)
{
	while (udp->n_sockets > 0)
		loop_remove(udp->loop, &udp->sockets[--udp->n_sockets].source);
}

void udp_close(struct udp *udp)
{
	udp_stop(udp);
	free(udp->limiter);
	udp->limiter = NULL;
}
