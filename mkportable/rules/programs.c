/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether each program of the units can be started from nothing but the image. */
#include "plan/programs.h"
#include "architecture.h"
#include "plan/libraries.h"
#include "rules/run-time.h"
#include "rules/topics.h"
#include "units/merged-list.h"

#include <errno.h>
#include <string.h>

/* env(1) may start scripts that env starts. */
#define ENV_DEPTH_MAX 8

struct examination {
	const struct plan *plan;
	const char *architecture; /* of os-release; NULL: it has none */
	const char *native;       /* the machine that it is judged for */
	const char *first;        /* the program that decided the machine; NULL before it */
	struct elf_facts machine;
	struct library_cache cache;
	struct process *processes, **end; /* what can be loaded */
	struct findings *findings;
};

/* A program, or an interpreter of one. */
struct program {
	const char *path; /* as the unit or the script names it */
	const char *key;  /* the setting that runs it */
	const struct unit *unit;
	struct plan_entry *entry;
	struct surroundings surroundings;
	const char *const *arguments; /* ends with NULL */
	const char *script;           /* whose interpreter it is; NULL: none */
	const char *asked_by;         /* as in struct plan_entry */
	struct location where;
	unsigned depth;    /* how many scripts it is the interpreter of, one by way of the other */
	unsigned envs;     /* how many times env(1) came before it */
	bool is_requested; /* by Files=: the unit itself does not run it */
};

static void examine(struct examination *x, struct program program);

static const char *machine_name(const struct elf_facts *facts)
{
	const struct architecture *a =
		architecture_of(facts->machine, facts->bits, facts->big_endian);

	return a ? a->name : NULL;
}

static const char *machine_words(const struct elf_facts *facts, struct findings *findings)
{
	const char *name = machine_name(facts);

	return report_format(findings, "%s (%u bit)", name ? name : "another machine", facts->bits);
}

/* All programs are for the machine of the first. */
static void check_machine(struct examination *x, const struct program *p,
			  const struct elf_facts *facts)
{
	const char *name = machine_name(facts);

	if (!x->first) {
		bool is_native = name && strcmp(x->native, name) == 0;

		x->first = p->path;
		x->machine = *facts;
		if (x->architecture && name && strcmp(x->architecture, name) != 0) {
			if (is_native)
				report(x->findings, RULE_ARCHITECTURE_MISMATCH, p->where,
				       x->architecture, p->path, name);
			else
				report(x->findings, RULE_ARCHITECTURE_WRONG, p->where, p->path,
				       name, x->architecture);
		} else if (x->native[0] && name && !is_native) {
			report(x->findings, RULE_HOST_MUST_HAVE, p->where, p->key,
			       "a processor of the kind", name);
		}
	} else if (facts->machine != x->machine.machine || facts->bits != x->machine.bits ||
		   facts->big_endian != x->machine.big_endian) {
		report(x->findings, RULE_PROGRAM_FOR_OTHER_MACHINE, p->where, p->path,
		       machine_words(facts, x->findings), x->first,
		       machine_words(&x->machine, x->findings));
	}
}

static void report_not_executable(const struct examination *x, const struct program *p,
				  const char *what)
{
	report(x->findings, RULE_PROGRAM_NOT_EXECUTABLE, p->where, p->path, what);
}

static void report_missing(const struct examination *x, const struct program *p, const char *name,
			   const char *problem)
{
	if (p->script)
		report(x->findings, RULE_PROGRAM_NEEDS_INTERPRETER, p->where, p->script, name,
		       problem);
	else
		report(x->findings, RULE_PROGRAM_MISSING, p->where, name, p->key);
}

static void examine_script(struct examination *x, const struct program *p,
			   const struct program_file *file)
{
	struct program interpreter = *p;
	const char **arguments;
	bool is_foreign;

	interpreter.path = file->interpreter;
	interpreter.script = interpreter.asked_by = p->path;
	interpreter.depth = p->depth + 1;
	interpreter.entry = programs_find(&p->surroundings, file->interpreter, &is_foreign);
	if (is_foreign)
		return;
	if (!interpreter.entry || interpreter.depth > SCRIPT_DEPTH_MAX) {
		report_missing(x, &interpreter, file->interpreter,
			       interpreter.entry ? "interpreter chain too long"
						 : "not in the image");
		return;
	}
	arguments = pool_take(x->plan->pool, 3 * sizeof(char *));
	if (!arguments) {
		x->findings->failed = -ENOMEM;
		return;
	}
	arguments[0] = file->argument ? file->argument : p->path;
	arguments[1] = file->argument ? p->path : NULL;
	arguments[2] = NULL;
	interpreter.arguments = arguments;
	examine(x, interpreter);
}

static void add_process(struct examination *x, const struct program *p, const struct loaded *loaded)
{
	static const char *const none[] = { NULL };
	struct process *process = pool_take(x->plan->pool, sizeof *process);
	bool is_direct = p->depth == 0 && p->envs == 0 && !p->is_requested;

	if (!process) {
		x->findings->failed = -ENOMEM;
		return;
	}
	*process = (struct process){
		.unit = p->unit,
		.where = p->where,
		.path = p->path,
		.arguments = is_direct ? p->arguments : none,
		.is_direct = is_direct,
		.surroundings = p->surroundings,
		.loaded = *loaded,
	};
	*x->end = process;
	x->end = &process->next;
}

static void examine_elf(struct examination *x, const struct program *p,
			const struct elf_facts *facts)
{
	struct loaded loaded;
	const char *problems;
	int r;

	check_machine(x, p, facts);
	if (facts->has_nss)
		report(x->findings, RULE_STATIC_NSS, p->where, p->path);
	r = libraries_check(x->plan, p->entry->path, facts, &p->surroundings, &x->cache, &loaded,
			    &problems);
	if (r < 0)
		x->findings->failed = r;
	else if (problems)
		report(x->findings, RULE_PROGRAM_DYNAMIC_INCOMPLETE, p->where, p->path, problems);
	else
		add_process(x, p, &loaded);
}

/* --- env(1) of coreutils; that of busybox knows less, and no applet without its link --- */

struct env_call {
	struct surroundings *surroundings;
	const char *command; /* NULL: none, or it is not known */
};

static int read_env_arguments(struct pool *pool, const char *const *arguments,
			      struct env_call *call, unsigned depth);

/* The words of -S, and what follows it. */
static int split_env_argument(struct pool *pool, const char *text, const char *const *rest,
			      struct env_call *call, unsigned depth)
{
	struct unit_words words;
	const char **arguments;
	size_t n = 0;
	int r;

	r = unit_words_split(text, &words);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	while (rest[n])
		n++;
	arguments = pool_take(pool, (words.n + n + 1) * sizeof(char *));
	for (size_t i = 0; i < words.n && arguments && r == 0; i++) {
		arguments[i] = pool_copy(pool, words.at[i]);
		r = arguments[i] ? 0 : -ENOMEM;
	}
	if (arguments)
		memcpy(arguments + words.n, rest, (n + 1) * sizeof(char *));
	unit_words_release(&words);
	if (!arguments || r < 0)
		return -ENOMEM;
	return read_env_arguments(pool, arguments, call, depth + 1);
}

/* Sets or, with a NULL, unsets a variable. */
static void set_env_variable(struct environment *e, const char *name, const char *value)
{
	size_t length = strcspn(name, "=");

	if (length == 4 && strncmp(name, "PATH", length) == 0)
		e->path = value ? value : "/usr/local/bin:/bin:/usr/bin"; /* of execvp(3) */
	else if (length == 15 && strncmp(name, "LD_LIBRARY_PATH", length) == 0)
		e->library_path = value;
}

/*
 * Reads options of one letter. Returns 1 to go on with the next argument, 2 with the one
 * after it, 0 if the command is known, or is not to be known.
 */
static int read_env_options(struct pool *pool, const char *const *arguments, struct env_call *call,
			    unsigned depth)
{
	for (const char *letter = arguments[0] + 1; *letter; letter++) {
		const char *value = letter[1] ? letter + 1 : arguments[1];

		if (*letter == 'i') {
			set_env_variable(&call->surroundings->environment, "PATH", NULL);
			set_env_variable(&call->surroundings->environment, "LD_LIBRARY_PATH", NULL);
		} else if (*letter == 'S' && value) {
			return split_env_argument(pool, value, arguments + (letter[1] ? 1 : 2),
						  call, depth);
		} else if (strchr("uCa", *letter) && value) {
			if (*letter == 'u')
				set_env_variable(&call->surroundings->environment, value, NULL);
			if (*letter == 'C')
				call->surroundings->directory = value;
			return letter[1] ? 1 : 2;
		} else if (*letter != 'v') {
			return 0;
		}
	}
	return 1;
}

static int read_env_arguments(struct pool *pool, const char *const *arguments,
			      struct env_call *call, unsigned depth)
{
	static const char split[] = "--split-string=";
	bool options = true;
	int r;

	while (depth < ENV_DEPTH_MAX && *arguments) {
		const char *argument = *arguments, *equals = strchr(argument, '=');

		if (options && strncmp(argument, split, strlen(split)) == 0)
			return split_env_argument(pool, argument + strlen(split), arguments + 1,
						  call, depth);
		if (options &&
		    (strcmp(argument, "-") == 0 || strcmp(argument, "--ignore-environment") == 0)) {
			set_env_variable(&call->surroundings->environment, "PATH", NULL);
			set_env_variable(&call->surroundings->environment, "LD_LIBRARY_PATH", NULL);
			arguments++;
		} else if (options && strcmp(argument, "--") == 0) {
			options = false;
			arguments++;
		} else if (options && argument[0] == '-' && argument[1] != '-') {
			r = read_env_options(pool, arguments, call, depth);
			if (r <= 0)
				return r;
			arguments += r;
		} else if (options && argument[0] == '-') {
			return 0;
		} else if (equals) {
			options = false;
			set_env_variable(&call->surroundings->environment, argument, equals + 1);
			arguments++;
		} else {
			call->command = argument;
			return 0;
		}
	}
	return 0;
}

static void examine_env(struct examination *x, const struct program *p)
{
	struct program command = *p;
	struct env_call call = { .surroundings = &command.surroundings };
	bool is_foreign;

	if (read_env_arguments(x->plan->pool, p->arguments, &call, 0) < 0) {
		x->findings->failed = -ENOMEM;
		return;
	}
	/* A variable, or a specifier of the unit. */
	if (!call.command || strpbrk(call.command, "$%"))
		return;
	command.path = call.command;
	command.asked_by = p->script ? p->script : p->path;
	command.depth = 0;
	command.envs++;
	command.arguments = (const char *const[]){ NULL };
	if (strchr(call.command, '/'))
		command.entry = programs_find(&command.surroundings, call.command, &is_foreign);
	else
		command.entry = programs_search(&command.surroundings,
						command.surroundings.environment.path, call.command,
						&command.path, &is_foreign);
	if (command.entry && command.envs < ENV_DEPTH_MAX)
		examine(x, command);
	else if (!command.entry && !is_foreign)
		report_missing(x, p, call.command,
			       strchr(call.command, ' ')
				       ? "env takes all of it for a name, without -S"
				       : "not in the image, where env searches it");
}

/* The shell that runs a text without an interpreter. */
static void examine_shell(struct examination *x, const struct program *p)
{
	struct program shell = *p;
	bool is_foreign;

	shell.path = "/bin/sh";
	shell.asked_by = p->path;
	shell.depth++;
	shell.envs = 0;
	shell.entry = programs_find(&p->surroundings, shell.path, &is_foreign);
	if (shell.entry)
		examine(x, shell);
}

static void examine(struct examination *x, struct program p)
{
	const char *name = strrchr(p.path, '/');
	const struct program_file *file;
	char closed[PATH_MAX];
	mode_t mode;
	int r;

	r = programs_use(&p.surroundings, p.path, p.entry, p.asked_by);
	if (r < 0) {
		x->findings->failed = r;
		return;
	}
	if (p.entry->type != PLAN_FILE || !(p.entry->mode & 0111)) {
		report_not_executable(x, &p,
				      p.entry->type == PLAN_FILE ? "not executable"
				      : p.entry->type == PLAN_DIRECTORY
					      ? "a directory, not a program"
					      : "not a regular file");
		return;
	}
	/* Another rule looks at the permissions of what the unit names. */
	if (!p.surroundings.as_root && (p.depth > 0 || p.envs > 0) &&
	    !view_is_open(p.surroundings.view, p.entry->path, closed, &mode)) {
		report_not_executable(x, &p, "not executable for the user of the service");
		return;
	}
	r = programs_read(x->plan, p.entry, &file);
	if (r < 0) {
		x->findings->failed = r;
		return;
	}
	if (file->interpreter)
		examine_script(x, &p, file);
	/* execvp(3) gives a text without an interpreter to the shell. */
	else if (file->problem && !(p.envs && !file->elf && plan_follow(x->plan, "/bin/sh")))
		report_not_executable(x, &p, file->problem);
	else if (file->problem)
		examine_shell(x, &p);
	else if (file->elf)
		examine_elf(x, &p, file->elf);
	if (strcmp(name ? name + 1 : p.path, "env") == 0)
		examine_env(x, &p);
}

/* The service manager waits for a message of the program. */
static void check_notify(const struct need *need, struct findings *findings)
{
	const char *type = unit_value(need->unit, "Service", "Type");
	struct merged_list families = MERGED_LIST_UNSET;

	if (need->privileged || strcmp(need->key, "ExecStart") != 0 ||
	    (strcmp(type, "notify") != 0 && strcmp(type, "notify-reload") != 0))
		return;
	if (merged_list_read(&families, findings->pool, &need->unit->file,
			     "RestrictAddressFamilies") < 0)
		findings->failed = -ENOMEM;
	else if (!merged_list_allows(&families, "AF_UNIX"))
		report(findings, RULE_NOTIFY_WITHOUT_UNIX, AT_UNIT(need->unit, need->line), type);
}

/* systemd opens /dev/null as the user would, under the policy of the unit. */
static void check_null_device(const struct unit *unit, unsigned line, struct findings *findings)
{
	const char *input = unit_value(unit, "Service", "StandardInput");
	const struct unit_setting *s = NULL;

	if (strcmp(unit_value(unit, "Service", "DevicePolicy"), "strict") != 0 ||
	    (input[0] && strcmp(input, "null") != 0))
		return;
	while ((s = unit_file_next(&unit->file, "Service", "DeviceAllow", s))) {
		size_t length = strcspn(s->value, " \t");
		const char *access = s->value + length + strspn(s->value + length, " \t");

		if ((strncmp(s->value, "char-", strlen("char-")) == 0 ||
		     (length == strlen("/dev/null") &&
		      strncmp(s->value, "/dev/null", length) == 0)) &&
		    (!access[0] || strchr(access, 'r')))
			return;
	}
	report(findings, RULE_NULL_DEVICE_REFUSED, AT_UNIT(unit, line));
}

/* systemd takes the personalities of its own machine, for which the programs are as well. */
static void check_personality(const struct examination *x, const struct unit *unit)
{
	const struct unit_setting *s = NULL;
	const char *name = machine_name(&x->machine), *word;

	while (name && (s = unit_file_next(&unit->file, "Service", "Personality", s))) {
		word = report_escape(x->findings, s->value);
		if (s->value[0] && !architecture_is_kin(name, s->value) &&
		    !findings_has_error(x->findings, AT_UNIT(unit, s->line)))
			report(x->findings, RULE_VALUE_INVALID, AT_UNIT(unit, s->line),
			       "Personality", word,
			       report_format(x->findings, "none that a machine of %s has", name),
			       "ignores the line");
	}
}

/* It may fail; but what it loads is used. */
static void examine_optional(struct examination *x, struct program p)
{
	struct examination own = *x;
	struct findings findings;

	findings_open(&findings, x->plan->pool);
	own.findings = &findings;
	examine(&own, p);
	x->cache = own.cache;
	x->end = own.end;
	if (findings.failed < 0)
		x->findings->failed = findings.failed;
}

static void add_load(struct examination *x, struct load **list, const char *name,
		     const struct request *request, bool optional)
{
	struct load *load = pool_take(x->plan->pool, sizeof *load);
	const char *by = unit_origin(request->unit, request->line, x->plan->pool);

	if (!load || !by) {
		x->findings->failed = -ENOMEM;
		return;
	}
	*load = (struct load){
		.next = *list,
		.name = name,
		.by = by,
		.unit = request->unit,
		.line = request->line,
		.optional = optional,
	};
	*list = load;
}

/* A shared library has no loader and is loaded by a program; what has one is a program. */
static bool is_library(const struct program_file *file)
{
	return file->elf && !file->problem && !file->elf->interpreter && !file->elf->pie &&
	       file->elf->position_independent && file->elf->has_dynamic;
}

/* What the programs of a unit load by themselves. */
static struct load *find_loads(struct examination *x, const struct requests *requests,
			       const struct unit *unit)
{
	const struct program_file *file;
	struct load *loads = NULL;
	struct plan_entry *entry;

	for (const struct requested *q = requests->requested; q; q = q->next) {
		entry = q->request->unit == unit ? plan_follow(x->plan, q->path) : NULL;
		if (entry && entry->type == PLAN_FILE &&
		    programs_read(x->plan, entry, &file) == 0 && is_library(file))
			add_load(x, &loads, q->path, q->request, !q->by_name);
	}
	for (const struct request *q = requests->first; q; q = q->next)
		if (q->unit == unit && q->kind == REQUEST_LIBRARY)
			add_load(x, &loads, q->text, q, false);
	return loads;
}

/* Libraries that none of the service's programs finds. */
static void check_loads(struct examination *x, const struct load *loads)
{
	for (const struct load *l = loads; l; l = l->next)
		if (!l->found && l->name[0] != '/')
			report(x->findings, RULE_REQUESTED_LIBRARY_MISSING,
			       AT_UNIT(l->unit, l->line), report_escape(x->findings, l->name));
}

/*
 * Programs that are requested as files, for the service to run. Many in a directory or a
 * package are for something else, and may lack what they need.
 */
static void examine_requested(struct examination *x, const struct requests *requests)
{
	const struct program_file *file;

	for (const struct requested *q = requests->requested; q; q = q->next) {
		struct program p = { .path = q->path,
				     .key = q->request->key,
				     .unit = q->request->unit,
				     .is_requested = true,
				     .arguments = (const char *const[]){ NULL },
				     .where = AT_UNIT(q->request->unit, q->request->line) };
		int r;

		p.entry = plan_follow(x->plan, q->path);
		if (!p.entry || p.entry->type != PLAN_FILE || !(p.entry->mode & 0111) ||
		    !unit_is_service(q->request->unit))
			continue;
		r = programs_read(x->plan, p.entry, &file);
		if (r == 0 && !file->interpreter && !(file->elf && file->elf->interpreter))
			continue;
		if (r == 0)
			r = programs_surroundings(x->plan, q->request->unit, &p.surroundings);
		p.asked_by = unit_origin(q->request->unit, q->request->line, x->plan->pool);
		if (r < 0 || !p.asked_by)
			x->findings->failed = r < 0 ? r : -ENOMEM;
		else if (q->by_name)
			examine(x, p);
		else
			examine_optional(x, p);
	}
}

void rules_programs(const struct plan *plan, const struct needs *needs,
		    const struct requests *requests, const char *architecture, const char *native,
		    struct findings *findings)
{
	struct examination x = {
		.plan = plan, .architecture = architecture, .native = native, .findings = findings
	};
	struct surroundings surroundings = { 0 };
	const struct unit *unit = NULL;
	bool unexamined = false; /* a program of the unit, which may load what is asked for */

	x.end = &x.processes;
	for (const struct need *need = needs->first; need; need = need->next) {
		struct program p = { .where = AT_UNIT(need->unit, need->line),
				     .key = need->key,
				     .unit = need->unit,
				     .arguments = need->arguments };
		size_t found = findings->n;
		struct plan_entry *entry;
		bool is_foreign;

		p.path = programs_path(plan, need);
		p.asked_by = unit_origin(need->unit, need->line, plan->pool);
		if (!p.path || !p.asked_by ||
		    (need->unit != unit &&
		     programs_surroundings(plan, need->unit, &surroundings) < 0)) {
			findings->failed = -ENOMEM;
			return;
		}
		if (need->unit != unit) {
			check_loads(&x, unexamined ? NULL : surroundings.loads);
			surroundings.loads = find_loads(&x, requests, need->unit);
			unexamined = false;
			check_notify(need, findings);
			check_null_device(need->unit, need->line, findings);
		}
		unit = need->unit;
		p.surroundings = surroundings;
		p.surroundings.as_root = surroundings.as_root || need->as_root;
		entry = plan_follow(plan, p.path);
		p.entry = programs_find(&surroundings, p.path, &is_foreign);
		if (!entry && is_foreign)
			report(findings, RULE_HOST_MUST_HAVE, p.where, need->key, "the program",
			       need->path);
		else if (!entry)
			report(findings,
			       need->optional ? RULE_OPTIONAL_PROGRAM_MISSING
					      : RULE_PROGRAM_MISSING,
			       p.where, need->path, need->key);
		/* Another rule says that it is hidden. */
		else if (p.entry && need->optional)
			examine_optional(&x, p);
		else if (p.entry && !p.entry->reported)
			examine(&x, p);
		else
			unexamined = true;
		if (p.entry && !plan->offer)
			p.entry->reported |= findings->n > found;
	}
	check_loads(&x, unexamined ? NULL : surroundings.loads);
	examine_requested(&x, requests);
	/* After all others: what is found here keeps no other unit's program from being judged. */
	if (!plan->offer)
		rules_run_time(plan, x.processes, findings);
	unit = NULL;
	for (const struct need *need = needs->first; need && x.first; need = need->next) {
		if (need->unit != unit)
			check_personality(&x, need->unit);
		unit = need->unit;
	}
}
