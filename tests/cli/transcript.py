# SPDX-License-Identifier: Apache-2.0
"""Replay a transcript: commands, what they print, and how they end.

    # a comment
    $ espbak ports extra
    2> error: ports takes no arguments, but got 'extra'
    [2]

Lines of standard output stand as they are, those of standard error behind "2> ", an exit code that
is not 0 in brackets. "$ " starts a shell command; all of them run in one empty folder. What differs
between runs (times, rates, this computer's ports) is replaced by <words> before comparing.
Every command that an answer suggests is run as it is printed, in a copy of the folder.
"# needs stub" leaves the transcript out where the program has no stub images.

With --update the answers are written into the transcript instead of being compared.
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

import pasted
from program import environment, needs_stub

CHANGING = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
    (r"-\d{8}-\d{6}", "-<stamp>"),
    (r" in [\d.]+ (?:s|min \d+ s), [\d.]+ KiB/s \(\d+ kbit/s\)", " in <seconds>, <rate>"),
    (r" in [\d.]+ (?:s|min \d+ s): [\d.]+ (?:bytes|[KM]iB) over the line(?:, at \d+ baud)?", " in <seconds>, over the line"),
    (r" ok, [\d.]+ KiB/s", " ok, <rate>"),
    (r'((?:  System|"system":) +)"?[^"\n]*"?', r"\1<system>"),
    (r'("(?:\w*seconds|bytes_per_second|bytes_on_wire|bytes)":\s*)[\d.e+-]+', r"\1<number>"),
    (r"\babout (?:\d+ h )?(?:\d+ min )?[\d.]+ (?:s|min)\b", "about <seconds>"),
    (r"(hint: )(?:the ports of this computer: .*|this computer has no .*)", r"\1<ports>"),
    (r"Copyright.*", "Copyright"),
]


def normalise(text, folder):
    text = text.replace(folder, "<here>")
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return text


def marked(text, mark):
    return [mark + line for line in text.splitlines()]


def answer(command, folder, tried):
    """What one command prints and how it ends, as lines of a transcript."""
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=240, check=False)
    lines = marked(normalise(done.stdout, folder), "") + marked(normalise(done.stderr, folder), "2> ")
    if done.returncode != 0:
        lines.append(f"[{done.returncode}]")
    for wrong in pasted.failures(done.stdout + done.stderr, folder, tried):
        lines.append(f"suggested, but: {wrong}")
    return lines


def replay(expected):
    """The transcript as it is today: comments and commands kept, answers made anew."""
    lines, tried = [], set()
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        comment = False
        for line in expected:
            if line.startswith("$ "):
                lines.append(line)
                lines += answer(line[2:], folder, tried)
                comment = False
            elif line.startswith("# ") or (not line and not comment):
                # An empty line separates; inside an answer it is made by the answer.
                comment = line.startswith("# ")
                if comment and lines and not lines[-1].startswith("# "):
                    lines.append("")
                if comment:
                    lines.append(line)
    return lines


def main():
    update = "--update" in sys.argv
    path = sys.argv[-1]
    with open(path, encoding="utf-8") as transcript:
        expected = transcript.read().splitlines()
    if "# needs stub" in expected:
        needs_stub()
    found = replay(expected)
    if update:
        with open(path, "w", encoding="utf-8") as transcript:
            transcript.write("\n".join(found) + "\n")
    elif found != expected:
        print("\n".join(difflib.unified_diff(expected, found, path, "today", lineterm="")))
        sys.exit(1)


if __name__ == "__main__":
    main()
