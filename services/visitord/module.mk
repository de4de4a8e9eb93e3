# SPDX-License-Identifier: LGPL-2.1-or-later
visitord_libs := libmicrohttpd

# What `make demo` shows.
demo := visitord
