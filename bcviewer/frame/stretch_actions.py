"""The stretch of the recording that is looked at: chosen by keys, kept as stable, ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog

from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.scene import Scene
from bcviewer.app.wishes import DrawLasso, Encircle, KeepStable, LookAt, LookAtAll
from bcviewer.core.curation.stable import stable_time
from bcviewer.core.run.stretch import Stretch, typed
from bcviewer.frame.command_group import CommandGroup, Pieces

_ESC = next(command.shortcuts for command in COMMANDS if command.key == "clear_filter")


class StretchActions(CommandGroup):
    """Chooses, keeps and ends a stretch; while there is one, Esc ends it and clears no filter.

    While a lasso is drawn, Esc ends that first.
    """

    def __init__(self, pieces: Pieces, by_key: Mapping[str, QAction]) -> None:
        super().__init__(pieces)
        self._by_key = by_key
        self._whys = {
            "keep_stable": self._absent("keep_stable", self.do_keep_stable),
            "stable": self._absent("stable", self.do_stable),
        }

    def _absent(self, key: str, do: Callable[[], None]) -> QShortcut:
        """Return what the keys of a greyed command do: they say why there is nothing to do."""
        keys = QShortcut(self.window)
        keys.setKeys(self._by_key[key].shortcuts())
        keys.activated.connect(do)
        keys.setEnabled(False)
        return keys

    def offer(self, scene: Scene) -> None:
        """Offer what can be done with the stretch that is there, and with what is kept."""
        there, kept = scene.stretch is not None, _kept(scene) is not None
        drawn = scene.lasso is not None
        esc, none = [QKeySequence(key) for key in _ESC], list[QKeySequence]()
        ends = "end_lasso" if drawn else "end_stretch" if there else "clear_filter"
        for key in ("end_lasso", "end_stretch", "clear_filter"):
            self._by_key[key].setShortcuts(esc if key == ends else none)
        can = {
            "end_lasso": drawn,
            "end_stretch": there,
            "keep_stable": there,
            "stable": kept,
            "forget_stable": kept,
        }
        for key, enabled in can.items():
            self._by_key[key].setEnabled(enabled)
        for key, keys in self._whys.items():
            keys.setEnabled(scene.run is not None and not can[key])

    def grant(self, wish: LookAt | LookAtAll | KeepStable) -> None:
        """Grant what the person wishes by a drag or a click in a panel."""
        if isinstance(wish, LookAt):
            self.session.viewing.stretching.choose(wish.start_s, wish.stop_s)
        elif isinstance(wish, LookAtAll):
            self.do_end_stretch()
        else:
            self.do_keep_stable()

    def grant_lasso(self, wish: DrawLasso | Encircle) -> None:
        """Grant what the person wishes of the lasso."""
        if isinstance(wish, Encircle):
            self.session.viewing.encircling.draw(wish.over, wish.corners)
        elif wish.on:
            self.session.viewing.encircling.begin()
        else:
            self.do_end_lasso()

    # -- commands ----------------------------------------------------------------------------

    def do_stretch(self) -> None:
        """Ask for the limits of a stretch, until they are some or nobody wants one."""
        session = self.session
        run, there = session.scene.run, session.scene.stretch
        if run is None or session.scene.current < 0 or not self.something_shown():
            return
        text, wrong = "" if there is None else typed(there), ""
        while True:
            label = f"From – to, such as 0-42 min or 90-600 s:\n{wrong}".strip()
            text, wanted = QInputDialog.getText(
                self.window, "Stretch of the recording", label, text=text
            )
            if not wanted or session.stage.is_left(run):
                return
            wrong = session.viewing.stretching.choose_typed(text)
            if not wrong:
                return

    def do_end_stretch(self) -> None:
        """Look at the whole again."""
        self.session.viewing.stretching.end()

    def do_end_lasso(self) -> None:
        """Draw no more, and end the preview."""
        self.session.viewing.encircling.end()

    def do_keep_stable(self) -> None:
        """Keep the stretch as the time in which the current unit is stable."""
        self.session.labelling.stable_times.keep()

    def do_stable(self) -> None:
        """Look at the time in which the current unit is kept for stable."""
        kept = self.session.labelling.stable_times.kept()
        if kept is None:
            self.session.notice.emit("No time is kept in which this unit is stable.")
        else:
            self.session.viewing.stretching.choose(kept.start_s, kept.stop_s)

    def do_forget_stable(self) -> None:
        """Take back that the current unit has a stable time."""
        self.session.labelling.stable_times.forget()


def _kept(scene: Scene) -> Stretch | None:
    """Return the time in which the current unit is kept for stable; None: there is none."""
    table = scene.table
    unit = None if table is None else table.ids.id_of(scene.current)
    return None if unit is None else stable_time(scene.said, unit)
