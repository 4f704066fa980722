"""The region of interest in the journals: the last one counts, undone it is as before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curation_cases import act, undo
from factories import make_run

from bcviewer.core.curation.entries import REGION, Action, Change, is_known
from bcviewer.core.curation.history import brief, units_of, words_of
from bcviewer.core.curation.lines import JournalLine, format_line, parse_line
from bcviewer.core.curation.replay import replay
from bcviewer.core.run.region import Region
from bcviewer.core.run.run import Provenance
from bcviewer.core.sheet.inputs import Inputs


def region(name: str, seconds: float, text: str, old: str = "", **more: Any) -> Action:
    return act(name, seconds, kind=REGION, changes=(Change(0, REGION, old, text),), **more)


def test_the_last_one_counts_and_undone_it_is_the_one_before():
    first, last = region("a", 1, "0.0..180.0"), region("b", 2, "40.0..90.0", who="bob")
    state = replay([first, last])
    assert (state.region, state.region_by) == (Region(40.0, 90.0), "bob")
    state = replay([first, last, undo("c", 3, "b", who="bob")])
    assert (state.region, state.region_by) == (Region(0.0, 180.0), "ada")
    state = replay([first, region("d", 4, "")])
    assert (state.region, state.region_by) == (None, "")
    assert not state.units, "it is of no unit"


def test_who_says_so_is_told_of_the_region_that_is_shown():
    place = Provenance("ks", "ks/b", "k", "A", roi_um=50.0)
    of_none, of_config = Inputs.of(make_run({})), Inputs.of(make_run({}, provenance=place))
    assert (of_none.of_interest_by, of_config.of_interest_by) == ("", "from the config")
    heard = of_config.hears(replay([region("a", 1, "0.0..180.0")]))
    assert (heard.of_interest, heard.of_interest_by) == (Region(0.0, 180.0), "set by ada")
    # opened again, before its journals are read
    assert replace(of_config, region=heard.region).of_interest_by == "set here"


def test_it_is_written_read_and_told():
    action = region("a", 1, "40.0..90.0")
    assert parse_line(format_line(JournalLine(action))).action == action
    state = replay([action])
    assert words_of(state, action) == "region of interest: 40–90 µm from the tip"
    assert words_of(state, region("b", 2, "")) == "region of interest: as the config says"
    assert brief(action) == "the region of interest"
    assert units_of(state, action) == ()
    mark = undo("c", 3, "a")
    assert words_of(replay([action, mark]), mark) == "undid the region of interest"


def test_what_is_no_region_is_kept_and_not_known():
    assert is_known(Change(0, REGION, "", "0.0..180.0"))
    assert not any(is_known(Change(0, REGION, "", text)) for text in ("180", "9..1", None))
    state = replay([region("a", 1, "soon")])
    assert state.region is None
    assert words_of(state, region("a", 1, "soon")) == "something that this version does not know"


def test_a_label_under_the_name_of_a_region_is_told_as_a_label():
    action = act("a", 1, kind=REGION, changes=(Change(3, "label", None, "NOISE"),))
    assert words_of(replay([action]), action) == "unit 3: no label → NOISE"
