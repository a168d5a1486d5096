# SPDX-License-Identifier: Apache-2.0
"""Folders that change under a backup: links, second names, other files and folders where it writes.

usage: folders.py [COUNT [SEED]]

Somebody swaps what stands under the names of an unfinished backup, before it is gone on with or while it is made. What is
sealed may never be wrong, and nothing outside of it may change: neither a sealed backup nor files elsewhere.
"""
import hashlib
import os
import shutil
import time

from attack import noise, repeat
from checks import check, get, put

SIZE = 256 * 1024
PORT = "sim:esp32,flash=flash.img"
SLOW = PORT + ",time=real,baud=real,flash-time=default"
PAPERS = ["journal.json", "manifest.json", "SHA256SUMS"]


def tree(folder):
    """Every file with its contents."""
    return {os.path.join(at, name): hashlib.sha256(get(os.path.join(at, name))).digest()
            for at, _, names in os.walk(folder) for name in names}


def away(attack, path):
    """Whatever stands there stands elsewhere afterwards."""
    if os.path.lexists(path):
        os.rename(path, attack.path("moved", str(len(os.listdir(attack.path("moved"))))))


def replace_data(attack, partial):
    path = os.path.join(partial, "flash.bin")
    away(attack, path)
    put(path, noise(attack.chance, attack.chance.choice([SIZE, SIZE, 4096, 5])))


def link_data(attack, partial):
    """A second name for the file, or the sealed backup's file under its name."""
    path = os.path.join(partial, "flash.bin")
    if attack.chance.random() < 0.5:
        os.link(path, attack.path("moved", "second"))
        return
    away(attack, path)
    attack.chance.choice([os.link, os.symlink])(attack.path("backups/old/flash.bin"), path)


def link_paper(attack, partial):
    path = os.path.join(partial, attack.chance.choice(PAPERS))
    away(attack, path)
    attack.chance.choice([os.link, os.symlink])(attack.path("precious/file"), path)


def spoil_journal(attack, partial):
    path = os.path.join(partial, "journal.json")
    away(attack, path)
    put(path, attack.chance.choice([b"", b"{}", noise(attack.chance, 99)]))


def folder_in_place_of_a_file(attack, partial):
    path = os.path.join(partial, attack.chance.choice(PAPERS + ["flash.bin"]))
    away(attack, path)
    os.mkdir(path)


def replace_folder(attack, partial):
    away(attack, partial)
    os.mkdir(partial)


def link_folder(attack, partial):
    away(attack, partial)
    os.symlink(attack.path(attack.chance.choice(["backups/old", "precious"])), partial)


def copy_folder(attack, partial):
    """Another folder that looks the same."""
    away(attack, partial)
    shutil.copytree(attack.path("backups/old"), partial)


def take_the_name(attack, partial):
    os.mkdir(partial[:-len(".partial")])


WAYS = [replace_data, link_data, link_data, link_paper, spoil_journal, folder_in_place_of_a_file, replace_folder,
        link_folder, copy_folder, take_the_name]


def prepare(attack):
    for name in ("precious", "moved"):
        os.mkdir(attack.path(name))
    put(attack.path("precious/file"), noise(attack.chance, 5000))
    put(attack.path("flash.img"), noise(attack.chance, SIZE))
    code, _, errors = attack.espbak("-p", PORT, "backup", "--name", "old")
    check(f"no backup: {errors}", code == 0)
    put(attack.path("flash.img"), noise(attack.chance, SIZE))
    return tree(attack.path("backups/old")), tree(attack.path("precious"))


def judge(attack, before, way, code, errors):
    check("files elsewhere have changed", (tree(attack.path("backups/old")), tree(attack.path("precious"))) == before)
    check(f"exit code {code}: {errors}", code in (0, 6, 8))
    check("no word of why", code == 0 or errors)
    made = attack.path("backups/b")
    if code == 0:
        check("a link in what was sealed", not any(entry.is_symlink() for entry in os.scandir(made)))
        check("what was sealed is not what the flash holds", get(os.path.join(made, "flash.bin")) ==
              get(attack.path("flash.img")))
        check("a sealed backup that does not verify", attack.espbak("verify", "--offline", "backups/b")[0] == 0)
        check("its file has another name", os.stat(os.path.join(made, "flash.bin")).st_nlink == 1)
    elif os.path.exists(os.path.join(made, "manifest.json")):
        check("sealed, with another exit code", False)
    return f"{way.__name__}: exit code {code}"


def before_it_goes_on(attack):
    before = prepare(attack)
    partial = attack.path("backups/b.partial")
    code, _, errors = attack.espbak("-p", f"{PORT},fault=mute:{attack.chance.randrange(SIZE):#x}", "backup", "--name",
                                    "b")
    check(f"no unfinished backup: {code} {errors}", code == 5)
    way = attack.chance.choice(WAYS)
    way(attack, partial)
    code, _, errors = attack.espbak("-p", PORT, "backup", "--name", "b", "--resume")
    return judge(attack, before, way, code, errors)


def while_it_is_made(attack):
    before = prepare(attack)
    partial = attack.path("backups/b.partial")
    begun = time.monotonic()
    program = attack.start("-p", SLOW, "-b", "921600", "backup", "--name", "b")
    while not os.path.exists(os.path.join(partial, "flash.bin")) and program.poll() is None:
        time.sleep(0.01)
    time.sleep(attack.chance.uniform(0, 2.5))
    way = attack.chance.choice(WAYS)
    try:
        way(attack, partial)
    except OSError:  # it was sealed already
        pass
    code, _, errors = attack.wait(program, begun)
    return judge(attack, before, way, code, errors)


def attempt(attack):
    return attack.chance.choice([before_it_goes_on, while_it_is_made])(attack)


if __name__ == "__main__":
    repeat("folders", attempt)
