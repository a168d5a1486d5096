# SPDX-License-Identifier: Apache-2.0
"""The tab key in real shells: a line is typed, completed and run, and what the program is called with is looked at."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from program import PROGRAM, environment, run, skip
from terminal import Terminal

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "data/completions"

# Stands for the program: keeps what it is called with.
CALLED = """#!/bin/sh
[ "$1" = completion ] && exec '{program}' "$@"
printf '%s\\n' "$@" >called.new
mv called.new called
"""

# What is typed, the last word of what it becomes by the tab key, and what is typed behind that.
PRESSED = (
    ("extrac", "extract", ""),
    ("verify my\\ kept/o", "my kept/one", ""),
    ("verify 'my kept/o", "my kept/one", ""),
    ('verify "my kept/o', "my kept/one", ""),
    ("restore x --only nvs,ph", "nvs,phy_init", ""),
    ("extract 'my kept/one' nv", "nvs", ""),
    ("backup --after=ha", "--after=hard-reset", ""),
    ("-p rfc", "rfc2217://host:1", "host:1"),
    ("--loader own -p sock", "socket://host:1", "host:1"),
    ("restore --profile se", "sensecap-watcher", ""),
    ("import unus", "unusual file.bin", ""),
    ("list ot", "other folder", ""),
)


class Shells(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)
        done = run("-p", "sim:esp32c3,size=4M", "backup", "-o", "my kept", "--name", "one", folder=holder.name)
        assert done.returncode == 0, done.stderr
        (cls.folder / "unusual file.bin").touch()
        (cls.folder / "other folder").mkdir()
        program = cls.folder / "bin/espbak"
        program.parent.mkdir()
        program.write_text(CALLED.format(program=PROGRAM), encoding="utf-8")
        program.chmod(0o755)
        cls.settings = {"PATH": f"{program.parent}:/usr/bin:/bin", "ESPBAK_BACKUP_DIR": "my kept"}

    def called(self, terminal):
        """The last word that the program was called with."""
        until = time.monotonic() + 30
        path = self.folder / "called"
        while not path.exists():
            self.assertLess(time.monotonic(), until, terminal.text)
            terminal.read(0.02)
        word = path.read_text(encoding="utf-8").splitlines()[-1]
        path.unlink()
        return word

    def press(self, shell, options, settings):
        terminal = Terminal(str(self.folder), *options, program=shutil.which(shell), **self.settings)
        for line in settings:
            terminal.type(line + "\n")
        # It is not written as it appears, so that only the prompt itself is found.
        terminal.type("PS1='rea''dy: '\n")
        terminal.wait_for("ready: ")
        for typed, word, behind in PRESSED:
            with self.subTest(typed):
                terminal.text = ""
                terminal.type(f"espbak {typed}\t{behind}\n")
                # zsh takes a folder's slash away when the line is entered.
                self.assertEqual(self.called(terminal).rstrip("/"), word)
                terminal.wait_for("ready: ")
        terminal.type("exit\n")
        terminal.finish()

    def test_bash(self):
        self.press("bash", ["--norc"], [f"source '{SCRIPTS}/espbak.bash'"])

    def test_zsh(self):
        # As it is found where packages put it.
        self.press("zsh", ["-f"], [f"fpath=('{SCRIPTS}' $fpath)", "autoload -Uz compinit", "compinit -u -D"])

    def test_fish(self):
        asked = "\n".join("complete -C 'espbak {}'; echo".format(typed.replace("\\", "\\\\").replace("'", "\\'"))
                          for typed, _word, _behind in PRESSED)
        done = subprocess.run(["fish", "--no-config", "-c", f"source '{SCRIPTS}/espbak.fish'\n{asked}"],
                              cwd=self.folder, text=True, capture_output=True, check=True,
                              env=environment(str(self.folder), **self.settings))
        found = [answer.splitlines() for answer in done.stdout.split("\n\n")[:-1]]
        for (typed, word, behind), lines in zip(PRESSED, found, strict=True):
            with self.subTest(typed):
                self.assertEqual([(line.split("\t")[0] + behind).rstrip("/") for line in lines], [word])


if __name__ == "__main__":
    for name in ("bash", "zsh", "fish"):
        if shutil.which(name) is None:
            skip(f"{name} is not installed: tools/setup test brings it")
    unittest.main()
