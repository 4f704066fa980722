"""What is read of journals: meanwhile no garbage is collected, and then as before."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from bcviewer.app.curating.opened import read_state
from bcviewer.io.journal.store import JournalsRead


@pytest.fixture(params=[True, False])
def collects(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_the_collector_is_off_while_journals_are_read_and_as_it_was_afterwards(
    collects: bool,
) -> None:
    def read(_: Any, deeper: Any) -> JournalsRead:
        assert not gc.isenabled()
        deeper()
        assert not gc.isenabled()
        return JournalsRead(())

    def nothing() -> None:
        pass

    store: Any = None

    def deeper() -> None:
        read_state(store, nothing, lambda *_: JournalsRead(()))

    read_state(store, deeper, read)
    assert gc.isenabled() == collects
    with pytest.raises(OSError, match="gone"):
        read_state(store, nothing, _fails)
    assert gc.isenabled() == collects


def test_who_turned_the_collector_on_meanwhile_has_it_on_afterwards() -> None:
    """A start has it off, and turns it on in the end: journals are being read by then."""
    store: Any = None

    def read(*_: Any) -> JournalsRead:
        gc.enable()
        read_state(store, lambda: None, lambda *_: JournalsRead(()))
        return JournalsRead(())

    before = gc.isenabled()
    gc.disable()
    try:
        read_state(store, lambda: None, read)
        assert gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()


def _fails(*_: Any) -> JournalsRead:
    raise OSError("gone")
