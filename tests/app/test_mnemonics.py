"""A letter for every menu and every entry, and no letter twice."""

from __future__ import annotations

from collections import Counter

import pytest

from bcviewer.app.commands.command import MENUS, SUBMENUS
from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.mnemonics import TAKEN, entry_titles, marked, menu_titles


def letter(text: str) -> str:
    assert text.count("&") == 1, text
    return text[text.index("&") + 1].upper()


def test_every_menu_has_a_letter_that_curation_does_not_take() -> None:
    letters = [letter(text) for text in menu_titles().values()]
    assert len(set(letters)) == len(MENUS)
    assert not set(letters) & TAKEN
    alt = {key[-1] for c in COMMANDS for key in c.shortcuts if key.startswith("Alt+")}
    assert alt == TAKEN


@pytest.mark.parametrize("menu", MENUS)
def test_every_entry_of_a_menu_has_a_letter_of_its_own(menu: str) -> None:
    titles, commands = entry_titles(), [c for c in COMMANDS if c.menu == menu]
    texts = [titles[c.key] for c in commands]
    texts += [titles[SUBMENUS[c.key]] for c in commands if c.key in SUBMENUS]
    assert [t.replace("&", "") for t in texts][: len(commands)] == [c.title for c in commands]
    assert [one for one, n in Counter(map(letter, texts)).items() if n > 1] == []


def test_a_letter_is_given_up_for_one_that_has_no_other() -> None:
    assert marked(["ab", "a"]) == {"ab": "a&b", "a": "&a"}
    assert marked(["Open file", "Open"]) == {"Open file": "&Open file", "Open": "O&pen"}
    assert marked(["a", "A"]) == {"a": "&a", "A": "A"}, "none is better than one that is another's"
    assert marked(["Units"], "UNS") == {"Units": "Un&its"}
    assert marked(["R&D", "…"]) == {"R&D": "&R&&D", "…": "…"}
