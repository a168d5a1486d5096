# SPDX-License-Identifier: Apache-2.0
"""A flash that is only read stays as it is, or the program says that it did not: one wrong bit makes of a stub's request
to read one that erases all of the flash."""
import json
import os
import random
import shutil
import tempfile
import unittest

from flash_image import APP, DATA, app, bootloader, table
from line_trace import sent
from program import needs_stub, run

SIZE = 256 * 1024
NVS, NVS_SIZE = 0x9000, 16 * 1024
ROWS = [("nvs", DATA, 0x02, NVS, NVS_SIZE), ("factory", APP, 0x00, 0x10000, 128 * 1024)]
READ_FLASH = b"\xc0\x00\xd2"
ERASES = 0x02  # the bit of 0xD2 that has to be wrong
UNPROTECTED = "lasting-status"  # a flash that takes no protection for a while
LONELY = ("--before", "no-reset-no-sync")  # and then no other loader either


def contents():
    out = bytearray(b"\xff" * SIZE)
    for at, part in ((0, bootloader(9)), (0x8000, table(ROWS)), (NVS, random.Random(1).randbytes(5000)),
                     (0x10000, app("kept", "1.0", 9))):
        out[at:at + len(part)] = part
    return bytes(out)


class Unchanged(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        self.right = contents()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def go(self, more, *words):
        """One run on a fresh flash; the result, and the flash afterwards."""
        with open(self.path("flash.img"), "wb") as file:
            file.write(self.right)
        port = "sim:esp32s3,flash=flash.img,flash-time=default,baud=real" + more
        loader = () if "--loader" in words else ("--loader", "stub")
        done = run("-p", port, *loader, *words, folder=self.folder)
        with open(self.path("flash.img"), "rb") as file:
            return done, file.read()

    def erasing_bits(self, more, *words):
        """Of each request to read that such a run sends, the bit that makes it erase."""
        done, after = self.go(more, "--trace", "trace", *words)
        self.assertEqual((done.returncode, after == self.right), (0, True), done.stderr)
        bytes_sent = sent(self.path("trace"))
        os.remove(self.path("trace"))
        places = [i + 2 for i in range(len(bytes_sent)) if bytes_sent.startswith(READ_FLASH, i)]
        self.assertTrue(places)
        return [(at + 1) * 8 + 1 for at in places]

    def test_a_flash_that_is_read_is_protected(self):
        for words in (["info"], ["read", "0", "ALL", "all.bin", "--overwrite"], ["backup", "-o", "made"]):
            for bit in self.erasing_bits("", *words):
                done, after = self.go(f",fault=bit-at.to:{bit}", *words)
                self.assertTrue(after == self.right, (words, bit, done.stderr))
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_protection_is_taken_back(self):
        """Also by a flash that takes no reset; it is read again, and what is not as it was is said."""
        for more in ("", ",no-flash-reset"):
            done, _ = self.go(more, "info", "--json")
            self.assertEqual(json.loads(done.stdout)["flash"]["status_registers"], 0x600200)
            done, _ = self.go(more, "-vv", "info")
            self.assertIn("the flash is protected against erasing", done.stderr)
            self.assertNotIn("may stay protected", done.stderr)

    def test_another_loader_reads_what_cannot_be_protected(self):
        done, _ = self.go("," + UNPROTECTED, "read", "0", "4K", "part.bin")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("this flash cannot be protected", done.stderr)
        for maker in ("0xC22012", "0x1C7012"):  # Macronix, EON
            done, _ = self.go(f",flash-id={maker}", "info", "--json")
            self.assertEqual(json.loads(done.stdout)["link"]["loader"], "rom")

    def erased(self, done):
        """That a run which erased the flash says so, by its exit code and in both forms."""
        self.assertEqual(done.returncode, 9, done.stdout + done.stderr)
        if done.stdout.startswith("{"):
            error = json.loads(done.stdout)["error"]
            self.assertTrue(error["flash_changed"])
            self.assertIn("the flash of this device has changed while it was only read", error["message"])
        else:
            self.assertIn("the flash of this device has changed while it was only read", done.stderr)

    def test_an_erased_flash_is_told_of(self):
        """Neither protected nor read by another loader: there is no way to start the chip anew."""
        more = f",{UNPROTECTED},boot=download"
        commands = [["info"], ["info", "--json"], ["read", "0", "ALL", "all.bin"], ["backup", "-o", "made"],
                    ["backup", "--full", "--no-verify", "-o", "made"], ["backup-partitions", "nvs", "-o", "made"],
                    ["backup", "--json", "-o", "made"]]
        for words in commands:
            for bit in self.erasing_bits(more, *LONELY, *words):
                self.clear()
                done, after = self.go(f"{more},fault=bit-at.to:{bit}", *LONELY, *words)
                self.assertEqual(after, b"\xff" * SIZE, (words, bit, done.stderr))
                self.erased(done)
                self.assertFalse(self.sealed(), (words, bit))

    def test_who_is_going_to_write_tells_of_it_too(self):
        """What it looks at before is read by the same requests; nothing is written then."""
        more = f",{UNPROTECTED},boot=download"
        with open(self.path("new.bin"), "wb") as file:
            file.write(b"\x5a" * 4096)
        words = [*LONELY, "write", "0x20000", "new.bin"]
        for bit in self.erasing_bits(more, *words, "--dry-run"):
            for how in (["--dry-run"], []):
                done, after = self.go(f"{more},fault=bit-at.to:{bit}", *words, *how)
                self.assertEqual(after, b"\xff" * SIZE, (bit, done.stderr))
                self.erased(done)

    def test_a_flash_erased_between_two_backups_is_told_of(self):
        done, _ = self.go("", "backup", "-o", "made", "--name", "full")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.right = b"\xff" * SIZE
        done, _ = self.go("", "backup", "-o", "made", "--name", "empty")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("all of this flash is erased, and made/full of the same device holds something", done.stderr)
        shutil.rmtree(self.path("made", "full"))
        done, _ = self.go("", "backup", "-o", "made", "--name", "again")
        self.assertNotIn("holds something", done.stderr)

    def test_what_was_not_to_be_written_is_looked_at(self):
        """A write of a sector, the place of which is damaged by each bit that a ROM takes: what it does is said."""
        with open(self.path("new.bin"), "wb") as file:
            file.write(b"\x5a" * 4096)
        words = ["--loader", "rom", "write", "0x20000", "new.bin"]
        done, right = self.go("", "--trace", "trace", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        bytes_sent = sent(self.path("trace"))
        begins = [i for i in range(len(bytes_sent)) if bytes_sent[i:i + 3] in (b"\xc0\x00\x02", b"\xc0\x00\x10")]
        self.assertTrue(begins)
        elsewhere = 0
        for bit in range(12, 18):
            at = begins[0] + 1 + 8 + 12 + bit // 8
            done, after = self.go(f",fault=bit-at.to:{(at + 1) * 8 + bit % 8}", *words)
            outside = slice(0, 0x20000), slice(0x21000, SIZE)
            harmed = any(after[part] != self.right[part] for part in outside)
            elsewhere += harmed
            self.assertEqual(done.returncode == 9, harmed, done.stderr)
            self.assertEqual("where nothing was to be written" in done.stderr, harmed, done.stderr)
            self.assertTrue(harmed or after == right)
        self.assertGreater(elsewhere, 0)

    def clear(self):
        shutil.rmtree(self.path("made"), ignore_errors=True)
        for name in ("all.bin", "all.bin.sha256"):
            if os.path.exists(self.path(name)):
                os.remove(self.path(name))

    def sealed(self):
        made = os.listdir(self.path("made")) if os.path.isdir(self.path("made")) else []
        return [name for name in made if not name.endswith(".partial")] or os.path.exists(self.path("all.bin"))


if __name__ == "__main__":
    needs_stub()
    unittest.main()
