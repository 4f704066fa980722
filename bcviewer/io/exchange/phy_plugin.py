"""The one file in phy's own folder that links it with bcviewer: looked at, put there, removed.

phy executes each file of that folder at its start. ``phy_config.py`` is never touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io.files import home, read_bytes
from bcviewer.io.put_file import refuse_link, write_atomically
from bcviewer.io.resources import resource_path

PLUGIN = "bcviewer_link.py"
_LARGEST = 1_000_000
_NONE = "Not installed."
_OURS = re.compile(rb"bcviewer link (\d+)")


@dataclass(frozen=True, slots=True)
class PluginState:
    """What is at the plugin's place.

    Attributes
    ----------
    place : Path
        Where it is, or would be.
    words : str
        What is there, in a sentence.
    installed : bool
        Whether ours, of any version, is there.
    current : bool
        Whether it is this one, to the letter.
    refused : str
        Why nothing can be written or removed there; empty: it can.
    """

    place: Path
    words: str
    installed: bool = False
    current: bool = False
    refused: str = ""


def where() -> Path:
    """Return the plugin's place in the user's folder of phy."""
    return home() / ".phy" / "plugins" / PLUGIN


def source() -> bytes:
    """Return what is written there."""
    return resource_path("phy", PLUGIN).read_bytes()


def is_installed(place: Path) -> bool:
    """Whether a plugin of ours, of any version, is at a place."""
    return look(place).installed


def look(place: Path) -> PluginState:
    """Return what is at a place."""
    for part in (place.parent.parent, place.parent, place):
        if part.is_symlink():
            words = f"{part} is a link, and is not followed."
            return PluginState(place, words, refused=words)
    if not place.exists():
        return PluginState(place, _NONE)
    try:
        there = read_bytes(place, _LARGEST)
    except UserError as error:
        words = f"{place.name} there cannot be read: {error.message}."
        return PluginState(place, words, refused=words)
    found = _OURS.search(there[:1000])
    if found is None:
        words = f"A file {place.name} that is not bcviewer's is there."
        return PluginState(place, words, refused=words)
    ours = source()
    if there == ours:
        return PluginState(place, "Installed.", installed=True, current=True)
    mine = _OURS.search(ours[:1000])
    theirs, own = found.group(1).decode(), "" if mine is None else mine.group(1).decode()
    what = f"version {theirs}, this one is {own}" if theirs != own else "changed, or of another day"
    return PluginState(place, f"Another version is there ({what}).", installed=True)


def install(place: Path) -> PluginState:
    """Write the plugin, whole or not at all.

    Raises
    ------
    UserError
        If there is a link, or a file of somebody else's, or nothing can be written.
    """
    _refuse(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{place.parent}: cannot be made: {error.strerror or error}.") from None
    text = source()

    def write(temporary: Path) -> None:
        temporary.write_bytes(text)

    write_atomically(place, write)
    return look(place)


def remove(place: Path) -> PluginState:
    """Remove the plugin, and what Python compiled of it; the folders stay.

    Raises
    ------
    UserError
        If there is a link, or a file of somebody else's, or it cannot be removed.
    """
    _refuse(place)
    compiled = place.parent / "__pycache__"
    try:
        place.unlink(missing_ok=True)
        if not compiled.is_symlink():
            for file in compiled.glob(f"{place.stem}.*.pyc"):
                file.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{place}: cannot be removed: {error.strerror or error}.") from None
    state = look(place)
    return replace(state, words="Removed.") if state.words == _NONE else state


def _refuse(place: Path) -> None:
    for part in (place.parent.parent, place.parent, place):
        refuse_link(part)
    state = look(place)
    if state.refused:
        raise UserError(state.refused, "Move it away first.")
