# SPDX-License-Identifier: Apache-2.0
"""Where the program is, and how it is run."""
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from typing import IO, Any, Dict, List, Optional, Sequence, Tuple

from . import errors

NAME = "espbak.exe" if sys.platform == "win32" else "espbak"


def _folders() -> List[str]:
    """Where installers put programs: of this Python, of its user, of a venv, or beside the package (pip --target)."""
    scheme = "nt_user" if os.name == "nt" else "posix_user"
    here = os.path.dirname(os.path.abspath(__file__))
    return [
        sysconfig.get_path("scripts"),
        sysconfig.get_path("scripts", scheme),
        os.path.dirname(sys.executable),
        os.path.join(os.path.dirname(here), "bin"),
    ]


def find() -> str:
    """The path of espbak: what ESPBAK names, else what came with this package, else what the system has."""
    named = os.environ.get("ESPBAK")
    if named:
        return named
    for folder in _folders():
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return path
    path = shutil.which(NAME)
    if path:
        return path
    raise errors.InternalError("the program espbak is not there: install the package again", 1)


def _ended(process: "subprocess.Popen[str]", timeout: Optional[float]) -> Tuple[str, str]:
    """What it printed. It is never killed: it is asked to stop, so that it leaves the chip as it should be left."""
    try:
        return process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.communicate()
        raise
    except KeyboardInterrupt:
        # The terminal has told the program too.
        process.communicate()
        raise


def run(
    arguments: Sequence[str], timeout: Optional[float] = None, stdin: Optional[IO[bytes]] = None
) -> Dict[str, Any]:
    """Run espbak with `arguments`, the command first, and give its JSON document.

    Progress and messages are not shown. `timeout` is in seconds; espbak needs none, since all it does has an end.
    `stdin` is an open file for commands that are given "-".
    Raises the exception for the exit code, subprocess.TimeoutExpired, or OSError when the program does not start.
    """
    command = [find(), "--json", "--progress", "off", *arguments]
    process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               encoding="utf-8", errors="replace")
    out, said = _ended(process, timeout)
    try:
        document = json.loads(out) if out.strip() else None
    except ValueError:
        document = None
    if process.returncode != 0:
        raise errors.of(process.returncode, document, said)
    if document is None:
        raise errors.InternalError("espbak gave no JSON document", process.returncode)
    return document
