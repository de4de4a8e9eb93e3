/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units/system-calls.h"

#include "elements.h"
#include "number.h"
#include "units/words.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

/* One list four times over. The place of a call in it: */
#define GROUP(name)
#define MASK(groups)
#define CALL(name, mask) PLACE_##name,
enum {
#include "units/system-calls-table.h"
};
#undef CALL

#define CALL(name, mask) #name "\0"
static const char calls[] = ""
#include "units/system-calls-table.h"
	;
#undef CALL

/* From the place to the number, which compresses better than the number. */
#define CALL(name, mask) SYS_##name - PLACE_##name,
static const int16_t distances[] = {
#include "units/system-calls-table.h"
};
#undef CALL

#define CALL(name, mask) mask,
static const uint8_t mask_indices[] = {
#include "units/system-calls-table.h"
};
#undef CALL

#define CALL(name, mask)
#undef MASK
#define MASK(groups) groups,
static const uint32_t masks[] = {
#include "units/system-calls-table.h"
};
#undef MASK

#define MASK(groups)
#undef GROUP
#define GROUP(name) name "\0"
static const char groups[] = ""
#include "units/system-calls-table.h"
	;

bool system_calls_set(const char *name, uint8_t verdict, uint8_t verdicts[static SYSTEM_CALLS_MAX])
{
	int group = word_index(groups, name), call = word_index(calls, name);

	for (int i = 0; i < (int)ELEMENTS(distances); i++)
		if (i == call || (group >= 0 && masks[mask_indices[i]] >> group & 1))
			verdicts[i + distances[i]] = verdict;
	return group >= 0 || call >= 0;
}

int parse_call_error(const char *text, uint8_t *ret)
{
	/* Those that filters have; others by their number. */
	static const char names[] = "EPERM\0EACCES\0ENOSYS\0EINVAL\0ENOENT\0EUCLEAN\0";
	static const uint8_t errors[] = { EPERM, EACCES, ENOSYS, EINVAL, ENOENT, EUCLEAN };
	int index = word_index(names, text);
	uint64_t number = index < 0 ? 0 : errors[index];

	if (strcmp(text, "kill") == 0)
		number = CALL_KILLS;
	else if (index < 0 && parse_uint(text, 1, CALL_ERRNO_MAX, &number) < 0)
		return -EINVAL;
	*ret = (uint8_t)number;
	return 0;
}
