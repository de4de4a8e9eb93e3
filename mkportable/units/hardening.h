/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings that confine a service of an image, each with its reason. */
#ifndef HARDENING_H
#define HARDENING_H

#include "units/draft.h"

enum hardening_network {
	HARDENING_SOCKETS, /* systemd opens its sockets, and it opens none */
	HARDENING_NETWORK, /* it opens sockets itself */
	HARDENING_FOREIGN, /* a unit of somebody else: it may ask for interfaces and routes as well */
	HARDENING_TRIED,   /* not known: mkportable-try(1) finds out which of them it can do with */
};

/*
 * Adds what the draft of a service does not state, but for what would take a capability away
 * that it states. Returns 0 or -ENOMEM.
 */
int harden(struct draft *draft, enum hardening_network network);

/*
 * The settings to try, i from 0, in their order. A key that comes again, other than
 * SystemCallFilter=, has a value that takes less away. Returns false after the last.
 */
bool hardening_to_try(size_t i, const char **ret_key, const char **ret_value,
		      const char **ret_reason);

#endif
