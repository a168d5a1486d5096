#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A finished archive of packaging/dist.py, unpacked and used; by an emulator where it takes one. What is for Windows or
macOS is only looked at.

    programs.py SYSTEM ARCHIVES [BUILD]

ARCHIVES is the folder that dist.py filled, BUILD one with the unit tests for the system, by emulated.sh. A system that
has no archive is tried with the program there.
"""
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

from report import Report

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "packaging"))
import dist  # pylint: disable=wrong-import-position

EMULATORS = {"linux-aarch64": "qemu-aarch64", "linux-armv7": "qemu-arm", "linux-s390x": "qemu-s390x"}
LARGEST, LARGEST_WHEEL, SLOWEST = 2_500_000, 1_500_000, 0.005  # bytes; seconds
MAGIC = {"linux": b"\x7fELF", "macos": b"\xcf\xfa\xed\xfe", "windows": b"MZ"}


def run(*command, folder, expect=0):
    done = subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, timeout=900,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != expect:
        raise AssertionError(f"{command}: exit code {done.returncode}, not {expect}\n{done.stdout}")
    return done.stdout


class Archive:
    def __init__(self, system, archives, build, folder):
        self.folder, self.build = folder, build
        self.emulator = [] if system == f"linux-{platform.machine()}" else [EMULATORS.get(system, "")]
        if system not in dist.SYSTEMS:
            self.program = build / "espbak"
            return
        for path in archives.glob(f"espbak-*-{system}*"):
            shutil.unpack_archive(path, folder)
        (self.prefix,) = [path for path in folder.glob(f"espbak-*-{system}")]
        (self.relink,) = folder.glob(f"espbak-*-{system}-relink")
        self.windows = dist.SYSTEMS[system].windows
        self.program = self.prefix / ("espbak.exe" if self.windows else "bin/espbak")
        self.program.chmod(0o755)
        self.target, self.magic = dist.SYSTEMS[system].target, MAGIC[system.split("-")[0]]
        (self.wheel,) = archives.glob(f"espbak-*-{dist.SYSTEMS[system].wheel}.whl")

    def run(self, *words, **more):
        return run(*self.emulator, self.program, *words, folder=self.folder, **more)


def contents(archive):
    """What the archive holds: program, licences, manual page, README"""
    doc, man = ("doc", "doc/man") if archive.windows else ("share/doc/espbak", "share/man")
    programs = () if archive.windows else ("bin/espsim",)
    for name in (*programs, f"{man}/man1/espbak.1", f"{doc}/LICENSE", f"{doc}/NOTICE", f"{doc}/README.md",
                 f"{doc}/licenses/libserialport.txt"):
        if not (archive.prefix / name).is_file():
            raise AssertionError(f"{name} is missing")


def size(archive):
    """The program has at most 2.5 MB"""
    found = archive.program.stat().st_size
    if found > LARGEST:
        raise AssertionError(f"{found} bytes")
    return f"{found} bytes"


def wheel_size(archive):
    """The Python package has at most 1.5 MB"""
    found = archive.wheel.stat().st_size
    if found > LARGEST_WHEEL:
        raise AssertionError(f"{found} bytes")
    return f"{found} bytes"


def from_nothing(archive):
    """A fresh venv, pip install, and a verified backup of 16 MB"""
    began = time.perf_counter()
    run(sys.executable, "-m", "venv", "venv", folder=archive.folder)
    run("venv/bin/pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", archive.wheel,
        folder=archive.folder)
    installed = time.perf_counter() - began
    run("venv/bin/espbak", "-p", "sim:esp32s3", "backup", "-o", "first", folder=archive.folder)
    return f"{installed:.1f} s to install, {time.perf_counter() - began - installed:.1f} s for the backup"


def start(archive):
    """It starts in at most 5 ms (the best of 20)"""
    best = 1.0
    for _ in range(20):
        began = time.perf_counter()
        archive.run("--version")
        best = min(best, time.perf_counter() - began)
    if best > SLOWEST:
        raise AssertionError(f"{best * 1000:.1f} ms")
    return f"{best * 1000:.2f} ms"


def backup(archive):
    """Backup, verify, inspect, rehearse, restore and verify again, of simulated chips"""
    device = "sim:esp32s3,size=2M"
    archive.run("-p", device, "backup", "-o", "saved", "--note", "Größe")
    (made,) = (archive.folder / "saved").iterdir()
    archive.run("-p", device, "verify", made)
    archive.run("verify", "--offline", made)
    run("sha256sum", "-c", "SHA256SUMS", folder=made)
    archive.run("inspect", made)
    archive.run("rehearse", made)
    flash = archive.folder / "flash.bin"
    flash.write_bytes(b"\xff" * (2 << 20))
    archive.run("-p", f"sim:esp32s3,flash={flash}", "restore", "--yes", made)
    archive.run("-p", f"sim:esp32s3,flash={flash}", "verify", made)
    if flash.read_bytes() != (made / "flash.bin").read_bytes():
        raise AssertionError("the flash is not as the backup")


def unit_tests(archive):
    """All unit tests"""
    for program in sorted(archive.build.glob("tests/unit/unit_*")):
        if program.is_file() and not program.suffix:
            said = run(*archive.emulator, program, folder=archive.folder)
            print(program.name, said.strip().splitlines()[-1] if said.strip() else "")


def linked(archive):
    """It is linked; it was not run"""
    if not archive.program.read_bytes().startswith(archive.magic):
        raise AssertionError("this is no program for that system")


def relink(archive):
    """Its objects are linked anew with libserialport, by relink.sh"""
    run("env", f"CC={dist.zig(SOURCE / 'build/dist/tools/bin')} cc --target={archive.target}", "./relink.sh", folder=archive.relink)
    run(*archive.emulator, archive.relink / "espbak", "--version", folder=archive.folder)


def tests_of(system, archive):
    if system not in dist.SYSTEMS:
        return [backup, unit_tests]
    looked_at = [contents, size, wheel_size]
    if not system.startswith("linux"):
        return looked_at + [linked]
    native = [] if archive.emulator else [start, from_nothing]
    return looked_at + [backup, relink] + native + ([unit_tests] if archive.build else [])


def main():
    system, archives = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    build = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
    with tempfile.TemporaryDirectory(prefix="espbak-systems-") as name:
        archive = Archive(system, archives, build, pathlib.Path(name))
        runs_on = " ".join(archive.emulator) or "this computer" if "linux" in system else "nothing here"
        report = Report(system, runs_on)
        for test in tests_of(system, archive):
            report.try_it(test, archive)
    report.finish()


if __name__ == "__main__":
    main()
