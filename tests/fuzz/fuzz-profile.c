/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes are the settings of a service, a NUL, and those of a profile: what the profile
 * makes of the service's sandbox must be said without a crash, in messages that a terminal
 * can show, and a profile that says nothing weakens nothing.
 */
#include "rules/security.c" /* so that the fuzzer sees their branches */
#include "unit-file.c"
#include "units/merged-list.c"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const keys[] = {
	"CapabilityBoundingSet",
	"AmbientCapabilities",
	"RestrictAddressFamilies",
	"RestrictNamespaces",
	"SystemCallFilter",
	"SystemCallArchitectures",
	"DeviceAllow",
	"DevicePolicy",
	"IPAddressAllow",
	"IPAddressDeny",
	"RestrictFileSystems",
	"DynamicUser",
	"PrivateDevices",
	"PrivateNetwork",
	"ProtectSystem",
	"ProtectHome",
	"ProtectProc",
	"NoNewPrivileges",
	"TasksMax",
	"Type",
	"UMask",
	"BusName",
	"BindPaths",
	"BindReadOnlyPaths",
};

/* The first byte of a line is its key, the others are the value. */
static bool parse(const char *bytes, size_t size, struct pool *pool, struct unit_file *ret)
{
	const char *text = "[Service]\n";

	while (size > 0) {
		const char *end = memchr(bytes, '\n', size);
		size_t length = end ? (size_t)(end - bytes) : size;

		if (length > 0)
			text = pool_format(pool, "%s%s=%.*s\n", text,
					   keys[(unsigned char)*bytes % ELEMENTS(keys)],
					   (int)length - 1, bytes + 1);
		assert(text);
		bytes += length + (end != NULL);
		size -= length + (end != NULL);
	}
	return unit_file_parse(text, strlen(text), NULL, NULL, ret) == 0;
}

static void expect_printable(const char *text)
{
	for (; *text; text++)
		assert((unsigned char)*text >= ' ' && (unsigned char)*text != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char name[] = "x.service";
	struct unit unit = { .name = name, .suffix = name + 1, .shown = name };
	struct profile profile = { .name = "p", .path = "/p/service.conf" };
	const char *text = (const char *)bytes, *end = size > 0 ? memchr(text, '\0', size) : NULL;
	size_t unit_size = end ? (size_t)(end - text) : size;
	struct pool pool = POOL_EMPTY;
	struct findings findings;
	struct plan plan;
	struct image image = { .plan = &plan, .units = &unit };

	if (!parse(text, unit_size, &pool, &unit.file) ||
	    (end && !parse(end + 1, size - unit_size - 1, &pool, &profile.settings)))
		abort();
	findings_open(&findings, &pool);
	plan_open(&plan, &pool);
	needs_open(&image.needs, &pool);
	rules_security(&image, &unit, &profile, &findings);
	plan_close(&plan);
	assert(findings.failed == 0);
	for (const struct finding *f = findings.first; f; f = f->next) {
		expect_printable(f->message);
		expect_printable(f->remedy);
		assert(profile.settings.n > 0 || f->rule != RULE_PROFILE_WEAKENS_UNIT);
	}
	unit_file_release(&profile.settings);
	unit_file_release(&unit.file);
	pool_release(&pool);
	return 0;
}
