"""The order by a rule has a name, which no column has."""

from __future__ import annotations

from factories import make_run, sheet_of

from bcviewer.core.rules.barcode import BARCODE, rule_of_sort, sort_of
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import is_order


def test_every_rule_has_an_order_and_nothing_else() -> None:
    assert [rule_of_sort(sort_of(i)) for i in range(len(RULES))] == list(range(len(RULES)))
    for name in (*COLUMNS, "rules", "rules:", "rules:what", ""):
        assert rule_of_sort(name) is None


def test_the_picture_is_no_column_of_filters_and_exports() -> None:
    table = sheet_of(make_run({"presenceRatio": [1.0]}))
    assert BARCODE.key not in COLUMNS
    assert table.kind(BARCODE.key) is None
    assert BARCODE.key not in table.names()


def test_rows_are_sorted_by_columns_and_by_rules() -> None:
    table = sheet_of(make_run({"presenceRatio": [1.0]}))
    assert is_order(table, "presenceRatio")
    assert is_order(table, sort_of(3))
    assert not is_order(table, BARCODE.key)
