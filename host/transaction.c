/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an upgrade notes before it changes anything. */
#include "transaction.h"

#include "elements.h"
#include "names.h"
#include "unit-file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "Upgrade"

static const char *const phases[] = { [PHASE_TRYING] = "trying", [PHASE_GOOD] = "good" };

static const struct {
	const char *key;
	size_t offset;
} flags[] = {
	{ "WasActive", offsetof(struct noted_unit, was_active) },
	{ "WasEnabled", offsetof(struct noted_unit, was_enabled) },
	{ "WasEnabledRuntime", offsetof(struct noted_unit, was_enabled_runtime) },
	{ "WasDisabled", offsetof(struct noted_unit, was_disabled) },
	{ "Answered", offsetof(struct noted_unit, answered) },
};

static bool *flag_of(struct noted_unit *unit, size_t i)
{
	return (bool *)((char *)unit + flags[i].offset);
}

/* Whether it comes back as it is. */
static bool can_be_written(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || text[0] == ' ' || text[length - 1] == ' ' || text[length - 1] == '\\')
		return false;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return true;
}

static int write_text(FILE *out, const char *key, const char *text)
{
	if (!can_be_written(text))
		return -EINVAL;
	(void)fprintf(out, "%s=%s\n", key, text);
	return 0;
}

static int write_list(FILE *out, const char *key, const struct text_list *list)
{
	int r = 0;

	for (; list && r >= 0; list = list->next)
		r = write_text(out, key, list->text);
	return r;
}

static int write_units(FILE *out, struct noted_unit *units)
{
	int r = 0;

	for (; units && r >= 0; units = units->next) {
		r = write_text(out, "Unit", units->name);
		for (size_t i = 0; i < ELEMENTS(flags) && r >= 0; i++)
			if (*flag_of(units, i))
				r = write_text(out, flags[i].key, units->name);
	}
	return r;
}

static int write_all(FILE *out, const struct transaction *transaction)
{
	int r;

	(void)fprintf(out, "[" SECTION "]\nPhase=%s\nRollback=%s\nRuntime=%s\n",
		      phases[transaction->phase], transaction->is_rollback ? "yes" : "no",
		      transaction->is_runtime ? "yes" : "no");
	r = write_text(out, "Old", transaction->old);
	if (r >= 0)
		r = write_text(out, "New", transaction->new);
	if (r >= 0 && transaction->kept)
		r = write_text(out, "Kept", transaction->kept);
	if (r >= 0 && transaction->profile[0])
		r = write_text(out, "Profile", transaction->profile);
	if (r >= 0)
		r = write_list(out, "Extension", transaction->extensions);
	if (r >= 0)
		r = write_list(out, "Match", transaction->matches);
	if (r >= 0)
		r = write_units(out, transaction->units);
	/* The last line: without it the file is not whole. */
	(void)fputs("End=yes\n", out);
	return r;
}

int transaction_write(struct pool *pool, const struct transaction *transaction, const char **ret)
{
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);
	int r;

	if (!out)
		return -ENOMEM;
	r = write_all(out, transaction);
	if (fclose(out) != 0 && r >= 0)
		r = -ENOMEM;
	if (r >= 0) {
		*ret = pool_adopt(pool, bytes);
		return *ret ? 0 : -ENOMEM;
	}
	free(bytes);
	return r;
}

static int read_text(struct pool *pool, const struct unit_file *file, const char *key,
		     const char **ret)
{
	const char *value = unit_file_last(file, SECTION, key);

	*ret = value && value[0] ? pool_copy(pool, value) : NULL;
	return value && value[0] && !*ret ? -ENOMEM : 0;
}

static int read_path(struct pool *pool, const struct unit_file *file, const char *key, bool needed,
		     const char **ret)
{
	int r = read_text(pool, file, key, ret);

	if (r < 0)
		return r;
	if (!*ret)
		return needed ? -EBADMSG : 0;
	return (*ret)[0] == '/' && strrchr(*ret, '/')[1] ? 0 : -EBADMSG;
}

static int read_list(struct pool *pool, const struct unit_file *file, const char *key,
		     struct text_list **ret)
{
	const struct unit_setting *setting = NULL;
	int r = 0;

	while (r >= 0 && (setting = unit_file_next(file, SECTION, key, setting)))
		r = text_list_add(pool, ret, setting->value);
	return r;
}

static int read_units(struct pool *pool, const struct unit_file *file, struct transaction *ret)
{
	struct noted_unit **end = &ret->units, *unit;

	for (size_t i = 0; i < file->n; i++) {
		const struct unit_setting *setting = &file->settings[i];

		if (strcmp(setting->key, "Unit") == 0) {
			if (!unit_name_is_valid(setting->value))
				return -EBADMSG;
			unit = pool_take(pool, sizeof *unit);
			if (!unit)
				return -ENOMEM;
			unit->name = pool_copy(pool, setting->value);
			if (!unit->name)
				return -ENOMEM;
			*end = unit;
			end = &unit->next;
			continue;
		}
		/* They follow their unit. */
		for (size_t n = 0; n < ELEMENTS(flags); n++)
			if (strcmp(setting->key, flags[n].key) == 0) {
				unit = transaction_unit(ret, setting->value);
				if (!unit)
					return -EBADMSG;
				*flag_of(unit, n) = true;
			}
	}
	return 0;
}

static int read_all(struct pool *pool, const struct unit_file *file, struct transaction *ret)
{
	const char *phase = unit_file_last(file, SECTION, "Phase");
	size_t i = 0;
	int r;

	while (i < ELEMENTS(phases) && (!phase || strcmp(phase, phases[i]) != 0))
		i++;
	if (i == ELEMENTS(phases) || !unit_file_is_yes(file, SECTION, "End"))
		return -EBADMSG;
	*ret = (struct transaction){ .phase = (enum phase)i };
	ret->is_rollback = unit_file_is_yes(file, SECTION, "Rollback");
	ret->is_runtime = unit_file_is_yes(file, SECTION, "Runtime");
	r = read_path(pool, file, "Old", true, &ret->old);
	if (r >= 0)
		r = read_path(pool, file, "New", true, &ret->new);
	if (r >= 0)
		r = read_path(pool, file, "Kept", false, &ret->kept);
	if (r >= 0)
		r = read_text(pool, file, "Profile", &ret->profile);
	if (!ret->profile)
		ret->profile = "";
	if (r >= 0)
		r = read_list(pool, file, "Extension", &ret->extensions);
	if (r >= 0)
		r = read_list(pool, file, "Match", &ret->matches);
	return r < 0 ? r : read_units(pool, file, ret);
}

int transaction_read(struct pool *pool, const char *bytes, size_t size, struct transaction *ret)
{
	struct transaction found = { 0 };
	struct unit_file file;
	int r;

	if (size > TRANSACTION_SIZE_MAX)
		return -EFBIG;
	r = unit_file_parse(bytes, size, NULL, NULL, &file);
	if (r < 0)
		return r;
	r = read_all(pool, &file, &found);
	unit_file_release(&file);
	if (r >= 0)
		*ret = found;
	return r;
}

struct noted_unit *transaction_unit(const struct transaction *transaction, const char *name)
{
	for (struct noted_unit *unit = transaction->units; unit; unit = unit->next)
		if (strcmp(unit->name, name) == 0)
			return unit;
	return NULL;
}
