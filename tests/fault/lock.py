# SPDX-License-Identifier: Apache-2.0
"""Two processes and one folder, on a file system that knows no locks: a file with host and process serves."""
import concurrent.futures
import os
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from checks import get, put  # noqa: E402  (the path comes first)
from program import run  # noqa: E402

BAD_CALLS = os.environ["ESPBAK_TEST_BAD_CALLS"]
SIZE = 256 * 1024
PORT = "sim:esp32s3,flash=flash.img"


def ended_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


class Lock(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="espbak-")
        self.folder = self.holder.name
        self.addCleanup(self.holder.cleanup)
        put(self.path("flash.img"), os.urandom(SIZE))
        self.assertEqual(self.espbak(f"{PORT},fault=mute:{SIZE // 2}", "--name", "b").returncode, 5)
        self.lock = self.path("backups", "b.partial.lock")
        self.assertFalse(os.path.exists(self.lock))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def espbak(self, port, *arguments, error="ENOLCK"):
        # The sanitizer wants to be the first library loaded; that another one comes before it does no harm.
        shim = ["env", f"LD_PRELOAD={BAD_CALLS}", "ASAN_OPTIONS=verify_asan_link_order=0",
                f"ESPBAK_BAD_CALL=lock.file:{error}:1+"]
        return run("-p", port, "backup", *arguments, folder=self.folder, before=shim)

    def go_on(self, owner=None, **more):
        if owner is not None:
            put(self.lock, owner.encode())
        return self.espbak(PORT, "--resume", "--name", "b", **more)

    def check_finished(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(get(self.path("backups", "b", "flash.bin")), get(self.path("flash.img")))
        self.assertEqual(os.listdir(self.path("backups")), ["b"])

    def check_refused(self, owner):
        done = self.go_on(owner)
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertIn("another process works on backups/b.partial", done.stderr)
        self.assertIn("backups/b.partial.lock", done.stderr)
        self.assertEqual(get(self.lock).decode(), owner)

    def test_nothing_is_left_behind(self):
        self.check_finished(self.go_on())

    def test_every_error_of_a_file_system_without_locks(self):
        for error in ("ENOLCK", "EOPNOTSUPP", "ENOSYS"):
            put(self.lock, f"{socket.gethostname()} {os.getpid()}\n".encode())
            self.assertEqual(self.go_on(error=error).returncode, 8, error)

    def test_one_that_lives(self):
        self.check_refused(f"{socket.gethostname()} {os.getpid()}\n")

    def test_one_of_another_host(self):
        self.check_refused(f"not-{socket.gethostname()} {ended_process()}\n")

    def test_one_that_cannot_be_read(self):
        for owner in ("", "x", f"{socket.gethostname()} ", f"{socket.gethostname()} -1\n", "\0" * 9, "a" * 5000):
            self.check_refused(owner)

    def test_one_whose_process_is_gone(self):
        self.check_finished(self.go_on(f"{socket.gethostname()} {ended_process()}\n"))

    def test_of_many_that_find_it_one_takes_it_over(self):
        put(self.lock, f"{socket.gethostname()} {ended_process()}\n".encode())
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ends = list(pool.map(lambda _: self.go_on(), range(8)))
        self.assertEqual(sorted(done.returncode for done in ends), [0] + 7 * [8])
        self.check_finished(next(done for done in ends if done.returncode == 0))


if __name__ == "__main__":
    unittest.main()
