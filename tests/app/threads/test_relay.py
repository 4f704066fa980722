"""What threads say reaches the main thread until the relay is shut, and nothing is waited for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal

from bcviewer.app.threads.relay import Relay


class Said(Relay):
    said = Signal(int)


def test_one_that_is_shut_while_it_sends_waits_for_nothing(qapp: Any) -> None:
    """Garbage is collected wherever Python is, and with it who owns this relay."""
    relay, heard = Said(), []
    relay.said.connect(heard.append)
    relay.said.connect(lambda _: relay.shut(), Qt.ConnectionType.DirectConnection)
    for number in (1, 2):
        relay.send(relay.said, number)
    assert heard == [1]


def test_one_that_went_with_the_application_says_nothing(qapp: Any) -> None:
    from shiboken6 import delete

    relay, heard = Said(), []
    signal = relay.said
    signal.connect(heard.append)
    delete(relay)
    relay.send(signal, 1)
    assert heard == []
