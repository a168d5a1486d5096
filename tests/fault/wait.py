# SPDX-License-Identifier: Apache-2.0
"""A device that goes away in the middle of a backup and comes back: --wait goes on with it in the same run."""
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

    def write(self, contents):
        with open(f"{self.folder}/flash.img", "wb") as out:
            out.write(contents)

    def plug_in(self, mac="02:00:00:00:00:01"):
        device = subprocess.Popen([ESPSIM, "--chip", "esp32", "--listen", f"tcp:{self.port}", "--flash", "flash.img",
                                   "--baud", "real", "--boot", "download", "--mac", mac],
                                  cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(device.stdout.close)
        self.addCleanup(device.wait)
        self.addCleanup(device.kill)
        time.sleep(0.3)
        return device

    def back_up(self, *more):
        return subprocess.Popen([PROGRAM, "--json", "--progress", "json", "-p", f"socket://127.0.0.1:{self.port}",
                                 "backup", "--full", *more], cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def pull_out(self, program, device):
        """Once some of the flash has been read."""
        while True:
            line = program.stderr.readline()
            self.assertTrue(line, "it ended before it read anything")
            event = json.loads(line)
            if event["event"] == "progress" and event["phase"] == "reading" and event["done"] >= SIZE * 5 // 8:
                break
        device.kill()
        device.wait()

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
        with open(os.path.join(self.folder, document["path"], "flash.bin"), "rb") as back:
            self.assertEqual(back.read(), bytes(now))

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


if __name__ == "__main__":
    if not hasattr(socket, "AF_INET"):
        sys.exit(77)
    unittest.main()
