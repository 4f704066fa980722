"""Pairs of spikes that are close in time, counted exactly, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bcviewer.core.arrays import Floats, Ints

CHUNK = 1 << 17
"""Spikes that are looked at together: a few megabytes, and quicker than all at once."""

_FAR = np.iinfo(np.int64).max


def close_pairs(a: Ints, b: Ints | None, width: int) -> Iterator[tuple[Ints, Ints]]:
    """Yield all pairs (spike of ``a``, the same or a later one of ``b``) less than ``width`` apart.

    Parameters
    ----------
    a, b : numpy.ndarray
        Samples, int64, ascending, shapes (n,) and (m,). Without ``b`` the pairs are those of
        ``a`` with itself, each once, no spike with itself.
    width : int
        Samples; a pair's lag is at least 0 and less than this.

    Yields
    ------
    tuple of numpy.ndarray
        Sample of the earlier spike and lag in samples, each int64, shape (n_pairs,).
    """
    later = np.append(a if b is None else b, _FAR)
    for start in range(0, len(a), CHUNK):
        base = a[start : start + CHUNK]
        # The next spike of each, then the one after it, and so on while any is close.
        at = (
            np.arange(start + 1, start + 1 + len(base), dtype=np.int64)
            if b is None
            else np.searchsorted(b, base, "left")
        )
        while True:
            lag = later[at] - base
            near = lag < width
            if not near.all():
                lag, base, at = lag[near], base[near], at[near]
            if not len(lag):
                break
            yield base, lag
            at = at + 1


def violations(
    samples: Ints, sample_rate: float, tau_c: float, tau_r: Floats, *, closed: bool = False
) -> Ints:
    """Return how many pairs of spikes are at least ``tau_c`` and less than ``tau_r`` apart.

    The same numbers as ``bombcell.quality_metrics._count_pair_violations``, which takes a pass
    over all spikes for each ``tau_r``. Bombcell compares times in floating-point seconds;
    where a lag is a whole number of samples that equals a limit, its rounding decides, and so it
    does here.

    Parameters
    ----------
    samples : numpy.ndarray
        int64, ascending, shape (n,).
    sample_rate : float
        Hz.
    tau_c : float
        Censored period, s.
    tau_r : numpy.ndarray
        Refractory periods, s, shape (k,).
    closed : bool
        Whether pairs exactly ``tau_r`` apart count, too (Llobet et al.; the sliding test has not).

    Returns
    -------
    numpy.ndarray
        int64, shape (k,).
    """
    limits = np.append(np.asarray(tau_r, np.float64), tau_c)
    found = np.zeros(len(limits), np.int64)
    exact = limits * sample_rate
    on_edge = np.rint(exact).astype(np.int64)
    # Rounding of times (1e-12 s) is far below a sample: only lags at a limit can be affected.
    edge = np.abs(exact - on_edge) < 1e-3
    below = np.where(edge, on_edge, np.ceil(exact).astype(np.int64))
    width = max(int(below.max(initial=0)) + 1, 1)
    by_lag = np.zeros(width, np.int64)
    for base, lag in close_pairs(samples, None, width):
        by_lag += np.bincount(lag, minlength=width)
        for i in np.flatnonzero(edge):
            first = base[lag == on_edge[i]]
            if len(first):
                start, stop = first / sample_rate, (first + on_edge[i]) / sample_rate
                include = closed and i < len(tau_r)
                compare = np.less_equal if include else np.less
                found[i] += np.count_nonzero(compare(stop, start + limits[i]))
    # dt == 0 is never counted by Bombcell, whatever the censored period.
    by_lag[0] = 0
    up_to = np.append(0, np.cumsum(by_lag))
    found += up_to[below]
    return np.asarray(np.maximum(found[:-1] - found[-1], 0))
