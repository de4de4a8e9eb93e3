/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What visitord answers: choosing a page, bodies and their sizes. */
#include "../../lib/http/headers.c"
#include "../../services/visitord/pages.c"

#include "check.h"

static void a_path_has_one_page(void)
{
	CHECK(page_choose("GET", "/", NULL) == PAGE_TEXT);
	CHECK(page_choose("HEAD", "/", "text/html") == PAGE_HTML);
	CHECK(page_choose("GET", "/count", "text/html") == PAGE_COUNT);
	CHECK(page_choose("GET", "/badge.svg", NULL) == PAGE_BADGE);
	CHECK(page_choose("GET", "/metrics", "text/html") == PAGE_METRICS);
	CHECK(page_choose("GET", "/metrics", "application/openmetrics-text") == PAGE_OPENMETRICS);
	CHECK(page_choose("GET", "/metrics", "application/*") == PAGE_METRICS);
	CHECK(page_choose("GET", "/other", "text/html") == PAGE_NOT_FOUND_HTML);
	CHECK(page_choose("GET", "/%00", NULL) == PAGE_NOT_FOUND);
	CHECK(page_choose("GET", "/favicon.ico", NULL) == PAGE_NO_ICON);
	CHECK(page_choose("GET", "/count/", NULL) == PAGE_NOT_FOUND);
	CHECK(page_choose("GET", "", NULL) == PAGE_NOT_FOUND);
	CHECK(page_choose("GET", "*", NULL) == PAGE_NOT_FOUND);
	CHECK(page_choose("GET", "//", NULL) == PAGE_NOT_FOUND);
	CHECK(page_choose("POST", "/", NULL) == PAGE_BAD_METHOD);
	CHECK(page_choose("get", "/", NULL) == PAGE_BAD_METHOD);
	CHECK(page_choose("OPTIONS", "*", NULL) == PAGE_BAD_METHOD);
}

static void the_absolute_form_is_the_same_request(void)
{
	CHECK(page_choose("GET", "http://x/", NULL) == PAGE_TEXT);
	CHECK(page_choose("GET", "HTTP://x:8080", NULL) == PAGE_TEXT);
	CHECK(page_choose("GET", "https://x/count", NULL) == PAGE_COUNT);
	CHECK(page_choose("GET", "ftp://x/", NULL) == PAGE_NOT_FOUND);
}

static void only_greetings_and_badges_count(void)
{
	for (size_t i = 0; i < PAGES; i++)
		CHECK(pages[i].counts == (i == PAGE_TEXT || i == PAGE_HTML || i == PAGE_BADGE));
	/* What stands in for one of them is of the same kind. */
	for (unsigned i = 0; i < PAGES; i++) {
		const struct page *instead = &pages[page_without_number(i)];

		CHECK(instead->status == 503 && !instead->counts);
		CHECK(!pages[i].counts || strcmp(instead->type, pages[i].type) == 0);
	}
}

static void every_page_fits_with_the_largest_numbers(void)
{
	struct page_metrics metrics = { .visits = UINT64_MAX, .connections = UINT32_MAX };
	char body[PAGE_SIZE];
	size_t size;

	for (size_t i = 0; i < PAGE_STATUSES; i++)
		metrics.requests[i] = UINT64_MAX;
	for (unsigned i = 0; i < PAGES; i++) {
		size = page_render(i, UINT64_MAX, &metrics, body);
		CHECK(size < PAGE_SIZE);
		CHECK(strlen(body) == size);
		CHECK((size > 0) == (pages[i].type != NULL));
		CHECK(size == 0 || body[size - 1] == '\n');
		CHECK(page_status_index(pages[i].status) < PAGE_STATUSES);
	}
}

static void the_greeting_is_the_walkthroughs(void)
{
	const struct page_metrics none = { 0 };
	char body[PAGE_SIZE];

	(void)page_render(PAGE_TEXT, 1, &none, body);
	CHECK_TEXT(body, "Hello! You are visitor #1!\n");
	(void)page_render(PAGE_COUNT, UINT64_MAX, &none, body);
	CHECK_TEXT(body, "18446744073709551615\n");
}

int main(void)
{
	RUN(a_path_has_one_page);
	RUN(the_absolute_form_is_the_same_request);
	RUN(only_greetings_and_badges_count);
	RUN(every_page_fits_with_the_largest_numbers);
	RUN(the_greeting_is_the_walkthroughs);
	return CHECK_STATUS();
}
