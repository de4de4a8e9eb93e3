/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/machine.h"

#include "file.h"
#include "kernel.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A process that hangs in the kernel, waiting for a disk for example, cannot be killed. */
#define KILL_SECONDS 10

/* COMMAND_LINE_SIZE of the kernel is 2048 to 4096. */
#define COMMAND_LINE_MAX ((size_t)8192)

static void mount_if(bool missing, const char *type, const char *path, unsigned long flags,
		     const char *options)
{
	if (missing && mount(type, path, type, flags, options) < 0)
		log_failure(-errno, "cannot mount '%s', ignoring", path);
}

/* The kernel may start process 1 without them. */
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

	/* In a container it is the one of the host. */
	if (ret->is_machine &&
	    file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &bytes, &size) == 0)
		ret->words = bytes;
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
	 * When process 1 of a machine ends, the kernel panics. In a container it ends, and
	 * the container manager sees the status; reboot(2) is a signal to that manager.
	 */
	if (machine->is_machine || ending == ENDING_REBOOT)
		(void)reboot((int)how[ending]);
	return status;
}
