# SPDX-License-Identifier: Apache-2.0
"""The same bytes get the same answer: as a file, packed, as a backup, restored into a simulated chip, on a device."""
import gzip
import json
import os
import tempfile
import unittest

import flash_image
from program import run

SIZE = 0x100000
ROWS = [("nvs", 1, 2, 0x9000, 0x4000), ("otadata", 1, 0, 0xD000, 0x2000), ("ota_0", 0, 0x10, 0x10000, 0x40000),
        ("ota_1", 0, 0x11, 0x50000, 0x40000)]


def flash(seq=1, rows=ROWS, size=SIZE, changes=()):
    """Bootloader, table, otadata and two applications; then bytes that are put elsewhere."""
    out = bytearray(b"\xff" * SIZE)
    parts = [(0, flash_image.bootloader()), (0x8000, flash_image.table(rows)), (0xD000, flash_image.otadata(seq)),
             (0x10000, flash_image.app("demo", "1.0")), (0x50000, flash_image.app("demo", "1.1")), *changes]
    for at, what in parts:
        out[at:at + len(what)] = what
    return bytes(out[:size])


TABLE = bytes(flash_image.table(ROWS))

CORPUS = {
    "a table elsewhere": flash(changes=[(0x8000, b"\xff" * 0x1000), (0x70000, TABLE)]),
    "two tables": flash(changes=[(0x70000, TABLE)]),
    "no otadata": flash(changes=[(0xD000, b"\xff" * 0x2000)]),
    "otadata with wrong CRCs": flash(changes=[(0xD000 + 28, b"crc!"), (0xE000 + 28, b"crc!")]),
    "a slot without bytes": flash(seq=2, rows=[*ROWS[:3], ("ota_1", 0, 0x11, 0x50000, 0)]),
    "a wrapping row": flash(rows=[*ROWS, ("far", 1, 0x81, 0x90000, 0xFFFFF000)]),
    "no application's row": flash(rows=ROWS[:2]),
    "a newer chip's application": flash(changes=[(0x10000 + 15, b"\xe7\x03")]),
    "a bootloader of another mode": flash(changes=[(2, b"\xff")]),
    "noise": bytes(range(256)) * (SIZE // 256),
    "erased": b"\xff" * SIZE,
    "sound": flash(),
    "the other slot": flash(seq=2),
    "a slot whose checksum is wrong": flash(seq=2, changes=[(0x51000, b"x")]),
    "an application without code in the cache": flash(changes=[(0x10000, flash_image.image(
        9, (0x3C000020, flash_image.app_description("demo", "1.0")), (0x40380000, bytes(64))))]),
    "both slots damaged": flash(changes=[(0x11000, b"x"), (0x51000, b"x")]),
    "no application": flash(changes=[(0x10000, b"\xff" * 0x10000), (0x50000, b"\xff" * 0x10000)]),
    "a table with a wrong MD5": flash(changes=[(0x8000 + 12, b"m")]),
    "no table": flash(changes=[(0x8000, b"\xff" * 0x1000)]),
    "no bootloader": flash(changes=[(0, b"\xff" * 0x8000)]),
    "a damaged bootloader": flash(changes=[(0x50, b"xxxx")]),
    "another chip's application": flash(changes=[(0x10000 + 12, b"\x05")]),
    "a partition beyond the header's flash": flash(rows=[*ROWS[:3], ("ota_1", 0, 0x11, 0x50000, 0x2000000)]),
    "an application in the bootloader's place": flash(changes=[(0, flash_image.app("demo", "1.0"))]),
    "a merged image": flash(size=0x20000),
    "a merged image of an odd size": flash(size=0x20123),
    "a merged image of the other slot": flash(seq=2, size=0x60000),
    "a merged image without its slot": flash(seq=2, size=0x20000),
}


def answer(result):
    found = json.loads(result.stdout)
    boot = found["boot"]
    active = [app["slot"] for app in found["apps"] if app["active"]] if "apps" in found else []
    return boot["verdict"], boot.get("condition"), boot["reason"], active


class Agreement(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(self.holder.cleanup)
        self.folder = self.holder.name

    def ask(self, *arguments):
        return run("-q", "--json", "-c", "esp32s3", *arguments, folder=self.folder)

    def store(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(contents)

    def test_everybody_says_the_same(self):
        for number, (name, contents) in enumerate(CORPUS.items()):
            with self.subTest(name):
                backup = f"b/{number}"
                self.store("flash.bin", contents)
                self.store("flash.bin.gz", gzip.compress(contents))
                plain = answer(self.ask("inspect", "flash.bin"))
                self.assertEqual(answer(self.ask("inspect", "flash.bin.gz")), plain)
                self.assertEqual(answer(self.ask("import", "flash.bin", "-o", "b", "--name", f"{number}"))[:3], plain[:3])
                self.assertEqual(answer(self.ask("inspect", backup)), plain)
                rehearsed = json.loads(self.ask("rehearse", backup).stdout)["boot"]
                self.assertEqual((rehearsed["verdict"], rehearsed["reason"]), (plain[0], plain[2]))

    def test_a_device_names_the_slot_that_starts(self):
        """info reads headers only: where these tell, it agrees with inspect."""
        for name in ("sound", "the other slot", "no application", "another chip's application", "no bootloader"):
            with self.subTest(name):
                self.store("flash.bin", CORPUS[name])
                plain = json.loads(self.ask("inspect", "flash.bin").stdout)
                told = json.loads(self.ask("-p", f"sim:esp32s3,flash=flash.bin,size={SIZE}", "info").stdout)
                self.assertEqual([(app["slot"], app["active"]) for app in told["apps"]],
                                 [(app["slot"], app["active"]) for app in plain["apps"]])
                # What was not checked is not said to boot.
                self.assertIn(told["boot"]["verdict"], {"unknown", plain["boot"]["verdict"]} - {"yes"})


if __name__ == "__main__":
    unittest.main()
