/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/supervise.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"
#include "format.h"
#include "kernel.h"
#include "log.h"
#include "run/console.h"
#include "run/kill.h"
#include "run/spawn.h"
#include "units/values.h"
#include "walls/directories.h"
#include "walls/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A service that fails at each start must not fill the console: one line of a kind in this time. */
#define LOG_INTERVAL USEC_PER_SEC

/* When what a service left behind cannot be killed: so often, and in this time. */
#define KILL_ATTEMPTS 50
#define KILL_INTERVAL (USEC_PER_SEC / 5)

/* So many children are reaped before sockets and signals have their turn. */
#define REAPED_PER_TURN 256

/* A 64-bit number and NUL. */
#define INSTANCE_SIZE 24

enum state {
	STATE_STARTING,    /* ExecStartPre=, or ExecStart= of Type=oneshot */
	STATE_RUNNING,     /* the main process, or RemainAfterExit= */
	STATE_TERMINATING, /* KillSignal= was sent */
	STATE_KILLING,     /* SIGKILL was sent */
	STATE_WAITING      /* for RestartSec= */
};

/* A service that runs, or one of its instances. */
struct job {
	struct loop_timer timer;
	struct job *next;        /* of the same service */
	struct job *next_of_pid; /* in a list of the manager, while a process runs */
	struct manager *manager;
	struct service_entry *entry;
	struct socket_entry *socket; /* of an instance; else NULL */
	int connection_fd;           /* of an instance, owned */
	char instance[INSTANCE_SIZE];
	enum state state;
	enum phase phase;
	size_t index; /* of the command in its phase */
	pid_t pid;    /* 0: no process is running */
	bool asked_to_stop;
	bool failed, by_signal, abnormal; /* how it ended */
	bool left_behind;                 /* processes that could not be killed yet */
	unsigned attempts;                /* to kill them */
};

static const char *name_of(const struct job *job)
{
	return job->entry->unit->name;
}

static void set_timer(struct job *job, uint64_t microseconds)
{
	/* For a loop_timer, 0 is never. */
	loop_timer_set(&job->timer, microseconds == FOR_EVER ? 0 : microseconds ? microseconds : 1);
}

static bool may_log(struct service_entry *entry, enum entry_line line)
{
	return rate_limit_count(&entry->lines[line], LOG_INTERVAL, 1) == 0;
}

/* Kills all processes of the user, when no other service or instance has it. */
static void kill_left_behind(struct job *job)
{
	struct service_entry *entry = job->entry;
	int r;

	if (entry->uid == 0 || entry->shares_user || entry->jobs->next ||
	    !(job->manager->abilities & ABILITY_USERS))
		return;
	r = kill_user(entry->uid, job->manager->plan.unused_uid);
	job->left_behind = r < 0;
	if (r < 0 && may_log(entry, LINE_NOT_KILLED))
		log_failure(r, "%s: cannot kill what it left behind; trying again", name_of(job));
}

/* Signals the process, if there is one, and its session. */
static void send_signal(struct job *job, int signal)
{
	/* Before setsid(2) there is no session. */
	if (job->pid > 0 && kill(-job->pid, signal) < 0)
		(void)kill(job->pid, signal);
	if (signal == SIGKILL)
		kill_left_behind(job);
}

/* Where the list of a PID begins. */
static struct job **jobs_of(struct manager *m, pid_t pid)
{
	return &m->jobs[(unsigned)pid % JOB_LISTS];
}

static struct job **find_job(struct manager *m, pid_t pid)
{
	struct job **link = jobs_of(m, pid);

	while (*link && (*link)->pid != pid)
		link = &(*link)->next_of_pid;
	return link;
}

/* 0: no process runs any more. */
static void set_pid(struct job *job, pid_t pid)
{
	struct manager *m = job->manager;

	if (job->pid > 0)
		*find_job(m, job->pid) = job->next_of_pid;
	job->pid = pid;
	if (pid <= 0)
		return;
	job->next_of_pid = *jobs_of(m, pid);
	*jobs_of(m, pid) = job;
}

static int spawn_command(struct job *job)
{
	struct manager *m = job->manager;
	CLEANUP_FD int console_fd = console_open(&m->loop, name_of(job));
	const struct rate_limit *ended = &job->entry->lines[LINE_ENDED];
	const struct spawn what = {
		.plan = &m->plan,
		.entry = job->entry,
		.instance = job->socket ? job->instance : NULL,
		.phase = job->phase,
		.index = job->index,
		.connection_fd = job->connection_fd,
		.console_fd = console_fd,
		.abilities = m->abilities,
		.quiet = ended->n > 0 && now_us(CLOCK_MONOTONIC) - ended->since < LOG_INTERVAL,
	};
	pid_t pid;
	int r = console_fd < 0 ? console_fd : spawn(&what, &pid);

	if (r == 0)
		set_pid(job, pid);
	return r;
}

static void job_free(struct job *job)
{
	struct manager *m = job->manager;
	struct service_entry *entry = job->entry;
	struct job **link = &entry->jobs;

	while (*link && *link != job)
		link = &(*link)->next;
	*link = job->next;
	set_pid(job, 0);
	loop_timer_close(&m->loop, &job->timer);
	close_fd(&job->connection_fd);
	if (job->socket)
		job->socket->n_connections--;
	free(job);
	m->n_jobs--;

	if (!entry->jobs)
		directories_clean(&entry->service);
	m->changed(m, entry);
}

static bool should_restart(const struct job *job)
{
	if (job->asked_to_stop || job->manager->stopping || job->socket)
		return false;
	if (job->entry->unit->upheld)
		return true;
	switch (job->entry->service.restart) {
	case RESTART_ALWAYS:
		return true;
	case RESTART_ON_SUCCESS:
		return !job->failed;
	case RESTART_ON_FAILURE:
		return job->failed;
	case RESTART_ON_ABNORMAL:
		return job->abnormal;
	case RESTART_ON_ABORT:
		return job->by_signal;
	default: /* there are no watchdogs here */
		return false;
	}
}

/* The last process has ended, or is given up. */
static void job_finished(struct job *job)
{
	set_pid(job, 0);
	if (job->left_behind && job->attempts++ < KILL_ATTEMPTS) {
		job->state = STATE_KILLING;
		set_timer(job, KILL_INTERVAL);
		return;
	}
	job->attempts = 0;
	job->entry->last_inactive = now_us(CLOCK_MONOTONIC);
	job->entry->failed = job->failed;
	if (!should_restart(job)) {
		job_free(job);
		return;
	}
	job->state = STATE_WAITING;
	set_timer(job, job->entry->service.restart_delay);
}

static void terminate(struct job *job)
{
	if (job->pid == 0) {
		job_finished(job);
		return;
	}
	job->state = STATE_TERMINATING;
	set_timer(job, job->entry->service.stop_timeout);
	send_signal(job, job->entry->service.kill_signal);
	/* A stopped process gets it after SIGCONT only. */
	send_signal(job, SIGCONT);
}

/* Runs the next command of this phase, or of the next one. */
static void next_command(struct job *job)
{
	const struct service *s = &job->entry->service;
	int r;

	if (job->index == s->commands[job->phase].n && job->phase == PHASE_START_PRE) {
		job->phase = PHASE_START;
		job->index = 0;
	}
	if (job->index < s->commands[job->phase].n) {
		r = spawn_command(job);
		if (r < 0) {
			if (may_log(job->entry, LINE_NOT_STARTED))
				log_failure(r, "%s: cannot start a process", name_of(job));
			job->failed = true;
			job_finished(job);
			return;
		}
		if (job->phase == PHASE_START_PRE || s->type == TYPE_ONESHOT)
			return; /* until it ends */
	} else if (!s->remain_after_exit) {
		job_finished(job);
		return;
	}
	job->state = STATE_RUNNING;
	set_timer(job, FOR_EVER);
	job->manager->changed(job->manager, job->entry);
}

static void begin(struct job *job)
{
	job->state = STATE_STARTING;
	job->phase = PHASE_START_PRE;
	job->index = 0;
	job->failed = job->by_signal = job->abnormal = false;
	job->entry->last_active = now_us(CLOCK_MONOTONIC);
	set_timer(job, job->entry->service.start_timeout);
	job->manager->changed(job->manager, job->entry);
	next_command(job);
}

/* Counts a start. Returns how long to wait for the next one, or 0. */
static uint64_t count_start(struct service_entry *entry)
{
	const struct service *s = &entry->service;
	uint64_t wait = 0;

	if (s->limit_interval > 0 && s->limit_burst > 0)
		wait = rate_limit_count(&entry->starts, s->limit_interval, s->limit_burst);
	if (wait > 0) {
		entry->failed = true;
		log_error("%s: started too often", entry->unit->name);
	}
	return wait;
}

static int job_timer_elapsed(struct loop *loop, struct loop_timer *timer)
{
	struct job *job = CONTAINER_OF(timer, struct job, timer);

	(void)loop;
	switch (job->state) {
	case STATE_WAITING:
		/* While stopping, the turn of a service is to be stopped only. */
		if (job->manager->stopping || count_start(job->entry) > 0)
			job_free(job);
		else
			begin(job);
		break;
	case STATE_STARTING:
		if (may_log(job->entry, LINE_START_TIMEOUT))
			log_error("%s: start timed out; stopping it", name_of(job));
		job->failed = job->abnormal = true;
		terminate(job);
		break;
	case STATE_TERMINATING:
		if (may_log(job->entry, LINE_STOP_TIMEOUT))
			log_warning("%s: stop timed out; killing it", name_of(job));
		job->failed = job->abnormal = true;
		job->state = STATE_KILLING;
		set_timer(job, job->entry->service.stop_timeout);
		send_signal(job, SIGKILL);
		break;
	default:
		if (job->pid == 0) /* what it left behind */
			kill_left_behind(job);
		else if (may_log(job->entry, LINE_NOT_KILLED)) /* it hangs in the kernel */
			log_error("%s: cannot be killed; giving it up", name_of(job));
		job_finished(job);
	}
	return 0;
}

/* Makes a job without a process. NULL: out of memory or descriptors; it was logged. */
static struct job *job_new(struct manager *m, struct service_entry *entry)
{
	struct job *job = calloc(1, sizeof *job);
	int r;

	if (!job) {
		if (may_log(entry, LINE_NOT_STARTED))
			log_failure(-ENOMEM, "%s: cannot start", entry->unit->name);
		return NULL;
	}
	*job = (struct job){
		.timer = { .source.fd = -1, .elapsed = job_timer_elapsed },
		.next = entry->jobs,
		.manager = m,
		.entry = entry,
		.connection_fd = -1,
	};
	r = loop_timer_open(&m->loop, &job->timer);
	if (r < 0) {
		if (may_log(entry, LINE_NOT_STARTED))
			log_failure(r, "%s: cannot start", entry->unit->name);
		loop_timer_close(&m->loop, &job->timer);
		free(job);
		return NULL;
	}
	entry->jobs = job;
	m->n_jobs++;
	return job;
}

int service_start(struct manager *m, struct service_entry *entry, struct socket_entry *socket,
		  int connection_fd, uint64_t *ret_wait)
{
	CLEANUP_FD int fd = connection_fd;
	struct job *job;

	if ((entry->jobs && !socket) || m->stopping)
		return 0;
	/* The limit is for the service, not for its instances. */
	*ret_wait = socket ? 0 : count_start(entry);
	if (*ret_wait > 0)
		return -EAGAIN;
	job = job_new(m, entry);
	if (!job)
		return -ENOMEM;
	if (socket) {
		job->socket = socket;
		job->connection_fd = TAKE_FD(fd);
		socket->n_connections++;
		(void)format_text(job->instance, sizeof job->instance, "%lu",
				  (unsigned long)m->n_instances++);
	}
	begin(job);
	return 0;
}

void service_stop(struct service_entry *entry)
{
	struct job *job = entry->jobs, *next;

	for (; job; job = next) {
		next = job->next; /* this one may be gone at once */
		job->asked_to_stop = true;
		if (job->state == STATE_WAITING)
			job_free(job);
		else if (job->state == STATE_STARTING || job->state == STATE_RUNNING)
			terminate(job);
	}
}

void service_kill(struct service_entry *entry)
{
	for (struct job *job = entry->jobs; job; job = job->next)
		send_signal(job, SIGKILL);
}

bool service_is_starting(const struct service_entry *entry)
{
	return entry->jobs && entry->jobs->state == STATE_STARTING;
}

/* systemd.service(5): whether it counts as a clean exit. */
static bool is_clean(const struct job *job, int status)
{
	const struct service *s = &job->entry->service;
	int signal = WTERMSIG(status);

	if (s->commands[job->phase].at[job->index].flags & COMMAND_MAY_FAIL)
		return true;
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0;
	return (job->asked_to_stop && signal == s->kill_signal) ||
	       (s->type != TYPE_ONESHOT &&
		(signal == SIGHUP || signal == SIGINT || signal == SIGTERM || signal == SIGPIPE));
}

static void reap_job(struct job *job, int status)
{
	struct service_entry *entry = job->entry;
	bool by_signal = WIFSIGNALED(status);
	int number = by_signal ? WTERMSIG(status) : WEXITSTATUS(status);

	set_pid(job, 0);
	/* systemd.service(5): what ExecStartPre= leaves behind is killed as well. */
	kill_left_behind(job);
	if (is_clean(job, status)) {
		if (job->state == STATE_STARTING || job->state == STATE_RUNNING) {
			job->index++;
			next_command(job);
			return;
		}
	} else {
		job->failed = true;
		job->by_signal |= by_signal;
		job->abnormal |= by_signal;
		entry->exit_status = by_signal ? 128 + number : number;
		if (may_log(entry, LINE_ENDED))
			log_warning("%s: process ended %s %d", name_of(job),
				    by_signal ? "by signal" : "with status", number);
	}
	job_finished(job);
}

void services_reap(struct manager *m)
{
	unsigned n = 0;
	siginfo_t info = { 0 };
	int status = 0;

	while (n++ < REAPED_PER_TURN && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid > 0) {
		struct job *job = *find_job(m, info.si_pid);

		/* Its session: once the PID is free, it may become that of another session. */
		if (job)
			(void)kill(-info.si_pid, SIGKILL);
		(void)waitpid(info.si_pid, &status, 0);
		if (job) /* else it was an orphan */
			reap_job(job, status);
	}
	if (n > REAPED_PER_TURN)
		(void)kill(getpid(), SIGCHLD);
}
