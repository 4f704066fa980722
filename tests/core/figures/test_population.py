"""The numbers behind the population's plots, against slow counts unit by unit."""

from __future__ import annotations

from collections import Counter
from statistics import quantiles

import numpy as np
import pytest
import slow_notebook
from dice import Dice, thrown
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.states import State
from bcviewer.core.figures.population import (
    box_of_counts,
    class_reasons,
    cooccurrence,
    failed_by_class,
    failure_sets,
    families,
    groups_of,
    known_groups,
    nice_edges,
    present_classes,
    reason_masks,
    reasons_by_class,
)
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import COUNTS, FAMILY_NAMES, FOUR_WAY, RULE_INDEX, RULES
from bcviewer.core.run.run import Provenance, Sites
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

NAN = float("nan")
METRICS: dict[str, list[float]] = {
    "nSpikes": [0.0, 20.0, 280.0, 2400.0, 2400.0],
    "nPeaks": [1.0, 1.0, 2.0, 9.0, NAN],
    "nTroughs": [1.0, 1.0, 1.0, 9.0],
    "presenceRatio": [1.0, 0.72, 0.1, NAN],
    "fractionRPVs_estimatedTauR": [0.01, 0.09, 1.0],
    "RPV_status": [-1.0, 0.0, 1.0],
    "rawAmplitude": [200.0, 44.0, 1.0, NAN],
    "signalToNoiseRatio": [30.0, 5.1, 1.0],
    "maxDriftEstimate": [5.0, 500.0, NAN],
    "isolationDistance": [100.0, 1.0],
    "mainPeakToTroughRatio": [0.1, 0.78, 2.0],
    "troughToPeak2Ratio": [10.0, 5.1, 1.0, NAN, np.inf],
    "mainPeak_before_width": [9.0, 1.0, NAN],
    "mainTrough_width": [9.0, 5.0, 1.0],
    "peak1ToPeak2Ratio": [0.1, 2.9, 9.0, np.inf],
    "maxChannels": [0.0, 1.0, 2.0, 7.0, NAN],
}
SITES = Sites(np.array([[0.0, 0.0], [0.0, 20.0], [0.0, 433.5]]))
"""Three sites: a unit on channel 7 has no depth."""


SIZE = 5 + 18 * 14
"""Choices that a table of 14 units takes, at most."""


def table_by(dice: Dice, roi: bool) -> Sheet:
    n = dice.number(0, 14)
    columns = {name: dice.picks(values, n) for name, values in METRICS.items()}
    params = {"splitGoodAndMua_NonSomatic": dice.flag()}
    saved = dice.picks([*LABEL_NAMES[:7], "odd", None], n)
    length = dice.pick([None, 100.0]) if roi else None
    where = Provenance("ks", "ks/bombcell", "kilosort4_A", "A", roi_um=length)
    run = make_run(columns, params, saved, sites=SITES, provenance=where)
    return sheet_of(run, source=dice.pick(["bombcell", "saved", "split", "final"]))


def tables() -> st.SearchStrategy[Sheet]:
    return thrown(lambda dice: table_by(dice, False), SIZE)


def scopes(
    roi: bool = False,
) -> st.SearchStrategy[tuple[Sheet, np.ndarray | None, list[int]]]:
    """Draw a table, the rows that a plot is about (None: all), and the same as a list."""

    def build(dice: Dice) -> tuple[Sheet, np.ndarray | None, list[int]]:
        table = table_by(dice, roi)
        every = list(range(table.n_units))
        if not dice.flag():
            return table, None, every
        some = dice.order(len(every))[: len(every) // 2 + 1]
        return table, np.array(some, np.int64), some

    return thrown(build, SIZE + 1 + 14)


def reasons(table: Sheet, unit: int, masked: bool) -> set[int]:
    """Return a unit's reasons, from the texts that people read."""
    texts = [table.text("classification_reason", unit)]
    texts += [table.text("masked_reasons", unit)] if masked else []
    found = {token for text in texts for token in text.split(" | ")}
    return {i for i, rule in enumerate(RULES) if rule.token in found}


def passing(table: Sheet, text: str) -> set[int]:
    return set(np.flatnonzero(evaluate(parse_filter(text, table), table)).tolist())


@given(scope=scopes(), masked=st.booleans())
def test_reasons_by_class_and_together(scope, masked):
    table, rows, units = scope
    by_class, together = Counter(), Counter()
    for unit in units:
        mine = reasons(table, unit, masked)
        by_class.update((i, int(table.labels[unit])) for i in mine)
        together.update((i, j) for i in mine for j in mine)
    found = reasons_by_class(table, rows, masked)
    assert {key: n for key, n in np.ndenumerate(found) if n} == dict(by_class)
    found = cooccurrence(table, rows, masked)
    assert found.shape == (len(RULES), len(RULES))
    assert {key: n for key, n in np.ndenumerate(found) if n} == dict(together)


@given(scope=scopes(), masked=st.booleans())
def test_failed_by_class(scope, masked):
    table, rows, units = scope
    slow = Counter((int(table.labels[u]), len(reasons(table, u, masked))) for u in units)
    found = failed_by_class(table, rows, masked)
    assert {key: n for key, n in np.ndenumerate(found) if n} == dict(slow)
    assert found.shape[1] == max((k for _, k in slow), default=0) + 1
    column = "n_failed" if masked else "n_deciding"
    for (label, k), n in slow.items():
        which = f"label == '{LABEL_NAMES[label]}' and {column} == {k}"
        assert len(passing(table, which) & set(units)) == n
    assert set(present_classes(table, rows)) == {Label(label) for label, _ in slow}


@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_a_box_is_tukeys(counts):
    values = [k for k, n in enumerate(counts) for _ in range(n)]
    box = box_of_counts(np.array(counts))
    if not values:
        assert box is None
        return
    cuts = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    assert [box.lower, box.median, box.upper] == pytest.approx(cuts)
    reach = 1.5 * (cuts[2] - cuts[0])
    inside = [v for v in values if cuts[0] - reach <= v <= cuts[2] + reach]
    # as matplotlib draws them: a whisker never ends inside the box
    assert box.low == pytest.approx(min(min(inside), cuts[0]))
    assert box.high == pytest.approx(max(max(inside), cuts[2]))
    assert box.n == len(values)


@given(scope=scopes(), masked=st.booleans())
def test_the_reasons_of_a_class_are_what_their_filters_find(scope, masked):
    table, rows, units = scope
    for label in (Label.MUA, Label.NOISE, Label.NON_SOMA, Label.NON_SOMA_MUA):
        slow = Counter(
            i for u in units if table.labels[u] == label for i in reasons(table, u, masked)
        )
        found = class_reasons(table, label, rows, masked)
        assert {i: n for i, n in enumerate(found) if n} == dict(slow)
    found = class_reasons(table, Label.GOOD, rows, masked)
    for i, n in enumerate(found.tolist()):
        text = f"label == 'GOOD' and weakest_pass == '{RULES[i].key}'"
        assert len(passing(table, text) & set(units)) == n


@given(table=tables())
def test_the_weakest_pass_is_the_rule_of_the_least_margin(table):
    audited = table.audit
    for unit in range(table.n_units):
        best, rule = np.inf, -1
        for i in range(len(RULES)):
            margin = float(audited.margins[i, unit])
            if (
                i not in (*FOUR_WAY, *COUNTS)
                and audited.states[i, unit] == State.PASS
                and margin < best
            ):
                best, rule = margin, i
        four = [(float(audited.margins[i, unit]), i) for i in FOUR_WAY]
        strongest = max(((m, i) for m, i in four if not np.isnan(m)), default=(-1.0, -1))
        known = all(
            audited.states[i, unit] == State.BEYOND
            or (audited.states[i, unit] == State.PASS and not np.isnan(margin))
            for margin, i in four
        )
        if known and strongest[0] >= 0 and strongest[0] < best:
            best, rule = strongest
        assert table.weakest_pass[unit] == rule
        if audited.label[unit] == Label.GOOD and rule >= 0:
            assert audited.safety_of_good[unit] == pytest.approx(best)
            text = f"weakest_pass == '{RULES[rule].key}' and cluster_id == {unit}"
            assert passing(table, text) == {unit}


def test_the_four_way_branch_is_the_weakest_pass_though_one_of_it_holds_at_infinity():
    columns = {
        "troughToPeak2Ratio": 1.0,
        "mainPeak_before_width": 1.0,
        "mainTrough_width": 5.1,
        "peak1ToPeak2Ratio": np.inf,
    }
    run = make_run(columns)
    table = sheet_of(run)
    rule = RULE_INDEX["mainTrough_width<minWidthMainTrough_nonSomatic"]
    assert table.weakest_pass.tolist() == [rule]
    assert table.audit.margins[rule, 0] == pytest.approx(table.audit.safety_of_good[0])


@given(scope=scopes(), masked=st.booleans(), most=st.integers(1, 6))
def test_failure_sets(scope, masked, most):
    table, rows, units = scope
    slow: Counter[tuple[frozenset[int], frozenset[int]]] = Counter()
    for unit in units:
        failed = frozenset(reasons(table, unit, masked))
        if failed:
            slow[failed, frozenset(reasons(table, unit, False))] += 1
    found, n = failure_sets(table, rows, masked, most)
    assert n == len(slow)
    assert len(found) == min(most, n)
    for one in found:
        failed, deciding = (
            frozenset(i for i in range(len(RULES)) if mask >> i & 1)
            for mask in (one.failed, one.deciding)
        )
        assert slow[failed, deciding] == one.n
    counts = [one.n for one in found]
    assert counts == sorted(slow.values(), reverse=True)[:most]
    keys = [(-one.n, one.failed, one.deciding) for one in found]
    assert keys == sorted(keys)


@given(scope=scopes(roi=True), by=st.sampled_from(["all", "roi", "depth"]))
def test_families_by_group_are_what_their_filters_find(scope, by):
    table, rows, units = scope
    if by not in known_groups(table):
        return
    grouped = families(table, rows, by)
    assert grouped.counts.shape == (len(grouped.groups), len(FAMILY_NAMES))
    assert grouped.counts[:, 0].sum() == 0
    grouped_units = set()
    for g, text in enumerate(grouped.filters):
        where = f" and {text}" if text else ""
        for f, name in enumerate(FAMILY_NAMES[1:], 1):
            found = passing(table, f"family == '{name}'{where}") & set(units)
            assert len(found) == grouped.counts[g, f]
            grouped_units |= found
        members = passing(table, text) if text else set(range(table.n_units))
        assert members == set(np.flatnonzero(groups_of(table, by).of == g).tolist())
    mua = {u for u in units if table.audit.family[u]}
    column = {"all": "family", "roi": "roi_label", "depth": "depth_um"}[by]
    assert mua - grouped_units == {u for u in mua if table.text(column, u) == "–"}


def test_groups_that_are_not_known_are_not_offered():
    run = make_run({"nSpikes": [20.0] * 3})
    table = sheet_of(run)
    assert known_groups(table) == ("all",)
    assert families(table, by="depth").groups == ()
    nowhere = make_run(
        {"nSpikes": [20.0] * 3, "maxChannels": NAN},
        sites=SITES,
        provenance=Provenance("ks", "ks/bombcell", "kilosort4_A", "A", roi_um=100.0),
    )
    assert known_groups(sheet_of(nowhere)) == ("all",)


@pytest.mark.parametrize("n", [1, 5])
def test_units_of_one_depth_are_found_by_their_groups_filter(n):
    run = make_run({"nSpikes": [20.0] * n, "maxChannels": 2.0}, sites=SITES)
    table = sheet_of(run)
    grouped = families(table, by="depth")
    assert grouped.groups == ("430 to 435 µm",)
    assert len(passing(table, grouped.filters[0])) == n == grouped.counts.sum()


finite = st.floats(-1e7, 1e7, allow_subnormal=False)


@given(low=finite, span=st.floats(0, 1e6, allow_subnormal=False), about=st.integers(1, 40))
def test_nice_edges_cover_their_range(low, span, about):
    high = low + span
    edges = nice_edges(low, high, about)
    assert edges[0] <= low
    assert edges[-1] > high
    assert (np.diff(edges) > 0).all()
    assert len(edges) == 2 or edges[1] > low  # no bin is there for nothing
    assert edges[-2] <= high
    assert len(edges) <= about + 3


def test_nice_edges_are_round():
    assert nice_edges(0, 3840, 10).tolist() == list(range(0, 4001, 500))
    assert nice_edges(20, 99, 10).tolist() == list(range(20, 101, 10))
    assert nice_edges(0, 1, 10)[3] == pytest.approx(0.3)
    assert nice_edges(3000, 3000, 10).tolist() == [3000, 3050]
    assert nice_edges(0, 0, 10).tolist() == [0, pytest.approx(0.01)]


# -- the notebook's counting rule ------------------------------------------------------------

RECORDINGS = (
    "toy",
    "sim_3probes",
    "sim_synthetic",
    "session_demo/recording_config.json",
    *(f"toy_variants/{name}" for name in ("strict", "lenient", "split_nonsoma", "spdecay_lin")),
    *(f"toy_variants/{name}" for name in ("keep_uncertain", "no_spdecay", "distance_synthpc")),
)
_READ = tuple(dict.fromkeys([*(rule.metric for rule in RULES), "nSpikes", "RPV_status"]))


@pytest.mark.parametrize("name", RECORDINGS)
def test_counts_are_the_notebooks(shared, name):
    """Split the reasons at `` | ``, and count them: all units, and by class.

    But for its sentence for GOOD units, which is no reason, and for its class NON-SOMA, which it
    finds as a part of other classes' names.
    """
    places = find_runs(shared / name)
    assert places
    for place in places:
        run = read_run(place)
        table = sheet_of(run)
        by_class: Counter[tuple[str, str]] = Counter()
        per_unit: Counter[tuple[str, int]] = Counter()
        for label, text in notebook(run):
            found = [t for t in text.split(" | ") if not t.startswith(("GOOD:", "EMPTY:"))]
            by_class.update((token, label) for token in found)
            per_unit[label, len(found)] += 1
        counted = reasons_by_class(table)
        assert {
            (RULES[i].token, LABEL_NAMES[k]): n for (i, k), n in np.ndenumerate(counted) if n
        } == dict(by_class)
        boxes = failed_by_class(table, masked=False)
        assert {(LABEL_NAMES[k], n): units for (k, n), units in np.ndenumerate(boxes) if units} == (
            dict(per_unit)
        )
        assert (cooccurrence(table).diagonal() == counted.sum(axis=1)).all()


def notebook(run) -> list[tuple[str, str]]:
    """Return each unit's label and reason as the notebook writes them."""
    given = {**run.settings.saved, **run.criteria.thresholds, **run.criteria.flags}
    nothing = np.full(run.n_units, NAN)
    columns = {name: run.units.floats(name) for name in _READ}
    read = {name: nothing if c is None else c for name, c in columns.items()}
    return [
        slow_notebook.verdict({name: float(c[i]) for name, c in read.items()}, given)
        for i in range(run.n_units)
    ]


def test_a_rule_masks_nothing_of_its_own_class():
    columns = {"nPeaks": [9.0, 9.0], "presenceRatio": [0.1, 1.0]}
    run = make_run(columns)
    table = sheet_of(run)
    presence = RULE_INDEX["presenceRatio<minPresenceRatio"]
    assert reasons_by_class(table)[presence].sum() == 0
    assert reasons_by_class(table, masked=True)[presence, Label.NOISE] == 1
    assert (reason_masks(table, True) != reason_masks(table, False)).tolist() == [True, False]
