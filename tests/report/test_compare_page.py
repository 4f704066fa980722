"""The page of a comparison: whole, escaped, and with the numbers of the comparison."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from factories import make_run

from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.pairing import by_id, itself, nothing_matched
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Provenance
from bcviewer.errors import UserError
from bcviewer.report import compare_page
from bcviewer.report.compare_page import probe_of, render_comparison, write_page

ONE = {"presenceRatio": [0.9]}
MARKUP = "<img src=x onerror=alert(1)>&\"'"
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Checks that tags are closed, and that ids are there once."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        self.ids += [given["id"]] if "id" in given else []
        self.addresses += [v for k, v in given.items() if k in ("href", "src") and v]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def compared(name="A", **more):
    where = Provenance("ks", MARKUP, "kilosort4_A", MARKUP, mode=MARKUP)
    before = make_run({"presenceRatio": [0.65, 0.9, 0.1]}, provenance=where)
    after = make_run({"presenceRatio": [0.75, 0.1, 0.1]}, {"minSNR": 4, "tauC": 0.1, **more})
    return name, compare(
        RunVerdict.of(before), RunVerdict.of(after), by_id(before, after, MARKUP, {2})
    )


def test_the_page_is_whole_escaped_and_its_addresses_are_its_own(tmp_path):
    file = tmp_path / "c.html"
    write_page([compared(MARKUP), compared("B")], file)
    text = file.read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert "img" not in page.tags
    assert len(page.ids) == len(set(page.ids))
    assert set(page.addresses) <= {f"#{i}" for i in page.ids}
    assert "onerror=alert" in text.replace("&#34;", '"')  # as text
    assert [path.name for path in tmp_path.iterdir()] == ["c.html"]


def test_the_numbers_are_those_of_the_comparison():
    name, found = compared()
    probe = probe_of(name, found, "p1")
    assert probe.said == ("4 of 4 units changed.",)
    assert sum(map(sum, probe.table)) == found.n
    assert probe.labels == (Label.GOOD, Label.MUA, Label.UNSCORED)
    assert probe.table == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert sum(n for _, n, _ in probe.causes) == 4
    assert [(unit.before, unit.after, unit.cause) for unit in probe.units] == [
        ("0", "0", "measurement"),
        ("1", "1", "measurement"),
        ("2", "–", "only_before"),
        ("–", "2", "only_after"),
    ]
    assert probe.thresholds == (("minSNR", "5", "4", "5"),)
    assert [row[0] for row in probe.measured] == ["tauC"]
    assert probe.units[0].metrics == "presenceRatio 0.65 → 0.75"
    assert [(one.metric, one.differ) for one in probe.spreads] == [("presenceRatio", 2)]
    row = '<td class="n">2</td><td class="n">0.650 (0.375–0.775)</td><td class="n">0.100'
    assert row in render_comparison([probe])


def test_where_nothing_changed_that_is_said():
    run = make_run({"presenceRatio": [0.9]})
    found = compare(RunVerdict.of(run), RunVerdict.of(run), itself(run))
    text = render_comparison([probe_of("A", found, "p1")])
    assert "No label changed." in text
    assert text.count("<p>None.</p>") == 3
    assert Page(text).open == []


def test_a_label_that_stays_by_chance_is_told():
    before, after = make_run({"presenceRatio": [0.65]}), make_run({"presenceRatio": [0.55]})
    other = replace(after, criteria=after.criteria.replace(minPresenceRatio=0.6))
    found = compare(RunVerdict.of(before), RunVerdict.of(other), itself(before))
    assert "1 label stays although" in render_comparison([probe_of("A", found, "p1")])


def test_what_is_not_known_is_not_told_to_be_the_same():
    """As of old results that lack a rule's metric, and of two sorts without spikes."""
    fine, old = make_run(ONE), make_run(ONE, drop=["scndPeakToTroughRatio"])
    for before, lacking in ((fine, "after"), (old, "before")):
        found = compare(RunVerdict.of(before), RunVerdict.of(old), by_id(before, old, "w"))
        text = render_comparison([probe_of("A", found, "p1")])
        assert f"Of 1 unit it cannot be said what changed, or why; {lacking}: no column" in text
        assert "No label changed" not in text
    assert "No label is known to have changed." in text
    found = compare(RunVerdict.of(fine), RunVerdict.of(fine), nothing_matched(fine, fine, "w"))
    text = render_comparison([probe_of("A", found, "p1")])
    assert "No unit is matched: counts side by side." in text
    assert "GOOD 1 before, 1 after" in text
    assert '<tr><td>presence ratio</td><td class="n">0.900 (0.900–0.900)</td>' in text
    assert "Which labels changed is not known." in text
    for untold in ("changed.</li>", "No label changed", "only_before", "before ↓"):
        assert untold not in text
    assert Page(text).open == []


def test_more_units_than_are_listed_are_counted(monkeypatch):
    monkeypatch.setattr(compare_page, "MAX_ROWS", 1)
    name, found = compared()
    probe = probe_of(name, found, "p1")
    assert (len(probe.units), probe.left_out) == (1, 3)
    assert "3 left out" in render_comparison([probe])


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(UserError):
        write_page([compared()], tmp_path / "no" / "c.html")
