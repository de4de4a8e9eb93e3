/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any text is a value of any key, and any text may come from systemd-analyze. The first
 * two bytes choose the key.
 */
#include "elements.h"
#include "units/known-keys.c" /* for its table */
#include "units/value-check.h"
#include "units/verify-read.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const names[] = { "x.service", "x@.service", "x@a.service", "x.timer" };
	struct pool pool = POOL_EMPTY;
	struct value_problem problem = { 0 };
	struct remark *remarks = NULL;
	struct unit unit = { 0 };
	const struct known_key *key;
	char *text;
	int r;

	if (size < 2)
		return 0;
	unit.name = names[bytes[1] >> 6];
	unit.suffix = strrchr(unit.name, '.');
	key = &keys[(size_t)(bytes[0] | (bytes[1] & 3) << 8) % ELEMENTS(keys)];
	text = malloc(size - 1);
	assert(text);
	memcpy(text, bytes + 2, size - 2);
	text[size - 2] = '\0';
	r = value_check(&unit, key, text, &pool, &problem);
	assert(r >= VALUE_RIGHT && r <= VALUE_NEWER);
	assert(r == VALUE_RIGHT || problem.word);
	assert(r == VALUE_RIGHT || r == VALUE_NEWER || problem.expected);
	r = verify_read(&pool, text, &remarks);
	assert(r == 0);
	for (; remarks; remarks = remarks->next)
		assert(remarks->unit[0] && remarks->message[0]);
	free(text);
	pool_release(&pool);
	return 0;
}
