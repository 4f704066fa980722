"""What the words of other programs for labels mean. One table; an unknown word is no label."""

from __future__ import annotations

from bcviewer.core.rules.labels import Label
from bcviewer.io.results.cluster_tsv import whole_number

WORDS: dict[str, Label] = {
    "good": Label.GOOD,
    "sua": Label.GOOD,
    "singleunit": Label.GOOD,
    "mua": Label.MUA,
    "multiunit": Label.MUA,
    "noise": Label.NOISE,
    "nonsoma": Label.NON_SOMA,
    "nonsomagood": Label.NON_SOMA_GOOD,
    "nonsomamua": Label.NON_SOMA_MUA,
    "nonsomatic": Label.NON_SOMA,
    "nonsomaticgood": Label.NON_SOMA_GOOD,
    "nonsomaticmua": Label.NON_SOMA_MUA,
}
"""Spellings of Bombcell, its viewer, phy, SpikeInterface and its models, without blanks and
dashes."""
NO_LABEL = frozenset({"", "unsorted", "unclassified", "nan", "none", "-1"})
"""What says that a unit has no label."""


def label_of(text: str, split: bool = False, *, codes: bool = True) -> Label:
    """Return the label that a cell means; EMPTY: none was given, UNKNOWN: not one of ours.

    Parameters
    ----------
    text : str
        A name in any case and with any dashes, or Bombcell's code.
    split : bool
        Whether code 3 means non-somatic *good*.
    codes : bool
        Whether numbers are Bombcell's codes; those of a model mean what its author chose.
    """
    plain = text.strip().casefold()
    code = whole_number(plain) if plain[:1].isdigit() or plain[:1] == "-" else None
    if plain in NO_LABEL or (code == -1 and codes):
        return Label.EMPTY
    if code is not None:
        third = Label.NON_SOMA_GOOD if split else Label.NON_SOMA
        known = (Label.NOISE, Label.GOOD, Label.MUA, third, Label.NON_SOMA_MUA)
        return known[code] if codes and 0 <= code < len(known) else Label.UNKNOWN
    return WORDS.get("".join(plain.replace("-", " ").replace("_", " ").split()), Label.UNKNOWN)
