/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether units work. */
#include "health.h"

#include "clock.h"
#include "fd.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>

#define UNIT    "org.freedesktop.systemd1.Unit"
#define SERVICE "org.freedesktop.systemd1.Service"
#define SOCKET  "org.freedesktop.systemd1.Socket"

static int ask_text(sd_bus *bus, const char *path, const char *interface, const char *property,
		    char **ret)
{
	return sd_bus_get_property_string(bus, bus_systemd.destination, path, interface, property,
					  NULL, ret);
}

static bool is_service(const char *unit)
{
	const char *dot = strrchr(unit, '.');

	return dot && strcmp(dot, ".service") == 0;
}

/* What holds for a service that is active or ended. */
static int judge_service(sd_bus *bus, const char *path, const char **ret_why)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	uint32_t restarts = 0;
	char *result = NULL;
	int r = ask_text(bus, path, SERVICE, "Result", &result);

	if (r >= 0)
		r = sd_bus_get_property_trivial(bus, bus_systemd.destination, path, SERVICE,
						"NRestarts", &error, 'u', &restarts);
	if (r >= 0 && restarts > 0)
		*ret_why = "it failed, and systemd restarted it";
	else if (r >= 0 && strcmp(result, "success") != 0)
		*ret_why = "it failed";
	free(result);
	return r < 0 ? r : 0;
}

static int judge_ended(sd_bus *bus, const char *unit, const char *path, const char **ret_why)
{
	char *type = NULL;
	bool has_socket;
	int r = ask_text(bus, path, SERVICE, "Type", &type);

	if (r >= 0)
		r = health_has_socket(bus, unit, &has_socket);
	if (r >= 0 && !has_socket && strcmp(type, "oneshot") != 0)
		*ret_why = "it ended";
	free(type);
	return r < 0 ? r : 0;
}

int health_of(sd_bus *bus, const char *unit, enum health *ret, const char **ret_why)
{
	char *path = NULL, *active = NULL;
	const char *why = NULL;
	int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);

	if (r >= 0)
		r = ask_text(bus, path, UNIT, "ActiveState", &active);
	if (r >= 0 && is_service(unit))
		r = judge_service(bus, path, &why);
	if (r >= 0 && !why && strcmp(active, "inactive") == 0) {
		if (is_service(unit))
			r = judge_ended(bus, unit, path, &why);
		else
			why = "it is not active";
	}
	if (r >= 0 && !why && strcmp(active, "failed") == 0)
		why = "it failed";
	if (r >= 0) {
		*ret = why ? HEALTH_ILL
		       : strcmp(active, "active") == 0 || strcmp(active, "inactive") == 0
			       ? HEALTHY
			       : HEALTH_STARTING;
		*ret_why = why ? why : "it is still starting";
	}
	free(active);
	free(path);
	return r < 0 ? r : 0;
}

int health_listen(sd_bus *bus, uint64_t wait_us)
{
	const uint64_t end = now_us(CLOCK_MONOTONIC) + wait_us;

	for (;;) {
		uint64_t now = now_us(CLOCK_MONOTONIC);
		int r = sd_bus_process(bus, NULL);

		if (r == 0 && now >= end)
			return 0;
		if (r == 0)
			r = sd_bus_wait(bus, end - now);
		if (r < 0 && r != -EINTR)
			return r;
	}
}

/* SD_MESSAGE_UNIT_FAILURE_RESULT of sd-messages.h. */
#define FAILED "MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c"

/* A match of the journal; several of one field are alternatives. */
static int add_unit_match(sd_journal *journal, const char *unit)
{
	char *match = NULL;
	int r = asprintf(&match, "UNIT=%s", unit) < 0 ? -ENOMEM
						      : sd_journal_add_match(journal, match, 0);

	free(match);
	return r;
}

const char *health_failed_since(const struct text_list *units, uint64_t since_us)
{
	const struct text_list *unit = units;
	sd_journal *journal = NULL;
	const char *found = NULL;
	const void *data;
	size_t size;
	int r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

	if (r >= 0)
		r = sd_journal_add_match(journal, FAILED, 0);
	if (r >= 0)
		r = sd_journal_add_match(journal, "_PID=1", 0);
	for (; unit && r >= 0; unit = unit->next)
		r = add_unit_match(journal, unit->text);
	if (r >= 0)
		r = sd_journal_seek_realtime_usec(journal, since_us);
	if (r >= 0)
		r = sd_journal_next(journal);
	if (r > 0 && sd_journal_get_data(journal, "UNIT", &data, &size) >= 0 &&
	    size > strlen("UNIT="))
		for (unit = units; unit && !found; unit = unit->next)
			if (strlen(unit->text) == size - strlen("UNIT=") &&
			    memcmp((const char *)data + strlen("UNIT="), unit->text,
				   strlen(unit->text)) == 0)
				found = unit->text;
	sd_journal_close(journal);
	return found;
}

static int is_active(sd_bus *bus, const char *unit, bool *ret)
{
	char *path = NULL, *active = NULL;
	int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);

	if (r >= 0)
		r = ask_text(bus, path, UNIT, "ActiveState", &active);
	if (r >= 0)
		*ret = strcmp(active, "active") == 0;
	free(active);
	free(path);
	return r < 0 ? r : 0;
}

int health_has_socket(sd_bus *bus, const char *service, bool *ret)
{
	char *path = NULL, **triggers = NULL;
	bool found = false;
	int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", service, &path);

	if (r >= 0)
		r = sd_bus_get_property_strv(bus, bus_systemd.destination, path, UNIT,
					     "TriggeredBy", NULL, &triggers);
	for (char **trigger = triggers; trigger && *trigger; trigger++) {
		const char *dot = strrchr(*trigger, '.');

		if (r >= 0 && !found && dot && strcmp(dot, ".socket") == 0)
			r = is_active(bus, *trigger, &found);
		free(*trigger);
	}
	free(triggers);
	free(path);
	if (r < 0)
		return r;
	*ret = found;
	return 0;
}

static int read_listens(struct pool *pool, sd_bus_message *answer, struct listen **ret)
{
	const char *type, *address;
	int r = sd_bus_message_enter_container(answer, 'a', "(ss)");

	while (r >= 0) {
		struct listen *listen;

		r = sd_bus_message_read(answer, "(ss)", &type, &address);
		if (r <= 0)
			break;
		if (strcmp(type, "Stream") != 0)
			continue;
		listen = pool_take(pool, sizeof *listen);
		if (!listen)
			return -ENOMEM;
		listen->address = pool_copy(pool, address);
		if (!listen->address)
			return -ENOMEM;
		listen->next = *ret;
		*ret = listen;
	}
	return r < 0 ? r : 0;
}

int health_listens(sd_bus *bus, struct pool *pool, const char *socket, struct listen **ret)
{
	CLEANUP_MESSAGE sd_bus_message *answer = NULL;
	char *path = NULL;
	int accepts = 0;
	int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", socket, &path);

	*ret = NULL;
	if (r >= 0)
		r = sd_bus_get_property_trivial(bus, bus_systemd.destination, path, SOCKET,
						"Accept", NULL, 'b', &accepts);
	if (r >= 0 && !accepts)
		r = sd_bus_get_property(bus, bus_systemd.destination, path, SOCKET, "Listen", NULL,
					&answer, "a(ss)");
	if (r >= 0 && !accepts)
		r = read_listens(pool, answer, ret);
	free(path);
	return r < 0 ? r : 0;
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* A path, "@" and a name of the abstract namespace, "1.2.3.4:80" or "[::]:80". */
static bool parse_address(const char *text, union address *ret, socklen_t *ret_size)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t length = strlen(text);
	uint64_t port;

	memset(ret, 0, sizeof *ret);
	if (text[0] == '/' || text[0] == '@') {
		if (length >= sizeof ret->un.sun_path)
			return false;
		ret->un.sun_family = AF_UNIX;
		memcpy(ret->un.sun_path, text, length);
		if (text[0] == '@')
			ret->un.sun_path[0] = '\0';
		*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
					(text[0] == '/'));
		return true;
	}
	if (!colon || (size_t)(colon - text) >= sizeof host ||
	    parse_uint(colon + 1, 1, UINT16_MAX, &port) < 0)
		return false;
	length = (size_t)(colon - text);
	memcpy(host, text, length);
	host[length] = '\0';
	if (inet_pton(AF_INET, host, &ret->in.sin_addr) == 1) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons((uint16_t)port);
		if (ret->in.sin_addr.s_addr == htonl(INADDR_ANY))
			ret->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		*ret_size = sizeof ret->in;
		return true;
	}
	if (length < 2 || host[0] != '[' || host[length - 1] != ']')
		return false;
	host[length - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &ret->in6.sin6_addr) != 1)
		return false;
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons((uint16_t)port);
	if (IN6_IS_ADDR_UNSPECIFIED(&ret->in6.sin6_addr))
		ret->in6.sin6_addr = in6addr_loopback;
	*ret_size = sizeof ret->in6;
	return true;
}

static bool wait_for(int fd, short events, uint64_t deadline_us)
{
	uint64_t now;

	while ((now = now_us(CLOCK_MONOTONIC)) < deadline_us) {
		struct pollfd poll_fd = { .fd = fd, .events = events };
		int n = poll(&poll_fd, 1, (int)((deadline_us - now) / 1000 + 1));

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
	return false;
}

static bool answers(const char *text, uint64_t deadline_us)
{
	union address address;
	socklen_t size;
	CLEANUP_FD int fd = -1;
	int problem = 0;
	socklen_t problem_size = sizeof problem;

	if (!parse_address(text, &address, &size))
		return false;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (connect(fd, &address.any, size) < 0 &&
	    (errno != EINPROGRESS || !wait_for(fd, POLLOUT, deadline_us)))
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &problem_size) < 0 || problem != 0 ||
	    shutdown(fd, SHUT_WR) < 0)
		return false;
	return wait_for(fd, POLLIN, deadline_us);
}

bool health_answers(const struct listen *listens, uint64_t deadline_us)
{
	bool all = listens != NULL;

	for (; listens && all; listens = listens->next)
		all = answers(listens->address, deadline_us);
	return all;
}
