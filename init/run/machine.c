/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What PID 1 finds when it starts, and brings along where it is missing. */
#include "run/machine.h"

#include "elements.h"
#include "fd.h"
#include "file.h"
#include "kernel.h"
#include "log.h"
#include "walls/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* What waits in the kernel, for a disk that does not answer, cannot be killed and is not waited for. */
#define KILL_SECONDS 10

/* COMMAND_LINE_SIZE of the kernel is 2048 to 4096. */
#define COMMAND_LINE_MAX ((size_t)8192)

static void mount_if(bool missing, const char *type, const char *path, unsigned long flags,
		     const char *options)
{
	if (missing && mount(type, path, type, flags, options) < 0)
		log_failure(-errno, "cannot mount '%s', ignoring", path);
}

/* From the kernel a process may come without them. */
static void open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
	while (fd >= 0 && fd < 2);
	if (fd > 2)
		(void)close(fd);
}

/* No container has the first PID namespace. */
static bool is_first_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == PROC_PID_INIT_INO;
}

void machine_open(struct machine *ret)
{
	const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char *bytes;
	size_t size;
	bool no_devices;

	*ret = (struct machine){ 0 };
	(void)umask(0022);
	mount_if(access("/proc/self/stat", F_OK) < 0, "proc", "/proc", safe, NULL);
	ret->is_machine = is_first_namespace();
	mount_if(ret->is_machine && access("/sys/kernel", F_OK) < 0, "sysfs", "/sys", safe, NULL);
	no_devices = access("/dev/null", F_OK) < 0;
	mount_if(no_devices, "devtmpfs", "/dev", MS_NOSUID, "mode=0755");
	if (ret->is_machine && access("/dev/shm", F_OK) < 0 && mkdir("/dev/shm", 01777) == 0)
		mount_if(true, "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
	open_standard_descriptors();
	mount_if(access("/run", W_OK) < 0, "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
	mount_if(access("/tmp", W_OK) < 0, "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");

	/* In a container it is that of the host, and not meant for us. */
	if (ret->is_machine &&
	    file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &bytes, &size) == 0)
		ret->words = bytes;
}

int ip_parameter_parse(const char *text, struct ip_parameter *ret)
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

/* The first interface that is no loopback. */
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

void machine_open_network(const char *ip)
{
	char escaped[LOG_ESCAPED_SIZE];
	struct ip_parameter parameter;
	int r;

	/* A container that may not do this has it done. */
	(void)bring_up_loopback();
	if (!ip || strcmp(ip, "off") == 0 || strcmp(ip, "none") == 0)
		return;
	r = ip_parameter_parse(ip, &parameter);
	if (r == 0)
		r = configure(&parameter);
	if (r < 0)
		log_failure(r, "cannot set up the network as ip='%s' says",
			    log_escape(ip, escaped));
}

void machine_kill_all(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	pid_t pid = 0;

	(void)kill(-1, SIGKILL);
	for (unsigned i = 0; i < KILL_SECONDS * 100 && pid == 0; i++) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid == 0)
			(void)nanosleep(&moment, NULL);
	}
}

int machine_end(const struct machine *machine, enum ending ending, int status)
{
	static const unsigned how[] = { RB_POWER_OFF, RB_AUTOBOOT, RB_HALT_SYSTEM, RB_AUTOBOOT };

	sync();
	/*
	 * PID 1 of a machine must not end: the kernel would panic. That of a container
	 * just ends, and its manager sees the status; a new start is asked for by the
	 * signal that reboot(2) makes of it.
	 */
	if (machine->is_machine || ending == ENDING_REBOOT)
		(void)reboot((int)how[ending]);
	return status;
}
