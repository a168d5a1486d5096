# SPDX-License-Identifier: Apache-2.0
"""Flash images for tests, made here: table, otadata and images as ESP-IDF's documentation describes them."""
import hashlib
import struct
import zlib

APP, DATA = 0, 1
K, M = 1024, 1024 * 1024

# The layouts of the firmware guide: label, type, subtype, offset, size.
GUIDE_16M = [
    ("nvs", DATA, 0x02, 0x9000, 16 * K),
    ("otadata", DATA, 0x00, 0xD000, 8 * K),
    ("phy_init", DATA, 0x01, 0xF000, 4 * K),
    ("ota_0", APP, 0x10, 0x20000, 4 * M),
    ("ota_1", APP, 0x11, 0x420000, 4 * M - 0x20000),
    ("assets", DATA, 0x82, 0x800000, 8 * M),
]
WATCHER_32M = [
    ("nvsfactory", DATA, 0x02, 0x9000, 200 * K),
    ("nvs", DATA, 0x02, 0x3B000, 840 * K),
    ("otadata", DATA, 0x00, 0x10D000, 8 * K),
    ("phy_init", DATA, 0x01, 0x10F000, 4 * K),
    ("ota_0", APP, 0x10, 0x200000, 4 * M),
    ("ota_1", APP, 0x11, 0x600000, 4 * M),
    ("assets", DATA, 0x82, 0xA00000, 16 * M),
]
AIPI_16M = [("nvsfactory", DATA, 0x02, 0x9000, 16 * K)] + [
    ("nvs", DATA, 0x02, 0x10000, 64 * K),
    ("otadata", DATA, 0x00, 0x20000, 8 * K),
    ("ota_0", APP, 0x10, 0x30000, 4 * M),
    ("ota_1", APP, 0x11, 0x430000, 3 * M),
]


def table(rows):
    out = b"".join(struct.pack("<2sBBII16sI", b"\xaa\x50", kind, sub, at, size, label.encode("latin-1"), 0)
                   for label, kind, sub, at, size in rows)
    return out + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(out).digest()


def image(chip_id, *segments):
    """An image of segments (address, contents), which begins at the last one's address."""
    out = struct.pack("<BBBBI", 0xE9, len(segments), 2, 0x4F, segments[-1][0]) + struct.pack(
        "<B3sHBHH4sB", 0xEE, bytes(3), chip_id, 0, 0, 0xFFFF, bytes(4), 1)
    checksum = 0xEF
    for address, contents in segments:
        contents += bytes(-len(contents) % 4)
        out += struct.pack("<II", address, len(contents)) + contents
        for byte in contents:
            checksum ^= byte
    out += bytes(15 - len(out) % 16) + bytes([checksum])
    return out + hashlib.sha256(out).digest()


def app_description(project, version, idf="v5.4.1", secure=0):
    return struct.pack("<II8s32s32s16s16s32s32s80s", 0xABCD5432, secure, bytes(8), version.encode(), project.encode(),
                       b"12:00:00", b"Jan  1 2026", idf.encode(), bytes(32), bytes(80))


def app(project, version, chip_id=9, secure=0):
    """Data and code that stay in flash, each at its place within a page."""
    data = app_description(project, version, secure=secure) + bytes(range(256)) * 48
    return image(chip_id, (0x3C000020, data), (0x42000028 + len(data), bytes(range(256)) * 16))


def bootloader(chip_id=9):
    described = struct.pack("<BBBBI32s24s16s", 80, 0, 0, 0, 1, b"v5.4.1", b"Jan  1 2026 12:00:00", bytes(16))
    return image(chip_id, (0x403C8000, described + b"2nd stage bootloader\0Assert failed in %s, %s:%d\0" + bytes(256)))


def otadata(seq):
    entry = struct.pack("<I20sI", seq, b"\xff" * 20, 2)
    return entry + struct.pack("<I", zlib.crc32(struct.pack("<I", seq), 0xFFFFFFFF))


def flash(size, rows, seq=1, apps=(), fill=True):
    """Bootloader, table and apps in place; data partitions begin with their own names."""
    out = bytearray(b"\xff" * size)

    def put(at, what):
        out[at:at + len(what)] = what
    put(0, bootloader())
    put(0x8000, table(rows))
    named = dict(apps)
    for label, kind, sub, at, _ in rows:
        if kind == APP and label in named:
            put(at, app(*named[label]))
        elif label == "otadata":
            put(at, otadata(seq))
        elif kind == DATA and sub != 0 and fill:
            put(at, (label + " contents ").encode("latin-1") * 100)
    return out
