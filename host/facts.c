/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is to know of this host. */
#include "facts.h"

#include "elements.h"
#include "file.h"
#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Of the file: raised when something that was there is no longer, or means something else. */
#define FORMAT_VERSION 1

#define SMALL_FILE_MAX  ((size_t)1024 * 1024)
#define KERNEL_FILE_MAX ((size_t)16 * 1024 * 1024)

/* The file systems that images have. */
static const char *const image_file_systems[] = { "squashfs", "erofs", "ext4", "btrfs", "xfs" };

bool facts_have(const struct text_list *list, const char *text)
{
	for (; list; list = list->next)
		if (strcmp(list->text, text) == 0)
			return true;
	return false;
}

/* In front of the list. */
static int add(struct pool *pool, struct text_list **list, const char *text)
{
	struct text_list *added = pool_take(pool, sizeof *added);

	if (!added)
		return pool_exhausted();
	added->text = pool_copy(pool, text);
	added->next = *list;
	if (!added->text)
		return pool_exhausted();
	*list = added;
	return 0;
}

/* NULL if it cannot be read. */
static char *read_file(struct pool *pool, const char *path, size_t max)
{
	char *bytes;
	size_t size;

	if (!path || file_read(AT_FDCWD, path, max, &bytes, &size) < 0)
		return NULL;
	return pool_adopt(pool, bytes);
}

/* "nodev\tsquashfs" or "\tsquashfs". */
static bool kernel_has(const char *file_systems, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = file_systems; p && (p = strstr(p, name)); p += length)
		if (p > file_systems && p[-1] == '\t' && (p[length] == '\n' || !p[length]))
			return true;
	return false;
}

/* ".../squashfs.ko" or ".../squashfs.ko.xz:", in one of the lists that depmod(8) makes. */
static bool has_module(const char *modules, const char *name, struct pool *pool)
{
	const char *wanted = pool_format(pool, "/%s.ko", name);

	return wanted && modules && strstr(modules, wanted);
}

static int find_file_systems(struct pool *pool, struct facts *facts)
{
	static const char *const lists[] = { "modules.builtin", "modules.dep" };
	const char *there = read_file(pool, "/proc/filesystems", SMALL_FILE_MAX);
	const char *modules[ELEMENTS(lists)];
	int r = 0;

	for (size_t i = 0; i < ELEMENTS(lists); i++)
		modules[i] = read_file(
			pool, pool_format(pool, "/lib/modules/%s/%s", facts->kernel, lists[i]),
			KERNEL_FILE_MAX);
	for (size_t i = ELEMENTS(image_file_systems); i > 0 && r >= 0; i--) {
		const char *name = image_file_systems[i - 1];

		if (kernel_has(there, name) || has_module(modules[0], name, pool) ||
		    has_module(modules[1], name, pool))
			r = add(pool, &facts->file_systems, name);
	}
	facts->has_verity = has_module(modules[0], "dm-verity", pool) ||
			    has_module(modules[1], "dm-verity", pool) ||
			    access("/sys/module/dm_verity", F_OK) == 0;
	return r;
}

/* Only the kernel's configuration tells, where there is one to read. */
static int find_compressions(struct pool *pool, struct facts *facts)
{
	static const struct {
		const char *option, *name;
	} options[] = {
		{ "\nCONFIG_SQUASHFS_ZLIB=y", "gzip" }, { "\nCONFIG_SQUASHFS_LZ4=y", "lz4" },
		{ "\nCONFIG_SQUASHFS_LZO=y", "lzo" },   { "\nCONFIG_SQUASHFS_XZ=y", "xz" },
		{ "\nCONFIG_SQUASHFS_ZSTD=y", "zstd" },
	};
	const char *config = read_file(pool, pool_format(pool, "/boot/config-%s", facts->kernel),
				       KERNEL_FILE_MAX);
	int r = 0;

	for (size_t i = ELEMENTS(options); config && i > 0 && r >= 0; i--)
		if (strstr(config, options[i - 1].option))
			r = add(pool, &facts->compressions, options[i - 1].name);
	return r;
}

/* Of systemd's manager. */
static int ask(sd_bus *bus, struct pool *pool, const char *property, const char **ret)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	char *value = NULL;
	int r = sd_bus_get_property_string(bus, bus_systemd.destination, bus_systemd.path,
					   bus_systemd.interface, property, &error, &value);

	if (r < 0)
		return bus_failure(r, &error, "ask systemd for its property %s", property);
	*ret = pool_adopt(pool, value);
	return *ret ? 0 : pool_exhausted();
}

/* Virtual machines have a name as well: virtualization_is_container() of systemd. */
static bool is_container(const char *name)
{
	static const char *const names[] = {
		"systemd-nspawn", "lxc-libvirt", "lxc", "openvz", "docker",
		"podman",         "rkt",         "wsl", "proot",  "pouch",
		"container-other"
	};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Also tells whether systemd-portabled is there. */
static int ask_profiles(sd_bus *bus, struct pool *pool, struct facts *facts)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	char **profiles = NULL;
	int r = sd_bus_get_property_strv(bus, bus_portable.destination, bus_portable.path,
					 bus_portable.interface, "Profiles", &error, &profiles);

	if (r < 0) {
		facts->portabled = pool_copy(pool, error.message ? error.message : strerror(-r));
		return facts->portabled ? 0 : pool_exhausted();
	}
	for (char **profile = profiles; profile && *profile; profile++) {
		if (r >= 0)
			r = add(pool, &facts->profiles, *profile);
		free(*profile);
	}
	free(profiles);
	return r < 0 ? r : 0;
}

int facts_find(sd_bus *bus, struct pool *pool, struct facts *ret)
{
	struct facts facts = { 0 };
	struct utsname names;
	const char *enforce;
	int r;

	if (uname(&names) < 0)
		return -errno;
	facts.name = pool_copy(pool, names.nodename);
	facts.kernel = pool_copy(pool, names.release);
	if (!facts.name || !facts.kernel)
		return pool_exhausted();
	facts.has_loop = access("/dev/loop-control", F_OK) == 0;
	enforce = read_file(pool, "/sys/fs/selinux/enforce", SMALL_FILE_MAX);
	facts.selinux_enforces = enforce && enforce[0] == '1';
	r = find_file_systems(pool, &facts);
	if (r >= 0)
		r = find_compressions(pool, &facts);
	if (r >= 0)
		r = ask(bus, pool, "Version", &facts.version);
	if (r >= 0)
		r = ask(bus, pool, "Architecture", &facts.architecture);
	if (r >= 0)
		r = ask(bus, pool, "Virtualization", &facts.container);
	if (r >= 0 && !is_container(facts.container))
		facts.container = "";
	if (r >= 0)
		r = ask_profiles(bus, pool, &facts);
	if (r >= 0 && ports_find(pool, &facts.ports) < 0)
		r = pool_exhausted();
	if (r < 0)
		return r;
	*ret = facts;
	return 0;
}

/* --- writing ------------------------------------------------------------------- */

/* What cannot stand in a line of its own is left out: nothing that is looked for has it. */
static void write_fact(FILE *out, const char *key, const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return;
	if (value[0] && value[strlen(value) - 1] != '\\')
		fprintf(out, "%s=%s\n", key, value);
}

static void write_list(FILE *out, const char *key, const struct text_list *list)
{
	for (; list; list = list->next)
		write_fact(out, key, list->text);
}

static void write_flag(FILE *out, const char *key, bool value)
{
	fprintf(out, "%s=%s\n", key, value ? "yes" : "no");
}

static void write_users(FILE *out)
{
	const struct passwd *user;
	const struct group *group;

	setpwent();
	while ((user = getpwent()))
		write_fact(out, "User", user->pw_name);
	endpwent();
	setgrent();
	while ((group = getgrent()))
		write_fact(out, "Group", group->gr_name);
	endgrent();
}

static bool is_attached(const struct unit_states *states, const char *unit)
{
	for (; states; states = states->next)
		if (strcmp(states->unit->name, unit) == 0)
			return true;
	return false;
}

/* The directories that systemd looks for units in, as it says itself. */
static int write_units(FILE *out, sd_bus *bus, struct pool *pool, const struct unit_states *states)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	struct text_list *told = NULL;
	char **paths = NULL;
	int r = sd_bus_get_property_strv(bus, bus_systemd.destination, bus_systemd.path,
					 bus_systemd.interface, "UnitPath", &error, &paths);

	if (r < 0)
		return bus_failure(r, &error, "ask systemd for its property UnitPath");
	for (char **path = paths; path && *path; path++) {
		DIR *stream = opendir(*path);
		const struct dirent *entry;

		while (r >= 0 && stream && (entry = readdir(stream))) {
			const char *dot = strrchr(entry->d_name, '.');

			/* Directories of drop-ins and links are told by their names. */
			if (entry->d_name[0] == '.' || !dot || strcmp(dot, ".d") == 0 ||
			    strcmp(dot, ".wants") == 0 || strcmp(dot, ".requires") == 0 ||
			    strcmp(dot, ".upholds") == 0 || is_attached(states, entry->d_name) ||
			    facts_have(told, entry->d_name))
				continue;
			write_fact(out, "Unit", entry->d_name);
			r = add(pool, &told, entry->d_name);
		}
		if (stream)
			(void)closedir(stream);
		free(*path);
	}
	free(paths);
	return r < 0 ? r : 0;
}

static bool listens(const struct unit_states *states, const struct port *port)
{
	struct port own;

	for (; states; states = states->next)
		for (const struct unit_state *state = states->first; state; state = state->next)
			for (const struct text_list *l = state->listens; l; l = l->next)
				if (unit_is_active(state) && ports_of_listen(l->text, &own) &&
				    own.is_tcp == port->is_tcp && own.number == port->number)
					return true;
	return false;
}

static void write_ports(FILE *out, const struct facts *facts, const struct unit_states *states)
{
	for (const struct port *port = facts->ports; port; port = port->next)
		if (!listens(states, port))
			fprintf(out, "%s=%u\n", port->is_tcp ? "TCP" : "UDP", port->number);
}

int facts_write(FILE *out, sd_bus *bus, struct pool *pool, const struct facts *facts,
		const struct unit_states *states)
{
	fprintf(out,
		"# Facts of a host, for mkportable lint --host=; by portable-admin doctor --export\n"
		"[Host]\nFormat=%d\n",
		FORMAT_VERSION);
	write_fact(out, "Name", facts->name);
	write_fact(out, "Systemd", facts->version);
	write_fact(out, "Architecture", facts->architecture);
	write_fact(out, "Kernel", facts->kernel);
	write_fact(out, "Container", facts->container[0] ? facts->container : "no");
	write_flag(out, "Portabled", !facts->portabled);
	write_flag(out, "Loop", facts->has_loop);
	write_flag(out, "Verity", facts->has_verity);
	write_flag(out, "SELinux", facts->selinux_enforces);
	write_list(out, "FileSystem", facts->file_systems);
	write_list(out, "Compression", facts->compressions);
	write_list(out, "Profile", facts->profiles);
	write_ports(out, facts, states);
	write_users(out);
	return write_units(out, bus, pool, states);
}
