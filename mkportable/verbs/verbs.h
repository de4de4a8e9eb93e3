/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs, each in the file of its name. argv[0] is the verb; returns the exit status. */
#ifndef VERBS_H
#define VERBS_H

int build_main(int argc, char *argv[]);
int merge_main(int argc, char *argv[]);
int sign_main(int argc, char *argv[]);
int lint_main(int argc, char *argv[]);
int show_main(int argc, char *argv[]);
int profiles_main(int argc, char *argv[]);
int new_main(int argc, char *argv[]);

/* The verbs that are scripts, "mkportable-VERB". It returns only if it cannot run that. */
int script_main(int argc, char *argv[]);

#endif
