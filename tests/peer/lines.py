# SPDX-License-Identifier: Apache-2.0
"""The line between: baud rates that a ROM gets wrong, resets by modem lines, latency."""

from simulator import SECTOR, Simulator
from states import read_and_compare, write_and_compare
from tools import Esptool


def baud_rates():
    # ESP32 by its drifting clock, C2 and C5 by their crystals: esptool corrects what it asks the ROM for.
    for chip, transport in (("esp32", "pty"), ("esp32c2", "rfc2217"), ("esp32c5", "pty"), ("esp32c3", "rfc2217")):
        for stub in (True, False):
            with Simulator(chip, transport, options=["--baud", "real"]) as simulator:
                tool = Esptool(simulator, "--baud", "460800", *([] if stub else ["--no-stub"]))
                read_and_compare(simulator, tool, 0x3000)


def crystals():
    for chip, mhz in (("esp32", 26), ("esp32", 40), ("esp32c2", 40), ("esp32c5", 40), ("esp32c5", 48)):
        with Simulator(chip, "pty", options=["--crystal", str(mhz), "--baud", "real"]) as simulator:
            tool = Esptool(simulator, "--baud", "230400", "--no-stub")
            tool.must("read-mac", saying=[f"{mhz}MHz"])
            simulator.restart()  # the ROM keeps its last rate
            read_and_compare(simulator, tool, 0x3000, 256)


def resets():
    # Over RFC 2217 each command finds an application that runs, and leaves one that runs.
    for usb, before in ((None, "default-reset"), ("jtag", "usb-reset")):
        with Simulator("esp32s3", "rfc2217", options=["--usb", usb] if usb else []) as simulator:
            tool = Esptool(simulator, "--before", before)
            read_and_compare(simulator, tool, 0x3000)
            read_and_compare(simulator, tool, 0x4000)


def watchdog():
    # The watchdog restarts the chip into its application, as esptool asks for it.
    with Simulator("esp32c3", "pty") as simulator:
        Esptool(simulator, "--before", "no-reset", "--after", "watchdog-reset").must("read-mac")
        assert simulator.control("state") == "ok app", "the watchdog did not restart the chip"


def latency():
    with Simulator("esp32s3", "pty", options=["--baud", "real", "--latency-ms", "4"]) as simulator:
        tool = Esptool(simulator, "--baud", "921600")
        read_and_compare(simulator, tool, 0x3000, 4 * SECTOR)
        simulator.restart()
        write_and_compare(simulator, tool, 0x20000)


def run():
    for part in (baud_rates, crystals, resets, watchdog, latency):
        part()
