#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""espbak for Windows, run by wine: names and words outside ASCII, long paths, interrupts, locks, ports.

    windows.py ESPBAK.EXE ESPSIM

ESPSIM is a native one, for what goes over the network. Says what it tried in a line each, and in RESULTS (report.py).
"""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tty

from report import Report

EXE, ESPSIM = (os.path.abspath(path) for path in sys.argv[1:3])
DEVICE = "sim:esp32s3,size=1M"
NOTE = 'Größe ä, "日本" & 100 %'
FOLDER = "Eigene Dateien 日本 é"
# The first request that a chip's ROM is sent: header, 7 7 12 20 and 32 times U, between the marks of a frame.
SYNC = bytes.fromhex("c0 00 08 24 00 00 00 00 00 07 07 12 20") + b"U" * 32 + b"\xc0"


class Wine:
    """A Windows of its own in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "WINEPREFIX": str(folder / "wine"),
                            "WINEARCH": "win64", "WINEDEBUG": "-all", "LC_ALL": "C.UTF-8", "DISPLAY": "",
                            "WINEDLLOVERRIDES": "mscoree,mshtml="}
        self.plain("wineboot", "-i")

    def plain(self, *command):
        return subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=180, check=True)

    def start(self, *words, where=None, program=EXE, **more):
        return subprocess.Popen(["wine", program, *map(str, words)], cwd=where or self.folder,
                                env={**self.environment, **more}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def run(self, *words, expect=0, raw=False, **more):
        process = self.start(*words, **more)
        out, err = process.communicate(timeout=120)
        if process.returncode != expect:
            raise AssertionError(f"{words}: exit code {process.returncode}, not {expect}\n{out!r}\n{err.decode()}")
        return out if raw else out.decode() + err.decode()

    def stop(self):
        subprocess.run(["wineserver", "-k"], env=self.environment, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)


class Chip:
    """espsim, native, at a TCP port."""

    def __init__(self, *options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"socket://127.0.0.1:{self.port}"
        self.command = [ESPSIM, "--chip", "esp32s3", "--listen", f"tcp:{self.port}", "--boot", "download", *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        self.process.stdout.readline()
        return self

    def __exit__(self, *what):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def only(folder):
    (found,) = list(pathlib.Path(folder).iterdir())
    return found


def manifest_of(backup):
    return json.loads((backup / "manifest.json").read_text(encoding="utf-8"))


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def names(wine):
    """Folders, notes and files with letters of many alphabets: arguments, console, files, JSON."""
    where = wine.folder / FOLDER
    where.mkdir()
    wine.run("-p", DEVICE, "backup", "-o", "日本", "--note", NOTE, where=where)
    backup = only(where / "日本")
    check(manifest_of(backup)["note"] == NOTE, "the note in manifest.json")
    check(NOTE in wine.run("list", "日本", where=where), "the note as it is printed")
    (listed,) = json.loads(wine.run("--json", "list", "日本", where=where, raw=True))["backups"]
    check(listed["note"] == NOTE, "the note in JSON")
    for action in (["verify", "--offline"], ["inspect"], ["rehearse"]):
        wine.run(*action, backup, where=where)
    wine.run("-p", DEVICE, "verify", backup, where=where)
    return backup


def restore(wine, backup):
    """A backup onto another chip's flash, whose file has such a name too; and compare."""
    flash = wine.folder / "ø leer.bin"
    flash.write_bytes(b"\xff" * (1 << 20))
    port = f"sim:esp32s3,flash={flash}"
    wine.run("-p", port, "restore", "--yes", backup)
    check(flash.read_bytes() == (backup / "flash.bin").read_bytes(), "what was restored")
    wine.run("-p", port, "verify", backup)
    wine.run("-p", f"sim:esp32s3,flash={wine.folder / 'neu ü.bin'},size=1M", "info")
    check((wine.folder / "neu ü.bin").stat().st_size == 1 << 20, "a flash that is made")


def environment(wine):
    """Settings in the environment, and the folders that Windows has for them."""
    wine.run("-p", DEVICE, "backup", ESPBAK_BACKUP_DIR="Übung")
    check(manifest_of(only(wine.folder / "Übung"))["state"] == "verified", "a backup in ESPBAK_BACKUP_DIR")
    profiles = next((wine.folder / "wine/drive_c/users").glob("*/AppData/Roaming")) / "espbak/profiles"
    profiles.mkdir(parents=True)
    source = pathlib.Path(__file__).resolve().parents[2] / "data/profiles"
    profile = sorted(source.glob("*.json"))[0]
    (profiles / "eigen.json").write_text(profile.read_text(encoding="utf-8").replace(profile.stem, "eigen"),
                                         encoding="utf-8")
    check("eigen" in wine.run("profiles"), "a profile in %APPDATA%")


def long_path(wine):
    """A path of more than 260 letters."""
    where = wine.folder
    for _ in range(4):
        where = where / ("lang" * 20)
    wine.run("-p", DEVICE, "backup", "-o", where)
    wine.run("verify", "--offline", only(where))


def streams(wine):
    """Bytes on standard output are not touched, and a file is replaced."""
    raw = wine.run("-p", DEVICE, "read", "0", "0x20000", "-", raw=True)
    check(len(raw) == 0x20000 and b"\n" in raw, "bytes on standard output")
    for _ in range(2):
        wine.run("-p", DEVICE, "read", "--overwrite", "0", "0x20000", "stück.bin")
    check((wine.folder / "stück.bin").read_bytes() == raw, "a file with the same bytes")


def command_lines(wine):
    """What is printed as the next command works when it is given to cmd as it stands."""
    said = wine.run("-p", DEVICE, "backup", "-o", "zwei Worte")
    printed = re.findall(r"^  (\S.* verify .*?)\s*$", said, re.M)[0]
    check('"' in printed and "'" not in printed, f"quotes as cmd takes them: {printed}")
    script = wine.folder / "weiter.cmd"
    script.write_bytes(f"@{printed}\r\n".encode())
    wine.run("/c", "weiter.cmd", program="cmd")


def network(wine):
    """Backup, verify and restore over socket://, with a chip that another program simulates."""
    with Chip("--size", "1M", "--baud", "none") as chip:
        wine.run("-p", chip.url, "backup", "-o", "Netz")
        backup = only(wine.folder / "Netz")
        wine.run("-p", chip.url, "verify", backup)
        wine.run("-p", chip.url, "write", "--yes", "0x10000", backup / "SHA256SUMS")
        wine.run("-p", chip.url, "verify", backup, expect=6)
        wine.run("-p", chip.url, "restore", "--yes", backup)
        wine.run("-p", chip.url, "verify", backup)


def interrupt(wine):
    """Ctrl-C leaves what was read; meanwhile nobody else may have it; --resume goes on."""
    with Chip("--size", "1M", "--baud", "real") as chip:
        process = wine.start("-p", chip.url, "--loader", "rom", "backup", "--full", "-o", "halb")
        until = time.monotonic() + 60
        while time.monotonic() < until and not any(path.stat().st_size > 100000
                                                   for path in wine.folder.glob("halb/*.partial/flash.bin")):
            time.sleep(0.2)
        busy = wine.run("-p", DEVICE, "backup", "--resume", "-o", "halb", expect=8)
        check("another process works on" in busy, f"a backup in the making is locked: {busy}")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        check(process.returncode == 130, f"exit code {process.returncode} after Ctrl-C")
        left = [path.name for path in (wine.folder / "halb").iterdir()]
        check([name.endswith(".partial") for name in left] == [True], f"what was read stays, no lock does: {left}")
        wine.run("-p", chip.url, "backup", "--resume", "-o", "halb")
        wine.run("verify", "--offline", only(wine.folder / "halb"))


def ports(wine):
    """Names of ports: COM3, com3, \\\\.\\COM10."""
    for given, name in (("COM33", "COM33"), ("com34", "COM34"), (r"\\.\COM35", "COM35")):
        check(f"there is no port {name}" in wine.run("-p", given, "info", expect=3), f"the port {given}")
    wine.run("ports")


def com_port(wine):
    """A COM port, by a pseudo-terminal: it opens, and what is sent to the chip arrives; wine 8 reads no answer from one."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    (wine.folder / "wine/dosdevices/com36").symlink_to(os.ttyname(slave))
    process = wine.start("-p", "com36", "--before", "no-reset", "-b", "115200", "info")
    try:
        sent = b""
        while len(sent) < len(SYNC) and select.select([master], [], [], 60)[0]:
            sent += os.read(master, 4096)
        check(sent.startswith(SYNC), f"the first request: {sent!r}")
    finally:
        process.kill()
        process.communicate()
        os.close(master)
        os.close(slave)


def main():
    report = Report("windows-x86_64", "wine " + subprocess.run(["wine", "--version"], capture_output=True, text=True,
                                                               check=True).stdout.strip().removeprefix("wine-"))
    with tempfile.TemporaryDirectory(prefix="espbak-wine-") as name:
        wine = Wine(pathlib.Path(name))
        try:
            backup = report.try_it(names, wine)
            report.try_it(restore, wine, backup)
            for test in (environment, long_path, streams, command_lines, network, interrupt, ports, com_port):
                report.try_it(test, wine)
        finally:
            wine.stop()
            time.sleep(1)
            shutil.rmtree(name + "/wine", ignore_errors=True)
    report.finish()


if __name__ == "__main__":
    main()
