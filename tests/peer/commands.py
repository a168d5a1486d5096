# SPDX-License-Identifier: Apache-2.0
"""Every command of esptool for one chip, with its stub and with the ROM; then espbak and esptool in turns."""

import random

from simulator import MAC, SECTOR, Simulator
from tools import CURRENT, Espbak, Esptool, known, with_stub

# esptool refuses these; the words are from its message.
NO_SECURITY_INFO = {"esp8266", "esp32"}
ESP8266_ROM = "ESP8266 ROM does not support function"


def some_data(size, seed):
    """Half noise, half text: deflate has something to do, and something it cannot do."""
    noise = random.Random(seed)
    text = b"".join(b"line %d of the peer test\n" % i for i in range(size // 20))
    return b"\x00" + noise.randbytes(size // 2 - 1) + text[:size - size // 2]


class Commands:
    def __init__(self, simulator, stub, large):
        self.simulator, self.stub = simulator, stub
        self.tool = Esptool(simulator, *([] if stub else ["--no-stub"]))
        self.old_rom = simulator.chip == "esp8266" and not stub
        # pyserial takes single bytes from a plain socket, so keep these small.
        self.size = (128 if large else 8 if simulator.transport == "tcp" else 24) * 1024

    def file(self, name, data):
        path = self.simulator.path(name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def identify(self):
        self.tool.must("flash-id", saying=["Manufacturer: ef", "Device: 4016", "4MB", MAC])
        self.tool.must("read-mac", saying=[MAC])
        self.tool.must("chip-id", saying=[MAC])
        if self.simulator.chip in NO_SECURITY_INFO:
            # A stub says that it does not implement the command, a ROM that it does not know it.
            self.tool.refuses("get-security-info",
                              saying="Command not implemented" if self.stub else "is not supported")
        else:
            self.tool.must("get-security-info", saying=["Flags", "Secure Boot: Disabled"])

    def read(self):
        target = self.simulator.path("read.bin")
        for offset, size in ((0, SECTOR), (0x1F0123, 1000)):
            if self.old_rom:
                self.tool.refuses("read-flash", offset, size, target, saying=ESP8266_ROM)
                continue
            self.tool.must("read-flash", offset, size, target)
            with open(target, "rb") as file:
                assert file.read() == self.simulator.expected[offset:offset + size], f"read of {offset:#x}"

    def write(self):
        for offset, how in ((0x10000, []), (0x40000, ["--no-compress"])):
            data = some_data(self.size, offset)
            path = self.file("write.bin", data)
            self.tool.must("write-flash", *how, offset, path)
            self.simulator.write(offset, data)
            self.simulator.check(f"write-flash {how}")
            if self.old_rom:
                self.tool.refuses("verify-flash", offset, path, saying=ESP8266_ROM)
                continue
            self.tool.must("verify-flash", offset, path)
            other = self.file("other.bin", data[:-1] + bytes([data[-1] ^ 1]))
            self.tool.refuses("verify-flash", offset, other)

    def erase(self):
        offset, size = 0x42000, 2 * SECTOR
        if self.old_rom:
            self.tool.refuses("erase-region", offset, size, saying=ESP8266_ROM)
        else:
            self.tool.must("erase-region", offset, size)
            self.simulator.erase(offset, size)
            self.simulator.check("erase-region")
        if not self.stub:
            self.tool.refuses("erase-flash", saying="does not support function erase_flash")
            self.simulator.check("an erase-flash that was refused")

    def erase_all(self):
        self.tool.must("erase-flash")
        self.simulator.erase(0, self.simulator.size)
        self.simulator.check("erase-flash")


def swap(simulator, tool, bak, old_rom, size):
    """What esptool wrote espbak reads, and the reverse; the image file is the judge."""
    path, back = simulator.path("swap.bin"), simulator.path("back.bin")
    data = some_data(size, 7)
    with open(path, "wb") as file:
        file.write(data)
    tool.must("write-flash", 0x80000, path)
    simulator.write(0x80000, data)
    simulator.restart()
    if old_rom:
        bak.must("read", 0x80000, size, back, code=4)
    else:
        bak.must("read", "--overwrite", 0x80000, size, back)
        with open(back, "rb") as file:
            assert file.read() == data, "espbak read something else than esptool had written"
    data = some_data(size, 8)
    with open(path, "wb") as file:
        file.write(data)
    simulator.restart()
    bak.must("write", 0x90000, path)
    simulator.restart()
    simulator.write(0x90000, data)
    simulator.check("espbak write")
    if not old_rom:
        tool.must("verify-flash", 0x90000, path)


def alone(simulator, size):
    """Where esptool does not know the chip: what espbak writes is what it reads, and the image file is the judge."""
    bak = Espbak(simulator, "--no-stub")
    path, back = simulator.path("alone.bin"), simulator.path("back.bin")
    data = some_data(size, 9)
    with open(path, "wb") as file:
        file.write(data)
    bak.must("write", 0x80000, path)
    simulator.restart()
    simulator.write(0x80000, data)
    simulator.check("espbak write")
    bak.must("read", "--overwrite", 0x80000, size, back)
    with open(back, "rb") as file:
        assert file.read() == data, "espbak read something else than it had written"


def run(chip, transport, line="none", amount="small"):
    if chip not in known():
        print(f"esptool does not know {chip}")
        with Simulator(chip, transport, options=["--baud", line]) as simulator:
            alone(simulator, 16 * SECTOR)
        return
    for stub in (True, False):
        if stub and chip not in with_stub(CURRENT):
            continue
        with Simulator(chip, transport, options=["--baud", line]) as simulator:
            commands = Commands(simulator, stub, amount == "large")
            commands.identify()
            commands.read()
            commands.write()
            commands.erase()
            bak = Espbak(simulator, *([] if stub else ["--no-stub"]))
            swap(simulator, commands.tool, bak, commands.old_rom, commands.size)
            if stub:
                commands.erase_all()
