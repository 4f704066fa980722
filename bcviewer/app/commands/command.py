"""What is declared of a command, and the menus."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    Attributes
    ----------
    key : str
        Its name.
    title : str
        Its text in a menu.
    menu : str
        The menu it stands in; empty for commands that have keys only.
    shortcuts : tuple of str
        Keys, in Qt's portable spelling; the first is shown in the menu.
    help : str
        What it does, for the tooltip and the key list.
    needs_run : bool
        Whether it is greyed out without an open run.
    checkable : bool
        Whether it is on or off.
    icon : str
        Name of its icon.
    separate : bool
        Whether a line stands above it in the menu.
    act : str
        What is done: one of the window's groups of commands has a method of this name with
        ``do_`` before it. Its key, where none is given.
    about : str
        What that method is told, where one does several commands.
    repeats : bool
        Whether it is done again and again while its key is held: steps from unit to unit only. A
        label goes on to the next unit, so that a key held too long would label all of them.
    """

    key: str
    title: str
    menu: str
    shortcuts: tuple[str, ...] = ()
    help: str = ""
    needs_run: bool = True
    checkable: bool = False
    icon: str = ""
    separate: bool = False
    act: str = ""
    about: str = ""
    repeats: bool = False

    def __post_init__(self) -> None:
        if not self.act:
            object.__setattr__(self, "act", self.key)


MENUS: tuple[str, ...] = ("File", "Units", "Curate", "Merges", "Filter", "What if", "View", "Help")
SUBMENUS: dict[str, str] = {
    "demo": "Open recent",
    "reset_layout": "Docks",
    "mode_previous": "Run mode",
}
"""Menus within a menu, by the command that they stand below."""
