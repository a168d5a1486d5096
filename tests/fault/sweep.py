#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The single-bit sweep: one bit of one byte that the real program sends arrives wrong, one run for each bit.

usage: sweep.py [--runs N] [--only WHAT]... [--seed N] [--jobs N] [--failed]

For each chip with its loader and each command a run without damage is traced first. Then every bit that it sent is
turned over, in a run of its own; with --runs N so many of them, drawn by chance: most among the requests, some in the
program that is loaded into the chip's RAM, whose bytes are many and alike. WHAT is a part of "CHIP LOADER COMMAND". --failed
tells why runs failed too, not only what was wrong.

Fails when a sealed result is wrong, when a flash has changed and the exit code does not say so, when our own loader let
it change at all under a command that only reads, when a restore changed what it was not to, and when a run ends in a
way that a bad line cannot be the reason for.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from checks import get, put  # noqa: E402  (the path comes first)
from flash_image import APP, DATA, app, bootloader, table  # noqa: E402
from stubs import write_stub  # noqa: E402
from line_trace import sent  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get("ESPBAK_TEST_PROGRAM", "espbak"))
K = 1024
SIZE = 256 * K
NVS, NVS_SIZE = 0x9000, 16 * K
ROWS = [("nvs", DATA, 0x02, NVS, NVS_SIZE), ("factory", APP, 0x00, 0x10000, 128 * K)]
MEM_DATA, MEM_DATA_HEAD = 0x07, 8 + 16
UPLOAD_SHARE = 8  # with --runs: one of so many is in what is loaded into RAM
CHANGED = 9       # the exit code that says so
DIFFERS = 6
# What a damaged line may end as: no device, the link, a difference, a refusal because something could not be read.
FITS = (0, 4, 5, 6, 7)
SECONDS = 120

# Where the ROM looks for the bootloader, and the chip's id in images.
CHIPS = {"esp32": (0x1000, 0), "esp32s3": (0, 9), "esp32c6": (0, 13)}
STUBS = {"stub": "current", "legacy": "legacy"}  # kinds
SETUPS = [("esp32", "own"), ("esp32s3", "own"), ("esp32c6", "own"), ("esp32", "stub"), ("esp32s3", "stub"),
          ("esp32", "legacy"), ("esp32", "rom"), ("esp32s3", "rom")]
MAKES = ("backup", "backup-partitions", "read")
COMMANDS = ["backup", "backup-partitions", "info", "read", "verify", "restore"]


def contents(chip, word):
    """A small flash with something in each of its parts, and erased ones between them."""
    boot_at, chip_id = CHIPS[chip]
    out = bytearray(b"\xff" * SIZE)
    for at, part in ((boot_at, bootloader(chip_id)), (0x8000, table(ROWS)), (NVS, random.Random(word).randbytes(5000)),
                     (0x10000, app("sweep", word, chip_id)), (0x30000, random.Random(1).randbytes(3000))):
        out[at:at + len(part)] = part
    return bytes(out)


class Setup:
    """A chip, the loader that works in it, and a command."""

    def __init__(self, folder, chip, loader, command):
        self.name = f"{chip} {loader} {command}"
        self.folder, self.chip, self.loader, self.command = folder, chip, loader, command
        self.right = contents(chip, "1.0")
        self.before = self.right
        if command == "restore":
            self.before = bytearray(self.right)
            self.before[NVS:NVS + NVS_SIZE] = random.Random("other").randbytes(6000) + b"\xff" * (NVS_SIZE - 6000)
            self.before = bytes(self.before)

    def loader_options(self):
        if self.loader not in STUBS:
            return ["--loader", self.loader]
        path = os.path.join(self.folder, f"{self.chip}-{self.loader}.json")
        if not os.path.exists(path):
            write_stub(path, STUBS[self.loader], self.chip)
        return ["--loader", "stub", "--stub", path]

    def words(self, base):
        return {"backup": ["backup", "-o", "made", "--name", "b"],
                "backup-partitions": ["backup-partitions", "nvs", "factory", "-o", "made", "--name", "b"],
                "info": ["info"],
                "read": ["read", "0", str(SIZE), "made.bin"],
                "verify": ["verify", base],
                "restore": ["restore", base, "--only", "nvs", "--yes"]}[self.command]

    def run(self, folder, faults="", *options):
        """The program once, on a flash of its own; its exit code, what it said, and the flash afterwards."""
        put(os.path.join(folder, "flash.img"), self.before)
        port = f"sim:{self.chip},flash=flash.img,flash-time=default,baud=real" + faults
        base = os.path.join(self.folder, f"{self.chip}-base", "b")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ESP")}
        done = subprocess.run([PROGRAM, "-q", "-p", port, *self.loader_options(), *options, *self.words(base)],
                              cwd=folder, env={**environment, "HOME": folder}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=SECONDS)
        return done, get(os.path.join(folder, "flash.img"))

    def result_is_right(self, folder):
        made = os.path.join(folder, "made", "b")
        if self.command == "backup":
            return get(os.path.join(made, "flash.bin")) == self.right
        if self.command == "backup-partitions":
            return all(any(get(file) == self.right[at:at + size] for file in glob.glob(os.path.join(made, name + "*")))
                       for name, _, _, at, size in ROWS)
        if self.command == "read":
            return get(os.path.join(folder, "made.bin")) == self.right
        return True

    def is_sealed(self, folder):
        return os.path.isdir(os.path.join(folder, "made", "b")) or os.path.exists(os.path.join(folder, "made.bin"))

    def judge(self, folder, done, after):
        """Nothing, or what is wrong with a run."""
        said = f"rc {done.returncode}: {done.stderr.strip()[-300:]}"
        if done.returncode not in (*FITS, CHANGED):
            return "it ends in a way that does not fit, " + said
        if self.command in MAKES and done.returncode == 0 and not self.is_sealed(folder):
            return "it says that it is done, and nothing is there"
        if self.is_sealed(folder) and not self.result_is_right(folder):
            return "a wrong result is sealed, " + said
        if self.command == "verify" and done.returncode == DIFFERS and after == self.right:
            return "it says that a flash differs which does not, " + said
        if self.command == "restore":
            return self.judge_restore(done, after, said)
        if after != self.before:
            if self.loader == "own":
                return "the flash has changed, " + said
            return None if done.returncode == CHANGED else "the flash has changed, and it does not say so, " + said
        return "it says that the flash may have changed, " + said if done.returncode == CHANGED else None

    def judge_restore(self, done, after, said):
        outside = slice(0, NVS), slice(NVS + NVS_SIZE, SIZE)
        harmed = any(after[part] != self.before[part] for part in outside)
        if harmed and (self.loader == "own" or done.returncode != CHANGED):
            return "something else has changed, " + said
        if done.returncode == 0 and after != self.right:
            return "it is not what it says, " + said
        if done.returncode not in (0, CHANGED) and after not in (self.before, self.right):
            return "it has changed, and it does not say so, " + said
        return None


def bits_sent(path):
    """Numbers of all bits that were sent: those of requests, and those of what is loaded into the chip's RAM."""
    requests, upload, head = [], [], None
    for at, byte in enumerate(sent(path)):
        head = bytearray() if byte == 0xC0 and (head is None or len(head) > 1) else head
        if head is not None and byte != 0xC0:
            head.append(byte)
        loading = head is not None and len(head) > MEM_DATA_HEAD and head[:2] == bytes([0, MEM_DATA]) and byte != 0xC0
        (upload if loading else requests).extend(range((at + 1) * 8, (at + 2) * 8))
    return requests, upload


def draw(chance, bits, count):
    return chance.sample(bits, min(count, len(bits)))


def check_loader(setup):
    """That the loader that is swept is the one that the row names; verify does not tell, and comes in as info does."""
    asked = Setup(setup.folder, setup.chip, setup.loader, "info") if setup.command == "verify" else setup
    with tempfile.TemporaryDirectory(prefix="look-", dir=setup.folder) as folder:
        done, _ = asked.run(folder, "", "--json")
    loader = json.loads(done.stdout)["link"]["loader"]
    if loader != {"legacy": "legacy-stub"}.get(setup.loader, setup.loader):
        sys.exit(f"{setup.name}: it is the loader {loader} that works")


def choose(setup, folder, runs, seed):
    done, after = setup.run(folder, "", "--trace", "trace")
    if done.returncode != 0 or after != setup.right or not setup.result_is_right(folder):
        sys.exit(f"{setup.name}: the run without damage does not work: {done.stderr}")
    requests, upload = bits_sent(os.path.join(folder, "trace"))
    if runs == 0:
        return requests + upload
    chance = random.Random(f"{seed} {setup.name}")
    some = runs // UPLOAD_SHARE if upload else 0
    return draw(chance, requests, runs - some) + draw(chance, upload, some)


def strike(setup, bit):
    """One run with one wrong bit: exit code, whether the flash is another one, what is wrong or None, what it said."""
    with tempfile.TemporaryDirectory(prefix="bit-", dir=setup.folder) as folder:
        try:
            done, after = setup.run(folder, f",fault=bit-at.to:{bit}")
        except subprocess.TimeoutExpired:
            return -1, False, "it does not end", ""
        return done.returncode, after != setup.before, setup.judge(folder, done, after), done.stderr.strip()[-300:]


def sweep(setup, pool, how):
    check_loader(setup)
    with tempfile.TemporaryDirectory(prefix="clean-", dir=setup.folder) as folder:
        bits = choose(setup, folder, how.runs, how.seed)
    codes, changed, bad = {}, 0, 0
    for bit, (code, other, wrong, said) in zip(bits, pool.map(lambda bit: strike(setup, bit), bits)):
        codes[code] = codes.get(code, 0) + 1
        changed += other
        bad += wrong is not None
        if wrong is not None:
            print(f"{setup.name}, bit-at.to:{bit}: {wrong}", file=sys.stderr, flush=True)
        elif how.failed and code != 0:
            print(f"{setup.name}, bit-at.to:{bit}: {code}: {said}", file=sys.stderr, flush=True)
    ended = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    print(f"| {setup.chip} | {setup.loader} | {setup.command} | {len(bits)} | {ended} | {changed} | {bad} |", flush=True)
    return len(bits), bad


def make_bases(folder):
    """What verify and restore compare with."""
    for chip in CHIPS:
        setup = Setup(folder, chip, "rom", "backup")
        home = os.path.join(folder, f"{chip}-base")
        os.mkdir(home)
        done, _ = setup.run(home)
        if done.returncode != 0:
            sys.exit(f"{chip}: no backup to begin with: {done.stderr}")
        shutil.move(os.path.join(home, "made", "b"), home)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failed", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    how = parser.parse_args()
    print("| chip | loader | command | runs | exit codes | flash changed | wrong |\n"
          "| --- | --- | --- | ---: | --- | ---: | ---: |", flush=True)
    runs = wrong = 0
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder, \
            concurrent.futures.ThreadPoolExecutor(how.jobs) as pool:
        make_bases(folder)
        for chip, loader in SETUPS:
            for command in COMMANDS:
                setup = Setup(folder, chip, loader, command)
                if not how.only or any(word in setup.name for word in how.only):
                    done, bad = sweep(setup, pool, how)
                    runs, wrong = runs + done, wrong + bad
    print(f"{runs} runs, {wrong} of them wrong")
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
