/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * D-Bus: the connection, calls whose failure is told with a remedy, and many questions at a
 * time.
 */
#ifndef BUS_H
#define BUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define CLEANUP_BUS     __attribute__((cleanup(cleanup_bus_)))
#define CLEANUP_MESSAGE __attribute__((cleanup(cleanup_message_)))
#define CLEANUP_ERROR   __attribute__((cleanup(sd_bus_error_free)))

static inline void cleanup_bus_(sd_bus **bus)
{
	*bus = sd_bus_flush_close_unref(*bus);
}

static inline void cleanup_message_(sd_bus_message **message)
{
	*message = sd_bus_message_unref(*message);
}

/* Whom to ask, and about what. */
struct bus_object {
	const char *destination, *path, *interface;
};

extern const struct bus_object bus_systemd;  /* the manager of org.freedesktop.systemd1 */
extern const struct bus_object bus_portable; /* of org.freedesktop.portable1 */

/* Connects to the system bus. Returns 0, or a negative errno for what was logged. */
int bus_open(sd_bus **ret);

/*
 * Connects to systemd itself, which answers twice as fast without the bus between, if this is
 * root; else to the system bus. For objects of bus_systemd only. Returns as above.
 */
int bus_open_systemd(sd_bus **ret);

/* A call of that object's method. Returns 0 or a negative errno. */
int bus_message(sd_bus *bus, const struct bus_object *object, const char *method,
		sd_bus_message **ret);

/* Appends "as"; texts: the last is NULL, and NULL is none at all. Returns 0 or a negative errno. */
int bus_append_texts(sd_bus_message *call, const char *const *texts);

/*
 * Sends a call and waits for its answer, as long as it takes: attaching an image may. *ret may
 * be NULL. Returns 0, or a negative errno with *error set.
 */
int bus_call(sd_bus *bus, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret);

/*
 * Logs a failure of D-Bus: "cannot WHAT: why", and the remedy where it is known. Returns a
 * negative errno, to be passed on.
 */
int bus_failure(int r, const sd_bus_error *error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Questions that are sent without waiting for the answer of the one before. answered() gets
 * each answer, or an error (sd_bus_message_is_method_error()), and returns 0 or a negative
 * errno.
 */
struct bus_batch {
	sd_bus *bus;
	unsigned pending;
	int failed;
};

struct bus_question {
	struct bus_batch *batch;
	int (*answered)(struct bus_question *question, sd_bus_message *answer);
};

/* Returns 0 or a negative errno. The question is the caller's, and stays there until bus_wait(). */
int bus_ask_property(struct bus_batch *batch, struct bus_question *question, const char *path,
		     const char *interface, const char *property);

/* Waits for all answers. Returns 0, or the first negative errno. */
int bus_wait(struct bus_batch *batch);

#endif
