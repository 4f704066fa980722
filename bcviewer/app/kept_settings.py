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

_MAX_DIGITS = 4
VERSION = 1
"""Of the settings' names: one more where a key gets another name or another meaning."""
_VERSION_KEY = "settings/version"
RENAMED: tuple[tuple[int, str, str], ...] = ()
"""Keys that were called otherwise: since which version, the old and the new name. No name that was
ever used gets another meaning."""


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


def bring_up_to_date(settings: KeptSettings) -> None:
    """Carry over what an older version kept under other names; nothing is taken away.

    The older one may be used beside this one, and what a newer one keeps is not known here: keys
    that nobody here reads stay as they are.
    """
    said = str(settings.value(_VERSION_KEY, 0))
    version = int(said) if said.isascii() and said.isdecimal() and len(said) <= _MAX_DIGITS else 0
    if version >= VERSION:
        return
    for since, old, new in RENAMED:
        value = settings.value(old)
        if version < since and value is not None and settings.value(new) is None:
            settings.setValue(new, value)
    settings.setValue(_VERSION_KEY, VERSION)
