/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/network.h"

#include "elements.h"
#include "fd.h"
#include "log.h"
#include "walls/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define IP_FIELD_SIZE 64

/* "CLIENT:SERVER:GATEWAY:NETMASK:HOST:DEVICE:…", as far as it is used; "" for an empty field. */
struct ip_parameter {
	char client[IP_FIELD_SIZE], gateway[IP_FIELD_SIZE], netmask[IP_FIELD_SIZE];
	char host[IP_FIELD_SIZE], device[IP_FIELD_SIZE];
};

/* Returns 0, or -EINVAL without a client. Pure. */
static int parse_ip(const char *text, struct ip_parameter *ret)
{
	struct ip_parameter p = { 0 };
	char *const fields[] = { p.client, NULL, p.gateway, p.netmask, p.host, p.device };

	for (size_t i = 0; i < ELEMENTS(fields) && *text; i++) {
		size_t length = strcspn(text, ":");

		if (length >= IP_FIELD_SIZE)
			return -EINVAL;
		if (fields[i])
			memcpy(fields[i], text, length);
		text += length;
		text += *text == ':';
	}
	if (!*p.client)
		return -EINVAL;
	*ret = p;
	return 0;
}

static int set_address(int fd, struct ifreq *request, bool is_mask, const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &in.sin_addr) != 1)
		return -EINVAL;
	memcpy(&request->ifr_addr, &in, sizeof in);
	return ioctl(fd, is_mask ? SIOCSIFNETMASK : SIOCSIFADDR, request) < 0 ? -errno : 0;
}

static int add_default_route(int fd, const char *gateway)
{
	struct sockaddr_in in = { .sin_family = AF_INET }, any = { .sin_family = AF_INET };
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };

	if (inet_pton(AF_INET, gateway, &in.sin_addr) != 1)
		return -EINVAL;
	memcpy(&route.rt_gateway, &in, sizeof in);
	memcpy(&route.rt_dst, &any, sizeof any);
	memcpy(&route.rt_genmask, &any, sizeof any);
	return ioctl(fd, SIOCADDRT, &route) < 0 && errno != EEXIST ? -errno : 0;
}

/* The first interface that is not the loopback interface. */
static int find_device(int fd, struct ifreq *request)
{
	for (int i = 1; i < 256; i++) {
		*request = (struct ifreq){ .ifr_ifindex = i };
		if (ioctl(fd, SIOCGIFNAME, request) == 0 && strcmp(request->ifr_name, "lo") != 0)
			return 0;
	}
	return -ENODEV;
}

static int configure(const struct ip_parameter *p)
{
	CLEANUP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };
	int r;

	if (fd < 0)
		return -errno;
	if (strlen(p->device) >= sizeof request.ifr_name)
		return -EINVAL;
	memcpy(request.ifr_name, p->device, strlen(p->device));
	if (!*p->device) {
		r = find_device(fd, &request);
		if (r < 0)
			return r;
	}
	r = set_address(fd, &request, false, p->client);
	if (r == 0 && *p->netmask)
		r = set_address(fd, &request, true, p->netmask);
	if (r < 0)
		return r;
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return -errno;
	if (*p->host)
		(void)sethostname(p->host, strlen(p->host));
	return *p->gateway ? add_default_route(fd, p->gateway) : 0;
}

void network_open(const char *ip)
{
	char escaped[LOG_ESCAPED_SIZE];
	struct ip_parameter parameter;
	int r;

	/* Where this is not permitted, the container manager has done it. */
	(void)bring_up_loopback();
	if (!ip || strcmp(ip, "off") == 0 || strcmp(ip, "none") == 0)
		return;
	r = parse_ip(ip, &parameter);
	if (r == 0)
		r = configure(&parameter);
	if (r < 0)
		log_failure(r, "cannot set up the network with ip='%s'", log_escape(ip, escaped));
}
