/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb sign: a signed disk image out of an image that is there, with the bytes that build
 * makes of the same sources.
 */
#include "verbs/verbs.h"

#include "arguments.h"
#include "log.h"
#include "verbs/findings.h"
#include "verbs/opened-image.h"
#include "write/ddi.h"
#include "write/pack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pack_format signed_format = {
	.name = "signed", .suffix = ".raw", .is_attached = true, .write = pack_ddi
};

static const char *arg_key, *arg_certificate, *arg_output;

static void help(void)
{
	printf("Usage: mkportable sign --key=FILE --certificate=FILE --output=PATH IMAGE\n"
	       "Make a signed disk image of an image, for hosts that have the certificate.\n"
	       "\n"
	       "  --key=FILE --certificate=FILE\n"
	       "                         sign the root hash of dm-verity\n"
	       "  --output=PATH          the image to make\n"
	       "  --help                 show this text\n");
}

static const struct option options[] = {
	{ .name = "key", .text = &arg_key, .nonempty = true },
	{ .name = "certificate", .text = &arg_certificate, .nonempty = true },
	{ .name = "output", .text = &arg_output, .nonempty = true },
	{ .name = "help", .print = help },
	{ 0 },
};

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char *argv[])
{
	int status = arguments_parse(argc, argv, options, 1);

	if (status >= 0)
		return status;
	if (!argv[1])
		return usage_error("sign: no image given", NULL);
	if (!arg_key || !arg_certificate)
		return usage_error("sign: --key= and --certificate= are needed", NULL);
	return check_output_suffix("sign", arg_output);
}

/* For which machine the partitions are. NULL for what was logged. */
static const char *find_architecture(const struct opened_image *opened)
{
	const char *architecture = os_release_value(&opened->image.os_release, "ARCHITECTURE");
	const char *others[GPT_ENTRIES];
	char shown[LOG_ESCAPED_SIZE];

	(void)log_escape(opened->path, shown);
	if (opened->file.root_used == 0) {
		log_error("'%s' has no squashfs, which is what can be signed", shown);
		return NULL;
	}
	if (opened_image_others(opened, others) > 0) {
		log_error(
			"'%s' is for several machines; sign an image for each, and mkportable merge makes one",
			shown);
		return NULL;
	}
	if (!architecture || !partition_types_for(architecture)) {
		log_error(
			"'%s' has no ARCHITECTURE= in its os-release for which partitions have a type",
			shown);
		return NULL;
	}
	if (opened->image.findings.errors == 0)
		return architecture;
	findings_print_errors(stderr, opened);
	return NULL;
}

/* Returns 0, or a negative errno for what was logged. */
static int write_disk(struct opened_image *opened, const char *architecture)
{
	struct signer signer = { .pool = &opened->pool,
				 .certificate_path = arg_certificate,
				 .key_path = arg_key };
	const struct squashfs_place place = { .fd = opened->file.fd,
					      .offset = opened->file.root_offset,
					      .size = opened->file.root_used };
	unsigned char root_hash[DIGEST_SIZE];
	struct pack_output output;
	int r = pack_output_open(&opened->pool, arg_output, &output);

	output.squashfs = &place;
	output.architecture = architecture;
	output.verity = true;
	output.ret_root_hash = root_hash;
	output.signer = &signer;
	if (r >= 0)
		r = signer_open(&signer);
	if (r >= 0)
		r = pack(NULL, &signed_format, &output, 0);
	signer_release(&signer);
	pack_output_close(&output);
	return r;
}

/* Returns the exit status. */
static int sign(struct opened_image *opened, const char *path)
{
	const struct image_host host = { 0 };
	const char *architecture;

	if (opened_image_read(opened, path, NULL, NULL, &host) < 0)
		return EXIT_UNREADABLE;
	if (opened_image_check_output(opened, arg_output) < 0)
		return EXIT_FAILURE;
	architecture = find_architecture(opened);
	return architecture && write_disk(opened, architecture) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int sign_main(int argc, char *argv[])
{
	struct opened_image opened = { 0 };
	int status = parse_arguments(argc, argv);

	if (status >= 0)
		return status;
	status = sign(&opened, argv[1]);
	opened_image_release(&opened);
	return status;
}
