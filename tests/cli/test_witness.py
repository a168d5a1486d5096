# SPDX-License-Identifier: Apache-2.0
"""Two witnesses: where espbak's own loader is not proven on the chip, another program takes the second look."""
import json
import os
import random
import tempfile
import unittest

from program import needs_stub, run

SIZE = 512 * 1024
# Which loader confirms what our own has read: the ROM's, but an ESP8266 has no MD5 in its ROM.
UNPROVEN = (("esp32c6", "rom"), ("esp32p4", "rom"), ("esp32s2", "rom"), ("esp8266", "stub"))
PHRASES = {"rom": "the ROM loader", "stub": "the current stub"}
NO_WAY_BACK = ("esp32c6,boot=download", "--before", "no-reset", "--loader", "own")


class Witness(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        chance = random.Random(11)
        self.contents = chance.randbytes(SIZE // 2) + b"\xff" * (SIZE // 4) + chance.randbytes(SIZE // 4)
        self.put("flash.img", self.contents)

    def put(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(contents)

    def get(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def run_on(self, chip, *arguments):
        return run("-p", f"sim:{chip},flash=flash.img", *arguments, folder=self.folder)

    def document(self, chip, *arguments, code=0):
        done = self.run_on(chip, "--json", *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def backup(self, chip, name, *arguments):
        """What the manifest says of it."""
        done = self.run_on(chip, *arguments, "backup", "--full", "--name", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.get(f"backups/{name}/flash.bin"), self.contents)
        return json.loads(self.get(f"backups/{name}/manifest.json"))["verification"]

    def test_who_read_and_who_confirmed(self):
        needs_stub()
        for chip, other in UNPROVEN:
            with self.subTest(chip=chip):
                told = self.backup(chip, chip)
                self.assertEqual((told["read_by"], told["confirmed_by"], told["confirmed_alone"]),
                                 ("own", other, False))
                sentence = f"read by espbak's own loader, confirmed by {PHRASES[other]}"
                self.assertIn(sentence, self.run_on(chip, "inspect", f"backups/{chip}").stdout)
                self.assertIn(sentence, self.run_on(chip, "read", "0", "ALL", "r.bin", "--overwrite").stdout)
                self.assertEqual(self.get("r.bin"), self.contents)
                self.assertIn(f"by {PHRASES[other]}", self.run_on(chip, "verify", f"backups/{chip}").stdout)

    def test_a_proven_loader_needs_no_other(self):
        needs_stub()
        for chip, arguments, loader in (("esp32", (), "own"), ("esp32c3", (), "own"), ("esp32s3", (), "own"),
                                        ("esp32c6", ("--loader", "stub"), "stub"),
                                        ("esp32c6", ("--loader", "rom"), "rom")):
            with self.subTest(chip=chip, arguments=arguments):
                told = self.backup(chip, f"{chip}{loader}", *arguments)
                self.assertEqual((told["read_by"], told["confirmed_by"], told["confirmed_alone"]),
                                 (loader, loader, False))

    def test_programs_are_told(self):
        proof = self.document("esp32c6", "read", "0", "ALL", "r.bin")["proof"]
        self.assertEqual(proof, {"moved_by": "own", "confirmed_by": "rom", "alone": False})
        self.assertEqual(self.document("esp32c6", "backup", "--name", "a")["proof"], proof)
        self.assertEqual(self.document("esp32c6", "verify", "backups/a")["proof"],
                         {"confirmed_by": "rom", "alone": False})

    def test_one_witness_only_is_said(self):
        needs_stub()
        for chip, *arguments in (NO_WAY_BACK, ("esp8266", "--no-stub", "--loader", "own")):
            with self.subTest(chip=chip):
                done = self.run_on(chip, *arguments, "read", "0", "ALL", "r.bin", "--overwrite")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("what it read is confirmed by the same program", done.stderr)
                self.assertIn("read and confirmed by the same program, espbak's own loader", done.stdout)
                told = self.backup(chip, chip[:7], *arguments)
                self.assertEqual((told["read_by"], told["confirmed_by"], told["confirmed_alone"]),
                                 ("own", "own", True))
                self.assertIn("confirmed by the same program",
                              self.run_on(chip, "inspect", f"backups/{chip[:7]}").stdout)

    def test_a_loader_that_lies(self):
        """Its checksums fit what it sends; with `lies` its digests do too."""
        needs_stub()
        for chip, _ in UNPROVEN:
            for fate in ("misreads", "lies"):
                for loader in ("auto", "own"):
                    with self.subTest(chip=chip, fate=fate, loader=loader):
                        self.assert_not_verified(f"{chip},own={fate}", "--loader", loader)

    def assert_not_verified(self, chip, *arguments):
        before = set(os.listdir(self.folder))
        done = self.run_on(chip, *arguments, "read", "0", "ALL", "lie.bin")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("espbak's own loader and ", done.stderr)
        self.assertIn(" do not agree on what is in the flash from 0x0 to 0x1000", done.stderr)
        self.assertEqual(set(os.listdir(self.folder)), before)
        done = self.run_on(chip, *arguments, "backup", "--name", "lie", "-o", "lies")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertEqual(os.listdir(os.path.join(self.folder, "lies")), ["lie.partial"])
        self.assert_next_loader(done)
        # What was kept is put right by a loader that does not lie.
        done = self.run_on(chip, "--loader", "stub", "backup", "--resume", "--name", "lie", "-o", "lies")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.get("lies/lie/flash.bin"), self.contents)
        self.assertEqual(self.run_on(chip, *arguments, "verify", "lies/lie").returncode, 0)
        for name in os.listdir(os.path.join(self.folder, "lies/lie")):
            os.remove(os.path.join(self.folder, "lies/lie", name))
        os.rmdir(os.path.join(self.folder, "lies/lie"))
        os.rmdir(os.path.join(self.folder, "lies"))

    def assert_next_loader(self, done):
        """What is suggested does not come to the same end."""
        again = done.stderr.splitlines()[-1]
        self.assertIn("--loader stub", again)
        self.assertNotIn("--loader own", again)

    def test_to_standard_output(self):
        done = run("-p", "sim:esp32c6,own=lies,flash=flash.img", "read", "0", "ALL", "-", folder=self.folder,
                   text=False)
        self.assertEqual(done.returncode, 6, done.stderr)
        done = run("-p", "sim:esp32c6,flash=flash.img", "read", "0", "ALL", "-", folder=self.folder, text=False)
        self.assertEqual((done.returncode, done.stdout), (0, self.contents))

    def test_writing(self):
        needs_stub()
        self.put("new", random.Random(12).randbytes(90000))
        for chip, other in UNPROVEN:
            with self.subTest(chip=chip):
                self.backup(chip, f"{chip}-w")
                told = self.document(chip, "--loader", "own", "write", "0x40000", "new")
                self.assertEqual(told["proof"], {"moved_by": "own", "confirmed_by": other, "alone": False})
                done = self.run_on(chip, "--loader", "own", "restore", f"backups/{chip}-w", "--yes", "--snapshot")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"written by espbak's own loader, confirmed by {PHRASES[other]}", done.stdout)
                self.assertEqual(self.get("flash.img"), self.contents)

    def test_a_loader_that_lies_about_what_it_wrote(self):
        needs_stub()
        self.put("new", random.Random(13).randbytes(90000))
        for chip, _ in UNPROVEN:
            with self.subTest(chip=chip):
                self.put("flash.img", self.contents)
                self.backup(chip, f"{chip}-l", "--loader", "stub")
                lying = (f"{chip},own=lies", "--loader", "own")
                done = self.run_on(*lying, "write", "0x40000", "new")
                self.assertEqual(done.returncode, 6, done.stderr)
                self.assertIn("do not agree on what is in the flash from 0x40000", done.stderr)
                # The bootloader comes last, so nothing boots what is wrong.
                done = self.run_on(*lying, "restore", f"backups/{chip}-l", "--yes")
                self.assertEqual(done.returncode, 9, done.stderr)
                self.assertIn("do not agree on what is in the flash", done.stderr)
                self.assert_next_loader(done)
                done = self.run_on(f"{chip},own=lies", "--loader", "stub", "restore", f"backups/{chip}-l", "--yes")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.get("flash.img"), self.contents)

    def test_lines_that_make_mistakes_and_devices_that_go_away(self):
        needs_stub()
        for fault in ("flip:0.0001", "drop:0.0001", "cut.from:200000", "lie:0.05"):
            with self.subTest(fault=fault):
                done = self.run_on(f"esp32c6,fault={fault},seed=5", "read", "0", "ALL", "r.bin", "--overwrite")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("confirmed by the ROM loader", done.stdout)
                self.assertEqual(self.get("r.bin"), self.contents)


if __name__ == "__main__":
    unittest.main()
