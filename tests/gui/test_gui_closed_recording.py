"""A recording that is closed is gone: nothing holds what was read of it."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from qt_fixtures import WAIT_MS, press, settle, verified_as

from bcviewer.core.rules.labels import Label
from bcviewer.frame.application import demo_path
from bcviewer.oracle.client import Verification
from bcviewer.widgets.chrome.docks import LAYOUTS


def held_by(alive: object) -> str:
    """Return what holds an object, for the message."""
    found = [f"{type(r).__name__}: {str(r)[:150]}" for r in gc.get_referrers(alive)]
    return "\n".join(found)


@pytest.mark.long
def test_another_recording_lets_the_one_before_go(open_window: Any, helper_later: None) -> None:
    window = open_window(demo_path())
    session = window.session
    for layout in (spec.key for spec in LAYOUTS):
        window.show_layout(layout)
        settle()
    for dock in window.docks.values():
        dock.show()
    settle()
    press(window, "Down", "Down", "Shift+Down")
    press(window, "G")
    session.undo()
    assert session.wait_idle(WAIT_MS)
    table = session.table
    codes = table.audit.label[: table.n_scored].copy()
    codes[0] = Label.NOISE
    verified_as(session, Verification("verified", "0.94", codes))
    session.set_label_source("split")
    session.set_filter("nSpikes > 0")
    settle()
    watched = [weakref.ref(x) for x in (session.table, table, table.run)]
    del table
    session.open_location(1)
    assert session.wait_idle(WAIT_MS)
    press(window, "Down")
    settle()
    gc.collect()
    for ref in watched:
        alive = ref()
        assert alive is None, held_by(alive)
