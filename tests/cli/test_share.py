# SPDX-License-Identifier: Apache-2.0
"""What a backup takes from an earlier one the file system keeps once, where it can; nothing else is different."""
import json
import os
import random
import subprocess
import tempfile
import unittest

from program import PROGRAM, environment, needs_stub, skip

LIBRARY = os.environ.get("ESPBAK_TEST_SHARED_BLOCKS")
K, M = 1024, 1024 * 1024
LINE = "sim:esp32s3,flash=flash.img,mac=34:85:18:00:00:07,baud=real,latency-ms=1,flash-time=default"


class Share(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.image = bytearray(b"\xff" * M)
        self.image[:300 * K] = random.Random(1).randbytes(300 * K)

    def backup(self, name, **more):
        with open(os.path.join(self.folder, "flash.img"), "wb") as file:
            file.write(self.image)
        done = subprocess.run([PROGRAM, "-q", "--json", "-p", LINE, "backup", "--name", name], cwd=self.folder,
                              env=environment(self.folder, **more), check=False, capture_output=True, text=True,
                              timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.folder, "backups", name, "flash.bin"), "rb") as file:
            self.assertEqual(file.read(), self.image)
        return json.loads(done.stdout)["saved"]

    def requests(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
            return [line.split() for line in log]

    def test_unchanged_blocks_are_kept_once(self):
        self.backup("first")
        self.image[100 * K:104 * K] = random.Random(2).randbytes(4 * K)
        saved = self.backup("second", LD_PRELOAD=LIBRARY, ESPBAK_SHARED_LOG=os.path.join(self.folder, "log"),
                            ASAN_OPTIONS="verify_asan_link_order=0")
        self.assertGreater(saved["base_bytes"], 200 * K)
        self.assertEqual(saved["shared_bytes"], saved["base_bytes"])
        asked = self.requests()
        self.assertEqual({row[1] for row in asked}, {"same"})
        self.assertEqual(sum(int(row[0]) for row in asked), saved["base_bytes"])

    def test_a_file_system_that_cannot_costs_nothing(self):
        self.backup("first")
        saved = self.backup("second")
        self.assertGreater(saved["base_bytes"], 200 * K)
        # On a disk that can, all of it is shared.
        self.assertIn(saved["shared_bytes"], (0, saved["base_bytes"]))


if __name__ == "__main__":
    if not LIBRARY:
        skip("there is no library to stand in for a file system")
    needs_stub()
    unittest.main()
