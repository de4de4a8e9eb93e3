/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of lint, one row each: RULE(enumerator, name, severity, message, remedy,
 * evidence). Included by table.h for the enumerators, and by table.c for the rest;
 * docs/lint-rules.md is made of it, in this order.
 *
 * {1}, {2}… are filled in by report(). sd#N is an issue of systemd/systemd, mk#N one of
 * systemd/mkosi.
 */
/* clang-format off */
RULE(RULE_API_DIRECTORY_MISSING, "api-directory-missing", SEVERITY_ERROR,
     "'{1}' is {2}; services in the image need it as a directory",
     "add '{1}' as an empty directory",
     "systemd.exec(5), MountAPIVFS=, PrivateTmp=; start fails with 226/NAMESPACE")
RULE(RULE_MACHINE_ID_MISSING, "machine-id-missing", SEVERITY_ERROR,
     "'/etc/machine-id' is {1}; every stock profile binds the host's file over it",
     "add '/etc/machine-id' as an empty file",
     "the stock profiles' BindReadOnlyPaths=; start fails with 226/NAMESPACE; sd#11610")
RULE(RULE_RESOLV_CONF_NOT_FILE, "resolv-conf-not-file", SEVERITY_ERROR,
     "'/etc/resolv.conf' is {1}; the profile default binds the host's file over it",
     "make '/etc/resolv.conf' an empty file",
     "the stock profiles default and trusted; start fails with 226/NAMESPACE")
RULE(RULE_BIND_TARGET_MISSING, "bind-target-missing", SEVERITY_ERROR,
     "{1}= mounts over '{2}', which is {3}",
     "add '{2}' to the image: an empty directory, or an empty file if a file is bound",
     "systemd.exec(5); start fails with 226/NAMESPACE; sd#22264")
RULE(RULE_PLACE_SOMETIMES_MISSING, "place-sometimes-missing", SEVERITY_WARNING,
     "{1}= names '{2}', which is {3}; {4}",
     "add '{2}' to the image",
     "measured: ReadOnlyPaths= is ignored with ProtectSystem=strict; systemd 257 makes places in a writable image")
RULE(RULE_RUN_NOT_MOUNTED, "run-not-mounted", SEVERITY_ERROR,
     "{1}= keeps systemd from mounting its own /run; '{2}' cannot be made then",
     "delete the line, or name what is below /run",
     "measured: of two mounts at one path systemd drops one; start fails with 226/NAMESPACE")
RULE(RULE_API_DIRECTORY_HIDDEN, "api-directory-hidden", SEVERITY_ERROR,
     "{1}= hides '{2}', or makes it read-only; systemd needs it to start the service",
     "name what is below it",
     "measured: start fails with 226/NAMESPACE, or with PrivateUsers= (in most profiles) with 217/USER")
RULE(RULE_PRIVILEGED_COMMAND_FAILS, "privileged-command-fails", SEVERITY_ERROR,
     "{1}= with '+' runs without /proc, /sys and /run in the image; '{2}' is missing then",
     "use '!' instead of '+', or put the command into a unit of the host",
     "measured: start fails with 226/NAMESPACE on 252, 257 and 262")
RULE(RULE_PRIVILEGED_COMMAND_FAILS_LATER, "privileged-command-fails-later", SEVERITY_WARNING,
     "{1}= with '+' runs without /proc, /sys and /run in the image; '{2}' is missing then",
     "use '!' instead of '+', or put the command into a unit of the host",
     "measured: the command fails with 226/NAMESPACE on 252, 257 and 262")
RULE(RULE_STATE_DIRECTORY_STUB_MISSING, "state-directory-stub-missing", SEVERITY_ERROR,
     "{1}= mounts over the directory '{2}', which is {3}",
     "add '{2}' to the image as an empty directory",
     "systemd.exec(5), StateDirectory=; start fails with 226/NAMESPACE; sd#22264, sd#40021, mk#4012")
RULE(RULE_STATE_DIRECTORY_LINK_WRONG, "state-directory-link-wrong", SEVERITY_ERROR,
     "{1}= needs '{2}' as a symbolic link to '{3}', but it is {4}",
     "make '{2}' a symbolic link to '{3}'",
     "systemd.exec(5), StateDirectory=a:b; the image is read-only, and systemd cannot make the link")
RULE(RULE_WORKING_DIRECTORY_MISSING, "working-directory-missing", SEVERITY_ERROR,
     "{1}= is '{2}', which is {3}",
     "add '{2}' to the image, or put '-' in front of it",
     "systemd.exec(5), WorkingDirectory=; start fails with 200/CHDIR")
RULE(RULE_USER_NOT_PERMITTED, "user-not-permitted", SEVERITY_ERROR,
     "the user of the service cannot reach or run '{1}': '{2}' has the mode {3}",
     "chmod go+rx '{2}'",
     "every stock profile but trusted sets DynamicUser=yes; start fails with 200/CHDIR or 203/EXEC")
RULE(RULE_WORLD_WRITABLE, "world-writable", SEVERITY_WARNING,
     "everyone may write to it (mode {1}){2}",
     "remove the permission: chmod o-w",
     "in a directory image any user of the host could change it; a squashfs is read-only")
RULE(RULE_NOT_OWNED_BY_ROOT, "not-owned-by-root", SEVERITY_WARNING,
     "it belongs to {1}, not to root{2}",
     "give all files to root, as mkportable build does",
     "user numbers differ between hosts; with PrivateUsers= such files belong to nobody")
RULE(RULE_SETUID_OR_CAPABILITY, "setuid-or-capability", SEVERITY_SECURITY,
     "it has {1}{2}",
     "remove it; a service gets its rights from its unit",
     "systemd.exec(5), NoNewPrivileges=")
RULE(RULE_DEVICE_NODE, "device-node", SEVERITY_WARNING,
     "it is {1}, which has no effect in an image{2}",
     "remove it; services see the host's /dev, or a private one",
     "systemd mounts images with nodev; systemd.exec(5), PrivateDevices=")
RULE(RULE_SYMLINK_ESCAPES, "symlink-escapes", SEVERITY_WARNING,
     "the link has the target '{1}', above the root of the image{2}",
     "begin the target with '/', or correct the number of '..'",
     "services stop at the root; a program of the host that follows it leaves a directory image")
RULE(RULE_OS_RELEASE_MISSING, "os-release-missing", SEVERITY_ERROR,
     "there is no '/usr/lib/os-release' or '/etc/os-release'",
     "add one with at least ID= and PORTABLE_PREFIXES=",
     "portablectl(1), os-release(5); attach fails: lacks os-release data, refusing")
RULE(RULE_OS_RELEASE_UNREADABLE, "os-release-unreadable", SEVERITY_ERROR,
     "systemd does not read os-release: {1}",
     "make it a file of lines KEY=value, in UTF-8",
     "open_os_release() and parse_env_file() of systemd; attach fails, or hangs at a FIFO")
RULE(RULE_OS_RELEASE_INVALID, "os-release-invalid", SEVERITY_WARNING,
     "{1}",
     "write KEY=\"value\", one on each line",
     "os-release(5): a shell can read it as well")
RULE(RULE_OS_RELEASE_ID_MISSING, "os-release-id-missing", SEVERITY_ERROR,
     "os-release has no ID=",
     "add ID=, in lower case",
     "os-release(5); attach is refused since systemd 251")
RULE(RULE_PREFIXES_MISSING, "prefixes-missing", SEVERITY_WARNING,
     "os-release has no PORTABLE_PREFIXES=, so systemd-dissect does not call this a portable service",
     "add PORTABLE_PREFIXES='{1}'",
     "os-release(5), since systemd 250")
RULE(RULE_PREFIXES_MISMATCH, "prefixes-mismatch", SEVERITY_ERROR,
     "PORTABLE_PREFIXES= does not name '{1}', the prefix that the image is attached with",
     "add '{1}' to PORTABLE_PREFIXES=, or rename the image",
     "os-release(5); attach is refused")
RULE(RULE_PORTABLE_SCOPE_REFUSED, "portable-scope-refused", SEVERITY_ERROR,
     "PORTABLE_SCOPE='{1}' is not for the system's service manager",
     "write PORTABLE_SCOPE=system or any, or delete it",
     "os-release(5); attach is refused since systemd 260")
RULE(RULE_PORTABLE_SCOPE_OTHER, "portable-scope-other", SEVERITY_WARNING,
     "PORTABLE_SCOPE='{1}' is not for the system's service manager; systemd 260 and newer refuse the image there",
     "write PORTABLE_SCOPE=system or any, or delete it",
     "os-release(5); attach is refused since systemd 260")
RULE(RULE_PORTABLE_ID_USELESS, "portable-id-useless", SEVERITY_WARNING,
     "PORTABLE_ID= has no effect",
     "use PORTABLE_PREFIXES= instead",
     "os-release(5); old examples have it, no code reads it")
RULE(RULE_IMAGE_NAME_REFUSED, "image-name-refused", SEVERITY_ERROR,
     "systemd does not take an image called '{1}': {2}",
     "name the file ID_VERSION.raw, or the directory ID_VERSION",
     "image_name_is_valid(), image_make() and install_chroot_dropin() of systemd; attach fails, or lines are ignored")
RULE(RULE_COMPRESSION_UNKNOWN, "compression-unknown", SEVERITY_ERROR,
     "the compression of the squashfs is {1}, which no kernel reads",
     "use zstd, xz or gzip: mksquashfs -comp zstd",
     "fs/squashfs/decompressor.c of Linux; attach fails")
RULE(RULE_FILE_SYSTEM_REFUSED, "file-system-refused", SEVERITY_ERROR,
     "it is an {1} by its features, which systemd does not mount",
     "use squashfs, erofs or ext4",
     "dissect-image.c of systemd, libblkid; 252 mounts it, 257 does not; attach fails")
RULE(RULE_FILE_SYSTEM_REFUSED_NEWER, "file-system-refused-newer", SEVERITY_WARNING,
     "it is an {1} by its features, which systemd 257 and newer do not mount",
     "use squashfs, erofs or ext4",
     "dissect-image.c of systemd, libblkid; 252 mounts it, 257 does not; attach fails")
RULE(RULE_PARTITION_FLAGS, "partition-flags", SEVERITY_ERROR,
     "{1}, and services do not start",
     "make it of the type root, read-only, without growing: Type=root, ReadOnly=yes and GrowFileSystem=no in repart.d(5)",
     "the image policy that attach pins since systemd 260; start fails with 226/NAMESPACE")
RULE(RULE_PARTITION_FLAGS_NEWER, "partition-flags-newer", SEVERITY_WARNING,
     "{1}, and services do not start with systemd 260 and newer",
     "make it of the type root, read-only, without growing: Type=root, ReadOnly=yes and GrowFileSystem=no in repart.d(5)",
     "the image policy that attach pins since systemd 260; start fails with 226/NAMESPACE")
RULE(RULE_PARTITION_TABLE_DAMAGED, "partition-table-damaged", SEVERITY_WARNING,
     "{1}",
     "write the image again; it may have been cut or changed",
     "measured: attach and start work on 252, 257 and 262")
RULE(RULE_PARTITIONS_OVERLAP, "partitions-overlap", SEVERITY_ERROR,
     "partition {1} overlaps another one",
     "write the image again",
     "measured: the kernel refuses the table; start fails with 226/NAMESPACE, and attach with systemd 262")
RULE(RULE_PARTITION_OUTSIDE, "partition-outside", SEVERITY_WARNING,
     "partition {1} lies outside of the usable sectors, and systemd ignores it",
     "write the image again; it may have been cut",
     "measured: libblkid leaves it out")
RULE(RULE_PARTITION_MACHINE_DIFFERS, "partition-machine-differs", SEVERITY_WARNING,
     "the root partition is of a type for '{1}', os-release says ARCHITECTURE={2}",
     "correct the type of the partition; in an image for several machines systemd would take the wrong one",
     "measured: as the only root partition it is taken on every machine")
RULE(RULE_ROOT_OF_OTHER_MACHINE, "root-of-other-machine", SEVERITY_NOTE,
     "the only root partition is for '{1}'; a host for '{2}' attaches it, and its programs do not start",
     "attach it on '{1}' only",
     "compare_arch() of systemd takes any root if there is none of its own; start fails with 203/EXEC")
RULE(RULE_VERITY_DAMAGED, "verity-damaged", SEVERITY_ERROR,
     "the hash tree for dm-verity has no valid superblock, or is for another amount of data",
     "make it again from this file system, padded to a multiple of 4096 bytes: veritysetup format, or mkportable build --verity",
     "veritysetup(8); start fails with 226/NAMESPACE where the tree is used")
RULE(RULE_VERITY_DIFFERS, "verity-differs", SEVERITY_ERROR,
     "the hash tree for dm-verity does not fit the file system from its block {1} on",
     "the image was changed after the tree was made: write both again",
     "the kernel fails each read of such a block; start fails where the tree is used")
RULE(RULE_VERITY_UNCHECKED, "verity-unchecked", SEVERITY_NOTE,
     "the hash tree for dm-verity was not checked: it is not of SHA-256, or too large",
     "check it with veritysetup verify",
     "veritysetup(8)")
RULE(RULE_VERITY_NOT_USED, "verity-not-used", SEVERITY_NOTE,
     "systemd before 258 does not use the hash tree for dm-verity: there is neither a signature nor a file '.roothash' beside the image",
     "deliver the file '.roothash' beside the image, or sign it",
     "dissect_image() of systemd 252 and 257: the image is mounted without dm-verity")
RULE(RULE_VERITY_IGNORED, "verity-ignored", SEVERITY_WARNING,
     "beside the image is a {1} for dm-verity and no {2}, and the image is mounted without dm-verity",
     "put the file '{3}' beside it, or remove the other one",
     "measured on 252 and 257; a root hash alone makes start fail since systemd 260")
RULE(RULE_ROOT_HASH_ALONE, "root-hash-alone", SEVERITY_ERROR,
     "beside the image is the file '.roothash' and no hash tree '.verity'; services do not start",
     "put the file '.verity' beside it, or remove the other one",
     "measured: attach pins the policy 'verity' since systemd 260; start fails with 226/NAMESPACE")
RULE(RULE_VERITY_UNSIGNED, "verity-unsigned", SEVERITY_ERROR,
     "the hash tree beside the image has no signature beside it, and services do not start",
     "sign the root hash into the file '.roothash.p7s', or make a disk image, where systemd needs no signature",
     "measured on 262: attach pins the policy 'signed' for any root hash beside a bare file system; start fails with 226/NAMESPACE")
RULE(RULE_VERITY_UNSIGNED_NEWER, "verity-unsigned-newer", SEVERITY_WARNING,
     "the hash tree beside the image has no signature beside it, and services do not start with systemd 262",
     "sign the root hash into the file '.roothash.p7s', or make a disk image, where systemd needs no signature",
     "measured on 262: attach pins the policy 'signed' for any root hash beside a bare file system; start fails with 226/NAMESPACE")
RULE(RULE_ROOT_HASH_DAMAGED, "root-hash-damaged", SEVERITY_ERROR,
     "the file '.roothash' beside the image is no root hash of SHA-256: 64 hexadecimal digits",
     "write it again, or remove it",
     "measured: start fails with 226/NAMESPACE, and attach with systemd 262")
RULE(RULE_ROOT_HASH_DIFFERS, "root-hash-differs", SEVERITY_ERROR,
     "{1} says the root hash is {2}, and that of the file system is {3}",
     "deliver the files that were made together",
     "dm-verity of Linux; start fails")
RULE(RULE_ROOT_HASH_OF_NO_PARTITION, "root-hash-of-no-partition", SEVERITY_ERROR,
     "beside the image is a file '.roothash' with {1}, and no root and verity partitions have its halves as UUIDs",
     "deliver the root hash of this image, or none",
     "measured: start fails with 226/NAMESPACE, and attach with systemd 262")
RULE(RULE_VERITY_BESIDE_TABLE, "verity-beside-table", SEVERITY_ERROR,
     "beside the image, which has a partition table, is a hash tree '.verity'",
     "remove that file; the hash tree of a disk image is a partition",
     "measured: EBADR; start fails with 226/NAMESPACE, and attach with systemd 262")
RULE(RULE_PARTITION_UUIDS_DIFFER, "partition-uuids-differ", SEVERITY_ERROR,
     "the UUIDs of the root and verity partitions are not the halves of the root hash, and services do not start",
     "set them with systemd-repart or mkportable build, which derive them, or sign the image",
     "UAPI.2; dissected_image_guess_verity_roothash() of systemd")
RULE(RULE_PARTITION_UUIDS_DIFFER_NEWER, "partition-uuids-differ-newer", SEVERITY_WARNING,
     "the UUIDs of the root and verity partitions are not the halves of the root hash, and services do not start with systemd 258 and newer",
     "set them with systemd-repart or mkportable build, which derive them, or sign the image",
     "UAPI.2; dissected_image_guess_verity_roothash() of systemd")
RULE(RULE_SIGNATURE_WITHOUT_VERITY, "signature-without-verity", SEVERITY_ERROR,
     "there is a signature partition and no verity partition",
     "add the hash tree, or remove the signature",
     "measured: start fails with 226/NAMESPACE, and attach with systemd 262")
RULE(RULE_SIGNATURE_MISSING, "signature-missing", SEVERITY_ERROR,
     "a certificate was given, and the image has no signature",
     "sign it: mkportable build --key= --certificate=",
     "lint --certificate=")
RULE(RULE_SIGNATURE_DAMAGED, "signature-damaged", SEVERITY_ERROR,
     "the signature of the root hash cannot be read",
     "sign the image again: JSON with rootHash and signature in a partition, PKCS #7 in DER beside a file system",
     "UAPI.2; measured: start fails with 226/NAMESPACE, and attach with systemd 262")
RULE(RULE_SIGNATURE_INVALID, "signature-invalid", SEVERITY_ERROR,
     "the root hash was not signed by the certificate that was given",
     "give the certificate that hosts have in /etc/verity.d, or sign the image again",
     "PKCS7_verify(3) as validate_signature_userspace() of systemd calls it")
RULE(RULE_SIGNATURE_NEEDS_CERTIFICATE, "signature-needs-certificate", SEVERITY_NOTE,
     "services start only on hosts that have the certificate of the signature in /etc/verity.d",
     "deliver the certificate, or an image that is not signed as well",
     "validate_signature_userspace() of systemd; 259 starts them without")
RULE(RULE_VERSION_PICKED, "version-picked", SEVERITY_NOTE,
     "of the {1} images in this directory systemd takes '{2}'; before 256 it takes none",
     "name one of them to judge another",
     "systemd.v(7)")
RULE(RULE_VERSIONS_TOO_NEW, "versions-too-new", SEVERITY_ERROR,
     "systemd before 256 takes the directory of versions for the image itself",
     "name one of the images in it",
     "systemd.v(7), since systemd 256; attach fails: lacks os-release data")
RULE(RULE_IMAGE_NAME_MISMATCH, "image-name-mismatch", SEVERITY_WARNING,
     "the file name '{1}' says {2} '{3}', os-release says '{4}'",
     "rename the image, or correct os-release",
     "os-release(5), IMAGE_ID= and IMAGE_VERSION=; journal fields carry them")
RULE(RULE_IMAGE_NAME_PREFIX_TRAP, "image-name-prefix-trap", SEVERITY_ERROR,
     "portablectl reads the prefix '{1}' from the file name '{2}', but no unit name begins with it",
     "separate name and version by '_': '{3}_VERSION.raw'",
     "portablectl(1): the name is cut at the first '_' only")
RULE(RULE_VERSION_INVALID, "version-invalid", SEVERITY_WARNING,
     "{1}='{2}' {3}",
     "use letters, digits, '.', '-', '~' and '^' only",
     "UAPI version format specification")
RULE(RULE_LOG_FIELD_BROKEN, "log-field-broken", SEVERITY_WARNING,
     "systemd writes {1}='{2}' into LogExtraFields= without quotes, and ignores what follows the space or quote",
     "use letters, digits, '.', '-', '~' and '^' only",
     "append_release_log_fields() of systemd, measured with 257: Log field lacks = character, ignoring")
RULE(RULE_EXTENSION_ALONE, "extension-alone", SEVERITY_NOTE,
     "it is an extension, which is attached on top of another image: portablectl attach --extension=",
     "judge it together with that image: mkportable lint --extension=",
     "portablectl(1); by itself attach is refused: lacks os-release data")
RULE(RULE_EXTENSION_NAME_MISMATCH, "extension-name-mismatch", SEVERITY_ERROR,
     "'{1}' has no release file 'extension-release.{2}', by which systemd knows an extension of that name",
     "name the image like its file in /usr/lib/extension-release.d (a confext: in /etc/extension-release.d, since systemd 256)",
     "os-release(5); attach is refused: lacks extension-release data")
RULE(RULE_EXTENSION_NEWER, "extension-newer", SEVERITY_WARNING,
     "systemd before 256 does not take it for an extension: it wants '/usr/lib/extension-release.d/extension-release.{1}'",
     "add that file, or make sure that the host's systemd is new enough",
     "measured with 252, 257 and 262: versions in names, .sysext and configuration extensions are newer")
RULE(RULE_EXTENSION_RELEASE_INVALID, "extension-release-invalid", SEVERITY_ERROR,
     "systemd refuses the release file of the extension: {1}",
     "write ID=_any, or the ID=, VERSION_ID= and SYSEXT_LEVEL= of the image below; if SYSEXT_SCOPE= is there, name portable in it",
     "extension_release_validate() of systemd; attach is refused")
RULE(RULE_EXTENSION_MISMATCH, "extension-mismatch", SEVERITY_ERROR,
     "the extension '{1}' is for {2}='{3}', but the image says '{4}'",
     "correct the release file of the extension, or take another image",
     "extension_release_validate() of systemd; attach is refused")
RULE(RULE_EXTENSION_CONTENT, "extension-content", SEVERITY_WARNING,
     "no service sees it: only /usr and /opt of an extension are merged, or /etc of a configuration extension{1}",
     "put it below /usr or /opt",
     "systemd-sysext(8)")
RULE(RULE_ARCHITECTURE_MISMATCH, "architecture-mismatch", SEVERITY_WARNING,
     "os-release says ARCHITECTURE='{1}', but '{2}' is a program for {3}",
     "correct ARCHITECTURE=",
     "os-release(5); systemd does not compare, so it starts on a host like this one")
RULE(RULE_ARCHITECTURE_WRONG, "architecture-wrong", SEVERITY_ERROR,
     "'{1}' is a program for {2}, but os-release says ARCHITECTURE='{3}'",
     "use a program for that machine, or correct ARCHITECTURE=",
     "execve(2); start fails with 203/EXEC on the hosts that the image says it is for")
RULE(RULE_NO_MATCHING_UNIT, "no-matching-unit", SEVERITY_ERROR,
     "no unit name begins with '{1}'",
     "name the units '{1}.service', '{1}-*.service' and so on, or rename the image",
     "portablectl(1); attach fails: Couldn't find any matching unit files")
RULE(RULE_UNIT_NOT_EXTRACTED, "unit-not-extracted", SEVERITY_WARNING,
     "systemd does not take this unit from the image: {1}{2}",
     "{3}",
     "portablectl(1): units of the types service, socket, target, timer and path, named by the prefix")
RULE(RULE_SETTINGS_NOT_EXTRACTED, "settings-not-extracted", SEVERITY_ERROR,
     "systemd does not take this from the image: {1}",
     "{2}",
     "portablectl(1): drop-ins, .wants/ links and units of other types are silently ignored")
RULE(RULE_UNIT_NAME_INVALID, "unit-name-invalid", SEVERITY_ERROR,
     "systemd does not take this unit from the image: '{1}' is not a valid name for a unit",
     "use only letters, digits and ':-_.\\@'",
     "unit_name_is_valid() of systemd; portable.c silently skips such files")
RULE(RULE_UNIT_EMPTY, "unit-empty", SEVERITY_ERROR,
     "the unit is empty; systemd ignores it",
     "write the unit, or delete it",
     "portable.c: empty units are ignored")
RULE(RULE_UNIT_ALIAS, "unit-alias", SEVERITY_WARNING,
     "the unit is a symbolic link to '{1}'; on the host it becomes an independent second unit",
     "use Alias= in [Install], or delete the link",
     "portable.c copies what the link points to")
RULE(RULE_UNIT_LINK_ON_HOST, "unit-link-on-host", SEVERITY_ERROR,
     "the unit is a symbolic link to '{1}', which systemd before 262 follows on the host, not in the image",
     "make the link relative and within the image, or put the file in its place",
     "sd#43049; the unit is not taken, or it is a file of the host")
RULE(RULE_UNIT_UNREADABLE, "unit-unreadable", SEVERITY_ERROR,
     "cannot read the unit: it {1}",
     "make it a regular file of less than 4 MiB, without a line of more than 1 MiB",
     "portable.c opens units within the image only")
RULE(RULE_UNIT_WITHOUT_PROGRAM, "unit-without-program", SEVERITY_ERROR,
     "the service has no ExecStart=",
     "add ExecStart=",
     "systemd.service(5): Service has no ExecStart=, refusing")
RULE(RULE_TYPE_REFUSED, "type-refused", SEVERITY_ERROR,
     "systemd refuses a service with Type={1} {2}",
     "correct one of the two settings",
     "service_verify() of systemd; attach works, and every start fails")
RULE(RULE_UNIT_REFUSED, "unit-refused", SEVERITY_ERROR,
     "systemd refuses the unit: {1}",
     "correct it",
     "service_verify(), socket_verify(), timer_verify() and path_verify() of systemd; every start fails")
RULE(RULE_ORDERING_CYCLE, "ordering-cycle", SEVERITY_ERROR,
     "it is started with '{1}' and '{2}', each of which has to start before the other",
     "remove an After= or a Before=, or what requires it",
     "systemd.unit(5); transaction_verify_order() of systemd; the start fails")
RULE(RULE_UNIT_MISSING, "unit-missing", SEVERITY_ERROR,
     "{1}='{2}' is not in the image",
     "add the unit, or correct the name",
     "systemd.unit(5); start fails: Unit not found")
RULE(RULE_WANTED_UNIT_MISSING, "wanted-unit-missing", SEVERITY_WARNING,
     "{1}='{2}' is not in the image, so nothing is started",
     "add the unit, or correct the name",
     "systemd.unit(5)")
RULE(RULE_UNKNOWN_SECTION_OR_KEY, "unknown-section-or-key", SEVERITY_ERROR,
     "systemd{1} does not know {2}, and ignores it",
     "correct the name, or delete it{3}",
     "systemd --dump-configuration-items of each version")
RULE(RULE_PORTABLE_KEY_UNKNOWN, "portable-key-unknown", SEVERITY_ERROR,
     "mkportable does not know {1}= in [X-Portable], and ignores it",
     "use Files=, Packages= or Libraries=",
     "mkportable(1); systemd skips the section")
RULE(RULE_KEY_NEWER, "key-newer", SEVERITY_NOTE,
     "{1} {2}",
     "make sure that the host's systemd knows it; others ignore it",
     "systemd --dump-configuration-items of each version, and which words each takes")
RULE(RULE_VALUE_INVALID, "value-invalid", SEVERITY_ERROR,
     "{1}= has '{2}', which is {3}; systemd {4}",
     "correct the value",
     "systemd's load-fragment.c; what 252, 257 and 262 say of each type of value")
RULE(RULE_VALUE_WITHOUT_EFFECT, "value-without-effect", SEVERITY_WARNING,
     "{1}= has '{2}', which is {3}; systemd silently ignores it",
     "correct the value",
     "systemd's load-fragment.c; neither the journal nor systemd-analyze verify says so")
RULE(RULE_VERIFY_FAILED, "verify-failed", SEVERITY_ERROR,
     "systemd {1} {2}: '{3}'",
     "correct the setting",
     "systemd-analyze verify, run on the units alone")
RULE(RULE_SETTING_INVALID, "setting-invalid", SEVERITY_ERROR,
     "{1}",
     "correct the line; systemd ignores it, or refuses the unit",
     "systemd.syntax(7), systemd.exec(5)")
RULE(RULE_SPECIFIER_UNDECIDED, "specifier-undecided", SEVERITY_NOTE,
     "{1}",
     "make sure that the image has the place or program for every instance",
     "systemd.unit(5), specifiers")
RULE(RULE_ACCEPT_TEMPLATE_MISMATCH, "accept-template-mismatch", SEVERITY_ERROR,
     "Accept={1} needs '{2}', but only '{3}' is there",
     "rename the service, or change Accept=",
     "systemd.socket(5), Accept=; the socket does not start")
RULE(RULE_SOCKET_SERVICE_MISSING, "socket-service-missing", SEVERITY_ERROR,
     "the service '{1}' of this {2} is not in the image",
     "add it, or name another unit with {3}=",
     "systemd.socket(5), systemd.timer(5), systemd.path(5)")
RULE(RULE_SOCKET_NOT_ORDERED, "socket-not-ordered", SEVERITY_WARNING,
     "the service has no {1}={2}; when both are restarted, it may start without its socket",
     "add Requires={2} and After={2} to [Unit]",
     "measured: 2 of 6 reattach --now failed: Socket service already active, refusing")
RULE(RULE_INSTALL_MISSING, "install-missing", SEVERITY_WARNING,
     "nothing starts this unit: it has no [Install], and no unit of the image triggers it",
     "add [Install] with WantedBy=",
     "systemd.unit(5); portablectl attach --enable has no effect without it")
RULE(RULE_START_LIMIT_WITH_IDLE_EXIT, "start-limit-with-idle-exit", SEVERITY_WARNING,
     "each start by the socket counts towards the start limit, which a service that exits when idle soon reaches",
     "set StartLimitIntervalSec=0 in [Unit]",
     "systemd.unit(5): 5 starts in 10 s make unit and socket fail for good")
RULE(RULE_PROGRAM_MISSING, "program-missing", SEVERITY_ERROR,
     "the program '{1}' of {2}= is not in the image",
     "add it to the image, or correct the path",
     "systemd.service(5); start fails with 203/EXEC")
RULE(RULE_OPTIONAL_PROGRAM_MISSING, "optional-program-missing", SEVERITY_WARNING,
     "the program '{1}' of {2}= is not in the image, and '-' hides the failure",
     "add it to the image, or delete the line",
     "systemd.service(5): a failure of a command with '-' has no effect")
RULE(RULE_PROGRAM_HIDDEN, "program-hidden", SEVERITY_ERROR,
     "the program '{1}' of {2}= is not visible: {3} mounts over '{4}'",
     "mount elsewhere, or move the program",
     "systemd.exec(5); start fails with 203/EXEC")
RULE(RULE_PROGRAM_NOT_EXECUTABLE, "program-not-executable", SEVERITY_ERROR,
     "cannot run '{1}': {2}",
     "put an executable program there",
     "execve(2); start fails with 203/EXEC")
RULE(RULE_PROGRAM_FOR_OTHER_MACHINE, "program-for-other-machine", SEVERITY_ERROR,
     "'{1}' is a program for {2}, but '{3}' is one for {4}",
     "build both for one machine",
     "execve(2); one of them cannot start")
RULE(RULE_PROGRAM_DYNAMIC_INCOMPLETE, "program-dynamic-incomplete", SEVERITY_ERROR,
     "'{1}' cannot be loaded: {2}",
     "link the program statically, or add what is missing",
     "ld.so(8); start fails with 203/EXEC or 127")
RULE(RULE_REQUESTED_LIBRARY_MISSING, "requested-library-missing", SEVERITY_ERROR,
     "no program of the service finds the library '{1}' of Libraries=",
     "build the image with a --root= that has it, or correct the name",
     "mkportable(1); dlopen(3) fails")
RULE(RULE_PROGRAM_NEEDS_INTERPRETER, "program-needs-interpreter", SEVERITY_ERROR,
     "cannot run the script '{1}' with the interpreter '{2}': {3}",
     "add the interpreter to the image, or use a program",
     "execve(2); start fails with 203/EXEC")
RULE(RULE_USER_NAME_INVALID, "user-name-invalid", SEVERITY_ERROR,
     "no user or group can be called as {1}='{2}' says",
     "use letters, digits, '_' and '-'",
     "valid_user_group_name() of systemd; every start fails")
RULE(RULE_USER_NOT_RESOLVABLE, "user-not-resolvable", SEVERITY_WARNING,
     "{1}='{2}' is looked up on the host, which may not have it",
     "use DynamicUser=yes",
     "systemd.exec(5), User=; start fails with 217/USER")
RULE(RULE_BUS_OR_SYSUSERS_NOT_DELIVERED, "bus-or-sysusers-not-delivered", SEVERITY_WARNING,
     "it has no effect in an image",
     "install it on the host, or do without it",
     "portablectl(1): only units leave the image")
RULE(RULE_HOST_NOT_IMAGE, "host-not-image", SEVERITY_WARNING,
     "{1}= looks for '{2}' on the host; that of the image does not count",
     "install it on the host, or do without it",
     "systemd.unit(5), systemd.exec(5); without it the start fails, or a condition skips the unit silently")
RULE(RULE_HOST_MUST_HAVE, "host-must-have", SEVERITY_NOTE,
     "{1}= needs {2} '{3}' on the host",
     "make sure that the host has it, not the image",
     "systemd.unit(5), systemd.exec(5), systemd.socket(5)")
RULE(RULE_HOST_LACKS, "host-lacks", SEVERITY_ERROR,
     "{1}= needs {2} '{3}', which the host {4} lacks",
     "add it to that host, or do without it",
     "the facts of the host; start fails: 217/USER, 216/GROUP, Unit not found")
RULE(RULE_HOST_UNIT_TAKEN, "host-unit-taken", SEVERITY_ERROR,
     "the host {1} has a unit of this name already",
     "rename the unit, or remove that of the host",
     "the facts of the host; attach is refused: Unit file exists on the host already")
RULE(RULE_HOST_MACHINE_DIFFERS, "host-machine-differs", SEVERITY_ERROR,
     "the image is for {1}, and the host {2} is of the machine {3}",
     "make an image for that machine",
     "the facts of the host; os-release(5), ARCHITECTURE=; start fails with 203/EXEC")
RULE(RULE_HOST_FILE_SYSTEM_MISSING, "host-file-system-missing", SEVERITY_ERROR,
     "the kernel of the host {1} has no {2}",
     "use another file system, or install that host's kernel modules",
     "the facts of the host, of /proc/filesystems and its modules")
RULE(RULE_HOST_COMPRESSION_MISSING, "host-compression-missing", SEVERITY_ERROR,
     "the kernel of the host {1} cannot read a squashfs that is compressed by {2}",
     "pack it with another compression",
     "the facts of the host, of its kernel's configuration: CONFIG_SQUASHFS_ZSTD")
RULE(RULE_HOST_LOOP_MISSING, "host-loop-missing", SEVERITY_ERROR,
     "the host {1} has no loop devices, and mounts no image that is a file",
     "use an image that is a directory, or give that host /dev/loop-control",
     "the facts of the host")
RULE(RULE_HOST_VERITY_MISSING, "host-verity-missing", SEVERITY_WARNING,
     "the image has a hash tree, and the host {1} has no dm-verity",
     "install that host's kernel modules, or use an image without a hash tree",
     "measured: with a tree beside the image start fails with 226/NAMESPACE on 252, 257 and 262; one in a disk image without signature is ignored before 258")
RULE(RULE_HOST_PORT_TAKEN, "host-port-taken", SEVERITY_WARNING,
     "{1}={2}: another socket of the host {3} is bound to that port",
     "use another port, or stop what is bound to it",
     "the facts of the host; start fails: Address already in use")
RULE(RULE_HOST_PROFILE_MISSING, "host-profile-missing", SEVERITY_SECURITY,
     "the host {1} has no profile '{2}': systemd attaches without one there",
     "install the profile on that host, or name another",
     "portablectl(1): a profile that does not exist is skipped without an error")
RULE(RULE_PROFILE_WEAKENS_UNIT, "profile-weakens-unit", SEVERITY_SECURITY,
     "{1}: the profile '{2}' makes it weaker: {3}",
     "use a profile that resets its lists and allows no more than the unit",
     "portablectl(1): profiles are read after the unit, and lists merge")
RULE(RULE_DENY_LIST_TURNED, "deny-list-turned", SEVERITY_SECURITY,
     "{1}: SystemCallFilter= is a deny list in the unit and an allow list in the profile '{2}': together, a deny list",
     "write both as allow lists, or reset the list in the profile with an empty SystemCallFilter=",
     "systemd.exec(5): the first entry decides what the list is")
RULE(RULE_EXPOSURE_TOO_HIGH, "exposure-too-high", SEVERITY_ERROR, /* reported only with --exposure-max= */
     "{1}: the exposure is {2}{3}, more than {4}",
     "harden the unit: systemd-analyze security says where",
     "systemd-analyze(1), security")
RULE(RULE_EXPOSURE_UNKNOWN, "exposure-unknown", SEVERITY_NOTE,
     "cannot measure the exposure of the services on this host",
     "install systemd 250 or later",
     "systemd-analyze(1), security --offline")
RULE(RULE_PROFILE_NOT_SUFFICIENT, "profile-not-sufficient", SEVERITY_WARNING,
     "{1}: the profile '{2}' does not allow what the unit asks for: {3}",
     "attach it with another profile",
     "portablectl(1), profiles")
RULE(RULE_NOTIFY_WITHOUT_UNIX, "notify-without-unix", SEVERITY_ERROR,
     "Type={1} needs a socket of AF_UNIX, and RestrictAddressFamilies= refuses it",
     "add AF_UNIX, or use Type=exec",
     "sd_notify(3); start ends with a timeout")
RULE(RULE_NULL_DEVICE_REFUSED, "null-device-refused", SEVERITY_ERROR,
     "DevicePolicy=strict refuses /dev/null, which is the standard input of the service",
     "add DeviceAllow=/dev/null rw, or use DevicePolicy=closed",
     "systemd.resource-control(5); start fails with 208/STDIN")
RULE(RULE_STATIC_NSS, "static-nss", SEVERITY_WARNING,
     "'{1}' is a static program with glibc's name service, which loads libraries at run time",
     "link with musl, or avoid getaddrinfo(3) and getpwnam(3)",
     "nss(5); a static glibc program needs the same glibc in the image at run time")
RULE(RULE_USER_CHANGE_REFUSED, "user-change-refused", SEVERITY_NOTE,
     "'{1}' may change its user, as programs do that find themselves to be root; {2} refuses it",
     "let systemd do it, with DynamicUser=yes instead of User=root: most programs do not try then; remove a setting such as 'user' from the configuration of others",
     "setuid(2); measured on 257: EPERM without the capability, EINVAL with PrivateUsers=yes")
RULE(RULE_USERS_MISSING, "users-missing", SEVERITY_WARNING,
     "'{1}' is started as root, and may change to a user by name; the image has no /etc/passwd",
     "use DynamicUser=yes, or add an /etc/passwd and /etc/group with that user",
     "getpwnam(3); measured: programs look up users in the image, systemd those of User= on the host")
RULE(RULE_USER_NOT_IN_IMAGE, "user-not-in-image", SEVERITY_NOTE,
     "'{1}' may look up its own user, and /etc/passwd of the image does not have '{2}'",
     "add the user to /etc/passwd of the image, with the number that it has on the host",
     "getpwuid(3); measured on 257: systemd takes User= from the host, the program finds nothing")
RULE(RULE_NSS_MODULE_MISSING, "nss-module-missing", SEVERITY_NOTE,
     "'{1}' looks up {2}, for which glibc skips '{4}': it is not in the image",
     "remove it from the line '{3}' of /etc/nsswitch.conf, or add the library",
     "nsswitch.conf(5); measured: a module that is missing counts as unavailable")
RULE(RULE_NSS_WITHOUT_MODULE, "nss-without-module", SEVERITY_WARNING,
     "'{1}' looks up {2}, and finds none: glibc needs '{4}', which is not in the image",
     "write '{3}: files' (hosts: 'files dns') into /etc/nsswitch.conf, or delete that file; glibc before 2.34 needs the library",
     "nsswitch.conf(5); measured: getaddrinfo(3) says 'System error', and getpwnam(3) finds not even root")
RULE(RULE_LOCALHOST_UNKNOWN, "localhost-unknown", SEVERITY_WARNING,
     "an argument of '{1}' is the name 'localhost', and the image has no /etc/hosts",
     "write 127.0.0.1 or ::1, or add an /etc/hosts to the image",
     "getaddrinfo(3); measured: 'Temporary failure in name resolution', unless a DNS server knows the name")
RULE(RULE_LOCALE_MISSING, "locale-missing", SEVERITY_WARNING,
     "{1}='{2}' is a locale that the image does not have",
     "use C, or add the locale: Files=/usr/lib/locale/C.utf8 for C.UTF-8",
     "locale(7); measured: setlocale(3) fails, C.UTF-8 included, and all is as in C")
RULE(RULE_TIME_ZONE_MISSING, "time-zone-missing", SEVERITY_WARNING,
     "TZ='{1}' has no effect, since '{2}' is not in the image",
     "add Files={2} to [X-Portable], or the file to tree/",
     "tzset(3); measured: the time is UTC then")
RULE(RULE_CERTIFICATES_MISSING, "certificates-missing", SEVERITY_NOTE,
     "'{1}' verifies servers by the certificates of the system, and the image has none",
     "add BindReadOnlyPaths=/etc/ssl/certs, so that the host keeps them up to date, or the file to tree/",
     "SSL_CTX_set_default_verify_paths(3); a script of the package ca-certificates makes them; measured: curl ends with 77")
RULE(RULE_DLOPEN_UNDECLARED, "dlopen-undeclared", SEVERITY_NOTE,
     "'{1}' loads libraries by name (dlopen(3)), and does not say which{2}",
     "name them with Libraries= in [X-Portable]; an empty Libraries= says that there is none",
     "dlopen(3); libraries that say it have a .note.dlopen")
RULE(RULE_TOO_MANY_FINDINGS, "too-many-findings", SEVERITY_NOTE,
     "further findings are left out",
     "correct these first",
     "")
