"""What a run of Bombcell can be given: the installed package's parameters, and what they take."""

from __future__ import annotations

import math

import numpy as np
import pytest
from dice import examples
from factories import bombcell
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.comparison.run_parameters import (
    OURS,
    RUN_PARAMETERS,
    not_default,
    parse_run_changes,
    parse_run_value,
    run_words,
    same_value,
)
from bcviewer.errors import UsageError


def test_they_are_those_of_the_installed_package(tmp_path):
    found = bombcell().get_default_parameters(str(tmp_path))
    assert set(found) == {*RUN_PARAMETERS, *OURS}
    for name, known in RUN_PARAMETERS.items():
        theirs = found[name]
        if name == "tauC":
            assert (known.default, theirs) == (None, 0.00025)  # it is Kilosort's own
            continue
        if name == "joblib_backend_preference":
            assert (known.default, theirs) == ("threads", "processes")
            continue
        ours = list(known.default) if isinstance(known.default, tuple) else known.default
        np.testing.assert_equal(ours, theirs.tolist() if isinstance(theirs, np.ndarray) else theirs)
        assert isinstance(theirs, np.ndarray) or type(known.default) is type(theirs), name
    assert not set(RUN_PARAMETERS) & set(OURS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("minPresenceRatio=0.6", 0.6),
        ("ss_min=−0.5", -0.5),
        ("minNumSpikes=50", 50),
        ("maxPeak1ToPeak2Ratio_nonSomatic=inf", math.inf),
        ("computeDrift=TRUE", True),
        ("computeTimeChunks=1", True),
        ("removeDuplicateSpikes=false", False),
        ("rpv_method=hill", "hill"),
        ("tauR_values=0.001, 0.002", (0.001, 0.002)),
        ("contamination_values=none", None),
        ("gain_to_uV=none", None),
        ("gain_to_uV=2", 2.0),
        ("nChannels=33", 33),
        ("ephys_sample_rate=30000.5", 30000.5),
        ("ephys_meta_file=/a/b.meta", "/a/b.meta"),
        ("joblib_n_jobs=-1", -1),
    ],
)
def test_a_value_is_of_its_kind(text, value):
    name = text.partition("=")[0]
    found = parse_run_changes([text])[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["minPresenceRatio"], "NAME=VALUE"),
        (["a=1"], "a: is no parameter"),
        (["=1"], "no name: is no parameter"),
        (["computetimechunks=1"], "Is computeTimeChunks meant?"),
        (["tauC=0", "tauC=0"], "set twice"),
        (["saveAsTSV=1"], "--tsv"),
        (["raw_data_file=a.bin"], "--raw"),
        (["plotGlobal=1"], "draws nothing"),
        (["computeTimeChunks=maybe"], "on or off"),
        (["computeDrift=2"], "on or off"),
        (["rpv_method=new"], "There is: ibl_sliding, hill, llobet."),
        (["rpv_method="], "no such word"),
        (["nChannels=33.5"], "a whole number is expected"),
        (["nChannels=0"], "1 or more"),
        (["joblib_n_jobs=0"], "-1 or more"),
        (["tauR_values=0.001,x"], "several with commas"),
        (["deltaTimeChunk=nan"], "a number is expected"),
        (["deltaTimeChunk=1_0"], "a number is expected"),
        (["deltaTimeChunk=0"], "more than 0"),
        (["minPresenceRatio=x"], "is a threshold"),
    ],
)
def test_what_is_no_value_is_refused_in_a_line(texts, said):
    with pytest.raises(UsageError) as caught:
        parse_run_changes(texts)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=examples(60))
@given(st.sampled_from(sorted(RUN_PARAMETERS)), st.data())
def test_words_are_read_back(name, data):
    known = RUN_PARAMETERS[name]
    least = known.least if math.isfinite(known.least) else -1e6
    numbers = st.floats(max(least, 1e-6), 1e6)
    value = {
        "flag": st.booleans(),
        "whole": st.integers(max(1, int(least)), 10**6),
        "number": numbers,
        "text": st.sampled_from(known.words or ("a b",)),
        "numbers": st.lists(numbers, min_size=1, max_size=4).map(tuple),
    }[known.kind]
    given_ = data.draw(st.one_of(value, st.none()) if known.default is None else value)
    back = parse_run_value(name, run_words(given_))
    assert back == given_
    assert same_value(back, given_)


def test_what_is_the_same():
    assert same_value(300, 300.0)
    assert same_value(math.nan, math.nan)
    assert not same_value(1, True)
    assert not same_value(None, 0)
    assert same_value((0.1,), (0.1,))


def test_what_is_not_a_default():
    values = {"tauC": 0.00025, "minNumSpikes": 300.0, "computeDrift": True, "ss_min": math.nan}
    assert not_default(values) == {"computeDrift": True}
    assert not_default(values, {"tauC"}) == {"computeDrift": True, "tauC": 0.00025}
