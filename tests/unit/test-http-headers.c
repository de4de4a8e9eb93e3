/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The headers of a request that services look at. */
#include "../../lib/http/headers.c"

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

#define OPENMETRICS "application/openmetrics-text"

static void a_type_is_for_those_who_name_it(void)
{
	CHECK(!accept_names(NULL, OPENMETRICS));
	CHECK(!accept_names("*/*", OPENMETRICS));
	CHECK(!accept_names("application/*", OPENMETRICS));
	CHECK(!accept_names("application/openmetrics-text;q=0", OPENMETRICS));
	CHECK(!accept_names("application/openmetrics-text;q=0.5, text/plain", OPENMETRICS));
	CHECK(!accept_names("application/openmetrics-text;q=0.5, */*", OPENMETRICS));
	CHECK(accept_names("application/openmetrics-text", OPENMETRICS));
	CHECK(accept_names("application/openmetrics-text; version=1.0.0, text/plain", OPENMETRICS));
	/* what Prometheus 3 sends */
	CHECK(accept_names("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
			   "application/openmetrics-text;version=0.0.1;q=0.5,"
			   "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
			   "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
			   OPENMETRICS));
}

static void a_host_is_a_name_or_an_address_and_a_port(void)
{
	CHECK(host_is_valid("") && host_is_valid("x.example:8080") && host_is_valid("[::1]:80"));
	CHECK(!host_is_valid("x y") && !host_is_valid("x/y") && !host_is_valid("x@y"));
	CHECK(!host_is_valid("x\t") && !host_is_valid("\xc3\xa4") && !host_is_valid("a?b#c"));
}

static void the_absolute_form_has_a_path(void)
{
	CHECK_TEXT(target_path("/a"), "/a");
	CHECK_TEXT(target_path("*"), "*");
	CHECK_TEXT(target_path("http://x/a"), "/a");
	CHECK_TEXT(target_path("HTTPS://x"), "/");
	CHECK_TEXT(target_path("ftp://x/"), "ftp://x/");
}

int main(void)
{
	RUN(accept_is_weighed);
	RUN(a_type_is_for_those_who_name_it);
	RUN(a_host_is_a_name_or_an_address_and_a_port);
	RUN(the_absolute_form_has_a_path);
	return CHECK_STATUS();
}
