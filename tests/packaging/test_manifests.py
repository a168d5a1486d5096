# SPDX-License-Identifier: Apache-2.0
"""What package managers are given: each archive by the name that dist.py gives it, and by its digest."""
import json
import re
import sys

from support import ROOT, check, main, run

sys.path.insert(0, str(ROOT / "packaging"))
import dist  # pylint: disable=wrong-import-position
import make_wheel  # pylint: disable=wrong-import-position

HOME = "https://example.org/espbak"


def test(folder):
    version = make_wheel.version()
    archives = {}
    for name, system in dist.SYSTEMS.items():
        (folder / name).mkdir()
        (folder / name / "espbak").write_text(name, encoding="utf-8")
        made = dist.pack(f"espbak-{version}-{name}", folder / name, folder, system, 1 << 30)
        archives[made.name] = None
    dist.write_sums(folder)
    run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], folder)
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        archives[line[66:]] = line[:64]
    said = run([sys.executable, str(ROOT / "packaging/manifests.py"), "--home", HOME, "."], folder)
    check(f"nothing is left out{said}", said == "")
    for template in sorted(path for path in dist.manifests.TEMPLATES.rglob("*") if path.is_file()):
        made = folder / "manifests" / template.relative_to(dist.manifests.TEMPLATES)
        text = made.read_text(encoding="utf-8")
        check(f"{made.name} has its version", version in text and "@VERSION@" not in text)
        named = re.findall(rf"{HOME}/releases/download/v{version}/([^\"\s]+)", text)
        check(f"{made.name} names archives that there are: {named}", set(named) <= archives.keys())
        check(f"{made.name} has their digests",
              sorted(re.findall(r"\b[0-9a-f]{64}\b", text)) == sorted(archives[name] for name in named))
    scoop = json.loads((folder / "manifests/scoop-espbak.json").read_text(encoding="utf-8"))
    check("scoop's is JSON", scoop["version"] == version)
    run(["bash", "-n", "manifests/PKGBUILD"], folder)


main(test)
