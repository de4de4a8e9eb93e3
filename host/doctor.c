/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb doctor: what is wrong with this host, and with what is attached. */
#include "arguments.h"
#include "attached.h"
#include "elements.h"
#include "enabled.h"
#include "facts.h"
#include "fd.h"
#include "log.h"
#include "report.h"
#include "running.h"
#include "units.h"
#include "verbs.h"

#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* mkportable(1) judges images. */
#define JUDGE "mkportable"

#define LABEL_SIZE 256

static bool arg_json, arg_export;

static void help(void)
{
	printf("Usage: portable-admin doctor [OPTION]... [NAME|IMAGE]...\n"
	       "Look for what is wrong with this host and what is attached to it, and name a remedy.\n"
	       "NAME: only what is attached by it. IMAGE: the path of one that is not attached; mkportable\n"
	       "lint judges it for this host.\n"
	       "\n"
	       "  --json      print JSON\n"
	       "  --export    print the facts of this host, for mkportable lint --host=\n"
	       "  --rules     print the rules\n"
	       "  --help      show this text\n");
}

static const struct option options[] = {
	{ .name = "json", .flag = &arg_json },
	{ .name = "export", .flag = &arg_export },
	{ .name = "rules", .print = complaint_rules_print },
	{ .name = "help", .print = help },
	{ 0 },
};

/* All that is known when the host is judged. */
struct patient {
	struct pool *pool;
	struct facts facts;
	struct attached attached;
	struct unit_states *states;
	struct enabling_link *links;
	struct complaints complaints;
};

/* --- the host ------------------------------------------------------------------- */

static void judge_links(struct patient *patient)
{
	for (const struct enabling_link *link = patient->links; link; link = link->next)
		if (strstr(link->target, "/systemd/system.attached/") &&
		    access(link->target, F_OK) < 0 && errno == ENOENT)
			complain(&patient->complaints, RULE_LINK_LEFT_OVER, link->path,
				 link->target);
}

static void judge_host(struct patient *patient)
{
	const struct facts *facts = &patient->facts;
	struct complaints *complaints = &patient->complaints;

	if (facts->portabled)
		complain(complaints, RULE_PORTABLED_MISSING, NULL, facts->portabled);
	if (!facts->has_loop)
		complain(complaints, RULE_LOOP_MISSING, NULL, "");
	if (!facts_have(facts->file_systems, "squashfs"))
		complain(complaints, RULE_SQUASHFS_MISSING, NULL, "");
	if (facts->container[0])
		complain(complaints, RULE_IN_CONTAINER, NULL, facts->container);
	for (const struct attached_leftover *l = patient->attached.leftovers; l; l = l->next)
		complain(complaints, RULE_LEFT_OVER, l->path, l->what);
	judge_links(patient);
}

/* --- an attached image ------------------------------------------------------------ */

/* A file in a directory that systemd searches before that of the attached unit. */
static void judge_place(struct patient *patient, const struct attached_unit *unit)
{
	static const char *const before[] = {
		"/etc/systemd/system.control", "/run/systemd/system.control",
		"/run/systemd/transient",      "/run/systemd/generator.early",
		"/etc/systemd/system",         "/etc/systemd/system.attached",
		"/run/systemd/system",         NULL,
	};

	for (const char *const *directory = before;
	     *directory && strcmp(*directory, unit->directory) != 0; directory++) {
		const char *path = pool_format(patient->pool, "%s/%s", *directory, unit->name);

		if (!path)
			patient->complaints.failed = -ENOMEM;
		else if (access(path, F_OK) == 0)
			complain(&patient->complaints, RULE_UNIT_SHADOWED, unit->name, path);
	}
}

static void judge_process(struct patient *patient, const struct attached_image *image,
			  const struct unit_state *state)
{
	struct complaints *complaints = &patient->complaints;
	enum running running = RUNNING_UNKNOWN;
	const char *other = NULL;

	if (state->main_pid == 0)
		return;
	if (running_image(patient->pool, (pid_t)state->main_pid, image->path, &running, &other) < 0)
		complaints->failed = -ENOMEM;
	if (running == RUNNING_OTHER)
		complain(complaints, RULE_RUNS_OTHER, state->name, other, state->name);
	else if (running == RUNNING_REPLACED)
		complain(complaints, RULE_RUNS_REPLACED, state->name, state->name);
	else if (running == RUNNING_HOST)
		complain(complaints, RULE_RUNS_HOST, state->name, state->name);
}

/* Whether a unit of the image is active, for one of them may be what is bound to a port. */
static bool image_is_active(const struct attached_image *image, const struct unit_states *states)
{
	bool active = false;

	for (const struct attached_unit *unit = image->units; unit; unit = unit->next) {
		for (const struct unit_state *state = states->first; state; state = state->next)
			active |= unit_is_active(state);
		states = states->next;
	}
	return active;
}

static void judge_listens(struct patient *patient, const struct unit_state *state)
{
	struct port port;

	for (const struct text_list *listen = state->listens; listen; listen = listen->next)
		if (ports_of_listen(listen->text, &port) &&
		    ports_have(patient->facts.ports, &port)) {
			const char *name = pool_format(patient->pool, "%s port %u",
						       port.is_tcp ? "TCP" : "UDP", port.number);

			complain(&patient->complaints, RULE_PORT_TAKEN, state->name,
				 name ? name : "");
		}
}

static void judge_state(struct patient *patient, const struct unit_state *state)
{
	for (const struct text_list *l = state->state_directories; l; l = l->next) {
		const char *public = pool_format(patient->pool, "/var/lib/%s", l->text);
		const char *private = pool_format(patient->pool, "/var/lib/private/%s", l->text);
		char target[1];

		if (!public || !private)
			patient->complaints.failed = -ENOMEM;
		/* With DynamicUser= the first is a link to the second. */
		else if (access(private, F_OK) == 0 && access(public, F_OK) == 0 &&
			 readlink(public, target, sizeof target) < 0)
			complain(&patient->complaints, RULE_STATE_TWICE, state->name, public,
				 private);
	}
}

static void judge_unit(struct patient *patient, const struct attached_image *image,
		       const struct unit_states *states, bool is_active)
{
	const struct attached_unit *unit = states->unit;
	struct complaints *complaints = &patient->complaints;
	const char *enabled = enabled_state(patient->links, unit->directory, unit->name);

	if (unit->profile_is_gone)
		complain(complaints, RULE_PROFILE_GONE, unit->name, unit->profile_path);
	else if (!unit->profile && strcmp(strrchr(unit->name, '.'), ".service") == 0)
		complain(complaints, RULE_NO_PROFILE, unit->name, image->path);
	if (enabled && strcmp(enabled, "masked") == 0)
		complain(complaints, RULE_UNIT_MASKED, unit->name, unit->name);
	else
		judge_place(patient, unit);
	for (const struct unit_state *state = states->first; state; state = state->next) {
		if (state->needs_reload)
			complain(complaints, RULE_RELOAD_PENDING, state->name, "");
		if (strcmp(state->active, "failed") == 0)
			complain(complaints, RULE_UNIT_FAILED, state->name,
				 state->result[0] ? state->result : state->sub, state->name);
		if (state->restarts) {
			const char *number = pool_format(patient->pool, "%u", state->restarts);

			complain(complaints, RULE_RESTARTED, state->name, number ? number : "",
				 state->name);
		}
		judge_process(patient, image, state);
		if (!is_active)
			judge_listens(patient, state);
		judge_state(patient, state);
	}
}

static void judge_label(struct patient *patient, const struct attached_image *image)
{
	char label[LABEL_SIZE];
	ssize_t length = patient->facts.selinux_enforces ? getxattr(image->path, "security.selinux",
								    label, sizeof label - 1)
							 : 0;

	if (length <= 0)
		return;
	label[length] = '\0';
	/* What the reference policy lets systemd and its children mount and read. */
	if (!strstr(label, "systemd_portabled") && !strstr(label, ":usr_t") &&
	    !strstr(label, ":lib_t"))
		complain(&patient->complaints, RULE_SELINUX_LABEL, image->path, label, image->path);
}

/* Those that systemd verifies signatures by; the kernel has others. */
static bool has_certificate(void)
{
	static const char *const directories[] = { "/etc/verity.d", "/run/verity.d",
						   "/usr/local/lib/verity.d", "/usr/lib/verity.d" };
	const struct dirent *entry;
	bool found = false;

	for (size_t i = 0; i < ELEMENTS(directories) && !found; i++) {
		DIR *stream = opendir(directories[i]);

		while (stream && !found && (entry = readdir(stream))) {
			const char *dot = strrchr(entry->d_name, '.');

			found = dot && strcmp(dot, ".crt") == 0;
		}
		if (stream)
			(void)closedir(stream);
	}
	return found;
}

/* The files beside an image: "x.verity" and "x.roothash.p7s" of "x.raw". */
static void judge_protection(struct patient *patient, const struct attached_image *image)
{
	size_t length = strlen(image->path), end = strlen(".raw");
	int stem =
		(int)(length > end && strcmp(image->path + length - end, ".raw") == 0 ? length - end
										      : length);
	const char *tree = pool_format(patient->pool, "%.*s.verity", stem, image->path);
	const char *signature = pool_format(patient->pool, "%.*s.roothash.p7s", stem, image->path);

	if (!tree || !signature) {
		patient->complaints.failed = -ENOMEM;
		return;
	}
	if (access(tree, F_OK) == 0 && !patient->facts.has_verity)
		complain(&patient->complaints, RULE_VERITY_MISSING, image->path, tree);
	if (access(signature, F_OK) == 0 && !has_certificate())
		complain(&patient->complaints, RULE_CERTIFICATE_MISSING, image->path, signature);
}

/* states: from its first unit on. */
static void judge_image(struct patient *patient, const struct attached_image *image,
			const struct unit_states *states)
{
	struct complaints *complaints = &patient->complaints;
	bool is_active = image_is_active(image, states);
	const char *newer = NULL;
	int r = attached_newer(patient->pool, image, &newer);

	if (r == -ENOMEM)
		complaints->failed = r;
	if (access(image->path, F_OK) < 0 && errno == ENOENT)
		complain(complaints, RULE_IMAGE_GONE, image->path, image->name);
	if (newer)
		complain(complaints, RULE_NEWER_VERSION, image->path, newer);
	if (attached_is_deleted(image))
		complain(complaints, RULE_DETACH_DELETES, image->path, "");
	judge_label(patient, image);
	judge_protection(patient, image);
	for (const struct attached_unit *unit = image->units; unit; unit = unit->next) {
		judge_unit(patient, image, states, is_active);
		states = states->next;
	}
}

/* --- the verb --------------------------------------------------------------------- */

static int examine(struct patient *patient, sd_bus *bus)
{
	int r = attached_find(patient->pool, "", &patient->attached);

	if (r >= 0)
		r = enabling_links(patient->pool, "", &patient->links);
	if (r >= 0)
		r = facts_find(bus, patient->pool, &patient->facts);
	if (r >= 0)
		r = units_ask(bus, patient->pool, patient->attached.images, &patient->states);
	complaints_open(&patient->complaints, patient->pool);
	return r;
}

/* Returns whether an attached image has this name; NULL: all of them. */
static bool judge_attached(struct patient *patient, const char *name)
{
	const struct unit_states *states = patient->states;
	bool found = false;

	for (const struct attached_image *image = patient->attached.images; image;
	     image = image->next) {
		if (!name || attached_is(image, name)) {
			judge_image(patient, image, states);
			found = true;
		}
		states = units_after(states, image);
	}
	return found;
}

/* A file that only descriptors name; NULL, logged. */
static FILE *open_facts(void)
{
	int fd = memfd_create("facts", 0);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (!out) {
		log_failure(-errno, "cannot create a file for the facts of this host");
		close_fd(&fd);
	}
	return out;
}

/* Runs mkportable lint. Returns its exit status, or a negative errno for what was logged. */
static int run_lint(char *const *arguments)
{
	int status = 0, r;
	pid_t pid;

	(void)fflush(stdout);
	r = -posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ);
	while (r == 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			r = -errno;
	if (r < 0) {
		log_failure(r, "cannot run %s, which judges images", arguments[0]);
		return r;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The same, with the facts of this host. */
static int judge_by_lint(struct patient *patient, sd_bus *bus, char **images)
{
	char host[] = "--host=/proc/self/fd/9999999999", json[] = "--format=json";
	char name[] = JUDGE, verb[] = "lint", text[] = "--format=text", end[] = "--";
	size_t n = 0;
	char **arguments;
	FILE *out;
	int r;

	for (char **image = images; *image; image++)
		n++;
	arguments = pool_take(patient->pool, (n + 6) * sizeof *arguments);
	if (!arguments)
		return pool_exhausted();
	out = open_facts();
	if (!out)
		return -EIO;
	(void)snprintf(host, sizeof host, "--host=/proc/self/fd/%d", fileno(out));
	arguments[0] = name;
	arguments[1] = verb;
	arguments[2] = host;
	arguments[3] = arg_json ? json : text;
	arguments[4] = end;
	memcpy(arguments + 5, images, n * sizeof *images);
	r = facts_write(out, bus, patient->pool, &patient->facts, patient->states);
	if (r >= 0 && (fflush(out) != 0 || ferror(out))) {
		r = -EIO;
		log_failure(r, "cannot write the facts of this host");
	}
	if (r >= 0)
		r = run_lint(arguments);
	(void)fclose(out);
	return r;
}

/* Returns the exit status of mkportable lint, 0 without it, or a negative errno. */
static int run(struct patient *patient, char **names)
{
	CLEANUP_BUS sd_bus *bus = NULL;
	char **paths = names, **names_end = names, shown[LOG_ESCAPED_SIZE];
	int r = bus_open(&bus);

	if (r >= 0)
		r = examine(patient, bus);
	if (r < 0)
		return r;
	if (arg_export)
		return facts_write(stdout, bus, patient->pool, &patient->facts, patient->states);
	if (!*names) {
		judge_host(patient);
		(void)judge_attached(patient, NULL);
	}
	for (; *names_end; names_end++) {
		if (judge_attached(patient, *names_end))
			continue;
		if (!strchr(*names_end, '/')) {
			log_error("'%s' is not attached; an image that is not needs its path",
				  log_escape(*names_end, shown));
			return -ENOENT;
		}
		*paths++ = *names_end;
	}
	if (patient->complaints.failed)
		return pool_exhausted();
	if (paths > names && paths < names_end && arg_json) {
		log_error("with --json, name either what is attached or images");
		return -EINVAL;
	}
	if (paths == names || !arg_json)
		(arg_json ? complaints_write_json : complaints_print)(stdout, &patient->complaints);
	if (paths == names)
		return 0;
	*paths = NULL;
	return judge_by_lint(patient, bus, names);
}

int doctor_main(int argc, char *argv[])
{
	struct pool pool = POOL_EMPTY;
	struct patient patient = { .pool = &pool };
	int status = arguments_parse(argc, argv, options, argc);

	if (status >= 0)
		return status;
	if (arg_export && (arg_json || argv[1]))
		return usage_error("doctor: --export goes with no other option and no name", NULL);
	status = run(&patient, argv + 1);
	if (status <= 0)
		status = status < 0 || patient.complaints.errors ? EXIT_FAILURE : EXIT_SUCCESS;
	pool_release(&pool);
	return status;
}
