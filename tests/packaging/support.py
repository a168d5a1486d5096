# SPDX-License-Identifier: Apache-2.0
"""What the tests of the package share: the program under test, the package's sources, and running things."""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "packaging/python/src"
PROGRAM = os.path.abspath(os.environ["ESPBAK_TEST_PROGRAM"])
NOTICE = os.environ["ESPBAK_TEST_NOTICE"]
DEVICE = "sim:esp32s3,size=1M"


def check(what, condition):
    if not condition:
        raise AssertionError(what)
    print("ok:", what)


def run(command, folder, expect=0, **environment):
    """What it printed, both streams; it must end with the exit code `expect`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ESPBAK", "PLATFORMIO", "IDF_"))}
    kept.pop("PYTHONPATH", None)
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", timeout=240, check=False,
                          env={**kept, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **environment})
    if done.returncode != expect:
        sys.exit(f"{command}\n{done.stdout}\nexit code {done.returncode}, not {expect}")
    return done.stdout


def backups(folder):
    return sorted(path.name for path in pathlib.Path(folder).iterdir()) if os.path.isdir(folder) else []


def main(test):
    with tempfile.TemporaryDirectory() as folder:
        test(pathlib.Path(folder))
