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
