/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets of .socket units: open from boot to end, so that nobody is refused
 * while a service is away. What arrives starts the service, and while it runs the
 * sockets are its own; at the limit of connections the listener is not polled.
 */
#include "run/manager.h"

#include "fd.h"
#include "format.h"
#include "log.h"
#include "run/spawn.h"
#include "sockets.h"
#include "units/values.h"
#include "walls/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* How often a socket starts its service before it rests: as systemd.socket(5). */
#define TRIGGER_INTERVAL     (2 * SECOND)
#define TRIGGER_BURST        20
#define TRIGGER_BURST_ACCEPT 200

struct open_port {
	struct loop_source source; /* owns its descriptor */
	struct manager *manager;
	struct socket_entry *entry;
	bool polled;
};

/* Wakes a socket that was triggered too often. */
struct socket_rest {
	struct loop_timer timer;
	struct manager *manager;
	struct socket_entry *entry;
};

static bool should_listen(const struct manager *m, const struct socket_entry *entry)
{
	if (m->stopping || entry->resting)
		return false;
	if (entry->socket.accept)
		return entry->n_connections < entry->socket.max_connections;
	return !entry->service->jobs;
}

static void update(struct manager *m, struct socket_entry *entry)
{
	bool listens = should_listen(m, entry);

	/* Taken out of the loop and not paused: errors would be told of all the same. */
	for (size_t i = 0; entry->ports && i < entry->socket.n_ports; i++) {
		struct open_port *listener = &entry->ports[i];

		if (listener->source.fd < 0 || listener->polled == listens)
			continue;
		if (!listens)
			loop_remove(&m->loop, &listener->source);
		else if (loop_add(&m->loop, &listener->source, EPOLLIN) < 0)
			continue; /* without memory; at the next change again */
		listener->polled = listens;
	}
}

void ports_update(struct manager *m, const struct service_entry *service)
{
	for (size_t i = 0; i < m->plan.n_sockets; i++)
		if (m->plan.sockets[i].service == service)
			update(m, &m->plan.sockets[i]);
}

static int rest_is_over(struct loop *loop, struct loop_timer *timer)
{
	struct socket_rest *rest = (struct socket_rest *)timer; /* its first member */

	(void)loop;
	rest->entry->resting = false;
	update(rest->manager, rest->entry);
	return 0;
}

static void rest(struct manager *m, struct socket_entry *entry, uint64_t microseconds)
{
	log_warning(
		"%s: triggered too often, or without success, resting for %u seconds; clients wait",
		entry->socket.unit->name, (unsigned)((microseconds + SECOND - 1) / SECOND));
	entry->resting = true;
	loop_timer_set(&entry->rest->timer, microseconds ? microseconds : 1);
	update(m, entry);
}

/* Counts a trigger. Returns how long to rest instead, or 0. */
static uint64_t trigger(struct socket_entry *entry)
{
	uint64_t now = now_monotonic(), interval = TRIGGER_INTERVAL;

	if (now - entry->triggers_since >= interval) {
		entry->triggers_since = now;
		entry->triggers = 0;
	}
	if (entry->triggers++ < (entry->socket.accept ? TRIGGER_BURST_ACCEPT : TRIGGER_BURST))
		return 0;
	return entry->triggers_since + interval - now;
}

static void accept_connection(struct manager *m, struct socket_entry *entry, int listener_fd)
{
	CLEANUP_FD int fd = accept4(listener_fd, NULL, NULL, SOCK_CLOEXEC);
	uint64_t wait;

	if (fd < 0) {
		/* It may have gone away. Without descriptors or memory, later is better. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			rest(m, entry, SECOND);
		return;
	}
	if (service_start(m, entry->service, entry, TAKE_FD(fd), &wait) == -EAGAIN)
		rest(m, entry, wait);
}

static int listener_ready(struct loop *loop, struct loop_source *source)
{
	struct open_port *listener = (struct open_port *)source; /* its first member */
	struct socket_entry *entry = listener->entry;
	struct manager *m = listener->manager;
	uint64_t wait;

	(void)loop;
	wait = trigger(entry);
	if (wait > 0)
		rest(m, entry, wait);
	else if (entry->socket.accept)
		accept_connection(m, entry, source->fd);
	else if (service_start(m, entry->service, NULL, -1, &wait) == -EAGAIN)
		rest(m, entry, wait);
	update(m, entry); /* at the limit, or on the way to the end */
	return 0;
}

/* Returns the descriptor or a negative errno. */
static int open_fifo(const char *path, mode_t mode)
{
	struct stat st;
	int fd;

	if (mkfifo(path, mode) < 0 && errno != EEXIST)
		return -errno;
	/* For reading and writing, so that it never ends when a writer goes. */
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
		(void)close(fd);
		return -EEXIST;
	}
	return fd;
}

/* What it cannot make, bind(2) says. */
static void make_parents(const char *path, mode_t mode)
{
	char parent[PATH_MAX];

	if (format_text(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path) > 0)
		(void)make_folders(parent, mode);
}

/* Returns the descriptor or a negative errno. */
static int open_port(const struct socket_unit *s, const struct port *port)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	static const struct socket_option only_ipv6 = { IPPROTO_IPV6, IPV6_V6ONLY, 1 };
	mode_t before;
	int r, fd = -1;

	if (*port->address == '/')
		make_parents(port->address, s->directory_mode);
	before = umask(~s->mode & 0777);
	if (port->kind == PORT_FIFO) {
		fd = open_fifo(port->address, s->mode);
		r = fd < 0 ? fd : 0;
	} else {
		r = socket_open(port->address, types[port->kind], (int)s->backlog, &only_ipv6,
				s->bind_ipv6_only == 2, &fd);
	}
	(void)umask(before);
	return r < 0 ? r : fd;
}

static int open_listener(struct manager *m, struct socket_entry *entry, size_t i)
{
	struct open_port *listener = &entry->ports[i];

	*listener = (struct open_port){
		.source = { .fd = -1, .ready = listener_ready },
		.manager = m,
		.entry = entry,
	};
	listener->source.fd = open_port(&entry->socket, &entry->socket.ports[i]);
	if (listener->source.fd < 0)
		return listener->source.fd;
	return 0;
}

static int open_entry(struct manager *m, struct socket_entry *entry)
{
	int r;

	entry->rest = calloc(1, sizeof *entry->rest);
	entry->ports = calloc(entry->socket.n_ports, sizeof *entry->ports);
	if (!entry->rest || !entry->ports)
		return -ENOMEM;
	for (size_t i = 0; i < entry->socket.n_ports; i++)
		entry->ports[i].source.fd = -1;
	*entry->rest = (struct socket_rest){
		.timer = { .source.fd = -1, .elapsed = rest_is_over },
		.manager = m,
		.entry = entry,
	};
	r = loop_timer_open(&m->loop, &entry->rest->timer);
	for (size_t i = 0; i < entry->socket.n_ports && r == 0; i++) {
		r = open_listener(m, entry, i);
		if (r < 0)
			log_failure(r, "%s: cannot listen on '%s'", entry->socket.unit->name,
				    entry->socket.ports[i].address);
		else
			log_info("%s: listening on %s", entry->socket.unit->name,
				 entry->socket.ports[i].address);
	}
	return r;
}

static void close_entry(struct manager *m, struct socket_entry *entry)
{
	for (size_t i = 0; entry->ports && i < entry->socket.n_ports; i++) {
		const char *address = entry->socket.ports[i].address;

		if (entry->ports[i].source.fd < 0)
			continue;
		loop_remove(&m->loop, &entry->ports[i].source);
		close_fd(&entry->ports[i].source.fd);
		if (entry->socket.remove_on_stop && *address == '/')
			(void)unlink(address);
	}
	free(entry->ports);
	entry->ports = NULL;
	if (entry->rest)
		loop_timer_close(&m->loop, &entry->rest->timer);
	free(entry->rest);
	entry->rest = NULL;
}

void ports_open(struct manager *m)
{
	for (size_t i = 0; i < m->plan.n_sockets; i++) {
		struct socket_entry *entry = &m->plan.sockets[i];

		/* All of its ports or none, as systemd does it. */
		if (open_entry(m, entry) < 0) {
			close_entry(m, entry);
			m->failed = true;
		}
	}
	for (size_t i = 0; i < m->plan.n_sockets; i++)
		update(m, &m->plan.sockets[i]);
}

void ports_close(struct manager *m)
{
	for (size_t i = 0; i < m->plan.n_sockets; i++)
		close_entry(m, &m->plan.sockets[i]);
}

/* Sockets= of the service, or else those that name it. */
static bool belongs_to(const struct socket_entry *socket, const struct service_entry *entry)
{
	const struct list *named = &entry->service.sockets;

	if (socket->socket.accept || !socket->ports)
		return false;
	if (socket->service == entry)
		return true;
	for (size_t i = 0; i < named->n; i++)
		if (strcmp(named->at[i], socket->socket.unit->name) == 0)
			return true;
	return false;
}

int ports_collect(const struct manager *m, const struct service_entry *entry, struct passed *ret)
{
	size_t most = 0, n = 0;

	for (size_t i = 0; i < m->plan.n_sockets; i++)
		most += m->plan.sockets[i].socket.n_ports;
	*ret = (struct passed){ 0 };
	ret->fds = calloc(most + 1, sizeof *ret->fds);
	ret->names = calloc(most + 1, sizeof *ret->names);
	if (!ret->fds || !ret->names) {
		free(ret->fds);
		free(ret->names);
		return -ENOMEM;
	}
	for (size_t i = 0; i < m->plan.n_sockets; i++) {
		const struct socket_entry *socket = &m->plan.sockets[i];

		for (size_t j = 0; belongs_to(socket, entry) && j < socket->socket.n_ports; j++) {
			ret->fds[n] = socket->ports[j].source.fd;
			ret->names[n++] = socket->socket.name ? socket->socket.name
							      : socket->socket.unit->name;
		}
	}
	ret->n = n;
	return 0;
}
