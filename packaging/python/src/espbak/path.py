# SPDX-License-Identifier: Apache-2.0
"""espbak-path: where the parts for other tools are.

    espbak-path              the program
    espbak-path idf          the folder for IDF_EXTRA_ACTIONS_PATH (ESP-IDF 5)
    espbak-path platformio   the file for extra_scripts and PLATFORMIO_EXTRA_SCRIPTS
"""
import os
import sys

from .program import find

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = {
    "program": find,
    "idf": lambda: os.path.join(HERE, "idf"),
    "platformio": lambda: os.path.join(HERE, "pio", "espbak_pio.py"),
}


def main() -> int:
    words = sys.argv[1:] or ["program"]
    if len(words) != 1 or words[0] not in PARTS:
        print("usage: espbak-path [" + "|".join(PARTS) + "]", file=sys.stderr)
        return 2
    print(PARTS[words[0]]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
