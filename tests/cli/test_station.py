# SPDX-License-Identifier: Apache-2.0
"""Boards that come and go: each is worked on once, and the log says what became of it."""
import csv
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from program import PROGRAM, environment, run
from terminal import Terminal

ESPSIM = os.environ["ESPBAK_TEST_ESPSIM"]
STAY = ("--before", "no-reset", "--after", "no-reset")


class Station(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.addCleanup(self.holder.cleanup)
        self.boards = {}
        self.addCleanup(self.unplug, *"abc")

    def plug(self, name, unit, *more):
        """A board at this place, with a MAC that ends so."""
        link = os.path.join(self.folder, f"esp-{name}")
        self.boards[name] = subprocess.Popen(
            [ESPSIM, "--chip", "esp32s3", "--boot", "download", "--flash", os.path.join(self.folder, f"{unit}.img"),
             "--size", "1M", "--mac", f"34:85:18:00:00:0{unit}", "--listen", f"pty:{link}", *more],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(400):
            if os.path.exists(link):
                return
            time.sleep(0.02)

    def unplug(self, *names):
        for name in names:
            board = self.boards.pop(name, None)
            if board is not None:
                board.terminate()
                board.wait()

    def start(self, *arguments):
        words = [PROGRAM, *STAY, "--connect-attempts", "1", "-p", os.path.join(self.folder, "esp-*"), "station",
                 *arguments]
        program = subprocess.Popen(words, cwd=self.folder, env=environment(self.folder), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.stderr.close)
        self.addCleanup(program.kill)
        return program

    def wait_for(self, program, count):
        """Lines of results."""
        return [program.stdout.readline() for _ in range(count)]

    def log(self):
        with open(os.path.join(self.folder, "log.csv"), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_boards_come_and_go(self):
        self.plug("a", 1)
        self.plug("b", 2)
        program = self.start("--do", "backup", "--log", "log.csv", "--once-per-mac", "--count", "5", "--",
                             "--note", "x y")
        self.assertEqual({line.split()[0] for line in self.wait_for(program, 2)}, {"done"})
        self.plug("c", 3, "--fault", "drop:1.0")
        failed = self.wait_for(program, 1)[0]
        self.assertTrue(failed.startswith("failed"), failed)
        self.unplug("a", "b", "c")
        time.sleep(2.6)
        self.plug("a", 2)
        self.plug("b", 4)
        self.assertEqual(sorted(line.split()[0] for line in self.wait_for(program, 2)), ["done", "known"])
        self.assertEqual(program.stdout.read(), "4 boards done, 1 failed\n")
        self.assertNotEqual(program.wait(), 0)
        rows = self.log()
        ends = [row for row in rows if row["event"] == "end"]
        self.assertEqual(len(rows), 2 * len(ends))
        self.assertEqual(sorted(row["mac"][-1] for row in ends if row["exit_code"] == "0"), ["1", "2", "4"])
        for row in ends:
            if row["exit_code"] == "0":
                with open(os.path.join(self.folder, row["path"], "manifest.json"), encoding="utf-8") as file:
                    self.assertEqual(json.load(file)["note"], "x y")
            else:
                self.assertNotEqual(row["message"], "")

    def test_what_was_killed_is_in_the_log_and_is_done_later(self):
        self.plug("a", 1)
        program = self.start("--do", "backup", "--log", "log.csv", "--once-per-mac")
        while not os.path.exists(os.path.join(self.folder, "backups")):
            time.sleep(0.01)
        program.kill()
        program.wait()
        self.assertEqual([row["event"] for row in self.log()], ["begin"])
        self.unplug("a")
        self.plug("a", 1)
        program = self.start("--do", "backup", "--log", "log.csv", "--once-per-mac", "--count", "1")
        self.assertEqual(program.wait(), 0)
        self.assertEqual([row["event"] for row in self.log()], ["begin", "begin", "end"])

    def test_a_log_that_was_cut_is_gone_on_with(self):
        with open(os.path.join(self.folder, "log.csv"), "w", encoding="utf-8") as out:
            out.write("time,event,mac,chip,exit_code,seconds,port,path,message\n\n\0\0\n"
                      "2026-01-01T00:00:00Z,end,34:85:18:00:00:01,esp32s3,0,1.0,p,backups/x,\n"
                      "2026-01-01T00:00:00Z,begin,34:85")
        self.plug("a", 1)
        self.plug("b", 2)
        program = self.start("--do", "info", "--log", "log.csv", "--once-per-mac", "--count", "2")
        self.assertEqual(sorted(line.split()[0] for line in self.wait_for(program, 2)), ["done", "known"])
        self.assertEqual(program.wait(), 0)
        with open(os.path.join(self.folder, "log.csv"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual([line.split(",")[1:2] for line in lines[-3:]], [["begin"], ["begin"], ["end"]])

    def test_a_golden_image_goes_onto_each(self):
        with open(os.path.join(self.folder, "1.img"), "wb") as out:
            out.write(os.urandom(1 << 16) + b"\xff" * 0xF0000)
        self.plug("a", 1)
        done = run("--json", *STAY, "-p", os.path.join(self.folder, "esp-a"), "backup", "--name", "golden",
                   folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.unplug("a")
        for unit in (2, 3):
            with open(os.path.join(self.folder, f"{unit}.img"), "wb") as out:
                out.write(b"\xff" * (1 << 20))
            self.plug("ab"[unit - 2], unit)
        program = self.start("-y", "--json", "--do", "restore=golden", "--log", "log.jsonl", "--count", "2",
                             "--", "--force")
        told = json.loads(program.stdout.read())
        self.assertEqual((program.wait(), told["done"], told["failed"]), (0, 2, 0))
        images = []
        for unit in (1, 2, 3):
            with open(os.path.join(self.folder, f"{unit}.img"), "rb") as file:
                images.append(file.read())
        self.assertEqual(images[1:], [images[0], images[0]])
        with open(os.path.join(self.folder, "log.jsonl"), encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        self.assertEqual(sorted(event["event"] for event in events), ["begin", "begin", "end", "end"])

    def test_an_interrupt_ends_it(self):
        program = self.start("--do", "info")
        time.sleep(0.5)
        program.send_signal(signal.SIGINT)
        self.assertEqual((program.stdout.read(), program.wait()), ("0 boards done, 0 failed\n", 0))

    def test_a_terminal_shows_a_large_word(self):
        self.plug("a", 1)
        terminal = Terminal(self.folder, *STAY, "-p", os.path.join(self.folder, "esp-*"), "station", "--do", "info",
                            "--count", "1", columns=60)
        self.assertEqual(terminal.finish(), 0)
        self.assertIn("####   ###  #   # #####", terminal.text)
        self.assertIn("\a", terminal.text)

    def test_what_cannot_be_meant(self):
        for words, code, sentence in ((["station"], 2, "--do is missing"),
                                      (["station", "--do", "list"], 2, "--do cannot be 'list'"),
                                      (["station", "--do", "restore=golden"], 7, "add --yes when it is right for all"),
                                      (["-p", "socket://localhost:1", "station", "--do", "info"], 2, "nobody can see"),
                                      (["station", "--do", "info", "--log", "no/such/file"], 8, "no/such/file")):
            done = run(*words, folder=self.folder)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(sentence, done.stderr)


if __name__ == "__main__":
    unittest.main()
