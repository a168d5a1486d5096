# SPDX-License-Identifier: Apache-2.0
"""Back up, verify and restore the flash of ESP8266 and ESP32 chips.

    import espbak
    saved = espbak.backup(port="/dev/ttyUSB0", output="backups")
    espbak.verify(saved.path, port="/dev/ttyUSB0")

Every function runs the program espbak once and gives its JSON document in attributes; what a document holds is told in
`espbak help` and in the manual. A run that fails raises the exception for its exit code, see `espbak.errors`.
"""
from .api import (
    Backup,
    Document,
    backup,
    backup_partitions,
    backups,
    extract,
    files,
    import_dump,
    info,
    inspect,
    nvs,
    nvs_delete,
    nvs_set,
    ports,
    restore,
    verify,
    write,
)
from .errors import (
    Cancelled,
    ConnectError,
    Differs,
    EspbakError,
    FileError,
    FlashChanged,
    InternalError,
    LinkError,
    PortError,
    Refused,
    UsageError,
)
from .program import find, run

__all__ = [
    "Backup",
    "Cancelled",
    "ConnectError",
    "Differs",
    "Document",
    "EspbakError",
    "FileError",
    "FlashChanged",
    "InternalError",
    "LinkError",
    "PortError",
    "Refused",
    "UsageError",
    "backup",
    "backup_partitions",
    "backups",
    "extract",
    "files",
    "find",
    "import_dump",
    "info",
    "inspect",
    "nvs",
    "nvs_delete",
    "nvs_set",
    "ports",
    "restore",
    "run",
    "verify",
    "write",
]
