# SPDX-License-Identifier: Apache-2.0
"""What is special about a chip or its state: security, revisions, large flash, legacy stubs."""

import os
import random
import subprocess

from simulator import SECTOR, Simulator
from tools import CURRENT, LEGACY, Espbak, Esptool, stub_folder, with_stub


def chips_with(word):
    """Those of whose rows espbak says so, and for which esptool has a stub."""
    rows = subprocess.run([os.environ["ESPBAK_TEST_ROWS"]], capture_output=True, text=True, check=True).stdout
    names = [name for name, *words in map(str.split, rows.splitlines()) if word in words]
    return [name for name in names if name in with_stub(CURRENT)]


def read_and_compare(simulator, tool, offset, size=SECTOR):
    path = simulator.path("read.bin")
    tool.must("read-flash", offset, size, path)
    with open(path, "rb") as file:
        assert file.read() == simulator.expected[offset:offset + size], f"{simulator.chip}: read of {offset:#x}"


def espbak_compares(simulator, offset, size=SECTOR, arguments=()):
    """The same by espbak, from download mode on."""
    path = simulator.path("espbak.bin")
    simulator.restart()
    text = Espbak(simulator, *arguments).must("read", "-v", "--overwrite", offset, size, path)
    simulator.restart()
    with open(path, "rb") as file:
        assert file.read() == simulator.expected[offset:offset + size], f"{simulator.chip}: espbak's read of {offset:#x}"
    return text


def write_and_compare(simulator, tool, offset, size=2 * SECTOR):
    path = simulator.path("write.bin")
    data = b"\x00" + random.Random(offset).randbytes(size - 1)
    with open(path, "wb") as file:
        file.write(data)
    tool.must("write-flash", offset, path)
    simulator.write(offset, data)
    simulator.check(f"{simulator.chip}: write-flash at {offset:#x}")
    simulator.restart()
    tool.must("verify-flash", offset, path)


def secure_download():
    for chip in ("esp32s2", "esp32s3", "esp32c3"):
        with Simulator(chip, "pty", options=["--secure-download"]) as simulator:
            tool = Esptool(simulator, "--no-stub")
            tool.must("get-security-info", saying=["Secure Download Mode"])
            for command in (["read-mac"], ["flash-id"], ["read-flash", 0, SECTOR, simulator.path("x")]):
                error, _ = tool.run(*command)
                assert error is not None, f"{chip} in Secure Download Mode: {command} was not refused"
            simulator.check("Secure Download Mode")


def secure_boot():
    # The way around the S3's ROM must start a stub; the C3 takes none, and esptool knows.
    with Simulator("esp32s3", "pty", options=["--secure-boot", "2"]) as simulator:
        tool = Esptool(simulator)
        tool.must("flash-id", saying=["Stub flasher running"])
        read_and_compare(simulator, tool, 0x3000)
        espbak_compares(simulator, 0x3000)
    with Simulator("esp32c3", "pty", options=["--secure-boot", "2"]) as simulator:
        tool = Esptool(simulator)
        tool.must("get-security-info", saying=["Secure Boot: Enabled"])
        read_and_compare(simulator, tool, 0x3000)
        espbak_compares(simulator, 0x3000)


def encryption():
    for chip in ("esp32", "esp32c6"):
        with Simulator(chip, "pty", options=["--encrypted"]) as simulator:
            tool = Esptool(simulator)
            read_and_compare(simulator, tool, 0x3000)
            if chip != "esp32":
                tool.must("get-security-info", saying=["Flash Encryption: Enabled"])


def revisions():
    for revision, stub in (("1.3", True), ("3.0", True), ("3.1", True), ("3.2", True), ("3.1", False)):
        with Simulator("esp32p4", "pty", options=["--revision", revision]) as simulator:
            tool = Esptool(simulator, *([] if stub else ["--no-stub"]))
            tool.must("flash-id", saying=[f"revision v{revision}", "4MB"])
            read_and_compare(simulator, tool, 0x5000)
            espbak_compares(simulator, 0x5000, arguments=[] if stub else ["--no-stub"])


def large_flash():
    size = 32 << 20
    image = bytearray(b"\xff") * size
    for offset in (0x3000, 0x1003000, 0x1FF0000):
        image[offset:offset + SECTOR] = random.Random(offset).randbytes(SECTOR)
    for chip in chips_with("four_byte_stub"):
        with Simulator(chip, "pty", size=size, image=image) as simulator:
            tool = Esptool(simulator)
            for offset in (0x3000, 0x1003000):
                read_and_compare(simulator, tool, offset)
                espbak_compares(simulator, offset)
            write_and_compare(simulator, tool, 0x1800000)
    with Simulator("esp32s3", "pty", size=size, image=image) as simulator:
        Esptool(simulator, "--no-stub").refuses("read-flash", 0x1003000, SECTOR, simulator.path("x"),
                                                saying="larger than 16MB")


def legacy_stubs():
    for chip in with_stub(LEGACY):
        with Simulator(chip, "pty") as simulator:
            tool = Esptool(simulator, "--stub-version", "1")
            tool.must("flash-id", saying=["legacy stub", "4MB"])
            read_and_compare(simulator, tool, 0x3000, 3 * SECTOR)
            write_and_compare(simulator, tool, 0x20000)
            tool.must("erase-region", 0x20000, SECTOR)
            simulator.erase(0x20000, SECTOR)
            simulator.check("erase-region by a legacy stub")
            text = espbak_compares(simulator, 0x3000, 3 * SECTOR, ["--stub", stub_folder(LEGACY)])
            assert "legacy" in text, f"espbak did not use the legacy stub\n{text}"


def run():
    for part in (secure_download, secure_boot, encryption, revisions, large_flash, legacy_stubs):
        part()
