# SPDX-License-Identifier: Apache-2.0
"""Backups over every transport: identical to the image, restored into an erased chip, and esptool agrees."""

import hashlib
import os

from simulator import Simulator
from tools import Espbak, Esptool

SIZE = 2 << 20


def firmware(chip, folder):
    """The image that the simulator has built in: a bootloader, a partition table, NVS and an application."""
    path = os.path.join(folder, "firmware.bin")

    class BuiltIn:
        url = f"sim:{chip},size={SIZE}"

    Espbak(BuiltIn).must("read", 0, "ALL", path)
    with open(path, "rb") as file:
        image = file.read()
    assert len(image) == SIZE and image[0x8000:0x8002] == b"\xaa\x50"
    return image


def check_sums(folder):
    """What sha256sum -c does."""
    with open(os.path.join(folder, "SHA256SUMS"), encoding="utf-8") as sums:
        for line in sums:
            digest, name = line.split()
            with open(os.path.join(folder, name.lstrip("*")), "rb") as file:
                assert hashlib.sha256(file.read()).hexdigest() == digest, name


def make_backup(simulator, bak):
    bak.must("backup", "-o", simulator.path("backups"))
    simulator.restart()
    (name,) = os.listdir(simulator.path("backups"))
    folder = os.path.join(simulator.path("backups"), name)
    with open(os.path.join(folder, "flash.bin"), "rb") as file:
        assert file.read() == bytes(simulator.expected), "the backup is not what is in the flash"
    check_sums(folder)
    bak.must("verify", folder)
    simulator.check("backup and verify")
    return folder


def restore(chip, transport, folder, image):
    with Simulator(chip, transport, size=SIZE, image=b"\xff" * SIZE) as simulator:
        bak = Espbak(simulator, "--yes")
        bak.must("restore", "--dry-run", folder)
        simulator.check("restore --dry-run")
        simulator.restart()
        bak.must("restore", folder)
        simulator.expected[:] = image
        simulator.check("restore")
        simulator.restart()
        Esptool(simulator).must("verify-flash", 0, os.path.join(folder, "flash.bin"))


def export(chip, transport, folder, image):
    """esptool takes the folder that is made for it as it is."""
    with Simulator(chip, transport, size=SIZE, image=bytes(SIZE)) as simulator:
        out = simulator.path("out")
        Espbak(simulator).must("export", folder, "--format", "esptool-args", "-o", out)
        before = os.getcwd()
        os.chdir(out)
        try:
            Esptool(simulator).must("write-flash", "@flash_args")
            with open("flash_args", encoding="ascii") as args:
                for offset, name in (line.split() for line in args):
                    at, end = int(offset, 0), int(offset, 0) + os.path.getsize(name)
                    simulator.expected[at:end] = image[at:end]
        finally:
            os.chdir(before)
        simulator.check("write-flash of an export")


def run():
    for chip, transport in (("esp32c3", "tcp"), ("esp32", "rfc2217"), ("esp32s3", "pty")):
        with Simulator(chip, transport, size=SIZE, image=b"\xff" * SIZE) as simulator:
            image = firmware(chip, simulator.folder.name)
        with Simulator(chip, transport, size=SIZE, image=image) as simulator:
            folder = make_backup(simulator, Espbak(simulator))
            restore(chip, transport, folder, image)
            if transport == "rfc2217":
                export(chip, transport, folder, image)
