# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The whole build. A directory is a declaration: services/NAME is a program,
# images/NAME an image, profiles/NAME a profile; nothing here names one of them.
# `make help` lists what there is to ask for; everything is written below build/.

VERSION ?= 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
CFLAGS ?= -O2 -g
LDFLAGS ?=
# For the programs in images, which are small first and fast second.
STATIC_CFLAGS ?= -Os
STATIC_LDFLAGS ?=
CLANG ?= clang
V ?=
# Of the programs and images, where it is not that of this machine: a name of Debian's. CC is
# then a compiler for it, and HOSTCC one for this machine.
ARCH ?=
HOSTCC ?= cc

# Moves with VERSION, not with the clock: the same sources give the same bytes.
export SOURCE_DATE_EPOCH ?= 1795219200
export LC_ALL := C
export TZ := UTC

# Not empty with `make -n`, `-q` and `-t`, which build nothing. Letters come first in MAKEFLAGS.
dry_run := $(strip $(foreach f,n q t,$(findstring $f,$(firstword -$(MAKEFLAGS)))))
building := $(filter-out help clean uninstall,$(or $(MAKECMDGOALS),all))

B := build$(ARCH:%=/%)
triplet_amd64 := x86_64-linux-gnu
triplet_arm64 := aarch64-linux-gnu
architectures := amd64 arm64
ifneq ($(ARCH),)
triplet := $(or $(triplet_$(ARCH)),$(error ARCH=$(ARCH): programs can be made for $(architectures) only))
# What is made for it, and has to run while images are made.
emulator := qemu-$(firstword $(subst -, ,$(triplet)))
sysroot := --sysroot=$(B)/sysroot
others := $(filter-out all clean help $(B)/%,$(MAKECMDGOALS))
ifneq ($(others),)
$(error ARCH=$(ARCH) goes with the targets all, clean and files below $(B), not with $(others))
endif
ifeq ($(origin CC),default)
CC := $(triplet)-gcc
endif
ifeq ($(origin AR),default)
AR := $(triplet)-ar
endif
endif
say = $(if $(V),,@printf '  %-7s %s\n' $1 $(patsubst $(B)/%,%,$@);)

directories = $(sort $(patsubst $1/%/,%,$(wildcard $1/*/)))
objects = $(patsubst %.c,$(B)/$1/%.o,$(sort $(wildcard $2/*.c $2/*/*.c)))
services := $(call directories,services)
images := $(call directories,images)
profiles := $(call directories,profiles)
image_files := $(images:%=$(B)/images/%_$(VERSION).raw)
init := $(B)/bin/portable-init
programs := $(services:%=$(B)/bin/%) $(init)
service_manuals := $(sort $(wildcard init/*.[1-9] services/*/*.[1-9]))
# Of a host, where images are attached; needs the headers of libsystemd.
admin := $(if $(ARCH),,$(if $(shell pkg-config --exists libsystemd 2>/dev/null && echo yes),$(B)/portable-admin))
admin_schemas := $(if $(admin),$(wildcard docs/schemas/portable-admin-*.json))
admin_units := $(if $(admin),$(wildcard host/*.service host/*.path))
manuals := $(sort $(wildcard mkportable/*.[1-9] tools/*.[1-9]) $(if $(admin),$(wildcard host/*.[1-9]))) $(service_manuals)
# Scripts for users have a manual page beside them.
scripts := $(basename $(wildcard tools/*.1))
# What shells complete, of what --help says.
completed = $(B)/mkportable $(admin) $(scripts) $(installed:%=$(B)/bin/%)
completions = $(foreach p,$(notdir $(completed)),$(addprefix $(B)/completion/,bash/$p zsh/_$p fish/$p.fish))
# What mkportable-try and mkportable-release need.
helper_scripts := $(addprefix tools/,lab try-common.bash try-round try-suggest try-trace.awk cached debian-system \
	debian-mirror portable-update)
# Verbs of mkportable.
script_verbs := $(addprefix $(B)/mkportable-,try release verify)

# It packs images of any architecture, and runs here.
packer := build/mkportable

all: $(packer) $(if $(ARCH),,$(script_verbs)) $(admin) $(programs) $(image_files) ## mkportable, portable-admin, the programs and their images (what plain `make` does)
.PHONY: all
.DELETE_ON_ERROR:
.SUFFIXES:

# --- how a file is compiled ---------------------------------------------------
#
# Three times over: for this host, for the images (musl, static-pie), and for
# tests with sanitizers. User flags come last on the command line.

warnings := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wformat=2 -Wpointer-arith -Wundef
language := -std=gnu17 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DDATADIR='"$(PREFIX)/share"' -Ilib
# A program sees lib's headers and its own, and the tests see all of them: no program can
# include a header of another.
programs_with_rooms := host mkportable init
rooms = $(addprefix -I,$(if $(filter tests/%,$1),$(programs_with_rooms),$(filter $(firstword $(subst /, ,$1)),$(programs_with_rooms))))
hardening := -fstack-protector-strong -fstack-clash-protection -fPIE
# Nobody unwinds the stack of a program without exceptions and symbols: 6 KB less.
sections := -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables

# Where there is no compiler yet, tools/bootstrap installs one. clang ignores specs files and would
# link the programs with glibc.
ifneq ($(and $(building),$(shell command -v $(firstword $(CC)))),)
ifneq ($(shell $(CC) -dumpspecs >/dev/null 2>&1 || echo no),)
$(error CC=$(CC) has no specs files, which choose musl for the programs in images; use CC=gcc)
endif
endif

host_compile := $(CC) $(language) $(warnings) $(hardening) '-ffile-prefix-map=$(CURDIR)=.' $(CPPFLAGS) $(CFLAGS)$(sysroot:%= %)
host_link := $(CC) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(CFLAGS) $(LDFLAGS)$(sysroot:%= %)
static_compile := $(CC) -specs=$(B)/musl.specs $(language) $(warnings) $(hardening) $(sections) \
	'-ffile-prefix-map=$(CURDIR)=.' $(STATIC_CFLAGS)
static_link := $(CC) -specs=$(B)/musl.specs -static-pie -s -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-z,relro,-z,now,-z,noexecstack $(STATIC_CFLAGS) $(STATIC_LDFLAGS)
# What a program says about itself. Not by -Wl, which takes commas.
package_note = -Xlinker "--package-metadata=$$(tools/package-note $1)"
sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
sanitized_compile := $(CLANG) $(language) $(warnings) -O1 -g $(sanitizers) -fsanitize=fuzzer-no-link
sanitized_link := $(CLANG) -g $(sanitizers)

# $1: the variant. Its flags stand in a stamp; when they change, all of it is made anew. The
# stamp is written while the Makefile is read, or a second run would have something to do.
# WERROR= changes no object.
define variant_rules
$(B)/$1/%.o: %.c $(B)/$1/flags
	@mkdir -p $$(@D)
	$$(call say,CC)$$($1_compile) $(if $(WERROR),-Werror) $$(call rooms,$$<) $$(library_flags) -MMD -MP -c -o $$@ $$<
$(B)/$1/%.a:
	@mkdir -p $$(@D)
	$$(call say,AR)rm -f $$@; $(AR) Dqcs $$@ $$(filter %.o,$$^)
$(B)/$1/lib.a: $(patsubst %.c,$(B)/$1/%.o,$(filter-out %/malloc.c,$(sort $(wildcard lib/*.c))))
$(B)/$1/mkportable.a: $(filter-out %/main.o,$(call objects,$1,mkportable))
$(B)/$1/admin.a: $(filter-out %/main.o,$(call objects,$1,host))
ifneq ($$(file <$(B)/$1/flags),$$($1_compile) : $$($1_link))
$(if $(dry_run),.PHONY: $(B)/$1/flags,$(if $(building),$$(shell mkdir -p $(B)/$1)$$(file >$(B)/$1/flags,$$($1_compile) : $$($1_link))))
endif
endef
$(foreach v,host static sanitized,$(eval $(call variant_rules,$v)))
$(B)/static/flags: $(B)/musl.specs
	@touch $@

$(B)/musl.specs: tools/musl-specs
	@mkdir -p $(@D)
	$(call say,GEN)CC='$(CC)' tools/musl-specs $(musl_root) > $@.new && mv $@.new $@

# --- pinned libraries: tools/libraries/NAME says what and how -----------------
libraries := $(B)/libraries
$(libraries)/lib/%.a: tools/libraries/% $(wildcard tools/libraries/*.patches/*.patch) tools/library tools/build-library tools/fetch-source $(B)/musl.specs
	+$(call say,LIB)CC='$(CC) -specs=$(B)/musl.specs -static-pie' AR='$(AR)' $(ARCH:%=HOSTCC='$(HOSTCC)') tools/library $* $(libraries)

# --- programs -----------------------------------------------------------------
#
# A directory of lib/ is a part that needs pinned libraries, which its module.mk names in
# NAME_part_libs; only services have such parts. A service's module.mk, where there is one, sets
# NAME_parts to those that it has and NAME_libs to further libraries, adds the program to
# `installed` if people run it by hand as well, and may add rules of its own. lib/malloc.c is in no archive: with `$(small_malloc)` among its
# prerequisites a program has it instead of libc's.
small_malloc := $(B)/static/lib/malloc.o
parts := $(call directories,lib)
# What tests with sanitizers are linked with has them as well, and coverage for the fuzzer.
sanitized_libraries := $(B)/sanitized/libraries
# The pinned libraries of a service, and the archives of these and of its parts.
pinned_of = $(sort $(foreach p,$($1_parts),$($p_part_libs)) $($1_libs))
libs_of = $($1_parts:%=$(B)/static/lib/%.a) $(patsubst %,$(libraries)/lib/%.a,$(call pinned_of,$1))
include $(sort $(wildcard lib/*/module.mk init/module.mk services/*/module.mk))

$(sanitized_libraries)/lib/%.a: $(libraries)/lib/%.a
	+$(call say,LIB)CC='$(CLANG) $(sanitizers) -fsanitize=fuzzer-no-link' tools/library $* $(sanitized_libraries)

# $1: a part; $2: the variant; $3: where its libraries are.
define part_rules
$(call objects,$2,lib/$1): library_flags := -isystem $3/include
$(call objects,$2,lib/$1): $($1_part_libs:%=$3/lib/%.a) lib/$1/module.mk
$(B)/$2/lib/$1.a: $(call objects,$2,lib/$1)
endef
$(foreach p,$(parts),$(eval $(call part_rules,$p,static,$(libraries)))$(eval $(call part_rules,$p,sanitized,$(sanitized_libraries))))

define service_rules
$(call objects,static,services/$1): library_flags := $(if $($1_libs),-isystem $(libraries)/include)
$(call objects,static,services/$1): $($1_libs:%=$(libraries)/lib/%.a) $(wildcard services/$1/module.mk)
$(B)/bin/$1: $(call objects,static,services/$1) $(call libs_of,$1) $(B)/static/lib.a tools/package-note
	@mkdir -p $$(@D)
	$$(call say,LD)$$(static_link) $$(call package_note,$1 $(VERSION) musl $(call pinned_of,$1)) -o $$@ $$(filter-out tools/%,$$^)
endef
$(foreach s,$(services),$(eval $(call service_rules,$s)))
all_libs := $(sort $(foreach s,$(services),$($s_libs)) $(foreach p,$(parts),$($p_part_libs)))

$(call objects,static,init): init/module.mk
$(init): $(call objects,static,init) $(B)/static/lib.a tools/package-note
	@mkdir -p $(@D)
	$(call say,LD)$(static_link) $(call package_note,$(@F) $(VERSION) musl) -o $@ $(filter-out tools/%,$^)

mkportable_libs = $$($(pkg_config) --libs libarchive libcrypto libelf libsquashfs1)
$(B)/mkportable: $(B)/host/mkportable/verbs/main.o $(B)/host/mkportable.a $(B)/host/lib.a tools/package-note
	$(call say,LD)$(host_link) $(call package_note,$(@F) $(VERSION)) -o $@ $(filter-out tools/%,$^) $(mkportable_libs)

admin_libs = $$(pkg-config --libs libsystemd)
$(B)/portable-admin: $(B)/host/host/main.o $(B)/host/admin.a $(B)/host/lib.a tools/package-note
	$(call say,LD)$(host_link) $(call package_note,$(@F) $(VERSION)) -o $@ $(filter-out tools/%,$^) $(admin_libs)

# mkportable looks for them beside itself.
$(script_verbs): $(B)/%: tools/%
	@ln -sf ../$< $@

completion: $(completions) ## what bash, zsh and fish complete, of what --help says
.PHONY: completion

# The help of some verbs is a script's.
define completion_rule
$(B)/completion/$1/$2: $3 tools/completion $(script_verbs)
	@mkdir -p $$(@D)
	$$(call say,GEN)tools/completion $1 $3 > $$@
endef
$(foreach p,$(completed),$(eval $(call completion_rule,bash,$(notdir $p),$p)))
$(foreach p,$(completed),$(eval $(call completion_rule,zsh,_$(notdir $p),$p)))
$(foreach p,$(completed),$(eval $(call completion_rule,fish,$(notdir $p).fish,$p)))

# --- for another architecture ---------------------------------------------------
#
# Its musl, and what mkportable is linked with, come out of Debian's packages, which nobody
# installs. The links into the cache dangle when that was removed: then they are made anew.
pkg_config := pkg-config
ifneq ($(ARCH),)
musl_root = "$$(readlink $(B)/musl)"
$(B)/musl.specs: $(B)/musl/usr
$(B)/musl/usr:
	@mkdir -p $(B)
	$(call say,TREE)ln -sfn "$$(tools/foreign-tree $(ARCH) --no-depends musl-dev=$$(dpkg-query --show --showformat='$${Version}' musl-dev))" $(B)/musl

pkg_config := PKG_CONFIG_SYSROOT_DIR=$(B)/sysroot PKG_CONFIG_LIBDIR=$(B)/sysroot/usr/lib/$(triplet)/pkgconfig pkg-config
$(call objects,host,mkportable) $(call objects,host,lib): $(B)/sysroot/usr
$(B)/sysroot/usr:
	@mkdir -p $(B)
	$(call say,TREE)ln -sfn "$$(tools/foreign-tree $(ARCH) libc6-dev libarchive-dev libelf-dev libsquashfs-dev libssl-dev)" $(B)/sysroot

$(packer): $(wildcard mkportable/*.[ch] mkportable/*/*.[ch] lib/*.[ch])
	+@$(MAKE) --no-print-directory ARCH= CC='$(HOSTCC)' AR=ar $@
endif

# --- images -------------------------------------------------------------------
#
# Which programs an image needs is written in its units only, so it depends on
# all of them: packing takes a tenth of a second. INIT is what it is booted with; a
# service's module.mk says so.
define image_rules
$(B)/images/$1_$(VERSION).raw: $(shell find images/$1 -type f -o -type l -o -type d) os-release.in \
		$(packer) $(programs)
	@mkdir -p $$(@D)
	$$(call say,IMAGE)rm -f $(B)/images/$1_*.raw && $(packer) build --version=$(VERSION) \
		--program-path=$(B)/bin --os-release=os-release.in --init=$(or $(INIT),none) --output=$$@ images/$1
endef
$(foreach i,$(images),$(eval $(call image_rules,$i)))

# --- what people run ------------------------------------------------------------
demo: ## on a fresh Debian: install what is missing, build, boot a throw-away systemd, attach, ask, detach
	@tools/bootstrap build demo
	@+$(MAKE) --no-print-directory all
	@tools/demo $(demo)

demo-boot: ## the same set-up; boots the image itself, by systemd-nspawn, and asks it
	@tools/bootstrap build demo
	@+$(MAKE) --no-print-directory all
	@tools/demo-boot $(demo)

check-vm: check-vm-init check-vm-arm64 check-vm-verity check-vm-os ## images as machines, under QEMU: the next three, and check-vm-os (minutes)

check-vm-init: ## boot a small image as the root of a virtual machine (seconds)
	@tools/bootstrap build demo vm
	@+$(MAKE) --no-print-directory all
	@tests/check-vm $(demo)

check-vm-arm64: arm64 ## the same with the image for arm64, emulated
	@tools/bootstrap demo vm vm-arm64
	@tests/check-vm $(demo) arm64

check-vm-verity: ## hash trees and signatures under systemd 252, 257 and the newest (minutes; needs root)
	@tools/bootstrap build demo check vm
	@+$(MAKE) --no-print-directory all
	@tests/check-vm-verity

# With variables of make's command line, that for this machine.
arm64: ## the programs and images for arm64, and mkportable, below build/arm64/
	@tools/bootstrap build arm64
	@+$(MAKE) --no-print-directory ARCH=arm64 HOSTCC='$(CC)' CC=$(triplet_arm64)-gcc AR=$(triplet_arm64)-ar all $(B)/arm64/mkportable

# PARTS as tests/run has them. Without "+": what a test leaves behind would hold make's
# pipe of jobs, whose end make waits for.
PARTS ?= all
check: ## the same set-up, then every test
	@tools/bootstrap build demo check examples arm64
	@+$(MAKE) --no-print-directory all check-programs bench-programs
	@tests/run $(PARTS)

check-user: ## the tests that need no root, also as an ordinary user
	@tools/bootstrap build demo check
	@+$(MAKE) --no-print-directory all check-programs
	@tests/run user

# SUITES='bookworm trixie': there instead of here.
reproducible: ## build everything twice, by different users in different places, and compare the bytes; with SUITES= on new Debians
	@$(if $(SUITES),for suite in $(SUITES); do tests/fresh "$$suite" make --no-print-directory reproducible || exit 1; done,tools/bootstrap build && tools/reproducible)

SUITE ?= bookworm
check-fresh: ## demo and check on a new Debian that has nothing but git and make; SUITE=bookworm or trixie (needs root)
	@tests/fresh '$(SUITE)' sh -c 'make demo && make check'

check_all ?= $(sort $(wildcard tests/lab/*.bats))
check-all: ## the tests that ask systemd, with the oldest, Debian 13's and the newest (takes long)
	@tools/bootstrap build demo check examples
	@+$(MAKE) --no-print-directory all check-programs
	@for suite in bookworm trixie forky; do LAB_SUITE=$$suite AGREEMENT_PART=0/1 tests/run $(check_all) || exit 1; done

lint-proof: ## docs/lint-proof.md: what lint says against what these three do, change by change (takes long)
	@tools/bootstrap build demo check
	@+$(MAKE) --no-print-directory $(B)/mkportable
	@tests/lab/agreement --proof=docs/lint-proof.md bookworm trixie forky

lint: ## compilers with warnings as errors, clang-format, clang-tidy, cppcheck, shellcheck, actionlint, mandoc
	@tools/bootstrap build lint
	@+$(MAKE) --no-print-directory $(all_libs:%=$(libraries)/lib/%.a)
	@CC='$(CC)' CLANG='$(CLANG)' tools/lint $(language) $(addprefix -I,$(programs_with_rooms)) $(warnings) -isystem $(libraries)/include

lint-images: ## what `mkportable lint` says of the images, also in SARIF: build/lint.sarif
	@tools/bootstrap build
	@+$(MAKE) --no-print-directory all
	@$(B)/mkportable lint --format=sarif $(image_files) >$(B)/lint.sarif; $(B)/mkportable lint $(image_files)

bench: ## measure against peers, in the same run (takes minutes, proves nothing by itself)
	@tools/bootstrap build bench
	@+$(MAKE) --no-print-directory all bench-programs
	@for script in tests/bench/*.sh; do "$$script" || exit 1; done

# EXAMPLES='a b' chooses some of them, SUITE= the suite of their packages, LAB_SUITE= the lab.
examples: $(B)/mkportable ## images of programs that others wrote, from packages of this machine's suite or SUITE=
	@tools/examples build

check-examples: ## attach each of these in the lab, ask it with a client, restart it, ask again, detach
	@tools/bootstrap build demo check examples
	@+$(MAKE) --no-print-directory $(B)/mkportable
	@EXAMPLES="$${EXAMPLES:-$$(tools/examples names)}" tests/run tests/lab/examples.bats

# Beside them in examples/README.md stands what mkosi makes of the same packages.
bench-examples: ## measure each beside mkosi's image of the same packages (a minute each; needs root)
	@tools/bootstrap build demo check mkosi
	@+$(MAKE) --no-print-directory $(B)/mkportable
	@tools/fill-tables examples/README.md bench-examples tests/bench/examples

to_install = os-release.in $(completed) $(admin_schemas) $(admin_units) $(helper_scripts) $(image_files) $(profiles:%=profiles/%) $(manuals) $(completions)

install: all $(completions) ## into DESTDIR and PREFIX: images, profiles, manual pages, mkportable, completion of bash, zsh and fish
	tools/install '$(DESTDIR)$(PREFIX)' $(to_install)

uninstall: ## remove what `make install` put there, with the same DESTDIR, PREFIX and VERSION
	tools/install --remove '$(DESTDIR)$(PREFIX)' $(to_install)

install-services: $(programs) ## into DESTDIR and /usr: the services without images, as a distribution would package them
	tools/install '$(DESTDIR)/usr' $(programs) $(images:%=images/%) $(service_manuals)

# tools/release says which variables there are: URL=, GPG_KEY=, and more. What is in RELEASE stays.
RELEASE ?= $(B)/release
RELEASE_FOR ?= amd64 arm64
release_other := $(filter-out $(shell dpkg --print-architecture),$(RELEASE_FOR))
release: ## into RELEASE, the images for RELEASE_FOR: a directory that hosts install and update from; URL=, GPG_KEY=
	@tools/bootstrap build release
	@+$(MAKE) --no-print-directory all $(release_other)
	@tools/release '$(RELEASE)' 'all$(release_other:%= %)' $(image_files) $(foreach a,$(release_other),$(image_files:$(B)/%=$(B)/$a/%))

# The services on a whole Debian: mkosi.conf says how, docs/mkosi.md what for. What goes
# in comes from here: the native services, and the small images.
mkosi: ## two Debian images with all services in them, one to attach and one to boot (two minutes; needs root)
	@tools/bootstrap build mkosi
	@rm -rf $(B)/mkosi
	@+$(MAKE) --no-print-directory all install-services DESTDIR=$(B)/mkosi/services
	@tools/mkosi-images '$(VERSION)' $(image_files)

check-mkosi: ## build these images; then attach the one, boot the other in a container, and ask
	@tools/bootstrap build demo check mkosi
	@tests/run tests/mkosi/images.bats

check-vm-os: ## build them; then boot the second one in QEMU, and ask (slow)
	@tools/bootstrap build check mkosi vm
	@tests/run tests/mkosi/vm.bats

readme: all examples ## bring the tables of README.md and examples/README.md up to date; sizes are those of the last release
	@tools/bootstrap build check
	@tools/fill-tables README.md readme tools/image-table
	@tools/fill-tables examples/README.md readme tools/image-table

clean: ## remove build/ (fetched sources stay in the cache)
	rm -rf $(B)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r t d; do printf '  make %-16s %s\n' "$$t" "$$d"; done
.PHONY: demo demo-boot check check-user check-fresh check-all reproducible lint-proof check-vm check-vm-init check-vm-arm64 check-vm-verity arm64 lint lint-images bench examples check-examples bench-examples install uninstall install-services mkosi check-mkosi check-vm-os readme release clean help

# --- what tests need --------------------------------------------------------------
#
# tests/unit/test-*.c, plain and sanitized; tests/fuzz/fuzz-*.c; tests/tools/*.c
# are programs that the bats files use. They include the .c files they look into.
unit_tests := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test-*.c)))
fuzzers := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz-*.c)))
test_tools := $(patsubst tests/tools/%.c,$(B)/tools/%,$(sort $(wildcard tests/tools/*.c)))
check-programs: $(unit_tests:%=$(B)/unit/%) $(unit_tests:%=$(B)/unit-sanitized/%) $(fuzzers) $(test_tools)
bench-programs: $(bench_programs) $(test_tools)
.PHONY: check-programs bench-programs
# Made by pattern rules only, and not to be removed after use.
.SECONDARY: $(foreach t,$(unit_tests),$(B)/host/tests/unit/$t.o $(B)/sanitized/tests/unit/$t.o) \
	$(fuzzers:$(B)/fuzz/%=$(B)/sanitized/tests/fuzz/%.o) $(test_tools:$(B)/tools/%=$(B)/host/tests/tools/%.o)

# A module.mk may add objects of its program; libraries come last.
objects_first = $(filter %.o,$^) $(filter %.a,$^)

$(B)/unit/%: $(B)/host/tests/unit/%.o $(B)/host/mkportable.a $(B)/host/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(host_link) -o $@ $(objects_first) $(mkportable_libs)
$(B)/unit-sanitized/%: $(B)/sanitized/tests/unit/%.o $(B)/sanitized/mkportable.a $(B)/sanitized/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(sanitized_link) -o $@ $(objects_first) $(mkportable_libs)
$(B)/tools/%: $(B)/host/tests/tools/%.o $(B)/host/mkportable.a $(B)/host/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(host_link) -o $@ $(objects_first) $(mkportable_libs)
$(B)/fuzz/%: $(B)/sanitized/tests/fuzz/%.o $(B)/sanitized/mkportable.a $(B)/sanitized/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(sanitized_link) -fsanitize=fuzzer -o $@ $(objects_first) $(mkportable_libs)

-include $(shell [ ! -d $(B) ] || find $(B) '(' -path $(B)/mkosi -o -path $(B)/examples $(architectures:%=-o -path $(B)/%) ')' -prune -o -name '*.d' -print)
