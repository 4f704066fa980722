"""The spikes of clusters as phy has them now, with the template that each was found by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

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
    depths : numpy.ndarray or None
        y of each spike, µm, shape (n,); None where it is not known.
    no_amplitudes, no_depths : str
        Why there are none.
    duplicates : str
        How far duplicates were removed; empty: the run removed none.
    """

    samples: Ints
    amplitudes: Floats32 | None
    templates: Ints
    sample_rate: float
    depths: Floats32 | None = None
    no_amplitudes: str = ""
    no_depths: str = ""
    duplicates: str = ""

    def among(self, kept: npt.NDArray[np.bool_]) -> ClusterSpikes:
        """Return some of them, given by whether each is."""
        return replace(
            self,
            samples=self.samples[kept],
            templates=self.templates[kept],
            amplitudes=None if self.amplitudes is None else self.amplitudes[kept],
            depths=None if self.depths is None else self.depths[kept],
        )


def spikes_digest(samples: Ints, templates: Ints) -> str:
    """Return what tells whether others are the very same spikes, of the same templates.

    In whatever order they come; it is told at once where that is by template, then by time. It is
    written into journals: no other version may differ.
    """
    later = templates[1:] > templates[:-1]
    later |= (templates[1:] == templates[:-1]) & (samples[1:] >= samples[:-1])
    if not later.all():
        order = np.lexsort((samples, templates))
        samples, templates = samples[order], templates[order]
    found = blake2b(digest_size=16)
    for each in (samples, templates):
        found.update(each.astype("<i8").tobytes())
    return found.hexdigest()
