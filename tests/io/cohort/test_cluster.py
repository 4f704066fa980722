"""Runs read by a Dask cluster of two workers: the same files, also when one is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from labs import (
    built,
    content,
    lab,
    one_time,  # noqa: F401 - a fixture
    read_and_fail,
    read_and_lose_all,
)

from bcviewer.core.cohort.run_columns import RunRow
from bcviewer.errors import UsageError
from bcviewer.io.cohort.cluster import Cluster
from bcviewer.io.cohort.files import read_rows
from bcviewer.io.cohort.to_read import ToRead

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("one_time"),
    # of Dask, when a worker is killed
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lab")
    for i in range(8):
        lab(root / f"r{i}")
    return root


@pytest.mark.long
def test_two_workers_write_the_same_files_also_when_one_is_killed(
    cluster: object, root: Path, tmp_path: Path
) -> None:
    built(root, tmp_path / "wanted")
    read_all = Cluster(cluster.scheduler_address)
    assert built(root, tmp_path / "both", read_all=read_all).read == 40
    assert content(tmp_path / "both") == content(tmp_path / "wanted")

    def one_killed(tasks: Sequence[ToRead]) -> Iterator[RunRow]:
        for i, row in enumerate(read_all(tasks)):
            if i == 10:
                with distributed.Client(cluster) as client:
                    pids = client.run(os.getpid)
                os.kill(min(pids.values()), signal.SIGKILL)
            yield row

    assert built(root, tmp_path / "killed", read_all=one_killed).read == 40
    assert content(tmp_path / "killed") == content(tmp_path / "wanted")


def test_what_killed_every_worker_and_what_raises_are_failed_rows(
    cluster: object, root: Path, tmp_path: Path
) -> None:
    some = [root / "r0", root / "r1"]
    for read, why in (
        (read_and_fail, "a worker failed: ValueError: no such thing"),
        (read_and_lose_all, "the workers that read it died, as often as the scheduler allows"),
    ):
        folder = tmp_path / read.__name__
        out = built(some, folder, read_all=Cluster(cluster.scheduler_address, read))
        assert (out.read, len(out.failed)) == (6, 4)
        assert {row["problem"] for row in read_rows(folder) if row["probe"] == "C"} == {why}


def test_no_scheduler_is_one_line(root: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("bcviewer.io.cohort.cluster._WAIT", "300ms")
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(UsageError, match="no scheduler answers"):
            built(root, tmp_path / "cohort", read_all=Cluster(address))
