"""Proposals: what is typed becomes what bombcell would be given, or one line says why not."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import pytest
from factories import bombcell, make_params, quiet

from bcviewer.core.comparison.measured import BESIDE, MEASURED
from bcviewer.core.comparison.proposal import (
    NO_PROPOSAL,
    OFFERED,
    Proposal,
    parse_changes,
    value_words,
)
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.errors import UsageError


def test_what_is_typed_is_typed():
    found = parse_changes(
        [" computeDrift = TRUE", "minPresenceRatio=6e-1", "maxNPeaks=inf", "extractRaw=0"]
    )
    assert found.changes == (
        ("maxNPeaks", math.inf),
        ("minPresenceRatio", 0.6),
        ("extractRaw", False),
        ("computeDrift", True),
    )
    assert found.words == "maxNPeaks=inf minPresenceRatio=0.6 extractRaw=false computeDrift=true"
    assert parse_changes(found.words.split()) == found
    with pytest.raises(FrozenInstanceError):
        found.changes = ()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["minPresenceRatio"], "--set minPresenceRatio: NAME=VALUE is expected. As min"),
        (["minSNR=1", "minSNR=2"], "--set minSNR=2: minSNR is set twice. Leave"),
        (["minSNR=five"], "minSNR=five: is a threshold. Give a number"),
        (["minSNR="], "minSNR=: is a threshold."),
        (["minSNR=nan"], "minSNR=nan: is a threshold."),
        (["minSNR=1e999"], "minSNR=1e999: is a threshold."),
        (["minSNR=-1e999"], "minSNR=-1e999: is a threshold."),
        (["minSNR=1_0"], "minSNR=1_0: is a threshold."),
        (["minSNR=0,6"], "minSNR=0,6: is a threshold."),
        (["computeDrift=on"], "computeDrift=on: is on or off. Give true, false, 1 or 0."),
        (["computeDrift=2"], "computeDrift=2: is on or off."),
        (["minPresence=0.6"], "minPresence: is no threshold or flag of Bombcell's. Is minPres"),
        (["MINSNR=1"], "MINSNR: is no threshold or flag of Bombcell's. Is minSNR meant?"),
        (["xyz=1"], "xyz: is no threshold or flag of Bombcell's. There is: maxNPeaks, "),
        (["=1"], "no name: is no threshold"),
        (["rpv_method=hill"], "rpv_method: chooses how a metric is measured"),
        (["verbose=1"], "verbose: no label follows from it."),
    ],
)
def test_what_cannot_be_is_one_line(texts, message):
    with pytest.raises(UsageError) as caught:
        parse_changes(texts)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_parameter_of_measurement_names_the_command_that_can():
    for name in MEASURED:
        with pytest.raises(UsageError, match="needs `bcviewer run`"):
            parse_changes([f"{name}=1"])


def test_every_parameter_of_bombcell_is_in_one_list():
    with quiet():
        package = bombcell()
        known = set(package.get_default_parameters("nowhere"))
    assert known == {*THRESHOLDS, *FLAGS} | MEASURED | BESIDE
    assert not (MEASURED & BESIDE)
    assert not ({*OFFERED} & (MEASURED | BESIDE))


def test_only_what_changes_anything_is_a_change():
    criteria = make_params({"minSNR": 5, "extractRaw": True}, drop=["maxDrift"]).criteria
    given = Proposal.of({"minSNR": 5.0, "maxDrift": 7.0, "extractRaw": True, "isoDmin": 1.0})
    assert given.against(criteria).changes == (("maxDrift", 7.0), ("isoDmin", 1.0))
    on = given.on(criteria)
    assert (on.thresholds["maxDrift"], on.thresholds["isoDmin"]) == (7.0, 1.0)
    assert [change.name for change in criteria.diff(on)] == ["maxDrift", "isoDmin"]
    assert given.against(on) == Proposal()
    assert not criteria.diff(Proposal().on(criteria))


def test_values_read_as_they_are_typed():
    values = [None, True, 0.6, 300.0, 5, math.inf, "hill"]
    words = ["absent", "true", "0.6", "300", "5", "inf", "hill"]
    assert [value_words(value) for value in values] == words


def test_one_change_is_set_taken_back_and_refused():
    one = NO_PROPOSAL.with_change("minPresenceRatio", 0.6)
    assert one == Proposal.of({"minPresenceRatio": 0.6})
    both = one.with_change("computeDrift", value=False)
    assert dict(both.changes) == {"minPresenceRatio": 0.6, "computeDrift": False}
    assert both.with_change("computeDrift", None) == one
    assert one.with_change("minPresenceRatio", None) == NO_PROPOSAL
    with pytest.raises(UsageError, match="is a threshold"):
        one.with_change("minPresenceRatio", math.nan)
