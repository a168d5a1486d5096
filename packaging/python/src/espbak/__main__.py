# SPDX-License-Identifier: Apache-2.0
"""python -m espbak: the program itself."""
import subprocess
import sys

from .program import find


def main() -> int:
    command = [find(), *sys.argv[1:]]
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The program has the same signal, and ends in its own way: it leaves the chip as it should be left.
            continue


if __name__ == "__main__":
    sys.exit(main())
