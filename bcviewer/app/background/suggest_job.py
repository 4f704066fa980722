"""Asks bombcell which thresholds it suggests, as a job: in a process that ends when cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bcviewer.app.threads.worker import Control
from bcviewer.core.comparison.suggested import Suggested
from bcviewer.core.curation.counted import CountedLabels
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.oracle.client import Bombcell

_LOOK_S = 0.1
"""It is looked this often, s, whether the answer is still waited for."""
_LONGEST_S = 900.0
"""Thousands of labels take minutes."""


def suggest_job(
    sheet: Sheet, counted: CountedLabels, make: Callable[[float], Bombcell] = Bombcell
) -> Callable[[Control], Suggested]:
    """Return the work that asks bombcell for suggestions.

    Its process is another one than that of the panels: these need not wait for it, and it is ended
    where the job is cancelled.

    Parameters
    ----------
    sheet, counted : Sheet, CountedLabels
        A run, and the labels that count.
    make : callable
        Makes the process, given the longest time that an answer may take, s.
    """

    def work(control: Control) -> Suggested:
        from bcviewer.oracle.suggest_by_bombcell import ask_suggestions

        n = count_of(len(counted.labels), "label")
        control.progress(0.1, f"Bombcell tunes to {n}")
        answers: list[Suggested | Exception] = []
        with make(_LONGEST_S) as bombcell:

            def ask() -> None:
                try:
                    answers.append(ask_suggestions(sheet, counted, bombcell))
                except Exception as error:  # noqa: BLE001  raised below, in the job's thread
                    answers.append(error)

            asking = threading.Thread(target=ask, name="suggest", daemon=True)
            asking.start()
            while asking.is_alive():
                asking.join(_LOOK_S)
                control.check()
        answer = answers[0] if answers else UserError("bombcell cannot be asked.")
        if isinstance(answer, Exception):
            raise answer
        return answer

    return work
