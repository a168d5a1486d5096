# SPDX-License-Identifier: Apache-2.0
"""What shells are told; what they make of it is in test_shells.py."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from program import PROGRAM, environment, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Completion(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.device = "sim:esp32c3,size=4M"

    def words(self, *words):
        done = run("completion", "words", "--", *words, folder=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    def test_commands_and_options(self):
        tables = json.loads(run("help", "--json", folder=self.folder).stdout)
        self.assertEqual(self.words(""), [row["name"] for row in tables["commands"]])
        self.assertEqual(self.words("extr"), ["extract"])
        self.assertEqual(self.words("--json", "extr"), ["extract"])
        self.assertEqual(self.words("-p", "x", "extr"), ["extract"])
        self.assertEqual(self.words("no-such-command", "extr"), ["extract"])
        globals_ = [f"--{row['name']}" for row in tables["global_options"]]
        self.assertEqual(self.words("--"), globals_)
        for command in tables["commands"]:
            with self.subTest(command["name"]):
                own = [f"--{row['name']}" for row in command["options"]]
                self.assertEqual(self.words(command["name"], "-"), own + globals_)
        self.assertEqual(self.words("backup", "--", "--"), [])

    def test_values(self):
        self.assertEqual(self.words("backup", "--after", "hard"), ["hard-reset"])
        self.assertEqual(self.words("backup", "--after=ha"), ["--after=hard-reset"])
        self.assertEqual(self.words("--chip", "esp32s3"), ["esp32s3", "esp32s31"])
        self.assertEqual(self.words("-qc", "esp32p"), ["esp32p4"])
        self.assertEqual(self.words("-b", "115"), ["115200"])
        self.assertEqual(self.words("--loader", "o"), ["own"])
        self.assertEqual(self.words("-p", "so"), ["socket://"])
        self.assertEqual(self.words("restore", "--profile", "s"), ["sensecap-watcher"])
        self.assertEqual(self.words("backup", "--note", ""), [])
        self.assertEqual(self.words("read", "0", "1", ""), [":files"])
        self.assertEqual(self.words("read", "0", "1", "f", ""), [])
        self.assertEqual(self.words("write", "0", "f", "0x1000", ""), [":files"])
        self.assertEqual(self.words("list", ""), [":folders"])
        self.assertEqual(self.words("help", "extr"), ["extract"])
        self.assertEqual(self.words("completion", "z"), ["zsh"])

    def test_backups_and_their_parts(self):
        for name in ("one", "two"):
            done = run("-p", self.device, "backup", "-o", "my kept", "--name", name, folder=self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
        there = {"ESPBAK_BACKUP_DIR": "my kept"}

        def ask(*words):
            done = subprocess.run([PROGRAM, "completion", "words", "--", *words], cwd=self.folder, text=True,
                                  capture_output=True, check=True, env=environment(self.folder, **there))
            return [line.split("\t")[0] for line in done.stdout.splitlines()]

        self.assertEqual(sorted(ask("restore", "")), [":folders", "latest", "one", "two"])
        self.assertEqual(sorted(ask("restore", "my kept/")), [":folders", "my kept/one", "my kept/two"])
        self.assertEqual(ask("extract", "tw", ""), ask("extract", "my kept/two", ""))
        self.assertIn("nvs", ask("extract", "latest", ""))
        self.assertEqual(ask("verify", "my kept/t"), ["my kept/two", ":folders"])
        self.assertEqual(sorted(ask("inspect", "my kept/t")), [":files", ":folders", "my kept/two"])
        self.assertEqual(ask("extract", "my kept/two", "nv"), ["nvs"])
        self.assertEqual(ask("restore", "my kept/two", "--only", "nvs,ota"), ["nvs,otadata", "nvs,ota_0", "nvs,ota_1"])
        self.assertEqual(ask("backup-partitions", "bootl"), ["bootloader"])
        self.assertEqual(ask("erase", "nv"), ["nvs"])
        self.assertEqual(ask("diff", "my kept/two", "dev"), [":folders", ":files", "device"])
        # A manifest that cannot be read is no message in the middle of a command line.
        with open(os.path.join(self.folder, "my kept/two/manifest.json"), "w", encoding="utf-8") as manifest:
            manifest.write("{")
        self.assertEqual(ask("restore", "my kept/t"), [":folders"])

    def test_scripts_are_those_that_are_installed(self):
        for shell, name in (("bash", "espbak.bash"), ("zsh", "_espbak"), ("fish", "espbak.fish"),
                            ("powershell", "espbak.ps1")):
            text = (ROOT / "data/completions" / name).read_text(encoding="utf-8")
            self.assertEqual(run("completion", shell, folder=self.folder).stdout, text)
            self.assertEqual(json.loads(run("completion", shell, "--json", folder=self.folder).stdout)["script"], text)
        self.assertEqual(run("completion", "tcsh", folder=self.folder).returncode, 2)

    def test_rules_name_the_adapters_that_are_known(self):
        known = re.findall(r"\{0x([0-9A-F]{4}), (?:0x([0-9A-F]{4})|PORTS_ANY_PID),",
                           (ROOT / "src/transport/serial/bridges.c").read_text(encoding="utf-8"))
        self.assertGreater(len(known), 20)
        rules = (ROOT / "data/70-espbak.rules").read_text(encoding="utf-8").splitlines()
        for vid, pid in known:
            lines = [line for line in rules if f'"{vid.lower()}"' in line]
            self.assertEqual(len(lines), 1, vid)
            products = re.search(r'idProduct\}=="([0-9a-f|]+)"', lines[0])
            self.assertTrue(products is None or pid.lower() in products.group(1).split("|"), f"{vid}:{pid}")


if __name__ == "__main__":
    unittest.main()
