# SPDX-License-Identifier: Apache-2.0
"""The rate that finds itself: what is tried at which adapter, what is kept, and what a given rate stays."""
import json
import os
import random
import re
import shutil
import tempfile
import unittest

from program import run

K, M = 1024, 1024 * 1024
LINE = "baud=real,latency-ms=1,flash-time=default"


class Rate(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name
        chance = random.Random(5)
        words = [chance.randbytes(4) for _ in range(3000)]
        self.contents = b"".join(chance.choice(words) if chance.random() < 0.6 else chance.randbytes(4)
                                 for _ in range(M // 4))
        with open(self.path("flash.img"), "wb") as file:
            file.write(self.contents)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def backup(self, port, *arguments, chip="esp32"):
        """Make one without an earlier one to compare with; what it says with -v, and its JSON."""
        shutil.rmtree(self.path("out"), ignore_errors=True)
        done = run("-v", "--json", "-p", f"sim:{chip},flash=flash.img,{LINE},{port}", "backup", "-o", "out", *arguments,
                   folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        told = json.loads(done.stdout)
        with open(os.path.join(self.folder, told["path"], "flash.bin"), "rb") as file:
            self.assertEqual(file.read(), self.contents)
        return done.stderr, told

    def steps(self, log):
        """The changes of rate that were logged."""
        return [(int(old), int(new)) for old, new in re.findall(r": from (\d+) to (\d+) baud$", log, re.M)]

    def test_it_climbs_as_far_as_the_adapter_goes(self):
        up = [(921600, 1500000), (1500000, 2000000), (2000000, 3000000), (3000000, 4000000), (4000000, 5000000)]
        for adapter, count in (("cp2102", 0), ("cp2104", 2), ("cp2102n", 3), ("ch9102", 4), ("ft232h", 5)):
            log, told = self.backup(f"bridge={adapter}")
            self.assertEqual(self.steps(log), up[:count], adapter)
            self.assertEqual(told["link"]["baud"], 921600 if count == 0 else up[count - 1][1])
            self.assertEqual(told["link"]["retries"], 0)

    def test_it_climbs_only_as_far_as_the_chip_can_divide_its_clock(self):
        log, _ = self.backup("bridge=ft232h", "--loader", "own", chip="esp8266")
        self.assertEqual(self.steps(log)[-1], (3000000, 4000000))

    def test_it_steps_back_from_a_rate_that_costs_more_than_it_gives(self):
        log, told = self.backup("bridge=ch340")
        self.assertEqual(self.steps(log)[-2:], [(2000000, 3000000), (3000000, 2000000)])
        self.assertRegex(log, r"(?m)^3,000,000 baud: \d+ of \d+ blocks lost; going on at 2,000,000$")
        self.assertEqual(told["link"]["baud"], 2000000)

    def test_a_rate_that_the_line_does_not_carry_is_left_at_once(self):
        log, told = self.backup("bridge=ft232h,fault=flip:0.3,fault-baud=1600000,seed=3")
        self.assertEqual(self.steps(log), [(921600, 1500000)])
        self.assertEqual(log.count("2000000 baud does not work, so it stays at 1500000"), 2)
        self.assertEqual(told["link"]["baud"], 1500000)

    def test_a_rate_at_which_only_the_chip_hears_is_left_too(self):
        log, told = self.backup("bridge=ft232h,fault=flip.from:0.3,fault-baud=1600000,seed=3")
        self.assertEqual(self.steps(log), [(921600, 1500000)])
        self.assertNotIn("restarts", told["link"])

    def test_where_the_usual_rate_does_not_work_lower_ones_are_tried(self):
        log, told = self.backup("bridge=cp2102,fault=flip:0.3,fault-baud=500000,seed=3")
        self.assertIn("this line does not carry 921600 baud", log)
        self.assertNotIn("going on with 115200", log)
        self.assertEqual(told["link"]["baud"], 460800)

    def rates_set(self, *arguments):
        """The rates of the line in `info`, in their order."""
        done = run("-v", "--trace", "trace", *arguments, "info", folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        with open(self.path("trace"), encoding="latin-1") as file:
            rates = [int(baud) for baud in re.findall(r"^ *[0-9.]+ - baud (\d+)$", file.read(), re.M)]
        os.remove(self.path("trace"))
        return rates, done

    def test_our_own_loader_is_loaded_at_a_higher_rate(self):
        for chip in ("esp32", "esp32s3", "esp32c3", "esp32c6"):
            rates, _ = self.rates_set("-p", f"sim:{chip},flash=flash.img,{LINE}")
            self.assertEqual(rates, [460800, 921600, 115200], chip)

    def test_the_rom_stays_where_it_is_for_what_is_not_our_own_loader_or_does_not_know_how(self):
        for chip, arguments in (("esp32s3", ("--loader", "stub")), ("esp32c2", ()), ("esp8266", ())):
            rates, _ = self.rates_set("-p", f"sim:{chip},flash=flash.img,{LINE}", *arguments)
            self.assertEqual(rates, [921600, 115200], chip)

    def test_a_low_rate_that_is_asked_for_is_not_passed(self):
        for baud, expected in ((115200, []), (230400, [230400, 115200])):
            rates, _ = self.rates_set("-p", f"sim:esp32s3,flash=flash.img,{LINE}", "-b", str(baud))
            self.assertEqual(rates, expected)

    def test_where_the_rom_is_not_understood_at_a_higher_rate_the_chip_is_started_anew(self):
        rates, done = self.rates_set("-p", f"sim:esp32s3,flash=flash.img,{LINE},fault=flip:0.3,fault-baud=150000,seed=3")
        self.assertEqual(rates[0], 460800)
        self.assertRegex(done.stderr, r"the ROM is not understood at 460800 baud \(.*\): going on with 115200 baud")
        self.assertIn("115200 baud", done.stdout)

    def test_and_where_it_cannot_be_started_anew_that_is_said(self):
        port = f"sim:esp32s3,boot=download,flash=flash.img,{LINE},fault=flip:0.3,fault-baud=150000,seed=3"
        done = run("-p", port, "--before", "no-reset", "-b", "921600", "info", folder=self.folder)
        self.assertEqual(done.returncode, 5, done.stderr[-2000:])
        self.assertIn("on this line use --baud 115200", done.stderr)
        rates, _ = self.rates_set("-p", port, "--before", "no-reset", "-b", "115200")
        self.assertEqual(rates, [])

    def test_nobody_who_cannot_start_it_anew_loses_the_rom_by_a_rate_that_was_not_asked_for(self):
        port = f"sim:esp32s3,boot=download,flash=flash.img,{LINE}"
        rates, _ = self.rates_set("-p", port, "--before", "no-reset")
        self.assertEqual(rates, [921600, 115200])
        rates, done = self.rates_set("-p", port + ",fault=flip:0.3,fault-baud=150000,seed=3", "--before", "no-reset")
        self.assertEqual(rates[-1], 115200)
        self.assertIn("115200 baud", done.stdout)

    def test_our_own_loader_that_dies_leaves_a_rom_that_answers(self):
        for way in ("own=silent", "own=crashes"):
            rates, done = self.rates_set("-p", f"sim:esp32s3,flash=flash.img,{LINE},{way}")
            self.assertEqual(rates[:2], [460800, 115200])
            self.assertRegex(done.stdout, r"Loader +stub")

    def test_a_given_rate_stays(self):
        for baud in ("921600", "1500000"):
            log, told = self.backup("bridge=cp2102n", "-b", baud)
            self.assertEqual(self.steps(log), [])
            self.assertEqual(told["link"]["baud"], int(baud))

    def test_loaders_whose_requests_have_no_checksum_are_not_made_to_try(self):
        log, told = self.backup("bridge=cp2102n", "--loader", "rom")
        self.assertEqual(self.steps(log), [])
        self.assertEqual(told["link"]["baud"], 921600)

    def memory(self):
        with open(self.path(".cache", "espbak", "rates"), encoding="utf-8") as file:
            return [line.split() for line in file]

    def test_the_next_run_begins_where_the_last_one_ended(self):
        _, told = self.backup("bridge=cp2102n")
        self.assertEqual(told["link"]["baud"], 3000000)
        self.assertEqual(self.memory(), [["10c4:ea60:3ab4c5d6", "3000000", "0", "0"]])
        log, told = self.backup("bridge=cp2102n")
        self.assertEqual(self.steps(log), [])
        self.assertEqual(told["link"]["baud"], 3000000)

    def test_what_was_too_high_is_not_tried_again_for_a_while(self):
        self.backup("bridge=ch340")
        self.assertEqual(self.memory(), [["1a86:7523@simulated", "2000000", "3000000", "0"]])
        log, told = self.backup("bridge=ch340")
        self.assertEqual(self.steps(log), [])
        self.assertEqual((told["link"]["baud"], told["link"]["retries"]), (2000000, 0))
        self.assertEqual(self.memory(), [["1a86:7523@simulated", "2000000", "3000000", "1"]])
        with open(self.path(".cache", "espbak", "rates"), "w", encoding="utf-8") as file:
            file.write("1a86:7523@simulated 2000000 3000000 19\n")
        self.backup("bridge=ch340")
        log, _ = self.backup("bridge=ch340")
        self.assertIn((2000000, 3000000), self.steps(log))

    def test_each_adapter_has_a_memory_of_its_own(self):
        self.backup("bridge=cp2104")
        self.backup("bridge=ch9102")
        self.assertEqual([line[0] for line in self.memory()], ["1a86:55d4:5434003344", "10c4:ea60:01A2B3C4"])
        log, _ = self.backup("bridge=cp2104")
        self.assertEqual(self.steps(log), [])

    def test_a_restore_begins_at_what_is_remembered_and_tries_nothing(self):
        self.backup("bridge=cp2104")
        (name,) = os.listdir(self.path("out"))
        done = run("-v", "--json", "-p", f"sim:esp32,size=1M,blank,{LINE},bridge=cp2104", "restore", "-y",
                   os.path.join("out", name), folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertEqual(self.steps(done.stderr), [])
        self.assertEqual(json.loads(done.stdout)["link"]["baud"], 2000000)

    def test_a_stub_begins_at_what_is_remembered(self):
        self.backup("bridge=cp2104")
        log, told = self.backup("bridge=cp2104", "--loader", "stub")
        self.assertEqual((self.steps(log), told["link"]["baud"]), ([], 2000000))
        self.assertEqual(self.memory()[0][1:], ["2000000", "0", "0"])

    def test_a_rom_does_not_begin_at_what_is_remembered(self):
        self.backup("bridge=cp2104")
        _, told = self.backup("bridge=cp2104", "--loader", "rom")
        self.assertEqual(told["link"]["baud"], 921600)

    def test_a_stub_comes_down_from_a_remembered_rate_that_does_not_work_any_more(self):
        self.backup("bridge=cp2104")
        log, told = self.backup("bridge=cp2104,fault=flip:0.3,fault-baud=1200000,seed=3", "--loader", "stub")
        self.assertIn("changing to 2000000 baud", log)
        self.assertLess(told["link"]["baud"], 2000000)

    def test_a_remembered_rate_that_does_not_work_any_more(self):
        self.backup("bridge=ft232h")
        log, told = self.backup("bridge=ft232h,fault=flip:0.3,fault-baud=2500000,seed=3")
        self.assertIn("this line does not carry 5000000 baud", log)
        self.assertEqual(told["link"]["baud"], 2000000)

    def test_a_memory_of_nonsense_does_no_harm(self):
        os.makedirs(self.path(".cache", "espbak"))
        for text in (b"", b"10c4:ea60:3ab4c5d6 0 0 0\n", b"\xff" * 5000, b"10c4:ea60:3ab4c5d6 4294967295 1 1\n",
                     b"10c4:ea60:3ab4c5d6\n" * 3000):
            with open(self.path(".cache", "espbak", "rates"), "wb") as file:
                file.write(text)
            log, _ = self.backup("bridge=cp2102n")
            self.assertEqual(len(self.steps(log)), 3)

    def test_where_nothing_can_be_remembered_nothing_fails(self):
        with open(self.path(".cache"), "wb") as file:
            file.write(b"no folder")
        log, told = self.backup("bridge=cp2102n")
        self.assertIn("the rate is not remembered", log)
        self.assertEqual(told["link"]["baud"], 3000000)

    def test_a_given_rate_neither_uses_nor_changes_what_is_remembered(self):
        self.backup("bridge=cp2104")
        before = self.memory()
        _, told = self.backup("bridge=cp2104", "-b", "921600")
        self.assertEqual((told["link"]["baud"], self.memory()), (921600, before))
        _, told = self.backup("bridge=cp2104", "-b", "auto")
        self.assertEqual(told["link"]["baud"], 2000000)

    def test_a_line_that_nobody_knows_is_not_tried(self):
        log, _ = self.backup("seed=1")
        self.assertEqual(self.steps(log), [])


if __name__ == "__main__":
    unittest.main()
