# SPDX-License-Identifier: Apache-2.0
"""What only reads sends nothing that writes: every request that goes out is looked at."""
import os
import tempfile
import unittest

from program import needs_stub, run
from line_trace import sent

WRITES = {0x02: "FLASH_BEGIN", 0x03: "FLASH_DATA", 0x10: "DEFL_BEGIN", 0x11: "DEFL_DATA", 0xD0: "ERASE_FLASH",
          0xD1: "ERASE_REGION"}


def requests(path):
    """The frames that were sent, without their escapes."""
    for frame in sent(path).split(b"\xc0"):
        if frame:
            yield frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")


class Harmless(unittest.TestCase):
    def check(self, port, *arguments):
        with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
            done = run("-p", port, "--trace", "trace", *arguments, folder=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            seen = set()
            for frame in requests(os.path.join(folder, "trace")):
                if len(frame) < 8 or frame[0] != 0:
                    continue
                seen.add(frame[1])
                nowhere = frame[1] == 0x02 and frame[8:12] == bytes(4) and frame[20:24] == b"\x00\x00\x00\x40"
                self.assertTrue(nowhere and "esp8266" in port or frame[1] not in WRITES, (arguments, frame.hex()))
            self.assertIn(0x08, seen)

    def test_every_command_and_end(self):
        for loader in "rom", "stub", "own":
            for after in "hard-reset", "soft-reset", "no-reset", "watchdog-reset":
                for job in ["info"], ["backup", "-o", "o"], ["read", "0", "64K", "f"]:
                    with self.subTest(loader=loader, after=after, job=job):
                        self.check("sim:esp32c3,size=1M", "--loader", loader, "--after", after, *job)

    def test_without_lines(self):
        for chip in "esp32", "esp32s3", "esp8266":
            for after in "hard-reset", "no-reset":
                with self.subTest(chip=chip, after=after):
                    self.check(f"sim:{chip},size=1M", "--loader", "stub", "--after", after, "info")
        self.check("sim:esp8266,size=1M", "--loader", "rom", "info")
        self.check("sim:esp8266,size=1M", "backup", "-o", "o")


if __name__ == "__main__":
    needs_stub()
    unittest.main()
