# SPDX-License-Identifier: LGPL-2.1-or-later
"""complete.py SHELL SCRIPT PROGRAM KEYS LINE... - what a real shell makes of each line

SHELL is bash, zsh or fish. SCRIPT is the completion of PROGRAM. At a terminal, LINE is typed, then
KEYS: "tab", or "all", which puts everything that is offered into the line. The line is run then:
PROGRAM is a function that prints its arguments. For each LINE they are printed here, with a tab
between them; for fish, which says by itself what it offers, that.
"""
import os
import pty
import re
import select
import sys
import time

shell, script, program, keys, *lines = sys.argv[1:]
directory = os.path.dirname(script)
START = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        f"bind 'set enable-bracketed-paste off'; bind 'set completion-query-items 0'; . '{script}'\n"
        f"{program}() {{ printf 'begin''ning\\n'; printf '<%s>\\n' \"$@\"; printf 'end''ing\\n'; }}\n",
        {"tab": "\t", "all": "\x1b*"},
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        f"unset zle_bracketed_paste; LISTMAX=0; fpath=('{directory}' $fpath)\n"
        "autoload -U compinit && compinit -u -D\n"
        "insert_all() { _main_complete; compstate[insert]=all; }\n"
        "zle -C insert-all complete-word insert_all; bindkey '^Xa' insert-all\n"
        f"{program}() {{ printf 'begin''ning\\n'; printf '<%s>\\n' \"$@\"; printf 'end''ing\\n'; }}\n",
        {"tab": "\t", "all": "\x18a"},
    ),
}
FISH = """source $argv[1]
for line in $argv[2..]
    set offers (complete --do-complete $line | string replace --regex '\\t.*' '')
    printf '%s\\n' "$(string join -- \\t $offers)"
end"""

if shell == "fish":
    os.execvp("fish", ["fish", "--no-config", "--command", FISH, "--", script, *lines])
command, preparation, bindings = START[shell]
child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM="dumb", PS1="prompt>", HOME=os.getcwd(), HISTFILE="")
    os.execvp(command[0], command)

said = ""


def read_until(pattern):
    global said
    deadline = time.monotonic() + 30
    while not (found := re.search(pattern, said, re.S)):
        if time.monotonic() > deadline or not select.select([terminal], [], [], 30)[0]:
            sys.exit(f"never said {pattern!r}: {said!r}")
        said += os.read(terminal, 65536).decode(errors="replace")
    said = said[found.end():]
    return found


os.write(terminal, (preparation + "printf 'rea''dy\\n'\n").encode())
read_until("ready\r?\n")
# Whatever is typed before a shell reads its line would be echoed, and not completed.
read_until("prompt>")
for line in lines:
    os.write(terminal, (line + bindings[keys] + "\n").encode())
    print("\t".join(re.findall("<(.*?)>\r?\n", read_until("beginning(.*?)ending").group(1), re.S)))
    read_until("prompt>")
os.close(terminal)
