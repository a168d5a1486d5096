# SPDX-License-Identifier: Apache-2.0
"""The wheel, as a user has it: built, checked, installed into a fresh venv, and used from shell and Python."""
import os
import sys
import sysconfig

from support import DEVICE, NOTICE, PACKAGE, PROGRAM, ROOT, backups, check, main, run

USE = """
import os, espbak
device = os.environ["DEVICE"]
saved = espbak.backup(device, output="Sicherung ä", note="Größe ä")
assert saved.state == "verified" and saved.device.chip == "esp32s3", saved
assert os.path.isdir(saved) and os.path.getsize(os.path.join(saved, "flash.bin")) == saved.size == 1 << 20
assert espbak.verify(saved, device).different_bytes == 0
assert [row.note for row in espbak.backups("Sicherung ä")] == ["Größe ä"]
assert espbak.info(device).flash.size == 1 << 20
assert espbak.inspect(saved).chip == "esp32s3"
assert espbak.restore(saved, device).finished
part = espbak.backup_partitions(["nvs"], device, output="parts")
assert [region["name"] for region in part.regions] == ["nvs"]
assert espbak.files(saved) == []
before, = espbak.nvs(saved)
moved = espbak.nvs_set(saved, [("wifi", "password", "string", "a\\n"), ("wifi", "n", "i8", -5), ("wifi", "b", "blob", b"\\n")],
                       output="Sicherung ä", name="moved")
after, = espbak.nvs(moved, "nvs", show_values=True)
assert {item["key"]: item["value"] for item in after["items"]}.items() >= {"password": "a?", "n": "-5", "b": "0a"}.items(), after
assert moved.state == "edited" and len(after["items"]) >= len(before["items"])
fewer = espbak.nvs_delete(moved, [("wifi", "n")], output="Sicherung ä", name="fewer")
assert fewer.edits[-1]["change"] == "removed"
assert espbak.write([(0, os.path.join(saved, "flash.bin"))], device)
assert isinstance(espbak.ports(), list)

def fails(kind, call, **more):
    try:
        call()
    except espbak.EspbakError as error:
        assert type(error) is kind and error.exit_code == kind.exit_code, repr(error)
        assert error.message and all(getattr(error, name) == value for name, value in more.items()), vars(error)
        return
    raise AssertionError(kind)

fails(espbak.UsageError, lambda: espbak.backup("sim:nothing"))
fails(espbak.UsageError, lambda: espbak.backup(device, colour="blue"))
fails(espbak.PortError, lambda: espbak.info("/dev/not-there"), status="port")
fails(espbak.ConnectError, lambda: espbak.info(device, chip="esp32"))
fails(espbak.FileError, lambda: espbak.inspect("-not-there"), flash_changed=False)
with open(os.path.join(saved, "flash.bin"), "r+b") as file:
    file.write(b"x")
fails(espbak.Differs, lambda: espbak.verify(saved, offline=True))
os.environ["ESPBAK"] = "/not/there"
try:
    espbak.ports()
    raise AssertionError("a program that is not there")
except OSError:
    pass
"""


def test(folder):
    tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    wheel = run([sys.executable, str(ROOT / "packaging/python/make_wheel.py"), PROGRAM, tag, NOTICE, str(folder)],
                folder).strip()
    check(f"the wheel is there: {wheel}", os.path.isfile(wheel))
    run([sys.executable, "-m", "twine", "check", "--strict", wheel], folder)
    # Fresh, and without a pip of its own, which takes longer to install than all the rest.
    run([sys.executable, "-m", "venv", "--without-pip", "venv"], folder)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run([sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet", "--no-index",
         "--disable-pip-version-check", wheel], folder)
    said = run([programs / "espbak", "--version"], folder)
    check("the program runs", said.startswith("espbak "))
    check("so does the module", run([programs / "python", "-m", "espbak", "--version"], folder) == said)
    run([programs / "python", "-m", "espbak", "inspect", "nothing"], folder, expect=8)
    check("the path of the program", run([programs / "espbak-path"], folder).strip() == str(programs / "espbak"))
    for part, file in (("idf", "espbak_ext.py"), ("platformio", "")):
        path = run([programs / "espbak-path", part], folder).strip()
        check(f"the path for {part}", os.path.isfile(os.path.join(path, file) if file else path))
    run([programs / "espbak-path", "emacs"], folder, expect=2)
    # From a fresh venv to a verified backup.
    run([programs / "espbak", "-p", "sim:esp32s3", "backup"], folder)
    check("a verified backup", len(backups(folder / "backups")) == 1)
    run([programs / "python", "-c", USE], folder, DEVICE=DEVICE)
    check("the package is typed", (PACKAGE / "espbak/py.typed").is_file())


main(test)
