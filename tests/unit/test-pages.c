/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What visitord answers: choosing a page, the Accept header, bodies and their sizes. */
#include "../../services/visitord/pages.c"

#include "check.h"

static void accept_is_weighed(void)
{
	static const struct {
		const char *accept;
		bool html;
	} cases[] = {
		{ NULL, false },
		{ "", false },
		{ "*/*", false },
		{ "text/html", true },
		{ "TEXT/HTML", true },
		{ "text/plain", false },
		{ "text/*", false },
		{ "text/html, text/plain", false },
		{ "text/html;q=0.5, text/plain;q=0.4", true },
		{ "text/html;q=0.4, text/plain;q=0.5", false },
		{ "text/html;q=0", false },
		{ "text/html;q=0.001", true },
		{ "text/html;level=1", true },
		{ "text/html ; q=0.2 , */* ; q=0.3", false },
		{ "text/html\t;\tQ=0.4\t,\t*/*;q=0.3", true },
		{ "*/*, text/plain;q=0.5", true },
		{ "text/*;q=0.9, text/html;q=0.1", false },
		{ "text/*;q=0.5, */*;q=0.1, text/plain;q=0.1", true },
		{ "application/json", false },
		{ "text/htm", false },
		{ "text/htmlx", false },
		/* what browsers send */
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
		  "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
		  true },
		/* not what anybody should send */
		{ "text/html;q=", false },
		{ "text/html;q=2", false },
		{ "text/html;q=1.001", false },
		{ "text/html;q=0.1234", false },
		{ "text/html;q=-1", false },
		{ "text/html;q=0x1", false },
		{ "text/html;q", true },
		{ "text/html;", true },
		{ ",,,;;;,text/html", true },
		{ ";q=1", false },
		{ ",", false },
		{ "/", false },
	};

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		if (accept_prefers_html(cases[i].accept) == cases[i].html)
			continue;
		printf("# Accept: %s\n", cases[i].accept ? cases[i].accept : "(none)");
		CHECK(accept_prefers_html(cases[i].accept) == cases[i].html);
	}
}

static void openmetrics_is_for_those_who_name_it(void)
{
	CHECK(!accept_names_openmetrics(NULL));
	CHECK(!accept_names_openmetrics("*/*"));
	CHECK(!accept_names_openmetrics("application/*"));
	CHECK(!accept_names_openmetrics("application/openmetrics-text;q=0"));
	CHECK(!accept_names_openmetrics("application/openmetrics-text;q=0.5, text/plain"));
	CHECK(!accept_names_openmetrics("application/openmetrics-text;q=0.5, */*"));
	CHECK(accept_names_openmetrics("application/openmetrics-text"));
	CHECK(accept_names_openmetrics("application/openmetrics-text; version=1.0.0, text/plain"));
	/* what Prometheus 3 sends */
	CHECK(accept_names_openmetrics(
		"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		"application/openmetrics-text;version=0.0.1;q=0.5,"
		"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));
}

static void a_host_is_a_name_or_an_address_and_a_port(void)
{
	CHECK(host_is_valid("") && host_is_valid("x.example:8080") && host_is_valid("[::1]:80"));
	CHECK(!host_is_valid("x y") && !host_is_valid("x/y") && !host_is_valid("x@y"));
	CHECK(!host_is_valid("x\t") && !host_is_valid("\xc3\xa4") && !host_is_valid("a?b#c"));
}

static void a_path_has_one_page(void)
{
	CHECK(page_choose("GET", "/", NULL) == PAGE_TEXT);
	CHECK(page_choose("HEAD", "/", "text/html") == PAGE_HTML);
	CHECK(page_choose("GET", "/count", "text/html") == PAGE_COUNT);
	CHECK(page_choose("GET", "/badge.svg", NULL) == PAGE_BADGE);
	CHECK(page_choose("GET", "/metrics", "text/html") == PAGE_METRICS);
	CHECK(page_choose("GET", "/metrics", "application/openmetrics-text") == PAGE_OPENMETRICS);
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
	RUN(accept_is_weighed);
	RUN(openmetrics_is_for_those_who_name_it);
	RUN(a_host_is_a_name_or_an_address_and_a_port);
	RUN(a_path_has_one_page);
	RUN(the_absolute_form_is_the_same_request);
	RUN(only_greetings_and_badges_count);
	RUN(every_page_fits_with_the_largest_numbers);
	RUN(the_greeting_is_the_walkthroughs);
	return CHECK_STATUS();
}
