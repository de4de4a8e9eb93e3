# SPDX-License-Identifier: LGPL-2.1-or-later
# For bats files that change a good image, to see what is found in it then: the current
# directory is the image's root, and $units the directory of its units in there.
# shellcheck disable=SC2154 # the file that loads this sets $units

# Makes the good image, a directory. Call it in setup_file, with build/ in $PATH.
make_good_image() { # IMAGE
	local tests=${BASH_SOURCE[0]%/*}

	mkdir "$BATS_FILE_TMPDIR/bin"
	musl-gcc -Os -s -static -o "$BATS_FILE_TMPDIR/bin/lint" "$tests/fixtures/lab/lint.c"
	mkportable build --program-path="$BATS_FILE_TMPDIR/bin" --os-release="$tests/../os-release.in" \
		--version=1 --format=directory --output="$1" "$tests/fixtures/lab/lint"
}

add() { # UNIT SECTION LINE...
	local unit=$1 section=$2 line
	shift 2
	for line; do
		sed -i "s|^\[$section\]|&\n$line|" "$units/$unit"
	done
}

# In the unit, the line that begins so becomes another, or more.
change() { # UNIT BEGINNING LINE
	sed -i "s|^$2.*|$3|" "$units/$1"
}

release() { # SED-EXPRESSION
	sed -i "$1" usr/lib/os-release
}

# Makes the socket one of Accept=yes, as it should be.
inetd() {
	add lint.socket Socket Accept=yes
	mv "$units/lint.service" "$units/lint@.service"
	add lint@.service Service StandardInput=socket StandardError=journal
	sed -i '/^Requires=/d;/^After=/d' "$units/lint@.service"
}

# A dynamic program for lint-once.service, and what it needs. There is no opt/ in the image.
dynamic() { # PATH [COMPILER-OPTION...]
	mkdir -p "${1%/*}"
	echo 'int main(void) { return 0; }' | cc -x c -O1 -o "$@" -
	add lint-once.service Service "ExecStartPre=/$1"
}

libb() { # DIRECTORY
	mkdir -p "$1"
	echo 'int b(void) { return 0; }' | musl-gcc -shared -fPIC -o "$1/libb.so" -x c -
}

# The same with the C library of musl, which is its loader, and libb.so, which is not in the image.
musl() { # PATH
	mkdir -p lib
	cp -L /lib/ld-musl-x86_64.so.1 lib/
	libb .
	echo 'int b(void); int main(void) { return b(); }' | musl-gcc -O1 -o "$1" -x c - -L. -lb
	rm libb.so
	add lint-once.service Service "ExecStartPre=/$1"
}

loader() { # DIRECTORY
	mkdir -p "$1"
	cp -L /lib64/ld-linux-x86-64.so.2 "$1/"
}

library() { # DIRECTORY
	mkdir -p "./$1"
	cp -L "$(cc -print-file-name=libc.so.6)" "./$1/"
}

arm() { # PROGRAM
	printf '\267\0' | dd of="$1" bs=1 seek=18 conv=notrunc status=none
}

env_in_image() {
	cp -L /usr/bin/env usr/bin/
	loader lib64
	library lib
}

# Makes lint-once.service run as root: under the profile "default", only User= does.
as_root() {
	change lint-once.service DynamicUser User=root
}

# A dynamic program of glibc for lint-once.service, which does not start unless this is true.
asks() { # C-EXPRESSION [ARGUMENT...]
	local expression=$1

	shift
	loader lib64
	library lib
	printf '#include <%s.h>\n' dlfcn errno grp locale netdb pwd time unistd >asks.c
	cat >>asks.c <<EOT
int main(void)
{
	struct addrinfo *a = 0;
	time_t zero = 0;

	(void)a, (void)zero;
	return !($expression);
}
EOT
	"${compiler:-cc}" -D_GNU_SOURCE -O1 -o usr/bin/asks asks.c ${stub:+"$stub"}
	rm asks.c
	add lint-once.service Service "ExecStartPre=/usr/bin/asks $*"
}

# The same with the C library of musl.
asks_musl() { # C-EXPRESSION [ARGUMENT...]
	local compiler=musl-gcc

	mkdir -p lib
	cp -L /lib/ld-musl-x86_64.so.1 lib/
	asks "$@"
}

# The same for a client of TLS, with a library of our own in the place of OpenSSL's.
asks_as_client() {
	local stub=lib/libssl.so.3

	mkdir -p lib
	echo 'int SSL_CTX_set_default_verify_paths(void) { return 1; }' |
		cc -shared -fPIC -Wl,-soname,libssl.so.3 -o "$stub" -x c -
	asks '({ int SSL_CTX_set_default_verify_paths(void); SSL_CTX_set_default_verify_paths(); })'
}

# Copies what the machine has into the image.
of_machine() { # PATH...
	local path

	for path; do
		mkdir -p ".${path%/*}"
		cp -rL "$path" ".$path"
	done
}

# The same for a library of the C compiler's machine.
machine_library() { # NAME
	mkdir -p lib
	cp -L "$(cc -print-file-name="$1")" lib/
}

# Sets $finding, $systemd, $name, $options and $how to the next of the cases on standard input.
# shellcheck disable=SC2034 # the callers use them
next_case() {
	IFS='|' read -r finding systemd name how || return
	options=
	case $name in
	-*) options=$name name=lint_1 ;;
	'') name=lint_1 ;;
	esac
}

# SEVERITY RULE, "no RULE" for no error and none of this rule, or "-" for no error | SYSTEMD | NAME OF THE FILE, OR OPTIONS OF LINT | HOW
#
# HOW is run in the root of the image, whose name is lint_1 unless there is another.
# SYSTEMD is what systemd does with the image then, which lab/lint.bats tests: works,
# attach (fails), start (fails), ignored, or "silently COMMAND": ignored, and this fails
# in the lab. Without it, only lint is tested, as for what systemd skips ([X-Portable]).
image_cases() {
	cat <<'END'
-|works||true
-|works|lint_1_x86-64|true
-|works|lint|true
-|works||inetd
-|works||rm etc/os-release
-|works||rm -r usr/lib/os-release etc/os-release; printf 'ID=lint\nPORTABLE_PREFIXES=lint\n' >etc/os-release
-|works||release 's/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES="other lint"/'
-|works||release 's/^ID=/  ID = /'
-|works||release 's/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES=other lint/'
-|works||printf 'X="abc\nID=no"\nY="' >>usr/lib/os-release
-|works||yes '# filler filler filler' | head -n 5000 >>usr/lib/os-release; for i in $(seq 100); do echo X$i=1; done >>usr/lib/os-release; tac usr/lib/os-release >r; mv r usr/lib/os-release
-|works||rm etc/os-release; ln -s /nowhere etc/os-release
-|works||mkdir -p etc/systemd/system; : >etc/systemd/system/lint.service; ln -s /dev/null etc/systemd/system/lint.socket; mkdir etc/systemd/system/lint-once.service
-|works||mkdir -p etc/systemd/system; ln -s /$units/lint.service etc/systemd/system/lint.service
-|works||mkdir -p etc/systemd/system; ln -s ../../../$units/lint.service etc/systemd/system/lint.service
-|works||mkdir -p opt; mv $units opt/units; ln -s /opt/units $units
-|works||mkdir -p etc/systemd/system.attached run/systemd/generator; mv $units/lint.socket etc/systemd/system.attached/; mv $units/lint.service run/systemd/generator/
-|works||mkdir $units/lint.service.d; echo x >$units/lint.service.d/README
-|works||mkdir $units/timer.d; printf '[Timer]\nAccuracySec=1\n' >$units/timer.d/x.conf
-|works||mkdir -p data; mv var/lib data/; ln -s ../data/lib var/lib
-|works||mkdir -p lib; mv usr/lib/systemd lib/
-|works||add lint.service X-Other; add lint.service Service 'X-Note=for people'
-|works||printf '\n[X-Mine]\nAnything=goes\n' >>$units/lint.service
-|works||change lint.service StateDirectory 'StateDirectory=gone\nStateDirectory=\nStateDirectory=lint'
-|works||change lint.service WorkingDirectory 'WorkingDirectory=-/nowhere'
-|works||change lint.service ReadOnlyPaths 'ReadOnlyPaths=-/nowhere'
-|works||add lint.service Service RuntimeDirectory=lint
-|works||add lint.service Service BindReadOnlyPaths=/usr:/run/anything
-|works||change lint.service ExecStart ExecStart=lint
-|works||add lint-once.service Service EnvironmentFile=-/nowhere
-|works||rm -r etc/resolv.conf; ln -s machine-id etc/resolv.conf
error api-directory-missing|start||rmdir proc
error api-directory-missing|start||rmdir sys
error api-directory-missing|start||rmdir dev
error api-directory-missing|start||rmdir run
error api-directory-missing|start||rmdir tmp
error api-directory-missing|start||rmdir var/tmp
error api-directory-missing|start||rmdir proc; : >proc
error api-directory-missing|start||rmdir tmp; ln -s srv/x tmp
-|works||rmdir tmp; ln -s run/tmp tmp
error machine-id-missing|start||rm etc/machine-id
error machine-id-missing|start||rm etc/machine-id; mkdir etc/machine-id
error resolv-conf-not-file|start||rm etc/resolv.conf
error resolv-conf-not-file|start||rm etc/resolv.conf; mkdir etc/resolv.conf
-|works||rm etc/resolv.conf; ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
error resolv-conf-not-file|start||rm etc/resolv.conf; ln -s ../srv/none etc/resolv.conf
error bind-target-missing|start||rmdir srv/bound
error bind-target-missing|start||rmdir scratch
error bind-target-missing|start||change lint.service ReadOnlyPaths ReadWritePaths=/srv/kept
error bind-target-missing|start||change lint.service ReadOnlyPaths InaccessiblePaths=/srv/kept
error bind-target-missing|start||change lint.service ReadOnlyPaths NoExecPaths=/nowhere
error bind-target-missing|start||add lint.service Service MountImages=/root/images/nothing:/mounted
-|works||[ ! -e srv/kept ]
warning place-sometimes-missing|works||sed -i /^DynamicUser/d $units/lint.service
warning place-sometimes-missing|works||add lint.service Service BindPaths=-/nowhere:/elsewhere
-|works||rmdir var/lib/lint; add lint.service Service TemporaryFileSystem=/var/lib
-|works||add lint.service Service BindReadOnlyPaths=/usr:/scratch/a/b
-|works||change lint.service StateDirectory 'StateDirectory=lint lint/inner lint/inner/deep'
-|works||rmdir run; mkdir srv/run; ln -s srv/run run
-|works||rmdir proc; mkdir srv/proc; ln -s srv/proc proc
-|works||add lint.service Service BindPaths=/usr:/dev/x BindPaths=/usr:/tmp/x BindPaths=/usr:/var/lib/lint/x
-|works||chmod 0711 usr/bin/lint usr/bin usr .
-|works||add lint.service Service 'ReadWritePaths=-/nowhere -+/nowhere'
error bind-target-missing|start||add lint.service Service BindPaths=/usr:/proc/x
error bind-target-missing|start||add lint.service Service BindPaths=/etc/hostname:/srv
error bind-target-missing|start||add lint.service Service BindPaths=/usr:/etc/machine-id
error bind-target-missing|start||add lint.service Service InaccessiblePaths=/run/none
error bind-target-missing|start||ln -s nowhere srv/link; add lint.service Service BindPaths=/usr:/srv/link
error run-not-mounted|start||add lint.service Service ReadWritePaths=/run
error run-not-mounted|start||add lint.service Service ReadOnlyPaths=/run RuntimeDirectory=lint
error api-directory-hidden|start||add lint.service Service InaccessiblePaths=/proc
error api-directory-hidden|start||add lint.service Service InaccessiblePaths=/run
error privileged-command-fails|start||change lint-once.service ExecStart 'ExecStart=+/usr/bin/lint once'
warning privileged-command-fails-later|works||add lint-once.service Service 'ExecReload=+/usr/bin/lint once'
-|works||add lint-once.service Service 'ExecStartPre=!/usr/bin/lint once'
-|works||add lint-once.service Service 'ExecStartPre=-+/usr/bin/lint once'
error user-not-permitted|start||chmod 0700 .
error user-not-permitted|start||chmod 0700 usr
error user-not-permitted|start||chmod 0750 usr/bin/lint
error user-not-permitted|start||chmod 0700 srv
error program-hidden|start||add lint.service Service BindPaths=/usr
error program-hidden|start||add lint.service Service TemporaryFileSystem=/usr
error program-hidden|start||add lint-once.service Service InaccessiblePaths=/usr/bin
error program-hidden|start||mkdir home; mv usr/bin/lint home/; sed -i s,/usr/bin/lint,/home/lint, $units/lint-once.service; cp home/lint usr/bin/
error program-not-executable|start||add lint.service Service NoExecPaths=/
-|works||add lint.service Service NoExecPaths=/ ExecPaths=/usr/bin
error program-not-executable|start||mkdir lib64; cp -L /bin/true usr/bin/lint; cp -L /lib64/ld-linux-x86-64.so.2 lib64/; add lint-once.service Service NoExecPaths=/ ExecPaths=/usr/bin
error program-not-executable|start||change lint-once.service ExecStart ExecStart=/dev/null
error api-directory-hidden|start||add lint.service Service ReadOnlyPaths=/proc
error api-directory-hidden|start||add lint.service Service BindPaths=/usr:/proc
error setting-invalid|||change lint.service WorkingDirectory WorkingDirectory=/dev/shm
-||--systemd-version=252|change lint.service WorkingDirectory WorkingDirectory=/dev/shm
-|works||change lint.service WorkingDirectory WorkingDirectory=/run/systemd
error setting-invalid|ignored||add lint.service Service BindPaths=/usr:/srv/bound:nosuid
error setting-invalid|ignored||add lint.service Service StateDirectory=private/x
error working-directory-missing|start||change lint.service WorkingDirectory WorkingDirectory=/etc/machine-id
error working-directory-missing|start||mkdir srv/w; sed -i /^ReadOnlyPaths/d $units/lint.service; change lint.service WorkingDirectory 'TemporaryFileSystem=/srv\nWorkingDirectory=/srv/w'
error working-directory-missing|start||change lint.service WorkingDirectory WorkingDirectory=/var/lib/lint/sub
error working-directory-missing|start||change lint.service WorkingDirectory WorkingDirectory=/run/none
-|works||change lint.service WorkingDirectory 'RuntimeDirectory=lint\nWorkingDirectory=/run/lint'
error setting-invalid|start||add lint.service Service TemporaryFileSystem=/scratch:bogus=1
error setting-invalid|start||add lint.service Service TemporaryFileSystem=/scratch:size=lots
error user-not-permitted|start||change lint.service WorkingDirectory 'InaccessiblePaths=/opt\nWorkingDirectory=/opt'; mkdir -p opt
-|works||add lint.service Service TemporaryFileSystem=/scratch:size=10%,mode=1777,noexec,huge=never
error state-directory-stub-missing|start||rmdir var/lib/lint
error state-directory-stub-missing|start||rmdir var/cache/lint/deep
error state-directory-stub-missing|start||rmdir etc/lint
error state-directory-stub-missing|start||rmdir var/lib/lint; : >var/lib/lint
error state-directory-link-wrong|start||rm var/log/lint-link
error state-directory-link-wrong|start||rm var/log/lint-link; mkdir var/log/lint-link
error working-directory-missing|start||change lint.service WorkingDirectory WorkingDirectory=/nowhere
warning world-writable|works||chmod 0777 srv
warning not-owned-by-root|works||chown 7:7 usr/bin/lint
security setuid-or-capability|||chmod u+s usr/bin/lint
warning device-node|||mkfifo srv/fifo
warning symlink-escapes|works||ln -s ../../../../../../etc/passwd srv/link
warning symlink-escapes|||ln -s ../../etc srv/link
error os-release-missing|attach||rm usr/lib/os-release etc/os-release
error os-release-unreadable|attach||printf 'x\0y\n' >>usr/lib/os-release
error os-release-unreadable|attach||printf 'X=\374\n' >>usr/lib/os-release
error os-release-unreadable|attach||rm etc/os-release; mkdir etc/os-release
error os-release-unreadable|attach||rm etc/os-release; ln -s os-release etc/os-release
error os-release-unreadable|||rm etc/os-release; mkfifo etc/os-release
warning os-release-invalid|works||release 's/^NAME=.*/NAME=two words/'
warning os-release-invalid|works||printf '# \374\n; x\nexport X=1\nY=$z\n' >>usr/lib/os-release
warning os-release-invalid|||printf '# x\\\nX=1\n' >>usr/lib/os-release
error os-release-id-missing|attach||release /^ID=/d
error os-release-id-missing|attach||release '1s/^/X="/'
error os-release-id-missing|attach||release 's/^ID=/export ID=/'
error os-release-id-missing|attach||release '1s/^/\xef\xbb\xbf/'
error os-release-id-missing|attach||rm etc/os-release; : >etc/os-release
warning prefixes-missing|works||release /PORTABLE_PREFIXES/d
error prefixes-mismatch|attach||release s/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES=other/
error prefixes-mismatch|||release s/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES=lin/
error prefixes-mismatch|attach|other_1|true
error portable-scope-refused||--systemd-version=260|echo PORTABLE_SCOPE=user >>usr/lib/os-release
warning portable-scope-other|||echo PORTABLE_SCOPE=other >>usr/lib/os-release
warning portable-id-useless|works||printf 'PORTABLE_ID=x\n' >>usr/lib/os-release
error image-name-refused||lint_1 2|true
error image-name-refused|ignored|lint_1"2|true
error image-name-refused|start|lint_1%n|true
note extension-alone|||rm usr/lib/os-release etc/os-release; mkdir -p usr/lib/extension-release.d; echo ID=_any >usr/lib/extension-release.d/extension-release.lint_1
warning image-name-mismatch|works|lint_2|true
warning image-name-mismatch|||release s/^IMAGE_ID=.*/IMAGE_ID=other/
error image-name-prefix-trap|attach|lint-1.2|true
error image-name-prefix-trap|attach|lint-1.2|release /PORTABLE_PREFIXES/d
warning log-field-broken|||release 's/^IMAGE_VERSION=.*/IMAGE_VERSION="1 2"/'
warning log-field-broken|||release '/^IMAGE_ID/d; s/^ID=.*/ID="a b"/'
warning version-invalid|||release s/^VERSION_ID=.*/VERSION_ID=1_2/
warning architecture-mismatch|works||release s/^ARCHITECTURE=.*/ARCHITECTURE=arm64/
error no-matching-unit|attach|other_1|release s/^PORTABLE_PREFIXES=.*/PORTABLE_PREFIXES=other/
error no-matching-unit|attach|lin_1|release /PORTABLE_PREFIXES/d
error no-matching-unit|attach||rm $units/lint*
warning unit-not-extracted|works||printf 'more' >$units/other.service
warning unit-not-extracted|works||printf '[Service]\nExecStart=/nowhere\n' >$units/other.service
warning unit-not-extracted|works||mkdir -p usr/lib/systemd/user; printf '[Service]\nExecStart=/nowhere\n' >usr/lib/systemd/user/lint-user.service
warning unit-not-extracted|||mkdir -p etc/systemd/system/sockets.target.wants; ln -s /$units/lint.socket etc/systemd/system/sockets.target.wants/
error settings-not-extracted|silently systemctl show --property=Environment lint-once.service : grep -q ADDED=1||mkdir $units/lint-once.service.d; printf '[Service]\nEnvironment=ADDED=1\n' >$units/lint-once.service.d/10.conf
error settings-not-extracted|silently systemctl cat lint-x.mount||printf '[Mount]\nWhat=tmpfs\nWhere=/lint/x\n' >$units/lint-x.mount
error settings-not-extracted|silently systemctl show --property=Wants lint.target : grep -q once||printf '[Unit]\nDescription=x\n[Install]\nWantedBy=multi-user.target\n' >$units/lint.target; mkdir $units/lint.target.wants; ln -s ../lint-once.service $units/lint.target.wants/
error settings-not-extracted|silently systemctl show --property=Environment lint-once.service : grep -q ADDED=1||mkdir $units/service.d; printf '[Service]\nEnvironment=ADDED=1\n' >$units/service.d/10.conf
error settings-not-extracted|silently systemctl show --property=Environment lint-once.service : grep -q ADDED=1||mkdir $units/lint-.service.d; printf '[Service]\nEnvironment=ADDED=1\n' >$units/lint-.service.d/10.conf
error settings-not-extracted|silently systemctl show --property=Environment lint-once.service : grep -q ADDED=1||mkdir srv/d; printf '[Service]\nEnvironment=ADDED=1\n' >srv/d/10.conf; ln -s /srv/d $units/lint-once.service.d
error settings-not-extracted|start||mkdir $units/more; mv $units/lint-once.service $units/more/
error unit-name-invalid|start||mv $units/lint-once.service "$units/lint-once more.service"
error unit-name-invalid|start||mv $units/lint-once.service $units/lint-once.SERVICE
error unit-name-invalid|silently ls /etc/systemd/system.attached/*ü*||cp $units/lint-once.service $units/lint-ü.service
error unit-empty|start||: >$units/lint-once.service
warning unit-alias|||ln -s lint-once.service $units/lint-twice.service
error unit-link-on-host|||mkdir -p opt; mv $units/lint-once.service opt/; ln -s /opt/lint-once.service $units/
error unit-link-on-host|||mkdir -p opt; mv $units/lint-once.service opt/; ln -s ../../../../../opt/lint-once.service $units/
error unit-link-on-host|||mkdir -p opt; cp $units/lint-once.service opt/; ln -s /opt x; ln -s ../../../../x/lint-once.service $units/lint-twice.service
-||--systemd-version=262|mkdir -p opt; mv $units/lint-once.service opt/; ln -s /opt/lint-once.service $units/
error unit-unreadable|start||rm $units/lint-once.service; ln -s /nowhere $units/lint-once.service
error unit-unreadable|||mkdir $units/lint-twice.service
error unit-unreadable|||truncate -s 5M $units/lint-twice.service
error unit-unreadable|start||{ printf '[Unit]\nDescription='; head -c 1100000 /dev/zero; } | tr '\0' x >$units/lint-huge.service; cat $units/lint-once.service >>$units/lint-huge.service; mv $units/lint-huge.service $units/lint-once.service
error unit-without-program|start||sed -i /^ExecStart/d $units/lint-once.service
error type-refused|start||change lint-once.service Type Type=dbus
error type-refused|start||add lint-once.service Service Restart=always
error type-refused|start||add lint-once.service Service Restart=on-success
error type-refused|start||add lint-once.service Service ExitType=cgroup
error type-refused|||change lint.service ExecStart 'ExecStart=/usr/bin/lint ; /usr/bin/lint'
error unit-refused|start||sed -i /^ExecStart/d $units/lint-once.service; add lint-once.service Unit SuccessAction=none; add lint-once.service Service ExecStop=/usr/bin/lint Type=exec
error unit-refused|start||sed -i /^Listen/d $units/lint.socket
error unit-refused|start||change lint.socket ListenStream ListenStream=99999
error unit-refused|start||sed -i 's/^ListenStream=.*/&\n&/' $units/lint.socket
error unit-refused|start||add lint.socket Socket Symlinks=/run/lint-link
error unit-refused|||printf '[Timer]\nOnCalendar=5 minutes\n[Install]\nWantedBy=timers.target\n' >$units/lint-once.timer
error unit-refused|||printf '[Path]\nPathExists=run/x\n[Install]\nWantedBy=paths.target\n' >$units/lint-once.path
error unit-missing|start||add lint-once.service Unit Requires=lint-gone.service
error ordering-cycle|start||add lint-once.service Unit Requires=lint.service After=lint.service; add lint.service Unit Requires=lint-once.service After=lint-once.service
-|works||add lint-once.service Unit Wants=lint-once@a.service; cp $units/lint-once.service $units/lint-once@.service
warning wanted-unit-missing|works||add lint-once.service Unit OnFailure=lint-gone.service
error value-invalid|ignored||add lint-once.service Service 'PrivateTmp=yes # really'
error value-invalid|ignored||add lint-once.service Service Nice=99
error value-invalid|ignored||add lint-once.service Unit After=network
error value-invalid|start||add lint-once.service Service DynamicUser=maybe
error value-invalid|ignored||add lint-once.service Service Environment=1X=3
error value-invalid|ignored||add lint-once.service Unit 'Documentation=https://example.org/a%20b'
error value-invalid|start||add lint-once.service Service 'ExecStartPre=/usr/bin/lint %z'
error value-invalid|start||add lint-once.service Service PIDFile=/run/../run/lint
error value-invalid|||add lint.socket Socket ExecStartPre=bin/x
note key-newer|||change lint-once.service ExecStart 'ExecStart=!!/usr/bin/lint once'
-|works||add lint-once.service Service 'PrivateTmp=True' 'TimeoutStartSec=1min 30s' UMask=0077 'Environment=A=b "C=d e"'
warning value-without-effect|works||add lint-once.service Service AmbientCapabilities=CAP_BOGUS
error verify-failed|ignored||add lint-once.service Service ExtensionImages=-/a:bogus:ro
error value-invalid|ignored||add lint-once.service Service Personality=bogus
error unit-refused|start||add lint.socket Socket Symlinks=/run/lint.link
note key-newer|||add lint.service Service PrivateTmp=disconnected
note key-newer|||add lint.service Service BindLogSockets=yes
error unknown-section-or-key||--systemd-version=252|add lint.service Service PrivateTmp=disconnected
error unknown-section-or-key|ignored||add lint-once.service Service DynamicUsers=yes
error unknown-section-or-key|ignored||add lint-once.service Service StartLimitIntervalSecs=0
error unknown-section-or-key|ignored||add lint.socket Socket ListenStreams=1
error unknown-section-or-key|ignored||printf '[Servce]\nDynamicUser=yes\n' >>$units/lint-once.service
error unknown-section-or-key|ignored||printf '[Socket]\nListenStream=1\n' >>$units/lint-once.service
error unknown-section-or-key||--systemd-version=252|add lint.service Service BindLogSockets=yes
error portable-key-unknown|||printf '[X-Portable]\nPackage=x\n' >>$units/lint-once.service
error requested-library-missing|||printf '[X-Portable]\nLibraries=libz.so.1\n' >>$units/lint-once.service
error setting-invalid|||printf '[X-Portable]\nFiles=etc\n' >>$units/lint-once.service
-|works||printf '[X-Portable]\nFiles=/etc/x\nPackages=xz libx:amd64\n' >>$units/lint-once.service
error unknown-section-or-key||--systemd-version=262|add lint.service Service MemoryLimit=1G
note key-newer||--systemd-version=255|add lint.service Service BindLogSockets=yes
error setting-invalid|ignored||add lint-once.service Service 'no assignment'
error setting-invalid|ignored||add lint-once.service Service StateDirectory=/var/lib/lint
error setting-invalid|ignored||add lint-once.service Service ConfigurationDirectory=a:b
error setting-invalid|ignored||add lint-once.service Service BindPaths=relative
error setting-invalid|||add lint.service Service 'ExecStartPre="/usr/bin/lint'
note specifier-undecided|works||cp $units/lint-once.service $units/lint@.service; mkdir var/lib/lint/a; add lint@.service Service StateDirectory=lint/%i
error state-directory-stub-missing|||cp $units/lint-once.service $units/lint@.service; add lint@.service Service StateDirectory=lint/%i
-|works||cp $units/lint-once.service $units/lint@.service; add lint@.service Service StateDirectory=%p
error accept-template-mismatch|start||add lint.socket Socket Accept=yes
error accept-template-mismatch|start||inetd; sed -i /^Accept/d $units/lint.socket
error socket-service-missing|start||rm $units/lint.service
error socket-service-missing|start||add lint.socket Socket Service=lint-other.service
error socket-service-missing|||printf '[Timer]\nOnBootSec=1\n[Install]\nWantedBy=timers.target\n' >$units/lint-x.timer
warning socket-not-ordered|||sed -i /^Requires=/d $units/lint.service
warning socket-not-ordered|||sed -i /^After=/d $units/lint.service
warning install-missing|works||sed -i '/Install/,$d' $units/lint.socket
warning start-limit-with-idle-exit|||sed -i /^StartLimit/d $units/lint.service
error program-missing|start||change lint-once.service ExecStart ExecStart=/usr/bin/nowhere
error program-missing|start||add lint-once.service Service ExecStartPre=nowhere
error program-missing|start||rm usr/bin/lint
warning optional-program-missing|works||change lint-once.service ExecStart ExecStart=-/usr/bin/nowhere
error program-not-executable|start||chmod 0644 usr/bin/lint
error program-not-executable|start||printf 'text' >usr/bin/lint
error program-not-executable|start||rm usr/bin/lint; mkdir usr/bin/lint
error program-not-executable|start||truncate -s 60 usr/bin/lint
error program-not-executable|start||truncate -s 8000 usr/bin/lint
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; truncate -s 1000000 lib/libc.so.6
error program-for-other-machine|start||cp usr/bin/lint usr/bin/arm; arm usr/bin/arm; change lint-once.service ExecStart ExecStart=/usr/bin/arm
error program-dynamic-incomplete|start||cp -L /bin/true usr/bin/lint
error program-dynamic-incomplete|start||cp -L /bin/true usr/bin/lint; mkdir -p lib64; cp -L /lib64/ld-linux-x86-64.so.2 lib64/
error architecture-wrong|start||arm usr/bin/lint
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; chmod 600 lib/libc.so.6; add lint-once.service Service DynamicUser=yes
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; chmod 700 lib64/ld*; add lint-once.service Service DynamicUser=yes
error program-not-executable|start||cp usr/bin/lint usr/bin/own; chmod 700 usr/bin/own; printf '#!/usr/bin/own once\n' >usr/bin/script; chmod 755 usr/bin/script; add lint-once.service Service ExecStartPre=/usr/bin/script DynamicUser=yes
note host-must-have|||arm usr/bin/lint; release /^ARCHITECTURE=/d
error null-device-refused|start||add lint-once.service Service DevicePolicy=strict
-|works||add lint-once.service Service DevicePolicy=strict 'DeviceAllow=/dev/null r'
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; chmod 700 lib
-|works||dynamic usr/bin/d; loader lib64; library lib; library usr/lib; chmod 600 lib/libc.so.6
-|works||printf '\001\002' | dd of=usr/bin/lint bs=1 seek=4 conv=notrunc status=none
-|works||musl usr/bin/d; libb usr/lib
-|works||musl usr/bin/d; libb opt; printf '/nowhere\n/opt' >etc/ld-musl-x86_64.path
error program-dynamic-incomplete|start||musl usr/bin/d; libb opt
error program-dynamic-incomplete|start||musl usr/bin/d; libb usr/lib; echo /opt >etc/ld-musl-x86_64.path
error program-dynamic-incomplete|start||musl usr/bin/d; echo text >lib/libb.so
error notify-without-unix|start||change lint-once.service Type Type=notify; add lint-once.service Service RestrictAddressFamilies=AF_INET TimeoutStartSec=2
error program-needs-interpreter|start||printf '#!/bin/sh\n' >usr/bin/lint
-|works||change lint-once.service ExecStart ExecStart=/usr/bin/../bin/lint
-|works||mkdir -p opt/bin; cp usr/bin/lint opt/bin/other; add lint-once.service Service ExecSearchPath=/opt/bin ExecStartPre=other
-|works||mkdir -p opt lib lib64; add lint-once.service Service 'BindReadOnlyPaths=/usr/bin:/opt /lib64 /usr/lib:/lib' ExecStartPre=/opt/true
-|works||printf '#!usr/bin/lint once' >usr/bin/script; chmod 755 usr/bin/script; add lint-once.service Service ExecStartPre=/usr/bin/script
-|works||for i in 1 2 3 4 5; do printf '#!/usr/bin/s%d\n' $((i - 1)) >usr/bin/s$i; done; cp usr/bin/lint usr/bin/s0; chmod 755 usr/bin/s*; change lint-once.service ExecStart ExecStart=/usr/bin/s5
error program-needs-interpreter|start||for i in 1 2 3 4 5 6; do printf '#!/usr/bin/s%d\n' $((i - 1)) >usr/bin/s$i; done; cp usr/bin/lint usr/bin/s0; chmod 755 usr/bin/s*; change lint-once.service ExecStart ExecStart=/usr/bin/s6
error program-not-executable|start||printf '#! \n' >usr/bin/lint
error program-not-executable|start||printf '#!/usr/bin/%0300d\n' 0 >usr/bin/lint
error program-needs-interpreter|start||printf '#!/usr/bin/env lint\n' >usr/bin/script; chmod 755 usr/bin/script; add lint-once.service Service ExecStartPre=/usr/bin/script
error program-needs-interpreter|start||env_in_image; printf '#!/usr/bin/env nothing\n' >usr/bin/script; chmod 755 usr/bin/script; add lint-once.service Service ExecStartPre=/usr/bin/script
error program-needs-interpreter|start||env_in_image; printf '#!/usr/bin/env lint once\n' >usr/bin/script; chmod 755 usr/bin/script; add lint-once.service Service ExecStartPre=/usr/bin/script
error program-missing|start||env_in_image; add lint-once.service Service 'ExecStartPre=/usr/bin/env A=b nothing'
error program-missing|start||env_in_image; mkdir -p opt; cp usr/bin/lint opt/other; add lint-once.service Service 'ExecStartPre=/usr/bin/env other'
-|works||env_in_image; printf '#!/usr/bin/env lint\n' >usr/bin/script; chmod 755 usr/bin/script; change lint-once.service ExecStart ExecStart=/usr/bin/script
-|works||env_in_image; printf '#!/usr/bin/env -S A=b lint once\n' >usr/bin/script; chmod 755 usr/bin/script; change lint-once.service ExecStart ExecStart=/usr/bin/script
-|works||env_in_image; mkdir -p opt; cp usr/bin/lint opt/other; add lint-once.service Service Environment=PATH=/nowhere:/opt 'ExecStartPre=/usr/bin/env other'
-|works||env_in_image; mkdir -p opt; cp usr/bin/lint opt/other; add lint-once.service Service 'ExecStartPre=/usr/bin/env -i PATH=/opt other once'
-|works||dynamic usr/bin/d; loader lib64; library lib/x86_64-linux-gnu
-|works||dynamic usr/bin/d; loader lib64; library opt; echo /opt >etc/ld.so.conf; /sbin/ldconfig -X -r .
-|works||dynamic usr/bin/d; loader lib64; library opt; add lint-once.service Service Environment=LD_LIBRARY_PATH=/opt
-|works||dynamic usr/bin/d; loader lib64; library opt; add lint-once.service Service WorkingDirectory=/opt Environment=LD_LIBRARY_PATH=:
-|works||dynamic usr/bin/d -Wl,--dynamic-linker=/opt/ld.so; loader opt; mv opt/ld-linux* opt/ld.so; library usr/lib
-|works||dynamic opt/b/d '-Wl,-rpath,$ORIGIN/../l'; loader lib64; library opt/l; ln -s ../../opt/b/d usr/bin/d
-|works||dynamic usr/bin/d '-Wl,-rpath,/opt/$LIB'; loader lib64; library opt/lib/x86_64-linux-gnu
-|works||dynamic usr/bin/d -Wl,-rpath,/opt; loader lib64; mkdir -p opt; ln -s nothing opt/libc.so.6; library usr/lib
-|works||dynamic usr/bin/d; mkdir -p lib64 lib; add lint-once.service Service 'BindReadOnlyPaths=/lib64 /usr/lib:/lib'
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib64
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library opt; echo /opt >etc/ld.so.conf
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; chmod 644 lib64/*
error program-dynamic-incomplete|start||dynamic usr/bin/d; library lib; mkdir lib64; echo text >lib64/ld-linux-x86-64.so.2; chmod 755 lib64/*
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; echo text >lib/libc.so.6
error program-dynamic-incomplete|start||dynamic usr/bin/d -Wl,-rpath,/opt; loader lib64; library lib; mkdir -p opt/libc.so.6
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; arm lib/libc.so.6
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; sed -i s/GLIBC_2.34/GLIBC_2.99/g usr/bin/d
error program-dynamic-incomplete|start||dynamic usr/bin/d; loader lib64; library lib; cp usr/bin/d lib/libc.so.6
error user-name-invalid|start||add lint-once.service Service 'User=bad name!'
error user-name-invalid|start||add lint-once.service Service User=first.last
error user-name-invalid|start||sed -i /^DynamicUser/d $units/lint-once.service; add lint-once.service Service User=-x
warning user-not-resolvable|||sed -i s/DynamicUser=yes/User=www/ $units/lint-once.service
warning bus-or-sysusers-not-delivered|||mkdir -p usr/lib/sysusers.d; : >usr/lib/sysusers.d/lint.conf
warning host-not-image|||: >etc/lint.env; add lint.service Service EnvironmentFile=/etc/lint.env
warning host-not-image|||: >etc/key; add lint.service Service LoadCredential=key:/etc/key
warning host-not-image|||: >etc/lint.conf; add lint.service Unit ConditionPathExists=/etc/lint.conf
note host-must-have|||add lint.service Service LoadCredential=key:/etc/key
note host-must-have|works||add lint.socket Socket ExecStartPre=/usr/bin/true
security profile-weakens-unit||--profile=./open|add lint.service Service CapabilityBoundingSet=
security deny-list-turned||--profile=./open|add lint.service Service SystemCallFilter=~@mount
error exposure-too-high||--exposure-max=0.3|true
warning profile-not-sufficient||--profile=./open|add lint.service Service TasksMax=9
warning static-nss|||cp ../../nss usr/bin/lint
note user-change-refused|works||as_root; add lint-once.service Service CapabilityBoundingSet=CAP_CHOWN; asks 'setgid(1) < 0'
note user-change-refused|works||as_root; add lint-once.service Service PrivateUsers=yes; asks 'setuid(1) < 0 && errno == EINVAL'
note user-change-refused|works||as_root; add lint-once.service Service SystemCallFilter=~@privileged SystemCallErrorNumber=EPERM; asks 'setgroups(0, 0) < 0 && errno == EPERM'
note user-change-refused|works||as_root; asks 'getuid() == 0 && setuid(1) < 0 && errno == EINVAL'
no user-change-refused|works||as_root; asks 'getuid() == 0'
no user-change-refused|works||change lint-once.service DynamicUser CapabilityBoundingSet=; asks 'getuid() != 0 && setuid(0) < 0'
warning users-missing|works||as_root; asks '!getpwnam("root") && setuid(0) == 0'
no users-missing|works||as_root; echo root:x:0:0::/:/x >etc/passwd; asks 'getpwnam("root") && setuid(0) == 0'
note user-not-in-image|works||sed -i s/DynamicUser=yes/User=daemon/ $units/lint-once.service; asks '!getpwuid(getuid())'
no user-not-in-image|works||sed -i s/DynamicUser=yes/User=daemon/ $units/lint-once.service; echo daemon:x:1:1::/:/x >etc/passwd; asks 'getpwuid(getuid())'
note nss-module-missing|works||echo root:x:0:0::/:/x >etc/passwd; echo passwd: none files >etc/nsswitch.conf; asks 'getpwnam("root")'
note nss-module-missing|works||echo 127.0.0.1 there >etc/hosts; echo 'hosts: none [!UNAVAIL=return] files' >etc/nsswitch.conf; asks 'getaddrinfo("there", 0, 0, &a) == 0'
no nss-module-missing|works||echo root:x:0:0::/:/x >etc/passwd; echo passwd: files >etc/nsswitch.conf; asks 'getpwnam("root")'
no nss-module-missing|works||echo root:x:0:0::/:/x >etc/passwd; echo group: none >etc/nsswitch.conf; asks 'getpwnam("root")'
warning nss-without-module|works||echo root:x:0:0::/:/x >etc/passwd; echo passwd: none >etc/nsswitch.conf; asks '!getpwnam("root")'
warning nss-without-module|works||echo 127.0.0.1 there >etc/hosts; echo 'hosts: none [UNAVAIL=return] files' >etc/nsswitch.conf; asks 'getaddrinfo("there", 0, 0, &a) == EAI_SYSTEM'
no nss-without-module|works||echo root:x:0:0::/:/x >etc/passwd; asks 'getpwnam("root")'
no nss-without-module|works||echo 127.0.0.1 there >etc/hosts; asks 'getaddrinfo("there", 0, 0, &a) == 0'
no nss-without-module|works||echo root:x:0:0::/:/x >etc/passwd; echo passwd: compat >etc/nsswitch.conf; machine_library libnss_compat.so.2; asks 'getpwnam("root")'
warning nss-without-module|||asks 'getpwnam("root")'; sed -i s/GLIBC_2.34/GLIBC_2.3x/g usr/bin/asks lib/libc.so.6
no nss-without-module|works||echo root:x:0:0::/:/x >etc/passwd; echo passwd: none >etc/nsswitch.conf; asks_musl 'getpwnam("root")'
warning localhost-unknown|works||asks_musl 'getaddrinfo("localhost", 0, 0, &a) != 0' http://localhost/
warning localhost-unknown|works||asks 'getaddrinfo("localhost", 0, 0, &a) == EAI_AGAIN' --listen=localhost:80
no localhost-unknown|works||echo 127.0.0.1 localhost >etc/hosts; asks 'getaddrinfo("localhost", 0, 0, &a) == 0' --listen=localhost:80
no localhost-unknown|works||asks 'getaddrinfo("127.0.0.1", 0, 0, &a) == 0' --name=x.localhost
warning locale-missing|works||add lint-once.service Service Environment=LC_ALL=C.UTF-8; asks '!setlocale(LC_ALL, "")'
warning locale-missing|works||add lint-once.service Service Environment=LANG=de_DE.UTF-8; asks '!setlocale(LC_ALL, "")'
no locale-missing|works||add lint-once.service Service Environment=LC_ALL=C; asks 'setlocale(LC_ALL, "")'
no locale-missing|works||add lint-once.service Service Environment=LC_ALL=C.UTF-8; of_machine /usr/lib/locale/C.utf8; asks 'setlocale(LC_ALL, "")'
no locale-missing|works||add lint-once.service Service Environment=LC_ALL=C.UTF-8 BindReadOnlyPaths=/usr/lib/locale; mkdir usr/lib/locale; asks 'setlocale(LC_ALL, "")'
warning time-zone-missing|works||add lint-once.service Service Environment=TZ=Asia/Tokyo; asks 'localtime(&zero)->tm_hour == 0'
no time-zone-missing|works||add lint-once.service Service Environment=TZ=:Asia/Tokyo; of_machine /usr/share/zoneinfo/Asia/Tokyo; asks 'localtime(&zero)->tm_hour == 9'
no time-zone-missing|works||add lint-once.service Service Environment=TZ=JST-9; asks 'localtime(&zero)->tm_hour == 9'
note certificates-missing|works||asks_as_client
no certificates-missing|works||asks_as_client; add lint-once.service Service RestrictAddressFamilies=AF_UNIX
no certificates-missing|works||asks_as_client; add lint-once.service Service PrivateNetwork=yes
no certificates-missing|works||asks_as_client; mkdir -p etc/ssl/certs; add lint-once.service Service BindReadOnlyPaths=-/etc/ssl/certs
no certificates-missing|works||asks_as_client; add lint-once.service Service Environment=SSL_CERT_FILE=/run/x
no certificates-missing|works||asks_as_client; mkdir -p etc/ssl/certs; : >etc/ssl/certs/ca-certificates.crt
note dlopen-undeclared|works||asks '!dlopen("libanl.so.1", RTLD_NOW)'
no dlopen-undeclared|works||machine_library libanl.so.1; printf '[X-Portable]\nLibraries=libanl.so.1\n' >>$units/lint-once.service; asks 'dlopen("libanl.so.1", RTLD_NOW)'
no dlopen-undeclared|works||printf '[X-Portable]\nLibraries=\n' >>$units/lint-once.service; asks 'dlopen(0, RTLD_NOW)'
note too-many-findings|||for i in $(seq 1001); do echo "Key$i=1"; done | sed -i '/^.Service/r /dev/stdin' $units/lint-once.service
END
}
