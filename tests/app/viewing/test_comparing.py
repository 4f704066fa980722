"""A comparison: loaded beside what is open, swapped, redone in another run mode, ended, refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ears import Ear
from qt_fixtures import WAIT_MS, write_recording

from bcviewer.app.session import Session
from bcviewer.app.viewing import compare_job as module
from bcviewer.app.viewing.comparing import CHANGED, ENDED, NOTHING
from bcviewer.core.rules.columns import BETWEEN
from bcviewer.errors import UserError

COLUMNS: dict[str, Any] = {
    "presenceRatio": [0.65, 0.9, 0.65, 0.5],
    "maxChannels": [0.0, 1.0, 2.0, 3.0],
}
LOW = {"minPresenceRatio": 0.6}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of two probes in two run modes, of a third in one."""
    top = tmp_path_factory.mktemp("compared")
    for mode, probes, params in (("DEFAULT", "ABC", {}), ("NP2.0", "AB", LOW)):
        for probe in probes:
            folder = top / "s1" / "bombcell" / f"bombcell_{mode}" / f"kilosort4_{probe}"
            write_recording(folder, COLUMNS, params)
    (top / "recording_config.json").write_text(
        '{"recording_name": "s1", "recordings_root": ".", "np20_probes": ["A", "B"],'
        ' "probe_stream_names": {"A": "x", "B": "y", "C": "z"}}'
    )
    return top / "recording_config.json"


@pytest.fixture
def session(qapp: Any, no_leaks: None, config: Path) -> Iterator[Session]:
    made = Session()
    made.open(config)
    assert made.wait_idle(WAIT_MS)
    yield made
    made.close()


def place_of(config: Path, mode: str, probe: str = "A") -> Path:
    return config.parent / "s1" / "bombcell" / f"bombcell_{mode}" / f"kilosort4_{probe}"


def compared(session: Session, path: object, **more: Any) -> Session:
    session.comparing.compare_with(str(path), **more)
    assert session.wait_idle(WAIT_MS)
    return session


def changes(session: Session) -> list[str]:
    table = session.table
    assert table is not None
    return [table.text("change", row) for row in range(table.n_units)]


def open_mode(session: Session, mode: str, probe: str = "A") -> None:
    places = session.catalogue.locations
    session.open_location(
        next(i for i, one in enumerate(places) if (one.mode, one.probe) == (mode, probe))
    )
    assert session.wait_idle(WAIT_MS)


def test_it_stands_beside_the_labels_and_ends_without_a_trace(session, config) -> None:
    before = [session.table.text("label", row) for row in range(4)]
    basis, rows = session.scene.basis, session.view.rows.tolist()
    compared(session, place_of(config, "NP2.0"))
    two = session.scene.comparison
    assert two.open_is_after
    assert changes(session) == ["GOOD → MUA", "", "GOOD → MUA", ""]
    assert [session.table.text("label", row) for row in range(4)] == before
    assert session.scene.basis is basis, "no plot of metrics and classes is drawn anew"
    assert session.view.rows.tolist() == rows
    session.toggle_chip(CHANGED)
    assert sorted(session.view.rows.tolist()) == [0, 2]
    session.set_filter("cause == 'thresholds'")
    session.comparing.end()
    assert session.scene.comparison is None
    assert not set(BETWEEN) & set(session.table.names())
    assert (session.filter.text, session.filter.chips) == ("", frozenset())
    assert session.view.n_shown == 4
    ear = Ear(session, "notice")
    session.comparing.end()
    session.comparing.swap()
    assert ear.take("notice") == [NOTHING, NOTHING]


def test_swapped_it_says_the_same_the_other_way_round(session, config) -> None:
    compared(session, place_of(config, "NP2.0"))
    titles = session.scene.comparison.titles
    session.comparing.swap()
    assert session.wait_idle(WAIT_MS)
    two = session.scene.comparison
    assert (two.titles, two.open_is_after) == (titles[::-1], False)
    assert changes(session) == ["MUA → GOOD", "", "MUA → GOOD", ""]
    session.comparing.swap()
    assert session.wait_idle(WAIT_MS)
    assert changes(session) == ["GOOD → MUA", "", "GOOD → MUA", ""]


def test_in_another_run_mode_it_is_redone(session, config) -> None:
    compared(session, place_of(config, "NP2.0"))
    open_mode(session, "np20_rerun")  # the two change places: what was before stays so
    two = session.scene.comparison
    assert not two.open_is_after
    assert two.run is session.scene.run
    assert Path(two.other.provenance.results_dir).parent == place_of(config, "DEFAULT")
    assert changes(session) == ["GOOD → MUA", "", "GOOD → MUA", ""]
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.comparison.run is session.scene.run
    assert changes(session) == ["GOOD → MUA", "", "GOOD → MUA", ""]
    open_mode(session, "np20_rerun", "B")
    two = session.scene.comparison
    assert Path(two.other.provenance.results_dir).parent == place_of(config, "DEFAULT", "B")
    assert changes(session) == ["GOOD → MUA", "", "GOOD → MUA", ""]


def test_a_probe_that_the_other_run_mode_lacks_ends_it(session, config) -> None:
    compared(session, place_of(config, "NP2.0"))
    ear = Ear(session, "notice")
    open_mode(session, "batch", "C")
    assert session.scene.comparison is None
    assert ENDED in ear.take("notice")
    open_mode(session, "batch", "A")
    assert session.scene.comparison is None, "it ended"


@pytest.mark.parametrize("found", ["itself", "nothing", "broken", "no table", "other probes"])
def test_what_cannot_be_compared_is_one_line_and_leaves_all_as_it_was(
    session: Session, config: Path, tmp_path: Path, found: str
) -> None:
    compared(session, place_of(config, "NP2.0"))
    scene, ear = session.scene, Ear(session, "failed")
    wanted = session.comparing.wanted
    path = {
        "itself": place_of(config, "DEFAULT"),
        "nothing": tmp_path / "none",
        "broken": tmp_path / "broken",
        "no table": tmp_path,
        "other probes": place_of(config, "DEFAULT").parent,
    }[found]
    if found == "broken":
        write_recording(path, COLUMNS)
        (path / "bombcell" / "templates._bc_qMetrics.parquet").write_bytes(b"PAR1" * 9)
    if found == "other probes":
        session.comparing.end()
        open_mode(session, "np20_rerun", "B")
        scene, wanted = session.scene, None
        path = write_recording(tmp_path / "kilosort4_X", COLUMNS).parent
        write_recording(tmp_path / "kilosort4_Y", COLUMNS)
    compared(session, path)
    (error,) = ear.take("failed")
    assert isinstance(error, UserError)
    assert "\n" not in str(error)
    assert session.scene.comparison is scene.comparison
    assert session.scene.book is scene.book
    assert session.comparing.wanted is wanted


def test_a_run_of_another_probe_is_compared_where_it_is_the_only_one(session, tmp_path) -> None:
    other = write_recording(tmp_path / "kilosort4_X", {"presenceRatio": [0.9, 0.9]})
    ids = write_recording(tmp_path / "kilosort4_Z", COLUMNS, LOW)
    compared(session, other)
    two = session.scene.comparison
    assert two.found.matched == 0, "ids alone do not tell"
    assert "change" not in session.table.names()
    compared(session, ids)
    assert changes(session) == ["GOOD → MUA", "", "GOOD → MUA", ""]


def test_the_window_answers_meanwhile_and_what_was_asked_last_counts(
    session: Session, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, really, n = threading.Event(), module.pair_runs, []

    def slow(before: Any, after: Any, check: Any) -> Any:
        n.append(after)
        go_on.wait(WAIT_MS / 1000)
        return really(before, after, check)

    monkeypatch.setattr(module, "pair_runs", slow)
    ear = Ear(session, "notice", "failed")
    session.comparing.compare_with(place_of(config, "NP2.0"))
    session.step(1)
    assert session.busy
    session.comparing.compare_with(place_of(config, "NP2.0"), open_is_after=False)
    go_on.set()
    assert session.wait_idle(WAIT_MS)
    assert not session.scene.comparison.open_is_after
    session.comparing.compare_with(place_of(config, "NP2.0"))
    session.comparing.end()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.comparison is None, "it was taken back before it came"
    assert not ear.take("failed")


def test_cancelled_it_leaves_what_was_compared(
    session: Session, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(session, place_of(config, "NP2.0"))
    scene = session.scene
    begun = threading.Event()

    def hang(before: Any, after: Any, check: Any) -> Any:
        begun.set()
        while True:
            check()
            threading.Event().wait(0.001)

    monkeypatch.setattr(module, "pair_runs", hang)
    session.comparing.compare_with(place_of(config, "NP2.0"), open_is_after=False)
    assert begun.wait(WAIT_MS / 1000)
    session.cancel()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.comparison is scene.comparison
    assert session.comparing.wanted.open_is_after


def test_what_is_too_large_is_said(
    session: Session, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(module, "pair_runs", full)
    ear = Ear(session, "failed")
    compared(session, place_of(config, "NP2.0"))
    (error,) = ear.take("failed")
    assert "too large to be compared" in str(error)


def test_an_order_by_what_is_compared_goes_with_it(session, config) -> None:
    compared(session, place_of(config, "NP2.0"))
    session.set_sort("change", True)
    assert np.isin(session.view.rows[:2], [0, 2]).all()
    session.comparing.end()
    assert session.sort.column == "attention"


def test_a_chip_of_what_ended_hides_nothing_in_another_run_mode(session, config) -> None:
    compared(session, place_of(config, "NP2.0"))
    session.toggle_chip(CHANGED)
    open_mode(session, "batch", "C")
    assert session.filter.chips == frozenset()
    assert session.view.n_shown == 4
    session.viewing.proposing.propose("minPresenceRatio", 0.6)
    session.toggle_chip("flips")
    open_mode(session, "batch", "A")
    assert session.view.n_shown == 4
