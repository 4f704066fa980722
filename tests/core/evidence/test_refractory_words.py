"""How many spikes it takes, and what a contamination says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from evidence_fakes import SETUP, TAU_R, contamination_of
from factories import bombcell, quiet
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.evidence.kept import KeptSpikes
from bcviewer.core.evidence.refractory import (
    Need,
    Result,
    need,
    spikes_needed,
)
from bcviewer.core.evidence.refractory_words import (
    differences,
    sentences,
    short_words,
    verdict_words,
)
from bcviewer.core.evidence.tau_r import PeriodsTested

NAN = float("nan")


@given(
    st.floats(0.1, 50.0),
    st.integers(50, 100_000),
    st.floats(60.0, 20_000.0),
    st.sampled_from([0.001, 0.0025, 0.01]),
    st.sampled_from([0.0, 0.0001, 0.00025]),
    st.floats(0.01, 0.5),
)
def test_so_many_spikes_make_so_many_violations_expected(
    expected: float, n: int, duration: float, tau_r: float, tau_c: float, level: float
) -> None:
    rate = n / duration
    if rate > 500:
        return
    longer, denser = spikes_needed(expected, n, duration, tau_r, tau_c, level)
    with quiet():
        theirs = bombcell().quality_metrics._sliding_rp_expected_violations
    time = longer / rate
    again = theirs(longer, time - 2 * longer * tau_c, tau_r, tau_c, level)
    assert again == pytest.approx(expected)
    again = theirs(denser, duration - 2 * denser * tau_c, tau_r, tau_c, level)
    assert again == pytest.approx(expected)


def test_periods_without_violations_come_first() -> None:
    enough = np.array([-math.log(0.1), 6.68, 2.0])
    periods = np.array([0.002, 0.005, 0.01])
    counts, open_ = np.array([0, 3, 9]), np.array([True, True, False])
    best = need(SETUP, 400, 1200.0, periods, counts, enough, open_)
    assert best is not None
    assert (best.tau_r, best.n_violations) == (0.002, 0)
    longer, denser = spikes_needed(enough[0], 400, 1200.0, 0.002, 0.00025, 0.1)
    assert (best.longer, best.denser) == (math.ceil(longer), math.ceil(denser))
    assert best.minutes == pytest.approx((best.longer - 400) * 3 / 60)
    some = need(SETUP, 400, 1200.0, periods, counts + 1, enough, open_)
    assert some is not None
    assert some.n_violations in (1, 4)
    assert need(SETUP, 400, 1200.0, periods, counts, enough, open_ & False) is None


def test_each_verdict_in_words() -> None:
    assert sentences(contamination_of()) == (
        (
            "Shown clean: contamination is below 10% at one tested τR or more, with 90% confidence"
            " there."
        ),
        "RPV = 0.035: at most 3.5%, with 90% confidence, at τR 2 ms.",
    )
    needed = Need(0.002, 0, 1250, 42.5, 707)
    undecided = contamination_of(Result(1.0, 0.002, 0.0), need=needed)
    assert undecided.verdict == Rpv.UNDECIDABLE
    said = " ".join(sentences(undecided))
    assert said == (
        "Too few spikes to say whether contamination is below 10%."
        " If none came closer than 2 ms, as so far, 1,250 spikes would be enough to show it"
        " clean (400 now): at this rate 42 min more."
        " RPV = 1.0: no level up to 35% is confirmed at any τR. It does not mean that all spikes"
        " are foreign."
    )
    one = sentences(
        contamination_of(Result(1.0, 0.002, 0.0), need=replace(needed, n_violations=1))
    )[1]
    assert one.startswith("If no more than the one so far came closer than 2 ms, 1,250")
    none = sentences(contamination_of(Result(math.nan, math.nan, math.nan)))
    assert none[0].startswith("Not assessed")


FAILED = Result(0.2, 0.002, -1.0)
"""Not shown clean."""


def test_above_the_limit_is_said_only_where_every_period_confirms_it() -> None:
    some = contamination_of(FAILED, observed=np.array([4, 8]))  # of 5 and 8 that would confirm
    assert not some.is_above
    assert verdict_words(some) == "not shown clean"
    assert sentences(some)[0] == (
        "Not shown clean: there were spikes enough to show contamination below 10%, and they do"
        " not. Not every tested τR confirms that it is above."
    )
    every = contamination_of(FAILED, observed=np.array([5, 8]))
    assert every.is_above
    assert verdict_words(every) == "confirmed above the limit"
    assert sentences(every)[0] == (
        "Confirmed above the limit: at every tested τR contamination is above 10%, with 90%"
        " confidence."
    )
    nothing = contamination_of(FAILED, observed=np.zeros(0, int), above_from=np.zeros(0))
    assert not nothing.is_above
    for words in (*sentences(some), *sentences(every)):
        assert "contaminated" not in words.casefold()


def test_no_estimate_confirms_anything() -> None:
    hill = contamination_of(
        FAILED, setup=replace(SETUP, method="hill"), observed=np.array([50, 80])
    )
    assert not hill.is_above
    assert verdict_words(hill) == "above the limit"
    assert verdict_words(contamination_of(setup=replace(SETUP, method="hill"))) == (
        "within the limit"
    )
    assert verdict_words(contamination_of(Result(math.nan, math.nan, math.nan))) == "not assessed"


@pytest.mark.parametrize(
    ("minutes", "words"), [(0.5, "0.5 min"), (30.2, "30 min"), (200.0, "3 hours")]
)
def test_times_in_words(minutes: float, words: str) -> None:
    needed = Need(0.002, 0, 1250, minutes, 707)
    said = sentences(contamination_of(Result(1.0, 0.002, 0.0), need=needed))[1]
    assert said.endswith(f"at this rate {words} more.")


def test_estimates_have_no_undecidable_outcome() -> None:
    hill = replace(SETUP, method="hill")
    (said,) = sentences(contamination_of(Result(0.3, 0.002, -1.0), setup=hill))
    assert said == (
        "Above the limit by the estimate of Hill et al.: 30% > 10%. It has no outcome for too few"
        " spikes."
    )
    clean = sentences(
        contamination_of(Result(0.03, 0.002, 1.0), setup=replace(SETUP, method="llobet"))
    )
    assert clean[0].startswith("Within the limit by the estimate of Llobet et al.: 3% ≤ 10%")
    legacy = replace(hill, is_legacy=True)
    lost = sentences(contamination_of(Result(math.nan, math.nan, math.nan), setup=legacy))
    assert "did not save at which of its 2 refractory periods" in lost[0]


def test_what_differs_from_the_saved_is_said_with_a_reason() -> None:
    saved = Result(0.06, 0.0025, 0.0)
    assert differences(contamination_of()) == ()
    assert differences(contamination_of(saved=Result(0.035, 0.002, NAN))) == (), (
        "none saved: no difference"
    )
    (said,) = differences(contamination_of(saved=saved))
    assert said == (
        "Saved was RPV 0.06 (now 0.035), τR 2.5 ms (now 2 ms), too few spikes to say (now shown"
        " clean). The saved status was decided at the limit of that run."
    )
    notes = ("Bombcell counted 5 spikes in this time, the files hold 2.",)
    other = contamination_of(saved=saved, kept=KeptSpikes(2, 0.0, 1.0, notes))
    assert differences(other)[0].endswith("The spikes are not those that Bombcell saw.")
    partly = contamination_of(saved=saved, tested=PeriodsTested(TAU_R, "", complete=False))
    assert differences(partly)[0].endswith("Not all tested refractory periods are known.")
    old = contamination_of(saved=saved, setup=replace(SETUP, is_legacy=True))
    assert differences(old)[0].endswith("may have computed it otherwise.")


def test_the_whole_in_a_few_words_beside_a_stretch() -> None:
    assert short_words(contamination_of()) == "RPV 0.035, shown clean"
    undecided = contamination_of(Result(1.0, 0.002, 0.0))
    assert short_words(undecided) == "RPV 1.0, too few spikes to say"
    assert short_words(contamination_of(Result(math.nan, math.nan, math.nan))) == "RPV not assessed"
