# SPDX-License-Identifier: Apache-2.0
"""Factory data stays on the device it belongs to."""
import json
import os
import tempfile
import unittest

import flash_image
from program import run

ROWS = [("nvsfactory", 1, 0x02, 0x9000, 0x4000), ("nvs", 1, 0x02, 0xD000, 0x3000),
        ("otadata", 1, 0x00, 0x10000, 0x2000), ("ota_0", 0, 0x10, 0x20000, 0x20000)]
OWN, OTHER = "34:85:18:00:00:01", "34:85:18:00:00:02"


class Factory(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.saved = self.make(b"first")
        self.espbak(OWN, "backup", "--name", "b")

    def make(self, serial, rows=None):
        flash = flash_image.flash(flash_image.M, rows or ROWS, apps=[("ota_0", ("voice", "1"))])
        flash[0x9000:0x9100] = serial.ljust(0x100)
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash)
        return bytes(flash)

    def flash(self):
        with open(os.path.join(self.folder, "flash.img"), "rb") as made:
            return made.read()

    def espbak(self, mac, *arguments, code=0):
        done = run("-q", "--json", "-p", f"sim:esp32s3,flash=flash.img,mac={mac}", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_own_backup_brings_it_back(self):
        self.make(b"damaged")
        self.espbak(OWN, "restore", "--yes", "backups/b")
        self.assertEqual(self.flash(), self.saved)

    def test_another_backup_leaves_it_alone(self):
        other = bytearray(self.make(b"second"))
        done = self.espbak(OTHER, "restore", "--yes", "backups/b")
        self.assertIn("nvsfactory", done.stderr)
        self.assertTrue(json.loads(done.stdout)["verified"])
        self.assertEqual(self.flash(), self.saved[:0x9000] + other[0x9000:0xD000] + self.saved[0xD000:])

    def test_a_dump_leaves_it_alone(self):
        """Nobody knows whose it is."""
        self.espbak(OWN, "import", "backups/b/flash.bin", "--name", "dump")
        self.make(b"second")
        self.espbak(OTHER, "restore", "--yes", "backups/dump")
        self.assertEqual(self.flash()[0x9000:0x9006], b"second")

    def test_force_overwrites_it(self):
        self.make(b"second")
        self.espbak(OTHER, "restore", "--yes", "--force", "backups/b")
        self.assertEqual(self.flash(), self.saved)

    def test_a_layout_without_it_is_refused(self):
        self.make(b"second", [("nvs", 1, 0x02, 0x20000, 0x4000), ("nvsfactory", 1, 0x02, 0x9000, 0x5000)])
        before = self.flash()
        done = self.espbak(OTHER, "restore", "--yes", "backups/b", code=7)
        self.assertIn("nvsfactory", json.loads(done.stdout)["error"]["message"])
        self.assertEqual(self.flash(), before)

    def test_an_empty_device_takes_all(self):
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(b"\xff" * flash_image.M)
        self.espbak(OTHER, "restore", "--yes", "backups/b")
        self.assertEqual(self.flash(), self.saved)

    def test_a_lost_table_does_not_lose_it(self):
        """As an interrupted restore leaves it."""
        flash = bytearray(self.make(b"second"))
        flash[0:0x9000] = b"\xff" * 0x9000
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash)
        self.espbak(OTHER, "restore", "--yes", "backups/b")
        self.assertEqual(self.flash()[0x9000:0x9006], b"second")
        self.assertEqual(self.flash()[:0x9000], self.saved[:0x9000])


if __name__ == "__main__":
    unittest.main()
