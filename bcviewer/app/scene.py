"""Everything that viewers draw, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bcviewer.app.catalogue import Catalogue
from bcviewer.app.same_part import is_same
from bcviewer.app.save_state import Done, Journals, SaveState
from bcviewer.app.view import NO_VIEW, Advice, Arrived, Beside, FilterState, Marked, Sort, View
from bcviewer.core.arrays import Ints
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.curation.draft import Draft
from bcviewer.core.curation.said_columns import ManualColumns
from bcviewer.core.curation.state import CurationState
from bcviewer.core.evidence.ask import Evidence
from bcviewer.core.run.phy_link import NO_LINK, PhyLink
from bcviewer.core.run.run import Provenance, Run
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.facts import saved_label
from bcviewer.core.sheet.ids import NO_ROW, GlobalRow, SheetRow
from bcviewer.core.sheet.queue import QueueProgress, Review, progress
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table
from bcviewer.io.results.location import RunLocation
from bcviewer.oracle.client import Verification, Verified

if TYPE_CHECKING:
    from bcviewer.core.comparison.retested import Retested
    from bcviewer.core.comparison.two_runs import TwoRuns
    from bcviewer.core.evidence.lasso import Lasso

_NOTHING_SAID = CurationState()


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that viewers draw; all of it is of the same recordings.

    Attributes
    ----------
    book : Book or None
        The open runs; None: nothing is open. All rows of a scene are rows of it.
    view : View
        Rows shown.
    marked : Marked
        Rows highlighted in the table, and the current one of them.
    beside : Beside
        Which similar unit is to be seen beside the current one.
    evidence : Evidence
        What is known so far of what the panels asked about the current unit.
    review : Review or None
        The review queue: on, or left and to be resumed.
    filter, sort : FilterState, Sort
        What is filtered for, and what the rows are sorted by.
    arrived : Arrived
        What came from elsewhere since the rows were put in order.
    catalogue, unopened, is_whole : Catalogue or None, tuple of str, bool
        The probes and run modes of what was opened; those that are not open though all were to be;
        whether no probe is still to join.
    verified : tuple of Verified
        What Bombcell itself said last of each run; :attr:`verification` is what holds of it.
    save : SaveState
        What is saved of what curators said, and where.
    journals : tuple of Journals
        What is odd about the journals of each recording of which they are read.
    person : str
        Who curates.
    done : Done or None
        What the curator did last.
    drafts : tuple of (Run, tuple of Draft)
        Notes that were not saved when they were left, in the order in which they were written.
    decided : mapping of str to QueueProgress
        How many units of the other probes are reviewed, by results folder; without those of which
        it is not known.
    label_source : str
        Whose labels are shown: Bombcell's, the saved, the split or the final ones.
    raw_files : mapping of str to str
        The raw files that somebody pointed at, by Kilosort directory.
    stretch : Stretch or None
        The part of the recording that was chosen by hand, for the current unit.
    lasso : Lasso or None
        The line around spikes of the current unit, or that one is to be drawn; None: none is.
    proposal : Proposal
        What is tried instead of the runs' own thresholds and flags; it ends with the recording.
    comparison : TwoRuns or None
        What differs between an open run and another one; None: it is compared with none.
    for_all : bool
        Whether it goes along to the other probes of what was opened.
    advice : Advice
        Which labels judge thresholds, and what Bombcell suggests by them.
    retested : tuple of Retested
        What is known of the refractory test at the limit that is tried, by run.
    phy_link : PhyLink
        How the link with phy is, and what phy shows.
    """

    book: Book | None = None
    view: View = NO_VIEW
    marked: Marked = field(default_factory=Marked)
    beside: Beside = field(default_factory=Beside)
    evidence: Evidence = field(default_factory=Evidence)
    review: Review | None = None
    filter: FilterState = field(default_factory=FilterState)
    sort: Sort = field(default_factory=Sort)
    arrived: Arrived = field(default_factory=Arrived)
    catalogue: Catalogue | None = None
    unopened: tuple[str, ...] = ()
    is_whole: bool = True
    verified: tuple[Verified, ...] = ()
    save: SaveState = field(default_factory=SaveState)
    journals: tuple[Journals, ...] = ()
    person: str = ""
    done: Done | None = None
    drafts: tuple[tuple[Run, tuple[Draft, ...]], ...] = ()
    decided: Mapping[str, QueueProgress] = field(default_factory=dict)
    label_source: str = "bombcell"
    raw_files: Mapping[str, str] = field(default_factory=dict)
    stretch: Stretch | None = None
    lasso: Lasso | None = None
    proposal: Proposal = NO_PROPOSAL
    comparison: TwoRuns | None = None
    for_all: bool = False
    advice: Advice = field(default_factory=Advice)
    retested: tuple[Retested, ...] = ()
    phy_link: PhyLink = NO_LINK

    @property
    def current(self) -> GlobalRow:
        """Row of the current unit, −1: none. It is one of :attr:`selected`."""
        return self.marked.current

    @property
    def selected(self) -> Ints:
        """Rows highlighted in the table, in the order shown; all of them are shown."""
        return self.marked.selected

    @property
    def queue(self) -> Ints | None:
        """Rows of the review queue where the table shows these only."""
        review = self.review
        return review.rows if review is not None and review.on else None

    @property
    def is_hidden(self) -> bool:
        """Whether a blind review hides the verdict of the current unit."""
        return self.sheet is not None and self.sheet.veil.hides(self.sheet_row)

    def hides_any(self, run: Run | None, cluster_ids: Iterable[int]) -> bool:
        """Whether a blind review hides the verdict of any of some units of a run that is open."""
        which = None if run is None or self.book is None else self.book.sheet_with(run)
        if self.book is None or which is None or not len(self.book.sheets[which].veil):
            return False
        sheet = self.book.sheets[which]
        return not set(sheet.ids.ids_of(sheet.veil.rows).tolist()).isdisjoint(cluster_ids)

    def told_of(self, rows: Ints) -> Ints:
        """Return those of some rows that may be marked beside thresholds: that tells a verdict."""
        if self.book is None or not self.book.n_hidden:
            return rows
        return rows[~np.isin(rows, self.book.hidden_rows())]

    @property
    def told_done(self) -> Done | None:
        """What the curator did last, where it tells no label of a unit that is hidden by now."""
        done = self.done
        hidden = done is not None and any(self.hides_any(*those) for those in done.labelled)
        return None if hidden else done

    @property
    def draft(self) -> str:
        """What was written of a note of the current unit, and not saved; empty: nothing."""
        return self.drafted.get(self.current, "")

    @property
    def drafted(self) -> dict[int, str]:
        """What was written of notes, and not saved, by the rows of the book."""
        out: dict[int, str] = {}
        for run, drafts in self.drafts:
            which = None if self.book is None else self.book.sheet_with(run)
            if self.book is not None and which is not None:
                rows_of = self.book.sheets[which].ids.rows_of_any
                for draft in drafts:
                    rows = self.book.rows_of(which, rows_of(draft.cluster_ids))
                    out |= dict.fromkeys(rows.tolist(), draft.text)
        return out

    @property
    def beside_place(self) -> int | None:
        """Which of its similar units the current one is compared with; None: with none."""
        return self.beside.place_of(self.marked)

    @property
    def table(self) -> Table | None:
        """The units of all that is open; None: nothing is."""
        return None if self.book is None else self.book.table

    @property
    def which(self) -> int:
        """The number of the sheet of the current unit; the first one where there is no unit."""
        return 0 if self.book is None or self.current < 0 else self.book.number_of(self.current)

    @property
    def sheet(self) -> Sheet | None:
        """The sheet of the current unit, or the first one; None: nothing is open."""
        return None if self.book is None else self.book.sheets[self.which]

    @property
    def sheet_row(self) -> SheetRow:
        """Row of the current unit in its sheet, −1: none."""
        book, row = self.book, self.current
        return NO_ROW if book is None or row < 0 else book.sheet_row(row)

    @property
    def run(self) -> Run | None:
        """What was read from the disk of the current unit's recording."""
        return None if self.sheet is None else self.sheet.run

    @property
    def runs(self) -> tuple[Run, ...]:
        """What was read from the disk of all that is open."""
        return () if self.book is None else tuple(sheet.run for sheet in self.book.sheets)

    @property
    def location(self) -> RunLocation | None:
        """Where the current unit's recording is, of all that the catalogue has."""
        catalogue, run = self.catalogue, self.run
        if catalogue is None or run is None or not catalogue.every:
            return None if catalogue is None else catalogue.location
        return catalogue.location_of(run.provenance.results_dir)

    def goes_on(self, before: Scene) -> bool:
        """Whether all that was open in a scene before is open still: probes may have joined it."""
        return bool(before.runs) and all(run in self.runs for run in before.runs)

    def probe_of(self, run: Run) -> str:
        """Return what the probe of a run is called; empty where it is not open."""
        which = None if self.book is None else self.book.sheet_with(run)
        return "" if self.book is None or which is None else self.book.probes[which]

    def of_probe(self, words: str) -> str:
        """Return words about the current unit's recording: where more are open, with its probe."""
        many = self.book is not None and len(self.book) > 1
        return f"{self.book.probes[self.which]}: {words}" if many and self.book else words

    @property
    def origins(self) -> tuple[Provenance, ...]:
        """Where all that is open came from: to be kept where a run must not be kept alive."""
        return tuple(run.provenance for run in self.runs)

    @property
    def basis(self) -> object:
        """The same for tables that differ in manual labels and notes only."""
        return None if self.table is None else self.table.basis

    @property
    def said(self) -> CurationState:
        """What curators said of the current unit's recording, by cluster id."""
        return _NOTHING_SAID if self.sheet is None else self.sheet.inputs.said

    @property
    def is_read(self) -> bool:
        """Whether the journals of the current unit's recording are read."""
        return any(one.run is self.run for one in self.journals)

    @property
    def read_sheets(self) -> tuple[Sheet, ...]:
        """The sheets of the recordings whose journals are read: what undo takes back is of them."""
        runs = [one.run for one in self.journals]
        return tuple(s for s in (self.book.sheets if self.book else ()) if s.run in runs)

    @property
    def own_said(self) -> tuple[CurationState, ...]:
        """What curators said of the recordings whose journals are read."""
        return tuple(sheet.inputs.said for sheet in self.read_sheets)

    def decided_of(self, location: RunLocation) -> QueueProgress | None:
        """Return how many units of a probe are reviewed; None: that is not known (yet).

        Counted are the units of its results; of open probes those shown that are there in phy now.
        """
        place = str(location.results_dir)
        for sheet in self.read_sheets:
            if sheet.run.provenance.results_dir == place:
                return progress(sheet, n_hidden=len(sheet.veil))
        return self.decided.get(place)

    @property
    def manual(self) -> ManualColumns | None:
        """What curators said."""
        return None if self.table is None else self.table.manual

    @property
    def sources(self) -> object:
        """What has columns of its own: imported labels, cell types, what is tried, and the like."""
        given = [(s.sources, s.inputs) for s in (self.book.sheets if self.book else ())]
        return tuple(
            (labels, own.cells, own.compared, *map(bool, (own.tried, own.scored, own.of_interest)))
            for labels, own in given
        )

    @property
    def identity(self) -> object:
        """What became of the units in phy; what of those it made was scored, or said of others."""
        sheets = () if self.book is None else self.book.sheets
        return tuple((one.phy, one.inputs.scored, one.inputs.said.of_others) for one in sheets)

    @property
    def phy_label(self) -> str:
        """Which label phy saved of the current unit, where it is another one than here."""
        return "" if self.sheet is None else saved_label(self.sheet, self.sheet_row)

    def verified_but(self, run: Run) -> tuple[Verified, ...]:
        """Return what Bombcell said of other runs than one."""
        return tuple(found for found in self.verified if found.run is not run)

    @property
    def verifications(self) -> tuple[Verification | None, ...]:
        """What Bombcell itself says of the labels of each sheet; None: it is being asked.

        By other criteria than it was asked about the labels are other ones: it says nothing of
        them.
        """
        return tuple(map(self._verification_of, self.book.sheets if self.book else ()))

    def _verification_of(self, sheet: Sheet) -> Verification | None:
        asked = sheet.run, sheet.inputs.criteria
        return next((f.verification for f in self.verified if f.holds_of(*asked)), None)

    @property
    def verification(self) -> Verification | None:
        """What Bombcell itself says of the labels of the current unit's recording."""
        return None if self.sheet is None else self._verification_of(self.sheet)

    def part(self, name: str) -> object:
        """Return a part of it to compare with what was drawn; manual labels redraw no table."""
        return self.basis if name == "table" else getattr(self, name)

    def differs(self, before: Scene | None, *parts: str) -> bool:
        """Whether any of some parts is another one than in a scene before; None: there was none."""
        same = before is not None and all(is_same(self.part(p), before.part(p)) for p in parts)
        return not same
