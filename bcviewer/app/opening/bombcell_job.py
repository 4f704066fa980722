"""Plans a run of Bombcell, and makes it, off the main thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bcviewer.app.threads.worker import Control
from bcviewer.core.comparison.run_parameters import Value
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io.put_file import refuse_demo
from bcviewer.io.results.run_folder import check_results, free_results
from bcviewer.io.results.run_plan import RunPlan, plan_run
from bcviewer.io.results.run_sort import FoundSort
from bcviewer.oracle.run_by_bombcell import BombcellRun, run_bombcell


@dataclass(frozen=True, slots=True, eq=False)
class RunAsked:
    """What a run is to be made with; every one is another question.

    Attributes
    ----------
    ks_dir : Path
        The Kilosort directory.
    given : mapping of str to Value
        What somebody set.
    like : Run or None
        Whose parameters are taken; None: Bombcell's defaults.
    raw : str
        The raw file that somebody chose; empty: it is looked for.
    name : str
        The name of the results' folder in the Kilosort directory; empty: the first that is free.
    sort : FoundSort or None
        The sort, where it was looked through already: no key that is typed does so again.
    """

    ks_dir: Path
    given: Mapping[str, Value] = field(default_factory=dict)
    like: Run | None = None
    raw: str = ""
    name: str = ""
    sort: FoundSort | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PlannedRun:
    """The answer: what the run would be made with and where it goes, or why it cannot be made."""

    asked: RunAsked
    plan: RunPlan | None = None
    place: Path = Path()
    why: str = ""


def plan_job(asked: RunAsked) -> Callable[[Control], PlannedRun]:
    """Return the work that finds out what a run would be made with."""

    def work(control: Control) -> PlannedRun:
        control.at(str(asked.ks_dir))
        try:
            place = free_results(asked.ks_dir)
            refuse_demo(place)
            if asked.name:
                place = check_results(asked.ks_dir / asked.name)
            told = control.at, control.check
            plan = plan_run(
                asked.ks_dir, asked.given, asked.like, asked.raw, *told, sort=asked.sort
            )
        except UserError as error:
            return PlannedRun(asked, why=str(error))
        return PlannedRun(asked, plan, place)

    return work


def bombcell_job(planned: PlannedRun, plan: RunPlan) -> Callable[[Control], BombcellRun]:
    """Return the work that runs Bombcell; its progress is by unit."""
    place, or_next = planned.place, not planned.asked.name

    def work(control: Control) -> BombcellRun:
        def tell(fraction: float, words: str) -> None:
            control.progress(fraction, f"{place.name}: {words}")

        return run_bombcell(plan, place, tell, control.check, or_next=or_next)

    return work
