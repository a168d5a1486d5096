# SPDX-License-Identifier: Apache-2.0
"""Runs espsim for one test, with a flash image whose contents the test knows."""

import os
import random
import socket
import subprocess
import tempfile

SECTOR = 4096
MAC = "34:85:18:a1:b2:c3"


class Simulator:
    """A chip behind `transport`: tcp, rfc2217 or pty. A pty has no modem lines: restart() stands in for them."""

    def __init__(self, chip, transport, size=4 << 20, options=(), image=None, seed=1):
        self.chip, self.transport, self.size = chip, transport, size
        self.folder = tempfile.TemporaryDirectory(prefix="peer-")
        self.flash = os.path.join(self.folder.name, "flash.bin")
        self.expected = bytearray(image if image is not None else random.Random(seed).randbytes(size))
        with open(self.flash, "wb") as file:
            file.write(self.expected)
        self.options = list(options)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def __enter__(self):
        where = "pty:" + self.path("port") if self.transport == "pty" else self.transport + ":0"
        command = [os.environ["ESPBAK_TEST_ESPSIM"], "--chip", self.chip, "--flash", self.flash, "--mac", MAC]
        if self.transport == "pty":
            command += ["--control", "unix:" + self.path("control"), "--boot", "download"]
        self.process = subprocess.Popen(command + ["--listen", where] + self.options, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("espsim: listening on "):
            raise RuntimeError(f"espsim did not start: {line!r}")
        address = line.split(" on ", 1)[1].strip().split(":", 1)[1]
        self.url = {"tcp": "socket://", "rfc2217": "rfc2217://"}.get(self.transport, "") + address
        return self

    def __exit__(self, *_):
        self.process.terminate()
        code = self.process.wait(20)
        self.process.stdout.close()
        self.folder.cleanup()
        if code != 0:
            raise RuntimeError(f"espsim ended with {code}")

    def control(self, request):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.path("control"))
            control.sendall(request.encode() + b"\n")
            return control.recv(256).decode().strip()

    def has_lines(self):
        return self.transport == "rfc2217"

    def restart(self):
        """Back to download mode where nothing else can do it: the last program may have left the application running."""
        if self.transport == "pty":
            assert self.control("power") == "ok"

    def contents(self):
        with open(self.flash, "rb") as file:
            return file.read()

    def erase(self, offset, size):
        first, last = offset // SECTOR * SECTOR, -(-(offset + size) // SECTOR) * SECTOR
        self.expected[first:last] = b"\xff" * (last - first)

    def write(self, offset, data):
        """What a write with its erasing leaves."""
        self.erase(offset, len(data))
        self.expected[offset:offset + len(data)] = data

    def check(self, doing):
        found = self.contents()
        if found == bytes(self.expected):
            return
        at = next((i for i, (a, b) in enumerate(zip(found, self.expected)) if a != b), min(len(found), len(self.expected)))
        raise AssertionError(f"{doing}: the flash differs from {at:#x} on")
