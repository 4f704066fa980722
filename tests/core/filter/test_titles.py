"""Titles of the table's columns in filters: what stands over a column names it, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from books import foreign
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.filter.language import (
    FilterError,
    complete,
    evaluate,
    parse_filter,
)
from bcviewer.core.filter.titles import Titles
from bcviewer.core.filter.tokens import scan
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.sheet.book import Book

NAN = float("nan")


def table(**kept: Any) -> Any:
    columns = {"presenceRatio": [1.0, 0.5, NAN], "rawAmplitude": [200.0, 30.0, 90.0]}
    return sheet_of(make_run(columns, **kept))


def found(text: str, columns: Any = None) -> list[int]:
    columns = columns or table()
    return np.flatnonzero(evaluate(parse_filter(text, columns), columns)).tolist()


def error(text: str, columns: Any = None) -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, columns or table())
    return caught.value


def test_every_title_and_every_head_is_its_column() -> None:
    columns = table()
    for key in columns.names():
        column = columns.column(key)
        for title in {column.title, column.head} - {""}:
            named = parse_filter(f"missing({title})", columns).names()
            owners = [k for k in columns.names() if k.casefold() == title.casefold()]
            assert named == {owners[0] if owners else key}, title


def test_no_two_columns_go_by_one_title() -> None:
    titles = [t.casefold() for c in COLUMNS.values() for t in {c.title, c.head} - {""}]
    keys = {key.casefold(): key for key in COLUMNS}
    assert len(set(titles)) == len(titles)
    for column in COLUMNS.values():  # a title that is a key is that of its own column
        for title in {column.title, column.head} - {""}:
            assert keys.get(title.casefold(), column.key) == column.key


@pytest.mark.parametrize(
    "text",
    [
        "presence ratio < 0.7",
        "presenceRatio < 0.7",
        "PRESENCE   Ratio<0.7",
        "(presence ratio) < 0.7",
        "0 < presence ratio < 0.7",
        "amplitude < 40",
        "not (presence ratio >= 0.7 or missing(presence ratio))",
        "abs(presence ratio) < 0.7",
        "presence ratio < 0.7 and amplitude < 40",
        "presence ratio in (0.5, 0.4)",
        "presence ratio + 0 * spikes < 0.7",
    ],
)
def test_as_over_the_column_so_in_the_filter(text: str) -> None:
    assert found(text) == [1]


def test_a_text_stays_a_text() -> None:
    assert found("label == 'presence ratio'") == []
    assert found("reason contains 'presence ratio'") == [1]


def test_the_longest_title_counts() -> None:
    columns = table()
    assert parse_filter("missing(spikes missing)", columns).names() == {
        "percentageSpikesMissing_gaussian"
    }
    assert parse_filter("missing(spikes missing (symmetric))", columns).names() == {
        "percentageSpikesMissing_symmetric"
    }
    assert parse_filter("missing(spikes)", columns).names() == {"nSpikes"}
    assert parse_filter("main peak / trough > 1", columns).names() == {"mainPeakToTroughRatio"}


def test_a_title_that_goes_on_is_none() -> None:
    assert "presence ratios" not in str(error("presence ratios < 1").message)
    assert error("presence ratios < 1").start == len("presence ")


def test_a_name_goes_before_a_title() -> None:
    columns = table(foreign=(foreign("drift", 7.0, 8.0, 9.0),))
    assert found("drift == 7", columns) == [0]
    assert found("presence ratio < 0.7", columns) == [1]


def test_what_reads_as_an_expression_of_columns_stays_one() -> None:
    columns = table(foreign=(foreign("L", 3.0, 1.0, 9.0), foreign("ratio", 1.0, 1.0, 9.0)))
    assert found("L-ratio == 2", columns) == [0]
    assert parse_filter("L-ratio > 2", table()).names() == {"Lratio"}


def test_a_column_that_is_not_there_is_named() -> None:
    columns = table(drop=("isolationDistance",))
    said = "These results have no column isolation distance."
    assert error("isolation distance > 3", columns).message == said
    assert error("drift > 3", table(drop=("maxDriftEstimate",))).message == (
        "These results have no column drift."
    )


def test_a_misspelt_title_is_put_right() -> None:
    assert "Did you mean amplitude" in error("amplitute < 3").message


def test_titles_of_several_sheets() -> None:
    book = Book((table(), table())).table
    assert found("presence ratio < 0.7", book) == [1, 4]


def test_columns_without_titles_have_none() -> None:
    class Plain:
        n_units = 1

        def names(self) -> list[str]:
            return ["a"]

        def kind(self, name: str) -> str | None:
            return "number" if name == "a" else None

        def values(self, name: str) -> Any:
            return np.ones(1)

    plain: Any = Plain()
    assert Titles(plain).columns_of == {}
    assert evaluate(parse_filter("a == 1", plain), plain).tolist() == [True]
    assert error("presence ratio < 1", plain).start == len("presence ")


# -- completion --------------------------------------------------------------------------------


def offered(text: str, cursor: int | None = None) -> tuple[str, tuple[str, ...]]:
    at = len(text) if cursor is None else cursor
    completion = complete(text, at, table())
    return text[completion.start : completion.start + completion.length], completion.candidates


def test_names_and_titles_are_both_offered() -> None:
    word, candidates = offered("prese")
    assert word == "prese"
    assert set(candidates) >= {"presenceRatio", "presence ratio", "presence_bins", "presence bins"}
    assert candidates.index("presenceRatio") < candidates.index("presence ratio")


def test_a_title_goes_on_after_its_first_word() -> None:
    assert offered("rate > 1 and presence ra") == ("presence ra", ("presence ratio",))
    assert offered("presence ") == ("presence ", ("presence bins", "presence ratio"))
    assert offered("main peak / t") == ("main peak / t", ("main peak / trough",))
    assert offered("presence ratio < 1", len("presence ra")) == ("presence ratio", ())
    assert offered("presence rat < 1", len("presence ra")) == ("presence rat", ("presence ratio",))


def test_a_whole_title_asks_for_nothing_more() -> None:
    assert offered("presence ratio")[1] == ()
    _, after = offered("presence ratio ")
    assert "and" in after
    assert "presence ratio" not in after


def test_nothing_is_offered_in_a_text() -> None:
    assert offered("reason contains 'presence ra")[1] == ()


@given(st.text(alphabet="presnc ratio/<.7'`()L-", max_size=30), st.integers(0, 30))
def test_whatever_is_typed_what_is_offered_is_one_word(text: str, cursor: int) -> None:
    columns = table()
    completion = complete(text, cursor, columns)
    assert 0 <= completion.start <= completion.start + completion.length <= len(text)
    for name in completion.candidates:
        *tokens, _ = scan(name.removesuffix("("), Titles(columns))
        assert [token.kind != "bad" for token in tokens] == [True], name


def test_a_heading_with_its_unit_in_brackets_is_its_column() -> None:
    """Seen: `depth (µm) > 100`, as the header says it: “There is no function 'depth'”."""
    columns = table()
    for key in columns.names():
        column = columns.column(key)
        if column.unit:
            for title in {column.title, column.head} - {""}:
                text = f"missing({title} ({column.unit}))"
                plain = f"missing({title})"
                assert parse_filter(text, columns).names() == (
                    parse_filter(plain, columns).names()
                ), text
    depths = columns.values("depth_um")
    deep = np.flatnonzero(depths > 10).tolist()
    for text in ("depth (µm) > 10", "depth(μm)>10", "DEPTH  (um) > 10", "(depth (um)) > 10"):
        assert found(text, columns) == deep, text
    assert "depth (µm)" not in complete("dept", 4, columns).candidates


def test_the_picture_of_the_rules_says_what_is_filtered_instead() -> None:
    """Seen: “There is no column rules”, though its header stood below."""
    for text in ("rules", "rules contains 'presence'", "Rules == 1"):
        message = str(error(text))
        assert "is a picture" in message
        assert "reason contains 'presence'" in message
    assert found("presence ratio < 0.7") == found("reason contains 'presence'") == [1]


def test_what_a_hint_says_may_be_true() -> None:
    """Seen: “as in sole blocker == 'MUA'”, which no unit ever is."""
    columns = table()
    for name in ("sole_blocker", "label", "reason"):
        message = str(error(name, columns))
        example = message.split("as in ")[1].splitlines()[0].rstrip(".")
        assert found(example, columns), message
    assert "as in missing(sole_blocker)" in str(error("sole_blocker", sheet_of(make_run())))
    assert "reason contains 'MUA'" in str(error("'MUA'"))
