"""The mean raw waveform of a stretch, to be drawn over the one that Bombcell saved of the whole."""

from __future__ import annotations

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.raw_spikes import RawSpikes
from bcviewer.core.evidence.waveform import Picture


def mean_over(picture: Picture, found: RawSpikes) -> tuple[Floats | None, str]:
    """Return the mean on the peak channel, sample by sample as the saved one, or why there is none.

    Parameters
    ----------
    picture : Picture
        What it is drawn over.
    found : RawSpikes
        The raw spikes of the stretch.
    """
    if isinstance(found.mean, str):
        return None, found.mean
    if picture.raw is None:
        return None, "Bombcell saved no raw waveform to draw it over"
    alike = len(found.mean) == len(picture.raw)
    if not alike or int(found.view.channels[0]) != picture.peak_channel:
        return None, "it is cut otherwise than the saved one"
    if (found.view.unit == "µV") != (picture.unit == "µV"):
        return None, "its unit is another one than the saved one's"
    return np.asarray(found.mean[:, 0], np.float64), ""
