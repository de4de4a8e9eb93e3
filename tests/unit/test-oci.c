/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/scratch.h"
#include "check.h"
#include "file.h"
#include "write/oci.h"
#include "write/pack.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pool pool;
static struct container container;
static struct plan plan;

static void make(void)
{
	static const char *const command[] = { "/x", NULL };
	static struct container_port port = { NULL, 80, "tcp" };
	static struct container_volume volume = { NULL, "/var/lib/x", false };

	container = (struct container){ .command = command, .ports = &port, .volumes = &volume };
	plan_open(&plan, &pool);
	CHECK(plan_add_bytes(&plan, "/x", "text", 4, "test") == 0);
}

static int write_into(int directory_fd, const char *name, const struct oci_image *images)
{
	const struct oci oci = {
		.pool = &pool, .id = "x", .version = "1", .description = "\xff", .images = images
	};
	const struct pack_output output = {
		.shown = name, .name = name, .directory_fd = directory_fd, .oci = &oci
	};

	return pack(NULL, pack_format_find("oci"), &output, 0);
}

static void layouts_are_written_in_both_forms(void)
{
	struct scratch scratch = { 0 };
	struct oci_image arm = { .plan = &plan, .container = &container, .architecture = "arm64" };
	/* The same files for both: their layer is there once. */
	struct oci_image amd = {
		.next = &arm, .plan = &plan, .container = &container, .architecture = "x86-64"
	};
	char *bytes = NULL;
	struct stat st;
	size_t size;
	int fd;

	make();
	CHECK(scratch_make(&scratch, &pool) == 0);
	fd = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(write_into(fd, "layout", &amd) == 0);
	CHECK(file_read(fd, "layout/oci-layout", 100, &bytes, &size) == 0);
	CHECK_TEXT(bytes, "{\"imageLayoutVersion\":\"1.0.0\"}");
	free(bytes);
	/* One layer, two configurations, two manifests, one index. */
	CHECK(fstatat(fd, "layout/blobs/sha256", &st, 0) == 0);
	CHECK(write_into(fd, "layout", &arm) == 0);
	CHECK(write_into(fd, "layout.tar", &amd) == 0);
	CHECK(fstatat(fd, "layout.tar", &st, 0) == 0 && S_ISREG(st.st_mode) && st.st_size > 0);
	plan_close(&plan);
	(void)close(fd);
	scratch_remove(&scratch);
}

static void names_are_those_that_registries_allow(void)
{
	const char many[] =
		"1234567890123456789012345678901234567890123456789012345678901234567890"
		"1234567890123456789012345678901234567890123456789012345678901234567890";

	CHECK_TEXT(oci_reference(&pool, "Web.X-1", "1.0~RC1^2"), "localhost/web.x-1:1.0-RC1-2");
	/* Images of others have any name and version. */
	CHECK_TEXT(oci_reference(&pool, "-A..b_.c--d@-.", ""), "localhost/a.b_c--d:0");
	CHECK_TEXT(oci_reference(&pool, "\xc3\xa9", ".1+2:3/4\n\xff"),
		   "localhost/image:_1-2-3-4--");
	CHECK(strlen(oci_reference(&pool, "a", many)) == strlen("localhost/a:") + 128);
	CHECK(oci_is_archive("a.tar") && !oci_is_archive(".tar") && !oci_is_archive("a.tar.gz"));
}

int main(void)
{
	RUN(layouts_are_written_in_both_forms);
	RUN(names_are_those_that_registries_allow);
	pool_release(&pool);
	return CHECK_STATUS();
}
