# SPDX-License-Identifier: Apache-2.0
"""Runs the RISC-V images of our own loader in an instruction-set emulator, with stand-ins for the functions of
the mask ROM and for the flash behind the SPI controller, and compares what they answer with what the same core answers on this computer."""
import os
import re
import struct
import subprocess
import sys
import zlib

try:
    from unicorn import (Uc, UC_ARCH_RISCV, UC_HOOK_CODE, UC_HOOK_MEM_READ, UC_HOOK_MEM_UNMAPPED, UC_HOOK_MEM_WRITE,
                         UC_MODE_RISCV32)
    from unicorn.riscv_const import (UC_RISCV_REG_A0, UC_RISCV_REG_A1, UC_RISCV_REG_A2, UC_RISCV_REG_A3,
                                     UC_RISCV_REG_A4, UC_RISCV_REG_A5, UC_RISCV_REG_PC, UC_RISCV_REG_RA, UC_RISCV_REG_X0)
except ImportError:
    print("SKIPPED: unicorn is not installed, `tools/setup test` does that")
    sys.exit(77)

SOURCE, REFERENCE, CHIPS = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
ARGUMENTS = [UC_RISCV_REG_A0, UC_RISCV_REG_A1, UC_RISCV_REG_A2, UC_RISCV_REG_A3, UC_RISCV_REG_A4,
             UC_RISCV_REG_A5]
PAGE = 0x1000
HELLO, READ, CRC32, MD5, BAUD, FLASH, CANCEL, LEAVE, OPEN, ALLOW, CONFIRM, ERASE, WRITE, STATUS, SHA256 = range(15)
RAW, DEFLATE, BLANK = range(3)
INFO_WORDS, INFO_NONCE, TRANSACTION = 10, 7, 0x1234567
REQUEST, REPLY = 0x51B7E5A9, 0xA53D9BE6
CPU_MHZ, DEFLATED, HAS_SHA256 = 160, 100, 16
MANY = 20_000_000  # instructions that no exchange here takes
UART_INTERRUPT = 1 << 5
HANDLED = 0x3F200000
IDLE = 20  # looks at an empty UART without doing anything between, and nothing more will happen

# The controller's registers, and the parts of a command that SPI_USER names.
SPI_COMMAND, SPI_ADDRESS, SPI_USER, SPI_LENGTHS, SPI_CODE, SPI_OUT, SPI_IN, SPI_DATA = 0, 4, 24, 28, 32, 36, 40, 88
SPI_START, WITH_CODE, WITH_ADDRESS, WITH_DUMMY, WITH_IN, WITH_OUT = 1 << 18, 1 << 31, 1 << 30, 1 << 29, 1 << 28, 1 << 27
LOOKS_BUSY = 3  # how often the flash says that it is, after each change

FLASH_SIZE, SECTOR, BLOCK = 0x30000, 0x1000, 0x10000
flash = bytearray((i * 7 + i // 256) & 0xFF for i in range(FLASH_SIZE))
flash[0x8000:0xC000] = b"\xff" * 0x4000
unchanged = bytes(flash)


def request(tag, op, address=0, length=0, argument=0):
    words = struct.pack("<6I", REQUEST, tag, op, address, length, argument)
    return words + struct.pack("<I", zlib.crc32(words))


def write(tag, address, contents, form):
    """Inflating is doubling every byte here, as in the fake chip of the unit tests."""
    data = {RAW: contents, DEFLATE: contents[::2], BLANK: b""}[form]
    payload = struct.pack("<5I", TRANSACTION, tag, zlib.crc32(contents), form, len(data)) + data
    payload += bytes(-len(payload) % 4)
    return request(tag, WRITE, address, len(contents), len(payload) + 4) + payload + struct.pack("<I", zlib.crc32(payload))


def changes(nonce):
    """Requests that change flash, and some that are refused."""
    ranges = struct.pack("<4I", 0x2000, 0x3000, 0x10000, 0x20000)
    doubled = bytes(i // 2 * 5 & 0xFF for i in range(0x4000))
    return (request(200, ERASE, 0x2000, SECTOR, TRANSACTION) + request(201, OPEN, nonce ^ 1, 0, TRANSACTION) +
            request(202, OPEN, nonce, 0, TRANSACTION) + request(203, ALLOW, 0x2000, 0x3000, TRANSACTION) +
            request(204, ALLOW, 0x10000, 0x20000, TRANSACTION) + write(205, 0x2000, doubled[:0x1000], RAW) +
            request(206, CONFIRM, 2, zlib.crc32(ranges), TRANSACTION) + request(207, ERASE, 0, SECTOR, TRANSACTION) +
            request(208, ERASE, 0x10000, BLOCK, TRANSACTION) + request(209, ERASE, 0x21000, SECTOR, TRANSACTION) +
            write(210, 0x3000, doubled[:0x2000], RAW) + write(211, 0x4000, doubled[:0x2000], RAW) +
            write(212, 0x14000, doubled, DEFLATE) + write(213, 0x22000, b"\xff" * SECTOR, BLANK) +
            request(214, CRC32, 0, FLASH_SIZE, SECTOR) + request(215, READ, 0x14000, 0x1000, 32) +
            request(216, STATUS, 0x05, 1, 0x1C) + request(217, STATUS, 0x05, 2, 0x4208) + request(218, STATUS, 0x35) +
            request(219, STATUS, 0x9F) + request(220, OPEN, nonce, 0, 0) + request(221, STATUS, 0x05, 1, 0) +
            request(222, STATUS, 0x05))


def questions(nonce, features):
    """Pieces of what is sent, each when all before it is answered."""
    asked = [(HELLO,), (FLASH, 0, FLASH_SIZE, 0), (READ, 0x1000, 0x1000, 0), (READ, 0x1000, 0x1000, 0x4004),
             (READ, 0x1004, 0x2C, 32), (READ, 0x8000, 0x4000, 32), (READ, 0x8000, 0x2000, 32), (READ, 0x9000, 0x2000, 0), (READ, 2, 4, 0),
             (READ, 0, 0x20000, 0), (READ, FLASH_SIZE - 0x1000, 0x2000, 0), (READ, 0xFFFFF000, 0x2000, 0),
             (CRC32, 0, 0x10000, 0x1000), (CRC32, 4, 0x2FFE, 0x800),
             (CRC32, 0, 0x1000, 2), (MD5, 0, 0x10000, 0x4000), (MD5, 0x1000, 33, 64), (99,),
             (BAUD, 0, 0, 115200), (BAUD, 0, 500, 921600), (HELLO,)]
    if features & HAS_SHA256:
        asked += [(SHA256, 0, 0x10000, 0x1000), (SHA256, 0x1000, 33, 64), (MD5, 0, 0x100, 0x100), (SHA256, 2, 64, 64),
                  (SHA256, 0, 4 * BLOCK // 16, 4), (SHA256, FLASH_SIZE - 0x1000, 0x2000, 0x2000), (SHA256, 0, 63, 64)]
    sent = b"\xa9\xe5" + b"noise"
    for tag, what in enumerate(asked):
        whole = request(tag + 1, *what)
        sent += whole
        if tag % 5 == 4:
            sent += whole[:9] + whole[10:]  # one that lost a byte
    sent += changes(nonce)
    return [sent[at:at + 200] for at in range(0, len(sent), 200)] + [request(100, CANCEL), request(101, LEAVE)]


class Image:
    """One of firmware/images, with the addresses that its chip's linker script and header tell."""

    def __init__(self, chip):
        text = open(f"{SOURCE}/images/{chip}.c", encoding="ascii").read()
        arrays = dict(re.findall(r"uint8_t (\w+)\[\] = \{([^}]*)\}", text))
        self.segments = []
        for name, address in re.findall(r"\{(\w+), sizeof\(\w+\), (0x[0-9a-f]+)\}", text):
            self.segments.append((int(address, 16), bytes(int(b, 16) for b in re.findall(r"0x(..)", arrays[name]))))
        self.entry = int(re.search(r"\.entry = (0x[0-9a-f]+)", text)[1], 16)
        script = open(f"{SOURCE}/chip/{chip}.ld", encoding="ascii").read()
        header = open(f"{SOURCE}/chip/{chip}.h", encoding="ascii").read()
        self.rom = {name: int(at, 16) for name, at in re.findall(r"^(\w+) = (0x[0-9a-fA-F]+);", script, re.M)}
        self.moved = {name: int(at, 16) for name, at in re.findall(r"_FUNCTION\((\w+), (0x[0-9A-F]+)u\)", header)}
        self.spi = int(re.search(r"CHIP_SPI\s+(0x[0-9A-F]+)u", header)[1], 16)
        self.wide = "CHIP_FLASH_IS_WIDE" in header
        self.uart = int(re.search(r"CHIP_UART\s+(0x[0-9A-F]+)u", header)[1], 16)
        self.number = int(re.search(r"CHIP_ID\s+(\w+)", header)[1], 0)


class Flash:
    """A flash of FLASH_SIZE bytes, or one whose first bytes these are and that is larger."""

    def __init__(self, wide):
        self.wide, self.enabled, self.volatile, self.busy, self.broken = wide, False, False, 0, False
        self.status = {0x05: 0, 0x35: 0, 0x15: 0}

    def run(self, code, address, out, size):
        if code in self.status:
            assert code == 0x05 or not self.busy
            self.busy = max(self.busy - 1, 0)
            return bytes([self.status[code] | (1 if self.busy or self.broken else 0)]) * size
        assert not self.busy, "a command to a flash that is busy"
        if code in (0x06, 0x50):
            self.enabled, self.volatile = code == 0x06, code == 0x50
        elif code in (0x01, 0x31, 0x11):
            assert self.volatile and not self.enabled and len(out) in (1, 2), "a status register is changed for good"
            self.status[code | 4] = out[0]
            if len(out) == 2:
                self.status[0x35] = out[1]
        elif code == (0x0C if self.wide else 0x0B):
            return bytes(flash[(address + i) % FLASH_SIZE] for i in range(size))
        else:
            self.change(code, address % FLASH_SIZE, out)
        return b""

    def change(self, code, address, out):
        assert self.enabled, "no write enable"
        self.enabled = False
        self.busy = LOOKS_BUSY
        if code == (0x12 if self.wide else 0x02):
            assert address // 256 == (address + len(out) - 1) // 256, "beyond a page"
            for i, byte in enumerate(out):
                flash[address + i] &= byte
        else:
            size = {0x21: SECTOR, 0xDC: BLOCK}[code] if self.wide else {0x20: SECTOR, 0xD8: BLOCK}[code]
            flash[address:address + size] = b"\xff" * size


class Machine:
    """A processor with RAM wherever it is looked for, a UART, and a ROM that is played here."""

    def __init__(self, image, rom_version=0):
        self.image, self.sent, self.left, self.dividers, self.ticks = image, bytearray(), False, [], 0
        self.coming, self.idle = bytearray(), 0
        self.flash, self.pages = Flash(False), set()
        self.tick, self.stuck = 1000, False
        self.handlers, self.unmasked, self.sha_on = {}, 0, False
        self.uc = Uc(UC_ARCH_RISCV, UC_MODE_RISCV32)
        self.uc.hook_add(UC_HOOK_MEM_UNMAPPED, self.map_page)
        rom = dict(image.rom)
        rom.update({name: at - (12 if rom_version >= 5 else 0) for name, at in image.moved.items()})
        self.calls = {}
        for name, address in rom.items():
            self.calls[address] = getattr(self, name, self.nothing)
            self.write(address, b"\x82\x80")  # ret
            self.uc.hook_add(UC_HOOK_CODE, self.call, begin=address, end=address)
        if image.moved:
            self.write(0x4FC00014, struct.pack("<I", rom_version))
        for address, content in image.segments:
            self.write(address, content)
        self.watch_counters(*image.segments[0])
        uart = image.uart
        self.uc.reg_write(UC_RISCV_REG_PC, image.entry)
        self.write(uart, bytes(0x100))
        self.write(uart + 0x14, struct.pack("<I", 347 | 3 << 20))
        self.uc.hook_add(UC_HOOK_MEM_READ, self.uart_read, begin=uart, end=uart + 0x1F)
        self.uc.hook_add(UC_HOOK_MEM_WRITE, self.uart_written, begin=uart, end=uart + 3)
        self.write(image.spi, bytes(0x100))
        self.uc.hook_add(UC_HOOK_MEM_WRITE, self.spi_written, begin=image.spi, end=image.spi + 3)
        self.uc.hook_add(UC_HOOK_MEM_READ, self.spi_read, begin=image.spi, end=image.spi + 3)

    def map_page(self, _uc, _access, address, size, _value, _data=None):
        self.map(address, size)
        return True

    def map(self, address, size):
        for page in range(address & -PAGE, address + size, PAGE):
            if page not in self.pages:
                self.pages.add(page)
                self.uc.mem_map(page, PAGE)

    def write(self, address, content):
        self.map(address, len(content))
        self.uc.mem_write(address, bytes(content))

    def read(self, address, size):
        self.map(address, max(size, 1))
        return bytes(self.uc.mem_read(address, size))

    # The counters of cycles are not those that the emulator has.
    def watch_counters(self, address, content):
        for at in range(0, len(content) - 3, 2):
            code, = struct.unpack_from("<I", content, at)
            if code & 0x7F == 0x73 and code >> 20 in (0x7E0, 0x7E1, 0x7E2, 0xB00):
                self.uc.hook_add(UC_HOOK_CODE, self.counter, begin=address + at, end=address + at)

    def counter(self, _uc, address, _size, _data):
        code, = struct.unpack("<I", self.read(address, 4))
        self.ticks += self.tick
        if code >> 7 & 31:
            self.uc.reg_write(UC_RISCV_REG_X0 + (code >> 7 & 31), self.ticks & 0xFFFFFFFF)
        self.uc.reg_write(UC_RISCV_REG_PC, address + 4)

    def uart_read(self, _uc, _access, address, _size, _value, _data):
        offset = address - self.image.uart
        if offset == 0x1C:
            self.idle = 0 if self.coming else self.idle + 1
            if self.idle > IDLE:
                self.uc.emu_stop()
            self.write(address, struct.pack("<I", min(len(self.coming), 100)))
        elif offset == 0 and self.coming:
            self.write(address, struct.pack("<I", self.coming.pop(0)))

    def uart_written(self, _uc, _access, _address, _size, value, _data):
        self.sent.append(value & 0xFF)
        self.idle = 0

    def spi_word(self, offset):
        return struct.unpack("<I", self.read(self.image.spi + offset, 4))[0]

    def spi_written(self, _uc, _access, _address, _size, value, _data):
        assert value == SPI_START
        parts, bits = self.spi_word(SPI_USER), self.spi_word(SPI_LENGTHS) >> 26
        assert parts & WITH_CODE and self.spi_word(SPI_CODE) >> 28 == 7
        assert not parts & WITH_ADDRESS or bits == (31 if self.flash.wide else 23)
        assert not parts & WITH_DUMMY or self.spi_word(SPI_LENGTHS) & 0x3F == 7
        code, address = self.spi_word(SPI_CODE) & 0xFF, self.spi_word(SPI_ADDRESS)
        assert (parts & WITH_DUMMY != 0) == (code in (0x0B, 0x0C)), "dummy bits"
        out = self.read(self.image.spi + SPI_DATA, self.spi_word(SPI_OUT) // 8 + 1) if parts & WITH_OUT else b""
        size = self.spi_word(SPI_IN) // 8 + 1 if parts & WITH_IN else 0
        assert max(len(out), size) <= 64
        self.write(self.image.spi + SPI_DATA, self.flash.run(code, address, out, size))
        self.spi_turns = 2

    def spi_read(self, _uc, _access, address, _size, _value, _data):
        """The command is under way for a moment."""
        self.spi_turns = max(self.spi_turns - 1, 0)
        self.write(self.image.spi, struct.pack("<I", SPI_START if self.spi_turns or self.stuck else 0))

    def call(self, uc, address, _size, _data):
        result = self.calls[address](*[uc.reg_read(register) for register in ARGUMENTS])
        if result is not None:
            uc.reg_write(UC_RISCV_REG_A0, result & 0xFFFFFFFF)

    # The ROM.
    def nothing(self, *_):
        pass

    def memcpy(self, to, source, size, *_):
        self.write(to, self.read(source, size))

    def memset(self, to, value, size, *_):
        self.write(to, bytes([value & 0xFF]) * size)

    def rom_crc32(self, crc, source, size, *_):
        return zlib.crc32(self.read(source, size), crc)

    def rom_md5_begin(self, context, *_):
        self.write(context, bytes(4))

    def rom_md5_update(self, context, source, size, *_):
        total, = struct.unpack("<I", self.read(context, 4))
        for byte in self.read(source, size):
            total = (total * 31 + byte) & 0xFFFFFFFF
        self.write(context, struct.pack("<I", total))

    def rom_md5_end(self, digest, context, *_):
        self.write(digest, self.read(context, 1) * 16)

    def rom_sha_enable(self, *_):
        self.sha_on = True  # it still is where flash could not be read for the digest before

    def rom_sha_disable(self, *_):
        assert self.sha_on, "the accelerator is off"
        self.sha_on = False

    def rom_sha_begin(self, context, kind, *_):
        assert self.sha_on and kind == 2, f"kind {kind} of SHA"
        self.write(context, bytes(216))
        return 0

    def rom_sha_update(self, context, source, size, *_):
        assert self.sha_on and source % 4 == 0, "a part that is not aligned"
        total, done = struct.unpack("<2I", self.read(context, 8))
        assert done % 64 == 0, "a part behind one that was not whole"
        for byte in self.read(source, size):
            total = (total * 37 + byte) & 0xFFFFFFFF
        self.write(context, struct.pack("<2I", total, done + size))

    def rom_sha_end(self, context, digest, *_):
        assert self.sha_on, "the accelerator is off"
        self.write(digest, self.read(context, 1) * 32)
        return 0

    def rom_tdefl_init(self, state, *_):
        self.write(state + 40, struct.pack("<I", state + 45683))  # where the last part of its state is
        return 0

    def rom_tdefl_compress(self, _state, _source, _in_size, to, out_size, *_):
        room, = struct.unpack("<I", self.read(out_size, 4))
        if room < DEFLATED:
            return 0
        self.write(to, b"\x5a" * DEFLATED)
        self.write(out_size, struct.pack("<I", DEFLATED))
        return 1

    def rom_spi_pins(self, *_):
        return 0

    def rom_tinfl_decompress(self, _state, source, in_size, _out, to, out_size):
        packed, = struct.unpack("<I", self.read(in_size, 4))
        self.write(to, bytes(byte for byte in self.read(source, packed) for _ in range(2)))
        self.write(out_size, struct.pack("<I", packed * 2))
        return 0

    def rom_uart_device(self, *_):
        return 0x3F000000  # zeros: the console is a UART

    def rom_uart_divider(self, _uart, divider, *_):
        self.dividers.append(divider)

    def rom_interrupt_attach(self, number, handler, *_):
        self.handlers[1 << number] = handler

    def rom_interrupt_unmask(self, bits, *_):
        self.unmasked |= bits

    def rom_crystal_hz(self, *_):
        return 40_000_000

    rom_bus_hz = rom_crystal_hz

    def rom_cpu_mhz(self, *_):
        return CPU_MHZ

    def rom_software_reset(self, *_):
        self.left = True
        self.uc.emu_stop()

    def interrupt(self, coming):
        """The UART's handler takes these in, as it does while the core is busy."""
        self.coming += coming
        before = self.uc.context_save()
        self.uc.reg_write(UC_RISCV_REG_RA, HANDLED)
        self.uc.emu_start(self.handlers[UART_INTERRUPT], HANDLED, count=MANY)
        self.uc.context_restore(before)
        assert not self.coming, "the handler leaves bytes in the UART"

    def run(self, coming):
        self.coming += coming
        self.idle = 0
        self.uc.emu_start(self.uc.reg_read(UC_RISCV_REG_PC), 0xFFFFFFFE, count=MANY)


def check_wide(machine):
    """With more than 16 MiB every address has four bytes, and beyond the end there is nothing."""
    size, sent = 32 << 20, len(machine.sent)
    machine.flash.wide = True
    machine.run(request(300, FLASH, 0, size) + request(301, READ, size - 0x1000, 0x1000) +
                request(302, READ, size - 0x1000, 0x2000))
    at = (size - 0x1000) % FLASH_SIZE
    answers = bytes(machine.sent[sent:])
    assert answers[64:64 + 0x1000] == flash[at:at + 0x1000], "not what stands above 16 MiB"
    assert struct.unpack_from("<I", answers, 64 + 0x1000 + 8)[0] == 6 | 2 << 8, "beyond the end"
    machine.run(request(303, FLASH, 0, FLASH_SIZE))
    machine.flash.wide = False
    del machine.sent[sent:]


def check_broken(machine):
    """A flash that stays busy for ever, and a controller that never ends: both are told, and then all goes on."""
    sent = len(machine.sent)
    machine.flash.broken, machine.tick = True, 100 * CPU_MHZ * 1000
    machine.run(request(310, READ, 0, 0x1000))
    machine.flash.broken, machine.stuck = False, True
    machine.run(request(311, READ, 0, 0x1000))
    machine.stuck, machine.tick = False, 1000
    machine.run(request(312, READ, 0, 0x1000))
    answers = bytes(machine.sent[sent:])
    kinds = [struct.unpack_from("<2I", answers, 32 * i + 4) for i in range(3)]
    assert kinds == [(310, 6 | 2 << 8), (311, 6 | 2 << 8), (312, RAW)], f"{kinds}"
    del machine.sent[sent:]


def check(chip, rom_version):
    image = Image(chip)
    flash[:] = unchanged
    assert image.segments[0][1].startswith(b"espbakR2"), "no mark"
    machine = Machine(image, rom_version)
    machine.run(b"")
    size = 4 * (8 + INFO_WORDS)
    hello = struct.unpack(f"<{8 + INFO_WORDS}I", bytes(machine.sent[:size]))
    nonce = hello[8 + INFO_NONCE]
    assert len(machine.sent) == size and hello[0] == REPLY and hello[1] == 0, "it did not say hello"
    assert hello[9] == image.number, f"it is chip {hello[9]}"
    if image.wide:
        check_wide(machine)
    else:
        check_broken(machine)
    assert machine.unmasked == UART_INTERRUPT, "no interrupt"
    asked = questions(nonce, hello[10])
    for piece in asked:
        machine.interrupt(piece[:99])
        machine.run(piece[99:])
    assert machine.left, "it did not leave"
    assert bool(hello[10] & HAS_SHA256) == ("rom_sha_begin" in image.rom) and not machine.sha_on, "the accelerator"
    assert machine.dividers == [round(40_000_000 * 16 / 921600)], f"dividers {machine.dividers}"
    expected = subprocess.run([REFERENCE, str(hello[9]), str(hello[10]), str(CPU_MHZ), str(hello[11]), str(nonce)],
                              input=b"".join(asked), stdout=subprocess.PIPE, check=True).stdout
    if bytes(machine.sent) != expected:
        at = next((i for i, (a, b) in enumerate(zip(machine.sent, expected)) if a != b), -1)
        sys.exit(f"{chip}: {len(machine.sent)} bytes instead of {len(expected)}, the first other one at {at}")
    print(f"{chip}, ROM {rom_version}: {len(expected)} bytes as expected, blocks of {hello[11]}, features {hello[10]}")


for name in CHIPS:
    for version in ([0, 5] if name == "esp32p4" else [0]):
        check(name, version)
