"""What Bombcell can be run with: every parameter by name, its kind, its default, and its check.

The defaults are those of ``bombcell.get_default_parameters`` (0.94, Kilosort 4) but for the
workers, which are threads here; a test holds them and the installed package together. The process
that runs Bombcell asks the package itself.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from bcviewer.core.comparison.proposal import (
    OFFERED,
    parse_flag,
    parse_number,
    parse_pairs,
    parse_value,
    value_words,
)
from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.rules.defaults import DEFAULT_FLAGS, DEFAULT_THRESHOLDS
from bcviewer.core.rules.rules import BLOCK_NAMES, RULE_OF
from bcviewer.errors import UsageError

Value = bool | int | float | str | tuple[float, ...] | None
"""What a parameter can be; None: Bombcell's own None."""

ValueKind = Literal["flag", "whole", "number", "text", "numbers"]

_NONE = ("none", "")


@dataclass(frozen=True, slots=True)
class RunParameter:
    """One parameter that a run can be given.

    Attributes
    ----------
    name : str
        Its name.
    kind : {'flag', 'whole', 'number', 'text', 'numbers'}
        What it takes; ``numbers`` are several, with commas between them.
    default : bool, int, float, str, tuple of float, or None
        Bombcell's default; None where it has none, or takes it from the recording.
    about : str
        What it is, in a few words.
    least : float
        The smallest number that it can be.
    words : tuple of str
        The texts that it can be; empty: any.
    """

    name: str
    kind: ValueKind
    default: Value
    about: str = ""
    least: float = -math.inf
    words: tuple[str, ...] = ()


_P = RunParameter
_SOON = 1e-9
"""What has to be more than nothing: seconds, samples a second."""

_TAU_R = tuple(n * 0.25 / 1000 for n in range(4, 41))

_FLAGS: Mapping[str, str] = {
    "computeSpatialDecay": "Measure the spatial decay, and judge by it",
    "spDecayLinFit": "Spatial decay by a linear fit, else an exponential one",
    "extractRaw": "Read the raw file: amplitude and SNR",
    "computeDrift": "Measure drift, and judge by it",
    "computeDistanceMetrics": "Measure isolation distance and L-ratio, and judge by them; slow",
    "splitGoodAndMua_NonSomatic": "NON-SOMA split into GOOD and MUA",
    "keepUncertainRPVUnits": "Too few spikes to say is no violation",
}

_MEASURED: tuple[RunParameter, ...] = (
    _P(
        "rpv_method",
        "text",
        "ibl_sliding",
        "How refractory violations are judged",
        words=("ibl_sliding", "hill", "llobet"),
    ),
    _P("tauR_values", "numbers", _TAU_R, "Refractory periods to test, s", _SOON),
    _P("tauC", "number", None, "Censored period, s; Kilosort 4's own duplicate window", 0.0),
    _P("tauR_reject", "number", 0.0005, "Refractory periods up to this are not tested, s", 0.0),
    _P("confidence_threshold", "number", 0.9, "Confidence of the contamination's upper bound", 0.0),
    _P("contamination_values", "numbers", None, "Contaminations to test", 0.0),
    _P("tauR_valuesMin", "number", 0.002, "Refractory periods: first, s (older way)", 0.0),
    _P("tauR_valuesMax", "number", 0.002, "Refractory periods: last, s (older way)", 0.0),
    _P("tauR_valuesStep", "number", 0.0005, "Refractory periods: step, s (older way)", _SOON),
    _P("hillOrLlobetMethod", "flag", True, "Hill's estimate, else Llobet's (older way)"),
    _P("computeTimeChunks", "flag", False, "Keep only the part of the session that is stable"),
    _P("deltaTimeChunk", "number", 360, "Length of a part of the session, s", _SOON),
    _P("presenceRatioBinSize", "number", 60, "Bin of the presence ratio, s", _SOON),
    _P("driftBinSize", "number", 60, "Bin of the drift estimate, s", _SOON),
    _P(
        "minThreshDetectPeaksTroughs",
        "number",
        0.2,
        "Prominence of a peak, part of the largest",
        0.0,
    ),
    _P("normalizeSpDecay", "flag", True, "Amplitudes of the decay relative to the largest"),
    _P("nChannelsIsoDist", "whole", 4, "Channels of the distance metrics", 1),
    _P("removeDuplicateSpikes", "flag", False, "Remove spikes found twice"),
    _P("duplicateSpikeWindow_s", "number", 3.4e-05, "Within this time two are one, s", 0.0),
    _P("saveSpikes_withoutDuplicates", "flag", True, "Save which spikes were removed"),
    _P("detrendWaveform", "flag", True, "Take the slope out of mean raw waveforms"),
    _P("detrendForUnitMatch", "flag", False, "The same of those for UnitMatch"),
    _P("nRawSpikesToExtract", "whole", 100, "Raw spikes a unit", 1),
    _P("joblib_n_jobs", "whole", -1, "Workers that read the raw file; -1: one a core", -1),
    _P(
        "joblib_backend_preference",
        "text",
        "threads",
        "What these workers are; processes, Bombcell's own default, may outlive a cancelled run",
        words=("processes", "threads"),
    ),
    _P("ephys_sample_rate", "number", 30000, "Samples a second", _SOON),
    _P("nChannels", "whole", 385, "Channels of the raw file", 1),
    _P("nSyncChannels", "whole", 1, "Of them without a site", 0),
    _P("gain_to_uV", "number", None, "Microvolts of one step of the raw file", 0.0),
    _P("ephys_meta_file", "text", None, "What describes the raw file (.meta, .oebin)"),
    _P("probeType", "whole", 1, "Neuropixels 1 or 2, where its .meta does not say", 1),
    _P("spike_width", "whole", 61, "Samples of a raw spike", 1),
    _P("waveformBaselineNoiseWindow", "whole", 10, "Samples of its noise", 1),
    _P("waveform_baseline_window_start", "whole", 0, "First sample of the baseline", 0),
    _P("waveform_baseline_window_stop", "whole", 10, "Last sample of the baseline", 1),
    _P("ss_min", "number", math.nan, "Smallest silhouette score; Bombcell does not use it"),
)

OURS: Mapping[str, str] = {
    "plotDetails": "a run here draws nothing",
    "plotGlobal": "a run here draws nothing",
    "savePlots": "a run here draws nothing",
    "plotsSaveDir": "a run here draws nothing",
    "verbose": "progress is told anyway",
    "reextractRaw": "a new folder holds nothing that was extracted before",
    "recomputeDuplicateSpikes": "a new folder holds nothing that was computed before",
    "saveAsTSV": "--tsv writes them, into the Kilosort directory",
    "unit_type_for_phy": "--tsv writes it, into the Kilosort directory",
    "ephysKilosortPath": "it is the Kilosort directory that is given",
    "raw_data_file": "--raw names it",
    "decompress_data": "it would write beside the raw file: decompress it first",
}
"""Parameters that are set for a run, and why they cannot be given."""


def _default(name: str) -> RunParameter:
    """Return a threshold or flag, with whole numbers as Bombcell has them."""
    if name in FLAGS:
        return RunParameter(name, "flag", DEFAULT_FLAGS[name], _FLAGS[name])
    number = DEFAULT_THRESHOLDS[name]
    whole = number == int(number)
    rule = RULE_OF[name]
    about = f"{BLOCK_NAMES[rule.block]} where {rule.metric} {rule.op} it"
    return RunParameter(name, "number", int(number) if whole else number, about)


RUN_PARAMETERS: Mapping[str, RunParameter] = {
    one.name: one for one in (*map(_default, OFFERED), *_MEASURED)
}
"""Every parameter that a run can be given: thresholds, flags, and how metrics are measured."""


def parse_run_changes(texts: Iterable[str]) -> dict[str, Value]:
    """Return the parameters that ``NAME=VALUE`` texts set, by name.

    Raises
    ------
    UsageError
        For a name that a run cannot be given, given twice, or with a value that it cannot have.
        One line.
    """
    return parse_pairs(texts, parse_run_value)


def parse_run_value(name: str, text: str) -> Value:
    """Return the value of one parameter; raise ``UsageError`` as :func:`parse_run_changes` does."""
    known = RUN_PARAMETERS.get(name)
    if known is None:
        raise _unknown(name)
    if name in OFFERED:
        return _as_default(parse_value(name, text), known)
    if known.default is None and text.casefold() in _NONE:
        return None
    if known.kind == "flag":
        return parse_flag(name, text)
    if known.kind == "text":
        if not text or (known.words and text not in known.words):
            raise UsageError(f"{name}={text}: is no such word.", _one_of(known))
        return text
    if known.kind == "numbers":
        return tuple(_number(known, part.strip()) for part in text.split(","))
    return _as_default(_number(known, text), known)


def _number(known: RunParameter, text: str) -> float:
    """Return a finite number that a parameter can be."""
    whole, number = known.kind == "whole", parse_number(text)
    if not math.isfinite(number) or (whole and number != int(number)):
        what = "a whole number" if whole else "a number"
        several = "; several with commas between them" if known.kind == "numbers" else ""
        raise UsageError(f"{known.name}={text}: {what} is expected{several}.", known.about + ".")
    if number < known.least or (known.name == "joblib_n_jobs" and number == 0):
        least = "more than 0" if known.least == _SOON else f"{known.least:g} or more"
        raise UsageError(f"{known.name}={text}: has to be {least}.", known.about + ".")
    return number


def _as_default(value: float | bool, known: RunParameter) -> float | int | bool:
    """Return whole numbers as Bombcell has them: saved as such, and counted with."""
    if isinstance(value, bool) or not math.isfinite(value) or value != int(value):
        return value
    return int(value) if isinstance(known.default, int) else value


def _one_of(known: RunParameter) -> str:
    return f"There is: {', '.join(known.words)}." if known.words else known.about + "."


def _unknown(name: str) -> UsageError:
    if name in OURS:
        return UsageError(f"{name}: is not given to a run here: {OURS[name]}.")
    by_case = {one.casefold(): one for one in RUN_PARAMETERS}
    near = get_close_matches(name.casefold(), by_case, 1, 0.5)
    hint = f"Is {by_case[near[0]]} meant?" if near else "As minPresenceRatio or rpv_method."
    return UsageError(f"{name or 'no name'}: is no parameter of Bombcell's.", hint)


def run_words(value: Value) -> str:
    """Return a value as it is typed; :func:`parse_run_value` reads it."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ",".join(value_words(one) for one in value)
    return value_words(value)


def same_value(one: Value, other: Value) -> bool:
    """Whether two values are the same: NaN is NaN, and 300 is 300.0, but 1 is not true."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return run_words(one) == run_words(other)


def not_default(values: Mapping[str, Value], given: Container[str] = ()) -> dict[str, Value]:
    """Return those of some values that are not Bombcell's default, in the parameters' order.

    What has no default, since it is the recording's own, is one only where it was ``given``.
    """
    return {
        name: values[name]
        for name, known in RUN_PARAMETERS.items()
        if name in values
        and not same_value(values[name], known.default)
        and (known.default is not None or name in given)
    }
