# SPDX-License-Identifier: Apache-2.0
"""The real esptool against espsim, and espbak against what esptool wrote.

usage: peer.py commands CHIP TRANSPORT [none|real] [large]
       peer.py states        security states, revisions, large flash, legacy stubs
       peer.py lines         baud rates, resets, latency
       peer.py images        what is read out of tables, otadata, NVS and images
       peer.py backups       espbak backup, verify and restore
       peer.py efuses CHIP…  eFuses by the real espefuse
"""

import os
import random
import subprocess
import sys

SKIPPED = 77


def interpreter_of(esptool):
    """The Python that the installed esptool belongs to: named in its first line."""
    try:
        with open(esptool, "rb") as file:
            first = file.readline().decode(errors="replace").strip()
    except OSError:
        return None
    return first[2:] if first.startswith("#!") and "python" in first else None


def become_esptools_python():
    esptool = os.environ.get("ESPBAK_TEST_ESPTOOL", "")
    python = interpreter_of(esptool) if esptool else None
    if python is None:
        print("skipped: esptool is not installed")
        sys.exit(SKIPPED)
    if os.environ.get("ESPBAK_PEER_INSIDE") != "1":
        environment = dict(os.environ, ESPBAK_PEER_INSIDE="1")
        sys.exit(subprocess.run([python, "-B", *sys.argv], env=environment, check=False).returncode)


def main():
    become_esptools_python()
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import backups
    import commands
    import efuses
    import images
    import lines
    import states

    kinds = {"backups": backups.run, "commands": commands.run, "states": states.run, "lines": lines.run,
             "images": images.run, "efuses": efuses.run}
    random.seed(1)
    kinds[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
