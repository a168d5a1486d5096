# SPDX-License-Identifier: Apache-2.0
"""espbak selftest: who agrees and who does not, rates, and a sector that is blank again whatever happens."""
import json
import os
import random
import signal
import subprocess
import tempfile
import unittest

import flash_image
from flash_image import APP, DATA, K
from program import PROGRAM, environment, needs_stub, run

SIZE = 256 * K
FREE, UNDEFINED, NVS = 0x3F000, 0x3C000, 0x9000
TABLE = [("nvs", DATA, 0x02, 0x9000, 16 * K), ("app", APP, 0x00, 0x10000, 64 * K), ("spare", DATA, 0x06, 0x3C000, 8 * K)]
SLOW_PAGES = "flash-time=page-us:30000"


def pattern(offset):
    """What the test writes, as src/ops/selftest_scratch.c makes it."""
    state, out = offset ^ 0x7E57C0DE, bytearray()
    for _ in range(4096):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out.append(state >> 8 & 0xFF)
    return bytes(out)


class Selftest(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        flash = bytearray(b"\xff" * SIZE)
        flash[:0x4000] = random.Random(1).randbytes(0x4000)
        flash[0x10000:0x20000] = random.Random(2).randbytes(0x10000)
        table = flash_image.table(TABLE)
        flash[0x8000:0x8000 + len(table)] = table
        flash[NVS:NVS + 64] = b"n" * 64
        self.keep(flash)

    def keep(self, flash):
        self.flash = bytes(flash)
        with open(os.path.join(self.folder, "flash.img"), "wb") as file:
            file.write(flash)

    def found(self):
        with open(os.path.join(self.folder, "flash.img"), "rb") as file:
            return file.read()

    def selftest(self, chip, *arguments, code=0):
        done = run("-p", f"sim:{chip},flash=flash.img", "--json", "selftest", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def states(self, report, name):
        return [(row["loader"], row["state"]) for row in report[name]]

    def test_all_agree(self):
        for chip in ("esp32", "esp32s2", "esp32c3", "esp32s3,usb=jtag"):
            report = self.selftest(chip)
            self.assertEqual(self.states(report, "reads"), [("rom", "ok"), ("stub", "ok"), ("own", "ok")])
            self.assertEqual(len({row["sha256"] for row in report["reads"] + report["rates"] + report["afterwards"]}), 1)
            self.assertEqual([row["asked_baud"] for row in report["rates"]],
                             [] if "usb" in chip else
                             [115200, 230400, 460800, 921600, 1500000, 2000000, 3000000, 4000000, 5000000])
            self.assertEqual([row["chip_digest"] for row in report["reads"]],
                             ["md5", "md5", "sha256" if chip[:7] in ("esp32c3", "esp32s3") else "md5"])
            self.assertTrue(report["same"])
            self.assertEqual(report["writes"], [])
            self.assertEqual(self.found(), self.flash)

    def test_rates_are_those_that_chip_and_adapter_make(self):
        for chip, highest in (("esp32s3,bridge=cp2102", 921600), ("esp32s3,bridge=cp2104", 2000000),
                              ("esp32s3,bridge=ft232r", 3000000), ("esp32s3,bridge=ch343", 5000000)):
            report = self.selftest(chip)
            self.assertEqual(report["rates"][-1]["asked_baud"], highest, chip)
            self.assertEqual({row["state"] for row in report["rates"]}, {"ok"})

    def test_digests_that_do_not_agree(self):
        self.assertEqual(self.selftest("esp32,fault=lie:0.02,seed=1")["same"], True)
        report = self.selftest("esp32,fault=lie:0.4,seed=6", code=6)
        self.assertIn("is not that of what it read there", " ".join(row.get("why", "") for row in report["reads"]))

    def test_it_names_the_rom_that_was_heard(self):
        self.assertEqual(self.selftest("esp32")["rom"], "ESP-ROM:esp32-simulated")
        self.assertNotIn("rom", self.selftest("esp8266"))  # it speaks at 74880 baud
        done = run("-p", "sim:esp32,boot=download,flash=flash.img", "--before", "no-reset", "selftest", folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("ROM  ", done.stdout)

    def test_it_names_no_device(self):
        done = run("-p", "sim:esp32,flash=flash.img,mac=aa:bb:cc:dd:ee:01", "selftest", folder=self.folder)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("aa:bb", done.stdout)
        self.assertNotIn("flash.img", done.stdout)

    def test_a_loader_that_does_not_answer(self):
        for fate in ("own=silent", "own=crashes"):
            report = self.selftest(f"esp32,{fate}", code=5)
            self.assertEqual(self.states(report, "reads"), [("rom", "ok"), ("stub", "ok"), ("own", "failed")])
            self.assertIn("does not answer", report["reads"][2]["why"])
            self.assertEqual({row["loader"] for row in report["rates"]}, {"stub"})
            self.assertIn("espbak's own loader", report["error"]["message"])

    def test_a_loader_that_stops(self):
        report = self.selftest("esp32,own-dies=12", "--scratch", hex(FREE), code=5)
        self.assertEqual(report["reads"][2]["state"], "failed")
        self.assertEqual(self.found(), self.flash)

    def test_a_place_where_one_fails(self):
        report = self.selftest("esp32,fault=mute:0x20000,fault-stub=own", code=5)
        self.assertEqual(self.states(report, "reads"), [("rom", "ok"), ("stub", "ok"), ("own", "failed")])

    def test_a_loader_that_lies(self):
        for fate in ("own=misreads", "own=lies"):
            report = self.selftest(f"esp32,{fate}", code=6)
            self.assertEqual(self.states(report, "reads"), [("rom", "ok"), ("stub", "ok"), ("own", "differs")])
            self.assertEqual({row["loader"] for row in report["rates"]}, {"stub"})
            self.assertIn("it gives other bytes than the ROM loader", report["error"]["message"])

    def test_bytes_that_differ(self):
        """Loaders prove by their own checksums what they read, and it is not the same each time."""
        report = self.selftest("esp32s3,fault=flicker:0x8100,seed=1", code=6)
        self.assertEqual(report["reads"][2]["state"], "differs")
        self.assertNotEqual(report["reads"][1]["sha256"], report["reads"][2]["sha256"])
        self.assertFalse(report["same"])
        self.assertIn("is not that of what it read there", report["error"]["message"])

    def test_rates_end_where_the_line_does(self):
        report = self.selftest("esp32,fault=flip:0.05,fault-baud=1500000")
        self.assertEqual(report["rates"][-1]["asked_baud"], 1500000)
        self.assertEqual([row["state"] for row in report["rates"]], ["ok"] * 4 + ["failed"])
        report = self.selftest("esp32", "-b", "460800")
        self.assertEqual(report["rates"][-1]["asked_baud"], 460800)

    def test_scratch(self):
        for chip in ("esp32", "esp32c3", "esp32c6", "esp32s3"):
            for place in (FREE, UNDEFINED):
                report = self.selftest(chip, "--scratch", hex(place))
                self.assertEqual(self.states(report, "writes"), [("rom", "ok"), ("stub", "ok"), ("own", "ok")])
                self.assertEqual(self.found(), self.flash)

    def test_scratch_on_an_esp8266(self):
        """It has no table; its ROM reads nothing, so it is not trusted with writing."""
        self.assertEqual(self.selftest("esp8266", "--scratch", hex(FREE), code=7)["error"]["status"], "refused")
        report = self.selftest("esp8266", "--scratch", hex(FREE), "--force")
        self.assertEqual(self.states(report, "writes"), [("stub", "ok"), ("own", "ok")])
        self.assertEqual(self.found(), self.flash)

    def test_scratch_where_something_is(self):
        for place, force, word in ((NVS, (), "nvs"), (0x10000, (), "app"), (0x8000, (), "table"), (0, (), "bootloader"),
                                   (NVS, ("--force",), "not blank"), (0x10000, ("--force",), "not blank")):
            report = self.selftest("esp32", "--scratch", hex(place), *force, code=7)
            self.assertIn(word, report["error"]["message"])
            self.assertEqual(self.found(), self.flash)
        self.selftest("esp32", "--scratch", hex(NVS + 0x1000), "--force")
        self.assertEqual(self.found(), self.flash)

    def test_scratch_without_a_table(self):
        self.keep(random.Random(3).randbytes(SIZE // 2) + b"\xff" * (SIZE // 2))
        report = self.selftest("esp32", "--scratch", hex(FREE), code=7)
        self.assertIn("no partition table", report["error"]["message"])

    def test_scratch_that_is_no_sector(self):
        for place in ("0x3F001", hex(SIZE), "0xFFFFF000"):
            self.assertIn("error", self.selftest("esp32", "--scratch", place, code=2))

    def test_what_an_earlier_test_has_left(self):
        flash = bytearray(self.flash)
        for length in (4096, 1000):
            flash[FREE:FREE + length] = pattern(FREE)[:length]
            self.keep(flash)
            done = run("-p", "sim:esp32s3,flash=flash.img", "selftest", "--scratch", hex(FREE), folder=self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("an earlier test was interrupted", done.stderr)
            self.assertEqual(self.found()[FREE:FREE + 4096], b"\xff" * 4096)
            flash[FREE:FREE + 4096] = b"\xff" * 4096
        # Not its pattern, however little it is.
        flash[FREE + 77] = pattern(FREE)[77] & ~pattern(FREE)[77] & 0xFF
        self.keep(flash)
        self.selftest("esp32", "--scratch", hex(FREE), code=7)
        self.assertEqual(self.found(), self.flash)

    def test_interrupted_while_it_writes(self):
        for chip in ("esp32", "esp32c3"):
            program = subprocess.Popen(
                [PROGRAM, "-p", f"sim:{chip},flash=flash.img,time=real,{SLOW_PAGES}", "-b", "115200", "--progress",
                 "json", "selftest", "--scratch", hex(FREE)], cwd=self.folder, env=environment(self.folder),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for line in program.stderr:
                event = json.loads(line)
                if event["event"] == "progress" and event["phase"] == "writing":
                    program.send_signal(signal.SIGINT)
                    break
            _, said = program.communicate(timeout=120)
            error = json.loads(said.splitlines()[-1])
            self.assertEqual(program.returncode, 130, said)
            self.assertFalse(error["flash_changed"])
            self.assertEqual(self.found(), self.flash)

    def test_a_device_that_goes_away(self):
        """Whenever it goes: either the sector is blank, or the exit code says that it is not."""
        seen = set()
        for at in (*range(2000, 149000, 9001), 149049, 152050):
            self.keep(self.flash)
            done = run("-p", f"sim:esp32,flash=flash.img,{SLOW_PAGES},fault=cut.to:{at}", "--json", "selftest", "--scratch",
                       hex(FREE), folder=self.folder)
            seen.add(done.returncode)
            if self.found() != self.flash:
                self.assertEqual(done.returncode, 9, done.stderr)
        self.assertEqual(seen, {5, 9})


if __name__ == "__main__":
    needs_stub()
    unittest.main()
