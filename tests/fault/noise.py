#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole backups on noisy lines: how many complete, whether they are identical, and what crosses the line.

noise.py RUNS [SEED]: so many of each kind, from this seed on; the figures as a table. Fails when a backup is wrong or
does not complete, when the flash is not what it was, and when one flipped bit in 100 kB costs 15 % more bytes on the
wire."""
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

from stubs import write_stub

PROGRAM = os.path.abspath(os.environ.get("ESPBAK_TEST_PROGRAM", "espbak"))
K, M = 1024, 1024 * 1024
SIZE = 4 * M
LINE = "sim:esp32,flash={image},baud=real,latency-ms=1,flash-time=default"
STUBS = ["current stub", "legacy stub"]
LOADERS = ["own", *STUBS, "ROM"]
MOST_EXTRA = 0.15


def loader_options(folder, loader):
    if loader not in STUBS:
        return ["--loader", "own" if loader == "own" else "rom"]
    kind = loader.split()[0]
    path = os.path.join(folder, kind + ".json")
    write_stub(path, kind, "esp32")
    return ["--loader", "stub", "--stub", path]


def fill(path, full):
    """A flash without an erased sector, or one with erased parts of many lengths."""
    contents = bytearray(random.Random(11).randbytes(SIZE))
    for at in range(0, 0 if full else SIZE, 512 * K):
        erased = (at // (512 * K) + 1) * 52 * K
        contents[at + 512 * K - erased:at + 512 * K - 4 * K] = b"\xff" * (erased - 4 * K)
    with open(path, "wb") as file:
        file.write(contents)
    return hashlib.sha256(contents).hexdigest()


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Outcome:
    """What came of a number of runs."""

    def __init__(self):
        self.runs = self.complete = self.wrong = self.harmed = self.wire = 0
        self.why = []

    def add(self, folder, loader, image, expected, faults, options):
        made, flash = os.path.join(folder, "out"), os.path.join(folder, "flash.bin")
        shutil.copyfile(image, flash)
        port = LINE.format(image=flash) + (f",{faults}" if faults else "")
        done = subprocess.run([PROGRAM, "-p", port, "--json", "-q", *loader_options(folder, loader), "backup", "-o",
                               made, "--name", "b", *options], cwd=folder, capture_output=True, text=True, check=False)
        self.runs += 1
        self.harmed += digest(flash) != expected
        if done.returncode == 0:
            self.complete += 1
            self.wrong += digest(os.path.join(made, "b", "flash.bin")) != expected
            self.wire += json.loads(done.stdout)["link"]["bytes_on_wire"]
        else:
            self.why.append(f"{port}: {done.stderr[-300:]}")
        shutil.rmtree(made, ignore_errors=True)

    @property
    def mean_wire(self):
        return self.wire / self.complete if self.complete else float("inf")

    @property
    def good(self):
        return self.complete == self.runs and self.wrong == 0 and self.harmed == 0

    def line(self, *names):
        for why in self.why:
            print(why, file=sys.stderr)
        print("| " + " | ".join([*names, str(self.runs), str(self.complete), str(self.wrong), str(self.harmed),
                                 f"{self.mean_wire / SIZE:.3f}"]) + " |", flush=True)


def compare(folder, runs, seed):
    """Runs of each row, round the loaders; true when all is as it has to be."""
    full, sparse = os.path.join(folder, "full.bin"), os.path.join(folder, "sparse.bin")
    sums = {full: fill(full, True), sparse: fill(sparse, False)}
    good = True
    print("| what | line | loader | runs | complete | wrong | flash changed | bytes on the wire for each byte of flash |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for loader in LOADERS:
        quiet, faint = Outcome(), Outcome()
        quiet.add(folder, loader, full, sums[full], "", ["--full"])
        quiet.line("everything is read", "no errors", loader)
        for i in range(max(1, runs // 10)):
            faint.add(folder, loader, full, sums[full], f"fault=flip:1e-5,seed={seed + i}", ["--full"])
        faint.line("everything is read", "flips, 1 in 100 kB", loader)
        good = good and quiet.good and faint.good and faint.mean_wire < (1 + MOST_EXTRA) * quiet.mean_wire
    for what, image, options in (("everything is read", full, ["--full"]),
                                 ("not what is erased, `--no-verify`", sparse, ["--no-verify"])):
        noisy = {loader: Outcome() for loader in LOADERS}
        for i in range(runs):
            loader = LOADERS[i % len(LOADERS)]
            noisy[loader].add(folder, loader, image, sums[image], f"fault=flip:1e-4,seed={seed + i}", options)
        for loader, outcome in noisy.items():
            outcome.line(what, "flips, 1 in 10 kB", loader)
            good = good and outcome.good
    return good


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        if not compare(folder, runs, seed):
            sys.exit("not all of them are complete, identical and within the bytes allowed")


if __name__ == "__main__":
    main()
