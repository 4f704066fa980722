"""What an open phy did since it saved, and how it is shown: what undo took back is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from factories import make_run

from bcviewer.core.run.phy import (
    BACK,
    CHANGED,
    Phy,
    PhyState,
    not_known,
    unread,
)
from bcviewer.core.run.phy_link import NO_LINK, PhyLink
from bcviewer.core.run.phy_unsaved import PhyChange, Unsaved, without_labels
from bcviewer.core.run.unsaved_words import NOT_READ, UnsavedWords

MERGE = PhyChange("merge", "", (60,), (2, 3), ((2, 60), (3, 60)))
UNMERGE = PhyChange("merge", "undo", (2, 3), (60,), ((60, 2), (60, 3)))
REMERGE = PhyChange("merge", "redo", (60,), (2, 3), ((2, 60), (3, 60)))
SPLIT = PhyChange("assign", "", (61, 62), (60,), ((60, 61), (60, 62)))
UNSPLIT = PhyChange("assign", "undo", (60,), (61, 62), ((61, 60), (62, 60)))


def done(*changes: PhyChange) -> Unsaved:
    out = Unsaved()
    for change in changes:
        out = out.after(change)
    return out


def words(unsaved: Unsaved, saved: dict[int, str] | None = None) -> dict[int, str]:
    """Return what is told where the files have these groups, and no ``bcv_label``."""
    files = {"group": {7: "good"} if saved is None else saved}
    empty = {"bcv_label": ""}
    return unsaved.words(
        lambda one, name, value: files.get(name, {}).get(one, empty.get(name)) == value
    )


def label(cluster_id: int, value: str, history: str = "", name: str = "group") -> PhyChange:
    return PhyChange(f"metadata_{name}", history, name=name, values={cluster_id: value})


def test_a_merge_is_told_of_its_parents_until_it_is_undone():
    assert words(done(MERGE)) == {
        2: "merged into 60 with 3",
        3: "merged into 60 with 2",
        60: "made anew, of 2 and 3",
    }
    assert done(MERGE).parents(60) == (2, 3)
    assert done(MERGE).parents(2) == ()
    assert words(done(MERGE, UNMERGE)) == {}
    assert done(MERGE, UNMERGE, REMERGE) == done(MERGE)


def test_a_split_of_what_was_merged_goes_back_to_what_is_saved():
    found = words(done(MERGE, SPLIT))
    assert found == {
        2: "split into 61 and 62 with 3",
        3: "split into 61 and 62 with 2",
        61: "made anew, of 2 and 3",
        62: "made anew, of 2 and 3",
    }
    assert done(MERGE, SPLIT).parents(62) == (2, 3)
    assert words(done(MERGE, SPLIT, UNSPLIT)) == words(done(MERGE))
    assert words(done(MERGE, SPLIT, UNSPLIT, UNMERGE)) == {}


def test_many_acts_at_once_are_as_one_after_the_other():
    acts = (MERGE, label(4, "mua"), SPLIT, label(4, "", "undo"), UNSPLIT, UNMERGE, label(5, "x"))
    assert Unsaved().after_all(acts) == done(*acts)


def test_a_split_alone_and_one_into_many():
    alone = PhyChange("assign", "", (61, 62), (5,), ((5, 61), (5, 62)))
    of = "made anew, of 5"
    assert words(done(alone)) == {5: "split into 61 and 62", 61: of, 62: of}
    many = PhyChange("assign", "", tuple(range(61, 68)), (5,), tuple((5, i) for i in range(61, 68)))
    assert words(done(many))[5] == "split into 61, 62, 63, 64, 65 and 2 more"
    assert words(done(PhyChange("assign", "", (), (5,)))) == {5: "no longer there"}


def test_what_many_went_into_is_looked_through_once_for_all_of_them():
    class Counted(frozenset[int]):
        looks = 0

        def __iter__(self) -> Iterator[int]:
            Counted.looks += 1
            return super().__iter__()

    n = 4_000
    found = words(Unsaved({n: Counted(range(n))}, frozenset(range(n))))
    assert found[2] == f"merged into {n} with 0, 1, 3, 4, 5 and 3,994 more"
    assert found[n - 1] == f"merged into {n} with 0, 1, 2, 3, 4 and 3,994 more"
    assert len(found) == n + 1
    assert Counted.looks <= 3


def test_labels_stand_beside_it_and_go_with_their_undo():
    assert words(done(label(4, "mua"))) == {4: "group mua"}
    assert words(done(label(4, ""))) == {4: "group cleared"}
    undone = done(label(4, "mua"), label(4, "", "undo"))
    assert words(undone, {4: ""}) == {}
    assert words(undone, {4: "good"}) == {4: "group cleared"}  # seen: phy's undo of 4, a merge
    other = done(label(4, "MUA", name="bcv_label"), label(4, "", "undo", "bcv_label"))
    assert words(other) == {}
    emptied = done(label(4, "PV", name="type"), label(4, "", "undo", "type"))
    assert words(emptied) == {}  # no file says what it was
    twice = done(label(4, "mua"), label(4, "good"), label(4, "mua", "undo"))
    assert words(twice) == {4: "group mua"}
    assert words(done(label(7, "good"))) == {}  # as it is saved
    both = done(label(4, "mua"), label(4, "NON-SOMA", name="bcv_label"))
    assert words(both) == {4: "group mua; bcv_label NON-SOMA"}
    assert words(done(label(2, "mua"), MERGE)) == words(done(MERGE))  # who is gone has no label
    assert {*words(done(label(2, "mua"), label(9, "mua"), MERGE))} == {2, 3, 9, 60}


def test_without_its_label_it_is_said_what_was_done_and_that_a_label_was_given():
    """As a blind review may be told."""
    assert without_labels("group good") == "labelled"
    assert without_labels("group mua; bcv_label NON-SOMA") == "labelled"
    for act in ("merged into 60 with 3", "split into 61 and 62", "no longer there", BACK):
        assert without_labels(act) == act
    assert without_labels("made anew, of 2 and 3; group good") == "made anew, of 2 and 3; labelled"


def test_what_was_saved_and_is_undone_is_not_saved():
    """A save forgets what was done before it; phy's undo goes behind it."""
    undone = done(label(4, "", "undo"))
    assert words(undone) == {4: "group cleared"}
    assert words(done(label(4, "", "undo"), label(4, "mua"))) == {4: "group mua"}
    assert words(done(label(4, "", "undo"), label(4, "mua", "redo")), {4: "mua"}) == {}
    anew = done(label(4, "", "undo"), label(5, "mua"), label(4, "good"), label(4, "", "undo"))
    assert words(anew) == {4: "group cleared", 5: "group mua"}
    back = done(UNMERGE)  # 60 has a row by now, and so have 2 and 3, as gone ones
    assert words(back) == {
        60: "split into 2 and 3",
        2: "there again, of 60",
        3: "there again, of 60",
    }
    assert words(done(UNMERGE, REMERGE)) == {}
    undone = done(MERGE, UNMERGE, REMERGE)
    assert (words(undone), undone.back) == (words(done(MERGE)), frozenset())
    anew = words(done(REMERGE))  # its undo was saved
    assert anew == {**words(done(MERGE)), 60: "there again, of 2 and 3"}
    again = done(UNMERGE, PhyChange("merge", "", (70,), (2, 4), ((2, 70), (4, 70))))
    assert words(again)[60] == "split into 3 and 70 with 4"
    assert 2 not in words(again)


def phy_of_five(new: list[int], state: list[int], details: dict[int, str]) -> Phy:
    run = make_run({"nSpikes": [2400.0] * 5})
    return Phy(run, np.array(state, np.int8), np.array(new, np.int64), details)


def test_rows_that_phy_changed_are_marked_and_unmarked():
    read = phy_of_five([60], [1, 1, 1, 1, 1, 4], {5: "of 9"})
    marked = read.with_unsaved({2: "merged into 61 with 60", 60: "merged into 61", 99: "no row"})
    assert marked.state.tolist() == [1, 1, 8, 1, 1, 8]
    assert marked.text(2) == "unsaved in phy: merged into 61 with 60"
    assert PhyState.UNSAVED in CHANGED
    assert marked.as_read is read
    assert marked.with_unsaved({2: "x"}).as_read is read
    assert marked.with_unsaved({}) is read
    assert read.with_unsaved({99: "no row"}) is read
    assert unread(read.run).with_unsaved({1: "group mua"}).state.tolist() == [0, 8, 0, 0, 0]
    there = not_known(read.run, "no files").with_unsaved({1: "group mua"})
    assert there.text(1) == "unsaved in phy: group mua"


def test_a_row_that_is_gone_from_the_files_is_there_again_where_a_phy_has_its_id():
    """Seen: redo brought back a merge whose undo was saved, and the row stayed gone."""
    read = phy_of_five([60], [1, 1, 1, 1, 1, 3], {5: "phy made it"})
    for changes in ((REMERGE,), (MERGE,), (MERGE, SPLIT, UNSPLIT)):
        marked = read.with_unsaved(words(done(*changes)), done(*changes).merged())
        assert marked.state[5] == PhyState.UNSAVED
        assert 60 not in marked.gone()
        assert marked.there_again(5)
        assert not marked.there_again(2)
    assert not read.there_again(5)
    parts = read.with_unsaved(words(done(MERGE, SPLIT)), {})
    assert parts.gone() == {2, 3, 60}


def test_no_row_goes_or_moves_when_phy_saved_again():
    before = phy_of_five([60, 61], [1, 1, 3, 3, 1, 4, 4], {2: "merged", 5: "of 2", 6: "of 3"})
    now = phy_of_five([59, 61], [1, 1, 1, 3, 1, 4, 2], {3: "merged", 5: "of 0", 6: "changed"})
    after = now.after(before)
    assert after.new.tolist() == [60, 61, 59]
    assert after.state.tolist() == [1, 1, 1, 3, 1, 3, 2, 4]
    assert after.details[3] == "merged"
    assert after.details[5] == "phy made it; since merged or split or undone"
    assert (after.details[6], after.details[7]) == ("changed", "of 0")
    assert now.after(None) is now
    assert now.after(phy_of_five([], [1] * 5, {})) is now
    assert now.after(now) is now
    bare = phy_of_five([59, 61], [1, 1, 1, 3, 1, 4, 1], {})
    assert bare.after(before).details == {5: after.details[5]}


def test_of_which_spikes_a_unit_was_that_is_gone_is_kept_and_another_of_its_id_has_others():
    read = phy_of_five([60, 61], [1, 1, 1, 1, 1, 4, 4], {})
    before = replace(read, spikes={60: "x", 61: "y"})
    now = replace(phy_of_five([61], [1, 1, 1, 1, 1, 4], {}), spikes={61: "z"})
    assert now.after(before).spikes == {60: "x", 61: "z"}
    assert now.with_unsaved({61: "group mua"}).spikes == {61: "z"}
    # also of rows of the run, and where no row comes: one that was gone had it all the same
    before = replace(phy_of_five([61], [1, 3, 1, 6, 1, 4], {}), spikes={1: "a", 2: "b", 3: "c"})
    now = replace(phy_of_five([61], [1, 3, 1, 6, 1, 4], {}), spikes={61: "z"})
    assert now.after(before).spikes == {1: "a", 3: "c", 61: "z"}  # 2 is as Kilosort made it
    assert now.after(replace(before, new=np.empty(0, np.int64))).spikes == {1: "a", 3: "c", 61: "z"}
    marked = before.with_unsaved({1: "made anew, of 2 and 4"}, {1: (2, 4)}, {1: "?"})
    assert now.after(marked).spikes[1] == "a"  # not what is unsaved


def shown_by(kept: UnsavedWords, read: Phy) -> dict[int, str]:
    """Return of which spikes units are, with what an open phy has not saved."""
    return dict(kept.marked(read).spikes)


def test_of_which_spikes_a_unit_is_that_an_open_phy_made_anew():
    """Seen: labels of what was gone stood on what phy made anew of others, and were its own."""
    read = phy_of_five([60, 61], [1, 1, 3, 1, 6, 3, 4], {})
    read = replace(read, spikes={2: "a", 60: "x", 61: "y"})
    kept, ks_dir = UnsavedWords(), read.run.provenance.ks_dir
    assert kept.marked(read) is read
    words = {
        **dict.fromkeys((2, 60, 61, 77), "made anew, of 0 and 1"),
        4: "made anew, of 3; group mua",
    }
    kept.say(ks_dir, words, {2: (0, 1), 60: (0, 3), 61: (7, 8), 77: (8, 9)})
    # 61 is in the files, and 77 is no row; of 4, which has a part of 3, nothing says which
    assert shown_by(kept, read) == {2: "?", 4: "", 60: "?", 61: "y"}
    assert {*kept.to_read(read)} == {(0, 1), (0, 3)}
    kept.take(ks_dir, {(0, 1): "new", (0, 3): ""})
    assert shown_by(kept, read) == {2: "new", 4: "", 60: "", 61: "y"}
    assert kept.to_read(read) == ()
    kept.say(ks_dir, {}, {})  # it is undone
    assert kept.marked(read) is read


def test_what_phy_brought_back_itself_is_what_it_was_unless_it_is_known_to_be_of_others():
    read = replace(phy_of_five([60, 61], [1, 1, 1, 1, 1, 3, 3], {}), spikes={60: "x", 61: "y"})
    kept, ks_dir = UnsavedWords(), read.run.provenance.ks_dir
    kept.say(ks_dir, {60: "there again, of 2 and 3", 61: "merged into 62 with 4"}, {60: (2, 3)})
    assert shown_by(kept, read) == {60: "x", 61: "y"}
    assert kept.to_read(read) == ((2, 3),)
    kept.take(ks_dir, {(2, 3): "another phy's"})
    assert shown_by(kept, read) == {60: "another phy's", 61: "y"}


def test_what_phy_saved_is_its_own_until_its_files_are_read():
    """Seen: between the two, a label of what phy made anew was of what had the id before."""
    read = replace(phy_of_five([60, 61], [1, 1, 1, 1, 1, 3, 3], {}), spikes={60: "x", 61: "y"})
    kept, ks_dir = UnsavedWords(), read.run.provenance.ks_dir
    kept.say(ks_dir, dict.fromkeys((60, 61), "made anew, of 2 and 3"), {60: (2, 3)})
    kept.take(ks_dir, {(2, 3): "new"})
    kept.saved(kept.marked(read))
    kept.say(ks_dir, {}, {})
    assert shown_by(kept, read) == {60: "new", 61: ""}
    assert kept.marked(read).as_read is read
    assert not_known(read.run, "no files").with_unsaved({}, {}, {60: ""}).why == "no files"
    kept.say(ks_dir, {60: "made anew, of 0 and 1", 61: "made anew, of 4"}, {60: (0, 1)})
    assert kept.to_read(read) == ()  # by these ids there may be others in the files by now
    kept.take(ks_dir, {(0, 1): "of before"})
    now = replace(phy_of_five([60], [1, 1, 1, 1, 1, 4], {}), run=read.run, spikes={60: "new"})
    shown = kept.shown_on(now, kept.marked(read))
    assert shown.spikes == {60: "new", 61: ""}
    kept.say(ks_dir, {}, {})
    assert shown_by(kept, shown) == {60: "new", 61: "y"}


def test_what_a_phy_saved_is_told_until_that_is_read_of_a_run():
    """Seen: what it had merged was shown as it had been, for good where reading was stopped."""
    read = phy_of_five([], [1, 1, 1, 1, 1], {})
    again = replace(read, run=replace(read.run))  # another run of the same directory
    kept, ks_dir = UnsavedWords(), read.run.provenance.ks_dir
    words = {2: "merged into 60 with 3", 3: "merged into 60 with 2", 4: "group good", 1: "split"}
    acts = {one: words[one] for one in (2, 3, 4)}, {60: (2, 3)}
    kept.say(ks_dir, words, {60: (2, 3)})
    for each in (read, again):
        kept.saved(each, acts)
    kept.say(ks_dir, {1: words[1]}, {})  # another phy's: it has not saved
    told = {one: f"unsaved in phy: {text}{NOT_READ}" for one, text in acts[0].items()}
    told[1] = "unsaved in phy: split"
    assert told_of(kept, read) == told_of(kept, again) == told
    assert kept.marked(read).gone() == {2, 3}

    kept.say(ks_dir, {4: "bcv_label NON-SOMA", 2: "there again, of 60", 3: "there again"}, {})
    told = told_of(kept, read)
    assert told[2] == "unsaved in phy: there again, of 60"
    assert told[4] == f"unsaved in phy: bcv_label NON-SOMA; group good{NOT_READ}"
    assert kept.marked(read).gone() == set(), "what is there again is not gone"
    kept.saved(read, ({4: "group mua", 0: "group good"}, {}))
    kept.say(ks_dir, {}, {})
    assert told_of(kept, read)[4] == f"unsaved in phy: group mua{NOT_READ}"

    kept.shown_on(not_known(read.run, "no files"), read)
    assert 4 in told_of(kept, read), "it is not read"
    now = replace(phy_of_five([60], [1, 1, 3, 3, 1, 4], {}), run=read.run)
    assert kept.shown_on(now, read).read is None
    assert 4 in told_of(kept, again), "of that run it is not read"
    kept.forget(ks_dir)
    assert told_of(kept, again) == {}


def told_of(kept: UnsavedWords, read: Phy) -> dict[int, str]:
    """Return what is told of units, by their ids."""
    phy = kept.marked(read)
    return {row: phy.unsaved(row) for row in range(len(phy.state)) if phy.unsaved(row)}


def test_into_what_a_unit_went_is_known_once_it_is_saved():
    before = phy_of_five([60, 61], [1, 1, 1, 1, 1, 4, 4], {5: "of 2", 6: "of 3"})
    kept, ks_dir = UnsavedWords(), before.run.provenance.ks_dir
    kept.say(ks_dir, {60: "merged into 62 with 4", 61: "split into 63 and 64", 1: "group mua"}, {})
    assert kept.shown_on(before, None).text(1) == "unsaved in phy: group mua"
    kept.say(ks_dir, {61: "group good"}, {})  # its split is undone, and 60's merge is saved
    saved = replace(phy_of_five([61, 62], [1, 1, 1, 1, 3, 4, 4], {}), run=before.run)
    shown = kept.shown_on(saved, before)
    assert shown.text(5) == "gone: phy made it; since merged into 62 with 4"
    assert shown.text(6) == "unsaved in phy: group good"
    kept.say(ks_dir, {}, {})
    assert kept.shown_on(saved, before).read is None
    gone = replace(phy_of_five([62], [1, 1, 1, 1, 3, 4], {}), run=before.run)
    assert kept.shown_on(gone, before).text(6).endswith("merged or split or undone")


def test_the_link_in_words():
    assert NO_LINK.words == PhyLink("waiting").words == "phy ○"
    assert "not installed" in PhyLink(why="it is not installed").tip
    assert NO_LINK.tip.startswith("No link with phy. ")
    assert "no phy has this recording open" in PhyLink("waiting").tip
    many = PhyLink("connected", (1, 2, 3, 4, 5), "No longer in phy: 9.", 2)
    assert many.words == "phy ● 1, 2, 3 +2 ∗"
    assert (
        "It shows 1, 2, 3, 4, 5.\nNo longer in phy: 9.\n2 units differ from what is saved (∗)."
        in many.tip
    )
    assert PhyLink("connected").words == "phy ●"
    assert PhyLink("connected", (8,), short="hides 9").words == "phy ● 8 · hides 9"
    assert PhyLink("connected", (8,), "", 1, short="9 gone").words == "phy ● 8 ∗ · 9 gone"
    assert PhyLink("connected", (1,), "", 1).tip.endswith("1 unit differs from what is saved (∗).")
    assert PhyLink("connected").tip == "phy has this recording open."
    led = PhyLink("connected", (8,), follows=False)
    assert (led.words, led.tip.splitlines()[-1]) == (
        "phy ● 8 · not followed",
        "What is selected in phy is not followed here (switches: Link with phy…).",
    )
    followed = PhyLink("connected", (8,), "No longer in phy: 9.", short="9 gone", leads=False)
    assert followed.words == "phy ● 8 · 9 gone"
    assert "What is selected here is not sent to phy (switches:" in followed.tip
    two = PhyLink("connected", n_phys=2).tip
    assert two == "2 phys have this recording open: what one saves, the next to save writes over."


def test_a_merge_of_whole_clusters_is_known_by_its_spikes():
    assert done(MERGE).merged() == {60: (2, 3)}
    assert done(MERGE, UNMERGE).merged() == {}
    assert done(MERGE, UNMERGE, REMERGE).merged() == {60: (2, 3)}


def test_what_is_of_no_cluster_is_no_merge():
    assert done(PhyChange("merge", "", (60,), (2,))).merged() == {}


def test_of_a_part_nothing_says_which_spikes_it_has_until_its_parts_are_one_again():
    split = PhyChange("assign", "", (61, 62), (5,), ((5, 61), (5, 62)))
    with_six = PhyChange("merge", "", (63,), (61, 6), ((61, 63), (6, 63)))
    rest = PhyChange("merge", "", (64,), (63, 62), ((63, 64), (62, 64)))
    assert done(split).merged() == {}
    assert done(split, with_six).merged() == {}
    assert done(split, with_six, rest).merged() == {64: (5, 6)}


def test_what_changed_since_is_told_once_and_what_phy_made_is_there_or_gone():
    run, before = make_run({"nSpikes": [400.0] * 3}), np.array([1, 2, 3], np.int8)
    first = Phy(run, before, np.empty(0, np.int64), {})
    assert first.changed_since(None).tolist() == [1, 2]
    assert first.made() == []
    state = np.array([2, 2, 1, PhyState.NEW, PhyState.GONE], np.int8)
    later = Phy(run, state, np.array([7, 8]), {})
    assert later.changed_since(first).tolist() == [0, 2, 3, 4]  # 2 is as it was at first
    assert later.changed_since(later).tolist() == []
    assert later.made() == [7]
    marked = Phy(run, np.full(3, PhyState.UNSAVED, np.int8), np.empty(0, np.int64), {})
    now = replace(
        marked, state=np.array([PhyState.CURRENT, PhyState.GONE, PhyState.STALE], np.int8)
    )
    assert now.changed_since(marked).tolist() == [0, 1, 2]
    # seen: all that had been labelled here, and in phy by that, was marked at phy's save
    assert now.changed_since(marked, read=True).tolist() == [1, 2]
    # …and what phy had made before, or was stale by it
    stale = replace(now, state=np.array([PhyState.STALE, PhyState.STALE, 1], np.int8))
    known = replace(marked, read=replace(stale, state=np.array([2, 1, 1], np.int8)))
    assert stale.changed_since(known, read=True).tolist() == [1]


def test_what_is_lost_with_a_phy_is_what_differs_from_its_files():
    changes = (
        PhyChange("merge", added=(60,), deleted=(2, 3), descendants=((2, 60), (3, 60))),
        PhyChange("metadata_group", name="group", values={5: "mua", 6: "good"}),
    )
    unsaved = Unsaved().after_all(changes)
    saved = {6: "good"}
    lost = unsaved.lost(range(10), lambda one, _, value: saved.get(one) == value)
    assert lost == (2, 3, 5)
    assert unsaved.lost((3, 60), lambda *_: True) == (3,)
    assert unsaved.made_of(60) == (2, 3)
    after = unsaved.after(label(60, "good")).after(label(2, "good"))
    assert after.lost(range(70), lambda *_: False) == (2, 3, 5, 6, 60)
    back = done(UNMERGE)
    assert back.lost(range(70), lambda *_: True) == (2, 3, 60)
    assert back.after(REMERGE).lost(range(70), lambda *_: True) == ()
    assert back.after(label(2, "mua")).after(REMERGE).lost(range(70), lambda *_: False) == ()
    undone = unsaved.after(
        PhyChange(
            "merge", history="undo", added=(2, 3), deleted=(60,), descendants=((60, 2), (60, 3))
        )
    )
    assert undone.made_of(60) == ()


def test_what_is_merged_and_not_saved_is_kept_by_folder_until_something_else_is_said():
    kept = UnsavedWords()
    kept.say("here", {}, {60: (2, 3)})
    assert (kept.merged("here"), kept.merged("there")) == ({60: (2, 3)}, {})
    kept.say("here", {}, {})
    assert kept.merged("here") == {}


def test_nothing_is_read_before_the_files_are():
    run = make_run({"nSpikes": [400.0] * 3})
    assert not unread(run).is_read
    assert not_known(run, "no spikes").is_read
