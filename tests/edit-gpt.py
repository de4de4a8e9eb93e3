#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""edit-gpt.py IMAGE NUMBER:FIELD=VALUE... - changes entries of both partition tables, with right checksums.

Fields: first, last (sectors), attributes (a number), uuid, type (UUIDs), gone (anything: no such entry).
Tools for partitions refuse what a broken writer might write.
"""
import struct
import sys
import uuid
import zlib

SECTOR, ENTRY, TABLE = 512, 128, 128 * 128
path = sys.argv[1]
with open(path, "rb") as file:
    image = bytearray(file.read())
last = len(image) - SECTOR
tables = {SECTOR: 2 * SECTOR, last: last - TABLE}  # header: table
for change in sys.argv[2:]:
    number, change = change.split(":", 1)
    field, value = change.split("=", 1)
    for table in tables.values():
        entry = table + (int(number) - 1) * ENTRY
        if field == "gone":
            image[entry : entry + ENTRY] = bytes(ENTRY)
        elif field in ("uuid", "type"):
            at = entry + (16 if field == "uuid" else 0)
            image[at : at + 16] = uuid.UUID(value).bytes_le
        else:
            at = entry + {"first": 32, "last": 40, "attributes": 48}[field]
            image[at : at + 8] = struct.pack("<Q", int(value, 0))
for header, table in tables.items():
    image[header + 88 : header + 92] = struct.pack("<I", zlib.crc32(image[table : table + TABLE]))
    image[header + 16 : header + 20] = bytes(4)
    image[header + 16 : header + 20] = struct.pack("<I", zlib.crc32(image[header : header + 92]))
with open(path, "wb") as file:
    file.write(image)
