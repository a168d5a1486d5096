# SPDX-License-Identifier: Apache-2.0
"""The program on a pseudo-terminal."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from program import PROGRAM, environment


class Terminal:
    """The program, or another one, on a pseudo-terminal; what it prints is collected in `text`."""

    def __init__(self, folder, *arguments, columns=80, program=PROGRAM, **more):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.program = subprocess.Popen([program, *arguments], cwd=folder, env=environment(folder, **more), stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.text = ""

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.text += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, words, seconds=60):
        end = time.monotonic() + seconds
        while words not in self.text:
            if time.monotonic() > end or not (self.read(1) or self.program.poll() is None):
                raise AssertionError(f"{words!r} did not come, but: {self.text}")

    def type(self, text):
        os.write(self.master, text.encode())

    def finish(self):
        end = time.monotonic() + 120
        while self.read(0.5) or self.program.poll() is None:
            if time.monotonic() > end:
                self.program.kill()
                self.program.wait()
                raise AssertionError(f"it does not end: {self.text}")
        os.close(self.master)
        return self.program.wait()

    def lines(self):
        """What each line looked like at every moment, escape sequences removed."""
        return [re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]+", self.text)]
