"""What a run of Bombcell is made with, and what is to be said of it before it starts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bcviewer.core.calls import Check
from bcviewer.core.comparison.run_parameters import RUN_PARAMETERS, RunParameter, Value
from bcviewer.core.evidence.tau_r import periods_tested
from bcviewer.core.rules.counts import count_of, first_of
from bcviewer.core.rules.settings import Settings, as_number
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io.results.run_sort import FoundSort, read_sort
from bcviewer.io.spikes.raw_file import At
from bcviewer.io.spikes.raw_for_run import RawForRun, raw_for_run

OF_THE_FILE = frozenset(
    {"nChannels", "nSyncChannels", "ephys_sample_rate", "ephys_meta_file", "gain_to_uV"}
)
"""What is a matter of the recording, not of how one chooses to measure."""
_OF_THE_MACHINE = frozenset({"joblib_n_jobs", "joblib_backend_preference"})
_NOT_SAVED = frozenset({"tauR_values", "contamination_values"})
"""Bombcell saves no arrays."""
_BEFORE_4 = "--set " + " --set ".join(
    ("spike_width=82", "waveformBaselineNoiseWindow=20", "waveform_baseline_window_start=21")
)
_NEEDS_PCS = ("computeDrift", "computeDistanceMetrics", "removeDuplicateSpikes")
_KS4_SAMPLES = 61


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run that can be made.

    Attributes
    ----------
    sort : FoundSort
        The sort.
    values : mapping of str to Value
        The parameters by name, all that are known; the rest are Bombcell's defaults.
    raw, meta : str
        The raw file and what describes it; empty: none.
    notes : tuple of str
        What is to be said before it starts; a line each.
    tsv : bool
        Whether Bombcell writes its ``cluster_*.tsv`` into the Kilosort directory, over those that
        are there: only where somebody asked for it.
    """

    sort: FoundSort
    values: Mapping[str, Value]
    raw: str
    meta: str
    notes: tuple[str, ...]
    tsv: bool = False

    @property
    def ks_dir(self) -> Path:
        """The Kilosort directory."""
        return self.sort.ks_dir

    @property
    def n_units(self) -> int:
        """Rows that its table will have."""
        return self.sort.n_units


def plan_run(
    ks_dir: Path,
    given: Mapping[str, Value],
    like: Run | None,
    chosen: str,
    at: At,
    check: Check,
    sort: FoundSort | None = None,
) -> RunPlan:
    """Find out what a run would be made with.

    Parameters
    ----------
    ks_dir : Path
        The Kilosort directory.
    given : mapping of str to Value
        What somebody sets; it goes before all else.
    like : Run or None
        The run whose parameters are taken; None: Bombcell's defaults.
    chosen : str
        The raw file that somebody named; empty: it is looked for.
    at : callable
        Told each file and folder that is looked at, before it is.
    check : callable
        Called now and then; may raise to end it.
    sort : FoundSort or None
        The sort, where it was looked through already.

    Raises
    ------
    UserError
        If Bombcell cannot be run there, or not with what was given. One line.
    """
    at(str(ks_dir))
    sort = sort or read_sort(ks_dir, check)
    before = Settings({}) if like is None else like.settings
    raw = raw_for_run(ks_dir, sort.said, before, chosen, at)
    at(str(ks_dir))
    values, notes = _defaults(like)
    values |= _of_the_sort(sort, like)
    values |= given
    if raw.meta is not None and "gain_to_uV" not in given:
        values.pop("gain_to_uV", None)  # Bombcell reads it there
    notes += _without_raw(values, given, raw)
    notes += _without_pcs(values, given, sort)
    notes += _after_phy(values, given, sort)
    if like is None and sort.template_samples > _KS4_SAMPLES and "spike_width" not in given:
        notes.append(
            f"templates of {sort.template_samples} samples are of a Kilosort before 4, the "
            f"parameters for 4 are taken; for an older one: {_BEFORE_4} "
            "--set waveform_baseline_window_stop=31 --set tauC=0.0001."
        )
    with_raw = raw.path is not None and values.get("extractRaw", True)
    meta = values.pop("ephys_meta_file", None) or raw.meta
    return RunPlan(
        sort,
        values,
        str(raw.path) if with_raw else "",
        str(meta) if with_raw and meta else "",
        tuple(notes),
    )


def _defaults(like: Run | None) -> tuple[dict[str, Value], list[str]]:
    """Return the parameters of a run that others are to be like, and what it does not tell."""
    if like is None:
        return {}, []
    saved = {**like.settings.saved, **like.criteria.values}
    values: dict[str, Value] = {}
    missing: list[str] = []
    for name, known in RUN_PARAMETERS.items():
        if name in _OF_THE_MACHINE:
            continue
        value = _taken(known, saved.get(name))
        if value is not None:
            values[name] = value
        elif name not in OF_THE_FILE | _NOT_SAVED and known.default is not None:
            missing.append(name)
    try:
        values["tauR_values"] = tuple(float(one) for one in periods_tested(like).tau_r)
    except UserError:
        missing.append("tauR_values")
    missing = [name for name in missing if name != "ss_min"]
    if not missing:
        return values, []
    listed = first_of(missing, 6)
    return values, [f"not told by {like.provenance.results_dir}, so that the default is: {listed}."]


def _taken(known: RunParameter, saved: object) -> Value:
    """Return a saved value as the parameter takes it; None where it is not saved, or is no such."""
    if known.kind == "text":
        return saved if isinstance(saved, str) and saved in (known.words or (saved,)) else None
    number = as_number(saved)
    if number is None or math.isnan(number):
        return None
    if known.kind == "flag":
        return bool(number)
    if known.kind == "numbers" or number < known.least:
        return None
    whole = isinstance(known.default, int) and math.isfinite(number) and number == int(number)
    if known.kind == "whole" and not whole:
        return None
    return int(number) if whole else number


def _of_the_sort(sort: FoundSort, like: Run | None) -> dict[str, Value]:
    """Return what the sort itself says of the recording."""
    values: dict[str, Value] = {}
    for name, said in (("ephys_sample_rate", "sample_rate"), ("nChannels", "n_channels_dat")):
        value = _taken(RUN_PARAMETERS[name], sort.said.number(said))
        if value is not None:
            values[name] = value
    if sort.all_on_probe:
        values["nSyncChannels"] = 0
    if like is None and sort.window_s is not None:
        values["tauC"] = max(0.0001, sort.window_s)
    return values


def _without_raw(
    values: dict[str, Value], given: Mapping[str, Value], raw: RawForRun
) -> Iterator[str]:
    """Switch off what needs the raw file where there is none; yield what is to be said."""
    if not values.get("extractRaw", True):
        if raw.path is not None:
            yield "extractRaw is off: amplitude and SNR are not measured."
        return
    if raw.path is None:
        if given.get("extractRaw"):
            raise UserError(f"extractRaw=true: there is no raw file: {raw.why}.", "Name it: --raw.")
        values["extractRaw"] = False
        yield (
            f"no raw file ({raw.why}): extractRaw is off, and such a run is not comparable in "
            "amplitude and SNR."
        )
    elif raw.meta is None and not values.get("ephys_meta_file") and not values.get("gain_to_uV"):
        yield (
            f"nothing beside {raw.path.name} says what a step of it is in µV (.meta), nor does "
            "gain_to_uV: amplitudes are not measured, SNR is."
        )


def _without_pcs(
    values: dict[str, Value], given: Mapping[str, Value], sort: FoundSort
) -> Iterator[str]:
    """Switch off what needs principal components where there are none."""
    if not sort.no_pcs:
        return
    on = [name for name in _NEEDS_PCS if values.get(name)]
    if asked := [name for name in on if given.get(name)]:
        needs = "need" if len(asked) > 1 else "needs"
        raise UserError(f"{', '.join(asked)} {needs} principal components: {sort.no_pcs}.")
    for name in on:
        values[name] = False
    if on:
        be = "is" if len(on) == 1 else "are"
        yield f"no principal components ({sort.no_pcs}): {', '.join(on)} {be} off."


def _after_phy(
    values: dict[str, Value], given: Mapping[str, Value], sort: FoundSort
) -> Iterator[str]:
    """Switch off what Bombcell fails on where ids have no spikes, as after phy."""
    if sort.has_empty and values.get("removeDuplicateSpikes"):
        why = "some clusters have no spikes, and then Bombcell fails when it saves"
        if given.get("removeDuplicateSpikes"):
            raise UserError(f"removeDuplicateSpikes=true: {why}.", "Leave it out.")
        values["removeDuplicateSpikes"] = False
        yield f"removeDuplicateSpikes is off: {why}."
    if not sort.n_new:
        return
    made = count_of(sort.n_new, "cluster was", "clusters were") + " made in phy"
    if values.get("computeDistanceMetrics") and not given.get("computeDistanceMetrics"):
        values["computeDistanceMetrics"] = False
        yield f"{made}: computeDistanceMetrics is off, since Bombcell often fails with it then."
    elif values.get("computeDistanceMetrics"):
        yield f"{made}: if Bombcell fails (IndexError), leave computeDistanceMetrics out."
    if values.get("computeDrift"):
        yield f"{made}: Bombcell's drift of merged clusters means nothing."
    if sort.n_new and not values.get("extractRaw", True):
        yield f"{made}: shapes are mean templates of what they were made of."
        yield (
            f"{made}: SNR stays empty without the raw file. In a folder of results from before phy "
            "Bombcell would give units that of others; this run has a folder of its own."
        )
