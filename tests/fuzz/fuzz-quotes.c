/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are a collection of quotes: the parser must neither crash nor read
 * astray, keep to the memory of the text, and give out nothing but what RFC 865
 * allows.
 */
#include "../../services/qotd/quotes.c" /* so that the fuzzer sees its branches */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect_sendable(const char *quote, size_t size)
{
	assert(size > 2 && size <= QUOTE_SIZE_MAX);
	assert(quote[size - 2] == '\r' && quote[size - 1] == '\n');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)quote[i];

		if (c == '\r')
			assert(i + 1 < size && quote[i + 1] == '\n');
		else if (c == '\n')
			assert(i > 0 && quote[i - 1] == '\r');
		else
			assert(c >= ' ' && c != 0x7f);
	}
}

static void count_problem(void *userdata, unsigned line, const char *what)
{
	assert(line > 0 && what);
	++*(size_t *)userdata;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char quote[QUOTE_SIZE_MAX + 1], *text = malloc(size + 1);
	struct quote_file file;
	struct quotes quotes;
	size_t problems = 0;

	assert(text);
	if (size > 0)
		memcpy(text, bytes, size);
	quotes_parse(text, size, count_problem, &problems, &file);
	assert(file.text == text && file.size <= size + 1);
	assert(2 * (file.n + problems) <= size + 1);

	quotes = (struct quotes){ .n = file.n, .n_files = 1, .files = &file };
	for (size_t i = 0; i < quotes.n; i++) {
		size_t length = quotes_render(&quotes, i, quote);

		expect_sendable(quote, length);
		quote[length] = '\0';
		assert(utf8_is_valid(quote));
	}
	free(text);
	return 0;
}
