#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""espbak with another mbedtls: its library is built from a folder with its sources, espbak with that, and tried.

    mbedtls.py SOURCES

SOURCES are of mbedtls from 3 on, or of TF-PSA-Crypto, which holds what mbedtls 4 has of it. From a git repository the
latter needs Python's jinja2 and jsonschema.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from report import Report

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, folder=None):
    done = subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, timeout=900,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def name_of(sources):
    text = (sources / "CMakeLists.txt").read_text(encoding="utf-8")
    kind = "TF-PSA-Crypto" if "TF_PSA_CRYPTO_VERSION" in text else "mbedtls"
    return kind + " " + re.search(r"^(?:set\(TF_PSA_CRYPTO_VERSION|\s+VERSION) (\d+\.\d+\.\d+)", text, re.M).group(1)


def library(sources, work):
    """The library is built and installed"""
    run("cmake", "-S", sources, "-B", work / "library", "-G", "Ninja", "-DENABLE_TESTING=OFF", "-DENABLE_PROGRAMS=OFF",
        f"-DCMAKE_INSTALL_PREFIX={work}/prefix", f"-DPython3_EXECUTABLE={sys.executable}")
    run("cmake", "--build", work / "library", "--target", "install")


def build(work):
    """espbak and the unit tests of its digests are built with it, warnings are errors"""
    run("cmake", "-S", ROOT, "-B", work / "espbak", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DESPBAK_WERROR=ON",
        f"-DCMAKE_PREFIX_PATH={work}/prefix", "-DESPBAK_STUBS=OFF")
    cache = (work / "espbak/CMakeCache.txt").read_text(encoding="utf-8")
    for name in ("MBEDTLS_INCLUDE_DIR", "MBEDCRYPTO_LIBRARY"):
        if f"={work}/prefix/" not in re.search(f"^{name}:.*$", cache, re.M).group(0):
            raise AssertionError(f"{name} is not the one that was built")
    run("cmake", "--build", work / "espbak", "--target", "espbak", "unit_base")


def use(work):
    """Unit tests of digests; backup, verify, and sha256sum over the backup"""
    run(work / "espbak/tests/unit/unit_base", "digest")
    run(work / "espbak/espbak", "-p", "sim:esp32s3,size=4M", "backup", "-o", "saved", "--name", "one", folder=work)
    run(work / "espbak/espbak", "-p", "sim:esp32s3,size=4M", "verify", "saved/one", folder=work)
    run("sha256sum", "-c", "SHA256SUMS", folder=work / "saved/one")


def main():
    sources = pathlib.Path(sys.argv[1]).resolve()
    report = Report(name_of(sources), "this computer")
    with tempfile.TemporaryDirectory(prefix="espbak-mbedtls-") as folder:
        work = pathlib.Path(folder)
        report.try_it(library, sources, work)
        report.try_it(build, work)
        report.try_it(use, work)
    report.finish()


if __name__ == "__main__":
    main()
