# SPDX-License-Identifier: Apache-2.0
"""Reading by espbak's own program in the chip: whether it is used, that what comes is the flash, and what serves when
it does not work."""
import json
import os
import random
import re
import struct
import subprocess
import tempfile
import unittest
import zlib

from line_trace import sent
from program import PROGRAM, environment, needs_stub, run

SIZE = 1024 * 1024
SECTOR = 4096


def contents():
    """Code-like and random bytes, with erased stretches between."""
    chance = random.Random(6)
    words = [chance.randbytes(24) for _ in range(16)]
    code = b"".join(chance.randbytes(40) + words[chance.randrange(16)] for _ in range(5000))
    flash = bytearray(b"\xff" * SIZE)
    flash[0x1000:0x1000 + 20000] = code[:20000]
    flash[0x10000:0x10000 + 300000] = code[:300000]
    flash[0x80000:0x80000 + 100000] = chance.randbytes(100000)
    return flash


def written_blocks(line):
    """The lengths that the requests to write name (firmware/wire.h)."""
    mark, op_write = struct.pack("<I", 0x51B7E5A9), 12
    requests = [struct.unpack_from("<7I", line, found.start()) for found in re.finditer(re.escape(mark), line)
                if found.start() + 28 <= len(line)]
    return [r[4] for r in requests if r[2] == op_write and zlib.crc32(struct.pack("<6I", *r[:6])) == r[6]]


class Loader(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(self.scratch.cleanup)
        self.folder = self.scratch.name
        self.flash = contents()
        self.write_flash()

    def write_flash(self):
        with open(os.path.join(self.folder, "flash.img"), "wb") as file:
            file.write(self.flash)

    def run_on(self, chip, *arguments):
        return run("-p", f"sim:{chip},flash=flash.img", *arguments, folder=self.folder)

    def loader(self, chip, *arguments):
        done = self.run_on(chip, *arguments, "--json", "read", "0", "64K", "part.bin", "--overwrite")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["link"]["loader"]

    def assert_reads(self, chip, *arguments):
        done = self.run_on(chip, "-v", "read", "0", "ALL", "all.bin", "--overwrite", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.folder, "all.bin"), "rb") as file:
            self.assertEqual(file.read(), self.flash)
        return done

    def test_where_it_is_used(self):
        needs_stub()
        for chip, arguments, loader in (
                ("esp32", (), "own"), ("esp32c3", (), "own"), ("esp32c3,usb=jtag", (), "own"),
                ("esp32s3", (), "own"), ("esp32s3", ("--loader", "stub"), "stub"),
                ("esp32c6", (), "own"), ("esp32p4", (), "own"), ("esp8266", (), "own"), ("esp32h4", (), "stub"),
                # it may not find back to the ROM's loader by itself
                ("esp32c6", ("--after", "no-reset"), "stub"), ("esp32s3", ("--after", "no-reset"), "own"),
                ("esp32", ("--loader", "stub"), "stub"), ("esp32", ("--loader", "rom"), "rom"),
                ("esp32s3", ("--reader", "on"), "own"), ("esp32", ("--reader", "off"), "stub"),
                ("esp32", ("--no-stub",), "rom"), ("esp32", ("--no-stub", "--reader", "off"), "rom"),
                ("esp32", ("--no-stub", "--reader", "on"), "own"),
                ("esp32", ("--after", "no-reset-stub"), "stub"),
                ("esp32c3,secure-boot=2", ("--loader", "own"), "rom")):
            with self.subTest(chip=chip, arguments=arguments):
                self.assertEqual(self.loader(chip, *arguments), loader)

    def test_the_environment_says_it_too(self):
        for name, word in (("ESPBAK_LOADER", "rom"), ("ESPBAK_READER", "off")):
            with self.subTest(name):
                setting = {name: word}
                done = subprocess.run([PROGRAM, "-p", "sim:esp32,flash=flash.img", "-v", "read", "0", "4K", "part.bin",
                               "--overwrite"],
                              cwd=self.folder, env=environment(self.folder, **setting), check=False,
                              capture_output=True, text=True, timeout=60)
                self.assertIn(f"loader: {word} (from {name})", done.stderr)
                self.assertNotIn("reading by own loader", done.stderr)

    def test_a_word_that_is_none(self):
        done = self.run_on("esp32", "--loader", "perhaps", "read", "0", "4K", "part.bin")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--loader is auto, own, stub or rom, not 'perhaps'", done.stderr)

    def test_it_writes(self):
        """By itself where it was proven, elsewhere when asked."""
        needs_stub()
        with open(os.path.join(self.folder, "new"), "wb") as file:
            file.write(b"new" * 100)
        for chip in ("esp32c6", "esp8266"):
            done = self.run_on(chip, "-v", "write", "0xF0000", "new")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("own loader", done.stderr)
        for chip, asked in (("esp32", ()), ("esp32c3", ()), ("esp32s3", ()),
                            ("esp32c6", ("--loader", "own")), ("esp8266", ("--loader", "own"))):
            before = bytearray(self.flash)
            done = self.run_on(chip, "-v", *asked, "write", "0xE0000", "new")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("own loader", done.stderr)
            before[0xE0000:0xE1000] = (b"new" * 100).ljust(SECTOR, b"\xff")
            with open(os.path.join(self.folder, "flash.img"), "rb") as file:
                after = bytearray(file.read())
            after[0xF0000:0xF1000] = before[0xF0000:0xF1000]
            self.assertEqual(after, before)

    def test_one_block_arrives_while_another_is_written(self):
        """The chip's ring keeps 32 KiB: a block that does not deflate is shorter, so that two of them fit."""
        noise, text = random.Random(9).randbytes(64 * 1024), b"the same again " * 5000
        for contents_of_file, longest in ((noise, 8192), (text, 16384)):
            with open(os.path.join(self.folder, "new"), "wb") as file:
                file.write(contents_of_file)
            trace = f"trace-{longest}"
            done = self.run_on("esp32", "--trace", trace, "write", "0xA0000", "new")
            self.assertEqual(done.returncode, 0, done.stderr)
            lengths = written_blocks(sent(os.path.join(self.folder, trace)))
            self.assertEqual(max(lengths), longest)
            self.assertLess(len(lengths), 2 * 64 * 1024 // longest)

    def test_it_lifts_block_protection_while_it_writes(self):
        with open(os.path.join(self.folder, "new"), "wb") as file:
            file.write(b"new" * 100)
        for chip in ("esp32", "esp32c3", "esp8266"):
            done = self.run_on(f"{chip},flash-status=0x1c", "--loader", "own", "write", "0xE0000", "new", "--force")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(os.path.join(self.folder, "flash.img"), "rb") as file:
                self.assertEqual(file.read()[0xE0000:0xE0000 + 300], b"new" * 100)
            self.write_flash()

    def test_what_keeps_its_block_protection(self):
        """A flash that knows no volatile status, and a loader that leaves the status alone."""
        with open(os.path.join(self.folder, "new"), "wb") as file:
            file.write(b"new" * 100)
        done = self.run_on("esp32,flash-status=0x1c,lasting-status", "--loader", "own", "write", "0xE0000", "new",
                           "--force")
        self.assertEqual(done.returncode, 9, done.stderr)
        self.assertIn("the flash is write-protected: the flash does not take what is written at 0xE0000", done.stderr)
        needs_stub()
        done = self.run_on("esp32,flash-status=0x1c", "--loader", "stub", "write", "0xE0000", "new", "--force")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("hint: the flash is write-protected (status registers 0x60021C)", done.stderr)
        with open(os.path.join(self.folder, "flash.img"), "rb") as file:
            self.assertEqual(file.read(), self.flash)

    def test_above_16_megabytes(self):
        """Every byte of the upper half is another than 16 MB below, and gets there and back."""
        size, half = 32 * SIZE, 16 * SIZE
        chance = random.Random(32)
        flash = bytearray(b"\xff" * size)
        flash[:SIZE], flash[half:half + SIZE] = self.flash, bytes(byte ^ 0x55 for byte in self.flash)
        flash[size - SECTOR:] = chance.randbytes(SECTOR)
        self.flash = flash
        self.write_flash()
        for chip in ("esp32s3,octal", "esp32c5", "esp32c61"):
            done = self.run_on(chip, "-v", "--loader", "own", "read", str(size - half - SECTOR), str(SIZE), "part",
                               "--overwrite")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("reading by own loader", done.stderr)
            with open(os.path.join(self.folder, "part"), "rb") as file:
                self.assertEqual(file.read(), flash[size - half - SECTOR:][:SIZE])
        for chip in ("esp32s3", "esp32p4"):
            done = self.run_on(chip, "-v", "--loader", "own", "backup", "--name", chip)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("does not work", done.stderr)
            with open(os.path.join(self.folder, "backups", chip, "flash.bin"), "rb") as file:
                self.assertEqual(file.read(), flash)
        broken = bytearray(flash)
        broken[half + 0x11000:half + 0x21000] = bytes(0x10000)
        broken[size - SECTOR:] = bytes(SECTOR)
        for chip, state in (("esp32s3", broken), ("esp32p4", bytearray(b"\xff" * size))):
            with self.subTest(chip):
                self.flash = state
                self.write_flash()
                done = self.run_on(chip, "-v", "--loader", "own", "restore", "--yes", "--force", f"backups/{chip}")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("does not work", done.stderr)
                done = self.run_on(chip, "--loader", "own", "verify", f"backups/{chip}")
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(os.path.join(self.folder, "flash.img"), "rb") as file:
                    self.assertEqual(file.read(), flash)

    def test_what_does_not_reach_above_16_megabytes(self):
        self.flash = bytearray(self.flash) + b"\xff" * 31 * SIZE
        self.write_flash()
        done = self.run_on("esp32c3", "--loader", "own", "read", "0", "4K", "part.bin")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("espbak's own loader is not used: it reaches 16 MiB of flash only", done.stderr)

    def test_what_cannot_be_compressed_and_what_is_erased(self):
        done = self.assert_reads("esp32")
        self.assertIn("reading by own loader", done.stderr)
        self.assertRegex(done.stdout, r"Compressed +.* on the line, .* erased not sent")

    def test_lines_that_make_mistakes(self):
        for kind in ("flip", "drop", "insert"):
            for rate in ("0.00005", "0.0005"):
                with self.subTest(kind=kind, rate=rate):
                    done = self.assert_reads(f"esp32,fault={kind}:{rate},seed=3")
                    self.assertNotIn("does not work", done.stderr)

    def test_odd_ranges(self):
        for at, size in ((1, 1), (0x10001, 70001), (SIZE - 3, 3), (0x7FFFE, 5)):
            done = self.run_on("esp32", "read", str(at), str(size), "odd.bin", "--overwrite")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(os.path.join(self.folder, "odd.bin"), "rb") as file:
                self.assertEqual(file.read(), self.flash[at:at + size])

    def test_one_that_does_not_work(self):
        needs_stub()
        for fate, arguments, serves in (
                ("own=silent", (), "Espressif's stub"), ("own=crashes", (), "Espressif's stub"),
                ("own=silent", ("--no-stub", "--reader", "on"), "the ROM loader")):
            done = self.assert_reads(f"esp32,{fate}", *arguments)
            told = [line for line in done.stderr.splitlines() if "warning:" in line]
            self.assertEqual(len(told), 1, done.stderr)
            self.assertRegex(told[0], rf"espbak's own loader does not work here \(.*\): going on with {serves}")

    def milliseconds(self, chip, *arguments):
        """As the chip's own clock counts them, on a line that takes its time."""
        done = self.run_on(f"{chip},baud=real,report=report", *arguments, "read", "0", "64K", "part.bin", "--overwrite")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.folder, "report"), encoding="utf-8") as file:
            return int(file.read().split()[0])

    def test_one_that_never_answers_costs_less_than_two_seconds(self):
        needs_stub()
        for chip in ("esp32", "esp32c6", "esp32s3", "esp8266"):
            without = self.milliseconds(chip, "--loader", "stub")
            for fate in ("silent", "crashes"):
                with self.subTest(chip=chip, fate=fate):
                    self.assertLess(self.milliseconds(f"{chip},own={fate}") - without, 2000)

    def test_one_that_does_not_answer_is_tried_once(self):
        """Also where the device goes away in between and comes back."""
        needs_stub()
        for chip, arguments in (("esp32", ()), ("esp32c6", ()), ("esp32c6", ("--loader", "own"))):
            done = self.assert_reads(f"{chip},own=silent,fault=cut.from:300000", *arguments, "--full")
            self.assertIn("it is back", done.stderr)
            self.assertEqual(done.stderr.count("own loader does not work"), 1, done.stderr)

    def test_one_that_dies_on_the_way(self):
        needs_stub()
        for answers in (3, 9, 80, 100):
            self.assert_reads(f"esp32,own-dies={answers}")

    def test_a_place_where_only_it_fails(self):
        needs_stub()
        for kind in ("mute", "garble", "crash"):
            with self.subTest(kind=kind):
                done = self.assert_reads(f"esp32,fault={kind}:0x20100,fault-stub=own")
                self.assertIn("keeps failing with espbak's own loader: trying the current stub", done.stderr)
                self.assertIn("going back to espbak's own loader", done.stderr)

    def test_backup_verify_and_what_has_changed(self):
        done = self.run_on("esp32", "backup", "--name", "a")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.folder, "backups", "a", "manifest.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["link"]["loader"], "own")
        self.assertEqual(self.run_on("esp32", "verify", "backups/a").returncode, 0)
        self.flash[0x20000:0x20000 + 10] = b"0123456789"
        self.flash[0x80000] ^= 1
        self.write_flash()
        done = self.run_on("esp32", "verify", "backups/a")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("2 ranges", done.stderr)
        done = self.run_on("esp32", "--json", "backup", "--name", "b")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["plan"]["read_bytes"], 2 * SECTOR)
        self.assertEqual(told["compression"]["flash_bytes"], 2 * SECTOR)
        with open(os.path.join(self.folder, "backups", "b", "flash.bin"), "rb") as file:
            self.assertEqual(file.read(), self.flash)

    def test_the_difference_to_the_device(self):
        self.assertEqual(self.run_on("esp32", "backup", "--name", "a").returncode, 0)
        done = self.run_on("esp32", "diff", "backups/a", "device")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_info_uses_it(self):
        needs_stub()
        for chip, arguments, loader in (("esp32", (), "own"), ("esp32c6", (), "own"),
                                        ("esp32", ("--loader", "stub"), "stub")):
            done = self.run_on(chip, *arguments, "info")
            self.assertTrue(re.search(rf"Loader +{loader}", done.stdout), done.stdout)

    def test_what_is_used_of_partitions(self):
        """Found by either loader, although our own has no need to know."""
        needs_stub()
        told = [run("-p", "sim:esp32s3,size=4M", "--loader", word, "backup-partitions", "--list", folder=self.folder)
                for word in ("own", "stub")]
        used = [done.stdout[done.stdout.index("  Used"):] for done in told]
        self.assertIn("erased", used[0])
        self.assertEqual(used[0], used[1])

    def test_one_that_a_killed_run_left_behind(self):
        """On a line that cannot reset the chip nobody else gets it out of the way."""
        espsim = os.path.join(os.path.dirname(PROGRAM), "espsim")
        if not os.path.exists(espsim):
            self.skipTest("no espsim here")
        with subprocess.Popen([espsim, "--chip", "esp32", "--flash", "flash.img", "--baud", "real",
                               "--boot", "download", "--listen", "tcp:0"], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as chip:
            self.addCleanup(chip.kill)
            port = re.search(r"listening on .*?(\d+)\s*$", chip.stdout.readline()).group(1)
            url = f"socket://127.0.0.1:{port}"
            command = [PROGRAM, "-v", "-p", url, "read", "0", "ALL", "all.bin"]
            with subprocess.Popen(command, cwd=self.folder, env=environment(self.folder), text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as killed:
                for line in killed.stderr:
                    if "reading by own loader" in line:
                        killed.kill()
            done = run("-v", "-p", url, "read", "0", "4K", "part.bin", folder=self.folder)
            chip.kill()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("reading by own loader", done.stderr)
        with open(os.path.join(self.folder, "part.bin"), "rb") as file:
            self.assertEqual(file.read(), self.flash[:SECTOR])


if __name__ == "__main__":
    unittest.main()
