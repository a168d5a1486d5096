# SPDX-License-Identifier: Apache-2.0
"""A published firmware, where its pieces stand beside the checkout (shared/data); its README says what is in it."""
import json
import os
import tempfile
import unittest

from program import run

DATA = os.path.join(os.path.dirname(os.environ["ESPBAK_TEST_MANUAL"]), "..", "..", "shared", "data", "esp32-arduino-4mb")
PIECES = (("bootloader.bin", 0x1000), ("partitions.bin", 0x8000), ("boot_app0.bin", 0xE000), ("app.bin", 0x10000))


@unittest.skipUnless(os.path.isdir(DATA), "shared/data is not here")
class RealFirmware(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        flash = bytearray(b"\xff" * 4 * 1024 * 1024)
        for name, offset in PIECES:
            with open(os.path.join(DATA, name), "rb") as piece:
                contents = piece.read()
            flash[offset:offset + len(contents)] = contents
        self.flash = bytes(flash)
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash)

    def espbak(self, *arguments):
        done = run("-q", "--json", "-p", "sim:esp32,flash=flash.img", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def check(self, found):
        table = found["partition_table"]
        self.assertTrue(table["md5_ok"])
        self.assertEqual([e["name"] for e in table["entries"]], ["nvs", "otadata", "app0", "app1", "spiffs"])
        app = next(a for a in found["apps"] if a["active"])
        self.assertEqual((app["slot"], app["project"], app["version"]),
                         ("app0", "arduino-lib-builder", "heads/idf-master-0-g6e47e18a"))
        self.assertEqual((app["idf"], app["compiled"]), ("v4.4-dev-2313-gc69f0ec32", "Jul 25 2021 12:14:31"))

    def test_device_backup_and_dump_say_the_same(self):
        self.check(self.espbak("info"))
        self.espbak("backup", "--name", "b")
        for what in ("backups/b", "flash.img"):
            found = self.espbak("inspect", what)
            self.check(found)
            self.assertEqual(found["boot"]["verdict"], "yes")
        listed = self.espbak("list")["backups"][0]
        self.assertEqual((listed["project"], listed["version"]), ("arduino-lib-builder", "heads/idf-master-0-g6e47e18a"))
        self.assertTrue(self.espbak("rehearse", "backups/b")["verified"])

    def test_parts_come_back(self):
        saved = self.espbak("backup-partitions", "--critical", "--name", "c")
        self.assertEqual([r["name"] for r in saved["regions"]],
                         ["bootloader", "partition-table", "nvs", "otadata", "app0"])
        self.assertEqual(saved["boot"]["verdict"], "yes")
        with open(os.path.join(self.folder, "flash.img"), "r+b") as flash:
            flash.seek(0x10000)
            flash.write(bytes(0x10000))
        self.espbak("restore", "--yes", "--only", "app", "backups/c")
        with open(os.path.join(self.folder, "flash.img"), "rb") as flash:
            self.assertEqual(flash.read(), self.flash)


if __name__ == "__main__":
    unittest.main()
