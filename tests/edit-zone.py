#!/usr/bin/python3 -IS
# SPDX-License-Identifier: LGPL-2.1-or-later
"""edit-zone.py lock|rename PORT ROUNDS COMMAND... - edits zone/data while updates arrive

In each round one edit appends a line, and one update is sent to the receiver on PORT,
each at a moment of its own out of 40 ms. COMMAND, with an address and where to send to,
sends one. With "lock" the editor takes the lock and writes into the file; with "rename"
it makes a new file, as vim and sed -i do, and an update may be lost to the next packet.

Prints a line for each round; ends with 1 when a line or an update is lost or there twice.
One process for all rounds, since forty of these run at a time: what a shell starts in
each round, and in each look at the file, took minutes of a processor.
"""
import fcntl, os, random, subprocess, sys, threading, time

kind, port, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
command = sys.argv[4:]


def within_minutes(condition, *arguments):
    deadline = time.monotonic() + 120
    while not condition(*arguments):
        if time.monotonic() > deadline:
            print("never became true:", condition.__name__, *arguments, file=sys.stderr)
            sys.stderr.write(open("zone/data").read() + open("log").read())
            sys.exit(1)
        time.sleep(0.1)


def a_moment():
    time.sleep(random.random() / 25)


def address(number):
    return f"198.51.100.{7 + number % 2}"


def update(number):
    subprocess.run(command + [f"--bind=[{address(number)}]", "--key=key", f"198.51.100.1:{port}"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)


# Nobody has changed the zone for a second: the next packet writes it at once.
def is_quiet():
    return time.time() - os.stat("zone/data").st_mtime > 1.1


# The name may stand for another file once the lock is there.
def edit_with_lock(line):
    while True:
        file = open("zone/data", "r+")
        fcntl.lockf(file, fcntl.LOCK_EX)
        if os.path.samestat(os.fstat(file.fileno()), os.stat("zone/data")):
            break
        file.close()
    text = file.read()
    a_moment()
    file.seek(0)
    file.truncate()
    file.write(text + line)
    file.close()


def edit_by_rename(line):
    with open("zone/data") as old, open("zone/.edit", "w") as new:
        new.write(old.read() + line)
    a_moment()
    os.rename("zone/.edit", "zone/data")


def is_caught_up(number):
    lines = open("zone/data").read().splitlines()
    edits = [line for line in lines if line.startswith("+edit")]
    if len(edits) != number or len(set(edits)) != number:
        return False
    if f"+a.example:{address(number)}:300" in lines:
        return True
    if kind == "rename":
        update(number)  # a client sends one every few minutes
    return False


edit = {"lock": edit_with_lock, "rename": edit_by_rename}[kind]
for number in range(1, rounds + 1):
    within_minutes(is_quiet)
    sender = threading.Thread(target=lambda: (a_moment(), update(number)))
    sender.start()
    edit(f"+edit{number}.example:192.0.2.{number}\n")
    sender.join()
    within_minutes(is_caught_up, number)
    print("round", flush=True)
