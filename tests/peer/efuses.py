# SPDX-License-Identifier: Apache-2.0
"""eFuses as espbak tells them, against the real espefuse; on a chip whose eFuses hold nothing, and on full ones."""

import json

from simulator import Simulator
from tools import Espbak, captured

# Calculated of what is no eFuse, or keys, which espbak never reads.
NOT_TOLD = {"esp32": {"WAFER_VERSION_MAJOR", "BLOCK1", "BLOCK2", "BLOCK3"}}
KEYS = ("BLOCK_KEY",)
PURPOSE = "KEY_PURPOSE"  # on the ESP32-P4 with its high bit, ..._H, in one


def by_espefuse(simulator, names):
    from espefuse import init_commands

    with captured():
        commands = init_commands(port=simulator.url, before="no-reset", chip=simulator.chip)
        found = {}
        # Those that it shows, and the calibration, which it knows but shows of some versions of the blocks only.
        for field in [*commands.efuses, *(commands.efuses[name] for name in names)]:
            bits = field.get_bitstring() if field.word is not None else None
            purpose = field.name.startswith(PURPOSE) and not field.name.endswith("_H")
            readable = field.is_readable()
            found[field.name] = (field.get() if purpose or bits is None else bits.uint, readable)
        commands.esp._port.close()
    return found


def by_espbak(simulator):
    document = json.loads(Espbak(simulator, "--before", "no-reset").must("info", "--efuses", "--json", "-q"))
    assert {block["block"] for block in document["efuse_blocks"]} <= {0, 1, 2, 3, 9, 10}
    found = {}
    for field in document["efuses"]:
        value, text, name = field.get("value"), field.get("text", ""), field["name"]
        if name.startswith(PURPOSE):
            value = text
        elif name == "MAC_EUI64":
            value = text + " (OK)"
        elif value is None and ":" in text:
            order = "little" if name == "CUSTOM_MAC" else "big"
            value = int.from_bytes(bytes.fromhex(text.replace(":", "")), order)
        elif value is None:
            value = int.from_bytes(bytes.fromhex(text), "little")
        found[name] = int(value) if isinstance(value, bool) else value
    return found


def compare(chip, seed, options=()):
    with Simulator(chip, "tcp", 1 << 20, ["--efuse-seed", str(seed), *options]) as simulator:
        ours = by_espbak(simulator)
        theirs = by_espefuse(simulator, ours)
    wrong = []
    for name, (value, readable) in theirs.items():
        if name in NOT_TOLD.get(chip, ()) or name.startswith(KEYS) or (name not in ours and not readable):
            continue
        if name.startswith(PURPOSE) and name.endswith("_H"):
            continue
        nameless = str(value).startswith(("FORBIDDEN_STATE", "CUSTOM_"))  # what no key is for
        if ours.get(name) != value and not nameless:
            wrong.append(f"{name} is {ours.get(name)}, not {value}")
    assert not wrong, f"{chip}, seed {seed}, {options}: " + "; ".join(wrong)
    return len(theirs)


def run(*chips):
    import esptool

    for chip in chips:
        count = 0
        for seed in (5,) if len(chips) == 2 else range(12):
            try:
                count = compare(chip, seed)
            except esptool.FatalError as error:  # one of the ESP32's coding schemes
                assert chip == "esp32" and "not supported" in str(error), error
        print(f"{chip}: {count} eFuses")
    if "esp32p4" in chips:
        compare("esp32p4", 3, ["--revision", "1.0"])
        compare("esp32p4", 3, ["--revision", "3.1"])
    if "esp32h2" in chips:
        compare("esp32h2", 3, ["--revision", "1.2"])
