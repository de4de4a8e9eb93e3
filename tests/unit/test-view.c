/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "plan/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What every image has. */
#define BASE "/proc/ /sys/ /dev/ /run/ /tmp/ /var/tmp/ /etc/machine-id /etc/resolv.conf "

static struct pool pool;
static char faults[4096];

static void note_fault(void *userdata, const struct view_fault *fault)
{
	static const char kinds[] = {
		[PLAN_DIRECTORY] = 'D', [PLAN_FILE] = 'F', [PLAN_SYMLINK] = 'L', [PLAN_OTHER] = '!'
	};
	size_t used = strlen(faults);

	(void)userdata;
	(void)snprintf(faults + used, sizeof faults - used, "%s%c:%s%s%s", used ? " " : "",
		       fault->host_path ? 'H' : kinds[fault->wanted],
		       fault->host_path ? fault->host_path : fault->path, fault->target ? "->" : "",
		       fault->target ? fault->target : "");
}

/* Adds "/directory/", "/file" and "/link>target". */
static void fill(struct plan *plan, const char *entries)
{
	char *text = pool_copy(&pool, entries), *state = NULL;

	for (char *e = strtok_r(text, " ", &state); e; e = strtok_r(NULL, " ", &state)) {
		char *target = strchr(e, '>');
		size_t length = strlen(e);

		if (target) {
			*target = '\0';
			CHECK(plan_add_symlink(plan, e, target + 1, "test") == 0);
		} else if (e[length - 1] == '/') {
			e[length - 1] = '\0';
			CHECK(plan_add_directory(plan, e, 0755, "test") == 0);
		} else {
			CHECK(plan_add_bytes(plan, e, "", 0, "test") == 0);
		}
	}
}

enum option {
	DEFAULT = 1,    /* under the profile "default" */
	WRITABLE = 2,   /* a writable image */
	PRIVILEGED = 4, /* a command with "+" */
};

struct scene {
	struct plan plan;
	struct unit unit;
	struct mounts mounts;
	struct view view;
	int result; /* of mounts_read() */
};

static void open_scene(struct scene *scene, const char *name, const char *lines,
		       const char *entries, int options)
{
	const char *text = pool_format(&pool, "[Service]\n%s\n", lines);

	*scene = (struct scene){
		.unit = { .name = name, .suffix = strrchr(name, '.'), .shown = name }
	};
	faults[0] = '\0';
	plan_open(&scene->plan, &pool);
	fill(&scene->plan, BASE);
	fill(&scene->plan, entries);
	CHECK(unit_file_parse(text, strlen(text), NULL, NULL, &scene->unit.file) == 0);
	scene->result =
		mounts_read(&pool,
			    &(struct mounts_request){
				    .unit = &scene->unit,
				    .profile = options & DEFAULT ? &mounts_default_profile : NULL,
				    .privileged = options & PRIVILEGED },
			    &scene->mounts);
	CHECK(view_make(&scene->view, &scene->plan, &scene->mounts, options & WRITABLE, note_fault,
			NULL) == 0);
}

static void close_scene(struct scene *scene)
{
	unit_list_release(&scene->unit);
	plan_close(&scene->plan);
}

static void what_is_missing(void)
{
	static const struct {
		const char *lines, *entries;
		int options;
		const char *wanted;
	} table[] = {
		{ "", "", 0, "" },
		{ "", "", DEFAULT, "" },
		/* Directories of the service. */
		{ "StateDirectory=a b/c", "", 0, "D:/var/lib/a D:/var/lib/b/c" },
		{ "StateDirectory=a b/c", "", WRITABLE, "" },
		{ "StateDirectory=a a/b a/b/c", "", 0, "D:/var/lib/a" },
		{ "StateDirectory=a/b ab", "", 0, "D:/var/lib/a/b D:/var/lib/ab" },
		{ "StateDirectory=a:b", "", 0, "D:/var/lib/a L:/var/lib/b->a" },
		{ "StateDirectory=a:b", "/var/lib/a/ /var/lib/b>a", 0, "" },
		{ "StateDirectory=a:b", "/var/lib/a/ /var/lib/b>/var/lib/a", 0, "!:/var/lib/b->a" },
		{ "StateDirectory=a:b", "/var/lib/a/ /var/lib/b/", WRITABLE, "!:/var/lib/b->a" },
		{ "StateDirectory=a/b:c/d:ro", "", 0, "D:/var/lib/a/b L:/var/lib/c/d->../a/b" },
		{ "CacheDirectory=a::ro", "", 0, "D:/var/cache/a" },
		{ "StateDirectory=%%S", "", 0, "D:/var/lib/%S" },
		{ "StateDirectory=a", "/var/lib/a", 0, "!:/var/lib/a" },
		{ "StateDirectory=a", "/srv/a/ /var/lib/a>/srv/a", 0, "" },
		{ "StateDirectory=a", "/var/lib/a>/srv/a", 0, "D:/srv/a" },
		{ "StateDirectory=a", "/var/lib", 0, "!:/var/lib/a" },
		{ "RuntimeDirectory=a:b\nLoadCredential=a:/b", "", 0, "" },
		{ "ConfigurationDirectory=a", "", 0, "D:/etc/a" },
		/* Binds. */
		{ "BindPaths=/a /b:/c -/d:/e:norbind", "", 0, "D:/a D:/c D:/e" },
		{ "BindPaths=/a::rbind", "", 0, "D:/a" },
		{ "BindPaths=\"/a:b\":/c /d\\:e", "", 0, "D:/c D:/d:e" },
		{ "BindPaths=%h/x:/c", "", 0, "D:/c" },
		{ "BindPaths=/etc/hosts:/c", "", 0, "F:/c" },
		{ "BindPaths=/etc/hosts:/srv", "/srv/", 0, "!:/srv" },
		{ "BindPaths=/usr:/f", "/f", 0, "!:/f" },
		{ "BindPaths=/unknown:/f", "/f", 0, "" },
		{ "BindPaths=/etc/hosts:/run/f /usr:/run/f/b", "", 0, "!:/run/f/b" },
		{ "BindPaths=/x:/p /y:/q\nExecStart=-/p once", "", 0, "F:/p D:/q" },
		{ "BindPaths=/run/a /dev/b /tmp/c", "", DEFAULT, "" },
		{ "BindPaths=/tmp/c", "", 0, "D:/tmp/c" },
		{ "BindPaths=/tmp/c\nPrivateTmp=yes", "", 0, "" },
		{ "BindPaths=/proc/x /sys/x /proc/sys/x /proc/12", "", 0, "!:/proc/x !:/sys/x" },
		{ "BindPaths=/runner /tmpfs", "", 0, "D:/runner D:/tmpfs" },
		{ "BindPaths=/a:/l/x", "/l>run", 0, "" },
		{ "BindPaths=/a:/l", "/l>m /m>l", 0, "!:/l" },
		{ "BindPaths=/a:/b /c:/b/d", "", 0, "D:/b" },
		/* File systems of its own. */
		{ "TemporaryFileSystem=/a:size=1M,mode=0700 /b", "", 0, "D:/a D:/b" },
		{ "TemporaryFileSystem=/var\nStateDirectory=a:b\nBindPaths=/x:/var/y/z", "", 0,
		  "" },
		{ "TemporaryFileSystem=/a\nReadWritePaths=/a", "/a/", 0, "" },
		{ "TemporaryFileSystem=/a\nReadWritePaths=/a/b", "/a/b/", 0, "!:/a/b" },
		{ "MountImages=/i:/a:root:ro -/j:/b", "", 0, "D:/a D:/b" },
		{ "ExtensionImages=/i", "/usr/", 0, "D:/opt" },
		{ "ProtectHome=tmpfs", "", 0, "D:/home D:/root" },
		{ "ProtectHome=yes", "", 0, "" },
		/* Access. */
		{ "ReadOnlyPaths=/a -/b +/c", "", 0, "D:/a D:/c" },
		{ "ReadOnlyPaths=/a -/b +/c", "", DEFAULT, "" },
		{ "ReadOnlyPaths=/a", "", DEFAULT | WRITABLE, "" },
		{ "ReadWritePaths=/a", "", DEFAULT | WRITABLE, "D:/a" },
		{ "InaccessiblePaths=/srv\nBindPaths=/x:/srv/y", "/srv/", 0, "" },
		{ "InaccessiblePaths=/run/x", "", 0, "!:/run/x" },
		{ "InaccessiblePaths=/dev/sda", "", 0, "" },
		{ "InaccessiblePaths=/dev/sda /dev/null", "", DEFAULT, "!:/dev/sda" },
		{ "ProtectSystem=full", "", 0, "D:/usr" },
		{ "ReadWritePaths=/run", "", 0,
		  "D:/run/host/.os-release-stage D:/run/systemd/incoming" },
		{ "ReadWritePaths=/run", "", WRITABLE, "" },
		{ "ReadWritePaths=/run\nBindPaths=/run", "", 0, "" },
		{ "MountAPIVFS=no", "", 0, "D:/run/systemd/incoming" },
		{ "", "", PRIVILEGED, "D:/run/systemd/incoming" },
		{ "", "/run/systemd/incoming/", PRIVILEGED, "" },
		{ "", "", PRIVILEGED | DEFAULT | WRITABLE, "D:/sys/fs/cgroup/memory.pressure" },
		/* Working directories. */
		{ "WorkingDirectory=/a\nWorkingDirectory=/b", "", 0, "D:/b" },
		{ "WorkingDirectory=/a", "", WRITABLE, "D:/a" },
		{ "WorkingDirectory=/a", "/a", 0, "!:/a" },
		{ "WorkingDirectory=~", "", 0, "" },
		{ "WorkingDirectory=-/a", "", 0, "" },
		{ "WorkingDirectory=%S/a b", "", 0, "D:/var/lib/a b" },
		{ "WorkingDirectory=/run/a", "", 0, "!:/run/a" },
		{ "WorkingDirectory=/run/a\nRuntimeDirectory=a", "", 0, "" },
		{ "WorkingDirectory=%S/a/b\nStateDirectory=a", "/var/lib/a/b/", 0,
		  "!:/var/lib/a/b" },
		{ "WorkingDirectory=%S/a/b\nStateDirectory=a a/b", "/var/lib/a/", 0, "" },
		{ "WorkingDirectory=/a/b\nBindPaths=/x:/a", "/a/", 0, "H:/x/b" },
		{ "ReadOnlyPaths=/a/b -/a/c\nBindPaths=/:/a", "/a/", 0, "H:/b" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct scene scene;

		open_scene(&scene, "x.service", table[i].lines, table[i].entries, table[i].options);
		CHECK(scene.result == 0);
		CHECK_TEXT(faults, table[i].wanted);
		if (strcmp(faults, table[i].wanted) != 0)
			printf("# %s | %s\n", table[i].lines, table[i].entries);
		close_scene(&scene);
	}
	pool_release(&pool);
}

static void mistakes_in_values(void)
{
	static const char *const table[] = {
		"StateDirectory=:b",  "StateDirectory=a/../b",
		"StateDirectory=/a",  "ConfigurationDirectory=a:b",
		"BindPaths=/a:b",     "BindPaths=a:/b",
		"BindPaths=:/b",      "MountImages=/i",
		"ReadWritePaths=a",   "TemporaryFileSystem=/a:bogus=1",
		"WorkingDirectory=a", "StateDirectory=%H",
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct scene scene;

		open_scene(&scene, "x.service", table[i], "", 0);
		CHECK(scene.result == -EINVAL);
		close_scene(&scene);
	}
	pool_release(&pool);
}

static void instances(void)
{
	static const struct {
		const char *name, *lines, *entries, *wanted;
	} table[] = {
		{ "x@.service", "StateDirectory=%p", "", "D:/var/lib/x" },
		{ "x@.service", "StateDirectory=%p/%i", "", "D:/var/lib/x/\2" },
		{ "x@.service", "StateDirectory=%p/%i", "/var/lib/x/any/", "" },
		{ "x@.service", "StateDirectory=%p/%i", "/var/lib/x/any", "!:/var/lib/x/\2" },
		{ "x@y.service", "StateDirectory=%p/%i", "", "D:/var/lib/x/y" },
		{ "x.service", "StateDirectory=%N/%i", "", "D:/var/lib/x" },
		{ "x@.service", "WorkingDirectory=/srv/%i", "/srv/a/", "" },
		{ "x@.service", "StateDirectory=%i-%i", "/var/lib/a-a/", "" },
		{ "x.service", "StateDirectory=*", "/var/lib/y/", "D:/var/lib/*" },
		{ "x@.service", "StateDirectory=%i/a-%i-b", "/var/lib/q/a-r-b/", "" },
		{ "x@.service", "StateDirectory=a-%i-b", "/var/lib/a--b/ /var/lib/a-x-b-c/",
		  "D:/var/lib/a-\2-b" },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct scene scene;

		open_scene(&scene, table[i].name, table[i].lines, table[i].entries, 0);
		CHECK(scene.result == 0);
		CHECK_TEXT(faults, table[i].wanted);
		close_scene(&scene);
	}
	pool_release(&pool);
}

static void what_is_seen(void)
{
	static const struct {
		const char *lines, *path;
		enum view_kind kind;
		bool noexec;
	} table[] = {
		{ "", "/usr/bin/x", VIEW_IMAGE, false },
		{ "", "/bin/x", VIEW_IMAGE, false },
		{ "", "/usr/bin/y", VIEW_MISSING, false },
		{ "BindPaths=/usr", "/usr/bin/x", VIEW_UNKNOWN, false },
		{ "BindPaths=/usr", "/bin/x", VIEW_UNKNOWN, false },
		{ "BindPaths=/srv/x:/usr/bin/x", "/usr/bin/x", VIEW_MOUNTED, false },
		{ "TemporaryFileSystem=/usr", "/usr/bin/x", VIEW_MISSING, false },
		{ "TemporaryFileSystem=/usr\nBindPaths=/x:/usr/bin", "/usr/bin/x", VIEW_UNKNOWN,
		  false },
		{ "InaccessiblePaths=/usr", "/usr/bin/x", VIEW_MISSING, true },
		{ "ExtensionImages=/i", "/usr/bin/x", VIEW_IMAGE, false },
		{ "ExtensionImages=/i", "/usr/bin/y", VIEW_UNKNOWN, false },
		{ "NoExecPaths=/", "/usr/bin/x", VIEW_IMAGE, true },
		{ "NoExecPaths=/\nExecPaths=/usr", "/usr/bin/x", VIEW_IMAGE, false },
		{ "NoExecPaths=/usr/lib", "/usr/bin/x", VIEW_IMAGE, false },
		{ "ReadOnlyPaths=/usr", "/usr/bin/x", VIEW_IMAGE, false },
		{ "", "/proc/self/exe", VIEW_UNKNOWN, true },
	};

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct scene scene;
		struct view_place place;

		open_scene(&scene, "x.service", table[i].lines,
			   "/usr/bin/x /usr/lib/ /opt/ /bin>usr/bin", 0);
		view_find(&scene.view, table[i].path, &place);
		CHECK(place.kind == table[i].kind);
		CHECK(view_is_noexec(&scene.view, place.path) == table[i].noexec);
		if (place.kind != table[i].kind)
			printf("# %s | %s\n", table[i].lines, table[i].path);
		close_scene(&scene);
	}
	pool_release(&pool);
}

static void what_keeps_a_user_out(void)
{
	struct scene scene;
	char obstacle[PATH_MAX];
	mode_t mode;

	open_scene(&scene, "x.service", "TemporaryFileSystem=/srv:mode=0700\nGroup=root",
		   "/usr/bin/x /srv/", 0);
	plan_find(&scene.plan, "/usr/bin/x")->mode = 0711;
	CHECK(view_is_open(&scene.view, "/usr/bin/x", obstacle, &mode));
	CHECK(!view_is_open(&scene.view, "/srv", obstacle, &mode));
	CHECK_TEXT(obstacle, "/srv");
	CHECK(mode == 0700);
	plan_find(&scene.plan, "/usr")->mode = 0710; /* the group has it */
	CHECK(view_is_open(&scene.view, "/usr/bin/x", obstacle, &mode));
	plan_find(&scene.plan, "/usr")->mode = 0706;
	CHECK(!view_is_open(&scene.view, "/usr/bin/x", obstacle, &mode));
	CHECK_TEXT(obstacle, "/usr");
	plan_find(&scene.plan, "/usr")->uid = 7; /* it may be the user of the service */
	CHECK(view_is_open(&scene.view, "/usr/bin/x", obstacle, &mode));
	scene.plan.root_mode = 0700;
	CHECK(!view_is_open(&scene.view, "/usr/bin/x", obstacle, &mode));
	CHECK_TEXT(obstacle, "/");
	close_scene(&scene);
	pool_release(&pool);
}

int main(void)
{
	/* The messages are the matter of other tests. */
	int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDERR_FILENO) < 0)
		return EXIT_FAILURE;
	RUN(what_is_missing);
	RUN(mistakes_in_values);
	RUN(instances);
	RUN(what_is_seen);
	RUN(what_keeps_a_user_out);
	(void)close(null_fd);
	return CHECK_STATUS();
}
