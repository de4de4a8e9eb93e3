/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver at work. */
#include "server.h"

#include "fd.h"
#include "file.h"
#include "filter.h"
#include "log.h"
#include "order.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATE_NAME "state"

/* Datagrams that one system call takes, and such calls before other sources have their turn. */
#define BATCH   16
#define BATCHES 32

/* The zone file is looked at this often, while packets come. */
#define LOOK_SECONDS 1.0

/* tinydns makes serial numbers of seconds. */
#define FLUSH_SECONDS 1.0

/* After a write the file is looked at once more, and again after double the time, so long. */
#define LOOKING_SECONDS 60.0

/*
 * The time of an update that is put back when somebody overwrites it. What is older is
 * not worth it: the client will have sent another, or is gone.
 */
#define AGAIN_SECONDS 3600.0

/* A zone in which an update finds no place may be a half of one: somebody edits it. */
#define SETTLE_SECONDS 2.0

/* A zone that is just being edited is tried this often, and so long at most. */
#define EDITED_SECONDS     0.25
#define EDITED_SECONDS_MAX 15.0

/* The longest pause between two attempts. */
#define RETRY_SECONDS_MAX 60.0

/* Problems of a zone file that are told of at a time; --check has all. */
#define PROBLEMS_TOLD_MAX 10

#define MICROSECONDS 1e6

/* An update on its way to the zone. */
struct candidate {
	struct state_key *key;
	size_t family;
};

/* All of them, and what a plan makes of them: updates[i] is of list[indices[i]]. */
struct work {
	struct candidate *list;
	uint32_t *indices;
	struct zone_update *updates;
	size_t n;
};

static struct moment clocks(void)
{
	struct timespec real = { 0 }, monotonic = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &real);
	(void)clock_gettime(CLOCK_MONOTONIC, &monotonic);
	return (struct moment){
		.real = (double)real.tv_sec + (double)real.tv_nsec / 1e9,
		/* Never 0, which stands for "not yet". */
		.monotonic = (double)monotonic.tv_sec + (double)monotonic.tv_nsec / 1e9 + 1,
	};
}

/* --- what is told ----------------------------------------------------------------------- */

static void tell_failure(struct server *s, int r, const char *what, const char *path)
{
	char escaped[LOG_ESCAPED_SIZE];

	s->failures++;
	if (s->told_failure == r)
		return;
	s->told_failure = r;
	log_failure(r, "%s '%s', trying again", what, log_escape(path, escaped));
}

static void tell_success(struct server *s)
{
	if (s->told_failure != 0)
		log_info("it works again");
	s->told_failure = 0;
	s->failures = 0;
}

struct telling {
	const char *path;
	size_t told;
};

static void tell_problem(void *userdata, unsigned line, const char *what)
{
	struct telling *t = userdata;
	char escaped[LOG_ESCAPED_SIZE];

	if (t->told++ < PROBLEMS_TOLD_MAX)
		log_warning("'%s', line %u: %s, leaving it alone", log_escape(t->path, escaped),
			    line, what);
}

static void tell_problems(struct server *s)
{
	struct telling telling = { .path = s->store.path };
	struct zone again = ZONE_NONE;

	if (s->store.problems.hash == s->told_problems)
		return;
	s->told_problems = s->store.problems.hash;
	if (zone_parse(s->store.bytes, s->store.size, s->store.types, tell_problem, &telling,
		       &again) == 0)
		zone_release(&again);
	if (telling.told > PROBLEMS_TOLD_MAX)
		log_warning("and %zu more; --check lists them all",
			    telling.told - PROBLEMS_TOLD_MAX);
}

static void tell_update(const struct server *s, const struct state_key *key,
			const struct zone_update *update)
{
	char text[DYNDNS_ADDRESS_TEXT], id[DYNDNS_KEY_ID_SIZE + 1], escaped[LOG_ESCAPED_SIZE];

	memcpy(id, key->id, sizeof key->id);
	id[sizeof key->id] = '\0';
	log_info("key %s %s %s%s", log_escape(id, escaped),
		 s->options->dry_run ? "would be at" : "is at",
		 dyndns_address_text(update->address, text),
		 update->prefix_length < 128 ? " (prefix)" : "");
}

/* --- state -------------------------------------------------------------------------------- */

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

static void bad_state_line(void *userdata, unsigned line)
{
	size_t *told = userdata;

	if ((*told)++ < PROBLEMS_TOLD_MAX)
		log_warning("line %u of the state cannot be read, ignoring", line);
}

static int load_state(struct server *s)
{
	const char *directory = s->options->state_directory;
	char escaped[LOG_ESCAPED_SIZE];
	char *text = NULL;
	size_t size = 0, told = 0;
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
		r = state_parse(&s->state, text, size, bad_state_line, &told);
	free(text);
	if (r < 0 && r != -ENOENT) {
		log_failure(r, "cannot read the state in '%s'", log_escape(directory, escaped));
		return r;
	}
	return 0;
}

/* --- zone --------------------------------------------------------------------------------- */

/* Reads the zone anew if somebody changed it. */
static int look_at_zone(struct server *s, double now)
{
	char escaped[LOG_ESCAPED_SIZE];
	int r;

	s->looked_at = now;
	r = store_refresh(&s->store);
	if (r == 0 || r == -EAGAIN || r == s->told_failure)
		return r;
	if (r < 0) {
		s->told_failure = r;
		log_failure(r, "cannot read the zone '%s', %s", log_escape(s->store.path, escaped),
			    s->store.loaded ? "going on with what it was" : "waiting for it");
		return r;
	}
	tell_problems(s);
	s->outputs_due = true;
	return 0;
}

/* Just before the zone changes: the state comes first. */
static int before_write(void *userdata, const struct store *store, const struct zone_edits *edits)
{
	struct server *s = userdata;
	const struct zone *zone = &store->zone;

	for (size_t i = 0; i < edits->n; i++) {
		const struct zone_block *block = &zone->blocks[edits->at[i].index];

		if (edits->at[i].is_record || accept_wrote(&s->acceptor, zone, block) ||
		    block->timestamp == 0)
			continue;
		/* That time is about to vanish from the file: it holds on for all keys. */
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

static const struct state_entry *entry_of(const struct candidate *c)
{
	return &c->key->family[c->family];
}

/* Of the update that is pending, or of the one that is in the zone or was. */
static double time_of(const struct state_entry *entry)
{
	return entry->pending ? entry->wanted : entry->written;
}

static bool candidate_is_before(const void *userdata, uint32_t a, uint32_t b)
{
	const struct candidate *list = userdata;

	return time_of(entry_of(&list[a])) < time_of(entry_of(&list[b]));
}

static void make_update(const struct server *s, const struct candidate *c, struct zone_update *u)
{
	const struct state_entry *entry = entry_of(c);
	const struct key_entry *key = keys_find(&s->store.keys, c->key->id);

	*u = (struct zone_update){ .family = (uint8_t)c->family,
				   .prefix_length = entry->prefix_length,
				   .version = entry->version,
				   .confirmations = entry->confirmations,
				   .timestamp = time_of(entry),
				   .again = !entry->pending };
	memcpy(u->key, s->store.zone.keys[s->store.zone.by_key[key->first]].key, sizeof u->key);
	memcpy(u->address, entry->address, sizeof u->address);
	memcpy(u->before, entry->before, sizeof u->before);
}

static void release_work(struct work *w)
{
	free(w->list);
	free(w->indices);
	free(w->updates);
	*w = (struct work){ 0 };
}

/* Nothing in the zone took it; once more, and it is done with. */
static void give_up(struct state_entry *entry, double now)
{
	if (!(entry->tried_at > 0))
		entry->tried_at = now;
	else if (now - entry->tried_at >= SETTLE_SECONDS)
		entry->pending = false;
}

/* Whether it is to be in the zone: pending, or written not long ago. */
static bool is_candidate(const struct server *s, const struct state_entry *entry, double real)
{
	if (entry->pending)
		return true;
	return !s->options->dry_run && entry->version > 0 &&
	       dyndns_timestamp_is_sane(entry->written) && real - entry->written < AGAIN_SECONDS;
}

/* Lists what is to be in the zone, oldest first; forgets what belongs to keys that are gone. */
static int collect_work(struct server *s, struct moment now, struct work *w)
{
	size_t room = s->state.n * DYNDNS_FAMILIES + 1;

	*w = (struct work){ .list = calloc(room, sizeof *w->list),
			    .indices = calloc(room, sizeof *w->indices),
			    .updates = calloc(room, sizeof *w->updates) };
	if (!w->list || !w->indices || !w->updates) {
		release_work(w);
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->state.n_slots; i++) {
		for (size_t f = 0; s->state.slots[i] && f < DYNDNS_FAMILIES; f++) {
			struct state_entry *entry = &s->state.slots[i]->family[f];

			if (!is_candidate(s, entry, now.real))
				continue;
			if (keys_find(&s->store.keys, s->state.slots[i]->id)) {
				w->indices[w->n] = (uint32_t)w->n;
				w->list[w->n++] = (struct candidate){ s->state.slots[i], f };
			} else if (entry->pending && s->store.loaded) {
				give_up(entry, now.monotonic);
			}
		}
	}
	order(w->indices, w->n, candidate_is_before, w->list);
	for (size_t i = 0; i < w->n; i++)
		make_update(s, &w->list[w->indices[i]], &w->updates[i]);
	return 0;
}

/*
 * Somebody else has the names now: the updates of the other keys of these blocks are
 * not lost when the zone shows another address than theirs.
 */
static void supersede_others(struct server *s, const struct zone_update *update)
{
	const struct zone *zone = &s->store.zone;
	const struct keys *keys = &s->store.keys;
	size_t first, n = zone_find_key(zone, update->key, &first);

	for (size_t i = first; i < first + n; i++) {
		const struct zone_block *block = &zone->blocks[zone->keys[zone->by_key[i]].block];

		for (uint32_t k = block->first_key; k < block->first_key + block->n_keys; k++) {
			struct state_key *key =
				state_find(&s->state, keys->entries[keys->of_key[k]].id);

			if (key && memcmp(zone->keys[k].key, update->key, DYNDNS_KEY_SIZE) != 0)
				memset(key->family[update->family].before, 0, DYNDNS_ADDRESS_SIZE);
		}
	}
}

/* What the outcome of the plan means for what is remembered. */
static void settle(struct server *s, const struct work *w, double now)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct candidate *c = &w->list[w->indices[i]];
		const struct zone_update *u = &w->updates[i];
		struct state_entry *entry = &c->key->family[c->family];

		if (u->changed) {
			tell_update(s, c->key, u);
			supersede_others(s, u);
			memcpy(entry->before, u->before, sizeof entry->before);
		}
		if (!entry->pending)
			continue;
		if (u->changed || (u->reached && s->options->update_timestamps))
			entry->written = u->timestamp;
		if (u->reached || s->options->dry_run)
			entry->pending = false;
		else
			give_up(entry, now);
		s->state.differs = true;
	}
}

/* --- answers ------------------------------------------------------------------------------ */

static void send_answer(const struct server_peer *peer, const struct dyndns_answer *answer)
{
	uint8_t bytes[DYNDNS_ANSWER_SIZE];
	struct server_peer to = *peer; /* sendmsg(2) takes nothing that is const */
	struct iovec iov = { bytes, sizeof bytes };
	struct msghdr message = { .msg_name = &to.address,
				  .msg_namelen = to.address_size,
				  .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = to.control_size > 0 ? to.control : NULL,
				  .msg_controllen = (socklen_t)to.control_size };

	dyndns_answer_write(answer, bytes);
	/* It may get lost like any datagram. */
	(void)sendmsg(to.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void answer_one(const struct server_waiting *to, const struct work *w, bool failed)
{
	struct dyndns_answer answer = { .type = DYNDNS_ACKNOWLEDGEMENT,
					.status = DYNDNS_WITHOUT_EFFECT };
	bool changed = false, reached = false, unconfirmed = false;

	memcpy(answer.nonce, to->nonce, sizeof answer.nonce);
	for (size_t i = 0; i < w->n; i++) {
		const struct candidate *c = &w->list[w->indices[i]];
		const struct zone_update *u = &w->updates[i];

		if (c->key != to->key || !to->families[c->family])
			continue;
		changed |= u->changed;
		reached |= u->reached;
		unconfirmed |= u->unconfirmed;
		if (u->reached)
			memcpy(answer.address[c->family], u->address, DYNDNS_ADDRESS_SIZE);
	}
	if (failed)
		answer.status = DYNDNS_PENDING;
	else if (reached)
		answer.status = changed ? DYNDNS_APPLIED : DYNDNS_UNCHANGED;
	else if (unconfirmed)
		answer.status = DYNDNS_UNCONFIRMED;
	send_answer(&to->peer, &answer);
}

static void answer_all(struct server *s, const struct work *w, bool failed)
{
	for (size_t i = 0; i < s->n_waiting; i++)
		answer_one(&s->waiting[i], w, failed);
	s->n_waiting = 0;
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
		tell_failure(s, r, "cannot write", path);
		return r;
	}
	s->outputs_due = false;
	return 0;
}

/* Whether something waits for the disk. */
static bool is_pending(const struct server *s)
{
	for (size_t i = 0; i < s->state.n_slots; i++) {
		for (size_t f = 0; s->state.slots[i] && f < DYNDNS_FAMILIES; f++) {
			if (s->state.slots[i]->family[f].pending)
				return true;
		}
	}
	return false;
}

/* Whether a failure leaves anything undone: a look at the zone is nobody's loss. */
static bool is_owing(const struct server *s)
{
	return is_pending(s) || (!s->options->dry_run && (s->outputs_due || s->state.must_save));
}

/* Returns 0, -EAGAIN when somebody is editing it, or a negative errno that was told of. */
static int update_zone(struct server *s, struct work *w, double now)
{
	struct store_plan plan = {
		.updates = w->updates,
		.n_updates = w->n,
		.policy = { .update_timestamps = s->options->update_timestamps,
			    .is_ours = accept_is_ours,
			    .userdata = &s->acceptor },
		.dry_run = s->options->dry_run,
		.before = before_write,
		.userdata = s,
	};
	int r = store_update(&s->store, &plan);

	if (r == -EAGAIN && !s->store.hurry)
		return r;
	if (r == -EAGAIN)
		r = -EBUSY;
	if (r < 0) {
		tell_failure(s, r, "cannot update the zone", s->store.path);
		return r;
	}
	if (r > 0) {
		s->written_at = s->flushed_at = now;
		s->outputs_due = true;
	}
	return 0;
}

/*
 * What is pending, and what somebody overwrote or wrote past us, goes to disk. Returns 0,
 * -EAGAIN when somebody is just editing the zone, or a negative errno that was told of.
 */
static int flush(struct server *s)
{
	struct work w = { 0 };
	struct moment now = clocks();
	bool pending = is_pending(s);
	int look, r, q;

	if (pending || s->outputs_due)
		s->flushed_at = now.monotonic;
	s->store.hurry = s->edited_at > 0 && now.monotonic - s->edited_at >= EDITED_SECONDS_MAX;
	look = look_at_zone(s, now.monotonic);
	if (look < 0 && !s->store.loaded) {
		s->failures++;
		answer_all(s, &w, true);
		return look;
	}
	r = collect_work(s, now, &w);
	if (r < 0)
		tell_failure(s, r, "cannot update the zone", s->store.path);
	else if (w.n > 0 || s->store.n_replaced > 0)
		r = update_zone(s, &w, now.monotonic);
	else if (look == -EAGAIN)
		r = look;
	s->outputs_due |= pending;
	if (r == 0)
		settle(s, &w, now.monotonic);
	if (r != -EAGAIN)
		s->edited_at = 0;
	else if (!(s->edited_at > 0))
		s->edited_at = now.monotonic;
	if (s->state.must_save) {
		q = save_state(s, false);
		if (q < 0)
			tell_failure(s, q, "cannot save the state in", s->options->state_directory);
		r = r < 0 && r != -EAGAIN ? r : q < 0 ? q : r;
	}
	if (r == 0)
		r = write_outputs(s);
	if (r != -EAGAIN)
		answer_all(s, &w, r < 0);
	if (s->store.owner_differs && !s->told_owner) {
		s->told_owner = true;
		log_warning("cannot keep the owner of the zone file");
	}
	if (s->store.left_behind) {
		s->store.left_behind = false;
		log_warning("what somebody wrote into the replaced zone file is only there");
	}
	release_work(&w);
	return r;
}

static double retry_seconds(unsigned failures)
{
	double seconds = FLUSH_SECONDS;

	for (unsigned i = 1; i < failures && seconds < RETRY_SECONDS_MAX; i++)
		seconds *= 2;
	return seconds < RETRY_SECONDS_MAX ? seconds : RETRY_SECONDS_MAX;
}

static void set_timer(struct server *s, double seconds)
{
	loop_timer_set(&s->timer, seconds > 0 ? (uint64_t)(seconds * MICROSECONDS) + 1 : 1);
}

static void hold(struct server *s)
{
	if (!s->held)
		loop_hold(s->loop);
	s->held = true;
}

static void release(struct server *s)
{
	if (s->held)
		loop_release(s->loop);
	s->held = false;
}

static int timer_elapsed(struct loop *loop, struct loop_timer *timer)
{
	struct server *s = (struct server *)((char *)timer - offsetof(struct server, timer));
	int r = flush(s);
	double age = clocks().monotonic - s->written_at;

	(void)loop;
	if (r == -EAGAIN || (r < 0 && is_owing(s))) {
		hold(s);
		set_timer(s, r == -EAGAIN ? EDITED_SECONDS : retry_seconds(s->failures));
		return 0;
	}
	if (r == 0)
		tell_success(s);
	else
		s->failures = 0; /* nobody waits: the next packet tries at once */
	if (is_pending(s) || (s->written_at > 0 && age < FLUSH_SECONDS))
		hold(s);
	else
		release(s);
	if (s->held)
		set_timer(s, FLUSH_SECONDS);
	else if (s->written_at > 0 && age < LOOKING_SECONDS)
		set_timer(s, age);
	else
		store_forget_replaced(&s->store);
	return 0;
}

/* Something is to be written: at once, or when the last time is a second ago. */
static void want_flush(struct server *s, double now)
{
	double wait = s->flushed_at > 0 ? s->flushed_at + FLUSH_SECONDS - now : 0;

	if (s->failures > 0 || s->edited_at > 0)
		return; /* the timer runs, and a client must not make it run faster */
	hold(s);
	set_timer(s, wait);
}

/* --- datagrams ---------------------------------------------------------------------------- */

static bool read_source(const struct server_peer *peer, uint8_t ret[DYNDNS_ADDRESS_SIZE])
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

/* Answers go back by whatever way there is, not only by the interface of the question. */
static void forget_interface(struct server_peer *peer)
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

static void note_waiting(struct server *s, const struct server_peer *peer,
			 const struct accepted *accepted)
{
	struct server_waiting *w;

	if (accepted->request.version < 2 || s->n_waiting == SERVER_WAITING_MAX)
		return;
	w = &s->waiting[s->n_waiting++];
	*w = (struct server_waiting){ .peer = *peer, .key = accepted->key };
	forget_interface(&w->peer);
	memcpy(w->nonce, accepted->request.nonce, sizeof w->nonce);
	for (size_t i = 0; i < accepted->n_updates; i++)
		w->families[accepted->updates[i].family] = true;
}

static bool take_datagram(struct server *s, const uint8_t *bytes, size_t size,
			  struct server_peer *peer)
{
	uint8_t source[DYNDNS_ADDRESS_SIZE];
	struct accepted accepted;

	if (!read_source(peer, source))
		return false;
	switch (accept_datagram(&s->acceptor, bytes, size, source, &accepted)) {
	case ACCEPTED:
		note_waiting(s, peer, &accepted);
		return true;
	case CHALLENGED:
		forget_interface(peer);
		send_answer(peer, &accepted.challenge);
		return false;
	default:
		return false;
	}
}

static int datagram_ready(struct loop *loop, struct loop_source *source)
{
	struct server *s = ((struct server_socket *)source)->server; /* source is its first */
	uint8_t bytes[BATCH][DYNDNS_V2_SIZE + 1]; /* one more, to tell longer ones */
	struct server_peer peers[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec iovs[BATCH];
	double now = clocks().monotonic;
	bool accepted = false;
	int n = BATCH;

	(void)loop;
	if (now - s->looked_at >= LOOK_SECONDS)
		accepted = look_at_zone(s, now) == -EAGAIN || s->outputs_due;
	for (unsigned i = 0; i < BATCHES && n == BATCH; i++) {
		for (size_t k = 0; k < BATCH; k++) {
			iovs[k] = (struct iovec){ bytes[k], sizeof bytes[k] };
			messages[k].msg_hdr =
				(struct msghdr){ .msg_name = &peers[k].address,
						 .msg_namelen = sizeof peers[k].address,
						 .msg_iov = &iovs[k],
						 .msg_iovlen = 1,
						 .msg_control = peers[k].control,
						 .msg_controllen = sizeof peers[k].control };
		}
		n = recvmmsg(source->fd, messages, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && (errno == EBADF || errno == ENOTSOCK || errno == EINVAL))
			return -errno;
		/* Below 0: nothing more, or the network's trouble with something we sent. */
		for (int k = 0; k < n; k++) {
			peers[k].fd = source->fd;
			peers[k].address_size = messages[k].msg_hdr.msg_namelen;
			peers[k].control_size = messages[k].msg_hdr.msg_controllen;
			accepted |= take_datagram(s, bytes[k], messages[k].msg_len, &peers[k]);
		}
	}
	if (s->acceptor.window_suspended && !s->told_clock) {
		s->told_clock = true;
		log_warning("the clock is wrong, taking packets of any time");
	}
	if (accepted)
		want_flush(s, now);
	return 0;
}

/* --- open and close ------------------------------------------------------------------------ */

/* Prepares and adds one socket; what only makes things better may fail. */
static int add_socket(struct server *s, const struct service_socket *socket)
{
	struct server_socket *added = &s->sockets[s->n_sockets];
	bool v6 = socket->family == AF_INET6;
	int on = s->options->limits.v2, r;

	r = filter_attach(socket->fd, s->options->limits.v2);
	if (r < 0)
		log_failure(r, "cannot attach the length filter, ignoring");
	/* With several addresses an answer has to come from the one that was asked. */
	(void)setsockopt(socket->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			 v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof on);
	added->server = s;
	added->source = (struct loop_source){ .fd = socket->fd, .ready = datagram_ready };
	r = loop_add(s->loop, &added->source, EPOLLIN);
	if (r == 0)
		s->n_sockets++;
	return r;
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
	if (r < 0)
		return r;
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
	(void)look_at_zone(s, now.monotonic); /* told of; it may come later */
	/* What an earlier life accepted and could not write, and outputs that are not there yet. */
	if (is_pending(s) || s->outputs_due)
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
	/* A failure was told of; the state keeps what is left, also when somebody is editing. */
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
