/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings that confine a service of an image, each with its reason. */
#ifndef HARDENING_H
#define HARDENING_H

#include "units/draft.h"

enum hardening_network {
	HARDENING_SOCKETS, /* systemd opens its sockets, and it opens none */
	HARDENING_NETWORK, /* it opens sockets itself */
	HARDENING_FOREIGN, /* a unit of somebody else: it may ask for interfaces and routes as well */
};

/*
 * Adds what the draft of a service does not state, but for what would take a capability away
 * that it states. Returns 0 or -ENOMEM.
 */
int harden(struct draft *draft, enum hardening_network network);

#endif
