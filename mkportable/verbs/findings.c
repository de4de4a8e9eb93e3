/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How findings are printed. */
#include "verbs/findings.h"

#include "log.h"
#include "verbs/sarif.h"

/* Of JSON: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

/* where: NULL for none. */
static void print(FILE *out, const char *path, const char *where, const struct finding *finding)
{
	fprintf(out, "%s: %s: %s: %s%s%s\n", path, severity_name(finding->severity),
		rule_info(finding->rule)->name, where ? where : "", where ? ": " : "",
		finding->message);
	if (finding->remedy[0])
		fprintf(out, "  remedy: %s\n", finding->remedy);
}

void finding_print_source(FILE *out, struct pool *pool, const char *source,
			  const struct finding *finding)
{
	const char *where = finding_where(pool, finding);

	print(out, where ? where : source, NULL, finding);
}

static void print_findings(FILE *out, const struct opened_image *opened, bool errors_only)
{
	struct pool *pool = opened->plan.pool;
	char path[LOG_ESCAPED_SIZE], host[LOG_ESCAPED_SIZE];
	const char *whole = log_escape(opened->path, path), *half = NULL;

	if (opened->image.host)
		whole = pool_format(pool, "%s on %s", path,
				    log_escape(opened->image.host->name, host));
	if (!whole)
		whole = path;
	if (opened->machine)
		half = pool_format(pool, "%s (%s)", whole, opened->machine);
	for (const struct finding *f = opened->image.findings.first; f; f = f->next)
		if (!errors_only || f->severity == SEVERITY_ERROR)
			print(out, half && !f->where.of_disk ? half : whole, finding_where(pool, f),
			      f);
}

void findings_print_errors(FILE *out, const struct opened_image *opened)
{
	print_findings(out, opened, true);
}

static void print_image(struct json *json, const struct opened_image *opened)
{
	print_findings(json->out, opened, false);
}

void finding_write_json(struct json *json, struct pool *pool, const struct finding *finding)
{
	json_open(json, NULL, '{');
	json_text(json, "rule", rule_info(finding->rule)->name);
	json_text(json, "severity", severity_name(finding->severity));
	json_text(json, "where", finding_where(pool, finding));
	json_text(json, "message", finding->message);
	json_text(json, "remedy", finding->remedy);
	json_close(json, '}');
}

static void json_begin(struct json *json)
{
	json_open(json, NULL, '{');
	json_number(json, "version", JSON_VERSION);
	json_open(json, "images", '[');
}

static void json_image(struct json *json, const struct opened_image *opened)
{
	json_open(json, NULL, '{');
	json_text(json, "image", opened->path);
	json_text(json, "machine", opened->machine);
	json_text(json, "host", opened->image.host ? opened->image.host->name : NULL);
	json_text(json, "prefix", opened->image.prefix);
	json_number(json, "errors", opened->image.findings.errors);
	json_open(json, "findings", '[');
	for (const struct finding *f = opened->image.findings.first; f; f = f->next)
		finding_write_json(json, opened->plan.pool, f);
	json_close(json, ']');
	json_close(json, '}');
}

static void json_end(struct json *json, bool all_read)
{
	(void)all_read; /* an image that could not be read is not in it */
	json_close(json, ']');
	json_close(json, '}');
	(void)fputc('\n', json->out);
}

const struct findings_format findings_formats[] = {
	{ "text", NULL, print_image, NULL },
	{ "json", json_begin, json_image, json_end },
	{ "sarif", sarif_begin, sarif_image, sarif_end },
	{ 0 },
};
