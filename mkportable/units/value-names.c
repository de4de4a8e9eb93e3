/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, words and assignments. */
#include "units/value-names.h"

#include "elements.h"
#include "names.h"
#include "unit-file.h"
#include "units/facts.h"
#include "units/value-numbers.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static bool is_boolean(struct checked *c, const char *text)
{
	bool yes;

	(void)c;
	return parse_boolean(text, &yes) == 0;
}

/* Names of file systems are the kernel's, groups of them systemd's. */
static bool is_file_system(struct checked *c, const char *text)
{
	(void)c;
	return text[0] != '@' ||
	       value_is_one_of(text,
			       "@anonymous @application @auxiliary-api @basic-api @common-block "
			       "@historical-block @known @network @privileged-api @security "
			       "@temporary");
}

static bool is_file_name(const char *text)
{
	return text[0] && !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
	       strlen(text) <= 255;
}

bool value_is_descriptor_name(struct checked *c, const char *text)
{
	(void)c;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' - 1 || *p >= 0x7f || *p == ':')
			return false;
	return text[0] && strlen(text) <= 255;
}

bool value_is_credential_name(struct checked *c, const char *text)
{
	return is_file_name(text) && value_is_descriptor_name(c, text);
}

static bool is_log_namespace(struct checked *c, const char *text)
{
	(void)c;
	return is_file_name(text) && value_consists_of(text, UPPER LOWER DIGITS ":-_.@") &&
	       strlen(text) < 200;
}

/* Not one that the kernel or systemd uses itself. */
static bool is_control_group(struct checked *c, const char *text)
{
	(void)c;
	return is_file_name(text) && !strchr("._", text[0]) && !value_after(text, "cgroup.") &&
	       strcmp(text, "tasks") != 0 && strcmp(text, "notify_on_release") != 0 &&
	       strcmp(text, "release_agent") != 0;
}

static bool is_host_name(struct checked *c, const char *text)
{
	const char *rest, *word = value_cut(c, text, ':', &rest);

	return rest && (is_boolean(c, word) || strcmp(word, "private") == 0) &&
	       value_consists_of(rest, UPPER LOWER DIGITS "-._?%");
}

static bool is_user(struct checked *c, const char *text)
{
	size_t length = strlen(text);

	(void)c;
	if (value_consists_of(text, DIGITS))
		return (text[0] != '0' || !text[1]) && value_is_count(text, 0, UINT32_MAX - 1) &&
		       strcmp(text, "65535") != 0;
	if (text[0] == '-' && text[strspn(text + 1, DIGITS) + 1] == '\0')
		return false;
	return length > 0 && !strpbrk(text, ":/") && !value_has_control(text) &&
	       strcmp(text, ".") != 0 && strcmp(text, "..") != 0 && !strchr(WHITE, text[0]) &&
	       !strchr(WHITE, text[length - 1]);
}

static bool is_variable(struct checked *c, const char *text)
{
	(void)c;
	return value_consists_of(text, UPPER LOWER DIGITS "_") && !isdigit((unsigned char)text[0]);
}

static bool is_assignment(struct checked *c, const char *text)
{
	const char *value, *name = value_cut(c, text, '=', &value);

	/* A value may hold control characters: env_value_is_valid(). */
	return value && is_variable(c, name);
}

static bool is_variable_or_assignment(struct checked *c, const char *text)
{
	return is_variable(c, text) || is_assignment(c, text);
}

static bool is_journal_field(struct checked *c, const char *text)
{
	const char *value, *name = value_cut(c, text, '=', &value);

	return value && value_consists_of(name, UPPER DIGITS "_") && name[0] != '_' &&
	       !isdigit((unsigned char)name[0]) && strlen(name) <= 64;
}

static bool is_bus_name(struct checked *c, const char *text)
{
	const char *rest = text;
	size_t dots = 0;

	if (text[0] == ':')
		return value_consists_of(text + 1, UPPER LOWER DIGITS "_-.");
	if (strlen(text) > 255)
		return false;
	while (rest) {
		const char *part = value_cut(c, rest, '.', &rest);

		if (!value_consists_of(part, UPPER LOWER DIGITS "_-") ||
		    isdigit((unsigned char)part[0]))
			return false;
		dots += rest != NULL;
	}
	return dots > 0;
}

static bool is_url(struct checked *c, const char *text)
{
	static const char *const schemes[] = { "http://", "https://", "file:/", "info:", "man:" };

	(void)c;
	for (size_t i = 0; i < ELEMENTS(schemes); i++) {
		const char *rest = value_after(text, schemes[i]);

		if (rest && rest[0])
			return true;
	}
	return false;
}

static bool is_unit_name(struct checked *c, const char *text)
{
	(void)c;
	return unit_name_is_valid(text) && unit_type_of(text);
}

static bool is_unit_of(const char *text, const char *suffix)
{
	const char *end = unit_suffix(text);

	return unit_name_is_valid(text) && strcmp(end, suffix) == 0 && end[-1] != '@';
}

static bool is_slice(struct checked *c, const char *text)
{
	(void)c;
	return is_unit_of(text, ".slice");
}

static bool is_socket(struct checked *c, const char *text)
{
	(void)c;
	return is_unit_of(text, ".socket");
}

static bool is_service(struct checked *c, const char *text)
{
	(void)c;
	return is_unit_of(text, ".service");
}

static bool is_triggered(struct checked *c, const char *text)
{
	return is_unit_name(c, text) && unit_suffix(text)[-1] != '@' &&
	       strcmp(text, c->unit->name) != 0;
}

static bool is_signal(struct checked *c, const char *text)
{
	static const char names[] =
		"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM "
		"STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ PROF IO VTALRM PWR "
		"SYS WINCH";
	const char *name = value_after(text, "SIG"), *number;

	if (value_is_within(text, 1, 64))
		return true;
	name = name ? name : text;
	if (value_is_one_of(name, names))
		return true;
	number = value_after(name, "RTMIN");
	if (number)
		return !*number || (*number == '+' && value_is_count(number + 1, 0, 30));
	number = value_after(name, "RTMAX");
	(void)c;
	return number && (!*number || (*number == '-' && value_is_count(number + 1, 0, 30)));
}

static bool is_capability(struct checked *c, const char *text)
{
	static const char names[] =
		"chown dac_override dac_read_search fowner fsetid kill setgid setuid "
		"setpcap linux_immutable net_bind_service net_broadcast net_admin "
		"net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace "
		"sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time "
		"sys_tty_config mknod lease audit_write audit_control setfcap "
		"mac_override mac_admin syslog wake_alarm block_suspend audit_read "
		"perfmon bpf checkpoint_restore";

	char lower[sizeof "cap_checkpoint_restore" + 1] = "";
	const char *name;

	(void)c;
	if (value_is_count(text, 0, 62))
		return true;
	for (size_t i = 0; i < sizeof lower - 1 && text[i]; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	name = value_after(lower, "cap_");
	return name && value_is_one_of(name, names);
}

const struct checker name_checkers[] = {
	{ "a boolean", is_boolean, false },
	{ "a signal", is_signal, false },
	{ "a capability", is_capability, false },
	{ "a file system", is_file_system, false },
	{ "a host name", is_host_name, true },
	{ "a user name", is_user, true },
	{ "an assignment", is_assignment, true },
	{ "a variable", is_variable, true },
	{ "a variable or assignment", is_variable_or_assignment, true },
	{ "a journal field", is_journal_field, true },
	{ "a name", is_log_namespace, true },
	{ "a descriptor name", value_is_descriptor_name, true },
	{ "a bus name", is_bus_name, true },
	{ "a URL", is_url, true },
	{ "a unit name", is_unit_name, true },
	{ "a slice", is_slice, true },
	{ "a socket", is_socket, true },
	{ "a service", is_service, true },
	{ "a unit that can be triggered", is_triggered, true },
	{ "a control group", is_control_group, true },
	{ 0 },
};
