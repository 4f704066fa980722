"""Which units can be set beside another one: those that are others, and are there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError
from bcviewer.io.spikes.spike_index import SpikeIndex
from bcviewer.io.spikes.unit_spikes import UnitSpikeReader


class Relatives:
    """The units of a sheet, by the templates that their spikes were made by.

    Parameters
    ----------
    ids : UnitIds
        Of the sheet's rows.
    units : UnitSpikeReader
        Says which spikes each has.
    index : SpikeIndex
        The spikes.
    """

    def __init__(self, ids: UnitIds, units: UnitSpikeReader, index: SpikeIndex) -> None:
        self._ids, self._units, self._index = ids, units, index

    def by_row(self, of_template: Floats) -> Floats:
        """Return for each row the number of its template; the largest where phy joined several.

        Parameters
        ----------
        of_template : numpy.ndarray
            A number for each template, shape (n,); NaN where there is none.
        """
        ids, segments, n = self._ids.cluster_id, self._index.shape.segments, len(of_template)
        values = np.full(len(ids), np.nan)
        is_template = (ids >= 0) & (ids < n)
        values[is_template] = of_template[ids[is_template]]
        made = np.isin(ids, segments.cluster) & ~np.isin(ids, segments.template) & (ids >= 0)
        for row in np.flatnonzero(made).tolist():
            parents = np.unique(segments.template[self._index.of_cluster(int(ids[row]))])
            parents = parents[(parents >= 0) & (parents < n)]
            values[row] = np.fmax.reduce(of_template[parents], initial=-np.inf)
        return values

    def apart_from(self, row: int) -> Callable[[int], bool]:
        """Return what says of a row whether its unit can be set beside that of another one.

        It has an id and spikes, none of them the other's (which phy split off it, or merged into
        it), and phy has not removed it since.

        Raises
        ------
        UserError
            If the spikes of the unit itself are not there.
        """
        own = self._units.source(row).segments

        def fits(other: int) -> bool:
            unit = self._ids.id_of(other)
            if other == row or unit is None or not len(self._index.of_cluster(unit)):
                return False
            try:
                there = self._units.source(other).segments
            except UserError:
                return False
            return self._index.count(there) > 0 and not np.isin(there, own).any()

        return fits
