/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image as Kubernetes and podman run it. */
#ifndef KUBERNETES_H
#define KUBERNETES_H

#include "verbs/opened-image.h"

/*
 * Prints a manifest in YAML: a claim for each volume, a deployment and, for an image with
 * ports, a service. reference: of the image in a registry; NULL: as --format=oci names it.
 *
 * Returns 0, or a negative errno for what was logged.
 */
int kubernetes_print(const struct opened_image *opened, const char *reference);

#endif
