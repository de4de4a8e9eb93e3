# SPDX-License-Identifier: LGPL-2.1-or-later

# What makes an image boot; `make INIT=none` makes images that do not.
INIT ?= portable-init
