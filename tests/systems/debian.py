#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of the README in a fresh Debian, as they stand there, timed; or a finished package. Needs root and
mmdebstrap.

    debian.py SUITE [build|test|FILE.deb ...]

SUITE is bookworm or trixie; without a further word the command that builds and the one that tests.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from report import Report

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SYSTEMS = ("dev", "proc", "sys")
# Nothing but itself is installed with it; lintian comes afterwards.
PACKAGE = ("dpkg -i /espbak.deb && espbak -p sim:esp32s3 backup -o saved && espbak -p sim:esp32s3 verify saved/* && "
           "espbak -p sim:esp32s3 restore --yes saved/*")
LINTIAN = "apt-get update -qq && apt-get install -y -qq lintian && lintian --fail-on error,warning /espbak.deb"
NAMES = {"build": "The README's first command, from nothing to a verified backup of the simulated chip",
         "test": "The README's second command: all tests, none left out"}


class Root:
    """A minimal Debian with the committed sources in /espbak, and what this computer knows of the network."""

    def __init__(self, suite, folder):
        self.folder = pathlib.Path(folder)
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", suite, folder], check=True)
        for path in ("/etc/resolv.conf", "/etc/hosts"):
            shutil.copyfile(path, folder + path)
        # Certificates of this network's own, if it has any: ca-certificates takes them in.
        shutil.copytree("/usr/local/share/ca-certificates", folder + "/usr/local/share/ca-certificates",
                        dirs_exist_ok=True)
        (self.folder / "espbak").mkdir()
        packed = subprocess.run(["git", "-C", str(SOURCE), "archive", "HEAD"], stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "-x", "-C", folder + "/espbak"], input=packed.stdout, check=True)
        for name in SYSTEMS:
            subprocess.run(["mount", "--rbind", "--make-rslave", "/" + name, f"{folder}/{name}"], check=True)

    def leave(self):
        for name in SYSTEMS:
            subprocess.run(["umount", "--recursive", f"{self.folder}/{name}"], check=False)

    def run(self, command):
        """Its words in the README, by bash in the folder of the sources."""
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        done = subprocess.run(["chroot", str(self.folder), "/usr/bin/env", "-i", f"PATH={path}", "HOME=/root",
                               "LANG=C.UTF-8", "PIP_CERT=/etc/ssl/certs/ca-certificates.crt", "/bin/bash", "-c",
                               f"cd /espbak && {command}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        print(done.stdout[-3000:])
        if done.returncode != 0:
            raise AssertionError(f"exit code {done.returncode}")
        if re.search(r"\(Skipped\)|\*\*\*Skipped|Not Run|Disabled", done.stdout):
            raise AssertionError("a test was left out")
        counted = re.search(r"0 tests failed out of (\d+)", done.stdout)
        return f"{counted.group(1)} tests" if counted else None


def command(which):
    readme = (SOURCE / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^(tools/setup {which} && .*)$", readme, re.M)[0]


def main():
    suite, kinds = sys.argv[1], sys.argv[2:] or list(NAMES)
    report = Report(f"debian-{suite}", "a fresh root")
    with tempfile.TemporaryDirectory(prefix="espbak-debian-") as folder:
        root = Root(suite, folder + "/root")
        try:
            for kind in kinds:
                if kind.endswith(".deb"):
                    shutil.copyfile(kind, root.folder / "espbak.deb")
                    report.try_it(root.run, PACKAGE, what="The static package is installed; backup, verify, restore")
                    report.try_it(root.run, LINTIAN, what="lintian finds no error and nothing to warn of in it")
                else:
                    report.try_it(root.run, command(kind), what=NAMES[kind])
        finally:
            root.leave()
    report.finish()


if __name__ == "__main__":
    main()
