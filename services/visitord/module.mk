# SPDX-License-Identifier: LGPL-2.1-or-later
visitord_parts := http

# What the bench compares with: the same program, its number in memory only.
bench_programs += $(B)/bench/visitord-memory
$(B)/bench/visitord-memory: $(filter-out %/counter.o,$(call objects,static,services/visitord)) \
		$(B)/static/tests/bench/counter-memory.o $(call libs_of,visitord) $(B)/static/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(static_link) -o $@ $^

# What `make demo` shows.
demo := visitord

# The fuzz target has the library for this host, with sanitizers and coverage.
$(B)/sanitized/tests/fuzz/fuzz-visitord.o: library_flags := -isystem $(sanitized_libraries)/include
$(B)/sanitized/tests/fuzz/fuzz-visitord.o $(B)/fuzz/fuzz-visitord: $(sanitized_libraries)/lib/libmicrohttpd.a
