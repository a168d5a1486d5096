# SPDX-License-Identifier: Apache-2.0
"""What is not known to be of this chip, and what a device would not start from, is not written."""
import json
import os
import tempfile
import unittest

import flash_image
from program import run

ROWS = [("nvs", 1, 0x02, 0x9000, 0x4000), ("factory", 0, 0x00, 0x10000, 0x20000)]
OWN, OTHER = "34:85:18:00:00:01", "34:85:18:00:00:02"


class Foreign(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.good = bytes(flash_image.flash(flash_image.M, ROWS, apps=[("factory", ("lamp", "1"))]))
        self.put("flash.img", self.good)

    def put(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as made:
            made.write(contents)

    def get(self, name):
        with open(os.path.join(self.folder, name), "rb") as made:
            return made.read()

    def espbak(self, *arguments, code=0, sim="esp32s3"):
        done = run("-q", "--json", "-p", f"sim:{sim},flash=flash.img,mac={OTHER}", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def refused(self, *arguments, words, sim="esp32s3"):
        told = self.espbak(*arguments, code=7, sim=sim)
        self.assertIn(words, told["error"]["message"])
        self.assertEqual(self.get("flash.img"), self.good)

    def bring(self, name, contents, *options):
        self.put(name + ".bin", contents)
        self.espbak(*options, "import", name + ".bin", "--name", name)

    def test_imports_of_which_the_chip_is_not_known(self):
        size = flash_image.M
        moved = self.good[0x8000:].ljust(size, b"\xff")
        noise = os.urandom(size)
        self.bring("moved", moved)
        self.bring("text", (b"no firmware at all\n" * (size // 8))[:size])
        self.bring("noise", noise)
        self.bring("cipher", noise, "-c", "esp32s3")
        self.refused("restore", "--yes", "backups/moved", words="no bootloader where one belongs")
        self.refused("restore", "--yes", "backups/text", words="no image")
        self.refused("restore", "--yes", "backups/noise", words="no image")
        self.refused("restore", "--yes", "backups/cipher", words="ciphertext")
        self.espbak("restore", "--yes", "--force", "backups/text")

    def test_a_part_of_such_an_import(self):
        """An application tells the chip, so that its neighbours can be taken."""
        self.bring("headless", b"\xff" * 0x8000 + self.good[0x8000:0x9000] + b"other" + self.good[0x9005:])
        self.espbak("restore", "--yes", "--only", "nvs", "backups/headless")
        self.assertEqual(self.get("flash.img")[0x9000:0x9005], b"other")

    def test_files_over_the_bootloader(self):
        c5 = b"\xff" * 0x2000 + flash_image.bootloader(23)
        for name, contents, words in (("c5", c5, "ESP32-C5"), ("text", b"text " * 2000, "no bootloader"),
                                      ("noise", os.urandom(0x10000), "no bootloader"),
                                      ("blank", b"\xff" * 0x1000, "no bootloader")):
            self.put(name, contents)
            self.refused("write", "0", name, words=words)
        self.espbak("write", "--force", "0", "text")

    def test_an_application_that_is_larger_than_its_slot(self):
        rows = [("nvs", 1, 0x02, 0x9000, 0x4000), ("app0", 0, 0x10, 0x10000, 0x10000), ("app1", 0, 0x11, 0x20000, 0x10000)]
        self.good = bytes(flash_image.flash(flash_image.M, rows, apps=[("app0", ("lamp", "1")), ("app1", ("lamp", "2"))]))
        self.put("flash.img", self.good)
        app = flash_image.app("large", "1")
        self.put("large", flash_image.image(9, (0x3C000020, flash_image.app_description("large", "1") + bytes(0x11000))))
        self.refused("write", "0x10000", "large", words="it would be written over app1")
        self.espbak("write", "--force", "0x10000", "large")
        # A slice of the flash may begin with an application.
        self.put("slice", app.ljust(0x10000, b"\xff") + app)
        self.espbak("write", "0x10000", "slice")

    def test_a_file_with_an_application_of_another_chip(self):
        merged = bytearray(self.good[:0x40000])
        app = flash_image.app("lamp", "1", 5)
        merged[0x10000:0x10000 + len(app)] = app
        self.put("merged", merged)
        self.refused("write", "0", "merged", words="factory at 0x10000 is an image for ESP32-C3")

    def test_applications_that_anti_rollback_does_not_let_start(self):
        rows = [("otadata", 1, 0x00, 0x9000, 0x2000), ("ota_0", 0, 0x10, 0x10000, 0x10000),
                ("ota_1", 0, 0x11, 0x20000, 0x10000)]
        slots = [("ota_0", ("lamp", "1", 9, 1)), ("ota_1", ("lamp", "2", 9, 2))]
        self.good = bytes(flash_image.flash(flash_image.M, rows, apps=slots))
        self.put("flash.img", self.good)
        self.put("app.bin", flash_image.app("lamp", "1", 9, 1))
        two, three = "esp32s3,secure-version=2", "esp32s3,secure-version=3"
        told = self.espbak("info", sim=two)
        self.assertEqual(told["security"]["secure_version"], 2)
        self.espbak("backup", "--name", "own", sim=two)
        with open(os.path.join(self.folder, "backups/own/manifest.json"), encoding="ascii") as manifest:
            self.assertEqual(json.load(manifest)["security"]["secure_version"], 2)
        self.espbak("restore", "--yes", "backups/own", sim=two)
        self.espbak("restore", "--yes", "--only", "ota_0", "backups/own", sim=two)
        self.refused("restore", "--yes", "backups/own", words="does not start it", sim=three)
        self.refused("restore", "--yes", "--only", "ota_1", "backups/own", words="the secure version 2", sim=three)
        self.refused("write", "0x10000", "app.bin", words="the secure version 1", sim=two)
        self.refused("restore", "--yes", "backups/own", words="raise that for ever")
        self.espbak("write", "0x10000", "app.bin", sim="esp32s3,secure-version=1")
        self.espbak("restore", "--yes", "--force", "backups/own", sim=three)

    def test_secure_boot_with_other_keys(self):
        ours = "esp32s3,secure-boot=2,boot-key=7"
        self.espbak("backup", "--name", "ours", sim=ours)
        self.assertEqual(self.espbak("info", sim=ours)["security"]["boot_key_0"], "07" + "00" * 31)
        self.refused("restore", "--yes", "backups/ours", words="does not take key 0",
                     sim="esp32s3,secure-boot=2,boot-key=8")
        self.espbak("restore", "--yes", "backups/ours", sim=ours)

    def holes(self, at):
        done = run("-q", "--json", "-p", f"sim:esp32s3,flash=flash.img,mac={OWN},fault=mute:{at:#x}", "backup",
                   "--name", "holes", "--allow-unreadable", folder=self.folder)
        self.assertEqual(json.loads(done.stdout)["state"], "holes", done.stderr)

    def test_a_bootloader_with_a_hole(self):
        self.holes(0x1000)
        self.put("flash.img", self.good)
        self.refused("restore", "--yes", "backups/holes", words="a part of the bootloader")
        self.refused("restore", "--yes", "--only", "bootloader", "backups/holes", words="a part of bootloader")
        self.espbak("restore", "--yes", "--only", "nvs", "backups/holes")
        self.espbak("restore", "--yes", "--force", "backups/holes")
        after = self.get("flash.img")
        self.assertEqual(after[:0x1000], b"\xff" * 0x1000)
        self.assertEqual(after[0x1000:], self.good[0x1000:])

    def test_an_application_with_a_hole(self):
        self.holes(0x11000)
        self.put("flash.img", self.good)
        self.refused("restore", "--yes", "backups/holes", words="a part of factory")


if __name__ == "__main__":
    unittest.main()
