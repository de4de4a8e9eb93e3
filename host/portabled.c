/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What systemd-portabled does. */
#include "portabled.h"

#include "log.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* PORTABLE_RUNTIME of systemd's portable.h. */
#define FLAG_RUNTIME UINT64_C(1)

/* Links to files that do not move, copies of others: systemd's own choice. */
#define COPY_MODE ""

/* "sas", which all of them begin with. */
static int begin(sd_bus *bus, const char *method, const struct portabled_image *image,
		 sd_bus_message **ret)
{
	int r = bus_message(bus, &bus_portable, method, ret);

	if (r >= 0)
		r = sd_bus_message_append(*ret, "s", image->path);
	return r < 0 ? r : bus_append_texts(*ret, image->extensions);
}

static int read_changes(struct pool *pool, sd_bus_message *answer, struct portabled_change **ret)
{
	const char *type, *path, *source;
	int r = sd_bus_message_enter_container(answer, 'a', "(sss)");

	while (r >= 0) {
		struct portabled_change *change;

		r = sd_bus_message_read(answer, "(sss)", &type, &path, &source);
		if (r <= 0)
			break;
		change = pool_take(pool, sizeof *change);
		if (!change)
			return -ENOMEM;
		change->type = pool_copy(pool, type);
		change->path = pool_copy(pool, path);
		change->source = pool_copy(pool, source);
		if (!change->type || !change->path || !change->source)
			return -ENOMEM;
		*ret = change;
		ret = &change->next;
	}
	return r < 0 ? r : sd_bus_message_exit_container(answer);
}

/* Detaching has no prefixes, profile and copy mode. */
static int change(sd_bus *bus, struct pool *pool, const char *method, const char *what,
		  const struct portabled_image *image, struct portabled_change **ret,
		  struct portabled_change **ret_added)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL, *answer = NULL;
	struct portabled_change *changes = NULL, *added = NULL;
	char shown[LOG_ESCAPED_SIZE];
	int r = begin(bus, method, image, &call);

	if (r >= 0 && image->profile)
		r = bus_append_texts(call, image->prefixes);
	if (r >= 0 && image->profile)
		r = sd_bus_message_append(call, "ss", image->profile, COPY_MODE);
	if (r >= 0)
		r = sd_bus_message_append(call, "t", image->is_runtime ? FLAG_RUNTIME : 0);
	if (r >= 0)
		r = bus_call(bus, call, &error, &answer);
	if (r >= 0)
		r = read_changes(pool, answer, &changes);
	if (r >= 0 && ret_added)
		r = read_changes(pool, answer, &added);
	if (r < 0)
		return bus_failure(r, &error, "%s '%s'", what, log_escape(image->path, shown));
	*ret = changes;
	if (ret_added)
		*ret_added = added;
	return 0;
}

int portabled_attach(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		     struct portabled_change **ret)
{
	return change(bus, pool, "AttachImageWithExtensions", "attach", image, ret, NULL);
}

int portabled_reattach(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		       struct portabled_change **ret_removed, struct portabled_change **ret_added)
{
	return change(bus, pool, "ReattachImageWithExtensions", "attach again", image, ret_removed,
		      ret_added);
}

int portabled_detach(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		     struct portabled_change **ret)
{
	struct portabled_image named = *image;

	named.profile = NULL;
	return change(bus, pool, "DetachImageWithExtensions", "detach", &named, ret, NULL);
}

static int read_unit(struct pool *pool, sd_bus_message *answer, struct portabled_unit **units)
{
	struct portabled_unit *unit = pool_take(pool, sizeof *unit), **end = units;
	const char *name;
	const void *bytes;
	size_t size;
	int r = unit ? sd_bus_message_read(answer, "s", &name) : -ENOMEM;

	if (r >= 0)
		r = sd_bus_message_read_array(answer, 'y', &bytes, &size);
	if (r < 0)
		return r;
	unit->name = pool_copy(pool, name);
	unit->bytes = size ? pool_copy_bytes(pool, bytes, size) : "";
	unit->size = size;
	if (!unit->name || !unit->bytes)
		return -ENOMEM;
	while (*end && strcmp((*end)->name, unit->name) < 0)
		end = &(*end)->next;
	unit->next = *end;
	*end = unit;
	return 0;
}

/* The path, the os-release, those of the extensions, the units: "saya{say}a{say}". */
static int read_metadata(struct pool *pool, sd_bus_message *answer, const char **ret_path,
			 struct portabled_unit **ret)
{
	const char *path;
	int r = sd_bus_message_read(answer, "s", &path);

	if (r >= 0)
		*ret_path = pool_copy(pool, path);
	if (r >= 0)
		r = *ret_path ? sd_bus_message_skip(answer, "aya{say}") : -ENOMEM;
	if (r >= 0)
		r = sd_bus_message_enter_container(answer, 'a', "{say}");
	while (r >= 0) {
		r = sd_bus_message_enter_container(answer, 'e', "say");
		if (r <= 0)
			break;
		r = read_unit(pool, answer, ret);
		if (r >= 0)
			r = sd_bus_message_exit_container(answer);
	}
	return r < 0 ? r : 0;
}

int portabled_inspect(sd_bus *bus, struct pool *pool, const struct portabled_image *image,
		      const char **ret_path, struct portabled_unit **ret)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *call = NULL, *answer = NULL;
	struct portabled_unit *units = NULL;
	char shown[LOG_ESCAPED_SIZE];
	const char *path = NULL;
	int r = begin(bus, "GetImageMetadataWithExtensions", image, &call);

	if (r >= 0)
		r = bus_append_texts(call, image->prefixes);
	if (r >= 0)
		r = sd_bus_message_append(call, "t", UINT64_C(0));
	if (r >= 0)
		r = bus_call(bus, call, &error, &answer);
	if (r >= 0)
		r = read_metadata(pool, answer, &path, &units);
	if (r < 0)
		return bus_failure(r, &error, "read the image '%s'",
				   log_escape(image->path, shown));
	*ret_path = path;
	*ret = units;
	return 0;
}

int portabled_check_profile(sd_bus *bus, const char *profile)
{
	CLEANUP_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
	CLEANUP_MESSAGE sd_bus_message *answer = NULL;
	char shown[LOG_ESCAPED_SIZE], others[LOG_LINE_MAX] = "";
	const char *found;
	size_t used = 0;
	int r = sd_bus_get_property(bus, bus_portable.destination, bus_portable.path,
				    bus_portable.interface, "Profiles", &error, &answer, "as");

	if (r >= 0)
		r = sd_bus_message_enter_container(answer, 'a', "s");
	while (r >= 0) {
		r = sd_bus_message_read(answer, "s", &found);
		if (r <= 0)
			break;
		if (strcmp(found, profile) == 0)
			return 0;
		if (used < sizeof others)
			used += (size_t)snprintf(others + used, sizeof others - used, "%s'%s'",
						 used ? ", " : "", log_escape(found, shown));
	}
	if (r < 0)
		return bus_failure(r, &error, "list the profiles");
	log_error("there is no profile '%s', and systemd would attach without one; there are %s",
		  log_escape(profile, shown), others);
	return -ENOENT;
}
