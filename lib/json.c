/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes JSON. */
#include "json.h"

#include "utf8.h"

#include <inttypes.h>

static void write_string(FILE *out, const char *text)
{
	bool valid = utf8_is_valid(text);

	(void)fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		/* As log_escape() does it, but whole: it may be a path. */
		if (!valid && (c < ' ' || c >= 0x7f || c == '\\' || c == '\''))
			(void)fprintf(out, "\\\\x%02x", c);
		else if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			(void)fprintf(out, "\\u%04x", c);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}

static void begin(struct json *json, const char *name)
{
	if (json->comma)
		(void)fputc(',', json->out);
	json->comma = true;
	if (name) {
		write_string(json->out, name);
		(void)fputc(':', json->out);
	}
}

void json_open(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	(void)fputc(bracket, json->out);
	json->comma = false;
}

void json_close(struct json *json, char bracket)
{
	(void)fputc(bracket, json->out);
	json->comma = true;
}

void json_text(struct json *json, const char *name, const char *text)
{
	begin(json, name);
	if (text)
		write_string(json->out, text);
	else
		(void)fputs("null", json->out);
}

void json_number(struct json *json, const char *name, uint64_t number)
{
	begin(json, name);
	(void)fprintf(json->out, "%" PRIu64, number);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin(json, name);
	(void)fputs(value ? "true" : "false", json->out);
}
