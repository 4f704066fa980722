"""A blind review: of a hidden unit no column, no word and no number tells the verdict."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from curation_cases import act, note
from factories import again, make_run, sheet_of

import bcviewer
from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.pairing import itself
from bcviewer.core.comparison.two_runs import TwoRuns
from bcviewer.core.curation.blind import Sample, blind_field
from bcviewer.core.curation.label_source import SOURCE, payload
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.column import RUN
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.foreign import ForeignColumn, named
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.inputs import Oracle
from bcviewer.core.sheet.label_beside import LABEL_HIDDEN, label_beside
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.sources import source_codes, sources_of
from bcviewer.core.sheet.veil import HIDDEN_WORDS

PACKAGE = Path(bcviewer.__file__).parent
N = 6
HIDDEN = (1, 4)
SHOWN = [0, 2, 3, 5]
TELLING = {"", "–", HIDDEN_WORDS, f"all rules: {HIDDEN_WORDS}"}
"""What may stand in a cell of a hidden unit."""
OPEN = {
    "cluster_id",
    "unit_index",
    "attention",
    "presence_bins",
    "firing_rate",
    "kept_fraction",
    "depth_um",
    "note",
    "note_by",
    "note_at",
    *METRICS,
}
"""Columns that say the same of a hidden unit: what it is like, not what is thought of it.

Its place in the attention order is behind all others."""


def full() -> Sheet:
    """Return units that every source of labels says something of."""
    run = make_run(
        {
            "presenceRatio": [1.0, 0.5, 1.0, 0.69, 1.0, 1.0],
            "nPeaks": [1.0, 1.0, 5.0, 1.0, 5.0, 5.0],
        },
        saved=["GOOD", "NOISE", "MUA", "MUA", "GOOD", "GOOD"],
        ks_label=np.array(["good", "mua"] * 3, object),
        phy_group=np.array(["good", "noise"] * 3, object),
    )
    labels = dict.fromkeys(range(N), Label.MUA)
    actions = [
        act("a", 1, "ada", "GOOD", 1),
        act("b", 2, "bob", "NOISE", 1),
        act("c", 3, "bob", "NOISE", 4, extra=blind_field(Sample(1, 2, 6))),
        act("d", 4, "ada", "MUA", 0),
        note("e", 5, "two cells?", unit=4),
        act("s", 6, kind=SOURCE, changes=(), source="model", extra=payload(labels, {1: 0.9, 4: 1})),
    ]
    said = replay(actions)
    other = RunVerdict(run, Criteria.from_saved({**run.criteria.saved, "minPresenceRatio": 0.4}))
    two = TwoRuns.of(compare(RunVerdict.of(run), other, itself(run)), ("old", "new"), False)
    beside = two.beside()
    return again(sheet_of(run), said=said, sources=said.sources, compared=beside)


def hidden(sheet: Sheet) -> Sheet:
    return again(sheet, hidden=HIDDEN)


def test_no_column_tells_the_verdict() -> None:
    plain = full()
    told = {row: {name: plain.text(name, row) for name in plain.names()} for row in HIDDEN}
    for name in ("label", "saved_label", "ks_label", "phy_group", "manual_label", "final_label"):
        assert told[1][name], name  # there is something to hide
    sheet = hidden(plain)
    assert {n for n in sheet.names() if n.startswith(("source:", "probability:"))}
    for name in sheet.names():
        for row in HIDDEN:
            if name in OPEN:
                assert name == "attention" or sheet.text(name, row) == told[row][name], name
            else:
                assert sheet.text(name, row) in TELLING, (name, sheet.text(name, row))
        for row in SHOWN:
            if name != "attention":
                assert sheet.text(name, row) == plain.text(name, row), name


def test_no_array_tells_it() -> None:
    sheet = hidden(full())
    audit, rows = sheet.audit, list(HIDDEN)
    for name in ("failed", "deciding", "masked", "sole_blocker", "family", "n_failed", "rpv"):
        assert not getattr(audit, name)[rows].any(), name
    assert np.isnan(audit.margins[:, rows]).all()
    assert not audit.borderline[rows].any()
    for codes in (audit.label, audit.split_label, sheet.bombcell_labels, sheet.labels):
        assert (codes[rows] == Label.UNSCORED).all()
    assert len({audit.cells[row].tobytes() for row in rows}) == 1  # the barcode
    for source in sources_of(sheet):
        assert (source_codes(sheet, source)[rows] == -1).all(), source
    assert not sheet.values("disagreement")[rows].any()
    assert set(sheet.order("attention")[-2:].tolist()) == set(HIDDEN)


@pytest.mark.parametrize("source", ["bombcell", "saved", "split", "final"])
def test_whatever_labels_go_by(source: str) -> None:
    sheet = again(full(), source=source, hidden=HIDDEN)
    assert (sheet.labels[list(HIDDEN)] == Label.UNSCORED).all()
    assert (sheet.labels[SHOWN] == again(full(), source=source).labels[SHOWN]).all()


def test_nor_does_what_bombcell_says_or_what_is_tried() -> None:
    plain = full()
    codes = np.full(N, Label.MUA, np.int8)
    asked = again(plain, oracle=Oracle(plain.run, plain.criteria, codes), hidden=HIDDEN)
    assert asked.recomputed is not None
    assert (asked.recomputed[list(HIDDEN)] == Label.UNSCORED).all()
    strict: Criteria = plain.criteria.replace(minPresenceRatio=0.99)
    tried = again(plain, criteria=strict, oracle=None, hidden=HIDDEN)
    assert [tried.text("final_label", row) for row in HIDDEN] == ["", ""]


def test_words_say_that_it_is_hidden() -> None:
    sheet = hidden(full())
    for row in HIDDEN:
        verdict = explain(sheet, row)
        assert verdict.label == ""
        assert verdict.headline == f"Blind review: the verdict is {HIDDEN_WORDS}."
        assert verdict.facts == ()
        assert {line.note for line in verdict.lines} == {HIDDEN_WORDS}
        assert {line.comparison for line in verdict.lines} == {""}
        for rule in range(len(RULES)):
            assert sheet.judged(rule, row)[0].name == "NOT_TESTED"
    assert explain(sheet, 2).label == LABEL_NAMES[Label.NOISE]


def test_with_any_sheet_of_before_it_says_the_same() -> None:
    plain = full()
    for name in plain.names():
        plain.warm(name)
    steps = [HIDDEN, (4,), (), (0, 1), HIDDEN]
    sheet = plain
    for rows in steps:
        sheet = derive(again(plain, hidden=rows).inputs, sheet)
        fresh = derive(sheet.inputs)
        for name in fresh.names():
            shown = [sheet.text(name, i) for i in range(N)]
            assert shown == [fresh.text(name, i) for i in range(N)], name
            sheet.warm(name)
        assert sheet.manual.labels.tolist() == fresh.manual.labels.tolist()


def test_a_label_and_a_note_meanwhile() -> None:
    sheet = hidden(full())
    known = sheet.inputs.said.actions.values()
    more = (act("z", 9, "ada", "MUA", 1), note("y", 9, "x", unit=1))
    after = again(sheet, said=replay([*known, *more]))
    assert after.text("manual_label", 1) == ""
    assert after.text("note", 1) == "x"
    assert after.basis is sheet.basis  # no plot has anything to draw
    assert again(after, hidden=(4,)).text("manual_label", 1) == "MUA"


def test_a_book_says_which_rows_are_hidden() -> None:
    plain = full()
    assert Book([plain]).hidden_rows().tolist() == []
    book = Book([plain, hidden(full()), again(full(), hidden=(0,))])
    assert book.hidden_rows().tolist() == [N + 1, N + 4, 2 * N]
    assert book.n_hidden == 3
    assert [book.sheets[1].veil.hides(row) for row in range(-1, 3)] == [False, False, True, False]


MAY_ASK = {
    "core/sheet/parts.py",  # makes the veil
    "app/viewing/shown.py",  # says what is to be hidden
}


def test_whoever_wants_to_know_what_is_hidden_asks_the_veil() -> None:
    """The answer is given in one place: what a sheet is derived from is nobody else's business."""
    found = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if re.search(r"inputs\.hidden", file.read_text("utf-8"))
    }
    assert found == MAY_ASK
    blind = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if re.search(r"spec\.blind", file.read_text("utf-8"))
    }
    assert blind == {
        "widgets/curate/review_panel.py",  # the order of the queue that is on, in the form
        "app/viewing/hidden.py",  # which units a queue hides
        "app/viewing/rows.py",  # ends it
        "io/journal/queue_file.py",  # keeps it
        "core/sheet/kept_queue.py",
        "core/sheet/queue.py",  # draws it up
        "widgets/curate/queue_bar.py",  # says that it is one
        "frame/curate_actions.py",  # says that a phy beside it is not
        "frame/viewers.py",  # where it is another one all is drawn in one frame
    }


def test_a_unit_beside_a_hidden_one_tells_no_label_either() -> None:
    sheet = hidden(full())
    assert label_beside(sheet, 2, (0, 3)) == (Label.NOISE, "NOISE")
    for row, others in ((2, (1,)), (2, (0, 4)), (1, (0,)), (1, ())):
        assert label_beside(sheet, row, others) == (Label.UNSCORED, LABEL_HIDDEN)
    assert label_beside(full(), 2, (1,)) == (Label.NOISE, "NOISE")


def test_no_column_of_another_program_tells_it_whatever_it_holds() -> None:
    """Codes of labels, probabilities, texts: what they mean nobody says. What is measured stays."""
    held = {
        "my_codes": np.array([0, 1, 2, 0, 1, 2], np.float64),
        "contamination": np.linspace(0.01, 0.9, N),
        "verdict": np.array(["good", "mua"] * 3, object),
    }
    foreign = [ForeignColumn(name, f"cluster_{name}.tsv", column) for name, column in held.items()]
    duration = ForeignColumn("ephys_duration", "e.parquet", np.arange(N) * 100.0, reads=RUN)
    sheet = sheet_of(make_run({"presenceRatio": [1.0] * N}, foreign=named([*foreign, duration])))
    veiled = hidden(sheet)
    for name in held:
        for row in range(N):
            shown = veiled.text(name, row)
            assert shown == ("–" if row in HIDDEN else sheet.text(name, row)), name
        assert set(veiled.order(name)[-2:].tolist()) == set(HIDDEN)
    assert veiled.values("ephys_duration").tolist() == (np.arange(N) * 100.0).tolist()
    again_shown = derive(again(sheet, hidden=()).inputs, veiled)
    assert [again_shown.text("my_codes", row) for row in HIDDEN] == ["1", "1"]
