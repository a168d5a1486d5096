# SPDX-License-Identifier: Apache-2.0
"""restore --only: parts of backups to where the device has their names."""
import json
import os
import tempfile
import unittest

import flash_image
from program import run

APPS = [("ota_0", ("old", "1")), ("ota_1", ("new", "2"))]
ROWS = [
    ("nvs", 1, 0x02, 0x9000, 0x4000),
    ("otadata", 1, 0x00, 0xD000, 0x2000),
    ("ota_0", 0, 0x10, 0x20000, 0x20000),
    ("ota_1", 0, 0x11, 0x40000, 0x20000),
]


class RestoreParts(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.write("flash.img", flash_image.flash(flash_image.M, ROWS, apps=APPS))
        self.espbak("backup", "--name", "full")
        self.espbak("backup-partitions", "nvs", "type=app", "--name", "parts")
        self.saved = self.read("flash.img")

    def write(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as made:
            made.write(contents)

    def read(self, name="flash.img"):
        with open(os.path.join(self.folder, name), "rb") as made:
            return made.read()

    def run_on(self, port, *arguments, code=0):
        done = run("-q", "-p", port, "--json", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def espbak(self, *arguments, code=0, flash="flash.img"):
        return self.run_on(f"sim:esp32s3,flash={flash}", *arguments, code=code)

    def damage(self, *ranges):
        flash = bytearray(self.saved)
        for start, end in ranges:
            flash[start:end] = b"Z" * (end - start)
        self.write("flash.img", flash)

    def test_a_merged_image_ends_with_its_application(self):
        """What is complete in it can be restored and extracted; the rest is not held, and stays as it is."""
        size = -(-len(flash_image.app("old", "1")) // 0x1000) * 0x1000
        end = 0x20000 + size
        self.write("merged.bin", self.saved[:end])
        self.espbak("import", "merged.bin", "--name", "merged")
        self.damage((0x9000, 0x9100), (0x20000, 0x20010), (end, end + 16))
        self.espbak("restore", "--yes", "--only", "ota_0", "backups/merged")
        flash = self.read()
        self.assertEqual(flash[0x20000:end], self.saved[0x20000:end])
        self.assertEqual(flash[0x9000:0x9100] + flash[end:end + 16], b"Z" * 0x110)
        done = self.espbak("restore", "--yes", "--only", "ota_1", "backups/merged", code=2)
        self.assertIn("the backup does not hold ota_1", done.stderr)
        for source in ("merged.bin", "backups/merged"):
            for name, start, held in (("ota_0", 0x20000, size), ("nvs", 0x9000, 0x4000), ("bootloader", 0, 0x8000)):
                self.espbak("extract", source, name, "part.bin", "--overwrite")
                self.assertEqual(self.read("part.bin"), self.saved[start:start + held])
            self.espbak("extract", source, "ota_1", "none.bin", code=2)
            shown = run("-q", "inspect", source, folder=self.folder).stdout
            self.assertRegex(shown, "ota_1 .* 128K  not held")
        self.write("merged.bin", self.saved[:0xA000])
        done = self.espbak("extract", "merged.bin", "nvs", "none.bin", code=2)
        self.assertIn("the file holds only the first 4096 bytes of nvs", done.stderr)
        self.write("app.bin", flash_image.app("demo", "1"))
        done = self.espbak("extract", "app.bin", "nvs", "none.bin", code=2)
        self.assertIn("this is an application alone", done.stderr)

    def test_only_what_is_named_comes_back(self):
        for backup in ("full", "parts"):
            self.damage((0x9000, 0x9100), (0x40000, 0x41000))
            done = self.espbak("restore", "--yes", "--only", "nvs", f"backups/{backup}")
            self.assertTrue(json.loads(done.stdout)["verified"])
            flash = self.read()
            self.assertEqual(flash[:0x40000], self.saved[:0x40000])
            self.assertEqual(flash[0x40000:0x41000], b"Z" * 0x1000)

    def test_a_partition_called_flash(self):
        """The whole flash is called so too, and comes back whole."""
        rows = ROWS[:2] + [("flash", 1, 0x82, 0x60000, 0x2000)] + ROWS[2:]
        self.saved = bytes(flash_image.flash(flash_image.M, rows, apps=APPS))
        self.write("flash.img", self.saved)
        self.espbak("backup", "--name", "all")
        self.espbak("backup-partitions", "flash", "--name", "one")
        listed = {entry["name"]: entry for entry in json.loads(self.espbak("list").stdout)["backups"]}
        self.assertEqual((listed["one"].get("parts"), listed["all"].get("parts")), ("flash", None))
        self.damage((0x9000, 0x9100), (0x60000, 0x60100))
        self.espbak("restore", "--yes", "backups/one")
        self.assertEqual(self.read()[0x9000:0x9100] + self.read()[0x60000:], b"Z" * 0x100 + self.saved[0x60000:])
        self.espbak("restore", "--yes", "backups/all")
        self.assertEqual(self.read(), self.saved)

    def test_two_partitions_of_one_name(self):
        """Each goes to where it was."""
        rows = ROWS + [("data", 1, 0x82, 0x60000, 0x2000), ("data", 1, 0x82, 0x70000, 0x2000)]
        self.saved = bytes(flash_image.flash(flash_image.M, rows, apps=APPS))
        self.write("flash.img", self.saved)
        self.espbak("backup-partitions", "data", "--name", "two")
        self.espbak("backup", "--name", "all")
        for arguments in (["backups/two"], ["--only", "data", "backups/all"]):
            self.damage((0x60000, 0x60100), (0x70000, 0x71000))
            self.espbak("restore", "--yes", *arguments)
            self.assertEqual(self.read(), self.saved)

    def test_a_partition_to_standard_output(self):
        to_file = ("sh", "-c", 'exec "$@" > out.bin', "sh")
        done = run("-q", "extract", "backups/full", "nvs", "-", folder=self.folder, before=to_file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("out.bin"), self.saved[0x9000:0xD000])
        self.espbak("extract", "backups/full", "nvs", "-", code=2)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "-")))

    def test_names_that_are_not_there(self):
        done = self.espbak("restore", "--yes", "--only", "wifi", "backups/full", code=2)
        self.assertIn("nvs", json.loads(done.stdout)["error"]["hint"])
        done = self.espbak("restore", "--yes", "--only", "nvs,otadata", "backups/parts", code=2)
        self.assertIn("does not hold otadata", json.loads(done.stdout)["error"]["message"])
        self.espbak("restore", "--yes", "--only", "nvs,,x", "backups/full", code=2)
        self.espbak("restore", "--yes", "--activate", "backups/full", code=2)

    def test_the_table_of_the_device_decides(self):
        """Another place is refused; forced, the device's place is written."""
        rows = [("nvs", 1, 0x02, 0x10000, 0x4000)] + ROWS[1:]
        moved = flash_image.flash(flash_image.M, rows, apps=APPS, fill=False)
        self.write("flash.img", moved)
        done = self.espbak("restore", "--yes", "--only", "nvs", "backups/full", code=7)
        self.assertIn("--force", json.loads(done.stdout)["error"]["message"])
        self.assertEqual(self.read(), moved)
        self.espbak("restore", "--yes", "--force", "--only", "nvs", "backups/full")
        self.assertEqual(self.read()[0x10000:0x14000], self.saved[0x9000:0xD000])
        self.assertEqual(self.read()[0x9000:0xD000], moved[0x9000:0xD000])

    def test_a_backup_of_partitions_goes_by_names_too(self):
        """Where the device has another layout, its places are not guessed."""
        self.damage((0x9000, 0x9100), (0x40000, 0x41000))
        self.espbak("restore", "--yes", "backups/parts")
        self.assertEqual(self.read(), self.saved)
        moved = flash_image.flash(flash_image.M, [("nvs", 1, 0x02, 0x10000, 0x4000)] + ROWS[1:], apps=APPS)
        self.write("flash.img", moved)
        self.espbak("restore", "--yes", "backups/parts", code=7)
        self.write("empty.img", b"\xff" * flash_image.M)
        self.espbak("restore", "--yes", "backups/parts", code=8, flash="empty.img")
        self.assertEqual(self.read(), moved)
        # With its table it brings its layout along.
        self.write("flash.img", self.saved)
        self.espbak("backup-partitions", "all", "--name", "all")
        self.write("flash.img", moved)
        self.espbak("restore", "--yes", "backups/all")
        self.assertEqual(self.read()[:0xD000], self.saved[:0xD000])

    def test_type_and_size_must_agree(self):
        self.write("flash.img", flash_image.flash(flash_image.M, [("nvs", 1, 0x82, 0x9000, 0x4000)] + ROWS[1:]))
        self.espbak("restore", "--yes", "--only", "nvs", "backups/full", code=7)
        self.write("flash.img", flash_image.flash(flash_image.M, [("nvs", 1, 0x02, 0x9000, 0x3000)] + ROWS[1:]))
        self.espbak("restore", "--yes", "--only", "nvs", "backups/full", code=7)
        self.espbak("restore", "--yes", "--force", "--only", "nvs", "backups/full", code=7)

    def test_a_slot_that_does_not_boot_is_told(self):
        self.damage((0x40000, 0x41000))
        done = self.espbak("restore", "--yes", "--only", "ota_1", "backups/full")
        self.assertIn("will not boot", done.stderr)
        self.assertEqual(self.read(), self.saved)

    def test_activate_makes_it_boot(self):
        self.damage((0x40000, 0x41000))
        done = self.espbak("restore", "--yes", "--activate", "--only", "ota_1", "backups/parts")
        self.assertNotIn("will not boot", done.stderr)
        found = json.loads(self.espbak("info").stdout)
        self.assertEqual(found["ota"]["active_slot"], "ota_1")
        flash = self.read()
        self.assertEqual(flash[0x40000:], self.saved[0x40000:])
        self.assertEqual(flash[0xD000:0xE000], self.saved[0xD000:0xE000])
        # And back again: the sequence goes on.
        self.espbak("restore", "--yes", "--activate", "--only", "ota_0", "backups/parts")
        found = json.loads(self.espbak("info").stdout)
        self.assertEqual((found["ota"]["active_slot"], found["ota"]["seq"]), ("ota_0", 3))

    def test_the_bootloader_goes_first_and_comes_last(self):
        self.damage((0, 0x4000), (0x9000, 0xA000))
        self.espbak("restore", "--yes", "--only", "bootloader,nvs", "backups/full")
        self.assertEqual(self.read(), self.saved)

    def test_dry_run_changes_nothing(self):
        self.damage((0x9000, 0xA000))
        before = self.read()
        done = self.espbak("restore", "--dry-run", "--only", "nvs,app", "backups/full")
        self.assertEqual(json.loads(done.stdout)["total_bytes"], 0x24000)
        self.assertEqual(self.read(), before)

    def test_a_larger_flash_takes_parts(self):
        self.write("large.img", flash_image.flash(2 * flash_image.M, ROWS, apps=APPS, fill=False))
        self.espbak("restore", "--yes", "--only", "nvs", "backups/full", flash="large.img")
        self.assertEqual(self.read("large.img")[0x9000:0xD000], self.saved[0x9000:0xD000])


if __name__ == "__main__":
    unittest.main()
