"""Bombcell's own methods text for a run or a proposal, held against what the labels follow from."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Codes
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.evidence.tau_r import DEFAULT_TAU_C, effective_tau_c, periods_tested
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, label_names
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper

_COUNTED = re.compile(r"Of (\d+) total units, ([^.]*)\.")
_ONE_COUNT = re.compile(r"(\d+) ([^,.]+)")
_CENSORED = re.compile(r"censored period of ([\d.]+) ms")
_VIOLATIONS = re.compile(r"(?:exceeding|below or above|was below) (\d+)%")


@dataclass(frozen=True, slots=True)
class Methods:
    """What bombcell writes about a run.

    Attributes
    ----------
    text : str
        The paragraphs.
    references, bibtex : tuple of str
        What they cite.
    notes : tuple of str
        What in the text is not as the labels were made; a line each.
    marks : tuple of (int, int)
        Where in the text a number differs: from, and until before which character.
    """

    text: str
    references: tuple[str, ...]
    bibtex: tuple[str, ...]
    notes: tuple[str, ...]
    marks: tuple[tuple[int, int], ...] = ()


def methods(run: Run, criteria: Criteria, labels: Codes | None, bombcell: Helper) -> Methods:
    """Return bombcell's methods text.

    Parameters
    ----------
    run, criteria : Run, Criteria
        How it was measured, and what it is judged by: with what Bombcell fills in, since its text
        assumes other defaults than its classifier.
    labels : numpy.ndarray of int8 or None
        The labels to count; None: no counts.
    bombcell : Helper
        Who is asked.

    Raises
    ------
    UserError
        Where bombcell cannot be asked, or raises on these parameters.
    """
    params = params_for_text(run, criteria)
    texts = None if labels is None else [str(name) for name in label_names(labels)]
    given = json.dumps({"params": params, "labels": texts}).encode()
    answered = bombcell.ask("methods", {}, {"given": np.frombuffer(given, np.uint8)})
    said = json.loads(answered["said"].tobytes())
    text = said["text"]
    notes = tuple(_notes(text, run, criteria, labels, params))
    marks = tuple(sorted(_marks(text, run, criteria, labels)))
    return Methods(text, tuple(said["references"]), tuple(said["bibtex"]), notes, marks)


def params_for_text(run: Run, criteria: Criteria) -> dict[str, object]:
    """Return the parameters as the text is to name them: numbers without a needless ``.0``."""
    saved = {name: value for name, value in run.settings.saved.items() if _is_set(value)}
    limits = {name: _plain(limit) for name, limit in criteria.thresholds.items()}
    saved |= {name: limit for name, limit in limits.items() if _is_set(limit)}
    saved |= dict(criteria.flags)
    periods = _periods(run)
    if periods is not None:
        saved["tauR_values"] = periods
    return saved


def _is_set(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _plain(value: float) -> float | int:
    return int(value) if math.isfinite(value) and value == int(value) else value


def _periods(run: Run) -> list[float] | None:
    try:
        return [float(value) for value in periods_tested(run).tau_r]
    except UserError:
        return None


def _notes(
    text: str,
    run: Run,
    criteria: Criteria,
    labels: Codes | None,
    params: Mapping[str, object],
) -> Iterator[str]:
    """Yield what in the text differs from how the labels were made."""
    yield from _limits(text, criteria)
    yield from _refractory(text, run, params)
    if all(rule.parameter in criteria.thresholds for rule in RULES if rule.four_way):
        yield (
            "Non-somatic: the text says “any of” five criteria; Bombcell's classifier asks for the"
            " last four of them together, or for the first."
        )
    if criteria.absent:
        missing = ", ".join(criteria.absent)
        yield f"Not in the parameters, so that the text names Bombcell's default: {missing}."
    if labels is not None:
        yield from _counts(text, labels)


def _limits(text: str, criteria: Criteria) -> Iterator[str]:
    """Yield the limits of rules that are on and are not in the text as they are."""
    words = set(re.findall(r"[−-]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf", text))
    for rule in RULES:
        limit = criteria.thresholds.get(rule.parameter, math.nan)
        off = any(criteria.flags[flag] != wanted for flag, wanted in rule.gates)
        if off or rule.op == "missing" or rule.parameter not in criteria.thresholds:
            continue
        if math.isnan(limit):
            yield f"{rule.parameter} has no value: the rule is off, whatever the text says."
            continue
        shown = _plain(limit * 100 if rule.parameter == "maxRPVviolations" else limit)
        if not {str(shown), f"{shown:g}"} & words:
            yield f"{rule.parameter} is {limit:g}: the text does not say so."


def _refractory(text: str, run: Run, params: Mapping[str, object]) -> Iterator[str]:
    """Yield what the text says of refractory periods otherwise than they were tested."""
    if "tauR_values" not in params:
        yield "Which refractory periods were tested is not known: the text names a default."
    written, tau_c = _CENSORED.search(text), _tau_c(run)
    if written and not _is_it(written[1], tau_c):
        yield f"The censored period is {tau_c:g} ms: the text says {written[1]} ms."


def _tau_c(run: Run) -> float:
    """Return the censored period that was used, ms."""
    try:
        return effective_tau_c(run.settings) * 1000
    except UserError:
        return DEFAULT_TAU_C * 1000


def _is_it(written: str, value: float) -> bool:
    return math.isclose(float(written), value, rel_tol=1e-9)


def _counts(text: str, labels: Codes) -> Iterator[str]:
    """Yield where the counts of the text are not those of the labels."""
    ours = _classes(labels)
    theirs = {name: n for name, (n, _) in _counted(text).items()}
    total = theirs.pop("", None)
    if theirs != ours or (total is not None and total != len(labels)):
        listed = ", ".join(f"{n:,} {name}" for name, n in ours.items()) or "none of any class"
        yield f"The labels are, of {count_of(len(labels), 'unit')}: {listed}."
    without = len(labels) - sum(ours.values())
    if without:
        said = count_of(without, "unit without a label counts", "units without a label count")
        yield f"{said} in the total."


def _classes(labels: Codes) -> dict[str, int]:
    counts = class_counts(labels)
    return {LABEL_NAMES[label].casefold(): counts[label] for label in CLASSES if counts[label]}


def _counted(text: str) -> dict[str, tuple[int, tuple[int, int]]]:
    """Return each count of the text by its class, and where it stands; the total's is ``''``."""
    sentence = _COUNTED.search(text)
    if sentence is None:
        return {}
    found = {"": (int(sentence[1]), sentence.span(1))}
    for part in _ONE_COUNT.finditer(text, *sentence.span(2)):
        found[part[2]] = (int(part[1]), part.span(1))
    return found


def _marks(
    text: str, run: Run, criteria: Criteria, labels: Codes | None
) -> Iterator[tuple[int, int]]:
    """Yield where a number of the text is not the one that is shown."""
    limit = criteria.thresholds.get("maxRPVviolations", math.nan)
    for written in _VIOLATIONS.finditer(text):
        if not _is_it(written[1], 100 * limit):  # it writes whole per cent
            yield written.span(1)
    period = _CENSORED.search(text)
    if period and not _is_it(period[1], _tau_c(run)):
        yield period.span(1)
    if labels is not None:
        ours = {**_classes(labels), "": len(labels)}
        for name, (n, span) in _counted(text).items():
            if ours.get(name) != n:
                yield span


def as_text(titled: Sequence[tuple[str, Methods]], kind: str) -> str:
    """Return the methods of some runs as a file.

    Parameters
    ----------
    titled : sequence of (str, Methods)
        What each is called (empty: only one, without a title), and its methods.
    kind : {'.txt', '.md', '.bib'}
        Plain text, Markdown, or BibTeX of all that is cited.
    """
    if kind == ".bib":
        entries = dict.fromkeys(entry for _, found in titled for entry in found.bibtex)
        return "\n\n".join(entries) + "\n"
    head = _markdown if kind == ".md" else _underlined
    parts = []
    for title, found in titled:
        parts += [head(title, 1)] if title else []
        parts += [head("Methods", 2), found.text, head("References", 2)]
        parts += ["\n".join(f"- {one}" for one in found.references)]
        if found.notes:
            parts += [head("To check: not as the labels were made", 2)]
            parts += ["\n".join(f"- {note}" for note in found.notes)]
    return "\n\n".join(parts) + "\n"


def _markdown(title: str, level: int) -> str:
    return f"{'#' * level} {title}"


def _underlined(title: str, level: int) -> str:
    return f"{title}\n{('=' if level == 1 else '-') * len(title)}"
