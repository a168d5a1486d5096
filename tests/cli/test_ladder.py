# SPDX-License-Identifier: Apache-2.0
"""What is done when a line or a place gives trouble: other rates, other loaders, and what is said of it."""
import base64
import json
import os
import random
import re
import tempfile
import unittest

from program import run

K, M = 1024, 1024 * 1024
LINE = "baud=real,latency-ms=1,flash-time=default"
# What the simulator runs as a stub: anything, and a legacy one by where its data goes.
CODE = {"esp32": (0x400BE000, {"1": 0x3FFDEBAC, "2": 0x3FFDED6C}),
        "esp32s3": (0x40378000, {"1": 0x3FCB2C00, "2": 0x3FCB2DC4})}
COUNTS = ("resyncs", "mended_sectors", "baud_steps", "restarts", "loader_changes")


class Ladder(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name

    def stubs(self, *kinds, chip="esp32"):
        """A folder with stubs of these kinds, the legacy one is "1"."""
        start, data = CODE[chip]
        for kind in kinds:
            os.makedirs(self.path("stubs", kind), exist_ok=True)
            with open(self.path("stubs", kind, f"{chip}.json"), "w", encoding="ascii") as file:
                json.dump({"entry": start + 4, "text_start": start, "text": base64.b64encode(bytes(16)).decode(),
                           "data_start": data[kind], "data": base64.b64encode(bytes(4)).decode()}, file)
        return ("--stub", "stubs")

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def flash(self, size=M):
        """Full at its beginning, so that it is read, and different everywhere."""
        self.contents = random.Random(5).randbytes(min(size, M)) + b"\xff" * max(0, size - M)
        with open(self.path("flash.img"), "wb") as file:
            file.write(self.contents)

    def backup(self, port, *arguments, code=0, chip="esp32"):
        """Make one; what it says with -v, what its manifest says of the line, and its bytes."""
        done = run("-v", "-p", f"sim:{chip},flash=flash.img,{LINE},{port}", "backup", "-o", "out", *arguments,
                   folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr[-3000:])
        sealed = [name for name in os.listdir(self.path("out")) if not name.endswith(".partial")]
        if not sealed:
            return done.stderr, {}, b""
        with open(self.path("out", sealed[0], "manifest.json"), encoding="utf-8") as file:
            link = json.load(file)["link"]
        with open(self.path("out", sealed[0], "flash.bin"), "rb") as file:
            return done.stderr, link, file.read()

    def steps(self, log):
        """The changes of rate that were logged."""
        return [(int(old), int(new)) for old, new in re.findall(r": from (\d+) to (\d+) baud$", log, re.M)]

    def test_a_good_line_is_left_alone(self):
        self.flash()
        _, link, data = self.backup("seed=1", *self.stubs("2"))
        self.assertEqual(data, self.contents)
        self.assertEqual([name for name in COUNTS if name in link], [])
        self.assertEqual(link["retries"], 0)

    def test_a_lower_rate_finishes_what_fails_at_a_high_one(self):
        self.flash()
        faults = "fault=flip.from:8e-3+drop.from:8e-3,seed=4"
        log, _, data = self.backup(faults, *self.stubs("2"), code=5)
        self.assertEqual(data, b"")
        log, link, data = self.backup(f"{faults},fault-baud=300000", *self.stubs("2"))
        self.assertEqual(data, self.contents)
        steps = self.steps(log)
        self.assertIn(230400, [new for _, new in steps])
        self.assertEqual(link["baud_steps"], len(steps))
        self.assertGreater(link["resyncs"], 0)
        for old, new in steps:
            self.assertTrue(115200 <= new <= 921600 and old != new)

    def test_a_higher_rate_is_tried_again_but_never_above_what_was_asked_for(self):
        self.flash()
        log, link, data = self.backup("fault=flip.from:2e-3,fault-baud=400000,seed=2", "-b", "460800", *self.stubs("2"))
        self.assertEqual(data, self.contents)
        steps = self.steps(log)
        self.assertEqual(steps[0], (460800, 230400))
        self.assertIn((230400, 460800), steps)
        self.assertLessEqual(max(max(step) for step in steps), 460800)
        self.assertLess(len(steps), 8)
        self.assertEqual(link["baud_steps"], len(steps))

    def test_a_rom_changes_its_rate_too(self):
        self.flash(256 * K)
        log, link, data = self.backup("fault=flip.from:3e-3,fault-baud=400000,crystal=26,seed=3", "--no-stub")
        self.assertEqual(data, self.contents)
        self.assertEqual(link["loader"], "rom")
        self.assertIn(230400, [new for _, new in self.steps(log)])

    def test_a_change_of_rate_that_fails_ends_at_the_rate_before(self):
        self.flash()
        log, _, data = self.backup("fault=flip.from:1e-5+deaf-baud:1,seed=1", *self.stubs("2"))
        self.assertEqual(data, self.contents)
        self.assertIn("going on with 115200 baud", log)
        self.assertIn("230400 baud does not work, so it stays at 115200", log)
        self.assertEqual(self.steps(log), [])

    def test_on_a_rough_line_nothing_is_asked_of_a_stub_that_might_erase(self):
        """One bit lies between its commands for reading and for erasing all."""
        self.flash()
        for kinds, other in ((("2",), "the ROM loader"), (("1", "2"), "the legacy stub")):
            log, link, data = self.backup("fault=flip:1e-4,seed=8", *self.stubs(*kinds))
            self.assertEqual(data, self.contents)
            self.assertIn(f"might take a request to read for one to erase: {other} reads on", log)
            self.assertNotIn("going back", log)
            self.assertGreaterEqual(link["loader_changes"], 1)
            os.rename(self.path("out"), self.path(f"out-{other}"))

    def test_another_stub_reads_what_the_first_one_spoils(self):
        self.flash()
        log, link, data = self.backup("fault=garble:0x20000,fault-stub=current", *self.stubs("1", "2"))
        self.assertEqual(data, self.contents)
        self.assertIn("a place keeps failing: from 921600 to 460800 baud", log)
        self.assertIn("0x20000 keeps failing with the current stub: trying the legacy stub", log)
        self.assertEqual((link["loader"], link["loader_changes"], link["restarts"]), ("stub", 1, 1))

    def test_the_rom_reads_what_the_stub_spoils_and_the_stub_goes_on(self):
        self.flash()
        log, link, data = self.backup("fault=garble:0x20000,fault-stub=current", *self.stubs("2"))
        self.assertEqual(data, self.contents)
        self.assertIn("0x20000 keeps failing with the current stub: trying the ROM loader", log)
        self.assertIn("going back to the current stub", log)
        self.assertGreaterEqual(link["loader_changes"], 2)

    def test_a_stub_that_dies_at_a_place(self):
        self.flash()
        log, link, data = self.backup("fault=crash:0x20000,fault-stub=current", *self.stubs("2"))
        self.assertEqual(data, self.contents)
        self.assertIn("the loader is silent", log)
        self.assertIn("0x20000 keeps failing with the current stub: trying the ROM loader", log)
        self.assertNotIn("reconnects", link)

    def check_hole(self, fault):
        log, link, data = self.backup(f"fault={fault}:0x21234", "--full", "--allow-unreadable", *self.stubs("1", "2"),
                                      code=5)
        self.assertIn("0x21000 to 0x22000 cannot be read", log)
        self.assertEqual(data, self.contents[:0x21000] + b"\xff" * 0x1000 + self.contents[0x22000:])
        self.assertLessEqual(link["restarts"], 12)
        self.assertEqual(log.count("keeps failing with"), 2)

    def test_a_place_where_all_loaders_send_something_else(self):
        self.flash()
        self.check_hole("garble")

    def test_a_place_where_all_loaders_die(self):
        self.flash()
        self.check_hole("crash")

    def test_a_place_where_all_loaders_say_nothing(self):
        self.flash()
        self.check_hole("mute")

    def state(self):
        (name,) = os.listdir(self.path("out"))
        with open(self.path("out", name, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)["state"]

    def test_on_a_line_that_damages_bytes_nothing_goes_without_proof(self):
        self.flash()
        _, _, data = self.backup("seed=1", *self.stubs("2"), "--no-verify")
        self.assertEqual((data, self.state()), (self.contents, "unverified"))
        os.rename(self.path("out"), self.path("quiet"))
        log, _, data = self.backup("fault=flip:1e-4,seed=6", *self.stubs("2"), "--no-verify")
        self.assertEqual((data, self.state()), (self.contents, "verified"))
        self.assertIn("compared with the device in spite of --no-verify", log)

    def high_up(self, *kinds, code=0):
        """A flash of 32 MB with something that the current stub spoils above 16 MB."""
        place = 20 * M
        self.flash(32 * M)
        self.contents = self.contents[:place] + b"up there".ljust(4 * K) + self.contents[place + 4 * K:]
        with open(self.path("flash.img"), "wb") as file:
            file.write(self.contents)
        faults = f"fault=garble:{place},fault-stub=current,size=32M"
        return self.backup(faults, *self.stubs(*kinds, chip="esp32s3"), chip="esp32s3", code=code)

    def test_above_16_megabytes_the_other_stub_is_tested_and_used(self):
        log, _, data = self.high_up("1", "2")
        self.assertEqual(data, self.contents)
        self.assertIn("0x1400000 keeps failing with the current stub: trying the legacy stub", log)

    def test_above_16_megabytes_the_rom_is_not_used(self):
        log, _, data = self.high_up("2", code=5)
        self.assertEqual(data, b"")
        self.assertNotIn("trying the ROM loader", log)
        self.assertIn("0x1400000 to 0x1401000 cannot be read", log)


if __name__ == "__main__":
    unittest.main()
