"""What a contamination says, in words."""

from __future__ import annotations

import math

from bcviewer.core.audit.rpv import RPV_NAMES, Rpv
from bcviewer.core.evidence.refractory import METHOD_NAMES, Contamination, Need, verdict_of
from bcviewer.core.rules.counts import count_of


def sentences(found: Contamination) -> tuple[str, ...]:
    """Return what a contamination says: the verdict first, then RPV, then what differs."""
    out = [_verdict(found)]
    if found.need is not None:
        out.append(_need_words(found.need, found.n))
    if found.is_sliding:
        out.append(_level_words(found))
    return (*out, *differences(found))


def verdict_words(found: Contamination) -> str:
    """Return the outcome from the spikes in a word or few."""
    if found.verdict == Rpv.NOT_ASSESSED:
        return RPV_NAMES[found.verdict]
    if not found.is_sliding:
        return "within the limit" if found.verdict == Rpv.CLEAN else "above the limit"
    return "confirmed above the limit" if found.is_above else RPV_NAMES[found.verdict]


def short_words(found: Contamination) -> str:
    """Return RPV and what follows from it: ``RPV 0.05, shown clean``."""
    level = found.now.rpv
    rpv = (
        "RPV not assessed" if math.isnan(level) else f"RPV {level:{'.1f' if level >= 1 else '.3g'}}"
    )
    return rpv if found.verdict == Rpv.NOT_ASSESSED else f"{rpv}, {verdict_words(found)}"


def _verdict(found: Contamination) -> str:
    setup, verdict = found.setup, found.verdict
    limit = f"{setup.limit * 100:.3g}%"
    if verdict == Rpv.NOT_ASSESSED and setup.is_legacy and len(found.level) > 1:
        return (
            f"Not assessed: the run did not save at which of its {len(found.level)} refractory"
            " periods it took RPV."
        )
    if verdict == Rpv.NOT_ASSESSED:
        return "Not assessed: there is no limit, or too few spikes to compute anything."
    if not found.is_sliding:
        word, side = ("Within", "≤") if verdict == Rpv.CLEAN else ("Above", ">")
        return (
            f"{word} the limit by the estimate of {METHOD_NAMES[setup.method]}:"
            f" {found.now.rpv * 100:.3g}% {side} {limit}. It has no outcome for too few spikes."
        )
    sure = f"{setup.confidence * 100:.3g}%"
    if verdict == Rpv.CLEAN:
        return (
            f"Shown clean: contamination is below {limit} at one tested τR or more, with {sure}"
            " confidence there."
        )
    if verdict == Rpv.NOT_SHOWN_CLEAN and found.is_above:
        return (
            f"Confirmed above the limit: at every tested τR contamination is above {limit}, with"
            f" {sure} confidence."
        )
    if verdict == Rpv.NOT_SHOWN_CLEAN:
        return (
            f"Not shown clean: there were spikes enough to show contamination below {limit}, and"
            " they do not. Not every tested τR confirms that it is above."
        )
    return f"Too few spikes to say whether contamination is below {limit}."


def _need_words(needed: Need, n: int) -> str:
    limit = f"{needed.tau_r * 1000:g} ms"
    so_far = (
        f"none came closer than {limit}, as so far"
        if not needed.n_violations
        else f"no more than the {_count(needed.n_violations)} so far came closer than {limit}"
    )
    return (
        f"If {so_far}, {count_of(needed.longer, 'spike')} would be enough to show it clean"
        f" ({n:,} now): at this rate {_minutes(needed.minutes)} more."
    )


def _count(n: int) -> str:
    return "one" if n == 1 else f"{n:,}"


def _minutes(minutes: float) -> str:
    if minutes >= 120:
        return f"{minutes / 60:,.0f} hours"
    return f"{minutes:.0f} min" if minutes >= 9.5 else f"{minutes:.1f} min"


def _level_words(found: Contamination) -> str:
    setup, now = found.setup, found.now
    if math.isnan(now.rpv):
        return "RPV could not be computed."
    if now.rpv >= 1.0:
        return (
            f"RPV = 1.0: no level up to {setup.highest * 100:.3g}% is confirmed at any τR. It"
            " does not mean that all spikes are foreign."
        )
    return (
        f"RPV = {now.rpv:.3g}: at most {now.rpv * 100:.3g}%, with"
        f" {setup.confidence * 100:.3g}% confidence, at τR {now.tau_r * 1000:g} ms."
    )


def differences(found: Contamination) -> tuple[str, ...]:
    """Return where the saved result is another than today's, a sentence each."""
    now, saved = found.now, found.saved
    names = saved.differs(now)
    if not names:
        return ()
    words = {
        "RPV": f"RPV {saved.rpv:.3g} (now {now.rpv:.3g})",
        "τR": f"τR {saved.tau_r * 1000:g} ms (now {now.tau_r * 1000:g} ms)",
        "status": f"{_status(saved.status)} (now {_status(now.status)})",
    }
    return (f"Saved was {', '.join(words[name] for name in names)}. {_reason(found)}",)


def _status(status: float) -> str:
    return RPV_NAMES[verdict_of(status)]


def _reason(found: Contamination) -> str:
    if found.kept.are_others:
        return "The spikes are not those that Bombcell saw."
    if found.setup.is_legacy or not found.is_sliding:
        return "An older Bombcell may have computed it otherwise."
    if not found.tested.complete:
        return "Not all tested refractory periods are known."
    return "The saved status was decided at the limit of that run."
