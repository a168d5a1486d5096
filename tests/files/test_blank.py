# SPDX-License-Identifier: Apache-2.0
"""export --redact-files: what is blanked is nowhere any more, and all other files are what they were."""
import json
import os
import random
import unittest

import images
from volumes import Volumes
from spiffs_images import Spiffs
from test_fat import WearLevelling

WINDOW = 16


class Blank(Volumes):
    def load(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def blank(self, image, files, secrets, chance):
        """Half of the files; `secrets` are contents of earlier times."""
        names = [path for path, data in files.items() if data is not None]
        meant = set(chance.sample(names, len(names) // 2))
        patterns = [word for path in meant for word in ("--redact-files", ":" + path)]
        before = self.listed(image)
        for name in ("out.bin", "out.bin.redacted.txt"):
            if os.path.exists(os.path.join(self.folder, name)):
                os.remove(os.path.join(self.folder, name))
        told = json.loads(self.espbak("--json", "-q", "export", "image.bin", "--format", "bin", "--redact", "-o", "out.bin",
                                      *patterns).stdout)
        self.assertEqual([(row["what"], row["count"]) for row in told["redacted"]], [("contents of files", len(meant))])
        out = self.load("out.bin")[:len(image)]
        after = self.listed(out)
        self.assertEqual({**after, "findings": None}, {**before, "findings": None})
        self.check_contents(after, {p: b"x" * len(d) if p in meant else d for p, d in files.items()})
        kept = b"|".join(data for path, data in files.items() if data and path not in meant)
        for secret in [*secrets, *(files[path] for path in meant)]:
            for at in range(0, len(secret) - WINDOW + 1, WINDOW):
                part = secret[at:at + WINDOW]
                self.assertTrue(part in kept or part not in out, (at, len(secret)))

    def blank_rows(self, rows, image, seed):
        ever = [images.contents(int(line.split()[1]), int(line.split()[2])) for line in rows.lines
                if line.startswith(("file ", "append "))]
        self.blank(image, rows.files, ever, random.Random(seed))

    def test_littlefs(self):
        """Small files stand among what describes the folders, with checksums over them."""
        for seed, (block, blocks, version) in enumerate([(4096, 64, 0x20001), (512, 400, 0x20000), (4096, 64, 0x20000)]):
            with self.subTest((block, version)):
                rows = images.random_rows(seed, 14)
                rows.make(os.path.join(self.folder, "made.bin"), "littlefs", block, blocks, version)
                self.blank_rows(rows, self.load("made.bin"), seed)

    def test_fat(self):
        for seed, (sector, sectors, around) in enumerate([(4096, 200, {"dummy": 3, "moved": 7}), (512, 480, None)]):
            with self.subTest(sector):
                rows = images.random_rows(seed + 5, 14)
                rows.make(os.path.join(self.folder, "made.bin"), "fat", sector, sectors, 1)
                image = self.load("made.bin")
                self.blank_rows(rows, WearLevelling(image, **around).image() if around else image, seed)

    def test_spiffs(self):
        chance, image, files, gone = random.Random(3), Spiffs(0x40000), {}, []
        for i in range(10):
            files[f"/www/file{i}"] = chance.randbytes(chance.choice([0, 1, 250, 251, 252, 4000]))
            image.file(f"/www/file{i}", files[f"/www/file{i}"])
            gone.append(chance.randbytes(700))
            for where in image.file(f"/gone{i}", gone[-1]):
                image.delete(where)
        self.blank(bytes(image.image), files, gone, chance)

    def test_what_is_meant(self):
        rows = images.Rows()
        rows.file("/config.json", 40, 1)
        rows.make(os.path.join(self.folder, "image.bin"), "littlefs", 4096, 16, 0x20001)
        self.espbak("export", "image.bin", "--format", "bin", "-o", "out.bin", "--redact", "--redact-files", "config", code=2)
        self.espbak("export", "image.bin", "--format", "bin", "-o", "out.bin", "--redact-files", ":/config.json", code=2)
        done = self.espbak("export", "image.bin", "--format", "bin", "-o", "out.bin", "--redact", "--redact-files",
                           ":/*.pem", code=8)
        self.assertIn("*.pem", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out.bin")))


if __name__ == "__main__":
    unittest.main()
