/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* portable-init: process 1 of an image that is booted. See portable-init(8). */
#include "clock.h"
#include "elements.h"
#include "format.h"
#include "log.h"
#include "run/boot.h"
#include "run/machine.h"
#include "run/network.h"
#include "run/ports.h"
#include "run/supervise.h"
#include "units/values.h"
#include "walls/directories.h"
#include "walls/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* systemd.unit(5), without the directories that only systemd writes to. */
static const char *const unit_directories[] = {
	"/etc/systemd/system",
	"/run/systemd/system",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	NULL,
};

/* systemd(1): signals of the manager. */
#define SIGNAL_HALT      (SIGNAL_RTMIN + 3)
#define SIGNAL_POWER_OFF (SIGNAL_RTMIN + 4)
#define SIGNAL_REBOOT    (SIGNAL_RTMIN + 5)

/* How long to print what killed processes left in their pipes. */
#define DRAIN_SECONDS 5

static const char help[] =
	"Usage: portable-init [OPTION]...\n"
	"Boots an image: opens the sockets of its units and starts their services.\n"
	"\n"
	"  --help               print this\n"
	"  --version            print the version\n"
	"\n"
	"As process 1, also from the kernel's command line:\n"
	"  systemd.mask=UNIT    ignore a unit\n"
	"  systemd.wants=UNIT   open or start a unit, also without [Install]\n"
	"  ip=ADDRESS::GATEWAY:NETMASK:HOST:DEVICE\n"
	"                       set up the network\n"
	"\n"
	"See portable-init(8).\n";

/* Process 1. */
struct init {
	struct manager manager;
	struct loop_source signals; /* owns its descriptor */
	enum ending ending;
	uint64_t stopping_since; /* monotonic, microseconds */
};

/*
 * Our parent may have ignored signals, SIGCHLD for example. Services inherit SIGPIPE:
 * IgnoreSIGPIPE=yes is systemd's default.
 */
static void reset_signals(void)
{
	/* The kernel's struct sigaction: musl's wrapper has code for threads. */
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { 0 };

	for (int i = 1; i <= 64; i++) {
		action.handler = i == SIGPIPE ? SIG_IGN : SIG_DFL;
		(void)syscall(SYS_rt_sigaction, i, &action, NULL, sizeof action.mask);
	}
}

/*
 * SIGTERM to all processes of a container reaches systemd-nspawn as well, which then sends
 * SIGRTMIN+3: two signals for one request.
 */
#define SAME_REQUEST USEC_PER_SEC

static void begin_to_end(struct init *init, enum ending ending)
{
	bool again = init->manager.stopping;

	if (!again) {
		log_info("stopping");
		init->stopping_since = now_us(CLOCK_MONOTONIC);
		init->ending = ending;
	}
	/* A second request kills what still runs. */
	boot_stop(&init->manager,
		  again && now_us(CLOCK_MONOTONIC) - init->stopping_since >= SAME_REQUEST);
}

static int signal_ready(struct loop *loop, struct loop_source *source)
{
	struct init *init = CONTAINER_OF(source, struct init, signals);
	struct signalfd_siginfo info;
	int signal;

	(void)loop;
	if (read(source->fd, &info, sizeof info) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	signal = (int)info.ssi_signo;
	if (signal == SIGCHLD)
		services_reap(&init->manager);
	else if (signal == SIGNAL_REBOOT)
		begin_to_end(init, ENDING_REBOOT);
	else if (signal == SIGNAL_HALT)
		begin_to_end(init, ENDING_HALT);
	else
		begin_to_end(init, ENDING_POWER_OFF);
	return 0;
}

/* The loop takes SIGTERM and SIGINT. */
static int watch_signals(struct init *init)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGPWR);
	sigaddset(&set, SIGNAL_HALT);
	sigaddset(&set, SIGNAL_POWER_OFF);
	sigaddset(&set, SIGNAL_REBOOT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	init->signals.ready = signal_ready;
	init->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return init->signals.fd < 0 ? -errno
				    : loop_add(&init->manager.loop, &init->signals, EPOLLIN);
}

static void report_missing_abilities(const struct manager *m)
{
	if (!(m->abilities & ABILITY_MOUNT))
		log_warning("cannot create mount namespaces; services share our file system");
	if (!(m->abilities & ABILITY_NETWORK))
		log_warning("cannot create network namespaces; PrivateNetwork= has no effect");
	if (!(m->abilities & ABILITY_PROC))
		log_warning("cannot mount /proc; ProtectProc= and ProcSubset= have no effect");
	if (!(m->abilities & ABILITY_USERS))
		log_warning("cannot change users; services run as user %u", geteuid());
}

/* Runs until the system ends. Returns 0 or a negative errno. */
static int serve(struct init *init)
{
	struct manager *m = &init->manager;
	int r;

	for (size_t i = 0; i < m->plan.n_services; i++)
		if (!m->plan.services[i].refused &&
		    directories_open(&m->plan.services[i].service) < 0)
			m->plan.services[i].refused = true;
	m->failed = m->plan.incomplete;
	m->abilities = sandbox_abilities();
	for (size_t i = 0; i < m->plan.n_services && !(m->abilities & ABILITY_USERS); i++)
		m->plan.services[i].uid = geteuid();
	report_missing_abilities(m);
	r = boot_start(m);
	while (r == 0 && !boot_is_over(m)) {
		r = loop_run(&m->loop);
		if (r == 0 && m->loop.signal != 0)
			begin_to_end(init,
				     m->loop.signal == SIGINT ? ENDING_BY_KEYS : ENDING_POWER_OFF);
		m->loop.signal = 0;
	}
	ports_close(m);
	return r;
}

/* That of the only service, if it failed; else whether everything was opened and started. */
static int exit_status(const struct manager *m)
{
	if (m->plan.n_services == 1 && m->plan.services[0].failed)
		return m->plan.services[0].exit_status ? m->plan.services[0].exit_status
						       : EXIT_FAILURE;
	return m->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int take_word(struct choice *choice, const char **ip, char *word)
{
	struct list *list = NULL;
	char *value = strchr(word, '=');

	if (!value)
		return 0;
	value++;
	if (strncmp(word, "systemd.mask=", 13) == 0)
		list = &choice->masked;
	else if (strncmp(word, "systemd.wants=", 14) == 0)
		list = &choice->wanted;
	else if (strncmp(word, "ip=", 3) == 0)
		*ip = value;
	return list ? list_take(list, strdup(value)) : 0;
}

/* Words that it does not know are for other programs. */
static int take_words(struct choice *choice, const char **ip, char *argv[], char *line)
{
	int r = 0;

	for (; *argv && r == 0; argv++)
		r = take_word(choice, ip, *argv);
	while (line && *line && r == 0) {
		char *word = line;

		line += strcspn(line, " \n");
		if (*line)
			*line++ = '\0';
		r = take_word(choice, ip, word);
	}
	return r;
}

static int boot(char *argv[])
{
	struct init init = {
		.manager = { .loop = LOOP_CLOSED,
			     .clock_changes.fd = -1,
			     .turn = LOOP_TIMER_CLOSED },
		.signals.fd = -1,
	};
	struct choice choice = { 0 };
	struct machine machine;
	struct units units = { 0 };
	/* The kernel and systemd-nspawn 262 put words without a dot into the environment. */
	const char *ip = getenv("ip");
	int r, status = EXIT_FAILURE;

	init.manager.started = now_us(CLOCK_MONOTONIC);
	reset_signals();
	/* Services must not inherit what was left open. */
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	machine_open(&machine);
	/* Ctrl+Alt+Del sends SIGINT instead of resetting the machine. */
	if (machine.is_machine)
		(void)reboot(RB_DISABLE_CAD);
	r = take_words(&choice, &ip, argv + 1, machine.words);
	if (r == 0)
		r = units_read(unit_directories, &units);
	if (r == 0)
		r = plan_make(&units, &choice, &init.manager.plan);
	if (r == 0)
		network_open(ip);
	if (r == 0)
		r = loop_open(&init.manager.loop, 0);
	if (r == 0)
		r = watch_signals(&init);
	if (r == 0)
		r = serve(&init);
	if (r < 0)
		log_failure(r, "fatal error, ending");
	else
		status = exit_status(&init.manager);
	machine_kill_all(); /* orphans of services */
	(void)loop_drain(&init.manager.loop, DRAIN_SECONDS);
	/* Without closing and freeing: this is the end. */
	return machine_end(&machine, init.ending, status);
}

int main(int argc, char *argv[])
{
	char escaped[LOG_ESCAPED_SIZE];

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		(void)format_print(STDOUT_FILENO, "%s", help);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)format_print(STDOUT_FILENO, "portable-init " VERSION "\n");
		return EXIT_SUCCESS;
	}
	if (getpid() == 1)
		return boot(argv);
	if (argc > 1)
		log_error("unknown option: '%s'; see --help", log_escape(argv[1], escaped));
	else
		log_error("must run as process 1; see --help");
	return 2;
}
