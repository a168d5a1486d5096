# SPDX-License-Identifier: Apache-2.0
"""Ports with no chip behind them: silence, noise, a chip that is gone."""
import os
import socket
import tempfile
import threading
import unittest

from program import run


class Server:
    """Takes one connection and answers with nothing, or with noise until it is closed."""

    def __init__(self, noise):
        self.noise = noise
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(0.05)
            while True:
                try:
                    if not connection.recv(4096):
                        return
                except TimeoutError:
                    pass
                except OSError:
                    return
                if self.noise:
                    try:
                        connection.sendall(os.urandom(500))
                    except OSError:
                        return

    def close(self):
        self.listener.close()
        self.thread.join(5)


class Silence(unittest.TestCase):
    def check(self, noise, scheme):
        server = Server(noise)
        with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
            done = run("-p", f"{scheme}://127.0.0.1:{server.port}", "--connect-attempts", "1", "backup", folder=folder)
            self.assertEqual(os.listdir(folder), [])
        server.close()
        return done

    def test_nothing_answers(self):
        done = self.check(False, "socket")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("hint: ", done.stderr)

    def test_noise_answers(self):
        done = self.check(True, "socket")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("hint: ", done.stderr)

    def test_a_server_that_is_none(self):
        self.assertIn(self.check(False, "rfc2217").returncode, (3, 4))


if __name__ == "__main__":
    unittest.main()
