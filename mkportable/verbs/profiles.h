/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb profiles: which ones a host has, and what each makes of an image. */
#ifndef PROFILES_H
#define PROFILES_H

/* arguments[0] is the verb. Returns the exit status. */
int profiles_main(int argc, char *argv[]);

#endif
