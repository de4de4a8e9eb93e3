/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values of settings. The checkers follow the parsers in systemd's load-fragment.c,
 * and were compared with what three versions of systemd-analyze(1) say of many values.
 */
#include "units/value-check.h"

#include "units/value-addresses.h"
#include "units/value-calendar.h"
#include "units/value-names.h"
#include "units/value-numbers.h"
#include "units/value-paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_system_call(struct checked *c, const char *text);

static const struct checker call_checkers[] = {
	{ "a system call", is_system_call, false },
	{ 0 },
};

static const struct checker *const tables[] = {
	number_checkers,   name_checkers, path_checkers, address_checkers,
	calendar_checkers, call_checkers, NULL,
};

/*
 * Resolves specifiers. What is none stays as it is, and in a unit without an instance, %i is
 * empty. Returns NULL when the result is known only at start.
 */
static const char *expand(struct checked *c, const char *text)
{
	char *escaped = pool_take(c->pool, 2 * strlen(text) + 1), *out = escaped;
	const char *result = NULL;
	char letter;

	c->no_memory |= !escaped;
	for (; escaped && *text; text++) {
		if (*text == '%' && !strchr(c->unit->name, '@') && text[1] &&
		    strchr("iI", text[1])) {
			text++;
			continue;
		}
		*out++ = *text;
		if (*text == '%' && (isalnum((unsigned char)text[1]) || text[1] == '%'))
			*out++ = *++text;
		else if (*text == '%')
			*out++ = '%';
	}
	if (escaped && unit_expand(c->unit, escaped, c->pool, &result, &letter) == -ENOMEM)
		c->no_memory = true;
	return result;
}

static const struct checker *find_checker(const char *name, size_t length)
{
	for (const struct checker *const *table = tables; *table; table++)
		for (const struct checker *checker = *table; checker->name; checker++)
			if (strlen(checker->name) == length &&
			    strncmp(checker->name, name, length) == 0)
				return checker;
	return NULL;
}

static bool matches_checker(struct checked *c, const char *name, size_t length, const char *text)
{
	const struct checker *checker = find_checker(name, length);

	if (checker && checker->expands && strchr(text, '%'))
		text = expand(c, text);
	return !checker || !text || checker->check(c, text);
}
/* "A..B" */
static bool matches_range(const char *alternative, const char *text, bool *ret_matches)
{
	char *end;
	long long min = strtoll(alternative, &end, 10);

	if (end == alternative || !value_after(end, ".."))
		return false;
	*ret_matches = value_is_within(text, min, strtoll(end + 2, NULL, 10));
	return true;
}

/*
 * The alternatives of a form, one after the other: what stands in <…>, or a word. Returns
 * the next one and moves *form behind it; NULL at the end.
 */
static const char *next_alternative(const char **form, size_t *ret_length, bool *ret_is_checker)
{
	const char *p = *form + strspn(*form, " ");

	if (!*p)
		return NULL;
	*ret_is_checker = *p == '<';
	p += *ret_is_checker;
	*ret_length = strcspn(p, *ret_is_checker ? ">" : " ");
	*form = p + *ret_length + *ret_is_checker;
	return p;
}

/* "since[-until]", the versions of systemd that know an alternative */
static void read_ages(const char *text, struct known_key *ages)
{
	char *end;

	ages->since = (unsigned)strtoul(text, &end, 10);
	if (*end == '-')
		ages->until = (unsigned)strtoul(end + 1, NULL, 10);
}

/* Whether a text is one of the alternatives. *ret_ages: of an alternative that has its own. */
static bool matches(struct checked *c, const char *form, const char *text,
		    struct known_key *ret_ages)
{
	const char *alternative;
	size_t length;
	bool is_checker, result = false;
	/* af_from_name() takes "af_inet" as well. */
	bool folds =
		strcmp(c->key->name + strcspn(c->key->name, "."), ".RestrictAddressFamilies") == 0;

	*ret_ages = *c->key;
	while ((alternative = next_alternative(&form, &length, &is_checker))) {
		const char *ages = memchr(alternative, ':', length);
		size_t word = ages ? (size_t)(ages - alternative) : length;

		if (is_checker)
			result = matches_checker(c, alternative, word, text);
		else if (!matches_range(alternative, text, &result))
			result = strlen(text) == word &&
				 (folds ? strncasecmp : strncmp)(alternative, text, word) == 0;
		if (result && ages)
			read_ages(ages + 1, ret_ages);
		if (result)
			return true;
	}
	return false;
}

static const char *flags_end(const char *form)
{
	form += strspn(form, "+~*?!%^");
	return form + (*form == ' ');
}

/* "NAME:ERRNO" or a number: of a call that is refused. Without '~', it is allowed. */
static bool is_system_call(struct checked *c, const char *text)
{
	const struct known_key *errors = known_key_find("Service", "SystemCallErrorNumber");
	const char *error, *name = value_cut(c, text, ':', &error);
	struct known_key ages;
	struct checked number = *c;

	if (!error || !errors || !c->negated)
		return false;
	number.key = errors;
	return (matches(&number, errors->form, error, &ages) || value_is_within(error, 0, 0)) &&
	       matches(c, flags_end(c->key->form), name, &ages);
}

/* Alternatives as a message shows them. */
static const char *describe(struct pool *pool, const char *form)
{
	const char *alternative;
	char text[200] = "";
	size_t length, used = 0;
	bool is_checker;

	form = flags_end(form);
	while ((alternative = next_alternative(&form, &length, &is_checker))) {
		size_t skipped = is_checker ? strspn(alternative, "-+|!") : 0;
		size_t shown = strcspn(alternative, is_checker ? ":>" : ": ");
		int n = snprintf(text + used, sizeof text - used, "%s%.*s", used ? ", " : "",
				 (int)(shown - skipped), alternative + skipped);

		if ((size_t)n >= sizeof text - used - 5) {
			(void)snprintf(text + used, sizeof text - used, " …");
			break;
		}
		used += (size_t)n;
	}
	return pool_copy(pool, text);
}

/* Judges a word; returns whether it is right, else what it is. */
static enum value_verdict judge(struct checked *c, const char *word, struct value_problem *ret)
{
	struct known_key ages;

	if (matches(c, flags_end(c->key->form), word, &ages)) {
		if (ages.since == c->key->since && ages.until == c->key->until)
			return VALUE_RIGHT;
		ret->ages = ages;
		ret->word = pool_copy(c->pool, word);
		c->no_memory |= !ret->word;
		return VALUE_NEWER;
	}
	ret->word = pool_copy(c->pool, word);
	ret->expected = describe(c->pool, c->key->form);
	c->no_memory |= !ret->word || !ret->expected;
	return memchr(c->key->form, '!', (size_t)(flags_end(c->key->form) - c->key->form))
		       ? VALUE_REFUSED
	       : memchr(c->key->form, '?', (size_t)(flags_end(c->key->form) - c->key->form))
		       ? VALUE_SILENT
		       : VALUE_WRONG;
}

static enum value_verdict judge_list(struct checked *c, const char *value,
				     struct value_problem *ret)
{
	enum value_verdict verdict = VALUE_RIGHT;
	struct unit_words words;
	int r = unit_words_split(value, &words);

	/* config_parse_unit_deps() takes no quotes away. */
	if (r == 0 && strncmp(c->key->name, "Unit.", 5) == 0 && strpbrk(value, "\"'") &&
	    strcmp(flags_end(c->key->form), "<a unit name>") == 0) {
		unit_words_release(&words);
		return judge(c, value, ret);
	}
	if (r < 0) {
		c->no_memory |= r == -ENOMEM;
		ret->word = pool_copy(c->pool, value);
		ret->expected = "quotes and escapes that end";
		return VALUE_WRONG;
	}
	for (size_t i = 0; i < words.n && verdict == VALUE_RIGHT; i++) {
		/* A colon in quotes separates nothing: needs_places() knows which those are. */
		if (strpbrk(value, "\"'") && strchr(words.at[i], ':'))
			continue;
		verdict = judge(c, words.at[i] == unit_separator ? ";" : words.at[i], ret);
	}
	unit_words_release(&words);
	return verdict;
}

/* The specifiers of systemd.unit(5); a letter or digit that is none spoils the value. */
static enum value_verdict judge_specifiers(struct checked *c, const char *value,
					   struct value_problem *ret)
{
	static const char letters[] = "abcdfghijlmnopqrstuvwyABCEGHIJLMNPRSTUVWY";
	const char *flags = c->key->form, *p = value;
	size_t flags_n = (size_t)(flags_end(flags) - flags);

	if (!memchr(flags, '%', flags_n))
		return VALUE_RIGHT;
	for (; (p = strchr(p, '%')); p += 1 + (p[1] != '\0')) {
		if (!isalnum((unsigned char)p[1]) || strchr(letters, p[1]))
			continue;
		ret->word = pool_copy_bytes(c->pool, p, 2);
		ret->expected = "the specifiers, with %% for a percent sign";
		c->no_memory |= !ret->word;
		if (p[1] == 'D') {
			ret->ages = *c->key;
			ret->ages.since = 257;
			return c->key->since < 257 ? VALUE_NEWER : VALUE_RIGHT;
		}
		return memchr(flags, '!', flags_n) ? VALUE_REFUSED : VALUE_WRONG;
	}
	return VALUE_RIGHT;
}

/* Prefixes of commands that came or went. */
static enum value_verdict judge_prefixes(struct checked *c, const char *value,
					 struct value_problem *ret)
{
	size_t n = strspn(value, "-@:+!|");

	ret->ages = *c->key;
	if (memmem(value, n, "!!", 2)) {
		ret->word = "!!";
		ret->ages.until = 257;
	} else if (memchr(value, '|', n)) {
		ret->word = "|";
		ret->ages.since = 262;
	} else {
		return VALUE_RIGHT;
	}
	return c->key->since < ret->ages.since || !c->key->until ? VALUE_NEWER : VALUE_RIGHT;
}

/* What follows a backslash: cunescape_one(). */
static bool is_escape(const char *text)
{
	static const char hexadecimal[] = DIGITS "abcdefABCDEF", octal[] = "01234567";

	switch (text[0]) {
	case 'x':
		return strspn(text + 1, hexadecimal) >= 2 && strncmp(text + 1, "00", 2) != 0;
	case 'u':
		return strspn(text + 1, hexadecimal) >= 4 && strncmp(text + 1, "0000", 4) != 0;
	case 'U':
		return strspn(text + 1, hexadecimal) >= 8 && strncmp(text + 1, "00000000", 8) != 0;
	default:
		return strspn(text, octal) >= 3 ? strncmp(text, "000", 3) != 0 && text[0] <= '3'
						: strchr("abfnrtvs\\\"'", text[0]) != NULL;
	}
}

/*
 * extract_first_word() and cunescape() refuse an escape that they do not know. In a command
 * systemd keeps the backslash, and says at each load that it ignores the escape. There, "\\;"
 * is a semicolon.
 */
static enum value_verdict judge_escapes(struct checked *c, const char *value,
					struct value_problem *ret)
{
	const char *flags = c->key->form;
	bool is_command;

	if (!memchr(flags, '^', (size_t)(flags_end(flags) - flags)))
		return VALUE_RIGHT;
	is_command = strcmp(flags_end(flags), "<a command>") == 0;
	for (; (value = strchr(value, '\\')) && value[1]; value += 2)
		if (!is_escape(value + 1) && !(is_command && value[1] == ';')) {
			ret->word = pool_copy_bytes(c->pool, value, 2);
			c->no_memory |= !ret->word;
			ret->expected = "a known escape";
			return VALUE_WRONG;
		}
	return VALUE_RIGHT;
}

int value_check(const struct unit *unit, const struct known_key *key, const char *value,
		struct pool *pool, struct value_problem *ret)
{
	struct checked c = { .unit = unit, .key = key, .pool = pool };
	const char *flags = key->form, *form = flags_end(flags);
	size_t flags_n = (size_t)(form - flags);
	struct value_problem problem = { .word = "", .expected = "" };
	enum value_verdict verdict;

	verdict = judge_specifiers(&c, value, &problem);
	if (verdict != VALUE_RIGHT || !*form) {
		/* judged */
	} else if (!*value) {
		if (memchr(flags, '+', flags_n))
			verdict = judge(&c, value, &problem);
	} else {
		c.negated = value[0] == '~' && memchr(flags, '~', flags_n);
		value += c.negated;
		verdict = memchr(flags, '*', flags_n) ? judge_list(&c, value, &problem)
						      : judge(&c, value, &problem);
	}
	if (verdict == VALUE_RIGHT)
		verdict = judge_escapes(&c, value, &problem);
	if (verdict == VALUE_RIGHT && strcmp(form, "<a command>") == 0)
		verdict = judge_prefixes(&c, value, &problem);
	if (c.no_memory)
		return -ENOMEM;
	if (verdict != VALUE_RIGHT)
		*ret = problem;
	return (int)verdict;
}
