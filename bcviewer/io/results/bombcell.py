"""Reads one run: Bombcell's table and parameters, checked, with what is beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Generic, TypeVar

from bcviewer.core.arrays import Array
from bcviewer.core.audit.suspect import odd_thresholds
from bcviewer.core.calls import TellProgress
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.foreign import named
from bcviewer.core.run.run import Issue, Provenance, Run, SavedTable
from bcviewer.errors import CancelledError, UserError
from bcviewer.io import names
from bcviewer.io.files import TooLargeError, one_line
from bcviewer.io.results import coerce
from bcviewer.io.results.beside import read_beside
from bcviewer.io.results.coerce import ID_COLUMNS
from bcviewer.io.results.ephys import read_ephys
from bcviewer.io.results.folders import is_kilosort_dir
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.renames import COLUMN_RENAMES, PARAM_RENAMES, rename_issue, renamed
from bcviewer.io.results.saved_labels import COLUMN as LABEL_COLUMN
from bcviewer.io.results.saved_labels import saved_labels
from bcviewer.io.results.tables import TableFile, read_record, read_table
from bcviewer.io.spikes.emptied import emptied_rows

Record = dict[str, object]


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Found(Generic[T]):
    """What was read, the name of the file it came from, and what was wrong on the way."""

    value: T
    file: str
    issues: list[Issue]


def read_run(
    location: RunLocation,
    progress: TellProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Run:
    """Read one run.

    Parameters
    ----------
    location : RunLocation
        From :func:`bcviewer.io.results.find.find_runs`.
    progress : callable, optional
        Called with a fraction (0 to 1) and what is being read.
    cancelled : callable, optional
        Asked between the stages.

    Returns
    -------
    Run
        Whatever is wrong with it but can be lived with is in ``issues``.

    Raises
    ------
    UserError
        If there is no table of units that can be read. One line.
    CancelledError
        If ``cancelled`` said so.
    """
    stage = _stages(progress, cancelled)
    if location.problem:
        raise UserError(f"{one_line(location.ks_dir)}: {location.problem}.", "Run Bombcell on it.")
    units, record = _read_both(location.results_dir, stage)
    run = _Canonical.make(units, record)
    cluster_id, id_issues = coerce.cluster_ids(run.columns, run.n_units, units.file)
    saved, codes, label_issues = saved_labels(
        run.columns, cluster_id, location.results_dir, location.ks_dir, units.file
    )
    stage(0.8, "Kilosort's files")
    side = read_beside(location.ks_dir, run.settings, cluster_id, run.columns)
    ephys, ephys_issues = read_ephys(location.results_dir, cluster_id)
    stage(1.0, "")
    table = SavedTable(coerce.with_ids(run.columns, cluster_id), run.n_units)
    told = (units.issues, record.issues, run.issues, id_issues, label_issues, ephys_issues)
    odd = odd_thresholds(table, run.criteria, record.file)
    return Run(
        table,
        cluster_id,
        run.criteria,
        run.settings,
        saved,
        codes,
        _provenance(location, run),
        side.ks_label,
        side.phy_group,
        side.sites,
        side.sample_rate,
        side.session_s,
        (*chain.from_iterable(told), *odd, *_elsewhere(location), *side.issues),
        emptied=emptied_rows(table, run.settings),
        si_ids=side.si_ids,
        foreign=(*side.foreign, *named(ephys, (*run.columns, *(c.key for c in side.foreign)))),
        n_templates=side.n_templates,
    )


def _stages(progress: TellProgress | None, cancelled: Callable[[], bool] | None) -> TellProgress:
    """Return what is called between the stages: it tells the next one, or ends the reading."""

    def stage(fraction: float, what: str) -> None:
        if cancelled is not None and cancelled():
            raise CancelledError
        if progress is not None:
            progress(fraction, what)

    return stage


def _read_both(folder: Path, stage: TellProgress) -> tuple[_Found[TableFile], _Found[Record]]:
    """Return Bombcell's table of units and its parameters as they are on disk."""
    stage(0.0, "unit table")
    units = _read_units(folder)
    stage(0.6, "parameters")
    return units, _read_params(folder)


def _elsewhere(location: RunLocation) -> tuple[Issue, ...]:
    """Say whose spikes are shown where the results are in no Kilosort directory."""
    name = location.results_dir.name
    if not location.sort_from:
        if is_kilosort_dir(location.ks_dir):
            return ()
        effect = "Say which it is: File > Kilosort folder of these results…, or --kilosort DIR."
        return (Issue(name, "in no Kilosort directory.", effect),)
    who = "their parameters name it" if location.sort_from == "parameters" else "you chose it"
    what = f"these results are not in a Kilosort directory; {who}: {one_line(location.ks_dir)}."
    return (Issue(name, what),)


def _read_units(folder: Path) -> _Found[TableFile]:
    """Read the table of units, from the CSV where the Parquet cannot be read."""
    issues: list[Issue] = []
    reasons: list[str] = []
    for name in (names.UNITS_PARQUET, names.UNITS_CSV):
        try:
            table = read_table(folder / name, text=(LABEL_COLUMN,))
        except TooLargeError as error:
            raise UserError(
                f"{one_line(folder)}: {name}: {error.message}.", "It is not a table of units."
            ) from None
        except UserError as error:
            reasons.append(f"{name}: {error.message}")
            continue
        if not _is_of_units(table):
            shown = one_line(", ".join(table.columns), 60) or "none"
            reasons.append(f"{name}: no column of a table of units in it (its columns: {shown})")
            continue
        if reasons:
            issues.append(Issue(names.UNITS_PARQUET, _why(reasons[0]), "Read from the CSV."))
        issues += [Issue(name, f"{note}.") for note in table.notes]
        if table.n_rows == 0:
            issues.append(Issue(name, "no units in the table."))
        return _Found(table, name, issues)
    raise UserError(
        f"{one_line(folder)}: no table of units can be read ({'; '.join(reasons)}).",
        "Copy the folder again, or run Bombcell again.",
    )


def _is_of_units(table: TableFile) -> bool:
    """Whether a table has any of the columns that Bombcell writes, by any of its names."""
    columns, _ = renamed(table.columns, COLUMN_RENAMES)
    return any(name in METRICS or name in ID_COLUMNS for name in columns)


def _read_params(folder: Path) -> _Found[Record]:
    """Read the parameters, from the CSV where the Parquet cannot be read; else none."""
    reasons: list[str] = []
    for name in (names.PARAMS_PARQUET, names.PARAMS_CSV):
        try:
            record, rows = read_record(folder / name)
            if not rows:
                raise UserError("no row in it")
        except UserError as error:
            reasons.append(f"{name}: {error.message}")
            continue
        issues = []
        if reasons:
            issues.append(Issue(names.PARAMS_PARQUET, _why(reasons[0]), "Read from the CSV."))
        if rows > 1:
            issues.append(Issue(name, f"{rows} rows of parameters.", "The first is used."))
        return _Found({key: _value(v) for key, v in record.items()}, name, issues)
    what = f"no parameters can be read ({'; '.join(reasons)})."
    issue = Issue(names.PARAMS_PARQUET, what, "Nothing can be tested; the saved labels are shown.")
    return _Found({}, names.PARAMS_PARQUET, [issue])


def _why(reason: str) -> str:
    return reason.partition(": ")[2] + "."


def _value(value: object) -> object:
    """Return a parameter's value; CSV and MATLAB write flags and gaps as text."""
    if isinstance(value, str):
        return {"nan": None, "none": None, "true": True, "false": False}.get(
            value.strip().casefold(), value
        )
    return value


@dataclass(frozen=True, slots=True)
class _Canonical:
    """Table and parameters under today's names, in today's types and signs."""

    columns: coerce.SavedColumns
    n_units: int
    criteria: Criteria
    settings: Settings
    old_names: tuple[str, ...]
    issues: list[Issue]

    @classmethod
    def make(cls, units: _Found[TableFile], record: _Found[Record]) -> _Canonical:
        file = units.file
        raw, old_columns = renamed(units.value.columns, COLUMN_RENAMES)
        values, old_params = renamed(record.value, PARAM_RENAMES)
        issue = rename_issue(file, old_columns, old_params)
        columns, dropped = coerce.metric_columns(raw, file)
        columns, channels = coerce.matlab_channels(columns, file)
        columns, values, turned = coerce.turn_decay(columns, values, file)
        criteria = Criteria.from_saved(values)
        rest = Settings.from_saved(values, criteria.saved)
        issues = [*([issue] if issue else []), *dropped, *channels, *turned]
        issues += _gaps(columns, criteria, units.file, record.file if values else "")
        return cls(columns, units.value.n_rows, criteria, rest, old_columns + old_params, issues)


def _gaps(columns: Mapping[str, Array], criteria: Criteria, units: str, record: str) -> list[Issue]:
    """Return what the rules would need and these results do not have."""
    on = [rule for rule in RULES if all(criteria.flags[f] == want for f, want in rule.gates)]
    no_column = dict.fromkeys(rule.metric for rule in on if rule.metric not in columns)
    issues = []
    if no_column:
        what = f"no column {', '.join(no_column)}."
        issues.append(Issue(units, what, "Rules that read it are not tested."))
    if not record:  # no parameters at all: that is said already
        return issues
    wanted = {rule.parameter for rule in on}
    if absent := [name for name in criteria.absent if name in wanted]:
        what = f"no threshold {', '.join(absent)}."
        issues.append(Issue(record, what, "Rules that need it are not tested."))
    filled = [name for name in criteria.filled if name in wanted or criteria.flags.get(name)]
    if filled:
        issues.append(Issue(record, f"not saved: {', '.join(filled)}.", "Bombcell's own fill-in."))
    return issues


def _provenance(location: RunLocation, run: _Canonical) -> Provenance:
    return Provenance(
        str(location.ks_dir),
        str(location.results_dir),
        location.name,
        location.probe,
        location.mode,
        _writer(run),
        location.region,
        location.roi_um,
        location.tip_at_top,
        location.sort_from,
    )


def _writer(run: _Canonical) -> str:
    """Infer what wrote the results: no file says it."""
    if coerce.is_matlab(run.columns):
        return "MATLAB (inferred)"
    if "RPV_status" in run.columns or "keepUncertainRPVUnits" in run.criteria.saved:
        return "bombcell ≥ 0.94 (inferred)"
    if "estimatedTauR" in run.columns:
        return "bombcell 0.90 (inferred)"
    if any(name in run.old_names for name in ("max_n_peaks", "n_peaks", "phy_cluster_id")):
        return "Python, early 2025 (inferred)"
    return "Python, before 0.90 (inferred)"
