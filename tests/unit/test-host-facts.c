/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of a host, as portable-admin doctor --export writes them. */
#include "check.h"
#include "units/host-facts.h"

#include <errno.h>

#define GOOD "[Host]\nFormat=1\nName=far\nSystemd=257.13-1~deb13u1\nArchitecture=arm64\n"

static struct host_facts facts;
static const char *problem;

static int parse(const char *text)
{
	problem = NULL;
	return host_facts_parse(text, strlen(text), &facts, &problem);
}

static void facts_are_read(void)
{
	CHECK(parse("# by an exporter\n" GOOD "Loop=yes\nUser=root\nUser=a b\nTCP=80\nMore=1\n") ==
	      0);
	CHECK_TEXT(facts.name, "far");
	CHECK_TEXT(facts.architecture, "arm64");
	CHECK(facts.systemd_version == 257 && facts.has_loop && !facts.has_verity);
	CHECK(host_facts_have(&facts, "User", "root") && host_facts_have(&facts, "User", "a b"));
	CHECK(!host_facts_have(&facts, "User", "a") && !host_facts_have(&facts, "UDP", "80"));
	CHECK(host_facts_tell(&facts, "TCP") && !host_facts_tell(&facts, "UDP"));
	host_facts_release(&facts);
	CHECK(parse(GOOD "Systemd=v252\nUser=root\nUser=\n") == 0);
	CHECK(facts.systemd_version == 252 && !host_facts_tell(&facts, "User"));
	host_facts_release(&facts);
}

static void what_no_exporter_writes_is_refused(void)
{
	static const char *const texts[] = {
		"",
		"\n\n[Host]\n",
		"[Other]\nFormat=1\nName=far\nSystemd=257\nArchitecture=arm64\n",
		GOOD "Format=2\n",
		GOOD "Name=\n",
		GOOD "Systemd=\n",
		GOOD "Systemd=238\n",
		GOOD "Systemd=99999999999999999999\n",
		GOOD "Architecture=amd64\n",
	};

	for (size_t i = 0; i < ELEMENTS(texts); i++)
		CHECK(parse(texts[i]) == -EINVAL && problem);
}

int main(void)
{
	RUN(facts_are_read);
	RUN(what_no_exporter_writes_is_refused);
	return CHECK_STATUS();
}
