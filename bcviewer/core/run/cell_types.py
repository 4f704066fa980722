"""Cell types by Bombcell's own rules, of the properties that it saved: no labels of quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array, Floats

DURATION, SUPPRESSION, LONG_ISI = (
    "waveformDuration_peakTrough_us",
    "postSpikeSuppression_ms",
    "propLongISI",
)
"""What the rules read: names that both versions of Bombcell save."""
CELL_TYPES = "cell types and ephys properties (no label of quality)"
"""Where the dialog that chooses columns lists them."""
READ_BY = {"cortex": (DURATION,), "striatum": (DURATION, SUPPRESSION, LONG_ISI)}
"""The regions that Bombcell has a rule for, and the properties that it is told by."""
_PROPERTY_WORDS = {
    DURATION: "waveform duration",
    SUPPRESSION: "post-spike suppression",
    LONG_ISI: "long intervals",
}
_SAID_TWICE = {
    "prop_long_isi": LONG_ISI,
    "waveform_duration_peak_trough": DURATION,
}
"""Python has these a second time, by MATLAB's names."""
UNKNOWN = "Unknown"
"""The type of a unit whose properties are not all known, as Bombcell calls it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Which version of Bombcell measured the properties, and the limits that types are told by.

    Attributes
    ----------
    version : str
        ``Python`` or ``MATLAB``: they measure suppression and long intervals in different ways.
    duration_striatum, duration_cortex : float
        Longer ones are wide, µs.
    suppression : float
        From here on it is long, ms.
    long_isi : float
        A greater share of long intervals is high.
    saved : bool
        Whether the limits were saved; else they are those that are fixed in Bombcell's code.
    """

    version: str
    duration_striatum: float = 400.0
    suppression: float = 40.0
    long_isi: float = 0.1
    duration_cortex: float = 400.0
    saved: bool = False

    @property
    def words(self) -> str:
        """Where it comes from."""
        whose = "saved with them" if self.saved else "fixed in its code"
        return f"measured by Bombcell's {self.version} version, limits {whose}"


def rule_words(region: str) -> str:
    """Return what a type follows from, in words."""
    *most, last = (_PROPERTY_WORDS[name] for name in READ_BY[region])
    told_by = f"{', '.join(most)} and {last}" if most else f"{last} alone"
    return (
        f"By the rule of Bombcell's classification, told by {told_by}: true only of units of that"
        " region"
    )


def told_twice(name: str, properties: Mapping[str, Array]) -> bool:
    """Return whether a property is there by its other name, too."""
    return _SAID_TWICE.get(name, "") in properties


def striatum_types(columns: Mapping[str, Array], by: Definition) -> Array | None:
    """Return each unit's type as ``bombcell.classification.classify_striatum_cells`` does (0.94).

    Parameters
    ----------
    columns : mapping of str to numpy.ndarray
        The saved properties.
    by : Definition
        The limits.

    Returns
    -------
    numpy.ndarray or None
        Texts, shape (n_units,); None where a property was not saved.
    """
    found = [columns.get(name) for name in (DURATION, SUPPRESSION, LONG_ISI)]
    if any(column is None or column.dtype == object for column in found):
        return None
    duration, suppression, long_isi = (np.asarray(column, np.float64) for column in found)
    wide = duration > by.duration_striatum
    types = np.where(
        wide,
        np.where(suppression < by.suppression, "MSN", "TAN"),
        np.where(long_isi <= by.long_isi, "FSI", "UIN"),
    ).astype(object)
    types[np.isnan(duration) | np.isnan(suppression) | np.isnan(long_isi)] = UNKNOWN
    return types


def cortex_types(columns: Mapping[str, Array], by: Definition) -> Array | None:
    """Return each unit's type as ``bombcell.classification.classify_cortex_cells`` does (0.94)."""
    column = columns.get(DURATION)
    if column is None or column.dtype == object:
        return None
    duration: Floats = np.asarray(column, np.float64)
    types = np.where(duration > by.duration_cortex, "Wide-spiking", "Narrow-spiking").astype(object)
    types[np.isnan(duration)] = UNKNOWN
    return types
