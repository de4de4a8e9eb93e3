/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb build: an image from a directory of unit files. */
#ifndef BUILD_H
#define BUILD_H

/* arguments[0] is the verb. Returns the exit status. */
int build_main(int argc, char *argv[]);

#endif
