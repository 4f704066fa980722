"""What the program remembers between sessions: an INI file, and where its other files go."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QStandardPaths

from bcviewer.app.kept_settings import bring_up_to_date, keep_in
from bcviewer.core.sheet.parts import SHOWN_SOURCES

CONFIG_ENV = "BCVIEWER_CONFIG_DIR"
"""Environment variable that moves settings, logs and the cache to another folder (tests set it)."""

PHY_SWITCHES: dict[str, bool] = {"follow": True, "lead": True, "label": False}
"""Whether a selection in phy moves the unit here, one here moves phy's, and labels go there, too;
and as they are at first."""

MAX_RECENT = 10
MAX_SORTS = 200
"""Results whose Kilosort directory is remembered, and sorts whose raw file is."""
SMALLEST_FONT, LARGEST_FONT = 7, 13
"""Points: with larger letters the rows of the plots would touch."""
_MAX_DIGITS = 4
"""No column is wider than this many digits of pixels; a damaged file may say so."""
_APP = "bcviewer"


def _folder(kind: QStandardPaths.StandardLocation) -> Path:
    override = os.environ.get(CONFIG_ENV)
    if override:
        return Path(override)
    return Path(QStandardPaths.writableLocation(kind)) / _APP


def settings_file() -> Path:
    """Return the path of the settings file."""
    return _folder(QStandardPaths.StandardLocation.GenericConfigLocation) / "bcviewer.ini"


def log_file() -> Path:
    """Return the path of the log file."""
    return _folder(QStandardPaths.StandardLocation.GenericStateLocation) / "bcviewer.log"


def cache_folder() -> Path:
    """Return the folder of what can be built again: the indexes of spikes."""
    return _folder(QStandardPaths.StandardLocation.GenericCacheLocation) / "spike_index"


def data_folder() -> Path:
    """Return the folder of what must not be lost: the curators' journals."""
    return _folder(QStandardPaths.StandardLocation.GenericDataLocation)


def os_user() -> str:
    """Return the name of the person that the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such entry, or a system without one
        return ""


@dataclass(frozen=True, slots=True)
class Left:
    """Where a path that was opened before was left.

    Attributes
    ----------
    results : str
        The results folder of the probe that was open.
    unit : int or None
        The cluster id of the current unit; None: there was none.
    source : str
        Whose labels were shown, one of :data:`~bcviewer.core.sheet.parts.SHOWN_SOURCES`.
    every : bool or None
        Whether all probes were open as one table; None: it is not known, or could not be.
    """

    results: str
    unit: int | None = None
    source: str = SHOWN_SOURCES[0]
    every: bool | None = None


class Prefs:
    """Typed access to the settings file.

    Attributes
    ----------
    settings : QSettings
        The file.
    problem : str
        A sentence where the file cannot be used, else empty.
    """

    def __init__(self) -> None:
        self.settings, self.problem = keep_in(settings_file())
        bring_up_to_date(self.settings)

    def reset(self) -> None:
        """Forget everything."""
        self.settings.clear()
        self.settings.sync()

    def sync(self) -> None:
        """Write to disk now."""
        self.settings.sync()

    def recent(self) -> list[str]:
        """Return the paths opened last, newest first."""
        return self._texts("recent")[:MAX_RECENT]

    def add_recent(self, path: str) -> None:
        """Put a path at the head of the recent ones."""
        paths = [path, *(p for p in self.recent() if p != path)][:MAX_RECENT]
        self.settings.setValue("recent", paths)

    def version(self) -> str:
        """Return the version whose news were told last; empty: none yet."""
        return str(self.settings.value("program/version", "") or "")

    def set_version(self, version: str) -> None:
        """Remember the version whose news were told."""
        self.settings.setValue("program/version", version)

    def columns(self) -> list[str]:
        """Return the table's columns in their order; empty: the default."""
        return self._texts("table/columns")

    def set_columns(self, keys: list[str]) -> None:
        """Remember the table's columns."""
        self.settings.setValue("table/columns", keys)

    def widths(self, of: str = "table") -> dict[str, int]:
        """Return the widths of columns that were changed by hand, in pixels.

        ``of`` is the table: that of units, or ``cohort``.
        """
        out = {}
        for entry in self._texts(f"{of}/widths"):
            key, _, width = entry.rpartition(":")
            if key and width.isdecimal() and len(width) <= _MAX_DIGITS:
                out[key] = int(width)
        return out

    def set_widths(self, widths: dict[str, int], of: str = "table") -> None:
        """Remember column widths."""
        self.settings.setValue(f"{of}/widths", [f"{k}:{v}" for k, v in widths.items()])

    def frozen(self) -> int | None:
        """Return how many columns stay in sight, or None where never set."""
        said = str(self.settings.value("table/frozen"))
        return int(said) if said.isdecimal() and len(said) <= _MAX_DIGITS else None

    def set_frozen(self, count: int) -> None:
        """Remember how many columns stay in sight."""
        self.settings.setValue("table/frozen", count)

    def geometry(self) -> QByteArray:
        """Return the window's geometry; empty where never saved."""
        return self._bytes("window/geometry")

    def layout(self, name: str) -> QByteArray:
        """Return the state of a layout's docks; empty where never saved."""
        return self._bytes(f"window/layout-{name}")

    def shares(self, name: str) -> str:
        """Return how a layout shared the window's room; empty where never saved."""
        return str(self.settings.value(f"window/shares-{name}", "") or "")

    def set_shares(self, name: str, shares: str) -> None:
        """Remember how a layout shares the window's room; empty: as it starts out."""
        self.settings.setValue(f"window/shares-{name}", shares)

    def layout_name(self) -> str:
        """Return the layout used last."""
        return str(self.settings.value("window/layout", "") or "")

    def set_layout_name(self, name: str) -> None:
        """Remember which layout is used."""
        self.settings.setValue("window/layout", name)

    def set_window(self, geometry: QByteArray, name: str, state: QByteArray) -> None:
        """Remember the window's place and its docks."""
        self.settings.setValue("window/geometry", geometry)
        self.set_layout_name(name)
        self.settings.setValue(f"window/layout-{name}", state)

    def cohort_state(self, name: str) -> QByteArray:
        """Return how a part of a cohort's window was arranged; empty where never saved."""
        return self._bytes(f"cohort/{name}")

    def set_cohort_state(self, name: str, state: QByteArray) -> None:
        """Remember how a part of a cohort's window is arranged."""
        self.settings.setValue(f"cohort/{name}", state)

    def cohort_sort(self) -> tuple[str, bool]:
        """Return the column that runs are sorted by, and whether the largest comes first."""
        key, _, way = str(self.settings.value("cohort/sort", "") or "").partition(" ")
        return key, way == "descending"

    def set_cohort_sort(self, key: str, descending: bool) -> None:
        """Remember what runs are sorted by."""
        self.settings.setValue("cohort/sort", f"{key} descending" if descending else key)

    def forget_layouts(self) -> None:
        """Forget how the docks were arranged."""
        for key in self.settings.allKeys():
            if key.startswith("window/"):
                self.settings.remove(key)

    def person(self) -> str:
        """Return who curates; the system's user where nobody said."""
        said = str(self.settings.value("curation/person", "") or "").strip()
        return said or os_user() or "somebody"

    def set_person(self, name: str) -> None:
        """Remember who curates; empty: the system's user."""
        self.settings.setValue("curation/person", name.strip())

    def advance(self) -> bool:
        """Return whether a label goes on to the next unit."""
        return self.settings.value("curation/advance", True) not in (False, "false", "0")

    def set_advance(self, on: bool) -> None:
        """Remember whether a label goes on to the next unit."""
        self.settings.setValue("curation/advance", on)

    def phy_command(self) -> str:
        """Return the command that starts phy; empty: ``phy`` on the PATH."""
        return str(self.settings.value("phy/command", "") or "")

    def set_phy_command(self, command: str) -> None:
        """Remember the command that starts phy."""
        self.settings.setValue("phy/command", command)

    def phy_switch(self, name: str) -> bool:
        """Return whether a switch of the link with phy is on, one of :data:`PHY_SWITCHES`."""
        return self.settings.value(f"phy/{name}", PHY_SWITCHES[name]) in (True, "true", "1")

    def set_phy_switch(self, name: str, on: bool) -> None:
        """Remember whether a switch of the link with phy is on."""
        self.settings.setValue(f"phy/{name}", on)

    def theme(self) -> str:
        """Return ``light`` or ``dark``; empty: as the desktop is."""
        said = str(self.settings.value("looks/theme", "") or "")
        return said if said in ("light", "dark") else ""

    def font_size(self) -> int:
        """Return the size of the font in points; 0: as the desktop's."""
        said = str(self.settings.value("looks/font_size", 0) or 0)
        size = int(said) if said.isdecimal() and len(said) <= _MAX_DIGITS else 0
        return size if SMALLEST_FONT <= size <= LARGEST_FONT else 0

    def set_looks(self, theme: str, font_size: int) -> None:
        """Remember the theme (empty: the desktop's) and the font's size (0: the desktop's)."""
        self.settings.setValue("looks/theme", theme)
        self.settings.setValue("looks/font_size", font_size)

    def sorts(self) -> dict[str, str]:
        """Return the Kilosort directories that somebody pointed at, by results folder."""
        return self._pairs("recordings/sorts")

    def add_sorts(self, sorts: Mapping[str, str]) -> None:
        """Remember Kilosort directories of results beside those that are; the last ones said."""
        self._add_pairs("recordings/sorts", sorts)

    def raw_files(self) -> dict[str, str]:
        """Return the raw files that somebody pointed at, by Kilosort directory."""
        return self._pairs("recordings/raw")

    def add_raw_file(self, ks_dir: str, file: str) -> None:
        """Remember the raw file of a sort."""
        self._add_pairs("recordings/raw", {ks_dir: file})

    def left(self, path: str) -> Left | None:
        """Return where a path was left, the last time that it was open; None: never."""
        try:
            kept = json.loads(self._pairs("recordings/left").get(path, "null"))
            results, unit, source, every = [*kept, None][:4]
        except (TypeError, ValueError, RecursionError):
            return None
        if not isinstance(results, str) or source not in SHOWN_SOURCES:
            return None
        known = every if isinstance(every, bool) else None
        return Left(results, unit if type(unit) is int else None, source, known)

    def add_left(self, path: str, left: Left) -> None:
        """Remember where a path is left."""
        words = json.dumps([left.results, left.unit, left.source, left.every])
        self._add_pairs("recordings/left", {path: words})

    def _pairs(self, key: str) -> dict[str, str]:
        try:
            saved = json.loads(str(self.settings.value(key, "{}") or "{}"))
        except (ValueError, RecursionError):
            return {}
        if not isinstance(saved, dict):
            return {}
        return {k: v for k, v in saved.items() if isinstance(v, str)}

    def _add_pairs(self, key: str, pairs: Mapping[str, str]) -> None:
        before = self._pairs(key)
        both = {**{k: v for k, v in before.items() if k not in pairs}, **pairs}
        if both != before:
            kept = dict(list(both.items())[-MAX_SORTS:])
            self.settings.setValue(key, json.dumps(kept))

    def _texts(self, key: str) -> list[str]:
        value = self.settings.value(key)
        if isinstance(value, str):  # QSettings gives a list of one back as a text
            return [value] if value else []
        return [str(v) for v in value] if isinstance(value, list) else []

    def _bytes(self, key: str) -> QByteArray:
        value = self.settings.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
