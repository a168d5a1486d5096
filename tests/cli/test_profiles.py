# SPDX-License-Identifier: Apache-2.0
"""Known boards: the guide's commands for their factory data, and profiles of users' own."""
import json
import os
import subprocess
import tempfile
import unittest

import flash_image
from program import PROGRAM, environment

BOARDS = (("sensecap-watcher", 32, flash_image.WATCHER_32M, 204800), ("aipi-lite", 16, flash_image.AIPI_16M, 16384))


class Profiles(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.own = os.path.join(self.folder, "config", "espbak", "profiles")

    def espbak(self, *arguments, code=0):
        settings = environment(self.folder, XDG_CONFIG_HOME=os.path.join(self.folder, "config"))
        done = subprocess.run([PROGRAM, "--json", *arguments], cwd=self.folder, env=settings, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout), done.stderr

    def make(self, megabytes, rows):
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash_image.flash(megabytes * flash_image.M, rows, apps=[("ota_0", ("voice", "1"))]))
        return "sim:esp32s3,flash=flash.img"

    def add(self, name, text):
        os.makedirs(self.own, exist_ok=True)
        with open(os.path.join(self.own, name), "w", encoding="utf-8") as made:
            made.write(text)

    def test_factory_data_of_the_boards(self):
        for board, megabytes, rows, size in BOARDS:
            port = self.make(megabytes, rows)
            found, _ = self.espbak("-p", port, "info")
            self.assertEqual((found["factory_data"]["name"], found["factory_data"]["profile"]), ("nvsfactory", board))

            saved, _ = self.espbak("-p", port, "backup-partitions", "--profile", board, "--name", board)
            self.assertEqual([(r["name"], r["offset"], r["size"]) for r in saved["regions"]],
                             [("nvsfactory", 0x9000, size)])
            with open(os.path.join(self.folder, saved["path"], "manifest.json"), encoding="utf-8") as text:
                link = json.load(text)["link"]
            self.assertEqual((link["baud"], link["loader"]), (2000000, "rom"))

            with open(os.path.join(self.folder, "flash.img"), "r+b") as flash:
                before = flash.read()
                flash.seek(0x9000)
                flash.write(bytes(size))
            done, _ = self.espbak("-p", port, "restore", "--yes", "--profile", board, saved["path"])
            self.assertTrue(done["verified"])
            with open(os.path.join(self.folder, "flash.img"), "rb") as flash:
                self.assertEqual(flash.read(), before)

    def test_the_place_is_known_without_a_table(self):
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(b"\xff" * 0x9000 + b"factory".ljust(flash_image.M - 0x9000, b"\xff"))
        saved, _ = self.espbak("-p", "sim:esp32s3,flash=flash.img", "backup-partitions", "--profile", "aipi-lite")
        self.assertEqual([(r["name"], r["offset"], r["size"]) for r in saved["regions"]],
                         [("nvsfactory", 0x9000, 16384)])

    def test_the_table_is_believed_more(self):
        port = self.make(32, flash_image.WATCHER_32M)
        saved, warnings = self.espbak("-p", port, "backup-partitions", "--profile", "aipi-lite")
        self.assertEqual(saved["regions"][0]["size"], 204800)
        self.assertIn("not 0x4000", warnings)

    def test_another_board_is_refused(self):
        for command in ("backup-partitions",), ("restore", "--yes", "backups/none"):
            port = self.make(16, flash_image.AIPI_16M)
            if command[0] == "restore":
                self.espbak("-p", port, "backup", "--name", "none")
            done, _ = self.espbak("-p", port, *command, "--profile", "sensecap-watcher", code=7)
            self.assertIn("32768 KiB", done["error"]["message"])

    def test_a_profile_adds_names(self):
        """Where the board is the profile's, or the profile is named, without case; not on others."""
        rows = [("Keys", 1, 0x40, 0x9000, 0x1000), ("ota_0", 0, 0x10, 0x20000, 0x20000)]
        port = self.make(1, rows) + ",mac=34:85:18:00:00:01"
        other = port[:-1] + "2"
        self.espbak("-p", port, "backup", "--name", "first")
        self.espbak("-p", other, "restore", "--yes", "--only", "Keys", "backups/first")
        profile = {"format": "espbak-profile", "version": 1, "name": "lamp", "title": "Lamp", "chip": "esp32s3",
                   "partitions": [{"name": "keys", "type": "data", "subtype": "0x40", "offset": 0x9000, "size": 4096}]}
        self.add("lamp.json", json.dumps(profile))
        with open(os.path.join(self.folder, "flash.img"), "r+b") as flash:
            flash.seek(0x9000)
            flash.write(b"another")
        done, _ = self.espbak("-p", other, "restore", "--yes", "--only", "Keys", "backups/first", code=7)
        self.assertIn("Keys", done["error"]["message"])
        self.assertEqual(self.espbak("-p", other, "info")[0]["factory_data"]["profile"], "lamp")

    def test_wrong_chip_and_names(self):
        self.espbak("-p", "sim:esp32,size=1M", "backup-partitions", "--profile", "aipi-lite", code=4)
        self.espbak("-p", "sim:esp32,size=1M", "-c", "esp32", "backup-partitions", "--profile", "aipi-lite", code=2)
        done, _ = self.espbak("-p", "sim:esp32s3,size=1M", "backup-partitions", "--profile", "toaster", code=2)
        self.assertIn("aipi-lite", done["error"]["hint"])

    def test_own_profiles(self):
        profile = {"format": "espbak-profile", "version": 1, "name": "lamp", "title": "Lamp", "chip": "esp32s3",
                   "partitions": [{"name": "keys", "type": "data", "subtype": "0x40", "offset": 0x9000, "size": 4096}]}
        self.add("lamp.json", json.dumps(profile))
        self.add("aipi.json", json.dumps({**profile, "name": "aipi-lite", "title": "mine"}))
        found, _ = self.espbak("profiles")
        self.assertEqual({p["name"]: p["title"] for p in found["profiles"]},
                         {"aipi-lite": "mine", "lamp": "Lamp", "sensecap-watcher": "SenseCAP Watcher"})
        saved, _ = self.espbak("-p", "sim:esp32s3,size=1M", "backup-partitions", "--profile", "lamp")
        self.assertEqual([(r["name"], r["size"]) for r in saved["regions"]], [("keys", 4096)])

    def test_hostile_profiles(self):
        good = {"format": "espbak-profile", "version": 1, "name": "x", "title": "X", "chip": "esp32s3"}
        part = {"name": "p", "type": "data", "subtype": "nvs", "offset": 0, "size": 4096}
        bad = [{**good, "version": 2}, {**good, "format": "no"}, {**good, "name": "../x"}, {**good, "name": "y" * 99},
               {**good, "baud": -1}, {**good, "baud": 1e300}, {**good, "no_stub": "yes"}, {**good, "chip": 7},
               {**good, "partitions": {}}, {**good, "partitions": [part] * 9},
               {**good, "partitions": [{**part, "size": 0}]}, {**good, "partitions": [{**part, "size": 2 ** 53}]},
               {**good, "partitions": [{**part, "offset": 4095}]}, {**good, "partitions": [{**part, "offset": 2 ** 28}]},
               {**good, "partitions": [{**part, "name": "n" * 17}]}, {**good, "usb": {"vid": "zzzz", "pid": "55d2"}},
               {**good, "usb": {"vid": "1a86", "pid": "55d2", "interface": 999}}, [], "x", 1]
        texts = [json.dumps(value) for value in bad] + ["", "{", "[" * 100000, '{"a":1,"a":2}', "\x00"]
        for number, text in enumerate(texts):
            self.add(f"bad-{number}.json", text)
        found, warnings = self.espbak("profiles")
        self.assertEqual([p["name"] for p in found["profiles"]], ["aipi-lite", "sensecap-watcher"])
        self.assertEqual(warnings.count("warning:"), len(texts))


if __name__ == "__main__":
    unittest.main()
