# SPDX-License-Identifier: Apache-2.0
"""Files that change between the check and the use: restore and write.

usage: toctou.py [COUNT [SEED]]

Somebody writes to the files, renames others over them, or cuts them, while the program waits for an answer or is
in the middle of writing. No sector of the device may ever hold what was not checked: it holds what it held, nothing,
or what belongs there, and the last of these everywhere when the program says that it is done.
"""
import json
import os
import time

from attack import SECTOR, noise, repeat
from checks import check, get, put
from terminal import Terminal

SIZE = 256 * 1024
BOOT = 0x1000  # of the ESP32
PORT = "sim:esp32,flash=flash.img"
SLOW = PORT + ",time=real,baud=real"


def change_bytes(attack, path):
    """One byte of a sector, or all of it, in place."""
    at = attack.chance.choice([0, BOOT, attack.chance.randrange(os.path.getsize(path))])
    with open(path, "r+b") as out:
        out.seek(at % os.path.getsize(path))
        out.write(attack.chance.choice([b"\x00", noise(attack.chance, SECTOR)])[:os.path.getsize(path) - at])


def rename_over(attack, path):
    put(path + ".new", noise(attack.chance, os.path.getsize(path)))
    os.replace(path + ".new", path)


def cut(attack, path):
    os.truncate(path, attack.chance.randrange(os.path.getsize(path)))


def link(attack, path):
    put(attack.path("other.bin"), noise(attack.chance, os.path.getsize(path)))
    os.remove(path)
    os.symlink(attack.path("other.bin"), path)


WAYS = [change_bytes, change_bytes, rename_over, cut, link]


def sectors(contents):
    return [contents[at:at + SECTOR] for at in range(0, len(contents), SECTOR)]


def judge(attack, before, wanted, code):
    """What the device holds now."""
    after = sectors(get(attack.path("flash.img")))
    blank = b"\xff" * SECTOR
    for number, (old, new, now) in enumerate(zip(sectors(before), sectors(wanted), after)):
        check(f"sector {number} holds what nobody checked, exit code {code}", now in (old, new, blank))
        check(f"exit code 0, and sector {number} is not what it should be", code != 0 or now == new)
    boot = BOOT // SECTOR
    if code == 9 and after != sectors(wanted):
        check("half of it is written, and it may boot", after[boot] == blank or
              after[boot] == sectors(before)[boot] == sectors(wanted)[boot])
    check(f"exit code {code}", code in (0, 6, 8, 9))
    return f"exit code {code}"


def prepare(attack):
    """A backup, and a device that differs from it in some sectors, the bootloader's among them."""
    flash = noise(attack.chance, SIZE)
    put(attack.path("flash.img"), flash)
    command = attack.chance.choice(["backup", "backup-partitions"])
    names = []
    if command == "backup-partitions":
        put(attack.path("table.csv"), "".join(f"p{i}, data, nvs, {i * 0x8000:#x}, 0x8000,\n"
                                              for i in range(2, 8)).encode())
        names = ["--partition-table", "table.csv", "bootloader", *(f"p{i}" for i in range(2, 8))]
    code, _, errors = attack.espbak("-p", PORT, command, "--name", "b", *names)
    check(f"no backup: {errors}", code == 0)
    other = bytearray(flash)
    for number in {BOOT // SECTOR, *(attack.chance.randrange(SIZE // SECTOR) for _ in range(12))}:
        other[number * SECTOR:(number + 1) * SECTOR] = noise(attack.chance, SECTOR)
    put(attack.path("flash.img"), bytes(other))
    return bytes(other), names


def files_of(attack):
    with open(attack.path("backups/b/manifest.json"), encoding="utf-8") as text:
        regions = json.load(text)["regions"]
    return regions, [attack.path("backups/b", region["file"]) for region in regions]


def restored(before, regions, attack):
    out = bytearray(before)
    for region in regions:
        at, size = region["offset"], region["size"]
        out[at:at + size] = get(attack.path("backups/b", region["file"]))
    return bytes(out)


def at_the_question(attack):
    before, _ = prepare(attack)
    regions, files = files_of(attack)
    wanted = restored(before, regions, attack)
    screen = Terminal(attack.folder, "-p", PORT, "restore", "--force", "backups/b")
    screen.wait_for("? [y/N]")
    attack.chance.choice(WAYS)(attack, attack.chance.choice(files))
    screen.type("yes\n")
    return judge(attack, before, wanted, screen.finish())


def in_the_middle(attack, arguments, files, before, wanted):
    begun = time.monotonic()
    program = attack.start("-p", SLOW, "-b", "921600", *arguments)
    time.sleep(attack.chance.uniform(0.1, 2.5))
    attack.chance.choice(WAYS)(attack, attack.chance.choice(files))
    code, _, _ = attack.wait(program, begun)
    return judge(attack, before, wanted, code)


def while_restoring(attack):
    before, _ = prepare(attack)
    regions, files = files_of(attack)
    return in_the_middle(attack, ["restore", "--yes", "--force", "backups/b"], files, before,
                         restored(before, regions, attack))


def while_writing(attack):
    before = noise(attack.chance, SIZE)
    wanted = noise(attack.chance, SIZE // 2) + before[SIZE // 2:]
    put(attack.path("flash.img"), before)
    put(attack.path("w.bin"), wanted[:SIZE // 2])
    begun = time.monotonic()
    verify = attack.chance.choice([[], ["--no-verify"]])
    program = attack.start("-p", SLOW, "-b", "921600", "write", "--force", *verify, "0", "w.bin")
    time.sleep(attack.chance.uniform(0.1, 2.5))
    attack.chance.choice([change_bytes, cut])(attack, attack.path("w.bin"))
    code, _, _ = attack.wait(program, begun)
    after = get(attack.path("flash.img"))
    written = after[SIZE // 2:] == before[SIZE // 2:] and all(
        now in (old, new, b"\xff" * SECTOR) for old, new, now in zip(sectors(before), sectors(wanted), sectors(after)))
    if code == 0 and after != wanted:  # the file had changed before it was opened
        check("something else was written", after[:SIZE // 2].startswith(get(attack.path("w.bin"))))
        return "exit code 0, changed before"
    check(f"something else was written, exit code {code}", written)
    check(f"exit code {code}", code in (0, 8, 9))
    return f"exit code {code}"


def attempt(attack):
    way = attack.chance.choice([at_the_question, at_the_question, while_restoring, while_writing])
    return f"{way.__name__}: {way(attack)}"


if __name__ == "__main__":
    repeat("toctou", attempt)
