/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bill of materials as others read it: CycloneDX 1.6 (ECMA-424) and SPDX 2.3 (ISO/IEC
 * 5962:2021 is its 2.2), both in JSON.
 */
#include "verbs/sbom.h"

#include "disk/hex.h"
#include "disk/uuid.h"
#include "json.h"
#include "log.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATE_SIZE sizeof "1970-01-01T00:00:00Z"

/* By what a component is known in the document. */
#define IMAGE_REF "image"

static const char *format_date(uint32_t seconds, char ret[static DATE_SIZE])
{
	const time_t when = (time_t)seconds;
	struct tm date;

	(void)strftime(ret, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &date));
	return ret;
}

static void add_text(struct digest *digest, const char *text)
{
	digest_add(digest, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Made of all that is in it: the same image has the same one. Returns 0, or -errno, logged. */
static int name_bill(const struct bill *bill, char ret[static UUID_TEXT_SIZE])
{
	struct digest *digest = digest_open();
	unsigned char bytes[DIGEST_SIZE];
	struct uuid uuid;
	int r;

	if (!digest)
		return pool_exhausted();
	for (const struct component *c = bill->components; c; c = c->next) {
		add_text(digest, c->name);
		add_text(digest, c->version);
		add_text(digest, c->purl);
		for (const struct component_file *f = c->files; f; f = f->next) {
			add_text(digest, f->path);
			add_text(digest, f->sha256);
		}
	}
	r = digest_end(digest, bytes);
	digest_close(digest);
	if (r < 0) {
		log_failure(r, "cannot compute a digest");
		return r;
	}
	memcpy(uuid.bytes, bytes, sizeof uuid.bytes);
	/* RFC 9562: of no other kind, and of this variant. */
	uuid.bytes[6] = (unsigned char)((uuid.bytes[6] & 0x0f) | 0x80);
	uuid.bytes[8] = (unsigned char)((uuid.bytes[8] & 0x3f) | 0x80);
	(void)uuid_format(&uuid, ret);
	return 0;
}

/* What a note calls a license may be anything. */
static bool is_expression(const char *license)
{
	for (const char *c = license; c && *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-+() ", *c))
			return false;
	return license && license[0];
}

static void write_hash(struct json *json, const char *algorithm_key, const char *algorithm,
		       const char *value_key, const char *value)
{
	json_open(json, NULL, '{');
	json_text(json, algorithm_key, algorithm);
	json_text(json, value_key, value);
	json_close(json, '}');
}

/* --- CycloneDX --- */

static void write_files(struct json *json, const struct component *c)
{
	if (!c->files)
		return;
	json_open(json, "components", '[');
	for (const struct component_file *f = c->files; f; f = f->next) {
		json_open(json, NULL, '{');
		json_text(json, "type", "file");
		json_text(json, "name", f->path);
		json_open(json, "hashes", '[');
		write_hash(json, "alg", "SHA-256", "content", f->sha256);
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void write_license_name(struct json *json, const char *name)
{
	json_open(json, NULL, '{');
	json_open(json, "license", '{');
	json_text(json, "name", name);
	json_close(json, '}');
	json_close(json, '}');
}

static void write_licenses(struct json *json, const struct component *c)
{
	if (!c->license && !c->licenses)
		return;
	json_open(json, "licenses", '[');
	if (is_expression(c->license)) {
		json_open(json, NULL, '{');
		json_text(json, "expression", c->license);
		json_close(json, '}');
	} else if (c->license) {
		write_license_name(json, c->license);
	}
	for (const struct dpkg_license *l = c->licenses; l; l = l->next)
		write_license_name(json, l->name);
	json_close(json, ']');
}

static void write_component(struct json *json, const char *key, const struct component *c)
{
	static const char *const types[] = {
		[COMPONENT_IMAGE] = "container",
		[COMPONENT_PROGRAM] = "application",
		[COMPONENT_LINKED] = "library",
		[COMPONENT_PACKAGE] = "library",
	};

	json_open(json, key, '{');
	json_text(json, "type", types[c->kind]);
	json_text(json, "bom-ref", c->purl ? c->purl : IMAGE_REF);
	json_text(json, "name", c->name);
	if (c->version)
		json_text(json, "version", c->version);
	write_licenses(json, c);
	if (c->cpe)
		json_text(json, "cpe", c->cpe);
	if (c->purl)
		json_text(json, "purl", c->purl);
	if (c->sha256) {
		json_open(json, "externalReferences", '[');
		json_open(json, NULL, '{');
		json_text(json, "type", "source-distribution");
		json_text(json, "url", c->purl);
		json_open(json, "hashes", '[');
		write_hash(json, "alg", "SHA-256", "content", c->sha256);
		json_close(json, ']');
		json_close(json, '}');
		json_close(json, ']');
	}
	write_files(json, c);
	json_close(json, '}');
}

static void write_metadata(struct json *json, const struct bill *bill, uint32_t seconds)
{
	char date[DATE_SIZE];

	json_open(json, "metadata", '{');
	json_text(json, "timestamp", format_date(seconds, date));
	json_open(json, "tools", '{');
	json_open(json, "components", '[');
	json_open(json, NULL, '{');
	json_text(json, "type", "application");
	json_text(json, "name", "mkportable");
	json_text(json, "version", VERSION);
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	write_component(json, "component", bill->components);
	json_close(json, '}');
}

static void write_dependencies(struct json *json, const struct bill *bill)
{
	json_open(json, "dependencies", '[');
	for (const struct component *c = bill->components; c; c = c->next) {
		json_open(json, NULL, '{');
		json_text(json, "ref", c->purl ? c->purl : IMAGE_REF);
		json_open(json, "dependsOn", '[');
		if (c->kind == COMPONENT_IMAGE)
			for (const struct component *other = c->next; other; other = other->next)
				if (other->files)
					json_text(json, NULL, other->purl);
		for (const struct component_part *p = c->parts; p; p = p->next)
			json_text(json, NULL, p->component->purl);
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static int print_cyclonedx(struct pool *pool, const struct bill *bill, uint32_t seconds)
{
	char uuid[UUID_TEXT_SIZE], serial[sizeof "urn:uuid:" + UUID_TEXT_SIZE];
	struct json json = { .out = stdout };
	int r = name_bill(bill, uuid);

	(void)pool;
	if (r < 0)
		return r;
	(void)snprintf(serial, sizeof serial, "urn:uuid:%s", uuid);
	json_open(&json, NULL, '{');
	json_text(&json, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
	json_text(&json, "bomFormat", "CycloneDX");
	json_text(&json, "specVersion", "1.6");
	json_text(&json, "serialNumber", serial);
	json_number(&json, "version", 1);
	write_metadata(&json, bill, seconds);
	json_open(&json, "components", '[');
	for (const struct component *c = bill->components->next; c; c = c->next)
		write_component(&json, NULL, c);
	json_close(&json, ']');
	write_dependencies(&json, bill);
	json_close(&json, '}');
	(void)putchar('\n');
	return 0;
}

/* --- SPDX --- */

#define DOCUMENT_ID "SPDXRef-DOCUMENT"
/* "NONE" would say that there is nothing. */
#define UNKNOWN "NOASSERTION"

/* The number of a component or of a file, in the order of the bill, as an identifier. */
#define ID_SIZE sizeof "SPDXRef-Package-18446744073709551615"
static const char *format_id(char ret[static ID_SIZE], const char *what, size_t number)
{
	(void)snprintf(ret, ID_SIZE, "SPDXRef-%s-%zu", what, number);
	return ret;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* SPDX 2.3, 7.9: of the sorted SHA-1 of all files. */
static int code_of(struct pool *pool, const struct component *c, char ret[static SHA1_TEXT_SIZE])
{
	struct digest *digest = digest_open_sha1();
	unsigned char bytes[DIGEST_SIZE];
	const char **sums;
	size_t n = 0;
	int r;

	for (const struct component_file *f = c->files; f; f = f->next)
		n++;
	sums = pool_take(pool, (n + 1) * sizeof *sums);
	if (!digest || !sums) {
		digest_close(digest);
		return pool_exhausted();
	}
	n = 0;
	for (const struct component_file *f = c->files; f; f = f->next)
		sums[n++] = f->sha1;
	qsort(sums, n, sizeof *sums, by_text);
	for (size_t i = 0; i < n; i++)
		digest_add(digest, sums[i], strlen(sums[i]));
	r = digest_end(digest, bytes);
	digest_close(digest);
	if (r < 0)
		log_failure(r, "cannot compute a digest");
	else
		hex_encode(bytes, SHA1_SIZE, ret);
	return r;
}

/* Names of DEP 5 are no license of SPDX, but say what there is. */
static void write_dep5(struct json *json, struct pool *pool, const struct component *c)
{
	const char *text = c->licenses ? "named in the package's copyright file:" : NULL;

	for (const struct dpkg_license *l = c->licenses; l && text; l = l->next)
		text = pool_format(pool, "%s%s %s", text, l == c->licenses ? "" : ",", l->name);
	if (text)
		json_text(json, "licenseComments", text);
}

static int write_package(struct json *json, struct pool *pool, const struct component *c)
{
	char id[ID_SIZE], code[SHA1_TEXT_SIZE];
	int r = c->files ? code_of(pool, c, code) : 0;

	if (r < 0)
		return r;
	json_open(json, NULL, '{');
	json_text(json, "SPDXID", format_id(id, "Package", c->number));
	json_text(json, "name", c->name);
	if (c->version)
		json_text(json, "versionInfo", c->version);
	json_text(json, "downloadLocation", UNKNOWN);
	json_bool(json, "filesAnalyzed", c->files != NULL);
	if (c->files) {
		json_open(json, "packageVerificationCode", '{');
		json_text(json, "packageVerificationCodeValue", code);
		json_close(json, '}');
	}
	if (c->sha256) {
		json_open(json, "checksums", '[');
		write_hash(json, "algorithm", "SHA256", "checksumValue", c->sha256);
		json_close(json, ']');
	}
	json_text(json, "licenseConcluded", UNKNOWN);
	json_text(json, "licenseDeclared", is_expression(c->license) ? c->license : UNKNOWN);
	write_dep5(json, pool, c);
	json_text(json, "copyrightText", UNKNOWN);
	if (c->purl) {
		json_open(json, "externalRefs", '[');
		json_open(json, NULL, '{');
		json_text(json, "referenceCategory", "PACKAGE-MANAGER");
		json_text(json, "referenceType", "purl");
		json_text(json, "referenceLocator", c->purl);
		json_close(json, '}');
		json_close(json, ']');
	}
	json_close(json, '}');
	return 0;
}

static int write_packages(struct json *json, struct pool *pool, const struct bill *bill)
{
	int r = 0;

	json_open(json, "packages", '[');
	for (const struct component *c = bill->components; c && r >= 0; c = c->next)
		r = write_package(json, pool, c);
	json_close(json, ']');
	return r;
}

static int write_spdx_files(struct json *json, struct pool *pool, const struct bill *bill)
{
	char id[ID_SIZE];
	const char *name;
	size_t n = 0;

	json_open(json, "files", '[');
	for (const struct component *c = bill->components; c; c = c->next)
		for (const struct component_file *f = c->files; f; f = f->next) {
			name = pool_format(pool, ".%s", f->path);
			if (!name)
				return pool_exhausted();
			json_open(json, NULL, '{');
			json_text(json, "SPDXID", format_id(id, "File", n++));
			json_text(json, "fileName", name);
			json_open(json, "checksums", '[');
			write_hash(json, "algorithm", "SHA1", "checksumValue", f->sha1);
			write_hash(json, "algorithm", "SHA256", "checksumValue", f->sha256);
			json_close(json, ']');
			json_text(json, "licenseConcluded", UNKNOWN);
			json_text(json, "copyrightText", UNKNOWN);
			json_close(json, '}');
		}
	json_close(json, ']');
	return 0;
}

static void relate(struct json *json, const char *one, const char *how, const char *other)
{
	json_open(json, NULL, '{');
	json_text(json, "spdxElementId", one);
	json_text(json, "relationshipType", how);
	json_text(json, "relatedSpdxElement", other);
	json_close(json, '}');
}

static void write_relationships(struct json *json, const struct bill *bill)
{
	char one[ID_SIZE], other[ID_SIZE], image[ID_SIZE];
	size_t files = 0;

	(void)format_id(image, "Package", 0);
	json_open(json, "relationships", '[');
	relate(json, DOCUMENT_ID, "DESCRIBES", image);
	for (const struct component *c = bill->components; c; c = c->next) {
		(void)format_id(one, "Package", c->number);
		if (c->kind != COMPONENT_IMAGE && c->files)
			relate(json, image, "CONTAINS", one);
		for (const struct component_file *f = c->files; f; f = f->next)
			relate(json, one, "CONTAINS", format_id(other, "File", files++));
		for (const struct component_part *p = c->parts; p; p = p->next)
			relate(json, one, "STATIC_LINK",
			       format_id(other, "Package", p->component->number));
	}
	json_close(json, ']');
}

static int print_spdx(struct pool *pool, const struct bill *bill, uint32_t seconds)
{
	char uuid[UUID_TEXT_SIZE], space[sizeof "urn:uuid:" + UUID_TEXT_SIZE], date[DATE_SIZE];
	struct json json = { .out = stdout };
	int r = name_bill(bill, uuid);

	if (r < 0)
		return r;
	(void)snprintf(space, sizeof space, "urn:uuid:%s", uuid);
	json_open(&json, NULL, '{');
	json_text(&json, "spdxVersion", "SPDX-2.3");
	json_text(&json, "dataLicense", "CC0-1.0");
	json_text(&json, "SPDXID", DOCUMENT_ID);
	json_text(&json, "name", bill->components->name);
	json_text(&json, "documentNamespace", space);
	json_open(&json, "creationInfo", '{');
	json_text(&json, "created", format_date(seconds, date));
	json_open(&json, "creators", '[');
	json_text(&json, NULL, "Tool: mkportable-" VERSION);
	json_close(&json, ']');
	json_close(&json, '}');
	r = write_packages(&json, pool, bill);
	if (r >= 0)
		r = write_spdx_files(&json, pool, bill);
	if (r < 0)
		return r;
	write_relationships(&json, bill);
	json_close(&json, '}');
	(void)putchar('\n');
	return 0;
}

const struct sbom_format sbom_formats[] = {
	{ "cyclonedx", print_cyclonedx },
	{ "spdx", print_spdx },
	{ 0 },
};
