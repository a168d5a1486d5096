# SPDX-License-Identifier: Apache-2.0
"""On a terminal: the bar, colors and the question; off it none of them."""
import json
import os
import re
import signal
import tempfile
import unittest

from program import run
from terminal import Terminal

DEVICE = "sim:esp32s3,flash=flash.img"
SLOW = DEVICE + ",time=real,baud=real"


class OnATerminal(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        with open(os.path.join(self.folder, "flash.img"), "wb") as flash:
            flash.write(os.urandom(1 << 18))
        self.addCleanup(self.holder.cleanup)

    def terminal(self, *arguments, **more):
        return Terminal(self.folder, *arguments, **more)

    def flash(self):
        with open(os.path.join(self.folder, "flash.img"), "rb") as flash:
            return flash.read()

    def change_flash(self):
        with open(os.path.join(self.folder, "flash.img"), "r+b") as flash:
            flash.seek(0x20000)
            flash.write(b"changed")

    def test_a_bar_is_drawn_and_taken_away(self):
        screen = self.terminal("-p", SLOW, "-b", "921600", "backup")
        self.assertEqual(screen.finish(), 0)
        bars = [line for line in screen.lines() if line.startswith("reading")]
        self.assertGreater(len(bars), 3)
        self.assertTrue(any(re.search(r"\[=+> *\] +\d+ %  \d+ of 256 KiB, [\d.]+ KiB/s, 0:\d\d left", b) for b in bars), bars)
        self.assertTrue(any(line.startswith("verifying") for line in screen.lines()))
        self.assertIn("\r\x1b[K", screen.text)
        self.assertTrue(screen.text.split("\x1b[K")[-1].startswith("Backup saved in"), screen.text)

    def test_the_bar_fits_the_window(self):
        for columns in (30, 50, 132):
            screen = self.terminal("-p", SLOW, "-b", "921600", "read", "0", "64K", f"{columns}.bin", columns=columns)
            self.assertEqual(screen.finish(), 0)
            bars = [line for line in screen.lines() if line.startswith("reading ")]
            self.assertTrue(bars)
            self.assertLess(max(map(len, bars)), columns)

    def test_contents_fit_the_window(self):
        run("-q", "-p", "sim:esp32s3,size=16M", "read", "0", "16M", "large.bin", folder=self.folder)
        screen = self.terminal("--color=never", "inspect", "large.bin", columns=60)
        self.assertEqual(screen.finish(), 0)
        self.assertLessEqual(max(map(len, screen.lines())), 60, screen.text)
        self.assertRegex(screen.text, "0x00100000 a+\u00d77")  # rows that are alike are one row
        self.assertIn("ota_1", screen.text)

    def test_progress_can_be_turned_off(self):
        for arguments, more in ((("--progress", "off"), {}), (("-q",), {}), ((), {"TERM": "dumb"})):
            screen = self.terminal("-p", DEVICE, *arguments, "backup", **more)
            self.assertEqual(screen.finish(), 0)
            self.assertNotIn("\x1b", screen.text)

    def test_colors(self):
        for more, colored in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)):
            screen = self.terminal("frob", **more)
            self.assertEqual(screen.finish(), 2)
            self.assertEqual("\x1b[1;31m" in screen.text, colored, more)
        screen = self.terminal("--color=never", "frob")
        screen.finish()
        self.assertNotIn("\x1b", screen.text)
        self.assertIn("\x1b[1;31m", run("--color", "always", "frob", folder=self.folder).stderr)

    def test_restore_asks(self):
        self.assertEqual(run("-p", DEVICE, "backup", "--name", "b", folder=self.folder).returncode, 0)
        for answer, code in (("n\n", 7), ("\n", 7), ("\x04", 7), ("\x03", 130), ("yes\n", 0)):
            self.change_flash()
            screen = self.terminal("-p", DEVICE, "restore", "backups/b")
            screen.wait_for("Overwrite the flash of ESP32-S3")
            screen.type(answer)
            self.assertEqual(screen.finish(), code, screen.text)
            same = run("-p", DEVICE, "verify", "backups/b", folder=self.folder).returncode
            self.assertEqual(same, 0 if code == 0 else 6)

    def test_write_and_erase_ask(self):
        with open(os.path.join(self.folder, "file.bin"), "wb") as made:
            made.write(b"other" * 1000)
        for command, question in ((("write", "0x10000", "file.bin"), "Write 1 file to ESP32-S3"),
                                  (("erase", "0x10000", "4K"), "Erase 0x10000 to 0x11000 of ESP32-S3")):
            for answer, code in (("n\n", 7), ("\x03", 130), ("yes\n", 0)):
                before = self.flash()
                screen = self.terminal("-p", DEVICE, *command, columns=60)
                screen.wait_for(question)
                screen.type(answer)
                self.assertEqual(screen.finish(), code, screen.text)
                self.assertEqual(self.flash() == before, code != 0)
                plan = screen.text[screen.text.index("Plan:"):screen.text.index(question)]
                self.assertLessEqual(max(map(len, plan.splitlines())), 60, plan)
        screen = self.terminal("-p", DEVICE, "--yes", *command)
        self.assertEqual(screen.finish(), 0)
        self.assertNotIn(question, screen.text)
        screen = self.terminal("-p", DEVICE, "write", "0x10000", "-")
        self.assertEqual(screen.finish(), 2)
        self.assertIn("standard input is a terminal", screen.text)

    def test_contents_do_not_go_to_a_terminal(self):
        screen = self.terminal("-p", DEVICE, "read", "0", "4K", "-")
        self.assertEqual(screen.finish(), 2)
        self.assertIn("do not belong on a terminal", screen.text)

    def test_ctrl_c_leaves_a_clean_line(self):
        screen = self.terminal("-p", SLOW, "-b", "115200", "backup")
        screen.wait_for("KiB/s")
        screen.type("\x03")
        self.assertEqual(screen.finish(), 130)
        self.assertIn("\r\x1b[K", screen.text)
        self.assertTrue(any(line.startswith("error: ") for line in screen.lines()), screen.lines())

    def test_a_hang_up_ends_it(self):
        screen = self.terminal("-p", SLOW, "-b", "115200", "backup")
        screen.wait_for("KiB/s")
        os.kill(screen.program.pid, signal.SIGHUP)
        self.assertEqual(screen.finish(), 130)


class OffATerminal(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.addCleanup(self.holder.cleanup)

    def test_no_bar_and_no_escapes(self):
        for mode in ("auto", "bar"):
            done = run("-p", "sim:esp32s3,size=1M", "--progress", mode, "backup", "--name", mode, folder=self.folder)
            self.assertEqual(done.returncode, 0)
            self.assertNotIn("\x1b", done.stdout + done.stderr)
            self.assertNotIn("\r", done.stdout + done.stderr)
            self.assertNotIn("KiB/s,", done.stderr)

    def json_lines(self, loader, folder):
        """The last progress of each phase of a backup."""
        done = run("-p", "sim:esp32s3,size=1M", "--loader", loader, "--progress", "json", "--json", "backup", "-o", folder,
                   folder=self.folder)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout)["state"], "verified")
        events = [json.loads(line) for line in done.stderr.splitlines()]
        last = {}
        for event in events:
            if event["event"] == "progress":
                last[event["phase"]] = event
        for phase in ("reading", "verifying"):
            self.assertEqual(last[phase]["done"], last[phase]["total"])
        self.assertEqual(last["verifying"]["total"], 1 << 20)
        return last

    def test_json_lines(self):
        self.assertEqual(self.json_lines("own", "by-own")["reading"]["total"], 1 << 20)
        # By a stub erased blocks are not read, but everything is verified.
        self.assertTrue(0 < self.json_lines("stub", "by-stub")["reading"]["total"] < 1 << 20)

    def test_json_lines_carry_the_error(self):
        done = run("-p", "/dev/no-such-port", "--progress", "json", "info", folder=self.folder)
        self.assertEqual(done.returncode, 3)
        event = json.loads(done.stderr.splitlines()[-1])
        self.assertEqual((event["event"], event["status"], event["exit_code"]), ("error", "port", 3))


if __name__ == "__main__":
    unittest.main()
