"""What was joined is kept as long as somebody asks for it, and no longer."""

from __future__ import annotations

import gc
import weakref

from bcviewer.core.sheet.kept import UNASKED, KeptJoins


class Part:
    """Something that is joined; it can be watched."""


class Joins:
    """Counts how often something is joined."""

    def __init__(self) -> None:
        self.made = 0

    def ask(self, kept: KeptJoins, key: str, parts: tuple[Part, ...]) -> int:
        def make(_: tuple[Part, ...]) -> int:
            self.made += 1
            return self.made

        return kept.get(key, lambda: parts, make)


def test_it_is_joined_again_only_where_a_part_is_another() -> None:
    joins, a, b = Joins(), Part(), Part()
    first = KeptJoins((1, 1))
    assert [joins.ask(first, "snr", (a, b)) for _ in range(2)] == [1, 1]
    second = KeptJoins((1, 1), first)
    assert joins.ask(second, "snr", (a, b)) == 1
    third = KeptJoins((1, 1), second)
    assert joins.ask(third, "snr", (a, Part())) == 2
    assert joins.ask(KeptJoins((2, 1), third), "snr", (a, b)) == 3, "as long as others"


def test_tables_that_are_not_asked_hand_it_on_for_a_while() -> None:
    joins, parts = Joins(), (Part(), Part())
    kept = KeptJoins((1, 1))
    joins.ask(kept, "snr", parts)
    for _ in range(3):
        for _ in range(UNASKED + 1):
            kept = KeptJoins((1, 1), kept)
        assert joins.ask(kept, "snr", parts) == 1, "whoever asks has it for as long again"


def test_what_nobody_asks_for_any_more_is_let_go_with_its_parts() -> None:
    joins, gone, stays = Joins(), Part(), (Part(), Part())
    kept = KeptJoins((1, 1))
    joins.ask(kept, "drawn", stays)
    joins.ask(kept, "not drawn", (gone, Part()))
    watched = weakref.ref(gone)
    del gone
    for _ in range(UNASKED + 2):
        kept = KeptJoins((1, 1), kept)
        joins.ask(kept, "drawn", stays)
    gc.collect()
    assert watched() is None
    assert joins.made == 2
