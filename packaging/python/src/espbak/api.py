# SPDX-License-Identifier: Apache-2.0
"""The commands of espbak as functions: arguments in, one document out."""
import os
import tempfile
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


def files(path: Path = "device", partition: Optional[str] = None, **options: Option) -> List[Document]:
    """The file systems in a backup, a file or the device (`port=`), with their files: [{name, file_system, files}, ...].

    `extract(path, "storage:/config.json", "config.json")` takes files out.
    """
    words = [path] if partition is None else [path, partition]
    return [Document(row) for row in _run("files", words, options)["volumes"]]


def nvs(
    path: Path = "device", partition: Optional[str] = None, *, show_values: bool = False, **options: Option
) -> List[Document]:
    """The partitions of NVS in a backup, a file or the device (`port=`), with their keys: [{partition, items}, ...].

    Values are there with `show_values`; `keys` names a file with the key of an encrypted one.
    """
    words = [path] if partition is None else [path, partition]
    return [Document(row) for row in _run("nvs", words, {"show_values": show_values, **options})["nvs"]]


Setting = Tuple[str, str, str, Union[int, str, bytes]]


def _put(folder: str, number: int, kind: str, value: Union[int, str, bytes]) -> List[str]:
    """Type and value as words. Texts and bytes go through a file that nobody else can read: words are seen by all."""
    if isinstance(value, int):
        return [kind, str(value)]
    path = os.path.join(folder, str(number))
    with open(path, "wb") as file:
        # A line's end at the end would be taken away.
        file.write(value if isinstance(value, bytes) else value.encode() + b"\n")
    return [kind + "-file", path]


def nvs_set(backup: Path, settings: Sequence[Setting], *, output: Optional[Path] = None, **options: Option) -> Backup:
    """A copy of a backup with other settings, [(namespace, key, type, value), ...]; `restore` puts it on a device.

    type    "u8" to "u64", "i8" to "i64" with an int, "string" with a str, "blob" with bytes
    """
    words: List[Path] = [backup]
    with tempfile.TemporaryDirectory(prefix="espbak-") as folder:
        for number, (space, key, kind, value) in enumerate(settings):
            words += [space, key, *_put(folder, number, kind, value)]
        return Backup(_run("nvs-set", words, {"output": output, **options}))


def nvs_delete(
    backup: Path, keys: Sequence[Tuple[str, str]], *, output: Optional[Path] = None, **options: Option
) -> Backup:
    """A copy of a backup without settings, [(namespace, key), ...]."""
    words: List[Path] = [backup]
    for space, key in keys:
        words += [space, key]
    return Backup(_run("nvs-delete", words, {"output": output, **options}))


def backups(folder: Optional[Path] = None) -> List[Backup]:
    """The backups in a folder, unfinished ones too."""
    return [Backup(row) for row in _run("list", [] if folder is None else [folder], {})["backups"]]


def ports() -> List[Document]:
    """Serial ports, and what hangs on them."""
    return [Document(row) for row in _run("ports", [], {})["ports"]]
