"""A unit's template as Bombcell unwhitens it, and the mean raw waveform that Bombcell saved."""

from __future__ import annotations

import math
from collections import OrderedDict
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.evidence.recording import Waveform
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.array_rows import ArrayRows
from bcviewer.io.spikes.kilosort import ArrayHeader, read_array

_WHITENED = (
    f"{names.WHITENING_INV} is not there: shown as in {names.TEMPLATES}, "
    "which Kilosort whitens before it writes it."
)

_KEPT_BYTES = 32_000_000
"""So much of the templates is kept: those around a unit are those around the next one, too."""


class Templates:
    """``templates.npy`` by template id.

    Parameters
    ----------
    ks_dir : Path
        Kilosort's folder.
    n_sites : int
        Number of channels in ``channel_positions.npy``; 0 where unknown.
    """

    def __init__(self, ks_dir: Path, n_sites: int) -> None:
        self._rows = ArrayRows(ks_dir / names.TEMPLATES, 3)
        self._n_sites = n_sites
        self._inverse_path = ks_dir / names.WHITENING_INV
        self._inverse: Array | None = None
        self._kept: OrderedDict[int, tuple[Array, str]] = OrderedDict()
        self._kept_of: ArrayHeader | None = None
        found = [p for p in (ks_dir / n for n in names.TEMPLATE_CHANNELS) if p.exists()]
        self._channels = ArrayRows(found[0], 2) if found else None

    @property
    def n(self) -> int:
        """Number of templates; raises ``UserError`` where the file is unusable."""
        return self._rows.shape[0]

    @property
    def read_bytes(self) -> int:
        """How much is read for one template: the whole file where MATLAB wrote it."""
        header = self._rows.header()
        whole = header.size * header.dtype.itemsize
        return whole if header.fortran else whole // max(header.shape[0], 1)

    def unwhitened(self, template: int) -> tuple[Array, str]:
        """Return a template on all channels, (samples, channels), and a note; empty: none.

        ``templates[t] @ whitening_mat_inv`` in the types of the files, stored in the templates'
        type, as ``bombcell.loading_utils.load_ephys_data`` does it.
        """
        header = self._rows.header()
        if header is not self._kept_of:  # another file by now
            self._kept.clear()
            self._kept_of = header
        if template not in self._kept:
            self._kept[template] = self._unwhitened(template)
            most = max(_KEPT_BYTES // max(self._kept[template][0].nbytes, 1), 1)
            while len(self._kept) > most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(template)
        return self._kept[template]

    def _unwhitened(self, template: int) -> tuple[Array, str]:
        if not 0 <= template < self.n:
            raise UserError(
                f"{names.TEMPLATES}: has {count_of(self.n, 'template')}, none for {template}."
            )
        dense = self._dense(template)
        if not self._inverse_path.exists():
            return dense, _WHITENED
        inverse = self._whitening_inverse()
        if inverse.shape != (dense.shape[1], dense.shape[1]):
            raise UserError(
                f"{names.WHITENING_INV}: has shape {inverse.shape}, "
                f"{names.TEMPLATES} {count_of(dense.shape[1], 'channel')}."
            )
        return (dense @ inverse).astype(dense.dtype), ""

    def _whitening_inverse(self) -> Array:
        if self._inverse is None:
            try:
                self._inverse = read_array(self._inverse_path, ndim=(2,), kinds="f")
            except UserError as error:
                raise UserError(f"{names.WHITENING_INV}: {error.message}.") from None
        return self._inverse

    def _dense(self, template: int) -> Array:
        """Return a template on all channels, put there from its own channels where sparse."""
        values = self._rows.row(template)
        if values.dtype.kind != "f":
            values = values.astype(np.float64)
        own = self._channels_of(template, values.shape[1])
        n_all = self._n_sites or values.shape[1]
        if own is None:
            if values.shape[1] != n_all:
                raise UserError(
                    f"{names.TEMPLATES}: has {count_of(values.shape[1], 'channel')}, "
                    f"{names.CHANNEL_POSITIONS} {n_all}, and nothing says which they are."
                )
            return values
        if np.array_equal(own, np.arange(n_all)):
            return values
        used = own >= 0  # -1 fills the rows of templates on fewer channels
        n_all = max(n_all, int(own.max(initial=-1)) + 1) if not self._n_sites else n_all
        if (own[used] >= n_all).any() or len(np.unique(own[used])) != used.sum():
            raise UserError(f"{self._channels_name}: names channels that are not there, or twice.")
        dense = np.zeros((values.shape[0], n_all), values.dtype)
        dense[:, own[used]] = values[:, used]
        return dense

    @property
    def _channels_name(self) -> str:
        return "" if self._channels is None else self._channels.path.name

    def _channels_of(self, template: int, width: int) -> Ints | None:
        """Return the channels that a template's columns are of; None where no file says so."""
        if self._channels is None:
            return None
        if self._channels.shape != (self.n, width):
            raise UserError(
                f"{self._channels_name}: has shape {self._channels.shape}, "
                f"not {(self.n, width)} as {names.TEMPLATES}."
            )
        row = self._channels.row(template)
        if row.dtype.kind == "f" and not np.isfinite(row).all():
            raise UserError(f"{self._channels_name}: holds channels that are no numbers.")
        return row.astype(np.int64)


class RawWaveforms:
    """The mean raw waveforms that Bombcell saved, by row of the run.

    ``_bc_rawWaveforms_kilosort_format.npy`` has a row for each id. Without it,
    ``templates._bc_rawWaveforms.npy`` has one for each id that still has spikes, ids ascending
    (``np.unique(spike_clusters)``, without units whose spikes were all removed as duplicates:
    ``bombcell.helper_functions.run_bombcell``, ``quality_metrics.remove_duplicate_spikes``).
    """

    def __init__(self, run: Run, ids: UnitIds) -> None:
        results = Path(run.provenance.results_dir)
        self._run, self._ids = run, ids
        self._by_id = ArrayRows(results / names.RAW_BY_ID, 3)
        self._in_order = ArrayRows(results / names.RAW_IN_ORDER, 3)
        self._map_path = Path(run.provenance.ks_dir) / names.CHANNEL_MAP

    def waveform(self, row: int) -> Waveform:
        """Return the waveform of the unit in a row, (samples, channels).

        Raises
        ------
        UserError
            If there is none, or no file of them. Names the file or the unit.
        """
        unit = self._ids.asked_id(row)
        by_id = self._by_id.path.exists() or not self._in_order.path.exists()
        rows = self._by_id if by_id else self._in_order
        at = unit if by_id else self._rank(row)
        values = np.empty((0, 0))
        if 0 <= at < rows.shape[0]:
            values = rows.row(at).astype(np.float64).T
        if not values.size or np.isnan(values).all() or not np.nan_to_num(values).any():
            raise UserError(
                f"Unit {unit}: no raw waveform was extracted.", f"It has none in {rows.path.name}."
            )
        values, note = self._on_sites(values, rows.path.name)
        gain = self._run.settings.number("gain_to_uV")
        return Waveform(values, gain if 0 < gain < math.inf else math.nan, note)

    def _rank(self, row: int) -> int:
        """Return the place of a unit among those with spikes, by id; -1: it has none."""
        run = self._run
        ids, spikes = run.cluster_id, run.units.floats("nSpikes")
        n = self._in_order.shape[0]
        if row >= run.n_units:
            return -1  # made by phy since
        filled = run.ids.has_id if spikes is None else run.ids.has_id & (spikes > 0)
        order = np.unique(ids[filled])
        if len(order) != n or len(np.unique(run.ids.ids_of())) != int(run.ids.has_id.sum()):
            raise UserError(
                f"{names.RAW_IN_ORDER}: has {count_of(n, 'row')}, the table "
                f"{count_of(len(order), 'unit')} with spikes: "
                "which is whose is not known."
            )
        return int(np.searchsorted(order, ids[row])) if filled[row] else -1

    def _on_sites(self, values: Array, name: str) -> tuple[Array, str]:
        """Return a waveform on the channels of ``channel_positions.npy``."""
        sites = self._run.sites
        n = values.shape[1]
        if sites is None or len(sites.xy) == n:
            return values, ""
        why = f"{name}: has {count_of(n, 'channel')}, {names.CHANNEL_POSITIONS} {len(sites.xy)}"
        try:
            channels = read_array(self._map_path, kinds="iu", most_bytes=10_000_000).ravel()
        except UserError:
            raise UserError(f"{why}, and {names.CHANNEL_MAP} does not say which.") from None
        if len(channels) != len(sites.xy) or channels.min() < 0 or channels.max() >= n:
            raise UserError(f"{why}, and {names.CHANNEL_MAP} does not say which.")
        # Before it sorted channels itself, Bombcell saved all of the file's in their own order.
        return values[:, channels], f"Its channels were picked by {names.CHANNEL_MAP}."
