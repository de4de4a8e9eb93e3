/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as a disk image: a GPT with a squashfs. */
#ifndef WRITE_DDI_H
#define WRITE_DDI_H

#include "write/common.h"

/* For pack(). Returns 0, or a negative errno for what was logged. */
int pack_ddi(const struct plan *plan, const struct pack_output *output, uint32_t seconds);

#endif
