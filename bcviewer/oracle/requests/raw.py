"""The mean of raw spikes, by ``bombcell.extract_raw_waveforms.process_a_unit``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bcviewer.core.arrays import Array


def answer(
    params: Mapping[str, float | bool | str], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    """Return bombcell's own mean of some snippets.

    They are put one after the other, as if the recording had nothing else, so that bombcell cuts
    out each of them and treats it as it does in a run.

    Parameters
    ----------
    params : mapping
        ``half``, samples before a spike; ``baseline``, samples that are a snippet's zero;
        ``detrend``, whether a straight line is taken off each.
    arrays : mapping
        ``snippets``, shape (n, width, n_channels), as they are in the raw file.

    Returns
    -------
    dict
        ``mean``, shape (width, n_channels).
    """
    found = extracted(params, arrays["snippets"])
    return {"mean": np.asarray(found["raw_waveforms_full"], np.float64).T}


def extracted(
    params: Mapping[str, float | bool | str], snippets: Array, peak: int = 0
) -> dict[str, Array]:
    """Return what ``process_a_unit`` finds in some snippets; see :func:`answer`.

    ``peak`` is the channel of the noise, where that is asked for.
    """
    from bombcell.extract_raw_waveforms import process_a_unit

    n, width, n_channels = snippets.shape
    half = int(params["half"])
    found: dict[str, Array] = process_a_unit(
        snippets.reshape(n * width, n_channels),
        width,
        half,
        np.arange(n, dtype=np.float64) * width + half + 1,  # each begins one sample before that
        n_channels,
        n_channels,
        0,  # channels for synchronisation
        0,  # the unit's id, for a file that is not written
        bool(params["detrend"]),
        False,  # nothing for UnitMatch
        int(params["baseline"]),
        None,
        False,
        peak,
    )
    return found
