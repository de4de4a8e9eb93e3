/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb merge: one disk image out of several, each for another machine. Their partitions
 * are taken as they are, so that hash trees and signatures stay what they were.
 */
#include "verbs/verbs.h"

#include "arguments.h"
#include "log.h"
#include "verbs/findings.h"
#include "verbs/opened-image.h"
#include "write/merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *arg_output;

/* One of the images, for one of the machines. */
struct half {
	struct half *next;
	struct opened_image opened;
};

struct merger {
	struct pool pool;
	struct half *halves; /* in the order of their architectures' names */
	struct merged_disk disk;
};

static void help(void)
{
	printf("Usage: mkportable merge --output=PATH IMAGE...\n"
	       "Make one disk image out of several that are for different machines.\n"
	       "\n"
	       "  --output=PATH          the image to make\n"
	       "  --help                 show this text\n");
}

static const struct option options[] = {
	{ .name = "output", .text = &arg_output, .nonempty = true },
	{ .name = "help", .print = help },
	{ 0 },
};

static const char *architecture_of_half(const struct half *half)
{
	return half->opened.file.root->type->architecture;
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

static const char *version_of(const struct half *half)
{
	const struct os_release *release = &half->opened.image.os_release;
	const char *version = os_release_value(release, "IMAGE_VERSION");

	version = version ? version : os_release_value(release, "VERSION_ID");
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
	if (check_file(&half->opened) < 0 ||
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

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	int status = arguments_parse(argc, argv, options, argc);

	if (status >= 0)
		return status;
	if (!argv[1] || !argv[2])
		return usage_error("merge: two or more images are needed", NULL);
	return check_output_suffix("merge", arg_output);
}

int merge_main(int argc, char *argv[])
{
	struct merger m = { .pool = POOL_EMPTY };
	int status = parse_arguments(argc, argv);

	for (char **path = argv + 1; status < 0 && *path; path++)
		status = add_image(&m, *path);
	if (status < 0)
		status = write_disk(&m) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	while (m.halves) {
		struct half *half = m.halves;

		m.halves = half->next;
		opened_image_release(&half->opened);
		free(half);
	}
	pool_release(&m.pool);
	return status;
}
