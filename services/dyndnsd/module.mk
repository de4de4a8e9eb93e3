# SPDX-License-Identifier: LGPL-2.1-or-later
dyndnsd_libs := libsodium

# For the bench: the library's own rate of verifications beside dyndnsd's.
bench_programs += $(B)/bench/dyndns-verify
$(B)/static/tests/bench/dyndns-verify.o: library_flags := -isystem $(libraries)/include
$(B)/bench/dyndns-verify: $(B)/static/tests/bench/dyndns-verify.o $(B)/static/lib.a $(libraries)/lib/libsodium.a
	@mkdir -p $(@D)
	$(call say,LD)$(static_link) -o $@ $^
$(B)/static/tests/bench/dyndns-verify.o: $(libraries)/lib/libsodium.a

# These unit tests check real signatures, and make the ids of keys.
dyndnsd_tests := test-dyndnsd test-store
dyndnsd_test_objects := $(foreach v,host sanitized,$(dyndnsd_tests:%=$(B)/$v/tests/unit/%.o))
$(dyndnsd_test_objects): library_flags := -isystem $(libraries)/include
$(dyndnsd_test_objects) $(foreach v,unit unit-sanitized,$(dyndnsd_tests:%=$(B)/$v/%)): $(libraries)/lib/libsodium.a
