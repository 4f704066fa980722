"""What a thread does to compare the open run with another one: find it, read it, match, judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bcviewer.app.threads.worker import Control
from bcviewer.core.calls import Check
from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.pairing import turned
from bcviewer.core.comparison.two_runs import TwoRuns
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.between import Between
from bcviewer.errors import UserError
from bcviewer.io.comparing.other_run import find_other, titles_of
from bcviewer.io.comparing.pair_runs import pair_runs
from bcviewer.io.files import one_line
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import Search
from bcviewer.io.results.location import RunLocation


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRuns:
    """A comparison that is ready to be shown.

    Attributes
    ----------
    two : TwoRuns
        It.
    beside : Between or None
        What it says of the open run's units; None: nothing of any.
    place : RunLocation
        Where the other run is.
    """

    two: TwoRuns
    beside: Between | None
    place: RunLocation


@dataclass(frozen=True, slots=True)
class Other:
    """Which run is meant, and which of the two was before.

    Attributes
    ----------
    place : str or RunLocation
        A path that leads to it, or where it is.
    open_is_after : bool
        Whether the open run is the one after.
    """

    place: str | RunLocation
    open_is_after: bool = True

    @property
    def folder(self) -> str:
        """The folder or file that is waited for."""
        return self.place if isinstance(self.place, str) else str(self.place.results_dir)


class _OvertakenError(Exception):
    """Something else is to be compared by now."""


Work = Callable[[Control], ComparedRuns | None]


def compare_job(
    here: RunVerdict, other: Other, search: Search, overtaken: Callable[[], bool]
) -> Work:
    """Return the work that compares the open run with another one.

    It returns None where it was overtaken: nobody waits for it, and nobody is told.

    Parameters
    ----------
    here : RunVerdict
        The open run, and what it is judged by.
    other : Other
        Which run it is compared with.
    search : Search
        How to look for that.
    overtaken : callable
        Whether something else is to be compared by now.
    """

    def work(control: Control, check: Check) -> ComparedRuns:
        place, run = _read(here.run, other, search, control)
        check()
        control.progress(0.5, f"{place.name}: matching {count_of(run.n_units, 'unit')}")
        pair = (RunVerdict.of(run), here)
        before, after = pair if other.open_is_after else pair[::-1]
        pairing = pair_runs(before.run, after.run, check)
        control.at("")
        control.progress(0.8, f"{place.name}: why labels differ")
        found = compare(before, after, pairing)
        titles = titles_of(before.run, after.run)
        return _ready(TwoRuns.of(found, titles, other.open_is_after), place)

    return _guarded(work, other.folder, overtaken)


def turn_job(two: TwoRuns, place: RunLocation, overtaken: Callable[[], bool]) -> Work:
    """Return the work that compares the same two runs the other way round; nothing is read."""

    def work(control: Control, check: Check) -> ComparedRuns:
        control.progress(0.5, f"{place.name}: the other way round")
        check()
        found = two.found
        other_way = compare(found.after, found.before, turned(found.pairing))
        turned_two = TwoRuns.of(other_way, two.titles[::-1], not two.open_is_after)
        return _ready(turned_two, place)

    return _guarded(work, "", overtaken)


def _guarded(
    work: Callable[[Control, Check], ComparedRuns], folder: str, overtaken: Callable[[], bool]
) -> Work:
    """Return work that ends silently where it was overtaken, and says where it is too large."""

    def guarded(control: Control) -> ComparedRuns | None:
        def check() -> None:
            control.check()
            if overtaken():
                raise _OvertakenError

        try:
            return work(control, check)
        except _OvertakenError:
            return None
        except MemoryError as error:
            raise UserError(f"{one_line(folder)}: too large to be compared here.") from error

    return guarded


def _ready(two: TwoRuns, place: RunLocation) -> ComparedRuns:
    return ComparedRuns(two, two.beside(), place)


def _read(here: Run, other: Other, search: Search, control: Control) -> tuple[RunLocation, Run]:
    """Return where the other run is, and what was read of it."""
    place = other.place
    if isinstance(place, str):
        control.progress(0.0, "Looking for the other run")
        search = replace(search, cancelled=control.cancelled)
        place = find_other(place, here, search)
    control.at(str(place.results_dir))
    run = read_run(
        place,
        lambda part, text: control.progress(0.1 + 0.4 * part, f"{place.name}: {text}"),
        control.cancelled,
    )
    return place, run
