/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb merge: one image out of several, each for another machine. As a disk image, their
 * partitions are taken as they are, so that hash trees and signatures stay what they were. For
 * container engines, their files are.
 */
#include "verbs/verbs.h"

#include "architecture.h"
#include "arguments.h"
#include "log.h"
#include "names.h"
#include "plan/container.h"
#include "verbs/findings.h"
#include "verbs/opened-image.h"
#include "write/merge.h"
#include "write/oci.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *arg_output;
static bool arg_oci;

/* One of the images, for one of the machines. */
struct half {
	struct half *next;
	struct opened_image opened;
	struct container container;
	struct oci_image oci;
};

struct merger {
	struct pool pool;
	struct half *halves; /* in the order of their architectures' names */
	struct merged_disk disk;
};

static void help(void)
{
	printf("Usage: mkportable merge [OPTION]... --output=PATH IMAGE...\n"
	       "Make one image out of several that are for different machines.\n"
	       "\n"
	       "  --format=FORMAT        ddi (default), of disk images; or oci (for container\n"
	       "                         engines), of any images, and also of only one\n"
	       "  --output=PATH          the image to make\n"
	       "  --help                 show this text\n");
}

static int parse_format(const char *name)
{
	arg_oci = strcmp(name, "oci") == 0;
	return arg_oci || strcmp(name, "ddi") == 0 ? 0 : -EINVAL;
}

static const struct option options[] = {
	{ .name = "format", .parse = parse_format, .mistake = "not one of ddi and oci" },
	{ .name = "output", .text = &arg_output, .nonempty = true },
	{ .name = "help", .print = help },
	{ 0 },
};

static const char *architecture_of_half(const struct half *half)
{
	const char *machine;

	if (!arg_oci)
		return half->opened.file.root->type->architecture;
	machine = os_release_value(&half->opened.image.os_release, "ARCHITECTURE");
	return machine ? machine : "";
}

/* The partition is one of this machine or of another one that has a root; else it would be lost. */
static bool has_place(const struct image_file *file, const struct gpt_partition *p)
{
	const struct gpt_partition *root;

	if (p == file->root || p == file->verity || p == file->signature)
		return true;
	if (!p->type || !p->type->architecture[0] || p->type == file->root->type)
		return false;
	root = gpt_find(file->gpt, PARTITION_ROOT, p->type->architecture, NULL);
	return root && root->type == p->type;
}

/* Returns 0, or a negative errno for what was logged. */
static int check_file(const struct opened_image *opened)
{
	const struct image_file *file = &opened->file;
	char shown[LOG_ESCAPED_SIZE];

	(void)log_escape(opened->path, shown);
	if (!file->gpt) {
		log_error("'%s' is no disk image; mkportable build --format=ddi makes one", shown);
		return -EINVAL;
	}
	/* Beside the root of any machine, no host would take it. */
	if (!file->root->type->architecture[0]) {
		log_error("'%s': the root partition is of a type that is not for one machine",
			  shown);
		return -EINVAL;
	}
	for (unsigned i = 0; i < file->gpt->n; i++) {
		const struct gpt_partition *p = &file->gpt->partitions[i];

		if (has_place(file, p))
			continue;
		log_error("'%s': partition %u belongs to the root file system of no machine", shown,
			  p->number);
		return -EINVAL;
	}
	if (opened->image.findings.errors == 0)
		return 0;
	findings_print_errors(stderr, opened);
	return -EINVAL;
}

/* What an archive of files cannot have. Returns 0, or a negative errno for what was logged. */
static int check_entries(const struct opened_image *opened)
{
	struct plan_entry **entries = plan_sorted(&opened->plan);
	char shown[LOG_ESCAPED_SIZE], shown_entry[LOG_ESCAPED_SIZE];

	if (!entries)
		return pool_exhausted();
	for (size_t i = 0; i < opened->plan.n; i++) {
		const struct plan_entry *e = entries[i];

		if (e->type != PLAN_OTHER && !e->has_capability)
			continue;
		log_error("'%s': '%s' %s, which --format=oci leaves no place for",
			  log_escape(opened->path, shown), log_escape(e->path, shown_entry),
			  e->has_capability ? "has a capability" : "is a special file");
		return -EINVAL;
	}
	return 0;
}

/* The same for an image for container engines. */
static int check_files(struct half *half)
{
	struct opened_image *opened = &half->opened;
	const char *machine = architecture_of_half(half);
	char shown[LOG_ESCAPED_SIZE], shown_machine[LOG_ESCAPED_SIZE];

	(void)log_escape(opened->path, shown);
	if (opened->image.is_extension) {
		log_error("'%s' is an extension, which no container engine can run alone", shown);
		return -EINVAL;
	}
	if (!architecture_oci_name(machine)) {
		log_error("'%s': container engines have no name for the machine '%s' "
			  "(ARCHITECTURE= in os-release)",
			  shown, log_escape(machine, shown_machine));
		return -EINVAL;
	}
	if (opened->image.findings.errors > 0) {
		findings_print_errors(stderr, opened);
		return -EINVAL;
	}
	if (check_entries(opened) < 0)
		return -EINVAL;
	half->oci = (struct oci_image){ .plan = &opened->plan,
					.container = &half->container,
					.architecture = machine };
	return container_describe(&opened->plan, opened->image.units, &opened->image.needs, shown,
				  &half->container);
}

static const char *version_of(const struct half *half)
{
	const char *version = opened_image_version(&half->opened);

	return version ? version : "";
}

/* Returns 0, or a negative errno for what was logged. */
static int check_pair(const struct half *a, const struct half *b)
{
	char shown_a[LOG_ESCAPED_SIZE], shown_b[LOG_ESCAPED_SIZE];
	char version_a[LOG_ESCAPED_SIZE], version_b[LOG_ESCAPED_SIZE];

	(void)log_escape(a->opened.path, shown_a);
	(void)log_escape(b->opened.path, shown_b);
	if (strcmp(architecture_of_half(a), architecture_of_half(b)) == 0) {
		log_error("'%s' and '%s' are both for '%s'", shown_a, shown_b,
			  architecture_of_half(a));
		return -EINVAL;
	}
	if (strcmp(version_of(a), version_of(b)) == 0)
		return 0;
	log_error("'%s' is version '%s' and '%s' is version '%s'", shown_a,
		  log_escape(version_of(a), version_a), shown_b,
		  log_escape(version_of(b), version_b));
	return -EINVAL;
}

/* Returns -1 to go on, or the exit status. */
static int add_half(struct merger *m, const char *path, const char *machine,
		    const char *ret_others[static GPT_ENTRIES], unsigned *ret_n)
{
	const struct image_host host = { .machine = machine };
	struct half *half = calloc(1, sizeof *half), **place = &m->halves;

	if (!half) {
		(void)pool_exhausted();
		return EXIT_FAILURE;
	}
	half->next = m->halves;
	m->halves = half;
	if (opened_image_read(&half->opened, path, NULL, NULL, &host) < 0)
		return EXIT_UNREADABLE;
	if (arg_oci ? check_files(half) < 0
		    : check_file(&half->opened) < 0 ||
			      opened_image_check_output(&half->opened, arg_output) < 0)
		return EXIT_FAILURE;
	for (const struct half *other = half->next; other; other = other->next)
		if (check_pair(other, half) < 0)
			return EXIT_FAILURE;
	*ret_n = opened_image_others(&half->opened, ret_others);

	/* Sorted, so that the order on the command line makes no difference. */
	m->halves = half->next;
	while (*place && strcmp(architecture_of_half(*place), architecture_of_half(half)) < 0)
		place = &(*place)->next;
	half->next = *place;
	*place = half;
	return -1;
}

/* With all machines that it is for. Returns -1 to go on, or the exit status. */
static int add_image(struct merger *m, const char *path)
{
	const char *others[GPT_ENTRIES], *ignored[GPT_ENTRIES];
	unsigned n = 0, ignored_n;
	int status = add_half(m, path, NULL, others, &n);

	for (unsigned i = 0; i < n && status < 0; i++)
		status = add_half(m, path, others[i], ignored, &ignored_n);
	return status;
}

/* Returns 0, or a negative errno for what was logged. */
static int write_disk(struct merger *m)
{
	struct pack_output output;
	int r = 0;

	for (const struct half *half = m->halves; half; half = half->next) {
		const struct image_file *file = &half->opened.file;

		r = merge_add(&m->disk, file->root, file->fd);
		if (r >= 0 && file->verity)
			r = merge_add(&m->disk, file->verity, file->fd);
		if (r >= 0 && file->signature)
			r = merge_add(&m->disk, file->signature, file->fd);
		if (r < 0) {
			log_error("a partition table has room for %d partitions", GPT_ENTRIES);
			return r;
		}
	}
	r = pack_output_open(&m->pool, arg_output, &output);
	output.disk = &m->disk;
	if (r >= 0)
		r = pack(NULL, &merge_format, &output, 0);
	pack_output_close(&output);
	return r;
}

/* Returns 0, or a negative errno for what was logged. */
static int write_oci(struct merger *m)
{
	struct half *first = m->halves;
	struct oci oci = { .pool = &m->pool, .images = &first->oci };
	struct pack_output output;
	uint32_t seconds;
	int r = pack_time(&seconds);

	assert(first);
	if (r < 0)
		return r;
	for (struct half *half = first; half; half = half->next)
		half->oci.next = half->next ? &half->next->oci : NULL;
	oci.id = first->opened.image.prefix;
	oci.version = version_of(first);
	oci.description = os_release_value(&first->opened.image.os_release, "PORTABLE_PRETTY_NAME");
	r = pack_output_open(&m->pool, arg_output, &output);
	output.oci = &oci;
	if (r >= 0)
		r = pack(NULL, pack_format_find("oci"), &output, seconds);
	pack_output_close(&output);
	return r;
}

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	int status = arguments_parse(argc, argv, options, argc);

	if (status >= 0)
		return status;
	if (!argv[1] || (!argv[2] && !arg_oci))
		return usage_error(arg_oci ? "merge: no image given"
					   : "merge: two or more images are needed",
				   NULL);
	if (arg_oci && arg_output)
		return -1;
	return check_output_suffix("merge", arg_output);
}

int merge_main(int argc, char *argv[])
{
	struct merger m = { .pool = POOL_EMPTY };
	int status = parse_arguments(argc, argv);

	for (char **path = argv + 1; status < 0 && *path; path++)
		status = add_image(&m, *path);
	if (status < 0)
		status = (arg_oci ? write_oci(&m) : write_disk(&m)) < 0 ? EXIT_FAILURE
									: EXIT_SUCCESS;
	while (m.halves) {
		struct half *half = m.halves;

		m.halves = half->next;
		opened_image_release(&half->opened);
		free(half);
	}
	pool_release(&m.pool);
	return status;
}
