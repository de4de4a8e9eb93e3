/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan, or a squashfs that is there, as a disk image: a GPT with a squashfs. */
#ifndef WRITE_DDI_H
#define WRITE_DDI_H

#include "write/common.h"

/*
 * For pack(); with output->squashfs without a plan, and then the bytes are those that build
 * makes. Returns 0, or a negative errno for what was logged.
 */
int pack_ddi(const struct plan *plan, const struct pack_output *output, uint32_t seconds);

#endif
