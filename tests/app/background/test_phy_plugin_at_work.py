"""The plugin itself, with a stand-in for phy's supervisor: what it answers where phy fails."""

from __future__ import annotations

import json
import logging
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import PySide6.QtCore
import PySide6.QtNetwork
import pytest

from bcviewer.io.exchange.phy_plugin import source


class Meta:
    """Labels of clusters, as phy keeps them."""

    def __init__(self) -> None:
        self.fields = ["group"]
        self.values: dict[tuple[str, int], str] = {}

    def get(self, field: str, cluster_id: int) -> str | None:
        assert field in self.fields
        return self.values.get((field, cluster_id))


class Supervisor:
    """What the plugin uses of phy's; a view fails, or the table never answers, where it is told."""

    def __init__(self) -> None:
        self.clustering = SimpleNamespace(cluster_ids=list(range(5)))
        self.cluster_meta, self.task_logger = Meta(), self
        self.actions = SimpleNamespace(label=self.by_action("label"), merge=self.by_action("merge"))
        self.did: list[str] = []
        self.on_cluster: Any = None
        self.cluster_view = SimpleNamespace(get_ids=self.get_ids)
        self.selected, self._is_busy = [0], False
        self.fails = self.silent = False
        self.callbacks: list[Any] = []

    def by_action(self, name: str) -> Any:
        """Return an action of phy's: it is logged, and an undo selects what was selected then."""

        def act(*args: Any) -> None:
            self.did.append(name)
            getattr(self, name)(*args)

        return act

    def log(self, table: Any, name: str, ids: list[int], output: dict[str, Any]) -> None:
        assert (table, name, output) == (
            self.cluster_view,
            "select",
            {"selected": ids, "next": None},
        )
        self.did.append(f"select {ids}")
        self.selected = ids

    def get_ids(self, callback: Any) -> None:
        self.callbacks.append(callback)
        if not self.silent:
            callback(list(range(5)))

    def label(self, field: str, value: str, ids: list[int]) -> None:
        if value == "never":
            raise RuntimeError("phy refuses it")
        self.cluster_meta.fields.append(field)
        self.cluster_meta.values |= {(field, i): value for i in ids}
        if self.fails:
            raise RuntimeError("a view failed")

    def merge(self, ids: list[int]) -> None:
        there = self.clustering.cluster_ids
        made = max(there) + 1
        self.clustering.cluster_ids = [*(i for i in there if i not in ids), made]
        up = {"metadata_changed": [], "added": [made], "deleted": ids, "descendants": []}
        if self.on_cluster is not None:
            self.on_cluster(self, SimpleNamespace(description="merge", history="", **up))
        if self.fails:
            raise RuntimeError("a view failed")

    def select(self, ids: list[int]) -> None:
        self.selected = ids
        if self.fails:
            raise RuntimeError("a view failed")


@pytest.fixture
def link(qapp: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """The plugin's link, whose messages are kept in ``said``; nobody listens at its address."""
    utils = ModuleType("phylib.utils")
    vars(utils)["connect"] = lambda function=None, **_: function
    stand_ins = {"phylib": ModuleType("phylib"), "phylib.utils": utils}
    stand_ins |= {"PyQt5": ModuleType("PyQt5"), "PyQt5.QtCore": PySide6.QtCore}
    for name, module in {**stand_ins, "PyQt5.QtNetwork": PySide6.QtNetwork}.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    plugin: dict[str, Any] = {"__name__": "bcviewer_link"}
    exec(source(), plugin)
    plugin["UNANSWERED_MS"] = 20
    made = plugin["Link"](SimpleNamespace(supervisor=Supervisor(), dir_path=tmp_path))
    made.said = []
    made.send = lambda kind, **fields: made.said.append((kind, fields))
    yield made
    for timer in (made.retry, made.settling, made.unanswered):
        timer.stop()
    made.socket.abort()


def ask(link: Any, kind: str, **fields: Any) -> None:
    link.take(json.dumps({"v": 1, "type": kind, **fields}).encode())


def test_a_label_is_answered_by_what_phy_has_also_where_a_view_fails(link, caplog):
    ask(link, "label", seq=1, field="group", value="good", ids=[1, 99])
    assert link.said[-1] == ("labelled", {"seq": 1, "ids": [1], "gone": [99], "busy": False})
    link.supervisor.fails = True
    with caplog.at_level(logging.WARNING):
        ask(link, "label", seq=2, field="bcv_label", value="NON-SOMA", ids=[2])
        ask(link, "label", seq=3, field="group", value="never", ids=[2])
    assert [fields["ids"] for _, fields in link.said[1:]] == [[2], []]
    assert "a view failed" in caplog.text


def test_a_merge_is_phys_own_and_refused_where_phy_is_busy_or_one_is_gone(link):
    link.supervisor._is_busy = True
    ask(link, "merge", seq=1, ids=[1, 2])
    link.supervisor._is_busy = False
    ask(link, "merge", seq=2, ids=[1, 99])
    ask(link, "merge", seq=3, ids=[1, 1])
    ask(link, "merge", seq=4, ids=[1, 2])
    link.supervisor.fails = True
    ask(link, "merge", seq=5, ids=[5, 3])
    said = [(f["made"], f["gone"], f["busy"]) for _, f in link.said]
    assert said == [
        ([], [], True),
        ([], [99], False),
        ([], [], False),
        ([5], [], False),
        ([6], [], False),
    ]
    assert link.supervisor.clustering.cluster_ids == [0, 4, 6]


def test_what_we_do_is_done_by_phys_actions_and_what_they_select_is_nobodys_act(link):
    """phy selects after its own actions only, and what it had selected else stays, dead or not."""
    supervisor = link.supervisor
    supervisor.on_cluster, link.opening = link.on_cluster, False
    ask(link, "merge", seq=1, ids=[1, 2])
    link.on_select(None, [5])
    ask(link, "merge", seq=2, ids=[0, 3])
    ask(link, "merge", seq=3, ids=[4, 6])  # before phy has selected 6
    link.on_select(None, [7])
    ask(link, "label", seq=4, field="group", value="good", ids=[7])
    link.on_select(None, [7])
    selected = "select [1, 2]", "select [0, 3]", "select [4, 6]"
    assert supervisor.did == [*(d for s in selected for d in (s, "merge")), "label"]
    said = [(f["ids"], f["own"]) for kind, f in link.said if kind == "select"]
    assert said == [([5], False), ([7], False), ([7], True)]


def test_what_has_no_label_is_not_cleared_of_it(link):
    """An act to undo, and a column in phy, for nothing."""
    ask(link, "label", seq=1, field="bcv_label", value="", ids=[1, 2])
    done = {"seq": 1, "ids": [1, 2], "gone": [], "busy": False}
    assert link.said[-1] == ("labelled", done)
    assert not link.supervisor.did
    ask(link, "label", seq=2, field="bcv_label", value="NON-SOMA", ids=[2])
    ask(link, "label", seq=3, field="bcv_label", value="", ids=[1, 2])
    assert link.said[-1] == ("labelled", done | {"seq": 3})
    assert link.supervisor.did == ["label", "label"]
    assert link.supervisor.cluster_meta.values == {("bcv_label", 2): ""}, "and not of 1"


def test_labels_that_phy_changes_with_an_undo_are_told_beside_it(link):
    """phy 2.1 forgets what merged units had from their parts when a label is undone."""
    supervisor = link.supervisor
    supervisor.label("group", "good", [1, 2])
    up = {"history": "", "added": [], "deleted": [], "descendants": []}

    def act(description: str, ids: list[int], **fields: Any) -> list[dict[str, Any]]:
        n = len(link.said)
        changed = SimpleNamespace(description=description, metadata_changed=ids, **up | fields)
        link.on_cluster(None, changed)
        return [fields for _, fields in link.said[n:]]

    assert len(act("metadata_group", [1, 2])) == 1
    supervisor.clustering.cluster_ids = [0, 3, 4, 9]
    supervisor.label("group", "good", [9])  # from its parts
    assert len(act("merge", [], added=[9], deleted=[1, 2], descendants=[(1, 9), (2, 9)])) == 1
    supervisor.cluster_meta.values = {("group", 3): "mua"}
    undone, aside = act("metadata_group", [3], history="undo")
    assert undone["values"] == {"3": "mua"}
    assert (aside["history"], aside["field"], aside["values"]) == ("aside", "group", {"9": ""})
    supervisor.clustering.cluster_ids = [0, 1, 2, 3, 4]
    supervisor.cluster_meta.values |= {("group", 1): "good", ("group", 2): "mua"}
    aside = act("merge", [], history="undo", added=[1, 2], deleted=[9])[1]
    assert aside["values"] == {"2": "mua"}
    assert link.changes[-1] == aside


def test_another_label_of_a_unit_that_phy_changes_with_an_undo_is_told_too(link):
    """Seen: an undo of its ``bcv_label`` took the group of a unit that was split and saved."""
    supervisor = link.supervisor
    supervisor.label("group", "good", [3])
    link.new_labels()
    supervisor.label("bcv_label", "NON-SOMA", [3])
    up = {"added": [], "deleted": [], "descendants": [], "metadata_changed": [3]}
    link.on_cluster(None, SimpleNamespace(description="metadata_bcv_label", history="", **up))
    supervisor.cluster_meta.values.clear()
    link.on_cluster(None, SimpleNamespace(description="metadata_bcv_label", history="undo", **up))
    undone, aside = [fields for _, fields in link.said[-2:]]
    assert (undone["field"], undone["values"]) == ("bcv_label", {"3": ""})
    assert (aside["history"], aside["field"], aside["values"]) == ("aside", "group", {"3": ""})


def test_a_selection_is_answered_also_where_phy_does_not_and_late_answers_do_nothing(link, qtbot):
    ask(link, "select", seq=1, ids=[3])
    assert link.supervisor.selected == [3]
    link.on_select(None, [3])
    assert link.said[-1][1]["ids"] == [3]
    link.supervisor.silent = True
    ask(link, "select", seq=2, ids=[4])
    ask(link, "select", seq=3, ids=[4])
    assert link.said[-1][1]["busy"]
    qtbot.waitUntil(lambda: link.said[-1][1] == {**link.said[0][1], "seq": 2})
    link.supervisor.callbacks[-1](list(range(5)))  # too late
    assert link.supervisor.selected == [3]
    link.supervisor.silent, link.supervisor.fails = False, True
    ask(link, "select", seq=4, ids=[4])
    qtbot.waitUntil(lambda: link.said[-1][1]["seq"] == 4 and not link.said[-1][1]["busy"])
    assert link.said[-1][1]["ids"] == [4]
