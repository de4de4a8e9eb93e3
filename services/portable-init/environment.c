/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The environment of a service's process, and the variables in its command lines. */
#include "environment.h"

#include "directories.h"
#include "users.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"

/* Any number, in decimal. */
#define NUMBER_SIZE 24

static const char *number_text(uint64_t number, char buffer[static NUMBER_SIZE])
{
	char *p = buffer + NUMBER_SIZE;

	*--p = '\0';
	do
		*--p = (char)('0' + number % 10);
	while (number /= 10);
	return p;
}

int environment_set(struct environment *e, const char *name, const char *value)
{
	size_t length = strlen(name), size = strlen(value) + 1;
	char *text = malloc(length + 1 + size);

	if (!text)
		return -ENOMEM;
	memcpy(text, name, length);
	text[length] = '=';
	memcpy(text + length + 1, value, size);
	for (size_t i = 0; i < e->variables.n; i++)
		if (strncmp(e->variables.at[i], text, length + 1) == 0) {
			free(e->variables.at[i]);
			e->variables.at[i] = text;
			return 0;
		}
	return list_take(&e->variables, text);
}

static int set_directories(struct environment *e, const struct service *s)
{
	/* Paths of a list, with colons between them. */
	for (unsigned kind = 0; kind < DIRECTORY_KINDS; kind++) {
		const struct list *list = &s->directories[kind];
		size_t used = 0;
		char *value;
		int r = 0;

		if (list->n == 0)
			continue;
		value = malloc(list->n * PATH_MAX);
		if (!value)
			return -ENOMEM;
		for (size_t i = 0; i < list->n && r == 0; i++) {
			r = directory_path(kind, list->at[i], PATH_MAX, value + used);
			used += strlen(value + used);
			if (i + 1 < list->n)
				value[used++] = ':';
		}
		if (r == 0)
			r = environment_set(e, directory_variable(kind), value);
		free(value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int set_passed(struct environment *e, const struct spawn *what)
{
	char number[NUMBER_SIZE], *names;
	size_t size = 1, used = 0;
	int r;

	if (what->phase != PHASE_START || what->passed.n == 0)
		return 0;
	for (size_t i = 0; i < what->passed.n; i++)
		size += strlen(what->passed.names[i]) + 1;
	names = malloc(size);
	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < what->passed.n; i++) {
		size_t length = strlen(what->passed.names[i]);

		if (i > 0)
			names[used++] = ':';
		memcpy(names + used, what->passed.names[i], length);
		used += length;
	}
	names[used] = '\0';
	r = environment_set(e, "LISTEN_FDNAMES", names);
	free(names);
	if (r == 0)
		r = environment_set(e, "LISTEN_FDS", number_text(what->passed.n, number));
	if (r == 0)
		r = environment_set(e, "LISTEN_PID", number_text((uint64_t)getpid(), number));
	return r;
}

/* Who is at the other end, for programs of inetd's kind. */
static int set_peer(struct environment *e, int connection_fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} peer = { 0 };
	socklen_t size = sizeof peer;
	char host[INET6_ADDRSTRLEN], number[NUMBER_SIZE];
	const void *address;
	uint16_t port;
	int r;

	if (connection_fd < 0 || getpeername(connection_fd, &peer.any, &size) < 0)
		return 0;
	if (peer.any.sa_family == AF_INET) {
		address = &peer.in.sin_addr;
		port = peer.in.sin_port;
	} else if (peer.any.sa_family == AF_INET6) {
		address = &peer.in6.sin6_addr;
		port = peer.in6.sin6_port;
		if (IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr)) {
			address = &peer.in6.sin6_addr.s6_addr[12];
			peer.any.sa_family = AF_INET;
		}
	} else {
		return 0;
	}
	if (!inet_ntop(peer.any.sa_family, address, host, sizeof host))
		return 0;
	r = environment_set(e, "REMOTE_ADDR", host);
	return r < 0 ? r : environment_set(e, "REMOTE_PORT", number_text(ntohs(port), number));
}

int environment_make(struct environment *e, const struct service *s, const struct spawn *what)
{
	char user[USER_NAME_SIZE], number[NUMBER_SIZE], name[NAME_MAX + 1];
	int r;

	user_name(s, user);
	r = environment_set(e, "PATH", PATH);
	if (r == 0)
		r = environment_set(e, "USER", user);
	if (r == 0)
		r = environment_set(e, "LOGNAME", user);
	if (r == 0)
		r = environment_set(e, "HOME", "/");
	if (r == 0)
		r = set_directories(e, s);
	if (r == 0)
		r = set_passed(e, what);
	if (r == 0)
		r = set_peer(e, what->connection_fd);
	if (r == 0 && what->main_pid > 0)
		r = environment_set(e, "MAINPID", number_text((uint64_t)what->main_pid, number));
	for (size_t i = 0; i < s->environment.n && r == 0; i++) {
		const char *equals = strchr(s->environment.at[i], '=');
		size_t length = equals ? (size_t)(equals - s->environment.at[i]) : 0;

		if (length == 0 || length >= sizeof name)
			continue; /* as systemd: no assignment, no variable */
		memcpy(name, s->environment.at[i], length);
		name[length] = '\0';
		r = environment_set(e, name, equals + 1);
	}
	return r;
}

static const char *find(const struct environment *e, const char *name, size_t length)
{
	for (size_t i = 0; i < e->variables.n; i++)
		if (strncmp(e->variables.at[i], name, length) == 0 &&
		    e->variables.at[i][length] == '=')
			return e->variables.at[i] + length + 1;
	return "";
}

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!(text[i] == '_' || (text[i] >= 'A' && text[i] <= 'Z') ||
		      (text[i] >= 'a' && text[i] <= 'z') ||
		      (i > 0 && text[i] >= '0' && text[i] <= '9')))
			return false;
	return length > 0;
}

/* "$NAME" alone: as many words as the value has. */
static int expand_alone(const struct environment *e, const char *word, struct list *list)
{
	const char *value = find(e, word + 1, strlen(word + 1));
	int r = 0;

	while (value += strspn(value, " \t\n"), *value && r == 0) {
		size_t length = strcspn(value, " \t\n");

		r = list_take(list, strndup(value, length));
		value += length;
	}
	return r;
}

/* "${NAME}" anywhere in a word, and "$$" for one "$". */
static int expand_inside(const struct environment *e, const char *word, struct list *list)
{
	size_t size = strlen(word) + 1, used = 0, length;
	const char *p = word, *end, *value;
	char *out;

	while ((p = strstr(p, "${"))) {
		p += 2;
		end = strchr(p, '}');
		if (end)
			size += strlen(find(e, p, (size_t)(end - p)));
	}
	out = malloc(size);
	if (!out)
		return -ENOMEM;
	for (p = word; *p; p++) {
		end = p[0] == '$' && p[1] == '{' ? strchr(p, '}') : NULL;
		if (end && is_name(p + 2, (size_t)(end - p - 2))) {
			value = find(e, p + 2, (size_t)(end - p - 2));
			length = strlen(value);
			memcpy(out + used, value, length);
			used += length;
			p = end;
			continue;
		}
		if (p[0] == '$' && p[1] == '$')
			p++;
		out[used++] = *p;
	}
	out[used] = '\0';
	return list_take(list, out);
}

char **environment_expand(const struct environment *e, const struct command *command)
{
	struct list list = LIST_EMPTY;
	int r = 0;

	for (size_t i = 0; i < command->words.n && r == 0; i++) {
		const char *word = command->words.at[i];

		if (command->flags & COMMAND_NO_VARIABLES || i == 0)
			r = list_take(&list, strdup(word));
		else if (word[0] == '$' && is_name(word + 1, strlen(word + 1)))
			r = expand_alone(e, word, &list);
		else
			r = expand_inside(e, word, &list);
	}
	return r < 0 ? NULL : list.at;
}
