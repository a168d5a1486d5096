# SPDX-License-Identifier: Apache-2.0
"""A program that was built where Espressif's stubs could not be had."""
import json
import os
import tempfile
import unittest

import program
from program import run, skip

SIZE = 256 * 1024
MISSING = ("this espbak was built without Espressif's stubs, and no esptool with one for the {} is installed: the ROM "
           "loader is used, which is slower; --stub names a folder with stubs")


class NoStubs(unittest.TestCase):
    def setUp(self):
        box = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(box.cleanup)
        self.folder = box.name
        self.image = os.urandom(SIZE // 2) + b"\xff" * (SIZE // 2)
        with open(os.path.join(self.folder, "flash.img"), "wb") as file:
            file.write(self.image)

    def run_on(self, chip, *arguments):
        return run("-p", f"sim:{chip},flash=flash.img", *arguments, folder=self.folder)

    def backup(self, chip, *arguments):
        """What was said, and the loader that the manifest tells of."""
        name = chip.split(",")[0]
        done = self.run_on(chip, *arguments, "backup", "--full", "--name", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        backup = os.path.join(self.folder, "backups", name)
        with open(os.path.join(backup, "flash.bin"), "rb") as file:
            self.assertEqual(file.read(), self.image)
        with open(os.path.join(backup, "manifest.json"), encoding="utf-8") as file:
            return done.stderr, json.load(file)["link"]["loader"]

    def test_our_own_loader_serves(self):
        for chip in ("esp32", "esp32c3", "esp32s3", "esp32c6"):
            said, loader = self.backup(chip)
            self.assertEqual(loader, "own")
            self.assertNotIn("stub", said)

    def test_nobody_else_can_confirm(self):
        """Our own loader is not proven on the ESP8266, whose ROM cannot hash."""
        said, loader = self.backup("esp8266")
        self.assertEqual(loader, "own")
        self.assertEqual(said.count(MISSING.format("ESP8266")), 1)
        self.assertIn("no other loader can be started here", said)

    def test_a_stub_is_asked_for(self):
        said, loader = self.backup("esp32", "--loader", "stub")
        self.assertEqual(loader, "rom")
        self.assertEqual(said.splitlines()[0], MISSING.format("ESP32"))

    def test_a_chip_that_only_has_a_stub(self):
        said, loader = self.backup("esp32h21")
        self.assertEqual(loader, "rom")
        self.assertIn(MISSING.format("ESP32-H21"), said.splitlines())

    def test_our_own_loader_fails(self):
        said, loader = self.backup("esp32,own=silent")
        self.assertEqual(loader, "rom")
        self.assertEqual(said.count(MISSING.format("ESP32")), 1)

    def test_a_rom_that_cannot_read(self):
        """It is said once, and there is no second try for a stub that is not there."""
        done = self.run_on("esp8266", "--loader", "stub", "backup")
        self.assertEqual(done.returncode, 4)
        self.assertEqual(done.stderr.count(MISSING.format("ESP8266")), 1)
        self.assertNotIn("connecting again", done.stderr)
        self.assertIn("--loader own", done.stderr)

    def test_writing(self):
        with open(os.path.join(self.folder, "new"), "wb") as file:
            file.write(self.image[:0x5000])
        for chip, verified in (("esp32", True), ("esp32s3", True), ("esp32c6", True), ("esp8266", False)):
            done = self.run_on(chip, "--json", "write", "0x30000", "new")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["verified"], verified)
            with open(os.path.join(self.folder, "flash.img"), "rb") as file:
                self.assertEqual(file.read()[0x30000:0x35000], self.image[:0x5000])


if __name__ == "__main__":
    program.PROGRAM = os.environ["ESPBAK_TEST_NO_STUBS"]
    with tempfile.TemporaryDirectory() as empty:
        if "is installed" not in run("-p", "sim:esp32", "--loader", "stub", "info", folder=empty).stderr:
            skip("an esptool of the system has stubs")
    unittest.main()
