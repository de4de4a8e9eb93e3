/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb show: what is in an image. */
#ifndef SHOW_H
#define SHOW_H

/* arguments[0] is the verb. Returns the exit status. */
int show_main(int argc, char *argv[]);

#endif
