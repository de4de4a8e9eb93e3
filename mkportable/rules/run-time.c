/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the processes of a service look for while they run. */
#include "rules/run-time.h"

#include "base/nsswitch.h"
#include "base/passwd.h"
#include "elements.h"
#include "units/merged-list.h"
#include "units/requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Files of lines that people write, how many services a database has, and what one image runs.
 * What is larger than any is not judged: hostile images would take hours and all memory.
 */
#define TEXT_SIZE_MAX ((size_t)1024 * 1024)
#define UNIT_SIZE_MAX ((size_t)64 * 1024)
#define SERVICES_MAX  32
#define PROCESSES_MAX 256

/* nsswitch.conf and passwd: most units see the same ones. */
#define KEPT_TEXTS_MAX 2

/* glibc has "files" and "dns" in itself since this version, and no modules for them. */
#define NSS_BUILT_IN_SINCE "GLIBC_2.34"

struct judging {
	const struct plan *plan;
	const struct process *process;
	struct plan_entry **entries; /* sorted; NULL before they are needed */
	struct plan_entry **by_name; /* the same, by the last part of the path */
	struct {
		const struct plan_entry *entry;
		const char *text; /* NULL: it cannot be read */
	} texts[KEPT_TEXTS_MAX];  /* that were read last */
	size_t texts_n;
	struct findings *findings;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Interpreters import everything that a script may want to do. */
static bool is_interpreter(const char *path)
{
	static const char *const names[] = { "ash",  "bash", "busybox", "dash", "ksh",
					     "lua",  "node", "perl",    "php",  "python",
					     "ruby", "sh",   "tclsh",   "zsh",  "env" };
	const char *name = base_name(path);

	for (size_t i = 0; i < ELEMENTS(names); i++) {
		size_t length = strlen(names[i]);

		/* "python3.13" */
		if (strncmp(name, names[i], length) == 0 &&
		    name[length + strspn(name + length, "0123456789.-")] == '\0')
			return true;
	}
	return false;
}

/* The program itself, its name or what it links to being no interpreter. */
static bool does_itself(const struct process *p, unsigned imports)
{
	return p->is_direct && (p->loaded.objects[0].facts->imports & imports) &&
	       !is_interpreter(p->path) && !is_interpreter(p->loaded.objects[0].path);
}

/* The first object of the process that imports one of the functions; NULL: none. */
static const struct loaded_object *who_imports(const struct process *p, unsigned imports)
{
	for (size_t i = 0; i < p->loaded.n; i++)
		if (p->loaded.objects[i].facts->imports & imports)
			return &p->loaded.objects[i];
	return NULL;
}

/* As the unit names the program: it may be a link to one of another name. */
static const char *shown_path(const struct process *p, const struct loaded_object *object)
{
	return object == p->loaded.objects && p->is_direct ? p->path : object->path;
}

static bool is_glibc(const struct process *p)
{
	return p->loaded.n > 1 && !p->loaded.is_musl;
}

/* The value of a variable in the unit; NULL: not set there. *ret_where: of the setting. */
static const char *variable(const struct judging *j, const char *name, struct location *ret_where)
{
	const char *value = NULL;
	unsigned line = 0;

	if (j->process->unit->size <= UNIT_SIZE_MAX &&
	    environment_variable(j->findings->pool, j->process->unit, name, &value, &line) < 0)
		j->findings->failed = -ENOMEM;
	*ret_where = AT_UNIT(j->process->unit, line);
	return value;
}

enum presence {
	ABSENT,
	PRESENT,
	UNKNOWN, /* of the host, or of another image */
};

static enum presence look(const struct judging *j, const char *path)
{
	bool is_foreign;

	if (programs_find(&j->process->surroundings, path, &is_foreign))
		return PRESENT;
	return is_foreign ? UNKNOWN : ABSENT;
}

/* The text of a file, in the pool: "" for one that is absent, NULL for one that is not known. */
static const char *read_text(struct judging *j, const char *path)
{
	bool is_foreign;
	struct plan_entry *entry = programs_find(&j->process->surroundings, path, &is_foreign);
	const char *text = NULL;
	size_t size, i;
	char *bytes;

	if (!entry || entry->type != PLAN_FILE)
		return is_foreign ? NULL : "";
	for (i = 0; i < KEPT_TEXTS_MAX; i++)
		if (j->texts[i].entry == entry)
			return j->texts[i].text;
	if (plan_read(j->plan, entry, TEXT_SIZE_MAX, &bytes, &size) == 0) {
		text = pool_adopt(j->findings->pool, bytes);
		if (!text)
			j->findings->failed = -ENOMEM;
	}
	i = j->texts_n++ % KEPT_TEXTS_MAX;
	j->texts[i].entry = entry;
	j->texts[i].text = text;
	return text;
}

/* --- nss(5) --- */

static int compare_names(const void *a, const void *b)
{
	const struct plan_entry *const *one = a, *const *other = b;

	return strcmp(base_name((*one)->path), base_name((*other)->path));
}

/* Whether anything of this name is anywhere in the image. */
static bool has_library(struct judging *j, const char *name)
{
	const struct plan_entry key = { .path = name }, *at = &key;

	if (!j->by_name) {
		j->by_name = plan_sorted(j->plan);
		if (!j->by_name) {
			j->findings->failed = -ENOMEM;
			return true;
		}
		qsort(j->by_name, j->plan->n, sizeof(struct plan_entry *), compare_names);
	}
	return bsearch(&at, j->by_name, j->plan->n, sizeof(struct plan_entry *), compare_names);
}

static bool has_built_in(const struct process *p)
{
	for (size_t i = 0; i < p->loaded.n; i++) {
		const struct elf_facts *facts = p->loaded.objects[i].facts;

		if (!facts->soname || strcmp(facts->soname, "libc.so.6") != 0)
			continue;
		for (const struct elf_version *v = facts->versions; v; v = v->next)
			if (strcmp(v->name, NSS_BUILT_IN_SINCE) == 0)
				return true;
	}
	return false;
}

static bool is_service(const struct nsswitch_service *s, const char *name)
{
	return s->length == strlen(name) && strncmp(s->name, name, s->length) == 0;
}

static bool has_module(struct judging *j, const struct nsswitch_service *s)
{
	if ((is_service(s, "files") || is_service(s, "dns")) && has_built_in(j->process))
		return true;
	return has_library(j, report_format(j->findings, "libnss_%.*s.so.2",
					    (int)(s->length < NAME_MAX ? s->length : NAME_MAX),
					    s->name));
}

/* How glibc looks up what a database has. */
struct lookup {
	const char *database;
	const char *by_default; /* nss_database.c of glibc */
	unsigned imports;
	const char *what; /* "looks up …" */
};

static void check_database(struct judging *j, const char *configuration, const struct lookup *l)
{
	const struct loaded_object *who = who_imports(j->process, l->imports);
	const char *services = nsswitch_find(configuration, l->database), *missing = NULL;
	struct nsswitch_service s;
	bool found = false, ended = false;
	unsigned n = 0;

	if (!who)
		return;
	for (services = services ? services : l->by_default;
	     !ended && n++ < SERVICES_MAX && nsswitch_next(&services, &s);) {
		if (has_module(j, &s)) {
			found = true;
			continue;
		}
		if (!missing)
			missing = report_format(j->findings, "libnss_%.*s.so.2",
						(int)(s.length < 64 ? s.length : 64), s.name);
		ended = s.ends;
	}
	if (!missing)
		return;
	if (!found)
		report(j->findings, RULE_NSS_WITHOUT_MODULE, j->process->where,
		       shown_path(j->process, who), l->what, l->database, missing);
	else
		report(j->findings, RULE_NSS_MODULE_MISSING, j->process->where,
		       shown_path(j->process, who), l->what, l->database, missing);
}

static void check_name_service(struct judging *j)
{
	static const struct lookup lookups[] = {
		{ "passwd", "files", ELF_IMPORTS_USERS, "users" },
		{ "group", "files", ELF_IMPORTS_GROUPS, "groups" },
		{ "hosts", "files dns", ELF_IMPORTS_HOSTS, "host names" },
	};
	const char *configuration =
		is_glibc(j->process) ? read_text(j, "/etc/nsswitch.conf") : NULL;

	for (size_t i = 0; configuration && i < ELEMENTS(lookups); i++)
		check_database(j, configuration, &lookups[i]);
}

/* Whether "localhost" is a word in the argument: of an address, a URL, an option. */
static bool names_localhost(const char *argument)
{
	static const char name[] = "localhost";
	const char *p = argument;

	while ((p = strstr(p, name))) {
		bool begins = p == argument || strchr("=/@,", p[-1]);

		p += strlen(name);
		if (begins && (!*p || strchr(":/,", *p)))
			return true;
	}
	return false;
}

/* glibc and musl have no address for it: /etc/hosts has, or DNS. */
static void check_localhost(struct judging *j)
{
	const char *configuration = read_text(j, "/etc/nsswitch.conf");

	if (!who_imports(j->process, ELF_IMPORTS_HOSTS) || look(j, "/etc/hosts") != ABSENT ||
	    !configuration || nsswitch_find(configuration, "hosts"))
		return;
	for (const char *const *a = j->process->arguments; a && *a; a++) {
		if (!names_localhost(*a))
			continue;
		report(j->findings, RULE_LOCALHOST_UNKNOWN, j->process->where, j->process->path);
		return;
	}
}

/* --- users --- */

/* What of the unit keeps a process of root from becoming another user; NULL: nothing. */
static const char *refusal(const struct judging *j)
{
	const struct unit *unit = j->process->unit;
	const char *private_users = unit_value(unit, "Service", "PrivateUsers");
	struct merged_list *capabilities = pool_take(j->findings->pool, sizeof *capabilities);
	struct merged_list *calls = pool_take(j->findings->pool, sizeof *calls);

	if (!capabilities || !calls) {
		j->findings->failed = -ENOMEM;
		return NULL;
	}
	*capabilities = *calls = MERGED_LIST_UNSET;
	if (merged_list_read(capabilities, j->findings->pool, &unit->file,
			     "CapabilityBoundingSet") < 0 ||
	    merged_list_read(calls, j->findings->pool, &unit->file, "SystemCallFilter") < 0) {
		j->findings->failed = -ENOMEM;
		return NULL;
	}
	if (!merged_list_allows(capabilities, "CAP_SETUID") ||
	    !merged_list_allows(capabilities, "CAP_SETGID"))
		return "CapabilityBoundingSet= of the unit";
	if (!merged_list_allows(calls, "setuid") || !merged_list_allows(calls, "setgroups"))
		return "SystemCallFilter= of the unit";
	if (unit_file_is_yes(&unit->file, "Service", "PrivateUsers") ||
	    strcmp(private_users, "self") == 0)
		return "PrivateUsers= of the unit";
	return NULL;
}

/*
 * Programs that change their user do so where they find themselves to be root. The stock
 * profiles but "trusted" have DynamicUser=yes, so that a service is root only if its unit names
 * root, and PrivateUsers=yes, so that root is the only user there is.
 */
static void check_user_change(struct judging *j)
{
	const char *user = unit_value(j->process->unit, "Service", "User");
	const char *path = j->process->path, *by, *users;

	if (!user[0] || !j->process->surroundings.as_root ||
	    !does_itself(j->process, ELF_IMPORTS_USER_CHANGE))
		return;
	by = refusal(j);
	report(j->findings, RULE_USER_CHANGE_REFUSED, j->process->where, path,
	       by ? by : "PrivateUsers=yes of all stock profiles but 'trusted'");
	users = read_text(j, "/etc/passwd");
	if (!by && users && !users[0] && does_itself(j->process, ELF_IMPORTS_USER_NAMES))
		report(j->findings, RULE_USERS_MISSING, j->process->where, path);
}

/* A user of the host, whom the image does not know, by name or number. */
static void check_own_user(struct judging *j)
{
	const char *user = unit_value(j->process->unit, "Service", "User"), *users;
	const char *name;
	char letter;

	if (!user[0] || j->process->surroundings.as_root ||
	    unit_file_is_yes(&j->process->unit->file, "Service", "DynamicUser") ||
	    !does_itself(j->process, ELF_IMPORTS_USER_IDS) ||
	    unit_expand(j->process->unit, user, j->findings->pool, &name, &letter) != 0)
		return;
	users = read_text(j, "/etc/passwd");
	if (users && !passwd_has(users, name))
		report(j->findings, RULE_USER_NOT_IN_IMAGE, j->process->where, j->process->path,
		       name);
}

/* --- files that a distribution has beside its programs --- */

/* glibc has these in itself. */
static bool is_plain_locale(const char *name)
{
	return !name[0] || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0;
}

/* "de_DE.UTF-8" may be in the archive, or in a directory whose name begins with its language. */
static bool has_locale(struct judging *j, const char *name)
{
	static const char directory[] = "/usr/lib/locale/";
	size_t language = strcspn(name, "_.@");

	if (strchr(name, '/') || look(j, "/usr/lib/locale/locale-archive") != ABSENT ||
	    look(j, "/usr/lib/locale/x") == UNKNOWN)
		return true;
	if (!j->entries)
		j->entries = plan_sorted(j->plan);
	for (size_t i = 0; j->entries && i < j->plan->n; i++) {
		const char *path = j->entries[i]->path;

		if (strncmp(path, directory, strlen(directory)) == 0 &&
		    strncmp(path + strlen(directory), name, language) == 0 &&
		    strchr("_.@/", path[strlen(directory) + language]))
			return true;
	}
	return j->entries == NULL;
}

static void check_locale(struct judging *j)
{
	/* setlocale(3): the first one counts alone. */
	static const char *const names[] = { "LC_ALL",     "LC_CTYPE",    "LC_NUMERIC",  "LC_TIME",
					     "LC_COLLATE", "LC_MESSAGES", "LC_MONETARY", "LANG" };
	const struct loaded_object *who = who_imports(j->process, ELF_IMPORTS_LOCALE);
	struct location where;

	if (!who || !is_glibc(j->process) || variable(j, "LOCPATH", &where))
		return;
	for (size_t i = 0; i < ELEMENTS(names); i++) {
		const char *value = variable(j, names[i], &where);

		if (value && !is_plain_locale(value) && !has_locale(j, value)) {
			report(j->findings, RULE_LOCALE_MISSING, where, names[i], value);
			return;
		}
		if (i == 0 && value && value[0])
			return;
	}
}

/* tzset(3): "Area/City" and the like are files; "CET-1CEST" says it all. */
static bool is_zone_file(const char *value)
{
	return value[0] && !strchr(value, '<') && strcmp(value, "UTC") != 0 &&
	       strcmp(value, "GMT") != 0 && (strchr(value, '/') || !strpbrk(value, "0123456789"));
}

static void check_time_zone(struct judging *j)
{
	struct location where;
	const char *zone, *path;

	if (!who_imports(j->process, ELF_IMPORTS_TIME) || variable(j, "TZDIR", &where))
		return;
	zone = variable(j, "TZ", &where);
	if (!zone)
		return;
	zone += zone[0] == ':';
	path = report_format(j->findings, "%s%s", zone[0] == '/' ? "" : "/usr/share/zoneinfo/",
			     zone);
	if (is_zone_file(zone) && look(j, path) == ABSENT)
		report(j->findings, RULE_TIME_ZONE_MISSING, where, zone, path);
}

static bool reaches_network(const struct judging *j)
{
	struct merged_list *families = pool_take(j->findings->pool, sizeof *families);

	if (!families) {
		j->findings->failed = -ENOMEM;
		return false;
	}
	*families = MERGED_LIST_UNSET;
	if (merged_list_read(families, j->findings->pool, &j->process->unit->file,
			     "RestrictAddressFamilies") < 0)
		j->findings->failed = -ENOMEM;
	return !unit_file_is_yes(&j->process->unit->file, "Service", "PrivateNetwork") &&
	       (merged_list_allows(families, "AF_INET") ||
		merged_list_allows(families, "AF_INET6"));
}

/*
 * What verifies servers: libcurl, and what asks for the certificates of the system, unless it
 * is loaded by a server, most of which make no such connections.
 */
static const struct loaded_object *who_trusts(const struct process *p)
{
	bool is_server = does_itself(p, ELF_IMPORTS_LISTEN);

	for (size_t i = 0; i < p->loaded.n; i++) {
		const struct elf_facts *facts = p->loaded.objects[i].facts;

		if ((facts->soname && strncmp(facts->soname, "libcurl", 7) == 0) ||
		    ((facts->imports & ELF_IMPORTS_TRUST) && !is_server))
			return &p->loaded.objects[i];
	}
	return NULL;
}

static void check_certificates(struct judging *j)
{
	/* Of Debian and Arch; of Fedora; of Alpine. */
	static const char *const paths[] = { "/etc/ssl/certs/ca-certificates.crt",
					     "/etc/pki/tls/certs/ca-bundle.crt",
					     "/etc/pki/tls/cert.pem", "/etc/ssl/ca-bundle.pem",
					     "/etc/ssl/cert.pem" };
	static const char *const variables[] = { "SSL_CERT_FILE", "SSL_CERT_DIR",
						 "CURL_CA_BUNDLE" };
	const struct loaded_object *who = who_trusts(j->process);
	struct location where;

	if (!who || !reaches_network(j))
		return;
	for (size_t i = 0; i < ELEMENTS(paths); i++)
		if (look(j, paths[i]) != ABSENT)
			return;
	for (size_t i = 0; i < ELEMENTS(variables); i++)
		if (variable(j, variables[i], &where))
			return;
	report(j->findings, RULE_CERTIFICATES_MISSING, j->process->where,
	       shown_path(j->process, who));
}

/* --- dlopen(3) --- */

/* The unit says what is loaded, or that nothing is: an empty Libraries=. */
static bool says_libraries(const struct unit *unit)
{
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];

		if (strcmp(s->section, REQUESTS_SECTION) == 0 &&
		    (strcmp(s->key, "Libraries") == 0 || strcmp(s->key, "Packages") == 0 ||
		     (strcmp(s->key, "Files") == 0 && strstr(s->value, "/lib"))))
			return true;
	}
	return false;
}

static void check_dlopen(struct judging *j)
{
	const struct process *p = j->process;
	const struct loaded_object *first = NULL;
	size_t n = 0;

	if (says_libraries(p->unit))
		return;
	for (size_t i = 0; i < p->loaded.n; i++) {
		const struct elf_facts *facts = p->loaded.objects[i].facts;

		/* OpenSSL's loads what its configuration names. */
		if (!(facts->imports & ELF_IMPORTS_DLOPEN) || facts->loads ||
		    (facts->soname && strncmp(facts->soname, "libcrypto.", 10) == 0))
			continue;
		first = first ? first : &p->loaded.objects[i];
		n++;
	}
	if (n)
		report(j->findings, RULE_DLOPEN_UNDECLARED, p->where, shown_path(p, first),
		       report_more(j->findings, n));
}

/* Whether the unit runs the program in another line before this one. */
static bool is_again(const struct process *processes, const struct process *process)
{
	for (const struct process *p = processes; p != process; p = p->next)
		if (p->unit == process->unit && p->loaded.n > 0 &&
		    strcmp(p->loaded.objects[0].path, process->loaded.objects[0].path) == 0)
			return true;
	return false;
}

void rules_run_time(const struct plan *plan, const struct process *processes,
		    struct findings *findings)
{
	struct judging j = { .plan = plan, .findings = findings };
	unsigned n = 0;

	for (const struct process *p = processes; p && n++ < PROCESSES_MAX; p = p->next) {
		j.process = p;
		if (p->loaded.n == 0)
			continue;
		check_localhost(&j);
		check_user_change(&j);
		if (is_again(processes, p))
			continue;
		check_own_user(&j);
		check_name_service(&j);
		check_locale(&j);
		check_time_zone(&j);
		check_certificates(&j);
		check_dlopen(&j);
	}
}
