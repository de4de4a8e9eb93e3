/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans as an OCI image layout. */
#include "write/oci.h"

#include "architecture.h"
#include "base/scratch.h"
#include "disk/digest.h"
#include "disk/hex.h"
#include "fd.h"
#include "json.h"
#include "log.h"
#include "write/directory.h"
#include "write/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ARCHIVE_SUFFIX ".tar"

/* https://github.com/opencontainers/distribution-spec, "Pulling manifests". */
#define TAG_LENGTH_MAX 128

/* By it a layout is known. */
#define MARK         "oci-layout"
#define MARK_CONTENT "{\"imageLayoutVersion\":\"1.0.0\"}"

#define TYPE(name) "application/vnd.oci.image." name

/* A blob, as others refer to it. */
struct descriptor {
	const char *type;
	char digest[DIGEST_TEXT_SIZE];
	uint64_t size;
	const struct oci_image *image; /* of a manifest: for which machine; else NULL */
};

/* What becomes of an image. */
struct manifest {
	struct manifest *next;
	struct descriptor descriptor;
};

/* A layout that is being made, as a plan of its files. */
struct layout {
	const struct oci *oci;
	struct plan plan;
	struct scratch scratch; /* the layers */
	const char *shown;
	uint32_t seconds;
	char created[sizeof "1970-01-01T00:00:00Z"];
	struct manifest *manifests, **manifests_end;
};

/* A layer that is being written: the digests of the archive, and of what the file has of it. */
struct layer {
	struct archive *compressor;
	struct digest *whole, *compressed;
	const char *path;
	int fd, error;
	uint64_t size;
};

bool oci_is_archive(const char *name)
{
	size_t length = strlen(name), suffix = strlen(ARCHIVE_SUFFIX);

	return length > suffix && strcmp(name + length - suffix, ARCHIVE_SUFFIX) == 0;
}

static bool is_alphanumeric(char c)
{
	return isalnum((unsigned char)c);
}

/* Makes it small letters and digits, with ".", "_" or any number of "-" between them. */
static void make_name(char *text)
{
	char *out = text;

	for (const char *c = text; *c; c++)
		if (is_alphanumeric(*c))
			*out++ = (char)tolower((unsigned char)*c);
		else if (out > text && is_alphanumeric(out[-1]))
			*out++ = *c == '.' || *c == '_' ? *c : '-';
		else if (out > text && out[-1] == '-' && *c == '-')
			*out++ = '-';
	while (out > text && !is_alphanumeric(out[-1]))
		out--;
	*out = '\0';
}

/* Makes it at most 128 letters, digits, "_", "." and "-", of which the last two are not first. */
static void make_tag(char *text)
{
	size_t n = 0;

	for (; n < TAG_LENGTH_MAX && text[n]; n++)
		if (!is_alphanumeric(text[n]) && !strchr("_.-", text[n]))
			text[n] = '-';
	text[n] = '\0';
	if (text[0] && !is_alphanumeric(text[0]))
		text[0] = '_';
}

const char *oci_reference(struct pool *pool, const char *id, const char *version)
{
	char *name = pool_copy(pool, id), *tag = pool_copy(pool, version);

	if (!name || !tag)
		return NULL;
	make_name(name);
	make_tag(tag);
	return pool_format(pool, "localhost/%s:%s", name[0] ? name : "image", tag[0] ? tag : "0");
}

/* --- layers --- */

/* Always reports success to libarchive, as in tar.c. */
static la_ssize_t take_compressed(struct archive *archive, void *layer, const void *bytes,
				  size_t size)
{
	struct layer *l = layer;
	char shown[LOG_ESCAPED_SIZE];

	(void)archive;
	if (l->error < 0)
		return (la_ssize_t)size;
	l->error = fd_write_all(l->fd, bytes, size);
	if (l->error < 0)
		log_failure(l->error, "cannot write '%s'", log_escape(l->path, shown));
	digest_add(l->compressed, bytes, size);
	l->size += size;
	return (la_ssize_t)size;
}

static int refused(const struct layer *l)
{
	const char *why = archive_error_string(l->compressor);

	log_error("cannot compress a layer: %s", why ? why : "libarchive failed");
	return -EIO;
}

static int take_layer(void *layer, const void *bytes, size_t size)
{
	struct layer *l = layer;

	digest_add(l->whole, bytes, size);
	if (archive_write_data(l->compressor, bytes, size) != (la_ssize_t)size)
		return refused(l);
	return l->error;
}

/* libarchive compresses what is given to it as the only, nameless entry of a "raw" archive. */
static int begin_compressing(struct layer *l)
{
	struct archive_entry *header = archive_entry_new();
	int r = 0;

	if (!header)
		return pool_exhausted();
	archive_entry_set_filetype(header, AE_IFREG);
	if (archive_write_set_format_raw(l->compressor) != ARCHIVE_OK ||
	    archive_write_add_filter_gzip(l->compressor) != ARCHIVE_OK ||
	    archive_write_set_options(l->compressor, "gzip:!timestamp,gzip:compression-level=9") !=
		    ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(l->compressor, 1) != ARCHIVE_OK ||
	    archive_write_open(l->compressor, l, NULL, take_compressed, NULL) != ARCHIVE_OK ||
	    archive_write_header(l->compressor, header) != ARCHIVE_OK)
		r = refused(l);
	archive_entry_free(header);
	return r;
}

static int compress_layer(struct layout *layout, const struct plan *plan, struct layer *l)
{
	int r = begin_compressing(l);

	if (r >= 0)
		r = pack_tar_through(take_layer, l, plan, layout->shown, layout->seconds);
	if (r >= 0 && archive_write_close(l->compressor) != ARCHIVE_OK)
		r = refused(l);
	return r < 0 ? r : l->error;
}

static int write_layer(struct layout *layout, const struct plan *plan, struct layer *l)
{
	char shown[LOG_ESCAPED_SIZE];
	int r;

	l->fd = open(l->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (l->fd < 0) {
		r = -errno;
		log_failure(r, "cannot write '%s'", log_escape(l->path, shown));
		return r;
	}
	l->compressor = archive_write_new();
	l->whole = digest_open();
	l->compressed = digest_open();
	r = l->compressor && l->whole && l->compressed ? compress_layer(layout, plan, l)
						       : pool_exhausted();
	close_fd(&l->fd);
	/* What the compressor has left when it is freed goes nowhere. */
	l->error = r;
	return r;
}

static int end_digest(struct digest *digest, char ret[static DIGEST_TEXT_SIZE])
{
	unsigned char bytes[DIGEST_SIZE];
	int r = digest_end(digest, bytes);

	if (r < 0)
		log_failure(r, "cannot compute a digest");
	else
		hex_encode(bytes, sizeof bytes, ret);
	return r;
}

/* --- blobs --- */

/* Where a blob goes; NULL: it is there already. -ENOMEM and so on by *ret_r, logged. */
static const char *blob_path(struct layout *layout, const struct descriptor *d, int *ret_r)
{
	const char *path = pool_format(layout->oci->pool, "/blobs/sha256/%s", d->digest);

	*ret_r = path ? 0 : pool_exhausted();
	return path && !plan_find(&layout->plan, path) ? path : NULL;
}

static int add_layer(struct layout *layout, const struct plan *plan, struct descriptor *ret,
		     char ret_diff_id[static DIGEST_TEXT_SIZE])
{
	struct layer l = { .fd = -1 };
	const char *path;
	int r;

	/* The number of files so far: a name that none of them has. */
	l.path = pool_format(layout->oci->pool, "%s/%zu", layout->scratch.path, layout->plan.n);
	r = l.path ? write_layer(layout, plan, &l) : pool_exhausted();
	*ret = (struct descriptor){ .type = TYPE("layer.v1.tar+gzip"), .size = l.size };
	if (r >= 0)
		r = end_digest(l.whole, ret_diff_id);
	if (r >= 0)
		r = end_digest(l.compressed, ret->digest);
	if (r >= 0) {
		path = blob_path(layout, ret, &r);
		if (path)
			r = plan_add_file(&layout->plan, path, 0644, l.path, layout->shown);
	}
	(void)archive_write_free(l.compressor);
	digest_close(l.whole);
	digest_close(l.compressed);
	return r;
}

/* JSON in memory, which becomes a file of the layout. */
struct text {
	struct json json;
	char *bytes;
	size_t size;
};

static int text_begin(struct text *text)
{
	*text = (struct text){ 0 };
	text->json.out = open_memstream(&text->bytes, &text->size);
	return text->json.out ? 0 : pool_exhausted();
}

/* The text, in the pool; NULL without memory, logged. */
static const char *text_end(struct text *text, struct pool *pool)
{
	bool failed = ferror(text->json.out) != 0;
	const char *bytes = NULL;

	if (fclose(text->json.out) != 0 || failed)
		free(text->bytes);
	else
		bytes = pool_adopt(pool, text->bytes);
	if (!bytes)
		(void)pool_exhausted();
	return bytes;
}

static int add_text(struct layout *layout, struct text *text, const char *type,
		    struct descriptor *ret)
{
	const char *bytes = text_end(text, layout->oci->pool), *path = NULL;
	struct digest *digest = bytes ? digest_open() : NULL;
	int r;

	if (!bytes)
		return -ENOMEM;
	if (!digest)
		return pool_exhausted();
	*ret = (struct descriptor){ .type = type, .size = text->size };
	digest_add(digest, bytes, text->size);
	r = end_digest(digest, ret->digest);
	digest_close(digest);
	if (r >= 0)
		path = blob_path(layout, ret, &r);
	return path ? plan_add_bytes(&layout->plan, path, bytes, text->size, layout->shown) : r;
}

/* --- what is in them --- */

static void write_digest(struct json *json, const char *name, const char *digest)
{
	char text[sizeof "sha256:" + DIGEST_TEXT_SIZE];

	(void)snprintf(text, sizeof text, "sha256:%s", digest);
	json_text(json, name, text);
}

static void write_annotations(const struct layout *layout, struct json *json, const char *name)
{
	const struct oci *oci = layout->oci;

	json_open(json, name, '{');
	json_text(json, "org.opencontainers.image.created", layout->created);
	if (oci->description)
		json_text(json, "org.opencontainers.image.description", oci->description);
	json_text(json, "org.opencontainers.image.title", oci->id);
	if (oci->version[0])
		json_text(json, "org.opencontainers.image.version", oci->version);
	json_close(json, '}');
}

/* The beginning of a descriptor; the caller closes it. */
static void open_descriptor(struct json *json, const char *name, const struct descriptor *d)
{
	json_open(json, name, '{');
	json_text(json, "mediaType", d->type);
	write_digest(json, "digest", d->digest);
	json_number(json, "size", d->size);
	if (!d->image)
		return;
	json_open(json, "platform", '{');
	json_text(json, "architecture", architecture_oci_name(d->image->architecture));
	json_text(json, "os", "linux");
	json_close(json, '}');
}

static void write_descriptor(struct json *json, const char *name, const struct descriptor *d)
{
	open_descriptor(json, name, d);
	json_close(json, '}');
}

static void write_command(struct json *json, const struct container *container)
{
	json_open(json, "Entrypoint", '[');
	for (const char *const *word = container->command; *word; word++)
		json_text(json, NULL, *word);
	json_close(json, ']');
}

/* Go's form of a set: names with nothing in them. */
static void write_empty(struct json *json, const char *name)
{
	json_open(json, name, '{');
	json_close(json, '}');
}

static void write_places(struct json *json, const struct container *container)
{
	char name[sizeof "65535/tcp"];

	if (container->ports)
		json_open(json, "ExposedPorts", '{');
	for (const struct container_port *p = container->ports; p; p = p->next) {
		(void)snprintf(name, sizeof name, "%u/%s", p->number, p->protocol);
		write_empty(json, name);
	}
	if (container->ports)
		json_close(json, '}');
	if (container->volumes)
		json_open(json, "Volumes", '{');
	for (const struct container_volume *v = container->volumes; v; v = v->next)
		write_empty(json, v->path);
	if (container->volumes)
		json_close(json, '}');
}

static int add_config(struct layout *layout, const struct oci_image *image, const char *diff_id,
		      struct descriptor *ret)
{
	struct text text;
	struct json *json = &text.json;

	if (text_begin(&text) < 0)
		return -ENOMEM;
	json_open(json, NULL, '{');
	json_text(json, "created", layout->created);
	json_text(json, "architecture", architecture_oci_name(image->architecture));
	json_text(json, "os", "linux");
	json_open(json, "config", '{');
	write_command(json, image->container);
	write_places(json, image->container);
	json_text(json, "WorkingDir", "/");
	/* portable-init ends with 0 on it, and so does a service. */
	json_text(json, "StopSignal", "SIGTERM");
	write_annotations(layout, json, "Labels");
	json_close(json, '}');
	json_open(json, "rootfs", '{');
	json_text(json, "type", "layers");
	json_open(json, "diff_ids", '[');
	write_digest(json, NULL, diff_id);
	json_close(json, ']');
	json_close(json, '}');
	json_open(json, "history", '[');
	json_open(json, NULL, '{');
	json_text(json, "created", layout->created);
	json_text(json, "created_by", "mkportable");
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	return add_text(layout, &text, TYPE("config.v1+json"), ret);
}

static int add_image(struct layout *layout, const struct oci_image *image, struct descriptor *ret)
{
	struct descriptor layer, config;
	char diff_id[DIGEST_TEXT_SIZE];
	struct text text;
	struct json *json = &text.json;
	int r = add_layer(layout, image->plan, &layer, diff_id);

	if (r >= 0)
		r = add_config(layout, image, diff_id, &config);
	if (r >= 0)
		r = text_begin(&text);
	if (r < 0)
		return r;
	json_open(json, NULL, '{');
	json_number(json, "schemaVersion", 2);
	json_text(json, "mediaType", TYPE("manifest.v1+json"));
	write_descriptor(json, "config", &config);
	json_open(json, "layers", '[');
	write_descriptor(json, NULL, &layer);
	json_close(json, ']');
	write_annotations(layout, json, "annotations");
	json_close(json, '}');
	r = add_text(layout, &text, TYPE("manifest.v1+json"), ret);
	ret->image = image;
	return r;
}

/* An index of the manifests, one for each machine. */
static int add_index(struct layout *layout, struct descriptor *ret)
{
	struct text text;
	struct json *json = &text.json;

	if (text_begin(&text) < 0)
		return -ENOMEM;
	json_open(json, NULL, '{');
	json_number(json, "schemaVersion", 2);
	json_text(json, "mediaType", TYPE("index.v1+json"));
	json_open(json, "manifests", '[');
	for (const struct manifest *m = layout->manifests; m; m = m->next)
		write_descriptor(json, NULL, &m->descriptor);
	json_close(json, ']');
	write_annotations(layout, json, "annotations");
	json_close(json, '}');
	return add_text(layout, &text, TYPE("index.v1+json"), ret);
}

/*
 * The file that engines begin with. It names one thing: podman loads no layout with more.
 * ref.name is the tag, for skopeo and umoci; podman and containerd have the whole name.
 */
static int add_entry(struct layout *layout, const struct descriptor *d)
{
	const struct oci *oci = layout->oci;
	const char *name = oci_reference(oci->pool, oci->id, oci->version);
	struct text text;
	struct json *json = &text.json;
	const char *bytes;

	if (!name)
		return pool_exhausted();
	if (text_begin(&text) < 0)
		return -ENOMEM;
	json_open(json, NULL, '{');
	json_number(json, "schemaVersion", 2);
	json_text(json, "mediaType", TYPE("index.v1+json"));
	json_open(json, "manifests", '[');
	open_descriptor(json, NULL, d);
	json_open(json, "annotations", '{');
	json_text(json, "io.containerd.image.name", name);
	json_text(json, "org.opencontainers.image.ref.name", strrchr(name, ':') + 1);
	json_close(json, '}');
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	bytes = text_end(&text, oci->pool);
	return bytes ? plan_add_bytes(&layout->plan, "/index.json", bytes, text.size, layout->shown)
		     : -ENOMEM;
}

static int add_manifests(struct layout *layout)
{
	int r = 0;

	for (const struct oci_image *image = layout->oci->images; image && r >= 0;
	     image = image->next) {
		struct manifest *manifest = pool_take(layout->oci->pool, sizeof *manifest);

		if (!manifest)
			return pool_exhausted();
		r = add_image(layout, image, &manifest->descriptor);
		*layout->manifests_end = manifest;
		layout->manifests_end = &manifest->next;
	}
	return r;
}

static int fill(struct layout *layout)
{
	struct descriptor all;
	int r = scratch_make(&layout->scratch, layout->oci->pool);

	if (r == -ENOMEM)
		return pool_exhausted();
	if (r < 0)
		return r;
	r = add_manifests(layout);
	if (r < 0)
		return r;
	all = layout->manifests->descriptor;
	if (layout->manifests->next)
		r = add_index(layout, &all);
	if (r >= 0)
		r = add_entry(layout, &all);
	return r < 0 ? r
		     : plan_add_bytes(&layout->plan, "/" MARK, MARK_CONTENT, strlen(MARK_CONTENT),
				      layout->shown);
}

static int open_layout(struct layout *layout, const struct pack_output *output, uint32_t seconds)
{
	const time_t created = (time_t)seconds;
	struct tm date;

	*layout = (struct layout){ .oci = output->oci, .shown = output->shown, .seconds = seconds };
	layout->manifests_end = &layout->manifests;
	plan_open(&layout->plan, output->oci->pool);
	(void)strftime(layout->created, sizeof layout->created, "%Y-%m-%dT%H:%M:%SZ",
		       gmtime_r(&created, &date));
	return fill(layout);
}

static void close_layout(struct layout *layout)
{
	scratch_remove(&layout->scratch);
	plan_close(&layout->plan);
}

int pack_oci(const struct plan *plan, const struct pack_output *output, uint32_t seconds)
{
	struct layout layout;
	int r = open_layout(&layout, output, seconds);

	(void)plan;
	if (r >= 0 && oci_is_archive(output->name))
		r = pack_tar(&layout.plan, output, seconds);
	else if (r >= 0)
		r = pack_directory_with(MARK, &layout.plan, output, seconds);
	close_layout(&layout);
	return r;
}

int pack_oci_stream(int fd, const struct plan *plan, const struct pack_output *output,
		    uint32_t seconds)
{
	struct layout layout;
	int r = open_layout(&layout, output, seconds);

	(void)plan;
	if (r >= 0)
		r = pack_tar_to(fd, &layout.plan, output->shown, seconds);
	close_layout(&layout);
	return r;
}
