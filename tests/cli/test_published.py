# SPDX-License-Identifier: Apache-2.0
"""Flashes with the memory layout of published firmware: what was built for a chip is judged to start on it."""
import json
import os
import tempfile
import unittest

import flash_image
from flash_image import APP, DATA, K, M
from program import run

# Where bootloaders and applications have their parts, and the sizes of those parts.
ARDUINO_V4_4 = ((0x3FFF0030, 0x44C), (0x40078000, 0x3014), (0x40080400, 0xC04))
ARDUINO_APP = ((0x3FFBDB60, 0x4980), (0x40080000, 0xA130), (0x400D0020, 0x9BC), (0x4008A130, 0x11A74), (0x50000200, 0x10))
PUBLISHED = (
    ("esp32", 0, 0x1000, 0x3F400020, ARDUINO_V4_4, ARDUINO_APP),
    ("esp32", 0, 0x1000, 0x3F400020,
     ((0x3FFF0030, 0x5A8), (0x40078000, 0x39FC), (0x40080400, 0x4), (0x40080404, 0xD1C)), ARDUINO_APP),
    ("esp32c3", 5, 0, 0x3C000020, ((0x3FCD5820, 0x3AC), (0x403CC710, 0x6C4), (0x403CE710, 0x2788)),
     ((0x3FC8C000, 0x2A00), (0x40380000, 0xBC00), (0x42000020, 0x1000), (0x50000200, 0x10))),
    ("esp32s3", 9, 0, 0x3C000020,
     ((0x3FCE3818, 0x508), (0x403C9700, 0x4), (0x403C9704, 0xAD0), (0x403CC700, 0x29E4)),
     ((0x3FC92000, 0x3800), (0x40374000, 0xE000), (0x42000020, 0x1000), (0x600FE000, 0x20))),
)
TABLE = (("nvs", DATA, 0x02, 0x9000, 20 * K), ("otadata", DATA, 0x00, 0xE000, 8 * K), ("app0", APP, 0x10, 0x10000, 1920 * K),
         ("app1", APP, 0x11, 0x1F0000, 1920 * K), ("spiffs", DATA, 0x82, 0x3D0000, 192 * K))


def is_mapped(address):
    return address in (0x400D0020, 0x42000020)


def application(chip_id, cache, parts):
    """Mapped segments have to begin 0x20 behind a page; the first one is as long as that takes."""
    data = flash_image.app_description("blink", "heads/main-0-g6e47e18a", "v4.4-dev-2313-gc69f0ec32")
    behind = 24 + 8
    for address, size in parts:
        if is_mapped(address):
            break
        behind += 8 + size
    data = data.ljust((0x18 - behind) % 0x10000 or 0x10000, b"d")
    return flash_image.image(chip_id, (cache, data), *((a, b"c" * size) for a, size in parts))


class Published(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name

    def make(self, chip_id, place, cache, loader, parts):
        flash = bytearray(b"\xff" * 4 * M)
        for at, contents in (
                (place, flash_image.image(chip_id, *((a, b"b" * size) for a, size in loader))),
                (0x8000, flash_image.table(TABLE)), (0xE000, flash_image.otadata(1)),
                (0x10000, application(chip_id, cache, parts))):
            flash[at:at + len(contents)] = contents
        with open(os.path.join(self.folder, "flash.img"), "wb") as image:
            image.write(flash)
        return bytes(flash)

    def espbak(self, chip, *arguments):
        done = run("-q", "--json", "-p", f"sim:{chip},flash=flash.img", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def check(self, found):
        table = found["partition_table"]
        self.assertTrue(table["md5_ok"])
        self.assertEqual([e["name"] for e in table["entries"]], [row[0] for row in TABLE])
        app = next(a for a in found["apps"] if a["active"])
        self.assertEqual((app["slot"], app["project"], app["version"]), ("app0", "blink", "heads/main-0-g6e47e18a"))
        self.assertEqual((app["idf"], app["compiled"]), ("v4.4-dev-2313-gc69f0ec32", "Jan  1 2026 12:00:00"))

    def test_each_is_said_to_start(self):
        for chip, *layout in PUBLISHED:
            with self.subTest(chip=chip, loader=layout[3]):
                self.make(*layout)
                found = self.espbak(chip, "inspect", "flash.img")
                self.assertEqual(found["boot"]["verdict"], "yes", found["boot"])

    def test_device_backup_and_dump_say_the_same(self):
        self.make(*PUBLISHED[0][1:])
        self.check(self.espbak("esp32", "info"))
        self.espbak("esp32", "backup", "--name", "b")
        for what in ("backups/b", "flash.img"):
            found = self.espbak("esp32", "inspect", what)
            self.check(found)
            self.assertEqual(found["boot"]["verdict"], "yes")
        listed = self.espbak("esp32", "list")["backups"][0]
        self.assertEqual((listed["project"], listed["version"]), ("blink", "heads/main-0-g6e47e18a"))
        self.assertTrue(self.espbak("esp32", "rehearse", "backups/b")["verified"])

    def test_parts_come_back(self):
        flash = self.make(*PUBLISHED[0][1:])
        saved = self.espbak("esp32", "backup-partitions", "--critical", "--name", "c")
        self.assertEqual([r["name"] for r in saved["regions"]],
                         ["bootloader", "partition-table", "nvs", "otadata", "app0"])
        self.assertEqual(saved["boot"]["verdict"], "yes")
        with open(os.path.join(self.folder, "flash.img"), "r+b") as image:
            image.seek(0x10000)
            image.write(bytes(0x10000))
        self.espbak("esp32", "restore", "--yes", "--only", "app", "backups/c")
        with open(os.path.join(self.folder, "flash.img"), "rb") as image:
            self.assertEqual(image.read(), flash)


if __name__ == "__main__":
    unittest.main()
