/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image as Kubernetes and podman run it: a pod with a read-only root, volumes for what its
 * services keep, and no rights but those by which its process 1 gives them users of their own.
 */
#include "verbs/kubernetes.h"

#include "elements.h"
#include "json.h"
#include "log.h"
#include "plan/container.h"
#include "write/oci.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Of a label of RFC 1123. */
#define NAME_LENGTH_MAX 63

#define STATE_SIZE "64Mi"

/* What every program expects to be able to write to. */
static const char *const scratch[] = { "/run", "/tmp", "/var/tmp" };

/* A text with nothing but a-z, 0-9 and "-", and not that at an end; in the pool. */
static char *label(struct pool *pool, const char *text)
{
	char *name, *end;

	while (*text && !isalnum((unsigned char)*text))
		text++;
	name = end = pool_copy(pool, text);
	for (char *c = name; c && *c && c < name + NAME_LENGTH_MAX; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
		if ((*c < 'a' || *c > 'z') && (*c < '0' || *c > '9'))
			*c = '-';
		else
			end = c + 1;
	}
	if (end)
		*end = '\0';
	return name;
}

/* The same for what is named like the image: the name of a Service begins with a letter. */
static char *object_name(struct pool *pool, const char *prefix)
{
	const char *name = label(pool, prefix);

	if (name && !isalpha((unsigned char)name[0]))
		name = pool_format(pool, "image-%s", name);
	return name ? label(pool, name) : NULL;
}

/* A string of JSON is one of YAML. */
static void print_text(const char *key, const char *text)
{
	struct json json = { .out = stdout };

	printf("%s ", key);
	json_text(&json, NULL, text);
	(void)putchar('\n');
}

static void print_labels(const char *indent, const char *name)
{
	printf("%sapp.kubernetes.io/name: \"%s\"\n", indent, name);
}

static void print_claim(const char *name, const char *volume)
{
	printf("apiVersion: v1\n"
	       "kind: PersistentVolumeClaim\n"
	       "metadata:\n"
	       "  name: \"%s\"\n"
	       "  labels:\n",
	       volume);
	print_labels("    ", name);
	printf("spec:\n"
	       "  accessModes: [ReadWriteOnce]\n"
	       "  resources:\n"
	       "    requests:\n"
	       "      storage: " STATE_SIZE "\n"
	       "---\n");
}

static const char *protocol(const struct container_port *port)
{
	return strcmp(port->protocol, "udp") == 0 ? "UDP" : "TCP";
}

static void print_ports(const struct container *container)
{
	const struct container_port *first_tcp = NULL;

	if (container->ports)
		puts("          ports:");
	for (const struct container_port *p = container->ports; p; p = p->next) {
		printf("            - containerPort: %u\n"
		       "              protocol: %s\n",
		       p->number, protocol(p));
		if (!first_tcp && strcmp(p->protocol, "tcp") == 0)
			first_tcp = p;
	}
	/* No liveness probe: podman would look for nc(1) in the image, and process 1 ends by itself. */
	if (first_tcp)
		printf("          readinessProbe:\n"
		       "            tcpSocket:\n"
		       "              port: %u\n"
		       "            periodSeconds: 30\n",
		       first_tcp->number);
}

/* systemd takes small letters as well. */
static void print_capability(char *name)
{
	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	print_text("                -", name + strlen("CAP_"));
}

/* Those that a service keeps as a user of its own. */
static void print_ambient(const struct unit *unit)
{
	const struct unit_setting *s = NULL;
	struct unit_words words;

	while ((s = unit_file_next(&unit->file, "Service", "AmbientCapabilities", s))) {
		if (s->value[0] == '~' || unit_words_split(s->value, &words) < 0)
			continue;
		for (size_t i = 0; i < words.n; i++)
			if (strncasecmp(words.at[i], "CAP_", strlen("CAP_")) == 0)
				print_capability(words.at[i]);
		unit_words_release(&words);
	}
}

static void print_security(const struct container *container, const struct unit *units)
{
	puts("          securityContext:\n"
	     "            allowPrivilegeEscalation: false\n"
	     "            readOnlyRootFilesystem: true\n"
	     "            seccompProfile:\n"
	     "              type: RuntimeDefault\n"
	     "            capabilities:\n"
	     "              drop: [ALL]");
	if (!container->boots)
		return;
	/* To give services users of their own, and their directories, and to end them. */
	puts("              add:\n"
	     "                - CHOWN\n"
	     "                - DAC_OVERRIDE\n"
	     "                - FOWNER\n"
	     "                - KILL\n"
	     "                - SETGID\n"
	     "                - SETPCAP\n"
	     "                - SETUID");
	if (container->ports && container->ports->number < 1024)
		puts("                - NET_BIND_SERVICE");
	for (; units; units = units->next)
		if (unit_is_service(units))
			print_ambient(units);
}

/* A place that can be written to. */
struct place {
	struct place *next;
	const char *path, *volume;
	bool is_kept;
};

/* Returns 0, -EINVAL for two of one name, or -ENOMEM; logged. */
static int add_place(struct pool *pool, const char *name, struct place **first, const char *path,
		     bool is_kept)
{
	struct place *place = pool_take(pool, sizeof *place), **end = first;
	/* podman 4.3 gives all pods the same volume for an emptyDir of the same name. */
	const char *text = pool_format(pool, "%s%s", name, path);
	char shown[LOG_ESCAPED_SIZE];

	if (!place || !text)
		return pool_exhausted();
	*place = (struct place){ .path = path, .volume = label(pool, text), .is_kept = is_kept };
	if (!place->volume)
		return pool_exhausted();
	for (; *end; end = &(*end)->next) {
		if (strcmp((*end)->volume, place->volume) != 0)
			continue;
		log_error("a volume for '%s' would be called '%s', as another one is",
			  log_escape(path, shown), place->volume);
		return -EINVAL;
	}
	*end = place;
	return 0;
}

static int find_places(struct pool *pool, const struct container *container, const char *name,
		       struct place **ret)
{
	struct place *first = NULL;
	int r = 0;

	for (size_t i = 0; i < ELEMENTS(scratch) && r == 0; i++)
		r = add_place(pool, name, &first, scratch[i], false);
	for (const struct container_volume *v = container->volumes; v && r == 0; v = v->next)
		r = add_place(pool, name, &first, v->path, !v->is_cache);
	*ret = first;
	return r;
}

static void print_volumes(const struct place *places)
{
	puts("          volumeMounts:");
	for (const struct place *p = places; p; p = p->next) {
		printf("            - name: \"%s\"\n", p->volume);
		print_text("              mountPath:", p->path);
	}
	puts("      volumes:");
	for (const struct place *p = places; p; p = p->next) {
		printf("        - name: \"%s\"\n", p->volume);
		if (p->is_kept)
			printf("          persistentVolumeClaim:\n"
			       "            claimName: \"%s\"\n",
			       p->volume);
		else
			puts("          emptyDir: {}");
	}
}

static void print_deployment(const struct container *container, const struct unit *units,
			     const struct place *places, const char *name, const char *reference)
{
	printf("apiVersion: apps/v1\n"
	       "kind: Deployment\n"
	       "metadata:\n"
	       "  name: \"%s\"\n"
	       "  labels:\n",
	       name);
	print_labels("    ", name);
	puts("spec:\n"
	     "  replicas: 1\n"
	     "  strategy:\n"
	     "    type: Recreate\n"
	     "  selector:\n"
	     "    matchLabels:");
	print_labels("      ", name);
	puts("  template:\n"
	     "    metadata:\n"
	     "      labels:");
	print_labels("        ", name);
	printf("    spec:\n"
	       "      automountServiceAccountToken: false\n"
	       "      enableServiceLinks: false\n"
	       "      containers:\n"
	       "        - name: \"%s\"\n",
	       name);
	print_text("          image:", reference);
	puts("          imagePullPolicy: IfNotPresent");
	print_ports(container);
	print_security(container, units);
	print_volumes(places);
}

static void print_service(const struct container *container, const char *name)
{
	if (!container->ports)
		return;
	printf("---\n"
	       "apiVersion: v1\n"
	       "kind: Service\n"
	       "metadata:\n"
	       "  name: \"%s\"\n"
	       "  labels:\n",
	       name);
	print_labels("    ", name);
	puts("spec:\n"
	     "  selector:");
	print_labels("    ", name);
	puts("  ports:");
	for (const struct container_port *p = container->ports; p; p = p->next)
		printf("    - name: \"%s-%u\"\n"
		       "      port: %u\n"
		       "      protocol: %s\n",
		       p->protocol, p->number, p->number, protocol(p));
}

int kubernetes_print(const struct opened_image *opened, const char *reference)
{
	const char *version = opened_image_version(opened), *name;
	struct pool *pool = opened->plan.pool;
	char shown[LOG_ESCAPED_SIZE];
	struct container container;
	struct place *places;
	int r = container_describe(&opened->plan, opened->image.units, &opened->image.needs,
				   log_escape(opened->path, shown), &container);

	if (r < 0)
		return r;
	if (!reference)
		reference = oci_reference(pool, opened->image.prefix, version ? version : "");
	name = object_name(pool, opened->image.prefix);
	if (!reference || !name)
		return pool_exhausted();
	r = find_places(pool, &container, name, &places);
	if (r < 0)
		return r;
	for (const struct place *p = places; p; p = p->next)
		if (p->is_kept)
			print_claim(name, p->volume);
	print_deployment(&container, opened->image.units, places, name, reference);
	print_service(&container, name);
	return 0;
}
