"""Labels that somebody or something gave elsewhere, beside the manual ones: a source of its own.

A source is one action of the journal, ``source``, and another one, ``unsource``, takes it away. So
it is on the disk before it is shown, goes into the results with the curators' labels, is merged by
time and id, and is undone and redone as they are; there is no second store to keep in step. Its
labels are fields of the action, not changes of units: it labels nobody, and releases that do not
know the kind keep the line and show nothing of it. Its one change says whether the source of that
name is there, so that whoever keeps the last value of each field only keeps the source.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes, Floats, Ints
from bcviewer.core.curation.entries import OF_SOURCE, Action, Change, Extra
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.curation.times import written_time
from bcviewer.core.rules.column import IMPORTED, Column
from bcviewer.core.rules.counts import units_named
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.unit_ids import is_digest

SOURCE, UNSOURCE = "source", "unsource"
"""Kinds of actions that add and take away a source of labels."""
SOURCE_KINDS = (SOURCE, UNSOURCE)

LABEL_PREFIX, PROBABILITY_PREFIX = OF_SOURCE, "probability:"
"""What the keys of a source's columns begin with."""
SOURCES_GROUP = "imported labels"
MAX_NAME = 120
"""Most characters of a source's name."""

_THERE = "there"
_LABELS, _PROBABILITIES, _SPIKES = "labels", "probabilities", "spikes"
_MOST_UNITS = 2_000_000
_LARGEST_ID = 2**31
_CODES = {LABEL_NAMES[label]: label for label in MANUAL_LABELS}


@dataclass(frozen=True, slots=True)
class LabelSource:
    """What a file says of units, as it was imported.

    Attributes
    ----------
    name : str
        What to call it: unique among the sources of a recording.
    labels : mapping of int to Label
        Labels by cluster id, each one a curator can give.
    probability : mapping of int to float
        How sure the model was, 0 to 1, by cluster id; empty where it did not say.
    by, at : str
        Who imported it, and when (ISO 8601 in UTC).
    spikes : mapping of int to str
        Of which spikes units were when it was imported that phy had made, as digests, by cluster
        id. A label of one that is not there (of an older version's: of any) goes by the id.
    others : frozenset of int
        Those of them that have other spikes now: its labels of them are left out.
    """

    name: str
    labels: Mapping[int, Label]
    probability: Mapping[int, float] = field(default_factory=dict)
    by: str = ""
    at: str = ""
    spikes: Mapping[int, str] = field(default_factory=dict)
    others: frozenset[int] = frozenset()

    def without(self, others: frozenset[int]) -> LabelSource:
        """Return what a whole source says of the units that there are: not of some others."""
        if not others:
            return self
        labels = {i: label for i, label in self.labels.items() if i not in others}
        sure = {i: p for i, p in self.probability.items() if i not in others}
        return replace(self, labels=labels, probability=sure, others=others)

    @property
    def key(self) -> str:
        """The key of its column of labels."""
        return LABEL_PREFIX + self.name


def now_of(
    whole: LabelSource, is_of_others: Callable[[int, str], bool], known: Iterable[LabelSource]
) -> LabelSource:
    """Return what a source says of the units that there are; the same one where it is known."""
    others = frozenset(i for i, spikes in whole.spikes.items() if is_of_others(i, spikes))
    same = (one for one in known if one.spikes is whole.spikes and one.others == others)
    return next(same, None) or whole.without(others)


def payload(
    labels: Mapping[int, Label],
    probability: Mapping[int, float],
    spikes: Mapping[int, str] | None = None,
) -> Extra:
    """Return what an action carries of a source: ids by label, how sure each is, whose spikes."""
    ids: dict[str, list[int]] = {}
    for i, label in sorted(labels.items()):
        ids.setdefault(LABEL_NAMES[label], []).append(i)
    out: list[tuple[str, Any]] = [(_LABELS, ids)]
    if probability:
        sure = {name: [probability.get(i) for i in listed] for name, listed in ids.items()}
        out.append((_PROBABILITIES, sure))
    if spikes:
        out.append((_SPIKES, {str(i): digest for i, digest in sorted(spikes.items())}))
    return tuple(out)


def there(name: str, before: bool, after: bool) -> Change:
    """Return what an action changes: whether a source is there. A change has to name a unit."""
    words = ("", _THERE)
    return Change(0, OF_SOURCE + name, words[before], words[after])


def source_of(action: Action) -> LabelSource | None:
    """Return the source that an action adds; None: it adds none, or what it says is not one."""
    extra = dict(action.extra)
    ids, sure = extra.get(_LABELS), extra.get(_PROBABILITIES, {})
    if action.kind != SOURCE or not is_name(action.source):
        return None
    if not isinstance(ids, dict) or not isinstance(sure, dict) or not ids.keys() <= _CODES.keys():
        return None
    labels: dict[int, Label] = {}
    probability: dict[int, float] = {}
    for name, listed in ids.items():
        if not isinstance(listed, list) or not all(map(_is_id, listed)):
            return None
        labels.update(dict.fromkeys(listed, _CODES[name]))
        values = sure.get(name, [])
        if not isinstance(values, list) or len(values) not in (0, len(listed)):
            return None
        known = ((i, v) for i, v in zip(listed, values, strict=False) if v is not None)
        for i, value in known:
            if not is_probability(value):
                return None
            probability[i] = float(value)
    spikes = _spikes_of(extra.get(_SPIKES, {}), labels)
    if (
        spikes is None
        or not labels
        or len(labels) > _MOST_UNITS
        or len(labels) != sum(map(len, ids.values()))
    ):
        return None  # nothing, too much, or two labels of one unit
    return LabelSource(
        action.source, labels, probability, action.who.person, written_time(action.at), spikes
    )


def _spikes_of(said: object, labels: Mapping[int, Label]) -> dict[int, str] | None:
    """Return of which spikes units were; None: what is said of it is not understood."""
    by_name = {str(i): i for i in labels} if said else {}
    if not isinstance(said, dict) or not said.keys() <= by_name.keys():
        return None
    if not all(map(is_digest, said.values())):
        return None
    return {by_name[name]: digest for name, digest in said.items()}


def is_name(text: str) -> bool:
    """Return whether a text can be a source's name."""
    return bool(text.strip()) and text.isprintable() and len(text) <= MAX_NAME


def is_probability(value: object) -> bool:
    """Return whether a value is a probability: a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and 0 <= value <= 1


def _is_id(value: object) -> bool:
    return type(value) is int and 0 <= value < _LARGEST_ID


# -- columns ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One of the columns of a source."""

    source: LabelSource
    what: Literal["label", "probability"]

    @property
    def key(self) -> str:
        """Its name in filters and exports."""
        prefix = LABEL_PREFIX if self.what == "label" else PROBABILITY_PREFIX
        return prefix + self.source.name

    @property
    def column(self) -> Column:
        """How the table shows it."""
        source = self.source
        about = f"imported by {source.by}; not the curators' labels, and not Bombcell's."
        if source.others:
            about += f" Left out: {units_named(source.others)}, of other spikes at that time."
        if self.what == "label":
            help_ = f"The label by {source.name}, {about}"
            return Column(
                self.key, source.name, "text", help=help_, group=SOURCES_GROUP, reads=IMPORTED
            )
        help_ = f"How sure {source.name} is of its label, 0 to 1, {about}"
        title = f"p, {source.name}"
        return Column(
            self.key, title, "number", fmt=".2f", help=help_, group=SOURCES_GROUP, reads=IMPORTED
        )

    def codes(self, cluster_id: Ints) -> Codes:
        """Return each unit's label as a code; ``Label.EMPTY`` where the source has none."""
        labels = self.source.labels
        values = np.fromiter(map(int, labels.values()), np.int8, len(labels))
        return _spread(labels, values, cluster_id, Label.EMPTY)

    def numbers(self, cluster_id: Ints) -> Floats:
        """Return each unit's probability, NaN where the source has none."""
        sure = self.source.probability
        values = np.fromiter(sure.values(), np.float64, len(sure))
        return _spread(sure, values, cluster_id, np.nan)


def _spread(
    by_id: Mapping[int, object], values: npt.NDArray[Any], cluster_id: Ints, nothing: Any
) -> npt.NDArray[Any]:
    """Return values that are known by cluster id for each unit."""
    ids = np.fromiter(by_id, np.int64, len(by_id))
    out = np.full(len(cluster_id), nothing, values.dtype)
    if len(ids):
        order = np.argsort(ids)
        place = np.minimum(np.searchsorted(ids, cluster_id, sorter=order), len(ids) - 1)
        found = order[place]
        hit = ids[found] == cluster_id
        out[hit] = values[found[hit]]
    return out


def source_columns(sources: tuple[LabelSource, ...]) -> dict[str, SourceColumn]:
    """Return the columns of sources by key."""
    out: dict[str, SourceColumn] = {}
    for source in sources:
        label = SourceColumn(source, "label")
        out[label.key] = label
        if source.probability:
            sure = SourceColumn(source, "probability")
            out[sure.key] = sure
    return out
