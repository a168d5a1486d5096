# SPDX-License-Identifier: Apache-2.0
"""LittleFS: what is listed is what was written, and damage costs no more than itself."""
import json
import os
import unittest

import images
from volumes import Volumes


class LittleFS(Volumes):
    def told(self):
        with open(os.path.join(self.folder, "image.bin"), "rb") as image:
            return self.listed(image.read())

    def check(self, rows, block, blocks, version):
        self.make(rows, block, blocks, version)
        volume = self.told()
        self.check_contents(volume, rows.files)
        self.assertEqual(volume["findings"], [])
        return volume

    def make(self, rows, block, blocks, version=0x00020001):
        rows.make(os.path.join(self.folder, "image.bin"), "littlefs", block, blocks, version)

    def change(self, at, data):
        with open(os.path.join(self.folder, "image.bin"), "r+b") as image:
            image.seek(at)
            image.write(data)

    def test_one_that_no_table_has(self):
        rows = images.random_rows(3)
        self.make(rows, 4096, 64)
        with open(os.path.join(self.folder, "image.bin"), "r+b") as image:
            contents = image.read()
            image.seek(0)
            image.write(b"no file system. " * 0x1200 + contents + b"nor this" * 0x600)
        for more in ("--offset", "0x12000"), ("--offset", "72K", "--size", hex(len(contents))):
            volume, = json.loads(self.espbak("--json", "files", "image.bin", *more).stdout)["volumes"]
            self.assertEqual((volume["name"], volume["offset"]), ("0x12000", 0x12000))
            self.assertEqual({f["path"] for f in volume["files"]}, set(rows.files))
        path, contents = next((path, data) for path, data in rows.files.items() if data)
        self.espbak("extract", "image.bin", ":" + path, "one", "--offset", "0x12000")
        with open(os.path.join(self.folder, "one"), "rb") as one:
            self.assertEqual(one.read(), contents)
        for more, word in ((("--offset", "0x1000", "--size", "64K"), "neither"), (("--offset", "16M"), "leaves"),
                           (("--size", "1"), "missing"), (("storage", "--offset", "0"), "does too")):
            self.assertIn(word, self.espbak("files", "image.bin", *more, code=8 if word == "neither" else 2).stderr)

    def test_any_block_size_and_both_versions(self):
        for seed, (block, blocks, version) in enumerate([(4096, 32, 0x20001), (4096, 32, 0x20000), (512, 300, 0x20001),
                                                         (128, 1500, 0x20001), (8192, 16, 0x20000), (65536, 16, 0x20001)]):
            rows = images.random_rows(seed)
            found = self.check(rows, block, blocks, version)
            self.assertEqual((found["block_size"], found["file_system"]), (block, "LittleFS"))
            self.assertIn(f"LittleFS 2.{version & 1}, {blocks} blocks", found["about"])

    def test_dates(self):
        rows = images.Rows()
        rows.file("/new", 5, 1, 1700000000)
        rows.file("/old", 5, 1)
        self.make(rows, 4096, 8)
        found = self.told()
        self.assertEqual([f.get("modified") for f in found["files"]], ["2023-11-14T22:13:20Z", None])

    def test_either_superblock_will_do(self):
        for version in (0x20000, 0x20001):
            rows = images.random_rows(1)
            for damaged in (0, 4096):
                self.make(rows, 4096, 64, version)
                self.change(damaged, b"\0" * 4096)
                volume = self.told()
                self.assertLessEqual({f["path"] for f in volume["files"]}, set(rows.files))

    def test_a_damaged_folder_costs_what_is_in_it(self):
        rows = images.Rows()
        rows.folder("/good")
        rows.file("/good/kept", 3000, 1)
        rows.folder("/bad")
        rows.file("/bad/lost", 3000, 1)
        self.make(rows, 4096, 32)
        with open(os.path.join(self.folder, "image.bin"), "rb") as image:
            whole = image.read()
        for block in range(2, 32):
            if b"lost" in whole[block * 4096:block * 4096 + 4096] and b"good" not in whole[block * 4096:block * 4096 + 4096]:
                self.change(block * 4096, b"\0" * 4096)
        volume = self.told()
        self.assertEqual([f["path"] for f in volume["files"]], ["/bad", "/good", "/good/kept"])
        self.assertEqual([f["severity"] for f in volume["findings"]], ["damage"] * 2)
        self.assertIn("/bad", volume["findings"][1]["text"])

    def test_a_partition_that_was_cut_off(self):
        rows = images.random_rows(2)
        self.make(rows, 4096, 64)
        with open(os.path.join(self.folder, "image.bin"), "r+b") as image:
            image.truncate(40 * 4096)
        self.assertIn("it was made for 262144 bytes", self.told()["findings"][0]["text"])

    def test_nothing_to_find(self):
        with open(os.path.join(self.folder, "image.bin"), "wb") as image:
            image.write(b"\xff" * 65536)
        self.assertIn("No partition holds", self.espbak("files", "image.bin").stdout)


if __name__ == "__main__":
    unittest.main()
