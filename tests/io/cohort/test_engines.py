"""Other programs read a cohort: DuckDB, pandas, and Arrow's own data sets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.dataset as ds
import pytest
from labs import built, lab

from bcviewer.io import names
from bcviewer.io.cohort.files import read_rows


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of recordings called 001 and 1, which readers of paths take for one number."""
    root, folder = (tmp_path_factory.mktemp(name) for name in ("lab", "cohort"))
    for name in ("001", "1"):
        demo = next(path for path in lab(root / name).iterdir() if path.is_dir())
        for child in demo.iterdir():
            child.rename(root / name / child.name)
        demo.rmdir()
    built(root, folder)
    return folder


@pytest.fixture(scope="module")
def good(cohort: Path) -> dict[str, int]:
    """GOOD units by recording, as the rows of the runs count them."""
    out: dict[str, int] = {}
    for row in read_rows(cohort):
        out[str(row["recording"])] = out.get(str(row["recording"]), 0) + int(row["n_good"])
    assert set(out) == {"001", "1"}
    return out


def test_duckdb(cohort: Path, good: dict[str, int]) -> None:
    duckdb = pytest.importorskip("duckdb")
    for file in ("units.parquet", "units/**/*.parquet"):
        found = duckdb.sql(
            f"""SELECT recording, count(*) FILTER (bombcell_label = 'GOOD')
                FROM read_parquet('{cohort}/{file}', hive_partitioning = false)
                GROUP BY recording"""
        ).fetchall()
        assert dict(found) == good
    joined = duckdb.sql(
        f"""SELECT r.minPresenceRatio, count(*)
            FROM '{cohort}/units.parquet' u JOIN '{cohort}/runs.parquet' r USING (place)
            WHERE u.presenceRatio < r.minPresenceRatio AND u.presenceRatio IS NOT NULL
            GROUP BY ALL"""
    ).fetchall()
    assert sum(n for _, n in joined) > 0
    nan = duckdb.sql(f"SELECT count(*) FROM '{cohort}/units.parquet' WHERE isnan(presenceRatio)")
    assert nan.fetchall() == [(0,)]


def test_pandas(cohort: Path, good: dict[str, int]) -> None:
    for read in (
        lambda: pd.read_parquet(cohort / names.COHORT_JOINED),
        lambda: pd.read_parquet(cohort / names.COHORT_UNITS, partitioning=None),
    ):
        units = read()
        assert units.columns[0] == "recording"
        found = units[units["bombcell_label"] == "GOOD"].groupby("recording").size()
        assert found.to_dict() == {name: n for name, n in good.items() if n}


def test_arrows_data_sets(cohort: Path, good: dict[str, int]) -> None:
    units = ds.dataset(cohort / names.COHORT_UNITS)
    table = (
        units.to_table(columns=["recording"], filter=ds.field("bombcell_label") == "GOOD")
        .group_by("recording")
        .aggregate([([], "count_all")])
    )
    found = dict(zip(table["recording"].to_pylist(), table["count_all"].to_pylist(), strict=True))
    assert found == {name: n for name, n in good.items() if n}
    runs = ds.dataset(cohort / names.COHORT_RUNS).to_table()
    assert runs.num_rows == 10
