# SPDX-License-Identifier: Apache-2.0
"""The extra script in the real PlatformIO, on a platform of the test's own, so that nothing is downloaded."""
import json
import os
import pathlib
import sys

import SCons
from support import DEVICE, PACKAGE, PROGRAM, backups, check, main, run

SCRIPT = PACKAGE / "espbak/pio/espbak_pio.py"
PIO = [sys.executable, "-m", "platformio", "run"]

PLATFORM = """
from platformio.public import PlatformBase

class MadeupPlatform(PlatformBase):
    pass
"""

# What a platform's own script does: make an image, and say how it gets onto the board.
BUILDER = """
from SCons.Script import Default, DefaultEnvironment

env = DefaultEnvironment()

def put(target, source, env):
    print("writing to", env.subst("$UPLOAD_PORT"))

image = env.Command("$BUILD_DIR/firmware.bin", "$PROJECT_SRC_DIR/main.c", Copy("$TARGET", "$SOURCE"))
env.AddPlatformTarget("upload", image, [put], "Upload")
env.AddPlatformTarget("uploadfs", image, [put], "Upload Filesystem Image")
env.AddPlatformTarget("erase", None, [put], "Erase")
Default([image])
"""

SETTINGS = """
[env:board]
platform = symlink://{platform}
board = board
extra_scripts = post:{script}
upload_port = {port}
custom_espbak_options = --note "from PlatformIO"
"""


def scons_version():
    """As PlatformIO writes versions of its copy: 4.11.1 is 4.41101.0."""
    from platformio.dependencies import get_core_dependencies

    return get_core_dependencies()["tool-scons"].lstrip("~^=")


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def make_project(folder):
    platform = folder / "platform"
    put(platform / "platform.json", json.dumps({"name": "madeup", "title": "made up", "version": "1.0.0",
                                                "packages": {}}))
    put(platform / "platform.py", PLATFORM)
    put(platform / "builder/main.py", BUILDER)
    upload = {"protocols": ["esptool", "espota"], "protocol": "esptool", "maximum_size": 1, "maximum_ram_size": 1}
    put(platform / "boards/board.json", json.dumps({"name": "board", "build": {"mcu": "esp32s3"}, "frameworks": [],
                                                    "upload": upload, "url": "-", "vendor": "-"}))
    project = folder / "project"
    put(project / "src" / "main.c", "int main(void) { return 0; }\n")
    put(project / "platformio.ini", SETTINGS.format(platform=platform, script=SCRIPT, port=DEVICE))
    # PlatformIO's own copy of SCons, out of the one from PyPI.
    tool = folder / "core/packages/tool-scons"
    put(tool / "scons.py", f"import sys\nsys.path.insert(0, {str(pathlib.Path(SCons.__file__).parents[1])!r})\n"
                           "from SCons.Script import main\nmain()\n")
    version = scons_version()
    put(tool / "package.json", json.dumps({"name": "tool-scons", "version": version, "description": "-"}))
    put(tool / ".piopm", json.dumps({"type": "tool", "name": "tool-scons", "version": version, "spec": {
        "owner": "platformio", "id": None, "name": "tool-scons", "requirements": None, "uri": None}}))
    return project


def test(folder):
    project = make_project(folder)

    def pio(*words, expect=0, **environment):
        settings = {"PLATFORMIO_CORE_DIR": str(folder / "core"), "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
                    "PLATFORMIO_SETTING_CHECK_PLATFORMIO_INTERVAL": "9999", "ESPBAK": PROGRAM, **environment}
        return run([*PIO, *words], project, expect, **settings)

    said = pio("-t", "upload")
    check("a backup before the upload", 0 < said.find("Backup saved in") < said.find("writing to " + DEVICE))
    kept = backups(project / "backups")
    check("one backup, of that board", len(kept) == 1 and kept[0].startswith("esp32s3-"))
    manifest = json.loads((project / "backups" / kept[0] / "manifest.json").read_text(encoding="utf-8"))
    check("with the note", manifest["note"] == "from PlatformIO")

    said = pio("-t", "upload", "--upload-port", "sim:esp32", expect=1)
    check("no upload to another chip", "is an ESP32, not an ESP32-S3" in said and "writing to" not in said)
    said = pio("-t", "upload", expect=1, ESPBAK="/not/there")
    check("no upload without espbak", "espbak does not start" in said and "writing to" not in said)
    said = pio("-t", "upload", ESPBAK_BEFORE_UPLOAD="no")
    check("an upload alone when asked for", "writing to" in said and "Backup saved" not in said)
    ini = project / "platformio.ini"
    settings = ini.read_text(encoding="utf-8")
    put(ini, settings + "upload_protocol = espota\n")
    said = pio("-t", "upload")
    check("an upload over the air is left alone", "goes by espota" in said and "writing to" in said)
    put(ini, settings)

    for target in ("erase", "uploadfs"):
        said = pio("-t", target)
        check(f"a backup before {target}", 0 < said.find("Backup saved in") < said.find("writing to"))
    said = pio("-t", "uploadfs", "--upload-port", "sim:esp32", expect=1)
    check("no file system for another chip", "is an ESP32, not an ESP32-S3" in said and "writing to" not in said)
    pio("-t", "backup", ESPBAK_BACKUP_DIR="elsewhere")
    check("a backup by name of the target", len(backups(project / "elsewhere")) == 1)
    said = pio("-t", "restore", expect=1)
    check("restore asks which", "Which backup?" in said and kept[0] in said)
    said = pio("-t", "restore", "--upload-port", "sim:esp32", expect=1, ESPBAK_RESTORE=kept[0],
               ESPBAK_RESTORE_OPTIONS="--yes")
    check("restore checks the chip", "is an ESP32, not an ESP32-S3" in said)
    said = pio("-t", "restore", ESPBAK_RESTORE=kept[0], ESPBAK_RESTORE_OPTIONS="--yes")
    check("restore", "already" in said or "Restored" in said)
    said = pio("--list-targets")
    check("the targets are listed", "Back up the flash" in said and os.path.isdir(project))


main(test)
