"""What became of Bombcell's units in phy: known merges and splits are told exactly."""

from __future__ import annotations

import numpy as np
import pytest
from dice import examples
from evidence_fakes import FakeRecording
from factories import make_run
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.evidence.compare_phy import compare_phy, phy_of
from bcviewer.core.evidence.recording import Contingency
from bcviewer.core.run.phy import CHANGED, PHY_STATES, Phy, PhyState, unread
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import OF_NONE, REST
from bcviewer.errors import UserError

NO_FILE = "spike_templates.npy: not there. spike_clusters.npy stands for it."


def contingency(templates, clusters, removed=None, **why) -> Contingency:
    """Return the table of some spikes: their templates, clusters, and which were removed."""
    pairs, which = np.unique(np.stack([templates, clusters]), axis=1, return_inverse=True)
    which = which.reshape(-1)
    kept = np.ones(len(templates)) if removed is None else ~np.asarray(removed, bool)
    return Contingency(
        pairs[0].astype(np.int64),
        pairs[1].astype(np.int64),
        np.bincount(which, minlength=pairs.shape[1]),
        np.bincount(which, kept, pairs.shape[1]).astype(np.int64),
        **why,
    )


def run_of(counts: dict[int, float], **more) -> Run:
    """Return a run with these ids and numbers of spikes, whose kept time is all of the session."""
    more.setdefault("session_s", (0.0, 1200.0))
    ids = np.array(list(counts), np.int64)
    columns = {"nSpikes": list(counts.values()), **more.pop("columns", {})}
    return make_run(columns, cluster_id=ids, **more)


def never(_: int) -> int:
    raise AssertionError("the whole numbers of spikes tell")


def found(run: Run, table: Contingency, kept_now=never) -> dict[int, tuple[str, str]]:
    """Return the state and the words of each id."""
    told = phy_of(run, table, kept_now)
    ids = [*run.cluster_id.tolist(), *told.new.tolist()]
    assert len(told.state) == len(ids)
    codes, texts = told.texts()
    out = {}
    for row, one in enumerate(ids):
        assert texts[codes[row]] == told.text(row)
        out[one] = (PHY_STATES[told.state[row]], told.text(row))
    return out


T = np.repeat(np.arange(5), [10, 1400, 30, 45, 7])
"""Five templates."""


def curated() -> np.ndarray:
    """Return the clusters after 2 and 3 were merged to 15, and 0 split to 16 and 17."""
    clusters = T.copy()
    clusters[np.isin(T, (2, 3))] = 15
    of_0 = np.flatnonzero(T == 0)
    clusters[of_0[:6]] = 16
    clusters[of_0[6:]] = 17
    return clusters


BEFORE = {0: 10.0, 1: 1400.0, 2: 30.0, 3: 45.0, 4: 7.0}
CURRENT = ("current", "")


def test_nothing_changed() -> None:
    assert found(run_of(BEFORE), contingency(T, T)) == dict.fromkeys(BEFORE, CURRENT)


def test_a_merge_and_a_split_are_told_exactly() -> None:
    assert found(run_of(BEFORE), contingency(T, curated())) == {
        0: ("gone", "gone: split into 16 (60%) and 17 (40%)"),
        1: CURRENT,
        2: ("gone", "gone: merged into 15 with 3"),
        3: ("gone", "gone: merged into 15 with 2"),
        4: CURRENT,
        15: ("new", "made by phy: 60% from 3, 40% from 2"),
        16: ("new", "made by phy: all from 0 (60% of its spikes)"),
        17: ("new", "made by phy: all from 0 (40% of its spikes)"),
    }


def test_where_the_spikes_are_of_what_is_gone_is_known_where_it_was_its_template() -> None:
    into = {0: (16, 17), 2: (15,), 3: (15,)}
    assert phy_of(run_of(BEFORE), contingency(T, curated()), never).into == into
    other = run_of({**BEFORE, 2: 29.0})
    assert phy_of(other, contingency(T, curated()), never).into == {0: (16, 17), 3: (15,)}
    lost = np.where(T == 3, -1, curated())
    assert phy_of(run_of(BEFORE), contingency(T, lost), never).into == {0: (16, 17), 2: (15,)}


def test_results_made_after_a_curation_are_current() -> None:
    """Bombcell lists every id up to the last; those that phy had merged are without spikes."""
    after = {0: 0.0, 1: 1400.0, 2: 0.0, 3: 0.0, 4: 7.0, 15: 75.0, 16: 6.0, 17: 4.0}
    told = found(run_of(after), contingency(T, curated()))
    empty = dict.fromkeys((0, 2, 3), ("no spikes", ""))
    assert told == {**dict.fromkeys(after, CURRENT), **empty}


def test_a_run_that_was_made_after_phy_is_known_where_it_scored_what_phy_made() -> None:
    def is_after(counts: dict[int, float], **why: str) -> bool:
        return phy_of(run_of(counts), contingency(T, curated(), **why), never).after_phy

    assert is_after({0: 0.0, 1: 1400.0, 4: 7.0, 15: 75.0})
    assert not is_after(BEFORE), "phy made them since"
    assert not is_after({1: 1400.0, 4: 7.0, 15: 0.0}), "it lists ids that have no spikes"
    assert not is_after({1: 1400.0, 15: 75.0}, no_templates=NO_FILE), "nothing tells"


def test_a_second_curation_after_the_run() -> None:
    """What phy had made before is gone, and Kilosort's templates do not say where it went."""
    clusters = curated()
    clusters[np.isin(clusters, (15, 4))] = 18
    after = {0: 0.0, 1: 1400.0, 2: 0.0, 3: 0.0, 4: 7.0, 15: 75.0, 16: 6.0, 17: 4.0}
    told = found(run_of(after), contingency(T, clusters))
    assert told[15] == (
        "gone",
        "gone: phy had made it before Bombcell ran; into which units is not known",
    )
    assert told[4] == ("gone", "gone: merged into 18 with 2 and 3")
    assert told[18] == ("new", "made by phy: 55% from 3, 37% from 2, 9% from 4")
    assert told[2] == ("no spikes", "")
    assert told[16] == CURRENT


def test_a_part_that_was_merged_says_with_whom() -> None:
    clusters = T.copy()
    clusters[np.flatnonzero(T == 2)[:20]] = 7
    clusters[np.flatnonzero(T == 2)[20:]] = 8
    clusters[T == 3] = 8
    told = found(run_of(BEFORE), contingency(T, clusters))
    assert told[2][1] == "gone: split into 7 (67%) and 8 (33%, with 3)"
    assert told[3][1] == "gone: merged into 8 with 2"


def test_another_id_for_the_same_spikes() -> None:
    clusters = np.where(T == 4, 2**31 - 2, T)
    told = found(run_of(BEFORE), contingency(T, clusters))
    assert told[4] == ("gone", "gone: it is 2147483646 now")
    assert told[2**31 - 2] == ("new", "made by phy: all from 4")


def test_spikes_in_no_unit() -> None:
    told = found(run_of(BEFORE), contingency(T, np.where(T == 4, -1, T)))
    assert told[4] == ("gone", "gone: its spikes are in no unit now")
    assert -1 not in told


def test_many_units_are_cut_and_counted() -> None:
    clusters = np.where(T == 1, 100 + np.arange(len(T)) % 8, T)
    told = found(run_of(BEFORE), contingency(T, clusters))
    assert told[1][1].endswith("% and 3 more)") or told[1][1].endswith(" and 3 more")
    assert told[1][1].count("%") == 5


def test_a_share_is_neither_none_nor_all_unless_it_is() -> None:
    clusters = T.copy()
    clusters[np.flatnonzero(T == 1)[0]] = 9
    clusters[np.flatnonzero(T == 1)[1:]] = 10
    told = found(run_of(BEFORE), contingency(T, clusters))
    assert told[1][1] == "gone: split into 10 (>99%) and 9 (<1%)"


def test_another_number_of_spikes_is_stale() -> None:
    clusters = T.copy()
    clusters[np.flatnonzero(T == 1)[:197]] = 4  # phy never does that; other programs do
    told = found(run_of(BEFORE), contingency(T, clusters))
    assert told[1] == ("stale", "stale: 1,203 spikes now, 1,400 when Bombcell ran")
    assert told[4] == ("stale", "stale: 204 spikes now, 7 when Bombcell ran")
    undone = found(run_of({**BEFORE, 3: 0.0}), contingency(T, T))
    assert undone[3] == ("stale", "stale: 45 spikes now, none when Bombcell ran")


def test_a_template_that_never_had_spikes_is_not_gone() -> None:
    told = found(run_of({**BEFORE, 5: 0.0, 6: np.nan}), contingency(T, T))
    assert told[5] == told[6] == ("no spikes", "")


def test_no_number_of_spikes_in_the_results() -> None:
    for damaged in (np.nan, np.inf, -5.0, 1e300):
        told = found(run_of({**BEFORE, 4: damaged}), contingency(T, T))
        why = "not known: these results have no number of spikes of it"
        assert told[4] == ("not known", why)
    run = make_run({"nPeaks": [1.0] * 5}, drop=["nSpikes"])
    assert set(phy_of(run, contingency(T, T), never).state) == {PhyState.UNKNOWN}


def test_units_that_are_not_in_the_table_but_as_kilosort_made_them() -> None:
    told = found(run_of({0: 10.0, 4: 7.0}), contingency(T, T))
    words = "not scored by Bombcell: not in Bombcell's table, and as Kilosort made it"
    assert told == {0: CURRENT, 4: CURRENT, **dict.fromkeys((1, 2, 3), ("not scored", words))}


def test_an_id_that_is_there_twice_is_judged_row_by_row() -> None:
    run = make_run({"nSpikes": [10.0, 9.0]}, cluster_id=np.array([0, 0]), session_s=(0.0, 1200.0))
    told = phy_of(run, contingency(T[:10], T[:10]), never)
    assert told.state.tolist() == [PhyState.CURRENT, PhyState.STALE]


# -- time that Bombcell left out -------------------------------------------------------------

CHUNKS = {"useTheseTimesStop": [1200.0, 600.0, 600.0, 600.0, 1200.0]}


def test_time_left_out_of_a_unit_that_phy_never_touched() -> None:
    """Fewer spikes than there are is what leaving time out does; more is not."""
    run = run_of({**BEFORE, 1: 900.0, 2: 31.0}, columns=CHUNKS)
    told = found(run, contingency(T, T), {2: 15}.__getitem__)
    assert told[1] == CURRENT
    words = "stale: 15 spikes now in the time that Bombcell kept, 31 when Bombcell ran"
    assert told[2] == ("stale", words)


def test_time_left_out_of_a_unit_that_phy_made() -> None:
    """Then the spikes in the kept time are counted."""
    clusters = curated()
    after = {0: 0.0, 1: 900.0, 15: 50.0, 16: 6.0, 4: 7.0, 2: 0.0, 3: 0.0, 17: 4.0}
    run = run_of(after, columns={"useTheseTimesStop": [600.0] * 8})
    table = contingency(T, clusters)
    rows = {one: row for row, one in enumerate(after)}
    told = found(run, table, {rows[15]: 50}.__getitem__)
    assert told[15] == told[1] == told[16] == CURRENT
    told = found(run, table, {rows[15]: 49}.__getitem__)
    words = "stale: 49 spikes now in the time that Bombcell kept, 50 when Bombcell ran"
    assert told[15] == ("stale", words)

    def unknown(_: int) -> int:
        raise UserError("The time that Bombcell kept is not known.")

    assert found(run, table, unknown)[15][0] == "not known"


# -- duplicates ------------------------------------------------------------------------------

REMOVING = {"removeDuplicateSpikes": True}


def test_removed_duplicates_are_left_out_of_the_comparison() -> None:
    removed = np.zeros(len(T), bool)
    removed[np.flatnonzero(T == 1)[:5]] = True
    removed[T == 4] = True
    run = run_of({**BEFORE, 1: 1395.0, 4: 0.0}, params=REMOVING)
    told = found(run, contingency(T, T, removed))
    assert told == dict.fromkeys(BEFORE, CURRENT)  # 4 has spikes, all of them removed


def test_which_duplicates_were_removed_is_not_known() -> None:
    run = run_of({**BEFORE, 1: 1395.0}, params=REMOVING)
    assert found(run, contingency(T, T))[1] == CURRENT  # as Kilosort made it
    clusters = np.where(T == 2, 1, T)
    state, words = found(run, contingency(T, clusters))[1]
    assert state == "not known"
    assert words == (
        "not known: 1,430 spikes now, 1,395 when Bombcell ran, which had removed duplicates, and "
        "which ones is not known"
    )
    more = run_of({**BEFORE, 1: 1431.0}, params=REMOVING)
    assert found(more, contingency(T, clusters))[1][0] == "stale"


# -- files that are not there ----------------------------------------------------------------


def test_without_clusters_nothing_is_known() -> None:
    why = "spike_clusters.npy: not there. spike_templates.npy stands for it."
    told = phy_of(run_of(BEFORE), contingency(T, T, no_clusters=why), never)
    assert set(told.state) == {PhyState.UNKNOWN}
    assert told.text(3) == f"not known: {why}"
    assert not len(told.new)
    assert not np.isin(told.state, CHANGED).any()


def test_without_templates_ids_and_counts_are_known_and_parents_are_not() -> None:
    clusters = curated()
    told = found(run_of(BEFORE), contingency(clusters, clusters, no_templates=NO_FILE))
    assert told[1] == CURRENT
    assert told[2] == ("gone", f"gone: into which units is not known ({NO_FILE})")
    assert told[15] == ("new", f"made by phy: of which units is not known ({NO_FILE})")
    after = {0: 0.0, 1: 1400.0, 2: 0.0, 3: 0.0, 4: 7.0, 15: 75.0, 16: 6.0, 17: 4.0}
    told = found(run_of(after), contingency(clusters, clusters, no_templates=NO_FILE))
    assert {told[i] for i in (1, 4, 15, 16, 17)} == {CURRENT}


def test_no_spikes_and_no_files() -> None:
    none = contingency(T[:0], T[:0])
    assert found(run_of(BEFORE), none)[0] == (
        "not known",
        "not known: there are no spikes in the files",
    )
    told = compare_phy(run_of(BEFORE), FakeRecording(), lambda: None)
    assert told.text(0) == "not known: spike_clusters.npy: not there."
    assert unread(run_of(BEFORE)).text(0) == ""


def test_the_comparison_can_be_ended() -> None:
    class EndedError(Exception):
        pass

    def check() -> None:
        raise EndedError

    run = run_of({1: 30.0}, columns={"useTheseTimesStop": [600.0]})
    table = contingency(T[T > 0], np.where(T == 2, 1, T)[T > 0])
    with pytest.raises(EndedError):
        compare_phy(run, FakeRecording(contingency=table, kept_of={0: 30}), check)


# -- whatever phy does -----------------------------------------------------------------------


class PhysHands:
    """phy's rule: every unit that a merge or a split touches gets a new id."""

    def __init__(self, templates: np.ndarray) -> None:
        self.clusters = templates.copy()
        self.next = int(templates.max()) + 1

    def merge(self, ids: list[int]) -> None:
        self.clusters[np.isin(self.clusters, ids)] = self.next
        self.next += 1

    def split(self, one: int, share: float) -> None:
        where = np.flatnonzero(self.clusters == one)
        n = min(max(1, round(share * len(where))), len(where) - 1)
        self.clusters[where[:n]] = self.next
        self.clusters[where[n:]] = self.next + 1
        self.next += 2

    def step(self, merge: bool, pick: int, share: float) -> None:
        ids = np.unique(self.clusters)
        first = int(ids[pick % len(ids)])
        if merge and len(ids) > 1:
            self.merge([first, int(ids[(pick + 1) % len(ids)])])
        elif (self.clusters == first).sum() > 1:
            self.split(first, share)


STEPS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 50), st.floats(0.0, 1.0)), min_size=0, max_size=8
)


@settings(max_examples=examples(60), deadline=None)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6), before=STEPS, after=STEPS)
def test_whatever_phy_does_before_and_after(sizes, before, after) -> None:
    templates = np.repeat(np.arange(len(sizes)), sizes)
    phy = PhysHands(templates)
    for step in before:
        phy.step(*step)
    then = phy.clusters.copy()
    listed = np.arange(then.max() + 1)  # Bombcell lists dead ids, too
    run = run_of({int(i): float((then == i).sum()) for i in listed})
    for step in after:
        phy.step(*step)
    told: Phy = phy_of(run, contingency(templates, phy.clusters), never)
    now = set(phy.clusters.tolist())
    assert told.new.tolist() == sorted(now - set(listed.tolist()))
    for row, one in enumerate(listed.tolist()):
        had, has = np.flatnonzero(then == one), np.flatnonzero(phy.clusters == one)
        state, text = PhyState(told.state[row]), told.text(row)
        if not len(had):
            assert state == PhyState.EMPTY
        elif len(has):
            assert state == PhyState.CURRENT
            assert had.tolist() == has.tolist()
        else:
            assert state == PhyState.GONE
            if one < len(sizes):  # Kilosort's own: every unit with its spikes is named
                for cluster in np.unique(phy.clusters[had])[:1].tolist():
                    assert str(cluster) in text or "more" in text
            else:
                assert text.endswith("is not known")
    for i, one in enumerate(told.new.tolist()):
        row = len(listed) + i
        assert told.state[row] == PhyState.NEW
        shares = np.bincount(templates[phy.clusters == one])
        assert f"from {int(shares.argmax())}" in told.text(row)


def test_of_which_spikes_what_phy_made_is_known_whether_or_not_it_was_scored() -> None:
    table, asked = contingency(T, curated()), []

    def digest(cluster: int) -> str:
        asked.append(cluster)
        return {15: "x", 16: "y"}.get(cluster, "")

    assert phy_of(run_of(BEFORE), table, never, digest).spikes == {15: "x", 16: "y"}
    assert asked == [15, 16, 17]  # what Kilosort made is known by its id
    after = {0: 0.0, 1: 1400.0, 2: 0.0, 3: 0.0, 4: 7.0, 15: 75.0, 16: 6.0, 17: 4.0}
    assert phy_of(run_of(after), table, never, digest).spikes == {15: "x", 16: "y"}
    asked.clear()
    unknown = contingency(curated(), curated(), no_templates=NO_FILE)
    assert phy_of(run_of(BEFORE), unknown, never, digest).spikes == {}
    assert asked == []
    lost = contingency(T, np.where(T == 3, -1, T))
    assert phy_of(run_of(BEFORE), lost, never, digest).spikes == {REST: OF_NONE}
    all_known = phy_of(run_of(BEFORE), table, never, str)
    assert all_known.spikes == {15: "15", 16: "16", 17: "17", REST: OF_NONE}


def test_which_spikes_are_asked_of_the_arrays_now_and_then() -> None:
    recording = FakeRecording(contingency=contingency(T, curated()), digests={15: "x", 1: "never"})
    checked = []
    told = compare_phy(run_of(BEFORE), recording, lambda: checked.append(1))
    assert told.spikes == {15: "x"}
    assert len(checked) == 3
