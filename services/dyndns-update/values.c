/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values on the command line of dyndns-update. */
#include "values.h"

#include "elements.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Digits of a number with a point; more mean nothing. */
#define NUMBER_SIZE 32

static int copy_host(const char *text, size_t size, struct endpoint *ret)
{
	if (size == 0 || size >= sizeof ret->host)
		return -EINVAL;
	memcpy(ret->host, text, size);
	ret->host[size] = '\0';
	return 0;
}

/* One endpoint, without the slash. */
static int read_endpoint(const char *text, size_t size, uint16_t default_port, struct endpoint *ret)
{
	const char *colon = memrchr(text, ':', size), *bracket = memrchr(text, ']', size);
	struct endpoint e = { .port = default_port };
	size_t host = size;
	uint64_t port;

	if (bracket && text[0] != '[')
		return -EINVAL;
	if (colon && bracket ? colon > bracket : colon && memchr(text, ':', size) == colon) {
		/* A colon after the bracket, or the only one: a port follows. */
		host = (size_t)(colon - text);
		if (parse_uint_bytes(colon + 1, size - host - 1, 1, UINT16_MAX, &port) < 0)
			return -EINVAL;
		e.port = (uint16_t)port;
	}
	if (bracket) {
		if (bracket - text + 1 != (ptrdiff_t)host)
			return -EINVAL;
		if (copy_host(text + 1, host - 2, &e) < 0)
			return -EINVAL;
	} else if (copy_host(text, host, &e) < 0) {
		return -EINVAL;
	}
	*ret = e;
	return 0;
}

int next_endpoint(const char **list, uint16_t default_port, struct endpoint *ret)
{
	size_t size = strcspn(*list, "/");
	int r;

	if (**list == '\0')
		return 0;
	r = read_endpoint(*list, size, default_port, ret);
	if (r < 0)
		return r;
	*list += size;
	if (**list == '/') {
		(*list)++;
		if (**list == '\0')
			return -EINVAL; /* a slash with nothing after it */
	}
	return 1;
}

/* Digits, and perhaps a point and more of them. */
static int read_number(const char *text, size_t size, double *ret)
{
	double value = 0, unit = 1;
	bool after_point = false, any = false;

	if (size >= NUMBER_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '.' && !after_point) {
			after_point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (text[i] - '0');
		unit *= after_point ? 10 : 1;
		any = true;
	}
	if (!any)
		return -EINVAL;
	*ret = value / unit;
	return 0;
}

int parse_delay(const char *text, struct delay *ret)
{
	static const struct {
		const char *name;
		char operation;
	} operations[] = { { "add", '+' }, { "sub", '-' }, { "mul", '*' }, { "div", '/' } };
	struct delay delay = { 0 };
	size_t size = strcspn(text, ":");

	if (read_number(text, size, &delay.seconds) < 0 || delay.seconds > DELAY_SECONDS_MAX)
		return -EINVAL;
	if (text[size] == ':') {
		const char *name = text + size + 1;
		size_t length = strcspn(name, ":");

		for (size_t i = 0; i < ELEMENTS(operations); i++) {
			if (strlen(operations[i].name) == length &&
			    memcmp(operations[i].name, name, length) == 0)
				delay.operation = operations[i].operation;
		}
		if (!delay.operation || name[length] != ':' ||
		    read_number(name + length + 1, strlen(name + length + 1), &delay.argument) < 0)
			return -EINVAL;
	}
	*ret = delay;
	return 0;
}

void next_delay(struct delay *delay)
{
	double next = delay->seconds;

	switch (delay->operation) {
	case '+':
		next += delay->argument;
		break;
	case '-':
		next -= delay->argument;
		break;
	case '*':
		next *= delay->argument;
		break;
	case '/':
		if (delay->argument > 0)
			next /= delay->argument;
		break;
	default:
		break;
	}
	if (!(next > 0))
		next = 0;
	delay->seconds = next < DELAY_SECONDS_MAX ? next : DELAY_SECONDS_MAX;
}

int parse_address(const char *text, enum dyndns_family *ret_family,
		  uint8_t ret[static DYNDNS_ADDRESS_SIZE])
{
	uint8_t address[DYNDNS_ADDRESS_SIZE];

	if (inet_pton(AF_INET, text, address) == 1) {
		*ret_family = DYNDNS_IPV4;
		dyndns_map(address, ret);
		return 0;
	}
	if (inet_pton(AF_INET6, text, address) != 1 || dyndns_is_mapped(address) ||
	    dyndns_is_zero(address, sizeof address))
		return -EINVAL;
	*ret_family = DYNDNS_IPV6;
	memcpy(ret, address, sizeof address);
	return 0;
}

int parse_prefix(const char *text, enum dyndns_family *ret_family,
		 uint8_t ret[static DYNDNS_ADDRESS_SIZE], uint8_t *ret_length)
{
	const char *slash = strchr(text, '/');
	uint8_t address[DYNDNS_ADDRESS_SIZE] = { 0 };
	enum dyndns_family family = DYNDNS_IPV6;
	char host[INET6_ADDRSTRLEN];
	uint64_t length;

	if (!slash || (size_t)(slash - text) >= sizeof host)
		return -EINVAL;
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (slash != text && parse_address(host, &family, address) < 0)
		return -EINVAL;
	if (parse_uint(slash + 1, 1, family == DYNDNS_IPV4 ? 32 : 128, &length) < 0)
		return -EINVAL;
	*ret_family = family;
	memcpy(ret, address, sizeof address);
	*ret_length = (uint8_t)length;
	return 0;
}
