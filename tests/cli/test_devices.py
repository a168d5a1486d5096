# SPDX-License-Identifier: Apache-2.0
"""Several devices at the same time, and one chosen by what tells it apart."""
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from program import PROGRAM, environment, run
from terminal import Terminal

SIZE = 1 << 17
CHIPS = ("esp32s3", "esp32c3", "esp8266")
DEAD = "sim:esp32,fault=drop:1.0"


class Devices(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.addCleanup(self.holder.cleanup)
        self.contents = [os.urandom(SIZE // 2) + b"\xff" * (SIZE // 2) for _ in CHIPS]
        for chip, contents in zip(CHIPS, self.contents):
            self.write(f"{chip}.img", contents)

    def write(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as out:
            out.write(contents)

    def read(self, *names):
        with open(os.path.join(self.folder, *names), "rb") as back:
            return back.read()

    def ports(self, *more, options=""):
        return [f"sim:{chip},flash={chip}.img{options}" for chip in CHIPS] + list(more)

    def flags(self, *more, options=""):
        return [word for port in self.ports(*more, options=options) for word in ("-p", port)]

    def json(self, *arguments):
        done = run("--json", *arguments, folder=self.folder)
        return done, json.loads(done.stdout)

    def test_each_has_its_backup(self):
        done, told = self.json("--progress", "json", *self.flags(), "backup", "-o", "out")
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertEqual([device["port"] for device in told["devices"]], self.ports())
        self.assertEqual(told["failed"], 0)
        for device, contents in zip(told["devices"], self.contents):
            self.assertEqual((device["exit_code"], device["state"]), (0, "verified"))
            self.assertEqual(self.read(device["path"], "flash.bin"), contents)
        said = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual({line["device"] for line in said}, set(self.ports()))

    def test_one_that_fails_holds_nobody_up(self):
        done, told = self.json(*self.flags(DEAD), "--connect-attempts", "1", "backup", "-o", "out")
        self.assertEqual([device["exit_code"] for device in told["devices"]], [0, 0, 0, 4])
        self.assertEqual(done.returncode, 4)
        self.assertEqual(told["failed"], 1)
        self.assertIn("message", told["devices"][3]["error"])
        self.assertEqual(len(os.listdir(os.path.join(self.folder, "out"))), 3)

    def test_what_is_said_names_its_device(self):
        done = run(*self.flags(DEAD), "--connect-attempts", "1", "info", folder=self.folder)
        self.assertEqual(done.returncode, 4)
        for port in self.ports():
            self.assertIn(f"{port}\n", done.stdout)
        self.assertIn(f"{DEAD}: error: cannot connect", done.stderr)
        self.assertTrue(done.stdout.endswith(f"1 of 4 devices failed:\n  {DEAD}  exit code 4\n"), done.stdout[-300:])

    def test_one_after_the_other(self):
        done, told = self.json(*self.flags(), "-j1", "info")
        self.assertEqual((done.returncode, len(told["devices"])), (0, 3))

    def test_what_asks_wants_the_answer_before(self):
        self.write("new.bin", b"new" * 2000)
        for command in (["write", "0x8000", "new.bin"], ["restore", "latest"]):
            done = run(*self.flags(), *command, folder=self.folder)
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertIn("add --yes", done.stderr)
        done, told = self.json(*self.flags(), "--yes", "write", "0x8000", "new.bin")
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        for chip, contents in zip(CHIPS, self.contents):
            self.assertEqual(self.read(f"{chip}.img")[0x8000:0x8000 + 6000], b"new" * 2000)
            self.assertEqual(self.read(f"{chip}.img")[:0x8000], contents[:0x8000])

    def test_the_worst_of_them_counts(self):
        run(*self.flags(), "backup", "-o", "out", "--name", "x", folder=self.folder)
        image = bytearray(self.contents[1])
        image[5] ^= 1
        done, told = self.json("-p", self.ports()[0], "backup", "-o", "golden")
        self.write("esp32c3.img", image)
        done, told = self.json("-p", "sim:esp32s3,flash=esp32s3.img", "-p", "sim:esp32s3,flash=esp32c3.img", "-p", DEAD,
                               "--connect-attempts", "1", "verify", told["path"])
        self.assertEqual([device["exit_code"] for device in told["devices"]], [0, 6, 4])
        self.assertEqual(done.returncode, 6)

    def test_what_is_of_one_device_is_refused(self):
        for words, sentence in ((["read", "0", "ALL", "x.bin"], "read works on one device at a time, and 3 are named"),
                                (["erase", "0", "4K"], "erase works on one device at a time"),
                                (["list"], "list works on one device at a time"),
                                (["backup", "--name", "a"], "--name is of one backup"),
                                (["--trace", "t", "info"], "--trace is of one device"),
                                (["-y", "write", "0", "-"], "standard input can be read once")):
            done = run(*self.flags(), *words, folder=self.folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(sentence, done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(f"{chip}.img" for chip in CHIPS))

    def test_the_same_port_twice_is_one(self):
        port = self.ports()[0]
        done = run("-p", port, f"--port={port}", "info", folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("devices", done.stdout)

    def test_nothing_fits_a_choice(self):
        for choice in ("usb-serial=none", "usb=9-9.9", "fffe:fffe", "/dev/no-such-*"):
            done = run("-p", choice, "info", folder=self.folder)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(f"no port is {choice}", done.stderr)
        self.assertEqual(run("-p", "mac=1:2", "info", folder=self.folder).returncode, 2)

    def test_the_chip_at_a_port_is_told(self):
        done, told = self.json("-p", self.ports()[1], "ports", "--probe")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((told["ports"][0]["chip"], len(told["ports"][0]["mac"])), ("esp32c3", 17))
        done = run("-p", DEAD, "--connect-attempts", "1", "ports", "--probe", folder=self.folder)
        self.assertEqual(done.returncode, 0)
        self.assertIn("cannot connect", done.stdout)

    def test_an_interrupt_ends_all_and_says_how_to_go_on(self):
        for chip in CHIPS:
            self.write(f"{chip}.img", os.urandom(4 * SIZE))
        program = subprocess.Popen([PROGRAM, "--json", "--progress", "json", *self.flags(options=",time=real,baud=real"),
                                    "-b", "921600", "backup", "-o", "out"], cwd=self.folder, env=environment(self.folder),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        reading = set()
        while len(reading) < 3:
            event = json.loads(program.stderr.readline())
            if event["event"] == "progress" and event["done"] >= SIZE:
                reading.add(event["device"])
        program.send_signal(signal.SIGINT)
        out = program.communicate(timeout=60)[0]
        self.assertEqual(program.returncode, 130)
        for device in json.loads(out)["devices"]:
            self.assertEqual(device["exit_code"], 130)
            again = device["error"]["run_again"]
            self.assertIn(f"-p {device['port']}", again)
            self.assertEqual(again.count("-p "), 1)

    def test_a_terminal_shows_a_row_for_each(self):
        terminal = Terminal(self.folder, *self.flags(options=",baud=real,time=real"), "-b", "921600", "backup", "-o",
                            "out", columns=60)
        self.assertEqual(terminal.finish(), 0, terminal.text)
        rows = [line for line in terminal.lines() if "reading" in line and "%" in line]
        self.assertTrue(rows, terminal.text)
        self.assertTrue(all(len(row) < 60 for row in rows), rows)
        self.assertIn("all 3 devices are done", terminal.text)


class Chosen(unittest.TestCase):
    """By a pattern, among pseudo-terminals with simulated chips behind them."""

    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.addCleanup(self.holder.cleanup)
        for name in ("esp-a", "esp-b"):
            self.serve(os.path.join(self.folder, name))

    def serve(self, link):
        server = subprocess.Popen([os.environ["ESPBAK_TEST_ESPSIM"], "--chip", "esp32s3", "--boot", "download",
                                   "--size", "1M", "--listen", f"pty:{link}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        for _ in range(200):
            if os.path.exists(link):
                return
            time.sleep(0.05)

    def at(self, pattern, *arguments):
        return run("--json", "--before", "no-reset", "--after", "no-reset", "-p", os.path.join(self.folder, pattern),
                   *arguments, folder=self.folder)

    def test_a_pattern_means_one_or_several(self):
        done = self.at("esp-*", "info")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(json.loads(done.stdout)["devices"]), 2)
        done = self.at("*b", "info")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["link"]["port"], os.path.join(self.folder, "esp-b"))
        done = self.at("esp-?", "read", "0", "4K", "x.bin")
        self.assertEqual(done.returncode, 3)
        self.assertIn("2 ports are", done.stderr)
        self.assertEqual(self.at("esp-?b", "info").returncode, 3)


if __name__ == "__main__":
    unittest.main()
