# SPDX-License-Identifier: Apache-2.0
"""Images of file systems with made-up contents, and what must be found in them."""
import os
import random
import subprocess

MAKE_FILES = os.environ["ESPBAK_TEST_MAKE_FILES"]


def contents(size, seed):
    """As make_files.c has them."""
    out, state = bytearray(), seed & 0xFFFFFFFF
    for _ in range(size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state >> 24)
    return bytes(out)


class Rows:
    """What is done to a file system, and {path: bytes, or None for a folder} of what is in it then."""

    def __init__(self):
        self.lines, self.files, self.times = [], {}, {}

    def folder(self, path):
        self.lines.append(f"folder {path}")
        self.files[path] = None

    def file(self, path, size, seed, when=0):
        self.lines.append(f"file {size} {seed} {when} {path}")
        self.files[path] = contents(size, seed)
        self.times[path] = when

    def append(self, path, size, seed):
        self.lines.append(f"append {size} {seed} {path}")
        self.files[path] += contents(size, seed)

    def remove(self, path):
        self.lines.append(f"remove {path}")
        del self.files[path]

    def make(self, path, *arguments):
        subprocess.run([MAKE_FILES, *map(str, arguments), path], input="\n".join(self.lines) + "\n", text=True, check=True)


def random_rows(seed, files=20, largest=5000):
    """Folders in folders, sizes around what is inline, names of all lengths, what is removed and grows again."""
    chance, rows, folders = random.Random(seed), Rows(), [""]
    for i in range(files):
        parent = chance.choice(folders)
        name = chance.choice(["f", "Übung", "a b", "x" * chance.randint(1, 60)]) + str(i)
        if chance.random() < 0.2 and len(folders) < 8:
            rows.folder(f"{parent}/{name}")
            folders.append(f"{parent}/{name}")
        else:
            size = chance.choice([0, 1, 7, 8, 9, 63, 64, 65, 500, chance.randint(0, largest)])
            rows.file(f"{parent}/{name}", size, i, chance.choice([0, 1700000000 + i]))
    for path in [path for path, data in rows.files.items() if data is not None]:
        change = chance.random()
        if change < 0.2:
            rows.remove(path)
        elif change < 0.4:
            rows.append(path, chance.randint(1, 300), len(path))
    return rows
