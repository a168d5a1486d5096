# SPDX-License-Identifier: Apache-2.0
"""Settings in NVS: encrypted ones with their key, and copies of backups with other settings."""
import base64
import json
import os
import unittest

import flash_image
from in_folder import InFolder
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


class Nvs(InFolder):
    def flash(self, name, nvs, keys=b"", rows=ROWS):
        flash = flash_image.flash(flash_image.M, rows, apps=[("ota_0", ("voice", "1"))])
        flash[0x9000:0x9000 + len(nvs)] = nvs
        flash[0xD000:0xD000 + len(keys)] = keys
        self.put(name, flash)

    def espbak(self, *arguments, **more):
        return super().espbak("-q", *arguments, **more)

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


class Edited(Nvs):
    def setUp(self):
        super().setUp()
        self.flash("flash.img", SECRET, KEY)
        self.port = "sim:esp32s3,flash=flash.img"
        self.espbak("-p", self.port, "backup", "--name", "b")

    def contents(self, name):
        with open(os.path.join(self.folder, name), "rb") as made:
            return made.read()

    def change(self, *arguments, code=0, **more):
        return self.espbak("--json", *arguments, code=code, **more)

    def test_another_password_by_one_command(self):
        before = self.contents("backups/b/flash.bin")
        made = json.loads(self.change("nvs", "set", "b", "wifi", "password", "string", "new one", "more", "count", "i32", "-5",
                                      "--name", "c").stdout)
        self.assertEqual((made["state"], made["verified_by"], made["edited_from"]), ("edited", "edited", "b"))
        self.assertEqual([(edit["key"], edit["change"]) for edit in made["edits"]],
                         [("count", "added"), ("password", "changed")])
        self.assertEqual(self.values("backups/c"), {**VALUES, ("wifi", "password"): "new one", ("more", "count"): "-5"})
        self.assertEqual(self.contents("backups/b/flash.bin"), before)
        self.espbak("verify", "--offline", "c")
        self.assertIn("edited", self.espbak("list").stdout)
        plan = self.espbak("-p", self.port, "restore", "--yes", "--dry-run", "c")
        self.assertIn("a copy of b; nvs: more.count added, nvs: wifi.password changed", plan.stdout + plan.stderr)
        self.espbak("-p", self.port, "restore", "--yes", "c")
        self.assertEqual(self.values("-p", self.port, "device")["wifi", "password"], "new one")
        self.assertNotIn("new one", self.contents("backups/c/manifest.json").decode())

    def test_what_was_there_is_gone(self):
        self.flash("plain.img", b"\xff" * 0x4000)
        self.espbak("import", "plain.img", "--name", "p")
        self.change("nvs-set", "p", "wifi", "password", "string", "correct horse", "--name", "p1")
        self.assertIn(b"correct horse", self.contents("backups/p1/flash.bin"))
        self.change("nvs", "delete", "p1", "wifi", "password", "--name", "p2")
        self.assertNotIn(b"correct horse", self.contents("backups/p2/flash.bin"))
        self.assertEqual(self.values("backups/p2"), {})

    def test_a_value_that_nobody_sees(self):
        self.put("cert.der", bytes(range(256)) * 20)
        self.espbak("nvs", "set", "b", "wifi", "password", "string-file", "-", "wifi", "cert", "blob-file", "cert.der",
                    "--name", "c", stdin=None, input="from a pipe\n")
        values = self.values("backups/c")
        self.assertEqual(values["wifi", "password"], "from a pipe")
        self.assertTrue(values["wifi", "cert"].startswith("000102"))

    def test_parts(self):
        self.espbak("-p", self.port, "backup-partitions", "nvs", "nvs_keys", "--name", "parts")
        self.espbak("nvs", "set", "parts", "wifi", "channel", "u8", "0x0d", "--name", "c")
        self.assertEqual(self.values("backups/c")["wifi", "channel"], "13")
        self.espbak("-p", self.port, "restore", "--yes", "c")

    def test_refusals(self):
        for words, code, sentence in (
                (("set", "b", "wifi", "channel", "string", "x"), 2, "of the type u8"),
                (("set", "b", "wifi", "channel", "u8", "256"), 2, "not a number that u8 can hold"),
                (("set", "b", "wifi", "channel", "u9", "1"), 2, "no type"),
                (("set", "b", "wifi", "channel", "u8", "11"), 2, "nothing would change"),
                (("set", "b", "wifi", "channel", "u8"), 2, "but got"),
                (("set", "b", "wifi", "cal", "blob", "123"), 2, "in hex"),
                (("set", "b", "wifi", "big", "blob", "00" * 14000), 8, "no room"),
                (("set", "b", "a name too long", "k" * 16, "u8", "1"), 2, "16 bytes"),
                (("set", "flash.img", "wifi", "channel", "u8", "1"), 2, "is a file"),
                (("delete", "b", "wifi", "nothing"), 8, "no such key"),
                (("delete", "b", "wifi", "ssid", "x"), 2, "once or more"),
                (("delete", "b", "wifi", "ssid", "--partition", "ota_0"), 2, "called ota_0")):
            self.assertIn(sentence, self.espbak("nvs", *words, "--name", "c", code=code).stderr)
        self.assertEqual(os.listdir(os.path.join(self.folder, "backups")), ["b"])


if __name__ == "__main__":
    unittest.main()
