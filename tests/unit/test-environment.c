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

static void the_last_value_of_a_variable_counts_with_its_line(void)
{
	static const struct {
		const char *lines, *value;
		unsigned line;
	} table[] = {
		{ "", "not set", 0 },
		{ "Environment=A=1 TZ=x", "x", 2 },
		{ "Environment=TZ=x\nEnvironment=TZ=y", "y", 3 },
		{ "Environment=TZ=", "", 2 },
		{ "Environment=TZ=x\nEnvironment=", "not set", 0 },
		{ "Environment=TZ=x\nUnsetEnvironment=TZ", "not set", 0 },
		{ "Environment=TZ=x\nUnsetEnvironment=TZ=x", "not set", 0 },
		{ "Environment=TZ=x\nUnsetEnvironment=TZ=y TZX", "x", 2 },
		{ "Environment=TZX=x XTZ=y", "not set", 0 },
		{ "Environment=TZ=%S", "/var/lib", 2 },
	};
	struct pool pool = POOL_EMPTY;

	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct unit unit = { .name = "x.service", .suffix = ".service" };
		char *text = pool_format(&pool, "[Service]\n%s\n", table[i].lines);
		const char *value;
		unsigned line;

		unit.suffix = strchr(unit.name, '.');
		CHECK(unit_file_parse(text, strlen(text), NULL, NULL, &unit.file) == 0);
		CHECK(environment_variable(&pool, &unit, "TZ", &value, &line) == 0);
		CHECK_TEXT(value ? value : "not set", table[i].value);
		CHECK(!value || line == table[i].line);
		unit_file_release(&unit.file);
	}
	pool_release(&pool);
}

int main(void)
{
	RUN(what_a_service_sets_is_what_its_programs_find);
	RUN(the_last_value_of_a_variable_counts_with_its_line);
	return CHECK_STATUS();
}
