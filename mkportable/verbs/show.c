/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb show: what is in an image. What takes time or can fail is found first; then
 * everything is printed, as text or as JSON.
 */
#include "verbs/verbs.h"

#include "arguments.h"
#include "base/elf.h"
#include "disk/hex.h"
#include "elements.h"
#include "json.h"
#include "log.h"
#include "plan/programs.h"
#include "plan/requested.h"
#include "rules/exposure.h"
#include "rules/topics.h"
#include "units/facts.h"
#include "units/mounts.h"
#include "verbs/kubernetes.h"
#include "verbs/opened-image.h"
#include "verbs/sbom.h"
#include "write/pack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of --json: raised when something that was there is no longer, or means something else. */
#define JSON_VERSION 1

static struct texts arg_profiles; /* none: those that are installed here */
static bool arg_all_profiles, arg_files, arg_json, arg_kubernetes;
static const struct sbom_format *arg_sbom; /* NULL: none */
static struct texts arg_roots;
static const char *arg_reference; /* of the image in a registry; NULL: as build names it */

struct program {
	struct program *next;
	const char *path;
	uint64_t size;
	const char *linkage;
	bool is_elf;
	struct elf_facts facts;
};

/* What there is to show of an image, on one of the machines that it is for. */
struct show {
	struct show *next; /* on another machine */
	struct opened_image *opened;
	struct pool *pool;
	const struct profile *profiles;
	struct program *programs, **programs_end;
	struct exposure *exposures;

	struct json *json;
	const char *list; /* that is being printed */
};

static void help(void)
{
	printf("Usage: mkportable show [OPTION]... IMAGE\n"
	       "Show what is in a portable service image.\n"
	       "\n"
	       "  --profile=NAME|PATH    count the exposure under this profile, instead of under\n"
	       "                         each that is installed; may be given more than once\n"
	       "  --files                list the files as well, and what asks for each\n"
	       "  --json                 print JSON\n"
	       "  --kubernetes[=IMAGE]   print a manifest by which Kubernetes and podman run it,\n"
	       "                         under this name in a registry\n"
	       "  --sbom=FORMAT          print a bill of materials: cyclonedx or spdx\n"
	       "  --root=TREE            find the packages of files in this tree, which the image\n"
	       "                         was built from; may be given more than once\n"
	       "  --help                 show this text\n");
}

static int parse_kubernetes(const char *reference)
{
	arg_kubernetes = true;
	arg_reference = reference;
	return reference && !reference[0] ? -EINVAL : 0;
}

static int parse_sbom(const char *name)
{
	for (const struct sbom_format *format = sbom_formats; format->name; format++) {
		if (strcmp(name, format->name) == 0) {
			arg_sbom = format;
			return 0;
		}
	}
	return -EINVAL;
}

static const struct option options[] = {
	{ .name = "profile", .texts = &arg_profiles, .nonempty = true },
	{ .name = "files", .flag = &arg_files },
	{ .name = "json", .flag = &arg_json },
	{ .name = "kubernetes",
	  .parse = parse_kubernetes,
	  .bare = true,
	  .mistake = "not the name of an image" },
	{ .name = "sbom", .parse = parse_sbom, .mistake = "not one of " SBOM_FORMATS },
	{ .name = "root", .texts = &arg_roots, .nonempty = true },
	{ .name = "help", .print = help },
	{ 0 },
};

static void add_program(struct show *show, const char *path)
{
	const struct plan_entry *entry = plan_follow(&show->opened->plan, path);
	struct program *program = show->programs;
	char *bytes;
	size_t size;

	while (program && strcmp(program->path, path) != 0)
		program = program->next;
	if (program || !entry || entry->type != PLAN_FILE)
		return;
	program = pool_take(show->pool, sizeof *program);
	if (!program) {
		show->opened->image.findings.failed = -ENOMEM;
		return;
	}
	*program = (struct program){ .path = path, .size = entry->size, .linkage = "unreadable" };
	*show->programs_end = program;
	show->programs_end = &program->next;
	if (plan_read(&show->opened->plan, entry, PROGRAM_SIZE_MAX, &bytes, &size) < 0)
		return;
	program->is_elf = elf_read(show->pool, bytes, size, &program->facts) == 0;
	if (program->is_elf)
		program->linkage = program->facts.interpreter ? "dynamic" : "static";
	else
		program->linkage = size >= 2 && memcmp(bytes, "#!", 2) == 0 ? "script" : "unknown";
	free(bytes);
}

static void find_programs(struct show *show)
{
	static const char *const inits[] = { INIT_PROGRAM, INIT_LINK };
	const struct plan *plan = &show->opened->plan;
	bool has_init = false;

	show->programs_end = &show->programs;
	for (const struct need *need = show->opened->image.needs.first; need; need = need->next) {
		const char *path = programs_path(plan, need);

		if (path)
			add_program(show, path);
	}
	/* What the image is booted with, and no unit names. */
	for (size_t i = 0; i < ELEMENTS(inits) && !has_init; i++) {
		const struct plan_entry *entry = plan_follow(plan, inits[i]);

		has_init = entry && entry->type == PLAN_FILE;
		if (has_init)
			add_program(show, inits[i]);
	}
}

/* --- what is printed: JSON has a key for each value, text has them in their order --- */

struct cell {
	const char *key;
	enum {
		CELL_TEXT,
		CELL_NUMBER,
		CELL_BOOL,
		CELL_UNKNOWN
	} kind;
	uint64_t number;  /* a boolean as well */
	const char *text; /* of numbers and booleans what text has; NULL: nothing */
};

static struct cell text_cell(const char *key, const char *text)
{
	return (struct cell){ key, text ? CELL_TEXT : CELL_UNKNOWN, 0, text };
}

static struct cell number_cell(struct show *show, const char *key, uint64_t number)
{
	return (struct cell){ key, CELL_NUMBER, number,
			      pool_format(show->pool, "%" PRIu64, number) };
}

/* yes, no: what text has then; NULL: nothing. */
static struct cell bool_cell(const char *key, bool is_known, bool value, const char *yes,
			     const char *no)
{
	if (!is_known)
		return text_cell(key, NULL);
	return (struct cell){ key, CELL_BOOL, value, value ? yes : no };
}

static void print_json_cell(struct json *json, const struct cell *cell)
{
	if (cell->kind == CELL_NUMBER)
		json_number(json, cell->key, cell->number);
	else if (cell->kind == CELL_BOOL)
		json_bool(json, cell->key, cell->number);
	else
		json_text(json, cell->key, cell->kind == CELL_TEXT ? cell->text : NULL);
}

/* A value of the image itself. */
static void print_value(struct show *show, struct cell cell)
{
	char shown[LOG_ESCAPED_SIZE];

	if (arg_json)
		print_json_cell(show->json, &cell);
	else if (cell.text)
		printf("%s: %s\n", cell.key, log_escape(cell.text, shown));
}

static void open_list(struct show *show, const char *name)
{
	show->list = name;
	if (arg_json)
		json_open(show->json, name, '[');
}

static void close_list(struct show *show)
{
	if (arg_json)
		json_close(show->json, ']');
}

#define print_row(show, ...) print_cells((show), (const struct cell[]){ __VA_ARGS__, { 0 } })
static void print_cells(struct show *show, const struct cell *cell)
{
	char shown[LOG_ESCAPED_SIZE];

	if (arg_json) {
		json_open(show->json, NULL, '{');
		for (; cell->key; cell++)
			print_json_cell(show->json, cell);
		json_close(show->json, '}');
		return;
	}
	printf("%s:", show->list);
	for (; cell->key; cell++)
		if (cell->text)
			printf("  %s", log_escape(cell->text, shown));
	(void)putchar('\n');
}

static void print_identity(struct show *show)
{
	const struct os_release *release = &show->opened->image.os_release;
	const struct image_file *file = &show->opened->file;
	const char *version = os_release_value(release, "IMAGE_VERSION");

	if (!version)
		version = os_release_value(release, "VERSION_ID");
	print_value(show, text_cell("id", show->opened->image.prefix));
	print_value(show, text_cell("image_version", version));
	print_value(show, text_cell("architecture", os_release_value(release, "ARCHITECTURE")));
	print_value(show,
		    text_cell("description", os_release_value(release, "PORTABLE_PRETTY_NAME")));
	print_value(show, text_cell("format", file->format));
	print_value(show, text_cell("compression", file->compression));
	print_value(show,
		    file->size ? number_cell(show, "size", file->size) : text_cell("size", NULL));
}

/* What dm-verity would find; everything is null, or left out, without it. */
static void print_verity(struct show *show)
{
	static const char *const trees[] = {
		[TREE_NONE] = NULL,
		[TREE_DAMAGED] = "damaged",
		[TREE_UNCHECKED] = "unchecked",
		[TREE_DIFFERS] = "differs",
		[TREE_FITS] = "fits",
	};
	const struct image_verity *v = &show->opened->file.protection;
	const char *signature = v->signature <= SIGNATURE_MISSING   ? NULL
				: v->signature == SIGNATURE_DAMAGED ? "damaged"
								    : "unchecked";
	char root_hash[DIGEST_TEXT_SIZE];

	hex_encode(v->root_hash, DIGEST_SIZE, root_hash);
	print_value(show, text_cell("verity", trees[v->tree]));
	print_value(show, text_cell("root_hash", v->tree == TREE_FITS ? root_hash : NULL));
	print_value(show, text_cell("signature", signature));
}

static void print_partitions(struct show *show)
{
	static const char *const roles[PARTITION_ROLES] = {
		[PARTITION_OTHER] = "other",
		[PARTITION_ROOT] = "root",
		[PARTITION_VERITY] = "verity",
		[PARTITION_SIGNATURE] = "signature",
	};
	const struct gpt *gpt = show->opened->file.gpt;
	char uuid[UUID_TEXT_SIZE];

	open_list(show, "partitions");
	for (unsigned i = 0; gpt && i < gpt->n; i++) {
		const struct gpt_partition *p = &gpt->partitions[i];
		const char *machine =
			p->type && p->type->architecture[0] ? p->type->architecture : NULL;

		print_row(show, text_cell("role", roles[p->role]),
			  text_cell("architecture", machine), number_cell(show, "size", p->size),
			  text_cell("uuid", uuid_format(&p->uuid, uuid)),
			  text_cell("label", p->label));
	}
	close_list(show);
}

static void print_programs(struct show *show)
{
	open_list(show, "programs");
	for (const struct program *p = show->programs; p; p = p->next) {
		const struct elf_facts *facts = &p->facts;
		/* At a fixed address and static there is nothing left to bind. */
		bool binds = p->is_elf && facts->has_dynamic;
		/* A static program also has the checks of its libc: they cannot be told apart. */
		bool imports = p->is_elf && facts->interpreter;

		print_row(show, text_cell("path", p->path), number_cell(show, "size", p->size),
			  text_cell("linkage", p->linkage),
			  bool_cell("pie", p->is_elf, facts->position_independent, "PIE", "no PIE"),
			  bool_cell("relro", p->is_elf, facts->relro, "RELRO", "no RELRO"),
			  bool_cell("bind_now", binds, facts->binds_now, "BIND_NOW", "no BIND_NOW"),
			  bool_cell("nx_stack", p->is_elf, facts->stack_not_executable, "NX stack",
				    "executable stack"),
			  bool_cell("stack_protector", imports, facts->imports_stack_check,
				    "stack protector", "no stack protector"));
	}
	close_list(show);
}

static void print_sockets(struct show *show, const struct unit *unit)
{
	for (size_t i = 0; i < unit->file.n; i++) {
		const struct unit_setting *s = &unit->file.settings[i];

		if (strcmp(s->section, "Socket") == 0 && strncmp(s->key, "Listen", 6) == 0)
			print_row(show, text_cell("address", s->value),
				  text_cell("kind", s->key + 6), text_cell("unit", unit->name));
	}
}

static void print_user(struct show *show, const struct unit *unit)
{
	const char *user = unit_value(unit, "Service", "User");

	if (!user[0])
		user = unit_file_is_yes(&unit->file, "Service", "DynamicUser") ? "dynamic" : "root";
	print_row(show, text_cell("unit", unit->name), text_cell("user", user));
}

/* Those that systemd makes for a service on the host, as it sees them. */
static void print_directories(struct show *show, const struct unit *unit)
{
	struct pool *pool = &show->opened->pool;
	struct mounts mounts;
	const char *path;

	(void)mounts_read(pool, &(struct mounts_request){ .unit = unit, .quiet = true }, &mounts);
	for (const struct mount *mount = mounts.first; mount; mount = mount->next) {
		if (!mount->owned || strncmp(mount->path, "/run/", strlen("/run/")) == 0)
			continue;
		path = mounts_shown_path(pool, mount->path);
		if (!path)
			show->opened->image.findings.failed = -ENOMEM;
		print_row(show, text_cell("path", path), text_cell("setting", mount->key),
			  text_cell("unit", unit->name));
	}
}

/* What the units say, in five lists. */
static void print_units(struct show *show)
{
	const struct unit *units = show->opened->image.units;

	open_list(show, "units");
	for (const struct unit *unit = units; unit; unit = unit->next)
		print_row(show, text_cell("name", unit->name),
			  text_cell("description", unit_value(unit, "Unit", "Description")));
	close_list(show);
	print_programs(show);
	open_list(show, "sockets");
	for (const struct unit *unit = units; unit; unit = unit->next)
		if (strcmp(unit->suffix, ".socket") == 0)
			print_sockets(show, unit);
	close_list(show);
	open_list(show, "directories");
	for (const struct unit *unit = units; unit; unit = unit->next)
		if (unit_is_service(unit))
			print_directories(show, unit);
	close_list(show);
	open_list(show, "users");
	for (const struct unit *unit = units; unit; unit = unit->next)
		if (unit_is_service(unit))
			print_user(show, unit);
	close_list(show);
}

/* The profiles that are counted with, and those of systemd that are not here. */
static void print_profiles(struct show *show)
{
	static const char *const stock[] = { "default", "nonetwork", "strict", "trusted" };
	static const struct cell nowhere = { "path", CELL_UNKNOWN, 0, "(not on this host)" };

	open_list(show, "profiles");
	for (size_t i = 0; i < arg_profiles.n; i++)
		print_row(show, text_cell("name", show->profiles[i].name),
			  text_cell("path", show->profiles[i].path));
	for (size_t i = 0; i < ELEMENTS(stock) && arg_all_profiles; i++) {
		bool is_here = false;

		for (size_t j = 0; j < arg_profiles.n; j++)
			is_here |= strcmp(arg_profiles.at[j], stock[i]) == 0;
		if (!is_here)
			print_row(show, text_cell("name", stock[i]), nowhere);
	}
	close_list(show);
}

static bool is_for_systemd(const char *path)
{
	static const char *const files[] = { ETC_OS_RELEASE, USR_OS_RELEASE, MACHINE_ID,
					     RESOLV_CONF };

	for (size_t i = 0; i < ELEMENTS(files); i++)
		if (strcmp(path, files[i]) == 0)
			return true;
	for (size_t i = 0; unit_directories[i]; i++) {
		size_t length = strlen(unit_directories[i]);

		if (strncmp(path, unit_directories[i], length) == 0 && path[length] == '/')
			return true;
	}
	return false;
}

/* The rules marked what they found in use. */
static void print_files(struct show *show)
{
	struct plan *plan = &show->opened->plan;
	struct plan_entry **entries = plan_sorted(plan);

	if (!entries || requested_take(plan, &show->opened->image.requests, true) < 0) {
		show->opened->image.findings.failed = -ENOMEM;
		return;
	}
	open_list(show, "files");
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_entry *e = entries[i];

		if (e->type == PLAN_DIRECTORY)
			continue;
		print_row(show, text_cell("path", e->path), number_cell(show, "size", e->size),
			  text_cell("target", e->type == PLAN_SYMLINK ? e->target : NULL),
			  text_cell("asked_by", e->asked_by               ? e->asked_by
						: is_for_systemd(e->path) ? "systemd"
									  : NULL));
	}
	close_list(show);
}

/* A service, alone or under a profile, with what the rules have against the profile. */
static void print_exposure(struct show *show, const struct exposure *e)
{
	bool weakens = false, is_sufficient = true, is_judged = e->profile;
	struct findings findings;

	findings_open(&findings, show->pool);
	if (e->profile)
		rules_security(&show->opened->image, e->unit, e->profile, &findings);
	for (const struct finding *f = findings.first; f; f = f->next) {
		weakens |= f->rule == RULE_PROFILE_WEAKENS_UNIT || f->rule == RULE_DENY_LIST_TURNED;
		is_sufficient &= f->rule != RULE_PROFILE_NOT_SUFFICIENT;
	}
	print_row(show, text_cell("unit", e->unit->name),
		  text_cell("level",
			    pool_format(show->pool, "%d.%d", e->tenths / 10, e->tenths % 10)),
		  text_cell("profile", e->profile ? e->profile->name : NULL),
		  bool_cell("weakens", is_judged, weakens, "weakens the unit", NULL),
		  bool_cell("sufficient", is_judged, is_sufficient, NULL, "not sufficient"));
	if (findings.failed < 0)
		show->opened->image.findings.failed = findings.failed;
}

static void print_machine(struct show *show)
{
	bool exposure_known = true;

	print_identity(show);
	print_verity(show);
	print_partitions(show);
	print_units(show);
	if (arg_files)
		print_files(show);
	print_profiles(show);
	open_list(show, "exposure");
	for (const struct exposure *e = show->exposures; e; e = e->next) {
		if (e->tenths == EXPOSURE_UNKNOWN)
			exposure_known = false;
		else
			print_exposure(show, e);
	}
	close_list(show);
	if (arg_json) {
		json_bool(show->json, "exposure_known", exposure_known);
		json_number(show->json, "errors", show->opened->image.findings.errors);
	} else if (!exposure_known) {
		puts("exposure:  (cannot be counted here: that takes systemd-analyze, 250 or later)");
	}
}

/* In JSON, what there is on other machines is a list in the object of the first. */
static void print(struct show *show)
{
	struct json *json = show->json;

	if (!arg_json) {
		for (; show; show = show->next) {
			print_machine(show);
			if (show->next)
				(void)putchar('\n');
		}
		return;
	}
	json_open(json, NULL, '{');
	json_number(json, "version", JSON_VERSION);
	json_text(json, "image", show->opened->path);
	print_machine(show);
	json_open(json, "other_machines", '[');
	while ((show = show->next)) {
		json_open(json, NULL, '{');
		print_machine(show);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
	(void)putchar('\n');
}

/*
 * Reads the installed profiles. One that cannot be read is ignored with a warning, since
 * the user did not name it. Returns 0 or a negative errno, logged.
 */
static int read_installed(struct pool *pool, struct profile *profiles)
{
	char shown[LOG_ESCAPED_SIZE];
	struct profile_file *file;
	int r = profile_files_find(pool, "", &file);

	arg_all_profiles = true;
	for (; r >= 0 && file && arg_profiles.n < TEXTS_MAX; file = file->next) {
		if (strcmp(file->type, "service") != 0 || file->shadowed_by)
			continue;
		r = profile_read(pool, "", file->profile, &profiles[arg_profiles.n]);
		if (r >= 0)
			arg_profiles.at[arg_profiles.n++] = file->profile;
		else if (r != -ENOMEM)
			log_warning("cannot read the profile '%s', ignoring",
				    log_escape(file->profile, shown));
		if (r != -ENOMEM)
			r = 0;
	}
	if (r < 0)
		log_failure(r, "cannot read the profiles of this host");
	return r;
}

/* An image on one machine, and what takes time or can fail. */
struct shown {
	struct show show;
	struct opened_image opened;
};

/* Returns 0 or a negative errno, logged. To be released in either case, if *ret is not NULL. */
static int read_shown(const char *path, const char *machine, const struct profile *profiles,
		      struct json *json, struct shown **ret)
{
	const struct image_host host = { .machine = machine };
	struct shown *s = calloc(1, sizeof *s);
	int r;

	*ret = s;
	if (!s)
		return pool_exhausted();
	s->show = (struct show){
		.opened = &s->opened, .pool = &s->opened.pool, .profiles = profiles, .json = json
	};
	r = opened_image_read(&s->opened, path, NULL, NULL, &host);
	if (r < 0)
		return r;
	find_programs(&s->show);
	r = exposure_measure(s->show.pool, s->opened.image.units, profiles, arg_profiles.n,
			     &s->show.exposures);
	if (r < 0)
		s->opened.image.findings.failed = r;
	return opened_image_check(&s->opened);
}

/* Returns the exit status. */
static int show_image(const char *path, const struct profile *profiles)
{
	struct shown *shown[1 + GPT_ENTRIES] = { 0 };
	const char *others[GPT_ENTRIES];
	struct json json = { .out = stdout };
	unsigned n = 0;
	int r = read_shown(path, NULL, profiles, &json, &shown[0]);

	if (r >= 0)
		n = opened_image_others(&shown[0]->opened, others);
	for (unsigned i = 0; i < n && r >= 0; i++) {
		r = read_shown(path, others[i], profiles, &json, &shown[i + 1]);
		if (r >= 0)
			shown[i]->show.next = &shown[i + 1]->show;
	}
	if (r >= 0)
		print(&shown[0]->show);
	for (unsigned i = 0; i <= n && shown[i]; i++) {
		if (r >= 0)
			r = opened_image_check(&shown[i]->opened);
		opened_image_release(&shown[i]->opened);
		free(shown[i]);
	}
	return r < 0 ? EXIT_UNREADABLE : EXIT_SUCCESS;
}

static int print_sbom(const struct opened_image *opened)
{
	const char *others[GPT_ENTRIES];
	char shown[LOG_ESCAPED_SIZE];
	struct bill bill;
	uint32_t seconds;
	int r = pack_time(&seconds);

	if (r < 0)
		return r;
	if (opened_image_others(opened, others) > 0) {
		log_error("'%s' is for several machines; --sbom= takes the images that it was "
			  "merged of, one by one",
			  log_escape(opened->path, shown));
		return -EINVAL;
	}
	r = bill_make(&opened->plan, opened->image.prefix, opened_image_version(opened), &arg_roots,
		      &bill);
	return r < 0 ? r : arg_sbom->print(opened->plan.pool, &bill, seconds);
}

/* For others to read. Returns the exit status. */
static int print_document(const char *path)
{
	const struct image_host host = { 0 };
	struct opened_image opened;
	int r = opened_image_read(&opened, path, NULL, NULL, &host), status = EXIT_UNREADABLE;

	if (r >= 0) {
		r = arg_sbom ? print_sbom(&opened) : kubernetes_print(&opened, arg_reference);
		status = r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	opened_image_release(&opened);
	return status;
}

/* Returns -1 to go on, or the exit status. */
static int check_arguments(void)
{
	bool others = arg_json || arg_files || arg_profiles.n > 0;

	if (arg_kubernetes && (others || arg_sbom || arg_roots.n > 0))
		return usage_error("--kubernetes goes with no other option", NULL);
	if (arg_sbom && others)
		return usage_error("--sbom= goes with no other option but --root=", NULL);
	if (arg_roots.n > 0 && !arg_sbom)
		return usage_error("--root= goes with --sbom= only", NULL);
	return -1;
}

int show_main(int argc, char *argv[])
{
	struct profile profiles[TEXTS_MAX] = { 0 };
	struct pool pool = POOL_EMPTY;
	int r, status;

	status = arguments_parse(argc, argv, options, 1);
	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("show: no image given", NULL);
	status = check_arguments();
	if (status >= 0)
		return status;
	if (arg_kubernetes || arg_sbom)
		return print_document(argv[1]);
	r = arg_profiles.n == 0 ? read_installed(&pool, profiles)
				: profiles_read(&pool, &arg_profiles, profiles);
	status = r < 0 ? EXIT_USAGE : show_image(argv[1], profiles);
	for (size_t i = 0; i < arg_profiles.n; i++)
		profile_release(&profiles[i]);
	pool_release(&pool);
	return status;
}
