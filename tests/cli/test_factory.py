# SPDX-License-Identifier: Apache-2.0
"""Factory data stays on the device it belongs to."""
import hashlib
import json
import os
import struct
import tempfile
import unittest
import zlib

import flash_image
from program import run

ROWS = [("nvsfactory", 1, 0x02, 0x9000, 0x4000), ("nvs", 1, 0x02, 0xD000, 0x3000),
        ("otadata", 1, 0x00, 0x10000, 0x2000), ("ota_0", 0, 0x10, 0x20000, 0x20000)]
OWN, OTHER = "34:85:18:00:00:01", "34:85:18:00:00:02"


class Factory(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.saved = self.make(b"first")
        self.espbak(OWN, "backup", "--name", "b")

    def make(self, serial, rows=None):
        flash = flash_image.flash(flash_image.M, rows or ROWS, apps=[("ota_0", ("voice", "1"))])
        flash[0x9000:0x9100] = serial.ljust(0x100)
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash)
        return bytes(flash)

    def flash(self):
        with open(os.path.join(self.folder, "flash.img"), "rb") as made:
            return made.read()

    def espbak(self, mac, *arguments, code=0):
        done = run("-q", "--json", "-p", f"sim:esp32s3,flash=flash.img,mac={mac}", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_own_backup_brings_it_back(self):
        self.make(b"damaged")
        self.espbak(OWN, "restore", "--yes", "backups/b")
        self.assertEqual(self.flash(), self.saved)

    def test_another_backup_leaves_it_alone(self):
        other = bytearray(self.make(b"second"))
        done = self.espbak(OTHER, "restore", "--yes", "backups/b")
        self.assertIn("nvsfactory", done.stderr)
        self.assertTrue(json.loads(done.stdout)["verified"])
        self.assertEqual(self.flash(), self.saved[:0x9000] + other[0x9000:0xD000] + self.saved[0xD000:])

    def change_manifest(self, change):
        """Of the backup, as if it had been made so."""
        path = os.path.join(self.folder, "backups", "b", "manifest.json")
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        change(manifest)
        text = json.dumps(manifest).encode()
        os.chmod(path, 0o600)
        with open(path, "wb") as file:
            file.write(text)
        sums = os.path.join(os.path.dirname(path), "SHA256SUMS")
        with open(sums, encoding="ascii") as file:
            lines = [line for line in file if not line.endswith("manifest.json\n")]
        with open(sums, "w", encoding="ascii") as file:
            file.write("".join(lines) + hashlib.sha256(text).hexdigest() + "  manifest.json\n")

    def test_another_unit_takes_its_place(self):
        self.make(b"second")
        planned = json.loads(self.espbak(OTHER, "restore", "--to-another", "--dry-run", "backups/b").stdout)
        self.assertEqual(self.flash()[0x9000:0x9006], b"second")
        done = json.loads(self.espbak(OTHER, "restore", "--yes", "--to-another", "backups/b").stdout)
        self.assertEqual(self.flash(), self.saved)
        self.assertEqual(done["notes"], planned["notes"])
        kinds = {}
        for note in done["notes"]:
            kinds.setdefault(note["kind"], []).append(note["text"])
        label = "nvsfactory" if type(self) is Factory else "FCTRY"
        self.assertIn(OWN, kinds["stays"][0])
        self.assertIn(OTHER, kinds["stays"][0])
        self.assertTrue(any(text.startswith(label) for text in kinds["copied"]), kinds)
        self.assertTrue(any(text.startswith(label) for text in kinds["lost"]), kinds)
        self.assertIn("must not go online", kinds["beware"][-1])

    def test_keys_stay_with_the_old_unit(self):
        def bind(manifest):
            manifest["security"]["raw"]["key_purposes"][:3] = [8, 7, 9]

        self.change_manifest(bind)
        done = self.espbak(OTHER, "restore", "--to-another", "--dry-run", "backups/b")
        texts = [note["text"] for note in json.loads(done.stdout)["notes"]]
        self.assertTrue(any(text.startswith("key 0 in eFuses") for text in texts), texts)
        self.assertTrue(any(text.startswith("key 1 in eFuses") for text in texts), texts)
        self.assertFalse(any(text.startswith("key 2 in eFuses") for text in texts), texts)
        certificates = [text for text in texts if text.startswith("esp_secure_cert")]
        self.assertEqual(["eFuses alone" in text for text in certificates], [True] * len(certificates))

    def test_radio_is_measured_anew(self):
        flash = bytearray(self.make(b"first"))
        flash[0xD000:0xE000] = nvs_page("phy", "cal_mac")
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash)
        self.espbak(OWN, "backup", "--name", "radio")
        done = self.espbak(OTHER, "restore", "--to-another", "--dry-run", "backups/radio")
        texts = [note["text"] for note in json.loads(done.stdout)["notes"]]
        self.assertEqual(len([text for text in texts if text.startswith("nvs: what was measured")]), 1, texts)

    def test_nothing_else_is_moved(self):
        """Not to the unit itself, not ciphertext, not parts; whatever is forced."""
        before = self.make(b"second")
        move = ("restore", "--yes", "--force", "--to-another")
        done = self.espbak(OWN, *move, "backups/b", code=7)
        self.assertIn("the one that the backup was made of", json.loads(done.stdout)["error"]["message"])
        self.espbak(OTHER, *move, "--only", "nvs", "backups/b", code=2)
        self.change_manifest(lambda manifest: manifest["security"].update(flash_encryption=True))
        done = self.espbak(OTHER, *move, "backups/b", code=7)
        self.assertIn("ciphertext", json.loads(done.stdout)["error"]["message"])
        self.assertEqual(self.flash(), before)

    def test_a_dump_leaves_it_alone(self):
        """Nobody knows whose it is."""
        self.espbak(OWN, "import", "backups/b/flash.bin", "--name", "dump")
        self.make(b"second")
        self.espbak(OTHER, "restore", "--yes", "backups/dump")
        self.assertEqual(self.flash()[0x9000:0x9006], b"second")

    def test_force_overwrites_it(self):
        self.make(b"second")
        self.espbak(OTHER, "restore", "--yes", "--force", "backups/b")
        self.assertEqual(self.flash(), self.saved)

    def test_a_layout_without_it_is_refused(self):
        self.make(b"second", [("nvs", 1, 0x02, 0x20000, 0x4000), ("nvsfactory", 1, 0x02, 0x9000, 0x5000)])
        before = self.flash()
        done = self.espbak(OTHER, "restore", "--yes", "backups/b", code=7)
        self.assertIn("nvsfactory", json.loads(done.stdout)["error"]["message"])
        self.assertEqual(self.flash(), before)

    def test_an_empty_device_takes_all(self):
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(b"\xff" * flash_image.M)
        self.espbak(OTHER, "restore", "--yes", "backups/b")
        self.assertEqual(self.flash(), self.saved)

    def test_a_lost_table_does_not_lose_it(self):
        """As an interrupted restore leaves it."""
        flash = bytearray(self.make(b"second"))
        flash[0:0x9000] = b"\xff" * 0x9000
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash)
        self.espbak(OTHER, "restore", "--yes", "backups/b")
        self.assertEqual(self.flash()[0x9000:0x9006], b"second")
        self.assertEqual(self.flash()[:0x9000], self.saved[:0x9000])


def nvs_page(space, key):
    """One page with a namespace and a number in it."""
    def entry(number, kind, name, value):
        body = struct.pack("<BBBB", number, kind, 1, 0xFF)
        rest = name.encode().ljust(16, b"\0") + value.ljust(8, b"\xff")
        return body + struct.pack("<I", zlib.crc32(body + rest, 0xFFFFFFFF)) + rest
    head = struct.pack("<IIB19s", 0xFFFFFFFE, 0, 0xFE, b"\xff" * 19)
    head += struct.pack("<I", zlib.crc32(head[4:], 0xFFFFFFFF))
    entries = entry(0, 1, space, b"\1") + entry(1, 1, key, b"\7")
    return (head + b"\xfa" + b"\xff" * 31 + entries).ljust(4096, b"\xff")


class Several(Factory):
    """A table as ESP-Matter's: certificates of a type of their own, and a second place in capitals."""
    rows = [("esp_secure_cert", 0x3F, 0x00, 0x9000, 0x2000), ("nvs", 1, 0x02, 0xD000, 0x3000),
            ("otadata", 1, 0x00, 0x10000, 0x2000), ("ota_0", 0, 0x10, 0x20000, 0x20000), ("FCTRY", 1, 0x02, 0xF0000, 0x4000)]
    places = (0x9000, 0xB000), (0xF0000, 0xF4000)

    def make(self, serial, rows=None):
        flash = bytearray(super().make(serial, rows or self.rows))
        flash[0xF0000:0xF0100] = serial.ljust(0x100)
        return self.put(flash)

    def put(self, flash):
        with open(os.path.join(self.folder, "flash.img"), "wb") as made:
            made.write(flash)
        return bytes(flash)

    def refused(self, *arguments):
        before = self.flash()
        done = self.espbak(OTHER, *arguments, code=7)
        self.assertIn("factory data", json.loads(done.stdout)["error"]["message"])
        self.assertEqual(self.flash(), before)

    def test_another_backup_leaves_it_alone(self):
        other = self.make(b"second")
        done = self.espbak(OTHER, "restore", "--yes", "backups/b")
        self.assertIn("esp_secure_cert and FCTRY", done.stderr)
        expected = bytearray(self.saved)
        for start, end in self.places:
            expected[start:end] = other[start:end]
        self.assertEqual(self.flash(), expected)

    def test_a_layout_without_it_is_refused(self):
        self.make(b"second", self.rows[1:] + [("Mfg", 1, 0x40, 0x9000, 0x2000)])
        self.refused("restore", "--yes", "backups/b")

    def test_named_parts_are_refused(self):
        self.make(b"second")
        for name in "FCTRY", "esp_secure_cert", "type=0x3f", "nvs,FCTRY":
            self.refused("restore", "--yes", "--only", name, "backups/b")
        self.espbak(OTHER, "restore", "--yes", "--only", "nvs", "backups/b")
        self.espbak(OTHER, "restore", "--yes", "--force", "--only", "FCTRY", "backups/b")
        self.assertEqual(self.flash()[0xF0000:0xF4000], self.saved[0xF0000:0xF4000])

    def test_partial_backups_are_refused(self):
        done = self.espbak(OWN, "backup-partitions", "--critical", "--name", "critical")
        names = [region["name"] for region in json.loads(done.stdout)["regions"]]
        self.assertTrue({"esp_secure_cert", "FCTRY", "nvs"} <= set(names), names)
        self.espbak(OWN, "backup-partitions", "FCTRY", "nvs", "--name", "two")
        self.make(b"second")
        self.refused("restore", "--yes", "backups/two")
        self.make(b"damaged")
        self.espbak(OWN, "restore", "--yes", "backups/two")

    def test_write_is_refused(self):
        merged = os.path.join(self.folder, "merged.bin")
        for name, contents in ("merged.bin", self.saved[:0x9000] + b"\xff" * 0x20000), ("keys.bin", b"another"):
            with open(os.path.join(self.folder, name), "wb") as made:
                made.write(contents)
        self.make(b"second")
        self.refused("write", "0", merged)
        self.refused("write", "0xf0000", "keys.bin")
        self.espbak(OTHER, "write", "0xd000", "keys.bin")
        with open(os.path.join(self.folder, "whole.bin"), "wb") as made:
            made.write(self.flash())
        self.espbak(OTHER, "write", "0", "whole.bin")  # what is there already
        self.espbak(OTHER, "write", "--force", "0", merged)

    def test_a_table_that_only_the_file_has(self):
        with open(os.path.join(self.folder, "whole.bin"), "wb") as made:
            made.write(self.saved)
        flash = bytearray(self.make(b"second"))
        flash[0x8000:0x9000] = b"\xff" * 0x1000
        self.put(flash)
        self.refused("write", "0", "whole.bin")

    def test_without_any_table_it_is_known_by_its_contents(self):
        for contents in nvs_page("chip-factory", "discriminator"), struct.pack("<I", 0xBA5EBA11) + b"record":
            flash = bytearray(b"\xff" * flash_image.M)
            flash[0x30000:0x30000 + len(contents)] = contents
            self.put(flash)
            with open(os.path.join(self.folder, "zeros.bin"), "wb") as made:
                made.write(bytes(0x40000))
            self.refused("write", "0x10000", "zeros.bin")
            self.refused("restore", "--yes", "backups/b")
            self.espbak(OTHER, "write", "0x40000", "zeros.bin")
        flash[0x30000:0x31000] = nvs_page("nvs.net80211", "sta.apinfo")
        self.put(flash)
        self.espbak(OTHER, "write", "0x10000", "zeros.bin")

    def test_all_are_named(self):
        found = json.loads(self.espbak(OWN, "info").stdout)
        self.assertEqual([part["name"] for part in found["factory_partitions"]], ["esp_secure_cert", "FCTRY"])
        self.assertEqual(found["factory_data"]["name"], "esp_secure_cert")


if __name__ == "__main__":
    unittest.main()
