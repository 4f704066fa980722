"""What a person wishes by a click in a panel: one signal carries any of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.run.region import Region
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError


@dataclass(frozen=True, slots=True)
class ShowUnits:
    """Show exactly the units of a part of a plot.

    Attributes
    ----------
    text : str
        The filter for that part.
    add : bool
        Show them beside the units that pass the present filter.
    within : {'all', 'shown', 'selected'}
        The units that the plot is about.
    """

    text: str
    add: bool = False
    within: str = "all"


@dataclass(frozen=True, slots=True)
class GoTo:
    """Make the unit in a row the current one."""

    row: GlobalRow


@dataclass(frozen=True, slots=True)
class ShowBeside:
    """Show one of its similar units beside the current one, in *Pair*; 0 is the most similar."""

    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """Highlight the units inside a line that was drawn around them, by their rows."""

    rows: Ints


@dataclass(frozen=True, slots=True)
class Queue:
    """Show the units of such a review queue only."""

    spec: QueueSpec


@dataclass(frozen=True, slots=True)
class ResumeQueue:
    """Go on with the review queue that was left."""


@dataclass(frozen=True, slots=True)
class EndQueue:
    """Show all units again; the review queue is left."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """Give a blind review up: show every verdict."""


@dataclass(frozen=True, slots=True)
class NewQueue:
    """Choose what to review."""


@dataclass(frozen=True, slots=True)
class NextUnreviewed:
    """Go to the next unit without a manual label."""


@dataclass(frozen=True, slots=True)
class Know:
    """The panel asks something else about the current unit."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """Look at a stretch of the recording beside the whole, s."""

    start_s: float
    stop_s: float


@dataclass(frozen=True, slots=True)
class LookAtAll:
    """Look at the whole recording again."""


@dataclass(frozen=True, slots=True)
class DrawLasso:
    """Let a line be drawn around spikes of the current unit, or (not ``on``) no longer."""

    on: bool


@dataclass(frozen=True, slots=True, eq=False)
class Encircle:
    """A line was drawn around spikes of the current unit; without corners it is taken away.

    Attributes
    ----------
    over : str
        As :attr:`bcviewer.core.evidence.lasso.Lasso.over`.
    corners : numpy.ndarray
        Likewise.
    """

    over: str
    corners: Floats


@dataclass(frozen=True, slots=True)
class KeepStable:
    """Keep the stretch as the time in which the unit is stable."""


@dataclass(frozen=True, slots=True, eq=False)
class SetRegion:
    """Set the region of interest of a run's probe; None: as the config says."""

    run: Run
    region: Region | None


@dataclass(frozen=True, slots=True)
class WriteRegions:
    """Write the regions of interest into the config, once that is confirmed."""


@dataclass(frozen=True, slots=True)
class ShowEvidence:
    """Raise the plot that is the evidence of a metric, or what a dock (its id) shows of it."""

    metric: str
    dock: str = ""


@dataclass(frozen=True, slots=True)
class ShowDock:
    """Raise a dock, by its id."""

    key: str


@dataclass(frozen=True, slots=True)
class ImportLabels:
    """Choose a file with labels of others."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Show what taking over the labels of a source (its name) would change."""

    name: str


@dataclass(frozen=True, slots=True)
class RemoveSource:
    """Take away the labels of a source (its name)."""

    name: str


@dataclass(frozen=True, slots=True)
class Propose:
    """Try another threshold or flag.

    Attributes
    ----------
    name : str
        The parameter.
    value : float or bool
        What it is to be.
    goes_on : bool
        Whether it goes on with the wish before (a drag): one undo takes all of it back.
    """

    name: str
    value: float | bool
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class ResetProposal:
    """Judge by a parameter as it was saved again; without a name by all of them."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class ShowFlips:
    """Show the units only whose label the proposal changes."""


@dataclass(frozen=True, slots=True)
class BetweenRuns:
    """Choose a run to compare the open one with, swap the two, write what differs, or end it."""

    what: Literal["choose", "swap", "export", "end"]


@dataclass(frozen=True, slots=True)
class KeepProposal:
    """Keep what is tried under a name."""


@dataclass(frozen=True, slots=True)
class Suggest:
    """Ask Bombcell which thresholds it suggests by the labels."""


@dataclass(frozen=True, slots=True)
class CountLabels:
    """Judge thresholds by the blind labels only, or by all."""

    blind: bool


@dataclass(frozen=True, slots=True)
class TakeSuggestion:
    """Take a suggestion (its threshold) into the proposal; empty: the next one."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class RunBombcell:
    """Run Bombcell with what is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Fail:
    """Say that something, a picture to be saved, could not be done."""

    error: UserError


OF_CURRENT_UNIT = (ShowBeside, LookAt, LookAtAll, KeepStable, DrawLasso, Encircle)
"""Those that mean the unit that a panel shows: it has to be the current one."""
OF_ROWS = (GoTo, Select)
"""Those that name rows, as a panel has them: of the units that they were."""

TrialWish = (
    Propose
    | ResetProposal
    | ShowFlips
    | KeepProposal
    | Suggest
    | CountLabels
    | TakeSuggestion
    | RunBombcell
)
"""Those about what is tried."""

ReviewWish = Queue | ResumeQueue | EndQueue | Reveal | NewQueue | NextUnreviewed
"""Those about a review and its queue."""

OtherWish = (
    ShowUnits
    | GoTo
    | ShowBeside
    | Select
    | Know
    | LookAt
    | LookAtAll
    | KeepStable
    | DrawLasso
    | Encircle
    | SetRegion
    | WriteRegions
    | ShowEvidence
    | ShowDock
    | ImportLabels
    | TakeOver
    | RemoveSource
    | BetweenRuns
    | Fail
)
"""All others."""

Wish = TrialWish | ReviewWish | OtherWish
"""All of them; :class:`bcviewer.frame.wires.Wires` grants each."""
