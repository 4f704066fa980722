"""Asking bombcell on somebody's behalf: whoever waits for it waits for no drive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bcviewer.core.arrays import Array

if TYPE_CHECKING:
    from bcviewer.core.evidence.recording import Asker

_LOOK_S = 0.1
"""Who waits for its turn looks this often, s, whether the answer is still waited for."""


def go_on() -> None:
    """Wait as long as it takes."""


@contextmanager
def turn(lock: threading.Lock, check: Callable[[], None]) -> Iterator[None]:
    """Wait until no other request is under way; ``check`` raises where nobody waits any more."""
    while not lock.acquire(timeout=_LOOK_S):
        check()
    try:
        check()
        yield
    finally:
        lock.release()


class Helper(Protocol):
    """Who answers with bombcell's functions: :class:`bcviewer.oracle.client.Bombcell`."""

    def ask(
        self,
        request: str,
        params: Mapping[str, float | bool | str],
        arrays: Mapping[str, Array],
        check: Callable[[], None] = go_on,
    ) -> dict[str, Array]:
        """Return what a module of :mod:`bcviewer.oracle.requests` answers.

        ``check`` is called until its turn comes, and raises where nobody waits for it any more.
        Raises ``UserError`` where bombcell raises or cannot be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The same for one answer: while it is asked, its asker waits for no folder or file.

    What computes evidence is given this one, so that bombcell's time is never taken for the
    silence of the drive that was read last.

    Attributes
    ----------
    helper : Helper
        Who is asked.
    asker : Asker
        Who waits for the answer.
    place : str
        What may be read after it.
    """

    helper: Helper
    asker: Asker
    place: str

    def ask(
        self,
        request: str,
        params: Mapping[str, float | bool | str],
        arrays: Mapping[str, Array],
        check: Callable[[], None] = go_on,
    ) -> dict[str, Array]:
        """Return what the helper answers; a request that waits is dropped with its asker."""

        def checks() -> None:
            self.asker.check()
            check()

        self.asker.at("")
        try:
            return self.helper.ask(request, params, arrays, checks)
        finally:
            self.asker.at(self.place)
