/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* portable-init-plan DIRECTORY: what a boot with the units of the directory opens and starts. */
#include "units/plan.h"
#include "units/words.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
	static const char kinds[] = "stream\0datagram\0seqpacket\0fifo\0";
	const char *const directories[] = { argc == 2 ? argv[1] : NULL, NULL };
	struct choice choice = { 0 };
	struct units units;
	struct boot_plan plan = { 0 };
	int r;

	if (argc != 2)
		return 2;
	r = units_read(directories, &units);
	if (r == 0)
		r = plan_make(&units, &choice, &plan);
	if (r < 0)
		return EXIT_FAILURE;
	printf("%zu units\n", units.n);
	for (size_t i = 0; i < plan.n_sockets; i++)
		for (size_t j = 0;
		     !plan.sockets[i].service->refused && j < plan.sockets[i].socket.n_ports; j++)
			printf("%s: %s %s for %s\n", plan.sockets[i].socket.unit->name,
			       word_at(kinds, (int)plan.sockets[i].socket.ports[j].kind),
			       plan.sockets[i].socket.ports[j].address,
			       plan.sockets[i].service->unit->name);
	for (size_t i = 0; i < plan.n_timers; i++)
		if (!plan.timers[i].service->refused)
			printf("%s: for %s\n", plan.timers[i].timer.unit->name,
			       plan.timers[i].service->unit->name);
	for (size_t i = 0; i < plan.n_services; i++)
		if (!plan.services[i].refused)
			printf("%s: user %u%s\n", plan.services[i].unit->name, plan.services[i].uid,
			       plan.services[i].wanted ? ", at boot" : "");
	plan_release(&plan);
	units_release(&units);
	return EXIT_SUCCESS;
}
