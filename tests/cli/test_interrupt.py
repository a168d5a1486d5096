# SPDX-License-Identifier: Apache-2.0
"""Interrupted at every stage: what was changed is said, what was read is kept, and a second run completes it."""
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

import pasted
from program import PROGRAM, environment, run

SIZE = 1 << 18


class Interrupt(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.addCleanup(self.holder.cleanup)
        self.contents = os.urandom(SIZE)
        self.write("flash.img", self.contents)

    def write(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as out:
            out.write(contents)

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as back:
            return back.read()

    def interrupted(self, *arguments, phase=None, done=1, after=0.0, number=signal.SIGINT, again=False):
        """Start, wait until so much of a phase is done (or some time), and send the signal."""
        program = subprocess.Popen([PROGRAM, "--progress", "json", *arguments], cwd=self.folder,
                                   env=environment(self.folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        text = ""
        while phase is not None:
            line = program.stderr.readline()
            self.assertTrue(line, f"{phase} did not come, but: {text}")
            text += line
            event = json.loads(line)
            if event["event"] == "progress" and event["phase"] == phase and event["done"] >= done:
                break
        time.sleep(after)
        program.send_signal(number)
        if again:
            time.sleep(0.02)
            program.send_signal(number)
        text += program.communicate(timeout=120)[1]
        error = json.loads(text.splitlines()[-1])
        self.assertEqual(error["exit_code"], program.returncode, text)
        return program.returncode, error

    def slow(self, name="flash.img"):
        return ("-p", f"sim:esp32s3,flash={name},time=real,baud=real", "-b", "460800")

    def fast(self, name="flash.img"):
        return ("-p", f"sim:esp32s3,flash={name}")

    def kept(self, folder="backups"):
        path = os.path.join(self.folder, folder)
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def test_while_connecting(self):
        code, error = self.interrupted(*self.slow(), "backup", after=0.3)
        self.assertEqual(code, 130)
        self.assertFalse(error["flash_changed"])

    def test_while_reading(self):
        for number, again in ((signal.SIGINT, False), (signal.SIGTERM, True), (signal.SIGHUP, False)):
            code, error = self.interrupted(*self.slow(), "backup", "-o", str(number), phase="reading", done=SIZE // 2,
                                           number=number, again=again)
            self.assertEqual(code, 130)
            self.assertIn("interrupted", error["message"])
            [name] = self.kept(str(number))
            self.assertTrue(name.endswith(".partial"))
            data = self.read(f"{number}/{name}/flash.bin")
            self.assertGreater(len(data), 0)
            self.assertTrue(self.contents.startswith(data))
            again = run(*self.fast(), "--json", "backup", "--resume", "-o", str(number), folder=self.folder)
            self.assertEqual(again.returncode, 0, again.stderr)
            recovery = json.loads(again.stdout)["recovery"]
            self.assertTrue(recovery["resumed"])
            self.assertGreaterEqual(recovery["found_bytes"], SIZE // 4)
            self.assertEqual(recovery["changed_bytes"], 0)
            [name] = self.kept(str(number))
            self.assertEqual(self.read(f"{number}/{name}/flash.bin"), self.contents)
        self.assertEqual(run(*self.fast(), "backup", "-o", "later", folder=self.folder).returncode, 0)

    def test_without_a_mac_what_is_said_to_go_on_with_goes_on(self):
        os.remove(os.path.join(self.folder, "flash.img"))
        made = run("-p", "sim:esp32s3,size=1M", "read", "0", "ALL", "flash.img", folder=self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)
        for words in (["backup"], ["backup-partitions", "all"]):
            port = ["-p", f"sim:esp32s3,flash=flash.img,mac=00:00:00:00:00:00,fault=mute:{0x61000}"]
            broken = run(*port, *words, "-o", words[0], folder=self.folder)
            self.assertEqual(broken.returncode, 5, broken.stderr)
            command = broken.stderr.split("to go on with it:\n  ")[1].splitlines()[0]
            [name] = self.kept(words[0])
            self.assertIn(f" --name {name.removesuffix('.partial')}", command)
            port[1] = port[1].rpartition(",")[0]
            lost = run(*port, *words, "--resume", "-o", words[0], folder=self.folder)
            self.assertEqual(lost.returncode, 8)
            self.assertIn("--name", lost.stderr)
            code, said = pasted.paste(command.replace(f",fault=mute:{0x61000}", ""), self.folder)
            self.assertEqual(code, 0, said)

    def test_a_read_leaves_no_file(self):
        code, _ = self.interrupted(*self.slow(), "read", "0", "ALL", "r.bin", phase="reading")
        self.assertEqual(code, 130)
        self.assertEqual(sorted(os.listdir(self.folder)), ["flash.img"])

    def test_a_restore_before_anything_was_changed(self):
        other = os.urandom(2 << 20)
        self.write("flash.img", os.urandom(2 << 20))
        self.write("other.img", other)
        self.assertEqual(run(*self.fast(), "backup", "--name", "b", folder=self.folder).returncode, 0)
        code, error = self.interrupted(*self.slow("other.img,flash-time=hash-ns:1000"), "restore", "--yes", "backups/b",
                                       phase="comparing")
        self.assertEqual(code, 130)
        self.assertFalse(error["flash_changed"])
        self.assertEqual(self.read("other.img"), other)

    def test_a_restore_that_writes_says_what_to_run(self):
        self.assertEqual(run(*self.fast(), "backup", "--name", "b", folder=self.folder).returncode, 0)
        self.write("other.img", os.urandom(SIZE))
        code, error = self.interrupted(*self.slow("other.img"), "restore", "--yes", "backups/b", phase="writing")
        self.assertEqual(code, 9)
        self.assertTrue(error["flash_changed"])
        self.assertTrue(error["run_again"].endswith("restore --yes backups/b"), error)
        # Nothing boots a mixture: the bootloader's first sector is erased until all the rest is there.
        self.assertEqual(self.read("other.img")[:4096], b"\xff" * 4096)
        again = run(*self.fast("other.img"), "restore", "--yes", "backups/b", folder=self.folder)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.read("other.img"), self.contents)

    def test_a_write(self):
        self.write("new.bin", os.urandom(SIZE))
        code, error = self.interrupted(*self.slow(), "write", "0", "new.bin", phase="writing", again=True)
        self.assertEqual(code, 9)
        self.assertTrue(error["run_again"].endswith("write 0 new.bin"), error)

    def test_a_link_that_breaks(self):
        device = "sim:esp32s3,flash=flash.img"
        self.write("new.bin", os.urandom(SIZE))
        done = run("-p", device + ",fault=cut.from:20000", "read", "0", "ALL", "r.bin", folder=self.folder)
        self.assertEqual(done.returncode, 5, done.stderr)
        done = run("-p", device + ",fault=cut.to:40000", "write", "0", "new.bin", folder=self.folder)
        self.assertEqual(done.returncode, 9, done.stderr)
        self.assertIn("run again:\n  ", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "r.bin")))


if __name__ == "__main__":
    unittest.main()
