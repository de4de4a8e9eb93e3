#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
weakened.py ALONE WITH-PROFILE - the settings that a profile makes weaker, a line each

Two files of what `systemctl show` says of units, the same units in both; Exposure= is
that of systemd-analyze. Whether there is one is said by the output, not by the status.
"""

import sys

# Sets, of what is allowed or, behind a "~", of what is refused.
LISTS = set("""AmbientCapabilities CapabilityBoundingSet IPAddressAllow IPAddressDeny RestrictAddressFamilies
    RestrictNamespaces SupplementaryGroups SystemCallArchitectures SystemCallFilter""".split())

# All other values, from weak to strong; a change from or to any other is an error.
VALUES = """no inherit default auto all read-only tmpfs shared yes noaccess closed pid full invisible strict
    private""".split()


def as_set(key, text):
    """What systemd shows of a list in a way of its own, as of the others."""
    if key == "RestrictNamespaces":
        return {"yes": "", "no": "~"}.get(text, text)
    if key == "SystemCallArchitectures":
        return text or "~"
    if key == "IPAddressDeny":
        return "~" + text
    return text


def regained(was, now):
    """What a list has refused and refuses no longer."""
    old, new = set(was.removeprefix("~").split()), set(now.removeprefix("~").split())
    if was.startswith("~"):
        return old - new if now.startswith("~") else old & new
    return {f"all but {now[1:] or 'nothing'}"} if now.startswith("~") else new - old


def is_weaker(key, was, now):
    if key in LISTS:
        refuses_all = key == "IPAddressDeny" and {"::/0", "0.0.0.0/0"} <= set(now.split())
        return not refuses_all and bool(regained(as_set(key, was), as_set(key, now)))
    if key == "Exposure":
        return float(now) > float(was)
    if key == "UMask":
        return int(now, 8) < int(was, 8)
    return was != now and VALUES.index(now) < VALUES.index(was)


def weakened(alone, under):
    """The settings of a unit that are weaker under a profile; those of alone are compared."""
    return [key for key in alone if is_weaker(key, alone[key], under[key])]


def read(path):
    units = {}
    with open(path) as file:
        blocks = file.read().split("\n\n")
    for block in blocks:
        settings = dict(line.split("=", 1) for line in block.splitlines() if line)
        if settings:
            units.setdefault(settings.pop("Id"), {}).update(settings)
    return units


def main():
    units, under = read(sys.argv[1]), read(sys.argv[2])
    if not units or {n: set(s) for n, s in units.items()} != {n: set(s) for n, s in under.items()}:
        sys.exit("weakened.py: not the same settings of the same units")
    for name, alone in units.items():
        for key in weakened(alone, under[name]):
            was, now = alone[key], under[name][key]
            back = regained(as_set(key, was), as_set(key, now)) if key in LISTS else {now}
            print(f"{name}: {key}={was[:60]} is weakened by {' '.join(sorted(back))[:60]}")


if __name__ == "__main__":
    main()
