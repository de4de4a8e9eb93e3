# SPDX-License-Identifier: LGPL-2.1-or-later
lunchd_parts := http tls

# With sanitizers it is a program for tests, and all but its main() a fuzz target.
lunchd_sanitized := $(foreach d,services/lunchd $(lunchd_parts:%=lib/%),$(call objects,sanitized,$d))
lunchd_sanitized_libraries := $(foreach p,$(lunchd_parts),$($p_part_libs:%=$(sanitized_libraries)/lib/%.a))
check-programs: $(B)/sanitized/bin/lunchd
$(B)/sanitized/bin/lunchd: $(lunchd_sanitized) $(B)/sanitized/lib.a $(lunchd_sanitized_libraries)
	@mkdir -p $(@D)
	$(call say,LD)$(sanitized_link) -o $@ $^
$(B)/fuzz/fuzz-lunchd: $(filter-out %/main.o,$(lunchd_sanitized)) $(lunchd_sanitized_libraries)

# The clients of its tests.
$(B)/tools/tls-clients: mkportable_libs += -lssl -lcrypto
