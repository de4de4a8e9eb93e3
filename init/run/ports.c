/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/ports.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"
#include "format.h"
#include "log.h"
#include "run/supervise.h"
#include "sockets.h"
#include "units/values.h"
#include "walls/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* systemd.socket(5): TriggerLimitIntervalSec=, TriggerLimitBurst= */
#define TRIGGER_INTERVAL     (2 * USEC_PER_SEC)
#define TRIGGER_BURST        20
#define TRIGGER_BURST_ACCEPT 200

struct open_port {
	struct loop_source source; /* its descriptor is one of the entry's */
	struct open_socket *socket;
	bool polled;
};

/* A .socket unit that is open. */
struct open_socket {
	struct manager *manager;
	struct socket_entry *entry;
	struct rate_limit triggers, lines;
	bool paused;
	struct loop_timer pause;
	struct open_port ports[]; /* one for each port */
};

static bool should_listen(const struct open_socket *s)
{
	const struct socket_entry *entry = s->entry;

	if (s->manager->stopping || s->paused)
		return false;
	if (entry->socket.accept)
		return entry->n_connections < entry->socket.max_connections;
	return !entry->service->jobs;
}

/* Returns the descriptor or a negative errno. */
static int open_fifo(int parent_fd, const char *name, mode_t mode)
{
	struct stat st;
	int fd;

	if (mkfifoat(parent_fd, name, mode) < 0 && errno != EEXIST)
		return -errno;
	/* With a writer of its own, a FIFO has no end when its clients go. */
	fd = openat(parent_fd, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
		(void)close(fd);
		return -EEXIST;
	}
	return fd;
}

/*
 * Returns the descriptor or a negative errno.
 *
 * again: services run that may swap a parent. Otherwise the socket is bound to the path that
 * its unit states, since programs ask the kernel for that.
 */
static int open_port(const struct socket_unit *s, const struct port *port, bool again)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	static const struct socket_option only_ipv6 = { IPPROTO_IPV6, IPV6_V6ONLY, 1 };
	char name[NAME_MAX + 1], opened[FD_PATH_SIZE], path[FD_PATH_SIZE + sizeof name];
	const char *address = port->address;
	CLEANUP_FD int parent_fd = -1;
	mode_t before;
	int r, fd = -1;

	if (*address == '/') {
		parent_fd =
			path_open("/", address, PATH_CREATE | PATH_LINKS, s->directory_mode, name);
		if (parent_fd < 0)
			return parent_fd;
	}
	if (*address == '/' && again) {
		(void)format_text(path, sizeof path, "%s/%s", fd_path(parent_fd, opened), name);
		address = path;
	}
	before = umask(~s->mode & 0777);
	if (port->kind == PORT_FIFO) {
		fd = open_fifo(parent_fd, name, s->mode);
		r = fd < 0 ? fd : 0;
	} else {
		r = socket_open(address, types[port->kind], (int)s->backlog, &only_ipv6,
				s->bind_ipv6_only == 2, &fd);
	}
	(void)umask(before);
	return r < 0 ? r : fd;
}

static void pause_listening(struct open_socket *s, uint64_t microseconds, const char *reason);

/* A service can shut down the listener that it got, as shutdown(2) acts on all who have it. */
static bool is_shut(int fd)
{
	struct pollfd shut = { .fd = fd, .events = POLLRDHUP };

	return fd < 0 || (poll(&shut, 1, 0) == 1 && shut.revents & (POLLHUP | POLLRDHUP));
}

/* Returns whether it is open. */
static bool open_again(struct open_socket *s, size_t index)
{
	const struct socket_unit *unit = &s->entry->socket;
	int *fd = &s->entry->fds[index];

	close_fd(fd);
	*fd = open_port(unit, &unit->ports[index], true);
	s->ports[index].source.fd = *fd;
	if (*fd < 0) {
		*fd = -1;
		pause_listening(s, USEC_PER_SEC, "cannot open it again");
	} else if (rate_limit_count(&s->lines, USEC_PER_SEC, 1) == 0) {
		log_warning("%s: its service has shut it down; opened again", unit->unit->name);
	}
	return *fd >= 0;
}

static void update(struct open_socket *s)
{
	struct loop *loop = &s->manager->loop;
	bool listens = should_listen(s);

	/* Removed from the loop, not paused: epoll(7) reports errors in any case. */
	for (size_t i = 0; i < s->entry->socket.n_ports; i++) {
		struct open_port *port = &s->ports[i];

		if (port->polled == listens)
			continue;
		if (listens && is_shut(port->source.fd) && !open_again(s, i))
			return; /* it is paused */
		if (!listens)
			loop_remove(loop, &port->source);
		else if (loop_add(loop, &port->source, EPOLLIN) < 0)
			continue; /* out of memory: the next change tries again */
		port->polled = listens;
	}
}

void ports_update(const struct service_entry *service)
{
	for (struct socket_entry *entry = service->sockets; entry; entry = entry->next_of_service)
		if (entry->open)
			update(entry->open);
}

static int pause_elapsed(struct loop *loop, struct loop_timer *timer)
{
	struct open_socket *s = CONTAINER_OF(timer, struct open_socket, pause);

	(void)loop;
	s->paused = false;
	update(s);
	return 0;
}

static void pause_listening(struct open_socket *s, uint64_t microseconds, const char *reason)
{
	log_warning("%s: %s; pausing for %u seconds, clients wait", s->entry->socket.unit->name,
		    reason, (unsigned)((microseconds + USEC_PER_SEC - 1) / USEC_PER_SEC));
	s->paused = true;
	loop_timer_set(&s->pause, microseconds);
	update(s);
}

/* connection_fd: taken in any case; -1 without Accept=. */
static void start_service(struct open_socket *s, int connection_fd)
{
	struct socket_entry *socket = s->entry->socket.accept ? s->entry : NULL;
	uint64_t wait;

	if (service_start(s->manager, s->entry->service, socket, connection_fd, &wait) == -EAGAIN)
		pause_listening(s, wait, "its service was started too often");
}

static void accept_connection(struct open_socket *s, int port_fd)
{
	int fd = accept4(port_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		start_service(s, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
		pause_listening(s, USEC_PER_SEC, "cannot accept connections");
	/* Otherwise the client has gone away. */
}

static int port_ready(struct loop *loop, struct loop_source *source)
{
	struct open_socket *s = CONTAINER_OF(source, struct open_port, source)->socket;
	bool accepts = s->entry->socket.accept;
	uint64_t wait = rate_limit_count(&s->triggers, TRIGGER_INTERVAL,
					 accepts ? TRIGGER_BURST_ACCEPT : TRIGGER_BURST);

	(void)loop;
	if (wait > 0)
		pause_listening(s, wait, "triggered too often");
	else if (accepts)
		accept_connection(s, source->fd);
	else
		start_service(s, -1);
	update(s); /* the limit may be reached, or everything stops */
	return 0;
}

static int open_ports(struct socket_entry *entry)
{
	const struct socket_unit *unit = &entry->socket;
	char escaped[LOG_ESCAPED_SIZE];

	for (size_t i = 0; i < unit->n_ports; i++) {
		int fd = open_port(unit, &unit->ports[i], false);

		log_escape(unit->ports[i].address, escaped);
		if (fd < 0) {
			log_failure(fd, "%s: cannot listen on '%s'", unit->unit->name, escaped);
			return fd;
		}
		entry->fds[i] = fd;
		entry->open->ports[i] = (struct open_port){
			.source = { .fd = fd, .ready = port_ready },
			.socket = entry->open,
		};
		log_info("%s: listening on %s", unit->unit->name, escaped);
	}
	return 0;
}

static int open_entry(struct manager *m, struct socket_entry *entry)
{
	size_t n = entry->socket.n_ports;
	int r;

	entry->fds = malloc(n * sizeof *entry->fds);
	entry->open = calloc(1, sizeof *entry->open + n * sizeof *entry->open->ports);
	if (!entry->fds || !entry->open)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		entry->fds[i] = -1;
	entry->open->pause = (struct loop_timer){ .source.fd = -1, .elapsed = pause_elapsed };
	entry->open->manager = m;
	entry->open->entry = entry;
	r = loop_timer_open(&m->loop, &entry->open->pause);
	return r < 0 ? r : open_ports(entry);
}

static void remove_file(const char *path)
{
	char name[NAME_MAX + 1];
	CLEANUP_FD int fd = path_open("/", path, PATH_LINKS, 0, name);

	if (fd >= 0)
		(void)unlinkat(fd, name, 0);
}

static void close_entry(struct manager *m, struct socket_entry *entry)
{
	const struct socket_unit *unit = &entry->socket;

	for (size_t i = 0; entry->open && entry->fds && i < unit->n_ports; i++) {
		const char *address = unit->ports[i].address;

		if (entry->fds[i] < 0)
			continue;
		if (entry->open->ports[i].polled)
			loop_remove(&m->loop, &entry->open->ports[i].source);
		close_fd(&entry->fds[i]);
		if (unit->remove_on_stop && *address == '/')
			remove_file(address);
	}
	if (entry->open)
		loop_timer_close(&m->loop, &entry->open->pause);
	free(entry->open);
	free(entry->fds);
	entry->open = NULL;
	entry->fds = NULL;
}

void ports_open(struct manager *m)
{
	for (size_t i = 0; i < m->plan.n_sockets; i++) {
		struct socket_entry *entry = &m->plan.sockets[i];

		if (entry->service->refused) {
			log_error("%s: its service is ignored; not opened",
				  entry->socket.unit->name);
			m->failed = true;
		} else if (open_entry(m, entry) < 0) {
			/* All of its ports or none, as systemd does it. */
			close_entry(m, entry);
			m->failed = true;
		} else {
			m->n_triggers++;
		}
	}
	for (size_t i = 0; i < m->plan.n_sockets; i++)
		if (m->plan.sockets[i].open)
			update(m->plan.sockets[i].open);
}

void ports_close(struct manager *m)
{
	for (size_t i = 0; i < m->plan.n_sockets; i++)
		close_entry(m, &m->plan.sockets[i]);
}
