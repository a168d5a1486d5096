# SPDX-License-Identifier: Apache-2.0
"""A device of a lab, as things that are done with files."""
import os
import tarfile
from typing import Any, List, Optional, Tuple

from .. import api, errors, program

Path = api.Path


def _number(text: str) -> Optional[int]:
    try:
        return int(text, 0)
    except ValueError:
        return None


class Board:
    """The device at a port; options are global ones of espbak, such as chip, baud, before."""

    def __init__(self, port: Optional[str] = None, *, force: bool = False, **options: api.Option) -> None:
        self.port, self.force, self.options = port, force, options

    def info(self) -> api.Document:
        return api.info(self.port, **self.options)

    def backup(self, folder: Path, **options: api.Option) -> api.Backup:
        """The whole flash into a new folder in `folder`, verified."""
        return api.backup(self.port, output=folder, **{**self.options, **options})

    def restore(self, backup: Path, **options: Any) -> api.Document:
        return api.restore(backup, self.port, **{"force": self.force, **self.options, **options})

    def verify(self, backup: Path) -> api.Document:
        return api.verify(backup, self.port, **self.options)

    def partition(self, name: str) -> Tuple[int, int]:
        """Where it begins, and its size, by the table on the device."""
        for entry in self.info()["partition_table"]["entries"]:
            if entry["name"] == name:
                return entry["offset"], entry["size"]
        raise errors.UsageError(f"there is no partition {name} on the device", 2)

    def dump(self, file: Path, part: Optional[str] = None) -> None:
        """Bytes of the flash into a file, verified: all, a partition by name, or "OFFSET" and "OFFSET:SIZE"."""
        offset, size = "0", "ALL"
        if part and _number(part.split(":")[0]) is not None:
            offset, _, size = part.partition(":")
        elif part:
            offset, size = map(str, self.partition(part))
        words: List[str] = [offset, size or "ALL", os.fspath(file)]
        program.run(["read", *api._options({"port": self.port, "overwrite": True, **self.options}), "--", *words])

    def flash(self, file: Path, target: Optional[str] = None) -> api.Document:
        """A backup, as its folder or packed by tar, is restored. Other files are written, verified: at 0, an offset, or
        where a partition begins."""
        if os.path.isdir(file):
            return self.restore(file)
        if tarfile.is_tarfile(file):
            given = {"port": self.port, "force": self.force, "yes": True, **self.options}
            with open(file, "rb") as packed:
                return api.Document(program.run(["restore", *api._options(given), "--", "-"], stdin=packed))
        offset = 0 if not target else _number(target)
        if offset is None:
            offset = self.partition(str(target))[0]
        return api.write([(offset, file)], self.port, force=self.force, **self.options)
