"""What the tests of the helper process share. No Qt here."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from bcviewer.oracle.client import Bombcell


@pytest.fixture(scope="session")
def real_bombcell() -> Iterator[Bombcell]:
    """One helper process with the installed bombcell: importing that takes 2 s."""
    with Bombcell() as client:
        client.version()
        gc.collect()
        gc.freeze()  # no Qt test of this worker takes the process for one that it left behind
        yield client
