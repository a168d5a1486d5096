# SPDX-License-Identifier: Apache-2.0
"""Contents that were made to have the MD5 of others: backup after a backup, of another unit, --resume, verify, restore.

usage: collisions.py [COUNT [SEED]]

Two blocks of 128 bytes have the same MD5, and so has everything that begins with them. They stand where ranges may begin
that a chip is asked to hash: at the beginning of the flash, of partitions, of sectors and larger blocks, alone or with
honest differences beside them. Neither may ever be taken for the other.
"""
import hashlib
import json

from attack import SECTOR, noise, repeat
from checks import check, get, put

SIZE = 1024 * 1024
# X. Wang, D. Feng, X. Lai, H. Yu: Collisions for Hash Functions MD4, MD5, HAVAL-128 and RIPEMD (2004).
ONE = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a"
    "085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70")
OTHER = bytes(byte ^ 0x80 if at in (19, 45, 59, 83, 109, 123) else byte for at, byte in enumerate(ONE))
STEPS = [SECTOR, 64 * 1024, 251 * SECTOR, SIZE]
PARTS = [(0x10000, 0x40000), (0x60000, 0x20000), (0x9000, 0x1000)]


def places(chance):
    """Where they stand, one or a few of them."""
    step = chance.choice(STEPS)
    found = {chance.randrange(0, SIZE, step) for _ in range(chance.choice([1, 1, 3]))}
    return sorted(found | ({0} if chance.random() < 0.3 else set()))


def with_blocks(contents, where, block):
    out = bytearray(contents)
    for at in where:
        out[at:at + len(block)] = block
    return out


def prepare(attack):
    """A backup of a device, which then holds the other blocks, and perhaps something else that differs."""
    where = places(attack.chance)
    honest = noise(attack.chance, SIZE)
    before, after = with_blocks(honest, where, ONE), with_blocks(honest, where, OTHER)
    for _ in range(attack.chance.choice([0, 0, 1, 4])):
        at = (attack.chance.choice(where) + attack.chance.choice([300, SECTOR, 5 * SECTOR])) % SIZE
        if all(at + 1 <= place or at >= place + len(ONE) for place in where):
            after[at] ^= 0x55
    put(attack.path("flash.img"), bytes(before))
    return bytes(before), bytes(after)


def setup(attack):
    chip, loader = attack.chance.choice([("esp32", "own"), ("esp32s3", "own"), ("esp32s3", "rom"), ("esp32", "rom"),
                                         ("esp32c6", "own")])
    return ["-p", f"sim:{chip},flash=flash.img", "--loader", loader], f"{chip} {loader}"


def back_up(attack, port, *more):
    code, _, errors = attack.espbak(*port, "backup", "--name", *more)
    check(f"no backup: {code} {errors}", code == 0)
    return get(attack.path("backups", more[0], "flash.bin"))


def verify(attack, port):
    _, after = prepare(attack)
    back_up(attack, port, "b")
    put(attack.path("flash.img"), after)
    return attack.espbak(*port, "verify", "backups/b")[0] == 6


def back_up_again(attack, port):
    _, after = prepare(attack)
    back_up(attack, port, "b")
    put(attack.path("flash.img"), after)
    code, _, errors = attack.espbak(*port, "backup", "--name", "c")
    check(f"exit code {code}: {errors}", code == 0)
    return get(attack.path("backups/c/flash.bin")) == after


def back_up_another_unit(attack, port):
    """Of which most is known from the first one, perhaps elsewhere."""
    _, after = prepare(attack)
    back_up(attack, port, "b")
    by = attack.chance.choice([0, SECTOR, 0x10000, SIZE // 2])
    after = after[by:] + after[:by]
    put(attack.path("flash.img"), after)
    code, told, errors = attack.espbak("--json", port[0], port[1] + ",mac=34:85:18:00:00:99", *port[2:], "backup",
                                       "--name", "c")
    check(f"exit code {code}: {errors}", code == 0)
    check("nothing was known", json.loads(told)["saved"]["known_bytes"] > SIZE // 2)
    return get(attack.path("backups/c/flash.bin")) == after


def resume(attack, port):
    _, after = prepare(attack)
    stopped = [port[0], f"{port[1]},fault=mute:{attack.chance.randrange(SIZE // 2, SIZE):#x}", *port[2:]]
    code, _, errors = attack.espbak(*stopped, "backup", "--name", "b")
    check(f"no unfinished backup: {code} {errors}", code == 5)
    put(attack.path("flash.img"), after)
    return back_up(attack, port, "b", "--resume") == after


def restore(attack, port):
    before, after = prepare(attack)
    back_up(attack, port, "b")
    put(attack.path("flash.img"), after)
    code, _, errors = attack.espbak(*port, "restore", "--yes", "--force", "backups/b")
    check(f"not restored: {code} {errors}", code == 0)
    return get(attack.path("flash.img")) == before


def write_part(attack, port):
    at, size = attack.chance.choice(PARTS)
    honest = noise(attack.chance, size)
    put(attack.path("flash.img"), noise(attack.chance, at) + OTHER + honest[len(OTHER):] +
        noise(attack.chance, SIZE - at - size))
    put(attack.path("w.bin"), ONE + honest[len(ONE):])
    code, _, errors = attack.espbak(*port, "write", "--force", hex(at), "w.bin")
    check(f"not written: {code} {errors}", code == 0)
    return get(attack.path("flash.img"))[at:at + size] == get(attack.path("w.bin"))


def attempt(attack):
    port, name = setup(attack)
    way = attack.chance.choice([verify, verify, back_up_again, back_up_another_unit, resume, restore, restore, write_part])
    check(f"{way.__name__} by {name} took one for the other", way(attack, port))
    return way.__name__


if __name__ == "__main__":
    assert ONE != OTHER and hashlib.md5(ONE).digest() == hashlib.md5(OTHER).digest()
    repeat("collisions", attempt)
