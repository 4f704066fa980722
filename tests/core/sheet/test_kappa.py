"""How the units of manual labels were chosen is told beside how far they agree."""

from __future__ import annotations

import numpy as np
from curation_cases import act, note
from factories import again, make_run, sheet_of

from bcviewer.core.curation.blind import IN_SIGHT, Sample, blind_field
from bcviewer.core.curation.entries import under_field
from bcviewer.core.curation.replay import replay
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.kappa import agreement_words, kappa_words, sampled, share_words
from bcviewer.core.sheet.sources import confusion, label_filter, source_codes

RUN = make_run({"presenceRatio": [1.0, 0.5, 1.0, 1.0]})
SIGHT = [act("a", 1, label="MUA", unit=1), act("b", 2, unit=2)]
BLIND = [act("c", 3, unit=3, extra=blind_field(Sample(7, 2, 4)))]


def test_a_source_says_how_its_units_were_chosen() -> None:
    none, noted = sheet_of(RUN), sheet_of(RUN, said=replay([note("n", 1, "hm")]))
    sight = sheet_of(RUN, said=replay(SIGHT))
    both = sheet_of(RUN, said=replay([*SIGHT, *BLIND]))
    assert sampled([none], "manual") == sampled([noted], "manual") == ""
    assert sampled([sight], "manual") == IN_SIGHT
    assert sampled([both], "manual") == f"{IN_SIGHT}, but for 1 given blind first"
    how = "blind, 1 labelled of 2 of 4 units drawn at random (seed 7)"
    assert sampled([both], "blind") == how
    assert sampled([both, sight], "blind") == how  # several probes
    assert sampled([both], "saved") == sampled([both], "bombcell") == ""


def test_labels_given_under_a_proposal_are_left_out_and_counted() -> None:
    tried = [act("u", 9, label="MUA", unit=1, extra=under_field("minPresenceRatio=0.4"))]
    some, all_said = sheet_of(RUN, said=replay(SIGHT)), sheet_of(RUN, said=replay([*SIGHT, *tried]))
    assert source_codes(some, "manual").tolist() == [-1, Label.MUA, Label.GOOD, -1]
    assert source_codes(all_said, "manual").tolist() == [-1, -1, Label.GOOD, -1]
    assert all_said.text("manual_label", 1) == "MUA", "it is a label all the same"
    assert all_said.text("manual_under", 1) == "minPresenceRatio=0.4"
    assert sampled([all_said], "manual") == f"{IN_SIGHT}; 1 given under a proposal left out"
    for label, rows in ((Label.MUA, []), (Label.GOOD, [2]), (None, [0, 1, 3])):
        text = label_filter(all_said, "manual", label)
        shown = evaluate(parse_filter(text, all_said), all_said)
        assert np.flatnonzero(shown).tolist() == rows, text
    assert to_frame(all_said)["manual_under"].tolist() == ["", "minPresenceRatio=0.4", "", ""]
    assert "manual_under" not in to_frame(some)
    hidden = sheet_of(RUN, said=replay(tried), hidden=(1,))
    assert hidden.text("manual_under", 1) == ""


def test_agreement_in_words() -> None:
    both = sheet_of(RUN, said=replay([*SIGHT, *BLIND]))
    theirs = source_codes(both, "bombcell")
    manual, blind = source_codes(both, "manual"), source_codes(both, "blind")
    assert agreement_words(confusion(theirs, manual)) == "3 of 3 agree (100.0%) · Cohen's κ 1.00"
    words = "1 of 1 agree (100.0%) · Cohen's κ is not defined: both use one class only"
    assert agreement_words(confusion(theirs, blind)) == words
    nobody = source_codes(sheet_of(RUN), "manual")
    assert agreement_words(confusion(theirs, nobody)) == "No unit has a label by both"


def test_a_saved_label_that_stands_in_is_marked_unless_a_curator_gave_one() -> None:
    run = make_run({"presenceRatio": [1.0, 1.0]}, saved=["GOOD", "MUA"], drop=["nSpikes"])
    sheet = again(sheet_of(run), source="final")
    plain = sheet_of(run)
    assert [sheet.text("label", i) for i in (0, 1)] == [plain.text("label", i) for i in (0, 1)]
    said = again(sheet, said=replay([act("a", 1, label="NOISE", unit=0)]))
    assert said.text("label", 0) == "NOISE"


def test_nearly_all_is_not_all() -> None:
    shares = [share_words(n, 10_000) for n in (0, 1, 5_000, 9_999, 10_000)]
    assert shares == ["0.0%", "<0.1%", "50.0%", ">99.9%", "100.0%"]
    assert [kappa_words(k) for k in (0.5, 0.999, 1.0)] == ["0.50", ">0.99", "1.00"]
