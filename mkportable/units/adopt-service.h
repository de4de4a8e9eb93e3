/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a service gets that is changed for an image, beside what becomes of its settings. */
#ifndef ADOPT_SERVICE_H
#define ADOPT_SERVICE_H

#include "units/adopting.h"

/* The end of a service: its directories, socket, rights and confinement. */
void adopt_finish(struct adopting *a);

#endif
