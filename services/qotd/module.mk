# SPDX-License-Identifier: LGPL-2.1-or-later
$(B)/bin/qotd: $(small_malloc)

# An image with a quote that would be left out, or that qotd cannot read, is not made.
qotd_collection := $(sort $(wildcard images/qotd/tree/usr/share/qotd/*.quotes))
$(B)/images/qotd_$(VERSION).raw: $(B)/qotd-collection.checked
$(B)/qotd-collection.checked: $(B)/bin/qotd $(qotd_collection)
	$(call say,CHECK)$(emulator) $(B)/bin/qotd --check $(qotd_collection:%=--quotes=%) > $@.new && mv $@.new $@
