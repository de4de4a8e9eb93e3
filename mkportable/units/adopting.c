/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files share that change a unit for an image. */
#include "units/adopting.h"

#include "names.h"
#include "units/facts.h"
#include "units/known-keys.h"
#include "units/value-check.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *adopt_format(struct adopting *a, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	const char *kept;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	kept = text ? pool_adopt(a->pool, text) : NULL;
	a->failed |= !kept;
	return kept ? kept : "";
}

const char *adopt_append(struct adopting *a, const char *list, const char *word)
{
	const char *quoted = draft_word(a->pool, word);

	a->failed |= !quoted;
	return quoted ? adopt_format(a, "%s%s%s", list, list[0] ? " " : "", quoted) : list;
}

/* A reason as a comment: messages begin with a small letter and have no full stop. */
static const char *sentence(struct adopting *a, const char *why)
{
	char *text = pool_format(a->pool, "%s.", why);

	if (text && islower((unsigned char)text[0]) &&
	    strncmp(text, "systemd", strlen("systemd")) != 0)
		text[0] = (char)toupper((unsigned char)text[0]);
	a->failed |= !text;
	return text;
}

void adopt_remark(struct adopting *a, unsigned line, const char *before, const char *after,
		  const char *why)
{
	struct adopt_remark *kept = pool_take(a->pool, sizeof *kept);

	if (!kept) {
		a->failed = true;
		return;
	}
	*kept = (struct adopt_remark){ .line = line, .before = before, .after = after, .why = why };
	*a->adopted->end = kept;
	a->adopted->end = &kept->next;
}

static void remark_setting(struct adopting *a, const char *value, const char *after,
			   const char *why)
{
	adopt_remark(a, a->setting->line, adopt_format(a, "%s=%s", a->setting->key, value), after,
		     why);
}

void adopt_leave_out_word(struct adopting *a, const char *word, const char *why)
{
	remark_setting(a, word, NULL, why);
}

void adopt_change_word(struct adopting *a, const char *word, const char *after, const char *why)
{
	remark_setting(a, word, after, why);
}

void adopt_leave_out(struct adopting *a, const char *why)
{
	remark_setting(a, a->setting->value, NULL, why);
}

/*
 * What systemd makes of a value of the setting at hand. Returns NULL if it takes it, or why
 * not; *ret_age: for what some versions do not know.
 */
static const char *problem_of(struct adopting *a, const char *value, const char **ret_age)
{
	const struct known_key *key = known_key_find(a->setting->section, a->setting->key);
	struct value_problem problem = { 0 };
	int r = value_check(&a->as_named, key, value, a->pool, &problem);
	unsigned since = key->since;

	*ret_age = NULL;
	a->failed |= r < 0;
	if (r == VALUE_NEWER && problem.ages.since > since)
		since = problem.ages.since;
	if (since > known_key_oldest())
		*ret_age = adopt_format(
			a, "it came with systemd %u or shortly before; others ignore it", since);
	if (key->until)
		return adopt_format(a, "systemd after %u does not know it", key->until);
	if (r == VALUE_REFUSED)
		return adopt_format(a, "systemd refuses the unit for it: it is none of: %s",
				    problem.expected);
	if (r == VALUE_WRONG || r == VALUE_SILENT)
		return adopt_format(a, "systemd ignores it: it is none of: %s", problem.expected);
	return NULL;
}

static void add(struct adopting *a, const char *key, const char *value, const char *reason)
{
	draft_add(&a->adopted->draft, a->setting->section, key, value,
		  reason ? sentence(a, reason) : NULL);
}

/* Whether a specifier of a value stands for something else now, since the unit was renamed. */
static bool is_renamed(const struct adopting *a, const char *value)
{
	if (strcmp(a->adopted->unit->name, a->as_named.name) == 0)
		return false;
	for (; (value = strchr(value, '%')) && value[1]; value += 2)
		if (strchr("nNpPjJ", value[1]))
			return true;
	return false;
}

void adopt_keep(struct adopting *a, const char *value)
{
	const char *age, *problem = problem_of(a, value, &age);

	if (problem)
		adopt_leave_out(a, problem);
	else if (age)
		remark_setting(a, a->setting->value,
			       adopt_format(a, "%s=%s", a->setting->key, value), age);
	else if (strcmp(value, a->setting->value) != 0)
		remark_setting(a, a->setting->value,
			       adopt_format(a, "%s=%s", a->setting->key, value),
			       "the unit is called so in the image");
	else if (is_renamed(a, value))
		remark_setting(a, value, adopt_format(a, "%s=%s", a->setting->key, value),
			       "its specifiers give the name that the unit has in the image");
	if (!problem)
		add(a, a->setting->key, value, age);
}

void adopt_stay(struct adopting *a, const char *why)
{
	const char *age, *problem = problem_of(a, a->setting->value, &age);

	if (problem) {
		adopt_leave_out(a, problem);
		return;
	}
	remark_setting(a, a->setting->value,
		       adopt_format(a, "%s=%s", a->setting->key, a->setting->value), why);
	add(a, a->setting->key, a->setting->value, why);
}

void adopt_change(struct adopting *a, const char *key, const char *value, const char *why)
{
	remark_setting(a, a->setting->value, adopt_format(a, "%s=%s", key, value), why);
	add(a, key, value, why);
}

void adopt_add(struct adopting *a, const char *section, const char *key, const char *value,
	       const char *why)
{
	draft_add(&a->adopted->draft, section, key, value, sentence(a, why));
	adopt_remark(a, 0, NULL, adopt_format(a, "%s=%s", key, value), why);
}

/* The part before "@" or the type. */
size_t adopt_stem_length(const char *name)
{
	size_t length = strcspn(name, "@"), stem = (size_t)(unit_suffix(name) - name);

	return length < stem ? length : stem;
}

const char *adopt_reference(struct adopting *a, const char *word)
{
	const char *suffix = unit_suffix(word);

	for (const struct adopted *other = a->all; suffix && other; other = other->next) {
		const char *name = other->unit->name;
		size_t stem = adopt_stem_length(name);

		if (strcmp(word, name) == 0)
			return strcmp(other->draft.name, name) == 0 ? word : other->draft.name;
		/* An instance of a template. */
		if (unit_is_template(other->unit) && strncmp(word, name, stem + 1) == 0 &&
		    strcmp(suffix, other->unit->suffix) == 0)
			return adopt_format(a, "%.*s%s", (int)adopt_stem_length(other->draft.name),
					    other->draft.name, word + stem);
	}
	return suffix && unit_belongs(word, a->id) ? NULL : word;
}

/* The unit of the image that starts it; suffix: of that one, NULL for any. */
const struct adopted *adopt_trigger(struct adopting *a, const char *suffix)
{
	for (const struct adopted *other = a->all; other; other = other->next) {
		const struct unit *unit = other->unit;
		const struct unit_type *type = unit_type_of(unit->name);
		const char *named =
			type->starts ? unit_value(unit, type->section, type->starts) : "";
		const char *name = a->adopted->unit->name;
		size_t stem = adopt_stem_length(name);

		if (!type->starts || (suffix && strcmp(unit->suffix, suffix) != 0))
			continue;
		if (named[0] ? strcmp(named, name) == 0
			     : strlen(unit->name) - strlen(unit->suffix) == stem &&
				       strncmp(unit->name, name, stem) == 0)
			return other;
	}
	return NULL;
}
