/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a drop-in of systemd-portabled, and as the mounts and sockets that the kernel lists. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "drop-in.c" /* so that the fuzzer sees their branches */
#include "ports.c"
#include "running.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size);
	struct pool pool = POOL_EMPTY;
	struct port *ports = NULL, port;
	struct drop_in drop_in;

	if (drop_in_read(&pool, (const char *)bytes, size, &drop_in) == 0) {
		assert(drop_in.image[0] == '/' && !strstr(drop_in.image, ":/"));
		assert(!drop_in.extensions[0] || drop_in.extensions[0] == '/');
	}
	if (text)
		(void)running_root_device(&pool, text);
	if (text)
		(void)ports_read(&pool, text, size & 1, &ports);
	for (const struct port *p = ports; p; p = p->next)
		assert(p->number > 0 && ports_have(ports, p) && !ports_have(p->next, p));
	if (text && ports_of_listen(text, &port))
		assert(port.number > 0);
	free(text);
	pool_release(&pool);
	return 0;
}
