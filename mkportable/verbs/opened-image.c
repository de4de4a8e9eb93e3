/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image that a verb was given. */
#include "verbs/opened-image.h"

#include "log.h"
#include "names.h"

#include <errno.h>
#include <string.h>

static int read_extensions(struct opened_image *opened, const struct texts *paths,
			   const struct image_host *host)
{
	const struct image_host unsigned_host = { host->systemd_version, host->machine, NULL,
						  host->facts };
	struct extension **end = &opened->image.extensions;
	int r = 0;

	for (size_t i = 0; paths && i < paths->n && r >= 0; i++) {
		struct opened_extension *e = pool_take(&opened->pool, sizeof *e);

		if (!e)
			return pool_exhausted();
		*e = (struct opened_extension){ .next = opened->extensions };
		opened->extensions = e;
		plan_open(&e->plan, &opened->pool);
		r = image_file_read(&e->plan, paths->at[i], &unsigned_host, &e->file);
		if (r < 0)
			return r;
		e->extension = (struct extension){
			.plan = &e->plan,
			.name = image_file_name(&opened->pool, e->file.path),
			.is_directory = e->file.is_directory,
		};
		if (!e->extension.name)
			return pool_exhausted();
		*end = &e->extension;
		end = &e->extension.next;
	}
	return r;
}

int opened_image_read(struct opened_image *opened, const char *path, const struct texts *extensions,
		      const char *prefix, const struct image_host *host)
{
	const char *name, *given, *others[GPT_ENTRIES];
	int r;

	*opened = (struct opened_image){ .path = path, .file = IMAGE_FILE_NONE };
	plan_open(&opened->plan, &opened->pool);
	r = image_file_read(&opened->plan, path, host, &opened->file);
	if (r < 0)
		return r;
	if (opened_image_others(opened, others) > 0)
		opened->machine = opened->file.root->type->architecture;
	name = image_file_name(&opened->pool, opened->file.path);
	given = image_file_name(&opened->pool, path);
	if (!name || !given)
		return pool_exhausted();
	image_open(&opened->image, &opened->plan, name);
	opened->image.file = &opened->file;
	opened->image.prefix =
		prefix ? prefix : pool_copy_bytes(&opened->pool, given, image_prefix_length(given));
	if (!opened->image.prefix)
		return pool_exhausted();
	/* What is the same for all machines is found for the first. */
	opened->image.findings.without_disk = host->machine && !host->facts;
	opened->image.host = host->facts;
	opened->image.systemd_version = host->systemd_version;
	opened->image.sights.is_directory = opened->file.is_directory;
	opened->image.sights.writable = opened->file.is_writable;
	opened->image.is_extension = extension_is(&opened->plan);
	r = read_extensions(opened, extensions, host);
	if (r < 0)
		return r;
	image_find_units(&opened->image);
	image_judge(&opened->image);
	return opened_image_check(opened);
}

unsigned opened_image_others(const struct opened_image *opened, const char *ret[static GPT_ENTRIES])
{
	const struct image_file *file = &opened->file;
	unsigned all = file->gpt ? gpt_architectures(file->gpt, ret) : 0, n = 0;

	for (unsigned i = 0; i < all; i++)
		if (ret[i] != file->root->type->architecture)
			ret[n++] = ret[i];
	return n;
}

int opened_image_check(const struct opened_image *opened)
{
	int r = opened->image.findings.failed;

	if (r < 0)
		image_file_failure(opened->path, r);
	return r;
}

const char *opened_image_version(const struct opened_image *opened)
{
	const struct os_release *release = &opened->image.os_release;
	const char *version = os_release_value(release, "IMAGE_VERSION");

	return version ? version : os_release_value(release, "VERSION_ID");
}

/* portablectl takes the prefix of the units from the file's name. */
int opened_image_check_output(const struct opened_image *opened, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *prefix = opened->image.prefix;
	char shown[LOG_ESCAPED_SIZE], shown_name[LOG_ESCAPED_SIZE];

	if (opened->image.is_extension || (image_prefix_length(name) == strlen(prefix) &&
					   strncmp(name, prefix, strlen(prefix)) == 0))
		return 0;
	log_error("--output: portablectl would not take '%s' for the image '%s'",
		  log_escape(name, shown_name), log_escape(prefix, shown));
	return -EINVAL;
}

int check_output_suffix(const char *verb, const char *path)
{
	size_t length = path ? strlen(path) : 0;

	if (!path) {
		log_error("%s: --output= is missing; see 'mkportable --help'", verb);
		return EXIT_USAGE;
	}
	if (length <= strlen(".raw") || strcmp(path + length - strlen(".raw"), ".raw") != 0)
		return usage_error("--output: portablectl takes only files that end in '.raw'",
				   path);
	return -1;
}

void opened_image_release(struct opened_image *opened)
{
	image_close(&opened->image);
	plan_close(&opened->plan);
	image_file_release(&opened->file);
	for (struct opened_extension *e = opened->extensions; e; e = e->next) {
		plan_close(&e->plan);
		image_file_release(&e->file);
	}
	pool_release(&opened->pool);
}
