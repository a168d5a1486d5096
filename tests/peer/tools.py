# SPDX-License-Identifier: Apache-2.0
"""Runs esptool and espbak, and tells what they said when it was not what a test expects."""

import contextlib
import os
import subprocess
import sys
import tempfile


@contextlib.contextmanager
def captured():
    """Everything that is printed, by any library, into a list with one text."""
    text = []
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield text
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)
            os.close(saved[0])
            os.close(saved[1])
            file.seek(0)
            text.append(file.read().decode(errors="replace"))


# Folders of esptool's stubs.
LEGACY, CURRENT = "1", "2"


def known():
    """The names of the chips that esptool knows."""
    from esptool.targets import CHIP_LIST

    return CHIP_LIST


def stub_folder(version):
    import esptool

    return os.path.join(os.path.dirname(esptool.__file__), "targets", "stub_flasher", version)


def with_stub(version):
    """The chips for which esptool has such a stub."""
    return [chip for chip in known() if os.path.exists(os.path.join(stub_folder(version), f"{chip}.json"))]


class QuickPoll:
    """Stands in for the time module in pyserial's RFC 2217 client, which looks for answers every 50 ms and asks
    five questions before and after each command: looks every millisecond instead."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        return getattr(self.module, name)

    def sleep(self, seconds):
        self.module.sleep(min(seconds, 0.001))


def make_rfc2217_quick():
    import serial.rfc2217

    if not isinstance(serial.rfc2217.time, QuickPoll):
        serial.rfc2217.time = QuickPoll(serial.rfc2217.time)


class Esptool:
    """esptool in this process, by its main(): its start would cost more than the commands do."""

    def __init__(self, simulator, *arguments):
        self.simulator, self.arguments = simulator, list(arguments)

    def run(self, *command):
        import esptool
        from esptool.loader import StubFlasher

        make_rfc2217_quick()
        StubFlasher.STUB_SUBDIRS, StubFlasher.STUB_VERSION_EXPLICIT = ["2", "1"], False
        before = [] if self.simulator.has_lines() else ["--before", "no-reset"]
        arguments = ["--port", self.simulator.url] + before + self.arguments + [str(c) for c in command]
        error = None
        with captured() as text:
            try:
                esptool.main(arguments)
            except SystemExit as end:
                error = end if end.code not in (0, None) else None
            except Exception as failure:  # whatever esptool reports as its error
                error = failure
        return error, text[0] if text else ""

    def must(self, *command, saying=()):
        error, text = self.run(*command)
        if error is not None:
            raise AssertionError(f"esptool {command} failed: {error!r}\n{text}")
        for words in saying:
            if words.lower() not in text.lower():
                raise AssertionError(f"esptool {command} does not say {words!r}\n{text}")
        return text

    def refuses(self, *command, saying=""):
        error, text = self.run(*command)
        if error is None:
            raise AssertionError(f"esptool {command} should have been refused\n{text}")
        if saying.lower() not in (str(error) + text).lower():
            raise AssertionError(f"esptool {command} was not refused for {saying!r}: {error!r}\n{text}")


class Espbak:
    def __init__(self, simulator, *arguments):
        self.simulator, self.arguments = simulator, list(arguments)

    def run(self, *command):
        program = [os.environ["ESPBAK_TEST_PROGRAM"], "-p", self.simulator.url] + self.arguments
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("ESPBAK_", "ESPTOOL_"))}
        done = subprocess.run(program + [str(c) for c in command], capture_output=True, text=True, env=environment,
                              timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr

    def must(self, *command, code=0):
        found, text = self.run(*command)
        if found != code:
            raise AssertionError(f"espbak {self.arguments} {command} ended with {found}, not {code}\n{text}")
        return text
