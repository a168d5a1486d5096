# SPDX-License-Identifier: Apache-2.0
"""read and write go on when the device goes away: cuts of the line and resets of the chip, anywhere."""
import json
import os
import random
import tempfile
import unittest

from program import needs_stub, run

SIZE = 256 * 1024
# A fault strikes again in every visit, so one that strikes early is never got past: then the code and the
# message have to be right. Of each kind some places have to be got past.
READ_FAULTS = {"cut.from": range(20000, 250000, 37001), "reset": range(20000, 250000, 37001),
               "die": range(20000, 250000, 37001)}
WRITE_FAULTS = {"cut.to": range(30000, 250000, 33001)}


class Reconnect(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.contents = random.randbytes(SIZE)
        self.put("flash.img", self.contents)

    def put(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as out:
            out.write(contents)

    def get(self, name):
        with open(os.path.join(self.folder, name), "rb") as back:
            return back.read()

    def espbak(self, fault, *arguments, **more):
        return run("-p", f"sim:esp32s3,flash=flash.img,fault={fault}", *arguments, folder=self.folder, **more)

    def sweep(self, faults, arguments, code, **more):
        """Run with each fault; yields what was finished, and checks how the others failed."""
        for kind, amounts in faults.items():
            survived = 0
            for amount in amounts:
                done = self.espbak(f"{kind}:{amount}", *arguments, **more)
                with self.subTest(fault=f"{kind}:{amount}", arguments=arguments, errors=done.stderr):
                    if done.returncode != 0:
                        self.assertIn(done.returncode, (4, 5, code))
                        yield False, done
                        continue
                    survived += 1  # the contents are random, so all of them cross the line
                    yield True, done
            with self.subTest(kind=kind, arguments=arguments):
                self.assertGreater(survived, 0)

    def test_read_into_a_file(self):
        for options in ([], ["--full", "--no-verify"]):
            arguments = ["--json", "read", "0", "ALL", "r.bin", "--overwrite", *options]
            for finished, done in self.sweep(READ_FAULTS, arguments, 5):
                if not finished:
                    self.assertEqual(sorted(os.listdir(self.folder)), ["flash.img"])
                    continue
                self.assertEqual(self.get("r.bin"), self.contents)
                # What may have changed while it was away is compared, whatever was asked.
                if "it is back" in done.stderr or not options:
                    self.assertTrue(json.loads(done.stdout)["verified"])
                os.remove(os.path.join(self.folder, "r.bin"))
                os.remove(os.path.join(self.folder, "r.bin.sha256"))

    def test_read_to_standard_output(self):
        for finished, done in self.sweep(READ_FAULTS, ["read", "0x3000", "0x3A000", "-"], 5, text=False):
            wanted = self.contents[0x3000:0x3D000]
            self.assertTrue(done.stdout == wanted if finished else wanted.startswith(done.stdout))

    def test_write(self):
        new = random.randbytes(SIZE)
        self.put("new.bin", new)
        for options in ([], ["--no-verify"]):
            for finished, done in self.sweep(WRITE_FAULTS, ["--json", "write", "0", "new.bin", *options], 9):
                if finished:
                    self.assertEqual(self.get("flash.img"), new)
                    if "it is back" in done.stderr or not options:
                        self.assertTrue(json.loads(done.stdout)["verified"])
                else:
                    self.assertEqual(done.returncode == 9, self.get("flash.img") != self.contents)
                self.put("flash.img", self.contents)

    def test_what_makes_no_way_is_given_up(self):
        done = self.espbak("cut.from:20000", "read", "0", "ALL", "r.bin")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), ["flash.img"])
        self.put("new.bin", random.randbytes(SIZE))
        done = self.espbak("cut.to:40000", "write", "0", "new.bin")
        self.assertEqual(done.returncode, 9, done.stderr)
        self.assertIn("run again:\n  ", done.stderr)


if __name__ == "__main__":
    needs_stub()
    unittest.main()
