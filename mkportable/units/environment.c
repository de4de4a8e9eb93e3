/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The variables by which programs of a service are found: systemd.exec(5). */
#include "units/environment.h"

#include <errno.h>
#include <string.h>

/* DEFAULT_PATH of systemd. The last two are missing where /bin is a link to /usr/bin. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

typedef int word_fn(struct pool *pool, const char *word, unsigned line, void *userdata);

/* Calls the function for each word of a list setting, with its specifiers expanded. */
static int for_each_word(struct pool *pool, const struct unit *service, const char *key,
			 word_fn *function, void *userdata)
{
	const struct unit_setting *setting = NULL;
	struct unit_words words;
	const char *word;
	char letter;
	int r = 0, q;

	while (r >= 0 && (setting = unit_file_next(&service->file, "Service", key, setting))) {
		q = unit_words_split(setting->value, &words);
		if (q < 0) {
			r = q == -ENOMEM ? q : 0;
			continue;
		}
		for (size_t i = 0; i < words.n && r >= 0; i++) {
			/* A unit may have many, which are read for each of its programs. */
			word = words.at[i];
			r = strchr(word, '%') ? unit_expand(service, word, pool, &word, &letter)
					      : 0;
			if (r == 0)
				r = function(pool, word, setting->line, userdata);
		}
		unit_words_release(&words);
	}
	return r < 0 ? r : 0;
}

static int set_variable(struct pool *pool, const char *word, unsigned line, void *userdata)
{
	struct environment *e = userdata;
	const char **place = NULL;
	size_t length = strcspn(word, "=");

	(void)line;
	if (strncmp(word, "PATH=", 5) == 0)
		place = &e->path;
	else if (strncmp(word, "LD_LIBRARY_PATH=", 16) == 0)
		place = &e->library_path;
	if (!place)
		return 0;
	/* An empty one counts for nothing. */
	*place = word[length + 1] ? pool_copy(pool, word + length + 1) : NULL;
	return *place || !word[length + 1] ? 0 : -ENOMEM;
}

static int unset_variable(struct pool *pool, const char *word, unsigned line, void *userdata)
{
	struct environment *e = userdata;

	(void)pool;
	(void)line;
	if (strcmp(word, "PATH") == 0)
		e->path = "/bin:/usr/bin"; /* of execvp(3) */
	else if (strcmp(word, "LD_LIBRARY_PATH") == 0)
		e->library_path = NULL;
	return 0;
}

static int add_search_path(struct pool *pool, const char *word, unsigned line, void *userdata)
{
	const char **path = userdata;

	(void)line;
	*path = *path ? pool_format(pool, "%s:%s", *path, word) : pool_copy(pool, word);
	return *path ? 0 : -ENOMEM;
}

int environment_search_path(struct pool *pool, const struct unit *service, const char **ret)
{
	const char *path = NULL;
	int r = for_each_word(pool, service, "ExecSearchPath", add_search_path, &path);

	*ret = path ? path : DEFAULT_PATH;
	return r;
}

int environment_read(struct pool *pool, const struct unit *service, struct environment *ret)
{
	struct environment e = { 0 };
	int r;

	r = environment_search_path(pool, service, &e.search_path);
	e.path = e.search_path;
	if (r == 0)
		r = for_each_word(pool, service, "Environment", set_variable, &e);
	if (r == 0)
		r = for_each_word(pool, service, "UnsetEnvironment", unset_variable, &e);
	if (r == 0)
		*ret = e;
	return r;
}

struct variable {
	const char *name, *value;
	unsigned line;
};

static int set_one(struct pool *pool, const char *word, unsigned line, void *userdata)
{
	struct variable *v = userdata;
	size_t length = strlen(v->name);

	if (strncmp(word, v->name, length) != 0 || word[length] != '=')
		return 0;
	v->value = pool_copy(pool, word + length + 1);
	v->line = line;
	return v->value ? 0 : -ENOMEM;
}

/* The whole setting, or only if it has this value. */
static int unset_one(struct pool *pool, const char *word, unsigned line, void *userdata)
{
	struct variable *v = userdata;
	size_t length = strlen(v->name);

	(void)pool;
	(void)line;
	if (v->value && strncmp(word, v->name, length) == 0 &&
	    (!word[length] || (word[length] == '=' && strcmp(word + length + 1, v->value) == 0)))
		v->value = NULL;
	return 0;
}

int environment_variable(struct pool *pool, const struct unit *service, const char *name,
			 const char **ret, unsigned *ret_line)
{
	struct variable v = { .name = name };
	int r;

	r = for_each_word(pool, service, "Environment", set_one, &v);
	if (r == 0)
		r = for_each_word(pool, service, "UnsetEnvironment", unset_one, &v);
	if (r < 0)
		return r;
	*ret = v.value;
	*ret_line = v.line;
	return 0;
}
