# SPDX-License-Identifier: LGPL-2.1-or-later
visitord_libs := libmicrohttpd

# What the bench compares with: the same program, its number in memory only.
bench_programs += $(B)/bench/visitord-memory
$(B)/bench/visitord-memory: $(filter-out %/counter.o,$(call objects,static,services/visitord)) \
		$(B)/static/tests/bench/counter-memory.o $(visitord_libs:%=$(libraries)/lib/%.a) $(B)/static/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(static_link) -o $@ $^

# What `make demo` shows.
demo := visitord

# The fuzz target has the library for this host, with sanitizers and coverage.
visitord_fuzz_libraries := $(B)/sanitized/libraries
$(visitord_fuzz_libraries)/lib/libmicrohttpd.a: $(libraries)/lib/libmicrohttpd.a
	+$(call say,LIB)CC='$(CLANG) $(sanitizers) -fsanitize=fuzzer-no-link' tools/library libmicrohttpd $(visitord_fuzz_libraries)
$(B)/sanitized/tests/fuzz/fuzz-visitord.o: library_flags := -isystem $(visitord_fuzz_libraries)/include
$(B)/sanitized/tests/fuzz/fuzz-visitord.o $(B)/fuzz/fuzz-visitord: $(visitord_fuzz_libraries)/lib/libmicrohttpd.a
