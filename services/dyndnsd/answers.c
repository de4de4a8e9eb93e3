/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers to packets of version 2. */
#include "answers.h"

#include <string.h>

bool peer_source(const struct peer *peer, uint8_t ret[static DYNDNS_ADDRESS_SIZE])
{
	switch (peer->address.any.sa_family) {
	case AF_INET:
		dyndns_map((const uint8_t *)&peer->address.in.sin_addr, ret);
		return true;
	case AF_INET6:
		memcpy(ret, &peer->address.in6.sin6_addr, DYNDNS_ADDRESS_SIZE);
		return true;
	default:
		return false;
	}
}

/* The routing table chooses the interface of the answer, not the question. */
static void forget_interface(struct peer *peer)
{
	struct cmsghdr header;
	struct in6_pktinfo info6;
	struct in_pktinfo info;

	if (peer->control_size < sizeof header)
		return;
	memcpy(&header, peer->control, sizeof header);
	if (header.cmsg_level == IPPROTO_IPV6) {
		memcpy(&info6, peer->control + CMSG_LEN(0), sizeof info6);
		info6.ipi6_ifindex = 0;
		memcpy(peer->control + CMSG_LEN(0), &info6, sizeof info6);
	} else {
		memcpy(&info, peer->control + CMSG_LEN(0), sizeof info);
		info.ipi_ifindex = 0;
		memcpy(peer->control + CMSG_LEN(0), &info, sizeof info);
	}
}

void answer_send(const struct peer *peer, const struct dyndns_answer *answer)
{
	uint8_t bytes[DYNDNS_ANSWER_SIZE];
	struct peer to = *peer;
	struct iovec iov = { bytes, sizeof bytes };
	struct msghdr message = { .msg_name = &to.address,
				  .msg_namelen = to.address_size,
				  .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = to.control_size > 0 ? to.control : NULL,
				  .msg_controllen = (socklen_t)to.control_size };

	forget_interface(&to);
	dyndns_answer_write(answer, bytes);
	/* It may get lost like any datagram. */
	(void)sendmsg(to.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void answers_add(struct answers *answers, const struct peer *peer, const struct accepted *accepted)
{
	struct answers_waiting *w;

	if (accepted->request.version < 2 || answers->n == ANSWERS_MAX)
		return;
	w = &answers->at[answers->n++];
	*w = (struct answers_waiting){ .peer = *peer, .key = accepted->key };
	memcpy(w->nonce, accepted->request.nonce, sizeof w->nonce);
	for (size_t i = 0; i < accepted->n_updates; i++)
		w->families[accepted->updates[i].family] = true;
}

static void acknowledge(const struct answers_waiting *to, const struct pending *pending,
			bool failed)
{
	struct dyndns_answer answer = { .type = DYNDNS_ACKNOWLEDGEMENT,
					.status = DYNDNS_WITHOUT_EFFECT };
	bool changed = false, reached = false, unconfirmed = false;

	memcpy(answer.nonce, to->nonce, sizeof answer.nonce);
	for (size_t i = 0; i < pending->n; i++) {
		const struct zone_update *u = &pending->updates[i];

		if (pending->keys[i] != to->key || !to->families[u->family])
			continue;
		changed |= u->changed;
		reached |= u->reached;
		unconfirmed |= u->unconfirmed;
		if (u->reached)
			memcpy(answer.address[u->family], u->address, DYNDNS_ADDRESS_SIZE);
	}
	if (failed)
		answer.status = DYNDNS_PENDING;
	else if (reached)
		answer.status = changed ? DYNDNS_APPLIED : DYNDNS_UNCHANGED;
	else if (unconfirmed)
		answer.status = DYNDNS_UNCONFIRMED;
	answer_send(&to->peer, &answer);
}

void answers_send(struct answers *answers, const struct pending *pending, bool failed)
{
	for (size_t i = 0; i < answers->n; i++)
		acknowledge(&answers->at[i], pending, failed);
	answers->n = 0;
}
