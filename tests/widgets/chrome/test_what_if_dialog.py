"""The list of all thresholds and flags: typed, ticked and reset by the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from factories import make_run
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from qt_fixtures import settle

from bcviewer.app.wishes import Propose, ResetProposal
from bcviewer.core.comparison.offers import offers
from bcviewer.core.comparison.proposal import NO_PROPOSAL, OFFERED, Proposal
from bcviewer.widgets.chrome.what_if_dialog import WhatIfDialog

OWN = [make_run().criteria]
PRESENCE, KEEP = OFFERED.index("minPresenceRatio"), OFFERED.index("keepUncertainRPVUnits")


@pytest.fixture
def dialog(qapp: Any, no_leaks: None, keep: Callable[[Any], Any]) -> WhatIfDialog:
    found = WhatIfDialog()
    found.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    found.wishes = []  # type: ignore[attr-defined]
    found.wish.connect(found.wishes.append)  # type: ignore[attr-defined]
    found.show_offers(offers(OWN, NO_PROPOSAL))
    return keep(found)


def row(dialog: WhatIfDialog, at: int) -> list[str]:
    return [dialog.table.item(at, column).text() for column in range(5)]


def press(dialog: WhatIfDialog, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(dialog.table, key)


def test_a_number_is_typed_anywhere_in_its_row_and_tried(dialog: WhatIfDialog) -> None:
    assert row(dialog, PRESENCE) == ["minPresenceRatio", "presence ratio ≥", "0.7", "0.7", "0.7"]
    dialog.table.setCurrentCell(PRESENCE, 0)
    QTest.keyClick(dialog.table, Qt.Key.Key_0)
    editor = dialog.table.findChild(QLineEdit)
    QTest.keyClicks(editor, ".6")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    settle()  # the cell takes it in the next turn
    assert dialog.wishes == [Propose("minPresenceRatio", 0.6)]
    dialog.show_offers(offers(OWN, Proposal.of({"minPresenceRatio": 0.6})))
    assert row(dialog, PRESENCE)[2:4] == ["0.6", "0.7"]
    assert dialog.table.item(PRESENCE, 2).font().bold()
    assert dialog.reset.isEnabled()


def test_a_flag_is_ticked_and_a_row_is_put_back(dialog: WhatIfDialog) -> None:
    dialog.table.setCurrentCell(KEEP, 0)
    press(dialog, Qt.Key.Key_Space)
    assert dialog.wishes == [Propose("keepUncertainRPVUnits", True)]
    press(dialog, Qt.Key.Key_Delete, Qt.Key.Key_D)
    assert dialog.wishes[1:] == [
        ResetProposal("keepUncertainRPVUnits"),
        Propose("keepUncertainRPVUnits", False),
    ]
    assert not dialog.reset.isEnabled()


def test_what_is_no_number_is_said_and_nothing_is_tried(dialog: WhatIfDialog) -> None:
    dialog.table.item(PRESENCE, 2).setText("much")
    assert dialog.wishes == []
    assert dialog.said.text() == "Give a number, as 0.6 or 1e-3."
    assert row(dialog, PRESENCE)[2] == "0.7"


def test_all_is_reset(dialog: WhatIfDialog) -> None:
    dialog.show_offers(offers(OWN, Proposal.of({"minPresenceRatio": 0.6})))
    dialog.reset.click()
    assert dialog.wishes == [ResetProposal()]
    dialog.show_offers(())
    press(dialog, Qt.Key.Key_Delete, Qt.Key.Key_D)
    assert dialog.wishes == [ResetProposal()]
