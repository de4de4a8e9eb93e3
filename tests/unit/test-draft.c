/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units that are written: what texts become, and where lines stand. */
#include "check.h"
#include "elements.h"
#include "units/draft.h"
#include "units/hardening.h"

#include <stdint.h>
#include <string.h>

static struct pool pool;

/* The only word of a value, without its specifiers and variables; "" if there are others. */
static const char *read_back(const char *value, char doubled)
{
	struct unit_words words = UNIT_WORDS_NONE;
	char *text = pool_copy(&pool, ""), *out;

	CHECK(unit_words_split(value, &words) == 0);
	if (words.n == 1 && words.at[0] != unit_separator) {
		text = pool_copy(&pool, words.at[0]);
		out = text;
		for (const char *p = text; *p; p++) {
			if (doubled && (*p == '%' || *p == doubled)) {
				CHECK(p[1] == *p);
				p++;
			}
			*out++ = *p;
		}
		*out = '\0';
	}
	unit_words_release(&words);
	return text;
}

static void words_come_back(void)
{
	static const char *const texts[] = {
		"a",      "a b",  "",     ";",    "\\;",      "a;b", "\"",  "'",
		"a\"b'c", "\\",   "a\\",  "\\n",  "\\x41",    " a ", "$A",  "${A}",
		"$$",     "%i",   "%%",   "100%", "\xc3\xa4", "#",   "a=b", "a\tb",
		"a\nb",   "\x01", "\x7f", "\xff", "\xc3\n",
	};

	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		CHECK_TEXT(read_back(draft_word(&pool, texts[i]), '\0'), texts[i]);
		CHECK_TEXT(read_back(draft_argument(&pool, texts[i]), '$'), texts[i]);
		CHECK_TEXT(read_back(draft_program(&pool, texts[i]), '%'), texts[i]);
	}
	CHECK_TEXT(draft_value(&pool, "100% $x \\ \""), "100%% $x \\ \"");
}

static void what_a_unit_cannot_say(void)
{
	static const char *const never[] = { "a\nb", "\r", "\x7f", "\x1b[2J", "\xff", "\xc3" };
	static const char *const in_quotes_only[] = { " a", "a ", "\ta", "a\\" };

	for (size_t i = 0; i < ELEMENTS(never); i++) {
		CHECK(draft_problem(never[i], true));
		CHECK(draft_problem(never[i], false));
	}
	for (size_t i = 0; i < ELEMENTS(in_quotes_only); i++) {
		CHECK(draft_problem(in_quotes_only[i], false));
		CHECK(i == 2 ||
		      !draft_problem(in_quotes_only[i], true)); /* a tab is a control character */
	}
	CHECK(!draft_problem("", false));
	CHECK(!draft_problem("100% \"x\" \xc3\xa4", false));
}

static void sections_have_their_order(void)
{
	struct draft draft;

	draft_open(&draft, &pool, "x.service");
	draft_add(&draft, "X-Portable", "Files", "/a", NULL);
	draft_add(&draft, "Install", "WantedBy", "y.target", "Why.");
	draft_add(&draft, "Service", "Environment", "\"A=1\" B=2", "Same.");
	draft_add(&draft, "Unit", "Description", "x", NULL);
	draft_add(&draft, "Service", "StateDirectory", "a:b c", "Same.");
	draft.head = "Head.";
	CHECK_TEXT(draft_text(&draft),
		   "# Head.\n\n[Unit]\nDescription=x\n\n"
		   "[Service]\n# Same.\nEnvironment=\"A=1\" B=2\nStateDirectory=a:b c\n\n"
		   "[Install]\n# Why.\nWantedBy=y.target\n\n[X-Portable]\nFiles=/a\n");
	CHECK(draft_has(&draft, "Unit", "Description") &&
	      !draft_has(&draft, "Service", "Description"));
	CHECK(draft_has_word(&draft, "Service", "StateDirectory", "a"));
	CHECK(draft_has_word(&draft, "Service", "StateDirectory", "c"));
	CHECK(!draft_has_word(&draft, "Service", "StateDirectory", "b"));
	draft_add(&draft, "Unit", "After", NULL, NULL);
	CHECK(draft.failed && !draft_text(&draft));
}

/* The words of a setting in the hardened service that states this; "-": it has none. */
static const char *hardened(const char *key, const char *value, const char *asked)
{
	struct unit_file file;
	struct draft draft;
	const char *found;

	draft_open(&draft, &pool, "x.service");
	if (key)
		draft_add(&draft, "Service", key, value, NULL);
	CHECK(harden(&draft, HARDENING_FOREIGN) == 0);
	CHECK(draft_parse(&draft, &file) == 0);
	found = unit_file_last(&file, "Service", asked);
	found = pool_copy(&pool, found ? found : "-");
	unit_file_release(&file);
	return found;
}

static void no_capability_is_taken(void)
{
	static const struct {
		const char *capabilities, *asked, *wanted;
	} table[] = {
		{ "CAP_NET_BIND_SERVICE", "PrivateUsers", "-" },
		{ "CAP_NET_BIND_SERVICE", "SystemCallErrorNumber", "EPERM" },
		{ "cap_net_bind_service", "SystemCallFilter",
		  "~@privileged @resources @aio @keyring" },
		{ "CAP_SYS_TIME", "ProtectClock", "-" },
		{ "CAP_SYS_TIME", "SystemCallFilter", "-" },
		{ "CAP_SYS_TIME", "ProtectKernelModules", "yes" },
		{ "~CAP_SYS_TIME CAP_WAKE_ALARM", "ProtectClock", "yes" },
		{ "~CAP_SYS_TIME", "ProtectKernelModules", "-" },
		{ "", "PrivateUsers", "yes" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++)
		CHECK_TEXT(hardened("CapabilityBoundingSet", table[i].capabilities, table[i].asked),
			   table[i].wanted);
	CHECK_TEXT(hardened("PrivateTmp", "no", "PrivateTmp"), "no");
	CHECK_TEXT(hardened("SystemCallFilter", "@basic-io", "SystemCallFilter"), "@basic-io");
	CHECK_TEXT(hardened(NULL, NULL, "ProtectSystem"), "strict");
}

/* A key that comes again is a list or has a weaker value, and each has a reason. */
static void what_is_tried_has_reasons(void)
{
	const char *key = NULL, *value = NULL, *reason = NULL, *first = NULL;
	bool filter = false, families = false;
	size_t n = 0;

	while (hardening_to_try(n, &key, &value, &reason)) {
		CHECK(reason && reason[0]);
		if (strcmp(key, "ProtectSystem") == 0 && !first)
			first = value;
		filter |= strcmp(key, "SystemCallFilter") == 0;
		families |= strcmp(key, "RestrictAddressFamilies") == 0;
		n++;
	}
	CHECK(n > 30 && filter && !families);
	CHECK_TEXT(first, "strict");
	CHECK(!hardening_to_try(n, &key, &value, &reason) &&
	      !hardening_to_try(SIZE_MAX, &key, &value, &reason));
	/* Left as it was. */
	CHECK_TEXT(key, "SystemCallErrorNumber");
	/* What is tried alone is in no new unit. */
	CHECK_TEXT(hardened(NULL, NULL, "NoExecPaths"), "-");
}

int main(void)
{
	RUN(words_come_back);
	RUN(what_a_unit_cannot_say);
	RUN(sections_have_their_order);
	RUN(no_capability_is_taken);
	RUN(what_is_tried_has_reasons);
	pool_release(&pool);
	return CHECK_STATUS();
}
