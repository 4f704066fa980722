"""The tour's card: where it stands, and that it points at things by names that stay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize

from bcviewer.app.commands.table import COMMANDS
from bcviewer.widgets.chrome.tour import GAP, STOPS, card_place, words_of

ROOM = QRect(10, 10, 980, 680)
CARD = QSize(330, 120)


@pytest.mark.parametrize(
    ("target", "side"),
    [
        (QRect(0, 100, 500, 500), "right"),
        (QRect(500, 100, 500, 500), "left"),
        (QRect(0, 50, 1000, 30), "below"),
        (QRect(0, 660, 1000, 40), "above"),
    ],
)
def test_the_card_stands_beside_what_it_points_at(target: QRect, side: str) -> None:
    card = QRect(card_place(target, CARD, ROOM), CARD)
    assert ROOM.contains(card)
    gaps = {
        "right": card.left() - target.right() - 1,
        "left": target.left() - card.right() - 1,
        "below": card.top() - target.bottom() - 1,
        "above": target.top() - card.bottom() - 1,
    }
    assert gaps[side] == GAP


def test_a_card_that_finds_no_room_stands_in_the_middle() -> None:
    target = QRect(0, 0, 1000, 700)
    card = QRect(card_place(target, CARD, ROOM), CARD)
    assert (card.center() - target.center()).manhattanLength() <= 2


def test_six_stops_in_a_sentence_each_with_keys_that_are_true() -> None:
    assert len(STOPS) == 6
    keys = {key for command in COMMANDS for key in command.shortcuts}
    for stop in STOPS:
        words = words_of(stop)
        assert words.count(". ") == 0
        assert words.endswith(".")
        assert "{" not in words
        assert set(re.findall(r"\b(?:Alt|Ctrl)\+\w|\bF\d\b", words)) <= keys


def test_the_names_of_the_places_are_stable_ones() -> None:
    page = (Path(__file__).parents[3] / "ARCHITECTURE.md").read_text("utf-8")
    for name in (name for stop in STOPS for name in stop.places):
        assert f"`{name.removeprefix('dock.')}`" in page, name
