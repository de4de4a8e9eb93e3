/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as facts of a host: refused with a reason, or with a name and a machine. */
#include "units/host-facts.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct host_facts facts;
	const char *problem = NULL;
	int r = host_facts_parse((const char *)bytes, size, &facts, &problem);

	assert((r == -EINVAL) == (problem != NULL));
	if (r < 0)
		return 0;
	assert(facts.name[0] && facts.systemd_version >= VERSION_MIN);
	assert(architecture_is_name(facts.architecture));
	assert(host_facts_have(&facts, "Format", "1") && host_facts_tell(&facts, "Name"));
	(void)host_facts_have(&facts, "User", "root");
	host_facts_release(&facts);
	return 0;
}
