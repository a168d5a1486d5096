# SPDX-License-Identifier: Apache-2.0
"""Runs of espbak and of esptool on simulated chips for bench/flash: in the chip's own time, or on a pseudo-terminal."""
import json
import os
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MAC = "34:85:18:00:00:07"
OTHER_MAC = "34:85:18:00:00:08"
KEEP = ["--flash-mode", "keep", "--flash-freq", "keep", "--flash-size", "keep"]


class Outcome:
    def __init__(self, seconds, wire, told=None):
        self.seconds, self.wire, self.told = seconds, wire, told


class Line:
    def __init__(self, baud, latency, hash_rate=1.5, more=None):
        self.baud, self.latency, self.hash_rate, self.more = baud, latency, hash_rate, more or {}

    def with_chip(self, more):
        """The same line to a chip with other settings."""
        return Line(self.baud, self.latency, self.hash_rate, more)

    def key(self):
        return self.baud, self.latency, self.hash_rate

    def flash_time(self):
        """The figures of data sheets, and of no measured chip; the hash rate is an assumption."""
        return f"read-ns:100+hash-ns:{1000 / self.hash_rate:.0f}+sector-ms:45+block-ms:150+chip-ms:2500+page-us:700"

    def settings(self):
        return {"boot": "download", "baud": "real", "latency-ms": self.latency, "mac": MAC,
                "flash-time": self.flash_time(), **self.more}


class Programs:
    def __init__(self, build, esptool):
        self.espbak, self.espsim, self.simline = (os.path.join(build, name) for name in ("espbak", "espsim", "simline"))
        self.esptool = esptool
        with open(esptool, encoding="utf-8") as file:
            self.python = file.readline()[2:].strip()

    def start(self, chip, line):
        common = ["-c", chip, "-b", str(line.baud), "--before", "no-reset", "--after", "no-reset"]
        return [self.espbak, "-q", "--json", "--progress", "off"] + common, common


def call(command, cache):
    """Nothing is remembered from one run to the next."""
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "XDG_CACHE_HOME": cache})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr}")
    return done.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Chip:
    """A chip with these contents, for one run."""

    def __init__(self, programs, chip, contents, line, real_time=False):
        self.programs, self.chip, self.line, self.real_time = programs, chip, line, real_time
        self.folder = tempfile.mkdtemp(prefix="bench-")
        self.image, self.report, self.tty = (os.path.join(self.folder, name) for name in ("flash", "report", "tty"))
        with open(self.image, "wb") as file:
            file.write(contents)
        self.server = None

    def __enter__(self):
        settings = dict(self.line.settings(), flash=self.image, report=self.report)
        self.port = "sim:" + self.chip + "".join(f",{name}={value}" for name, value in settings.items())
        if self.real_time:
            options = [word for name, value in settings.items() for word in ("--" + name, str(value))]
            self.server = subprocess.Popen([self.programs.espsim, "--chip", self.chip, "--listen", "pty:" + self.tty,
                                            *options], stdout=subprocess.DEVNULL)
            while not os.path.exists(self.tty):
                time.sleep(0.02)
            self.port = self.tty
        return self

    def __exit__(self, *ignored):
        self.stop()
        shutil.rmtree(self.folder)

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
        self.server = None

    def finish(self, wall, told=None):
        """On a pseudo-terminal the wall time counts, else that of the chip."""
        self.stop()
        rows = [list(map(int, row.split())) for row in read(self.report).decode().splitlines()]
        return Outcome(wall if self.real_time else sum(row[0] for row in rows) / 1000,
                       sum(row[1] + row[2] for row in rows), told)

    def espbak(self, *words):
        begun = time.monotonic()
        command, common = self.programs.start(self.chip, self.line)
        if "-b" in words:  # a rate of the row's own
            command = [word for word in command if word not in ("-b", common[common.index("-b") + 1])]
        text = call(command + ["-p", self.port, *words], self.folder)
        return self.finish(time.monotonic() - begun, json.loads(text))

    def esptool(self, *words):
        begun = time.monotonic()
        _, common = self.programs.start(self.chip, self.line)
        way = [self.programs.esptool] if self.real_time else [self.programs.python,
                                                              os.path.join(HERE, "virtual_esptool"),
                                                              self.programs.simline]
        call(way + ["-p", self.port, *common, *words], self.folder)
        return self.finish(time.monotonic() - begun)

    def check(self, expected):
        if read(self.image) != expected:
            raise RuntimeError(f"{self.port}: the flash is not what was to be written")


def espbak_backup(programs, flash, contents, line, options=(), real_time=False, known=None):
    """`known`: a backup of another device that lies in the folder already."""
    with Chip(programs, flash.chip, contents, line, real_time) as chip:
        if known:
            shutil.copytree(known, os.path.join(chip.folder, "backups", "other"))
        done = chip.espbak("backup", "-o", os.path.join(chip.folder, "backups"), *options)
        if read(os.path.join(done.told["path"], "flash.bin")) != contents:
            raise RuntimeError("the backup is not what the flash holds")
        return done


def espbak_restore(programs, flash, contents, line, backup, options=(), real_time=False):
    with Chip(programs, flash.chip, contents, line, real_time) as chip:
        done = chip.espbak("restore", "--yes", "--force", *options, backup)
        chip.check(flash.same())
        return done


def esptool_read(programs, chip_name, contents, line, offset, size, options=(), real_time=False):
    with Chip(programs, chip_name, contents, line, real_time) as chip:
        out = os.path.join(chip.folder, "out")
        done = chip.esptool(*options, "read-flash", hex(offset), hex(size), out)
        if read(out) != contents[offset:offset + size]:
            raise RuntimeError("esptool has read something else")
        return done


def esptool_write(programs, flash, contents, line, real_time=False):
    with Chip(programs, flash.chip, contents, line, real_time) as chip:
        source = os.path.join(chip.folder, "in")
        with open(source, "wb") as file:
            file.write(flash.same())
        done = chip.esptool("write-flash", *KEEP, "0", source)
        chip.check(flash.same())
        return done
