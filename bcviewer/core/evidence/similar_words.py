"""The similar units of one, in words: a line each."""

from __future__ import annotations

import math
from typing import NamedTuple

from bcviewer.core.evidence.pair_words import ratio_words, size_words
from bcviewer.core.evidence.similar import Alike, Similar

NO_ADVICE = "This is evidence, and no advice to merge."


class SimilarHead(NamedTuple):
    """A column: its short title, and what it holds."""

    title: str
    help: str


HEADS: tuple[SimilarHead, ...] = (
    SimilarHead("unit", "The similar unit, and its label."),
    SimilarHead("alike", "How like the two templates are: 1 is the same shape."),
    SimilarHead("µm", "Distance of the two peak channels on the probe."),
    SimilarHead("size", "How large it is beside the current unit."),
    SimilarHead("overlap", "Of the minutes in which either fires, the share in which both do."),
    SimilarHead(
        "close pairs",
        "Pairs of spikes within the refractory period, of those expected if the two fired"
        " independently. One neuron has none of them; two that have nothing to do with each other"
        " have as many as expected. In brackets: too few are expected to say anything.",
    ),
)
"""The columns; the first one is named by whoever knows labels."""


def cells(alike: Alike) -> tuple[str, ...]:
    """Return the texts of the columns after the first."""
    far = f"{alike.distance_um:,.0f}" if math.isfinite(alike.distance_um) else "–"
    overlap = f"{alike.overlap:.0%}" if alike.n_either else "–"
    size = ratio_words(alike.size.ratio)
    return f"{alike.similarity:.2f}", far, size, overlap, alike.dip.short


def tip(found: Similar, alike: Alike, named: tuple[str, str]) -> str:
    """Return all that is known of a similar unit, as lines; names of the unit and of it."""
    unit, other = named
    far = f"{alike.distance_um:,.0f} µm" if math.isfinite(alike.distance_um) else "not known"
    return "\n".join(
        (
            f"{other[:1].upper()}{other[1:]} beside {unit}",
            f"similarity {alike.similarity:.3f}: {found.source}",
            f"peak channels apart: {far}",
            f"size: {size_words(alike.size)}",
            f"both active in {alike.n_both:,} of the {alike.n_either:,} min in which either fires",
            f"close pairs: {alike.dip.words}",
            alike.dip.what,
        )
    )


def head_words(found: Similar) -> str:
    """Return in a few words where the similarity comes from."""
    by = "by Kilosort" if found.by_kilosort else "computed here"
    return f"similarity {by} · evidence, no advice"
