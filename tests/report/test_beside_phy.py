"""The report is of Bombcell's run: what phy has otherwise by now is said, and what is left out."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from curation_cases import act, note
from factories import again, make_run, sheet_of
from phy_recordings import merge, split, write_sorted

from bcviewer.cli.entry import main
from bcviewer.cli.report import RunReader
from bcviewer.core.curation.entries import LABEL, SPIKES, Change
from bcviewer.core.curation.replay import replay, with_spikes
from bcviewer.core.run.run import Run
from bcviewer.core.run.saved_in_phy import SavedInPhy
from bcviewer.core.run.unit_ids import OF_NONE, REST
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io import names
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore
from bcviewer.io.journal.user_data import journals_folder
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.report.beside_phy import BesidePhy, beside_phy_words
from bcviewer.report.curators import curators_of
from bcviewer.report.page import make_probe, render

SINCE = "merged or split since Bombcell ran"


def sheet(*actions: object, spikes: dict[int, str] | None = None) -> Sheet:
    said = with_spikes(replay(actions), spikes or {})
    return again(sheet_of(make_run({"presenceRatio": [1.0] * 6})), said=said)


def words(table: Sheet, gone: set[int], made: set[int], **more: str) -> str:
    return beside_phy_words(BesidePhy(table, SavedInPhy(frozenset(gone), frozenset(made), **more)))


def page_words(page: str) -> str:
    """Return what a page says, without its figures."""
    shown = re.sub(r"<(style|script|svg).*?</\1>", "", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def test_where_nothing_is_otherwise_nothing_is_said() -> None:
    for of in (BesidePhy(sheet(act("a", 1))), BesidePhy(sheet(), SavedInPhy())):
        assert beside_phy_words(of) == ""
    alone = {"who_made": "spike_templates.npy: not there."}
    assert words(sheet(), set(), {9}, **alone) == ""
    left_out = "Left out, of units that are not in these results: 1 manual label."
    assert words(sheet(act("a", 1, unit=9)), set(), {9}, **alone) == left_out


def test_units_and_what_was_said_of_them() -> None:
    table = sheet(act("a", 1, unit=2), note("b", 2, "why?", unit=2), act("c", 3, unit=9))
    assert words(table, {2, 3}, {9, 10}) == (
        f"phy: 2 of these units are gone ({SINCE}) and still count here, with 1 manual label and"
        " 1 note; 2 that it made are not in this report, with 1 manual label."
    )
    one = words(sheet(), {2}, {9})
    assert one == (
        f"phy: 1 of these units is gone ({SINCE}) and still counts here; 1 that it made is not in"
        " this report."
    )
    assert words(sheet(), {2}, set()) == f"{one.partition(';')[0]}."
    assert words(sheet(), set(), {9}) == "phy: 1 unit that it made is not in this report."
    alone = words(sheet(), {2}, {9, 10}, who_made="spike_templates.npy: not there.")
    assert alone.endswith("; 2 that are there now are not in this report.")


def test_what_was_said_of_others_is_left_out_aloud() -> None:
    of_spikes = (Change(41, LABEL, None, "GOOD", ((SPIKES, "then"),)),)
    said = [act("a", 1, unit=900), act("b", 2, changes=of_spikes)]
    results = "of units that are not in these results: 1 manual label"
    older = "of units that phy had made and that are gone, or are others by now: 1 manual label"
    table = sheet(*said, spikes={REST: OF_NONE})
    assert beside_phy_words(BesidePhy(table)) == f"Left out, {results}; {older}."
    assert words(table, {1}, set()).endswith(f"counts here. Also left out, {results}; {older}.")


def test_what_is_not_known_is_not_guessed() -> None:
    table = sheet(act("a", 1, unit=41))
    assert words(table, set(), set(), why="spike_clusters.npy: not to be read.") == (
        "phy: whether it changed any of these units is not known (spike_clusters.npy: not to be"
        " read). Also left out, of units that are not in these results: 1 manual label."
    )


def test_nobody_labelled_is_not_said_where_only_others_were() -> None:
    shown = page_words(render([make_probe(sheet(act("a", 1, unit=41)), "p", None)]))
    assert (
        "Nobody has labelled or noted a unit of this report in bcviewer. Left out, of units that"
        " are not in this report: 1 manual label." in shown
    )
    plain = page_words(render([make_probe(sheet(), "p", None)]))
    assert "Nobody has labelled or noted a unit of this probe in bcviewer. Reasons" in plain


def a_run(folder: Path) -> Run:
    return read_run(find_runs(folder)[0])


@pytest.fixture
def curated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a recording of 8 units: 2 and 3 are merged to 8, 5 is split to 9 and 10."""
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "user"))
    folder = write_sorted(tmp_path / "ks", 8)
    merge(folder, [2, 3], 8)
    split(folder, 5, 10, (9, 10))
    return folder


def label(folder: Path, *said: tuple[int, str]) -> None:
    """Label units GOOD, each of some spikes; empty: of whatever has the id."""
    store = JournalStore(recording_key(a_run(folder)), journals_folder(), folder / "bombcell", "p")
    for i, (unit, spikes) in enumerate(said):
        extra = ((SPIKES, spikes),) if spikes else ()
        store.append(act(f"a{i}", i, changes=(Change(unit, LABEL, None, "GOOD", extra),)))
    store.close()


def as_read(folder: Path) -> BesidePhy:
    """Return what the command reads of a recording."""
    reader = RunReader(list(find_runs(folder)))
    (found,) = reader.read()
    assert isinstance(found, BesidePhy)
    assert reader.n_units == 8
    return found


def test_labels_of_units_that_phy_made_are_told(curated: Path, tmp_path: Path) -> None:
    """Seen: a manual label of a unit that phy had made was not in the report, and nothing said."""
    digest = open_recording(a_run(curated), tmp_path / "cache").digest((8,))
    label(curated, (0, ""), (2, ""), (8, digest), (9, "before"))
    found = as_read(curated)
    assert beside_phy_words(found) == (
        f"phy: 3 of these units are gone ({SINCE}) and still count here, with 1 manual label; 3"
        " that it made are not in this report, with 1 manual label. Also left out, of units that"
        " phy had made and that are gone, or are others by now: 1 manual label."
    )
    assert curators_of(found.table).lines[-2:] == (
        "2 units have a manual label.",
        "Left out, of units that are not in this report: 2 manual labels.",
    )


def test_of_phy_nothing_is_said_where_it_did_nothing(curated: Path) -> None:
    clusters = curated / names.SPIKE_CLUSTERS
    clusters.write_bytes((curated / names.SPIKE_TEMPLATES).read_bytes())
    label(curated, (0, ""))
    assert beside_phy_words(as_read(curated)) == ""
    clusters.write_bytes(b"no numbers")
    why = f"phy: whether it changed any of these units is not known ({names.SPIKE_CLUSTERS}: "
    assert beside_phy_words(as_read(curated)).startswith(why)
    clusters.unlink()
    assert beside_phy_words(as_read(curated)) == ""


@pytest.mark.long
def test_it_is_on_the_page_and_on_that_of_summaries(
    curated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label(curated, (8, ""))
    output = tmp_path / "page.html"
    said = f"{beside_phy_words(as_read(curated))} What was run"
    assert main(["report", str(curated), "-o", str(output)]) == 0
    assert said in page_words(output.read_text("utf-8"))
    monkeypatch.setattr("bcviewer.cli.report.MOST_ON_ONE_PAGE", 0)
    assert main(["report", str(curated), "-o", str(output)]) == 0
    assert said.removesuffix("What was run") in page_words(output.read_text("utf-8"))
    (own,) = (tmp_path / "page_files").iterdir()
    assert said in page_words(own.read_text("utf-8"))
