/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver at work. */
#include "server.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"
#include "file.h"
#include "filter.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define STATE_NAME "state"
#define STATE_REMEDY \
	": remove it to begin anew; packets that are no older than --max-age= may then be replayed"

/* Datagrams that one system call takes, and such calls before other sources have their turn. */
#define BATCH   16
#define BATCHES 32

/* While packets come, the zone file is looked at this often. */
#define LOOK_SECONDS 1.0

/* tinydns makes serial numbers of seconds. */
#define FLUSH_SECONDS 1.0

/* The longest pause between two attempts. */
#define RETRY_SECONDS_MAX 60.0

/* Problems of a zone file that are logged at a time; --check prints all. */
#define PROBLEMS_LOGGED_MAX 10

static struct moment clocks(void)
{
	return (struct moment){
		.real = (double)now_us(CLOCK_REALTIME) / (double)USEC_PER_SEC,
		/* Never 0, which stands for "not yet". */
		.monotonic = (double)now_us(CLOCK_MONOTONIC) / (double)USEC_PER_SEC + 1,
	};
}

/* --- the log ------------------------------------------------------------------------------ */

static void report_failure(struct server *s, int r, const char *what, const char *path)
{
	char escaped[LOG_ESCAPED_SIZE];

	s->failures++;
	if (s->reported_failure == r)
		return;
	s->reported_failure = r;
	log_failure(r, "%s '%s', trying again", what, log_escape(path, escaped));
}

static void report_success(struct server *s)
{
	if (s->reported_failure != 0)
		log_info("working again");
	s->reported_failure = 0;
	s->failures = 0;
}

struct problems {
	const char *path;
	size_t n;
};

static void log_problem(void *userdata, unsigned line, const char *what)
{
	struct problems *problems = userdata;
	char escaped[LOG_ESCAPED_SIZE];

	if (problems->n++ < PROBLEMS_LOGGED_MAX)
		log_warning("'%s', line %u: %s, ignoring", log_escape(problems->path, escaped),
			    line, what);
}

static void report_problems(struct server *s)
{
	struct problems problems = { .path = s->store.path };
	struct zone zone = ZONE_NONE;

	if (s->store.problems == s->reported_problems)
		return;
	s->reported_problems = s->store.problems;
	if (zone_parse(s->store.bytes, s->store.size, s->store.types, log_problem, &problems,
		       &zone) == 0)
		zone_release(&zone);
	if (problems.n > PROBLEMS_LOGGED_MAX)
		log_warning("and %zu more; --check prints all", problems.n - PROBLEMS_LOGGED_MAX);
}

static void report_changes(const struct server *s, const struct pending *pending)
{
	char text[DYNDNS_ADDRESS_TEXT], id[DYNDNS_KEY_ID_SIZE + 1], escaped[LOG_ESCAPED_SIZE];

	for (size_t i = 0; i < pending->n; i++) {
		const struct zone_update *u = &pending->updates[i];

		if (!u->changed)
			continue;
		memcpy(id, pending->keys[i]->id, DYNDNS_KEY_ID_SIZE);
		id[DYNDNS_KEY_ID_SIZE] = '\0';
		log_info("key %s %s %s%s", log_escape(id, escaped),
			 s->options->dry_run ? "would be at" : "is at",
			 dyndns_address_text(u->address, text),
			 u->prefix_length < 128 ? " (prefix)" : "");
	}
}

static void report_store(struct server *s)
{
	if (s->store.owner_differs && !s->reported_owner) {
		s->reported_owner = true;
		log_warning("cannot keep the owner of the zone file");
	}
	if (store_has_unmerged_edit(&s->store))
		log_warning("an edit to the replaced zone file was not merged");
}

/* --- the state ---------------------------------------------------------------------------- */

static int save_state(struct server *s, bool exact)
{
	double now = clocks().monotonic;
	char *text = NULL;
	size_t size = 0;
	int r;

	if (s->options->dry_run)
		return 0;
	r = state_format(&s->state, exact, now, &text, &size);
	if (r == 0)
		r = file_replace(s->state_fd, STATE_NAME, text, size, 0600);
	free(text);
	if (r == 0)
		state_saved(&s->state, now);
	return r;
}

static int load_state(struct server *s)
{
	const char *directory = s->options->state_directory;
	char escaped[LOG_ESCAPED_SIZE];
	char *text = NULL;
	size_t size = 0;
	unsigned line = 0;
	int r;

	if (!directory)
		return 0;
	s->state_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->state_fd < 0) {
		r = -errno;
		log_failure(r, "cannot open '%s'", log_escape(directory, escaped));
		return r;
	}
	r = file_read(s->state_fd, STATE_NAME, STATE_SIZE_MAX, &text, &size);
	if (r == 0)
		r = state_parse(&s->state, text, size, &line);
	free(text);
	(void)log_escape(directory, escaped);
	if (r == -ENOENT) {
		log_info("no state in '%s', starting with none", escaped);
		return 0;
	}
	if (r == -ENODATA)
		log_error("'%s/" STATE_NAME "' is empty" STATE_REMEDY, escaped);
	else if (r == -EBADMSG)
		log_error("'%s/" STATE_NAME "' is damaged at line %u" STATE_REMEDY, escaped, line);
	else if (r < 0)
		log_failure(r, "cannot read the state in '%s'", escaped);
	return r;
}

/* --- the zone ----------------------------------------------------------------------------- */

/* Reads the zone again if somebody changed it. Returns 0 or a negative errno. */
static int look_at_zone(struct server *s, double now)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	s->looked_at = now;
	r = store_refresh(&s->store);
	if (r > 0) {
		report_problems(s);
		s->outputs_due = true;
		return 0;
	}
	if (r < 0 && r != -EAGAIN && r != s->reported_failure) {
		s->reported_failure = r;
		log_failure(r, "cannot read the zone '%s', %s", log_escape(s->store.path, escaped),
			    s->store.loaded ? "keeping the last one" : "waiting for it");
	}
	return r;
}

/* Before the zone changes, the state is saved. */
static int before_write(void *userdata, const struct store *store, const struct zone_edits *edits)
{
	struct server *s = userdata;
	const struct zone *zone = &store->zone;

	for (size_t i = 0; i < edits->n; i++) {
		const struct zone_block *block = &zone->blocks[edits->at[i].index];

		if (edits->at[i].is_record || accept_wrote(&s->acceptor, zone, block) ||
		    block->timestamp == 0)
			continue;
		/* That time is about to vanish from the file: it still holds for all keys. */
		for (uint32_t k = block->first_key; k < block->first_key + block->n_keys; k++) {
			const struct keys *keys = &store->keys;
			struct state_key *key =
				state_get(&s->state, keys->entries[keys->of_key[k]].id);

			if (!key)
				return -ENOMEM;
			state_raise(&s->state, key, (double)block->timestamp / 100);
		}
	}
	return save_state(s, false);
}

/* Returns 0, -EAGAIN when somebody is editing the zone, or a negative errno that was reported. */
static int update_zone(struct server *s, struct pending *pending)
{
	struct store_plan plan = {
		.updates = pending->updates,
		.n_updates = pending->n,
		.policy = { .update_timestamps = s->options->update_timestamps,
			    .is_ours = accept_is_ours,
			    .userdata = &s->acceptor },
		.dry_run = s->options->dry_run,
		.before = before_write,
		.userdata = s,
	};
	int r = store_update(&s->store, &plan);

	s->outputs_due = true; /* they show the time of each key's last packet */
	if (r >= 0) {
		report_changes(s, pending);
		pending_settle(pending, &s->state, s->options->update_timestamps);
		return 0;
	}
	if (r != -EAGAIN)
		report_failure(s, r, "cannot update the zone", s->store.path);
	return r;
}

/* --- to disk ------------------------------------------------------------------------------ */

static int write_outputs(struct server *s)
{
	const struct output_source source = {
		.bytes = s->store.bytes,
		.zone = &s->store.zone,
		.keys = &s->store.keys,
		.state = &s->state,
		.origin = s->options->origin,
		.nameserver = s->options->nameserver,
		.now = clocks().real,
	};
	const char *path = NULL;
	int r;

	if (!s->outputs_due || !s->store.loaded || s->options->dry_run)
		return 0;
	r = outputs_write(&s->options->outputs, &source, &path);
	if (r < 0) {
		report_failure(s, r, "cannot write", path);
		return r;
	}
	s->outputs_due = false;
	return 0;
}

/* Whether a failure leaves anything undone. */
static bool has_work(const struct server *s)
{
	return state_has_pending(&s->state) ||
	       (!s->options->dry_run && (s->outputs_due || s->state.must_save));
}

/* Writes what is pending to the zone. look: of look_at_zone(). Returns as update_zone(). */
static int flush_zone(struct server *s, int look, struct pending *pending)
{
	int r;

	if (!s->store.loaded) {
		s->failures++;
		return look;
	}
	r = pending_collect(&s->state, &s->store.zone, &s->store.keys, pending);
	if (r < 0)
		report_failure(s, r, "cannot update the zone", s->store.path);
	else if (pending->n > 0)
		r = update_zone(s, pending);
	else if (look == -EAGAIN)
		r = look;
	return r;
}

/* Returns 0, -EAGAIN when somebody is editing the zone, or a negative errno that was reported. */
static int flush(struct server *s)
{
	struct pending pending = PENDING_NONE;
	int look, r, q;

	s->flushed_at = clocks().monotonic;
	look = look_at_zone(s, s->flushed_at);
	r = flush_zone(s, look, &pending);
	if (s->state.must_save) {
		q = save_state(s, false);
		if (q < 0)
			report_failure(s, q, "cannot save the state in",
				       s->options->state_directory);
		if (q < 0 && (r == 0 || r == -EAGAIN))
			r = q;
	}
	if (r == 0)
		r = write_outputs(s);
	if (r != -EAGAIN)
		answers_send(&s->answers, &pending, r < 0);
	if (r == 0 && look == 0)
		report_success(s);
	report_store(s);
	pending_release(&pending);
	return r;
}

static double retry_seconds(unsigned failures)
{
	double seconds = FLUSH_SECONDS;

	for (unsigned i = 1; i < failures && seconds < RETRY_SECONDS_MAX; i++)
		seconds *= 2;
	return seconds < RETRY_SECONDS_MAX ? seconds : RETRY_SECONDS_MAX;
}

/* Holds the loop until the timer has elapsed and everything is written. */
static void flush_in(struct server *s, double seconds)
{
	if (!s->held)
		loop_hold(s->loop);
	s->held = true;
	loop_timer_set(&s->timer, seconds > 0 ? (uint64_t)(seconds * (double)USEC_PER_SEC) + 1 : 1);
}

static int timer_elapsed(struct loop *loop, struct loop_timer *timer)
{
	struct server *s = CONTAINER_OF(timer, struct server, timer);
	int r = flush(s);

	if (r == -EAGAIN || (r < 0 && has_work(s))) {
		flush_in(s, r == -EAGAIN ? FLUSH_SECONDS : retry_seconds(s->failures));
		return 0;
	}
	s->failures = 0; /* nothing is undone: the next packet tries at once */
	s->held = false;
	loop_release(loop);
	return 0;
}

/* Something has to be written: at once, or a second after the last time. */
static void want_flush(struct server *s, double now)
{
	/* After a failure the timer is set, and a client must not make it elapse earlier. */
	if (s->failures == 0)
		flush_in(s, s->flushed_at > 0 ? s->flushed_at + FLUSH_SECONDS - now : 0);
}

/* --- datagrams ---------------------------------------------------------------------------- */

static bool take_datagram(struct server *s, const uint8_t *bytes, size_t size,
			  const struct peer *peer)
{
	uint8_t source[DYNDNS_ADDRESS_SIZE];
	struct accepted accepted;

	if (!peer_source(peer, source))
		return false;
	switch (accept_datagram(&s->acceptor, bytes, size, source, &accepted)) {
	case ACCEPTED:
		answers_add(&s->answers, peer, &accepted);
		return true;
	case CHALLENGED:
		answer_send(peer, &accepted.challenge);
		return false;
	default:
		return false;
	}
}

/*
 * Takes one batch. Returns how many there were, below 0 for a negative errno that is
 * not about a single datagram; *accepted is set if one was accepted.
 */
static int take_batch(struct server *s, int fd, bool *accepted)
{
	uint8_t bytes[BATCH][DYNDNS_V2_SIZE + 1]; /* one more, to notice longer ones */
	struct peer peers[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec iovs[BATCH];
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		iovs[i].iov_base = bytes[i];
		iovs[i].iov_len = sizeof bytes[i];
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &peers[i].address,
						       .msg_namelen = sizeof peers[i].address,
						       .msg_iov = &iovs[i],
						       .msg_iovlen = 1,
						       .msg_control = peers[i].control,
						       .msg_controllen = sizeof peers[i].control };
	}
	n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0) /* none there, or the network's error for an answer that was sent before */
		return errno == EBADF || errno == ENOTSOCK || errno == EINVAL ? -errno : 0;
	for (int i = 0; i < n; i++) {
		peers[i].fd = fd;
		peers[i].address_size = messages[i].msg_hdr.msg_namelen;
		peers[i].control_size = messages[i].msg_hdr.msg_controllen;
		*accepted |= take_datagram(s, bytes[i], messages[i].msg_len, &peers[i]);
	}
	return n;
}

static int datagram_ready(struct loop *loop, struct loop_source *source)
{
	struct server *s = CONTAINER_OF(source, struct server_socket, source)->server;
	double now = clocks().monotonic;
	bool due = false;
	int n = BATCH;

	(void)loop;
	if (now - s->looked_at >= LOOK_SECONDS)
		due = look_at_zone(s, now) == -EAGAIN || s->outputs_due;
	for (unsigned i = 0; i < BATCHES && n == BATCH; i++) {
		n = take_batch(s, source->fd, &due);
		if (n < 0)
			return n;
	}
	if (s->acceptor.window_suspended && !s->reported_clock) {
		s->reported_clock = true;
		log_warning("clock not set; accepting any timestamp");
	}
	if (due)
		want_flush(s, now);
	return 0;
}

/* --- open and close ------------------------------------------------------------------------ */

/* What only makes things better may fail. */
static int add_socket(struct server *s, const struct service_socket *socket)
{
	struct server_socket *added = &s->sockets[s->n_sockets];
	bool v6 = socket->family == AF_INET6;
	int on = s->options->limits.v2, r;

	r = filter_attach(socket->fd, s->options->limits.v2);
	if (r < 0)
		log_failure(r, "cannot attach the length filter, ignoring");
	/* On a host with several addresses, the answer must come from the one that was asked. */
	(void)setsockopt(socket->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			 v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof on);
	added->server = s;
	added->source = (struct loop_source){ .fd = socket->fd, .ready = datagram_ready };
	r = loop_add(s->loop, &added->source, EPOLLIN);
	if (r == 0)
		s->n_sockets++;
	return r;
}

/*
 * Throws away what the sockets have: as long as there is something to receive, systemd
 * starts us again, and we would fail again.
 */
static void discard_datagrams(const struct sockets *sockets)
{
	uint8_t byte;

	for (size_t i = 0; i < sockets->n; i++) {
		for (unsigned n = 0; n < BATCH * BATCHES; n++) {
			if (recv(sockets->at[i].fd, &byte, sizeof byte, MSG_DONTWAIT) < 0)
				break;
		}
	}
}

int server_open(struct server *s, struct loop *loop, const struct sockets *sockets,
		const struct server_options *options)
{
	struct moment now = clocks();
	int r;

	*s = SERVER_CLOSED;
	s->loop = loop;
	s->options = options;
	r = store_open(&s->store, options->zone, options->record_types);
	if (r == 0)
		r = load_state(s);
	if (r < 0) {
		discard_datagrams(sockets);
		return r;
	}
	r = acceptor_open(&s->acceptor, &options->limits, &s->state, clocks);
	s->acceptor.zone = &s->store.zone;
	s->acceptor.keys = &s->store.keys;
	s->timer.elapsed = timer_elapsed;
	if (r == 0)
		r = loop_timer_open(loop, &s->timer);
	for (size_t i = 0; r == 0 && i < sockets->n; i++)
		r = add_socket(s, &sockets->at[i]);
	if (r < 0) {
		log_failure(r, "cannot set up the receiver");
		return r;
	}
	(void)look_at_zone(s, now.monotonic); /* reported; it may come later */
	/* What an earlier process accepted and could not write, and outputs that are missing. */
	if (state_has_pending(&s->state) || s->outputs_due)
		want_flush(s, now.monotonic);
	return 0;
}

int server_stop(struct server *s)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r = 0;

	for (size_t i = 0; i < s->n_sockets; i++)
		loop_remove(s->loop, &s->sockets[i].source);
	s->n_sockets = 0;
	/* A failure was reported; the state keeps what is pending. */
	if (s->held || s->store.loaded)
		(void)flush(s);
	if (s->state.differs || s->state.must_save)
		r = save_state(s, true);
	if (r < 0)
		log_failure(r, "cannot save the state in '%s'",
			    log_escape(s->options->state_directory, escaped));
	return r;
}

void server_close(struct server *s)
{
	if (s->loop)
		loop_timer_close(s->loop, &s->timer);
	store_close(&s->store);
	state_release(&s->state);
	close_fd(&s->state_fd);
}
