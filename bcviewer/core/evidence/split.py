"""What the two parts of a unit would be: numbers for a line that a person drew, and no advice."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.evidence.together import CONTAMINATION, Close, of_bins
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.scored import Scored

_PARTS = ("inside the lasso", "outside it")


@dataclass(frozen=True, slots=True, eq=False)
class SplitPart:
    """Some spikes of a unit, scored as phy would make a unit of them.

    Attributes
    ----------
    scored : Scored
        What bombcell says of them.
    presence : str
        In how many bins of its kept time it is present (``58/60``); empty: not known.
    n : int
        How many spikes.
    """

    scored: Scored
    presence: str
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A unit in two parts.

    Attributes
    ----------
    parts : tuple of SplitPart
        The spikes inside the line, and the others.
    whole : float
        RPV fraction of the unit as it is; NaN: not known.
    close : Close
        Pairs of spikes of different parts.
    """

    parts: tuple[SplitPart, SplitPart]
    whole: float
    close: Close

    @property
    def verdicts(self) -> str:
        """The two labels alone."""
        return " · ".join(
            f"{name}: {part.scored.verdict}" for name, part in zip(_PARTS, self.parts, strict=True)
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """What there is to say: of each part, the verdict first, and of both."""
        ours, theirs = (part.scored.remarks for part in self.parts)
        common = tuple(remark for remark in ours if remark in theirs)
        said = [f"{name}: {self._said(part, common)}" for name, part in self._named()]
        return (*said, " · ".join((f"both: {self.close.words}", *common)))

    def _named(self) -> tuple[tuple[str, SplitPart], ...]:
        return tuple(zip(_PARTS, self.parts, strict=True))

    def _said(self, part: SplitPart, common: tuple[str, ...]) -> str:
        rpv = METRICS[CONTAMINATION].text
        own = (remark for remark in part.scored.remarks if remark not in common)
        here = rpv(part.scored.value(CONTAMINATION))
        return " · ".join(
            (
                part.scored.verdict,
                count_of(part.n, "spike"),
                f"RPV {here} (whole {rpv(self.whole)})",
                f"presence {of_bins(part.presence)}",
                *own,
            )
        )
