#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What package managers need, out of packaging/templates and the finished archives.

    manifests.py [--home URL] FOLDER

FOLDER has the archives and SHA256SUMS of dist.py; the results go into FOLDER/manifests. @VERSION@, @HOME@, @RELEASE@
(where the archives will be) and @SHA256 FILE@ are replaced. A template whose archive was not built is left out.
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
sys.path.insert(0, str(HERE / "python"))
import make_wheel  # pylint: disable=wrong-import-position

HOME = "https://github.com/espbak/espbak"


def sums(folder):
    """{file: SHA-256}"""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def fill(template, home, version, digests):
    """The text, or None when it is about an archive that there is not."""
    text = template.replace("@VERSION@", version).replace("@HOME@", home)
    text = text.replace("@RELEASE@", f"{home}/releases/download/v{version}")
    named = set(re.findall(r"@SHA256 ([^@]+)@", text))
    if not named <= digests.keys():
        return None
    text = re.sub(r"@SHA256 ([^@]+)@", lambda found: digests[found.group(1)], text)
    left = re.search(r"@[A-Z0-9 ]+@", text)
    if left:
        sys.exit(f"nothing stands for {left.group()}")
    return text


def make(folder, home):
    version, digests = make_wheel.version(), sums(folder)
    for template in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
        name = template.relative_to(TEMPLATES)
        text = fill(template.read_text(encoding="utf-8"), home, version, digests)
        if text is None:
            print(f"left out, because its archives are not there: {name}", file=sys.stderr)
            continue
        made = folder / "manifests" / name
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", default=HOME, help="where the project lives; default: %(default)s")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    make(options.folder, options.home)


if __name__ == "__main__":
    main()
