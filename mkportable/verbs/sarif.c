/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings as SARIF 2.1.0; section numbers are those of the OASIS standard with errata 01. */
#include "verbs/sarif.h"

#include <string.h>

/* Rules have a line; what would be longer is cut. */
#define GENERAL_MAX 1024

#define SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* 3.27.10: there is no level of its own for security; the rule's tag says it. */
static const char *level(enum severity severity)
{
	return severity == SEVERITY_SECURITY ? "warning" : severity_name(severity);
}

/* An object with nothing but a text: message and multiformatMessageString, 3.11 and 3.12. */
static void write_message(struct json *json, const char *name, const char *text)
{
	json_open(json, name, '{');
	json_text(json, "text", text);
	json_close(json, '}');
}

/* A text of the table, with an ellipsis for {1}, {2}… */
static void write_general(struct json *json, const char *name, const char *text)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	char general[GENERAL_MAX];
	size_t used = 0;

	while (*text && used + sizeof ellipsis < sizeof general) {
		if (text[0] == '{' && text[1] && text[2] == '}') {
			used += (size_t)(stpcpy(general + used, ellipsis) - (general + used));
			text += 3;
		} else {
			general[used++] = *text++;
		}
	}
	general[used] = '\0';
	write_message(json, name, general);
}

static void write_rule(struct json *json, const struct rule_info *rule)
{
	json_open(json, NULL, '{');
	json_text(json, "id", rule->name);
	write_general(json, "shortDescription", rule->message);
	if (rule->evidence[0])
		write_message(json, "fullDescription", rule->evidence);
	write_general(json, "help", rule->remedy);
	json_open(json, "defaultConfiguration", '{');
	json_text(json, "level", level(rule->severity));
	json_close(json, '}');
	if (rule->severity == SEVERITY_SECURITY) {
		json_open(json, "properties", '{');
		json_open(json, "tags", '[');
		json_text(json, NULL, "security");
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, '}');
}

void sarif_begin(struct json *json)
{
	json_open(json, NULL, '{');
	json_text(json, "$schema", SCHEMA);
	json_text(json, "version", "2.1.0");
	json_open(json, "runs", '[');
	json_open(json, NULL, '{');
	json_open(json, "tool", '{');
	json_open(json, "driver", '{');
	json_text(json, "name", "mkportable");
	json_text(json, "version", VERSION);
	json_open(json, "rules", '[');
	for (enum rule rule = 0; rule < RULES_N; rule++)
		write_rule(json, rule_info(rule));
	json_close(json, ']');
	json_close(json, '}');
	json_close(json, '}');
	json_open(json, "results", '[');
}

/* RFC 3986: what is not unreserved is escaped, but for the slashes. inner: a path in it, or "". */
static const char *make_uri(struct pool *pool, const char *path, const char *inner)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";
	static const char digits[] = "0123456789ABCDEF";
	size_t length = strlen(path);
	const char *whole;
	char *uri, *out;

	while (length > 1 && path[length - 1] == '/' && inner[0])
		length--;
	whole = pool_format(pool, "%.*s%s", (int)length, path, inner);
	uri = whole ? pool_take(pool, strlen(whole) * 3 + sizeof "file://") : NULL;
	if (!uri)
		return path; /* without memory: not escaped, but the right one */
	out = uri;
	if (whole[0] == '/')
		out = stpcpy(out, "file://");
	for (; *whole; whole++) {
		if (strchr(plain, *whole)) {
			*out++ = *whole;
			continue;
		}
		*out++ = '%';
		*out++ = digits[(unsigned char)*whole >> 4];
		*out++ = digits[(unsigned char)*whole & 15];
	}
	*out = '\0';
	return uri;
}

static void write_location(struct json *json, const struct opened_image *opened,
			   const struct finding *finding)
{
	const struct location *where = &finding->where;
	struct pool *pool = opened->plan.pool;
	bool is_inside = where->path && opened->file.is_directory;

	json_open(json, NULL, '{');
	json_open(json, "physicalLocation", '{');
	json_open(json, "artifactLocation", '{');
	json_text(json, "uri", make_uri(pool, opened->path, is_inside ? where->path : ""));
	json_close(json, '}');
	if (is_inside && where->line > 0) {
		json_open(json, "region", '{');
		json_number(json, "startLine", where->line);
		json_close(json, '}');
	}
	json_close(json, '}');
	if (where->path && !is_inside) {
		json_open(json, "logicalLocations", '[');
		json_open(json, NULL, '{');
		json_text(json, "fullyQualifiedName", finding_where(pool, finding));
		json_text(json, "kind", "resource");
		json_close(json, '}');
		json_close(json, ']');
	}
	json_close(json, '}');
}

void sarif_image(struct json *json, const struct opened_image *opened)
{
	struct pool *pool = opened->plan.pool;

	for (const struct finding *f = opened->image.findings.first; f; f = f->next) {
		const char *where = finding_where(pool, f);
		/* There is no place in a binary file that would tell the machines apart. */
		const char *machine = f->where.of_disk ? NULL : opened->machine;
		const struct host_facts *host = opened->image.host;
		const char *text = pool_format(
			pool, "%s%s%s%s%s%s%s%s%s", host ? host->name : "", host ? ": " : "",
			machine ? machine : "", machine ? ": " : "", where ? where : "",
			where ? ": " : "", f->message, f->remedy[0] ? "; " : "", f->remedy);

		json_open(json, NULL, '{');
		json_text(json, "ruleId", rule_info(f->rule)->name);
		json_number(json, "ruleIndex", f->rule);
		json_text(json, "level", level(f->severity));
		write_message(json, "message", text ? text : f->message);
		json_open(json, "locations", '[');
		write_location(json, opened, f);
		json_close(json, ']');
		json_close(json, '}');
	}
}

void sarif_end(struct json *json, bool all_read)
{
	json_close(json, ']');
	json_open(json, "invocations", '[');
	json_open(json, NULL, '{');
	json_bool(json, "executionSuccessful", all_read);
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	(void)fputc('\n', json->out);
}
