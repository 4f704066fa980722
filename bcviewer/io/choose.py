"""Which of the runs that were found are wanted, and whether any of them can be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bcviewer.errors import UserError
from bcviewer.io.files import one_line

if TYPE_CHECKING:
    from bcviewer.io.layout import RunLocation


def only(runs: list[RunLocation], what: str, wanted: str | None, shown: str) -> list[RunLocation]:
    """Keep the runs of one mode or one probe, by key or by folder name, in any case.

    Parameters
    ----------
    runs : list of RunLocation
        What was found.
    what : {'mode', 'probe'}
        What ``wanted`` names.
    wanted : str or None
        The mode or probe; None keeps all.
    shown : str
        The path as it is shown in a message.

    Raises
    ------
    UserError
        If there is none; the message lists those that are there.
    """
    if wanted is None:
        return runs
    kept = [run for run in runs if wanted.casefold() in _names(run, what)]
    if not kept:
        there = sorted({run.mode if what == "mode" else run.probe for run in runs} - {""})
        label = "run mode" if what == "mode" else "probe"
        raise UserError(
            f"{shown}: no {label} '{one_line(wanted)}'; there is: "
            f"{one_line(', '.join(there) or 'none')}.",
            f"Choose one of them with --{what}." if there else f"Leave --{what} out.",
        )
    return kept


def _names(run: RunLocation, what: str) -> set[str]:
    if what == "probe":
        return {run.probe.casefold(), run.name.casefold()}
    if not run.mode:
        return set()
    parents = [run.ks_dir.parent, run.ks_dir.parent.parent]  # also of a nested kilosort4_D
    folders = {folder.name.casefold() for folder in parents}
    return {run.mode.casefold()} | {name for name in folders if name.startswith("bombcell_")}


def openable(runs: list[RunLocation], shown: str) -> tuple[RunLocation, ...]:
    """Return all runs, also those with a problem; refuse where none can be opened."""
    if any(not run.problem for run in runs):
        return tuple(runs)
    hint = "Run Bombcell on it, then open it again."
    if len(runs) == 1:
        raise UserError(f"{one_line(runs[0].ks_dir)}: {runs[0].problem}.", hint)
    each = "; ".join(f"{run.name}: {run.problem}" for run in runs[:3])
    raise UserError(f"{shown}: none of {len(runs)} probes can be opened ({one_line(each)}).", hint)
