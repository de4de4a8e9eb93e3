/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lunchd answers over HTTPS. */
#include "pages.h"

#include "format.h"
#include "http/headers.h"

#include <stdint.h>
#include <string.h>

#define TEXT "text/plain; charset=utf-8"

/*
 * The style is allowed by its hash, which a test compares with the page. Nothing else may be loaded
 * or run, whatever ends up in the page.
 */
#define HTML_POLICY                                                         \
	"default-src 'none'; img-src data:; "                               \
	"style-src 'sha256-j80A1LuUSgZnT29zIJaVOdIWAFu77WR7eQs1QYFqb40='; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const struct page pages[PAGES] = {
	[PAGE_TEXT] = { 200, TEXT, "Vary", "Accept", NULL },
	[PAGE_HTML] = { 200, "text/html; charset=utf-8", "Vary", "Accept", HTML_POLICY },
	[PAGE_BAD_REQUEST] = { 400, TEXT, NULL, NULL, NULL },
	[PAGE_NOT_FOUND] = { 404, TEXT, NULL, NULL, NULL },
	[PAGE_BAD_METHOD] = { 405, TEXT, "Allow", "GET, HEAD", NULL },
	[PAGE_TOO_LARGE] = { 413, TEXT, NULL, NULL, NULL },
	[PAGE_NO_LUNCH] = { 503, TEXT, "Retry-After", "10", NULL },
};

enum page_name page_choose(const char *method, const char *target, const char *accept)
{
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return PAGE_BAD_METHOD;
	if (strcmp(target_path(target), "/") != 0)
		return PAGE_NOT_FOUND;
	return accept_prefers_html(accept) ? PAGE_HTML : PAGE_TEXT;
}

/* Each character that means something in HTML as its reference. */
static size_t escape(const char *text, char *ret, size_t room)
{
	size_t used = 0;

	for (; *text; text++)
		switch (*text) {
		case '&':
			used += format_text(ret + used, room - used, "&amp;");
			break;
		case '<':
			used += format_text(ret + used, room - used, "&lt;");
			break;
		case '>':
			used += format_text(ret + used, room - used, "&gt;");
			break;
		case '"':
			used += format_text(ret + used, room - used, "&quot;");
			break;
		default:
			used += format_text(ret + used, room - used, "%c", *text);
		}
	return used;
}

/* The longest reference. */
#define ESCAPED(size) ((size) * sizeof "&quot;")

/* A plate on a table cloth; everything scales with the smaller side of the screen. */
#define STYLE                                                                                    \
	":root{color-scheme:light dark}"                                                         \
	"*{box-sizing:border-box}"                                                               \
	"body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;"         \
	"font:1.1rem/1.5 Georgia,'Times New Roman',serif;color:#3b2418;background:#f7efe3 "      \
	"repeating-linear-gradient(45deg,#d6453d22 0 2rem,#0000 2rem 4rem)}"                     \
	"main{width:min(36rem,100%);padding:clamp(2rem,9vmin,4.5rem) clamp(1.5rem,7vmin,4rem);"  \
	"overflow-wrap:anywhere;text-align:center;background:#fffdf9;border-radius:2rem;"        \
	"box-shadow:0 0 0 .6rem #fffdf9,0 0 0 .75rem #d6453d,0 1.5rem 4rem #0003}"               \
	"p{margin:0}"                                                                            \
	".eyebrow{font:600 .8rem system-ui,sans-serif;letter-spacing:.2em;text-transform:"       \
	"uppercase;color:#b3352e}"                                                               \
	"h1{margin:.4em 0 .3em;font-size:clamp(1.9rem,8vmin,3.4rem);line-height:1.1;"            \
	"text-wrap:balance}"                                                                     \
	"a{display:inline-block;margin-top:2rem;padding:.7rem 1.6rem;border-radius:2rem;"        \
	"font:600 1rem system-ui,sans-serif;color:#fff;background:#b3352e;text-decoration:none}" \
	"a:hover,a:focus-visible{background:#8f2620}"                                            \
	"@media(prefers-color-scheme:dark){body{color:#f3e6d8;background-color:#1d1512}"         \
	"main{background:#2a1f1a;box-shadow:0 0 0 .6rem #2a1f1a,0 0 0 .75rem #d6453d}"           \
	".eyebrow{color:#ff9d94}}"

static size_t print_html(const struct lunch *lunch, char *buffer)
{
	char name[ESCAPED(LUNCH_NAME_MAX) + 1], about[ESCAPED(LUNCH_ABOUT_MAX) + 1];

	name[escape(lunch->name, name, sizeof name)] = '\0';
	about[escape(lunch->about, about, sizeof about)] = '\0';
	return format_text(
		buffer, PAGE_SIZE,
		"<!DOCTYPE html>\n"
		"<html lang=\"en\">\n"
		"<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		"<title>Lunch: %s</title>\n"
		/* Without it browsers request /favicon.ico as well. */
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<style>%s</style>\n"
		"<main><p class=\"eyebrow\">For lunch</p>\n"
		"<h1>%s</h1>\n"
		"<p>%s</p>\n"
		"<a href=\"/\">Something else</a></main>\n"
		"</html>\n",
		name, STYLE, name, about);
}

static size_t print_line(const char *line, char *buffer)
{
	return format_text(buffer, PAGE_SIZE, "%s\n", line);
}

size_t page_render(enum page_name name, const struct lunch *lunch, char buffer[static PAGE_SIZE])
{
	switch (name) {
	case PAGE_TEXT:
		return format_text(buffer, PAGE_SIZE, "%s\n%s%s", lunch->name, lunch->about,
				   lunch->about[0] ? "\n" : "");
	case PAGE_HTML:
		return print_html(lunch, buffer);
	case PAGE_BAD_REQUEST:
		return print_line("Bad request.", buffer);
	case PAGE_NOT_FOUND:
		return print_line("Not found. There is lunch at /.", buffer);
	case PAGE_BAD_METHOD:
		return print_line("Only GET and HEAD are supported.", buffer);
	case PAGE_TOO_LARGE:
		return print_line("Request body too large.", buffer);
	case PAGE_NO_LUNCH:
		return print_line("No lunch can be chosen now.", buffer);
	case PAGES:
		break;
	}
	buffer[0] = '\0';
	return 0;
}
