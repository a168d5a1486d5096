# SPDX-License-Identifier: Apache-2.0
"""Run the commands that the program suggests, as they are printed, as somebody at a terminal would who says yes."""
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time

from program import environment

SUGGESTED = re.compile(r"^  (?:\S*/)?(espbak [-a-z].*)$", re.M)
# That the device differs is an answer, and where no port was named, that it is another one.
DIFFERS, REFUSED = 6, 7


def suggested(text):
    return SUGGESTED.findall(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text))


def names_port(command):
    return re.search(r" (?:-p|--port) ", command) is not None


def device_at_hand(command):
    """For a command that names none, as it may where there is one port alone."""
    chip = re.search(r" (?:-c|--chip) (\w+)", command)
    return f"sim:{chip[1] if chip else 'esp32s3'},size=4M"


def paste(command, folder, columns=80, **more):
    """Exit code and output of one command in a shell on a terminal."""
    at_hand = {} if names_port(command) else {"ESPBAK_PORT": device_at_hand(command)}
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.write(master, b"y\n")
    text = ""
    with subprocess.Popen(["sh", "-c", command], cwd=folder, env=environment(folder, **{**at_hand, **more}), stdin=slave, stdout=slave, stderr=slave,
                          start_new_session=True) as program:
        os.close(slave)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if not select.select([master], [], [], 0.2)[0]:
                if program.poll() is not None:
                    break
                continue
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            text += data.decode(errors="replace")
        else:
            program.kill()
    os.close(master)
    return program.returncode, text


def failures(text, folder, tried):
    """What is wrong with the commands in `text`, each run in a copy of `folder`, unless it is in `tried`."""
    wrong = []
    for command in suggested(text):
        if command in tried:
            continue
        tried.add(command)
        with tempfile.TemporaryDirectory(prefix="espbak-") as holder:
            copy = os.path.join(holder, "copy")
            shutil.copytree(folder, copy, symlinks=True)
            code, said = paste(command, copy)
        if code not in ((0, DIFFERS) if names_port(command) else (0, DIFFERS, REFUSED)):
            wrong.append(f"{command}\n  ends with {code}: {said}")
    return wrong
