"""Where the settings are kept: in their file, or in memory where that is no file of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QSettings

from bcviewer.errors import UserError
from bcviewer.io.files import reason
from bcviewer.io.put_file import final_place

LARGEST = 4_000_000
"""Largest settings file that is read, bytes; ours are some 20 kB."""


class KeptSettings(Protocol):
    """What is used of ``QSettings``."""

    def value(self, key: str, default: object = None, /) -> object:
        """Return a value."""

    def setValue(self, key: str, value: object, /) -> None:  # noqa: N802 - as QSettings has it
        """Set a value."""

    def remove(self, key: str, /) -> None:
        """Forget a value."""

    def allKeys(self) -> list[str]:  # noqa: N802 - as QSettings has it
        """Return the names of all values."""

    def clear(self) -> None:
        """Forget everything."""

    def sync(self) -> None:
        """Write to disk now."""


class Unkept:
    """Settings that last until the program ends."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def value(self, key: str, default: object = None, /) -> object:
        """Return a value."""
        return self._values.get(key, default)

    def setValue(self, key: str, value: object, /) -> None:  # noqa: N802 - as QSettings has it
        """Set a value."""
        self._values[key] = value

    def remove(self, key: str, /) -> None:
        """Forget a value."""
        self._values.pop(key, None)

    def allKeys(self) -> list[str]:  # noqa: N802 - as QSettings has it
        """Return the names of all values."""
        return list(self._values)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()

    def sync(self) -> None:
        """Write nothing."""


def keep_in(file: Path) -> tuple[KeptSettings, str]:
    """Return the settings, and a sentence where they cannot be kept in their file.

    Qt opens whatever is there: it would wait for ever for a pipe, and read a device or a file of
    many gigabytes into memory. So that is looked at before.

    Parameters
    ----------
    file : Path
        The settings file, which need not be there.
    """
    try:
        for path in (file, file.with_name(f"{file.name}.lock")):
            if path.is_symlink() or path.exists():
                final_place(path)
        if file.exists() and file.stat().st_size > LARGEST:
            size = f"{file.stat().st_size / 1e6:,.0f} MB"
            raise UserError(f"{file}: has {size}, which is not of this program.")
    except (UserError, OSError) as error:
        why = error.message if isinstance(error, UserError) else f"{file}: {reason(error)}."
        return Unkept(), f"{why} Settings are not read, and are kept until the program ends."
    return QSettings(str(file), QSettings.Format.IniFormat), ""
