/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb lint: what systemd would do with an image, said before it is attached. */
#ifndef LINT_H
#define LINT_H

/* arguments[0] is the verb. Returns the exit status. */
int lint_main(int argc, char *argv[]);

#endif
