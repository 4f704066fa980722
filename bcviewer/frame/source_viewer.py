"""The viewer of the box that says whose labels are shown."""

from __future__ import annotations

from typing import ClassVar

from bcviewer.app.scene import Scene
from bcviewer.frame.chrome import ChromeViewer
from bcviewer.widgets.chrome.label_source import LabelSourceBox


class SourceViewer(ChromeViewer):
    """The box that says whose labels are shown: they may be those that a recording was left by."""

    parts: ClassVar[tuple[str, ...]] = ("runs", "label_source")  # it must not hold what is left

    def __init__(self, box: LabelSourceBox) -> None:
        super().__init__()
        self._box = box

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        self._box.show_source(scene.label_source)
