# SPDX-License-Identifier: Apache-2.0
"""A client that asks espsim for more and more and never reads: its memory stays bounded, and is given back.

usage: unread.py [COUNT [SEED]]
"""
import os
import select
import socket
import struct
import subprocess
import time

from attack import repeat
from checks import Wrong, check

ESPSIM = os.environ["ESPBAK_TEST_ESPSIM"]
FLASH = 16 << 20
MIB = 1 << 20
MOST = 48 * MIB  # of one client; without a limit a second of requests, or one read of the flash, brings far more
LEFT = 8 * MIB  # of a client that has gone
SECONDS = 3
RAM = 0x400BE000
MEM_BEGIN, MEM_END, MEM_DATA, SYNC, READ_SLOW, READ_FLASH = 0x05, 0x06, 0x07, 0x08, 0x0E, 0xD2


def request(op, data, checksum=0):
    frame = struct.pack("<BBHI", 0, op, len(data), checksum) + data
    return b"\xc0" + frame.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def words(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


# A sanitizer keeps what was freed, to find who still uses it.
KEEP_NOTHING = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0:allocator_release_to_os_interval_ms=0"
SYNCS = request(SYNC, b"\x07\x07\x12\x20" + b"\x55" * 32)


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise Wrong("espsim has gone")


def await_bytes(client, wanted):
    got = b""
    while wanted not in got:
        check(f"no answer: {got[-60:]!r}", select.select([client], [], [], 30)[0])
        got += client.recv(65536)


def start_stub(client):
    """Any program counts as a stub in espsim."""
    client.sendall(SYNCS)
    await_bytes(client, b"\xc0\x01\x08")
    program = b"\x00" * 64
    for step, data, checksum in ((MEM_BEGIN, words(64, 1, 64, RAM), 0), (MEM_DATA, words(64, 0, 0, 0) + program, 0xEF),
                                 (MEM_END, words(0, RAM), 0)):
        client.sendall(request(step, data, checksum))
        await_bytes(client, b"OHAI" if step == MEM_END else b"\xc0\x01" + bytes([step]))


def highest(device, client, asked):
    """The most memory that espsim has while `asked` is sent as long as it is taken."""
    most, end = 0, time.monotonic() + SECONDS
    client.setblocking(False)
    while time.monotonic() < end:
        try:
            client.send(asked)
        except BlockingIOError:
            time.sleep(0.01)
        most = max(most, resident(device.pid))
    return most


def syncs(_):
    return SYNCS * 50


def slow_reads(_):
    return request(READ_SLOW, words(0, 64)) * 50


def whole_flash(client):
    start_stub(client)
    client.sendall(request(READ_FLASH, words(0, FLASH, 4096, 0xFFFFFFFF)))
    return b"\xc0\xc0"


def attempt(attack):
    way = attack.chance.choice([syncs, slow_reads, whole_flash])
    with open(attack.path("flash.img"), "wb") as flash:
        flash.truncate(FLASH)
    with subprocess.Popen([ESPSIM, "--chip", "esp32", "--flash", "flash.img", "--listen", "tcp:0", "--baud", "none",
                           "--stub-kind", "legacy"], cwd=attack.folder, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "ASAN_OPTIONS": KEEP_NOTHING}) as device:
        try:
            port = int(device.stdout.readline().rsplit(":", 1)[1])
            before = resident(device.pid)
            with socket.create_connection(("127.0.0.1", port)) as client:
                grown = highest(device, client, way(client)) - before
            with socket.create_connection(("127.0.0.1", port)) as client:  # the next one is served
                client.sendall(SYNCS)
                check("the next client is not served", select.select([client], [], [], 30)[0])
            left = resident(device.pid) - before
        finally:
            device.terminate()
    print(f"{way.__name__}: {grown / MIB:.1f} MiB, afterwards {left / MIB:.1f} MiB")
    check(f"{way.__name__}: espsim grew by {grown / MIB:.0f} MiB", grown < MOST)
    check(f"{way.__name__}: of a client that has gone {left / MIB:.0f} MiB are left", left < LEFT)
    return way.__name__


if __name__ == "__main__":
    repeat("unread", attempt)
