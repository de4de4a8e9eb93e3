# SPDX-License-Identifier: LGPL-2.1-or-later
dyndnsd_libs := libsodium

# For the bench: the library's own rate of verifications beside dyndnsd's.
bench_programs += $(B)/bench/dyndns-verify
$(B)/static/tests/bench/dyndns-verify.o: library_flags := -isystem $(libraries)/include
$(B)/bench/dyndns-verify: $(B)/static/tests/bench/dyndns-verify.o $(B)/static/lib.a $(libraries)/lib/libsodium.a
	@mkdir -p $(@D)
	$(call say,LD)$(static_link) -o $@ $^
$(B)/static/tests/bench/dyndns-verify.o: $(libraries)/lib/libsodium.a

# Its unit test checks real signatures.
dyndnsd_test_objects := $(B)/host/tests/unit/test-dyndnsd.o $(B)/sanitized/tests/unit/test-dyndnsd.o
$(dyndnsd_test_objects): library_flags := -isystem $(libraries)/include
$(dyndnsd_test_objects) $(B)/unit/test-dyndnsd $(B)/unit-sanitized/test-dyndnsd: $(libraries)/lib/libsodium.a
