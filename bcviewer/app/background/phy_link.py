"""The live link with phy: what is selected, done and saved in either program is seen in both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.background.phy_addresses import PhyAddresses
from bcviewer.app.background.phy_following import Following
from bcviewer.app.background.phy_labels import AskedLabel
from bcviewer.app.background.phy_saves import PhySaves
from bcviewer.app.background.phy_server import ELSEWHERE, PhyPeer
from bcviewer.app.background.phy_sight import as_read, dataset_runs, dataset_sheet, highlighted
from bcviewer.app.background.phy_sign import link_of
from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.app.background.phy_told import Told
from bcviewer.app.background.phy_words import (
    NO_PHY,
    NOT_HERE,
    NOT_KNOWN,
    ReadsPhy,
    another_words,
    aside_words,
    asked_labels,
    ended_words,
    is_saved,
    known_ids,
    labelled_words,
    not_labelled_words,
    same_clusters,
    saved_bcv_labels,
    unsaved_of,
)
from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.worker import join_all
from bcviewer.app.viewing.marking import Marking
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.phy_unsaved import Unsaved
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.exchange.phy_messages import (
    Clustered,
    Hello,
    Labelled,
    Merged,
    Message,
    PhyShows,
    Selected,
)


class PhyLinking(QObject):
    """Owns the link: an address for each open recording, and the phys that came to it.

    phy's thread is where the order of things is decided: a selection of phy's that it will yet
    overtake with one of ours is not followed.
    """

    def __init__(
        self,
        stage: Stage,
        marking: Marking,
        background: ReadsPhy,
        prefs: Prefs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage, self._background, self._prefs = stage, background, prefs
        self._anew, self._turn = QTimer(self), QTimer(self)
        for timer, what in ((self._anew, self._lead_anew), (self._turn, self._show_changed)):
            timer.setSingleShot(True)
            timer.timeout.connect(what)
        self._following = Following(stage, marking, prefs, self.tell, self._anew.start)
        self._talks: dict[str, list[PhyTalk]] = {}
        self._read: dict[str, Phy | None] = {}  # of phy's files, when its changes were told last
        self._saves = PhySaves(stage, background, self)
        self._changed: set[str] = set()  # of which phys did something that is not marked yet
        self._refused: set[str] = set()  # told once: who is refused comes again
        self._addresses = PhyAddresses(self)
        self._addresses.came.connect(self._on_came)
        self._addresses.changed.connect(self.tell)
        self._addresses.left.connect(self._forget)
        stage.changed.connect(self._on_changed)
        stage.writing.connect(self._following.leave)

    def start(self) -> None:
        """Listen for what is open, where phy has the plugin; look at what phys save."""
        self._saves.start()
        self._addresses.start(self._folders())

    def end(self) -> None:
        """Listen no more, and ask the thread to end."""
        for folder in tuple(self._talks):
            self._forget(folder)
        self._addresses.end()
        self._saves.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return join_all((self._addresses, self._saves), until)

    def _folders(self) -> tuple[str, ...]:
        """Return what is open, or may be again in a moment: probes are still to join."""
        left = () if (scene := self.stage.scene).is_whole else self._addresses.folders
        return tuple(dict.fromkeys((*(run.provenance.ks_dir for run in scene.runs), *left)))

    def _forget(self, folder: str) -> None:
        """Let the phys of a dataset go: it is open no more, or there is no link."""
        self._refused.discard(folder)
        self._read.pop(folder, None)  # it holds the run
        self._saves.forget(folder)
        talks = self._talks.pop(folder, [])
        left = () if self.stage.closed else dataset_runs(self.stage.scene, folder)
        for run in left:  # Remove: what phy does from here on is told to nobody
            self._background.show_unsaved(run, {}, {})
        if left and any(talk.differ for talk in talks):
            self.stage.warning.emit(NOT_KNOWN)
        if not left:  # else what is saved and not read stays marked
            self._background.forget_unsaved(folder)
        for talk in talks:
            self._following.forget(talk)
            if talk.not_labelled:
                self.stage.warning.emit(not_labelled_words(talk.not_labelled, "The link ended"))
            talk.close()

    # -- who comes ---------------------------------------------------------------------------

    def _on_came(self, folder: str, peer: PhyPeer) -> None:
        def said(message: Message) -> None:
            if isinstance(message, Hello):
                self._on_hello(folder, peer, message)
                return
            for talk in [t for t in self._talks.get(folder, []) if t.peer is peer]:
                self._on_said(folder, talk, message)

        peer.said.connect(said)
        peer.ended.connect(lambda: self._on_ended(folder, peer))

    @intent
    def _on_hello(self, folder: str, peer: PhyPeer, hello: Hello) -> None:
        """Let a phy that came open where the curator is."""
        if any(talk.peer is peer for talk in self._talks.get(folder, [])):
            return
        if not self._addresses.is_of(folder, hello.dataset):
            peer.refuse()
            if folder not in self._refused:
                self.stage.notice.emit(another_words(hello.dataset))
            self._refused.add(folder)
            return
        talk = PhyTalk(peer, hello, self._on_labels)
        talk.late.connect(self.tell)
        self._talks.setdefault(folder, []).append(talk)
        self._show_unsaved(folder)
        self._saves.on_came(folder)
        if self._prefs.phy_switch("lead"):
            self._lead_one(talk, highlighted(self.stage.scene, folder))
        self.tell()

    def _on_ended(self, folder: str, peer: PhyPeer) -> None:
        """Note that a phy is gone: what it had not saved is lost, or saved and said."""
        talks = self._talks.get(folder, [])
        gone = [talk for talk in talks if talk.peer is peer]
        for talk in gone:
            talks.remove(talk)
            self._following.forget(talk)
            talk.tell_answered()
            of_it = self._sheet(folder), self._saves.are_unread(folder)
            if words := ended_words(talk.not_labelled, talk.unsaved, *of_it):
                self.stage.warning.emit(words)
        if gone:
            self._show_unsaved(folder)
            self.tell()

    # -- what phy says -----------------------------------------------------------------------

    @intent
    def _on_said(self, folder: str, talk: PhyTalk, message: Message) -> None:
        match message:
            case Selected():
                self._on_selected(folder, talk, message)
            case PhyShows():
                talk.on_shown(message)
            case Labelled() | Merged():
                talk.on_done(message)
            case Clustered(change):
                talk.on_clustered(change)
                if change.history == "aside":
                    self.stage.warning.emit(aside_words(change))
                self._show_unsaved(folder)
                self._following.on_clustered()
            case _:
                self._saves.read(folder, talk)  # first: what it had not saved stays marked so long
                talk.unsaved = Unsaved()
                self._following.on_saved(talk)
                self._show_unsaved(folder)
        self.tell()

    def _on_selected(self, folder: str, talk: PhyTalk, message: Selected) -> None:
        """Follow phy's hand, unless a selection of ours comes after this one."""
        if talk.on_selected(message):
            self._following.follow(folder, talk, message.ids)
        else:
            self._following.forget(talk, message.ids)

    def _show_unsaved(self, folder: str) -> None:
        """Mark what the phys did and have not saved, soon: once for all that comes in a turn."""
        self._changed.add(folder)
        if not self._turn.isActive():  # each start would put it off once more
            self._turn.start()

    @intent
    def _show_changed(self) -> None:
        changed, self._changed = self._changed, set()
        for folder in changed:
            self._mark_unsaved(folder)
        self.tell()

    def _mark_unsaved(self, folder: str) -> None:
        sheet = self._sheet(folder)
        if sheet is None:
            return
        self._read[folder] = as_read(self.stage.scene, folder)
        same = partial(is_saved, sheet, self._saves.are_unread(folder))
        words, merged = unsaved_of(self._talks.get(folder, []), same)
        for run in dataset_runs(self.stage.scene, folder):
            self._background.show_unsaved(run, words, merged)

    # -- what is said to phy -----------------------------------------------------------------

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if scene.runs != before.runs or scene.is_whole != before.is_whole:
            self._addresses.serve(self._folders())
        for folder in self._talks if scene.book is not before.book else ():
            is_other = as_read(scene, folder) is not self._read.get(folder)
            if is_other or scene.runs != before.runs:
                self._show_unsaved(folder)
        # first: a label goes on to the next unit, and phy takes no label while it draws that
        if scene.done is not before.done and self._prefs.phy_switch("label"):
            self._label_done(scene)
        self._following.on_changed(before, scene)  # phy is not sent away from what is here by now
        if scene.marked is not before.marked:
            self._lead()
        if scene.which != before.which or scene.runs != before.runs:
            self.tell()

    def _lead(self) -> None:
        """Have phy select what is highlighted here, unless that came from there."""
        if not self._prefs.phy_switch("lead"):  # what is told, and waits, is of what was here
            for talk in chain.from_iterable(self._talks.values()):
                talk.drop()
        elif ids := highlighted(self.stage.scene, self._folder()):
            for talk in self._talks.get(self._folder(), []):
                if not same_clusters(ids, talk.agreed):
                    self._lead_one(talk, ids)
        self.tell()

    def _lead_anew(self) -> None:
        """Have phy show what is here, though it was agreed that it shows something else."""
        if self._prefs.phy_switch("lead") and not self._following.waits:
            for talk in self._talks.get(self._folder(), []):
                if talk.coming != talk.agreed:  # else the hand chose that, and it is sent
                    talk.agreed = ()
            self._lead()

    def _lead_one(self, talk: PhyTalk, ids: tuple[int, ...]) -> None:
        if ids and (talk.coming or not same_clusters(ids, talk.shows)):
            self._following.forget(talk, ids)  # phy will show something else
            talk.select(ids)
        else:
            talk.agreed, talk.told = ids, Told()
            self.tell()

    def show_in_phy(self) -> int | None:
        """Have phy select what is highlighted and come forward; return its process, as it said."""
        talks = self._talks.get(self._folder(), [])
        for talk in talks[-1:]:
            self._following.forget()
            self._lead_one(talk, highlighted(self.stage.scene, self._folder()))
            talk.come_forward()
        return talks[-1].hello.pid if talks else None

    def label_in_phy(self, rows: Ints) -> None:
        """Give units their manual labels in phy, too, as actions of phy's; say what was done."""
        book = self.stage.scene.book
        parts = [] if book is None else [(book.sheets[i], own) for i, own in book.by_sheet(rows)]
        each = [(sheet.run.provenance.ks_dir, sheet, own) for sheet, own in parts]
        linked = [(self._talks[at], sheet, own) for at, sheet, own in each if self._talks.get(at)]
        if not linked:
            self.stage.notice.emit(NO_PHY)
            return
        n = 0
        for talks, sheet, own in linked:
            labelled = own[sheet.manual.labels[own] != NO_LABEL]
            n += len(labelled)
            self._send_labels(talks[-1:], sheet, sheet.ids.ids_of(labelled).tolist())
        if not n:
            self.stage.notice.emit("No label of yours is on what is highlighted: nothing was sent.")

    def merge_in_phy(
        self, run: Run, groups: Iterable[tuple[int, ...]], done: Callable[[], None] = lambda: None
    ) -> None:
        """Have units merged in phy, as actions of its own; ``done`` is called once one is."""
        talks = self._talks.get(run.provenance.ks_dir, [])
        if not talks:
            self.stage.notice.emit(NO_PHY)
        known = known_ids(self._sheet(run.provenance.ks_dir))
        for talk in talks[-1:]:
            talk.merge(groups, known, self.stage.notice.emit, done)

    def _label_done(self, scene: Scene) -> None:
        """Give the units that were labelled just now their labels in phy, too."""
        for run, ids in () if scene.done is None else scene.done.all_labelled().items():
            which = None if scene.book is None else scene.book.sheet_with(run)
            if ids and scene.book is not None and which is not None:
                folder = run.provenance.ks_dir
                self._send_labels(self._talks.get(folder, [])[-1:], scene.book.sheets[which], ids)
                if self._addresses.why(folder) == ELSEWHERE:
                    self.stage.warning.emit(NOT_HERE)  # beside what is said of the label

    def _send_labels(self, talks: Iterable[PhyTalk], sheet: Sheet, ids: Iterable[int]) -> None:
        saved = saved_bcv_labels(sheet, self._saves.are_unread(sheet.run.provenance.ks_dir))
        for talk in talks:
            for asked in asked_labels(sheet, ids, partial(talk.may_have, saved=saved)):
                talk.label(asked)

    def _on_labels(self, answered: Sequence[tuple[Labelled, AskedLabel]]) -> None:
        self.stage.notice.emit(labelled_words(answered))

    # -- what is open ------------------------------------------------------------------------

    def _folder(self) -> str:
        run = self.stage.scene.run
        return "" if run is None else run.provenance.ks_dir

    def _sheet(self, folder: str) -> Sheet | None:
        return dataset_sheet(self.stage.scene, folder)

    def tell(self) -> None:
        """Tell how the link is."""
        scene, talks = self.stage.scene, self._talks.get(self._folder(), [])
        link = link_of(scene, self._prefs, talks, self._following, self._addresses)
        if link != scene.phy_link:
            self.stage.become(phy_link=link)
