"""What tells whether spikes are the very same ones."""

from __future__ import annotations

import numpy as np

from bcviewer.core.evidence.cluster_spikes import spikes_digest


def test_the_same_spikes_are_told_in_whatever_order_and_type() -> None:
    times, templates = np.array([5, 12, 9, 9]), np.array([1, 1, 2, 3])
    told = spikes_digest(times, templates)
    for order in ([3, 1, 0, 2], [0, 2, 3, 1], [1, 0, 2, 3]):
        others = times[order].astype(np.uint32), templates[order].astype(np.int32)
        assert spikes_digest(*others) == told
    assert len(told) == 32
    assert told == "cf0729011063afe98940cad5feaf8a6c", "journals of older versions hold it"


def test_others_are_told_apart() -> None:
    times, templates = np.array([5, 9, 12]), np.array([1, 2, 1])
    cases = [
        (times, templates),
        (times, np.array([1, 2, 2])),
        (times, np.array([2, 1, 1])),
        (np.array([5, 9, 13]), templates),
        (times[:2], templates[:2]),
        (times[:0], templates[:0]),
    ]
    assert len({spikes_digest(*case) for case in cases}) == len(cases)
