"""What has samples: a waveform whose sample rate may not be known."""

from __future__ import annotations

import math


class Sampled:
    """Something with samples, drawn over time where their duration is known.

    Attributes
    ----------
    sample_ms : float
        Duration of a sample, ms; NaN where the sample rate is unknown.
    """

    __slots__ = ()
    sample_ms: float

    @property
    def n_samples(self) -> int:
        """How many."""
        raise NotImplementedError

    @property
    def step(self) -> float:
        """Duration of a sample in :attr:`time_unit`."""
        return 1.0 if math.isnan(self.sample_ms) else self.sample_ms

    @property
    def time_unit(self) -> str:
        """``ms``, or ``samples`` where the sample rate is unknown."""
        return "samples" if math.isnan(self.sample_ms) else "ms"
