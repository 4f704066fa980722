"""The parameters in which the probes of a recording differ, in words."""

from __future__ import annotations

from factories import default_params

from bcviewer.core.comparison.differing import differing_words
from bcviewer.core.rules.criteria import Criteria


def criteria(**changes: object) -> Criteria:
    return Criteria.from_saved({**default_params(), **changes})


def test_only_what_differs_is_named_with_whose_each_value_is() -> None:
    assert differing_words(["A", "B"], [criteria(), criteria()]) == ()
    assert differing_words(["A"], [criteria()]) == ()
    nan = criteria(minSNR=float("nan"))
    assert differing_words(["A", "B"], [nan, criteria(minSNR=float("nan"))]) == ()
    looser = criteria(minPresenceRatio=0.5, computeDrift=True)
    (line,) = differing_words(
        ["A", "B", "C"], [criteria(computeDrift=False), looser, criteria(computeDrift=False)]
    )
    assert line == (
        "Parameters differ between the probes: minPresenceRatio 0.7 (A, C), 0.5 (B);"
        " computeDrift false (A, C), true (B)."
    )


def test_a_threshold_that_is_absent_is_called_so() -> None:
    saved = default_params()
    del saved["minPresenceRatio"]
    (line,) = differing_words(["A", "B"], [criteria(), Criteria.from_saved(saved)])
    assert "minPresenceRatio 0.7 (A)" in line
