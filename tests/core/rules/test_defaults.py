"""Bombcell's defaults, held against the installed package."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import bombcell, make_params, quiet

from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.core.rules.defaults import (
    DEFAULT_COMPUTATION,
    DEFAULT_FLAGS,
    DEFAULT_THRESHOLDS,
    computation,
    settings,
)


def test_they_are_the_packages(tmp_path: Path) -> None:
    with quiet():
        package = bombcell().get_default_parameters(str(tmp_path))
    for declared in (DEFAULT_THRESHOLDS, DEFAULT_FLAGS, DEFAULT_COMPUTATION):
        assert {name: package[name] for name in declared} == declared


def test_every_threshold_and_flag_has_one() -> None:
    assert tuple(sorted(DEFAULT_THRESHOLDS)) == tuple(sorted(THRESHOLDS))
    assert tuple(sorted(DEFAULT_FLAGS)) == tuple(sorted(FLAGS))


def test_what_differs_is_found() -> None:
    params = make_params({**DEFAULT_THRESHOLDS, **DEFAULT_FLAGS, "minSNR": 0.1, "computeDrift": 1})
    assert {s.name: (s.value, s.default) for s in settings(params.criteria) if s.differs} == {
        "minSNR": (0.1, 5.0),
        "computeDrift": (True, False),
    }


def test_filled_and_absent_are_told_apart() -> None:
    params = make_params(drop=("spDecayLinFit", "minSNR"))
    found = {s.name: s for s in settings(params.criteria)}
    assert found["spDecayLinFit"].filled
    assert found["spDecayLinFit"].differs  # Bombcell fills in True, its default is False
    assert found["minSNR"].value is None
    assert not found["minSNR"].differs


@pytest.mark.parametrize(("value", "differs"), [(1.0, True), (0.0, False), (None, False)])
def test_flags_of_the_computation_may_be_floats(value: float | None, differs: bool) -> None:
    params = make_params({"computeTimeChunks": value})
    found = {s.name: s for s in computation(params.settings)}
    assert found["computeTimeChunks"].differs == differs
