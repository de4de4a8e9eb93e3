/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the packers have in common. */
#include "write/common.h"

#include "base/signals.h"
#include "fd.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>

int pack_interrupted(void)
{
	if (!signals_pending())
		return 0;
	log_error("interrupted");
	return -EINTR;
}

int pack_output_open(struct pool *pool, const char *path, struct pack_output *ret)
{
	char shown[LOG_ESCAPED_SIZE], *directory = pool_copy(pool, path),
				      *name = pool_copy(pool, path);
	int r;

	*ret = (struct pack_output){ .shown = pool_copy(pool, log_escape(path, shown)),
				     .directory_fd = -1 };
	if (!directory || !name || !ret->shown)
		return pool_exhausted();
	ret->name = basename(name);
	ret->directory_fd = open(dirname(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->directory_fd >= 0)
		return 0;
	r = -errno;
	log_failure(r, "cannot write '%s'", ret->shown);
	return r;
}

void pack_output_close(struct pack_output *output)
{
	close_fd(&output->directory_fd);
}

int pack_open_source(const struct plan_entry *entry, size_t *ret_size)
{
	CLEANUP_FD int fd = -1;
	char shown[LOG_ESCAPED_SIZE];
	struct stat st;
	int r;

	fd = plan_open_source(entry);
	r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : 0;
	if (r < 0) {
		log_failure(r, "%s: cannot read '%s'", entry->origin,
			    log_escape(entry->source, shown));
		return r;
	}
	if (!S_ISREG(st.st_mode)) {
		log_error("%s: '%s' is no longer a regular file", entry->origin,
			  log_escape(entry->source, shown));
		return -EINVAL;
	}
	*ret_size = (size_t)st.st_size;
	return TAKE_FD(fd);
}

/*
 * systemd would take it for a part of the image, and refuse that. The signature that we were
 * given is none.
 */
static int refuse_leftover(const struct pack_output *output, const char *name)
{
	const char *given = output->signer ? output->signer->signature_path : NULL;
	char shown[LOG_ESCAPED_SIZE];
	struct stat st, st_given;

	if (fstatat(output->directory_fd, name, &st, 0) < 0 ||
	    (given && stat(given, &st_given) == 0 && st.st_dev == st_given.st_dev &&
	     st.st_ino == st_given.st_ino))
		return 0;
	log_error(
		"cannot write '%s': systemd would take '%s' beside it for a part of it; remove that first",
		output->shown, log_escape(name, shown));
	return -EEXIST;
}

/* Writes the sidecars under their temporary names. */
static int begin_sidecars(const struct pack_output *output, const struct pack_sidecars *sidecars,
			  struct replacement *new)
{
	char name[NAME_MAX + 1], shown[LOG_ESCAPED_SIZE];
	int r = 0;

	for (enum sidecar i = 0; i < SIDECARS && r >= 0; i++) {
		r = sidecar_name(output->name, i, name);
		if (!sidecars->bytes[i]) {
			r = r < 0 ? 0 : refuse_leftover(output, name);
			if (r < 0)
				return r;
			continue;
		}
		if (r >= 0)
			r = replacement_begin(&new[i], output->directory_fd, name, 0644);
		if (r >= 0)
			r = fd_write_all(new[i].fd, sidecars->bytes[i], sidecars->size[i]);
		if (r < 0)
			log_failure(r, "cannot write '%s'", log_escape(name, shown));
	}
	return r;
}

/* The image comes last: lint and the kernel notice new sidecars beside an old image. */
static int commit(const struct pack_output *output, struct replacement *new,
		  struct replacement *sidecars)
{
	int r = 0;

	for (enum sidecar i = 0; i < SIDECARS && r >= 0; i++)
		if (sidecars[i].fd >= 0)
			r = replacement_commit(&sidecars[i]);
	if (r >= 0)
		r = replacement_commit(new);
	if (r < 0)
		log_failure(r, "cannot write '%s'", output->shown);
	return r;
}

int pack_file(const struct plan *plan, const struct pack_output *output, uint32_t seconds,
	      pack_write_fn *write)
{
	struct replacement new = REPLACEMENT_NONE, beside[SIDECARS];
	struct pack_sidecars sidecars = { 0 };
	int r;

	for (enum sidecar i = 0; i < SIDECARS; i++)
		beside[i] = REPLACEMENT_NONE;
	r = replacement_begin(&new, output->directory_fd, output->name, 0644);
	if (r < 0)
		log_failure(r, "cannot write '%s'", output->shown);
	else
		r = write(plan, output, &new, seconds, &sidecars);
	if (r >= 0)
		r = begin_sidecars(output, &sidecars, beside);
	if (r >= 0)
		r = pack_interrupted();
	if (r >= 0)
		r = commit(output, &new, beside);
	for (enum sidecar i = 0; i < SIDECARS; i++) {
		replacement_abandon(&beside[i]);
		free(sidecars.bytes[i]);
	}
	replacement_abandon(&new);
	return r;
}

int pack_write_tables(int fd, const struct gpt *gpt)
{
	unsigned char head[GPT_HEAD_SIZE], tail[GPT_TAIL_SIZE];
	uint64_t size = gpt_image_size(gpt);
	int r;

	gpt_format(gpt, head, tail);
	r = fd_write_at(fd, head, sizeof head, 0);
	return r < 0 ? r : fd_write_at(fd, tail, sizeof tail, (off_t)(size - sizeof tail));
}
