"""The page of rules says of every rule what the tables say of it."""

from __future__ import annotations

from bcviewer.core.rules.defaults import DEFAULT_THRESHOLDS
from bcviewer.core.rules.explained import EXPLAINED, SOURCES
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.rules.rules_page import rules_page

PAGE = rules_page(lambda dock: f"<{dock}>")


def test_every_rule_has_its_line_and_its_default() -> None:
    for rule in RULES:
        (line,) = (line for line in PAGE.splitlines() if f"| `{rule.token}` |" in line)
        if rule.parameter:
            assert f"`{rule.metric}` {rule.op} `{rule.parameter}`" in line
            assert f"| {DEFAULT_THRESHOLDS[rule.parameter]:g}" in line
        for gate, _ in rule.gates:
            assert f"`{rule.key}` is asked only where" in PAGE
            assert f"`{gate}` is o" in PAGE


def test_every_metric_that_a_rule_reads_is_explained_once() -> None:
    assert {rule.metric for rule in RULES} == set(EXPLAINED)
    for key, told in EXPLAINED.items():
        assert PAGE.count(f"\n`{key}`") == len({r.block for r in RULES if r.metric == key})
        assert METRICS[key].help in PAGE
        assert f"* Formula: {told.formula}\n" in PAGE
        assert told.distrust
        assert told.seen_in
        assert f"*<{told.seen_in[0]}>*" in PAGE
        for sentinel in METRICS[key].sentinels:
            assert sentinel.words in PAGE
    assert {key for told in EXPLAINED.values() for key in told.sources} == set(SOURCES)


def test_who_is_left_out_and_what_a_failure_means() -> None:
    assert "whose `RPV_status` is 0, if `keepUncertainRPVUnits` is on" in PAGE
    assert "units without a value of `rawAmplitude`" in PAGE
    assert "* Family: not shown clean, or undecidable where `RPV_status` is 0." in PAGE
    assert "* Family: few spikes." in PAGE
