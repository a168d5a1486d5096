# SPDX-License-Identifier: Apache-2.0
"""A device that never falls silent: no input may push the end of a wait away.

usage: endless.py [COUNT [SEED]]

Between the program and the simulated chip sits somebody who lets everything through until a certain request is
answered, and from then on sends without an end, or asks for a pause that never ends. Some leave off when the program
says something, so that it may try all that it knows. Every run has to end by itself, within a time that does not
depend on how much is sent, with an exit code that says so, and no backup is sealed that is not whole.
"""
import os
import selectors
import socket
import subprocess
import threading
import time

from attack import noise, repeat
from checks import check, get, put

ESPSIM = os.environ["ESPBAK_TEST_ESPSIM"]
SIZE = 256 * 1024
LONGEST = 240  # seconds: well above what all waits and tries of a run add up to, also on a busy computer
MEM_END, SYNC, READ_FLASH = 0x06, 0x08, 0xD2
PAUSE, GO_ON = b"\xff\xfa\x2c\x6c\xff\xf0", b"\xff\xfa\x2c\x6d\xff\xf0"  # RFC 2217: FLOWCONTROL-SUSPEND, -RESUME


class Liar(threading.Thread):
    """Relays one connection; `flood` makes the next block to send once `op` was answered."""

    def __init__(self, device, op, flood, leaves_off):
        super().__init__(daemon=True)
        self.device, self.op, self.flood, self.leaves_off = device, op, flood, leaves_off
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = self.lying = False
        self.said = b""

    def run(self):
        """Serves one connection; where the program tries once more, nobody is there."""
        client, _ = self.listener.accept()
        self.listener.close()
        with client, socket.create_connection(("127.0.0.1", self.device)) as device:
            try:
                self.relay(client, device)
            except OSError:
                pass

    def hear(self, bytes_, device):
        """What the program says."""
        if self.lying and self.leaves_off:
            self.asked = self.lying = False
        self.said = (self.said + bytes_)[-64:]
        self.asked = self.asked or b"\xc0\x00" + bytes([self.op]) in self.said
        if self.asked:
            self.said = b""
        if not self.lying:
            device.sendall(bytes_)

    def relay(self, client, device):
        with selectors.DefaultSelector() as both:
            both.register(client, selectors.EVENT_READ)
            both.register(device, selectors.EVENT_READ)
            while True:
                for key, _ in both.select(0 if self.lying else None):
                    bytes_ = key.fileobj.recv(65536)
                    if not bytes_:
                        return
                    if key.fileobj is client:
                        self.hear(bytes_, device)
                    elif not self.lying:
                        client.sendall(bytes_)
                        self.lying = self.asked
                if self.lying:
                    client.sendall(self.flood())


def delimiters(_):
    return lambda: b"\xc0" * 65536


def frames(_):
    return lambda: b"\xc0ECHO\xc0" * 10000


def noises(chance):
    return lambda: noise(chance, 65536)


def pauses(_):
    return lambda: PAUSE * 1000


def short_pauses(_):
    return lambda: (GO_ON + PAUSE) * 1000


WAYS = [
    ("socket", READ_FLASH, delimiters, "stub"), ("socket", READ_FLASH, frames, "stub"),
    ("socket", READ_FLASH, noises, "stub"), ("socket", MEM_END, frames, "stub"), ("socket", MEM_END, noises, "own"),
    ("rfc2217", SYNC, pauses, "stub"), ("rfc2217", MEM_END, short_pauses, "stub"),
]


def simulator(attack, kind):
    listen = "tcp:0" if kind == "socket" else "rfc2217:0"
    device = subprocess.Popen([ESPSIM, "--chip", "esp32s3", "--flash", "flash.img", "--listen", listen],
                              cwd=attack.folder, stdout=subprocess.PIPE, text=True)
    return device, int(device.stdout.readline().rsplit(":", 1)[1].split()[0])


def judge(attack, code, errors, leaves_off):
    """Only who lets the program speak may be read, and then what is sealed is the flash."""
    if code == 0 and leaves_off:
        check("something else was sealed", get(attack.path("backups/b/flash.bin")) == get(attack.path("flash.img")))
        return
    check(f"exit code {code}: {errors}", code in (3, 4, 5, 6))
    check("it was sealed", not os.path.exists(attack.path("backups/b/manifest.json")))


def attempt(attack):
    kind, op, flood, loader = attack.chance.choice(WAYS)
    leaves_off = attack.chance.random() < 0.3
    put(attack.path("flash.img"), noise(attack.chance, SIZE))
    device, port = simulator(attack, kind)
    liar = Liar(port, op, flood(attack.chance), leaves_off)
    liar.start()
    before = time.monotonic()
    try:
        code, _, errors = attack.espbak("-p", f"{kind}://127.0.0.1:{liar.port}", "--loader", loader, "backup",
                                        "--name", "b", "--wait", "0")
    finally:
        device.terminate()
        device.communicate()
    took = time.monotonic() - before
    check(f"{kind} {op:#x} {flood.__name__}: {took:.0f} s", took < LONGEST)
    judge(attack, code, errors, leaves_off)
    return f"{flood.__name__} after {op:#x}: exit code {code}"


if __name__ == "__main__":
    repeat("endless", attempt)
