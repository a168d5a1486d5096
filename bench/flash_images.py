# SPDX-License-Identifier: Apache-2.0
"""Flashes for bench/flash, in the layouts of the guide; contents are made up, as compressible as real ones."""
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "cli"))
import flash_image  # noqa: E402

K, M = 1024, 1024 * 1024
SECTOR = 4 * K
ARDUINO_4M = [
    ("nvs", flash_image.DATA, 0x02, 0x9000, 20 * K),
    ("otadata", flash_image.DATA, 0x00, 0xE000, 8 * K),
    ("app0", flash_image.APP, 0x10, 0x10000, 0x1E0000),
    ("app1", flash_image.APP, 0x11, 0x1F0000, 0x1E0000),
    ("spiffs", flash_image.DATA, 0x82, 0x3D0000, 0x30000),
]
PUBLISHED = ((0x1000, "bootloader.bin"), (0x8000, "partitions.bin"), (0xE000, "boot_app0.bin"), (0x10000, "app.bin"))


def firmware(seed, size):
    """Deflates to two thirds, as published firmware does (0.66 and 0.69 measured)."""
    chance = random.Random(seed)
    phrases = [chance.randbytes(24) for _ in range(16)]
    out = b"".join(chance.randbytes(40) + phrases[chance.randrange(16)] for _ in range(size // 64 + 1))
    return out[:size]


def put(image, at, contents):
    image[at:at + len(contents)] = contents


def noise(seed, size):
    return random.Random(seed).randbytes(size)


class Flash:
    """A flash and what becomes of it."""

    def __init__(self, key, title, chip, rows, size):
        self.key, self.title, self.chip, self.rows, self.size = key, title, chip, rows, size
        self.image = flash_image.flash(size, rows, fill=False)
        self.place = {label: (at, length) for label, _, _, at, length in rows}

    def in_place(self, label, contents):
        put(self.image, self.place[label][0], contents)

    def same(self):
        return bytes(self.image)

    def erased(self):
        return b"\xff" * self.size

    def one_percent(self):
        """So many sectors, scattered over what is used."""
        changed = bytearray(self.image)
        used = [at for at in range(0, self.size, SECTOR) if self.image[at:at + SECTOR] != b"\xff" * SECTOR]
        for at in random.Random(14).sample(used, self.size // SECTOR // 100):
            put(changed, at, noise(at, SECTOR))
        return bytes(changed)

    def after_ota(self):
        """The next version in the other slot, most of it moved or new, and otadata that says so."""
        changed = bytearray(self.image)
        first, second = [row for row in self.rows if row[1] == flash_image.APP][:2]
        length = len(bytes(self.image[first[3]:first[3] + first[4]]).rstrip(b"\xff"))
        put(changed, second[3], firmware(21, length))
        put(changed, self.place["otadata"][0] + SECTOR, flash_image.otadata(2) + b"\xff" * (SECTOR - 32))
        return bytes(changed)

    def second_unit(self):
        """The same firmware and assets, an NVS and a calibration of its own."""
        changed = bytearray(self.image)
        put(changed, self.place["nvs"][0], noise(41, 3 * SECTOR))
        if "phy_init" in self.place:
            put(changed, self.place["phy_init"][0], noise(42, 2 * K))
        return bytes(changed)

    def other_slot(self):
        """A second unit whose application stands in the other slot."""
        changed = bytearray(self.second_unit())
        first, second = [row for row in self.rows if row[1] == flash_image.APP][:2]
        put(changed, second[3], bytes(self.image[first[3]:first[3] + first[4]])[:second[4]])
        put(changed, first[3], b"\xff" * first[4])
        put(changed, self.place["otadata"][0] + SECTOR, flash_image.otadata(2) + b"\xff" * (SECTOR - 32))
        return bytes(changed)

    def after_nvs(self):
        """A day of NVS: three pages written, one erased."""
        changed = bytearray(self.image)
        at = self.place["nvs"][0]
        put(changed, at, noise(31, 3 * SECTOR) + b"\xff" * SECTOR)
        return bytes(changed)


def esp32_4m(published):
    flash = Flash("4", "4 MB, ESP32, Arduino", "esp32", ARDUINO_4M, 4 * M)
    put(flash.image, 0, b"\xff" * 0x8000)
    put(flash.image, 0x1000, firmware(1, 16576))
    flash.in_place("nvs", noise(2, 2 * SECTOR))
    flash.in_place("app0", firmware(3, 1553568))
    for at, name in PUBLISHED if published else ():
        with open(os.path.join(published, name), "rb") as file:
            put(flash.image, at, file.read())
    return flash


def guide_16m(key, title, **contents):
    """35 % used."""
    flash = Flash(key, "16 MB, S3, guide" + title, "esp32s3", flash_image.GUIDE_16M, 16 * M)
    put(flash.image, 0, firmware(1, 22 * K))
    flash.in_place("nvs", noise(2, 3 * SECTOR))
    flash.in_place("phy_init", noise(3, 2 * K))
    for label, made in contents.items():
        flash.in_place(label, made)
    return flash


def guide_assets():
    """An application, and assets that are compressed already."""
    return guide_16m("16", "", ota_0=firmware(4, 2600 * K), assets=noise(5, 35 * 16 * M // 100 - 2640 * K))


def guide_both():
    """Two versions of an application, as after an update."""
    return guide_16m("both", ", both slots", ota_0=firmware(4, 2850 * K), ota_1=firmware(6, 2850 * K))


def guide_both_esp32():
    """The same on an ESP32, whose loader runs faster."""
    flash = guide_both()
    flash.key, flash.title, flash.chip = "both32", "16 MB, ESP32, guide, both slots", "esp32"
    return flash


def factory_32m():
    """A quarter used."""
    flash = Flash("32", "32 MB, S3, nvsfactory", "esp32s3", flash_image.WATCHER_32M, 32 * M)
    put(flash.image, 0, firmware(1, 22 * K))
    flash.in_place("nvsfactory", noise(2, 8 * SECTOR))
    flash.in_place("nvs", noise(3, 12 * SECTOR))
    flash.in_place("ota_0", firmware(4, 3300 * K))
    flash.in_place("assets", noise(5, 4800 * K))
    return flash


def random_16m():
    flash = Flash("random", "16 MB, S3, random bytes", "esp32s3", flash_image.GUIDE_16M, 16 * M)
    put(flash.image, 0, noise(9, 16 * M))
    return flash


def all_flashes(published=None):
    return [esp32_4m(published), guide_assets(), guide_both(), guide_both_esp32(), factory_32m(), random_16m()]


FILES_AT = 4 * M


def with_files(maker, folder, size=12 * M, part=0.4):
    """A flash of 16 MB with a LittleFS in it, so full, made by tests/files/make_files."""
    chance, lines, used = random.Random(3), [], 0
    folders = ["/www", "/www/img", "/logs", "/audio", "/audio/de", "/audio/en"]
    lines += ["folder " + name for name in folders]
    while used < part * size:
        length = chance.choice([200, 900, 3000, 20000, 60000, 150000])
        lines.append(f"file {length} {used} {chance.choice([0, 1700000000])} {chance.choice(folders)}/file{len(lines)}.bin")
        used += length
    made = os.path.join(folder, "littlefs.bin")
    subprocess.run([maker, "littlefs", "4096", str(size // SECTOR), "0x20001", made], input="\n".join(lines) + "\n", text=True,
                   check=True)
    image = bytearray(flash_image.flash(16 * M, [("storage", flash_image.DATA, 0x83, FILES_AT, size)], fill=False))
    with open(made, "rb") as file:
        put(image, FILES_AT, file.read())
    return bytes(image)
