"""The labels a unit can have, their codes and their spellings."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes


class Label(IntEnum):
    """Code of a unit's label. The values index :data:`LABEL_NAMES`."""

    EMPTY = 0
    NOISE = 1
    GOOD = 2
    MUA = 3
    NON_SOMA = 4
    NON_SOMA_GOOD = 5
    NON_SOMA_MUA = 6
    INCOMPLETE = 7
    UNKNOWN = 8
    UNSCORED = 9


LABEL_NAMES: tuple[str, ...] = (
    "",
    "NOISE",
    "GOOD",
    "MUA",
    "NON-SOMA",
    "NON-SOMA GOOD",
    "NON-SOMA MUA",
    "incomplete",
    "unknown",
    "",
)
"""Bombcell's spelling of each :class:`Label`; the last three are ours.

A unit that Bombcell has not scored has no label, as one without spikes."""

NO_SPIKES = "no spikes"
"""What a unit without spikes is called, which has no label."""


def class_name(label: Label) -> str:
    """Return a class's name; units without spikes have none of their own."""
    return LABEL_NAMES[label] or NO_SPIKES


CLASSES: tuple[Label, ...] = (
    Label.GOOD,
    Label.MUA,
    Label.NOISE,
    Label.NON_SOMA,
    Label.NON_SOMA_GOOD,
    Label.NON_SOMA_MUA,
)
"""The classes in the order people read them (and keys 1 to 6 toggle them)."""

CLASSES_FIRST: tuple[Label, ...] = (*CLASSES, *(one for one in Label if one not in CLASSES))
"""All labels, the classes first."""

LABEL_HELP: dict[Label, str] = {
    Label.EMPTY: "No spikes, or none left without duplicates: Bombcell gives such a unit no label.",
    Label.NOISE: "Not a spike waveform: at least one NOISE rule failed.",
    Label.GOOD: "Passed every NOISE and MUA rule, and is not non-somatic.",
    Label.MUA: "Multi-unit activity: not NOISE, and at least one MUA rule failed.",
    Label.NON_SOMA: "Non-somatic waveform (axonal or dendritic), whatever its other rules say.",
    Label.NON_SOMA_GOOD: "Non-somatic waveform that passes every MUA rule.",
    Label.NON_SOMA_MUA: "Non-somatic waveform that fails at least one MUA rule.",
    Label.INCOMPLETE: "Cannot be decided: a rule's metric or threshold is not in these results.",
    Label.UNKNOWN: "A text that is not one of Bombcell's labels.",
    Label.UNSCORED: "No label: Bombcell has not scored this unit. Run it again to have it scored.",
}

_SPELLINGS: dict[str, Label] = {
    name.casefold(): Label(code) for code, name in enumerate(LABEL_NAMES) if code < Label.INCOMPLETE
}


def parse_label(text: object) -> Label:
    """Return the label a text means, whatever its case, dashes and outer spaces.

    SpikeInterface and older releases write ``good`` or ``non_soma``; anything that is not
    one of Bombcell's labels is ``Label.UNKNOWN``, never the nearest guess.
    """
    if not isinstance(text, str):
        return Label.UNKNOWN
    plain = " ".join(text.strip().casefold().replace("_", "-").split())
    return _SPELLINGS.get(plain, Label.UNKNOWN)


def parse_labels(texts: npt.NDArray[Any]) -> Codes:
    """Return the codes of an array of texts, reading each distinct text once."""
    listed = texts.tolist()
    known = {text: int(parse_label(text)) for text in dict.fromkeys(listed)}
    return np.fromiter(map(known.__getitem__, listed), np.int8, len(listed))


def label_names(codes: Codes) -> npt.NDArray[Any]:
    """Return the spelling of each code, as an object array of str."""
    return np.array(LABEL_NAMES, dtype=object)[codes]
