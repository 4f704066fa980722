"""The spikes of clusters as phy has them now, with the template that each was found by."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.arrays import Floats32, Ints


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSpikes:
    """The spikes of some clusters as they are now, together and in the order of time.

    Attributes
    ----------
    samples : numpy.ndarray
        When, in samples, int64, ascending, shape (n,).
    amplitudes : numpy.ndarray or None
        Kilosort's scaling of the template, shape (n,); None where there is no usable file.
    templates : numpy.ndarray
        The template that each was found by, int64, shape (n,).
    sample_rate : float
        Hz.
    no_amplitudes : str
        Why there are none.
    duplicates : str
        How far duplicates were removed; empty: the run removed none.
    """

    samples: Ints
    amplitudes: Floats32 | None
    templates: Ints
    sample_rate: float
    no_amplitudes: str = ""
    duplicates: str = ""
