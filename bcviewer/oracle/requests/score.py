"""One unit, scored by ``bombcell.helper_functions.get_all_quality_metrics`` and labelled by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.core.rules.defaults import LEAST_SPIKES
from bcviewer.oracle.requests.raw import extracted
from bcviewer.oracle.requests.shape import MEASURES


def answer(
    params: Mapping[str, float | bool | str], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    """Return what bombcell measures of a unit, and the label that it gives it.

    It is Bombcell's own loop over the units, of a sort that has this one only. Nothing is read
    or written.

    Parameters
    ----------
    params : mapping
        What the run was measured and judged by.
    arrays : mapping
        ``samples``, the unit's spikes, ascending; ``amplitudes`` of the same shape; ``chunks``,
        the edges of the time chunks, s; ``template``, shape (n_samples, n_channels), unwhitened;
        ``positions``, shape (n_channels, 2), µm; ``tau_r``, the refractory periods to test, s; and
        where they are known ``contamination``, the levels to test. ``snippets``, its spikes in
        the raw file that Bombcell takes, shape (n, width, n_channels), or nothing: then with the
        parameters ``half``, samples before a spike, and ``baseline``, those that are its zero.
        ``other``, a further template that it might have, or nothing.

    Returns
    -------
    dict
        Metrics by Bombcell's names, without dimensions; ``label``, ``other_label`` (with the
        further template) and ``version`` as UTF-8.
    """
    import bombcell

    param = dict(params)
    found, label = _scored(param, arrays)
    out = {name: np.array(values[0]) for name, values in found.items()}
    texts = {"label": label, "version": str(bombcell.__version__)}
    if "other" in arrays:
        texts["other_label"] = _label_with(arrays["other"], param, arrays, found)
    return out | {name: np.frombuffer(text.encode(), np.uint8) for name, text in texts.items()}


def _scored(param: dict[str, Any], arrays: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """Return a unit's metrics, each an array of one, and its label."""
    from bombcell import default_parameters, helper_functions, quality_metrics

    samples, templates = arrays["samples"], arrays["template"][None]
    param |= {name: arrays[key] for name, key in _TESTED.items() if key in arrays}
    param["tauC"] = default_parameters.effective_tauC(param)
    peak = quality_metrics.get_waveform_peak_channel(templates)
    noise_ratio = _raw(param, arrays["snippets"], int(peak[0])) if "snippets" in arrays else np.nan
    found = helper_functions.create_quality_metrics_dict(1, np.full(1, noise_ratio))
    found["maxChannels"] = peak
    if len(samples) < LEAST_SPIKES:  # of such a unit alone its loop ends in an error
        found["nSpikes"][0] = len(samples)
        found, _ = helper_functions.set_unit_nan(0, found, np.zeros(1))
    else:
        with _loop_alone(helper_functions):
            found, _ = helper_functions.get_all_quality_metrics(
                np.array([0]),
                samples / param["ephys_sample_rate"],
                np.zeros(len(samples), int),
                arrays["amplitudes"].astype(np.float64),
                arrays["chunks"],
                np.nan,
                np.full((1, 1), np.nan),
                found,
                None,
                arrays["positions"],
                templates,
                param,
                "",
            )
    return found, str(quality_metrics.get_quality_unit_type(param, found)[1][0])


def _label_with(
    template: Array, param: dict[str, Any], arrays: Mapping[str, Array], found: dict[str, Array]
) -> str:
    """Return the label with another template: the spikes, and what follows from them, stay."""
    from bombcell import quality_metrics

    if np.isnan(found["nPeaks"][0]):  # nothing was measured
        return str(quality_metrics.get_quality_unit_type(param, found)[1][0])
    ends = [param[f"waveform_baseline_window_{end}"] for end in ("start", "stop")]
    peak, places = quality_metrics.get_waveform_peak_channel(template[None]), arrays["positions"]
    measured = quality_metrics.waveform_shape(
        template[None], 0, peak, places, np.array(ends), param
    )
    shape = dict(zip(MEASURES, measured, strict=False))
    other = found | {name: np.array([value], float) for name, value in shape.items()}
    return str(quality_metrics.get_quality_unit_type(param, other)[1][0])


def _raw(param: dict[str, Any], snippets: Array, peak: int) -> float:
    """Let bombcell measure the mean raw waveform, and return the signal-to-noise ratio.

    The ratio is that of ``extract_raw_waveforms``, which has no function of its own for it.
    """
    found = extracted(param, snippets, peak)
    param["raw_waveforms_id_match"] = found["raw_waveforms_full"][None]
    param["extractRaw"], param["gain_to_uV"] = True, param.get("gain_to_uV", np.nan)
    zero = found["average_baseline"]
    noise = np.median(np.abs(zero - np.median(zero)))
    return float(np.max(np.abs(found["raw_waveforms_full"][peak])) / noise)


_TESTED = {"tauR_values": "tau_r", "contamination_values": "contamination"}


@contextmanager
def _loop_alone(module: Any) -> Iterator[None]:
    """Let Bombcell's loop measure only.

    WORKAROUND: it draws each unit for its viewer, writes that as a pickle, and a table of what it
    found into the results, whatever its parameters say.
    """

    def nothing(*_: Any, **__: Any) -> None:
        """Neither draw nor write."""

    table = SimpleNamespace(to_parquet=nothing)
    with (
        mock.patch.object(module, "_precompute_unit_gui_data", nothing),
        mock.patch.object(module, "_save_gui_data", nothing),
        mock.patch.object(module, "pd", SimpleNamespace(DataFrame=lambda *_, **__: table)),
        mock.patch.object(module, "tqdm", lambda units, **_: units),
    ):
        yield
