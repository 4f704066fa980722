"""What the numbers of two units beside each other say, in words."""

from __future__ import annotations

import math
from typing import NamedTuple

from bcviewer.core.evidence.pair import NEAR_MS, Near, Pair
from bcviewer.core.evidence.similar import RAW_SIZE, Size
from bcviewer.core.rules.counts import count_of


class Fact(NamedTuple):
    """A line: what, and how much."""

    name: str
    words: str


def facts(found: Pair, ids: tuple[int, int]) -> list[Fact]:
    """Return what the numbers of a pair say, the weightiest first."""
    a, b = ids
    similarity = "not known" if math.isnan(found.similarity) else f"{found.similarity:.2f}"
    share = f" ({found.n_both / found.n_either:.0%})" if found.n_either else ""
    return [
        Fact("similarity", f"{similarity} ({found.similarity_source})"),
        Fact("close pairs", found.dip.words),
        Fact("size", size_words(found.size)),
        Fact("peaks apart", found.why_no_overlay or apart_words(found.distance_um)),
        Fact("both active", f"{found.n_both:,} of {found.n_either:,} min{share}"),
        Fact(f"{a} near {b}", near_words(found.near[0])),
        Fact(f"{b} near {a}", near_words(found.near[1])),
        Fact("lines on lags", "each unit with itself, scaled to the same chance"),
        Fact("amplitudes", dots_words(found, ids)),
    ]


def apart_words(distance_um: float) -> str:
    """Return how far two peak channels are from each other."""
    return f"{distance_um:,.0f} µm" if math.isfinite(distance_um) else "no places known"


def size_words(size: Size) -> str:
    """Return how large the second unit is beside the first one, and what was compared."""
    if math.isnan(size.ratio):
        return f"not known: {size.source}"
    what = "raw waveforms" if size.source == RAW_SIZE else "Kilosort's amplitudes"
    return f"{ratio_words(size.ratio)} ({what})"


def ratio_words(ratio: float) -> str:
    """Return a ratio with two digits that count: ``0.81×``; a dash where it is not known."""
    if math.isnan(ratio):
        return "–"
    return f"{ratio:.2f}×" if ratio < 10 else f"{ratio:,.0f}×"


def near_words(near: Near) -> str:
    """Return how many spikes are near the other unit's, beside what chance gives."""
    if math.isnan(near.share):
        return "no spikes to compare"
    chance = f"by chance {_percent(near.chance)}"
    return f"{_percent(near.share)} within {NEAR_MS:g} ms; {chance}"


def _percent(share: float) -> str:
    """Return a share with two digits that count."""
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share * 100:.2g}%"


def dots_words(found: Pair, ids: tuple[int, int]) -> str:
    """Return which spikes are drawn over the session, or why none is."""
    why = [dots.why_none for dots in found.dots if dots.why_none]
    if len(why) == 2:
        return f"not drawn: {why[0]}"
    parts = []
    for unit, dots in zip(ids, found.dots, strict=True):
        every = "every spike" if dots.every == 1 else f"every {_nth(dots.every)} spike"
        parts.append(f"{'no spike' if dots.why_none else every} of {unit}")
    return f"{parts[0]}, {parts[1]}"


def _nth(n: int) -> str:
    """Return ``2nd``, ``13th`` and the like."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"


def where_words(found: Pair, ids: tuple[int, int]) -> str:
    """Return which pair it is: ``2 of 5 similar · lag from 7 to 9``."""
    lag = f"lag from {ids[0]} to {ids[1]}"
    return f"{found.place + 1} of {found.n_places} similar · {lag}" if found.n_places else lag


def about(found: Pair, ids: tuple[int, int]) -> list[str]:
    """Return what a curator must know of a pair, as lines."""
    lags = found.lags
    of = f"{lags.n_a:,} and {count_of(lags.n_b, 'spike')}, of the whole session"
    chance = f"{found.chance:,.3g} pairs a bin, if the two fired independently"
    lines = [
        f"Lags from a spike of {ids[0]} to one of {ids[1]}: {of}.",
        f"Dotted: {chance} at the rates of each minute.",
        f"Lines: {ids[0]} with itself (thick) and {ids[1]} (thin), scaled to the same chance.",
        f"Size: that of {ids[1]}, in shares of {ids[0]}'s.",
        f"{ids[0]} near {ids[1]}: spikes of {ids[0]} that have one of {ids[1]} near them.",
        f"Bins of {lags.bin_ms:.4g} ms: whole samples.",
    ]
    if lags.same_sample:
        lines.append(f"{count_of(lags.same_sample, 'pair')} at the same sample are in no bin.")
    return [*lines, f"Close pairs. {found.dip.what}", *found.notes]
