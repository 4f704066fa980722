"""The command table: unique, without clashes, and each one can be done."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence

from bcviewer.app.commands.command import MENUS, Command
from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.view import CHIPS
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES
from bcviewer.frame import actions
from bcviewer.frame.command_group import CommandGroup
from bcviewer.widgets.chrome.docks import LAYOUTS
from bcviewer.widgets.drawing.theme import icon

MODULES = (actions, *(import_module(f"bcviewer.frame.{name}") for name in actions.LATER))
GROUPS = {
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, CommandGroup) and kind is not CommandGroup
}
BY_KEY = {command.key: command for command in COMMANDS}


def portable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def test_names_are_unique() -> None:
    assert [key for key, n in Counter(c.key for c in COMMANDS).items() if n > 1] == []
    assert [title for title, n in Counter(c.title for c in COMMANDS).items() if n > 1] == []


def test_no_shortcut_is_taken_twice() -> None:
    taken = Counter(portable(key) for c in COMMANDS for key in c.shortcuts)
    assert [key for key, n in taken.items() if n > 1] == []


def test_every_shortcut_is_one_that_qt_knows() -> None:
    for command in COMMANDS:
        for key in command.shortcuts:
            sequence = QKeySequence(key)
            assert sequence.count() == 1, f"{command.key}: {key}"
            assert portable(key) == key, f"{command.key}: {key}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.key)
def test_every_command_can_be_done_and_is_explained(command: Command) -> None:
    doers = [group for group in GROUPS if hasattr(group, f"do_{command.act}")]
    assert len(doers) == 1, "done by one group of commands, and by one only"
    assert command.help.endswith(".")
    assert command.menu in MENUS


def test_a_key_that_is_held_only_steps() -> None:
    steps = ("next_", "previous_")
    assert {c.key for c in COMMANDS if c.repeats} == {
        c.key for c in COMMANDS if c.key.startswith(steps)
    }


def test_no_do_method_without_a_command() -> None:
    names = [name for group in GROUPS for name in vars(group) if name.startswith("do_")]
    assert {name.removeprefix("do_") for name in names} == {c.act for c in COMMANDS}


MOUSE = {"mouse wheel", "middle button", "double click"}
"""No keys, and no commands: what every plot does."""


def test_readme_has_every_key_and_no_other() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    table = readme.split("\n## Keys\n")[1].split("\n## ")[0].replace("`/`", "Slash")
    cells = [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:] if "|" in line]
    keys: set[str] = set()
    for text in cells:
        for part in re.split(" / |, ", text.replace("Ctrl+,", "Ctrl+Comma")):
            first, _, last = part.partition(" … ")
            keys |= {f"{first[:-1]}{i}" for i in range(1, int(last[-1]) + 1)} if last else {part}
    spelled = {",": "Comma", "/": "Slash"}
    wanted = {key[:-1] + spelled.get(key[-1], key[-1]) for c in COMMANDS for key in c.shortcuts}
    assert keys - MOUSE == wanted
    assert keys >= MOUSE


def test_no_menu_takes_a_key_of_curation() -> None:
    mnemonics = [t for t in (*MENUS, *(c.title for c in COMMANDS)) if "&" in t]
    assert mnemonics == []


def test_the_keys_of_the_product_page() -> None:
    wanted = {
        "next_unit": {"Down", "Space", "J"},
        "previous_unit": {"Up", "Shift+Space", "K"},
        "first_unit": {"Home"},
        "last_unit": {"End"},
        "next_borderline": {"B"},
        "label_good": {"Alt+G"},
        "label_mua": {"Alt+M"},
        "label_noise": {"Alt+N"},
        "label_nonsoma": {"Alt+S"},
        "label_clear": {"Alt+U"},
        "undo": {"Ctrl+Z"},
        "redo": {"Ctrl+Shift+Z", "Ctrl+Y"},
        "next_unreviewed": {"N"},
        "previous_unreviewed": {"Shift+N"},
        "filter": {"/", "Ctrl+F"},
        "go_to": {"Ctrl+G"},
        "open_in_phy": {"P"},
        "clear_filter": {"Esc"},
        "keys": {"H", "F1"},
    }
    wanted |= {f"class_{i}": {str(i)} for i in range(1, 7)}
    wanted |= {f"probe_{i}": {f"Ctrl+{i}"} for i in range(1, 7)}
    assert {key: set(BY_KEY[key].shortcuts) for key in wanted} == wanted


def test_classes_and_chips_are_those_of_the_filter() -> None:
    classes = [BY_KEY[f"class_{i}"].title for i in range(1, 7)]
    assert classes == [LABEL_NAMES[label] for label in CLASSES]
    chips = [c.about for c in COMMANDS if c.act == "chip"]
    assert chips == list(CHIPS)
    assert all(BY_KEY[f"chip_{c}"].checkable for c in CHIPS)


def test_layouts_are_those_of_the_table_of_docks() -> None:
    assert [c.about for c in COMMANDS if c.act == "layout"] == [spec.key for spec in LAYOUTS]


def test_icons_are_there() -> None:
    assert [c.key for c in COMMANDS if c.icon and icon(c.icon).isNull()] == []
