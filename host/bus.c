/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* D-Bus. */
#include "bus.h"

#include "elements.h"
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A pass over many files, or a loop device that is slow to come. */
#define CALL_USEC_MAX (UINT64_C(300) * 1000000)

/* As systemctl(1) does for root. */
#define PRIVATE_SOCKET "unix:path=/run/systemd/private"

const struct bus_object bus_systemd = { "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
					"org.freedesktop.systemd1.Manager" };
const struct bus_object bus_portable = { "org.freedesktop.portable1", "/org/freedesktop/portable1",
					 "org.freedesktop.portable1.Manager" };

int bus_open(sd_bus **ret)
{
	sd_bus *bus = NULL;
	int r = sd_bus_open_system_with_description(&bus, "portable-admin");

	if (r < 0) {
		log_failure(r, "cannot connect to the system bus; is dbus running?");
		return r;
	}
	/* polkit asks an ordinary user for a password. */
	(void)sd_bus_set_allow_interactive_authorization(bus, 1);
	*ret = bus;
	return 0;
}

int bus_open_systemd(sd_bus **ret)
{
	CLEANUP_BUS sd_bus *bus = NULL;
	int r = geteuid() == 0 ? sd_bus_new(&bus) : -EACCES;

	if (r >= 0)
		r = sd_bus_set_address(bus, PRIVATE_SOCKET);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return bus_open(ret);
	*ret = bus;
	bus = NULL;
	return 0;
}

int bus_message(sd_bus *bus, const struct bus_object *object, const char *method,
		sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(bus, ret, object->destination, object->path,
					      object->interface, method);
}

int bus_append_texts(sd_bus_message *call, const char *const *texts)
{
	int r = sd_bus_message_open_container(call, 'a', "s");

	for (; texts && *texts && r >= 0; texts++)
		r = sd_bus_message_append(call, "s", *texts);
	return r < 0 ? r : sd_bus_message_close_container(call);
}

int bus_call(sd_bus *bus, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret)
{
	int r = sd_bus_call(bus, call, CALL_USEC_MAX, error, ret);

	return r < 0 ? r : 0;
}

/* What an error of D-Bus does not say by itself. */
static const char *remedy(const sd_bus_error *error)
{
	static const struct {
		const char *name, *remedy;
	} remedies[] = {
		{ SD_BUS_ERROR_ACCESS_DENIED, "; run it as root" },
		{ SD_BUS_ERROR_AUTH_FAILED, "; run it as root" },
		{ SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, "; run it as root" },
		{ SD_BUS_ERROR_SERVICE_UNKNOWN,
		  "; install systemd-portabled (Debian's package systemd-container)" },
		{ SD_BUS_ERROR_NO_REPLY, "; see the journal of systemd-portabled.service" },
	};

	for (size_t i = 0; i < ELEMENTS(remedies); i++)
		if (sd_bus_error_has_name(error, remedies[i].name))
			return remedies[i].remedy;
	return "";
}

/* Ticks are no harm in a sentence of systemd, control characters are. */
static void copy_sentence(const char *text, char *ret, size_t size)
{
	size_t i = 0;

	for (; text[i] && i + 1 < size; i++)
		ret[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
	while (i > 0 && ret[i - 1] == '.')
		i--;
	ret[i] = '\0';
}

int bus_failure(int r, const sd_bus_error *error, const char *format, ...)
{
	char what[LOG_LINE_MAX], said[LOG_LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	if (error && error->message) {
		copy_sentence(error->message, said, sizeof said);
		log_error("cannot %s: %s%s", what, said, remedy(error));
	} else {
		log_failure(r, "cannot %s", what);
	}
	return r < 0 ? r : -EIO;
}

static int received(sd_bus_message *answer, void *userdata, sd_bus_error *ret_error)
{
	struct bus_question *question = userdata;
	int r = question->answered(question, answer);

	(void)ret_error;
	question->batch->pending--;
	if (r < 0 && question->batch->failed == 0)
		question->batch->failed = r;
	return 1;
}

/* So many may be on their way: dbus-daemon allows 128 for each user that is not root. */
#define PENDING_MAX 100

/* Waits until at most so many are on their way. */
static int wait_for(struct bus_batch *batch, unsigned pending_max)
{
	int r;

	while (batch->pending > pending_max) {
		r = sd_bus_process(batch->bus, NULL);
		if (r == 0)
			r = sd_bus_wait(batch->bus, UINT64_MAX);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return 0;
}

int bus_ask_property(struct bus_batch *batch, struct bus_question *question, const char *path,
		     const char *interface, const char *property)
{
	int r = wait_for(batch, PENDING_MAX - 1);

	question->batch = batch;
	if (r >= 0)
		r = sd_bus_call_method_async(batch->bus, NULL, bus_systemd.destination, path,
					     "org.freedesktop.DBus.Properties", "Get", received,
					     question, "ss", interface, property);
	if (r < 0)
		return r;
	batch->pending++;
	return 0;
}

int bus_wait(struct bus_batch *batch)
{
	int r = wait_for(batch, 0);

	return r < 0 ? r : batch->failed;
}
