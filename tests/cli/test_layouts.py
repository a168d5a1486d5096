# SPDX-License-Identifier: Apache-2.0
"""Backups of partitions by name, on the layouts of the firmware guide."""
import json
import os
import tempfile
import unittest

import flash_image
from program import needs_stub, run


class Partitions(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name

    def make(self, name, *arguments, **more):
        with open(os.path.join(self.folder, name), "wb") as made:
            made.write(flash_image.flash(*arguments, **more))
        return f"sim:esp32s3,flash={name}"

    def espbak(self, *arguments, code=0):
        done = run(*arguments, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def json(self, *arguments, code=0):
        return json.loads(self.espbak("--json", "-q", *arguments, code=code).stdout)

    def test_info_tells_the_tables_of_the_guide(self):
        for size, rows in ((16, flash_image.GUIDE_16M), (32, flash_image.WATCHER_32M), (16, flash_image.AIPI_16M)):
            port = self.make("flash.img", size * flash_image.M, rows, apps=[("ota_0", ("voice", "2.0.1"))])
            found = self.json("-p", port, "info")
            told = [(e["name"], e["offset"], e["size"]) for e in found["partition_table"]["entries"]]
            self.assertEqual(told, [(label, at, length) for label, _, _, at, length in rows])
            self.assertTrue(found["partition_table"]["md5_ok"])
            active = [a for a in found["apps"] if a["active"]]
            self.assertEqual([(a["slot"], a["project"], a["version"]) for a in active], [("ota_0", "voice", "2.0.1")])

    def test_critical_moves_little(self):
        """Not more than the parts, the table and a few headers, once."""
        needs_stub()
        port = self.make("flash.img", 16 * flash_image.M, flash_image.GUIDE_16M, apps=[("ota_0", ("voice", "2.0.1"))])
        saved = self.json("-p", port, "backup-partitions", "--critical", "--name", "c")
        self.assertEqual([r["name"] for r in saved["regions"]],
                         ["bootloader", "partition-table", "nvs", "otadata", "ota_0"])
        self.assertEqual(saved["boot"]["verdict"], "yes", saved["boot"]["reason"])
        self.assertEqual(saved["link"]["bytes"], saved["size"])
        # SLIP adds up to 2 % on this contents, the stub itself is about 16 KiB.
        self.assertLess(saved["link"]["bytes_on_wire"], saved["size"] * 1.02 + 64 * flash_image.K)

    def test_parts_hold_what_the_flash_holds(self):
        port = self.make("flash.img", 16 * flash_image.M, flash_image.GUIDE_16M, seq=2,
                         apps=[("ota_0", ("old", "1")), ("ota_1", ("new", "2"))])
        saved = self.json("-p", port, "backup-partitions", "nvs", "app", "--name", "some")
        self.assertEqual([r["name"] for r in saved["regions"]], ["nvs", "ota_1"])
        with open(os.path.join(self.folder, "flash.img"), "rb") as whole:
            flash = whole.read()
        for region in saved["regions"]:
            with open(os.path.join(self.folder, saved["path"], region["file"]), "rb") as part:
                self.assertEqual(part.read(), flash[region["offset"]:region["offset"] + region["size"]])
        with open(os.path.join(self.folder, saved["path"], "manifest.json"), encoding="utf-8") as text:
            manifest = json.load(text)
        self.assertEqual([(a["slot"], a["active"], a["project"]) for a in manifest["apps"]],
                         [("ota_0", False, "old"), ("ota_1", True, "new")])
        self.assertEqual(manifest["ota"], {"active_slot": "ota_1", "seq": 2, "state": "valid"})

    def test_labels_stay_in_the_folder(self):
        rows = [("../../etc", 1, 0x40, 0x9000, 0x1000), ("a/b", 1, 0x40, 0xA000, 0x1000), ("CON", 1, 0x40, 0xB000, 0x1000),
                ("a_b", 1, 0x40, 0xC000, 0x1000), ("-x", 1, 0x40, 0xD000, 0x1000), ("", 1, 0x40, 0xE000, 0x1000),
                ("\x1b[2J\xff", 1, 0x40, 0xF000, 0x1000), ("manifest.json", 1, 0x40, 0x10000, 0x1000)]
        port = self.make("flash.img", flash_image.M, rows)
        saved = self.json("-p", port, "backup-partitions", "type=data", "--name", "odd")
        self.assertEqual(len(saved["regions"]), len(rows))
        kept = os.listdir(os.path.join(self.folder, saved["path"]))
        self.assertEqual(len(kept), len(rows) + 2)
        self.assertEqual(sorted(os.listdir(self.folder)), ["backups", "flash.img"])
        self.espbak("verify", "--offline", saved["path"])

    def test_table_elsewhere(self):
        image = flash_image.flash(flash_image.M, [("storage", 1, 0x81, 0x40000, 0x10000)])
        image[0x10000:0x11000], image[0x8000:0x9000] = image[0x8000:0x9000], b"\xff" * 0x1000
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(image)
        with open(os.path.join(self.folder, "sdkconfig"), "w", encoding="utf-8") as made:
            made.write("# a comment\nCONFIG_PARTITION_TABLE_OFFSET=0x10000\n")
        for more in ([], ["--table-offset", "0x10000"], ["--partition-table", "sdkconfig"]):
            found = self.json("-p", "sim:esp32s3,flash=flash.img", "info", *more)
            self.assertEqual(found["partition_table"]["offset"], 0x10000)
            self.assertEqual(found["partition_table"]["entries"][0]["name"], "storage")


if __name__ == "__main__":
    unittest.main()
