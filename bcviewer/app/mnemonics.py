"""The letters that choose menus and their entries from the keyboard, derived from their titles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bcviewer.app.commands.command import MENUS, SUBMENUS
from bcviewer.app.commands.table import COMMANDS

TAKEN = frozenset("GMNSU")
"""Keys of curation with Alt: no menu's title takes them."""


def menu_titles() -> dict[str, str]:
    """Return each menu's title with an ``&`` before its letter."""
    return marked(MENUS, TAKEN)


def entry_titles() -> dict[str, str]:
    """Return the title of each command and submenu with an ``&`` before its letter."""
    found: dict[str, str] = {}
    for menu in MENUS:
        commands = [command for command in COMMANDS if command.menu == menu]
        under = [SUBMENUS[c.key] for c in commands if c.key in SUBMENUS]
        texts = marked([*(command.title for command in commands), *under])
        found |= {command.key: texts[command.title] for command in commands}
        found |= {title: texts[title] for title in under}
    return found


def marked(titles: Sequence[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return titles with an ``&`` before a letter that no other one of them has.

    Initials of words go first. A title takes a letter from another one that can do with a further
    one, so that all have one where that is possible at all; else it has none.
    """
    taken = frozenset(taken)
    holder: dict[str, str] = {}
    for title in titles:
        _give(title, holder, taken, set())
    place = {title: letter for letter, title in holder.items()}
    return {title: _with_mark(title, place.get(title, "")) for title in titles}


def _give(title: str, holder: dict[str, str], taken: frozenset[str], tried: set[str]) -> bool:
    """Give a title a letter, and its holder another one where need be; say whether it has one."""
    letters = [letter for letter in _letters(title) if letter not in taken]
    for letter in sorted(letters, key=lambda letter: letter in holder):  # a free one goes first
        if letter in tried:
            continue
        tried.add(letter)
        if letter not in holder or _give(holder[letter], holder, taken, tried):
            holder[letter] = title
            return True
    return False


def _places(title: str) -> list[int]:
    """Return where letters stand, the initials of words first."""
    there = [i for i, sign in enumerate(title) if sign.isascii() and sign.isalnum()]
    return sorted(there, key=lambda i: i > 0 and title[i - 1].isalnum())


def _letters(title: str) -> list[str]:
    return list(dict.fromkeys(title[i].upper() for i in _places(title)))


def _with_mark(title: str, letter: str) -> str:
    at = next((i for i in _places(title) if title[i].upper() == letter), -1)
    texts = (title,) if at < 0 else (title[:at], title[at:])
    return "&".join(text.replace("&", "&&") for text in texts)
