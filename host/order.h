/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In which order units of an image are stopped, and started: what starts others first. A socket
 * that is stopped after its service starts it again, and one that is started after its service is
 * refused.
 */
#ifndef ORDER_H
#define ORDER_H

enum order {
	ORDER_FIRST,
	ORDER_STARTERS = ORDER_FIRST, /* sockets, timers, paths */
	ORDER_OTHERS,
	ORDER_LAST = ORDER_OTHERS,
};

enum order order_of(const char *unit);

#endif
