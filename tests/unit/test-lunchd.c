/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lunchd: what is on the menu, what pages show of it, and where requests over HTTP go. */
#include "../../lib/http/headers.c"
#include "../../services/lunchd/menu.c"
#include "../../services/lunchd/pages.c"
#include "../../services/lunchd/redirect.c"

#include "check.h"

#include <stdlib.h>

static int parse_text(const char *text, size_t size, struct menu *ret, unsigned *ret_line,
		      const char **ret_problem)
{
	char *copy = malloc(size + 1);

	if (!copy)
		abort();
	memcpy(copy, text, size);
	copy[size] = '\0';
	return menu_parse(copy, size, ret, ret_line, ret_problem);
}

static void a_line_is_a_lunch(void)
{
	static const char text[] = "# what we like\n"
				   "\n"
				   "Pho | Noodles | in a broth\r\n"
				   " \tBread\t\n"
				   "  # no lunch\n"
				   "Käse|\n"
				   "Soup|hot";
	struct menu menu = MENU_NONE;
	const char *problem = NULL;
	unsigned line = 0;

	CHECK(parse_text(text, sizeof text - 1, &menu, &line, &problem) == 0);
	CHECK(menu.n == 4);
	if (menu.n == 4) {
		CHECK_TEXT(menu.lunches[0].name, "Pho");
		CHECK_TEXT(menu.lunches[0].about, "Noodles | in a broth");
		CHECK_TEXT(menu.lunches[1].name, "Bread");
		CHECK_TEXT(menu.lunches[1].about, "");
		CHECK_TEXT(menu.lunches[2].name, "Käse");
		CHECK_TEXT(menu.lunches[3].about, "hot");
	}
	menu_free(&menu);
	CHECK(menu.n == 0 && !menu.text);
}

static void a_line_that_cannot_be_served_is_named(void)
{
	static const struct {
		const char *line, *problem;
	} cases[] = {
		{ "|about", "has no name before its '|'" },
		{ " | ", "has no name before its '|'" },
		{ "a\x01", "has a control character" },
		{ "a\x7f|b", "has a control character" },
		{ "a\xff", "is not UTF-8" },
		{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
		  "1",
		  "has a name of more than 80 bytes" },
	};
	char text[512];

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		struct menu menu = MENU_NONE;
		const char *problem = NULL;
		unsigned line = 0;
		int size = snprintf(text, sizeof text, "one\n\n%s\ntwo\n", cases[i].line);

		CHECK(parse_text(text, (size_t)size, &menu, &line, &problem) == -EBADMSG);
		CHECK(line == 3);
		CHECK_TEXT(problem, cases[i].problem);
		CHECK(!menu.text);
	}
}

static void a_menu_has_a_lunch_and_an_end(void)
{
	static char many[(size_t)(MENU_LUNCHES_MAX + 1) * 2];
	struct menu menu = MENU_NONE;
	const char *problem = NULL;
	unsigned line = 0;

	CHECK(parse_text("", 0, &menu, &line, &problem) == -ENODATA);
	CHECK(parse_text("\n\n#x", 4, &menu, &line, &problem) == -ENODATA);
	CHECK(parse_text("a\0b", 3, &menu, &line, &problem) == -EBADMSG && line == 1);
	for (size_t i = 0; i < sizeof many; i += 2)
		memcpy(many + i, "x\n", 2);
	CHECK(parse_text(many, sizeof many - 2, &menu, &line, &problem) == 0);
	CHECK(menu.n == MENU_LUNCHES_MAX);
	menu_free(&menu);
	CHECK(parse_text(many, sizeof many, &menu, &line, &problem) == -E2BIG);
}

static void requests_go_to_the_same_address_with_https(void)
{
	static const struct {
		const char *host, *target;
		uint16_t port;
		const char *location; /* NULL: it is refused */
	} cases[] = {
		{ "lunch.example", "/", 443, "https://lunch.example/" },
		{ "lunch.example:80", "/a/b?c=d&e", 443, "https://lunch.example/a/b?c=d&e" },
		{ "lunch.example:", "/", 8443, "https://lunch.example:8443/" },
		{ "LUNCH.example.", "/", 443, "https://LUNCH.example./" },
		{ "192.0.2.1:8080", "/", 443, "https://192.0.2.1/" },
		{ "[2001:db8::1]", "/x", 443, "https://[2001:db8::1]/x" },
		{ "[2001:db8::1]:80", "/x", 8443, "https://[2001:db8::1]:8443/x" },
		{ "a", "//evil.example/", 443, "https://a//evil.example/" },
		{ "a", "/\\evil", 443, "https://a/%5Cevil" },
		{ "a", "/%0d%0aX:y", 443, "https://a/%0d%0aX:y" },
		{ "a", "/<\"'>\xc3\xa4\x01", 443, "https://a/%3C%22%27%3E%C3%A4%01" },
		/* the absolute form says the host */
		{ "a", "http://b.example:80/c", 443, "https://b.example/c" },
		{ NULL, "HTTP://b.example", 443, "https://b.example/" },
		{ "a", "http://b.example?q", 443, "https://b.example/?q" },
		{ "a", "http:///c", 443, NULL },
		{ "a", "http://u@b/c", 443, NULL },
		{ "a", "https://b/c", 443, NULL },
		{ "a", "*", 443, NULL },
		{ "a", "", 443, NULL },
		{ "a", "b.example:443", 443, NULL },
		/* no names */
		{ NULL, "/", 443, NULL },
		{ "", "/", 443, NULL },
		{ ":80", "/", 443, NULL },
		{ ".", "/", 443, NULL },
		{ "a..b", "/", 443, NULL },
		{ "a@b", "/", 443, NULL },
		{ "a/b", "/", 443, NULL },
		{ "a b", "/", 443, NULL },
		{ "a%2e", "/", 443, NULL },
		{ "a:b", "/", 443, NULL },
		{ "a:80:80", "/", 443, NULL },
		{ "a:65536", "/", 443, NULL },
		{ "\xc3\xa4", "/", 443, NULL },
		{ "[::1", "/", 443, NULL },
		{ "[x]", "/", 443, NULL },
		{ "[]", "/", 443, NULL },
		{ "[::1]x", "/", 443, NULL },
		{ "[fe80::1%25lo]", "/", 443, NULL },
		{ "1234567890123456789012345678901234567890123456789012345678901234", "/", 443,
		  NULL },
	};
	char location[REDIRECT_SIZE];

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		int r = redirect_location(cases[i].host, cases[i].target, cases[i].port, location);

		CHECK(r == (cases[i].location ? 0 : -EINVAL));
		if ((r < 0) != !cases[i].location)
			printf("# case %zu\n", i);
		if (r == 0 && cases[i].location)
			CHECK_TEXT(location, cases[i].location);
	}
}

static void the_longest_redirect_fits(void)
{
	char location[REDIRECT_SIZE], host[REDIRECT_HOST_MAX + 2], target[REDIRECT_TARGET_MAX + 1];
	int r, longest = 0;

	for (size_t i = 0; i + 1 < sizeof host; i++)
		host[i] = i % 60 == 59 ? '.' : 'x';
	host[sizeof host - 1] = '\0';
	memset(target, 'y', sizeof target);
	target[0] = '/';
	target[sizeof target - 1] = '\0';
	CHECK(redirect_location(host, "/", 8443, location) == -EINVAL);
	host[REDIRECT_HOST_MAX] = '\0';
	CHECK(redirect_location(host, target, 8443, location) == -ENAMETOOLONG);
	for (size_t n = 1; n < REDIRECT_TARGET_MAX; n++) {
		target[n] = '\0';
		r = redirect_location(host, target, 8443, location);
		if (r == 0)
			longest = (int)n;
		CHECK(r == 0 || r == -ENAMETOOLONG);
		target[n] = n % 2 ? 'y' : '\x01';
	}
	CHECK(longest > REDIRECT_TARGET_MAX / 4);
	memset(target, 'y', sizeof target);
	target[0] = '/';
	target[REDIRECT_TARGET_MAX] = '\0';
	CHECK(redirect_location(host, target, 8443, location) == -ENAMETOOLONG);
	target[REDIRECT_TARGET_MAX - 1] = '\0';
	CHECK(redirect_location(host, target, 8443, location) == 0);
	target[REDIRECT_TARGET_MAX - 3] = '\x01'; /* three bytes for two of the room */
	CHECK(redirect_location(host, target, 8443, location) == -ENAMETOOLONG);
}

static void a_path_has_one_page(void)
{
	CHECK(page_choose("GET", "/", NULL) == PAGE_TEXT);
	CHECK(page_choose("GET", "/", "*/*") == PAGE_TEXT);
	CHECK(page_choose("HEAD", "/", "text/html,*/*;q=0.8") == PAGE_HTML);
	CHECK(page_choose("GET", "https://x/", NULL) == PAGE_TEXT);
	CHECK(page_choose("GET", "/menu", "text/html") == PAGE_NOT_FOUND);
	CHECK(page_choose("GET", "", NULL) == PAGE_NOT_FOUND);
	CHECK(page_choose("POST", "/", NULL) == PAGE_BAD_METHOD);
	CHECK(page_choose("get", "/", NULL) == PAGE_BAD_METHOD);
}

static void a_lunch_is_shown_as_text_and_as_a_page(void)
{
	const struct lunch lunch = { "Fish & <chips>", "\"Cod\"" }, bread = { "Bread", "" };
	char body[PAGE_SIZE];

	CHECK(page_render(PAGE_TEXT, &lunch, body) == strlen(body));
	CHECK_TEXT(body, "Fish & <chips>\n\"Cod\"\n");
	CHECK(page_render(PAGE_TEXT, &bread, body) == strlen(body));
	CHECK_TEXT(body, "Bread\n");
	CHECK(page_render(PAGE_HTML, &lunch, body) == strlen(body));
	CHECK(strstr(body, "<title>Lunch: Fish &amp; &lt;chips&gt;</title>"));
	CHECK(strstr(body, "<h1>Fish &amp; &lt;chips&gt;</h1>"));
	CHECK(strstr(body, "<p>&quot;Cod&quot;</p>"));
	CHECK(!strstr(body, "<chips>"));
}

static void every_page_fits_with_the_longest_lunch(void)
{
	char name[LUNCH_NAME_MAX + 1], about[LUNCH_ABOUT_MAX + 1], body[PAGE_SIZE];
	const struct lunch lunch = { name, about };
	size_t size;

	memset(name, '"', sizeof name);
	name[LUNCH_NAME_MAX] = '\0';
	memset(about, '"', sizeof about);
	about[LUNCH_ABOUT_MAX] = '\0';
	for (unsigned i = 0; i < PAGES; i++) {
		size = page_render(i, &lunch, body);
		CHECK(size > 0 && size < PAGE_SIZE);
		CHECK(size == strlen(body));
		CHECK(pages[i].status >= 200 && pages[i].type);
		if (i == PAGE_HTML)
			CHECK_TEXT(body + size - 8, "</html>\n");
	}
}

int main(void)
{
	RUN(a_line_is_a_lunch);
	RUN(a_line_that_cannot_be_served_is_named);
	RUN(a_menu_has_a_lunch_and_an_end);
	RUN(requests_go_to_the_same_address_with_https);
	RUN(the_longest_redirect_fits);
	RUN(a_path_has_one_page);
	RUN(a_lunch_is_shown_as_text_and_as_a_page);
	RUN(every_page_fits_with_the_longest_lunch);
	return CHECK_STATUS();
}
