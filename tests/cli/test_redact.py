# SPDX-License-Identifier: Apache-2.0
"""What is blanked in an export: no secret is anywhere in its bytes, it still parses, and no device takes it."""
import base64
import gzip
import json
import os
import random
import struct
import unittest
import zlib

import flash_image
from flash_image import APP, DATA, K, M
from in_folder import InFolder

ROWS = [("nvs", DATA, 0x02, 0x9000, 16 * K), ("nvs_key", DATA, 0x04, 0xD000, 4 * K),
        ("coredump", DATA, 0x03, 0xE000, 8 * K), ("ota_0", APP, 0x10, 0x10000, 128 * K),
        ("esp_secure_cert", 0x3F, 0x06, 0x30000, 8 * K), ("own", 0x40, 0x01, 0x32000, 8 * K),
        ("raw", DATA, 0x40, 0x40000, 128 * K)]
WRITTEN, GIVEN_UP, EMPTY = 2, 0, 3


def crc(data):
    return zlib.crc32(data, 0xFFFFFFFF)


def entry(space, kind, key, value, chunk=0xFF):
    """Of NVS: the entry and what stands behind it."""
    behind = b""
    if kind in (0x21, 0x41, 0x42):
        behind = value + b"\xff" * (-len(value) % 32)
        value = struct.pack("<HHI", len(value), 0xFFFF, crc(value))
    name = key.encode().ljust(16, b"\0")
    head = struct.pack("<BBBB", space, kind, 1 + len(behind) // 32, chunk)
    rest = name + value.ljust(8, b"\xff")
    return head + struct.pack("<I", crc(head + rest)) + rest + behind


def page(number, entries, state=0xFFFFFFFE):
    """`entries`: (bytes, state)."""
    head = struct.pack("<IB", number, 0xFE) + b"\xff" * 19
    bits, body, index = bytearray(b"\xff" * 32), b"", 0
    for data, how in entries:
        for _ in range(len(data) // 32):
            bits[index // 4] &= ~(3 << index % 4 * 2) | how << index % 4 * 2
            index += 1
        body += data
    return (struct.pack("<I", state) + head + struct.pack("<I", crc(head)) + bits + body).ljust(4096, b"\xff")


def items(document):
    return [(i["namespace"], i["key"], i["type"], i["size"], i["intact"]) for p in document["nvs"] for i in p["items"]]


class Redact(InFolder):
    def setUp(self):
        super().setUp()
        self.secrets = []

    def json(self, *arguments):
        return json.loads(self.espbak("--json", "-q", *arguments).stdout)

    def secret(self, size=24):
        """One that is nowhere else."""
        text = base64.b64encode(random.Random(len(self.secrets)).randbytes(size))[:size]
        self.secrets.append(text)
        return text

    def nvs(self):
        blob, old = self.secret(600), self.secret()
        number = struct.pack("<I", 0x5EC2E7A9)
        self.secrets.append(number)
        first = [(entry(0, 0x01, "wifi", b"\x01"), WRITTEN), (entry(1, 0x21, "ssid", self.secret() + b"\0"), WRITTEN),
                 (entry(1, 0x21, "pass", old + b"\0"), GIVEN_UP), (entry(1, 0x04, "pin", number), WRITTEN),
                 (entry(1, 0x42, "cal", blob, 0), WRITTEN),
                 (entry(1, 0x48, "cal", struct.pack("<IBBH", len(blob), 1, 0, 0xFFFF)), WRITTEN)]
        second = [(entry(1, 0x21, "pass", self.secret() + b"\0"), WRITTEN),
                  (self.secret(32), WRITTEN),  # damaged
                  (self.secret(32), EMPTY)]
        return page(0, first, 0xFFFFFFFC) + page(1, second) + b"\0\0\0\0" + self.secret(4000).ljust(8188, b"\0")

    def pem(self, label, size=900):
        lines = [self.secret(64) for _ in range(size // 64)]
        return f"-----BEGIN {label}-----\n".encode() + b"\n".join(lines) + f"\n-----END {label}-----\n".encode()

    def flash(self):
        image = flash_image.flash(M, ROWS, apps=[("ota_0", ("weather", "1.0"))], fill=False)

        def put(at, data):
            image[at:at + len(data)] = data
        put(0x9000, self.nvs())
        put(0xD000, self.secret(64))
        put(0xE100, self.secret(1000))
        put(0x30000, self.secret(1000))
        put(0x32000, page(0, [(entry(0, 0x01, "fact", b"\x01"), WRITTEN),
                              (entry(1, 0x21, "serial", self.secret() + b"\0"), WRITTEN)]))
        put(0x34000, self.secret(100))  # no partition has it
        put(0x40010, b"host=example\n" + self.pem("CERTIFICATE") + self.pem("EC PRIVATE KEY"))
        # One that lies across the parts in which it is read.
        put(0x40000 + 48 * K - 300, self.pem("RSA PRIVATE KEY"))
        key, certificate = self.secret(100), self.secret(700)
        put(0x50000, b"\x30\x77\x02\x01\x01\x04\x20" + key)
        put(0x51000, b"\x30\x82\x02\xbc\x30\x82\x01\xa0\xa0\x03\x02\x01\x02" + certificate[:691])
        self.secrets[-1] = certificate[20:600]
        # What programs know of PEM is no key.
        put(0x1F000, b"-----BEGIN EC PRIVATE KEY-----\0-----END EC PRIVATE KEY-----\0")
        self.put("flash.img", bytes(image))
        return image

    def assert_clean(self, data):
        for secret in self.secrets:
            for part in {secret[:16], secret[-16:], secret[len(secret) // 2:][:16]}:
                self.assertNotIn(part, data)

    def test_nothing_secret_is_left(self):
        image = self.flash()
        before = self.json("inspect", "flash.img")
        told = self.json("export", "flash.img", "--format", "bin", "--redact")
        self.assertEqual(os.path.basename(told["target"]), "flash-redacted.bin")
        data = self.load("flash-redacted.bin")
        self.assert_clean(data)
        # It parses as before: the same keys, types and sizes, and no CRC is wrong.
        after = self.json("inspect", "flash-redacted.bin")
        self.assertEqual(items(after), items(before))
        self.assertEqual([p["damaged_entries"] for p in after["nvs"]], [1])
        self.assertEqual(after["partition_table"], before["partition_table"])
        self.assertEqual(after["apps"], before["apps"])
        values = {i["key"]: i["value"] for i in self.json("nvs", "flash-redacted.bin", "--show-values")["nvs"][0]["items"]}
        self.assertEqual(values["pass"], "x" * 24)
        self.assertEqual((values["pin"], set(values["cal"][:1200])), ("0", {"0", "."} if "..." in values["cal"] else {"0"}))
        self.assertEqual(data[0x10000:0x30000], image[0x10000:0x30000])
        self.assertIn(b"host=example\n-----BEGIN CERTIFICATE-----\nAAAA", data)
        # What was blanked is listed, in the result and beside the file.
        names = [row["name"] for row in told["redacted"]]
        self.assertEqual(names, ["nvs", "nvs_key", "coredump", "esp_secure_cert", "own", "raw", "no partition"])
        self.assertEqual({r["name"]: r.get("count") for r in told["redacted"]}["raw"], 5)
        notice = self.load("flash-redacted.bin.redacted.txt").decode()
        for name in names:
            self.assertIn(name, notice)
        # The same in whatever it is packed.
        self.espbak("export", "flash.img", "--format", "gz", "--redact")
        self.assertEqual(gzip.decompress(self.load("flash-redacted.bin.gz")), data)
        self.espbak("export", "flash.img", "--format", "partitions", "--redact", "-o", "parts")
        for name in os.listdir(self.path("parts")):
            self.assert_clean(self.load("parts", name))
        self.assertIn("REDACTED.txt", os.listdir(self.path("parts")))

    def test_no_device_takes_it(self):
        image = self.flash()
        self.espbak("-q", "export", "flash.img", "--format", "uf2", "--redact")
        self.espbak("-q", "export", "flash.img", "--format", "partitions", "--redact", "-o", "parts")
        self.espbak("-q", "import", "flash-redacted.uf2", "--name", "again")
        self.assertEqual(json.loads(self.load("backups", "again", "manifest.json"))["note"], "redacted: not to be restored")
        self.assertIn("a redacted copy", self.espbak("nvs", "again").stderr)
        device = ("-p", "sim:esp32s3,flash=flash.img", "-y")
        for words in (("restore", "again"), ("restore", "again", "--only", "nvs"), ("write", "0", "flash-redacted.uf2"),
                      ("write", "0x9000", "parts/nvs.bin")):
            self.assertIn("redacted", self.espbak(*device, *words, code=7).stderr)
        self.assertEqual(self.load("flash.img"), image)
        self.espbak(*device, "write", "0x9000", "parts/nvs.bin", "--force")

    def test_what_cannot_be_told_is_refused(self):
        self.put("blank.img", b"\xff" * M)
        self.espbak("export", "blank.img", "--format", "bin", "--redact", code=7)
        image = self.flash()
        image[0x1E000:0x1E800] = self.pem("PRIVATE KEY", 1600).ljust(2048, b"\xff")
        self.put("flash.img", bytes(image))
        done = self.espbak("export", "flash.img", "--format", "bin", "--redact", code=7)
        self.assertIn("0x1E01", done.stderr)
        self.assertFalse(os.path.exists(self.path("flash-redacted.bin")))
        self.espbak("export", "flash.img", "--format", "bin", "--redact", "--force")
        # NVS alone.
        self.put("nvs.bin", bytes(image[0x9000:0xB000]) + b"\xff" * 4096)
        self.espbak("export", "nvs.bin", "--format", "bin", "--redact")
        self.assert_clean(self.load("nvs-redacted.bin"))


if __name__ == "__main__":
    unittest.main()
