#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/systems.md from what windows.py, programs.py, debian.py and mbedtls.py kept in a folder: what was run where, and how it ended.

    table.py RESULTS > docs/systems.md
"""
import json
import pathlib
import sys

HEAD = """# What was run where

Made by `tests/systems/table.py` from what the scripts in `tests/systems/` ran; nothing stands here that did not run.
How it is made anew: [testing.md](testing.md#systems).

| system | runs on | what | result | seconds |
| --- | --- | --- | --- | ---: |
"""


def main():
    lines = []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        for row in found["rows"]:
            lines.append(f"| {found['system']} | {found['runs on']} | {row['what']} | {row['result']} | "
                         f"{row['seconds']:.1f} |\n")
    sys.stdout.write(HEAD + "".join(lines))


if __name__ == "__main__":
    main()
