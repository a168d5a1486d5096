# SPDX-License-Identifier: Apache-2.0
"""What went wrong, one class for each exit code of espbak."""
from typing import Any, Dict, Optional


class EspbakError(Exception):
    """A run of espbak that failed.

    message        what happened, one sentence
    hint           what to do about it, or None
    exit_code      of the program
    status         the kind of error as the program names it, such as "connect"; None when it said nothing
    flash_changed  whether this run may have altered the flash
    document       the whole JSON document, with what came of the run so far
    """

    exit_code = 1

    def __init__(self, message: str, exit_code: int, document: Optional[Dict[str, Any]] = None) -> None:
        super().__init__(message)
        error = (document or {}).get("error") or {}
        self.message = message
        self.hint: Optional[str] = error.get("hint")
        self.status: Optional[str] = error.get("status")
        self.flash_changed = bool(error.get("flash_changed", False))
        self.exit_code = exit_code
        self.document = document or {}

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InternalError(EspbakError):
    """A fault of espbak (exit code 1), or no program that runs."""


class UsageError(EspbakError):
    """The program was called wrongly."""

    exit_code = 2


class PortError(EspbakError):
    """There is no such port, or it cannot be opened."""

    exit_code = 3


class ConnectError(EspbakError):
    """No chip answers, it is another one, or one that cannot be read."""

    exit_code = 4


class LinkError(EspbakError):
    """Line or device failed in the middle."""

    exit_code = 5


class Differs(EspbakError):
    """What was compared is not the same."""

    exit_code = 6


class Refused(EspbakError):
    """It would be dangerous; `force=True` does it all the same."""

    exit_code = 7


class FileError(EspbakError):
    """A file or folder is missing, damaged or in the way."""

    exit_code = 8


class FlashChanged(EspbakError):
    """The run ended early, and the flash is not as it was."""

    exit_code = 9


class Cancelled(EspbakError):
    """Interrupted by a signal."""

    exit_code = 130


BY_CODE = {
    kind.exit_code: kind
    for kind in (
        InternalError,
        UsageError,
        PortError,
        ConnectError,
        LinkError,
        Differs,
        Refused,
        FileError,
        FlashChanged,
        Cancelled,
    )
}


def of(exit_code: int, document: Optional[Dict[str, Any]], said: str = "") -> EspbakError:
    """The exception for an exit code; `said` is what stands on standard error, for runs that have no document."""
    error = (document or {}).get("error") or {}
    message = error.get("message") or said.strip() or f"espbak ended with exit code {exit_code}"
    # A signal gives a negative code here.
    return BY_CODE.get(exit_code, InternalError if exit_code >= 0 else Cancelled)(message, exit_code, document)
