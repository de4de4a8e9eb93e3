/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What units ask for in their section [X-Portable]. */
#include "units/requests.h"

#include "elements.h"
#include "log.h"
#include "units/needs.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *key;
	enum request_kind kind;
} keys[] = {
	{ "Files", REQUEST_FILE },
	{ "Packages", REQUEST_PACKAGE },
	{ "Libraries", REQUEST_LIBRARY },
};

bool requests_know(const char *key)
{
	for (size_t i = 0; i < ELEMENTS(keys); i++)
		if (strcmp(key, keys[i].key) == 0)
			return true;
	return false;
}

void requests_open(struct requests *requests, struct pool *pool)
{
	*requests = (struct requests){ .pool = pool };
	requests->end = &requests->first;
}

/* Debian policy, 5.6.1, with dpkg's ":ARCHITECTURE". */
static bool is_package(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

	if (length < 2 || !strchr(letters, name[0]))
		return false;
	name += length;
	return *name == '\0' ||
	       (*name == ':' && name[1] &&
		name[1 + strspn(name + 1, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0');
}

/* NULL: nothing is wrong with it. */
static const char *problem_of(enum request_kind kind, const struct unit *unit, const char *text)
{
	if (kind == REQUEST_PACKAGE && !is_package(text))
		return "is not the name of a package";
	if (kind == REQUEST_LIBRARY && (!text[0] || strchr(text, '/')))
		return "is not the name of a library, such as 'libz.so.1'";
	if (kind == REQUEST_LIBRARY && !unit_is_service(unit))
		return "would be loaded by a service, which this unit is not";
	return NULL;
}

static int add(struct requests *requests, const struct unit *unit,
	       const struct unit_setting *setting, enum request_kind kind, const char *word)
{
	struct request *request = pool_take(requests->pool, sizeof *request);
	char shown[LOG_ESCAPED_SIZE];
	const char *problem;
	int r = 0;

	if (!request)
		return pool_exhausted();
	*request = (struct request){
		.kind = kind, .key = setting->key, .unit = unit, .line = setting->line
	};
	problem = problem_of(kind, unit, word);
	if (problem) {
		unit_error(unit, setting->line, "%s='%s' %s", setting->key, log_escape(word, shown),
			   problem);
		return -EINVAL;
	}
	request->text = pool_copy(requests->pool, word);
	if (!request->text)
		return pool_exhausted();
	if (kind == REQUEST_FILE)
		r = needs_path(requests->pool, unit, setting, word, &request->text);
	if (r < 0)
		return r;
	if (strcmp(request->text, "/") == 0) {
		unit_error(unit, setting->line, "%s='/' is a whole tree", setting->key);
		return -EINVAL;
	}
	*requests->end = request;
	requests->end = &request->next;
	return 0;
}

int requests_read(struct requests *requests, const struct unit *unit)
{
	const struct unit_setting *s;
	struct unit_words words;
	int r = 0, q;

	for (size_t k = 0; k < ELEMENTS(keys); k++) {
		s = NULL;
		while ((s = unit_file_next(&unit->file, REQUESTS_SECTION, keys[k].key, s))) {
			q = needs_words(unit, s, s->value, &words);
			if (q < 0 && q != -EINVAL)
				return q;
			r = q < 0 ? q : r;
			if (q < 0)
				continue;
			for (size_t i = 0; i < words.n && q != -ENOMEM; i++) {
				q = add(requests, unit, s, keys[k].kind, words.at[i]);
				r = q < 0 ? q : r;
			}
			unit_words_release(&words);
			if (q == -ENOMEM)
				return q;
		}
	}
	return r;
}
