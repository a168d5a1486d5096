# SPDX-License-Identifier: Apache-2.0
"""The commands of idf.py, loaded as idf.py loads them.

ESP-IDF is no package, so what it does with an extension is done here: the entry point is loaded, or the folder's
modules that end in _ext; options, arguments and callbacks become commands of click; tasks are put in order by their
dependencies, and called as callback(name, context, global arguments, its own arguments). Facts from idf.py of
ESP-IDF 5.1 to 6.2, where it was tried as well.
"""
import importlib
import json
import os
import pkgutil
import sys
import types
from collections import OrderedDict

import click
from support import DEVICE, PACKAGE, PROGRAM, backups, check, main


class FatalError(RuntimeError):
    pass


class Properties(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


class Task:
    def __init__(self, name, action, arguments):
        self.name, self.callback, self.action_args = name, action["callback"], arguments
        self.dependencies = action.get("dependencies", [])
        self.order_dependencies = action.get("order_dependencies", [])


def parameter(kind, given):
    given = dict(given)
    names = given.pop("names")
    given.pop("scope", None)
    return kind(names, **given)


CORE = {
    "global_options": [
        {"names": ["-p", "--port"], "envvar": "ESPPORT", "default": None},
        {"names": ["-b", "--baud"], "envvar": "ESPBAUD", "default": 460800},
        {"names": ["-B", "--build-dir"], "default": "build"},
        {"names": ["-C", "--project-dir"], "default": "."},
    ],
    "actions": {name: {"callback": None, "dependencies": needs, "order_dependencies": after}
                for name, needs, after in (("all", [], []), ("flash", ["all"], ["erase-flash"]),
                                           ("erase-flash", [], []), ("monitor", [], ["flash"]))},
}


class Idf:
    """idf.py with one extension: words in, names of what was run in their order out."""

    def __init__(self, extend, project):
        self.done, self.project = [], project
        core = {"actions": dict(CORE["actions"])}
        mine = extend(core, str(project))
        check("it says its version", mine["version"] == "1")
        check("no name of the core is taken", not set(mine["actions"]) & set(CORE["actions"]))
        self.actions = {**core["actions"], **mine["actions"]}
        self.options = CORE["global_options"] + mine["global_options"]
        self.callbacks = mine["global_action_callbacks"]
        check("a second time is nothing", extend({"actions": self.actions}, str(project)) == {})

    def commands(self):
        made = {}
        for name, action in self.actions.items():
            parameters = [parameter(click.Argument, row) for row in action.get("arguments", [])]
            parameters += [parameter(click.Option, row) for row in action.get("options", [])]
            made[name] = click.Command(name, params=parameters,
                                       callback=lambda name=name, **given: Task(name, self.actions[name], given))
        return made

    def order(self, context, tasks):
        """Each dependency goes to the front in turn: the last one is run first."""
        ready = OrderedDict()
        while tasks:
            task, waiting = tasks[0], {task.name: task for task in tasks}
            needed = [name for name in task.dependencies if name not in ready]
            for name in needed:
                there = tasks.pop(tasks.index(waiting[name])) if name in waiting else None
                tasks.insert(0, there or context.invoke(context.command.get_command(context, name)))
            after = [name for name in task.order_dependencies if name in waiting and name not in ready]
            for name in after:
                tasks.insert(0, tasks.pop(tasks.index(waiting[name])))
            if not needed and not after:
                ready.setdefault(task.name, tasks.pop(0))
        return ready.values()

    def run(self, *words):
        self.done = []

        def execute(tasks, **given):
            context = click.get_current_context()
            given = Properties(given, project_dir=str(self.project), build_dir=str(self.project / "build"))
            for callback in self.callbacks:
                callback(context, given, tasks)
            for task in self.order(context, tasks):
                self.done.append(task.name)
                if task.callback:
                    task.callback(task.name, context, given, **task.action_args)

        group = click.Group("idf.py", commands=self.commands(), chain=True, invoke_without_command=True,
                            params=[parameter(click.Option, row) for row in self.options], result_callback=execute)
        group.main(list(words), standalone_mode=False)
        return self.done

    def fails(self, *words):
        try:
            self.run(*words)
        except FatalError as error:
            return str(error)
        raise AssertionError(f"{words} did not fail")


def by_entry_point():
    """As ESP-IDF 6 does; what the wheel names is read from the project file."""
    text = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    check("the entry point", 'espbak = "espbak.idf.espbak_ext:action_extensions"' in text)
    return importlib.import_module("espbak.idf.espbak_ext").action_extensions


def by_folder():
    """As ESP-IDF 5 does with IDF_EXTRA_ACTIONS_PATH."""
    folder = str(PACKAGE / "espbak/idf")
    sys.path.append(folder)
    found = [name for _finder, name, _package in pkgutil.iter_modules([folder]) if name.endswith("_ext")]
    check("one module in the folder", found == ["espbak_ext"])
    return importlib.import_module(found[0]).action_extensions


def try_all(idf, project):
    folder = project / "backups"
    before = len(backups(folder))
    check("backup", idf.run("-p", DEVICE, "backup", "--note", "from idf.py") == ["backup"])
    name = next(name for name in backups(folder)[before:])
    manifest = json.loads((folder / name / "manifest.json").read_text(encoding="utf-8"))
    check("into the project, with the note", manifest["note"] == "from idf.py")
    check("the rate of idf.py is no choice", manifest["link"]["baud"] != 460800)
    idf.run("-p", DEVICE, "-b", "115200", "backup", "-o", str(project / "slow"), "--partitions", "nvs,otadata")
    slow = json.loads((project / "slow" / backups(project / "slow")[0] / "manifest.json").read_text(encoding="utf-8"))
    check("a rate that was chosen", slow["link"]["baud"] == 115200)
    check("parts by name", [region["name"] for region in slow["regions"]] == ["nvs", "otadata"])
    check("flash alone is as it was", idf.run("-p", DEVICE, "flash") == ["all", "flash"])
    check("a backup between build and flash",
          idf.run("--backup-first", "-p", DEVICE, "flash", "monitor") == ["all", "backup", "flash", "monitor"])
    check("one backup before all that writes",
          idf.run("--backup-first", "-p", DEVICE, "erase-flash", "flash") == ["backup", "erase-flash", "all", "flash"])
    check("nothing for monitor", idf.run("--backup-first", "-p", DEVICE, "monitor") == ["monitor"])
    check("a flash is stopped", "exit code 4" in idf.fails("--backup-first", "-p", "sim:esp32,size=1M", "flash"))
    check("before it", idf.done[-1] == "backup")
    check("restore", idf.run("-p", DEVICE, "backup-restore", "-y", str(folder / name)) == ["backup-restore"])
    check("nobody there to ask, or not this chip", "exit code" in idf.fails("-p", "sim:esp32,size=1M", "backup-restore",
                                                                         str(folder / name)))


def test(folder):
    os.environ.update(HOME=str(folder), ESPBAK=PROGRAM)
    for name in ("ESPPORT", "ESPBAUD", "ESPBAK_BEFORE_FLASH", "ESPBAK_BACKUP_DIR", "IDF_TARGET"):
        os.environ.pop(name, None)
    sys.path.insert(0, str(PACKAGE))
    actions = types.ModuleType("idf_py_actions")
    actions.errors = types.ModuleType("idf_py_actions.errors")
    actions.errors.FatalError = FatalError
    sys.modules.update({"idf_py_actions": actions, "idf_py_actions.errors": actions.errors})
    (folder / "build").mkdir()
    described = folder / "build/project_description.json"
    described.write_text('{"target": "esp32s3"}', encoding="utf-8")
    for extend in (by_entry_point(), by_folder()):
        try_all(Idf(extend, folder), folder)
    described.write_text('{"target": "linux"}', encoding="utf-8")
    kept = backups(folder / "backups")
    Idf(by_entry_point(), folder).run("backup")
    check("nothing to back up on Linux", backups(folder / "backups") == kept)


main(test)
