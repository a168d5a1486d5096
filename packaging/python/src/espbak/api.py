# SPDX-License-Identifier: Apache-2.0
"""The commands of espbak as functions: arguments in, one document out."""
import os
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from . import program

Path = Union[str, "os.PathLike[str]"]
Option = Union[None, bool, str, int, Path]


class Document(Mapping[str, Any]):
    """What a command answered: its JSON document as a mapping, and its members as attributes too."""

    def __init__(self, document: Dict[str, Any]) -> None:
        self._document = document

    def __getitem__(self, name: str) -> Any:
        return self._document[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._document:
            raise AttributeError(name)
        value = self._document[name]
        return Document(value) if isinstance(value, dict) else value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._document!r})"


class Backup(Document):
    """A backup on disk.

    path    its folder
    state   "verified", "unverified", "holes" or "edited"
    size    of what is in it, in bytes
    """

    def __fspath__(self) -> str:
        return str(self["path"])


def _options(given: Mapping[str, Option]) -> List[str]:
    """{"note": "x", "full": True} as --note=x --full; None and False are left out."""
    words = []
    for name, value in given.items():
        if value is None or value is False:
            continue
        flag = "--" + name.replace("_", "-")
        words.append(flag if value is True else f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
    return words


def _run(command: str, words: Sequence[Path], given: Mapping[str, Option]) -> Dict[str, Any]:
    # Names may begin with a dash; after "--" they are no options.
    return program.run([command, *_options(given), "--", *(os.fspath(word) for word in words)])


def backup(port: Optional[str] = None, *, output: Optional[Path] = None, **options: Option) -> Backup:
    """Save the whole flash. Options are those of `espbak backup` and the global ones, such as chip, baud, note, name,
    base, wait (seconds), full, resume, allow_unreadable, no_verify (True)."""
    return Backup(_run("backup", [], {"port": port, "output": output, **options}))


def backup_partitions(
    names: Sequence[str], port: Optional[str] = None, *, output: Optional[Path] = None, **options: Option
) -> Backup:
    """Save parts of the flash: partitions by name, "bootloader", "partition-table"."""
    return Backup(_run("backup-partitions", names, {"port": port, "output": output, **options}))


def restore(
    backup: Path, port: Optional[str] = None, *, only: Sequence[str] = (), force: bool = False, **options: Option
) -> Document:
    """Put a backup back, all of it or `only` some parts. Nobody is asked: calling this is the answer.

    What is dangerous is refused all the same (`Refused`), unless `force` says so.
    """
    given = {"port": port, "only": ",".join(only) or None, "force": force, "yes": True, **options}
    return Document(_run("restore", [backup], given))


def verify(backup: Path, port: Optional[str] = None, *, offline: bool = False, **options: Option) -> Document:
    """The files against their manifest, then the device against the files. Raises `Differs` when they are not the same."""
    return Document(_run("verify", [backup], {"port": port, "offline": offline, **options}))


def write(
    files: Sequence[Tuple[Union[int, str], Path]], port: Optional[str] = None, *, force: bool = False, **options: Option
) -> Document:
    """Raw files to the flash, as [(offset, file), ...], verified."""
    words: List[Path] = []
    for offset, file in files:
        words += [str(offset), file]
    return Document(_run("write", words, {"port": port, "force": force, "yes": True, **options}))


def info(port: Optional[str] = None, **options: Option) -> Document:
    """What the attached device is: chip, revision, MAC, flash, security, partitions."""
    return Document(_run("info", [], {"port": port, **options}))


def inspect(path: Path, **options: Option) -> Document:
    """What is in a backup or a file, and whether it would boot."""
    return Document(_run("inspect", [path], options))


def import_dump(file: Path, *, output: Optional[Path] = None, **options: Option) -> Backup:
    """A backup out of a file that another tool has made."""
    return Backup(_run("import", [file], {"output": output, **options}))


def extract(backup: Path, name: str, file: Path, **options: Option) -> Document:
    """One partition out of a backup into a file."""
    return Document(_run("extract", [backup, name, file], options))


def backups(folder: Optional[Path] = None) -> List[Backup]:
    """The backups in a folder, unfinished ones too."""
    return [Backup(row) for row in _run("list", [] if folder is None else [folder], {})["backups"]]


def ports() -> List[Document]:
    """Serial ports, and what hangs on them."""
    return [Document(row) for row in _run("ports", [], {})["ports"]]
