"""Reasons as text, in the notebook's grammar. Built once for each distinct mask, not per unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import NO_SPIKES, Label
from bcviewer.core.rules.metrics import SHORT_TITLES
from bcviewer.core.rules.rules import FAMILY_NAMES, FOUR_WAY_MASK, RULES

Texts = npt.NDArray[Any]
SEPARATOR = " | "
GOOD_REASON = "GOOD: passed NOISE and MUA thresholds, and not non-somatic"
EMPTY_REASON = "EMPTY: no spikes"
PASSES = "passes every rule"
UNSCORED_REASON = "not scored"
FOUR_WAY_NAME = "four-way non-somatic branch"
FOUR_WAY_HELP = (
    "The four-way branch calls a unit NON-SOMA only where four comparisons hold at once (trough /"
    " first peak, first-peak width, trough width, first / second peak); where one of them has no"
    " value it cannot fire, and only main peak / trough can still say NON-SOMA."
)
_SHORTER = {**SHORT_TITLES, FOUR_WAY_NAME: "four-way", PASSES: "passes"}
_SHORTEST = {"main peak/trough": "main peak", "peak 2/trough": "peak 2"}


def empty_words(in_sort: int) -> str:
    """Return why a unit has no spikes.

    Parameters
    ----------
    in_sort : int
        Its spikes in the sort; −1: Bombcell removed duplicates, and the sort cannot say.
    """
    if in_sort < 0:
        return "no spikes left after duplicates were removed"
    if in_sort:
        n = "its only spike" if in_sort == 1 else f"all {in_sort:,} spikes"
        return f"{n} removed as duplicates"
    return NO_SPIKES


def bits(mask: int) -> tuple[int, ...]:
    """Return the rules of a bit mask, in their order."""
    return tuple(i for i in range(len(RULES)) if mask >> i & 1)


def distinct_codes(masks: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Return ``(codes, distinct)`` such that ``distinct[codes]`` is ``masks``."""
    distinct, codes = np.unique(masks, return_inverse=True)
    return codes.astype(np.int64, copy=False), distinct


def mask_texts(
    masks: npt.NDArray[Any], text: Callable[[int], str]
) -> tuple[npt.NDArray[np.int64], Texts]:
    """Return codes and the text of each distinct mask, shapes (n_units,) and (n_distinct,)."""
    codes, distinct = distinct_codes(masks)
    return codes, np.array([text(int(mask)) for mask in distinct], dtype=object)


def tokens(mask: int) -> str:
    """Return the rules of a mask as reasons, ``CLASS: key | CLASS: key``."""
    return SEPARATOR.join(RULES[i].token for i in bits(mask))


def keys(mask: int) -> str:
    """Return the keys of the rules of a mask."""
    return SEPARATOR.join(RULES[i].key for i in bits(mask))


def blocker(mask: int) -> str:
    """Return the name of one failed condition; the four-way branch is one."""
    if mask and mask & ~FOUR_WAY_MASK == 0:
        return " & ".join(RULES[i].key for i in bits(mask))
    return keys(mask)


def classification_reasons(audit: Audit) -> tuple[npt.NDArray[np.int64], Texts]:
    """Return the notebook's ``classification_reason`` as codes and distinct texts."""
    undecided = SEPARATOR.join(
        rule.key for rule, status in zip(RULES, audit.rules, strict=True) if status.open
    )

    def text(key: int) -> str:
        label = Label(key >> 32)
        if label == Label.GOOD:
            return GOOD_REASON
        if label == Label.EMPTY:
            return EMPTY_REASON
        if label == Label.UNSCORED:
            return UNSCORED_REASON
        if label == Label.INCOMPLETE:
            return f"INCOMPLETE: cannot be tested: {undecided}"
        return tokens(key & 0xFFFFFFFF)

    return mask_texts(_with_label(audit), text)


def short_reasons(audit: Audit) -> tuple[npt.NDArray[np.int64], Texts]:
    """Return the reason as a curator reads it in the table: family and metrics."""
    key = _with_label(audit) | (audit.family.astype(np.uint64) << np.uint64(40))

    def text(code: int) -> str:
        label, family = Label(code >> 32 & 0xFF), FAMILY_NAMES[code >> 40]
        if label == Label.EMPTY:
            return NO_SPIKES
        if label == Label.UNSCORED:
            return UNSCORED_REASON
        if label == Label.INCOMPLETE:
            return "cannot be decided"
        if label == Label.GOOD:
            return PASSES
        mask = code & 0xFFFFFFFF
        names = [RULES[i].declared.title for i in bits(mask & ~FOUR_WAY_MASK)]
        if mask & FOUR_WAY_MASK:
            names.append(FOUR_WAY_NAME)
        if mask & 1:
            names = ["no peaks found", *names[1:]]
        listed = ", ".join(dict.fromkeys(names))
        return f"{family}: {listed}" if family else listed

    return mask_texts(key, text)


def shorter_reasons(reason: str) -> tuple[str, ...]:
    """Return a reason of :func:`short_reasons`, and shorter ways to say it, the longest first.

    Rules in fewer letters, then only the first of them and how many more there are, then without
    the family, at last without what a peak is divided by. What is left out is never told in another
    way: ``undecidable: RPV fraction, spikes`` becomes ``undecidable: RPV, spikes``, ``undecidable:
    RPV +1``, ``RPV, spikes`` and ``RPV +1``.
    """
    family, _, listed = reason.rpartition(": ")
    if family not in FAMILY_NAMES:
        family, listed = "", reason
    names = [_SHORTER.get(name, name) for name in listed.split(", ")]
    lists = [", ".join(names)]
    lists += [f"{', '.join(names[:n])} +{len(names) - n}" for n in range(len(names) - 1, 0, -1)]
    whole = [f"{family}: {one}" for one in lists] if family else []
    first, *more = lists[-1].split(" +")
    last = [" +".join([_SHORTEST.get(first, first), *more])]
    return tuple(dict.fromkeys([reason, *whole, *lists, *last]))


def _with_label(audit: Audit) -> npt.NDArray[np.uint64]:
    label = audit.label.astype(np.uint64) << np.uint64(32)
    return np.asarray(label | audit.deciding.astype(np.uint64))


def missing_mask(audit: Audit) -> npt.NDArray[np.uint32]:
    """Return, as a bit mask of rules, where a metric had no value."""
    out = np.zeros(audit.n_units, np.uint32)
    for i in range(len(RULES)):
        out |= (audit.states[i] == State.MISSING).astype(np.uint32) << np.uint32(i)
    return out


def missing_values(mask: int) -> str:
    """Return the metrics that had no value."""
    return SEPARATOR.join(dict.fromkeys(RULES[i].metric for i in bits(mask)))


def not_tested(audit: Audit) -> str:
    """Return the keys of the rules that this run does not test."""
    return SEPARATOR.join(
        rule.key for rule, status in zip(RULES, audit.rules, strict=True) if not status.tested
    )
