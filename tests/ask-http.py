#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ask-http.py PORT - sends standard input to 127.0.0.1, and reads all answers

Prints the status codes, then how the connection ended: "closed", "reset", or "open" when
nothing came for half a second. It sends everything before it reads, as simple clients do.
"""
import re
import socket
import sys

PATIENCE = 0.5

data = sys.stdin.buffer.read()
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.settimeout(PATIENCE)
answers = b""
try:
    client.sendall(data)
    while more := client.recv(65536):
        answers += more
    end = "closed"
except TimeoutError:
    end = "open"
except OSError:
    end = "reset"
print(*re.findall(r"HTTP/1\.1 (\d{3}) ", answers.decode("latin-1")), end)
