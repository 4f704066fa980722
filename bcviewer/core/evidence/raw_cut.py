"""How Bombcell cuts single spikes out of the raw file (0.94, ``extract_raw_waveforms``)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array, Bools, Floats, Ints
from bcviewer.core.rules.defaults import DEFAULT_COMPUTATION
from bcviewer.core.rules.settings import Settings
from bcviewer.errors import UserError

WIDEST = 2000
"""Samples; a longer snippet is a damaged parameter."""

DEFAULT_BASELINE = 20
"""``waveformBaselineNoiseWindow`` where it is not saved."""

_HALVES = {82: 41, 61: 20}
"""Samples before a spike by the snippet's width, where it is not half of it."""


@dataclass(frozen=True, slots=True)
class SpikeCut:
    """How a spike is cut out.

    Attributes
    ----------
    width : int
        Samples of a snippet (``spike_width``).
    detrend : bool
        Whether a straight line is taken off each snippet (``detrendWaveform``).
    baseline : int
        So many samples at a snippet's beginning are its zero (``waveformBaselineNoiseWindow``).
    n_mean : int
        So many spikes make Bombcell's mean, at most (``nRawSpikesToExtract``).
    assumed : tuple of str
        What the run's parameters do not tell and what is taken for it, each with its name.
    """

    width: int
    detrend: bool
    baseline: int
    n_mean: int
    assumed: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What a curator must know of it, a sentence; empty: nothing."""
        if not self.assumed:
            return ""
        assumed = ", ".join(self.assumed)
        return f"Assumed as Bombcell's defaults, since the run's parameters do not tell: {assumed}."

    @property
    def half(self) -> int:
        """Bombcell's ``half_width``: the snippet begins one sample before that."""
        return _HALVES.get(self.width, self.width // 2)

    def starts(self, samples: Ints) -> Ints:
        """Return the first sample of each spike's snippet."""
        return samples - self.half - 1

    def inside(self, samples: Ints, n_samples: int) -> Bools:
        """Return which spikes Bombcell takes: those whose whole snippet is in the file."""
        late = samples < n_samples - self.width + self.half
        return np.asarray((samples > self.half) & late)

    def mean_of(self, samples: Ints) -> Ints:
        """Return the spikes that make Bombcell's mean, of all that it takes."""
        n = len(samples)
        if self.n_mean >= n:
            return samples
        return samples[np.linspace(0, n - 1, self.n_mean, dtype=int)]

    def levelled(self, snippets: Array) -> Floats:
        """Return snippets, shape (n, width, k), without their trend and with their own zero.

        Both are linear: the mean of what is returned is Bombcell's mean.
        """
        values = snippets.astype(np.float64)
        if self.detrend:
            _take_off_lines(values)
        zero = values[:, : self.baseline].mean(axis=1, keepdims=True)
        return np.asarray(values - zero)


def cut_of(settings: Settings, template_width: int) -> SpikeCut:
    """Return how a run cut its spikes; what is not saved is Bombcell's default.

    Parameters
    ----------
    settings : Settings
        The run's parameters.
    template_width : int
        Samples of the templates: Bombcell cuts as many, and a run of MATLAB's does not save it.

    Raises
    ------
    UserError
        If the parameters are none that a spike can be cut by.
    """
    given = _Given(settings)
    width = given.number("spike_width", template_width, f"{template_width} as the templates")
    baseline = given.number("waveformBaselineNoiseWindow", DEFAULT_BASELINE)
    on = bool(given.number("detrendWaveform", True, "on"))
    n_mean = given.number("nRawSpikesToExtract", float(DEFAULT_COMPUTATION["nRawSpikesToExtract"]))
    if not 2 <= width <= WIDEST:
        raise UserError(f"The run's parameters cut spikes of {width:g} samples (spike_width).")
    if not 1 <= baseline <= width:
        raise UserError(
            "The run's parameters level a spike by its first "
            f"{baseline:g} samples (waveformBaselineNoiseWindow)."
        )
    most = int(min(max(n_mean, 0.0), 2.0**31))
    return SpikeCut(int(width), on, int(baseline), most, tuple(given.assumed))


class _Given:
    """The parameters that a run saved, and those that had to be assumed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.assumed: list[str] = []

    def number(self, name: str, default: float, words: str = "") -> float:
        """Return a parameter; one that is not told is noted with what stands for it."""
        saved = self._settings.number(name)
        if not math.isnan(saved):
            return saved
        self.assumed.append(f"{name} {words or format(default, 'g')}")
        return float(default)


def _take_off_lines(values: Floats) -> None:
    """Take the straight line that fits best off each snippet, shape (n, width, k), in place."""
    time = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    time = time / np.sqrt((time**2).sum())
    slope = np.einsum("j,njk->nk", time, values)
    values -= values.mean(axis=1, keepdims=True)
    values -= time[:, None] * slope[:, None, :]
