/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs, each in the file of its name. argv[0] is the verb; returns the exit status. */
#ifndef ADMIN_VERBS_H
#define ADMIN_VERBS_H

int status_main(int argc, char *argv[]);
int doctor_main(int argc, char *argv[]);
int attach_main(int argc, char *argv[]);
int detach_main(int argc, char *argv[]);
int upgrade_main(int argc, char *argv[]);
int rollback_main(int argc, char *argv[]);

#endif
