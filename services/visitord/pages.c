/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the visitor counter answers: requests to pages, pages to bytes. */
#include "pages.h"

#include "elements.h"
#include "format.h"
#include "http/headers.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define TEXT       "text/plain; charset=utf-8"
#define HTML       "text/html; charset=utf-8"
#define SVG        "image/svg+xml"
#define SVG_POLICY "default-src 'none'"

/*
 * The style is allowed by its hash, which a test compares with the page. Nothing
 * else may be loaded or run, whatever ends up in the page.
 */
#define HTML_POLICY                                                         \
	"default-src 'none'; img-src data:; "                               \
	"style-src 'sha256-HAHOGaDp0SL+w0n/LFIDWn4myn+RH5CsCDb0NmS4VdQ='; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const struct page pages[PAGES] = {
	[PAGE_TEXT] = { 200, true, TEXT, "Vary", "Accept", NULL },
	[PAGE_HTML] = { 200, true, HTML, "Vary", "Accept", HTML_POLICY },
	[PAGE_COUNT] = { 200, false, TEXT, NULL, NULL, NULL },
	[PAGE_BADGE] = { 200, true, SVG, NULL, NULL, SVG_POLICY },
	[PAGE_METRICS] = { 200, false, "text/plain; version=0.0.4; charset=utf-8", "Vary", "Accept",
			   NULL },
	[PAGE_OPENMETRICS] = { 200, false,
			       "application/openmetrics-text; version=1.0.0; charset=utf-8", "Vary",
			       "Accept", NULL },
	[PAGE_NO_ICON] = { 204, false, NULL, NULL, NULL, NULL },
	[PAGE_BAD_REQUEST] = { 400, false, TEXT, NULL, NULL, NULL },
	[PAGE_NOT_FOUND] = { 404, false, TEXT, "Vary", "Accept", NULL },
	[PAGE_NOT_FOUND_HTML] = { 404, false, HTML, "Vary", "Accept", HTML_POLICY },
	[PAGE_BAD_METHOD] = { 405, false, TEXT, "Allow", "GET, HEAD", NULL },
	[PAGE_TOO_LARGE] = { 413, false, TEXT, NULL, NULL, NULL },
	/* A crowd should not come back at once, but people should still wait. */
	[PAGE_NO_NUMBER] = { 503, false, TEXT, "Retry-After", "10", NULL },
	[PAGE_NO_NUMBER_HTML] = { 503, false, HTML, "Retry-After", "10", HTML_POLICY },
	[PAGE_NO_NUMBER_BADGE] = { 503, false, SVG, "Retry-After", "10", SVG_POLICY },
};

static const unsigned statuses[PAGE_STATUSES] = { 200, 204, 400, 404, 405, 413, 503 };

size_t page_status_index(unsigned status)
{
	for (size_t i = 0; i < PAGE_STATUSES; i++)
		if (statuses[i] == status)
			return i;
	assert(0 && "a page with a status that is not in the list");
	return 0;
}

enum page_name page_choose(const char *method, const char *target, const char *accept)
{
	const char *path = target_path(target);

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return PAGE_BAD_METHOD;
	if (strcmp(path, "/") == 0)
		return accept_prefers_html(accept) ? PAGE_HTML : PAGE_TEXT;
	if (strcmp(path, "/count") == 0)
		return PAGE_COUNT;
	if (strcmp(path, "/badge.svg") == 0)
		return PAGE_BADGE;
	if (strcmp(path, "/metrics") == 0)
		return accept_names(accept, "application/openmetrics-text") ? PAGE_OPENMETRICS
									    : PAGE_METRICS;
	if (strcmp(path, "/favicon.ico") == 0)
		return PAGE_NO_ICON;
	return accept_prefers_html(accept) ? PAGE_NOT_FOUND_HTML : PAGE_NOT_FOUND;
}

enum page_name page_without_number(enum page_name name)
{
	switch (name) {
	case PAGE_HTML:
		return PAGE_NO_NUMBER_HTML;
	case PAGE_BADGE:
		return PAGE_NO_NUMBER_BADGE;
	default:
		return PAGE_NO_NUMBER;
	}
}

/*
 * The number must fit into one line, from small telephones to large screens: bold digits
 * are up to 0.71 of their size wide, and "#" 0.87. d7 is for 5 to 7 digits, and so on.
 */
#define STYLE                                                                      \
	":root{color-scheme:light dark}"                                           \
	"body{margin:0;padding:0 1rem;min-height:100vh;display:grid;"              \
	"place-content:center;text-align:center;"                                  \
	"font:1.25rem/1.5 system-ui,sans-serif;color:#1b1b1f;background:#fafafc}"  \
	"strong{display:block;font-size:min(9rem,23vw);line-height:1.1;"           \
	"font-variant-numeric:tabular-nums;color:#0b57d0}"                         \
	".d7 strong{font-size:min(9rem,15vw)}"                                     \
	".d10 strong{font-size:min(9rem,10.5vw)}"                                  \
	".d20 strong{font-size:min(9rem,5.6vw)}"                                   \
	"@media(prefers-color-scheme:dark){body{color:#e3e3e8;background:#131316}" \
	"strong{color:#a8c7fa}}"

/* large: the number, or what stands in its place. */
static size_t print_html(const char *title, const char *text, const char *large, char *buffer)
{
	size_t length = strlen(large);

	return format_text(
		buffer, PAGE_SIZE,
		"<!DOCTYPE html>\n"
		"<html lang=\"en\">\n"
		"<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		"<title>%s</title>\n"
		/* Without it browsers request /favicon.ico as well. */
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<style>" STYLE "</style>\n"
		"<main class=\"%s\"><h1 hidden>Visitors</h1>\n"
		"<p>%s <strong>%s</strong></p></main>\n"
		"</html>\n",
		title,
		length <= 5    ? "d4"
		: length <= 8  ? "d7"
		: length <= 11 ? "d10"
			       : "d20",
		text, large);
}

static size_t print_greeting(uint64_t number, char *buffer)
{
	char title[sizeof "Visitor #18446744073709551615"];

	(void)format_text(title, sizeof title, "Visitor #%" PRIu64, number);
	return print_html(title, "Hello! You are visitor", strchr(title, '#'), buffer);
}

/* Widths in pixels for 11 px Verdana and its substitutes. */
#define BADGE_LABEL_WIDTH 57u
#define BADGE_DIGIT_WIDTH 7u
#define BADGE_PADDING     12u

static size_t print_badge(const char *text, char *buffer)
{
	unsigned width = (unsigned)strlen(text) * BADGE_DIGIT_WIDTH + BADGE_PADDING;

	return format_text(
		buffer, PAGE_SIZE,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"20\" role=\"img\" "
		"aria-label=\"visitors: %s\">\n"
		"<title>visitors: %s</title>\n"
		"<rect width=\"%u\" height=\"20\" rx=\"3\" fill=\"#0b57d0\"/>\n"
		"<path d=\"M3 0h%uv20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z\" fill=\"#444\"/>\n"
		"<g fill=\"#fff\" text-anchor=\"middle\" "
		"font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\n"
		"<text x=\"%u\" y=\"14\">visitors</text>\n"
		"<text x=\"%u\" y=\"14\">%s</text>\n"
		"</g>\n"
		"</svg>\n",
		BADGE_LABEL_WIDTH + width, text, text, BADGE_LABEL_WIDTH + width,
		BADGE_LABEL_WIDTH - 3, BADGE_LABEL_WIDTH / 2, BADGE_LABEL_WIDTH + width / 2, text);
}

static size_t print_number_badge(uint64_t number, char *buffer)
{
	char digits[sizeof "18446744073709551615"];

	(void)format_text(digits, sizeof digits, "%" PRIu64, number);
	return print_badge(digits, buffer);
}

/*
 * In OpenMetrics 1.0 a family of counters is declared without the suffix of its samples, in
 * Prometheus' own text format 0.0.4 with it.
 */
static size_t print_metrics(const struct page_metrics *metrics, bool openmetrics, char *buffer)
{
	const char *suffix = openmetrics ? "" : "_total";
	size_t used;

	used = format_text(buffer, PAGE_SIZE,
			   "# TYPE visitord_visits%s counter\n"
			   "# HELP visitord_visits%s Visitors counted since the counter began.\n"
			   "visitord_visits_total %" PRIu64 "\n"
			   "# TYPE visitord_requests%s counter\n"
			   "# HELP visitord_requests%s Requests answered since the program "
			   "started, by status code.\n",
			   suffix, suffix, metrics->visits, suffix, suffix);
	for (size_t i = 0; i < PAGE_STATUSES; i++)
		used += format_text(buffer + used, PAGE_SIZE - used,
				    "visitord_requests_total{code=\"%u\"} %" PRIu64 "\n",
				    statuses[i], metrics->requests[i]);
	used += format_text(buffer + used, PAGE_SIZE - used,
			    "# TYPE visitord_connections gauge\n"
			    "# HELP visitord_connections Connections that are open now.\n"
			    "visitord_connections %u\n"
			    "%s",
			    metrics->connections, openmetrics ? "# EOF\n" : "");
	return used;
}

#define NO_NUMBER "The visit cannot be recorded now; you were not counted."

static size_t print_line(const char *line, char *buffer)
{
	return format_text(buffer, PAGE_SIZE, "%s\n", line);
}

size_t page_render(enum page_name name, uint64_t number, const struct page_metrics *metrics,
		   char buffer[static PAGE_SIZE])
{
	switch (name) {
	case PAGE_TEXT:
		return format_text(buffer, PAGE_SIZE, "Hello! You are visitor #%" PRIu64 "!\n",
				   number);
	case PAGE_HTML:
		return print_greeting(number, buffer);
	case PAGE_COUNT:
		return format_text(buffer, PAGE_SIZE, "%" PRIu64 "\n", number);
	case PAGE_BADGE:
		return print_number_badge(number, buffer);
	case PAGE_METRICS:
		return print_metrics(metrics, false, buffer);
	case PAGE_OPENMETRICS:
		return print_metrics(metrics, true, buffer);
	case PAGE_BAD_REQUEST:
		return print_line("Bad request.", buffer);
	case PAGE_NOT_FOUND:
		return print_line("Not found.", buffer);
	case PAGE_NOT_FOUND_HTML:
		return print_html("Not found", "There is no such page.", "404", buffer);
	case PAGE_BAD_METHOD:
		return print_line("Only GET and HEAD are supported.", buffer);
	case PAGE_TOO_LARGE:
		return print_line("Request body too large.", buffer);
	case PAGE_NO_NUMBER:
		return print_line(NO_NUMBER, buffer);
	case PAGE_NO_NUMBER_HTML:
		return print_html("Not counted", NO_NUMBER, "503", buffer);
	case PAGE_NO_NUMBER_BADGE:
		return print_badge("not counted", buffer);
	case PAGE_NO_ICON:
	case PAGES:
		break;
	}
	buffer[0] = '\0';
	return 0;
}
