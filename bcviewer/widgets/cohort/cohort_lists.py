"""What costs a cohort GOOD units, and which of its parameters differ; each row is a filter."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from bcviewer.app.cohort.cohort_scene import CohortScene
from bcviewer.core.cohort.overview import blockers, condition_words, differing, value_filter
from bcviewer.core.comparison.offers import FLAG_TITLES
from bcviewer.core.figures.words import share
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.comparisons import passing
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.rules import RULE_OF
from bcviewer.widgets.cohort.choice_list import ChoiceList, ChoiceRow


class BlockerList(ChoiceList):
    """What alone keeps units of the shown runs from GOOD, the most first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("blockerList", ("condition", "units", "runs"), parent)

    def show_scene(self, scene: CohortScene) -> None:
        """Count them over the runs that are shown."""
        if scene.opened is None or scene.blocking is None:
            self.show_choices("What alone keeps units from GOOD: …", ())
            return
        found = blockers(scene.blocking.units[:, scene.shown], scene.blocking.texts)
        total = sum(each.units for each in found)
        choices = [
            ChoiceRow(
                (condition_words(each.condition), f"{each.units:,}", f"{each.runs:,}"),
                f"sole_blocker == {quote(each.condition)}",
                each.units / found[0].units,
                f"{count_of(each.units, 'unit')} of {count_of(each.runs, 'run')}:"
                f" {share(each.units, total)} of those that one condition keeps from GOOD.",
            )
            for each in found
        ]
        of = count_of(int(scene.shown.sum()), "run")
        heading = f"What alone keeps units from GOOD: {total:,}"
        self.show_choices(heading if found else f"No unit of {of} has a sole blocker", choices)


class DifferList(ChoiceList):
    """The thresholds and flags that are not the same in all shown runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("differList", ("parameter", "value", "runs"), parent)

    def show_scene(self, scene: CohortScene) -> None:
        """Compare the runs that are shown."""
        if scene.opened is None:
            self.show_choices("Parameters that differ: …", ())
            return
        table = scene.opened.table
        rows = [row for row, shown in zip(table.rows, scene.shown, strict=True) if shown]
        found = differing(rows)
        choices = []
        for name, values in found.items():
            tip = FLAG_TITLES.get(name) or passing(RULE_OF[name])
            n = sum(values.values())
            choices += [
                ChoiceRow((name, value, f"{runs:,}"), value_filter(name, value), runs / n, tip)
                for value, runs in values.items()
            ]
        same = f"{count_of(len(rows), 'run')}: judged by the same parameters"
        differ = f"Parameters that differ between runs: {len(found)}"
        self.show_choices(differ if found else same, choices)
