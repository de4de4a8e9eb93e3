/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb build: its options, and the order of the work. */
#include "verbs/verbs.h"

#include "architecture.h"
#include "arguments.h"
#include "base/scratch.h"
#include "disk/hex.h"
#include "disk/types.h"
#include "file.h"
#include "log.h"
#include "names.h"
#include "plan/container.h"
#include "plan/os-release.h"
#include "plan/places.h"
#include "plan/plan.h"
#include "plan/programs.h"
#include "plan/requested.h"
#include "plan/trees.h"
#include "pool.h"
#include "read/image.h"
#include "read/source-directory.h"
#include "rules/all.h"
#include "rules/topics.h"
#include "units/facts.h"
#include "units/needs.h"
#include "units/os-release-read.h"
#include "verbs/findings.h"
#include "write/oci.h"
#include "write/pack.h"
#include "write/strip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef DATADIR
#define DATADIR "/usr/local/share"
#endif

/* As usage_error() ends. */
#define SEE_HELP "; see 'mkportable --help'"

static const char *arg_version = "0";
static const char *arg_os_release; /* NULL: the default */
static bool arg_extension, arg_strip;
static const char *arg_debug_files; /* NULL: not kept */
static const char *arg_output;
static const char *arg_init; /* NULL: none */
static const char *arg_directory;
static struct texts arg_program_path, arg_roots;
static const struct pack_format *arg_format = pack_formats;
static enum {
	VERITY_NONE,
	VERITY_INSIDE,  /* in a disk image */
	VERITY_SIDECAR, /* beside a squashfs */
} arg_verity;
static bool arg_print_root_hash;
static const char *arg_key, *arg_certificate, *arg_signature; /* NULL: none */

/* An image under construction. */
struct construction {
	struct pool pool;
	struct plan plan;
	struct scratch scratch; /* with the stripped programs */
	struct trees trees;
	struct image image; /* the plan, as the rules see it */
	const char *id;
	const char *shown;                    /* the source directory, for messages */
	const char *architecture;             /* of the first program; NULL: unknown */
	unsigned char root_hash[DIGEST_SIZE]; /* with --verity */
	struct signer signer;                 /* with --certificate */
	struct finding *printed;              /* the last one */

	/* For container engines. */
	struct container container;
	struct oci_image oci_image;
	struct oci oci;
};

static void help(void)
{
	printf("Usage: mkportable build [OPTION]... IMAGE-DIRECTORY\n"
	       "Make a portable service image from a directory of unit files.\n"
	       "\n"
	       "  --version=VERSION      version of the image (default: 0)\n"
	       "  --program-path=DIRECTORY\n"
	       "                         look here for programs that tree/ does not have;\n"
	       "                         may be given more than once\n"
	       "  --root=TREE            take programs that are not found there from this tree of\n"
	       "                         a distribution, with all that they load; may be given\n"
	       "                         more than once\n"
	       "  --strip                remove debug information and symbol tables of programs and\n"
	       "                         libraries from there\n"
	       "  --debug-files=DIRECTORY\n"
	       "                         with --strip, keep what is removed, for debuggers\n"
	       "  --os-release=TEMPLATE  os-release with @NAMES@ to fill in\n"
	       "                         (default: " DATADIR "/mkportable/os-release.in)\n"
	       "  --extension            make an image for portablectl attach --extension=: an\n"
	       "                         extension-release, no os-release and no mount points\n"
	       "  --format=FORMAT        squashfs (default), ddi (a GPT with a squashfs), directory,\n"
	       "                         tar, or oci (for container engines)\n"
	       "  --verity[=sidecar]     add a hash tree for dm-verity: to a ddi, or as a file beside\n"
	       "                         a squashfs; the root hash is put beside both\n"
	       "  --key=FILE --certificate=FILE\n"
	       "                         sign the root hash, for hosts that have the certificate\n"
	       "  --signature=FILE --certificate=FILE\n"
	       "                         add a signature that was made elsewhere\n"
	       "  --print-root-hash      print the root hash of dm-verity\n"
	       "  --init=PROGRAM         put it in as /usr/sbin/init, so that the image boots;\n"
	       "                         a path, or a name to find in the program path;\n"
	       "                         none (default) puts none in\n"
	       "  --output=PATH          default: ID_VERSION.raw in the current directory\n"
	       "  --help                 show this text\n");
}

static int parse_format(const char *name)
{
	const struct pack_format *format = pack_format_find(name);

	if (!format)
		return -EINVAL;
	arg_format = format;
	return 0;
}

static int parse_verity(const char *word)
{
	if (word && strcmp(word, "sidecar") != 0)
		return -EINVAL;
	arg_verity = word ? VERITY_SIDECAR : VERITY_INSIDE;
	return 0;
}

static const struct option options[] = {
	{ .name = "version", .text = &arg_version, .nonempty = true },
	{ .name = "program-path", .texts = &arg_program_path, .nonempty = true },
	{ .name = "root", .texts = &arg_roots, .nonempty = true },
	{ .name = "strip", .flag = &arg_strip },
	{ .name = "debug-files", .text = &arg_debug_files, .nonempty = true },
	{ .name = "os-release", .text = &arg_os_release, .nonempty = true },
	{ .name = "extension", .flag = &arg_extension },
	{ .name = "format", .parse = parse_format, .mistake = "not one of " PACK_FORMATS },
	{ .name = "verity",
	  .parse = parse_verity,
	  .bare = true,
	  .mistake = "neither empty nor 'sidecar'" },
	{ .name = "key", .text = &arg_key, .nonempty = true },
	{ .name = "certificate", .text = &arg_certificate, .nonempty = true },
	{ .name = "signature", .text = &arg_signature, .nonempty = true },
	{ .name = "print-root-hash", .flag = &arg_print_root_hash },
	{ .name = "init", .text = &arg_init, .nonempty = true },
	{ .name = "output", .text = &arg_output, .nonempty = true },
	{ .name = "help", .print = help },
	{ 0 },
};

/* Returns -1 to go on, or the exit status. */
static int check_verity(void)
{
	bool is_signed = arg_key || arg_signature;

	if (arg_verity == VERITY_INSIDE && strcmp(arg_format->name, "ddi") != 0)
		return usage_error("--verity goes with --format=ddi only", NULL);
	if (arg_verity == VERITY_SIDECAR && strcmp(arg_format->name, "squashfs") != 0)
		return usage_error("--verity=sidecar goes with --format=squashfs only", NULL);
	if (arg_verity == VERITY_NONE && (is_signed || arg_print_root_hash))
		return usage_error(is_signed ? "what is signed is a root hash: --verity is missing"
					     : "--print-root-hash needs --verity",
				   NULL);
	if (arg_key && arg_signature)
		return usage_error("--key and --signature: only one of them can sign", NULL);
	if (is_signed != (arg_certificate != NULL))
		return usage_error(is_signed ? "--certificate is missing, by which hosts verify"
					     : "--certificate goes with --key or --signature only",
				   NULL);
	return -1;
}

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	char shown[LOG_ESCAPED_SIZE];
	const char *problem;
	int status;

	status = arguments_parse(argc, argv, options, 1);
	if (status >= 0)
		return status;
	arg_directory = argv[1];
	if (!arg_directory)
		return usage_error("build: no image directory given", NULL);
	problem = image_version_problem(arg_version);
	if (problem) {
		log_error("--version: '%s' %s" SEE_HELP, log_escape(arg_version, shown), problem);
		return EXIT_USAGE;
	}
	if (arg_init && strcmp(arg_init, "none") == 0)
		arg_init = NULL;
	if (arg_extension && (arg_init || !arg_format->is_attached))
		return usage_error(
			"--extension goes with neither --init= nor --format=tar or --format=oci",
			NULL);
	if (arg_debug_files && !arg_strip)
		return usage_error("--debug-files= goes only with --strip", NULL);
	status = check_verity();
	if (status >= 0)
		return status;
	if (arg_output && strcmp(arg_output, "-") == 0 && !arg_format->stream)
		return usage_error(
			"--output=-: only --format=tar and --format=oci can be written to "
			"standard output",
			NULL);
	return -1;
}

static int find_id(struct construction *c)
{
	char shown[LOG_ESCAPED_SIZE];
	const char *problem;
	int r;

	c->shown = pool_copy(&c->pool, log_escape(arg_directory, shown));
	if (!c->shown)
		return pool_exhausted();
	c->id = image_file_name(&c->pool, arg_directory);
	if (!c->id) {
		r = -errno;
		log_failure(r, "cannot open the directory '%s'", c->shown);
		return r;
	}
	problem = image_id_problem(c->id);
	if (problem) {
		log_error("%s: the directory's name is the image's id, and '%s' %s", c->shown,
			  log_escape(c->id, shown), problem);
		return -EINVAL;
	}
	return 0;
}

/* What portablectl would make of the output's name. Returns -1, or the exit status. */
static int check_output_name(const char *id)
{
	char shown[LOG_ESCAPED_SIZE], shown_prefix[LOG_ESCAPED_SIZE], prefix[PATH_MAX];
	size_t length, suffix = strlen(arg_format->suffix);
	const char *name, *slash;

	if (!arg_output || !arg_format->is_attached)
		return -1;
	slash = strrchr(arg_output, '/');
	name = slash ? slash + 1 : arg_output;
	length = strlen(name);
	if (length <= suffix || strcmp(name + length - suffix, arg_format->suffix) != 0) {
		log_error("--output: portablectl takes only files that end in '%s': '%s'" SEE_HELP,
			  arg_format->suffix, log_escape(name, shown));
		return EXIT_USAGE;
	}
	(void)snprintf(prefix, sizeof prefix, "%.*s", (int)image_prefix_length(name), name);
	if (arg_extension || strcmp(prefix, id) == 0)
		return -1;
	log_error("--output: portablectl would take '%s' for the image '%s', not '%s'" SEE_HELP,
		  log_escape(name, shown), log_escape(prefix, shown_prefix), id);
	return EXIT_USAGE;
}

/* Description= of the unit named after the image, or else of the first that has one. */
static int find_description(struct construction *c, const char **ret)
{
	const char *main_unit = pool_format(&c->pool, "%s.service", c->id);
	char letter;
	int r;

	*ret = NULL;
	if (!main_unit)
		return pool_exhausted();
	for (const struct unit *unit = c->image.units; unit; unit = unit->next) {
		const char *text = unit_file_last(&unit->file, "Unit", "Description"), *expanded;
		bool is_main = strcmp(unit->name, main_unit) == 0;

		if (!text || !text[0] || (*ret && !is_main))
			continue;
		r = unit_expand(unit, text, &c->pool, &expanded, &letter);
		if (r < 0)
			return pool_exhausted();
		if (r == 0)
			*ret = expanded;
	}
	return 0;
}

/* The template, which the caller frees. */
static int read_template(const char **ret_name, char **ret, size_t *ret_size)
{
	/* SYSEXT_ID= and SYSEXT_VERSION_ID= are those of the extension itself: os-release(5). */
	static const char extension[] = "ID=_any\nARCHITECTURE=@ARCHITECTURE@\n"
					"SYSEXT_ID=@ID@\nSYSEXT_VERSION_ID=@VERSION@\n";
	char shown[LOG_ESCAPED_SIZE];
	int r;

	*ret_name = arg_os_release ? arg_os_release : DATADIR "/mkportable/os-release.in";
	if (arg_extension && !arg_os_release) {
		*ret = strdup(extension);
		*ret_size = strlen(extension);
		return *ret ? 0 : pool_exhausted();
	}
	r = file_read(AT_FDCWD, *ret_name, OS_RELEASE_TEMPLATE_MAX, ret, ret_size);
	if (r < 0)
		log_failure(
			r, "cannot read the os-release template '%s' (--os-release= names another)",
			log_escape(*ret_name, shown));
	return r;
}

/* The release file of an extension is called like its image. */
static int add_release(struct construction *c, const char *text)
{
	const char *suffix = arg_format->suffix, *path;
	int r;

	if (arg_extension) {
		size_t length = strlen(c->image.name) - strlen(suffix);

		path = pool_format(&c->pool, "/usr/lib/extension-release.d/extension-release.%.*s",
				   (int)length, c->image.name);
		return path ? plan_add_bytes(&c->plan, path, text, strlen(text), c->shown)
			    : pool_exhausted();
	}
	r = plan_add_bytes(&c->plan, USR_OS_RELEASE, text, strlen(text), c->shown);
	if (r < 0)
		return r;
	return plan_add_symlink(&c->plan, ETC_OS_RELEASE, "../usr/lib/os-release", c->shown);
}

static int add_os_release(struct construction *c)
{
	struct os_release_value values[] = {
		{ "ID", c->id },
		{ "VERSION", arg_version },
		{ "ARCHITECTURE", c->architecture },
		{ "PREFIXES", c->id },
		{ "DESCRIPTION", NULL },
		{ NULL, NULL },
	};
	const struct plan_entry *there;
	const char *name, *text, *what;
	char shown[LOG_ESCAPED_SIZE], *bytes;
	unsigned line;
	size_t size;
	int r;

	there = plan_follow(&c->plan, USR_OS_RELEASE);
	if (there) {
		log_error("%s: os-release is made from the template; give another one with "
			  "--os-release=",
			  there->origin);
		return -EEXIST;
	}
	r = find_description(c, &values[4].value);
	if (r < 0)
		return r;
	r = read_template(&name, &bytes, &size);
	if (r < 0)
		return r;
	r = os_release_fill(&c->pool, bytes, size, values, &text, &line, &what);
	free(bytes);
	if (r == -EINVAL)
		log_error("%s:%u: %s", log_escape(name, shown), line, what);
	else if (r < 0)
		return pool_exhausted();
	return r < 0 ? r : add_release(c, text);
}

/*
 * Prints the errors that rules found, which keep the image from being written, and what is
 * known only at start: an error as well, except in a template, of which tree/ may have what
 * its instances need. Returns 0 without an error, or a negative errno.
 */
static int print_errors(struct construction *c)
{
	struct findings *findings = &c->image.findings;
	int r = findings->failed;

	for (struct finding *f = c->printed ? c->printed->next : findings->first; f; f = f->next) {
		c->printed = f;
		if (f->rule == RULE_SPECIFIER_UNDECIDED && !strstr(f->where.path, "@."))
			f->severity = SEVERITY_ERROR;
		if (f->severity == SEVERITY_ERROR)
			r = r < 0 ? r : -EINVAL;
		else if (f->rule != RULE_SPECIFIER_UNDECIDED)
			continue;
		finding_print_source(stderr, &c->pool, c->shown, f);
	}
	if (findings->failed < 0)
		log_failure(r, "%s: cannot judge the image", c->shown);
	return r;
}

/* Takes from the trees what is needed of them. */
static int fetch(struct construction *c)
{
	int r = c->plan.offer ? image_fetch(&c->image) : 0;

	c->plan.offer = NULL;
	if (r == -E2BIG)
		log_error("%s: more than %d entries in the image", c->shown, PLAN_ENTRIES_MAX);
	else if (r < 0)
		log_failure(r, "%s: cannot read what the programs load", c->shown);
	return r;
}

static bool is_incomplete(const struct finding *f)
{
	return f->rule == RULE_PROGRAM_DYNAMIC_INCOMPLETE ||
	       f->rule == RULE_PROGRAM_NEEDS_INTERPRETER;
}

/* Programs in which something was found are examined again. */
static int forget_reports(struct construction *c)
{
	struct plan_entry **entries = plan_sorted(&c->plan);

	for (size_t i = 0; entries && i < c->plan.n; i++)
		entries[i]->reported = false;
	return entries ? 0 : pool_exhausted();
}

/* What a fetch from the trees took, "/usr/bin/a, /usr/lib/b"; NULL without memory. */
static const char *list_taken(struct construction *c)
{
	struct plan_entry **entries = plan_sorted(&c->plan);
	const char *text = entries ? "" : NULL;
	char shown[LOG_ESCAPED_SIZE];

	for (size_t i = 0; i < c->plan.n && text; i++)
		if (entries[i]->type == PLAN_FILE && entries[i]->root)
			text = pool_format(&c->pool, "%s%s%s", text, text[0] ? ", " : "",
					   log_escape(entries[i]->path, shown));
	return text;
}

/* The finding about a program that is not complete, at the same place; or NULL. */
static const struct finding *find_incomplete(const struct findings *findings, struct location where)
{
	for (const struct finding *f = findings->first; f; f = f->next)
		if (is_incomplete(f) && f->where.line == where.line && f->where.path &&
		    where.path && strcmp(f->where.path, where.path) == 0)
			return f;
	return NULL;
}

/* taken: by --root=/; left: what is found in spite of it; NULL: nothing. NULL without memory. */
static const char *suggestion(struct construction *c, const struct finding *f, const char *taken,
			      const struct finding *left)
{
	const char *text;

	if (!left)
		return pool_format(&c->pool, "--root=/ adds what is missing: %s", taken);
	/* Of what is there and wrong, another tree has nothing better. */
	if (!strstr(left->message, "not in the image"))
		return f->remedy;
	text = pool_format(&c->pool,
			   "%s; --root= takes it from a tree that has it, such as "
			   "mkportable-debian-tree(1) makes",
			   f->remedy);
	return !text || strcmp(left->message, f->message) == 0
		       ? text
		       : pool_format(&c->pool, "%s; with --root=/: %s", text, left->message);
}

/*
 * For programs that are not complete, without a tree: looks whether the system that this runs
 * on has what they need, and says what that is. The plan is not written after this.
 */
static int suggest_root(struct construction *c)
{
	const struct texts here = { .n = 1, .at = { "/" } };
	struct finding *f = c->image.findings.first;
	struct findings findings;
	const char *taken;
	int r;

	while (f && !is_incomplete(f))
		f = f->next;
	if (!f || arg_roots.n > 0)
		return 0;
	r = forget_reports(c);
	if (r == 0)
		r = trees_open(&c->trees, &c->plan, &here);
	if (r == 0)
		r = fetch(c);
	if (r < 0)
		return r;
	findings_open(&findings, &c->pool);
	rules_programs(&c->plan, &c->image.needs, &c->image.requests, NULL, "", &findings);
	taken = list_taken(c);
	for (; f && taken; f = f->next) {
		if (!is_incomplete(f))
			continue;
		f->remedy = suggestion(c, f, taken, find_incomplete(&findings, f->where));
		if (!f->remedy)
			break;
	}
	return !taken || f ? pool_exhausted() : findings.failed;
}

/*
 * A partition for a root file system has a type, which says for which machine it is; an image
 * for engines has its name.
 */
static int check_machine(const struct construction *c)
{
	bool is_oci = strcmp(arg_format->name, "oci") == 0;

	if (!is_oci && strcmp(arg_format->name, "ddi") != 0)
		return 0;
	if (!c->architecture) {
		log_error("%s: no program says for which machine the %s is; "
			  "use --format=squashfs",
			  c->shown, is_oci ? "image" : "root partition");
		return -EINVAL;
	}
	if (is_oci ? !architecture_oci_name(c->architecture)
		   : !partition_types_for(c->architecture)) {
		log_error("%s: %s for the machine '%s'; use --format=squashfs", c->shown,
			  is_oci ? "container engines have no name" : "partitions have no type",
			  c->architecture);
		return -EINVAL;
	}
	return 0;
}

/* Everything that the image will have. */
static int make_plan(struct construction *c)
{
	const char *slash = arg_output ? strrchr(arg_output, '/') : NULL;
	const char *name = arg_extension && arg_output
				   ? (slash ? slash + 1 : arg_output)
				   : pool_format(&c->pool, "%s_%s%s", c->id, arg_version,
						 arg_extension ? arg_format->suffix : ".raw");
	int r;

	if (!name)
		return pool_exhausted();
	image_open(&c->image, &c->plan, name);
	c->image.is_extension = arg_extension;
	if (arg_extension)
		c->image.sights.is_directory = arg_format->suffix[0] == '\0';
	r = trees_open(&c->trees, &c->plan, &arg_roots);
	if (r < 0)
		return r;
	r = source_directory_read(&c->plan, arg_directory, arg_extension ? NULL : c->id);
	if (r < 0)
		return r;
	image_find_units(&c->image);
	r = print_errors(c);
	if (r >= 0)
		r = programs_place(&c->plan, &c->image.needs, &arg_program_path, &c->architecture);
	if (r >= 0 && arg_init)
		r = programs_place_init(&c->plan, arg_init, &arg_program_path);
	if (r >= 0)
		r = requested_take(&c->plan, &c->image.requests, false);
	if (r >= 0)
		r = fetch(c);
	/* Before the places: os-release must exist before units bind over it. */
	if (r >= 0)
		r = add_os_release(c);
	if (r >= 0 && !arg_extension)
		r = places_add(&c->plan, c->image.units, c->shown);
	if (r >= 0)
		r = c->trees.failed;
	if (r < 0)
		return r;
	image_judge(&c->image);
	image_verify(&c->image);
	r = suggest_root(c);
	if (r >= 0)
		r = print_errors(c);
	return r < 0 ? r : check_machine(c);
}

/* There it would be in the way of the next build. */
static bool is_source_directory(int directory_fd)
{
	struct stat ours, theirs;

	return fstat(directory_fd, &ours) == 0 && stat(arg_directory, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/* What container engines get to know. */
static int describe(struct construction *c)
{
	if (strcmp(arg_format->name, "oci") != 0)
		return 0;
	c->oci_image = (struct oci_image){ .plan = &c->plan,
					   .container = &c->container,
					   .architecture = c->architecture };
	c->oci = (struct oci){
		.pool = &c->pool, .id = c->id, .version = arg_version, .images = &c->oci_image
	};
	if (find_description(c, &c->oci.description) < 0)
		return -ENOMEM;
	return container_describe(&c->plan, c->image.units, &c->image.needs, c->shown,
				  &c->container);
}

static int write_image(struct construction *c, uint32_t seconds)
{
	const char *path = arg_output ? arg_output
				      : pool_format(&c->pool, "%s_%s%s", c->id, arg_version,
						    arg_format->suffix);
	struct pack_output output;
	int r;

	if (!path)
		return pool_exhausted();
	r = pack_output_open(&c->pool, path, &output);
	if (r >= 0 && is_source_directory(output.directory_fd)) {
		log_error("cannot write '%s' into the directory that it is made from; "
			  "--output names another place",
			  output.shown);
		r = -EINVAL;
	}
	output.oci = &c->oci;
	output.architecture = c->architecture;
	output.verity = arg_verity != VERITY_NONE;
	output.ret_root_hash = c->root_hash;
	output.signer = arg_certificate ? &c->signer : NULL;
	if (r >= 0)
		r = pack(&c->plan, arg_format, &output, seconds);
	pack_output_close(&output);
	return r;
}

static int write_to_stdout(struct construction *c, uint32_t seconds)
{
	const struct pack_output output = { .shown = "standard output",
					    .directory_fd = -1,
					    .oci = &c->oci };
	int r = arg_format->stream(STDOUT_FILENO, &c->plan, &output, seconds);

	if (r == -EPIPE)
		log_failure(r, "cannot write 'standard output'");
	return r;
}

static int strip_all(struct construction *c)
{
	int r = scratch_make(&c->scratch, &c->pool);

	if (r == -ENOMEM)
		return pool_exhausted();
	if (r < 0 && r != -ECANCELED)
		log_failure(r, "--strip: cannot make a directory for the programs");
	return r < 0 ? r : strip_programs(&c->plan, &c->scratch, arg_debug_files);
}

static void print_root_hash(const struct construction *c)
{
	char text[DIGEST_TEXT_SIZE];

	hex_encode(c->root_hash, sizeof c->root_hash, text);
	puts(text);
}

/* Returns the exit status. */
static int build(struct construction *c)
{
	bool to_stdout = arg_output && strcmp(arg_output, "-") == 0;
	uint32_t seconds;
	int r, status;

	if (pack_time(&seconds) < 0 || find_id(c) < 0)
		return EXIT_FAILURE;
	status = check_output_name(c->id);
	if (status >= 0)
		return status;
	c->signer = (struct signer){ .pool = &c->pool,
				     .certificate_path = arg_certificate,
				     .key_path = arg_key,
				     .signature_path = arg_signature };
	if (arg_certificate && signer_open(&c->signer) < 0)
		return EXIT_FAILURE;
	r = make_plan(c);
	if (r >= 0)
		r = describe(c);
	if (r >= 0 && arg_strip)
		r = strip_all(c);
	if (r >= 0)
		r = to_stdout ? write_to_stdout(c, seconds) : write_image(c, seconds);
	if (r >= 0 && arg_print_root_hash)
		print_root_hash(c);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int build_main(int argc, char *argv[])
{
	struct construction construction = { .pool = POOL_EMPTY };
	int status;

	plan_open(&construction.plan, &construction.pool);
	status = parse_arguments(argc, argv);
	if (status < 0)
		status = build(&construction);
	scratch_remove(&construction.scratch);
	signer_release(&construction.signer);
	image_close(&construction.image);
	plan_close(&construction.plan);
	trees_close(&construction.trees);
	pool_release(&construction.pool);
	return status;
}
