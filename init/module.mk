# SPDX-License-Identifier: LGPL-2.1-or-later

# What makes an image boot; `make INIT=none` makes images that do not.
INIT ?= portable-init

$(B)/bin/portable-init: $(small_malloc)
# Its size counts in every image: segments without padding to a page, 8 KB less.
$(B)/bin/portable-init: static_link += -Wl,-z,noseparate-code

# What reads units and nothing else, for the tests; with coverage, for the fuzz target.
portable-init_read = $(call objects,$1,init/units)
$(B)/unit/test-portable-init $(B)/tools/portable-init-plan: $(call portable-init_read,host)
$(B)/unit-sanitized/test-portable-init $(B)/fuzz/fuzz-portable-init: $(call portable-init_read,sanitized)
$(call portable-init_read,sanitized): library_flags = -fsanitize=fuzzer-no-link
