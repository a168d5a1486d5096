# SPDX-License-Identifier: Apache-2.0
"""The README: its screens are what the program prints, and its commands run as they are printed.

A block behind the comment MARK is a screen: lines that start with "$ " are commands, the others what a terminal shows of
their answers. With --update the screens are made anew. In every other block the lines that begin with "espbak" are run.
"""
import difflib
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

import flash_image
import pasted
from flash_image import APP, DATA, K, M
from program import environment
from transcript import normalise

README = os.path.join(os.path.dirname(os.environ["ESPBAK_TEST_MANUAL"]), "..", "README.md")
MARK = "<!-- a screen, made by tests/cli/test_readme.py --update -->\n"
SCREEN = re.compile(re.escape(MARK) + r"```\n(.*?)```\n", re.S)
WIDTH = 120

ROWS = [("nvs", DATA, 0x02, 0x9000, 16 * K), ("otadata", DATA, 0x00, 0xD000, 8 * K), ("phy_init", DATA, 0x01, 0xF000, 4 * K),
        ("ota_0", APP, 0x10, 0x20000, 1 * M), ("ota_1", APP, 0x11, 0x120000, 1 * M), ("assets", DATA, 0x82, 0x220000, 1 * M)]
APPS = [("ota_0", ("voice", "2.0.1")), ("ota_1", ("voice", "2.0.0"))]
SIM = "sim:esp32s3,flash=flash.img"
# What the examples call the ports of somebody's computer.
PORTS = re.compile(r"/dev/ttyUSB[01]|COM3|rfc2217://pi\.local:4000|socket://pi\.local:5000")
# A device that differs, and what a table of dangers says of it, are answers.
ANSWERS = (0, 6, 7)


def readme():
    with open(README, encoding="utf-8") as text:
        return text.read()


def shown(text):
    """What stays on the screen: a line that was drawn over is what it was last."""
    lines = [re.split(r"\x1b\[K|\r", line.rstrip("\r"))[-1] for line in text.split("\n")]
    return "\n".join(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line) for line in lines)


def make_screen(block, folder):
    lines = []
    for command in re.findall(r"^\$ (.*)$", block, flags=re.M):
        _, text = pasted.paste(command, folder, WIDTH, ESPBAK_PORT="sim:esp32s3", NO_COLOR="1")
        lines += ["$ " + command] + shown(text.split("\n", 1)[1]).rstrip("\n").split("\n")
    return "\n".join(lines) + "\n"


def make_anew(text):
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        return SCREEN.sub(lambda found: f"{MARK}```\n{make_screen(found[1], folder)}```\n", text)


def examples():
    """Lines that begin with espbak, of every block that is no screen and no ```sh, whose commands want boards and other
    programs; what sets up is another one's test."""
    text = SCREEN.sub("", readme()).split("\n## Use\n")[1]
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.M | re.S)
    return [line for kind, block in blocks if not kind and "espsim" not in block for line in block.splitlines() if line.startswith("espbak ")]


class Readme(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name

    def write(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as made:
            made.write(contents)

    def shell(self, command, port=SIM):
        return pasted.paste(command, self.folder, ESPBAK_PORT=port)

    def prepare(self):
        flash = flash_image.flash(4 * M, ROWS, apps=APPS)
        flash[0x9000:0xD000] = b"\xff" * 0x4000  # an NVS without settings
        flash = bytes(flash)
        self.write("flash.img", flash)
        self.write("backup_full_16mb.bin", flash)
        self.write("dump.bin", flash)
        for name, start, size in (("bootloader", 0, 0x8000), ("table", 0x8000, 0x1000), ("app", 0x20000, 0x10000),
                                  ("nvs", 0x9000, 0x4000)):
            self.write(name + ".bin", flash[start:start + size])
        for name in ("OLD", "NEW", "NAME"):
            self.assertEqual(self.shell(f"espbak -q backup --name {name}")[0], 0)

    def prepare_more(self):
        watcher = flash_image.flash(32 * M, flash_image.WATCHER_32M, apps=APPS)
        self.write("watcher.img", bytes(watcher))
        # One that was interrupted.
        self.assertEqual(self.shell("espbak -q backup --full", SIM + ",fault=mute:0x200000")[0], 5)

    def port_of(self, command):
        return SIM.replace("flash.img", "watcher.img") if "sensecap" in command else SIM

    def test_screens_are_what_the_program_prints(self):
        text = readme()
        self.assertEqual(len(SCREEN.findall(text)), 3)
        with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
            before, after = (normalise(t, folder).splitlines() for t in (text, make_anew(text)))
        self.assertEqual(before, after, "\n".join(difflib.unified_diff(before, after, "README.md", "today", lineterm="")))

    def test_examples_run(self):
        self.prepare()
        self.prepare_more()
        told = examples()
        self.assertGreater(len(told), 40)
        for command in told:
            if "sensecap" in command and "restore" in command:
                self.shell("espbak -q backup-partitions --profile sensecap-watcher --name W", self.port_of(command))
                command = command.replace("backups/NAME", "backups/W")
            if re.search(r"(extract|read) .* nvs\.bin", command):
                os.remove(os.path.join(self.folder, "nvs.bin"))
            code, said = self.shell(PORTS.sub(SIM, command), self.port_of(command))
            self.assertIn(code, ANSWERS, f"{command}\n{said}")

    def test_a_restore_is_tried_in_the_simulated_chip(self):
        self.prepare()
        block = re.search(r"^```\n(espsim .*?)^```$", readme(), flags=re.M | re.S)[1]
        with socket.socket() as free:
            free.bind(("localhost", 0))
            number = str(free.getsockname()[1])
        server, rest = block.replace("5555", number).rstrip("\n").split("\n", 1)
        self.write("spare.bin", bytes(b"\xff" * (4 * M)))
        with subprocess.Popen(["sh", "-c", "exec " + server.rstrip(" &")], cwd=self.folder, env=environment(self.folder),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            code, said = pasted.paste("sleep 1; " + rest, self.folder)
            running.terminate()
        self.assertEqual(code, 0, said)


if __name__ == "__main__":
    if "--update" in sys.argv:
        anew = make_anew(readme())
        with open(README, "w", encoding="utf-8") as made:
            made.write(anew)
    else:
        unittest.main()
