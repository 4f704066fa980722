"""What evidence is computed from: the arrays beside the results, read a unit at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from bcviewer.core.arrays import Array, Floats, Floats32, Ints
from bcviewer.core.audit.reasons import empty_words
from bcviewer.core.evidence.cluster_spikes import ClusterSpikes
from bcviewer.core.evidence.raw_file import RawFile
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.run.unit_ids import UnitIds

MOST_SIMILAR = 5
"""So many similar units are shown of one."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitSpikes:
    """The spikes of one unit, in the order of time.

    Attributes
    ----------
    samples : numpy.ndarray
        When, in samples, int64, ascending, shape (n,).
    sample_rate : float
        Hz.
    amplitudes : numpy.ndarray or None
        Kilosort's scaling of the template, float32, shape (n,); None where there is no usable
        file. Arbitrary unit.
    depths : numpy.ndarray or None
        y of each spike, µm, float32, shape (n,); None where it is not known.
    note : str
        What a curator must know of where these spikes come from; empty: nothing. For instance
        that phy changed the unit and these are its spikes as Bombcell saw them.
    no_amplitudes, no_depths : str
        Why there are none, with the file's name; empty where there are.
    """

    samples: Ints
    sample_rate: float
    amplitudes: Floats32 | None = None
    depths: Floats32 | None = None
    note: str = ""
    no_amplitudes: str = ""
    no_depths: str = ""

    @property
    def n(self) -> int:
        """Number of spikes."""
        return len(self.samples)

    @property
    def times(self) -> Floats:
        """Times in seconds, float64, shape (n,): as Bombcell divides them."""
        return np.asarray(self.samples / self.sample_rate)

    def between(self, start_s: float, stop_s: float) -> UnitSpikes:
        """Return the spikes from ``start_s`` to ``stop_s``, s, both included, as Bombcell keeps."""
        times = self.times
        low = int(np.searchsorted(times, start_s, "left"))
        high = int(np.searchsorted(times, stop_s, "right"))
        part = slice(low, max(low, high))
        return replace(
            self,
            samples=self.samples[part],
            amplitudes=None if self.amplitudes is None else self.amplitudes[part],
            depths=None if self.depths is None else self.depths[part],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """A unit's waveform on all channels.

    Attributes
    ----------
    values : numpy.ndarray
        Shape (n_samples, n_channels), channels as in ``channel_positions.npy``.
    scale_uv : float
        What to multiply by for µV; NaN where the gain is not known (then arbitrary units).
    note : str
        What a curator must know of where it comes from; empty: nothing.
    """

    values: Floats
    scale_uv: float
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Contingency:
    """How many spikes of each template are in each cluster now: ``spike_templates`` × ``clusters``.

    One entry a pair that has spikes, by template, then by cluster. phy rewrites the clusters and
    never the templates, so that this says what became of every unit.

    Attributes
    ----------
    template, cluster : numpy.ndarray
        The pairs, int64, shape (n_pairs,).
    count : numpy.ndarray
        Spikes in the files, int64, shape (n_pairs,).
    kept : numpy.ndarray
        The same without those that Bombcell removed as duplicates; may be 0.
    note : str
        What a curator must know of it, for instance that one of the two files is not there and
        the other stands for both; empty: nothing.
    no_templates, no_clusters : str
        Why the one or the other is not known, with the file's name: then the other stands for it.
        Empty where it is.
    """

    template: Ints
    cluster: Ints
    count: Ints
    kept: Ints
    note: str = ""
    no_templates: str = ""
    no_clusters: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """The units whose templates are most like a unit's, the likest first.

    Units that hold spikes of the unit itself (phy merged or split it), units without spikes, and
    units that phy has removed since are none of them.

    Attributes
    ----------
    rows : numpy.ndarray
        Their rows, int64, at most :data:`MOST_SIMILAR`.
    values : numpy.ndarray
        How like they are, above 0, the same shape.
    source : str
        Where the numbers come from, a sentence.
    by_kilosort : bool
        Whether they are Kilosort's.
    """

    rows: Ints
    values: Floats
    source: str
    by_kilosort: bool


class Recording(Protocol):
    """The arrays of one run. Its methods may be called from any one thread at a time.

    Every method raises ``UserError`` (a reason that names the file) where a file is missing,
    unusable, or does not know the unit; none of them writes anything into the recording.
    """

    def spikes(self, row: int) -> UnitSpikes:
        """Return the spikes of the unit in a row of the run, as Bombcell saw them if possible."""
        ...

    def n_spikes(self, row: int) -> int:
        """Return how many spikes :meth:`spikes` returns, without reading them."""
        ...

    def template(self, row: int) -> Waveform:
        """Return the unwhitened template, as Bombcell computes it (``templates @ winv``)."""
        ...

    def clusters(self, cluster_ids: Sequence[int]) -> ClusterSpikes:
        """Return the spikes of some clusters as they are now, without removed duplicates."""
        ...

    def digest(self, cluster_ids: Sequence[int]) -> str:
        """Return ``spikes_digest`` of all spikes that some clusters have now, duplicates too.

        Empty: they have none, or that is not known. It follows from the sort, not from the run.
        """
        ...

    def clusters_template(self, cluster_ids: Sequence[int], templates: Ints) -> Array:
        """Return the template that Bombcell would give a unit whose spikes have some templates.

        Of one cluster that Kilosort made its own; else their mean, each as often as it is named.
        """
        ...

    def positions(self) -> Array:
        """Return the channels' places, µm, (n_channels, 2), in the precision of their file."""
        ...

    def raw_waveform(self, row: int) -> Waveform:
        """Return the mean raw waveform that Bombcell saved."""
        ...

    def similarity(self, row: int, other: int) -> float:
        """Return Kilosort's similarity of two units' templates (``similar_templates.npy``)."""
        ...

    def similar(self, row: int) -> Likeness:
        """Return the units with the most similar templates, by Kilosort's numbers or computed."""
        ...

    def raw_file(self, chosen: str, at: Callable[[str], None]) -> RawFile:
        """Return the raw file: the one that somebody chose, or where the sort says it is.

        Any thread may ask, at any time: it may lie on a drive that does not answer. ``at`` is told
        each place before it is looked at.
        """
        ...

    def table(self) -> Contingency:
        """Return how the templates' spikes are spread over phy's clusters now."""
        ...

    def main_components(self, row: int) -> Floats:
        """Return first principal components of some of a unit's spikes on its main channel."""
        ...

    def kept_now(self, row: int) -> int:
        """Return how many spikes of the unit's cluster are in the time that Bombcell kept, now."""
        ...

    def with_ids(self, ids: UnitIds) -> Recording:
        """Return the same arrays for a sheet of the run: units that phy made are its last rows."""
        ...

    def total_spikes(self) -> int:
        """Return how many spikes the whole recording has, duplicates included."""
        ...

    def session_s(self) -> tuple[float, float]:
        """Return the times of the recording's first and last spike, s; NaN without spikes."""
        ...


class Asker(Protocol):
    """Who waits for an answer that takes long."""

    def check(self) -> None:
        """Raise ``CancelledError`` where nobody waits for it any more."""

    def at(self, place: str) -> None:
        """Hear which folder or file is waited for from now on; empty: none."""


class Patient:
    """Waits as long as it takes."""

    def check(self) -> None:
        """Go on."""

    def at(self, place: str) -> None:
        """Wait for any place."""


PATIENT = Patient()


@dataclass(frozen=True, slots=True, eq=False)
class UnitData:
    """One unit, as the functions that compute evidence see it.

    Attributes
    ----------
    run : Run
        The run: metrics, parameters, sites, session.
    row : int
        The unit.
    recording : Recording
        The arrays.
    ids : UnitIds or None
        The ids of all rows of its sheet, where phy made some; None: the run's.
    asker : Asker
        Who waits for the answer.
    stretch : Stretch or None
        The part of the recording that is asked about, chosen by hand; None: what Bombcell assessed.
    """

    run: Run
    row: int
    recording: Recording
    ids: UnitIds | None = None
    asker: Asker = PATIENT
    stretch: Stretch | None = None

    @property
    def unit_ids(self) -> UnitIds:
        """The ids of all rows of its sheet."""
        return self.run.ids if self.ids is None else self.ids

    @property
    def n_rows(self) -> int:
        """Rows of its sheet."""
        return len(self.unit_ids)

    @property
    def named(self) -> str:
        """What people call it."""
        return self.unit_ids.named(self.row)

    def at(self, row: int) -> UnitData:
        """Return another unit of the same sheet."""
        return replace(self, row=row)

    def metric(self, name: str) -> float:
        """Return a saved metric; NaN where the column is absent or the value is missing."""
        column = self.run.units.floats(name)
        if column is None or self.row >= len(column):  # phy made it since
            return float("nan")
        return float(column[self.row])

    def saved(self, name: str) -> float:
        """Return what Bombcell saved of what is asked about: of a stretch it saved nothing, NaN."""
        return self.metric(name) if self.stretch is None else float("nan")

    def counted_words(self) -> str:
        """How many spikes Bombcell counted; why none, where there are none."""
        spikes = self.metric("nSpikes")
        if spikes == 0:
            return empty_words(self.run.emptied.get(self.row, 0))
        return count_of(spikes, "spike")

    def kept_s(self) -> tuple[float, float]:
        """Return the start and stop of the time that Bombcell kept, s; NaN where unknown."""
        return self.metric("useTheseTimesStart"), self.metric("useTheseTimesStop")
