# SPDX-License-Identifier: Apache-2.0
"""Tests that run the program in a folder of their own."""
import os
import tempfile
import unittest

from program import run


class InFolder(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="espbak-")
        self.addCleanup(made.cleanup)
        self.folder = made.name

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def load(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()

    def put(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def espbak(self, *arguments, code=0, **more):
        done = run(*arguments, folder=self.folder, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        return done
