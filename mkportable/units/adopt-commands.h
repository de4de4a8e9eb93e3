/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of a unit that is changed for an image, and their environment. */
#ifndef ADOPT_COMMANDS_H
#define ADOPT_COMMANDS_H

#include "units/adopting.h"

/* ExecStart= and the like, and EnvironmentFile=. */
void adopt_command(struct adopting *a);
void adopt_environment(struct adopting *a);
void adopt_environment_file(struct adopting *a);

/* What EnvironmentFile= sets in the tree, as Environment=; after all other lines of it. */
void adopt_variables(struct adopting *a);

#endif
