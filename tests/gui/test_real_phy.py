"""The live link with the real phy, where ``tests/install_phy.sh`` installed it; long."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from qt_fixtures import current_id, press

from bcviewer.app.background import scoring
from bcviewer.core.curation.merge_fates import Fate
from bcviewer.core.curation.merge_queue import ACCEPTED
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.scored import Scored
from bcviewer.core.run.unit_ids import NO_ID_WORDS
from bcviewer.core.sheet.explain import explain
from bcviewer.io.exchange import phy_plugin

PHY = os.environ.get("BCVIEWER_PHY", "")
SHARED = os.environ.get("BCVIEWER_SHARED_DATA", "")
LONG_MS = 120_000
"""phy takes seconds to start, and draws with software OpenGL."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PHY, reason="BCVIEWER_PHY does not name a phy (tests/install_phy.sh)"),
    pytest.mark.skipif(not SHARED, reason="the shared recordings are not there"),
    pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="phy needs a screen: Xvfb"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(
        shutil.copytree(Path(SHARED, "sim_3probes", "kilosort4_B"), tmp_path / "kilosort4_B")
    )


@pytest.fixture
def phy(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[subprocess.Popen[bytes]]:
    """Start phy with the plugin in a home of its own."""
    run = tempfile.mkdtemp(prefix="bcv-", dir="/tmp")  # a socket's path is short
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_RUNTIME_DIR", run)
    place = home / ".phy" / "plugins" / phy_plugin.PLUGIN
    monkeypatch.setattr(phy_plugin, "where", lambda: place)
    phy_plugin.install(place)
    env = {**os.environ, "HOME": str(home), "QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}
    env.pop("PYTHONPATH", None)
    with (tmp_path / "phy.log").open("wb") as log:
        started = subprocess.Popen(
            [PHY, "template-gui", "params.py"], cwd=folder, env=env, stdout=log, stderr=log
        )
        yield started
        started.kill()
        started.wait(10)
    shutil.rmtree(run)


def keys(*names: str) -> None:
    """Press keys in phy's window."""
    find = ["xdotool", "search", "--name", "TemplateGUI"]
    assert QGuiApplication.instance() is not None
    subprocess.run([*find, "windowfocus", "--sync"], check=False)
    subprocess.run(["xdotool", "key", *names], check=True)


def test_both_ways_merge_undo_save_label_and_death(
    open_window: Any,
    folder: Path,
    phy: subprocess.Popen[bytes],
    qtbot: Any,
    helper_at_once: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scoring, "START_MS", 0)
    window = open_window(folder)
    session = window.session

    def link() -> Any:
        return session.scene.phy_link

    def wait(until: Any) -> None:
        qtbot.waitUntil(until, timeout=LONG_MS)

    def changes() -> str:
        return " · ".join(session.scene.sheet.codes("phy_change")[1].tolist())

    wait(lambda: link().shows == (current_id(window),))
    press(window, "Down", "Down", "Down")
    wait(lambda: link().shows == (current_id(window),))
    before = current_id(window)
    keys("Down")
    wait(lambda: current_id(window) != before and link().shows == (current_id(window),))
    keys("space")
    wait(lambda: len(link().shows) == 2)
    one, other = link().shows
    keys("g")
    wait(lambda: f"with {max(one, other)}" in changes())
    wait(lambda: len(link().shows) == 1)
    made = link().shows[0]

    def scored(*clusters: int) -> Any:
        """Return what is known of the unit as it is made of some clusters, and of no others."""
        known = session.scene.sheet.inputs.scored
        of_these = known is not None and known.clusters.get(made) == tuple(sorted(clusters))
        return known.units.get(made) if of_these else None

    wait(lambda: isinstance(scored(one, other), Scored))
    as_merged = scored(one, other)
    sheet = session.scene.sheet
    facts = explain(sheet, int(sheet.ids.rows_of(one)[0])).facts
    assert any(fact.startswith(f"{made} scored here: {as_merged.verdict}") for fact in facts)
    keys("ctrl+z")
    wait(lambda: "unsaved" not in changes())
    assert link().unsaved == 0
    keys("ctrl+shift+z")
    wait(lambda: "unsaved" in changes())
    session.prefs.set_advance(False)
    session.prefs.set_phy_switch("label", True)
    left = next(int(i) for i in session.table.ids.cluster_id if i not in (one, other))
    assert session.go_to_id(left)
    session.set_label(Label.NON_SOMA)
    wait(lambda: "bcv_label NON-SOMA" in changes())
    session.set_label(Label.NOISE)
    wait(lambda: "group noise" in changes() and "bcv_label" not in changes())
    keys("ctrl+s")
    wait(lambda: len(session.table.ids.rows_of(made)) == 1)
    assert made in np.load(folder / "spike_clusters.npy")
    assert "NON-SOMA" not in (folder / "cluster_bcv_label.tsv").read_text("utf-8")
    wait(lambda: isinstance(scored(made), Scored))  # by its own id: so only since the save
    session.reload()  # what was known of the same spikes was kept: now it is scored anew
    wait(lambda: isinstance(scored(made), Scored) and scored(made) is not as_merged)
    as_saved = scored(made)
    for name in as_merged.unit.units:  # saved it is what it was: the same spikes
        values = as_merged.value(name), as_saved.value(name)
        assert values[0] == values[1] or np.isnan(values).all(), name
    made_row = int(session.table.ids.rows_of(made)[0])
    assert session.table.text("scored_here", made_row) == as_merged.verdict
    assert NO_ID_WORDS not in explain(session.scene.sheet, made_row).facts
    assert session.wait_idle(LONG_MS)
    groups, words = session.table.codes("phy_group")
    assert words[groups[session.table.ids.rows_of(left)[0]]] == "noise"
    assert "unsaved" not in changes()
    keys("ctrl+z")  # behind the save; one label here was two of phy's acts
    wait(lambda: "bcv_label NON-SOMA" in changes())
    keys("ctrl+z")
    wait(lambda: "group" in changes())
    assert link().unsaved == 1
    keys("ctrl+shift+z")
    wait(lambda: "group" not in changes())
    keys("ctrl+shift+z")
    wait(lambda: "bcv_label" not in changes())
    phy.kill()
    wait(lambda: link().state == "waiting")


def test_merges_of_ours_are_phys_own_undone_and_saved_there(
    open_window: Any,
    folder: Path,
    phy: subprocess.Popen[bytes],
    qtbot: Any,
    helper_at_once: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scoring, "START_MS", 0)
    window = open_window(folder)
    session = window.session

    def wait(until: Any) -> None:
        qtbot.waitUntil(until, timeout=LONG_MS)

    def changed() -> set[int]:
        codes, texts = session.scene.sheet.codes("phy_change")
        rows = np.flatnonzero([bool(texts[code]) for code in codes])
        return set(session.scene.sheet.ids.ids_of(rows).tolist())

    def shows() -> Any:
        return session.scene.phy_link.shows

    def shows_one_made() -> Any:
        wait(lambda: len(shows()) == 1 and shows()[0] > max(session.table.ids.cluster_id))
        return shows()[0]

    wait(lambda: shows() == (current_id(window),))
    notices: list[str] = []
    session.notice.connect(notices.append)
    assert session.background.phy_link.show_in_phy() == phy.pid
    window.actions_by_key.by_key["open_in_phy"].trigger()  # there is no second one to start
    wait(lambda: any("linked shows what is highlighted here; its window is" in n for n in notices))
    a, b, c, d, e = (int(i) for i in session.table.ids.cluster_id[:5])
    pairs = folder.parent / "pairs.csv"
    pairs.write_text(f"{a},{b}\n{c},{d}\n", "utf-8")
    window.actions_by_key.merges.read_merges(pairs)
    merging = session.saying.merging
    wait(lambda: merging.queue is not None)
    merging.say(ACCEPTED)
    merging.say(ACCEPTED)
    groups = [(a, b), (c, d), (a, e)]
    session.background.phy_link.merge_in_phy(session.scene.run, groups)
    wait(lambda: any(words.startswith("In phy: 2 merges done") for words in notices))
    assert any(f"units {a}, {e}: unit {a} no longer there" in words for words in notices)
    wait(lambda: changed() == {a, b, c, d})
    assert not merging.queue.left
    made_last = shows_one_made()
    keys("ctrl+z")
    wait(lambda: changed() == {a, b})
    wait(lambda: shows() == (c, d))
    assert merging.queue.left == ((c, d),)
    keys("g")  # nothing dead is selected
    wait(lambda: changed() == {a, b, c, d})
    assert shows_one_made() > made_last
    session.prefs.set_advance(False)
    session.prefs.set_phy_switch("label", True)
    assert session.go_to_id(e)
    wait(lambda: shows() == (e,))
    session.set_label(Label.NOISE)
    wait(lambda: changed() == {a, b, c, d, e})
    keys("ctrl+z")  # phy selects what was selected at the label's action, not at the merge's
    wait(lambda: changed() == {a, b, c, d})
    wait(lambda: shows() == (e,))
    keys("ctrl+z")
    wait(lambda: changed() == {a, b})
    assert "Error when executing" not in (folder.parent / "phy.log").read_text("utf-8")
    keys("ctrl+s")
    made = max(session.table.ids.cluster_id.tolist()) + 1
    wait(lambda: len(session.table.ids.rows_of(made)) == 1)
    clusters = np.load(folder / "spike_clusters.npy")
    assert made in clusters
    assert not np.isin([a, b], clusters).any()
    wait(lambda: dict(merging.queue.fates) == {(a, b): Fate(made)})  # told in a turn of its own
    out = folder.parent / "out.json"
    window.actions_by_key.merges.export(out)
    wait(lambda: any(f"1 merge is done in phy already ({made})" in words for words in notices))
    written = json.loads(out.read_text("utf-8"))
    assert sorted(written["unit_ids"]) == np.unique(clusters).tolist()
    assert written["merges"] == [{"unit_ids": [c, d]}]
    session.background.phy_link.merge_in_phy(session.scene.run, [(c, d)])
    wait(lambda: changed() >= {c, d})
    other = shows_one_made()
    keys("ctrl+s")
    wait(lambda: len(session.table.ids.rows_of(other)) == 1)
    session.background.phy_link.merge_in_phy(session.scene.run, [(made, other)])
    both = shows_one_made()

    def told(one: int) -> bool:
        sheet = session.scene.sheet
        facts = explain(sheet, int(sheet.ids.rows_of(one)[0])).facts
        return any(fact.startswith(f"{both} scored here: ") for fact in facts)

    wait(lambda: told(made) and told(other))
