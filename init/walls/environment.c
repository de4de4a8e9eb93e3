/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walls/environment.h"

#include "address.h"
#include "format.h"
#include "units/users.h"
#include "walls/directories.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A list of directories or names, with colons. */
#define VALUE_SIZE 8192

int environment_set(struct list *variables, const char *format, ...)
{
	char buffer[VALUE_SIZE + 256];
	va_list arguments;
	size_t length;
	char *text;

	va_start(arguments, format);
	length = format_text_list(buffer, sizeof buffer, format, arguments);
	va_end(arguments);
	if (length >= sizeof buffer)
		return -ENAMETOOLONG;
	text = strdup(buffer);
	length = strcspn(buffer, "=") + 1;
	for (size_t i = 0; text && i < variables->n; i++)
		if (strncmp(variables->at[i], text, length) == 0) {
			variables->at[i] = text; /* execve(2) frees the other one */
			return 0;
		}
	return list_take(variables, text);
}

/* Adds to a list with colons. */
static void append(char value[static VALUE_SIZE], const char *first, const char *slash,
		   const char *second)
{
	size_t used = strlen(value);

	(void)format_text(value + used, VALUE_SIZE - used, "%s%s%s%.*s", used ? ":" : "", first,
			  slash, (int)strcspn(second, ":"), second);
}

static int set_directories(struct list *variables, const struct service *s)
{
	int r = 0;

	for (unsigned kind = 0; kind < DIRECTORY_KINDS && r == 0; kind++) {
		const struct list *list = &s->directories[kind];
		char value[VALUE_SIZE] = "";

		for (size_t i = 0; i < list->n; i++)
			append(value, directory_base(kind), "/", list->at[i]);
		if (list->n > 0)
			r = environment_set(variables, "%s_DIRECTORY=%s", directory_word(kind),
					    value);
	}
	return r;
}

static int set_passed(struct list *variables, const struct passed *passed)
{
	char value[VALUE_SIZE] = "";
	int r;

	for (size_t i = 0; i < passed->n; i++)
		append(value, "", "", passed->names[i]);
	r = environment_set(variables, "LISTEN_FDNAMES=%s", value);
	if (r == 0)
		r = environment_set(variables, "LISTEN_FDS=%zu", passed->n);
	return r < 0 ? r : environment_set(variables, "LISTEN_PID=%d", getpid());
}

/* REMOTE_ADDR and REMOTE_PORT: systemd.socket(5), Accept=. */
static int set_peer(struct list *variables, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} peer = { .any.sa_family = AF_UNSPEC };
	socklen_t size = sizeof peer;
	char address[ADDRESS_TEXT_SIZE];
	const void *bytes = &peer.in.sin_addr;
	int r, family;

	if (getpeername(fd, &peer.any, &size) < 0)
		return 0;
	family = peer.any.sa_family;
	if (family == AF_INET6) {
		bool mapped = IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr);

		family = mapped ? AF_INET : AF_INET6;
		bytes = peer.in6.sin6_addr.s6_addr + (mapped ? 12 : 0);
	} else if (family != AF_INET) {
		return 0;
	}
	r = environment_set(variables, "REMOTE_ADDR=%s", address_text(family, bytes, address));
	/* The port is at the same place in both. */
	return r < 0 ? r : environment_set(variables, "REMOTE_PORT=%u", ntohs(peer.in.sin_port));
}

int environment_make(struct list *variables, const struct service *s, const struct passed *passed)
{
	char user[USER_NAME_SIZE];
	int r;

	user_name(s, user);
	r = environment_set(variables, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin");
	if (r == 0)
		r = environment_set(variables, "USER=%s", user);
	if (r == 0)
		r = environment_set(variables, "LOGNAME=%s", user);
	if (r == 0)
		r = environment_set(variables, "HOME=/");
	if (r == 0)
		r = set_directories(variables, s);
	if (r == 0 && passed && passed->n > 0 && !passed->as_input)
		r = set_passed(variables, passed);
	if (r == 0 && passed && passed->connection_fd >= 0)
		r = set_peer(variables, passed->connection_fd);
	for (size_t i = 0; i < s->environment.n && r == 0; i++)
		/* systemd ignores words without "=" as well. */
		if (strchr(s->environment.at[i], '='))
			r = environment_set(variables, "%s", s->environment.at[i]);
	return r;
}
