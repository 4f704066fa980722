"""Colours and signs: one for each class and family, told apart without colours, readable."""

from __future__ import annotations

from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.palette import FAIL_FILL, FAMILY_FILL, LABEL_FILL, LABEL_SIGN, ON_FILL
from bcviewer.core.rules.rules import Family


def luminance(colour: str) -> float:
    """Return WCAG's relative luminance of ``#RRGGBB``."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_label_has_a_colour_and_a_sign() -> None:
    assert set(LABEL_FILL) == set(LABEL_SIGN) == set(Label)
    assert set(FAMILY_FILL) == set(Family) - {Family.NONE}


def test_no_two_classes_share_a_colour_or_a_sign() -> None:
    for table in (LABEL_FILL, LABEL_SIGN):
        assert len({table[label] for label in CLASSES}) == len(CLASSES)


def test_families_are_apart_from_the_classes_and_from_failures() -> None:
    fills = list(FAMILY_FILL.values())
    assert len(set(fills)) == len(fills)
    assert not set(fills) & {*(LABEL_FILL[label] for label in CLASSES), FAIL_FILL}


def test_words_on_a_familys_fill_can_be_read() -> None:
    contrasts = {
        family: (luminance(fill) + 0.05) / (luminance(ON_FILL) + 0.05)
        for family, fill in FAMILY_FILL.items()
    }
    assert min(contrasts.values()) >= 4.5, "WCAG asks it of small text"


def test_families_are_drawn_in_their_order() -> None:
    assert list(FAMILY_FILL) == sorted(set(Family) - {Family.NONE})
