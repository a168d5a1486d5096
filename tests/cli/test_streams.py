# SPDX-License-Identifier: Apache-2.0
"""Standard streams that are closed, full or gone, disks that are full, folders nobody may write to."""
import ctypes
import hashlib
import os
import resource
import subprocess
import tempfile
import unittest

from program import PROGRAM, environment, run

DEVICE = ("-p", "sim:esp32s3,flash=flash.img")
SIZE = 1 << 20


def drop_power_over_files():
    """Root obeys permissions only without these; for anybody else nothing changes."""
    cap_dac_override, cap_dac_read_search, pr_capbset_drop = 1, 2, 24
    libc = ctypes.CDLL(None)
    for capability in (cap_dac_override, cap_dac_read_search):
        libc.prctl(pr_capbset_drop, capability, 0, 0, 0)


class Streams(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.addCleanup(self.holder.cleanup)
        self.contents = os.urandom(SIZE)
        with open(os.path.join(self.folder, "flash.img"), "wb") as flash:
            flash.write(self.contents)

    def shell(self, command):
        return subprocess.run(["sh", "-c", command], cwd=self.folder, env=environment(self.folder), capture_output=True,
                              timeout=240, check=False)

    def listing(self, folder=""):
        return sorted(os.listdir(os.path.join(self.folder, folder)))

    def check_kept(self, path):
        with open(os.path.join(self.folder, path), "rb") as back:
            self.assertEqual(hashlib.sha256(back.read()).digest(), hashlib.sha256(self.contents).digest())

    def test_full_standard_output(self):
        for command in ("ports", "--help", "--version", "list"):
            done = self.shell(f"espbak {command} >/dev/full")
            self.assertEqual(done.returncode, 8, command)
            self.assertIn(b"standard output", done.stderr)

    def test_closed_standard_output(self):
        for command in ("--version", "--json list"):
            self.assertEqual(self.shell(f"espbak {command} >&-").returncode, 8)

    def test_a_backup_whose_result_cannot_be_told_is_a_backup(self):
        done = self.shell(f"espbak {' '.join(DEVICE)} backup --name b >&-")
        self.assertEqual(done.returncode, 8, done.stderr)
        self.check_kept("backups/b/flash.bin")
        self.assertEqual(self.shell("espbak verify --offline backups/b").returncode, 0)

    def test_a_device_that_was_written_is_complete_whatever_becomes_of_the_output(self):
        self.assertEqual(run(*DEVICE, "backup", "--name", "b", folder=self.folder).returncode, 0)
        for command in ("restore --yes --force backups/b", "--json restore --yes --force backups/b",
                        "write 0 backups/b/flash.bin"):
            for output in (">&-", ">/dev/full"):
                with open(os.path.join(self.folder, "flash.img"), "wb") as flash:
                    flash.write(os.urandom(SIZE))
                done = self.shell(f"espbak {' '.join(DEVICE)} {command} {output}")
                self.assertEqual(done.returncode, 0, (command, output, done.stderr))
                self.assertIn(b" is complete, but the result could not be written to standard output", done.stderr)
                self.check_kept("flash.img")

    def test_no_file_gets_what_was_meant_for_a_closed_stream(self):
        for closed in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
            done = self.shell(f"espbak -vv {' '.join(DEVICE)} read 0 ALL r.bin --overwrite {closed}")
            self.assertEqual(done.returncode, 8 if ">&-" in closed.split() else 0, closed)
            self.check_kept("r.bin")

    def test_a_reader_that_goes_away(self):
        program = subprocess.Popen([PROGRAM, *DEVICE, "read", "0", "ALL", "-"], cwd=self.folder,
                                   env=environment(self.folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        program.stdout.read(10)
        program.stdout.close()
        text = program.stderr.read()
        self.assertEqual(program.wait(timeout=120), 8)
        self.assertIn(b"standard output", text)
        program.stderr.close()

    def test_data_to_a_pipe_and_to_a_full_disk(self):
        done = run(*DEVICE, "read", "0", "ALL", "-", folder=self.folder, text=False)
        self.assertEqual((done.returncode, done.stdout), (0, self.contents))
        self.assertEqual(self.shell(f"espbak {' '.join(DEVICE)} read 0 ALL - >/dev/full").returncode, 8)

    def test_a_disk_that_fills_up(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (300 * 1024, 300 * 1024))
        done = run(*DEVICE, "read", "0", "ALL", "r.bin", folder=self.folder, preexec_fn=limit)
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertIn("r.bin", done.stderr)
        self.assertEqual(self.listing(), ["flash.img"])
        done = run(*DEVICE, "backup", "--name", "b", folder=self.folder, preexec_fn=limit)
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertEqual(self.listing("backups"), ["b.partial"])
        done = run("import", "flash.img", "-o", "imported", folder=self.folder, preexec_fn=limit)
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertEqual(self.listing("imported"), [])

    def test_a_trace_on_a_full_disk_is_told_but_does_no_harm(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100 * 1024, 100 * 1024))
        done = run(*DEVICE, "--trace", "t", "read", "0", "64K", "r.bin", folder=self.folder,
                   preexec_fn=limit)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("trace is incomplete", done.stderr)

    def test_a_trace(self):
        done = run(*DEVICE, "--trace", "t", "read", "0", "4K", "r.bin", folder=self.folder)
        self.assertEqual(done.returncode, 0)
        with open(os.path.join(self.folder, "t"), encoding="ascii") as trace:
            lines = trace.read().splitlines()
        self.assertTrue(any(line.split()[1] == ">" and "c0 00 08" in line for line in lines))
        self.assertTrue(any(line.split()[1] == "<" for line in lines))
        self.assertTrue(any(line.split()[1] == "-" for line in lines))
        self.assertEqual(run(*DEVICE, "--trace", "t", "info", folder=self.folder).returncode, 8)

    def test_folders_nobody_may_write_to(self):
        closed = os.path.join(self.folder, "closed")
        os.mkdir(closed, 0o500)
        for arguments in (("read", "0", "4K", "closed/r.bin"), ("backup", "-o", "closed"), ("backup", "-o", "closed/in"),
                          ("--trace", "closed/t", "info")):
            done = run("-p", "sim:esp32s3,size=1M", *arguments, folder=self.folder, preexec_fn=drop_power_over_files)
            self.assertEqual(done.returncode, 8, (arguments, done.stderr))
            self.assertIn("closed", done.stderr)
        self.assertEqual(os.listdir(closed), [])

    def test_a_file_nobody_may_read(self):
        path = os.path.join(self.folder, "secret")
        with open(path, "wb") as secret:
            secret.write(b"x")
        os.chmod(path, 0)
        done = run(*DEVICE, "write", "0x1000", "secret", folder=self.folder, preexec_fn=drop_power_over_files)
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertIn("secret", done.stderr)

    def test_a_folder_that_is_a_file(self):
        done = run(*DEVICE, "backup", "-o", "flash.img", folder=self.folder)
        self.assertEqual(done.returncode, 8, done.stderr)


if __name__ == "__main__":
    unittest.main()
