"""What an import would change: new, same, conflicting, unknown; every unit in one of them."""

from __future__ import annotations

from dataclasses import replace

from factories import make_run
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation.imported import ImportedLabels, conflicts
from bcviewer.core.curation.manual import MANUAL_LABELS, ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.stretch import Stretch


def imported(labels=None, notes=None) -> ImportedLabels:
    return ImportedLabels("labels.csv", "import", labels or {}, notes or {})


def run_of(n: int):
    return make_run({"nPeaks": [1.0] * n})


def test_labels_are_told_apart():
    manual = {1: ManualUnit(Label.GOOD), 2: ManualUnit(Label.MUA), 3: ManualUnit(None, "a note")}
    read = imported({0: Label.GOOD, 1: Label.GOOD, 2: Label.NOISE, 3: Label.MUA, 40: Label.MUA})
    found = conflicts(read, manual, run_of(5).ids)
    assert [str(change) for change in found.new] == ["0: no label → GOOD", "3: no label → MUA"]
    assert [str(change) for change in found.same] == ["1: GOOD"]
    assert [str(change) for change in found.conflicting] == ["2: MUA → NOISE"]
    assert found.unknown == (40,)
    assert found.conflicting[0].old == ManualUnit(Label.MUA)


def test_notes_are_told_apart():
    manual = {i: ManualUnit(Label.GOOD, "old") for i in range(3)}
    read = imported({1: Label.GOOD}, {0: "old", 1: "other", 3: "first"})
    found = conflicts(read, manual, run_of(5).ids)
    assert [str(change) for change in found.same] == ["0: the same note"]
    assert [str(change) for change in found.conflicting] == ["1: GOOD, another note"]
    assert [str(change) for change in found.new] == ["3: a note"]


def test_a_note_beside_the_same_label_is_new():
    found = conflicts(
        imported({0: Label.GOOD}, {0: "n"}), {0: ManualUnit(Label.GOOD)}, run_of(1).ids
    )
    assert [str(change) for change in found.new] == ["0: GOOD, a note"]


LABELS = st.sampled_from(MANUAL_LABELS)
NOTES = st.sampled_from(["", "a", "b"])
UNITS = st.dictionaries(
    st.integers(0, 6), st.builds(ManualUnit, st.one_of(st.none(), LABELS), NOTES)
)


@given(
    manual=UNITS,
    labels=st.dictionaries(st.integers(0, 6), LABELS),
    notes=st.dictionaries(st.integers(0, 6), st.sampled_from(["a", "b"])),
)
def test_each_unit_is_in_one_list_and_applying_leaves_only_the_same(manual, labels, notes):
    run = run_of(5)
    found = conflicts(imported(labels, notes), manual, run.ids)
    listed = [c.cluster_id for c in (*found.new, *found.same, *found.conflicting)]
    assert sorted([*listed, *found.unknown]) == sorted({*labels, *notes})
    assert set(found.unknown) == {i for i in {*labels, *notes} if i > 4}
    after = dict(manual)
    for change in (*found.new, *found.conflicting):
        label = change.old.label if change.label is None else change.label
        after[change.cluster_id] = ManualUnit(label, change.note or change.old.note)
    for change in found.new:  # nothing that was said is lost
        old, new = manual.get(change.cluster_id, ManualUnit()), after[change.cluster_id]
        assert old.label in (None, new.label)
        assert old.note in ("", new.note)
    again = conflicts(imported(labels, notes), after, run.ids)
    assert (again.new, again.conflicting) == ((), ())


def test_a_source_is_called_by_its_file_and_its_column():
    file = ImportedLabels("/data/run/models.csv", "models", {1: Label.GOOD}, {})
    assert file.name == "models.csv"
    assert replace(file, column="bob").name == "models.csv (bob)"


def test_a_stable_time_is_new_the_same_or_in_conflict_to_the_last_digit():
    first, second = Stretch(1 / 3, 60.0), Stretch(0.333, 60.0)
    file = ImportedLabels("x.csv", "x", {}, {}, stable=dict.fromkeys((0, 1, 2, 9), first))
    manual = {1: ManualUnit(stable=first.written), 2: ManualUnit(stable=second.written)}
    found = conflicts(file, manual, run_of(3).ids)
    listed = [[c.cluster_id for c in group] for group in (found.new, found.same, found.conflicting)]
    assert (listed, found.unknown) == ([[0], [1], [2]], (9,))
    assert str(found.conflicting[0]) == "2: stable 0.3–60 s"
