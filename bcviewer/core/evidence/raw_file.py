"""The raw file of a recording, as the functions that draw single spikes see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bcviewer.core.arrays import Array, Ints


@dataclass(frozen=True, slots=True)
class RawAbout:
    """What is known of a raw file that was found.

    Attributes
    ----------
    files : tuple of str
        Its parts, one after the other in time, as full paths.
    source : str
        Who says that it is this one: ``dat_path of params.py``.
    n_samples, n_channels : int
        Its samples, all parts together, and its channels, those for synchronisation included.
    notes : tuple of str
        What a curator must know of how it is read, a sentence each.
    """

    files: tuple[str, ...]
    source: str
    n_samples: int
    n_channels: int
    notes: tuple[str, ...] = ()


class RawFile(Protocol):
    """A raw file, read a snippet at a time; for one thread, and never kept open."""

    @property
    def about(self) -> RawAbout:
        """What is known of it."""

    def snippets(
        self, starts: Ints, width: int, channels: Ints, check: Callable[[], None]
    ) -> Array:
        """Return ``width`` samples from each start on, of some channels, as they are stored.

        Parameters
        ----------
        starts : numpy.ndarray
            First samples, shape (n,), in any order; all ``width`` of each are in the file.
        width : int
            Samples of each snippet.
        channels : numpy.ndarray
            Channels as in ``channel_positions.npy``, shape (k,).
        check : callable
            Called every few snippets; raises where nobody waits for them any more.

        Returns
        -------
        numpy.ndarray
            Shape (n, width, k), in the file's own type.

        Raises
        ------
        UserError
            If they cannot be read. Names the file.
        """
