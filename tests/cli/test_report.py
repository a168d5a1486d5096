# SPDX-License-Identifier: Apache-2.0
"""The page of `report`: whole, safe whatever names the flash has, and saying what inspect, files and diff say."""
import html.parser
import json
import os
import re
import unittest

import flash_image
from flash_image import APP, DATA, K, M
from in_folder import InFolder
from test_redact import WRITTEN, entry, page

EVIL = '"><script>alert(1)</script>'
EMPTY = {"meta", "link", "rect", "line"}
ROWS = [("nvs", DATA, 0x02, 0x9000, 16 * K), ("<b>&'\"", DATA, 0x40, 0xE000, 8 * K),
        ("ota_0", APP, 0x10, 0x10000, 256 * K), ("ota_1", APP, 0x11, 0x50000, 256 * K)]


class Reader(html.parser.HTMLParser):
    """Every element is closed where it belongs; what people read is kept."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.seen = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


class Report(InFolder):
    def flash(self, version="1.0", password="hunter2hunter2"):
        image = flash_image.flash(M, ROWS, apps=[("ota_0", (EVIL[:31], version))])
        keys = [(entry(0, 0x01, "<i>wifi", b"\x01"), WRITTEN),
                (entry(1, 0x21, "pass&word", password.encode() + b"\0"), WRITTEN)]
        image[0x9000:0xA000] = page(0, keys)
        self.put("flash.img", bytes(image))

    def backup(self, name, *more):
        self.espbak("-q", "-p", "sim:esp32s3,flash=flash.img", "backup", "--name", name, *more)

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            text = file.read()
        reader = Reader()
        reader.feed(text)
        reader.close()
        self.assertEqual(reader.open, [])
        return text, reader, " ".join(" ".join(reader.text).split())

    def test_a_page(self):
        self.flash()
        self.backup("one", "--note", EVIL)
        self.flash("1.1", "another-password")
        self.backup("two")
        told = json.loads(self.espbak("--json", "-q", "report", "two").stdout)
        self.assertEqual((told["file"], told["since"]), ("two.html", "one"))
        text, reader, words = self.read("two.html")
        self.assertEqual(len(text.encode()), told["size"])
        # Nothing runs, and nothing comes from elsewhere.
        tags = {tag for tag, _ in reader.seen}
        self.assertFalse(tags & {"script", "iframe", "object", "img", "b", "i"}, tags)
        for tag, attributes in reader.seen:
            self.assertFalse([a for a in attributes if a.startswith("on")])
            self.assertIn(attributes.get("href", "data:,"), ("data:,",))
        self.assertNotRegex(re.sub(r"&lt;.*?&gt;", "", text), r"https?://|@import|url\((?!#lack)")
        # What it says is what the commands say.
        for part in (EVIL[:31] + " 1.1", "verified against the device", "it boots", "Flash map", "ESP32-S3", "hidden",
                     "<b>&'\"", "<i>wifi", "pass&word", "What changed since one", "changed", "Flash encryption",
                     "flash.bin", "SHA-256", "Findings", "device-md5"):
            self.assertIn(part, words)
        self.assertNotIn("another-password", text)
        self.assertNotIn("hunter2", text)
        listed = json.loads(self.espbak("--json", "inspect", "two").stdout)
        for part in listed["partition_table"]["entries"]:
            self.assertIn(hex(part["offset"]), words)
        # The note of the first one is text.
        self.espbak("-q", "report", "one", "-o", "first.html")
        _, _, words = self.read("first.html")
        self.assertIn(EVIL, words)
        self.assertNotIn("What changed", words)
        self.espbak("report", "one", "-o", "first.html", code=8)
        self.espbak("-q", "report", "one", "-o", "first.html", "--overwrite", "--since", "two")

    def test_of_what_is_no_backup(self):
        self.flash()
        self.put("blank.img", b"\xff" * M)
        self.put("nvs.bin", page(0, [(entry(0, 0x01, "a", b"\x01"), WRITTEN)]) + b"\xff" * 8192)
        for name in ("flash.img", "blank.img", "nvs.bin"):
            self.espbak("report", name)
            _, _, words = self.read(name + ".html")
            self.assertIn("a file that is no backup", words)
        done = self.espbak("report", "flash.img", "-o", "-")
        self.assertTrue(done.stdout.startswith("<!DOCTYPE html>") and done.stdout.endswith("</html>\n"))
        self.put("short.bin", b"x" * 100)
        self.espbak("report", "nothing-here", code=8)
        # Parts alone: what is not in it is hatched.
        self.espbak("-q", "-p", "sim:esp32s3,flash=flash.img", "backup-partitions", "nvs", "--name", "part")
        self.espbak("report", "part")
        text, _, words = self.read("part.html")
        self.assertIn("not held", words)
        self.assertIn('class="lack"', text)


if __name__ == "__main__":
    unittest.main()
