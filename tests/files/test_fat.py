# SPDX-License-Identifier: Apache-2.0
"""FAT, plain and behind ESP-IDF's wear levelling in each of its modes."""
import calendar
import os
import struct
import unittest
import zlib

import images
from volumes import Volumes

PAGE = 4096


def fat_time(*when):
    """A date as FAT keeps it, and in seconds since 1970."""
    year, month, day, hour, minute, second = when
    packed = (year - 1980) << 25 | month << 21 | day << 16 | hour << 11 | minute << 5 | second // 2
    return packed, calendar.timegm((*when, 0, 0, 0))


def crc(data):
    """As the ROM computes it, begun with all ones."""
    return zlib.crc32(data, 0xFFFFFFFF)


class WearLevelling:
    """The layer around the image of a volume. `dummy` is where the empty page is, `moved` how many pages all has moved."""

    def __init__(self, volume, dummy=0, moved=0, version=2, spare=0):
        pages = [volume[at:at + PAGE] for at in range(0, len(volume), PAGE)] + [b"\xff" * PAGE] * spare
        count = len(pages)
        placed = [pages[(i + moved) % count] for i in range(count)]
        placed.insert(dummy, b"\xee" * PAGE)
        device = 0x1234567
        head = struct.pack("<IIIIIII", 0, count + 1, moved, 0, 16, PAGE, version)
        if version == 1:
            state = head + struct.pack("<I", crc(head)) + b"\xff" * 32
            records = b"".join(b"\0" * 16 for _ in range(dummy))
        else:
            head += struct.pack("<I", device) + bytes(28)
            state = head + struct.pack("<I", crc(head))
            records = b"".join(struct.pack("<I", crc(struct.pack("<I", device + i))) for i in range(dummy * 4))
        size = next(size for size in range(PAGE, 16 * PAGE, PAGE)
                    if size >= 64 + 16 * (count + 2 + 2 * size // PAGE))
        self.state = (state + records).ljust(size, b"\xff")
        self.body = b"".join(placed)

    def image(self, first=None, second=None):
        return self.body + (first or self.state) + (second or self.state) + b"\xff" * PAGE


class Fat(Volumes):
    def make(self, rows, sector, sectors, kind=1):
        path = os.path.join(self.folder, "volume.bin")
        rows.make(path, "fat", sector, sectors, kind)
        with open(path, "rb") as made:
            return made.read()

    def check(self, rows, image, about):
        volume = self.listed(image)
        self.assertIn(about, volume["about"])
        self.check_contents(volume, rows.files)
        return volume

    def test_plain(self):
        for seed, (sector, sectors, kind, about) in enumerate([(512, 300, 1, "FAT12"), (4096, 160, 1, "FAT12"),
                                                               (512, 9000, 1, "FAT16"), (512, 70000, 2, "FAT32")]):
            rows = images.random_rows(seed)
            volume = self.check(rows, self.make(rows, sector, sectors, kind), f"{about}, sectors of {sector} bytes, no wear")
            self.assertEqual(volume["findings"], [])

    def test_wear_levelling(self):
        cases = [(0, 0, 2, 0), (7, 0, 2, 0), (160, 159, 2, 0), (3, 2, 1, 0)], [(30, 3, 2, 0), (5, 1, 2, 2)]
        for seed, (sector, sectors, about) in enumerate([(4096, 160, "FAT12"), (512, 320, "FAT12")]):
            rows = images.random_rows(seed, files=12, largest=3000)
            volume = self.make(rows, sector, sectors)
            for dummy, moved, version, spare in cases[seed]:
                with self.subTest(sector=sector, dummy=dummy, moved=moved, version=version):
                    found = self.check(rows, WearLevelling(volume, dummy, moved, version, spare).image(),
                                       f"{about}, sectors of {sector} bytes, wear levelling")
                    self.assertEqual(found["findings"], [])

    def test_one_copy_of_the_state_will_do(self):
        rows = images.random_rows(1)
        layer = WearLevelling(self.make(rows, 4096, 160), dummy=9, moved=2)
        self.check(rows, layer.image(first=b"\0" * PAGE), "wear levelling")
        self.check(rows, layer.image(second=b"\0" * PAGE), "wear levelling")

    def test_no_state(self):
        rows = images.random_rows(1)
        layer = WearLevelling(self.make(rows, 4096, 160))
        found = self.check(rows, layer.image(b"\xff" * PAGE, b"\xff" * PAGE), "wear levelling")
        self.assertIn("not there", found["findings"][0]["text"])

    def test_a_sector_that_was_being_written(self):
        """Safe mode: the page is erased, and what it held is in the last one."""
        rows = images.Rows()
        rows.file("/file", 3000, 1)
        volume = bytearray(self.make(rows, 512, 320))
        page = volume.index(rows.files["/file"][:512]) // PAGE
        saved = volume[page * PAGE:page * PAGE + PAGE]
        for sector in range(8):
            if sector != 7:
                volume[page * PAGE + sector * 512:page * PAGE + sector * 512 + 512] = b"\xff" * 512
        note = struct.pack("<IIII", 0x12345678, page, 7, 1).ljust(PAGE, b"\xff")
        self.check(rows, WearLevelling(bytes(volume) + note + saved, dummy=4, moved=1).image(), "wear levelling")

    def test_dates_and_attributes(self):
        rows = images.Rows()
        packed, seconds = fat_time(2024, 2, 29, 23, 59, 58)
        rows.file("/Ein langer Name.txt", 10, 1, packed)
        rows.lines.append("attributes 7 /Ein langer Name.txt")
        found, = self.listed(self.make(rows, 512, 300))["files"]
        self.assertEqual((found["modified"], found["attributes"]), ("2024-02-29T23:59:58Z", "rhs-"))
        self.assertEqual(calendar.timegm((2024, 2, 29, 23, 59, 58)), seconds)

    def test_short_names_and_their_code_page(self):
        rows = images.Rows()
        rows.file("/UMLAUT.TXT", 10, 1)
        volume = self.make(rows, 512, 300).replace(b"UMLAUT  TXT", b"\x9aMLAUT  TXT")
        self.assertEqual([f["path"] for f in self.listed(volume)["files"]], ["/ÜMLAUT.TXT"])
        self.assertEqual([f["path"] for f in self.listed(volume, "--code-page", "866")["files"]], ["/ЪMLAUT.TXT"])
        self.espbak("extract", "--code-page", "866", "image.bin", ":/ЪMLAUT.TXT", "out.txt")
        self.assertEqual([f["path"] for f in self.listed(volume, "--code-page", "771")["files"]], ["/ЪMLAUT.TXT"])
        self.assertIn("932", self.espbak("files", "--code-page", "932", "image.bin", code=2).stderr)

    def test_damage(self):
        rows = images.Rows()
        rows.folder("/folder")
        rows.file("/folder/in it", 3000, 1)
        rows.file("/cut", 3000, 2)
        rows.file("/sound", 3000, 3)
        volume = bytearray(self.make(rows, 512, 300))
        chain = volume.index(b"\xf8\xff\xff")  # the first FAT
        at = volume.index(rows.files["/cut"][:512])
        # The chain of a file leads to a free cluster.
        first = self.cluster_of(volume, at)
        entry = chain + first * 3 // 2
        value, neighbour = struct.unpack_from("<H", volume, entry)[0], 0xF000 if first % 2 == 0 else 0x000F
        struct.pack_into("<H", volume, entry, value & neighbour)
        found = self.listed(bytes(volume))
        self.assertEqual(len(found["files"]), 4)
        done = self.espbak("extract", "image.bin", ":/", "out", code=8)
        self.assertIn("/cut cannot be read", done.stderr)
        self.assertEqual(sorted(os.listdir(os.path.join(self.folder, "out"))), ["folder", "sound"])

    @staticmethod
    def cluster_of(volume, at):
        sector, cluster, reserved, fats, entries = struct.unpack_from("<HBHBH", volume, 11)
        fat = struct.unpack_from("<H", volume, 22)[0]
        data = reserved + fats * fat + entries * 32 // sector
        return (at // sector - data) // cluster + 2


if __name__ == "__main__":
    unittest.main()
