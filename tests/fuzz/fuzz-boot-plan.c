/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any units of one image, whatever they say of each other, make a plan: process 1 neither
 * crashes, reads astray nor loses memory, and what it starts can be ordered.
 */
#include "elements.h"
#include "fd.h"

#include <assert.h>
#include <string.h>

/* What is said of such units is made, and not printed: it would be a million lines. */
static int expect_line(const char *line, size_t size)
{
	assert(size > 0 && memchr(line, '\n', size) == line + size - 1);
	return 0;
}
#define fd_write_all(fd, line, size) expect_line(line, size)
#include "log.c"
#undef fd_write_all

#include "units/plan.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const names[] = {
	"a.service", "b.service", "c@.service",        "c@1.service",    "c@2.service",
	"d.service", "d.socket",  "e@.socket",         "e@x.socket",     "f.timer",
	"g.target",  "h.target",  "multi-user.target", "default.target", "network.target",
	"i.path",    "none",      "%p.service",        "%N.socket",      "c@%i.service",
};

static const char *const keys[] = {
	"Wants",    "Requires",   "BindsTo",  "Upholds",         "Conflicts", "After", "Before",
	"WantedBy", "RequiredBy", "UpheldBy", "DefaultInstance", "Service",   "Unit",
};

/* A line for each two bytes: what it says, and of which unit. */
static size_t make_text(const uint8_t *bytes, size_t n, char *text, size_t room)
{
	size_t used = (size_t)snprintf(text, room,
				       "[Service]\nExecStart=/bin/x\n[Socket]\nListenStream=1\n"
				       "[Timer]\nOnBootSec=1\n");

	for (size_t i = 0; i + 1 < n && room - used > 128; i += 2) {
		const char *key = keys[bytes[i] % ELEMENTS(keys)];
		const char *section = bytes[i] % ELEMENTS(keys) < 7    ? "Unit"
				      : bytes[i] % ELEMENTS(keys) < 11 ? "Install"
				      : bytes[i] & 0x80                ? "Socket"
								       : "Timer";

		used += (size_t)snprintf(text + used, room - used, "[%s]\n%s=%s\n", section, key,
					 names[bytes[i + 1] % ELEMENTS(names)]);
	}
	return used;
}

/* Each link of the order has one back, and the services to start have an entry. */
static void expect_order(const struct boot_plan *plan)
{
	size_t before = 0, after = 0;

	for (size_t i = 0; i < plan->units->n; i++) {
		const struct boot_unit *unit = plan->units->at[i];

		assert(i == 0 || strcmp(plan->units->at[i - 1]->name, unit->name) < 0);
		for (const struct unit_link *link = unit->links; link; link = link->next) {
			before += link->kind == LINK_BEFORE;
			after += link->kind == LINK_AFTER;
			assert(link->to != unit);
			/* Masks excepted, what a unit starts that is started is started. */
			assert(!unit->reached || !(link->kind & LINK_STARTS) || link->to->masked ||
			       link->to->reached);
		}
		assert(!unit->reached || !unit->masked);
	}
	assert(before == after);
	for (size_t i = 0; i < plan->n_services; i++)
		assert(plan->services[i].unit->service == &plan->services[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct choice choice = { 0 };
	struct units units = { 0 };
	struct boot_plan plan;
	char text[4096];

	if (size < 2)
		return 0;
	assert(list_take(&choice.masked, strdup(names[bytes[0] % ELEMENTS(names)])) == 0);
	assert(list_take(&choice.wanted, strdup(names[bytes[1] % ELEMENTS(names)])) == 0);
	/* The name of a unit, how many lines it has, and these. */
	for (size_t i = 2; i + 1 < size;) {
		const char *name = names[bytes[i] % 16];
		size_t n = (size_t)(bytes[i + 1] % 8) * 2;

		i += 2;
		if (n > size - i)
			n = size - i;
		if (!unit_find(&units, name))
			assert(unit_add(&units, name, text,
					make_text(bytes + i, n, text, sizeof text)));
		i += n;
	}
	assert(plan_make(&units, &choice, &plan) >= 0);
	expect_order(&plan);
	plan_release(&plan);
	units_release(&units);
	list_release(&choice.masked);
	list_release(&choice.wanted);
	return 0;
}
