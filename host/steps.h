/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a verb is going to do: steps, which are first made, then printed, then taken. Each that is
 * taken is told to the journal, with the fields PORTABLE=NAME, PORTABLE_STEP=, PORTABLE_OBJECT=.
 */
#ifndef STEPS_H
#define STEPS_H

#include "bus.h"
#include "enabled.h"
#include "pool.h"
#include "portabled.h"

enum step_kind {
	STEP_STOP,
	STEP_DISABLE,
	STEP_DISABLE_RUNTIME,
	STEP_DETACH,
	STEP_ATTACH,
	STEP_REATTACH,
	STEP_RELOAD, /* systemd reads its units again */
	STEP_ENABLE,
	STEP_ENABLE_RUNTIME,
	STEP_START,
};

struct step {
	struct step *next;
	enum step_kind kind;
	const char *object; /* a unit, or the path of an image */
	const struct portabled_image *image;
};

struct steps {
	struct pool *pool;
	const char *name; /* of the image: what its units begin with */
	struct step *first, **end;
};

void steps_open(struct steps *steps, struct pool *pool, const char *name);

/* Adds one at the end. Strings are borrowed. Returns 0, or -ENOMEM, logged. */
int steps_add(struct steps *steps, enum step_kind kind, const char *object,
	      const struct portabled_image *image);

/*
 * Disables a unit that links enable, or its instances if it is a template; each once, though there
 * may be several links. Returns as above.
 */
int steps_add_disables(struct steps *steps, const char *unit, const struct enabling_link *links);

/* One line each, on standard output: "stop visitord.socket". */
void steps_print(const struct steps *steps);

/* Takes them, up to the first that fails. Returns 0, or a negative errno for what was logged. */
int steps_take(const struct steps *steps, sd_bus *bus);

/* Tells the journal: what was done, or that it failed (r). */
void journal_step(const char *name, const char *step, const char *object, int r);

#endif
