# SPDX-License-Identifier: Apache-2.0
"""Settings in NVS: encrypted ones with their key."""
import base64
import json
import os
import tempfile
import unittest

import flash_image
from program import run

ROWS = [("nvs", 1, 0x02, 0x9000, 0x4000), ("nvs_keys", 1, 0x04, 0xD000, 0x1000), ("ota_0", 0, 0x10, 0x20000, 0x20000)]

# Made by esp-idf-nvs-partition-gen 0.3.0 (encrypt): a page with five keys in two namespaces.
SECRET = base64.b64decode(
    "/v///wAAAAD+/////////////////////////4Qturmqqur//////////////////////////////////////7TAqFzuMlryCdVJp/bgrz1y"
    "wE8UH2CQ2kOTLUl52kIfBzGwEw1PRZ3pI05SjFxLJF2WrkHm6ourDvc41DMtvrRB1ejGHBz7fqX4ALWG2AT5UywLMMFXEYXbwJU+VOAVyA/e"
    "P1dY/347GGPrcd5AGN5PYk9R4hPWuh4WdyUV1YbI0oAMVo6JE17Wxrzw/nhm/svbufiBrt/jclMqcB0o4i8CznrLJz4ykTqtI7wwrJa6R6w1"
    "eGxMxRwM9I6EkxCMggn+vCxifQ8hBMRZceatOeGKx46sW41NlkG/r4uR3apH1P7WGJeviWHn9ZmHHUG6kdEgL8M7uoR6OB1v5dpeZ/UgmG3m"
    "1dBLPcY27NdnBobzkOBVMhFoLpzCt5YcZmex2gTBRMQZ3oVAAx20ePw8Wz1lX3eTCcE5mi3JJ96NrawdQUouwCxs2DV2/PekWLlL3jRwd8R9"
    "FHS8VjzhoG+fwh4=").ljust(0x4000, b"\xff")
KEY = base64.b64decode(
    "xy7V04QtiBbCl+9imMvARF9aauBt9S0cdPV0fdP75fRx4tPb3AI9FSj5iIJA77odlCbntr4+Ju9MEHMGS4W594DsFtM=")
VALUES = {("app", "cal"): "00112233445566778899aabbccddeeff0011", ("app", "offset"): "-7", ("wifi", "channel"): "11",
          ("wifi", "password"): 's3cret, "quoted"', ("wifi", "ssid"): "home"}


class Nvs(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name

    def put(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as made:
            made.write(contents)

    def flash(self, name, nvs, keys=b"", rows=ROWS):
        flash = flash_image.flash(flash_image.M, rows, apps=[("ota_0", ("voice", "1"))])
        flash[0x9000:0x9000 + len(nvs)] = nvs
        flash[0xD000:0xD000 + len(keys)] = keys
        self.put(name, flash)

    def espbak(self, *arguments, code=0, **more):
        done = run("-q", *arguments, folder=self.folder, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def nvs(self, *arguments, code=0):
        return json.loads(self.espbak("--json", "nvs", *arguments, code=code).stdout)

    def values(self, *arguments):
        found, = self.nvs("--show-values", *arguments)["nvs"]
        return {(item["namespace"], item["key"]): item["value"] for item in found["items"]}


class Encrypted(Nvs):
    def setUp(self):
        super().setUp()
        self.put("alone.bin", SECRET)
        self.put("keys.bin", KEY.ljust(4096, b"\xff"))
        self.put("other.bin", b"\0" * 64 + b"\xff" * 4)
        self.flash("without.bin", SECRET)
        self.flash("with.bin", SECRET, KEY)

    def test_key_of_a_file(self):
        self.assertEqual(self.values("alone.bin", "--keys", "keys.bin"), VALUES)
        self.assertEqual(self.values("without.bin", "--keys", "keys.bin"), VALUES)

    def test_key_in_the_same_flash(self):
        self.assertEqual(self.values("with.bin"), VALUES)
        self.espbak("import", "with.bin", "--name", "b")
        self.assertEqual(self.values("backups/b"), VALUES)
        self.assertEqual(self.values("-p", "sim:esp32s3,flash=with.bin", "device"), VALUES)
        text = self.espbak("inspect", "backups/b").stdout
        self.assertIn("nvs: encrypted, 5 keys in 2 namespaces", text)
        self.assertNotIn("s3cret", text)

    def test_csv(self):
        told = self.espbak("nvs", "--csv", "--show-values", "with.bin", "nvs").stdout
        self.assertIn('password,data,string,"s3cret, ""quoted"""', told)
        self.assertIn("its key is not known",
                      self.espbak("nvs", "--csv", "--show-values", "without.bin", "nvs", code=8).stderr)

    def test_without_a_key(self):
        found, = self.nvs("without.bin")["nvs"]
        self.assertEqual((found["encrypted"], found["decrypted"], found["items"]), (True, False, []))

    def test_wrong_keys(self):
        for name, word in (("other.bin", "does not fit"), ("alone.bin", "no key"), ("missing.bin", "missing.bin")):
            self.assertIn(word, self.espbak("nvs", "alone.bin", "--keys", name, code=8).stderr)
        with open(os.path.join(self.folder, "other.bin"), "rb") as other:
            self.flash("wrong.bin", SECRET, other.read())
        self.assertIn("nvs_keys does not fit", self.espbak("nvs", "wrong.bin").stderr)

    def test_diff(self):
        changed = bytearray(SECRET)
        changed[64 + 5 * 32:64 + 6 * 32] = b"\0" * 32
        self.flash("changed.bin", changed, KEY)
        keys = json.loads(self.espbak("--json", "diff", "with.bin", "changed.bin", code=6).stdout)["keys"]
        self.assertEqual([(key["key"], key["change"]) for key in keys], [("channel", "removed")])


if __name__ == "__main__":
    unittest.main()
