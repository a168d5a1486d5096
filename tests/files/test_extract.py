# SPDX-License-Identifier: Apache-2.0
"""Files out of a file system: one, some, all, into a folder or an archive; what cannot be had is said."""
import io
import json
import os
import tarfile
import tempfile
import unittest

import flash_image
import images
from program import run


class Extract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        cls.addClassCleanup(made.cleanup)
        cls.folder = made.name
        cls.rows = rows = images.Rows()
        rows.folder("/www")
        rows.folder("/www/img")
        rows.file("/www/index.html", 3000, 1, 1700000000)
        rows.file("/www/img/logo.png", 70, 2)
        rows.file("/www/a[1].txt", 5, 3)
        rows.file("/notes.txt", 0, 4)
        rows.file("/Übung " + "x" * 110, 9, 5)
        cls.make("storage.bin", rows)
        with open(os.path.join(cls.folder, "storage.bin"), "rb") as image:
            cls.storage = image.read()
        flash = flash_image.flash(flash_image.M, [("nvs", 1, 2, 0x9000, 0x4000), ("www", 1, 0x82, 0x90000, 0x20000)])
        with open(os.path.join(cls.folder, "flash.bin"), "wb") as whole:
            whole.write(flash[:0x90000] + cls.storage + flash[0x90000 + len(cls.storage):])

    @classmethod
    def make(cls, name, rows):
        rows.make(os.path.join(cls.folder, name), "littlefs", 4096, 32, 0x20001)

    def espbak(self, *arguments, code=0, **more):
        done = run(*arguments, folder=self.folder, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as one:
            return one.read()

    def tree(self, name):
        """{path: bytes, or None for a folder}"""
        found, top = {}, os.path.join(self.folder, name)
        for at, folders, files in os.walk(top):
            for folder in folders:
                found["/" + os.path.relpath(os.path.join(at, folder), top)] = None
            for one in files:
                found["/" + os.path.relpath(os.path.join(at, one), top)] = self.read(os.path.join(at, one))
        return found

    def test_one_file(self):
        data = self.rows.files["/www/index.html"]
        told = json.loads(self.espbak("--json", "extract", "flash.bin", "www:/www/index.html", "one.html").stdout)
        self.assertEqual((self.read("one.html"), told["size"], told["name"]), (data, len(data), "www"))
        self.assertIn("already", self.espbak("extract", "flash.bin", "www:/www/index.html", "one.html", code=8).stderr)
        self.espbak("extract", "--overwrite", "storage.bin", ":/notes.txt", "one.html")
        self.assertEqual(self.read("one.html"), b"")
        self.espbak("extract", "flash.bin", "www:/www/img/logo.png", "into/")
        self.assertEqual(self.read("into/logo.png"), self.rows.files["/www/img/logo.png"])
        self.espbak("extract", "flash.bin", ":/www/a[1].txt", "literal")
        self.assertEqual(self.read("literal"), self.rows.files["/www/a[1].txt"])
        raw = self.espbak("extract", "flash.bin", "www:/www/index.html", "-", text=False).stdout
        self.assertEqual(raw, data)

    def test_all_of_them_and_some(self):
        self.espbak("extract", "flash.bin", "www:/", "all")
        self.assertEqual(self.tree("all"), self.rows.files)
        for pattern, wanted in [("/www/*.html", ["/www/index.html"]), ("/**.png", ["/www/img/logo.png"]),
                                ("/www/img", ["/www/img/logo.png"]), ("/n?tes.txt", ["/notes.txt"]),
                                ("/*/i*/", ["/www/img/logo.png", "/www/index.html"])]:
            with self.subTest(pattern), tempfile.TemporaryDirectory(dir=self.folder) as out:
                self.espbak("extract", "storage.bin", f":{pattern}", out)
                self.assertEqual({p: d for p, d in self.tree(out).items() if d is not None},
                                 {p: self.rows.files[p] for p in wanted})
        self.assertIn("nothing that is called", self.espbak("extract", "flash.bin", "www:/none*", "x", code=8).stderr)

    def test_a_tar_archive(self):
        raw = self.espbak("extract", "flash.bin", "www:/", "-", text=False).stdout
        with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            found = {"/" + m.name: archive.extractfile(m).read() if m.isfile() else None for m in archive}
            self.assertEqual(found, self.rows.files)
            self.assertEqual(archive.getmember("www/index.html").mtime, 1700000000)
            self.assertEqual(archive.getmember("www").mode, 0o755)

    def test_of_a_backup_and_a_device(self):
        self.espbak("import", "flash.bin", "-o", ".", "--name", "kept", "--chip", "esp32s3")
        self.espbak("extract", "kept", "www:/notes.txt", "of-backup")
        self.espbak("-p", "sim:esp32s3,flash=flash.bin", "extract", "device", "www:/www/*", "of-device")
        self.assertEqual(self.tree("of-device")["/www/index.html"], self.rows.files["/www/index.html"])
        self.espbak("-p", "sim:esp32s3,flash=flash.bin", "extract", "device", "www", "x", code=2)

    def test_what_differs(self):
        """Of a device only the sectors that differ are read."""
        rows = images.Rows()
        rows.lines, rows.files = self.rows.lines[:], dict(self.rows.files)
        rows.append("/www/index.html", 10, 9)
        rows.remove("/notes.txt")
        rows.file("/new.txt", 3, 1)
        rows.file("/www/img/logo.png", 70, 8)
        self.make("later.bin", rows)
        with open(os.path.join(self.folder, "flash.bin"), "rb") as whole:
            flash = whole.read()
        later = self.read("later.bin")
        with open(os.path.join(self.folder, "changed.bin"), "wb") as whole:
            whole.write(flash[:0x90000] + later + flash[0x90000 + len(later):])
        wanted = [("/new.txt", "added"), ("/notes.txt", "removed"), ("/www/img/logo.png", "changed"),
                  ("/www/index.html", "changed")]
        for arguments in (["diff", "flash.bin", "changed.bin"],
                          ["-p", "sim:esp32s3,flash=changed.bin", "diff", "flash.bin", "device"]):
            told = json.loads(self.espbak("--json", *arguments, code=6).stdout)
            self.assertEqual([(f["path"], f["change"]) for f in told["files"]], wanted)
        self.assertIn("www: /www/index.html changed, 3000 to 3010 bytes",
                      self.espbak("diff", "flash.bin", "changed.bin", code=6).stdout)

    def test_where_there_are_none(self):
        self.assertIn("neither LittleFS", self.espbak("extract", "flash.bin", "nvs:/x", "x", code=8).stderr)
        self.assertIn("nowhere", self.espbak("extract", "flash.bin", "nowhere:/x", "x", code=2).stderr)

    def test_names_that_lead_elsewhere(self):
        rows = images.Rows()
        rows.file("/ok", 5, 1)
        rows.file("/evil\\..\\..\\x", 5, 2)
        rows.file("/bell\a", 5, 3)
        self.make("evil.bin", rows)
        self.assertIn("2 of 3 files", self.espbak("extract", "evil.bin", ":/", "evil", code=8).stderr)
        self.assertEqual(list(self.tree("evil")), ["/ok"])

    def test_damage_costs_one_file(self):
        image = bytearray(self.storage)
        large = self.rows.files["/www/index.html"]
        at = image.index(large[:64])
        with open(os.path.join(self.folder, "cut.bin"), "wb") as cut:
            cut.write(image[:at // 4096 * 4096])
        done = self.espbak("extract", "cut.bin", ":/", "cut", code=8)
        self.assertIn("could not be had whole", done.stderr)
        self.assertNotIn("/www/index.html", self.tree("cut"))
        self.assertIn("/www/a[1].txt", self.tree("cut"))


if __name__ == "__main__":
    unittest.main()
