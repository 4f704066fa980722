"""Every threshold and flag that can be tried: as it was saved, as it is tried, and by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bcviewer.core.comparison.proposal import OFFERED, Proposal, value_words
from bcviewer.core.rules.comparisons import passing
from bcviewer.core.rules.criteria import FLAGS, Criteria
from bcviewer.core.rules.defaults import DEFAULT_FLAGS, DEFAULT_THRESHOLDS
from bcviewer.core.rules.rules import RULE_OF

FLAG_TITLES: dict[str, str] = {
    "computeSpatialDecay": "spatial decay is judged",
    "spDecayLinFit": "spatial decay by a linear fit",
    "extractRaw": "raw amplitude and SNR are judged",
    "computeDrift": "drift is judged",
    "computeDistanceMetrics": "isolation and L-ratio are judged",
    "splitGoodAndMua_NonSomatic": "NON-SOMA is split into GOOD and MUA",
    "keepUncertainRPVUnits": "RPV: units with too few spikes pass",
}
"""What a flag does, in a few words."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A parameter that can be tried.

    Attributes
    ----------
    name, title : str
        The parameter, and what it is about: ``presence ratio ≥``.
    saved : str
        As it was saved; of several runs all values, ``0.7, 0.8``.
    value : float, bool or None
        What it is now; None: several, or it is absent.
    default : float or bool
        Bombcell's default.
    is_moved : bool
        Whether another value than a saved one is tried.
    """

    name: str
    title: str
    saved: str
    value: float | bool | None
    default: float | bool
    is_moved: bool

    @property
    def is_flag(self) -> bool:
        """Whether it is on or off, and no number."""
        return self.name in FLAGS

    @property
    def now(self) -> str:
        """What it is now, as it is typed."""
        return self.saved if self.value is None else value_words(self.value)


def offers(own: Sequence[Criteria], proposal: Proposal) -> tuple[Offer, ...]:
    """Return every parameter that can be tried, in the order of the rules, then the flags.

    Parameters
    ----------
    own : sequence of Criteria
        What each open run was judged by.
    proposal : Proposal
        What is tried.
    """
    tried, out = dict(proposal.changes), []
    for name in OFFERED:
        values = [one.values.get(name) for one in own]
        saved = ", ".join(dict.fromkeys(map(value_words, values)))
        same = values[0] if values and all(value == values[0] for value in values) else None
        default = {**DEFAULT_THRESHOLDS, **DEFAULT_FLAGS}[name]
        title = FLAG_TITLES.get(name) or passing(RULE_OF[name])
        out.append(Offer(name, title, saved, tried.get(name, same), default, name in tried))
    return tuple(out)
