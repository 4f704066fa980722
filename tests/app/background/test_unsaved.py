"""What open phys have not saved is marked on each run of their folder, and has its units scored."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from factories import again, make_run, sheet_of
from qt_fixtures import WAIT_MS

from bcviewer.app.background.unsaved import ShownUnsaved
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.threads.worker import close_all
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet


class Arrays:
    """Digests that are clusters' ids, once they may be told."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.may = threading.Event()

    def digest(self, clusters: tuple[int, ...]) -> str:
        self.asked.append(clusters)
        assert self.may.wait(WAIT_MS / 1000)
        return "+".join(map(str, clusters))


class Shows:
    """Runs of one Kilosort folder, what is shown of them, and what is to be scored."""

    def __init__(self, n_runs: int) -> None:
        one = make_run({"nSpikes": [2400.0] * 6})
        other = replace(one, provenance=replace(one.provenance, results_dir="ks/again"))
        state = np.array([1, 1, 1, 1, 3, 3], np.int8)
        none = np.empty(0, np.int64)
        self.sheets = [
            sheet_of(run, phy=Phy(run, state, none, {})) for run in (one, other)[:n_runs]
        ]
        self.scored: list[Run] = []
        self.news: list[list[int]] = []
        """The rows of which was told that they changed, each time."""
        self.arrays = Arrays()
        self.open = self.runs
        """The runs whose arrays are open."""
        stage = Stage(Scene(Book(self.sheets)))
        asks = self._sheet, self._arrays, self._score
        self.unsaved = ShownUnsaved(stage, self, *asks, stage)  # type: ignore[arg-type]

    def show(self, sheet: Sheet, changed: Ints) -> None:
        self.news.append(changed.tolist())
        self.sheets = [sheet if sheet.run is one.run else one for one in self.sheets]

    def _sheet(self, run: Run) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.run is run), None)

    def _arrays(self, run: Run) -> Any:
        return SimpleNamespace(shared=self.arrays) if run in self.open else None

    def _score(self, sheet: Sheet) -> None:
        self.scored.append(sheet.run)

    @property
    def runs(self) -> list[Run]:
        return [sheet.run for sheet in self.sheets]

    def text(self, row: int) -> list[str]:
        return [sheet.phy.text(row) for sheet in self.sheets if sheet.phy is not None]


@pytest.fixture
def shows(qapp: Any, no_leaks: None, request: Any) -> Any:
    made = Shows(getattr(request, "param", 2))
    yield made
    made.arrays.may.set()
    assert close_all([made.unsaved])


def test_a_merge_is_scored_of_each_run_of_its_folder(shows: Shows, qtbot: Any) -> None:
    """Seen: what the first run was told was no news of the second one, which was not scored."""
    for run in shows.runs:
        shows.unsaved.say(run, {0: "merged into 99 with 1"}, {99: (0, 1)})
    qtbot.waitUntil(lambda: len(shows.scored) >= 2, timeout=WAIT_MS)
    assert set(shows.scored) == set(shows.runs)
    assert shows.text(0) == ["unsaved in phy: merged into 99 with 1"] * 2


def test_a_merge_is_scored_also_where_more_is_said_of_it_in_the_same_turn(
    shows: Shows, qtbot: Any
) -> None:
    run, merged = shows.runs[0], {99: (0, 1)}
    shows.unsaved.say(run, {}, merged)
    shows.unsaved.say(run, {2: "group mua"}, merged)
    qtbot.waitUntil(lambda: "group mua" in shows.text(2)[0], timeout=WAIT_MS)
    assert run in shows.scored


@pytest.mark.parametrize("n_open", [0, 1])
def test_of_which_spikes_a_unit_is_is_known_of_each_run_of_its_folder(
    shows: Shows, qtbot: Any, n_open: int
) -> None:
    """Seen: of one of them it was *being read* for ever, and its label was refused."""
    shows.open = [shows.runs[n_open]]
    shows.arrays.may.set()
    shows.unsaved.say(shows.runs[0], {4: "there again"}, {4: (0, 1)})
    known = lambda: [s.phy.spikes.get(4) for s in shows.sheets if s.phy is not None]  # noqa: E731
    qtbot.waitUntil(lambda: known() == ["0+1"] * 2, timeout=WAIT_MS)


@pytest.mark.parametrize("shows", [1], indirect=True)
def test_a_label_that_was_cleared_here_is_no_news_where_phy_took_that(
    shows: Shows, qtbot: Any
) -> None:
    """Seen: the row of whom one's own label was taken away was marked as changed elsewhere."""
    (sheet,) = shows.sheets
    said = CurationState()
    said.units = {int(sheet.run.cluster_id[1]): ManualUnit(by="ada", at="2026-11-30T19:18:53")}
    shows.sheets = [again(sheet, said=said)]
    words = {1: "group unsorted", 2: "group unsorted", 3: "group good"}
    shows.unsaved.say(sheet.run, words, {})
    qtbot.waitUntil(lambda: shows.news != [], timeout=WAIT_MS)
    assert shows.news == [[2, 3]]


@pytest.mark.parametrize("shows", [1], indirect=True)
def test_what_was_being_read_when_phy_saved_is_read_anew_of_the_files_of_now(
    shows: Shows, qtbot: Any
) -> None:
    (run,), arrays = shows.runs, shows.arrays
    shows.unsaved.say(run, {4: "there again"}, {4: (0, 1)})
    qtbot.waitUntil(lambda: arrays.asked == [(0, 1)], timeout=WAIT_MS)
    (sheet,) = shows.sheets
    assert sheet.phy is not None
    shows.unsaved.saved(sheet)
    shows.unsaved.shown_on(sheet.phy.as_read, sheet.phy)  # it has not that merge
    qtbot.wait(20)  # asked in a turn of its own, while the first answer is still to come
    arrays.may.set()
    qtbot.waitUntil(lambda: arrays.asked == [(0, 1)] * 2, timeout=WAIT_MS)
