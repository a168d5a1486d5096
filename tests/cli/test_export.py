# SPDX-License-Identifier: Apache-2.0
"""What other programs get, read here by code that knows nothing of espbak; tests/peer has esptool write it."""
import gzip
import json
import os
import struct
import unittest

import flash_image
from flash_image import APP, DATA, K, M
from in_folder import InFolder

FAMILY_S3 = 0xC47E5767
ROWS = [("nvs", DATA, 0x02, 0x9000, 16 * K), ("otadata", DATA, 0x00, 0xD000, 8 * K),
        ("ota_0", APP, 0x10, 0x10000, 256 * K), ("NVS", DATA, 0x40, 0x60000, 64 * K),
        ("../etc", 0x41, 0x07, 0x80000, 64 * K)]


def read_hex(text):
    """Runs of bytes by their place."""
    base, out = 0, {}
    *lines, last = text.split()
    assert last == ":00000001FF"
    for line in lines:
        record = bytes.fromhex(line[1:])
        assert line[0] == ":" and sum(record) % 256 == 0 and len(record) == record[0] + 5
        kind, data = record[3], record[4:-1]
        if kind == 4:
            base = int.from_bytes(data, "big") << 16
        else:
            assert kind == 0
            out[base + int.from_bytes(record[1:3], "big")] = data
    return out


def read_uf2(data, family):
    out, count = {}, len(data) // 512
    for number in range(count):
        block = data[number * 512:number * 512 + 512]
        first, second, flags, at, size, index, total, of = struct.unpack_from("<8I", block)
        assert (first, second, struct.unpack_from("<I", block, 508)[0]) == (0x0A324655, 0x9E5D5157, 0x0AB16F30)
        assert (flags, size, index, total, of) == (0x2000, 256, number, count, family)
        out[at] = block[32:32 + size]
    return out


def placed(runs, size):
    out = bytearray(b"\xff" * size)
    for at, data in runs.items():
        out[at:at + len(data)] = data
    return bytes(out)


class Export(InFolder):
    def export(self, source, form, *more, code=0):
        return self.espbak("export", source, "--format", form, *more, code=code)

    def make_flash(self):
        image = bytes(flash_image.flash(M, ROWS, apps=[("ota_0", ('the "app" \\', "2.0.1"))]))
        self.put("flash.img", image)
        return image

    def test_one_file(self):
        image = self.make_flash()
        for form in ("bin", "gz", "hex", "uf2"):
            self.export("flash.img", form)
        self.assertEqual(self.load("flash.bin"), image)
        self.assertEqual(gzip.decompress(self.load("flash.bin.gz")), image)
        self.assertEqual(placed(read_hex(self.load("flash.hex").decode()), M), image)
        self.assertEqual(placed(read_uf2(self.load("flash.uf2"), FAMILY_S3), M), image)
        # The same bytes each time, and what is imported again is what it was.
        self.export("flash.img", "gz", "-o", "again.gz")
        self.assertEqual(self.load("again.gz"), self.load("flash.bin.gz"))
        for name in ("flash.hex", "flash.uf2", "again.gz"):
            self.espbak("-q", "import", name, "--name", "b-" + name)
            self.assertEqual(self.load("backups", "b-" + name, "flash.bin"), image)
        os.rename(self.path("again.gz"), self.path("unit-v1.2.bin.gz"))
        self.export("unit-v1.2.bin.gz", "hex")
        self.assertEqual(self.load("unit-v1.2.hex"), self.load("flash.hex"))
        # To standard output; never over a file unless that is meant.
        done = self.espbak("export", "flash.img", "--format", "bin", "-o", "-", text=False)
        self.assertEqual(done.stdout, image)
        self.export("flash.img", "bin", code=8)
        self.export("flash.img", "bin", "--overwrite")

    def test_a_file_a_partition(self):
        image = self.make_flash()
        told = {}
        for form in ("esptool-args", "web-tools", "partitions"):
            told[form] = json.loads(self.espbak("--json", "export", "flash.img", "--format", form).stdout)
        files = {f["file"]: f for f in told["partitions"]["files"]}
        # Names that are one where capitals do not count, or lead elsewhere.
        self.assertEqual(list(files), ["bootloader.bin", "partition-table.bin", "nvs.bin", "otadata.bin", "ota_0.bin",
                                       "_NVS-2.bin", "_.._etc.bin"])
        for folder in ("flash-esptool", "flash-web", "flash-partitions"):
            for name, file in files.items():
                self.assertEqual(self.load(folder, name), image[file["offset"]:file["offset"] + file["size"]])
            self.assertEqual(len(os.listdir(self.path(folder))), len(files) + 1)
        self.assertEqual(told["web-tools"]["left_out_bytes"] + sum(f["size"] for f in files.values()), M)
        args = self.load("flash-esptool", "flash_args").decode().split()
        self.assertEqual(args, [w for n, f in files.items() for w in (hex(f["offset"]), n)])
        manifest = json.loads(self.load("flash-web", "manifest.json"))
        self.assertEqual((manifest["name"], manifest["version"]), ('the "app" \\', "2.0.1"))
        self.assertEqual(manifest["builds"], [{"chipFamily": "ESP32-S3", "parts": [
            {"path": n, "offset": f["offset"]} for n, f in files.items()]}])
        # The CSV says what the table says.
        rows = [line.split(",") for line in self.load("flash-partitions", "partitions.csv").decode().splitlines()
                if not line.startswith("#")]
        self.assertEqual([(r[0], int(r[3], 0), int(r[4], 0), r[5]) for r in rows],
                         [(label, at, size, "") for label, _, _, at, size in ROWS])
        self.assertEqual([r[1:3] for r in rows], [["data", "nvs"], ["data", "ota"], ["app", "ota_0"],
                                                  ["data", "0x40"], ["0x41", "0x07"]])
        self.put("csv.img", b"\xff" * M)
        found = json.loads(self.espbak("--json", "inspect", "csv.img", "--chip", "esp32s3", "--partition-table",
                                       "flash-partitions/partitions.csv").stdout)
        self.assertEqual([(e["name"], e["offset"]) for e in found["partition_table"]["entries"]],
                         [(label, at) for label, _, _, at, _ in ROWS])
        self.export("flash.img", "partitions", code=8)  # the folder is there

    def test_what_is_not_there(self):
        image = self.make_flash()
        self.espbak("-q", "-p", "sim:esp32s3,flash=flash.img", "backup-partitions", "nvs", "otadata", "--name", "part")
        refused = self.export("part", "bin", code=7)
        self.assertIn("--force", refused.stderr)
        self.assertFalse(os.path.exists(self.path("part.bin")))
        self.export("part", "hex")
        self.assertEqual(b"".join(read_hex(self.load("part.hex").decode()).values()), image[0x9000:0xF000])
        self.export("part", "esptool-args")
        self.assertEqual(self.load("part-esptool", "flash_args"), b"0x9000 nvs.bin\n0xd000 otadata.bin\n")
        self.assertIn("0xFF", self.export("part", "bin", "--force").stderr)
        self.assertEqual(self.load("part.bin"), placed({0x9000: image[0x9000:0xF000]}, M))
        # The beginning of a flash becomes a whole one.
        self.put("merged.bin", image[:0x50000])
        self.assertIn("0xFF", self.export("merged.bin", "bin", "-o", "whole.bin").stderr)
        self.assertEqual(self.load("whole.bin")[:0x50000], image[:0x50000])
        # One part alone has no place.
        self.put("app.bin", image[0x10000:0x10000 + 200 * K].rstrip(b"\xff"))
        self.export("app.bin", "hex", code=2)
        # Neither chip nor table.
        self.put("blank.img", b"\xff" * M)
        self.export("blank.img", "uf2", code=2)
        self.export("blank.img", "partitions", code=8)
        self.export("blank.img", "uf2", "--chip", "esp32c3")
        self.export("blank.img", "web-tools", "--chip", "esp32h4", code=2)
        read_uf2(self.load("blank.uf2"), 0xD42BA06C)

    def test_holes_are_refused(self):
        self.make_flash()
        self.espbak("-q", "-p", "sim:esp32s3,flash=flash.img,fault=mute:0x61234", "backup", "--name", "holes",
                    "--allow-unreadable", code=5)
        for form in ("bin", "hex", "esptool-args", "partitions"):
            refused = self.export("holes", form, code=7)
            self.assertIn("could not be read", refused.stderr)
        forced = self.export("holes", "partitions", "--force")
        self.assertIn("4096 bytes at 0x61000", forced.stderr)
        self.assertEqual(self.load("holes-partitions", "_NVS-2.bin")[0x1000:0x2000], b"\xff" * 4096)


if __name__ == "__main__":
    unittest.main()
