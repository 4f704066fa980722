"""Bombcell's own ephys properties of one unit, and the cell type that its rule gives it."""

from __future__ import annotations

import gc
import inspect
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout

import numpy as np

from bcviewer.core.arrays import Array

_FAILED = "Unexpected error"
"""What Bombcell prints of a unit that it cannot compute, and then goes on without its numbers."""


_Params = Mapping[str, float | bool | str]


def answer(params: _Params, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return what ``bombcell.ephys_properties.compute_all_ephys_properties`` says of a unit.

    It is called for a sort of one unit, with its own parameters. Nothing is read or written.

    Parameters
    ----------
    params : mapping
        ``region``, ``cortex`` or ``striatum``; ``sample_rate``, Hz, NaN: the one that it assumes.
    arrays : mapping
        ``samples``, the unit's spikes, and ``template`` (n_samples, n_channels), unwhitened.

    Returns
    -------
    dict
        Each property by its name, without dimensions; and as UTF-8 ``cell_type``, ``version`` of
        bombcell, and ``trouble``, why there are no properties (empty: there are, or too few
        spikes).
    """
    import bombcell
    from bombcell import classification, ephys_properties

    param = ephys_properties.get_ephys_parameters("")
    if params["sample_rate"] == params["sample_rate"]:
        param["ephys_sample_rate"] = params["sample_rate"]
    printed, trouble = io.StringIO(), ""
    with _sort_of(arrays), redirect_stdout(printed):
        try:
            (found,) = ephys_properties.compute_all_ephys_properties("", param, "")
        except Exception as error:  # noqa: BLE001  what it raises depends on the unit
            found, trouble = {}, f"{type(error).__name__}: {error}"
    lines = printed.getvalue().splitlines()
    trouble = next((line for line in lines if line.startswith(_FAILED)), trouble)
    types = getattr(classification, f"classify_{params['region']}_cells")([found], param)
    texts = {"cell_type": types[0], "version": bombcell.__version__, "trouble": trouble}
    out = {name: np.array(value, float) for name, value in found.items() if name != "unit_id"}
    return out | {name: np.frombuffer(text.encode(), np.uint8) for name, text in texts.items()}


@contextmanager
def _sort_of(arrays: Mapping[str, Array]) -> Iterator[None]:
    """Let bombcell load a sort of one unit.

    WORKAROUND: its function reads a folder, all of it for each call; keeps each correlogram as a
    pickle in the person's home, though it is told not to; and collects garbage eight times a unit,
    which takes 0.1 s in a process of its size: what is there is kept out of the collector's reach.
    """
    from bombcell import ccg_fast, ephys_properties, loading_utils

    samples, template = arrays["samples"], arrays["template"]
    loaded = (samples, np.zeros(len(samples), np.int64), template[None], None, None, None, None)
    before = loading_utils.load_ephys_data, ephys_properties.tqdm, ccg_fast.ccg
    ccg_fast.ccg = inspect.unwrap(ccg_fast.ccg)
    loading_utils.load_ephys_data = lambda _: loaded
    ephys_properties.tqdm = lambda units, **_: units
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        loading_utils.load_ephys_data, ephys_properties.tqdm, ccg_fast.ccg = before
