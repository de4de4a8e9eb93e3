/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packets of dynamic DNS, and base64. */
#include "base64.h"
#include "check.h"
#include "dyndns.h"

#include <errno.h>
#include <math.h>

static void keys_are_read_in_either_alphabet_and_need_their_padding(void)
{
	static const char *const same[] = { "jLxAZY-vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlLY=",
					    "jLxAZY+vnJfubHr8srYy3mIN2/mCi/OExUwHOluOlLY=",
					    "jLxAZY+vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlLY=" };
	static const char *const bad[] = { "jLxAZY-vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlLY",
					   "jLxAZY-vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlL==",
					   "jLxAZY-vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlL!=",
					   "jLxAZY-vnJfubHr8srYy3mIN2_mCi_OExUwHOluOlLYx", "" };
	uint8_t key[32], again[32];
	char text[BASE64_SIZE(32)];

	for (size_t i = 0; i < 3; i++) {
		CHECK(base64_decode(same[i], strlen(same[i]), again, sizeof again) == 0);
		if (i == 0)
			memcpy(key, again, sizeof key);
		CHECK(memcmp(key, again, sizeof key) == 0);
	}
	base64_encode_url(key, sizeof key, text);
	CHECK_TEXT(text, same[0]);
	for (size_t i = 0; i < ELEMENTS(bad); i++) {
		memset(again, 7, sizeof again);
		CHECK(base64_decode(bad[i], strlen(bad[i]), again, sizeof again) == -EINVAL);
		CHECK(again[0] == 7 && again[31] == 7);
	}
	base64_encode_url("f", 1, text);
	CHECK_TEXT(text, "Zg==");
	base64_encode_url("fo", 2, text);
	CHECK_TEXT(text, "Zm8=");
	base64_encode_url("foobar", 6, text);
	CHECK_TEXT(text, "Zm9vYmFy");
}

static void a_request_comes_back_as_it_was_written(void)
{
	struct dyndns_request request = { .version = 2,
					  .timestamp = 1405421540.03,
					  .prefix_length = { 32, 56 } },
			      again = { 0 };
	uint8_t bytes[DYNDNS_V2_SIZE];

	memset(request.key_id, 'k', sizeof request.key_id);
	memset(request.nonce, 1, sizeof request.nonce);
	memset(request.cookie, 2, sizeof request.cookie);
	memset(request.signature, 3, sizeof request.signature);
	request.address[DYNDNS_IPV6][0] = 0x20;
	CHECK(dyndns_request_write(&request, bytes) == DYNDNS_V2_SIZE);
	CHECK(dyndns_request_read(bytes, sizeof bytes, &again) == 0);
	{
		uint8_t copy[DYNDNS_V2_SIZE];

		CHECK(dyndns_request_write(&again, copy) == DYNDNS_V2_SIZE);
		CHECK(memcmp(bytes, copy, sizeof copy) == 0);
	}
	CHECK(memcmp(dyndns_request_key_id(bytes, sizeof bytes), request.key_id, 28) == 0);
}

static void what_is_no_request_is_refused(void)
{
	struct dyndns_request request = { .version = 2, .prefix_length = { 32, 128 } };
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = { { 0, 'x' }, { 4, 2 }, { 5, 1 },   { 6, 0 },
		      { 6, 33 },  { 7, 0 }, { 7, 129 }, { 44, 1 } };
	uint8_t bytes[256] = { 0 };

	for (size_t size = 0; size < sizeof bytes; size++) {
		CHECK((dyndns_request_key_id(bytes, size) != NULL) == (size == 100 || size == 172));
		CHECK((dyndns_request_read(bytes, size, &request) == 0) == (size == 100));
	}
	request = (struct dyndns_request){ .version = 2, .prefix_length = { 32, 128 } };
	for (size_t i = 0; i < ELEMENTS(wrong); i++) {
		(void)dyndns_request_write(&request, bytes);
		CHECK(dyndns_request_read(bytes, DYNDNS_V2_SIZE, &(struct dyndns_request){ 0 }) ==
		      0);
		bytes[wrong[i].at] = wrong[i].value;
		CHECK(dyndns_request_read(bytes, DYNDNS_V2_SIZE, &(struct dyndns_request){ 0 }) ==
		      -EINVAL);
		memset(bytes, 0, sizeof bytes);
	}
}

static void a_signature_of_version_1_can_never_be_one_of_version_2(void)
{
	uint8_t bytes[DYNDNS_V2_SIZE] = { 0 }, text[DYNDNS_SIGNED_MAX];

	CHECK(dyndns_signed_text(bytes, DYNDNS_V1_SIZE, text) == 36);
	CHECK(dyndns_signed_text(bytes, DYNDNS_V2_SIZE, text) == 123);
	CHECK(memcmp(text, "tddu v2 update", 15) == 0);
}

static void answers_come_back_and_are_smaller_than_requests(void)
{
	struct dyndns_answer answer = { .type = DYNDNS_CHALLENGE, .server_time = 12.5 }, again;
	uint8_t bytes[DYNDNS_ANSWER_SIZE];

	CHECK(DYNDNS_ANSWER_SIZE <= 64 && DYNDNS_ANSWER_SIZE < DYNDNS_V1_SIZE);
	answer.cookie[15] = 9;
	answer.observed[15] = 8;
	dyndns_answer_write(&answer, bytes);
	CHECK(dyndns_answer_read(bytes, sizeof bytes, &again) == 0);
	CHECK(again.type == DYNDNS_CHALLENGE && again.cookie[15] == 9 && again.observed[15] == 8);
	CHECK(again.server_time > 12 && again.server_time < 13);
	answer = (struct dyndns_answer){ .type = DYNDNS_ACKNOWLEDGEMENT,
					 .status = DYNDNS_UNCHANGED };
	answer.address[DYNDNS_IPV6][15] = 7;
	dyndns_answer_write(&answer, bytes);
	CHECK(dyndns_answer_read(bytes, sizeof bytes, &again) == 0);
	CHECK(again.status == DYNDNS_UNCHANGED && again.address[DYNDNS_IPV6][15] == 7);
	bytes[5] = 99;
	CHECK(dyndns_answer_read(bytes, sizeof bytes, &again) == -EINVAL);
	CHECK(dyndns_answer_read(bytes, sizeof bytes - 1, &again) == -EINVAL);
}

static void timestamps_are_written_as_the_original_does(void)
{
	static const struct {
		double timestamp;
		const char *text;
	} cases[] = { { 1405421249.893, "1405421249.89" },
		      { 1405421249.898, "1405421249.90" },
		      { 1405421249.125, "1405421249.12" },
		      { 1405421249, "1405421249.00" },
		      { DYNDNS_TIMESTAMP_MAX, "253402300799.00" } };
	char text[DYNDNS_TIMESTAMP_TEXT];
	uint8_t bytes[8];

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		CHECK_TEXT(dyndns_timestamp_text(dyndns_timestamp_hundredths(cases[i].timestamp),
						 text),
			   cases[i].text);
		dyndns_timestamp_write(cases[i].timestamp, bytes);
		CHECK(!(dyndns_timestamp_read(bytes) < cases[i].timestamp) &&
		      !(dyndns_timestamp_read(bytes) > cases[i].timestamp));
	}
	for (unsigned i = 0; i < 1000000; i++) {
		double timestamp = DYNDNS_TIMESTAMP_MAX / (1 + i * 0.7) / (1 + i % 1000);
		char wanted[64];

		(void)snprintf(wanted, sizeof wanted, "%.2f", timestamp);
		if (strcmp(dyndns_timestamp_text(dyndns_timestamp_hundredths(timestamp), text),
			   wanted) != 0)
			CHECK_TEXT(text, wanted);
	}
	CHECK(!dyndns_timestamp_is_sane((double)NAN) && !dyndns_timestamp_is_sane(0) &&
	      !dyndns_timestamp_is_sane(-1) && !dyndns_timestamp_is_sane((double)INFINITY) &&
	      !dyndns_timestamp_is_sane(1e12));
}

int main(void)
{
	RUN(keys_are_read_in_either_alphabet_and_need_their_padding);
	RUN(a_request_comes_back_as_it_was_written);
	RUN(what_is_no_request_is_refused);
	RUN(a_signature_of_version_1_can_never_be_one_of_version_2);
	RUN(answers_come_back_and_are_smaller_than_requests);
	RUN(timestamps_are_written_as_the_original_does);
	return CHECK_STATUS();
}
