"""A kept queue in another copy of the recording, in which phy made other units of its ids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import SAMPLE_RATE
from phy_recordings import SPIKES, merge, write_sorted
from qt_fixtures import WAIT_MS, write_recording

from bcviewer.app.background import scoring
from bcviewer.app.session import Session
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.io import names


def scored_after(folder: Path, *of: int, n: int = 5) -> None:
    """Write units 0 to 4, of which phy made 5 of some before Bombcell scored what was there."""
    times = 30 * np.arange(n * SPIKES)
    templates = np.arange(len(times)) % n
    clusters = np.where(np.isin(templates, of), 5, templates)
    ids, counts = np.unique(clusters, return_counts=True)
    ends = [times[-1] / SAMPLE_RATE] * len(ids)
    given = {"nSpikes": counts.astype(float).tolist(), "useTheseTimesStop": ends}
    write_recording(folder, given, params_py=True, ids=ids.tolist())
    np.save(folder / names.SPIKE_TIMES, times)
    np.save(folder / names.SPIKE_TEMPLATES, templates)
    np.save(folder / names.SPIKE_CLUSTERS, clusters)
    np.save(folder / names.TEMPLATES, np.zeros((n, 3, 1), np.float32))


class Opened:
    """A session on a recording, and what it told."""

    def __init__(self, folder: Path) -> None:
        self.session = Session()
        self.notices: list[str] = []
        self.session.notice.connect(self.notices.append)
        self.session.open(str(folder))
        assert self.session.wait_idle(WAIT_MS)

    def shown(self) -> list[int]:
        session = self.session
        return sorted(session.table.ids.ids_of(session.view.rows).tolist())

    def drawn(self) -> list[int]:
        review = self.session.scene.review
        return sorted(self.session.table.ids.ids_of(review.rows).tolist())

    def told(self) -> bool:
        words = "Left out of the review queue: unit 5, another unit than was drawn."
        return words in self.notices


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """Return two copies: phy made 5 of 0 and 1 in one, of 2 and 3 in the other."""
    for name, of in (("a", (0, 1)), ("b", (2, 3))):
        scored_after(tmp_path / name / "kilosort4_A", *of)
    return tmp_path / "a", tmp_path / "b"


@pytest.fixture
def at(qapp: Any, no_leaks: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(scoring, "START_MS", 10 * WAIT_MS)  # none is needed here
    there: list[Opened] = []

    def open_at(folder: Path) -> Opened:
        close()
        there.append(Opened(folder))
        return there[-1]

    def close() -> None:
        while there:
            there.pop().session.close()

    yield open_at
    close()


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("blind", [False, True])
def test_another_unit_of_an_id_is_none_of_it(
    at: Any, copies: tuple[Path, Path], as_people_open: None, *, blind: bool, every: bool
) -> None:
    """Seen: the other 5 was in the queue, and hidden in a blind one, as if it had been drawn."""
    if every:
        for one in copies:
            scored_after(one / "kilosort4_B", 0, 3, n=4)
    here = at(copies[0])
    here.session.set_queue(QueueSpec("random", blind=blind))
    whole, of_b = here.drawn(), [1, 2, 5] if every else []
    assert whole == sorted([2, 3, 4, 5, *of_b])
    there = at(copies[1])
    assert there.told()
    assert there.drawn() == there.shown() == sorted([4, *of_b])
    lost = {i if isinstance(i, int) else i[1] for i in there.session.scene.review.missing}
    assert lost == {2, 3, 5}
    assert [there.session.scene.sheet.veil.hides(row) for row in (0, 3)] == [False] * 2
    there.session.reload()
    assert there.session.wait_idle(WAIT_MS)
    assert there.drawn() == sorted([4, *of_b])
    again = at(copies[0])
    assert not again.told()
    assert again.drawn() == whole


@pytest.mark.parametrize("blind", [False, True])
def test_a_unit_that_is_merely_gone_is_not_another_one(
    at: Any, copies: tuple[Path, Path], *, blind: bool
) -> None:
    """Seen: it was said to be another unit, and a blind review showed its verdict."""
    here = at(copies[0])
    here.session.set_queue(QueueSpec("random", blind=blind))
    whole = here.drawn()
    assert here.session.scene.review.spikes[5]
    merge(copies[0] / "kilosort4_A", [4, 5], 6)
    again = at(copies[0])
    review, sheet = again.session.scene.review, again.session.scene.sheet
    assert sheet.phy.away() == {4, 5}
    assert not any("Left out" in words for words in again.notices)
    assert (again.drawn(), review.missing) == (whole, ())
    assert sheet.veil.hides(int(sheet.ids.rows_of(5)[0])) is blind


def test_another_unit_that_bombcell_did_not_score_is_told_once(
    at: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: it was left out, and nothing said so."""
    for name, of in (("a", [0, 1]), ("b", [2, 3])):
        folder = write_sorted(tmp_path / name / "kilosort4_A", 5)
        np.save(folder / names.TEMPLATES, np.zeros((5, 3, 1), np.float32))
        merge(folder, of, 5)
    here = at(tmp_path / "a")
    here.session.set_queue(QueueSpec("random"))
    whole = here.drawn()
    assert whole == [2, 3, 4, 5]
    there = at(tmp_path / "b")
    words = "Left out of the review queue: unit 5, another unit than was drawn."
    assert 5 not in there.drawn()
    assert there.notices.count(words) == 1
    there.session.reload()
    assert there.session.wait_idle(WAIT_MS)
    assert there.notices.count(words) == 1
    again = at(tmp_path / "a")
    assert (again.drawn(), again.told()) == (whole, False)
    merge(tmp_path / "b" / "kilosort4_A", [5], 6)
    assert not at(tmp_path / "b").told()  # it is merely gone


def test_a_queue_of_another_unit_alone_is_left(at: Any, copies: tuple[Path, Path]) -> None:
    here = at(copies[0])
    for seed in range(50):
        here.session.set_queue(QueueSpec("random", 1, seed=seed, blind=True))
        if here.drawn() == [5]:
            break
    assert here.drawn() == [5]
    there = at(copies[1])
    assert there.told()
    assert not there.session.scene.review.on
    assert there.shown() == [0, 1, 4, 5]


def test_another_one_that_phy_saves_meanwhile_is_left_out_until_it_is_opened_again(
    at: Any, copies: tuple[Path, Path]
) -> None:
    here = at(copies[0])
    here.session.set_queue(QueueSpec())
    session, file = here.session, copies[0] / "kilosort4_A" / names.SPIKE_CLUSTERS
    clusters = np.load(file)

    def saved(now: Any) -> None:
        np.save(file, now)
        known = session.scene.sheet.phy.as_read
        session.background.read_phy_again(session.scene.run)
        assert session.wait_idle(WAIT_MS)
        assert session.scene.sheet.phy.as_read is not known

    saved(np.load(copies[1] / "kilosort4_A" / names.SPIKE_CLUSTERS))
    assert here.told()
    assert 5 in session.scene.review.missing
    assert 5 not in here.drawn()
    saved(clusters)
    assert 5 in at(copies[0]).drawn()
