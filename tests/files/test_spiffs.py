# SPDX-License-Identifier: Apache-2.0
"""SPIFFS, whose parameters nothing in it tells."""
import os
import random
import unittest

from volumes import Volumes
from spiffs_images import Spiffs


def fill(image, seed, files=12, largest=9000):
    chance, made = random.Random(seed), {}
    for i in range(files):
        path = "/" + chance.choice(["www/", "", "Übung/"]) + f"file{i}"
        made[path] = chance.randbytes(chance.choice([0, 1, 250, 251, 252, 502, chance.randint(0, largest)]))
        image.file(path, made[path])
    return made


class SPIFFS(Volumes):
    def check(self, image, files):
        volume = self.listed(image.image)
        self.check_contents(volume, files)
        return volume

    def test_all_ways_to_build_it(self):
        for seed, how in enumerate([{}, {"meta": 0}, {"meta": 0, "align": 4}, {"block": 8192, "meta": 0}, {"length": False},
                                    {"page": 512, "block": 16384}, {"block": 65536}, {"name": 64}, {"meta": 8},
                                    {"magic": False}]):
            with self.subTest(how):
                image = Spiffs(0x80000, **how)
                found = self.check(image, fill(image, seed))
                self.assertEqual(found["about"],
                                 f"SPIFFS, blocks of {how.get('block', 4096)} bytes, pages of {how.get('page', 256)}")
                self.assertEqual(found["findings"], [])

    def test_dates(self):
        image = Spiffs(0x20000)
        image.file("/dated", b"x" * 600, 1700000000)
        image.file("/other", b"x" * 600)
        self.assertEqual([f.get("modified") for f in self.listed(image.image)["files"]], ["2023-11-14T22:13:20Z", None])

    def test_what_was_given_up_is_not_there(self):
        image = Spiffs(0x40000)
        files = fill(image, 1)
        for where in image.file("/gone", b"y" * 3000):
            image.delete(where)
        self.check(image, files)

    def test_a_page_that_is_there_twice(self):
        """The power went between the new page and the end of the old one: the index tells."""
        image = Spiffs(0x40000)
        data = random.Random(1).randbytes(2000)
        old = image.page_of(1, 3, 0xFC, b"old" * 80)
        image.file("/file", data)
        self.check(image, {"/file": data})
        self.assertNotEqual(image.image[old * 256 + 5:old * 256 + 8], data[753:756])

    def test_a_page_that_is_missing(self):
        image = Spiffs(0x40000)
        image.file("/sound", b"a" * 1000)
        pages = image.file("/cut", b"b" * 1000)
        image.put(pages[2], 0, b"\xff" * 256)
        self.assertEqual(len(self.listed(image.image)["files"]), 2)
        self.assertIn("/cut cannot be read: a page of it is missing",
                      self.espbak("extract", "image.bin", ":/", "out", code=8).stderr)
        self.assertEqual(os.listdir(os.path.join(self.folder, "out")), ["sound"])


if __name__ == "__main__":
    unittest.main()
