#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Python wheel around a finished program.

    make_wheel.py PROGRAM PLATFORM NOTICE FOLDER

PLATFORM is the wheel's platform tag, such as win_amd64 or manylinux2014_x86_64.musllinux_1_1_x86_64; NOTICE the file
that names what the program contains of others. The wheel goes into FOLDER, and its path is printed. Needs hatchling,
in the Python that runs this.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent


def version():
    """From where CMake has it too."""
    text = (SOURCE / "include/espbak/api.h").read_text(encoding="utf-8")
    return ".".join(re.findall(r"^#define ESPBAK_VERSION_(?:MAJOR|MINOR|PATCH) ([0-9]+)$", text, re.M))


def main():
    program, platform, notice, folder = sys.argv[1:]
    folder = os.path.abspath(folder)
    with tempfile.TemporaryDirectory() as stage:
        # A copy, so that nothing is written beside the sources.
        shutil.copytree(HERE, stage, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        shutil.copy(SOURCE / "LICENSE", stage)
        shutil.copy(notice, os.path.join(stage, "NOTICE"))
        settings = {"ESPBAK_PROGRAM": os.path.abspath(program), "ESPBAK_PLATFORM": platform,
                    "ESPBAK_VERSION": version()}
        done = subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
                              cwd=stage, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)
    print(os.path.join(folder, f"espbak-{version()}-py3-none-{platform}.whl"))


if __name__ == "__main__":
    main()
