"""Three probes in one table: rows across probes, their units by name, and rows that phy adds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from books import made_by_phy
from curation_cases import act
from factories import again, sheet_of

from bcviewer.app.rows_told_apart import rows_told_apart
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.view import Sort
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs


class Desk:
    """A stage with three probes, and what goes on on it."""

    def __init__(self, book: Book) -> None:
        self.stage = Stage(Scene(book))
        self.viewing = Viewing(self.stage)
        self.notices: list[str] = []
        self.stage.notice.connect(self.notices.append)
        self.viewing.rows.set_sort("cluster_id")
        self.viewing.rows.set_sort("attention")

    @property
    def scene(self) -> Scene:
        return self.stage.scene

    @property
    def book(self) -> Book:
        assert self.scene.book is not None
        return self.scene.book

    def shown(self) -> list[tuple[str, int | None]]:
        """Return probe and id of the units shown."""
        places = [self.book.place(row) for row in self.scene.view.rows.tolist()]
        return [(self.book.probes[i], self.book.sheets[i].ids.id_of(at)) for i, at in places]


@pytest.fixture(scope="module")
def sheets(shared: Path) -> list[Sheet]:
    return [sheet_of(read_run(place)) for place in find_runs(shared / "sim_3probes")]


@pytest.fixture
def desk(qapp: Any, sheets: list[Sheet]) -> Iterator[Desk]:
    made = Desk(Book(sheets))
    yield made
    made.stage.close()


def test_a_step_goes_from_one_probe_to_the_next(desk: Desk, sheets: list[Sheet]) -> None:
    desk.viewing.rows.set_sort("probe")
    desk.viewing.marking.go_to_place(sheets[0].n_units - 1)
    assert (desk.scene.sheet, desk.scene.sheet_row) == (sheets[0], sheets[0].n_units - 1)
    assert desk.scene.run is sheets[0].run
    desk.viewing.marking.step(1)
    assert (desk.scene.sheet, desk.scene.sheet_row) == (sheets[1], 0)
    assert desk.scene.run is sheets[1].run
    assert desk.scene.current == sheets[0].n_units
    assert desk.viewing.marking.current_id() == sheets[1].ids.id_of(0)


def test_nothing_open_has_no_sheet() -> None:
    scene = Scene()
    assert (scene.sheet, scene.table, scene.run, scene.sheet_row) == (None, None, None, -1)
    assert (scene.runs, scene.origins, scene.which) == ((), (), 0)


def test_filters_are_over_all_probes(desk: Desk, sheets: list[Sheet]) -> None:
    desk.viewing.filtering.set_filter("probe == 'B'")
    assert {probe for probe, _ in desk.shown()} == {"B"}
    assert desk.scene.view.n_shown == sheets[1].n_units
    assert desk.scene.sheet is sheets[1]
    desk.viewing.filtering.set_filter("label == 'GOOD' and probe in ('A', 'C')")
    good = [int((sheets[i].labels == Label.GOOD).sum()) for i in (0, 2)]
    assert desk.scene.view.n_shown == sum(good)
    desk.viewing.filtering.clear_filter()
    desk.viewing.filtering.toggle_class(Label.NOISE)
    noise = sum(int((s.labels == Label.NOISE).sum()) for s in sheets)
    assert desk.scene.view.n_shown == noise


def test_the_highlighted_units_of_two_probes_are_a_filter(desk: Desk, sheets: list[Sheet]) -> None:
    rows = np.array([1, 3, sheets[0].n_units + 3])  # the last has the row 3 in its sheet, too
    desk.viewing.marking.mark(1, rows)
    desk.viewing.filtering.choose("n_failed >= 0", within="selected")
    assert sorted(desk.scene.view.rows.tolist()) == rows.tolist()
    desk.viewing.filtering.clear_filter()
    desk.viewing.filtering.set_filter("presenceRatio > 1e9")
    desk.viewing.filtering.choose("n_failed >= 0", within="selected")
    assert desk.scene.view.n_shown == 0


@pytest.mark.parametrize("text", ["B:3", "b3", " B 3 "])
def test_a_unit_is_gone_to_by_its_probe_and_id(desk: Desk, sheets: list[Sheet], text: str) -> None:
    assert desk.viewing.marking.go_to_text(text) == ""
    assert desk.scene.sheet is sheets[1]
    assert desk.viewing.marking.current_id() == 3


def test_an_id_alone_that_is_ambiguous_says_what_to_write(desk: Desk) -> None:
    go = desk.viewing.marking.go_to_text
    before = desk.scene.current
    assert go("3") == "3 is a unit of A, B and of C: write A:3."
    assert desk.scene.current == before
    only_c = int(desk.book.sheets[2].ids.cluster_id.max())
    assert go(str(only_c)) == ""
    assert desk.scene.sheet is desk.book.sheets[2]
    assert go("#0") == ""
    assert desk.scene.current == 0
    assert go("D:3") == "“D:3” is neither a unit (such as C:412) nor # and a row number."
    assert go("#999").startswith("There is no row 999: rows are 0 to 166")


def test_the_queue_goes_over_all_probes(desk: Desk) -> None:
    desk.viewing.rows.set_queue(QueueSpec(size=20))
    table = desk.book.table
    wanted = [r for r in table.attention_rows().tolist() if table.bombcell_labels[r] != Label.EMPTY]
    assert desk.scene.view.rows.tolist() == wanted[:20]
    assert len({probe for probe, _ in desk.shown()}) > 1


@pytest.mark.parametrize("within", ["all", "shown", "selected"])
@pytest.mark.parametrize("text", ["nonsense == 1", "(" * 500 + "snr > 1" + ")" * 500])
def test_a_filter_that_is_refused_leaves_the_queue(desk: Desk, within: str, text: str) -> None:
    desk.viewing.rows.set_queue(QueueSpec(classes=frozenset({Label.GOOD})))
    queue, shown, filtered = desk.scene.queue, desk.shown(), desk.scene.filter
    desk.viewing.filtering.choose(text, within=within)
    assert desk.notices[-1].endswith("The filter stays as it was.")
    assert desk.scene.queue is queue
    assert desk.shown() == shown
    assert desk.scene.filter == filtered
    desk.viewing.filtering.set_filter(text)  # typed, it is shown as wrong
    assert desk.scene.queue is queue
    assert desk.shown() == shown


def test_rows_that_phy_adds_to_the_first_probe_move_no_unit(desk: Desk) -> None:
    a = desk.book.sheets[0]
    n = desk.book.n_units
    desk.viewing.filtering.set_filter("probe in ('A', 'B')")
    desk.viewing.rows.set_queue(QueueSpec(size=60))
    desk.viewing.rows.set_sort("probe", descending=True)
    last, first = int(desk.scene.view.rows[0]), int(desk.scene.view.rows[-1])
    desk.viewing.marking.mark(last, np.array([first, last]))
    desk.viewing.rows.arrive(np.array([first, last]), desk.viewing.rows.anew())
    before, units = desk.shown(), [desk.book.unit(r) for r in desk.scene.selected.tolist()]
    queue = [desk.book.unit(r) for r in desk.scene.queue.tolist()]
    current, arrived = desk.book.unit(desk.scene.current), desk.scene.arrived.rows.tolist()
    heard = [desk.book.unit(r) for r in arrived]
    desk.viewing.shown.show(again(a, phy=made_by_phy(a.run)))
    assert desk.book.n_units == n + 1
    assert desk.shown() == before
    assert [desk.book.unit(r) for r in desk.scene.selected.tolist()] == units
    assert [desk.book.unit(r) for r in desk.scene.queue.tolist()] == queue
    assert desk.book.unit(desk.scene.current) == current
    assert [desk.book.unit(r) for r in desk.scene.arrived.rows.tolist()] == heard
    assert desk.scene.view.place[desk.scene.view.rows].tolist() == list(range(len(before)))
    assert desk.viewing.marking.go_to_text("C:5") == ""
    assert desk.book.unit(desk.viewing.marking.goal) == desk.book.unit(
        int(desk.book.rows_named("C:5")[0])
    )


def test_what_comes_to_a_probe_marks_its_own_rows(desk: Desk, sheets: list[Sheet]) -> None:
    desk.viewing.shown.show(again(sheets[1], phy=made_by_phy(sheets[1].run)), changed=np.array([2]))
    assert desk.scene.arrived.rows.tolist() == [sheets[0].n_units + 2]
    made = sheets[0].n_units + sheets[1].n_units
    assert desk.scene.view.rows[-1] == made  # a further row comes last
    assert desk.book.place(made) == (1, sheets[1].n_units)
    other = sheet_of(sheets[1].run)
    n = desk.book.n_units
    elsewhere = again(other, source="split")
    desk.stage.become(book=Book([sheets[0]]))
    desk.viewing.shown.show(elsewhere)  # its run is not shown any more
    assert desk.book.n_units == sheets[0].n_units < n


def test_labels_of_one_probe_are_its_rows_labels(desk: Desk, sheets: list[Sheet]) -> None:
    said = replay([act("a", 1, unit=3, label="MUA")])
    before = desk.scene
    assert not desk.viewing.shown.hear(1, said)
    table = desk.book.table
    (row,) = np.flatnonzero(table.manual.labels == Label.MUA)
    assert desk.book.unit(int(row)).cluster_id == 3
    assert desk.book.sheet_of(int(row)).run is sheets[1].run
    assert rows_told_apart(before, desk.scene).tolist() == [row]
    assert desk.book.sheets[0] is sheets[0]
    assert desk.scene.basis is before.basis


def test_other_labels_are_shown_of_all_probes(desk: Desk, sheets: list[Sheet]) -> None:
    desk.viewing.shown.set_label_source("split")
    assert [sheet.source for sheet in desk.book.sheets] == ["split"] * 3
    assert desk.book.recordings == Book(sheets).recordings
    soma = Label.NON_SOMA
    assert any((s.labels == soma).any() for s in sheets)
    assert not (desk.book.table.labels == soma).any()
    assert desk.scene.sort == Sort("attention")
