# SPDX-License-Identifier: LGPL-2.1-or-later
http_part_libs := libmicrohttpd
