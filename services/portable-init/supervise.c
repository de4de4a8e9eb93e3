/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of services: their commands one after the other, what happens when a
 * process ends or takes too long, and the way to the end of all.
 */
#include "manager.h"

#include "console.h"
#include "directories.h"
#include "fd.h"
#include "log.h"
#include "notify.h"
#include "sandbox.h"
#include "spawn.h"
#include "values.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* What a service that fails all the time may write at most: a line in so many microseconds. */
#define LOG_INTERVAL SECOND

/* "18446744073709551615" */
#define INSTANCE_SIZE 24

enum state {
	STATE_STARTING,    /* ExecStartPre=, ExecStart= and ExecStartPost= */
	STATE_RUNNING,     /* the main process is there */
	STATE_EXITED,      /* RemainAfterExit= */
	STATE_STOPPING,    /* ExecStop= */
	STATE_TERMINATING, /* after KillSignal= */
	STATE_KILLING,     /* after SIGKILL */
	STATE_CLEANING,    /* ExecStopPost= */
	STATE_WAITING      /* RestartSec= */
};

/* One run of a service: the only one, or that of an instance. */
struct job {
	struct loop_timer timer; /* first: its callback finds the job by it */
	struct job *next;        /* of the same service */
	struct manager *manager;
	struct service_entry *entry;
	struct socket_entry *socket; /* of an instance; else NULL */
	int connection_fd;           /* of an instance, owned */
	struct in6_addr client;      /* at its other end; IPv4 is mapped, others are zero */
	char instance[INSTANCE_SIZE];
	enum state state;
	enum phase phase;
	size_t index; /* of the command in its phase */
	pid_t main, control;
	pid_t session; /* of the main process, also when that has ended */
	bool asked_to_stop;
	bool failed, by_signal, abnormal; /* how the main process ended */
};

static const struct service *service_of(const struct job *job)
{
	return &job->entry->service;
}

static const char *name_of(const struct job *job)
{
	return job->entry->unit->name;
}

static void next_command(struct job *job);
static void wind_down(struct job *job);

/* FOR_EVER stops it. */
static void set_timer(struct job *job, uint64_t microseconds)
{
	loop_timer_set(&job->timer, microseconds == FOR_EVER ? 0 : microseconds ? microseconds : 1);
}

/* A service that fails at every start is not to fill the console. */
static bool may_log(struct service_entry *entry)
{
	uint64_t now = now_monotonic();

	if (entry->last_logged != 0 && now - entry->last_logged < LOG_INTERVAL)
		return false;
	entry->last_logged = now;
	return true;
}

/*
 * All processes of a service are those of its user, whom nobody else is: so a child
 * that becomes this user, and signals whatever it may, reaches them all.
 */
static void signal_user(uid_t uid, int signal)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setresuid(uid, uid, uid) == 0)
			(void)kill(-1, signal);
		_exit(0);
	}
}

static bool has_user_alone(const struct job *job)
{
	return job->entry->uid != 0 && !job->entry->shares_user && !job->socket &&
	       job->manager->abilities & ABILITY_USERS;
}

static void signal_session(pid_t pid, int signal)
{
	if (pid <= 0)
		return;
	/* Before setsid(2) it has no group of its own yet. */
	if (kill(-pid, signal) < 0)
		(void)kill(pid, signal);
}

/* KillSignal=, or SIGKILL, to those that KillMode= says. */
static void send_signal(struct job *job, int signal)
{
	enum kill_mode mode = service_of(job)->kill_mode;
	bool all = mode == KILL_CONTROL_GROUP || (mode == KILL_MIXED && signal == SIGKILL);

	if (!all) {
		if (job->main > 0)
			(void)kill(job->main, signal);
		if (job->control > 0)
			(void)kill(job->control, signal);
		return;
	}
	signal_session(job->main, signal);
	signal_session(job->control, signal);
	if (has_user_alone(job))
		signal_user(job->entry->uid, signal);
}

static void kill_leftovers(struct job *job)
{
	enum kill_mode mode = service_of(job)->kill_mode;

	if (mode != KILL_CONTROL_GROUP && mode != KILL_MIXED)
		return;
	/* The session's number is not given away while any of its processes lives. */
	if (job->session > 0)
		(void)kill(-job->session, SIGKILL);
	job->session = 0;
	if (has_user_alone(job))
		signal_user(job->entry->uid, SIGKILL);
}

static int spawn_command(struct job *job)
{
	struct spawn what = {
		.entry = job->entry,
		.instance = job->entry->template ? job->instance : NULL,
		.phase = job->phase,
		.index = job->index,
		.connection_fd = job->connection_fd,
		.main_pid = job->main,
		.abilities = job->manager->abilities,
	};
	CLEANUP_FD int console_fd = -1;
	char *connection_name = (char[]){ "connection" };
	pid_t pid = 0;
	int r;

	if (job->socket) {
		what.passed = (struct passed){ &job->connection_fd, &connection_name, 1 };
	} else {
		r = listeners_collect(job->manager, job->entry, &what.passed);
		if (r < 0)
			return r;
	}
	console_fd = console_open(&job->manager->loop, name_of(job));
	what.console_fd = console_fd;
	r = console_fd < 0 ? console_fd : spawn(&what, &pid);
	if (!job->socket) {
		free(what.passed.fds);
		free(what.passed.names);
	}
	if (r < 0)
		return r;
	if (job->phase == PHASE_START)
		job->main = job->session = pid;
	else
		job->control = pid;
	return 0;
}

/* Also for a job that failed while it started, or that takes too long. */
static void terminate(struct job *job)
{
	if ((job->main == 0 && job->control == 0) || service_of(job)->kill_mode == KILL_NONE) {
		wind_down(job);
		return;
	}
	job->state = STATE_TERMINATING;
	set_timer(job, service_of(job)->stop_timeout);
	send_signal(job, service_of(job)->kill_signal);
	/* One that was stopped by a signal would not see it. */
	send_signal(job, SIGCONT);
}

static void fail_start(struct job *job)
{
	job->failed = true;
	terminate(job);
}

static void is_started(struct job *job)
{
	const struct service *s = service_of(job);

	set_timer(job, FOR_EVER);
	if (job->main > 0) {
		job->state = STATE_RUNNING;
	} else if (s->type == TYPE_ONESHOT && s->remain_after_exit && !job->asked_to_stop) {
		job->state = STATE_EXITED;
	} else {
		wind_down(job);
		return;
	}
	services_boot(job->manager);
}

/* Removes what a job held, and lets the world know. */
static void bury(struct job *job)
{
	struct manager *m = job->manager;
	struct service_entry *entry = job->entry;
	struct job **link = &entry->jobs;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
	loop_timer_close(&m->loop, &job->timer);
	close_fd(&job->connection_fd);
	if (job->socket)
		job->socket->n_connections--;
	free(job);

	if (!entry->jobs)
		directories_clean(&entry->service);
	if (m->stopping) {
		services_stop(m, false);
		return;
	}
	services_boot(m);
	listeners_update(m, entry);
	timers_update(m, entry);
	if (nothing_is_left(m))
		loop_end(&m->loop);
}

static bool should_restart(const struct job *job)
{
	if (job->asked_to_stop || job->manager->stopping || job->socket)
		return false;
	switch (service_of(job)->restart) {
	case RESTART_ALWAYS:
		return true;
	case RESTART_ON_SUCCESS:
		return !job->failed;
	case RESTART_ON_FAILURE:
		return job->failed;
	case RESTART_ON_ABNORMAL:
		return job->failed && job->abnormal;
	case RESTART_ON_ABORT:
		return job->failed && job->by_signal;
	default: /* there are no watchdogs here */
		return false;
	}
}

/* All commands have run. */
static void is_dead(struct job *job)
{
	struct service_entry *entry = job->entry;

	entry->last_inactive = now_monotonic();
	entry->failed = job->failed;
	if (!should_restart(job)) {
		bury(job);
		return;
	}
	job->state = STATE_WAITING;
	set_timer(job, service_of(job)->restart_delay);
}

/* The main process is gone, or given up: what it left behind, and ExecStopPost=. */
static void wind_down(struct job *job)
{
	kill_leftovers(job);
	job->state = STATE_CLEANING;
	job->phase = PHASE_STOP_POST;
	job->index = 0;
	job->main = 0;
	job->control = 0;
	set_timer(job, service_of(job)->stop_timeout);
	next_command(job);
}

static void phase_is_done(struct job *job)
{
	switch (job->phase) {
	case PHASE_START_POST:
		is_started(job);
		break;
	case PHASE_STOP:
		terminate(job);
		break;
	case PHASE_STOP_POST:
		is_dead(job);
		break;
	default:
		job->phase++;
		job->index = 0;
		next_command(job);
	}
}

static void next_command(struct job *job)
{
	const struct service *s = service_of(job);
	int r;

	if (job->index >= s->n_commands[job->phase]) {
		phase_is_done(job);
		return;
	}
	r = spawn_command(job);
	if (r < 0) {
		log_failure(r, "%s: cannot start a process", name_of(job));
		if (job->state == STATE_STARTING) {
			fail_start(job);
		} else {
			job->index = s->n_commands[job->phase];
			phase_is_done(job);
		}
		return;
	}
	/* A main process that stays is not waited for. */
	if (job->phase == PHASE_START && s->type != TYPE_ONESHOT) {
		job->phase = PHASE_START_POST;
		job->index = 0;
		next_command(job);
	}
}

static int job_timer_elapsed(struct loop *loop, struct loop_timer *timer);

static int add_job(struct manager *m, struct service_entry *entry, struct job **ret)
{
	struct job *job = calloc(1, sizeof *job);
	int r;

	if (!job)
		return -ENOMEM;
	job->timer = (struct loop_timer){ .source.fd = -1, .elapsed = job_timer_elapsed };
	job->manager = m;
	job->entry = entry;
	job->connection_fd = -1;
	r = loop_timer_open(&m->loop, &job->timer);
	if (r < 0) {
		free(job);
		return r;
	}
	job->next = entry->jobs;
	entry->jobs = job;
	*ret = job;
	return 0;
}

static void begin(struct job *job)
{
	job->state = STATE_STARTING;
	job->phase = PHASE_START_PRE;
	job->index = 0;
	job->session = 0;
	job->failed = job->by_signal = job->abnormal = false;
	job->entry->last_active = now_monotonic();
	set_timer(job, service_of(job)->start_timeout);
	if (!job->entry->template)
		timers_update(job->manager, job->entry);
	next_command(job);
}

/* Counts a start. Returns how long to wait for the next one, or 0. */
static uint64_t count_start(struct service_entry *entry)
{
	const struct service *s = &entry->service;
	uint64_t now = now_monotonic();

	if (s->limit_interval == 0 || s->limit_burst == 0)
		return 0;
	if (now - entry->starts_since >= s->limit_interval) {
		entry->starts_since = now;
		entry->starts = 0;
	}
	if (entry->starts++ < s->limit_burst)
		return 0;
	entry->failed = true;
	log_error("%s: started too often, not again", entry->unit->name);
	return s->limit_interval == FOR_EVER ? FOR_EVER
					     : entry->starts_since + s->limit_interval - now;
}

int service_start(struct manager *m, struct service_entry *entry, uint64_t *ret_wait)
{
	struct job *job;
	uint64_t wait;
	int r;

	if (entry->jobs || m->stopping)
		return 0;
	wait = count_start(entry);
	if (wait > 0) {
		*ret_wait = wait;
		return -EAGAIN;
	}
	r = add_job(m, entry, &job);
	if (r < 0) {
		log_failure(r, "%s: cannot start", entry->unit->name);
		entry->failed = true;
		return r;
	}
	begin(job);
	listeners_update(m, entry);
	return 0;
}

/* Zero for another family than IPv4 and IPv6. */
static void find_client(int fd, struct in6_addr *ret)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} peer = { 0 };
	socklen_t size = sizeof peer;

	*ret = (struct in6_addr){ 0 };
	if (getpeername(fd, &peer.any, &size) < 0)
		return;
	if (peer.any.sa_family == AF_INET6) {
		*ret = peer.in6.sin6_addr;
	} else if (peer.any.sa_family == AF_INET) {
		ret->s6_addr[10] = ret->s6_addr[11] = 0xff;
		memcpy(&ret->s6_addr[12], &peer.in.sin_addr, 4);
	}
}

unsigned service_count_clients(const struct service_entry *entry, int connection_fd)
{
	struct in6_addr client;
	unsigned n = 0;

	find_client(connection_fd, &client);
	for (const struct job *job = entry->jobs; job; job = job->next)
		n += memcmp(&job->client, &client, sizeof client) == 0;
	return n;
}

int service_start_instance(struct manager *m, struct socket_entry *socket, int connection_fd)
{
	CLEANUP_FD int fd = connection_fd;
	uint64_t number = m->n_instances++;
	struct job *job;
	char *p;
	int r;

	if (count_start(socket->service) > 0)
		return -EAGAIN;
	r = add_job(m, socket->service, &job);
	if (r < 0)
		return r;
	p = job->instance + sizeof job->instance;
	*--p = '\0';
	do
		*--p = (char)('0' + number % 10);
	while (number /= 10);
	memmove(job->instance, p, (size_t)(job->instance + sizeof job->instance - p));
	find_client(fd, &job->client);
	job->connection_fd = TAKE_FD(fd);
	job->socket = socket;
	socket->n_connections++;
	begin(job);
	return 0;
}

static void stop(struct job *job)
{
	job->asked_to_stop = true;
	switch (job->state) {
	case STATE_WAITING:
		bury(job);
		break;
	case STATE_STARTING:
		terminate(job);
		break;
	case STATE_RUNNING:
	case STATE_EXITED:
		job->state = STATE_STOPPING;
		job->phase = PHASE_STOP;
		job->index = 0;
		set_timer(job, service_of(job)->stop_timeout);
		next_command(job);
		break;
	default: /* on its way already */
		break;
	}
}

static int job_timer_elapsed(struct loop *loop, struct loop_timer *timer)
{
	struct job *job = (struct job *)timer; /* its first member */
	struct service_entry *entry = job->entry;

	(void)loop;
	switch (job->state) {
	case STATE_WAITING:
		if (count_start(entry) > 0)
			bury(job);
		else
			begin(job);
		break;
	case STATE_STARTING:
	case STATE_STOPPING:
		log_error("%s: takes too long to %s, terminating it", name_of(job),
			  job->state == STATE_STARTING ? "start" : "stop");
		job->failed = job->abnormal = true;
		terminate(job);
		break;
	case STATE_TERMINATING:
		log_warning("%s: does not end, killing it", name_of(job));
		job->failed = job->abnormal = true;
		job->state = STATE_KILLING;
		set_timer(job, service_of(job)->stop_timeout);
		send_signal(job, SIGKILL);
		break;
	case STATE_KILLING:
		/* In the kernel, for ever. */
		log_error("%s: cannot be killed, going on without", name_of(job));
		wind_down(job);
		break;
	default: /* STATE_CLEANING */
		send_signal(job, SIGKILL);
		job->control = 0;
		is_dead(job);
	}
	return 0;
}

/* Whether this end is one that systemd calls clean. */
static bool is_clean(const struct job *job, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0;
	if (job->asked_to_stop && WTERMSIG(status) == service_of(job)->kill_signal)
		return true;
	switch (WTERMSIG(status)) {
	case SIGHUP:
	case SIGINT:
	case SIGTERM:
	case SIGPIPE:
		return service_of(job)->type != TYPE_ONESHOT;
	default:
		return false;
	}
}

static void say_how_it_ended(struct job *job, int status)
{
	if (!may_log(job->entry))
		return;
	if (WIFEXITED(status))
		log_warning("%s: the main process ended with status %d", name_of(job),
			    WEXITSTATUS(status));
	else
		log_warning("%s: the main process was killed by SIG%s", name_of(job),
			    signal_name(WTERMSIG(status)));
}

static void main_has_ended(struct job *job, int status)
{
	const struct service *s = service_of(job);
	size_t index = s->type == TYPE_ONESHOT ? job->index : 0;
	bool clean =
		is_clean(job, status) || s->commands[PHASE_START][index].flags & COMMAND_MAY_FAIL;

	job->main = 0;
	if (!clean) {
		job->failed = true;
		job->by_signal = WIFSIGNALED(status);
		job->abnormal |= job->by_signal;
		job->entry->exit_status =
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		say_how_it_ended(job, status);
	}
	switch (job->state) {
	case STATE_STARTING:
		if (job->phase != PHASE_START)
			break; /* ExecStartPost= is under way, or nothing is; see below */
		if (clean) {
			job->index++;
			next_command(job);
		} else {
			terminate(job);
		}
		return;
	case STATE_STOPPING:
		break; /* ExecStop= is under way */
	default:
		if (job->control == 0)
			wind_down(job);
	}
}

static void control_has_ended(struct job *job, int status)
{
	const struct command *command = &service_of(job)->commands[job->phase][job->index];
	bool clean = (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
		     command->flags & COMMAND_MAY_FAIL;

	job->control = 0;
	switch (job->state) {
	case STATE_STARTING:
		if (!clean) {
			log_error("%s: '%s' failed", name_of(job), command->words.at[0]);
			job->entry->exit_status =
				WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			fail_start(job);
			return;
		}
		break;
	case STATE_STOPPING:
	case STATE_CLEANING:
		if (!clean)
			log_warning("%s: '%s' failed, ignoring", name_of(job),
				    command->words.at[0]);
		break;
	default:
		if (job->main == 0)
			wind_down(job);
		return;
	}
	job->index++;
	next_command(job);
}

static struct job *find_job(struct manager *m, pid_t pid)
{
	for (size_t i = 0; i < m->plan.n_services; i++)
		for (struct job *job = m->plan.services[i].jobs; job; job = job->next)
			if (job->main == pid || job->control == pid)
				return job;
	return NULL;
}

void services_reap(struct manager *m)
{
	struct job *job;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		job = find_job(m, pid);
		if (!job)
			continue; /* an orphan, whose parent nobody else would be */
		if (job->main == pid)
			main_has_ended(job, status);
		else
			control_has_ended(job, status);
	}
}

static bool comes_after(const struct service_entry *entry, const struct service_entry *other)
{
	return unit_names(entry->unit, "After", other->unit->name) ||
	       unit_names(other->unit, "Before", entry->unit->name);
}

static bool is_on_its_way(const struct service_entry *entry)
{
	return entry->jobs && entry->jobs->state == STATE_STARTING;
}

/* Whether all that this one comes after, and that is wanted, has been started. */
static bool may_boot(const struct manager *m, const struct service_entry *entry)
{
	for (size_t i = 0; i < m->plan.n_services; i++) {
		const struct service_entry *other = &m->plan.services[i];

		if (other != entry && other->wanted && comes_after(entry, other) &&
		    !comes_after(other, entry) && (!other->was_started || is_on_its_way(other)))
			return false;
	}
	return true;
}

/* Requires= and BindsTo= what did not come up. */
static bool lacks_a_service(const struct manager *m, const struct service_entry *entry)
{
	for (size_t i = 0; i < m->plan.n_services; i++) {
		const struct service_entry *other = &m->plan.services[i];

		if ((unit_names(entry->unit, "Requires", other->unit->name) ||
		     unit_names(entry->unit, "BindsTo", other->unit->name)) &&
		    (other->refused || (other->was_started && other->failed && !other->jobs)))
			return true;
	}
	return false;
}

void services_boot(struct manager *m)
{
	bool more = true, all = true;

	if (m->stopping || m->booted)
		return;
	while (more) {
		more = false;
		all = true;
		for (size_t i = 0; i < m->plan.n_services; i++) {
			struct service_entry *entry = &m->plan.services[i];
			uint64_t wait;

			if (!entry->wanted)
				continue;
			if (entry->was_started) {
				all &= !is_on_its_way(entry);
				continue;
			}
			if (!may_boot(m, entry)) {
				all = false;
				continue;
			}
			entry->was_started = more = true;
			if (entry->refused) {
				m->failed = true;
			} else if (lacks_a_service(m, entry)) {
				log_error("%s: not started, since what it requires is not there",
					  entry->unit->name);
				entry->failed = true;
			} else if (!entry->jobs) {
				(void)service_start(m, entry, &wait);
			}
		}
	}
	/* service_start() may have come back here. */
	if (!all || m->booted)
		return;
	m->booted = true;
	(void)notify("READY=1");
}

/* A job is stopped when nothing runs any more that comes after it. */
static bool may_stop(const struct manager *m, const struct service_entry *entry)
{
	for (size_t i = 0; i < m->plan.n_services; i++) {
		const struct service_entry *other = &m->plan.services[i];

		if (other != entry && other->jobs && comes_after(other, entry) &&
		    !comes_after(entry, other))
			return false;
	}
	return true;
}

static struct job *next_to_stop(struct manager *m)
{
	for (size_t i = 0; i < m->plan.n_services; i++) {
		struct service_entry *entry = &m->plan.services[i];

		if (entry->jobs && may_stop(m, entry))
			for (struct job *job = entry->jobs; job; job = job->next)
				if (!job->asked_to_stop)
					return job;
	}
	return NULL;
}

void services_stop(struct manager *m, bool at_once)
{
	struct job *job;

	m->stopping = true;
	/* Each may go at once, and change the list. */
	while ((job = next_to_stop(m)))
		stop(job);
	for (size_t i = 0; i < m->plan.n_services; i++) {
		for (job = at_once ? m->plan.services[i].jobs : NULL; job; job = job->next) {
			job->asked_to_stop = true;
			send_signal(job, SIGKILL);
		}
	}
	if (nothing_is_left(m))
		loop_end(&m->loop);
}

bool nothing_is_left(const struct manager *m)
{
	if (!m->booted && !m->stopping)
		return false;
	for (size_t i = 0; i < m->plan.n_services; i++)
		if (m->plan.services[i].jobs)
			return false;
	if (m->stopping)
		return true;
	for (size_t i = 0; i < m->plan.n_sockets; i++)
		if (m->plan.sockets[i].listeners)
			return false;
	return m->plan.n_timers == 0;
}
