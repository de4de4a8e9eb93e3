/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/scratch.h"
#include "check.h"
#include "fd.h"
#include "plan/bill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pool pool;

/* "NAME VERSION ARCHITECTURE, …" */
static const char *packages(const char *status)
{
	struct dpkg_package *list = NULL;
	const char *text = "";

	CHECK(dpkg_read_status(&pool, pool_copy(&pool, status), &list) == 0);
	for (; list; list = list->next)
		text = pool_format(&pool, "%s%s%s %s %s", text, text[0] ? ", " : "", list->name,
				   list->version, list->architecture);
	return text;
}

static void packages_are_those_that_are_unpacked(void)
{
	CHECK_TEXT(packages("Package: a\nStatus: install ok installed\nVersion: 1:2-3\n"
			    "Architecture: all\nDescription: x\n Package: y\n\n\n"
			    "version: 2 \narchitecture:\tamd64\r\npackage: b\n"
			    "status: install ok unpacked"),
		   "a 1:2-3 all, b 2 amd64");
	CHECK_TEXT(packages("Package: a\nStatus: deinstall ok config-files\nVersion: 1\n"
			    "Architecture: all\n\nPackage: b\nStatus: x\nVersion: 1\n"
			    "Architecture: all\n\nPackage: c\nStatus: install ok installed\n"
			    "Version: 1\n\nPackage:\nStatus: install ok installed\nVersion: 1\n"
			    "Architecture: all\n"),
		   "");
	CHECK_TEXT(packages(""), "");
}

static const char *licenses(const char *copyright)
{
	struct dpkg_license *list = NULL;
	const char *text = "";

	CHECK(dpkg_read_licenses(&pool, pool_copy(&pool, copyright), &list) == 0);
	for (; list; list = list->next)
		text = pool_format(&pool, "%s%s%s", text, text[0] ? ", " : "", list->name);
	return text;
}

static void licenses_are_those_of_dep_5(void)
{
	char many[8192] = "Format: x\n";
	size_t length = strlen(many);
	unsigned n = 1;

	CHECK_TEXT(licenses("Format: x\nLicense: GPL-2+\n text\n\nFiles: *\nLicense: A or B\n"
			    "License:\nLicense: GPL-2+ \n License: C\n"),
		   "GPL-2+, A or B");
	CHECK_TEXT(licenses("It is free.\nLicense: GPL-2+\n"), "");
	CHECK_TEXT(licenses(""), "");
	for (unsigned i = 0; i < 2 * DPKG_LICENSES_MAX; i++)
		length += (size_t)snprintf(many + length, sizeof many - length, "License: %u\n", i);
	for (const char *c = licenses(many); *c; c++)
		n += *c == ',';
	CHECK(n == DPKG_LICENSES_MAX);
}

static void put(int root_fd, const char *path, const char *text)
{
	CLEANUP_FD int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
}

static void make_tree(const char *root)
{
	static const char *const directories[] = { "etc", "var", "var/lib", "var/lib/dpkg",
						   "var/lib/dpkg/info" };
	CLEANUP_FD int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		CHECK(mkdirat(fd, directories[i], 0755) == 0);
	put(fd, "etc/same", "same");
	put(fd, "etc/other", "other");
	put(fd, "var/lib/dpkg/status",
	    "Package: p\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n");
	put(fd, "var/lib/dpkg/info/p:amd64.list",
	    "/.\n/etc\n/etc/same\n/etc/other\n/etc/none\nrelative\n/etc/../etc/same");
}

/* "NAME VERSION PURL: FILE…; …" */
static const char *text_of(const struct bill *bill)
{
	const char *text = "";

	for (const struct component *c = bill->components; c; c = c->next) {
		text = pool_format(&pool, "%s%s %s %s:", text, c->name,
				   c->version ? c->version : "-", c->purl ? c->purl : "-");
		for (const struct component_file *f = c->files; f; f = f->next)
			text = pool_format(&pool, "%s %s", text, f->path);
		text = pool_format(&pool, "%s;", text);
	}
	return text;
}

static void each_file_is_of_one_component(void)
{
	struct texts roots = { 0 };
	struct scratch scratch = { 0 };
	struct bill bill;
	struct plan plan;

	plan_open(&plan, &pool);
	CHECK(plan_add_bytes(&plan, "/etc/same", "same", 4, "test") == 0);
	CHECK(plan_add_bytes(&plan, "/etc/other", "OTHER", 5, "test") == 0);
	CHECK(plan_add_bytes(&plan, "/etc/own", "", 0, "test") == 0);
	CHECK(plan_add_symlink(&plan, "/etc/link", "own", "test") == 0);
	CHECK(bill_make(&plan, "x", NULL, &roots, &bill) == 0);
	CHECK_TEXT(text_of(&bill), "x - -: /etc/other /etc/own /etc/same;");
	CHECK(bill.files_n == 3 && bill.components_n == 1);
	CHECK_TEXT(bill.components->files->sha1, "957c024b38ce820878f03177ce3d2b83c26a82d0");

	CHECK(scratch_make(&scratch, &pool) == 0);
	make_tree(scratch.path);
	roots = (struct texts){ .n = 1, .at = { scratch.path } };
	CHECK(bill_make(&plan, "x", "1", &roots, &bill) == 0);
	CHECK_TEXT(text_of(&bill),
		   "x 1 -: /etc/other /etc/own;p 1 pkg:deb/debian/p@1?arch=amd64: /etc/same;");
	scratch_remove(&scratch);
	plan_close(&plan);
}

int main(void)
{
	RUN(packages_are_those_that_are_unpacked);
	RUN(licenses_are_those_of_dep_5);
	RUN(each_file_is_of_one_component);
	pool_release(&pool);
	return CHECK_STATUS();
}
