"""The verdict of the curator's minute can be no; the hands themselves are run by hand."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from minute_figures import Figure, Journals, line_of, missed, status_of

GOOD = Figure("(a) decide", keys=24, most=2, units=19, ms=1000.0)


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (GOOD, True),
        (Figure("a", keys=38, most=2, units=19, ms=1.0), True),
        (Figure("a", keys=39, most=2, units=19, ms=1.0), False),
        (Figure("a", keys=0, most=2, units=0, ms=1.0), False),
        (Figure("b", keys=0, most=0, units=1, ms=1.0), True),
        (Figure("b", keys=1, most=0, units=1, ms=1.0), False),
        (Figure("e", keys=0, most=0, units=1, ms=1.0, mistakes=("a tick too many",)), False),
    ],
)
def test_a_figure_that_is_missed_ends_with_status_1(figure: Figure, reached: bool) -> None:
    assert figure.reached is reached
    assert status_of([GOOD, figure], 2) == (0 if reached else 1)
    assert f"  {'yes' if reached else 'NO'}" in line_of(figure)


def test_a_task_that_gave_no_figure_is_missed() -> None:
    assert status_of([GOOD], 1) == 0
    assert status_of([GOOD], 2) == 1
    assert status_of([], 1) == 1


def test_mistakes_stand_below_their_line() -> None:
    lines = line_of(Figure("e", 0, 0, 1, 1.0, ("the queue is gone",))).splitlines()
    assert lines[1].strip() == "the queue is gone"


@pytest.mark.parametrize(
    ("eye", "given", "fine"),
    [
        ((32,), [(32, "MUA")], True),
        ((3, 5), [(5, "MUA"), (3, "MUA")], True),
        ((), [], True),
        ((32,), [(33, "MUA")], False),
        ((32,), [(32, "GOOD")], False),
        ((32,), [], False),
        ((3, 5), [(3, "MUA")], False),
        ((32,), [(32, "MUA"), (33, "MUA")], False),
        ((), [(32, "MUA")], False),
    ],
)
def test_a_label_that_landed_elsewhere_is_a_mistake(
    eye: tuple[int, ...], given: list[tuple[int, str | None]], fine: bool
) -> None:
    assert (missed("Alt+M", eye, "MUA", given) == []) is fine


def test_the_journals_are_read_from_the_disk_and_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "key" / "labels-ada.jsonl"
    path.parent.mkdir()

    def write(name: str, unit: int, label: str | None, field: str = "label") -> None:
        change = {"unit": unit, "field": field, "old": None, "new": label}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": name, "changes": [change]}) + "\n")

    journals = Journals(tmp_path)
    assert journals.new() == []
    write("a", 3, "MUA")
    write("b", 4, "a note", "note")
    assert journals.new() == [(3, "MUA")]
    write("c", 3, None)
    assert journals.new() == [(3, None)]
    assert journals.new() == []


def test_every_task_of_the_issue_is_done() -> None:
    """Without opening a window: the table of tasks as it stands in the source."""
    tree = ast.parse((Path(__file__).parent / "run.py").read_text("utf-8"))
    (table,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "TASKS"
    )
    assert [key.value for key in table.keys] == ["a", "b", "c", "d", "e"]
