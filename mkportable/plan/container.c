/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container engine has to know of an image. */
#include "plan/container.h"

#include "elements.h"
#include "log.h"
#include "number.h"
#include "plan/programs.h"
#include "units/facts.h"
#include "units/mounts.h"

#include <errno.h>
#include <string.h>

/* What any host can reach of ListenStream= and ListenDatagram=. Returns whether there is a port. */
static bool read_port(const char *address, unsigned *ret)
{
	const char *colon = strrchr(address, ':');
	uint64_t number;

	if (strncmp(address, "127.", strlen("127.")) == 0 ||
	    strncmp(address, "[::1]", strlen("[::1]")) == 0 ||
	    strncmp(address, "vsock", strlen("vsock")) == 0 || strchr("/@", address[0]))
		return false;
	if (parse_uint(colon ? colon + 1 : address, 1, 65535, &number) < 0)
		return false;
	*ret = (unsigned)number;
	return true;
}

static int add_port(struct pool *pool, struct container *c, unsigned number, const char *protocol)
{
	struct container_port **place = &c->ports, *port;

	while (*place && ((*place)->number < number ||
			  ((*place)->number == number && strcmp((*place)->protocol, protocol) < 0)))
		place = &(*place)->next;
	if (*place && (*place)->number == number && strcmp((*place)->protocol, protocol) == 0)
		return 0;
	port = pool_take(pool, sizeof *port);
	if (!port)
		return -ENOMEM;
	*port = (struct container_port){ *place, number, protocol };
	*place = port;
	return 0;
}

static int find_ports(struct pool *pool, const struct unit *socket, struct container *c)
{
	static const char *const kinds[][2] = { { "ListenStream", "tcp" },
						{ "ListenDatagram", "udp" } };
	unsigned number;
	int r = 0;

	for (size_t i = 0; i < ELEMENTS(kinds); i++) {
		const struct unit_setting *s = NULL;

		while (r == 0 && (s = unit_file_next(&socket->file, "Socket", kinds[i][0], s)))
			if (read_port(s->value, &number))
				r = add_port(pool, c, number, kinds[i][1]);
	}
	return r;
}

static int add_volume(struct pool *pool, struct container *c, const char *path, bool is_cache)
{
	struct container_volume **place = &c->volumes, *volume;

	while (*place && strcmp((*place)->path, path) < 0)
		place = &(*place)->next;
	if (*place && strcmp((*place)->path, path) == 0)
		return 0;
	volume = pool_take(pool, sizeof *volume);
	if (!volume)
		return -ENOMEM;
	*volume = (struct container_volume){ *place, path, is_cache };
	*place = volume;
	return 0;
}

static int find_volumes_of(struct pool *pool, const struct unit *service, const char *instance,
			   struct container *c)
{
	struct mounts mounts;
	int r = mounts_read(
		pool,
		&(struct mounts_request){ .unit = service, .instance = instance, .quiet = true },
		&mounts);

	if (r == -ENOMEM)
		return r;
	r = 0;
	for (const struct mount *m = mounts.first; m && r == 0; m = m->next)
		if (m->owned && m->key && !strstr(m->path, MOUNTS_ANY_INSTANCE) &&
		    (strcmp(m->key, "StateDirectory") == 0 ||
		     strcmp(m->key, "CacheDirectory") == 0 || strcmp(m->key, "LogsDirectory") == 0))
			r = add_volume(pool, c, m->path, strcmp(m->key, "StateDirectory") != 0);
	return r;
}

static int find_volumes(struct pool *pool, const struct unit *service, const struct unit *units,
			struct container *c)
{
	size_t state = 0;
	const char *instance;
	int r = 0;

	if (!unit_is_template(service))
		return find_volumes_of(pool, service, NULL, c);
	while (r == 0 && (instance = mounts_next_instance(pool, service, units, &state)))
		r = find_volumes_of(pool, service, instance, c);
	return r;
}

/* A word of a command as the program gets it. Returns 0, 1 for what only systemd can tell, -ENOMEM. */
static int expand_word(struct pool *pool, const struct unit *unit, const char *word,
		       const char **ret)
{
	char letter;

	return strchr(word, '$') ? 1 : unit_expand(unit, word, pool, ret, &letter);
}

static int read_command(const struct plan *plan, const struct need *need, const char *shown,
			struct container *ret)
{
	const char **command;
	size_t n = 0;
	int r = 0;

	while (need->arguments[n])
		n++;
	command = pool_take(plan->pool, (n + 2) * sizeof *command);
	if (!command)
		return -ENOMEM;
	command[0] = programs_path(plan, need);
	if (!command[0])
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		r = expand_word(plan->pool, need->unit, need->arguments[i], &command[i + 1]);
	if (r > 0) {
		log_error("%s: no container can resolve what %s= of '%s' names; boot the image "
			  "with --init=",
			  shown, need->key, need->unit->name);
		return -EINVAL;
	}
	ret->command = command;
	return r;
}

static bool has_sockets(const struct unit *units)
{
	for (; units; units = units->next)
		if (strcmp(units->suffix, ".socket") == 0)
			return true;
	return false;
}

/* The command of the only service. */
static int find_command(const struct plan *plan, const struct unit *units,
			const struct needs *needs, const char *shown, struct container *ret)
{
	const struct need *only = NULL;
	bool many = false;

	for (const struct need *need = needs->first; need; need = need->next) {
		many |= only != NULL || strcmp(need->key, "ExecStart") != 0;
		only = need;
	}
	if (only && !many && !has_sockets(units) && !unit_is_template(only->unit))
		return read_command(plan, only, shown, ret);
	log_error("%s: a container needs a program that %s; add one with --init=", shown,
		  !only || many ? "starts the services" : "opens the sockets");
	return -EINVAL;
}

/* The program that boots the image; NULL: none. */
static const char *find_init(const struct plan *plan)
{
	static const char *const paths[] = { INIT_PROGRAM, INIT_LINK };

	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		const struct plan_entry *entry = plan_follow(plan, paths[i]);

		if (entry && entry->type == PLAN_FILE)
			return paths[i];
	}
	return NULL;
}

int container_describe(const struct plan *plan, const struct unit *units, const struct needs *needs,
		       const char *shown, struct container *ret)
{
	struct container c = { 0 };
	const char **command = pool_take(plan->pool, 2 * sizeof *command);
	int r = command ? 0 : -ENOMEM;

	if (command) {
		command[0] = find_init(plan);
		c.command = command;
		c.boots = command[0] != NULL;
	}
	for (const struct unit *unit = units; unit && r == 0; unit = unit->next)
		if (strcmp(unit->suffix, ".socket") == 0)
			r = find_ports(plan->pool, unit, &c);
		else if (unit_is_service(unit))
			r = find_volumes(plan->pool, unit, units, &c);
	if (r == 0 && !c.boots)
		r = find_command(plan, units, needs, shown, &c);
	if (r == 0)
		*ret = c;
	return r == -ENOMEM ? pool_exhausted() : r;
}
