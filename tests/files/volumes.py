# SPDX-License-Identifier: Apache-2.0
"""Tests of what the program tells of an image of a file system."""
import json
import os
import tempfile

from in_folder import InFolder


class Volumes(InFolder):
    def listed(self, image, *options):
        """What is told of a volume; `image` is its bytes."""
        with open(os.path.join(self.folder, "image.bin"), "wb") as made:
            made.write(image)
        volume, = json.loads(self.espbak("--json", "files", "image.bin", *options).stdout)["volumes"]
        return volume

    def check_contents(self, volume, files):
        """All is listed, and each file is what it was; {path: bytes, or None for a folder}."""
        self.assertEqual({f["path"]: None if f["folder"] else f["size"] for f in volume["files"]},
                         {path: None if data is None else len(data) for path, data in files.items()})
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            self.espbak("extract", "image.bin", ":/", out)
            for path, data in files.items():
                if data is not None:
                    with open(out + path, "rb") as one:
                        self.assertEqual(one.read(), data, path)
