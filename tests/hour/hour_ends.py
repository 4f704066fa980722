"""Ends of either program, or both, by kill -9 or its own key; and what is seen after them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drive import Driver

LEFT_S, SAVED_S, ASKED_S = 8, 3, 1.5
ASKED_SHARE = 0.5
KEPT_S = 0.3
End = Callable[["Driver"], str]


def kill_viewer(driver: Driver) -> str:
    """Kill it a moment after a label: what was done is on the disk before the next key."""
    ids = driver.here["selected"]
    if labelled := driver.takes_label(ids):
        driver.meant = {*map(str, ids)}
        driver.viewer.key("alt+n")
        time.sleep(KEPT_S)
    driver.viewer.kill()
    time.sleep(driver.random.uniform(0.2, 3))
    driver.viewer.start()
    until = time.monotonic() + LEFT_S  # journals are read after the table
    while True:
        labels = driver.viewer.state()["labels"]
        kept = all(labels.get(str(i)) == "NOISE" for i in ids)
        if kept or not labelled or time.monotonic() > until:
            break
        time.sleep(0.2)
    odd = {i: labels.get(str(i)) for i in ids if labels.get(str(i)) != "NOISE"}
    return (
        f"labelled NOISE {KEPT_S} s before the end, and is not: {odd}" if labelled and odd else ""
    )


def kill_phy(driver: Driver) -> str:
    driver.phy.kill()
    words = seen_gone(driver)
    driver.phy.start()
    return words


def kill_both(driver: Driver) -> str:
    """Kill both at once; either may be the first to come again."""
    programs = [driver.viewer, driver.phy]
    for program in programs:
        program.kill()
    driver.random.shuffle(programs)
    for program in programs:
        program.start()
    return ""


def quit_viewer(driver: Driver) -> str:
    status = driver.viewer.quit()
    words = "" if status == 0 else f"bcviewer ended with {status}"
    if status is None:
        driver.viewer.kill()
    driver.viewer.start()
    return words


def quit_phy(driver: Driver) -> str:
    """Quit phy; what is not saved is saved before, or by its own question."""
    if driver.random.random() < ASKED_SHARE:
        driver.phy.key("ctrl+q")
        time.sleep(ASKED_S)
        status = driver.phy.quit(key="Return") if driver.phy.runs else driver.phy.status
    else:
        driver.phy.key("ctrl+s")
        time.sleep(SAVED_S)
        status = driver.phy.quit()
    if status is None:
        driver.phy.kill()
    words = "" if status == 0 else f"phy ended with {status}; "
    words += seen_gone(driver)
    driver.phy.start()
    return words


def seen_gone(driver: Driver) -> str:
    """Say what is still told here of a phy that is gone."""
    until = time.monotonic() + LEFT_S
    while True:
        here = driver.viewer.state()
        unsaved = [i for i, words in here["changed"].items() if "unsaved" in words]
        if here["link"] == "waiting" and not here["unsaved"] and not unsaved:
            return ""
        if time.monotonic() > until:
            return f"phy is gone; link {here['link']}, unsaved {here['unsaved']}, told of {unsaved}"
        time.sleep(0.3)


ENDS: tuple[tuple[str, End], ...] = (
    ("kill viewer", kill_viewer),
    ("kill phy", kill_phy),
    ("quit viewer", quit_viewer),
    ("kill both", kill_both),
    ("quit phy", quit_phy),
)
"""In turn."""
