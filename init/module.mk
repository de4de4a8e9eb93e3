# SPDX-License-Identifier: LGPL-2.1-or-later

# What makes an image boot; `make INIT=none` makes images that do not.
INIT ?= portable-init

$(B)/bin/portable-init: $(small_malloc)
# Its size counts in every image: no padding of segments to a page (8 KB of the program), and
# optimization of the whole program, with what moves code out of loops left off (1 KB of
# an image). The objects can be linked, and read, without it as well.
init_flags := -flto -fno-tree-loop-im -fno-move-loop-invariants -fno-gcse
$(call objects,static,init): library_flags = $(init_flags) -ffat-lto-objects
$(B)/bin/portable-init: static_link += $(init_flags) -Wl,-z,noseparate-code

# What reads units and nothing else, for the tests.
portable-init_read = $(call objects,$1,init/units)
$(B)/unit/test-portable-init $(B)/tools/portable-init-plan: $(call portable-init_read,host)
$(B)/unit-sanitized/test-portable-init $(B)/fuzz/fuzz-portable-init $(B)/fuzz/fuzz-boot-plan: $(call portable-init_read,sanitized)
