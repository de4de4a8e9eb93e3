/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The receiver at work: datagrams in, the state and the zone to disk, the outputs
 * after them, and an answer for those who get one.
 *
 * Disk is written at once when a packet comes after a second of silence, and at
 * most once a second otherwise. What failed is tried again, less and less often;
 * the loop is held until it is done.
 *
 * For a minute after a write the zone is looked at, less and less often, without
 * holding the loop but for the first time: people who read the file before the write
 * and save it after it, without a lock, take updates back that they do not know of.
 */
#ifndef SERVER_H
#define SERVER_H

#include "accept.h"
#include "loop.h"
#include "outputs.h"
#include "sockets.h"
#include "store.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct server_options {
	const char *zone;            /* path of the zone file */
	const char *state_directory; /* NULL only with dry_run: nothing is remembered */
	const char *record_types;
	bool update_timestamps;
	bool dry_run;
	struct accept_limits limits;
	struct output_paths outputs;
	const char *origin, *nameserver;
};

/* Those who wait for the disk before they are answered; more get no answer, and ask again. */
#define SERVER_WAITING_MAX 256

struct server_peer {
	int fd; /* borrowed; the socket it came to */
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address;
	socklen_t address_size;
	/* IP_PKTINFO, IPV6_PKTINFO: the address it came to, which is to be the answer's source. */
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	size_t control_size;
};

struct server_waiting {
	struct server_peer peer;
	struct state_key *key;
	uint8_t nonce[DYNDNS_NONCE_SIZE];
	bool families[DYNDNS_FAMILIES];
};

struct server_socket {
	struct loop_source source;
	struct server *server;
};

struct server {
	struct loop *loop;
	const struct server_options *options;
	struct store store;
	struct state state;
	struct acceptor acceptor;
	int state_fd; /* of the directory; owned */
	struct loop_timer timer;
	struct server_socket sockets[SOCKETS_MAX];
	size_t n_sockets;
	struct server_waiting waiting[SERVER_WAITING_MAX];
	size_t n_waiting;
	bool held; /* something is to be written, or was just now */
	bool outputs_due;
	double looked_at;  /* monotonic; when the zone file was last looked at */
	double flushed_at; /* monotonic; when the disk was last written, or tried to be */
	double written_at; /* monotonic; when the zone was last replaced; 0: not yet */
	double edited_at;  /* monotonic; since when somebody is just editing it; 0: nobody */
	unsigned failures; /* in a row */
	int told_failure;  /* the errno that was told of; 0: none */
	uint64_t told_problems;
	bool told_clock, told_owner;
};

#define SERVER_CLOSED ((struct server){ .state_fd = -1, .timer = LOOP_TIMER_CLOSED })

/*
 * Reads state and zone, attaches the length filter, and begins to listen. A zone
 * file that is not there or cannot be read is waited for.
 *
 * Says itself what went wrong. Returns 0 or a negative errno; server_close() is
 * allowed either way.
 */
int server_open(struct server *server, struct loop *loop, const struct sockets *sockets,
		const struct server_options *options);

/* For a stop: no more packets; what was accepted goes to disk. Returns 0 or a negative errno. */
int server_stop(struct server *server);
void server_close(struct server *server);

#endif
