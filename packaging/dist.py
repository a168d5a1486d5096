#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything that a release hands out, for all systems from this one: see docs/packaging.md.

    dist.py [--output FOLDER] [--work FOLDER] [SYSTEM ...]

Needs Python, CMake, ninja and, for what is pinned in requirements.txt and cmake/EspbakSources.cmake, the network.
"""
import argparse
import dataclasses
import gzip
import hashlib
import io
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tarfile
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent
sys.path[:0] = [str(HERE), str(HERE / "python")]
import make_wheel  # pylint: disable=wrong-import-position
import manifests  # pylint: disable=wrong-import-position


@dataclasses.dataclass(frozen=True)
class System:
    target: str  # as zig calls it
    wheel: str   # as pip calls it

    @property
    def windows(self):
        return "windows" in self.target

    @property
    def linux(self):
        return "linux" in self.target


SYSTEMS = {
    "linux-x86_64": System("x86_64-linux-musl", "manylinux2014_x86_64.musllinux_1_1_x86_64"),
    "linux-aarch64": System("aarch64-linux-musl", "manylinux2014_aarch64.musllinux_1_1_aarch64"),
    "linux-armv7": System("arm-linux-musleabihf", "manylinux2014_armv7l.musllinux_1_1_armv7l"),
    "windows-x86_64": System("x86_64-windows-gnu", "win_amd64"),
    "macos-arm64": System("aarch64-macos.11.0", "macosx_11_0_arm64"),
    "macos-x86_64": System("x86_64-macos.11.0", "macosx_11_0_x86_64"),
}


def quietly(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nfailed: {' '.join(map(str, command))}")
    return done.stdout


def tools(work):
    """A Python with the compiler and what makes wheels, as requirements.txt pins them; returns its folder of programs."""
    folder = work / "tools"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    done = folder / "requirements.txt"
    if not done.is_file() or done.read_text(encoding="utf-8") != wanted:
        quietly(sys.executable, "-m", "venv", "--clear", folder)
        quietly(folder / "bin/pip", "install", "--disable-pip-version-check", "--require-hashes", "-r",
                HERE / "requirements.txt")
        done.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def zig(programs):
    return next(programs.parent.glob("lib/python*/site-packages/ziglang/zig"))


def built_at():
    """Seconds, the same for whoever packs this commit: archives with equal contents shall be equal."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    return int(quietly("git", "-C", SOURCE, "log", "-1", "--format=%ct"))


def build(system, build_folder, programs):
    """The finished programs of `system` and what belongs to them, below two folders: for users, and to link anew."""
    flat = ["-DCMAKE_INSTALL_BINDIR=.", "-DCMAKE_INSTALL_DOCDIR=doc", "-DCMAKE_INSTALL_MANDIR=doc/man"]
    quietly("cmake", "-S", SOURCE, "-B", build_folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
            f"-DCMAKE_TOOLCHAIN_FILE={SOURCE}/cmake/zig.cmake", f"-DESPBAK_ZIG={zig(programs)}",
            f"-DESPBAK_TARGET={system.target}", "-DESPBAK_BUNDLED=ON", "-DESPBAK_TESTS=OFF", "-DESPBAK_STUBS=ON",
            "-DESPBAK_WERROR=ON", *(flat if system.windows else []))
    quietly("cmake", "--build", build_folder)
    stages = {component: build_folder / f"stage-{component}" for component in ("Unspecified", "relink")}
    for component, stage in stages.items():
        shutil.rmtree(stage, ignore_errors=True)
        quietly("cmake", "--install", build_folder, "--prefix", stage, "--component", component)
    return stages["Unspecified"], stages["relink"]


def pack_deb(build_folder, output):
    """The Debian package for any Debian on such a processor."""
    quietly("cpack", "--config", build_folder / "CPackConfig.cmake", "-B", build_folder / "deb")
    (made,) = (build_folder / "deb").glob("*.deb")
    return shutil.copy(made, output)


def files_below(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def mode_of(path):
    return 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644


def pack_tar(archive, top, folder, when):
    with gzip.GzipFile(archive, "wb", mtime=when) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path in files_below(folder):
            entry = tarfile.TarInfo(f"{top}/{path.relative_to(folder)}")
            entry.size, entry.mtime, entry.mode = path.stat().st_size, when, mode_of(path)
            tar.addfile(entry, io.BytesIO(path.read_bytes()))


def pack_zip(archive, top, folder, when):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files_below(folder):
            entry = zipfile.ZipInfo(f"{top}/{path.relative_to(folder)}", time.gmtime(when)[:6])
            entry.external_attr = mode_of(path) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())


def pack(name, folder, output, system, when):
    archive = output / (name + (".zip" if system.windows else ".tar.gz"))
    (pack_zip if system.windows else pack_tar)(archive, name, folder, when)
    return archive


def write_sums(output):
    files = sorted(path for path in output.iterdir() if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (output / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def make(name, output, work, programs):
    system = SYSTEMS[name]
    users, relink = build(system, work / name, programs)
    program = users / ("espbak.exe" if system.windows else "bin/espbak")
    version, when = make_wheel.version(), built_at()
    archives = [pack(f"espbak-{version}-{name}", users, output, system, when),
                pack(f"espbak-{version}-{name}-relink", relink, output, system, when)]
    if system.linux:
        archives.append(pathlib.Path(pack_deb(work / name, output)))
    wheel = quietly(programs / "python", HERE / "python/make_wheel.py", program, system.wheel, work / name / "NOTICE",
                    output).strip()
    for made in [program, *archives, pathlib.Path(wheel)]:
        print(f"{made.stat().st_size:>9}  {made.name}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=SOURCE / "dist")
    parser.add_argument("--work", type=pathlib.Path, default=SOURCE / "build/dist")
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=", ".join(SYSTEMS) + "; all when none is named")
    options = parser.parse_args()
    unknown = [name for name in options.systems if name not in SYSTEMS]
    if unknown:
        parser.error(f"there is no system {unknown[0]}")
    options.output.mkdir(parents=True, exist_ok=True)
    os.environ["SOURCE_DATE_EPOCH"] = str(built_at())
    programs = tools(options.work.resolve())
    for name in options.systems or SYSTEMS:
        make(name, options.output.resolve(), options.work.resolve(), programs)
    write_sums(options.output)
    manifests.make(options.output, manifests.HOME)


if __name__ == "__main__":
    main()
