# SPDX-License-Identifier: Apache-2.0
"""What need not be read is not read, and nothing else differs."""
import json
import os
import random
import tempfile
import unittest

import flash_image
from flash_image import K, M
from program import needs_stub, run

MAC = "34:85:18:00:00:07"
# A line as it is, on simulated time: 921600 baud, 1 ms each way, a flash that hashes 1.5 MB/s.
LINE = f"baud=real,latency-ms=1,flash-time=default,mac={MAC}"


def noise(seed, size):
    return random.Random(seed).randbytes(size)


class Sparse(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name

    def flash(self, name="flash.img", size=4 * M):
        """A table, an application of 300 KiB, two sectors of data behind it, and nothing else."""
        image = bytearray(flash_image.flash(size, flash_image.AIPI_16M[:1] + [("ota_0", 0, 0x10, 0x10000, M),
                                                                              ("data", 1, 0x81, 0x110000, M)]))
        image[0x10000:0x10000 + 300 * K] = noise(1, 300 * K)
        image[0x113000:0x115000] = noise(2, 8 * K)
        self.write(name, image)
        return image

    def write(self, name, contents):
        with open(os.path.join(self.folder, name), "wb") as made:
            made.write(contents)

    def read(self, *path):
        with open(os.path.join(self.folder, *path), "rb") as file:
            return file.read()

    def espbak(self, *arguments, port=LINE, chip="esp32s3", code=0):
        done = run("-p", f"sim:{chip},flash=flash.img,{port}", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def json(self, *arguments, **more):
        return json.loads(self.espbak("--json", "-q", *arguments, **more).stdout)

    def manifest(self, path):
        return json.loads(self.read(path, "manifest.json"))

    def test_erased_parts_are_not_read(self):
        image = self.flash()
        for more in (["--loader", "stub"], ["--no-stub"]):
            saved = self.json("read", "0", "ALL", "out.bin", "--overwrite", *more)
            self.assertEqual(self.read("out.bin"), image)
            self.assertGreater(saved["saved"]["erased_bytes"], 3 * M)
            self.assertLess(saved["link"]["bytes_on_wire"], 700 * K)
            full = self.json("read", "0", "ALL", "out.bin", "--overwrite", "--full", *more)
            self.assertEqual(self.read("out.bin"), image)
            self.assertEqual(full["saved"]["erased_bytes"], 0)
            self.assertGreater(full["link"]["seconds"], 4 * saved["link"]["seconds"])

    def test_erased_parts_cost_nothing_by_the_own_loader(self):
        image = self.flash()
        for more in ([], ["--full"]):
            saved = self.json("read", "0", "ALL", "out.bin", "--overwrite", *more)
            self.assertEqual(self.read("out.bin"), image)
            self.assertGreater(saved["compression"]["blank_bytes"], 3 * M)
            self.assertLess(saved["link"]["bytes_on_wire"], 700 * K)

    def test_plan_says_what_it_will_take(self):
        self.flash()
        done = self.espbak("backup", "--name", "own")
        self.assertRegex(done.stderr, r"plan: read 4\.0 of 4\.0 MiB compressed, then hash 4\.0 MiB to verify, about \d+ s; "
                                      r"erased blocks are not sent")
        done = self.espbak("backup", "--full", "--loader", "stub", "--name", "full")
        self.assertRegex(done.stderr, r"plan: read 4\.0 of 4\.0 MiB, then hash 4\.0 MiB to verify, about \d+ s")
        done = self.espbak("backup", "--loader", "stub", "-o", "elsewhere")
        self.assertRegex(done.stderr, r"plan: read 0\.3 of 4\.0 MiB, then hash 4\.0 MiB to verify, about \d+ s; "
                                      r"left out: 3\.7 MiB erased")
        self.assertRegex(done.stdout, r"Saved +[\d.]+ MiB erased not read, about \d+ s")
        self.write("flash.img", noise(3, M))
        told = self.json("read", "0", "ALL", "out.bin", "--no-verify", "--loader", "stub")
        self.assertEqual(told["plan"]["read_bytes"], M)
        self.assertEqual(told["plan"]["hash_bytes"], 0)
        took = told["link"]["seconds"] - told["saved"]["hashed_seconds"]
        self.assertAlmostEqual(told["plan"]["expected_seconds"], took, delta=took / 10)

    def test_second_backup_takes_what_is_unchanged(self):
        image = self.flash()
        first = self.json("backup", "--name", "one")
        self.assertNotIn("base", first["saved"])
        image[0x9000:0xA000] = noise(4, 4 * K)
        image[0x20010] ^= 1
        self.write("flash.img", image)
        second = self.json("backup", "--name", "two")
        self.assertEqual(second["saved"]["base"], first["path"])
        self.assertEqual(second["plan"]["read_bytes"], 8 * K)
        self.assertEqual(second["state"], "verified")
        self.assertLess(second["link"]["bytes_on_wire"], 64 * K)
        self.assertEqual(self.read(second["path"], "flash.bin"), image)
        origin = self.manifest(second["path"])["origin"]
        self.assertEqual(origin["base"], "one")
        self.assertEqual(sum(origin[name] for name in ("line_bytes", "erased_bytes", "base_bytes")), 4 * M)
        # It needs the first one no more.
        for name in os.listdir(os.path.join(self.folder, first["path"])):
            os.remove(os.path.join(self.folder, first["path"], name))
        self.espbak("verify", "--offline", second["path"])

    def test_another_unit_of_the_product_is_known(self):
        image = self.flash()
        first = self.json("backup", "--name", "one")
        image[0x9000:0xA000] = noise(4, 4 * K)
        self.write("flash.img", image)
        other = LINE.replace(":07", ":08")
        second = self.json("backup", "--name", "two", port=other)
        self.assertNotIn("base", second["saved"])
        known = second["saved"]["known_bytes"]
        self.assertEqual(second["saved"]["sources"], [{"backup": "one", "bytes": known}])
        self.assertEqual(second["saved"]["base_bytes"], known)
        self.assertEqual((second["state"], second["plan"]["read_bytes"]), ("verified", 4 * K))
        self.assertEqual(self.read(second["path"], "flash.bin"), image)
        self.assertEqual(self.manifest(second["path"])["origin"]["sources"], [{"backup": "one", "bytes": known}])
        self.assertIn("  taken from: one\n", run("list", folder=self.folder).stdout)
        third = self.json("backup", "--name", "three", port=other)
        self.assertEqual((third["saved"]["base"], third["saved"]["known_bytes"]), (second["path"], 0))
        named = self.json("backup", "--name", "four", "--base", "backups/one", port=LINE.replace(":07", ":09"))
        self.assertEqual(named["saved"]["base"], "backups/one")
        full = self.json("backup", "--name", "five", "--full")
        self.assertEqual((full["saved"]["erased_bytes"], full["saved"]["base_bytes"]), (0, 0))

    def test_contents_are_known_wherever_they_stood(self):
        """The application of one in the other slot, and assets of a third that has another flash and another chip."""
        image, app, assets = self.flash(), noise(1, 300 * K), noise(8, 200 * K)
        self.json("backup", "--name", "one")
        third = self.flash(size=8 * M)
        third[0x123000:0x123000 + len(assets)] = assets
        self.write("flash.img", third)
        self.json("backup-partitions", "--name", "part", "data", chip="esp32c3", port=LINE.replace(":07", ":09"))
        image[0x10000:0x10000 + M] = b"\xff" * M
        image[0x200000:0x200000 + len(app)] = app
        image[0x310000:0x310000 + len(assets)] = assets
        image[0x1F0000:0x1F0000 + 8 * K] = noise(9, 8 * K)
        self.write("flash.img", image)
        for name, loader in (("own", "own"), ("stub", "stub")):
            done = self.json("backup", "--name", name, "--loader", loader, port=LINE.replace(":07", f":{len(name):02}"))
            self.assertEqual((self.read(done["path"], "flash.bin"), done["state"]), (image, "verified"))
            names = {source["backup"] for source in done["saved"]["sources"]}
            self.assertLessEqual({"one", "part"} if loader == "own" else {"one"}, names)
            self.assertGreater(done["saved"]["known_bytes"], 480 * K if loader == "own" else 300 * K)
            self.espbak("verify", "--offline", done["path"])
            for path in os.listdir(os.path.join(self.folder, done["path"])):
                os.remove(os.path.join(self.folder, done["path"], path))

    def test_what_is_something_else_is_not_taken(self):
        self.flash()
        self.json("backup", "--name", "one")
        image = noise(7, 4 * M)
        self.write("flash.img", image)
        other = self.json("backup", "--name", "two", port=LINE.replace(":07", ":08"))
        self.assertNotIn("sources", other["saved"])
        self.assertEqual(self.read(other["path"], "flash.bin"), image)
        os.truncate(os.path.join(self.folder, "backups", "two", "flash.bin"), 100)
        third = self.json("backup", "--name", "three", port=LINE.replace(":07", ":09"))
        self.assertEqual((third["state"], self.read(third["path"], "flash.bin")), ("verified", image))

    def test_a_blank_unit_beside_a_full_one_is_blank(self):
        self.flash()
        self.json("backup", "--name", "one")
        self.write("flash.img", b"\xff" * 4 * M)
        blank = self.espbak("--json", "-q", "backup", "--name", "two", port=LINE.replace(":07", ":08"))
        self.assertEqual(self.read("backups", "two", "flash.bin"), b"\xff" * 4 * M)
        self.assertNotIn("erased since", blank.stderr)

    def test_damaged_base_does_no_harm(self):
        image = self.flash()
        first = self.json("backup", "--name", "one")
        spoilt = bytearray(self.read(first["path"], "flash.bin"))
        spoilt[0x10000:0x30000] = noise(5, 0x20000)
        self.write(os.path.join(first["path"], "flash.bin"), spoilt[:0x40000])
        second = self.json("backup", "--name", "two")
        self.assertEqual(self.read(second["path"], "flash.bin"), image)
        self.assertEqual(second["state"], "verified")

    def test_parts_from_a_whole_backup(self):
        self.flash()
        self.json("backup", "--name", "one")
        parts = self.json("backup-partitions", "ota_0", "--name", "two")
        self.assertEqual(parts["saved"]["base"], "backups/one")
        self.assertEqual(parts["plan"]["read_bytes"], 0)
        self.assertEqual(self.read(parts["path"], parts["regions"][0]["file"]), self.read("flash.img")[0x10000:0x110000])

    def test_interrupted_and_resumed(self):
        needs_stub()
        image = self.flash()
        for limit in (50_000, 60_000):
            folder = ("backup", "-o", f"cut{limit}")
            self.espbak(*folder, port=f"{LINE},fault=cut.from:{limit}", code=5)
            saved = self.json(*folder, "--resume")
            self.assertEqual(saved["state"], "verified")
            self.assertEqual(self.read(saved["path"], "flash.bin"), image)

    def test_noise_on_the_line(self):
        image = self.flash()
        for seed in range(1, 5):
            port = f"{LINE},fault=flip:1e-5+drop:1e-5,seed={seed}"
            self.json("read", "0", "ALL", "out.bin", "--overwrite", port=port)
            self.assertEqual(self.read("out.bin"), image)

    def test_restore_touches_only_what_differs(self):
        needs_stub()
        image = self.flash()
        self.json("backup", "--name", "one")
        same = self.json("restore", "--yes", "backups/one")
        self.assertEqual((same["write_bytes"], same["verified"]), (0, True))
        spoilt = bytearray(image)
        spoilt[0x20000:0x21000] = noise(6, 4 * K)
        spoilt[0x300000:0x304000] = noise(7, 16 * K)
        self.write("flash.img", spoilt)
        done = self.json("restore", "--yes", "backups/one")
        self.assertEqual((done["write_bytes"], done["erase_bytes"], done["verified"]), (20 * K, 16 * K, True))
        self.assertEqual(self.read("flash.img"), image)
        # Sector for sector: not more than a tenth of what the whole takes.
        self.write("flash.img", b"\xff" * len(image))
        whole = self.json("restore", "--yes", "backups/one")
        self.assertEqual(self.read("flash.img"), image)
        self.assertLess(whole["write_bytes"], 400 * K)
        self.assertEqual(whole["erase_bytes"], 0)
        self.assertLess(done["link"]["seconds"], whole["link"]["seconds"])


if __name__ == "__main__":
    unittest.main()
