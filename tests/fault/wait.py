# SPDX-License-Identifier: Apache-2.0
"""A device that goes away in the middle of a run and comes back: --wait goes on with it in the same run."""
import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.environ.get("ESPBAK_TEST_PROGRAM", "espbak")
ESPSIM = os.environ.get("ESPBAK_TEST_ESPSIM", "espsim")
SIZE = 128 * 1024
SECTOR = 4096


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Wait(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(self.holder.cleanup)
        self.folder = self.holder.name
        self.port = free_port()
        self.contents = random.randbytes(SIZE)
        self.write(self.contents)

    def write_file(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as out:
            out.write(contents)

    def write(self, contents):
        self.write_file("flash.img", contents)

    def plug_in(self, mac="02:00:00:00:00:01"):
        device = subprocess.Popen([ESPSIM, "--chip", "esp32", "--listen", f"rfc2217:{self.port}", "--flash", "flash.img",
                                   "--baud", "real", "--mac", mac],
                                  cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(device.stdout.close)
        self.addCleanup(device.wait)
        self.addCleanup(device.kill)
        time.sleep(0.3)
        return device

    def start(self, *arguments, out=subprocess.PIPE):
        return subprocess.Popen([PROGRAM, "--progress", "json", "-p", f"rfc2217://127.0.0.1:{self.port}", "-b",
                                 "460800", *arguments],
                                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
                                text=True)

    def back_up(self, *more):
        return self.start("--json", "backup", "--full", *more)

    def pull_out(self, program, device, phase="reading", share=5 / 8):
        """Once some of a phase is done."""
        while True:
            line = program.stderr.readline()
            self.assertTrue(line, "it ended before it came so far")
            event = json.loads(line)
            if event["event"] == "progress" and event["phase"] == phase and event["done"] >= SIZE * share:
                break
        device.kill()
        device.wait()

    def back_and_forth(self, *arguments, phase="reading", share=5 / 8, change=None, out=subprocess.PIPE):
        """Run a command whose device is pulled out, perhaps changed, and plugged in again."""
        device = self.plug_in()
        program = self.start(*arguments, "--wait", "60", out=out)
        self.pull_out(program, device, phase, share)
        if change is not None:
            with open(f"{self.folder}/flash.img", "r+b") as flash:
                flash.seek(change)
                flash.write(random.randbytes(SECTOR))
        again = self.plug_in()
        _, errors = program.communicate(timeout=120)
        again.kill()
        again.wait()
        return program.returncode, errors

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as back:
            return back.read()

    def test_it_comes_back_changed(self):
        device = self.plug_in()
        program = self.back_up("--wait", "60")
        self.pull_out(program, device)
        now = bytearray(self.contents)
        now[3 * SECTOR:4 * SECTOR] = random.randbytes(SECTOR)
        self.write(bytes(now))
        time.sleep(2)
        self.plug_in()
        out, errors = program.communicate(timeout=120)
        self.assertEqual(program.returncode, 0, errors)
        document = json.loads(out)
        self.assertGreaterEqual(document["recovery"]["reconnects"], 1)
        self.assertEqual(document["recovery"]["changed_bytes"], SECTOR)
        self.assertEqual(self.read(os.path.join(document["path"], "flash.bin")), bytes(now))

    def test_another_one_comes_instead(self):
        device = self.plug_in()
        program = self.back_up("--wait", "60")
        self.pull_out(program, device)
        self.plug_in(mac="02:00:00:00:00:02")
        _, errors = program.communicate(timeout=120)
        self.assertEqual(program.returncode, 4, errors)
        self.assertIn("another device is attached now", errors)

    def test_it_stays_away(self):
        device = self.plug_in()
        program = self.back_up("--wait", "2")
        self.pull_out(program, device)
        begun = time.monotonic()
        _, errors = program.communicate(timeout=120)
        self.assertIn(program.returncode, (3, 5), errors)
        self.assertGreater(time.monotonic() - begun, 1.5)
        self.assertIn("--resume", errors)

    def test_a_read_into_a_file(self):
        for more in ([], ["--no-verify"]):
            code, errors = self.back_and_forth("read", "0", "ALL", "r.bin", "--full", "--overwrite", *more,
                                               change=3 * SECTOR)
            self.assertEqual(code, 0, errors)
            self.assertEqual(self.read("r.bin"), self.read("flash.img"))
            self.assertEqual(self.read("r.bin.sha256").split()[0].decode(),
                             hashlib.sha256(self.read("flash.img")).hexdigest())

    def test_a_read_whose_first_part_has_left_already(self):
        with open(f"{self.folder}/stream", "wb") as out:
            code, errors = self.back_and_forth("read", "0", "ALL", "-", "--full", out=out)
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.read("stream"), self.contents)
        with open(f"{self.folder}/stream", "wb") as out:
            code, errors = self.back_and_forth("read", "0", "ALL", "-", "--full", "--no-verify", change=3 * SECTOR,
                                               out=out)
        self.assertEqual(code, 6, errors)

    def test_a_verify(self):
        self.write_file("same.bin", self.contents)
        code, errors = self.back_and_forth("verify", "0", "same.bin", phase="verifying", share=0)
        self.assertEqual(code, 0, errors)
        self.assertIn("it is back", errors)
        code, errors = self.back_and_forth("verify", "0", "same.bin", phase="verifying", share=0, change=3 * SECTOR)
        self.assertEqual(code, 6, errors)
        self.assertIn("0x3000 to 0x4000", errors)

    def test_a_write(self):
        new = random.randbytes(SIZE)
        self.write_file("new.bin", new)
        for more in ([], ["--no-verify"]):
            self.write(self.contents)
            code, errors = self.back_and_forth("write", "0", "new.bin", *more, phase="writing", change=3 * SECTOR)
            self.assertEqual(code, 0, errors)
            self.assertIn("it is back", errors)
            self.assertEqual(self.read("flash.img"), new)

    def test_a_restore(self):
        device = self.plug_in()
        program = self.start("backup", "--name", "b")
        program.communicate(timeout=120)
        self.assertEqual(program.returncode, 0)
        device.kill()
        device.wait()
        self.write(random.randbytes(SIZE))
        code, errors = self.back_and_forth("restore", "--yes", "--force", "backups/b", phase="writing",
                                           change=3 * SECTOR)
        self.assertEqual(code, 0, errors)
        self.assertIn("it is back", errors)
        self.assertEqual(self.read("flash.img"), self.contents)


if __name__ == "__main__":
    if not hasattr(socket, "AF_INET"):
        sys.exit(77)
    unittest.main()
