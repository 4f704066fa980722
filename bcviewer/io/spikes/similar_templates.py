"""Kilosort's similarity of templates, and of units that phy made of several."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes.array_rows import ArrayRows
from bcviewer.io.spikes.waveforms import Templates

_NAME = names.SIMILAR_TEMPLATES


class SimilarTemplates:
    """``similar_templates.npy`` by template id; a row at a time is read.

    Parameters
    ----------
    ks_dir : Path
        Kilosort's folder. The file need not be there.
    templates : Templates
        Its templates: there must be as many.
    """

    def __init__(self, ks_dir: Path, templates: Templates) -> None:
        self._rows = ArrayRows(ks_dir / _NAME, 2)
        self._templates = templates

    @property
    def n(self) -> int:
        """Number of templates.

        Raises
        ------
        UserError
            If the file is missing or unusable, or of other templates. Names it.
        """
        shape = self._rows.shape
        if shape[0] != shape[1]:
            raise UserError(f"{_NAME}: has shape {shape}, and should have a row and a column each.")
        try:
            n = self._templates.n
        except UserError:
            return shape[0]  # whoever needs templates says what is wrong with them
        if n != shape[0]:
            raise UserError(
                f"{_NAME}: has {count_of(shape[0], 'template')}, {names.TEMPLATES} {n:,}: which is"
                " which is not known."
            )
        return n

    def of(self, templates: Ints) -> Floats:
        """Return how like any of some templates each template is, shape (n,), NaN where unknown.

        The largest number of them, as phy takes it for clusters of several templates.

        Raises
        ------
        UserError
            As :attr:`n`, and if a template is not in the file, or has no number in it.
        """
        n = self.n
        for template in templates.tolist():
            if not 0 <= template < n:
                raise UserError(
                    f"{_NAME}: has {count_of(n, 'template')}, none for unit {template}."
                )
        rows = np.array([self._rows.row(template) for template in templates.tolist()], np.float64)
        rows[~np.isfinite(rows)] = np.nan
        best = np.asarray(np.fmax.reduce(rows, axis=0))
        if not (best > 0).any():  # what programs write that do not compute it
            which = " and ".join(map(str, templates.tolist()))
            raise UserError(f"{_NAME}: has no number above 0 for template {which}.")
        return best
