# SPDX-License-Identifier: Apache-2.0
"""PlatformIO: a backup before every upload, and the targets backup and restore.

In platformio.ini, with the path that `espbak-path platformio` prints, or for all projects in the environment variable
PLATFORMIO_EXTRA_SCRIPTS:

    extra_scripts = post:/path/to/espbak_pio.py

Settings of an environment in platformio.ini; each is also an environment variable, which comes first:

    custom_espbak_before_upload = yes     ESPBAK_BEFORE_UPLOAD   no: only the targets
    custom_espbak_output = backups        ESPBAK_BACKUP_DIR      folder for backups, in the project
    custom_espbak_options = --note x      ESPBAK_OPTIONS         more words for espbak backup
    custom_espbak_restore = NAME          ESPBAK_RESTORE         which backup the target restore takes
    custom_espbak_restore_options = -y    ESPBAK_RESTORE_OPTIONS more words for espbak restore

PlatformIO runs this in its own Python, so it stands alone: the program is what ESPBAK names, the one that was installed
with this file, or the one in PATH.
"""
import os
import shlex
import shutil
import subprocess
import sys

Import("env")  # noqa: F821  SCons brings it

# SCons sets no __file__.
HERE = os.path.dirname(os.path.abspath((lambda: None).__code__.co_filename))
NAME = "espbak.exe" if os.name == "nt" else "espbak"
# Which values of a board's build.mcu are names that espbak knows.
CHIPS = ("esp8266", "esp32")
NO = ("0", "no", "false", "off")


def setting(name, variable, default=""):
    return os.environ.get(variable) or env.GetProjectOption("custom_espbak_" + name, default) or default  # noqa: F821


def program():
    """Beside the Python that this file is installed in, which need not be the one that runs it."""
    if os.environ.get("ESPBAK"):
        return os.environ["ESPBAK"]
    folder = HERE
    while os.path.dirname(folder) != folder:
        for beside in ("bin", "Scripts"):
            path = os.path.join(folder, beside, NAME)
            if os.path.isfile(path):
                return path
        folder = os.path.dirname(folder)
    return shutil.which(NAME) or NAME


def globals_of(env):
    """Port and chip as the project has them. The rate is left to espbak, which finds out what the adapter can do."""
    words = []
    port = env.subst("$UPLOAD_PORT")
    if port:
        words += ["--port", port]
    mcu = env.BoardConfig().get("build.mcu", "") if env.get("BOARD") else ""
    if mcu.startswith(CHIPS):
        words += ["--chip", mcu]
    return words


def run(env, words):
    """Run espbak on this terminal; its exit code, or 1 with a word about it when it is not there."""
    command = [program(), *globals_of(env), *words]
    try:
        return subprocess.call(command, cwd=env.subst("$PROJECT_DIR"))
    except OSError as error:
        print("espbak does not start (%s): install it with `pipx install espbak`, or name it in ESPBAK" % error,
              file=sys.stderr)
        return 1


def folder(env):
    return os.path.join(env.subst("$PROJECT_DIR"), setting("output", "ESPBAK_BACKUP_DIR", "backups"))


def backup(target, source, env):
    return run(env, ["backup", "--output", folder(env), *shlex.split(setting("options", "ESPBAK_OPTIONS"))])


def restore(target, source, env):
    name = setting("restore", "ESPBAK_RESTORE")
    if not name:
        print("Which backup? Set custom_espbak_restore in platformio.ini, or ESPBAK_RESTORE, to one of these:",
              file=sys.stderr)
        run(env, ["list", folder(env)])
        return 2
    inside = os.path.join(folder(env), name)
    words = shlex.split(setting("restore_options", "ESPBAK_RESTORE_OPTIONS"))
    return run(env, ["restore", *words, "--", inside if os.path.isdir(inside) else name])


def before_upload(target, source, env):
    protocol = env.subst("$UPLOAD_PROTOCOL") or "esptool"
    if protocol != "esptool":
        print("espbak: no backup, because the upload goes by %s and not over a serial port" % protocol)
        return 0
    code = backup(target, source, env)
    if code != 0:
        print("espbak: no backup was made, so nothing is uploaded; ESPBAK_BEFORE_UPLOAD=no uploads without one",
              file=sys.stderr)
    return code


if setting("before_upload", "ESPBAK_BEFORE_UPLOAD", "yes").lower() not in NO:
    for target in ("upload", "uploadfs", "erase", "erase_upload"):
        env.AddPreAction(target, env.VerboseAction(before_upload, "Backing up the flash of the device"))  # noqa: F821
env.AddCustomTarget(  # noqa: F821
    "backup", None, backup, title="Back up", description="Back up the flash of the attached device"
)
env.AddCustomTarget(  # noqa: F821
    "restore", None, restore, title="Restore", description="Put a backup back on the attached device"
)
