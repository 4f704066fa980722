"""What hands do in an hour: here, in phy, and ends; each says what is to be seen of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hour_checks import State
from hour_programs import Phy, Viewer

LABELS = {"alt+g": "GOOD", "alt+m": "MUA", "alt+n": "NOISE", "alt+s": "NON-SOMA", "alt+u": ""}
GROUPS = {"alt+g": "good", "alt+m": "mua", "alt+n": "noise", "alt+u": ""}
LAYOUTS = {
    "F2": "unit",
    "F3": "overview",
    "F4": "metrics",
    "F6": "evidence",
    "F7": "curate",
    "F8": "recording",
}
OF_PHY = {"GOOD": "good", "MUA": "mua", "NOISE": "noise"}
QUEUE_S = 10
NOTHING_S = 3.0
"""A key in phy that did nothing for so long does nothing."""
FEWEST = 25
"""Of fewer clusters none are merged: an hour has more merges than a recording units."""

Expect = Callable[[State, State], str]
"""Says what is not yet seen, by the state here and phy's; empty: all is."""


class Hour(Protocol):
    """What an act is given."""

    viewer: Viewer
    phy: Phy
    random: random.Random
    here: State
    there: State
    out: Path
    labelled: list[int]


@dataclass(frozen=True, slots=True)
class Done:
    """When the key was pressed, what is to be seen then, and what to write down of it."""

    pressed: float
    expect: Expect | None = None
    facts: tuple[tuple[str, Any], ...] = ()


Do = Callable[[Hour], Done]


def press_here(*keys: str) -> Do:
    """Return an act that presses one of some keys here."""
    return lambda hour: Done(hour.viewer.key(hour.random.choice(keys)))


def press_in_phy(*keys: str) -> Do:
    """Return an act that presses one of some keys in phy, and waits until it did what it does."""

    def press(hour: Hour) -> Done:
        pressed = hour.phy.key(hour.random.choice(keys))

        def seen(_: State, there: State) -> str:
            did = max(there["last"].get(kind, 0.0) for kind in ("select", "cluster")) > pressed
            return "" if did or there["t"] > pressed + NOTHING_S else "a key in phy did nothing yet"

        return Done(pressed, seen)

    return press


# -- here --------------------------------------------------------------------------------------


def range_here(hour: Hour) -> Done:
    return Done(hour.viewer.key(*["shift+Down"] * hour.random.randint(1, 4)))


def burst_here(hour: Hour) -> Done:
    """Step faster than phy can follow."""
    way = hour.random.choice(("Down", "Down", "Up"))
    return Done(hour.viewer.key(*[way] * hour.random.randint(6, 25)))


def jump_here(hour: Hour) -> Done:
    shown = hour.here["shown"]
    if not shown:
        return clear_here(hour)
    one = hour.random.choice(shown)
    hour.viewer.key("ctrl+g")
    time.sleep(0.15)
    hour.viewer.hands.type(hour.viewer.pid, str(one))
    pressed = hour.viewer.key("Return")
    return Done(pressed, lambda here, _: "" if here["current"] == one else f"not at {one}")


def label_here(hour: Hour) -> Done:
    key = hour.random.choice(tuple(LABELS))
    return _label_here(hour, key)


def label_several_here(hour: Hour) -> Done:
    """Highlight some, and label them at once."""
    hour.viewer.key(*["shift+Down"] * hour.random.randint(1, 3))
    time.sleep(0.5)
    hour.here = hour.viewer.state()
    return _label_here(hour, hour.random.choice(("alt+g", "alt+m", "alt+n")))


def _label_here(hour: Hour, key: str) -> Done:
    ids, word = list(hour.here["selected"]), LABELS[key]
    is_last, hour.labelled = ids == hour.labelled, ids  # no unit followed: that is asked once more

    def seen(here: State, _: State) -> str:
        if is_last:
            return ""
        labels = {i: here["labels"].get(str(i), "") for i in ids}
        odd = {i: label for i, label in labels.items() if not label.startswith(word)}
        odd |= {i: label for i, label in labels.items() if not word and label}
        return f"labelled {word or 'nothing'}, and is not: {odd}" if odd else ""

    return Done(hour.viewer.key(key), seen, (("ids", ids),))


def label_in_phy(hour: Hour) -> Done:
    """Push the labels of what is highlighted to phy."""
    labels, now = hour.here["labels"], hour.there["now"]
    ids = [str(i) for i in hour.here["selected"]]
    pushed = {i: OF_PHY[labels[i]] for i in ids if labels.get(i) in OF_PHY and i in now}

    def seen(_: State, there: State) -> str:
        odd = {i: g for i, g in pushed.items() if there["now"].get(i) != g}
        return f"pushed to phy, and not its label there: {odd}" if odd else ""

    return Done(hour.viewer.key("ctrl+alt+p"), seen, (("pushed", pushed),))


def note_here(hour: Hour) -> Done:
    one, words = hour.here["current"], f" note {hour.random.randint(0, 999)}"
    hour.viewer.key("t")
    time.sleep(0.15)
    hour.viewer.hands.type(hour.viewer.pid, words)

    def seen(here: State, _: State) -> str:
        note = here["notes"].get(str(one), "")
        return "" if words.strip() in note else f"noted {words!r} of {one}, and is {note!r}"

    return Done(hour.viewer.key("Return"), seen if one is not None else None)


def layout_here(hour: Hour) -> Done:
    key = hour.random.choice(tuple(LAYOUTS))

    def seen(here: State, _: State) -> str:
        return "" if here["layout"] == LAYOUTS[key] else f"{key}: the layout is {here['layout']}"

    return Done(hour.viewer.key(key), seen)


def chip_here(hour: Hour) -> Done:
    return Done(hour.viewer.key(hour.random.choice("1234")))


def clear_here(hour: Hour) -> Done:
    return Done(hour.viewer.key("Escape"))


def merge_from_here(hour: Hour) -> Done:
    """Accept a merge that a table proposes, and have phy do it."""
    alive = [i for i in hour.here["ids"] if str(i) in hour.there["now"]]
    if len(alive) < FEWEST:
        return split_there(hour)
    pair = hour.random.sample(alive, 2)
    path = hour.out / "proposed.csv"
    path.write_text(f"{pair[0]},{pair[1]}\n", "utf-8")
    hour.viewer.key("Escape")
    hour.viewer.ask("merges", path=str(path))
    until = time.monotonic() + QUEUE_S
    while not (hour.viewer.state().get("queue") or time.monotonic() > until):
        time.sleep(0.2)
    hour.viewer.key("y")
    time.sleep(0.5)
    pressed = time.monotonic()
    hour.viewer.ask("trigger", command="merges_in_phy")
    time.sleep(0.7)
    if hour.viewer.state()["modal"]:
        pressed = hour.viewer.key("Return")

    def seen(_: State, there: State) -> str:
        left = [i for i in pair if str(i) in there["now"]]
        return f"asked to be merged in phy, and is there: {left} of {pair}" if left else ""

    return Done(pressed, seen, (("pair", pair),))


def end_merges(hour: Hour) -> Done:
    pressed = time.monotonic()
    hour.viewer.ask("trigger", command="end_merges")
    return Done(pressed)


# -- in phy ------------------------------------------------------------------------------------


def select_in_phy(hour: Hour) -> Done:
    """Select some by phy's snippet."""
    ids = _some(hour)
    hour.viewer.hands.type(hour.phy.pid, ":c " + " ".join(map(str, ids)))
    return Done(hour.phy.key("Return"), _selects(ids), (("ids", ids),))


def select_by_command(hour: Hour) -> Done:
    ids, pressed = _some(hour), time.monotonic()
    hour.phy.ask("select", ids=ids)
    return Done(pressed, _selects(ids), (("ids", ids),))


def _some(hour: Hour) -> list[int]:
    ids = sorted(int(i) for i in hour.there["now"])
    return hour.random.sample(ids, hour.random.choice((1, 2, 2, 3, 5)))


def _selects(ids: list[int]) -> Expect:
    def seen(_: State, there: State) -> str:
        return "" if set(there["selected"]) == set(ids) else f"selected {ids} in phy, is not so"

    return seen


def label_there(hour: Hour) -> Done:
    """Label phy's best cluster by its key."""
    key = hour.random.choice(tuple(GROUPS))
    one = hour.there["selected"][:1]

    def seen(_: State, there: State) -> str:
        odd = [i for i in one if there["now"].get(str(i)) != GROUPS[key]]
        return f"labelled {GROUPS[key]} in phy, and is not: {odd}" if odd else ""

    return Done(hour.phy.key(key), seen, (("ids", one),))


def merge_there(hour: Hour) -> Done:
    """Merge what is selected in phy, with a similar one where it is alone."""
    if len(hour.there["now"]) < FEWEST:
        return split_there(hour)
    if len(hour.there["selected"]) < 2:
        hour.phy.key("space")
        time.sleep(1.5)
        hour.there = hour.phy.state()
    ids = hour.there["selected"]

    def seen(_: State, there: State) -> str:
        left = [i for i in ids if str(i) in there["now"]]
        return f"merged in phy, and is there: {left} of {ids}" if left and len(ids) > 1 else ""

    return Done(hour.phy.key("g"), seen, (("ids", ids),))


def split_there(hour: Hour) -> Done:
    one = hour.random.choice(sorted(int(i) for i in hour.there["now"]))
    pressed = time.monotonic()
    hour.phy.ask("split", id=one, share=hour.random.choice((0.1, 0.4, 0.5)))

    def seen(_: State, there: State) -> str:
        return f"split in phy, and is there: {one}" if str(one) in there["now"] else ""

    return Done(pressed, seen, (("id", one),))


def save_there(hour: Hour) -> Done:
    def seen(_: State, there: State) -> str:
        return "" if there["now"] == there["saved"] else "phy has not saved"

    return Done(hour.phy.key("ctrl+s"), seen)


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of act: where hands are, and how often."""

    name: str
    where: str
    weight: int
    do: Do


ACTS = (
    Act("step", "here", 16, press_here("Down", "Down", "Down", "Up")),
    Act("range", "here", 4, range_here),
    Act("all", "here", 1, press_here("ctrl+a")),
    Act("burst", "here", 4, burst_here),
    Act("jump", "here", 4, jump_here),
    Act("label", "here", 9, label_here),
    Act("label several", "here", 3, label_several_here),
    Act("undo", "here", 4, press_here("ctrl+z")),
    Act("redo", "here", 2, press_here("ctrl+shift+z")),
    Act("note", "here", 2, note_here),
    Act("next unreviewed", "here", 3, press_here("n")),
    Act("borderline", "here", 2, press_here("b")),
    Act("similar", "here", 2, press_here("s", "s", "shift+s")),
    Act("layout", "here", 4, layout_here),
    Act("reload", "here", 1, press_here("F5")),
    Act("sort", "here", 2, press_here("a", "d", "r")),
    Act("chip", "here", 2, chip_here),
    Act("clear", "here", 3, clear_here),
    Act("push labels", "here", 3, label_in_phy),
    Act("merge from here", "here", 2, merge_from_here),
    Act("end merges", "here", 1, end_merges),
    Act("step", "phy", 9, press_in_phy("Down", "Down", "Up")),
    Act("next similar", "phy", 5, press_in_phy("space", "space", "shift+space")),
    Act("first or last", "phy", 1, press_in_phy("Home", "End")),
    Act("snippet", "phy", 3, select_in_phy),
    Act("command", "phy", 3, select_by_command),
    Act("label", "phy", 6, label_there),
    Act("merge", "phy", 4, merge_there),
    Act("split", "phy", 2, split_there),
    Act("undo", "phy", 5, press_in_phy("ctrl+z")),
    Act("redo", "phy", 2, press_in_phy("ctrl+shift+z")),
    Act("save", "phy", 3, save_there),
)
