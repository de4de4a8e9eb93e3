/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths, what goes with them, and command lines. */
#include "units/value-paths.h"

#include "elements.h"
#include "unit-file.h"
#include "units/value-names.h"
#include "units/value-numbers.h"

#include <limits.h>
#include <string.h>

static bool is_path_text(const char *text)
{
	const char *p = text;

	if (strlen(text) >= PATH_MAX)
		return false;
	while (*p) {
		size_t length;

		p += strspn(p, "/");
		length = strcspn(p, "/");
		if (length > 255 || (length == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += length;
	}
	return text[0] != '\0';
}

static bool is_path(struct checked *c, const char *text)
{
	(void)c;
	return text[0] == '/' && is_path_text(text);
}

static bool is_minus_path(struct checked *c, const char *text)
{
	return is_path(c, text + (text[0] == '-'));
}

static bool is_minus_plus_path(struct checked *c, const char *text)
{
	text += text[0] == '-';
	return is_path(c, text + (text[0] == '+'));
}

static bool is_condition_path(struct checked *c, const char *text)
{
	text += text[0] == '|';
	return is_path(c, text + (text[0] == '!'));
}

static bool is_relative(const char *text)
{
	return text[0] && text[0] != '/' && strcmp(text, ".") != 0 && is_path_text(text);
}

static bool is_paths(struct checked *c, const char *text)
{
	const char *rest = text;

	while (rest) {
		const char *path = value_cut(c, rest, ':', &rest);

		if (path[0] && !is_path(c, path))
			return false;
	}
	return true;
}

static bool is_path_options(struct checked *c, const char *text)
{
	const char *rest;

	return is_minus_path(c, value_cut(c, text, ':', &rest));
}

static bool is_mount_image(struct checked *c, const char *text)
{
	const char *rest, *image = value_cut(c, text, ':', &rest);

	return rest && is_minus_path(c, image) && is_path(c, value_cut(c, rest, ':', &rest));
}

/* UAPI.2, and systemd.image-policy(7). Returns the position of a kind of partition; or -1. */
static int find_partition(const char *text)
{
	static const char *const names[] = {
		"root",       "usr",  "home",           "srv", "esp",
		"xbootldr",   "swap", "root-verity",    "tmp", "root-verity-sig",
		"usr-verity", "var",  "usr-verity-sig",
	};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(text, names[i]) == 0)
			return (int)i;
	return -1;
}

static const char *stripped(struct checked *c, const char *text)
{
	size_t length;

	text += strspn(text, WHITE);
	length = strlen(text);
	while (length > 0 && strchr(WHITE, text[length - 1]))
		length--;
	text = pool_copy_bytes(c->pool, text, length);
	c->no_memory |= !text;
	return text ? text : "";
}

static bool are_policy_flags(struct checked *c, const char *text)
{
	static const char names[] = "verity signed encrypted encryptedwithintegrity unprotected "
				    "unused absent open ignore read-only-on read-only-off "
				    "growfs-on growfs-off";

	if (!text[0] || strcmp(text, "-") == 0)
		return true;
	while (text)
		if (!value_is_one_of(stripped(c, value_cut(c, text, '+', &text)), names))
			return false;
	return true;
}

/* "PARTITION=FLAG+FLAG:…", each partition once; without a name, for all others. */
static bool is_policy(struct checked *c, const char *text, bool later)
{
	const char *rest = text;
	unsigned seen = 0;

	if (value_is_one_of(text, "* - ~"))
		return true;
	while (rest) {
		const char *flags,
			*name = value_cut(c, value_cut(c, rest, ':', &rest), '=', &flags);
		int i;

		name = stripped(c, name);
		i = name[0] ? find_partition(name) : 31;
		if (!flags || (i >= 0 && seen & 1U << i))
			return false;
		if (!later && (i < 0 || !are_policy_flags(c, stripped(c, flags))))
			return false;
		seen |= i >= 0 ? 1U << i : 0;
	}
	return true;
}

static bool is_image_policy(struct checked *c, const char *text)
{
	return is_policy(c, text, false);
}

/* To 262, names and flags that it does not know have no effect. */
static bool is_later_image_policy(struct checked *c, const char *text)
{
	return is_policy(c, text, true);
}

/* "OPTIONS" of the root, or "PARTITION:OPTIONS" */
static bool is_image_options(struct checked *c, const char *text)
{
	const char *options, *name = value_cut(c, text, ':', &options);

	return !options ||
	       (!strchr(options, ':') && (!options[0] || !name[0] || find_partition(name) >= 0));
}

static bool is_tmpfs(struct checked *c, const char *text)
{
	/* tmpfs(5), mount(8), and what systemd takes itself. */
	static const char options[] =
		"size nr_blocks nr_inodes mode uid gid mpol huge ro rw suid nosuid dev "
		"nodev exec noexec sync async dirsync remount mand nomand atime "
		"noatime diratime nodiratime relatime norelatime strictatime "
		"nostrictatime lazytime nolazytime silent loud defaults bind inode32 "
		"inode64 noswap context fscontext defcontext rootcontext nofail "
		"usrquota grpquota usrquota_block_hardlimit usrquota_inode_hardlimit "
		"grpquota_block_hardlimit grpquota_inode_hardlimit quota casefold "
		"strict_encoding iversion noiversion nosymfollow symfollow private "
		"slave shared";
	const char *rest, *value, *path = value_cut(c, text, ':', &rest);

	if (!is_path(c, path))
		return false;
	while (rest) {
		const char *name = value_cut(c, value_cut(c, rest, ',', &rest), '=', &value);

		if (name[0] && !value_after(name, "x-") && !value_is_one_of(name, options))
			return false;
	}
	return true;
}

static bool is_bind(struct checked *c, const char *text)
{
	const char *rest, *source = value_cut(c, text, ':', &rest), *target = NULL;

	if (rest)
		target = value_cut(c, rest, ':', &rest);
	if (!is_minus_path(c, source) || (target && !is_path(c, target)))
		return false;
	return !rest || !rest[0] || strcmp(rest, "rbind") == 0 || strcmp(rest, "norbind") == 0 ||
	       strcmp(rest, "idmap") == 0 || strcmp(rest, "noidmap") == 0;
}

static bool is_private(const char *path)
{
	const char *rest = value_after(path, "private");

	return rest && (!*rest || *rest == '/');
}

static bool is_directory(struct checked *c, const char *text)
{
	const char *rest, *name = value_cut(c, text, ':', &rest), *link;

	if (!is_relative(name) || is_private(name))
		return false;
	if (!rest)
		return true;
	if (strstr(c->key->name, "Configuration"))
		return !rest[0];
	link = value_cut(c, rest, ':', &rest);
	if (link[0] && !is_relative(link))
		return false;
	return !rest || !rest[0] || strcmp(rest, "ro") == 0;
}

static bool is_file_in_run(struct checked *c, const char *text)
{
	(void)c;
	return is_path_text(text);
}

static bool is_stream(struct checked *c, const char *text)
{
	static const char *const kinds[] = { "file:", "append:", "truncate:" };
	const char *rest = value_after(text, "fd:");

	if (rest)
		return !rest[0] || value_is_descriptor_name(c, rest);
	for (size_t i = 0; i < ELEMENTS(kinds); i++) {
		rest = value_after(text, kinds[i]);
		if (rest)
			return is_path(c, rest) &&
			       (i == 0 || !strstr(c->key->name, "StandardInput"));
	}
	return false;
}

static bool is_root_hash(struct checked *c, const char *text)
{
	size_t length = strlen(text);

	(void)c;
	return text[0] == '/' ? true
			      : length >= 32 && length % 2 == 0 &&
					value_consists_of(text, DIGITS "abcdefABCDEF");
}

static bool is_base64(const char *text)
{
	size_t n = 0, padding = 0;

	for (; *text; text++) {
		if (strchr(WHITE, *text))
			continue;
		if (*text == '=')
			padding++;
		else if (padding || !strchr(UPPER LOWER DIGITS "+/-_", *text))
			return false;
		n++;
	}
	return n > 0 && n % 4 == 0 && padding <= 2;
}

static bool is_base64_value(struct checked *c, const char *text)
{
	(void)c;
	return is_base64(text);
}

static bool is_signature(struct checked *c, const char *text)
{
	const char *data = value_after(text, "base64:");

	return data ? is_base64(data) : is_path(c, text);
}

static bool is_load_credential(struct checked *c, const char *text)
{
	const char *rest, *name = value_cut(c, text, ':', &rest);

	if (!value_is_credential_name(c, name))
		return false;
	return !rest || !rest[0] || is_path(c, rest) || value_is_credential_name(c, rest);
}

static bool is_set_credential(struct checked *c, const char *text)
{
	const char *rest, *name = value_cut(c, text, ':', &rest);

	return rest && rest[0] && value_is_credential_name(c, name);
}

static bool is_encrypted_credential(struct checked *c, const char *text)
{
	const char *rest, *name = value_cut(c, text, ':', &rest);

	return rest && value_is_credential_name(c, name) && is_base64(rest);
}

static bool is_credential_pattern(struct checked *c, const char *text)
{
	const char *rest, *pattern = value_cut(c, text, ':', &rest);
	const char *star = strchr(pattern, '*');

	/* A '*' at the end only. */
	return pattern[0] && !strpbrk(pattern, "?[/") && (!star || star[1] == '\0') &&
	       strcmp(pattern, ".") != 0 && strcmp(pattern, "..") != 0 && strlen(pattern) <= 255 &&
	       !value_has_control(pattern) &&
	       (!rest || !rest[0] || value_is_credential_name(c, rest));
}

static bool is_open_file(struct checked *c, const char *text)
{
	static const char options[] = "read-only append truncate graceful";
	const char *rest, *path = value_cut(c, text, ':', &rest), *name = NULL;

	if (rest)
		name = value_cut(c, rest, ':', &rest);
	if (!is_path(c, path) || (name && name[0] && !value_is_descriptor_name(c, name)))
		return false;
	while (rest && rest[0]) {
		if (!value_is_one_of(value_cut(c, rest, ',', &rest), options))
			return false;
	}
	return true;
}

static bool is_bpf_program(struct checked *c, const char *text)
{
	const char *rest;

	(void)value_cut(c, text, ':', &rest);
	return rest && is_path(c, rest);
}

static bool is_path_value(struct checked *c, const char *text)
{
	const char *rest, *path = value_cut(c, text, ' ', &rest);
	const char *name = c->key->name;
	double span;

	if (!rest || !is_path_text(path))
		return false;
	rest += strspn(rest, WHITE);
	if (strstr(name, "LatencyTargetSec"))
		return value_read_span(rest, 1e6, &span);
	if (strstr(name, "BlockIODeviceWeight"))
		return value_is_count(rest, 10, 1000);
	if (strstr(name, "DeviceWeight"))
		return value_is_count(rest, 1, 10000);
	return strcmp(rest, "infinity") == 0 || value_is_size(c, rest);
}

static bool is_device(struct checked *c, const char *text)
{
	const char *rest, *node = value_cut(c, text, ' ', &rest);

	if (!value_after(node, "char-") && !value_after(node, "block-") &&
	    !((value_after(node, "/dev/") || value_after(node, "/run/systemd/inaccessible/")) &&
	      is_path_text(node)))
		return false;
	if (!rest)
		return true;
	rest += strspn(rest, WHITE);
	return rest[strspn(rest, "rwm")] == '\0';
}
/* --- command lines: systemd.service(5) */

static bool is_program(const char *word, const char *next)
{
	const char *path = word + strspn(word, "-@:+!|");
	unsigned n[128] = { 0 };

	/* "!!" is one prefix; '+' and the two with '!' exclude each other. */
	for (const char *p = word; p < path; p++)
		if (++n[(unsigned char)*p] > (*p == '!' ? 2 : 1))
			return false;
	if ((n['+'] && n['!']) || (n['@'] && (!next || next == unit_separator)))
		return false;
	return path[0] == '/' ? path[strlen(path) - 1] != '/'
			      : path[0] && !strchr(path, '/') && strcmp(path, ".") != 0 &&
					strcmp(path, "..") != 0;
}

static bool is_command(struct checked *c, const char *text)
{
	struct unit_words words;
	bool result = true;

	(void)c;
	if (unit_words_split(text, &words) < 0)
		return false;
	for (size_t i = 0; i < words.n; i++)
		if (words.at[i] != unit_separator && (i == 0 || words.at[i - 1] == unit_separator))
			result &= is_program(words.at[i], words.at[i + 1]);
	unit_words_release(&words);
	return result;
}

const struct checker path_checkers[] = {
	{ "a path", is_path, true },
	{ "-a path", is_minus_path, true },
	{ "-+a path", is_minus_plus_path, true },
	{ "|!a path", is_condition_path, true },
	{ "paths", is_paths, true },
	{ "-a path with options", is_path_options, true },
	{ "a path with options", is_tmpfs, true },
	{ "a path and a value", is_path_value, true },
	{ "an image and a path", is_mount_image, true },
	{ "an image policy", is_image_policy, false },
	{ "a later image policy", is_later_image_policy, false },
	{ "image options", is_image_options, true },
	{ "base64", is_base64_value, false },
	{ "a bind", is_bind, true },
	{ "a directory", is_directory, true },
	{ "a file name", is_file_in_run, true },
	{ "a stream", is_stream, true },
	{ "a root hash", is_root_hash, false },
	{ "a signature", is_signature, false },
	{ "a credential and a path", is_load_credential, true },
	{ "a credential and a value", is_set_credential, true },
	{ "a credential and base64", is_encrypted_credential, true },
	{ "a credential pattern", is_credential_pattern, true },
	{ "a file to open", is_open_file, false },
	{ "a BPF program", is_bpf_program, true },
	{ "a device", is_device, true },
	{ "a message queue", is_path, true },
	{ "a command", is_command, true },
	{ 0 },
};
