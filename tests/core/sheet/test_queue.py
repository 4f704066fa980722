"""The review queue: which units, in which order, and how far it is."""

from __future__ import annotations

import numpy as np
from curation_cases import act
from factories import make_run, sheet_of

from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.queue import QueueSpec, Review, draw_up, progress
from bcviewer.core.sheet.sheet import Sheet


def table_of(run: Run, *reviewed: int) -> Sheet:
    actions = [act(str(i), i, unit=i) for i in reviewed]
    return sheet_of(run, said=replay(actions))


def run_of(n: int = 8, **fields: object) -> Run:
    """Return units that are GOOD and MUA in turn, the last one without spikes."""
    presence = np.where(np.arange(n) % 2, 0.5 + 0.01 * np.arange(n), 1.0)
    spikes = np.full(n, 2400.0)
    presence[-1], spikes[-1] = np.nan, 0.0
    return make_run({"presenceRatio": presence, "nSpikes": spikes}, **fields)


def test_the_attention_order_without_units_that_have_no_spikes() -> None:
    table = table_of(run_of())
    rows = draw_up(table, QueueSpec()).rows
    expected = [r for r in table.attention_rows().tolist() if r != 7]
    assert rows.tolist() == expected


def test_unreviewed_units_come_first_and_then_the_size_cuts() -> None:
    run = run_of()
    order = draw_up(table_of(run), QueueSpec()).rows.tolist()
    table = table_of(run, order[0], order[2])
    first = [order[1], *order[3:], order[0], order[2]]
    assert draw_up(table, QueueSpec()).rows.tolist() == first
    assert draw_up(table, QueueSpec(size=2)).rows.tolist() == first[:2]
    assert draw_up(table, QueueSpec(size=0)).rows.tolist() == []
    assert len(draw_up(table, QueueSpec(size=100)).rows) == 7


def test_by_class() -> None:
    table = table_of(run_of())
    rows = draw_up(table, QueueSpec(classes=frozenset({Label.GOOD}))).rows
    assert sorted(rows.tolist()) == [0, 2, 4, 6]
    assert draw_up(table, QueueSpec(classes=frozenset({Label.EMPTY}))).rows.tolist() == [7]


def test_at_random_the_same_seed_gives_the_same_units_whatever_the_rows_order() -> None:
    n = 200
    run = run_of(n)
    spec = QueueSpec("random", 20, seed=7)
    first = draw_up(table_of(run), spec).rows
    assert first.tolist() == draw_up(table_of(run), spec).rows.tolist()
    others = draw_up(table_of(run), QueueSpec("random", 20, seed=8)).rows
    assert first.tolist() != others.tolist()
    assert first.tolist() != sorted(first.tolist())
    ids = np.random.default_rng(1).permutation(n)
    columns = {name: column[ids] for name, column in run.units.columns.items()}
    moved = make_run(columns, cluster_id=ids.astype(np.int64))
    again = draw_up(table_of(moved), spec).rows
    assert moved.cluster_id[again].tolist() == run.cluster_id[first].tolist()


def test_progress() -> None:
    table = table_of(run_of(), 1, 2)
    assert progress(table).words == "2 of 8 reviewed"
    two = Review(QueueSpec(), np.array([2, 3]))
    assert progress(table, two).words == "1 of 2 reviewed"
    assert progress(table_of(run_of(1400))).words == "0 of 1,400 reviewed"
    assert progress(table_of(run_of(1400))).short == "0/1,400"
