# SPDX-License-Identifier: Apache-2.0
"""Parts that are not as large as they say: JEDEC id, SFDP table and what addresses show have to agree."""
import json
import os
import random
import shutil
import tempfile
import unittest

from flash_image import APP, DATA, app, bootloader, table
from program import run

MIB = 1 << 20
ID_2M, ID_4M = "flash-id=0xEF4015", "flash-id=0xEF4016"
ROWS = [("nvs", DATA, 0x02, 0x9000, 0x4000), ("factory", APP, 0x00, 0x10000, 0x20000)]


def contents(size, end=0):
    """A device's flash; with `end` its table needs that much."""
    out = bytearray(b"\xff" * size)
    rows = ROWS + ([("store", DATA, 0x82, end - 0x10000, 0x10000)] if end else [])
    for at, part in ((0, bootloader(5)), (0x8000, table(rows)), (0x9000, random.Random(2).randbytes(3000)),
                     (0x10000, app("kept", "1.0", 5)), (size - 4096, b"the end")):
        out[at:at + len(part)] = part
    return bytes(out)


class FlashSize(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def put(self, data):
        with open(self.path("flash.img"), "wb") as file:
            file.write(data)

    def flash(self):
        with open(self.path("flash.img"), "rb") as file:
            return file.read()

    def go(self, options, *words, code=0, chip="esp32c3"):
        done = run("-p", ",".join([f"sim:{chip},flash=flash.img", *options]), "-y", *words, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def manifest(self, name):
        with open(self.path("made", name, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)

    def test_a_fake_is_refused_by_every_command_that_needs_its_size(self):
        right = contents(MIB)
        self.put(right)
        self.go([], "backup", "-o", "made", "--name", "good")
        with open(self.path("half.bin"), "wb") as file:
            file.write(bytes(2 * MIB))
        for chip in ("esp32c3", "esp8266"):
            for more in ([], ["no-sfdp"]):
                for words in (["backup", "-o", "made"], ["restore", "made/good"], ["read", "0", "ALL", "all.bin"],
                              ["write", "0x0", "half.bin"], ["verify", "made/good"]):
                    done = self.go([ID_4M, *more], *words, code=7, chip=chip)
                    self.assertIn("it shows its beginning again from 1024 KiB on", done.stderr)
                    self.assertIn("--flash-size 1M", done.stderr)
        self.assertTrue(self.flash() == right)
        self.assertEqual(os.listdir(self.path("made")), ["good"])
        done = self.go([ID_4M], "info", "--json")
        self.assertEqual(json.loads(done.stdout)["flash"]["size_proof"], "doubted")

    def test_what_there_is_of_a_fake_is_saved_and_put_back(self):
        right = contents(MIB)
        self.put(right)
        self.go([ID_4M], "backup", "-o", "made", "--name", "one", "--flash-size", "1M")
        told = self.manifest("one")["flash"]
        self.assertEqual((told["size"], told["size_proof"], told["sfdp_size"]), (MIB, "agreed", MIB))
        self.put(b"\xff" * MIB)
        self.go([ID_4M], "restore", "made/one", "--flash-size", "1M")
        self.assertTrue(self.flash() == right)

    def test_two_copies_are_saved_and_not_written_over(self):
        """Where JEDEC id and SFDP agree, contents alone do not make a fake; but nothing is written on that."""
        right = contents(MIB)
        for name, options, copies in (("fake", [ID_2M, "sfdp-size=2M"], 1), ("copy", [], 2)):
            self.put(right * copies)
            before = self.flash()
            done = self.go(options, "backup", "-o", "made", "--name", name)
            self.assertIn("size of the flash is not certain", done.stderr)
            told = self.manifest(name)["flash"]
            self.assertEqual((told["size_proof"], told["repeats_at"]), ("doubted", MIB))
            done = self.go(options, "restore", "made/" + name, code=7)
            self.assertIn("would overwrite its beginning", done.stderr)
            self.assertTrue(self.flash() == before)
        self.assertIn("its size was not certain", run("list", "made", folder=self.folder).stdout)

    def test_a_flash_that_is_larger_than_its_id(self):
        self.put(contents(4 * MIB))
        done = self.go([ID_2M], "backup", "-o", "made", "--name", "all")
        self.assertIn("another than its id says", done.stderr)
        self.assertEqual(self.manifest("all")["flash"]["size"], 4 * MIB)
        right = bytearray(contents(4 * MIB))
        right[2 * MIB:2 * MIB + 5000] = random.Random(3).randbytes(5000)
        self.put(right)
        done = self.go([ID_2M, "no-sfdp"], "backup", "-o", "made", code=7)
        self.assertIn("it holds something else behind 2048 KiB", done.stderr)
        self.go([ID_2M, "no-sfdp"], "backup", "-o", "made", "--name", "part", "--flash-size", "2M")
        self.assertIn("part: the beginning of a flash of", run("list", "made", folder=self.folder).stdout)

    def test_a_table_that_needs_more(self):
        self.put(contents(MIB, end=2 * MIB) + b"\xff" * MIB)
        done = self.go(["flash-id=0xEF4014", "no-sfdp"], "backup", "-o", "made", "--name", "table")
        self.assertIn("the partition table needs 2048 KiB", done.stderr)
        self.assertEqual(self.manifest("table")["flash"]["size_proof"], "doubted")

    def test_a_part_is_called_one_and_can_be_restored(self):
        right = contents(2 * MIB)
        self.put(right)
        done = self.go([], "backup", "-o", "made", "--name", "half", "--flash-size", "1M")
        self.assertIn("the beginning of a flash of 2 MiB", done.stdout)
        self.assertIn("the flash has 2048 KiB", done.stderr)
        told = self.manifest("half")
        self.assertEqual((told["flash"]["size"], told["regions"][0]["size"]), (2 * MIB, MIB))
        self.assertIn("part: the beginning of a flash of 2 MiB", run("list", "made", folder=self.folder).stdout)
        listed = json.loads(run("list", "made", "--json", folder=self.folder).stdout)["backups"][0]
        self.assertEqual((listed["beginning"], listed["size"], listed["flash_size"]), (True, MIB, 2 * MIB))
        for words in (["--offline"], []):
            self.assertIn("the beginning of a flash of 2 MiB", self.go([], "verify", "made/half", *words).stdout)
        for words in ([], ["--flash-size", "1M"]):
            damaged = bytearray(right)
            damaged[0x9100] ^= 0xFF
            damaged[MIB + 5] = 0
            self.put(damaged)
            done = self.go([], "restore", "made/half", *words)
            self.assertIn("the rest is left as it is", done.stderr)
            self.assertTrue(self.flash() == right[:MIB] + bytes(damaged[MIB:]))

    def test_nothing_is_written_behind_the_end_of_a_flash(self):
        """Nothing told that this flash is smaller, until something was written to it."""
        right = {name: random.Random(name).randbytes(0x8000) for name in ("low.bin", "high.bin")}
        right["both.bin"] = right["low.bin"] + b"\xff" * (MIB - 0x8000) + right["high.bin"]
        for name, data in right.items():
            with open(self.path(name), "wb") as file:
                file.write(data)
        for words in (["0x0", "low.bin", "0x100000", "high.bin"], ["0x0", "both.bin"]):
            self.put(b"\xff" * MIB)
            done = self.go([ID_2M, "no-sfdp"], "write", *words, code=9)
            self.assertIn("smaller than it says", done.stderr)
            self.assertNotIn("worn out", done.stderr)
            self.assertTrue(self.flash() == right["low.bin"] + b"\xff" * (MIB - 0x8000))

    def test_no_backup_is_put_behind_the_end_of_a_flash(self):
        self.put(contents(2 * MIB))
        self.go([ID_2M], "backup", "-o", "made", "--name", "two")
        self.put(b"\xff" * MIB)
        done = self.go([ID_2M, "no-sfdp"], "restore", "made/two", "--force", code=9)
        self.assertIn("smaller than it says", done.stderr)
        self.assertEqual(self.flash()[0x1000:MIB - 4096], contents(2 * MIB)[0x1000:MIB - 4096])

    def test_a_whole_read_tells_of_an_erased_flash_too(self):
        self.put(contents(MIB))
        self.go([], "backup", "-o", "made", "--name", "full")
        for words in (["--full"], ["--full", "--no-verify"], ["--loader", "rom", "--full"]):
            self.put(b"\xff" * MIB)
            shutil.rmtree(self.path("made", "empty"), ignore_errors=True)
            done = self.go([], "backup", "-o", "made", "--name", "empty", *words)
            self.assertIn("it was erased since then", done.stderr, words)


if __name__ == "__main__":
    unittest.main()
