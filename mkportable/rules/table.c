/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of lint. */
#include "rules/table.h"

#include <stdio.h>

static const struct rule_info table[RULES_N] = {
#define RULE(rule, ...) [rule] = { __VA_ARGS__ },
#include "rules/table-rows.h"
#undef RULE
};

const struct rule_info *rule_info(enum rule rule)
{
	return &table[rule];
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_ERROR] = "error",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_SECURITY] = "security",
		[SEVERITY_NOTE] = "note",
	};

	return names[severity];
}

static void print_cell(const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			(void)putchar('\\');
		(void)putchar(*text);
	}
}

void rules_print(void)
{
	printf("<!-- made by 'mkportable lint --rules' -->\n"
	       "# The rules of mkportable lint\n"
	       "\n"
	       "Severities: **error**, attach or start fails, or a setting is silently without effect; **warning**,\n"
	       "likely wrong; **security**, works, with more rights than its author may think; **note**, cannot be\n"
	       "decided without the host. Only errors give exit status 1. {1}, {2} are filled in.\n"
	       "sd#N is an issue of systemd/systemd, mk#N one of systemd/mkosi.\n"
	       "\n"
	       "| rule | severity | message | remedy | evidence |\n"
	       "|---|---|---|---|---|\n");
	for (size_t i = 0; i < RULES_N; i++) {
		printf("| `%s` | %s | ", table[i].name, severity_name(table[i].severity));
		print_cell(table[i].message);
		printf(" | ");
		print_cell(table[i].remedy);
		printf(" | ");
		print_cell(table[i].evidence);
		printf(" |\n");
	}
}
