# SPDX-License-Identifier: Apache-2.0
"""The firmware guide's commands as the README gives them, on the layouts of the guide."""
import json
import os
import re
import subprocess
import tempfile
import unittest

import flash_image
from program import PROGRAM, environment

README = os.path.join(os.path.dirname(os.environ["ESPBAK_TEST_MANUAL"]), "..", "README.md")
ROWS = {"guide": (16, flash_image.GUIDE_16M), "watcher": (32, flash_image.WATCHER_32M), "aipi": (16, flash_image.AIPI_16M)}
APPS = [("ota_0", ("voice", "2.0.1")), ("ota_1", ("voice", "2.0.0"))]


def commands():
    with open(README, encoding="utf-8") as readme:
        section = readme.read().split("### The firmware guide, command by command")[1].split("\n### ")[0]
    return re.findall(r"^\| .* \| `(espbak [^`]*)` \|$", section, flags=re.M)


def board(command):
    return next((name for name in ("watcher", "aipi") if name in command), "guide")


class Guide(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.flashes = {}
        for name, (megabytes, rows) in ROWS.items():
            self.flashes[name] = bytes(flash_image.flash(megabytes * flash_image.M, rows, apps=APPS))
            self.write(name, self.flashes[name])

    def write(self, name, contents):
        with open(os.path.join(self.folder, name + ".img"), "wb") as made:
            made.write(contents)

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as made:
            return made.read()

    def espbak(self, command):
        settings = environment(self.folder, ESPBAK_PORT=f"sim:esp32s3,flash={board(command)}.img")
        done = subprocess.run([PROGRAM, "-q", "--json", *command.split()[1:]], cwd=self.folder, env=settings, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, command + "\n" + done.stderr)
        return json.loads(done.stdout)

    def check_parts(self, command, document):
        flash = self.flashes[board(command)]
        for region in document.get("regions", []):
            kept = self.read(os.path.join(document["path"], region["file"]))
            self.assertEqual(kept, flash[region["offset"]:region["offset"] + region["size"]], region["name"])

    def test_every_command(self):
        told = commands()
        self.assertEqual(len(told), 22)
        for command in told:
            name = board(command)
            if "restore" in command:
                # What is to come back is gone before.
                flash = bytearray(self.flashes[name])
                flash[0x9000:0xA000] = bytes(0x1000)
                if "ota_0" in command or "full" in command:
                    flash[0x20000:0x21000] = bytes(0x1000)
                    flash[0x9000:0xA000] = self.flashes[name][0x9000:0xA000] if "ota_0" in command else bytes(0x1000)
                self.write(name, flash)
            document = self.espbak(command)
            self.check_parts(command, document)
            self.assertEqual(self.read(name + ".img"), self.flashes[name], command)

    def test_places_are_those_of_the_guide(self):
        found = {}
        for command in commands():
            if "backup-partitions" in command:
                for region in self.espbak(command)["regions"]:
                    found[board(command), region["name"]] = (region["offset"], region["size"])
        self.assertEqual(found["guide", "nvs"], (0x9000, 0x4000))
        self.assertEqual(found["guide", "otadata"], (0xD000, 0x2000))
        self.assertEqual(found["guide", "ota_0"], (0x20000, 0x400000))
        self.assertEqual(found["guide", "ota_1"][0], 0x420000)
        self.assertEqual(found["guide", "assets"], (0x800000, 0x800000))
        self.assertEqual(found["guide", "bootloader"], (0, 0x8000))
        self.assertEqual(found["guide", "partition-table"], (0x8000, 0x1000))
        self.assertEqual(found["watcher", "nvsfactory"], (0x9000, 204800))
        self.assertEqual(found["aipi", "nvsfactory"], (0x9000, 16384))


if __name__ == "__main__":
    unittest.main()
