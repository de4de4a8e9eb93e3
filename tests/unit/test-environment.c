/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "units/environment.h"

#include <string.h>

#define DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void what_a_service_sets_is_what_its_programs_find(void)
{
	static const struct {
		const char *lines, *search_path, *path, *library_path;
	} table[] = {
		{ "", DEFAULT, DEFAULT, "" },
		{ "Environment=PATH=/a LD_LIBRARY_PATH=/b", DEFAULT, "/a", "/b" },
		{ "Environment=PATH=/a\nEnvironment=\"PATH=/c d\"", DEFAULT, "/c d", "" },
		{ "Environment=PATH=/a\nEnvironment=", DEFAULT, DEFAULT, "" },
		{ "Environment=LD_LIBRARY_PATH=%S/l", DEFAULT, DEFAULT, "/var/lib/l" },
		{ "Environment=LD_LIBRARY_PATH=/b LD_LIBRARY_PATH=", DEFAULT, DEFAULT, "" },
		{ "Environment=XPATH=/a PATHX=/b", DEFAULT, DEFAULT, "" },
		{ "ExecSearchPath=/x:/y\nExecSearchPath=/z", "/x:/y:/z", "/x:/y:/z", "" },
		{ "ExecSearchPath=/x\nEnvironment=PATH=/a", "/x", "/a", "" },
		{ "Environment=PATH=/a LD_LIBRARY_PATH=/b\nUnsetEnvironment=PATH LD_LIBRARY_PATH",
		  DEFAULT, "/bin:/usr/bin", "" },
		{ "Environment=\"LD_LIBRARY_PATH=/b", DEFAULT, DEFAULT, "" },
	};
	struct pool pool = POOL_EMPTY;

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct unit unit = { .name = "x.service", .suffix = ".service" };
		char *text = pool_format(&pool, "[Service]\n%s\n", table[i].lines);
		struct environment e;

		unit.suffix = strchr(unit.name, '.');
		CHECK(unit_file_parse(text, strlen(text), NULL, NULL, &unit.file) == 0);
		CHECK(environment_read(&pool, &unit, &e) == 0);
		CHECK_TEXT(e.search_path, table[i].search_path);
		CHECK_TEXT(e.path, table[i].path);
		CHECK_TEXT(e.library_path ? e.library_path : "", table[i].library_path);
		unit_file_release(&unit.file);
	}
	pool_release(&pool);
}

int main(void)
{
	RUN(what_a_service_sets_is_what_its_programs_find);
	return CHECK_STATUS();
}
