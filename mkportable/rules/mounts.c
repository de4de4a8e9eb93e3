/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether each service finds what it needs in what systemd mounts for it. */
#include "base/elf.h"
#include "elements.h"
#include "plan/programs.h"
#include "plan/view.h"
#include "rules/topics.h"
#include "units/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct seen {
	struct seen *next;
	enum rule rule;
	const char *unit; /* NULL: the whole image */
	unsigned line;
	const char *path;
};

/* One service, or an instance of it, in one view. */
struct judging {
	struct sights *sights;
	struct findings *findings;
	const struct unit *unit;
	struct mounts mounts;
	bool privileged;  /* the view is for commands with "+" */
	const char *when; /* a fault is one only then, and a warning; NULL: an error */
};

/* Whether it is the first time. unit: NULL for the whole image. */
static bool is_new(struct judging *j, enum rule rule, const struct unit *unit, unsigned line,
		   const char *path)
{
	const char *name = unit ? unit->name : NULL;
	struct seen *seen;

	if (j->findings->n >= FINDINGS_MAX)
		return false;
	for (seen = j->sights->seen; seen; seen = seen->next)
		if (seen->line == line && strcmp(seen->path, path) == 0 &&
		    (seen->unit && name ? strcmp(seen->unit, name) == 0 : seen->unit == name) &&
		    (rule == RULE_PLACE_SOMETIMES_MISSING || seen->rule == rule))
			return false;
	seen = pool_take(j->findings->pool, sizeof *seen);
	if (!seen) {
		j->findings->failed = -ENOMEM;
		return false;
	}
	*seen = (struct seen){ j->sights->seen, rule, name, line,
			       report_format(j->findings, "%s", path) };
	j->sights->seen = seen;
	return true;
}

/* What keeps systemd from mounting its own /run: a setting of the service; or NULL. */
static const struct mount *instead_of_run(const struct mounts *mounts)
{
	for (const struct mount *m = mounts->first; m; m = m->next)
		if (m->key && strcmp(m->path, "/run") == 0 && m->mode < MOUNT_RUN)
			return m;
	return NULL;
}

static enum rule rule_of(const struct view_fault *fault)
{
	const struct mount *m = fault->mount;

	if (!m)
		return RULE_WORKING_DIRECTORY_MISSING;
	if (m->mode == MOUNT_LINK)
		return RULE_STATE_DIRECTORY_LINK_WRONG;
	if (m->owned)
		return RULE_STATE_DIRECTORY_STUB_MISSING;
	if (!m->key)
		return RULE_API_DIRECTORY_MISSING;
	if (m->line == 0 && m->source && strcmp(m->source, MACHINE_ID) == 0)
		return RULE_MACHINE_ID_MISSING;
	if (m->line == 0 && m->source && strcmp(m->source, RESOLV_CONF) == 0)
		return RULE_RESOLV_CONF_NOT_FILE;
	return RULE_BIND_TARGET_MISSING;
}

/* In the /run of a service, what is always mounted is missing only together with all of it. */
static bool report_run(struct judging *j, const struct view_fault *fault)
{
	const struct mount *other = instead_of_run(&j->mounts);
	const char *key = other ? other->key : "MountAPIVFS";
	unsigned line = other ? other->line : 0;

	if (strncmp(fault->path, "/run/", strlen("/run/")) != 0 || !fault->mount ||
	    (fault->mount->key && !other))
		return false;
	if (!j->when && is_new(j, RULE_RUN_NOT_MOUNTED, j->unit, line, key))
		report(j->findings, RULE_RUN_NOT_MOUNTED, AT_UNIT(j->unit, line), key, fault->path);
	return true;
}

static const char *shown_path(struct judging *j, const char *path)
{
	const char *shown = mounts_shown_path(j->findings->pool, path);

	if (shown)
		return shown;
	j->findings->failed = -ENOMEM;
	return "";
}

static void report_fault(void *userdata, const struct view_fault *fault)
{
	struct judging *j = userdata;
	const char *path = shown_path(j, fault->path);
	enum rule rule = rule_of(fault);
	const char *when = j->when, *key = fault->key ? fault->key : "a mount of systemd";
	bool whole = rule == RULE_API_DIRECTORY_MISSING || rule == RULE_MACHINE_ID_MISSING ||
		     rule == RULE_RESOLV_CONF_NOT_FILE;
	struct location where = whole ? WHOLE_IMAGE : AT_UNIT(j->unit, fault->line);

	if (fault->host_path) {
		if (!when && is_new(j, RULE_HOST_MUST_HAVE, j->unit, fault->line, path))
			report(j->findings, RULE_HOST_MUST_HAVE, where, key, "the file",
			       fault->host_path);
		return;
	}
	if (report_run(j, fault))
		return;
	/* Whether the host has the source of a bind with "-" is known only for some files. */
	if (rule == RULE_BIND_TARGET_MISSING && fault->mount->optional && fault->mount->source &&
	    !view_is_on_every_host(fault->mount->source))
		when = "the start fails on hosts that have what is bound";
	if (fault->mount && fault->mount->mode == MOUNT_OVERLAY)
		when = "systemd leaves out what the extension has there";
	else if (fault->is_in_extension)
		when = "the start fails unless an extension has it";
	if (when)
		rule = RULE_PLACE_SOMETIMES_MISSING;
	if (!is_new(j, rule, whole ? NULL : j->unit, fault->line, path))
		return;
	if (when)
		report(j->findings, rule, where, key, path, fault->problem, when);
	else if (rule == RULE_MACHINE_ID_MISSING || rule == RULE_RESOLV_CONF_NOT_FILE)
		report(j->findings, rule, where, fault->problem);
	else if (rule == RULE_API_DIRECTORY_MISSING)
		report(j->findings, rule, where, path, fault->problem);
	else if (rule == RULE_STATE_DIRECTORY_LINK_WRONG)
		report(j->findings, rule, where, key, path, shown_path(j, fault->target),
		       fault->problem);
	else
		report(j->findings, rule, where, key, path, fault->problem);
}

/* Commands with "+" have no /proc, /sys and /run, over which the rest would be mounted. */
static void report_privileged(void *userdata, const struct view_fault *fault)
{
	static const char *const later[] = { "ExecReload", "ExecReloadPost", "ExecStop",
					     "ExecStopPost" };
	struct judging *j = userdata;

	for (const struct need *need = j->sights->needs->first; need; need = need->next) {
		enum rule rule = RULE_PRIVILEGED_COMMAND_FAILS;

		if (!fault->mount || fault->host_path || need->unit != j->unit ||
		    !need->privileged || need->optional)
			continue;
		for (size_t i = 0; i < ELEMENTS(later); i++)
			if (strcmp(need->key, later[i]) == 0)
				rule = RULE_PRIVILEGED_COMMAND_FAILS_LATER;
		if (is_new(j, rule, j->unit, need->line, need->key))
			report(j->findings, rule, AT_UNIT(j->unit, need->line), need->key,
			       fault->path);
	}
}

static void report_closed(struct judging *j, const struct view *view, unsigned line,
			  const char *path, bool is_directory)
{
	char obstacle[PATH_MAX];
	mode_t mode;

	if (!view_is_open(view, path, obstacle, &mode) &&
	    (mode & 0111 || strcmp(obstacle, path) != 0 ||
	     is_directory) && /* else nobody may run it */
	    is_new(j, RULE_USER_NOT_PERMITTED, j->unit, line, obstacle))
		report(j->findings, RULE_USER_NOT_PERMITTED, AT_UNIT(j->unit, line), path, obstacle,
		       report_format(j->findings, "%04o", mode));
}

/* Programs that every host has, should a directory of the host hide those of the image. */
static bool is_program_of_hosts(const char *path)
{
	static const char *const names[] = { "bash", "cat",   "chmod",   "chown", "cp",    "echo",
					     "env",  "false", "install", "ls",    "mkdir", "mv",
					     "rm",   "sh",    "sleep",   "test",  "touch", "true" };
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; slash && i < ELEMENTS(names); i++)
		if (strcmp(slash + 1, names[i]) == 0)
			return true;
	return false;
}

/* The loader of a dynamic program, which is executed as well; NULL: none. */
static const char *loader_of(struct judging *j, struct plan_entry *program)
{
	const struct program_file *file;

	if (programs_read(j->sights->plan, program, &file) < 0 || !file->elf)
		return NULL;
	return file->elf->interpreter;
}

/* Whether NoExecPaths= or the like is in the way of a program, or of its loader. */
static bool is_noexec(struct judging *j, const struct view *view, const struct view_place *program)
{
	struct view_place loader;
	const char *path;
	bool has_noexec = false;

	for (const struct mount *m = j->mounts.first; m; m = m->next)
		has_noexec = has_noexec || m->mode == MOUNT_NOEXEC;
	if (view_is_noexec(view, program->path))
		return true;
	path = has_noexec && program->entry ? loader_of(j, program->entry) : NULL;
	if (!path)
		return false;
	view_find(view, path, &loader);
	return view_is_noexec(view, loader.path);
}

/*
 * Whether a program of the host is bound over that of the image, which may be there only to
 * be mounted over. Those of the host's own /usr/bin need its libraries.
 */
static bool is_bound(const struct judging *j, const struct view_place *place)
{
	const struct mount *m = place->mount;
	bool is_of_system;

	if (place->kind != VIEW_MOUNTED || !m || m->mode != MOUNT_BIND || !m->source ||
	    strcmp(m->path, place->path) != 0)
		return false;
	is_of_system = strncmp(m->source, "/usr/bin/", strlen("/usr/bin/")) == 0 ||
		       strncmp(m->source, "/bin/", strlen("/bin/")) == 0;
	return !is_of_system || plan_follow(j->sights->plan, "/lib64") ||
	       plan_follow(j->sights->plan, "/lib");
}

static void check_program(struct judging *j, const struct view *view, const struct need *need)
{
	const char *path = programs_path(j->sights->plan, need);
	struct location where = AT_UNIT(j->unit, need->line);
	struct view_place place;
	bool is_there;

	if (!path)
		return;
	is_there = plan_follow(j->sights->plan, path) != NULL;
	view_find(view, path, &place);
	if (place.kind == VIEW_IMAGE || (place.kind == VIEW_UNKNOWN && !is_there)) {
		if (!is_noexec(j, view, &place)) {
			if (!j->mounts.user_is_root && !need->as_root && is_there)
				report_closed(j, view, need->line, place.path, false);
		} else if (is_new(j, RULE_PROGRAM_NOT_EXECUTABLE, j->unit, need->line, path)) {
			report(j->findings, RULE_PROGRAM_NOT_EXECUTABLE, where, path,
			       "it, or its loader, is mounted without permission to execute");
		}
	} else if (is_bound(j, &place)) {
		if (is_new(j, RULE_HOST_MUST_HAVE, j->unit, need->line, path))
			report(j->findings, RULE_HOST_MUST_HAVE, where, need->key, "the program",
			       place.mount->source);
	} else if (is_there && !(place.kind == VIEW_UNKNOWN && is_program_of_hosts(path)) &&
		   is_new(j, RULE_PROGRAM_HIDDEN, j->unit, need->line, path)) {
		report(j->findings, RULE_PROGRAM_HIDDEN, where, path, need->key,
		       place.mount && place.mount->key ? place.mount->key : "systemd",
		       place.mount ? place.mount->path : "/");
	}
}

static void report_hidden(struct judging *j, const struct mount *by, const char *path)
{
	if (is_new(j, RULE_API_DIRECTORY_HIDDEN, j->unit, by->line, path))
		report(j->findings, RULE_API_DIRECTORY_HIDDEN, AT_UNIT(j->unit, by->line), by->key,
		       path);
}

/* What systemd itself looks for, when all is mounted. */
static void check_hidden(struct judging *j, const struct view *view)
{
	static const char *const paths[] = { "/run/systemd/incoming", "/proc/self" };
	struct view_place place;

	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		view_find(view, paths[i], &place);
		/* 262 does without incoming. */
		if (!place.mount || !place.mount->key ||
		    (i == 0 && j->sights->systemd_version > 257))
			continue;
		/* For PrivateUsers= systemd writes to /proc/self/uid_map. */
		if (place.kind == VIEW_MISSING ||
		    (i == 1 && view->mounts->private_users &&
		     (place.mount->read_only ||
		      (place.mount->source && strcmp(place.mount->source, "/proc") != 0))))
			report_hidden(j, place.mount, paths[i]);
	}
}

static void check_user(struct judging *j, const struct view *view)
{
	struct view_place place;
	bool has_command = false;

	for (const struct need *need = j->sights->needs->first; need; need = need->next) {
		if (need->unit != j->unit || need->optional || need->privileged)
			continue;
		has_command = has_command || !need->as_root;
		check_program(j, view, need);
	}
	if (!has_command || j->mounts.user_is_root || j->mounts.directory_optional ||
	    !j->mounts.directory)
		return;
	view_find(view, j->mounts.directory, &place);
	if (place.kind == VIEW_IMAGE || place.kind == VIEW_MOUNTED)
		report_closed(j, view, j->mounts.directory_line, place.path, true);
}

/* One view of a service. Mistakes in values were reported. */
static int judge(struct judging *j, struct mounts_request request, const struct unit_file *profile,
		 bool writable)
{
	struct pool *pool = j->findings->pool;
	struct view view;
	int r;

	request.profile = profile;
	request.quiet = true;
	request.privileged = j->privileged;
	r = mounts_read(pool, &request, &j->mounts);
	if (r < 0 && r != -EINVAL)
		return r;
	/* systemd mounts a disk image read-only if nothing that it knows of writes to it. */
	if (j->mounts.read_only_root && !j->sights->is_directory)
		writable = false;
	r = view_make(&view, j->sights->plan, &j->mounts, writable,
		      j->privileged ? report_privileged : report_fault, j);
	if (r == 0 && !j->when && !j->privileged) {
		check_hidden(j, &view);
		check_user(j, &view);
	}
	if (r == 0 && view.undecided && !j->when && !j->privileged &&
	    is_new(j, RULE_SPECIFIER_UNDECIDED, j->unit, 0, ""))
		report(j->findings, RULE_SPECIFIER_UNDECIDED, AT_UNIT(j->unit, 0),
		       "'%i' is known only when the unit starts");
	return r;
}

static int judge_instance(struct judging *j, struct mounts_request request,
			  const struct profile *profile)
{
	const struct unit_file *settings = profile ? &profile->settings : &mounts_default_profile;
	bool writable = j->sights->writable;
	int r;

	r = judge(j, request, settings, writable);
	for (const struct need *need = j->sights->needs->first; need; need = need->next)
		j->privileged = j->privileged || (need->unit == j->unit && need->privileged);
	if (j->privileged && r == 0)
		r = judge(j, request, settings, writable);
	j->privileged = false;
	if (profile || r < 0)
		return r;
	j->when = "the start fails if a profile does not make everything read-only";
	r = judge(j, request, NULL, writable);
	j->when =
		"systemd makes it, since the image is writable; from a read-only image the start fails";
	if (r == 0 && writable)
		r = judge(j, request, settings, false);
	j->when = NULL;
	return r;
}

void rules_mounts(struct sights *sights, const struct profile *profile, struct findings *findings)
{
	struct judging j = { .sights = sights, .findings = findings };

	for (j.unit = sights->units; j.unit; j.unit = j.unit->next) {
		struct mounts_request request = { .unit = j.unit,
						  .is_directory = sights->is_directory,
						  .systemd_version = sights->systemd_version };
		size_t state = 0;
		int r;

		if (!unit_is_service(j.unit))
			continue;
		do {
			request.instance =
				mounts_next_instance(findings->pool, j.unit, sights->units, &state);
			r = judge_instance(&j, request, profile);
		} while (request.instance && r >= 0);
		if (r < 0)
			findings->failed = r;
	}
}
