/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of portable-admin doctor, one row each: RULE(enumerator, name, severity, message,
 * remedy). {1}, {2} are filled in. Included by report.h for the enumerators, and by report.c for
 * the rest.
 */
/* clang-format off */
RULE(RULE_PORTABLED_MISSING, "portabled-missing", COMPLAINT_ERROR,
     "systemd-portabled does not answer: {1}",
     "install it (Debian's package systemd-container)")
RULE(RULE_LOOP_MISSING, "loop-missing", COMPLAINT_ERROR,
     "there is no '/dev/loop-control': no image that is a file can be mounted",
     "load the module loop; in a container, let it have that device and /dev/loop*")
RULE(RULE_SQUASHFS_MISSING, "squashfs-missing", COMPLAINT_ERROR,
     "this kernel has no squashfs, and no module for it",
     "install the kernel's modules, or use images with another file system")
RULE(RULE_IN_CONTAINER, "in-container", COMPLAINT_NOTE,
     "this is a container ({1}): loop devices are those of its host",
     "let it have /dev/loop-control and /dev/loop*, or attach images that are directories")
RULE(RULE_SELINUX_LABEL, "selinux-label", COMPLAINT_WARNING,
     "SELinux is enforcing, and the image has the label '{1}'; systemd says 'lacks os-release data' if it may not read it",
     "restorecon -v '{2}'; look for denials with ausearch -m avc")
RULE(RULE_LEFT_OVER, "left-over", COMPLAINT_WARNING,
     "{1}",
     "remove it, then systemctl daemon-reload")
RULE(RULE_LINK_LEFT_OVER, "link-left-over", COMPLAINT_WARNING,
     "it enables '{1}', which is not there",
     "remove it, or attach the image")
RULE(RULE_IMAGE_GONE, "image-gone", COMPLAINT_ERROR,
     "the attached image is gone: its services cannot start",
     "put it back, or portable-admin detach '{1}'")
RULE(RULE_VERITY_MISSING, "verity-missing", COMPLAINT_ERROR,
     "it has a hash tree beside it, and this kernel has no dm-verity: its services cannot start",
     "install the kernel's modules, or move '{1}' away")
RULE(RULE_CERTIFICATE_MISSING, "certificate-missing", COMPLAINT_ERROR,
     "its root hash is signed, and there is no certificate to verify that; only systemd 259 starts its services",
     "put the certificate into /etc/verity.d/NAME.crt, or move '{1}' away")
RULE(RULE_NO_PROFILE, "no-profile", COMPLAINT_SECURITY,
     "it is attached without a profile: it has no sandbox but that of its unit",
     "attach it again with a profile that exists: portable-admin attach --profile=NAME '{1}'")
RULE(RULE_PROFILE_GONE, "profile-gone", COMPLAINT_SECURITY,
     "its profile '{1}' is gone: it has no sandbox but that of its unit",
     "put the profile back, or attach it again with another")
RULE(RULE_UNIT_SHADOWED, "unit-shadowed", COMPLAINT_ERROR,
     "systemd reads '{1}' instead of the attached unit",
     "remove that file, then systemctl daemon-reload")
RULE(RULE_UNIT_MASKED, "unit-masked", COMPLAINT_WARNING,
     "it is masked",
     "systemctl unmask '{1}'")
RULE(RULE_RELOAD_PENDING, "reload-pending", COMPLAINT_WARNING,
     "its files changed since systemd read them",
     "systemctl daemon-reload")
RULE(RULE_UNIT_FAILED, "unit-failed", COMPLAINT_ERROR,
     "it failed: {1}",
     "see systemctl status '{2}'; then systemctl reset-failed '{2}'")
RULE(RULE_RESTARTED, "unit-restarted", COMPLAINT_WARNING,
     "systemd restarted it {1} times since it was started",
     "see journalctl -u '{2}'")
RULE(RULE_RUNS_OTHER, "runs-other", COMPLAINT_WARNING,
     "it runs '{1}', not the attached image",
     "systemctl restart '{2}'")
RULE(RULE_RUNS_REPLACED, "runs-replaced", COMPLAINT_WARNING,
     "it runs a file that was replaced or deleted since",
     "systemctl restart '{1}'")
RULE(RULE_RUNS_HOST, "runs-host", COMPLAINT_SECURITY,
     "it runs in the host's file system, without an image",
     "systemctl restart '{1}'; see systemctl cat '{1}' for what resets RootImage=")
RULE(RULE_PORT_TAKEN, "port-taken", COMPLAINT_WARNING,
     "it is not active, and another socket is bound to {1}",
     "see ss -lntup for the program, and stop that")
RULE(RULE_STATE_TWICE, "state-twice", COMPLAINT_WARNING,
     "there is a state in '{1}' and in '{2}'; with DynamicUser= systemd takes the second",
     "compare the two, and move one away while the service is stopped")
RULE(RULE_DETACH_DELETES, "detach-deletes", COMPLAINT_WARNING,
     "portablectl detach deletes the image itself, where it lies",
     "detach it by portable-admin detach, or move it to /var/lib/portables")
RULE(RULE_NEWER_VERSION, "newer-version", COMPLAINT_NOTE,
     "'{1}' is newer and not attached",
     "portable-admin attach '{1}'")
