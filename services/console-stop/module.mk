# SPDX-License-Identifier: LGPL-2.1-or-later
# For units of other people's servers, image or not.
installed += console-stop
