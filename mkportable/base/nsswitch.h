/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads /etc/nsswitch.conf, as nss_database.c of glibc does. Pure; any text is accepted. */
#ifndef NSSWITCH_H
#define NSSWITCH_H

#include <stdbool.h>
#include <stddef.h>

/* Where glibc looks something up: "files", whose module is libnss_files.so.2. */
struct nsswitch_service {
	const char *name; /* within the text */
	size_t length;
	bool ends; /* an action ends the search here if the module cannot be loaded */
};

/* The services of a database ("hosts") begin here, within the text; NULL: no line has it. */
const char *nsswitch_find(const char *text, const char *database);

/* The next service. services: moves on behind it. Returns false at the end. */
bool nsswitch_next(const char **services, struct nsswitch_service *ret);

#endif
