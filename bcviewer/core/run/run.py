"""One run as it was read: the unit table, its parameters and where they came from. Immutable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bcviewer.core.arrays import Array, Codes, Floats, Ints, distinct
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.precision import as_floats
from bcviewer.core.run.unit_ids import UnitIds

if TYPE_CHECKING:
    import pandas as pd

    from bcviewer.core.run.foreign import ForeignColumn


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about the data that a curator should know; shown as one line.

    Attributes
    ----------
    file : str
        Name of the file (no folder) it is about.
    what : str
        What is wrong with it.
    effect : str
        What was done about it, or what to do.
    """

    file: str
    what: str
    effect: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.what}" + (f" {self.effect}" if self.effect else "")


@dataclass(frozen=True, slots=True, eq=False)
class SavedTable:
    """Bombcell's table by columns: numbers as they were saved, or object (text), of one length.

    Bombcell compares a column in its own precision: hence the dtypes stay. NumPy rather than
    pandas on the start-up path, because importing pandas costs more than reading the file;
    :meth:`to_frame` gives the pandas table.
    """

    columns: Mapping[str, Array]
    n_units: int
    _widened: dict[str, Floats] = field(default_factory=dict, repr=False)

    @classmethod
    def from_columns(cls, columns: Mapping[str, Array]) -> SavedTable:
        """Make a table from columns of one length."""
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")
        return cls(MappingProxyType(dict(columns)), lengths.pop() if lengths else 0)

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def numbers(self, name: str) -> Array | None:
        """Return a numeric column in its own precision, or None where there is none."""
        column = self.columns.get(name)
        return None if column is None or column.dtype == object else column

    def floats(self, name: str) -> Floats | None:
        """Return a numeric column as float64, shape (n_units,), or None where there is none.

        Narrower floats by the decimals that they stand for (:mod:`bcviewer.core.run.precision`).
        """
        column = self.numbers(name)
        if column is None or column.dtype == np.float64:
            return column
        if name not in self._widened:
            self._widened[name] = as_floats(column)
        return self._widened[name]

    def rows(self, which: slice) -> SavedTable:
        """Return some consecutive rows, as views."""
        part = {name: column[which] for name, column in self.columns.items()}
        widened = {name: column[which] for name, column in self._widened.items()}
        return SavedTable(part, len(range(*which.indices(self.n_units))), widened)

    def picked(self, rows: Ints, names: Iterable[str]) -> SavedTable:
        """Return some rows of some columns, in the order of the rows, as copies."""
        kept = [name for name in names if name in self.columns]
        part = {name: self.columns[name][rows] for name in kept}
        for name in kept:
            self.floats(name)  # widened once, for all tables that are picked from this one
        widened = {name: self._widened[name][rows] for name in kept if name in self._widened}
        return SavedTable(part, len(rows), widened)

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas frame, columns in their order."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns))


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Where the recording channels are.

    Attributes
    ----------
    xy : numpy.ndarray
        Shape (n_channels, 2), µm, as Kilosort's ``channel_positions.npy``.
    shank : numpy.ndarray or None
        The shank of each channel, int64, as ``channel_shanks.npy`` numbers them; None where there
        is no such file.
    """

    xy: Floats
    shank: Ints | None = None

    @property
    def shanks(self) -> list[int]:
        """The shanks there are, in order; none where nobody said which channel is on which."""
        return [] if self.shank is None else distinct(self.shank).tolist()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a run came from, and what wrote it.

    Attributes
    ----------
    ks_dir, results_dir : str
        The Kilosort directory and its results folder.
    name : str
        What to call it: the Kilosort directory's name.
    probe : str
        Probe letter, or the folder's name where it has none.
    mode : str
        Run mode (the key of the config file), empty where opened by folder.
    writer : str
        What wrote the results, inferred from the columns.
    region : str
        Brain region of the probe, from a config; may be empty.
    roi_um : float or None
        Length of the region of interest from the tip, µm.
    tip_at_top : bool
        Whether the tip is at the highest y.
    sort_from : {'', 'parameters', 'person'}
        Who says which the Kilosort directory is: the results are in it; their saved parameters;
        somebody who pointed at it.
    """

    ks_dir: str
    results_dir: str
    name: str
    probe: str
    mode: str = ""
    writer: str = ""
    region: str = ""
    roi_um: float | None = None
    tip_at_top: bool = False
    sort_from: str = ""


@dataclass(frozen=True, eq=False)
class Run:
    """One probe's results with what is beside them on disk.

    Attributes
    ----------
    units : SavedTable
        Bombcell's table by today's column names, one row a unit.
    cluster_id : numpy.ndarray
        phy's ids, int64, shape (n_units,); ``NO_ID`` where a row has none. To be read by
        :attr:`ids`, whose methods give real ids only.
    criteria : Criteria
        The thresholds and flags that were saved with it.
    settings : Settings
        How it was measured: its other parameters.
    saved : numpy.ndarray
        The saved labels as they are on disk, object array of str; None where there is none.
    saved_codes : numpy.ndarray
        The same as codes; ``Label.UNKNOWN`` where the text is none of Bombcell's labels.
    ks_label, phy_group : numpy.ndarray or None
        Kilosort's and phy's label of each unit as text (empty: none), or None without a file.
    si_ids : numpy.ndarray or None
        SpikeInterface's id of each unit as text (empty: none), or None without a file.
    foreign : tuple of ForeignColumn
        Columns of other programs.
    sites : Sites or None
        Channel positions.
    sample_rate : float
        Hz; NaN where unknown.
    session_s : tuple of float
        First and last spike of the whole session, s; NaN where there are no spikes on disk.
    provenance : Provenance
        Where it came from.
    issues : tuple of Issue
        What was wrong or odd while reading.
    emptied : mapping of int to int
        By row, the spikes in the sort of units that have none after Bombcell removed duplicates;
        −1 where the sort was not asked yet, or cannot say.
    n_templates : int
        How many templates Kilosort made; 0: that is not known. Ids beyond them are phy's.
    """

    units: SavedTable
    cluster_id: Ints
    criteria: Criteria
    settings: Settings
    saved: Array
    saved_codes: Codes
    provenance: Provenance
    ks_label: Array | None = None
    phy_group: Array | None = None
    sites: Sites | None = None
    sample_rate: float = float("nan")
    session_s: tuple[float, float] = (float("nan"), float("nan"))
    issues: tuple[Issue, ...] = field(default=())
    emptied: Mapping[int, int] = field(default_factory=dict)
    si_ids: Array | None = None
    foreign: tuple[ForeignColumn, ...] = ()
    n_templates: int = 0

    @property
    def n_units(self) -> int:
        """Number of rows of the table."""
        return self.units.n_units

    @cached_property
    def ids(self) -> UnitIds:
        """The cluster ids of its rows."""
        return UnitIds(self.cluster_id)

    def is_read_again(self, before: Run) -> bool:
        """Whether these are another run's files, read again, with the same units in its rows."""
        same = self.provenance.results_dir == before.provenance.results_dir
        return same and self.ids.are_as(before.ids)

    def clusters_by_si_id(self) -> dict[str, int] | None:
        """Return cluster ids by SpikeInterface's; None where it has none of its own."""
        if self.si_ids is None:
            return None
        pairs = zip(self.si_ids.tolist(), self.cluster_id.tolist(), strict=True)
        return {text: cluster for text, cluster in pairs if text}
