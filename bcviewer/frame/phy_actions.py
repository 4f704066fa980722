"""The live link with phy in the window: its dialog, its switches, labels on the person's word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bcviewer.app.prefs import PHY_SWITCHES
from bcviewer.app.scene import Scene
from bcviewer.app.threads.worker import Outcome
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.io.exchange import phy_plugin
from bcviewer.io.exchange.phy_plugin import PluginState, install, look, remove, source
from bcviewer.widgets.chrome.phy_dialog import PhyDialog

_TAG = "phy plugin"


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is at the plugin's place, what is written there, and whether that was changed."""

    state: PluginState
    text: str
    changed: bool


class PhyActions(CommandGroup):
    """Links with phy."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self._dialog: PhyDialog | None = None
        self.session.done.connect(self._on_done)
        self.session.changed.connect(self._on_changed)

    def do_link_phy(self) -> None:
        """Show what links with phy, and how it goes."""
        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        switches = {name: self.prefs.phy_switch(name) for name in PHY_SWITCHES}
        dialog = self._dialog = PhyDialog(self.window, switches)
        dialog.install_chosen.connect(lambda: self._run(install))
        dialog.remove_chosen.connect(lambda: self._run(remove))
        dialog.switched.connect(self._switch)
        dialog.finished.connect(self._on_finished)
        dialog.show_link(self.session.scene.phy_link)
        dialog.show()
        self._run(look)

    def do_label_in_phy(self) -> None:
        """Give the highlighted units their labels in phy, too."""
        if self.something_shown():
            self.session.background.phy_link.label_in_phy(self.session.selected)

    def _switch(self, name: str, on: bool) -> None:
        """Let something go one way, or not any more; the sign says which does not."""
        self.prefs.set_phy_switch(name, on)
        self.session.background.phy_link.tell()

    def _run(self, work: Callable[[Path], PluginState]) -> None:
        """Look at the plugin's place in a thread, and change it where that is wished."""
        place = phy_plugin.where()

        def job(_: object) -> _Looked:
            return _Looked(work(place), source().decode("utf-8"), work is not look)

        self.session.run_job(_TAG, job, place)

    def _on_done(self, outcome: Outcome) -> None:
        looked = outcome.value
        if not isinstance(looked, _Looked):
            if outcome.tag == _TAG and self._dialog is not None:
                self._run(look)
            return
        if looked.changed:
            self.session.background.phy_link.start()
            later = " phy uses it from its next start on." if looked.state.installed else ""
            self.session.notice.emit(f"Link with phy: {looked.state.words}{later}")
        if self._dialog is not None:
            self._dialog.show_plugin(looked.state, looked.text)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if self._dialog is not None and scene.phy_link != before.phy_link:
            self._dialog.show_link(scene.phy_link)

    def _on_finished(self) -> None:
        self._dialog = None
