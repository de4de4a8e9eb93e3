# SPDX-License-Identifier: LGPL-2.1-or-later
$(B)/bin/consoled: $(small_malloc)
