# SPDX-License-Identifier: Apache-2.0
"""write and erase: the plan, what is refused, which slot boots, and what esptool's options become."""
import gzip
import json
import os
import re
import struct
import tempfile
import unittest
import zlib

import flash_image
from program import PROGRAM, run

ROWS = [("nvs", 1, 0x02, 0x9000, 0x4000), ("otadata", 1, 0x00, 0xD000, 0x2000), ("fctry", 1, 0x02, 0xF000, 0x3000),
        ("ota_0", 0, 0x10, 0x20000, 0x20000), ("ota_1", 0, 0x11, 0x40000, 0x20000)]
APPS = [("ota_0", ("old", "1")), ("ota_1", ("old", "2"))]


def entry(seq, state=0xFFFFFFFF):
    return struct.pack("<I20sII", seq, b"\xff" * 20, state, zlib.crc32(struct.pack("<I", seq), 0xFFFFFFFF))


class OnADevice(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.device = bytes(flash_image.flash(flash_image.M, ROWS, seq=2, apps=APPS))
        self.put("flash.img", self.device)
        self.put("app.bin", flash_image.app("new", "3"))
        self.put("boot.bin", flash_image.bootloader())

    def put(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as made:
            made.write(contents)

    def flash(self):
        with open(os.path.join(self.folder, "flash.img"), "rb") as made:
            return made.read()

    def espbak(self, *arguments, code=0, port="sim:esp32s3,flash=flash.img", **more):
        done = run("-q", "--json", "-p", port, *arguments, folder=self.folder, **more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def refused(self, *arguments, code=7, says="", **more):
        """Nothing changes, and the message says why; returns its hint, with the commands in it."""
        found = self.espbak(*arguments, code=code, **more)["error"]
        self.assertIn(says, found["message"])
        self.assertFalse(found["flash_changed"])
        self.assertEqual(self.flash(), self.device)
        # They are for this port, and call the program as it was called here: by its path.
        commands = [re.sub(r" -p \S+", "", command.replace(PROGRAM, "espbak")) for command in found.get("commands", [])]
        return "\n".join([found.get("hint", ""), *commands])


class Write(OnADevice):
    def test_the_plan(self):
        found = self.espbak("write", "0x20000", "app.bin", "0xd000", "boot.bin", "--dry-run")
        self.assertEqual(self.flash(), self.device)
        self.assertTrue(found["dry_run"])
        plan = found["plan"]
        self.assertEqual([run["what"] for run in plan["runs"]],
                         ["bootloader (ESP-IDF v5.4.1), sound", "application new 3 (ESP-IDF v5.4.1), sound"])
        self.assertEqual([(part["name"], part["what"], part["lost"]) for part in plan["parts"]],
                         [("otadata", "otadata", True), ("ota_0", "application old 1 (ESP-IDF v5.4.1)", True)])
        self.assertEqual(plan["boots_now"]["starts"], "ota_1")
        self.assertEqual(plan["boots_now"]["condition"], "as far as the headers tell")
        self.assertEqual(plan["boots_afterwards"]["starts"], "ota_0")

    def test_what_goes_and_what_stays(self):
        self.put("nvs.bin", self.device[0x9000:0xA000])
        part, = self.espbak("write", "0x9000", "nvs.bin", "--dry-run")["plan"]["parts"]
        self.assertEqual((part["nvs"], part["lost"], part["changed_bytes"]), (True, False, 0x1000))
        self.put("nvs.bin", b"other")
        changed = bytearray(self.device)
        changed[0x9000:0x9100] = b"settings".ljust(256)
        self.put("flash.img", changed)
        part, = self.espbak("write", "0x9000", "nvs.bin", "--dry-run")["plan"]["parts"]
        self.assertTrue(part["lost"])

    def test_a_slot_that_does_not_start_is_told(self):
        found = self.espbak("write", "0x20000", "app.bin")
        self.assertEqual(found["plan"]["idle"], "ota_0")
        self.assertIn("--activate", found["warnings"][0])
        self.assertTrue(found["verified"])
        found = self.espbak("write", "0x40000", "app.bin")
        self.assertNotIn("idle", found["plan"])
        self.assertNotIn("warnings", found)

    def activated(self, otadata, expected):
        """What otadata becomes when ota_0 is written; None stays as it is."""
        flash = bytearray(self.device)
        for index in range(2):
            flash[0xD000 + 0x1000 * index:0xE000 + 0x1000 * index] = otadata[index].ljust(0x1000, b"\xff")
        self.put("flash.img", flash)
        found = self.espbak("write", "--activate", "0x20000", "app.bin")
        self.assertTrue(found["verified"])
        self.assertEqual(found["plan"]["activate"], "ota_0")
        self.assertEqual(found["plan"]["boots_afterwards"]["starts"], "ota_0")
        now = self.flash()
        for index in range(2):
            sector = now[0xD000 + 0x1000 * index:0xE000 + 0x1000 * index]
            wanted = otadata[index] if expected[index] is None else expected[index]
            self.assertEqual(sector, wanted.ljust(0x1000, b"\xff"))
        self.assertEqual(self.espbak("info")["ota"]["active_slot"], "ota_0")

    def test_activate(self):
        self.activated((b"", entry(2)), (entry(3), None))
        self.activated((entry(2), entry(1)), (None, entry(3)))
        self.activated((b"", b""), (entry(1), None))
        self.activated((entry(1), b""), (None, None))            # it starts already
        self.activated((entry(2, 2), entry(3, 4)), (None, entry(3)))  # ota_0 was tried and given up
        self.activated((entry(3, 1), entry(2, 2)), (None, entry(5)))  # ota_0 waits to be confirmed
        self.activated((entry(0xFFFFFFFE), b""), (b"", entry(1)))     # no higher number is left

    def test_activate_needs_one_application(self):
        self.refused("write", "--activate", "0x9000", "boot.bin", code=2, says="one application")
        self.refused("write", "--activate", "0x20000", "app.bin", "0x40000", "app.bin", code=2, says="only one can boot")
        self.put("merged.bin", self.device[0xD000:0x40000])
        self.refused("write", "--force", "--activate", "0xd000", "merged.bin", code=2, says="no otadata")
        self.put("cut.bin", flash_image.app("new", "3")[:-40])
        self.refused("write", "--activate", "0x20000", "cut.bin", says="would not start")

    def test_what_is_no_bootloader(self):
        self.refused("write", "0", "app.bin", says="is an application")
        # The plan is there all the same.
        plan = self.espbak("write", "0", "app.bin", code=7)["plan"]
        self.assertEqual([run["what"] for run in plan["runs"]], ["application new 3 (ESP-IDF v5.4.1), sound"])
        self.assertEqual(plan["boots_afterwards"]["verdict"], "no")
        damaged = bytearray(flash_image.bootloader())
        damaged[100] ^= 1
        self.put("damaged.bin", damaged)
        self.refused("write", "0", "damaged.bin", says="checksum")
        self.put("text.bin", b"text")
        self.refused("write", "0", "text.bin", says="no bootloader")
        self.refused("write", "0xf000", "text.bin", says="factory data")
        # What is no danger to the bootloader may come in several steps.
        found = self.espbak("write", "0x8000", "text.bin")
        self.assertEqual(found["plan"]["boots_afterwards"]["verdict"], "no")
        self.assertIn("will not afterwards", found["warnings"][0])
        self.espbak("write", "--force", "0", "app.bin")

    def test_standard_input(self):
        for packed in (False, True):
            contents = flash_image.app("piped", str(packed))
            # text=False: bytes as they are.
            done = run("-q", "-p", "sim:esp32s3,flash=flash.img", "write", "0x40000", "-", folder=self.folder, stdin=None,
                       input=gzip.compress(contents) if packed else contents, text=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.flash()[0x40000:0x40000 + len(contents)], contents)
        self.put("flash.img", self.device)
        self.refused("write", "0x40000", "-", code=8, says="standard input is empty")
        self.refused("write", "0x40000", "-", "0x20000", "-", code=2, says="twice")

    def test_bad_input(self):
        self.put("empty.bin", b"")
        self.put("large.bin", b"x" * (flash_image.M + 1))
        self.refused("write", "0x9000", "missing.bin", code=8, says="no such file")
        self.refused("write", "0x9000", "empty.bin", code=8, says="empty")
        self.refused("write", "0x0", "large.bin", code=2, says="past the end")
        self.refused("write", "0x20000", "app.bin", "0x21000", "boot.bin", code=2, says="overlaps")
        self.assertIn("0x20000", self.refused("write", "0x20010", "app.bin", code=2, says="does not start"))

    def test_a_flash_that_cannot_be_read(self):
        self.put("data.bin", b"data" * 2000)
        found = self.espbak("--no-stub", "write", "0x2000", "data.bin", port="sim:esp8266,size=1M")
        self.assertEqual(found["plan"]["boots_now"]["verdict"], "unknown")
        self.assertEqual(found["plan"]["parts"], [])
        self.refused("--no-stub", "write", "--activate", "0x2000", "data.bin", port="sim:esp8266,size=1M", code=2,
                     says="cannot be read")


class Pasted(OnADevice):
    def test_options_that_change_nothing(self):
        for options in (("-z",), ("-u", "-n"), ("--compress", "--verify", "-s"), ("-fm", "qio", "-ff", "40m"),
                        ("--flash_mode=keep", "--flash-freq", "keep", "--flash_size", "keep"), ("-fs", "detect"),
                        ("--spi-connection", "SPI"), ("-a", "no_reset", "--before", "default_reset", "-b", "115200")):
            for name in "write_flash", "write-flash":
                self.espbak(name, "--dry-run", *options, "0x40000", "app.bin")
        # What the header is to say does not make the flash smaller; espbak's own option does.
        self.espbak("write-flash", "--dry-run", "--flash-size", "512KB", "0xc0000", "app.bin")
        self.espbak("write", "--dry-run", "-fs", "512KB", "0xc0000", "app.bin")
        self.refused("--flash-size", "512K", "write_flash", "0xc0000", "app.bin", code=2, says="past the end")
        self.refused("write", "--flash-size", "512K", "0xc0000", "app.bin", code=2, says="past the end")
        header = ("-fm", "dio", "-ff", "80m", "-fs", "16MB")
        self.espbak("write-flash", "--dry-run", *header, "0", "boot.bin", port="sim:esp32s3,size=16M")
        self.espbak("write-flash", "--dry-run", "-fs", "detect", "0", "boot.bin", port="sim:esp32s3,size=16M")

    def test_options_that_would(self):
        for options, says in ((("--erase-all",), "take everything else"), (("-e",), "take everything else"),
                              (("--encrypt",), "as they are"), (("-sc", "HSPI"), "other pins"),
                              (("-fm", "quad"), "cannot be 'quad'")):
            self.assertTrue(self.refused("write_flash", *options, "0x40000", "app.bin", code=2, says=says))
        self.refused("write_flash", "-p", "0x40000", "app.bin", code=2, says="names a port")
        for options, says in ((("-fm", "qio"), "says dio"), (("-ff", "40m"), "says 80m"), (("-fs", "detect"), "says 16MB"),
                              (("-ff", "33m"), "cannot be '33m'")):
            self.refused("write_flash", *options, "0", "boot.bin", code=2, says=says)

    def test_other_commands_lead_on(self):
        for name, hint in (("erase_flash", "espbak erase all"), ("erase-region", "OFFSET SIZE"),
                           ("chip_id", "espbak info"), ("read-mac", "espbak info"), ("run", "espbak info"),
                           ("image-info", "espbak help inspect"), ("merge_bin", "espbak help write")):
            self.assertIn(hint, self.refused(name, code=2, says="no command"))


class Erase(OnADevice):
    def test_a_partition(self):
        self.refused("erase", "nvs", says="--yes")
        found = self.espbak("--yes", "erase", "ota_1", "nvs")
        self.assertEqual((found["size"], found["verified"]), (0x24000, True))
        self.assertEqual([run["what"] for run in found["plan"]["runs"]], ["nvs", "ota_1"])
        self.assertEqual(found["plan"]["boots_now"]["starts"], "ota_1")
        self.assertEqual(found["plan"]["boots_afterwards"]["starts"], "ota_0")
        expected = bytearray(self.device)
        expected[0x9000:0xD000] = b"\xff" * 0x4000
        expected[0x40000:0x60000] = b"\xff" * 0x20000
        self.assertEqual(self.flash(), expected)

    def test_a_region(self):
        self.espbak("--yes", "erase", "0x40000", "8K")
        self.espbak("--yes", "erase", "region", "0xff000", "ALL")
        self.espbak("--yes", "erase", "partition", "nvs")
        flash = self.flash()
        for start, size in (0x40000, 0x2000), (0xFF000, 0x1000), (0x9000, 0x4000):
            self.assertEqual(flash[start:start + size], b"\xff" * size)

    def test_everything(self):
        self.refused("--yes", "erase", "all", says="factory data")
        self.espbak("--yes", "erase", "all", "--force")
        self.assertEqual(self.flash(), b"\xff" * flash_image.M)
        rows = [row for row in ROWS if row[0] != "fctry"]
        self.put("flash.img", flash_image.flash(flash_image.M, rows, apps=APPS))
        found = self.espbak("--yes", "erase", "all")
        self.assertEqual(found["plan"]["boots_afterwards"]["verdict"], "no")
        self.assertEqual(self.flash(), b"\xff" * flash_image.M)

    def test_what_is_refused(self):
        self.refused("--yes", "erase", "fctry", says="factory data")
        self.refused("--yes", "erase", "0x8000", "0x10000", says="factory data")
        self.refused("--yes", "erase", "0", "0x1000", says="bootloader")
        self.refused("--yes", "erase", "bootloader", says="bootloader")
        self.refused("--yes", "erase", "0x9000", "4K", says="encrypts", port="sim:esp32s3,flash=flash.img,encrypted")
        self.refused("--yes", "erase", "nvs", says="block protection", port="sim:esp32s3,flash=flash.img,flash-status=28")
        # By a stub what is protected stays, and the chip's digest shows it.
        found = self.espbak("--yes", "--loader", "stub", "erase", "--force", "0x40000", "4K", code=6,
                            port="sim:esp32s3,flash=flash.img,flash-status=28")
        self.assertIn("protected", found["error"]["hint"] + found["error"]["message"])
        self.espbak("--yes", "erase", "--force", "0", "0x1000")
        self.assertEqual(self.flash()[:0x1000], b"\xff" * 0x1000)

    def test_bad_input(self):
        hint = self.refused("--yes", "erase", "0x9010", "0x1000", code=2, says="whole 4096-byte sectors")
        self.assertIn("espbak erase 0x9000 0x2000", hint)
        self.refused("--yes", "erase", "0x9000", "100", code=2, says="whole 4096-byte sectors")
        self.refused("--yes", "erase", "0x9000", "0", code=2, says="nothing to erase")
        self.refused("--yes", "erase", "0x9000", code=2, says="not said")
        self.refused("--yes", "erase", "0x9000", "4K", "nvs", code=2, says="one region")
        self.refused("--yes", "erase", "0xff000", "8K", code=2, says="past the end")
        self.refused("--yes", "erase", "0x100000", "ALL", code=2, says="past the end")
        self.refused("--yes", "erase", "all", "nvs", code=2, says="no other name")
        self.assertIn("nvs, otadata", self.refused("--yes", "erase", "wifi", code=2, says="no partition wifi"))

    def test_dry_run(self):
        found = self.espbak("erase", "all", "--force", "--dry-run")
        self.assertEqual([part["name"] for part in found["plan"]["parts"]],
                         ["bootloader", "partition-table", "nvs", "otadata", "fctry", "ota_0", "ota_1"])
        self.assertEqual([part["factory"] for part in found["plan"]["parts"]].index(True), 4)
        self.assertEqual(self.flash(), self.device)


if __name__ == "__main__":
    unittest.main()
