/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are a unit of an image that is booted: as a service, a socket and a timer
 * it is read or refused, and process 1 neither crashes nor reads astray.
 */
#include "elements.h"
#include "fd.h"

#include <assert.h>
#include <string.h>

/* What is said of such units is made, and not printed: it would be a million lines. */
static int expect_line(const char *line, size_t size)
{
	const char *end = (const char *)memchr(line, '\n', size);

	assert(end == line + size - 1);
	return 0;
}
#define fd_write_all(fd, line, size) expect_line(line, size)
#include "log.c"
#undef fd_write_all

#include "units/effects.h"
#include "units/service-unit.h"
#include "units/socket-unit.h"
#include "units/timer-unit.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A line is one of these, chosen by its first byte, and what follows that. */
static const char *const keys[] = {
	"[Service]\nExecStart=",
	"ExecStartPre=",
	"Type=",
	"Restart=",
	"RestartSec=",
	"TimeoutStopSec=",
	"KillSignal=",
	"StateDirectory=",
	"StateDirectoryMode=",
	"UMask=",
	"Environment=",
	"LoadCredential=",
	"CapabilityBoundingSet=",
	"AmbientCapabilities=",
	"RestrictAddressFamilies=",
	"SystemCallFilter=",
	"SystemCallErrorNumber=",
	"ProtectHome=",
	"LimitNOFILE=",
	"ReadWritePaths=",
	"BindPaths=",
	"StandardOutput=",
	"User=",
	"WorkingDirectory=",
	"Slice=",
	"Sockets=",
	"[Socket]\nListenStream=",
	"ListenDatagram=",
	"ListenFIFO=",
	"Accept=",
	"MaxConnections=",
	"Backlog=",
	"SocketMode=",
	"BindIPv6Only=",
	"FileDescriptorName=",
	"[Timer]\nOnCalendar=",
	"OnBootSec=",
	"OnUnitActiveSec=",
	"RandomizedDelaySec=",
	"[Unit]\nStartLimitBurst=",
	"After=",
	"",
};

static size_t make_unit(const uint8_t *bytes, size_t size, char *text, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < size && room - used > 64; i++) {
		const char *key = keys[bytes[i] % ELEMENTS(keys)];

		used += (size_t)snprintf(text + used, room - used, "%s", key);
		for (i++; i < size && bytes[i] != '\n' && room - used > 64; i++)
			text[used++] = (char)bytes[i];
		text[used++] = '\n';
	}
	return used;
}

static void expect_names(const struct boot_unit *unit, const struct service *s)
{
	char text[SETTINGS_TEXT_SIZE];

	settings_without_effect(unit, s, text);
	assert(strlen(text) < sizeof text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct unit_setting *problem;
	struct socket_unit socket;
	struct timer_unit timer;
	struct service service;
	struct boot_unit unit;
	char text[8192];
	int r;

	size = make_unit(bytes, size, text, sizeof text);
	if (unit_parse("x@.service", text, size, &unit) < 0)
		return 0;
	r = service_read(&unit, "0", &service, &problem);
	assert(r == 0 || r == -EINVAL);
	if (r == 0) {
		assert(service.commands[PHASE_START].n > 0);
		expect_names(&unit, &service);
	}
	service_release(&service);

	r = socket_unit_read(&unit, &socket, &problem);
	assert(r < 0 || socket.n_ports > 0);
	socket_unit_release(&socket);

	r = timer_unit_read(&unit, &timer, &problem);
	assert(r < 0 || timer.n_triggers > 0 || timer.on_clock_change);
	timer_unit_release(&timer);
	expect_names(&unit, NULL);
	unit_release(&unit);
	return 0;
}
