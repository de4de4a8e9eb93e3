/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals that end a program. */
#include "base/signals.h"

#include "elements.h"

#include <stddef.h>

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };

void signals_that_end(sigset_t *ret)
{
	struct sigaction action;

	sigemptyset(ret);
	for (size_t i = 0; i < ELEMENTS(ending_signals); i++)
		if (sigaction(ending_signals[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			sigaddset(ret, ending_signals[i]);
}

bool signals_pending(void)
{
	sigset_t pending;

	if (sigpending(&pending) < 0)
		return false;
	for (size_t i = 0; i < ELEMENTS(ending_signals); i++)
		if (sigismember(&pending, ending_signals[i]) == 1)
			return true;
	return false;
}
