# SPDX-License-Identifier: Apache-2.0
"""idf.py backup, idf.py backup-restore, and a backup before every flash for those who ask for it.

ESP-IDF 6 finds this by its entry point. ESP-IDF 5 takes it where IDF_EXTRA_ACTIONS_PATH names this folder; it is then
imported by its bare name, so it does not import its neighbours by relative names.
"""
import json
import os
import subprocess

# What idf.py itself writes flash with; before these a backup is made when it was asked for.
WRITERS = (
    "flash",
    "app-flash",
    "bootloader-flash",
    "partition-table-flash",
    "otadata-flash",
    "encrypted-flash",
    "encrypted-app-flash",
    "erase-flash",
    "erase_flash",
    "erase-otadata",
    "dfu-flash",
    "uf2-app",
)
FIRST = "ESPBAK_BEFORE_FLASH"


def _program():
    from espbak import program

    return program.find()


def _fail(message):
    from idf_py_actions.errors import FatalError

    raise FatalError(message)


def _target(args):
    """The chip that the project is for, by its build folder; None where it was never configured."""
    described = os.path.join(args.build_dir, "project_description.json")
    try:
        with open(described, encoding="utf-8") as file:
            return json.load(file).get("target")
    except (OSError, ValueError):
        return os.environ.get("IDF_TARGET")


def _rate(ctx, args):
    """The rate that somebody has chosen. idf.py's own default is none: espbak finds out what the adapter can do."""
    option = next((option for option in ctx.command.params if option.name == "baud"), None)
    chosen = args.get("baud")
    if chosen is None or (option is not None and str(chosen) == str(option.default)):
        return None
    return str(chosen)


def _call(ctx, args, words):
    """Run espbak on this terminal, with what the project says of port, rate and chip."""
    command = [_program()]
    if args.get("port"):
        command += ["--port", args.port]
    rate = _rate(ctx, args)
    if rate:
        command += ["--baud", rate]
    target = _target(args)
    if target:
        command += ["--chip", target]
    command += words
    process = subprocess.Popen(command)
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            # The program has it too, and leaves the chip as it should be left.
            continue
    if code != 0:
        _fail("espbak ended with exit code %d" % code)


def _folder(args, output):
    """Where backups go: as said, as ESPBAK_BACKUP_DIR says, or beside the project."""
    return output or os.environ.get("ESPBAK_BACKUP_DIR") or os.path.join(args.project_dir, "backups")


def backup(action, ctx, args, output=None, note=None, partitions=None):
    if _target(args) == "linux":
        return
    words = ["backup-partitions" if partitions else "backup", "--output", _folder(args, output)]
    if note:
        words += ["--note", note]
    _call(ctx, args, words + (["--"] + partitions.split(",") if partitions else []))


def backup_restore(action, ctx, args, backup, only=None, force=False, yes=False):
    words = ["restore"]
    if only:
        words += ["--only", only]
    if force:
        words += ["--force"]
    if yes:
        words += ["--yes"]
    _call(ctx, args, words + ["--", backup])


def backup_first(ctx, args, tasks):
    """Let every task that writes flash depend on a backup.

    idf.py runs the last of them first: the build, which it depends on already, comes before the backup.
    """
    if not args.get("backup_first"):
        return
    for task in tasks:
        if task.name in WRITERS and "backup" not in task.dependencies:
            task.dependencies = ["backup"] + list(task.dependencies)


def action_extensions(base_actions, project_path):
    if "backup" in base_actions.get("actions", {}):
        # It came the other way already, or the project has one of its own.
        return {}
    return {
        "version": "1",
        "global_options": [
            {
                "names": ["--backup-first"],
                "help": "Back up the whole flash with espbak before a command that writes it.",
                "is_flag": True,
                "default": False,
                "envvar": FIRST,
            }
        ],
        "global_action_callbacks": [backup_first],
        "actions": {
            "backup": {
                "callback": backup,
                "short_help": "Back up the flash of the attached device.",
                "help": "Back up the flash of the attached device with espbak: the whole flash, proven byte by byte, "
                "in a folder of its own.",
                "options": [
                    {"names": ["-o", "--output"], "help": "Folder for backups; default: backups in the project."},
                    {"names": ["--note"], "help": "Text that is kept in the backup."},
                    # No argument: idf.py takes several commands, and their names would be taken for partitions.
                    {"names": ["--partitions"], "help": "Only these partitions, separated by commas."},
                ],
            },
            "backup-restore": {
                "callback": backup_restore,
                "short_help": "Put a backup back on the attached device.",
                "help": "Put a backup that espbak has made back on the attached device. It shows what it will do, "
                "and asks before it writes.",
                "options": [
                    {"names": ["--only"], "help": "Only these partitions, separated by commas."},
                    {"names": ["--force"], "help": "Restore even where it is refused as dangerous.", "is_flag": True},
                    {"names": ["-y", "--yes"], "help": "Do not ask.", "is_flag": True},
                ],
                "arguments": [{"names": ["backup"], "nargs": 1}],
            },
        },
    }
