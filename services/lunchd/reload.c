/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIGHUP, as Type=notify-reload of systemd.service(5) wants it to be answered. */
#include "reload.h"

#include "clock.h"
#include "elements.h"
#include "fd.h"
#include "format.h"
#include "notify.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int signal_ready(struct loop *loop, struct loop_source *source)
{
	struct reload *reload = CONTAINER_OF(source, struct reload, source);
	char state[sizeof "RELOADING=1\nMONOTONIC_USEC=18446744073709551615"];
	struct signalfd_siginfo signal;

	(void)loop;
	if (read(source->fd, &signal, sizeof signal) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	(void)format_text(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%ju",
			  (uintmax_t)now_us(CLOCK_MONOTONIC));
	(void)notify(state);
	reload->wanted(reload);
	(void)notify("READY=1");
	return 0;
}

int reload_open(struct reload *reload, struct loop *loop, void (*wanted)(struct reload *reload))
{
	sigset_t signals;
	int r;

	*reload = (struct reload)RELOAD_CLOSED;
	reload->wanted = wanted;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, &reload->signals_before) < 0)
		return -errno;
	reload->loop = loop;
	reload->source.ready = signal_ready;
	reload->source.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	r = reload->source.fd < 0 ? -errno : loop_add(loop, &reload->source, EPOLLIN);
	if (r < 0)
		close_fd(&reload->source.fd);
	return r;
}

void reload_close(struct reload *reload)
{
	if (!reload->loop)
		return;
	if (reload->source.fd >= 0)
		loop_remove(reload->loop, &reload->source);
	close_fd(&reload->source.fd);
	(void)sigprocmask(SIG_SETMASK, &reload->signals_before, NULL);
	reload->loop = NULL;
}
