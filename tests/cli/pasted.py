# SPDX-License-Identifier: Apache-2.0
"""Run the commands that the program suggests, as they are printed, as somebody at a terminal would who says yes."""
import fcntl
import json
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

from program import PROGRAM, environment

SUGGESTED = re.compile(r"^  (?:\S*/)?(espbak [-a-z].*)$", re.M)
# That the device differs is an answer, and where no port was named, that it is another one.
DIFFERS, REFUSED = 6, 7


def suggested(text):
    return SUGGESTED.findall(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text))


def of_json(text):
    """The commands beside an error's hint, as a terminal would show them."""
    try:
        commands = json.loads(text).get("error", {}).get("commands", [])
    except (ValueError, AttributeError):
        return ""
    return "".join(f"  {command.replace(PROGRAM, 'espbak')}\n" for command in commands)


def kind_of(command):
    """Its verb and its options, with none of their values."""
    verb = re.search(r" (?!-|sim:)([a-z][a-z-]+)", re.sub(r" (?:-p|-[cob]|--\w[\w-]*) \S+", "", command))
    return verb[1] if verb else command, *sorted(re.findall(r" (--?[a-z][a-z-]*)", command))


# Where the test is at the other end of the port, or has made a device on which the same goes wrong again.
OUT_OF_REACH = re.compile(r" (?:-p|--port) (?!'?sim:)|fault=|lasting-status|own=")


def check_answer(done, folder, tried):
    """Run every kind of command that a program's answer suggests."""
    text = "\n".join(out.decode("utf-8", "replace") if isinstance(out, bytes) else out or ""
                     for out in (done.stdout, done.stderr))
    lines = []
    for command in suggested(text + "\n" + of_json(done.stdout if isinstance(done.stdout, str) else "")):
        if kind_of(command) not in tried and OUT_OF_REACH.search(command) is None:
            tried.add(kind_of(command))
            lines.append("  " + command)
    wrong = failures("\n".join(lines), folder, set())
    assert not wrong, "suggested, but: " + "\n".join(wrong)


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
