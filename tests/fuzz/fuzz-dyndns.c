/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes are a packet of dynamic DNS, an answer, or a line of dyndnsd's state. */
#include "dyndns.c" /* so that the fuzzer sees its branches */

#include "../../services/dyndnsd/id-hash.c"
#include "../../services/dyndnsd/state.c"
#include "../../services/dyndnsd/text.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect_same_packet(const uint8_t *bytes, size_t size)
{
	struct dyndns_request request;
	struct dyndns_answer answer;
	uint8_t again[DYNDNS_V2_SIZE], text[DYNDNS_SIGNED_MAX], said[DYNDNS_ANSWER_SIZE];
	char number[DYNDNS_TIMESTAMP_TEXT];

	if (dyndns_request_read(bytes, size, &request) == 0) {
		assert(dyndns_request_write(&request, again) == size);
		assert(memcmp(again, bytes, size) == 0);
		assert(dyndns_signed_text(bytes, size, text) <= sizeof text);
		if (dyndns_timestamp_is_sane(request.timestamp))
			assert(strlen(dyndns_timestamp_text(
				       dyndns_timestamp_hundredths(request.timestamp), number)) <
			       16);
	}
	if (dyndns_answer_read(bytes, size, &answer) == 0)
		dyndns_answer_write(&answer, said);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct state state = STATE_NONE, again = STATE_NONE;
	char *text = NULL;
	size_t length = 0;
	unsigned line = 0;

	expect_same_packet(bytes, size);
	if (state_parse(&state, (const char *)bytes, size, &line) == 0 &&
	    state_format(&state, true, 1000, &text, &length) == 0) {
		if (state_parse(&again, text, length, &line) < 0)
			abort();
		assert(again.n <= state.n);
		free(text);
	}
	state_release(&state);
	state_release(&again);
	return 0;
}
