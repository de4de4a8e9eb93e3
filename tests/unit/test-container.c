/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "elements.h"
#include "log.h"
#include "plan/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct pool pool;

/* An image with these units; the names and texts end with NULL. */
static int describe(const char *const *texts, bool boots, struct container *ret)
{
	struct unit units[8] = { 0 };
	struct needs needs;
	struct plan plan;
	size_t n = 0;
	int r;

	plan_open(&plan, &pool);
	needs_open(&needs, &pool);
	if (boots)
		CHECK(plan_add_bytes(&plan, "/usr/sbin/init", "", 0, "test") == 0);
	for (; texts[2 * n]; n++) {
		units[n] = (struct unit){ .name = texts[2 * n],
					  .suffix = strrchr(texts[2 * n], '.'),
					  .shown = texts[2 * n] };
		CHECK(unit_file_parse(texts[2 * n + 1], strlen(texts[2 * n + 1]), NULL, NULL,
				      &units[n].file) == 0);
		CHECK(needs_programs(&needs, &units[n]) == 0);
		if (n > 0)
			units[n - 1].next = &units[n];
	}
	r = container_describe(&plan, units, &needs, "x", ret);
	for (size_t i = 0; i < n; i++)
		unit_file_release(&units[i].file);
	plan_close(&plan);
	return r;
}

/* "WORD WORD | 80/tcp | /var/lib/x" */
static const char *text_of(const char *const *texts, bool boots)
{
	struct container c;
	const char *text = "";
	int r = describe(texts, boots, &c);

	if (r < 0)
		return r == -EINVAL ? "EINVAL" : "another error";
	for (const char *const *word = c.command; *word; word++)
		text = pool_format(&pool, "%s%s ", text, *word);
	text = pool_format(&pool, "%s|", text);
	for (const struct container_port *p = c.ports; p; p = p->next)
		text = pool_format(&pool, "%s %u/%s", text, p->number, p->protocol);
	text = pool_format(&pool, "%s |", text);
	for (const struct container_volume *v = c.volumes; v; v = v->next)
		text = pool_format(&pool, "%s %s%s", text, v->path, v->is_cache ? "?" : "");
	return text;
}

#define IMAGE(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void ports_are_those_that_other_hosts_reach(void)
{
	CHECK_TEXT(
		text_of(IMAGE("x.socket",
			      "[Socket]\nListenStream=80\nListenStream=443\nListenDatagram=80\n"
			      "ListenStream=127.0.0.1:1\nListenStream=[::1]:2\nListenStream=/run/x:3\n"
			      "ListenStream=@x:4\nListenStream=vsock:2:5\nListenStream=[::]:80\n"
			      "ListenStream=0.0.0.0:6\nListenStream=0\nListenStream=65536\n"
			      "ListenStream=%i\nListenFIFO=/run/7\nListenSequentialPacket=8\n"),
			true),
		"/usr/sbin/init | 6/tcp 80/tcp 80/udp 443/tcp |");
	CHECK_TEXT(text_of(IMAGE("x.socket", "[Socket]\nListenStream=1\nListenStream=\n"
					     "ListenStream=2\n"),
			   true),
		   "/usr/sbin/init | 2/tcp |");
}

static void volumes_are_what_services_keep(void)
{
	static const char service[] = "[Service]\nExecStart=/x\nStateDirectory=x b/c\n"
				      "CacheDirectory=x\nLogsDirectory=x\n"
				      "RuntimeDirectory=x\nConfigurationDirectory=x\n";
	static const char template[] = "[Service]\nExecStart=/x\nStateDirectory=x/%i\n"
				       "[Install]\nDefaultInstance=a\n";

	CHECK_TEXT(text_of(IMAGE("x.service", service, "x-2.service",
				 "[Service]\nExecStart=/x\nStateDirectory=x\n"),
			   true),
		   "/usr/sbin/init | | /var/cache/x? /var/lib/b/c /var/lib/x /var/log/x?");
	/* Of a template, those of the instances that are known. */
	CHECK_TEXT(text_of(IMAGE("x@.service", template), true), "/usr/sbin/init | | /var/lib/x/a");
	CHECK_TEXT(text_of(IMAGE("x@.service", "[Service]\nExecStart=/x\nStateDirectory=x/%i\n"),
			   true),
		   "/usr/sbin/init | |");
}

static void the_only_program_is_the_command(void)
{
	CHECK_TEXT(text_of(IMAGE("x.service", "[Service]\nExecStart=@/bin/x argv0 \"a b\" %p %%\n"),
			   false),
		   "/bin/x a b x % | |");
	CHECK_TEXT(text_of(IMAGE("x.service", "[Service]\nExecStart=x\n"), false),
		   "/usr/bin/x | |");
}

static void what_needs_a_manager_is_refused_without_one(void)
{
	static const char *const images[][5] = {
		{ "x.target", "[Unit]\n" },
		{ "x.service", "[Service]\nExecStart=/x\nExecStop=/y\n" },
		{ "x.service", "[Service]\nExecStart=/x\n", "y.service",
		  "[Service]\nExecStart=/y\n" },
		{ "x.service", "[Service]\nExecStart=/x\n", "x.socket",
		  "[Socket]\nListenStream=1\n" },
		{ "x@.service", "[Service]\nExecStart=/x\n" },
		{ "x.service", "[Service]\nExecStart=/x $HOME\n" },
		{ "x.service", "[Service]\nExecStart=/x %H\n" },
	};

	for (size_t i = 0; i < ELEMENTS(images); i++) {
		CHECK_TEXT(text_of(images[i], false), "EINVAL");
		CHECK(strncmp(text_of(images[i], true), "/usr/sbin/init |", 16) == 0);
	}
}

int main(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* What is logged is tested with the program. */
	(void)dup2(null, STDERR_FILENO);
	RUN(ports_are_those_that_other_hosts_reach);
	RUN(volumes_are_what_services_keep);
	RUN(the_only_program_is_the_command);
	RUN(what_needs_a_manager_is_refused_without_one);
	pool_release(&pool);
	(void)close(null);
	return CHECK_STATUS();
}
