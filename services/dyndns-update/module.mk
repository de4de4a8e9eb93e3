# SPDX-License-Identifier: LGPL-2.1-or-later
dyndns-update_libs := libsodium

# People and their crontabs run it, image or not.
installed += dyndns-update
