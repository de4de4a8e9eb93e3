# SPDX-License-Identifier: LGPL-2.1-or-later
dyndnsd_libs := libsodium

# Its unit test checks real signatures.
dyndnsd_test_objects := $(B)/host/tests/unit/test-dyndnsd.o $(B)/sanitized/tests/unit/test-dyndnsd.o
$(dyndnsd_test_objects): library_flags := -isystem $(libraries)/include
$(dyndnsd_test_objects) $(B)/unit/test-dyndnsd $(B)/unit-sanitized/test-dyndnsd: $(libraries)/lib/libsodium.a
